/* decode.c - molecules from latents (docs/reference/3m-diffusion.md 5.4): n molecules grow in lock
 * step, a stack of nodes each. A step computes the node on top, asks whether it grows a child, and
 * what for; the child's motif and label are tried from the likeliest on, each at its sites in the
 * order of their scores, until RDKit takes the whole.
 *
 * Nothing is kept of a step but the rows of its messages, so the tape is released after each.
 */
#include "model/motif/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_NODES = 100,
    MOST_DEGREE = 12,
    TRIES = 16,
    SITES = 2 * MG_PIECE_ATOMS * MG_PIECE_ATOMS,
    MOST_SITES = 2 * MG_PIECE_ATOMS
};

typedef struct choice { /* a motif's label and how likely */
    int32_t pair;
    float score;
} choice;

typedef struct molecule {
    mg_grown g;
    mg_assembly *a;
    int32_t stack[MOST_NODES + 1], depth;
    bool done, grows, cut;
    int32_t failed;
    mg_rng rng;
} molecule;

typedef struct decoding {
    mg_tape *t;
    const mg_motif_vae *m;
    const mg_motif_vocab *v;
    const mg_motif_decode_options *o;
    int64_t n;
    molecule *all;
    mg_moving *moving;
    int32_t *who; /* [n] molecule of each move */
    mg_stepper stepper;
    mg_arena arena;
    mg_tables tables;
    mg_tensor *z;
    molglot_error *err;
} decoding;

mg_motif_decode_options mg_motif_decode_default(void) {
    return (mg_motif_decode_options){.steps = 100, .tries = 5};
}

/* ---- choices ---- */

/* Log of the sum of e^x over a list of places (NULL: all n). */
static double log_sum(const float *x, const int32_t *of, int64_t n) {
    double top = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++) top = fmax(top, (double)x[of ? of[i] : i]);
    for (int64_t i = 0; i < n; i++) sum += exp((double)x[of ? of[i] : i] - top);
    return top + log(sum);
}

/* Adds to the best so far, in order; ties by what came first. */
static int keep_best(choice *list, int n, int most, choice c) {
    if (n == most && !(c.score > list[n - 1].score)) return n;
    int at = n < most ? n++ : n - 1;
    for (; at > 0 && list[at - 1].score < c.score; at--) list[at] = list[at - 1];
    list[at] = c;
    return n;
}

/* The likeliest labels of the likeliest motifs, by the sum of both logarithms. */
static int best_choices(const decoding *d, const float *motifs, const float *pairs, int tries,
                        choice *out) {
    choice top[TRIES];
    int n_top = 0, n = 0;
    const double all = log_sum(motifs, NULL, d->m->c.motifs);
    for (int32_t k = 0; k < d->m->c.motifs; k++)
        n_top = keep_best(top, n_top, tries, (choice){k, motifs[k]});
    for (int i = 0; i < n_top; i++) {
        int32_t count;
        const int32_t *of = mg_motif_vocab_pairs_of(d->v, top[i].pair, &count);
        const double own = log_sum(pairs, of, count);
        for (int32_t k = 0; k < count; k++)
            n = keep_best(
                out, n, tries,
                (choice){of[k], (float)((double)top[i].score - all + (double)pairs[of[k]] - own)});
    }
    return n;
}

/* An order drawn without putting back, in proportion to probabilities: by score plus Gumbel's
 * noise. */
static void shuffle(choice *list, int n, mg_rng *rng) {
    for (int i = 0; i < n; i++) list[i].score -= (float)log(-log(fmax(mg_rng_uniform(rng), 1e-12)));
    choice out[TRIES];
    int m = 0;
    for (int i = 0; i < n; i++) m = keep_best(out, m, n, list[i]);
    memcpy(list, out, (size_t)n * sizeof *list);
}

/* ---- what was built, for the network ---- */

/* Takes over atoms and bonds that are new, and the last node. False: no memory. */
static bool follow(molecule *p, const mg_motif_vocab *v, int32_t pair, int32_t parent,
                   int32_t position, bool tell) {
    mg_grown *g = &p->g;
    const int32_t old = g->n_atoms;
    int32_t cluster[MG_PIECE_ATOMS];
    for (int32_t i = old; i < mg_assembly_atoms(p->a); i++) {
        int kind;
        mg_assembly_atom(p->a, i, &kind);
        if (mg_grown_atom(g, kind) < 0) return false;
    }
    for (int32_t k = g->n_bonds / 2; k < mg_assembly_bonds(p->a); k++) {
        int32_t from, to;
        uint8_t order;
        mg_assembly_bond(p->a, k, &from, &to, &order);
        const int32_t b = mg_grown_bond_add(g, from, to, order);
        if (b < 0) return false;
        /* from a new atom to one that was there */
        if (tell && from >= old && to < old) g->bonds[b].position = (uint8_t)position;
        if (tell && to >= old && from < old) g->bonds[b + 1].position = (uint8_t)position;
    }
    const int32_t n = mg_assembly_cluster(p->a, mg_assembly_nodes(p->a) - 1, cluster);
    const int32_t y = mg_grown_node_add(g, cluster, n);
    if (y < 0) return false;
    g->nodes[y].pair = pair;
    g->nodes[y].motif = mg_motif_vocab_motif_of(v, pair);
    g->nodes[y].parent = parent;
    g->nodes[y].position = position;
    return true;
}

