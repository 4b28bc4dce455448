/* plain_around.c - what a chemist types around a molecule and inside it:
 *
 *   around   KINDS: X | KINDS - X | ROLE X        the human metabolite 3-oxooctanoyl-CoA
 *            X, ROLE | X; ROLE | X - ROLE | X (ROLE)
 *            X = Y | X; Y | X: Y | X (Y) ...       where both are one molecule
 *   labels   X, (20S) | DL-X | (2S,4R)-X, clauses
 *   inside   4-Cl-PhOH, 5,7-diOMe, C7-OMe, w/, X HCl, GlcNAc-beta-(1->6)-GlcNAc
 *
 * KINDS and ROLE are words of a list: none of them can change a structure. Words that are not in it
 * are not left out.
 */
#include "search/plain.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST_AROUND = 2, WORD = 40, SMALL = 9 };

/* ---- words that say no structure ---- */

static bool is_role(const char *word) {
    static const char roles[] =
        "metabolite|drug|medicine|inhibitor|agonist|antagonist|modulator|blocker|activator|"
        "herbicide|fungicide|insecticide|pesticide|acaricide|nematicide|rodenticide|safener|"
        "antibiotic|antiviral|plasticizer|plasticiser|fluorophore|fluorochrome|toxin|"
        "mycotoxin|neurotoxin|neurotransmitter|siderophore|pheromone|odorant|sweetener|"
        "explosive|surfactant|anesthetic|anaesthetic|analgesic|antihistamine|sedative|"
        "candidate|pollutant|contaminant|xenobiotic|repellent|phytoalexin|allelochemical|"
        "osmolyte|antioxidant|vasodilator|diuretic|antimalarial|anticonvulsant|"
        "antidepressant|antipsychotic|bronchodilator|anti-inflammatory|antineoplastic|"
        "antifungal|antibacterial|antitumor|cytotoxin|carcinogen|mutagen|allergen|irritant|"
        "hormone|solvent|dye|fragrance|flavour|flavor|intermediate|natural product";
    return plain_one_of(word, roles);
}

static bool is_kind(const char *word) {
    static const char kinds[] =
        "steroid|sterol|glucocorticoid|corticosteroid|androgen|estrogen|oestrogen|alkaloid|"
        "flavonoid|isoflavonoid|flavone|flavonol|flavanone|isoflavone|isoflavanone|chalcone|"
        "dihydrochalcone|coumarin|furanocoumarin|psoralen|lignan|neolignan|stilbenoid|"
        "terpenoid|monoterpenoid|sesquiterpenoid|diterpenoid|triterpenoid|meroterpenoid|"
        "saponin|xanthone|xanthonoid|anthraquinone|quinone|polyketide|peptide|dipeptide|"
        "tripeptide|tetrapeptide|lipid|phospholipid|sphingolipid|glycolipid|acylcarnitine|"
        "nucleoside|nucleotide|sugar|disaccharide|trisaccharide|oligosaccharide|polyphenol|"
        "macrolide|sulfonylurea|pyrethroid|organophosphate|pcb|polyamine|catecholamine|"
        "prostaglandin|eicosanoid|oxylipin|carotenoid|boronic acid|fatty acid|amino acid|bile "
        "acid|heterocycle|biaryl|opioid|benzodiazepine|fluoroquinolone|statin|barbiturate";
    return plain_one_of(word, kinds);
}

/* Words that stand among the others; an enzyme, a target in capitals. */
static bool is_filler(const char *word) {
    static const char fillers[] =
        "the|a|an|of|for|and|or|human|mouse|rat|plant|yeast|bacterial|fungal|algal|marine|"
        "animal|mammalian|insect|microbial|environmental|common|natural|synthetic|"
        "semisynthetic|oral|topical|new|novel|potent|selective|reversible|irreversible|"
        "covalent|small|molecule|potential|approved|clinical|experimental|industrial|food|"
        "secondary|endogenous|nonsteroidal|anticancer|antimicrobial|anabolic|hepatic|urinary|"
        "proteasome|kinase|receptor|channel|uptake|reuptake|dual|known|lead|agricultural|"
        "cancer|systemic|local|general|intravenous|serotonin|dopamine|adrenergic|muscarinic|"
        "nicotinic|opioid|androgen|histamine|tyrosine|protein|calcium|sodium channel|"
        "potassium channel|proton pump|uremic|volatile|foliar|postemergence|non-steroidal";
    const size_t n = strlen(word);
    if (plain_one_of(word, fillers)) return true;
    if (n > 5 && !strcmp(word + n - 3, "ase")) return true;
    size_t capitals = 0; /* "COX-2", "p38", "JNK" */
    for (const char *c = word; *c; c++) {
        if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' &&
            (c != word || *c != 'p'))
            return false;
        capitals += isupper((unsigned char)*c) != 0;
    }
    return n > 2 && n < 8 && (capitals >= 2 || *word == 'p');
}

