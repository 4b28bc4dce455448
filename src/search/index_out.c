/* index_out.c - an index in the making: rows go, as they come, into a log beside the index to be,
 * and the commit lays the index file out of it (index_lay.c). The log has no name, or is PATH.part,
 * from which an interrupted run goes on.
 *
 *   log     header: what the index will be; then blocks
 *   block   block_head, rows (row_head, vector, text vector, strings) and refused rows
 *   mark    a block that ends where a run can go on: what is behind the last mark is cut off then
 *
 * Each block carries its hash, so that a log that was cut anywhere, by a kill or a full disk, is
 * read up to the last sound mark.
 */
#include "search/inside.h"
#include "search/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MAGIC "MGPART3"
enum { BLOCK_MAGIC = 0x4b4c424d, BLOCK_BYTES = 4 << 20, MAX_BLOCK = 1 << 30 };
enum { LOG_ROW, LOG_ROW_AND_TEXT, LOG_REJECT };

typedef struct log_head {
    char magic[8];
    uint64_t columns; /* bytes of their names, which follow */
    uint64_t hash;    /* of this header, hash 0, and the names */
    mg_index_header h;
    char about[128]; /* of mg_index_part */
} log_head;

typedef struct block_head {
    uint32_t magic, marked;
    uint64_t bytes;
    uint64_t hash; /* of the block's bytes, seeded with that of this header, hash 0 */
    mg_index_mark mark;
} block_head;

typedef struct row_head {
    uint32_t kind;
    int32_t offset; /* of a refused row */
    uint64_t bytes; /* of the strings */
    mg_index_meta meta;
} row_head;

struct mg_index_out {
    log_head head;
    mg_str columns;
    char *path, *part_path; /* part_path NULL: the log has no name */
    FILE *log;
    uint64_t end;        /* of the log, whole blocks */
    uint64_t marked_end; /* behind the last mark */
    mg_index_mark mark;
    mg_str block; /* not yet written */
    bool append;
    bool failed;           /* a write did, so what is there cannot become an index */
    uint16_t *half;        /* [dim] */
    const mg_basis *basis; /* NULL: none */
    float *fewer[2]; /* [dim] a row's vector and its text's in the basis; NULL: rows are not */
    /* the walk: the block that is read, where the next one begins, where the next row does */
    mg_str rows;
    uint64_t next_block;
    size_t next_row;
};

static int log_error(mg_index_out *w, molglot_error *err) {
    w->failed = true;
    return mg_fail(err, MOLGLOT_FAILED, "%s: write error: %s", w->path, strerror(errno));
}

/* ---- the log's file ---- */

/* A file without a name in the folder of path; where that takes none, in the system's folder for
 * such files. NULL with errno. */
static FILE *scratch_beside(const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *name = malloc(folder + sizeof ".molglot-XXXXXX" + 1);
    if (!name) return NULL;
    memcpy(name, path, folder);
    strcpy(name + folder, folder ? "" : ".");
    int fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        strcpy(name + folder, ".molglot-XXXXXX");
        if ((fd = mkostemp(name, O_CLOEXEC)) >= 0) unlink(name);
    }
    free(name);
    FILE *f = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (fd >= 0 && !f) close(fd);
    return f;
}

/* Whether nothing is in it, or what begins as a log of this version or an earlier one does. */
static bool is_log(int fd) {
    char head[6];
    const ssize_t n = pread(fd, head, sizeof head, 0);
    return n >= 0 && !memcmp(head, LOG_MAGIC, (size_t)n);
}

/* PATH.part, for this run alone. */
static FILE *open_part(const mg_index_out *w, molglot_error *err) {
    const int fd = open(w->part_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        mg_fail(err, MOLGLOT_FAILED, "%s: cannot open for writing: %s", w->part_path,
                strerror(errno));
        return NULL;
    }
    FILE *f = NULL;
    if (flock(fd, LOCK_EX | LOCK_NB))
        mg_fail(err, MOLGLOT_FAILED, "%s: another run is writing it", w->part_path);
    else if (!is_log(fd))
        mg_fail(err, MOLGLOT_BAD_FILE,
                "%s is there and is no unfinished index: choose another output, or move it away",
                w->part_path);
    else if (!(f = fdopen(fd, "r+b")))
        mg_no_memory(err, "an index");
    if (!f) close(fd);
    return f;
}

