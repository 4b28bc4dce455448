/* inchi.c - the standard InChI and InChIKey of a molecule, and the molecule of an InChI, through
 * libinchi 1.03. libinchi keeps state in globals, so every call holds one mutex (measured without
 * it: 942 of 3,300 keys wrong with two threads). The molecule goes over without coordinates: stereo
 * is given as 0D parities made from RDKit's tags.
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

/* Under the lock: the key, or the InChI itself, malloc'ed. */
static char *ask_libinchi(inchi_Input *input, bool key) {
    inchi_Output output = {0};
    const int code = GetStdINCHI(input, &output);
    const bool ok = (code == inchi_Ret_OKAY || code == inchi_Ret_WARNING) && output.szInChI;
    char *out = !ok ? NULL : key ? calloc(1, KEY_BYTES) : strdup(output.szInChI);
    if (out && key && GetStdINCHIKeyFromStdINCHI(output.szInChI, out) != INCHIKEY_OK) {
        free(out);
        out = NULL;
    }
    FreeStdINCHI(&output);
    return out;
}

static char *write_inchi(const mg_mol *m, bool key) {
    mg_mol_arrays arrays;
    if (mg_mol_arrays_get(m, true, &arrays, NULL)) return NULL;
    char *out = NULL, options[1] = "";
    inchi_Atom *atoms = calloc((size_t)arrays.n_atoms + 1, sizeof *atoms);
    inchi_Stereo0D *stereo = calloc((size_t)arrays.n_atoms + (size_t)arrays.n_bonds + 1,
                                    sizeof *stereo);
    if (arrays.n_atoms <= INCHI_MAX_ATOMS) join_halogen_charges(&arrays);
    if (arrays.n_atoms <= INCHI_MAX_ATOMS && atoms && stereo && fill_atoms(&arrays, atoms)) {
        inchi_Input input = {.atom = atoms,
                             .stereo0D = stereo,
                             .szOptions = options,
                             .num_atoms = (AT_NUM)arrays.n_atoms};
        input.num_stereo0D = fill_stereo(&arrays, stereo);
        pthread_mutex_lock(&inchi_lock);
        out = ask_libinchi(&input, key);
        pthread_mutex_unlock(&inchi_lock);
    }
    free(atoms);
    free(stereo);
    mg_mol_arrays_free(&arrays);
    return out;
}

char *mg_mol_inchikey(const mg_mol *m) { return write_inchi(m, true); }
char *mg_mol_inchi(const mg_mol *m) { return write_inchi(m, false); }

/* ---- the molecule of an InChI ---- */

/* Its atoms and bonds, isotopes of hydrogen as atoms of their own. */
typedef struct structure {
    mg_atom *atoms;
    mg_bond *bonds;
    int32_t n_atoms, n_bonds;
} structure;

static uint8_t mg_order(S_CHAR type) {
    switch (type) {
    case INCHI_BOND_TYPE_DOUBLE: return MG_ORDER_DOUBLE;
    case INCHI_BOND_TYPE_TRIPLE: return MG_ORDER_TRIPLE;
    case INCHI_BOND_TYPE_ALTERN: return MG_ORDER_AROMATIC;
    default: return MG_ORDER_SINGLE;
    }
}

static uint16_t isotope(const inchi_Atom *a, int number) {
    if (a->isotopic_mass < ISOTOPIC_SHIFT_FLAG - ISOTOPIC_SHIFT_MAX)
        return (uint16_t)(a->isotopic_mass > 0 ? a->isotopic_mass : 0);
    const int mass = mg_element_mass(number) + a->isotopic_mass - ISOTOPIC_SHIFT_FLAG;
    return (uint16_t)(mass > 0 ? mass : 0);
}

static void add_bond(structure *to, int32_t a, int32_t b, uint8_t order) {
    to->bonds[to->n_bonds++] =
        (mg_bond){.a = a, .b = b, .stereo_a = -1, .stereo_b = -1, .order = order};
}

