/* file.c - whole files: mapping, reading, atomic replacement, making directories.
 *
 * Called wherever a file is opened. Messages begin with the path. Writing goes to a temporary in
 * the same directory, so a full disk or a crash leaves the old file as it was.
 */
#include "base/base.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int io_error(molglot_error *err, const char *path, const char *what, int why) {
    return mg_fail(err, why == ENOMEM ? MOLGLOT_NO_MEMORY : MOLGLOT_FAILED, "%s: %s: %s",
                   *path ? path : "''", what, strerror(why));
}

/* ---- reading ---- */

int mg_map_open(mg_map *m, const char *path, molglot_error *err) {
    m->data = (const uint8_t *)"";
    m->size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return io_error(err, path, "cannot open", errno);
    struct stat st;
    int code = MOLGLOT_OK;
    if (fstat(fd, &st))
        code = io_error(err, path, "cannot stat", errno);
    else if (!S_ISREG(st.st_mode))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: not a regular file", path);
    else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            code = io_error(err, path, "cannot map", errno);
        else {
            m->data = p;
            m->size = (size_t)st.st_size;
        }
    }
    close(fd);
    return code;
}

void mg_map_close(mg_map *m) {
    if (m->size) munmap((void *)(uintptr_t)m->data, m->size);
    m->data = NULL;
    m->size = 0;
}

int mg_read_file(const char *path, size_t limit, char **data, size_t *size, molglot_error *err) {
    *data = NULL;
    *size = 0;
    FILE *f = fopen(path, "rbe");
    if (!f) return io_error(err, path, "cannot open", errno);
    mg_str text = {0};
    mg_str_add(&text, "", 0);
    int code = MOLGLOT_OK;
    char buf[1 << 14];
    for (size_t n; !text.failed && (n = fread(buf, 1, sizeof buf, f)) > 0;) {
        if (n > limit - text.n) {
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: larger than the %zu bytes allowed here",
                           path, limit);
            break;
        }
        mg_str_add(&text, buf, n);
    }
    if (!code && ferror(f)) code = io_error(err, path, "read error", errno);
    if (!code && text.failed) code = io_error(err, path, "cannot hold the file", ENOMEM);
    fclose(f);
    if (code) {
        mg_str_free(&text);
        return code;
    }
    *data = text.s;
    *size = text.n;
    return MOLGLOT_OK;
}

/* ---- atomic replacement ---- */

/* A temporary is called PATH.tmp-PID-HEX-N. HEX begins with a hash of this machine's name, so that
 * another machine that sees the folder takes no living process for a dead one. */
static uint32_t host_hash(void) {
    char name[256] = "";
    (void)gethostname(name, sizeof name - 1);
    return (uint32_t)mg_hash64(name, strlen(name), 0);
}

/* Whether `name` is a temporary of `file` whose process has ended. */
static bool is_leftover(const char *name, const char *file) {
    enum { HEX = 16 };
    const size_t n = strlen(file);
    if (strncmp(name, file, n) || strncmp(name + n, ".tmp-", 5)) return false;
    const char *p = name + n + 5;
    const size_t digits = strspn(p, "0123456789");
    const long pid = digits && digits < 10 ? strtol(p, NULL, 10) : 0;
    if (pid < 1 || p[digits] != '-') return false;
    p += digits + 1;
    const size_t hex = strspn(p, "0123456789abcdef");
    char host[9];
    snprintf(host, sizeof host, "%08x", (unsigned)host_hash());
    if (!hex || hex > HEX || p[hex] != '-' || (hex == HEX && strncmp(p, host, 8))) return false;
    p += hex + 1;
    if (!isdigit((unsigned char)*p) || p[strspn(p, "0123456789")]) return false;
    return kill((pid_t)pid, 0) && errno == ESRCH;
}

void mg_outfile_leftovers(const char *path) {
    char *folder = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    const char *file = slash ? path + (slash - folder) + 1 : path;
    if (slash) slash[slash == folder] = 0;
    DIR *dir = folder && *file ? opendir(slash ? folder : ".") : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (is_leftover(e->d_name, file)) unlinkat(dirfd(dir), e->d_name, 0);
    if (dir) closedir(dir);
    free(folder);
}

/* Opens a fresh file beside o->path with the rights a plain open() would give (mkstemp's 0600 would
 * stick to the result). */
