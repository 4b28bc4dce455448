/* sugar_compound.c - compounds of sugars: free ones, glycosides that wait for a word, nucleosides,
 * flavonoids, with the words and the charge behind them.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <string.h>

void sugar_compound(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_ways own = {0};
    size_t to = end;
    int charge = 0;
    if (end > i + 8 && name_is_word(r, end - 2, end, "-)") && r->s[end - 4] == '(' &&
        isdigit((unsigned char)r->s[end - 3]))
        to = end - 4, charge = r->s[end - 3] - '0';
    if (!charge) sugar_read(r, i, end, SUGAR_GLYCOSIDE, out);
    sugar_read(r, i, to, SUGAR_FREE, &own);
    sugar_nucleoside(r, i, to, &own);
    sugar_worded(r, i, to, &own);
    sugar_on_nucleotide(r, i, to, &own);
    sugar_condensed(r, i, to, &own);
    sugar_aglycone(r, i, to, &own);
    sugar_glycosides(r, i, to, &own);
    for (int w = 0; w < own.n; w++)
        if (charge ? sugar_discharge(own.f[w], charge) : !own.f[w]->ion)
            name_keep(r, out, own.f[w]);
    name_ways_free(&own);
}
