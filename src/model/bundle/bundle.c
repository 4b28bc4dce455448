/* bundle.c - opens a folder or a file and gives its parts on demand.
 *
 *   folder        NAME.safetensors a part
 *   merged file   each part's names behind "NAME."; metadata of the whole: molglot.format "2",
 *                 name, licence (format 1, by older versions: see part.c)
 *   other file    one part, whose names stand behind nothing
 *
 * Opening reads the header of a file, or lists the folder. A part's file is opened, and the part
 * loaded, checked and tested, when it is first asked for, under a lock.
 */
#include "model/bundle/inside.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHOLE \
    "molglot.safetensors" /* of a folder without part files: what older versions shipped */

static const mg_part_kind kinds[] = {
    {MG_PART_SPACE, "shared space", "", sizeof(mg_space_part), mg_space_is, mg_space_load,
     mg_space_check, mg_space_selftest, mg_space_save, mg_space_free, false},
    {MG_PART_WRITER, "direct writer", "direct.", sizeof(mg_writer_part), mg_writer_is_direct,
     mg_writer_load, mg_writer_check, mg_writer_selftest, mg_writer_save, mg_writer_clear, false},
    {MG_PART_LATENT, "writer of latents", "latent.", sizeof(mg_writer_part), mg_writer_is_latent,
     mg_writer_load, mg_writer_check, mg_writer_selftest, mg_writer_save, mg_writer_clear, false},
    {MG_PART_ATOMAS, "writer of both directions", "atomas.", sizeof(mg_writer_part),
     mg_writer_is_both, mg_writer_load, mg_writer_check, mg_writer_selftest, mg_writer_save,
     mg_writer_clear, false},
    {MG_PART_MEMORY, "memory of molecules", "memory.", sizeof(mg_memory_part), mg_memory_is,
     mg_memory_load, mg_memory_check, mg_memory_selftest, mg_memory_save, mg_memory_clear, true},
    {MG_PART_NAMES, "dictionary of names", "names.", sizeof(mg_names_part), mg_names_is,
     mg_names_load, mg_names_check, mg_names_selftest, mg_names_save, mg_names_clear, true},
    {MG_PART_LEXICON, "words and atoms", "lexicon.", sizeof(mg_lexicon_part), mg_lexicon_is,
     mg_lexicon_load, mg_lexicon_check, mg_lexicon_selftest, mg_lexicon_save, mg_lexicon_clear,
     true},
    {MG_PART_RERANK, "re-ranker of the best", "rerank.", sizeof(mg_rerank_part), mg_rerank_is,
     mg_rerank_load, mg_rerank_check, mg_rerank_selftest, mg_rerank_save, mg_rerank_clear, true},
    {MG_PART_BASIS, "basis of codes", "basis.", sizeof(mg_basis_part), mg_basis_is, mg_basis_load,
     mg_basis_check, mg_basis_selftest, mg_basis_save, mg_basis_clear, true},
    {MG_PART_HEADS, "heads of properties", "heads.", sizeof(mg_heads_part), mg_heads_is,
     mg_heads_load, mg_heads_check, mg_heads_selftest, mg_heads_save, mg_heads_clear, true},
    {MG_PART_MOTIF, "motif decoder", "motif.", sizeof(mg_motif_part), mg_motif_part_is,
     mg_motif_part_load, mg_motif_part_check, mg_motif_part_selftest, mg_motif_part_write,
     mg_motif_part_clear, false},
    {MG_PART_T5, "T5 of texts and SMILES", "t5.", sizeof(mg_t5_part), mg_t5_part_is,
     mg_t5_part_load, mg_t5_part_check, mg_t5_part_selftest, mg_t5_part_write, mg_t5_part_clear,
     false},
    {MG_PART_MOFLOW, "flow of molecular graphs", "moflow.", sizeof(mg_moflow_part),
     mg_moflow_part_is, mg_moflow_part_load, mg_moflow_part_check, mg_moflow_part_selftest,
     mg_moflow_part_write, mg_moflow_part_clear, false},
};
enum { KINDS = MG_COUNT(kinds) };
_Static_assert((int)KINDS <= (int)MG_KINDS_MAX, "inside.h has room for fewer kinds");

