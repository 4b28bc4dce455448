/* plain_acid.c - a chain that plain_acyl.c has read, as a systematic name:
 *
 *   15S-HETE     (5Z,8Z,11Z,13E,15S)-15-hydroxyicosa-5,8,11,13-tetraenoic acid
 *
 * A hydroxy group on a double bond of a polyunsaturated acid has moved it, as lipoxygenases do:
 * of a bond at a and the next at a + 3, a group at a makes (a+1)E, one at a + 4 makes (a+2)E of the
 * next.
 */
#include "search/plain_acyl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *s, const char *w) { return !strncasecmp(s, w, strlen(w)); }

size_t acyl_word(const char *s, const char *words) {
    size_t best = 0;
    for (const char *w = words; *w;) {
        const size_t k = strcspn(w, "|");
        if (k > best && !strncasecmp(s, w, k) && !isalpha((unsigned char)s[k])) best = k;
        w += k + (w[k] == '|');
    }
    return best;
}

/* ---- charges ---- */

size_t acyl_charge_at(const char *s, acyl_charge *charge, int *sum) {
    static const struct {
        const char *words;
        acyl_charge charge;
        int sum;
    } rows[] = {
        {"monoanion|mono-anion|mono anion|one negative charge|singly ionised", ACYL_SUM, -1},
        {"dianion|di-anion|dianionic|two negative charges|doubly ionised|doubly ionized|doubly "
         "deprotonated",
         ACYL_SUM, -2},
        {"trianion|tri-anion|trianionic|three negative charges|triply ionised", ACYL_SUM, -3},
        {"tetraanion|tetra-anion|tetra anion|tetraanionic|four negative charges|four minus|4 minus|"
         "as the 4- ion|as its 4- ion|as the 4- anion|as a tetraanion|as its tetraanion",
         ACYL_SUM, -4},
        {"pentaanion|penta-anion|penta anion|five negative charges|five minus", ACYL_SUM, -5},
        {"hexaanion|six negative charges", ACYL_SUM, -6},
        {"heptaanion", ACYL_SUM, -7},
        {"anion|anionic|anion form|polyanion|carboxylate|carboxylate form|carboxylate "
         "ion|carboxylate "
         "anion|ionised|ionized|ionised form|fully ionised|fully ionized|deprotonated|fully "
         "deprotonated|completely deprotonated|ionised carboxyl|ionised acid|acid "
         "ionised|phosphate "
         "ionised|phosphates ionised|all phosphates ionised|all four phosphate acids ionised|as "
         "its "
         "anion|as the anion|as the carboxylate|as its carboxylate|phosphate fully "
         "deprotonated|phosphate "
         "deprotonated|ion|in its carboxylate form|as carboxylate|in carboxylate form|all "
         "phosphates "
         "deprotonated|anionic form|conjugate base|as an anion|all acid groups ionised|every "
         "phosphate "
         "deprotonated|ionised phosphates|all acid protons off|all acidic protons off|all protons "
         "off|all four acidic protons off|all four acid protons off|both phosphate OHs "
         "ionised|anionic phosphate|anionic phosphates|CO2-|COO-|all "
         "phosphate OHs ionised",
         ACYL_ALL, 0},
        {"neutral|uncharged|unionised|un-ionised|unionized|free acid|acid form|free acid "
         "form|neutral "
         "form|neutral acid|neutral acid form|fully protonated|protonated|protonated form|free "
         "acid "
         "phosphates|all acid|fully protonated form|neutral fully protonated form|in acid "
         "form|uncharged form|as "
         "the free acid|protonated acid form|un-ionised form|free COOH|phosphates protonated",
         ACYL_NEUTRAL, 0},
        {"zwitterion|zwitterionic|zwitterion form|zwitterionic form|inner salt|as inner salt|as an "
         "inner salt|betaine form|"
         "betaine|dipolar|dipolar form|dipolar ion|as zwitterion|as its zwitterion|inner salt form",
         ACYL_INNER, 0}};
    size_t best = 0;
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        const size_t k = acyl_word(s, rows[i].words);
        if (k <= best) continue;
        best = k;
        *charge = rows[i].charge;
        *sum = rows[i].sum;
    }
    if (best) return best;
    /* "4-", "4- charge state", "charge -4", "-4 charge" */
    const char *c = s;
    if (begins(c, "charge ")) c += 7;
    if (begins(c, "phosphate ")) c += 10;
    if (begins(c, "net ")) c += 4;
    const bool front = *c == '-' || *c == '+';
    const int sign = front && *c == '+' ? 1 : -1;
    if (front) c++;
    if (!isdigit((unsigned char)*c) || isdigit((unsigned char)c[1]) || *c == '0') return 0;
    const int n = *c++ - '0';
    if (!front && *c != '-') return 0;
    if (!front) c++;
    if (isalnum((unsigned char)*c) || strchr("-([", *c) || (*c == ',' && c[1] != ' ')) {
        if (*c) return 0;
    }
    static const char *const tails[] = {" charge state", " charge", " charged", " form",   " net",
                                        " anion",        " ion",    " overall", " charges"};
    for (size_t i = 0; i < MG_COUNT(tails); i++)
        if (acyl_word(c, tails[i])) {
            c += strlen(tails[i]);
            break;
        }
    *charge = ACYL_SUM;
    *sum = sign * n;
    return (size_t)(c - s);
}

