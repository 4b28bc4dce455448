/* fuzz_safetensors.c - any bytes as a safetensors file: accepted files must be readable to the last
 * element; and as a bundle, whose parts are loaded or refused. */
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"
#include "tensor/tensor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_error err;
    mg_tensor_file *f = mg_tensor_file_memory(data, size, "fuzz", &err);
    for (size_t i = 0; f && i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        if (mg_tensor_file_find(f, t->name) != t) abort();
        float *out = malloc((size_t)t->count * sizeof *out + 1);
        if (out && mg_file_tensor_to_f32(t, out, t->count, NULL)) abort();
        free(out);
    }
    mg_tensor_file_close(f);
    mg_bundle *b = f ? mg_bundle_memory(data, size, "fuzz", &err) : NULL;
    for (size_t i = 0; b && i < mg_bundle_count(b); i++) {
        mg_part_info part;
        if (mg_bundle_info(b, i, &part, NULL)) abort();
        mg_bundle_verify(b, i, NULL);
        mg_bundle_try(b, i, NULL);
    }
    mg_bundle_close(b);
    return 0;
}
