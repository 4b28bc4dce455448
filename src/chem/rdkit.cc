/* rdkit.cc - RDKit behind C: parsing, writing, fingerprints, and one bulk copy of a molecule into
 * arrays (mol.h). Every entry catches all exceptions. Strings returned to C are malloc'ed.
 */
#include "chem/rdkit_mol.h"

#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/ChemTransforms/ChemTransforms.h>
#include <GraphMol/Chirality.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/Fingerprints/Fingerprints.h>
#include <GraphMol/Fingerprints/MACCS.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <numeric>
#include <string>

using namespace RDKit;

namespace {

std::atomic<long> live_molecules{0}, refusals{0};

SmilesParserParams parser_params(bool sanitize) {
    SmilesParserParams params;
    params.sanitize = params.removeHs = sanitize;
    params.allowCXSMILES = params.parseName = false;
    return params;
}

/* The atom that a sanitisation error is about, as numbered when it was thrown; -1 when it names
 * none. */
int complained_atom(const MolSanitizeException &e) {
    if (auto *atom = dynamic_cast<const AtomSanitizeException *>(&e))
        return static_cast<int>(atom->getAtomIdx());
    auto *kekulize = dynamic_cast<const KekulizeException *>(&e);
    if (kekulize && !kekulize->getAtomIndices().empty())
        return static_cast<int>(kekulize->getAtomIndices()[0]);
    return -1;
}

/* Sanitisation counts atoms after plain hydrogens were merged away: repeats that merging to find
 * the atom as written. */
int written_atom(const std::string &smiles, int after_merging) {
    std::unique_ptr<RWMol> mol(SmilesToMol(smiles, parser_params(false)));
    if (!mol) return -1;
    for (auto atom : mol->atoms())
        atom->setProp<int>("mg_written", static_cast<int>(atom->getIdx()));
    MolOps::removeHs(*mol, false, true, false);
    if (after_merging < 0 || after_merging >= static_cast<int>(mol->getNumAtoms())) return -1;
    return mol->getAtomWithIdx(static_cast<unsigned>(after_merging))->getProp<int>("mg_written");
}

/* What is wrong, without RDKit's numbers of atoms. */
std::string plain_reason(const MolSanitizeException &e) {
    if (dynamic_cast<const KekulizeException *>(&e))
        return "an aromatic ring that cannot have alternating bonds (a hydrogen on n missing?)";
    std::string reason = e.what();
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    char symbol[8];
    int valence;
    if (std::sscanf(reason.c_str(), "Explicit valence for atom # %*d %3[A-Za-z], %d", symbol,
                    &valence) == 2)
        return std::string(symbol) + " with valence " + std::to_string(valence) +
               ": too many bonds";
    if (reason.rfind("non-ring atom", 0) == 0) return "an aromatic atom that is in no ring";
    return reason;
}

void refuse_unsanitary(const std::string &smiles, const MolSanitizeException &e,
                       molglot_row_status *row) {
    int written = -1;
    try {
        int atom = complained_atom(e);
        if (atom >= 0) written = written_atom(smiles, atom);
    } catch (...) {
        mg_rdkit_caught();
        written = -1; /* the reason stands without a place */
    }
    int64_t offset = written < 0 ? -1
                                 : mg_smiles_atom_offset(smiles.data(), smiles.size(), written);
    mg_row_refuse(row, offset, "%s", plain_reason(e).c_str());
}

template <typename Parse>
mg_mol *parse_or_refuse(molglot_row_status *row, const char *what, const std::string &smiles,
                        Parse &&parse) {
    mg_rdkit_silence();
    try {
        std::unique_ptr<RWMol> mol(parse());
        if (!mol) {
            if (smiles.empty() || !mg_smiles_diagnose(smiles.data(), smiles.size(), row)) {
                mg_row_refuse(row, -1, "RDKit cannot read this %s", what);
            }
            return nullptr;
        }
        if (mol->getNumAtoms() == 0) {
            mg_row_refuse(row, 0, "no atoms");
            return nullptr;
        }
        mg_row_accept(row);
        return mg_rdkit_wrap(std::move(mol));
    } catch (const MolSanitizeException &e) {
        refuse_unsanitary(smiles, e, row);
    } catch (const std::bad_alloc &) {
        mg_rdkit_caught();
        mg_row_refuse(row, -1, "out of memory for a molecule");
    } catch (const Invar::Invariant &e) {
        const std::string what = e.what();
        const bool number = what.find("dx") != std::string::npos;
        mg_row_refuse(row, -1, "%s",
                      number ? "a bond or a property names an atom that is not there"
                             : what.c_str());
    } catch (const std::exception &e) {
        mg_row_refuse(row, -1, "%s", e.what());
    } catch (...) {
        mg_row_refuse(row, -1, "unknown failure inside RDKit");
    }
    return nullptr;
}

} // namespace

