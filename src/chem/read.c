/* read.c - strings as molecules: mg_mol_from_smiles passes over what stands around a SMILES and
 * hands an InChI to libinchi; mg_notation_of decides what a string in no column is.
 *
 * What RDKit reads as a SMILES is one, except where letters alone spell a molecule that nobody
 * writes (BIS: boron, divalent iodine, sulphur) and are taken for words. What RDKit refuses is
 * broken SMILES where notation.c finds it built like one, else words.
 */
#include "chem/mol.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* [#6], which RDKit takes for a carbon without hydrogens, is a pattern of SMARTS. */
static bool numbered_element(const char *s, size_t n) {
    for (size_t i = 0; i + 2 < n; i++) {
        if (s[i] != '[') continue;
        size_t k = i + 1;
        while (k < n && isdigit((unsigned char)s[k])) k++;
        if (k + 1 < n && s[k] == '#' && isdigit((unsigned char)s[k + 1])) return true;
    }
    return false;
}

mg_mol *mg_mol_from_smiles(const char *smiles, const mg_chem_limits *limits,
                           molglot_row_status *row) {
    const char *s = smiles;
    size_t n = strlen(smiles);
    mg_notation_trim(&s, &n);
    if (n > 6 && !memcmp(s, "InChI=", 6)) return mg_mol_from_inchi(s, n, limits, row);
    const size_t core = mg_notation_cut_extension(s, n);
    const char *reason = numbered_element(s, core) ? mg_notation_refusal(MG_NOTATION_SMARTS)
                                                   : mg_notation_extension_refusal(s, core, n);
    if (reason) {
        mg_row_refuse(row, -1, "%s", reason);
        return NULL;
    }
    n = core;
    mg_mol *mol = mg_rdkit_read_smiles(s, n, limits, row);
    if (mol) return mol;
    if (row && row->offset >= 0) row->offset += (int32_t)(s - smiles);
    mg_notation_refuse(s, n, row);
    return NULL;
}

/* Letters and what stands between them in abbreviations (PS-PI, I/II), after an isotope in brackets
 * as labelled drugs have it ([11C]PIB). */
static bool spelled(const char *s, size_t n) {
    size_t i = 0, end = 0;
    if (n && *s == '[' && n > 1 && isdigit((unsigned char)s[1])) {
        while (end < n && s[end] != ']') end++;
        i = end + (end < n);
    }
    const size_t first = i;
    while (i < n && (isalpha((unsigned char)s[i]) || strchr("-/.()", s[i]))) i++;
    return i == n && n > first;
}

static bool halogen(int number) {
    return number == 9 || number == 17 || number == 35 || number == 53;
}

static bool hetero(const mg_atom *a) {
    return a->number == 7 || a->number == 8 || a->number == 15 || a->number == 16;
}

/* A molecule that letters spell by chance: hydrogen on boron, a halogen with two bonds or on N, O,
 * P or S, three of these in a row. */
static bool by_chance(const mg_mol_arrays *m) {
    bool chance = false;
    for (int32_t i = 0; i < m->n_atoms && m->n_atoms > 1; i++) {
        const mg_atom *a = &m->atoms[i];
        int heteros = 0;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++)
            heteros += hetero(&m->atoms[m->neighbours[k]]);
        chance |= a->number == 5 && a->hydrogens > 0 && m->n_atoms > 2;
        chance |= halogen(a->number) && (a->degree > 1 || heteros > 0);
        chance |= hetero(a) && heteros > 1;
    }
    return chance;
}

static bool spelled_by_chance(const mg_mol *m, const char *s, size_t n) {
    mg_mol_arrays arrays;
    if (!spelled(s, n) || mg_mol_arrays_get(m, false, &arrays, NULL)) return false;
    const bool chance = by_chance(&arrays);
    mg_mol_arrays_free(&arrays);
    return chance;
}

/* Refused: kind and reason without RDKit's jargon. lead: bytes before s in the string as given. */
static void refuse(mg_notation kind, size_t lead, mg_notation_read *out) {
    molglot_row_status broken = out->status;
    const char *reason = mg_notation_refusal(kind);
    out->kind = kind;
    if (kind == MG_NOTATION_WORDS) {
        mg_row_accept(&out->status);
    } else if (kind == MG_NOTATION_SMILES) {
        mg_row_refuse(&out->status, broken.offset < 0 ? -1 : broken.offset + (int64_t)lead,
                      "looks like SMILES: %.100s", broken.reason);
    } else if (reason) {
        mg_row_refuse(&out->status, -1, "%s", reason);
    }
}

