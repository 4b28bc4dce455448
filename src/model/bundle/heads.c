/* heads.c - the part `heads`: what predicts properties (model/heads), and the training rows that
 * say where it may be trusted.
 *
 *   parameters of model/heads, those of the linear voice among them
 *   vocab.tasks, vocab.groups, vocab.numbers   U8, a line each: names of tasks and columns
 *   known.root, known.column, known.left I32, known.cut, known.value F32   the forest, where there
 * is one known.bits U8 [rows, 64]                   fingerprints of training rows
 * (predict/domain.c) known.smiles U8                            a zstd frame of their SMILES, a
 * line each metadata  molglot.heads (JSON), molglot.threshold (similarity below which a row is
 * outside), molglot.space (digest, where it reads a space), molglot.selftest
 */
#include "chem/features/features.h"
#include "model/bundle/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define CONFIG    "molglot.heads"
#define THRESHOLD "molglot.threshold"
#define SPACE     "molglot.space"
#define SELFTEST  "molglot.selftest"

enum { ROWS_MOST = 1 << 22, NODES_MOST = 1 << 25, BITS_BYTES = 64, LEVEL = 19 };
#define STRINGS_MOST ((unsigned long long)1 << 30)

bool mg_heads_is(const mg_part *p) {
    return mg_part_meta(p, CONFIG) && mg_part_find(p, "vocab.tasks");
}

/* ---- lines ---- */

/* The n lines of a text as strings of one block; NULL with err unless there are exactly n. */
static char **cut_lines(const char *text, size_t bytes, size_t n, const char *what,
                        molglot_error *err) {
    char **lines = malloc((n + 1) * sizeof *lines + bytes + 1);
    if (!lines) {
        mg_no_memory(err, "%s", what);
        return NULL;
    }
    char *at = (char *)(lines + n + 1), *end = at + bytes;
    memcpy(at, text, bytes);
    *end = 0;
    size_t i = 0;
    for (; at < end; i++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop || i == n || memchr(at, 0, (size_t)(stop - at))) break;
        *stop = 0;
        lines[i] = at;
        at = stop + 1;
    }
    if (i == n && at == end) return lines;
    free(lines);
    mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s does not hold %zu lines", what, n);
    return NULL;
}

static int load_lines(const mg_part *p, const char *name, int n, char ***out, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, name);
    if (!t || strcmp(t->dtype, "U8") || mg_utf8_invalid(t->data, t->bytes) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is missing, or no text", name);
    *out = cut_lines(t->data, t->bytes, (size_t)n, name, err);
    return *out ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* ---- loading ---- */

static int load_smiles(mg_heads_part *h, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, "known.smiles");
    if (!t || strcmp(t->dtype, "U8"))
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor known.smiles is missing");
    const unsigned long long bytes = ZSTD_getFrameContentSize(t->data, t->bytes);
    if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN ||
        bytes > STRINGS_MOST)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor known.smiles is no zstd frame");
    char *text = malloc((size_t)bytes + 1);
    if (!text) return mg_no_memory(err, "the rows of a head");
    const size_t got = ZSTD_decompress(text, (size_t)bytes, t->data, t->bytes);
    if (!ZSTD_isError(got) && got == bytes && mg_utf8_invalid(text, got) < 0)
        h->smiles = cut_lines(text, got, (size_t)h->n_known, "known.smiles", err);
    else
        mg_fail(err, MOLGLOT_BAD_FILE, "tensor known.smiles is damaged");
    free(text);
    return h->smiles ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

static int load_known(mg_heads_part *h, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, "known.bits");
    const char *threshold = mg_part_meta(p, THRESHOLD);
    if (!t || strcmp(t->dtype, "U8") || t->ndim != 2 || t->shape[0] < 1 ||
        t->shape[0] > ROWS_MOST || t->shape[1] != BITS_BYTES)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor known.bits is missing, or no rows of bits");
    h->n_known = (int32_t)t->shape[0];
    h->bits = t->data;
    h->threshold = threshold ? strtof(threshold, NULL) : NAN;
    if (!(h->threshold >= 0 && h->threshold <= 1))
        return mg_fail(err, MOLGLOT_BAD_FILE, THRESHOLD " is missing, or no similarity");
    return load_smiles(h, p, err);
}

