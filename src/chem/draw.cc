/* draw.cc - a molecule as SVG text or PNG bytes, with coloured atoms and a legend. RDKit draws;
 * this file chooses the layout and makes the SVG fit for being pasted into a page: no XML prolog,
 * no ids, no metadata.
 */
#include "chem/rdkit_mol.h"

#include <GraphMol/Depictor/RDDepictor.h>
#include <GraphMol/MolDraw2D/MolDraw2DCairo.h>
#include <GraphMol/MolDraw2D/MolDraw2DSVG.h>
#include <GraphMol/MolDraw2D/MolDraw2DUtils.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

using namespace RDKit;

enum { COORDGEN_ATOMS = 100, COORDGEN_RINGS = 20, MIN_SIDE = 20, MAX_SIDE = 8192 };
/* so that ethanol is not blown up to the whole canvas */
static const double MAX_BOND_PIXELS = 38.0;

namespace {

/* ---- layout ---- */

typedef std::vector<RDGeom::Point3D> Points;

double turn(const RDGeom::Point3D &a, const RDGeom::Point3D &b, const RDGeom::Point3D &c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

bool cross(const Points &at, const Bond &u, const Bond &v) {
    const auto &a = at[u.getBeginAtomIdx()], &b = at[u.getEndAtomIdx()],
               &c = at[v.getBeginAtomIdx()], &d = at[v.getEndAtomIdx()];
    return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

/* Bonds drawn across each other: what makes a picture hard to read. */
int crossings(const ROMol &mol) {
    const Points &at = mol.getConformer().getPositions();
    int n = 0;
    for (unsigned i = 0; i < mol.getNumBonds(); i++)
        for (unsigned j = 0; j < i; j++)
            n += cross(at, *mol.getBondWithIdx(i), *mol.getBondWithIdx(j));
    return n;
}

void layout(RWMol &mol, bool rdkit) {
    RDDepict::compute2DCoords(mol, nullptr, true, true, 0, 0, 0, false, rdkit);
}

bool finite(const ROMol &mol) {
    for (const auto &p : mol.getConformer().getPositions())
        if (!std::isfinite(p.x) || !std::isfinite(p.y)) return false;
    return true;
}

/* Mean length of a bond: CoordGen's unit is another than RDKit's. */
double bond_length(const ROMol &mol) {
    const Points &at = mol.getConformer().getPositions();
    double sum = 0;
    for (auto bond : mol.bonds())
        sum += (at[bond->getBeginAtomIdx()] - at[bond->getEndAtomIdx()]).length();
    return sum > 0 ? sum / mol.getNumBonds() : 1.0;
}

/* The shortest step between atoms of two parts, from the first to the second. */
RDGeom::Point3D gap(const Points &at, const std::vector<int> &first,
                    const std::vector<int> &second) {
    RDGeom::Point3D best(1e9, 0, 0);
    for (int i : first) {
        for (int j : second) {
            RDGeom::Point3D step = at[static_cast<size_t>(j)] - at[static_cast<size_t>(i)];
            if (step.lengthSq() < best.lengthSq()) best = step;
        }
    }
    return best;
}

/* CoordGen sets the ions of a salt so close that their labels overlap: moves later parts away from
 * earlier ones. */
void part_fragments(RWMol &mol) {
    const double apart = 2.0 * bond_length(mol);
    std::vector<std::vector<int>> parts;
    MolOps::getMolFrags(mol, parts);
    Points &at = mol.getConformer().getPositions();
    for (size_t round = 0; parts.size() <= 20 && round < 10; round++) {
        bool moved = false;
        for (size_t i = 0; i < parts.size(); i++) {
            for (size_t j = i + 1; j < parts.size(); j++) {
                RDGeom::Point3D step = gap(at, parts[i], parts[j]);
                double length = step.length();
                if (length >= apart) continue;
                if (length < 1e-3) step = RDGeom::Point3D(1, 0, 0), length = 1;
                step *= (apart - length + 0.01) / length;
                for (int atom : parts[j]) at[static_cast<size_t>(atom)] += step;
                moved = true;
            }
        }
        if (!moved) break;
    }
}

} // namespace

void mg_rdkit_layout(RWMol &mol) {
    static std::once_flag once;
    std::call_once(once, [] { RDDepict::preferCoordGen = true; });
    bool large = mol.getNumAtoms() > COORDGEN_ATOMS ||
                 mol.getRingInfo()->numRings() > COORDGEN_RINGS;
    layout(mol, large);
    if (!finite(mol)) layout(mol, true); /* CoordGen gives no place to the atoms of H2 */
    int tangled = large ? 0 : crossings(mol);
    if (tangled > 0) { /* cages come out better in RDKit's layout */
        RWMol other(mol);
        layout(other, true);
        if (crossings(other) < tangled)
            mol.getConformer().getPositions() = other.getConformer().getPositions();
    }
    part_fragments(mol);
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
        h.atom_colours[atom] = o.colours
                                   ? DrawColour(o.colours[i][0], o.colours[i][1], o.colours[i][2])
                                   : DrawColour(1.0, 0.8, 0.4);
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

/* Pixels that a bond will be long: the drawing fills the canvas, but no bond gets longer than
 * MAX_BOND_PIXELS. */
double bond_pixels(const ROMol &mol, const mg_draw_options &o) {
    const Points &at = mol.getConformer().getPositions();
    RDGeom::Point3D low = at[0], high = at[0];
    for (const auto &p : at) {
        low = RDGeom::Point3D(std::min(low.x, p.x), std::min(low.y, p.y), 0);
        high = RDGeom::Point3D(std::max(high.x, p.x), std::max(high.y, p.y), 0);
    }
    double bond = bond_length(mol);
    return std::min({MAX_BOND_PIXELS, bond * o.width / (high.x - low.x + bond),
                     bond * o.height / (high.y - low.y + bond)});
}

/* Whether a hydrogen that was added to show stereo lies on another atom. */
bool crowded(const ROMol &mol) {
    const Points &at = mol.getConformer().getPositions();
    const double near = 0.45 * bond_length(mol);
    for (auto h : mol.atoms()) {
        if (h->getAtomicNum() != 1) continue;
        for (auto other : mol.atoms())
            if (other != h && (at[h->getIdx()] - at[other->getIdx()]).length() < near) return true;
    }
    return false;
}

/* Kekulised, with wedges; hydrogens at ring atoms where there is room for them. */
void prepare(RWMol &mol) {
    const RWMol bare(mol);
    MolDraw2DUtils::prepareMolForDrawing(mol);
    if (mol.getNumAtoms() == bare.getNumAtoms() || !crowded(mol)) return;
    mol = bare;
    MolDraw2DUtils::prepareMolForDrawing(mol, true, false);
}

/* places: x and y of each atom of m in the picture, or NULL. */
void draw(MolDraw2D &drawer, const mg_mol *m, const mg_draw_options &o, float *places) {
    RWMol mol(*m->mol);
    mg_rdkit_layout(mol);
    highlights h = collect_highlights(mol, o);
    MolDrawOptions &options = drawer.drawOptions();
    options.clearBackground = !o.transparent;
    options.includeMetadata = false;
    options.flagCloseContactsDist = -1; /* no boxes around what is close */
    options.prepareMolsBeforeDrawing = false;
    options.padding = 0.06;
    options.legendFontSize = std::max(11, std::min(18, o.height / 16));
    options.maxFontSize = 24;
    options.fixedBondLength = MAX_BOND_PIXELS / bond_length(mol);
    options.bondLineWidth = std::max(1.0, std::min(2.0, bond_pixels(mol, o) / 14.0));
    prepare(mol);
    drawer.drawMolecule(mol, o.legend ? o.legend : "", &h.atoms, &h.bonds, &h.atom_colours,
                        &h.bond_colours);
    for (int i = 0; places && i < static_cast<int>(m->mol->getNumAtoms()); i++) {
        const auto at = drawer.getDrawCoords(i);
        places[2 * i] = static_cast<float>(at.x);
        places[2 * i + 1] = static_cast<float>(at.y);
    }
}

int check(const mg_draw_options *o, molglot_error *err) {
    if (o->width < MIN_SIDE || o->height < MIN_SIDE || o->width > MAX_SIDE ||
        o->height > MAX_SIDE) {
        return mg_fail(err, MOLGLOT_USAGE,
                       "a picture of %d x %d pixels: sides must be between %d and %d", o->width,
                       o->height, static_cast<int>(MIN_SIDE), static_cast<int>(MAX_SIDE));
    }
    return MOLGLOT_OK;
}

} // namespace

extern "C" int mg_draw_svg(const mg_mol *m, const mg_draw_options *o, char **svg,
                           molglot_error *err) {
    return mg_draw_svg_places(m, o, svg, nullptr, err);
}

extern "C" int mg_draw_svg_places(const mg_mol *m, const mg_draw_options *o, char **svg,
                                  float *places, molglot_error *err) {
    *svg = nullptr;
    if (check(o, err)) return MOLGLOT_USAGE;
    return mg_rdkit_guard(err, "drawing", [&] {
        MolDraw2DSVG drawer(o->width, o->height);
        draw(drawer, m, *o, places);
        drawer.finishDrawing();
        std::string text = drawer.getDrawingText();
        size_t start = text.find("<svg");
        if (start == std::string::npos)
            return mg_fail(err, MOLGLOT_FAILED, "drawing: RDKit made no SVG");
        size_t bytes = text.size() - start + 1;
        *svg = static_cast<char *>(std::malloc(bytes));
        if (!*svg) return mg_no_memory(err, "a drawing");
        std::memcpy(*svg, text.c_str() + start, bytes);
        return static_cast<int>(MOLGLOT_OK);
    });
}

extern "C" int mg_draw_png(const mg_mol *m, const mg_draw_options *o, uint8_t **png, size_t *n,
                           molglot_error *err) {
    *png = nullptr;
    *n = 0;
    if (check(o, err)) return MOLGLOT_USAGE;
    return mg_rdkit_guard(err, "drawing", [&] {
        MolDraw2DCairo drawer(o->width, o->height);
        draw(drawer, m, *o, nullptr);
        drawer.finishDrawing();
        std::string bytes = drawer.getDrawingText();
        *png = static_cast<uint8_t *>(std::malloc(bytes.size() + 1));
        if (!*png) return mg_no_memory(err, "a drawing");
        std::memcpy(*png, bytes.data(), bytes.size());
        *n = bytes.size();
        return static_cast<int>(MOLGLOT_OK);
    });
}
