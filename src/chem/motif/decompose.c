/* decompose.c - a molecule to a tree of motifs (docs/reference/3m-diffusion.md 3.2 to 3.7):
 * fragments that bonds between rings and chains cut off, clusters (fragments that stay whole,
 * bonds, rings), the tree of clusters of greatest weight, its nodes depth first from atom 0, their
 * labels, and the sites where a child could have been put.
 */
#include "base/grow.h"
#include "chem/mol.h"
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 1024 };

typedef struct edge {
    int32_t a, b, weight, order; /* order: when it was added */
} edge;

typedef struct cluster {
    int32_t at, n, least; /* in work.members; the lowest atom */
    bool whole;           /* a fragment */
} cluster;

typedef struct work {
    mg_mol_arrays m;
    mg_mol *to_cut;
    mg_decomposition *d;
    molglot_row_status *row;
    molglot_error *err;
    int32_t *members; /* atoms of all clusters */
    size_t n_members, cap_members;
    cluster *clusters;
    size_t n_clusters, cap_clusters, n_real; /* n_real: without singletons */
    edge *edges;
    size_t n_edges, cap_edges;
    int32_t *member_at, *member_of; /* clusters of an atom, CSR */
} work;

static int no_memory(work *w) { return mg_no_memory(w->err, "a molecule's motifs"); }

static bool has(const int32_t *list, int32_t n, int32_t x) {
    for (int32_t i = 0; i < n; i++)
        if (list[i] == x) return true;
    return false;
}

static int add_cluster(work *w, const int32_t *atoms, int32_t n, bool whole) {
    if (w->n_clusters >= MOST_NODES) return mg_row_refuse(w->row, -1, "too many motifs");
    if (!MG_GROW(w->clusters, w->cap_clusters, w->n_clusters + 1) ||
        !MG_GROW(w->members, w->cap_members, w->n_members + (size_t)n))
        return no_memory(w);
    cluster *c = &w->clusters[w->n_clusters++];
    *c = (cluster){.at = (int32_t)w->n_members, .n = n, .least = atoms[0], .whole = whole};
    for (int32_t i = 0; i < n; i++) {
        w->members[w->n_members++] = atoms[i];
        if (atoms[i] < c->least) c->least = atoms[i];
    }
    return MOLGLOT_OK;
}

static const int32_t *atoms_of(const work *w, size_t k) { return w->members + w->clusters[k].at; }

/* ---- fragments ---- */

/* What happens to a bond outside rings: 0 it stays; 1 it goes; 2, 3: a copy of a, of b, in its
 * place. */
static int fate(const mg_mol_arrays *m, const mg_bond *b) {
    const bool x = m->atoms[b->a].in_ring, y = m->atoms[b->b].in_ring;
    if (b->in_ring || (!x && !y)) return 0;
    if (x && y) return 1;
    const int32_t other = x ? b->b : b->a;
    if (m->offsets[other + 1] - m->offsets[other] == 1) return 0;
    return x ? 2 : 3;
}

static int32_t root_of(int32_t *up, int32_t i) {
    while (up[i] != i) i = up[i] = up[up[i]];
    return i;
}

/* Ends of bond k among atoms and copies; false: it is no more. Copy i stands at n_atoms + i. */
static bool ends(const work *w, int32_t k, int32_t *copies, int32_t *a, int32_t *b) {
    const mg_bond *bond = &w->m.bonds[k];
    const int what = fate(&w->m, bond);
    *a = bond->a, *b = bond->b;
    if (what == 2) *a = w->m.n_atoms + (*copies)++;
    if (what == 3) *b = w->m.n_atoms + (*copies)++;
    return what != 1;
}

