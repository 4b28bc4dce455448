/* inputs.c - molecules as a head reads them: sparse columns (substructures folded, named groups),
 * dense ones (numbers, embedding), graphs, and the bits of the domain. Rows are read in parallel.
 */
#include "chem/features/features.h"
#include "predict/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN_FAMILY "m2"
#define FARTHEST      6.0F /* standard deviations that a number may be away */

/* ---- the reader ---- */

static int find_groups(mg_inputs_reader *r, const char *const *names, molglot_error *err) {
    const int all = mg_groups_count(r->groups);
    r->column = malloc(((size_t)all + 1) * sizeof *r->column);
    if (!r->column) return mg_no_memory(err, "the groups of a head");
    for (int i = 0; i < all; i++) r->column[i] = -1;
    for (int k = 0; k < r->c.groups; k++)
        for (int i = 0; i < all; i++)
            if (!strcmp(mg_groups_at(r->groups, i)->name, names[k])) r->column[i] = k;
    return MOLGLOT_OK;
}

static int find_numbers(mg_inputs_reader *r, const char *const *names, molglot_error *err) {
    r->number = calloc((size_t)r->c.numbers + 1, sizeof *r->number);
    if (!r->number) return mg_no_memory(err, "the numbers of a head");
    for (int k = 0; k < r->c.numbers; k++) {
        int i = 0;
        while (i < mg_predict_numbers_known() && strcmp(mg_predict_number(i), names[k])) i++;
        if (i == mg_predict_numbers_known())
            return mg_fail(err, MOLGLOT_BAD_FILE, "this build does not compute the number '%s'",
                           names[k]);
        r->number[k] = i;
    }
    return MOLGLOT_OK;
}

/* RDKit fills some tables at their first use: before there are threads. */
static int fill_tables(molglot_error *err) {
    double shapes[MG_SHAPES];
    mg_mol *mol = mg_mol_from_smiles("CC(=O)N", NULL, NULL);
    int code = mol ? mg_mol_shapes(mol, shapes, err) : mg_no_memory(err, "descriptors");
    mg_mol_free(mol);
    return code;
}

int mg_inputs_reader_open(mg_inputs_reader *r, const mg_heads_config *c,
                          const char *const *group_names, const char *const *number_names,
                          const mg_space_part *space, const char *device, int threads,
                          molglot_error *err) {
    *r = (mg_inputs_reader){.c = *c, .threads = mg_threads(threads)};
    int code = mg_chem_init(err);
    if (!code) code = fill_tables(err);
    if (!code && c->numbers) {
        if (!(r->groups = mg_groups_new(NULL, 0, err))) code = mg_code_of(err, MOLGLOT_FAILED);
        if (!code) code = find_groups(r, group_names, err);
        if (!code) code = find_numbers(r, number_names, err);
    }
    if (!code && c->space) {
        const mg_embed_options o = {.device = device, .threads = threads};
        r->embedder = space ? mg_embedder_new(space, o, err) : NULL;
        if (!space)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "the head reads a space: none is there");
        else if (!r->embedder)
            code = mg_code_of(err, MOLGLOT_FAILED);
        else if (mg_embedder_dim(r->embedder) != c->space)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "the head reads a space of %d columns, not %d",
                           c->space, mg_embedder_dim(r->embedder));
    }
    if (code) mg_inputs_reader_close(r);
    return code;
}

void mg_inputs_reader_close(mg_inputs_reader *r) {
    mg_embedder_free(r->embedder);
    mg_groups_free(r->groups);
    free(r->column);
    free(r->number);
    *r = (mg_inputs_reader){0};
}

/* ---- one molecule ---- */

static void set_bits(const mg_feature *f, size_t n, uint8_t *bits) {
    for (size_t i = 0; i < n; i++)
        bits[f[i].hash % MG_DOMAIN_BITS / 8] |= (uint8_t)(1u << f[i].hash % 8);
}

/* The domain's substructures, and the fingerprint's where it asks for others: *f, *n, malloc'ed. */
static int find_features(const mg_inputs_reader *r, const mg_mol *mol, uint8_t *bits,
                         mg_feature **f, size_t *n, molglot_error *err) {
    int code = mg_mol_features(mol, DOMAIN_FAMILY, f, n, err);
    if (!code) set_bits(*f, *n, bits);
    if (code || (r->c.bits && !strcmp(r->c.families, DOMAIN_FAMILY))) return code;
    free(*f);
    *f = NULL, *n = 0;
    return r->c.bits ? mg_mol_features(mol, r->c.families, f, n, err) : MOLGLOT_OK;
}

