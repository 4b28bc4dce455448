/* rdkit_cip.cc - R, S, E, Z by IUPAC's rules of 2013 (Hanson, Musacchio, Mayfield et al. 2018,
 * RDKit's CIPLabeler). RDKit's older labels, which it puts on every molecule that it reads, rank
 * some centres otherwise and turn sulfoxides round.
 */
#include "chem/rdkit_mol.h"

#if __has_include(<GraphMol/CIPLabeler/CIPLabeler.h>)
#include <GraphMol/CIPLabeler/CIPLabeler.h>
#else /* Debian 12 has the library without its header */
namespace RDKit::CIPLabeler {
void assignCIPLabels(ROMol &mol);
}
#endif

bool mg_rdkit_cip(RDKit::ROMol &mol, unsigned most_atoms, unsigned most_rings) {
    if (mol.getNumAtoms() > most_atoms || mol.getRingInfo()->numRings() > most_rings) return false;
    RDKit::CIPLabeler::assignCIPLabels(mol);
    return true;
}
