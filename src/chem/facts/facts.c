/* facts.c - the facts of one molecule put together: RDKit's numbers, chains, groups. */
#include "chem/facts/inside.h"

#include <stdlib.h>
#include <string.h>

static void judge(mg_facts *f) {
    f->lipinski_breaks = (f->weight > 500) + (f->logp > 5) + (f->donors > 5) + (f->acceptors > 10);
    f->lipinski = f->lipinski_breaks <= 1;
    f->veber = f->rotatable <= 10 && f->tpsa <= 140;
}

static int too_long(const mg_groups *g, size_t i, const mg_matcher *m, molglot_error *err) {
    if (m->failed) return mg_no_memory(err, "patterns");
    return mg_fail(err, MOLGLOT_FAILED, "the pattern of '%s' takes too long on this molecule",
                   g->list[i].name);
}

/* Wherever a group is there its parents are. */
static void raise_parents(const mg_groups *g, uint16_t *count) {
    for (size_t i = g->n; i-- > 0;) {
        const int at = g->order[i];
        const mg_group *group = &g->list[at];
        for (int p = 0; count[at] && p < group->n_parents; p++)
            if (!count[group->parents[p]]) count[group->parents[p]] = count[at];
    }
}

/* A macrocycle with eleven amides is one: its pattern finds the bonds, not the ring. */
static size_t places_of(const mg_group *g, const mg_matcher *m, const mg_facts *f) {
    static const char large[] = ";r{12-}";
    const size_t rings = (size_t)f->macrocycles;
    return m->n > rings && rings && strstr(g->smarts, large) ? rings : m->n;
}

static int count_groups(const mg_groups *g, mg_matcher *m, mg_facts *out, molglot_error *err) {
    uint16_t *const count = out->count;
    for (size_t i = 0; i < g->n; i++) {
        if (!mg_match(m, g->pattern_of[i])) return too_long(g, i, m, err);
        const size_t n = places_of(&g->list[i], m, out);
        count[i] = (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
    }
    raise_parents(g, count);
    return MOLGLOT_OK;
}

static int pattern_facts(const mg_groups *g, const mg_mol *mol, mg_facts *out, molglot_error *err) {
    mg_view view;
    mg_matcher m;
    int code = mg_view_get(mol, false, &view, err);
    if (code) return code;
    code = mg_matcher_open(&m, &g->patterns, &view, err);
    if (!code && out->count) code = count_groups(g, &m, out, err);
    if (!code) code = mg_number_facts(g, mol, &m, out, err);
    mg_matcher_close(&m);
    mg_view_free(&view);
    return code;
}

/* Where smallest rings are a matter of choice (bridges, large rings that share bonds), RDKit's
 * depend on the order of the atoms: there the canonical order decides. NULL: the molecule as it is.
 */
static mg_mol *settle_rings(const mg_mol *m, const mg_facts *f) {
    enum { LARGE = 9 };
    if (!f->bridged && (f->largest_ring < LARGE || !f->fused)) return NULL;
    char *smiles = mg_mol_smiles(m, true);
    mg_mol *settled = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    free(smiles);
    return settled;
}

static void clear_numbers(mg_facts *f) {
    uint16_t *const count = f->count;
    const int n = f->n_groups;
    *f = (mg_facts){.count = count, .n_groups = n};
}

static int fill(const mg_groups *g, const mg_mol *m, mg_facts *out, molglot_error *err) {
    int code = mg_rdkit_facts(m, out, err);
    if (code) return code;
    mg_mol *settled = settle_rings(m, out);
    if (settled) {
        clear_numbers(out);
        code = mg_rdkit_facts(settled, out, err);
    }
    if (!code && g) code = pattern_facts(g, settled ? settled : m, out, err);
    if (!code) code = mg_chain_facts(settled ? settled : m, out, err);
    mg_mol_free(settled);
    judge(out);
    return code;
}

int mg_facts_numbers(const mg_groups *g, const mg_mol *m, mg_facts *out, molglot_error *err) {
    *out = (mg_facts){0};
    const int code = g ? mg_groups_compile((mg_groups *)g, err) : MOLGLOT_OK;
    return code ? code : fill(g, m, out, err);
}

int mg_facts_of(const mg_groups *g, const mg_mol *m, mg_facts *out, molglot_error *err) {
    *out = (mg_facts){.n_groups = (int)g->n};
    int code = mg_groups_compile((mg_groups *)g, err);
    if (code) return code;
    out->count = calloc(g->n + 1, sizeof *out->count);
    code = out->count ? fill(g, m, out, err) : mg_no_memory(err, "facts");
    if (code) mg_facts_free(out);
    return code;
}

void mg_facts_free(mg_facts *f) {
    if (!f) return;
    free(f->count);
    *f = (mg_facts){0};
}

int mg_facts_atoms(const mg_groups *g, const mg_mol *mol, int group, int32_t **atoms, int *n,
                   int *size, molglot_error *err) {
    mg_view view;
    mg_matcher m;
    *atoms = NULL;
    *n = *size = 0;
    int code = mg_groups_compile((mg_groups *)g, err);
    if (!code) code = mg_view_get(mol, false, &view, err);
    if (code) return code;
    code = mg_matcher_open(&m, &g->patterns, &view, err);
    if (!code && !mg_match(&m, g->pattern_of[group])) code = too_long(g, (size_t)group, &m, err);
    if (!code) {
        *atoms = m.found;
        *n = (int)m.n;
        *size = g->patterns.list[g->pattern_of[group]].n_atoms;
        m.found = NULL;
    }
    mg_matcher_close(&m);
    mg_view_free(&view);
    return code;
}

/* ---- a user's own rows ---- */

static int try_example(mg_groups *g, int i, bool expected, molglot_error *err) {
    const char *smiles = expected ? g->list[i].yes : g->list[i].no;
    const char *column = expected ? "yes" : "no";
    molglot_row_status row = {0};
    int32_t *atoms = NULL;
    int n = 0, size;
    if (!smiles || !*smiles) return MOLGLOT_OK;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    if (!m)
        return mg_fail(err, MOLGLOT_BAD_FILE, "groups: row %d, column '%s': '%s': %s", g->row_of[i],
                       column, smiles, row.reason);
    int code = mg_facts_atoms(g, m, i, &atoms, &n, &size, err);
    free(atoms);
    mg_mol_free(m);
    if (!code && (n > 0) != expected)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "groups: row %d, column '%s': the pattern %s '%s'",
                       g->row_of[i], column, expected ? "does not match" : "matches", smiles);
    return code;
}

int mg_groups_try_own(mg_groups *g, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < g->n && !code; i++) {
        if (!g->own[i]) continue;
        code = try_example(g, (int)i, true, err);
        if (!code) code = try_example(g, (int)i, false, err);
    }
    return code;
}