static int by_id(const void *a, const void *b) {
    const mg_feature *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Folded features, then groups, ascending; those that share a column are added up. */
static int read_sparse(const mg_inputs_reader *r, const mg_mol *mol, const mg_facts *facts,
                       mg_molecule_input *row, uint8_t *domain, molglot_error *err) {
    const uint32_t bits = (uint32_t)r->c.bits;
    mg_feature *f = NULL;
    size_t n = 0, groups = facts->count ? (size_t)facts->n_groups : 0;
    int code = find_features(r, mol, domain, &f, &n, err);
    mg_feature *all = code ? NULL : realloc(f, (n + groups + 1) * sizeof *f);
    if (!all) {
        free(f);
        return code ? code : mg_no_memory(err, "the features of a row");
    }
    for (size_t i = 0; i < n; i++) all[i].hash %= bits;
    qsort(all, n, sizeof *all, by_id);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (m && all[m - 1].hash == all[i].hash)
            all[m - 1].count += all[i].count;
        else
            all[m++] = all[i];
    const size_t folded = m;
    for (size_t g = 0; g < groups; g++)
        if (facts->count[g] && r->column[g] >= 0)
            all[m++] = (mg_feature){bits + (uint32_t)r->column[g], (float)facts->count[g]};
    qsort(all + folded, m - folded, sizeof *all, by_id);
    row->ids = malloc((m + 1) * sizeof *row->ids);
    row->weights = malloc((m + 1) * sizeof *row->weights);
    if (!row->ids || !row->weights) code = mg_no_memory(err, "the features of a row");
    for (size_t i = 0; i < m && !code; i++) {
        row->ids[i] = (int32_t)all[i].hash;
        row->weights[i] = log1pf(all[i].count);
    }
    row->n = (int32_t)m;
    free(all);
    return code;
}

static int read_numbers(const mg_inputs_reader *r, const mg_mol *mol, const mg_facts *facts,
                        float *dense, molglot_error *err) {
    float all[256];
    if (!r->c.numbers) return MOLGLOT_OK;
    int code = mg_predict_numbers_of(mol, facts, all, err);
    for (int k = 0; k < r->c.numbers && !code; k++) dense[k] = all[r->number[k]];
    return code;
}

/* Refused by what a channel cannot make of it; memory is a failure. */
static int read_molecule(const mg_inputs_reader *r, const mg_mol *mol, mg_inputs *out, size_t i,
                         molglot_error *err) {
    mg_facts facts = {0};
    const size_t dense = (size_t)mg_heads_dense(&r->c);
    int code = r->c.numbers ? mg_facts_of(r->groups, mol, &facts, err) : MOLGLOT_OK;
    if (!code)
        code = read_sparse(r, mol, &facts, &out->rows[i], out->bits + i * MG_DOMAIN_BYTES, err);
    if (!code) code = read_numbers(r, mol, &facts, out->dense + i * dense, err);
    if (!code && r->c.graph_layers)
        code = mg_graph_from_mol(mol, r->c.graph_features, &out->rows[i].graph, err);
    mg_facts_free(&facts);
    return code;
}

static void forget(mg_molecule_input *row) {
    free(row->ids);
    free(row->weights);
    mg_graph_free(&row->graph);
    *row = (mg_molecule_input){0};
}

static int read_row(const mg_inputs_reader *r, const char *smiles, mg_inputs *out, size_t i,
                    mg_mol **mol) {
    molglot_row_status *status = &out->status[i];
    molglot_error own = {0};
    mg_row_accept(status);
    *mol = NULL;
    if (!smiles || !*smiles) return mg_row_refuse(status, 0, "empty SMILES"), MOLGLOT_OK;
    *mol = mg_mol_from_smiles(smiles, NULL, status);
    if (!*mol) {
        if (status->ok) mg_row_refuse(status, -1, "not a molecule");
        return MOLGLOT_OK;
    }
    const int code = read_molecule(r, *mol, out, i, &own);
    if (!code) return MOLGLOT_OK;
    forget(&out->rows[i]);
    mg_row_refuse(status, -1, "%s", own.message);
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

/* ---- rows ---- */

static int embed(const mg_inputs_reader *r, mg_mol *const *mols, const char *const *smiles,
                 mg_inputs *out, molglot_error *err) {
    const size_t dim = (size_t)r->c.space, dense = (size_t)mg_heads_dense(&r->c);
    float *vectors = malloc((out->n + 1) * dim * sizeof *vectors);
    const char **strings = malloc((out->n + 1) * sizeof *strings);
    molglot_row_status *status = calloc(out->n + 1, sizeof *status);
    int code = vectors && strings && status ? MOLGLOT_OK : mg_no_memory(err, "%zu rows", out->n);
    for (size_t i = 0; i < out->n && !code; i++) strings[i] = smiles[i] ? smiles[i] : "";
    if (!code)
        code = mg_embed_molecules(r->embedder, (const mg_mol *const *)mols, strings, out->n,
                                  vectors, status, err);
    for (size_t i = 0; i < out->n && !code; i++)
        memcpy(out->dense + i * dense + r->c.numbers, vectors + i * dim, dim * sizeof *vectors);
    free(vectors);
    free(strings);
    free(status);
    return code;
}

int mg_inputs_read(const mg_inputs_reader *r, const char *const *smiles, size_t n, mg_inputs *out,
                   molglot_error *err) {
    const size_t dense = (size_t)mg_heads_dense(&r->c);
    *out = (mg_inputs){.n = n,
                       .rows = calloc(n + 1, sizeof *out->rows),
                       .dense = calloc((n + 1) * (dense + 1), sizeof *out->dense),
                       .bits = calloc(n + 1, MG_DOMAIN_BYTES),
                       .status = calloc(n + 1, sizeof *out->status)};
    mg_mol **mols = calloc(n + 1, sizeof *mols);
    int failed = MOLGLOT_OK;
    if (!out->rows || !out->dense || !out->bits || !out->status || !mols) {
        free(mols);
        mg_inputs_free(out);
        return mg_no_memory(err, "%zu rows", n);
    }
#pragma omp parallel for schedule(dynamic, 16) num_threads(r->threads) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        const int code = read_row(r, smiles[i], out, i, &mols[i]);
        if (!r->c.space) mg_mol_free(mols[i]), mols[i] = NULL;
        if (code) {
#pragma omp atomic write
            failed = code;
        }
    }
    int code = failed ? mg_no_memory(err, "%zu rows", n) : MOLGLOT_OK;
    if (!code && r->c.space) code = embed(r, mols, smiles, out, err);
    for (size_t i = 0; i < n; i++) mg_mol_free(mols[i]);
    free(mols);
    if (code) mg_inputs_free(out);
    return code;
}

void mg_inputs_free(mg_inputs *in) {
    for (size_t i = 0; i < in->n && in->rows; i++) forget(&in->rows[i]);
    free(in->rows);
    free(in->dense);
    free(in->bits);
    free(in->status);
    *in = (mg_inputs){0};
}

/* ---- batches ---- */

static const mg_molecule_input *row_of(const mg_inputs *in, const int64_t *rows, int64_t i) {
    return &in->rows[rows ? rows[i] : i];
}

static int pack_sparse(const mg_inputs *in, const mg_heads_config *c, const int64_t *rows,
                       int64_t n, float keep, uint64_t key, mg_arena *arena, mg_bags *out,
                       molglot_error *err) {
    size_t all = 0;
    for (int64_t i = 0; i < n; i++) all += (size_t)row_of(in, rows, i)->n;
    *out = (mg_bags){.n = n,
                     .offsets = mg_arena_alloc(arena, ((size_t)n + 1) * sizeof *out->offsets),
                     .ids = mg_arena_alloc(arena, (all + 1) * sizeof *out->ids),
                     .weights = mg_arena_alloc(arena, (all + 1) * sizeof *out->weights)};
    if (!out->offsets || !out->ids || !out->weights || all > INT32_MAX)
        return mg_no_memory(err, "a batch of %lld rows", (long long)n);
    const uint32_t bound = keep < 1 ? (uint32_t)(keep * 4294967295.0F) : UINT32_MAX;
    int32_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        const mg_molecule_input *row = row_of(in, rows, i);
        out->offsets[i] = at;
        for (int32_t k = 0; k < row->n; k++) {
            const bool drawn = keep < 1 && row->ids[k] < c->bits;
            if (drawn && mg_dropout_bits(key + (uint64_t)i, (uint32_t)k) > bound) continue;
            out->ids[at] = row->ids[k];
            out->weights[at++] = row->weights[k];
        }
    }
    out->offsets[n] = at;
    return MOLGLOT_OK;
}

