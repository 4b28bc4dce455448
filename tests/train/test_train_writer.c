/* test_train_writer.c - training of the writer and of the flow on 42 molecules: what a run leaves,
 * that it learns, that stopping and resuming changes no byte, micro-batches, what validation
 * counts, the nearest molecules, what is refused. */
#include "../one_part.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "search/search.h"
#include "tensor/files/weights.h"
#include "train/writer/writer.h"
#include "train_runs.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 12 };

#define SMALL "layers = 1\nhidden = 32\nheads = 2\nffn = 64\n"
#define COMMON                                                                                   \
    "[data]\nsources = \"" PAIRS "\"\nwordpiece_size = 120\ntokens = 300\ntoken_min_count = 2\n" \
    "[train]\nbatch = 20\nsteps = 12\nlr = 0.01\nclip = 1.0\nema = 0.5\ncheckpoint_every = 5\n"  \
    "[eval]\npairs = \"" PAIRS "\"\nlimit = 30\nsample = 10\nevery = 2\n"

static const char writer_text[] =
    "task = \"writer\"\nrun = \"run\"\nlicence = \"CC0\"\n"
    "[model]\nname = \"tiny\"\nmax_text = 24\nmax_tokens = 40\nlatent_dim = 8\n"
    "[model.encoder]\n" SMALL "[model.decoder]\n" SMALL
    "[input]\nrebuild = 0.3\nrandomise = 0.5\n" COMMON "molecules = \"" PAIRS "\"\n";
static const char flow_text[] = "task = \"flow\"\nrun = \"flow\"\nlicence = \"CC0\"\n"
                                "[model]\nname = \"tiny-flow\"\nmax_text = 24\n" SMALL
                                "[model.text]\n" SMALL
                                "[writer]\nfile = \"run/model.safetensors\"\n" COMMON "steps = 2\n";
static const char *const latent[] = {"model.latents=3", NULL};

/* ---- a run ---- */

