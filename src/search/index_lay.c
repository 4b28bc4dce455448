/* index_lay.c - an index file out of a walk over its rows, made twice: the first measures, so that
 * the places of all sections are known, the second writes all sections, codes among them, side by
 * side, each through a
 * buffer of 1 MiB. So memory does not grow with the rows, and the same rows give the same bytes,
 * whatever they came from. The old file stays until the new one is complete.
 */
#include "search/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct section_out {
    uint8_t *block; /* [MG_HASH_BLOCK] not yet hashed and written */
    size_t in_block;
    uint64_t at; /* where the block goes */
} section_out;

typedef struct lay {
    mg_index_header *h;
    const mg_basis *basis; /* NULL: none */
    float *row, *turned;   /* [model_dim] a row, and in the basis */
    int8_t *code;          /* [MG_CODE_WIDTH] */
    mg_outfile target;
    FILE *body; /* the target; a file without a name where that cannot seek (a pipe) */
    section_out section[MG_INDEX_SECTIONS];
} lay;

int mg_index_head(const mg_index_spec *spec, mg_index_header *h, mg_str *columns,
                  molglot_error *err) {
    if (spec->dim < 1 || spec->dim > 65536)
        return mg_fail(err, MOLGLOT_USAGE, "an index cannot have rows of %d numbers", spec->dim);
    if (spec->dims && (!spec->basis || spec->dims > spec->basis->rows || spec->dims < 1))
        return mg_fail(err, MOLGLOT_USAGE,
                       "rows of %d numbers: the model's basis has %d directions (see `molglot "
                       "merge --basis`)",
                       spec->dims, spec->basis ? spec->basis->rows : 0);
    if (spec->n_columns < 0 || spec->n_columns > MG_INDEX_MAX_COLUMNS)
        return mg_fail(err, MOLGLOT_USAGE, "an index holds at most %d further columns, not %d",
                       MG_INDEX_MAX_COLUMNS, spec->n_columns);
    *h = (mg_index_header){.magic = MG_INDEX_MAGIC,
                           .version = MG_INDEX_VERSION,
                           .dtype = (uint32_t)spec->dtype,
                           .side = (uint32_t)spec->side,
                           .dim = (uint32_t)(spec->dims ? spec->dims : spec->dim),
                           .model_dim = (uint32_t)spec->dim,
                           .basis = spec->basis ? mg_basis_hash(spec->basis) : 0,
                           .n_columns = (uint32_t)spec->n_columns,
                           .shard = (uint32_t)spec->shard,
                           .shards = (uint32_t)spec->shards};
    snprintf(h->model_sha256, sizeof h->model_sha256, "%s",
             spec->model_sha256 ? spec->model_sha256 : "");
    snprintf(h->model_name, sizeof h->model_name, "%s", spec->model_name ? spec->model_name : "");
    mg_str_add(columns, "", 0);
    for (int c = 0; c < spec->n_columns; c++)
        mg_str_add(columns, spec->columns[c], strlen(spec->columns[c]) + 1);
    return columns->failed ? mg_no_memory(err, "%d columns", spec->n_columns) : MOLGLOT_OK;
}

static int write_error(const lay *l, molglot_error *err) {
    return mg_fail(err, MOLGLOT_FAILED, "%s: write error: %s", l->target.path, strerror(errno));
}

/* ---- the first walk ---- */

static void note_row(mg_index_header *h, int which, const void *vector) {
    const mg_matrix row = {.data = vector, .dtype = (mg_dtype)h->dtype, .n = 1, .dim = (int)h->dim};
    const double norm = mg_row_norm(&row, 0), off = fabs(norm - 1);
    if (norm > h->max_norm[which]) h->max_norm[which] = norm;
    if (off > h->spread[which]) h->spread[which] = off;
}

/* What of the basis goes into the file, and how wide its codes are. */
static void choose_codes(const lay *l) {
    mg_index_header *h = l->h;
    const bool projected = h->dim < h->model_dim;
    const int numbers = !l->basis                        ? 0
                        : projected                      ? (int)h->dim
                        : l->basis->rows < MG_CODE_WIDTH ? l->basis->rows
                                                         : MG_CODE_WIDTH;
    h->width = numbers && h->count >= MG_INDEX_CODED ? (uint32_t)mg_code_width(numbers) : 0;
    h->basis_rows = projected || h->width || h->shards ? (uint32_t)numbers : 0;
    if (!h->basis_rows) h->basis = 0;
}

