/* options.c - option structs of include/molglot.h, which begin with their size: a program and a
 * library of different versions share the members that both know.
 */
#include "app/api/api.h"

#include <string.h>

int api_options_take(void *mine, size_t size, const void *theirs, const char *what,
                     molglot_error *err) {
    size_t given = 0;
    if (!theirs) return MOLGLOT_OK;
    memcpy(&given, theirs, sizeof given);
    if (given < sizeof given)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: the options have no size: make them with molglot_..._default()", what);
    if (given > size) given = size;
    memcpy((char *)mine + sizeof given, (const char *)theirs + sizeof given, given - sizeof given);
    return MOLGLOT_OK;
}

void api_options_give(void *theirs, size_t size, const void *mine, size_t my_size) {
    if (!theirs) return;
    memset(theirs, 0, size);
    memcpy(theirs, mine, size < my_size ? size : my_size);
    if (size >= sizeof size) memcpy(theirs, &size, sizeof size);
}
