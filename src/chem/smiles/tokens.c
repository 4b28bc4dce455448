/* tokens.c - the vocabulary of SMILES tokens: strings to ids and back, and what each token
 * means to the automaton.
 *
 * Ids 0..3 are PAD, BOS, EOS, UNUSED. Then come pieces: atoms of the organic subset, bonds,
 * branches, the dot, ring numbers 0-9 and %10-%99, and what spells a bracket atom ("[" "1" "3" "C"
 * "@" "H" "]"), where digits, letters, "-" and ":" are the same tokens inside and outside brackets.
 * Frequent bracket atoms are tokens of their own. A bracket atom is encoded whole if the vocabulary
 * holds it. Refused on purpose: wildcards, ring numbers in parentheses, @TH, @AL, @SP, @TB, @OH,
 * "++" and dative bonds, none of which RDKit writes for molecules without wildcards, metal stereo
 * or dative bonds.
 */
#include "base/grow.h"
#include "chem/chem.h"
#include "chem/smiles/automaton.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TOKENS = 4096, N_PIECES_MOST = 256 };

static const char *const special[] = {"<pad>", "<bos>", "<eos>", "<unused>"};
/* Every vocabulary has these; element symbols in brackets may be missing from a vocabulary that was
 * pruned. */
static const char *const pieces[] = {"B",  "C", "N", "O", "P", "S", "F",  "Cl", "Br", "I", "b",
                                     "c",  "n", "o", "p", "s", "-", "=",  "#",  "$",  ":", "/",
                                     "\\", "(", ")", ".", "0", "1", "2",  "3",  "4",  "5", "6",
                                     "7",  "8", "9", "[", "]", "@", "@@", "H",  "+"};
static const char *const aromatic_symbols[] = {"se", "te", "as", "si"};

/* ---- meanings ---- */

/* Element of an upper- or lower-case symbol, 0 if it is none; *aromatic tells which. */
static int symbol_element(const char *s, size_t n, bool *aromatic) {
    char upper[3] = {0};
    if (n == 0 || n > 2) return 0;
    memcpy(upper, s, n);
    *aromatic = islower((unsigned char)s[0]) != 0;
    upper[0] = (char)toupper((unsigned char)s[0]);
    int element = mg_element_number(upper, n);
    return element > 0 && (!*aromatic || mg_element_aromatic(element)) ? element : 0;
}

/* Reads "[" isotope symbol chirality hydrogens charge map "]"; returns its length, or 0 with the
 * place that is no such thing. */
static size_t read_bracket(const char *s, mg_smiles_kind *kind, size_t *wrong) {
    size_t i = 1, digits = 0;
    *kind = (mg_smiles_kind){.bracket = true};
    while (isdigit((unsigned char)s[i + digits])) digits++;
    *wrong = i;
    if (digits > 3 || (digits > 1 && s[i] == '0')) return 0;
    i += digits;
    *wrong = i;
    size_t width = islower((unsigned char)s[i]) || isalpha((unsigned char)s[i]) ? 1 : 0;
    bool aromatic = false;
    int element = width && islower((unsigned char)s[i + 1]) ? symbol_element(s + i, 2, &aromatic)
                                                            : 0;
    if (element)
        width = 2;
    else
        element = symbol_element(s + i, width, &aromatic);
    if (!element) return 0;
    kind->element = (uint8_t)element;
    kind->aromatic = aromatic;
    i += width;
    if (s[i] == '@' && element != 1) i += s[i + 1] == '@' ? 2 : 1;
    if (s[i] == 'H') {
        i++;
        kind->hydrogens = 1;
        if (s[i] >= '1' && s[i] <= '9') kind->hydrogens = (uint8_t)(s[i++] - '0');
    }
    if (s[i] == '+' || s[i] == '-') {
        int sign = s[i++] == '+' ? 1 : -1;
        kind->charge = (int8_t)sign;
        if (s[i] >= '1' && s[i] <= '9') kind->charge = (int8_t)(sign * (s[i++] - '0'));
    }
    if (s[i] == ':') {
        *wrong = ++i;
        for (digits = 0; isdigit((unsigned char)s[i + digits]); digits++) {}
        if (digits == 0 || digits > 3 || (digits > 1 && s[i] == '0')) return 0;
        i += digits;
    }
    *wrong = i;
    mg_kind_set_room(kind);
    return s[i] == ']' ? i + 1 : 0;
}

