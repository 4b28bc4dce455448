/* sugar_core.c - the letters of one sugar without its prefixes.
 *
 *   core   = {anomer | letter prefix | letter} body
 *   anomer = "alpha-", "beta-"; letter = "d-", "l-"; prefix = "gluco-", "glycero-", ...
 *   body   = trivial stem, ring, ending: "galacto" "pyran" "osyl"
 *          | size, ketone, ring, ending: "non" "-2-ulo" "pyran" "osonic acid"
 *
 * A trivial stem may lack its ring ("beta-D-glucosyl"): then it is the usual one, and `plain`.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name, *sides;
} CONFIGS[] = {{"glycero", "R"},   {"erythro", "RR"},   {"threo", "LR"},   {"ribo", "RRR"},
               {"arabino", "LRR"}, {"xylo", "RLR"},     {"lyxo", "LLR"},   {"allo", "RRRR"},
               {"altro", "LRRR"},  {"gluco", "RLRR"},   {"manno", "LLRR"}, {"gulo", "RRLR"},
               {"ido", "LRLR"},    {"galacto", "RLLR"}, {"talo", "LLLR"}};

typedef struct stem {
    const char *name;
    int carbons, anomeric;
    const char *sides; /* of D, from the carbon behind the anomeric one on; '-': no oxygen there */
    int usual;         /* size of its ring where the name does not say it, 0: refused */
    bool deoxy;        /* at its last carbon */
    int amino, methyl; /* a carbon */
} stem;
static const stem STEMS[] = {
    {"gluc", 6, 1, "RLRR", 6, false, 0, 0},       {"galact", 6, 1, "RLLR", 6, false, 0, 0},
    {"mann", 6, 1, "LLRR", 6, false, 0, 0},       {"all", 6, 1, "RRRR", 6, false, 0, 0},
    {"altr", 6, 1, "LRRR", 6, false, 0, 0},       {"gul", 6, 1, "RRLR", 6, false, 0, 0},
    {"id", 6, 1, "LRLR", 6, false, 0, 0},         {"tal", 6, 1, "LLLR", 6, false, 0, 0},
    {"rib", 5, 1, "RRR", 5, false, 0, 0},         {"arabin", 5, 1, "LRR", 0, false, 0, 0},
    {"xyl", 5, 1, "RLR", 6, false, 0, 0},         {"lyx", 5, 1, "LLR", 6, false, 0, 0},
    {"erythr", 4, 1, "RR", 5, false, 0, 0},       {"thre", 4, 1, "LR", 5, false, 0, 0},
    {"fuc", 6, 1, "RLLR", 6, true, 0, 0},         {"rhamn", 6, 1, "LLRR", 6, true, 0, 0},
    {"quinov", 6, 1, "RLRR", 6, true, 0, 0},      {"digitox", 6, 1, "-RRR", 6, true, 0, 0},
    {"oliv", 6, 1, "-LRR", 6, true, 0, 0},        {"oleandr", 6, 1, "-LRR", 6, true, 0, 3},
    {"cymar", 6, 1, "-RRR", 6, true, 0, 3},       {"boivin", 6, 1, "-RLR", 6, true, 0, 0},
    {"sarment", 6, 1, "-RLR", 6, true, 0, 3},     {"digital", 6, 1, "RLLR", 6, true, 0, 3},
    {"thevet", 6, 1, "RLRR", 6, true, 0, 3},      {"abequ", 6, 1, "R-LR", 6, true, 0, 0},
    {"colit", 6, 1, "R-LR", 6, true, 0, 0},       {"tyvel", 6, 1, "L-RR", 6, true, 0, 0},
    {"ascaryl", 6, 1, "L-RR", 6, true, 0, 0},     {"parat", 6, 1, "R-RR", 6, true, 0, 0},
    {"rhodin", 6, 1, "--LR", 6, true, 0, 0},      {"amicet", 6, 1, "--RR", 6, true, 0, 0},
    {"perosamin", 6, 1, "LLRR", 6, true, 4, 0},   {"mycosamin", 6, 1, "LLRR", 6, true, 3, 0},
    {"daunosamin", 6, 1, "-LLR", 6, true, 3, 0},  {"fruct", 6, 2, "LRR", 5, false, 0, 0},
    {"sorb", 6, 2, "RLR", 0, false, 0, 0},        {"tagat", 6, 2, "LLR", 0, false, 0, 0},
    {"psic", 6, 2, "RRR", 0, false, 0, 0},        {"ribul", 5, 2, "RR", 5, false, 0, 0},
    {"xylul", 5, 2, "LR", 5, false, 0, 0},        {"erythrul", 4, 2, "R", 0, false, 0, 0},
    {"sedoheptul", 7, 2, "LRRR", 0, false, 0, 0}, {"fucul", 6, 2, "LLR", 0, true, 0, 0},
    {"rhamnul", 6, 2, "LRR", 0, true, 0, 0}};

