/* bench_automaton.c - the SMILES automaton against data and RDKit, as JSON lines (docs/automaton.md
 * quotes them).
 *
 *   bench_automaton vocab FILE [MIN_COUNT [MAX_SIZE]]     prints a vocabulary learnt from FILE
 *   bench_automaton check VOCAB FILE [RANDOM [FIRST [COUNT]]]   every molecule as listed and, if
 *                                        RANDOM > 0, canonical and RANDOM times in
 *                                                         a random order (only the first without
 *                                                           RDKit, so fast):
 *                                                         refusals go to stderr with the number of
 *                                                           tokens taken
 *   bench_automaton sample VOCAB N TOKENS [FILE [ORDER]]  N strings of at most TOKENS tokens drawn
 *     from the masks, uniformly or by an
 *                                                         n-gram model (2 or 3) of FILE; what RDKit
 *                                                           says to them and to what it
 *                                                         writes for them itself
 *   bench_automaton speed VOCAB FILE [N]                  tokens a second of push and of mask +
 *                                        push, one thread
 *
 * FILE: one SMILES a line, or a table whose column "smiles" holds them; gzip and zstd are read.
 */
#include "chem/chem.h"
#include "chem/smiles/smiles.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_TOKENS = 4096, LINES_MOST = 4000000 };

static const mg_chem_limits no_limits = {
    .max_chars = 1 << 20, .max_atoms = 1 << 16, .max_depth = 1000};

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *read_all(const char *path, size_t *n) {
    mg_stream *s = mg_stream_open(path, NULL);
    mg_str text = {0};
    static char buffer[1 << 16];
    size_t got = 0;
    if (!s) return NULL;
    while (!mg_stream_read(s, buffer, sizeof buffer, &got, NULL) && got > 0)
        mg_str_add(&text, buffer, got);
    mg_stream_close(s);
    *n = text.n;
    return text.s;
}

typedef struct corpus {
    char *text;
    const char **smiles;
    size_t n;
} corpus;

/* Which tab-separated column of the first line is named smiles; -1: none, there is no header. */
static int smiles_column(const char *line) {
    for (int column = 0;; column++) {
        size_t width = strcspn(line, "\t\n");
        if (width == 6 && strncmp(line, "smiles", 6) == 0) return column;
        if (line[width] != '\t') return -1;
        line += width + 1;
    }
}

static bool load(const char *path, corpus *c) {
    size_t bytes;
    *c = (corpus){.text = read_all(path, &bytes), .smiles = malloc(LINES_MOST * sizeof *c->smiles)};
    if (!c->text || !c->smiles) return false;
    int column = smiles_column(c->text);
    char *line = column < 0 ? c->text : c->text + strcspn(c->text, "\n") + 1;
    while (*line && c->n < LINES_MOST) {
        char *end = line + strcspn(line, "\n"), *next = *end ? end + 1 : end;
        *end = 0;
        for (int k = 0; k < column; k++)
            line += strcspn(line, "\t") + (line[strcspn(line, "\t")] == '\t');
        line[strcspn(line, "\t\r ")] = 0;
        if (*line) c->smiles[c->n++] = line;
        line = next;
    }
    return true;
}

static mg_smiles_vocab *load_vocab(const char *path) {
    size_t n;
    char *text = read_all(path, &n);
    molglot_error err = {0};
    mg_smiles_vocab *v = text ? mg_smiles_vocab_new(text, n, &err) : NULL;
    if (!v) fprintf(stderr, "bench_automaton: %s: %s\n", path, err.message);
    free(text);
    return v;
}

/* ---- check ---- */

enum { SPARES = 4 };
/* tokens allowed beyond those that the string has */
static const int32_t spares[SPARES] = {0, 4, 8, 16};

typedef struct tally {
    size_t strings, refused, tokens, longest, refused_near[SPARES];
} tally;

