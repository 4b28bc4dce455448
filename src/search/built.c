/* built.c - what a phrase builds out of names inside it:
 *
 *   "phenol with a methoxy group at position 2"                        (chem/nomenclature)
 *   "the amide obtained by formal condensation of the carboxy group
 *    of benzoic acid with the amino group of aniline"                  (chem/condense)
 *   "a fatty acid methyl ester that is the methyl ester of oleic acid" (chem/derive)
 *   "piperidine in which the hydrogen attached to the nitrogen is
 *    replaced by a nitroso group"                                      (chem/condense/replace.c)
 *
 * A name inside is read as a systematic name, or else as the dictionary has it; words behind it are
 * cut off until it is one.
 */
#include "chem/condense/condense.h"
#include "chem/derive/derive.h"
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_MADE = 4, NAME = 300, LOOK_UPS = 12 };

/* The structure that a computed name has. Takes the SMILES. */
int built_put(mg_name_hits *out, const char *name, char *smiles, molglot_error *err) {
    mg_name_hit *hit = realloc(out->hit, (out->n + 1) * sizeof *hit);
    if (hit) out->hit = hit;
    char *copy = hit ? strdup(name) : NULL;
    if (!copy) {
        free(smiles);
        mg_name_hits_free(out);
        return mg_no_memory(err, "a name");
    }
    out->hit[out->n++] = (mg_name_hit){.name = copy,
                                       .smiles = smiles,
                                       .molecule = -1,
                                       .sources = MG_NAME_OWN,
                                       .how = MG_NAME_MADE};
    out->capacity = out->n;
    return MOLGLOT_OK;
}

/* Several structures of one name, which takes them all; code: of what was before. */
static int put_all(mg_name_hits *out, const char *name, char **smiles, size_t n, int code,
                   molglot_error *err) {
    for (size_t i = 0; i < n; i++)
        if (code)
            free(smiles[i]);
        else
            code = built_put(out, name, smiles[i], err);
    free(smiles);
    return code;
}

/* ---- a name inside ---- */

/* "X hydrochloride" of a list that draws X. */
static bool lacks_salt(const char *name, const char *smiles) {
    static const char *const ends[] = {" hydrochloride", " hydrobromide", " HCl",   " oxalate",
                                       " maleate",       " fumarate",     " HBr",   " mesylate",
                                       " tartrate",      " citrate",      " malate"};
    if (strchr(smiles, '.') || !strpbrk(smiles, "Nn")) return false;
    for (size_t i = 0; i < MG_COUNT(ends); i++)
        if (plain_ends(name, ends[i])) return true;
    return false;
}

/* The first structure that the dictionary has by exactly that name; *smiles stays NULL: none. */
static int find_known(const mg_dictionary *d, const char *name, char **smiles, molglot_error *err) {
    mg_name_hits known = {0};
    int code = mg_listed_find(d, name, &known, err);
    if (!code && known.n && known.hit[0].how <= MG_NAME_FOLDED &&
        !lacks_salt(name, known.hit[0].smiles)) {
        *smiles = strdup(known.hit[0].smiles);
        if (!*smiles) code = mg_no_memory(err, "a name");
    }
    mg_name_hits_free(&known);
    return code;
}

/* "hydantoin-5-propionic acid(1-)": of a molecule that the dictionary has; lists that have the
 * ion's name write it as its acid. */
static int find_charged(const mg_dictionary *d, const char *name, char **smiles,
                        molglot_error *err) {
    int charge;
    char *rest = strdup(name), *neutral = NULL;
    if (!rest) return mg_no_memory(err, "a name");
    const bool charged = mg_name_take_charge(rest, &charge);
    int code = charged ? mg_name_read(rest, &neutral, err) : MOLGLOT_OK;
    if (!code && !neutral) code = find_known(d, rest, charged ? &neutral : smiles, err);
    if (charged && !code && !neutral) code = find_known(d, name, &neutral, err);
    if (!code && neutral) code = mg_name_put_charge(neutral, charge, smiles, err);
    free(neutral);
    free(rest);
    return code;
}

/* *smiles of a name as it stands; NULL: it is none. Systematic names go before the dictionary,
 * which has many of them without their stereo. */
int built_name(const mg_dictionary *d, const char *name, char **smiles, molglot_error *err) {
    int code = mg_name_read(name, smiles, err);
    return code || *smiles || !d ? code : find_charged(d, name, smiles, err);
}

/* "lauric (dodecanoic) acid": without what stands in its brackets. */
static bool without_aside(const char *name, char out[NAME]) {
    const char *open = strstr(name, " ("), *close = open ? strchr(open, ')') : NULL;
    if (!close || close[1] != ' ') return false;
    snprintf(out, NAME, "%.*s%s", (int)(open - name), name, close + 1);
    return true;
}

static size_t last_end(const char *name) {
    static const char *const ends[] = {";",         ". ",     ", ",         " (",
                                       " [",        " and ",  " or ",       " that ",
                                       " with",     " which", " in which",  " via ",
                                       " through ", " in a ", " followed ", " respectively"};
    size_t cut = 0;
    for (size_t e = 0; e < MG_COUNT(ends); e++)
        for (const char *at = name; (at = strstr(at, ends[e])); at++)
            if ((size_t)(at - name) > cut) cut = (size_t)(at - name);
    return cut;
}

