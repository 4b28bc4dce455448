/* rdkit_smarts.cc - patterns in SMARTS, matched as RDKit's HasSubstructMatch does by default:
 * without chirality, unless a pattern's atoms name it. Every entry catches all exceptions.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/Substruct/SubstructMatch.h>

using namespace RDKit;

struct mg_smarts {
    std::unique_ptr<ROMol> pattern;
};

namespace {

enum { LONGEST = 2000 }; /* characters of a pattern */

} // namespace

extern "C" mg_smarts *mg_smarts_new(const char *smarts, molglot_error *err) {
    const size_t n = std::strlen(smarts);
    if (!n || n > LONGEST) {
        mg_fail(err, MOLGLOT_USAGE,
                n ? "a SMARTS pattern of %zu characters: %d are the limit"
                  : "an empty SMARTS pattern",
                n, LONGEST);
        return nullptr;
    }
    if (std::strstr(smarts, ">>") || std::strpbrk(smarts, " \t\r\n")) {
        mg_fail(err, MOLGLOT_USAGE, "'%s' is no SMARTS pattern: %s", smarts,
                std::strstr(smarts, ">>") ? "a reaction" : "it has blanks");
        return nullptr;
    }
    mg_smarts *out = nullptr;
    const int code = mg_rdkit_guard(err, "SMARTS", [&] {
        mg_rdkit_silence();
        std::unique_ptr<ROMol> pattern(SmartsToMol(smarts));
        if (!pattern || !pattern->getNumAtoms())
            return mg_fail(err, MOLGLOT_USAGE, "'%s' is no SMARTS pattern", smarts);
        out = new mg_smarts{std::move(pattern)};
        return static_cast<int>(MOLGLOT_OK);
    });
    return code ? nullptr : out;
}

extern "C" void mg_smarts_free(mg_smarts *s) { delete s; }

extern "C" int mg_smarts_count(const mg_smarts *s, const mg_mol *m, int max) {
    try {
        SubstructMatchParameters how;
        how.maxMatches = static_cast<unsigned>(max < 1 ? 1 : max);
        return static_cast<int>(SubstructMatch(*m->mol, *s->pattern, how).size());
    } catch (...) {
        mg_rdkit_caught();
        return -1;
    }
}

extern "C" int mg_smarts_places(const mg_smarts *s, const mg_mol *m, int max, int32_t **atoms,
                                int *size) {
    *atoms = nullptr;
    try {
        SubstructMatchParameters how;
        how.maxMatches = static_cast<unsigned>(max < 1 ? 1 : max);
        const auto found = SubstructMatch(*m->mol, *s->pattern, how);
        const size_t width = s->pattern->getNumAtoms();
        *size = static_cast<int>(width);
        *atoms = static_cast<int32_t *>(malloc((found.size() * width + 1) * sizeof **atoms));
        if (!*atoms) return -1;
        for (size_t i = 0; i < found.size(); i++)
            for (const auto &pair : found[i])
                (*atoms)[i * width + static_cast<size_t>(pair.first)] = pair.second;
        return static_cast<int>(found.size());
    } catch (...) {
        mg_rdkit_caught();
        return -1;
    }
}

extern "C" int mg_smiles_count(const char *smiles, const char *smarts, int max) {
    mg_mol *m = mg_mol_from_smiles(smiles, nullptr, nullptr);
    mg_smarts *s = m ? mg_smarts_new(smarts, nullptr) : nullptr;
    const int n = s ? mg_smarts_count(s, m, max) : 0;
    mg_smarts_free(s);
    mg_mol_free(m);
    return n;
}
