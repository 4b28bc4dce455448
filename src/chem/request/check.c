/* check.c - a request's conditions held against molecules. Patterns are made once; of a molecule
 * only what some condition needs is computed.
 */
#include "chem/mol.h"
#include "chem/request/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000, BITS = 2048 };
static const double ALIKE = .3; /* Tanimoto of Morgan fingerprints of radius 2 */

struct mg_checker {
    const mg_request *r;
    const mg_groups *groups;
    mg_smarts *pattern[MG_ASKS], *ring[MG_ASKS];
    bool numbers;  /* some condition needs mg_facts_numbers */
    bool patterns; /* and of these what patterns count */
    bool any;      /* the request says neither a group nor a size */
    bool carbon;   /* ... nor an element */
    /* the molecule that the request names */
    bool like;
    uint8_t fingerprint[BITS / 8];
    mg_facts named;
    double yardstick[MG_ASKS];    /* what it has of what a condition compares */
    char *exact, *plain, *mirror; /* its SMILES, without stereo, turned round */
};

/* Whether a number of mg_facts needs patterns, which take a while to make. */
static bool needs_patterns(const mg_ask *a) {
    static const char names[] = "|logP|QED|donors|acceptors|rotatable bonds|Lipinski violations|";
    char name[64];
    snprintf(name, sizeof name, "|%s|", a->label);
    const bool number = a->kind == MG_ASK_NUMBER ||
                        (a->kind == MG_ASK_THAN && a->on == MG_ASK_NUMBER);
    return number && strstr(names, name);
}

