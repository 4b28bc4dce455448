/* rdkit_shapes.cc - descriptors of a molecule's skeleton and surface by RDKit: connectivity indices
 * chi, shape indices kappa, surface and its shares by partial charge (Gasteiger's, as PEOE_VSA has
 * them). For heads that learn properties. Names are those of RDKit's Python.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/ChemTransforms/ChemTransforms.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <cmath>

using namespace RDKit;

namespace {

/* No index that counts paths of three atoms and more: RDKit takes as long for them as for all else.
 */
const char *const names[] = {"Chi0v",      "Chi1v",        "Chi0n",      "Chi1n",      "Kappa1",
                             "HallKier",   "FractionCSP3", "LabuteASA",  "PEOE_VSA1",  "PEOE_VSA2",
                             "PEOE_VSA3",  "PEOE_VSA4",    "PEOE_VSA5",  "PEOE_VSA6",  "PEOE_VSA7",
                             "PEOE_VSA8",  "PEOE_VSA9",    "PEOE_VSA10", "PEOE_VSA11", "PEOE_VSA12",
                             "PEOE_VSA13", "PEOE_VSA14"};
static_assert(sizeof names / sizeof *names == MG_SHAPES, "chem.h says how many there are");

void fill_shapes(const ROMol &mol, double *out) {
    *out++ = Descriptors::calcChi0v(mol);
    *out++ = Descriptors::calcChi1v(mol);
    *out++ = Descriptors::calcChi0n(mol);
    *out++ = Descriptors::calcChi1n(mol);
    *out++ = Descriptors::calcKappa1(mol);
    *out++ = Descriptors::calcHallKierAlpha(mol);
    *out++ = Descriptors::calcFractionCSP3(mol);
    *out++ = Descriptors::calcLabuteASA(mol);
    for (double share : Descriptors::calcPEOE_VSA(mol)) *out++ = share;
}

} // namespace

extern "C" const char *mg_mol_shape_name(int i) { return names[i]; }

extern "C" char *mg_mol_plain_scaffold(const mg_mol *m) {
    return mg_rdkit_string([&] {
        std::unique_ptr<ROMol> core(MurckoDecompose(*m->mol));
        return MolToSmiles(*core, false);
    });
}

extern "C" int mg_mol_shapes(const mg_mol *m, double out[MG_SHAPES], molglot_error *err) {
    return mg_rdkit_guard(err, "descriptors", [&] {
        fill_shapes(*m->mol, out);
        for (int i = 0; i < MG_SHAPES; i++)
            if (!std::isfinite(out[i])) out[i] = 0;
        return static_cast<int>(MOLGLOT_OK);
    });
}
