/* test_train_diffusion.c - 3M-Diffusion's denoiser over the latents of a writer, on 42 molecules:
 * what a run leaves, that it learns sentences by heart, that stopping and resuming changes no byte,
 * micro-batches, what is refused; and the method faithful with what was trained. */
#include "../one_part.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "search/search.h"
#include "tensor/files/weights.h"
#include "train/writer/writer.h"
#include "train_runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 12, TEXTS = 4 };

#define SMALL "layers = 1\nhidden = 48\nheads = 2\nffn = 96\ndropout = 0.0\n"
#define EVAL  "[eval]\nlimit = 42\nsample = 42\n"

static const char writer_text[] =
    "task = \"writer\"\nrun = \"latent\"\n[model]\nname = \"tiny\"\nmax_text = 0\nmax_tokens = "
    "40\nlatents = 1\nlatent_dim = 24\n"
    "[model.encoder]\n" SMALL "[model.decoder]\n" SMALL "[input]\nrandomise = 0.0\n"
    "[data]\nsources = \"" PAIRS "\"\ntokens = 300\ntoken_min_count = 2\n"
    "[train]\nbatch = 42\nsteps = 300\nlr = 0.01\nclip = 1.0\nema = 0.9\n" EVAL
    "molecules = \"" PAIRS "\"\n";
static const char denoiser_text[] =
    "task = \"diffusion\"\nrun = \"run\"\nlicence = \"CC0\"\n[model]\nname = \"tiny-3m\"\nhidden = "
    "96\ntime_hidden = 64\nlayers = 3\n"
    "[writer]\nfile = \"latent/model.safetensors\"\n[condition]\nmodel = \"" ALIGNED
    "\"\n[data]\nsources = \"" PAIRS "\"\n"
    "[train]\nbatch = 20\nsteps = 12\nlr = 0.005\nbeta2 = 0.99\nclip = 1.0\nema = "
    "0.5\ncheckpoint_every = 5\n" EVAL "pairs = \"" PAIRS "\"\nevery = 2\n";

static double exact_of(const watch *w) {
    const char *exact = strstr(w->verdict, "exact ");
    return exact ? strtod(exact + 6, NULL) : -1;
}

/* ---- training ---- */

