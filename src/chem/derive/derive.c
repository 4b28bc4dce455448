/* derive.c - phrases, and what each does to a molecule, as reactions in SMARTS (rdkit_react.cc).
 *
 * A list of reactions goes from the most likely place to the least: the first that finds a place
 * makes the products. So a proton leaves sulfonic and phosphoric acids before carboxylic ones, and
 * these before imides and phenols; it goes to aliphatic amines before amidines, rings and anilines.
 * No pKa is computed: where two places are of one kind, both products are made.
 */
#include "chem/derive/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef const char *const reactions;

static reactions ACID[] = {
    "[$([SX4](=O)=O),$([PX4]=O):1][OX2H1:2]>>[*:1][O-:2]",
    "[CX3:1](=[OX1:3])[OX2H1:2]>>[C:1](=[O:3])[O-:2]",
    "[n;H1;$(n1nnnc1),$(n1nncn1),$(n1ncnn1),$(n1cnnn1):1]>>[n-;H0:1]",
    "[SX2H1:1][#6:2]>>[S-:1][*:2]",
    "[NX3H1:1]([$(S(=O)=O),$(C=O):2])[$(S(=O)=O),$(C=O):3]>>[N-;H0:1]([*:2])[*:3]",
    "[c:1][OX2H1:2]>>[c:1][O-:2]",
    "[NX3;H1,H2;$(NS(=O)(=O)):1]>>[N-:1]",
    NULL};
static reactions BASE[] = {"[NX3;H0;$(N([CX4])([CX4])[CX4]):1]>>[N+;H1:1]",
                           "[NX3;H1;$(N([CX4])[CX4]):1]>>[N+;H2:1]",
                           "[NX3;H2;$(N[CX4]):1]>>[N+;H3:1]",
                           "[NX2;H1:1]=[CX3;$(C(N)N),$(C(N)[#6]):2]>>[N+;H2:1]=[C:2]",
                           "[NX2;H0:1]=[CX3;$(C(N)N):2]>>[N+;H1:1]=[C:2]",
                           "[nX2;$(n1c[nX3]cc1):1]>>[n+;H1:1]",
                           "[nX2;r6:1]>>[n+;H1:1]",
                           "[NX3;H0;$(N(c)([CX4])[CX4]):1]>>[N+;H1:1]",
                           "[NX3;H1;$(N(c)[CX4]):1]>>[N+;H2:1]",
                           "[NX3;H2;$(Nc):1]>>[N+;H3:1]",
                           NULL};

#define ON_ACID(name, instead) \
    static reactions name[] = {"[CX3:1](=[OX1:3])[OX2H1:2]>>[C:1](=[O:3])" instead, NULL}
ON_ACID(METHYL_ESTER, "[O:2]C");
ON_ACID(ETHYL_ESTER, "[O:2]CC");
ON_ACID(PROPYL_ESTER, "[O:2]CCC");
ON_ACID(ISOPROPYL_ESTER, "[O:2]C(C)C");
ON_ACID(BUTYL_ESTER, "[O:2]CCCC");
ON_ACID(TERT_BUTYL_ESTER, "[O:2]C(C)(C)C");
ON_ACID(BENZYL_ESTER, "[O:2]Cc1ccccc1");
ON_ACID(AMIDE, "N");
ON_ACID(ACYL_CHLORIDE, "Cl");
ON_ACID(ACYL_BROMIDE, "Br");
ON_ACID(ACYL_FLUORIDE, "F");
ON_ACID(ACYL_AZIDE, "N=[N+]=[N-]");
ON_ACID(WEINREB_AMIDE, "N(C)OC");
ON_ACID(SUCCINIMIDYL_ESTER, "[O:2]N1C(=O)CCC1=O");
static reactions NITRILE[] = {"[CX3:1](=[OX1])[OX2H1]>>[C:1]#N", "[CX3:1](=[OX1])[NX3H2]>>[C:1]#N",
                              NULL};