/* A word or two at s: 'r' a role, 'k' a kind, 'f' between; 0: another. *n: its characters. */
static char word_at(const char *s, size_t *n) {
    char word[WORD];
    const size_t one = strcspn(s, " ,"), next = s[one] == ' ' ? 1 + strcspn(s + one + 1, " ,") : 0;
    for (int both = next > 1; both >= 0; both--) {
        *n = one + (both ? next : 0);
        if (*n >= sizeof word || !*n) continue;
        snprintf(word, sizeof word, "%.*s", (int)*n, s);
        if (is_role(word)) return 'r';
        if (is_kind(word)) return 'k';
        if (is_filler(word)) return 'f';
    }
    return 0;
}

/* "for myeloma", "against rust in cereals": what a role is for. */
static bool is_use(const char *s) {
    static const char *const structure[] = {"acid",   "ester", "amide",  "salt", "anion",
                                            "cation", "yl",    "oxy",    "ide",  "ate",
                                            "ether",  "with",  "substit"};
    if (!plain_begins_so(s, "for ") && !plain_begins_so(s, "against ") &&
        !plain_begins_so(s, "from "))
        return false;
    for (const char *c = s; *c; c++)
        if (!isalpha((unsigned char)*c) && *c != ' ' && *c != '-') return false;
    for (size_t i = 0; i < MG_COUNT(structure); i++)
        if (strcasestr(s, structure[i])) return false;
    return true;
}

/* Whether all of s says what a molecule is for or of which kind; roles: one must be a role. */
static bool says_kind(const char *s, bool roles) {
    bool role = false, kind = false;
    while (*s) {
        size_t n;
        if (strchr(" ,", *s)) {
            s++;
            continue;
        }
        if (role && is_use(s)) break;
        const char what = word_at(s, &n);
        if (!what) return false;
        role |= what == 'r';
        kind |= what == 'k';
        s += n;
    }
    return role || (kind && !roles);
}

/* ---- around ---- */

static int find_inner(plain *p, const char *phrase, int deep, plain_said *out, molglot_error *err);

static size_t heavy_atoms(const char *smiles) {
    size_t n = 0;
    for (const char *c = smiles; *c; c++) n += isalpha((unsigned char)*c) && *c != 'H';
    return n;
}

/* Two readings of one molecule; anything else is none. */
static int both_are_one(plain *p, const char *first, const char *second, int deep, plain_said *out,
                        molglot_error *err) {
    plain_said other = {0};
    int code = find_inner(p, first, deep, out, err);
    if (!code && out->smiles) code = find_inner(p, second, deep, &other, err);
    if (code || !out->smiles || !other.smiles || strcmp(out->smiles, other.smiles) != 0)
        plain_said_free(out);
    plain_said_free(&other);
    bool half = false; /* two names of one list are one witness */
    if (!code && out->smiles) code = plain_half_said(out->smiles, &half, err);
    if (half) plain_said_free(out);
    return code;
}

/* "the human metabolite X". A small parent may be a class of molecules. */
static int read_apposition(plain *p, const char *phrase, int deep, plain_said *out,
                           molglot_error *err) {
    const char *at = phrase, *rest = NULL;
    char what;
    size_t n;
    while (*at && (what = word_at(at, &n)) != 0 && at[n] == ' ') {
        at += n + 1;
        if (what == 'r') rest = at;
    }
    if (!rest || p->any || plain_begins_so(rest, "of ") || plain_begins_so(rest, "for "))
        return MOLGLOT_OK;
    int code = find_inner(p, rest, deep, out, err);
    if (out->smiles && heavy_atoms(out->smiles) < SMALL) plain_said_free(out);
    return code;
}

/* "X, (20S)" is (20S)-X, where that is a name. */
static int read_configured(plain *p, const char *first, const char *label, plain_said *out,
                           molglot_error *err) {
    char name[2 * PLAIN_LONGEST];
    const size_t n = strlen(label);
    if (n < 3 || *label != '(' || strspn(label, "(0123456789RSEZ,'") != n - 1 ||
        label[n - 1] != ')' || strchr(first, ' '))
        return MOLGLOT_OK;
    snprintf(name, sizeof name, "%s-%s", label, first);
    return p->find(p, name, true, out, err);
}

