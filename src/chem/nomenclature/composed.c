/* composed.c - phrases that say what a peptide or an amino acid's derivative is made of, and the
 * names that say the same:
 *
 *   tripeptide composed of one L-leucine and two glycine residues   L-leucylglycylglycine
 *   oligopeptide consisting of D-Arg, Pro and Phe-NH2 residues      D-Arg-Pro-Phe-NH2
 *   the peptide YGGFL; a polypeptide comprising the sequence ...    H-YGGFL-OH
 *   cyclic dipeptide of proline and leucine                         cyclo(prolyl-leucyl)
 *   tripeptide of Ala, Gly and Ser in that order                    Ala-Gly-Ser
 *   zwitterion obtained by transfer of a proton from ... of Leu-Gly Leu-Gly zwitterion
 *   anion that is the conjugate base of N-acetylglycine             N-acetylglycine(1-)
 *   the N-acetyl derivative of D-tryptophan                         N-acetyl-D-tryptophan
 *   the D-enantiomer of tryptophan                                  D-tryptophan
 *   N-acylglycine in which the acyl group is specified as lauroyl   N-lauroylglycine
 *   L-leucine in which one of the hydrogens of the amino group
 *   has been replaced by an acetyl group                            N-acetyl-L-leucine
 *
 * Residues stand in the order of the phrase; behind "of" alone they have none ("a dipeptide of
 * glycine and alanine" is two molecules). Words that no rule has make it no such phrase.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 700, ITEMS = 40, ITEM = 120 };

typedef struct phrase {
    char s[LONGEST], l[LONGEST]; /* as it is written; small letters */
    size_t n;
} phrase;

typedef struct items {
    char s[ITEMS][ITEM];
    int n;
} items;

/* ---- words ---- */

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

static bool ends(const char *s, size_t n, const char *what) {
    const size_t k = strlen(what);
    return n >= k && !strncmp(s + n - k, what, k);
}

static size_t skip_article(const char *l) {
    static const char *const words[] = {"the ", "an ", "a "};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (begins(l, words[i])) return strlen(words[i]);
    return 0;
}

/* What stands behind the words, or NULL. */
static const char *behind(const phrase *p, const char *words) {
    const char *at = strstr(p->l, words);
    return at ? p->s + (at - p->l) + strlen(words) : NULL;
}

static const char *small(const phrase *p, const char *s) { return p->l + (s - p->s); }