static void leaves_files(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    mg_writer_part f;
    must_train(writer_text, NULL, false, 0, MOLGLOT_OK, &w);
    if (!(exact_of(&w) >= 0.9)) fail_msg("autoencoder: %s", w.verdict);
    must_train(denoiser_text, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < w.losses[1]);
    if (load_writer(&f, "run/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_non_null(f.denoiser);
    assert_null(f.flow);
    assert_int_equal(mg_mlp_denoiser_get_config(f.denoiser)->dim, 24);
    assert_string_equal(mg_tensor_file_meta(f.file, "name"), "tiny-3m");
    assert_true(mg_writer_part_knows(&f, "CCO"));
    close_writer(&f);
}

static void resumed(void **state) {
    (void)state;
    static const char *const again[] = {"run=again", NULL};
    watch w;
    must_train(denoiser_text, again, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(denoiser_text, again, true, 8, MOLGLOT_INTERRUPTED, &w);
    must_train(denoiser_text, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "run/model.safetensors");
}

static void micro_batches(void **state) {
    (void)state;
    static const char *const parts[] = {"run=parts", "train.micro_batch=7", "eval.pairs=\"\"",
                                        NULL};
    static const char *const whole[] = {"run=whole", "eval.pairs=\"\"", NULL};
    watch a, b;
    must_train(denoiser_text, whole, false, 0, MOLGLOT_OK, &a);
    must_train(denoiser_text, parts, false, 0, MOLGLOT_OK, &b);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 1e-2)) /* sums of another order, ten steps on */
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
}

/* All sentences of 42 molecules by heart: condition, latents, levels, sampler and writer agree. */
static void learns_by_heart(void **state) {
    (void)state;
    static const char *const set[] = {"run=heart",
                                      "train.steps=1200",
                                      "train.batch=42",
                                      "train.ema=0.98",
                                      "train.checkpoint_every=0",
                                      "eval.every=0",
                                      "eval.guidance=1.0",
                                      NULL};
    watch w;
    must_train(denoiser_text, set, false, 0, MOLGLOT_OK, &w);
    if (!(exact_of(&w) >= 0.85)) fail_msg("%s", w.verdict);
}

static void refusals(void **state) {
    (void)state;
    expect(denoiser_text, (const char *const[]){"run=no", "writer.file=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "writer.file");
    expect(denoiser_text, (const char *const[]){"run=no", "condition.model=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "condition.model");
    expect(denoiser_text,
           (const char *const[]){"run=no", "condition.model=latent/model.safetensors", NULL}, false,
           MOLGLOT_BAD_FILE, "latent/model.safetensors");
    expect(denoiser_text, (const char *const[]){"run=no", "data.wordpiece_size=100", NULL}, false,
           MOLGLOT_BAD_FILE, "no word pieces");
    expect(denoiser_text, (const char *const[]){"run=no", "model.hidden=33", NULL}, false,
           MOLGLOT_BAD_FILE, "hidden must be even");
    expect(denoiser_text, (const char *const[]){"run=no", "diffusion.text_drop=2.0", NULL}, false,
           MOLGLOT_BAD_FILE, "diffusion.text_drop");
    expect(denoiser_text, (const char *const[]){"run=no", "eval.eta=2.0", NULL}, false,
           MOLGLOT_BAD_FILE, "eval.eta");
    expect(denoiser_text, (const char *const[]){"run=no", "eval.steps=20", NULL}, false,
           MOLGLOT_USAGE, "steps");
}

/* Replaces the first `from` of run/model.safetensors by `to` of the same length. */
static void refused(const char *from, const char *to, const char *why) {
    molglot_error err = {0};
    mg_writer_part w;
    char *data = NULL;
    size_t n;
    assert_int_equal(mg_read_file("run/model.safetensors", (size_t)1 << 26, &data, &n, &err),
                     MOLGLOT_OK);
    char *at = memmem(data, n, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    FILE *f = fopen("damaged.safetensors", "wb");
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
    free(data);
    assert_int_equal(load_writer(&w, "damaged.safetensors", NULL, &err), MOLGLOT_BAD_FILE);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    refused("denoiser.probe\"", "denoiser.prode\"", "denoiser.probe is missing");
    refused("denoiser.norm.weight", "denoiser.norm.waight", "denoiser.norm.weight");
    refused("\\\"dim\\\": 24", "\\\"dim\\\": 25", "makes 25 numbers");
    refused("\\\"time_hidden\\\": 64", "\\\"time_hidden\\\": -4", "time_hidden");
}

/* ---- the method faithful ---- */

typedef struct bench {
    mg_writer_part w;
    mg_space_part aligned;
    mg_embedder *ranker;
    mg_generator *g;
} bench;

static void open_bench(bench *b, const char *path, int threads) {
    molglot_error err = {0};
    int code = load_writer(&b->w, path, NULL, &err);
    if (!code) code = load_space(&b->aligned, ALIGNED, &err);
    if (code || !(b->ranker = mg_embedder_new(&b->aligned, (mg_embed_options){.threads = 1}, &err)))
        fail_msg("%s", err.message);
    if (!(b->g = mg_generator_new(&b->w, b->ranker, NULL, "cpu", threads, &err)))
        fail_msg("%s", err.message);
}

static void close_bench(bench *b) {
    mg_generator_free(b->g);
    mg_embedder_free(b->ranker);
    close_space(&b->aligned);
    close_writer(&b->w);
}

static void generate(bench *b, const char *const *texts, size_t n, mg_generate_options o,
                     mg_generation *out) {
    molglot_error err = {0};
    o.keep_all = 1;
    if (mg_generate(b->g, texts, n, &o, out, &err)) fail_msg("%s", err.message);
}

static const mg_generated *draw_of(const mg_generation *g, int index) {
    for (int i = 0; i < g->n; i++)
        if (g->molecules[i].index == index) return &g->molecules[i];
    return NULL;
}

/* The first n draws of both are the same, bit for bit. */
static void same_draws(const mg_generation *a, const mg_generation *b, int n) {
    for (int i = 0; i < n; i++) {
        const mg_generated *x = draw_of(a, i), *y = draw_of(b, i);
        assert_true(x && y);
        assert_string_equal(x->smiles, y->smiles);
        assert_true(x->nll == y->nll);
    }
}

static int differing(const mg_generation *a, const mg_generation *b, int n) {
    int different = 0;
    for (int i = 0; i < n; i++) different += draw_of(a, i)->nll != draw_of(b, i)->nll;
    return different;
}

static void free_all(mg_generation *g, size_t n) {
    for (size_t i = 0; i < n; i++) mg_generation_free(&g[i]);
}

/* What a sentence gives depends neither on what stands beside it, nor on how many draws there are,
 * nor on threads; no sentence likewise. */
static void the_same_whatever_stands_beside(void **state) {
    (void)state;
    static const char *const texts[TEXTS] = {"an acid", "a purine alkaloid found in coffee",
                                             "an amine or an ester", "an acid"};
    bench one, two;
    mg_generation together[TEXTS], alone, none[2], again[2];
    mg_generate_options many = mg_generate_default(), few = mg_generate_default();
    many.n = 19, few.n = 3, many.seed = few.seed = 5;
    open_bench(&one, "run/model.safetensors", 1);
    open_bench(&two, "run/model.safetensors", 2);
    const mg_generate_options resolved = mg_generate_resolve(one.g, &many);
    assert_string_equal(resolved.method, "faithful");
    assert_true(resolved.guidance == 0.8f && resolved.eta == 1 && resolved.temperature == 0);
    generate(&two, texts, TEXTS, many, together);
    for (int i = 0; i < TEXTS; i++) {
        generate(&one, &texts[i], 1, i % 2 ? many : few, &alone);
        same_draws(&alone, &together[i], i % 2 ? many.n : few.n);
        mg_generation_free(&alone);
    }
    same_draws(&together[0], &together[3], many.n);
    assert_true(differing(&together[0], &together[1], many.n) > 0);
    generate(&two, NULL, 2, many, none);
    generate(&one, NULL, 2, few, again);
    for (int i = 0; i < 2; i++) same_draws(&again[i], &none[i], few.n);
    assert_true(differing(&none[0], &none[1], many.n) > 0);
    free_all(together, TEXTS);
    free_all(none, 2);
    free_all(again, 2);
    close_bench(&one);
    close_bench(&two);
}

/* Seed, guidance and eta each change what is drawn. */
static void options_count(void **state) {
    (void)state;
    static const char *const text = "an amine or an ester";
    bench b;
    mg_generation plain, other;
    mg_generate_options o[4];
    for (int i = 0; i < 4; i++) o[i] = mg_generate_default(), o[i].n = 8;
    o[1].seed = 9, o[2].guidance = 3, o[3].eta = 0;
    open_bench(&b, "heart/model.safetensors", 2);
    generate(&b, &text, 1, o[0], &plain);
    for (int i = 1; i < 4; i++) {
        generate(&b, &text, 1, o[i], &other);
        assert_true(differing(&plain, &other, 8) > 0);
        mg_generation_free(&other);
    }
    mg_generation_free(&plain);
    close_bench(&b);
}

static void impossible(bench *b, mg_generate_options o, int code, const char *why) {
    static const char *const text = "an acid";
    molglot_error err = {0};
    mg_generation g;
    o.n = 2;
    assert_int_equal(mg_generate(b->g, &text, 1, &o, &g, &err), code);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
}

static void impossible_wishes(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    mg_generate_options o = mg_generate_default();
    open_bench(&b, "run/model.safetensors", 1);
    o.like = "CCO";
    impossible(&b, o, MOLGLOT_USAGE, "starts from no molecule");
    o = mg_generate_default(), o.eta = 2;
    impossible(&b, o, MOLGLOT_USAGE, "eta");
    o = mg_generate_default(), o.steps = 20;
    impossible(&b, o, MOLGLOT_USAGE, "takes 50 steps, not 20");
    o = mg_generate_default(), o.method = "diffusion";
    impossible(&b, o, MOLGLOT_USAGE, "use the method faithful");
    o.method = NULL;
    b.w.probe[0] += 1000; /* as if it had been trained with another model */
    impossible(&b, o, MOLGLOT_USAGE, "another ranking model");
    mg_generator *unranked = mg_generator_new(&b.w, NULL, NULL, "cpu", 1, &err), *ranked = b.g;
    b.g = unranked;
    impossible(&b, o, MOLGLOT_USAGE, "through the ranking model");
    mg_generator_free(unranked);
    b.g = ranked;
    close_bench(&b);
    open_bench(&b, "latent/model.safetensors", 1);
    o.method = "faithful";
    impossible(&b, o, MOLGLOT_USAGE, "holds no denoiser");
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_files),
                                       cmocka_unit_test(resumed),
                                       cmocka_unit_test(micro_batches),
                                       cmocka_unit_test(learns_by_heart),
                                       cmocka_unit_test(refusals),
                                       cmocka_unit_test(damaged_files_are_refused),
                                       cmocka_unit_test(the_same_whatever_stands_beside),
                                       cmocka_unit_test(options_count),
                                       cmocka_unit_test(impossible_wishes)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
