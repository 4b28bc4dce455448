/* plain_adds.c - words beside a name that make another molecule of it, or say more of it than the
 * name does:
 *
 *   chromone: 5-OH, 6,7-OCH2O             naphthalene-1-carboxylic acid, methyl at C5
 *   4-hydroxy-2-pyranone, C6 butyl        3-hydroxybenzoic acid, CoA-activated
 *
 * A position at which something is, and which the name does not say, adds to it. The name's
 * structure alone is then not what is asked for.
 */
#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORD = 64 };

static bool is_letter(char c) { return isalpha((unsigned char)c) != 0; }
static bool is_digit(char c) { return isdigit((unsigned char)c) != 0; }

/* Whether a number stands in a name as a position. */
static bool has_number(const char *name, long number) {
    for (const char *s = name; *s;) {
        if (!is_digit(*s)) {
            s++;
            continue;
        }
        char *end = NULL;
        if (strtol(s, &end, 10) == number) return true;
        s = end;
    }
    return false;
}

/* "prenyl", "O-diglycoside", "OH", "Me": what may sit at a position. */
static bool is_group(const char *s) {
    static const char *const ends[] = {"yl",     "oxy",    "oxo",    "hydroxy", "amino",  "nitro",
                                       "chloro", "bromo",  "fluoro", "iodo",    "cyano",  "side",
                                       "thio",   "ketone", "ester",  "sulfate", "acetate"};
    static const char *const written[] = {"OH",  "OMe", "OAc", "Me",  "Et",  "Cl", "Br", "F",
                                          "NH2", "NO2", "CN",  "CF3", "OCH", "CH", "CO", "O-"};
    char word[WORD];
    size_t n = 0;
    while (s[n] && !strchr(" ,;:()[]", s[n]) && n + 1 < WORD) n++;
    snprintf(word, sizeof word, "%.*s", (int)n, s);
    for (size_t i = 0; i < MG_COUNT(written); i++)
        if (plain_begins_so(word, written[i])) return true;
    for (size_t i = 0; i < MG_COUNT(ends); i++)
        if (plain_ends(word, ends[i]) || !strcasecmp(word, ends[i])) return true;
    return false;
}

/* "2',4'-", "3beta-": the end of positions in front of a group; NULL: there are none. */
static const char *skip_positions(const char *s) {
    if (!is_digit(*s)) return NULL;
    while (is_digit(*s) || *s == ',' || *s == '\'') s++;
    if (plain_begins(s, "alpha")) s += 5;
    if (plain_begins(s, "beta")) s += 4;
    if ((*s == 'a' || *s == 'b') && s[1] == '-') s++;
    return *s == '-' && is_letter(s[1]) ? s + 1 : NULL;
}

/* "at C5", "on 3beta", "at O3": the position; NULL: none. */
static const char *told_position(const char *s) {
    if (!plain_begins(s, "at ") && !plain_begins(s, "on ")) return NULL;
    s += 3;
    if (plain_begins(s, "the ")) s += 4;
    if (plain_begins(s, "position ")) s += 9;
    if (plain_begins(s, "carbon ")) s += 7;
    if (strchr("CNO", *s) && *s) s++;
    return is_digit(*s) ? s : NULL;
}

/* "S at C25" says a configuration. */
static bool is_label(const char *part, const char *s) {
    return s >= part + 2 && s[-1] == ' ' && strchr("RSEZ", s[-2]) &&
           (s == part + 2 || !is_letter(s[-3]));
}

/* "C6 1-butyl", "C8 methyl": a group on a carbon, no chain of so many. */
static bool is_on_carbon(const char *s, const char *name) {
    static const char *const groups[] = {"methyl", "ethyl", "prenyl", "phenyl", "OH", "OMe", "Me"};
    char *end = NULL;
    if (s[0] != 'C' || !is_digit(s[1])) return false;
    const long number = strtol(s + 1, &end, 10);
    if (*end != ' ' || has_number(name, number)) return false;
    const char *behind = number < 10 ? skip_positions(end + 1) : NULL;
    if (behind && is_group(behind)) return true;
    for (size_t i = 0; i < MG_COUNT(groups); i++)
        if (!strcmp(end + 1, groups[i])) return true;
    return false;
}

/* "N-cyclohexyl-N-methyl", "N-CH2CMe3": what sits on a nitrogen, which the name does not say. */
static bool is_on_nitrogen(const char *s, const char *name) {
    const char *end = s + strcspn(s, " ,;:)"); /* "N-acyl isatin" is another name */
    if (!plain_begins_so(s, "N-") || strstr(name, "N-") || strstr(name, "N,")) return false;
    if (end[0] == ' ' && end[1] != '(') return false;
    return s[2] == 'C' || s[2] == 'M' || is_group(s + 2);
}

/* Words of a part that is no class and no use. */
static bool says_more(const char *part) {
    static const char *const words[] = {" carrying ", "flanked by", " side arm", " units"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strcasestr(part, words[i])) return true;
    return false;
}

