/* unconditional.c - a set of generated molecules against a set of known ones: validity,
 * uniqueness, novelty, GuacaMol's KL score, scaffold and fragment similarity, internal diversity.
 *
 * Definitions are those of GuacaMol (J. Chem. Inf. Model. 59, 1096, 2019) and MOSES (Front.
 * Pharmacol. 11, 565644, 2020); docs/scores.md has them in full. All pairs of molecules are
 * compared through lists of which molecules have a bit: with some 50 of 4096 bits set, that is
 * several times faster than comparing bit by bit.
 */
#include "data/table/table.h"
#include "score/inside.h"
#include "score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIMILARITY_BITS = 4096, DIVERSITY_BITS = 1024, KDE_POINTS = 1000, BINS = 10, MIN_RINGS = 2 };
#define FLOOR 1e-10 /* added to every density */

/* ---- Kullback-Leibler divergences ---- */

/* Of q from p, both scaled to sum 1. */
static double divergence(const double *p, const double *q, int n) {
    double sum_p = 0, sum_q = 0, d = 0;
    for (int i = 0; i < n; i++) sum_p += p[i], sum_q += q[i];
    for (int i = 0; i < n; i++) d += p[i] / sum_p * log((p[i] / sum_p) / (q[i] / sum_q));
    return d;
}

/* Density at x [KDE_POINTS] by Gaussians with Scott's width; false when all samples are equal. */
static bool kernel_density(const double *v, size_t n, const double *x, int threads, double *out) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++) mean += v[i] / (double)n;
    for (size_t i = 0; i < n; i++) variance += (v[i] - mean) * (v[i] - mean) / (double)(n - 1);
    variance *= pow((double)n, -0.4);
    if (n < 2 || !(variance > 0)) return false;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int k = 0; k < KDE_POINTS; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += exp(-(x[k] - v[i]) * (x[k] - v[i]) / (2 * variance));
        out[k] = sum / ((double)n * sqrt(2 * M_PI * variance)) + FLOOR;
    }
    return true;
}

static void extremes(const double *v, size_t n, double *low, double *high) {
    for (size_t i = 0; i < n; i++) {
        if (v[i] < *low) *low = v[i];
        if (v[i] > *high) *high = v[i];
    }
}

double mg_kl_continuous(const double *baseline, size_t nb, const double *sampled, size_t ns,
                        int threads) {
    double x[KDE_POINTS], p[KDE_POINTS], q[KDE_POINTS], low = INFINITY, high = -INFINITY;
    extremes(baseline, nb, &low, &high);
    extremes(sampled, ns, &low, &high);
    for (int k = 0; k < KDE_POINTS; k++) x[k] = low + k * ((high - low) / (KDE_POINTS - 1));
    return kernel_density(baseline, nb, x, threads, p) && kernel_density(sampled, ns, x, threads, q)
               ? divergence(p, q, KDE_POINTS)
               : NAN;
}

/* Shares of the values that lie in each bin; the last bin has its upper end. False when none
 * does. */
static bool histogram(const double *v, size_t n, const double edges[BINS + 1], double out[BINS]) {
    double total = 0;
    memset(out, 0, BINS * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        int bin = BINS - 1;
        if (!(v[i] >= edges[0] && v[i] <= edges[BINS])) continue;
        while (v[i] < edges[bin]) bin--;
        out[bin]++;
        total++;
    }
    for (int k = 0; k < BINS; k++) out[k] = out[k] / (total * (edges[k + 1] - edges[k])) + FLOOR;
    return total > 0;
}

double mg_kl_discrete(const double *baseline, size_t nb, const double *sampled, size_t ns) {
    double edges[BINS + 1], p[BINS], q[BINS], low = INFINITY, high = -INFINITY;
    extremes(baseline, nb, &low, &high);
    if (low == high) low -= 0.5, high += 0.5;
    for (int k = 0; k < BINS; k++) edges[k] = low + k * ((high - low) / BINS);
    edges[BINS] = high;
    return histogram(baseline, nb, edges, p) && histogram(sampled, ns, edges, q)
               ? divergence(p, q, BINS)
               : NAN;
}

/* ---- a set of molecules ---- */

typedef struct molecule {
    double descriptors[MG_DESCRIPTORS];
    uint16_t *bits;
    int n_bits;
    bool ok;
} molecule;

