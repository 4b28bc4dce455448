/* inchi.c - the standard InChIKey of a molecule, through libinchi 1.03. libinchi keeps state in
 * globals, so every call holds one mutex (measured without it: 942 of 3,300 keys wrong with two
 * threads). The molecule goes over without coordinates: stereo is given as 0D parities made from
 * RDKit's tags.
 */
#include "chem/mol.h"
#include "chem/smiles/smiles.h"

#include <inchi_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { INCHI_MAX_ATOMS = 1023, KEY_BYTES = 28 };

static pthread_mutex_t inchi_lock = PTHREAD_MUTEX_INITIALIZER;

static bool terminal_oxide(const mg_mol_arrays *m, int32_t atom) {
    return m->atoms[atom].number == 8 && m->atoms[atom].charge == -1 && m->atoms[atom].degree == 1;
}

/* RDKit writes perchlorate and its kin with separated charges, [Cl+3]([O-])([O-])([O-])O; InChI
 * wants Cl(=O)(=O)(=O)O. */
static void join_halogen_charges(mg_mol_arrays *m) {
    for (int32_t i = 0; i < m->n_atoms; i++) {
        mg_atom *halogen = &m->atoms[i];
        bool halogen_cation = (halogen->number == 17 || halogen->number == 35 ||
                               halogen->number == 53) &&
                              halogen->charge > 0;
        for (int32_t k = m->offsets[i];
             halogen_cation && halogen->charge > 0 && k < m->offsets[i + 1]; k++) {
            if (!terminal_oxide(m, m->neighbours[k])) continue;
            m->bonds[m->neighbour_bonds[k]].order = MG_ORDER_DOUBLE;
            m->atoms[m->neighbours[k]].charge = 0;
            halogen->charge--;
        }
    }
}

static S_CHAR inchi_order(uint8_t order) {
    switch (order) {
    case MG_ORDER_DOUBLE: return INCHI_BOND_TYPE_DOUBLE;
    case MG_ORDER_TRIPLE: return INCHI_BOND_TYPE_TRIPLE;
    case MG_ORDER_AROMATIC: return INCHI_BOND_TYPE_ALTERN;
    default: return INCHI_BOND_TYPE_SINGLE;
    }
}

/* Each bond is written once, at its first atom. False when an atom has more bonds than InChI can
 * hold. */
static bool fill_atoms(const mg_mol_arrays *m, inchi_Atom *out) {
    for (int32_t i = 0; i < m->n_atoms; i++) {
        const mg_atom *a = &m->atoms[i];
        if (a->degree > MAXVAL) return false;
        strcpy(out[i].elname, mg_element_symbol(a->number));
        out[i].num_iso_H[0] = (S_CHAR)(a->hydrogens < 100 ? a->hydrogens : 100);
        out[i].isotopic_mass = (AT_NUM)(a->isotope < 1000 ? a->isotope : 0);
        out[i].charge = a->charge;
        out[i].radical = (S_CHAR)(a->radicals == 1   ? INCHI_RADICAL_DOUBLET
                                  : a->radicals == 2 ? INCHI_RADICAL_TRIPLET
                                                     : 0);
    }
    for (int32_t k = 0; k < m->n_bonds; k++) {
        inchi_Atom *a = &out[m->bonds[k].a];
        a->neighbor[a->num_bonds] = (AT_NUM)m->bonds[k].b;
        a->bond_type[a->num_bonds++] = inchi_order(m->bonds[k].order);
    }
    return true;
}

/* RDKit: CW means that, seen from the first neighbour, the others follow clockwise; a hydrogen
 * without an atom of its own counts as the last. InChI: even means clockwise seen from the first of
 * four; a missing neighbour is the centre, first. Moving the missing one from the last place to the
 * first is an odd permutation. */
