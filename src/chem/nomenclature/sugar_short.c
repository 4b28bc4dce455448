/* sugar_short.c - sugars by their symbols, "beta-D-GlcpNAc", "Neu5Ac", "Kdo"; sialic and muramic
 * acids; inositols.
 *
 *   symbol = [anomer "-"] letter "-" code ["p" | "f"] ["n" | "nac" | "a"] {place "ac" | "me" | "s"}
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <string.h>

static const struct code {
    const char *name, *sides;
    int carbons, anomeric, usual;
    bool deoxy;
} CODES[] = {{"glc", "RLRR", 6, 1, 6, false}, {"gal", "RLLR", 6, 1, 6, false},
             {"man", "LLRR", 6, 1, 6, false}, {"all", "RRRR", 6, 1, 6, false},
             {"alt", "LRRR", 6, 1, 6, false}, {"gul", "RRLR", 6, 1, 6, false},
             {"ido", "LRLR", 6, 1, 6, false}, {"tal", "LLLR", 6, 1, 6, false},
             {"fuc", "RLLR", 6, 1, 6, true},  {"rha", "LLRR", 6, 1, 6, true},
             {"qui", "RLRR", 6, 1, 6, true},  {"xyl", "RLR", 5, 1, 6, false},
             {"ara", "LRR", 5, 1, 0, false},  {"rib", "RRR", 5, 1, 5, false},
             {"lyx", "LLR", 5, 1, 6, false},  {"fru", "LRR", 6, 2, 5, false}};

static const char ACETYL[] = "C(C)=O", GLYCOLOYL[] = "C(CO)=O", SULFO[] = "S(=O)(=O)O",
                  PHOSPHO[] = "P(=O)(O)O";

/* "6s", "3me", "4ac", "2,3ac" is none; all of s[i..end). */
static bool marks(const name_reader *r, size_t i, size_t end, sugar *s) {
    static const char *const names[][2] = {
        {"ac", ACETYL}, {"me", "C"}, {"s", SULFO}, {"p", PHOSPHO}};
    while (i < end) {
        const int carbon = r->s[i] - '0';
        bool found = false;
        if (!isdigit((unsigned char)r->s[i]) || carbon < 1 || carbon > s->carbons) return false;
        if (carbon == s->anomeric || carbon == s->ring || (s->deoxy >> carbon & 1)) return false;
        if ((s->amino >> carbon & 1) || (s->acid_last && carbon == s->carbons)) return false;
        for (int k = 0; k < 4 && !found; k++) {
            found = name_begins(r, i + 1, end, names[k][0]);
            if (found) i += 1 + strlen(names[k][0]);
            if (found && !sugar_more(s, carbon, names[k][1])) return false;
        }
        if (!found) return false;
    }
    return true;
}

static bool symbol(const name_reader *r, size_t i, size_t end, bool l, sugar *out) {
    for (size_t c = 0; c < MG_COUNT(CODES); c++) {
        const struct code *t = &CODES[c];
        if (!name_begins(r, i, end, t->name)) continue;
        sugar s = *out;
        size_t k = i + 3;
        int size = t->usual;
        s.carbons = t->carbons, s.anomeric = t->anomeric;
        s.deoxy = t->deoxy ? 1u << t->carbons : 0;
        for (int n = 0; t->sides[n]; n++)
            s.side[t->anomeric + 1 + n] = (t->sides[n] == 'R') != l ? 'R' : 'L';
        const bool said = k < end && (r->s[k] == 'p' || r->s[k] == 'f');
        if (said) size = r->s[k++] == 'p' ? 6 : 5;
        if (name_begins(r, k, end, "nac")) {
            s.amino = 4, k += 3;
            if (!sugar_more(&s, 2, ACETYL)) return false;
        } else if (name_begins(r, k, end, "ns")) {
            s.amino = 4, k += 2;
            if (!sugar_more(&s, 2, SULFO)) return false;
        } else if (k < end && r->s[k] == 'n') {
            s.amino = 4, k++;
        } else if (k < end && r->s[k] == 'a' &&
                   (k + 1 == end || isdigit((unsigned char)r->s[k + 1]))) {
            if (t->deoxy || t->carbons < 6) return false;
            s.acid_last = true, k++;
        }
        if (!said && k < end && r->s[k] == 'p') size = 6, k++; /* "glcnacp" */
        s.plain = !said;
        if (!size || (s.amino && t->anomeric == 2)) return false;
        sugar_close(&s, size);
        if (!marks(r, k, end, &s)) return false;
        *out = s;
        return true;
    }
    return false;
}

/* ---- sialic acids, Kdo, muramic acid ---- */

static void sialic(sugar *s) {
    s->carbons = 9, s->anomeric = 2, s->acid_first = true, s->deoxy = 8, s->amino = 32;
    s->config[0].sides = "R", s->config[1].sides = "RLLR", s->configs = 2;
    sugar_close(s, 6);
}