/* ---- the start ---- */

static int start(decoding *d) {
    int32_t *rows = mg_tape_alloc(d->t, (size_t)d->n * sizeof *rows);
    for (int64_t i = 0; rows && i < d->n; i++) rows[i] = (int32_t)i;
    mg_tensor *r = mg_rows_at(d->t, d->tables.tree_h, rows, d->n);
    mg_tensor *motifs = mg_head_run(d->t, &d->m->motif, r, d->z, rows, d->n),
              *pairs = mg_head_run(d->t, &d->m->pair, r, d->z, rows, d->n);
    const float *x = motifs ? mg_values(d->t, motifs) : NULL,
                *y = pairs ? mg_values(d->t, pairs) : NULL;
    if (!x || !y) return mg_tape_error(d->t, d->err);
    for (int64_t i = 0; i < d->n; i++) {
        molecule *p = &d->all[i];
        choice list[TRIES];
        const int n = best_choices(d, x + i * d->m->c.motifs, y + i * d->m->c.pairs, d->o->tries,
                                   list);
        p->done = true;
        for (int k = 0; k < n && p->done; k++) {
            if (!mg_assembly_root(p->a, mg_motif_vocab_label(d->v, list[k].pair),
                                  d->m->c.closed_root))
                continue;
            if (!follow(p, d->v, list[k].pair, -1, 0, false))
                return mg_no_memory(d->err, "a molecule");
            p->done = false;
        }
        if (p->done) continue;
        mg_grown_enter(&p->g, 0);
        p->g.root = (int32_t)i;
        p->stack[p->depth++] = 0;
    }
    return MOLGLOT_OK;
}

/* ---- a child ---- */

static int children(const mg_grown *g, int32_t x) {
    int n = 0;
    for (int32_t k = 0; k < g->n_nodes; k++) n += g->nodes[k].parent == x && k != x;
    return n;
}

/* Sites in the order of their scores; false when the tape failed. */
static bool order_sites(decoding *d, const molecule *p, int32_t at, const mg_piece *label,
                        int32_t pair, int32_t position, const uint8_t *sites, int n, int m,
                        int *order) {
    uint8_t joints[MG_PIECE_ATOMS], anchors[2];
    int ends, each;
    (void)mg_label_joints(label, joints, anchors, &ends);
    each = m > 1 ? 2 : 1;
    for (int i = 0; i < n; i++) order[i] = i;
    if (n < 2) return true;
    int32_t anchor[2];
    for (int k = 0; k < each; k++) {
        const mg_piece marked = mg_piece_marked(label, anchors[k]);
        const mg_piece *as = label->n_atoms == 1 ? label : &marked;
        anchor[k] = each == 1 && d->m->c.label_anchors ? pair
                                                       : mg_motif_vocab_find(d->v, as, false);
        if (anchor[k] < 0) anchor[k] = pair;
    }
    const int64_t k = (int64_t)n * each;
    int32_t *rows = mg_tape_alloc(d->t, (size_t)k * sizeof *rows),
            *pairs = mg_tape_alloc(d->t, (size_t)k * sizeof *pairs),
            *positions = mg_tape_alloc(d->t, (size_t)k * sizeof *positions),
            *owner = mg_tape_alloc(d->t, (size_t)n * sizeof *owner);
    if (!rows || !pairs || !positions || !owner) return false;
    for (int i = 0; i < n; i++) {
        owner[i] = (int32_t)at;
        for (int e = 0; e < each; e++) {
            rows[i * each + e] = p->g.local[sites[i * m + (e ? m - 1 : 0)]];
            pairs[i * each + e] = anchor[e];
            positions[i * each + e] = position;
        }
    }
    mg_tensor *x = mg_sites_run(d->t, d->m, d->tables.atoms, rows, pairs, positions, k,
                                mg_rows_offsets(d->t, n, each), n);
    x = mg_scores_run(d->t, x, d->z, owner, n);
    const float *score = x ? mg_values(d->t, x) : NULL;
    for (int i = 1; score && i < n; i++) { /* insertion: ties stay in order */
        const int own = order[i];
        int j = i;
        for (; j > 0 && score[order[j - 1]] < score[own]; j--) order[j] = order[j - 1];
        order[j] = own;
    }
    return score != NULL;
}

