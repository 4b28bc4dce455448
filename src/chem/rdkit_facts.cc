/* rdkit_facts.cc - what facts ask of RDKit: patterns in SMARTS and molecules as plain arrays, and
 * the numbers that RDKit computes. Every entry catches all exceptions.
 */
// clang-format off: QueryOps.h lays its classes out by what this one defines
#include <RDGeneral/RDConfig.h>
// clang-format on

#include "base/grow.h"
#include "chem/facts/facts.h"
#include "chem/rdkit_mol.h"

#include <GraphMol/Chirality.h>
#include <GraphMol/Descriptors/Crippen.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/QueryAtom.h>
#include <GraphMol/QueryBond.h>
#include <GraphMol/QueryOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/new_canon.h>
#include <algorithm>
#include <climits>
#include <cstdlib>
#include <map>
#include <set>

using namespace RDKit;

namespace {

enum { FAR = 1 << 20 }; /* beyond every value */

struct unknown_query : std::runtime_error {
    explicit unknown_query(const std::string &what) : std::runtime_error(what) {}
};

template <typename T>
size_t grown(T *&array, size_t &cap, size_t n) {
    if (!mg_grow(&array, &cap, n + 1, sizeof *array)) throw std::bad_alloc();
    return n;
}

/* ---- queries of atoms ---- */

const std::map<std::string, int> &fields() {
    static const std::map<std::string, int> table = {{"AtomType", MG_SITE_TYPE},
                                                     {"AtomAtomicNum", MG_SITE_NUMBER},
                                                     {"AtomIsAromatic", MG_SITE_AROMATIC},
                                                     {"AtomHCount", MG_SITE_HYDROGENS},
                                                     {"AtomImplicitHCount", MG_SITE_IMPLICIT},
                                                     {"AtomExplicitDegree", MG_SITE_DEGREE},
                                                     {"AtomTotalDegree", MG_SITE_TOTAL_DEGREE},
                                                     {"AtomTotalValence", MG_SITE_VALENCE},
                                                     {"AtomFormalCharge", MG_SITE_CHARGE},
                                                     {"AtomInNRings", MG_SITE_RINGS},
                                                     {"AtomMinRingSize", MG_SITE_MIN_RING},
                                                     {"AtomRingBondCount", MG_SITE_RING_BONDS},
                                                     {"AtomIsotope", MG_SITE_ISOTOPE},
                                                     {"AtomHybridization", MG_SITE_HYBRID}};
    return table;
}

struct span {
    int field, low, high;
};

/* The bounds of a comparison; the names say what RDKit's class compares its value with. */
span bounds(const QueryAtom::QUERYATOM_QUERY *query) {
    if (auto range = dynamic_cast<const Queries::RangeQuery<int, Atom const *, true> *>(query)) {
        const auto open = range->getEndsOpen();
        return {0, range->getLower() + (open.first ? 1 : 0),
                range->getUpper() - (open.second ? 1 : 0)};
    }
    auto equal = dynamic_cast<const Queries::EqualityQuery<int, Atom const *, true> *>(query);
    if (!equal) throw unknown_query(query->getDescription());
    const int v = equal->getVal();
    if (dynamic_cast<const Queries::GreaterEqualQuery<int, Atom const *, true> *>(query))
        return {0, -FAR, v};
    if (dynamic_cast<const Queries::GreaterQuery<int, Atom const *, true> *>(query))
        return {0, -FAR, v - 1};
    if (dynamic_cast<const Queries::LessEqualQuery<int, Atom const *, true> *>(query))
        return {0, v, FAR};
    if (dynamic_cast<const Queries::LessQuery<int, Atom const *, true> *>(query))
        return {0, v + 1, FAR};
    return {0, v, v};
}

/* The field and the bounds of one simple query. */
span simple(const QueryAtom::QUERYATOM_QUERY *query) {
    std::string name = query->getDescription();
    for (const char *prefix : {"range_", "less_", "greater_"})
        if (name.rfind(prefix, 0) == 0) name = name.substr(std::strlen(prefix));
    span s = bounds(query);
    if (name == "AtomIsAliphatic") return {MG_SITE_AROMATIC, 1 - s.high, 1 - s.low};
    if (name == "AtomInRing") return {MG_SITE_MIN_RING, s.low ? 1 : 0, s.low ? FAR : 0};
    if (name == "AtomHasRingBond") return {MG_SITE_RING_BONDS, s.low ? 1 : 0, s.low ? FAR : 0};
    if (name == "AtomHasImplicitH") return {MG_SITE_IMPLICIT, s.low ? 1 : 0, s.low ? FAR : 0};
    if (name == "AtomNegativeFormalCharge") return {MG_SITE_CHARGE, -s.high, -s.low};
    if (name == "AtomInNRings" && s.low == -1 && s.high == -1) return {MG_SITE_RINGS, 1, FAR};
    const auto found = fields().find(name);
    if (found == fields().end()) throw unknown_query(name);
    s.field = found->second;
    return s;
}

int32_t add_pattern(mg_patterns *p, const ROMol &mol, bool inner);

int32_t add_query(mg_patterns *p, const QueryAtom::QUERYATOM_QUERY *query) {
    const std::string &name = query->getDescription();
    mg_query q = {};
    q.child = q.next = -1;
    q.negate = query->getNegation();
    if (name == "AtomNull") {
        q.op = MG_QUERY_ANY;
    } else if (name == "AtomAnd" || name == "AtomOr" || name == "AtomXor") {
        q.op = name == "AtomAnd" ? MG_QUERY_AND : name == "AtomOr" ? MG_QUERY_OR : MG_QUERY_XOR;
        int32_t last = -1;
        for (auto it = query->beginChildren(); it != query->endChildren(); ++it) {
            const int32_t child = add_query(p, it->get());
            if (last < 0)
                q.child = child;
            else
                p->queries[last].next = child;
            last = child;
        }
    } else if (auto inner = dynamic_cast<const RecursiveStructureQuery *>(query)) {
        q.op = MG_QUERY_INNER;
        q.low = add_pattern(p, *inner->getQueryMol(), true);
    } else {
        const span s = simple(query);
        q.op = MG_QUERY_RANGE;
        q.field = static_cast<uint8_t>(s.field);
        q.low = s.low;
        q.high = s.high;
    }
    const size_t at = grown(p->queries, p->cap_queries, p->n_queries);
    p->queries[at] = q;
    p->n_queries++;
    return static_cast<int32_t>(at);
}

/* ---- queries of bonds ---- */

uint32_t orders(std::initializer_list<int> list) {
    uint32_t out = 0;
    for (int order : list) out |= 1u << MG_BOND_BIT(order, 0) | 1u << MG_BOND_BIT(order, 1);
    return out;
}

const uint32_t ALL_BONDS = 0x1f1f;

int order_of(int type) {
    switch (type) {
    case Bond::SINGLE: return MG_ORDER_SINGLE;
    case Bond::DOUBLE: return MG_ORDER_DOUBLE;
    case Bond::TRIPLE: return MG_ORDER_TRIPLE;
    case Bond::AROMATIC: return MG_ORDER_AROMATIC;
    default: return MG_ORDER_OTHER;
    }
}

uint32_t bond_mask(const QueryBond::QUERYBOND_QUERY *query) {
    const std::string &name = query->getDescription();
    uint32_t mask = 0;
    auto equal = dynamic_cast<const Queries::EqualityQuery<int, Bond const *, true> *>(query);
    if (name == "BondNull") {
        mask = ALL_BONDS;
    } else if (name == "BondAnd" || name == "BondOr" || name == "BondXor") {
        mask = name == "BondAnd" ? ALL_BONDS : 0;
        for (auto it = query->beginChildren(); it != query->endChildren(); ++it) {
            const uint32_t child = bond_mask(it->get());
            mask = name == "BondAnd"  ? mask & child
                   : name == "BondOr" ? mask | child
                                      : mask ^ child;
        }
    } else if (name == "SingleOrAromaticBond") {
        mask = orders({MG_ORDER_SINGLE, MG_ORDER_AROMATIC});
    } else if (name == "DoubleOrAromaticBond") {
        mask = orders({MG_ORDER_DOUBLE, MG_ORDER_AROMATIC});
    } else if (name == "SingleOrDoubleBond") {
        mask = orders({MG_ORDER_SINGLE, MG_ORDER_DOUBLE});
    } else if (name == "SingleOrDoubleOrAromaticBond") {
        mask = orders({MG_ORDER_SINGLE, MG_ORDER_DOUBLE, MG_ORDER_AROMATIC});
    } else if (name == "BondInRing" && equal) {
        mask = equal->getVal() ? 0x1f00 : 0x1f;
    } else if (name == "BondOrder" && equal && order_of(equal->getVal()) != MG_ORDER_OTHER) {
        mask = orders({order_of(equal->getVal())});
    } else {
        throw unknown_query(name);
    }
    return query->getNegation() ? ALL_BONDS & ~mask : mask;
}

/* ---- patterns ---- */

void add_bonds(mg_patterns *p, const ROMol &mol) {
    for (auto bond : mol.bonds()) {
        const size_t at = grown(p->bonds, p->cap_bonds, p->n_bonds);
        p->bonds[at] = {static_cast<int32_t>(bond->getBeginAtomIdx()),
                        static_cast<int32_t>(bond->getEndAtomIdx()),
                        bond->hasQuery() ? bond_mask(bond->getQuery())
                                         : orders({order_of(bond->getBondType())})};
        p->n_bonds++;
    }
}

int32_t add_pattern(mg_patterns *p, const ROMol &mol, bool inner) {
    std::vector<int32_t> roots;
    for (auto atom : mol.atoms()) {
        if (!atom->hasQuery()) throw unknown_query("an atom without a query");
        if (atom->getChiralTag() != Atom::CHI_UNSPECIFIED) throw unknown_query("@, @@ (stereo)");
        roots.push_back(add_query(p, atom->getQuery()));
    }
    mg_pattern out = {};
    out.inner = inner;
    out.memo = inner ? p->n_inner++ : -1;
    out.atom = static_cast<int32_t>(p->n_atoms);
    out.n_atoms = static_cast<int32_t>(roots.size());
    for (int32_t root : roots) {
        const size_t at = grown(p->queries_of, p->cap_atoms, p->n_atoms);
        p->queries_of[at] = root;
        p->n_atoms++;
    }
    out.bond = static_cast<int32_t>(p->n_bonds);
    add_bonds(p, mol);
    out.n_bonds = static_cast<int32_t>(p->n_bonds) - out.bond;
    const size_t at = grown(p->list, p->cap, p->n);
    p->list[at] = out;
    p->n++;
    return static_cast<int32_t>(at);
}

/* ---- molecules ---- */

int16_t clipped(unsigned v) { return static_cast<int16_t>(std::min(v, 30000u)); }

void fill_site(const Atom &a, const RingInfo &rings, int16_t *site) {
    const unsigned i = a.getIdx();
    const int number = a.getAtomicNum();
    site[MG_SITE_NUMBER] = static_cast<int16_t>(number);
    site[MG_SITE_AROMATIC] = a.getIsAromatic();
    site[MG_SITE_TYPE] = static_cast<int16_t>(number + (a.getIsAromatic() ? 1000 : 0));
    site[MG_SITE_HYDROGENS] = clipped(a.getTotalNumHs(true));
    site[MG_SITE_IMPLICIT] = clipped(a.getTotalNumHs(false));
    site[MG_SITE_DEGREE] = clipped(a.getDegree());
    site[MG_SITE_TOTAL_DEGREE] = clipped(a.getTotalDegree());
    site[MG_SITE_VALENCE] = clipped(static_cast<unsigned>(a.getTotalValence()));
    site[MG_SITE_CHARGE] = static_cast<int16_t>(std::clamp(a.getFormalCharge(), -1000, 1000));
    site[MG_SITE_RINGS] = clipped(rings.numAtomRings(i));
    site[MG_SITE_MIN_RING] = clipped(rings.minAtomRingSize(i));
    site[MG_SITE_ISOTOPE] = clipped(a.getIsotope());
    site[MG_SITE_HYBRID] = static_cast<int16_t>(a.getHybridization());
    site[MG_SITE_RING_BONDS] = 0;
}

bool make_room(mg_view *out, size_t atoms, size_t bonds) {
    const size_t sites = atoms * sizeof *out->sites;
    out->block = std::malloc(sites + (atoms + 1 + 2 * bonds) * sizeof(int32_t) + 2 * bonds + 16);
    if (!out->block) return false;
    out->offsets = static_cast<int32_t *>(out->block);
    out->neighbours = out->offsets + atoms + 1;
    out->sites = reinterpret_cast<int16_t(*)[MG_SITE_FIELDS]>(out->neighbours + 2 * bonds);
    out->bonds = reinterpret_cast<uint8_t *>(out->sites + atoms);
    out->n_atoms = static_cast<int32_t>(atoms);
    out->n_bonds = static_cast<int32_t>(bonds);
    return true;
}

void add_hydrogen(int32_t parent, int32_t i, mg_view *out) {
    int16_t *site = out->sites[i];
    std::memset(site, 0, sizeof out->sites[i]);
    site[MG_SITE_NUMBER] = site[MG_SITE_TYPE] = 1;
    site[MG_SITE_DEGREE] = site[MG_SITE_TOTAL_DEGREE] = site[MG_SITE_VALENCE] = 1;
    site[MG_SITE_HYDROGENS] = out->sites[parent][MG_SITE_NUMBER] == 1;
    site[MG_SITE_HYBRID] = static_cast<int16_t>(Atom::S);
    out->counts[0][1]++;
}

/* hydrogens: of each atom, the first number of those that become atoms. */
void fill_view(const ROMol &mol, const std::vector<int32_t> &hydrogens, mg_view *out) {
    const RingInfo &rings = *mol.getRingInfo();
    int32_t at = 0;
    for (auto atom : mol.atoms()) {
        const unsigned i = atom->getIdx();
        fill_site(*atom, rings, out->sites[i]);
        out->offsets[i] = at;
        for (auto bond : mol.atomBonds(atom)) {
            const bool in_ring = rings.numBondRings(bond->getIdx()) > 0;
            out->neighbours[at] = static_cast<int32_t>(bond->getOtherAtomIdx(i));
            out->bonds[at++] =
                static_cast<uint8_t>(MG_BOND_BIT(order_of(bond->getBondType()), in_ring));
            out->sites[i][MG_SITE_RING_BONDS] =
                static_cast<int16_t>(out->sites[i][MG_SITE_RING_BONDS] + in_ring);
        }
        out->counts[atom->getIsAromatic()][std::clamp(atom->getAtomicNum(), 0, 127)]++;
        for (int32_t h = hydrogens[i]; h < hydrogens[i + 1]; h++) {
            out->neighbours[at] = h;
            out->bonds[at++] = MG_BOND_BIT(MG_ORDER_SINGLE, 0);
            out->sites[i][MG_SITE_DEGREE]++;
            out->sites[i][MG_SITE_IMPLICIT] = 0;
        }
    }
    for (unsigned i = 0; i < mol.getNumAtoms(); i++)
        for (int32_t h = hydrogens[i]; h < hydrogens[i + 1]; h++) {
            add_hydrogen(static_cast<int32_t>(i), h, out);
            out->offsets[h] = at;
            out->neighbours[at] = static_cast<int32_t>(i);
            out->bonds[at++] = MG_BOND_BIT(MG_ORDER_SINGLE, 0);
        }
    out->offsets[out->n_atoms] = at;
    std::vector<int> fragments;
    const int components = static_cast<int>(MolOps::getMolFrags(mol, fragments));
    out->cycles = out->n_bonds - out->n_atoms + components;
}

/* ---- numbers ---- */

void ring_facts(const ROMol &mol, mg_facts *out) {
    const RingInfo &rings = *mol.getRingInfo();
    std::vector<size_t> shared(mol.getNumBonds(), 0);
    out->rings = static_cast<int>(rings.numRings());
    for (const auto &ring : rings.bondRings()) {
        const int size = static_cast<int>(ring.size());
        bool aromatic = true, hetero = false, single = true;
        for (int b : ring) {
            const Bond *bond = mol.getBondWithIdx(static_cast<unsigned>(b));
            aromatic = aromatic && bond->getIsAromatic();
            single = single && bond->getBondType() == Bond::SINGLE;
            hetero = hetero || bond->getBeginAtom()->getAtomicNum() != 6 ||
                     bond->getEndAtom()->getAtomicNum() != 6;
        }
        out->aromatic_rings += aromatic;
        out->aliphatic_rings += !aromatic;
        out->saturated_rings += single;
        out->hetero_rings += hetero;
        out->heteroaromatic_rings += hetero && aromatic;
        out->largest_ring = std::max(out->largest_ring, size);
        out->ring_sizes[std::min(size, MG_RING_SIZES - 1)]++;
        out->macrocycles += size >= 12;
        out->fused += std::any_of(ring.begin(), ring.end(), [&](int b) {
            return rings.numBondRings(static_cast<unsigned>(b)) > 1;
        });
    }
    out->spiro = static_cast<int>(Descriptors::calcNumSpiroAtoms(mol));
    out->bridged = static_cast<int>(Descriptors::calcNumBridgeheadAtoms(mol));
}

/* Rings that share an atom, directly or through others, are one system. */
int ring_systems(const RingInfo &rings, unsigned atoms) {
    std::vector<int> root(atoms);
    for (unsigned i = 0; i < atoms; i++) root[i] = static_cast<int>(i);
    auto find = [&](int i) {
        while (root[i] != i) i = root[i] = root[root[i]];
        return i;
    };
    int n = 0;
    for (const auto &ring : rings.atomRings())
        for (int atom : ring) root[find(atom)] = find(ring[0]);
    for (unsigned i = 0; i < atoms; i++)
        n += rings.numAtomRings(i) > 0 && find(static_cast<int>(i)) == static_cast<int>(i);
    return n;
}

bool is_metal(int n) {
    if (n == 3 || n == 4 || (n >= 11 && n <= 13)) return true;
    if (n >= 19 && n <= 31) return true;
    if (n >= 37 && n <= 50) return true;
    return (n >= 55 && n <= 84) || (n >= 87 && n <= 116);
}

void atom_facts(const ROMol &mol, mg_facts *out) {
    int sp3 = 0;
    for (auto atom : mol.atoms()) {
        const int number = std::clamp(atom->getAtomicNum(), 0, int{MG_ELEMENTS});
        out->elements[number]++;
        out->elements[1] += static_cast<int>(atom->getTotalNumHs(false));
        out->heavy += number > 1;
        sp3 += number == 6 && atom->getTotalDegree() == 4;
        out->charge += atom->getFormalCharge();
        out->isotopes += atom->getIsotope() != 0;
        /* of a metal RDKit says no more than whether its electrons are odd: permanganate is none */
        if (!is_metal(number)) out->radicals += static_cast<int>(atom->getNumRadicalElectrons());
        out->metals += is_metal(number);
    }
    out->fsp3 = out->elements[6] ? static_cast<double>(sp3) / out->elements[6] : 0;
    std::vector<int> fragments;
    out->components = static_cast<int>(MolOps::getMolFrags(mol, fragments));
    for (auto bond : mol.bonds()) {
        if (bond->getBeginAtom()->getAtomicNum() != 6 || bond->getEndAtom()->getAtomicNum() != 6)
            continue;
        out->carbons_double += bond->getBondType() == Bond::DOUBLE;
        out->carbons_triple += bond->getBondType() == Bond::TRIPLE;
    }
}

void count_label(const Atom &atom, mg_facts *out) {
    std::string cip;
    if (!atom.getPropIfPresent(common_properties::_CIPCode, cip)) return;
    out->r += cip == "R" || cip == "r";
    out->s += cip == "S" || cip == "s";
    out->pseudo_r += cip == "r";
    out->pseudo_s += cip == "s";
}

/* R and S of the centres by the newer rules; by the older ones where those could take long. */
void label_facts(const ROMol &mol, const std::vector<unsigned> &centres, mg_facts *out) {
    constexpr unsigned MOST_ATOMS = 70, MOST_RINGS = 8;
    if (centres.empty()) return;
    ROMol labelled(mol);
    const ROMol *by = &mol;
    try {
        if (mg_rdkit_cip(labelled, MOST_ATOMS, MOST_RINGS)) by = &labelled;
    } catch (const std::exception &) { /* it gives up on some: the older labels stay */
        mg_rdkit_caught();
    }
    for (unsigned i : centres) count_label(*by->getAtomWithIdx(i), out);
}

/* RDKit 2022.09 takes the first bond of N=[N+]=[N-] for one that can be E or Z. */
bool cumulated(const Bond &bond) {
    int n = 0;
    for (const Atom *end : {bond.getBeginAtom(), bond.getEndAtom()})
        for (auto other : bond.getOwningMol().atomBonds(end))
            n += other != &bond && other->getBondType() >= Bond::DOUBLE &&
                 other->getBondType() <= Bond::TRIPLE;
    return n > 0;
}

void bond_stereo(const Bond &bond, bool set, mg_facts *out) {
    if (!set && cumulated(bond)) return;
    out->stereobonds += set;
    out->unset_bonds += !set;
    out->e += set && bond.getStereo() == Bond::STEREOE;
    out->z += set && bond.getStereo() == Bond::STEREOZ;
}

/* The corners of cages (adamantane, quinuclidine, cubane), which RDKit takes for atoms whose
 * configuration is open: two of three ring bonds lead to equal neighbours, and rings or short
 * bridges hold each pair of them together. An equal pair elsewhere could make corners differ: then
 * all are left. */
std::vector<bool> corners(const ROMol &mol, const std::vector<Chirality::StereoInfo> &found) {
    constexpr unsigned SHORT = 8;
    std::vector<bool> corner(mol.getNumAtoms());
    std::vector<unsigned> ranks, bridgeheads;
    const RingInfo &rings = *mol.getRingInfo();
    Canon::rankMolAtoms(mol, ranks, false, false, true);
    Descriptors::calcNumBridgeheadAtoms(mol, &bridgeheads);
    for (const auto &info : found) {
        if (info.type != Chirality::StereoType::Atom_Tetrahedral) continue;
        const Atom *atom = mol.getAtomWithIdx(info.centeredOn);
        std::vector<const Atom *> in_ring;
        std::set<unsigned> kinds;
        for (auto bond : mol.atomBonds(atom)) {
            if (!rings.numBondRings(bond->getIdx())) continue;
            in_ring.push_back(bond->getOtherAtom(atom));
            kinds.insert(ranks[in_ring.back()->getIdx()]);
        }
        if (kinds.size() == in_ring.size()) continue; /* no equal pair */
        bool held = in_ring.size() == 3 && rings.minAtomRingSize(atom->getIdx()) <= SHORT;
        if (std::find(bridgeheads.begin(), bridgeheads.end(), atom->getIdx()) == bridgeheads.end())
            for (size_t i = 0; i < in_ring.size(); i++)
                for (size_t k = 0; k < i; k++)
                    held = held &&
                           rings.areAtomsInSameRing(in_ring[i]->getIdx(), in_ring[k]->getIdx());
        if (!held || info.specified == Chirality::StereoSpecified::Specified)
            return std::vector<bool>(mol.getNumAtoms());
        corner[atom->getIdx()] = true;
    }
    return corner;
}

void stereo_facts(const ROMol &mol, mg_facts *out) {
    std::vector<unsigned> centres;
    const auto found = Chirality::findPotentialStereo(mol);
    const auto corner = corners(mol, found);
    for (const auto &info : found) {
        const bool set = info.specified == Chirality::StereoSpecified::Specified;
        if (info.type == Chirality::StereoType::Atom_Tetrahedral && corner[info.centeredOn])
            continue;
        if (info.type == Chirality::StereoType::Atom_Tetrahedral)
            (set ? out->stereocentres : out->unset)++;
        else if (info.type == Chirality::StereoType::Bond_Double)
            bond_stereo(*mol.getBondWithIdx(info.centeredOn), set, out);
        if (info.type == Chirality::StereoType::Atom_Tetrahedral && set)
            centres.push_back(info.centeredOn);
    }
    label_facts(mol, centres, out);
}

void numbers(const ROMol &mol, mg_facts *out) {
    const std::string formula = Descriptors::calcMolFormula(mol);
    if (formula.size() >= sizeof out->formula) throw std::runtime_error("a formula too long");
    std::memcpy(out->formula, formula.c_str(), formula.size() + 1);
    out->weight = Descriptors::calcAMW(mol);
    out->exact_mass = Descriptors::calcExactMW(mol);
    out->tpsa = Descriptors::calcTPSA(mol);
}

} // namespace

