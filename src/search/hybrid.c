/* hybrid.c - the best rows of one index or several for a question.
 *
 * A question in words has three signals for a row:
 *   m  cosine of the question and the row's molecule
 *   t  cosine of the question and the row's text; m where the row has none
 *   w  words (lexical.c): b = BM25 as a share of what there could be; p = its words stand in the
 *      row side by side (1 or 0)
 *   score = W_MOLECULE m + W_TEXT t + W_BM25 b + W_PHRASE p     (weights sum to 1)
 *         + W_UNKNOWN u b, u being the share of its words that the model has not met: of these
 *           the cosines know nothing
 * where its text holds the question, of three words or more, word for word
 *   score = QUOTED + (1 - QUOTED) score
 * and where a name of the row is the question, or nearly (n = 1, or less for a misspelt one)
 *   score = max(score, NAMED n + (1 - NAMED) score)
 * so that a row whose name was asked for comes first. Where the words are a name that a dictionary
 * knows, rows of that molecule come before all others, then those of its other stereo
 *   score = KNOWN + (1 - KNOWN) score, OF_STEREO likewise; OF_CHARGE, among the CHARGED best ones,
 *           where an InChIKey of other charge shows it
 * A molecule as question has m alone, or t
 * where rows have texts only.
 *
 *   questions, a group at a time   products with all rows (scan.c), words (lexical.c)
 *   each question                  score of every row -> candidates, best first, as many as it
 * takes
 *                                  -> filter -> a molecule once -> hits; first those that meet all
 *                                     conditions of its request, then those that meet most
 *
 * With a re-ranker (rerank.c) the best rows of words that are no name and ask for nothing that can
 * be checked get what their evidence adds to m; none of them falls behind the others for it.
 *
 * Of an index with codes, products with all rows are those of the codes (codes.c); more candidates
 * are taken then, and a row that its code ranks far too low is missed (mg_find.exact: none is).
 *
 * Products of many questions are rounded by blocks; candidates are taken with that slack and scored
 * again exactly, so neither the group nor threads change a hit.
 */
#include "base/grow.h"
#include "search/inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define W_MOLECULE .8 /* also of a re-ranker's bonus */
#define W_TEXT     .05
#define W_BM25     .05
#define W_PHRASE   .1
#define W_UNKNOWN  .4
#define QUOTED     .85
#define NAMED      .9
#define NAMED_SO   .99f /* a name of the row is the question */
#define KNOWN      .98f
#define OF_STEREO  .95f
#define OF_CHARGE  .92f
/* What is said as a reason: words of that share, a cosine that is more than chance. */
#define SAID  .4f
#define MEANT .3f
enum {
    GROUP = 64,              /* questions at once, at most */
    GROUP_FLOATS = 24 << 20, /* products that are held, at most */
    FIRST_CANDIDATES = 16,   /* more than are asked for */
    CHARGED = 24,
    CODES_A_STEP = 1 << 14,
    EXACT = 4 /* products of so few questions are not rounded */
};
static const float NONE = -1; /* score of a row that has nothing to compare */

typedef struct candidate {
    int64_t flat; /* number of the row among all parts' */
    float score;
    unsigned known; /* as known_of has it, or MG_WHY_KNOWN_CHARGE */
} candidate;

typedef struct finder {
    const mg_find *plan;
    int64_t *base; /* [n_parts + 1] first row of a part, flat */
    int64_t total;
    mg_searched *molecules, *texts; /* [n_parts]; rows NULL: it has none */
    const int64_t **text_rows;      /* [n_parts] row of each text; NULL: its number */
    bool has_texts;
    /* a text weighs so little beside its molecule that cosines of texts are taken for candidates
     * alone: t NULL */
    bool late;
    /* products of parts with codes are those of the codes: near what they are, for all rows, until
     * a row is a candidate */
    bool coded;
    uint64_t *taken; /* [total / 64 + 1] rows of the question at work that were judged; or NULL */
    float **own;     /* [n_parts] the group's vectors as the part's rows are; NULL: as they are */
    const mg_question *questions; /* of the group */
    int64_t n;
    float *m, *t;     /* [n][total]; t NULL: no texts. NaN: not there */
    float *slack;     /* [n] */
    mg_lexical words; /* of the group */
    float *score;     /* [total] of the question at work */
    candidate *c;     /* [cap] */
    size_t n_c, cap;
    mg_found *kept; /* of the question at work */
    size_t n_kept, kept_cap;
    mg_numbers seen;    /* molecules of kept */
    mg_meets *meets;    /* of the question at work; NULL: it has no conditions */
    mg_found *short_of; /* rows that do not meet all, in their order */
    size_t n_short, short_cap;
} finder;

