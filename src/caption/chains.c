/* chains.c - a caption that says which acyl groups another lipid has, told of the described one:
 *
 *   copy      "a 1,2-diacyl-sn-glycerol in which the acyl groups at positions 1 and 2 are specified
 *              as palmitoyl and linoleoyl respectively. ... It derives from a palmitic acid ..."
 *   mended    "... are specified as palmitoleoyl and linoleoyl respectively. ... a palmitoleic
 * acid"
 *
 * The described molecule is parted at its esters, thioesters and amides; of its open chains of C, H
 * and O each has a name. These stand for the chains of the copy in every order, and one list of
 * them for all that is said behind "in which"; the mended sentence must build the molecule.
 */
#include "caption/chains.h"

#include "base/grow.h"
#include "chem/nomenclature/nomenclature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char ACYL_BOND[] = "[CX3:1](=[OX1:2])-;!@[O,S,N;X2,X3:3][C,c:4]>>"
                                "[C:1](=[O:2])O.[*:3][*:4]";

/* ---- names ---- */

/* "palmitic" and "hexadecanoic" of "palmitoyl" and "hexadecanoyl"; *acid: their structure. */
static int read_acyl(mg_readings *r, const char *acyl, size_t n, char *smiles, size_t room,
                     molglot_error *err) {
    static const char *const ends[][2] = {
        {"oyl", "oic acid"}, {"oyl", "ic acid"}, {"yl", "ic acid"}};
    int code = MOLGLOT_OK;
    *smiles = 0;
    for (size_t i = 0; i < MG_COUNT(ends) && !code && !*smiles; i++) {
        const size_t k = strlen(ends[i][0]);
        char name[NAME];
        mg_reading x;
        if (n <= k || n >= NAME - 8 || strncmp(acyl + n - k, ends[i][0], k) != 0) continue;
        snprintf(name, sizeof name, "%.*s%s", (int)(n - k), acyl, ends[i][1]);
        code = mg_readings_name(r, name, &x, err);
        if (!code && x.n && strlen(x.at[0].smiles) < room) strcpy(smiles, x.at[0].smiles);
        mg_reading_free(&x);
    }
    return code;
}

/* An acid of one open chain of C, H and O: its carbons and double bonds between them; false: it is
 * none. */
static bool is_chain(const char *smiles, int *carbons, int *doubles) {
    int acids = 0;
    *carbons = *doubles = 0;
    for (const char *s = smiles; *s; s++) {
        *carbons += *s == 'C';
        *doubles += *s == '=' && s[1] != 'O';
        acids += !strncmp(s, "C(=O)O", 6) && (!s[6] || s[6] == ')');
        if (!strchr("CO=()[]@H/\\", *s)) return false;
    }
    acids += !strncmp(smiles, "O=C(O)", 6);
    *doubles -= !strncmp(smiles, "O=C", 3);
    return acids == 1 && *carbons > 1;
}

/* "(9Z,12Z)-octadeca-9,12-dienoic acid" as ChEBI has it, without the places that its bracket says.
 */
static void shorten(char *name) {
    char *close = strchr(name, ')'), *dash = close ? strchr(close + 2, '-') : NULL;
    char *behind = dash ? strchr(dash + 1, '-') : NULL;
    if (*name != '(' || !behind || close[1] != '-' || strchr(behind + 1, '-')) return;
    for (const char *s = close + 2; s < dash; s++)
        if (!isalpha((unsigned char)*s)) return;
    int said = 0, places = 1;
    for (const char *s = name; s < close; s++) said += *s == 'Z' || *s == 'E';
    for (const char *s = dash + 1; s < behind; s++) {
        if (!isdigit((unsigned char)*s) && *s != ',') return;
        places += *s == ',';
    }
    if (said == places) memmove(dash, behind + 1, strlen(behind + 1) + 1);
}