/* Where the target is no regular file, or cannot be replaced, there is no file beside it. */
static int open_log(mg_index_out *w, const char *path, bool keep, molglot_error *err) {
    struct stat st;
    const bool exists = stat(path, &st) == 0, regular = !exists || S_ISREG(st.st_mode);
    if (exists && S_ISDIR(st.st_mode))
        return mg_fail(err, MOLGLOT_FAILED, "%s: cannot open for writing: %s", path,
                       strerror(EISDIR));
    w->path = exists && regular ? realpath(path, NULL) : strdup(path);
    if (!w->path) return mg_no_memory(err, "an index");
    if (!regular) {
        const int fd = S_ISFIFO(st.st_mode) ? 0 : open(path, O_WRONLY | O_CLOEXEC);
        if (fd > 0) close(fd);
        if (fd >= 0) w->log = tmpfile();
    } else if (keep) {
        const size_t n = strlen(w->path) + sizeof ".part";
        if (!(w->part_path = malloc(n))) return mg_no_memory(err, "an index");
        snprintf(w->part_path, n, "%s.part", w->path);
        w->log = open_part(w, err);
        if (!w->log) {
            free(w->part_path); /* it is not ours: it stays */
            w->part_path = NULL;
            return mg_code_of(err, MOLGLOT_FAILED);
        }
    } else {
        w->log = scratch_beside(w->path);
    }
    if (w->log) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_FAILED, "%s: cannot open for writing: %s", path, strerror(errno));
}

/* ---- the log's blocks ---- */

static uint64_t block_hash(block_head b, const mg_str *bytes) {
    b.hash = 0;
    return mg_hash64(bytes->s, bytes->n, mg_hash64(&b, sizeof b, 0));
}

static uint64_t head_hash(log_head head, const mg_str *columns) {
    head.hash = 0;
    return mg_hash64(columns->s, columns->n, mg_hash64(&head, sizeof head, 0));
}

static int log_write(mg_index_out *w, const void *bytes, size_t n, molglot_error *err) {
    return n == 0 || fwrite(bytes, 1, n, w->log) == n ? MOLGLOT_OK : log_error(w, err);
}

static int write_block(mg_index_out *w, const mg_index_mark *mark, molglot_error *err) {
    if (w->block.failed) return w->failed = true, mg_no_memory(err, "a block of rows");
    block_head b = {.magic = BLOCK_MAGIC, .marked = mark != NULL, .bytes = w->block.n};
    if (mark) b.mark = *mark;
    b.hash = block_hash(b, &w->block);
    int code = log_write(w, &b, sizeof b, err);
    if (!code) code = log_write(w, w->block.s, w->block.n, err);
    if (!code && mark && fflush(w->log)) code = log_error(w, err);
    if (code) return code;
    w->end += sizeof b + w->block.n;
    w->block.n = 0;
    if (!mark) return MOLGLOT_OK;
    w->mark = *mark;
    w->marked_end = w->end;
    return MOLGLOT_OK;
}

static int read_exactly(mg_index_out *w, void *bytes, size_t n) {
    return n == 0 || fread(bytes, 1, n, w->log) == n;
}

/* The block at `at` into w->rows: its bytes with its header, or 0 where there is no sound one. */
static uint64_t read_block(mg_index_out *w, uint64_t at, block_head *b, molglot_error *err) {
    static const char zeros[1 << 12];
    if (fseeko(w->log, (off_t)at, SEEK_SET) || !read_exactly(w, b, sizeof *b) ||
        b->magic != BLOCK_MAGIC || b->bytes > MAX_BLOCK)
        return 0;
    struct stat st; /* no memory for more than there is */
    if (fstat(fileno(w->log), &st) || (uint64_t)st.st_size < at + sizeof *b + b->bytes) return 0;
    w->rows.n = 0;
    mg_str_add(&w->rows, "", 0);
    while (w->rows.n < b->bytes && !w->rows.failed) {
        const size_t left = b->bytes - w->rows.n;
        mg_str_add(&w->rows, zeros, left < sizeof zeros ? left : sizeof zeros);
    }
    if (w->rows.failed) return mg_no_memory(err, "a block of rows"), 0;
    if (!read_exactly(w, w->rows.s, b->bytes) || block_hash(*b, &w->rows) != b->hash) return 0;
    return sizeof *b + b->bytes;
}

