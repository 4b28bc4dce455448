/* spelling.c - names of amino acids and peptides spelt in the one way that is read:
 *
 *   N(6)-, N~6~-, N-epsilon-, Nepsilon-        n6-
 *   gamma-L-glutamyl                           l-gamma-glutamyl
 *   trans-4-hydroxy-L-proline                  (4r)-4-hydroxy-l-proline
 *   L-leucylglycine ethyl ester                ethyl l-leucylglycinate
 *   S-methylglutathione                        l-gamma-glutamyl-s-methyl-l-cysteinylglycine
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *s;
    size_t n;
} text;

/* s[at..at + drop) becomes `with`; false: there is no room. */
static bool put(text *t, size_t at, size_t drop, const char *with) {
    const size_t k = strlen(with);
    if (t->n - drop + k > NAME_LONGEST) return false;
    memmove(t->s + at + k, t->s + at + drop, t->n - at - drop + 1);
    memcpy(t->s + at, with, k);
    t->n = t->n - drop + k;
    return true;
}

static void replace(text *t, const char *what, const char *with) {
    for (char *at = t->s; (at = strstr(at, what)) != NULL; at += strlen(with))
        if (!put(t, (size_t)(at - t->s), strlen(what), with)) return;
}

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* Digits in round brackets or tildes behind N, O or S: "n(6)", "n~6~"; "n~1~" is the amide's. */
static void bare_locants(text *t) {
    for (size_t i = 0; i + 3 < t->n; i++) {
        if (!strchr("nos", t->s[i]) || (i && isalpha((unsigned char)t->s[i - 1]))) continue;
        const char open = t->s[i + 1], close = open == '(' ? ')' : '~';
        size_t k = i + 2;
        while (isdigit((unsigned char)t->s[k]) || t->s[k] == '\'') k++;
        if ((open != '(' && open != '~') || k == i + 2 || t->s[k] != close) continue;
        if (!strchr("-,", t->s[k + 1]) || !t->s[k + 1]) continue;
        char digits[NAME_LOCANT];
        if (k - i - 2 >= sizeof digits) continue;
        snprintf(digits, sizeof digits, "%.*s", (int)(k - i - 2), t->s + i + 2);
        if (open == '~' && !strcmp(digits, "1")) *digits = 0;
        put(t, i + 1, k - i, digits);
    }
}

/* "nalpha-", "n(alpha)-", "n-alpha-": a number. */
static void greek_nitrogens(text *t) {
    static const char *const letters[][2] = {{"alpha", "2"}, {"delta", "5"}, {"epsilon", "6"}};
    for (size_t k = 0; k < MG_COUNT(letters); k++)
        for (size_t i = 0; i + 6 < t->n; i++) {
            if (t->s[i] != 'n' || (i && isalpha((unsigned char)t->s[i - 1]))) continue;
            const bool apart = strchr("(-", t->s[i + 1]) != NULL, closed = t->s[i + 1] == '(';
            size_t end = i + 1 + apart;
            if (!begins(t->s + end, letters[k][0])) continue;
            end += strlen(letters[k][0]);
            if (closed && t->s[end++] != ')') continue;
            /* "n-alpha-d-glucosyl" */
            if (!strchr("-,", t->s[end]) || begins(t->s + end, "-d-") || begins(t->s + end, "-l-"))
                continue;
            put(t, i + 1, end - i - 1, letters[k][1]);
        }
}

/* "S-methylglutathione" */
static void glutathione(text *t) {
    static const char word[] = "glutathione";
    const size_t k = sizeof word - 1;
    if (t->n < k + 4 || strcmp(t->s + t->n - k, word) != 0 || !begins(t->s, "s-")) return;
    const char *hyphen = t->s[t->n - k - 1] == '-' ? "" : "-";
    char end[32];
    snprintf(end, sizeof end, "%sl-cysteinylglycine", hyphen);
    if (put(t, t->n - k, k, end)) put(t, 0, 0, "l-gamma-glutamyl-");
}

bool name_residue_ate(char *s) {
    const size_t n = strlen(s);
    for (size_t from = n > 40 ? n - 40 : 0; from + 5 < n; from++) {
        size_t length;
        const name_residue *row = name_residue_named(s + from, n - from, FORM_ACID, &length);
        if (!row || from + length != n) continue;
        if (name_residue_ends(row) > 1) return false; /* which of its acids? */
        strcpy(s + n - (s[n - 1] == 'e'), "ate");
        return true;
    }
    return false;
}

