/* plugin.c - finds and opens libraries that nothing links: CUDA's backend, MPI's ranks. */
#include "base/base.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

/* The file that this code is in; empty when unknown. The linker knows libraries by path, the
 * program only by what it was called. */
static void this_file(char out[PATH_BYTES]) {
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1((void *)(uintptr_t)mg_plugin_open, &info, (void **)&map, RTLD_DL_LINKMAP))
        map = NULL;
    if (map && map->l_name[0]) {
        snprintf(out, PATH_BYTES, "%s", map->l_name);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - 1);
    out[n > 0 ? n : 0] = 0;
}

/* "folder of this code" + tail + the library; false when that is no file. */
static bool beside(const char *library, const char *tail, char out[PATH_BYTES]) {
    char file[PATH_BYTES];
    this_file(file);
    char *slash = strrchr(file, '/');
    if (!slash) return false;
    *slash = 0;
    int n = snprintf(out, PATH_BYTES, "%s/%s%s", file, tail, library);
    return n > 0 && n < PATH_BYTES && access(out, R_OK) == 0;
}

void *mg_plugin_open(const char *library, int flag, char *why, size_t n) {
    /* seen from the program, from lib/ and lib/x86_64-linux-gnu/ */
    static const char *const tails[] = {"", "../lib/molglot/", "../molglot/"};
    char path[PATH_BYTES];
    void *lib = dlopen(library, RTLD_NOW | flag);
    const char *reason = lib ? NULL : dlerror();
    snprintf(why, n, "%s", reason ? reason : "");
    for (size_t i = 0; i < MG_COUNT(tails) && !lib; i++) {
        if (!beside(library, tails[i], path)) continue;
        lib = dlopen(path, RTLD_NOW | flag);
        reason = lib ? NULL : dlerror();
        if (reason) snprintf(why, n, "%s", reason);
    }
    return lib;
}