static int number(const char *l, size_t n) {
    static const char *const words[] = {"a",     "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    if ((n == 2 && begins(l, "an")) || (n == 3 && begins(l, "one"))) return 1;
    for (int i = 0; i < (int)MG_COUNT(words); i++)
        if (strlen(words[i]) == n && begins(l, words[i])) return i + 1;
    return 0;
}

/* ---- lists ---- */

static bool is_tail(const char *l, size_t n) {
    static const char *const words[] = {
        "residue",   "residues",     "unit",     "units",        "joined",   "linked", "coupled",
        "connected", "in",           "sequence", "sequrence",    "by",       "a",      "peptide",
        "peptidic",  "linkage",      "linkages", "bond",         "bonds",    "amide",  "via",
        "through",   "sequentially", "linear",   "respectively", "together", "with",   "each",
        "other",     "that",         "this",     "order",        "the",      "given"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strlen(words[i]) == n && begins(l, words[i])) return true;
    return false;
}

/* Where the words that may stand behind a list begin; 0: others stand there. */
static size_t cut_tail(const char *l, size_t n) {
    static const char *const starts[] = {
        " joined",       " linked",      " coupled", " connected", " in sequence",
        " sequentially", " in a linear", " in that", " in this",   " in the order"};
    size_t cut = n;
    for (size_t i = 0; i < MG_COUNT(starts); i++) {
        const char *at = strstr(l, starts[i]);
        if (at && (size_t)(at - l) < cut) cut = (size_t)(at - l);
    }
    for (size_t i = cut; i < n;) {
        while (i < n && strchr(" ,", l[i])) i++;
        size_t k = i;
        while (k < n && !strchr(" ,", l[k])) k++;
        if (k > i && !is_tail(l + i, k - i)) return 0;
        i = k;
    }
    return cut;
}

/* One thing of a list, as often as it says. */
static bool add_item(const phrase *p, size_t from, size_t to, items *out) {
    static const char *const kinds[] = {" residues", " residue", " units", " unit"};
    int times = 1;
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (ends(p->l + from, to - from, kinds[i])) to -= strlen(kinds[i]);
    const char *blank = memchr(p->l + from, ' ', to - from);
    const size_t first = blank ? (size_t)(blank - p->l) - from : 0;
    const int many = first ? number(p->l + from, first) : 0;
    if (many) times = many, from += first + 1;
    if (many > 1 && to > from + 5 && p->l[to - 1] == 's') to--; /* "three glycines" */
    if (to <= from + 1 || to - from >= ITEM) return false;
    for (; times; times--) {
        if (out->n == ITEMS) return false;
        snprintf(out->s[out->n++], ITEM, "%.*s", (int)(to - from), p->s + from);
    }
    return true;
}

/* "one L-leucine and two glycine residues joined in sequence", from s[i] on. */
static bool read_list(const phrase *p, size_t i, items *out) {
    const size_t cut = cut_tail(p->l + i, p->n - i);
    size_t end = i + cut;
    out->n = 0;
    if (!cut) return false;
    while (end > i && strchr(" ,", p->l[end - 1])) end--;
    while (i < end) {
        const char *comma = strstr(p->l + i, ", "), *and = strstr(p->l + i, " and ");
        size_t to = end, next = end;
        if (comma && (size_t)(comma - p->l) < to) to = (size_t)(comma - p->l), next = to + 2;
        if (and&&(size_t)(and-p->l) < to) to = (size_t)(and-p->l), next = to + 5;
        if (!add_item(p, i, to, out)) return false;
        i = next;
        if (begins(p->l + i, "and ") && i < end) i += 4;
    }
    return out->n > 0;
}

/* ---- names of what is listed ---- */

static bool is_code(const char *item, bool last) {
    char l[ITEM];
    size_t i = 0, length;
    for (; item[i] && i < ITEM - 1; i++) l[i] = (char)tolower((unsigned char)item[i]);
    l[i] = 0;
    if (strchr(l, ' ') || !isupper((unsigned char)item[0])) return false;
    const char *s = l + (begins(l, "d-") || begins(l, "l-") ? 2 : 0);
    if (!isupper((unsigned char)item[s - l])) return false;
    if (!name_residue_coded(s, strlen(s), &length)) return false;
    return !s[length] || s[length] == '(' || (last && s[length] == '-');
}

/* The name ends with an amino acid's: it becomes that of another form. */
static bool change_form(char item[ITEM], name_form from, name_form to) {
    char l[ITEM];
    size_t n = strlen(item), length;
    for (size_t i = 0; i <= n; i++) l[i] = (char)tolower((unsigned char)item[i]);
    for (size_t i = 0; i + 4 < n; i++) {
        const name_residue *row = name_residue_named(l + i, n - i, from, &length);
        if (!row || i + length != n) continue;
        const char *names = to == FORM_ACYL ? row->acyl : row->acid;
        if (!names || i + strcspn(names, "|") >= ITEM) return false;
        snprintf(item + i, ITEM - i, "%.*s", (int)strcspn(names, "|"), names);
        return true;
    }
    return false;
}

static bool has_form(const char *item, name_form form) {
    char copy[ITEM];
    snprintf(copy, sizeof copy, "%s", item);
    return change_form(copy, form, form);
}

/* "glycine", "prolyl": behind "L-alanyl" without a hyphen. */
static bool is_plain(const char *s) {
    return islower((unsigned char)*s) && s[1] != '-' && islower((unsigned char)s[1]) &&
           !strchr(s, '-');
}

/* "D-Ala": the name of a code with nothing on it, beside names. */
static bool name_code(char item[ITEM]) {
    char l[ITEM];
    size_t length, n = strlen(item);
    for (size_t i = 0; i <= n; i++) l[i] = (char)tolower((unsigned char)item[i]);
    const size_t hand = begins(l, "d-") || begins(l, "l-") ? 2 : 0;
    const name_residue *row = name_residue_coded(l + hand, n - hand, &length);
    if (!row || !row->acid || hand + length != n) return false;
    const bool centres = strchr(row->smiles, '@') != NULL;
    const int k = (int)strcspn(row->acid, "|");
    return snprintf(item, ITEM, "%s%.*s",
                    !centres            ? ""
                    : *l == 'd' && hand ? "D-"
                                        : "L-",
                    k, row->acid) < ITEM;
}

static bool chain_of(items *all, bool ring, mg_str *out) {
    int codes = 0;
    for (int i = 0; i < all->n; i++) codes += is_code(all->s[i], i + 1 == all->n);
    if (all->n < 2) return false;
    for (int i = 0; i < all->n && codes != all->n; i++)
        if (is_code(all->s[i], false) && !name_code(all->s[i])) return false;
    if (codes != all->n) codes = 0;
    if (ring) mg_str_addz(out, "cyclo(");
    for (int i = 0; i < all->n; i++) {
        const bool last = i + 1 == all->n && !ring;
        char *s = all->s[i];
        if (!codes && !last && !has_form(s, FORM_ACYL) && !change_form(s, FORM_ACID, FORM_ACYL))
            return false;
        if (!codes && last && has_form(s, FORM_ACYL)) change_form(s, FORM_ACYL, FORM_ACID);
        if (!codes && last && !has_form(s, FORM_ACID) && !has_form(s, FORM_AMIDE)) return false;
        mg_str_addf(out, "%s%s", i && (codes || ring || !is_plain(s)) ? "-" : "", s);
    }
    if (ring) mg_str_addz(out, ")");
    return true;
}

/* ---- peptides ---- */

/* How many residues the word says: "tripeptide", "ten-membered"; 0: it does not. */
static int length_of(const char *l, size_t n) {
    static const char *const words[] = {"di",    "tri",  "tetra", "penta", "hexa",
                                        "hepta", "octa", "nona",  "deca"};
    for (int i = 0; i < (int)MG_COUNT(words); i++)
        if (begins(l, words[i]) && n == strlen(words[i]) + 7) return i + 2;
    return 0;
}

/* The words before "composed of": a peptide, and nothing that says more than its length. */
static bool is_kind(const char *l, size_t n, bool *ring, int *length) {
    static const char *const words[] = {"linear",   "synthetic",    "homodetic",   "homodectic",
                                        "cyclic",   "oligopeptide", "polypeptide", "peptide",
                                        "membered", "acid"};
    bool peptide = false;
    *ring = false, *length = 0;
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && l[k] != ' ') k++;
        bool known = number(l + i, k - i) > 0 || ends(l + i, k - i, "-membered") ||
                     ends(l + i, k - i, "-amino") || begins(l + i, "sixteen ") ||
                     begins(l + i, "seventeen ");
        for (size_t w = 0; w < MG_COUNT(words); w++)
            known |= strlen(words[w]) == k - i && begins(l + i, words[w]);
        const bool is_peptide = ends(l + i, k - i, "peptide") && (length_of(l + i, k - i) || known);
        if (is_peptide) *length = length_of(l + i, k - i);
        if (begins(l + i, "cyclic")) *ring = true;
        peptide |= is_peptide;
        if (!known && !is_peptide) return false;
        i = k + 1;
    }
    return peptide;
}

