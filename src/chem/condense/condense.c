/* condense.c - phrases of condensations, and what each does to its two molecules, as reactions in
 * SMARTS (rdkit_react.cc).
 *
 *   phrase   [kind of product] obtained by [formal] condensation of side (with | and) side
 *            ester of side (with | and) side; amide, thioester, hydrazone ... likewise
 *   side     [number] [which] group of NAME | NAME
 *
 * A group is a list of places from the most likely to the least: "the amino group" of lysine is the
 * one beside its carboxy group, unless the words say N(6). The first pair of places that both
 * molecules have makes the products.
 */
#include "chem/condense/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 900, SHORTEST_NAME = 2, REACTION = 400, MANY = 8 };

/* ---- products ---- */

/* Kinds of products, by which groups are known that are not said. */
static const struct {
    const char *words;
    int gives, takes;
    const char *with; /* the other molecule, where one alone is named; NULL: none */
} PRODUCT[] = {{"anhydride", G_CARBOXY, G_ACID, NULL},
               {"thioester", G_CARBOXY, G_THIOL, NULL},
               {"sulfonamide", G_SULFO, G_AMINO, NULL},
               {"sulfonate ester", G_SULFO, G_HYDROXY, NULL},
               {"phosphate ester", G_PHOSPHO, G_HYDROXY, "OP(=O)(O)O"},
               {"sulfate ester", G_SULFO, G_HYDROXY, "OS(=O)(=O)O"},
               {"ester", G_CARBOXY, G_HYDROXY, NULL},
               {"hydroxamic acid", G_CARBOXY, G_AMINO, "NO"},
               {"hydrazide", G_CARBOXY, G_AMINO, "NN"},
               {"amide", G_CARBOXY, G_AMINO, NULL},
               {"schiff base", G_CARBONYL, G_AMINO, NULL},
               {"hydrazone", G_CARBONYL, G_AMINO, "NN"},
               {"oxime", G_CARBONYL, G_AMINO, "NO"},
               {"semicarbazone", G_CARBONYL, G_AMINO, "NNC(N)=O"},
               {"imine", G_CARBONYL, G_AMINO, NULL}};

/* ---- phrases ---- */

static bool begins(const char *s, const char *word) { return !strncasecmp(s, word, strlen(word)); }

/* Whether the word, or several, end s[0..n) as words do; its length, or 0. */
static size_t ends_with(const char *s, size_t n, const char *word, size_t k) {
    if (k > n || strncasecmp(s + n - k, word, k) != 0) return 0;
    const bool whole = k == n || strchr(" -)'(", s[n - k - 1]) ||
                       (isdigit((unsigned char)s[n - k - 1]) != 0);
    return whole ? k : 0;
}

/* A group's kind at the end of s[0..n), *left: the characters before it; -1: none. */
static int group_at(const char *s, size_t n, size_t *left) {
    size_t best = 0;
    int found = -1;
    for (int g = 0; g < GROUPS; g++)
        for (const char *w = REACTING[g].words; *w;) {
            const size_t k = strcspn(w, "|"), m = ends_with(s, n, w, k);
            if (m > best) best = m, found = g;
            w += k + (w[k] == '|');
        }
    *left = n - best;
    return found;
}

static int number_of(const char *s, size_t n) {
    static const struct {
        const char *word;
        int number;
    } numbers[] = {{"both", 2},       {"the two", 2},     {"two of", 2},
                   {"all three", 3},  {"the three", 3},   {"all four", 4},
                   {"all of the", 8}, {"each of the", 8}, {"all the", 8}};
    for (size_t i = 0; i < MG_COUNT(numbers); i++)
        if (n >= strlen(numbers[i].word) && begins(s, numbers[i].word)) return numbers[i].number;
    return 1;
}

typedef struct side {
    size_t name, end;
    int group, which, times;
} side;

