/* kind.c - task = "motif": HierVAE from molecules (model/motif): a molecule's graph to a latent,
 * and from a draw of it, with the molecule's own decisions given, the loss of each decision, plus
 * beta times the divergence (docs/reference/3m-diffusion.md 5.1, 5.3).
 *
 * Its keys beside those of recipe.c:
 *   [model]  model/motif/config.c
 *   [motif]  max_atoms: a molecule has fewer; min_frequency: a fragment stays whole that is seen so
 *            often; vocab: a vocabulary's file instead of one made of the data
 *   [data]   dir, sources, limit (rows of each)
 *   [eval]   pairs, limit, every, every_steps: loss and decisions of held-out molecules, at the
 * mean
 */
#include "train/motif/inside.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NOISE_STREAM 0x6D6F7466u
enum { HELD_OUT_AT_ONCE = 64 };

typedef struct motif_micro {
    int64_t n;
    mg_motif_plan *plan;
    mg_motif_graphs graphs;
    float *noise;
    const mg_motif_tree **trees;
} motif_micro;

typedef struct motif_task {
    train_task t;
    mg_motif_config model;
    train_sources sources;
    int max_atoms;
    int64_t min_frequency, limit, eval_limit;
    char vocab_path[TRAIN_MAX_PATH], pairs[TRAIN_MAX_PATH];
    mg_motif_vocab *vocab;
    train_motifs molecules, held_out;
    mg_motif_vae *vae;
    motif_micro check; /* of validation */
    mg_motif_score score;
    double divergence;
} motif_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    motif_task *m = (motif_task *)t;
    int code = mg_motif_config_from_toml(recipe, &m->model, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = train_read_sources(recipe, &t->c, &m->sources, err);
    m->limit = mg_toml_int(recipe, "data.limit", 0);
    m->max_atoms = (int)mg_toml_int(recipe, "motif.max_atoms", 30);
    m->min_frequency = mg_toml_int(recipe, "motif.min_frequency", 100);
    if (!code) code = train_read_own_path(recipe, "motif.vocab", m->vocab_path, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pairs", m->pairs, err);
    if (code) return code;
    t->model = m->model.name;
    m->eval_limit = mg_toml_int(recipe, "eval.limit", 1000);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 0);
    t->c.eval_steps = mg_toml_int(recipe, "eval.every_steps", 0);
    if (m->max_atoms < 3 || m->max_atoms > 100)
        return train_refuse(err, "motif.max_atoms", "3 to 100");
    if (m->min_frequency < 1) return train_refuse(err, "motif.min_frequency", "1 or more");
    if (m->limit < 0 || m->eval_limit < 0)
        return train_refuse(err, "data.limit", "rows of a file, not negative");
    return t->c.eval_every < 0 || t->c.eval_steps < 0
               ? train_refuse(err, "eval.every", "epochs or steps, not negative")
               : MOLGLOT_OK;
}

/* ---- data ---- */

static int read_vocab(motif_task *m, const train_motifs_plan *plan, molglot_error *err) {
    char *text;
    size_t n;
    if (!*m->vocab_path) return train_motifs_vocab(plan, m->min_frequency, &m->vocab, err);
    int code = mg_read_file(m->vocab_path, (size_t)1 << 28, &text, &n, err);
    if (code) return code;
    m->vocab = mg_motif_vocab_new(text, n, err);
    free(text);
    return m->vocab ? MOLGLOT_OK
                    : (mg_fail_prefix(err, "%s", m->vocab_path), mg_code_of(err, MOLGLOT_BAD_FILE));
}

