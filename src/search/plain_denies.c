/* plain_denies.c - what the words of a question say and its molecule lacks:
 *
 *   guanadrel sulfate (2:1)              twice the base
 *   vanadyl sulfate, VOSO4 2H2O          two waters
 *   a sulfonylcarbamate, K+              potassium
 *   Mg-protoporphyrin IX                 magnesium
 *   anteiso C17 sphinganine              its branch
 *   cyclic pentapeptide Pro-Leu-...      a large ring
 *   L-gulose, five ring hemiacetal       a ring of five
 *
 * Each is looked for in the whole question, whoever has read it.
 */
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARTS = 24 };

/* ---- components ---- */

typedef struct parts {
    const char *at[PARTS];
    size_t length[PARTS];
    int count[PARTS], n, waters; /* those that are no water */
} parts;

static void split(const char *smiles, parts *p) {
    *p = (parts){0};
    for (const char *s = smiles; *s;) {
        const size_t k = strcspn(s, ".");
        int i = 0;
        if (k == 1 && *s == 'O') {
            p->waters++;
            i = -1;
        }
        for (; i >= 0 && i < p->n; i++)
            if (p->length[i] == k && !strncmp(p->at[i], s, k)) break;
        if (i == p->n && i < PARTS) p->at[i] = s, p->length[i] = k, p->n++;
        if (i >= 0 && i < PARTS) p->count[i]++;
        s += k + (s[k] == '.');
    }
}

/* "(2:1)" behind a blank: two numbers; false: there is none. */
static bool ratio_in(const char *text, int ratio[2]) {
    for (const char *s = text; (s = strstr(s, " (")) != NULL; s++)
        if (s[2] >= '1' && s[2] <= '4' && s[3] == ':' && s[4] >= '1' && s[4] <= '4' &&
            s[5] == ')') {
            ratio[0] = s[2] - '0', ratio[1] = s[4] - '0';
            return true;
        }
    return false;
}

static bool denies_ratio(const char *text, const parts *p) {
    int r[2];
    if (!ratio_in(text, r)) return false;
    if (r[0] == r[1]) return p->n > 2;
    if (p->n < 2) return true;
    bool is = false; /* beside other ions there may be more of them */
    for (int i = 0; i < p->n; i++)
        for (int k = 0; k < p->n; k++) is |= i != k && p->count[i] * r[1] == p->count[k] * r[0];
    return !is;
}

/* ---- waters ---- */

static const char *const MANY[] = {"mono",  "di",   "tri",  "tetra", "penta",  "hexa",
                                   "hepta", "octa", "nona", "deca",  "undeca", "dodeca"};

/* Waters that a word says, "tetrahydrate", "2H2O"; 0: none. */
static int waters_of(const char *s, size_t n) {
    static const char hydrate[] = "hydrate";
    const size_t k = sizeof hydrate - 1;
    if (n > 3 && n < 6 && !strncmp(s + n - 3, "H2O", 3) && isdigit((unsigned char)*s)) {
        const int many = atoi(s);
        return many > 0 && many < 13 ? many : 0;
    }
    for (int i = 0; i < (int)MG_COUNT(MANY); i++)
        if (n == strlen(MANY[i]) + k && !strncasecmp(s, MANY[i], n - k) &&
            !strncasecmp(s + n - k, hydrate, k))
            return i + 1;
    return 0;
}

static bool denies_waters(const char *text, const char *smiles, const parts *p) {
    static const char marks[] = " ,;:()[]*\xc2\xb7.";
    for (const char *s = text; *s;) {
        const size_t n = strcspn(s, marks);
        const int said = n ? waters_of(s, n) : 0;
        if (said == 1 && !p->waters && mg_smiles_count(smiles, "[OX2H1][CX4][OX2H1]", 1) < 1)
            return true;
        if (said > 1 && (!p->waters || p->waters % said)) return true;
        s += n + (s[n] != 0);
    }
    return false;
}

/* ---- ions and metals ---- */

static bool has_element(const char *smiles, const char *symbol) {
    const size_t k = strlen(symbol);
    for (const char *s = smiles; (s = strchr(s, '[')) != NULL;) {
        s += 1 + strspn(s + 1, "0123456789");
        if (!strncmp(s, symbol, k) && !islower((unsigned char)s[k])) return true;
    }
    if (!strcmp(symbol, "Cl") || !strcmp(symbol, "Br")) return strstr(smiles, symbol) != NULL;
    return !strcmp(symbol, "I") && strchr(smiles, 'I') != NULL;
}

