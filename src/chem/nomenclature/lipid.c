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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* A template whose %91 is the piece's. */
static char *join(const char *template, const char *piece, bool *failed) {
    mg_str s = {0};
    mg_str_addz(&s, template);
    lipid_add_piece(&s, piece, 91);
    char *out = s.failed ? NULL : lipid_canonical(s.s);
    *failed |= s.failed;
    mg_str_free(&s);
    return out;
}

/* ---- coenzyme A ---- */

#define COA                                                                                      \
    "CNC(=O)CCNC(=O)[C@H](O)C(C)(C)COP(=O)(O)OP(=O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)" \
    "[C@@H]1OP(=O)(O)O"

static const struct {
    const char *name, *template; /* what follows the acyl group, and what its atom stands on */
    char atom;
} BEHIND[] = {{"coenzyme a", "C%91" COA, 'S'},
              {"-coa", "C%91" COA, 'S'},
              {" coa", "C%91" COA, 'S'},
              {"4'-phosphopantetheine", "C%91CNC(=O)CCNC(=O)[C@H](O)C(C)(C)COP(=O)(O)O", 'S'},
              {"-amp", "P%91(=O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O", 'O'}};

static char *read_thioester(const char *s, bool *failed) {
    size_t n = strlen(s);
    if (!strcmp(s, "coa") || !strcmp(s, "coenzyme a") || !strcmp(s, "coash"))
        return lipid_canonical("SC" COA);
    for (size_t i = 0; i < MG_COUNT(BEHIND); i++) {
        const size_t k = strlen(BEHIND[i].name);
        if (n <= k + 3 || strcmp(s + n - k, BEHIND[i].name) != 0) continue;
        n -= k;
        while (n && strchr("- ", s[n - 1])) n--;
        if (begins(s, "s-")) s += 2, n -= 2;
        char *piece = lipid_piece(s, n, BEHIND[i].atom, LIPID_ACYL, failed), *out = NULL;
        if (piece) out = join(BEHIND[i].template, piece, failed);
        free(piece);
        return out;
    }
    return NULL;
}

/* ---- carnitine, amines, amino acids ---- */

static const struct {
    const char *name, *template;
    char atom;
} PARENTS[] = {{"l-carnitine", "[C@@H]%91(CC(=O)[O-])C[N+](C)(C)C", 'O'},
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
               {"l-homoserine lactone", "[C@@H]%911CCOC1=O", 'N'},
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
        char *piece = lipid_piece(s + from, to - from, PARENTS[i].atom, LIPID_ACYL, failed),
             *out = NULL;
        if (piece) out = join(PARENTS[i].template, piece, failed);
        free(piece);
        return out;
    }
    return NULL;
}

/* ---- charges ---- */

/* "(4-)", "(1+)", " zwitterion" at the end: cut off. */
bool name_lipid_cut_charge(char *s, int *charge) {
    static const char *const words[] = {" zwitterion", " monoanion",  " dianion",  " trianion",
                                        " tetraanion", " pentaanion", " hexaanion"};
    size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        if (!name_ends_with(s, words[i])) continue;
        s[n - strlen(words[i])] = 0;
        *charge = -(int)i;
        return true;
    }
    if (name_ends_with(s, " anion") && n > 10) {
        s[n - 6] = 0;
        *charge = NAME_ALL_ACIDS;
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
    char *out = read_thioester(s, failed);
    if (!out && !*failed) out = lipid_sphingoid(s, failed);
    if (!out && !*failed) out = lipid_glycerol(s, failed);
    if (!out && !*failed) out = read_amide(s, failed);
    return out;
}

/* "lauric (dodecanoic) acid", "octacosanoic acid (montanic acid)" without the other name. */
static void drop_alias(char *s) {
    const size_t n = strlen(s);
    char *open = strstr(s, "ic (");
    if (open && name_ends_with(s, "ic) acid")) {
        memmove(open + 2, s + n - 5, 6);
        return;
    }
    open = strstr(s, "ic acid (");
    if (!open) open = strstr(s, "ic acid [");
    if (open && strchr(")]", s[n - 1]) && strstr(open + 8, "acid")) open[7] = 0;
}

bool name_respelled(const char *folded, char out[NAME_LONGEST + 1], bool *failed) {
    char text[LIPID_TEXT], plain[NAME_LONGEST + 1], *acid = lipid_short(folded, failed);
    snprintf(plain, sizeof plain, "%s", acid ? acid : folded);
    drop_alias(plain);
    const char *from = plain;
    const bool ok = !*failed && lipid_respell(from, strlen(from), false, text) &&
                    strcmp(text, folded) != 0 && strlen(text) <= NAME_LONGEST;
    if (ok) memcpy(out, text, strlen(text) + 1);
    free(acid);
    return ok;
}

bool mg_name_take_charge(char *name, int *charge) { return name_lipid_cut_charge(name, charge); }

int mg_name_put_charge(const char *smiles, int charge, char **out, molglot_error *err) {
    bool failed = false;
    char *copy = strdup(smiles);
    *out = copy ? name_ionised(copy, charge, &failed) : NULL;
    return copy && !failed ? MOLGLOT_OK : mg_no_memory(err, "a name");
}

bool mg_name_has_group(const char *name) {
    const size_t n = strlen(name);
    for (const char *at = name; (at = strcasestr(at, "oyl")) != NULL; at += 3)
        if (at > name + 1 && at[3] && at[3] != ' ' && at[3] != 's') return true;
    return n > 5 && !strcasecmp(name + n - 4, "-coa");
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
