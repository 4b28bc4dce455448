/* fuzz_npy.c - any bytes as an NPY file. A matrix that is taken lies inside the file, to the last
 * byte, and its own header is taken again with the same shape. */
#include "data/data.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t rows = -1, cols = -1, again[2];
    const size_t start = mg_npy_numbers(data, size, &rows, &cols);
    if (start == 0) return 0;
    const size_t bytes = size - start;
    if (start > size || rows < 0 || cols < 0 ||
        (cols == 0 || rows == 0 ? bytes != 0
                                : bytes / (size_t)cols / (size_t)rows != sizeof(float)))
        abort();
    mg_str file = {0};
    if (mg_npy_header(&file, rows, cols) != MOLGLOT_OK) return 0;
    const size_t header = file.n;
    mg_str_add(&file, data + start, bytes);
    if (!file.failed && (mg_npy_numbers(file.s, file.n, &again[0], &again[1]) != header ||
                         again[0] != rows || again[1] != cols))
        abort();
    mg_str_free(&file);
    return 0;
}
