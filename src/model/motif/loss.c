/* loss.c - the teacher-forced pass (docs/reference/3m-diffusion.md 5.3): all molecules of a batch
 * make their moves in lock step; every decision is scored against what the molecule's tree says.
 *
 *   topology  whether node x grows a child, by the vector of x         [1]
 *   motif     which one, by the message x -> y (the root: by W z)      [motifs]
 *   pair      which label of that motif, by the same                   [pairs], others - 1000
 *   site      where it is attached, by the atoms of x and the anchors  [sites]
 *
 * The plan says which rows every step and every decision reads; it needs no numbers, so it is made
 * on the host beforehand.
 */
#include "base/grow.h"
#include "model/motif/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_MOTIF (-1000.0f)
#define NO_SITE     (-1e9f)
#define PLAN_MEMORY ((size_t)1 << 32)

typedef struct decisions { /* rows of a table, molecule, what is right */
    mg_ints rows, owner, target;
} decisions;

struct mg_motif_plan {
    mg_arena arena;
    const mg_motif_vocab *v;
    int64_t n;
    mg_step *steps;
    size_t n_steps, cap_steps;
    mg_stepper stepper;
    mg_grown *grown;
    size_t n_grown, cap_grown;
    mg_moving *moving;
    size_t cap_moving;
    decisions topology, motif; /* pair: with motif */
    mg_ints pair_target;
    /* sites of all decisions: atoms, pairs and positions beside them; where each site, and each
     * decision, ends */
    mg_ints site_rows, site_pairs, site_positions, site_at, site_owner, of_at, of_owner;
    int32_t largest; /* atoms of a cluster */
};

mg_motif_plan *mg_motif_plan_new(molglot_error *err) {
    mg_motif_plan *p = calloc(1, sizeof *p);
    if (!p) {
        mg_no_memory(err, "a plan");
        return NULL;
    }
    if (!mg_arena_init(&p->arena, PLAN_MEMORY, err)) return p;
    free(p);
    return NULL;
}

static mg_ints *list_of(mg_motif_plan *p, int k) {
    mg_ints *const lists[] = {&p->topology.rows,  &p->topology.owner, &p->topology.target,
                              &p->motif.rows,     &p->motif.owner,    &p->motif.target,
                              &p->pair_target,    &p->site_rows,      &p->site_pairs,
                              &p->site_positions, &p->site_at,        &p->site_owner,
                              &p->of_at,          &p->of_owner};
    return k < (int)MG_COUNT(lists) ? lists[k] : NULL;
}

void mg_motif_plan_free(mg_motif_plan *p) {
    if (!p) return;
    mg_ints *l;
    for (int k = 0; (l = list_of(p, k)); k++) free(l->v);
    for (size_t i = 0; i < p->cap_grown; i++) mg_grown_free(&p->grown[i]);
    mg_stepper_free(&p->stepper);
    mg_arena_free(&p->arena);
    free(p->grown);
    free(p->moving);
    free(p->steps);
    free(p);
}

/* ---- molecules ---- */