/* Attaches one of the choices to node x; *found whether. */
static int grow_child(decoding *d, int64_t who, int32_t x, const choice *list, int n, bool *found) {
    molecule *p = &d->all[who];
    const int32_t position = children(&p->g, x) + 1;
    *found = false;
    for (int c = 0; c < n && !*found; c++) {
        const mg_piece *label = mg_motif_vocab_label(d->v, list[c].pair);
        uint8_t sites[SITES];
        int order[MOST_SITES], m;
        const int k = mg_assembly_sites(p->a, x, label, d->m->c.rigid, sites, &m);
        if (k < 1 || k > MOST_SITES) continue;
        if (!order_sites(d, p, (int32_t)who, label, list[c].pair, position, sites, k, m, order))
            return mg_tape_error(d->t, d->err);
        const bool choice_of_sites = d->m->c.silent_retreat ? k > 1 : p->g.nodes[x].n_atoms > 2;
        for (int i = 0; i < k && !*found; i++) {
            if (!mg_assembly_attach(p->a, x, label, sites + order[i] * m, d->m->c.rigid)) continue;
            if (!follow(p, d->v, list[c].pair, x, position, choice_of_sites))
                return mg_no_memory(d->err, "a molecule");
            *found = true;
        }
    }
    return MOLGLOT_OK;
}

/* ---- a step ---- */

static bool decide_growth(molecule *p, float logit, bool draw) {
    const int32_t x = p->stack[p->depth - 1];
    const int degree = children(&p->g, x) + 1; /* what comes in: the parent, or the root's state */
    const double chance = 1 / (1 + exp(-(double)logit));
    const bool wish = draw ? mg_rng_uniform(&p->rng) < chance : chance > 0.5;
    return wish && degree < MOST_DEGREE && p->g.n_nodes < MOST_NODES;
}

static int run_moves(decoding *d, int64_t n, mg_step *s) {
    mg_arena_release(&d->arena, 0);
    d->stepper.next_atom = d->stepper.next_node = 0; /* of this step alone */
    int code = mg_step_make(&d->stepper, d->moving, n, &d->arena, s, d->err);
    if (!code && !mg_step_run(d->t, d->m, s, &d->tables)) code = mg_tape_error(d->t, d->err);
    return code;
}

/* Which of the step's molecules grow. */
static int ask_topology(decoding *d, const mg_step *s) {
    int32_t *rows = mg_tape_alloc(d->t, (size_t)(s->n_nodes + 1) * sizeof *rows);
    for (int32_t i = 0; rows && i < s->n_nodes; i++) rows[i] = i;
    mg_tensor *v = mg_rows_at(d->t, d->tables.nodes, rows, s->n_nodes);
    mg_tensor *x = mg_head_run(d->t, &d->m->topology, v, d->z, d->who, s->n_nodes);
    const float *logit = x ? mg_values(d->t, x) : NULL;
    for (int32_t i = 0; logit && i < s->n_nodes; i++) {
        molecule *p = &d->all[d->who[i]];
        p->grows = decide_growth(p, logit[i], d->o->draw);
    }
    return mg_tape_error(d->t, d->err);
}

static void retreat(molecule *p, const mg_moving *move, bool silent) {
    p->depth--;
    if (!silent) p->g.nodes[move->x].up = move->up;
    p->done = p->depth == 0;
}

/* Children of those that grow. */
static int grow_all(decoding *d, int64_t n) {
    int32_t *rows = mg_tape_alloc(d->t, (size_t)(n + 1) * sizeof *rows),
            *owner = mg_tape_alloc(d->t, (size_t)(n + 1) * sizeof *owner);
    int64_t k = 0, at = 0;
    for (int64_t i = 0; rows && owner && i < n; i++)
        if (d->all[d->who[i]].grows) rows[k] = d->moving[i].down, owner[k++] = d->who[i];
    if (k == 0) return mg_tape_error(d->t, d->err);
    mg_tensor *v = mg_rows_at(d->t, d->tables.tree_h, rows, k);
    mg_tensor *motifs = mg_head_run(d->t, &d->m->motif, v, d->z, owner, k),
              *pairs = mg_head_run(d->t, &d->m->pair, v, d->z, owner, k);
    const float *x = motifs ? mg_values(d->t, motifs) : NULL,
                *y = pairs ? mg_values(d->t, pairs) : NULL;
    if (!x || !y) return mg_tape_error(d->t, d->err);
    for (int64_t i = 0; i < n; i++) {
        molecule *p = &d->all[d->who[i]];
        choice list[TRIES];
        bool found;
        if (!p->grows) continue;
        const int c = best_choices(d, x + at * d->m->c.motifs, y + at * d->m->c.pairs, d->o->tries,
                                   list);
        if (d->o->draw) shuffle(list, c, &p->rng);
        int code = grow_child(d, d->who[i], d->moving[i].x, list, c, &found);
        if (code) return code;
        at++;
        p->failed += !found;
        if (!found) {
            retreat(p, &d->moving[i], d->m->c.silent_retreat);
            continue;
        }
        const int32_t child = p->g.n_nodes - 1;
        p->g.nodes[child].down = d->moving[i].down;
        mg_grown_enter(&p->g, child);
        p->stack[p->depth++] = child;
    }
    return MOLGLOT_OK;
}

