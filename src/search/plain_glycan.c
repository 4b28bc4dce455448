/* plain_glycan.c - oligosaccharides in a glycobiologist's symbols, with what is told of them:
 *
 *   Gal b1-4 (Fuc a1-3) GlcNAc, beta reducing end      GalNAc-alpha1-3-Gal-beta
 *   Lewis x trisaccharide, Gal(b1-4)[Fuc(a1-3)]GlcNAc
 *
 *   chain    {branch | residue link} residue [anomer]
 *   branch   "[" or "(" chain of residues with links, and the bracket that closes it
 *
 * Every link has its anomer and both places, else it is refused. Fucose, rhamnose and iduronic acid
 * are L, the others D, where no letter is said. The reducing end's anomer has to be said too, or
 * that it is open: sources draw either.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GLYCAN_NAME = 600, GLYCAN_DEEPEST = 5 };

typedef struct glycan {
    const char *s;
    mg_str *out;
    int links, alphas;
    char end;  /* 'a', 'b', 0: the reducing end's anomer */
    bool open; /* it is said to be open */
} glycan;

typedef struct residue {
    const char *code, *name;
    bool l, sialic;
} residue;

static const residue RESIDUES[] = {
    {"GlcNAc", "GlcpNAc", false, false}, {"GalNAc", "GalpNAc", false, false},
    {"ManNAc", "ManpNAc", false, false}, {"Neu5Ac", "Neup5Ac", false, true},
    {"NeuAc", "Neup5Ac", false, true},   {"Neu5Gc", "Neup5Gc", false, true},
    {"GlcA", "GlcpA", false, false},     {"GalA", "GalpA", false, false},
    {"ManA", "ManpA", false, false},     {"IdoA", "IdopA", true, false},
    {"GlcN", "GlcpN", false, false},     {"Galf", "Galf", false, false},
    {"Glc", "Glcp", false, false},       {"Gal", "Galp", false, false},
    {"Man", "Manp", false, false},       {"Fuc", "Fucp", true, false},
    {"Rha", "Rhap", true, false},        {"Xyl", "Xylp", false, false}};

static void skip(const char **s) {
    while (**s == ' ' || **s == '-') ++*s;
}

/* "alpha", "beta", "a", "b" in front of a digit or by themselves; 0: none. */
static char anomer_at(const char **s, bool alone) {
    static const char *const words[] = {"alpha", "beta", "\xce\xb1", "\xce\xb2", "a", "b"};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const size_t n = strlen(words[i]);
        if (!plain_begins_so(*s, words[i])) continue;
        const char next = (*s)[n];
        if (alone ? isalnum((unsigned char)next) != 0 : !strchr("12 -", next) || !next) continue;
        *s += n;
        return words[i][0] == 'a' || words[i][1] == '\xb1' ? 'a' : 'b';
    }
    return 0;
}

/* "(b1-4)", "b1-4", "-beta 1,4-", "a2->3"; false: it is none, and nothing is read. */
static bool read_link(glycan *g, char *anomer, char *from, char *to) {
    const char *s = g->s;
    skip(&s);
    const bool open = *s == '(';
    s += open;
    if (!(*anomer = anomer_at(&s, false))) return false;
    skip(&s);
    if (*s != '1' && *s != '2') return false;
    *from = *s++;
    if (plain_begins_so(s, "->"))
        s += 2;
    else if (plain_begins_so(s, "\xe2\x86\x92"))
        s += 3;
    else if (*s == '-' || *s == ',')
        s++;
    else
        return false;
    if (*s < '2' || *s > '9') return false;
    *to = *s++;
    if (open && *s++ != ')') return false;
    if (isdigit((unsigned char)*s)) return false;
    g->s = s;
    return true;
}

/* A residue's symbol, "L-Fuc" too. letter: 'D', 'L' where it is said. */
static const residue *read_residue(glycan *g, char *letter) {
    const char *s = g->s;
    *letter = 0;
    if ((*s == 'D' || *s == 'L') && s[1] == '-') *letter = *s, s += 2;
    for (size_t i = 0; i < MG_COUNT(RESIDUES); i++) {
        const size_t n = strlen(RESIDUES[i].code);
        if (strncmp(s, RESIDUES[i].code, n) != 0) continue;
        /* no word goes on: "Glycan", "Gala1-3" does */
        if (islower((unsigned char)s[n]) && !strchr("ab", s[n])) continue;
        if (isupper((unsigned char)s[n]) && s[n - 1] == 'N') continue;
        if (isdigit((unsigned char)s[n])) continue; /* "GlcNAc6S" */
        g->s = s + n;
        return &RESIDUES[i];
    }
    return NULL;
}

