/* notation.c - what a string is by its letters: words, a SMILES, or another way to write chemistry
 * down.
 *
 * A SMILES here is a string that is built like one, whether RDKit reads it or not: its letters are
 * atoms and there is a bond, a branch, a bracket or a ring between them. Formulas (CO2), codes
 * (CB1), lipids (C18:1) and ions (NO3-) are words.
 */
#include "chem/mol.h"
#include "chem/smiles/smiles.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *mg_notation_name(mg_notation kind) {
    static const char *const names[] = {
        [MG_NOTATION_EMPTY] = "empty",       [MG_NOTATION_WORDS] = "words",
        [MG_NOTATION_SMILES] = "SMILES",     [MG_NOTATION_INCHI] = "InChI",
        [MG_NOTATION_INCHIKEY] = "InChIKey", [MG_NOTATION_SMARTS] = "SMARTS",
        [MG_NOTATION_REACTION] = "reaction", [MG_NOTATION_SELFIES] = "SELFIES",
        [MG_NOTATION_MOLFILE] = "molfile"};
    return names[kind];
}

/* ---- blanks ---- */

/* Bytes of the blank that s begins with: ASCII, no-break, zero-width, the byte order mark; 0: none.
 */
static size_t blank_at(const char *s, size_t n) {
    static const char wide[][4] = {"\xC2\xA0", "\xE2\x80\x8B", "\xE2\x80\xAF", "\xEF\xBB\xBF"};
    if (n && (isspace((unsigned char)*s) || *s == 0)) return 1;
    for (size_t k = 0; k < MG_COUNT(wide); k++) {
        const size_t bytes = strlen(wide[k]);
        if (n >= bytes && !memcmp(s, wide[k], bytes)) return bytes;
    }
    return 0;
}

static size_t blank_before(const char *s, size_t n) {
    for (size_t bytes = 1; bytes <= 3 && bytes <= n; bytes++)
        if (blank_at(s + n - bytes, bytes) == bytes) return bytes;
    return 0;
}

/* Length up to the first blank. */
size_t mg_notation_word(const char *s, size_t n) {
    size_t i = 0;
    while (i < n && !blank_at(s + i, n - i)) i++;
    return i;
}

void mg_notation_trim(const char **s, size_t *n) {
    for (size_t blank; *n && (blank = blank_at(*s, *n)) > 0;) {
        *s += blank;
        *n -= blank;
    }
    for (size_t blank; *n && (blank = blank_before(*s, *n)) > 0;) *n -= blank;
    if (*n < 2 || (**s != '"' && **s != '\'') || (*s)[*n - 1] != **s) return;
    ++*s;
    *n -= 2;
    mg_notation_trim(s, n);
}

size_t mg_notation_cut_extension(const char *s, size_t n) {
    const size_t first = mg_notation_word(s, n);
    const char *rest = s + first;
    size_t left = n - first;
    mg_notation_trim(&rest, &left);
    return first && left >= 2 && rest[0] == '|' && memchr(rest + 1, '|', left - 1) ? first : n;
}

/* ---- brackets ---- */

/* Of an element, aromatic or not; 0: none. */
static size_t symbol_length(const char *s, size_t n) {
    static const char aromatic[][3] = {"se", "te", "as", "si"};
    for (size_t k = 0; k < MG_COUNT(aromatic) && n > 1; k++)
        if (!memcmp(s, aromatic[k], 2)) return 2;
    if (n > 1 && isupper((unsigned char)*s) && islower((unsigned char)s[1]) &&
        mg_element_number(s, 2) > 0)
        return 2;
    if (isupper((unsigned char)*s)) return mg_element_number(s, 1) > 0;
    return *s && strchr("bcnops", *s) != NULL;
}

/* A bracket's inside as SMARTS has it: elements, numbers of bonds and rings (X3, D2, R1, r5), what
 * joins them, recursive patterns. query: set where a SMILES could not say it. False: neither. */
