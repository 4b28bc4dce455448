/* neighbours.c - the molecules nearest to each text, which a writer or a flow reads beside it.
 *
 *   [memory]   model   an aligned model's file: its space says what is near
 *              k       molecules read with a text
 *              among   drawn from so many nearest ones (k)
 *              keep    probability that each of them is read
 *
 * Candidates are the distinct molecules of the training rows that have a text. Blocks of scores
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

typedef struct neighbours {
    mg_bundle *bundle; /* of the aligned model */
    mg_embedder *embedder;
    mg_scanner *scanner;
    mg_matrix candidates;          /* [n, dim] */
    float *rows;                   /* behind it */
    int32_t *row_of, *molecule_of; /* [n] row of the corpus; its number there */
} neighbours;

/* ---- recipe ---- */

int train_memory_read(mg_toml *t, const train_common *common, int most, train_memory *m,
                      molglot_error *err) {
    int code = train_read_path(t, common, "memory.model", m->model, err);
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
    return *m->model ? mg_bundle_identify(m->model, MG_PART_SPACE, out, err) : MOLGLOT_OK;
}

/* ---- candidates ---- */

static int list_candidates(neighbours *m, const mg_corpus *c) {
    const size_t rows = (size_t)mg_corpus_texts(c);
    bool *seen = calloc((size_t)mg_corpus_molecules(c) + 1, sizeof *seen);
    m->row_of = malloc((rows + 1) * sizeof *m->row_of);
    m->molecule_of = malloc((rows + 1) * sizeof *m->molecule_of);
    int code = seen && m->row_of && m->molecule_of ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    int64_t n = 0;
    for (size_t i = 0; i < rows && !code; i++) {
        const int32_t molecule = mg_corpus_molecule(c, (int64_t)i);
        if (seen[molecule]) continue;
        seen[molecule] = true;
        m->row_of[n] = (int32_t)i;
        m->molecule_of[n++] = molecule;
    }
    m->candidates.n = n;
    free(seen);
    return code;
}

static int embed_candidates(neighbours *m, const mg_corpus *c, molglot_error *err) {
    const size_t dim = (size_t)m->candidates.dim;
    m->candidates.data = m->rows = malloc(((size_t)m->candidates.n * dim + 1) * sizeof *m->rows);
    char *smiles[EMBED_ROWS];
    int code = m->rows ? MOLGLOT_OK : mg_no_memory(err, "the nearest molecules");
    for (int64_t at = 0; at < m->candidates.n && !code; at += EMBED_ROWS) {
        const int64_t n = m->candidates.n - at < EMBED_ROWS ? m->candidates.n - at : EMBED_ROWS;
        for (int64_t i = 0; i < n; i++)
            if (!(smiles[i] = mg_corpus_smiles_string(c, m->row_of[at + i])))
                code = mg_no_memory(err, "the nearest molecules");
        if (!code)
            code = mg_embed_smiles(m->embedder, (const char *const *)smiles, (size_t)n,
                                   m->rows + (size_t)at * dim, NULL, err);
        for (int64_t i = 0; i < n; i++) free(smiles[i]);
    }
    return code;
}

static void neighbours_close(neighbours *m) {
    mg_embedder_free(m->embedder);
    mg_scanner_free(m->scanner);
    mg_bundle_close(m->bundle);
    free(m->rows);
    free(m->row_of);
    free(m->molecule_of);
}