/* ---- parts ---- */

static int part_of(const finder *f, int64_t flat) {
    int p = 0;
    while (flat >= f->base[p + 1]) p++;
    return p;
}

static bool is_coded(const finder *f, const mg_searched *s) {
    return !f->plan->exact && s->rows && s->codes;
}

static void open_part(finder *f, int p) {
    const mg_index *x = f->plan->parts[p];
    if (mg_index_side(x) == MG_SIDE_TEXT)
        f->texts[p] = mg_index_searched(x);
    else {
        f->molecules[p] = mg_index_searched(x);
        f->texts[p] = mg_index_searched_texts(x);
        f->text_rows[p] = mg_index_text_rows(x);
    }
    f->has_texts |= f->texts[p].rows && f->texts[p].rows->n;
    f->coded |= is_coded(f, &f->molecules[p]) || is_coded(f, &f->texts[p]);
    f->base[p + 1] = f->base[p] + mg_index_size(x);
}

static int open_finder(finder *f, int64_t questions, molglot_error *err) {
    const size_t parts = (size_t)f->plan->n_parts;
    f->base = calloc(parts + 1, sizeof *f->base);
    f->molecules = calloc(parts + 1, sizeof *f->molecules);
    f->texts = calloc(parts + 1, sizeof *f->texts);
    f->text_rows = calloc(parts + 1, sizeof *f->text_rows);
    f->own = calloc(parts + 1, sizeof *f->own);
    if (!f->base || !f->molecules || !f->texts || !f->text_rows || !f->own)
        return mg_no_memory(err, "%zu indexes", parts);
    for (int p = 0; p < f->plan->n_parts; p++) open_part(f, p);
    f->total = f->base[parts];
    f->n = f->total ? GROUP_FLOATS / f->total / 2 : GROUP;
    if (f->n > GROUP) f->n = GROUP;
    if (f->n < 1) f->n = 1;
    if (f->n > questions) f->n = questions;
    const size_t products = (size_t)(f->n * f->total) + 1;
    f->m = malloc(products * sizeof *f->m);
    f->late = f->has_texts && f->plan->by == MG_BY_AUTO;
    for (int p = 0; p < f->plan->n_parts; p++) f->late = f->late && f->molecules[p].rows;
    f->t = f->has_texts && !f->late ? malloc(products * sizeof *f->t) : NULL;
    f->slack = calloc((size_t)f->n + 1, sizeof *f->slack);
    f->score = malloc(((size_t)f->total + 1) * sizeof *f->score);
    f->taken = f->coded ? calloc((size_t)f->total / 64 + 1, sizeof *f->taken) : NULL;
    return f->m && (f->taken || !f->coded) && (f->t || !f->has_texts || f->late) && f->slack &&
                   f->score
               ? MOLGLOT_OK
               : mg_no_memory(err, "a search among %lld rows", (long long)f->total);
}

static void close_finder(finder *f) {
    for (int p = 0; p < f->plan->n_parts && f->own; p++) free(f->own[p]);
    free(f->own);
    free(f->taken);
    free(f->base);
    free(f->molecules);
    free(f->texts);
    free(f->text_rows);
    free(f->m);
    free(f->t);
    free(f->slack);
    free(f->score);
    free(f->c);
    free(f->kept);
    free(f->short_of);
    mg_numbers_free(&f->seen);
}

/* ---- products ---- */

typedef struct copying {
    finder *f;
    float *to;
    const int64_t *rows;
    int64_t base;
} copying;

static void copy_block(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    const copying *c = user;
    (void)thread;
    for (int64_t q = 0; q < c->f->n; q++)
        for (int64_t r = 0; r < rows; r++) {
            const int64_t row = c->rows ? c->rows[first + r] : first + r;
            c->to[q * c->f->total + c->base + row] = scores[q * rows + r];
        }
}

/* The group's vectors as rows of part p are. */
static int turn_vectors(finder *f, int p, const float *vectors, molglot_error *err) {
    const mg_searched *s = f->molecules[p].rows ? &f->molecules[p] : &f->texts[p];
    const size_t dim = (size_t)mg_searched_dim(s), own = (size_t)s->rows->dim;
    if (!mg_searched_projected(s)) return MOLGLOT_OK;
    free(f->own[p]);
    if (!(f->own[p] = malloc((size_t)f->n * own * sizeof **f->own)))
        return mg_no_memory(err, "%lld questions", (long long)f->n);
    for (size_t q = 0; q < (size_t)f->n; q++)
        mg_basis_project(s->basis, (int)own, vectors + q * dim, f->own[p] + q * own);
    return MOLGLOT_OK;
}

