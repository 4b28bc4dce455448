/* rdkit_protons.cc - the forms of a molecule that differ in protons alone: its acids and bases, the
 * anion that it is at pH 7.3, its zwitterion. Every entry catches all exceptions.
 *
 *   neutral   every charge that a proton makes is taken back: O- to OH, NH+ to N; not N-oxides,
 *             nitro groups, ylides, metals
 *   places    strong acids (carboxylic, of S, P, As; tetrazoles), weak ones (phenols, enols,
 * thiols, imides, sulfonamides); strong bases (aliphatic amines, amidines, guanidines), weak ones
 * (rings, anilines, imines) forms     neutral; all strong acids without their proton, the strong
 * bases with one, both; one place of each kind alone; beside all strong acids one place of another
 * kind
 *
 * No pKa is computed. Forms come in this order, those that the molecule is itself are left out. Of
 * what has several parts nothing is made: the other part may hold the charge.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <GraphMol/Substruct/SubstructMatch.h>
#include <algorithm>
#include <set>
#include <vector>

using namespace RDKit;

namespace {

enum { MOST_PLACES = 12, MOST_FORMS = 48 };
enum kind { STRONG_ACID, WEAK_ACID, STRONG_BASE, WEAK_BASE, KINDS };

/* The first atom of each is the place; the first that finds an atom says its kind. */
const struct {
    kind k;
    const char *smarts;
} PLACES[] = {
    {STRONG_ACID, "[O,S;X2;H1;$(*[SX4](=O)=O),$(*[SX3]=O),$(*[P,As]=[O,S]),$(*[CX3]=[O,S])]"},
    {STRONG_ACID, "[n;H1;$(n1nnnc1),$(n1nncn1),$(n1ncnn1),$(n1cnnn1)]"},
    {STRONG_ACID, "[NX3;H1;$(N(S(=O)=O)C=O)]"},
    {WEAK_ACID, "[O,S;X2;H1;$(*c),$(*C=C),$(*N)]"},
    {WEAK_ACID, "[SX2;H1]"},
    {WEAK_ACID, "[NX3;H1;$(N(C=O)C=O)]"},
    {WEAK_ACID, "[NX3;H1,H2;$(NS(=O)=O)]"},
    {WEAK_ACID, "[n;H1]"},
    {STRONG_BASE, "[NX3;!$(N[!#6;!#1]);!$(N[c,$(C=,#[!#6;!#1]),$(C=C)])]"},
    {STRONG_BASE, "[NX2;H1;$(N=C(N)[N,#6])]"},
    {STRONG_BASE, "[NX2;H0;$(N(=C(N)N)[#6])]"},
    {WEAK_BASE, "[nX2;!$(n[nH1])]"},
    {WEAK_BASE, "[NX3;$(Nc);!$(N[!#6;!#1]);!$(N[$(C=,#[!#6;!#1])])]"},
    {WEAK_BASE, "[NX2;$(N=C);!$(N[!#6;!#1])]"},
};
constexpr size_t PATTERNS = sizeof PLACES / sizeof *PLACES;

typedef std::vector<std::unique_ptr<ROMol>> patterns;
typedef std::vector<unsigned> atoms;

patterns read_patterns() {
    patterns out;
    for (const auto &p : PLACES) out.emplace_back(SmartsToMol(p.smarts));
    return out;
}

bool beside_charge(const ROMol &m, const Atom *a, int sign) {
    for (const auto *b : m.atomNeighbors(a))
        if (b->getFormalCharge() * sign > 0) return true;
    return false;
}

/* A proton more (+1) or less at an atom. */
void shift(Atom *a, int by) {
    const unsigned hydrogens = a->getTotalNumHs() + by;
    a->setFormalCharge(a->getFormalCharge() + by);
    a->setNoImplicit(true);
    a->setNumExplicitHs(hydrogens);
}

bool takes_proton(const ROMol &m, const Atom *a) {
    const int z = a->getAtomicNum();
    return a->getFormalCharge() == -1 && (z == 7 || z == 8 || z == 16) && a->getDegree() > 0 &&
           !beside_charge(m, a, 1);
}

bool gives_proton(const ROMol &m, const Atom *a) {
    const int z = a->getAtomicNum();
    return a->getFormalCharge() == 1 && (z == 7 || z == 8) && a->getTotalNumHs() > 0 &&
           a->getDegree() > 0 && !beside_charge(m, a, -1);
}

std::unique_ptr<RWMol> neutral_of(const ROMol &mol) {
    auto m = std::make_unique<RWMol>(mol);
    for (auto *a : m->atoms())
        if (takes_proton(*m, a))
            shift(a, 1);
        else if (gives_proton(*m, a))
            shift(a, -1);
    MolOps::sanitizeMol(*m);
    return m;
}