static void leaves_files(void **state) {
    (void)state;
    static const char *const files[] = {
        "recipe.toml", "manifest.json",          "train.jsonl",
        "loss.svg",    "checkpoint.safetensors", "model.safetensors"};
    watch w;
    molglot_error err = {0};
    enter_folder("whole");
    must_train(writer_text, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < 0.8 * w.losses[1]);
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        char path[64];
        snprintf(path, sizeof path, "run/%s", files[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    mg_writer_part f;
    if (load_writer(&f, "run/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_string_equal(mg_tensor_file_meta(f.file, "licence"), "CC0");
    assert_int_equal(strlen(mg_tensor_file_meta(f.file, "data.sha256")), 64);
    assert_null(strstr(mg_tensor_file_meta(f.file, "recipe"), "run = "));
    assert_true(mg_writer_part_knows(&f, "CC(=O)Oc1ccccc1C(=O)O"));
    assert_false(mg_writer_part_knows(&f, "CCCCCCCCCCCCN"));
    assert_string_equal(mg_wordpiece_piece(f.wordpiece, mg_wordpiece_size(f.wordpiece) - 1),
                        "[NONE]");
    close_writer(&f);
}

/* Each line of scores counts what it says: shares of the sampled rows, loss over all. */
static void validation_counts(void **state) {
    (void)state;
    molglot_error err = {0};
    char *log = NULL;
    size_t n;
    int found = 0;
    enter_folder("whole");
    assert_int_equal(mg_read_file("run/train.jsonl", 1 << 20, &log, &n, &err), MOLGLOT_OK);
    for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *o = json_loads(line, 0, NULL);
        assert_non_null(o);
        static const char *const names[] = {"text", "rebuild"};
        for (int k = 0; k < 2; k++) {
            const json_t *s = json_object_get(o, names[k]);
            if (!s) continue;
            found++;
            assert_int_equal(json_integer_value(json_object_get(s, "rows")), 30);
            assert_int_equal(json_integer_value(json_object_get(s, "sampled")), 10);
            assert_true(json_number_value(json_object_get(s, "loss")) > 0);
            const double valid = json_number_value(json_object_get(s, "valid")),
                         exact = json_number_value(json_object_get(s, "exact"));
            assert_true(exact <= valid && valid <= 1 &&
                        exact <= json_number_value(json_object_get(s, "exact_without_stereo")));
        }
        json_decref(o);
    }
    /* two steps an epoch, every second epoch; the last one at the end */
    assert_int_equal(found, 2 * (STEPS / 4));
    free(log);
}

/* All of 42 molecules by heart: sentence to molecule without a mistake means that input, target,
 * automaton and judge agree. */
static void learns_by_heart(void **state) {
    (void)state;
    static const char *const set[] = {"train.steps=260",
                                      "train.batch=42",
                                      "train.ema=0.9",
                                      "train.lr=0.01",
                                      "input.rebuild=0.0",
                                      "eval.molecules=\"\"",
                                      "eval.every=0",
                                      "eval.sample=30",
                                      "model.encoder.dropout=0.0",
                                      "model.decoder.dropout=0.0",
                                      NULL};
    watch w;
    enter_folder("heart");
    must_train(writer_text, set, false, 0, MOLGLOT_OK, &w);
    const char *exact = strstr(w.verdict, "exact ");
    if (!exact || !(strtod(exact + 6, NULL) >= 0.9)) fail_msg("%s", w.verdict);
}

static void resumed(void **state) {
    (void)state;
    watch w;
    enter_folder("resumed");
    must_train(writer_text, NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(writer_text, NULL, true, 8, MOLGLOT_INTERRUPTED, &w);
    must_train(writer_text, NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
    same_files("run/loss.svg", "../whole/run/loss.svg");
}

/* Without dropout a step in parts is the same sum in another order. */
static void micro_batches(void **state) {
    (void)state;
    static const char *const whole[] = {"model.encoder.dropout=0.0", "model.decoder.dropout=0.0",
                                        "eval.pairs=\"\"", "eval.molecules=\"\"", NULL};
    static const char *const parts[] = {"model.encoder.dropout=0.0",
                                        "model.decoder.dropout=0.0",
                                        "eval.pairs=\"\"",
                                        "eval.molecules=\"\"",
                                        "train.micro_batch=7",
                                        "run=parts",
                                        NULL};
    watch a, b;
    enter_folder("micro");
    must_train(writer_text, whole, false, 0, MOLGLOT_OK, &a);
    must_train(writer_text, parts, false, 0, MOLGLOT_OK, &b);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 2e-3))
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
}

static void bf16_trains(void **state) {
    (void)state;
    static const char *const set[] = {"train.precision=bf16", "model.latents=3", "eval.sample=0",
                                      NULL};
    watch w;
    enter_folder("half");
    must_train(writer_text, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < 0.8 * w.losses[1]);
}

/* others.tsv: the pairs but for aspirin. */
static void write_others(void) {
    FILE *from = fopen(PAIRS, "r"), *to = fopen("others.tsv", "w");
    char line[4096];
    assert_true(from && to);
    while (fgets(line, sizeof line, from))
        if (!strstr(line, "CC(=O)Oc1ccccc1C(=O)O")) fputs(line, to);
    fclose(from);
    assert_int_equal(fclose(to), 0);
}

/* A run that starts from a model begins where that one ended, with its vocabularies, whatever the
 * seed. */
static void goes_on(void **state) {
    (void)state;
    static const char *const tiny_steps[] = {"run=on",
                                             "init.file=run/model.safetensors",
                                             "data.sources=others.tsv",
                                             "train.lr=1e-9",
                                             "train.seed=7",
                                             "train.steps=2",
                                             "data.wordpiece_size=60",
                                             NULL};
    static const char *const from_nothing[] = {"run=other", "train.lr=1e-9", "train.seed=7",
                                               "train.steps=2", NULL};
    watch before, on, other;
    enter_folder("on");
    write_others();
    must_train(writer_text, NULL, false, 0, MOLGLOT_OK, &before);
    must_train(writer_text, tiny_steps, false, 1, MOLGLOT_INTERRUPTED, &on);
    must_train(writer_text, tiny_steps, true, 0, MOLGLOT_OK, &on);
    must_train(writer_text, from_nothing, false, 0, MOLGLOT_OK, &other);
    molglot_error err = {0};
    mg_writer_part f;
    char sha[65];
    if (mg_bundle_identify("run/model.safetensors", MG_PART_WRITER, sha, &err) ||
        load_writer(&f, "on/model.safetensors", NULL, &err))
        fail_msg("%s", err.message);
    /* a model says what it came from */
    assert_string_equal(mg_tensor_file_meta(f.file, "init.sha256"), sha);
    /* and knows that one's molecules, which it was not shown */
    assert_true(mg_writer_part_knows(&f, "CC(=O)Oc1ccccc1C(=O)O"));
    close_writer(&f);
    const char *a = strstr(before.verdict, "loss "), *b = strstr(on.verdict, "loss "),
               *c = strstr(other.verdict, "loss ");
    if (!a || !b || !c) fail_msg("%s / %s / %s", before.verdict, on.verdict, other.verdict);
    const double was = strtod(a + 5, NULL), is = strtod(b + 5, NULL), new = strtod(c + 5, NULL);
    if (!(fabs(is - was) < 0.01 && new > was + 0.1))
        fail_msg("loss %g before, %g after, %g of a new model", was, is, new);
    expect(writer_text,
           (const char *const[]){"run=bad", "init.file=run/model.safetensors",
                                 "model.decoder.layers=2", NULL},
           false, MOLGLOT_BAD_FILE, "init.file");
    expect(writer_text,
           (const char *const[]){"run=bad", "init.file=run/model.safetensors",
                                 "model.encoder.ffn=96", NULL},
           false, MOLGLOT_BAD_FILE, "intermediate");
    expect(writer_text,
           (const char *const[]){"run=bad", "init.file=run/model.safetensors",
                                 "data.wordpiece_size=0", NULL},
           false, MOLGLOT_BAD_FILE, "init.file");
    expect(writer_text, (const char *const[]){"run=bad", "init.file=nowhere", NULL}, false,
           MOLGLOT_FAILED, "nowhere");
}

/* ---- latents and flow ---- */

static void latents_and_flow(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    enter_folder("latent");
    must_train(writer_text, latent, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < 0.8 * w.losses[1]);
    must_train(flow_text, NULL, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < w.losses[1]);
    assert_non_null(strstr(w.verdict, "of 10 sampled"));
    mg_writer_part f;
    if (load_writer(&f, "flow/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_non_null(f.flow);
    assert_int_equal(mg_flow_matching_get_config(f.flow)->latents, 3);
    assert_int_equal(mg_flow_matching_get_config(f.flow)->text.vocab,
                     mg_wordpiece_size(f.wordpiece));
    assert_true(mg_writer_part_knows(&f, "CCO"));
    close_writer(&f);
    static const char *const again[] = {"run=again", NULL};
    must_train(flow_text, again, false, 7, MOLGLOT_INTERRUPTED, &w);
    must_train(flow_text, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "flow/model.safetensors");
}

/* A flow that is told the latents of a neighbour: it is read, and a stopped run goes on with the
 * same neighbours. */
static void flow_with_memory(void **state) {
    (void)state;
    static const char *const told[] = {"run=told", "memory.model=\"" ALIGNED "\"", "memory.among=3",
                                       NULL};
    static const char *const again[] = {"run=again", "memory.model=\"" ALIGNED "\"",
                                        "memory.among=3", NULL};
    static const char *const two[] = {"memory.model=\"" ALIGNED "\"", "memory.k=2", NULL};
    watch plain, w;
    molglot_error err = {0};
    enter_folder("told");
    must_train(writer_text, latent, false, 0, MOLGLOT_OK, &w);
    must_train(flow_text, NULL, false, 0, MOLGLOT_OK, &plain);
    must_train(flow_text, told, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[1] == plain.losses[1]); /* what it is told counts from zero */
    assert_true(w.losses[STEPS] != plain.losses[STEPS]);
    mg_writer_part f;
    if (load_writer(&f, "told/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_true(mg_flow_matching_get_config(f.flow)->memory);
    close_writer(&f);
    must_train(flow_text, again, false, 7, MOLGLOT_INTERRUPTED, &w);
    must_train(flow_text, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "told/model.safetensors");
    expect(flow_text, two, false, MOLGLOT_BAD_FILE, "memory.k");
}

/* An autoencoder that reads no texts, and a flow that brings its own word pieces. */
static void flow_with_own_words(void **state) {
    (void)state;
    static const char *const no_texts[] = {"model.latents=3", "data.wordpiece_size=0",
                                           "model.max_text=0", NULL};
    static const char *const parts[] = {"train.micro_batch=8", NULL};
    watch w;
    molglot_error err = {0};
    enter_folder("own");
    must_train(writer_text, no_texts, false, 0, MOLGLOT_OK, &w);
    assert_non_null(strstr(w.verdict, "rebuild"));
    assert_null(strstr(w.verdict, "text ("));
    must_train(flow_text, parts, false, 0, MOLGLOT_OK, &w);
    mg_writer_part f;
    if (load_writer(&f, "flow/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_writer_get_config(f.writer)->words, 0);
    assert_non_null(f.wordpiece);
    close_writer(&f);
}

/* ---- memory ---- */

/* The nearest molecules by hand: all cosines, own molecule left out, ties to the earlier row. */
static void check_nearest(mg_embedder *e, const mg_corpus *c, const int32_t *near, int k) {
    const int dim = mg_embedder_dim(e);
    const int64_t n = mg_corpus_texts(c);
    float *molecules = malloc((size_t)(n * dim) * sizeof *molecules),
          *text = malloc((size_t)dim * sizeof *text);
    molglot_error err = {0};
    for (int64_t i = 0; i < n; i++) {
        char *smiles = mg_corpus_smiles_string(c, i);
        assert_int_equal(
            mg_embed_smiles(e, (const char *const *)&smiles, 1, molecules + i * dim, NULL, &err),
            MOLGLOT_OK);
        free(smiles);
    }
    for (int64_t i = 0; i < n; i++) {
        const char *sentence = mg_corpus_sentence(c, i);
        assert_int_equal(mg_embed_texts(e, &sentence, 1, text, NULL, &err), MOLGLOT_OK);
        double worst = 2;
        for (int place = 0; place < k; place++) {
            const int32_t row = near[i * k + place];
            assert_true(row >= 0 && row < n &&
                        mg_corpus_molecule(c, row) != mg_corpus_molecule(c, i));
            double score = 0;
            for (int d = 0; d < dim; d++)
                score += (double)text[d] * (double)molecules[row * dim + d];
            assert_true(score <= worst + 1e-5);
            worst = score;
        }
        int better = 0;
        for (int64_t m = 0; m < n; m++) {
            bool again = false; /* a molecule counts once */
            for (int64_t before = 0; before < m; before++)
                again |= mg_corpus_molecule(c, before) == mg_corpus_molecule(c, m);
            if (again) continue;
            double score = 0;
            for (int d = 0; d < dim; d++) score += (double)text[d] * (double)molecules[m * dim + d];
            better += score > worst + 1e-5 && mg_corpus_molecule(c, m) != mg_corpus_molecule(c, i);
        }
        assert_true(better <= k - 1);
    }
    free(molecules);
    free(text);
}

static void nearest_molecules(void **state) {
    (void)state;
    enum { K = 3 };
    const mg_corpus_source source = {.path = PAIRS, .weight = 1};
    const mg_corpus_config config = {.sources = &source,
                                     .n_sources = 1,
                                     .wordpiece_size = 120,
                                     .tokens = 300,
                                     .token_min_count = 2,
                                     .max_tokens = 40,
                                     .max_text = 24,
                                     .strings = true};
    molglot_error err = {0};
    train_memory near[2];
    train_held_out none = {0};
    mg_corpus *c = mg_corpus_open(&config, NULL, NULL, &err);
    if (!c) fail_msg("%s", err.message);
    for (int k = 0; k < 2; k++) {
        const mg_train_options o = {.threads = 1 + k};
        train_task t = {.o = &o, .c.device = "cpu", .corpus.rows = c};
        near[k] = (train_memory){.model = ALIGNED, .k = 1, .among = K};
        if (train_memory_open(&near[k], &t, &none, &err)) fail_msg("%s", err.message);
    }
    assert_memory_equal(near[0].near, near[1].near,
                        (size_t)mg_corpus_texts(c) * K * sizeof *near[0].near);
    mg_space_part model;
    if (load_space(&model, ALIGNED, &err)) fail_msg("%s", err.message);
    mg_embedder *e = mg_embedder_new(&model, (mg_embed_options){.threads = 1}, &err);
    assert_non_null(e);
    check_nearest(e, c, near[0].near, K);
    mg_embedder_free(e);
    close_space(&model);
    train_memory_close(&near[0]);
    train_memory_close(&near[1]);
    mg_corpus_close(c);
}

static void memory_trains(void **state) {
    (void)state;
    static const char *const set[] = {"memory.model=\"" ALIGNED "\"", "memory.keep=1.0",
                                      "eval.sample=4", NULL};
    static const char *const without[] = {"run=without", "eval.sample=4", NULL};
    watch a, b;
    enter_folder("memory");
    must_train(writer_text, set, false, 0, MOLGLOT_OK, &a);
    must_train(writer_text, without, false, 0, MOLGLOT_OK, &b);
    assert_true(a.losses[STEPS] < 0.8 * a.losses[1]);
    assert_true(a.losses[2] != b.losses[2]); /* it is read */
}

/* ---- refusals ---- */

static void refusals(void **state) {
    (void)state;
    enter_folder("whole");
    expect(writer_text, NULL, false, MOLGLOT_USAGE, "holds a run already");
    expect(writer_text, (const char *const[]){"input.rebuild=0.2", NULL}, true, MOLGLOT_USAGE,
           "finished run with other settings (input.rebuild)");
    enter_folder("refused");
    expect(writer_text, (const char *const[]){"task=poet", NULL}, false, MOLGLOT_BAD_FILE,
           "\"writer\"");
    expect(writer_text, (const char *const[]){"input.rebild=0.2", NULL}, false, MOLGLOT_USAGE,
           "rebild");
    expect(writer_text, (const char *const[]){"input.rebuild=1.2", NULL}, false, MOLGLOT_BAD_FILE,
           "input.rebuild");
    expect(writer_text, (const char *const[]){"data.canonical=other.tsv", NULL}, false,
           MOLGLOT_BAD_FILE, "data.canonical");
    expect(writer_text, (const char *const[]){"model.molecules=0", NULL}, false, MOLGLOT_BAD_FILE,
           "model.molecules");
    expect(writer_text, (const char *const[]){"model.encoder.heads=5", NULL}, false,
           MOLGLOT_BAD_FILE, "heads divide hidden");
    expect(writer_text, (const char *const[]){"memory.model=x", "memory.k=2", NULL}, false,
           MOLGLOT_BAD_FILE, "memory.k");
    expect(writer_text, (const char *const[]){"store=int8", NULL}, false, MOLGLOT_BAD_FILE,
           "store");
    expect(flow_text, (const char *const[]){"writer.file=/nowhere", NULL}, false, MOLGLOT_FAILED,
           "/nowhere");
    expect(flow_text, (const char *const[]){"writer.file=../whole/run/model.safetensors", NULL},
           false, MOLGLOT_BAD_FILE, "no writer of latents (part latent) in it");
}

static void recipes_are_sound(void **state) {
    (void)state;
    static const char *const names[] = {
        "writer",          "writer-tiny",     "latent",      "flow",
        "flow-tiny",       "latent-faithful", "3m-faithful", "latent-faithful-tiny",
        "3m-faithful-tiny"};
    for (size_t i = 0; i < MG_COUNT(names); i++) expect_sound(names[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_files),      cmocka_unit_test(validation_counts),
        cmocka_unit_test(learns_by_heart),   cmocka_unit_test(resumed),
        cmocka_unit_test(goes_on),           cmocka_unit_test(micro_batches),
        cmocka_unit_test(bf16_trains),       cmocka_unit_test(latents_and_flow),
        cmocka_unit_test(flow_with_memory),  cmocka_unit_test(flow_with_own_words),
        cmocka_unit_test(nearest_molecules), cmocka_unit_test(memory_trains),
        cmocka_unit_test(refusals),          cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