static const float *vector_of(const finder *f, int64_t q, int p) {
    const mg_searched *s = f->molecules[p].rows ? &f->molecules[p] : &f->texts[p];
    return f->own[p] ? f->own[p] + q * s->rows->dim : f->questions[q].vector;
}

/* Products of codes with all rows of a part. */
static int multiply_codes(finder *f, const mg_searched *part, const float *vectors, copying *c,
                          molglot_error *err) {
    const int64_t n = part->codes->n;
    float *scores = malloc((size_t)n * sizeof *scores);
    bool ok = scores != NULL;
    int code = MOLGLOT_OK;
    for (int64_t q = 0; q < f->n && ok; q++) {
        mg_code_query asked;
        ok = mg_codes_ask(part, vectors + q * mg_searched_dim(part), &asked);
        if (!ok) break;
#pragma omp parallel for num_threads(mg_threads(f->plan->threads))
        for (int64_t at = 0; at < n; at += CODES_A_STEP) {
            const int64_t step = n - at < CODES_A_STEP ? n - at : CODES_A_STEP;
            if (!mg_halt_at(f->plan->halt, omp_get_thread_num(), step, MG_HALT_CODES))
                mg_codes_scores(part->codes, &asked, at, step, scores + at);
        }
        if ((code = mg_halt_now(f->plan->halt, 0, err)) != 0) break;
        for (int64_t r = 0; r < n; r++)
            c->to[q * f->total + c->base + (c->rows ? c->rows[r] : r)] = scores[r];
    }
    free(scores);
    return ok ? code : mg_no_memory(err, "a search among %lld rows", (long long)n);
}

static int multiply(finder *f, mg_scanner *scanner, const mg_searched *parts, float *to,
                    const float *all_vectors, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int64_t i = 0; i < f->n * f->total; i++) to[i] = NAN;
    for (int p = 0; p < f->plan->n_parts && !code; p++) {
        if (!parts[p].rows || !parts[p].rows->n) continue;
        const float *vectors = f->own[p] ? f->own[p] : all_vectors;
        copying own = {f, to, parts == f->texts ? f->text_rows[p] : NULL, f->base[p]};
        if (is_coded(f, &parts[p])) {
            code = multiply_codes(f, &parts[p], all_vectors, &own, err);
            continue;
        }
        mg_index_scans(&parts[p], true);
        copying c = {f, to, parts == f->texts ? f->text_rows[p] : NULL, f->base[p]};
        code = mg_scanner_run(scanner, parts[p].rows, vectors, f->n, copy_block, &c, err);
        for (int64_t q = 0; q < f->n && f->n > EXACT; q++) {
            const float slack = mg_scan_slack(scanner, parts[p].rows,
                                              vectors + q * parts[p].rows->dim, parts[p].max_norm);
            if (slack > f->slack[q]) f->slack[q] = slack;
        }
        mg_index_scans(&parts[p], false);
    }
    return code;
}

static int find_signals(finder *f, mg_scanner *scanner, molglot_error *err) {
    const int dim = mg_index_model_dim(f->plan->parts[0]);
    float *vectors = malloc(((size_t)f->n * (size_t)dim + 1) * sizeof *vectors);
    const char **words = calloc((size_t)f->n + 1, sizeof *words);
    int code = vectors && words ? MOLGLOT_OK : mg_no_memory(err, "%lld questions", (long long)f->n);
    for (int64_t q = 0; q < f->n && !code; q++) {
        memcpy(vectors + q * dim, f->questions[q].vector, (size_t)dim * sizeof *vectors);
        words[q] = f->plan->by == MG_BY_MOLECULE ? NULL : f->questions[q].words;
        /* no cosine is larger than 1; a molecule as question has no words, and its m alone */
        f->slack[q] = f->late && f->questions[q].words ? (float)W_TEXT : 0;
    }
    for (int p = 0; p < f->plan->n_parts && !code; p++) code = turn_vectors(f, p, vectors, err);
    if (!code) code = multiply(f, scanner, f->molecules, f->m, vectors, err);
    if (!code && f->t) code = multiply(f, scanner, f->texts, f->t, vectors, err);
    if (!code)
        code = mg_lexical_scan(&f->words, f->plan->parts, f->plan->n_parts, words, (size_t)f->n,
                               f->plan->by == MG_BY_NAME, f->plan->threads, f->plan->halt, err);
    free(words);
    free(vectors);
    return code;
}

/* ---- scores ---- */