void find_places(const ROMol &m, const patterns &all, atoms out[KINDS]) {
    std::vector<bool> seen(m.getNumAtoms());
    for (size_t i = 0; i < PATTERNS; i++) {
        std::vector<MatchVectType> found;
        SubstructMatch(m, *all[i], found, true);
        for (const auto &match : found) {
            const unsigned at = match[0].second;
            if (seen[at] || m.getAtomWithIdx(at)->getFormalCharge()) continue;
            seen[at] = true;
            out[PLACES[i].k].push_back(at);
        }
    }
}

struct form {
    std::string smiles;
    int protons;
};

class maker {
  public:
    maker(const ROMol &mol, const patterns &all)
        : neutral(neutral_of(mol)), charge(MolOps::getFormalCharge(mol)) {
        known.insert(MolToSmiles(mol));
        find_places(*neutral, all, places);
    }

    std::vector<form> make() {
        const atoms none, &acids = places[STRONG_ACID], &bases = places[STRONG_BASE];
        add(none, none);
        add(acids, none);
        add(acids, bases);
        add(none, bases);
        for (unsigned a : some(STRONG_ACID)) {
            add({a}, none);
            for (unsigned b : some(STRONG_BASE)) add({a}, {b});
        }
        for (unsigned b : some(STRONG_BASE)) add(none, {b}), add(acids, {b});
        for (unsigned a : some(WEAK_ACID)) {
            atoms both(acids);
            both.push_back(a);
            add({a}, none), add(both, none), add(both, bases);
        }
        for (unsigned a : some(STRONG_ACID)) add(without(acids, a), none);
        for (unsigned b : some(WEAK_BASE)) add(none, {b}), add(acids, {b});
        return std::move(made);
    }

  private:
    std::unique_ptr<RWMol> neutral;
    int charge;
    atoms places[KINDS];
    std::set<std::string> known;
    std::vector<form> made;

    atoms some(kind k) const {
        const atoms &p = places[k];
        return atoms(p.begin(), p.begin() + std::min<size_t>(p.size(), MOST_PLACES));
    }

    static atoms without(const atoms &all, unsigned a) {
        atoms out;
        for (unsigned b : all)
            if (b != a) out.push_back(b);
        return out;
    }

    /* Protons away from `less`, on to `more`. */
    void add(const atoms &less, const atoms &more) {
        if (made.size() == MOST_FORMS) return;
        RWMol m(*neutral);
        for (unsigned a : less) shift(m.getAtomWithIdx(a), -1);
        for (unsigned a : more) shift(m.getAtomWithIdx(a), 1);
        try {
            MolOps::sanitizeMol(m);
            /* read again: marks of what is no longer a centre go */
            std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(m)));
            if (!again) return;
            const std::string s = MolToSmiles(*again);
            if (known.insert(s).second)
                made.push_back({s, MolOps::getFormalCharge(*again) - charge});
        } catch (const MolSanitizeException &) { /* no place for this proton */
        }
    }
};

} // namespace

extern "C" int mg_proton_forms(const char *const *smiles, size_t n, mg_proton_form **out,
                               size_t *n_out, molglot_error *err) {
    *out = nullptr, *n_out = 0;
    return mg_rdkit_guard(err, "other protons", [&] {
        mg_rdkit_silence();
        const patterns all = read_patterns();
        std::vector<form> forms;
        std::vector<size_t> from;
        for (size_t i = 0; i < n; i++) {
            try {
                std::unique_ptr<ROMol> mol(SmilesToMol(smiles[i]));
                if (!mol || std::strchr(smiles[i], '.')) continue;
                for (auto &f : maker(*mol, all).make()) forms.push_back(f), from.push_back(i);
            } catch (const MolSanitizeException &) { /* no molecule */
            }
        }
        auto *list = static_cast<mg_proton_form *>(std::calloc(forms.size() + 1, sizeof **out));
        *out = list;
        for (; list && *n_out < forms.size(); ++*n_out) {
            const form &f = forms[*n_out];
            list[*n_out] = {strdup(f.smiles.c_str()), from[*n_out], f.protons};
            if (!list[*n_out].smiles) return mg_no_memory(err, "other protons");
        }
        return list ? static_cast<int>(MOLGLOT_OK) : mg_no_memory(err, "other protons");
    });
}

extern "C" void mg_proton_forms_free(mg_proton_form *forms, size_t n) {
    for (size_t i = 0; i < n && forms; i++) std::free(forms[i].smiles);
    std::free(forms);
}
