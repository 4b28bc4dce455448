/* sugar_condensed.c - oligosaccharides as glycobiologists write them: "Galb1-4(Fuca1-3)GlcNAc",
 * "Neu5Ac(alpha2-3)Gal(beta1-4)Glc". They become the sequence of symbols that says the same,
 * "beta-D-Gal-(1->4)-[alpha-L-Fuc-(1->3)]-D-GlcNAc". Fucose, rhamnose and iduronic acid are L, the
 * others D, as the convention has it.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 6 };

typedef struct condensed {
    const char *s, *end;
    char out[NAME_LONGEST + 1];
    size_t n;
    bool failed;
    int links;
} condensed;

static void add(condensed *c, const char *text) {
    const size_t k = strlen(text);
    if (c->n + k > NAME_LONGEST) {
        c->failed = true;
        return;
    }
    memcpy(c->out + c->n, text, k + 1);
    c->n += k;
}

static bool eat(condensed *c, const char *what) {
    const size_t k = strlen(what);
    if ((size_t)(c->end - c->s) < k || strncmp(c->s, what, k) != 0) return false;
    c->s += k;
    return true;
}

typedef struct link {
    char anomer, from, to; /* 'a', '1', '4' */
} link;

/* "alpha1-4", "(b1-3)-", "beta1->4"; what was read stays read if it is none. */
static bool read_link(condensed *c, link *l) {
    const char *begin = c->s;
    const bool bracket = eat(c, "(");
    const bool alpha = eat(c, "alpha") || eat(c, "a");
    const bool known = alpha || eat(c, "beta") || eat(c, "b");
    (void)(known && eat(c, "-"));
    if (known && c->end - c->s > 2 && isdigit((unsigned char)c->s[0])) {
        l->anomer = alpha ? 'a' : 'b';
        l->from = *c->s++;
        const bool arrow = eat(c, "->") || eat(c, "-") || eat(c, ",");
        if (arrow && c->s < c->end && isdigit((unsigned char)*c->s)) {
            l->to = *c->s++;
            if (!bracket || eat(c, ")")) {
                (void)eat(c, "-");
                return true;
            }
        }
    }
    c->s = begin;
    return false;
}

static bool behind_residue(const condensed *c) {
    static const char *const next[] = {"alpha", "beta", "(", ")", "]"};
    const size_t n = (size_t)(c->end - c->s);
    for (size_t k = 0; k < MG_COUNT(next); k++)
        if (n >= strlen(next[k]) && !strncmp(c->s, next[k], strlen(next[k]))) return true;
    return !n || (n > 1 && strchr("ab", *c->s) && isdigit((unsigned char)c->s[1]));
}

/* A residue's symbol; NULL: none. */
static const char *read_code(condensed *c) {
    static const char *const codes[] = {"glcnac", "galnac", "mannac", "neu5ac", "neu5gc",
                                        "neuac",  "neugc",  "glc",    "gal",    "man",
                                        "fuc",    "rha",    "xyl"},
                             *const acids[] = {"glca", "gala", "mana", "idoa"};
    for (size_t k = 0; k < MG_COUNT(acids); k++) { /* "Glca1-4" is glucose */
        const char *begin = c->s;
        if (!eat(c, acids[k])) continue;
        if (behind_residue(c)) return acids[k];
        c->s = begin;
    }
    for (size_t k = 0; k < MG_COUNT(codes); k++)
        if (eat(c, codes[k])) return codes[k];
    return NULL;
}

static void add_residue(condensed *c, const char *code, char anomer) {
    const bool l = !strcmp(code, "fuc") || !strcmp(code, "rha") || !strcmp(code, "idoa");
    add(c, anomer == 'a' ? "alpha-" : anomer == 'b' ? "beta-" : "");
    if (strncmp(code, "neu", 3) != 0) add(c, l ? "l-" : "d-");
    add(c, code);
}

/* Residues up to the end, or up to a closing bracket, where the last has its link too. */
static bool read_chain(condensed *c, int depth) {
    while (c->s < c->end && !c->failed) {
        link l = {0};
        if (depth && strchr(")]", *c->s)) return true;
        if (strchr("([", *c->s)) {
            const char close = *c->s++ == '(' ? ')' : ']';
            add(c, "[");
            if (depth == DEEPEST || !read_chain(c, depth + 1) || c->s >= c->end ||
                *c->s++ != close || c->out[c->n - 1] != '-')
                return false;
            c->out[c->n - 1] = ']';
            add(c, "-");
            (void)eat(c, "-");
            continue;
        }
        const char *code = read_code(c);
        if (!code) return false;
        if (read_link(c, &l)) {
            char arrow[10];
            snprintf(arrow, sizeof arrow, "-(%c->%c)-", l.from, l.to);
            add_residue(c, code, l.anomer);
            add(c, arrow);
            c->links++;
            continue;
        }
        if (depth) return false;
        l.anomer = eat(c, "alpha") ? 'a' : eat(c, "beta") ? 'b' : 0;
        add_residue(c, code, l.anomer);
        return c->s == c->end;
    }
    return false;
}

void sugar_condensed(name_reader *r, size_t i, size_t end, name_ways *out) {
    condensed c = {.s = r->s + i, .end = r->s + end};
    if (i || end != r->n || !read_chain(&c, 0) || c.failed || !c.links) return;
    name_reader own = {.s = c.out,
                       .n = c.n,
                       .steps = r->steps,
                       .substituent = r->substituent,
                       .compound = r->compound};
    if (name_open(&own))
        sugar_read(&own, 0, own.n, SUGAR_FREE, out);
    else
        own.failed = true;
    r->steps = own.steps, r->failed |= own.failed;
    name_close(&own);
}
