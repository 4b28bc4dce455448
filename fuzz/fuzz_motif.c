/* fuzz_motif.c - any bytes as a vocabulary of motifs, and each line as a piece: what is read is
 * written and read again as the same structure, and a vocabulary finds its own labels. */
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void key_of(const mg_piece *p, mg_str *out) {
    out->n = 0;
    mg_piece_key(p, false, out);
    if (out->failed) abort();
}

static void one_piece(const char *s, size_t n) {
    mg_piece p, again;
    mg_str text = {0}, a = {0}, b = {0};
    if (mg_piece_read(s, n, &p, NULL)) return;
    mg_piece_write(&p, &text);
    key_of(&p, &a);
    if (!memchr(text.s, '.', text.n)) { /* one component */
        if (mg_piece_read(text.s, text.n, &again, NULL)) abort();
        key_of(&again, &b);
        if (a.n != b.n || memcmp(a.s, b.s, a.n)) abort();
    }
    mg_str_free(&text);
    mg_str_free(&a);
    mg_str_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 4096) return 0;
    const char *at = (const char *)data, *end = at + size;
    mg_motif_vocab *v = mg_motif_vocab_new(at, size, NULL);
    for (int32_t i = 0; v && i < mg_motif_vocab_pairs(v); i++) {
        const int32_t found = mg_motif_vocab_find(v, mg_motif_vocab_label(v, i), true);
        if (found < 0 || found > i) abort();
    }
    mg_motif_vocab_free(v);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        one_piece(at, (size_t)((stop ? stop : end) - at));
        at = stop ? stop + 1 : end;
    }
    return 0;
}
