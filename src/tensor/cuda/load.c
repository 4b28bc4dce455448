/* load.c - opens libmolglot_cuda.so and takes its backend.
 *
 * The library is looked for where the dynamic linker looks (LD_LIBRARY_PATH, system folders), then
 * beside this code, be that the program or libmolglot.so, then in lib/molglot of the same tree. To
 * link CUDA would cost every start 1.65 s and 232 MB, so nothing here touches it before it is asked
 * for. The library stays open: CUDA cannot be unloaded safely.
 */
#include "tensor/backend.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libmolglot_cuda.so"
enum { PATH_BYTES = 1024, WHY_BYTES = 256 };

/* version and the size of mg_backend must be those of the library's own build. */
typedef mg_backend *backend_new(int gpu, const char *version, size_t table_bytes,
                                molglot_error *err);

/* The file that this code is in; empty when unknown. The linker knows libraries by path, the
 * program only by what it was called. */
static void this_file(char out[PATH_BYTES]) {
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1((void *)(uintptr_t)mg_backend_cuda_load, &info, (void **)&map, RTLD_DL_LINKMAP))
        map = NULL;
    if (map && map->l_name[0]) {
        snprintf(out, PATH_BYTES, "%s", map->l_name);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - 1);
    out[n > 0 ? n : 0] = 0;
}

/* "folder of this code" + tail + the library; false when that is no file. */
static bool beside(char out[PATH_BYTES], const char *tail) {
    char file[PATH_BYTES];
    this_file(file);
    char *slash = strrchr(file, '/');
    if (!slash) return false;
    *slash = 0;
    int n = snprintf(out, PATH_BYTES, "%s/%s%s", file, tail, LIBRARY);
    return n > 0 && n < PATH_BYTES && access(out, R_OK) == 0;
}

/* NULL, and why: of the library that is there and cannot be opened, rather than of those that are
 * not there. */
static void *open_library(char why[WHY_BYTES]) {
    /* seen from the program, from lib/ and lib/x86_64-linux-gnu/ */
    static const char *const tails[] = {"", "../lib/molglot/", "../molglot/"};
    char path[PATH_BYTES];
    void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const char *reason = lib ? NULL : dlerror();
    snprintf(why, WHY_BYTES, "%s", reason ? reason : "");
    for (size_t i = 0; i < MG_COUNT(tails) && !lib; i++) {
        if (!beside(path, tails[i])) continue;
        lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        reason = lib ? NULL : dlerror();
        if (reason) snprintf(why, WHY_BYTES, "%s", reason);
    }
    return lib;
}

mg_backend *mg_backend_cuda_load(int gpu, molglot_error *err) {
    char why[WHY_BYTES];
    void *lib = open_library(why), *symbol = lib ? dlsym(lib, "mg_cuda_backend_new") : NULL;
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
