/* file.c - whole files: mapping, reading, atomic replacement, making directories.
 *
 * Called wherever a file is opened. Messages begin with the path. Writing goes to a temporary in
 * the same directory, so a full disk or a crash leaves the old file as it was.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int io_error(molglot_error *err, const char *path, const char *what, int why) {
    return mg_fail(err, why == ENOMEM ? MOLGLOT_NO_MEMORY : MOLGLOT_FAILED, "%s: %s: %s", path,
                   what, strerror(why));
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

/* Opens a fresh file beside o->path with the rights a plain open() would give (mkstemp's 0600 would
 * stick to the result). */
static int open_temporary(mg_outfile *o) {
    size_t size = strlen(o->path) + 64;
    o->tmp = malloc(size);
    if (!o->tmp) return -1;
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(o->tmp, size, "%s.tmp-%ld-%lx-%u", o->path, (long)getpid(),
                 (unsigned long)now.tv_nsec, attempt);
        int fd = open(o->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

int mg_outfile_open(mg_outfile *o, const char *path, molglot_error *err) {
    memset(o, 0, sizeof *o);
    struct stat st;
    bool exists = stat(path, &st) == 0;
    /* Through a symbolic link the file it points to is replaced, not the link. */
    o->path = exists ? realpath(path, NULL) : strdup(path);
    if (!o->path) return io_error(err, path, "cannot open for writing", errno);
    int fd;
    /* a device or pipe has no old content */
    if (exists && !S_ISREG(st.st_mode))
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
