/* replay.c - a molecule's own decisions through the assembler, with the vocabulary's labels: what a
 * decoder could reach that decides as its training says.
 *
 * A vocabulary's label is laid over the molecule's in each way that keeps elements, charges, labels
 * and bonds (alternating ones as equal), until one can be attached; ways differ by symmetry alone.
 */
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WAYS = 80, SITES = 2 * MG_PIECE_ATOMS * MG_PIECE_ATOMS };

typedef struct matching {
    const mg_piece *a, *b;
    uint8_t orders_a[MG_PIECE_ATOMS][MG_PIECE_ATOMS], orders_b[MG_PIECE_ATOMS][MG_PIECE_ATOMS];
    uint8_t to[MG_PIECE_ATOMS]; /* atom of b for each of a */
    bool used[MG_PIECE_ATOMS];
    int ways;
} matching;

typedef struct replay {
    const mg_decomposition *d;
    const mg_motif_vocab *v;
    const mg_replay_options *o;
    mg_assembly *a;
    int32_t place[256]; /* of each atom of the molecule */
    int32_t node[1024]; /* of each node */
    int reason;
} replay;

/* Orders from 1, alternating ones 9; 0: no bond. */
static void fill_orders(const mg_piece *p, bool alike,
                        uint8_t orders[MG_PIECE_ATOMS][MG_PIECE_ATOMS]) {
    memset(orders, 0, MG_PIECE_ATOMS * MG_PIECE_ATOMS);
    for (int32_t k = 0; k < p->n_bonds; k++) {
        uint8_t path[MG_PIECE_BONDS];
        const int x = p->bonds[k].a, y = p->bonds[k].b;
        orders[x][y] = orders[y][x] = alike && mg_piece_cycle(p, k, path) > 0
                                          ? 9
                                          : (uint8_t)(p->bonds[k].order + 1);
    }
}

static bool attach(replay *r, int32_t i, const mg_piece *label, const uint8_t *to) {
    const mg_motif_node *node = &r->d->nodes[i];
    uint8_t joints[MG_PIECE_ATOMS], anchors[2], site[MG_PIECE_ATOMS], sites[SITES];
    int n_anchors, m, room;
    if (i == 0) {
        if (!mg_assembly_root(r->a, label, r->o->closed_root)) return false;
    } else {
        const int32_t parent = r->node[node->parent];
        m = mg_label_joints(label, joints, anchors, &n_anchors);
        for (int k = 0; k < m; k++) {
            const int32_t at = r->place[node->origin[to[joints[k]]]];
            if (at < 0) return false;
            site[k] = (uint8_t)at;
        }
        const int n = mg_assembly_sites(r->a, parent, label, r->o->rigid, sites, &room);
        bool listed = false;
        for (int k = 0; k < n && !listed; k++)
            listed = memcmp(sites + k * room, site, (size_t)room) == 0;
        if (!listed) return false;
        r->reason = MG_REPLAY_NO_MOLECULE;
        if (!mg_assembly_attach(r->a, parent, label, site, r->o->rigid)) return false;
    }
    int32_t cluster[MG_PIECE_ATOMS];
    r->node[i] = mg_assembly_nodes(r->a) - 1;
    const int32_t n = mg_assembly_cluster(r->a, r->node[i], cluster);
    for (int32_t k = 0; k < n; k++) r->place[node->origin[to[k]]] = cluster[k];
    return true;
}

/* Lays atoms k .. of w->a over those of w->b. */
static bool lay(replay *r, matching *w, int32_t i, int32_t k) {
    if (k == w->a->n_atoms) return w->ways++ < MOST_WAYS && attach(r, i, w->a, w->to);
    for (int32_t x = 0; x < w->b->n_atoms; x++) {
        if (w->used[x] || w->a->atoms[k].number != w->b->atoms[x].number ||
            w->a->atoms[k].charge != w->b->atoms[x].charge ||
            w->a->atoms[k].label != w->b->atoms[x].label)
            continue;
        bool fits = true;
        for (int32_t j = 0; j < k && fits; j++)
            fits = w->orders_a[k][j] == w->orders_b[x][w->to[j]];
        if (!fits) continue;
        w->used[x] = true;
        w->to[k] = (uint8_t)x;
        if (lay(r, w, i, k + 1)) return true;
        w->used[x] = false;
        if (w->ways >= MOST_WAYS) return false;
    }
    return false;
}

static bool replay_node(replay *r, int32_t i) {
    const mg_piece *own = i == 0 && !r->o->published ? &r->d->open_root : &r->d->nodes[i].label;
    const int32_t pair = mg_motif_vocab_find(r->v, own, r->o->published);
    r->reason = MG_REPLAY_UNKNOWN;
    if (pair < 0) return false;
    matching w = {.a = mg_motif_vocab_label(r->v, pair), .b = own};
    fill_orders(w.a, !r->o->published, w.orders_a);
    fill_orders(w.b, !r->o->published, w.orders_b);
    r->reason = MG_REPLAY_NO_SITE;
    return w.a->n_atoms == w.b->n_atoms && lay(r, &w, i, 0);
}

/* Whether both are written alike without stereo. */
static bool same_molecule(const mg_mol *a, const mg_mol *b) {
    char *x = mg_mol_smiles(a, false), *y = b ? mg_mol_smiles(b, false) : NULL;
    const bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

int mg_motif_replay(const mg_mol *m, const mg_decomposition *d, const mg_motif_vocab *v,
                    const mg_replay_options *o, int *outcome, molglot_error *err) {
    replay r = {.d = d, .v = v, .o = o, .a = mg_assembly_new(err)};
    if (!r.a) return MOLGLOT_NO_MEMORY;
    bool going = !d->strange;
    r.reason = MG_REPLAY_UNKNOWN;
    for (size_t i = 0; i < MG_COUNT(r.place); i++) r.place[i] = -1;
    if (going) going = replay_node(&r, 0);
    for (int32_t k = 0; k < d->n_moves && going; k++)
        if (d->moves[k].grows) going = replay_node(&r, d->moves[k].to);
    mg_mol *built = going ? mg_assembly_molecule(r.a) : NULL;
    *outcome = !going ? r.reason : same_molecule(m, built) ? MG_REPLAY_SAME : MG_REPLAY_OTHER;
    mg_mol_free(built);
    mg_assembly_free(r.a);
    return MOLGLOT_OK;
}