/* ---- stems ---- */

bool acyl_stem(int carbons, char out[40]) {
    static const char *const units[] = {"",      "hen",  "do",    "tri",  "tetra",
                                        "penta", "hexa", "hepta", "octa", "nona"};
    static const char *const tens[] = {"", "dec", "cos", "triacont", "tetracont", "pentacont"};
    static const char *const few[] = {"eth",  "prop", "but", "pent", "hex",
                                      "hept", "oct",  "non", "dec",  "undec"};
    if (carbons < 2 || carbons >= ACYL_LONGEST) return false;
    if (carbons < 12)
        snprintf(out, 40, "%s", few[carbons - 2]);
    else if (carbons == 21)
        snprintf(out, 40, "henicos");
    else
        snprintf(out, 40, "%s%s", carbons == 20 ? "i" : units[carbons % 10], tens[carbons / 10]);
    return true;
}

/* ---- double bonds ---- */

static bool has_bond(const plain_acyl *a, int place) {
    for (int i = 0; i < a->n; i++)
        if (a->place[i] == place) return true;
    return false;
}

static void sort_bonds(plain_acyl *a) {
    for (int i = 1; i < a->n; i++)
        for (int k = i; k && a->place[k] < a->place[k - 1]; k--) {
            const int p = a->place[k];
            const char s = a->side[k];
            a->place[k] = a->place[k - 1], a->side[k] = a->side[k - 1];
            a->place[k - 1] = p, a->side[k - 1] = s;
        }
}

/* "C34:5 n-6 with a trans-2 bond": those of the series that are not there. */
static bool fill_omega(plain_acyl *a) {
    const int last = a->carbons - a->omega;
    if (a->said < 1 || !a->omega || last < 2) return !a->omega || a->said == 0;
    for (int k = a->said; k > 0; k--) {
        int more = 0;
        for (int i = 0; i < a->n; i++) {
            const int from = last - a->place[i];
            more += from < 0 || from % 3 || from / 3 >= k;
        }
        if (k + more != a->said || last - 3 * (k - 1) < 2) continue;
        for (int i = 0; i < k; i++) {
            const int at = last - 3 * i;
            if (has_bond(a, at)) continue;
            if (a->n == ACYL_BONDS) return false;
            a->place[a->n] = at;
            a->side[a->n++] = 'Z';
        }
        return true;
    }
    return false;
}

/* What a number of carbons and double bonds means to lipid chemists who say no more. */
static bool take_usual(plain_acyl *a) {
    static const struct {
        int carbons, bonds, first;
    } usual[] = {{16, 1, 9}, {18, 1, 9}, {18, 2, 9}, {20, 4, 5},
                 {20, 5, 5}, {22, 6, 4}, {24, 1, 15}};
    for (size_t i = 0; i < MG_COUNT(usual); i++) {
        if (usual[i].carbons != a->carbons || usual[i].bonds != a->said) continue;
        for (int k = 0; k < a->said; k++) a->place[k] = usual[i].first + 3 * k, a->side[k] = 'Z';
        a->n = a->said;
        a->loose = true;
        return true;
    }
    return false;
}