static int open_data(train_task *t, molglot_error *err) {
    motif_task *m = (motif_task *)t;
    const train_motifs_plan plan = {.paths = (const char(*)[TRAIN_MAX_PATH])m->sources.paths,
                                    .n_paths = m->sources.n,
                                    .max_atoms = m->max_atoms,
                                    .limit = m->limit,
                                    .published = m->model.closed_root,
                                    .threads = mg_threads(t->o->threads)};
    int code = read_vocab(m, &plan, err);
    if (!code) code = train_motifs_read(&m->molecules, &plan, m->vocab, err);
    if (code) return code;
    m->model.motifs = mg_motif_vocab_motifs(m->vocab);
    m->model.pairs = mg_motif_vocab_pairs(m->vocab);
    train_tell(t,
               "%zu of %lld molecules (%lld too large, %lld that motifs cannot say, %lld unknown "
               "motifs); %d motifs with %d labels",
               m->molecules.n, (long long)m->molecules.rows, (long long)m->molecules.large,
               (long long)m->molecules.refused, (long long)m->molecules.unknown, m->model.motifs,
               m->model.pairs);
    return mg_motif_config_check(&m->model, err);
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    return train_motifs_order(t, ((const motif_task *)t)->molecules.n, epoch, rows, n, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const motif_task *m = (const motif_task *)t;
    size_t n;
    const char *text = mg_motif_vocab_text(m->vocab, &n);
    (void)err;
    mg_motif_config_to_json(&m->model, &out->model);
    mg_str_addf(&out->model, "\ndata %s limit %lld atoms %d vocab %016llx", m->molecules.sha256,
                (long long)m->limit, m->max_atoms, (unsigned long long)mg_hash64(text, n, 0));
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    motif_task *m = (motif_task *)t;
    m->vae = mg_motif_vae_new(t->params, &m->model, err);
    return m->vae ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    motif_micro *p = micro;
    const size_t latent = (size_t)((const motif_task *)t)->model.latent;
    p->noise = malloc((size_t)(n + 1) * latent * sizeof *p->noise);
    p->trees = malloc((size_t)(n + 1) * sizeof *p->trees);
    if (!p->noise || !p->trees) return mg_no_memory(err, "batches");
    p->plan = mg_motif_plan_new(err);
    return p->plan ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_NO_MEMORY);
}

static void free_micro(void *micro) {
    motif_micro *p = micro;
    mg_motif_plan_free(p->plan);
    mg_motif_graphs_free(&p->graphs);
    free(p->noise);
    free(p->trees);
}

static int fill_rows(const motif_task *m, const train_motifs *from, const int64_t *rows, int64_t n,
                     motif_micro *p, molglot_error *err) {
    int code = MOLGLOT_OK;
    p->n = n;
    mg_motif_graphs_clear(&p->graphs);
    for (int64_t i = 0; i < n && !code; i++) {
        p->trees[i] = &from->list[rows[i]].tree;
        code = mg_motif_graphs_add(&p->graphs, &from->list[rows[i]].graph, err);
    }
    return code ? code : mg_motif_plan_make(p->plan, m->vocab, p->trees, n, err);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const motif_task *m = (const motif_task *)t;
    motif_micro *p = micro;
    (void)weight;
    const uint64_t seed = mg_rng_u64(t->c.seed, NOISE_STREAM, (uint64_t)s->epoch);
    for (int64_t i = 0; i < s->n; i++) {
        mg_rng rng = {.seed = seed, .stream = (uint64_t)(s->place + i)};
        for (int k = 0; k < m->model.latent; k++)
            p->noise[i * m->model.latent + k] = (float)mg_rng_normal(&rng);
    }
    return fill_rows(m, &m->molecules, s->rows, s->n, p, err);
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const motif_task *m = (const motif_task *)t;
    const motif_micro *p = micro;
    mg_tensor *mean, *variance;
    if (!mg_motif_encode(t->tape, m->vae, &p->graphs, &mean, &variance)) return NULL;
    mg_tensor *z = mg_motif_posterior(t->tape, mean, variance, p->noise);
    mg_tensor *terms[] = {mg_motif_loss(t->tape, m->vae, p->plan, z, NULL),
                          mg_motif_divergence(t->tape, mean, variance)};
    const float weights[] = {1, m->model.beta};
    return terms[0] && terms[1] ? mg_weighted_sum(t->tape, terms, weights, 2) : NULL;
}

/* ---- validation and results ---- */

