/* lexical.c - what the words of questions say about the rows of indexes, without any structure kept
 * for it: one pass over the strings of all rows finds the words of all questions.
 *
 *   rows on all threads    string -> words -> those of some question, counted    postings by row
 *   postings               words -> in how many rows -> weights -> BM25 of each question and row
 *   rows with all words    do they stand there side by side, and as what the row is?
 *   questions that no name answers and that hold an unknown word: names again, by edit distance
 *
 * A row's document is its names (id and columns of names; each word counts NAME_WEIGHT times, but
 * once in the length) and its text. With N rows, df of them holding a word, tf its count in a row:
 *   BM25 = sum over content words of idf tf (k1 + 1) / (tf + k1 (1 - b + b len/mean)), of the
 *          largest there could be, sum idf (k1 + 1);  idf = ln(1 + (N - df + 1/2) / (df + 1/2))
 * so a question's unknown words make every row's share smaller.
 */
#include "base/grow.h"
#include "search/inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define K1        1.2
#define B         0.5
#define NAME_CORE .9f /* a name is the question without words of grammar around */
#define NAME_PART .7f /* ... is a part of a name */
enum { NAME_WEIGHT = 3, BLOOM_BITS = 1 << 14 };

/* A content word of any of the questions, and which content word it is of which. */
typedef struct use {
    uint32_t question;
    uint32_t content;
} use;
typedef struct vocabulary {
    uint64_t bloom[BLOOM_BITS / 64];
    mg_numbers numbers; /* of hashes */
    size_t n;
    size_t *start; /* [n + 1] into uses */
    use *uses;
    mg_numbers keys; /* hash of a whole name to the first question that is it */
    int32_t *next;   /* [2 questions]: the next one with the same, or -1 */
} vocabulary;

typedef struct posting {
    int64_t row;
    int32_t part;
    uint32_t word, length; /* of the row's document */
    uint16_t count;
    bool in_text;
} posting;
typedef struct named {
    int64_t row;
    int32_t part;
    uint32_t question;
    bool whole; /* the whole question is it, not what is left without words of grammar around */
} named;

/* What a thread found, ascending by part and row. */
typedef struct finds {
    posting *postings;
    named *names;
    size_t n, cap, n_names, names_cap;
    double words;
    mg_str folded, key;
    bool failed;
} finds;

typedef struct name_columns {
    int *column; /* [n] */
    int n;
} name_columns;

typedef struct scan {
    const mg_index *const *parts;
    int n_parts;
    bool names_only;
    int64_t total;       /* rows of all parts */
    name_columns *names; /* [n_parts] */
    mg_lexical *out;
    vocabulary v;
    finds *threads;
    int n_threads;
    double *idf; /* [v.n] */
    double mean; /* words of a document */
    mg_halt *halt;
} scan;

/* Rows between two looks whether to go on. */
enum { A_LOOK = 256 };

static bool is_stopped(const scan *s) { return s->halt && atomic_load(&s->halt->stopped); }

/* ---- names of a row ---- */

/* Strings of a row that name it: its id, then the columns of names. False: no more. */
static bool next_name(const mg_index *x, const name_columns *c, int64_t row, int *at,
                      const char **name) {
    const int which = (*at)++;
    if (which > c->n) return false;
    *name = which ? mg_index_cell(x, row, c->column[which - 1]) : mg_index_id(x, row);
    return true;
}

/* A column whose title says that it names the row. */
static bool names_rows(const char *title) {
    static const char *const signs[] = {"name", "synonym", "title",    "alias", "label",
                                        "inn",  "drug",    "compound", "cas",   "iupac"};
    char low[64];
    size_t n = 0;
    for (; title[n] && n + 1 < sizeof low; n++)
        low[n] = (char)(title[n] >= 'A' && title[n] <= 'Z' ? title[n] | 32 : title[n]);
    low[n] = 0;
    if (n > 2 && !strcmp(low + n - 2, "id")) return true; /* "ChEMBL ID", "cid" */
    for (size_t i = 0; i < MG_COUNT(signs); i++)
        if (strstr(low, signs[i])) return true;
    return false;
}