/* By its carbons; *known stays false where it has no such name. */
static int name_by_carbons(chain *c, bool *known, molglot_error *err) {
    static const size_t tail = 8; /* "oic acid" */
    char *name = NULL, *phrase = NULL;
    mg_mol *m = mg_mol_from_smiles(c->smiles, NULL, NULL);
    const int code = m ? mg_name_write(m, NULL, &name, &phrase, err) : MOLGLOT_OK;
    const size_t n = name ? strlen(name) : 0;
    if (n > tail && n < NAME - 4 && !strcmp(name + n - tail, "oic acid")) {
        *known = true;
        snprintf(c->from, NAME, "%s", name);
        shorten(name);
        snprintf(c->acid, NAME, "%s", name);
        snprintf(c->acyl, NAME, "%.*soyl", (int)(strlen(name) - tail), name);
    }
    mg_mol_free(m);
    free(name);
    free(phrase);
    return code;
}

/* Names of an acid; own: also of those that have two the one that is not by its carbons. */
static int name_chain(mg_readings *r, bool own, chain *c, bool *known, molglot_error *err) {
    static const char *const names[][2] = {{"propionic", "propionyl"},
                                           {"butyric", "butyryl"},
                                           {"lauric", "lauroyl"},
                                           {"myristic", "myristoyl"},
                                           {"palmitic", "palmitoyl"},
                                           {"stearic", "stearoyl"},
                                           {"acetic", "acetyl"},
                                           {"palmitoleic", "palmitoleoyl"},
                                           {"oleic", "oleoyl"},
                                           {"linoleic", "linoleoyl"},
                                           {"alpha-linolenic", "alpha-linolenoyl"},
                                           {"gamma-linolenic", "gamma-linolenoyl"},
                                           {"arachidonic", "arachidonoyl"}};
    enum { BY_CARBONS = 6 /* those before have two usual names */ };
    *known = false;
    int code = name_by_carbons(c, known, err);
    for (size_t i = 0; i < MG_COUNT(names) && !code; i++) {
        char acid[NAME];
        mg_reading x;
        snprintf(acid, NAME, "%s acid", names[i][0]);
        code = mg_readings_name(r, acid, &x, err);
        const bool same = !code && x.n && !strcmp(x.at[0].smiles, c->smiles);
        mg_reading_free(&x);
        if (!same) continue;
        if (!*known || i >= BY_CARBONS) snprintf(c->from, NAME, "%s", acid);
        if (!*known || own || i >= BY_CARBONS) {
            snprintf(c->acid, NAME, "%s", acid);
            snprintf(c->acyl, NAME, "%s", names[i][1]);
        }
        *known = true;
        break;
    }
    return code;
}

/* ---- the molecule's chains ---- */

static tally tally_of(const char *smiles) {
    tally x = {0, 0};
    for (const char *s = smiles; *s; s++) {
        x.carbons += (*s == 'C' && s[1] != 'l') || *s == 'c';
        x.doubles += *s == '=';
    }
    return x;
}

static int find_chains(const telling *from, bool own, chains *t, molglot_error *err) {
    char **halves = NULL;
    size_t n = 0;
    bool known = true;
    if (t->known) return MOLGLOT_OK;
    t->known = true;
    int code = mg_smiles_cut(from->smiles, ACYL_BOND, BONDS, &halves, &n, err);
    for (size_t i = 0; i + 1 < n && !code && known; i += 2) {
        chain c = {.carbons = 0};
        if (!is_chain(halves[i], &c.carbons, &c.doubles)) continue;
        known = t->n < CHAINS && strlen(halves[i]) < NAME;
        if (!known) break;
        strcpy(c.smiles, halves[i]);
        c.holds = tally_of(c.smiles);
        int like = 0;
        while (like < t->n && strcmp(t->has[like].smiles, c.smiles) != 0) like++;
        if (like < t->n)
            c = t->has[like];
        else if (!(code = name_chain(from->r, own, &c, &known, err)) && known)
            t->kind[t->kinds++] = t->n;
        if (known && !code) t->has[t->n++] = c;
    }
    for (size_t i = 0; i < n; i++) free(halves[i]);
    free(halves);
    if (!known) t->n = t->kinds = 0;
    return code;
}

/* ---- the copy's chains ---- */