enum {
    NEED_RING = 1,
    NEED_OPEN = 2,
    ACID_FIRST = 4,
    ACID_LAST = 8,
    ION = 16,
    ALDITOL = 32,
    AMINO = 64,
    N1 = 128,
    KETOSE = 256
};
static const struct ending {
    const char *name;
    sugar_kind kind;
    unsigned what;
    int lactone; /* size of its ring */
} ENDINGS[] = {{"ose", SUGAR_FREE, 0, 0},
               {"osyl", SUGAR_GROUP, 0, 0},
               {"oside", SUGAR_GLYCOSIDE, 0, 0},
               {"osylamine", SUGAR_FREE, N1, 0},
               {"osamine", SUGAR_FREE, AMINO, 0},
               {"osaminyl", SUGAR_GROUP, AMINO, 0},
               {"osaminide", SUGAR_GLYCOSIDE, AMINO, 0},
               {"uronic acid", SUGAR_FREE, ACID_LAST, 0},
               {"uronate", SUGAR_FREE, ACID_LAST | ION, 0},
               {"uronosyl", SUGAR_GROUP, ACID_LAST, 0},
               {"uronyl", SUGAR_GROUP, ACID_LAST, 0},
               {"osyluronic acid", SUGAR_GROUP, ACID_LAST, 0},
               {"osyluronate", SUGAR_GROUP, ACID_LAST | ION, 0},
               {"osiduronic acid", SUGAR_GLYCOSIDE, ACID_LAST, 0},
               {"osiduronate", SUGAR_GLYCOSIDE, ACID_LAST | ION, 0},
               {"uronoside", SUGAR_GLYCOSIDE, ACID_LAST, 0},
               {"uronide", SUGAR_GLYCOSIDE, ACID_LAST, 0},
               {"osonic acid", SUGAR_FREE, ACID_FIRST | KETOSE, 0},
               {"osonate", SUGAR_FREE, ACID_FIRST | KETOSE | ION, 0},
               {"osonosyl", SUGAR_GROUP, ACID_FIRST | KETOSE, 0},
               {"onosyl", SUGAR_GROUP, ACID_FIRST | KETOSE, 0},
               {"osylonic acid", SUGAR_GROUP, ACID_FIRST | KETOSE, 0},
               {"osylonate", SUGAR_GROUP, ACID_FIRST | KETOSE | ION, 0},
               {"osidonic acid", SUGAR_GLYCOSIDE, ACID_FIRST | KETOSE, 0},
               {"osidonate", SUGAR_GLYCOSIDE, ACID_FIRST | KETOSE | ION, 0},
               {"onic acid", SUGAR_FREE, ACID_FIRST | NEED_OPEN, 0},
               {"onate", SUGAR_FREE, ACID_FIRST | NEED_OPEN | ION, 0},
               {"aric acid", SUGAR_FREE, ACID_FIRST | ACID_LAST | NEED_OPEN, 0},
               {"arate", SUGAR_FREE, ACID_FIRST | ACID_LAST | NEED_OPEN | ION, 0},
               {"itol", SUGAR_FREE, ALDITOL | NEED_OPEN, 0},
               {"ono-1,4-lactone", SUGAR_FREE, NEED_OPEN, 5},
               {"onic acid 1,4-lactone", SUGAR_FREE, NEED_OPEN, 5},
               {"ono-1,5-lactone", SUGAR_FREE, NEED_OPEN, 6},
               {"ono-gamma-lactone", SUGAR_FREE, NEED_OPEN, 5},
               {"ono-delta-lactone", SUGAR_FREE, NEED_OPEN, 6}};

