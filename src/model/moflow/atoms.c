/* atoms.c - the atom flow (docs/reference/momu.md 11.3), told by the bonds: x [molecules * n, T].
 * Flow k changes row r = k mod n of each molecule, told by the other rows.
 *
 *   actnorm of each row, then
 *   g = 1/n sum over types e of bond and rows j: A_e[r,j] (W_e x_j + b_e), x_r taken as 0      + b
 *   (u | t) = W relu(norm(W relu(norm(W relu(norm(g))))))        x_r = (x_r + t) sigmoid(u)
 *
 * The published code computes g of all rows and keeps row r's; its norm has numbers for each row,
 * so only those of row r count: one mean and variance over molecules and channels. Its weight for
 * x_r itself multiplies zeros and is left out.
 *
 * g is one product: row j of x with a 1 behind it, four times side by side, times A_e[r,j] in each
 * of the four parts, summed over j: [molecules, 4 (T + 1)].
 */
#include "model/moflow/inside.h"

void mg_atom_flow_init(mg_atom_flow *f, mg_params *p, const mg_moflow *m, int number) {
    const mg_moflow_config *c = &m->c;
    const int64_t n = c->slots, wide = MG_MOFLOW_BONDS * ((int64_t)m->s.types + 1);
    char stem[64], name[MG_NAME_MAX], leaf[32];
    snprintf(stem, sizeof stem, "atoms.%d", number);
    f->norm.shift = mg_moflow_add(p, stem, "actnorm.shift", 1, n, MG_INIT_ZERO, 0);
    f->norm.log_scale = mg_moflow_add(p, stem, "actnorm.log_scale", 1, n, MG_INIT_ZERO, 0);
    mg_dense_init(&f->edges, p, mg_name_under(name, stem, "edges"), wide, c->atom_graph, true);
    mg_dense_init(&f->hidden, p, mg_name_under(name, stem, "hidden"), c->atom_graph, c->atom_hidden,
                  true);
    mg_dense_init(&f->last, p, mg_name_under(name, stem, "last"), c->atom_hidden, c->atom_last,
                  true);
    mg_name_under(name, stem, "out");
    f->out.w = mg_moflow_add(p, name, "weight", 2 * m->s.types, c->atom_last, MG_INIT_ZERO,
                             MG_PARAM_DECAY);
    f->out.b = mg_moflow_add(p, name, "bias", 1, 2 * m->s.types, MG_INIT_ZERO, 0);
    for (int k = 0; k < 3; k++) {
        snprintf(leaf, sizeof leaf, "norm.%d", k);
        mg_bnorm_init(&f->norms[k], p, mg_name_under(name, stem, leaf), 1);
    }
}

/* Row r of each molecule, or (rest) all others with row r as zeros. */
static mg_tensor *rows_of(mg_tape *t, mg_tensor *x, int64_t n, int64_t row, bool rest) {
    const int64_t molecules = x ? x->rows / n : 0;
    int32_t *ids = mg_tape_alloc(t, (size_t)(molecules * n + 1) * sizeof *ids);
    if (!x || !ids) return NULL;
    if (!rest) {
        for (int64_t i = 0; i < molecules; i++) ids[i] = (int32_t)(i * n + row);
        return mg_rows_at(t, x, ids, molecules);
    }
    for (int64_t i = 0; i < molecules * n; i++) ids[i] = i % n == row ? -1 : (int32_t)i;
    return mg_rows_at_some(t, x, ids, molecules * n);
}

/* x [molecules, T] as row r of each molecule, all others zeros. */
static mg_tensor *place(mg_tape *t, mg_tensor *x, int64_t n, int64_t row) {
    const int64_t molecules = x ? x->rows : 0;
    int32_t *ids = mg_tape_alloc(t, (size_t)(molecules * n + 1) * sizeof *ids);
    if (!x || !ids) return NULL;
    for (int64_t i = 0; i < molecules * n; i++) ids[i] = i % n == row ? (int32_t)(i / n) : -1;
    return mg_rows_at_some(t, x, ids, molecules * n);
}