/* "K+", "Br-" as words; "Mg-protoporphyrin", "Zn(II)-..." in front. */
static bool denies_ions(const char *text, const char *smiles) {
    static const struct {
        const char *word, *symbol;
    } ions[] = {{"K+", "K"},    {"Na+", "Na"},  {"Li+", "Li"},  {"Br-", "Br"},  {"Cl-", "Cl"},
                {"I-", "I"},    {"Ca2+", "Ca"}, {"Mg2+", "Mg"}, {"Zn2+", "Zn"}, {"Cs+", "Cs"},
                {"Fe2+", "Fe"}, {"Fe3+", "Fe"}, {"Cu2+", "Cu"}};
    static const char *const metals[] = {"Mg", "Zn", "Fe", "Cu", "Ni", "Mn", "Cd",
                                         "Pd", "Pt", "Ru", "Rh", "Ga", "Gd", "Sn"};
    for (size_t i = 0; i < MG_COUNT(ions); i++)
        for (const char *s = text; (s = strstr(s, ions[i].word)) != NULL; s++) {
            const size_t k = strlen(ions[i].word);
            const bool alone = (s == text || strchr(" ,(;", s[-1])) &&
                               (!s[k] || strchr(",;)", s[k]) || plain_begins(s + k, " salt") ||
                                plain_begins(s + k, " counter"));
            if (alone && !has_element(smiles, ions[i].symbol)) /* "K+ ionophore" is no salt */
                return true;
        }
    for (size_t i = 0; i < MG_COUNT(metals); i++)
        if (plain_begins_so(text, metals[i])) {
            const char next = text[2];
            const bool is = (next == '-' && isalpha((unsigned char)text[3])) ||
                            (next == '(' && text[3] && strchr("I123", text[3])) ||
                            (next == ' ' && plain_begins(text + 3, "complex"));
            if (is && !has_element(smiles, metals[i])) return true;
        }
    return false;
}

/* ---- branches and rings ---- */

static bool says(const char *text, const char *word) {
    for (const char *s = text; (s = strcasestr(s, word)) != NULL; s++)
        if ((s == text || !isalpha((unsigned char)s[-1])) &&
            !isalpha((unsigned char)s[strlen(word)]))
            return true;
    return false;
}

static bool denies_branch(const char *text, const char *smiles) {
    const bool lipid = strcasestr(text, "sphing") || strcasestr(text, "ceramide") ||
                       strcasestr(text, "fatty acid") || strcasestr(text, "acyl");
    if (!lipid || strchr(smiles, '.')) return false;
    if (strcasestr(text, "anteiso") &&
        mg_smiles_count(smiles, "[CH3][CH2][CX4H1]([CH3])[CH2]", 1) < 1)
        return true;
    return (says(text, "iso") || strstr(text, "iso-C")) && !strcasestr(text, "anteiso") &&
           mg_smiles_count(smiles, "[CH3][CX4H1]([CH3])[CH2]", 1) < 1;
}

static bool denies_ring(const char *text, const char *smiles) {
    static const char five[] = "[r5]", large[] = "[R;!r3;!r4;!r5;!r6;!r7;!r8]";
    static const char *const fives[] = {"five ring hemiacetal", "five-ring hemiacetal",
                                        "five-membered ring", "five membered ring",
                                        "5-membered ring"};
    for (size_t i = 0; i < MG_COUNT(fives); i++)
        if (strcasestr(text, fives[i]) && mg_smiles_count(smiles, five, 1) < 1) return true;
    if (strcasestr(text, "peptide") == NULL) return false;
    const bool cyclic = (says(text, "cyclic") || says(text, "macrocyclic")) &&
                        !strcasestr(text, "cyclic AMP") && !strcasestr(text, "diketopiperazine");
    return cyclic && !says(text, "dipeptide") && mg_smiles_count(smiles, large, 1) < 1;
}

/* ---- isotopes and hands ---- */

static bool denies_isotope(const char *text, const char *smiles) {
    static const char *const words[] = {"CD2", "CD3", "OCD3", "deuterated", "perdeuterated"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (says(text, words[i]) && strstr(text, words[i]) && !strstr(smiles, "[2H]")) return true;
    return false;
}

/* "(DL)" of one hand; "with D-valine" of a peptide whose name is of L; an "unnatural antipode",
 * which is another one. */
static bool denies_hand(const char *text, const char *smiles) {
    static const char *const both[] = {" (DL)", ", DL", " (D,L)"};
    for (size_t i = 0; i < MG_COUNT(both); i++) {
        const char *at = strstr(text, both[i]);
        const char next = at ? at[strlen(both[i])] : 'x';
        if (!isalnum((unsigned char)next) && next != '-' && strchr(smiles, '@')) return true;
    }
    const char *with = strstr(text, " with D-");
    if (with && strcasestr(text, "peptide")) {
        const char *first = strstr(text, "D-");
        if (first && first > with) return true;
    }
    const char *other = strcasestr(text, "unnatural");
    if (!other ||
        !(strstr(text, "sn-") || strcasestr(text, "antipode") || strcasestr(text, "enantiomer")))
        return false;
    static const char *const labels[] = {"S)", "R)", "D-", "L-"};
    for (size_t i = 0; i < MG_COUNT(labels); i++) { /* "(1S)-..., the unnatural enantiomer" */
        const char *at = strstr(text, labels[i]);
        if (at && at < other) return false;
    }
    return true;
}

bool plain_denies(const char *text, const char *smiles) {
    parts p;
    split(smiles, &p);
    return denies_ratio(text, &p) || denies_waters(text, smiles, &p) ||
           denies_isotope(text, smiles) || denies_hand(text, smiles) || denies_ions(text, smiles) ||
           denies_branch(text, smiles) || denies_ring(text, smiles);
}
