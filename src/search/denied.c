/* denied.c - the molecule that a sentence does not want:
 *
 *   "a sweetener that is not aspartame", "a statin but not atorvastatin", "anything except
 * caffeine"
 *
 * It is what the dictionary has by all the words behind the denial, known by the letters of its
 * InChIKey that say the skeleton: its stereoisomers and ions are left out with it.
 */
#include "search/search.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEYED = 14 };

static const char *const DENIALS[] = {" that is not ", " which is not ", " but not ", " not ",
                                      " other than ",  " except for ",   " except ",  " besides ",
                                      " apart from ",  " excluding ",    "thing but "};

/* The words behind the first denial, without stops. */
static bool name_behind(const char *text, char name[MG_DENIED_NAME]) {
    const char *at = NULL, *behind = NULL;
    for (size_t i = 0; i < MG_COUNT(DENIALS); i++) {
        const char *here = strcasestr(text, DENIALS[i]);
        if (!here || (at && here >= at)) continue;
        at = here, behind = here + strlen(DENIALS[i]);
    }
    if (!at && !strncasecmp(text, "not ", 4)) behind = text + 4;
    size_t n = behind ? strlen(behind) : 0;
    while (n && (isspace((unsigned char)behind[n - 1]) || strchr(".!?,;", behind[n - 1]))) n--;
    if (n < 3 || n >= MG_DENIED_NAME) return false;
    snprintf(name, MG_DENIED_NAME, "%.*s", (int)n, behind);
    return true;
}

void mg_denied_cut(const mg_denied *d, char *words) {
    static const char *const around[] = {"that",  "which",     "is",    "but",     "not",
                                         "other", "than",      "for",   "besides", "apart",
                                         "from",  "excluding", "except"};
    char *at = words && *d->key ? strcasestr(words, d->name) : NULL;
    if (!at) return;
    for (bool more = true; more;) {
        while (at > words && isspace((unsigned char)at[-1])) at--;
        *at = 0;
        more = false;
        for (size_t i = 0; i < MG_COUNT(around) && !more; i++) {
            const size_t k = strlen(around[i]), n = (size_t)(at - words);
            if (n < k || strcasecmp(at - k, around[i]) != 0) continue;
            if (n > k && !isspace((unsigned char)at[-(ptrdiff_t)k - 1])) continue;
            at -= k;
            more = true;
        }
    }
}

int mg_denied_find(const mg_dictionary *d, const char *text, mg_denied *out, molglot_error *err) {
    mg_name_hits hits = {0};
    *out = (mg_denied){0};
    if (!text || !d || !name_behind(text, out->name)) return MOLGLOT_OK;
    int code = mg_dictionary_find(d, out->name, &hits, err);
    if (!code && hits.n && hits.hit[0].how <= MG_NAME_FOLDED) {
        mg_mol *mol = mg_mol_from_smiles(hits.hit[0].smiles, NULL, NULL);
        char *key = mol ? mg_mol_inchikey(mol) : NULL;
        if (key) snprintf(out->key, sizeof out->key, "%.*s", KEYED, key);
        free(key);
        mg_mol_free(mol);
    }
    mg_name_hits_free(&hits);
    return code;
}

bool mg_denied_is(const mg_denied *d, const mg_mol *mol) {
    if (!*d->key) return false;
    char *key = mg_mol_inchikey(mol);
    const bool same = key && !strncmp(key, d->key, KEYED);
    free(key);
    return same;
}
