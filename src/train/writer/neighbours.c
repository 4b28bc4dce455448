/* neighbours.c - the molecules nearest to each text, which a writer or a flow reads beside it.
 *
 *   [memory]   model   an aligned model's file: its space says what is near
 *              k       molecules read with a text
 *              among   drawn from so many nearest ones (k)
 *              keep    probability that each of them is read
 *              sources those of data.sources whose molecules may be near; none: all
 *
 * Candidates are the distinct molecules of the training rows that have a text, for a text; for a
 * molecule that is to be described, those with a caption, each the sum of its molecule's and of its
 * caption's vector: it is near by what it is and by what is said of it. Blocks of scores
 * (search/search.h) choose a few more of them than are asked for. Those are scored again by
 * mg_score, so the result does not depend on blocks and threads. Ties go to the earlier row. All
 * of it is done once for each run.
 */
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "train/writer/writer.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 8, EMBED_ROWS = 1024 };

typedef struct found {
    float score;
    int32_t candidate;
} found;

typedef struct pool {              /* what may be near */
    mg_matrix matrix;              /* [n, dim] */
    float *rows;                   /* behind it */
    int32_t *row_of, *molecule_of; /* [n] row of the corpus; its number there */
} pool;

typedef struct neighbours {
    train_task *task;
    mg_bundle *bundle; /* of the aligned model */
    mg_embedder *embedder;
    mg_scanner *scanner;
    int dim;
    pool molecules, captions;
} neighbours;

/* ---- recipe ---- */

int train_memory_read(mg_toml *t, const train_task *task, int most, train_memory *m,
                      molglot_error *err) {
    int code = train_read_path(t, &task->c, "memory.model", m->model, err);
    if (!code) code = train_read_marked(t, task, "memory.sources", &m->sources, err);
    const int64_t k = mg_toml_int(t, "memory.k", 1);
    m->keep = (float)mg_toml_num(t, "memory.keep", 0.9);
    if (code || !*m->model) return code;
    if (k < 1 || k > most || k > TRAIN_NEIGHBOURS_MOST)
        return train_refuse(err, "memory.k", "1 to model.molecules, at most 8 (a flow: 1)");
    const int64_t among = mg_toml_int(t, "memory.among", k);
    if (among < k || among > TRAIN_NEIGHBOURS_AMONG)
        return train_refuse(err, "memory.among", "memory.k to 48");
    if (!train_is_share(m->keep)) return train_refuse(err, "memory.keep", "a probability");
    m->k = (int)k;
    m->among = (int)among;
    return MOLGLOT_OK;
}

int train_memory_sha256(const train_memory *m, char out[65], molglot_error *err) {
    out[0] = 0;
    int code = *m->model ? mg_bundle_identify(m->model, MG_PART_SPACE, out, err) : MOLGLOT_OK;
    if (code || !m->sources) return code;
    mg_str s = {0};
    mg_str_addf(&s, "%s of %08x", out, (unsigned)m->sources);
    return mg_sha256_str(&s, out, err);
}

void train_memory_choose(const train_memory *m, mg_rng *rng, int32_t near[TRAIN_NEIGHBOURS_MOST]) {
    int32_t left[TRAIN_NEIGHBOURS_AMONG];
    for (int i = 0; i < m->among; i++) left[i] = i;
    for (int k = 0; k < m->k; k++) {
        /* the place floor(u^2 left) of those that are left */
        const double u = mg_rng_uniform(rng);
        const int n = m->among - k, at = (int)(u * u * n);
        near[k] = mg_rng_uniform(rng) < (double)m->keep ? left[at] : -1;
        for (int i = at; i + 1 < n; i++) left[i] = left[i + 1];
    }
}

/* ---- candidates ---- */

/* The first row of each molecule, of rows with a text; of those that `of` names, where it is not
 * NULL. */
static int pool_list(pool *p, const mg_corpus *c, const bool *of, int dim) {
    const size_t rows = (size_t)mg_corpus_texts(c);
    bool *seen = calloc((size_t)mg_corpus_molecules(c) + 1, sizeof *seen);
    p->row_of = malloc((rows + 1) * sizeof *p->row_of);
    p->molecule_of = malloc((rows + 1) * sizeof *p->molecule_of);
    int64_t n = 0;
    for (size_t i = 0; i < rows && seen && p->row_of && p->molecule_of; i++) {
        const int32_t molecule = mg_corpus_molecule(c, (int64_t)i);
        if (seen[molecule] || (of && !of[i])) continue;
        seen[molecule] = true;
        p->row_of[n] = (int32_t)i;
        p->molecule_of[n++] = molecule;
    }
    p->matrix = (mg_matrix){.dtype = MG_F32, .dim = dim, .n = n};
    p->matrix.data = p->rows = malloc(((size_t)n * (size_t)dim + 1) * sizeof *p->rows);
    const bool ok = seen && p->row_of && p->molecule_of && p->rows;
    free(seen);
    return ok ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
}

