/* vectors.c - rows with a vector each (embeddings, latents): a sheet, or NPY [rows, size]. */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH = 1 << 20 }; /* bytes of a sheet kept at most, about */

int cli_vectors_check(const char *format, molglot_error *err) {
    return cli_sheet_check(format, "npy", err);
}

/* It has a fixed length, and so is written twice where the rows are counted as they come: as a
 * promise, then with their number. */
static int write_header(cli_vectors *v, int64_t rows, molglot_error *err) {
    mg_str head = {0};
    int code = mg_npy_header(&head, rows, (int64_t)v->size);
    if (code)
        code = mg_no_memory(err, "the output");
    else if (rows != v->promised && fseek(v->out.f, 0, SEEK_SET))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: cannot seek", v->path);
    else
        fwrite(head.s, 1, head.n, v->out.f);
    mg_str_free(&head);
    return code;
}

int cli_vectors_open(cli_vectors *v, const cli_sheet_kind *kind, const char *format,
                     const char *path, int64_t rows, size_t size, const cli_columns *columns,
                     molglot_error *err) {
    *v = (cli_vectors){.npy = !strcmp(format, "npy"), .path = path, .size = size};
    v->promised = rows < 0 ? 0 : rows;
    int code = MOLGLOT_OK;
    if (v->npy && rows < 0 && (!path || !strcmp(path, "-")))
        return mg_fail(err, MOLGLOT_USAGE, "NPY needs a file: -o FILE.npy");
    if (v->npy && rows < 0 && mg_packing_of(path))
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: NPY begins with the number of rows and cannot be packed as it is "
                       "written",
                       path);
    if (!v->npy)
        code = cli_sheet_begin(&v->sheet, kind,
                               &(cli_sheet_head){.format = format,
                                                 .title = "Molglot: vectors",
                                                 .footer = "Molglot " MOLGLOT_VERSION ".",
                                                 .vector_size = size,
                                                 .extra = columns->names,
                                                 .n_extra = columns->n},
                               err);
    else if (!(v->zeros = calloc(size + 1, sizeof *v->zeros)))
        code = mg_no_memory(err, "the output");
    if (!code) code = cli_out_open(&v->out, path, err);
    v->open = !code;
    if (!code && v->npy) code = write_header(v, v->promised, err);
    if (!code && !v->npy) cli_sheet_section(&v->sheet, &(cli_section){.note = ""});
    return code;
}

int cli_vectors_add(cli_vectors *v, const cli_sheet_row *row, molglot_error *err) {
    v->rows++;
    if (v->npy) {
        if (fwrite(row->vector ? row->vector : v->zeros, sizeof *v->zeros, v->size, v->out.f) ==
            v->size)
            return MOLGLOT_OK;
        return mg_fail(err, MOLGLOT_FAILED, "%s: cannot write: %s", v->path, strerror(errno));
    }
    cli_sheet_add(&v->sheet, row);
    return v->sheet.out.n > FLUSH ? cli_sheet_flush(&v->sheet, &v->out, err) : MOLGLOT_OK;
}

int cli_vectors_close(cli_vectors *v, molglot_error *err) {
    int code = MOLGLOT_OK;
    if (!v->npy)
        code = cli_sheet_end(&v->sheet, &v->out, err);
    else if (v->rows != v->promised)
        code = write_header(v, v->rows, err);
    if (!code) code = cli_out_close(&v->out, err);
    if (!code) v->open = false;
    return code;
}

void cli_vectors_free(cli_vectors *v) {
    if (v->open) cli_out_abort(&v->out);
    cli_sheet_free(&v->sheet);
    free(v->zeros);
    v->zeros = NULL;
}