static int measure(lay *l, const mg_str *columns, const mg_index_walk *walk, molglot_error *err) {
    mg_index_header *h = l->h;
    mg_index_record r;
    uint64_t strings = 1; /* the first string is the empty one */
    int more, code = walk->rewind(walk->self, err);
    h->count = h->texts = 0;
    if (code) return code;
    while ((more = walk->next(walk->self, &r, err)) > 0) {
        note_row(h, 0, r.vector);
        if (r.text_vector) note_row(h, 1, r.text_vector);
        h->count++;
        h->texts += r.text_vector != NULL;
        strings += r.bytes;
    }
    if (more < 0) return mg_code_of(err, MOLGLOT_FAILED);
    choose_codes(l);
    const uint64_t coded = h->width ? h->count : 0, coded_texts = h->width ? h->texts : 0;
    const uint64_t bytes[MG_INDEX_SECTIONS] = {
        [MG_INDEX_ROWS] = h->count * mg_index_row_bytes(h),
        [MG_INDEX_TEXTS] = h->texts * mg_index_row_bytes(h),
        [MG_INDEX_TEXT_ROWS] = h->texts * sizeof(int64_t),
        [MG_INDEX_META] = h->count * sizeof(mg_index_meta),
        [MG_INDEX_COLUMNS] = columns->n,
        [MG_INDEX_BASIS] = (uint64_t)h->basis_rows * h->model_dim,
        [MG_INDEX_BASIS_SCALES] = h->basis_rows * sizeof(float),
        [MG_INDEX_CODES] = h->count * h->width,
        [MG_INDEX_CODE_SCALES] = coded * sizeof(float),
        [MG_INDEX_TEXT_CODES] = h->texts * h->width,
        [MG_INDEX_TEXT_CODE_SCALES] = coded_texts * sizeof(float),
        [MG_INDEX_STRINGS] = strings};
    uint64_t at = MG_INDEX_PAGE;
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) {
        h->section[s] = (mg_index_section){.offset = at, .bytes = bytes[s]};
        l->section[s].at = at;
        at = (at + bytes[s] + MG_INDEX_PAGE - 1) / MG_INDEX_PAGE * MG_INDEX_PAGE;
    }
    return MOLGLOT_OK;
}

/* ---- the second walk ---- */

static int write_at(lay *l, const void *bytes, size_t n, uint64_t at, molglot_error *err) {
    const uint8_t *p = bytes;
    while (n) {
        const ssize_t now = pwrite(fileno(l->body), p, n, (off_t)at);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return write_error(l, err);
        p += now, at += (uint64_t)now, n -= (size_t)now;
    }
    return MOLGLOT_OK;
}

static int write_block(lay *l, int s, molglot_error *err) {
    section_out *o = &l->section[s];
    mg_index_section *into = &l->h->section[s];
    into->checksum = mg_index_hash(into->checksum, o->block, o->in_block);
    int code = write_at(l, o->block, o->in_block, o->at, err);
    o->at += o->in_block;
    o->in_block = 0;
    return code;
}

static int put(lay *l, int s, const void *bytes, size_t n, molglot_error *err) {
    section_out *o = &l->section[s];
    const uint8_t *p = bytes;
    int code = MOLGLOT_OK;
    while (n && !code) {
        const size_t room = MG_HASH_BLOCK - o->in_block, now = n < room ? n : room;
        memcpy(o->block + o->in_block, p, now);
        o->in_block += now;
        p += now;
        n -= now;
        if (o->in_block == MG_HASH_BLOCK) code = write_block(l, s, err);
    }
    return code;
}

/* The code of a vector as it is stored: which 0 of a row, 1 of a text. */
static int put_code(lay *l, const mg_index_record *r, int which, const void *vector,
                    molglot_error *err) {
    const mg_index_header *h = l->h;
    const int s = which ? MG_INDEX_TEXT_CODES : MG_INDEX_CODES, width = (int)h->width;
    const int8_t *code = r->code[which] ? r->code[which] : l->code;
    float scale = r->code_scale[which];
    if (!width || !vector) return MOLGLOT_OK;
    if (!r->code[which]) {
        for (uint32_t d = 0; d < h->dim && h->dtype == MG_BF16; d++) {
            uint16_t half; /* a record of a file lies where it lies */
            memcpy(&half, (const char *)vector + d * sizeof half, sizeof half);
            l->row[d] = mg_bf16_to_f32(half);
        }
        if (h->dtype == MG_F32) memcpy(l->row, vector, h->dim * sizeof *l->row);
        const bool projected = h->dim < h->model_dim;
        if (!projected) mg_basis_turn(l->basis, (int)h->basis_rows, l->row, l->turned);
        scale = mg_code_make(projected ? l->row : l->turned, (int)h->basis_rows, width, l->code);
    }
    int code_of = put(l, s, code, (size_t)width, err);
    return code_of ? code_of : put(l, s + 1, &scale, sizeof scale, err);
}