/* Whether a part says a position that the name has not. */
static bool part_adds(const char *name, const char *part, bool behind_it) {
    const bool free = strcasestr(part, "free ") != NULL;
    if (says_more(part)) return true;
    for (const char *s = part; *s; s++) {
        if (s > part && !strchr(" (", s[-1])) continue;
        const char *behind = skip_positions(s), *at = behind_it ? told_position(s) : NULL;
        if (at && plain_begins(part, "with ")) return true;
        if (behind && is_group(behind) && !(free && plain_begins_so(behind, "OH")) &&
            !has_number(name, strtol(s, NULL, 10)))
            return true;
        if (at && !is_label(part, s) && !has_number(name, strtol(at, NULL, 10))) return true;
        if (is_on_carbon(s, name) || is_on_nitrogen(s, name)) return true;
    }
    return false;
}

/* One ring system and nothing on it but oxo groups: its name needs no positions. */
static bool is_bare(const mg_mol *m) {
    mg_smarts *s = mg_smarts_new("[$([!R;!$([OX1]=[#6])]),$([R]!@[R])]", NULL);
    const bool is = s && !mg_smarts_count(s, m, 1);
    mg_smarts_free(s);
    return is;
}

/* Parts that speak of another molecule. */
static bool is_elsewhere(const char *part) {
    static const char *const words[] = {" of ",       "isomer", "analog", "derivative", "homolog",
                                        "precursor",  "from ",  "ase",    "receptor",   "inhibitor",
                                        "metabolite", "parent", "cousin", "antagonist", "agonist"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strcasestr(part, words[i])) return true;
    return false;
}

bool plain_adds(const char *name, const mg_mol *m, bool read, const char *told, bool behind) {
    if (strchr(name, ':')) return false; /* a lipid's chains */
    const bool numbered = read && strpbrk(name, "0123456789");
    if (!numbered && !is_bare(m) && !strcasestr(name, "ose")) return false;
    for (const char *s = told; *s;) {
        char part[PLAIN_LONGEST];
        int depth = 0;
        size_t n = 0;
        for (; s[n] && (depth || !strchr(",;:", s[n]) || s[n + 1] != ' '); n++)
            depth += (s[n] == '(') - (s[n] == ')' && depth);
        snprintf(part, sizeof part, "%.*s", (int)n, s);
        if (!is_elsewhere(part) && part_adds(name, part, behind)) return true;
        s += n;
        while (*s && strchr(",;: ", *s)) s++;
    }
    return false;
}

/* ---- words ---- */

/* Words that may make another molecule of it, or ask for one. */
bool plain_changes(const char *word) {
    static const char words[] =
        "but|instead|lacking|lacks|without|minus|replaced|replacing|replaces|drawn|depicted|shown|"
        "furanose|pyranose|waters|water|form|forms|open|ring-opened|fixed|written|gone|less|more|"
        "than|"
        "below|above|under|over|least|similar|analogs|analogues|"
        "cousin|cousins|relative|relatives|sibling|close|closely|derivatives|"
        "soluble|logp|weight|mw|qed|tpsa|like|druglike|drug-like|no|not|never|any|"
        "change|changed|isostere|bioisostere|unsubstituted|un-substituted|enol|tautomer|tautomeric|"
        "ambiguous|unknown|tau|tele|pros|version|variant|"
        "counterion|solvate|adduct|complex|complexed|chelate|"
        "chelated|mixture|either|esterified|labelled|labeled|deuterated|"
        "isotopologue|lactone-opened|salt|salts|hydrate|monohydrate|dihydrate|inhibitors|"
        "compounds|molecules|need|want|please|should|must|where|whose|if|or|"
        "half|unlike|opposite|hydrolysed|opened|cleaved|iron|other|another|derived|s-malate|"
        "malate|maleate|mesylate|tosylate|citrate|tartrate|fumarate|oxalate|besylate|succinate|"
        "lactone-form|acid-form|protons|off";
    const size_t n = strlen(word);
    return plain_one_of(word, words) || (n > 8 && !strcmp(word + n - 8, "-derived"));
}

/* Words that do so alone, "X, dimer", and not among others, "X, used as a dimer of Y". */
bool plain_changes_alone(const char *word) {
    return plain_one_of(
        word, "prodrug|open-chain|plus|"
              "also|one|keto|radical|conjugated|protected|dimer|polymer|monomer|monomers|hydrated|"
              "methylated|acetylated|sulfated|alkylated|s-alkylated|n-alkylated|o-alkylated|"
              "s-methylated|glucuronidated|glycosylated|glucosylated|acylated|n-acylated|"
              "o-acylated|prenylated|palmitoylated|benzoylated|amidated|nitrated|carboxylated|"
              "phosphorylated|rings|bis|mono|most|some|both|atoms|residue|"
              "residues|substituted");
}