/* Where the name that ends at `end` begins: behind a blank, a hyphen with a place, a bracket that
 * it does not close. */
static size_t begin_of(const char *s, size_t from, size_t end) {
    size_t i = end;
    int depth = 0;
    while (i > from) {
        const char c = s[i - 1];
        if (strchr(")]", c)) depth++;
        if (strchr("([", c) && !depth--) break;
        if (c == ' ' && !depth) break;
        i--;
    }
    return i;
}

/* The longest name of a chain in s[from..end), which ends with "yl": behind it may stand "1-". */
static int longest_chain(telling *t, size_t from, size_t end, mention *m, molglot_error *err) {
    int code = MOLGLOT_OK;
    m->end = 0;
    for (size_t i = from; i + LEAST < end && !code && !m->end; i++) {
        char smiles[NAME];
        int carbons, doubles;
        const char before = i > from ? t->text[i - 1] : '-';
        size_t at = i;
        if (!strchr("-[(/", before)) continue;
        const bool two = !strncmp(t->text + i, "di", 2) && i >= from + 4 &&
                         !strncmp(t->text + i - 4, "1,2-", 4);
        for (int k = 0; k < 1 + two && !code && !m->end; k++, at += 2) {
            code = read_acyl(t->r, t->text + at, end - at, smiles, sizeof smiles, err);
            if (code || !*smiles || !is_chain(smiles, &carbons, &doubles) || carbons < 2) continue;
            *m = (mention){k ? i - 4 : at, end, false, k > 0, tally_of(smiles)};
        }
    }
    return code;
}

/* "palmitic acid" that ends at `end`, behind a blank. */
static int acid_at(telling *t, size_t end, mention *m, molglot_error *err) {
    static const char tail[] = " acid";
    char name[NAME];
    mg_reading x = {0};
    int carbons, doubles;
    m->end = 0;
    if (end < sizeof tail || strncmp(t->text + end - 5, tail, 5) != 0) return MOLGLOT_OK;
    const size_t begin = begin_of(t->text, 0, end - 5);
    if (end - begin >= NAME || end - begin < LEAST + 5) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%.*s", (int)(end - begin), t->text + begin);
    const int code = mg_readings_name(t->r, name, &x, err);
    if (!code && x.n && is_chain(x.at[0].smiles, &carbons, &doubles))
        *m = (mention){begin, end, true, false, tally_of(x.at[0].smiles)};
    mg_reading_free(&x);
    return code;
}

static int find_mentions(telling *t, molglot_error *err) {
    int code = MOLGLOT_OK;
    t->mentions = 0;
    for (size_t i = LEAST; i <= t->first && !code; i++) {
        const char next = t->text[i];
        mention m = {0};
        if (isalpha((unsigned char)next)) continue;
        if (!strncmp(t->text + i - 2, "yl", 2))
            code = longest_chain(t, begin_of(t->text, 0, i), i, &m, err);
        else if (t->text[i - 1] == 'd')
            code = acid_at(t, i, &m, err);
        if (!m.end) continue;
        mention *last = t->mentions ? &t->at[t->mentions - 1] : NULL;
        if (last && m.begin == last->end + 2 && !strncmp(t->text + last->end, " (", 2) &&
            next == ')') { /* "octadecanoyl (stearoyl)" */
            last->end = i + 1;
            continue;
        }
        if (last && m.begin < last->end) continue;
        if (t->mentions == CHAINS) { /* more than are told */
            t->mentions = 0;
            return code;
        }
        t->at[t->mentions++] = m;
    }
    return code;
}

/* ---- telling ---- */