/* A file and the parts found in it. */
typedef struct source {
    char *path;
    mg_tensor_file *file; /* NULL: not yet opened */
    mg_part parts[KINDS];
    bool found[KINDS];
    char sha256[65]; /* of the file; "": not asked for */
} source;

struct mg_bundle {
    char *path;
    pthread_mutex_t lock;
    source sources[KINDS]; /* of a folder one a part, else the first alone */
    source *from[KINDS];   /* where part k is; NULL: nowhere */
    void *loaded[KINDS];
    bool folder;       /* of part files */
    const void *bytes; /* of mg_bundle_memory */
    size_t n;
};

static int kind_of(const char *name) {
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kinds[k].name, name) == 0) return k;
    return -1;
}

/* ---- files ---- */

/* Looks for part k in the file: behind its name, behind what format 1 had, behind nothing. */
static void look_for(source *s, mg_bundle *b, int k) {
    const mg_part_kind *kind = &kinds[k];
    const char *const prefixes[] = {kind->name, kind->old, ""};
    for (int i = 0; i < 3 && !s->found[k]; i++) {
        mg_part *p = &s->parts[k];
        *p = (mg_part){.kind = kind, .bundle = b, .file = s->file, .path = s->path};
        snprintf(p->prefix, sizeof p->prefix, i == 0 ? "%s." : "%s", prefixes[i]);
        s->found[k] = kind->is(p);
    }
}

static int read_source(mg_bundle *b, source *s, molglot_error *err) {
    s->file = b->bytes ? mg_tensor_file_memory(b->bytes, b->n, s->path, err)
                       : mg_tensor_file_open(s->path, err);
    if (!s->file) return mg_code_of(err, MOLGLOT_BAD_FILE);
    bool merged = false;
    for (int k = 0; k < KINDS; k++) look_for(s, b, k);
    for (int k = 0; k < KINDS; k++) {
        int n = 0;
        merged |= s->found[k] && *s->parts[k].prefix;
        for (int i = 0; i < KINDS; i++)
            if (i != k && s->found[i] && *s->parts[i].prefix)
                s->parts[k].others[n++] = s->parts[i].prefix;
    }
    const char *format = mg_tensor_file_meta(s->file, "molglot.format");
    if (merged && (!format || (strcmp(format, "1") && strcmp(format, "2"))))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: a bundle of format %s; this version reads 1 and 2", s->path,
                       format ? format : "unknown");
    return MOLGLOT_OK;
}