static reactions DECARBOXYLATED[] = {"[#6:1][CX3](=[OX1])[OX2H1]>>[#6:1]", NULL};

/* Of an aldehyde or a ketone. */
#define ON_CARBONYL(name, instead) \
    static reactions name[] = {"[CX3;!$(C~[!#6;!O]);!$(C~O~*):1]=[OX1]>>[C:1]" instead, NULL}
ON_CARBONYL(DIMETHYL_ACETAL, "(OC)OC");
ON_CARBONYL(DIETHYL_ACETAL, "(OCC)OCC");
ON_CARBONYL(ETHYLENE_ACETAL, "1OCCO1");
ON_CARBONYL(DITHIOLANE, "1SCCS1");
ON_CARBONYL(DITHIANE, "1SCCCS1");
ON_CARBONYL(PHENYLHYDRAZONE, "=NNc1ccccc1");
ON_CARBONYL(DINITROPHENYLHYDRAZONE, "=NNc1ccc([N+](=O)[O-])cc1[N+](=O)[O-]");
ON_CARBONYL(TOSYLHYDRAZONE, "=NNS(=O)(=O)c1ccc(C)cc1");

static reactions ACETONIDE[] = {"[OX2H1:1][CX4:2][CX4:3][OX2H1:4]>>[O:1]1[C:2][C:3][O:4]C1(C)C",
                                "[OX2H1:1][c:2][c:3][OX2H1:4]>>[O:1]1[c:2][c:3][O:4]C1(C)C", NULL};
static reactions SULFONE[] = {"[SX2;$(S([#6])[#6]):1]>>[S:1](=O)=O",
                              "[SX3;$(S([#6])[#6]):1]=[OX1:2]>>[S:1](=[O:2])=O", NULL};
static reactions SULFOXIDE[] = {"[SX2;$(S([#6])[#6]):1]>>[S:1]=O", NULL};
static reactions PINACOL_ESTER[] = {"[#6:1][B:2]([OX2H1:3])[OX2H1:4]>>"
                                    "[#6:1][B:2]1[O:3]C(C)(C)C(C)(C)[O:4]1",
                                    NULL};
static reactions METHIODIDE[] = {"[NX3;H0;$(N([CX4])([CX4])[CX4]):1]>>[N+:1]C",
                                 "[nX2;r6:1]>>[n+:1]C", NULL};

#define ON_HYDROXY(name, more) static reactions name[] = {"[OX2H1;$(O[CX4,c]):1]>>[O:1]" more, NULL}
ON_HYDROXY(METHYL_ETHER, "C");
ON_HYDROXY(ACETATE, "C(C)=O");
ON_HYDROXY(GLUCURONIDE, "[C@@H]1O[C@H](C(=O)O)[C@@H](O)[C@H](O)[C@H]1O");

static reactions N_OXIDE[] = {"[NX3;H0;$(N([CX4])([CX4])[CX4]):1]>>[N+:1][O-]",
                              "[nX2;r6:1]>>[n+:1][O-]", NULL};
static reactions N_METHYL[] = {"[NX3;H1,H2;!$(N[S,P]);!$(N~[C;X3]~[O,S]):1]>>[N:1]C",
                               "[NX3;H1,H2;!$(N[S,P]):1]>>[N:1]C", "[nX3;H1:1]>>[n;H0:1]C", NULL};
static reactions N_ACETYL[] = {"[NX3;H1,H2;$(N[CX4,c]);!$(NC=[O,S]);!$(N[S,P]):1]>>[N:1]C(C)=O",
                               NULL};
static reactions N_DESMETHYL[] = {"[NX3;!$(NC=[O,S]):1][CH3]>>[N:1]", "[NX3:1][CH3]>>[N:1]",
                                  "[nX3:1][CH3]>>[n;H1:1]", NULL};
static reactions O_DESMETHYL[] = {"[OX2;$(O[c,CX4]):1][CH3]>>[O:1]", NULL};

