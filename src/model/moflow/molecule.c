/* molecule.c - molecules as bytes, and from bytes back to SMILES (docs/reference/momu.md 11.1,
 * 11.6).
 *
 * Building: bonds are visited by pairs (i, j), i > j, row by row. A nitrogen, oxygen or sulphur
 * with one bond more than its least valence is charged; a charge is given where the check fails
 * for the first time, in the order of bonds. Largest valences: B 3, C 4, Si 4, N 3, P 5, O 2, S 6,
 * Se 6, halogens 1; as published P 7, I 5. A positive charge adds one.
 *
 * The SMILES is written in Kekule's form, one depth-first walk a part.
 */
#include "model/moflow/moflow.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 3, MOST_BONDS = MG_MOFLOW_SLOTS * (MG_MOFLOW_SLOTS - 1) / 2 };

/* ---- encoding ---- */

/* Columns of the graph's features (docs/reference/momu.md 2.1), and their values at rest. */
enum { ATOM_NUMBER = 0, ATOM_CHARGE = 3, ATOM_HYDROGENS = 4, ATOM_RADICALS = 5, NEUTRAL = 5 };

static const struct {
    int number, valence[3];
} valences[] = {{5, {3}},  {6, {4}},        {7, {3}},        {8, {2}},
                {9, {1}},  {14, {4}},       {15, {3, 5, 7}}, {16, {2, 4, 6}},
                {17, {1}}, {34, {2, 4, 6}}, {35, {1}},       {53, {1, 3, 5}}};

/* Hydrogens that RDKit adds to a neutral atom with bonds of this order in all; -1: too many. */
static int hydrogens(int number, int order) {
    for (size_t i = 0; i < MG_COUNT(valences); i++)
        for (int k = 0; valences[i].number == number && k < 3 && valences[i].valence[k]; k++)
            if (valences[i].valence[k] >= order) return valences[i].valence[k] - order;
    return -1;
}

static int type_of(const int *numbers, int n, int number) {
    for (int i = 0; i < n; i++)
        if (numbers[i] == number) return i;
    return -1;
}

static bool encode_graph(const mg_moflow_config *c, const mg_graph *g, uint8_t *types,
                         uint8_t *bonds) {
    int numbers[MG_MOFLOW_TYPES], order[MG_MOFLOW_SLOTS] = {0};
    const int kinds = mg_moflow_elements(c, numbers), n = c->slots;
    if (g->n_atoms < 1 || g->n_atoms > n || g->n_atoms > MG_MOFLOW_SLOTS) return false;
    memset(types, kinds, (size_t)n);
    memset(bonds, NONE, (size_t)n * (size_t)n);
    for (int32_t e = 0; e < g->n_edges; e++) {
        const uint8_t type = g->bonds[(int64_t)e * g->bond_cols];
        if (type >= NONE) return false;
        bonds[g->src[e] * n + g->dst[e]] = type;
        order[g->src[e]] += type + 1;
    }
    for (int32_t i = 0; i < g->n_atoms; i++) {
        const uint8_t *a = g->atoms + (int64_t)i * g->atom_cols;
        const int number = a[ATOM_NUMBER] + 1, type = type_of(numbers, kinds, number);
        if (type < 0 || a[ATOM_CHARGE] != NEUTRAL || a[ATOM_RADICALS] ||
            a[ATOM_HYDROGENS] != hydrogens(number, order[i]))
            return false;
        types[i] = (uint8_t)type;
    }
    return true;
}

bool mg_moflow_encode(const mg_moflow_config *c, const mg_mol *m, uint8_t *types, uint8_t *bonds) {
    mg_graph g = {0};
    if (mg_mol_atoms(m) > c->slots || (mg_mol_odd(m) & (MG_ODD_ISOTOPE | MG_ODD_PARTS)))
        return false;
    char *plain = mg_mol_smiles(m, false);
    mg_mol *again = plain ? mg_mol_from_smiles(plain, NULL, NULL) : NULL;
    mg_mol *kekule = again ? mg_mol_kekulised(again) : NULL;
    const bool good = kekule && !mg_graph_from_mol(kekule, MG_FEAT_OGB, &g, NULL) &&
                      encode_graph(c, &g, types, bonds);
    mg_graph_free(&g);
    mg_mol_free(kekule);
    mg_mol_free(again);
    free(plain);
    return good;
}

/* ---- a graph of atoms and orders of bonds ---- */

typedef struct sketch {
    int n;
    int number[MG_MOFLOW_SLOTS], charge[MG_MOFLOW_SLOTS], sum[MG_MOFLOW_SLOTS];
    uint8_t order[MG_MOFLOW_SLOTS][MG_MOFLOW_SLOTS]; /* 0: no bond */
    /* bonds in the order in which they were made */
    int n_bonds;
    uint8_t from[MOST_BONDS], to[MOST_BONDS];
    bool published;
} sketch;