static int take_tree(mg_grown *g, const mg_motif_tree *t, int32_t root, molglot_error *err) {
    bool ok = true;
    g->n_atoms = g->n_bonds = g->n_nodes = g->n_members = 0;
    g->root = root;
    for (int32_t i = 0; i < t->n_atoms && ok; i++) ok = mg_grown_atom(g, t->kinds[i]) >= 0;
    for (int32_t k = 0; k < 2 * t->n_bonds && ok; k += 2) {
        const int32_t b = mg_grown_bond_add(g, t->bonds[k].from, t->bonds[k].to, t->bonds[k].order);
        if (!(ok = b >= 0)) break;
        g->bonds[b].position = t->bonds[k].position;
        g->bonds[b + 1].position = t->bonds[k + 1].position;
    }
    for (int32_t i = 0; i < t->n_nodes && ok; i++) {
        const mg_motif_tree_node *from = &t->nodes[i];
        if (!(ok = mg_grown_node_add(g, t->clusters + from->at, from->n_atoms) >= 0)) break;
        mg_grown_node *to = &g->nodes[i];
        to->motif = from->motif, to->pair = from->pair;
        to->parent = from->parent, to->position = from->position;
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a plan");
}

static int take_trees(mg_motif_plan *p, const mg_motif_tree *const *trees, int64_t n,
                      molglot_error *err) {
    const size_t had = p->cap_grown;
    if (!MG_GROW(p->grown, p->cap_grown, (size_t)n + 1) ||
        !MG_GROW(p->moving, p->cap_moving, (size_t)n + 1))
        return mg_no_memory(err, "a plan");
    if (p->cap_grown > had) memset(p->grown + had, 0, (p->cap_grown - had) * sizeof *p->grown);
    int code = MOLGLOT_OK;
    for (int64_t i = 0; i < n && !code; i++)
        code = take_tree(&p->grown[i], trees[i], (int32_t)i, err);
    return code;
}

/* ---- decisions ---- */

static void decide(decisions *d, int32_t row, int64_t owner, int32_t target) {
    mg_ints_add(&d->rows, row);
    mg_ints_add(&d->owner, (int32_t)owner);
    mg_ints_add(&d->target, target);
}

static void decide_sites(mg_motif_plan *p, const mg_step *s, const mg_grown *g,
                         const mg_motif_tree *tree, int32_t y, int64_t owner) {
    const mg_motif_tree_node *node = &tree->nodes[y];
    if (node->n_sites == 0) return;
    for (int32_t i = 0; i < node->n_sites; i++) {
        const int each = node->n_anchors;
        for (int k = 0; k < each; k++) {
            mg_ints_add(&p->site_rows,
                        s->atoms_at + g->local[tree->sites[node->site + i * each + k]]);
            mg_ints_add(&p->site_pairs, node->anchors[k]);
            mg_ints_add(&p->site_positions, node->position);
        }
        mg_ints_add(&p->site_at, (int32_t)p->site_rows.n);
        mg_ints_add(&p->site_owner, (int32_t)owner);
    }
    mg_ints_add(&p->of_at, (int32_t)p->site_owner.n);
    mg_ints_add(&p->of_owner, (int32_t)owner);
}

static int plan_step(mg_motif_plan *p, const mg_motif_tree *const *trees, int64_t n, int32_t at,
                     molglot_error *err) {
    int64_t moving = 0;
    for (int64_t i = 0; i < n; i++)
        if (at < trees[i]->n_moves)
            p->moving[moving++] = (mg_moving){
                .g = &p->grown[i], .x = trees[i]->moves[at].from, .y = trees[i]->moves[at].to};
    if (!MG_GROW(p->steps, p->cap_steps, p->n_steps + 1)) return mg_no_memory(err, "a plan");
    mg_step *s = &p->steps[p->n_steps];
    int code = mg_step_make(&p->stepper, p->moving, moving, &p->arena, s, err);
    if (code) return code;
    p->n_steps++;
    for (int64_t i = 0, k = 0; i < n; i++) {
        if (at >= trees[i]->n_moves) continue;
        const mg_motif_move *move = &trees[i]->moves[at];
        mg_grown *g = &p->grown[i];
        decide(&p->topology, s->nodes_at + (int32_t)k++, i, move->grows);
        if (move->grows) {
            const mg_motif_tree_node *y = &trees[i]->nodes[move->to];
            decide(&p->motif, g->nodes[move->to].down, i, y->motif);
            mg_ints_add(&p->pair_target, y->pair);
            decide_sites(p, s, g, trees[i], move->to, i);
        }
        if (move->to >= 0) mg_grown_enter(g, move->to);
    }
    return MOLGLOT_OK;
}

int mg_motif_plan_make(mg_motif_plan *p, const mg_motif_vocab *v, const mg_motif_tree *const *trees,
                       int64_t n, molglot_error *err) {
    mg_ints *l;
    int32_t longest = 0;
    mg_arena_release(&p->arena, 0);
    p->v = v, p->n = n, p->n_steps = 0, p->largest = 0;
    for (int k = 0; (l = list_of(p, k)); k++) l->n = 0;
    p->stepper.next_bond = p->stepper.next_atom = p->stepper.next_node = 0;
    p->stepper.next_message = (int32_t)n;
    mg_ints_add(&p->site_at, 0);
    mg_ints_add(&p->of_at, 0);
    int code = take_trees(p, trees, n, err);
    for (int64_t i = 0; i < n && !code; i++) {
        mg_grown_enter(&p->grown[i], 0);
        decide(&p->motif, (int32_t)i, i, trees[i]->nodes[0].motif);
        mg_ints_add(&p->pair_target, trees[i]->nodes[0].pair);
        longest = trees[i]->n_moves > longest ? trees[i]->n_moves : longest;
        for (int32_t k = 0; k < trees[i]->n_nodes; k++)
            if (trees[i]->nodes[k].n_atoms > p->largest) p->largest = trees[i]->nodes[k].n_atoms;
    }
    for (int32_t at = 0; at < longest && !code; at++) code = plan_step(p, trees, n, at, err);
    for (int k = 0; (l = list_of(p, k)); k++)
        if (l->failed) code = mg_no_memory(err, "a plan");
    return code;
}

/* ---- losses ---- */

/* What a pass has said of one kind of decision. */
typedef struct said {
    mg_tensor *logits, *loss;
    const int32_t *targets;
} said;

/* Logit columns x and 0. */
static said score_topology(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p,
                           const mg_tables *y, mg_tensor *z) {
    const int64_t n = (int64_t)p->topology.rows.n;
    int32_t *at = mg_tape_alloc(t, (size_t)(2 * n + 1) * sizeof *at),
            *ids = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *ids),
            *targets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *targets);
    if (!at || !ids || !targets) return (said){0};
    for (int64_t i = 0; i < n; i++) {
        at[2 * i] = (int32_t)i, at[2 * i + 1] = (int32_t)i + 1;
        ids[i] = (int32_t)i;
        targets[i] = p->topology.target.v[i] ? 0 : 1;
    }
    at[2 * n] = (int32_t)n;
    mg_tensor *v = mg_rows_at(t, y->nodes, p->topology.rows.v, n);
    mg_tensor *x = mg_head_run(t, &m->topology, v, z, p->topology.owner.v, n);
    x = mg_reshape(t, mg_gather_sum(t, x, (mg_csr){.n = 2 * n, .offsets = at, .ids = ids}), 2);
    return (said){x, mg_cross_entropy(t, x, targets, NULL, 0), targets};
}

