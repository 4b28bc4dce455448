/* graph.c - a molecule as the integer arrays that graph encoders read.
 *
 * Two featurisers (docs/reference/momu.md 2.1): OGB's smiles2graph, 9 atom and 3 bond columns, and
 * the "simple" one of pretrain-gnns, 2 and 2. atoms [n, cols], bonds [2*bonds, cols]: bond k
 * becomes the directed edges (begin, end), (end, begin).
 */
#include "chem/mol.h"

#include <stdlib.h>
#include <string.h>

enum { MISC_ELEMENT = 118, CHARGE_MISC = 11, CHARGE_ZERO = 5 };

static const uint8_t ogb_atom_sizes[] = {119, 5, 12, 12, 10, 6, 6, 2, 2};
static const uint8_t ogb_bond_sizes[] = {5, 6, 2};
static const uint8_t simple_atom_sizes[] = {119, 4};
static const uint8_t simple_bond_sizes[] = {4, 3};

int mg_feat_atom_cols(mg_feat_kind k) {
    return k == MG_FEAT_OGB ? (int)sizeof ogb_atom_sizes : (int)sizeof simple_atom_sizes;
}

int mg_feat_bond_cols(mg_feat_kind k) {
    return k == MG_FEAT_OGB ? (int)sizeof ogb_bond_sizes : (int)sizeof simple_bond_sizes;
}

int mg_feat_atom_size(mg_feat_kind k, int col) {
    if (col < 0 || col >= mg_feat_atom_cols(k)) return 0;
    return k == MG_FEAT_OGB ? ogb_atom_sizes[col] : simple_atom_sizes[col];
}

int mg_feat_bond_size(mg_feat_kind k, int col) {
    if (col < 0 || col >= mg_feat_bond_cols(k)) return 0;
    return k == MG_FEAT_OGB ? ogb_bond_sizes[col] : simple_bond_sizes[col];
}

/* value, or `misc` (the last index) when the list ends before it. */
static uint8_t up_to(uint8_t value, uint8_t misc) { return value < misc ? value : misc; }

static uint8_t element_index(uint8_t number) {
    return number >= 1 && number <= 118 ? (uint8_t)(number - 1) : MISC_ELEMENT;
}

static void ogb_atom(const mg_atom *a, uint8_t *out) {
    out[0] = element_index(a->number);
    out[1] = a->chiral;
    out[2] = up_to(a->total_degree, 11);
    out[3] = a->charge >= -5 && a->charge <= 5 ? (uint8_t)(a->charge + CHARGE_ZERO) : CHARGE_MISC;
    out[4] = up_to(a->hydrogens, 9);
    out[5] = up_to(a->radicals, 5);
    out[6] = a->hybrid;
    out[7] = a->aromatic;
    out[8] = a->in_ring;
}

static void ogb_bond(const mg_bond *b, uint8_t *out) {
    out[0] = b->order;
    out[1] = b->stereo;
    out[2] = b->conjugated;
}

/* The reference knows 118 elements and four bond types and raises for others: here they are "misc"
 * and single. */
static void simple_atom(const mg_atom *a, uint8_t *out) {
    out[0] = element_index(a->number);
    out[1] = a->chiral;
}

static void simple_bond(const mg_bond *b, uint8_t *out) {
    out[0] = b->order < MG_ORDER_OTHER ? b->order : MG_ORDER_SINGLE;
    out[1] = b->dir;
}

static int graph_alloc(mg_graph *g, int32_t atoms, int32_t edges, int32_t atom_cols,
                       int32_t bond_cols, molglot_error *err) {
    *g = (mg_graph){
        .n_atoms = atoms, .n_edges = edges, .atom_cols = atom_cols, .bond_cols = bond_cols};
    g->atoms = malloc((size_t)atoms * (size_t)atom_cols + 1);
    g->src = malloc(((size_t)edges + 1) * sizeof *g->src);
    g->dst = malloc(((size_t)edges + 1) * sizeof *g->dst);
    g->bonds = malloc((size_t)edges * (size_t)bond_cols + 1);
    if (g->atoms && g->src && g->dst && g->bonds) return MOLGLOT_OK;
    mg_graph_free(g);
    return mg_no_memory(err, "a graph of %d atoms", (int)atoms);
}

int mg_graph_like(const mg_graph *like, int32_t atoms, int32_t edges, mg_graph *out,
                  molglot_error *err) {
    return graph_alloc(out, atoms, edges, like->atom_cols, like->bond_cols, err);
}

int mg_graph_from_arrays(const mg_mol_arrays *m, mg_feat_kind kind, mg_graph *out,
                         molglot_error *err) {
    int code = graph_alloc(out, m->n_atoms, 2 * m->n_bonds, mg_feat_atom_cols(kind),
                           mg_feat_bond_cols(kind), err);
    if (code) return code;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        uint8_t *row = out->atoms + (size_t)i * (size_t)out->atom_cols;
        if (kind == MG_FEAT_OGB)
            ogb_atom(&m->atoms[i], row);
        else
            simple_atom(&m->atoms[i], row);
    }
    for (int32_t k = 0; k < m->n_bonds; k++) {
        const mg_bond *b = &m->bonds[k];
        uint8_t *row = out->bonds + 2 * (size_t)k * (size_t)out->bond_cols;
        if (kind == MG_FEAT_OGB)
            ogb_bond(b, row);
        else
            simple_bond(b, row);
        memcpy(row + out->bond_cols, row, (size_t)out->bond_cols);
        out->src[2 * k] = out->dst[2 * k + 1] = b->a;
        out->dst[2 * k] = out->src[2 * k + 1] = b->b;
    }
    return MOLGLOT_OK;
}

int mg_graph_from_mol(const mg_mol *m, mg_feat_kind kind, mg_graph *out, molglot_error *err) {
    mg_mol_arrays arrays;
    *out = (mg_graph){0};
    int code = mg_mol_arrays_get(m, false, &arrays, err);
    if (!code) code = mg_graph_from_arrays(&arrays, kind, out, err);
    mg_mol_arrays_free(&arrays);
    return code;
}

void mg_graph_free(mg_graph *g) {
    if (!g) return;
    free(g->atoms);
    free(g->src);
    free(g->dst);
    free(g->bonds);
    *g = (mg_graph){0};
}
