/* classes.c - a class of a caption that is the name of a molecule, held against the described one:
 *
 *   "The molecule is a 7-methylguanine that is ..."
 *   "It is a trihydroxyflavone and a 7-hydroxyisoflavone."
 *
 * A name with places, or a parent with so many groups, is part of the molecule: where it has more
 * atoms of an element than the described one, hydrogen aside, the class is wrong; and where the
 * molecule can be said on that parent (chem/nomenclature) with another number of these groups. What
 * cannot be read is no claim.
 */
#include "caption/inside.h"
#include "chem/nomenclature/nomenclature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 120, LEAST = 6, LETTERS = 27, SYMBOLS = LETTERS * LETTERS };

/* ---- atoms ---- */

/* By symbol, hydrogen aside. */
typedef struct atoms {
    int of[SYMBOLS];
} atoms;

static int place(char a, char b) { return (a - 'A') * LETTERS + (b ? b - 'a' + 1 : 0); }

static bool atoms_of(const mg_mol *m, atoms *out) {
    char *formula = m ? mg_mol_formula(m) : NULL;
    memset(out, 0, sizeof *out);
    for (const char *s = formula; s && *s;) {
        if (!isupper((unsigned char)*s)) {
            s++;
            continue;
        }
        const char a = *s++, b = islower((unsigned char)*s) ? *s++ : 0;
        const size_t digits = strspn(s, "0123456789");
        out->of[place(a, b)] += digits ? atoi(s) : 1;
        s += digits;
    }
    out->of[place('H', 0)] = 0;
    free(formula);
    return formula != NULL;
}

/* Whether a structure with `more` put to it has more atoms of an element than the molecule. */
static bool has_more(const char *smiles, const atoms *more, const atoms *own) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    atoms x;
    bool is = false;
    if (atoms_of(m, &x))
        for (int i = 0; i < SYMBOLS; i++) is |= x.of[i] + more->of[i] > own->of[i];
    mg_mol_free(m);
    return is;
}

/* ---- "trihydroxyflavone" ---- */

static const char *const NUMBERS[] = {"mono", "di", "tri", "tetra", "penta", "hexa", "hepta"};

typedef struct numbered {
    int many;
    bool methoxy;
    const char *parent; /* within the noun */
} numbered;

static bool read_numbered(const char *noun, numbered *out) {
    for (size_t i = 0; i < MG_COUNT(NUMBERS); i++) {
        const size_t n = strlen(NUMBERS[i]);
        if (strncmp(noun, NUMBERS[i], n) != 0) continue;
        const bool hydroxy = !strncmp(noun + n, "hydroxy", 7);
        if (!hydroxy && strncmp(noun + n, "methoxy", 7) != 0) continue;
        *out = (numbered){(int)i + 1, !hydroxy, noun + n + 7};
        out->parent += *out->parent == '-';
        return strlen(out->parent) >= LEAST - 1;
    }
    return false;
}

/* Places in "a hydroxy group at position 3", "hydroxy groups at positions 5, 7 and 4'"; -1: the
 * phrase says the group inside others, too. */
static int count_places(const char *phrase, const char *group) {
    int n = 0;
    for (const char *at = phrase; (at = strstr(at, group)) != NULL;) {
        const bool apart = at > phrase && at[-1] == ' ';
        at += strlen(group);
        if (!apart || strncmp(at, " group", 6) != 0) return -1;
        at += 6;
        at += *at == 's';
        if (strncmp(at, " at position", 12) != 0) return -1;
        at += 12;
        at += *at == 's';
        while (*at == ' ' && isdigit((unsigned char)at[1])) {
            n++;
            at += 1 + strcspn(at + 1, " ,.");
            if (*at == ',') at++;
            if (!strncmp(at, " and ", 5) && isdigit((unsigned char)at[5])) at += 4;
        }
    }
    return n;
}

/* How many such groups the molecule has on that parent; -1: nobody says. */
static int count_groups(const mg_mol *mol, const numbered *x, int *many, molglot_error *err) {
    char *name = NULL, *phrase = NULL;
    const int code = mg_name_write(mol, x->parent, &name, &phrase, err);
    *many = phrase ? count_places(phrase, x->methoxy ? "methoxy" : "hydroxy") : -1;
    free(name);
    free(phrase);
    return code;
}

/* ---- nouns ---- */