/* "the carboxy group of NAME", "NAME" in s[from..to). */
static side side_of(const char *s, size_t from, size_t to) {
    static const char *const kinds[] = {" groups", " group",    " functions", " function",
                                        " atom",   " moieties", " moiety",    " residue"};
    enum { FAR = 60 }; /* characters of what stands before "of" */
    side out = {from, to, -1, 0, 1};
    for (size_t i = from; i + 4 < to && i < from + FAR; i++) {
        if (strncasecmp(s + i, " of ", 4) != 0) continue;
        size_t n = i - from, left;
        for (size_t k = 0; k < MG_COUNT(kinds); k++)
            if (n > strlen(kinds[k]) && begins(s + i - strlen(kinds[k]), kinds[k])) {
                n -= strlen(kinds[k]);
                break;
            }
        const int g = group_at(s + from, n, &left);
        if (g < 0) continue;
        out = (side){i + 4, to, g, place_which(s + from, n, left), number_of(s + from, n)};
        break;
    }
    /* "a phenol" is any phenol, no name */
    static const char *const articles[] = {"the ", "one of the two ", "two molecules of ",
                                           "two equivalents of ", "one molecule of "};
    if (begins(s + out.name, "of ")) out.name += 3; /* "of X and of Y" */
    for (size_t k = 0; k < MG_COUNT(articles); k++)
        if (out.name < to && begins(s + out.name, articles[k])) out.name += strlen(articles[k]);
    while (out.end > out.name && strchr(" ,.;", s[out.end - 1])) out.end--;
    return out;
}

static int keep(const char *s, const side sides[2], int product, mg_condensation *to, int *n,
                molglot_error *err) {
    for (int k = 0; k < 2; k++)
        if (sides[k].end < sides[k].name + SHORTEST_NAME) return MOLGLOT_OK;
    mg_condensation *c = &to[(*n)++];
    c->product = product;
    bool ok = true;
    for (int k = 0; k < 2; k++) {
        c->of[k].name = strndup(s + sides[k].name, sides[k].end - sides[k].name);
        c->of[k].group = sides[k].group;
        c->of[k].which = sides[k].which;
        c->of[k].times = sides[k].times;
        ok &= c->of[k].name != NULL;
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a name");
}

/* Every place where two sides may be parted, outside of brackets: " with ", else " and ", " to ".
 */
static int part(const char *s, size_t from, int product, mg_condensation *out, int *n,
                molglot_error *err) {
    static const char *const joins[] = {" with ", " and ", " to "};
    const size_t length = strlen(s);
    int code = MOLGLOT_OK;
    for (size_t j = 0; j < MG_COUNT(joins) && !*n && !code; j++) {
        int depth = 0;
        for (size_t i = from; i < length && *n < MG_CONDENSATIONS && !code; i++) {
            depth += (strchr("([{", s[i]) != NULL) - (strchr(")]}", s[i]) != NULL);
            if (depth || !begins(s + i, joins[j])) continue;
            const side sides[2] = {side_of(s, from, i), side_of(s, i + strlen(joins[j]), length)};
            code = keep(s, sides, product, out, n, err);
        }
    }
    return code;
}

static bool holds(const char *s, size_t n, const char *what) {
    for (size_t k = strlen(what), i = 0; i + k <= n; i++)
        if (!strncasecmp(s + i, what, k)) return true;
    return false;
}

/* The product's kind among the words of s[0..n), -1: none. */
static int product_in(const char *s, size_t n) {
    for (size_t i = 0; i < MG_COUNT(PRODUCT); i++)
        if (holds(s, n, PRODUCT[i].words)) return (int)i;
    return -1;
}

/* Behind the words for a condensation, or NULL. */
static const char *behind_condensation(const char *s) {
    static const char *const words[] = {"condensation ", "coupling ",   "esterification ",
                                        "amidation ",    "condensing ", "coupling "};
    static const char *const next[] = {"of ", "between ", ""};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const char *at = strcasestr(s, words[i]);
        if (!at) continue;
        at += strlen(words[i]);
        for (size_t k = 0; k < MG_COUNT(next); k++)
            if (begins(at, next[k])) return at + strlen(next[k]);
    }
    return NULL;
}

