/* rdkit_scores.cc - what scoring generated molecules asks of RDKit: Kekulised copies, Morgan
 * counts, scaffolds with their rings, BRICS pieces, descriptors (after mg_chem_init_scores, where
 * there are threads). Every entry catches all exceptions. Strings returned to C are malloc'ed.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/ChemTransforms/ChemTransforms.h>
#include <GraphMol/ChemTransforms/MolFragmenter.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <cstdlib>

using namespace RDKit;

namespace {

void fill_descriptors(const ROMol &mol, double *out) {
    double refractivity;
    Descriptors::calcCrippenDescriptors(mol, out[MG_DESC_LOGP], refractivity);
    out[MG_DESC_WEIGHT] = Descriptors::calcAMW(mol);
    out[MG_DESC_TPSA] = Descriptors::calcTPSA(mol);
    out[MG_DESC_ACCEPTORS] = Descriptors::calcNumHBA(mol);
    out[MG_DESC_DONORS] = Descriptors::calcNumHBD(mol);
    out[MG_DESC_ROTATABLE] = Descriptors::calcNumRotatableBonds(mol);
    out[MG_DESC_ALIPHATIC_RINGS] = Descriptors::calcNumAliphaticRings(mol);
    out[MG_DESC_AROMATIC_RINGS] = Descriptors::calcNumAromaticRings(mol);
}

int morgan_counts(const mg_mol *m, int radius, bool chiral, mg_environment **out, size_t *n,
                  molglot_error *err) {
    *out = nullptr;
    *n = 0;
    return mg_rdkit_guard(err, "fingerprint", [&] {
        std::unique_ptr<SparseIntVect<std::uint32_t>> counts(MorganFingerprints::getFingerprint(
            *m->mol, static_cast<unsigned>(radius), nullptr, nullptr, chiral));
        const auto &elements = counts->getNonzeroElements(); /* a map: ascending */
        *out = static_cast<mg_environment *>(std::malloc((elements.size() + 1) * sizeof **out));
        if (!*out) return mg_no_memory(err, "%zu environments", elements.size());
        for (const auto &element : elements) (*out)[(*n)++] = {element.first, element.second};
        return static_cast<int>(MOLGLOT_OK);
    });
}

} // namespace

extern "C" mg_mol *mg_mol_kekulised(const mg_mol *m) {
    try {
        std::unique_ptr<RWMol> copy(new RWMol(*m->mol));
        MolOps::Kekulize(*copy, false);
        return mg_rdkit_wrap(std::move(copy));
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}

extern "C" mg_mol *mg_mol_without(const mg_mol *m, int32_t atom) {
    try {
        std::unique_ptr<RWMol> copy(new RWMol(*m->mol));
        Atom *a = copy->getAtomWithIdx(static_cast<unsigned>(atom));
        a->setNumExplicitHs(a->getTotalNumHs());
        a->setNoImplicit(true);
        a->setAtomicNum(0);
        return mg_rdkit_wrap(std::move(copy));
    } catch (...) {
        mg_rdkit_caught();
        return nullptr;
    }
}

extern "C" bool mg_mol_aromatic(const mg_mol *m) {
    for (auto bond : m->mol->bonds())
        if (bond->getIsAromatic()) return true;
    return false;
}

extern "C" int mg_mol_morgan_counts(const mg_mol *m, int radius, mg_environment **out, size_t *n,
                                    molglot_error *err) {
    return morgan_counts(m, radius, false, out, n, err);
}

extern "C" int mg_mol_chiral_counts(const mg_mol *m, int radius, mg_environment **out, size_t *n,
                                    molglot_error *err) {
    return morgan_counts(m, radius, true, out, n, err);
}

extern "C" uint64_t mg_mol_composition(const mg_mol *m) {
    uint64_t sum = 0;
    for (auto atom : m->mol->atoms())
        if (atom->getAtomicNum() != 1)
            sum += mg_mix(0, static_cast<uint64_t>(atom->getAtomicNum()));
    return sum;
}

extern "C" char *mg_mol_ring_scaffold(const mg_mol *m, int min_rings) {
    return mg_rdkit_string([&] {
        std::unique_ptr<ROMol> core(MurckoDecompose(*m->mol));
        if (!core->getRingInfo()->isInitialized()) MolOps::findSSSR(*core);
        return core->getRingInfo()->numRings() < static_cast<unsigned>(min_rings)
                   ? std::string()
                   : MolToSmiles(*core);
    });
}

extern "C" char *mg_mol_brics(const mg_mol *m) {
    return mg_rdkit_string([&] {
        std::unique_ptr<ROMol> pieces(MolFragmenter::fragmentOnBRICSBonds(*m->mol));
        return MolToSmiles(*pieces);
    });
}

extern "C" int mg_mol_descriptors(const mg_mol *m, double *out, molglot_error *err) {
    int code = mg_rdkit_guard(err, "descriptors", [&] {
        fill_descriptors(*m->mol, out);
        return static_cast<int>(MOLGLOT_OK);
    });
    return code ? code : mg_mol_bertz(m, &out[MG_DESC_BERTZ], err);
}
