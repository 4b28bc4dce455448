/* sketch.c - a fragment as a SMILES, its centres and double bonds as the name has them. */
#include "chem/nomenclature/inside.h"

/* It has so many bonds with the hydrogen that phosphonic and sulfinic acids may have. */
static bool has_lambda(const name_fragment *f, int atom) {
    const name_atom *a = &f->a[atom];
    const int orders = name_orders(f, atom);
    const bool metal = a->number == 50 || a->number > 79 || a->number == 13 || a->number == 30 ||
                       a->number == 48;
    if (orders == a->lambda) return true;
    if (metal || !*a->locant) return false;
    return a->lambda == 3 ? orders < 3 : orders + 1 == a->lambda && orders > 2;
}

/* "dimethyltin", which may have two hydrogens or none. */
static bool is_open_tin(const name_fragment *f, int i) {
    const name_atom *a = &f->a[i];
    return (a->number == 50 || a->number == 82) && !a->charge && !a->lambda &&
           name_orders(f, i) == 2;
}

bool name_sketch(const name_fragment *f, int mark, mg_sketch_atom *atoms, mg_sketch_bond *bonds) {
    for (int i = 0; i < f->n; i++) {
        const name_atom *a = &f->a[i];
        if ((a->lambda && !has_lambda(f, i)) || is_open_tin(f, i)) return false;
        if (name_free(f, i) < 0 && i != mark &&
            !(a->number == 11 || a->number == 19 || a->number == 3))
            return false;
        const bool deuterium = a->number == NAME_DEUTERIUM;
        atoms[i] = (mg_sketch_atom){.number = deuterium ? 1 : a->number,
                                    .isotope = deuterium ? 2 : 0,
                                    .charge = a->charge,
                                    .cip = a->cip,
                                    .centre = name_near_known(f, i)};
        for (int k = 0; k < 4; k++) atoms[i].near[k] = a->near[k] < NEAR_FREE ? a->near[k] : -1;
    }
    for (int i = 0; i < f->m; i++)
        bonds[i] = (mg_sketch_bond){f->b[i].a, f->b[i].b, f->b[i].order, f->b[i].ez};
    return true;
}

char *name_sketched(const name_fragment *f, int mark) {
    mg_sketch_atom atoms[NAME_ATOMS];
    mg_sketch_bond bonds[NAME_BONDS];
    if (!name_sketch(f, mark, atoms, bonds)) return NULL;
    return mg_smiles_of_sketch(atoms, f->n, bonds, f->m, f->any_cip, f->any_ez);
}