/* The row at *at of w->rows; false at the end and where it does not fit. */
static bool next_logged(const mg_index_out *w, size_t *at, row_head *row, mg_index_record *r) {
    const size_t n = w->rows.n, vector = mg_index_row_bytes(&w->head.h);
    size_t left = n - *at;
    if (left < sizeof *row) return false;
    memcpy(row, w->rows.s + *at, sizeof *row);
    const size_t vectors = row->kind == LOG_REJECT ? 0 : row->kind == LOG_ROW ? 1 : 2;
    left -= sizeof *row;
    if (row->kind > LOG_REJECT || left < vectors * vector || row->bytes > left - vectors * vector)
        return false;
    const char *p = w->rows.s + *at + sizeof *row;
    *r = (mg_index_record){.vector = p,
                           .text_vector = vectors == 2 ? p + vector : NULL,
                           .meta = row->meta,
                           .strings = p + vectors * vector,
                           .bytes = row->bytes};
    *at += sizeof *row + vectors * vector + row->bytes;
    return row->bytes > 0 && r->strings[row->bytes - 1] == 0;
}

/* ---- opening ---- */

/* What an interrupted run was told, against what this one is. */
static int compare_heads(const mg_index_out *w, const log_head *was, const mg_str *columns,
                         molglot_error *err) {
    const mg_index_header *a = &was->h, *b = &w->head.h;
    const char *differs = strcmp(a->model_sha256, b->model_sha256) || a->model_dim != b->model_dim
                              ? "another model"
                          : a->basis != b->basis ? "another basis"
                          : a->dim != b->dim     ? "another --dims"
                          : a->side != b->side   ? "another --side"
                          : a->dtype != b->dtype ? "another number type (--f32)"
                          : a->shard != b->shard || a->shards != b->shards ? "another --shard"
                          : strcmp(was->about, w->head.about)              ? "other options"
                          : columns->n != w->columns.n ||
                                  memcmp(columns->s, w->columns.s, columns->n)
                              ? "other columns"
                              : NULL;
    if (!differs) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE,
                   "%s was begun with %s: give the options of that run, or start anew without "
                   "--resume",
                   w->part_path, differs);
}

static int read_head(mg_index_out *w, molglot_error *err) {
    log_head was;
    mg_str columns = {0};
    char byte;
    mg_str_add(&columns, "", 0);
    bool ok = read_exactly(w, &was, sizeof was) &&
              !memcmp(was.magic, LOG_MAGIC, sizeof was.magic) && was.columns < 1 << 24;
    for (uint64_t i = 0; ok && i < was.columns; i++) {
        ok = fread(&byte, 1, 1, w->log) == 1;
        mg_str_add(&columns, &byte, 1);
    }
    ok = ok && !columns.failed && head_hash(was, &columns) == was.hash;
    int code = ok ? compare_heads(w, &was, &columns, err)
                  : mg_fail(err, MOLGLOT_BAD_FILE,
                            "%s: not the beginning of an index, or damaged: start anew without "
                            "--resume",
                            w->part_path);
    mg_str_free(&columns);
    w->end = w->marked_end = sizeof was + was.columns;
    return code;
}

static void replay(const mg_index_out *w, const mg_index_part *part) {
    row_head row;
    mg_index_record r;
    size_t at = 0;
    while (next_logged(w, &at, &row, &r)) {
        if (row.kind != LOG_REJECT || !part->on_reject) continue;
        /* id, what, reason; a string that lacks is the empty one at the end of another */
        const char *z[3], *end = r.strings + r.bytes, *p = r.strings;
        for (int i = 0; i < 3; i++) {
            z[i] = p < end ? p : end - 1;
            if (p < end) p += strlen(p) + 1;
        }
        molglot_row_status status = {.offset = row.offset};
        snprintf(status.reason, sizeof status.reason, "%s", z[2]);
        part->on_reject(part->user, row.meta.number, z[0], z[1], &status);
    }
}

/* Reads the log up to its last mark. Rejects of blocks without a mark behind them come again. */
static int resume(mg_index_out *w, const mg_index_part *part, molglot_error *err) {
    molglot_error own = {0};
    block_head b;
    int code = read_head(w, err);
    if (code) return code;
    for (uint64_t at = w->end, n; (n = read_block(w, at, &b, &own)) > 0;) {
        at += n;
        if (!b.marked) continue;
        w->mark = b.mark;
        w->marked_end = at;
    }
    if (own.code) return mg_fail(err, own.code, "%s", own.message);
    for (uint64_t at = w->end, n; at < w->marked_end; at += n) {
        if (!(n = read_block(w, at, &b, &own)))
            return mg_fail(err, MOLGLOT_FAILED, "%s: read error", w->part_path);
        replay(w, part);
    }
    w->end = w->marked_end;
    if (ftruncate(fileno(w->log), (off_t)w->end) || fseeko(w->log, (off_t)w->end, SEEK_SET))
        return log_error(w, err);
    return MOLGLOT_OK;
}

