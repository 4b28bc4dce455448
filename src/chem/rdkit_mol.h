/* rdkit_mol.h - what the C++ files share: the molecule object and the wall that no C++ exception
 * crosses. */
#ifndef MG_CHEM_RDKIT_MOL_H
#define MG_CHEM_RDKIT_MOL_H

#include "chem/mol.h"

#include <GraphMol/GraphMol.h>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

struct mg_mol {
    std::unique_ptr<RDKit::RWMol> mol;
};

/* draw.cc: 2D coordinates into `mol`: CoordGen up to 100 atoms and 20 rings, RDKit's layout above.
 */
void mg_rdkit_layout(RDKit::RWMol &mol);

/* RDKit writes its complaints to stderr unless told otherwise (rdkit.cc). */
void mg_rdkit_silence();
/* Labels by the rules of 2013 (rdkit_cip.cc), which take long for large or caged molecules: false,
 * and the labels are as they were, beyond these sizes. Throws where it gives up. */
bool mg_rdkit_cip(RDKit::ROMol &mol, unsigned most_atoms, unsigned most_rings);

/* The object for C, counted among the living ones (rdkit.cc). */
mg_mol *mg_rdkit_wrap(std::unique_ptr<RDKit::RWMol> mol);

/* As where C++ is refused memory: who watches that (std::set_new_handler) hears of malloc, too. */
[[noreturn]] inline void mg_rdkit_lacks_memory() {
    if (const std::new_handler watcher = std::get_new_handler()) watcher();
    throw std::bad_alloc();
}

/* In a handler: counts an exception that says there is no memory (rdkit.cc). What becomes of it,
 * a molecule less or a value less, says nothing of why. */
void mg_rdkit_caught() noexcept;

/* The string that `work` gives, malloc'ed; NULL on any exception or lack of memory. */
template <typename Work>
char *mg_rdkit_string(Work &&work) {
    try {
        char *copy = strdup(std::string(work()).c_str());
        if (!copy) mg_rdkit_lacks_memory();
        return copy;
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}

/* Runs `work`, turning any exception into an error. */
template <typename Work>
int mg_rdkit_guard(molglot_error *err, const char *what, Work &&work) {
    try {
        return work();
    } catch (const std::bad_alloc &) {
        mg_rdkit_caught();
        return mg_no_memory(err, "%s", what);
    } catch (const std::exception &e) {
        return mg_fail(err, MOLGLOT_FAILED, "%s: %s", what, e.what());
    } catch (...) {
        return mg_fail(err, MOLGLOT_FAILED, "%s: unknown failure inside RDKit", what);
    }
}

#endif
