/* plain_acyl.c - the words of one chain, in any order, all of them used:
 *
 *   3R-hydroxy C34:5 n-3 CoA(4-)      trans-2,cis-9,12-octadecatrienoyl CoA
 *   C12 fatty acid anion with an OH at C7      15S-HETE      EPA with an 18R alcohol
 *
 * A number waits for the word that says what it counts: a group, a double bond, a chain. E and Z,
 * cis and trans make places of double bonds, R and S of groups.
 */
#include "search/plain_acyl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PLACES = 10, SIDES = 8 };

typedef struct reader {
    const char *s;
    plain_acyl *a;
    int list[PLACES]; /* numbers that wait */
    int listed;
    char label[ACYL_LONGEST + 2]; /* R, S of places */
    char next_label;              /* "R-3-hydroxy" */
    char side[SIDES];             /* "cis,trans" that wait */
    int sides;
    bool all;  /* "all-cis" */
    char wait; /* a group whose place follows; 'b': double bonds */
    int waiting;
    bool at;        /* a place follows */
    bool end_at[2]; /* places from the end: omega, omega-1 */
} reader;

static bool begins(const char *s, const char *w) { return !strncasecmp(s, w, strlen(w)); }

/* The word w at s, and no letter behind it. */
static size_t word_at(const char *s, const char *w) {
    const size_t k = strlen(w);
    return begins(s, w) && !isalpha((unsigned char)s[k]) ? k : 0;
}

/* ---- charges ---- */

static bool set_charge(plain_acyl *a, acyl_charge charge, int sum) {
    if (a->charge == ACYL_NOT_SAID || (a->charge == ACYL_ALL && charge == ACYL_SUM)) {
        a->charge = charge, a->sum = sum;
        return true;
    }
    return a->charge == charge ? a->sum == sum : a->charge == ACYL_SUM && charge == ACYL_ALL;
}

/* ---- what waits ---- */

static bool add_bond(plain_acyl *a, int at, char side) {
    for (int i = 0; i < a->n; i++)
        if (a->place[i] == at) {
            if (a->side[i] && side && a->side[i] != side) return false;
            if (side) a->side[i] = side;
            return true;
        }
    if (a->n == ACYL_BONDS) return false;
    a->place[a->n] = at;
    a->side[a->n++] = side;
    return true;
}

static bool add_group(reader *r, int at, char what) {
    plain_acyl *a = r->a;
    for (int i = 0; i < a->groups; i++)
        if (a->group[i].at == at && a->group[i].what == what) return true;
    if (a->groups == ACYL_GROUPS || at < -2 || at >= ACYL_LONGEST) return false;
    a->group[a->groups].at = at;
    a->group[a->groups].label = a->group[a->groups].next = 0;
    a->group[a->groups++].what = what;
    return true;
}

/* The list as places of double bonds. */
static bool list_as_bonds(reader *r) {
    if (!r->listed && !r->sides) return true;
    if (r->sides > 1 && r->sides != r->listed) return !r->listed;
    for (int i = 0; i < r->listed; i++) {
        const char side = r->sides > 1 ? r->side[i] : r->sides ? r->side[0] : 0;
        if (r->list[i] < 2 || !add_bond(r->a, r->list[i], side)) return false;
    }
    if (r->listed) r->sides = 0;
    r->listed = 0;
    return true;
}

static bool list_as_groups(reader *r, char what) {
    if (what == 'e') {
        if (r->listed == 2 && r->list[1] != r->list[0] + 1) return false;
        if (r->listed > 2 || !r->listed) return false;
        r->listed = 1;
    }
    for (int i = 0; i < r->listed; i++)
        if (!add_group(r, r->list[i], what)) return false;
    if (r->next_label && r->listed == 1 && r->list[0] > 0) {
        r->label[r->list[0]] = r->next_label;
        r->next_label = 0;
    } else if (r->next_label) {
        return false;
    }
    r->listed = 0;
    return true;
}