static int on_bits(const mg_mol *m, int nbits, uint16_t **out, int *n) {
    uint8_t bits[SIMILARITY_BITS / 8];
    int code = mg_mol_fingerprint(m, MG_FP_MORGAN, 2, nbits, bits, NULL);
    *n = 0;
    if (code) return code;
    for (int i = 0; i < nbits; i++) *n += bits[i / 8] >> (i % 8) & 1;
    if (!(*out = malloc(((size_t)*n + 1) * sizeof **out))) return MOLGLOT_NO_MEMORY;
    for (int i = 0, k = 0; i < nbits; i++)
        if (bits[i / 8] >> (i % 8) & 1) (*out)[k++] = (uint16_t)i;
    return MOLGLOT_OK;
}

/* Descriptors (if wanted) and bits of n molecules; what cannot be read is not ok. *out [n], also
 * after a failure. */
static int read_set(const char *const *smiles, size_t n, int nbits, bool descriptors, int threads,
                    molecule **out, molglot_error *err) {
    int failed = MOLGLOT_OK;
    *out = calloc(n + 1, sizeof **out);
    if (!*out) return mg_no_memory(err, "%zu molecules", n);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++) {
        molecule *x = &(*out)[i];
        mg_mol *m = mg_read_scored(smiles[i]);
        int code = m ? on_bits(m, nbits, &x->bits, &x->n_bits) : MOLGLOT_FAILED;
        if (!code && descriptors) code = mg_mol_descriptors(m, x->descriptors, NULL);
        x->ok = code == MOLGLOT_OK;
        mg_mol_free(m);
        if (code == MOLGLOT_NO_MEMORY) {
#pragma omp atomic write
            failed = code;
        }
    }
    return failed ? mg_no_memory(err, "%zu molecules", n) : MOLGLOT_OK;
}

static void free_set(molecule *x, size_t n) {
    for (size_t i = 0; i < n && x; i++) free(x[i].bits);
    free(x);
}

/* Moves the readable ones to the front; returns how many. */
static size_t keep_readable(molecule *x, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (x[i].ok) {
            molecule swap = x[kept];
            x[kept++] = x[i];
            x[i] = swap;
        }
    }
    return kept;
}

/* ---- all pairs ---- */

/* Which molecules have a bit: who[start[b] .. start[b+1]). */
typedef struct holders {
    int64_t *start;
    int32_t *who;
} holders;

static bool holders_init(holders *h, const molecule *x, size_t n, int nbits) {
    h->start = calloc((size_t)nbits + 2, sizeof *h->start);
    int64_t total = 0;
    for (size_t i = 0; i < n; i++) total += x[i].n_bits;
    h->who = malloc(((size_t)total + 1) * sizeof *h->who);
    if (!h->start || !h->who) return false;
    for (size_t i = 0; i < n; i++) /* counts, two places on */
        for (int k = 0; k < x[i].n_bits; k++) h->start[x[i].bits[k] + 2]++;
    for (int b = 2; b <= nbits; b++) h->start[b] += h->start[b - 1];
    for (size_t i = 0; i < n; i++) /* and one place back: starts */
        for (int k = 0; k < x[i].n_bits; k++) h->who[h->start[x[i].bits[k] + 1]++] = (int32_t)i;
    return true;
}

/* Of molecule i with the others: the largest Tanimoto similarity (0 without others) and the sum,
 * itself included. */
static void compare_all(const holders *h, const molecule *x, size_t n, size_t i, int32_t *common,
                        double *largest, double *sum) {
    memset(common, 0, n * sizeof *common);
    for (int k = 0; k < x[i].n_bits; k++)
        for (int64_t p = h->start[x[i].bits[k]]; p < h->start[x[i].bits[k] + 1]; p++)
            common[h->who[p]]++;
    *largest = 0;
    *sum = 0;
    for (size_t j = 0; j < n; j++) {
        int either = x[i].n_bits + x[j].n_bits - common[j];
        double t = either ? (double)common[j] / either : 1;
        *sum += t;
        if (j != i && t > *largest) *largest = t;
    }
}

/* largest [n], sums [n]; either may be NULL. */
static int all_pairs(const molecule *x, size_t n, int nbits, int threads, double *largest,
                     double *sums, molglot_error *err) {
    holders h = {0};
    bool ok = holders_init(&h, x, n, nbits);
#pragma omp parallel num_threads(threads) reduction(&& : ok)
    {
        int32_t *common = malloc((n + 1) * sizeof *common);
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < n; i++) {
            double most, sum;
            ok = ok && common;
            if (!ok) continue;
            compare_all(&h, x, n, i, common, &most, &sum);
            if (largest) largest[i] = most;
            if (sums) sums[i] = sum;
        }
        free(common);
    }
    free(h.start);
    free(h.who);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the pairs of %zu molecules", n);
}