/* Of a row whose question has these signals. */
static float fuse(const finder *f, const mg_question *q, float m, float t,
                  const mg_lexical_row *w) {
    const mg_by by = f->plan->by;
    if (by == MG_BY_NAME) return w && w->name > 0 ? w->name : NONE;
    if (!q->words || by == MG_BY_MOLECULE) return m == m ? m : t == t ? t : NONE;
    if (t != t) t = m; /* also where by is text: then the index has no texts, or this row */
    if (m != m || by == MG_BY_TEXT) m = t;
    if (t != t) return NONE;
    const double bm25 = W_BM25 + W_UNKNOWN * q->unknown,
                 lexical = w ? bm25 * w->bm25 + W_PHRASE * w->phrase : 0,
                 score = W_MOLECULE * m + W_TEXT * t + lexical;
    double best = score;
    if (w && w->quote) best = QUOTED + (1 - QUOTED) * score;
    if (w && w->name > 0 && by != MG_BY_TEXT) {
        const double named = NAMED * w->name + (1 - NAMED) * score;
        if (named > best) best = named;
    }
    return (float)best;
}

static bool is_among(const uint64_t *keys, int n, uint64_t key) {
    for (int i = 0; i < n && key; i++)
        if (keys[i] == key) return true;
    return false;
}

/* MG_WHY_KNOWN, MG_WHY_KNOWN_STEREO or 0: whether the row's molecule is one that the words name. */
static unsigned known_of(const finder *f, const mg_question *q, int part, int64_t row) {
    const mg_index *x = f->plan->parts[part];
    if (!q->n_known || f->plan->by == MG_BY_TEXT) return 0;
    if (is_among(q->known, q->n_known, mg_index_molecule(x, row))) return MG_WHY_KNOWN;
    return is_among(q->known_flat, q->n_known, mg_index_flat(x, row)) ? MG_WHY_KNOWN_STEREO : 0;
}

static float lift(float score, unsigned known) {
    const float least = known == MG_WHY_KNOWN          ? KNOWN
                        : known == MG_WHY_KNOWN_STEREO ? OF_STEREO
                                                       : OF_CHARGE;
    return known ? least + (1 - least) * (score > 0 ? score : 0) : score;
}

static void lift_known(finder *f, const mg_question *q) {
    for (int p = 0; p < f->plan->n_parts && q->n_known; p++)
        for (int64_t row = 0; row < f->base[p + 1] - f->base[p]; row++) {
            const unsigned known = known_of(f, q, p, row);
            float *score = &f->score[f->base[p] + row];
            if (known) *score = lift(*score, known);
        }
}

static void score_rows(finder *f, int64_t q) {
    const mg_question *question = &f->questions[q];
    const float *m = f->m + q * f->total, *t = f->t ? f->t + q * f->total : NULL;
    const float unknown = f->late ? 0 : NAN; /* t: within the slack */
    for (int64_t i = 0; i < f->total; i++)
        f->score[i] = fuse(f, question, m[i], t ? t[i] : unknown, NULL);
    for (size_t i = 0; i < f->words.count[q]; i++) {
        const mg_lexical_row *w = &f->words.rows[q][i];
        const int64_t flat = f->base[w->part] + w->row;
        f->score[flat] = fuse(f, question, m[flat], t ? t[flat] : unknown, w);
    }
    lift_known(f, question);
}

static const mg_lexical_row *words_of(const finder *f, int64_t q, int part, int64_t row) {
    size_t low = 0, high = f->words.count ? f->words.count[q] : 0;
    const mg_lexical_row *rows = high ? f->words.rows[q] : NULL;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const mg_lexical_row *r = &rows[middle];
        if (r->part < part || (r->part == part && r->row < row))
            low = middle + 1;
        else
            high = middle;
    }
    return rows && low < f->words.count[q] && rows[low].part == part && rows[low].row == row
               ? &rows[low]
               : NULL;
}

/* Cosine of the question and a row's text; NaN: it has none. */
static float text_product(const finder *f, const float *vector, int p, int64_t row) {
    const mg_searched *texts = &f->texts[p];
    int64_t low = row;
    if (!texts->rows || !texts->rows->n) return NAN;
    if (f->text_rows[p]) { /* ascending */
        int64_t high = texts->rows->n;
        for (low = 0; low < high;) {
            const int64_t middle = (low + high) / 2;
            if (f->text_rows[p][middle] < row)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == texts->rows->n || f->text_rows[p][low] != row) return NAN;
    }
    return mg_score(texts->rows, vector, low);
}