static int largest_valence(int number, bool published) {
    switch (number) {
    case 5:
    case 7: return 3;
    case 6:
    case 14: return 4;
    case 8: return 2;
    case 15: return published ? 7 : 5;
    case 16:
    case 34: return 6;
    case 53: return published ? 5 : 1;
    default: return 1;
    }
}

static bool overfull(const sketch *s, int i) {
    return s->sum[i] - s->charge[i] > largest_valence(s->number[i], s->published);
}

/* The first atom with too many bonds; -1: none. */
static int offender(const sketch *s) {
    for (int i = 0; i < s->n; i++)
        if (overfull(s, i)) return i;
    return -1;
}

static void set_order(sketch *s, int i, int j, int order) {
    const int more = order - s->order[i][j];
    s->order[i][j] = s->order[j][i] = (uint8_t)order;
    s->sum[i] += more;
    s->sum[j] += more;
}

static void charge(sketch *s) {
    const int i = offender(s);
    if (i < 0) return;
    const int number = s->number[i], least = number == 7 ? 3 : 2;
    if ((number == 7 || number == 8 || number == 16) && s->sum[i] - least == 1) s->charge[i] = 1;
}

static void build(const mg_moflow_config *c, const uint8_t *types, const uint8_t *bonds,
                  bool published, sketch *s) {
    int numbers[MG_MOFLOW_TYPES], at[MG_MOFLOW_SLOTS];
    const int kinds = mg_moflow_elements(c, numbers), n = c->slots;
    memset(s, 0, sizeof *s);
    s->published = published;
    for (int i = 0; i < n; i++) {
        at[i] = types[i] < kinds ? s->n : -1;
        if (at[i] >= 0) s->number[s->n++] = numbers[types[i]];
    }
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++) {
            if (at[i] < 0 || at[j] < 0 || bonds[i * n + j] >= NONE) continue;
            set_order(s, at[i], at[j], bonds[i * n + j] + 1);
            s->from[s->n_bonds] = (uint8_t)at[i];
            s->to[s->n_bonds++] = (uint8_t)at[j];
            charge(s);
        }
}

/* ---- parts ---- */

/* Numbers the parts of atoms with part[i] = 0 from 1; how many. left_out atoms are negative. */
static int find_parts(const sketch *s, int *part) {
    int stack[MG_MOFLOW_SLOTS], found = 0;
    for (int i = 0; i < s->n; i++) {
        if (part[i]) continue;
        int depth = 0;
        part[i] = ++found;
        stack[depth++] = i;
        while (depth) {
            const int k = stack[--depth];
            for (int j = 0; j < s->n; j++) {
                if (part[j] || !s->order[k][j]) continue;
                part[j] = found;
                stack[depth++] = j;
            }
        }
    }
    return found;
}

/* ---- SMILES ---- */

typedef struct walk {
    const sketch *s;
    mg_str out;
    bool seen[MG_MOFLOW_SLOTS];
    uint8_t ring[MG_MOFLOW_SLOTS][MG_MOFLOW_SLOTS]; /* number of a ring bond, 0: none */
    int parent[MG_MOFLOW_SLOTS], place[MG_MOFLOW_SLOTS], rings;
} walk;

static void put_atom(walk *w, int i) {
    static const struct {
        int number;
        const char *plain;
    } symbols[] = {{5, "B"},  {6, "C"},  {7, "N"},   {8, "O"},     {9, "F"},   {14, "[Si]"},
                   {15, "P"}, {16, "S"}, {17, "Cl"}, {34, "[Se]"}, {35, "Br"}, {53, "I"}};
    const int number = w->s->number[i], charge = w->s->charge[i];
    for (size_t k = 0; k < MG_COUNT(symbols); k++) {
        if (symbols[k].number != number) continue;
        const bool bracket = number == 14 || number == 34;
        if (!charge && !bracket) {
            mg_str_addz(&w->out, symbols[k].plain);
            continue;
        }
        const int free = bracket ? hydrogens(number, w->s->sum[i]) : 0;
        mg_str_addf(&w->out, "[%s", bracket ? (number == 14 ? "Si" : "Se") : symbols[k].plain);
        if (free > 0) mg_str_addf(&w->out, "H%d", free);
        mg_str_addz(&w->out, charge ? "+]" : "]");
    }
}

static void put_bond(walk *w, int order) {
    if (order > 1) mg_str_addz(&w->out, order == 2 ? "=" : "#");
}

/* Numbers the ring bonds that a walk from i meets; `place` is the order of visits. */
static void find_rings(walk *w, int i, int *visits) {
    w->place[i] = ++*visits;
    for (int j = 0; j < w->s->n; j++) {
        if (!w->s->order[i][j] || j == w->parent[i]) continue;
        if (!w->place[j]) {
            w->parent[j] = i;
            find_rings(w, j, visits);
        } else if (w->place[j] < w->place[i] && !w->ring[i][j]) {
            w->ring[i][j] = w->ring[j][i] = (uint8_t)++w->rings;
        }
    }
}