static int centres(const char *smiles) {
    int n = 0;
    for (const char *c = smiles; *c; c++) n += *c == '@' && c[1] != '@';
    return n;
}

/* "DL-Val": of one centre. */
static int read_racemic(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    if (!plain_begins_so(phrase, "DL-")) return MOLGLOT_OK;
    int code = p->find(p, phrase + 3, true, out, err);
    const mg_edit flat = {.act = MG_ACT_FLAT, .site = {.kind = -1, .target = -1}};
    if (out->smiles && centres(out->smiles) != 1) plain_said_free(out);
    return code || !out->smiles ? code : plain_edit(p, &flat, out, err);
}

/* "(2S,4R)-flavan, 4-hydroxy": of all of it, where the name alone has no such centres. */
static int read_label_front(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    const size_t n = *phrase == '(' ? strspn(phrase + 1, "0123456789RS,'") + 1 : 0;
    char first[PLAIN_LONGEST], name[2 * PLAIN_LONGEST];
    plain_said whole = {0};
    if (n < 3 || phrase[n] != ')' || phrase[n + 1] != '-') return MOLGLOT_OK;
    snprintf(first, sizeof first, "%.*s", (int)strcspn(phrase, " "), phrase);
    while (*first && first[strlen(first) - 1] == ',') first[strlen(first) - 1] = 0;
    if (strlen(first) == strlen(phrase)) return MOLGLOT_OK;
    int code = p->find(p, first, true, out, err);
    const bool own = out->smiles != NULL;
    plain_said_free(out);
    if (!code && !own) code = p->find(p, phrase + n + 2, false, &whole, err);
    if (!code && whole.smiles && whole.name && !centres(whole.smiles)) {
        snprintf(name, sizeof name, "%.*s-%s", (int)n + 1, phrase, whole.name);
        code = p->find(p, name, true, out, err);
    }
    plain_said_free(&whole);
    return code;
}

/* A molecule whose structure may be trusted. */
static int find_sound(plain *p, const char *phrase, int deep, const char *told, plain_said *out,
                      molglot_error *err) {
    bool sound = false;
    int code = find_inner(p, phrase, deep, out, err);
    if (!code && out->smiles) code = plain_sound(p, phrase, out->smiles, told, &sound, err);
    if (!sound) plain_said_free(out);
    return code;
}

/* At each mark: a kind on one side of it, or a molecule on both. */
static int read_marks(plain *p, const char *phrase, int deep, plain_said *out, molglot_error *err) {
    static const char *const marks[] = {": ",  "; ",     " - ",     " -- ",  ", ",     " = ",
                                        " / ", " i.e. ", ", i.e. ", " aka ", ", aka ", " a.k.a. "};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(marks) && !code && !out->smiles; i++) {
        const char *at = phrase;
        for (; (at = strstr(at, marks[i])) && !code && !out->smiles; at++) {
            char first[PLAIN_LONGEST];
            const char *second = at + strlen(marks[i]);
            if (at - phrase < 3 || !*second) continue;
            snprintf(first, sizeof first, "%.*s", (int)(at - phrase), phrase);
            const bool comma = *marks[i] == ',' && marks[i][2] == 0;
            if (says_kind(second, true))
                code = find_sound(p, first, deep, second, out, err);
            else if (!comma && i < 4 && says_kind(first, false))
                code = find_inner(p, second, deep, out, err);
            else if (comma)
                code = read_configured(p, first, second, out, err);
            else
                code = both_are_one(p, first, second, deep, out, err);
        }
    }
    return code;
}

/* "X (ROLE)", "X (Y)". */
static int read_aside(plain *p, const char *phrase, int deep, plain_said *out, molglot_error *err) {
    const size_t n = strlen(phrase);
    char first[PLAIN_LONGEST], aside[PLAIN_LONGEST];
    size_t at = n;
    int depth = 0;
    if (!n || phrase[n - 1] != ')') return MOLGLOT_OK;
    do {
        at--;
        depth += (phrase[at] == ')') - (phrase[at] == '(');
    } while (at && depth);
    if (at < 4 || phrase[at - 1] != ' ') return MOLGLOT_OK;
    snprintf(first, sizeof first, "%.*s", (int)at - 1, phrase);
    snprintf(aside, sizeof aside, "%.*s", (int)(n - at) - 2, phrase + at + 1);
    return says_kind(aside, true) ? find_sound(p, first, deep, aside, out, err)
                                  : both_are_one(p, first, aside, deep, out, err);
}