/* Close it, whatever comes back. */
static int neighbours_open(neighbours *m, const char *model, const train_task *t,
                           molglot_error *err) {
    const int threads = t->o->threads;
    m->bundle = mg_bundle_open(model, err);
    const mg_space_part *space = m->bundle ? mg_bundle_space(m->bundle, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_embed_options o = {.device = t->c.device, .threads = threads};
    m->embedder = mg_embedder_new(space, o, err);
    m->scanner = m->embedder ? mg_scanner_new(threads, false, err) : NULL;
    if (!m->scanner) return mg_code_of(err, MOLGLOT_FAILED);
    m->candidates = (mg_matrix){.dtype = MG_F32, .dim = mg_embedder_dim(m->embedder)};
    if (list_candidates(m, t->corpus.rows)) return mg_no_memory(err, "the nearest molecules");
    return embed_candidates(m, t->corpus.rows, err);
}

/* ---- the nearest ---- */

typedef struct search {
    const neighbours *m;
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
            if (s->own && s->m->molecule_of[x.candidate] == s->own[q]) continue;
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
            x.score = mg_score(&s->m->candidates, query, x.candidate);
            if (before(x, best[k - 1])) insert(best, k, x);
        }
    for (int i = 0; i < k; i++)
        out[i] = best[i].candidate == INT32_MAX ? -1 : s->m->row_of[best[i].candidate];
}

static int search_block(neighbours *m, const mg_corpus *texts, bool own, int64_t at, search *s,
                        float *queries, int k, int32_t *near, molglot_error *err) {
    const char *strings[MG_SCAN_QUERIES];
    int32_t molecules[MG_SCAN_QUERIES];
    const int threads = mg_scanner_threads(m->scanner);
    for (int64_t i = 0; i < s->n; i++) {
        strings[i] = mg_corpus_sentence(texts, at + i);
        molecules[i] = mg_corpus_molecule(texts, at + i);
    }
    s->own = own ? molecules : NULL;
    clear(s->lists, (size_t)threads * MG_SCAN_QUERIES * (size_t)s->width);
    int code = mg_embed_texts(m->embedder, strings, (size_t)s->n, queries, NULL, err);
    if (!code) code = mg_scanner_run(m->scanner, &m->candidates, queries, s->n, collect, s, err);
    for (int64_t i = 0; i < s->n && !code; i++)
        settle(s, i, queries + i * m->candidates.dim, threads, k, near + (at + i) * k);
    return code;
}

/* *near: [rows with a text of `texts`][k]. own: `texts` is the training corpus itself, and a row's
 * own molecule is left out. */
static int find(neighbours *m, const mg_corpus *texts, bool own, int k, int32_t **near,
                molglot_error *err) {
    const int64_t n = mg_corpus_texts(texts);
    search s = {.m = m, .width = k + SPARE};
    float *queries = malloc((size_t)MG_SCAN_QUERIES * (size_t)m->candidates.dim * sizeof *queries);
    s.lists = malloc((size_t)mg_scanner_threads(m->scanner) * MG_SCAN_QUERIES * (size_t)s.width *
                     sizeof *s.lists);
    *near = malloc(((size_t)(n * k) + 1) * sizeof **near);
    int code = queries && s.lists && *near ? MOLGLOT_OK
                                           : mg_no_memory(err, "the nearest molecules");
    for (int64_t at = 0; at < n && !code; at += MG_SCAN_QUERIES) {
        s.n = n - at < MG_SCAN_QUERIES ? n - at : MG_SCAN_QUERIES;
        code = search_block(m, texts, own, at, &s, queries, k, *near, err);
    }
    free(queries);
    free(s.lists);
    return code;
}

int train_memory_open(train_memory *m, train_task *t, train_held_out *held_out,
                      molglot_error *err) {
    neighbours all = {0};
    if (m->k == 0) return MOLGLOT_OK;
    train_tell(t, "looking for the nearest molecules of %lld texts",
               (long long)mg_corpus_texts(t->corpus.rows));
    int code = neighbours_open(&all, m->model, t, err);
    if (!code) code = find(&all, t->corpus.rows, true, m->among, &m->near, err);
    if (!code && held_out->name)
        code = find(&all, held_out->rows, false, m->k, &held_out->near, err);
    neighbours_close(&all);
    return code;
}

void train_memory_close(train_memory *m) { free(m->near); }
