/* prescan.c - reads a SMILES or a molblock as text, before RDKit sees it, in microseconds and
 * without allocating.
 *
 * Two questions are answered by one scanner: is this string within the limits and balanced
 * (mg_smiles_prescan: refuses only what RDKit would refuse too, or what a documented limit
 * forbids), and, when RDKit has refused a string without saying where, which byte breaks the
 * grammar (mg_smiles_diagnose: the same scanner with `grammar` on).
 */
#include "chem/mol.h"
#include "chem/smiles/smiles.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RDKit tries every subset of the wildcards next to aromatic bonds when it kekulises: 16 cost 35
 * ms, 24 ten seconds. */
enum { MAX_DEPTH = 1024, MAX_OPEN_RINGS = 256, MAX_WILDCARDS = 16, MAX_MOLBLOCK_BYTES = 1 << 20 };
/* what RDKit reads: "++"; ring bonds of one atom that are looked at */
enum { MAX_SIGNS = 2, MAX_CLOSED = 16 };

mg_chem_limits mg_chem_limits_default(void) {
    return (mg_chem_limits){.max_chars = 2000, .max_atoms = 800, .max_depth = 100};
}

int mg_smiles_undouble(char *smiles) {
    int undone = 0;
    char *to = smiles;
    for (const char *from = smiles; *from; from++) {
        *to++ = *from;
        if (from[0] == '\\' && from[1] == '\\') {
            from++;
            undone++;
        }
    }
    *to = 0;
    return undone;
}

/* ---- the scanner ---- */

typedef enum { START, ATOM, BOND, OPEN, CLOSE, DOT, RING } token;
typedef enum { HEAVY, HYDROGEN, WILDCARD } atom_kind;

typedef struct open_ring {
    int32_t number, atom;
    size_t offset;
} open_ring;

typedef struct scanner {
    const char *s;
    size_t n, i; /* i: the byte being read */
    mg_chem_limits limits;
    bool grammar; /* also refuse what is balanced but not SMILES */
    molglot_row_status *row;
    token last, before_bond; /* before_bond: what a bond followed, when last is BOND */
    size_t last_offset;
    /* atoms written; those of them that are not plain hydrogens; wildcards */
    int32_t symbols, atoms, wildcards;
    int32_t atom, parent; /* the atom that the next bond starts from, and what it hangs on */
    int32_t wanted;       /* remember the offset of this atom (-1: none) */
    int64_t wanted_offset;
    int depth, n_rings;
    size_t open_offset[MAX_DEPTH];
    int32_t open_atom[MAX_DEPTH], open_parent[MAX_DEPTH];
    open_ring rings[MAX_OPEN_RINGS];
    int32_t closing, closed[MAX_CLOSED]; /* atoms to which ring bonds of atom `closing` lead */
    int n_closed;
} scanner;

static bool refuse(scanner *sc, size_t offset, const char *what) {
    mg_row_refuse(sc->row, (int64_t)offset, "%s", what);
    return false;
}

static void advance(scanner *sc, token kind, size_t bytes) {
    if (kind == BOND && sc->last != BOND) sc->before_bond = sc->last;
    sc->last = kind;
    sc->last_offset = sc->i;
    sc->i += bytes;
}

static bool add_atom(scanner *sc, size_t bytes, atom_kind kind) {
    if (sc->symbols == sc->wanted) sc->wanted_offset = (int64_t)sc->i;
    sc->parent = sc->last == START || sc->last == DOT ? -1 : sc->atom;
    sc->atom = sc->symbols++;
    if (kind != HYDROGEN && ++sc->atoms > sc->limits.max_atoms) {
        mg_row_refuse(sc->row, (int64_t)sc->i, "more than %d atoms", sc->limits.max_atoms);
        return false;
    }
    if (kind == WILDCARD && ++sc->wildcards > MAX_WILDCARDS) {
        mg_row_refuse(sc->row, (int64_t)sc->i, "more than %d wildcard atoms", MAX_WILDCARDS);
        return false;
    }
    advance(sc, ATOM, bytes);
    return true;
}