static int begin_log(mg_index_out *w, molglot_error *err) {
    w->head.hash = head_hash(w->head, &w->columns);
    if (fseeko(w->log, 0, SEEK_SET) || ftruncate(fileno(w->log), 0)) return log_error(w, err);
    int code = log_write(w, &w->head, sizeof w->head, err);
    if (!code) code = log_write(w, w->columns.s, w->columns.n, err);
    if (!code && fflush(w->log)) code = log_error(w, err);
    w->end = w->marked_end = sizeof w->head + w->columns.n;
    return code;
}

mg_index_out *mg_index_out_part(const char *path, const mg_index_spec *spec,
                                const mg_index_part *part, molglot_error *err) {
    mg_index_out *w = calloc(1, sizeof *w);
    if (!w) {
        mg_no_memory(err, "an index");
        return NULL;
    }
    int code = mg_index_head(spec, &w->head.h, &w->columns, err);
    w->append = part->append;
    memcpy(w->head.magic, LOG_MAGIC, sizeof w->head.magic);
    w->head.columns = w->columns.n;
    snprintf(w->head.about, sizeof w->head.about, "%s", part->about ? part->about : "");
    mg_str_add(&w->block, "", 0);
    w->basis = spec->basis;
    if (!code && (!(w->half = malloc((size_t)spec->dim * sizeof *w->half)) ||
                  (spec->dims && !(w->fewer[0] = malloc(2 * (size_t)spec->dims * sizeof(float))))))
        code = mg_no_memory(err, "an index");
    if (w->fewer[0]) w->fewer[1] = w->fewer[0] + spec->dims;
    if (!code) code = open_log(w, path, part->keep, err);
    if (!code) {
        struct stat st;
        const bool there = w->part_path && !fstat(fileno(w->log), &st) && st.st_size > 0;
        code = there && part->resume ? resume(w, part, err) : begin_log(w, err);
        if (!code) return w;
        if (there && part->resume) { /* it is another run's: it stays */
            free(w->part_path);
            w->part_path = NULL;
        }
    }
    mg_index_out_free(w);
    return NULL;
}

mg_index_out *mg_index_out_open(const char *path, const mg_index_spec *spec, molglot_error *err) {
    const mg_index_part part = {0};
    return mg_index_out_part(path, spec, &part, err);
}

void mg_index_out_free(mg_index_out *w) {
    if (!w) return;
    if (w->part_path) unlink(w->part_path);
    if (w->log) fclose(w->log);
    mg_str_free(&w->columns);
    mg_str_free(&w->block);
    mg_str_free(&w->rows);
    free(w->half);
    free(w->fewer[0]);
    free(w->part_path);
    free(w->path);
    free(w);
}

bool mg_index_out_stop(mg_index_out *w) {
    if (!w) return false;
    bool stays = w->part_path && w->mark.done > 0;
    if (stays) {
        (void)fflush(w->log);
        stays = ftruncate(fileno(w->log), (off_t)w->marked_end) == 0;
    }
    if (stays) {
        free(w->part_path);
        w->part_path = NULL;
    }
    mg_index_out_free(w);
    return stays;
}

/* ---- rows ---- */

mg_index_mark mg_index_out_marked(const mg_index_out *w) { return w->mark; }
void mg_index_out_source(mg_index_out *w, uint64_t source) { w->head.h.source = source; }

static void add_vector(mg_index_out *w, const float *vector) {
    const int dim = (int)w->head.h.dim;
    if (w->head.h.dtype == MG_BF16) {
        mg_f32_to_bf16_n(vector, w->half, dim);
        mg_str_add(&w->block, w->half, (size_t)dim * sizeof *w->half);
    } else {
        mg_str_add(&w->block, vector, (size_t)dim * sizeof *vector);
    }
}

static void add_string(mg_index_out *w, const char *s) {
    mg_str_add(&w->block, s ? s : "", s ? strlen(s) + 1 : 1);
}

static size_t string_bytes(const char *s) { return s ? strlen(s) + 1 : 1; }

int mg_index_out_put(mg_index_out *w, const float *vector, const float *text_vector,
                     const mg_index_row *row, molglot_error *err) {
    static const mg_index_row nothing;
    if (!row) row = &nothing;
    row_head head = {.kind = text_vector ? LOG_ROW_AND_TEXT : LOG_ROW,
                     .meta = {.number = row->number, .molecule = row->molecule, .flat = row->flat}};
    const char *const strings[MG_STRING_CELLS] = {row->id, row->smiles, row->text, row->inchikey};
    const int n = (int)w->head.h.n_columns;
    for (int s = 0; s < MG_STRING_CELLS; s++) head.bytes += string_bytes(strings[s]);
    for (int c = 0; c < n; c++) head.bytes += row->cells ? string_bytes(row->cells[c]) : 1;
    mg_str_add(&w->block, &head, sizeof head);
    add_vector(w, vector);
    if (text_vector) add_vector(w, text_vector);
    for (int s = 0; s < MG_STRING_CELLS; s++) add_string(w, strings[s]);
    for (int c = 0; c < n; c++) add_string(w, row->cells ? row->cells[c] : NULL);
    return w->block.n < BLOCK_BYTES ? MOLGLOT_OK : write_block(w, NULL, err);
}

