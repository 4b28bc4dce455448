/* piece.c - small labelled graphs: SMILES in and out, canonical order, keys.
 *
 * Canonical order: colours are refined by the sorted colours around each atom until they stay;
 * where several atoms share the lowest such colour, each of them in turn is put first and the
 * refinement goes on (atoms with the same neighbours are tried once). Of all orders so found the
 * one whose list of bonds is least is canonical. Motifs are small: the search is a few orders.
 *
 * Bonds alternate if there is a cycle of single and double bonds in turn through them: exactly
 * those may be single or double, as one likes, without a change anywhere else than along that
 * cycle.
 */
#include "chem/mol.h"
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { ALIKE = 4, MOST_ORDERS = 4096 };

/* ---- atoms ---- */

static const struct {
    char symbol[3];
    uint8_t number;
    int8_t charge;
} kinds[MG_MOTIF_ATOMS] = {
    {"B", 5, 0},    {"B", 5, -1},  {"Br", 35, 0}, {"Br", 35, -1}, {"Br", 35, 2}, {"Br", 35, 3},
    {"C", 6, 0},    {"C", 6, 1},   {"C", 6, -1},  {"Cl", 17, 0},  {"Cl", 17, 1}, {"Cl", 17, -1},
    {"Cl", 17, 2},  {"Cl", 17, 3}, {"F", 9, 0},   {"F", 9, 1},    {"F", 9, -1},  {"I", 53, -1},
    {"I", 53, 0},   {"I", 53, 1},  {"I", 53, 2},  {"I", 53, 3},   {"N", 7, 0},   {"N", 7, 1},
    {"N", 7, -1},   {"O", 8, 0},   {"O", 8, 1},   {"O", 8, -1},   {"P", 15, 0},  {"P", 15, 1},
    {"P", 15, -1},  {"S", 16, 0},  {"S", 16, 1},  {"S", 16, -1},  {"Se", 34, 0}, {"Se", 34, 1},
    {"Se", 34, -1}, {"Si", 14, 0}, {"Si", 14, -1}};

int mg_motif_atom(int number, int charge) {
    for (int i = 0; i < MG_MOTIF_ATOMS; i++)
        if (kinds[i].number == number && kinds[i].charge == charge) return i;
    return -1;
}

static const char *symbol_of(int number) {
    for (int i = 0; i < MG_MOTIF_ATOMS; i++)
        if (kinds[i].number == number) return kinds[i].symbol;
    return "*";
}

mg_piece mg_piece_plain(const mg_piece *p) {
    mg_piece out = *p;
    for (int32_t i = 0; i < out.n_atoms; i++) out.atoms[i].label = 0;
    return out;
}

mg_piece mg_piece_marked(const mg_piece *p, int atom) {
    mg_piece out = mg_piece_plain(p);
    out.atoms[atom].label = 1;
    return out;
}

/* ---- the graph as neighbours ---- */

typedef struct around { /* of each atom: neighbours, and orders beside them */
    uint8_t n[MG_PIECE_ATOMS], to[MG_PIECE_ATOMS][16], order[MG_PIECE_ATOMS][16];
} around;

static void look_around(const mg_piece *p, const uint8_t *orders, around *g) {
    memset(g->n, 0, sizeof g->n);
    for (int32_t k = 0; k < p->n_bonds; k++) {
        const int a = p->bonds[k].a, b = p->bonds[k].b;
        if (g->n[a] == 16 || g->n[b] == 16) continue;
        g->to[a][g->n[a]] = (uint8_t)b, g->order[a][g->n[a]++] = orders[k];
        g->to[b][g->n[b]] = (uint8_t)a, g->order[b][g->n[b]++] = orders[k];
    }
}

typedef struct alternating { /* a search for a cycle */
    around g;
    int goal, steps, n;
    uint8_t path[MG_PIECE_ATOMS]; /* atoms so far */
} alternating;

/* Whether a path of alternating bonds leads from `at` to the goal, the next of order `next` and the
 * last one double, over atoms that are not in seen. */
static bool alternates(alternating *w, int at, uint8_t next, uint64_t seen) {
    if (--w->steps < 0) return false;
    w->path[w->n++] = (uint8_t)at;
    for (int j = 0; j < w->g.n[at]; j++) {
        const int to = w->g.to[at][j];
        if (w->g.order[at][j] != next) continue;
        if (to == w->goal && next == MG_ORDER_DOUBLE && w->n > 2) return true;
        if (seen >> to & 1 || to == w->goal) continue;
        if (alternates(w, to, next == MG_ORDER_DOUBLE ? MG_ORDER_SINGLE : MG_ORDER_DOUBLE,
                       seen | (uint64_t)1 << to))
            return true;
    }
    w->n--;
    return false;
}

