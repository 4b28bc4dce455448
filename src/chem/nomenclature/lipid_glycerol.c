/* lipid_glycerol.c - glycerides and glycerophospholipids:
 *
 *   1-palmitoyl-2-oleoyl-sn-glycero-3-phosphocholine    1,2-dioleoyl-sn-glycerol
 *   1-o-hexadecyl-2-acetyl-sn-glycero-3-phosphate       tripalmitin, 1-monoolein
 *   cdp-1,2-dioleoyl-sn-glycerol                        1-palmitoylglycerone 3-phosphate
 *   1,2-dioleoyl-sn-glycero-3-phospho-(1d-myo-inositol-3,4-bisphosphate)
 *   1,2-dipalmitoyl-3-beta-d-galactosyl-sn-glycerol     cl(1'-[...],3'-[...]) by lipid_short.c
 *
 * "sn" fixes the middle carbon, and so does "glycero-3-phospho"; "rac", and a glycerol without
 * "sn", leave it open. The amines of heads are neutral, phosphocholine is a zwitterion.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* ---- heads ---- */

static const char *const HEADS[][2] = {{"choline", "OCC[N+](C)(C)C"},
                                       {"ethanolamine", "OCCN"},
                                       {"n-methylethanolamine", "OCCNC"},
                                       {"(n-methyl)ethanolamine", "OCCNC"},
                                       {"n,n-dimethylethanolamine", "OCCN(C)C"},
                                       {"(n,n-dimethyl)ethanolamine", "OCCN(C)C"},
                                       {"l-serine", "OC[C@H](N)C(=O)O"},
                                       {"serine", "OC[C@H](N)C(=O)O"},
                                       {"glycerol", "OCC(O)CO"},
                                       {"(1'-sn-glycerol)", "OC[C@@H](O)CO"},
                                       {"1'-sn-glycerol", "OC[C@@H](O)CO"},
                                       {"(1'-sn-glycero)", "OC[C@@H](O)CO"},
                                       {"(3'-sn-glycerol)", "OC[C@H](O)CO"},
                                       {"(1'-rac-glycerol)", "OCC(O)CO"},
                                       {"rac-(1-glycerol)", "OCC(O)CO"},
                                       {"(1'-sn-glycerol-3'-phosphate)", "OC[C@@H](O)COP(=O)(O)O"},
                                       {"(1'-sn-glycero-3'-phosphate)", "OC[C@@H](O)COP(=O)(O)O"},
                                       {"methanol", "OC"},
                                       {"ethanol", "OCC"}};

/* "-3,4-bisphosphate)", " 5-phosphate", "-4'-phosphate)": bits of places; -1: it is none. */
static int phosphates(const char *s) {
    static const char *const words[] = {"phosphate", "bisphosphate", "trisphosphate"};
    int places = 0, count = 0;
    if (!*s || !strcmp(s, ")")) return 0;
    if (*s != '-' && *s != ' ') return -1;
    for (s++; isdigit((unsigned char)*s); s++) {
        if (*s < '2' || *s > '6') return -1;
        places |= 1 << (*s - '0');
        count++;
        s += s[1] == '\'' ? 1 : 0;
        if (s[1] != ',') {
            s++;
            break;
        }
        s++;
    }
    if (!count || count > 3 || *s++ != '-' || !begins(s, words[count - 1])) return -1;
    s += strlen(words[count - 1]);
    return !*s || !strcmp(s, ")") ? places : -1;
}

/* 1D-myo-inositol bound by its place 1. */
static bool inositol(const char *s, mg_str *into) {
    static const char *const names[] = {"(1'-myo-inositol",  "1d-myo-inositol", "(1d-myo-inositol",
                                        "(1'd-myo-inositol", "d-myo-inositol",  "myo-inositol",
                                        "inositol"};
    for (size_t i = 0; i < MG_COUNT(names); i++) {
        if (!begins(s, names[i])) continue;
        const int at = phosphates(s + strlen(names[i]));
        if (at < 0) return false;
        const char *o[7];
        for (int k = 2; k < 7; k++) o[k] = at >> k & 1 ? "OP(=O)(O)O" : "O";
        mg_str_addf(into, "O[C@H]1[C@H](%s)[C@@H](%s)[C@H](%s)[C@@H](%s)[C@H]1%s", o[6], o[5], o[4],
                    o[3], o[2]);
        return true;
    }
    return false;
}

