/* plain_fat.c - fatty acids, acyl-CoAs and lipids with what is told of them:
 *
 *   2E-dodecenoyl-CoA, C12 enoyl thioester, tetraanion
 *
 * The longest beginning up to a mark whose words plain_acyl.c uses up is the chain. Behind it come
 * its charge, other words for it, which have to agree, and what may be told of any molecule
 * (plain_told.c).
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"
#include "search/plain_class.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS_MOST = 10 };

/* ---- marks ---- */

static size_t mark_at(const char *s) {
    static const char *const marks[] = {", ", "; ", ": ", " - ", " (", ") ", ")", " aka "};
    for (size_t i = 0; i < MG_COUNT(marks); i++)
        if (plain_begins_so(s, marks[i])) return strlen(marks[i]);
    return 0;
}

/* The clause at s, without brackets around it; where the next begins. */
static const char *next_clause(const char *s, char out[PLAIN_LONGEST]) {
    size_t n = 0;
    int depth = 0;
    for (; s[n]; n++) {
        if (!depth && mark_at(s + n) && !(s[n] == ')' && n && s[n + 1] && s[n + 1] != ' ')) break;
        depth += s[n] == '(' || s[n] == '[';
        depth -= (s[n] == ')' || s[n] == ']') && depth;
    }
    snprintf(out, PLAIN_LONGEST, "%.*s", (int)n, s);
    const char *next = s + n;
    while (*next && mark_at(next)) next += mark_at(next);
    return next;
}

/* Behind a comma. */
static void add_told(char told[PLAIN_LONGEST], const char *clause) {
    const size_t n = strlen(told);
    if (n + strlen(clause) + 3 > PLAIN_LONGEST) return;
    if (n) strcat(told, ", ");
    strcat(told, clause);
}

/* ---- a chain ---- */

/* Whether the other words may mean the chain too. */
static bool agrees(const plain_acyl *a, const plain_acyl *b) {
    int branches = 0;
    for (int i = 0; i < a->groups; i++) branches += a->group[i].what == 'm';
    const int size = b->carbons ? b->carbons : b->counted;
    if (size && size != a->carbons && size != a->carbons + branches) return false;
    if ((b->said >= 0 && b->said != a->n) || b->least > a->n) return false;
    if (b->omega && a->n && a->place[a->n - 1] != a->carbons - b->omega) return false;
    for (int i = 0; i < b->n; i++) {
        bool is = false;
        for (int k = 0; k < a->n; k++)
            is |= a->place[k] == b->place[i] &&
                  (!b->side[i] || !a->side[k] || a->side[k] == b->side[i]);
        if (!is) return false;
    }
    for (int i = 0; i < b->groups; i++) {
        bool is = false;
        for (int k = 0; k < a->groups; k++)
            is |= a->group[k].at == b->group[i].at && a->group[k].what == b->group[i].what &&
                  (!b->group[i].label || a->group[k].label == b->group[i].label);
        if (!is) return false;
    }
    return true;
}

static bool merge_charge(plain_acyl *a, acyl_charge charge, int sum) {
    if (charge == ACYL_NOT_SAID) return true;
    if (a->charge == ACYL_NOT_SAID || (a->charge == ACYL_ALL && charge == ACYL_SUM)) {
        a->charge = charge, a->sum = sum;
        return true;
    }
    return a->charge == charge ? charge != ACYL_SUM || sum == a->sum
                               : a->charge == ACYL_SUM && charge == ACYL_ALL;
}

static bool has_label(const plain_acyl *a, int at, char mark) {
    for (int i = 0; i < a->n; i++)
        if (a->place[i] == at && a->side[i] == mark) return true;
    for (int i = 0; i < a->groups; i++)
        if ((a->group[i].at == at && a->group[i].label == mark) ||
            (a->group[i].at + 1 == at && a->group[i].next == mark))
            return true;
    return false;
}

static bool has_group(const plain_acyl *a, char what) {
    for (int i = 0; i < a->groups; i++)
        if (a->group[i].what == what) return true;
    return false;
}