/* The row's products, not rounded by a block. */
static void exact_products(const finder *f, int64_t q, int64_t flat, float *m, float *t) {
    const int p = part_of(f, flat);
    const float *vector = vector_of(f, q, p);
    const int64_t row = flat - f->base[p];
    *m = f->m[q * f->total + flat];
    *t = f->t ? f->t[q * f->total + flat] : NAN;
    if (f->late) *t = text_product(f, vector, p, row);
    if (f->n <= EXACT && !f->coded) return;
    if (*m == *m) *m = mg_score(f->molecules[p].rows, vector, row);
    if (*t == *t && !f->late) *t = text_product(f, vector, p, row);
}

/* ---- candidates ---- */

static void sink(float *heap, size_t n, float value) {
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[i] = heap[child];
    }
    heap[i] = value;
}

/* The want-th best score. */
static bool threshold_of(const finder *f, size_t want, float *out) {
    float *heap = malloc((want + 1) * sizeof *heap);
    if (!heap) return false;
    for (size_t i = 0; i < want; i++) heap[i] = -INFINITY;
    for (int64_t i = 0; i < f->total; i++)
        if (f->score[i] > heap[0]) sink(heap, want, f->score[i]);
    *out = heap[0];
    free(heap);
    return true;
}

static int best_first(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->flat > y->flat) - (x->flat < y->flat);
}

/* The InChIKey of the row's molecule, malloc'ed; NULL: it has none. */
static char *key_of(const finder *f, int64_t flat) {
    const int p = part_of(f, flat);
    const char *smiles = mg_index_smiles(f->plan->parts[p], flat - f->base[p]);
    mg_mol *mol = *smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *own = mol ? mg_mol_inchikey(mol) : NULL;
    mg_mol_free(mol);
    return own;
}

/* Whether it begins so. */
static bool has_key(const finder *f, int64_t flat, const char *key) {
    char *own = key_of(f, flat);
    const bool same = own && strncmp(own, key, strlen(key)) == 0;
    free(own);
    return same;
}

static bool is_denied(const finder *f, int64_t flat, const mg_denied *denied) {
    char *own = key_of(f, flat);
    const bool is = mg_denied_has(denied, own);
    free(own);
    return is;
}

/* Those of the best candidates that are the named molecule but for charge; whether there is one.
 * The best are the same ones, however many candidates there are. */
static bool lift_charged(finder *f, const mg_question *q) {
    bool any = false;
    if (!q->known_key || f->plan->by == MG_BY_TEXT) return false;
    for (size_t i = 0; i < f->n_c && i < CHARGED; i++) {
        candidate *c = &f->c[i];
        if (c->known || !has_key(f, c->flat, q->known_key)) continue;
        c->known = MG_WHY_KNOWN_CHARGE;
        c->score = lift(c->score, c->known);
        any = true;
    }
    return any;
}

/* Whether the question's best rows are put in a new order. */
static bool is_reranked(const finder *f, const mg_question *q) {
    const mg_by by = f->plan->by;
    return f->plan->rerank && q->words && !q->n_known &&
           (by == MG_BY_AUTO || by == MG_BY_MOLECULE) && !(q->request && q->request->conditions);
}

/* Rows that are a molecule beside words that do not name or quote them, the best first: places in
 * f->c. Returns how many. */
static int reranked_of(const finder *f, int64_t q, int most, int *at) {
    int n = 0;
    for (size_t i = 0; i < f->n_c && n < most && i < MG_RERANK_MOST; i++) {
        const int p = part_of(f, f->c[i].flat);
        const mg_lexical_row *w = words_of(f, q, p, f->c[i].flat - f->base[p]);
        const bool called = f->c[i].known || (w && (w->name > 0 || w->quote));
        if (f->molecules[p].rows && !called) at[n++] = (int)i;
    }
    return n;
}

/* Adds bonuses to the scores of candidates at[n], none below `least`. */
static int add_bonuses(finder *f, const mg_question *q, const int *at, int n, float least,
                       molglot_error *err) {
    const char *smiles[MG_RERANK_MOST];
    float bonus[MG_RERANK_MOST];
    const int dim = mg_index_model_dim(f->plan->parts[0]);
    const float weight = f->plan->by == MG_BY_AUTO ? (float)W_MOLECULE : 1;
    float *vectors = malloc(((size_t)n * (size_t)dim + 1) * sizeof *vectors);
    if (!vectors) return mg_no_memory(err, "%d rows", n);
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code; i++) {
        const int p = part_of(f, f->c[at[i]].flat);
        const int64_t row = f->c[at[i]].flat - f->base[p];
        smiles[i] = mg_index_smiles(f->plan->parts[p], row);
        code = mg_index_embeddings(f->plan->parts[p], row, 1, vectors + (size_t)i * (size_t)dim,
                                   err);
    }
    const mg_rerank_list list = {
        .words = q->words, .vector = q->vector, .vectors = vectors, .smiles = smiles, .n = n};
    if (!code) code = mg_reranker_bonus(f->plan->rerank, &list, bonus, err);
    for (int i = 0; i < n && !code; i++) {
        float *score = &f->c[at[i]].score;
        *score += weight * bonus[i];
        if (*score < least) *score = least;
    }
    free(vectors);
    return code;
}

