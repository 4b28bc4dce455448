/* test_written.c - captions that models write, of random weights: which drafts a method gives and
 * what is refused; and what one similarity alone would copy, against a plain search of all rows. */
#include "../generate/random_ranker.h"
#include "../generate/random_writer.h"
#include "../must.h"
#include "../t5_part.h"
#include "caption/inside.h"
#include "model/t5/t5.h"

#include <math.h>

enum { ROWS = 8 };
static const char *const rows_smiles[ROWS] = {
    "CCO", "CCCO", "CC(=O)O", "c1ccccc1O", "C[C@H](N)C(=O)O", "CCO", "CCN", "OCC"};
static const char *const rows_ids[ROWS] = {"a", "b", "c", "d", "e", "gitmol.f", "g", "h"};
static const char *const rows_texts[ROWS] = {"It is an alcohol.",
                                             "It is an alcohol that burns.",
                                             "It is an acid.",
                                             "It is a phenol.",
                                             "It is an amino acid.",
                                             "It is of another style.",
                                             "",
                                             "It is an alcohol, too."};
static random_ranker ranker;
static molglot_error err;
static char writer_path[] = "/tmp/molglot-written-XXXXXX",
            t5_path[] = "/tmp/molglot-written-XXXXXX";

static int open_all(void **state) {
    (void)state;
    const random_writer kind = {
        .layers = 1, .hidden = 32, .max_tokens = 32, .words = true, .captions = true};
    if (random_ranker_open(&ranker, rows_smiles, ROWS, &err) ||
        random_ranker_remember(&ranker, rows_ids, rows_smiles, rows_texts, ROWS, &err))
        return -1;
    if (close(mkstemp(writer_path)) || close(mkstemp(t5_path))) return -1;
    return random_writer_save(writer_path, &kind, "F32", &err);
}

static int close_all(void **state) {
    (void)state;
    random_ranker_close(&ranker);
    unlink(writer_path);
    unlink(t5_path);
    return 0;
}

static mg_captioner_options options(bool memory) {
    return (mg_captioner_options){.embedder = memory ? ranker.model->e : NULL,
                                  .memory = {.index = memory ? ranker.memory : NULL},
                                  .leave_out = "gitmol.",
                                  .threads = 2};
}

/* ---- floors ---- */

static void copies_by_one_similarity(void **state) {
    (void)state;
    static const char *const asked[] = {"CCO", "C[C@@H](N)C(=O)O", "no molecule", "c1ccccc1",
                                        "CC(=O)O"};
    enum { ASKED = MG_COUNT(asked), BITS = 2048 };
    const mg_captioner_options o = options(true);
    const char *text[ASKED][MG_CAPTION_FLOORS];
    must(mg_caption_floors(&o, asked, ASKED, text, &err), &err);
    float rows[ROWS * SMALL_DIM], texts[ROWS * SMALL_DIM], v[ASKED * SMALL_DIM];
    must(mg_embed_smiles(ranker.model->e, rows_smiles, ROWS, rows, NULL, &err), &err);
    must(mg_embed_texts(ranker.model->e, rows_texts, ROWS, texts, NULL, &err), &err);
    must(mg_embed_smiles(ranker.model->e, asked, ASKED, v, NULL, &err), &err);
    for (int i = 0; i < ASKED; i++) {
        double best[MG_CAPTION_FLOORS], next[MG_CAPTION_FLOORS];
        int row[MG_CAPTION_FLOORS];
        uint8_t bits[BITS / 8], own[BITS / 8];
        mg_shape shape, other;
        mg_mol *m = mg_mol_from_smiles(asked[i], NULL, NULL);
        if (!m) {
            for (int k = 0; k < MG_CAPTION_FLOORS; k++) assert_string_equal(text[i][k], "");
            continue;
        }
        must(mg_shape_of(m, &shape, &err), &err);
        must(mg_mol_fingerprint(m, MG_FP_MORGAN, 2, BITS, bits, &err), &err);
        char *canonical = mg_mol_smiles(m, true);
        for (int k = 0; k < MG_CAPTION_FLOORS; k++) best[k] = next[k] = -9, row[k] = -1;
        for (int r = 0; r < ROWS; r++) {
            mg_mol *x = mg_mol_from_smiles(rows_smiles[r], NULL, NULL);
            char *theirs = mg_mol_smiles(x, true);
            double molecule = 0, caption = 0;
            must(mg_shape_of(x, &other, &err), &err);
            must(mg_mol_fingerprint(x, MG_FP_MORGAN, 2, BITS, own, &err), &err);
            for (int d = 0; d < SMALL_DIM; d++) {
                molecule += (double)v[i * SMALL_DIM + d] * (double)rows[r * SMALL_DIM + d];
                caption += (double)v[i * SMALL_DIM + d] * (double)texts[r * SMALL_DIM + d];
            }
            const double structure = mg_shape_likeness(&shape, &other),
                         by[] = {mg_tanimoto(bits, own, BITS), structure, molecule, caption,
                                 molecule + caption + 0.5 * structure};
            const bool counts = *rows_texts[r] && r != 5 && strcmp(theirs, canonical) != 0;
            for (int k = 0; k < MG_CAPTION_FLOORS && counts; k++) {
                if (by[k] > best[k]) {
                    next[k] = best[k];
                    best[k] = by[k], row[k] = r;
                } else if (by[k] > next[k]) {
                    next[k] = by[k];
                }
            }
            mg_shape_free(&other);
            free(theirs);
            mg_mol_free(x);
        }
        for (int k = 0; k < MG_CAPTION_FLOORS; k++) /* bf16 numbers of texts: near ties are open */
            if (k < 3 || best[k] - next[k] > 0.02)
                if (strcmp(text[i][k], rows_texts[row[k]]))
                    fail_msg("%s by %s: '%s', not '%s'", asked[i], MG_CAPTION_FLOOR_NAMES[k],
                             text[i][k], rows_texts[row[k]]);
        mg_shape_free(&shape);
        free(canonical);
        mg_mol_free(m);
    }
    mg_captioner_options none = options(false);
    assert_int_equal(mg_caption_floors(&none, asked, 1, text, &err), MOLGLOT_USAGE);
    none.embedder = ranker.model->e;
    assert_int_equal(mg_caption_floors(&none, asked, 1, text, &err), MOLGLOT_USAGE);
    must_say(&err, MOLGLOT_USAGE, "copies need a memory");
}

