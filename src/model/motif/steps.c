/* steps.c - molecules that grow, and which rows each step of the decoder reads and writes.
 *
 * A step computes, for each molecule that moves, the messages of all bonds within node x's cluster,
 * its atoms, the node at both levels, and its message to y. Of the bonds those that none of the
 * same step comes into ("loose": a bond that is a motif of its own) are done at once; the others
 * update each other. Only what is there already counts.
 */
#include "base/grow.h"
#include "model/motif/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- molecules ---- */

int32_t mg_grown_atom(mg_grown *g, int kind) {
    const size_t n = (size_t)g->n_atoms + 1;
    if (!MG_GROW(g->kinds, g->cap_atoms[0], n) || !MG_GROW(g->first, g->cap_atoms[1], n) ||
        !MG_GROW(g->local, g->cap_atoms[2], n))
        return -1;
    g->kinds[g->n_atoms] = (uint8_t)kind;
    g->first[g->n_atoms] = g->local[g->n_atoms] = -1;
    return g->n_atoms++;
}

int32_t mg_grown_bond_add(mg_grown *g, int32_t a, int32_t b, uint8_t order) {
    if (!MG_GROW(g->bonds, g->cap_bonds, (size_t)g->n_bonds + 2)) return -1;
    for (int k = 0; k < 2; k++) {
        const int32_t to = k ? a : b;
        g->bonds[g->n_bonds] = (mg_grown_bond){.from = k ? b : a,
                                               .to = to,
                                               .next = g->first[to],
                                               .row = -1,
                                               .slot = -1,
                                               .order = order};
        g->first[to] = g->n_bonds++;
    }
    return g->n_bonds - 2;
}

int32_t mg_grown_node_add(mg_grown *g, const int32_t *atoms, int32_t n) {
    if (!MG_GROW(g->nodes, g->cap_nodes, (size_t)g->n_nodes + 1) ||
        !MG_GROW(g->members, g->cap_members, (size_t)(g->n_members + n)))
        return -1;
    g->nodes[g->n_nodes] =
        (mg_grown_node){.parent = -1, .at = g->n_members, .n_atoms = n, .down = -1, .up = -1};
    for (int32_t i = 0; i < n; i++) g->members[g->n_members++] = atoms[i];
    return g->n_nodes++;
}

void mg_grown_free(mg_grown *g) {
    free(g->kinds);
    free(g->first);
    free(g->local);
    free(g->bonds);
    free(g->nodes);
    free(g->members);
    memset(g, 0, sizeof *g);
}

static bool is_member(const mg_grown *g, const mg_grown_node *x, int32_t atom) {
    for (int32_t i = 0; i < x->n_atoms; i++)
        if (g->members[x->at + i] == atom) return true;
    return false;
}

void mg_grown_enter(mg_grown *g, int32_t node) {
    const mg_grown_node *x = &g->nodes[node];
    for (int32_t i = 0; i < x->n_atoms; i++)
        for (int32_t b = g->first[g->members[x->at + i]]; b >= 0; b = g->bonds[b].next)
            if (is_member(g, x, g->bonds[b].from)) g->bonds[b].there = true;
}

/* ---- lists ---- */

void mg_ints_add(mg_ints *l, int32_t x) {
    if (!MG_GROW(l->v, l->cap, l->n + 1))
        l->failed = true;
    else
        l->v[l->n++] = x;
}

/* Every list of a stepper. */
static mg_ints *list_of(mg_stepper *s, size_t k) { return (mg_ints *)(void *)s + k; }
enum { LISTS = offsetof(mg_stepper, next_bond) / sizeof(mg_ints) };

void mg_stepper_free(mg_stepper *s) {
    for (size_t k = 0; k < LISTS; k++) free(list_of(s, k)->v);
    memset(s, 0, sizeof *s);
}

/* A copy of up to two lists, one after another. */
static const int32_t *keep(mg_arena *to, const mg_ints *a, const mg_ints *b) {
    int32_t *out = mg_arena_alloc(to, (a->n + (b ? b->n : 0) + 1) * sizeof *out);
    if (!out) return NULL;
    if (a->n) memcpy(out, a->v, a->n * sizeof *out);
    if (b && b->n) memcpy(out + a->n, b->v, b->n * sizeof *out);
    return out;
}

/* ---- bonds ---- */

