/* kind.c - task = "moflow": trains MoFlow (model/moflow) on a list of molecules. Loss: bits a
 * dimension of the atoms plus those of the bonds, as published, with the log-determinant of what
 * changes. The order is a shuffle, and each epoch has its own noise. Actnorm takes its first values
 * from the first batch.
 *
 * The last `validation` molecules of a fixed shuffle are held out: bits a dimension of all numbers
 * with the middle of the noise; and of `draws` graphs drawn from the prior, how many are molecules
 * as they are, and with each repair, and how many of those differ.
 *
 * Its keys beside those of recipe.c:
 *   [model]  model/moflow/config.c
 *   [flow]   file (a flow of the same sizes to go on from, or "")
 *   [data]   molecules (a list of SMILES), limit (lines; 0: all)
 *   [eval]   validation (molecules held out), every (epochs), draws, temperature
 */
#include "model/bundle/bundle.h"
#include "train/moflow/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPAIRS = 3,
    VALIDATION_BATCH = 256,
    SPLIT = 0x73706c69,
    NOISE = 0x6e6f6973,
    DRAWS = 0x64726177
};

typedef struct moflow_micro {
    int64_t n;
    float *bonds, *atoms, *adjacency;
} moflow_micro;

typedef struct moflow_task {
    train_task t;
    mg_moflow_config model;
    mg_moflow_shape shape;
    char path[TRAIN_MAX_PATH], from[TRAIN_MAX_PATH];
    int64_t limit, validation, draws;
    float temperature;
    train_sketches all;
    int64_t *shuffled, n_train; /* [all.n]: training rows first */
    mg_moflow *flow;
    moflow_micro held;   /* of validation */
    double bits[3];      /* all numbers, atoms, bonds */
    int64_t back, backs; /* held-out molecules that came back as they were, of so many */
    int64_t valid[REPAIRS], different[REPAIRS]; /* of draws, by repair */
} moflow_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    int code = mg_moflow_config_from_toml(recipe, &f->model, err);
    if (!code) code = mg_moflow_config_check(&f->model, err);
    if (!code) code = train_read_own_path(recipe, "flow.file", f->from, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "data.molecules", f->path, err);
    f->limit = mg_toml_int(recipe, "data.limit", 0);
    if (!code) code = train_read_train(recipe, &t->c, err);
    f->validation = mg_toml_int(recipe, "eval.validation", 1000);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 1);
    f->draws = mg_toml_int(recipe, "eval.draws", 256);
    f->temperature = (float)mg_toml_num(recipe, "eval.temperature", 0.85);
    if (code) return code;
    t->model = f->model.name;
    t->scores_start = *f->from != 0;
    f->shape = mg_moflow_shape_of(&f->model);
    if (!*f->path) return train_refuse(err, "data.molecules", "a list of SMILES");
    if (f->limit < 0) return train_refuse(err, "data.limit", "lines; 0: all");
    if (f->validation < 2 || f->validation > 1 << 20 || t->c.eval_every < 0)
        return train_refuse(err, "eval.validation", "2 to 1048576 molecules");
    if (f->draws < 1 || f->draws > 1 << 16)
        return train_refuse(err, "eval.draws", "1 to 65536 molecules");
    return f->temperature > 0 && f->temperature <= 10
               ? MOLGLOT_OK
               : train_refuse(err, "eval.temperature", "lies above 0, up to 10");
}

/* ---- rows ---- */

