/* inside.h - what the files of the table reader share.
 *
 * lines.c     bytes to lines; keeps the bytes since a mark, so that a record may span lines or be
 *             read again
 * fields.c    a record's bytes as valid text; names of columns
 * words.c     what a cell looks like: SMILES, InChI, SELFIES, a number
 * roles.c     which column holds the molecule, the text, the identifier
 * delimited.c, smi.c, sdf.c, json.c   one record of their format
 * sniff.c     which format and delimiter a file has, and what stands before its first record
 * header.c    header and columns of a delimited file
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

/* Reads the first bytes: skips a UTF-8 byte order mark, finds the end of line. */
int mg_lines_open(mg_lines *l, mg_stream *stream, molglot_error *err);
void mg_lines_close(mg_lines *l);
/* '\r' where the bytes read so far have no other end of line. */
void mg_lines_find_eol(mg_lines *l);
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
typedef enum {
    MG_TABLE_DELIMITED,
    MG_TABLE_SMI,
    MG_TABLE_SDF,
    MG_TABLE_JSON,
    MG_TABLE_TXT
} mg_table_kind;
typedef enum { MG_JSON_LINES, MG_JSON_VALUES, MG_JSON_ARRAY } mg_json_shape;
enum { MG_ROLE_SMILES, MG_ROLE_TEXT, MG_ROLE_ID, MG_ROLES };
enum { MG_TABLE_WINDOW = 1 << 16, MG_TABLE_SAMPLE = 20, MG_TABLE_COLUMNS = 4096 };
/* Bytes in which the names of properties and members are looked for. */
enum { MG_TABLE_NAMES = 1 << 20 };

struct mg_table {
    mg_stream *stream;
    mg_lines lines;
    mg_table_kind kind;
    char delimiter;              /* delimited only; ' ': runs of blanks and tabs */
    char quote;                  /* '"', '\'', or 0 where quotes are characters */
    bool header, guessed_smiles; /* guessed_smiles: no column had a name we know */
    bool row_names;              /* R's: a first column that the header does not name */
    const char *notation;        /* what the molecules are written in, where it is not read */
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
    int shard, shards; /* of the options */
    bool names_wanted; /* the same */
    int64_t skipped;   /* lines before the header or first record: comments, a preamble */
    int64_t comments;  /* smi: lines that begin with # */
    int64_t latin1;    /* fields that were no UTF-8 */
    int64_t garbled;   /* place of bytes in this record that are neither UTF-8 nor Latin-1; -1 */
    int64_t unknown;   /* rows with such bytes */
    int64_t late;      /* values under names that were met too late to be columns */
    int64_t redrawn;   /* sdf: molblocks read because the SMILES beside them cannot be */
    char late_name[80];
    int64_t blanks; /* smi, txt: blank lines seen but not yet given out as rows */
    bool held;      /* ... and the line after them has been read */
    mg_line held_line;
    mg_json_shape shape;
    bool scalars;      /* json: strings, no objects */
    mg_names keys;     /* json, sdf: columns by name */
    char *smiles;      /* sdf: SMILES made from the molblock (malloc'ed) */
    mg_str title;      /* sdf: first line of the record */
    int status_column; /* of Molglot's own tables, the reason behind it; -1: another table */
    char describe[800], notes[400];
};

/* ---- fields.c ---- */
/* Copies n bytes into t->text, terminated, as valid text: a field that is no UTF-8 is read as
 * Windows-1252 and counted; bytes that are neither become U+FFFD. NUL bytes refuse the row and
 * become '?'. ends  the characters that end a field, beside the end of line */
int mg_table_copy(mg_table *t, const char *bytes, size_t n, const char *ends,
                  molglot_row_status *status, molglot_error *err);
/* The number of a new name's column, or of a name that t->keys has; names are joined in `names`,
 * and *count is how many. -1: there are too many, or (names->failed) no memory. */
int mg_table_key(mg_table *t, const char *name, mg_str *names, int *count);
/* Copies the names of the columns, without the blanks around them. */
int mg_table_set_names(mg_table *t, const char *const *names, int n, molglot_error *err);
/* The same for names that follow each other in one string, each terminated. */
int mg_table_set_joined(mg_table *t, const mg_str *names, int n, molglot_error *err);
/* A name that is a column of no row before. */
void mg_table_late(mg_table *t, const char *name);
/* A column by its name as it is written, else whatever the case; -1 when there is none. */
int mg_find_name(const mg_table *t, const char *name);

/* ---- words.c ---- */
/* Whether every character of the word may stand in a SMILES where it stands. "It", "12" and "" are
 * no SMILES. */
bool mg_looks_like_smiles(const char *s, size_t n);
bool mg_looks_like_inchi(const char *s, size_t n);
/* Bracketed tokens alone. MG_SELFIES: one of them is no atom of SMILES; MG_MAYBE_SELFIES: atoms
 * without charge and hydrogen, which would be radicals. */
typedef enum { MG_NO_SELFIES, MG_BRACKETS, MG_MAYBE_SELFIES, MG_SELFIES } mg_selfies;
mg_selfies mg_looks_like_selfies(const char *s, size_t n);
/* Any of the three. */
bool mg_looks_like_molecule(const char *s, size_t n);
bool mg_looks_like_number(const char *s);

/* ---- roles.c ---- */
typedef struct mg_sample { /* counts over the sampled records, by column */
    int records, filled[MG_TABLE_COLUMNS], smiles[MG_TABLE_COLUMNS], inchi[MG_TABLE_COLUMNS],
        selfies[MG_TABLE_COLUMNS], blanks[MG_TABLE_COLUMNS], numbers[MG_TABLE_COLUMNS];
} mg_sample;
/* Adds one record's fields. */
void mg_sample_add(mg_sample *c, const char *const *fields, int n);
/* Whether a word is a name that was asked for, or one that heads a column of a molecule, a text or
 * an identifier. */
bool mg_known_name(const mg_table *t, const char *s, size_t n);
/* Whether it heads a column of molecules. */
bool mg_names_molecules(const char *s, size_t n);
/* The columns of text and identifier by name; identifiers of other things than the molecule are
 * none. `taken` or -1: a column that it cannot be. */
int mg_text_by_name(const mg_table *t);
int mg_id_by_name(const mg_table *t, int taken);
/* Finds the columns: those asked for, else by name, else by content. */
int mg_assign_roles(mg_table *t, const mg_sample *c, molglot_error *err);
/* The column asked for, by name or number; -1 when none was asked for. */
int mg_asked_column(const mg_table *t, int role, int *column, molglot_error *err);

/* ---- sniff.c ---- */
/* Sets kind and delimiter: by o->format, else by the extension of the name, else by the first
 * bytes. Leaves the lines behind comments and whatever else stands before the table. */
int mg_sniff_kind(mg_table *t, const mg_table_options *o, molglot_error *err);

/* ---- header.c ---- */
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
/* A first line that names the column of molecules, or is no molecule above one, is a header. */
int mg_smi_open(mg_table *t, int header, molglot_error *err);
int mg_sdf_next(mg_table *t, mg_row *row, molglot_error *err);
/* Columns: the properties of the records in the first bytes. */
int mg_sdf_open(mg_table *t, molglot_error *err);
/* Whether the bytes begin as JSON does, and no SMILES. */
bool mg_json_begins(const char *s, size_t n);
int mg_json_next(mg_table *t, mg_row *row, molglot_error *err);
/* Columns: the members of the objects in the first bytes. */
int mg_json_open(mg_table *t, molglot_error *err);

#endif
