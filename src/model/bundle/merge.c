/* merge.c - models trained apart into one file: an ensemble of MoMu members, and beside it writers
 * of molecules. A bundle is a file with both.
 *
 *   member K of K members   names as space.c has them, behind "member.k." (a single member:
 *                           behind nothing)
 *   writers                 names as writer.c has them, behind "direct." (no latents) or
 *                           "latent."; at most one of each
 *   vocab.wordpiece         of the members: once, shared by all
 *
 * Metadata of a member or part stand behind its prefix too. Tensors are copied bit for bit, or
 * rounded to 8 and 4 bits as mg_params_write does it for "I4"; then what is rounded already stays,
 * except bags' tables of bytes, which go on to 4 bits.
 */
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>

#define WORDPIECE "vocab.wordpiece"

enum { PARTS = 2, SOURCES = MG_MEMBERS + PARTS };
static const char *const part_names[PARTS] = {MG_PART_DIRECT, MG_PART_LATENT};

/* What one prefix of the output is made of. */
typedef struct source {
    const mg_tensor_file *f;
    const char *path;
    char from[32], to[32]; /* prefixes there and here */
    bool writer;
} source;

typedef struct merging {
    const mg_merge_options *o;
    bool int4;
    mg_tensor_file **files;
    int n_files;
    source list[SOURCES];
    int members, n; /* members first, then parts */
    mg_arena wide;  /* tables of bytes as floats, until the file is written */
    mg_weights_out *w;
} merging;

static bool starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Whether a name of the file belongs to the source. A member behind no prefix may have parts beside
 * it. */
static bool belongs(const source *s, const char *name) {
    if (*s->from) return starts(name, s->from);
    return s->writer || (!starts(name, MG_PART_DIRECT ".") && !starts(name, MG_PART_LATENT "."));
}

/* ---- what there is ---- */

static int add_source(merging *g, const source *s, molglot_error *err) {
    for (int i = 0; i < g->n && s->writer; i++) {
        if (strcmp(g->list[i].to, s->to) != 0) continue;
        if (!g->o->replace)
            return mg_fail(err, MOLGLOT_USAGE,
                           "%s and %s both hold the part %.*s: one of them is enough, or --replace "
                           "takes the later one",
                           g->list[i].path, s->path, (int)strlen(s->to) - 1, s->to);
        g->list[i] = *s;
        return MOLGLOT_OK;
    }
    if (g->n == SOURCES || (!s->writer && g->members == MG_MEMBERS))
        return mg_fail(err, MOLGLOT_USAGE, "%s: an ensemble has at most %d members", s->path,
                       MG_MEMBERS);
    const int at = s->writer ? g->n : g->members;
    memmove(g->list + at + 1, g->list + at, (size_t)(g->n - at) * sizeof *g->list);
    g->list[at] = *s;
    g->n++;
    g->members += !s->writer;
    return MOLGLOT_OK;
}

static int add_writer(merging *g, const mg_tensor_file *f, const char *path, const char *part,
                      molglot_error *err) {
    mg_writer_file w;
    int code = mg_writer_file_load(&w, path, part, err);
    if (code) return code;
    source s = {.f = f, .path = path, .writer = true};
    snprintf(s.from, sizeof s.from, "%s", w.prefix);
    snprintf(s.to, sizeof s.to, "%s.", w.part);
    mg_writer_file_close(&w);
    return add_source(g, &s, err);
}

static int add_members(merging *g, const mg_tensor_file *f, const char *path, molglot_error *err) {
    mg_model_file m;
    int code = mg_model_file_load(&m, path, err);
    if (code) return code;
    for (int k = 0; k < m.members && !code; k++) {
        source s = {.f = f, .path = path};
        if (m.members > 1) snprintf(s.from, sizeof s.from, "member.%d.", k);
        code = add_source(g, &s, err);
    }
    mg_model_file_close(&m);
    return code;
}

static int add_file(merging *g, const char *path, molglot_error *err) {
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    if (!f) return err->code;
    g->files[g->n_files++] = f;
    if (mg_tensor_file_meta(f, "molglot.kind")) return add_writer(g, f, path, NULL, err);
    const char *members = mg_tensor_file_meta(f, "molglot.members");
    int code = members && strcmp(members, "0") == 0 ? MOLGLOT_OK : add_members(g, f, path, err);
    for (int i = 0; i < PARTS && !code; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s.molglot.kind", part_names[i]);
        if (mg_tensor_file_meta(f, key)) code = add_writer(g, f, path, part_names[i], err);
    }
    return code;
}

/* The same vocabulary of pieces, or none. */
static bool same_wordpiece(const mg_tensor_file *a, const mg_tensor_file *b) {
    const mg_file_tensor *x = mg_tensor_file_find(a, WORDPIECE),
                         *y = mg_tensor_file_find(b, WORDPIECE);
    return !x || !y || (x->bytes == y->bytes && memcmp(x->data, y->data, x->bytes) == 0);
}