/* What the list is of, where the next word does not take it. */
static bool flush(reader *r) {
    if (!r->listed) return true;
    if (r->wait && r->wait != 'b') {
        const char what = r->wait;
        if (r->waiting && r->waiting != r->listed) return false;
        r->wait = 0, r->waiting = 0, r->at = false;
        return list_as_groups(r, what);
    }
    if (r->sides || r->wait == 'b') {
        r->wait = 0, r->at = false;
        return list_as_bonds(r);
    }
    /* labels alone: "(3R)" of a group that is there or comes */
    for (int i = 0; i < r->listed; i++)
        if (r->list[i] < 0 || !r->label[r->list[i]]) {
            return list_as_bonds(r); /* without a side: 18:2 (9,12) */
        }
    r->listed = 0;
    return true;
}

/* ---- tokens; each returns its characters, 0: it is none, -1 as SIZE_MAX: it does not fit ---- */

#define NO ((size_t)-1)

static size_t read_chain_number(reader *r, const char *s) {
    const char *c = s + (*s == 'C' || *s == 'c');
    const size_t n = strspn(c, "0123456789");
    if (!n || n > 2) return 0;
    const int carbons = atoi(c);
    plain_acyl *a = r->a;
    if (c[n] == ':' && isdigit((unsigned char)c[n + 1])) {
        const size_t k = strspn(c + n + 1, "0123456789");
        const int bonds = atoi(c + n + 1);
        if (!flush(r) || k != 1 || bonds > ACYL_BONDS) return NO;
        if ((a->counted && a->counted != carbons) || (a->said >= 0 && a->said != bonds)) return NO;
        a->counted = carbons, a->said = bonds;
        return (size_t)(c - s) + n + 1 + k;
    }
    const bool named = c != s;
    static const char *const behind[] = {"-carbon", " carbon", "-carbons", " carbons"};
    for (size_t i = 0; i < MG_COUNT(behind); i++)
        if (!named && word_at(c + n, behind[i])) {
            if (!flush(r) || (a->counted && a->counted != carbons)) return NO;
            a->counted = carbons;
            return n + strlen(behind[i]);
        }
    if (!named || r->at || (*s == 'c')) return 0;
    if (isalpha((unsigned char)c[n])) return 0;
    if (!flush(r) || (a->counted && a->counted != carbons)) return NO;
    a->counted = carbons;
    return (size_t)(c - s) + n;
}

/* "(2S,3R)-" of "(2S,3R)-3-hydroxy-2-methyl": the places come again. */
static void drop_labelled(reader *r) {
    for (int i = 0; i < r->listed; i++)
        if (r->list[i] < 0 || !r->label[r->list[i]]) return;
    r->listed = 0;
}

static size_t read_number(reader *r, const char *s) {
    const char *c = s + (*s == 'C' && r->at);
    const size_t n = strspn(c, "0123456789");
    if (!n || n > 2 || r->listed == PLACES) return 0;
    const int at = atoi(c);
    const char *end = c + n;
    char mark = 0;
    if (*end && strchr("RSEZ", *end) && !isalpha((unsigned char)end[1])) {
        mark = *end++;
    } else if (*end == '(' && end[1] && strchr("RSEZ", end[1]) && end[2] == ')') {
        mark = end[1];
        end += 3;
    } else if (begins(end, "-cis") || begins(end, "-trans")) {
        mark = end[1] == 'c' || end[1] == 'C' ? 'Z' : 'E';
        r->a->by_words = true;
        end += mark == 'Z' ? 4 : 6;
        if (isalpha((unsigned char)*end)) return NO;
    } else if (isalpha((unsigned char)*end)) {
        return NO;
    }
    if (at < 1 || at >= ACYL_LONGEST) return NO;
    if (mark == 'E' || mark == 'Z') {
        if (!add_bond(r->a, at, mark)) return NO;
        return (size_t)(end - s);
    }
    if (mark && r->label[at] && r->label[at] != mark) return NO;
    if (mark) r->label[at] = mark;
    if (!mark && c > r->s && c[-1] != ',') drop_labelled(r);
    for (int i = 0; i < r->listed; i++)
        if (r->list[i] == at) return (size_t)(end - s);
    r->list[r->listed++] = at;
    return (size_t)(end - s);
}

static size_t read_omega(reader *r, const char *s) {
    static const char *const words[] = {"n-", "n", "omega-", "omega ", "\xcf\x89-", "w-", "w"};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        if (!begins(s, words[i])) continue;
        const char *c = s + strlen(words[i]);
        const size_t n = strspn(c, "0123456789");
        if (!n || n > 2 || isalnum((unsigned char)c[n]) || (atoi(c) < 3 && *s != 'n')) continue;
        if (!flush(r) || (r->a->omega && r->a->omega != atoi(c))) return NO;
        r->a->omega = atoi(c);
        return (size_t)(c - s) + n;
    }
    return 0;
}