static void add_residue(glycan *g, const residue *r, char anomer, char letter) {
    const bool l = letter ? letter == 'L' : r->l;
    mg_str_addz(g->out, anomer == 'a' ? "alpha-" : anomer == 'b' ? "beta-" : "");
    if (!r->sialic) mg_str_addz(g->out, l ? "L-" : "D-");
    mg_str_addz(g->out, r->name);
}

/* Up to the reducing end, or in a branch up to what closes it. */
static bool read_chain(glycan *g, char close, int deep) {
    bool linked = false;
    while (!g->out->failed && g->out->n < GLYCAN_NAME) {
        char letter, anomer, from, to;
        skip(&g->s);
        if (close && *g->s == close && linked) return true;
        if (*g->s == '[' || *g->s == '(') {
            const char end = *g->s++ == '[' ? ']' : ')';
            if (deep == GLYCAN_DEEPEST) return false;
            if (linked) mg_str_addz(g->out, "-");
            mg_str_addz(g->out, "[");
            if (!read_chain(g, end, deep + 1) || *g->s++ != end) return false;
            mg_str_addz(g->out, "]");
            linked = true;
            continue;
        }
        const residue *r = read_residue(g, &letter);
        if (!r) return false;
        if (linked) mg_str_addz(g->out, "-");
        if (read_link(g, &anomer, &from, &to)) {
            if (r->sialic ? from != '2' || anomer != 'a' : from != '1') return false;
            add_residue(g, r, anomer, letter);
            mg_str_addf(g->out, "-(%c->%c)", from, to);
            g->links++;
            g->alphas += anomer == 'a';
            linked = true;
            continue;
        }
        if (close || r->sialic) return false;
        const char *s = g->s;
        skip(&s);
        const char end = anomer_at(&s, true);
        if (end) g->s = s, g->end = end;
        add_residue(g, r, 'x', letter); /* its anomer comes later */
        return true;
    }
    return false;
}

/* ---- what is told ---- */

