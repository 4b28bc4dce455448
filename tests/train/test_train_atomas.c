/* test_train_atomas.c - training of the writer of both directions on 42 molecules: what a run
 * leaves, that both directions are learnt, that stopping and resuming changes no byte, that it
 * begins where a writer ended, the captions near to a molecule, what is refused. */
#include "../one_part.h"
#include "caption/caption.h"
#include "explain/explain.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "tensor/files/weights.h"
#include "train/atomas/atomas.h"
#include "train_runs.h"

#include <math.h>

enum { STEPS = 12 };

#define SMALL "layers = 1\nhidden = 32\nheads = 2\nffn = 64\ndropout = 0.0\n"
#define COMMON                                                                                   \
    "[data]\nsources = \"" PAIRS "\"\nwordpiece_size = 120\ntokens = 300\ntoken_min_count = 2\n" \
    "[train]\nbatch = 20\nsteps = 12\nlr = 0.01\nclip = 1.0\nema = 0.5\ncheckpoint_every = 5\n"  \
    "[eval]\npairs = \"" PAIRS "\"\nlimit = 30\nsample = 4\nevery = 2\n"

#define MODEL                                                    \
    "task = \"atomas\"\nrun = \"run\"\nlicence = \"CC0\"\n"      \
    "[model]\nname = \"tiny\"\nmax_text = 24\nmax_tokens = 40\n" \
    "copy = true\ncaptions = true\n"                             \
    "[model.encoder]\n" SMALL "[model.decoder]\n" SMALL "[input]\nalone = 0.3\n" COMMON

static const char alone_text[] = MODEL;
static const char recipe[] = MODEL "[memory]\nmodel = \"" ALIGNED "\"\namong = 3\n";
static const char writer_text[] = "task = \"writer\"\nrun = \"writer\"\nlicence = \"CC0\"\n"
                                  "[model]\nname = \"tiny\"\nmax_text = 20\nmax_tokens = 36\n"
                                  "copy = true\n"
                                  "[model.encoder]\n" SMALL "[model.decoder]\n" SMALL
                                  "[input]\nrebuild = 0.0\n" COMMON;

/* Losses of captions in a verdict: beside neighbours, and alone. */
static void told_losses(const watch *w, double *with, double *without) {
    const char *at = strstr(w->verdict, "captions loss ");
    if (!at || sscanf(at, "captions loss %lf, without memory %lf", with, without) != 2)
        fail_msg("\"%s\"", w->verdict);
}