/* Gives each bond of the step its slot: loose ones from 0, bound ones from 0. */
static void sort_bonds(mg_stepper *s, const mg_moving *move, int32_t molecule) {
    mg_grown *g = move->g;
    const mg_grown_node *x = &g->nodes[move->x];
    for (int32_t i = 0; i < x->n_atoms; i++) /* marks first */
        for (int32_t b = g->first[g->members[x->at + i]]; b >= 0; b = g->bonds[b].next)
            if (g->bonds[b].there && is_member(g, x, g->bonds[b].from)) g->bonds[b].slot = 0;
    for (int32_t i = 0; i < x->n_atoms; i++)
        for (int32_t b = g->first[g->members[x->at + i]]; b >= 0; b = g->bonds[b].next) {
            if (g->bonds[b].slot < 0) continue;
            bool bound = false;
            for (int32_t k = g->first[g->bonds[b].from]; k >= 0; k = g->bonds[k].next)
                bound |= k != (b ^ 1) && g->bonds[k].slot >= 0;
            mg_ints_add(&s->bonds[bound], b);
            mg_ints_add(&s->owner[bound], molecule);
        }
}

static void list_features(mg_ints *to, const mg_grown *g, const mg_grown_bond *b) {
    mg_ints_add(to, g->kinds[b->from]);
    mg_ints_add(to, MG_MOTIF_ATOMS + b->order);
    mg_ints_add(to, MG_MOTIF_ATOMS + 4 + b->position);
}

/* A list of ends; the first is 0. */
static void start(mg_ints *at) {
    at->n = 0;
    mg_ints_add(at, 0);
}

static void list_bonds(mg_stepper *s, const mg_moving *moves) {
    const int32_t loose = (int32_t)s->bonds[0].n;
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < s->bonds[k].n; i++) {
            mg_grown_bond *b = &moves[s->owner[k].v[i]].g->bonds[s->bonds[k].v[i]];
            b->slot = k ? loose + (int32_t)i : (int32_t)i;
        }
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < s->bonds[k].n; i++) {
            const mg_grown *g = moves[s->owner[k].v[i]].g;
            const int32_t own = s->bonds[k].v[i];
            const mg_grown_bond *b = &g->bonds[own];
            list_features(&s->features[k], g, b);
            for (int32_t j = g->first[b->from]; j >= 0; j = g->bonds[j].next) {
                const mg_grown_bond *near = &g->bonds[j];
                if (j == (own ^ 1) || !near->there) continue;
                if (near->slot < 0 && near->row >= 0) mg_ints_add(&s->outer[k], near->row);
                if (near->slot >= loose) mg_ints_add(&s->inner, near->slot - loose);
                if (near->slot >= 0 && near->slot < loose)
                    mg_ints_add(&s->late, s->next_bond + near->slot);
            }
            mg_ints_add(&s->outer_at[k], (int32_t)s->outer[k].n);
            if (k) mg_ints_add(&s->inner_at, (int32_t)s->inner.n);
            if (k) mg_ints_add(&s->late_at, (int32_t)s->late.n);
        }
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < s->bonds[k].n; i++) {
            mg_grown_bond *b = &moves[s->owner[k].v[i]].g->bonds[s->bonds[k].v[i]];
            b->row = s->next_bond + b->slot;
            b->slot = -1;
        }
}

/* ---- atoms, nodes, messages ---- */

static void list_atoms(mg_stepper *s, const mg_moving *move) {
    mg_grown *g = move->g;
    const mg_grown_node *x = &g->nodes[move->x];
    for (int32_t i = 0; i < x->n_atoms; i++) {
        const int32_t atom = g->members[x->at + i];
        g->local[atom] = (int32_t)s->kinds.n;
        mg_ints_add(&s->cluster, (int32_t)s->kinds.n);
        mg_ints_add(&s->kinds, g->kinds[atom]);
        for (int32_t b = g->first[atom]; b >= 0; b = g->bonds[b].next)
            if (g->bonds[b].there && g->bonds[b].row >= 0)
                mg_ints_add(&s->atom_in, g->bonds[b].row);
        mg_ints_add(&s->atom_at, (int32_t)s->atom_in.n);
    }
    mg_ints_add(&s->cluster_at, (int32_t)s->cluster.n);
}

/* Rows of what comes into node x, but from y. */
static void list_incoming(const mg_grown *g, int32_t x, int32_t y, mg_ints *to) {
    if (x == 0) mg_ints_add(to, g->root);
    if (g->nodes[x].down >= 0 && g->nodes[x].parent != y) mg_ints_add(to, g->nodes[x].down);
    for (int32_t k = 0; k < g->n_nodes; k++)
        if (k != x && g->nodes[k].parent == x && k != y && g->nodes[k].up >= 0)
            mg_ints_add(to, g->nodes[k].up);
}

static void list_message(mg_stepper *s, const mg_grown *g, int32_t x, int32_t y, int32_t label,
                         int32_t sender) {
    mg_ints_add(&s->senders, sender);
    mg_ints_add(&s->labels, label);
    list_incoming(g, x, y, &s->message_in);
    mg_ints_add(&s->message_at, (int32_t)s->message_in.n);
}