/* text[from..to) with the chains of `by` (numbers of `has`) in the place of the mentions. */
static void put_chains(const telling *t, const int *by, mg_str *out) {
    size_t at = 0;
    int k = 0;
    for (int i = 0; i < t->mentions; i++) {
        const mention *m = &t->at[i];
        const chain *one = &t->has[by[k++]];
        mg_str_add(out, t->text + at, m->begin - at);
        const bool closed = m->begin && strchr("-", t->text[m->begin - 1]) && *one->acyl == '(';
        if (m->two) {
            const chain *two = &t->has[by[k++]];
            const char *a = *one->acyl == '(' ? "[" : "", *b = *one->acyl == '(' ? "]" : "",
                       *c = *two->acyl == '(' ? "[" : "", *d = *two->acyl == '(' ? "]" : "";
            if (!strcmp(one->acyl, two->acyl))
                mg_str_addf(out, *a ? "1,2-bis%s%s%s" : "1,2-di%s%s%s", a, one->acyl, b);
            else
                mg_str_addf(out, "1-%s%s%s-2-%s%s%s", a, one->acyl, b, c, two->acyl, d);
        } else if (m->acid)
            mg_str_addz(out, one->acid);
        else
            mg_str_addf(out, "%s%s%s", closed ? "[" : "", one->acyl, closed ? "]" : "");
        at = m->end;
    }
    mg_str_add(out, t->text + at, t->first - at);
}

/* Whether a sentence builds the molecule; each is read once. */
static int builds(telling *t, const mg_str *sentence, bool *is, molglot_error *err) {
    struct mg_own_chains *own = t->own;
    *is = false;
    if (sentence->failed) return mg_no_memory(err, "captions");
    const uint64_t key = mg_hash64(sentence->s, sentence->n, 0);
    for (size_t i = 0; i < own->n; i++)
        if (own->failed[i] == key) return MOLGLOT_OK;
    const int code = mg_readings_try(t->r, sentence->s, t->smiles, is, err);
    if (code || *is) return code;
    if (!MG_GROW(own->failed, own->cap, own->n + 1)) return mg_no_memory(err, "captions");
    own->failed[own->n++] = key;
    return MOLGLOT_OK;
}

/* ---- before a sentence is read: whether it could build the molecule ---- */

/* Words by which one name is said of several chains. */
static bool says_several(const telling *t) {
    static const char *const words[] = {" both ", " all ", " each ", " two ", " three ", " four "};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (memmem(t->text, t->first, words[i], strlen(words[i]))) return true;
    return false;
}

/* Whether the copy's molecule with `less` away and `more` put to it has the carbons and double
 * bonds of the described one. */
static bool may_build(const telling *t, tally less, tally more) {
    const tally own = tally_of(t->smiles);
    if (!t->copy.n || says_several(t)) return true;
    for (size_t i = 0; i < t->copy.n; i++) {
        const tally x = tally_of(t->copy.at[i].smiles);
        if (x.carbons - less.carbons + more.carbons == own.carbons &&
            x.doubles - less.doubles + more.doubles == own.doubles)
            return true;
    }
    return false;
}

static void put_tally(tally *sum, tally x, int times) {
    sum->carbons += times * x.carbons;
    sum->doubles += times * x.doubles;
}

/* With the chains of `by` in the place of the mentions. */
static bool may_be(const telling *t, const int *by) {
    tally less = {0, 0}, more = {0, 0};
    int k = 0;
    for (int i = 0; i < t->mentions; i++) {
        put_tally(&less, t->at[i].holds, 1 + t->at[i].two);
        for (int j = 0; j <= t->at[i].two; j++) put_tally(&more, t->has[by[k++]].holds, 1);
    }
    return may_build(t, less, more);
}

/* With all chains of the molecule in the place of the mentions behind text[at]. */
static bool may_be_list(const telling *t, size_t at) {
    tally less = {0, 0}, more = {0, 0};
    for (int i = 0; i < t->mentions; i++)
        if (t->at[i].begin >= at) put_tally(&less, t->at[i].holds, 1 + t->at[i].two);
    for (int k = 0; k < t->n; k++) put_tally(&more, t->has[k].holds, 1);
    return may_build(t, less, more);
}

/* Every way to put chains for the mentions; out: the sentence that builds the molecule, and `by` of
 * it, or nothing. */