static void pool_free(pool *p) {
    free(p->rows);
    free(p->row_of);
    free(p->molecule_of);
}

static int go_on(const neighbours *m, const char *doing, int64_t done, int64_t all,
                 molglot_error *err) {
    return train_goes_on(m->task, doing, done, all)
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while %s", doing);
}

/* Vectors of the molecules of rows[0..n) of a corpus (NULL: rows 0, 1, ..), [n, dim]. */
static int embed_molecules(neighbours *m, const mg_corpus *c, const int32_t *rows, int64_t n,
                           float *out, molglot_error *err) {
    char *smiles[EMBED_ROWS];
    int code = MOLGLOT_OK;
    for (int64_t at = 0; at < n && !code; at += EMBED_ROWS) {
        const int64_t some = n - at < EMBED_ROWS ? n - at : EMBED_ROWS;
        for (int64_t i = 0; i < some; i++)
            if (!(smiles[i] = mg_corpus_smiles_string(c, rows ? rows[at + i] : at + i)))
                code = mg_no_memory(err, "the nearest molecules");
        if (!code)
            code = mg_embed_smiles(m->embedder, (const char *const *)smiles, (size_t)some,
                                   out + at * m->dim, NULL, err);
        for (int64_t i = 0; i < some; i++) free(smiles[i]);
        if (!code) code = go_on(m, "embedding molecules", at + some, n, err);
    }
    return code;
}

/* Adds the vectors of the captions to those of their molecules. */
static int add_captions(neighbours *m, const mg_corpus *c, molglot_error *err) {
    pool *p = &m->captions;
    float *texts = malloc((size_t)EMBED_ROWS * (size_t)m->dim * sizeof *texts);
    const char *strings[EMBED_ROWS];
    int code = texts ? MOLGLOT_OK : mg_no_memory(err, "the nearest captions");
    for (int64_t at = 0; at < p->matrix.n && !code; at += EMBED_ROWS) {
        const int64_t n = p->matrix.n - at < EMBED_ROWS ? p->matrix.n - at : EMBED_ROWS;
        for (int64_t i = 0; i < n; i++) strings[i] = mg_corpus_sentence(c, p->row_of[at + i]);
        code = mg_embed_texts(m->embedder, strings, (size_t)n, texts, NULL, err);
        for (int64_t i = 0; i < n * m->dim && !code; i++) p->rows[at * m->dim + i] += texts[i];
        if (!code) code = go_on(m, "embedding captions", at + n, p->matrix.n, err);
    }
    free(texts);
    return code;
}

static void neighbours_close(neighbours *m) {
    mg_embedder_free(m->embedder);
    mg_scanner_free(m->scanner);
    mg_bundle_close(m->bundle);
    pool_free(&m->molecules);
    pool_free(&m->captions);
}