/* MOSES: one less the mean similarity of all pairs, a molecule with itself included. */
static int internal_diversity(const char *const *smiles, size_t n, int threads, double *out,
                              molglot_error *err) {
    molecule *x;
    double *sums = calloc(n + 1, sizeof *sums), total = 0;
    int code = read_set(smiles, n, DIVERSITY_BITS, false, threads, &x, err);
    size_t readable = x ? keep_readable(x, n) : 0;
    if (!code)
        code = sums ? all_pairs(x, readable, DIVERSITY_BITS, threads, NULL, sums, err)
                    : mg_no_memory(err, "%zu sums", n);
    for (size_t i = 0; i < readable && !code; i++) total += sums[i];
    *out = readable ? 1 - total / ((double)readable * (double)readable) : NAN;
    free_set(x, n);
    free(sums);
    return code;
}

/* ---- GuacaMol's score ---- */

static const char *const kl_names[MG_KL_TERMS] = {"BertzCT",
                                                  "MolLogP",
                                                  "MolWt",
                                                  "TPSA",
                                                  "NumHAcceptors",
                                                  "NumHDonors",
                                                  "NumRotatableBonds",
                                                  "NumAliphaticRings",
                                                  "NumAromaticRings",
                                                  "internal_similarity"};

static void column(const molecule *x, size_t n, int k, double *out) {
    for (size_t i = 0; i < n; i++) out[i] = x[i].descriptors[k];
}

/* a, b: scratch for the larger of the sets; they hold the largest similarities when this is
 * called. */
static void kl_terms(const molecule *known, size_t nk, const molecule *made, size_t nm, double *a,
                     double *b, int threads, mg_unconditional *out) {
    double score = 0;
    for (int k = MG_KL_TERMS - 1; k >= 0; k--) {
        if (k < MG_DESCRIPTORS) {
            column(known, nk, k, a);
            column(made, nm, k, b);
        }
        bool discrete = k >= MG_DESC_ACCEPTORS && k < MG_DESCRIPTORS;
        double kl = !nk || !nm ? NAN
                    : discrete ? mg_kl_discrete(a, nk, b, nm)
                               : mg_kl_continuous(a, nk, b, nm, threads);
        out->kl[k] = (mg_sum){kl_names[k], kl};
        if (!isnan(kl)) score += exp(-kl) / MG_KL_TERMS;
    }
    out->kl_score = score;
}

static int kl_score(const char *const *known, size_t nk, const char *const *made, size_t nm,
                    int threads, mg_unconditional *out, molglot_error *err) {
    size_t most = (nk > nm ? nk : nm) + 1;
    molecule *x = NULL, *y = NULL;
    double *a = malloc(most * sizeof *a), *b = malloc(most * sizeof *b);
    int code = a && b ? MOLGLOT_OK : mg_no_memory(err, "the properties of %zu molecules", most);
    if (!code) code = read_set(known, nk, SIMILARITY_BITS, true, threads, &x, err);
    if (!code) code = read_set(made, nm, SIMILARITY_BITS, true, threads, &y, err);
    size_t readable_x = x ? keep_readable(x, nk) : 0, readable_y = y ? keep_readable(y, nm) : 0;
    if (!code) code = all_pairs(x, readable_x, SIMILARITY_BITS, threads, a, NULL, err);
    if (!code) code = all_pairs(y, readable_y, SIMILARITY_BITS, threads, b, NULL, err);
    if (!code) kl_terms(x, readable_x, y, readable_y, a, b, threads, out);
    free_set(x, nk);
    free_set(y, nm);
    free(a);
    free(b);
    return code;
}

/* ---- scaffolds and fragments: cosine of counts ---- */

typedef char *(*pieces_fn)(const mg_mol *m);
static char *scaffold_of(const mg_mol *m) { return mg_mol_ring_scaffold(m, MIN_RINGS); }

/* pieces[i]: strings joined by '.', malloc'ed; NULL for what cannot be read. */
static void cut(const char *const *smiles, size_t n, pieces_fn fn, int threads, char **pieces) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++) {
        mg_mol *m = mg_read_scored(smiles[i]);
        pieces[i] = m ? fn(m) : NULL;
        mg_mol_free(m);
    }
}

/* Splits joined strings in place; returns how many there are, and writes them where `out` is not
 * NULL. A scaffold stays whole. */
static size_t split(char **pieces, size_t n, bool whole, const char **out) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        char *s = pieces[i];
        while (s && *s) {
            char *dot = whole ? NULL : strchr(s, '.');
            if (out) out[count] = s;
            if (out && dot) *dot = 0;
            count++;
            s = dot ? dot + 1 : NULL;
        }
    }
    return count;
}