static int start(train_task *t, molglot_error *err) {
    motif_task *m = (motif_task *)t;
    if (!*m->pairs) return MOLGLOT_OK;
    const train_motifs_plan plan = {.paths = (const char(*)[TRAIN_MAX_PATH]) & m->pairs,
                                    .n_paths = 1,
                                    .max_atoms = m->max_atoms,
                                    .limit = m->eval_limit,
                                    .published = m->model.closed_root,
                                    .threads = mg_threads(t->o->threads)};
    t->validates = true;
    int code = train_motifs_read(&m->held_out, &plan, m->vocab, err);
    if (code) return code;
    train_tell(t, "validation: %zu of %lld molecules (%lld too large, %lld unknown motifs)",
               m->held_out.n, (long long)m->held_out.rows, (long long)m->held_out.large,
               (long long)m->held_out.unknown);
    return make_micro(t, &m->check, HELD_OUT_AT_ONCE, err);
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    motif_task *m = (motif_task *)t;
    int64_t right = 0, all = 0;
    double loss = 0;
    m->score = (mg_motif_score){0};
    m->divergence = 0;
    for (int64_t at = 0; at < (int64_t)m->held_out.n; at += HELD_OUT_AT_ONCE) {
        int64_t rows[HELD_OUT_AT_ONCE], n = 0;
        while (n < HELD_OUT_AT_ONCE && at + n < (int64_t)m->held_out.n) rows[n] = at + n, n++;
        int code = fill_rows(m, &m->held_out, rows, n, &m->check, err);
        if (code) return code;
        mg_tensor *mean, *variance;
        train_tape(t, 0, false);
        if (mg_motif_encode(t->tape, m->vae, &m->check.graphs, &mean, &variance)) {
            const float *kl = mg_values(t->tape, mg_motif_divergence(t->tape, mean, variance));
            if (kl) m->divergence += (double)*kl * (double)n;
            mg_motif_loss(t->tape, m->vae, m->check.plan, mean, &m->score);
        }
        if ((code = mg_tape_error(t->tape, err))) return code;
    }
    for (int k = 0; k < MG_MOTIF_LOSSES; k++) {
        right += m->score.right[k], all += m->score.decisions[k];
        loss += m->score.loss[k];
    }
    m->divergence /= (double)m->held_out.n;
    out->score = all ? (double)right / (double)all : 0;
    double share[MG_MOTIF_LOSSES];
    for (int k = 0; k < MG_MOTIF_LOSSES; k++)
        share[k] = m->score.decisions[k] ? (double)m->score.right[k] / (double)m->score.decisions[k]
                                         : 1;
    snprintf(out->line, sizeof out->line,
             "loss %.3f a molecule, divergence %.2f; right: topology %.4f, motif %.4f, label %.4f, "
             "site %.4f",
             loss / (double)m->held_out.n, m->divergence, share[0], share[1], share[2], share[3]);
    return MOLGLOT_OK;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    const motif_task *m = (const motif_task *)t;
    train_metadata metadata;
    train_metadata_make(&metadata, t, m->molecules.sha256, "rows", (int64_t)m->molecules.n);
    return mg_motif_part_save(path,
                              &(mg_motif_contents){.params = t->params,
                                                   .vae = m->vae,
                                                   .vocab = m->vocab,
                                                   .store_as = train_store_as(&t->c),
                                                   .metadata = metadata.pairs},
                              err);
}

static json_t *data(const train_task *t) {
    const motif_task *m = (const motif_task *)t;
    return json_pack("{s:s, s:I, s:i, s:i, s:o}", "sha256", m->molecules.sha256, "molecules",
                     (json_int_t)m->molecules.n, "motifs", m->model.motifs, "labels",
                     m->model.pairs, "sources", train_sources_json(&m->sources));
}

static void add_scores(const train_task *t, json_t *to) {
    static const char *const names[] = {"topology", "motif", "label", "site"};
    const motif_task *m = (const motif_task *)t;
    for (int k = 0; k < MG_MOTIF_LOSSES; k++)
        json_object_set_new(to, names[k],
                            json_pack("{s:I, s:I, s:f}", "decisions",
                                      (json_int_t)m->score.decisions[k], "right",
                                      (json_int_t)m->score.right[k], "loss", m->score.loss[k]));
    json_object_set_new(to, "divergence", json_real(m->divergence));
}

static void close_task(train_task *t) {
    motif_task *m = (motif_task *)t;
    free_micro(&m->check);
    train_motifs_free(&m->molecules);
    train_motifs_free(&m->held_out);
    mg_motif_vae_free(m->vae);
    mg_motif_vocab_free(m->vocab);
}

const train_kind train_kind_motif = {
    .name = "motif",
    .unit = "molecules",
    .run = "runs/3m-motif",
    .score = "right",
    .score_title = "validation: decisions right",
    .size = sizeof(motif_task),
    .micro_size = sizeof(motif_micro),
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