/* ---- atomas ---- */

/* All drafts of some molecules, a line each. */
static void say_drafts(mg_captioner *c, const char *const *smiles, size_t n,
                       const mg_caption_options *how, mg_captioned *out, mg_str *said) {
    must(mg_caption_molecules(c, smiles, n, how, out, &err), &err);
    said->n = 0;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < out[i].n; k++)
            mg_str_addf(said, "%zu %s %s\n", i, out[i].captions[k].draft.method,
                        out[i].captions[k].text);
}

static int count_of(const mg_captioned *out, const char *method) {
    int n = 0;
    for (int k = 0; k < out->n; k++) n += !strcmp(out->captions[k].draft.method, method);
    return n;
}

static void a_writer_draws_captions(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "bad", "c1ccccc1O"};
    mg_captioner_options o = options(false);
    o.model = writer_path;
    mg_captioner *c = must_have(mg_captioner_new(&o, &err), &err);
    assert_string_equal(mg_captioner_method(c)->name, "atomas");
    mg_captioned out[3];
    mg_str first = {0}, second = {0};
    mg_caption_options how = {.n = 0, .seed = 3};
    say_drafts(c, smiles, 3, &how, out, &first);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(out[i].status.ok, i != 1);
        assert_true(out[i].n >= (i != 1) && out[i].n <= 16);
        assert_int_equal(out[i].n_near, 0);
        for (int k = 0; k < out[i].n; k++) {
            const mg_draft *d = &out[i].captions[k].draft;
            assert_string_equal(d->method, "atomas");
            assert_true(d->nll > 0 && d->row == -1 && !d->own && isnan(d->cosine));
            assert_true(d->weight >= 1 && d->weight == floor(d->weight)); /* once for each draw */
        }
        mg_captioned_free(&out[i]);
    }
    /* the same again, also alone; another seed, another temperature and fewer draws change it */
    say_drafts(c, smiles, 3, &how, out, &second);
    assert_string_equal(first.s, second.s);
    const int many = out[0].n;
    double draws = 0;
    for (int k = 0; k < out[0].n; k++) draws += out[0].captions[k].draft.weight;
    assert_true(draws == 16);
    for (int i = 0; i < 3; i++) mg_captioned_free(&out[i]);
    say_drafts(c, smiles, 1, &how, out, &second);
    assert_true(strncmp(first.s, second.s, second.n) == 0);
    mg_captioned_free(out);
    how.seed = 4;
    say_drafts(c, smiles, 3, &how, out, &second);
    assert_string_not_equal(first.s, second.s);
    for (int i = 0; i < 3; i++) mg_captioned_free(&out[i]);
    how.seed = 3, how.temperature = 0.01F;
    say_drafts(c, smiles, 1, &how, out, &second);
    assert_true(out[0].n <= 3 && out[0].n < many); /* nearly the likeliest, each time */
    mg_captioned_free(out);
    how.temperature = 0, how.candidates = 3;
    say_drafts(c, smiles, 1, &how, out, &second);
    draws = 0;
    for (int k = 0; k < out[0].n; k++) draws += out[0].captions[k].draft.weight;
    assert_true(draws == 3);
    mg_captioned_free(out);
    mg_captioner_free(c);

    /* beside copies of the memory's, whose rows it reads too; alone, without them */
    o = options(true);
    o.model = writer_path;
    c = must_have(mg_captioner_new(&o, &err), &err);
    how = (mg_caption_options){.n = 0, .seed = 3, .own = MG_OWN_NEVER};
    say_drafts(c, smiles, 1, &how, out, &second);
    assert_int_equal(count_of(&out[0], "nearest"), 4);
    assert_true(count_of(&out[0], "atomas") >= 1);
    for (int k = 0; k < out[0].n; k++) assert_false(isnan(out[0].captions[k].draft.cosine));
    mg_captioned_free(out);
    how.alone = true;
    say_drafts(c, smiles, 1, &how, out, &second);
    assert_int_equal(count_of(&out[0], "nearest"), 0);
    assert_string_not_equal(first.s, second.s);
    for (int k = 0; k < out[0].n; k++) { /* the cosine of the text that stands there */
        float text[SMALL_DIM], v[SMALL_DIM];
        double cosine = 0;
        must(mg_embed_texts(ranker.model->e, (const char *const[]){out[0].captions[k].text}, 1,
                            text, NULL, &err),
             &err);
        must(mg_embed_smiles(ranker.model->e, smiles, 1, v, NULL, &err), &err);
        for (int d = 0; d < SMALL_DIM; d++) cosine += (double)text[d] * (double)v[d];
        assert_true(fabs(cosine - (double)out[0].captions[k].draft.cosine) < 1e-5);
    }
    mg_captioned_free(out);
    mg_captioner_free(c);
    mg_str_free(&first);
    mg_str_free(&second);
}