/* Length of the element's symbol at s (0: none), which RDKit takes in lower case too when the
 * element can be aromatic. */
static size_t element_length(const char *s) {
    static const char aromatic[][3] = {"se", "te", "as", "si", "b", "c", "n", "o", "p", "s"};
    if (*s == '*') return 1;
    if (!isalpha((unsigned char)*s)) return 0;
    for (size_t k = 0; k < MG_COUNT(aromatic); k++)
        if (strncmp(s, aromatic[k], strlen(aromatic[k])) == 0) return strlen(aromatic[k]);
    if (isalpha((unsigned char)s[1]) && mg_element_number(s, 2) > 0) return 2;
    return mg_element_number(s, 1) > 0 ? 1 : 0;
}

/* TH1, AL2, SP3, TB10, OH20: what may follow a single @. */
static bool chirality_class(const char *s) {
    static const char classes[][3] = {"TH", "AL", "SP", "TB", "OH"};
    for (size_t k = 0; k < MG_COUNT(classes); k++)
        if (s[0] == classes[k][0] && s[1] == classes[k][1]) return isdigit((unsigned char)s[2]);
    return false;
}

/* [isotope symbol chirality hydrogens charge :class], from one past '[' to `end`, the place of
 * ']'. */
static bool bracket_grammar(scanner *sc, size_t end) {
    const char *s = sc->s;
    size_t i = sc->i + 1;
    while (isdigit((unsigned char)s[i])) i++;
    if (s[i] == '#') {
        i++;
        while (isdigit((unsigned char)s[i])) i++;
    } else {
        size_t symbol = element_length(s + i);
        if (symbol == 0) return refuse(sc, i, "unknown element in brackets");
        i += symbol;
    }
    if (s[i] == '@') {
        i++;
        if (s[i] == '@') {
            i++;
        } else if (chirality_class(s + i)) {
            for (i += 2; isdigit((unsigned char)s[i]); i++) {}
        }
    }
    if (s[i] == 'H') {
        i++;
        while (isdigit((unsigned char)s[i])) i++;
    }
    if (s[i] == '+' || s[i] == '-') {
        const char sign = s[i];
        const size_t first = i;
        while (s[i] == sign) i++;
        if (i - first > MAX_SIGNS)
            return refuse(sc, first, "a charge of many signs: write a number, as in +6");
        while (isdigit((unsigned char)s[i])) i++;
    }
    if (s[i] == ':') {
        i++;
        while (isdigit((unsigned char)s[i])) i++;
    }
    return i == end ? true : refuse(sc, i, "cannot read this part of the bracket atom");
}

static bool scan_bracket(scanner *sc) {
    size_t end = sc->i + 1;
    while (end < sc->n && sc->s[end] != ']' && sc->s[end] != '[') {
        unsigned char c = (unsigned char)sc->s[end];
        if (c <= ' ' || c >= 127) return refuse(sc, end, "unknown character");
        end++;
    }
    if (end == sc->n || sc->s[end] == '[') return refuse(sc, sc->i, "unbalanced [");
    if (end == sc->i + 1) return refuse(sc, sc->i, "empty brackets");
    if (sc->grammar && !bracket_grammar(sc, end)) return false;
    const char *symbol = sc->s + sc->i + 1;
    while (isdigit((unsigned char)*symbol)) symbol++;
    atom_kind kind = HEAVY;
    if (symbol[0] == '*' || (symbol[0] == '#' && symbol[1] == '0'))
        kind = WILDCARD;
    else if (symbol[0] == 'H' && !islower((unsigned char)symbol[1]))
        kind = HYDROGEN;
    return add_atom(sc, end + 1 - sc->i, kind);
}

static bool scan_organic(scanner *sc) {
    char c = sc->s[sc->i], next = sc->i + 1 < sc->n ? sc->s[sc->i + 1] : 0;
    if ((c == 'C' && next == 'l') || (c == 'B' && next == 'r')) return add_atom(sc, 2, HEAVY);
    if (strchr("BCNOPSFIbcnops", c)) return add_atom(sc, 1, HEAVY);
    if (c == '*') return add_atom(sc, 1, WILDCARD);
    return refuse(sc, sc->i, "this letter is not an atom outside brackets");
}

