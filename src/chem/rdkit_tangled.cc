/* rdkit_tangled.cc - whether the fingerprints of a molecule would take for ever: they enumerate its
 * connected subgraphs of up to seven bonds, and in cages where every atom has six neighbours there
 * are billions. So they are counted first, each once, up to a bound.
 *
 * Counting: the subgraphs whose bond of lowest number is r, for each r, grow by one bond at a time.
 * Bonds that may be added wait in a list; one that was tried is barred from what is grown after it.
 */
#include "chem/rdkit_mol.h"

#include <vector>

using namespace RDKit;

namespace {

/* So few bonds, in atoms of at most four neighbours and few rings, never make too many. */
bool is_plain(const ROMol &m) {
    enum { BONDS = 120, RINGS = 12, NEIGHBOURS = 4 };
    if (m.getNumBonds() > BONDS || m.getNumBonds() > m.getNumAtoms() + RINGS) return false;
    for (const auto *a : m.atoms())
        if (a->getDegree() > NEIGHBOURS) return false;
    return true;
}

/* C60 has 4 thousand, a peptide of 300 atoms 30 thousand; RDKit needs a microsecond for each. */
enum { LONGEST = 7, MOST = 400000 };

struct counter {
    std::vector<std::vector<int>> next; /* of a bond: those that share an atom */
    std::vector<char> seen;             /* in the subgraph, waiting, or barred */
    long long found = 0;

    void grow(std::vector<int> &waiting, int size, int lowest) {
        if (++found > MOST || size == LONGEST) return;
        const size_t before = waiting.size();
        for (size_t i = 0; i < before && found <= MOST; i++) {
            const int bond = waiting[i];
            std::vector<int> rest(waiting.begin() + static_cast<long>(i) + 1, waiting.end());
            const size_t old = rest.size();
            for (int b : next[static_cast<size_t>(bond)])
                if (b > lowest && !seen[static_cast<size_t>(b)]) {
                    seen[static_cast<size_t>(b)] = 1;
                    rest.push_back(b);
                }
            std::vector<int> added(rest.begin() + static_cast<long>(old), rest.end());
            grow(rest, size + 1, lowest);
            for (int b : added) seen[static_cast<size_t>(b)] = 0;
        }
    }
};

} // namespace

extern "C" bool mg_mol_tangled(const mg_mol *m) {
    bool tangled = false;
    const int code = mg_rdkit_guard(nullptr, "tangles", [&] {
        const ROMol &mol = *m->mol;
        if (is_plain(mol)) return static_cast<int>(MOLGLOT_OK);
        counter c;
        c.next.resize(mol.getNumBonds());
        for (const auto *atom : mol.atoms())
            for (const auto *a : mol.atomBonds(atom))
                for (const auto *b : mol.atomBonds(atom))
                    if (a != b) c.next[a->getIdx()].push_back(static_cast<int>(b->getIdx()));
        c.seen.assign(mol.getNumBonds(), 0);
        for (size_t r = 0; r < c.next.size() && c.found <= MOST; r++) {
            std::vector<int> waiting;
            c.seen[r] = 1;
            for (int b : c.next[r])
                if (b > static_cast<int>(r) && !c.seen[static_cast<size_t>(b)]) {
                    c.seen[static_cast<size_t>(b)] = 1;
                    waiting.push_back(b);
                }
            c.grow(waiting, 1, static_cast<int>(r));
            for (int b : waiting) c.seen[static_cast<size_t>(b)] = 0;
        }
        tangled = c.found > MOST;
        return static_cast<int>(MOLGLOT_OK);
    });
    return tangled || code != MOLGLOT_OK;
}