static bool tetrahedral(const mg_mol_arrays *m, int32_t i, inchi_Stereo0D *out) {
    const mg_atom *a = &m->atoms[i];
    if ((a->chiral != MG_CHIRAL_CW && a->chiral != MG_CHIRAL_CCW) ||
        (a->degree != 3 && a->degree != 4))
        return false;
    bool clockwise = a->chiral == MG_CHIRAL_CW;
    int used = 0;
    if (a->degree == 3) {
        out->neighbor[used++] = (AT_NUM)i;
        clockwise = !clockwise;
    }
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++)
        out->neighbor[used++] = (AT_NUM)m->neighbours[k];
    out->central_atom = (AT_NUM)i;
    out->type = INCHI_StereoType_Tetrahedral;
    out->parity = clockwise ? INCHI_PARITY_EVEN : INCHI_PARITY_ODD;
    return true;
}

static bool double_bond(const mg_bond *b, inchi_Stereo0D *out) {
    bool same_side = b->stereo == MG_STEREO_Z || b->stereo == MG_STEREO_CIS;
    bool opposite = b->stereo == MG_STEREO_E || b->stereo == MG_STEREO_TRANS;
    if ((!same_side && !opposite) || b->stereo_a < 0 || b->stereo_b < 0) return false;
    out->neighbor[0] = (AT_NUM)b->stereo_a;
    out->neighbor[1] = (AT_NUM)b->a;
    out->neighbor[2] = (AT_NUM)b->b;
    out->neighbor[3] = (AT_NUM)b->stereo_b;
    out->central_atom = NO_ATOM;
    out->type = INCHI_StereoType_DoubleBond;
    out->parity = same_side ? INCHI_PARITY_ODD : INCHI_PARITY_EVEN;
    return true;
}

static AT_NUM fill_stereo(const mg_mol_arrays *m, inchi_Stereo0D *out) {
    AT_NUM n = 0;
    for (int32_t i = 0; i < m->n_atoms; i++) n = (AT_NUM)(n + tetrahedral(m, i, &out[n]));
    for (int32_t k = 0; k < m->n_bonds; k++) n = (AT_NUM)(n + double_bond(&m->bonds[k], &out[n]));
    return n;
}

/* Under the lock. key: KEY_BYTES. */
static bool ask_libinchi(inchi_Input *input, char *key) {
    inchi_Output output = {0};
    int code = GetStdINCHI(input, &output);
    bool ok = (code == inchi_Ret_OKAY || code == inchi_Ret_WARNING) && output.szInChI &&
              GetStdINCHIKeyFromStdINCHI(output.szInChI, key) == INCHIKEY_OK;
    FreeStdINCHI(&output);
    return ok;
}

char *mg_mol_inchikey(const mg_mol *m) {
    mg_mol_arrays arrays;
    if (mg_mol_arrays_get(m, true, &arrays, NULL)) return NULL;
    char *key = NULL, options[1] = "";
    inchi_Atom *atoms = NULL;
    inchi_Stereo0D *stereo = NULL;
    if (arrays.n_atoms > INCHI_MAX_ATOMS) goto done;
    join_halogen_charges(&arrays);
    atoms = calloc((size_t)arrays.n_atoms + 1, sizeof *atoms);
    stereo = calloc((size_t)arrays.n_atoms + (size_t)arrays.n_bonds + 1, sizeof *stereo);
    key = calloc(1, KEY_BYTES);
    if (!atoms || !stereo || !key || !fill_atoms(&arrays, atoms)) goto failed;
    inchi_Input input = {.atom = atoms,
                         .stereo0D = stereo,
                         .szOptions = options,
                         .num_atoms = (AT_NUM)arrays.n_atoms};
    input.num_stereo0D = fill_stereo(&arrays, stereo);
    pthread_mutex_lock(&inchi_lock);
    bool ok = ask_libinchi(&input, key);
    pthread_mutex_unlock(&inchi_lock);
    if (ok) goto done;
failed:
    free(key);
    key = NULL;
done:
    free(atoms);
    free(stereo);
    mg_mol_arrays_free(&arrays);
    return key;
}