static int take_step(decoding *d, int64_t *left) {
    mg_step s;
    int64_t n = 0;
    for (int64_t i = 0; i < d->n; i++) {
        molecule *p = &d->all[i];
        if (p->done) continue;
        d->who[n] = (int32_t)i;
        d->moving[n++] = (mg_moving){.g = &p->g, .x = p->stack[p->depth - 1], .y = MG_UNDECIDED};
    }
    *left = n;
    if (n == 0) return MOLGLOT_OK;
    int code = run_moves(d, n, &s);
    if (!code) code = ask_topology(d, &s);
    if (code) return code;
    for (int64_t i = 0; i < n; i++) {
        molecule *p = &d->all[d->who[i]];
        if (!p->grows) retreat(p, &d->moving[i], false);
    }
    return grow_all(d, n);
}

/* ---- all of it ---- */

/* Rows that a step may still need. */
static bool has_room(const decoding *d) {
    return d->stepper.next_bond + d->n * 2 * MG_PIECE_BONDS <= d->tables.bond_h->rows;
}

static int begin(decoding *d, const float *z) {
    const int64_t n = d->n, steps = d->o->steps;
    mg_tape_reset(d->t);
    d->all = calloc((size_t)n, sizeof *d->all);
    d->moving = malloc((size_t)n * sizeof *d->moving);
    d->who = malloc((size_t)n * sizeof *d->who);
    if (!d->all || !d->moving || !d->who) return mg_no_memory(d->err, "molecules");
    int code = mg_arena_init(&d->arena, (size_t)1 << 30, d->err);
    for (int64_t i = 0; i < n && !code; i++) {
        if (d->o->draw) d->all[i].rng = (mg_rng){.seed = d->o->seed, .stream = d->o->streams[i]};
        d->all[i].a = mg_assembly_new(d->err);
        if (!d->all[i].a) code = MOLGLOT_NO_MEMORY;
    }
    if (code) return code;
    d->z = mg_input(d->t, z, n, d->m->c.latent, false);
    d->stepper.next_message = (int32_t)n;
    if (!mg_tables_make(d->t, d->m, d->z, n * (steps * 12 + 2 * MG_PIECE_BONDS), n * MG_PIECE_ATOMS,
                        n, 2 * n * steps, &d->tables))
        return mg_tape_error(d->t, d->err);
    const size_t mark = mg_tape_mark(d->t);
    code = start(d);
    mg_tape_release(d->t, mark);
    return code;
}

static int finish(const molecule *p, mg_motif_drawn *out) {
    *out = (mg_motif_drawn){.cut = p->cut, .nodes = p->g.n_nodes, .failed = p->failed};
    mg_mol *m = mg_assembly_molecule(p->a);
    out->smiles = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    return MOLGLOT_OK;
}

int mg_motif_decode(mg_tape *t, const mg_motif_vae *m, const mg_motif_vocab *v, const float *z,
                    int64_t n, const mg_motif_decode_options *o, mg_motif_drawn *out,
                    molglot_error *err) {
    decoding d = {.t = t, .m = m, .v = v, .o = o, .n = n, .err = err};
    if (n < 1) return MOLGLOT_OK;
    if (o->steps < 1 || o->steps > 10000 || o->tries < 1 || o->tries > TRIES)
        return mg_fail(err, MOLGLOT_USAGE, "1 to 10000 steps, 1 to %d tries", TRIES);
    int code = begin(&d, z);
    int64_t left = n;
    for (int step = 0; step < o->steps && left > 0 && !code; step++) {
        const size_t mark = mg_tape_mark(t);
        if (!has_room(&d)) break;
        code = take_step(&d, &left);
        if (!code) mg_tape_release(t, mark);
    }
    for (int64_t i = 0; i < n && !code; i++) {
        d.all[i].cut = !d.all[i].done;
        code = finish(&d.all[i], &out[i]);
    }
    for (int64_t i = 0; d.all && i < n; i++) {
        mg_grown_free(&d.all[i].g);
        mg_assembly_free(d.all[i].a);
    }
    mg_stepper_free(&d.stepper);
    mg_arena_free(&d.arena);
    free(d.all);
    free(d.moving);
    free(d.who);
    return code;
}