/* "(n-oleoyl)ethanolamine", "n-oleoylethanolamine". */
static bool acyl_amine(const char *s, mg_str *into, bool *failed) {
    static const char end[] = "ethanolamine";
    const size_t n = strlen(s), k = sizeof end - 1;
    const bool bracket = *s == '(';
    if (n < k + 8 || strcmp(s + n - k, end) != 0 || !begins(s + bracket, "n-")) return false;
    if (bracket && s[n - k - 1] != ')') return false;
    char *piece = lipid_piece(s + bracket + 2, n - k - 2 - 2 * (size_t)bracket, 'N', LIPID_ACYL,
                              failed);
    if (!piece) return false;
    mg_str_addz(into, "OCC%95");
    lipid_add_piece(into, piece, 95);
    free(piece);
    return true;
}

const char *lipid_head(const char *s, bool natural, mg_str *into, bool *failed) {
    for (size_t i = 0; i < MG_COUNT(HEADS); i++)
        if (!strcmp(s, HEADS[i][0]) && (natural || !strchr(HEADS[i][1], '@'))) {
            mg_str_addz(into, HEADS[i][1]);
            return into->s;
        }
    return natural && (inositol(s, into) || acyl_amine(s, into, failed)) ? into->s : NULL;
}

/* ---- the glycerol ---- */

typedef struct glycerol {
    char *piece[LIPID_SLOTS];
    int head;    /* place of it, 0: none */
    mg_str tail; /* what stands on the oxygen of the head's place: "P(=O)(O)O..." */
    bool sn, ketone;
} glycerol;

static void release(glycerol *g) {
    for (int i = 0; i < LIPID_SLOTS; i++) free(g->piece[i]);
    mg_str_free(&g->tail);
}

static const char CDP[] = "P(=O)(O)OP(=O)(O)OC[C@H]1O[C@@H](n2ccc(N)nc2=O)[C@H](O)[C@@H]1O";

/* What follows "glycero" or "glycerol": "-3-phosphocholine", "", " 3-phosphate". */
static bool read_tail(glycerol *g, const char *s, bool *failed) {
    if (!*s) return true;
    if (*s != '-' && *s != ' ') return false;
    s++;
    if (*s < '1' || *s > '3' || s[1] != '-' || *s == '2') return false;
    g->head = *s - '0';
    s += 2;
    if (!strcmp(s, "cytidine 5'-diphosphate")) {
        mg_str_addz(&g->tail, CDP);
        return true;
    }
    char inner[200]; /* "(phospho-rac-(1-glycerol))" */
    const size_t n = strlen(s);
    if (n > 2 && n < sizeof inner && strchr("([", *s) && strchr(")]", s[n - 1])) {
        memcpy(inner, s + 1, n - 2);
        inner[n - 2] = 0;
        s = inner;
    }
    if (!strcmp(s, "diphosphate") || !strcmp(s, "pyrophosphate")) {
        mg_str_addz(&g->tail, "P(=O)(O)OP(=O)(O)O");
        return true;
    }
    mg_str_addz(&g->tail, "P(=O)(O)O");
    if (!strcmp(s, "phosphate") || !strcmp(s, "phosphoric acid")) return true;
    if (!begins(s, "phospho")) return false;
    s += 7;
    const bool choline = !strcmp(s, "choline") || !strcmp(s, "-choline");
    g->tail.n -= choline ? 4 : 1; /* P(=O)([O-])O..., P(=O)(O)O... */
    if (choline) mg_str_addz(&g->tail, "([O-])");
    if (*s == '-' || *s == ' ') s++;
    return lipid_head(s, true, &g->tail, failed) != NULL;
}

static char *build(const glycerol *g, bool *failed) {
    mg_str s = {0};
    for (int i = 0; i < LIPID_SLOTS; i++) {
        const char *center = i != 1 ? "C" : g->ketone ? "C(=O)" : g->sn ? "[C@@H]" : "C";
        if (g->ketone && i == 1)
            mg_str_addz(&s, center);
        else
            mg_str_addf(&s, "%s%%9%d", center, i + 1);
    }
    for (int i = 0; i < LIPID_SLOTS; i++) {
        if (g->ketone && i == 1) continue;
        if (g->head == i + 1)
            mg_str_addf(&s, ".O%%9%d%s", i + 1, g->tail.s);
        else if (g->piece[i])
            lipid_add_piece(&s, g->piece[i], 91 + i);
        else
            mg_str_addf(&s, ".O%%9%d", i + 1);
    }
    char *out = s.failed ? NULL : lipid_canonical(s.s);
    *failed |= s.failed;
    mg_str_free(&s);
    return out;
}

