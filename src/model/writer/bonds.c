/* bonds.c - the molecular graph that SMILES tokens spell (bonds.h).
 *
 *   atom    a token that is one, or "[" with the pieces up to "]"
 *   owner   of a bond symbol, "(" and a ring number the atom before; of ")" the atom that the
 *           branch hangs on
 *   bond    of an atom to the one before it, of two equal ring numbers; its kind is its symbol, of
 * a ring with MG_BOND_SYMBOLS added. Seen from the other end / is \ and \ is /
 */
#include "model/writer/bonds.h"

#include <stdlib.h>
#include <string.h>

enum { SLASH = 6, BACKSLASH = 7, RINGS = 100 };

/* ---- the vocabulary ---- */

static mg_glyph glyph_of(const char *s, uint8_t *number) {
    static const char bonds[] = "-=#$:/\\";
    const char *bond = s[0] && !s[1] ? strchr(bonds, s[0]) : NULL;
    if (bond) {
        *number = (uint8_t)(bond - bonds + 1);
        return MG_GLYPH_BOND;
    }
    if (s[0] >= '0' && s[0] <= '9') *number = (uint8_t)(s[0] - '0');
    if (s[0] == '%' && s[1] && s[2]) *number = (uint8_t)((s[1] - '0') * 10 + s[2] - '0');
    if ((s[0] >= '0' && s[0] <= '9') || s[0] == '%') return MG_GLYPH_RING;
    if (s[0] == '[') return s[1] ? MG_GLYPH_ATOM : MG_GLYPH_OPEN;
    if (s[0] == ']') return MG_GLYPH_SHUT;
    if (s[0] == '(') return MG_GLYPH_BRANCH;
    if (s[0] == ')') return MG_GLYPH_RETURN;
    if (s[0] == '.') return MG_GLYPH_DOT;
    return (s[0] >= 'A' && s[0] <= 'Z') || (s[0] >= 'a' && s[0] <= 'z') || s[0] == '*'
               ? MG_GLYPH_ATOM
               : MG_GLYPH_NONE;
}

bool mg_grammar_read(mg_grammar *g, const mg_smiles_vocab *v) {
    mg_grammar_free(g);
    g->tokens = mg_smiles_vocab_size(v);
    g->glyph = calloc((size_t)g->tokens + 1, 1);
    g->number = calloc((size_t)g->tokens + 1, 1);
    if (!g->glyph || !g->number) return false;
    for (int32_t i = MG_TOKEN_UNUSED + 1; i < g->tokens; i++) {
        g->glyph[i] = (uint8_t)glyph_of(mg_smiles_vocab_token(v, i), &g->number[i]);
        if (g->number[i] >= RINGS) g->glyph[i] = MG_GLYPH_NONE;
    }
    return true;
}

void mg_grammar_free(mg_grammar *g) {
    free(g->glyph);
    free(g->number);
    *g = (mg_grammar){0};
}

/* ---- bonds ---- */

typedef struct bond {
    int32_t a, b, kind; /* kind: as written from a to b */
} bond;
typedef struct reader {
    const mg_grammar *g;
    int32_t *atom_ids, *owner, *stack;
    bond *bonds;
    int32_t atoms, n_bonds;
} reader;

static void add(reader *r, int32_t a, int32_t b, int32_t symbol, bool ring) {
    if (a < 0 || a == b) return;
    r->bonds[r->n_bonds++] = (bond){a, b, symbol + (ring ? MG_BOND_SYMBOLS : 0)};
}