static bool bracket_pattern(const char *s, size_t n, bool *query) {
    bool element = false; /* the part that began after the last sign has one */
    for (size_t i = 0; i < n;) {
        const char c = s[i];
        const size_t symbol = symbol_length(s + i, n - i);
        if (strchr(",;&!", c)) {
            *query = true;
            element = false;
            i++;
        } else if (c == '$' && i + 1 < n && s[i + 1] == '(') {
            *query = true;
            return true; /* whatever stands inside */
        } else if (c == '#' && i + 1 < n && isdigit((unsigned char)s[i + 1])) {
            *query = true;
            for (i++; i < n && isdigit((unsigned char)s[i]); i++) {}
        } else if ((strchr("XDRrxv", c) && i + 1 < n && isdigit((unsigned char)s[i + 1])) ||
                   (strchr("RrAa", c) && (i + 1 == n || strchr(",;&!", s[i + 1])))) {
            *query = true;
            for (i++; i < n && isdigit((unsigned char)s[i]); i++) {}
        } else if (symbol > 0 && (!element || c == 'H')) {
            element |= c != 'H' || symbol > 1;
            i += symbol;
        } else if (strchr("*@+-:^", c) || isdigit((unsigned char)c)) {
            i++;
        } else {
            return false;
        }
    }
    return n > 0;
}

/* ---- the shape of a word ---- */

typedef struct shape {
    int atoms;       /* in brackets or not */
    int carbons;     /* C and c outside brackets */
    int foreign;     /* letters and signs that no SMILES has where they stand */
    int marks;       /* ( ) = # \ % and brackets */
    int multiple;    /* = and # */
    int brackets;    /* that have an atom in them */
    int queries;     /* what only SMARTS can say */
    int digits;      /* outside brackets */
    int arrows;      /* > that are no part of -> */
    int bare;        /* brackets with a symbol alone, as SELFIES have */
    int selfies;     /* brackets that only SELFIES have: [=C], [Branch1], [Ring2] */
    int between;     /* signs between brackets */
    bool colon, one; /* : outside brackets; the digit 1 */
    bool carbon_after_digit, aromatic_ring;
    bool chain; /* CCC or cccc */
} shape;

static bool selfies_symbol(const char *s, size_t n) {
    static const char *const starts[] = {"Branch", "Ring", "Expl", "epsilon", "nop"};
    size_t i = n && strchr("=#/\\-", *s) ? 1 : 0;
    for (size_t k = 0; k < MG_COUNT(starts); k++)
        if (n - i >= strlen(starts[k]) && !strncmp(s + i, starts[k], strlen(starts[k])))
            return true;
    return i == 1 && n > 1 && isupper((unsigned char)s[1]);
}

/* One of the organic elements alone, which in a SMILES would be a radical. */
static bool bare_symbol(const char *s, size_t n) {
    return (n == 1 && strchr("BCNOPSFI", *s)) ||
           (n == 2 && (!strncmp(s, "Cl", 2) || !strncmp(s, "Br", 2)));
}

/* The bracket at s[i]; returns where it ends. */
static size_t look_at_bracket(const char *s, size_t n, size_t i, shape *sh) {
    size_t end = i + 1, depth = 1;
    for (; end < n && depth; end++) depth += (s[end] == '[') - (size_t)(s[end] == ']');
    const char *in = s + i + 1;
    const size_t inside = end - i - 1 - (depth == 0);
    bool query = false;
    sh->marks++;
    if (depth == 0 && selfies_symbol(in, inside)) {
        sh->selfies++;
    } else if (bracket_pattern(in, inside, &query)) {
        sh->brackets++;
        sh->atoms++;
        sh->queries += query;
        sh->bare += depth == 0 && bare_symbol(in, inside);
    } else if (inside && inside <= 2 && isalpha((unsigned char)*in)) {
        sh->brackets++; /* [Xx]: an element that there is not */
        sh->atoms++;
    } else {
        sh->foreign += 1 + (int)inside / 2;
    }
    return end;
}

static void look_at_letter(const char *s, size_t n, size_t *i, shape *sh) {
    const char c = s[*i], next = *i + 1 < n ? s[*i + 1] : 0;
    if ((c == 'C' && next == 'l') || (c == 'B' && next == 'r')) {
        sh->atoms++;
        *i += 2;
        return;
    }
    if (strchr("BCNOPSFIbcnops", c)) {
        sh->atoms++;
        sh->carbons += c == 'C' || c == 'c';
        sh->aromatic_ring |= islower((unsigned char)c) && isdigit((unsigned char)next);
        sh->chain |= n - *i >= 3 && !strncmp(s + *i, "CCC", 3);
        sh->chain |= n - *i >= 4 && !strncmp(s + *i, "cccc", 4);
    } else {
        sh->foreign++;
    }
    ++*i;
}