/* "X followed by Y", "X, then Y" as "X, Y"; whether anything stood there. */
static bool list_in_order(phrase *p) {
    static const char *const words[] = {", followed by ", " followed by ", " and then ", ", then ",
                                        " then "};
    bool any = false;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        for (char *at; (at = strstr(p->l, words[i])) != NULL; any = true) {
            const size_t n = strlen(words[i]), from = (size_t)(at - p->l);
            memcpy(at, ", ", 2), memcpy(p->s + from, ", ", 2);
            memmove(at + 2, at + n, p->n - from - n + 1);
            memmove(p->s + from + 2, p->s + from + n, p->n - from - n + 1);
            p->n -= n - 2;
        }
    return any;
}

/* "dipeptide of glycine and alanine" is two molecules, unless words say the order. */
static bool is_ordered(const phrase *p, const items *all, bool ring) {
    static const char *const words[] = {"in sequence", "sequentially", "order",   "residue",
                                        "joined",      "linked",       "coupled", "connected"};
    bool equal = true;
    for (int i = 1; i < all->n; i++) equal &= !strcasecmp(all->s[i], all->s[0]);
    if (equal || (ring && all->n == 2)) return true;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strstr(p->l, words[i])) return true;
    return false;
}

/* "tripeptide composed of ...", "dipeptide formed from two L-serine residues" */
static bool composed(phrase *p, mg_str *out) {
    static const char *const verbs[] = {
        " composed of ", " consisting of ",    " comprising of ", " comprising in sequence ",
        " comprising ",  " comprised of ",     " formed from ",   " made up from ",
        " made up of ",  " that consists of ", " made from ",     " made of ",
        " built from ",  " containing ",       " from ",          " of "};
    enum { SAYS_ORDER = 10 }; /* those before "made from" list residues as they stand */
    const bool ordered = list_in_order(p);
    items all;
    for (size_t v = 0; v < MG_COUNT(verbs); v++) {
        const char *at = strstr(p->l, verbs[v]);
        if (!at) continue;
        size_t from = 0, to = (size_t)(at - p->l);
        for (const char *that = p->l; (that = strstr(that, " that is a")) && that < at; that++)
            from = (size_t)(that - p->l) + 9;
        const char *heterodetic = strstr(p->l, "heterodetic"), *cyclo = strstr(p->l, "cyclo"),
                   *cyclic = strstr(p->l, "cyclic");
        if ((heterodetic && heterodetic < at) || (cyclo && cyclo < at)) return false;
        from += skip_article(p->l + from);
        bool ring;
        int length;
        if (from >= to || !is_kind(p->l + from, to - from, &ring, &length)) continue;
        ring |= cyclic && cyclic < at;
        if (!read_list(p, to + strlen(verbs[v]), &all)) return false;
        if (length && length != all.n) return false;
        if (v >= SAYS_ORDER && !ordered && !is_ordered(p, &all, ring)) return false;
        return chain_of(&all, ring, out);
    }
    return false;
}

