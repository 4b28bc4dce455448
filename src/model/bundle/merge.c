/* merge.c - the parts of several bundles in one: a merged file, a file of one part, or a folder
 * with a file a part. The spaces of several bundles become the members of an ensemble.
 *
 * A part is copied bit for bit with its metadata, so its digest stays; "int4" rounds tensors to 8
 * and 4 bits as mg_params_write does it for "I4": what is rounded already stays, except bags'
 * tables of bytes, which go on to 4 bits. Name and licence of the whole stand in the metadata of a
 * merged file, else in those of the first part. A space whose metadata change, or that had no
 * digest, keeps its identity of before in molglot.formerly, as long as its numbers stay; so does
 * an ensemble that takes the molecules' side of another space and has texts of its own.
 */
#include "base/bags.h"
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORDPIECE "vocab.wordpiece"

/* A member of the ensemble to be made: where it lies in the part of a space. */
typedef struct member {
    const mg_part *part;
    char from[32]; /* "" for the only one there, else "member.k." */
    float weight;
    const struct member *molecules; /* whose molecules' side it takes; NULL: its own */
} member;

typedef struct merging {
    const mg_merge_options *o;
    mg_bundle **bundles;
    int n_bundles;
    member members[MG_MEMBERS];
    int n_members, spaces;   /* of how many bundles */
    mg_bundle *molecules_of; /* or NULL */
    member givers[MG_MEMBERS];
    const mg_part
        *parts[MG_KINDS_MAX]; /* in the order of the table; an ensemble: its first space */
    int n;
    /* of the file that is being written */
    mg_weights_out *w;
    mg_arena wide; /* tables of bytes as floats */
    bool rounded;  /* numbers of this part were */
} merging;

static bool starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_space(const mg_part *p) { return strcmp(p->kind->name, MG_PART_SPACE) == 0; }

/* ---- what there is ---- */

static int add_part(merging *g, const mg_part *p, molglot_error *err) {
    int at = 0;
    while (at < g->n && g->parts[at]->kind < p->kind) at++;
    if (at == g->n || g->parts[at]->kind != p->kind) {
        memmove(g->parts + at + 1, g->parts + at, (size_t)(g->n - at) * sizeof *g->parts);
        g->n++;
    } else if (is_space(p)) {
        return MOLGLOT_OK;
    } else if (!g->o->replace) {
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s and %s both hold the part %s: one of them is enough, or --replace takes "
                       "the later one",
                       g->parts[at]->path, p->path, p->kind->name);
    }
    g->parts[at] = p;
    return MOLGLOT_OK;
}

static member member_of(const mg_part *p, const mg_space_part *s, int k) {
    member x = {.part = p, .weight = s->weight[k]};
    if (s->members > 1) snprintf(x.from, sizeof x.from, "member.%d.", k);
    return x;
}

static int add_members(merging *g, const mg_part *p, molglot_error *err) {
    const mg_space_part *m = mg_bundle_space(p->bundle, err);
    if (!m) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (g->n_members + m->members > MG_MEMBERS)
        return mg_fail(err, MOLGLOT_USAGE, "%s: an ensemble has at most %d members", p->path,
                       MG_MEMBERS);
    g->spaces++;
    for (int k = 0; k < m->members; k++) g->members[g->n_members++] = member_of(p, m, k);
    return MOLGLOT_OK;
}

/* What is damaged, or would not work in this build, is not merged. */
static int add_bundle(merging *g, const char *path, molglot_error *err) {
    mg_bundle *b = g->bundles[g->n_bundles] = mg_bundle_open(path, err);
    if (!b) return mg_code_of(err, MOLGLOT_BAD_FILE);
    g->n_bundles++;
    if (!mg_bundle_count(b))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a Molglot model: no part in it", path);
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < mg_bundle_count(b) && !code; i++) {
        code = mg_bundle_verify(b, i, err);
        if (!code) code = mg_bundle_try(b, i, err);
        const mg_part *p = code ? NULL : mg_bundle_part_at(b, i, err);
        if (p) code = add_part(g, p, err);
        if (p && !code && is_space(p)) code = add_members(g, p, err);
    }
    return code;
}