static said score_motif(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p, mg_tensor *v,
                        mg_tensor *z) {
    const int64_t n = (int64_t)p->motif.rows.n;
    mg_tensor *x = mg_head_run(t, &m->motif, v, z, p->motif.owner.v, n);
    return (said){x, mg_cross_entropy(t, x, p->motif.target.v, NULL, 0), p->motif.target.v};
}

static said score_pair(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p, mg_tensor *v,
                       mg_tensor *z) {
    const int64_t n = (int64_t)p->motif.rows.n, pairs = m->c.pairs;
    float *mask = mg_tape_alloc(t, (size_t)(n * pairs) * sizeof *mask);
    if (!mask) return (said){0};
    for (int64_t k = 0; k < n * pairs; k++) mask[k] = OTHER_MOTIF;
    for (int64_t i = 0; i < n; i++) {
        int32_t count;
        const int32_t *of = mg_motif_vocab_pairs_of(p->v, p->motif.target.v[i], &count);
        for (int32_t k = 0; k < count; k++) mask[i * pairs + of[k]] = 0;
    }
    mg_tensor *x = mg_head_run(t, &m->pair, v, z, p->motif.owner.v, n);
    x = mg_add(t, x, mg_input(t, mask, n, pairs, false));
    return (said){x, mg_cross_entropy(t, x, p->pair_target.v, NULL, 0), p->pair_target.v};
}

/* Sites of decision d are its row; what is missing has no chance, or, as published, that of no site
 * at all (a vector of zeros). */
