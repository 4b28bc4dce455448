/* stream.c - reading bytes in order from a file, stdin or memory, unpacked on the way. gzip and
 * zstd are recognised by their first bytes, never by the name, so piped input works too. Several
 * gzip members or zstd frames in a row are one stream. A compressed stream must be whole: a missing
 * end or a wrong checksum is an error. What is packed twice is unpacked twice: a stream may stand
 * above another. UTF-16 (a byte order mark, or zeros at every second byte) becomes UTF-8. Other
 * containers are refused by their name (magic.c).
 *
 * Against decompression bombs: a stream is refused once it has given more than 1 GiB and more than
 * 1000 bytes for each byte read. Text of any kind stays far below that ratio, and less than 1 GiB
 * does no harm.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT      ((size_t)1 << 17)
#define BOMB_BYTES ((uint64_t)1 << 30)
#define BOMB_RATIO 1000u

#define LEVELS 2 /* packed in packed; no deeper */

typedef enum { PLAIN, GZIP, ZSTD_FRAMES, UTF16_LE, UTF16_BE } packing;

struct mg_stream {
    char *name;
    int fd; /* -1: memory, or below */
    packing kind;
    mg_stream *below;  /* what this one unpacks; NULL: a file or memory */
    mg_stream *above;  /* what unpacks this one further; owned */
    int level;         /* streams below */
    bool looked;       /* above is known */
    uint8_t *buf;      /* [INPUT] for a file; NULL for memory */
    const uint8_t *in; /* unread input: in[0 .. left) */
    size_t left;
    bool end_of_input;
    bool finished;                /* the packed stream is complete, or a failure was reported */
    bool inside;                  /* inside a gzip member or zstd frame */
    uint64_t total_in, total_out; /* of a packed stream */
    z_stream z;
    ZSTD_DStream *zstd;
};

static int read_own(mg_stream *s, void *buf, size_t n, size_t *got, molglot_error *err);

/* Puts more input behind what is left, up to the buffer's size. An interrupted wait (by a signal
 * that the program catches) is reported as such, so that a program waiting for a pipe can stop. */
static int more(mg_stream *s, molglot_error *err) {
    if (s->fd < 0 && !s->below) s->end_of_input = true;
    if (s->end_of_input) return MOLGLOT_OK;
    if (s->left) memmove(s->buf, s->in, s->left);
    s->in = s->buf;
    if (s->below) {
        size_t got;
        int code = read_own(s->below, s->buf + s->left, INPUT - s->left, &got, err);
        if (!got) s->end_of_input = true;
        s->left += got;
        return code;
    }
    /* a wait is ended by every signal that is caught; read() alone would be begun again */
    struct pollfd wait = {.fd = s->fd, .events = POLLIN};
    const int ready = poll(&wait, 1, -1);
    ssize_t n = ready < 0 ? ready : read(s->fd, s->buf + s->left, INPUT - s->left);
    if (n < 0 && errno == EINTR)
        return mg_fail(err, MOLGLOT_INTERRUPTED, "%s: interrupted", s->name);
    if (n < 0) return mg_fail(err, MOLGLOT_FAILED, "%s: read error: %s", s->name, strerror(errno));
    if (n == 0) s->end_of_input = true;
    s->left += (size_t)n;
    return MOLGLOT_OK;
}