/* Whether a ring has closed between these atoms before; remembers that one has now. Only the last
 * atom can close rings, so its partners are kept alone. */
static bool bonded_twice(scanner *sc, int32_t other) {
    if (sc->closing != sc->atom) sc->n_closed = 0;
    sc->closing = sc->atom;
    for (int k = 0; k < sc->n_closed; k++)
        if (sc->closed[k] == other) return true;
    if (sc->n_closed < MAX_CLOSED) sc->closed[sc->n_closed++] = other;
    return false;
}

/* A ring number opens at its first mention and closes at the second. */
static bool ring_toggle(scanner *sc, int32_t number, size_t bytes) {
    int k = 0;
    while (k < sc->n_rings && sc->rings[k].number != number) k++;
    if (k == sc->n_rings) {
        if (sc->n_rings == MAX_OPEN_RINGS) return refuse(sc, sc->i, "too many rings open at once");
        sc->rings[sc->n_rings++] = (open_ring){.number = number, .atom = sc->atom, .offset = sc->i};
    } else {
        if (sc->grammar && sc->rings[k].atom == sc->atom)
            return refuse(sc, sc->i, "ring bond from an atom to itself");
        if (sc->grammar && sc->rings[k].atom == sc->parent)
            return refuse(sc, sc->i, "two bonds between the same atoms");
        if (sc->grammar && bonded_twice(sc, sc->rings[k].atom))
            return refuse(sc, sc->i, "two bonds between the same atoms");
        memmove(sc->rings + k, sc->rings + k + 1,
                (size_t)(--sc->n_rings - k) * sizeof sc->rings[0]);
    }
    advance(sc, RING, bytes);
    return true;
}

/* 1, %12 or %(123). */
static bool scan_ring(scanner *sc) {
    const char *s = sc->s + sc->i;
    size_t left = sc->n - sc->i;
    if (sc->symbols == 0) return refuse(sc, sc->i, "ring number before any atom");
    token before = sc->last == BOND ? sc->before_bond : sc->last;
    if (sc->grammar && (before == OPEN || before == DOT))
        return refuse(sc, sc->i, "ring number without an atom before it");
    if (*s != '%') return ring_toggle(sc, *s - '0', 1);
    if (sc->grammar && left >= 3 && s[1] == '0' && isdigit((unsigned char)s[2]))
        return refuse(sc, sc->i, "a ring number after % begins with 1 to 9");
    if (left >= 3 && isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]))
        return ring_toggle(sc, (s[1] - '0') * 10 + (s[2] - '0'), 3);
    if (left >= 4 && s[1] == '(') {
        int32_t number = 0;
        size_t k = 2;
        for (; k < left && k < 7 && isdigit((unsigned char)s[k]); k++)
            number = number * 10 + (s[k] - '0');
        if (k > 2 && k < left && s[k] == ')') return ring_toggle(sc, number, k + 1);
    }
    return refuse(sc, sc->i, "% needs two digits, or (digits)");
}

static bool scan_open(scanner *sc) {
    if (sc->grammar && sc->last != ATOM && sc->last != RING && sc->last != CLOSE)
        return refuse(sc, sc->i, "branch without an atom before it");
    if (sc->depth >= sc->limits.max_depth || sc->depth >= MAX_DEPTH) {
        mg_row_refuse(sc->row, (int64_t)sc->i, "more than %d branches inside each other",
                      sc->depth);
        return false;
    }
    sc->open_offset[sc->depth] = sc->i;
    sc->open_parent[sc->depth] = sc->parent;
    sc->open_atom[sc->depth++] = sc->atom;
    advance(sc, OPEN, 1);
    return true;
}