/* Words of the structure that plain_acyl.c should have read. */
static bool says_structure(const plain_acyl *a, const char *s) {
    static const struct {
        const char *words;
        char what; /* which the chain may have; 0: never */
    } rows[] = {
        {"OH|OHs|carbon|carbons|end|tail|last|terminal|terminus|methyl|branch|branched|shifted|"
         "attached|extra|isomer|isomers|cis|trans|instead|moved|further|beyond|analogue|analog|"
         "position|positions|"
         "site|generic|proton|protons|acidic|"
         "off|minus|negative|charge|charges|R|S|E|Z|rac",
         0},
        {"bond|bonds|double|alkene|alkenes|diene|triene|tetraene|conjugated", 'b'},
        {"hydroxyl|hydroxyls|hydroxy|dihydroxy|diol|alcohol|hydroxylated", 'h'},
        {"epoxide|epoxy", 'e'},
        {"ketone|keto|oxo", 'o'},
        {"hydroperoxide|hydroperoxy", 'p'}};
    for (const char *c = s; *c; c++) {
        if (c > s && isalpha((unsigned char)c[-1])) continue;
        for (size_t i = 0; i < MG_COUNT(rows); i++)
            for (const char *w = rows[i].words; *w;) {
                const size_t k = strcspn(w, "|");
                const bool same = !strncmp(c, w, k) && !isalpha((unsigned char)c[k]);
                w += k + (w[k] == '|');
                if (!same) continue;
                if (!a || !rows[i].what) return true;
                if (rows[i].what == 'b'
                        ? !a->n || strpbrk(s, "0123456789")
                        : !has_group(a, rows[i].what) && !(rows[i].what == 'e' && a->from_epoxide))
                    return true;
            }
    }
    return false;
}

/* "C12", "20:4", "8E" among what is told are the chain's. */
static bool numbers_fit(const plain_acyl *a, const char *s) {
    int branches = 0;
    for (int i = 0; i < a->groups; i++) branches += a->group[i].what == 'm';
    for (const char *c = s; *c; c++) {
        if (!isdigit((unsigned char)*c) || (c > s && isdigit((unsigned char)c[-1]))) continue;
        const size_t n = strspn(c, "0123456789");
        const int size = atoi(c);
        if (c[n] && strchr("RSEZ", c[n]) && !isalpha((unsigned char)c[n + 1]) &&
            !has_label(a, size, c[n]))
            return false;
        const bool named = c > s && c[-1] == 'C' && (c == s + 1 || !isalnum((unsigned char)c[-2]));
        const bool pair = c[n] == ':' && isdigit((unsigned char)c[n + 1]);
        if (pair && atoi(c + n + 1) != a->n) return false;
        if ((pair || (named && size > 5)) && size != a->carbons && size != a->carbons + branches)
            return false;
    }
    return true;
}