static int read_around(plain *p, const char *phrase, int deep, plain_said *out,
                       molglot_error *err) {
    int code = read_marks(p, phrase, deep, out, err);
    if (!code && !out->smiles) code = read_aside(p, phrase, deep, out, err);
    if (!code && !out->smiles) code = read_apposition(p, phrase, deep, out, err);
    if (!code && !out->smiles) code = read_racemic(p, phrase, out, err);
    if (!code && !out->smiles) code = read_label_front(p, phrase, out, err);
    return code;
}

static int find_inner(plain *p, const char *phrase, int deep, plain_said *out, molglot_error *err) {
    int code = p->find(p, phrase, false, out, err);
    return code || out->smiles || deep >= DEEPEST_AROUND
               ? code
               : read_around(p, phrase, deep + 1, out, err);
}

int plain_around(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    *out = (plain_said){0};
    return read_around(p, phrase, 1, out, err);
}

/* ---- inside ---- */

/* A symbol at s as a prefix; its characters, 0: none. */
static size_t symbol_at(const char *s, const char **prefix) {
    static const char *const symbols[][2] = {{"CH2OH", "hydroxymethyl"},
                                             {"COOH", "carboxy"},
                                             {"CO2H", "carboxy"},
                                             {"OCF3", "trifluoromethoxy"},
                                             {"NHAc", "acetamido"},
                                             {"CF3", "trifluoromethyl"},
                                             {"OMe", "methoxy"},
                                             {"MeO", "methoxy"},
                                             {"OEt", "ethoxy"},
                                             {"EtO", "ethoxy"},
                                             {"OAc", "acetoxy"},
                                             {"AcO", "acetoxy"},
                                             {"OPh", "phenoxy"},
                                             {"NH2", "amino"},
                                             {"H2N", "amino"},
                                             {"NO2", "nitro"},
                                             {"O2N", "nitro"},
                                             {"tBu", "tert-butyl"},
                                             {"t-Bu", "tert-butyl"},
                                             {"iPr", "isopropyl"},
                                             {"SMe", "methylsulfanyl"},
                                             {"OH", "hydroxy"},
                                             {"HO", "hydroxy"},
                                             {"Cl", "chloro"},
                                             {"Br", "bromo"},
                                             {"CN", "cyano"},
                                             {"Me", "methyl"},
                                             {"Et", "ethyl"},
                                             {"Ph", "phenyl"},
                                             {"SH", "sulfanyl"},
                                             {"F", "fluoro"}};
    for (size_t i = 0; i < MG_COUNT(symbols); i++) {
        const size_t n = strlen(symbols[i][0]);
        if (!plain_begins_so(s, symbols[i][0]) || isalnum((unsigned char)s[n])) continue;
        *prefix = symbols[i][1];
        return n;
    }
    return 0;
}

/* "PhOH" behind a prefix; its characters. */
static size_t parent_at(const char *s, const char **name) {
    static const char *const parents[][2] = {
        {"PhOH", "phenol"},         {"PhNH2", "aniline"},      {"PhCOOH", "benzoic acid"},
        {"PhCO2H", "benzoic acid"}, {"PhCHO", "benzaldehyde"}, {"PhMe", "toluene"},
        {"PhOMe", "anisole"},       {"PhCN", "benzonitrile"},  {"PhNO2", "nitrobenzene"},
        {"BnOH", "benzyl alcohol"}, {"BnNH2", "benzylamine"},  {"PhSH", "benzenethiol"}};
    for (size_t i = 0; i < MG_COUNT(parents); i++) {
        const size_t n = strlen(parents[i][0]);
        if (!plain_begins_so(s, parents[i][0]) || isalnum((unsigned char)s[n])) continue;
        *name = parents[i][1];
        return n;
    }
    return 0;
}

