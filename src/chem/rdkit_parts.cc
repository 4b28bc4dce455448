/* rdkit_parts.cc - a molecule as plain atoms and bonds, with stereo labels, for those who name it.
 * Double bonds of aromatic rings are placed; that they are aromatic is told beside it. Every entry
 * catches all exceptions.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/MolOps.h>
#include <cctype>

using namespace RDKit;

namespace {

constexpr unsigned MOST_RINGS = 12; /* whose labels are computed */

char label_of(const Bond &bond) {
    switch (bond.getStereo()) {
    case Bond::STEREOE:
    case Bond::STEREOTRANS: return 'E';
    case Bond::STEREOZ:
    case Bond::STEREOCIS: return 'Z';
    default: return 0;
    }
}

bool take_apart(RWMol &mol, mg_parts *out) {
    if (mol.getNumAtoms() > MG_PARTS_ATOMS || mol.getNumBonds() > MG_PARTS_BONDS) return false;
    if (!mol.getRingInfo()->isInitialized()) MolOps::symmetrizeSSSR(mol);
    const bool newer = mg_rdkit_cip(mol, MG_PARTS_ATOMS, MOST_RINGS);
    MolOps::Kekulize(mol, false);
    *out = {};
    out->n = static_cast<int>(mol.getNumAtoms());
    out->m = static_cast<int>(mol.getNumBonds());
    for (auto atom : mol.atoms()) {
        mg_parts_atom &a = out->atom[atom->getIdx()];
        std::string cip;
        if (atom->getNumRadicalElectrons() || atom->getIsotope()) return false;
        a.number = static_cast<uint8_t>(atom->getAtomicNum());
        a.charge = static_cast<int8_t>(atom->getFormalCharge());
        a.hydrogens = static_cast<uint8_t>(atom->getTotalNumHs());
        a.ring = mol.getRingInfo()->numAtomRings(atom->getIdx()) > 0;
        const bool tagged = atom->getChiralTag() != Atom::CHI_UNSPECIFIED;
        if (atom->getPropIfPresent(common_properties::_CIPCode, cip))
            a.cip = static_cast<char>(std::toupper(static_cast<unsigned char>(cip[0])));
        else if (tagged)
            return false; /* stereo that has no label */
    }
    for (auto bond : mol.bonds()) {
        mg_parts_bond &b = out->bond[bond->getIdx()];
        b.a = static_cast<uint8_t>(bond->getBeginAtomIdx());
        b.b = static_cast<uint8_t>(bond->getEndAtomIdx());
        switch (bond->getBondType()) {
        case Bond::SINGLE: b.order = 1; break;
        case Bond::DOUBLE: b.order = 2; break;
        case Bond::TRIPLE: b.order = 3; break;
        default: return false;
        }
        b.aromatic = bond->getIsAromatic();
        b.ring = mol.getRingInfo()->numBondRings(bond->getIdx()) > 0;
        b.ez = label_of(*bond);
    }
    return newer || mol.getRingInfo()->numRings() > 0;
}

} // namespace

extern "C" bool mg_parts_of(const mg_mol *m, mg_parts *out) {
    try {
        RWMol copy(*m->mol);
        return take_apart(copy, out);
    } catch (...) {
        mg_rdkit_caught();
        return false;
    }
}

extern "C" bool mg_parts_of_sketch(const mg_sketch_atom *atoms, int n, const mg_sketch_bond *bonds,
                                   int m, mg_parts *out) {
    static const Bond::BondType types[] = {Bond::SINGLE, Bond::SINGLE, Bond::DOUBLE, Bond::TRIPLE};
    try {
        mg_rdkit_silence();
        RWMol mol;
        for (int i = 0; i < n; i++) {
            auto atom = std::make_unique<Atom>(atoms[i].number);
            atom->setIsotope(static_cast<unsigned>(atoms[i].isotope));
            atom->setFormalCharge(atoms[i].charge);
            mol.addAtom(atom.release(), false, true);
        }
        for (int i = 0; i < m; i++)
            mol.addBond(static_cast<unsigned>(bonds[i].a), static_cast<unsigned>(bonds[i].b),
                        types[bonds[i].order & 3]);
        MolOps::sanitizeMol(mol);
        return take_apart(mol, out);
    } catch (...) {
        mg_rdkit_caught();
        return false;
    }
}