static const char *licence_of(const source *s) {
    char key[64];
    snprintf(key, sizeof key, "%slicence", s->from);
    const char *own = mg_tensor_file_meta(s->f, key);
    return own ? own : mg_tensor_file_meta(s->f, "licence");
}

static int check_agreement(const merging *g, molglot_error *err) {
    const source *first = &g->list[0];
    for (int i = 1; i < g->n; i++) {
        const source *s = &g->list[i];
        const char *a = licence_of(first), *b = licence_of(s);
        if (i < g->members && !same_wordpiece(first->f, s->f))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s has another vocabulary of pieces than %s",
                           s->path, first->path);
        if (!g->o->licence && a && b && strcmp(a, b) != 0)
            return mg_fail(
                err, MOLGLOT_BAD_FILE,
                "%s is under %s, %s under %s: say with --licence which holds for the whole",
                s->path, b, first->path, a);
    }
    return MOLGLOT_OK;
}

/* ---- tensors ---- */

/* The scales of a matrix in few bits, or NULL. */
static const mg_file_tensor *scales_of(const mg_tensor_file *f, const mg_file_tensor *t) {
    char name[MG_NAME_MAX + 64];
    if (t->ndim != 2 || (strcmp(t->dtype, "I8") != 0 && strcmp(t->dtype, "U8") != 0)) return NULL;
    snprintf(name, sizeof name, "%s.scales", t->name);
    const mg_file_tensor *s = mg_tensor_file_find(f, name);
    return s && strcmp(s->dtype, "F32") == 0 && s->count == t->shape[0] ? s : NULL;
}

/* A table of bytes as floats; NULL without memory. */
static float *widen(merging *g, const mg_file_tensor *t, const float *scales) {
    float *x = mg_arena_alloc(&g->wide, (size_t)t->count * sizeof *x);
    for (int64_t r = 0; x && r < t->shape[0]; r++)
        mg_widen8((const int8_t *)t->data + r * t->shape[1], t->shape[1], scales[r],
                  x + r * t->shape[1]);
    return x;
}

static int copy_as(merging *g, const mg_file_tensor *t, const char *name, molglot_error *err) {
    return mg_weights_out_add(g->w, name, t->dtype, t->ndim, t->shape, t->data, NULL, err);
}

/* Scales go with their matrix. */
static bool is_scales(const source *s, const mg_file_tensor *t) {
    char name[MG_NAME_MAX + 64];
    const size_t n = strlen(t->name);
    if (n < 8 || n >= sizeof name || strcmp(t->name + n - 7, ".scales") != 0) return false;
    snprintf(name, sizeof name, "%.*s", (int)n - 7, t->name);
    const mg_file_tensor *of = mg_tensor_file_find(s->f, name);
    return of && scales_of(s->f, of) == t;
}

static int copy_rounded(merging *g, const source *s, const mg_file_tensor *t, const char *name,
                        molglot_error *err) {
    const mg_file_tensor *scales = scales_of(s->f, t);
    const bool table = mg_param_is_table(name), bytes = scales && strcmp(t->dtype, "I8") == 0;
    const bool floats = t->ndim == 2 && t->shape[0] > 1 &&
                        (strcmp(t->dtype, "F32") == 0 || strcmp(t->dtype, "BF16") == 0);
    if (floats) return mg_params_write_rounded(g->w, name, t->dtype, t->shape, t->data, table, err);
    if (bytes && table) {
        const float *x = widen(g, t, scales->data);
        return x ? mg_params_write_rounded(g->w, name, "F32", t->shape, x, true, err)
                 : mg_no_memory(err, "%s", name);
    }
    char own[MG_NAME_MAX + 64];
    snprintf(own, sizeof own, "%s.scales", name);
    int code = copy_as(g, t, name, err);
    return code || !scales ? code : copy_as(g, scales, own, err);
}

