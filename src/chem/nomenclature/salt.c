/* salt.c - salts and what is named as one beside another: "calcium diacetate", "copper(ii)
 * sulfate pentahydrate", "benzoic acid, sodium salt", "pyridinium, 1-ethyl-, bromide", "2-ethyl-
 * hexanoate; tin(2+)", "X hydrochloride (1:2)", "X, compd. with Y (1:1)".
 *
 * Cations and anions are as many as make no charge, the least; what a name says of their numbers
 * must agree. A metal of several charges needs its own, or the number of its anions, and must be
 * known with it. Halides and oxides of metals that share electrons with them are refused.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SALT = 300 };

typedef struct ion {
    const char *name, *smiles;
    int charge; /* of metals with several: 0 */
    bool salty; /* with halides it is a salt; of anions: with such cations alone */
} ion;

static const ion CATIONS[] = {{"sodium", "[Na+]", 1, true},      {"potassium", "[K+]", 1, true},
                              {"lithium", "[Li+]", 1, true},     {"rubidium", "[Rb+]", 1, true},
                              {"cesium", "[Cs+]", 1, true},      {"caesium", "[Cs+]", 1, true},
                              {"ammonium", "[NH4+]", 1, true},   {"azanium", "[NH4+]", 1, true},
                              {"silver", "[Ag+]", 1, false},     {"calcium", "[Ca+2]", 2, true},
                              {"magnesium", "[Mg+2]", 2, true},  {"barium", "[Ba+2]", 2, true},
                              {"strontium", "[Sr+2]", 2, true},  {"beryllium", "[Be+2]", 2, false},
                              {"zinc", "[Zn+2]", 2, false},      {"cadmium", "[Cd+2]", 2, false},
                              {"aluminum", "[Al+3]", 3, false},  {"aluminium", "[Al+3]", 3, false},
                              {"lanthanum", "[La+3]", 3, false}, {"neodymium", "[Nd+3]", 3, false},
                              {"yttrium", "[Y+3]", 3, false},    {"gadolinium", "[Gd+3]", 3, false},
                              {"ferric", "[Fe+3]", 3, false},    {"ferrous", "[Fe+2]", 2, false},
                              {"cupric", "[Cu+2]", 2, false},    {"cuprous", "[Cu+]", 1, false},
                              {"stannous", "[Sn+2]", 2, false},  {"mercuric", "[Hg+2]", 2, false},
                              {"cobaltous", "[Co+2]", 2, false}, {"nickelous", "[Ni+2]", 2, false},
                              {"manganous", "[Mn+2]", 2, false}, {"chromic", "[Cr+3]", 3, false},
                              {"thallous", "[Tl+]", 1, false},   {"cerous", "[Ce+3]", 3, false}};

static const struct {
    const char *name, *symbol;
    const char *charges; /* of its salts, a digit each */
} METALS[] = {{"iron", "Fe", "23"},      {"copper", "Cu", "12"},     {"tin", "Sn", "24"},
              {"lead", "Pb", "24"},      {"mercury", "Hg", "12"},    {"cobalt", "Co", "23"},
              {"nickel", "Ni", "23"},    {"manganese", "Mn", "23"},  {"chromium", "Cr", "23"},
              {"titanium", "Ti", "34"},  {"zirconium", "Zr", "4"},   {"bismuth", "Bi", "35"},
              {"antimony", "Sb", "35"},  {"thallium", "Tl", "13"},   {"gold", "Au", "13"},
              {"palladium", "Pd", "24"}, {"platinum", "Pt", "24"},   {"cerium", "Ce", "34"},
              {"gallium", "Ga", "3"},    {"indium", "In", "13"},     {"vanadium", "V", "2345"},
              {"hafnium", "Hf", "4"},    {"thorium", "Th", "4"},     {"scandium", "Sc", "3"},
              {"samarium", "Sm", "23"},  {"europium", "Eu", "23"},   {"terbium", "Tb", "34"},
              {"dysprosium", "Dy", "3"}, {"holmium", "Ho", "3"},     {"erbium", "Er", "3"},
              {"thulium", "Tm", "3"},    {"ytterbium", "Yb", "23"},  {"lutetium", "Lu", "3"},
              {"rhodium", "Rh", "123"},  {"ruthenium", "Ru", "234"}, {"praseodymium", "Pr", "34"},
              {"silver", "Ag", "1"},     {"zinc", "Zn", "2"},        {"calcium", "Ca", "2"},
              {"barium", "Ba", "2"},     {"magnesium", "Mg", "2"},   {"strontium", "Sr", "2"},
              {"cadmium", "Cd", "2"},    {"beryllium", "Be", "2"},   {"aluminum", "Al", "3"},
              {"aluminium", "Al", "3"},  {"lanthanum", "La", "3"},   {"neodymium", "Nd", "3"},
              {"gadolinium", "Gd", "3"}, {"yttrium", "Y", "3"},      {"sodium", "Na", "1"},
              {"potassium", "K", "1"},   {"lithium", "Li", "1"},     {"rubidium", "Rb", "1"},
              {"cesium", "Cs", "1"},     {"caesium", "Cs", "1"}};