/* "opyran", "ofuran", "oseptan": size; characters read. */
static size_t ring_at(const name_reader *r, size_t i, size_t end, int *size) {
    static const char *const names[] = {"ofuran", "opyran", "oseptan"};
    for (int k = 0; k < 3; k++)
        if (name_begins(r, i, end, names[k])) return *size = 5 + k, strlen(names[k]);
    *size = 0;
    return 0;
}

/* "pyranosid-4-ulose", "hexos-2-ulose": a second carbonyl group. */
static bool ulose(const name_reader *r, size_t i, size_t end, sugar *out) {
    static const struct {
        const char *front, *behind;
        sugar_kind kind;
    } ways[] = {{"osid-", "-ulose", SUGAR_GLYCOSIDE},
                {"os-", "-ulose", SUGAR_FREE},
                {"os-", "-ulosyl", SUGAR_GROUP},
                {"osyl-", "-ulose", SUGAR_GROUP}};
    for (size_t w = 0; w < MG_COUNT(ways); w++) {
        const size_t k = i + strlen(ways[w].front);
        if (!name_begins(r, i, end, ways[w].front) || k >= end || r->s[k] < '2' || r->s[k] > '6' ||
            !name_is_word(r, k + 1, end, ways[w].behind))
            continue;
        out->kind = ways[w].kind;
        out->oxo |= 1u << (r->s[k] - '0');
        return true;
    }
    return false;
}

static bool ending(const name_reader *r, size_t i, size_t end, int ring, sugar *out) {
    if (ulose(r, i, end, out)) return true;
    for (size_t k = 0; k < MG_COUNT(ENDINGS); k++) {
        if (!name_is_word(r, i, end, ENDINGS[k].name)) continue;
        const unsigned what = ENDINGS[k].what;
        if ((what & NEED_OPEN) && ring) return false;
        if ((what & KETOSE) && out->anomeric != 2) return false;
        if ((what & ACID_LAST) && (out->deoxy >> out->carbons & 1)) return false;
        out->kind = ENDINGS[k].kind;
        out->acid_first = (what & ACID_FIRST) != 0, out->acid_last = (what & ACID_LAST) != 0;
        out->ion = (what & ION) != 0;
        if (what & AMINO) out->amino |= 4;
        if (what & N1) out->amino |= 1u << out->anomeric;
        if (what & NEED_OPEN) {
            out->plain = false;
            if (out->anomer || (out->anomeric != 1 && !(what & ACID_FIRST))) return false;
            if (out->anomeric == 2) out->oxo |= 4;
            out->anomeric = 0;
        }
        if (ENDINGS[k].lactone) {
            out->anomeric = 1, out->lactone = true;
            out->ring = ENDINGS[k].lactone - 1;
        }
        return true;
    }
    return false;
}

bool sugar_more(sugar *s, int carbon, const char *smiles) {
    if (s->mores == SUGAR_MORE) return false;
    s->more[s->mores].carbon = carbon;
    s->more[s->mores++].smiles = smiles;
    return true;
}

void sugar_close(sugar *s, int size) { s->ring = size ? s->anomeric + size - 2 : 0; }

static bool trivial(const name_reader *r, size_t i, size_t end, bool l, bool open, sugar *out) {
    for (size_t k = 0; k < MG_COUNT(STEMS); k++) {
        const stem *t = &STEMS[k];
        int ring = 0;
        sugar s = *out;
        if (!name_begins(r, i, end, t->name)) continue;
        const size_t n = strlen(t->name);
        s.carbons = t->carbons, s.anomeric = t->anomeric;
        s.deoxy |= t->deoxy ? 1u << t->carbons : 0;
        s.amino |= t->amino ? 1u << t->amino : 0;
        if (t->methyl && !sugar_more(&s, t->methyl, "C")) continue;
        for (int c = 0; t->sides[c]; c++) {
            const int at = t->anomeric + 1 + c;
            if (t->sides[c] == '-')
                s.deoxy |= 1u << at;
            else
                s.side[at] = (t->sides[c] == 'R') != l ? 'R' : 'L';
        }
        size_t at = i + n + ring_at(r, i + n, end, &ring);
        if (t->amino) { /* "perosamine", "perosaminyl" */
            static const char *const ends[] = {"e", "yl", "ide"};
            for (int e = 0; e < 3; e++)
                if (name_is_word(r, at, end, ends[e]) && (!e || s.anomer)) {
                    s.kind = (sugar_kind)e, s.plain = true;
                    sugar_close(&s, t->usual);
                    *out = s;
                    return true;
                }
            continue;
        }
        s.plain = !ring && !open;
        sugar_close(&s, ring ? ring : open ? 0 : t->usual);
        if (!ending(r, at, end, ring, &s)) continue;
        if (s.plain && !s.ring && (s.kind != SUGAR_FREE || s.anomer)) return false;
        if (s.plain && !s.anomer && s.kind != SUGAR_FREE) return false; /* "D-glucosyl" */
        if (s.lactone || s.anomeric == 0) s.plain = false;
        if (!s.anomeric) s.ring = 0;
        *out = s;
        return true;
    }
    return false;
}