/* A word that is a peptide's code, or letters of one where they are said to be a sequence; in a
 * ring small ones too. */
static bool is_sequence(const char *s, size_t n, bool ring) {
    size_t large = 0, letters = 0;
    char word[ITEM * 5];
    name_fragment *f = malloc(sizeof *f);
    if (n >= sizeof word || n < 2 || !f) {
        free(f);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        letters += name_residue_lettered((char)toupper((unsigned char)s[i])) != NULL;
        large += isupper((unsigned char)s[i]) != 0;
    }
    snprintf(word, sizeof word, "%.*s", (int)n, s);
    const bool read = (letters == n && (large == n || (ring && large > n / 2))) ||
                      (strpbrk(word, "-(") && name_read_code(word, f));
    free(f);
    return read;
}

/* Letters that are more often something else where only "peptide" or only "sequence" stands before
 * them: "peptide NMR", "sequence GATC". */
static bool means_other(const char *s, size_t n, bool peptide) {
    static const char *const words[] = {
        "ACE",  "ACTH", "ADC",  "AMP",  "ANP",  "API",   "CCK",  "CGRP", "CNP", "CNS",
        "CPP",  "CRF",  "CSF",  "DNA",  "EGFR", "ELISA", "FRET", "GHRH", "GIP", "GLP",
        "GPCR", "HDAC", "HPLC", "LHRH", "LPS",  "MALDI", "MHC",  "MIC",  "MRI", "MRSA",
        "MSH",  "NMR",  "NPY",  "PCR",  "PET",  "PHI",   "PHM",  "PHV",  "PTH", "PYY",
        "RNA",  "SAR",  "SARS", "SDS",  "TLC",  "TRH",   "VEGF", "VIP"};
    if (n < 3) return true; /* "peptide YY" is a hormone */
    if (!peptide) return strspn(s, "ACGTU") >= n;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strlen(words[i]) == n && begins(s, words[i])) return true;
    return false;
}

/* "the peptide YGGFL", "polypeptide comprising the sequence Tyr-Ile-Lys", "tripeptide Gly-Pro-Hyp"
 */
static bool sequence(phrase *p, mg_str *out) {
    static const char *const words[] = {
        "the",        "a",          "an",           "amino",       "acid",       "amino-acid",
        "sequence",   "with",       "of",           "having",      "whose",      "is",
        "comprising", "consisting", "linear",       "that",        "has",        "synthetic",
        "containing", "peptide",    "oligopeptide", "polypeptide", "by",         "homodetic",
        "homodectic", "cyclic",     "membered",     "compound",    "angiotensin"};
    bool told = false, ring = false;
    size_t length = 0;
    const bool peptide = strstr(p->l, "peptide") != NULL, order = strstr(p->l, "sequence") != NULL;
    for (size_t i = 0; i < p->n;) {
        size_t k = i;
        while (k < p->n && p->l[k] != ' ') k++;
        const char *l = p->l + i;
        bool known = number(l, k - i) > 0 || ends(l, k - i, "-membered") || length_of(l, k - i) ||
                     (ends(l, k - i, "teen") && k < p->n);
        for (size_t w = 0; w < MG_COUNT(words) && !known; w++)
            known = strlen(words[w]) == k - i && begins(l, words[w]);
        if (!known) {
            size_t to = k;
            if (!told || k < p->n) return false;
            if (ring && p->s[i] == '-' && p->s[to - 1] == '-') i++, to--;
            if (!is_sequence(p->s + i, to - i, ring)) return false;
            if (strchr(p->s + i, '(')) ring = false; /* it says so itself */
            const bool letters = !memchr(p->s + i, '-', to - i) && !strchr(p->s + i, '(');
            if (letters && length && length != to - i) return false;
            char name[LONGEST];
            snprintf(name, sizeof name, "%.*s", (int)(to - i), p->s + i);
            const int n = mg_name_residues(name);
            if (length && n && n != (int)length) return false; /* "tripeptide Ala-Gly" */
            if (begins(p->l, "linear") && begins(l, "cyclo")) return false;
            if (letters && !length && !(peptide && order) && !ring &&
                means_other(p->s + i, to - i, peptide))
                return false;
            mg_str_addf(out, "%s%.*s%s",
                        ring      ? "cyclo("
                        : letters ? "H-"
                                  : "",
                        (int)(to - i), p->s + i,
                        ring      ? ")"
                        : letters ? "-OH"
                                  : "");
            return true;
        }
        if (ends(l, k - i, "peptide")) length = (size_t)length_of(l, k - i);
        told |= ends(l, k - i, "peptide") || ends(l, k - i, "sequence");
        ring |= begins(l, "cyclic");
        i = k + 1;
    }
    return false;
}

/* ---- ions ---- */

