/* fuzz_index.c - any bytes as an index file, as they are and with the header's checksum put right:
 * an index that opens must be readable to its last string and searchable. */
#include "search/inside.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const mg_index *x) {
    size_t sum = 0;
    for (int64_t i = -1; i <= mg_index_size(x); i++)
        sum += strlen(mg_index_id(x, i)) + strlen(mg_index_smiles(x, i)) +
               strlen(mg_index_text(x, i));
    int dim = mg_index_dim(x);
    float *query = calloc((size_t)dim, sizeof *query);
    molglot_hit hits[4];
    if (!query) return;
    query[0] = 1;
    if (mg_index_search(x, query, 1, 4, 1, hits, NULL)) abort();
    for (int i = 0; i < 4; i++)
        if (hits[i].row < -1 || hits[i].row >= mg_index_size(x)) abort();
    free(query);
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
    if (size < sizeof(mg_index_header)) return 0;
    uint8_t *copy = malloc(size);
    if (!copy) return 0;
    memcpy(copy, data, size);
    mg_index_header *h = (mg_index_header *)(void *)copy;
    h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
    open_and_use(copy, size);
    free(copy);
    return 0;
}
