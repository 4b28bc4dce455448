/* inside.h - what the files of the table reader share.
 *
 * lines.c     bytes to lines; keeps the bytes since a mark, so that a record may span lines or be
 *             read again
 * fields.c    a record's bytes as valid text; names and roles of columns
 * delimited.c, smi.c, sdf.c   one record of their format
 * sniff.c     which format, delimiter, header and columns a file has
 * table.c     opening, the loop over rows, one line that says what was decided
 */
#ifndef MG_TABLE_INSIDE_H
#define MG_TABLE_INSIDE_H

#include "data/data.h"
#include "data/table/table.h"

/* ---- lines.c ---- */
typedef struct mg_lines {
    mg_stream *stream;
    char *buf; /* bytes [mark, end) are valid; pos is the start of the next line */
    size_t cap, mark, pos, end;
    int64_t line; /* number of the next line, from 1 */
    char eol;     /* '\n'; '\r' for files of old spreadsheets that have nothing else */
    bool eof, bom, crlf;
} mg_lines;

typedef struct mg_line {
    size_t at, n; /* offset from the mark, and length without its end of line */
    bool cut;     /* longer than the limit: its bytes are gone (n = 0) */
} mg_line;

/* Reads the first bytes: skips a UTF-8 byte order mark, refuses UTF-16. */
int mg_lines_open(mg_lines *l, mg_stream *stream, molglot_error *err);
void mg_lines_close(mg_lines *l);
/* Reads on until `want` bytes after the mark are there, or the end. */
int mg_lines_fill(mg_lines *l, size_t want, molglot_error *err);
enum { MG_LINES_END = 0, MG_LINES_OK = 1, MG_LINES_FULL = 2 };
/* The next line of a record.
 *   from   offset after the mark where the record starts
 *   limit  most bytes of the record
 *   cut    a first line that is longer is cut; else, and for later lines, the line is left where it
 *          is and the answer is MG_LINES_FULL
 * Negative: -code, err filled. */
int mg_lines_next(mg_lines *l, size_t from, size_t limit, bool cut, mg_line *line,
                  molglot_error *err);
/* Gives up the bytes before the next line: a record starts. */
static inline void mg_lines_mark(mg_lines *l) { l->mark = l->pos; }
static inline const char *mg_lines_at(const mg_lines *l, size_t at) {
    return l->buf + l->mark + at;
}
/* Goes back to offset `at` from the mark, which is the start of line number `line`. */
static inline void mg_lines_rewind(mg_lines *l, size_t at, int64_t line) {
    l->pos = l->mark + at;
    l->line = line;
}

/* ---- the table ---- */
typedef enum { MG_TABLE_DELIMITED, MG_TABLE_SMI, MG_TABLE_SDF, MG_TABLE_TXT } mg_table_kind;
enum { MG_ROLE_SMILES, MG_ROLE_TEXT, MG_ROLE_ID, MG_ROLES };
enum { MG_TABLE_WINDOW = 1 << 16, MG_TABLE_SAMPLE = 20, MG_TABLE_COLUMNS = 4096 };

struct mg_table {
    mg_stream *stream;
    mg_lines lines;
    mg_table_kind kind;
    char delimiter;              /* delimited only; quotes are read unless it is a tab */
    bool header, guessed_smiles; /* guessed_smiles: no column had a name we know */
    size_t max_row;
    int n_columns;
    char **names;
    int role[MG_ROLES];    /* column number or -1 */
    char *asked[MG_ROLES]; /* column names asked for, or NULL */
    char *text;            /* the record, cut into terminated fields */
    size_t text_n, text_cap;
    const char **fields; /* [MG_TABLE_COLUMNS + 1] */
    int n_fields;
    int64_t rows, undoubled;
    int64_t blanks; /* smi, txt: blank lines seen but not yet given out as rows */
    bool held;      /* ... and the line after them has been read */
    mg_line held_line;
    char *smiles;      /* sdf: SMILES made from the molblock (malloc'ed) */
    mg_str title;      /* sdf: first line of the record */
    int status_column; /* of Molglot's own tables, the reason behind it; -1: another table */
    char describe[600];
};

/* ---- fields.c ---- */
/* Copies n bytes into t->text, terminated. NUL bytes and invalid UTF-8 refuse the row and become
 * '?', so that what is handed out is always valid text. */
int mg_table_copy(mg_table *t, const char *bytes, size_t n, molglot_row_status *status,
                  molglot_error *err);
/* Copies the names of the columns, without the blanks around them. */
int mg_table_set_names(mg_table *t, const char *const *names, int n, molglot_error *err);
/* A column by its name, whatever the case; -1 when there is none. */
int mg_find_name(const mg_table *t, const char *name);
/* The column of a role (MG_ROLE_*): the one that the user asked for, else the first of the usual
 * names; -1 when there is none. */
int mg_find_role(const mg_table *t, int role);
/* Whether a word is a name that was asked for or one of the usual names. */
bool mg_known_name(const mg_table *t, const char *s, size_t n);

/* ---- sniff.c ---- */
/* Whether every character of the word may stand in a SMILES where it stands. "It", "12" and "" are
 * no SMILES. */
bool mg_looks_like_smiles(const char *s, size_t n);
/* Sets kind and delimiter: by `format`, else by the extension of the name, else by the first
 * bytes. */
int mg_sniff_kind(mg_table *t, const mg_table_options *o, molglot_error *err);
/* Finds the columns of a delimited file and whether it has a header (header as in
 * mg_table_options). Leaves the lines behind the header. */
int mg_sniff_columns(mg_table *t, int header, molglot_error *err);

/* ---- one record: 1 a row, 0 the end, negative failure ---- */
int mg_delimited_next(mg_table *t, mg_row *row, molglot_error *err);
/* Reads a record and cuts it into t->fields.
 *   line    out: the line where it starts
 *   status  refused when the record cannot be read
 *   keep    leave the mark where it is, since the record will be read again; ends at a record that
 *           is longer than the window */
int mg_delimited_record(mg_table *t, bool keep, int64_t *line, molglot_row_status *status,
                        molglot_error *err);
int mg_smi_next(mg_table *t, mg_row *row, molglot_error *err);
/* A first line that starts with the word "smiles" is a header. */
int mg_smi_open(mg_table *t, int header, molglot_error *err);
int mg_sdf_next(mg_table *t, mg_row *row, molglot_error *err);
/* Columns: the properties of the records in the first bytes. */
int mg_sdf_open(mg_table *t, molglot_error *err);

#endif