/* ---- t5 ---- */

static void an_imported_t5_writes_captions(void **state) {
    (void)state;
    must_save_t5(t5_path, MG_T5_CAPTION);
    static const char *const smiles[] = {"OCC", " OCC\t", "CCO |atomProp:0.x.1|",
                                         "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"},
                             *const read_as[] = {"OCC", "OCC", "CCO", "CCO"};
    enum { N = MG_COUNT(smiles) };
    mg_captioner_options o = options(false);
    o.model = t5_path;
    mg_captioner *c = must_have(mg_captioner_new(&o, &err), &err);
    assert_string_equal(mg_captioner_method(c)->name, "t5");
    mg_bundle *b = must_have(mg_bundle_open(t5_path, &err), &err);
    const mg_t5_part *part = must_have(mg_bundle_t5(b, &err), &err);
    mg_tape *t = must_have(mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err), &err);
    must(mg_t5_part_attach(part, t, &err), &err);
    static const struct {
        int candidates, beams, n, wide;
        float temperature;
    } cases[] = {
        {0, 0, 5, 5, 0}, {2, 0, 2, 5, 0}, {0, 3, 3, 3, 0}, {4, 2, 4, 4, 0}, {3, 0, 3, 5, 0.7F}};
    for (size_t k = 0; k < MG_COUNT(cases); k++) {
        const mg_caption_options how = {.n = 0,
                                        .candidates = cases[k].candidates,
                                        .beams = cases[k].beams,
                                        .temperature = cases[k].temperature,
                                        .seed = 5,
                                        .alone = true};
        mg_captioned out[N];
        must(mg_caption_molecules(c, smiles, N, &how, out, &err), &err);
        for (int i = 0; i < N; i++) {
            const mg_t5_draw draw = {.temperature = cases[k].temperature,
                                     .seed = mg_hash64("CCO", 3, 5)};
            mg_t5_ask ask = {.n = cases[k].n,
                             .search = mg_t5_search_default(),
                             .draw = cases[k].temperature > 0 ? &draw : NULL};
            mg_t5_text want[8];
            ask.search.beams = cases[k].wide;
            must(mg_t5_caption(part, t, read_as[i], &ask, want, &err), &err);
            int found = 0, distinct = 0;
            for (int w = 0; w < cases[k].n && want[w].text; w++) {
                bool before = !*want[w].text;
                for (int x = 0; x < w; x++) before |= !strcmp(want[x].text, want[w].text);
                distinct += !before;
                for (int x = 0; x < out[i].n; x++) {
                    const mg_caption *y = &out[i].captions[x];
                    if (before || strcmp(y->text, want[w].text)) continue;
                    found++;
                    assert_string_equal(y->draft.method, "t5");
                    const double nll = cases[k].temperature > 0 ? -want[w].score / want[w].tokens
                                                                : -want[w].score;
                    assert_true(fabs(y->draft.nll - nll) < 1e-6);
                }
            }
            assert_true(out[i].n == distinct && found == distinct && distinct > 0);
            mg_t5_texts_free(want, cases[k].n);
            mg_captioned_free(&out[i]);
        }
    }
    mg_tape_free(t);
    mg_bundle_close(b);
    mg_captioner_free(c);
}

