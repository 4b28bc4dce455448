/* caption.c - captions against references, as the field reports them (docs/reference/atomas.md
 * 11): BLEU-2 and -4 on SciBERT's pieces, ROUGE-1, -2, -L, METEOR with and without WordNet, and how
 * many are the same.
 *
 *   BLEU    exp(mean of log p_n) min(1, exp(1 - R / H)): p_n, H, R from sums over rows
 *   ROUGE   mean over rows of F1 = 2 P Q / (P + Q) of words of [a-z0-9]
 *   METEOR  mean over rows of F (1 - (chunks / m)^3 / 2), F = P Q / (.9 P + .1 Q), on pieces
 *
 * A row gives sums; measures are functions of sums over rows, so a bootstrap draws rows.
 */
#include "base/grow.h"
#include "score/inside.h"
#include "score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES_MOST = 512 };

struct mg_caption_scorer {
    mg_caption_scorer_options o;
    mg_wordpiece *pieces;
    int32_t *stem; /* [pieces] number of a piece's stem */
    int32_t n_stems;
    /* with WordNet: words of a stem's synsets that are stems too, [first[s], first[s + 1]) */
    int32_t *first, *synonyms;
};

/* ---- stems, and their synonyms ---- */

typedef struct listing {
    const mg_names *stems;
    int32_t *list;
    size_t n, cap;
    bool failed;
} listing;

static void take_synonym(void *user, const char *word, size_t n) {
    listing *l = user;
    const int32_t stem = mg_names_find_n(l->stems, word, n);
    if (stem < 0 || l->failed) return;
    if (!MG_GROW(l->list, l->cap, l->n + 1))
        l->failed = true;
    else
        l->list[l->n++] = stem;
}

/* words [n_stems] */
static int find_synonyms(mg_caption_scorer *s, const mg_names *stems, const char *const *words,
                         molglot_error *err) {
    mg_wordnet *w = mg_wordnet_open(s->o.wordnet, err);
    if (!w) return mg_code_of(err, MOLGLOT_BAD_FILE);
    listing l = {.stems = stems};
    s->first = calloc((size_t)s->n_stems + 1, sizeof *s->first);
    int code = s->first ? MOLGLOT_OK : mg_no_memory(err, "synonyms");
    for (int32_t i = 0; i < s->n_stems && !code; i++) {
        code = mg_wordnet_words(w, words[i], take_synonym, &l, err);
        s->first[i + 1] = (int32_t)l.n;
    }
    if (!code && l.failed) code = mg_no_memory(err, "synonyms");
    s->synonyms = l.list;
    mg_wordnet_close(w);
    return code;
}

static int find_stems(mg_caption_scorer *s, molglot_error *err) {
    const int32_t n = mg_wordpiece_size(s->pieces);
    mg_names stems = {0};
    const char **words = calloc((size_t)n + 1, sizeof *words);
    s->stem = calloc((size_t)n + 1, sizeof *s->stem);
    bool ok = s->stem && words;
    for (int32_t i = 0; i < n && ok; i++) {
        char stem[MG_STEM_BYTES];
        const char *piece = mg_wordpiece_piece(s->pieces, i);
        mg_slot *slot = mg_names_copy(&stems, stem, mg_porter_stem(piece, strlen(piece), stem));
        if (!(ok = slot != NULL)) break;
        if (slot->value < 0) slot->value = s->n_stems++, words[slot->value] = slot->key.name;
        s->stem[i] = slot->value;
    }
    int code = ok ? MOLGLOT_OK : mg_no_memory(err, "the stems");
    if (!code && s->o.wordnet) code = find_synonyms(s, &stems, words, err);
    free(words);
    mg_names_free(&stems);
    return code;
}

static int read_pieces(mg_caption_scorer *s, molglot_error *err) {
    mg_str text = {0};
    int code = MOLGLOT_OK;
    if (!s->o.vocab) {
        s->pieces = mg_wordpiece_scibert(err);
    } else if (!(code = mg_vocab_read(s->o.vocab, &text, err))) {
        s->pieces = mg_wordpiece_new(text.s ? text.s : "", text.n, err);
    }
    mg_str_free(&text);
    if (!code && !s->pieces) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!code && mg_wordpiece_size(s->pieces) >= MG_GRAM_IDS)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d pieces", s->o.vocab,
                       MG_GRAM_IDS - 1);
    return code;
}

