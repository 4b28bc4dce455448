/* partners.c - a caption that says of which two molecules another one is made, told of the
 * described molecule:
 *
 *   copy      "a wax ester obtained by formal condensation of the carboxy group of palmitic acid
 *              with the hydroxy group of nonan-1-ol. ... It derives from a nonan-1-ol."
 *   described CCCCCCCCCCCCCCCC(=O)OCC
 *   mended    "... of palmitic acid with the hydroxy group of ethanol. ... derives from an
 * ethanol."
 *
 *   copy      "the conjugate base of 4-methyl-2-oxopentanoic acid, obtained by ..."
 *   described CCC(C)C(=O)C(=O)[O-]
 *   mended    "the conjugate base of 3-methyl-2-oxopentanoic acid, obtained by ..."
 *
 * The described molecule is parted at each bond of that kind, or has its protons put on. A half
 * that the copy names keeps its name, another one has the dictionary's, or else its systematic one;
 * the mended sentence must build the molecule.
 */
#include "caption/inside.h"
#include "chem/condense/condense.h"
#include "chem/nomenclature/nomenclature.h"

#include <stdlib.h>
#include <string.h>

enum { BONDS = 8, LEAST_NAME = 4, LONGEST_NAME = 100 /* others do in no sentence */ };

typedef struct partner { /* as the copy has it */
    mg_str name;
    char *smiles;
} partner;

/* text with `name` for every `old`, also behind "an" and "a". */
static void put_name(mg_str *out, const char *text, const char *old, const char *name) {
    const size_t n = strlen(old);
    for (const char *at = text; *at;) {
        if (strncmp(at, old, n) != 0) {
            mg_str_add(out, at++, 1);
            continue;
        }
        const bool vowel = strchr("aeiouAEIOU", *name) != NULL;
        if (out->n > 3 && !strncmp(out->s + out->n - 3, " a ", 3) && vowel)
            out->n--, mg_str_addz(out, "n ");
        else if (out->n > 4 && !strncmp(out->s + out->n - 4, " an ", 4) && !vowel)
            out->n -= 2, mg_str_addz(out, " ");
        mg_str_addz(out, name);
        at += n;
    }
}

/* The dictionary's name of a half, or else a systematic one. */
static int name_half(const mg_dictionary *names, const char *smiles, char **name,
                     molglot_error *err) {
    char *phrase = NULL;
    int code = mg_chebi_name(names, smiles, name, err);
    if (code || *name) return code;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (m) code = mg_name_write(m, NULL, name, &phrase, err);
    if (*name && strlen(*name) > LONGEST_NAME) {
        free(*name);
        *name = NULL;
    }
    mg_mol_free(m);
    free(phrase);
    return code;
}

/* The text with names for two halves of the molecule; out stays empty where one has none. */
static int name_halves(const mg_dictionary *names, const partner p[2], char *const halves[2],
                       const char *text, mg_str *out, molglot_error *err) {
    int code = MOLGLOT_OK, kept = 0;
    mg_str now = {0};
    mg_str_addz(&now, text);
    for (int k = 0; k < 2 && !code && now.n; k++) {
        char *name = NULL;
        mg_str next = {0};
        if (p[k].smiles && !strcmp(halves[k], p[k].smiles)) {
            kept++;
            continue;
        }
        if (p[k].name.n >= LEAST_NAME) code = name_half(names, halves[k], &name, err);
        if (!code && name) put_name(&next, now.s, p[k].name.s, name);
        mg_str_free(&now);
        now = next;
        free(name);
    }
    if (now.n && kept < 2 && !code)
        *out = now;
    else
        mg_str_free(&now);
    return code;
}

static int mend(mg_readings *r, const mg_condensation *c, const char *smiles, const char *text,
                mg_str *out, molglot_error *err) {
    const mg_dictionary *names = mg_readings_names(r);
    partner p[2] = {{{0}, NULL}, {{0}, NULL}};
    char **halves = NULL;
    size_t n = 0;
    int code = MOLGLOT_OK;
    for (int k = 0; k < 2 && !code; k++)
        if (c->of[k].name)
            code = mg_name_longest(names, c->of[k].name, &p[k].name, &p[k].smiles, err);
    if (!code && p[0].smiles && p[1].smiles)
        code = mg_condense_back(c, smiles, BONDS, &halves, &n, err);
    for (int pass = 0; pass < 2; pass++) /* first where one half is the copy's */
        for (size_t i = 0; i + 1 < n && !code && !out->n; i += 2) {
            const bool keeps = !strcmp(halves[i], p[0].smiles) ||
                               !strcmp(halves[i + 1], p[1].smiles);
            bool is = false;
            if (keeps != !pass) continue;
            code = name_halves(names, p, halves + i, text, out, err);
            if (!code && out->n) code = mg_readings_try(r, out->s, smiles, &is, err);
            if (!is) mg_str_free(out);
        }
    for (size_t i = 0; i < n; i++) free(halves[i]);
    free(halves);
    for (int k = 0; k < 2; k++) {
        mg_str_free(&p[k].name);
        free(p[k].smiles);
    }
    return code;
}

