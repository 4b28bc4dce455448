/* plain_witness.c - groups and rings of the house's dictionary (chem/facts) among what is told of a
 * molecule: "antirhine, indole alkaloid with a vinyl" speaks for a structure that has an indole.
 * One list's structure is taken where such a word is there and none speaks against it.
 */
#include "chem/facts/facts.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 2, LONGEST = 80 };

/* 1: the molecule has the group that words name; -1: it has not; 0: they name none. */
static int speaks(const mg_groups *g, const mg_mol *m, const char *words) {
    const int i = mg_groups_find(g, words);
    const mg_group *group = i < 0 ? NULL : mg_groups_at(g, i);
    if (!group || group->kind == MG_GROUP_PART) return 0;
    mg_smarts *s = mg_smarts_new(group->smarts, NULL);
    const int says = !s ? 0 : mg_smarts_count(s, m, 1) > 0 ? 1 : -1;
    mg_smarts_free(s);
    return says;
}

static size_t word_end(const char *s) {
    size_t n = 0;
    while (s[n] && !strchr(" ,;:()", s[n])) n++;
    return n;
}

int plain_witnesses(const mg_mol *m, const char *told, int *witnesses, molglot_error *err) {
    mg_groups *g = mg_groups_new(NULL, 0, err);
    *witnesses = 0;
    if (!g) return err->code;
    for (const char *s = told; *s;) {
        while (*s && strchr(" ,;:()", *s)) s++;
        const size_t one = word_end(s), two = s[one] == ' ' ? one + 1 + word_end(s + one + 1) : 0;
        const size_t lengths[WORDS] = {two, one};
        size_t used = one;
        for (int k = 0; k < WORDS; k++) {
            char words[LONGEST];
            if (!lengths[k] || lengths[k] >= sizeof words) continue;
            snprintf(words, sizeof words, "%.*s", (int)lengths[k], s);
            const int says = speaks(g, m, words);
            if (!says) continue;
            if (says < 0) *witnesses = -LONGEST;
            *witnesses += says > 0;
            used = lengths[k];
            break;
        }
        s += used;
    }
    mg_groups_free(g);
    return MOLGLOT_OK;
}

int plain_lacks_none(const char *smiles, const char *told, bool *is, molglot_error *err) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    int n = 0;
    const int code = m ? plain_witnesses(m, told, &n, err) : MOLGLOT_OK;
    mg_mol_free(m);
    *is = m && !code && n >= 0;
    return code;
}
