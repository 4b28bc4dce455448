/* numbers.c - the numbers about a molecule that a head may read: what facts count and compute, and
 * descriptors of RDKit's (connectivity, shape, surface by charge). Names stay, so that a head finds
 * its columns in a later build.
 */
#include "predict/predict.h"

#include <math.h>

#define FACT(name, member) \
    { name, offsetof(mg_facts, member), 'i' }
#define REAL(name, member) \
    { name, offsetof(mg_facts, member), 'd' }
#define ATOM(symbol, number) \
    { symbol, offsetof(mg_facts, elements) + (number) * sizeof(int), 'i' }
#define RING(name, size) \
    { name, offsetof(mg_facts, ring_sizes) + (size) * sizeof(int), 'i' }

static const struct {
    const char *name;
    size_t offset;
    char type;
} facts[] = {
    REAL("weight", weight),
    REAL("logP", logp),
    REAL("TPSA", tpsa),
    REAL("QED", qed),
    FACT("heavy atoms", heavy),
    FACT("charge", charge),
    FACT("components", components),
    FACT("isotopes", isotopes),
    FACT("radicals", radicals),
    FACT("metals", metals),
    FACT("donors", donors),
    FACT("acceptors", acceptors),
    FACT("rotatable bonds", rotatable),
    FACT("rings", rings),
    FACT("aromatic rings", aromatic_rings),
    FACT("hetero rings", hetero_rings),
    FACT("heteroaromatic rings", heteroaromatic_rings),
    FACT("largest ring", largest_ring),
    FACT("fused rings", fused),
    FACT("ring systems", ring_systems),
    FACT("spiro atoms", spiro),
    FACT("bridgeheads", bridged),
    FACT("macrocycles", macrocycles),
    FACT("stereocentres", stereocentres),
    FACT("unset stereocentres", unset),
    FACT("stereo bonds", stereobonds),
    FACT("unset stereo bonds", unset_bonds),
    FACT("chain", chain),
    FACT("double bonds", carbons_double),
    FACT("triple bonds", carbons_triple),
    FACT("acyl chains", n_acyls),
    FACT("Lipinski breaks", lipinski_breaks),
    ATOM("H", 1),
    ATOM("B", 5),
    ATOM("C", 6),
    ATOM("N", 7),
    ATOM("O", 8),
    ATOM("F", 9),
    ATOM("Si", 14),
    ATOM("P", 15),
    ATOM("S", 16),
    ATOM("Cl", 17),
    ATOM("Se", 34),
    ATOM("Br", 35),
    ATOM("I", 53),
    RING("three-membered rings", 3),
    RING("four-membered rings", 4),
    RING("five-membered rings", 5),
    RING("six-membered rings", 6),
    RING("seven-membered rings", 7),
    /* behind the shapes: names of heads that were trained before these numbers were right. They
     * hold what they held then, rings of three atoms fewer */
    RING("rings of 3", 0),
    RING("rings of 4", 1),
    RING("rings of 5", 2),
    RING("rings of 6", 3),
    RING("rings of 7", 4),
};
enum { ALL = MG_COUNT(facts), OLD = 5, FACTS = ALL - OLD };

int mg_predict_numbers(void) { return FACTS + MG_SHAPES; }
int mg_predict_numbers_known(void) { return ALL + MG_SHAPES; }

const char *mg_predict_number(int i) {
    return i < FACTS               ? facts[i].name
           : i < FACTS + MG_SHAPES ? mg_mol_shape_name(i - FACTS)
                                   : facts[i - MG_SHAPES].name;
}

static double compress(double x) { return isfinite(x) ? copysign(log1p(fabs(x)), x) : 0; }

int mg_predict_numbers_of(const mg_mol *m, const mg_facts *f, float *out, molglot_error *err) {
    double shapes[MG_SHAPES];
    int code = mg_mol_shapes(m, shapes, err);
    for (int i = 0; i < ALL; i++) {
        const char *at = (const char *)f + facts[i].offset;
        const double x = facts[i].type == 'd' ? *(const double *)(const void *)at
                                              : *(const int *)(const void *)at;
        out[i < FACTS ? i : i + MG_SHAPES] = (float)compress(x);
    }
    for (int i = 0; i < MG_SHAPES && !code; i++) out[FACTS + i] = (float)compress(shapes[i]);
    return code;
}