/* A direction leaves the order open: RDKit reads c/c as an aromatic bond. */
static int bond_link(char c) {
    switch (c) {
    case '-': return MG_LINK_SINGLE;
    case '=': return MG_LINK_DOUBLE;
    case '#': return MG_LINK_TRIPLE;
    case '$': return MG_LINK_QUADRUPLE;
    case ':': return MG_LINK_AROMATIC;
    default: return MG_LINK_IMPLICIT;
    }
}

static bool meaning_of_atom(const char *s, size_t n, mg_smiles_meaning *m) {
    size_t wrong;
    bool aromatic = false;
    if (s[0] == '[' && n > 1) {
        m->outside = MG_ROLE_ATOM;
        return read_bracket(s, &m->kind, &wrong) == n && m->kind.room >= 0;
    }
    int element = symbol_element(s, n, &aromatic);
    if (!element) return false;
    m->kind = (mg_smiles_kind){.element = (uint8_t)element, .aromatic = aromatic};
    mg_kind_set_room(&m->kind);
    m->inside = s[0] == 'H' && n == 1 ? MG_ROLE_HYDROGEN : MG_ROLE_ELEMENT;
    if ((n == 1 && strchr("BCNOPSFIbcnops", s[0])) || strcmp(s, "Cl") == 0 || strcmp(s, "Br") == 0)
        m->outside = MG_ROLE_ATOM;
    return true;
}

static bool meaning_of_sign(const char *s, size_t n, mg_smiles_meaning *m) {
    static const struct {
        char text[3];
        uint8_t outside, inside, value;
    } signs[] = {{"(", MG_ROLE_OPEN, 0, 0},
                 {")", MG_ROLE_CLOSE, 0, 0},
                 {".", MG_ROLE_DOT, 0, 0},
                 {"[", MG_ROLE_BRACKET, 0, 0},
                 {"]", 0, MG_ROLE_BRACKET_END, 0},
                 {"@", 0, MG_ROLE_CHIRAL, 0},
                 {"@@", 0, MG_ROLE_CHIRAL, 0},
                 {"+", 0, MG_ROLE_SIGN, 0},
                 {"-", MG_ROLE_BOND, MG_ROLE_SIGN, MG_LINK_SINGLE},
                 {":", MG_ROLE_BOND, MG_ROLE_COLON, MG_LINK_AROMATIC}};
    for (size_t k = 0; k < MG_COUNT(signs); k++) {
        if (strcmp(s, signs[k].text) != 0) continue;
        m->outside = signs[k].outside;
        m->inside = signs[k].inside;
        m->value = signs[k].value;
        m->kind.charge = s[0] == '-' ? -1 : 1;
        return true;
    }
    if (n == 1 && strchr("=#$/\\", s[0])) {
        m->outside = MG_ROLE_BOND;
        m->value = (uint8_t)bond_link(s[0]);
        return true;
    }
    if (n == 1 && isdigit((unsigned char)s[0])) {
        m->outside = MG_ROLE_RING;
        m->inside = MG_ROLE_DIGIT;
        m->value = (uint8_t)(s[0] - '0');
        return true;
    }
    if (n == 3 && s[0] == '%' && s[1] >= '1' && s[1] <= '9' && isdigit((unsigned char)s[2])) {
        m->outside = MG_ROLE_RING;
        m->value = (uint8_t)((s[1] - '0') * 10 + (s[2] - '0'));
        return true;
    }
    return false;
}

static bool meaning_of(const char *s, mg_smiles_meaning *m) {
    size_t n = strlen(s);
    *m = (mg_smiles_meaning){0};
    return n > 0 && (meaning_of_atom(s, n, m) || meaning_of_sign(s, n, m));
}