/* Cosine of how often each string stands in the first na and in the other ones. */
static int cosine_of_counts(const char **all, size_t na, size_t n, double *out,
                            molglot_error *err) {
    int32_t *group = malloc((n + 1) * sizeof *group);
    double *count = calloc(2 * n + 1, sizeof *count), dot = 0, aa = 0, bb = 0;
    int32_t groups = group && count ? mg_group_strings(all, n, group) : -1;
    for (size_t i = 0; i < n && groups >= 0; i++) count[2 * (size_t)group[i] + (i >= na)]++;
    for (int32_t g = 0; g < groups; g++) {
        dot += count[2 * g] * count[2 * g + 1];
        aa += count[2 * g] * count[2 * g];
        bb += count[2 * g + 1] * count[2 * g + 1];
    }
    *out = aa > 0 && bb > 0 ? dot / (sqrt(aa) * sqrt(bb)) : NAN;
    free(group);
    free(count);
    return groups < 0 ? mg_no_memory(err, "%zu pieces", n) : MOLGLOT_OK;
}

static int piece_similarity(const char *const *known, size_t nk, const char *const *made, size_t nm,
                            pieces_fn fn, bool whole, int threads, double *out,
                            molglot_error *err) {
    char **a = calloc(nk + 1, sizeof *a), **b = calloc(nm + 1, sizeof *b);
    const char **all = NULL;
    int code = MOLGLOT_OK;
    if (a && b) {
        cut(known, nk, fn, threads, a);
        cut(made, nm, fn, threads, b);
        size_t na = split(a, nk, whole, NULL), n = na + split(b, nm, whole, NULL);
        all = malloc((n + 1) * sizeof *all);
        if (all) {
            split(a, nk, whole, all);
            split(b, nm, whole, all + na);
            code = cosine_of_counts(all, na, n, out, err);
        }
    }
    if (!all) code = mg_no_memory(err, "the pieces of %zu molecules", nk + nm);
    for (size_t i = 0; i < nk && a; i++) free(a[i]);
    for (size_t i = 0; i < nm && b; i++) free(b[i]);
    free(a);
    free(b);
    free(all);
    return code;
}

/* ---- all of it ---- */

typedef struct sets {
    /* canonical, with and without stereo; NULL where unreadable */
    char **made, **made_flat, **known, **known_flat;
    const char **valid, **reference;            /* readable ones; a sample of the reference */
    const char **unique_flat, **reference_flat; /* distinct, without stereo; of that sample */
    size_t n_valid, n_reference, n_unique_flat, n_reference_flat;
    mg_string_set seen;
} sets;

/* The distinct strings among n, in order of first appearance. */
static bool distinct(mg_string_set *seen, const char *const *strings, size_t n, const char **out,
                     size_t *count) {
    mg_string_set_free(seen);
    if (!mg_string_set_init(seen, n)) return false;
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (strings[i] && mg_string_set_add(seen, strings[i])) out[(*count)++] = strings[i];
    return true;
}

/* A sample without replacement, in random order; all of them, in their order, when there are no
 * more. */
static void draw(sets *s, size_t n, int64_t sample, uint64_t seed) {
    size_t want = sample > 0 ? (size_t)sample : n, readable = 0;
    for (size_t i = 0; i < n; i++) {
        if (!s->known[i]) continue;
        s->reference[readable] = s->known[i];
        s->reference_flat[readable++] = s->known_flat[i];
    }
    mg_rng rng = {.seed = seed};
    for (size_t i = 0; i < want && want < readable; i++) {
        size_t k = i + (size_t)mg_rng_below(&rng, readable - i);
        const char *one = s->reference[i], *flat = s->reference_flat[i];
        s->reference[i] = s->reference[k];
        s->reference[k] = one;
        s->reference_flat[i] = s->reference_flat[k];
        s->reference_flat[k] = flat;
    }
    s->n_reference = want < readable ? want : readable;
}

static bool allocate(sets *s, size_t n, size_t m) {
    s->made = calloc(n + 1, sizeof *s->made);
    s->made_flat = calloc(n + 1, sizeof *s->made_flat);
    s->known = calloc(m + 1, sizeof *s->known);
    s->known_flat = calloc(m + 1, sizeof *s->known_flat);
    s->valid = calloc(n + 1, sizeof *s->valid);
    s->unique_flat = calloc(n + 1, sizeof *s->unique_flat);
    s->reference = calloc(m + 1, sizeof *s->reference);
    s->reference_flat = calloc(m + 1, sizeof *s->reference_flat);
    return s->made && s->made_flat && s->known && s->known_flat && s->valid && s->unique_flat &&
           s->reference && s->reference_flat;
}

