/* rdkit_motif.cc - what motifs ask of RDKit: pieces cut out of a molecule and made whole again,
 * their symmetry, and whether a molecule that is being put together may be.
 *
 * A piece is written as SMILES with double bonds in place, read without sanitising, stripped of all
 * but elements, charges and numbers, and goes once more through a SMILES that is sanitised: so
 * hydrogens fill what was cut, and double bonds stand where RDKit puts them in such a piece.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <GraphMol/new_canon.h>

using namespace RDKit;

namespace {

Bond::BondType type_of(uint8_t order) {
    return order == MG_ORDER_DOUBLE   ? Bond::DOUBLE
           : order == MG_ORDER_TRIPLE ? Bond::TRIPLE
                                      : Bond::SINGLE;
}

SmilesParserParams parsing(bool sanitize) {
    SmilesParserParams p;
    p.sanitize = p.removeHs = sanitize;
    p.allowCXSMILES = p.parseName = false;
    return p;
}

/* Elements, charges, numbers, bonds. */
std::unique_ptr<RWMol> bare_copy(const ROMol &m) {
    std::unique_ptr<RWMol> out(new RWMol);
    for (auto atom : m.atoms()) {
        auto *copy = new Atom(atom->getAtomicNum());
        copy->setFormalCharge(atom->getFormalCharge());
        copy->setAtomMapNum(atom->getAtomMapNum());
        out->addAtom(copy, false, true);
    }
    for (auto bond : m.bonds())
        out->addBond(bond->getBeginAtomIdx(), bond->getEndAtomIdx(), bond->getBondType());
    return out;
}

void place_double_bonds(RWMol &m) { MolOps::Kekulize(m, true); }

std::unique_ptr<RWMol> cut_out(const ROMol &m, const int32_t *atoms, int32_t n) {
    std::vector<int> which(atoms, atoms + n);
    const std::string first = MolFragmentToSmiles(m, which, nullptr, nullptr, nullptr, true, true);
    std::unique_ptr<RWMol> rough(SmilesToMol(first, parsing(false)));
    if (!rough) return nullptr;
    const std::string second = MolToSmiles(*bare_copy(*rough), true, true);
    std::unique_ptr<RWMol> out(SmilesToMol(second, parsing(true)));
    if (out) place_double_bonds(*out);
    return out;
}

void fill_cut(const ROMol &m, mg_cut *out) {
    for (auto atom : m.atoms()) {
        const int32_t i = out->n_atoms++;
        out->number[i] = static_cast<uint8_t>(atom->getAtomicNum());
        out->charge[i] = static_cast<int8_t>(atom->getFormalCharge());
        out->origin[i] = atom->getAtomMapNum() - 1;
    }
    for (auto bond : m.bonds()) {
        auto &b = out->bonds[out->n_bonds++];
        b.a = static_cast<uint8_t>(bond->getBeginAtomIdx());
        b.b = static_cast<uint8_t>(bond->getEndAtomIdx());
        b.order = bond->getBondType() == Bond::DOUBLE   ? MG_ORDER_DOUBLE
                  : bond->getBondType() == Bond::TRIPLE ? MG_ORDER_TRIPLE
                  : bond->getBondType() == Bond::SINGLE ? MG_ORDER_SINGLE
                                                        : MG_ORDER_OTHER;
    }
}

} // namespace

extern "C" mg_mol *mg_mol_to_cut(const mg_mol *m, molglot_row_status *row) {
    if (mg_mol_atoms(m) > MG_CUT_ATOMS) {
        mg_row_refuse(row, -1, "more than %d atoms", static_cast<int>(MG_CUT_ATOMS));
        return nullptr;
    }
    try {
        std::unique_ptr<RWMol> copy(new RWMol(*m->mol));
        place_double_bonds(*copy);
        for (auto atom : copy->atoms()) atom->setAtomMapNum(static_cast<int>(atom->getIdx()) + 1);
        return mg_rdkit_wrap(std::move(copy));
    } catch (...) {
        mg_rdkit_caught();
        mg_row_refuse(row, -1, "double bonds have no place");
        return nullptr;
    }
}

extern "C" int mg_mol_cut(const mg_mol *to_cut, const int32_t *atoms, int32_t n, bool ranks,
                          mg_cut *out, molglot_row_status *row) {
    std::memset(out, 0, sizeof *out);
    try {
        std::unique_ptr<RWMol> piece(cut_out(*to_cut->mol, atoms, n));
        if (!piece || piece->getNumAtoms() != static_cast<unsigned>(n) ||
            piece->getNumBonds() > MG_CUT_BONDS)
            return mg_row_refuse(row, -1, "a piece of it is no molecule");
        fill_cut(*piece, out);
        for (int32_t i = 0; i < n; i++)
            if (out->origin[i] < 0) return mg_row_refuse(row, -1, "a piece of it is no molecule");
        if (!ranks) return MOLGLOT_OK;
        for (auto atom : piece->atoms()) atom->setAtomMapNum(0);
        std::vector<unsigned> rank;
        Canon::rankMolAtoms(*piece, rank, false);
        for (int32_t i = 0; i < n; i++)
            out->rank[i] = static_cast<int32_t>(rank[static_cast<size_t>(i)]);
        return MOLGLOT_OK;
    } catch (const std::bad_alloc &) {
        mg_rdkit_caught();
        return mg_row_refuse(row, -1, "out of memory for a molecule");
    } catch (...) {
        mg_rdkit_caught();
        return mg_row_refuse(row, -1, "a piece of it is no molecule");
    }
}

extern "C" mg_mol *mg_mol_of_parts(const mg_atom *atoms, int32_t n_atoms, const mg_bond *bonds,
                                   int32_t n_bonds) {
    mg_rdkit_silence();
    try {
        std::unique_ptr<RWMol> mol(new RWMol);
        for (int32_t i = 0; i < n_atoms; i++) {
            auto *atom = new Atom(atoms[i].number);
            atom->setFormalCharge(atoms[i].charge);
            mol->addAtom(atom, false, true);
        }
        for (int32_t k = 0; k < n_bonds; k++)
            mol->addBond(static_cast<unsigned>(bonds[k].a), static_cast<unsigned>(bonds[k].b),
                         type_of(bonds[k].order));
        MolOps::sanitizeMol(*mol);
        return mg_rdkit_wrap(std::move(mol));
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}
