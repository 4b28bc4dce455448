/* rdkit_react.cc - one reaction in SMARTS run on one molecule, or on two. Every entry catches all
 * exceptions.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/ChemReactions/Reaction.h>
#include <GraphMol/ChemReactions/ReactionParser.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <algorithm>
#include <stdexcept>

using namespace RDKit;

namespace {

enum { MOST_PLACES = 64 };

/* The canonical SMILES of the first product of each place, distinct, in the order of places. */
std::vector<std::string> products_of(const MOL_SPTR_VECT &mols, const char *reaction) {
    std::vector<std::string> out;
    std::unique_ptr<ChemicalReaction> rxn(RxnSmartsToChemicalReaction(reaction));
    for (const auto &mol : mols)
        if (!mol) return out;
    if (!rxn) return out;
    rxn->initReactantMatchers();
    for (const auto &made : rxn->runReactants(mols, MOST_PLACES)) {
        if (made.empty()) continue;
        try {
            RWMol product(*made[0]);
            MolOps::sanitizeMol(product);
            MolOps::assignStereochemistry(product, true, true);
            /* read again: marks of what is no longer a centre go */
            std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(product)));
            if (!again) continue;
            const std::string s = MolToSmiles(*again);
            if (std::find(out.begin(), out.end(), s) == out.end()) out.push_back(s);
        } catch (const MolSanitizeException &) { /* no place for this change */
        }
    }
    return out;
}

int list_strings(const std::vector<std::string> &made, size_t most, char ***out, size_t *n,
                 molglot_error *err) {
    char **list = static_cast<char **>(std::calloc(made.size() + 1, sizeof *list));
    if (!list) return mg_no_memory(err, "a change of a molecule");
    size_t k = 0;
    for (; k < made.size() && k < most; k++)
        if (!(list[k] = strdup(made[k].c_str()))) break;
    *out = list;
    *n = k;
    if (k == std::min(made.size(), most)) return static_cast<int>(MOLGLOT_OK);
    return mg_no_memory(err, "a change of a molecule");
}

int list_products(const std::vector<const char *> &smiles, const char *reaction, size_t most,
                  char ***products, size_t *n, molglot_error *err) {
    *products = nullptr;
    *n = 0;
    return mg_rdkit_guard(err, "a change of a molecule", [&] {
        mg_rdkit_silence();
        MOL_SPTR_VECT mols;
        for (const char *s : smiles) mols.emplace_back(SmilesToMol(s));
        return list_strings(products_of(mols, reaction), most, products, n, err);
    });
}

/* The two products of each place, each canonical, the pairs distinct. */
std::vector<std::string> halves_of(const char *smiles, const char *reaction) {
    std::vector<std::string> out;
    ROMOL_SPTR mol(SmilesToMol(smiles));
    std::unique_ptr<ChemicalReaction> rxn(RxnSmartsToChemicalReaction(reaction));
    if (!mol || !rxn) return out;
    rxn->initReactantMatchers();
    for (const auto &made : rxn->runReactants({mol}, MOST_PLACES)) {
        if (made.size() != 2) continue;
        std::string half[2];
        for (size_t i = 0; i < 2; i++) {
            std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(*made[i])));
            if (again) half[i] = MolToSmiles(*again);
        }
        bool is_new = !half[0].empty() && !half[1].empty();
        for (size_t i = 0; i + 1 < out.size() && is_new; i += 2)
            is_new = out[i] != half[0] || out[i + 1] != half[1];
        if (is_new) out.insert(out.end(), {half[0], half[1]});
    }
    return out;
}

} // namespace

extern "C" int mg_smiles_react(const char *smiles, const char *reaction, size_t most,
                               char ***products, size_t *n, molglot_error *err) {
    return list_products({smiles}, reaction, most, products, n, err);
}

extern "C" int mg_smiles_join(const char *first, const char *second, const char *reaction,
                              size_t most, char ***products, size_t *n, molglot_error *err) {
    return list_products({first, second}, reaction, most, products, n, err);
}

extern "C" int mg_smiles_cut(const char *smiles, const char *reaction, size_t most, char ***halves,
                             size_t *n, molglot_error *err) {
    *halves = nullptr;
    *n = 0;
    return mg_rdkit_guard(err, "parts of a molecule", [&] {
        mg_rdkit_silence();
        return list_strings(halves_of(smiles, reaction), 2 * most, halves, n, err);
    });
}

extern "C" char *mg_smiles_mirror(const char *smiles) {
    return mg_rdkit_string([&] {
        mg_rdkit_silence();
        std::unique_ptr<ROMol> mol(SmilesToMol(smiles));
        if (!mol) throw std::invalid_argument("no molecule");
        for (auto atom : mol->atoms()) atom->invertChirality();
        /* read again: which of its marks mean something depends on all of them */
        std::unique_ptr<ROMol> again(SmilesToMol(MolToSmiles(*mol)));
        if (!again) throw std::invalid_argument("no molecule");
        return MolToSmiles(*again);
    });
}
