/* test_captioner.c - captions by copying, out of an index of a few molecules and a small aligned
 * model with random weights: which rows are answers, their order, rows that cannot be read, what is
 * asked of a captioner without a memory; a written method beside the copies. */
#include "../generate/random_ranker.h"
#include "../must.h"
#include "caption/caption.h"
#include "caption/inside.h"

#include <math.h>

enum { N = 6 };
static const char *const smiles[N] = {"CCO", "CCCO", "CC(=O)O", "c1ccccc1O", "CCO", "CCN"};
static const char *const ids[N] = {"a", "b", "c", "d", "gitmol.e", "f"};
static const char *const texts[N] = {
    "It is an alcohol.", "It is an alcohol that burns.",       "It is an acid.",
    "It is a phenol.",   "It is an alcohol of another style.", ""};
static random_ranker ranker;
static molglot_error err;

static int open_all(void **state) {
    (void)state;
    if (random_ranker_open(&ranker, smiles, N, &err)) return -1;
    return random_ranker_remember(&ranker, ids, smiles, texts, N, &err);
}

static int close_all(void **state) {
    (void)state;
    random_ranker_close(&ranker);
    return 0;
}

static mg_captioner_options options(void) {
    return (mg_captioner_options){.embedder = ranker.model->e,
                                  .memory = {.index = ranker.memory},
                                  .leave_out = "gitmol.",
                                  .threads = 2};
}

static void own_captions(void **state) {
    (void)state;
    const mg_captioner_options o = options();
    mg_captioner *c = must_have(mg_captioner_new(&o, &err), &err);
    assert_string_equal(mg_captioner_method(c)->name, "nearest");
    static const char *const asked[] = {"OCC", "C1CC", "", "CC(O)=O"};
    mg_caption_options how = mg_caption_default();
    mg_captioned out[4];
    must(mg_caption_molecules(c, asked, 4, &how, out, &err), &err);
    assert_true(out[0].status.ok && out[0].n == 1);
    assert_string_equal(out[0].canonical, "CCO");
    assert_string_equal(out[0].captions[0].text, "It is an alcohol."); /* the library's own */
    assert_true(out[0].captions[0].draft.own && out[0].captions[0].score > 1);
    assert_non_null(strstr(out[0].facts, "C2H6O"));
    assert_false(out[1].status.ok || out[2].status.ok);
    assert_true(out[1].n == 0 && *out[1].status.reason);
    assert_string_equal(out[3].captions[0].text, "It is an acid.");
    for (int i = 0; i < 4; i++) mg_captioned_free(&out[i]);

    how.own = MG_OWN_NEVER, how.n = 0;
    must(mg_caption_molecules(c, asked, 1, &how, out, &err), &err);
    assert_int_equal(out[0].n, 3); /* not its own, not what is left out, not the empty one */
    assert_int_equal(out[0].n_near, 3);
    for (int i = 0; i < out[0].n; i++) {
        const mg_caption *k = &out[0].captions[i];
        assert_string_not_equal(k->text, texts[0]);
        assert_true(k->agreement >= 0 && k->agreement <= 1 && isnan(k->draft.nll));
        assert_true(i == 0 || out[0].captions[i - 1].score >= k->score);
        assert_int_equal(k->n_wrong, !strcmp(k->text, "It is a phenol."));
    }
    mg_captioned_free(&out[0]);
    mg_captioner_free(c);
}

static void a_row_depends_on_itself_alone(void **state) {
    (void)state;
    enum { MANY = 70 };
    const mg_captioner_options o = options();
    mg_captioner *c = must_have(mg_captioner_new(&o, &err), &err);
    const char *asked[MANY];
    mg_captioned all[MANY], one;
    mg_caption_options how = {.n = 0, .own = MG_OWN_NEVER};
    for (int i = 0; i < MANY; i++) asked[i] = i % 3 ? smiles[i % N] : "CCCCO";
    must(mg_caption_molecules(c, asked, MANY, &how, all, &err), &err);
    for (int i = 0; i < MANY; i += 23) {
        must(mg_caption_molecules(c, &asked[i], 1, &how, &one, &err), &err);
        assert_int_equal(one.n, all[i].n);
        for (int k = 0; k < one.n; k++)
            assert_string_equal(one.captions[k].text, all[i].captions[k].text);
        mg_captioned_free(&one);
    }
    for (int i = 0; i < MANY; i++) mg_captioned_free(&all[i]);
    mg_captioner_free(c);
}

