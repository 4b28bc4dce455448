/* fuzz_t5.c - any bytes as a tokeniser of T5, as a config.json beside a checkpoint, and as a file
 * of the part `t5`: what opens must read and write texts, or refuse. */
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_pieces(const mg_sentencepiece *w) {
    static const char *const texts[] = {"", "The molecule is an acid.", "C/C=C\\C", "\xff\xe2\x84"};
    for (size_t i = 0; i < MG_COUNT(texts); i++) {
        int32_t *ids, n;
        if (mg_sentencepiece_encode(w, texts[i], strlen(texts[i]), 9, &ids, &n, NULL)) continue;
        if (n < 1 || n > 9) abort();
        free(mg_sentencepiece_decode(w, ids, (size_t)n, NULL));
        free(ids);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_error err = {0};
    mg_t5_config c;
    mg_sentencepiece *w = mg_sentencepiece_new(data, size, &err);
    if (w) use_pieces(w);
    mg_sentencepiece_free(w);
    char *json = strndup((const char *)data, size);
    if (json && mg_t5_config_from_json(json, &c, &err) == MOLGLOT_OK &&
        mg_t5_config_check(&c, &err) != MOLGLOT_OK)
        abort();
    free(json);
    mg_bundle *b = mg_bundle_memory(data, size, "input", &err);
    const mg_t5_part *part = b && mg_bundle_has(b, MG_PART_T5) ? mg_bundle_t5(b, &err) : NULL;
    if (part) use_pieces(part->pieces);
    mg_bundle_close(b);
    return 0;
}
