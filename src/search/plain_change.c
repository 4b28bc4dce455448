/* plain_change.c - a molecule told as a known one and a change in front of its name:
 *
 *   desmethyl X, dechloro X, decarboxylated X, nitro-reduced X, dihydro X     (WORD X)
 *   N-desmethyl metabolite of X, dechloro analogue of X, X desmethyl analogue
 *   aglycone of X, epoxide of X, free acid of X, hydrogenation product of X
 *   bromo analogue of X      in the place of its one halogen
 *   thio analogue of X       of its one oxygen; ethyl ester analogue of X, of its one ester
 *   para-bromo X             where X has one such place
 *
 *   replace the chlorine of X with bromine, reduce the nitro group in X to the amine
 *   remove the acetyl from X, hydrolyse the ester of X
 *
 * Each is one edit (chem/derive); where the molecule has no such place, or two, nothing is made.
 */
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A name in front of an edit; *out stays nothing where either is none. */
static int edit_name(plain *p, const mg_edit *e, const char *name, plain_said *out,
                     molglot_error *err) {
    const int code = p->find(p, name, true, out, err);
    return code || !out->smiles ? code : plain_edit(p, e, out, err);
}

/* "the", "a" in front of a name. */
static const char *skip_article(const char *s) {
    static const char *const articles[] = {"the ", "a ", "an "};
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (plain_begins(s, articles[i])) return s + strlen(articles[i]);
    return s;
}

/* "WHAT analogue of X", "X WHAT analogue" parted; false: it is neither. */
static bool part(const char *s, char what[PLAIN_LONGEST], char name[PLAIN_LONGEST]) {
    static const char *const kinds[] = {"analogue", "analog",   "derivative", "metabolite",
                                        "version",  "congener", "form"};
    for (size_t i = 0; i < MG_COUNT(kinds); i++) {
        char link[40];
        snprintf(link, sizeof link, " %s of ", kinds[i]);
        const char *at = strcasestr(s, link);
        if (at && at > s) {
            snprintf(what, PLAIN_LONGEST, "%.*s", (int)(at - s), s);
            snprintf(name, PLAIN_LONGEST, "%s", skip_article(at + strlen(link)));
            return true;
        }
        snprintf(link, sizeof link, " %s", kinds[i]);
        if (!plain_ends(s, link)) continue;
        snprintf(name, PLAIN_LONGEST, "%.*s", (int)(strlen(s) - strlen(link)), s);
        char *last = strrchr(name, ' ');
        if (!last || last == name) return false;
        snprintf(what, PLAIN_LONGEST, "%s", last + 1);
        *last = 0;
        return true;
    }
    return false;
}

/* ---- analogues ---- */