static int try_mentions(telling *t, int *by, mg_str *out, molglot_error *err) {
    int slots = 0, code = MOLGLOT_OK;
    for (int i = 0; i < t->mentions; i++) slots += 1 + t->at[i].two;
    if (!slots || slots > CHAINS || !t->kinds) return code;
    long ways = 1;
    for (int i = 0; i < slots; i++) ways *= t->kinds;
    for (long w = 0; w < ways && t->tries < TRIES && !code && !out->n; w++) {
        bool used[CHAINS] = {false}, is;
        int kinds = 0;
        long rest = w;
        for (int i = 0; i < slots; i++, rest /= t->kinds) {
            by[i] = t->kind[rest % t->kinds];
            kinds += !used[rest % t->kinds];
            used[rest % t->kinds] = true;
        }
        if (kinds < t->kinds && slots >= t->kinds) continue; /* one of the molecule's is left out */
        t->tries++;
        if (!may_be(t, by)) continue;
        put_chains(t, by, out);
        mg_chains_count(t->has, t->n, out);
        code = builds(t, out, &is, err);
        if (!is) mg_str_free(out);
    }
    return code;
}

/* "in which ..." of the copy by a list of all chains. */
static int try_list(telling *t, mg_str *out, molglot_error *err) {
    static const char *const marks[] = {" in which ", " having ", " with ", " where "};
    size_t at = t->first;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(marks); i++) {
        const char *found = memmem(t->text, t->first, marks[i], strlen(marks[i]));
        if (found && (size_t)(found - t->text) < at) at = (size_t)(found - t->text);
    }
    if (at == t->first || t->n < 2 || t->n > 3 || !may_be_list(t, at)) return code;
    int order[][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    const int orders = t->kinds == 1 ? 1 : t->n == 2 ? 2 : 6;
    for (int k = 0; k < orders && t->tries < TRIES && !code && !out->n; k++) {
        const char *a = t->has[order[k][0]].acyl, *b = t->has[order[k][1]].acyl,
                   *c = t->n > 2 ? t->has[order[k][2]].acyl : NULL;
        bool is;
        t->tries++;
        mg_str_add(out, t->text, at);
        if (t->kinds == 1)
            mg_str_addf(out,
                        c ? " in which all three acyl groups are specified as %s."
                          : " in which both acyl groups are specified as %s.",
                        a);
        else if (c)
            mg_str_addf(out,
                        " in which the acyl groups at positions 1, 2 and 3 are specified as %s, %s "
                        "and %s respectively.",
                        a, b, c);
        else
            mg_str_addf(out,
                        " in which the acyl groups at positions 1 and 2 are specified as %s and %s "
                        "respectively.",
                        a, b);
        mg_chains_count(t->has, t->n, out);
        code = builds(t, out, &is, err);
        if (!is) mg_str_free(out);
    }
    return code;
}

/* ---- the other sentences ---- */

/* Whether words name a chain of the copy that the molecule has not, or one that would be another in
 * two places. */
typedef struct change {
    char from[NAME], to[NAME];
} change;

static void add_change(change *list, int *n, const char *from, size_t length, const char *to) {
    if (length < LEAST || length >= NAME) return;
    snprintf(list[*n].from, NAME, "%.*s", (int)length, from);
    snprintf(list[*n].to, NAME, "%s", to);
    ++*n;
}