typedef struct change {
    const char *label;
    const char *of;     /* "sodium salt" of NAME */
    const char *behind; /* NAME "sodium" */
    const char *before; /* "deprotonated" NAME */
    reactions *first;
    int times;
    reactions *second; /* behind the first, once */
    reactions *needs;  /* a place for one of these, which stays as it is */
    const char *beside;
    int copies; /* of what was made, beside `beside` */
    enum {
        REACT = 0,
        MIRROR,
        FLAT,
        BALANCE
    } how; /* BALANCE: `beside` for
 each charge, of which there are `copies`, if that is not 0 */
} change;

#define SALT(metal, ions, count, many)                                                        \
    {                                                                                         \
        metal " salt", metal " salt", metal "|" metal " salt", NULL, ACID, count, NULL, NULL, \
            ions, many, REACT                                                                 \
    }
#define WITH_ACID(name, said, smiles) \
    { name, said, said, NULL, NULL, 0, NULL, BASE, smiles, 1, REACT }
/* Of a cation that is one without protons: "choline bromide". */
#define HALIDE(name, ion, charge) \
    { name, name " salt", name, NULL, NULL, 0, NULL, NULL, ion, charge, BALANCE }
#define WITH_WATER(name, said, waters, count) \
    { name, name, said, NULL, NULL, 0, NULL, NULL, waters, count, REACT }
#define ESTER(alkyl, list) \
    { alkyl " ester", alkyl " ester", alkyl " ester", NULL, list, 1, NULL, NULL, NULL, 1, REACT }
#define PUT_ON(label, of, behind, before, list) \
    { label, of, behind, before, list, 1, NULL, NULL, NULL, 1, REACT }
#define CHARGE(label, words, before, list, count) \
    { label, words, words, before, list, count, NULL, NULL, NULL, 1, REACT }