/* The name from s on, up to what explains it. */
static bool add_named(const phrase *p, const char *s, mg_str *out) {
    static const char *const stops[] = {", ",        "; ",         " arising",
                                        " obtained", " resulting", " in which",
                                        " having",   " cation",    " by "};
    const char *l = small(p, s);
    const size_t article = skip_article(l);
    size_t n = strlen(l);
    for (size_t i = 0; i < MG_COUNT(stops); i++) {
        const char *at = strstr(l, stops[i]);
        if (at && (size_t)(at - l) < n) n = (size_t)(at - l);
    }
    if (n < article + 4) return false;
    mg_str_addf(out, "%.*s", (int)(n - article), s + article);
    return true;
}

/* "L-" in front of the amino acid that a name ends with. */
static bool put_hand(const char *hand, const char *name, mg_str *out) {
    char l[LONGEST];
    const size_t n = strlen(name);
    for (size_t i = 0; i <= n; i++) l[i] = (char)tolower((unsigned char)name[i]);
    size_t end = n, length;
    if (end > 4 && l[end - 1] == ')' && l[end - 4] == '(') end -= 4;
    for (size_t i = 0; i + 3 < end; i++)
        for (int form = FORM_ACID; form < FORM_AMIDO; form++) {
            const name_residue *row = name_residue_named(l + i, end - i, (name_form)form, &length);
            const bool lysinium = !row && begins(l + i, "argininium");
            if (!(row && i + length == end) && !lysinium) continue;
            if (strstr(l, "l-") == l || strstr(l, "d-") == l || strstr(l, "-l-") ||
                strstr(l, "-d-"))
                return false;
            mg_str_addf(out, "%.*s%s%s%s", (int)i, name, i && l[i - 1] != '-' ? "-" : "", hand,
                        name + i);
            return true;
        }
    return false;
}

/* Where the words stand last, behind them; NULL. */
static const char *last_behind(const phrase *p, const char *words) {
    const char *found = NULL;
    for (const char *at = p->l; (at = strstr(at, words)) != NULL; at++) found = at;
    return found ? p->s + (found - p->l) + strlen(words) : NULL;
}

static bool says(const phrase *p, const char *const *list) {
    for (; *list; list++)
        if (strstr(p->l, *list)) return true;
    return false;
}

/* The name with L or D where the phrase says so in front and the name does not. */
static bool add_ion(const phrase *p, const char *name, const char *charge, mg_str *out) {
    mg_str one = {0};
    const char *hand = begins(p->l, "l-alpha-amino")   ? "L-"
                       : begins(p->l, "d-alpha-amino") ? "D-"
                                                       : NULL;
    bool ok = add_named(p, name, &one);
    if (ok) {
        mg_str_addz(&one, "");
        if (!hand || !put_hand(hand, one.s, out)) mg_str_addf(out, "%s", one.s);
        mg_str_addz(out, charge);
    }
    out->failed |= one.failed;
    mg_str_free(&one);
    return ok;
}

/* "zwitterion that is leucine in which a proton has been transferred ...", "zwitterionic form of
 * leucine having an anionic carboxy group and a protonated amino group" */
static bool zwitterion(const phrase *p, mg_str *out) {
    static const char *const transfers[] = {
        "transfer of a proton from the carboxy", "proton has been transferred from the carboxy",
        "anionic carboxy group and a protonated amino group",
        "anionic carboxy group and a cationic amino group", NULL};
    static const char *const starts[] = {
        "zwitterionic form of ",     "zwitterion that is ",     " amino group of ",
        " amino terminus of ",       " alpha-amino group of ",  " group to the amino group of ",
        "zwitterion obtained from ", "zwitterion formed from ", "zwitterion of "};
    if (!strstr(p->l, "zwitterion") || !says(p, transfers)) return false;
    for (size_t i = 0; i < MG_COUNT(starts); i++) {
        const char *name = behind(p, starts[i]);
        if (name) return add_ion(p, name, " zwitterion", out);
    }
    return false;
}

