/* table.h - rows of molecules and texts out of files, and NPY arrays. */
#ifndef MG_DATA_TABLE_TABLE_H
#define MG_DATA_TABLE_TABLE_H

#include "chem/chem.h"
#include "text/text.h"

/* --- table.c: streaming rows of smi | csv | tsv | sdf | json (gz, zst by magic; "-" is stdin),
 * bounded memory --- */
typedef struct mg_table mg_table;
typedef struct mg_table_options {
    /* NULL: by extension (of the name without .gz/.zst), else sniffed; "smi" "csv" "tsv" "sdf"
     * "json" "txt" */
    const char *format;
    /* names or NULL: what contains smiles, else inchi; text|description|caption ...; id|cid|
     * chembl_id ..., else what ends in id, else name|title (whatever the case, blanks, _ and -) */
    const char *smiles_column, *text_column, *id_column;
    int header;     /* -1 sniff, 0 no, 1 yes */
    size_t max_row; /* bytes; 0: 16 MiB */
    bool cells;     /* mg_rows_load keeps the cells of all columns */
    /* "txt", "smi", or "either" (smi where each line begins with SMILES and one has a name): the
     * format of what its first line does not show to be a table with names of columns that we know,
     * nor its content to be of another kind; with format NULL */
    const char *lines;
    bool names;        /* a column of names is the text where there is none, nor a molecule */
    int shard, shards; /* only every shards-th row from the shard-th (1 ..) on; shards 0: all */
} mg_table_options;
typedef struct mg_row {
    int64_t number; /* data row from 1 */
    int64_t line;   /* first line in the file, from 1 */
    /* "" when there is none; valid until the next read. smiles: SMILES or InChI */
    const char *smiles, *text, *id;
    size_t smiles_n, text_n;
    int n_fields;
    const char *const *fields; /* every column as read (SDF: properties, JSON: members) */
    int n_read; /* delimited: fields that the row itself has; those that it lacks are "" in fields
                 */
    /* SDF only; smiles is made from it where no PubChem tag has it */
    const char *molblock;
    size_t molblock_n;
    molglot_row_status status; /* a row that could not be read: ok = 0 and why */
} mg_row;
/* o NULL: everything sniffed */
mg_table *mg_table_open(const char *path, const mg_table_options *o, molglot_error *err);
/* bytes outlive it */
mg_table *mg_table_memory(const void *bytes, size_t n, const mg_table_options *o,
                          molglot_error *err);
/* 1: a row; 0: end; negative: failure (I/O, damaged compression), err filled. Doubled backslashes
 * in SMILES are undone and counted. */
int mg_table_next(mg_table *t, mg_row *row, molglot_error *err);
int mg_table_columns(const mg_table *t, const char *const **names);
/* What a column is read as: 's' SMILES, 't' text, 'i' id; 0: nothing. */
char mg_table_role(const mg_table *t, int column);
/* Whether molecules are read from molblocks, and no column holds them. */
bool mg_table_molblocks(const mg_table *t);
/* Whether rows are plain lines of text, without columns. */
bool mg_table_plain(const mg_table *t);
/* Whether rows are molecules: the file has a column of them, or is an SDF or SMILES list. Else they
 * are texts. A row's own cells do not change that. */
bool mg_table_molecules(const mg_table *t);
/* One line that says what was decided: "TSV, header, id=CID smiles=SMILES, gzip", and the notes so
 * far. */
const char *mg_table_describe(mg_table *t);
/* What happened to rows so far: "3 fields Latin-1; ..."; "" for nothing. */
const char *mg_table_notes(mg_table *t);
int64_t mg_table_undoubled(const mg_table *t);
void mg_table_close(mg_table *t);
/* words.c: bytes of the SMILES in front of a CXSMILES extension, "C |...|"; n where there is
 * none. */
size_t mg_smiles_core(const char *s, size_t n);

/* ---- rows.c: a whole file of rows in memory; the struct owns the strings ---- */
typedef struct mg_rows {
    size_t n;
    char **smiles, **text, **id;
    molglot_row_status *status;
    int64_t undoubled;
    bool plain, molblocks; /* mg_table_plain, mg_table_molblocks */
    /* with the option `cells`: */
    int n_columns;
    char **names; /* [n_columns] */
    char *role;   /* [n_columns], as mg_table_role has it */
    char **cells; /* [n * n_columns]; "" where a row has no such field */
    mg_arena arena;
} mg_rows;
int mg_rows_load(mg_rows *r, const char *path, const mg_table_options *o, molglot_error *err);
/* The next rows of a table, at most `most`; n is 0 at its end. */
int mg_rows_next(mg_rows *r, mg_table *t, bool cells, size_t most, molglot_error *err);
/* All that a table has left. */
int mg_rows_read(mg_rows *r, mg_table *t, bool cells, molglot_error *err);
void mg_rows_free(mg_rows *r);

/* ---- write.c ---- */
/* Adds one field with the quotes that its format needs. TSV has none: there a tab or line break
 * becomes a blank. */
void mg_csv_field(mg_str *out, const char *s, char delimiter);

/* ---- npy.c: NPY 1.0, '<f4', C order, two dimensions ---- */
int mg_npy_header(mg_str *out, int64_t rows, int64_t cols);
/* Where the numbers of such a file begin, and its shape; 0: it is something else, or holds fewer or
 * more numbers than its shape says. */
size_t mg_npy_numbers(const void *file, size_t n, int64_t *rows, int64_t *cols);

#endif