static bool find_name_columns(scan *s) {
    s->names = calloc((size_t)s->n_parts + 1, sizeof *s->names);
    for (int p = 0; p < s->n_parts && s->names; p++) {
        const char *const *titles;
        const int n = mg_index_columns(s->parts[p], &titles);
        s->names[p].column = calloc((size_t)n + 1, sizeof *s->names[p].column);
        if (!s->names[p].column) return false;
        for (int c = 0; c < n; c++)
            if (names_rows(titles[c])) s->names[p].column[s->names[p].n++] = c;
    }
    return s->names != NULL;
}

/* Several names in one cell stand between ';' or '|'. */
static const char *cut_name(const char **s, size_t *n) {
    const char *from = *s;
    *n = strcspn(from, ";|");
    if (!*from) return NULL;
    *s = from + *n + (from[*n] != 0);
    return from;
}

/* ---- the questions' words ---- */

static void mark(vocabulary *v, uint64_t hash) {
    v->bloom[hash % BLOOM_BITS / 64] |= (uint64_t)1 << hash % 64;
}

/* The number of a row's word; -1: no question has it. */
static inline int32_t number_of(const vocabulary *v, uint64_t hash) {
    if (!(v->bloom[hash % BLOOM_BITS / 64] >> hash % 64 & 1)) return -1;
    return mg_numbers_find(&v->numbers, hash);
}

static bool add_key(vocabulary *v, uint64_t key, size_t place) {
    mg_slot *slot = mg_numbers_at(&v->keys, key);
    if (!slot) return false;
    v->next[place] = slot->value;
    slot->value = (int32_t)place;
    return true;
}

static bool number_words(vocabulary *v, const mg_lexical *l) {
    for (size_t q = 0; q < l->n; q++)
        for (int k = 0; k < l->wording[q].n_content; k++) {
            const uint64_t hash = l->wording[q].content[k];
            mg_slot *slot = mg_numbers_at(&v->numbers, hash);
            if (!slot) return false;
            if (slot->value < 0) slot->value = (int32_t)v->n++;
            mark(v, hash);
        }
    return true;
}

/* Uses of each word, as runs of one array. */
static bool collect_uses(vocabulary *v, const mg_lexical *l) {
    size_t n = 0;
    for (size_t q = 0; q < l->n; q++) n += (size_t)l->wording[q].n_content;
    v->start = calloc(v->n + 2, sizeof *v->start);
    v->uses = calloc(n + 1, sizeof *v->uses);
    if (!v->start || !v->uses) return false;
    for (size_t q = 0; q < l->n; q++)
        for (int k = 0; k < l->wording[q].n_content; k++)
            v->start[mg_numbers_find(&v->numbers, l->wording[q].content[k]) + 2]++;
    for (size_t w = 0; w < v->n; w++) v->start[w + 2] += v->start[w + 1];
    for (size_t q = 0; q < l->n; q++)
        for (int k = 0; k < l->wording[q].n_content; k++) {
            const int32_t w = mg_numbers_find(&v->numbers, l->wording[q].content[k]);
            v->uses[v->start[w + 1]++] = (use){(uint32_t)q, (uint32_t)k};
        }
    return true;
}

/* A question is two names: as it stands, and without words of grammar around it. */
static bool collect_keys(vocabulary *v, const mg_lexical *l) {
    v->next = malloc((2 * l->n + 1) * sizeof *v->next);
    bool ok = v->next != NULL;
    for (size_t q = 0; q < l->n && ok; q++) {
        const mg_wording *w = &l->wording[q];
        if (w->key) ok = add_key(v, w->key, 2 * q);
        if (ok && w->core_key && w->core_key != w->key) ok = add_key(v, w->core_key, 2 * q + 1);
    }
    return ok;
}

/* ---- the pass over the rows ---- */