/* Hydrogens 1H, 2H and 3H that libinchi counts at their atom. */
static void add_isotopes(structure *to, const inchi_Atom *a, int32_t atom) {
    for (int mass = 1; mass <= NUM_H_ISOTOPES; mass++) {
        for (int k = 0; k < a->num_iso_H[mass]; k++) {
            to->atoms[to->n_atoms] = (mg_atom){.number = 1, .isotope = (uint16_t)mass};
            add_bond(to, atom, to->n_atoms++, MG_ORDER_SINGLE);
        }
    }
}

static bool take_atoms(const inchi_OutputStruct *from, structure *to) {
    size_t atoms = (size_t)from->num_atoms, bonds = 0;
    for (int i = 0; i < from->num_atoms; i++) {
        const inchi_Atom *a = &from->atom[i];
        bonds += (size_t)a->num_bonds;
        for (int mass = 1; mass <= NUM_H_ISOTOPES; mass++)
            atoms += (size_t)(a->num_iso_H[mass] > 0 ? a->num_iso_H[mass] : 0);
    }
    to->atoms = calloc(atoms + 1, sizeof *to->atoms);
    to->bonds = calloc(bonds + atoms + 1, sizeof *to->bonds);
    if (!to->atoms || !to->bonds) return false;
    to->n_atoms = from->num_atoms;
    for (int i = 0; i < from->num_atoms; i++) {
        const inchi_Atom *a = &from->atom[i];
        const int number = mg_element_number(a->elname, strlen(a->elname));
        if (number <= 0) return false;
        to->atoms[i] = (mg_atom){.number = (uint8_t)number,
                                 .charge = a->charge,
                                 .isotope = isotope(a, number),
                                 .hydrogens = (uint8_t)(a->num_iso_H[0] > 0 ? a->num_iso_H[0] : 0),
                                 .radicals = (uint8_t)(a->radical == INCHI_RADICAL_DOUBLET ? 1
                                                       : a->radical                        ? 2
                                                                                           : 0)};
        for (int k = 0; k < a->num_bonds; k++)
            if (a->neighbor[k] < i) add_bond(to, a->neighbor[k], i, mg_order(a->bond_type[k]));
    }
    for (int i = 0; i < from->num_atoms; i++) add_isotopes(to, &from->atom[i], i);
    return true;
}

/* Whether the second list is an odd permutation of the first. */
static bool odd(const int32_t from[4], int32_t to[4]) {
    bool swapped = false;
    for (int i = 0; i < 4; i++) {
        for (int k = i; k < 4; k++) {
            if (to[k] != from[i] || k == i) continue;
            const int32_t other = to[i];
            to[i] = to[k];
            to[k] = other;
            swapped = !swapped;
            break;
        }
    }
    return swapped;
}

/* The reverse of `tetrahedral`. */
static void take_centre(const inchi_Stereo0D *s, structure *to) {
    const int32_t centre = s->central_atom;
    int32_t given[4], order[4], n = 0;
    for (int k = 0; k < 4; k++) given[k] = s->neighbor[k];
    for (int32_t k = 0; k < to->n_bonds; k++) {
        const mg_bond *b = &to->bonds[k];
        if (n < 4 && (b->a == centre || b->b == centre)) order[n++] = b->a == centre ? b->b : b->a;
    }
    if (n < 3) return;
    if (n == 3) order[n++] = centre;
    for (int k = 0; k < 4; k++) { /* an isotope of hydrogen stands for the centre */
        int found = 0;
        for (int i = 0; i < 4; i++) found += given[i] == order[k];
        if (!found) order[k] = centre;
    }
    const bool clockwise = ((s->parity & 7) == INCHI_PARITY_EVEN) != odd(given, order);
    to->atoms[centre].chiral = clockwise ? MG_CHIRAL_CW : MG_CHIRAL_CCW;
}