static int base_at(const plain_acyl *a, int place) {
    for (int i = 0; i < a->base_n; i++)
        if (a->base[i] == place) return i;
    return -1;
}

static void drop_base(plain_acyl *a, int i) {
    a->base_n--;
    for (; i < a->base_n; i++) a->base[i] = a->base[i + 1], a->base_side[i] = a->base_side[i + 1];
}

/* One group's part in the parent's bonds; false: none that is known. */
static bool move_bonds(plain_acyl *a, int at, char what) {
    const int here = base_at(a, at), before = base_at(a, at - 1);
    if (what == 'e') {
        if (here >= 0) drop_base(a, here);
        return here >= 0;
    }
    if (here < 0 && before < 0) return true;
    if (!strchr("hpo", what)) return false;
    if (here >= 0) {
        if (base_at(a, at + 3) < 0 && a->base_n > 1) return false;
        if (base_at(a, at + 3) < 0) return false;
        a->base[here]++;
        a->base_side[here] = 'E';
        return true;
    }
    if (base_at(a, at - 4) < 0) return false;
    a->base[before]--;
    a->base_side[before] = 'E';
    return true;
}

/* Two hydroxy groups on what was a double bond. */
static bool open_diol(plain_acyl *a) {
    for (int i = 0; i + 1 < a->groups; i++) {
        const int here = base_at(a, a->group[i].at);
        if (a->group[i].what != 'h' || a->group[i + 1].at != a->group[i].at + 1 || here < 0)
            continue;
        drop_base(a, here);
        return a->groups == 2;
    }
    return false;
}

static bool take_base(plain_acyl *a) {
    const plain_acyl own = *a;
    bool moved = a->from_epoxide ? open_diol(a) : true;
    const bool any = a->from_epoxide;
    for (int i = 0; i < a->groups && moved && !any; i++) /* adjacent ones: which bonds are left? */
        for (int k = 0; k < a->groups; k++)
            moved &= a->group[k].at != a->group[i].at + 1 || a->group[i].what == 'e' ||
                     (base_at(a, a->group[i].at) < 0 && base_at(a, a->group[i].at - 1) < 0);
    for (int i = 0; i < a->groups && moved && !any; i++)
        moved = move_bonds(a, a->group[i].at, a->group[i].what);
    if (a->n) { /* the words place them too */
        if (moved && a->n < a->base_n) {
            for (int i = 0; i < a->n; i++) {
                const int k = base_at(a, a->place[i]);
                if (k < 0 || (a->side[i] && a->side[i] != a->base_side[k])) return false;
            }
        } else {
            int left = own.base_n - a->from_epoxide;
            for (int i = 0; i < a->groups; i++) left -= a->group[i].what == 'e';
            return a->n == left;
        }
    }
    if (!moved) return false;
    a->n = a->base_n;
    memcpy(a->place, a->base, sizeof a->place);
    memcpy(a->side, a->base_side, sizeof a->side);
    return true;
}

/* ---- all of it ---- */

static bool groups_fit(const plain_acyl *a) {
    const int last = a->carbons - (a->diacid ? 1 : 0);
    for (int i = 0; i < a->groups; i++) {
        const int at = a->group[i].at, end = at + (a->group[i].what == 'e');
        if (at < 2 || end > last) return false;
        if (a->group[i].what == 'o' && (a->group[i].label || at == a->carbons)) return false;
        for (int k = 0; k < i; k++)
            if (a->group[k].at == at && a->group[k].what != 'm' && a->group[i].what != 'm')
                return false;
        for (int k = 0; k < a->n && strchr("hpoe", a->group[i].what); k++)
            if ((a->place[k] == at || a->place[k] + 1 == at || a->place[k] == end) &&
                a->group[i].what != 'm')
                return false; /* an enol, or a bond that has moved */
    }
    return true;
}

