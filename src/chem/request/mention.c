/* mention.c - every term of the tables and the dictionary that a text names, bound or not, with its
 * place in the text; and the atoms that a term is about.
 *
 * A word that is no term is searched for terms inside it: "dihydroxyflavanone" holds hydroxy and
 * flavanone.
 */
#include "base/grow.h"
#include "chem/request/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Terms inside a word: letters of the shortest that counts, and of the longest name tried. */
enum { INNER_LEAST = 4, INNER_MOST = 40, MOST_PLACES = 1000 };

typedef struct mentions {
    mg_ask *list;
    size_t n, cap;
    bool failed;
} mentions;

static void add(mentions *out, mg_ask ask, size_t begin, size_t end) {
    if (!MG_GROW(out->list, out->cap, out->n + 1)) {
        out->failed = true;
        return;
    }
    ask.begin = begin, ask.end = end;
    out->list[out->n++] = ask;
}

/* The name of a group or a substituent that is exactly s[0..n). */
static bool inner_term(const mg_groups *g, const char *s, size_t n, mg_ask *out) {
    char name[INNER_MOST + 1];
    for (size_t i = 0; i < n; i++) name[i] = (char)tolower((unsigned char)s[i]);
    name[n] = 0;
    int id = mg_groups_find(g, name);
    if (id >= 0) {
        *out = (mg_ask){.kind = MG_ASK_GROUP,
                        .id = id,
                        .label = mg_groups_at(g, id)->name,
                        .range = request_at_least(1)};
        return true;
    }
    id = request_substituent_of(name, n);
    if (id >= 0)
        *out = (mg_ask){.kind = MG_ASK_ON,
                        .id = id,
                        .on = -1,
                        .label = REQUEST_SUBSTITUENTS[id].label,
                        .range = request_at_least(1)};
    return id >= 0;
}

/* Terms inside runs of letters of text[begin..end), the longest from each letter on. */
static void look_inside(const mg_groups *g, const char *text, size_t begin, size_t end,
                        mentions *out) {
    for (size_t i = begin; i < end;) {
        size_t run = i, n = 0;
        while (run < end && isalpha((unsigned char)text[run])) run++;
        mg_ask ask;
        for (n = run - i < INNER_MOST ? run - i : INNER_MOST; n >= INNER_LEAST; n--)
            if (inner_term(g, text + i, n, &ask)) break;
        if (n >= INNER_LEAST) {
            add(out, ask, i, i + n);
            i += n;
        } else
            i++;
    }
}

int mg_request_mentions(const mg_groups *g, const char *text, mg_ask **list, size_t *n,
                        molglot_error *err) {
    request_words ws;
    mentions out = {0};
    *list = NULL;
    *n = 0;
    int code = request_words_read(text, &ws, err);
    for (int i = 0; i < ws.n && !code;) {
        const request_word *w = &ws.w[i];
        request_term t = request_term_at(g, &ws, i);
        if (t.form == FORM_NOUN || t.form == FORM_FIXED) {
            for (int k = 0; k < t.n; k++) {
                if (t.form == FORM_FIXED && t.asks[k].kind == MG_ASK_ELEMENT)
                    t.asks[k].kind = MG_ASK_ONLY; /* "organic": carbon, but no atom of it */
                add(&out, t.asks[k], w->begin, w[t.words - 1].end);
            }
            i += t.words;
            continue;
        }
        if (!w->mark) look_inside(g, text, w->begin, w->end, &out);
        i++;
    }
    free(ws.w);
    if (!code && !out.failed) {
        *list = out.list;
        *n = out.n;
        return MOLGLOT_OK;
    }
    free(out.list);
    return code ? code : mg_no_memory(err, "the terms of a text");
}

/* ---- atoms ---- */

/* What a number of the tables counts, as a pattern; what is not here is of no atoms in particular.
 */
