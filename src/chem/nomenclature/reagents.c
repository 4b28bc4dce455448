/* reagents.c - words of the bench as the grammar has them:
 *
 *   TBS chloride, PMB azide        tert-butyldimethylsilyl chloride, 4-methoxybenzyl azide
 *   allyl mesylate, phenyl triflate, silver triflate      ... methanesulfonate ...
 *   tosyl azide, mesyl fluoride    4-methylbenzenesulfonyl azide ...
 *   Boc-aniline                    N-Boc-aniline
 *
 * In room for NAME_LONGEST characters; what does not fit stays as it is.
 */
#include "chem/nomenclature/inside.h"

#include <string.h>

static bool is_one_of(const char *s, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, list[i])) return true;
    return false;
}

/* A group's letters before what it is bound to. */
static void groups(char *s) {
    static const char *const table[][2] = {{"tbs", "tert-butyldimethylsilyl"},
                                           {"tbdms", "tert-butyldimethylsilyl"},
                                           {"tms", "trimethylsilyl"},
                                           {"tes", "triethylsilyl"},
                                           {"tips", "triisopropylsilyl"},
                                           {"tbdps", "tert-butyldiphenylsilyl"},
                                           {"pmb", "4-methoxybenzyl"},
                                           {"bn", "benzyl"},
                                           {"bz", "benzoyl"},
                                           {"ac", "acetyl"},
                                           {"piv", "2,2-dimethylpropanoyl"},
                                           {"ts", "4-methylbenzenesulfonyl"},
                                           {"ms", "methanesulfonyl"},
                                           {"tf", "trifluoromethanesulfonyl"},
                                           {"tosyl", "4-methylbenzenesulfonyl"},
                                           {"mesyl", "methanesulfonyl"},
                                           {"triflyl", "trifluoromethanesulfonyl"},
                                           {"nosyl", "4-nitrobenzenesulfonyl"},
                                           {"besyl", "benzenesulfonyl"},
                                           {"pivaloyl", "2,2-dimethylpropanoyl"}};
    static const char *const bound[] = {"chloride", "bromide", "iodide", "fluoride", "azide"};
    const char *blank = strchr(s, ' ');
    if (!blank || !is_one_of(blank + 1, bound, MG_COUNT(bound))) return;
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        const size_t n = strlen(table[i][0]);
        if ((size_t)(blank - s) != n || strncmp(s, table[i][0], n) != 0) continue;
        name_put(s, 0, n, table[i][1]);
        return;
    }
}

/* "allyl mesylate", "silver triflate"; the name of a base before it is none that is read. */
static void sulfonates(char *s) {
    static const char *const table[][2] = {{"tosylate", "4-methylbenzenesulfonate"},
                                           {"mesylate", "methanesulfonate"},
                                           {"triflate", "trifluoromethanesulfonate"},
                                           {"nosylate", "4-nitrobenzenesulfonate"},
                                           {"brosylate", "4-bromobenzenesulfonate"},
                                           {"besylate", "benzenesulfonate"},
                                           {"esylate", "ethanesulfonate"}};
    const char *blank = strrchr(s, ' ');
    for (size_t i = 0; blank && i < MG_COUNT(table); i++)
        if (!strcmp(blank + 1, table[i][0])) {
            name_put(s, (size_t)(blank + 1 - s), strlen(table[i][0]), table[i][1]);
            return;
        }
}

/* On the only nitrogen there is: "boc-aniline", "boc-4-bromoaniline", "fmoc-piperidine". */
static void protected_amines(char *s) {
    static const char *const before[] = {"boc-", "cbz-", "fmoc-", "tosyl-", "alloc-"};
    static const char *const one[] = {"aniline",    "piperazine", "piperidine",  "azetidine",
                                      "morpholine", "pyrrole",    "pyrrolidine", "indole"};
    for (size_t i = 0; i < MG_COUNT(before); i++) {
        const size_t n = strlen(before[i]);
        if (strncmp(s, before[i], n) != 0) continue;
        if (is_one_of(s + n, one, MG_COUNT(one)) ||
            (name_ends_with(s, "aniline") && !strstr(s, "amino")))
            name_put(s, 0, 0, "n-");
        return;
    }
}

void name_reagents(char *s) {
    groups(s);
    sulfonates(s);
    protected_amines(s);
}