int mg_partners_mend(mg_readings *r, const char *smiles, const char *text, mg_str *out,
                     molglot_error *err) {
    mg_condensation list[MG_CONDENSATIONS];
    int n = 0;
    char *first = strndup(text, mg_text_first_sentence(text));
    int code = first ? mg_condensations_read(first, list, &n, err) : mg_no_memory(err, "captions");
    for (int i = 0; i < n && !code && !out->n; i++)
        code = mend(r, &list[i], smiles, text, out, err);
    mg_condensations_free(list, n);
    free(first);
    return code;
}

/* ---- ions ---- */

/* Where a sentence begins to name what an ion is made of; NULL: it does not. */
static const char *ion_of(const char *sentence) {
    static const char *const marks[] = {"conjugate base of ", "conjugate acid of ",
                                        "rotonation of ", "loss of ", "removal of "};
    const char *at = NULL;
    for (size_t k = 0; k < MG_COUNT(marks) && !at; k++) {
        at = strstr(sentence, marks[k]);
        const char *groups = at && k > 1 ? strstr(at, " of ") : NULL;
        if (at && k > 1) { /* "deprotonation of the carboxy group of X" */
            const char *last = groups;
            while (last && (last = strstr(last + 4, "group")) != NULL)
                if ((last = strstr(last, " of ")) != NULL) groups = last;
            at = groups ? groups + 4 : NULL;
        } else if (at)
            at += strlen(marks[k]);
    }
    if (at && !strncmp(at, "the ", 4)) at += 4;
    if (at && !strncmp(at, "a ", 2)) at += 2;
    return at;
}

static int fewest_first(const void *a, const void *b) {
    const mg_proton_form *x = a, *y = b;
    const int d = abs(x->protons) - abs(y->protons);
    return d ? d : strcmp(x->smiles, y->smiles);
}

void mg_own_forms_free(mg_own_forms *own) {
    for (int i = 0; i < own->n; i++) free(own->name[i]);
    *own = (mg_own_forms){0};
}

/* Names of its nearest forms with other protons; computed once. */
static int name_forms(const mg_dictionary *names, const char *smiles, mg_own_forms *own,
                      molglot_error *err) {
    mg_proton_form *forms = NULL;
    size_t n = 0;
    if (own->known) return MOLGLOT_OK;
    own->known = true;
    int code = mg_proton_forms(&smiles, 1, &forms, &n, err);
    if (n) qsort(forms, n, sizeof *forms, fewest_first);
    for (size_t i = 0, tried = 0; i < n && tried < MG_OWN_FORMS && !code; i++) {
        char *name = NULL;
        if (!forms[i].protons) continue;
        tried++;
        code = name_half(names, forms[i].smiles, &name, err);
        if (name) own->name[own->n++] = name;
    }
    mg_proton_forms_free(forms, n);
    return code;
}

int mg_ions_mend(mg_readings *r, const char *smiles, const char *text, mg_own_forms *own,
                 mg_str *out, molglot_error *err) {
    const mg_dictionary *names = mg_readings_names(r);
    char *first = strndup(text, mg_text_first_sentence(text)), *old = NULL;
    mg_str said = {0};
    int code = first ? MOLGLOT_OK : mg_no_memory(err, "captions");
    const char *at = first ? ion_of(first) : NULL;
    if (at && !code) code = mg_name_longest(names, at, &said, &old, err);
    const bool named = old && said.n >= LEAST_NAME;
    if (named && !code) code = name_forms(names, smiles, own, err);
    for (int i = 0; i < own->n && named && !code && !out->n; i++) {
        bool is = false;
        put_name(out, text, said.s, own->name[i]);
        code = mg_readings_try(r, out->s, smiles, &is, err);
        if (!is) mg_str_free(out);
    }
    mg_str_free(&said);
    free(old);
    free(first);
    return code;
}
