/* fuzz_body.c - any bytes as a body of any route: JSON, arguments, defaults; what passes fits
 * again, and a second pass changes nothing. The first byte chooses the route. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const srv_route *routes;
    const size_t n = srv_routes(&routes);
    if (!size) return 0;
    const srv_shape *shape = routes[data[0] % n].takes;
    json_t *args = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
    srv_wrong wrong = {.field = "", .message = ""};
    if (!args || !shape) {
        json_decref(args);
        return 0;
    }
    if (srv_shape_take(shape, args, &wrong)) {
        json_t *again = json_deep_copy(args);
        if (!srv_shape_take(shape, again, &wrong) || !json_equal(again, args)) abort();
        json_decref(again);
    } else if (!*wrong.field || !*wrong.message || !memchr(wrong.field, 0, sizeof wrong.field))
        abort();
    char path[64];
    bool other;
    const size_t m = size < sizeof path ? size : sizeof path - 1;
    memcpy(path, data, m);
    path[m] = 0;
    char rest[16];
    (void)srv_route_find("GET", path, rest, sizeof rest, &other);
    json_t *text = srv_text(path);
    if (!text) abort();
    json_decref(text);
    json_decref(args);
    return 0;
}
