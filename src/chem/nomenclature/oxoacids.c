/* oxoacids.c - acids of minerals and what esters are made of: "phosphonic acid", "borate",
 * "carbonochloridate", and words that stand behind what is bound to them, "ether", "disulfide".
 */
#include "chem/nomenclature/inside.h"

#include <string.h>

typedef struct oxoacid {
    const char *stem; /* before "ic acid", "ate"; "-": "ous acid", "ite" */
    const char *smiles, *locants;
    uint8_t ends[4]; /* atoms, 0: no more */
    uint8_t lambda;  /* of the first atom, which takes groups */
} oxoacid;

static const oxoacid ACIDS[] = {{"phosphor", "P(=O)(O)(O)O", NULL, {2, 3, 4}, 5},
                                {"orthophosphor", "P(=O)(O)(O)O", NULL, {2, 3, 4}, 5},
                                {"-phosphor", "P(O)(O)O", NULL, {1, 2, 3}, 3},
                                {"phosphon", "P(=O)(O)O", "p", {2, 3}, 5},
                                {"-phosphon", "P(O)O", "p", {1, 2}, 3},
                                {"phosphin", "P(=O)O", "p", {2}, 5},
                                {"-phosphin", "PO", "p", {1}, 3},
                                {"phosphoramid", "P(=O)(O)(O)N", "////n", {2, 3}, 5},
                                {"phosphorodiamid", "P(=O)(O)(N)N", NULL, {2}, 5},
                                {"-phosphoramid", "P(O)(O)N", "///n", {1, 2}, 3},
                                {"phosphorochlorid", "P(=O)(O)(O)Cl", NULL, {2, 3}, 5},
                                {"phosphorodichlorid", "P(=O)(O)(Cl)Cl", NULL, {2}, 5},
                                {"chlorophosphor", "P(=O)(O)(O)Cl", NULL, {2, 3}, 5},
                                {"dichlorophosphor", "P(=O)(O)(Cl)Cl", NULL, {2}, 5},
                                {"fluorophosphor", "P(=O)(O)(O)F", NULL, {2, 3}, 5},
                                {"phosphorofluorid", "P(=O)(O)(O)F", NULL, {2, 3}, 5},
                                {"-phosphorochlorid", "P(O)(O)Cl", NULL, {1, 2}, 3},
                                {"-phosphorodichlorid", "P(O)(Cl)Cl", NULL, {1}, 3},
                                {"diphosphor", "P(=O)(O)(O)OP(=O)(O)O", NULL, {2, 3, 6, 7}, 0},
                                {"pyrophosphor", "P(=O)(O)(O)OP(=O)(O)O", NULL, {2, 3, 6, 7}, 0},
                                {"sulfur", "S(=O)(=O)(O)O", NULL, {3, 4}, 6},
                                {"-sulfur", "S(=O)(O)O", NULL, {2, 3}, 4},
                                {"sulfam", "S(=O)(=O)(O)N", "////n", {3}, 6},
                                {"chlorosulfur", "S(=O)(=O)(O)Cl", NULL, {3}, 6},
                                {"fluorosulfur", "S(=O)(=O)(O)F", NULL, {3}, 6},
                                {"-chlorosulfur", "S(=O)(O)Cl", NULL, {2}, 4},
                                {"nitr", "[N+](=O)([O-])O", NULL, {3}, 0},
                                {"-nitr", "N(=O)O", NULL, {2}, 0},
                                {"carbon", "C(=O)(O)O", NULL, {2, 3}, 0},
                                {"carbonochlorid", "C(=O)(O)Cl", NULL, {2}, 0},
                                {"chloroform", "C(=O)(O)Cl", NULL, {2}, 0},
                                {"chlorocarbon", "C(=O)(O)Cl", NULL, {2}, 0},
                                {"carbonofluorid", "C(=O)(O)F", NULL, {2}, 0},
                                {"fluoroform", "C(=O)(O)F", NULL, {2}, 0},
                                {"carbonazid", "C(=O)(O)N=[N+]=[N-]", NULL, {2}, 0},
                                {"carbonocyanid", "C(=O)(O)C#N", NULL, {2}, 0},
                                {"carbamodithio", "C(=S)(S)N", "///n", {2}, 0},
                                {"dithiocarbam", "C(=S)(S)N", "///n", {2}, 0},
                                {"hydrazinecarboxyl", "C(=O)(O)NN", "///1/2", {2}, 0},
                                {"carbaz", "C(=O)(O)NN", "///2/3", {2}, 0},
                                {"bor", "B(O)(O)O", NULL, {1, 2, 3}, 0},
                                {"orthobor", "B(O)(O)O", NULL, {1, 2, 3}, 0},
                                {"boron", "B(O)O", "b", {1, 2}, 0},
                                {"borin", "BO", "b", {1}, 0},
                                {"silic", "[Si](O)(O)(O)O", NULL, {1, 2, 3, 4}, 0},
                                {"orthosilic", "[Si](O)(O)(O)O", NULL, {1, 2, 3, 4}, 0},
                                {"orthocarbon", "C(O)(O)(O)O", NULL, {1, 2, 3, 4}, 0},
                                {"orthoform", "C(O)(O)O", "1", {1, 2, 3}, 0},
                                {"orthoacet", "C(O)(O)(O)C", "////2", {1, 2, 3}, 0},
                                {"orthopropion", "C(O)(O)(O)CC", "////2/3", {1, 2, 3}, 0},
                                {"orthobenzo", "C(O)(O)(O)c1ccccc1", NULL, {1, 2, 3}, 0},
                                {"arsen", "[As](=O)(O)(O)O", NULL, {2, 3, 4}, 5},
                                {"-arsen", "[As](O)(O)O", NULL, {1, 2, 3}, 3},
                                {"arson", "[As](=O)(O)O", "as", {2, 3}, 5},
                                {"arsin", "[As](=O)O", "as", {2}, 5},
                                {"selen", "[Se](=O)(=O)(O)O", NULL, {3, 4}, 6},
                                {"-selen", "[Se](=O)(O)O", NULL, {2, 3}, 4},
                                {"thiocyan", "SC#N", NULL, {0}, 0},
                                {"cyan", "OC#N", NULL, {0}, 0},
                                {"-hypochlor", "OCl", NULL, {0}, 0},
                                {"-hypobrom", "OBr", NULL, {0}, 0},
                                {"-hypofluor", "OF", NULL, {0}, 0},
                                {"perchlor", "[Cl+3]([O-])([O-])([O-])O", NULL, {4}, 0}};