/* Atoms of a cycle through bond k into w->path, the goal not among them; false: there is none. */
static bool find_cycle(const mg_piece *p, alternating *w, int32_t k) {
    const int a = p->bonds[k].a, b = p->bonds[k].b;
    w->n = 0;
    w->steps = 20000;
    if (p->bonds[k].order == MG_ORDER_SINGLE) { /* from b double .. double to a */
        w->goal = a;
        return alternates(w, b, MG_ORDER_DOUBLE, (uint64_t)1 << b);
    }
    if (p->bonds[k].order != MG_ORDER_DOUBLE) return false;
    for (int i = 0; i < w->g.n[a]; i++) { /* a single bond a - d; from a double .. double to d */
        w->goal = w->g.to[a][i];
        w->n = 0;
        if (w->g.order[a][i] != MG_ORDER_SINGLE || w->goal == b) continue;
        w->path[w->n++] = (uint8_t)a;
        /* the bond a = b first */
        for (int j = 0; j < w->g.n[b]; j++) {
            const int c = w->g.to[b][j];
            if (w->g.order[b][j] != MG_ORDER_SINGLE || c == a || c == w->goal) continue;
            w->n = 1;
            w->path[w->n++] = (uint8_t)b;
            if (alternates(w, c, MG_ORDER_DOUBLE,
                           (uint64_t)1 << a | (uint64_t)1 << b | (uint64_t)1 << c))
                return true;
        }
    }
    return false;
}

int mg_piece_cycle(const mg_piece *p, int32_t k, uint8_t *path) {
    alternating w;
    uint8_t orders[MG_PIECE_BONDS];
    for (int32_t i = 0; i < p->n_bonds; i++) orders[i] = p->bonds[i].order;
    look_around(p, orders, &w.g);
    if (p->n_bonds < p->n_atoms || !find_cycle(p, &w, k)) return 0;
    w.path[w.n++] = (uint8_t)w.goal;
    int n = 0;
    for (int i = 0; i < w.n; i++)
        for (int32_t j = 0; j < p->n_bonds; j++) {
            const int x = w.path[i], y = w.path[(i + 1) % w.n];
            if ((p->bonds[j].a == x && p->bonds[j].b == y) ||
                (p->bonds[j].a == y && p->bonds[j].b == x))
                path[n++] = (uint8_t)j;
        }
    return n;
}

/* Orders of bonds as a key has them. */
static void orders_of(const mg_piece *p, bool alike, uint8_t *orders) {
    alternating w;
    int doubles = 0;
    for (int32_t k = 0; k < p->n_bonds; k++) {
        orders[k] = p->bonds[k].order;
        doubles += orders[k] == MG_ORDER_DOUBLE;
    }
    if (!alike || doubles < 2 || p->n_bonds < p->n_atoms) return;
    look_around(p, orders, &w.g);
    for (int32_t k = 0; k < p->n_bonds; k++)
        if (find_cycle(p, &w, k)) orders[k] = ALIKE;
}

/* ---- canonical order ---- */

typedef struct search {
    const mg_piece *p;
    around g;
    uint8_t best[MG_PIECE_ATOMS];  /* rank of each atom */
    uint32_t code[MG_PIECE_BONDS]; /* bonds of the best order, sorted */
    int orders;
} search;