/* How many of n tokens and the end token are taken. */
static int32_t count_taken(const mg_smiles_vocab *v, const int32_t *ids, int32_t n,
                           int32_t max_tokens) {
    mg_smiles_state s;
    int32_t k = 0;
    mg_smiles_start(&s, v, max_tokens);
    while (k < n && mg_smiles_push(&s, ids[k])) k++;
    return k == n && mg_smiles_push(&s, MG_TOKEN_EOS) ? n + 1 : k;
}

static void check_one(const mg_smiles_vocab *v, const char *smiles, const char *form, tally *t) {
    static int32_t ids[MAX_TOKENS];
    int32_t n = mg_smiles_encode(v, smiles, ids, MAX_TOKENS, NULL),
            taken = n < 0 ? -1 : count_taken(v, ids, n, MAX_TOKENS + 100);
    t->strings++;
    if (n < 0 || taken <= n) {
        t->refused++;
        fprintf(stderr, "refused\t%s\t%d\t%s\n", form, (int)taken, smiles);
        return;
    }
    t->tokens += (size_t)n;
    if ((size_t)n > t->longest) t->longest = (size_t)n;
    for (int k = 0; k < SPARES; k++)
        t->refused_near[k] += count_taken(v, ids, n, n + 1 + spares[k]) <= n;
}

static void print_tally(const char *form, const tally *t) {
    printf(
        "{\"form\": \"%s\", \"strings\": %zu, \"refused\": %zu, \"tokens\": %zu, \"longest\": %zu",
        form, t->strings, t->refused, t->tokens, t->longest);
    for (int k = 0; k < SPARES; k++)
        printf(", \"refused_with_%d_spare\": %zu", (int)spares[k], t->refused_near[k]);
    printf("}\n");
}

static void check(const mg_smiles_vocab *v, const corpus *c, int n_random, size_t first,
                  size_t count) {
    tally listed = {0}, canonical = {0}, random = {0};
    size_t unreadable = 0;
    for (size_t i = first; i < c->n && i - first < count; i++) {
        check_one(v, c->smiles[i], "listed", &listed);
        if (n_random == 0) continue;
        mg_mol *m = mg_mol_from_smiles(c->smiles[i], &no_limits, NULL);
        if (!m) {
            unreadable++;
            continue;
        }
        char *s = mg_mol_smiles(m, true);
        if (s) check_one(v, s, "canonical", &canonical);
        free(s);
        for (int r = 0; r < n_random; r++) {
            s = mg_mol_smiles_random(m, i * 16 + (size_t)r);
            if (s) check_one(v, s, "random", &random);
            free(s);
        }
        mg_mol_free(m);
    }
    printf("{\"molecules\": %zu, \"unreadable\": %zu}\n",
           c->n - first < count ? c->n - first : count, unreadable);
    print_tally("listed", &listed);
    if (n_random > 0) print_tally("canonical", &canonical);
    if (n_random > 0) print_tally("random", &random);
}

/* ---- sampling ---- */

/* Counts of (two tokens, next one) in a hash table; an order of 2 leaves the first token out. */
typedef struct ngrams {
    uint64_t *keys;
    uint32_t *counts;
    uint64_t mask;
    int order;
} ngrams;

static uint64_t ngram_slot(const ngrams *g, uint64_t key) {
    uint64_t slot = (key * 0x9E3779B97F4A7C15u >> 20) & g->mask;
    while (g->keys[slot] && g->keys[slot] != key) slot = (slot + 1) & g->mask;
    return slot;
}

static uint64_t ngram_key(const ngrams *g, int32_t a, int32_t b, int32_t c) {
    return ((uint64_t)(g->order > 2 ? a : 0) << 40 | (uint64_t)b << 20 | (uint64_t)c) + 1;
}