static const change CHANGES[] = {
    SALT("sodium", "[Na+]", 1, 1),
    SALT("disodium", "[Na+].[Na+]", 2, 1),
    SALT("trisodium", "[Na+].[Na+].[Na+]", 3, 1),
    SALT("potassium", "[K+]", 1, 1),
    SALT("dipotassium", "[K+].[K+]", 2, 1),
    SALT("lithium", "[Li+]", 1, 1),
    SALT("ammonium", "[NH4+]", 1, 1),
    SALT("calcium", "[Ca+2]", 1, 2),
    SALT("magnesium", "[Mg+2]", 1, 2),
    SALT("zinc", "[Zn+2]", 1, 2),
    WITH_ACID("hydrochloride", "hydrochloride|hydrochloride salt|monohydrochloride|hcl salt|hcl",
              "Cl"),
    WITH_ACID("dihydrochloride", "dihydrochloride|dihydrochloride salt", "Cl.Cl"),
    WITH_ACID("hydrobromide", "hydrobromide|hydrobromide salt|hbr salt", "Br"),
    WITH_ACID("mesylate", "mesylate|mesylate salt|methanesulfonate", "CS(=O)(=O)O"),
    WITH_ACID("tosylate", "tosylate salt|tosylate|p-toluenesulfonate", "Cc1ccc(S(=O)(=O)O)cc1"),
    WITH_ACID("besylate", "besylate|besylate salt|benzenesulfonate", "O=S(=O)(O)c1ccccc1"),
    WITH_ACID("fumarate", "fumarate|fumarate salt", "O=C(O)/C=C/C(=O)O"),
    WITH_ACID("maleate", "maleate|maleate salt", "O=C(O)/C=C\\C(=O)O"),
    WITH_ACID("oxalate", "oxalate|oxalate salt", "O=C(O)C(=O)O"),
    WITH_ACID("citrate", "citrate|citrate salt", "O=C(O)CC(O)(CC(=O)O)C(=O)O"),
    WITH_ACID("tartrate", "tartrate|tartrate salt|l-tartrate", "O=C(O)[C@H](O)[C@@H](O)C(=O)O"),
    WITH_ACID("trifluoroacetate", "trifluoroacetate|trifluoroacetate salt|tfa salt",
              "O=C(O)C(F)(F)F"),
    WITH_ACID("hydroiodide", "hydroiodide|hydriodide|hydroiodide salt", "I"),
    WITH_ACID("bisulfate", "bisulfate|hydrogen sulfate|bisulfate salt", "O=S(=O)(O)O"),
    WITH_ACID("acetate", "acetate salt", "CC(=O)O"),
    WITH_ACID("succinate", "succinate salt", "O=C(O)CCC(=O)O"),
    WITH_ACID("phosphate", "phosphate salt", "O=P(O)(O)O"),
    WITH_ACID("nitrate", "nitrate|nitrate salt", "O=[N+]([O-])O"),
    HALIDE("chloride", "[Cl-]", 0),
    HALIDE("dichloride", "[Cl-]", 2),
    HALIDE("bromide", "[Br-]", 0),
    HALIDE("dibromide", "[Br-]", 2),
    HALIDE("iodide", "[I-]", 0),
    HALIDE("diiodide", "[I-]", 2),
    HALIDE("fluoride", "[F-]", 0),
    WITH_WATER("hydrate", "hydrate|monohydrate", "O", 1),
    WITH_WATER("dihydrate", "dihydrate", "O.O", 1),
    WITH_WATER("trihydrate", "trihydrate", "O.O.O", 1),
    WITH_WATER("hemihydrate", "hemihydrate", "O", 2),
    CHARGE("anion", "conjugate base|anion|monoanion|deprotonated form|carboxylate",
           "deprotonated|singly deprotonated|anionic", ACID, 1),
    CHARGE("dianion", "dianion", "doubly deprotonated|dianionic", ACID, 2),
    CHARGE("trianion", "trianion", "triply deprotonated|trianionic", ACID, 3),
    CHARGE("tetraanion", "tetraanion|tetra-anion", "tetraanionic", ACID, 4),
    CHARGE("cation", "conjugate acid|cation|monocation|protonated form", "protonated|cationic",
           BASE, 1),
    CHARGE("dication", "dication", "doubly protonated|diprotonated|dicationic", BASE, 2),
    {"zwitterion", "zwitterion", "zwitterion", "zwitterionic", ACID, 1, BASE, NULL, NULL, 1, REACT},
    ESTER("methyl", METHYL_ESTER),
    ESTER("ethyl", ETHYL_ESTER),
    ESTER("propyl", PROPYL_ESTER),
    ESTER("isopropyl", ISOPROPYL_ESTER),
    ESTER("butyl", BUTYL_ESTER),
    ESTER("tert-butyl", TERT_BUTYL_ESTER),
    ESTER("benzyl", BENZYL_ESTER),
    {"dimethyl ester", "dimethyl ester", "dimethyl ester", NULL, METHYL_ESTER, 2, NULL, NULL, NULL,
     1, REACT},
    {"diethyl ester", "diethyl ester", "diethyl ester", NULL, ETHYL_ESTER, 2, NULL, NULL, NULL, 1,
     REACT},
    PUT_ON("amide", "amide|primary amide|carboxamide", "amide|primary amide", NULL, AMIDE),
    PUT_ON("acyl chloride", "acyl chloride|acid chloride", "acyl chloride|acid chloride", NULL,
           ACYL_CHLORIDE),
    PUT_ON("acyl bromide", "acyl bromide|acid bromide", "acyl bromide|acid bromide", NULL,
           ACYL_BROMIDE),
    PUT_ON("acyl fluoride", "acyl fluoride|acid fluoride", "acyl fluoride|acid fluoride", NULL,
           ACYL_FLUORIDE),
    PUT_ON("acyl azide", "acyl azide|acid azide", "acyl azide", NULL, ACYL_AZIDE),
    PUT_ON("Weinreb amide", "weinreb amide", "weinreb amide", NULL, WEINREB_AMIDE),
    PUT_ON("succinimidyl ester",
           "nhs ester|n-hydroxysuccinimide ester|succinimidyl ester|n-succinimidyl ester",
           "nhs ester|n-hydroxysuccinimide ester|succinimidyl ester|n-succinimidyl ester", NULL,
           SUCCINIMIDYL_ESTER),
    PUT_ON("nitrile", "nitrile", NULL, NULL, NITRILE),
    PUT_ON("decarboxylation product", "decarboxylation product", NULL, "decarboxylated",
           DECARBOXYLATED),
    PUT_ON("dimethyl acetal", "dimethyl acetal|dimethyl ketal", "dimethyl acetal|dimethyl ketal",
           NULL, DIMETHYL_ACETAL),
    PUT_ON("diethyl acetal", "diethyl acetal|diethyl ketal", "diethyl acetal|diethyl ketal", NULL,
           DIETHYL_ACETAL),
    PUT_ON("ethylene acetal", "ethylene acetal|ethylene ketal|ethylene glycol acetal|dioxolane",
           "ethylene acetal|ethylene ketal", NULL, ETHYLENE_ACETAL),
    PUT_ON("dithiolane", "1,3-dithiolane|dithiolane", NULL, NULL, DITHIOLANE),
    PUT_ON("dithiane", "1,3-dithiane|dithiane", NULL, NULL, DITHIANE),
    PUT_ON("phenylhydrazone", "phenylhydrazone", "phenylhydrazone", NULL, PHENYLHYDRAZONE),
    PUT_ON("2,4-dinitrophenylhydrazone",
           "2,4-dinitrophenylhydrazone|dnp hydrazone|dnp-hydrazone|2,4-dnp",
           "2,4-dinitrophenylhydrazone|dnp hydrazone|dnp-hydrazone", NULL, DINITROPHENYLHYDRAZONE),
    PUT_ON("tosylhydrazone", "tosylhydrazone|tosyl hydrazone", "tosylhydrazone|tosyl hydrazone",
           NULL, TOSYLHYDRAZONE),
    PUT_ON("acetonide", "acetonide|isopropylidene acetal|isopropylidene ketal", "acetonide", NULL,
           ACETONIDE),
    PUT_ON("sulfone", "sulfone|sulphone|s,s-dioxide", "sulfone|sulphone|s,s-dioxide", NULL,
           SULFONE),
    PUT_ON("sulfoxide", "sulfoxide|sulphoxide|s-oxide", "sulfoxide|sulphoxide|s-oxide", NULL,
           SULFOXIDE),
    PUT_ON("pinacol ester", "pinacol ester|pinacol boronate|bpin derivative",
           "pinacol ester|, pinacol ester", NULL, PINACOL_ESTER),
    {"methiodide", "methiodide|quaternary methyl iodide salt", "methiodide", NULL, METHIODIDE, 1,
     NULL, NULL, "[I-]", 1, REACT},
    PUT_ON("methyl ether", "methyl ether", "methyl ether", "o-methyl|o-methylated", METHYL_ETHER),
    PUT_ON("acetate", "acetate|acetate ester|acetic ester", "acetate|acetate ester",
           "o-acetyl|o-acetylated", ACETATE),
    PUT_ON("glucuronide", "glucuronide|o-glucuronide", "glucuronide|o-glucuronide|β-d-glucuronide",
           NULL, GLUCURONIDE),
    PUT_ON("N-oxide", "n-oxide", "n-oxide", NULL, N_OXIDE),
    PUT_ON("N-methyl derivative", "n-methyl derivative", NULL, "n-methyl|n-methylated", N_METHYL),
    PUT_ON("N-acetyl derivative", "n-acetyl derivative", NULL, "n-acetyl|n-acetylated", N_ACETYL),
    PUT_ON("N-desmethyl derivative", "n-desmethyl derivative", NULL,
           "n-desmethyl|n-demethyl|n-demethylated", N_DESMETHYL),
    PUT_ON("O-desmethyl derivative", "o-desmethyl derivative", NULL,
           "o-desmethyl|o-demethyl|o-demethylated", O_DESMETHYL),
    {"enantiomer", "enantiomer|mirror image|optical antipode", "enantiomer", NULL, NULL, 0, NULL,
     NULL, NULL, 1, MIRROR},
    {"without stereo", NULL, "without stereo|without stereochemistry", "racemic", NULL, 0, NULL,
     NULL, NULL, 1, FLAT},
};