static void take_double_bond(const inchi_Stereo0D *s, structure *to) {
    const int32_t a = s->neighbor[1], b = s->neighbor[2];
    for (int32_t k = 0; k < to->n_bonds; k++) {
        mg_bond *bond = &to->bonds[k];
        if (bond->order != MG_ORDER_DOUBLE || (bond->a != a && bond->a != b) ||
            (bond->b != a && bond->b != b))
            continue;
        bond->stereo_a = s->neighbor[bond->a == a ? 0 : 3];
        bond->stereo_b = s->neighbor[bond->a == a ? 3 : 0];
        bond->stereo = (s->parity & 7) == INCHI_PARITY_EVEN ? MG_STEREO_TRANS : MG_STEREO_CIS;
    }
}

static void take_stereo(const inchi_OutputStruct *from, structure *to) {
    for (int i = 0; i < from->num_stereo0D; i++) {
        const inchi_Stereo0D *s = &from->stereo0D[i];
        const int parity = s->parity & 7;
        bool inside = parity == INCHI_PARITY_ODD || parity == INCHI_PARITY_EVEN;
        for (int k = 0; k < 4; k++)
            inside &= s->neighbor[k] >= 0 && s->neighbor[k] < from->num_atoms;
        if (!inside) continue;
        if (s->type == INCHI_StereoType_Tetrahedral && s->central_atom >= 0 &&
            s->central_atom < from->num_atoms)
            take_centre(s, to);
        else if (s->type == INCHI_StereoType_DoubleBond)
            take_double_bond(s, to);
    }
}

/* The SMILES of an InChI, malloc'ed. */
static char *inchi_smiles(char *inchi, molglot_row_status *row) {
    char options[1] = "", *smiles = NULL;
    structure to = {0};
    inchi_InputINCHI input = {.szInChI = inchi, .szOptions = options};
    inchi_OutputStruct output = {0};
    pthread_mutex_lock(&inchi_lock);
    const int code = GetStructFromINCHI(&input, &output);
    if ((code != inchi_Ret_OKAY && code != inchi_Ret_WARNING) || output.num_atoms <= 0) {
        mg_row_refuse(row, -1, "libinchi cannot read this InChI%s%.60s",
                      output.szMessage && *output.szMessage ? ": " : "",
                      output.szMessage ? output.szMessage : "");
    } else if (!take_atoms(&output, &to)) {
        mg_row_refuse(row, -1, "out of memory for a molecule");
    } else {
        take_stereo(&output, &to);
    }
    FreeStructFromINCHI(&output);
    pthread_mutex_unlock(&inchi_lock);
    if (to.atoms && to.bonds && to.n_atoms > 0)
        smiles = mg_smiles_from_arrays(to.atoms, to.n_atoms, to.bonds, to.n_bonds, row);
    free(to.atoms);
    free(to.bonds);
    return smiles;
}

mg_mol *mg_mol_from_inchi(const char *inchi, size_t n, const mg_chem_limits *limits,
                          molglot_row_status *row) {
    const mg_chem_limits lim = limits ? *limits : mg_chem_limits_default();
    const size_t longest = 4 * (size_t)lim.max_chars;
    mg_notation_trim(&inchi, &n);
    if (n > longest) {
        mg_row_refuse(row, (int64_t)longest, "an InChI longer than %zu characters", longest);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (inchi[i] > ' ' && inchi[i] < 127) continue;
        mg_row_refuse(row, (int64_t)i, "blank or unknown character in an InChI");
        return NULL;
    }
    char *copy = strndup(inchi, n), *smiles = copy ? inchi_smiles(copy, row) : NULL;
    mg_mol *m = smiles ? mg_rdkit_read_smiles(smiles, strlen(smiles), limits, row) : NULL;
    if (!copy) mg_row_refuse(row, -1, "out of memory for a molecule");
    free(copy);
    free(smiles);
    return m;
}
