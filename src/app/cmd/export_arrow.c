/* export_arrow.c - an Arrow C stream as an Arrow IPC file.
 *
 *   "ARROW1" 0 0, messages, end (0xffffffff 0), footer, its length (int32), "ARROW1"
 *   message   0xffffffff, length of its head (int32), head, body; all in steps of 8 bytes
 *   head      a flatbuffer (Schema.fbs, Message.fbs, File.fbs of Apache Arrow, version 5)
 *   body      the buffers of a batch one after the other, in steps of 64 bytes
 *
 * A flatbuffer is written from front to back: a table stands behind its vtable, what it refers to
 * stands behind it. Types are those that search/arrow.c makes: struct, int64, float32, utf8,
 * fixed-size list; nothing is null.
 */
#include "app/cmd/export.h"

#include <stdlib.h>
#include <string.h>

enum { V5 = 4, SCHEMA = 1, RECORD_BATCH = 3 };               /* MetadataVersion, MessageHeader */
enum { INT = 2, FLOAT = 3, UTF8 = 5, FIXED_SIZE_LIST = 16 }; /* Type */
enum { MOST_FIELDS = 16 };

/* ---- flatbuffers ---- */

static void pad(mg_str *b, size_t step) {
    static const char zeros[64];
    const size_t over = b->n % step;
    if (over) mg_str_add(b, zeros, step - over);
}

static void put(mg_str *b, size_t at, const void *bytes, size_t n) {
    if (!b->failed && at + n <= b->n) memcpy(b->s + at, bytes, n);
}

/* A table of n fields of these sizes in bytes, 0: left out. Its place. */
static size_t table(mg_str *b, const uint8_t *sizes, int n) {
    uint16_t v[MOST_FIELDS + 2];
    size_t end = 4;
    for (int i = 0; i < n; i++) {
        if (sizes[i]) end = (end + sizes[i] - 1) / sizes[i] * sizes[i];
        v[i + 2] = sizes[i] ? (uint16_t)end : 0;
        end += sizes[i];
    }
    v[0] = (uint16_t)(4 + 2 * n);
    v[1] = (uint16_t)end;
    pad(b, 2);
    const size_t vtable = b->n;
    mg_str_add(b, v, v[0]);
    pad(b, 8);
    const size_t at = b->n;
    const int32_t back = (int32_t)(at - vtable);
    const char zeros[4 + 8 * MOST_FIELDS] = {0};
    mg_str_add(b, zeros, end);
    put(b, at, &back, sizeof back);
    return at;
}

/* The place of a table's field. */
static size_t field(const mg_str *b, size_t at, int i) {
    int32_t back;
    uint16_t offset;
    if (b->failed) return 0;
    memcpy(&back, b->s + at, sizeof back);
    memcpy(&offset, b->s + at - (size_t)back + 4 + 2 * (size_t)i, sizeof offset);
    return at + offset;
}

static void set(mg_str *b, size_t at, int i, const void *bytes, size_t n) {
    put(b, field(b, at, i), bytes, n);
}

/* Makes the reference at `from` one to `to`, behind it. */
static void refer(mg_str *b, size_t from, size_t to) {
    const uint32_t offset = (uint32_t)(to - from);
    put(b, from, &offset, sizeof offset);
}

static void set_reference(mg_str *b, size_t at, int i, size_t to) { refer(b, field(b, at, i), to); }

static size_t string(mg_str *b, const char *s, size_t bytes) {
    const uint32_t n = (uint32_t)bytes;
    pad(b, 4);
    const size_t at = b->n;
    mg_str_add(b, &n, sizeof n);
    mg_str_add(b, s, bytes);
    mg_str_add(b, "", 1);
    return at;
}

/* n references, to be made: element i is at the place + 4 + 4 i. */
static size_t references(mg_str *b, int64_t n) {
    const uint32_t count = (uint32_t)n, none = 0;
    pad(b, 4);
    const size_t at = b->n;
    mg_str_add(b, &count, sizeof count);
    for (int64_t i = 0; i < n; i++) mg_str_add(b, &none, sizeof none);
    return at;
}

/* A vector of n structs of `size` bytes, a multiple of 8. */
static size_t structs(mg_str *b, const void *bytes, size_t n, size_t size) {
    const uint32_t count = (uint32_t)n, none = 0;
    pad(b, 8);
    mg_str_add(b, &none, sizeof none);
    const size_t at = b->n;
    mg_str_add(b, &count, sizeof count);
    mg_str_add(b, bytes, n * size);
    return at;
}

/* ---- schema ---- */

