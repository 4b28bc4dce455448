/* count.c - a lexicon made from pairs of a molecule and a text.
 *
 *   pieces        parts of words of 2 to 16 letters, words, and two words, in at least least_piece
 *                 places; a part that a longer one nearly always holds is left out (0.9 of its
 *                 places), so "hydroxy" is a piece and "hydrox" none
 *   surroundings  those that least_around molecules have
 *   rounds        t(p | s) from expected counts: each piece p of a text is shared among the
 *                 surroundings s of its molecule and `none` in the proportion of w(s) t(p | s);
 * then t(p | s) = count(p, s) / (sum over p of count(p, s) + 5). The weights w say before any text
 * how likely it is that a kind of surrounding speaks; what is written is w t
 *
 * A surrounding that a molecule has several times counts once. One thread, one order: the same
 * pairs give the same bytes.
 */
#include "base/grow.h"
#include "model/lexicon/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By mg_surrounding_kind; tuned as docs/models/lexicon.md says. */
static const float WEIGHTS[MG_AROUND_KINDS] = {1, 1, 0.8F, 0.6F, 1, 1, 0.5F};
static const double NESTED = 0.9; /* share of a part's places that a longer one may hold */
static const float SMOOTH = 5.0F; /* added to a surrounding's sum: seldom seen ones claim less */

enum { MOST_AROUND = 65535 };

typedef struct pair {
    size_t text;             /* in texts */
    size_t around, n_around; /* in surroundings: hashes, then numbers of those that are kept */
    size_t pieces, n_pieces; /* in found */
} pair;

/* A number for each string of a text, by its hash. */
typedef struct tally {
    mg_numbers at;
    int64_t *count;
    size_t n, cap;
} tally;

struct mg_lexicon_maker {
    pair *pairs;
    size_t n, cap;
    mg_str texts;
    uint32_t *around;
    size_t n_around, cap_around;
    /* made by counting */
    int32_t *found; /* pieces of the texts */
    size_t n_found, cap_found;
    mg_names pieces;
    mg_str names; /* of the pieces, a line each */
    uint32_t *hashes;
    int32_t n_pieces, n_kept; /* n_kept: surroundings; `none` is number n_kept */
    float *t, *sum;           /* [n_kept + 1, n_pieces] and expected counts */
    int32_t *offsets;
    uint16_t *kept_around;
    uint8_t *eighths;
    size_t n_entries, cap_entries, cap_eighths;
    float *scale, *none;
    float weight_none;
};

mg_lexicon_options mg_lexicon_options_default(void) {
    return (mg_lexicon_options){
        .least_piece = 80, .least_around = 80, .rounds = 8, .keep = 0.93F, .none = 300};
}

mg_lexicon_maker *mg_lexicon_maker_new(molglot_error *err) {
    mg_lexicon_maker *k = calloc(1, sizeof *k);
    if (!k) mg_no_memory(err, "a lexicon");
    return k;
}

void mg_lexicon_maker_free(mg_lexicon_maker *k) {
    if (!k) return;
    mg_str_free(&k->texts);
    mg_str_free(&k->names);
    mg_names_free(&k->pieces);
    void *const blocks[] = {k->pairs,   k->around,      k->found,   k->hashes, k->t,   k->sum,
                            k->offsets, k->kept_around, k->eighths, k->scale,  k->none};
    for (size_t i = 0; i < MG_COUNT(blocks); i++) free(blocks[i]);
    free(k);
}

/* ---- pairs ---- */

