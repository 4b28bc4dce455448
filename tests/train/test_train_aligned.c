/* test_train_aligned.c - aligned latents and the diffusion over them, on 42 molecules: a writer
 * that learns them by heart from vector and remainder, from either alone, and beside a neighbour's;
 * what makes vectors from sentences; stopping and resuming; encode, decode, the way between two,
 * draws; what is refused. */
#include "../one_part.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "train/writer/writer.h"
#include "train_runs.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SMALL "layers = 1\nhidden = 48\nheads = 2\nffn = 96\ndropout = 0.0\n"
#define EVAL  "[eval]\nlimit = 42\nsample = 42\n"

static const char writer_text[] =
    "task = \"writer\"\nrun = \"latent\"\n[model]\nname = \"tiny\"\nmax_text = 0\nmax_tokens = "
    "40\naligned = 48\nlatents = 14\nlatent_dim = 12\nlatent_tokens = 6\n"
    "[model.encoder]\n" SMALL "[model.decoder]\n" SMALL "[input]\nrandomise = 0.0\n"
    "[aligned]\nmodel = \"" ALIGNED "\"\nforget = 0.4\ndraft = 0.2\n"
    "[memory]\nmodel = \"" ALIGNED "\"\namong = 4\nkeep = 1.0\n"
    "[data]\nsources = \"" PAIRS "\"\ntokens = 300\ntoken_min_count = 2\n"
    "[train]\nbatch = 42\nsteps = 160\nlr = 0.01\nclip = 1.0\nema = 0.9\n" EVAL
    "molecules = \"" PAIRS "\"\n";
static const char prior_text[] =
    "task = \"diffusion\"\nrun = \"run\"\nlicence = \"CC0\"\n[model]\nname = "
    "\"tiny-prior\"\nhidden "
    "= 96\ntime_hidden = 64\nlayers = 2\n"
    "[writer]\nfile = \"latent/model.safetensors\"\n[condition]\nmodel = \"" ALIGNED
    "\"\n[data]\nsources = \"" PAIRS "\"\n[memory]\nmodel = \"" ALIGNED
    "\"\namong = 4\nkeep = 0.5\n"
    "[train]\nbatch = 42\nsteps = 500\nlr = 0.005\nbeta2 = 0.99\nclip = 1.0\nema = "
    "0.98\n" EVAL "pairs = \"" PAIRS "\"\nguidance = 1.0\n";

static double exact_of(const watch *w) {
    const char *exact = strstr(w->verdict, "exact ");
    return exact ? strtod(exact + 6, NULL) : -1;
}