static int by_code(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Colours are ranks of cells: how many atoms stand before the cell. */
static void refine(const search *s, uint8_t *colour) {
    const int32_t n = s->p->n_atoms;
    for (int32_t round = 0; round < n; round++) {
        uint8_t sign[MG_PIECE_ATOMS][40], next[MG_PIECE_ATOMS];
        size_t width = 1;
        for (int32_t i = 0; i < n; i++) {
            memset(sign[i], 0, sizeof sign[i]);
            sign[i][0] = colour[i];
            uint16_t near[16];
            for (int j = 0; j < s->g.n[i]; j++) {
                near[j] = (uint16_t)((colour[s->g.to[i][j]] + 1) << 3 | s->g.order[i][j]);
                for (int k = j; k > 0 && near[k - 1] > near[k]; k--) {
                    const uint16_t swap = near[k];
                    near[k] = near[k - 1], near[k - 1] = swap;
                }
            }
            for (int j = 0; j < s->g.n[i]; j++) {
                sign[i][1 + 2 * j] = (uint8_t)(near[j] >> 8);
                sign[i][2 + 2 * j] = (uint8_t)near[j];
            }
            if ((size_t)(1 + 2 * s->g.n[i]) > width) width = (size_t)(1 + 2 * s->g.n[i]);
        }
        bool changed = false;
        for (int32_t i = 0; i < n; i++) {
            next[i] = 0;
            for (int32_t j = 0; j < n; j++)
                next[i] = (uint8_t)(next[i] + (memcmp(sign[j], sign[i], width) < 0));
            changed |= next[i] != colour[i];
        }
        memcpy(colour, next, (size_t)n);
        if (!changed) return;
    }
}

static void take_order(search *s, const uint8_t *colour) {
    uint32_t code[MG_PIECE_BONDS];
    int32_t m = 0;
    for (int32_t i = 0; i < s->p->n_atoms; i++)
        for (int j = 0; j < s->g.n[i]; j++) {
            const uint32_t a = colour[i], b = colour[s->g.to[i][j]];
            if (a < b && m < MG_PIECE_BONDS) code[m++] = a << 16 | b << 8 | s->g.order[i][j];
        }
    qsort(code, (size_t)m, sizeof *code, by_code);
    int less = s->orders == 0 ? -1 : 0;
    for (int32_t k = 0; k < m && !less; k++)
        less = code[k] < s->code[k] ? -1 : code[k] > s->code[k] ? 1 : 0;
    s->orders++;
    if (less >= 0) return;
    memcpy(s->code, code, (size_t)m * sizeof *code);
    memcpy(s->best, colour, (size_t)s->p->n_atoms);
}

/* Whether i and j have the same neighbours by the same bonds. */
static bool twins(const search *s, int i, int j) {
    if (s->g.n[i] != s->g.n[j]) return false;
    for (int a = 0; a < s->g.n[i]; a++) {
        bool found = false;
        for (int b = 0; b < s->g.n[j] && !found; b++)
            found = s->g.to[i][a] == s->g.to[j][b] && s->g.order[i][a] == s->g.order[j][b];
        if (!found) return false;
    }
    return true;
}

static void explore(search *s, const uint8_t *given) {
    const int32_t n = s->p->n_atoms;
    uint8_t colour[MG_PIECE_ATOMS], size[MG_PIECE_ATOMS] = {0};
    if (s->orders >= MOST_ORDERS) return;
    memcpy(colour, given, (size_t)n);
    refine(s, colour);
    int cell = -1;
    for (int32_t i = 0; i < n; i++) size[colour[i]]++;
    for (int32_t c = 0; c < n && cell < 0; c++)
        if (size[c] > 1) cell = c;
    if (cell < 0) {
        take_order(s, colour);
        return;
    }
    for (int32_t i = 0; i < n; i++) {
        if (colour[i] != cell) continue;
        bool tried = false;
        for (int32_t j = 0; j < i && !tried; j++) tried = colour[j] == cell && twins(s, j, i);
        if (tried) continue;
        uint8_t next[MG_PIECE_ATOMS];
        for (int32_t j = 0; j < n; j++)
            next[j] = (uint8_t)(colour[j] + (colour[j] == cell && j != i));
        explore(s, next);
    }
}

static void first_colours(const mg_piece *p, uint8_t *colour) {
    uint32_t sign[MG_PIECE_ATOMS];
    for (int32_t i = 0; i < p->n_atoms; i++)
        sign[i] = (uint32_t)p->atoms[i].number << 16 | (uint32_t)(p->atoms[i].charge + 128) << 8 |
                  p->atoms[i].label;
    for (int32_t i = 0; i < p->n_atoms; i++) {
        colour[i] = 0;
        for (int32_t j = 0; j < p->n_atoms; j++)
            colour[i] = (uint8_t)(colour[i] + (sign[j] < sign[i]));
    }
}

/* Ranks of the atoms in canonical order. */
static void rank_atoms(const mg_piece *p, uint8_t *rank) {
    search s = {.p = p};
    uint8_t orders[MG_PIECE_BONDS], colour[MG_PIECE_ATOMS];
    orders_of(p, false, orders);
    look_around(p, orders, &s.g);
    first_colours(p, colour);
    explore(&s, colour);
    memcpy(rank, s.best, (size_t)p->n_atoms);
}

/* ---- keys ---- */

void mg_piece_key(const mg_piece *p, bool alike, mg_str *out) {
    search s = {.p = p};
    uint8_t orders[MG_PIECE_BONDS], colour[MG_PIECE_ATOMS], at[MG_PIECE_ATOMS];
    orders_of(p, alike, orders);
    look_around(p, orders, &s.g);
    first_colours(p, colour);
    explore(&s, colour);
    for (int32_t i = 0; i < p->n_atoms; i++) at[s.best[i]] = (uint8_t)i;
    for (int32_t r = 0; r < p->n_atoms; r++)
        mg_str_addf(out, "%x.%x.%x ", p->atoms[at[r]].number, p->atoms[at[r]].charge + 128,
                    p->atoms[at[r]].label);
    for (int32_t k = 0; k < p->n_bonds; k++) mg_str_addf(out, "%x ", s.code[k]);
}

/* ---- writing ---- */

typedef struct writing {
    const mg_piece *p;
    around g;
    const uint8_t *rank;
    uint8_t depth[MG_PIECE_ATOMS];                              /* 1 and more: was reached */
    uint8_t rings[MG_PIECE_ATOMS][16], n_rings[MG_PIECE_ATOMS]; /* the other ends, in order */
    struct {
        uint8_t a, b;
    } open[99];
    mg_str *out;
} writing;

static void write_bond(mg_str *out, uint8_t order) {
    if (order == MG_ORDER_DOUBLE) mg_str_addz(out, "=");
    if (order == MG_ORDER_TRIPLE) mg_str_addz(out, "#");
}

static void write_atom(const mg_piece *p, int i, mg_str *out) {
    const int charge = p->atoms[i].charge, label = p->atoms[i].label;
    const char *symbol = symbol_of(p->atoms[i].number);
    const bool bare = !charge && !label && strcmp(symbol, "Se") && strcmp(symbol, "Si");
    if (bare) {
        mg_str_addz(out, symbol);
        return;
    }
    mg_str_addf(out, "[%s", symbol);
    if (charge) mg_str_addf(out, "%+d", charge);
    if (label) mg_str_addf(out, ":%d", label);
    mg_str_addz(out, "]");
}

/* Neighbours of i in their canonical order. */
static int neighbours(const writing *w, int i, uint8_t *to, uint8_t *order) {
    const int n = w->g.n[i];
    for (int j = 0; j < n; j++) {
        int k = j;
        for (; k > 0 && w->rank[to[k - 1]] > w->rank[w->g.to[i][j]]; k--)
            to[k] = to[k - 1], order[k] = order[k - 1];
        to[k] = w->g.to[i][j], order[k] = w->g.order[i][j];
    }
    return n;
}

/* Finds which bonds close rings. */
static void find_rings(writing *w, int i, int from) {
    uint8_t to[16], order[16];
    const int n = neighbours(w, i, to, order);
    w->depth[i] = (uint8_t)(from < 0 ? 1 : w->depth[from] + 1);
    for (int j = 0; j < n; j++) {
        if (to[j] == from) continue;
        if (!w->depth[to[j]]) {
            find_rings(w, to[j], i);
        } else if (w->depth[to[j]] < w->depth[i]) {
            w->rings[to[j]][w->n_rings[to[j]]++] = (uint8_t)i;
            w->rings[i][w->n_rings[i]++] = to[j];
        }
    }
}

static void write_digit(mg_str *out, int digit) {
    mg_str_addf(out, digit < 10 ? "%d" : "%%%d", digit);
}

static bool is_ring_bond(const writing *w, int i, int j) {
    for (int k = 0; k < w->n_rings[i]; k++)
        if (w->rings[i][k] == j) return true;
    return false;
}

static void write_from(writing *w, int i, int from, bool *done) {
    uint8_t to[16], order[16];
    const int n = neighbours(w, i, to, order);
    done[i] = true;
    write_atom(w->p, i, w->out);
    for (int k = 0; k < w->n_rings[i]; k++) {
        const int other = w->rings[i][k];
        int digit = 0;
        for (int d = 1; d < 99 && !digit; d++)
            if (w->open[d].a == other + 1 && w->open[d].b == i + 1) digit = d;
        if (digit) {
            w->open[digit].a = 0;
        } else {
            for (int d = 1; d < 99 && !digit; d++)
                if (!w->open[d].a) digit = d;
            w->open[digit].a = (uint8_t)(i + 1), w->open[digit].b = (uint8_t)(other + 1);
            for (int j = 0; j < n; j++)
                if (to[j] == other) write_bond(w->out, order[j]);
        }
        write_digit(w->out, digit);
    }
    int last = -1;
    for (int j = 0; j < n; j++)
        if (to[j] != from && !done[to[j]] && !is_ring_bond(w, i, to[j])) last = j;
    for (int j = 0; j < n; j++) {
        if (to[j] == from || done[to[j]] || is_ring_bond(w, i, to[j])) continue;
        if (j != last) mg_str_addz(w->out, "(");
        write_bond(w->out, order[j]);
        write_from(w, to[j], i, done);
        if (j != last) mg_str_addz(w->out, ")");
    }
}

void mg_piece_write(const mg_piece *p, mg_str *out) {
    uint8_t rank[MG_PIECE_ATOMS], orders[MG_PIECE_BONDS];
    bool done[MG_PIECE_ATOMS] = {false};
    writing w = {.p = p, .rank = rank, .out = out};
    rank_atoms(p, rank);
    orders_of(p, false, orders);
    look_around(p, orders, &w.g);
    for (int32_t r = 0, parts = 0; r < p->n_atoms; r++)
        for (int32_t i = 0; i < p->n_atoms; i++) {
            if (rank[i] != r || done[i]) continue;
            if (parts++) mg_str_addz(out, ".");
            find_rings(&w, i, -1);
            write_from(&w, i, -1, done);
        }
}

/* ---- reading ---- */

typedef struct reading {
    const char *s;
    size_t n, at;
    mg_piece *p;
    int stack[MG_PIECE_ATOMS], depth, last;
    uint8_t bond; /* the next bond's order */
    struct {
        int atom; /* -1: closed */
        uint8_t bond;
        bool said;
    } rings[100];
    bool said;
} reading;

static int wrong(const reading *r, const char *why, molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "byte %zu of \"%.*s\": %s", r->at,
                   (int)(r->n < 80 ? r->n : 80), r->s, why);
}