static int by_number(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, each once; how many are left. */
static size_t unique(uint32_t *a, size_t n) {
    size_t kept = 0;
    if (n) qsort(a, n, sizeof *a, by_number);
    for (size_t i = 0; i < n; i++)
        if (!kept || a[kept - 1] != a[i]) a[kept++] = a[i];
    return kept;
}

int mg_lexicon_maker_add(mg_lexicon_maker *k, const mg_mol *m, const char *text,
                         molglot_error *err) {
    mg_surroundings s;
    int code = mg_mol_surroundings(m, &s, err);
    if (code) return code;
    const size_t n = unique(s.hashes, (size_t)s.n);
    const pair p = {.text = k->texts.n, .around = k->n_around, .n_around = n};
    if (!MG_GROW(k->pairs, k->cap, k->n + 1) || !MG_GROW(k->around, k->cap_around, k->n_around + n))
        code = mg_no_memory(err, "a lexicon");
    if (!code) {
        memcpy(k->around + k->n_around, s.hashes, n * sizeof *s.hashes);
        k->n_around += n;
        k->pairs[k->n++] = p;
        mg_str_add(&k->texts, text, strlen(text) + 1);
        if (k->texts.failed) code = mg_no_memory(err, "a lexicon");
    }
    mg_surroundings_free(&s);
    return code;
}

/* ---- pieces ---- */

static int64_t *tally_at(tally *t, const char *s, size_t n) {
    mg_slot *slot = mg_numbers_at(&t->at, mg_hash64(s, n, 0));
    if (!slot) return NULL;
    if (slot->value < 0) {
        if (!MG_GROW(t->count, t->cap, t->n + 1)) return NULL;
        t->count[t->n] = 0;
        slot->value = (int32_t)t->n++;
    }
    return &t->count[slot->value];
}

static int64_t tally_of(const tally *t, const char *s, size_t n) {
    const int32_t at = mg_numbers_find(&t->at, mg_hash64(s, n, 0));
    return at < 0 ? 0 : t->count[at];
}

static void tally_free(tally *t) {
    mg_numbers_free(&t->at);
    free(t->count);
}

/* Strings that may become pieces. */
typedef struct candidates {
    tally parts;    /* of words, words of all lengths, two words */
    mg_names words; /* to the number of word i */
    const char **word;
    int64_t *times;
    size_t n, cap, cap_times;
} candidates;

static void free_candidates(candidates *c) {
    tally_free(&c->parts);
    mg_names_free(&c->words);
    free(c->word);
    free(c->times);
}

static bool count_word(candidates *c, const char *s, size_t n) {
    mg_slot *slot = mg_names_copy(&c->words, s, n);
    if (!slot) return false;
    if (slot->value < 0) {
        if (!MG_GROW(c->word, c->cap, c->n + 1) || !MG_GROW(c->times, c->cap_times, c->n + 1))
            return false;
        c->word[c->n] = slot->key.name;
        c->times[c->n] = 0;
        slot->value = (int32_t)c->n++;
    }
    c->times[slot->value]++;
    return true;
}

/* Words, and two words as the finder reads them. */
static bool count_text(candidates *c, const lexicon_text *t) {
    for (size_t k = 0; k < t->n_runs; k++) {
        const lexicon_run r = t->runs[k];
        if (r.end - r.begin <= LEXICON_PIECE && !count_word(c, t->s + r.begin, r.end - r.begin))
            return false;
        if (!lexicon_follows(t, k)) continue;
        const size_t end = t->runs[k + 1].end,
                     last = lexicon_is_kind(t, k) ? r.end - 1 : r.begin + 1;
        for (size_t i = r.begin; i < last; i++) {
            if (end - i > LEXICON_PIECE) continue;
            if (!count_word(c, t->s + i, end - i)) return false;
        }
    }
    return true;
}

static size_t longest_part(const char *word, size_t n) {
    return strchr(word, ' ') ? 0 : n < LEXICON_INNER ? n : LEXICON_INNER;
}

static bool count_parts(candidates *c) {
    for (size_t w = 0; w < c->n; w++) {
        const char *s = c->word[w];
        const size_t n = strlen(s), most = longest_part(s, n);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 2; k <= most && i + k <= n; k++) {
                int64_t *count = tally_at(&c->parts, s + i, k);
                if (!count) return false;
                *count += c->times[w];
            }
        if (n <= most) continue;
        int64_t *count = tally_at(&c->parts, s, n);
        if (!count) return false;
        *count += c->times[w];
    }
    return true;
}