static int take_weights(merging *g, molglot_error *err) {
    const mg_merge_options *o = g->o;
    if (o->n_weights && o->n_weights != g->n_members)
        return mg_fail(err, MOLGLOT_USAGE, "%d weights for %d members of the space", o->n_weights,
                       g->n_members);
    for (int k = 0; k < o->n_weights; k++) {
        if (!(o->weights[k] > 0 && o->weights[k] <= MG_WEIGHT_MAX))
            return mg_fail(err, MOLGLOT_USAGE, "weights of members are numbers above 0");
        g->members[k].weight = o->weights[k];
    }
    return MOLGLOT_OK;
}

/* ---- the molecules' side of another space ---- */

static const char *meta_of(const member *x, const char *key) {
    char name[MG_NAME_MAX + 64];
    snprintf(name, sizeof name, "%s%s", x->from, key);
    return mg_part_meta(x->part, name);
}

/* Member k must say that it was trained against member k of that space. */
static int match_molecules(merging *g, int k, const char *identity, molglot_error *err) {
    const char *of = meta_of(&g->members[k], "init.sha256"),
               *number = meta_of(&g->members[k], MG_MOLECULES_OF_MEMBER);
    if (!of || !number || strcmp(of, identity) != 0 || strtol(number, NULL, 10) != k + 1)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: not trained against the molecules' side of member %d of %s "
                       "(init.file, init.member, init.new_text)",
                       g->members[k].part->path, k + 1, g->o->molecules_of);
    if (g->members[k].weight != g->givers[k].weight)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: member %d has another weight there, so that vectors of molecules would "
                       "change",
                       g->o->molecules_of, k + 1);
    g->members[k].molecules = &g->givers[k];
    return MOLGLOT_OK;
}

static int take_molecules(merging *g, molglot_error *err) {
    if (!g->o->molecules_of) return MOLGLOT_OK;
    mg_bundle *b = g->molecules_of = mg_bundle_open(g->o->molecules_of, err);
    const mg_space_part *s = b ? mg_bundle_space(b, err) : NULL;
    const char *identity = s ? mg_bundle_identity(b, err) : NULL;
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_part *p = NULL;
    for (size_t i = 0; i < mg_bundle_count(b); i++) {
        const mg_part *q = mg_bundle_part_at(b, i, err);
        if (!q) return mg_code_of(err, MOLGLOT_BAD_FILE);
        if (is_space(q)) p = q;
    }
    if (!p || s->members != g->n_members)
        return mg_fail(err, MOLGLOT_USAGE, "%s has %d members, not %d", g->o->molecules_of,
                       s->members, g->n_members);
    int code = MOLGLOT_OK;
    for (int k = 0; k < s->members; k++) g->givers[k] = member_of(p, s, k);
    for (int k = 0; k < g->n_members && !code; k++) code = match_molecules(g, k, identity, err);
    return code;
}

/* A tensor of the molecules' side, by its name within a member. */
static bool is_of_molecules(const char *own) {
    return starts(own, "graph_") || starts(own, "vocab.graph.");
}

/* The same vocabulary of pieces, or none. */
static bool same_wordpiece(const mg_part *a, const mg_part *b) {
    const mg_file_tensor *x = mg_part_find(a, WORDPIECE), *y = mg_part_find(b, WORDPIECE);
    return !x || !y || (x->bytes == y->bytes && memcmp(x->data, y->data, x->bytes) == 0);
}

static int same_licence(const mg_part *a, const mg_part *b, molglot_error *err) {
    const char *x = mg_part_meta(a, "licence"), *y = mg_part_meta(b, "licence");
    if (!x || !y || strcmp(x, y) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s is under %s, %s under %s: say with --licence which holds for the whole",
                   b->path, y, a->path, x);
}