static void leaves_a_model(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    mg_writer_part f;
    double with, without;
    enter_folder("whole");
    must_train(recipe, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < 0.8 * w.losses[1]);
    told_losses(&w, &with, &without);
    assert_true(with > 0 && without > 0 && with != without);
    if (load_writer(&f, "run/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_string_equal(f.part, MG_PART_ATOMAS);
    assert_true(mg_bundle_has(f.bundle, MG_PART_ATOMAS) &&
                !mg_bundle_has(f.bundle, MG_PART_WRITER));
    const mg_writer_config *c = mg_writer_get_config(f.writer);
    assert_true(c->captions && c->decoder.words == c->words + 3);
    assert_true(mg_writer_part_knows(&f, "CC(=O)Oc1ccccc1C(=O)O"));
    close_writer(&f);
}

/* All of 42 pairs by heart, in both directions, without a memory. */
static void learns_by_heart(void **state) {
    (void)state;
    static const char *const set[] = {
        "train.steps=160", "train.batch=42",    "train.ema=0.9",           "eval.every=0",
        "eval.sample=20",  "loss.contrast=0.5", "eval.allow_overlap=true", NULL};
    watch w;
    double with, without;
    enter_folder("heart");
    must_train(alone_text, set, false, 0, MOLGLOT_OK, &w);
    told_losses(&w, &with, &without);
    const char *exact = strstr(w.verdict, "exact ");
    if (!exact || !(strtod(exact + 6, NULL) >= 0.7 && with < 0.5 && with == without))
        fail_msg("%s", w.verdict);
}

static void resumed(void **state) {
    (void)state;
    watch w;
    enter_folder("resumed");
    must_train(recipe, NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    assert_int_equal(access("run/neighbours.bin", R_OK), 0);
    must_train(recipe, NULL, true, 8, MOLGLOT_INTERRUPTED, &w);
    /* without the list of neighbours, or with one that is damaged, they are looked for again */
    FILE *f = fopen("run/neighbours.bin", "r+");
    assert_true(f && fseek(f, 100, SEEK_SET) == 0 && fputc(0x7f, f) != EOF && fclose(f) == 0);
    assert_int_equal(truncate("run/neighbours.bin", 300), 0);
    must_train(recipe, NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
}

/* Without the contrast, which is within a micro-batch, a step in parts is the same sum. */
static void micro_batches(void **state) {
    (void)state;
    static const char *const whole[] = {"loss.contrast=0.0", "eval.pairs=\"\"", NULL};
    static const char *const parts[] = {"loss.contrast=0.0", "eval.pairs=\"\"",
                                        "train.micro_batch=7", "run=parts", NULL};
    watch a, b;
    enter_folder("micro");
    must_train(recipe, whole, false, 0, MOLGLOT_OK, &a);
    must_train(recipe, parts, false, 0, MOLGLOT_OK, &b);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 2e-3))
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
}

/* It writes molecules as the writer did that it begins with, though its parts are longer; and what
 * it goes on from in a further stage is all there. */
static void begins_with_a_writer(void **state) {
    (void)state;
    static const char *const from_writer[] = {"init.file=writer/model.safetensors", "train.lr=1e-9",
                                              "train.seed=7", "train.steps=2", NULL};
    static const char *const from_run[] = {"run=on",        "init.file=run/model.safetensors",
                                           "train.lr=1e-9", "train.seed=9",
                                           "train.steps=2", NULL};
    static const char *const from_nothing[] = {"run=new", "train.lr=1e-9", "train.seed=7",
                                               "train.steps=2", NULL};
    watch writer, begun, on, other;
    double was, without, is;
    enter_folder("begins");
    must_train(writer_text, NULL, false, 0, MOLGLOT_OK, &writer);
    must_train(recipe, from_writer, false, 0, MOLGLOT_OK, &begun);
    must_train(recipe, from_run, false, 0, MOLGLOT_OK, &on);
    must_train(recipe, from_nothing, false, 0, MOLGLOT_OK, &other);
    const double before = strtod(strstr(writer.verdict, "loss ") + 5, NULL),
                 after = strtod(strstr(begun.verdict, "loss ") + 5, NULL),
                 new = strtod(strstr(other.verdict, "loss ") + 5, NULL);
    /* the neighbour that is read beside is new to it */
    if (!(fabs(after - before) < 0.3 && new > after + 0.3))
        fail_msg("loss %g of the writer, %g begun with it, %g begun anew", before, after, new);
    told_losses(&begun, &was, &without);
    told_losses(&on, &is, &without);
    assert_true(fabs(was - is) < 1e-3);
    molglot_error err = {0};
    char sha[65];
    mg_writer_part f;
    if (mg_bundle_identify("run/model.safetensors", MG_PART_ATOMAS, sha, &err) ||
        load_writer(&f, "on/model.safetensors", NULL, &err))
        fail_msg("%s", err.message);
    assert_string_equal(mg_tensor_file_meta(f.file, "init.sha256"), sha);
    close_writer(&f);
}

/* Sources by a prefix of their ids, some of whose texts are no captions. */
static void some_captions(void **state) {
    (void)state;
    static const char *const set[] = {"data.sources=[\"" PAIRS "\", \"" PAIRS "\"]",
                                      "data.prefixes=[\"m1\", \"m2\"]",
                                      "data.captions=[\"1\", \"0\"]",
                                      "train.batch=8",
                                      "input.molecules=0.5",
                                      NULL};
    watch w;
    enter_folder("some");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < w.losses[1]);
}

/* ---- three levels ---- */

/* Scores of a text's words for a molecule's atoms, in the order of its first spelling. */
static void scores_of(mg_align_tokens *x, const char *smiles, const int *at, int atoms,
                      float *out) {
    static const char text[] = "a carboxylic acid with a ring";
    const mg_span spans[2] = {{2, 12}, {25, 29}};
    const mg_align_source source = mg_align_by_tokens(x);
    molglot_error err = {0};
    float raw[2 * 32];
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    assert_int_equal(mg_mol_atoms(m), atoms);
    if (source.scores(source.self, m, text, spans, 2, raw, &err)) fail_msg("%s", err.message);
    for (int w = 0; w < 2; w++) {
        float sum = 0;
        for (int a = 0; a < atoms; a++) {
            out[w * atoms + a] = raw[w * atoms + at[a]];
            assert_true(raw[w * atoms + a] >= 0);
            sum += raw[w * atoms + a];
        }
        assert_true(sum > 0 && sum <= 1 + 1e-5F);
    }
    mg_mol_free(m);
}

static void aligns(void **state) {
    (void)state;
    static const char *const set[] = {"model.align=true", "input.alone=0.7", "loss.contrast=0.0",
                                      "loss.align=1.0",   "run=aligned",     NULL};
    static const char *const apart[] = {"model.align=true", "input.alone=0.7", "loss.contrast=0.0",
                                        "loss.align=1.0",   "run=stopped",     NULL};
    static const char *const off[] = {"model.align=true", "input.alone=0.7", "loss.contrast=0.0",
                                      "loss.align=0.0",   "run=off",         NULL};
    watch w, x;
    molglot_error err = {0};
    mg_writer_part f;
    enter_folder("aligned");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    must_train(recipe, off, false, 0, MOLGLOT_OK, &x);
    /* three levels of InfoNCE over about 14 pairs come on top, and fall */
    assert_true(w.losses[1] - x.losses[1] > 3);
    assert_true(w.losses[STEPS] - x.losses[STEPS] < 0.8 * (w.losses[1] - x.losses[1]));
    must_train(recipe, apart, false, 4, MOLGLOT_INTERRUPTED, &x);
    must_train(recipe, apart, true, 0, MOLGLOT_OK, &x);
    for (int i = 5; i <= STEPS; i++) assert_true(x.losses[i] == w.losses[i]);
    if (load_writer(&f, "aligned/model.safetensors", NULL, &err)) fail_msg("%s", err.message);
    assert_true(mg_writer_get_config(f.writer)->align);
    mg_align_tokens *tokens = mg_align_tokens_new(&f, &err);
    if (!tokens) fail_msg("%s", err.message);
    float a[2 * 9], b[2 * 9];
    scores_of(tokens, "OC(=O)c1ccccc1", (const int[]){0, 1, 2, 3, 4, 5, 6, 7, 8}, 9, a);
    scores_of(tokens, "c1ccccc1C(O)=O", (const int[]){7, 6, 8, 5, 4, 3, 2, 1, 0}, 9, b);
    for (int i = 0; i < 18; i++) /* either side of the ring is as good */
        if (i % 9 < 4 || i % 9 == 6) assert_true(fabsf(a[i] - b[i]) < 1e-5F);
    mg_align_tokens_free(tokens);
    close_writer(&f);
    expect(recipe, (const char *const[]){"loss.align=0.1", NULL}, false, MOLGLOT_BAD_FILE,
           "loss.align");
    expect(recipe, (const char *const[]){"model.align=true", "loss.align=-1.0", NULL}, false,
           MOLGLOT_BAD_FILE, "loss.align");
}

/* ---- the graph row ---- */

#define GRAPH "model.graph_row=true", "graph.model=" ALIGNED, "eval.pairs=\"\""

/* What the captioner writes first of a molecule is what the teller says of it given its embedding.
 */
static void captioner_gives_the_vector(mg_teller *t, const char *path) {
    static const char *const smiles = "CC(=O)O";
    const mg_caption_options how = {.candidates = 1, .alone = true};
    mg_teller_options tell = mg_teller_default();
    molglot_error err = {0};
    mg_bundle *b = mg_bundle_open(ALIGNED, &err);
    const mg_space_part *space = b ? mg_bundle_space(b, &err) : NULL;
    mg_embedder *e = space ? mg_embedder_new(space, (mg_embed_options){.threads = 1}, &err) : NULL;
    const mg_captioner_options o = {
        .bundle = b, .embedder = e, .model = path, .method = "atomas", .threads = 1};
    mg_captioner *c = e ? mg_captioner_new(&o, &err) : NULL;
    if (!c) fail_msg("%s", err.message);
    float *v = calloc((size_t)mg_embedder_dim(e), sizeof *v);
    mg_captioned out;
    mg_told told[2];
    assert_non_null(v);
    assert_int_equal(mg_embed_smiles(e, &smiles, 1, v, NULL, &err), MOLGLOT_OK);
    assert_int_equal(mg_caption_molecules(c, &smiles, 1, &how, &out, &err), MOLGLOT_OK);
    tell.draws = 1;
    for (int i = 0; i < 2; i++) {
        const mg_told_query q = {.smiles = smiles, .vector = i ? NULL : v};
        assert_int_equal(mg_teller_tell(t, &q, 1, &tell, &told[i], &err), MOLGLOT_OK);
    }
    assert_int_equal(out.n, 1);
    assert_string_equal(out.captions[0].text, told[0].text);
    assert_true(fabs(out.captions[0].draft.nll - told[0].nll) < 1e-6);
    assert_true(fabs(told[0].nll - told[1].nll) > 1e-5);
    mg_captioned_free(&out);
    mg_told_free(told, 2);
    mg_captioner_free(c);
    mg_embedder_free(e);
    mg_bundle_close(b);
    free(v);
}

/* The vector decides captions: it is read in training and by the teller, and a model is begun with
 * and gone on from at the level that it had. */
static void reads_the_graph(void **state) {
    (void)state;
    static const char *const set[] = {GRAPH, "run=graph", NULL};
    static const char *const parts[] = {GRAPH, "run=stopped", NULL};
    static const char *const begun[] = {GRAPH,
                                        "run=begun",
                                        "init.file=plain/model.safetensors",
                                        "train.lr=1e-9",
                                        "train.seed=7",
                                        "train.steps=2",
                                        NULL};
    static const char *const on[] = {"run=on",
                                     "init.file=plain/model.safetensors",
                                     "train.lr=1e-9",
                                     "train.seed=7",
                                     "train.steps=2",
                                     "eval.pairs=\"\"",
                                     NULL};
    static const char *const lost[] = {"init.file=graph/model.safetensors", NULL};
    static const char *const text = "The molecule is an acid.";
    watch w, x;
    molglot_error err = {0};
    mg_writer_part f;
    char sha[65];
    double nll[3];
    enter_folder("graph");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < 0.8 * w.losses[1]);
    must_train(recipe, parts, false, 4, MOLGLOT_INTERRUPTED, &x);
    must_train(recipe, parts, true, 0, MOLGLOT_OK, &x);
    same_files("graph/model.safetensors", "stopped/model.safetensors");
    if (load_writer(&f, "graph/model.safetensors", NULL, &err) ||
        mg_bundle_identify(ALIGNED, MG_PART_SPACE, sha, &err))
        fail_msg("%s", err.message);
    const mg_writer_config *c = mg_writer_get_config(f.writer);
    assert_true(c->graph_row && c->space > 1);
    assert_string_equal(f.space, sha);
    float *vector = calloc((size_t)c->space, sizeof *vector);
    mg_teller *t = mg_teller_new(&f, "cpu", 1, &err);
    assert_true(t && vector);
    for (int i = 0; i < 3; i++) { /* none, zeros, a long one */
        const mg_told_query q = {.smiles = "CC(=O)O", .vector = i ? vector : NULL};
        if (i == 2) vector[0] = 10;
        if (mg_teller_score(t, &q, &text, 1, &nll[i], NULL, &err)) fail_msg("%s", err.message);
    }
    assert_true(nll[0] == nll[1] && fabs(nll[2] - nll[1]) > 1e-6);
    captioner_gives_the_vector(t, "graph/model.safetensors");
    mg_teller_free(t);
    /* without its space's digest nobody knows whose vectors it reads */
    mg_str words = {0};
    assert_int_equal(train_words_text(f.wordpiece, &words, &err), MOLGLOT_OK);
    const mg_writer_contents bare = {.params = f.params,
                                     .writer = f.writer,
                                     .wordpiece = words.s,
                                     .wordpiece_bytes = words.n,
                                     .tokens = f.tokens};
    mg_writer_part g;
    assert_int_equal(mg_writer_part_save("bare.safetensors", &bare, &err), MOLGLOT_OK);
    assert_int_equal(load_writer(&g, "bare.safetensors", NULL, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "molglot.space"));
    close_writer(&g);
    mg_str_free(&words);
    close_writer(&f);
    free(vector);
    must_train(recipe, (const char *const[]){"run=plain", "eval.pairs=\"\"", NULL}, false, 0,
               MOLGLOT_OK, &w);
    must_train(recipe, begun, false, 0, MOLGLOT_OK, &w);
    must_train(recipe, on, false, 0, MOLGLOT_OK, &x);
    if (!(fabs(w.losses[1] - x.losses[1]) < 0.05))
        fail_msg("loss %g with a new row, %g without", w.losses[1], x.losses[1]);
    expect(recipe, lost, false, MOLGLOT_BAD_FILE, "init.file");
    expect(recipe, (const char *const[]){"model.graph_row=true", NULL}, false, MOLGLOT_BAD_FILE,
           "graph.model");
    expect(recipe, (const char *const[]){"graph.model=" ALIGNED, NULL}, false, MOLGLOT_USAGE,
           "graph.model");
}