static int pack_dense(const mg_inputs *in, int cols, const int64_t *rows, int64_t n,
                      const float *mean, const float *scale, mg_arena *arena, const float **out,
                      molglot_error *err) {
    float *x = mg_arena_alloc(arena, (size_t)n * (size_t)cols * sizeof *x);
    if (!x) return mg_no_memory(err, "a batch of %lld rows", (long long)n);
    for (int64_t i = 0; i < n; i++) {
        const float *from = in->dense + (rows ? rows[i] : i) * cols;
        for (int k = 0; k < cols; k++) {
            const float z = (from[k] - mean[k]) * scale[k];
            x[i * cols + k] = z > FARTHEST ? FARTHEST : z < -FARTHEST ? -FARTHEST : z;
        }
    }
    *out = x;
    return MOLGLOT_OK;
}

/* Incoming edges by atom; each value plus the first row of its column in one table. */
static void pack_graph(const mg_graph *g, mg_feat_kind kind, int32_t first, int32_t *atom_ids,
                       int32_t *offsets, int32_t *src, int32_t *edge_ids) {
    int32_t at = offsets[0];
    for (int32_t a = 0; a < g->n_atoms; a++) {
        for (int32_t k = 0, base = 0; k < g->atom_cols; base += mg_feat_atom_size(kind, k++))
            atom_ids[a * g->atom_cols + k] = base + g->atoms[a * g->atom_cols + k];
        for (int32_t e = 0; e < g->n_edges; e++) {
            if (g->dst[e] != a) continue;
            for (int32_t k = 0, base = 0; k < g->bond_cols; base += mg_feat_bond_size(kind, k++))
                edge_ids[at * g->bond_cols + k] = base + g->bonds[e * g->bond_cols + k];
            src[at++] = first + g->src[e];
        }
        offsets[a + 1] = at;
    }
}