static bool chain_name(const plain_acyl *a, char out[ACYL_NAME + 40]) {
    static const struct {
        acyl_kind kind;
        const char *ending;
    } rows[] = {{ACYL_COA, "oyl-CoA"},
                {ACYL_CARNITINE, "oylcarnitine"},
                {ACYL_L_CARNITINE, "oyl-L-carnitine"},
                {ACYL_D_CARNITINE, "oyl-D-carnitine"},
                {ACYL_ETHANOLAMIDE, "oylethanolamine"},
                {ACYL_TAURINE, "oyltaurine"},
                {ACYL_PANTETHEINE, "oyl-4'-phosphopantetheine"}};
    const char *ending = NULL;
    char name[ACYL_NAME];
    int all = a->diacid ? 1 : 0, amines = 0;
    for (int i = 0; i < a->groups; i++) amines += a->group[i].what == 'a';
    acyl_kind kind = a->kind;
    if (kind == ACYL_ANY && (a->named || a->charge == ACYL_ALL || a->charge == ACYL_SUM))
        kind = a->named || a->charge == ACYL_ALL ? ACYL_ACID : ACYL_ANY;
    if (kind == ACYL_ACID || kind == ACYL_ANION) {
        const bool anion = a->charge == ACYL_ALL || (a->charge == ACYL_SUM && a->sum == -1) ||
                           (kind == ACYL_ANION && a->charge == ACYL_NOT_SAID);
        if (a->diacid || amines || a->charge == ACYL_INNER || (a->charge == ACYL_SUM && !anion))
            return false;
        return acyl_name(a, anion ? "oate" : "oic acid", out);
    }
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        if (rows[i].kind == kind) ending = rows[i].ending;
    if (!ending || amines || !acyl_name(a, ending, name)) return false;
    const bool betaine = kind == ACYL_CARNITINE || kind == ACYL_L_CARNITINE ||
                         kind == ACYL_D_CARNITINE;
    all += kind == ACYL_COA ? 4 : kind == ACYL_PANTETHEINE ? 2 : kind == ACYL_TAURINE ? 1 : 0;
    if (a->charge == ACYL_INNER && !betaine) return false;
    if (betaine && a->charge == ACYL_NEUTRAL && !a->diacid) return false;
    if (a->charge == ACYL_SUM && (a->sum != -all || betaine)) return false;
    if (a->charge == ACYL_ALL && (!all || betaine)) return false;
    const bool ion = a->charge == ACYL_SUM || a->charge == ACYL_ALL;
    const char *front = betaine                                             ? "O-"
                        : kind == ACYL_ETHANOLAMIDE || kind == ACYL_TAURINE ? "N-"
                                                                            : "";
    if (ion)
        snprintf(out, ACYL_NAME + 40, "%s%s(%d-)", front, name, all);
    else
        snprintf(out, ACYL_NAME + 40, "%s%s", front, name);
    return true;
}

/* What follows the chain; told: what may be told of any molecule. */
static bool read_told(plain_acyl *a, const char *s, char told[PLAIN_LONGEST]) {
    char clause[PLAIN_LONGEST];
    *told = 0;
    while (*s) {
        plain_acyl other;
        acyl_charge charge = ACYL_NOT_SAID;
        int sum = 0;
        s = next_clause(s, clause);
        const size_t n = strlen(clause), k = acyl_charge_at(clause, &charge, &sum);
        if (!n) continue;
        if (n == 1 && strchr("RS", *clause)) { /* of the only group */
            if (a->groups != 1 || !strchr("hp", a->group[0].what) || a->group[0].label)
                return false;
            a->group[0].label = *clause;
        } else if (k && k == n) {
            if (!merge_charge(a, charge, sum)) return false;
        } else if (acyl_read(clause, &other)) {
            if (!agrees(a, &other) || !merge_charge(a, other.charge, other.sum)) return false;
            if (other.kind > ACYL_ANION && a->kind > ACYL_ANION && a->kind != other.kind &&
                other.kind != ACYL_CARNITINE)
                return false;
            if (a->kind <= ACYL_GROUP && other.kind > (a->named ? ACYL_ANION : ACYL_GROUP))
                a->kind = other.kind;
            if (a->kind == ACYL_CARNITINE && other.kind == ACYL_L_CARNITINE) a->kind = other.kind;
        } else {
            if (!numbers_fit(a, clause) || says_structure(a, clause)) return false;
            add_told(told, clause);
        }
    }
    return true;
}

static int read_chain(const char *phrase, size_t to, const char *rest, bool *is, plain_said *out,
                      molglot_error *err) {
    char head[PLAIN_LONGEST], told[PLAIN_LONGEST], name[ACYL_NAME + 40];
    plain_acyl a;
    *is = false;
    snprintf(head, sizeof head, "%.*s", (int)to, phrase);
    if (!acyl_read(head, &a) || !acyl_settle(&a, false)) return MOLGLOT_OK;
    *is = true;
    if (!read_told(&a, rest, told) || !chain_name(&a, name)) return MOLGLOT_OK;
    int code = mg_name_read(name, &out->smiles, err);
    bool fit = true;
    if (!code && out->smiles && *told) code = plain_tail_fits(out->smiles, told, &fit, err);
    if (!fit) plain_said_free(out);
    if (!code && out->smiles && !(out->name = strdup(name))) code = mg_no_memory(err, "a name");
    return code;
}