static bool name_piece(mg_lexicon_maker *k, const char *s, size_t n) {
    mg_slot *slot = mg_names_copy(&k->pieces, s, n);
    if (!slot) return false;
    if (slot->value >= 0) return true;
    slot->value = k->n_pieces++;
    mg_str_add(&k->names, s, n);
    mg_str_add(&k->names, "\n", 1);
    return !k->names.failed;
}

/* Whether a part of a word is often enough without one letter more on either side. */
static bool stands_alone(const candidates *c, const tally *longer, const char *s, size_t n) {
    return (double)tally_of(longer, s, n) < NESTED * (double)tally_of(&c->parts, s, n);
}

static bool most_of(tally *t, const char *s, size_t n, int64_t count) {
    int64_t *at = tally_at(t, s, n);
    if (at && count > *at) *at = count;
    return at != NULL;
}

/* The largest count of a part with one letter more, under the part itself. */
static bool count_longer(const candidates *c, int64_t least, tally *longer) {
    for (size_t w = 0; w < c->n; w++) {
        const char *s = c->word[w];
        const size_t n = strlen(s), most = longest_part(s, n);
        if (!most && !most_of(longer, s + 1, n - 1, c->times[w])) return false;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 3; k <= most && i + k <= n; k++) {
                const int64_t count = tally_of(&c->parts, s + i, k);
                if (count < least) break;
                if (!most_of(longer, s + i, k - 1, count) ||
                    !most_of(longer, s + i + 1, k - 1, count))
                    return false;
            }
    }
    return true;
}

static bool choose_pieces(mg_lexicon_maker *k, const candidates *c, int64_t least) {
    tally longer = {0};
    bool good = count_longer(c, least, &longer);
    for (size_t w = 0; good && w < c->n; w++) {
        const char *s = c->word[w];
        const size_t n = strlen(s), most = longest_part(s, n);
        for (size_t i = 0; good && i < n; i++)
            for (size_t p = 2; good && p <= most && i + p <= n; p++) {
                if (tally_of(&c->parts, s + i, p) < least) break;
                if (stands_alone(c, &longer, s + i, p)) good = name_piece(k, s + i, p);
            }
        if (good && c->times[w] >= least && (most || stands_alone(c, &longer, s, n)))
            good = name_piece(k, s, n);
    }
    tally_free(&longer);
    return good;
}

static int find_pieces(mg_lexicon_maker *k, int least, molglot_error *err) {
    candidates c = {0};
    lexicon_text t = {0};
    bool good = true;
    for (size_t i = 0; good && i < k->n; i++)
        good = lexicon_read(&t, k->texts.s + k->pairs[i].text) && count_text(&c, &t);
    good = good && count_parts(&c) && choose_pieces(k, &c, least);
    free_candidates(&c);
    lexicon_hits hits = {0};
    for (size_t i = 0; good && i < k->n; i++) {
        pair *p = &k->pairs[i];
        good = lexicon_read(&t, k->texts.s + p->text);
        if (good) lexicon_find(&k->pieces, &t, &hits);
        good = good && !hits.failed && MG_GROW(k->found, k->cap_found, k->n_found + hits.n);
        if (!good) break;
        p->pieces = k->n_found;
        for (size_t h = 0; h < hits.n; h++) k->found[k->n_found + h] = hits.at[h].piece;
        p->n_pieces = unique((uint32_t *)k->found + k->n_found, hits.n);
        k->n_found += p->n_pieces;
    }
    free(hits.at);
    lexicon_text_free(&t);
    return good ? MOLGLOT_OK : mg_no_memory(err, "the pieces of a lexicon");
}

/* ---- surroundings ---- */