static int compile(mg_checker *c, const mg_groups *g, int i, molglot_error *err) {
    const mg_ask *a = &c->r->asks[i];
    const char *smarts = NULL;
    const mg_ask_kind kind = a->kind == MG_ASK_THAN ? (mg_ask_kind)a->on : a->kind;
    if (kind == MG_ASK_GROUP) smarts = mg_groups_at(g, a->id)->smarts;
    if (kind == MG_ASK_PART) smarts = a->text;
    if (kind == MG_ASK_PATTERN) smarts = REQUEST_PATTERNS[a->id].smarts;
    if (a->kind == MG_ASK_ON) {
        smarts = REQUEST_SUBSTITUENTS[a->id].smarts;
        c->ring[i] = mg_smarts_new(mg_groups_at(g, a->on)->smarts, err);
        if (!c->ring[i]) return mg_code_of(err, MOLGLOT_FAILED);
    }
    c->numbers |= !smarts && a->kind != MG_ASK_LIKE;
    c->patterns |= needs_patterns(a);
    if (!smarts) return MOLGLOT_OK;
    c->pattern[i] = mg_smarts_new(smarts, err);
    return c->pattern[i] ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* Whether a condition says a size that few atoms have. */
static bool is_small(const mg_ask *a) {
    const double most = !strcmp(a->label, "MolWt")         ? 80
                        : !strcmp(a->label, "heavy atoms") ? 5
                                                           : -INFINITY;
    return a->negated ? most > 0 : a->range.hi <= most;
}

/* Whether a condition says what kind of molecule is meant, or that a tiny one is. */
static bool says_kind(const mg_ask *a) {
    const bool wanted = !request_none(&a->range) && !a->negated;
    return a->kind == MG_ASK_FORMULA || a->kind == MG_ASK_LIKE || a->kind == MG_ASK_ISOMER ||
           is_small(a) ||
           (wanted &&
            (a->kind == MG_ASK_GROUP || a->kind == MG_ASK_ON || a->kind == MG_ASK_PART)) ||
           (a->kind == MG_ASK_ELEMENT && a->id == 6 && a->range.lo == a->range.hi);
}

bool mg_request_is_open(const mg_request *r) {
    bool open = r->conditions && !*r->left;
    for (int i = 0; i < r->n; i++) open = open && !says_kind(&r->asks[i]);
    return open;
}

static void note_open(mg_checker *c) {
    c->any = c->carbon = true;
    for (int i = 0; i < c->r->n; i++) {
        const mg_ask *a = &c->r->asks[i];
        const bool wanted = !request_none(&a->range) && !a->negated;
        if (says_kind(a)) c->any = false;
        if (a->kind == MG_ASK_ELEMENT && (wanted || a->id == 6)) c->carbon = false;
        if (wanted && !strcmp(a->label, "metals")) c->carbon = false;
    }
    c->numbers |= c->any;
}

static double number(const mg_facts *f, int row) {
    const char *at = (const char *)f + REQUEST_NUMBERS[row].offset;
    double x;
    int n;
    if (REQUEST_NUMBERS[row].real) {
        memcpy(&x, at, sizeof x);
        return x;
    }
    memcpy(&n, at, sizeof n);
    if (REQUEST_NUMBERS[row].also) {
        int more;
        memcpy(&more, (const char *)f + REQUEST_NUMBERS[row].also, sizeof more);
        n += more;
    }
    return n;
}

/* How much of what condition i compares a molecule has; negative on failure of a pattern. */
static double compared(const mg_checker *c, int i, const mg_mol *m, const mg_facts *f) {
    const mg_ask *a = &c->r->asks[i];
    return c->pattern[i]             ? mg_smarts_count(c->pattern[i], m, MOST)
           : a->on == MG_ASK_ELEMENT ? f->elements[a->id]
                                     : number(f, a->id);
}

/* What conditions need of the molecule that the request names. */
static int know(mg_checker *c, const char *like, molglot_error *err) {
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(like, NULL, &row);
    if (!m) return MOLGLOT_OK;
    c->like = !mg_mol_fingerprint(m, MG_FP_MORGAN, 2, BITS, c->fingerprint, NULL) &&
              !mg_facts_numbers(c->patterns ? c->groups : NULL, m, &c->named, NULL) &&
              (c->exact = mg_mol_smiles(m, true)) && (c->plain = mg_mol_smiles(m, false)) &&
              (c->mirror = mg_smiles_mirror(c->exact));
    for (int i = 0; i < c->r->n && c->like; i++)
        if (c->r->asks[i].kind == MG_ASK_THAN) c->yardstick[i] = compared(c, i, m, &c->named);
    mg_mol_free(m);
    return c->like ? MOLGLOT_OK
                   : mg_fail(err, MOLGLOT_FAILED, "%s: nothing can be compared with it", like);
}

mg_checker *mg_checker_new(const mg_request *r, const mg_groups *g, const char *like,
                           molglot_error *err) {
    mg_checker *c = calloc(1, sizeof *c);
    if (!c) {
        mg_no_memory(err, "a request");
        return NULL;
    }
    c->r = r;
    c->groups = g;
    int code = MOLGLOT_OK;
    for (int i = 0; i < r->n && !code; i++) code = compile(c, g, i, err);
    if (!code && like) code = know(c, like, err);
    note_open(c);
    if (!code) return c;
    mg_checker_free(c);
    return NULL;
}

void mg_checker_free(mg_checker *c) {
    if (!c) return;
    for (int i = 0; i < MG_ASKS; i++) {
        mg_smarts_free(c->pattern[i]);
        mg_smarts_free(c->ring[i]);
    }
    free(c->exact);
    free(c->plain);
    free(c->mirror);
    free(c);
}

/* How many substituents sit on an atom of a ring; -1 on failure. */
static int count_on(const mg_checker *c, int i, const mg_mol *m) {
    int32_t *ring = NULL, *sub = NULL;
    int size, size_sub, found = 0;
    int n = mg_smarts_places(c->ring[i], m, MOST, &ring, &size);
    int k = n > 0 ? mg_smarts_places(c->pattern[i], m, MOST, &sub, &size_sub) : n;
    for (int s = 0; s < k; s++) {
        bool on = false;
        for (int a = 0; a < n * size && !on; a++) on = ring[a] == sub[s * size_sub];
        for (int a = 0; a < n * size && on; a++) /* a ring's own atom is none of its substituents */
            on = ring[a] != sub[s * size_sub + 1];
        found += on;
    }
    free(ring);
    free(sub);
    return k < 0 ? -1 : found;
}

static bool only(const mg_ask *a, const mg_facts *f) {
    for (int e = 0; e <= MG_ELEMENTS; e++)
        if (f->elements[e] && !(a->only[e / 64] >> (e % 64) & 1) && e != 1) return false;
    return true;
}

static bool same_formula(const char *want, const char *has) {
    int a[MG_ELEMENTS + 1] = {0};
    for (int k = 0; k < 2; k++)
        for (const char *s = k ? has : want; *s && *s != '+' && *s != '-';) {
            char symbol[3] = {*s++, 0, 0};
            if (*s >= 'a' && *s <= 'z') symbol[1] = *s++;
            int e = request_symbol_of(symbol);
            int n = *s >= '0' && *s <= '9' ? (int)strtol(s, (char **)&s, 10) : 1;
            if (!e) return false;
            a[e] += k ? -n : n;
        }
    for (int e = 0; e <= MG_ELEMENTS; e++)
        if (a[e]) return false;
    return true;
}

/* What a molecule has beside what the named one has: 1, 0, -1. */
static int beside(const mg_checker *c, int i, const mg_mol *m, const mg_facts *f) {
    mg_range r = c->r->asks[i].range;
    const double x = compared(c, i, m, f);
    *(isinf(r.hi) ? &r.lo : &r.hi) = c->yardstick[i];
    return x < 0 && c->pattern[i] ? -1 : request_in_range(&r, x);
}

/* 1: is an isomer of that kind, 0: not, -1: failed. */
static int isomeric(const mg_checker *c, mg_isomer kind, const mg_mol *m, const mg_facts *f) {
    if (strcmp(c->named.formula, f->formula) != 0) return 0;
    char *exact = mg_mol_smiles(m, true), *plain = mg_mol_smiles(m, false);
    int is = -1;
    if (exact && plain) {
        const bool other = strcmp(exact, c->exact) != 0, bonds = strcmp(plain, c->plain) != 0;
        is = kind == MG_ISOMER ? other : kind == MG_ISOMER_BONDS ? bonds : other && !bonds;
        if (is && kind == MG_ISOMER_MIRROR) is = strcmp(exact, c->mirror) == 0;
    }
    free(exact);
    free(plain);
    return is;
}

/* 1: holds, 0: not, -1: failed. */
static int holds(const mg_checker *c, int i, const mg_mol *m, const mg_facts *f) {
    const mg_ask *a = &c->r->asks[i];
    double x = 0;
    uint8_t bits[BITS / 8];
    switch (a->kind) {
    case MG_ASK_ONLY: return only(a, f);
    case MG_ASK_FORMULA: return same_formula(a->text, f->formula);
    case MG_ASK_LIKE:
        if (mg_mol_fingerprint(m, MG_FP_MORGAN, 2, BITS, bits, NULL)) return -1;
        return !c->like || mg_tanimoto(bits, c->fingerprint, BITS) >= ALIKE;
    case MG_ASK_THAN: return c->like ? beside(c, i, m, f) : 1;
    case MG_ASK_ISOMER: return c->like ? isomeric(c, (mg_isomer)a->id, m, f) : 1;
    case MG_ASK_NUMBER: x = number(f, a->id); break;
    case MG_ASK_ELEMENT: x = f->elements[a->id]; break;
    case MG_ASK_ON: x = count_on(c, i, m); break;
    default: x = mg_smarts_count(c->pattern[i], m, MOST); break;
    }
    if (x < 0 && a->kind != MG_ASK_NUMBER) return -1;
    return request_in_range(&a->range, x) != a->negated;
}

/* Atoms by element, hydrogens aside, and bonds that close rings, from a SMILES that RDKit reads. */
static void letters(const char *s, int elements[MG_ELEMENTS + 1], int *closures) {
    *closures = 0;
    memset(elements, 0, (MG_ELEMENTS + 1) * sizeof *elements);
    for (; *s && *s != ' ' && *s != '\t'; s++) {
        char symbol[3] = {0};
        bool bracket = *s == '[';
        if (*s == '%' && s[1] && s[2]) {
            s += 2, ++*closures;
            continue;
        }
        *closures += *s >= '0' && *s <= '9';
        if (bracket)
            for (s++; *s >= '0' && *s <= '9';) s++;
        if ((*s | 32) < 'a' || (*s | 32) > 'z') continue;
        symbol[0] = (char)(*s & ~32);
        bool two = bracket ? *s < 'a' && s[1] >= 'a' && s[1] <= 'z'
                           : (*s == 'C' && s[1] == 'l') || (*s == 'B' && s[1] == 'r');
        if (bracket && *s >= 'a' && s[1] == 'e') two = true; /* se, te */
        if (two) symbol[1] = *++s;
        int e = request_symbol_of(symbol);
        if (e) elements[e]++;
        while (bracket && *s && *s != ']') s++;
        if (!*s) break;
    }
}

bool mg_checker_may(const mg_checker *c, const char *smiles) {
    int elements[MG_ELEMENTS + 1], closures;
    letters(smiles, elements, &closures);
    const int rings = request_number_row_of("rings");
    for (int i = 0; i < c->r->n; i++) {
        const mg_ask *a = &c->r->asks[i];
        if (a->either || (i + 1 < c->r->n && a[1].either)) continue;
        if (a->kind == MG_ASK_ELEMENT && a->id > 1 &&
            request_in_range(&a->range, elements[a->id]) == a->negated)
            return false;
        if (a->kind == MG_ASK_NUMBER && a->id == rings && request_none(&a->range) && !a->negated &&
            closures)
            return false;
        for (int e = 2; e <= MG_ELEMENTS && a->kind == MG_ASK_ONLY; e++)
            if (elements[e] && !(a->only[e / 64] >> (e % 64) & 1)) return false;
    }
    return true;
}

int mg_checker_mol(mg_checker *c, const mg_mol *m, mg_verdict *out, molglot_error *err) {
    mg_facts facts = {0};
    *out = (mg_verdict){.of = c->r->conditions};
    if (c->numbers) {
        int code = mg_facts_numbers(c->patterns ? c->groups : NULL, m, &facts, err);
        if (code) return code;
    }
    out->scant = c->any && (facts.heavy < 4 || (c->carbon && !facts.elements[6]));
    for (int i = 0, at = 0; i < c->r->n; at++) {
        int met = holds(c, i, m, &facts);
        for (i++; i < c->r->n && c->r->asks[i].either; i++)
            if (!met) met = holds(c, i, m, &facts);
        if (met < 0) return mg_fail(err, MOLGLOT_FAILED, "a pattern failed on a molecule");
        out->met += met;
        if (!met) out->fails |= (uint64_t)1 << at;
    }
    return MOLGLOT_OK;
}