/* Counts of the row's words are at the end of the postings, from `first` on. */
static void count_word(finds *f, size_t first, const posting *row, uint32_t word, unsigned weight,
                       bool in_text) {
    for (size_t i = first; i < f->n; i++)
        if (f->postings[i].word == word) {
            const unsigned count = f->postings[i].count + weight;
            f->postings[i].count = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
            f->postings[i].in_text |= in_text;
            return;
        }
    if (!MG_GROW(f->postings, f->cap, f->n + 1)) {
        f->failed = true;
        return;
    }
    posting p = *row;
    p.word = word;
    p.count = (uint16_t)weight;
    p.in_text = in_text;
    f->postings[f->n++] = p;
}

static uint32_t count_words(const scan *s, finds *f, size_t first, const posting *row,
                            const char *text, unsigned weight) {
    uint32_t length = 0;
    size_t n;
    const char *word;
    for (uint64_t hash; (hash = mg_next_word(&text, &word, &n)) != 0; length++) {
        const int32_t number = number_of(&s->v, hash);
        if (number >= 0) count_word(f, first, row, (uint32_t)number, weight, weight == 1);
    }
    return length;
}

static void match_names(const scan *s, finds *f, const posting *row, const char *names) {
    size_t n;
    for (const char *name; (name = cut_name(&names, &n)) != NULL;) {
        const uint64_t key = mg_name_key(name, n, &f->key);
        if (f->key.failed) f->failed = true;
        if (!key) continue;
        for (int32_t at = mg_numbers_find(&s->v.keys, key); at >= 0; at = s->v.next[at]) {
            if (!MG_GROW(f->names, f->names_cap, f->n_names + 1)) {
                f->failed = true;
                return;
            }
            f->names[f->n_names++] = (named){row->row, row->part, (uint32_t)at / 2, at % 2 == 0};
        }
    }
}

static void scan_row(const scan *s, finds *f, int part, int64_t row) {
    const mg_index *x = s->parts[part];
    const size_t first = f->n;
    const posting here = {.row = row, .part = part};
    uint32_t length = 0;
    const char *string;
    for (int at = 0; next_name(x, &s->names[part], row, &at, &string);) {
        if (!*string) continue;
        const char *names = mg_folded(string, &f->folded);
        if (!names) {
            f->failed = true;
            return;
        }
        length += count_words(s, f, first, &here, names, NAME_WEIGHT);
        match_names(s, f, &here, names);
    }
    string = s->names_only ? "" : mg_index_text(x, row);
    const char *text = *string ? mg_folded(string, &f->folded) : string;
    if (!text) {
        f->failed = true;
        return;
    }
    length += count_words(s, f, first, &here, text, 1);
    for (size_t i = first; i < f->n; i++) f->postings[i].length = length;
    f->words += length;
}

/* Each thread takes one run of all rows, so that its finds are in order. */
static bool scan_rows(scan *s) {
#pragma omp parallel for num_threads(s->n_threads) schedule(static, 1)
    for (int t = 0; t < s->n_threads; t++) {
        const int64_t from = s->total * t / s->n_threads, to = s->total * (t + 1) / s->n_threads;
        int64_t base = 0;
        for (int p = 0; p < s->n_parts; p++) {
            const int64_t n = mg_index_size(s->parts[p]);
            int64_t row = from > base ? from - base : 0;
            for (; row < n && base + row < to && !s->threads[t].failed; row++) {
                if (row % A_LOOK == 0 &&
                    mg_halt_at(s->halt, omp_get_thread_num(), A_LOOK, MG_HALT_STRINGS))
                    break;
                scan_row(s, &s->threads[t], p, row);
            }
            base += n;
        }
    }
    for (int t = 0; t < s->n_threads; t++)
        if (s->threads[t].failed) return false;
    return !is_stopped(s);
}

/* ---- postings to rows of each question ---- */

static bool weigh(scan *s) {
    double words = 0;
    s->idf = calloc(s->v.n + 1, sizeof *s->idf);
    if (!s->idf) return false;
    for (int t = 0; t < s->n_threads; t++) {
        words += s->threads[t].words;
        for (size_t i = 0; i < s->threads[t].n; i++) s->idf[s->threads[t].postings[i].word]++;
    }
    s->mean = words > 0 ? words / (double)s->total : 1;
    for (size_t w = 0; w < s->v.n; w++)
        s->idf[w] = log(1 + ((double)s->total - s->idf[w] + 0.5) / (s->idf[w] + 0.5));
    return true;
}