static bool ngrams_learn(ngrams *g, const mg_smiles_vocab *v, const corpus *c) {
    static int32_t ids[MAX_TOKENS + 1];
    g->mask = (1u << 22) - 1;
    g->keys = calloc(g->mask + 1, sizeof *g->keys);
    g->counts = calloc(g->mask + 1, sizeof *g->counts);
    if (!g->keys || !g->counts) return false;
    for (size_t i = 0; i < c->n; i++) {
        int32_t n = mg_smiles_encode(v, c->smiles[i], ids, MAX_TOKENS, NULL), a = MG_TOKEN_BOS,
                b = MG_TOKEN_BOS;
        if (n < 0) continue;
        ids[n] = MG_TOKEN_EOS;
        for (int32_t k = 0; k <= n; k++) {
            uint64_t key = ngram_key(g, a, b, ids[k]), slot = ngram_slot(g, key);
            g->keys[slot] = key;
            g->counts[slot]++;
            a = b;
            b = ids[k];
        }
    }
    return true;
}

/* Draws among the allowed tokens: by counts where the model has any, else uniformly. -1: the mask
 * is empty. */
static int32_t draw(const ngrams *g, const uint8_t *allowed, int32_t n, int32_t a, int32_t b,
                    mg_rng *rng) {
    static uint32_t weights[1 << 16];
    uint64_t total = 0;
    for (int32_t id = 0; id < n; id++) {
        weights[id] = allowed[id] && g->keys ? g->counts[ngram_slot(g, ngram_key(g, a, b, id))] : 0;
        total += weights[id];
    }
    for (int32_t id = 0; total == 0 && id < n; id++) weights[id] = allowed[id];
    if (total == 0)
        for (int32_t id = 0; id < n; id++) total += weights[id];
    if (total == 0) return -1;
    uint64_t pick = mg_rng_below(rng, total);
    int32_t id = 0;
    for (; pick >= weights[id]; id++) pick -= weights[id];
    return id;
}

/* The molecule, or NULL and why: RDKit must read what it writes for it, too. */
static mg_mol *read_twice(const char *smiles, molglot_row_status *row) {
    mg_mol *m = mg_mol_from_smiles(smiles, &no_limits, row);
    char *canonical = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol *again = canonical ? mg_mol_from_smiles(canonical, &no_limits, row) : NULL;
    mg_mol_free(m);
    free(canonical);
    return again;
}

static void sample(const mg_smiles_vocab *v, const ngrams *g, size_t count, int32_t max_tokens) {
    size_t valid = 0, stuck = 0, tokens = 0, atoms = 0;
    int32_t size = mg_smiles_vocab_size(v), *ids = malloc((size_t)max_tokens * sizeof *ids);
    uint8_t *allowed = malloc((size_t)size);
    if (!ids || !allowed) return;
    for (size_t i = 0; i < count; i++) {
        mg_smiles_state s;
        mg_rng rng = {.seed = i};
        int32_t n = 0, a = MG_TOKEN_BOS, b = MG_TOKEN_BOS;
        mg_smiles_start(&s, v, max_tokens);
        while (!mg_smiles_done(&s)) {
            mg_smiles_mask(&s, allowed);
            int32_t id = draw(g, allowed, size, a, b, &rng);
            if (id < 0 || !mg_smiles_push(&s, id)) break;
            ids[n++] = id;
            a = b;
            b = id;
        }
        char *smiles = mg_smiles_decode(v, ids, n);
        molglot_row_status row = {.ok = 1};
        mg_mol *m = read_twice(smiles, &row);
        tokens += (size_t)n;
        if (!mg_smiles_done(&s)) {
            stuck++;
            fprintf(stderr, "stuck\t%s\n", smiles);
        } else if (m) {
            valid++;
            atoms += (size_t)mg_mol_atoms(m);
        } else
            fprintf(stderr, "invalid\t%s\t%s\n", row.reason, smiles);
        mg_mol_free(m);
        free(smiles);
    }
    printf("{\"samples\": %zu, \"order\": %d, \"max_tokens\": %d, \"valid\": %zu, \"percent\": "
           "%.3f, \"stuck\": %zu, \"tokens\": %zu, \"atoms\": %zu}\n",
           count, g->keys ? g->order : 1, (int)max_tokens, valid,
           100.0 * (double)valid / (double)count, stuck, tokens, atoms);
    free(allowed);
    free(ids);
}