/* Close it, whatever comes back. */
static int neighbours_open(neighbours *m, const train_memory *to, train_task *t,
                           molglot_error *err) {
    const mg_corpus *c = t->corpus.rows;
    const int threads = t->o->threads;
    m->task = t;
    m->bundle = mg_bundle_open(to->model, err);
    const mg_space_part *space = m->bundle ? mg_bundle_space(m->bundle, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_embed_options o = {.device = t->c.device, .threads = threads};
    m->embedder = mg_embedder_new(space, o, err);
    m->scanner = m->embedder ? mg_scanner_new(threads, false, err) : NULL;
    if (!m->scanner) return mg_code_of(err, MOLGLOT_FAILED);
    m->dim = mg_embedder_dim(m->embedder);
    bool *from = to->sources ? malloc((size_t)mg_corpus_texts(c) + 1) : NULL;
    for (int64_t i = 0; from && i < mg_corpus_texts(c); i++)
        from[i] = to->sources >> mg_corpus_row_source(c, i) & 1;
    const bool listed = (from || !to->sources) && !pool_list(&m->molecules, c, from, m->dim);
    free(from);
    if (!listed) return mg_no_memory(err, "the nearest molecules");
    return embed_molecules(m, c, m->molecules.row_of, m->molecules.matrix.n, m->molecules.rows,
                           err);
}

/* ---- the nearest ---- */

typedef struct search {
    const pool *pool;
    int64_t n;          /* queries of this run */
    int width;          /* candidates kept for each */
    const int32_t *own; /* [n] molecule that is left out, or NULL */
    found *lists;       /* [threads][MG_SCAN_QUERIES][width], best first */
} search;

static bool before(found a, found b) {
    return a.score > b.score || (a.score == b.score && a.candidate < b.candidate);
}

/* Into a list whose last place it deserves. */
static void insert(found *list, int width, found x) {
    int at = width - 1;
    for (; at > 0 && before(x, list[at - 1]); at--) list[at] = list[at - 1];
    list[at] = x;
}

static void clear(found *lists, size_t n) {
    for (size_t i = 0; i < n; i++) lists[i] = (found){-FLT_MAX, INT32_MAX};
}

static void collect(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    search *s = user;
    for (int64_t q = 0; q < s->n; q++) {
        found *list = s->lists + ((size_t)thread * MG_SCAN_QUERIES + (size_t)q) * (size_t)s->width;
        const float *row = scores + q * rows;
        for (int64_t r = 0; r < rows; r++) {
            const found x = {row[r], (int32_t)(first + r)};
            if (x.score < list[s->width - 1].score || !before(x, list[s->width - 1])) continue;
            if (s->own && s->pool->molecule_of[x.candidate] == s->own[q]) continue;
            insert(list, s->width, x);
        }
    }
}

/* The k best of a query's lists by their exact scores. */
static void settle(const search *s, int64_t q, const float *query, int threads, int k,
                   int32_t *out) {
    found best[64];
    clear(best, (size_t)k);
    for (int t = 0; t < threads; t++)
        for (int i = 0; i < s->width; i++) {
            found x =
                s->lists[((size_t)t * MG_SCAN_QUERIES + (size_t)q) * (size_t)s->width + (size_t)i];
            if (x.candidate == INT32_MAX) break;
            x.score = mg_score(&s->pool->matrix, query, x.candidate);
            if (before(x, best[k - 1])) insert(best, k, x);
        }
    for (int i = 0; i < k; i++)
        out[i] = best[i].candidate == INT32_MAX ? -1 : s->pool->row_of[best[i].candidate];
}

typedef struct asked { /* what is near to what */
    const mg_corpus *rows;
    const int32_t *which; /* [n] rows that ask; NULL: 0, 1, .. */
    int64_t n;
    bool own;               /* `rows` are trained on: a row's own molecule is left out */
    const float *molecules; /* [n, dim] vectors that ask; NULL: those of the rows' texts */
} asked;

static int64_t row_at(const asked *a, int64_t i) { return a->which ? a->which[i] : i; }

/* Queries at .. at + s->n - 1. */
static int search_block(neighbours *m, const asked *a, int64_t at, search *s, float *queries, int k,
                        int32_t *near, molglot_error *err) {
    const char *strings[MG_SCAN_QUERIES];
    int32_t molecules[MG_SCAN_QUERIES];
    const int threads = mg_scanner_threads(m->scanner);
    int code = MOLGLOT_OK;
    for (int64_t i = 0; i < s->n; i++) {
        strings[i] = mg_corpus_sentence(a->rows, row_at(a, at + i));
        molecules[i] = mg_corpus_molecule(a->rows, row_at(a, at + i));
    }
    s->own = a->own ? molecules : NULL;
    clear(s->lists, (size_t)threads * MG_SCAN_QUERIES * (size_t)s->width);
    if (a->molecules)
        memcpy(queries, a->molecules + at * m->dim, (size_t)(s->n * m->dim) * sizeof *queries);
    else
        code = mg_embed_texts(m->embedder, strings, (size_t)s->n, queries, NULL, err);
    if (!code) code = mg_scanner_run(m->scanner, &s->pool->matrix, queries, s->n, collect, s, err);
    for (int64_t i = 0; i < s->n && !code; i++)
        settle(s, i, queries + i * m->dim, threads, k, near + row_at(a, at + i) * k);
    return code;
}

/* *near: [rows with a text][k] of a pool; -1 for rows that do not ask. */
static int find(neighbours *m, const pool *p, const asked *a, int k, int32_t **near,
                molglot_error *err) {
    const int64_t all = mg_corpus_texts(a->rows) * k;
    search s = {.pool = p, .width = k + SPARE};
    float *queries = malloc((size_t)MG_SCAN_QUERIES * (size_t)m->dim * sizeof *queries);
    s.lists = malloc((size_t)mg_scanner_threads(m->scanner) * MG_SCAN_QUERIES * (size_t)s.width *
                     sizeof *s.lists);
    *near = malloc(((size_t)all + 1) * sizeof **near);
    int code = queries && s.lists && *near ? MOLGLOT_OK
                                           : mg_no_memory(err, "the nearest molecules");
    for (int64_t i = 0; i < all && !code; i++) (*near)[i] = -1;
    for (int64_t at = 0; at < a->n && !code; at += MG_SCAN_QUERIES) {
        s.n = a->n - at < MG_SCAN_QUERIES ? a->n - at : MG_SCAN_QUERIES;
        code = search_block(m, a, at, &s, queries, k, *near, err);
        if (!code)
            code = go_on(m,
                         p == &m->captions ? "finding the nearest captions"
                                           : "finding the nearest molecules",
                         at + s.n, a->n, err);
    }
    free(queries);
    free(s.lists);
    return code;
}

/* ---- captions near a molecule ---- */

/* Vectors of the molecules of rows[0..n) of the training corpus, from the pool of all. */
static int take_molecules(const neighbours *m, const mg_corpus *c, const int32_t *rows, int64_t n,
                          float *out, molglot_error *err) {
    const pool *p = &m->molecules;
    int32_t *at = malloc(((size_t)mg_corpus_molecules(c) + 1) * sizeof *at);
    if (!at) return mg_no_memory(err, "the nearest captions");
    for (int32_t i = 0; i < p->matrix.n; i++) at[p->molecule_of[i]] = i;
    for (int64_t i = 0; i < n; i++)
        memcpy(out + i * m->dim, p->rows + (int64_t)at[mg_corpus_molecule(c, rows[i])] * m->dim,
               (size_t)m->dim * sizeof *out);
    free(at);
    return MOLGLOT_OK;
}

/* The rows that `told` names, those of the training corpus; molecules' vectors beside. */
static int list_asking(const neighbours *m, const mg_corpus *c, const bool *told, int32_t **which,
                       float **molecules, int64_t *n, molglot_error *err) {
    const int64_t rows = mg_corpus_texts(c);
    *n = 0;
    if (!(*which = malloc(((size_t)rows + 1) * sizeof **which)))
        return mg_no_memory(err, "the nearest captions");
    for (int64_t i = 0; i < rows; i++)
        if (told[i]) (*which)[(*n)++] = (int32_t)i;
    *molecules = malloc(((size_t)(*n * m->dim) + 1) * sizeof **molecules);
    return *molecules ? take_molecules(m, c, *which, *n, *molecules, err)
                      : mg_no_memory(err, "the nearest captions");
}

static int find_held_out(neighbours *m, const mg_corpus *c, int k, int32_t **near,
                         molglot_error *err) {
    asked a = {.rows = c, .n = mg_corpus_texts(c)};
    float *molecules = malloc(((size_t)(a.n * m->dim) + 1) * sizeof *molecules);
    int code = molecules ? embed_molecules(m, c, NULL, a.n, molecules, err)
                         : mg_no_memory(err, "the nearest captions");
    a.molecules = molecules;
    if (!code) code = find(m, &m->captions, &a, k, near, err);
    free(molecules);
    return code;
}

static int open_captions(neighbours *m, train_memory *to, train_task *t, train_held_out *held_out,
                         const bool *told, molglot_error *err) {
    const mg_corpus *c = t->corpus.rows;
    pool *p = &m->captions;
    int32_t *which = NULL;
    float *molecules = NULL;
    asked a = {.rows = c, .own = true};
    if (pool_list(p, c, told, m->dim)) return mg_no_memory(err, "the nearest captions");
    int code = take_molecules(m, c, p->row_of, p->matrix.n, p->rows, err);
    if (!code) code = add_captions(m, c, err);
    if (!code) code = list_asking(m, c, told, &which, &molecules, &a.n, err);
    a.which = which, a.molecules = molecules;
    if (!code) code = find(m, p, &a, to->among, &to->told, err);
    if (!code && held_out->name)
        code = find_held_out(m, held_out->rows, to->k, &held_out->told, err);
    free(which);
    free(molecules);
    return code;
}

int train_memory_open_captions(train_memory *m, train_task *t, train_held_out *held_out,
                               const bool *told, molglot_error *err) {
    neighbours all = {0};
    bool kept = false;
    if (m->k == 0) return MOLGLOT_OK;
    int code = train_memory_load(m, t, held_out, told, &kept, err);
    if (code || kept) return code;
    train_tell(t, "looking for the nearest molecules of %lld texts%s",
               (long long)mg_corpus_texts(t->corpus.rows),
               told ? " and the nearest captions of their molecules" : "");
    code = neighbours_open(&all, m, t, err);
    const asked texts = {.rows = t->corpus.rows, .n = mg_corpus_texts(t->corpus.rows), .own = true},
                held = {.rows = held_out->rows,
                        .n = held_out->name ? mg_corpus_texts(held_out->rows) : 0};
    if (!code) code = find(&all, &all.molecules, &texts, m->among, &m->near, err);
    if (!code && held_out->name)
        code = find(&all, &all.molecules, &held, m->k, &held_out->near, err);
    if (!code && told) code = open_captions(&all, m, t, held_out, told, err);
    neighbours_close(&all);
    return code ? code : train_memory_save(m, t, held_out, told, err);
}

int train_memory_open(train_memory *m, train_task *t, train_held_out *held_out,
                      molglot_error *err) {
    return train_memory_open_captions(m, t, held_out, NULL, err);
}

void train_memory_close(train_memory *m) {
    free(m->near);
    free(m->told);
}