/* ---- a lipid ---- */

/* Numbers among what is told are those of a chain, or of all of them. */
static bool class_numbers_fit(const plain_class *c, const char *s) {
    int carbons = 0, bonds = 0;
    for (int i = 0; i < c->n; i++)
        carbons += c->chain[i].chain.carbons, bonds += c->chain[i].chain.n;
    for (const char *at = s; (at = strchr(at, ':')) != NULL; at++) {
        if (at == s || !isdigit((unsigned char)at[-1]) || !isdigit((unsigned char)at[1])) continue;
        const char *from = at;
        while (from > s && isdigit((unsigned char)from[-1])) from--;
        const int size = atoi(from), n = atoi(at + 1);
        bool is = size == carbons && n == bonds;
        for (int i = 0; i < c->n; i++)
            is |= c->chain[i].chain.carbons == size && c->chain[i].chain.n == n;
        if (!is) return false;
    }
    return true;
}

static int read_lipid(const char *phrase, bool whole, plain_said *out, molglot_error *err) {
    char clause[PLAIN_LONGEST], told[PLAIN_LONGEST] = "", name[PLAIN_CLASS_NAME];
    plain_class c;
    const char *s = next_clause(phrase, clause);
    if (!plain_class_read(phrase, &c) || !plain_class_name(&c, name, sizeof name)) {
        if (whole || !plain_class_read(clause, &c)) return MOLGLOT_OK;
    } else {
        s = "";
    }
    if (c.row < 0) return MOLGLOT_OK;
    while (*s) {
        plain_class other;
        acyl_charge charge = ACYL_NOT_SAID;
        int sum = 0;
        s = next_clause(s, clause);
        const size_t n = strlen(clause), k = acyl_charge_at(clause, &charge, &sum);
        if (!n) continue;
        if (k && k == n)
            other = (plain_class){.row = -1, .charge = charge, .sum = sum};
        else if (!plain_class_read(clause, &other)) {
            if (says_structure(NULL, clause) || !class_numbers_fit(&c, clause)) return MOLGLOT_OK;
            add_told(told, clause);
            continue;
        }
        if (!plain_class_merge(&c, &other)) return MOLGLOT_OK;
    }
    if (!plain_class_name(&c, name, sizeof name)) return MOLGLOT_OK;
    int code = mg_name_read(name, &out->smiles, err);
    bool fit = true;
    if (!code && out->smiles && *told) code = plain_tail_fits(out->smiles, told, &fit, err);
    if (!fit) plain_said_free(out);
    return code;
}

/* ---- a ceramide ---- */

/* A charge at the end of s is cut off; NOT_SAID: none. */
static void take_charge(char *s, acyl_charge *charge, int *sum) {
    static const char *const cations[] = {" cation", " ammonium", " (1+)", " monocation"};
    *charge = ACYL_NOT_SAID;
    *sum = 0;
    for (size_t i = 0; i < MG_COUNT(cations); i++)
        if (plain_ends(s, cations[i])) {
            s[strlen(s) - strlen(cations[i])] = 0;
            *charge = ACYL_SUM, *sum = 1;
            return;
        }
    for (size_t i = 1; s[i]; i++) {
        const size_t k = s[i - 1] == ' ' ? acyl_charge_at(s + i, charge, sum) : 0;
        if (k && !s[i + k]) {
            s[i - 1] = 0;
            return;
        }
    }
    *charge = ACYL_NOT_SAID;
}

/* A number of a chain, a base or a place; "KRN7000" and "CD1d" are none. */
static bool says_number(const char *s) {
    for (const char *c = s; *c; c++) {
        if (!isdigit((unsigned char)*c)) continue;
        if (c == s || !isalpha((unsigned char)c[-1]) || c[1] == ':') return true;
        if (strchr("Ctd", c[-1]) && (c == s + 1 || !isalpha((unsigned char)c[-2]))) return true;
        while (isalnum((unsigned char)c[1])) c++;
    }
    return false;
}