static int open_data(train_task *t, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    int code = train_sketches_open(&f->all, t, &f->model, f->path, f->limit, err);
    if (code) return code;
    train_tell(t, "%lld molecules of %lld can be held; %lld of them are held out",
               (long long)f->all.n, (long long)f->all.read, (long long)f->validation);
    f->n_train = f->all.n - f->validation;
    if (f->n_train < 2)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: too few molecules beside those held out",
                       f->path);
    if (!(f->shuffled = malloc((size_t)f->all.n * sizeof *f->shuffled)))
        return mg_no_memory(err, "an epoch");
    for (int64_t i = 0; i < f->all.n; i++) f->shuffled[i] = i;
    train_shuffle(f->shuffled, f->all.n, (mg_rng){.seed = SPLIT});
    return MOLGLOT_OK;
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    const moflow_task *f = (const moflow_task *)t;
    *n = f->n_train;
    if (!(*rows = malloc(((size_t)*n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    memcpy(*rows, f->shuffled, (size_t)*n * sizeof **rows);
    train_shuffle(*rows, *n, (mg_rng){.seed = t->c.seed, .stream = (uint64_t)epoch});
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const moflow_task *f = (const moflow_task *)t;
    (void)err;
    mg_moflow_config_to_json(&f->model, &out->model);
    mg_str_addf(&out->model, "\nmolecules %s held out %lld", f->all.sha256,
                (long long)f->validation);
    return MOLGLOT_OK;
}

/* ---- micro-batches ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const moflow_task *f = (const moflow_task *)t;
    moflow_micro *b = micro;
    const size_t rows = (size_t)n + 1, bonds = (size_t)f->shape.bond_dim;
    b->bonds = malloc(rows * bonds * sizeof *b->bonds);
    b->adjacency = malloc(rows * bonds * sizeof *b->adjacency);
    b->atoms = malloc(rows * (size_t)f->shape.atom_dim * sizeof *b->atoms);
    return b->bonds && b->adjacency && b->atoms ? MOLGLOT_OK : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    moflow_micro *b = micro;
    free(b->bonds);
    free(b->adjacency);
    free(b->atoms);
}

static void fill_row(const moflow_task *f, moflow_micro *b, int64_t i, int64_t row, mg_rng *noise) {
    mg_moflow_fill(&f->model, train_sketch_types(&f->all, row), train_sketch_bonds(&f->all, row),
                   noise, b->bonds + i * f->shape.bond_dim, b->atoms + i * f->shape.atom_dim,
                   b->adjacency + i * f->shape.bond_dim);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const moflow_task *f = (const moflow_task *)t;
    moflow_micro *b = micro;
    (void)weight, (void)err;
    b->n = s->n;
    for (int64_t i = 0; i < s->n; i++) {
        mg_rng noise = {.seed = mg_rng_u64(t->c.seed, NOISE, (uint64_t)s->epoch),
                        .stream = (uint64_t)(s->place + i)};
        fill_row(f, b, i, s->rows[i], &noise);
    }
    return MOLGLOT_OK;
}

static mg_moflow_result run(const moflow_task *f, const moflow_micro *b) {
    const mg_moflow_batch batch = {b->n, b->bonds, b->atoms, b->adjacency};
    return mg_moflow_forward(f->t.tape, f->flow, &batch);
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const mg_moflow_result r = run((const moflow_task *)t, micro);
    return mg_add(t->tape, r.atom_bits, r.bond_bits);
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    f->flow = mg_moflow_new(t->params, &f->model);
    return f->flow ? MOLGLOT_OK : mg_no_memory(err, "the model");
}

/* The numbers of another flow. */
static int go_on(moflow_task *f, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(f->from, err);
    const mg_moflow_part *part = b ? mg_bundle_moflow(b, err) : NULL;
    int code = part ? mg_params_copy(f->t.params, part->params, err)
                    : mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_bundle_close(b);
    return code ? code : mg_params_push(f->t.params, err);
}

static int init(train_task *t, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    if (*f->from) return go_on(f, err);
    moflow_micro b = {0};
    const int64_t most = t->c.batch < f->n_train ? t->c.batch : f->n_train;
    mg_tape *tape = mg_tape_new("cpu", MG_PREC_F32, t->o->threads, 0, err);
    int code = tape ? make_micro(t, &b, most, err) : mg_code_of(err, MOLGLOT_FAILED);
    for (b.n = 0; b.n < most && !code; b.n++) {
        mg_rng noise = {.seed = mg_rng_u64(t->c.seed, NOISE, (uint64_t)-1),
                        .stream = (uint64_t)b.n};
        fill_row(f, &b, b.n, f->shuffled[b.n], &noise);
    }
    const mg_moflow_batch batch = {b.n, b.bonds, b.atoms, b.adjacency};
    if (!code) code = mg_moflow_begin(tape, f->flow, &batch, err);
    free_micro(&b);
    mg_tape_free(tape);
    return code ? code : mg_params_push(t->params, err);
}

static int start(train_task *t, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    t->validates = true;
    return make_micro(t, &f->held, VALIDATION_BATCH, err);
}

/* ---- validation ---- */

/* Which of the two: user is the sum's pointer. */
typedef struct part_loss {
    moflow_task *f;
    bool bonds;
} part_loss;

static int held_loss(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                     molglot_error *err) {
    const part_loss *p = user;
    moflow_task *f = p->f;
    (void)weight, (void)err;
    f->held.n = n;
    for (int64_t i = 0; i < n; i++)
        fill_row(f, &f->held, i, f->shuffled[f->n_train + at + i], NULL);
    const mg_moflow_result r = run(f, &f->held);
    *out = p->bonds ? r.bond_bits : r.atom_bits;
    return MOLGLOT_OK;
}

/* Held-out molecules through the flow and back. */
static int bring_back(moflow_task *f, molglot_error *err) {
    mg_tape *t = f->t.tape;
    const int64_t slots = f->shape.slots;
    const int64_t n = f->validation < VALIDATION_BATCH ? f->validation : VALIDATION_BATCH;
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tape_training(t, false);
    f->held.n = f->backs = n;
    for (int64_t i = 0; i < n; i++) fill_row(f, &f->held, i, f->shuffled[f->n_train + i], NULL);
    const mg_moflow_result r = run(f, &f->held);
    const mg_moflow_graph g = mg_moflow_inverse(t, f->flow, r.atoms, r.bonds, MG_MOFLOW_HARD, 1);
    const float *logits = mg_values(t, g.logits), *atoms = mg_values(t, g.atoms);
    int code = mg_tape_error(t, err);
    f->back = 0;
    for (int64_t i = 0; i < n && !code; i++) {
        uint8_t types[MG_MOFLOW_SLOTS], bonds[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS];
        const int64_t row = f->shuffled[f->n_train + i];
        mg_moflow_read(&f->model, logits, atoms, i, types, bonds);
        f->back += !memcmp(types, train_sketch_types(&f->all, row), (size_t)slots) &&
                   !memcmp(bonds, train_sketch_bonds(&f->all, row), (size_t)(slots * slots));
    }
    return code;
}

/* The canonical SMILES of a graph, repaired; NULL: no molecule. */
static int smiles_of(const moflow_task *f, const uint8_t *types, const uint8_t *bonds, int repair,
                     char **out, molglot_error *err) {
    mg_moflow_drawn drawn;
    int code = mg_moflow_decode(&f->model, types, bonds, (mg_moflow_repair)repair, &drawn, err);
    mg_mol *mol = drawn.smiles ? mg_mol_from_smiles(drawn.smiles, NULL, NULL) : NULL;
    *out = mol ? mg_mol_smiles(mol, true) : NULL;
    mg_mol_free(mol);
    free(drawn.smiles);
    return code;
}

/* Draws graphs at .. at + n - 1 from the prior: their SMILES, smiles[repair * draws + i]. */
static int draw(moflow_task *f, int64_t at, int64_t n, char **smiles, molglot_error *err) {
    mg_tape *t = f->t.tape;
    const int64_t dims[2] = {f->shape.atom_dim, f->shape.bond_dim};
    float *z[2] = {0};
    const float deviation = f->temperature * mg_moflow_deviation(f->flow);
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tape_training(t, false);
    for (int k = 0; k < 2; k++) {
        z[k] = mg_tape_alloc(t, (size_t)(n * dims[k]) * sizeof *z[k]);
        if (!z[k]) return mg_tape_error(t, err);
        mg_rng rng = {.seed = mg_rng_u64(f->t.c.seed, DRAWS, (uint64_t)k), .stream = (uint64_t)at};
        for (int64_t i = 0; i < n * dims[k]; i++) z[k][i] = deviation * (float)mg_rng_normal(&rng);
    }
    const mg_moflow_graph g = mg_moflow_inverse(
        t, f->flow, mg_input(t, z[0], n * f->shape.slots, f->shape.types, false),
        mg_input(t, z[1], n * f->shape.places, f->shape.channels, false), MG_MOFLOW_HARD, 1);
    const float *logits = mg_values(t, g.logits), *atoms = mg_values(t, g.atoms);
    int code = mg_tape_error(t, err);
    for (int64_t i = 0; i < n && !code; i++) {
        uint8_t types[MG_MOFLOW_SLOTS], bonds[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS];
        mg_moflow_read(&f->model, logits, atoms, i, types, bonds);
        for (int k = 0; k < REPAIRS && !code; k++)
            code = smiles_of(f, types, bonds, k, &smiles[k * f->draws + at + i], err);
    }
    return code;
}

static int compare(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    if (!*x || !*y) return (*y != NULL) - (*x != NULL);
    return strcmp(*x, *y);
}

/* Counts molecules and different ones; frees them. */
static void count(char **smiles, int64_t n, int64_t *valid, int64_t *different) {
    *valid = *different = 0;
    qsort(smiles, (size_t)n, sizeof *smiles, compare);
    for (int64_t i = 0; i < n && smiles[i]; i++) {
        ++*valid;
        *different += i == 0 || strcmp(smiles[i], smiles[i - 1]) != 0;
    }
    for (int64_t i = 0; i < n; i++) free(smiles[i]);
}

static int draw_all(moflow_task *f, molglot_error *err) {
    char **smiles = calloc(REPAIRS * (size_t)f->draws + 1, sizeof *smiles);
    if (!smiles) return mg_no_memory(err, "draws");
    int code = mg_params_pull(f->t.params, err);
    if (!code) code = mg_moflow_prepare(f->flow, err);
    if (!code) code = bring_back(f, err);
    for (int64_t at = 0; at < f->draws && !code; at += VALIDATION_BATCH)
        code = draw(f, at, f->draws - at < VALIDATION_BATCH ? f->draws - at : VALIDATION_BATCH,
                    smiles, err);
    for (int k = 0; k < REPAIRS; k++)
        count(smiles + k * f->draws, f->draws, &f->valid[k], &f->different[k]);
    free(smiles);
    return code;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    moflow_task *f = (moflow_task *)t;
    int code = MOLGLOT_OK;
    for (int k = 0; k < 2 && !code; k++) {
        part_loss part = {f, k == 1};
        const train_mean mean = {
            .n = f->validation, .group = VALIDATION_BATCH, .loss = held_loss, .user = &part};
        code = train_mean_loss(t, &mean, &f->bits[k + 1], err);
    }
    if (!code) code = draw_all(f, err);
    const double atoms = (double)f->shape.atom_dim, bonds = (double)f->shape.bond_dim;
    f->bits[0] = (atoms * f->bits[1] + bonds * f->bits[2]) / (atoms + bonds);
    out->score = (double)f->valid[MG_MOFLOW_AS_IS] / (double)f->draws;
    snprintf(
        out->line, sizeof out->line,
        "bits a dimension %.4f (atoms %.4f, bonds %.4f); %lld of %lld molecules came back; of "
        "%lld draws at temperature %g molecules, different ones: %lld, %lld as they are; %lld, "
        "%lld the largest part; %lld, %lld repaired as published",
        f->bits[0], f->bits[1], f->bits[2], (long long)f->back, (long long)f->backs,
        (long long)f->draws, (double)f->temperature, (long long)f->valid[0],
        (long long)f->different[0], (long long)f->valid[1], (long long)f->different[1],
        (long long)f->valid[2], (long long)f->different[2]);
    return code;
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const moflow_task *f = (const moflow_task *)t;
    train_metadata metadata;
    train_metadata_make(&metadata, t, f->all.sha256, "molecules", f->n_train);
    return mg_moflow_part_save(path,
                               &(mg_moflow_contents){.params = t->params,
                                                     .model = f->flow,
                                                     .store_as = train_store_as(&t->c),
                                                     .metadata = metadata.pairs},
                               err);
}

static json_t *data(const train_task *t) {
    const moflow_task *f = (const moflow_task *)t;
    return json_pack("{s:s, s:s, s:I, s:I, s:I}", "sha256", f->all.sha256, "file", f->path, "read",
                     (json_int_t)f->all.read, "molecules", (json_int_t)f->n_train, "held out",
                     (json_int_t)f->validation);
}

static void add_scores(const train_task *t, json_t *to) {
    const moflow_task *f = (const moflow_task *)t;
    json_object_set_new(
        to, "moflow",
        json_pack(
            "{s:f, s:f, s:f, s:I, s:I, s:I, s:[I, I, I], s:[I, I, I]}", "bits", f->bits[0],
            "atom bits", f->bits[1], "bond bits", f->bits[2], "molecules", (json_int_t)f->backs,
            "came back", (json_int_t)f->back, "draws", (json_int_t)f->draws, "none part published",
            (json_int_t)f->valid[0], (json_int_t)f->valid[1], (json_int_t)f->valid[2], "different",
            (json_int_t)f->different[0], (json_int_t)f->different[1], (json_int_t)f->different[2]));
}

static void close_task(train_task *t) {
    moflow_task *f = (moflow_task *)t;
    train_sketches_free(&f->all);
    free(f->shuffled);
    free_micro(&f->held);
    mg_moflow_free(f->flow);
}

const train_kind train_kind_moflow = {
    .name = "moflow",
    .unit = "molecules",
    .run = "runs/moflow",
    .score = "whole",
    .score_title = "share of draws that are molecules as they are",
    .size = sizeof(moflow_task),
    .micro_size = sizeof(moflow_micro),
    .alone = "its actnorm begins with one micro-batch",
    .read = read_recipe,
    .open = open_data,
    .order = order,
    .identify = identify,
    .declare = declare,
    .init = init,
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