/* ---- captions near a molecule ---- */

static void stops_while_it_looks(void **state) {
    (void)state;
    static const char *const doing[] = {"embedding molecules", "finding the nearest molecules",
                                        "embedding captions", "finding the nearest captions"};
    enter_folder("stops");
    for (size_t i = 0; i < MG_COUNT(doing); i++) {
        watch w = {.stop_doing = doing[i]};
        molglot_error err = {0};
        const mg_train_options o = {.threads = 1, .on_event = watch_event, .user = &w};
        assert_int_equal(train_options(recipe, NULL, &o, &err), MOLGLOT_INTERRUPTED);
        assert_non_null(strstr(err.message, doing[i]));
    }
}

/* Whether row k is its molecule's first of those that are told. */
static bool is_first(const mg_corpus *c, const bool *told, int64_t k) {
    for (int64_t i = 0; i < k; i++)
        if (told[i] && mg_corpus_molecule(c, i) == mg_corpus_molecule(c, k)) return false;
    return true;
}

/* By hand: cosine with a row's molecule plus cosine with its text. */
static void nearest_captions(void **state) {
    (void)state;
    enum { K = 2, ROWS = 42 };
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
    train_held_out none = {0};
    bool told[ROWS];
    mg_corpus *c = mg_corpus_open(&config, NULL, NULL, &err);
    if (!c) fail_msg("%s", err.message);
    const int64_t n = mg_corpus_texts(c);
    assert_true(n <= ROWS);
    for (int64_t i = 0; i < n; i++) told[i] = i % 3 != 0;
    const mg_train_options o = {.threads = 1};
    train_task t = {.o = &o, .c.device = "cpu", .corpus.rows = c};
    train_memory m = {.model = ALIGNED, .k = 1, .among = K};
    if (train_memory_open_captions(&m, &t, &none, told, &err)) fail_msg("%s", err.message);
    mg_space_part model;
    if (load_space(&model, ALIGNED, &err)) fail_msg("%s", err.message);
    mg_embedder *e = mg_embedder_new(&model, (mg_embed_options){.threads = 1}, &err);
    const size_t dim = (size_t)mg_embedder_dim(e);
    float *molecules = malloc((size_t)n * dim * sizeof *molecules),
          *texts = malloc((size_t)n * dim * sizeof *texts);
    for (int64_t i = 0; i < n; i++) {
        char *smiles = mg_corpus_smiles_string(c, i);
        const char *text = mg_corpus_sentence(c, i);
        assert_int_equal(mg_embed_smiles(e, (const char *const *)&smiles, 1,
                                         molecules + (size_t)i * dim, NULL, &err),
                         MOLGLOT_OK);
        assert_int_equal(mg_embed_texts(e, &text, 1, texts + (size_t)i * dim, NULL, &err),
                         MOLGLOT_OK);
        free(smiles);
    }
    for (int64_t i = 0; i < n; i++) {
        double best = -9;
        int64_t at = -1;
        for (int64_t k = 0; k < n; k++) {
            double score = 0;
            if (!told[k] || mg_corpus_molecule(c, k) == mg_corpus_molecule(c, i)) continue;
            if (!is_first(c, told, k)) continue;
            for (size_t d = 0; d < dim; d++)
                score += (double)molecules[(size_t)i * dim + d] *
                         (double)(molecules[(size_t)k * dim + d] + texts[(size_t)k * dim + d]);
            if (score > best + 1e-5) best = score, at = k;
        }
        assert_int_equal(m.told[i * K], told[i] ? at : -1);
    }
    free(molecules);
    free(texts);
    mg_embedder_free(e);
    close_space(&model);
    train_memory_close(&m);
    mg_corpus_close(c);
}