static bool acidic(const name_reader *r, size_t i, size_t end, sugar_kind kind, sugar *out) {
    static const struct {
        const char *name;
        int what; /* 0: neuraminic, 'a' acetylated, 'g' glycoloylated; 'k' Kdo, 'm' muramic */
        int kind; /* -1: what stands behind says */
    } table[] = {{"neuraminic acid", 0, SUGAR_FREE},
                 {"neuraminate", 'i', SUGAR_FREE},
                 {"neuraminyl", 0, SUGAR_GROUP},
                 {"neuraminosyl", 0, SUGAR_GROUP},
                 {"n-acetylneuraminyl", 'a', SUGAR_GROUP},
                 {"n-acetylneuraminosyl", 'a', SUGAR_GROUP},
                 {"n-glycoloylneuraminyl", 'g', SUGAR_GROUP},
                 {"neuraminoside", 0, SUGAR_GLYCOSIDE},
                 {"neup5ac", 'a', -1},
                 {"neu5ac", 'a', -1},
                 {"neu5acp", 'a', -1},
                 {"neuac", 'a', -1},
                 {"neunac", 'a', -1},
                 {"neup5gc", 'g', -1},
                 {"neu5gc", 'g', -1},
                 {"neugc", 'g', -1},
                 {"kdo", 'k', -1},
                 {"kdop", 'k', -1},
                 {"muramic acid", 'm', SUGAR_FREE},
                 {"muramate", 'M', SUGAR_FREE},
                 {"mur", 'm', -1},
                 {"murnac", 'n', -1},
                 {"murpnac", 'n', -1}};
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        if (!name_is_word(r, i, end, table[k].name)) continue;
        if (table[k].kind >= 0 && table[k].kind != (int)kind) return false;
        sugar s = *out;
        const int what = table[k].what;
        s.kind = kind;
        if (what == 'k') {
            s.carbons = 8, s.anomeric = 2, s.acid_first = true, s.deoxy = 8;
            s.config[0].sides = "LLRR", s.configs = 1;
            sugar_close(&s, 6);
        } else if (what == 'm' || what == 'n' || what == 'M') {
            s.carbons = 6, s.anomeric = 1, s.amino = 4;
            s.config[0].sides = "RLRR", s.configs = 1;
            sugar_close(&s, 6);
            (void)sugar_more(&s, 3, what == 'M' ? "[C@H](C)C(=O)[O-]" : "[C@H](C)C(=O)O");
            if (what == 'n') (void)sugar_more(&s, 2, ACETYL);
        } else {
            sialic(&s);
            s.ion = what == 'i', s.plain = true;
            if (what == 'a') (void)sugar_more(&s, 5, ACETYL);
            if (what == 'g') (void)sugar_more(&s, 5, GLYCOLOYL);
        }
        *out = s;
        return true;
    }
    return false;
}

/* ---- inositols ---- */

static bool inositol(const name_reader *r, size_t i, size_t end, sugar *out) {
    static const struct {
        const char *name, *sides;
    } table[] = {{"myo-inositol", "RRRLRL"},   {"scyllo-inositol", "RLRLRL"},
                 {"chiro-inositol", "RRLRLL"}, {"epi-inositol", "RRRRRL"},
                 {"allo-inositol", "RRRRLL"},  {"muco-inositol", "RRLRRL"},
                 {"neo-inositol", "RRRLLL"},   {"cis-inositol", "RRRRRR"}};
    const bool letter = name_begins(r, i, end, "1d-") || name_begins(r, i, end, "1l-");
    const bool l = letter && r->s[i + 1] == 'l';
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        if (!name_is_word(r, i + (letter ? 3 : 0), end, table[k].name)) continue;
        *out = (sugar){.kind = SUGAR_FREE, .carbons = 6, .cyclitol = true, .mirror = !letter};
        for (int c = 0; c < 6; c++) out->side[c + 1] = (table[k].sides[c] == 'R') != l ? 'R' : 'L';
        return true;
    }
    return false;
}

/* "beta-D-apiofuranosyl", "D-apio-beta-D-furanosyl". */
static bool apiose(const name_reader *r, size_t i, size_t end, sugar *out) {
    static const char *const fronts[] = {"d-apiofuran", "d-apio-"}, *const anomers[] = {"alpha-",
                                                                                        "beta-"};
    static const struct {
        const char *name;
        sugar_kind kind;
    } tails[] = {{"ose", SUGAR_FREE}, {"osyl", SUGAR_GROUP}, {"oside", SUGAR_GLYCOSIDE}};
    size_t k = i;
    char anomer = 0;
    bool named = false;
    for (int pass = 0; pass < 2; pass++) {
        for (int a = 0; a < 2 && !anomer; a++)
            if (name_begins(r, k, end, anomers[a])) anomer = r->s[k], k += strlen(anomers[a]);
        if (pass == 0 && name_begins(r, k, end, fronts[0]) && anomer)
            named = true, k += strlen(fronts[0]);
        else if (pass == 0 && name_begins(r, k, end, "d-apios") && anomer)
            named = true, k += 5;
        else if (pass == 0 && name_begins(r, k, end, fronts[1]) && !anomer)
            k += strlen(fronts[1]);
        else if (pass == 0)
            return false;
    }
    if (!named && !name_begins(r, k, end, "d-furan")) return false;
    if (!named) k += 7;
    for (size_t t = 0; t < MG_COUNT(tails); t++)
        if (anomer && name_is_word(r, k, end, tails[t].name)) {
            *out = (sugar){.kind = tails[t].kind,
                           .apiose = true,
                           .anomer = anomer,
                           .carbons = 5,
                           .anomeric = 1,
                           .ring = 4};
            return true;
        }
    return false;
}

bool sugar_short(const name_reader *r, size_t i, size_t end, sugar_kind kind, sugar *out) {
    sugar s = {.kind = kind};
    size_t k = i;
    if (kind == SUGAR_FREE && inositol(r, i, end, out)) return true;
    if (apiose(r, i, end, out)) return out->kind == kind;
    if (name_begins(r, k, end, "alpha-") || name_begins(r, k, end, "beta-")) {
        s.anomer = r->s[k];
        k += s.anomer == 'a' ? 6 : 5;
    }
    const bool letter = k + 2 < end && (r->s[k] == 'd' || r->s[k] == 'l') && r->s[k + 1] == '-';
    const bool l = letter && r->s[k] == 'l';
    if (letter) k += 2;
    if ((letter && symbol(r, k, end, l, &s)) || (!l && acidic(r, k, end, kind, &s))) {
        *out = s;
        return true;
    }
    return false;
}