static int copy_tensors(merging *g, const source *s, bool with_wordpiece, molglot_error *err) {
    for (size_t i = 0; i < mg_tensor_file_count(s->f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(s->f, i);
        const bool shared = !s->writer && strcmp(t->name, WORDPIECE) == 0;
        char name[MG_NAME_MAX + 32];
        if (shared ? !with_wordpiece : !belongs(s, t->name)) continue;
        if (g->int4 && is_scales(s, t)) continue;
        const int n = shared
                          ? snprintf(name, sizeof name, "%s", t->name)
                          : snprintf(name, sizeof name, "%s%s", s->to, t->name + strlen(s->from));
        if (n < 0 || (size_t)n >= sizeof name)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: tensor name %.60s... is too long", s->path,
                           t->name);
        int code = g->int4 ? copy_rounded(g, s, t, name, err) : copy_as(g, t, name, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- metadata ---- */

static int copy_metadata(merging *g, const source *s, molglot_error *err) {
    for (size_t i = 0; i < mg_tensor_file_meta_count(s->f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(s->f, i, &key, &value);
        if (!belongs(s, key) || (!s->writer && strcmp(key, "molglot.format") == 0) ||
            strcmp(key, "molglot.members") == 0)
            continue;
        mg_str name = {0};
        mg_str_addf(&name, "%s%s", s->to, key + strlen(s->from));
        int code = name.failed ? mg_no_memory(err, "the model file")
                               : mg_weights_out_meta(g->w, name.s, value, err);
        mg_str_free(&name);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* Of the whole; replaces a single member's own. */
static int write_head(merging *g, molglot_error *err) {
    char count[16];
    snprintf(count, sizeof count, "%d", g->members);
    const source *first = &g->list[0];
    const char *data = mg_tensor_file_meta(first->f, "data.sha256"),
               *licence = g->o->licence ? g->o->licence : licence_of(first);
    const char *const pairs[][2] = {{"molglot.format", "1"},
                                    {"molglot.members", count},
                                    {"name", g->o->name},
                                    {"licence", licence ? licence : "unknown"},
                                    {"data.sha256", data ? data : ""}};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(pairs) && !code; i++)
        code = mg_weights_out_meta(g->w, pairs[i][0], pairs[i][1], err);
    return code;
}

/* ---- the file ---- */

static size_t widened_bytes(const merging *g) {
    size_t bytes = 64;
    for (int i = 0; i < g->n_files; i++)
        for (size_t k = 0; k < mg_tensor_file_count(g->files[i]); k++) {
            const mg_file_tensor *t = mg_tensor_file_at(g->files[i], k);
            if (strcmp(t->dtype, "I8") == 0) bytes += (size_t)t->count * sizeof(float) + 64;
        }
    return bytes;
}

static int write_file(merging *g, const char *out, molglot_error *err) {
    if (!(g->w = mg_weights_out_new())) return mg_no_memory(err, "the model file");
    int code = g->int4 ? mg_arena_init(&g->wide, widened_bytes(g), err) : MOLGLOT_OK;
    bool have_wordpiece = false;
    for (int i = 0; i < g->n && !code; i++) {
        source *s = &g->list[i];
        const bool take = !s->writer && !have_wordpiece && mg_tensor_file_find(s->f, WORDPIECE);
        have_wordpiece |= take;
        if (!s->writer && g->members > 1) snprintf(s->to, sizeof s->to, "member.%d.", i);
        code = copy_tensors(g, s, take, err);
        if (!code) code = copy_metadata(g, s, err);
    }
    if (!code) code = write_head(g, err);
    return code ? code : mg_weights_out_save(g->w, out, err);
}

/* Families and limits of the members are compared by loading; a refused file does not stay. */
static int try_file(const merging *g, const char *out, molglot_error *err) {
    mg_model_file m;
    int code = g->members ? mg_model_file_load(&m, out, err) : MOLGLOT_OK;
    if (!code && g->members) mg_model_file_close(&m);
    for (int i = g->members; i < g->n && !code; i++) {
        mg_writer_file w;
        const bool direct = strcmp(g->list[i].to, MG_PART_DIRECT ".") == 0;
        code = mg_writer_file_load(&w, out, direct ? MG_PART_DIRECT : MG_PART_LATENT, err);
        if (!code) mg_writer_file_close(&w);
    }
    if (code) remove(out);
    return code;
}

int mg_bundle_merge(const char *const *paths, int n, const mg_merge_options *o, const char *out,
                    molglot_error *err) {
    if (n < 1) return mg_fail(err, MOLGLOT_USAGE, "nothing to merge");
    if (o->store && strcmp(o->store, "int4") != 0)
        return mg_fail(err, MOLGLOT_USAGE,
                       "merge: a file is stored as it is, or as int4, not as %s", o->store);
    molglot_error own = {0};
    merging g = {.o = o, .int4 = o->store != NULL, .files = calloc((size_t)n, sizeof *g.files)};
    int code = g.files ? MOLGLOT_OK : mg_no_memory(&own, "the model file");
    for (int i = 0; i < n && !code; i++) code = add_file(&g, paths[i], &own);
    if (!code) code = check_agreement(&g, &own);
    if (!code) code = write_file(&g, out, &own);
    mg_weights_out_free(g.w);
    mg_arena_free(&g.wide);
    for (int i = 0; i < g.n_files; i++) mg_tensor_file_close(g.files[i]);
    free(g.files);
    if (!code) code = try_file(&g, out, &own);
    if (code && err) *err = own;
    return code;
}