/* The piece of the atoms and copies that hang together with `root`; n_atoms 0: too many. */
static void take_fragment(const work *w, int32_t *up, int32_t root, const int32_t *original,
                          int32_t n, mg_piece *out) {
    uint8_t place[2 * MG_CUT_ATOMS];
    memset(out, 0, sizeof *out);
    for (int32_t i = 0; i < n; i++) {
        if (root_of(up, i) != root) continue;
        if (out->n_atoms == MG_PIECE_ATOMS) {
            out->n_atoms = 0;
            return;
        }
        place[i] = (uint8_t)out->n_atoms;
        out->atoms[out->n_atoms].number = w->m.atoms[original[i]].number;
        out->atoms[out->n_atoms++].charge = w->m.atoms[original[i]].charge;
    }
    for (int32_t k = 0, copies = 0, a, b; k < w->m.n_bonds; k++) {
        if (!ends(w, k, &copies, &a, &b) || root_of(up, a) != root) continue;
        if (out->n_bonds == MG_PIECE_BONDS) {
            out->n_atoms = 0;
            return;
        }
        out->bonds[out->n_bonds].a = place[a], out->bonds[out->n_bonds].b = place[b];
        out->bonds[out->n_bonds++].order = w->m.bonds[k].order;
    }
}

static int by_int(const void *a, const void *b) {
    return *(const int32_t *)a - *(const int32_t *)b;
}

static int find_fragments(work *w) {
    mg_decomposition *d = w->d;
    int32_t up[2 * MG_CUT_ATOMS], original[2 * MG_CUT_ATOMS], n = w->m.n_atoms, copies = 0, a, b;
    for (int32_t i = 0; i < n; i++) up[i] = original[i] = i;
    for (int32_t k = 0; k < w->m.n_bonds; k++) {
        const int what = fate(&w->m, &w->m.bonds[k]);
        if (what < 2) continue;
        if (n == 2 * MG_CUT_ATOMS) return mg_row_refuse(w->row, -1, "too many motifs");
        up[n] = n;
        original[n++] = what == 2 ? w->m.bonds[k].a : w->m.bonds[k].b;
    }
    for (int32_t k = 0; k < w->m.n_bonds; k++)
        if (ends(w, k, &copies, &a, &b)) up[root_of(up, a)] = root_of(up, b);
    d->fragments = calloc((size_t)n + 1, sizeof *d->fragments);
    d->fragment_of = malloc(((size_t)n + 2) * sizeof *d->fragment_of);
    d->fragment_atoms = malloc(((size_t)n + 1) * sizeof *d->fragment_atoms);
    if (!d->fragments || !d->fragment_of || !d->fragment_atoms) return no_memory(w);
    d->fragment_of[0] = 0;
    bool done[2 * MG_CUT_ATOMS] = {false};
    for (int32_t i = 0; i < n; i++) {
        const int32_t root = root_of(up, i);
        if (done[root]) continue;
        done[root] = true;
        const int32_t from = d->n_fragment_atoms;
        for (int32_t j = 0; j < n; j++)
            if (root_of(up, j) == root) d->fragment_atoms[d->n_fragment_atoms++] = original[j];
        qsort(d->fragment_atoms + from, (size_t)(d->n_fragment_atoms - from), sizeof(int32_t),
              by_int);
        take_fragment(w, up, root, original, n, &d->fragments[d->n_fragments]);
        d->fragment_of[++d->n_fragments] = d->n_fragment_atoms;
    }
    return MOLGLOT_OK;
}

/* ---- clusters ---- */

static bool inside(const int32_t *atoms, int32_t n, const int32_t *set, int32_t m) {
    for (int32_t i = 0; i < n; i++)
        if (!has(set, m, atoms[i])) return false;
    return true;
}

/* Whether a fragment that stays whole has all these atoms. */
static bool is_taken(const work *w, const bool *whole, const int32_t *atoms, int32_t n) {
    const mg_decomposition *d = w->d;
    for (int32_t f = 0; f < d->n_fragments; f++)
        if (whole[f] && inside(atoms, n, d->fragment_atoms + d->fragment_of[f],
                               d->fragment_of[f + 1] - d->fragment_of[f]))
            return true;
    return false;
}

static int add_base(work *w, const bool *whole, const int32_t *atoms, int32_t n) {
    return is_taken(w, whole, atoms, n) ? MOLGLOT_OK : add_cluster(w, atoms, n, false);
}