static bool is_halogen(const char *word, const char **prefix) {
    static const char *const words[][2] = {
        {"chloro", "chloro"}, {"chlorine", "chloro"}, {"bromo", "bromo"}, {"bromine", "bromo"},
        {"fluoro", "fluoro"}, {"fluorine", "fluoro"}, {"iodo", "iodo"},   {"iodine", "iodo"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcasecmp(word, words[i][0])) {
            *prefix = words[i][1];
            return true;
        }
    return false;
}

/* What an analogue's word puts in the place of what, where a molecule has one of it. */
static bool swap_of(const char *word, const char *smiles, mg_edit *e) {
    static const struct {
        const char *words, *old, *new, *alone, *never;
    } swaps[] = {{"thio|sulfur|thia|sulphur", "oxygen", "sulfur", "[#8]", "[#16]"},
                 {"seleno|selenium|selena", "oxygen", "selenium", "[#8]", "[#16,#34]"},
                 {"oxygen|oxo-for-thio|oxa", "sulfur", "oxygen", "[#16]", "[#8]"},
                 {"ethoxy", "methoxy", "ethoxy", "[OX2][CX4;H3]", "[OX2][CX4;H2][CX4;H3]"},
                 {"methoxy", "ethoxy", "methoxy", "[OX2][CX4;H2][CX4;H3]", "[OX2][CX4;H3]"}};
    static const char *const symbols[] = {"chloro", "bromo", "fluoro", "iodo"};
    static const char *const smarts[] = {"[Cl]", "[Br]", "[F]", "[I]"};
    const char *prefix;
    *e = (mg_edit){.act = MG_ACT_REPLACE, .site = {.kind = -1, .target = -1}};
    if (is_halogen(word, &prefix)) {
        if (mg_smiles_count(smiles, "[F,Cl,Br,I]", 3) != 1) return false;
        for (size_t i = 0; i < MG_COUNT(symbols); i++) {
            if (!mg_smiles_count(smiles, smarts[i], 3) || !strcmp(symbols[i], prefix)) continue;
            snprintf(e->old, sizeof e->old, "%s", symbols[i]);
            snprintf(e->what, sizeof e->what, "%s", prefix);
            return true;
        }
        return false;
    }
    for (size_t i = 0; i < MG_COUNT(swaps); i++) {
        if (!plain_one_of(word, swaps[i].words)) continue;
        if (mg_smiles_count(smiles, swaps[i].alone, 3) != 1 ||
            mg_smiles_count(smiles, swaps[i].never, 3))
            return false;
        snprintf(e->old, sizeof e->old, "%s", swaps[i].old);
        snprintf(e->what, sizeof e->what, "%s", swaps[i].new);
        return true;
    }
    return false;
}

static int read_analogue(plain *p, const char *s, plain_said *out, molglot_error *err) {
    char what[PLAIN_LONGEST], name[PLAIN_LONGEST];
    mg_edit e;
    if (!part(s, what, name)) return MOLGLOT_OK;
    if (mg_edit_head(what, &e)) return edit_name(p, &e, name, out, err);
    if (plain_ends(what, " ester")) { /* "the ethyl ester analogue of" */
        e = (mg_edit){.act = MG_ACT_REPLACE, .site = {.kind = -1, .target = -1}, .old = "ester"};
        what[strlen(what) - 6] = 0;
        if (!mg_edit_group(what) || strlen(what) >= sizeof e.what) return MOLGLOT_OK;
        snprintf(e.what, sizeof e.what, "%.*s", (int)sizeof e.what - 1, what);
        return edit_name(p, &e, name, out, err);
    }
    if (!strcasestr(s, "analog") && !strcasestr(s, "congener")) return MOLGLOT_OK;
    int code = strchr(what, ' ') ? MOLGLOT_OK : p->find(p, name, true, out, err);
    if (code || !out->smiles) return code;
    if (swap_of(what, out->smiles, &e)) return plain_edit(p, &e, out, err);
    plain_said_free(out);
    return code;
}

/* ---- words in front ---- */

/* "desmethyl X", "nitro reduced X". */
static int read_word_first(plain *p, const char *s, plain_said *out, molglot_error *err) {
    char word[PLAIN_LONGEST];
    mg_edit e;
    int code = MOLGLOT_OK;
    const char *at = strchr(s, ' ');
    for (int words = 0; words < 2 && at && !code && !out->smiles; words++) {
        snprintf(word, sizeof word, "%.*s", (int)(at - s), s);
        if (mg_edit_head(word, &e) && strncasecmp(at + 1, "of ", 3) != 0)
            code = edit_name(p, &e, at + 1, out, err);
        at = strchr(at + 1, ' ');
    }
    return code;
}

/* "aglycone of X", "X aglycone", "epoxide of X", "free acid of X". */
static int read_product(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const struct {
        const char *before, *behind; /* of X; or NULL */
        mg_edit e;
    } products[] = {
#define OF_ANY .site = {.kind = -1, .target = -1}
        {"aglycone of ", " aglycone", {.act = MG_ACT_TURN, OF_ANY, .what = "aglycone"}},
        {"aglycon of ", " aglycon", {.act = MG_ACT_TURN, OF_ANY, .what = "aglycone"}},
        {"epoxide of ",
         " epoxide",
         {.act = MG_ACT_TURN, OF_ANY, .old = "epoxi", .from = "double bond", .what = "epoxide"}},
        {"epoxidation product of ",
         NULL,
         {.act = MG_ACT_TURN, OF_ANY, .old = "epoxi", .from = "double bond", .what = "epoxide"}},
        {"hydrogenation product of ", NULL, {.act = MG_ACT_TURN, OF_ANY, .what = "hydrogenated"}},
        {"free acid of ", " free acid", {.act = MG_ACT_REMOVE, OF_ANY, .what = "ester"}},
    };
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(products) && !code && !out->smiles; i++) {
        char name[PLAIN_LONGEST];
        if (plain_begins(s, products[i].before))
            snprintf(name, sizeof name, "%s", skip_article(s + strlen(products[i].before)));
        else if (products[i].behind && plain_ends(s, products[i].behind))
            snprintf(name, sizeof name, "%.*s", (int)(strlen(s) - strlen(products[i].behind)), s);
        else
            continue;
        code = edit_name(p, &products[i].e, name, out, err);
    }
    return code;
}

