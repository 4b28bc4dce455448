/* text2mol.c - molecules for a sentence, from C: what these commands do.
 *
 *   molglot index examples/library.tsv -o library.idx
 *   molglot generate "a methyl ester of an amino acid" -n 3 --memory library.idx
 *
 *   cc text2mol.c $(pkg-config --cflags --libs molglot) -o text2mol
 *   ./text2mol MODEL library.idx "a methyl ester of an amino acid"
 *
 * The writer makes the molecules. While it does, it reads the sentence's nearest molecules of the
 * index. The model (as for search) says how well each fits the sentence. The writer is a part of
 * the model, or a file of its own: a fourth argument.
 */
#include <molglot.h>

#include <stdio.h>

static int generate(molglot_generator *generator, const char *sentence, molglot_error *err) {
    molglot_generate_options options = molglot_generate_options_default();
    options.n = 3;
    molglot_generation result;
    int code = molglot_generate(generator, &sentence, 1, &options, &result, err);
    if (code) return code;
    printf("%d drawn: %d refused by RDKit, %d drawn before, %d odd, %d shown\n", result.drawn,
           result.invalid, result.duplicates, result.odd, result.n);
    for (int i = 0; i < result.n; i++) {
        const molglot_molecule *m = &result.molecules[i];
        const char *what = !m->valid ? "wrong" : m->known_as ? m->known_as : "-";
        printf("%2d  %.6g  %.6g  %s  %s\n", m->rank, (double)m->score, m->nll, what, m->smiles);
    }
    molglot_generation_free(&result);
    return MOLGLOT_OK;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: %s MODEL INDEX TEXT [WRITER]\n", argv[0]);
        return MOLGLOT_USAGE;
    }
    molglot_error err = {0};
    molglot_model *model = molglot_model_load(argv[1], &err);
    molglot_options one = molglot_options_default();
    one.threads = 1; /* scores do not depend on how many the machine has */
    molglot_session *ranker = model ? molglot_session_new(model, &one, &err) : NULL;
    molglot_index *memory = ranker ? molglot_index_open(argv[2], &err) : NULL;
    molglot_writer *own = memory && argc == 5 ? molglot_writer_load(argv[4], &err) : NULL;
    const molglot_writer *writer = memory && argc == 4 ? molglot_model_writer(model, &err) : own;
    molglot_generator_options options = molglot_generator_options_default();
    options.ranker = ranker;
    options.memory = memory;
    molglot_generator *generator = writer ? molglot_generator_open(writer, &options, &err) : NULL;
    int code = generator ? generate(generator, argv[3], &err) : err.code;
    if (code) fprintf(stderr, "%s\n", err.message);
    molglot_generator_free(generator);
    molglot_writer_free(own);
    molglot_index_free(memory);
    molglot_session_free(ranker);
    molglot_model_free(model);
    return code;
}
