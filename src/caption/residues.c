/* residues.c - a caption that says of which amino acids another peptide is made, told of the
 * described one:
 *
 *   copy      "a tripeptide composed of L-valine, L-alanine and L-lysine joined in sequence. ...
 *              It derives from a L-valine, a L-alanine and a L-lysine."
 *   mended    "a dipeptide composed of L-leucine and glycine joined by a peptide linkage. ..."
 *
 * The described molecule is parted at its peptide bonds; every part must be an amino acid of the
 * table, and the mended sentence must build the molecule.
 */
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 16 /* residues */, COUNTED = 8 /* of a tripeptide and so on */, NAME = 32 };

static const char PEPTIDE_BOND[] =
    "[CX3:1](=[OX1:2])([CX4:3][NX3:4])-;!@[NX3:5][CX4:6][CX3:7]=[OX1:8]>>"
    "[C:1](=[O:2])([C:3][N:4])O.[N:5][C:6][C:7]=[O:8]";
static const char *const ACIDS[] = {"alanine",       "arginine",  "asparagine",    "aspartic acid",
                                    "cysteine",      "glutamine", "glutamic acid", "histidine",
                                    "isoleucine",    "leucine",   "lysine",        "methionine",
                                    "phenylalanine", "proline",   "serine",        "threonine",
                                    "tryptophan",    "tyrosine",  "valine"};

typedef struct chain {
    char *part[MOST];
    char name[MOST][NAME];
    int n;
} chain;

static void chain_free(chain *c) {
    for (int i = 0; i < c->n; i++) free(c->part[i]);
}

/* The parts of the molecule in order; n 0: it has none, or too many. */
static int part(const char *smiles, chain *c, molglot_error *err) {
    int code = MOLGLOT_OK;
    *c = (chain){0};
    if (!(c->part[c->n++] = strdup(smiles))) return mg_no_memory(err, "captions");
    for (int i = 0; i < c->n && !code;) {
        char **halves = NULL;
        size_t n = 0;
        code = mg_smiles_cut(c->part[i], PEPTIDE_BOND, 1, &halves, &n, err);
        if (!code && n == 2 && c->n < MOST) {
            memmove(c->part + i + 2, c->part + i + 1, (size_t)(c->n - i - 1) * sizeof *c->part);
            free(c->part[i]);
            c->part[i] = halves[0], c->part[i + 1] = halves[1];
            halves[0] = halves[1] = NULL;
            c->n++;
        } else
            i++;
        for (size_t k = 0; k < n; k++) free(halves[k]);
        free(halves);
    }
    return code;
}

/* "L-alanine" of a part; false: it is none of the table. */
static int name_part(mg_readings *r, const char *smiles, char out[NAME], molglot_error *err) {
    int code = MOLGLOT_OK;
    *out = 0;
    for (size_t k = 0; k < 1 + 2 * MG_COUNT(ACIDS) && !code; k++) {
        char name[NAME];
        mg_reading x;
        snprintf(name, sizeof name, k ? "%c-%s" : "%c%s", k ? "LD"[(k - 1) % 2] : 'g',
                 k ? ACIDS[(k - 1) / 2] : "lycine");
        code = mg_readings_name(r, name, &x, err);
        const bool same = !code && x.n && !strcmp(x.at[0].smiles, smiles);
        mg_reading_free(&x);
        if (!same) continue;
        memcpy(out, name, sizeof name);
        break;
    }
    return code;
}

/* "a, b and c", equal ones behind each other as "two b units". */
static void list_names(const chain *c, mg_str *out) {
    static const char *const numbers[COUNTED + 1] = {"",      "",     "two ",   "three ", "four ",
                                                     "five ", "six ", "seven ", "eight "};
    for (int i = 0, times; i < c->n; i += times) {
        for (times = 1;
             times < COUNTED && i + times < c->n && !strcmp(c->name[i + times], c->name[i]);)
            times++;
        const bool last = i + times == c->n;
        mg_str_addf(out, "%s%s%s%s",
                    !i     ? ""
                    : last ? " and "
                           : ", ",
                    numbers[times], c->name[i], times > 1 ? " units" : "");
    }
}

/* "It derives from a L-leucine and a glycine." */
static void derive_names(const chain *c, mg_str *out) {
    int kinds[MOST], n = 0;
    for (int i = 0; i < c->n; i++) {
        bool there = false;
        for (int k = 0; k < n; k++) there |= !strcmp(c->name[kinds[k]], c->name[i]);
        if (!there) kinds[n++] = i;
    }
    mg_str_addz(out, " It derives from ");
    for (int k = 0; k < n; k++)
        mg_str_addf(out, "%sa %s", !k ? "" : k == n - 1 ? " and " : ", ", c->name[kinds[k]]);
    mg_str_addz(out, ".");
}

static const char *const SIZES[COUNTED + 1] = {"",      "",     "di",    "tri", "tetra",
                                               "penta", "hexa", "hepta", "octa"};

/* The whole caption; rest: what the copy says behind its first sentence. */
static void say(const chain *c, const char *rest, mg_str *out) {
    static const char derives[] = " It derives from ";
    mg_str_addf(out, "The molecule is %s %speptide composed of ", c->n >= COUNTED ? "an" : "a",
                c->n > COUNTED ? "oligo" : SIZES[c->n]);
    list_names(c, out);
    mg_str_addz(out, c->n == 2 ? " joined by a peptide linkage."
                               : " joined in sequence by peptide linkages.");
    const char *at = strstr(rest, derives);
    mg_str_add(out, rest, at ? (size_t)(at - rest) : strlen(rest));
    if (!at) return;
    derive_names(c, out);
    at = strchr(at, '.');
    if (at) mg_str_addz(out, at + 1);
}

int mg_residues_mend(mg_readings *r, const char *smiles, const char *text, mg_str *out,
                     molglot_error *err) {
    const size_t first = mg_text_first_sentence(text);
    if (!memmem(text, first, "peptide", 7) ||
        (!memmem(text, first, " composed of ", 13) && !memmem(text, first, " consisting of ", 15) &&
         !memmem(text, first, " formed from ", 13)))
        return MOLGLOT_OK;
    chain c;
    int code = part(smiles, &c, err);
    bool known = c.n > 1;
    for (int i = 0; i < c.n && known && !code; i++) {
        code = name_part(r, c.part[i], c.name[i], err);
        known = *c.name[i] != 0;
    }
    if (known && !code) say(&c, text + first, out);
    chain_free(&c);
    if (!out->n || code) return code;
    mg_reading x = {0};
    code = out->failed ? mg_no_memory(err, "captions") : mg_readings_sentence(r, out->s, &x, err);
    if (!x.n || strcmp(x.at[0].smiles, smiles) != 0) mg_str_free(out);
    mg_reading_free(&x);
    return code;
}