/* apart: each part in its own file, under its own licence. */
static int check_agreement(const merging *g, bool apart, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 1; i < g->n_members && !code; i++) {
        const mg_part *a = g->members[0].part, *b = g->members[i].part;
        if (!same_wordpiece(a, b))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s has another vocabulary of pieces than %s",
                           b->path, a->path);
        if (!g->o->licence) code = same_licence(a, b, err);
    }
    for (int i = 1; i < g->n && !apart && !g->o->licence && !code; i++)
        code = same_licence(g->parts[0], g->parts[i], err);
    return code;
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
static bool is_scales(const mg_tensor_file *f, const mg_file_tensor *t) {
    char name[MG_NAME_MAX + 64];
    const size_t n = strlen(t->name);
    if (n < 8 || n >= sizeof name || strcmp(t->name + n - 7, ".scales") != 0) return false;
    snprintf(name, sizeof name, "%.*s", (int)n - 7, t->name);
    const mg_file_tensor *of = mg_tensor_file_find(f, name);
    return of && scales_of(f, of) == t;
}

static int copy_rounded(merging *g, const mg_tensor_file *f, const mg_file_tensor *t,
                        const char *name, molglot_error *err) {
    const mg_file_tensor *scales = scales_of(f, t);
    const bool table = mg_param_is_table(name), bytes = scales && strcmp(t->dtype, "I8") == 0;
    const bool floats = t->ndim == 2 && t->shape[0] > 1 &&
                        (strcmp(t->dtype, "F32") == 0 || strcmp(t->dtype, "BF16") == 0);
    g->rounded |= floats || (bytes && table);
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

/* One tensor of the part's file under a name of the output. */
static int copy_tensor(merging *g, const mg_part *p, const mg_file_tensor *t, const char *to,
                       const char *own, molglot_error *err) {
    char name[MG_NAME_MAX + 32];
    const int n = snprintf(name, sizeof name, "%s%s", to, own);
    if (n < 0 || (size_t)n >= sizeof name)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: tensor name %.60s... is too long", p->path,
                       t->name);
    if (!g->o->store || p->kind->data) return copy_as(g, t, name, err);
    return is_scales(p->file, t) ? MOLGLOT_OK : copy_rounded(g, p->file, t, name, err);
}

/* Those of the part that stand behind `from` in it, to behind `to`. */
static int copy_tensors(merging *g, const mg_part *p, const char *from, const char *to,
                        molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < mg_tensor_file_count(p->file) && !code; i++) {
        const mg_file_tensor *t = mg_tensor_file_at(p->file, i);
        const char *own;
        if (mg_part_owns(p, t->name, &own) && starts(own, from))
            code = copy_tensor(g, p, t, to, own + strlen(from), err);
    }
    return code;
}

/* ---- metadata ---- */

static int write_meta(merging *g, const char *to, const char *key, const char *value,
                      molglot_error *err) {
    mg_str name = {0};
    mg_str_addf(&name, "%s%s", to, key);
    int code = name.failed ? mg_no_memory(err, "%s", key)
                           : mg_weights_out_meta(g->w, name.s, value, err);
    mg_str_free(&name);
    return code;
}

static int copy_metadata(merging *g, const mg_part *p, const char *from, const char *to,
                         molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < mg_tensor_file_meta_count(p->file) && !code; i++) {
        const char *key, *value, *own;
        mg_tensor_file_meta_at(p->file, i, &key, &value);
        if (mg_part_owns(p, key, &own) && starts(own, from) && strcmp(own, MG_DIGEST) != 0)
            code = write_meta(g, to, own + strlen(from), value, err);
    }
    return code;
}

/* Name and licence that were asked for. */
static int write_names(merging *g, const char *to, molglot_error *err) {
    int code = g->o->name ? write_meta(g, to, "name", g->o->name, err) : MOLGLOT_OK;
    return code || !g->o->licence ? code : write_meta(g, to, "licence", g->o->licence, err);
}