/* The best candidates, which are complete and in order, in a new one. */
static int rerank(finder *f, int64_t q, molglot_error *err) {
    int at[MG_RERANK_MOST];
    const int n = reranked_of(f, q, mg_reranker_candidates(f->plan->rerank), at);
    if (n < 2) return MOLGLOT_OK;
    const size_t behind = (size_t)at[n - 1] + 1;
    const float least = behind < f->n_c ? f->c[behind].score : -INFINITY;
    int code = add_bonuses(f, &f->questions[q], at, n, least, err);
    if (!code) qsort(f->c, behind, sizeof *f->c, best_first);
    return code;
}

/* The best `want` rows and perhaps more, in order; those that follow them are not complete. */
static int find_candidates(finder *f, int64_t q, size_t want, molglot_error *err) {
    float least = -INFINITY;
    f->n_c = 0;
    if (f->coded) want = want > MG_CANDIDATES / 4 ? 4 * want : MG_CANDIDATES;
    if ((int64_t)want < f->total && !threshold_of(f, want, &least))
        return mg_no_memory(err, "%zu hits", want);
    least -= 2 * f->slack[q];
    for (int64_t i = 0; i < f->total; i++) {
        if (!(f->score[i] >= least) || (f->plan->by == MG_BY_NAME && !(f->score[i] > 0))) continue;
        if (!MG_GROW(f->c, f->cap, f->n_c + 1)) return mg_no_memory(err, "%zu hits", want);
        candidate *c = &f->c[f->n_c++];
        const int p = part_of(f, i);
        const int64_t row = i - f->base[p];
        *c = (candidate){i, f->score[i], known_of(f, &f->questions[q], p, row)};
        if (f->n <= EXACT && !f->late && !f->coded) continue;
        float m, t;
        exact_products(f, q, i, &m, &t);
        c->score = lift(fuse(f, &f->questions[q], m, t, words_of(f, q, p, row)), c->known);
    }
    if (!f->n_c) return MOLGLOT_OK;
    qsort(f->c, f->n_c, sizeof *f->c, best_first);
    if (lift_charged(f, &f->questions[q])) qsort(f->c, f->n_c, sizeof *f->c, best_first);
    return is_reranked(f, &f->questions[q]) ? rerank(f, q, err) : MOLGLOT_OK;
}

/* ---- hits ---- */

/* The molecule of a row as a number; 0: it has none. */
static uint64_t molecule_of(const mg_index *x, int64_t row) {
    uint64_t molecule = mg_index_molecule(x, row), flat;
    const char *smiles = molecule ? "" : mg_index_smiles(x, row);
    mg_mol *mol = *smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    if (mol) mg_molecule_key(mol, &molecule, &flat);
    mg_mol_free(mol);
    return molecule;
}

/* Whether a hit before is the same molecule; else it is one now. */
static bool is_double(finder *f, const mg_found *found, bool *failed) {
    const uint64_t molecule = f->plan->all_rows
                                  ? 0
                                  : molecule_of(f->plan->parts[found->part], found->row);
    if (!molecule) return false;
    mg_slot *slot = mg_numbers_at(&f->seen, molecule);
    if (!slot) return !(*failed = true);
    if (!slot->value) return true;
    slot->value = 0;
    return false;
}

static unsigned why_of(const finder *f, const mg_question *q, float m, float t,
                       const mg_lexical_row *w) {
    const mg_by by = f->plan->by;
    unsigned why = 0;
    if (w && by != MG_BY_TEXT && w->name > 0) why |= MG_WHY_NAME;
    if (why && w->misspelt) why |= MG_WHY_SPELLING;
    if (by == MG_BY_NAME) return why;
    if (!q->words || by == MG_BY_MOLECULE) return m == m ? MG_WHY_MOLECULE : MG_WHY_TEXT;
    const bool said = w && w->text_words && (w->phrase || w->quote || w->bm25 >= SAID);
    if (said || (t == t && (m != m || t > m))) why |= MG_WHY_TEXT;
    if (by != MG_BY_TEXT && m == m && (!why || m >= MEANT)) why |= MG_WHY_MOLECULE;
    return why ? why : MG_WHY_MOLECULE;
}

