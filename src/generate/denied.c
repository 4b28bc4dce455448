/* denied.c - the molecule that a sentence does not want:
 *
 *   "a sweetener that is not aspartame", "a statin but not atorvastatin", "anything except
 * caffeine"
 *
 * It is what the dictionary has by all the words behind the denial, known by the letters of its
 * InChIKey that say the skeleton: its stereoisomers and ions are left out with it.
 */
#include "generate/inside.h"
#include "search/search.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME = 120, KEYED = 14 };

static const char *const DENIALS[] = {" that is not ", " which is not ", " but not ", " not ",
                                      " other than ",  " except for ",   " except ",  " besides ",
                                      " apart from ",  " excluding ",    "thing but "};

/* The words behind the first denial, without stops. */
static bool name_behind(const char *text, char name[NAME]) {
    const char *at = NULL, *behind = NULL;
    for (size_t i = 0; i < MG_COUNT(DENIALS); i++) {
        const char *here = strcasestr(text, DENIALS[i]);
        if (!here || (at && here >= at)) continue;
        at = here, behind = here + strlen(DENIALS[i]);
    }
    if (!at && !strncasecmp(text, "not ", 4)) behind = text + 4;
    size_t n = behind ? strlen(behind) : 0;
    while (n && (isspace((unsigned char)behind[n - 1]) || strchr(".!?,;", behind[n - 1]))) n--;
    if (n < 3 || n >= NAME) return false;
    snprintf(name, NAME, "%.*s", (int)n, behind);
    return true;
}

/* Takes the name and the words of the denial off what texts are searched for. */
static void cut_telling(char *telling, const char *name) {
    static const char *const words[] = {"that",  "which",     "is",    "but",     "not",
                                        "other", "than",      "for",   "besides", "apart",
                                        "from",  "excluding", "except"};
    char *at = telling ? strcasestr(telling, name) : NULL;
    if (!at) return;
    for (bool more = true; more;) {
        while (at > telling && isspace((unsigned char)at[-1])) at--;
        *at = 0;
        more = false;
        for (size_t i = 0; i < MG_COUNT(words) && !more; i++) {
            const size_t k = strlen(words[i]), n = (size_t)(at - telling);
            if (n < k || strcasecmp(at - k, words[i]) != 0) continue;
            if (n > k && !isspace((unsigned char)at[-(ptrdiff_t)k - 1])) continue;
            at -= k;
            more = true;
        }
    }
}

int mg_prompt_denies(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    char name[NAME];
    mg_name_hits hits = {0};
    if (!p->text || !g->names || !name_behind(p->text, name)) return MOLGLOT_OK;
    int code = mg_dictionary_find(g->names, name, &hits, err);
    if (!code && hits.n && hits.hit[0].how <= MG_NAME_FOLDED) {
        mg_mol *mol = mg_mol_from_smiles(hits.hit[0].smiles, NULL, NULL);
        char *key = mol ? mg_mol_inchikey(mol) : NULL;
        if (key) snprintf(p->denied, sizeof p->denied, "%.*s", KEYED, key);
        if (key) cut_telling(p->telling, name);
        free(key);
        mg_mol_free(mol);
    }
    mg_name_hits_free(&hits);
    return code;
}

bool mg_prompt_denied(const mg_prompt *p, const mg_mol *mol) {
    if (!*p->denied) return false;
    char *key = mg_mol_inchikey(mol);
    const bool same = key && !strncmp(key, p->denied, KEYED);
    free(key);
    return same;
}
