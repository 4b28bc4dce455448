/* cli.h - what the commands share: options, messages, progress, output files, finding the model.
 * Only for src/app.
 *
 * Data goes to stdout, talk to stderr. Exit codes are molglot.h's MOLGLOT_* values.
 */
#ifndef MG_CLI_H
#define MG_CLI_H

#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <argp.h>
#include <signal.h>

/* ---- commands: one cmd_*.c each; argv[0] is "molglot NAME" ---- */
int cmd_index(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_embed(int argc, char **argv);
int cmd_depict(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_generate(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_interpolate(int argc, char **argv);

/* --- options that most commands take: an argp child; point the parent's input at a cli_common
 * --- */
typedef struct cli_common {
    const char *model;  /* -m */
    const char *device; /* --device; NULL: the CPU, or what the recipe says */
    int threads;        /* -j; 0: OpenMP's default */
    bool quiet;         /* -q */
    bool strict;        /* --strict: rejected rows make exit 3 */
} cli_common;
extern const struct argp cli_common_argp;
/* argp's numbers for long-only options start here; commands use CLI_OWN + k. */
enum {
    CLI_STRICT = 256,
    CLI_DEVICE,
    CLI_SIDE,
    CLI_INPUT_FORMAT,
    CLI_TEXT,
    CLI_ID,
    CLI_NO_HEADER,
    CLI_SAMPLING = 280,
    CLI_OWN = 300
};
/* --- options of an input table: an argp child too; its input is a cli_table, made with
 * cli_table_default() --- */
typedef struct cli_table {
    const char *side; /* "molecule", "text"; "auto" or NULL: what a row has */
    mg_table_options options;
} cli_table;
extern const struct argp cli_table_argp;
cli_table cli_table_default(void);
/* What to embed of this row. */
mg_side cli_table_side(const cli_table *t, const mg_row *row);

/* Runs argp without exiting behind our back for usage errors other than by its own rule (exit
 * 2). */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* "128", "1k", "2M", "1G" for option `what`; a usage error otherwise. */
long cli_number(struct argp_state *state, const char *text, const char *what, long low, long high);
float cli_real(struct argp_state *state, const char *text, const char *what, double low,
               double high);

/* ---- messages on stderr ---- */
void cli_say(const cli_common *c, const char *fmt, ...) MG_PRINTF(2, 3); /* unless --quiet */
/* "molglot: message" and the code to exit with. */
int cli_fail(const molglot_error *err);
int cli_usage(const char *fmt, ...) MG_PRINTF(1, 2); /* MOLGLOT_USAGE */
int cli_no_memory(void);                             /* MOLGLOT_NO_MEMORY */
/* Collects rejected rows: the first few are shown, all are counted. */
typedef struct cli_rejects {
    int64_t count;
    int shown;
} cli_rejects;
void cli_reject(const cli_common *c, cli_rejects *r, const char *file, int64_t row, const char *id,
                const molglot_row_status *status);
/* Says the count; MOLGLOT_REJECTED under --strict, else MOLGLOT_OK. */
int cli_rejects_end(const cli_common *c, const cli_rejects *r, int64_t total);

/* --- progress on stderr: a bar on a terminal, else a line every ten per cent or thirty seconds
 * --- */
typedef struct cli_progress {
    const char *label;
    int64_t total;
    double start, last;
    int last_tenth;
    bool tty, quiet;
} cli_progress;
/* total 0: unknown */
void cli_progress_start(cli_progress *p, const cli_common *c, const char *label, int64_t total);
void cli_progress_update(cli_progress *p, int64_t done, const char *note); /* note may be NULL */
void cli_progress_end(cli_progress *p);
double cli_now(void); /* seconds, monotonic */

/* ---- SIGINT: the flag is set once; a second ^C kills ---- */
extern volatile sig_atomic_t cli_interrupted;
void cli_catch_interrupt(void);

/* ---- output ---- */
/* "-" or NULL: stdout, else an atomic file. */
typedef struct cli_out {
    FILE *f;
    mg_outfile file;
    bool to_file;
} cli_out;
int cli_out_open(cli_out *o, const char *path, molglot_error *err);
int cli_out_close(cli_out *o, molglot_error *err); /* flushes, checks, commits */
void cli_out_abort(cli_out *o);
/* Flushes stdout and turns a lost byte into exit code 1 (full disk, closed pipe). */
int cli_finish_stdout(int code);
/* quoted and escaped; invalid UTF-8 becomes U+FFFD */
void cli_json_string(mg_str *out, const char *s);
void cli_html_text(mg_str *out, const char *s); /* escaped */
/* Format from -f, else from the extension of the output path, else `dflt`. */
const char *cli_format(const char *asked, const char *path, const char *dflt);

/* ---- the model (engine.c) ---- */
/* --model, $MOLGLOT_MODEL, then share/molglot or models/ near the program. Writes the path found;
 * NULL with err. */
const char *cli_model_path(const cli_common *c, char *buf, size_t n, molglot_error *err);
/* The same; NULL without a message. */
const char *cli_find_model(const cli_common *c, char *buf, size_t n);
typedef struct cli_engine {
    mg_bundle *bundle;
    const mg_model_file *space;
    mg_embedder *embedder;
    bool own; /* bundle is closed with it */
} cli_engine;
int cli_engine_open(cli_engine *e, const cli_common *c, int batch, molglot_error *err);
/* Of a bundle that is open and stays the caller's. */
int cli_engine_of(cli_engine *e, mg_bundle *b, const cli_common *c, int batch, molglot_error *err);
void cli_engine_close(cli_engine *e);

/* MOLGLOT_BAD_FILE unless the index was made with the engine's model. */
int cli_check_index(const mg_index *x, const cli_engine *e, molglot_error *err);

/* ---- the writer (sampling.c) ---- */
typedef struct cli_generator {
    mg_bundle *bundle;
    const mg_writer_file *file;
    /* of one thread, so that its numbers do not depend on how many there are */
    cli_engine ranker;
    bool ranked;
    mg_index *memory;
    mg_generator *g;
} cli_generator;
/* path: --generator; NULL: $MOLGLOT_GENERATOR, then the model. part: as mg_bundle_writer has it.
 * rank: with the model of -m, and when none was asked for and none is found, without. memory: an
 * index to read neighbours from, or NULL. latent_first: of a model with both writers, part NULL. */
typedef struct cli_generator_options {
    const char *path, *part, *memory;
    bool rank, latent_first;
} cli_generator_options;
int cli_generator_open(cli_generator *g, const cli_common *c, const cli_generator_options *o,
                       molglot_error *err);
void cli_generator_close(cli_generator *g);
/* Options of drawing: an argp child, whose input is a cli_sampling. -n, and what to draw for, is
 * the command's. */
typedef struct cli_sampling {
    mg_generate_options o;
    cli_generator_options generator;
} cli_sampling;
extern const struct argp cli_sampling_argp;
cli_sampling cli_sampling_default(void);

/* --- sheet.c: rows of molecules in any format: table, csv, json, jsonl (ndjson), smi, sdf,
 * svg, html --- */
/* kind: 't' text, 'n' number, 'b' true or false; width in a table, 0: not shown */
typedef struct cli_column {
    const char *name;
    char kind;
    int width;
} cli_column;
typedef struct cli_sheet {
    const char *title, *footer;
    const cli_column *columns;
    size_t n_columns;
    int format;
    mg_str out;      /* not yet written */
    mg_str drawings; /* svg: made so far */
    int64_t rows, drawn;
} cli_sheet;
typedef struct cli_sheet_row {
    const char *const *cells; /* [n_columns]; "" for none */
    const char *smiles, *name;
    bool valid;
    const char *legend, *text;  /* under a drawing; small print of an html card */
    const double *score, *near; /* html's sliders: NULL for none */
    bool known;                 /* among the training molecules */
} cli_sheet_row;
/* MOLGLOT_USAGE for an unknown format. */
int cli_sheet_begin(cli_sheet *s, const char *format, const char *title, const cli_column *columns,
                    size_t n, const char *footer, molglot_error *err);
/* A heading and a note (what went wrong) or a remark, "" for none, where the format has such. */
void cli_sheet_section(cli_sheet *s, const char *heading, const char *note, bool wrong);
void cli_sheet_row_add(cli_sheet *s, const cli_sheet_row *row);
/* writes what is there, to save memory */
int cli_sheet_flush(cli_sheet *s, cli_out *out, molglot_error *err);
int cli_sheet_end(cli_sheet *s, cli_out *out, molglot_error *err); /* and the rest; frees */
void cli_sheet_free(cli_sheet *s);

/* ---- what a query is ---- */
/* True when s has no blanks and is a molecule that RDKit accepts. */
bool cli_is_smiles(const char *s);

/* ---- page.c: one self-contained HTML page of molecules ---- */
/* attributes: data-... for the sliders, or NULL */
typedef struct cli_card {
    const char *smiles, *title, *text;
    double score;
    bool scored;
    const char *attributes;
} cli_card;
/* sliders: a panel that hides cards by data-score, data-near and data-known. */
int cli_page_begin_sliders(mg_str *out, const char *title, const char *subtitle);
int cli_page_begin(mg_str *out, const char *title, const char *subtitle);
/* note: what went wrong, or "" */
int cli_page_section(mg_str *out, const char *heading, const char *note);
int cli_page_section_remark(mg_str *out, const char *heading, const char *remark);
int cli_page_card(mg_str *out, const cli_card *card);
int cli_page_end(mg_str *out, const char *footer);
/* Several drawings in one SVG, made by cli_svg_place one after another: a grid of at most four
 * columns. */
enum { CLI_SVG_COLUMNS = 4 };
void cli_svg_place(mg_str *out, const char *drawing, size_t number, int width, int height);
void cli_svg_grid(mg_str *out, const char *placed, size_t n, int width, int height);

#endif