mg_caption_scorer *mg_caption_scorer_new(const mg_caption_scorer_options *o, molglot_error *err) {
    mg_caption_scorer *s = calloc(1, sizeof *s);
    if (!s) {
        mg_no_memory(err, "a scorer");
        return NULL;
    }
    s->o = *o;
    s->o.scoring.threads = mg_threads(s->o.scoring.threads);
    if (!read_pieces(s, err) && !find_stems(s, err)) return s;
    mg_caption_scorer_free(s);
    return NULL;
}

void mg_caption_scorer_free(mg_caption_scorer *s) {
    if (!s) return;
    mg_wordpiece_free(s->pieces);
    free(s->stem);
    free(s->first);
    free(s->synonyms);
    free(s);
}

/* ---- BLEU ---- */

/* The published code takes it away. */
static const char *without_mark(const char *text) {
    return strncmp(text, "[CLS] ", 6) == 0 ? text + 6 : text;
}

typedef struct tokens {
    int32_t ids[PIECES_MOST], n;
    bool cut;
} tokens;

/* False: no memory. */
static bool cut_text(const mg_caption_scorer *s, const char *text, tokens *out) {
    int32_t more[PIECES_MOST + 1];
    const int32_t n = mg_wordpiece_encode(s->pieces, text, strlen(text), more, PIECES_MOST + 1);
    if (n < 0) return false;
    out->cut = n > PIECES_MOST;
    out->n = n < PIECES_MOST ? n : PIECES_MOST;
    memcpy(out->ids, more, (size_t)out->n * sizeof *more);
    return true;
}

static bool add_bleu(const tokens *reference, const tokens *output, mg_bleu *sums) {
    mg_grams r, o = {0};
    bool ok = mg_grams_of(reference->ids, reference->n, &r);
    ok = mg_grams_of(output->ids, output->n, &o) && ok;
    for (int k = 1; k <= MG_GRAM_ORDERS && ok; k++) {
        const int32_t count = mg_grams_count(&o, k);
        sums->matches[k - 1] += mg_grams_common(&r, &o, k);
        sums->grams[k - 1] += count ? count : 1;
    }
    sums->output_length += output->n;
    sums->reference_length += reference->n;
    mg_grams_free(&r);
    mg_grams_free(&o);
    return ok;
}

/* ---- ROUGE ---- */

typedef struct words {
    uint64_t *at; /* hashes of words, then of pairs of neighbours */
    int64_t n;
} words;

