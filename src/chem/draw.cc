/* draw.cc - a molecule as SVG text or PNG bytes, with coloured atoms and a legend.
 *
 * Called by `search --html`, `explain` and the server. RDKit draws; this file chooses the layout and makes the SVG fit for being
 * pasted into a page: no XML prolog, no ids, no metadata.
 */
#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/MolDraw2D/MolDraw2DSVG.h>
#include <GraphMol/MolDraw2D/MolDraw2DUtils.h>
#if __has_include(<cairo.h>)            /* libcairo2-dev: RDKit's PNG drawer needs its header */
#include <GraphMol/MolDraw2D/MolDraw2DCairo.h>
#define MG_HAVE_CAIRO 1
#else
#define MG_HAVE_CAIRO 0
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "chem/rdkit_mol.h"

using namespace RDKit;

enum { COORDGEN_ATOMS = 100, COORDGEN_RINGS = 20, MIN_SIDE = 20, MAX_SIDE = 8192 };

void mg_rdkit_layout(RWMol &mol) {
    static std::once_flag once;
    std::call_once(once, [] { RDDepict::preferCoordGen = true; });
    bool large = mol.getNumAtoms() > COORDGEN_ATOMS || mol.getRingInfo()->numRings() > COORDGEN_RINGS;
    RDDepict::compute2DCoords(mol, nullptr, true, true, 0, 0, 0, false, large);
}

namespace {

/* What drawMolecule wants to know about colours. A bond is coloured when both its atoms are. */
struct highlights {
    std::vector<int> atoms, bonds;
    std::map<int, DrawColour> atom_colours, bond_colours;
};

highlights collect_highlights(const ROMol &mol, const mg_draw_options &o) {
    highlights h;
    for (int i = 0; i < o.n_highlight; i++) {
        int atom = o.highlight[i];
        if (atom < 0 || atom >= static_cast<int>(mol.getNumAtoms())) continue;
        h.atoms.push_back(atom);
        h.atom_colours[atom] = o.colours ? DrawColour(o.colours[i][0], o.colours[i][1], o.colours[i][2]) : DrawColour(1.0, 0.8, 0.4);
    }
    for (auto bond : mol.bonds()) {
        auto a = h.atom_colours.find(static_cast<int>(bond->getBeginAtomIdx()));
        auto b = h.atom_colours.find(static_cast<int>(bond->getEndAtomIdx()));
        if (a == h.atom_colours.end() || b == h.atom_colours.end()) continue;
        int index = static_cast<int>(bond->getIdx());
        h.bonds.push_back(index);
        h.bond_colours[index] = (a->second + b->second) / 2.0;
    }
    return h;
}

void draw(MolDraw2D &drawer, const mg_mol *m, const mg_draw_options &o) {
    RWMol mol(*m->mol);
    mg_rdkit_layout(mol);
    highlights h = collect_highlights(mol, o);
    MolDrawOptions &options = drawer.drawOptions();
    options.clearBackground = !o.transparent;
    options.includeMetadata = false;
    options.prepareMolsBeforeDrawing = false;
    options.padding = 0.06;
    options.legendFontSize = std::max(11, std::min(18, o.height / 16));
    options.maxFontSize = 24;
    options.fixedBondLength = 40.0;      /* the most a bond may be long, in pixels: small molecules are not blown up */
    MolDraw2DUtils::prepareMolForDrawing(mol);
    drawer.drawMolecule(mol, o.legend ? o.legend : "", &h.atoms, &h.bonds, &h.atom_colours, &h.bond_colours);
}

int check(const mg_draw_options *o, molglot_error *err) {
    if (o->width < MIN_SIDE || o->height < MIN_SIDE || o->width > MAX_SIDE || o->height > MAX_SIDE) {
        return mg_fail(err, MOLGLOT_USAGE, "a picture of %d x %d pixels: sides must be between %d and %d", o->width, o->height,
                       static_cast<int>(MIN_SIDE), static_cast<int>(MAX_SIDE));
    }
    return MOLGLOT_OK;
}

}  // namespace

extern "C" int mg_draw_svg(const mg_mol *m, const mg_draw_options *o, char **svg, molglot_error *err) {
    *svg = nullptr;
    if (check(o, err)) return MOLGLOT_USAGE;
    return mg_rdkit_guard(err, "drawing", [&] {
        MolDraw2DSVG drawer(o->width, o->height);
        draw(drawer, m, *o);
        drawer.finishDrawing();
        std::string text = drawer.getDrawingText();
        size_t start = text.find("<svg");
        if (start == std::string::npos) return mg_fail(err, MOLGLOT_FAILED, "drawing: RDKit made no SVG");
        size_t bytes = text.size() - start + 1;
        *svg = static_cast<char *>(std::malloc(bytes));
        if (!*svg) return mg_fail(err, MOLGLOT_NO_MEMORY, "drawing: not enough memory");
        std::memcpy(*svg, text.c_str() + start, bytes);
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" int mg_draw_png(const mg_mol *m, const mg_draw_options *o, uint8_t **png, size_t *n, molglot_error *err) {
    *png = nullptr;
    *n = 0;
    if (check(o, err)) return MOLGLOT_USAGE;
#if MG_HAVE_CAIRO
    return mg_rdkit_guard(err, "drawing", [&] {
        MolDraw2DCairo drawer(o->width, o->height);
        draw(drawer, m, *o);
        drawer.finishDrawing();
        std::string bytes = drawer.getDrawingText();
        *png = static_cast<uint8_t *>(std::malloc(bytes.size() + 1));
        if (!*png) return mg_fail(err, MOLGLOT_NO_MEMORY, "drawing: not enough memory");
        std::memcpy(*png, bytes.data(), bytes.size());
        *n = bytes.size();
        return static_cast<int>(MOLGLOT_OK);
    });
#else
    (void)m;
    return mg_fail(err, MOLGLOT_FAILED, "this build has no PNG pictures (it was made without libcairo2-dev); SVG works");
#endif
}
