/* load.c - opens libmolglot_cuda.so and takes its backend.
 *
 * To link CUDA would cost every start 1.65 s and 232 MB, so nothing here touches it before it is
 * asked for. The library stays open: CUDA cannot be unloaded safely.
 */
#include "tensor/backend.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libmolglot_cuda.so"
enum { WHY_BYTES = 256 };

/* version and the size of mg_backend must be those of the library's own build. */
typedef mg_backend *backend_new(int gpu, const char *version, size_t table_bytes,
                                molglot_error *err);

mg_backend *mg_backend_cuda_load(int gpu, molglot_error *err) {
    char why[WHY_BYTES];
    void *lib = mg_plugin_open(LIBRARY, RTLD_LOCAL, why, sizeof why),
         *symbol = lib ? dlsym(lib, "mg_cuda_backend_new") : NULL;
    if (!symbol) {
        mg_fail(err, MOLGLOT_FAILED,
                "device cuda needs %s, which `make cuda` builds where nvcc is installed (%s); "
                "without it, use the device cpu",
                LIBRARY, lib ? "no mg_cuda_backend_new in it" : why);
        return NULL;
    }
    backend_new *make;
    /* an object pointer to a function pointer, as POSIX allows */
    memcpy(&make, &symbol, sizeof make);
    return make(gpu, MOLGLOT_VERSION, sizeof(mg_backend), err);
}