static size_t read_greek(reader *r, const char *s) {
    static const struct {
        const char *word;
        int at;
    } rows[] = {{"omega-1", -2}, {"omega", -1}, {"alpha", 2}, {"beta", 3}, {"gamma", 4}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        const size_t k = word_at(s, rows[i].word);
        if (!k || r->listed == PLACES) continue;
        drop_labelled(r);
        r->list[r->listed++] = rows[i].at;
        return k;
    }
    return 0;
}

static size_t read_side(reader *r, const char *s) {
    static const struct {
        const char *words;
        char side;
        bool all;
    } rows[] = {{"all-cis|all cis|all-Z|all Z|all-(Z)", 'Z', true},
                {"all-trans|all trans|all-E|all E", 'E', true},
                {"cis", 'Z', false},
                {"trans", 'E', false}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        const size_t k = acyl_word(s, rows[i].words);
        if (!k) continue;
        if (r->listed && !r->sides && !r->wait) { /* "9 cis" */
            r->a->by_words = true;
            r->side[0] = rows[i].side, r->sides = 1;
            r->all |= rows[i].all;
            return list_as_bonds(r) ? k : NO;
        }
        if (!flush(r) || r->sides == SIDES) return NO;
        r->a->by_words = true;
        r->all |= rows[i].all;
        if (rows[i].all) r->a->all_cis |= rows[i].side == 'Z';
        r->side[r->sides++] = rows[i].side;
        return k;
    }
    if (*s && strchr("EZ", *s) && !isalnum((unsigned char)s[1])) {
        if (!flush(r) || r->sides == SIDES) return NO;
        r->side[r->sides++] = *s;
        return 1;
    }
    if (*s && strchr("RS", *s) && !isalnum((unsigned char)s[1])) {
        if (r->next_label || (r->wait && r->listed && !flush(r))) return NO;
        r->next_label = *s;
        return 1;
    }
    return 0;
}

static size_t read_group(reader *r, const char *s) {
    static const struct {
        const char *words;
        char what;
        int many;
    } rows[] = {{"hydroxy|hydroxyl|hydroxylated|OH|alcohol|hydroxy group|hydroxyl group", 'h', 1},
                {"hydroperoxy|hydroperoxide|OOH|peroxy", 'p', 1},
                {"oxo|keto|ketone|ketone group", 'o', 1},
                {"methyl|methyl branch", 'm', 1},
                {"epoxy|epoxide|oxirane", 'e', 1},
                {"fluoro", 'f', 1},
                {"amino", 'a', 1},
                {"dihydroxy|diol|diOH|dihydroxylated", 'h', 2},
                {"trihydroxy|triol", 'h', 3},
                {"dihydroperoxy", 'p', 2},
                {"diketo|dioxo", 'o', 2},
                {"dimethyl", 'm', 2},
                {"trimethyl", 'm', 3},
                {"tetramethyl", 'm', 4}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        size_t k = 0;
        for (const char *w = rows[i].words; *w;) { /* "3-oxotetradecanoyl": no end of the word */
            const size_t m = strcspn(w, "|");
            const bool whole = isupper((unsigned char)*w);
            const bool same = whole ? !strncmp(s, w, m) : !strncasecmp(s, w, m);
            if (same && m > k && (!whole || !isalpha((unsigned char)s[m]))) k = m;
            w += m + (w[m] == '|');
        }
        if (!k) continue;
        if (s[k] == 's' && !isalpha((unsigned char)s[k + 1])) k++;
        if (r->listed && !r->sides) {
            if (rows[i].what != 'e' && rows[i].many > 1 && rows[i].many != r->listed) return NO;
            return list_as_groups(r, rows[i].what) ? k : NO;
        }
        if (!flush(r) || r->wait) return NO;
        r->wait = rows[i].what;
        r->waiting = rows[i].what == 'e' ? 0 : rows[i].many;
        return k;
    }
    return 0;
}

/* ---- stems and names ---- */

