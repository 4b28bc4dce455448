/* chains.c - unbranched chains of carbon outside rings, and acyl chains in the shorthand of lipids
 * (18:1). */
#include "chem/facts/inside.h"

#include <stdlib.h>

typedef struct chains {
    mg_mol_arrays m;
    uint8_t *plain;   /* [atoms] carbon outside rings, at most two carbons beside it */
    uint8_t *visited; /* [atoms] */
} chains;

static bool is_carbon(const chains *c, int32_t i) { return c->m.atoms[i].number == 6; }

static int carbons_beside(const chains *c, int32_t i) {
    int n = 0;
    for (int32_t k = c->m.offsets[i]; k < c->m.offsets[i + 1]; k++)
        n += is_carbon(c, c->m.neighbours[k]);
    return n;
}

static int plain_beside(const chains *c, int32_t i) {
    int n = 0;
    for (int32_t k = c->m.offsets[i]; k < c->m.offsets[i + 1]; k++)
        n += c->plain[c->m.neighbours[k]];
    return n;
}

/* Atoms of the run of plain carbons that starts at one of its ends. */
static int run(chains *c, int32_t from) {
    int n = 0;
    for (int32_t at = from; at >= 0; n++) {
        c->visited[at] = 1;
        int32_t next = -1;
        for (int32_t k = c->m.offsets[at]; k < c->m.offsets[at + 1]; k++)
            if (c->plain[c->m.neighbours[k]] && !c->visited[c->m.neighbours[k]])
                next = c->m.neighbours[k];
        at = next;
    }
    return n;
}

/* ---- acyl chains ---- */

static bool is_acyl(const chains *c, int32_t i) {
    int oxo = 0, hetero = 0;
    if (!c->plain[i] || c->m.atoms[i].hydrogens || carbons_beside(c, i) != 1) return false;
    for (int32_t k = c->m.offsets[i]; k < c->m.offsets[i + 1]; k++) {
        const mg_bond *b = &c->m.bonds[c->m.neighbour_bonds[k]];
        const uint8_t number = c->m.atoms[c->m.neighbours[k]].number;
        oxo += number == 8 && b->order == MG_ORDER_DOUBLE;
        hetero += (number == 7 || number == 8 || number == 16) && b->order == MG_ORDER_SINGLE;
    }
    return oxo == 1 && hetero == 1;
}

/* The next carbon of a chain of nothing but CH3, CH2 and CH=CH; -1: its end, -2: something else */
static int32_t next_carbon(const chains *c, int32_t at, int32_t from, int *doubles) {
    int32_t next = -1;
    for (int32_t k = c->m.offsets[at]; k < c->m.offsets[at + 1]; k++) {
        const int32_t other = c->m.neighbours[k];
        const uint8_t order = c->m.bonds[c->m.neighbour_bonds[k]].order;
        if (other == from) continue;
        if (!c->plain[other] || next >= 0 || order > MG_ORDER_DOUBLE) return -2;
        *doubles += order == MG_ORDER_DOUBLE;
        next = other;
    }
    return next;
}

static bool acyl_of(const chains *c, int32_t i, mg_acyl *out) {
    int32_t from = i, at = -1;
    *out = (mg_acyl){1, 0};
    for (int32_t k = c->m.offsets[i]; k < c->m.offsets[i + 1]; k++)
        if (is_carbon(c, c->m.neighbours[k])) at = c->m.neighbours[k];
    while (at >= 0) {
        if (!c->plain[at] || c->m.atoms[at].charge) return false;
        const int32_t next = next_carbon(c, at, from, &out->doubles);
        out->carbons++;
        from = at;
        at = next;
    }
    return at == -1;
}

static void add_acyl(mg_facts *f, mg_acyl acyl) {
    int at = f->n_acyls < MG_ACYLS ? f->n_acyls : MG_ACYLS;
    f->n_acyls++;
    while (at > 0 &&
           (f->acyls[at - 1].carbons < acyl.carbons || (f->acyls[at - 1].carbons == acyl.carbons &&
                                                        f->acyls[at - 1].doubles < acyl.doubles))) {
        if (at < MG_ACYLS) f->acyls[at] = f->acyls[at - 1];
        at--;
    }
    if (at < MG_ACYLS) f->acyls[at] = acyl;
}

/* ---- all ---- */

static void find(chains *c, mg_facts *f) {
    enum { SHORTEST = 6 };
    for (int32_t i = 0; i < c->m.n_atoms; i++)
        c->plain[i] = is_carbon(c, i) && !c->m.atoms[i].in_ring && carbons_beside(c, i) <= 2;
    for (int32_t i = 0; i < c->m.n_atoms; i++) {
        if (!c->plain[i] || c->visited[i] || plain_beside(c, i) > 1) continue;
        const int n = run(c, i);
        if (n > f->chain) f->chain = n;
    }
    for (int32_t i = 0; i < c->m.n_atoms; i++) {
        mg_acyl acyl;
        if (is_acyl(c, i) && acyl_of(c, i, &acyl) && acyl.carbons >= SHORTEST) add_acyl(f, acyl);
    }
}

int mg_chain_facts(const mg_mol *m, mg_facts *out, molglot_error *err) {
    chains c = {0};
    int code = mg_mol_arrays_get(m, false, &c.m, err);
    if (code) return code;
    c.plain = calloc((size_t)c.m.n_atoms + 1, 1);
    c.visited = calloc((size_t)c.m.n_atoms + 1, 1);
    if (c.plain && c.visited)
        find(&c, out);
    else
        code = mg_no_memory(err, "chains");
    free(c.plain);
    free(c.visited);
    mg_mol_arrays_free(&c.m);
    return code;
}