static int pack_graphs(const mg_inputs *in, const mg_heads_config *c, const int64_t *rows,
                       int64_t n, mg_arena *arena, mg_mol_batch *out, molglot_error *err) {
    size_t atoms = 0, edges = 0;
    for (int64_t i = 0; i < n; i++) {
        atoms += (size_t)row_of(in, rows, i)->graph.n_atoms;
        edges += (size_t)row_of(in, rows, i)->graph.n_edges;
    }
    const int32_t atom_cols = mg_feat_atom_cols(c->graph_features),
                  bond_cols = mg_feat_bond_cols(c->graph_features);
    int32_t *atom_offsets = mg_arena_alloc(arena, ((size_t)n + 1) * sizeof(int32_t)),
            *atom_ids = mg_arena_alloc(arena, (atoms + 1) * (size_t)atom_cols * sizeof(int32_t)),
            *offsets = mg_arena_alloc(arena, (atoms + 1) * sizeof(int32_t)),
            *src = mg_arena_alloc(arena, (edges + 1) * sizeof(int32_t)),
            *ids = mg_arena_alloc(arena, (edges + 1) * (size_t)bond_cols * sizeof(int32_t));
    if (!atom_offsets || !atom_ids || !offsets || !src || !ids || edges > INT32_MAX / 8)
        return mg_no_memory(err, "a batch of %lld graphs", (long long)n);
    int32_t at = 0;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        const mg_graph *g = &row_of(in, rows, i)->graph;
        atom_offsets[i] = at;
        pack_graph(g, c->graph_features, at, atom_ids + (size_t)at * (size_t)atom_cols,
                   offsets + at, src, ids);
        at += g->n_atoms;
    }
    atom_offsets[n] = at;
    *out = (mg_mol_batch){.n = n,
                          .atom_offsets = atom_offsets,
                          .atom_ids = atom_ids,
                          .edge_offsets = offsets,
                          .edge_src = src,
                          .edge_ids = ids,
                          .atom_cols = atom_cols,
                          .bond_cols = bond_cols};
    return MOLGLOT_OK;
}

int mg_inputs_batch(const mg_inputs *in, const mg_heads_config *c, const int64_t *rows, int64_t n,
                    const float *mean, const float *scale, float keep, uint64_t key,
                    mg_arena *arena, mg_heads_batch *out, molglot_error *err) {
    const int dense = mg_heads_dense(c);
    *out = (mg_heads_batch){.n = n};
    int code = mg_heads_sparse(c) ? pack_sparse(in, c, rows, n, keep, key, arena, &out->sparse, err)
                                  : MOLGLOT_OK;
    if (!code && dense) code = pack_dense(in, dense, rows, n, mean, scale, arena, &out->dense, err);
    if (!code && c->graph_layers) code = pack_graphs(in, c, rows, n, arena, &out->mol, err);
    return code;
}