static mg_found found_of(const finder *f, int64_t q, const candidate *c) {
    const int p = part_of(f, c->flat);
    const int64_t row = c->flat - f->base[p];
    const mg_lexical_row *w = words_of(f, q, p, row);
    float m, t;
    exact_products(f, q, c->flat, &m, &t);
    return (mg_found){.row = row,
                      .part = p,
                      .score = c->score,
                      .cosine = m == m ? m : t,
                      .name = w ? w->name : 0,
                      .why = why_of(f, &f->questions[q], m, t, w) | c->known,
                      .words = w ? w->text_words : 0};
}

static int keep(finder *f, const mg_found *found, molglot_error *err) {
    bool failed = false;
    if (is_double(f, found, &failed)) return MOLGLOT_OK;
    if (failed || !MG_GROW(f->kept, f->kept_cap, f->n_kept + 1))
        return mg_no_memory(err, "%zu hits", f->n_kept);
    f->kept[f->n_kept++] = *found;
    return MOLGLOT_OK;
}

/* What is known of a block of candidates beside their scores. */
typedef struct judged {
    const bool *pass;          /* of the filter; NULL: all */
    const mg_verdict *verdict; /* NULL: there are no conditions */
} judged;

static int keep_short(finder *f, const mg_found *found, molglot_error *err) {
    if (!MG_GROW(f->short_of, f->short_cap, f->n_short + 1))
        return mg_no_memory(err, "%zu rows", f->n_short);
    f->short_of[f->n_short++] = *found;
    return MOLGLOT_OK;
}

/* Whether a row was judged before; now it is. More candidates are looked at again from the first
 * one, among which new ones may stand. */
static bool was_taken(finder *f, int64_t flat) {
    if (!f->taken) return false;
    uint64_t *word = &f->taken[flat / 64];
    const uint64_t bit = (uint64_t)1 << (flat % 64);
    const bool was = *word & bit;
    *word |= bit;
    return was;
}

/* Candidates from `first` on, until there are `want` hits. A row that is called what was asked for
 * is a hit whatever its conditions say. */
static int take(finder *f, int64_t q, size_t first, size_t end, judged j, size_t want,
                int64_t *passed, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = first; i < end && f->n_kept < want && !code; i++) {
        if (was_taken(f, f->c[i].flat)) continue;
        if (j.pass && !j.pass[i - first]) continue;
        const mg_verdict *v = j.verdict ? &j.verdict[i - first] : NULL;
        *passed += !f->plan->must;
        if (v && !v->of) continue;
        const mg_denied *denied = f->questions[q].denied;
        if (denied && is_denied(f, f->c[i].flat, denied)) continue;
        mg_found found = found_of(f, q, &f->c[i]);
        if (v) found.meets = *v;
        if (v && (v->met < v->of || v->scant) && found.name < NAMED_SO) {
            if (!f->plan->must || v->met == v->of) code = keep_short(f, &found, err);
            continue;
        }
        *passed += f->plan->must;
        code = keep(f, &found, err);
    }
    return code;
}

/* Whether candidates first .. end pass the filter, in pass; how they meet the conditions. */
static int judge(finder *f, size_t first, size_t end, bool quick, bool *pass, mg_verdict *verdict,
                 molglot_error *err) {
    const size_t n = end - first;
    int32_t *part = malloc((n + 1) * sizeof *part);
    int64_t *row = malloc((n + 1) * sizeof *row);
    int code = part && row ? MOLGLOT_OK : mg_no_memory(err, "%zu rows", n);
    for (size_t i = 0; i < n && !code; i++) {
        part[i] = part_of(f, f->c[first + i].flat);
        row[i] = f->c[first + i].flat - f->base[part[i]];
    }
    if (!code && f->plan->filter) mg_filter_rows(f->plan->filter, part, row, n, pass);
    const char **smiles = malloc((n + 1) * sizeof *smiles);
    if (!code && !smiles) code = mg_no_memory(err, "%zu rows", n);
    for (size_t i = 0; i < n && !code; i++)
        smiles[i] = mg_index_smiles(f->plan->parts[part[i]], row[i]);
    if (!code && f->meets) code = mg_meets_smiles(f->meets, smiles, n, quick, verdict, err);
    free(smiles);
    free(part);
    free(row);
    return code;
}

static int take_judged(finder *f, int64_t q, size_t first, size_t end, size_t want, int64_t *passed,
                       molglot_error *err) {
    enum { STEP = 256, LOOKED_AT = 512 };
    bool pass[STEP];
    mg_verdict verdict[STEP];
    const judged j = {f->plan->filter ? pass : NULL, f->meets ? verdict : NULL};
    int code = MOLGLOT_OK;
    if (!j.pass && !j.verdict) return take(f, q, first, end, j, want, passed, err);
    for (size_t i = first; i < end && f->n_kept < want && !code; i += STEP) {
        const size_t last = end - i < STEP ? end : i + STEP;
        code = judge(f, i, last, f->plan->must || f->n_short >= want + LOOKED_AT, pass, verdict,
                     err);
        if (!code) code = mg_halt_now(f->plan->halt, (int64_t)(last - i), err);
        if (!code) code = take(f, q, i, last, j, want, passed, err);
    }
    return code;
}