static bool gzip_magic(const uint8_t *p, size_t n) {
    return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

/* A frame, or a skippable frame as parallel compressors write it. */
static bool zstd_magic(const uint8_t *p, size_t n) {
    if (n < 4) return false;
    return (p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd) ||
           ((p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18);
}

/* UTF-16, by its mark or because letters of ASCII have a zero beside them. */
static packing utf16_magic(const uint8_t *p, size_t n) {
    if (n < 2) return PLAIN;
    if (p[0] == 0xFF && p[1] == 0xFE) return n >= 4 && !p[2] && !p[3] ? PLAIN : UTF16_LE;
    if (p[0] == 0xFE && p[1] == 0xFF) return UTF16_BE;
    if (n < 8) return PLAIN;
    bool low = true, high = true;
    for (size_t i = 0; i < 8; i += 2) {
        low = low && p[i] >= 9 && p[i] < 0x7F && !p[i + 1];
        high = high && !p[i] && p[i + 1] >= 9 && p[i + 1] < 0x7F;
    }
    return low ? UTF16_LE : high ? UTF16_BE : PLAIN;
}

static int refuse_foreign(mg_stream *s, molglot_error *err) {
    mg_foreign f;
    if (mg_foreign_bytes(s->in, s->left, &f))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s%s, which is not read; %s", s->name, f.name,
                       s->level ? " in a packed file" : "", f.hint);
    if (s->left >= 4 && (!memcmp(s->in, "\xFF\xFE\0\0", 4) || !memcmp(s->in, "\0\0\xFE\xFF", 4)))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the file is UTF-32; save it as UTF-8", s->name);
    return MOLGLOT_OK;
}

/* Bytes wanted before it is said what the stream is. A pipe may be somebody typing: only what looks
 * like an archive is waited for. */
static size_t wanted(const mg_stream *s) {
    if (s->left >= 2 && s->in[0] == 'P' && s->in[1] == 'K') return INPUT;
    return s->level ? 512 : 4;
}

/* Reads the first bytes and sets up the unpacker they call for. */
static int start(mg_stream *s, molglot_error *err) {
    while (s->left < wanted(s) && !s->end_of_input) {
        int code = more(s, err);
        if (code) return code;
    }
    if (gzip_magic(s->in, s->left)) {
        if (inflateInit2(&s->z, 15 + 16) != Z_OK) return mg_no_memory(err, "%s", s->name);
        s->kind = GZIP;
        s->inside = true;
    } else if (zstd_magic(s->in, s->left)) {
        s->zstd = ZSTD_createDStream();
        if (!s->zstd) return mg_no_memory(err, "%s", s->name);
        s->kind = ZSTD_FRAMES;
    } else {
        s->kind = utf16_magic(s->in, s->left);
        return refuse_foreign(s, err);
    }
    if (s->level == LEVELS)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: packed more than twice", s->name);
    return MOLGLOT_OK;
}

static mg_stream *new_stream(const char *name, molglot_error *err) {
    mg_stream *s = calloc(1, sizeof *s);
    if (s) {
        s->fd = -1;
        s->name = strdup(name);
    }
    if (s && s->name) return s;
    free(s);
    mg_no_memory(err, "%s", name);
    return NULL;
}

mg_stream *mg_stream_open(const char *path, molglot_error *err) {
    bool standard = strcmp(path, "-") == 0;
    mg_stream *s = new_stream(standard ? "stdin" : path, err);
    if (!s) return NULL;
    s->buf = malloc(INPUT);
    int code = MOLGLOT_OK;
    if (!s->buf)
        code = mg_no_memory(err, "%s", s->name);
    else {
        s->in = s->buf;
        s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
        if (s->fd < 0)
            code = mg_fail(err, MOLGLOT_FAILED, "%s: cannot open: %s", *path ? path : "''",
                           strerror(errno));
        else
            code = start(s, err);
    }
    if (!code) return s;
    mg_stream_close(s);
    return NULL;
}

mg_stream *mg_stream_memory(const void *bytes, size_t n, molglot_error *err) {
    mg_stream *s = new_stream("memory", err);
    if (!s) return NULL;
    s->in = bytes;
    s->left = n;
    if (start(s, err) == MOLGLOT_OK) return s;
    mg_stream_close(s);
    return NULL;
}

void mg_stream_close(mg_stream *s) {
    if (!s) return;
    mg_stream_close(s->above);
    if (s->kind == GZIP) inflateEnd(&s->z);
    ZSTD_freeDStream(s->zstd);
    if (s->fd > STDIN_FILENO) close(s->fd);
    free(s->buf);
    free(s->name);
    free(s);
}

const char *mg_stream_name(const mg_stream *s) { return s->name; }

static const char *packing_name(const mg_stream *s) {
    return s->kind == GZIP ? "gzip" : s->kind == ZSTD_FRAMES ? "zstd" : "none";
}

const char *mg_stream_compression(const mg_stream *s) {
    static const char *const twice[2][2] = {{"gzip twice", "zstd in gzip"},
                                            {"gzip in zstd", "zstd twice"}};
    const bool packed = s->kind == GZIP || s->kind == ZSTD_FRAMES,
               again = s->above && (s->above->kind == GZIP || s->above->kind == ZSTD_FRAMES);
    if (!packed || !again) return packing_name(s);
    return twice[s->kind == ZSTD_FRAMES][s->above->kind == ZSTD_FRAMES];
}

bool mg_stream_utf16(const mg_stream *s) {
    while (s->above) s = s->above;
    return s->kind == UTF16_LE || s->kind == UTF16_BE;
}

/* ---- unpacking: each step consumes some input, gives up to n bytes and sets *got ---- */

static int damaged(mg_stream *s, const char *why, molglot_error *err) {
    s->finished = true;
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: damaged %s data: %s", s->name, packing_name(s), why);
}

static void take(mg_stream *s, size_t n) {
    s->in += n;
    s->left -= n;
    s->total_in += n;
}

/* Between members: another one, zero padding as tapes have it, or the end. */
static int next_member(mg_stream *s, molglot_error *err) {
    while (s->left && *s->in == 0) take(s, 1);
    if (s->left < 2 && !s->end_of_input) return MOLGLOT_OK;
    if (s->left == 0)
        s->finished = true;
    else if (!gzip_magic(s->in, s->left))
        return damaged(s, "other bytes follow the stream", err);
    else {
        inflateReset(&s->z);
        s->inside = true;
    }
    return MOLGLOT_OK;
}

static int step_gzip(mg_stream *s, uint8_t *out, size_t n, size_t *got, molglot_error *err) {
    *got = 0;
    if (!s->inside) return next_member(s, err);
    uInt room = n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)n;
    uInt given = s->left > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)s->left;
    s->z.next_in = (Bytef *)(uintptr_t)s->in;
    s->z.avail_in = given;
    s->z.next_out = out;
    s->z.avail_out = room;
    int code = inflate(&s->z, Z_NO_FLUSH);
    take(s, given - s->z.avail_in);
    *got = room - s->z.avail_out;
    if (code == Z_MEM_ERROR) return mg_no_memory(err, "%s", s->name);
    if (code == Z_STREAM_END)
        s->inside = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return damaged(s, s->z.msg ? s->z.msg : "unreadable", err);
    return MOLGLOT_OK;
}

