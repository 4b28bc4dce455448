/* target.c - whether an index may be written at a path: not over its own input, nor over a file of
 * another kind. */
#include "app/cli/cli.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_file(const struct stat *target, const char *input) {
    struct stat in;
    const int failed = strcmp(input, "-") ? stat(input, &in) : fstat(STDIN_FILENO, &in);
    return !failed && in.st_dev == target->st_dev && in.st_ino == target->st_ino;
}

int cli_check_target(const char *path, const char *input, bool force, molglot_error *err) {
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode)) return MOLGLOT_OK;
    if (input && same_file(&st, input))
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: this is the library itself, which the index would replace", path);
    if (st.st_size == 0 || force || cli_is_index(path)) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE, "%s: there is a file that is no index: --force replaces it",
                   path);
}

bool cli_is_index(const char *path) {
    static const char index[8] = "MGINDEX";
    char magic[sizeof index] = "";
    FILE *f = fopen(path, "rbe");
    const size_t n = f ? fread(magic, 1, sizeof magic, f) : 0;
    if (f) fclose(f);
    return n == sizeof magic && !memcmp(magic, index, sizeof magic);
}
