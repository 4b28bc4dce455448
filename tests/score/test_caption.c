/* test_caption.c - captions against references: forty rows of a published file of predictions with
 * the values of NLTK 3.8 and rouge_score (tests/fixtures/captions: MolT5, BSD-3), synonyms of a
 * small WordNet, refusals. */
#include "../must.h"
#include "data/table/table.h"
#include "score/inside.h"
#include "score/score.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/captions/"

static molglot_error err;

static void expect(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.15g, not %.15g", what, value, wanted);
}

/* ---- published predictions ---- */

static void golden_rows(const mg_caption_row *rows, int64_t n) {
    mg_rows r;
    const mg_table_options o = {.header = 1, .cells = true};
    mg_table *t = must_have(mg_table_open(FIXTURES "molt5-base.rows.tsv", &o, &err), &err);
    must(mg_rows_read(&r, t, true, &err), &err);
    mg_table_close(t);
    assert_int_equal(r.n, n);
    for (size_t i = 0; i < r.n; i++) {
        char *const *cells = r.cells + i * (size_t)r.n_columns;
        assert_int_equal(rows[i].reference_tokens, atoi(cells[1]));
        assert_int_equal(rows[i].output_tokens, atoi(cells[2]));
        expect("meteor", rows[i].meteor, atof(cells[6]), 1e-9);
        expect("rouge 1", rows[i].rouge1, atof(cells[7]), 1e-9);
        expect("rouge 2", rows[i].rouge2, atof(cells[8]), 1e-9);
        expect("rouge L", rows[i].rougeL, atof(cells[9]), 1e-9);
    }
    mg_rows_free(&r);
}

/* The sums were written by this code when all 300 rows of each golden file gave the expected
 * counts. */
static void published_predictions(void **state) {
    (void)state;
    static const double matches[4] = {2008, 1565, 1304, 1118}, grams[4] = {3038, 2998, 2958, 2918};
    mg_predictions p;
    must(mg_predictions_load_captions(&p, FIXTURES "molt5-base.tsv", &err), &err);
    assert_int_equal(p.n, 40);
    assert_int_equal(p.samples, 1);
    const mg_caption_scorer_options o = {.scoring = {.threads = 2, .bootstrap = 100, .seed = 1}};
    mg_caption_scorer *s = must_have(mg_caption_scorer_new(&o, &err), &err);
    mg_caption_row *rows = calloc((size_t)p.n, sizeof *rows);
    mg_caption_scores scores, again;
    must(mg_caption_scorer_run(s, p.reference, p.output, p.n, rows, &scores, &err), &err);
    golden_rows(rows, p.n);
    for (int k = 0; k < 4; k++) {
        expect("matches", scores.bleu.matches[k], matches[k], 0);
        expect("grams", scores.bleu.grams[k], grams[k], 0);
    }
    must(mg_caption_scorer_run(s, p.reference, p.output, p.n, NULL, &again, &err), &err);
    assert_memory_equal(&scores.measures, &again.measures, sizeof scores.measures);
    for (int k = 0; k < MG_CAPTION_MEASURES; k++) {
        const mg_interval *v = &scores.measures[k].value;
        assert_true(isnan(v->value) || (v->low <= v->value && v->value <= v->high));
    }
    assert_string_equal(scores.measures[6].name, "meteor");
    assert_true(isnan(scores.measures[6].value.value)); /* no WordNet */
    free(rows);
    mg_caption_scorer_free(s);
    mg_predictions_free(&p);
}

/* ---- short ones ---- */

static mg_caption_row one(const char *wordnet, const char *reference, const char *output) {
    const mg_caption_scorer_options o = {.wordnet = wordnet, .scoring = {.threads = 1}};
    mg_caption_scorer *s = must_have(mg_caption_scorer_new(&o, &err), &err);
    mg_caption_scores scores;
    mg_caption_row row;
    must(mg_caption_scorer_run(s, &reference, &output, 1, &row, &scores, &err), &err);
    mg_caption_scorer_free(s);
    return row;
}