/* "para-bromo X", "meta-chloro X": where a benzene of X has one such place. */
static int read_side_first(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const sides[] = {"para", "meta", "ortho"};
    const char *blank = strchr(s, ' ');
    for (size_t i = 0; i < MG_COUNT(sides) && blank; i++) {
        const size_t n = strlen(sides[i]);
        if (!plain_begins(s, sides[i]) || s[n] != '-' || (size_t)(blank - s) < n + 3) continue;
        mg_edit e = {.act = MG_ACT_PUT, .site = {.kind = -1, .target = -1}};
        e.site.relative = *sides[i];
        snprintf(e.what, sizeof e.what, "%.*s", (int)(blank - s - (long)n - 1), s + n + 1);
        if (plain_ends(e.what, "-")) e.what[strlen(e.what) - 1] = 0;
        const char last = e.what[strlen(e.what) - 1];
        if (!mg_edit_group(e.what) || !strchr("oyl", last)) return MOLGLOT_OK;
        return edit_name(p, &e, blank + 1, out, err);
    }
    return MOLGLOT_OK;
}

/* ---- what is to be done ---- */

static const struct {
    const char *verb, *done, *links[3]; /* between what is changed and what it becomes */
} ORDERS[] = {
    {"replace ", "replaced by", {" with ", " by ", NULL}},
    {"swap ", "replaced by", {" for ", " with ", NULL}},
    {"exchange ", "replaced by", {" for ", " with ", NULL}},
    {"change ", "replaced by", {" to ", " into ", " for "}},
    {"convert ", "converted to", {" to ", " into ", NULL}},
    {"turn ", "converted to", {" into ", " to ", NULL}},
    {"reduce ", "reduced", {" to ", NULL, NULL}},
    {"oxidise ", "oxidised", {" to ", NULL, NULL}},
    {"oxidize ", "oxidised", {" to ", NULL, NULL}},
    {"hydrogenate ", "hydrogenated", {NULL, NULL, NULL}},
    {"hydrolyse ", "hydrolysed", {" to ", NULL, NULL}},
    {"hydrolyze ", "hydrolysed", {" to ", NULL, NULL}},
    {"saponify ", "hydrolysed", {NULL, NULL, NULL}},
    {"open ", "opened", {NULL, NULL, NULL}},
    {"remove ", "removed", {NULL, NULL, NULL}},
    {"delete ", "removed", {NULL, NULL, NULL}},
    {"take off ", "removed", {NULL, NULL, NULL}},
    {"strip off ", "removed", {NULL, NULL, NULL}},
    {"cleave off ", "removed", {NULL, NULL, NULL}},
};

/* The last place of a word in s; NULL: none. */
static const char *last_of(const char *s, const char *word) {
    const char *best = NULL;
    for (const char *at = s; (at = strstr(at, word)) != NULL; at++) best = at;
    return best;
}

/* "VERB GROUP of X [to GROUP]" as a clause behind X. */
static int read_order(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const ofs[] = {" of ", " in ", " on ", " from "};
    size_t row = 0, skip = 0, behind = 0;
    while (row < MG_COUNT(ORDERS) && !plain_begins(s, ORDERS[row].verb)) row++;
    if (row == MG_COUNT(ORDERS)) return MOLGLOT_OK;
    const char *group = s + strlen(ORDERS[row].verb), *of = NULL, *end = NULL;
    for (size_t i = 0; i < MG_COUNT(ofs); i++) {
        const char *at = strstr(group, ofs[i]);
        if (at && (!of || at < of)) of = at, skip = strlen(ofs[i]);
    }
    if (!of) return MOLGLOT_OK;
    for (size_t i = 0; i < 3 && ORDERS[row].links[i] && !end; i++) {
        end = last_of(of + skip, ORDERS[row].links[i]);
        behind = end ? strlen(ORDERS[row].links[i]) : 0;
    }
    const bool needs = strchr(ORDERS[row].done, ' ') != NULL;
    if (needs && !end) return MOLGLOT_OK;
    char clause[2 * PLAIN_LONGEST + 40], name[PLAIN_LONGEST];
    snprintf(clause, sizeof clause, "%.*s %s%s%s", (int)(of - group), group, ORDERS[row].done,
             !end    ? ""
             : needs ? " "
                     : " to ",
             end ? end + behind : "");
    const char *x = skip_article(of + skip);
    if (end && end < x) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%.*s", end ? (int)(end - x) : (int)strlen(x), x);
    mg_edit e;
    if (!mg_edit_read(clause, &e) ||
        (e.act != MG_ACT_REPLACE && e.act != MG_ACT_REMOVE && e.act != MG_ACT_TURN))
        return MOLGLOT_OK;
    return edit_name(p, &e, name, out, err);
}

int plain_change(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    typedef int reader(plain *, const char *, plain_said *, molglot_error *);
    static reader *const readers[] = {read_product, read_analogue, read_word_first, read_side_first,
                                      read_order};
    int code = MOLGLOT_OK;
    *out = (plain_said){0};
    if (p->any && p->deep == 1) return code; /* "a dechlorinated phenol" is any */
    for (size_t i = 0; i < MG_COUNT(readers) && !code && !out->smiles; i++)
        code = readers[i](p, phrase, out, err);
    return code;
}