static int put_row(lay *l, int64_t i, uint64_t *strings, const mg_index_record *r,
                   molglot_error *err) {
    const size_t row = mg_index_row_bytes(l->h);
    mg_index_meta meta = r->meta;
    meta.strings = *strings;
    *strings += r->bytes;
    int code = put(l, MG_INDEX_ROWS, r->vector, row, err);
    if (!code && r->text_vector) code = put(l, MG_INDEX_TEXTS, r->text_vector, row, err);
    if (!code && r->text_vector) code = put(l, MG_INDEX_TEXT_ROWS, &i, sizeof i, err);
    if (!code) code = put(l, MG_INDEX_META, &meta, sizeof meta, err);
    if (!code) code = put_code(l, r, 0, r->vector, err);
    if (!code) code = put_code(l, r, 1, r->text_vector, err);
    return code ? code : put(l, MG_INDEX_STRINGS, r->strings, r->bytes, err);
}

static int put_basis(lay *l, molglot_error *err) {
    const size_t rows = l->h->basis_rows, dim = l->h->model_dim;
    int code = put(l, MG_INDEX_BASIS, l->basis->v, rows * dim, err);
    return code ? code : put(l, MG_INDEX_BASIS_SCALES, l->basis->scales, rows * sizeof(float), err);
}

static int write_rows(lay *l, const mg_str *columns, const mg_index_walk *walk,
                      molglot_error *err) {
    mg_index_record r;
    int64_t i = 0;
    uint64_t strings = 1;
    int more, code = walk->rewind(walk->self, err);
    if (!code) code = put(l, MG_INDEX_STRINGS, "", 1, err);
    if (!code) code = put(l, MG_INDEX_COLUMNS, columns->s, columns->n, err);
    if (!code && l->h->basis_rows) code = put_basis(l, err);
    while (!code && (more = walk->next(walk->self, &r, err)) != 0)
        code = more < 0 ? mg_code_of(err, MOLGLOT_FAILED) : put_row(l, i++, &strings, &r, err);
    for (int s = 0; s < MG_INDEX_SECTIONS && !code; s++) code = write_block(l, s, err);
    static const char zeros[64];
    const uint64_t end = l->section[MG_INDEX_STRINGS].at;
    if (!code) code = write_at(l, zeros, (64 - end % 64) % 64, end, err);
    mg_index_header *h = l->h;
    h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
    return code ? code : write_at(l, h, sizeof *h, 0, err);
}

/* Where the body could not be the target: into that, byte by byte. */
static int deliver(lay *l, molglot_error *err) {
    uint8_t bytes[1 << 14];
    size_t n;
    int code = MOLGLOT_OK;
    if (l->body == l->target.f) return MOLGLOT_OK;
    if (fseeko(l->body, 0, SEEK_SET)) return write_error(l, err);
    while (!code && (n = fread(bytes, 1, sizeof bytes, l->body)) > 0)
        code = mg_outfile_write(&l->target, bytes, n, err);
    return !code && ferror(l->body) ? write_error(l, err) : code;
}

static int lay_file(lay *l, const char *path, const mg_str *columns, const mg_index_walk *walk,
                    molglot_error *err) {
    int code = measure(l, columns, walk, err);
    for (int s = 0; s < MG_INDEX_SECTIONS && !code; s++)
        if (!(l->section[s].block = malloc(MG_HASH_BLOCK))) code = mg_no_memory(err, "an index");
    if (!code && (!(l->row = malloc(l->h->model_dim * sizeof *l->row)) ||
                  !(l->turned = malloc(l->h->model_dim * sizeof *l->row)) ||
                  !(l->code = malloc(MG_CODE_WIDTH))))
        code = mg_no_memory(err, "an index");
    if (!code) code = mg_outfile_open(&l->target, path, err);
    if (code) return code;
    l->body = l->target.tmp ? l->target.f : tmpfile();
    if (!l->body)
        return mg_fail(err, MOLGLOT_FAILED, "%s: cannot open a temporary file: %s", path,
                       strerror(errno));
    code = write_rows(l, columns, walk, err);
    if (!code) code = deliver(l, err);
    if (code) return code;
    if (l->body == l->target.f) l->body = NULL; /* which commit closes */
    return mg_outfile_commit(&l->target, err);
}

int mg_index_lay(const char *path, mg_index_header *h, const mg_str *columns, const mg_basis *basis,
                 const mg_index_walk *walk, molglot_error *err) {
    lay l = {.h = h, .basis = basis};
    int code = lay_file(&l, path, columns, walk, err);
    if (l.body && l.body != l.target.f) fclose(l.body);
    mg_outfile_abort(&l.target);
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) free(l.section[s].block);
    free(l.row);
    free(l.turned);
    free(l.code);
    return code;
}