static int join(reading *r, int a, int b, uint8_t order, molglot_error *err) {
    mg_piece *p = r->p;
    if (a == b) return wrong(r, "a bond from an atom to itself", err);
    if (p->n_bonds == MG_PIECE_BONDS) return wrong(r, "too many bonds", err);
    for (int32_t k = 0; k < p->n_bonds; k++)
        if ((p->bonds[k].a == a && p->bonds[k].b == b) ||
            (p->bonds[k].a == b && p->bonds[k].b == a))
            return wrong(r, "two bonds between the same atoms", err);
    p->bonds[p->n_bonds].a = (uint8_t)a, p->bonds[p->n_bonds].b = (uint8_t)b;
    p->bonds[p->n_bonds++].order = order;
    return MOLGLOT_OK;
}

static int add_atom(reading *r, uint8_t number, int charge, int label, molglot_error *err) {
    mg_piece *p = r->p;
    if (p->n_atoms == MG_PIECE_ATOMS) return wrong(r, "too many atoms", err);
    const int i = p->n_atoms++;
    p->atoms[i].number = number;
    p->atoms[i].charge = (int8_t)charge;
    p->atoms[i].label = (uint8_t)label;
    const int from = r->last;
    r->last = i;
    const uint8_t order = r->bond;
    r->bond = MG_ORDER_SINGLE, r->said = false;
    return from < 0 ? MOLGLOT_OK : join(r, from, i, order, err);
}