/* Once per process: no complaints on stderr, and the perception of stereo that the models were
 * trained with, whatever the environment says (RDK_USE_LEGACY_STEREO_PERCEPTION and its kin). */
void mg_rdkit_silence() {
    static const bool done = (boost::logging::disable_logs("rdApp.*"),
                              Chirality::setUseLegacyStereoPerception(true),
                              Chirality::setAllowNontetrahedralChirality(true), true);
    (void)done;
}

mg_mol *mg_rdkit_wrap(std::unique_ptr<RWMol> mol) {
    auto *out = new mg_mol{std::move(mol)};
    live_molecules++;
    return out;
}

extern "C" const char *mg_chem_version(void) {
    static const std::string text = std::string("RDKit ") + rdkitVersion;
    return text.c_str();
}

/* ---- reading ---- */

namespace {

/* ---- donors drawn with single bonds ---- */

bool is_metal(int number) {
    static const int others[] = {0,  1,  2,  5,  6,  7,  8,  9,  10, 14, 15, 16, 17,
                                 18, 32, 33, 34, 35, 36, 51, 52, 53, 54, 85, 86};
    return std::find(std::begin(others), std::end(others), number) == std::end(others);
}

/* Bonds that the atom may have beyond what it is written with; below 0: too many. */
int room(const Atom &a) {
    double used = a.getNumExplicitHs();
    for (auto bond : a.getOwningMol().atomBonds(&a)) used += bond->getValenceContrib(&a);
    const int most = a.getAtomicNum() == 7    ? 3
                     : a.getAtomicNum() == 8  ? 2
                     : a.getAtomicNum() == 15 ? 5
                     : a.getAtomicNum() == 16 ? 6
                     : a.getAtomicNum() == 6  ? 4
                                              : 99;
    return most + (a.getAtomicNum() == 6 ? 0 : a.getFormalCharge()) - static_cast<int>(used);
}

/* O#C-M is [O+]#[C-]->M. */
bool charge_carbonyl(Atom &oxygen) {
    if (oxygen.getAtomicNum() != 8 || oxygen.getDegree() != 1 || oxygen.getFormalCharge())
        return false;
    ROMol &mol = oxygen.getOwningMol();
    for (auto bond : mol.atomBonds(&oxygen)) {
        Atom *carbon = bond->getOtherAtom(&oxygen);
        if (bond->getBondType() != Bond::TRIPLE || carbon->getAtomicNum() != 6) continue;
        oxygen.setFormalCharge(1);
        carbon->setFormalCharge(-1);
        for (auto other : mol.atomBonds(carbon)) {
            Atom *metal = other->getOtherAtom(carbon);
            if (!is_metal(metal->getAtomicNum())) continue;
            other->setBondType(Bond::DATIVE);
            other->setBeginAtomIdx(carbon->getIdx());
            other->setEndAtomIdx(metal->getIdx());
        }
        return true;
    }
    return false;
}

/* An atom with too many bonds gives its pair to a metal, or to boron as charges. */
bool give_pairs(RWMol &mol) {
    bool changed = false;
    for (auto atom : mol.atoms()) {
        if (room(*atom) >= 0) continue;
        if (charge_carbonyl(*atom)) changed = true;
        for (auto bond : mol.atomBonds(atom)) {
            Atom *other = bond->getOtherAtom(atom);
            if (room(*atom) >= 0 || bond->getBondType() != Bond::SINGLE) continue;
            if (is_metal(other->getAtomicNum()) && !is_metal(atom->getAtomicNum())) {
                bond->setBondType(Bond::DATIVE);
                bond->setBeginAtomIdx(atom->getIdx());
                bond->setEndAtomIdx(other->getIdx());
                changed = true;
            } else if (other->getAtomicNum() == 5 && !other->getFormalCharge() &&
                       (atom->getAtomicNum() == 7 || atom->getAtomicNum() == 8) &&
                       other->getDegree() + other->getNumExplicitHs() == 4) {
                atom->setFormalCharge(atom->getFormalCharge() + 1);
                other->setFormalCharge(-1);
                changed = true;
            }
        }
    }
    return changed;
}

/* What `parse` reads; where an atom has too many bonds, once more with donors' bonds made dative.
 */
template <typename Parse>
RWMol *with_donors(Parse &&parse) {
    try {
        return parse(true);
    } catch (const MolSanitizeException &) {
        std::unique_ptr<RWMol> mol(parse(false));
        if (!mol || !give_pairs(*mol)) throw;
        MolOps::removeHs(*mol);
        MolOps::assignStereochemistry(*mol, true, true);
        return mol.release();
    }
}

/* What may hold a bond of no known order: a metal, boron, a wildcard. */
bool holds_loosely(const Atom &a) {
    return a.getAtomicNum() == 0 || a.getAtomicNum() == 5 || is_metal(a.getAtomicNum());
}

/* Why what RDKit has read is not one molecule; NULL where it is. It keeps the first of an atom
 * list, any atom for "a halogen", and an open order for "single or double". A wildcard is none of
 * these.
 */
const char *not_one_molecule(const ROMol &mol) {
    for (auto atom : mol.atoms())
        if (atom->hasQuery() &&
            (atom->getAtomicNum() > 0 || atom->getQuery()->getDescription() == "AtomOr"))
            return "a query (an atom list, or an atom of a kind), not one molecule";
    for (auto bond : mol.bonds()) {
        const auto type = bond->getBondType();
        const bool open = type == Bond::UNSPECIFIED || type == Bond::ZERO;
        if (bond->hasQuery() && (!open || bond->getQuery()->getDescription() != "BondNull"))
            return "a query (a bond of several kinds), not one molecule";
        if (open && !holds_loosely(*bond->getBeginAtom()) && !holds_loosely(*bond->getEndAtom()))
            return "a bond of any order (~), not one molecule";
        if (type == Bond::AROMATIC && !bond->getIsAromatic() &&
            !mol.getRingInfo()->numBondRings(bond->getIdx()))
            return "an aromatic bond that is in no ring";
    }
    return nullptr;
}

/* The molecule, or a refusal where it is not one. */
mg_mol *take_one(mg_mol *mol, molglot_row_status *row) {
    const char *reason = mol ? not_one_molecule(*mol->mol) : nullptr;
    if (!reason) return mol;
    mg_mol_free(mol);
    mg_row_refuse(row, -1, "%s", reason);
    return nullptr;
}

Bond::BondType bond_type(uint8_t order) {
    return order == MG_ORDER_DOUBLE     ? Bond::DOUBLE
           : order == MG_ORDER_TRIPLE   ? Bond::TRIPLE
           : order == MG_ORDER_AROMATIC ? Bond::AROMATIC
                                        : Bond::SINGLE;
}

/* What the arrays say, not yet sanitised. */
RWMol *build(const mg_atom *atoms, int32_t n_atoms, const mg_bond *bonds, int32_t n_bonds) {
    std::unique_ptr<RWMol> mol(new RWMol);
    for (int32_t i = 0; i < n_atoms; i++) {
        auto *atom = new Atom(atoms[i].number);
        atom->setFormalCharge(atoms[i].charge);
        atom->setIsotope(atoms[i].isotope);
        atom->setNumExplicitHs(atoms[i].hydrogens);
        atom->setNumRadicalElectrons(atoms[i].radicals);
        atom->setNoImplicit(true);
        if (atoms[i].chiral == MG_CHIRAL_CW) atom->setChiralTag(Atom::CHI_TETRAHEDRAL_CW);
        if (atoms[i].chiral == MG_CHIRAL_CCW) atom->setChiralTag(Atom::CHI_TETRAHEDRAL_CCW);
        mol->addAtom(atom, true, true);
    }
    for (int32_t k = 0; k < n_bonds; k++)
        mol->addBond(static_cast<unsigned>(bonds[k].a), static_cast<unsigned>(bonds[k].b),
                     bond_type(bonds[k].order));
    for (int32_t k = 0; k < n_bonds; k++) {
        if (bonds[k].stereo != MG_STEREO_CIS && bonds[k].stereo != MG_STEREO_TRANS) continue;
        Bond *bond = mol->getBondWithIdx(static_cast<unsigned>(k));
        bond->setStereoAtoms(static_cast<unsigned>(bonds[k].stereo_a),
                             static_cast<unsigned>(bonds[k].stereo_b));
        bond->setStereo(bonds[k].stereo == MG_STEREO_CIS ? Bond::STEREOCIS : Bond::STEREOTRANS);
    }
    return mol.release();
}

} // namespace