/* The entry of a row that is not before the last one. */
static mg_lexical_row *entry(mg_lexical *l, size_t question, int32_t part, int64_t row) {
    size_t *n = &l->count[question];
    mg_lexical_row *rows = l->rows[question];
    if (*n && rows[*n - 1].row == row && rows[*n - 1].part == part) return &rows[*n - 1];
    if (!MG_GROW(l->rows[question], l->cap[question], *n + 1)) return NULL;
    rows = l->rows[question];
    rows[*n] = (mg_lexical_row){.row = row, .part = part};
    return &rows[(*n)++];
}

static bool take_posting(scan *s, const posting *p) {
    const double tf = p->count, k = K1 * (1 - B + B * p->length / s->mean);
    const float weight = (float)(s->idf[p->word] * tf * (K1 + 1) / (tf + k));
    for (size_t u = s->v.start[p->word]; u < s->v.start[p->word + 1]; u++) {
        const use *of = &s->v.uses[u];
        mg_lexical_row *r = entry(s->out, of->question, p->part, p->row);
        if (!r) return false;
        r->bm25 += weight;
        r->words |= (uint64_t)1 << of->content;
        if (p->in_text) r->text_words |= (uint64_t)1 << of->content;
    }
    return true;
}

static bool before(int32_t part, int64_t row, const named *n) {
    return part != n->part ? part < n->part : row <= n->row;
}

/* Postings and names of a thread, in the order of their rows. */
static bool take_finds(scan *s, const finds *f) {
    size_t i = 0;
    bool ok = true;
    for (size_t k = 0; k < f->n_names && ok; k++) {
        const named *n = &f->names[k];
        for (; i < f->n && ok && before(f->postings[i].part, f->postings[i].row, n); i++)
            ok = take_posting(s, &f->postings[i]);
        mg_lexical_row *r = ok ? entry(s->out, n->question, n->part, n->row) : NULL;
        if (!r) return false;
        r->name = n->whole ? 1 : NAME_CORE;
    }
    for (; i < f->n && ok; i++) ok = take_posting(s, &f->postings[i]);
    return ok;
}

/* ---- phrases ---- */

enum { QUOTE = 3 }; /* words of a question, at least, that is worth looking for word for word */

/* Whether the n words stand side by side in the string. */
static bool has_phrase(const mg_question_word *words, size_t n, const char *text) {
    size_t length;
    const char *word;
    for (const char *from = text; n > 0;) {
        uint64_t hash = mg_next_word(&from, &word, &length);
        const char *at = from;
        size_t matched = 0;
        if (!hash) return false;
        while (hash && hash == words[matched].hash && ++matched < n)
            hash = mg_next_word(&at, &word, &length);
        if (matched == n) return true;
    }
    return false;
}

static uint64_t all_content(const mg_wording *w) {
    return w->n_content == 64 ? UINT64_MAX : ((uint64_t)1 << w->n_content) - 1;
}

/* Phrases of the rows that hold all content words of a question. */
static bool find_phrases(scan *s, size_t q) {
    const mg_wording *w = &s->out->wording[q];
    const uint64_t all = all_content(w);
    const mg_question_word *core = w->words + w->core;
    const size_t n_core = w->core_end - w->core;
    mg_str folded = {0};
    bool ok = true;
    if (!w->n_content) return true;
    for (size_t i = 0; i < s->out->count[q] && ok; i++) {
        mg_lexical_row *r = &s->out->rows[q][i];
        if (r->words != all) continue;
        if (mg_halt_at(s->halt, 0, 1, MG_HALT_STRINGS)) break;
        const mg_index *x = s->parts[r->part];
        const char *string = NULL;
        bool found = false;
        for (int at = 0; ok && next_name(x, &s->names[r->part], r->row, &at, &string);) {
            const char *names = mg_folded(string, &folded);
            ok = names != NULL;
            if (ok) found = found || has_phrase(core, n_core, names);
        }
        const char *text = ok ? mg_folded(mg_index_text(x, r->row), &folded) : NULL;
        ok = text != NULL;
        if (found && !(r->name > 0)) r->name = NAME_PART;
        r->phrase = ok && (found || has_phrase(core, n_core, text));
        r->quote = ok && w->n >= QUOTE && has_phrase(w->words, w->n, text);
    }
    mg_str_free(&folded);
    return ok && !is_stopped(s);
}