/* Fragments, then bonds, then rings; sorted by their lowest atoms, which keeps that order. */
static int find_clusters(work *w, const mg_motif_vocab *vocab) {
    const mg_decomposition *d = w->d;
    bool whole[2 * MG_CUT_ATOMS] = {false};
    int code = MOLGLOT_OK;
    for (int32_t f = 0; f < d->n_fragments && !code; f++) {
        whole[f] = vocab && d->fragments[f].n_atoms > 0 &&
                   mg_motif_vocab_whole(vocab, &d->fragments[f]);
        if (whole[f])
            code = add_cluster(w, d->fragment_atoms + d->fragment_of[f],
                               d->fragment_of[f + 1] - d->fragment_of[f], true);
    }
    for (int32_t k = 0; k < w->m.n_bonds && !code; k++)
        if (!w->m.bonds[k].in_ring)
            code = add_base(w, whole, (int32_t[]){w->m.bonds[k].a, w->m.bonds[k].b}, 2);
    for (int32_t r = 0; r < w->m.n_rings && !code; r++)
        code = add_base(w, whole, w->m.ring_atoms + w->m.ring_offsets[r],
                        w->m.ring_offsets[r + 1] - w->m.ring_offsets[r]);
    for (size_t i = 1; i < w->n_clusters; i++) { /* insertion: stable */
        const cluster c = w->clusters[i];
        size_t j = i;
        for (; j > 0 && w->clusters[j - 1].least > c.least; j--)
            w->clusters[j] = w->clusters[j - 1];
        w->clusters[j] = c;
    }
    w->n_real = w->n_clusters;
    if (!code && w->n_clusters == 0) code = mg_row_refuse(w->row, -1, "no bond");
    return code;
}

static int list_memberships(work *w) {
    const int32_t n = w->m.n_atoms;
    w->member_at = calloc((size_t)n + 1, sizeof *w->member_at);
    w->member_of = malloc((w->n_members + 1) * sizeof *w->member_of);
    if (!w->member_at || !w->member_of) return no_memory(w);
    int32_t at = 0;
    for (int32_t a = 0; a < n; a++) {
        w->member_at[a] = at;
        for (size_t c = 0; c < w->n_real; c++)
            if (has(atoms_of(w, c), w->clusters[c].n, a)) w->member_of[at++] = (int32_t)c;
    }
    w->member_at[n] = at;
    return MOLGLOT_OK;
}

/* ---- the tree ---- */

static int add_edge(work *w, int32_t a, int32_t b, int32_t weight) {
    for (size_t i = 0; i < w->n_edges; i++)
        if (w->edges[i].a == a && w->edges[i].b == b) {
            w->edges[i].weight = weight;
            return MOLGLOT_OK;
        }
    if (!MG_GROW(w->edges, w->cap_edges, w->n_edges + 1)) return no_memory(w);
    w->edges[w->n_edges] = (edge){a, b, weight, (int32_t)w->n_edges};
    w->n_edges++;
    return MOLGLOT_OK;
}

static int32_t shared(const work *w, int32_t a, int32_t b) {
    int32_t n = 0;
    for (int32_t i = 0; i < w->clusters[a].n; i++)
        n += has(atoms_of(w, (size_t)b), w->clusters[b].n, atoms_of(w, (size_t)a)[i]);
    return n;
}

/* Atoms that all of an atom's clusters have. */
static int32_t in_all(const work *w, const int32_t *of, int32_t n) {
    int32_t count = 0;
    for (int32_t i = 0; i < w->clusters[of[0]].n; i++) {
        const int32_t atom = atoms_of(w, (size_t)of[0])[i];
        bool all = true;
        for (int32_t k = 1; k < n && all; k++)
            all = has(atoms_of(w, (size_t)of[k]), w->clusters[of[k]].n, atom);
        count += all;
    }
    return count;
}

static int join_atom(work *w, int32_t atom) {
    const int32_t *of = w->member_of + w->member_at[atom];
    const int32_t n = w->member_at[atom + 1] - w->member_at[atom];
    int code = MOLGLOT_OK;
    if (n < 2) return MOLGLOT_OK;
    if (n > 2 && in_all(w, of, n) == 1) {
        if ((code = add_cluster(w, &atom, 1, false))) return code;
        for (int32_t i = 0; i < n && !code; i++)
            code = add_edge(w, of[i], (int32_t)w->n_clusters - 1, 100);
        return code;
    }
    for (int32_t i = 0; i < n && !code; i++)
        for (int32_t j = i + 1; j < n && !code; j++)
            code = add_edge(w, of[i], of[j],
                            w->clusters[of[i]].n + w->clusters[of[j]].n - shared(w, of[i], of[j]));
    return code;
}

