/* test_beams.c - a T5 as a generator: what it is asked for by default, its draws against its own
 * search and sampling, and what it is not able to do. */
#include "../must.h"
#include "../t5_part.h"
#include "generate/generate.h"

#include <math.h>
#include <unistd.h>

static char path[] = "/tmp/molglot-beams-XXXXXX";
static molglot_error err;

static int enter(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int leave(void **state) {
    (void)state;
    return unlink(path);
}

typedef struct opened {
    mg_bundle *b;
    const mg_t5_part *part;
    mg_generator *g;
} opened;

static opened open_t5(const char *task) {
    opened x;
    must_save_t5(path, task);
    x.b = must_have(mg_bundle_open(path, &err), &err);
    x.part = must_have(mg_bundle_t5(x.b, &err), &err);
    x.g = must_have(mg_generator_new_t5(x.part, NULL, "cpu", 1, &err), &err);
    return x;
}

static void close_t5(opened *x) {
    mg_generator_free(x->g);
    mg_bundle_close(x->b);
}

static void what_is_left_open(void **state) {
    (void)state;
    opened x = open_t5(MG_T5_GENERATE);
    mg_generate_options o = mg_generate_default();
    o.candidates = 2, o.n = 7;
    mg_generate_options r = mg_generate_resolve(x.g, &o);
    assert_string_equal(r.method, "beam");
    assert_int_equal(r.max_tokens, mg_t5_get_config(x.part->t5)->positions);
    assert_int_equal(r.candidates, 7);
    assert_true(r.temperature == 0 && r.guidance == 3 && r.steps == 10);
    o.max_tokens = 9, o.temperature = 0.4F, o.guidance = 5, o.steps = 2, o.candidates = 8;
    r = mg_generate_resolve(x.g, &o);
    assert_true(r.max_tokens == 9 && r.temperature == 0.4F && r.guidance == 5 && r.steps == 2 &&
                r.candidates == 8);
    assert_int_equal(mg_latents_size(x.g), 0);
    close_t5(&x);
}

/* Draw i is the i-th best of a search with as many beams, at least five; or the i-th of sampling.
 */
static void draws_are_the_search(void **state) {
    (void)state;
    static const char *const texts[] = {"an alcohol", "The molecule is an acid."};
    static const struct {
        int n;
        float temperature, top_p;
        int most;
    } cases[] = {{3, 0, 1, 0}, {7, 0, 1, 0}, {5, 0, 1, 6}, {4, 0.8F, 1, 0}, {4, 0.8F, 0.5F, 9}};
    opened x = open_t5(MG_T5_GENERATE);
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, 0);
    must(mg_t5_part_attach(x.part, t, &err), &err);
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_generate_options o = mg_generate_default();
        mg_generation out[2];
        o.n = o.candidates = cases[c].n, o.seed = 9, o.keep_all = o.keep_odd = 1;
        o.temperature = cases[c].temperature, o.top_p = cases[c].top_p;
        o.max_tokens = cases[c].most;
        must(mg_generate(x.g, texts, 2, &o, out, &err), &err);
        for (int i = 0; i < 2; i++) {
            const bool sampled = cases[c].temperature > 0;
            const int positions = mg_t5_get_config(x.part->t5)->positions;
            const mg_t5_draw draw = {
                .temperature = o.temperature,
                .top_p = o.top_p,
                .max_length = cases[c].most ? cases[c].most : positions,
                .seed = mg_rng_u64(9, mg_hash64(texts[i], strlen(texts[i]), 0), 0)};
            mg_t5_ask ask = {
                .n = cases[c].n, .search = mg_t5_search_default(), .draw = sampled ? &draw : NULL};
            mg_t5_text want[8];
            ask.search.beams = cases[c].n > 5 ? cases[c].n : 5;
            ask.search.max_length = cases[c].most ? cases[c].most : positions;
            must(mg_t5_say(t, x.part->t5, x.part->pieces, texts[i], &ask, want, NULL, &err), &err);
            int drawn = 0, invalid = 0;
            for (int k = 0; k < cases[c].n && want[k].text; k++) {
                mg_mol *m = mg_mol_from_smiles(want[k].text, NULL, NULL);
                drawn++;
                invalid += m == NULL;
                mg_mol_free(m);
                if (cases[c].most) assert_true(want[k].tokens <= cases[c].most);
            }
            if (!sampled) { /* of sampling the seed is the generator's own */
                assert_int_equal(out[i].drawn, drawn);
                assert_int_equal(out[i].invalid, invalid);
                assert_int_equal(out[i].n, drawn - out[i].duplicates);
                for (int k = 0; k < out[i].n; k++) {
                    const mg_generated *got = &out[i].molecules[k];
                    const mg_t5_text *w = &want[got->index];
                    const int tokens = w->ended ? w->tokens - 1 : w->tokens;
                    assert_true(got->limited == !w->ended);
                    assert_true(fabs((double)got->nll + w->score * tokens) < 1e-4);
                }
            } else {
                assert_int_equal(out[i].drawn, cases[c].n);
            }
            mg_t5_texts_free(want, cases[c].n);
            mg_generation_free(&out[i]);
        }
    }
    mg_tape_free(t);
    close_t5(&x);
}