extern "C" int mg_patterns_parse(mg_patterns *p, const char *smarts, int32_t *which,
                                 molglot_error *err) {
    return mg_rdkit_guard(err, "SMARTS", [&] {
        mg_rdkit_silence();
        std::unique_ptr<ROMol> mol(SmartsToMol(smarts));
        if (!mol || !mol->getNumAtoms())
            return mg_fail(err, MOLGLOT_BAD_FILE, "'%s' is no SMARTS pattern", smarts);
        if (mol->getNumAtoms() > 100)
            return mg_fail(err, MOLGLOT_BAD_FILE, "a pattern of more than 100 atoms");
        try {
            *which = add_pattern(p, *mol, false);
        } catch (const unknown_query &e) {
            return mg_fail(err, MOLGLOT_BAD_FILE, "'%s' has a term that groups do not take: %s",
                           smarts, e.what());
        }
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" int mg_patterns_crippen(mg_patterns *p, mg_crippen *out, molglot_error *err) {
    return mg_rdkit_guard(err, "logP", [&] {
        const auto *params = Descriptors::CrippenParamCollection::getParams();
        const size_t n = static_cast<size_t>(params->end() - params->begin());
        out->patterns = static_cast<int32_t *>(std::calloc(n, sizeof *out->patterns));
        out->logp = static_cast<double *>(std::calloc(n, sizeof *out->logp));
        if (!out->patterns || !out->logp) return mg_no_memory(err, "logP");
        for (const auto &param : *params) {
            out->patterns[out->n] = add_pattern(p, *param.dp_pattern, true);
            out->logp[out->n++] = param.logp;
        }
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" int mg_view_get(const mg_mol *m, bool hydrogens, mg_view *out, molglot_error *err) {
    std::memset(out, 0, sizeof *out);
    return mg_rdkit_guard(err, "molecule", [&] {
        const ROMol &mol = *m->mol;
        std::vector<int32_t> first(mol.getNumAtoms() + 1);
        int32_t n = static_cast<int32_t>(mol.getNumAtoms());
        for (auto atom : mol.atoms()) {
            first[atom->getIdx()] = n;
            if (hydrogens) n += static_cast<int32_t>(atom->getTotalNumHs(false));
        }
        first[mol.getNumAtoms()] = n;
        const size_t added = static_cast<size_t>(n) - mol.getNumAtoms();
        if (!make_room(out, static_cast<size_t>(n), mol.getNumBonds() + added))
            return mg_no_memory(err, "a molecule of %d atoms", n);
        fill_view(mol, first, out);
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" void mg_view_free(mg_view *v) {
    std::free(v->block);
    std::memset(v, 0, sizeof *v);
}

extern "C" int mg_rdkit_facts(const mg_mol *m, mg_facts *out, molglot_error *err) {
    return mg_rdkit_guard(err, "facts", [&] {
        const ROMol &mol = *m->mol;
        atom_facts(mol, out);
        ring_facts(mol, out);
        out->ring_systems = ring_systems(*mol.getRingInfo(), mol.getNumAtoms());
        stereo_facts(mol, out);
        numbers(mol, out);
        return static_cast<int>(MOLGLOT_OK);
    });
}