static int by_weight(const void *a, const void *b) {
    const edge *x = a, *y = b;
    return x->weight != y->weight ? y->weight - x->weight : x->order - y->order;
}

/* The edges of a spanning tree of greatest weight stay. */
static int make_tree(work *w) {
    int code = MOLGLOT_OK;
    for (int32_t a = 0; a < w->m.n_atoms && !code; a++) code = join_atom(w, a);
    if (code) return code;
    if (w->n_edges + 1 < w->n_clusters)
        return mg_row_refuse(w->row, -1, "several components: motifs make one");
    int32_t *up = malloc(w->n_clusters * sizeof *up);
    if (!up) return no_memory(w);
    size_t kept = 0;
    for (size_t i = 0; i < w->n_clusters; i++) up[i] = (int32_t)i;
    if (w->n_edges + 1 > w->n_clusters) qsort(w->edges, w->n_edges, sizeof *w->edges, by_weight);
    for (size_t i = 0; i < w->n_edges; i++) {
        const int32_t a = root_of(up, w->edges[i].a), b = root_of(up, w->edges[i].b);
        if (a == b) continue;
        up[a] = b;
        w->edges[kept++] = w->edges[i];
    }
    free(up);
    w->n_edges = kept;
    return kept + 1 == w->n_clusters
               ? MOLGLOT_OK
               : mg_row_refuse(w->row, -1, "several components: motifs make one");
}

/* Children of x in ascending order are those edges with x that do not lead to its parent. */
static int32_t next_child(const work *w, int32_t x, int32_t parent, int32_t after) {
    int32_t best = -1;
    for (size_t i = 0; i < w->n_edges; i++) {
        const edge *e = &w->edges[i];
        const int32_t y = e->a == x ? e->b : e->b == x ? e->a : -1;
        if (y > after && y != parent && (best < 0 || y < best)) best = y;
    }
    return best;
}

static int walk_tree(work *w) {
    mg_decomposition *d = w->d;
    d->n_nodes = (int32_t)w->n_clusters;
    d->nodes = calloc(w->n_clusters, sizeof *d->nodes);
    d->moves = malloc(2 * w->n_clusters * sizeof *d->moves);
    int32_t *last = malloc(w->n_clusters * sizeof *last);
    int code = d->nodes && d->moves && last ? MOLGLOT_OK : no_memory(w);
    for (int32_t i = 0; i < d->n_nodes && !code; i++) {
        d->nodes[i].at = w->clusters[i].at, d->nodes[i].n_atoms = w->clusters[i].n;
        d->nodes[i].parent = last[i] = -1;
    }
    int32_t children[MOST_NODES] = {0};
    for (int32_t x = 0; !code;) {
        const int32_t parent = d->nodes[x].parent, y = next_child(w, x, parent, last[x]);
        mg_motif_move *move = &d->moves[d->n_moves++];
        if (y < 0) {
            *move = (mg_motif_move){x, parent, false};
            if (parent < 0) break;
            x = parent;
            continue;
        }
        *move = (mg_motif_move){x, y, true};
        last[x] = y;
        d->nodes[y].parent = x;
        d->nodes[y].position = ++children[x];
        if (children[x] >= MG_MOTIF_POSITIONS)
            code = mg_row_refuse(w->row, -1, "a motif with too many neighbours");
        x = y;
    }
    free(last);
    return code;
}

/* ---- labels ---- */