static void write_atom(walk *w, int i) {
    w->seen[i] = true;
    put_atom(w, i);
    for (int j = 0; j < w->s->n; j++) {
        if (!w->ring[i][j]) continue;
        if (w->place[j] > w->place[i]) put_bond(w, w->s->order[i][j]);
        mg_str_addf(&w->out, w->ring[i][j] < 10 ? "%d" : "%%%d", w->ring[i][j]);
    }
    int left = 0;
    for (int j = 0; j < w->s->n; j++) left += w->s->order[i][j] && w->parent[j] == i;
    for (int j = 0; j < w->s->n; j++) {
        if (!w->s->order[i][j] || w->parent[j] != i) continue;
        const bool branch = --left > 0;
        if (branch) mg_str_addz(&w->out, "(");
        put_bond(w, w->s->order[i][j]);
        write_atom(w, j);
        if (branch) mg_str_addz(&w->out, ")");
    }
}

/* The part of atom `first`; NULL: no memory, or more than 99 ring bonds. */
static char *write_part(const sketch *s, int first) {
    walk *w = calloc(1, sizeof *w);
    int visits = 0;
    if (!w) return NULL;
    w->s = s;
    memset(w->parent, -1, sizeof w->parent);
    find_rings(w, first, &visits);
    write_atom(w, first);
    char *smiles = w->out.failed || w->rings > 99 ? NULL : w->out.s;
    if (!smiles) mg_str_free(&w->out);
    free(w);
    return smiles;
}

/* ---- repair ---- */

/* Lowers the first bond of highest order of each offender until there is none. */
static void lower_bonds(sketch *s) {
    for (int i = offender(s); i >= 0; i = offender(s)) {
        int best = -1, highest = 0;
        for (int k = 0; k < s->n_bonds; k++) {
            const int order = s->order[s->from[k]][s->to[k]];
            if ((s->from[k] != i && s->to[k] != i) || order <= highest) continue;
            highest = order;
            best = k;
        }
        if (best < 0) return;
        const uint8_t from = s->from[best], to = s->to[best];
        set_order(s, from, to, highest - 1);
        memmove(s->from + best, s->from + best + 1, (size_t)(s->n_bonds - best - 1));
        memmove(s->to + best, s->to + best + 1, (size_t)(s->n_bonds - best - 1));
        s->from[s->n_bonds - 1] = from;
        s->to[s->n_bonds - 1] = to;
        if (highest == 1) s->n_bonds--;
    }
}

static void leave_out(sketch *s, int *part) {
    for (int i = 0; i < s->n; i++) part[i] = overfull(s, i) ? -1 : 0;
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < i; j++)
            if (part[i] != part[j] || part[i] < 0) set_order(s, i, j, 0);
}

static void keep_longest(const sketch *s, const int *part, int parts, mg_moflow_drawn *out) {
    for (int p = 1; p <= parts; p++) {
        int first = 0, size = 0;
        for (int i = s->n - 1; i >= 0; i--)
            if (part[i] == p) first = i, size++;
        char *smiles = write_part(s, first);
        if (smiles && out->smiles && strlen(smiles) <= strlen(out->smiles)) {
            free(smiles);
            continue;
        }
        if (!smiles) continue;
        free(out->smiles);
        out->smiles = smiles;
        out->kept = size;
    }
}

static int keep_largest(const sketch *s, const int *part, int parts, mg_moflow_drawn *out) {
    int best = 0, most = 0;
    for (int p = 1; p <= parts; p++) {
        int size = 0;
        for (int i = 0; i < s->n; i++) size += part[i] == p;
        if (size > most) most = size, best = p;
    }
    for (int i = 0; i < s->n && best; i++) {
        if (part[i] != best) continue;
        out->kept = most;
        out->smiles = write_part(s, i);
        return out->smiles ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    }
    return MOLGLOT_OK;
}

int mg_moflow_decode(const mg_moflow_config *c, const uint8_t *types, const uint8_t *bonds,
                     mg_moflow_repair repair, mg_moflow_drawn *out, molglot_error *err) {
    int part[MG_MOFLOW_SLOTS] = {0}, code = MOLGLOT_OK;
    sketch *s = malloc(sizeof *s);
    *out = (mg_moflow_drawn){0};
    if (!s) return mg_no_memory(err, "a molecule");
    build(c, types, bonds, repair == MG_MOFLOW_PUBLISHED, s);
    out->atoms = s->n;
    const bool full = offender(s) >= 0;
    int parts = find_parts(s, part);
    out->whole = !full && parts == 1;
    if (repair == MG_MOFLOW_PUBLISHED) {
        if (full) lower_bonds(s);
        memset(part, 0, sizeof part);
        parts = find_parts(s, part);
        keep_longest(s, part, parts, out);
    } else if (out->whole || repair == MG_MOFLOW_PART) {
        leave_out(s, part);
        parts = find_parts(s, part);
        code = keep_largest(s, part, parts, out);
    }
    free(s);
    return code ? mg_no_memory(err, "a molecule") : MOLGLOT_OK;
}