int mg_name_longest(const mg_dictionary *d, const char *words, mg_str *said, char **smiles,
                    molglot_error *err) {
    char name[NAME], aside[NAME];
    size_t n = strlen(words);
    int code = MOLGLOT_OK;
    *smiles = NULL;
    if (n >= NAME) n = NAME - 1;
    for (int k = 0; k < LOOK_UPS && n > 2 && !*smiles && !code; k++) {
        while (n && strchr(" ,.;", words[n - 1])) n--;
        memcpy(name, words, n);
        name[n] = 0;
        code = built_name(d, name, smiles, err);
        if (!code && !*smiles && without_aside(name, aside))
            code = built_name(d, aside, smiles, err);
        if (!*smiles) n = last_end(name);
    }
    if (!*smiles || code) return code;
    mg_str_addz(said, name);
    if (!said->failed) return code;
    free(*smiles);
    *smiles = NULL;
    return mg_no_memory(err, "a name");
}

/* Of a phrase that is read as a whole, a name takes all words that are left. */
static int name_of(const mg_dictionary *d, const char *words, bool whole, mg_str *said,
                   char **smiles, molglot_error *err) {
    if (!whole) return mg_name_longest(d, words, said, smiles, err);
    char name[NAME], aside[NAME];
    size_t n = strlen(words);
    static const char respectively[] = " respectively";
    const size_t r = sizeof respectively - 1;
    *smiles = NULL;
    while (n && strchr(" ,.;", words[n - 1])) n--;
    if (n > r && !strncmp(words + n - r, respectively, r)) n -= r;
    if (n >= NAME) return MOLGLOT_OK;
    memcpy(name, words, n);
    name[n] = 0;
    int code = built_name(d, name, smiles, err);
    if (!code && !*smiles && without_aside(name, aside)) code = built_name(d, aside, smiles, err);
    if (*smiles) mg_str_addz(said, name);
    return code;
}

/* Behind "that is", "The molecule is": where a sentence says which molecule it is. */
static const char *definition_in(const char *words) {
    static const char *const links[] = {" that is ", " which is ", "molecule is "};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strcasestr(words, links[i]);
        if (at) return at + strlen(links[i]);
    }
    return NULL;
}

/* ---- two names joined ---- */

static int make_joined(const mg_dictionary *d, const mg_condensation *c, bool whole,
                       mg_name_hits *out, molglot_error *err) {
    char *smiles[2] = {NULL}, **products = NULL;
    mg_str said = {0};
    size_t n = 0;
    int code = MOLGLOT_OK;
    bool known = true;
    for (int k = 0; k < 2 && known && !code; k++) {
        if (!c->of[k].name) continue;
        if (k) mg_str_addz(&said, " and ");
        code = name_of(d, c->of[k].name, whole, &said, &smiles[k], err);
        known = smiles[k] != NULL;
    }
    if (known && !code) code = mg_condense(c, smiles[0], smiles[1], MOST_MADE, &products, &n, err);
    mg_str_addz(&said, ", condensed");
    if (said.failed && !code) code = mg_no_memory(err, "a name");
    code = put_all(out, said.s, products, n, code, err);
    mg_str_free(&said);
    for (int k = 0; k < 2; k++) free(smiles[k]);
    return code;
}

static int find_joined(const mg_dictionary *d, const char *words, bool whole, mg_name_hits *out,
                       molglot_error *err) {
    mg_condensation list[MG_CONDENSATIONS];
    int n;
    int code = mg_condensations_read(words, list, &n, err);
    const char *what = definition_in(words);
    if (!code && !n && what) code = mg_condensations_read(what, list, &n, err);
    for (int i = 0; i < n && !code && !out->n; i++)
        code = make_joined(d, &list[i], whole, out, err);
    mg_condensations_free(list, n);
    return code;
}

/* ---- a parent and groups at positions ---- */

/* Whether "O-methylphenol" would be read as ortho, "N-methylbenzene" as a normal chain. */
static int is_position(const mg_dictionary *d, const char *name, bool *is, molglot_error *err) {
    static const char *const places[] = {"m-", "2-"};
    char other[NAME];
    char *one = NULL, *two = NULL;
    int code = MOLGLOT_OK;
    *is = false;
    if (!strchr("ON", *name) || name[1] != '-' || strlen(name) >= NAME) return code;
    for (size_t i = 0; i < MG_COUNT(places) && *name == 'O' && !one && !code; i++) {
        snprintf(other, sizeof other, "%s%s", places[i], name + 2);
        code = built_name(d, other, &one, err);
    }
    if (*name == 'N') code = built_name(d, name + 2, &one, err);
    if (!code && one && *name == 'N') code = built_name(d, name, &two, err);
    *is = one && (*name == 'O' || (two && !strcmp(one, two) && !strpbrk(two, "Nn")));
    free(one);
    free(two);
    return code;
}