/* "phosph" of "phosphoric", "phosphate"; characters. */
static size_t ate_stem(const char *stem) {
    const bool cut = name_ends_with(stem, "phosphor") || name_ends_with(stem, "sulfur");
    return strlen(stem) - (cut ? 2 : 0);
}

/* "phosphonic acid", "phosphonate": all of s[i..end). */
void name_oxoacid(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const char *const words[2][2] = {{"ic acid", "ate"}, {"ous acid", "ite"}};
    if (i > 3 && !strncmp(r->s + i - 4, "thio", 4)) return; /* another acid */
    for (size_t t = 0; t < MG_COUNT(ACIDS); t++) {
        const oxoacid *a = &ACIDS[t];
        const bool lower = *a->stem == '-';
        const char *stem = a->stem + lower;
        if (i >= end || *stem != r->s[i] || strncmp(r->s + i, stem, ate_stem(stem)) != 0) continue;
        const size_t at = i + strlen(stem);
        const bool acid = name_begins(r, i, end, stem) && name_is_word(r, at, end, words[lower][0]);
        if (!acid && !name_is_word(r, i + ate_stem(stem), end, words[lower][1])) continue;
        name_fragment f = {0};
        if (name_add(&f, a->smiles, a->locants) < 0) continue;
        f.a[0].lambda = a->lambda;
        for (int k = 0; k < 4 && !acid && (!k || a->ends[k]); k++) f.ends[f.n_ends++] = a->ends[k];
        name_keep(r, out, &f);
    }
}

/* "alcohol", "ether", "ketone": words behind what is bound to them; all of s[i..end). */
void name_function(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name, *smiles;
        int ends;
        uint8_t end[3]; /* atoms */
        uint8_t lambda; /* of the first atom */
        bool twice;     /* "hexadecyl ether" */
    } table[] = {{"alcohol", "O", 1, {0}, 0, false},
                 {"mercaptan", "S", 1, {0}, 0, false},
                 {"ether", "O", 2, {0}, 0, true},
                 {"oxide", "O", 2, {0}, 0, false},
                 {"ketone", "C=O", 2, {0}, 0, false},
                 {"sulfide", "S", 2, {0}, 0, true},
                 {"disulfide", "SS", 2, {0, 1}, 0, true},
                 {"trisulfide", "SSS", 2, {0, 2}, 0, true},
                 {"tetrasulfide", "SSSS", 2, {0, 3}, 0, true},
                 {"selenide", "[Se]", 2, {0}, 0, true},
                 {"diselenide", "[Se][Se]", 2, {0, 1}, 0, true},
                 {"telluride", "[Te]", 2, {0}, 0, true},
                 {"ditelluride", "[Te][Te]", 2, {0, 1}, 0, true},
                 {"peroxide", "OO", 2, {0, 1}, 0, true},
                 {"hydroperoxide", "OO", 1, {0}, 0, false},
                 {"sulfone", "S(=O)=O", 2, {0}, 6, true},
                 {"sulfoxide", "S=O", 2, {0}, 4, true},
                 {"chloride", "Cl", 1, {0}, 0, false},
                 {"bromide", "Br", 1, {0}, 0, false},
                 {"iodide", "I", 1, {0}, 0, false},
                 {"fluoride", "F", 1, {0}, 0, false},
                 {"cyanide", "C#N", 1, {0}, 0, false},
                 {"isocyanide", "[N+]#[C-]", 1, {0}, 0, false},
                 {"isocyanate", "N=C=O", 1, {0}, 0, false},
                 {"isothiocyanate", "N=C=S", 1, {0}, 0, false},
                 {"isoselenocyanate", "N=C=[Se]", 1, {0}, 0, false},
                 {"selenocyanate", "[Se]C#N", 1, {0}, 0, false},
                 {"azide", "N=[N+]=[N-]", 1, {0}, 0, false},
                 {"hydrogen sulfate", "S(=O)(=O)(O)O", 1, {4}, 0, false},
                 {"hydrogen carbonate", "C(=O)(O)O", 1, {3}, 0, false},
                 {"dihydrogen phosphate", "P(=O)(O)(O)O", 1, {4}, 0, false},
                 {"hydrogen phosphate", "P(=O)(O)(O)O", 2, {3, 4}, 0, false},
                 {"trihydrogen diphosphate", "P(=O)(O)(O)OP(=O)(O)O", 1, {2}, 0, false}};
    if (!i || r->s[i - 1] != ' ') return;
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        name_fragment f = {.twice = table[t].twice};
        if (!name_is_word(r, i, end, table[t].name) || name_add(&f, table[t].smiles, NULL) < 0)
            continue;
        f.a[0].lambda = table[t].lambda;
        f.n_ends = table[t].ends;
        f.word = true;
        for (int k = 0; k < f.n_ends; k++) f.ends[k] = table[t].end[k];
        name_keep(r, out, &f);
    }
}
