/* search.h - what the files of `molglot search` share. */
#ifndef MG_CMD_SEARCH_H
#define MG_CMD_SEARCH_H

#include "app/cli/cli.h"
#include "data/table/table.h"
#include "search/search.h"

/* ---- search_libraries.c: indexes, and library files indexed on the way ---- */
typedef struct search_libraries {
    const char **paths; /* [n] as given */
    mg_index **indexes; /* [n] */
    int n;
} search_libraries;
/* Whether an argument is a library rather than a question. */
bool search_is_library(const char *arg);
int search_libraries_open(search_libraries *l, const cli_common *c, cli_engine *engine,
                          molglot_error *err);
void search_libraries_close(search_libraries *l);
int64_t search_libraries_rows(const search_libraries *l);

/* ---- search_queries.c: what was asked ---- */
enum { SEARCH_BATCH = 1024 }; /* queries at a time: memory, and when answers appear */
typedef enum {
    QUERY_WORDS,
    QUERY_NAME, /* of a row */
    QUERY_MOLECULE,
    QUERY_KEY,    /* an InChIKey, whole or its first block */
    QUERY_PATTERN /* SMARTS */
} query_kind;
typedef struct search_query {
    const char *text; /* as given */
    query_kind kind;
    const char *what;           /* what it was taken for: "SMILES" */
    char *smiles;               /* of a molecule, malloc'ed */
    mg_named known;             /* what the dictionary of names says of it */
    mg_str note;                /* what else there is to say about it */
    float share_unknown;        /* of its words, to the model */
    bool letters;               /* a SMILES of letters alone, that may be a name */
    bool column;                /* stands in a column of molecules */
    bool told;                  /* --query-is or --by said what it is */
    bool blind;                 /* the model knows no word of it: only its words count */
    molglot_row_status unknown; /* of a blind one: why the model makes no vector of it */
    mg_request *request;        /* what is asked of molecules, or NULL */
    char *like;                 /* the molecule that it names, or NULL */
} search_query;
typedef struct search_queries {
    mg_rows rows;        /* with the status of each */
    cli_columns columns; /* further ones of their table */
    search_query *q;     /* [rows.n] */
    float *vectors;      /* [rows.n][dim] */
} search_queries;
/* The next ones, at most SEARCH_BATCH; none at the end. as: "auto", "text", "smiles", "name",
 * "smarts". */
int search_queries_read(search_queries *s, cli_batches *from, const char *as, molglot_error *err);
/* What is a name of a row of l becomes words: letters that spell a SMILES, an InChIKey, what would
 * be refused. */
int search_queries_name(search_queries *s, const search_libraries *l, int threads, mg_halt *halt,
                        molglot_error *err);
/* Whether one of them may be a name. */
bool search_queries_any_name(const search_queries *s);
/* What the dictionary has as a name becomes words that are known, with a note that says so. */
int search_queries_known(search_queries *s, const mg_groups *g, const mg_dictionary *d,
                         mg_halt *halt, molglot_error *err);
/* Refuses a query whose vector is none. */
int search_queries_embed(search_queries *s, mg_embedder *e, mg_halt *halt, molglot_error *err);
/* What words ask of molecules. */
int search_queries_request(search_queries *s, const mg_groups *g, const mg_dictionary *d,
                           const search_libraries *l, int threads, mg_halt *halt,
                           molglot_error *err);
void search_queries_free(search_queries *s);
/* As mg_find_run has it. vector: of the query, or NULL */
mg_question search_question_of(const search_query *q, const float *vector);

/* ---- search_out.c: the answers as rows, in every format ---- */
/* The further columns of all libraries by name, behind those of the queries. */
typedef struct search_extras {
    const char **names, **cells; /* [n] */
    size_t n, n_query;
    int **at; /* [libraries][columns of it]: place in names */
} search_extras;
/* Set the first six; zero-initialise the rest. */
typedef struct search_output {
    const cli_common *common;
    const search_libraries *libraries;
    const cli_input *input;
    const char *format, *output; /* as given, or NULL */
    const search_queries *q;     /* those that are being answered */
    int64_t before;              /* queries answered before them */
    cli_sheet sheet;
    cli_out file;
    bool open;
    search_extras extra;
    mg_str subtitle, footer;
    int told; /* notes that the format has no place for */
} search_output;
/* The sheet begins with the first queries, whose columns all of them have. */
int search_output_begin(search_output *out, const cli_engine *engine, molglot_error *err);
/* found [q->rows.n][k] */
int search_output_add(search_output *out, search_queries *q, const mg_found *found, int k,
                      molglot_error *err);
int search_output_end(search_output *out, molglot_error *err);
void search_output_free(search_output *out);

/* ---- search_recall.c: what the codes of the libraries miss ---- */
typedef struct search_recall {
    int k, threads;
    int (*on_progress)(void *user, int64_t done, int64_t total); /* nonzero stops */
    int64_t queries, whole, found, of; /* rows found of those of exact search */
    double seconds[2];                 /* by codes, exactly */
} search_recall;
/* Those of the queries that have a vector of `dim` numbers. */
int search_recall_add(search_recall *r, const search_libraries *l, const search_queries *q,
                      size_t dim, molglot_error *err);
void search_recall_say(const search_recall *r, const search_libraries *l, const cli_common *c);

#endif
