/* lipid.c - lipids and acyl-CoAs by their own names: those of lipid_glycerol.c, lipid_sphingoid.c
 * and lipid_short.c, and
 *
 *   palmitoyl-coa, s-(4-hydroxybutanoyl)coenzyme a     acyl-CoAs
 *   o-palmitoyl-l-carnitine, hexanoylcarnitine         acylcarnitines
 *   n-oleoylethanolamine, n-palmitoyl-l-serine         amides of amines and amino acids
 *   ...(4-), ... zwitterion                            without its acid protons, lipid_piece.c
 *
 * and any other name whose chains are said in a way that the general grammar does not know
 * (lipid_words.c): "(9z)-icosenoic acid", "methyl oleate".
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* A template whose %91 is the piece's. */
static char *join(const char *template, const char *piece) {
    mg_str s = {0};
    mg_str_addz(&s, template);
    lipid_add_piece(&s, piece, 91);
    char *out = s.failed ? NULL : lipid_canonical(s.s);
    mg_str_free(&s);
    return out;
}

/* ---- coenzyme A ---- */

#define COA                                                                                        \
    "CNC(=O)CCNC(=O)[C@H](O)C(C)(C)COP(=O)(O)OP(=O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)"   \
    "[C@@H]1OP(=O)(O)O"

/* "methyl-3-oxobutanoic acid" is no acyl group, but "3-methylbutanoic acyl-coa" is meant so. */
static char *read_coa(const char *s, bool *failed) {
    static const char *const ends[] = {"-coa", " coa", "-coenzyme a", " coenzyme a", "coenzyme a"};
    size_t n = strlen(s);
    if (!strcmp(s, "coa") || !strcmp(s, "coenzyme a") || !strcmp(s, "coash"))
        return lipid_canonical("SC" COA);
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const size_t k = strlen(ends[i]);
        if (n <= k || strcmp(s + n - k, ends[i]) != 0) continue;
        n -= k;
        while (n && strchr("- ", s[n - 1])) n--;
        if (begins(s, "s-")) s += 2, n -= 2;
        char *piece = lipid_piece(s, n, 'S', LIPID_ACYL, failed), *out = NULL;
        if (piece) out = join("C%91" COA, piece);
        free(piece);
        return out;
    }
    return NULL;
}

/* ---- carnitine, amines, amino acids ---- */

