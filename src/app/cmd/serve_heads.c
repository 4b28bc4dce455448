/* serve_heads.c - the heads that predict properties: those in the model's folder, and files. */
#include "app/cmd/serve.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool serve_heads_add(serve_heads *h, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!strncmp(name, "heads.", 6)) name += 6;
    const char *dot = strrchr(name, '.');
    mg_server_head *list = realloc(h->list, ((size_t)h->n + 1) * sizeof *list);
    if (list) h->list = list;
    char *own = strndup(name, dot && dot != name ? (size_t)(dot - name) : strlen(name)),
         *place = strdup(path);
    if (list && own && place) {
        list[h->n++] = (mg_server_head){own, place};
        return true;
    }
    free(own);
    free(place);
    return false;
}

bool serve_heads_of_folder(serve_heads *h, const char *folder) {
    struct dirent **files = NULL;
    const int n = scandir(folder, &files, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        const char *name = files[i]->d_name, *end = strstr(name, ".safetensors");
        const int written = snprintf(path, sizeof path, "%s/%s", folder, name);
        if (ok && !strncmp(name, "heads.", 6) && end && !end[12] && written > 0 &&
            written < (int)sizeof path)
            ok = serve_heads_add(h, path);
        free(files[i]);
    }
    free(files);
    return ok;
}

void serve_heads_free(serve_heads *h) {
    for (int i = 0; i < h->n; i++) {
        free((char *)(uintptr_t)h->list[i].name);
        free((char *)(uintptr_t)h->list[i].path);
    }
    free(h->list);
    *h = (serve_heads){0};
}