/* The identities by which this space was known, unless its digest says it all. */
static int write_formerly(merging *g, const mg_part *p, const char *to, bool renamed,
                          molglot_error *err) {
    const char *before = mg_part_meta(p, MG_FORMERLY);
    if (!is_space(p) || g->rounded || (mg_part_meta(p, MG_DIGEST) && !renamed)) return MOLGLOT_OK;
    const char *identity = mg_bundle_identity(p->bundle, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_str all = {0};
    mg_str_addf(&all, "%s%s%s", identity, before ? "," : "", before ? before : "");
    int code = all.failed ? mg_no_memory(err, MG_FORMERLY)
                          : write_meta(g, to, MG_FORMERLY, all.s, err);
    mg_str_free(&all);
    return code;
}

/* The identities of the space whose molecules' side this one has, unless that was rounded. */
static int write_known_as(merging *g, const char *to, molglot_error *err) {
    const char *before = mg_part_meta(g->givers[0].part, MG_FORMERLY),
               *identity = mg_bundle_identity(g->molecules_of, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (g->rounded) return MOLGLOT_OK;
    mg_str all = {0};
    mg_str_addf(&all, "%s%s%s", identity, before ? "," : "", before ? before : "");
    int code = all.failed ? mg_no_memory(err, MG_FORMERLY)
                          : write_meta(g, to, MG_FORMERLY, all.s, err);
    mg_str_free(&all);
    return code;
}

static int write_digest(merging *g, const char *to, molglot_error *err) {
    char digest[65];
    int code = mg_digest_written(g->w, to, digest, err);
    return code ? code : write_meta(g, to, MG_DIGEST, digest, err);
}

/* ---- parts ---- */

static int copy_part(merging *g, const mg_part *p, const char *to, bool whole, molglot_error *err) {
    const bool renamed = whole && (g->o->name || g->o->licence);
    int code = copy_tensors(g, p, "", to, err);
    if (!code) code = copy_metadata(g, p, "", to, err);
    if (!code && renamed) code = write_names(g, to, err);
    return code ? code : write_formerly(g, p, to, renamed, err);
}

/* "1 1 0.5", or "" where all are the same. Whole numbers are not cut: 9 digits give a float back.
 */
static int add_weights(const merging *g, mg_str *out, molglot_error *err) {
    bool equal = true;
    for (int k = 0; k < g->n_members; k++) equal &= g->members[k].weight == g->members[0].weight;
    mg_str_addz(out, "");
    for (int k = 0; k < g->n_members && !equal; k++)
        mg_str_addf(out, "%s%.9g", k ? " " : "", (double)g->members[k].weight);
    return out->failed ? mg_no_memory(err, "weights") : MOLGLOT_OK;
}

/* Of an ensemble, beside what its members say each. */
static int write_ensemble_head(merging *g, const char *to, molglot_error *err) {
    char count[16];
    snprintf(count, sizeof count, "%d", g->n_members);
    const mg_part *first = g->members[0].part;
    const char *licence = g->o->licence ? g->o->licence : mg_part_meta(first, "licence"),
               *data = mg_part_meta(first, "data.sha256"),
               *name = g->spaces == 1 ? mg_part_meta(first, "name") : NULL;
    mg_str weights = {0};
    int code = add_weights(g, &weights, err);
    const bool weighted = weights.n > 0;
    const char *const pairs[][2] = {{"molglot.format", weighted ? "2" : "1"},
                                    {"molglot.members", count},
                                    {"name", g->o->name ? g->o->name
                                             : name     ? name
                                                        : "ensemble"},
                                    {"licence", licence ? licence : "unknown"},
                                    {"data.sha256", data ? data : ""},
                                    {"molglot.weights", weights.s}};
    for (size_t i = 0; i < MG_COUNT(pairs) - !weighted && !code; i++)
        code = write_meta(g, to, pairs[i][0], pairs[i][1], err);
    mg_str_free(&weights);
    return code;
}

/* What belongs to the file of a single member, not to the member. */
static bool of_the_file(const char *own) {
    return strcmp(own, WORDPIECE) == 0 || strcmp(own, "molglot.format") == 0 ||
           strcmp(own, "molglot.members") == 0 || strcmp(own, "molglot.weights") == 0 ||
           strcmp(own, MG_FORMERLY) == 0 || strcmp(own, MG_DIGEST) == 0;
}

/* Tensors of x behind `behind`; side: 0 all, 1 the molecules' side alone, -1 all but that. */
static int copy_side(merging *g, const member *x, int side, const char *behind,
                     molglot_error *err) {
    const mg_tensor_file *f = x->part->file;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < mg_tensor_file_count(f) && !code; i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        const char *own;
        if (!mg_part_owns(x->part, t->name, &own) || !starts(own, x->from) || of_the_file(own))
            continue;
        own += strlen(x->from);
        if (!side || is_of_molecules(own) == (side > 0))
            code = copy_tensor(g, x->part, t, behind, own, err);
    }
    return code;
}

static int copy_member(merging *g, int k, const char *to, molglot_error *err) {
    const member *x = &g->members[k];
    const mg_tensor_file *f = x->part->file;
    char behind[64];
    snprintf(behind, sizeof behind, "%smember.%d.", to, k);
    const char *own, *key, *value;
    int code = copy_side(g, x, x->molecules ? -1 : 0, behind, err);
    if (!code && x->molecules) code = copy_side(g, x->molecules, 1, behind, err);
    for (size_t i = 0; i < mg_tensor_file_meta_count(f) && !code; i++) {
        mg_tensor_file_meta_at(f, i, &key, &value);
        if (mg_part_owns(x->part, key, &own) && starts(own, x->from) && !of_the_file(own))
            code = write_meta(g, behind, own + strlen(x->from), value, err);
    }
    return code;
}

/* The only member of a space, with the molecules' side of another's. */
static int write_single(merging *g, const char *to, molglot_error *err) {
    const member *x = &g->members[0];
    const mg_file_tensor *pieces = mg_part_find(x->part, WORDPIECE);
    int code = copy_side(g, x, -1, to, err);
    if (!code) code = copy_side(g, x->molecules, 1, to, err);
    if (!code && pieces) code = copy_tensor(g, x->part, pieces, to, WORDPIECE, err);
    if (!code) code = copy_metadata(g, x->part, "", to, err);
    return code ? code : write_known_as(g, to, err);
}

static int write_ensemble(merging *g, const char *to, molglot_error *err) {
    int code = MOLGLOT_OK;
    bool shared = false; /* the vocabulary of pieces is written */
    for (int k = 0; k < g->n_members && !code; k++) {
        const mg_part *p = g->members[k].part;
        const mg_file_tensor *pieces = shared ? NULL : mg_part_find(p, WORDPIECE);
        code = copy_member(g, k, to, err);
        if (!code && pieces) code = copy_tensor(g, p, pieces, to, WORDPIECE, err);
        shared |= pieces != NULL;
    }
    if (!code && g->molecules_of) code = write_known_as(g, to, err);
    return code ? code : write_ensemble_head(g, to, err);
}

/* Part i behind `to`; whole: it bears name and licence of the whole. */
static int write_part(merging *g, int i, const char *to, bool whole, molglot_error *err) {
    const mg_part *p = g->parts[i];
    g->rounded = false;
    const bool ensemble = g->spaces > 1 || (g->o->n_weights && g->n_members > 1) || g->molecules_of;
    int code = is_space(p) && g->molecules_of && g->n_members == 1 ? write_single(g, to, err)
               : is_space(p) && ensemble                           ? write_ensemble(g, to, err)
                                         : copy_part(g, p, to, whole, err);
    return code ? code : write_digest(g, to, err);
}

/* ---- files ---- */

static int write_head(merging *g, molglot_error *err) {
    const mg_part *first = g->parts[0];
    const char *name = g->spaces > 1 ? "ensemble" : mg_part_meta(first, "name"),
               *licence = mg_part_meta(first, "licence");
    int code = write_meta(g, "", "molglot.format", "2", err);
    if (!code) code = write_meta(g, "", "name", name ? name : "model", err);
    if (!code) code = write_meta(g, "", "licence", licence ? licence : "unknown", err);
    return code ? code : write_names(g, "", err);
}

/* Room for all tables of bytes as floats. */
static size_t widened_bytes(const merging *g) {
    size_t bytes = 64;
    for (int i = 0; i < g->n_bundles; i++)
        for (size_t k = 0; k < mg_bundle_count(g->bundles[i]); k++) {
            const mg_part *p = mg_bundle_part_at(g->bundles[i], k, NULL);
            for (size_t j = 0; p && j < mg_tensor_file_count(p->file); j++) {
                const mg_file_tensor *t = mg_tensor_file_at(p->file, j);
                if (strcmp(t->dtype, "I8") == 0) bytes += (size_t)t->count * sizeof(float) + 64;
            }
        }
    return bytes;
}

/* A refused file does not stay. Families and limits of members are compared by loading. */
static int try_file(const char *path, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(path, err);
    int code = b ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    for (size_t i = 0; b && i < mg_bundle_count(b) && !code; i++) code = mg_bundle_try(b, i, err);
    mg_bundle_close(b);
    if (code) remove(path);
    return code;
}

/* Parts from ... end - 1 in a file. */
static int write_file(merging *g, int from, int end, const char *path, molglot_error *err) {
    if (!(g->w = mg_weights_out_new())) return mg_no_memory(err, "the model file");
    const bool merged = end - from > 1;
    int code = g->o->store ? mg_arena_init(&g->wide, widened_bytes(g), err) : MOLGLOT_OK;
    for (int i = from; i < end && !code; i++) {
        char to[32] = "";
        if (merged) snprintf(to, sizeof to, "%s.", g->parts[i]->kind->name);
        code = write_part(g, i, to, i == 0 && !merged, err);
    }
    if (!code && merged) code = write_head(g, err);
    if (!code) code = mg_weights_out_save(g->w, path, err);
    mg_weights_out_free(g->w);
    mg_arena_free(&g->wide);
    return code ? code : try_file(path, err);
}

static int write_folder(merging *g, const char *folder, molglot_error *err) {
    int code = mg_make_dirs(folder, err);
    for (int i = 0; i < g->n && !code; i++) {
        mg_str path = {0};
        mg_str_addf(&path, "%s%s%s.safetensors", folder,
                    folder[strlen(folder) - 1] == '/' ? "" : "/", g->parts[i]->kind->name);
        code = path.failed ? mg_no_memory(err, "%s", folder) : write_file(g, i, i + 1, path.s, err);
        mg_str_free(&path);
    }
    return code;
}

static bool is_folder(const char *path) {
    struct stat st;
    return (*path && path[strlen(path) - 1] == '/') ||
           (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

int mg_bundle_merge(const char *const *paths, int n, const mg_merge_options *o, const char *out,
                    molglot_error *err) {
    if (n < 1) return mg_fail(err, MOLGLOT_USAGE, "nothing to merge");
    if (o->store && strcmp(o->store, "int4") != 0)
        return mg_fail(err, MOLGLOT_USAGE,
                       "merge: a file is stored as it is, or as int4, not as %s", o->store);
    molglot_error own = {0};
    const bool apart = is_folder(out);
    merging g = {.o = o, .bundles = calloc((size_t)n, sizeof *g.bundles)};
    int code = g.bundles ? MOLGLOT_OK : mg_no_memory(&own, "the model file");
    for (int i = 0; i < n && !code; i++) code = add_bundle(&g, paths[i], &own);
    if (!code) code = take_weights(&g, &own);
    if (!code) code = take_molecules(&g, &own);
    if (!code) code = check_agreement(&g, apart, &own);
    if (!code) code = apart ? write_folder(&g, out, &own) : write_file(&g, 0, g.n, out, &own);
    for (int i = 0; i < g.n_bundles; i++) mg_bundle_close(g.bundles[i]);
    mg_bundle_close(g.molecules_of);
    free(g.bundles);
    if (code && err) *err = own;
    return code;
}