/* "tripalmitin", "1-monoolein", "1,2-diolein" as "...glycerol". */
static bool spell_in(const char *s, char out[NAME_LONGEST + 20]) {
    static const char *const stems[][2] = {
        {"palmitin", "palmitoyl"}, {"olein", "oleoyl"},         {"linolein", "linoleoyl"},
        {"laurin", "lauroyl"},     {"myristin", "myristoyl"},   {"stearin", "stearoyl"},
        {"caproin", "hexanoyl"},   {"caprylin", "octanoyl"},    {"caprin", "decanoyl"},
        {"behenin", "behenoyl"},   {"arachidin", "arachidoyl"}, {"erucin", "erucoyl"},
        {"butyrin", "butanoyl"},   {"acetin", "acetyl"},        {"propionin", "propanoyl"},
        {"elaidin", "elaidoyl"},   {"valerin", "pentanoyl"},    {"arachidonin", "arachidonoyl"}};
    static const char *const counts[] = {"mono", "di", "tri"};
    const size_t m = strspn(s, "123,");
    size_t k = m ? m + 1 : 0;
    if (m && s[m] != '-') return false;
    for (size_t c = 0; c < MG_COUNT(counts); c++) {
        if (!begins(s + k, counts[c]) || (!m && c != 2)) continue;
        for (size_t i = 0; i < MG_COUNT(stems); i++) {
            const size_t at = k + strlen(counts[c]);
            if (strcmp(s + at, stems[i][0]) != 0) continue;
            snprintf(out, NAME_LONGEST + 20, "%.*s%sglycerol", (int)at, s, stems[i][1]);
            return true;
        }
    }
    return false;
}

/* "dioleoylphosphatidylcholine", "dipalmitoyl phosphatidic acid" by what they are made of. */
static bool spell_phosphatidyl(const char *s, char out[NAME_LONGEST + 20]) {
    static const char *const ends[][2] = {{"phosphatidylcholine", "choline"},
                                          {"phosphatidylethanolamine", "ethanolamine"},
                                          {"phosphatidylserine", "serine"},
                                          {"phosphatidyl-l-serine", "l-serine"},
                                          {"phosphatidylglycerol", "glycerol"},
                                          {"phosphatidylinositol", "inositol"},
                                          {"phosphatidate", "ate"},
                                          {"phosphatidic acid", "ate"}};
    const size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const size_t k = strlen(ends[i][0]);
        if (n <= k || strcmp(s + n - k, ends[i][0]) != 0) continue;
        size_t front = n - k;
        if (front > 3 && begins(s + front - 3, "-3-")) front -= 2; /* "-sn-3-" */
        while (front && strchr("- ", s[front - 1])) front--;
        if (front > 3 && begins(s + front - 3, "-sn")) front -= 3;
        snprintf(out, NAME_LONGEST + 20, "%.*s-sn-glycero-3-phosph%s%s", (int)front, s,
                 i > 5 ? "" : "o", ends[i][1]);
        return true;
    }
    return false;
}

/* Length of the list of groups in front of "glycer" at `core`; what says the middle carbon. */
static size_t list_end(const char *s, size_t core, bool *sn, bool *rac) {
    size_t n = core;
    while (n && strchr("- ", s[n - 1])) n--;
    *rac = n >= 3 && begins(s + n - 3, "rac") && (n == 3 || s[n - 4] == '-');
    *sn = n >= 2 && begins(s + n - 2, "sn") && (n == 2 || s[n - 3] == '-');
    n -= *rac ? 3 : *sn ? 2 : 0;
    while (n && strchr("- ", s[n - 1])) n--;
    return n;
}

/* "n-oleoyl-1-palmitoyl-...-3-phosphoethanolamine": the amine's group, and where the others begin.
 */
static size_t read_amine(glycerol *g, const char *s, size_t front, bool *failed) {
    const char *end = g->tail.n > 4 ? g->tail.s + g->tail.n - 4 : "";
    if (!begins(s, "n-") || strcmp(end, "OCCN") != 0) return 0;
    int tries = 0;
    for (size_t k = 5; k <= front && !*failed; k++) {
        if ((k < front && s[k] != '-') || tries++ > 9) continue;
        char *piece = lipid_piece(s + 2, k - 2, 'N', LIPID_ACYL, failed);
        if (!piece) continue;
        g->tail.n--;
        mg_str_addz(&g->tail, "%95");
        lipid_add_piece(&g->tail, piece, 95);
        free(piece);
        return k < front ? k + 1 : k;
    }
    return 0;
}