/* The longest symbol that stands at s->at; 0: none. */
static uint8_t read_symbol(reading *r) {
    uint8_t number = 0;
    size_t length = 0;
    for (int i = 0; i < MG_MOTIF_ATOMS; i++) {
        const size_t m = strlen(kinds[i].symbol);
        if (m > length && m <= r->n - r->at && !memcmp(r->s + r->at, kinds[i].symbol, m))
            number = kinds[i].number, length = m;
    }
    r->at += length;
    return number;
}

static int read_number(reading *r, int most) {
    int value = 0, digits = 0;
    while (r->at < r->n && r->s[r->at] >= '0' && r->s[r->at] <= '9' && digits++ < 3)
        value = 10 * value + (r->s[r->at++] - '0');
    return digits == 0 ? -1 : value > most ? most + 1 : value;
}

static int read_bracket(reading *r, molglot_error *err) {
    int charge = 0, label = 0;
    r->at++;
    const uint8_t number = read_symbol(r);
    if (!number) return wrong(r, "no symbol of a motif's atom", err);
    if (r->at < r->n && r->s[r->at] == 'H') {
        r->at++;
        read_number(r, 9);
    }
    if (r->at < r->n && (r->s[r->at] == '+' || r->s[r->at] == '-')) {
        const char sign = r->s[r->at++];
        int size = read_number(r, 9);
        if (size < 0)
            for (size = 1; r->at < r->n && r->s[r->at] == sign && size < 9; size++) r->at++;
        charge = sign == '-' ? -size : size;
    }
    if (r->at < r->n && r->s[r->at] == ':') {
        r->at++;
        label = read_number(r, 2);
        if (label < 0 || label > 2) return wrong(r, "a label is 0, 1 or 2", err);
    }
    if (r->at >= r->n || r->s[r->at] != ']') return wrong(r, "a bracket that does not close", err);
    r->at++;
    return add_atom(r, number, charge, label, err);
}