/* "di" of "diester": how many of one side react; *skip: its characters. */
static int prefixed(const char *s, size_t *skip) {
    static const struct {
        const char *word;
        int number;
    } table[] = {{"mono", 1}, {"di", 2}, {"tri", 3}, {"tetra", 4}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (begins(s, table[i].word)) return *skip = strlen(table[i].word), table[i].number;
    *skip = 0;
    return 1;
}

/* "ester of X and Y", "oxime of X": where the sides begin; *product, *times. NULL: no such phrase.
 */
static const char *behind_product(const char *s, int *product, int *times) {
    size_t skip;
    static const char *const before[] = {"the ", "an ", "a ", "carboxylic "};
    static const char *const next[] = {" formed from ",  " formed by ", " made from ", " made of ",
                                       " derived from ", " between ",   " from ",      " of "};
    for (size_t i = 0; i < MG_COUNT(before); i++)
        if (begins(s, before[i])) s += strlen(before[i]);
    *times = prefixed(s, &skip);
    s += skip;
    for (size_t i = 0; i < MG_COUNT(PRODUCT); i++) {
        const size_t n = strlen(PRODUCT[i].words);
        if (!begins(s, PRODUCT[i].words)) continue;
        for (size_t k = 0; k < MG_COUNT(next); k++)
            if (begins(s + n, next[k])) {
                *product = (int)i;
                return s + n + strlen(next[k]);
            }
    }
    return NULL;
}

/* The same once more, with another product or number on one side. */
static int again(const mg_condensation *c, int which, int times, int product,
                 mg_condensation out[MG_CONDENSATIONS], int *n, molglot_error *err) {
    if (*n == MG_CONDENSATIONS) return MOLGLOT_OK;
    mg_condensation *to = &out[(*n)++];
    *to = *c;
    to->product = product;
    to->of[which].times = times;
    bool ok = true;
    for (int k = 0; k < 2; k++) {
        to->of[k].name = c->of[k].name ? strdup(c->of[k].name) : NULL;
        ok &= !c->of[k].name || to->of[k].name;
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a name");
}

/* "oxime of acetone": the other molecule has no name. */
static int read_alone(const char *words, size_t from, int product,
                      mg_condensation out[MG_CONDENSATIONS], int *n, molglot_error *err) {
    const side sides[2] = {side_of(words, from, strlen(words)), {0, SHORTEST_NAME, -1, 0, 1}};
    int code = keep(words, sides, product, out, n, err);
    if (*n) {
        free(out[0].of[1].name);
        out[0].of[1].name = NULL;
    }
    return code;
}

int mg_condensations_read(const char *words, mg_condensation out[MG_CONDENSATIONS], int *n,
                          molglot_error *err) {
    int product = -1, times = 1;
    *n = 0;
    if (strlen(words) > LONGEST) return MOLGLOT_OK;
    memset(out, 0, MG_CONDENSATIONS * sizeof *out);
    while (isspace((unsigned char)*words)) words++;
    const char *by = behind_condensation(words), *from = by;
    if (by)
        product = product_in(words, (size_t)(by - words));
    else
        from = behind_product(words, &product, &times);
    int code = from ? part(words, (size_t)(from - words), product, out, n, err) : MOLGLOT_OK;
    if (from && !by && !code && !*n && PRODUCT[product].with)
        code = read_alone(words, (size_t)(from - words), product, out, n, err);
    if (*n && !code && by && product >= 0) /* the product's kind may be another one */
        code = again(&out[0], 0, out[0].of[0].times, -1, out, n, err);
    if (*n && !code && times > 1) { /* of which side? */
        out[0].of[0].times = times;
        code = again(&out[0], 0, 1, product, out, n, err);
        if (*n > 1) out[*n - 1].of[1].times = times;
    }
    if (code) {
        mg_condensations_free(out, *n);
        *n = 0;
    }
    return code;
}

void mg_condensations_free(mg_condensation *c, int n) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) free(c[i].of[k].name);
}