static bool systematic(const name_reader *r, size_t i, size_t end, bool open, sugar *out) {
    static const char *const sizes[] = {"tri", "tetr", "pent", "hex", "hept", "oct", "non"};
    for (int k = 0; k < 7; k++) {
        const size_t n = strlen(sizes[k]);
        if (!name_begins(r, i, end, sizes[k])) continue;
        size_t at = i + n;
        int ring = 0;
        sugar s = *out;
        s.carbons = 3 + k, s.anomeric = 1;
        if (at + 4 < end && r->s[at] == '-' && isdigit((unsigned char)r->s[at + 1]) &&
            r->s[at + 2] == '-') {
            const int place = r->s[at + 1] - '0';
            if (name_begins(r, at + 3, end, "ul") && place > 1 && place < 4) {
                s.anomeric = place, at += 5;
            } else if (name_begins(r, at + 3, end, "en") && place > 1 && place < s.carbons - 1) {
                s.ene = place, at += 5;
            } else
                continue;
        }
        at += ring_at(r, at, end, &ring);
        sugar_close(&s, ring);
        if (!ending(r, at, end, ring, &s)) continue;
        if (!ring && !open && s.anomeric && !s.lactone) {
            if (s.kind != SUGAR_FREE) return false;
            const bool six = s.anomeric == 1 ? s.carbons > 5 : s.acid_first && s.carbons > 7;
            if (s.anomer && !six) return false;
            if (s.anomer) sugar_close(&s, 6);
            s.plain = true;
        }
        *out = s;
        return true;
    }
    return false;
}

bool sugar_core(const name_reader *r, size_t i, size_t end, sugar *out) {
    sugar s = {0};
    size_t k = i;
    bool open = false;
    for (;;) {
        const size_t anomer = name_begins(r, k, end, "alpha-")  ? 6
                              : name_begins(r, k, end, "beta-") ? 5
                                                                : 0;
        if (anomer) {
            if (s.anomer) return false;
            s.anomer = r->s[k];
            k += anomer;
            continue;
        }
        if (name_begins(r, k, end, "aldehydo-") || name_begins(r, k, end, "keto-")) {
            k += r->s[k] == 'a' ? 9 : 5;
            open = true;
            continue;
        }
        if (k + 6 > end || (r->s[k] != 'd' && r->s[k] != 'l') || r->s[k + 1] != '-') break;
        const bool l = r->s[k] == 'l';
        size_t n = 0;
        for (size_t c = 0; c < MG_COUNT(CONFIGS) && !n; c++) {
            n = strlen(CONFIGS[c].name);
            if (name_begins(r, k + 2, end, CONFIGS[c].name) && k + 2 + n < end &&
                r->s[k + 2 + n] == '-') {
                if (s.configs == SUGAR_CONFIGS) return false;
                s.config[s.configs].sides = CONFIGS[c].sides;
                s.config[s.configs++].l = l;
            } else
                n = 0;
        }
        if (!n) {
            if (s.configs || !trivial(r, k + 2, end, l, open, &s)) return false;
            *out = s;
            return !(open && s.anomer);
        }
        k += 3 + n;
    }
    if (!s.configs || !systematic(r, k, end, open, &s) || (open && s.anomer)) return false;
    *out = s;
    return true;
}