static bool set_kind(plain_acyl *a, acyl_kind kind) {
    if (a->kind == ACYL_ANY || a->kind == kind || a->kind == ACYL_GROUP) {
        a->kind = kind;
        return true;
    }
    if (kind == ACYL_GROUP) return true;
    if ((a->kind == ACYL_ACID && kind != ACYL_ANION) || a->kind == ACYL_ANION) {
        if (kind == ACYL_ACID) return true;
        a->kind = kind;
        return true;
    }
    if (kind == ACYL_ACID || kind == ACYL_ANION) return kind == ACYL_ACID || a->kind != ACYL_ACID;
    return (a->kind == ACYL_CARNITINE && (kind == ACYL_L_CARNITINE || kind == ACYL_D_CARNITINE)) ||
                   (kind == ACYL_CARNITINE &&
                    (a->kind == ACYL_L_CARNITINE || a->kind == ACYL_D_CARNITINE))
               ? (a->kind = kind == ACYL_CARNITINE ? a->kind : kind, true)
               : false;
}

/* "oic acid", "oate", "oyl" at s: the kind; characters; 0: none. */
static size_t ending_at(const char *s, const char *const words[3], acyl_kind *kind) {
    static const acyl_kind kinds[] = {ACYL_ACID, ACYL_ANION, ACYL_GROUP};
    for (int i = 0; i < 3; i++) {
        const size_t k = strlen(words[i]);
        if (!begins(s, words[i])) continue;
        *kind = kinds[i];
        return k;
    }
    return 0;
}

/* "octadeca-9,12-dienoyl", "octadecadienoic", "hexadecanoate" at s. */
static size_t read_stem(reader *r, const char *s) {
    static const char *const endings[] = {"oic", "oate", "oyl"};
    static const char *const many[] = {"en",      "dien",   "trien",  "tetraen",
                                       "pentaen", "hexaen", "heptaen"};
    size_t best = 0;
    int carbons = 0;
    char stem[40];
    for (int c = 4; c < ACYL_LONGEST; c++) {
        const bool is = acyl_stem(c, stem);
        if (is && begins(s, stem) && strlen(stem) > best) best = strlen(stem), carbons = c;
    }
    if (begins(s, "eicos")) best = 5, carbons = 20;
    if (begins(s, "heneicos")) best = 8, carbons = 21;
    if (!best) return 0;
    const char *c = s + best;
    int bonds = 0, own[ACYL_BONDS], n = 0;
    c += *c == 'a' && c[1] != 'n';
    if (*c == '-' && isdigit((unsigned char)c[1])) {
        for (c++; isdigit((unsigned char)*c) && n < ACYL_BONDS;) {
            own[n] = atoi(c);
            c += strspn(c, "0123456789");
            if (*c == 'E' || *c == 'Z') {
                if (!add_bond(r->a, own[n], *c++)) return NO;
            }
            n++;
            if (*c != ',') break;
            c++;
        }
        if (*c++ != '-') return 0;
    }
    acyl_kind kind;
    size_t k = 0;
    bool diacid = false;
    for (int i = 7; i > 0 && !k; i--)
        if (begins(c, many[i - 1])) {
            const char *e = c + strlen(many[i - 1]);
            k = ending_at(e, endings, &kind);
            if (k) bonds = i, c = e;
        }
    if (!k && begins(c, "an")) k = ending_at(c + 2, endings, &kind), c += 2;
    if (!k && begins(c, "edioyl")) k = 6, kind = ACYL_GROUP, diacid = true;
    if (!k && begins(c, "edioic")) k = 6, kind = ACYL_ACID, diacid = true;
    if (!k || (n && n != bonds)) return 0;
    if (begins(c + k, " acid")) k += 5;
    plain_acyl *a = r->a;
    if (a->carbons && a->carbons != carbons) return NO;
    if (a->said >= 0 && a->said != bonds) return NO;
    a->carbons = carbons, a->said = bonds;
    a->diacid |= diacid;
    if (n) {
        if (r->listed) return NO;
        memcpy(r->list, own, sizeof own);
        r->listed = n;
    }
    if (r->listed && r->listed != bonds && !r->sides) return NO;
    if (!list_as_bonds(r) || !set_kind(a, kind)) return NO;
    return (size_t)(c + k - s);
}

typedef struct parent {
    const char *names; /* '|' between; capitals: as they stand, whole words */
    int carbons;
    const char *bonds; /* characters, each a place from '0' */
} parent;