/* The atoms of a cluster as a piece, with the atom of the molecule that each is. */
static int cut_cluster(work *w, const int32_t *atoms, int32_t n, mg_piece *out, int32_t *origin) {
    memset(out, 0, sizeof *out);
    if (n > MG_PIECE_ATOMS) return mg_row_refuse(w->row, -1, "a motif with too many atoms");
    if (n <= 2) { /* RDKit would say the same */
        for (int32_t i = 0; i < n; i++) {
            origin[i] = atoms[i];
            out->atoms[i].number = w->m.atoms[atoms[i]].number;
            out->atoms[i].charge = w->m.atoms[atoms[i]].charge;
        }
        out->n_atoms = n;
        for (int32_t k = 0; k < w->m.n_bonds && n == 2; k++) {
            const mg_bond *b = &w->m.bonds[k];
            if (!has(atoms, 2, b->a) || !has(atoms, 2, b->b)) continue;
            out->bonds[0].b = 1, out->bonds[0].order = b->order;
            out->n_bonds = 1;
        }
        return MOLGLOT_OK;
    }
    mg_cut cut;
    int code = mg_mol_cut(w->to_cut, atoms, n, false, &cut, w->row);
    if (code) return code;
    if (cut.n_bonds > MG_PIECE_BONDS)
        return mg_row_refuse(w->row, -1, "a motif with too many bonds");
    out->n_atoms = cut.n_atoms, out->n_bonds = cut.n_bonds;
    for (int32_t i = 0; i < cut.n_atoms; i++) {
        origin[i] = cut.origin[i];
        out->atoms[i].number = cut.number[i], out->atoms[i].charge = cut.charge[i];
    }
    for (int32_t k = 0; k < cut.n_bonds; k++) {
        out->bonds[k].a = cut.bonds[k].a, out->bonds[k].b = cut.bonds[k].b;
        out->bonds[k].order = cut.bonds[k].order;
    }
    return MOLGLOT_OK;
}

static int add_anchors(work *w, mg_motif_node *node, const mg_piece *plain, const int32_t *origin,
                       const bool *joint) {
    for (int32_t i = 0; i < plain->n_atoms; i++) {
        bool outward = plain->n_bonds == 0;
        for (int32_t k = 0; k < plain->n_bonds && joint[i]; k++) {
            const int a = plain->bonds[k].a, b = plain->bonds[k].b;
            outward |= (a == i && !joint[b]) || (b == i && !joint[a]);
        }
        if (!outward || (plain->n_bonds > 0 && !joint[i])) continue;
        if (node->n_anchors == (int32_t)MG_COUNT(node->anchors))
            return mg_row_refuse(w->row, -1, "motifs that meet in too many places");
        node->anchors[node->n_anchors] = origin[i];
        node->anchor_as[node->n_anchors++] = plain->n_bonds > 0 ? mg_piece_marked(plain, i)
                                                                : *plain;
    }
    return MOLGLOT_OK;
}

static int label_node(work *w, int32_t i) {
    mg_decomposition *d = w->d;
    mg_motif_node *node = &d->nodes[i];
    const int32_t *atoms = d->clusters + node->at;
    const mg_motif_node *parent = node->parent < 0 ? NULL : &d->nodes[node->parent];
    int32_t origin[MG_PIECE_ATOMS];
    bool joint[MG_PIECE_ATOMS];
    int code = cut_cluster(w, atoms, node->n_atoms, &node->label, origin);
    if (code) return code;
    const mg_piece plain = node->label;
    for (int32_t k = 0; k < plain.n_atoms; k++) node->origin[k] = (uint8_t)origin[k];
    for (int32_t k = 0; k < plain.n_atoms; k++) {
        const int32_t a = origin[k];
        joint[k] = parent ? has(d->clusters + parent->at, parent->n_atoms, a) : a == 0;
        const bool others = w->member_at[a + 1] - w->member_at[a] > 1;
        if (plain.n_bonds > 0) node->label.atoms[k].label = joint[k] ? 1 : others ? 2 : 0;
    }
    if (i == 0) {
        d->open_root = node->label;
        for (int32_t k = 0; k < plain.n_atoms && plain.n_bonds > 0; k++)
            if (joint[k])
                d->open_root.atoms[k].label = w->member_at[1] - w->member_at[0] > 1 ? 2 : 0;
    }
    return add_anchors(w, node, &plain, origin, joint);
}

/* ---- sites ---- */

static int add_site(work *w, size_t *cap, int32_t a) {
    mg_decomposition *d = w->d;
    if (!MG_GROW(d->sites, *cap, (size_t)d->n_sites + 1)) return no_memory(w);
    d->sites[d->n_sites++] = a;
    return MOLGLOT_OK;
}