static bool is_regular(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The regular file NAME of a folder; *out is NULL where there is none. */
static int file_in(const char *folder, const char *name, const char *ending, char **out,
                   molglot_error *err) {
    mg_str s = {0};
    mg_str_addf(&s, "%s%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name, ending);
    *out = s.failed || !is_regular(s.s) ? NULL : s.s;
    int code = s.failed ? mg_no_memory(err, "%s", folder) : MOLGLOT_OK;
    if (!*out) mg_str_free(&s);
    return code;
}

static int open_file(mg_bundle *b, molglot_error *err) {
    int code = read_source(b, &b->sources[0], err);
    for (int k = 0; k < KINDS; k++)
        if (b->sources[0].found[k]) b->from[k] = &b->sources[0];
    return code;
}

static int open_folder(mg_bundle *b, molglot_error *err) {
    bool any = false;
    for (int k = 0; k < KINDS; k++) {
        int code = file_in(b->path, kinds[k].name, ".safetensors", &b->sources[k].path, err);
        if (code) return code;
        if (b->sources[k].path) b->from[k] = &b->sources[k];
        any |= b->from[k] != NULL;
    }
    if ((b->folder = any)) return MOLGLOT_OK;
    int code = file_in(b->path, WHOLE, "", &b->sources[0].path, err);
    if (code) return code;
    if (b->sources[0].path) return open_file(b, err);
    return mg_fail(
        err, MOLGLOT_BAD_FILE,
        "%s: a folder without a part of a model (%s.safetensors or another); a published "
        "checkpoint becomes one by molglot import",
        b->path, kinds[0].name);
}

static mg_bundle *new_bundle(const char *path, molglot_error *err) {
    mg_bundle *b = calloc(1, sizeof *b);
    if (b) pthread_mutex_init(&b->lock, NULL);
    if (b && (b->path = strdup(path))) return b;
    mg_bundle_close(b);
    mg_no_memory(err, "%s", path);
    return NULL;
}

mg_bundle *mg_bundle_open(const char *path, molglot_error *err) {
    struct stat st;
    mg_bundle *b = new_bundle(path, err);
    if (!b) return NULL;
    int code;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        code = open_folder(b, err);
    else if ((b->sources[0].path = strdup(path)))
        code = open_file(b, err);
    else
        code = mg_no_memory(err, "%s", path);
    if (!code) return b;
    mg_bundle_close(b);
    return NULL;
}

mg_bundle *mg_bundle_memory(const void *bytes, size_t n, const char *name, molglot_error *err) {
    mg_bundle *b = new_bundle(name, err);
    if (!b) return NULL;
    b->bytes = bytes ? bytes : "", b->n = n;
    int code = (b->sources[0].path = strdup(name)) ? open_file(b, err)
                                                   : mg_no_memory(err, "%s", name);
    if (!code) return b;
    mg_bundle_close(b);
    return NULL;
}

void mg_bundle_close(mg_bundle *b) {
    if (!b) return;
    for (int k = 0; k < KINDS; k++) {
        if (b->loaded[k]) kinds[k].free(b->loaded[k]);
        free(b->loaded[k]);
    }
    for (int k = 0; k < KINDS; k++) {
        mg_tensor_file_close(b->sources[k].file);
        free(b->sources[k].path);
    }
    pthread_mutex_destroy(&b->lock);
    free(b->path);
    free(b);
}

const char *mg_bundle_path(const mg_bundle *b) { return b->path; }

bool mg_bundle_has(const mg_bundle *b, const char *part) {
    const int k = kind_of(part);
    return k >= 0 && b->from[k];
}

bool mg_bundle_is_moflow(const mg_bundle *b) {
    return mg_bundle_has(b, MG_PART_MOFLOW) && !mg_bundle_has(b, MG_PART_WRITER) &&
           !mg_bundle_has(b, MG_PART_LATENT) && !mg_bundle_has(b, MG_PART_ATOMAS) &&
           !mg_bundle_has(b, MG_PART_MOTIF) && !mg_bundle_has(b, MG_PART_T5);
}

bool mg_bundle_is_t5(const mg_bundle *b) {
    return mg_bundle_has(b, MG_PART_T5) && !mg_bundle_has(b, MG_PART_WRITER) &&
           !mg_bundle_has(b, MG_PART_LATENT);
}

bool mg_bundle_is_motif(const mg_bundle *b) {
    return mg_bundle_has(b, MG_PART_MOTIF) && !mg_bundle_has(b, MG_PART_WRITER) &&
           !mg_bundle_has(b, MG_PART_LATENT) && !mg_bundle_has(b, MG_PART_ATOMAS) &&
           !mg_bundle_is_t5(b);
}

/* ---- parts ---- */

/* "no writer of latents (part latent) in it; it holds ..." */
static void refuse(const mg_bundle *b, int k, const char *path, molglot_error *err) {
    char held[256] = "";
    size_t n = 0;
    for (int i = 0; i < KINDS && n < sizeof held; i++)
        if (b->from[i] && (b->from[i]->found[i] || !b->from[i]->file))
            n += (size_t)snprintf(held + n, sizeof held - n, "%s%s (part %s)", n ? ", " : "",
                                  kinds[i].about, kinds[i].name);
    if (n)
        mg_fail(err, MOLGLOT_BAD_FILE, "%s: no %s (part %s) in it; it holds: %s", path,
                kinds[k].about, kinds[k].name, held);
    else
        mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a Molglot model: no %s (part %s) in it", path,
                kinds[k].about, kinds[k].name);
}

/* Under the lock: the window on part k, whose file is opened at the first call. */
static const mg_part *window(mg_bundle *b, int k, molglot_error *err) {
    source *s = b->from[k];
    if (!s) {
        refuse(b, k, b->path, err);
        return NULL;
    }
    if (!s->file && read_source(b, s, err)) {
        mg_tensor_file_close(s->file);
        s->file = NULL;
        return NULL;
    }
    if (s->found[k]) return &s->parts[k];
    refuse(b, k, s->path, err);
    return NULL;
}

/* Under the lock. */
static const void *load(mg_bundle *b, int k, molglot_error *err) {
    if (b->loaded[k]) return b->loaded[k];
    const mg_part *p = window(b, k, err);
    const mg_part_kind *kind = &kinds[k];
    if (!p) return NULL;
    molglot_error own = {0};
    void *part = calloc(1, kind->size);
    int code = part ? kind->load(p, part, &own) : mg_no_memory(&own, "%s", kind->about);
    if (!code) code = kind->check(part, &own);
    if (!code) code = kind->selftest(p, part, &own);
    if (!code) return b->loaded[k] = part;
    if (part) kind->free(part);
    free(part);
    mg_fail_prefix(&own, "%s", p->path);
    if (err) *err = own;
    return NULL;
}

static const void *part_named(mg_bundle *b, const char *name, molglot_error *err) {
    const int k = kind_of(name);
    if (k < 0) {
        mg_fail(err, MOLGLOT_USAGE, "a bundle has no part '%s'", name);
        return NULL;
    }
    pthread_mutex_lock(&b->lock);
    const void *part = load(b, k, err);
    pthread_mutex_unlock(&b->lock);
    return part;
}

const mg_space_part *mg_bundle_space(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_SPACE, err);
}