static int keep(const char *smiles, size_t n, mg_notation_read *out, molglot_error *err) {
    out->smiles = strndup(smiles, n);
    return out->smiles ? MOLGLOT_OK : mg_no_memory(err, "a SMILES of %zu bytes", n);
}

static int take_inchi(const char *s, size_t n, mg_notation_read *out, molglot_error *err) {
    mg_mol *m = mg_mol_from_inchi(s, n, NULL, &out->status);
    if (!m) return MOLGLOT_OK;
    out->smiles = mg_mol_smiles(m, true);
    mg_mol_free(m);
    return out->smiles ? MOLGLOT_OK : mg_no_memory(err, "the SMILES of an InChI");
}

/* Whether RDKit reads the word; its text is what a caller of RDKit may be given. */
static bool readable(const char *s, size_t n, mg_notation_read *out, bool *chance) {
    char *word = strndup(s, n);
    mg_mol *m = word ? mg_mol_from_smiles(word, NULL, &out->status) : NULL;
    *chance = m && spelled_by_chance(m, s, n);
    free(word);
    mg_mol_free(m);
    return m != NULL;
}

/* Whether what stands behind a SMILES goes on as a sentence does: "with a nitrile", ", no ring". */
static bool goes_on(const char *s, size_t n) {
    static const char *const words[] = {"with",   "without",    "and",     "or",      "but",
                                        "no",     "not",        "group",   "groups",  "ring",
                                        "that",   "which",      "in",      "on",      "as",
                                        "having", "containing", "bearing", "lacking", "where"};
    for (size_t i = 0; i < n;) {
        while (i < n && !isalpha((unsigned char)s[i])) {
            if (s[i] == '<' || s[i] == '>') return true;
            i++;
        }
        size_t m = 0;
        while (i + m < n && isalpha((unsigned char)s[i + m])) m++;
        const bool whole = i + m == n || isspace((unsigned char)s[i + m]) || s[i + m] == ',';
        for (size_t k = 0; k < MG_COUNT(words) && whole; k++)
            if (strlen(words[k]) == m && !memcmp(s + i, words[k], m)) return true;
        i += m;
        while (i < n && !isspace((unsigned char)s[i])) i++;
    }
    return false;
}

int mg_notation_of(const char *string, size_t bytes, mg_notation_read *out, molglot_error *err) {
    const char *s = string;
    size_t n = bytes;
    *out = (mg_notation_read){.status = {.ok = 1, .offset = -1}};
    mg_notation_trim(&s, &n);
    const size_t lead = (size_t)(s - string), word = mg_notation_cut_extension(s, n);
    const mg_notation kind = mg_notation_guess(s, n);
    out->kind = kind;
    if (kind == MG_NOTATION_INCHI) return take_inchi(s, n, out, err);
    if (kind != MG_NOTATION_SMILES && kind != MG_NOTATION_WORDS) {
        refuse(kind, lead, out);
        return MOLGLOT_OK;
    }
    bool chance = false;
    if (n == mg_notation_word(s, n) || word < n) {
        if (readable(s, word, out, &chance) && !chance) {
            out->kind = MG_NOTATION_SMILES;
            out->letters = true;
            for (size_t i = 0; i < word; i++) out->letters &= isalpha((unsigned char)s[i]) != 0;
            const char *reason = mg_notation_extension_refusal(s, word, n);
            if (!reason) return keep(s, word, out, err);
            mg_row_refuse(&out->status, -1, "%s", reason);
            return MOLGLOT_OK;
        }
    } else {
        /* a SMILES that letters could not spell, and its name, not the rest of a sentence */
        const size_t first = mg_notation_word(s, n);
        if (mg_notation_guess(s, first) == MG_NOTATION_SMILES && !spelled(s, first) &&
            !goes_on(s + first, n - first) && readable(s, first, out, &chance)) {
            out->kind = MG_NOTATION_SMILES;
            return keep(s, first, out, err);
        }
        if (kind == MG_NOTATION_SMILES) readable(s, n, out, &chance);
    }
    refuse(chance ? MG_NOTATION_WORDS : kind, lead, out);
    return MOLGLOT_OK;
}