static char *read_at(const char *s, size_t core, bool cdp, bool *failed) {
    glycerol g = {0};
    bool rac;
    char *out = NULL;
    const size_t front = list_end(s, core, &g.sn, &rac);
    const char *tail = s + core + 6; /* "glycer" */
    g.ketone = begins(tail, "one");
    tail += g.ketone ? 3 : begins(tail, "ol") ? 2 : begins(tail, "o") ? 1 : 0;
    const bool ends = tail[-1] == 'l' || g.ketone;
    bool ok = tail > s + core + 6 && (ends || *tail) && read_tail(&g, tail, failed);
    if (cdp && ok && !g.head) {
        g.head = 3;
        g.sn = true;
        mg_str_addz(&g.tail, CDP);
    } else if (cdp) {
        ok = false;
    }
    if (g.head && front && !rac && !g.ketone && tail[-1] == 'o') g.sn = true;
    const size_t amine = ok && !g.tail.failed ? read_amine(&g, s, front, failed) : 0;
    ok = ok && !g.tail.failed && (front || g.head) &&
         (amine == front || lipid_list(s + amine, front - amine, g.piece, failed));
    ok = ok && !(g.head && g.piece[g.head - 1]) && !(g.ketone && (g.piece[1] || !g.head));
    if (ok) out = build(&g, failed);
    *failed |= g.tail.failed;
    release(&g);
    return out;
}

/* A cardiolipin of four groups, those of 1' first; the middle is a centre where they differ. */
static char *build_cardiolipin(char *const piece[4], bool *failed) {
    const bool alike = !strcmp(piece[0], piece[2]) && !strcmp(piece[1], piece[3]);
    mg_str s = {0};
    mg_str_addf(&s, "C%%91[C@@H]%%92COP(=O)(O)OC%s(O)COP(=O)(O)OC[C@H]%%94C%%93",
                alike ? "C" : "[C@@H]");
    for (int i = 0; i < 4; i++) lipid_add_piece(&s, piece[i], 91 + i);
    char *out = s.failed ? NULL : lipid_canonical(s.s);
    *failed |= s.failed;
    mg_str_free(&s);
    return out;
}

/* "tetramyristoylcardiolipin". */
static char *cardiolipin(const char *s, bool *failed) {
    size_t n = strlen(s);
    if (!begins(s, "tetra") || n < 20 || strcmp(s + n - 11, "cardiolipin") != 0) return NULL;
    n -= 11;
    while (n && strchr("- ", s[n - 1])) n--;
    char *piece = lipid_piece(s + 5, n - 5, 'O', LIPID_ACYL, failed);
    char *out = piece ? build_cardiolipin((char *[]){piece, piece, piece, piece}, failed) : NULL;
    free(piece);
    return out;
}

/* "cl(1'-[18:2(9z,12z)/18:2(9z,12z)],3'-[16:0/16:0])", "cl(16:0/16:0/16:0/16:0)". */
static char *short_cardiolipin(const char *s, bool *failed) {
    char *piece[4] = {NULL}, *out = NULL;
    if (!begins(s, "cl(")) return NULL;
    const bool told = begins(s, "cl(1'-[");
    s += told ? 7 : 3;
    int n = 0;
    for (; n < 4 && !*failed; n++) {
        size_t k = 0; /* a chain, up to what must follow it */
        int depth = 0;
        for (; s[k] && (depth || !strchr("/])", s[k])); k++) depth += (s[k] == '(') - (s[k] == ')');
        const char *behind = n == 3 ? told ? "])" : ")" : told && n == 1 ? "],3'-[" : "/";
        if (!isdigit((unsigned char)*s) || !begins(s + k, behind)) break;
        piece[n] = lipid_piece(s, k, 'O', LIPID_ACYL, failed);
        if (!piece[n]) break;
        s += k + strlen(behind);
    }
    if (n == 4 && !*s && (told || (!strcmp(piece[0], piece[2]) && !strcmp(piece[1], piece[3]))))
        out = build_cardiolipin(piece, failed);
    for (int i = 0; i < 4; i++) free(piece[i]);
    return out;
}

char *lipid_glycerol(const char *s, bool *failed) {
    char spelled[NAME_LONGEST + 20];
    if (strlen(s) > NAME_LONGEST) return NULL;
    if (spell_in(s, spelled) || spell_phosphatidyl(s, spelled)) s = spelled;
    char *four = cardiolipin(s, failed);
    if (!four && !*failed) four = short_cardiolipin(s, failed);
    if (four || *failed) return four;
    const bool cdp = begins(s, "cdp-");
    if (cdp) s += 4;
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        depth += strchr("([{", s[i]) != NULL;
        depth -= strchr(")]}", s[i]) != NULL;
        if (!depth && begins(s + i, "glycer") && (i || s[i + 6] == 'o'))
            return read_at(s, i, cdp, failed);
    }
    return NULL;
}
