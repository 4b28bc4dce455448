/* text2mol.c - molecules for a sentence, from C.
 *
 *   cc text2mol.c $(pkg-config --cflags --libs molglot) -o text2mol
 *   ./text2mol WRITER.safetensors MODEL.safetensors "a purine alkaloid found in coffee"
 *
 * The writer makes the molecules, the model (as for search) says how well each fits the sentence.
 */
#include <molglot.h>

#include <stdio.h>

static int generate(molglot_generator *generator, const char *sentence, molglot_error *err) {
    molglot_generate_options options = molglot_generate_options_default();
    options.n = 8;
    options.candidates = 32;
    options.diversity = 0.3f;
    molglot_generation result;
    int rc = molglot_generate(generator, &sentence, 1, &options, &result, err);
    if (rc != MOLGLOT_OK) return rc;
    printf("%d drawn, %d refused by RDKit, %d drawn before\n", result.drawn, result.invalid,
           result.duplicates);
    for (int i = 0; i < result.n; i++) {
        const molglot_molecule *m = &result.molecules[i];
        printf("%2d  %6.3f  %s  %s\n", m->rank, (double)m->score,
               m->valid ? (m->novel ? "new  " : "known") : "wrong", m->smiles);
    }
    molglot_generation_free(&result);
    return MOLGLOT_OK;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s WRITER MODEL TEXT\n", argv[0]);
        return MOLGLOT_USAGE;
    }
    molglot_error err = {0};
    molglot_model *model = molglot_model_load(argv[2], &err);
    molglot_session *ranker = model ? molglot_session_new(model, NULL, &err) : NULL;
    molglot_generator *generator = ranker ? molglot_generator_new(argv[1], ranker, NULL, &err)
                                          : NULL;
    int rc = generator ? generate(generator, argv[3], &err) : err.code;
    if (rc != MOLGLOT_OK) fprintf(stderr, "%s\n", err.message);
    molglot_generator_free(generator);
    molglot_session_free(ranker);
    molglot_model_free(model);
    return rc;
}