static const struct {
    const char *name, *template;
    char atom;
} PARENTS[] = {
    {"l-carnitine", "[C@@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"(r)-carnitine", "[C@@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"d-carnitine", "[C@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"(s)-carnitine", "[C@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"r-carnitine", "[C@@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"carnitine", "C%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
    {"ethanolamine", "C%91CO", 'N'},
    {"taurine", "C%91CS(=O)(=O)O", 'N'},
    {"dopamine", "C%91Cc1ccc(O)c(O)c1", 'N'},
    {"tyramine", "C%91Cc1ccc(O)cc1", 'N'},
    {"serotonin", "C%91Cc1c[nH]c2ccc(O)cc12", 'N'},
    {"tryptamine", "C%91Cc1c[nH]c2ccccc12", 'N'},
    {"histamine", "C%91Cc1c[nH]cn1", 'N'},
    {"glycine", "C%91C(=O)O", 'N'},
    {"beta-alanine", "C%91CC(=O)O", 'N'},
    {"gamma-aminobutyric acid", "C%91CCC(=O)O", 'N'},
    {"4-aminobutyric acid", "C%91CCC(=O)O", 'N'},
    {"l-homoserine lactone", "[C@H]%911CCOC1=O", 'N'},
    {"homoserine lactone", "C%911CCOC1=O", 'N'},
    {"l-alanine", "[C@H]%91(C)C(=O)O", 'N'},
    {"l-arginine", "[C@H]%91(CCCNC(=N)N)C(=O)O", 'N'},
    {"l-asparagine", "[C@H]%91(CC(N)=O)C(=O)O", 'N'},
    {"l-aspartic acid", "[C@H]%91(CC(=O)O)C(=O)O", 'N'},
    {"l-cysteine", "[C@H]%91(CS)C(=O)O", 'N'},
    {"l-glutamine", "[C@H]%91(CCC(N)=O)C(=O)O", 'N'},
    {"l-glutamic acid", "[C@H]%91(CCC(=O)O)C(=O)O", 'N'},
    {"l-isoleucine", "[C@H]%91([C@@H](C)CC)C(=O)O", 'N'},
    {"l-leucine", "[C@H]%91(CC(C)C)C(=O)O", 'N'},
    {"l-methionine", "[C@H]%91(CCSC)C(=O)O", 'N'},
    {"l-phenylalanine", "[C@H]%91(Cc1ccccc1)C(=O)O", 'N'},
    {"l-serine", "[C@H]%91(CO)C(=O)O", 'N'},
    {"l-threonine", "[C@H]%91([C@H](O)C)C(=O)O", 'N'},
    {"l-tryptophan", "[C@H]%91(Cc1c[nH]c2ccccc12)C(=O)O", 'N'},
    {"l-tyrosine", "[C@H]%91(Cc1ccc(O)cc1)C(=O)O", 'N'},
    {"l-valine", "[C@H]%91(C(C)C)C(=O)O", 'N'}};

static char *read_amide(const char *s, bool *failed) {
    const size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(PARENTS); i++) {
        const size_t k = strlen(PARENTS[i].name);
        const bool on_n = PARENTS[i].atom == 'N';
        if (n <= k || strcmp(s + n - k, PARENTS[i].name) != 0) continue;
        size_t from = 0, to = n - k;
        const bool labelled = begins(s, on_n ? "n-" : "o-");
        if (labelled) from = 2;
        while (to && strchr("- ", s[to - 1])) to--;
        if (to <= from) return NULL;
        if (on_n && !labelled && (to < 3 || !begins(s + to - 3, "oyl"))) return NULL;
        char *piece = lipid_piece(s + from, to - from, PARENTS[i].atom, LIPID_ACYL, failed), *out = NULL;
        if (piece) out = join(PARENTS[i].template, piece);
        free(piece);
        return out;
    }
    return NULL;
}

/* ---- charges ---- */

/* "(4-)", "(1+)", " zwitterion" at the end: cut off. */
bool name_cut_charge(char *s, int *charge) {
    static const char *const words[] = {" zwitterion", " monoanion", " dianion",   " trianion",
                                        " tetraanion", " pentaanion", " hexaanion"};
    size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        if (!name_ends_with(s, words[i])) continue;
        s[n - strlen(words[i])] = 0;
        *charge = -(int)i;
        return true;
    }
    if (n < 6 || s[n - 1] != ')' || !strchr("+-", s[n - 2]) || !isdigit((unsigned char)s[n - 3]) ||
        s[n - 4] != '(')
        return false;
    *charge = (s[n - 2] == '-' ? -1 : 1) * (s[n - 3] - '0');
    s[n - 4] = 0;
    return true;
}

static char *read_family(const char *s, bool *failed) {
    char *out = read_coa(s, failed);
    if (!out && !*failed) out = lipid_sphingoid(s, failed);
    if (!out && !*failed) out = lipid_glycerol(s, failed);
    if (!out && !*failed) out = read_amide(s, failed);
    return out;
}

bool name_respelled(const char *folded, char out[NAME_LONGEST + 1], bool *failed) {
    char text[LIPID_TEXT], *acid = lipid_short(folded, failed);
    const char *from = acid ? acid : folded;
    const bool ok = !*failed && lipid_respell(from, strlen(from), false, text) &&
                    strcmp(text, folded) != 0 && strlen(text) <= NAME_LONGEST;
    if (ok) memcpy(out, text, strlen(text) + 1);
    free(acid);
    return ok;
}

char *name_lipid(const char *folded, bool *failed) {
    const size_t n = strlen(folded);
    if (n < 3 || n > NAME_LONGEST) return NULL;
    char *spelled = lipid_short(folded, failed), *out = NULL;
    if (!*failed) out = read_family(spelled ? spelled : folded, failed);
    free(spelled);
    if (*failed) {
        free(out);
        out = NULL;
    }
    return out;
}
