/* embed.c - the smallest use of the library: how near are a sentence and a molecule?
 *
 *   cc embed.c $(pkg-config --cflags --libs molglot) -o embed
 *   ./embed MODEL.safetensors "a purine alkaloid" "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
 */
#include <molglot.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s MODEL TEXT SMILES\n", argv[0]);
        return MOLGLOT_USAGE;
    }
    molglot_error err = {0};
    molglot_row_status status;
    molglot_model *model = molglot_model_load(argv[1], &err);
    molglot_session *session = model ? molglot_session_new(model, NULL, &err) : NULL;
    size_t dim = model ? (size_t)molglot_model_dim(model) : 0;
    float *text = malloc(dim * sizeof *text + 1), *molecule = malloc(dim * sizeof *molecule + 1);
    const char *const texts[] = {argv[2]}, *const smiles[] = {argv[3]};
    int rc = session && text && molecule ? MOLGLOT_OK : MOLGLOT_FAILED;
    if (rc == MOLGLOT_OK) rc = molglot_embed_texts(session, texts, 1, text, NULL, &err);
    if (rc == MOLGLOT_OK) rc = molglot_embed_smiles(session, smiles, 1, molecule, &status, &err);
    if (rc == MOLGLOT_OK && !status.ok) {
        fprintf(stderr, "%s: %s\n", argv[3], status.reason);
        rc = MOLGLOT_REJECTED;
    } else if (rc == MOLGLOT_OK) {
        double cosine = 0;
        for (size_t i = 0; i < dim; i++) cosine += (double)text[i] * (double)molecule[i];
        printf("cosine %.4f in %zu dimensions\n", cosine, dim);
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    free(text);
    free(molecule);
    molglot_session_free(session);
    molglot_model_free(model);
    return rc;
}