/* The longest beginning that is a ceramide; what follows is its charge, itself in other words, or
 * told of it. */
static int read_ceramide(const char *phrase, bool whole, plain_said *out, molglot_error *err) {
    char clause[PLAIN_LONGEST], head[PLAIN_LONGEST], told[PLAIN_LONGEST] = "";
    char name[PLAIN_CLASS_NAME], other[PLAIN_CLASS_NAME];
    acyl_charge charge, more;
    int sum, n;
    const char *rest = phrase + strlen(phrase);
    bool is = false;
    for (const char *at = rest; !is && at > phrase + 2; at--) {
        if (*at && (whole || !mark_at(at))) continue;
        snprintf(head, sizeof head, "%.*s", (int)(at - phrase), phrase);
        take_charge(head, &charge, &sum);
        is = plain_sphingo_name(head, ACYL_NOT_SAID, 0, name, sizeof name);
        rest = at;
    }
    if (!is) return MOLGLOT_OK;
    while (*rest && mark_at(rest)) rest += mark_at(rest);
    while (*rest) {
        rest = next_clause(rest, clause);
        if (!*clause) continue;
        const size_t k = acyl_charge_at(clause, &more, &n);
        char plain_words[PLAIN_LONGEST];
        snprintf(plain_words, sizeof plain_words, "%s", clause);
        if (!(k && !clause[k])) take_charge(plain_words, &more, &n);
        if (more != ACYL_NOT_SAID && charge != ACYL_NOT_SAID && (more != charge || n != sum))
            return MOLGLOT_OK;
        if (more != ACYL_NOT_SAID) charge = more, sum = n;
        if (k && !clause[k]) continue;
        if (plain_sphingo_name(plain_words, ACYL_NOT_SAID, 0, other, sizeof other)) {
            if (strcmp(name, other) != 0) return MOLGLOT_OK;
            continue;
        }
        char both[2 * PLAIN_LONGEST];
        snprintf(both, sizeof both, "%s %s", head, clause);
        if (plain_sphingo_name(both, ACYL_NOT_SAID, 0, other, sizeof other)) {
            if (strcmp(name, other) != 0) return MOLGLOT_OK;
            continue;
        }
        if (says_structure(NULL, clause) || says_number(clause)) return MOLGLOT_OK;
        add_told(told, clause);
    }
    if (!plain_sphingo_name(head, charge, sum, name, sizeof name)) return MOLGLOT_OK;
    int code = mg_name_read(name, &out->smiles, err);
    bool fit = true;
    if (!code && out->smiles && *told) code = plain_tail_fits(out->smiles, told, &fit, err);
    if (!fit) plain_said_free(out);
    return code;
}

/* "X, both": the last word belongs to what follows. */
static bool goes_on(const char *phrase) {
    static const char *const words[] = {" both", " all", " two", " three", " four", " of",  " with",
                                        " and",  " at",  " on",  " the",   " a",    " its", " as"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (plain_ends(phrase, words[i])) return true;
    return false;
}

int plain_fat(const char *phrase, bool whole, plain_said *out, molglot_error *err) {
    size_t at[MARKS_MOST + 1], n = 0;
    bool is = false;
    int code = MOLGLOT_OK;
    *out = (plain_said){0};
    if (whole && goes_on(phrase)) return MOLGLOT_OK;
    for (size_t i = 2; phrase[i] && n < MARKS_MOST; i++)
        if (mark_at(phrase + i)) at[n++] = i;
    at[n] = strlen(phrase);
    for (size_t k = n + 1; k && !is && !code && (!whole || k > n); k--) {
        const char *rest = phrase + at[k - 1];
        while (*rest && mark_at(rest)) rest += mark_at(rest);
        code = read_chain(phrase, at[k - 1], rest, &is, out, err);
    }
    if (is || code) return code;
    code = read_lipid(phrase, whole, out, err);
    return code || out->smiles ? code : read_ceramide(phrase, whole, out, err);
}