/* A T5 with a graph row is given the molecule's embedding, of the space that it knows. */
static void a_graph_row_is_given_its_vector(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "CC(=O)O"};
    static const char other[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    enum { N = MG_COUNT(smiles) };
    const mg_caption_options how = {.candidates = 1, .beams = 2, .alone = true};
    float v[N * SMALL_DIM];
    mg_bundle *space = must_have(mg_bundle_open(ranker.model_path, &err), &err);
    mg_captioner_options o = options(false);
    o.bundle = space, o.embedder = ranker.model->e, o.model = t5_path, o.method = "t5";
    must_save_t5_row(t5_path, MG_T5_CAPTION, mg_bundle_identity(space, &err), SMALL_DIM);
    mg_captioner *c = must_have(mg_captioner_new(&o, &err), &err);
    mg_bundle *b = must_have(mg_bundle_open(t5_path, &err), &err);
    const mg_t5_part *part = must_have(mg_bundle_t5(b, &err), &err);
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, 0);
    must(mg_t5_part_attach(part, t, &err), &err);
    must(mg_embed_smiles(ranker.model->e, smiles, N, v, NULL, &err), &err);
    mg_captioned out[N];
    must(mg_caption_molecules(c, smiles, N, &how, out, &err), &err);
    for (int i = 0; i < N; i++) {
        mg_t5_ask ask = {.n = 1, .search = mg_t5_search_default(), .vector = v + i * SMALL_DIM};
        mg_t5_text want[1], without[1];
        ask.search.beams = 2;
        must(mg_t5_caption(part, t, smiles[i], &ask, want, &err), &err);
        ask.vector = NULL;
        must(mg_t5_caption(part, t, smiles[i], &ask, without, &err), &err);
        assert_int_equal(out[i].n, 1);
        assert_string_equal(out[i].captions[0].text, want[0].text);
        assert_true(fabs(out[i].captions[0].draft.nll + want[0].score) < 1e-6);
        assert_true(fabs(want[0].score - without[0].score) > 1e-3);
        mg_t5_texts_free(want, 1);
        mg_t5_texts_free(without, 1);
        mg_captioned_free(&out[i]);
    }
    mg_captioner_free(c);
    mg_tape_free(t);
    mg_bundle_close(b);
    o.embedder = NULL;
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "the model whose space they are of");
    o.embedder = ranker.model->e;
    must_save_t5_row(t5_path, MG_T5_CAPTION, other, SMALL_DIM);
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "made with another aligned space than");
    must_save_t5_row(t5_path, MG_T5_CAPTION, mg_bundle_identity(space, &err), SMALL_DIM + 1);
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "made with another aligned space than");
    mg_bundle_close(space);
}

static void what_cannot_write_is_refused(void **state) {
    (void)state;
    mg_captioner_options o = options(false);
    o.method = "atomas";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "the model has no part atomas");
    o.method = "t5";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "the model has no part t5");
    o.model = writer_path;
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "the model has no part t5");
    o.model = "/nonexistent/model";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, err.code, "/nonexistent/model");
    o.method = "atomas";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, err.code, "/nonexistent/model");
    must_save_t5(t5_path, "generate");
    o.model = t5_path, o.method = "t5";
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "was trained to write molecules, not texts");
    must_save_t5(t5_path, NULL); /* nobody knows for what: taken */
    mg_captioner_free(must_have(mg_captioner_new(&o, &err), &err));
    /* a memory, and a model that cannot write: no method is left for the model that was given */
    o = options(true);
    o.model = ranker.model_path;
    assert_null(mg_captioner_new(&o, &err));
    must_say(&err, MOLGLOT_USAGE, "no method of captioning can work with this model");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_by_one_similarity),
        cmocka_unit_test(a_writer_draws_captions),
        cmocka_unit_test(an_imported_t5_writes_captions),
        cmocka_unit_test(a_graph_row_is_given_its_vector),
        cmocka_unit_test(what_cannot_write_is_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