const mg_writer_part *mg_bundle_writer(mg_bundle *b, const char *part, molglot_error *err) {
    static const char *const names[] = {MG_PART_WRITER, MG_PART_LATENT, MG_PART_ATOMAS};
    for (size_t i = 0; i < MG_COUNT(names) && !part; i++)
        if (mg_bundle_has(b, names[i])) part = names[i];
    return part_named(b, part ? part : MG_PART_WRITER, err);
}

const mg_memory_part *mg_bundle_known(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_MEMORY, err);
}

const mg_dictionary *mg_bundle_names(mg_bundle *b, molglot_error *err) {
    const mg_names_part *part = part_named(b, MG_PART_NAMES, err);
    return part ? part->dictionary : NULL;
}

const mg_lexicon *mg_bundle_lexicon(mg_bundle *b, molglot_error *err) {
    const mg_lexicon_part *part = part_named(b, MG_PART_LEXICON, err);
    return part ? part->lexicon : NULL;
}

const mg_rerank_part *mg_bundle_rerank(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_RERANK, err);
}

int mg_bundle_basis(mg_bundle *b, const mg_basis **out, molglot_error *err) {
    *out = NULL;
    if (!mg_bundle_has(b, MG_PART_BASIS)) return MOLGLOT_OK;
    const mg_basis_part *part = part_named(b, MG_PART_BASIS, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_bundle_matches(b, part->space)) *out = &part->basis;
    return MOLGLOT_OK;
}

const mg_heads_part *mg_bundle_heads(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_HEADS, err);
}

const mg_t5_part *mg_bundle_t5(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_T5, err);
}

const mg_motif_part *mg_bundle_motif(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_MOTIF, err);
}

bool mg_moflow_part_fits(const mg_moflow_part *f, mg_bundle *space) {
    return f->space && mg_bundle_matches(space, f->space);
}

const mg_moflow_part *mg_bundle_moflow(mg_bundle *b, molglot_error *err) {
    return part_named(b, MG_PART_MOFLOW, err);
}

bool mg_t5_part_fits(const mg_t5_part *m, mg_bundle *space) {
    return !m->space || mg_bundle_matches(space, m->space);
}

bool mg_writer_part_fits(const mg_writer_part *w, mg_bundle *space) {
    return !w->space || mg_bundle_matches(space, w->space);
}

/* ---- identity ---- */