static const parent PARENTS[] = {
    {"arachidon|AA|ARA", 20, "\5\10\13\16"},
    {"eicosapentaen|icosapentaen|timnodon|EPA", 20, "\5\10\13\16\21"},
    {"docosahexaen|cervon|DHA", 22, "\4\7\12\15\20\23"},
    {"dihomo-gamma-linolen|dihomo gamma linolen|dihomo-g-linolen|DGLA", 20, "\10\13\16"},
    {"alpha-linolen|alpha linolen|ALA", 18, "\11\14\17"},
    {"gamma-linolen|gamma linolen|GLA", 18, "\6\11\14"},
    {"stearidon|SDA", 18, "\6\11\14\17"},
    {"adren", 22, "\7\12\15\20"},
    {"Mead", 20, "\5\10\13"},
    {"sciadon", 20, "\5\13\16"},
    {"linole|LA", 18, "\11\14"},
    {"ole", 18, "\11"},
    {"palmitole", 16, "\11"},
    {"myristole", 14, "\11"},
    {"cis-vaccen|cis vaccen", 18, "\13"},
    {"petroselin", 18, "\6"},
    {"eruc", 22, "\15"},
    {"nervon", 24, "\17"},
    {"gondo", 20, "\13"},
    {"sapien", 16, "\6"},
    {"butyr", 4, ""},
    {"valer", 5, ""},
    {"capro", 6, ""},
    {"enanth", 7, ""},
    {"capryl", 8, ""},
    {"pelargon", 9, ""},
    {"capr", 10, ""},
    {"laur", 12, ""},
    {"myrist", 14, ""},
    {"palmit", 16, ""},
    {"margar", 17, ""},
    {"stear", 18, ""},
    {"arachid", 20, ""},
    {"behen", 22, ""},
    {"lignocer", 24, ""},
    {"cerot", 26, ""},
    {"montan", 28, ""},
    {"meliss", 30, ""},
    {"lacceroic|lacceroyl", 32, ""}};

static bool take_parent(reader *r, int carbons, const char *bonds, bool acid) {
    plain_acyl *a = r->a;
    a->named |= acid;
    const int n = (int)strlen(bonds);
    if (a->carbons || a->base_n) return false;
    a->carbons = carbons;
    a->base_n = n;
    for (int i = 0; i < n; i++) a->base[i] = bonds[i], a->base_side[i] = 'Z';
    if (!n && a->said > 0) return false;
    if (!n) a->said = 0;
    return true;
}

/* "linoleic acid", "arachidonate", "oleoyl", "DHA" at s. */
static size_t read_parent(reader *r, const char *s) {
    static const char *const endings[] = {"ic", "ate", "oyl"};
    for (size_t i = 0; i < MG_COUNT(PARENTS); i++)
        for (const char *w = PARENTS[i].names; *w;) {
            const size_t n = strcspn(w, "|");
            const bool whole = isupper((unsigned char)*w);
            acyl_kind kind = ACYL_ANY;
            size_t k = 0;
            if (whole && !strncmp(s, w, n) && !isalnum((unsigned char)s[n])) k = n;
            if (!whole && !strncasecmp(s, w, n)) {
                k = ending_at(s + n, endings, &kind);
                if (!k && w[n - 1] == 'o') k = 0;
                if (k) k += n;
            }
            if (!k && !whole && !strncasecmp(s, w, n) && w[n - 1] == 'o' && begins(s + n, "yl"))
                k = n + 2, kind = ACYL_GROUP;
            w += n + (w[n] == '|');
            if (!k) continue;
            if (kind == ACYL_ACID && begins(s + k, " acid")) k += 5;
            if (r->listed && !r->sides) { /* "5-arachidonoyl"? */
                if (!flush(r)) return NO;
            }
            if (!flush(r) || !take_parent(r, PARENTS[i].carbons, PARENTS[i].bonds, whole))
                return NO;
            if (kind != ACYL_ANY && !set_kind(r->a, kind)) return NO;
            return k;
        }
    return 0;
}