static void free_strings(char **strings, size_t n) {
    for (size_t i = 0; i < n && strings; i++) free(strings[i]);
    free(strings);
}

static void free_sets(sets *s, size_t n, size_t m) {
    free_strings(s->made, n);
    free_strings(s->made_flat, n);
    free_strings(s->known, m);
    free_strings(s->known_flat, m);
    free(s->valid);
    free(s->unique_flat);
    free(s->reference);
    free(s->reference_flat);
    mg_string_set_free(&s->seen);
}

/* Validity, uniqueness and novelty, with stereo; fills s->valid. */
static bool count_sets(sets *s, size_t n, size_t m, mg_unconditional *out) {
    mg_string_set known = {0};
    bool ok = mg_string_set_init(&known, m);
    mg_string_set_free(&s->seen);
    ok = mg_string_set_init(&s->seen, n) && ok;
    for (size_t i = 0; i < m && ok; i++) {
        if (!s->known[i]) continue;
        mg_string_set_add(&known, s->known[i]);
        out->reference++;
    }
    for (size_t i = 0; i < n && ok; i++) {
        if (!s->made[i]) continue;
        s->valid[s->n_valid++] = s->made[i];
        if (!mg_string_set_add(&s->seen, s->made[i])) continue;
        out->unique++;
        out->novel += !mg_string_set_has(&known, s->made[i]);
    }
    mg_string_set_free(&known);
    out->valid = (int64_t)s->n_valid;
    out->validity = n ? (double)out->valid / (double)n : NAN;
    out->uniqueness = out->valid ? (double)out->unique / (double)out->valid : NAN;
    out->novelty = out->unique ? (double)out->novel / (double)out->unique : NAN;
    return ok;
}

static int compare_sets(const sets *s, int threads, mg_unconditional *out, molglot_error *err) {
    int code = kl_score(s->reference_flat, s->n_reference_flat, s->unique_flat, s->n_unique_flat,
                        threads, out, err);
    if (!code)
        code = piece_similarity(s->reference, s->n_reference, s->valid, s->n_valid, scaffold_of,
                                true, threads, &out->scaffold_similarity, err);
    if (!code)
        code = piece_similarity(s->reference, s->n_reference, s->valid, s->n_valid, mg_mol_brics,
                                false, threads, &out->fragment_similarity, err);
    if (!code)
        code = internal_diversity(s->valid, s->n_valid, threads, &out->internal_diversity, err);
    return code;
}

int mg_score_unconditional(const char *const *generated, int64_t n, const char *const *reference,
                           int64_t m, mg_unconditional_options o, mg_unconditional *out,
                           molglot_error *err) {
    memset(out, 0, sizeof *out);
    sets s = {0};
    if (n < 1 || m < 1 || n >= INT32_MAX || m >= INT32_MAX)
        return mg_fail(err, MOLGLOT_USAGE, "%lld and %lld molecules cannot be compared",
                       (long long)n, (long long)m);
    int code = mg_chem_init_scores(err), threads = mg_threads(o.threads);
    if (!code && !allocate(&s, (size_t)n, (size_t)m))
        code = mg_no_memory(err, "%lld molecules", (long long)(n + m));
    if (!code) {
        mg_canonical_smiles(generated, (size_t)n, true, threads, s.made);
        mg_canonical_smiles((const char *const *)s.made, (size_t)n, false, threads, s.made_flat);
        mg_canonical_smiles(reference, (size_t)m, true, threads, s.known);
        mg_canonical_smiles((const char *const *)s.known, (size_t)m, false, threads, s.known_flat);
        out->generated = n;
        for (int64_t i = 0; i < n; i++)
            out->tangled += !s.made[i] && generated[i] && mg_is_tangled(generated[i]);
        draw(&s, (size_t)m, o.sample > 0 ? o.sample : n, o.seed);
        out->reference_sample = (int64_t)s.n_reference;
        bool ok = distinct(&s.seen, s.reference_flat, s.n_reference, s.reference_flat,
                           &s.n_reference_flat) &&
                  distinct(&s.seen, (const char *const *)s.made_flat, (size_t)n, s.unique_flat,
                           &s.n_unique_flat) &&
                  count_sets(&s, (size_t)n, (size_t)m, out);
        code = ok ? compare_sets(&s, threads, out, err)
                  : mg_no_memory(err, "%lld molecules", (long long)(n + m));
    }
    free_sets(&s, (size_t)n, (size_t)m);
    return code;
}
