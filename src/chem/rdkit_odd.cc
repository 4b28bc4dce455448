/* rdkit_odd.cc - what a chemist would not expect in a molecule that nobody asked to be so:
 * unpaired electrons, isotopes, elements beyond the usual ones, several parts, and charges where
 * atoms seldom bear them.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/MolOps.h>

using namespace RDKit;

namespace {

/* H B C N O F Si P S Cl Se Br I */
bool is_usual(int number) {
    switch (number) {
    case 1:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 14:
    case 15:
    case 16:
    case 17:
    case 34:
    case 35:
    case 53: return true;
    default: return false;
    }
}

/* All but hydrogen, the noble gases and what stands to the right of the metalloids; 0 is a
 * wildcard. */
bool is_metal(int number) {
    static const int others[] = {0,  1,  2,  5,  6,  7,  8,  9,  10, 14, 15, 16,  17,
                                 18, 32, 33, 34, 35, 36, 52, 53, 54, 85, 86, 117, 118};
    for (int other : others)
        if (number == other) return false;
    return true;
}

bool has_neighbour(const ROMol &m, const Atom *a, bool (*is)(const Atom *)) {
    for (const auto *n : m.atomNeighbors(a))
        if (is(n)) return true;
    return false;
}

bool is_positive(const Atom *a) { return a->getFormalCharge() > 0; }

/* of an alkoxide */
bool is_alcohol_carbon(const Atom *a) {
    return a->getAtomicNum() == 6 && a->getHybridization() == Atom::SP3;
}

/* Charges that atoms bear in everyday molecules: ammonium, nitro, carboxylate, thiolate,
 * phosphonium, sulfonium, boronate, pyrylium, isocyanide, cyanide, azide, diazo. */
bool is_usual_charge(const ROMol &m, const Atom *a) {
    const int q = a->getFormalCharge(), n = a->getAtomicNum();
    if (q > 1 || q < -1) return false;
    switch (n) {
    case 5: return q < 0;
    case 6: /* [C-]#[N+], [C-]#N, C=[N+]=[N-] and its like */
        return q < 0 && (has_neighbour(m, a, is_positive) ||
                         (a->getDegree() == 1 && a->getTotalNumHs() == 0));
    case 7: return true;
    case 8: return q < 0 ? !has_neighbour(m, a, is_alcohol_carbon) : a->getIsAromatic();
    case 15:
    case 16:
    case 34: return true;
    default: return false;
    }
}

} // namespace

extern "C" unsigned mg_mol_odd(const mg_mol *m) {
    unsigned odd = 0;
    try {
        const ROMol &mol = *m->mol;
        for (const auto *a : mol.atoms()) {
            const int number = a->getAtomicNum();
            const bool metal = is_metal(number), alone = a->getDegree() == 0;
            if (metal) odd |= MG_ODD_METAL;
            if (!metal && !is_usual(number)) odd |= MG_ODD_ELEMENT;
            if (a->getIsotope()) odd |= MG_ODD_ISOTOPE;
            if (!metal && a->getNumRadicalElectrons()) odd |= MG_ODD_RADICAL;
            if (metal || !a->getFormalCharge()) continue;
            /* a halide or a hydron beside something else is a salt's */
            if (alone ? mol.getNumAtoms() == 1 : !is_usual_charge(mol, a)) odd |= MG_ODD_CHARGE;
        }
        std::vector<int> part;
        if (MolOps::getMolFrags(mol, part) > 1) odd |= MG_ODD_PARTS;
    } catch (...) {
        mg_rdkit_caught();
        return odd;
    }
    return odd;
}
