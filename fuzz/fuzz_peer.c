/* fuzz_peer.c - any bytes as a peer's answer, in one piece and as they come: it is complete only
 * where it lies within them, and what is complete stays so. Then its JSON against the shapes. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const char *bytes, size_t n, bool ended) {
    srv_answer a;
    if (srv_answer_read(bytes, n, ended, 1 << 20, &a) != SRV_WHOLE_ANSWER) return;
    if (a.status < 200 || a.status > 999 || a.body < bytes || a.body > bytes + n ||
        a.n > n - (size_t)(a.body - bytes))
        abort();
    srv_wrong wrong;
    json_t *v = json_loadb(a.body, a.n, JSON_REJECT_DUPLICATES, NULL);
    if (v && srv_shape_take(&srv_gives_search, v, &wrong)) {
        if (!json_is_array(json_object_get(v, "results"))) abort();
    }
    json_decref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* a block of its own, so that a read behind it is seen */
    for (size_t n = size > 64 ? size - 64 : 0; n <= size; n += n + 7 < size ? 7 : 1) {
        char *bytes = malloc(n + !n);
        if (!bytes) abort();
        memcpy(bytes, data, n);
        look(bytes, n, false);
        look(bytes, n, true);
        free(bytes);
    }
    return 0;
}