/* Fills up with rows that meet fewer conditions, most of them first. */
static int take_short(finder *f, size_t want, molglot_error *err) {
    int code = MOLGLOT_OK, most = 0;
    for (size_t i = 0; i < f->n_short; i++)
        if (f->short_of[i].meets.met > most) most = f->short_of[i].meets.met;
    for (int met = most; met >= 0; met--)
        for (size_t i = 0; i < f->n_short && f->n_kept < want && !code; i++)
            if (f->short_of[i].meets.met == met) code = keep(f, &f->short_of[i], err);
    return code;
}

/* Down the ranking until there are hits enough. */
static int answer(finder *f, int64_t q, mg_found *out, int64_t *passed, molglot_error *err) {
    const size_t want = (size_t)f->plan->offset + (size_t)f->plan->k, total = (size_t)f->total;
    size_t done = 0, reach = want + FIRST_CANDIDATES;
    int code = MOLGLOT_OK;
    int64_t seen = 0;
    f->n_kept = f->n_short = 0;
    mg_numbers_free(&f->seen);
    const mg_question *question = &f->questions[q];
    f->meets = NULL;
    if (question->request && question->request->conditions && f->plan->groups) {
        f->meets = mg_meets_new(question->request, question->like, f->plan->groups,
                                f->plan->threads, err);
        if (!f->meets) return mg_code_of(err, MOLGLOT_FAILED);
    }
    if (f->taken) memset(f->taken, 0, ((size_t)f->total / 64 + 1) * sizeof *f->taken);
    score_rows(f, q);
    while (!code) {
        if (reach > total) reach = total;
        code = find_candidates(f, q, reach, err);
        if (!code) code = mg_halt_now(f->plan->halt, f->total, err);
        const size_t end = f->n_c < reach ? f->n_c : reach;
        if (!code) code = take_judged(f, q, done, end, want, &seen, err);
        if (end == total || end < reach || f->n_kept >= want) break;
        done = f->coded ? 0 : end;
        reach = reach > total / 8 ? total : 8 * reach;
    }
    if (!code) code = take_short(f, want, err);
    if (passed) *passed = f->n_kept < want ? seen : -1;
    mg_meets_free(f->meets);
    for (int i = 0; i < f->plan->k; i++) {
        const size_t at = (size_t)(f->plan->offset + i);
        out[i] = at < f->n_kept ? f->kept[at] : (mg_found){.row = -1, .part = -1};
    }
    return code;
}

int mg_find_run(const mg_find *plan, const mg_question *questions, int64_t n, mg_found *found,
                int64_t *passed, molglot_error *err) {
    finder f = {.plan = plan};
    mg_scanner *scanner = mg_scanner_new(plan->threads, false, err);
    int code = scanner ? open_finder(&f, n, err) : MOLGLOT_NO_MEMORY;
    if (scanner) mg_scanner_heed(scanner, plan->halt);
    const int64_t group = f.n;
    for (int64_t q = 0; q < n && !code; q += group) {
        f.questions = questions + q;
        f.n = n - q < group ? n - q : group;
        code = find_signals(&f, scanner, err);
        for (int64_t i = 0; i < f.n && !code; i++)
            code = answer(&f, i, found + (q + i) * plan->k, passed ? passed + q + i : NULL, err);
        mg_lexical_free(&f.words);
    }
    close_finder(&f);
    mg_scanner_free(scanner);
    return code;
}

int mg_find_named(const mg_index *const *parts, int n_parts, const char *const *names, size_t n,
                  int threads, mg_halt *halt, mg_found *found, molglot_error *err) {
    mg_lexical l;
    const int code = mg_lexical_scan(&l, parts, n_parts, names, n, true, threads, halt, err);
    for (size_t q = 0; q < n && !code; q++) {
        found[q] = (mg_found){.row = -1, .part = -1};
        for (size_t i = 0; i < l.count[q] && found[q].row < 0; i++) {
            const mg_lexical_row *r = &l.rows[q][i];
            if (r->name >= 1)
                found[q] = (mg_found){
                    .row = r->row, .part = r->part, .score = 1, .name = 1, .why = MG_WHY_NAME};
        }
    }
    mg_lexical_free(&l);
    return code;
}
