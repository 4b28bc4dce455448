/* lines.c - lines of a byte stream. The bytes since a mark are kept, so that a record may span
 * lines and be read again. Memory: the bytes since the mark and a chunk, whatever the file holds,
 * doubled at most.
 */
#include "base/grow.h"
#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK   ((size_t)1 << 16)
#define DOS_END '\x1A'

/* Reads one more chunk behind `end`; moves the kept bytes to the front where that makes room. */
static int read_chunk(mg_lines *l, molglot_error *err) {
    if (l->mark && l->cap - l->end < CHUNK) {
        memmove(l->buf, l->buf + l->mark, l->end - l->mark);
        l->pos -= l->mark;
        l->end -= l->mark;
        l->mark = 0;
    }
    if (!MG_GROW(l->buf, l->cap, l->end + CHUNK))
        return mg_no_memory(err, "%s: a row of %zu bytes", mg_stream_name(l->stream), l->end);
    size_t got = 0;
    int code = mg_stream_read(l->stream, l->buf + l->end, CHUNK, &got, err);
    if (code) return code;
    if (got == 0) l->eof = true;
    l->end += got;
    /* the mark of DOS for the end of a file */
    if (l->eof && l->end > l->pos && l->buf[l->end - 1] == DOS_END) l->end--;
    return MOLGLOT_OK;
}

int mg_lines_fill(mg_lines *l, size_t want, molglot_error *err) {
    while (l->end - l->mark < want && !l->eof) {
        int code = read_chunk(l, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int mg_lines_open(mg_lines *l, mg_stream *stream, molglot_error *err) {
    memset(l, 0, sizeof *l);
    l->stream = stream;
    l->line = 1;
    l->eol = '\n';
    int code = mg_lines_fill(l, 3, err);
    if (code) return code;
    if (l->end >= 3 && !memcmp(l->buf, "\xEF\xBB\xBF", 3)) {
        l->bom = true;
        l->mark = l->pos = 3;
    }
    mg_lines_find_eol(l);
    return MOLGLOT_OK;
}

void mg_lines_find_eol(mg_lines *l) {
    const char *s = l->buf + l->mark;
    const size_t n = l->end - l->mark;
    const bool cr = n && memchr(s, '\r', n) && !memchr(s, '\n', n);
    l->eol = cr ? '\r' : '\n';
}

void mg_lines_close(mg_lines *l) {
    free(l->buf);
    memset(l, 0, sizeof *l);
}

int mg_lines_next(mg_lines *l, size_t from, size_t limit, bool cut, mg_line *line,
                  molglot_error *err) {
    size_t start = l->pos - l->mark; /* offsets from the mark: the buffer may move */
    size_t scan = start, stop;
    const char *eol;
    line->cut = false;
    for (;;) {
        char *base = l->buf + l->mark;
        size_t have = l->end - l->mark;
        eol = have > scan ? memchr(base + scan, l->eol, have - scan) : NULL;
        stop = eol ? (size_t)(eol - base) : have;
        if (stop - from > limit) {
            if (!cut || start != from) return MG_LINES_FULL;
            line->cut = true;
        }
        if (eol || l->eof) break;
        /* forget what has been read of an overlong line */
        if (line->cut) l->end = l->mark + start;
        scan = l->end - l->mark;
        int code = read_chunk(l, err);
        if (code) return -code;
    }
    if (!eol && stop == start && !line->cut) return MG_LINES_END;
    line->at = start;
    line->n = line->cut ? 0 : stop - start;
    /* "\r\r\n": what a program wrote as text that was CRLF already */
    while (l->eol == '\n' && line->n && *mg_lines_at(l, start + line->n - 1) == '\r') {
        line->n--;
        l->crlf = true;
    }
    l->pos = l->mark + stop + (eol != NULL);
    l->line++;
    return MG_LINES_OK;
}
