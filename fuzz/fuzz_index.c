/* fuzz_index.c - any bytes as an index file, as they are and with the header's checksum put right,
 * of any version: an index that opens must be readable to its last string and searchable. */
#include "search/inside.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const mg_index *x) {
    size_t sum = 0;
    for (int64_t i = -1; i <= mg_index_size(x); i++)
        sum += strlen(mg_index_id(x, i)) + strlen(mg_index_smiles(x, i)) +
               strlen(mg_index_text(x, i)) + strlen(mg_index_inchikey(x, i)) +
               (size_t)(mg_index_number(x, i) & 1) + (size_t)(mg_index_molecule(x, i) & 1);
    const char *const *names;
    const int columns = mg_index_columns(x, &names);
    for (int c = 0; c < columns; c++) {
        sum += strlen(names[c]);
        for (int64_t i = 0; i < mg_index_size(x) && i < 8; i++)
            sum += strlen(mg_index_cell(x, i, c));
    }
    const mg_searched texts = mg_index_searched_texts(x);
    for (int64_t t = 0; t < texts.rows->n; t++)
        if (mg_index_text_rows(x)[t] < 0 || mg_index_text_rows(x)[t] >= mg_index_size(x)) abort();
    int dim = mg_index_model_dim(x);
    float *query = calloc((size_t)dim, sizeof *query), *back = calloc((size_t)dim, sizeof *back);
    molglot_hit hits[4];
    if (!query || !back) abort();
    query[0] = 1;
    if (mg_index_search(x, query, 1, 4, 1, hits, NULL)) abort();
    for (int i = 0; i < 4; i++)
        if (hits[i].row < -1 || hits[i].row >= mg_index_size(x)) abort();
    const mg_searched both[2] = {mg_index_searched(x), texts};
    for (int i = 0; i < 4; i++) { /* by codes, however few rows, and exactly */
        const mg_search s = {.parts = &both[i % 2],
                             .n_parts = 1,
                             .k = 4,
                             .min_score = -INFINITY,
                             .threads = 1,
                             .exact = i > 1,
                             .candidates = 1};
        if (mg_search_run(&s, query, 1, hits, NULL)) abort();
        for (int h = 0; h < 4; h++)
            if (hits[h].row < -1 || hits[h].row >= both[i % 2].rows->n) abort();
    }
    if (mg_index_size(x) && mg_index_embeddings(x, mg_index_size(x) - 1, 1, back, NULL)) abort();
    if (mg_matrix_search(texts.rows, texts.max_norm, query, 1, 4, 1, hits, NULL)) abort();
    mg_concat_result joined; /* walks over all rows; /dev/null takes them */
    if (!mg_index_concat("/dev/null", &x, 1, NULL, &joined, NULL) &&
        joined.rows != mg_index_size(x))
        abort();
    free(query);
    free(back);
    if (strlen(mg_index_model_name(x)) + strlen(mg_index_model_sha256(x)) + sum == SIZE_MAX)
        abort();
}

static void open_and_use(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("index", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int verify = 0; verify < 2; verify++) {
        mg_index *x = mg_index_open(path, verify, NULL);
        if (x) use(x);
        mg_index_close(x);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_and_use(data, size);
    uint8_t *copy = malloc(size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    mg_index_header *h = (mg_index_header *)(void *)copy;
    mg_index2_header *second = (mg_index2_header *)(void *)copy;
    mg_index1_header *old = (mg_index1_header *)(void *)copy;
    if (size >= sizeof *h && h->version == MG_INDEX_VERSION) {
        h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
        open_and_use(copy, size);
    } else if (size >= sizeof *second && second->version == 2) {
        second->header_checksum = mg_hash64(second, offsetof(mg_index2_header, header_checksum), 0);
        open_and_use(copy, size);
    } else if (size >= sizeof *old) {
        old->header_checksum = mg_hash64(old, offsetof(mg_index1_header, header_checksum), 0);
        open_and_use(copy, size);
    }
    free(copy);
    return 0;
}
