/* denoiser.c - task = "motif_diffusion": 3M-Diffusion's denoiser (model/latent/denoiser.c) over the
 * latents of a trained motif decoder (docs/reference/3m-diffusion.md 6.2): draws of the posterior,
 * made anew each time, told by their sentence's row in the aligned space, or by none.
 *
 * Its keys beside those of recipe.c:
 *   [model]      the denoiser's (model/latent/config.c)
 *   [motif]      file: the model of task "motif"; max_atoms
 *   [condition]  model: the aligned one that reads the sentences
 *   [data]       dir, sources, limit (rows of each)
 *   [diffusion]  text_drop: share of sentences replaced by none
 *   [eval]       pairs, limit, every, every_steps: the loss of held-out pairs
 */
#include "generate/generate.h"
#include "search/search.h"
#include "train/motif/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAM 0x6D646966u
enum { AT_ONCE = 64 };

typedef struct pairs { /* molecules with their texts */
    train_motifs molecules;
    float *mean, *spread, *c; /* [n][latent] twice, [n][condition]; spread: standard deviation */
    bool *told;               /* [n] */
} pairs;
typedef struct denoise_micro {
    int64_t n;
    float *z, *noise, *c;
    int32_t *times;
    bool *drop;
} denoise_micro;
typedef struct denoise_task {
    train_task t;
    mg_mlp_denoiser_config model;
    train_sources sources;
    int max_atoms;
    int64_t limit, eval_limit;
    float text_drop;
    char file[TRAIN_MAX_PATH], condition_model[TRAIN_MAX_PATH], eval_pairs[TRAIN_MAX_PATH];
    mg_bundle *bundle, *aligned;
    const mg_motif_part *part;
    mg_embedder *embedder;
    float *probe;
    mg_mlp_denoiser *denoiser;
    pairs train, held_out;
    denoise_micro check;
    double loss; /* of the last validation */
} denoise_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    denoise_task *d = (denoise_task *)t;
    int code = mg_mlp_denoiser_config_from_toml(recipe, &d->model, err);
    if (!code) code = train_read_own_path(recipe, "motif.file", d->file, err);
    if (!code) code = train_read_own_path(recipe, "condition.model", d->condition_model, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = train_read_sources(recipe, &t->c, &d->sources, err);
    d->limit = mg_toml_int(recipe, "data.limit", 0);
    d->max_atoms = (int)mg_toml_int(recipe, "motif.max_atoms", 30);
    d->text_drop = (float)mg_toml_num(recipe, "diffusion.text_drop", 0.1);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pairs", d->eval_pairs, err);
    if (code) return code;
    t->model = d->model.name;
    d->eval_limit = mg_toml_int(recipe, "eval.limit", 1000);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 0);
    t->c.eval_steps = mg_toml_int(recipe, "eval.every_steps", 0);
    if (!*d->file)
        return train_refuse(err, "motif.file", "a diffusion needs a trained motif decoder");
    if (!*d->condition_model)
        return train_refuse(err, "condition.model",
                            "a diffusion needs an aligned model, which reads its sentences");
    if (d->max_atoms < 3 || d->max_atoms > 100)
        return train_refuse(err, "motif.max_atoms", "3 to 100");
    if (d->limit < 0 || d->eval_limit < 0)
        return train_refuse(err, "data.limit", "rows of a file, not negative");
    if (!(d->text_drop >= 0 && d->text_drop <= 1))
        return train_refuse(err, "diffusion.text_drop", "a probability");
    return t->c.eval_every < 0 || t->c.eval_steps < 0
               ? train_refuse(err, "eval.every", "epochs or steps, not negative")
               : MOLGLOT_OK;
}

/* ---- data ---- */

