/* places.c - files that a command line names: what is written is none of what is read, nor written
 * twice. Files are the same by device and inode, whatever their names; one that is not there yet by
 * its folder and its name in it.
 *
 * Every word of the command line may be a file to read: one that is none is found nowhere. */
#include "app/cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The folder of a path, and *name in it. */
static bool folder_of(const char *path, struct stat *folder, const char **name) {
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    const size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    if (n >= sizeof dir) return false;
    memcpy(dir, path, n);
    dir[n] = 0;
    return stat(n ? dir : ".", folder) == 0;
}

static bool same_place(const char *a, const char *b) {
    struct stat x, y;
    const char *name, *other;
    if (!stat(a, &x) && !stat(b, &y)) return same(&x, &y);
    return folder_of(a, &x, &name) && folder_of(b, &y, &other) && same(&x, &y) &&
           !strcmp(name, other);
}

static int refuse(const char *output, const char *input) {
    char shown[PATH_MAX], other[PATH_MAX];
    cli_shown(output, shown, sizeof shown);
    cli_shown(input, other, sizeof other);
    return cli_usage("%s is written and read (%s): choose another output", shown, other);
}

/* Whether the output is the file `input`, or one of the model's parts where `input` is a folder. */
static bool hits(const cli_written *w, const struct stat *target, const char *input) {
    struct stat in, folder;
    const char *name;
    if (!*input || stat(input, &in)) return false;
    if (S_ISDIR(in.st_mode) && S_ISREG(target->st_mode))
        return !w->in_model && folder_of(w->path, &folder, &name) && same(&in, &folder) &&
               strstr(name, ".safetensors");
    return (S_ISREG(in.st_mode) || S_ISDIR(in.st_mode)) && same(&in, target);
}

/* A word as it is, behind its '-x', behind each '='. */
static int check_word(const cli_written *w, const struct stat *target, const char *word) {
    if (w->path >= word && w->path <= word + strlen(word)) return MOLGLOT_OK; /* -o itself */
    const char *at[] = {word, word[0] == '-' && word[1] ? word + 2 : "", strchr(word, '='),
                        strrchr(word, '=')};
    for (size_t i = 0; i < MG_COUNT(at); i++) {
        const char *path = at[i] && i > 1 ? at[i] + 1 : at[i];
        if (path && hits(w, target, path)) return refuse(w->path, path);
    }
    struct stat in;
    if (!strcmp(word, "-") && !fstat(STDIN_FILENO, &in) && S_ISREG(in.st_mode) && same(&in, target))
        return refuse(w->path, "standard input");
    return MOLGLOT_OK;
}

/* FILE.part and FILE.partial, where what is interrupted is kept. */
static int check_beside(const cli_written *w, int argc, char *const *argv) {
    static const char *const endings[] = {".part", ".partial"};
    char path[PATH_MAX];
    struct stat target;
    for (size_t k = 0; k < MG_COUNT(endings); k++) {
        const int n = snprintf(path, sizeof path, "%s%s", w->path, endings[k]);
        if (n < 0 || n >= PATH_MAX || stat(path, &target) || !S_ISREG(target.st_mode)) continue;
        const cli_written beside = {.path = path};
        for (int i = 1; i < argc; i++)
            if (check_word(&beside, &target, argv[i])) return MOLGLOT_USAGE;
    }
    return MOLGLOT_OK;
}

static int check_output(const cli_written *w, int argc, char *const *argv) {
    struct stat target;
    if (check_beside(w, argc, argv)) return MOLGLOT_USAGE;
    if (stat(w->path, &target) || w->may_be_read) return MOLGLOT_OK;
    if (!S_ISREG(target.st_mode) && !S_ISDIR(target.st_mode)) return MOLGLOT_OK;
    for (int i = 1; i < argc; i++)
        if (check_word(w, &target, argv[i])) return MOLGLOT_USAGE;
    const char *const models[] = {getenv("MOLGLOT_MODEL"), getenv("MOLGLOT_GENERATOR")};
    char shipped[PATH_MAX];
    for (size_t i = 0; i < MG_COUNT(models); i++)
        if (models[i] && hits(w, &target, models[i])) return refuse(w->path, models[i]);
    if (cli_find_shipped(shipped, sizeof shipped) && hits(w, &target, shipped))
        return refuse(w->path, shipped);
    return MOLGLOT_OK;
}

int cli_check_places(const cli_written *w, size_t n, int argc, char *const *argv) {
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(w[i].path, "-")) continue;
        for (size_t k = 0; k < i; k++)
            if (strcmp(w[k].path, "-") && same_place(w[i].path, w[k].path))
                return cli_usage("%s would be written twice: choose two files", w[i].path);
        if (check_output(&w[i], argc, argv)) return MOLGLOT_USAGE;
    }
    for (size_t i = 0; i < n; i++) mg_outfile_leftovers(w[i].path);
    return MOLGLOT_OK;
}
