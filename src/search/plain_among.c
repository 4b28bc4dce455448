/* plain_among.c - a full name that stands among words for the same molecule:
 *
 *   furan fused to pyridine: furo[3,2-b]pyridine        two peptide bonds, H-Gly-Gly-Gly-OH
 *   the beta amino acid 3-amino-4-methylpentanoic acid  X-2-carboxylic acid from Streptomyces
 *
 * All other words are held against it as plain_told.c does.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { READS = 40 };

/* Words of a class before a name in one part, "the beta amino acid 3-amino-...". */
static bool leads_up(const char *s, size_t n) {
    static const char nouns[] =
        "acid|aldehyde|alcohol|ketone|alkane|alkene|alkyne|amine|diamine|diol|triol|quinone|"
        "phenol|peptide|dipeptide|tripeptide|tetrapeptide|pentapeptide|isomer|regioisomer|thiol|"
        "lactone|lactam|nitrile|hydrocarbon|monoterpene|diene|triene|enone|diketone|triacid|"
        "diacid|name|called|namely|IUPAC|ie|i.e.|aka|is|=|or|known|as";
    char part[PLAIN_LONGEST];
    bool noun = false;
    snprintf(part, sizeof part, "%.*s", (int)n, s);
    char *rest = NULL;
    for (char *w = strtok_r(part, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        if (plain_one_of(w,
                         "of|from|for|in|by|to|via|with|into|on|at|plus|and|than|salt|ester|amide|"
                         "ether|analog|analogue|derivative|homolog|homologue"))
            return false;
        if (strpbrk(w, "0123456789") && w[0] != 'C') return false;
        noun = plain_one_of(w, nouns);
    }
    return noun;
}

/* What may follow a name in its part: where it is from, what it is for. */
static bool goes_away(const char *s) {
    if (plain_begins_so(s, " in which") || plain_begins_so(s, " from which")) return false;
    static const char *const words[] = {
        " from ",       " in ",       " used ",      " as drawn",     " found ",
        " aka ",        " known ",    " made ",      " isolated ",    " = ",
        " i.e. ",       " dipeptide", " tripeptide", " tetrapeptide", " plasticiser",
        " plasticizer", " solvent",   " herbicide",  " insecticide",  " fungicide",
        " monomer",     " hypnotic",  " pheromone",  " anaesthetic",  " building block"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (plain_begins_so(s, words[i])) return true;
    return false;
}

/* Whether a name may end at s. */
static size_t ends_at(const char *s) {
    if (!*s) return 1;
    if (*s == ')') return 2;
    return plain_mark_at(s) ? plain_mark_at(s) + 1 : goes_away(s) ? 1 : 0;
}

/* "TBP, tributyl phosphate": letters, and what they are short for, up to a mark. */
static bool is_spelt_out(const char *phrase, const char *s, size_t n) {
    size_t lower = 0;
    const char *mark = strstr(phrase, ", ");
    if (!mark || mark + 2 != s || mark - phrase > 9 || n < 9) return false;
    if (!ends_at(s + n)) return false;
    for (const char *c = phrase; c < mark; c++) {
        if (*c == ' ') return false;
        lower = islower((unsigned char)*c) ? lower + 1 : 0;
        if (lower > 1) return false;
    }
    return true;
}

/* Whether a name may begin at s. */
static bool begins_at(const char *phrase, const char *s) {
    const char *from = s;
    while (from > phrase && !(from[-1] == ' ' && from - 1 > phrase && strchr(",;:", from[-2])) &&
           from[-1] != '(')
        from--;
    return from == s || leads_up(from, (size_t)(s - from));
}

/* Parts before a name: behind the second comma it may be of a piece. */
static int count_commas(const char *phrase, size_t n) {
    int commas = 0;
    for (size_t i = 0; i + 1 < n; i++) commas += phrase[i] == ',' && phrase[i + 1] == ' ';
    return commas;
}

/* "(15-methyl...) with lignoceroyl": what is in brackets is a part. */
static bool opens_again(const char *s) {
    static const char *const words[] = {" with ", " bearing ", " carrying ", " and ", " plus ",
                                        " on ",   " at ",      " linked ",   " +"};
    s += *s == ')';
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (plain_begins_so(s, words[i])) return true;
    return false;
}

/* "17-OH-acyl pyrone, 4-hydroxy-2-pyranone": numbers before a comma are of another name. */
static bool has_numbers(const char *phrase, size_t n) {
    const char *on = strstr(phrase, " on ");
    if (on && (size_t)(on - phrase) < n) return true;
    if (n > 1 && strchr(":(", phrase[phrase[n - 1] == ' ' ? n - 2 : n - 1])) return false;
    for (size_t i = 0; i + 1 < n; i++)
        if (isdigit((unsigned char)phrase[i]) && strchr("-',", phrase[i + 1])) return true;
    return false;
}

/* "tripeptide Ala-Gly": a size that the name denies. */
static bool size_fits(const char *phrase, const char *name) {
    static const char *const sizes[] = {"dipeptide", "tripeptide", "tetrapeptide", "pentapeptide",
                                        "hexapeptide"};
    const int n = mg_name_residues(name);
    for (int k = 0; k < (int)MG_COUNT(sizes) && n; k++)
        if (strcasestr(phrase, sizes[k]) && n != k + 2) return false;
    return !(n && strcasestr(phrase, "linear") && plain_begins(name, "cyclo"));
}

/* "glycerol with octadecanoate at its end, an oleate", "His joined to X": words of which the name
 * is a part. */
static bool holds_name(const char *before, const char *name) {
    static const char *const words[] = {" joined ",   "-capped ", " linked ", " bound ",
                                        " attached ", " units",   "-ended"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (strcasestr(before, words[i])) return true;
    if (strcasestr(before, "analogue of ") || strcasestr(before, "analog of ")) return true;
    return plain_ends(name, "oate") && strcasestr(before, "ate ") && strcasestr(before, " with ");
}

/* The longest name, read off as it stands, that all other words can be told of. */
int plain_among(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    const size_t n = strlen(phrase);
    int code = MOLGLOT_OK, reads = 0;
    if (strchr(phrase, '?')) return code;
    for (size_t length = n; length > 6 && !out->smiles && !code; length--)
        for (size_t from = 0; from + length <= n && !out->smiles && !code; from++) {
            const char *s = phrase + from;
            char name[PLAIN_LONGEST], before[PLAIN_LONGEST];
            bool sound = false;
            if ((from && !strchr(" (", s[-1])) || !ends_at(s + length) ||
                !(plain_full_name(s, length) || is_spelt_out(phrase, s, length)))
                continue;
            if (count_commas(phrase, from) > 1 || has_numbers(phrase, from)) continue;
            if (opens_again(s + length)) continue;
            if (from > 1 && s[-1] == '(' && s[-2] != ' ') continue; /* "cyclo(" */
            if (from && s[-1] == '(' && memmem(phrase, from, " of ", 4))
                continue; /* "oxime of X (a name of X)" */
            if (!begins_at(phrase, s) || reads++ > READS) continue;
            snprintf(name, sizeof name, "%.*s", (int)length, s);
            if (!size_fits(phrase, name)) continue;
            code = mg_name_read(name, &out->smiles, err);
            if (!out->smiles || code) continue;
            snprintf(before, sizeof before, "%.*s", (int)from, phrase);
            if (holds_name(before, name)) return plain_said_free(out), code;
            const char *const told[2] = {before, s + length};
            code = plain_fits(p, name, out, told, false, from && s[-1] == '(', &sound, err);
            if (!code && sound) code = plain_lacks_none(out->smiles, told[1], &sound, err);
            if (sound && !code) return code;
            plain_said_free(out);
            return code;
        }
    return code;
}