static int check_noun(mg_readings *r, const mg_mol *mol, const atoms *own, mg_caption *c,
                      mg_caption_span at, molglot_error *err) {
    const size_t n = at.end - at.begin;
    char noun[NAME];
    numbered x = {0};
    atoms more = {{0}};
    mg_reading read;
    if (n < LEAST || n >= NAME || memchr(c->text + at.begin, ' ', n)) return MOLGLOT_OK;
    snprintf(noun, sizeof noun, "%.*s", (int)n, c->text + at.begin);
    const bool counted = read_numbered(noun, &x);
    if (!counted && !strpbrk(noun, "0123456789")) return MOLGLOT_OK;
    if (counted) more.of[place('O', 0)] = x.many, more.of[place('C', 0)] = x.methoxy ? x.many : 0;
    int code = mg_readings_name(r, counted ? x.parent : noun, &read, err);
    bool known = !code && read.n, wrong = known;
    for (size_t i = 0; i < read.n && wrong; i++)
        wrong = read.at[i].read && has_more(read.at[i].smiles, &more, own);
    if (!code && known && !wrong && counted) {
        int many = -1;
        code = count_groups(mol, &x, &many, err);
        wrong = many >= 0 && many != x.many;
    }
    mg_reading_free(&read);
    c->claims += known;
    return !code && wrong ? mg_caption_wrong(c, at.begin, at.end, err) : code;
}

/* Behind "a" or "an" at s[at]: to the end of the word. */
static mg_caption_span noun_at(const char *s, size_t at, size_t end) {
    if (end - at > 3 && !strncmp(s + at, "an ", 3))
        at += 3;
    else if (end - at > 2 && !strncmp(s + at, "a ", 2))
        at += 2;
    else
        return (mg_caption_span){0, 0};
    size_t to = at;
    while (to < end && s[to] != ' ') to++;
    while (to > at && strchr(",.", s[to - 1])) to--;
    return (mg_caption_span){at, to};
}

/* What may stand behind a class of one word in a definition. */
static bool is_whole(const char *s) {
    static const char *const behind[] = {" that ",        " which ",    " in which ", " obtained ",
                                         " having ",      " carrying ", " with ",     " isolated ",
                                         " substituted ", " found ",    ", ",         "."};
    for (size_t i = 0; i < MG_COUNT(behind); i++)
        if (!strncmp(s, behind[i], strlen(behind[i]))) return true;
    return false;
}

int mg_classes_check(mg_readings *r, const mg_mol *mol, mg_caption *c, molglot_error *err) {
    static const char defined[] = "The molecule is ", listed[] = "It is ";
    const size_t length = strlen(c->text);
    atoms own;
    int code = MOLGLOT_OK;
    if (!atoms_of(mol, &own)) return mg_no_memory(err, "captions");
    for (size_t at = 0; at < length && !code;) {
        const char *s = c->text;
        const size_t n = mg_text_first_sentence(s + at), end = n ? at + n : length;
        at += strspn(s + at, " ");
        if (!strncmp(s + at, defined, strlen(defined))) {
            const mg_caption_span x = noun_at(s, at + strlen(defined), end);
            if (x.end && is_whole(s + x.end)) code = check_noun(r, mol, &own, c, x, err);
        } else if (!strncmp(s + at, listed, strlen(listed))) {
            for (size_t i = at + strlen(listed); i < end && !code;) {
                const mg_caption_span x = noun_at(s, i, end);
                const bool whole = x.end && (strchr(",.", s[x.end]) || x.end == end ||
                                             !strncmp(s + x.end, " and ", 5));
                if (whole) code = check_noun(r, mol, &own, c, x, err);
                const char *comma = memmem(s + i, end - i, ", ", 2),
                           *and = memmem(s + i, end - i, " and ", 5);
                const size_t next = comma ? (size_t)(comma - s) + 2 : end,
                             other = and? (size_t)(and-s) + 5 : end;
                i = next < other ? next : other;
            }
        }
        at = end > at ? end : at + 1;
    }
    return code;
}

int mg_classes_mend(const mg_caption *c, const mg_mol *mol, mg_str *out, molglot_error *err) {
    size_t done = 0;
    int code = MOLGLOT_OK;
    for (int i = 0; i < c->n_wrong && !code; i++) {
        const mg_caption_span at = c->wrong[i];
        char noun[NAME];
        numbered x;
        int many = -1;
        if (at.end - at.begin >= NAME) continue;
        snprintf(noun, sizeof noun, "%.*s", (int)(at.end - at.begin), c->text + at.begin);
        if (strchr(noun, ' ') || !read_numbered(noun, &x)) continue;
        code = count_groups(mol, &x, &many, err);
        if (code || many < 1 || many > (int)MG_COUNT(NUMBERS) || many == x.many) continue;
        mg_str_add(out, c->text + done, at.begin - done);
        mg_str_addf(out, "%s%s", NUMBERS[many - 1], noun + strlen(NUMBERS[x.many - 1]));
        done = at.end;
    }
    if (done) mg_str_addz(out, c->text + done);
    return code;
}
