/* replace.c - phrases by which a hydrogen of a named molecule is replaced, where no locant says
 * which but the kind of atom that has it:
 *
 *   NAME in which [one of] the HYDROGEN(s) is replaced by a GROUP group
 *   NAME [that is] substituted by a GROUP group at the ATOM
 *   HYDROGEN   phenolic hydrogen, hydrogen of the hydroxy group, hydrogen attached to the nitrogen,
 *              amino hydrogen, thiol hydrogen, methyl hydrogen, hydrogen
 *   ATOM       nitrogen, N atom, amino group, phenolic oxygen, sulfur
 *
 * Phrases with locants are described.c's (chem/nomenclature). All words between must be of these
 * kinds, and the group must be the last thing that is said.
 */
#include "chem/condense/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 700, REACTION = 300, FAR = 90 };

static const place METHYL[] = {{"[CX4;H3:5]", "[C:5]", 0}, {NULL, NULL, 0}};
static const place ANY[] = {{"[C,N,O,S;!H0;A:5]", "[*:5]", 0}, {NULL, NULL, 0}};
static const place AMIDE[] = {{"[NX3;!H0;$(NC=[O,S]):5]", "[N:5]", 0}, {NULL, NULL, 0}};
static const place SECOND[] = {{"[NX3;H1:5]", "[N:5]", 0}, {NULL, NULL, 0}}; /* of an amine */
static const place INDOLE[] = {{"[nX3;H1:5]", "[n;H0:5]", 0}, {NULL, NULL, 0}};

/* What the words for a hydrogen hold, the first row that fits. */
static const struct {
    const char *words; /* '|' between */
    int group;         /* of places.c, or -1: */
    const place *places;
} KINDS[] = {
    {"phenol|hydroxy|hydroxyl|alcohol|oxygen", G_HYDROXY, NULL},
    {"thiol|mercapto|sulfanyl|sulfhydryl|sulfur", G_THIOL, NULL},
    {"carboxy|carboxylic|carboxyl", G_ACID, NULL},
    {"amide|carboxamide|amido", -1, AMIDE},
    {"indole|pyrrole|imidazole|ring nitrogen", -1, INDOLE},
    {"amino|amine|nitrogen|N atom|N-H|NH|anilino", G_AMINO, NULL},
    {"methyl", -1, METHYL},
    {"", -1, ANY},
};

static bool begins(const char *s, const char *word) { return !strncasecmp(s, word, strlen(word)); }

static bool holds(const char *s, size_t n, const char *what, size_t k) {
    for (size_t i = 0; i + k <= n; i++)
        if (!strncasecmp(s + i, what, k)) return true;
    return false;
}

static int kind_of(const char *s, size_t n) {
    for (size_t i = 0; i < MG_COUNT(KINDS); i++)
        for (const char *w = KINDS[i].words;;) {
            const size_t k = strcspn(w, "|");
            if (holds(s, n, w, k)) return (int)i;
            if (!w[k]) break;
            w += k + 1;
        }
    return (int)MG_COUNT(KINDS) - 1;
}

