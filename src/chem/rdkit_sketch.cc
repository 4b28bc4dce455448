/* rdkit_sketch.cc - a molecule from plain atoms and bonds with the stereo labels that it is to
 * have: R, S at atoms, E, Z at bonds. Every entry catches all exceptions.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <GraphMol/Substruct/SubstructMatch.h>
#include <cctype>
#include <optional>
#include <set>

using namespace RDKit;

namespace {

/* RDKit's older rules rank some centres otherwise than IUPAC's; its newer ones take long for large
 * molecules, whose labels are not read then. */
constexpr unsigned MOST_ATOMS = 120;
void set_labels(ROMol &mol) { (void)mg_rdkit_cip(mol, MOST_ATOMS, MOST_ATOMS); }

struct labels {
    int r = 0, s = 0, e = 0, z = 0;
    bool operator==(const labels &o) const { return r == o.r && s == o.s && e == o.e && z == o.z; }
};

/* E, Z by the newer rules where they were asked, else by the older; 0: none. */
char label_of(const Bond &bond) {
    std::string cip;
    const auto stereo = bond.getStereo();
    if (stereo <= Bond::STEREOANY) return 0;
    if (bond.getPropIfPresent(common_properties::_CIPCode, cip) && (cip == "E" || cip == "Z"))
        return cip[0];
    return stereo == Bond::STEREOE || stereo == Bond::STEREOTRANS ? 'E' : 'Z';
}

labels labels_of(ROMol &mol) {
    labels out;
    set_labels(mol);
    for (auto atom : mol.atoms()) {
        std::string cip;
        if (atom->getPropIfPresent(common_properties::_CIPCode, cip))
            (cip == "R" || cip == "r" ? out.r : out.s) += 1;
    }
    for (auto bond : mol.bonds()) {
        const char label = label_of(*bond);
        out.e += label == 'E', out.z += label == 'Z';
    }
    return out;
}

/* The neighbour of highest rank at one end of a double bond; none where two are alike. */
std::optional<unsigned> highest(const ROMol &mol, const Atom &atom, const Bond &bond) {
    std::optional<unsigned> best;
    int best_rank = -1;
    unsigned n = 0;
    for (auto other : mol.atomNeighbors(&atom)) {
        if (other->getIdx() == bond.getOtherAtomIdx(atom.getIdx())) continue;
        unsigned rank = 0;
        if (!other->getPropIfPresent(common_properties::_CIPRank, rank)) return std::nullopt;
        if (static_cast<int>(rank) == best_rank) return std::nullopt;
        if (static_cast<int>(rank) > best_rank)
            best = other->getIdx(), best_rank = static_cast<int>(rank);
        n++;
    }
    return n && n + 1 + atom.getTotalNumHs() <= 3 && atom.getTotalNumHs() < 2 ? best : std::nullopt;
}

bool set_bond(RWMol &mol, Bond *bond, char ez) {
    const auto a = highest(mol, *bond->getBeginAtom(), *bond),
               b = highest(mol, *bond->getEndAtom(), *bond);
    if (bond->getBondType() != Bond::DOUBLE || !a || !b) return false;
    bond->setStereoAtoms(*a, *b);
    bond->setStereo(ez == 'E' ? Bond::STEREOE : Bond::STEREOZ);
    return true;
}

bool is_free(const ROMol &mol, const Bond &bond) {
    return bond.getBondType() == Bond::DOUBLE && !mol.getRingInfo()->numBondRings(bond.getIdx()) &&
           highest(mol, *bond.getBeginAtom(), bond) && highest(mol, *bond.getEndAtom(), bond);
}

struct labelled_bond {
    Bond *bond;
    char ez;
};

bool set_bonds(RWMol &mol, const std::vector<labelled_bond> &bonds) {
    for (const auto &one : bonds)
        if (!set_bond(mol, one.bond, one.ez)) return false;
    return true;
}

/* Turns double bonds that the newer rules label otherwise than the older, by which they were set.
 */
void turn_bonds(RWMol &mol, const std::vector<labelled_bond> &bonds) {
    set_labels(mol);
    for (const auto &one : bonds)
        if (label_of(*one.bond) != one.ez)
            one.bond->setStereo(one.bond->getStereo() == Bond::STEREOE ? Bond::STEREOZ
                                                                       : Bond::STEREOE);
}