/* "methyl ester" behind an amino acid: "methyl ...ate". */
static void ester_first(text *t) {
    static const char *const esters[][2] = {{" methyl ester", "methyl "},
                                            {" ethyl ester", "ethyl "},
                                            {" benzyl ester", "benzyl "},
                                            {" tert-butyl ester", "tert-butyl "},
                                            {" t-butyl ester", "tert-butyl "}};
    for (size_t i = 0; i < MG_COUNT(esters); i++) {
        const size_t k = strlen(esters[i][0]);
        if (t->n < k + 7 || strcmp(t->s + t->n - k, esters[i][0]) != 0 || strchr(t->s, ';'))
            continue;
        char own[NAME_LONGEST + 4];
        snprintf(own, sizeof own, "%.*s", (int)(t->n - k), t->s);
        if (strstr(own, ", ") || !name_residue_ate(own)) return;
        if (put(t, 0, t->n, own)) put(t, 0, 0, esters[i][1]);
        return;
    }
}

void name_residue_spelling(char *s, size_t *n) {
    text t = {s, *n};
    static const char *const words[][2] = {{"o-phospho-", "o-phosphono-"},
                                           {"(aminoiminomethyl)", "(amino(imino)methyl)"},
                                           {"(2s)-hydroxyglycin", "(2s)-2-hydroxyglycin"},
                                           {"(2r)-hydroxyglycin", "(2r)-2-hydroxyglycin"},
                                           {"lysinium(", "lysine("},
                                           {"argininium(", "arginine("},
                                           {"ornithinium(", "ornithine("},
                                           {"gamma-l-glutamyl", "l-gamma-glutamyl"},
                                           {"5-l-glutamyl", "l-gamma-glutamyl"},
                                           {"gamma-d-glutamyl", "d-gamma-glutamyl"},
                                           {"alpha-l-glutamyl", "l-alpha-glutamyl"},
                                           {"alpha-d-glutamyl", "d-alpha-glutamyl"},
                                           {"alpha-l-aspartyl", "l-alpha-aspartyl"},
                                           {"beta-l-aspartyl", "l-beta-aspartyl"},
                                           {"beta-d-aspartyl", "d-beta-aspartyl"},
                                           {"trans-4-hydroxy-l-prol", "(4r)-4-hydroxy-l-prol"},
                                           {"4-trans-hydroxy-l-prol", "(4r)-4-hydroxy-l-prol"},
                                           {"cis-4-hydroxy-l-prol", "(4s)-4-hydroxy-l-prol"},
                                           {"trans-4-hydroxy-d-prol", "(4s)-4-hydroxy-d-prol"},
                                           {"cis-4-hydroxy-d-prol", "(4r)-4-hydroxy-d-prol"},
                                           {"trans-3-hydroxy-l-prol", "(3s)-3-hydroxy-l-prol"},
                                           {"cis-3-hydroxy-l-prol", "(3r)-3-hydroxy-l-prol"}};
    for (size_t i = 0; i < MG_COUNT(words); i++) replace(&t, words[i][0], words[i][1]);
    bare_locants(&t);
    greek_nitrogens(&t);
    glutathione(&t);
    ester_first(&t);
    *n = t.n;
}

bool mg_name_is_peptide(const char *name) {
    char s[NAME_LONGEST + 1];
    size_t n = strlen(name), length;
    if (n < 5 || n > NAME_LONGEST) return false;
    for (size_t i = 0; i <= n; i++) s[i] = (char)tolower((unsigned char)name[i]);
    name_residue_spelling(s, &n);
    int charge;
    bool zwitterion;
    name_cut_charge(s, &n, &charge, &zwitterion);
    for (size_t from = n > 40 ? n - 40 : 1; from + 4 < n; from++)
        for (int form = FORM_ACID; form < FORM_AMIDO; form++)
            if (name_residue_named(s + from, n - from, (name_form)form, &length) &&
                from + length == n)
                return true;
    name_fragment *f = malloc(sizeof *f);
    const bool code = f && name_read_code(name, f);
    free(f);
    return code;
}

int mg_name_residues(const char *name) {
    static const char known[] = "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser "
                                "Thr Trp Tyr Val",
                      others[] = "H D L OH NH2 Ac";
    int n = 0;
    for (const char *s = name; *s;) {
        char word[8];
        const size_t k = strcspn(s, "-");
        if (!k || k >= sizeof word) return 0;
        snprintf(word, sizeof word, "%.*s", (int)k, s);
        if (k == 3 && strstr(known, word))
            n++;
        else if (!strstr(others, word))
            return 0;
        s += k + (s[k] == '-');
    }
    return n;
}