/* Words that say which carbon has it, or two kinds of hydrogens: another phrase. */
static bool says_more(const char *s, size_t n) {
    static const char *const words[] = {" and ",    "ortho",    "meta ", "para ",    "each",
                                        "adjacent", "carbon",   "ring",  "phenyl",   "benzene",
                                        "position", "terminal", "pro-",  "alpha to", "beta to"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (holds(s, n, words[i], strlen(words[i])) && !holds(s, n, "ring nitrogen", 13))
            return true;
    return false;
}

/* How many hydrogens s[0..n) speaks of. */
static int times_of(const char *s, size_t n) {
    static const struct {
        const char *word;
        int number;
    } numbers[] = {{"two of the", 2}, {"both", 2},      {"the two", 2},
                   {"two ", 2},       {"all three", 3}, {"three ", 3}};
    for (size_t i = 0; i < MG_COUNT(numbers); i++)
        if (holds(s, n, numbers[i].word, strlen(numbers[i].word))) return numbers[i].number;
    return holds(s, n, "hydrogens", 9) && !holds(s, n, "one of", 6) ? 2 : 1;
}

/* "a 4-nitrophenyl group" from s on, all that is left of the words; false: it is none. */
static bool group_in(const char *s, size_t *begin, size_t *length) {
    static const char *const articles[] = {"a ", "an ", "the ", "two ", "three "},
                             *const tails[] = {" group",        " groups", " substituent",
                                               " substituents", " moiety", " residue",
                                               " function"};
    size_t from = 0, n = strcspn(s, ";");
    const char *aside = strstr(s, " (the ");
    if (aside && (size_t)(aside - s) < n) n = (size_t)(aside - s);
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (begins(s, articles[i])) from = strlen(articles[i]);
    while (n > from && strchr(" .,", s[n - 1])) n--;
    for (size_t i = 0; i < MG_COUNT(tails); i++) {
        const size_t k = strlen(tails[i]);
        if (n > from + k && !strncasecmp(s + n - k, tails[i], k)) {
            n -= k;
            break;
        }
    }
    *begin = from, *length = n - from;
    return n > from + 1 && n - from < FAR && !memchr(s + from, ' ', n - from) &&
           !memchr(s + from, ';', n - from);
}

static int keep(const char *name, size_t n, const char *group, size_t k, const char *kind,
                size_t n_kind, mg_replacement *out, bool *is, molglot_error *err) {
    while (n && strchr(" ,", name[n - 1])) n--;
    if (n < 3) return MOLGLOT_OK;
    *out = (mg_replacement){.name = strndup(name, n),
                            .group = strndup(group, k),
                            .place = kind_of(kind, n_kind),
                            .which = place_which(kind, n_kind, 0),
                            .times = times_of(kind, n_kind)};
    *is = out->name && out->group;
    if (*is) return MOLGLOT_OK;
    mg_replacement_free(out);
    return mg_no_memory(err, "a name");
}

/* "NAME in which HYDROGEN is replaced by GROUP". */
static int read_replaced(const char *s, mg_replacement *out, bool *is, molglot_error *err) {
    static const char *const links[] = {" in which ", " where ", " whose "},
                             *const verbs[] = {" is ", " are ", " has been ", " have been ",
                                               " was "},
                             *const replaced[] = {"replaced by ", "replaced with ",
                                                  "substituted by ", "substituted with ",
                                                  "formally replaced by "};
    for (size_t l = 0; l < MG_COUNT(links); l++) {
        const char *link = strstr(s, links[l]);
        if (!link) continue;
        const char *what = link + strlen(links[l]);
        for (size_t v = 0; v < MG_COUNT(verbs); v++) {
            const char *verb = strstr(what, verbs[v]);
            size_t begin, n;
            for (size_t r = 0; verb && r < MG_COUNT(replaced); r++) {
                const char *group = verb + strlen(verbs[v]);
                if (!begins(group, replaced[r])) continue;
                group += strlen(replaced[r]);
                const size_t far = (size_t)(verb - what);
                if (far > FAR || !holds(what, far, "hydrogen", 8) || says_more(what, far) ||
                    !group_in(group, &begin, &n))
                    return MOLGLOT_OK;
                return keep(s, (size_t)(link - s), group + begin, n, what, far, out, is, err);
            }
        }
    }
    return MOLGLOT_OK;
}

/* "NAME substituted by a GROUP group at the N atom". */
static int read_placed(const char *s, mg_replacement *out, bool *is, molglot_error *err) {
    static const char *const links[] = {" substituted by ", " substituted with ", " carrying ",
                                        " bearing ",        " having ",           " with "},
                             *const where[] = {" group at the ", " group on the ",
                                               " group attached to the ", " substituent at the ",
                                               " substituent on the "},
                             *const atoms[] = {"N atom",        "nitrogen",       "nitrogen atom",
                                               "amino group",   "amide nitrogen", "phenolic oxygen",
                                               "sulfur",        "sulfur atom",    "amino nitrogen",
                                               "hydroxy oxygen"},
                             *const passive[] = {" that is", " which is"};
    for (size_t l = 0; l < MG_COUNT(links); l++) {
        const char *link = strstr(s, links[l]);
        for (size_t w = 0; link && w < MG_COUNT(where); w++) {
            const char *group = link + strlen(links[l]), *at = strstr(group, where[w]);
            if (!at || at - group > FAR) continue;
            const char *atom = at + strlen(where[w]);
            size_t n = strcspn(atom, ".,;"), name = (size_t)(link - s);
            bool known = false;
            for (size_t k = 0; k < MG_COUNT(atoms); k++)
                known |= n == strlen(atoms[k]) && begins(atom, atoms[k]);
            if (!known || atom[n] == ',') return MOLGLOT_OK;
            if (begins(group, "a ")) group += 2;
            if (begins(group, "an ")) group += 3;
            for (size_t k = 0; k < MG_COUNT(passive); k++) {
                const size_t m = strlen(passive[k]);
                if (name > m && !strncmp(s + name - m, passive[k], m)) name -= m;
            }
            if (memchr(group, ' ', (size_t)(at - group))) return MOLGLOT_OK;
            return keep(s, name, group, (size_t)(at - group), atom, n, out, is, err);
        }
    }
    return MOLGLOT_OK;
}

int mg_replacement_read(const char *words, mg_replacement *out, bool *is, molglot_error *err) {
    *is = false;
    *out = (mg_replacement){0};
    if (strlen(words) > LONGEST) return MOLGLOT_OK;
    int code = read_replaced(words, out, is, err);
    return code || *is ? code : read_placed(words, out, is, err);
}

void mg_replacement_free(mg_replacement *r) {
    free(r->name);
    free(r->group);
    *r = (mg_replacement){0};
}

/* ---- molecules ---- */

/* The only product of the first place that has one; *product NULL: none, or several. again: the
 * group is there already. */
static int replace_once(const mg_replacement *r, const char *smiles, const char *group, bool again,
                        char **product, molglot_error *err) {
    const int kind = KINDS[r->place].group;
    int code = MOLGLOT_OK;
    const place *p = kind < 0 ? KINDS[r->place].places : REACTING[kind].places;
    if (again && kind == G_AMINO) p = SECOND;
    for (*product = NULL; p->reactant && !code; p++) {
        char reaction[REACTION], **made = NULL;
        size_t n = 0;
        if (!place_fits(p, kind < 0 ? 0 : r->which)) continue;
        snprintf(reaction, sizeof reaction, "%s.[*:9][BX3]([OX2H1])[OX2H1]>>%s[*:9]", p->reactant,
                 p->product);
        code = mg_smiles_join(smiles, group, reaction, 2, &made, &n, err);
        if (n == 1 && !code) *product = made[0], made[0] = NULL;
        for (size_t i = 0; i < n; i++) free(made[i]);
        free(made);
        if (n) break;
    }
    return code;
}

int mg_replace(const mg_replacement *r, const char *smiles, const char *group, char **product,
               molglot_error *err) {
    char *now = NULL;
    int code = replace_once(r, smiles, group, false, &now, err);
    for (int k = 1; k < r->times && now && !code; k++) {
        char *next;
        code = replace_once(r, now, group, true, &next, err);
        free(now);
        now = next;
    }
    *product = now;
    return code;
}