/* ---- speed ---- */

static void speed(const mg_smiles_vocab *v, const corpus *c, size_t count, bool masks) {
    static int32_t ids[MAX_TOKENS];
    static uint8_t allowed[1 << 16];
    size_t tokens = 0, sum = 0;
    double seconds = 0;
    for (size_t i = 0; i < c->n && i < count; i++) {
        mg_smiles_state s;
        int32_t n = mg_smiles_encode(v, c->smiles[i], ids, MAX_TOKENS, NULL);
        double start = cpu_seconds();
        mg_smiles_start(&s, v, MAX_TOKENS + 100);
        for (int32_t k = 0; k < n; k++, tokens++) {
            if (masks) {
                mg_smiles_mask(&s, allowed);
                sum += allowed[ids[k]];
            }
            mg_smiles_push(&s, ids[k]);
        }
        seconds += cpu_seconds() - start;
    }
    printf("{\"step\": \"%s\", \"tokens\": %zu, \"per_second\": %.0f, \"allowed\": %zu, "
           "\"state_bytes\": %zu, \"vocabulary\": %d}\n",
           masks ? "mask+push" : "push", tokens, (double)tokens / seconds, sum,
           sizeof(mg_smiles_state), (int)mg_smiles_vocab_size(v));
}

static size_t number(int argc, char **argv, int k, size_t dflt) {
    return argc > k ? strtoul(argv[k], NULL, 10) : dflt;
}

static int usage(void) {
    fprintf(stderr, "usage: bench_automaton vocab FILE [MIN_COUNT [MAX_SIZE]] | check VOCAB FILE "
                    "[RANDOM [FIRST [COUNT]]] |\n"
                    "       sample VOCAB N TOKENS [FILE [ORDER]] | speed VOCAB FILE [N]\n");
    return 2;
}

int main(int argc, char **argv) {
    corpus c = {0};
    ngrams g = {0};
    mg_smiles_vocab *v = NULL;
    if (argc < 3) return usage();
    bool learning = strcmp(argv[1], "vocab") == 0, sampling = strcmp(argv[1], "sample") == 0;
    const char *data = learning   ? argv[2]
                       : sampling ? (argc > 5 ? argv[5] : NULL)
                       : argc > 3 ? argv[3]
                                  : NULL;
    if (mg_chem_init(NULL) || (data && !load(data, &c))) return 1;
    if (learning) {
        mg_str text = {0};
        v = mg_smiles_vocab_build(c.smiles, c.n, (int64_t)number(argc, argv, 3, 20),
                                  (int32_t)number(argc, argv, 4, 512), NULL);
        if (v) mg_smiles_vocab_text(v, &text);
        if (text.s) fputs(text.s, stdout);
        mg_str_free(&text);
    } else if (!(v = load_vocab(argv[2]))) {
        return 1;
    } else if (strcmp(argv[1], "check") == 0 && data) {
        check(v, &c, (int)number(argc, argv, 4, 1), number(argc, argv, 5, 0),
              number(argc, argv, 6, LINES_MOST));
    } else if (sampling && argc > 4) {
        g.order = (int)number(argc, argv, 6, 3);
        if (data && !ngrams_learn(&g, v, &c)) return 1;
        sample(v, &g, number(argc, argv, 3, 0), (int32_t)number(argc, argv, 4, 0));
    } else if (strcmp(argv[1], "speed") == 0 && data) {
        speed(v, &c, number(argc, argv, 4, 20000), false);
        speed(v, &c, number(argc, argv, 4, 20000), true);
    } else {
        return usage();
    }
    free(g.keys);
    free(g.counts);
    free(c.text);
    free(c.smiles);
    mg_smiles_vocab_free(v);
    return 0;
}
