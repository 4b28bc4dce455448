/* page.c - the files that a browser gets: the page, built in, and the site's own editor of
 * molecules, read once from the folder of --sketcher. A request names one of them or nothing: no
 * path is made of what it says. */
#include "app/server/inside.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char html[] = {
#include "app/server/page.html.h"
};
static const char style[] = {
#include "app/server/page.css.h"
};
static const char script[] = {
#include "app/server/page.js.h"
};

/* Nothing from outside, nothing inline, nobody's frame. */
#define STRICT                                                                        \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "     \
    "frame-ancestors 'none'"
/* An editor's frame: its scripts may make code of strings (GWT does), but it has no network. */
#define SKETCH                                                                                 \
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' "   \
    "'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; " \
    "worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

enum { MOST_FILES = 500, MOST_BYTES = 64 << 20, DEEPEST = 8 };

typedef struct files {
    srv_file *list;
    size_t n;
    size_t bytes;
    int code;
} files;

static bool add(files *f, const char *path, const char *type, const char *policy, char *bytes,
                size_t n) {
    srv_file *list = f->n < MOST_FILES ? realloc(f->list, (f->n + 1) * sizeof *list) : NULL;
    char *own = strdup(path);
    if (list) f->list = list;
    if (!list || !own || !bytes) {
        free(own);
        free(bytes);
        f->code = MOLGLOT_FAILED;
        return false;
    }
    f->list[f->n++] =
        (srv_file){.path = own, .type = type, .policy = policy, .bytes = bytes, .n = n};
    return true;
}

static char *joined(const char *a, const char *b) {
    char *s = malloc(strlen(a) + strlen(b) + 1);
    return s ? strcat(strcpy(s, a), b) : NULL;
}

static const char *type_of(const char *name) {
    static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
                                           {".js", "text/javascript; charset=utf-8"},
                                           {".css", "text/css; charset=utf-8"},
                                           {".json", "application/json"},
                                           {".svg", "image/svg+xml"},
                                           {".png", "image/png"},
                                           {".gif", "image/gif"},
                                           {".wasm", "application/wasm"},
                                           {".woff2", "font/woff2"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < SRV_COUNT(types); i++)
        if (!strcmp(dot, types[i][0])) return types[i][1];
    return "application/octet-stream";
}

static void add_file(files *f, const char *path, const char *as) {
    FILE *in = fopen(path, "rb");
    struct stat st;
    if (!in || fstat(fileno(in), &st) || !S_ISREG(st.st_mode)) {
        if (in) fclose(in);
        return;
    }
    const size_t n = (size_t)st.st_size;
    char *bytes = f->bytes + n <= MOST_BYTES ? malloc(n + 1) : NULL;
    const bool whole = bytes && fread(bytes, 1, n, in) == n;
    fclose(in);
    if (whole) {
        f->bytes += n;
        add(f, as, type_of(as), SKETCH, bytes, n);
        return;
    }
    free(bytes);
    f->code = MOLGLOT_FAILED;
}

static void add_folder(files *f, const char *folder, const char *as, int depth) {
    DIR *d = depth < DEEPEST ? opendir(folder) : NULL;
    if (!d) {
        f->code = MOLGLOT_FAILED;
        return;
    }
    for (const struct dirent *e; (e = readdir(d)) && !f->code;) {
        if (e->d_name[0] == '.') continue;
        char path[4096], name[1024];
        struct stat st;
        const int a = snprintf(path, sizeof path, "%s/%s", folder, e->d_name),
                  b = snprintf(name, sizeof name, "%s/%s", as, e->d_name);
        if (a < 0 || (size_t)a >= sizeof path || b < 0 || (size_t)b >= sizeof name ||
            stat(path, &st))
            f->code = MOLGLOT_FAILED;
        else if (S_ISDIR(st.st_mode))
            add_folder(f, path, name, depth + 1);
        else
            add_file(f, path, name);
    }
    closedir(d);
}

int srv_files_load(const mg_server_options *o, srv_file **list, size_t *n, molglot_error *err) {
    files f = {0};
    const char *const before = o->style ? o->style : "";
    add(&f, "/", "text/html; charset=utf-8", STRICT, strdup(html), strlen(html));
    add(&f, "/www/page.css", "text/css; charset=utf-8", STRICT, joined(before, style),
        strlen(before) + strlen(style));
    add(&f, "/www/page.js", "text/javascript; charset=utf-8", STRICT, strdup(script),
        strlen(script));
    if (o->sketcher && !f.code) add_folder(&f, o->sketcher, "/sketch", 0);
    *list = f.list;
    *n = f.n;
    if (!f.code) return MOLGLOT_OK;
    srv_files_free(f.list, f.n);
    *list = NULL;
    *n = 0;
    err->code = f.code;
    snprintf(err->message, sizeof err->message,
             "%s: cannot be read; a sketcher is a folder of at most %d files and %d MB",
             o->sketcher ? o->sketcher : "the page", MOST_FILES, MOST_BYTES >> 20);
    return f.code;
}

void srv_files_free(srv_file *list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free((char *)(uintptr_t)list[i].path);
        free(list[i].bytes);
    }
    free(list);
}