int mg_index_out_add(mg_index_out *w, const float *embedding, const float *text_embedding,
                     const mg_index_row *row, molglot_error *err) {
    const float *v[2] = {embedding, text_embedding};
    for (int which = 0; which < 2 && w->fewer[0]; which++) {
        if (!v[which]) continue;
        mg_basis_project(w->basis, (int)w->head.h.dim, v[which], w->fewer[which]);
        v[which] = w->fewer[which];
    }
    return mg_index_out_put(w, v[0], v[1], row, err);
}

int mg_index_out_reject(mg_index_out *w, int64_t number, const char *id, const char *what,
                        const molglot_row_status *status, molglot_error *err) {
    const row_head head = {.kind = LOG_REJECT,
                           .offset = status->offset,
                           .bytes = string_bytes(id) + string_bytes(what) +
                                    string_bytes(status->reason),
                           .meta = {.number = number}};
    mg_str_add(&w->block, &head, sizeof head);
    add_string(w, id);
    add_string(w, what);
    add_string(w, status->reason);
    return w->block.n < BLOCK_BYTES ? MOLGLOT_OK : write_block(w, NULL, err);
}

int mg_index_out_mark(mg_index_out *w, mg_index_mark mark, molglot_error *err) {
    return write_block(w, &mark, err);
}

/* ---- the index out of the log ---- */

static int rewind_log(void *self, molglot_error *err) {
    mg_index_out *w = self;
    (void)err;
    w->next_block = sizeof w->head + w->columns.n;
    w->rows.n = 0;
    w->next_row = 0;
    return MOLGLOT_OK;
}

static int next_of_log(void *self, mg_index_record *r, molglot_error *err) {
    mg_index_out *w = self;
    row_head row;
    for (;;) {
        while (next_logged(w, &w->next_row, &row, r))
            if (row.kind != LOG_REJECT) return 1;
        block_head b;
        molglot_error own = {0};
        if (w->next_row < w->rows.n || w->next_block >= w->end)
            return w->next_row < w->rows.n ? log_error(w, err), -1 : 0;
        const uint64_t n = read_block(w, w->next_block, &b, &own);
        if (!n) {
            mg_fail(err, own.code ? own.code : MOLGLOT_FAILED,
                    "%s: the rows cannot be read back%s%s", w->path, own.code ? ": " : "",
                    own.message);
            return -1;
        }
        w->next_block += n;
        w->next_row = 0;
    }
}

static int lay_log(mg_index_out *w, const char *path, molglot_error *err) {
    const mg_index_walk walk = {rewind_log, next_of_log, w};
    mg_index_header h = w->head.h;
    return mg_index_lay(path, &h, &w->columns, w->basis, &walk, err);
}

/* The log's rows as an index of their own, which is then put behind the old one. */
static int append_log(mg_index_out *w, molglot_error *err) {
    mg_str added = {0};
    mg_str_addf(&added, "%s.added-%ld", w->path, (long)getpid());
    if (added.failed) return mg_no_memory(err, "an index");
    mg_index *both[2] = {0};
    mg_concat_result result;
    const mg_concat_options options = {.basis = w->basis};
    int code = lay_log(w, added.s, err);
    if (!code && (!(both[0] = mg_index_open(w->path, false, err)) ||
                  !(both[1] = mg_index_open(added.s, false, err))))
        code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code)
        code = mg_index_concat(w->path, (const mg_index *const *)both, 2, &options, &result, err);
    mg_index_close(both[0]);
    mg_index_close(both[1]);
    unlink(added.s);
    mg_str_free(&added);
    return code;
}

int mg_index_out_commit(mg_index_out *w, molglot_error *err) {
    if (w->failed) return mg_fail(err, MOLGLOT_FAILED, "%s: an earlier write failed", w->path);
    int code = w->block.n ? write_block(w, NULL, err) : MOLGLOT_OK;
    if (!code && fflush(w->log)) code = log_error(w, err);
    if (code) return code;
    return w->append ? append_log(w, err) : lay_log(w, w->path, err);
}
