/* overruled.c - a list's structure that its own name denies: the structure that is read off the
 * name stands before it.
 *
 *   propane-1,2,3-tricarboxylate   a list draws the acid
 *   syringetin, quinolin-7-ol      a quinoid tautomer that nobody means
 *   cholesteryl acetate            some centres are set and others left open
 *   sodium hydroxide               the sodium alone
 *
 *   estrone 3-phosphate            other elements, and atoms more or less: a list's slip
 *
 * Where name and list say two molecules otherwise, the list knows what people mean by the name
 * ("choline acetate", "3-chloro-10-propylphenothiazine" of the old numbering), and nothing is done.
 */
#include "chem/facts/facts.h"
#include "chem/nomenclature/nomenclature.h"
#include "search/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct drawn { /* a structure */
    mg_mol *mol;
    mg_facts f;
} drawn;

static void drawn_free(drawn *d) {
    mg_mol_free(d->mol);
    mg_facts_free(&d->f);
}

static int drawn_open(const char *smiles, drawn *d, molglot_error *err) {
    d->mol = mg_mol_from_smiles(smiles, NULL, NULL);
    return d->mol ? mg_facts_numbers(NULL, d->mol, &d->f, err) : MOLGLOT_OK;
}

static bool same_heavy_atoms(const drawn *a, const drawn *b) {
    for (int e = 2; e <= MG_ELEMENTS; e++)
        if (a->f.elements[e] != b->f.elements[e]) return false;
    return true;
}

/* The letters of an InChIKey that say the skeleton with its hydrogens but for mobile ones. */
static bool same_block(const drawn *a, const drawn *b) {
    char *x = mg_mol_inchikey(a->mol), *y = mg_mol_inchikey(b->mol);
    const bool is = x && y && !strncmp(x, y, 14);
    free(x);
    free(y);
    return is;
}

/* Whether the heavy atoms are joined in the same way: the layer "/c" of InChI. */
static bool same_joints(const drawn *a, const drawn *b) {
    char *x = mg_mol_inchi(a->mol), *y = mg_mol_inchi(b->mol);
    const char *cx = x ? strstr(x, "/c") : NULL, *cy = y ? strstr(y, "/c") : NULL;
    const size_t n = cx ? strcspn(cx + 1, "/") : 0;
    const bool is = cx && cy && n == strcspn(cy + 1, "/") && !strncmp(cx + 1, cy + 1, n);
    free(x);
    free(y);
    return is;
}

/* "c-2c(=O)": a ring that is benzenoid in another tautomer. */
static bool is_quinoid(const char *smiles) {
    for (const char *c = smiles; (c = strchr(c, '-')) != NULL; c++)
        if (c > smiles && strchr("cn", c[-1]) && c[1] >= '1' && c[1] <= '9') return true;
    return false;
}

/* A list's acid where the name says its anion, an amine for its ammonium. */
static bool lacks_charge(const drawn *read, const drawn *listed) {
    return read->f.charge && !listed->f.charge && read->f.components == 1 &&
           listed->f.components == 1 && same_heavy_atoms(read, listed) && same_joints(read, listed);
}

/* A tautomer, other than those of a mobile hydrogen that chemists draw either way. */
static bool is_odd_tautomer(const drawn *read, const drawn *listed, const char *smiles) {
    const int more = read->f.elements[1] - listed->f.elements[1];
    if (read->f.components != listed->f.components || !same_heavy_atoms(read, listed) ||
        more != read->f.charge - listed->f.charge || !same_joints(read, listed))
        return false;
    return is_quinoid(smiles) || !same_block(read, listed);
}

/* Some centres are set and others left open, where the name sets all of them. */
static bool lacks_stereo(const drawn *read, const drawn *listed) {
    return !read->f.unset && !read->f.unset_bonds && listed->f.unset + listed->f.unset_bonds > 0 &&
           read->f.stereocentres + read->f.stereobonds >
               listed->f.stereocentres + listed->f.stereobonds;
}

/* A salt of which small inorganic parts are missing. An ester is no salt that lacks water. */
static bool lacks_part(const char *words, const drawn *read, const drawn *listed) {
    if (read->f.heavy == listed->f.heavy + 1 && !strcasestr(words, "hydr")) return false;
    if (read->f.components <= listed->f.components || read->f.metals != listed->f.metals ||
        read->f.elements[6] != listed->f.elements[6])
        return false;
    for (int e = 2; e <= MG_ELEMENTS; e++)
        if (read->f.elements[e] < listed->f.elements[e]) return false;
    return read->f.charge == 0;
}

/* "2,3-bis(4-hydroxyphenyl)propanenitrile" of a list that draws NAD: other elements, and at least
 * MANY atoms more or less. Short names have many meanings. */
static bool is_slip(const char *words, const drawn *read, const drawn *listed) {
    enum { MANY = 4, LONG_NAME = 12 };
    const int more = read->f.heavy - listed->f.heavy;
    if (strlen(words) < LONG_NAME || read->f.components != 1 || (more < MANY && more > -MANY))
        return false;
    for (int e = 2; e <= MG_ELEMENTS; e++)
        if (!read->f.elements[e] != !listed->f.elements[e]) return true;
    return false;
}

static bool overrules(const char *words, const drawn *read, const drawn *listed,
                      const char *read_smiles, const char *listed_smiles) {
    if (mg_same_but_stereo(read_smiles, listed_smiles)) return lacks_stereo(read, listed);
    return lacks_charge(read, listed) || lacks_part(words, read, listed) ||
           is_odd_tautomer(read, listed, listed_smiles) || is_slip(words, read, listed);
}

int mg_overruled(const char *words, const mg_name_hits *h, char **smiles, molglot_error *err) {
    drawn read = {0}, listed = {0};
    *smiles = NULL;
    if (!h->n || h->hit[0].how > MG_NAME_FOLDED) return MOLGLOT_OK;
    int code = mg_name_read(words, smiles, err);
    if (code || !*smiles) return code;
    bool is = strcmp(*smiles, h->hit[0].smiles) != 0;
    if (is) code = drawn_open(*smiles, &read, err);
    if (is && !code) code = drawn_open(h->hit[0].smiles, &listed, err);
    is = is && !code && read.mol && listed.mol &&
         overrules(words, &read, &listed, *smiles, h->hit[0].smiles);
    drawn_free(&read);
    drawn_free(&listed);
    if (!is) {
        free(*smiles);
        *smiles = NULL;
    }
    return code;
}