extern "C" mg_mol *mg_rdkit_read_smiles(const char *smiles, size_t n, const mg_chem_limits *limits,
                                        molglot_row_status *row) {
    if (mg_smiles_prescan(smiles, n, limits, row)) return nullptr;
    std::string text;
    try {
        text.assign(smiles, n);
    } catch (...) {
        mg_rdkit_caught();
        mg_row_refuse(row, -1, "out of memory for a molecule");
        return nullptr;
    }
    mg_mol *mol = parse_or_refuse(row, "SMILES", text, [&] {
        return with_donors(
            [&](bool sanitize) { return SmilesToMol(text, parser_params(sanitize)); });
    });
    return take_one(mol, row);
}

extern "C" int mg_element_mass(int number) {
    return static_cast<int>(std::lround(PeriodicTable::getTable()->getAtomicWeight(number)));
}

extern "C" char *mg_smiles_from_arrays(const mg_atom *atoms, int32_t n_atoms, const mg_bond *bonds,
                                       int32_t n_bonds, molglot_row_status *row) {
    char *smiles = nullptr;
    mg_mol *mol = parse_or_refuse(row, "InChI", std::string(), [&] {
        std::unique_ptr<RWMol> built(build(atoms, n_atoms, bonds, n_bonds));
        MolOps::sanitizeMol(*built);
        MolOps::setDoubleBondNeighborDirections(*built);
        MolOps::assignStereochemistry(*built, true, true);
        return built.release();
    });
    if (mol) smiles = mg_mol_smiles(mol, true);
    mg_mol_free(mol);
    if (mol && !smiles) mg_row_refuse(row, -1, "RDKit cannot write the molecule of this InChI");
    return smiles;
}