/* Numbers the groups: tokens that mean the same to the automaton get one number, from 2 on; 0 and 1
 * have a meaning in masks. */
static int find_group(const mg_smiles_vocab *v, int32_t id, bool inside) {
    const mg_smiles_meaning *m = &v->meanings[id];
    int most = 1;
    for (int32_t k = 0; k < id; k++) {
        const mg_smiles_meaning *other = &v->meanings[k];
        int group = inside ? other->inside_group : other->outside_group,
            role = inside ? m->inside : m->outside;
        if (group > most) most = group;
        if (role != (inside ? other->inside : other->outside)) continue;
        const mg_smiles_kind *a = &m->kind, *b = &other->kind;
        bool same = m->value == other->value;
        if (role == MG_ROLE_ELEMENT) {
            same = a->aromatic == b->aromatic && (a->element == 1) == (b->element == 1) &&
                   (a->aromatic ? a->element == b->element
                                : mg_valence_class(a->element) == mg_valence_class(b->element));
        } else if (role == MG_ROLE_ATOM) {
            same = mg_kinds_alike(a, b);
        } else if (role == MG_ROLE_SIGN) {
            same = a->charge == b->charge;
        }
        if (same) return group;
    }
    return most + 1;
}

/* ---- the table ---- */

static int32_t find(const mg_smiles_vocab *v, const char *s, size_t n) {
    return mg_names_find_n(&v->ids, s, n);
}

static mg_smiles_vocab *allocate(int32_t most, molglot_error *err) {
    mg_smiles_vocab *v = calloc(1, sizeof *v);
    if (v) {
        v->strings = calloc((size_t)most, sizeof *v->strings);
        v->meanings = calloc((size_t)most, sizeof *v->meanings);
    }
    if (v && v->strings && v->meanings && mg_names_reserve(&v->ids, (size_t)most)) return v;
    mg_smiles_vocab_free(v);
    mg_no_memory(err, "the SMILES vocabulary");
    return NULL;
}

/* Appends a token; the caller left room for it. */
static int add(mg_smiles_vocab *v, const char *s, size_t n, molglot_error *err) {
    int32_t id = v->n;
    if (n == 0 || n >= MG_SMILES_TOKEN_BYTES || memchr(s, 0, n)) {
        return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: line %d is empty or too long",
                       (int)id + 1);
    }
    if (find(v, s, n) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: line %d repeats a token",
                       (int)id + 1);
    memcpy(v->strings[id], s, n);
    if (!mg_names_put(&v->ids, v->strings[id], (size_t)id))
        return mg_no_memory(err, "the SMILES vocabulary");
    v->n++;
    if (id < (int32_t)MG_COUNT(special)) {
        if (strcmp(v->strings[id], special[id]) != 0) {
            return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: line %d must be %s",
                           (int)id + 1, special[id]);
        }
        if (id == MG_TOKEN_EOS) v->meanings[id].outside = MG_ROLE_END;
    } else if (!meaning_of(v->strings[id], &v->meanings[id])) {
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "SMILES vocabulary: line %d is no token of SMILES: %s", (int)id + 1,
                       v->strings[id]);
    }
    if (v->meanings[id].outside) v->meanings[id].outside_group = (uint16_t)find_group(v, id, false);
    if (v->meanings[id].inside) v->meanings[id].inside_group = (uint16_t)find_group(v, id, true);
    if (v->meanings[id].outside_group < MG_SMILES_GROUPS) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: too many kinds of atoms");
}