static const ion ANIONS[] = {{"chloride", "[Cl-]", -1, true},
                             {"bromide", "[Br-]", -1, true},
                             {"iodide", "[I-]", -1, true},
                             {"fluoride", "[F-]", -1, true},
                             {"oxide", "[O-2]", -2, true},
                             {"sulfide", "[S-2]", -2, true},
                             {"cyanide", "[C-]#N", -1, true},
                             {"hydroxide", "[OH-]", -1, true},
                             {"azide", "[N-]=[N+]=[N-]", -1, true},
                             {"nitrate", "O=[N+]([O-])[O-]", -1, false},
                             {"nitrite", "O=N[O-]", -1, false},
                             {"sulfate", "O=S(=O)([O-])[O-]", -2, false},
                             {"sulfite", "O=S([O-])[O-]", -2, false},
                             {"hydrogen sulfate", "O=S(=O)([O-])O", -1, false},
                             {"bisulfate", "O=S(=O)([O-])O", -1, false},
                             {"hydrogen sulfite", "O=S([O-])O", -1, false},
                             {"bisulfite", "O=S([O-])O", -1, false},
                             {"carbonate", "O=C([O-])[O-]", -2, false},
                             {"hydrogen carbonate", "O=C([O-])O", -1, false},
                             {"bicarbonate", "O=C([O-])O", -1, false},
                             {"phosphate", "O=P([O-])([O-])[O-]", -3, false},
                             {"orthophosphate", "O=P([O-])([O-])[O-]", -3, false},
                             {"hydrogen phosphate", "O=P([O-])([O-])O", -2, false},
                             {"dihydrogen phosphate", "O=P([O-])(O)O", -1, false},
                             {"diphosphate", "O=P([O-])([O-])OP(=O)([O-])[O-]", -4, false},
                             {"pyrophosphate", "O=P([O-])([O-])OP(=O)([O-])[O-]", -4, false},
                             {"perchlorate", "[O-][Cl+3]([O-])([O-])[O-]", -1, false},
                             {"chlorate", "[O-][Cl+2]([O-])[O-]", -1, false},
                             {"thiocyanate", "[S-]C#N", -1, false},
                             {"cyanate", "[O-]C#N", -1, false},
                             {"tetrafluoroborate", "F[B-](F)(F)F", -1, false},
                             {"fluoroborate", "F[B-](F)(F)F", -1, false},
                             {"hexafluorophosphate", "F[P-](F)(F)(F)(F)F", -1, false},
                             {"arsenate", "O=[As]([O-])([O-])[O-]", -3, false},
                             {"hydrogen arsenate", "O=[As]([O-])([O-])O", -2, false},
                             {"dihydrogen arsenate", "O=[As]([O-])(O)O", -1, false},
                             {"arsenite", "[O-][As]([O-])[O-]", -3, false},
                             {"hydrogen arsenite", "[O-][As]([O-])O", -2, false},
                             {"dihydrogen arsenite", "[O-][As](O)O", -1, false},
                             {"tungstate", "O=[W](=O)([O-])[O-]", -2, false},
                             {"molybdate", "O=[Mo](=O)([O-])[O-]", -2, false},
                             {"triflate", "O=S(=O)([O-])C(F)(F)F", -1, false},
                             {"tosylate", "Cc1ccc(S(=O)(=O)[O-])cc1", -1, false},
                             {"mesylate", "CS(=O)(=O)[O-]", -1, false},
                             {"citrate", "O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]", -3, false},
                             {"tartrate", "O=C([O-])C(O)C(O)C(=O)[O-]", -2, false}};