/* ---- phrases ---- */

enum { LONGEST = 300, SHORTEST_NAME = 3 };

/* Whether one of the phrases of a list begins (or ends) s[0..n); its length, the longest; 0. */
static size_t phrase_at(const char *s, size_t n, const char *list, bool at_end) {
    size_t best = 0;
    for (const char *w = list; w && *w;) {
        const size_t k = strcspn(w, "|");
        if (k < n && k > best && !strncasecmp(at_end ? s + n - k : s, w, k)) best = k;
        w += k + (w[k] == '|');
    }
    return best;
}

static size_t skip_articles(const char *s, size_t n) {
    static const char *const articles[] = {"the ", "a ", "an ", "its "};
    for (size_t i = 0; i < MG_COUNT(articles); i++) {
        const size_t k = strlen(articles[i]);
        if (n > k && !strncasecmp(s, articles[i], k)) return k;
    }
    return 0;
}

/* The name that is left when a change is taken off s[0..n); false: it says no such change. */
static bool name_of(const change *c, const char *s, size_t n, size_t *from, size_t *to) {
    size_t k = phrase_at(s, n, c->of, false);
    *from = 0, *to = n;
    if (k && n > k + 4 && !strncasecmp(s + k, " of ", 4)) {
        *from = k + 4;
        *from += skip_articles(s + *from, n - *from);
        return true;
    }
    k = phrase_at(s, n, c->before, false);
    if (k && (s[k] == ' ' || s[k] == '-')) {
        *from = k + 1;
        return true;
    }
    k = phrase_at(s, n, c->behind, true);
    if (!k || s[n - k - 1] != ' ') return false;
    *to = n - k - 1;
    static const char *const links[] = {" as its", " as the", " as a", " as an", " as"};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const size_t m = strlen(links[i]);
        if (*to <= m || strncasecmp(s + *to - m, links[i], m) != 0) continue;
        *to -= m;
        /* "the amine as the ammonium" has one proton more */
        return c->beside == NULL || strcmp(c->label, "ammonium salt") != 0 ||
               k > strlen("ammonium");
    }
    return true;
}