/* The type of a column; *kind: its number. */
static size_t add_type(mg_str *b, const char *format, uint8_t *kind) {
    const int32_t wide = 64, list = *format == '+' ? atoi(format + 3) : 0;
    const uint8_t yes = 1;
    const int16_t single = 1;
    size_t at;
    switch (*format) {
    case 'l':
        *kind = INT;
        at = table(b, (const uint8_t[]){4, 1}, 2);
        set(b, at, 0, &wide, sizeof wide);
        set(b, at, 1, &yes, sizeof yes);
        return at;
    case 'f':
        *kind = FLOAT;
        at = table(b, (const uint8_t[]){2}, 1);
        set(b, at, 0, &single, sizeof single);
        return at;
    case '+':
        *kind = FIXED_SIZE_LIST;
        at = table(b, (const uint8_t[]){4}, 1);
        set(b, at, 0, &list, sizeof list);
        return at;
    default: *kind = UTF8; return table(b, NULL, 0);
    }
}

static size_t add_field(mg_str *b, const struct ArrowSchema *s) {
    uint8_t kind;
    const size_t at = table(b, (const uint8_t[]){4, 1, 1, 4, 0, 4}, 6);
    set_reference(b, at, 0, string(b, s->name, strlen(s->name)));
    const size_t type = add_type(b, s->format, &kind);
    set(b, at, 2, &kind, sizeof kind);
    set_reference(b, at, 3, type);
    const size_t children = references(b, s->n_children);
    set_reference(b, at, 5, children);
    for (int64_t i = 0; i < s->n_children; i++)
        refer(b, children + 4 + 4 * (size_t)i, add_field(b, s->children[i]));
    return at;
}

/* The pairs of the C interface: how many, then lengths and bytes. */
static size_t add_metadata(mg_str *b, const char *m) {
    int32_t n, length;
    memcpy(&n, m, sizeof n);
    m += sizeof n;
    const size_t list = references(b, n);
    for (int32_t i = 0; i < n; i++) {
        const size_t at = table(b, (const uint8_t[]){4, 4}, 2);
        refer(b, list + 4 + 4 * (size_t)i, at);
        for (int part = 0; part < 2; part++, m += length) {
            memcpy(&length, m, sizeof length);
            m += sizeof length;
            set_reference(b, at, part, string(b, m, (size_t)length));
        }
    }
    return list;
}

static size_t add_schema(mg_str *b, const struct ArrowSchema *s) {
    const size_t at = table(b, (const uint8_t[]){0, 4, 4}, 3); /* little-endian is the default */
    const size_t fields = references(b, s->n_children);
    set_reference(b, at, 1, fields);
    for (int64_t i = 0; i < s->n_children; i++)
        refer(b, fields + 4 + 4 * (size_t)i, add_field(b, s->children[i]));
    set_reference(b, at, 2, add_metadata(b, s->metadata));
    return at;
}

/* ---- a batch ---- */

typedef struct node {
    int64_t length, nulls;
} node;
typedef struct piece {
    int64_t offset, length;
} piece;
typedef struct block {
    int64_t offset;
    int32_t head, none;
    int64_t body;
} block;

typedef struct batch {
    mg_str nodes, pieces; /* node[], piece[] */
    const void **bytes;   /* [n] of the pieces */
    size_t n, cap;
    int64_t body;
} batch;

static void add_piece(batch *x, const void *bytes, int64_t n) {
    const piece p = {x->body, n};
    if (x->n == x->cap) {
        const size_t cap = 2 * x->cap + 16;
        const void **more = realloc(x->bytes, cap * sizeof *more);
        if (!more) {
            x->pieces.failed = true;
            return;
        }
        x->bytes = more;
        x->cap = cap;
    }
    x->bytes[x->n++] = bytes;
    mg_str_add(&x->pieces, &p, sizeof p);
    x->body += (n + 63) / 64 * 64;
}

static void add_array(batch *x, const struct ArrowSchema *s, const struct ArrowArray *a) {
    const node own = {a->length, 0};
    mg_str_add(&x->nodes, &own, sizeof own);
    add_piece(x, NULL, 0); /* nothing is null */
    if (*s->format == 'l') add_piece(x, a->buffers[1], 8 * a->length);
    if (*s->format == 'f') add_piece(x, a->buffers[1], 4 * a->length);
    if (*s->format == 'u') {
        const int32_t *offsets = a->buffers[1];
        add_piece(x, offsets, 4 * (a->length + 1));
        add_piece(x, a->buffers[2], offsets[a->length]);
    }
    for (int64_t i = 0; i < a->n_children; i++) add_array(x, s->children[i], a->children[i]);
}

static size_t add_batch(mg_str *b, const batch *x, int64_t length) {
    const size_t at = table(b, (const uint8_t[]){8, 4, 4}, 3);
    set(b, at, 0, &length, sizeof length);
    set_reference(b, at, 1, structs(b, x->nodes.s, x->nodes.n / sizeof(node), sizeof(node)));
    set_reference(b, at, 2, structs(b, x->pieces.s, x->n, sizeof(piece)));
    return at;
}

/* ---- the file ---- */

typedef struct writing {
    FILE *to;
    int64_t at;
    bool failed;
    const struct ArrowSchema *schema;
    mg_str blocks; /* block[] */
} writing;

