/* test_train_motif.c - HierVAE and the denoiser of its latents, on 42 molecules: what a run leaves,
 * that it learns, that stopping and resuming changes no byte, micro-batches, what is refused; and
 * the method motif with what was trained. */
#include "../must.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "train_runs.h"

#include <math.h>

enum { STEPS = 14 };

static const char vae_text[] =
    "task = \"motif\"\nrun = \"vae\"\nlicence = \"CC0\"\nstore = \"f32\"\n[model]\nname = "
    "\"tiny\"\nhidden = 24\n"
    "embed = 16\nlatent = 8\ngin_layers = 2\ngin_dim = 16\ngin_mlp = 16\ngraph_dim = 16\n"
    "pooled = 16\natom_steps = 2\nbeta = 0.01\n[motif]\nmin_frequency = 3\nmax_atoms = 20\n"
    "[data]\nsources = \"" PAIRS "\"\n"
    "[train]\nbatch = 14\nsteps = 14\nlr = 0.02\nclip = 20.0\nweight_decay = 0.0\n"
    "checkpoint_every = 5\n[eval]\npairs = \"" PAIRS "\"\nevery_steps = 7\n";
static const char denoiser_text[] =
    "task = \"motif_diffusion\"\nrun = \"run\"\nlicence = \"CC0\"\n[model]\nname = \"tiny-3m\"\n"
    "hidden = 32\ntime_hidden = 32\nlayers = 2\n[motif]\nfile = \"vae/model.safetensors\"\n"
    "max_atoms = 20\n[condition]\nmodel = \"" ALIGNED "\"\n[data]\nsources = \"" PAIRS "\"\n"
    "[train]\nbatch = 20\nsteps = 14\nlr = 0.005\nclip = 1.0\nema = 0.5\ncheckpoint_every = 5\n"
    "[eval]\npairs = \"" PAIRS "\"\nevery_steps = 7\n";