/* ---- misspelt names ---- */

enum { SHORTEST = 4, LONGEST = 96, MOST_WORDS = 8 };

static int edits_allowed(size_t n) { return n < 8 ? 1 : n < 14 ? 2 : 3; }

static bool same_digits(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a && (uint8_t)(*a - '0') > 9) a++;
        while (*b && (uint8_t)(*b - '0') > 9) b++;
        if (*a != *b || !*a) return *a == *b;
    }
}

/* Edits (a letter more, less, another, two swapped) from a to b; more than `most`: most + 1. */
static int distance(const char *a, size_t n, const char *b, size_t m, int most) {
    int rows[3][LONGEST + 1];
    if ((n > m ? n - m : m - n) > (size_t)most) return most + 1;
    for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = rows[i % 3], *last = rows[(i + 2) % 3], *second = rows[(i + 1) % 3], least;
        least = now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                second[j - 2] + 1 < d)
                d = second[j - 2] + 1;
            now[j] = d;
            if (d < least) least = d;
        }
        if (least > most) return most + 1;
    }
    return rows[n % 3][m] > most ? most + 1 : rows[n % 3][m];
}

/* How near a row's nearest name is to the question's: 0, or below 1. */
static float misspelt(const scan *s, const mg_wording *w, int part, int64_t row, finds *f) {
    const mg_index *x = s->parts[part];
    const int most = edits_allowed(w->name.n);
    int best = most + 1;
    const char *string;
    size_t n;
    for (int at = 0; next_name(x, &s->names[part], row, &at, &string);) {
        const char *names = mg_folded(string, &f->folded);
        for (const char *name; names && (name = cut_name(&names, &n)) != NULL;) {
            if (n > LONGEST || n + (size_t)most < w->name.n) continue;
            mg_name_key(name, n, &f->key);
            if (f->key.failed || !f->key.n) continue;
            const int d = distance(w->name.s, w->name.n, f->key.s, f->key.n, best - 1);
            if (d < best && same_digits(w->name.s, f->key.s)) best = d;
        }
    }
    return best > most ? 0 : 1 - (float)best / (float)w->name.n;
}

static bool wants_spelling(const scan *s, size_t q) {
    const mg_wording *w = &s->out->wording[q];
    uint64_t known = 0;
    if (w->name.n < SHORTEST || w->name.n > LONGEST || w->n > MOST_WORDS || !w->n_content)
        return false;
    for (size_t i = 0; i < s->out->count[q]; i++) {
        if (s->out->rows[q][i].name > NAME_PART) return false;
        known |= s->out->rows[q][i].words;
    }
    return known != all_content(w);
}

static int by_row(const void *a, const void *b) {
    const mg_lexical_row *x = a, *y = b;
    return x->part != y->part ? (x->part > y->part) - (x->part < y->part)
                              : (x->row > y->row) - (x->row < y->row);
}

static bool correct_spelling(scan *s, size_t q) {
    mg_lexical *l = s->out;
    const size_t before_it = l->count[q];
    for (int p = 0; p < s->n_parts; p++)
        for (int64_t row = 0; row < mg_index_size(s->parts[p]); row++) {
            if (row % A_LOOK == 0 && mg_halt_at(s->halt, 0, A_LOOK, MG_HALT_STRINGS)) return false;
            const float name = misspelt(s, &l->wording[q], p, row, &s->threads[0]);
            if (!(name > 0)) continue;
            const mg_lexical_row key = {.row = row, .part = p};
            mg_lexical_row *r = before_it ? bsearch(&key, l->rows[q], before_it, sizeof key, by_row)
                                          : NULL;
            if (!r) {
                if (!MG_GROW(l->rows[q], l->cap[q], l->count[q] + 1)) return false;
                r = &l->rows[q][l->count[q]++];
                *r = key;
            }
            r->name = name;
            r->misspelt = true;
        }
    if (l->count[q] > before_it) qsort(l->rows[q], l->count[q], sizeof *l->rows[q], by_row);
    return !s->threads[0].key.failed && !s->threads[0].folded.failed;
}