int mg_derivations_read(const char *words, mg_derivation out[MG_DERIVATIONS], int *n,
                        molglot_error *err) {
    size_t length = strlen(words);
    *n = 0;
    while (length && strchr(" \t", *words)) words++, length--;
    while (length && strchr(" \t.?", words[length - 1])) length--;
    const size_t article = skip_articles(words, length);
    words += article, length -= article;
    if (length > LONGEST) return MOLGLOT_OK;
    char phrase[LONGEST + 1];
    snprintf(phrase, sizeof phrase, "%.*s", (int)length, words);
    int code = mg_configurations_read(phrase, out, n, err);
    if (*n || code) return code;
    for (size_t i = 0; i < MG_COUNT(CHANGES) && *n < MG_DERIVATIONS; i++) {
        size_t from, to;
        if (!name_of(&CHANGES[i], words, length, &from, &to)) continue;
        while (to > from && strchr(" ,", words[to - 1])) to--;
        if (to < from + SHORTEST_NAME) continue;
        char *name = strndup(words + from, to - from);
        if (!name) {
            mg_derivations_free(out, *n);
            *n = 0;
            return mg_no_memory(err, "a name");
        }
        out[(*n)++] = (mg_derivation){.change = (int)i, .name = name, .label = CHANGES[i].label};
    }
    return code;
}