/* Turns centres until each has its label; false: one cannot have it. */
bool set_atoms(RWMol &mol, const std::vector<char> &want, const std::vector<labelled_bond> &bonds) {
    for (int round = 0; round < 12; round++) {
        bool all = true;
        for (auto atom : mol.atoms()) atom->clearProp(common_properties::_CIPCode);
        MolOps::assignStereochemistry(mol, true, true);
        if (!set_bonds(mol, bonds)) return false; /* it forgets them */
        set_labels(mol);
        for (auto atom : mol.atoms()) {
            const char wanted = want[atom->getIdx()];
            std::string cip;
            if (!wanted) continue;
            if (!atom->getPropIfPresent(common_properties::_CIPCode, cip)) return false;
            if (std::toupper(static_cast<unsigned char>(cip[0])) == wanted) continue;
            atom->invertChirality();
            all = false;
        }
        if (all) return true;
    }
    return false;
}

/* The tag of a centre whose neighbours stand as near says; a hydrogen that is no atom counts as the
 * last one. */
bool set_centre(Atom &atom, const int near[4]) {
    INT_LIST bonds;
    int hydrogen = -1;
    for (int k = 0; k < 4; k++) {
        const Bond *bond = near[k] < 0 ? nullptr
                                       : atom.getOwningMol().getBondBetweenAtoms(
                                             atom.getIdx(), static_cast<unsigned>(near[k]));
        if (near[k] >= 0 && !bond) return false;
        if (bond)
            bonds.push_back(static_cast<int>(bond->getIdx()));
        else
            hydrogen = k;
    }
    const int swaps = atom.getPerturbationOrder(bonds) + (hydrogen < 0 ? 0 : 3 - hydrogen);
    atom.setChiralTag(swaps % 2 ? Atom::CHI_TETRAHEDRAL_CW : Atom::CHI_TETRAHEDRAL_CCW);
    return true;
}

/* Tin and lead of one or three bonds have four, "butylstannane"; RDKit would leave them with two.
 */
void fill_tin(RWMol &mol) {
    for (auto atom : mol.atoms()) {
        int orders = 0;
        if ((atom->getAtomicNum() != 50 && atom->getAtomicNum() != 82) || atom->getFormalCharge())
            continue;
        for (auto bond : mol.atomBonds(atom)) orders += bond->getBondType() == Bond::DOUBLE ? 2 : 1;
        if (orders != 1 && orders != 3) continue;
        atom->setNumExplicitHs(static_cast<unsigned>(4 - orders));
        atom->setNoImplicit(true);
    }
}

std::string sketched(const mg_sketch_atom *atoms, int n, const mg_sketch_bond *bonds, int m,
                     char any_cip, char any_ez) {
    RWMol mol;
    labels wanted;
    std::vector<char> want(static_cast<size_t>(n), 0);
    for (int i = 0; i < n; i++) {
        auto atom = std::make_unique<Atom>(atoms[i].number);
        atom->setIsotope(static_cast<unsigned>(atoms[i].isotope));
        atom->setFormalCharge(atoms[i].charge);
        mol.addAtom(atom.release(), false, true);
        want[static_cast<size_t>(i)] = atoms[i].cip;
    }
    static const Bond::BondType types[] = {Bond::SINGLE, Bond::SINGLE, Bond::DOUBLE, Bond::TRIPLE};
    for (int i = 0; i < m; i++)
        mol.addBond(static_cast<unsigned>(bonds[i].a), static_cast<unsigned>(bonds[i].b),
                    types[bonds[i].order & 3]);
    fill_tin(mol);
    MolOps::sanitizeMol(mol);
    MolOps::assignStereochemistry(mol, true, true, true);
    if (any_cip) {
        int found = 0;
        for (auto atom : mol.atoms())
            if (atom->hasProp(common_properties::_ChiralityPossible)) {
                if (atoms[atom->getIdx()].centre) continue;
                want[atom->getIdx()] = any_cip;
                found++;
            }
        if (found != 1) return {};
    }
    bool centres = false, placed = false;
    for (int i = 0; i < n; i++) {
        if (!atoms[i].centre || want[static_cast<size_t>(i)]) continue;
        if (!set_centre(*mol.getAtomWithIdx(static_cast<unsigned>(i)), atoms[i].near)) return {};
        placed = true;
    }
    for (auto atom : mol.atoms()) {
        const char one = want[atom->getIdx()];
        if (!one) continue;
        atom->setChiralTag(Atom::CHI_TETRAHEDRAL_CW);
        (one == 'R' ? wanted.r : wanted.s) += 1;
        centres = true;
    }
    std::vector<labelled_bond> known;
    if (any_ez) {
        int found = 0;
        for (auto bond : mol.bonds()) {
            if (!is_free(mol, *bond)) continue;
            known.push_back({bond, any_ez});
            found++;
        }
        if (found != 1) return {};
        (any_ez == 'E' ? wanted.e : wanted.z) += 1;
    }
    for (int i = 0; i < m; i++) {
        if (!bonds[i].ez) continue;
        Bond *bond = mol.getBondBetweenAtoms(static_cast<unsigned>(bonds[i].a),
                                             static_cast<unsigned>(bonds[i].b));
        known.push_back({bond, bonds[i].ez});
        (bonds[i].ez == 'E' ? wanted.e : wanted.z) += 1;
    }
    if (!set_bonds(mol, known) || (centres && mol.getNumAtoms() > MOST_ATOMS)) return {};
    if (centres && !set_atoms(mol, want, known)) return {};
    if (!known.empty()) turn_bonds(mol, known);
    const labels none;
    if (wanted == none && !placed) return MolToSmiles(mol);
    std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(mol)));
    if (!again) return {};
    if (placed && wanted == none) return MolToSmiles(*again);
    if (placed) wanted = labels_of(mol);
    if (!(labels_of(*again) == wanted)) return {};
    return MolToSmiles(*again);
}

