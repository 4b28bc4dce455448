/* texts.c - which of a list of texts say what a question says: one pass over them, without any
 * structure kept for it.
 *
 *   share = sum of idf over the content words of the question that stand in the text, of the sum
 *           over all of them;   idf = ln(1 + (n - df + 1/2) / (df + 1/2)), df of n texts holding it
 *
 * Neither how often a word stands there nor how long the text is counts: what is known best has the
 * longest texts.
 */
#include "base/grow.h"
#include "search/inside.h"

#include <math.h>
#include <stdlib.h>

typedef struct posting {
    int64_t row;
    uint32_t word;
} posting;

typedef struct pass {
    const mg_wording *w;
    uint64_t bloom; /* of the content words' hashes */
    posting *at;
    size_t n, cap;
} pass;

static uint64_t bit_of(uint64_t hash) { return (uint64_t)1 << (hash >> 8 & 63); }

/* Which content word it is; -1: none. */
static int content_of(const pass *p, uint64_t hash) {
    if (!(p->bloom & bit_of(hash))) return -1;
    for (int i = 0; i < p->w->n_content; i++)
        if (p->w->content[i] == hash) return i;
    return -1;
}

/* False: no memory. */
static bool read_text(pass *p, int64_t row, const char *text) {
    uint64_t seen = 0;
    const char *word;
    size_t n;
    for (uint64_t hash; (hash = mg_next_word(&text, &word, &n)) != 0;) {
        const int i = content_of(p, hash);
        if (i < 0 || (seen >> i & 1)) continue;
        seen |= (uint64_t)1 << i;
        if (!MG_GROW(p->at, p->cap, p->n + 1)) return false;
        p->at[p->n++] = (posting){row, (uint32_t)i};
    }
    return true;
}

static int read_texts(pass *p, const mg_texts *texts, molglot_error *err) {
    mg_str folded = {0};
    bool ok = true;
    for (int64_t row = 0; row < texts->n && ok; row++) {
        const char *text = mg_folded(texts->text(texts->of, row), &folded);
        ok = text && read_text(p, row, text);
    }
    mg_str_free(&folded);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the words of texts");
}

static bool is_better(const mg_texts *texts, const mg_text_hit *a, const mg_text_hit *b) {
    if (a->share != b->share || !texts->first) return a->share > b->share;
    return texts->first[a->row] > texts->first[b->row];
}

/* hits [k] are in order, `held` of them; takes one more where it is better. */
static void offer(const mg_texts *texts, mg_text_hit *hits, int k, int *held, mg_text_hit one) {
    if (*held == k && !is_better(texts, &one, &hits[k - 1])) return;
    int at = *held < k ? (*held)++ : k - 1;
    for (; at > 0 && is_better(texts, &one, &hits[at - 1]); at--) hits[at] = hits[at - 1];
    hits[at] = one;
}

static int rank(const pass *p, const mg_texts *texts, int k, mg_text_hit *hits) {
    double idf[MG_CONTENT_WORDS] = {0}, most = 0;
    int held = 0;
    for (size_t i = 0; i < p->n; i++) idf[p->at[i].word]++;
    for (int i = 0; i < p->w->n_content; i++) {
        idf[i] = log(1 + ((double)texts->n - idf[i] + 0.5) / (idf[i] + 0.5));
        most += idf[i];
    }
    for (size_t i = 0; i < p->n;) {
        mg_text_hit hit = {.row = p->at[i].row};
        double sum = 0;
        for (; i < p->n && p->at[i].row == hit.row; i++) sum += idf[p->at[i].word];
        hit.share = (float)(sum / most);
        if (k > 0) offer(texts, hits, k, &held, hit);
    }
    return held;
}

int mg_texts_saying(const mg_texts *texts, const char *question, int k, mg_text_hit *hits,
                    int *held, molglot_error *err) {
    mg_wording w;
    *held = 0;
    int code = mg_wording_read(&w, question, err);
    pass p = {.w = &w};
    for (int i = 0; i < w.n_content && !code; i++) p.bloom |= bit_of(w.content[i]);
    if (!code && w.n_content) code = read_texts(&p, texts, err);
    if (!code) *held = rank(&p, texts, k, hits);
    free(p.at);
    mg_wording_free(&w);
    return code;
}