/* Keeps the frequent ones, and puts their numbers where the hashes of the pairs stand. */
static int number_surroundings(mg_lexicon_maker *k, int least, molglot_error *err) {
    uint32_t *all = malloc((k->n_around + 1) * sizeof *all);
    if (!all) return mg_no_memory(err, "the surroundings of a lexicon");
    if (k->n_around) memcpy(all, k->around, k->n_around * sizeof *all);
    qsort(all, k->n_around, sizeof *all, by_number);
    size_t kept = 0;
    for (size_t i = 0, run; i < k->n_around; i += run) {
        for (run = 1; i + run < k->n_around && all[i + run] == all[i]; run++) {}
        if (run >= (size_t)least) all[kept++] = all[i];
    }
    if (kept > MOST_AROUND) {
        free(all);
        return mg_fail(err, MOLGLOT_FAILED, "%zu surroundings are frequent enough, %d at most",
                       kept, MOST_AROUND);
    }
    k->hashes = all;
    k->n_kept = (int32_t)kept;
    for (size_t i = 0; i < k->n; i++) {
        pair *p = &k->pairs[i];
        size_t n = 0;
        for (size_t a = 0; a < p->n_around; a++) {
            const uint32_t *at = bsearch(&k->around[p->around + a], all, kept, sizeof *all,
                                         by_number);
            if (at) k->around[p->around + n++] = (uint32_t)(at - all);
        }
        p->n_around = n;
    }
    return MOLGLOT_OK;
}

/* ---- rounds ---- */

static float weight(const mg_lexicon_maker *k, size_t s) {
    return s == (size_t)k->n_kept ? k->weight_none : WEIGHTS[k->hashes[s] & 7];
}

/* Expected counts of one pair; the logarithms of what its pieces' probabilities are, added up.
 * share[n_pieces]: room. */
static double expect(mg_lexicon_maker *k, const pair *p, float *share) {
    const size_t wide = (size_t)k->n_pieces, n = p->n_pieces;
    const int32_t *pieces = k->found + p->pieces;
    double loglik = 0;
    for (size_t i = 0; i < n; i++) share[i] = 1e-12F;
    for (size_t a = 0; a <= p->n_around; a++) {
        const size_t s = a < p->n_around ? k->around[p->around + a] : (size_t)k->n_kept;
        const float *t = k->t + s * wide, w = weight(k, s);
        for (size_t i = 0; i < n; i++) share[i] += w * t[pieces[i]];
    }
    for (size_t i = 0; i < n; i++) {
        loglik += log(share[i] / (double)(p->n_around + 1));
        share[i] = 1 / share[i];
    }
    for (size_t a = 0; a <= p->n_around; a++) {
        const size_t s = a < p->n_around ? k->around[p->around + a] : (size_t)k->n_kept;
        const float *t = k->t + s * wide, w = weight(k, s);
        float *sum = k->sum + s * wide;
        for (size_t i = 0; i < n; i++) sum[pieces[i]] += w * t[pieces[i]] * share[i];
    }
    return loglik;
}

static void maximise(mg_lexicon_maker *k) {
    const size_t wide = (size_t)k->n_pieces;
    for (size_t s = 0; s <= (size_t)k->n_kept; s++) {
        const float *sum = k->sum + s * wide;
        float *t = k->t + s * wide;
        double all = SMOOTH;
        for (size_t i = 0; i < wide; i++) all += (double)sum[i];
        for (size_t i = 0; i < wide; i++) t[i] = (float)(sum[i] / all);
    }
}

static int run_rounds(mg_lexicon_maker *k, int rounds,
                      void (*say)(void *user, int round, double loglik), void *user,
                      molglot_error *err) {
    size_t cells;
    const size_t wide = (size_t)k->n_pieces;
    float *share = malloc((wide + 1) * sizeof *share);
    if (mg_mul_size((size_t)k->n_kept + 1, wide, &cells) && cells < SIZE_MAX / sizeof(float)) {
        k->t = malloc(cells * sizeof *k->t);
        k->sum = malloc(cells * sizeof *k->sum);
    }
    if (!share || !k->t || !k->sum) {
        free(share);
        return mg_no_memory(err, "a lexicon of %d pieces and %d surroundings", k->n_pieces,
                            k->n_kept);
    }
    for (size_t i = 0; i < cells; i++) k->t[i] = 1 / (float)wide;
    for (int round = 0; round < rounds; round++) {
        double loglik = 0;
        memset(k->sum, 0, cells * sizeof *k->sum);
        for (size_t i = 0; i < k->n; i++) loglik += expect(k, &k->pairs[i], share);
        maximise(k);
        if (say) say(user, round + 1, loglik / (double)(k->n_found ? k->n_found : 1));
    }
    free(share);
    return MOLGLOT_OK;
}

