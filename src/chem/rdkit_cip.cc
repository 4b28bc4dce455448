/* rdkit_cip.cc - R, S, E, Z by IUPAC's rules of 2013 (Hanson, Musacchio, Mayfield et al. 2018,
 * RDKit's CIPLabeler). RDKit's older labels, which it puts on every molecule that it reads, rank
 * some centres otherwise and turn sulfoxides round.
 */
#include "chem/rdkit_mol.h"

#include <mutex>
#include <pthread.h>

#if __has_include(<GraphMol/CIPLabeler/CIPLabeler.h>)
#include <GraphMol/CIPLabeler/CIPLabeler.h>
#else /* Debian 12 has the library without its header */
namespace RDKit::CIPLabeler {
void assignCIPLabels(ROMol &mol);
}
#endif

namespace {
/* The labeler keeps its rules, and what they remember while they compare, in statics: one thread at
 * a time. A child of fork gets the lock open. */
std::mutex lock;

void take() { lock.lock(); }
void give() { lock.unlock(); }

void watch_forks() {
    static std::once_flag once;
    std::call_once(once, [] { (void)pthread_atfork(take, give, give); });
}
} // namespace

bool mg_rdkit_cip(RDKit::ROMol &mol, unsigned most_atoms, unsigned most_rings) {
    if (mol.getNumAtoms() > most_atoms || mol.getRingInfo()->numRings() > most_rings) return false;
    watch_forks();
    const std::lock_guard<std::mutex> alone(lock);
    RDKit::CIPLabeler::assignCIPLabels(mol);
    return true;
}