void mg_derivations_free(mg_derivation *d, int n) {
    for (int i = 0; i < n; i++) free(d[i].name);
}

/* ---- molecules ---- */

/* The products of the first reaction that has a place. */
static int react(reactions *r, const char *smiles, size_t most, mg_products *out,
                 molglot_error *err) {
    int code = MOLGLOT_OK;
    for (; *r && !out->n && !code; r++) {
        mg_products_free(out);
        code = mg_smiles_react(smiles, *r, most, &out->s, &out->n, err);
    }
    return code;
}

/* Every molecule of the list changed once more. */
static int react_all(reactions *r, mg_products *l, size_t most, molglot_error *err) {
    mg_products next = {0};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < l->n && !code; i++) {
        mg_products made = {0};
        code = react(r, l->s[i], most, &made, err);
        for (size_t k = 0; k < made.n && !code; k++)
            code = mg_products_add(&next, made.s[k], most, err);
        mg_products_free(&made);
    }
    mg_products_free(l);
    *l = next;
    return code;
}

/* The canonical form of a SMILES, malloc'ed; NULL where it is none. */
static char *canonical(const char *smiles, bool stereo) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *out = m ? mg_mol_smiles(m, stereo) : NULL;
    mg_mol_free(m);
    return out;
}

/* One molecule where it differs from the one before. */
static int changed(char *made, const char *before, size_t most, mg_products *out,
                   molglot_error *err) {
    char *own = canonical(before, true);
    int code = MOLGLOT_OK;
    if (made && own && strcmp(made, own) != 0) code = mg_products_add(out, made, most, err);
    free(own);
    free(made);
    return code;
}

/* Puts what a salt has beside each molecule. */
static int put_beside(const change *c, int copies, mg_products *l, molglot_error *err) {
    mg_products salts = {0};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < l->n && !code; i++) {
        mg_str s = {0};
        for (int k = 0; k < copies; k++) mg_str_addf(&s, "%s.", l->s[i]);
        mg_str_addz(&s, c->beside);
        char *salt = s.failed ? NULL : canonical(s.s, true);
        code = salt ? mg_products_add(&salts, salt, l->n, err)
                    : mg_no_memory(err, "a change of a molecule");
        free(salt);
        mg_str_free(&s);
    }
    mg_products_free(l);
    *l = salts;
    return code;
}

/* Nothing where the molecule has fewer places than acids stand beside it ("Cl.Cl"). */
static int need_places(const change *c, const char *smiles, mg_products *l, molglot_error *err) {
    mg_products now = {0};
    int code = mg_products_add(&now, smiles, 1, err);
    for (const char *at = c->beside; at && !code; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
        code = react_all(c->needs, &now, 1, err);
    if (!now.n) mg_products_free(l);
    mg_products_free(&now);
    return code;
}

/* The sum of charges that a SMILES writes; 0 where it has a proton on a cation. */
static int lasting_charge(const char *s) {
    int sum = 0, inside = 0;
    for (; *s; s++) {
        inside += *s == '[', inside -= *s == ']';
        if (!inside || (*s != '+' && *s != '-')) continue;
        const int many = isdigit((unsigned char)s[1]) ? s[1] - '0' : 1;
        sum += *s == '+' ? many : -many;
        if (*s == '+' && (s[-1] == 'H' || (isdigit((unsigned char)s[-1]) && s[-2] == 'H')))
            return 0;
    }
    return sum;
}

/* Each cation with as many of the anion as it has charges. */
static int balance(const change *c, mg_products *l, molglot_error *err) {
    mg_products salts = {0};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < l->n && !code; i++) {
        mg_str s = {0};
        const int charge = lasting_charge(l->s[i]);
        if (charge < 1 || (c->copies && charge != c->copies) || strchr(l->s[i], '.')) continue;
        mg_str_addz(&s, l->s[i]);
        for (int k = 0; k < charge; k++) mg_str_addf(&s, ".%s", c->beside);
        char *salt = s.failed ? NULL : canonical(s.s, true);
        code = salt ? mg_products_add(&salts, salt, l->n, err)
                    : mg_no_memory(err, "a change of a molecule");
        free(salt);
        mg_str_free(&s);
    }
    mg_products_free(l);
    *l = salts;
    return code;
}