/* A configuration that the parent's name does not take is left out of a sentence alone. */
static int find_placed(const mg_dictionary *d, const char *words, bool whole, mg_name_hits *out,
                       molglot_error *err) {
    char *name, *smiles = NULL;
    size_t stereo;
    int code = mg_name_described(words, &name, &stereo, err);
    if (code || !name) return code;
    const char *said = name;
    bool misread;
    if (strstr(words, " acid on N") || strstr(words, " acid at N")) { /* an amide, or its chain? */
        free(name);
        return code;
    }
    code = is_position(d, name, &misread, err);
    if (!code && !misread) code = built_name(d, name, &smiles, err);
    if (!code && !smiles && stereo && !whole)
        code = built_name(d, said = name + stereo, &smiles, err);
    if (!code && smiles) code = built_put(out, said, smiles, err);
    free(name);
    return code;
}

/* ---- a change of one name ---- */

static int make_changed(const mg_dictionary *d, const mg_derivation *change, bool whole,
                        mg_name_hits *out, molglot_error *err) {
    char *smiles = NULL, **products = NULL;
    mg_str said = {0};
    size_t n = 0;
    mg_str_addf(&said, "%s%s", change->label, *change->label ? " of " : "");
    const size_t before = said.n;
    int code = name_of(d, change->name, whole, &said, &smiles, err);
    const char *rest = smiles ? change->name + (said.n - before) : "";
    if (strncmp(rest, " and ", 5) != 0 && !code && smiles)
        code = mg_derive(change, smiles, MOST_MADE, &products, &n, err);
    if (said.failed && !code) code = mg_no_memory(err, "a name");
    code = put_all(out, said.s, products, n, code, err);
    free(smiles);
    mg_str_free(&said);
    return code;
}

static int find_changed(const mg_dictionary *d, const char *words, bool whole, mg_name_hits *out,
                        molglot_error *err) {
    const char *what = definition_in(words);
    mg_derivation list[MG_DERIVATIONS];
    char phrase[NAME];
    int n = 0, code = MOLGLOT_OK;
    if (!what || strcasestr(what, "conjugate"))
        return code; /* acids and bases: related molecules */
    snprintf(phrase, sizeof phrase, "%.*s", (int)strcspn(what, ";"), what);
    if (strstr(phrase, " of ") || strstr(phrase, "onfiguration"))
        code = mg_derivations_read(phrase, list, &n, err);
    for (int i = 0; i < n && !code && !out->n; i++)
        code = make_changed(d, &list[i], whole, out, err);
    mg_derivations_free(list, n);
    return code;
}

/* ---- a hydrogen of one name replaced ---- */

/* The boronic acid of a group that nomenclature reads; *smiles NULL: it reads none. */
static int read_group(const char *group, char **smiles, molglot_error *err) {
    static const struct {
        const char *word, *prefix;
    } nouns[] = {{"chlorine", "chloro"}, {"bromine", "bromo"},    {"fluorine", "fluoro"},
                 {"iodine", "iodo"},     {"hydroxyl", "hydroxy"}, {"carboxyl", "carboxy"}};
    char name[NAME];
    for (size_t i = 0; i < MG_COUNT(nouns); i++)
        if (!strcasecmp(group, nouns[i].word)) group = nouns[i].prefix;
    const bool closed = strpbrk(group, "0123456789([{-") != NULL;
    snprintf(name, sizeof name, "%s%s%sboronic acid", closed ? "[" : "", group, closed ? "]" : "");
    return mg_name_read(name, smiles, err);
}

static int find_replaced(const mg_dictionary *d, const char *words, mg_name_hits *out,
                         molglot_error *err) {
    mg_replacement r;
    bool is;
    const char *what = definition_in(words);
    int code = mg_replacement_read(what ? what : words, &r, &is, err);
    if (code || !is) return code;
    static const char *const articles[] = {"a ", "an ", "the "};
    const char *name = r.name;
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (!strncasecmp(name, articles[i], strlen(articles[i]))) name += strlen(articles[i]);
    char *smiles = NULL, *group = NULL, *product = NULL;
    code = built_name(d, name, &smiles, err);
    if (!code && smiles) code = read_group(r.group, &group, err);
    if (!code && group) code = mg_replace(&r, smiles, group, &product, err);
    mg_str said = {0};
    mg_str_addf(&said, "%s, %s on it", name, r.group);
    if (said.failed && !code) code = mg_no_memory(err, "a name");
    if (!code && product)
        code = built_put(out, said.s, product, err);
    else
        free(product);
    mg_str_free(&said);
    free(smiles);
    free(group);
    mg_replacement_free(&r);
    return code;
}

/* ---- all of it ---- */

int built_strict(const mg_dictionary *d, const char *words, bool whole, mg_name_hits *out,
                 molglot_error *err) {
    int code = find_placed(d, words, whole, out, err);
    if (!code && !out->n) code = find_joined(d, words, whole, out, err);
    if (!code && !out->n) code = find_changed(d, words, whole, out, err);
    if (!code && !out->n) code = find_replaced(d, words, out, err);
    return code;
}