static const char *pattern_of_number(const char *label) {
    static const struct {
        const char *label, *smarts;
    } rows[] = {{"rings", "[R]"},
                {"ring systems", "[R]"},
                {"aromatic rings", "a"},
                {"heteroaromatic rings",
                 "[a;$([!#6]),$(a1[!#6]aaa1),$(a1a[!#6]aa1),$(a1[!#6]aaaa1),"
                 "$(a1a[!#6]aaa1),$(a1aa[!#6]aa1)]"},
                {"three-membered rings", "[r3]"},
                {"four-membered rings", "[r4]"},
                {"five-membered rings", "[r5]"},
                {"six-membered rings", "[r6]"},
                {"seven-membered rings", "[r7]"},
                {"eight-membered rings", "[r8]"},
                {"nine-membered rings", "[r9]"},
                {"ten-membered rings", "[r10]"},
                {"eleven-membered rings", "[r11]"},
                {"twelve-membered rings", "[r12]"},
                {"fused rings", "[R2]"},
                {"bridgeheads", "[R2;x3,x4]"},
                {"spiro atoms", "[R2;x4]"},
                {"C=C bonds", "[#6;!a]=[#6;!a]"},
                {"C#C bonds", "[#6]#[#6]"},
                {"donors", "[#7,#8;!H0]"},
                {"isotopes", "[!0*]"},
                {"radicals", "[#6X3v3,#7X2v2,#8X1v1;+0]"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        if (!strcmp(rows[i].label, label)) return rows[i].smarts;
    return NULL;
}

/* Places of a pattern from its atom `first` on; negative on failure. */
static int mark_pattern(const mg_mol *m, const char *smarts, int first, const uint8_t *within,
                        uint8_t *mask, molglot_error *err) {
    mg_smarts *s = mg_smarts_new(smarts, err);
    if (!s) return -1;
    int32_t *atoms = NULL;
    int size = 0, kept = 0;
    const int n = mg_smarts_places(s, m, MOST_PLACES, &atoms, &size);
    for (int i = 0; i < n; i++) {
        if (within && !within[atoms[i * size]]) continue;
        kept++;
        for (int k = first; k < size; k++) mask[atoms[i * size + k]] = 1;
    }
    free(atoms);
    mg_smarts_free(s);
    if (n < 0) mg_fail(err, MOLGLOT_FAILED, "a pattern failed on a molecule");
    return n < 0 ? -1 : kept;
}

static int mark_group(const mg_groups *g, const mg_mol *m, int group, uint8_t *mask,
                      molglot_error *err) {
    int32_t *atoms = NULL;
    int n = 0, size = 0;
    if (mg_facts_atoms(g, m, group, &atoms, &n, &size, err)) return -1;
    for (int i = 0; i < n * size; i++) mask[atoms[i]] = 1;
    free(atoms);
    return n;
}

/* A substituent, on a ring of the dictionary or anywhere; the ring belongs to it. */
static int mark_on(const mg_groups *g, const mg_mol *m, const mg_ask *a, uint8_t *mask,
                   molglot_error *err) {
    const char *smarts = REQUEST_SUBSTITUENTS[a->id].smarts;
    if (a->on < 0) return mark_pattern(m, smarts, 1, NULL, mask, err);
    uint8_t *ring = calloc((size_t)mg_mol_atoms(m) + 1, 1);
    if (!ring) {
        mg_no_memory(err, "the atoms of a term");
        return -1;
    }
    int n = mark_group(g, m, a->on, ring, err);
    if (n > 0) n = mark_pattern(m, smarts, 1, ring, mask, err);
    for (int i = 0; n > 0 && i < mg_mol_atoms(m); i++) mask[i] |= ring[i];
    free(ring);
    return n;
}

static int mark_element(const mg_mol *m, int number, uint8_t *mask, molglot_error *err) {
    char smarts[16];
    snprintf(smarts, sizeof smarts, "[#%d]", number);
    return mark_pattern(m, smarts, 0, NULL, mask, err);
}

/* Atoms whose configuration is given. No pattern: a SMARTS of one chiral atom is in every one of
 * its element. The graph's second column is the chiral tag (docs/reference/momu.md 2.1). */
static int mark_centres(const mg_mol *m, uint8_t *mask, molglot_error *err) {
    mg_graph graph;
    int n = 0;
    if (mg_graph_from_mol(m, MG_FEAT_OGB, &graph, err)) return -1;
    for (int i = 0; i < mg_mol_atoms(m); i++)
        n += mask[i] = graph.atoms[i * graph.atom_cols + 1] > 0;
    mg_graph_free(&graph);
    return n;
}

int mg_ask_atoms(const mg_groups *g, const mg_mol *m, const mg_ask *a, uint8_t *mask, int *places,
                 molglot_error *err) {
    int n = -2; /* of no atoms in particular */
    memset(mask, 0, (size_t)mg_mol_atoms(m));
    switch (a->kind) {
    case MG_ASK_GROUP: n = mark_group(g, m, a->id, mask, err); break;
    case MG_ASK_ELEMENT: /* hydrogens are no atoms here */
        if (a->id > 1) n = mark_element(m, a->id, mask, err);
        break;
    case MG_ASK_PATTERN:
        n = mark_pattern(m, REQUEST_PATTERNS[a->id].smarts, 0, NULL, mask, err);
        break;
    case MG_ASK_ON: n = mark_on(g, m, a, mask, err); break;
    case MG_ASK_NUMBER: {
        const char *smarts = pattern_of_number(a->label);
        if (smarts)
            n = mark_pattern(m, smarts, 0, NULL, mask, err);
        else if (!strcmp(a->label, "stereocentres"))
            n = mark_centres(m, mask, err);
        break;
    }
    default: break;
    }
    *places = n == -2 ? -1 : n;
    return n == -1 ? mg_code_of(err, MOLGLOT_FAILED) : MOLGLOT_OK;
}