static int check_complete(const mg_smiles_vocab *v, molglot_error *err) {
    if (v->n < (int32_t)MG_COUNT(special))
        return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: %d tokens only", (int)v->n);
    for (size_t k = 0; k < MG_COUNT(pieces); k++)
        if (find(v, pieces[k], strlen(pieces[k])) < 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: %s is missing", pieces[k]);
    return MOLGLOT_OK;
}

mg_smiles_vocab *mg_smiles_vocab_new(const char *text, size_t n, molglot_error *err) {
    int32_t lines = 1;
    for (size_t i = 0; i < n && lines <= MAX_TOKENS; i++) lines += text[i] == '\n';
    if (lines > MAX_TOKENS) {
        mg_fail(err, MOLGLOT_BAD_FILE, "SMILES vocabulary: more than %d tokens", MAX_TOKENS);
        return NULL;
    }
    mg_smiles_vocab *v = allocate(lines, err);
    int code = v ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    for (size_t i = 0; !code && i < n;) {
        const char *end = memchr(text + i, '\n', n - i);
        size_t width = end ? (size_t)(end - text) - i : n - i;
        code = add(v, text + i, width, err);
        i += width + 1;
    }
    if (!code) code = check_complete(v, err);
    if (!code) return v;
    mg_smiles_vocab_free(v);
    return NULL;
}

void mg_smiles_vocab_free(mg_smiles_vocab *v) {
    if (!v) return;
    free(v->strings);
    free(v->meanings);
    mg_names_free(&v->ids);
    free(v);
}

int32_t mg_smiles_vocab_size(const mg_smiles_vocab *v) { return v->n; }

const char *mg_smiles_vocab_token(const mg_smiles_vocab *v, int32_t id) {
    return id >= 0 && id < v->n ? v->strings[id] : "";
}

void mg_smiles_vocab_text(const mg_smiles_vocab *v, mg_str *out) {
    for (int32_t id = 0; id < v->n; id++) mg_str_addf(out, "%s\n", v->strings[id]);
}

/* ---- learning ---- */

typedef struct counted {
    const char *text;
    int64_t count;
} counted;
typedef struct counter {
    mg_names index; /* of the texts, which it keeps */
    counted *items;
    size_t n, cap;
} counter;

static bool count(counter *c, const char *s, size_t n) {
    if (!MG_GROW(c->items, c->cap, c->n + 1)) return false;
    mg_slot *slot = mg_names_copy(&c->index, s, n);
    if (!slot) return false;
    if (slot->value < 0) {
        slot->value = (int32_t)c->n;
        c->items[c->n++] = (counted){.text = slot->key.name};
    }
    c->items[slot->value].count++;
    return true;
}

static bool count_brackets(counter *c, const char *smiles) {
    for (const char *s = strchr(smiles, '['); s; s = strchr(s + 1, '[')) {
        mg_smiles_kind kind;
        size_t wrong, n = read_bracket(s, &kind, &wrong);
        if (n == 0 || n >= MG_SMILES_TOKEN_BYTES || kind.room < 0) continue;
        if (!count(c, s, n)) return false;
    }
    return true;
}

static int by_count(const void *a, const void *b) {
    const counted *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

static int add_pieces(mg_smiles_vocab *v, molglot_error *err) {
    int code = MOLGLOT_OK;
    char ring[4] = "%10";
    for (size_t k = 0; !code && k < MG_COUNT(special); k++)
        code = add(v, special[k], strlen(special[k]), err);
    for (size_t k = 0; !code && k < MG_COUNT(pieces); k++)
        code = add(v, pieces[k], strlen(pieces[k]), err);
    for (int number = 10; !code && number < MG_SMILES_RINGS; number++) {
        ring[1] = (char)('0' + number / 10);
        ring[2] = (char)('0' + number % 10);
        code = add(v, ring, 3, err);
    }
    for (size_t k = 0; !code && k < MG_COUNT(aromatic_symbols); k++)
        code = add(v, aromatic_symbols[k], 2, err);
    for (int element = 1; !code && element <= MG_ELEMENTS; element++) {
        const char *symbol = mg_element_symbol(element);
        if (find(v, symbol, strlen(symbol)) < 0) code = add(v, symbol, strlen(symbol), err);
    }
    return code;
}

mg_smiles_vocab *mg_smiles_vocab_build(const char *const *smiles, size_t n, int64_t min_count,
                                       int32_t max_size, molglot_error *err) {
    counter c = {0};
    int code = MOLGLOT_OK;
    if (max_size < N_PIECES_MOST || max_size > MAX_TOKENS) {
        mg_fail(err, MOLGLOT_USAGE, "SMILES vocabulary: a size of %d is outside %d..%d",
                (int)max_size, N_PIECES_MOST, MAX_TOKENS);
        return NULL;
    }
    for (size_t i = 0; !code && i < n; i++)
        if (!count_brackets(&c, smiles[i])) code = mg_no_memory(err, "the SMILES vocabulary");
    mg_smiles_vocab *v = code ? NULL : allocate(max_size, err);
    if (v && !code) code = add_pieces(v, err);
    if (c.n > 0) qsort(c.items, c.n, sizeof *c.items, by_count);
    for (size_t i = 0; v && !code && i < c.n && v->n < max_size && c.items[i].count >= min_count;
         i++)
        code = add(v, c.items[i].text, strlen(c.items[i].text), err);
    free(c.items);
    mg_names_free(&c.index);
    if (v && !code) return v;
    mg_smiles_vocab_free(v);
    return NULL;
}

/* ---- strings and ids ---- */

/* Bytes of the piece at s outside brackets. */
static size_t piece_width(const char *s) {
    if ((s[0] == 'C' && s[1] == 'l') || (s[0] == 'B' && s[1] == 'r')) return 2;
    return s[0] == '%' && s[1] && s[2] ? 3 : 1;
}

/* Bytes of the piece at s inside brackets: symbols and @@ may have two. */
static size_t spelled_width(const mg_smiles_vocab *v, const char *s, bool symbol) {
    if (symbol && islower((unsigned char)s[1]) && find(v, s, 2) >= 0) return 2;
    return s[0] == '@' && s[1] == '@' ? 2 : 1;
}

typedef struct id_list {
    int32_t *ids, n, cap;
} id_list;

static bool put(id_list *w, int32_t id) {
    if (id < 0 || w->n >= w->cap) return false;
    w->ids[w->n++] = id;
    return true;
}

/* Puts a bracket atom, whole or spelled; returns its length, or 0 with the place that failed. */
static size_t encode_bracket(const mg_smiles_vocab *v, const char *s, id_list *w, size_t *wrong) {
    mg_smiles_kind kind;
    size_t n = read_bracket(s, &kind, wrong);
    if (n == 0) return 0;
    int32_t whole = find(v, s, n);
    if (whole >= 0) return put(w, whole) ? n : 0;
    bool symbol = true; /* not past the element yet */
    for (size_t i = 0; i < n;) {
        size_t width = spelled_width(v, s + i, symbol && isalpha((unsigned char)s[i]));
        if (isalpha((unsigned char)s[i])) symbol = false;
        *wrong = i;
        if (!put(w, find(v, s + i, width))) return 0;
        i += width;
    }
    return n;
}

int32_t mg_smiles_encode(const mg_smiles_vocab *v, const char *smiles, int32_t *ids, int32_t cap,
                         molglot_row_status *row) {
    id_list w = {.ids = ids, .cap = cap};
    for (size_t i = 0; smiles[i];) {
        size_t wrong = 0, width;
        if (smiles[i] == '[') {
            width = encode_bracket(v, smiles + i, &w, &wrong);
        } else {
            width = piece_width(smiles + i);
            int32_t id = find(v, smiles + i, width);
            if (id < 0 || !v->meanings[id].outside || !put(&w, id)) width = 0;
        }
        if (width == 0) {
            mg_row_refuse(row, (int64_t)(i + wrong),
                          w.n >= cap ? "longer than %d tokens" : "no token of the vocabulary",
                          (int)cap);
            return -1;
        }
        i += width;
    }
    mg_row_accept(row);
    return w.n;
}

char *mg_smiles_decode(const mg_smiles_vocab *v, const int32_t *ids, int32_t n) {
    mg_str out = {0};
    mg_str_addz(&out, "");
    for (int32_t i = 0; i < n && ids[i] != MG_TOKEN_EOS; i++) {
        if (ids[i] < 0 || ids[i] >= v->n) {
            mg_str_free(&out);
            return NULL;
        }
        if (ids[i] > MG_TOKEN_UNUSED) mg_str_addz(&out, v->strings[ids[i]]);
    }
    if (!out.failed) return out.s;
    mg_str_free(&out);
    return NULL;
}