static void what_it_cannot_do(void **state) {
    (void)state;
    static const char *const text[] = {"an alcohol"};
    opened x = open_t5(MG_T5_GENERATE);
    const int positions = mg_t5_get_config(x.part->t5)->positions;
    const struct {
        const char *method, *like;
        int n, most, texts;
        const char *says;
    } cases[] = {
        {NULL, NULL, 1, 0, 0, "writes for a sentence alone"},
        {NULL, "CCO", 1, 0, 1, "writes for a sentence alone"},
        {NULL, NULL, 257, 0, 1, "beam search writes at most 256 molecules, not 257"},
        {NULL, NULL, 1, 1, 1, "tokens, not 1"},
        {NULL, NULL, 1, positions + 1, 1, "tokens, not "},
        {"direct", NULL, 1, 0, 1, ""},
        {"diffusion", NULL, 1, 0, 1, ""},
        {"faithful", NULL, 1, 0, 1, ""},
        {"atomas", NULL, 1, 0, 1, "holds no writer of both directions"},
        {"motif", NULL, 1, 0, 1, ""},
        {"flow", NULL, 1, 0, 1, ""},
        {"magic", NULL, 1, 0, 1, "method 'magic' is none of direct, atomas, diffusion"},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_generate_options o = mg_generate_default();
        mg_generation out = {0};
        err = (molglot_error){0};
        o.n = cases[c].n, o.method = cases[c].method, o.max_tokens = cases[c].most;
        o.like = cases[c].like;
        assert_int_equal(mg_generate(x.g, cases[c].texts ? text : NULL, 1, &o, &out, &err),
                         MOLGLOT_USAGE);
        must_say(&err, MOLGLOT_USAGE, cases[c].says);
    }
    for (int most = 2; most <= positions;
         most += positions - 2) { /* as few and as many as it can */
        mg_generate_options o = mg_generate_default();
        mg_generation out = {0};
        o.n = 1, o.max_tokens = most;
        must(mg_generate(x.g, text, 1, &o, &out, &err), &err);
        mg_generation_free(&out);
    }
    close_t5(&x);
    x = open_t5(MG_T5_CAPTION);
    mg_generate_options o = mg_generate_default();
    mg_generation out = {0};
    assert_int_equal(mg_generate(x.g, text, 1, &o, &out, &err), MOLGLOT_USAGE);
    must_say(&err, MOLGLOT_USAGE, "was trained to write texts, not molecules");
    close_t5(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_open),
        cmocka_unit_test(draws_are_the_search),
        cmocka_unit_test(what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