/* ---- molecules ---- */

typedef struct joining {
    const char *gives, *takes; /* molecules */
    int group[2], which[2];    /* that gives; that takes */
    bool any[2];               /* the group is not said: every place that is likely */
} joining;

/* The products of the first pair of places that both molecules have. */
static int join(const joining *j, size_t most, mg_products *out, molglot_error *err) {
    int code = MOLGLOT_OK;
    const bool *any = j->any;
    for (const place *a = REACTING[j->group[0]].places; a->reactant; a++) {
        if (out->n && !(any[0] && a->which)) break;
        for (const place *b = REACTING[j->group[1]].places; b->reactant && !code; b++) {
            char reaction[REACTION];
            mg_products made = {0};
            if (!place_fits(a, j->which[0]) || !place_fits(b, j->which[1])) continue;
            snprintf(reaction, sizeof reaction, "%s.%s>>%s%s", a->reactant, b->reactant, a->product,
                     b->product);
            code = mg_smiles_join(j->gives, j->takes, reaction, most, &made.s, &made.n, err);
            for (size_t i = 0; i < made.n && !code; i++)
                code = mg_products_add(out, made.s[i], most, err);
            mg_products_free(&made);
            const bool more = (b->which & MORE) || (any[1] && b[1].which);
            if (out->n && (j->which[1] || !more)) break;
        }
    }
    return code;
}

/* Joins one more of the molecule that reacts once to all that were made, until `times` are there or
 * no place is left. turned: the one that takes is joined to several. */
static int join_more(const joining *j, bool turned, int times, size_t most, mg_products *out,
                     molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int k = 1; k < times && out->n && !code; k++) {
        mg_products next = {0};
        for (size_t i = 0; i < out->n && !code; i++) {
            joining again = *j;
            mg_products made = {0};
            *(turned ? &again.takes : &again.gives) = out->s[i];
            code = join(&again, most, &made, err);
            for (size_t m = 0; m < made.n && !code; m++)
                code = mg_products_add(&next, made.s[m], most, err);
            mg_products_free(&made);
        }
        if (!next.n && times > MANY - 1) return code; /* as many as there are */
        mg_products_free(out);
        *out = next;
    }
    return code;
}

/* The groups that react, where they are not said: what each of the two sides may be. */
static int groups_of(const mg_condensation *c, int gives, int pairs[GROUPS * GROUPS][2]) {
    const int takes = 1 - gives;
    int n = 0;
    for (int a = 0; a < GROUPS; a++)
        for (int b = 0; b < GROUPS; b++) {
            const int said[2] = {c->of[gives].group, c->of[takes].group};
            if (!REACTING[a].gives || REACTING[b].gives) continue;
            if (said[0] >= 0 ? said[0] != a
                             : (c->product >= 0 ? PRODUCT[c->product].gives != a : a == G_CARBONYL))
                continue;
            if (said[1] >= 0 ? said[1] != b : c->product >= 0 && PRODUCT[c->product].takes != b)
                continue;
            if (a == G_CARBONYL && b != G_AMINO) continue;
            if (b == G_ACID && c->product < 0) continue;
            pairs[n][0] = a, pairs[n++][1] = b;
        }
    return n;
}

/* One way round. */
static int condense(const mg_condensation *c, const char *const smiles[2], int gives, size_t most,
                    mg_products *out, molglot_error *err) {
    int pairs[GROUPS * GROUPS][2], code = MOLGLOT_OK;
    const int takes = 1 - gives, n = groups_of(c, gives, pairs);
    for (int i = 0; i < n && !out->n && !code; i++) {
        const joining j = {smiles[gives],
                           smiles[takes],
                           {pairs[i][0], pairs[i][1]},
                           {c->of[gives].which, c->of[takes].which},
                           {c->of[gives].group < 0, c->of[takes].group < 0}};
        code = join(&j, most, out, err);
        if (!code && c->of[gives].times > 1)
            code = join_more(&j, false, c->of[gives].times, most, out, err);
        if (!code && c->of[takes].times > 1)
            code = join_more(&j, true, c->of[takes].times, most, out, err);
    }
    const bool numbered = (c->of[0].which | c->of[1].which) & NUMBERED;
    if (numbered && out->n > 1) mg_products_free(out); /* which of them, nobody knows */
    return code;
}