static void learns_by_heart(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    mg_writer_part f;
    must_train(writer_text, NULL, false, 0, MOLGLOT_OK, &w);
    if (!(exact_of(&w) >= 0.9)) fail_msg("writer: %s", w.verdict);
    must_train(prior_text, NULL, false, 0, MOLGLOT_OK, &w);
    if (!(exact_of(&w) >= 0.5)) fail_msg("prior: %s", w.verdict);
    if (load_writer(&f, "run/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_non_null(f.denoiser);
    assert_non_null(f.space);
    assert_int_equal(mg_mlp_denoiser_get_config(f.denoiser)->dim, 48);
    assert_int_equal(mg_mlp_denoiser_get_config(f.denoiser)->condition, 96);
    close_writer(&f);
}

static void resumed(void **state) {
    (void)state;
    static const char *const whole[] = {"run=whole", "train.steps=6", "train.checkpoint_every=2",
                                        "eval.molecules=\"\"", NULL},
                             *const again[] = {"run=again", "train.steps=6",
                                               "train.checkpoint_every=2", "eval.molecules=\"\"",
                                               NULL};
    watch w;
    must_train(writer_text, whole, false, 0, MOLGLOT_OK, &w);
    must_train(writer_text, again, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(writer_text, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "whole/model.safetensors");
}

static void refusals(void **state) {
    (void)state;
    expect(writer_text, (const char *const[]){"run=no", "aligned.model=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "aligned.model");
    expect(writer_text, (const char *const[]){"run=no", "aligned.blind=2.0", NULL}, false,
           MOLGLOT_BAD_FILE, "probabilities");
    expect(writer_text, (const char *const[]){"run=no", "memory.model=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "aligned.draft");
    expect(writer_text, (const char *const[]){"run=no", "model.aligned=50", NULL}, false,
           MOLGLOT_BAD_FILE, "50 aligned numbers");
    expect(writer_text, (const char *const[]){"run=no", "model.latent_tokens=0", NULL}, false,
           MOLGLOT_BAD_FILE, "aligned numbers");
}

/* ---- with what was trained ---- */

typedef struct bench {
    mg_writer_part w;
    mg_space_part aligned;
    mg_embedder *space;
    mg_generator *g;
} bench;

static void open_bench(bench *b, const char *path) {
    molglot_error err = {0};
    int code = load_writer(&b->w, path, NULL, &err);
    if (!code) code = load_space(&b->aligned, ALIGNED, &err);
    if (code || !(b->space = mg_embedder_new(&b->aligned, (mg_embed_options){.threads = 1}, &err)))
        fail_msg("%s", err.message);
    if (!(b->g = mg_generator_new(&b->w, b->space, NULL, "cpu", 2, &err)))
        fail_msg("%s", err.message);
}

static void close_bench(bench *b) {
    mg_generator_free(b->g);
    mg_embedder_free(b->space);
    close_space(&b->aligned);
    close_writer(&b->w);
}

enum { SPELLINGS = 5, SIZE = 14 * 12, POINTS = 5 };

/* Every spelling of a molecule has the same latents, and they give it again. */
static void spellings(void **state) {
    (void)state;
    static const char *const smiles[SPELLINGS] = {"CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1OC(C)=O",
                                                  "c1cc(OC(C)=O)c(C(O)=O)cc1",
                                                  "O=C(C)Oc1c(C(=O)O)cccc1", "no molecule"};
    bench b;
    molglot_error err = {0};
    molglot_row_status status[SPELLINGS];
    float z[SPELLINGS * SIZE];
    mg_generated back[1];
    open_bench(&b, "latent/model.safetensors");
    assert_int_equal(mg_latents_size(b.g), SIZE);
    if (mg_latents_encode(b.g, smiles, SPELLINGS, z, status, &err)) fail_msg("%s", err.message);
    for (int i = 1; i + 1 < SPELLINGS; i++) {
        assert_true(status[i].ok);
        assert_memory_equal(z + i * SIZE, z, SIZE * sizeof *z);
    }
    assert_false(status[SPELLINGS - 1].ok);
    double sum = 0;
    for (int i = 0; i < 48; i++) sum += (double)z[i] * (double)z[i];
    assert_true(fabs(sum - 48) < 0.5);
    if (mg_latents_decode(b.g, z, 1, back, &err)) fail_msg("%s", err.message);
    assert_true(back[0].valid);
    mg_generated_free(back, 1);
    close_bench(&b);
}

static void between(void **state) {
    (void)state;
    static const char *const ends[2] = {"CCO", "CC(=O)O"};
    bench b;
    molglot_error err = {0};
    float z[2 * SIZE], way[POINTS * SIZE];
    mg_generated out[POINTS];
    open_bench(&b, "latent/model.safetensors");
    if (mg_latents_encode(b.g, ends, 2, z, NULL, &err)) fail_msg("%s", err.message);
    mg_latents_between(b.g, z, z + SIZE, POINTS, way);
    for (int i = 0; i < SIZE; i++) {
        assert_true(fabsf(way[i] - z[i]) < 1e-4f);
        assert_true(fabsf(way[(POINTS - 1) * SIZE + i] - z[SIZE + i]) < 1e-4f);
    }
    for (int i = 48; i < SIZE; i++) assert_true(way[2 * SIZE + i] == 0); /* nothing is kept */
    if (mg_latents_decode(b.g, way, POINTS, out, &err)) fail_msg("%s", err.message);
    for (int i = 0; i < POINTS; i++) assert_true(out[i].valid);
    mg_generated_free(out, POINTS);
    close_bench(&b);
}

static void draw(bench *b, const char *text, mg_generate_options o, mg_generation *out) {
    molglot_error err = {0};
    o.keep_all = 1;
    if (mg_generate(b->g, text ? &text : NULL, 1, &o, out, &err)) fail_msg("%s", err.message);
}

/* Sentences, a molecule to start from, nothing; the same seed gives the same. */
static void draws(void **state) {
    (void)state;
    bench b;
    mg_generation one, two;
    mg_generate_options o = mg_generate_default();
    molglot_error err = {0};
    open_bench(&b, "run/model.safetensors");
    o.n = 8;
    const mg_generate_options r = mg_generate_resolve(b.g, &o);
    assert_string_equal(r.method, "diffusion");
    for (int k = 0; k < 3; k++) {
        o.like = k == 1 ? "CCO" : NULL;
        draw(&b, k < 2 ? "an acid" : NULL, o, &one);
        draw(&b, k < 2 ? "an acid" : NULL, o, &two);
        assert_int_equal(one.n, 8);
        for (int i = 0; i < 8; i++)
            assert_string_equal(one.molecules[i].smiles, two.molecules[i].smiles);
        mg_generation_free(&one);
        mg_generation_free(&two);
    }
    /* without the space nothing can be said of sentences or molecules */
    mg_generator *g = mg_generator_new(&b.w, NULL, NULL, "cpu", 1, &err);
    const char *const text = "an acid";
    float z[SIZE];
    o.like = NULL;
    assert_non_null(g);
    assert_int_equal(mg_generate(g, &text, 1, &o, &one, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "aligned space"));
    assert_int_equal(mg_latents_encode(g, &text, 1, z, NULL, &err), MOLGLOT_USAGE);
    mg_generator_space(g, b.space);
    if (mg_generate(g, &text, 1, &o, &one, &err)) fail_msg("%s", err.message);
    mg_generation_free(&one);
    mg_generator_free(g);
    close_bench(&b);
    /* nothing makes latents from sentences here; without one, nothing is known */
    open_bench(&b, "latent/model.safetensors");
    o.method = "diffusion";
    assert_int_equal(mg_generate(b.g, &text, 1, &o, &one, &err), MOLGLOT_USAGE);
    draw(&b, NULL, o, &one);
    mg_generation_free(&one);
    close_bench(&b);
}

static void recipes_are_sound(void **state) {
    (void)state;
    static const char *const names[] = {"aligned", "aligned-tiny", "aligned-prior",
                                        "aligned-prior-tiny"};
    for (size_t i = 0; i < MG_COUNT(names); i++) expect_sound(names[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_by_heart),  cmocka_unit_test(resumed), cmocka_unit_test(refusals),
        cmocka_unit_test(spellings),        cmocka_unit_test(between), cmocka_unit_test(draws),
        cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