mg_tensor *mg_atom_flow_rows(mg_tape *t, const mg_moflow *m, mg_tensor *adjacency, int row) {
    const int64_t n = m->c.slots, part = (int64_t)m->s.types + 1, wide = MG_MOFLOW_BONDS * part;
    float spread[MG_MOFLOW_BONDS * (MG_MOFLOW_TYPES + 1) * MG_MOFLOW_BONDS];
    const int64_t molecules = adjacency ? adjacency->rows / (n * n) : 0;
    int32_t *ids = mg_tape_alloc(t, (size_t)(molecules * n + 1) * sizeof *ids);
    if (!adjacency || !ids) return NULL;
    for (int64_t i = 0; i < molecules * n; i++) ids[i] = (int32_t)(i / n * n * n + row * n + i % n);
    for (int64_t k = 0; k < wide; k++)
        for (int64_t e = 0; e < MG_MOFLOW_BONDS; e++)
            spread[k * MG_MOFLOW_BONDS + e] = k / part == e ? 1.0f : 0.0f;
    return mg_linear(t, mg_rows_at(t, adjacency, ids, molecules * n),
                     mg_input(t, spread, wide, MG_MOFLOW_BONDS, false), NULL, MG_ACT_NONE);
}

/* (u | t) [molecules, 2T] from the rows that stay. */
static mg_tensor *estimate(mg_tape *t, const mg_moflow *m, const mg_atom_flow *f, mg_tensor *rest,
                           mg_tensor *edges) {
    const int64_t n = m->c.slots, types = m->s.types, wide = MG_MOFLOW_BONDS * (types + 1);
    float tile[MG_MOFLOW_BONDS * (MG_MOFLOW_TYPES + 1) * MG_MOFLOW_TYPES],
        one[MG_MOFLOW_BONDS * (MG_MOFLOW_TYPES + 1)];
    if (!rest || !edges) return NULL;
    for (int64_t k = 0; k < wide; k++) {
        for (int64_t j = 0; j < types; j++)
            tile[k * types + j] = k % (types + 1) == j ? 1.0f : 0.0f;
        one[k] = k % (types + 1) == types ? 1.0f : 0.0f;
    }
    mg_tensor *tiled = mg_linear(t, rest, mg_input(t, tile, wide, types, false),
                                 mg_input(t, one, 1, wide, false), MG_ACT_NONE);
    const int64_t molecules = rest->rows / n;
    mg_tensor *g = mg_gather_sum(
        t, mg_mul(t, tiled, edges),
        (mg_csr){.n = molecules, .offsets = mg_rows_offsets(t, molecules, n), .mean = true});
    mg_tensor *h = mg_bnorm_forward(t, &f->norms[0],
                                    mg_dense_forward(t, &f->edges, g, MG_ACT_NONE));
    h = mg_bnorm_forward(t, &f->norms[1], mg_dense_forward(t, &f->hidden, h, MG_ACT_NONE));
    h = mg_bnorm_forward(t, &f->norms[2], mg_dense_forward(t, &f->last, h, MG_ACT_NONE));
    return mg_dense_forward(t, &f->out, h, MG_ACT_NONE);
}

mg_tensor *mg_atom_flow_forward(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_tensor *edges, mg_logdet *l, bool begin) {
    const mg_atom_flow *f = &m->atoms[number];
    const int64_t n = m->c.slots, row = number % n;
    mg_tensor *told[2], *mean_log;
    if (begin) mg_actnorm_begin(t, &f->norm, x, true);
    x = mg_actnorm_forward(t, &f->norm, x, true);
    mg_logdet_add(t, l, mg_mean(t, f->norm.log_scale), (double)m->s.atom_dim);
    mg_tensor *rest = rows_of(t, x, n, row, true);
    if (!mg_halves(t, estimate(t, m, f, rest, edges), told)) return NULL;
    mg_tensor *y = mg_couple(t, rows_of(t, x, n, row, false), told[0], told[1], &mean_log);
    mg_logdet_add(t, l, mean_log, (double)m->s.types);
    return mg_add(t, rest, place(t, y, n, row));
}

mg_tensor *mg_atom_flow_inverse(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_tensor *edges) {
    const mg_atom_flow *f = &m->atoms[number];
    const int64_t n = m->c.slots, row = number % n;
    mg_tensor *told[2], *rest = rows_of(t, x, n, row, true);
    if (!mg_halves(t, estimate(t, m, f, rest, edges), told)) return NULL;
    mg_tensor *y = mg_uncouple(t, rows_of(t, x, n, row, false), told[0], told[1]);
    return mg_actnorm_inverse(t, &f->norm, mg_add(t, rest, place(t, y, n, row)), true);
}