/* ---- all of it ---- */

/* BM25 of the largest there could be. */
static void normalise(scan *s, size_t q) {
    const mg_wording *w = &s->out->wording[q];
    double most = 0;
    for (int k = 0; k < w->n_content; k++)
        most += s->idf[mg_numbers_find(&s->v.numbers, w->content[k])] * (K1 + 1);
    for (size_t i = 0; i < s->out->count[q]; i++) s->out->rows[q][i].bm25 /= (float)most;
}

static bool run(scan *s) {
    mg_lexical *l = s->out;
    bool ok = number_words(&s->v, l) && collect_uses(&s->v, l) && collect_keys(&s->v, l);
    s->threads = calloc((size_t)s->n_threads, sizeof *s->threads);
    ok = ok && s->threads && find_name_columns(s) && scan_rows(s) && weigh(s);
    for (int t = 0; t < s->n_threads && ok; t++) ok = take_finds(s, &s->threads[t]);
    for (size_t q = 0; q < l->n && ok; q++) {
        normalise(s, q);
        ok = find_phrases(s, q);
        if (ok && wants_spelling(s, q)) ok = correct_spelling(s, q);
    }
    return ok;
}

static void free_scan(scan *s) {
    for (int t = 0; t < s->n_threads && s->threads; t++) {
        free(s->threads[t].postings);
        free(s->threads[t].names);
        mg_str_free(&s->threads[t].folded);
        mg_str_free(&s->threads[t].key);
    }
    free(s->threads);
    for (int p = 0; p < s->n_parts && s->names; p++) free(s->names[p].column);
    free(s->names);
    free(s->idf);
    free(s->v.start);
    free(s->v.uses);
    free(s->v.next);
    mg_numbers_free(&s->v.numbers);
    mg_numbers_free(&s->v.keys);
}

int mg_lexical_scan(mg_lexical *l, const mg_index *const *parts, int n_parts,
                    const char *const *questions, size_t n, bool names_only, int threads,
                    mg_halt *halt, molglot_error *err) {
    memset(l, 0, sizeof *l);
    l->wording = calloc(n + 1, sizeof *l->wording);
    l->rows = calloc(n + 1, sizeof *l->rows);
    l->count = calloc(n + 1, sizeof *l->count);
    l->cap = calloc(n + 1, sizeof *l->cap);
    bool ok = l->wording && l->rows && l->count && l->cap, any = false;
    if (ok) l->n = n;
    for (size_t q = 0; q < n && ok; q++) {
        any |= questions[q] != NULL;
        if (questions[q]) ok = mg_wording_read(&l->wording[q], questions[q], err) == MOLGLOT_OK;
    }
    scan s = {.parts = parts, .n_parts = n_parts, .names_only = names_only, .out = l, .halt = halt};
    for (int p = 0; p < n_parts; p++) s.total += mg_index_size(parts[p]);
    s.n_threads = mg_threads(threads);
    if (s.total < 4096) s.n_threads = 1; /* threads would cost more than they save */
    ok = ok && (!any || run(&s));
    free_scan(&s);
    const int code = mg_halt_now(halt, 0, err);
    if (ok && !code) return MOLGLOT_OK;
    mg_lexical_free(l);
    return code ? code : mg_no_memory(err, "the words of %zu questions", n);
}

void mg_lexical_free(mg_lexical *l) {
    for (size_t q = 0; q < l->n; q++) {
        mg_wording_free(&l->wording[q]);
        free(l->rows[q]);
    }
    free(l->wording);
    free(l->rows);
    free(l->count);
    free(l->cap);
    memset(l, 0, sizeof *l);
}