static int step_zstd(mg_stream *s, uint8_t *out, size_t n, size_t *got, molglot_error *err) {
    *got = 0;
    if (!s->inside && !s->left) {
        s->finished = s->end_of_input;
        return MOLGLOT_OK;
    }
    ZSTD_outBuffer o = {out, n, 0};
    ZSTD_inBuffer i = {s->in, s->left, 0};
    size_t left = ZSTD_decompressStream(s->zstd, &o, &i);
    take(s, i.pos);
    *got = o.pos;
    if (ZSTD_isError(left)) return damaged(s, ZSTD_getErrorName(left), err);
    s->inside = left != 0;
    return MOLGLOT_OK;
}

/* One code unit; a lone surrogate becomes U+FFFD. */
static uint32_t utf16_unit(const mg_stream *s, size_t at) {
    const uint8_t *p = s->in + at;
    return s->kind == UTF16_LE ? (uint32_t)(p[0] | p[1] << 8) : (uint32_t)(p[0] << 8 | p[1]);
}

static size_t put_utf8(uint8_t *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (uint8_t)(lead[tail] | c >> 6 * tail);
    for (int i = 1; i <= tail; i++) out[i] = (uint8_t)(0x80 | (c >> 6 * (tail - i) & 0x3F));
    return (size_t)tail + 1;
}