static int open_temporary(mg_outfile *o) {
    size_t size = strlen(o->path) + 64;
    o->tmp = malloc(size);
    if (!o->tmp) return -1;
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(o->tmp, size, "%s.tmp-%ld-%08x%08lx-%u", o->path, (long)getpid(),
                 (unsigned)host_hash(), (unsigned long)now.tv_nsec, attempt);
        int fd = open(o->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

/* The number of an open file that the path names, as /dev/stdout and /dev/fd/3 do; -1: none. What
 * lies behind it is written where it stands: it belongs to who opened it. */
static int open_number(const char *path) {
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (!strcmp(path, "/dev/stdout")) return STDOUT_FILENO;
    if (!strcmp(path, "/dev/stderr")) return STDERR_FILENO;
    for (size_t i = 0; i < MG_COUNT(folders); i++) {
        const char *p = path + strlen(folders[i]);
        if (strncmp(path, folders[i], strlen(folders[i]))) continue;
        const size_t n = strspn(p, "0123456789");
        return n && n < 6 && !p[n] ? atoi(p) : -1;
    }
    return -1;
}

int mg_outfile_open(mg_outfile *o, const char *path, molglot_error *err) {
    memset(o, 0, sizeof *o);
    struct stat st;
    const int number = open_number(path);
    bool exists = stat(path, &st) == 0;
    /* Through a symbolic link the file it points to is replaced, not the link. */
    o->path = exists && number < 0 ? realpath(path, NULL) : strdup(path);
    if (!o->path) return io_error(err, path, "cannot open for writing", errno);
    int fd;
    if (number >= 0) fd = fcntl(number, F_DUPFD_CLOEXEC, 0);
    /* a device or pipe has no old content */
    else if (exists && !S_ISREG(st.st_mode))
        fd = open(path, O_WRONLY | O_CLOEXEC);
    else {
        fd = open_temporary(o);
        if (fd >= 0 && exists) (void)fchmod(fd, st.st_mode & 07777);
    }
    int why = errno;
    if (fd >= 0 && (o->f = fdopen(fd, "wb"))) return MOLGLOT_OK;
    if (fd >= 0)
        close(fd);
    else {
        free(o->tmp); /* nothing was created: nothing to remove */
        o->tmp = NULL;
    }
    mg_outfile_abort(o);
    return io_error(err, path, "cannot open for writing", why);
}

int mg_outfile_write(mg_outfile *o, const void *bytes, size_t n, molglot_error *err) {
    if (n == 0 || fwrite(bytes, 1, n, o->f) == n) return MOLGLOT_OK;
    return io_error(err, o->path, "write error", errno);
}

/* A rename is durable only once the directory itself is on disk. */
static void sync_directory(const char *path) {
    char *dir = strdup(path);
    if (!dir) return;
    char *slash = strrchr(dir, '/');
    if (slash) slash[slash == dir] = 0;
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems refuse it: the file is complete all the same */
        close(fd);
    }
    free(dir);
}

int mg_outfile_commit(mg_outfile *o, molglot_error *err) {
    int bad = ferror(o->f), why = EIO;
    if (!bad && fflush(o->f)) bad = 1, why = errno;
    if (!bad && o->tmp && fsync(fileno(o->f))) bad = 1, why = errno;
    if (fclose(o->f) && !bad) bad = 1, why = errno;
    o->f = NULL;
    if (!bad && o->tmp && rename(o->tmp, o->path)) bad = 1, why = errno;
    if (bad) {
        int code = io_error(err, o->path, "cannot write", why);
        mg_outfile_abort(o);
        return code;
    }
    if (o->tmp) sync_directory(o->path);
    free(o->tmp);
    o->tmp = NULL;
    mg_outfile_abort(o);
    return MOLGLOT_OK;
}

void mg_outfile_abort(mg_outfile *o) {
    if (o->f) fclose(o->f);
    if (o->tmp) unlink(o->tmp);
    free(o->tmp);
    free(o->path);
    memset(o, 0, sizeof *o);
}

/* ---- directories ---- */

int mg_make_dirs(const char *path, molglot_error *err) {
    char *part = strdup(path);
    if (!part) return io_error(err, path, "cannot make directory", ENOMEM);
    int code = MOLGLOT_OK;
    for (char *p = part; !code && *p;) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char end = *p;
        *p = 0;
        struct stat st;
        int why = mkdir(part, 0777) ? errno : 0;
        if (why && !(stat(part, &st) == 0 && S_ISDIR(st.st_mode)))
            code = io_error(err, part, "cannot make directory", why);
        *p = end;
    }
    free(part);
    return code;
}