static bool ion(phrase *p, mg_str *out) {
    static const char
        *const both[] = {"deprotonation of both carboxy groups",
                         "deprotonation of the two carboxy groups",
                         "deprotonation of the the two carboxy groups",
                         "deprotonation of both carboxylic acid groups",
                         "removal of a proton from both carboxy groups",
                         "removal of protons from the two carboxy groups",
                         NULL},
               *const single[] = {"deprotonation of the carboxy group of ",
                                  "deprotonation of the carboxylic acid group of ",
                                  "removal of a proton from the carboxy group of ",
                                  "removal of a proton from the carboxylic acid group of ",
                                  "loss of a proton from the carboxy group of ",
                                  NULL},
               *const amino[] = {"protonation of the amino group",
                                 "protonation of the glutamyl amino group",
                                 "protonation of the primary amino group", NULL},
               *const ofs[] = {" carboxy groups of ", " amino group of ", " carboxy group of ",
                               " carboxylic acid groups of ", " carboxylic acid group of "};
    if (strstr(p->l, "zwitterion")) return zwitterion(p, out);
    const char *base = behind(p, "conjugate base of "), *acid = behind(p, "conjugate acid of "),
               *name = NULL, *protonation = strstr(p->l, " protonation of ");
    const bool acids = says(p, both), amine = says(p, amino);
    if ((base && acid) || p->s[p->n - 1] == ')') return false;
    if (acid) return add_ion(p, acid, "(1+)", out);
    if (!base && !strstr(p->l, "anion") && !begins(p->l, "n-acyl")) return false;
    if (!base && !acids && (protonation || !says(p, single))) return false;
    if (acids && !amine && (base || protonation)) return false; /* how many? */
    if (base && !acids && protonation) return false;
    for (size_t i = 0; i < MG_COUNT(ofs) && !base && !name; i++) name = last_behind(p, ofs[i]);
    if (!base && !name) return false;
    return add_ion(p, base ? base : name, acids && !amine ? "(2-)" : "(1-)", out);
}

/* ---- derivatives ---- */

/* A group in front of a name that may begin with its locant or "L-". */
static void put_before(const char *group, const char *locant, const char *name, size_t n,
                       mg_str *out) {
    const bool hyphen = isupper((unsigned char)*name) || isdigit((unsigned char)*name) ||
                        (n > 1 && name[1] == '-') || *name == '(';
    const bool complex = *locant && strpbrk(group, "0123456789([{,") != NULL;
    mg_str_addf(out, "%s%s%s%s%s%.*s", locant, complex ? "(" : "", group, complex ? ")" : "",
                hyphen ? "-" : "", (int)n, name);
}