static void list_node(mg_stepper *s, const mg_moving *move, int32_t sender) {
    mg_grown *g = move->g;
    const mg_grown_node *x = &g->nodes[move->x];
    mg_ints_add(&s->motifs, x->motif);
    mg_ints_add(&s->pairs, x->pair);
    list_incoming(g, move->x, -1, &s->node_in);
    mg_ints_add(&s->node_at, (int32_t)s->node_in.n);
    if (move->y == MG_UNDECIDED) {
        list_message(s, g, move->x, MG_UNDECIDED, 0, sender);
        if (x->parent >= 0) list_message(s, g, move->x, x->parent, x->position, sender);
    } else if (move->y >= 0) {
        list_message(s, g, move->x, move->y, x->parent == move->y ? x->position : 0, sender);
    }
}

/* Gives the messages of a move their rows. */
static void number_messages(mg_moving *move, int32_t *next) {
    mg_grown_node *x = &move->g->nodes[move->x];
    if (move->y == MG_UNDECIDED) {
        move->down = (*next)++;
        move->up = x->parent >= 0 ? (*next)++ : -1;
    } else if (move->y >= 0) {
        *(x->parent == move->y ? &x->up : &move->g->nodes[move->y].down) = (*next)++;
    }
}

int mg_step_make(mg_stepper *s, mg_moving *moves, int64_t n, mg_arena *to, mg_step *out,
                 molglot_error *err) {
    for (size_t k = 0; k < LISTS; k++) list_of(s, k)->n = 0;
    start(&s->outer_at[0]);
    s->outer_at[1].n = 0; /* goes on from the loose ones */
    start(&s->late_at);
    start(&s->inner_at);
    start(&s->atom_at);
    start(&s->cluster_at);
    start(&s->node_at);
    start(&s->message_at);
    for (int64_t i = 0; i < n; i++) sort_bonds(s, &moves[i], (int32_t)i);
    list_bonds(s, moves);
    for (int64_t i = 0; i < n; i++) list_atoms(s, &moves[i]);
    int32_t message = s->next_message;
    for (int64_t i = 0; i < n; i++) list_node(s, &moves[i], (int32_t)i);
    for (int64_t i = 0; i < n; i++) number_messages(&moves[i], &message);
    for (size_t i = 0; i < s->outer_at[1].n; i++) s->outer_at[1].v[i] += (int32_t)s->outer[0].n;
    *out = (mg_step){.n_loose = (int32_t)s->bonds[0].n,
                     .n_bound = (int32_t)s->bonds[1].n,
                     .bonds_at = s->next_bond,
                     .features = keep(to, &s->features[0], &s->features[1]),
                     .outer_at = keep(to, &s->outer_at[0], &s->outer_at[1]),
                     .outer = keep(to, &s->outer[0], &s->outer[1]),
                     .late_at = keep(to, &s->late_at, NULL),
                     .late = keep(to, &s->late, NULL),
                     .inner_at = keep(to, &s->inner_at, NULL),
                     .inner = keep(to, &s->inner, NULL),
                     .n_atoms = (int32_t)s->kinds.n,
                     .atoms_at = s->next_atom,
                     .kinds = keep(to, &s->kinds, NULL),
                     .atom_at = keep(to, &s->atom_at, NULL),
                     .atom_in = keep(to, &s->atom_in, NULL),
                     .n_nodes = (int32_t)n,
                     .nodes_at = s->next_node,
                     .motifs = keep(to, &s->motifs, NULL),
                     .pairs = keep(to, &s->pairs, NULL),
                     .cluster_at = keep(to, &s->cluster_at, NULL),
                     .cluster = keep(to, &s->cluster, NULL),
                     .node_at = keep(to, &s->node_at, NULL),
                     .node_in = keep(to, &s->node_in, NULL),
                     .n_messages = (int32_t)s->senders.n,
                     .messages_at = s->next_message,
                     .senders = keep(to, &s->senders, NULL),
                     .labels = keep(to, &s->labels, NULL),
                     .message_at = keep(to, &s->message_at, NULL),
                     .message_in = keep(to, &s->message_in, NULL)};
    s->next_bond += out->n_loose + out->n_bound;
    s->next_atom += out->n_atoms;
    s->next_node += out->n_nodes;
    s->next_message += out->n_messages;
    bool failed = !out->features || !out->message_in || !out->node_in || !out->cluster;
    for (size_t k = 0; k < LISTS; k++) failed |= list_of(s, k)->failed;
    return failed ? mg_no_memory(err, "a step of the motif decoder") : MOLGLOT_OK;
}