extern "C" mg_mol *mg_mol_from_molblock(const char *block, size_t n, const mg_chem_limits *limits,
                                        molglot_row_status *row) {
    if (mg_molblock_prescan(block, n, limits, row)) return nullptr;
    mg_mol *mol = parse_or_refuse(row, "molblock", std::string(), [&] {
        const std::string text(block, n);
        return with_donors([&](bool sanitize) { return MolBlockToMol(text, sanitize, sanitize); });
    });
    return take_one(mol, row);
}

extern "C" void mg_mol_free(mg_mol *m) {
    if (!m) return;
    delete m;
    live_molecules--;
}

extern "C" long mg_mol_live(void) { return live_molecules; }

void mg_rdkit_caught() noexcept {
    try {
        throw;
    } catch (const std::bad_alloc &) {
        refusals++;
    } catch (...) { /* something else */
    }
}
extern "C" long mg_chem_refusals(void) { return refusals; }
extern "C" int mg_mol_atoms(const mg_mol *m) { return static_cast<int>(m->mol->getNumAtoms()); }

/* ---- writing ---- */

extern "C" char *mg_mol_smiles(const mg_mol *m, bool isomeric) {
    return mg_rdkit_string([&] { return MolToSmiles(*m->mol, isomeric); });
}

extern "C" char *mg_mol_smiles_order(const mg_mol *m, int32_t *order) {
    return mg_rdkit_string([&] {
        const std::string smiles = MolToSmiles(*m->mol);
        std::vector<unsigned> written;
        m->mol->getProp(common_properties::_smilesAtomOutputOrder, written);
        std::copy(written.begin(), written.end(), order);
        return smiles;
    });
}