static bool scan_close(scanner *sc) {
    if (sc->depth == 0) return refuse(sc, sc->i, "unbalanced )");
    if (sc->grammar && sc->last == OPEN) return refuse(sc, sc->last_offset, "empty branch");
    if (sc->grammar && (sc->last == BOND || sc->last == DOT))
        return refuse(sc, sc->last_offset, "bond without an atom after it");
    sc->atom = sc->open_atom[--sc->depth];
    sc->parent = sc->open_parent[sc->depth];
    advance(sc, CLOSE, 1);
    return true;
}

static bool scan_bond(scanner *sc) {
    char c = sc->s[sc->i], before = sc->last == BOND ? sc->s[sc->i - 1] : 0;
    bool pair = (before == '\\' && c == '\\') || (before == '-' && c == '>') ||
                (before == '<' && c == '-');
    if (sc->grammar && sc->last == BOND && !pair) return refuse(sc, sc->i, "two bonds in a row");
    if (sc->grammar && (sc->last == START || sc->last == DOT))
        return refuse(sc, sc->i, "bond without an atom before it");
    advance(sc, BOND, 1);
    return true;
}

static bool scan_dot(scanner *sc) {
    if (sc->grammar &&
        (sc->last == START || sc->last == DOT || sc->last == BOND || sc->last == OPEN))
        return refuse(sc, sc->i, "dot without an atom before it");
    advance(sc, DOT, 1);
    return true;
}

static bool scan_end(scanner *sc) {
    if (sc->symbols == 0) return refuse(sc, 0, "no atoms");
    if (sc->depth > 0) return refuse(sc, sc->open_offset[sc->depth - 1], "unbalanced (");
    if (sc->n_rings > 0) {
        mg_row_refuse(sc->row, (int64_t)sc->rings[0].offset, "unclosed ring %d",
                      (int)sc->rings[0].number);
        return false;
    }
    if (sc->grammar && (sc->last == BOND || sc->last == DOT))
        return refuse(sc, sc->last_offset, "bond without an atom after it");
    return true;
}

static bool scan(scanner *sc) {
    while (sc->i < sc->n) {
        char c = sc->s[sc->i];
        bool ok;
        if (c == '[')
            ok = scan_bracket(sc);
        else if (isalpha((unsigned char)c) || c == '*')
            ok = scan_organic(sc);
        else if (isdigit((unsigned char)c) || c == '%')
            ok = scan_ring(sc);
        else if (c == '(')
            ok = scan_open(sc);
        else if (c == ')')
            ok = scan_close(sc);
        else if (c == '.')
            ok = scan_dot(sc);
        else if (c && strchr("-=#$:/\\~<>", c))
            ok = scan_bond(sc);
        else if (c == ']')
            ok = refuse(sc, sc->i, "unbalanced ]");
        else if (c == ' ' || c == '\t')
            ok = refuse(sc, sc->i, "blank inside the SMILES");
        else
            ok = refuse(sc, sc->i, "unknown character");
        if (!ok) return false;
    }
    return scan_end(sc);
}

int mg_smiles_prescan(const char *smiles, size_t n, const mg_chem_limits *limits,
                      molglot_row_status *row) {
    scanner sc = {
        .s = smiles, .n = n, .row = row, .atom = -1, .closing = -1, .parent = -1, .wanted = -1};
    sc.limits = limits ? *limits : mg_chem_limits_default();
    if (n == 0) return mg_row_refuse(row, 0, "empty SMILES");
    if (n > (size_t)sc.limits.max_chars) {
        return mg_row_refuse(row, sc.limits.max_chars, "longer than %d characters",
                             sc.limits.max_chars);
    }
    if (!scan(&sc)) return MOLGLOT_BAD_FILE;
    mg_row_accept(row);
    return MOLGLOT_OK;
}

bool mg_smiles_diagnose(const char *smiles, size_t n, molglot_row_status *row) {
    scanner sc = {.s = smiles,
                  .n = n,
                  .row = row,
                  .grammar = true,
                  .atom = -1,
                  .closing = -1,
                  .parent = -1,
                  .wanted = -1};
    sc.limits =
        (mg_chem_limits){.max_chars = INT32_MAX, .max_atoms = INT32_MAX, .max_depth = MAX_DEPTH};
    return !scan(&sc);
}