/* Symmetry of what was there when node i came: its parent, earlier siblings, and grandparent. */
static int rank_history(work *w, int32_t i, int32_t *rank) {
    const mg_decomposition *d = w->d;
    const int32_t parent = d->nodes[i].parent, above = d->nodes[parent].parent;
    int32_t atoms[MG_CUT_ATOMS], n = 0;
    bool there[MG_CUT_ATOMS] = {false};
    for (int32_t k = 0; k < d->n_nodes; k++) {
        const bool sibling = d->nodes[k].parent == parent &&
                             d->nodes[k].position < d->nodes[i].position && k != 0;
        if (k != parent && k != above && !sibling) continue;
        for (int32_t j = 0; j < d->nodes[k].n_atoms; j++)
            there[d->clusters[d->nodes[k].at + j]] = 1;
    }
    for (int32_t a = 0; a < w->m.n_atoms; a++)
        if (there[a]) atoms[n++] = a;
    mg_cut cut;
    int code = mg_mol_cut(w->to_cut, atoms, n, true, &cut, w->row);
    for (int32_t k = 0; k < n && !code; k++) rank[cut.origin[k]] = cut.rank[k];
    return code;
}

static bool same_pieces(const mg_piece *a, const mg_piece *b) {
    mg_str x = {0}, y = {0};
    mg_piece_key(a, false, &x);
    mg_piece_key(b, false, &y);
    const bool same = !x.failed && !y.failed && x.n == y.n && !memcmp(x.s, y.s, x.n);
    mg_str_free(&x);
    mg_str_free(&y);
    return same;
}

/* Pairs (x, y) of the parent's cyclic list that span m atoms. */
static int pair_sites(work *w, const mg_motif_node *node, int32_t m, const int32_t *rank,
                      size_t *cap) {
    const mg_motif_node *parent = &w->d->nodes[node->parent];
    const int32_t *list = w->d->clusters + parent->at, n = parent->n_atoms;
    const int32_t p = node->anchors[0], q = node->anchors[1];
    const bool alike = same_pieces(&node->anchor_as[0], &node->anchor_as[1]);
    int code = add_site(w, cap, p);
    if (!code) code = add_site(w, cap, q);
    for (int32_t k = 0; k < (alike ? n : 2 * n) && !code; k++) {
        const int32_t a = list[k % n], b = list[(k + m - 1) % n];
        const int32_t x = k < n ? a : b, y = k < n ? b : a;
        const bool same = alike ? rank[x < y ? x : y] == rank[p < q ? p : q] &&
                                      rank[x < y ? y : x] == rank[p < q ? q : p]
                                : rank[x] == rank[p] && rank[y] == rank[q];
        if (same) continue;
        code = add_site(w, cap, x);
        if (!code) code = add_site(w, cap, y);
    }
    return code;
}

static int find_sites(work *w, int32_t i, size_t *cap) {
    mg_decomposition *d = w->d;
    mg_motif_node *node = &d->nodes[i];
    if (node->parent < 0 || d->nodes[node->parent].n_atoms <= 2) return MOLGLOT_OK;
    const mg_motif_node *parent = &d->nodes[node->parent];
    int32_t rank[MG_CUT_ATOMS], m = 0;
    for (int32_t k = 0; k < node->n_atoms; k++)
        m += has(d->clusters + parent->at, parent->n_atoms, d->clusters[node->at + k]);
    if (node->n_anchors < 1 || (m > 1 && node->n_anchors != 2))
        return mg_row_refuse(w->row, -1, "motifs that meet in too many places");
    int code = rank_history(w, i, rank);
    node->site = d->n_sites;
    if (code) return code;
    if (m > 1) {
        code = pair_sites(w, node, m, rank, cap);
        node->n_sites = (d->n_sites - node->site) / 2;
        return code;
    }
    const int32_t p = node->anchors[0];
    code = add_site(w, cap, p);
    for (int32_t k = 0; k < parent->n_atoms && !code; k++) {
        const int32_t x = d->clusters[parent->at + k];
        if (rank[x] != rank[p]) code = add_site(w, cap, x);
    }
    node->n_sites = d->n_sites - node->site;
    return code;
}

/* The first child that puts atom n beside atom f of its parent leaves its position on n -> f. */
static void mark_bonds(work *w, int32_t i) {
    mg_decomposition *d = w->d;
    const mg_motif_node *node = &d->nodes[i];
    if (node->n_sites == 0) return;
    const mg_motif_node *parent = &d->nodes[node->parent];
    const int32_t *own = d->clusters + node->at, *theirs = d->clusters + parent->at;
    for (int32_t k = 0; k < 2 * d->n_bonds; k++) {
        mg_motif_bond *b = &d->bonds[k];
        if (b->position || !has(own, node->n_atoms, b->from) || !has(own, node->n_atoms, b->to) ||
            !has(theirs, parent->n_atoms, b->to) || has(theirs, parent->n_atoms, b->from))
            continue;
        b->position = (uint8_t)node->position;
    }
}