static const char *const ACIDS[][2] = {{"hydrochloride", "Cl"},
                                       {"hydrobromide", "Br"},
                                       {"hydroiodide", "I"},
                                       {"hydriodide", "I"},
                                       {"hydrofluoride", "F"},
                                       {"sulfate", "O=S(=O)(O)O"},
                                       {"nitrate", "O=[N+]([O-])O"},
                                       {"phosphate", "O=P(O)(O)O"},
                                       {"perchlorate", "[O-][Cl+3]([O-])([O-])O"},
                                       {"acetate", "CC(=O)O"},
                                       {"formate", "O=CO"},
                                       {"oxalate", "O=C(O)C(=O)O"},
                                       {"ethanedioate", "O=C(O)C(=O)O"},
                                       {"methanesulfonate", "CS(=O)(=O)O"},
                                       {"trifluoroacetate", "O=C(O)C(F)(F)F"},
                                       {"maleate", "O=C(O)/C=C\\C(=O)O"},
                                       {"(2z)-2-butenedioate", "O=C(O)/C=C\\C(=O)O"},
                                       {"(z)-2-butenedioate", "O=C(O)/C=C\\C(=O)O"},
                                       {"(z)-butenedioate", "O=C(O)/C=C\\C(=O)O"},
                                       {"fumarate", "O=C(O)/C=C/C(=O)O"},
                                       {"(2e)-2-butenedioate", "O=C(O)/C=C/C(=O)O"},
                                       {"(e)-2-butenedioate", "O=C(O)/C=C/C(=O)O"},
                                       {"(e)-butenedioate", "O=C(O)/C=C/C(=O)O"},
                                       {"citrate", "O=C(O)CC(O)(CC(=O)O)C(=O)O"}};

static bool has_charge(const char *metal, int charge) {
    for (size_t k = 0; k < MG_COUNT(METALS); k++)
        if (!strcmp(METALS[k].name, metal))
            return charge > 0 && charge < 10 && strchr(METALS[k].charges, '0' + charge);
    return false;
}

int name_charge_of(const char *s) {
    int sum = 0, inside = 0;
    for (; *s; s++) {
        inside += *s == '[', inside -= *s == ']';
        if (!inside || (*s != '+' && *s != '-')) continue;
        const int many = isdigit((unsigned char)s[1]) ? s[1] - '0' : 1;
        sum += *s == '+' ? many : -many;
    }
    return sum;
}