/* Atoms that may be centres and are not set. */
std::vector<Atom *> open_centres(RWMol &mol, const ROMol *where) {
    std::vector<Atom *> out;
    std::set<int> meant;
    if (where)
        for (const auto &match : SubstructMatch(mol, *where)) meant.insert(match.front().second);
    for (auto atom : mol.atoms())
        if (atom->hasProp(common_properties::_ChiralityPossible) &&
            atom->getChiralTag() == Atom::CHI_UNSPECIFIED &&
            (!where || meant.count(static_cast<int>(atom->getIdx()))))
            out.push_back(atom);
    return out;
}

/* Every way to set some centres; the one whose molecule has `wanted` labels. */
std::string set_all(RWMol &mol, const std::vector<Atom *> &centres, const labels &wanted) {
    for (unsigned way = 0; way < 1u << centres.size(); way++) {
        for (size_t i = 0; i < centres.size(); i++)
            centres[i]->setChiralTag(way >> i & 1 ? Atom::CHI_TETRAHEDRAL_CW
                                                  : Atom::CHI_TETRAHEDRAL_CCW);
        std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(mol)));
        if (again && labels_of(*again) == wanted) return MolToSmiles(*again);
    }
    return {};
}

std::string labelled(const char *smiles, char label, bool all, const char *where) {
    const std::unique_ptr<ROMol> meant(where ? SmartsToMol(where) : nullptr);
    if (where && !meant) return {};
    std::unique_ptr<RWMol> mol(SmilesToMol(smiles));
    if (!mol || mol->getNumAtoms() > MOST_ATOMS) return {};
    labels wanted = labels_of(*mol);
    MolOps::assignStereochemistry(*mol, true, true, true);
    if (label == 'R' || label == 'S') {
        const auto centres = open_centres(*mol, meant.get());
        if (centres.empty() || centres.size() > (all ? 4 : 1)) return {};
        (label == 'R' ? wanted.r : wanted.s) += static_cast<int>(centres.size());
        return set_all(*mol, centres, wanted);
    }
    std::vector<Bond *> open;
    for (auto bond : mol->bonds())
        if (bond->getStereo() <= Bond::STEREOANY && is_free(*mol, *bond)) open.push_back(bond);
    if (open.empty() || (open.size() > 1 && !all)) return {};
    for (auto bond : open)
        if (!set_bond(*mol, bond, label)) return {};
    (label == 'E' ? wanted.e : wanted.z) += static_cast<int>(open.size());
    std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(*mol)));
    return again && labels_of(*again) == wanted ? MolToSmiles(*again) : std::string();
}

} // namespace

extern "C" char *mg_smiles_labelled(const char *smiles, char label, bool all, const char *where) {
    try {
        mg_rdkit_silence();
        const std::string s = labelled(smiles, label, all, where);
        return s.empty() ? nullptr : strdup(s.c_str());
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}

extern "C" char *mg_smiles_of_sketch(const mg_sketch_atom *atoms, int n,
                                     const mg_sketch_bond *bonds, int m, char any_cip,
                                     char any_ez) {
    try {
        mg_rdkit_silence();
        const std::string s = sketched(atoms, n, bonds, m, any_cip, any_ez);
        return s.empty() ? nullptr : strdup(s.c_str());
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}