/* ---- refusals ---- */

static void refusals(void **state) {
    (void)state;
    enter_folder("refused");
    expect(recipe, (const char *const[]){"model.captions=false", NULL}, false, MOLGLOT_BAD_FILE,
           "model.captions");
    expect(recipe, (const char *const[]){"data.captions=[\"1\", \"0\"]", NULL}, false,
           MOLGLOT_BAD_FILE, "data.captions");
    expect(recipe, (const char *const[]){"data.captions=[\"2\"]", NULL}, false, MOLGLOT_BAD_FILE,
           "data.captions");
    expect(recipe, (const char *const[]){"data.prefixes=[\"a\", \"b\"]", NULL}, false,
           MOLGLOT_BAD_FILE, "data.prefixes");
    expect(recipe, (const char *const[]){"input.alone=2.0", NULL}, false, MOLGLOT_BAD_FILE,
           "input.alone");
    expect(recipe, (const char *const[]){"loss.captions=0.0", NULL}, false, MOLGLOT_BAD_FILE,
           "loss.captions");
    expect(recipe, (const char *const[]){"data.wordpiece_size=0", NULL}, false, MOLGLOT_BAD_FILE,
           "");
    expect(recipe, (const char *const[]){"init.file=nowhere", NULL}, false, MOLGLOT_FAILED,
           "nowhere");
    expect(recipe, (const char *const[]){"init.fresh=0.0", NULL}, false, MOLGLOT_BAD_FILE,
           "init.fresh");
    expect(recipe,
           (const char *const[]){"init.file=../begins/writer/model.safetensors",
                                 "model.max_tokens=30", NULL},
           false, MOLGLOT_BAD_FILE, "init.file");
}

static void recipes_are_sound(void **state) {
    (void)state;
    expect_sound("atomas");
    expect_sound("atomas-tiny");
    expect_sound("atomas-captions");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_a_model),
                                       cmocka_unit_test(learns_by_heart),
                                       cmocka_unit_test(resumed),
                                       cmocka_unit_test(micro_batches),
                                       cmocka_unit_test(begins_with_a_writer),
                                       cmocka_unit_test(some_captions),
                                       cmocka_unit_test(aligns),
                                       cmocka_unit_test(reads_the_graph),
                                       cmocka_unit_test(stops_while_it_looks),
                                       cmocka_unit_test(nearest_captions),
                                       cmocka_unit_test(refusals),
                                       cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