/* Words that may change it, or speak of more than the chain. */
static bool changes(const char *s) {
    static const char *const words[] = {
        "sulf",     "acetyl",   "anion",     "ionis",      "ioniz",   "carboxyl", "radical",
        "glycos",   "amino",    "methyl",    "reduced",    "alditol", "-ol",      "linker",
        "spacer",   "analog",   "missing",   "deoxy",      "phosph",  "osid",     "osyl",
        "arms",     " on ",     "with ",     "cerami",     "amine",   "NH2",      "attached",
        "lacton",   "PMP",      "ester",     "extended",   "minus",   "extra",    "residue",
        "furan",    "linked",   "octyl",     "hexyl",      "pentyl",  "propyl",   "ethyl",
        "unsatur",  "acid",     "salt",      "Neu",        "sialyl",  "fucosyl",  "Gal",
        "Glc",      "Man ",     "Fuc",       "Rha",        "Xyl",     "anomer",   "capped",
        "bearing",  "carrying", "open",      "chain ",     "lipid",   "diphos",   "isomer of",
        "glycerol", "inositol", "aspara",    "Asn",        "peptide", "serine",   "threonine",
        "Ser",      "Thr",      "undefined", "unspecified"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (isupper((unsigned char)*words[i]) ? strstr(s, words[i]) != NULL
                                              : strcasestr(s, words[i]) != NULL)
            return true;
    return false;
}

/* "reducing end alpha", "galactose beta", "all alpha"; 0: something else. */
static char end_told(const char *clause, const glycan *g) {
    static const char words[] =
        "|reducing|end|terminus|at|the|with|a|form|in|as|ending|trisaccharide|disaccharide|"
        "tetrasaccharide|pentasaccharide|mannose|galactose|glucose|glcnac|galnac|gal|glc|man|all|"
        "anomer|configured|root|core|linked|";
    char end = 0, word[40];
    bool all = false;
    if (strcasestr(clause, "alpha-gal ")) return 0; /* an epitope's name */
    for (const char *s = clause; *s;) {
        const size_t n = strcspn(s, " -,");
        if (n && n < sizeof word - 2) {
            snprintf(word, sizeof word, "|%.*s|", (int)n, s);
            for (char *c = word; *c; c++) *c = (char)tolower((unsigned char)*c);
            const char said = !strcmp(word, "|alpha|") ? 'a' : !strcmp(word, "|beta|") ? 'b' : 0;
            if (said && end) return 0;
            if (said)
                end = said;
            else if (!strstr(words, word))
                return 0;
            all |= !strcmp(word, "|all|");
        } else if (n) {
            return 0;
        }
        s += n + (s[n] != 0);
    }
    if (all && g->alphas != (end == 'a' ? g->links : 0)) return 0;
    return end;
}

/* The parts of s between marks: anomers of the end, or words that change nothing. */
static bool told_fits(const char *s, glycan *g) {
    while (*s) {
        char clause[PLAIN_LONGEST];
        while (*s && strchr(" ,:;()", *s)) s++;
        size_t n = 0;
        while (s[n] && !(strchr(",:;()", s[n]))) n++;
        if (!n) break;
        snprintf(clause, sizeof clause, "%.*s", (int)n, s);
        s += n;
        static const char *const opens[] = {
            "reducing end undefined", "reducing end open",       "anomer open",
            "anomer undefined",       "anomer unspecified",      "anomer not specified",
            "free reducing end",      "with a free reducing end"};
        bool open = false;
        for (size_t i = 0; i < MG_COUNT(opens); i++) open |= !strcasecmp(clause, opens[i]);
        g->open |= open;
        if (open) continue;
        const char end = end_told(clause, g);
        if (end && g->end && g->end != end) return false;
        if (end) g->end = end;
        if (!end && (changes(clause) || strcasestr(clause, "alpha") || strcasestr(clause, "beta")))
            return false;
    }
    return true;
}

int plain_glycan(const char *phrase, plain_said *out, molglot_error *err) {
    *out = (plain_said){0};
    for (const char *s = phrase; *s; s++) {
        if (s > phrase && !strchr(" (", s[-1])) continue;
        mg_str name = {0};
        char before[PLAIN_LONGEST];
        glycan g = {.s = s, .out = &name};
        bool is = read_chain(&g, 0, 0) && g.links && !(*g.s && !strchr(" ,;:)", *g.s));
        /* in front: nothing, or what a comma, colon or bracket ends */
        const size_t n = (size_t)(s - phrase);
        snprintf(before, sizeof before, "%.*s", (int)n, phrase);
        size_t k = n;
        while (k && before[k - 1] == ' ') k--;
        static const char *const kinds[] = {"disaccharide",    "trisaccharide",  "tetrasaccharide",
                                            "pentasaccharide", "hexasaccharide", "oligosaccharide"};
        bool parted = !k || (strchr(",:;(", before[k - 1]) && !(k > 1 && before[k - 2] == '-'));
        before[k] = 0;
        for (size_t i = 0; i < MG_COUNT(kinds); i++)
            parted |= k >= strlen(kinds[i]) && !strcasecmp(before + k - strlen(kinds[i]), kinds[i]);
        is = is && parted && told_fits(before, &g) && told_fits(g.s, &g) && (g.end || g.open);
        if (!is || name.failed) {
            mg_str_free(&name);
            continue;
        }
        char whole[GLYCAN_NAME + 20];
        const char *last = strrchr(name.s, ')');
        const char *bracket = strrchr(name.s, ']');
        if (bracket > last) last = bracket;
        const size_t cut = last ? (size_t)(last - name.s) + 2 : 0; /* ")-" */
        snprintf(whole, sizeof whole, "%.*s%s%s", (int)cut, name.s,
                 g.end == 'a'   ? "alpha-"
                 : g.end == 'b' ? "beta-"
                                : "",
                 name.s + cut);
        mg_str_free(&name);
        int code = mg_name_read(whole, &out->smiles, err);
        if (!code && out->smiles && !(out->name = strdup(whole)))
            code = mg_no_memory(err, "a name");
        return code;
    }
    return MOLGLOT_OK;
}