/* A copy of a tensor of one row; *n: how many numbers, 0: any. */
static void *copy_numbers(const mg_part *p, const char *name, const char *dtype, int64_t *n,
                          molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, name);
    if (!t || strcmp(t->dtype, dtype) || t->ndim != 1 || t->count < 1 || (*n && *n != t->count) ||
        t->count > NODES_MOST) {
        mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is missing, or does not fit", name);
        return NULL;
    }
    *n = t->count;
    void *copy = malloc(t->bytes);
    if (!copy) mg_no_memory(err, "a forest");
    return copy ? memcpy(copy, t->data, t->bytes) : NULL;
}

static int load_forest(mg_heads *m, const mg_part *p, molglot_error *err) {
    mg_forest *f = &m->forest;
    int64_t roots = (int64_t)m->c.forest_trees * m->c.tasks, nodes = 0;
    f->trees = m->c.forest_trees;
    if (!(f->root = copy_numbers(p, "known.root", "I32", &roots, err)) ||
        !(f->column = copy_numbers(p, "known.column", "I32", &nodes, err)) ||
        !(f->left = copy_numbers(p, "known.left", "I32", &nodes, err)) ||
        !(f->cut = copy_numbers(p, "known.cut", "F32", &nodes, err)) ||
        !(f->value = copy_numbers(p, "known.value", "F32", &nodes, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    f->n = (int32_t)nodes;
    return mg_forest_check(f, &m->c, err);
}

int mg_heads_load(const mg_part *p, void *part, molglot_error *err) {
    mg_heads_part *h = part;
    mg_heads_config c;
    int code = mg_part_check_format(p, err);
    if (!code) code = mg_heads_config_from_json(mg_part_meta(p, CONFIG), &c, err);
    if (code) return code;
    h->bundle = p->bundle;
    h->file = p->file;
    h->path = p->path;
    h->prefix = p->prefix;
    h->space = mg_part_meta(p, SPACE);
    code = load_lines(p, "vocab.tasks", c.tasks, &h->tasks, err);
    if (!code && c.groups) code = load_lines(p, "vocab.groups", c.groups, &h->group_lines, err);
    if (!code && c.numbers) code = load_lines(p, "vocab.numbers", c.numbers, &h->number_lines, err);
    if (!code) code = load_known(h, p, err);
    if (code) return code;
    h->groups = (const char *const *)h->group_lines;
    h->numbers = (const char *const *)h->number_lines;
    if (!(h->params = mg_params_new()) || !(h->heads = mg_heads_new(h->params, &c)))
        return mg_no_memory(err, "the model file");
    const mg_params *const list[] = {h->params};
    code = mg_params_map(h->params, p->file, p->prefix, err);
    if (!code) code = mg_part_check_claimed(p, "", list, 1, err);
    return code || !c.forest_trees ? code : load_forest(h->heads, p, err);
}

int mg_heads_part_attach(const mg_heads_part *h, mg_tape *t, molglot_error *err) {
    const mg_params *const list[] = {h->params};
    return mg_part_attach(h->file, list, 1, t, err);
}

/* Numbers that every row is multiplied by. */
int mg_heads_check(const void *part, molglot_error *err) {
    const mg_heads_part *h = part;
    const mg_tensor *const all[] = {h->heads->a,          h->heads->b,    h->heads->task_mean,
                                    h->heads->task_scale, h->heads->mean, h->heads->scale,
                                    h->heads->ridge.bias};
    for (size_t i = 0; i < MG_COUNT(all); i++)
        for (int64_t k = 0; all[i] && k < all[i]->cols; k++)
            if (!isfinite(((const float *)all[i]->data)[k]))
                return mg_fail(err, MOLGLOT_BAD_FILE, "a number of the head is none");
    return MOLGLOT_OK;
}

/* ---- self-test: substructures are those of the build that trained it ---- */

static int probe(const char *families, char out[17], molglot_error *err) {
    static const char *const molecules[] = {"CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)[O-]",
                                            "O=S(=O)(c1ccc(Cl)nc1)N1CCC2(CC1)OCCO2"};
    uint64_t hash = 0;
    int code = mg_chem_init(err);
    for (size_t i = 0; i < MG_COUNT(molecules) && !code; i++) {
        mg_feature *f = NULL;
        size_t n = 0;
        mg_mol *mol = mg_mol_from_smiles(molecules[i], NULL, NULL);
        code = mol ? mg_mol_features(mol, families, &f, &n, err) : mg_no_memory(err, "a self-test");
        for (size_t k = 0; k < n && !code; k++) {
            const uint32_t both[2] = {f[k].hash, (uint32_t)f[k].count};
            hash = mg_hash64(both, sizeof both, hash);
        }
        free(f);
        mg_mol_free(mol);
    }
    snprintf(out, 17, "%016llx", (unsigned long long)hash);
    return code;
}

static int probe_all(const mg_heads_config *c, char out[34], molglot_error *err) {
    int code = probe("m2", out, err); /* of the domain */
    out[16] = ' ';
    return code ? code : probe(c->bits ? c->families : "m2", out + 17, err);
}

int mg_heads_selftest(const mg_part *p, const void *part, molglot_error *err) {
    const mg_heads_part *h = part;
    const char *said = mg_part_meta(p, SELFTEST);
    char now[34];
    int code = probe_all(&h->heads->c, now, err);
    if (!code && (!said || strcmp(said, now)))
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "this build finds other substructures than the one that trained it");
    return code;
}

void mg_heads_clear(void *part) {
    mg_heads_part *h = part;
    mg_heads_free(h->heads);
    mg_params_free(h->params);
    free(h->tasks);
    free(h->group_lines);
    free(h->number_lines);
    free(h->smiles);
}

/* ---- saving ---- */

static int write_lines(mg_part_out *o, const char *name, const char *const *lines, int n,
                       size_t *kept, molglot_error *err) {
    mg_str text = {0};
    for (int i = 0; i < n; i++) mg_str_addf(&text, "%s\n", lines[i]);
    if (text.failed) return mg_str_free(&text), mg_no_memory(err, "%s", name);
    o->owned[(*kept)++] = text.s;
    return mg_part_write_text(o->w, name, text.s, text.n, err);
}

static int write_smiles(mg_part_out *o, const mg_heads_contents *c, size_t *kept,
                        molglot_error *err) {
    mg_str text = {0};
    for (int32_t i = 0; i < c->n_known; i++) mg_str_addf(&text, "%s\n", c->smiles[i]);
    const size_t room = ZSTD_compressBound(text.n);
    void *frame = text.failed ? NULL : malloc(room);
    const size_t n = frame ? ZSTD_compress(frame, room, text.s, text.n, LEVEL) : 0;
    mg_str_free(&text);
    if (!frame || ZSTD_isError(n)) return free(frame), mg_no_memory(err, "the rows of a head");
    o->owned[(*kept)++] = frame;
    return mg_part_write_text(o->w, "known.smiles", frame, n, err);
}

static int write_forest(mg_part_out *o, const mg_heads *m, molglot_error *err) {
    const mg_forest *f = &m->forest;
    const int64_t roots = (int64_t)f->trees * m->c.tasks, nodes = f->n;
    int code = mg_weights_out_add(o->w, "known.root", "I32", 1, &roots, f->root, NULL, err);
    if (!code)
        code = mg_weights_out_add(o->w, "known.column", "I32", 1, &nodes, f->column, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "known.left", "I32", 1, &nodes, f->left, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "known.cut", "F32", 1, &nodes, f->cut, NULL, err);
    return code ? code
                : mg_weights_out_add(o->w, "known.value", "F32", 1, &nodes, f->value, NULL, err);
}

int mg_heads_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_heads_contents *c = contents;
    const mg_heads_config *config = &c->heads->c;
    const int64_t shape[2] = {c->n_known, BITS_BYTES};
    char test[34], threshold[32];
    size_t kept = 0;
    mg_str json = {0};
    snprintf(threshold, sizeof threshold, "%.4f", (double)c->threshold);
    int code = mg_params_write(c->params, o->w, c->store_as, err);
    if (!code) code = write_lines(o, "vocab.tasks", c->tasks, config->tasks, &kept, err);
    if (!code && config->groups)
        code = write_lines(o, "vocab.groups", c->groups, config->groups, &kept, err);
    if (!code && config->numbers)
        code = write_lines(o, "vocab.numbers", c->numbers, config->numbers, &kept, err);
    if (!code) code = mg_weights_out_add(o->w, "known.bits", "U8", 2, shape, c->bits, NULL, err);
    if (!code) code = write_smiles(o, c, &kept, err);
    if (!code && c->heads->forest.trees) code = write_forest(o, c->heads, err);
    if (!code) code = probe_all(config, test, err);
    if (!code)
        code = mg_part_write_json(o->w, CONFIG, mg_heads_config_to_json(config, &json), &json, err);
    if (!code) code = mg_weights_out_meta(o->w, THRESHOLD, threshold, err);
    if (!code && config->space) code = mg_weights_out_meta(o->w, SPACE, c->space, err);
    if (!code) code = mg_weights_out_meta(o->w, SELFTEST, test, err);
    return code ? code : mg_weights_out_meta(o->w, "name", config->name, err);
}