static void short_ones(void **state) {
    (void)state;
    mg_caption_row r = one(NULL, "It is an acid.", "[CLS] it is an acid .");
    assert_true(r.same && r.rouge1 == 1 && r.rouge2 == 1 && r.rougeL == 1);
    expect("meteor of a copy", r.meteor, 1 - .5 / (5 * 5 * 5), 1e-12);
    r = one(NULL, "acids", NULL);
    assert_true(!r.same && r.rouge1 == 0 && r.meteor == 0 && r.output_tokens == 0);
    r = one(NULL, "", "");
    assert_true(r.same && r.meteor == 0 && r.rougeL == 0);
    r = one(NULL, "acids", "acid"); /* by its stem */
    expect("meteor of a stem", r.meteor, .5, 1e-12);
    char many[4000] = "";
    for (int i = 0; i < 600; i++) strcat(many, "acid ");
    r = one(NULL, many, "acid");
    assert_true(r.cut && r.reference_tokens == 512);
}

/* ---- WordNet ---- */

static void write_file(const char *folder, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Synset 40: acid, back_breaker, drug; 99: a mouse, whose plural is irregular. */
static void write_wordnet(const char *folder) {
    static const char *const parts[] = {"verb", "adj", "adv"};
    char name[32];
    write_file(folder, "index.noun",
               "  1 the licence\n"
               "acid n 1 2 @ ~ 1 0 00000040\n"
               "drug n 2 0 2 0 00000040 99999999\n"
               "mouse n 1 0 1 0 00000099\n"
               "broken n x\n"
               "beyond n 1 0 1 0 4294967296123\n");
    write_file(folder, "data.noun",
               "  1 the licence of these few short word\n"
               "00000040 03 n 03 acid 0 back_breaker 0 drug(p) 0 000 | a  \n"
               "00000099 03 n 02 mouse 0 rodent 0 000 | an animal\n");
    write_file(folder, "noun.exc", "mice mouse\n");
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "index.%s", parts[i]);
        write_file(folder, name, "  1 the licence\n");
        snprintf(name, sizeof name, "data.%s", parts[i]);
        write_file(folder, name, "  1 the licence\n");
        snprintf(name, sizeof name, "%s.exc", parts[i]);
        write_file(folder, name, "x y\n");
    }
}

static void add_word(void *user, const char *word, size_t n) {
    strncat(user, word, n);
    strcat(user, " ");
}

static void words_are(const mg_wordnet *w, const char *word, const char *wanted) {
    char got[200] = "";
    must(mg_wordnet_words(w, word, add_word, got, &err), &err);
    if (strcmp(got, wanted)) fail_msg("%s: '%s', not '%s'", word, got, wanted);
}

static void wordnet(void **state) {
    (void)state;
    char folder[] = "/tmp/mg_wordnet_XXXXXX", command[64];
    assert_non_null(mkdtemp(folder));
    assert_null(mg_wordnet_open(folder, &err));
    must_say(&err, MOLGLOT_FAILED, "index.noun");
    write_wordnet(folder);
    mg_wordnet *w = must_have(mg_wordnet_open(folder, &err), &err);
    words_are(w, "acid", "acid drug ");
    words_are(w, "acids", "acid drug ");
    words_are(w, "drug", "acid drug ");
    words_are(w, "mice", "mouse rodent ");
    words_are(w, "broken", "");
    words_are(w, "beyond", "");
    words_are(w, "nothing", "");
    words_are(w, "", "");
    mg_wordnet_close(w);
    const mg_caption_row r = one(folder, "drugs", "acid");
    expect("without", r.meteor, 0, 0);
    expect("with", r.meteor_wordnet, .5, 1e-12);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* ---- refusals ---- */

static void refusals(void **state) {
    (void)state;
    mg_caption_scores scores;
    mg_predictions p;
    mg_caption_scorer_options o = {.vocab = "/nonexistent"};
    assert_null(mg_caption_scorer_new(&o, &err));
    o = (mg_caption_scorer_options){.wordnet = "/nonexistent"};
    assert_null(mg_caption_scorer_new(&o, &err));
    mg_caption_scorer *s = must_have(mg_caption_scorer_new(&(mg_caption_scorer_options){0}, &err),
                                     &err);
    assert_int_equal(mg_caption_scorer_run(s, NULL, NULL, 0, NULL, &scores, &err), MOLGLOT_USAGE);
    mg_caption_scorer_free(s);
    assert_int_equal(mg_predictions_load_captions(&p, FIXTURES "molt5-base.rows.tsv", &err),
                     MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "caption, text");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_predictions),
                                       cmocka_unit_test(short_ones), cmocka_unit_test(wordnet),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