static int read_ring(reading *r, molglot_error *err) {
    int digit;
    if (r->s[r->at] == '%') {
        if (r->n - r->at < 3) return wrong(r, "a ring number of two digits is missing", err);
        r->at++;
        const char a = r->s[r->at], b = r->s[r->at + 1];
        if (a < '0' || a > '9' || b < '0' || b > '9')
            return wrong(r, "a ring number of two digits is missing", err);
        digit = 10 * (a - '0') + (b - '0');
        r->at += 2;
    } else {
        digit = r->s[r->at++] - '0';
    }
    if (r->last < 0) return wrong(r, "a ring number before the first atom", err);
    const uint8_t bond = r->bond;
    const bool said = r->said;
    r->bond = MG_ORDER_SINGLE, r->said = false;
    if (r->rings[digit].atom < 0) {
        r->rings[digit].atom = r->last, r->rings[digit].bond = bond, r->rings[digit].said = said;
        return MOLGLOT_OK;
    }
    const int other = r->rings[digit].atom;
    r->rings[digit].atom = -1;
    if (said && r->rings[digit].said && bond != r->rings[digit].bond)
        return wrong(r, "a ring that closes by another bond than it opened", err);
    return join(r, other, r->last, said ? bond : r->rings[digit].bond, err);
}

static int read_next(reading *r, molglot_error *err) {
    const char c = r->s[r->at];
    if (c == '[') return read_bracket(r, err);
    if (c == '%' || (c >= '0' && c <= '9')) return read_ring(r, err);
    if (c == '=' || c == '#' || c == '-') {
        if (r->last < 0 || r->said) return wrong(r, "a bond without an atom before it", err);
        r->bond = c == '=' ? MG_ORDER_DOUBLE : c == '#' ? MG_ORDER_TRIPLE : MG_ORDER_SINGLE;
        r->said = true;
        r->at++;
        return MOLGLOT_OK;
    }
    if (c == '(') {
        if (r->last < 0 || r->said) return wrong(r, "a branch without an atom before it", err);
        if (r->depth == MG_PIECE_ATOMS) return wrong(r, "too many branches", err);
        r->stack[r->depth++] = r->last;
        r->at++;
        return MOLGLOT_OK;
    }
    if (c == ')') {
        if (r->depth == 0 || r->said) return wrong(r, "a branch that does not open", err);
        r->last = r->stack[--r->depth];
        r->at++;
        return MOLGLOT_OK;
    }
    const uint8_t number = read_symbol(r);
    return number ? add_atom(r, number, 0, 0, err) : wrong(r, "nothing that a motif has", err);
}

int mg_piece_read(const char *s, size_t n, mg_piece *out, molglot_error *err) {
    reading r = {.s = s, .n = n, .p = out, .last = -1};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < MG_COUNT(r.rings); i++) r.rings[i].atom = -1;
    int code = MOLGLOT_OK;
    while (r.at < n && !code) code = read_next(&r, err);
    if (code) return code;
    if (out->n_atoms == 0) return wrong(&r, "no atoms", err);
    if (r.said || r.depth > 0) return wrong(&r, "an end in the middle", err);
    for (size_t i = 0; i < MG_COUNT(r.rings); i++)
        if (r.rings[i].atom >= 0) return wrong(&r, "a ring that does not close", err);
    uint8_t degree[MG_PIECE_ATOMS] = {0};
    for (int32_t k = 0; k < out->n_bonds; k++)
        if (++degree[out->bonds[k].a] > 15 || ++degree[out->bonds[k].b] > 15)
            return wrong(&r, "an atom of more than 15 bonds", err);
    return MOLGLOT_OK;
}