/* A shuffled copy written in its own atom order: RDKit's doRandom would share one generator between
 * threads. */
extern "C" char *mg_mol_smiles_random(const mg_mol *m, uint64_t seed) {
    return mg_rdkit_string([&] {
        std::vector<unsigned> order(m->mol->getNumAtoms());
        std::iota(order.begin(), order.end(), 0u);
        mg_rng rng = {seed, 0, 0};
        for (size_t i = order.size(); i > 1; i--)
            std::swap(order[i - 1], order[mg_rng_below(&rng, i)]);
        std::unique_ptr<ROMol> shuffled(MolOps::renumberAtoms(*m->mol, order));
        return MolToSmiles(*shuffled, true, false, -1, false);
    });
}

extern "C" char *mg_mol_scaffold(const mg_mol *m) {
    return mg_rdkit_string([&] {
        std::unique_ptr<ROMol> core(MurckoDecompose(*m->mol));
        return MolToSmiles(*core);
    });
}

extern "C" char *mg_mol_molblock(const mg_mol *m) {
    return mg_rdkit_string([&] {
        RWMol copy(*m->mol);
        /* unspecified double bonds are written as such, not as they are drawn */
        MolOps::findPotentialStereoBonds(copy);
        mg_rdkit_layout(copy);
        return MolToMolBlock(copy);
    });
}

extern "C" char *mg_mol_formula(const mg_mol *m) {
    return mg_rdkit_string([&] { return Descriptors::calcMolFormula(*m->mol); });
}

extern "C" double mg_mol_weight(const mg_mol *m) {
    try {
        return Descriptors::calcAMW(*m->mol);
    } catch (...) {
        mg_rdkit_caught();
        return 0.0;
    }
}

/* ---- fingerprints ---- */