/* Old names and what is said for them; a name that has become two is "" in the other sentences. */
static int changes_of(const telling *t, const int *by, change *list) {
    int n = 0, k = 0;
    for (int i = 0; i < t->mentions; i++) {
        const mention *m = &t->at[i];
        const char *old = t->text + m->begin + (m->two ? 6 : 0);
        const char *aside = memmem(old, m->end - (size_t)(old - t->text), " (", 2);
        const size_t length = aside ? (size_t)(aside - old) : m->end - (size_t)(old - t->text);
        const chain *to = &t->has[by[k]];
        const bool split = m->two && strcmp(to->acyl, t->has[by[k + 1]].acyl) != 0;
        k += 1 + m->two;
        if (m->acid) {
            add_change(list, &n, old, length, split ? "" : to->acid);
            continue;
        }
        add_change(list, &n, old, length, split ? "" : to->acyl);
        char acid[NAME];
        if (length > 3 && length < NAME - 8 && !strncmp(old + length - 3, "oyl", 3)) {
            snprintf(acid, NAME, "%.*soic acid", (int)length - 3, old);
            add_change(list, &n, acid, strlen(acid), split ? "" : to->acid);
            snprintf(acid, NAME, "%.*sic acid", (int)length - 3, old);
            add_change(list, &n, acid, strlen(acid), split ? "" : to->acid);
        }
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (!strcmp(list[i].from, list[j].from) && strcmp(list[i].to, list[j].to) != 0)
                *list[i].to = *list[j].to = 0;
    return n;
}

static bool is_word_end(char c) { return !isalpha((unsigned char)c); }

/* Whether a name may begin at s[i]: also behind "1,2-di". */
static bool may_begin(const char *s, size_t i) {
    if (!i || is_word_end(s[i - 1])) return true;
    return i > 2 && !strncmp(s + i - 2, "di", 2) && s[i - 3] == '-';
}

/* A sentence of the rest with new names; one that would say a name that has none is left out. */
static bool put_sentence(const char *s, size_t n, const change *list, int changes, mg_str *out) {
    const size_t before = out->n;
    for (size_t i = 0; i < n;) {
        const change *best = NULL;
        for (int k = 0; k < changes; k++) {
            const size_t m = strlen(list[k].from);
            if (i + m <= n && !strncmp(s + i, list[k].from, m) && is_word_end(s[i + m]) &&
                may_begin(s, i) && (!best || m > strlen(best->from)))
                best = &list[k];
        }
        if (!best) {
            mg_str_add(out, s + i++, 1);
            continue;
        }
        if (!*best->to) {
            out->n = before;
            if (out->s) out->s[before] = 0;
            return false;
        }
        if (out->n > 4 && !strncmp(out->s + out->n - 4, " an ", 4) &&
            !strchr("aeiouAEIOU", *best->to))
            out->n -= 2, mg_str_addz(out, " ");
        else if (out->n > 3 && !strncmp(out->s + out->n - 3, " a ", 3) &&
                 strchr("aeiouAEIOU", *best->to))
            out->n--, mg_str_addz(out, "n ");
        mg_str_addz(out, best->to);
        i += strlen(best->from);
    }
    return true;
}

/* Whether words are the name of a chain's acid. */
static int names_chain(telling *t, const char *s, size_t n, bool *is, char *smiles,
                       molglot_error *err) {
    char name[NAME];
    int carbons, doubles;
    mg_reading x;
    *is = !strncmp(s, "all-cis-", 8), *smiles = 0;
    if (*is || n >= NAME || n < LEAST) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%.*s", (int)n, s);
    const int code = mg_readings_name(t->r, name, &x, err);
    *is = !code && x.n && strlen(x.at[0].smiles) < NAME &&
          is_chain(x.at[0].smiles, &carbons, &doubles);
    if (*is) strcpy(smiles, x.at[0].smiles);
    mg_reading_free(&x);
    return code;
}

static void add_origin(mg_str *out, const char *name, int nth, bool last) {
    mg_str_addf(out, "%s%s%s",
                !nth   ? ""
                : last ? " and "
                       : ", ",
                strchr("aeiouAEIOU", *name) ? "an " : "a ", name);
}

/* " It derives from a palmitic acid and an oleic acid.": with the molecule's chains in the place of
 * the copy's; n 0: it says something else, too. */
static int put_origins(telling *t, const char *s, size_t n, mg_str *out, bool *done,
                       molglot_error *err) {
    static const char derives[] = "It derives from ";
    const char *at = s + strspn(s, " "), *end = s + n;
    const char *found[CHAINS];
    int length[CHAINS], items = 0, code = MOLGLOT_OK;
    char smiles[CHAINS][NAME];
    *done = false;
    if (strncmp(at, derives, strlen(derives)) != 0) return code;
    while (end > at && strchr(" .", end[-1])) end--;
    for (at += strlen(derives); at < end; items++) {
        static const char *const joins[] = {" and a ", " and an ", ", a ", ", an "};
        const char *next = end;
        size_t skip = 0;
        bool is;
        if (items == CHAINS) return code;
        at += !strncmp(at, "an ", 3) ? 3 : !strncmp(at, "a ", 2) ? 2 : 0;
        for (size_t k = 0; k < MG_COUNT(joins); k++) {
            const char *j = memmem(at, (size_t)(end - at), joins[k], strlen(joins[k]));
            if (j && j < next) next = j, skip = strlen(joins[k]);
        }
        code = names_chain(t, at, (size_t)(next - at), &is, smiles[items], err);
        if (code || !is) return code;
        found[items] = at, length[items] = (int)(next - at);
        at = next + skip;
    }
    *done = true;
    mg_str_addz(out, " ");
    mg_str_addz(out, derives);
    for (int k = 0; k < t->kinds; k++) {
        const chain *c = &t->has[t->kind[k]];
        char name[NAME];
        snprintf(name, sizeof name, "%s", c->from);
        for (int i = 0; i < items; i++) /* a name that is right stays */
            if (!strcmp(smiles[i], c->smiles))
                snprintf(name, sizeof name, "%.*s", length[i], found[i]);
        add_origin(out, name, k, k == t->kinds - 1);
    }
    mg_str_addz(out, ".");
    return code;
}

/* "an octanoate ester" of a molecule that has no such chain: of one that it has. */
static int name_esters(telling *t, mg_str *s, size_t from, molglot_error *err) {
    static const char ester[] = "ate ester";
    int code = MOLGLOT_OK;
    for (char *at; !code && s->n > from && (at = strstr(s->s + from, ester)) != NULL;) {
        const size_t end = (size_t)(at - s->s), begin = begin_of(s->s, from, end);
        char name[NAME], smiles[NAME];
        bool is = false, has = false;
        from = end + strlen(ester);
        if (end - begin + 8 >= NAME) continue;
        const int n = snprintf(name, sizeof name, "%.*sic acid", (int)(end - begin), s->s + begin);
        code = names_chain(t, name, (size_t)n, &is, smiles, err);
        const chain *by = &t->has[0];
        for (int k = 0; k < t->n; k++) {
            has |= !strcmp(t->has[k].smiles, smiles);
            if (!t->has[k].doubles) by = &t->has[k];
        }
        const size_t k = strlen(by->from);
        if (code || !is || has || k < 7 || strcmp(by->from + k - 7, "ic acid") != 0) continue;
        mg_str out = {0};
        size_t keep = begin;
        if (keep > 3 && !strncmp(s->s + keep - 3, "an ", 3))
            keep -= 3;
        else if (keep > 2 && !strncmp(s->s + keep - 2, "a ", 2))
            keep -= 2;
        mg_str_add(&out, s->s, keep);
        mg_str_addf(&out, "%s%.*sate ester", strchr("aeiou", *by->from) ? "an " : "a ", (int)k - 7,
                    by->from);
        const size_t behind = out.n;
        mg_str_add(&out, s->s + from, s->n - from);
        from = behind;
        out.failed |= s->failed;
        mg_str_free(s);
        *s = out;
    }
    return code;
}

/* Whether a name is known, and of the molecule with other protons. */
static int names_relative(telling *t, const char *s, size_t n, bool *is, molglot_error *err) {
    char name[2 * NAME];
    mg_reading x;
    *is = false;
    if (n >= sizeof name) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%.*s", (int)n, s);
    const int code = mg_readings_name(t->r, name, &x, err);
    if (!code && x.n && x.at[0].read && x.at[0].composition == mg_mol_composition(t->mol)) {
        mg_mol *m = mg_mol_from_smiles(x.at[0].smiles, NULL, NULL);
        char *a = m ? mg_mol_inchikey(m) : NULL, *b = mg_mol_inchikey(t->mol);
        *is = a && b && !strncmp(a, b, BUT_PROTONS);
        free(a);
        free(b);
        mg_mol_free(m);
    }
    mg_reading_free(&x);
    return code;
}

/* " It is a conjugate base of a NAME.", where the name is one of the molecule's relatives as it
 * stands: so that it stays. */
static int is_proven(telling *t, const char *s, size_t n, bool *is, molglot_error *err) {
    static const char *const relations[] = {"It is a conjugate acid of ",
                                            "It is a conjugate base of ", "It is a tautomer of "};
    const char *at = s + strspn(s, " "), *end = s + n;
    *is = false;
    while (end > at && strchr(" .", end[-1])) end--;
    for (size_t k = 0; k < MG_COUNT(relations); k++) {
        const size_t m = strlen(relations[k]);
        if ((size_t)(end - at) <= m || strncmp(at, relations[k], m) != 0) continue;
        const char *name = at + m;
        name += !strncmp(name, "an ", 3) ? 3 : !strncmp(name, "a ", 2) ? 2 : 0;
        return names_relative(t, name, (size_t)(end - name), is, err);
    }
    return MOLGLOT_OK;
}

static int put_rest(telling *t, const change *list, int changes, mg_str *out, molglot_error *err) {
    const char *s = t->text + t->first;
    int code = MOLGLOT_OK;
    while (*s && !code) {
        const size_t n = mg_text_first_sentence(s), length = n ? n : strlen(s);
        bool done = false;
        code = is_proven(t, s, length, &done, err);
        if (done)
            mg_str_add(out, s, length);
        else if (!code)
            code = put_origins(t, s, length, out, &done, err);
        if (!code && !done) (void)put_sentence(s, length, list, changes, out);
        s += length;
    }
    return code;
}

/* ---- all of it ---- */

/* Names that the copy gives are its chains' own ("palmitoyl"), not by their carbons. */
static bool uses_own_names(const telling *t) {
    for (int i = 0; i < t->mentions; i++)
        if (!memmem(t->text + t->at[i].begin, t->at[i].end - t->at[i].begin, "ano", 3) &&
            !memmem(t->text + t->at[i].begin, t->at[i].end - t->at[i].begin, "eno", 3))
            return true;
    return false;
}

mg_own_chains *mg_own_chains_new(molglot_error *err) {
    mg_own_chains *own = calloc(1, sizeof *own);
    if (!own) mg_no_memory(err, "captions");
    return own;
}

void mg_own_chains_free(mg_own_chains *own) {
    if (own) free(own->failed);
    free(own);
}

int mg_chains_mend(mg_readings *r, const mg_mol *mol, const char *smiles, const char *text,
                   mg_own_chains *own, mg_str *out, molglot_error *err) {
    telling t = {.r = r,
                 .smiles = smiles,
                 .text = text,
                 .mol = mol,
                 .own = own,
                 .first = mg_text_first_sentence(text)};
    int by[2 * CHAINS] = {0};
    change list[3 * CHAINS];
    mg_str sentence = {0};
    int code = find_mentions(&t, err);
    if (code || !t.mentions) return code;
    chains *has = &own->by[uses_own_names(&t)];
    code = find_chains(&t, has == &own->by[1], has, err);
    if (code || !has->n) return code;
    t.has = has->has, t.n = has->n, t.kind = has->kind, t.kinds = has->kinds;
    code = mg_readings_sentence(r, text, &t.copy, err);
    if (!code) code = try_mentions(&t, by, &sentence, err);
    const bool listed = !code && !sentence.n;
    if (listed) code = try_list(&t, &sentence, err);
    if (!code && sentence.n) {
        const int n = changes_of(&t, by, list);
        for (int i = 0; i < n && listed; i++) *list[i].to = 0;
        mg_str_add(out, sentence.s, sentence.n);
        const size_t first = out->n;
        code = put_rest(&t, list, n, out, err);
        mg_chains_count(t.has, t.n, out);
        if (!code) code = name_esters(&t, out, first, err);
        mg_chains_measure(t.has, t.n, out);
        if (!out->failed && mg_chains_deny(t.has, t.n, out->s)) mg_str_free(out);
        if (out->failed && !code) code = mg_no_memory(err, "captions");
    }
    mg_reading_free(&t.copy);
    mg_str_free(&sentence);
    return code;
}
