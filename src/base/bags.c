/* bags.c - vocabularies of hashed features: looking a feature up, and choosing the features worth
 * keeping.
 *
 * A feature is a 32-bit hash of an n-gram or a substructure. A vocabulary, whose features ascend,
 * has a directory by their upper bits: a feature is looked for among the one or two that share its
 * own. The counter's table uses open addressing with linear probing, at most half full.
 */
#include "base/bags.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fibonacci hashing; `bits` = log2 of the table size. The features are hashes already, but a caller
 * may pass small ones. */
static uint32_t slot_of(uint32_t hash, int bits) {
    return (uint32_t)((hash * 0x9E3779B97F4A7C15u) >> (64 - bits));
}

/* ---- vocabulary ---- */

typedef struct directory {
    int shift;
    int32_t start[]; /* [2^(32 - shift) + 1] the first id with hash >> shift of b or more */
} directory;

static directory *directory_new(const uint32_t *hashes, int32_t n) {
    int bits = 4;
    while (((size_t)2 << bits) < (size_t)n) bits++;
    const size_t buckets = (size_t)1 << bits;
    directory *d = malloc(sizeof *d + (buckets + 1) * sizeof *d->start);
    if (!d) return NULL;
    d->shift = 32 - bits;
    int32_t id = 0;
    for (size_t b = 0; b < buckets; b++) {
        while (id < n && hashes[id] >> d->shift < b) id++;
        d->start[b] = id;
    }
    d->start[buckets] = n;
    return d;
}

int mg_bag_vocab_init(mg_bag_vocab *v, const uint32_t *hashes, const float *weights, int32_t n,
                      molglot_error *err) {
    memset(v, 0, sizeof *v);
    if (n < 0) return mg_fail(err, MOLGLOT_USAGE, "a vocabulary cannot have %d features", n);
    for (int32_t i = 1; i < n; i++)
        if (hashes[i] <= hashes[i - 1])
            return mg_fail(err, MOLGLOT_BAD_FILE,
                           "vocabulary features do not ascend at position %d", i);
    size_t room = n ? (size_t)n : 1;
    v->n = n;
    v->hashes = malloc(room * sizeof *v->hashes);
    v->weights = malloc(room * sizeof *v->weights);
    v->map = directory_new(hashes, n);
    if (!v->hashes || !v->weights || !v->map) {
        mg_bag_vocab_free(v);
        return mg_no_memory(err, "a vocabulary of %d features", n);
    }
    if (n) {
        memcpy(v->hashes, hashes, (size_t)n * sizeof *hashes);
        memcpy(v->weights, weights, (size_t)n * sizeof *weights);
    }
    return MOLGLOT_OK;
}

void mg_bag_vocab_free(mg_bag_vocab *v) {
    free(v->hashes);
    free(v->weights);
    free(v->map);
    memset(v, 0, sizeof *v);
}

int32_t mg_bag_vocab_find(const mg_bag_vocab *v, uint32_t hash) {
    enum { FEW = 8 };
    const directory *d = v->map;
    if (!d) return -1;
    int32_t low = d->start[hash >> d->shift], high = d->start[(hash >> d->shift) + 1];
    while (high - low > FEW) { /* features that are no hashes may all be small */
        const int32_t mid = low + (high - low) / 2;
        if (v->hashes[mid] <= hash)
            low = mid;
        else
            high = mid;
    }
    while (low < high && v->hashes[low] < hash) low++;
    return low < high && v->hashes[low] == hash ? low : -1;
}

/* ---- counting ---- */

typedef struct count {
    uint32_t hash;
    int32_t df;   /* 0: empty slot */
    int64_t last; /* the last document that had it: repeats inside one do not count */
} count;

struct mg_bag_counter {
    count *slots;
    size_t used;
    int bits;
    int64_t documents;
};

mg_bag_counter *mg_bag_counter_new(void) {
    mg_bag_counter *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->bits = 12;
    c->slots = calloc((size_t)1 << c->bits, sizeof *c->slots);
    if (c->slots) return c;
    free(c);
    return NULL;
}

void mg_bag_counter_free(mg_bag_counter *c) {
    if (!c) return;
    free(c->slots);
    free(c);
}

static count *find_slot(count *slots, int bits, uint32_t hash) {
    size_t last = ((size_t)1 << bits) - 1;
    size_t at = slot_of(hash, bits);
    while (slots[at].df && slots[at].hash != hash) at = (at + 1) & last;
    return &slots[at];
}

static bool double_table(mg_bag_counter *c) {
    if (c->bits >= 32) return false;
    count *slots = calloc((size_t)2 << c->bits, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < (size_t)1 << c->bits; i++)
        if (c->slots[i].df) *find_slot(slots, c->bits + 1, c->slots[i].hash) = c->slots[i];
    free(c->slots);
    c->slots = slots;
    c->bits++;
    return true;
}

int mg_bag_counter_add(mg_bag_counter *c, const uint32_t *hashes, size_t n, molglot_error *err) {
    c->documents++;
    for (size_t i = 0; i < n; i++) {
        if (2 * (c->used + 1) > (size_t)1 << c->bits && !double_table(c))
            return mg_no_memory(err, "to count more than %zu features", c->used);
        count *s = find_slot(c->slots, c->bits, hashes[i]);
        if (s->df && s->last == c->documents) continue;
        if (!s->df) c->used++;
        s->hash = hashes[i];
        s->last = c->documents;
        if (s->df < INT32_MAX) s->df++;
    }
    return MOLGLOT_OK;
}

static int by_frequency(const void *pa, const void *pb) {
    const count *a = pa, *b = pb;
    if (a->df != b->df) return a->df > b->df ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static int by_hash(const void *pa, const void *pb) {
    const count *a = pa, *b = pb;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* The chosen features, ascending by hash; *n of them. NULL without memory. */
static count *choose(const mg_bag_counter *c, int32_t keep, int32_t min_df, int32_t *n) {
    count *all = malloc((c->used ? c->used : 1) * sizeof *all);
    if (!all) return NULL;
    size_t found = 0;
    for (size_t i = 0; i < (size_t)1 << c->bits; i++)
        if (c->slots[i].df && c->slots[i].df >= min_df) all[found++] = c->slots[i];
    qsort(all, found, sizeof *all, by_frequency);
    if (found > (size_t)keep) found = (size_t)keep;
    qsort(all, found, sizeof *all, by_hash);
    *n = (int32_t)found;
    return all;
}

int mg_bag_counter_vocab(const mg_bag_counter *c, int32_t keep, int32_t min_df, mg_bag_vocab *out,
                         molglot_error *err) {
    memset(out, 0, sizeof *out);
    if (keep < 0) return mg_fail(err, MOLGLOT_USAGE, "a vocabulary cannot keep %d features", keep);
    int32_t n = 0;
    count *chosen = choose(c, keep, min_df, &n);
    uint32_t *hashes = malloc((n ? (size_t)n : 1) * sizeof *hashes);
    float *weights = malloc((n ? (size_t)n : 1) * sizeof *weights);
    int code;
    if (!chosen || !hashes || !weights)
        code = mg_no_memory(err, "a vocabulary");
    else {
        for (int32_t i = 0; i < n; i++) {
            hashes[i] = chosen[i].hash;
            weights[i] = (float)(log((1.0 + (double)c->documents) / (1.0 + chosen[i].df)) + 1.0);
        }
        code = mg_bag_vocab_init(out, hashes, weights, n, err);
    }
    free(chosen);
    free(hashes);
    free(weights);
    return code;
}