static void write_bytes(writing *w, const void *bytes, size_t n) {
    if (n && fwrite(bytes, 1, n, w->to) != n) w->failed = true;
    w->at += (int64_t)n;
}

static size_t begin_message(mg_str *b, uint8_t kind, int64_t body) {
    const int16_t version = V5;
    const uint32_t none = 0;
    mg_str_add(b, &none, sizeof none);
    const size_t at = table(b, (const uint8_t[]){2, 1, 4, 8}, 4);
    refer(b, 0, at);
    set(b, at, 0, &version, sizeof version);
    set(b, at, 1, &kind, sizeof kind);
    set(b, at, 3, &body, sizeof body);
    return at;
}

/* Bytes of the head with what stands before it. */
static int32_t write_head(writing *w, mg_str *b) {
    pad(b, 8);
    const uint32_t begin = 0xffffffff;
    const int32_t n = (int32_t)b->n;
    write_bytes(w, &begin, sizeof begin);
    write_bytes(w, &n, sizeof n);
    write_bytes(w, b->s, b->n);
    return n + 8;
}

static void write_schema(writing *w) {
    mg_str b = {0};
    const size_t at = begin_message(&b, SCHEMA, 0);
    set_reference(&b, at, 2, add_schema(&b, w->schema));
    w->failed |= b.failed;
    if (!b.failed) write_head(w, &b);
    mg_str_free(&b);
}

static void write_batch(writing *w, const struct ArrowArray *a) {
    static const char zeros[64];
    batch x = {.body = 0};
    mg_str b = {0};
    for (int64_t i = 0; i < a->n_children; i++)
        add_array(&x, w->schema->children[i], a->children[i]);
    const size_t at = begin_message(&b, RECORD_BATCH, x.body);
    if (!x.nodes.failed && !x.pieces.failed) set_reference(&b, at, 2, add_batch(&b, &x, a->length));
    w->failed |= b.failed || x.nodes.failed || x.pieces.failed;
    if (!w->failed) {
        const int64_t begin = w->at;
        const block own = {begin, write_head(w, &b), 0, x.body};
        mg_str_add(&w->blocks, &own, sizeof own);
        for (size_t i = 0; i < x.n; i++) {
            piece p;
            memcpy(&p, x.pieces.s + i * sizeof p, sizeof p);
            write_bytes(w, x.bytes[i], (size_t)p.length);
            write_bytes(w, zeros, (size_t)((64 - p.length % 64) % 64));
        }
    }
    mg_str_free(&x.nodes);
    mg_str_free(&x.pieces);
    mg_str_free(&b);
    free(x.bytes);
}

static void write_footer(writing *w) {
    const uint32_t end[] = {0xffffffff, 0}, none = 0;
    const int16_t version = V5;
    mg_str b = {0};
    mg_str_add(&b, &none, sizeof none);
    const size_t at = table(&b, (const uint8_t[]){2, 4, 4, 4}, 4);
    refer(&b, 0, at);
    set(&b, at, 0, &version, sizeof version);
    set_reference(&b, at, 1, add_schema(&b, w->schema));
    set_reference(&b, at, 2, structs(&b, "", 0, sizeof(block)));
    set_reference(
        &b, at, 3,
        structs(&b, w->blocks.n ? w->blocks.s : "", w->blocks.n / sizeof(block), sizeof(block)));
    pad(&b, 8);
    w->failed |= b.failed || w->blocks.failed;
    const int32_t n = (int32_t)b.n;
    write_bytes(w, end, sizeof end);
    if (!b.failed) write_bytes(w, b.s, b.n);
    write_bytes(w, &n, sizeof n);
    write_bytes(w, "ARROW1", 6);
    mg_str_free(&b);
}

/* What the stream says of a failure. */
static int stream_failed(struct ArrowArrayStream *s, molglot_error *err) {
    const char *why = s->get_last_error(s);
    return mg_fail(err, MOLGLOT_FAILED, "%s", why ? why : "the rows cannot be read");
}

int export_arrow(struct ArrowArrayStream *stream, FILE *to, molglot_error *err) {
    struct ArrowSchema schema;
    writing w = {.to = to, .schema = &schema};
    int code = stream->get_schema(stream, &schema) ? stream_failed(stream, err) : MOLGLOT_OK;
    if (code) {
        stream->release(stream);
        return code;
    }
    write_bytes(&w, "ARROW1\0\0", 8);
    write_schema(&w);
    while (!code && !w.failed) {
        struct ArrowArray rows;
        if (cli_interrupted) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
        if (code) break;
        if (stream->get_next(stream, &rows)) {
            code = stream_failed(stream, err);
            break;
        }
        if (!rows.release) break;
        write_batch(&w, &rows);
        rows.release(&rows);
    }
    if (!code) write_footer(&w);
    schema.release(&schema);
    stream->release(stream);
    mg_str_free(&w.blocks);
    return !code && w.failed ? mg_fail(err, MOLGLOT_FAILED, "the Arrow file cannot be written")
                             : code;
}