/* Ions and small molecules that stand between semicolons. */
const char *name_small_component(const char *s) {
    static const char *const table[][2] = {{"sodium", "[Na+]"},
                                           {"potassium", "[K+]"},
                                           {"lithium", "[Li+]"},
                                           {"calcium", "[Ca+2]"},
                                           {"magnesium", "[Mg+2]"},
                                           {"zinc", "[Zn+2]"},
                                           {"azanium", "[NH4+]"},
                                           {"hydron", "[H+]"},
                                           {"chloride", "[Cl-]"},
                                           {"bromide", "[Br-]"},
                                           {"iodide", "[I-]"},
                                           {"fluoride", "[F-]"},
                                           {"dichloride", "[Cl-].[Cl-]"},
                                           {"dibromide", "[Br-].[Br-]"},
                                           {"diiodide", "[I-].[I-]"},
                                           {"hydroxide", "[OH-]"},
                                           {"perchlorate", "[O-][Cl+3]([O-])([O-])[O-]"},
                                           {"tetrafluoroborate", "F[B-](F)(F)F"},
                                           {"hexafluorophosphate", "F[P-](F)(F)(F)(F)F"},
                                           {"azane", "N"},
                                           {"trihydrate", "O.O.O"},
                                           {"hydrate", "O"},
                                           {"hydrochloride", "Cl"},
                                           {"dihydrochloride", "Cl.Cl"},
                                           {"trihydrochloride", "Cl.Cl.Cl"},
                                           {"hydrobromide", "Br"},
                                           {"dihydrate", "O.O"},
                                           {"disodium", "[Na+].[Na+]"},
                                           {"dipotassium", "[K+].[K+]"},
                                           {"trisodium", "[Na+].[Na+].[Na+]"},
                                           {"acetic acid", "CC(=O)O"},
                                           {"sulfuric acid", "O=S(=O)(O)O"},
                                           {"nitric acid", "O=[N+]([O-])O"},
                                           {"phosphoric acid", "O=P(O)(O)O"}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (!strcmp(s, table[i][0])) return table[i][1];
    return NULL;
}

/* ---- what is put together ---- */

typedef struct salt {
    name_component_reader *read;
    molglot_error *err;
    int code;
    mg_str s;
    int parts;
} salt;

static void add(salt *x, const char *smiles, int count) {
    for (int i = 0; i < count; i++) mg_str_addf(&x->s, "%s%s", x->parts++ ? "." : "", smiles);
}

/* What a part of the name is, malloc'ed; NULL. */
static char *read_part(salt *x, const char *name, size_t n) {
    char own[NAME_LONGEST + 1], *out = NULL;
    while (n && strchr(" ,;", name[n - 1])) n--;
    while (n && *name == ' ') name++, n--;
    if (n < 4 || x->code) return NULL;
    snprintf(own, sizeof own, "%.*s", (int)n, name);
    x->code = x->read(own, strlen(own), &out, x->err);
    return out;
}

static char *finish(salt *x) {
    mg_mol *m = x->s.failed || !x->parts ? NULL : mg_mol_from_smiles(x->s.s, NULL, NULL);
    char *out = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    return out;
}

static int common_divisor(int a, int b) { return b ? common_divisor(b, a % b) : a; }

/* n cations and m anions; 0: as few as can be. false: they do not add up to nothing. */
static bool balance(int positive, int negative, int *n, int *m) {
    if (positive < 1 || negative > -1) return false;
    const int d = common_divisor(positive, -negative), least = -negative / d;
    if (!*n && !*m) *n = least;
    if (!*n) *n = *m * -negative / positive;
    if (!*m) *m = *n * positive / -negative;
    return *n > 0 && *m > 0 && *n * positive == *m * -negative && *n + *m < 13;
}

/* ---- words ---- */

/* "(1:2)" off the end, of two numbers; false: there is none. */
static bool cut_ratio(char *s, int ratio[2]) {
    const size_t n = strlen(s);
    if (n < 8 || s[n - 1] != ')' || s[n - 5] != '(' || s[n - 3] != ':' ||
        !isdigit((unsigned char)s[n - 4]) || !isdigit((unsigned char)s[n - 2]))
        return false;
    ratio[0] = s[n - 4] - '0', ratio[1] = s[n - 2] - '0';
    s[n - 5] = 0;
    if (s[n - 6] == ' ') s[n - 6] = 0;
    return ratio[0] > 0 && ratio[1] > 0;
}

/* " pentahydrate" off the end; how many, 0. */
static int cut_water(char *s) {
    char *at = strrchr(s, ' ');
    size_t length = 0;
    if (!at || at == s || !name_ends_with(at, "hydrate")) return 0;
    const char *word = at + 1;
    int many = !strcmp(word, "hydrate") || !strcmp(word, "monohydrate") ? 1 : 0;
    if (!many) many = name_multiplier(word, strlen(word), &length);
    if (!many || (length && strcmp(word + length, "hydrate") != 0)) return 0;
    *at = 0;
    if (at[-1] == ',') at[-1] = 0;
    return many;
}

/* "mono", "di", "bis" in front; how many, 0: nothing is said. */
static int many_at(const char **s) {
    size_t length = 0;
    if (!strncmp(*s, "mono", 4)) {
        *s += 4;
        return 1;
    }
    const int many = name_multiplier(*s, strlen(*s), &length);
    if (!strncmp(*s, "tris", 4) && islower((unsigned char)(*s)[4])) length = 3; /* "trisodium" */
    if (many) *s += length;
    return many;
}

/* "(ii)", "(2+)", "(+2)"; characters. */
static size_t charge_at(const char *s, int *charge) {
    static const char *const roman[] = {"(i)", "(ii)", "(iii)", "(iv)", "(v)", "(vi)"};
    for (int k = 0; k < (int)MG_COUNT(roman); k++)
        if (!strncmp(s, roman[k], strlen(roman[k]))) {
            *charge = k + 1;
            return strlen(roman[k]);
        }
    if (s[0] != '(' || !s[1] || !s[2] || s[3] != ')') return 0;
    const char digit = s[1] == '+' ? s[2] : s[1], sign = s[1] == '+' ? s[1] : s[2];
    if (sign != '+' || digit < '1' || digit > '6') return 0;
    *charge = digit - '0';
    return 4;
}

/* "dicalcium", "iron(iii)" at s, with what stands behind it up to a blank or the end; characters.
 */
static size_t cation_at(const char *s, ion *out, char smiles[16], int *many) {
    for (int pass = 0; pass < 2; pass++) {
        const char *word = s;
        *many = pass ? many_at(&word) : 0;
        if (pass && !*many) continue;
        for (size_t k = 0; k < MG_COUNT(CATIONS); k++) {
            const size_t n = strlen(CATIONS[k].name);
            if (strncmp(word, CATIONS[k].name, n) != 0 || (word[n] && word[n] != ' ')) continue;
            *out = CATIONS[k];
            snprintf(smiles, 16, "%s", out->smiles);
            return (size_t)(word - s) + n;
        }
        for (size_t k = 0; k < MG_COUNT(METALS); k++) {
            const size_t n = strlen(METALS[k].name);
            int charge = 0;
            if (strncmp(word, METALS[k].name, n) != 0) continue;
            const size_t blank = word[n] == ' ' && word[n + 1] == '(';
            const size_t c = charge_at(word + n + blank, &charge);
            if (word[n] && word[n] != ' ' && !c) continue;
            const size_t behind = n + (c ? blank + c : 0);
            if (word[behind] && word[behind] != ' ') continue;
            *out = (ion){METALS[k].name, METALS[k].symbol, charge, false};
            if (charge && !has_charge(out->name, charge)) return 0;
            for (size_t j = 0; j < MG_COUNT(CATIONS); j++)
                if (!strcmp(CATIONS[j].name, out->name)) out->salty = CATIONS[j].salty;
            snprintf(smiles, 16, charge == 1 ? "[%s+]" : "[%s+%d]", METALS[k].symbol, charge);
            return (size_t)(word - s) + behind;
        }
    }
    return 0;
}

/* An anion of all of s: of the table, or one that is read; its SMILES, malloc'ed; NULL. */
static char *anion_of(salt *x, const char *s, int *many, int *charge, bool *covalent) {
    for (int pass = 0; pass < 2; pass++) {
        const char *word = s;
        *many = pass ? many_at(&word) : 0;
        *covalent = false;
        if (pass && !*many) break;
        char own[NAME_LONGEST + 1];
        snprintf(own, sizeof own, "%s", word);
        const size_t n = strlen(own);
        if (pass && n > 2 && own[0] == '(' && own[n - 1] == ')') {
            own[n - 1] = 0;
            memmove(own, own + 1, n - 1);
        }
        for (size_t k = 0; k < MG_COUNT(ANIONS); k++)
            if (!strcmp(own, ANIONS[k].name)) {
                *charge = ANIONS[k].charge, *covalent = ANIONS[k].salty;
                return strdup(ANIONS[k].smiles);
            }
        char *read = read_part(x, own, strlen(own));
        *charge = read ? name_charge_of(read) : 0;
        if (*charge < 0 && !strchr(read, '.')) return read;
        free(read);
    }
    return NULL;
}

/* "disodium carbonate", "lead diacetate": all of s; false: it is none. */
static bool metal_salt(salt *x, const char *s, const int *ratio) {
    ion cation[3];
    char smiles[3][16];
    int many[3], n = 0, anions = 0, charge = 0;
    bool covalent = false;
    while (n < 3) {
        const size_t k = cation_at(s, &cation[n], smiles[n], &many[n]);
        if (!k || s[k] != ' ') break;
        s += k + 1;
        n++;
    }
    if (!n) return false;
    char *anion = anion_of(x, s, &anions, &charge, &covalent);
    bool ok = anion != NULL;
    int positive = 0;
    for (int k = 0; k < n && ok && n > 1; k++) { /* each as often as it is said */
        ok = cation[k].charge > 0 && (cation[k].salty || !covalent);
        positive += cation[k].charge * (many[k] ? many[k] : 1);
    }
    if (ok && n == 1) {
        ok = cation[0].salty || !covalent;
        if (!many[0] && anions) many[0] = 1;               /* "barium dioxide" is a peroxide */
        if (!cation[0].charge && many[0] == 1 && anions) { /* "lead diacetate" */
            cation[0].charge = -charge * anions;
            snprintf(smiles[0], 16, cation[0].charge == 1 ? "[%s+]" : "[%s+%d]", cation[0].smiles,
                     cation[0].charge);
            ok &= has_charge(cation[0].name, cation[0].charge);
        }
        ok = ok && balance(cation[0].charge, charge, &many[0], &anions) &&
             (!ratio || (ratio[0] * anions == ratio[1] * many[0]));
    } else if (ok) {
        int one = 1;
        ok = balance(positive, charge, &one, &anions) && !ratio;
    }
    for (int k = 0; k < n && ok; k++) add(x, smiles[k], many[k] ? many[k] : 1);
    if (ok) add(x, anion, anions);
    free(anion);
    return ok;
}

/* Whether a name ends as anions do: most do not, and are then not looked through blank by blank. */
static bool ends_as_anion(const char *s) {
    static const char *const ends[] = {"ate", "ide", "ite", ")", "ion"};
    for (size_t k = 0; k < MG_COUNT(ends); k++)
        if (name_ends_with(s, ends[k])) return true;
    return false;
}

/* "1-ethylpyridinium bromide", "pyridinium, 1-ethyl-, bromide": an organic cation's. */
static bool organic_salt(salt *x, const char *s, const int *ratio) {
    if (!ends_as_anion(s)) return false;
    for (size_t k = strlen(s); k > 4; k--) {
        if (s[k - 1] != ' ') continue;
        int anions = 0, charge = 0;
        bool covalent;
        char *anion = anion_of(x, s + k, &anions, &charge, &covalent);
        if (!anion) continue;
        char *cation = read_part(x, s, k - 1);
        const int positive = cation ? name_charge_of(cation) : 0;
        int one = anions ? 1 : 0;
        const bool ok = positive > 0 && !strchr(cation, '.') &&
                        balance(positive, charge, &one, &anions) &&
                        (!ratio || ratio[0] * anions == ratio[1] * one);
        if (ok) add(x, cation, one), add(x, anion, anions);
        free(cation);
        free(anion);
        if (ok) return true;
    }
    return false;
}

static int pluses(const char *s) {
    int n = 0;
    for (; *s; s++) n += *s == '+';
    return n;
}

/* All protons of its acids leave; how many. */
static char *all_acids(salt *x, const char *smiles, int *count) {
    for (*count = 6; *count > 0 && !x->code; --*count) {
        char *out = NULL;
        x->code = mg_name_put_charge(smiles, -*count, &out, x->err);
        if (out && pluses(out) == pluses(smiles)) return out; /* no amine has a proton now */
        const bool ionised = out != NULL;
        free(out);
        if (ionised) return NULL;
    }
    return NULL;
}

/* "benzoic acid, sodium salt", "citric acid trisodium salt". */
static bool acid_salt(salt *x, const char *s, const int *ratio) {
    const size_t n = strlen(s);
    size_t at = n - 5;
    ion cation;
    char smiles[16], word[64];
    int many, acids = 0;
    if (n < 12 || !name_ends_with(s, " salt")) return false;
    while (at && s[at - 1] != ' ') at--;
    if (at < 5 || n - 5 - at >= sizeof word) return false;
    snprintf(word, sizeof word, "%.*s", (int)(n - 5 - at), s + at);
    if (cation_at(word, &cation, smiles, &many) != strlen(word) || !cation.charge) return false;
    char *acid = read_part(x, s, at - 1);
    const bool plain = acid && !strchr(acid, '.') && !name_charge_of(acid);
    char *anion = plain ? all_acids(x, acid, &acids) : NULL;
    int anions = 0;
    if (anion && many) anions = many * cation.charge / acids;
    const bool ok = anion && balance(cation.charge, -acids, &many, &anions) &&
                    (!ratio || ratio[0] * many == ratio[1] * anions);
    if (ok) add(x, anion, anions), add(x, smiles, many);
    free(acid);
    free(anion);
    return ok;
}

/* "X, compd. with Y (1:1)", "X - Y (1:1)". */
static bool compound_with(salt *x, const char *s, const int *ratio) {
    static const char *const words[] = {"compd. with ", "compound with ", " - "};
    for (size_t w = 0; w < MG_COUNT(words); w++) {
        const char *at = strstr(s, words[w]);
        if (!at || at == s || strstr(at + 1, words[w])) continue;
        char *one = read_part(x, s, (size_t)(at - s));
        const char *rest = at + strlen(words[w]);
        char *other = one ? read_part(x, rest, strlen(rest)) : NULL;
        const bool ok = other && !name_charge_of(one) && !name_charge_of(other);
        if (ok) add(x, one, ratio[0]), add(x, other, ratio[1]);
        free(one);
        free(other);
        return ok;
    }
    return false;
}

/* "X hydrochloride (1:2)", "X, sulfate (2:1)". */
static bool with_acid(salt *x, const char *s, const int *ratio) {
    for (size_t k = 0; k < MG_COUNT(ACIDS); k++) {
        const size_t n = strlen(s), m = strlen(ACIDS[k][0]);
        if (n < m + 5 || !name_ends_with(s, ACIDS[k][0]) || s[n - m - 1] != ' ') continue;
        char *base = read_part(x, s, n - m);
        const bool ok = base && !name_charge_of(base) && strpbrk(base, "Nn");
        if (ok) add(x, base, ratio[0]), add(x, ACIDS[k][1], ratio[1]);
        free(base);
        return ok;
    }
    return false;
}

/* Components between semicolons of two kinds, a cation and an anion. */
static bool components(salt *x, char *s) {
    char *first = s, *second = strchr(s, ';');
    if (!second || strchr(second + 1, ';')) return false;
    *second++ = 0;
    while (*second == ' ') second++;
    char smiles[16];
    bool ok = false;
    for (int turn = 0; turn < 2 && !ok; turn++) {
        const char *c = turn ? second : first, *a = turn ? first : second;
        ion cation = {0};
        int many = 0, anions = 0, charge = 0;
        bool covalent = false;
        char *read = NULL;
        const bool metal = cation_at(c, &cation, smiles, &many) == strlen(c) && cation.charge;
        if (!metal) many = 0, read = read_part(x, c, strlen(c));
        if (!metal && (!read || name_charge_of(read) < 1)) {
            free(read);
            continue;
        }
        char *anion = anion_of(x, a, &anions, &charge, &covalent);
        const int positive = metal ? cation.charge : name_charge_of(read);
        if (anion && anions < 2 && (!metal || cation.salty || !covalent)) {
            anions = 0;
            /* "magnesium; octadecanoate", but not "sodium; butanedioate" */
            if (metal && !many && positive == 1) many = 1;
            ok = balance(positive, charge, &many, &anions);
        }
        if (ok) add(x, metal ? smiles : read, many), add(x, anion, anions);
        free(anion);
        free(read);
    }
    return ok;
}

int name_salt(const char *folded, name_component_reader *read, char **smiles, molglot_error *err) {
    char own[NAME_LONGEST + 1];
    salt x = {.read = read, .err = err};
    int ratio[2];
    snprintf(own, sizeof own, "%s", folded);
    *smiles = NULL;
    if (strlen(own) > LONGEST_SALT) return MOLGLOT_OK;
    bool ok = false;
    for (size_t k = 0; k < MG_COUNT(ANIONS); k++) /* "dihydrogen phosphate" */
        if ((strstr(own, "hydrogen ") || name_ends_with(ANIONS[k].name, "tungstate") ||
             name_ends_with(ANIONS[k].name, "molybdate")) &&
            !strcmp(own, ANIONS[k].name))
            ok = true, add(&x, ANIONS[k].smiles, 1);
    if (!ok && !strpbrk(own, " ;")) return MOLGLOT_OK;
    if (!ok && strchr(own, ';')) {
        ok = components(&x, own);
    } else if (!ok) {
        const int water = cut_water(own);
        const bool said = cut_ratio(own, ratio);
        const int *r = said ? ratio : NULL;
        ok = !(!said && name_ends_with(own, ")") && strrchr(own, ':') > strrchr(own, '(')) &&
             (metal_salt(&x, own, r) || acid_salt(&x, own, r) ||
              (said && (compound_with(&x, own, ratio) || with_acid(&x, own, ratio))) ||
              organic_salt(&x, own, r));
        if (ok) add(&x, "O", water);
    }
    if (ok && !x.code) *smiles = finish(&x);
    mg_str_free(&x.s);
    return x.code;
}
