/* isotopes.c - deuterium: "toluene-d8" has it in the place of all its hydrogens.
 * "trideuteriomethyl" is a prefix like another (more.c).
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <string.h>

/* "-d8" off the end of a name; how many, 0: there is none. */
int name_cut_deuterium(char *s, size_t *n) {
    size_t k = *n;
    int count = 0, power = 1;
    while (k && isdigit((unsigned char)s[k - 1]) && power < 1000)
        count += (s[--k] - '0') * power, power *= 10;
    if (k < 4 || k == *n || s[k - 1] != 'd' || s[k - 2] != '-' ||
        !islower((unsigned char)s[k - 3]) || !count || s[k] == '0')
        return 0;
    *n = k - 2;
    s[*n] = 0;
    return count;
}

/* All hydrogens of a fragment whose double bonds are set, if they are so many. */
bool name_deuterate(name_fragment *f, int count) {
    const int n = f->n;
    int all = 0;
    for (int i = 0; i < n; i++) all += name_free(f, i) > 0 ? name_free(f, i) : 0;
    if (all != count || n + all > NAME_ATOMS || f->m + all > NAME_BONDS) return false;
    for (int i = 0; i < n; i++)
        while (name_free(f, i) > 0)
            if (!name_bind(f, i, name_add_atom(f, NAME_DEUTERIUM), 1)) return false;
    return true;
}