static bool charge_follows(const char *s, size_t n) {
    size_t i = 0;
    while (i < n && strchr("+-.", s[i])) i++;
    while (i < n && isdigit((unsigned char)s[i])) i++;
    return i > 0 && i < n && s[i] == ')';
}

static void look_at_sign(const char *s, size_t n, size_t i, shape *sh) {
    const char c = s[i], next = i + 1 < n ? s[i + 1] : 0, before = i ? s[i - 1] : 0;
    sh->between++;
    switch (c) {
    case '=':
    case '#':
        if (isdigit((unsigned char)next)) {
            sh->foreign++; /* oscr#10 */
        } else {
            sh->multiple++;
            sh->marks++;
        }
        return;
    case '(':
        if (isdigit((unsigned char)next) || charge_follows(s + i + 1, n - i - 1))
            sh->foreign += 2; /* C(60), SO4(--) */
        else
            sh->marks++;
        return;
    case ')':
    case '\\':
    case '%': sh->marks++; return;
    case '*': sh->atoms++; return;
    case '~': sh->queries++; return;
    case '!':
    case '@':
        if (isalnum((unsigned char)before) || before == ']') sh->queries++;
        return;
    case ',':
        if (strchr("-=#:~@", before) && next && strchr("-=#:~@", next))
            sh->queries++;
        else
            sh->foreign++;
        return;
    case '>': sh->arrows += before != '-' || next == '>'; return;
    case ':': sh->colon = true; return;
    case '-':
    case '.':
    case '/':
    case '$':
    case '<': return;
    default: sh->foreign++;
    }
}

static shape look(const char *s, size_t n) {
    shape sh = {0};
    for (size_t i = 0; i < n;) {
        if (s[i] == '[') {
            i = look_at_bracket(s, n, i, &sh);
        } else if (isalpha((unsigned char)s[i])) {
            sh.between++;
            look_at_letter(s, n, &i, &sh);
        } else if (isdigit((unsigned char)s[i])) {
            sh.between++;
            sh.digits++;
            sh.one |= s[i] == '1';
            sh.carbon_after_digit |= i > 0 && i + 1 < n && (s[i + 1] == 'C' || s[i + 1] == 'c');
            i++;
        } else {
            look_at_sign(s, n, i++, &sh);
        }
    }
    return sh;
}

/* Built like a SMILES, though RDKit refuses it. */
static bool like_smiles(const char *s, const shape *sh) {
    if (sh->multiple == 0 && strchr("0123456789-+.:/)", *s)) return false;
    if (sh->foreign > 0) {
        if (sh->multiple > 0) return 2 * sh->foreign <= sh->atoms;
        return (sh->marks >= 2 || (sh->aromatic_ring && sh->carbons >= 5)) && sh->atoms >= 6 &&
               6 * sh->foreign <= sh->atoms;
    }
    if (sh->colon && !sh->brackets) return false;
    if (sh->marks > 0) return sh->brackets > 0 || (sh->atoms >= 2 && (*s != '(' || sh->atoms >= 3));
    if (sh->digits == 0) return sh->chain && sh->atoms >= 5;
    if (sh->aromatic_ring && sh->carbons >= 3) return true;
    if (sh->carbon_after_digit && (sh->carbons >= 3 || (sh->one && sh->atoms >= 3))) return true;
    return sh->digits == 1 && sh->carbons == sh->atoms && sh->carbons >= 2 &&
           (sh->one || sh->carbons >= 3);
}

static bool holds(const char *s, size_t n, const char *what) {
    const size_t bytes = strlen(what);
    for (size_t i = 0; i + bytes <= n; i++)
        if (!memcmp(s + i, what, bytes)) return true;
    return false;
}

static bool like_selfies(const char *s, size_t n, const shape *sh) {
    const int brackets = sh->brackets + sh->selfies;
    if (*s != '[' || sh->between > 0 || sh->foreign > 0 || brackets < 2) return false;
    return sh->selfies > 0 || (sh->bare == sh->brackets && holds(s, n, "[C]"));
}

static bool like_pattern(const shape *sh) {
    return sh->queries > 0 && sh->atoms > 0 && sh->foreign == 0;
}

static bool like_reaction(const shape *sh) {
    return sh->arrows == 2 && sh->atoms > 0 && 4 * sh->foreign <= sh->atoms;
}

/* ---- InChIKey ---- */

/* Capitals that an InChIKey may hold: three letters at a time say 14 bits, and none begins with E
 * or with T followed by A to S. */