/* "15S-HETE", "13-HODE", "8,9-EET", "7,8-DiHDPA". */
static size_t read_oxylipin(reader *r, const char *s) {
    static const struct {
        const char *words;
        char what;
        int many;
        bool epoxide; /* it is the diol of one */
        int carbons;
        const char *bonds;
    } rows[] = {{"HETE", 'h', 1, false, 20, "\5\10\13\16"},
                {"HpETE|HPETE", 'p', 1, false, 20, "\5\10\13\16"},
                {"ETE|KETE", 'o', 1, false, 20, "\5\10\13\16"},
                {"diHETE|DiHETE", 'h', 2, false, 20, "\5\10\13\16"},
                {"diHPETE|diHpETE|DiHPETE", 'p', 2, false, 20, "\5\10\13\16"},
                {"HETrE", 'h', 1, false, 20, "\10\13\16"},
                {"HpETrE|HPETrE", 'p', 1, false, 20, "\10\13\16"},
                {"HEPE", 'h', 1, false, 20, "\5\10\13\16\21"},
                {"HpEPE|HPEPE", 'p', 1, false, 20, "\5\10\13\16\21"},
                {"diHEPE|DiHEPE", 'h', 2, false, 20, "\5\10\13\16\21"},
                {"HEDE", 'h', 1, false, 20, "\13\16"},
                {"EDE|KEDE", 'o', 1, false, 20, "\13\16"},
                {"HODE", 'h', 1, false, 18, "\11\14"},
                {"HpODE|HPODE", 'p', 1, false, 18, "\11\14"},
                {"ODE|KODE", 'o', 1, false, 18, "\11\14"},
                {"HOTrE|HOTE", 'h', 1, false, 18, "\11\14\17"},
                {"HpOTrE|HPOTrE|HPOTE", 'p', 1, false, 18, "\11\14\17"},
                {"OTrE|KOTrE", 'o', 1, false, 18, "\11\14\17"},
                {"HDHA|HDoHE", 'h', 1, false, 22, "\4\7\12\15\20\23"},
                {"diHDHA|DiHDHA", 'h', 2, false, 22, "\4\7\12\15\20\23"},
                {"HpDHA|HpDoHE|HPDHA", 'p', 1, false, 22, "\4\7\12\15\20\23"},
                {"EET|EpETrE", 'e', 1, false, 20, "\5\10\13\16"},
                {"EEQ|EpETE", 'e', 1, false, 20, "\5\10\13\16\21"},
                {"EpOME", 'e', 1, false, 18, "\11\14"},
                {"EDP|EpDPE|EpDPA", 'e', 1, false, 22, "\4\7\12\15\20\23"},
                {"DHET|DHETs|DiHETrE|diHETrE", 'h', 2, true, 20, "\5\10\13\16"},
                {"DiHOME|diHOME|DHOME", 'h', 2, true, 18, "\11\14"},
                {"DiHDPA|DiHDPE", 'h', 2, true, 22, "\4\7\12\15\20\23"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        for (const char *w = rows[i].words; *w;) {
            const size_t n = strcspn(w, "|");
            const bool same = !strncmp(s, w, n) && !isalnum((unsigned char)s[n]);
            w += n + (w[n] == '|');
            if (!same) continue;
            if (r->sides) return NO;
            if (rows[i].what == 'o' && !r->listed && !strchr("K", *s)) { /* "13-oxo-ODE" */
                if (r->a->groups != 1 || r->a->group[0].what != 'o') return NO;
            } else if (rows[i].what != 'e' && r->listed != rows[i].many) {
                return NO;
            } else if (rows[i].carbons == 20 && rows[i].bonds[0] == 8 && r->list[0] < 8) {
                return NO; /* of Mead acid */
            } else if (!list_as_groups(r, rows[i].what)) {
                return NO;
            }
            if (!take_parent(r, rows[i].carbons, rows[i].bonds, true)) return NO;
            r->a->from_epoxide = rows[i].epoxide;
            return n;
        }
    return 0;
}

static size_t read_kind(reader *r, const char *s) {
    static const struct {
        const char *words;
        acyl_kind kind;
    } rows[] = {
        {"CoA|coenzyme A|acyl-CoA|acyl CoA|acyl coenzyme A|CoA thioester|coenzyme A thioester|CoA "
         "ester|coenzyme A ester|CoA thioester of|CoA ester of|coenzyme A thioester of|coenzyme A "
         "ester of|as its CoA thioester|thioester of CoA|fatty acyl CoA|fatty acyl-CoA|on coenzyme "
         "A|thioester with CoA|thioester with coenzyme A|as CoA thioester|as the CoA thioester|as "
         "coenzyme A thioester|as a CoA thioester|S-CoA",
         ACYL_COA},
        {"L-carnitine|acyl-L-carnitine|L-acylcarnitine|L-carnitine ester|L-carnitine ester "
         "of|ester "
         "of L-carnitine|on L-carnitine|ester of L-carnitine with|L-carnitine esterified with",
         ACYL_L_CARNITINE},
        {"D-carnitine|D-carnitine ester", ACYL_D_CARNITINE},
        {"carnitine|acylcarnitine|acyl carnitine|carnitine ester of|ester of carnitine|carnitine "
         "ester|ester of carnitine with|carnitine esterified with",
         ACYL_CARNITINE},
        {"ethanolamide|ethanolamine amide|N-acylethanolamine|ethanolamine|NAE|N-acyl "
         "ethanolamine|monoethanolamide|ethanolamide of|amide of ethanolamine",
         ACYL_ETHANOLAMIDE},
        {"taurine|taurine amide|N-acyl taurine|N-acyltaurine|amide of taurine", ACYL_TAURINE},
        {"4'-phosphopantetheine|phosphopantetheine", ACYL_PANTETHEINE},
        {"acid|fatty acid|PUFA|very long chain fatty acid|VLC-PUFA|fatty acid of", ACYL_ACID}};
    size_t best = 0;
    acyl_kind kind = ACYL_ANY;
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        const size_t k = acyl_word(s, rows[i].words);
        if (k > best) best = k, kind = rows[i].kind;
    }
    if (!best) return 0;
    if (begins(s, "enoyl") && !r->a->n && !r->listed) return NO;
    if (!flush(r) || !set_kind(r->a, kind)) return NO;
    return best;
}

static bool plain_carbon(const char *s) { return begins(s, "-carbon") || begins(s, " carbon"); }

/* Words that say nothing more. */
static size_t read_inert(reader *r, const char *s) {
    static const struct {
        const char *words;
        int bonds; /* at least */
    } counts[] = {{"ene|enoyl|enoic|alkenoyl|monoene|monounsaturated|monoenoic|unsaturated|skipped|"
                   "conjugated|methylene-interrupted|polyunsaturated|olefinic|enoate",
                   1},
                  {"diene|dienes|dienoyl|dienoic|dienoate", 2},
                  {"triene|trienoyl|trienoic|trienoate", 3},
                  {"tetraene|tetraenoyl|tetraenoic|tetraenoate", 4},
                  {"pentaene|pentaenoyl|pentaenoic|pentaenoate", 5},
                  {"hexaene|hexaenoyl|hexaenoic|hexaenoate", 6}};
    for (size_t i = 0; i < MG_COUNT(counts); i++) {
        const size_t k = acyl_word(s, counts[i].words);
        if (!k) continue;
        if (r->listed && !list_as_bonds(r)) return NO;
        if (counts[i].bonds > r->a->least) r->a->least = counts[i].bonds;
        if (strstr(counts[i].words, "conjugated") && begins(s, "conjugated"))
            r->a->conjugated = true;
        return k;
    }
    static const char inert[] =
        "with|of|and|a|an|the|its|on|carbon|ester|thioester|fatty|acyl|chain|long|very|straight|"
        "linear|"
        "having|bearing|carrying|as|in|form|group|residue|both|+|plus|saturated|position|positions|"
        "ultra|very-long|long-chain|very-long-chain|charge|isomer|derivative|"
        "amide|N-acyl|N|plain|O|VLC-PUFA|VLCFA|one|two|three|four|five|six|seven|CoA ester of "
        "the|carbons";
    static const char bonds[] = "double bond|double bonds|bond|bonds|alkene|alkenes|olefin|olefins|"
                                "unsaturation|unsaturations|doubles";
    static const char at[] = "at|at C|at positions|at position|at carbon|at carbons";
    size_t k = acyl_word(s, bonds);
    if (k) {
        if (r->listed ||
            r->sides) { /* "9E,11Z double bonds" are placed; "a cis double bond at 9" */
            if (r->listed && !list_as_bonds(r)) return NO;
        }
        if (r->wait) return NO;
        if (!r->a->least) r->a->least = 1;
        r->wait = 'b';
        return k;
    }
    k = acyl_word(s, at);
    if (k) {
        if (r->listed && !flush(r)) return NO;
        r->at = true;
        return k;
    }
    const size_t count = acyl_word(s, "two|three|four|five|six|seven|one");
    if (count && plain_carbon(s + count)) return NO; /* "five-carbon": which size? */
    k = acyl_word(s, inert);
    const bool goes_on = acyl_word(s, "and|the|carbon|position|positions|both");
    if (k && !goes_on && r->listed && (r->sides || r->wait) && !flush(r)) return NO;
    return k;
}

static size_t read_iso(reader *r, const char *s) {
    const bool anteiso = begins(s, "anteiso"), iso = begins(s, "iso");
    const size_t k = anteiso ? 7 : iso ? 3 : 0;
    if (!k || !strchr("- CcpPmsthdlo", s[k]) || !flush(r)) return 0;
    for (int i = 0; i < 2; i++)
        if (r->end_at[i]) return NO;
    r->end_at[anteiso] = true;
    return k + (s[k] == '-' || s[k] == ' ');
}

/* Places from the end, branches, labels. */
static bool finish(reader *r) {
    plain_acyl *a = r->a;
    if (!flush(r)) return false;
    if (r->wait == 'b') r->wait = 0;
    if (r->wait || r->next_label) return false;
    if (r->sides) { /* "9,12-octadecadienoic acid, Z,Z" */
        if (r->sides != 1 && r->sides != a->n) return false;
        for (int i = 0; i < a->n; i++) {
            const char side = r->side[r->sides > 1 ? i : 0];
            if (a->side[i] && !r->all && a->side[i] != side) return false;
            if (!a->side[i]) a->side[i] = side;
        }
        if (!a->n && !(a->omega && r->all) && !(a->base_n && r->all)) return false;
        if (r->side[0] == 'E' && !a->n) return false;
    }
    if (!a->carbons && a->counted) a->carbons = a->counted;
    for (int i = 0; i < 2; i++) {
        if (!r->end_at[i]) continue; /* iso-C17: 15-methylhexadecanoyl */
        if (!a->carbons || a->said > 0 || a->n || a->groups == ACYL_GROUPS) return false;
        a->counted = a->carbons--;
        a->group[a->groups].at = a->carbons - 1 - i;
        a->group[a->groups].label = a->group[a->groups].next = 0;
        a->group[a->groups++].what = 'm';
    }
    for (int i = 0; i < a->groups; i++) {
        if (a->group[i].at < 0) a->group[i].at += a->carbons + 1;
        const int at = a->group[i].at;
        if (at < 2 || at >= ACYL_LONGEST) return false;
        if (r->label[at]) a->group[i].label = r->label[at], r->label[at] = 0;
        if (a->group[i].what == 'e' && r->label[at + 1])
            a->group[i].next = r->label[at + 1], r->label[at + 1] = 0;
    }
    for (int i = 0; i < ACYL_LONGEST; i++)
        if (r->label[i]) return false;
    return true;
}

bool acyl_read(const char *s, plain_acyl *out) {
    reader r = {.s = s, .a = out};
    *out = (plain_acyl){.said = -1};
    while (*s) {
        if (strchr(" ,-()[]/", *s)) {
            acyl_charge charge;
            int sum;
            const bool sign = *s == '-' && isdigit((unsigned char)s[1]) && s != r.s && s[-1] == ' ';
            const size_t k = sign ? acyl_charge_at(s, &charge, &sum) : 0;
            if (k && !set_charge(out, charge, sum)) return false;
            s += k ? k : 1;
            continue;
        }
        size_t (*const steps[])(reader *, const char *) = {
            read_omega,    read_iso,    read_kind, read_chain_number, read_number, read_side,
            read_oxylipin, read_parent, read_stem, read_group,        read_greek,  read_inert};
        acyl_charge charge = ACYL_NOT_SAID;
        int sum = 0;
        size_t k = acyl_charge_at(s, &charge, &sum);
        if (k && (charge != ACYL_NEUTRAL || strcmp(s, "acid") != 0)) {
            if (!flush(&r) || !set_charge(out, charge, sum)) return false;
            if (charge == ACYL_ALL && begins(s, "carboxylate") && !set_kind(out, ACYL_ANION))
                return false;
            s += k;
            continue;
        }
        k = 0;
        for (size_t i = 0; i < MG_COUNT(steps) && !k; i++) k = steps[i](&r, s);
        if (!k || k == NO) return false;
        s += k;
    }
    return finish(&r);
}
