/* extension.c - what a CXSMILES extension ("C |^1:0|") says of the molecule that the SMILES before
 * it does not: the SMILES alone would be another molecule, or one of several. Features as in
 * ChemAxon's description of the format: `letters:numbers`, and labels of atoms between $.
 *
 * Passed over, since the molecule stays what it is: coordinates, groups of stereocentres (&1, o1,
 * a), bonds to metals (C), fragments (f), properties and data, what stands beside wildcards.
 */
#include "chem/mol.h"

#include <ctype.h>
#include <string.h>

typedef struct feature {
    const char *begins, *reason;
} feature;

static const feature changing[] = {
    {"^", "radicals in a CXSMILES extension: write them in brackets, as in [CH3]"},
    {"Sg:n:", "a polymer (repeating unit), not one molecule"},
    {"Sg:mon:", "a polymer (monomer), not one molecule"},
    {"Sg:mer:", "a polymer (mer), not one molecule"},
    {"Sg:co:", "a polymer (copolymer), not one molecule"},
    {"Sg:alt:", "a polymer (copolymer), not one molecule"},
    {"Sg:ran:", "a polymer (copolymer), not one molecule"},
    {"Sg:blk:", "a polymer (copolymer), not one molecule"},
    {"Sg:xl:", "a polymer (cross-linked), not one molecule"},
    {"Sg:grf:", "a polymer (graft), not one molecule"},
    {"Sg:mod:", "a polymer (modified), not one molecule"},
    {"m:", "a bond to one of several atoms, not one molecule"},
    {"LN:", "a repeated atom (link node), not one molecule"},
    {"RG:", "R-groups with their members, not one molecule"},
    {"LO:", "R-groups with their members, not one molecule"},
    {"u:", "a query (unsaturated atoms), not one molecule"},
    {"rb:", "a query (ring bonds), not one molecule"},
    {"s:", "a query (substitution), not one molecule"},
};

static const char *reason_of(const char *s, size_t n) {
    for (size_t k = 0; k < MG_COUNT(changing); k++) {
        const size_t bytes = strlen(changing[k].begins);
        if (n > bytes && !memcmp(s, changing[k].begins, bytes)) return changing[k].reason;
    }
    return NULL;
}

/* Whether a label of n bytes may stand at atom `index` of the SMILES: at a wildcard, or where it
 * begins with the atom's own symbol ("C1", "CA"). */
static bool label_fits(const char *smiles, size_t core, int32_t index, const char *label,
                       size_t n) {
    const int32_t at = mg_smiles_atom_offset(smiles, core, index);
    if (at < 0 || (size_t)at >= core) return true;
    const char *s = smiles + at, *end = smiles + core;
    while (s < end && (*s == '[' || isdigit((unsigned char)*s))) s++;
    return s == end || *s == '*' || *s == '#' || (n && toupper((unsigned char)*s) == *label);
}

/* Labels "Ph;;R1" between $, one an atom. */
static const char *look_at_labels(const char *smiles, size_t core, const char *s, size_t n) {
    int32_t index = 0;
    if (n >= 4 && !memcmp(s, "_AV:", 4)) return NULL; /* values, no labels */
    for (size_t i = 0; i <= n; index++) {
        const char *stop = memchr(s + i, ';', n - i);
        const size_t len = stop ? (size_t)(stop - s) - i : n - i;
        if (len && !label_fits(smiles, core, index, s + i, len))
            return "a label in a CXSMILES extension that stands for other atoms than are written";
        i += len + 1;
    }
    return NULL;
}

const char *mg_notation_extension_refusal(const char *s, size_t core, size_t n) {
    const char *bar = core < n ? memchr(s + core, '|', n - core) : NULL;
    const char *end = bar ? memchr(bar + 1, '|', (size_t)(s + n - bar) - 1) : NULL;
    if (!end) return NULL;
    bool start = true; /* of a feature */
    for (const char *p = bar + 1; p < end; p++) {
        const char close = *p == '$' ? '$' : *p == '(' ? ')' : 0;
        const size_t left = (size_t)(end - p) - 1;
        const char *stop = close ? memchr(p + 1, close, left) : NULL;
        const char *reason = *p == '$' && stop
                                 ? look_at_labels(s, core, p + 1, (size_t)(stop - p) - 1)
                             : start ? reason_of(p, left + 1)
                                     : NULL;
        if (reason) return reason;
        if (stop) p = stop;
        start = !stop && *p == ',';
    }
    return NULL;
}