/* The mark becomes UTF-8's, which the reader of lines skips and notes. */
static int step_utf16(mg_stream *s, uint8_t *out, size_t n, size_t *got, molglot_error *err) {
    (void)err;
    *got = 0;
    if (s->end_of_input && s->left < 2) {
        take(s, s->left);
        s->finished = true;
    }
    while (s->left >= 2 && n - *got >= 4) {
        uint32_t c = utf16_unit(s, 0);
        const bool high = c >= 0xD800 && c < 0xDC00;
        if (high && s->left < 4 && !s->end_of_input) break;
        const uint32_t low = high && s->left >= 4 ? utf16_unit(s, 2) : 0;
        const bool pair = low >= 0xDC00 && low < 0xE000;
        take(s, pair ? 4 : 2);
        if (pair)
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        else if (c >= 0xD800 && c < 0xE000)
            c = 0xFFFD;
        *got += put_utf8(out + *got, c);
    }
    return MOLGLOT_OK;
}

/* Bytes of the file that the stream at the bottom has read. */
static uint64_t packed_bytes(const mg_stream *s) {
    while (s->below) s = s->below;
    return s->total_in;
}

static int read_packed(mg_stream *s, uint8_t *out, size_t n, size_t *got, molglot_error *err) {
    while (!s->finished && *got == 0) {
        uint64_t before = s->total_in;
        bool was_inside = s->inside;
        int code = (s->kind == GZIP          ? step_gzip
                    : s->kind == ZSTD_FRAMES ? step_zstd
                                             : step_utf16)(s, out, n, got, err);
        if (code) return code;
        s->total_out += *got;
        if (s->total_out > BOMB_BYTES && s->total_out / BOMB_RATIO > packed_bytes(s))
            return damaged(
                s,
                "it unpacks to more than 1 GiB at over 1000 to 1, refused as a decompression bomb",
                err);
        if (*got || s->finished || s->total_in != before || s->inside != was_inside) continue;
        if (s->end_of_input) return damaged(s, "it ends too early", err);
        if ((code = more(s, err))) return code;
    }
    return MOLGLOT_OK;
}

static int read_plain(mg_stream *s, uint8_t *out, size_t n, size_t *got, molglot_error *err) {
    if (!s->left) {
        int code = more(s, err);
        if (code) return code;
    }
    *got = n < s->left ? n : s->left;
    if (*got) memcpy(out, s->in, *got);
    take(s, *got);
    return MOLGLOT_OK;
}

static int read_own(mg_stream *s, void *buf, size_t n, size_t *got, molglot_error *err) {
    *got = 0;
    return (s->kind == PLAIN ? read_plain : read_packed)(s, buf, n, got, err);
}

/* Whether what has been unpacked is packed again, or something else that is not read. */
static int look(mg_stream *s, molglot_error *err) {
    s->looked = true;
    if (s->kind != GZIP && s->kind != ZSTD_FRAMES) return MOLGLOT_OK;
    mg_stream *above = new_stream(s->name, err);
    if (!above) return MOLGLOT_NO_MEMORY;
    s->above = above;
    above->below = s;
    above->level = s->level + 1;
    above->buf = malloc(INPUT);
    above->in = above->buf;
    int code = above->buf ? start(above, err) : mg_no_memory(err, "%s", s->name);
    if (!code) return MOLGLOT_OK;
    mg_stream_close(above);
    s->above = NULL;
    s->finished = true;
    return code;
}

int mg_stream_read(mg_stream *s, void *buf, size_t n, size_t *got, molglot_error *err) {
    *got = 0;
    if (n == 0) return MOLGLOT_OK;
    int code = s->looked ? MOLGLOT_OK : look(s, err);
    if (code) return code;
    return s->above ? mg_stream_read(s->above, buf, n, got, err) : read_own(s, buf, n, got, err);
}