static bool hashed(const char *s) {
    for (int k = 0; k < 14; k++)
        if (!isupper((unsigned char)s[k])) return false;
    for (int k = 0; k < 12; k += 3)
        if (s[k] == 'E' || (s[k] == 'T' && s[k + 1] < 'T')) return false;
    return true;
}

/* CHLORPROMAZINE could be a hash; but hashes can seldom be spoken. */
static bool spoken(const char *s) {
    int vowels = 0, run = 0, longest = 0, rare = 0;
    for (int k = 0; k < 14; k++) {
        const bool vowel = strchr("AEIOUY", s[k]) != NULL;
        vowels += vowel;
        run = vowel ? 0 : run + 1;
        if (run > longest) longest = run;
        rare += strchr("JQWXZK", s[k]) != NULL;
    }
    return vowels >= 4 && longest <= 4 && rare <= 1;
}

static bool inchikey(const char *s, size_t n) {
    if (n > 9 && !strncmp(s, "InChIKey=", 9)) {
        s += 9;
        n -= 9;
    }
    if (n < 14 || !hashed(s)) return false;
    if (n == 14) return !spoken(s);
    if (s[14] != '-' || (n != 25 && n != 27)) return false;
    for (size_t k = 15; k < 25; k++)
        if (!isupper((unsigned char)s[k])) return false;
    return n == 25 || (s[25] == '-' && isupper((unsigned char)s[26]));
}

/* ---- without RDKit ---- */

static bool starts(const char *s, size_t n, const char *with) {
    return n >= strlen(with) && !strncmp(s, with, strlen(with));
}

/* SMILES here: built like one. */
static mg_notation guess_word(const char *s, size_t n) {
    const shape sh = look(s, n);
    if (like_selfies(s, n, &sh)) return MG_NOTATION_SELFIES;
    if (like_reaction(&sh)) return MG_NOTATION_REACTION;
    if (like_pattern(&sh)) return MG_NOTATION_SMARTS;
    return like_smiles(s, &sh) ? MG_NOTATION_SMILES : MG_NOTATION_WORDS;
}

mg_notation mg_notation_guess(const char *s, size_t n) {
    mg_notation_trim(&s, &n);
    if (n == 0) return MG_NOTATION_EMPTY;
    if (starts(s, n, "InChI=")) return MG_NOTATION_INCHI;
    if (inchikey(s, n)) return MG_NOTATION_INCHIKEY;
    if (memchr(s, '\n', n) &&
        (holds(s, n, "M  END") || holds(s, n, " V2000") || holds(s, n, " V3000")))
        return MG_NOTATION_MOLFILE;
    const size_t first = mg_notation_word(s, n);
    if (first == n) return guess_word(s, n);
    /* words, unless each is built like a SMILES, or one is followed by a CXSMILES extension */
    if (mg_notation_cut_extension(s, n) < n) return guess_word(s, first);
    int words = 0;
    for (size_t i = 0; i < n;) {
        const size_t word = mg_notation_word(s + i, n - i);
        if (word && guess_word(s + i, word) != MG_NOTATION_SMILES && (words > 0 || word > 1))
            return MG_NOTATION_WORDS;
        words += word > 0;
        i += word ? word : blank_at(s + i, n - i);
    }
    return MG_NOTATION_SMILES;
}

const char *mg_notation_refusal(mg_notation kind) {
    switch (kind) {
    case MG_NOTATION_EMPTY: return "empty";
    case MG_NOTATION_WORDS: return "looks like a name, not like SMILES";
    case MG_NOTATION_INCHIKEY:
        return "an InChIKey, which is a hash: no molecule can be read from it";
    case MG_NOTATION_SMARTS: return "a SMARTS pattern, not one molecule";
    case MG_NOTATION_REACTION: return "a reaction, not one molecule";
    case MG_NOTATION_SELFIES: return "SELFIES, which are not read: give SMILES";
    case MG_NOTATION_MOLFILE: return "a molfile: give it as a file";
    default: return NULL;
    }
}

void mg_notation_refuse(const char *s, size_t n, molglot_row_status *row) {
    const mg_notation kind = mg_notation_guess(s, n);
    const char *reason = mg_notation_refusal(kind);
    if (!reason || !row) return;
    /* CO2, CCc: where the grammar breaks says more */
    if (kind == MG_NOTATION_WORDS && look(s, n).foreign == 0) return;
    mg_row_refuse(row, -1, "%s", reason);
}
