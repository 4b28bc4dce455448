/* oligo.c - short nucleic acids in letters, from the 5' end to the 3' end:
 *
 *   ApG, pApA, TpT, dApdT, d(ApT), d(ACG), r(CpG), pppApG     also behind "dinucleotide", "the"
 *
 * A bond is 3'-5', a "p" in front a phosphate on O-5', one behind on O-3'. Letters without d are
 * ribonucleosides, but T alone deoxy ("TpT"). Refused are T among others without d, and a bare CpG
 * or GpC, which are more often written of DNA.
 */
#include "base/base.h"
#include "chem/nomenclature/nomenclature.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST = 8, PHOSPHATES = 3 };

typedef struct oligo {
    char base[MOST];
    bool deoxy[MOST];
    int n, front; /* phosphates on O-5' */
    bool end;     /* a phosphate on O-3' */
    bool said;    /* ribose or deoxyribose is said of all */
} oligo;

/* Letters joined by p, or not at all; deoxy: of all of them. */
static bool read_letters(const char *s, size_t n, bool deoxy, bool apart, oligo *o) {
    size_t i = 0;
    while (i < n && s[i] == 'p') i++;
    o->front = (int)i;
    if (o->front > PHOSPHATES) return false;
    while (i < n) {
        const bool own = s[i] == 'd';
        i += own;
        if (i >= n || !strchr("ACGTU", s[i]) || o->n == MOST || (own && deoxy)) return false;
        o->base[o->n] = s[i++];
        o->deoxy[o->n++] = own || deoxy;
        if (i == n) break;
        if (s[i] == 'p')
            i++;
        else if (apart)
            return false;
        o->end = i == n;
    }
    return o->n > 1;
}

/* The kind that stands before it, "dinucleotide"; bases that it wants, 0: any. */
static const char *skip_kind(const char *s, int *size) {
    static const struct {
        const char *word;
        int size;
    } kinds[] = {{"the ", 0},
                 {"dinucleoside monophosphate ", 2},
                 {"dinucleotide ", 2},
                 {"trinucleotide ", 3},
                 {"tetranucleotide ", 4},
                 {"oligonucleotide ", 0},
                 {"ribodinucleotide ", 2}};
    *size = 0;
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (!strncasecmp(s, kinds[i].word, strlen(kinds[i].word))) {
            s += strlen(kinds[i].word);
            if (kinds[i].size) *size = kinds[i].size;
            if (!strncasecmp(kinds[i].word, "the", 3)) i = 0;
        }
    return s;
}

/* Whether it says one molecule. */
static bool is_clear(const oligo *o) {
    int deoxy = 0, t = 0, u = 0;
    for (int i = 0; i < o->n; i++) {
        deoxy += o->deoxy[i];
        t += o->base[i] == 'T' && !o->deoxy[i];
        u += o->base[i] == 'U' && o->deoxy[i];
    }
    if (u || (t && (t != o->n || o->said))) return false;
    const bool steps = o->n == 2 && ((o->base[0] == 'C' && o->base[1] == 'G') ||
                                     (o->base[0] == 'G' && o->base[1] == 'C'));
    return !(steps && !deoxy && !o->said && !o->front && !o->end);
}

static void write(const oligo *o, mg_str *out) {
    static const struct {
        char letter;
        const char *smiles;
    } bases[] = {{'A', "n2cnc3c(N)ncnc23"},
                 {'C', "n2ccc(N)nc2=O"},
                 {'G', "n2cnc3c(=O)[nH]c(N)nc23"},
                 {'T', "n2cc(C)c(=O)[nH]c2=O"},
                 {'U', "n2ccc(=O)[nH]c2=O"}};
    static const char phosphate[] = "OP(=O)(O)";
    for (int k = 0; k < o->front; k++) mg_str_addz(out, phosphate);
    for (int i = 0; i < o->n; i++) {
        size_t b = 0;
        while (bases[b].letter != o->base[i]) b++;
        const bool deoxy = o->deoxy[i] || o->base[i] == 'T';
        mg_str_addf(out, "OC[C@H]1O[C@@H](%s)%s[C@@H]1", bases[b].smiles, deoxy ? "C" : "[C@H](O)");
        if (i + 1 < o->n) mg_str_addz(out, phosphate);
    }
    mg_str_addz(out, o->end ? "OP(=O)(O)O" : "O");
}

int mg_name_oligo(const char *words, bool *is, char **smiles, molglot_error *err) {
    int size;
    oligo o = {0};
    *is = false, *smiles = NULL;
    const char *s = skip_kind(words, &size);
    size_t n = strlen(s);
    while (n && strchr(" .", s[n - 1])) n--;
    const bool whole = n > 4 && (s[0] == 'd' || s[0] == 'r') && s[1] == '(' && s[n - 1] == ')';
    o.said = whole;
    *is = whole ? read_letters(s + 2, n - 3, *s == 'd', false, &o)
                : n > 2 && read_letters(s, n, false, true, &o);
    if (!*is || (size && size != o.n) || !is_clear(&o)) return MOLGLOT_OK;
    mg_str out = {0};
    write(&o, &out);
    mg_mol *m = out.failed ? NULL : mg_mol_from_smiles(out.s, NULL, NULL);
    *smiles = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    mg_str_free(&out);
    return *smiles ? MOLGLOT_OK : mg_no_memory(err, "a nucleic acid");
}
