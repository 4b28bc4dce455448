/* edit_react.c - reactions at all places of a kind together: several products are none.
 */
#include "chem/derive/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST = 6 };

/* Adds the products of every place. */
static int react_everywhere(const char rules[][EDIT_REACTION], int n, const char *smiles,
                            const char *partner, mg_products *out, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code; i++) {
        mg_products made = {0};
        code = partner ? mg_smiles_join(smiles, partner, rules[i], MOST, &made.s, &made.n, err)
                       : mg_smiles_react(smiles, rules[i], MOST, &made.s, &made.n, err);
        for (size_t k = 0; k < made.n && !code; k++)
            code = mg_products_add(out, made.s[k], MOST, err);
        mg_products_free(&made);
    }
    return code;
}

/* The molecule after `times` changes; several ways must end in one product. *several: they do not.
 */
int edit_react_times(const char rules[][EDIT_REACTION], int n, int times, const char *smiles,
                     const char *partner, char **product, bool *several, molglot_error *err) {
    mg_products now = {0};
    int code = mg_products_add(&now, smiles, 1, err);
    *product = NULL;
    for (int t = 0; t < times && !code && now.n; t++) {
        mg_products next = {0};
        for (size_t i = 0; i < now.n && !code; i++)
            code = react_everywhere(rules, n, now.s[i], partner, &next, err);
        mg_products_free(&now);
        now = next;
    }
    *several = now.n > 1;
    if (!code && now.n == 1 && !(*product = strdup(now.s[0])))
        code = mg_no_memory(err, "a change of a molecule");
    mg_products_free(&now);
    return code;
}

/* How many places a list of atoms finds. */
int edit_count(const char *const *places, int n, const char *smiles, int *out, molglot_error *err) {
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    *out = 0;
    for (int i = 0; i < n && mol; i++) {
        char smarts[EDIT_REACTION];
        snprintf(smarts, sizeof smarts, "[%s]", places[i]);
        mg_smarts *s = mg_smarts_new(smarts, err);
        if (s) *out += mg_smarts_count(s, mol, EDIT_PLACES + 1);
        mg_smarts_free(s);
    }
    mg_mol_free(mol);
    return MOLGLOT_OK;
}

/* "acetate", "sulfated": on a carbon it would be another group. */
bool edit_is_ester_word(const char *what) {
    const size_t n = strlen(what);
    return n > 4 &&
           (!strcasecmp(what + n - 3, "ate") || !strcasecmp(what + n - 4, "ated") ||
            !strcasecmp(what + n - 4, "ates") || (n > 5 && !strcasecmp(what + n - 5, "onide")));
}