bool acyl_settle(plain_acyl *a, bool usual) {
    if (a->carbons < 2 || a->carbons >= ACYL_LONGEST) return false;
    if (a->counted && a->counted != a->carbons) {
        int branches = 0;
        for (int i = 0; i < a->groups; i++) branches += a->group[i].what == 'm';
        if (a->counted != a->carbons + branches) return false;
    }
    if (a->base_n && !take_base(a)) return false;
    if (!a->base_n && a->omega && !fill_omega(a)) return false;
    if (!a->n && a->said > 0 && (!usual || a->groups || !take_usual(a))) return false;
    if (a->said >= 0 && a->n != a->said) return false;
    if (a->n < a->least) return false;
    if (!usual && a->said < 0 && !a->n && !a->groups) return false; /* any of that size */
    sort_bonds(a);
    for (int i = 0; i < a->n; i++) {
        if (!a->side[i] && (a->all_cis || (usual && !a->conjugated))) a->side[i] = 'Z';
        for (int k = 0; k < a->groups; k++)
            if (a->by_words && (a->group[k].at == a->place[i] || a->group[k].at == a->place[i] + 1))
                return false;
        if (!a->side[i] && a->place[i] != a->carbons - 1) return false;
        if (a->place[i] < 2 || a->place[i] >= a->carbons) return false;
        if (a->place[i] == a->carbons - 1) a->side[i] = 0;
        if (i && a->place[i] < a->place[i - 1] + (usual ? 3 : 2)) return false;
    }
    if (a->omega && a->n && a->place[a->n - 1] != a->carbons - a->omega) return false;
    return groups_fit(a);
}

static void add_groups(const plain_acyl *a, mg_str *out) {
    static const struct {
        char what;
        const char *word;
    } words[] = {{'a', "amino"},   {'e', "epoxy"},  {'f', "fluoro"}, {'p', "hydroperoxy"},
                 {'h', "hydroxy"}, {'m', "methyl"}, {'o', "oxo"}};
    static const char *const many[] = {"", "", "di", "tri", "tetra", "penta", "hexa"};
    bool first = true;
    for (size_t w = 0; w < MG_COUNT(words); w++) {
        int n = 0;
        for (int at = 2; at < ACYL_LONGEST; at++)
            for (int i = 0; i < a->groups; i++) {
                if (a->group[i].what != words[w].what || a->group[i].at != at) continue;
                mg_str_addf(out, "%s%d", n ? "," : first ? "" : "-", at);
                if (words[w].what == 'e') mg_str_addf(out, ",%d", at + 1);
                n++;
            }
        if (!n) continue;
        mg_str_addf(out, "-%s%s", many[n], words[w].word);
        first = false;
    }
}

bool acyl_name(const plain_acyl *a, const char *ending, char out[ACYL_NAME]) {
    static const char *const many[] = {"",      "",     "di",    "tri", "tetra",
                                       "penta", "hexa", "hepta", "octa"};
    char stem[40];
    mg_str s = {0};
    if (!acyl_stem(a->carbons - a->diacid, stem)) return false;
    bool labels = false;
    for (int i = 0; i < a->n; i++) {
        if (!a->side[i]) continue;
        mg_str_addf(&s, "%s%d%c", labels ? "," : "(", a->place[i], a->side[i]);
        labels = true;
    }
    for (int i = 0; i < a->groups; i++) {
        if (a->group[i].label)
            mg_str_addf(&s, "%s%d%c", labels ? "," : "(", a->group[i].at, a->group[i].label),
                labels = true;
        if (a->group[i].next)
            mg_str_addf(&s, "%s%d%c", labels ? "," : "(", a->group[i].at + 1, a->group[i].next),
                labels = true;
    }
    if (labels) mg_str_addz(&s, ")-");
    add_groups(a, &s);
    if (a->diacid) mg_str_addf(&s, "%s%d-carboxy", a->groups ? "-" : "", a->carbons - 1);
    mg_str_addz(&s, stem);
    if (a->n) mg_str_addz(&s, a->n > 1 ? "a-" : "-");
    for (int i = 0; i < a->n; i++) mg_str_addf(&s, "%s%d", i ? "," : "", a->place[i]);
    if (a->n)
        mg_str_addf(&s, "-%sen", many[a->n]);
    else
        mg_str_addz(&s, "an");
    mg_str_addz(&s, ending);
    const bool ok = !s.failed && s.n < ACYL_NAME;
    if (ok) snprintf(out, ACYL_NAME, "%s", s.s);
    mg_str_free(&s);
    return ok;
}