int32_t mg_smiles_atom_offset(const char *smiles, size_t n, int32_t index) {
    scanner sc = {.s = smiles,
                  .n = n,
                  .atom = -1,
                  .closing = -1,
                  .parent = -1,
                  .wanted = index,
                  .wanted_offset = -1};
    sc.limits =
        (mg_chem_limits){.max_chars = INT32_MAX, .max_atoms = INT32_MAX, .max_depth = MAX_DEPTH};
    scan(&sc);
    return (int32_t)sc.wanted_offset;
}

/* ---- molblocks ---- */

/* The line that starts at *at, without its end; moves *at to the next line. */
static const char *next_line(const char *block, size_t n, size_t *at, size_t *length) {
    const char *line = block + *at, *stop = memchr(line, '\n', n - *at);
    *length = stop ? (size_t)(stop - line) : n - *at;
    *at += *length + (stop != NULL);
    if (*length > 0 && line[*length - 1] == '\r') (*length)--;
    return line;
}

/* Copies up to `width` bytes of a line from column `from`, terminated. */
static void field(const char *line, size_t length, size_t from, size_t width, char *out) {
    size_t n = from < length ? length - from : 0;
    if (n > width) n = width;
    memcpy(out, line + (n ? from : 0), n);
    out[n] = 0;
}

/* What an atom line of a V2000 or V3000 block holds; what names no element may stand for any. */
static atom_kind atom_line_kind(const char *line, size_t length, bool v3000) {
    char text[64], symbol[8] = "";
    if (v3000) {
        field(line, length, 6, sizeof text - 1, text);
        if (sscanf(text, "%*d %7s", symbol) != 1) return HYDROGEN;
    } else {
        field(line, length, 31, 3, text);
        if (sscanf(text, "%7s", symbol) != 1) return HYDROGEN;
    }
    if (strcmp(symbol, "D") == 0 || strcmp(symbol, "T") == 0) return HYDROGEN;
    int number = mg_element_number(symbol, strlen(symbol));
    return number == 1 ? HYDROGEN : number > 1 ? HEAVY : WILDCARD;
}

/* The symbol of the atom numbered from 1 in a V2000 block; "" where there is none. */
static void symbol_of(const char *block, size_t n, long number, char symbol[8]) {
    size_t at = 0, length = 0;
    const char *line = block;
    char text[8];
    *symbol = 0;
    for (long k = 0; k < 4 + number && at < n; k++) line = next_line(block, n, &at, &length);
    field(line, length, 31, 3, text);
    if (number > 0) (void)sscanf(text, "%7s", symbol);
}

/* Whether the label says no more than the atom does: its element, hydrogens, a charge. */
static bool plain_label(const char *label, size_t n, const char *symbol) {
    const size_t letters = strlen(symbol);
    if (mg_element_number(symbol, letters) <= 0) return true; /* a wildcard: any label is right */
    for (size_t i = 0; i < n;) {
        if (n - i >= letters && !memcmp(label + i, symbol, letters))
            i += letters;
        else if (label[i] == 'H' || isdigit((unsigned char)label[i]) || strchr("+-() ", label[i]))
            i++;
        else
            return false;
    }
    return true;
}

/* Finds "A  NUMBER" and the label in the next line: an abbreviation drawn in the place of an atom,
 * which is not expanded. */
static int refuse_abbreviation(const char *block, size_t n, size_t at, molglot_row_status *row) {
    while (at < n) {
        const size_t start = at;
        size_t length, label_length;
        const char *line = next_line(block, n, &at, &length);
        char text[16], symbol[8];
        field(line, length, 1, sizeof text - 1, text);
        if (length < 2 || line[0] != 'A' || line[1] != ' ' || at >= n) continue;
        const long number = strtol(text, NULL, 10);
        const char *label = next_line(block, n, &at, &label_length);
        symbol_of(block, n, number, symbol);
        if (number > 0 && !plain_label(label, label_length, symbol))
            return mg_row_refuse(row, (int64_t)start, "abbreviation '%.*s' is not expanded",
                                 label_length < 40 ? (int)label_length : 40, label);
    }
    return MOLGLOT_OK;
}