static said score_site(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p,
                       const mg_tables *y, mg_tensor *z) {
    const int64_t sites = (int64_t)p->site_owner.n, d = (int64_t)p->of_owner.n;
    int64_t width = m->c.padded_sites ? 2 * p->largest : 1, k = 0;
    for (int64_t i = 0; i < d; i++) {
        const int64_t n = p->of_at.v[i + 1] - p->of_at.v[i];
        width = n > width ? n : width;
    }
    const int64_t n = sites + d;
    int32_t *at = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *at),
            *owner = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *owner),
            *ids = mg_tape_alloc(t, (size_t)(d * width + 1) * sizeof *ids),
            *targets = mg_tape_alloc(t, (size_t)(d + 1) * sizeof *targets);
    float *mask = mg_tape_alloc(t, (size_t)(d * width + 1) * sizeof *mask);
    if (!at || !owner || !ids || !targets || !mask) return (said){0};
    memcpy(at, p->site_at.v, (size_t)(sites + 1) * sizeof *at);
    memcpy(owner, p->site_owner.v, (size_t)sites * sizeof *owner);
    for (int64_t i = 0; i < d; i++) {
        at[sites + i + 1] = at[sites];
        owner[sites + i] = p->of_owner.v[i];
        targets[i] = 0;
        for (int64_t j = 0; j < width; j++, k++) {
            const int32_t site = p->of_at.v[i] + (int32_t)j;
            const bool real = site < p->of_at.v[i + 1];
            ids[k] = real ? site : (int32_t)(sites + i);
            mask[k] = real || m->c.padded_sites ? 0 : NO_SITE;
        }
    }
    mg_tensor *x = mg_sites_run(t, m, y->atoms, p->site_rows.v, p->site_pairs.v,
                                p->site_positions.v, (int64_t)p->site_rows.n, at, n);
    x = mg_scores_run(t, x, z, owner, n);
    x = mg_reshape(t, mg_rows_at(t, x, ids, d * width), width);
    x = mg_add(t, x, mg_input(t, mask, d, width, false));
    return (said){x, mg_cross_entropy(t, x, targets, NULL, 0), targets};
}

/* ---- the pass ---- */

static int64_t count_right(mg_tape *t, const said *s) {
    const float *x = mg_values(t, s->logits);
    int64_t right = 0;
    for (int64_t i = 0; x && i < s->logits->rows; i++) {
        const float *row = x + i * s->logits->cols;
        bool best = true;
        for (int64_t k = 0; k < s->logits->cols && best; k++) best = row[k] <= row[s->targets[i]];
        right += best;
    }
    return right;
}

mg_tensor *mg_motif_loss(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p, mg_tensor *z,
                         mg_motif_score *score) {
    mg_tables y;
    if (!mg_tables_make(t, m, z, p->stepper.next_bond, p->stepper.next_atom, p->stepper.next_node,
                        p->stepper.next_message - p->n, &y))
        return NULL;
    for (size_t k = 0; k < p->n_steps; k++)
        if (!mg_step_run(t, m, &p->steps[k], &y)) return NULL;
    mg_tensor *v = mg_rows_at(t, y.tree_h, p->motif.rows.v, (int64_t)p->motif.rows.n);
    const bool sites = p->of_owner.n > 0;
    said all[MG_MOTIF_LOSSES] = {score_topology(t, m, p, &y, z), score_motif(t, m, p, v, z),
                                 score_pair(t, m, p, v, z),
                                 sites ? score_site(t, m, p, &y, z) : (said){0}};
    mg_tensor *terms[MG_MOTIF_LOSSES];
    float weights[MG_MOTIF_LOSSES];
    const int n = sites ? MG_MOTIF_LOSSES : MG_MOTIF_SITE;
    for (int k = 0; k < n; k++) {
        if (!all[k].loss) return NULL;
        terms[k] = all[k].loss;
        weights[k] = (float)all[k].logits->rows / (float)p->n;
    }
    for (int k = 0; k < n && score; k++) {
        const float *loss = mg_values(t, all[k].loss);
        score->decisions[k] += all[k].logits->rows;
        score->right[k] += count_right(t, &all[k]);
        score->loss[k] += loss ? (double)*loss * (double)all[k].logits->rows : 0;
    }
    return mg_weighted_sum(t, terms, weights, n);
}