static void leaves_files(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    must_train(vae_text, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    if (!(w.losses[STEPS] < 0.7 * w.losses[1]))
        fail_msg("loss %.3f to %.3f", w.losses[1], w.losses[STEPS]);
    mg_bundle *b = must_have(mg_bundle_open("vae/model.safetensors", &err), &err);
    assert_true(mg_bundle_is_motif(b));
    const mg_motif_part *m = must_have(mg_bundle_motif(b, &err), &err);
    assert_null(m->denoiser);
    assert_int_equal(mg_motif_vae_config(m->vae)->pairs, mg_motif_vocab_pairs(m->vocab));
    mg_bundle_close(b);
    must_train(denoiser_text, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    b = must_have(mg_bundle_open("run/model.safetensors", &err), &err);
    m = must_have(mg_bundle_motif(b, &err), &err);
    assert_non_null(m->denoiser);
    assert_int_equal(mg_mlp_denoiser_get_config(m->denoiser)->dim, 8);
    mg_bundle_close(b);
}

static void resumed(void **state) {
    (void)state;
    static const char *const again[] = {"run=again", NULL}, *const more[] = {"run=more", NULL};
    watch w;
    must_train(vae_text, again, false, 4, MOLGLOT_INTERRUPTED, &w);
    must_train(vae_text, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "vae/model.safetensors");
    must_train(denoiser_text, more, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(denoiser_text, more, true, 0, MOLGLOT_OK, &w);
    same_files("more/model.safetensors", "run/model.safetensors");
}

/* Each with its own batch statistics: near, not equal. */
static void micro_batches(void **state) {
    (void)state;
    static const char *const parts[] = {"run=parts", "train.micro_batch=7", "eval.pairs=\"\"",
                                        NULL};
    watch a, b;
    must_train(vae_text, (const char *const[]){"run=whole", "eval.pairs=\"\"", NULL}, false, 0,
               MOLGLOT_OK, &a);
    must_train(vae_text, parts, false, 0, MOLGLOT_OK, &b);
    if (!(fabs(a.losses[1] - b.losses[1]) < 0.1 * a.losses[1]))
        fail_msg("step 1: %.7f whole, %.7f in parts", a.losses[1], b.losses[1]);
}

static void refusals(void **state) {
    (void)state;
    static const char *const bad[][2] = {{"motif.max_atoms=2", "motif.max_atoms"},
                                         {"motif.min_frequency=0", "motif.min_frequency"},
                                         {"data.limit=-1", "data.limit"},
                                         {"model.atom_steps=0", "atom_steps"}};
    for (size_t i = 0; i < MG_COUNT(bad); i++)
        expect(vae_text, (const char *const[]){"run=no", bad[i][0], NULL}, false, MOLGLOT_BAD_FILE,
               bad[i][1]);
    expect(vae_text, (const char *const[]){"run=no", "motif.vocab=missing.txt", NULL}, false,
           MOLGLOT_FAILED, "missing.txt");
    expect(denoiser_text, (const char *const[]){"run=no", "motif.file=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "motif.file");
    expect(denoiser_text, (const char *const[]){"run=no", "condition.model=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "condition.model");
    expect(denoiser_text, (const char *const[]){"run=no", "diffusion.text_drop=2", NULL}, false,
           MOLGLOT_BAD_FILE, "text_drop");
}

/* A sentence through all of it, the same for any number of threads; nothing said; refused wishes.
 */
static void generates(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_bundle *b = must_have(mg_bundle_open("run/model.safetensors", &err), &err),
              *aligned = must_have(mg_bundle_open(ALIGNED, &err), &err);
    const mg_space_part *space = must_have(mg_bundle_space(aligned, &err), &err);
    mg_embedder *e = must_have(mg_embedder_new(space, (mg_embed_options){.threads = 1}, &err),
                               &err);
    mg_generate_options o = mg_generate_default();
    o.n = 3, o.candidates = 10;
    const char *const text = "The molecule is a primary alcohol.";
    mg_generation first = {0}, other = {0};
    for (int threads = 1; threads < 3; threads++) {
        mg_generator *g = must_have(
            mg_generator_new_motif(mg_bundle_motif(b, &err), e, "cpu", threads, &err), &err);
        must(mg_generate(g, &text, 1, &o, threads == 1 ? &first : &other, &err), &err);
        mg_generation nothing = {0};
        must(mg_generate(g, NULL, 1, &o, &nothing, &err), &err);
        mg_generation_free(&nothing);
        mg_generate_options like = o;
        like.like = "CCO";
        assert_int_not_equal(mg_generate(g, &text, 1, &like, &(mg_generation){0}, &err), 0);
        must_say(&err, MOLGLOT_USAGE, "starts from no molecule");
        like = o, like.method = "direct";
        assert_int_not_equal(mg_generate(g, &text, 1, &like, &(mg_generation){0}, &err), 0);
        must_say(&err, MOLGLOT_USAGE, "use the method motif");
        mg_generator_free(g);
    }
    assert_int_equal(first.n, other.n);
    assert_int_equal(first.drawn, 10);
    for (int i = 0; i < first.n; i++)
        assert_string_equal(first.molecules[i].smiles, other.molecules[i].smiles);
    mg_generation_free(&first);
    mg_generation_free(&other);
    mg_embedder_free(e);
    mg_bundle_close(b);
    mg_bundle_close(aligned);
}

static void recipes_are_sound(void **state) {
    (void)state;
    static const char *const names[] = {"3m-motif", "3m-motif-tiny", "3m-motif-diffusion",
                                        "3m-motif-diffusion-tiny", "3m"};
    for (size_t i = 0; i < MG_COUNT(names); i++) expect_sound(names[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_files),  cmocka_unit_test(resumed),
        cmocka_unit_test(micro_batches), cmocka_unit_test(refusals),
        cmocka_unit_test(generates),     cmocka_unit_test(recipes_are_sound),
    };
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