/* Under the lock: of the file itself, hashed once. */
static const char *file_sha256(mg_bundle *b, int k) {
    source *s = b->from[k];
    size_t n = b->n;
    const void *bytes = b->bytes ? b->bytes : mg_tensor_file_bytes(s->file, &n);
    if (!*s->sha256) {
        mg_sha256 hash;
        mg_sha256_init(&hash);
        mg_sha256_add(&hash, bytes, n);
        mg_sha256_hex(&hash, s->sha256);
    }
    return s->sha256;
}

/* Under the lock. */
static const char *digest_of(mg_bundle *b, int k, molglot_error *err) {
    const mg_part *p = window(b, k, err);
    const char *own = p ? mg_part_meta(p, MG_DIGEST) : NULL;
    if (!p) return NULL;
    if (own && strlen(own) == 64) return own;
    return file_sha256(b, k);
}

bool mg_bundle_used(mg_bundle *b, const char *part) {
    const int k = kind_of(part);
    pthread_mutex_lock(&b->lock);
    const bool used = k >= 0 && b->loaded[k];
    pthread_mutex_unlock(&b->lock);
    return used;
}

int mg_bundle_digest(mg_bundle *b, const char *part, char out[65], molglot_error *err) {
    molglot_error own = {0};
    const int k = kind_of(part);
    if (k < 0) return mg_fail(err, MOLGLOT_USAGE, "a bundle has no part '%s'", part);
    pthread_mutex_lock(&b->lock);
    const char *digest = digest_of(b, k, &own);
    if (digest) memcpy(out, digest, 65);
    pthread_mutex_unlock(&b->lock);
    if (!digest && err) *err = own;
    return own.code;
}

const char *mg_bundle_identity(mg_bundle *b, molglot_error *err) {
    pthread_mutex_lock(&b->lock);
    const char *digest = digest_of(b, kind_of(MG_PART_SPACE), err);
    pthread_mutex_unlock(&b->lock);
    return digest;
}

bool mg_bundle_matches(mg_bundle *b, const char *identity) {
    const int k = kind_of(MG_PART_SPACE);
    if (strlen(identity) != 64) return false;
    pthread_mutex_lock(&b->lock);
    const char *digest = digest_of(b, k, NULL);
    const char *before = digest ? mg_part_meta(&b->from[k]->parts[k], MG_FORMERLY) : NULL;
    const bool same = digest &&
                      (strcmp(digest, identity) == 0 || (before && strstr(before, identity)));
    pthread_mutex_unlock(&b->lock);
    return same;
}

bool mg_memory_part_fits(const mg_memory_part *m, mg_bundle *space) {
    return mg_bundle_matches(space, m->space);
}

int mg_bundle_identify(const char *path, const char *part, char out[65], molglot_error *err) {
    molglot_error own = {0};
    mg_bundle *b = mg_bundle_open(path, &own);
    if (b) mg_bundle_digest(b, part, out, &own);
    mg_bundle_close(b);
    if (own.code && err) *err = own;
    return own.code;
}

/* ---- what there is ---- */

const mg_tensor_file *mg_bundle_file(const mg_bundle *b) {
    return b->folder ? NULL : b->sources[0].file;
}

size_t mg_bundle_count(const mg_bundle *b) {
    size_t n = 0;
    for (int k = 0; k < KINDS; k++) n += b->from[k] != NULL;
    return n;
}

/* The kind of part i of those that are there. */
static int kind_at(const mg_bundle *b, size_t i) {
    int k = 0;
    while (k < KINDS && (!b->from[k] || i-- > 0)) k++;
    return k;
}

const mg_part *mg_bundle_part_at(mg_bundle *b, size_t i, molglot_error *err) {
    pthread_mutex_lock(&b->lock);
    const mg_part *p = window(b, kind_at(b, i), err);
    pthread_mutex_unlock(&b->lock);
    return p;
}

int mg_bundle_info(mg_bundle *b, size_t i, mg_part_info *out, molglot_error *err) {
    molglot_error own = {0};
    const mg_part *p = mg_bundle_part_at(b, i, &own);
    if (!p) {
        if (err) *err = own;
        return own.code;
    }
    *out = (mg_part_info){.name = p->kind->name,
                          .about = p->kind->about,
                          .path = p->path,
                          .file = p->file,
                          .prefix = p->prefix,
                          .digest = mg_part_meta(p, MG_DIGEST)};
    mg_part_measure(p, &out->parameters, &out->bytes);
    return MOLGLOT_OK;
}