/* "M  STY  n  i TYPE ...", "M  V30 i TYPE ...": groups of atoms that repeat, nobody knows how
 * often.
 */
static int refuse_polymer(const char *block, size_t n, size_t at, molglot_row_status *row) {
    static const char types[][4] = {"SRU", "MON", "MER", "COP", "CRO", "GRA", "MOD"};
    while (at < n) {
        const size_t start = at;
        size_t length;
        const char *line = next_line(block, n, &at, &length);
        char head[84], type[4] = "";
        field(line, length, 0, sizeof head - 1, head);
        const bool v2000 = !strncmp(head, "M  STY", 6);
        if (!v2000 && sscanf(head, "M  V30 %*d %3[A-Z]", type) != 1) continue;
        for (size_t k = 0; k < MG_COUNT(types); k++)
            if (v2000 ? strstr(head + 6, types[k]) != NULL : !strcmp(type, types[k]))
                return mg_row_refuse(row, (int64_t)start, "a polymer (%s), not one molecule",
                                     types[k]);
    }
    return MOLGLOT_OK;
}

int mg_molblock_prescan(const char *block, size_t n, const mg_chem_limits *limits,
                        molglot_row_status *row) {
    mg_chem_limits lim = limits ? *limits : mg_chem_limits_default();
    if (n > MAX_MOLBLOCK_BYTES)
        return mg_row_refuse(row, MAX_MOLBLOCK_BYTES, "molblock longer than %d bytes",
                             MAX_MOLBLOCK_BYTES);
    const char *zero = memchr(block, 0, n);
    if (zero) return mg_row_refuse(row, zero - block, "zero byte in a molblock");
    size_t at = 0, length = 0;
    const char *line = block;
    for (int k = 0; k < 4; k++) {
        if (at >= n) return mg_row_refuse(row, (int64_t)n, "molblock ends before its counts line");
        line = next_line(block, n, &at, &length);
    }
    int32_t heavy = 0, wildcards = 0;
    char text[8];
    bool v3000 = length >= 39 && memcmp(line + 34, "V3000", 5) == 0, inside = false;
    field(line, length, 0, 3, text);
    long declared = strtol(text, NULL, 10);
    while (at < n) {
        size_t start = at;
        line = next_line(block, n, &at, &length);
        if (v3000) {
            long counts[2];
            char head[64];
            field(line, length, 0, sizeof head - 1, head);
            if (sscanf(head, "M  V30 COUNTS %ld %ld", &counts[0], &counts[1]) == 2 &&
                (counts[0] > (long)n || counts[1] > (long)n))
                return mg_row_refuse(row, (int64_t)start, "a counts line of more than there is");
            if (length >= 17 && memcmp(line, "M  V30 BEGIN ATOM", 17) == 0) {
                inside = true;
                continue;
            }
            if (length >= 15 && memcmp(line, "M  V30 END ATOM", 15) == 0) break;
            if (!inside) continue;
        } else if (declared-- <= 0)
            break;
        atom_kind kind = atom_line_kind(line, length, v3000);
        if (kind != HYDROGEN && ++heavy > lim.max_atoms)
            return mg_row_refuse(row, (int64_t)start, "more than %d atoms", lim.max_atoms);
        if (kind == WILDCARD && ++wildcards > MAX_WILDCARDS)
            return mg_row_refuse(row, (int64_t)start, "more than %d wildcard atoms", MAX_WILDCARDS);
    }
    if (refuse_polymer(block, n, at, row)) return MOLGLOT_BAD_FILE;
    if (!v3000 && refuse_abbreviation(block, n, at, row)) return MOLGLOT_BAD_FILE;
    mg_row_accept(row);
    return MOLGLOT_OK;
}