/* "the sodium salt of oxalic acid": of acids with more protons the word does not say how many; a
 * metal of two charges takes both of two. *copies: of the anion. */
static int drop_acids(mg_products *l, int *copies, molglot_error *err) {
    static reactions strong[] = {"[$([SX4](=O)=O),$([PX4]=O):1][OX2H1:2]>>[*:1][O-:2]",
                                 "[CX3:1](=[OX1:3])[OX2H1:2]>>[C:1](=[O:3])[O-:2]",
                                 "[CX3:1](=[SX1:3])[SX2H1:2]>>[C:1](=[S:3])[S-:2]", NULL};
    mg_products more = {0}, third = {0};
    int code = l->n ? react(strong, l->s[0], 1, &more, err) : MOLGLOT_OK;
    const bool phosphorus = more.n && strchr(more.s[0], 'P'); /* HPO4(2-), or PO4(3-)? */
    if (!code && more.n) code = react(strong, more.s[0], 1, &third, err);
    if (more.n) mg_products_free(l);
    if (more.n && !third.n && !phosphorus && *copies == 2 && !code) {
        *l = more;
        more = (mg_products){0};
        *copies = 1;
    }
    mg_products_free(&more);
    mg_products_free(&third);
    return code;
}

int mg_derive(const mg_derivation *d, const char *smiles, size_t most, char ***products, size_t *n,
              molglot_error *err) {
    const change *c = &CHANGES[d->change < 0 ? 0 : d->change];
    mg_products l = {0};
    int code = MOLGLOT_OK, copies = c->copies;
    *products = NULL, *n = 0;
    if (d->change < 0) {
        char *one = d->configuration ? mg_smiles_labelled(smiles, d->configuration, d->all,
                                                          d->alpha ? DERIVE_ALPHA : NULL)
                                     : canonical(smiles, true);
        if (one && !d->configuration && !strpbrk(one, "@/\\")) { /* nothing that it could mean */
            free(one);
            one = NULL;
        }
        if (one) code = mg_products_add(&l, one, most, err);
        free(one);
        *products = l.s, *n = l.n;
        return code;
    }
    if (c->how == MIRROR) code = changed(mg_smiles_mirror(smiles), smiles, most, &l, err);
    if (c->how == FLAT) code = changed(canonical(smiles, false), smiles, most, &l, err);
    if (c->how == BALANCE) {
        code = mg_products_add(&l, smiles, most, err);
        if (!code) code = balance(c, &l, err);
    }
    if (c->how == REACT) {
        code = mg_products_add(&l, smiles, most, err);
        for (int i = 0; i < c->times && !code; i++) code = react_all(c->first, &l, most, err);
        if (!code && c->second) code = react_all(c->second, &l, most, err);
    }
    if (!code && c->needs) code = need_places(c, smiles, &l, err);
    if (!code && c->first == ACID && c->beside && c->times == 1)
        code = drop_acids(&l, &copies, err);
    if (!code && c->first == ACETATE) { /* an amine's acetate may be its salt */
        mg_products place = {0};
        code = react(BASE, smiles, 1, &place, err);
        if (place.n) mg_products_free(&l);
        mg_products_free(&place);
    }
    if (!code && c->beside && c->how == REACT) code = put_beside(c, copies, &l, err);
    if (code)
        mg_products_free(&l);
    else
        *products = l.s, *n = l.n;
    return code;
}