/* One sequence; its atoms, owners and bonds go behind those that there are. */
static void read(reader *r, const int32_t *ids, int32_t above, int32_t n, int32_t *owner) {
    int32_t before = -1, symbol = 0, depth = 0, rings[RINGS], ring_symbol[RINGS];
    bool inside = false;
    for (int k = 0; k < RINGS; k++) rings[k] = -1;
    for (int32_t i = 0; i < n; i++) {
        const int32_t id = ids[i] - above;
        const bool known = id >= 0 && id < r->g->tokens;
        const int number = known ? r->g->number[id] : 0;
        mg_glyph glyph = known ? (mg_glyph)r->g->glyph[id] : MG_GLYPH_NONE;
        if (inside && glyph != MG_GLYPH_SHUT) glyph = MG_GLYPH_NONE;
        if (glyph == MG_GLYPH_ATOM || glyph == MG_GLYPH_OPEN) {
            r->atom_ids[r->atoms] = id;
            add(r, before, r->atoms, symbol, false);
            before = r->atoms++;
            symbol = 0;
        }
        if (glyph == MG_GLYPH_OPEN || glyph == MG_GLYPH_SHUT) inside = glyph == MG_GLYPH_OPEN;
        if (glyph == MG_GLYPH_BOND) symbol = number;
        if (glyph == MG_GLYPH_BRANCH) r->stack[depth++] = before;
        if (glyph == MG_GLYPH_RETURN && depth > 0) before = r->stack[--depth];
        if (glyph == MG_GLYPH_RING) {
            if (rings[number] >= 0) {
                add(r, rings[number], before, symbol ? symbol : ring_symbol[number], true);
                rings[number] = -1;
            } else {
                rings[number] = before;
                ring_symbol[number] = symbol;
            }
            symbol = 0;
        }
        owner[i] = before;
        if (glyph == MG_GLYPH_DOT) before = -1;
    }
}

static int32_t turned(int32_t kind) {
    const int32_t symbol = kind % MG_BOND_SYMBOLS;
    return symbol == SLASH ? kind + 1 : symbol == BACKSLASH ? kind - 1 : kind;
}

/* Incoming edges of every atom. */
static bool lay(mg_tape *t, const reader *r, mg_token_graph *out) {
    int32_t *offsets = mg_tape_alloc(t, ((size_t)r->atoms + 2) * sizeof *offsets),
            *src = mg_tape_alloc(t, (2 * (size_t)r->n_bonds + 1) * sizeof *src),
            *kinds = mg_tape_alloc(t, (2 * (size_t)r->n_bonds + 1) * sizeof *kinds);
    if (!offsets || !src || !kinds) return false;
    memset(offsets, 0, ((size_t)r->atoms + 2) * sizeof *offsets);
    for (int32_t i = 0; i < r->n_bonds; i++) {
        offsets[r->bonds[i].a + 2]++;
        offsets[r->bonds[i].b + 2]++;
    }
    for (int32_t i = 2; i <= r->atoms; i++) offsets[i] += offsets[i - 1];
    for (int32_t i = 0; i < r->n_bonds; i++) {
        const bond x = r->bonds[i];
        const int32_t to_b = offsets[x.b + 1]++, to_a = offsets[x.a + 1]++;
        src[to_b] = x.a, kinds[to_b] = x.kind;
        src[to_a] = x.b, kinds[to_a] = turned(x.kind);
    }
    out->edge_offsets = offsets;
    out->edge_src = src;
    out->edge_ids = kinds;
    return true;
}

bool mg_token_graph_make(mg_tape *t, const mg_grammar *g, const int32_t *ids, int32_t above,
                         mg_seqs seqs, mg_token_graph *out) {
    const size_t n = (size_t)seqs.offsets[seqs.n] + 1;
    reader r = {.g = g,
                .atom_ids = mg_tape_alloc(t, n * sizeof *r.atom_ids),
                .owner = mg_tape_alloc(t, n * sizeof *r.owner),
                .stack = mg_tape_alloc(t, n * sizeof *r.stack),
                .bonds = mg_tape_alloc(t, 2 * n * sizeof *r.bonds)};
    if (!g->glyph) mg_tape_fail(t, "writer: the model has no vocabulary yet");
    if (!g->glyph || !r.atom_ids || !r.owner || !r.stack || !r.bonds) return false;
    for (int64_t s = 0; s < seqs.n; s++)
        read(&r, ids + seqs.offsets[s], above, seqs.offsets[s + 1] - seqs.offsets[s],
             r.owner + seqs.offsets[s]);
    *out = (mg_token_graph){.atoms = r.atoms, .atom_ids = r.atom_ids, .owner = r.owner};
    return lay(t, &r, out);
}