int mg_bundle_verify(mg_bundle *b, size_t i, molglot_error *err) {
    molglot_error own = {0};
    const mg_part *p = mg_bundle_part_at(b, i, &own);
    const char *says = p ? mg_part_meta(p, MG_DIGEST) : NULL;
    char is[65];
    if (says && !mg_digest_part(p, is, &own) && strcmp(is, says) != 0)
        mg_fail(&own, MOLGLOT_BAD_FILE,
                "%s: part %s is damaged: its digest is %.12s..., the file says %.12s...", p->path,
                p->kind->name, is, says);
    if (own.code && err) *err = own;
    return own.code;
}

int mg_bundle_try(mg_bundle *b, size_t i, molglot_error *err) {
    molglot_error own = {0};
    pthread_mutex_lock(&b->lock);
    load(b, kind_at(b, i), &own);
    pthread_mutex_unlock(&b->lock);
    if (own.code && err) *err = own;
    return own.code;
}

/* ---- saving ---- */

static int save(const char *part, const char *path, const void *contents,
                const char *const *metadata, molglot_error *err) {
    char digest[65];
    mg_part_out o = {.w = mg_weights_out_new()};
    int code = o.w ? kinds[kind_of(part)].save(&o, contents, err)
                   : mg_no_memory(err, "the model file");
    if (!code) code = mg_weights_out_meta(o.w, "molglot.format", "1", err);
    for (size_t i = 0; metadata && metadata[i] && !code; i += 2)
        code = mg_weights_out_meta(o.w, metadata[i], metadata[i + 1], err);
    if (!code) code = mg_digest_written(o.w, "", digest, err);
    if (!code) code = mg_weights_out_meta(o.w, MG_DIGEST, digest, err);
    if (!code) code = mg_weights_out_save(o.w, path, err);
    mg_weights_out_free(o.w);
    for (size_t i = 0; i < MG_COUNT(o.owned); i++) free(o.owned[i]);
    return code;
}

int mg_space_part_save(const char *path, const mg_space_contents *c, molglot_error *err) {
    return save(MG_PART_SPACE, path, c, c->metadata, err);
}

int mg_writer_part_save(const char *path, const mg_writer_contents *c, molglot_error *err) {
    return save(mg_writer_part_name(mg_writer_get_config(c->writer)), path, c, c->metadata, err);
}

int mg_memory_part_save(const char *path, const mg_memory_contents *c, molglot_error *err) {
    return save(MG_PART_MEMORY, path, c, c->metadata, err);
}

int mg_names_part_save(const char *path, const mg_dictionary_contents *c, molglot_error *err) {
    return save(MG_PART_NAMES, path, c, c->metadata, err);
}

int mg_basis_part_save(const char *path, const mg_basis_contents *c, molglot_error *err) {
    return save(MG_PART_BASIS, path, c, c->metadata, err);
}

int mg_lexicon_part_save(const char *path, const mg_lexicon_contents *c, molglot_error *err) {
    return save(MG_PART_LEXICON, path, c, c->metadata, err);
}

int mg_rerank_part_save(const char *path, const mg_rerank_contents *c, molglot_error *err) {
    return save(MG_PART_RERANK, path, c, c->metadata, err);
}

int mg_heads_part_save(const char *path, const mg_heads_contents *c, molglot_error *err) {
    return save(MG_PART_HEADS, path, c, c->metadata, err);
}

int mg_t5_part_save(const char *path, const mg_t5_contents *c, molglot_error *err) {
    return save(MG_PART_T5, path, c, c->metadata, err);
}

int mg_motif_part_save(const char *path, const mg_motif_contents *c, molglot_error *err) {
    return save(MG_PART_MOTIF, path, c, c->metadata, err);
}

int mg_moflow_part_save(const char *path, const mg_moflow_contents *c, molglot_error *err) {
    return save(MG_PART_MOFLOW, path, c, c->metadata, err);
}