/* Runs of [a-z0-9] of the text in lower case. */
static bool words_of(const char *text, words *out) {
    const size_t n = strlen(text);
    char *low = malloc(n + 1);
    *out = (words){.at = malloc((n + 2) * sizeof *out->at)};
    if (!low || !out->at) {
        free(low);
        return false;
    }
    for (size_t i = 0; i <= n; i++)
        low[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    for (size_t i = 0; i < n;) {
        const size_t length = strspn(low + i, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (length) out->at[out->n++] = mg_hash64(low + i, length, 0);
        i += length ? length : 1;
    }
    free(low);
    return true;
}

static int by_number(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted runs of `order` words. */
static bool runs_of(const words *w, int64_t order, words *out) {
    *out = (words){.at = malloc(((size_t)w->n + 1) * sizeof *out->at)};
    if (!out->at) return false;
    for (int64_t i = 0; i + order <= w->n; i++)
        out->at[out->n++] = mg_hash64(w->at + i, (size_t)order * sizeof *w->at, 1);
    if (out->n > 1) qsort(out->at, (size_t)out->n, sizeof *out->at, by_number);
    return true;
}

static double f1(int64_t both, int64_t output, int64_t reference) {
    const double p = (double)both / (double)(output ? output : 1),
                 q = (double)both / (double)(reference ? reference : 1);
    return p + q > 0 ? 2 * p * q / (p + q) : 0;
}

static bool rouge_n(const words *reference, const words *output, int64_t order, double *value) {
    words r = {0}, o = {0};
    const bool ok = runs_of(reference, order, &r) && runs_of(output, order, &o);
    int64_t both = 0;
    for (int64_t i = 0, j = 0; ok && i < r.n && j < o.n;) {
        const bool less = r.at[i]<o.at[j], more = r.at[i]> o.at[j];
        both += !less && !more;
        i += !more;
        j += !less;
    }
    *value = f1(both, o.n, r.n);
    free(r.at);
    free(o.at);
    return ok;
}

/* By the longest common subsequence. */
static bool rouge_l(const words *reference, const words *output, double *value) {
    int32_t *row = calloc((size_t)output->n + 1, sizeof *row);
    if (!row) return false;
    for (int64_t i = 0; i < reference->n; i++) {
        int32_t corner = 0; /* of the row before, one to the left */
        for (int64_t j = 0; j < output->n; j++) {
            const int32_t above = row[j + 1];
            if (reference->at[i] == output->at[j])
                row[j + 1] = corner + 1;
            else if (row[j] > above)
                row[j + 1] = row[j];
            corner = above;
        }
    }
    *value = f1(row[output->n], output->n, reference->n);
    free(row);
    return true;
}

static bool rouge(const char *reference, const char *output, mg_caption_row *out) {
    words r = {0}, o = {0};
    const bool ok = words_of(reference, &r) && words_of(output, &o) &&
                    rouge_n(&r, &o, 1, &out->rouge1) && rouge_n(&r, &o, 2, &out->rouge2) &&
                    rouge_l(&r, &o, &out->rougeL);
    free(r.at);
    free(o.at);
    return ok;
}

/* ---- METEOR ---- */

typedef struct alignment {
    const mg_caption_scorer *s;
    const tokens *reference, *output;
    int32_t to[PIECES_MOST]; /* of an output's token: the reference's, -1: none */
    bool taken[PIECES_MOST]; /* of the reference */
    int stage;               /* 0: pieces, 1: stems, 2: synonyms */
} alignment;

static bool fits(const alignment *a, int32_t output, int32_t reference) {
    if (a->stage == 0) return output == reference;
    const int32_t x = a->s->stem[output], y = a->s->stem[reference];
    if (x == y) return true; /* in the last stage none is left */
    if (a->stage == 1) return false;
    for (int32_t i = a->s->first[x]; i < a->s->first[x + 1]; i++)
        if (a->s->synonyms[i] == y) return true;
    return false;
}

/* From the end: each token takes the last free one that fits. */
static void align(alignment *a) {
    for (int32_t i = a->output->n - 1; i >= 0; i--)
        for (int32_t j = a->reference->n - 1; j >= 0 && a->to[i] < 0; j--)
            if (!a->taken[j] && fits(a, a->output->ids[i], a->reference->ids[j]))
                a->to[i] = j, a->taken[j] = true;
}

static double meteor_of(const alignment *a) {
    int32_t matches = 0, chunks = 0, before = -2, last = -2;
    for (int32_t i = 0; i < a->output->n; i++) {
        if (a->to[i] < 0) continue;
        chunks += before != i - 1 || a->to[i] != last + 1;
        before = i, last = a->to[i];
        matches++;
    }
    if (!matches) return 0;
    const double p = (double)matches / a->output->n, q = (double)matches / a->reference->n;
    const double f = p * q / (.9 * p + .1 * q);
    return (1 - .5 * pow((double)chunks / matches, 3)) * f;
}

static void meteor(const mg_caption_scorer *s, const tokens *reference, const tokens *output,
                   mg_caption_row *out) {
    alignment a = {.s = s, .reference = reference, .output = output};
    for (int32_t i = 0; i < output->n; i++) a.to[i] = -1;
    for (; a.stage < 2; a.stage++) align(&a);
    out->meteor = out->meteor_wordnet = meteor_of(&a);
    if (!s->first) return;
    align(&a);
    out->meteor_wordnet = meteor_of(&a);
}

/* ---- rows ---- */

typedef struct row_sums {
    mg_bleu bleu;
    double rows, rouge1, rouge2, rougeL, meteor, meteor_wordnet, same;
} row_sums;
enum { SUMS = sizeof(row_sums) / sizeof(double) };

static bool score_row(const mg_caption_scorer *s, const char *reference, const char *output,
                      row_sums *sums, mg_caption_row *out) {
    tokens r, o;
    output = without_mark(output);
    if (!cut_text(s, reference, &r) || !cut_text(s, output, &o) || !add_bleu(&r, &o, &sums->bleu) ||
        !rouge(reference, output, out))
        return false;
    meteor(s, &r, &o, out);
    out->reference_tokens = r.n, out->output_tokens = o.n;
    out->cut = r.cut || o.cut;
    out->same = r.n == o.n && memcmp(r.ids, o.ids, (size_t)r.n * sizeof *r.ids) == 0;
    sums->rows = 1;
    sums->rouge1 = out->rouge1, sums->rouge2 = out->rouge2, sums->rougeL = out->rougeL;
    sums->meteor = out->meteor, sums->meteor_wordnet = out->meteor_wordnet;
    sums->same = out->same;
    return true;
}

/* ---- measures ---- */

static const char *const names[MG_CAPTION_MEASURES] = {
    "bleu_2", "bleu_4", "rouge_1", "rouge_2", "rouge_l", "meteor_no_wordnet", "meteor", "exact"};

static void measures_of(const mg_caption_scorer *s, const row_sums *t,
                        double out[MG_CAPTION_MEASURES]) {
    const double n = t->rows > 0 ? t->rows : NAN;
    const double values[MG_CAPTION_MEASURES] = {mg_bleu_orders(&t->bleu, 2),
                                                mg_bleu_orders(&t->bleu, 4),
                                                t->rouge1 / n,
                                                t->rouge2 / n,
                                                t->rougeL / n,
                                                t->meteor / n,
                                                s->first ? t->meteor_wordnet / n : NAN,
                                                t->same / n};
    memcpy(out, values, sizeof values);
}

static void add_rows(const row_sums *rows, int64_t n, mg_rng *rng, row_sums *out) {
    double *sum = (double *)out;
    memset(out, 0, sizeof *out);
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = rng ? (int64_t)mg_rng_below(rng, (uint64_t)n) : i;
        const double *row = (const double *)(rows + at);
        for (int k = 0; k < SUMS; k++) sum[k] += row[k];
    }
}

static int summarise(const mg_caption_scorer *s, const row_sums *rows, int64_t n,
                     mg_caption_scores *out, molglot_error *err) {
    const int times = s->o.scoring.bootstrap > 1 ? s->o.scoring.bootstrap : 0;
    double value[MG_CAPTION_MEASURES];
    double *again = malloc(sizeof *again * MG_CAPTION_MEASURES * ((size_t)times + 1));
    if (!again) return mg_no_memory(err, "%d resamples", times);
    row_sums sum;
    add_rows(rows, n, NULL, &sum);
    out->bleu = sum.bleu;
    measures_of(s, &sum, value);
#pragma omp parallel for num_threads(s->o.scoring.threads)
    for (int t = 0; t < times; t++) {
        mg_rng rng = {.seed = s->o.scoring.seed, .stream = (uint64_t)t};
        double one[MG_CAPTION_MEASURES];
        row_sums drawn;
        add_rows(rows, n, &rng, &drawn);
        measures_of(s, &drawn, one);
        for (int k = 0; k < MG_CAPTION_MEASURES; k++) again[k * times + t] = one[k];
    }
    for (int k = 0; k < MG_CAPTION_MEASURES; k++) {
        const mg_interval plain = {value[k], value[k], value[k]};
        out->measures[k] = (mg_measure){
            names[k], times ? mg_interval95(value[k], again + k * times, times) : plain};
    }
    free(again);
    return MOLGLOT_OK;
}

int mg_caption_scorer_run(const mg_caption_scorer *s, const char *const *reference,
                          const char *const *output, int64_t n, mg_caption_row *rows,
                          mg_caption_scores *out, molglot_error *err) {
    bool ok = true;
    int64_t cut = 0, same = 0;
    memset(out, 0, sizeof *out);
    if (n < 1) return mg_fail(err, MOLGLOT_USAGE, "there are no captions to score");
    row_sums *sums = calloc((size_t)n, sizeof *sums);
    if (!sums) return mg_no_memory(err, "the sums of %lld captions", (long long)n);
#pragma omp parallel for num_threads(s->o.scoring.threads) schedule(dynamic, 8) \
    reduction(&& : ok) reduction(+ : cut, same)
    for (int64_t i = 0; i < n; i++) {
        mg_caption_row one = {0};
        ok = ok && score_row(s, reference[i], output[i] ? output[i] : "", &sums[i], &one);
        cut += one.cut, same += one.same;
        if (rows) rows[i] = one;
    }
    out->rows = n, out->cut = cut, out->same = same;
    int code = ok ? summarise(s, sums, n, out, err) : mg_no_memory(err, "the scores");
    free(sums);
    return code;
}