/* Short words as long ones: at a word's begin; its characters. */
static size_t short_at(const char *s, const char **words) {
    static const char *const shorts[][2] = {{"w/o ", "without "},
                                            {"w/ ", "with "},
                                            {"w/", "with "},
                                            {"conj. ", "conjugate "},
                                            {"EtO ester", "ethyl ester"},
                                            {"MeO ester", "methyl ester"},
                                            {"Me ester", "methyl ester"},
                                            {"Et ester", "ethyl ester"},
                                            {"Bn ester", "benzyl ester"},
                                            {"tBu ester", "tert-butyl ester"},
                                            {"Me ether", "methyl ether"},
                                            {"Bn ether", "benzyl ether"},
                                            {"Na salt", "sodium salt"},
                                            {"K salt", "potassium salt"},
                                            {"HCl salt", "hydrochloride"},
                                            {"HCl", "hydrochloride"},
                                            {"HBr salt", "hydrobromide"},
                                            {"HBr", "hydrobromide"}};
    for (size_t i = 0; i < MG_COUNT(shorts); i++) {
        const size_t n = strlen(shorts[i][0]);
        if (!plain_begins_so(s, shorts[i][0])) continue;
        if (isalpha((unsigned char)s[n - 1]) && s[n] && !strchr(" ,;)", s[n])) continue;
        *words = shorts[i][1];
        return n;
    }
    return 0;
}

/* Characters of "4-", "C7-", "5,7-di", "7alpha-" at s before a symbol; *c: a "C" that falls away.
 */
static size_t place_at(const char *s, bool *c) {
    size_t n = 0;
    *c = *s == 'C' && isdigit((unsigned char)s[1]) && !plain_begins_so(s, "C1"); /* "C14-OH" */
    n += *c;
    if (strchr("NopmON", *s) && *s && s[1] == '-') return 2;
    if (!isdigit((unsigned char)s[n])) return 0;
    n += strspn(s + n, "0123456789,'");
    if (plain_begins_so(s + n, "alpha")) n += 5;
    if (plain_begins_so(s + n, "beta")) n += 4;
    if (s[n++] != '-') return 0;
    if (plain_begins_so(s + n, "di")) return n + 2;
    return plain_begins_so(s + n, "tri") ? n + 3 : n;
}

/* "-beta-(1->" as condensed sugars have it, "(b1-"; its characters. */
static size_t bond_at(const char *s, const char **words) {
    static const char *const bonds[][2] = {{"-beta-(1->", "(b1-"},
                                           {"-alpha-(1->", "(a1-"},
                                           {"-beta-(2->", "(b2-"},
                                           {"-alpha-(2->", "(a2-"}};
    for (size_t i = 0; i < MG_COUNT(bonds); i++) {
        const size_t n = strlen(bonds[i][0]);
        if (!plain_begins_so(s, bonds[i][0]) || s[n + 1] != ')' || s[n + 2] != '-') continue;
        *words = bonds[i][1];
        return n;
    }
    return 0;
}

bool plain_respell(const char *phrase, char out[PLAIN_LONGEST]) {
    mg_str words = {0};
    bool changed = false;
    for (const char *s = phrase; *s;) {
        const bool first = s == phrase || strchr(" ([,", s[-1]) ||
                           (s[-1] == '-' && s - phrase > 1 && !isdigit((unsigned char)s[-2]));
        const char *word = NULL;
        bool c = false;
        size_t front = 0, n = first ? short_at(s, &word) : 0;
        if (!n && (s == phrase || strchr(" -", s[-1]) ||
                   (words.n > 2 && isalpha((unsigned char)words.s[words.n - 1]) && changed)))
            n = parent_at(s, &word);
        if (!n && first) {
            front = place_at(s, &c);
            if (front || s == phrase || s[-1] == ' ') n = symbol_at(s + front, &word);
            if (n && !front && !plain_begins_so(s + n, " at ") && !plain_begins_so(s + n, " on C"))
                n = 0;
        }
        const size_t bond = n ? 0 : bond_at(s, &word);
        if (bond) { /* "GlcNAc(b1-6)GlcNAc" */
            mg_str_addf(&words, "%s%c)", word, s[bond]);
            s += bond + 3;
            changed = true;
            continue;
        }
        if (!n) {
            mg_str_add(&words, s++, 1);
            continue;
        }
        changed = true;
        mg_str_add(&words, s + c, front - c);
        mg_str_addz(&words, word);
        s += front + n;
        if (front && *s == '-' && isalpha((unsigned char)s[1])) {
            const char *parent;
            s++; /* "4-chlorophenol" */
            if ((n = parent_at(s, &parent)) != 0) {
                mg_str_addz(&words, parent);
                s += n;
            }
        }
    }
    mg_str_addz(&words, "");
    changed &= !words.failed && words.n < PLAIN_LONGEST;
    if (changed) snprintf(out, PLAIN_LONGEST, "%s", words.s);
    mg_str_free(&words);
    return changed;
}