/* "the D-enantiomer of tryptophan" */
static bool enantiomer(phrase *p, mg_str *out) {
    static const char *const words[][2] = {{"l-enantiomer of ", "L-"}, {"d-enantiomer of ", "D-"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (begins(p->l, words[i][0]))
            return put_hand(words[i][1], p->s + strlen(words[i][0]), out);
    const char *isomer = behind(p, "d-isomer of "), *has = behind(p, " that has ");
    const char *hand = isomer ? "D-" : "L-";
    if (!isomer) isomer = behind(p, "l-isomer of ");
    if (isomer && !strchr(isomer, ' ')) return put_hand(hand, isomer, out);
    char name[ITEM];
    if (has && (!strcmp(has, "L-configuration") || !strcmp(has, "D-configuration")) &&
        (size_t)(has - p->s) < sizeof name) {
        snprintf(name, sizeof name, "%.*s", (int)(has - p->s) - 10, p->s);
        return !strchr(name, ' ') && put_hand(*has == 'L' ? "L-" : "D-", name, out);
    }
    const char *of = behind(p, "optically active form of "), *with = behind(p, " having ");
    if (!of || !with || with < of || !strchr("LD", *with) ||
        strcmp(with + 1, "-configuration") != 0)
        return false;
    if ((size_t)(with - of) - 8 >= sizeof name) return false;
    snprintf(name, sizeof name, "%.*s", (int)(with - of) - 8, of);
    return put_hand(*with == 'L' ? "L-" : "D-", name, out);
}

/* "the N-acetyl derivative of D-tryptophan" */
static bool derivative(phrase *p, mg_str *out) {
    static const char words[] = " derivative of ";
    const char *at = strstr(p->l, words);
    char group[ITEM];
    const char *that = strstr(p->l, " that is the ");
    const size_t from = that && that < at ? (size_t)(that - p->l) + 13 : 0;
    if (!at) return false;
    const size_t to = (size_t)(at - p->l);
    const char *name = p->s + to + sizeof words - 1;
    if (to <= from + 3 || to - from >= sizeof group || memchr(p->l + from, ' ', to - from))
        return false;
    snprintf(group, sizeof group, "%.*s", (int)(to - from), p->s + from);
    if (!strchr("NOS", *group) && !isdigit((unsigned char)*group)) return false;
    if (!strchr(group, '-') || strpbrk(name, ";,") || strstr(name, " that ")) return false;
    put_before(group, "", name, strlen(name), out);
    return true;
}

/* "an N-acylglycine in which the acyl group is specified as butanoyl" */
static bool acylated(phrase *p, mg_str *out) {
    static const char *const verbs[] = {" in which the acyl group is specified as ",
                                        " with an acyl group that is ",
                                        " where the acyl group is specified as ",
                                        " in which the acyl group is ",
                                        " having ",
                                        " where the s-substituent is specified as "};
    const bool sulfur = begins(p->l, "s-substituted ");
    const bool located = begins(p->l, "n(") && begins(p->l + 3, ")-acyl");
    const char *name = begins(p->l, "n-acyl") ? p->s + 6
                       : located              ? p->s + 9
                       : sulfur               ? p->s + 14
                                              : NULL;
    char locant[8] = "N-";
    if (located) snprintf(locant, sizeof locant, "N(%c)-", p->l[2]);
    for (size_t i = 0; i < MG_COUNT(verbs) && name; i++) {
        const char *group = behind(p, verbs[i]);
        char one[ITEM];
        if (!group) continue;
        size_t n = strcspn(group, " ;");
        const size_t to = (size_t)(group - p->s) - strlen(verbs[i]);
        const bool acyl = !strcmp(group + n, " as the acyl substituent") ||
                          !strcmp(group + n, " as the acyl group");
        if (sulfur != (i + 1 == MG_COUNT(verbs)) || (!strcmp(verbs[i], " having ") && !acyl))
            continue;
        if (n >= sizeof one || (group[n] == ' ' && group[n + 1] != '(' && !acyl)) return false;
        snprintf(one, sizeof one, "%.*s", (int)n, group);
        if (*name == '-') name++;
        if (strstr(small(p, name), "amino acid")) return false;
        size_t length = to - (size_t)(name - p->s);
        if (ends(small(p, name), length, " derivative")) length -= 11;
        put_before(one, sulfur ? "S-" : locant, name, length, out);
        return true;
    }
    return false;
}

/* "L-leucine in which one of the hydrogens attached to the amino group has been replaced by ..." */
static bool replaced(phrase *p, mg_str *out) {
    static const char *const places[][2] = {
        {"one of the hydrogens attached to the amino group", "N-"},
        {"a hydrogen attached to the amino group", "N-"},
        {"one of the hydrogens attached to the alpha-amino group", "N(2)-"},
        {"one of the hydrogens attached to the nitrogen of the alpha-amino group", "N(2)-"},
        {"one of the hydrogens attached to the nitrogen", "N-"},
        {"a hydrogen attached to the nitrogen", "N-"},
        {"one of the amino hydrogens", "N-"},
        {"one of the amine hydrogens", "N-"},
        {"one of the hydrogens attached to n(6)", "N(6)-"},
        {"the hydrogen attached to the sulfur", "S-"},
        {"the hydrogen attached to sulfur", "S-"},
        {"one of the hydrogens of the methyl group", "3-"},
        {"one of the hydrogens of the amino group", "N-"},
        {"one of the hydrogens of the alpha-amino group", "N(2)-"},
        {"the hydrogen of the thiol group", "S-"},
        {"the thiol hydrogen", "S-"},
        {"the mercapto hydrogen", "S-"},
        {"one of the methyl hydrogens", "3-"},
        {"one of the hydrogens of the terminal methyl group", "3-"}};
    static const char *const verbs[] = {" is replaced by ",          " has been replaced by ",
                                        " is substituted by ",       " was replaced by ",
                                        " has been substituted by ", " bas been replaced by ",
                                        " has been replace by ",     " are replaced by "};
    const char *which = strstr(p->l, " in which ");
    if (!which) return false;
    const char *name = p->l, *that = strstr(p->l, " that is ");
    if (that && that < which) name = that + 9;
    name += skip_article(name);
    const char *l = which + 10;
    for (size_t i = 0; i < MG_COUNT(places); i++) {
        if (!begins(l, places[i][0])) continue;
        const char *rest = l + strlen(places[i][0]);
        for (size_t v = 0; v < MG_COUNT(verbs); v++) {
            if (!begins(rest, verbs[v])) continue;
            const char *group = rest + strlen(verbs[v]);
            group += skip_article(group);
            const char *end = strstr(group, " group");
            char one[ITEM], parent[ITEM];
            if (!end || end[6] || (size_t)(end - group) >= sizeof one) return false;
            if ((size_t)(which - name) >= sizeof parent) return false;
            snprintf(one, sizeof one, "%.*s", (int)(end - group), p->s + (group - p->l));
            snprintf(parent, sizeof parent, "%.*s", (int)(which - name), p->s + (name - p->l));
            size_t length = strlen(parent);
            if (ends(parent, length, " derivative")) parent[length -= 11] = 0;
            if (strpbrk(one, " ") || strchr(parent, ' ')) return false;
            if (begins(p->l, "n-acetyl") && *places[i][1] != 'N' && !strstr(parent, "cetyl"))
                return false; /* "an N-acetylamino acid that is L-cysteine in which ..." */
            if (*places[i][1] == '3' && !strstr(parent, "alanine")) return false;
            put_before(one, places[i][1], parent, strlen(parent), out);
            return true;
        }
    }
    return false;
}

/* "an L-tyrosine derivative that is the ethyl ester of N-acetyl-L-tyrosine" */
static bool ester(phrase *p, mg_str *out) {
    static const char *const groups[] = {"methyl", "ethyl", "benzyl", "tert-butyl"};
    for (size_t i = 0; i < MG_COUNT(groups); i++) {
        char words[40];
        snprintf(words, sizeof words, "%s ester of ", groups[i]);
        const char *name = behind(p, words), *l = name ? small(p, name) : NULL;
        const size_t before = name ? (size_t)(l - p->l) - strlen(words) : 0;
        if (!name || (before && !ends(p->l, before, " that is the ")) || strchr(name, ' '))
            continue;
        const char *hand = begins(p->l, "l-") ? "L-" : begins(p->l, "d-") ? "D-" : NULL;
        if (!hand || !put_hand(hand, name, out)) mg_str_addf(out, "%s", name);
        mg_str_addf(out, " %s ester", groups[i]);
        return true;
    }
    return false;
}

/* "glycine derivative whose structure comprises a glycine core carrying an N-phenyl substituent",
 * "L-lysine derivative with a glycyl group at the N(6)-position" */
static bool carrying(phrase *p, mg_str *out) {
    const char *core = strstr(p->l, " core carrying a"), *at = strstr(p->l, " group at the n(");
    char group[ITEM], name[ITEM], locant[16];
    if (core && p->n > 12 && !strcmp(p->l + p->n - 12, " substituent")) {
        const char *from = core + 16 + (core[16] == 'n') + 1, *word = core;
        while (word > p->l && word[-1] != ' ') word--;
        const size_t n = p->n - 12 - (size_t)(from - p->l);
        if (!begins(from, "n-") || n >= sizeof group || memchr(from, ' ', n)) return false;
        snprintf(group, sizeof group, "%.*s", (int)n, p->s + (from - p->l));
        put_before(group, "", p->s + (word - p->l), (size_t)(core - word), out);
        return true;
    }
    const char *with = strstr(p->l, " derivative with a ");
    if (!with || !at || at < with || strcmp(p->l + p->n - 10, ")-position") != 0) return false;
    const char *from = with + 19;
    const size_t n = (size_t)(at - from), k = (size_t)(with - p->l);
    const size_t m = p->n - 9 - (size_t)(at + 14 - p->l);
    if (n >= sizeof group || k >= sizeof name || m >= sizeof locant - 1 || memchr(from, ' ', n))
        return false;
    snprintf(group, sizeof group, "%.*s", (int)n, p->s + (from - p->l));
    snprintf(name, sizeof name, "%.*s", (int)k, p->s);
    snprintf(locant, sizeof locant, "%.*s-", (int)m, p->s + (at + 14 - p->l));
    put_before(group, locant, name, k, out);
    return true;
}

/* "S-ethylhomocysteine that has S-configuration at the chiral centre" */
static bool only_centre(phrase *p, mg_str *out) {
    static const char *const tails[] = {"-configuration at the chiral centre", " configuration",
                                        "-configuration", " at the chiral carbon",
                                        " at the chiral centre"};
    const char *has = strstr(p->l, " that has ");
    if (!has || !strchr("rs", has[10]) || memchr(p->l, ' ', (size_t)(has - p->l))) return false;
    for (size_t i = 0; i < MG_COUNT(tails); i++)
        if (!strcmp(has + 11, tails[i])) {
            mg_str_addf(out, "(%c)-%.*s", toupper((unsigned char)has[10]), (int)(has - p->l), p->s);
            return true;
        }
    return false;
}

/* ---- a phrase ---- */

static bool prepare(const char *text, phrase *p) {
    while (*text == ' ') text++;
    if (!strncmp(text, "The molecule is ", 16)) text += 16;
    size_t n = strcspn(text, ";");
    while (n && strchr(" .", text[n - 1])) n--;
    if (n < 8 || n >= LONGEST) return false;
    for (size_t i = 0; i < n; i++) p->l[i] = (char)tolower((unsigned char)text[i]);
    const size_t article = skip_article(p->l);
    memmove(p->l, p->l + article, n - article);
    p->n = n - article;
    memcpy(p->s, text + article, p->n);
    p->s[p->n] = p->l[p->n] = 0;
    return strchr(p->s, ' ') != NULL;
}

int name_composed(const char *text, char **name, molglot_error *err) {
    static bool (*const rules[])(phrase * p, mg_str * out) = {
        composed, sequence, ion,   enantiomer, derivative,
        acylated, replaced, ester, carrying,   only_centre};
    phrase *p = calloc(1, sizeof *p);
    *name = NULL;
    if (!p) return mg_no_memory(err, "a name");
    for (size_t i = 0; i < MG_COUNT(rules) && prepare(text, p) && !*name; i++) {
        mg_str out = {0};
        const bool read = rules[i](p, &out);
        if (out.failed) {
            mg_str_free(&out);
            free(p);
            return mg_no_memory(err, "a name");
        }
        if (read && out.n)
            *name = out.s;
        else
            mg_str_free(&out);
    }
    free(p);
    return MOLGLOT_OK;
}