int mg_condense(const mg_condensation *c, const char *first, const char *second, size_t most,
                char ***products, size_t *n, molglot_error *err) {
    const char *const smiles[2] = {first, second ? second : PRODUCT[c->product].with};
    mg_products made[2] = {0};
    *products = NULL, *n = 0;
    int code = MOLGLOT_OK;
    for (int gives = 0; gives < 2 && !code; gives++)
        code = condense(c, smiles, gives, most, &made[gives], err);
    const bool unclear = made[0].n && made[1].n &&
                         (made[0].n != 1 || made[1].n != 1 || strcmp(*made[0].s, *made[1].s) != 0);
    if (!code && !unclear) {
        mg_products *l = &made[made[1].n > 0];
        *products = l->s, *n = l->n;
        *l = (mg_products){0};
    }
    mg_products_free(&made[0]);
    mg_products_free(&made[1]);
    return code;
}

/* ---- back ---- */

/* The bond that two groups made, and what it was before. */
static const struct {
    int gives, takes;
    const char *reaction;
} BACK[] = {
    {G_CARBOXY, G_AMINO, "[CX3:1](=[OX1:2])-;!@[NX3:5]>>[C:1](=[O:2])O.[N:5]"},
    {G_CARBOXY, G_HYDROXY, "[CX3:1](=[OX1:2])-;!@[OX2;$(O[#6]):5]>>[C:1](=[O:2])O.[O:5]"},
    {G_CARBOXY, G_THIOL, "[CX3:1](=[OX1:2])-;!@[SX2:5]>>[C:1](=[O:2])O.[S:5]"},
    {G_SULFO, G_AMINO, "[SX4:1](=[OX1:2])(=[OX1:3])-;!@[NX3:5]>>[S:1](=[O:2])(=[O:3])O.[N:5]"},
    {G_SULFO, G_HYDROXY,
     "[SX4:1](=[OX1:2])(=[OX1:3])-;!@[OX2;$(O[#6]):5]>>[S:1](=[O:2])(=[O:3])O.[O:5]"},
};

static bool may_be(const mg_condensation *c, int k, int group) {
    const int said = c->of[k].group;
    const bool gives = REACTING[group].gives;
    if (said >= 0) return said == group;
    if (c->product < 0) return true;
    return gives ? PRODUCT[c->product].gives == group : PRODUCT[c->product].takes == group;
}

int mg_condense_back(const mg_condensation *c, const char *smiles, size_t most, char ***halves,
                     size_t *n, molglot_error *err) {
    mg_products all = {0};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(BACK) && !code; i++)
        for (int gives = 0; gives < 2 && !code; gives++) {
            mg_products made = {0};
            if (!may_be(c, gives, BACK[i].gives) || !may_be(c, 1 - gives, BACK[i].takes)) continue;
            code = mg_smiles_cut(smiles, BACK[i].reaction, most, &made.s, &made.n, err);
            char **s = code ? NULL : realloc(all.s, (all.n + made.n + 1) * sizeof *s);
            if (!code && !s) code = mg_no_memory(err, "parts of a molecule");
            if (s) all.s = s;
            for (size_t k = 0; s && k + 1 < made.n; k += 2) {
                all.s[all.n++] = made.s[k + (size_t)gives];
                all.s[all.n++] = made.s[k + 1 - (size_t)gives];
                made.s[k] = made.s[k + 1] = NULL;
            }
            mg_products_free(&made);
        }
    if (code) mg_products_free(&all);
    *halves = all.s, *n = all.n;
    return code;
}