/* ---- what is kept ---- */

typedef struct ranked {
    float count, t;
    int32_t s;
} ranked;

static int by_worth(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->s - y->s;
}

static bool keep_piece(mg_lexicon_maker *k, int32_t piece, float share, ranked *list) {
    const size_t wide = (size_t)k->n_pieces;
    double all = 0, kept = 0;
    float most = 0;
    for (int32_t s = 0; s < k->n_kept; s++) {
        const size_t at = (size_t)s * wide + (size_t)piece;
        list[s] = (ranked){k->sum[at], weight(k, (size_t)s) * k->t[at], s};
        all += (double)k->sum[at];
    }
    qsort(list, (size_t)k->n_kept, sizeof *list, by_worth);
    int32_t n = 0;
    for (; n < k->n_kept && kept < (double)share * all; n++) {
        kept += (double)list[n].count;
        most = list[n].t > most ? list[n].t : most;
    }
    k->scale[piece] = most;
    k->none[piece] = k->weight_none * k->t[(size_t)k->n_kept * wide + (size_t)piece];
    k->offsets[piece] = (int32_t)k->n_entries;
    for (int32_t i = 0; i < n; i++) {
        const double eighths = 8 * log2((double)most / (double)list[i].t);
        if (!(eighths < 255.5)) continue;
        if (!MG_GROW(k->kept_around, k->cap_entries, k->n_entries + 1) ||
            !MG_GROW(k->eighths, k->cap_eighths, k->n_entries + 1))
            return false;
        k->kept_around[k->n_entries] = (uint16_t)list[i].s;
        k->eighths[k->n_entries++] = (uint8_t)lround(eighths);
    }
    return true;
}

static int keep(mg_lexicon_maker *k, float share, molglot_error *err) {
    const size_t wide = (size_t)k->n_pieces;
    ranked *list = malloc(((size_t)k->n_kept + 1) * sizeof *list);
    k->offsets = malloc((wide + 1) * sizeof *k->offsets);
    k->scale = malloc((wide + 1) * sizeof *k->scale);
    k->none = malloc((wide + 1) * sizeof *k->none);
    bool good = list && k->offsets && k->scale && k->none;
    for (int32_t p = 0; good && p < k->n_pieces; p++) good = keep_piece(k, p, share, list);
    if (good) k->offsets[wide] = (int32_t)k->n_entries;
    free(list);
    return good ? MOLGLOT_OK : mg_no_memory(err, "a lexicon");
}

int mg_lexicon_maker_count(mg_lexicon_maker *k, const mg_lexicon_options *o,
                           void (*say)(void *user, int round, double loglik), void *user,
                           mg_lexicon_contents *out, molglot_error *err) {
    k->weight_none = o->none;
    int code = find_pieces(k, o->least_piece, err);
    if (!code) code = number_surroundings(k, o->least_around, err);
    if (!code && (!k->n_pieces || !k->n_kept))
        code = mg_fail(err, MOLGLOT_FAILED,
                       "too few pairs: no piece of a word stands in %d of them, or no surrounding",
                       o->least_piece);
    if (!code) code = run_rounds(k, o->rounds, say, user, err);
    if (!code) code = keep(k, o->keep, err);
    if (code) return code;
    *out = (mg_lexicon_contents){.pieces = k->n_pieces,
                                 .surroundings = k->n_kept,
                                 .entries = (int32_t)k->n_entries,
                                 .text = k->names.s,
                                 .text_bytes = k->names.n,
                                 .hashes = k->hashes,
                                 .offsets = k->offsets,
                                 .around = k->kept_around,
                                 .eighths = k->eighths,
                                 .scale = k->scale,
                                 .none = k->none};
    return MOLGLOT_OK;
}