static int open_models(denoise_task *d, molglot_error *err) {
    d->bundle = mg_bundle_open(d->file, err);
    d->part = d->bundle ? mg_bundle_motif(d->bundle, err) : NULL;
    if (!d->part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    d->aligned = mg_bundle_open(d->condition_model, err);
    const mg_space_part *space = d->aligned ? mg_bundle_space(d->aligned, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_embed_options o = {.device = d->t.c.device, .threads = d->t.o->threads};
    d->embedder = mg_embedder_new(space, o, err);
    if (!d->embedder) return mg_code_of(err, MOLGLOT_FAILED);
    d->model.condition = mg_embedder_dim(d->embedder);
    d->model.dim = mg_motif_vae_config(d->part->vae)->latent;
    return mg_mlp_denoiser_config_check(&d->model, err);
}

static train_motifs_plan plan_of(const denoise_task *d, const char (*paths)[TRAIN_MAX_PATH],
                                 size_t n, int64_t limit) {
    return (train_motifs_plan){.paths = paths,
                               .n_paths = n,
                               .max_atoms = d->max_atoms,
                               .limit = limit,
                               .published = mg_motif_vae_config(d->part->vae)->closed_root,
                               .texts_only = true,
                               .threads = mg_threads(d->t.o->threads)};
}

static int open_data(train_task *t, molglot_error *err) {
    denoise_task *d = (denoise_task *)t;
    int code = open_models(d, err);
    if (code) return code;
    const train_motifs_plan plan = plan_of(d, (const char(*)[TRAIN_MAX_PATH])d->sources.paths,
                                           d->sources.n, d->limit);
    code = train_motifs_read(&d->train.molecules, &plan, d->part->vocab, err);
    if (!code)
        train_tell(t, "%zu of %lld pairs", d->train.molecules.n,
                   (long long)d->train.molecules.rows);
    return code;
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    const denoise_task *d = (const denoise_task *)t;
    return train_motifs_order(t, d->train.molecules.n, epoch, rows, n, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const denoise_task *d = (const denoise_task *)t;
    char aligned[65], motif[65];
    int code = mg_bundle_identify(d->condition_model, MG_PART_SPACE, aligned, err);
    if (!code) code = mg_bundle_identify(d->file, MG_PART_MOTIF, motif, err);
    if (code) return code;
    mg_mlp_denoiser_config_to_json(&d->model, &out->model);
    mg_str_addf(&out->model, "\ndata %s limit %lld atoms %d", d->train.molecules.sha256,
                (long long)d->limit, d->max_atoms);
    mg_str_addf(&out->rest, "\nmotif %s condition %s text_drop %a", motif, aligned,
                (double)d->text_drop);
    return MOLGLOT_OK;
}

static int declare(train_task *t, molglot_error *err) {
    denoise_task *d = (denoise_task *)t;
    d->denoiser = mg_mlp_denoiser_new(t->params, "denoiser", &d->model);
    return d->denoiser ? MOLGLOT_OK : mg_no_memory(err, "the model");
}

/* ---- latents and conditions ---- */

static int encode(denoise_task *d, pairs *p, mg_tape *tape, molglot_error *err) {
    const size_t n = p->molecules.n, latent = (size_t)d->model.dim;
    mg_motif_graphs graphs = {0};
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < n && !code; at += AT_ONCE) {
        const size_t m = n - at < AT_ONCE ? n - at : AT_ONCE;
        mg_tensor *mean, *variance;
        mg_motif_graphs_clear(&graphs);
        for (size_t i = 0; i < m && !code; i++)
            code = mg_motif_graphs_add(&graphs, &p->molecules.list[at + i].graph, err);
        mg_tape_reset(tape);
        if (code || !mg_motif_encode(tape, d->part->vae, &graphs, &mean, &variance)) break;
        const float *x = mg_values(tape, mean), *v = mg_values(tape, variance);
        for (size_t k = 0; x && v && k < m * latent; k++) {
            p->mean[at * latent + k] = x[k];
            p->spread[at * latent + k] = expf(v[k] / 2);
        }
        code = mg_tape_error(tape, err);
    }
    mg_motif_graphs_free(&graphs);
    return code ? code : mg_tape_error(tape, err);
}

static int make_pairs(denoise_task *d, pairs *p, molglot_error *err) {
    const size_t n = p->molecules.n, latent = (size_t)d->model.dim,
                 condition = (size_t)d->model.condition;
    p->mean = malloc(n * latent * sizeof *p->mean);
    p->spread = malloc(n * latent * sizeof *p->spread);
    p->c = malloc(n * condition * sizeof *p->c);
    p->told = malloc(n * sizeof *p->told);
    const char **texts = malloc(n * sizeof *texts);
    mg_tape *tape = mg_tape_new(d->t.c.device, MG_PREC_F32, mg_threads(d->t.o->threads), 0, err);
    int code = p->mean && p->spread && p->c && p->told && texts
                   ? tape ? mg_motif_part_attach(d->part, tape, err)
                          : mg_code_of(err, MOLGLOT_FAILED)
                   : mg_no_memory(err, "latents and conditions");
    for (size_t i = 0; i < n && !code; i++) texts[i] = p->molecules.list[i].text;
    if (!code) code = encode(d, p, tape, err);
    if (!code) code = mg_condition_texts(d->embedder, texts, n, p->c, p->told, err);
    mg_tape_free(tape);
    free(texts);
    return code;
}

static void close_aligned(denoise_task *d) {
    mg_embedder_free(d->embedder);
    mg_bundle_close(d->aligned);
    d->embedder = NULL;
    d->aligned = NULL;
}

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const denoise_task *d = (const denoise_task *)t;
    denoise_micro *b = micro;
    const size_t latents = (size_t)((n + 1) * d->model.dim),
                 condition = (size_t)((n + 1) * d->model.condition);
    b->z = malloc(latents * sizeof *b->z);
    b->noise = malloc(latents * sizeof *b->noise);
    b->c = malloc(condition * sizeof *b->c);
    b->times = malloc((size_t)(n + 1) * sizeof *b->times);
    b->drop = malloc((size_t)(n + 1) * sizeof *b->drop);
    return b->z && b->noise && b->c && b->times && b->drop
               ? MOLGLOT_OK
               : mg_no_memory(err, "latents and conditions");
}

static void free_micro(void *micro) {
    denoise_micro *b = micro;
    free(b->z);
    free(b->noise);
    free(b->c);
    free(b->times);
    free(b->drop);
}

static int start(train_task *t, molglot_error *err) {
    denoise_task *d = (denoise_task *)t;
    int code = make_pairs(d, &d->train, err);
    if (!code && *d->eval_pairs) {
        const train_motifs_plan plan = plan_of(d, (const char(*)[TRAIN_MAX_PATH]) & d->eval_pairs,
                                               1, d->eval_limit);
        t->validates = true;
        code = train_motifs_read(&d->held_out.molecules, &plan, d->part->vocab, err);
        if (!code) code = make_pairs(d, &d->held_out, err);
        if (!code) code = make_micro(t, &d->check, AT_ONCE, err);
    }
    if (!code && !(d->probe = malloc((size_t)d->model.condition * sizeof *d->probe)))
        code = mg_no_memory(err, "latents and conditions");
    if (!code) code = mg_condition_probe(d->embedder, d->probe, err);
    close_aligned(d);
    return code;
}

/* ---- a batch ---- */

static void fill_row(const denoise_task *d, const pairs *p, denoise_micro *b, int64_t i,
                     int64_t row, float drop, mg_rng rng) {
    const int64_t dim = d->model.dim, condition = d->model.condition;
    b->drop[i] = mg_rng_uniform(&rng) < (double)drop || !p->told[row];
    b->times[i] = (int32_t)mg_rng_below(&rng, MG_DDIM_T);
    for (int64_t k = 0; k < dim; k++) {
        b->noise[i * dim + k] = (float)mg_rng_normal(&rng);
        b->z[i * dim + k] = p->mean[row * dim + k] +
                            p->spread[row * dim + k] * (float)mg_rng_normal(&rng);
    }
    memcpy(b->c + i * condition, p->c + row * condition, (size_t)condition * sizeof *b->c);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const denoise_task *d = (const denoise_task *)t;
    const uint64_t seed = mg_rng_u64(t->c.seed, STREAM, (uint64_t)s->epoch);
    denoise_micro *b = micro;
    (void)weight, (void)err;
    b->n = s->n;
    for (int64_t i = 0; i < s->n; i++)
        fill_row(d, &d->train, b, i, s->rows[i], d->text_drop,
                 (mg_rng){.seed = seed, .stream = (uint64_t)(s->place + i)});
    return MOLGLOT_OK;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const denoise_micro *b = micro;
    return mg_mlp_denoiser_loss(t->tape, ((const denoise_task *)t)->denoiser, b->z, b->c, b->times,
                                b->noise, b->drop, b->n);
}

/* ---- validation and results ---- */

static int loss_of_rows(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                        molglot_error *err) {
    denoise_task *d = user;
    (void)weight, (void)err;
    d->check.n = n;
    for (int64_t i = 0; i < n; i++)
        fill_row(d, &d->held_out, &d->check, i, at + i, 0,
                 (mg_rng){.seed = STREAM, .stream = (uint64_t)(at + i)});
    *out = loss(&d->t, &d->check);
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    denoise_task *d = (denoise_task *)t;
    const train_mean mean = {
        .n = (int64_t)d->held_out.molecules.n, .group = AT_ONCE, .loss = loss_of_rows, .user = d};
    int code = train_mean_loss(t, &mean, &d->loss, err);
    out->score = 1 / (1 + d->loss);
    snprintf(out->line, sizeof out->line, "loss %.4f of held-out latents", d->loss);
    return code;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    const denoise_task *d = (const denoise_task *)t;
    const mg_latent_model latents = {
        .params = t->params, .denoiser = d->denoiser, .probe = d->probe};
    train_metadata metadata;
    train_metadata_make(&metadata, t, d->train.molecules.sha256, "pairs",
                        (int64_t)d->train.molecules.n);
    return mg_motif_part_save(path,
                              &(mg_motif_contents){.params = d->part->params,
                                                   .vae = d->part->vae,
                                                   .vocab = d->part->vocab,
                                                   .latents = &latents,
                                                   .store_as = train_store_as(&t->c),
                                                   .metadata = metadata.pairs},
                              err);
}

static json_t *data(const train_task *t) {
    const denoise_task *d = (const denoise_task *)t;
    return json_pack("{s:s, s:I, s:o}", "sha256", d->train.molecules.sha256, "pairs",
                     (json_int_t)d->train.molecules.n, "sources", train_sources_json(&d->sources));
}

static void add_scores(const train_task *t, json_t *to) {
    json_object_set_new(to, "loss", json_real(((const denoise_task *)t)->loss));
}

static void pairs_free(pairs *p) {
    train_motifs_free(&p->molecules);
    free(p->mean);
    free(p->spread);
    free(p->c);
    free(p->told);
}

static void close_task(train_task *t) {
    denoise_task *d = (denoise_task *)t;
    free_micro(&d->check);
    pairs_free(&d->train);
    pairs_free(&d->held_out);
    close_aligned(d);
    mg_bundle_close(d->bundle);
    mg_mlp_denoiser_free(d->denoiser);
    free(d->probe);
}

const train_kind train_kind_motif_diffusion = {
    .name = "motif_diffusion",
    .unit = "pairs",
    .run = "runs/3m-motif-diffusion",
    .score = "closeness",
    .score_title = "validation: 1 / (1 + loss)",
    .size = sizeof(denoise_task),
    .micro_size = sizeof(denoise_micro),
    .read = read_recipe,
    .open = open_data,
    .order = order,
    .identify = identify,
    .declare = declare,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = loss,
    .free_micro = free_micro,
    .validate = validate,
    .save = save,
    .data = data,
    .add_scores = add_scores,
    .close = close_task,
};