/* ---- all of it ---- */

static int copy_graph(work *w) {
    mg_decomposition *d = w->d;
    d->n_atoms = w->m.n_atoms, d->n_bonds = w->m.n_bonds;
    d->kinds = malloc((size_t)d->n_atoms + 1);
    d->bonds = calloc(2 * (size_t)d->n_bonds + 1, sizeof *d->bonds);
    if (!d->kinds || !d->bonds) return no_memory(w);
    for (int32_t i = 0; i < d->n_atoms; i++) {
        const int kind = mg_motif_atom(w->m.atoms[i].number, w->m.atoms[i].charge);
        d->strange |= kind < 0;
        d->kinds[i] = (uint8_t)(kind < 0 ? MG_MOTIF_ATOMS : kind);
    }
    for (int32_t k = 0; k < d->n_bonds; k++) {
        const mg_bond *b = &w->m.bonds[k];
        if (b->order > MG_ORDER_TRIPLE)
            return mg_row_refuse(w->row, -1, "a bond of a kind that motifs do not have");
        d->bonds[2 * k] = (mg_motif_bond){.from = b->a, .to = b->b, .order = b->order};
        d->bonds[2 * k + 1] = (mg_motif_bond){.from = b->b, .to = b->a, .order = b->order};
    }
    return MOLGLOT_OK;
}

static int copy_clusters(work *w) {
    mg_decomposition *d = w->d;
    d->n_members = (int32_t)w->n_members;
    d->clusters = w->members;
    w->members = NULL;
    return MOLGLOT_OK;
}

static int decompose(work *w, const mg_mol *m, const mg_motif_vocab *vocab, bool all) {
    if (mg_mol_atoms(m) < 2) return mg_row_refuse(w->row, -1, "a single atom");
    if (!(w->to_cut = mg_mol_to_cut(m, w->row))) return MOLGLOT_BAD_FILE;
    size_t cap = 0;
    int code = mg_mol_arrays_get(m, true, &w->m, w->err);
    if (!code) code = copy_graph(w);
    if (!code) code = find_fragments(w);
    if (code || !all) return code;
    code = find_clusters(w, vocab);
    if (!code) code = list_memberships(w);
    if (!code) code = make_tree(w);
    if (!code) code = walk_tree(w);
    if (!code) code = copy_clusters(w);
    for (int32_t i = 0; i < w->d->n_nodes && !code; i++) code = label_node(w, i);
    for (int32_t i = 1; i < w->d->n_nodes && !code; i++) {
        code = find_sites(w, i, &cap);
        if (!code) mark_bonds(w, i);
    }
    return code;
}

static int run(const mg_mol *m, const mg_motif_vocab *vocab, bool all, mg_decomposition *out,
               molglot_row_status *row, molglot_error *err) {
    work w = {.d = out, .row = row, .err = err};
    memset(out, 0, sizeof *out);
    mg_row_accept(row);
    const int code = decompose(&w, m, vocab, all);
    mg_mol_arrays_free(&w.m);
    mg_mol_free(w.to_cut);
    free(w.members);
    free(w.clusters);
    free(w.edges);
    free(w.member_at);
    free(w.member_of);
    if (code) mg_decomposition_free(out);
    return code;
}

int mg_decompose(const mg_mol *m, const mg_motif_vocab *vocab, mg_decomposition *out,
                 molglot_row_status *row, molglot_error *err) {
    return run(m, vocab, true, out, row, err);
}

int mg_decompose_fragments(const mg_mol *m, mg_decomposition *out, molglot_row_status *row,
                           molglot_error *err) {
    return run(m, NULL, false, out, row, err);
}

void mg_decomposition_free(mg_decomposition *d) {
    if (!d) return;
    free(d->kinds);
    free(d->bonds);
    free(d->nodes);
    free(d->moves);
    free(d->clusters);
    free(d->sites);
    free(d->fragments);
    free(d->fragment_of);
    free(d->fragment_atoms);
    memset(d, 0, sizeof *d);
}