static void refusals(void **state) {
    (void)state;
    mg_captioner_options o = options();
    o.memory = (mg_memory){0};
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "without a memory");
    o.method = "nearest";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "copied from a memory");
    o.method = "guess";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "no method 'guess'");
}

/* ---- the choice ---- */

static void draft(mg_caption_pool *p, const char *method, const char *text, double weight,
                  float cosine) {
    const mg_draft d = {.text = text,
                        .method = method,
                        .row = -1,
                        .weight = weight,
                        .nll = NAN,
                        .cosine = cosine,
                        .kinship = NAN};
    must(mg_caption_pool_add(p, &d, &err), &err);
}

static void the_one_that_others_say(void **state) {
    (void)state;
    mg_chooser *c = must_have(mg_chooser_new(&err), &err);
    mg_caption_pool p = {0};
    draft(&p, "x", "It is a red thing made of wood and glue.", 1, 0);
    draft(&p, "x", "It is a red thing made of wood and nails.", 1, 0);
    draft(&p, "x", "The moon stands over the sea.", 1.5, 0);
    draft(&p, "x", "It is a red thing made of wood and nails.", .1, 0); /* again: a louder voice */
    must(mg_choose(c, &p, false, &err), &err);
    assert_int_equal(p.n, 3);
    assert_string_equal(p.at[0].text, "It is a red thing made of wood and nails.");
    assert_string_equal(p.at[2].text, "The moon stands over the sea.");
    mg_caption_pool_free(&p);

    /* a method has one voice, however its weights are counted; the cosine decides what is equal */
    draft(&p, "x", "one two three four five", 1000, .2f);
    draft(&p, "y", "six seven eight nine ten", .001, .4f);
    must(mg_choose(c, &p, false, &err), &err);
    assert_string_equal(p.at[0].text, "six seven eight nine ten");
    assert_true(fabs(p.at[0].agreement - p.at[1].agreement) < 1e-9);
    mg_caption_pool_free(&p);

    /* what a second method writes word for word keeps the first one's voice, and is the copy */
    draft(&p, "w", "one two three four five", 1, NAN);
    draft(&p, "w", "six seven eight nine ten", 1, NAN);
    const mg_draft copy = {.text = "one two three four five",
                           .method = "n",
                           .row = 7,
                           .weight = 9,
                           .nll = NAN,
                           .cosine = .1f};
    must(mg_caption_pool_add(&p, &copy, &err), &err);
    draft(&p, "n", "the moon stands over the sea", 1, .1f);
    must(mg_choose(c, &p, false, &err), &err);
    assert_int_equal(p.n, 3);
    assert_string_equal(p.at[0].text, copy.text);
    assert_string_equal(p.at[0].draft.method, "n");
    assert_int_equal(p.at[0].draft.row, 7);
    assert_true(fabs(p.at[0].agreement - (.9 + .5) / 2) < 1e-9);
    mg_caption_pool_free(&p);

    /* of beams alone the likeliest, whatever the others say */
    draft(&p, "t5", "one two three four five", 1, .9f);
    draft(&p, "t5", "one two three four six", 1, .9f);
    draft(&p, "t5", "the moon stands over the sea", 1, .1f);
    for (size_t i = 0; i < p.n; i++) p.at[i].draft.nll = 3 - (double)i;
    must(mg_choose(c, &p, true, &err), &err);
    assert_string_equal(p.at[0].text, "the moon stands over the sea");
    assert_string_equal(p.at[2].text, "one two three four five");
    assert_true(p.at[0].score == -1);
    mg_caption_pool_free(&p);
    must(mg_choose(c, &p, false, &err), &err); /* of nothing */
    mg_chooser_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_captions), cmocka_unit_test(a_row_depends_on_itself_alone),
        cmocka_unit_test(refusals), cmocka_unit_test(the_one_that_others_say)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
