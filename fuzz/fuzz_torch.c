/* fuzz_torch.c - any bytes as a PyTorch file. An input that names no container is also run as the
 * object's pickle inside a legacy file, so that the opcodes are reached without guessing a magic
 * number. */
#include "tensor/files/weights.h"
#include "tensor/tensor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_file(const void *bytes, size_t n) {
    molglot_error err;
    mg_tensor_file *f = mg_tensor_file_memory(bytes, n, "fuzz", &err);
    for (size_t i = 0; f && i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        float *out = malloc((size_t)t->count * sizeof *out + 1);
        if (out && mg_file_tensor_to_f32(t, out, t->count, NULL)) abort();
        free(out);
    }
    mg_tensor_file_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char before[] = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
                                 "\x80\x02M\xe9\x03."
                                 "\x80\x02}.";
    static const char after[] = "\x80\x02]X\1\0\0\0"
                                "0a."
                                "\4\0\0\0\0\0\0\0"
                                "0123456789abcdef0123456789abcdef";
    try_file(data, size);
    mg_str whole = {0};
    mg_str_add(&whole, before, sizeof before - 1);
    mg_str_add(&whole, data, size);
    mg_str_add(&whole, after, sizeof after - 1);
    if (!whole.failed) try_file(whole.s, whole.n);
    mg_str_free(&whole);
    return 0;
}
