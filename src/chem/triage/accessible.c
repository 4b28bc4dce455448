/* accessible.c - how easily a molecule may be made, by its fragments and its shape (Ertl and
 * Schuffenhauer 2009, as RDKit's Contrib/SA_Score 1.1 has it):
 *
 *   raw = mean score of its Morgan environments (radius 2) - size - stereocentres - spiro - bridges
 *         - a macrocycle + density;   score = 11 - 9 (raw + 5) / 6.5, smoothed above 8
 *
 * The scores of fragments are RDKit's to a tenth, the 24,000 commonest (fragments.txt, made by
 * tools/make_triage.py); rarer ones have RARE, where RDKit's table goes on to -3.1 and then has -4.
 */
#include "chem/triage/triage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of fragments.txt, made by cmake/bytes.cmake. */
static const unsigned char TABLE[] = {
#include "chem/triage/fragments.txt.h"
};

#define RARE (-2.2)
enum { MACROCYCLE = 9, MOST = 1 << 16 };

typedef struct fragment {
    uint32_t id;
    float score;
} fragment;

struct mg_fragments {
    size_t n;
    fragment list[]; /* ascending by id */
};

static int by_id(const void *x, const void *y) {
    const fragment *a = x, *b = y;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* One line: tenths, a tab, differences. */
static void read_line(mg_fragments *x, char *line) {
    char *p;
    const float score = (float)strtol(line, &p, 10) / 10;
    uint32_t id = 0;
    while (*p && x->n < MOST) {
        char *end;
        id += (uint32_t)strtoul(p, &end, 36);
        if (end == p) break;
        x->list[x->n++] = (fragment){id, score};
        p = end;
    }
}

mg_fragments *mg_fragments_new(molglot_error *err) {
    mg_fragments *x = calloc(1, sizeof *x + MOST * sizeof *x->list);
    char *text = strndup((const char *)TABLE, sizeof TABLE);
    if (!x || !text) {
        free(x);
        free(text);
        mg_no_memory(err, "fragments");
        return NULL;
    }
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');
        if (end) *end++ = 0;
        read_line(x, line);
        line = end;
    }
    qsort(x->list, x->n, sizeof *x->list, by_id);
    free(text);
    return x;
}

void mg_fragments_free(mg_fragments *x) { free(x); }

/* The mean over a molecule's environments; *different: how many there are. */
static int fragment_score(const mg_fragments *x, const mg_mol *m, double *out, size_t *different,
                          molglot_error *err) {
    mg_environment *e = NULL;
    const int code = mg_mol_morgan_counts(m, 2, &e, different, err);
    double sum = 0, count = 0;
    for (size_t i = 0; i < *different && !code; i++) {
        const fragment key = {.id = e[i].id};
        const fragment *at = bsearch(&key, x->list, x->n, sizeof key, by_id);
        sum += (at ? (double)at->score : RARE) * e[i].count;
        count += e[i].count;
    }
    *out = count > 0 ? sum / count : RARE;
    free(e);
    return code;
}

int mg_accessible(const mg_fragments *x, const mg_mol *m, const mg_facts *f, double *out,
                  molglot_error *err) {
    double raw = 0;
    size_t different = 0;
    const int code = fragment_score(x, m, &raw, &different, err);
    const double atoms = mg_mol_atoms(m);
    int large = 0;
    for (int size = MACROCYCLE; size < MG_RING_SIZES; size++) large += f->ring_sizes[size];
    raw -= pow(atoms, 1.005) - atoms + log10(f->stereocentres + f->unset + 1.) +
           log10(f->spiro + 1.) + log10(f->bridged + 1.) + (large ? log10(2) : 0);
    if (different && atoms > (double)different) raw += log(atoms / (double)different) / 2;
    double score = 11 - (raw + 5) / 6.5 * 9;
    if (score > 8) score = 8 + log(score - 8);
    *out = fmin(fmax(score, 1), 10);
    return code;
}
