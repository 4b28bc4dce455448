/* search.c - an index of three molecules, searched by a sentence.
 *
 *   cc search.c $(pkg-config --cflags --libs molglot) -o search
 *   ./search MODEL.safetensors /tmp/three.idx "a pain killer that is an acetate ester"
 */
#include <molglot.h>

#include <stdio.h>
#include <stdlib.h>

static int search(molglot_session *session, size_t dim, const char *path, const char *question,
                  molglot_error *err) {
    const char *const ids[] = {"ethanol", "aspirin", "caffeine"};
    const char *const smiles[] = {"CCO", "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"};
    int rc = molglot_index_build(session, ids, smiles, NULL, 3, 1, path, NULL, err);
    molglot_index *index = rc == MOLGLOT_OK ? molglot_index_open(path, err) : NULL;
    float *query = malloc(dim * sizeof *query);
    molglot_hit hits[3];
    rc = index && query ? molglot_embed_texts(session, &question, 1, query, NULL, err)
                        : MOLGLOT_FAILED;
    if (rc == MOLGLOT_OK) rc = molglot_index_search(index, query, 1, 3, hits, err);
    for (int i = 0; rc == MOLGLOT_OK && i < 3; i++)
        printf("%d  %.3f  %s  %s\n", i + 1, (double)hits[i].score,
               molglot_index_id(index, (size_t)hits[i].row),
               molglot_index_smiles(index, (size_t)hits[i].row));
    free(query);
    molglot_index_free(index);
    return rc;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s MODEL INDEX_TO_WRITE TEXT\n", argv[0]);
        return MOLGLOT_USAGE;
    }
    molglot_error err = {0};
    molglot_model *model = molglot_model_load(argv[1], &err);
    molglot_session *session = model ? molglot_session_new(model, NULL, &err) : NULL;
    int rc = session ? search(session, (size_t)molglot_model_dim(model), argv[2], argv[3], &err)
                     : MOLGLOT_FAILED;
    if (rc != MOLGLOT_OK) fprintf(stderr, "%s\n", err.message);
    molglot_session_free(session);
    molglot_model_free(model);
    return rc;
}