extern "C" int mg_mol_fingerprint(const mg_mol *m, mg_fp_kind kind, int radius, int nbits,
                                  uint8_t *out, molglot_error *err) {
    if (nbits <= 0 || nbits > (1 << 24) || (kind == MG_FP_MACCS && nbits != 167) ||
        (kind == MG_FP_RDK && nbits != 2048) ||
        (kind == MG_FP_MORGAN && (radius < 0 || radius > 10))) {
        return mg_fail(err, MOLGLOT_USAGE,
                       "fingerprint: %d bits or radius %d is not offered for this kind", nbits,
                       radius);
    }
    return mg_rdkit_guard(err, "fingerprint", [&] {
        std::unique_ptr<ExplicitBitVect> bits;
        if (kind == MG_FP_MORGAN)
            bits.reset(MorganFingerprints::getFingerprintAsBitVect(
                *m->mol, static_cast<unsigned>(radius), static_cast<unsigned>(nbits)));
        else if (kind == MG_FP_MACCS)
            bits.reset(MACCSFingerprints::getFingerprintAsBitVect(*m->mol));
        else
            bits.reset(RDKFingerprintMol(*m->mol));
        std::memset(out, 0, (static_cast<size_t>(nbits) + 7) / 8);
        for (unsigned i = 0; i < static_cast<unsigned>(nbits); i++)
            if (bits->getBit(i)) out[i / 8] = static_cast<uint8_t>(out[i / 8] | 1u << (i % 8));
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" int mg_mol_paths(const mg_mol *m, int longest, mg_invariant **out, size_t *n,
                            molglot_error *err) {
    *out = nullptr;
    *n = 0;
    return mg_rdkit_guard(err, "paths", [&] {
        std::unique_ptr<SparseIntVect<boost::uint64_t>> paths(
            getUnfoldedRDKFingerprintMol(*m->mol, 1, static_cast<unsigned>(longest)));
        const auto &elements = paths->getNonzeroElements();
        *out = static_cast<mg_invariant *>(std::malloc((elements.size() + 1) * sizeof **out));
        if (!*out) return mg_no_memory(err, "%zu paths", elements.size());
        for (const auto &element : elements) (*out)[(*n)++] = {element.first, element.second};
        return static_cast<int>(MOLGLOT_OK);
    });
}

/* ---- the bulk copy ---- */

namespace {

uint8_t chiral_code(Atom::ChiralType tag) {
    switch (tag) {
    case Atom::CHI_UNSPECIFIED: return MG_CHIRAL_NONE;
    case Atom::CHI_TETRAHEDRAL_CW: return MG_CHIRAL_CW;
    case Atom::CHI_TETRAHEDRAL_CCW: return MG_CHIRAL_CCW;
    default: return MG_CHIRAL_OTHER;
    }
}

uint8_t hybrid_code(Atom::HybridizationType hybrid) {
    switch (hybrid) {
    case Atom::SP: return MG_HYBRID_SP;
    case Atom::SP2: return MG_HYBRID_SP2;
    case Atom::SP3: return MG_HYBRID_SP3;
    case Atom::SP3D: return MG_HYBRID_SP3D;
    case Atom::SP3D2: return MG_HYBRID_SP3D2;
    default: return MG_HYBRID_OTHER;
    }
}

uint8_t order_code(Bond::BondType type) {
    switch (type) {
    case Bond::SINGLE: return MG_ORDER_SINGLE;
    case Bond::DOUBLE: return MG_ORDER_DOUBLE;
    case Bond::TRIPLE: return MG_ORDER_TRIPLE;
    case Bond::AROMATIC: return MG_ORDER_AROMATIC;
    default: return MG_ORDER_OTHER;
    }
}

uint8_t stereo_code(Bond::BondStereo stereo) {
    switch (stereo) {
    case Bond::STEREOZ: return MG_STEREO_Z;
    case Bond::STEREOE: return MG_STEREO_E;
    case Bond::STEREOCIS: return MG_STEREO_CIS;
    case Bond::STEREOTRANS: return MG_STEREO_TRANS;
    case Bond::STEREOANY: return MG_STEREO_ANY;
    default: return MG_STEREO_NONE;
    }
}

uint8_t dir_code(Bond::BondDir dir) {
    return dir == Bond::ENDUPRIGHT     ? MG_DIR_UP
           : dir == Bond::ENDDOWNRIGHT ? MG_DIR_DOWN
                                       : MG_DIR_NONE;
}

uint8_t small(unsigned value) { return static_cast<uint8_t>(std::min(value, 255u)); }

mg_atom copy_atom(const Atom &a, const RingInfo &rings) {
    mg_atom out = {};
    out.number = small(static_cast<unsigned>(a.getAtomicNum()));
    out.chiral = chiral_code(a.getChiralTag());
    out.hybrid = hybrid_code(a.getHybridization());
    out.degree = small(a.getDegree());
    out.total_degree = small(a.getTotalDegree());
    out.hydrogens = small(a.getTotalNumHs());
    out.radicals = small(a.getNumRadicalElectrons());
    out.aromatic = a.getIsAromatic();
    out.in_ring = rings.numAtomRings(a.getIdx()) > 0;
    out.charge = static_cast<int8_t>(std::clamp(a.getFormalCharge(), -128, 127));
    out.isotope = static_cast<uint16_t>(std::min(a.getIsotope(), 65535u));
    std::string cip;
    if (a.getPropIfPresent(common_properties::_CIPCode, cip) && !cip.empty()) out.cip = cip[0];
    return out;
}

mg_bond copy_bond(const Bond &b, const RingInfo &rings) {
    mg_bond out = {};
    out.a = static_cast<int32_t>(b.getBeginAtomIdx());
    out.b = static_cast<int32_t>(b.getEndAtomIdx());
    const auto &around = b.getStereoAtoms();
    out.stereo_a = around.size() == 2 ? around[0] : -1;
    out.stereo_b = around.size() == 2 ? around[1] : -1;
    out.order = order_code(b.getBondType());
    out.stereo = stereo_code(b.getStereo());
    out.dir = dir_code(b.getBondDir());
    out.conjugated = b.getIsConjugated();
    out.in_ring = rings.numBondRings(b.getIdx()) > 0;
    return out;
}

size_t ring_members(const RingInfo &rings) {
    size_t n = 0;
    for (const auto &ring : rings.atomRings()) n += ring.size();
    return n;
}

/* One block: atoms, bonds, then the four index arrays. */
bool allocate(mg_mol_arrays *out, size_t atoms, size_t bonds, size_t rings, size_t members) {
    size_t ints = (atoms + 1) + 4 * bonds + (rings + 1) + members;
    size_t bytes = ints * sizeof(int32_t) + bonds * sizeof(mg_bond) + atoms * sizeof(mg_atom);
    out->block = std::malloc(bytes);
    if (!out->block) return false;
    out->bonds = static_cast<mg_bond *>(out->block);
    out->offsets = reinterpret_cast<int32_t *>(out->bonds + bonds);
    out->neighbours = out->offsets + atoms + 1;
    out->neighbour_bonds = out->neighbours + 2 * bonds;
    out->ring_offsets = out->neighbour_bonds + 2 * bonds;
    out->ring_atoms = out->ring_offsets + rings + 1;
    out->atoms = reinterpret_cast<mg_atom *>(out->ring_atoms + members);
    out->n_atoms = static_cast<int32_t>(atoms);
    out->n_bonds = static_cast<int32_t>(bonds);
    out->n_rings = static_cast<int32_t>(rings);
    return true;
}

void fill(const ROMol &mol, const RingInfo &rings, mg_mol_arrays *out) {
    int32_t at = 0;
    for (auto atom : mol.atoms()) {
        out->atoms[atom->getIdx()] = copy_atom(*atom, rings);
        out->offsets[atom->getIdx()] = at;
        for (auto bond : mol.atomBonds(atom)) {
            out->neighbours[at] = static_cast<int32_t>(bond->getOtherAtomIdx(atom->getIdx()));
            out->neighbour_bonds[at++] = static_cast<int32_t>(bond->getIdx());
        }
    }
    out->offsets[out->n_atoms] = at;
    for (auto bond : mol.bonds()) out->bonds[bond->getIdx()] = copy_bond(*bond, rings);
    int32_t member = 0, ring_number = 0;
    for (const auto &ring : rings.atomRings()) {
        out->ring_offsets[ring_number++] = member;
        for (int atom : ring) out->ring_atoms[member++] = atom;
    }
    out->ring_offsets[ring_number] = member;
}

} // namespace

extern "C" int mg_mol_arrays_get(const mg_mol *m, bool kekulised, mg_mol_arrays *out,
                                 molglot_error *err) {
    std::memset(out, 0, sizeof *out);
    return mg_rdkit_guard(err, "molecule", [&] {
        std::unique_ptr<RWMol> copy;
        const ROMol *mol = m->mol.get();
        if (kekulised) {
            copy.reset(new RWMol(*mol));
            MolOps::Kekulize(*copy, false);
            mol = copy.get();
        }
        const RingInfo &rings = *mol->getRingInfo();
        if (!allocate(out, mol->getNumAtoms(), mol->getNumBonds(), rings.numRings(),
                      ring_members(rings)))
            return mg_no_memory(err, "a molecule of %u atoms", mol->getNumAtoms());
        fill(*mol, rings, out);
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" void mg_mol_arrays_free(mg_mol_arrays *arrays) {
    if (!arrays) return;
    std::free(arrays->block);
    std::memset(arrays, 0, sizeof *arrays);
}
