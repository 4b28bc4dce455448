/* cli.h - what the commands share: options, input, messages, progress, output, rows in any format,
 * finding the model.
 *
 * Data goes to stdout, talk to stderr. Exit codes are molglot.h's MOLGLOT_* values.
 */
#ifndef MG_CLI_H
#define MG_CLI_H

#include "base/ranks/ranks.h"
#include "caption/caption.h"
#include "chem/triage/triage.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <argp.h>
#include <signal.h>

/* ---- commands: one cmd_*.c each; argv[0] is "molglot NAME" ---- */
int cmd_index(int argc, char **argv);
int cmd_concat(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_embed(int argc, char **argv);
int cmd_depict(int argc, char **argv);
int cmd_name(int argc, char **argv);
int cmd_describe(int argc, char **argv);
int cmd_caption(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_memory(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_generate(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_interpolate(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_mcp(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_rerun(int argc, char **argv);

/* ---- options.c: options that several commands take ---- */
typedef struct cli_common {
    const char *model;  /* -m; NULL: $MOLGLOT_MODEL or the shipped one */
    const char *device; /* --device; NULL: the CPU, or what the recipe says */
    int threads;        /* -j; 0: OpenMP's default */
    bool quiet;         /* -q: no messages, no progress */
    bool strict;        /* --strict: rejected rows make exit 3 */
} cli_common;
/* An argp child whose input is a cli_common. A command takes the one with the options that it
 * uses, so that others are refused. */
extern const struct argp cli_common_argp;  /* -m -j --device -q --strict */
extern const struct argp cli_compute_argp; /* -m -j --device -q */
extern const struct argp cli_machine_argp; /* -m -j --device */
extern const struct argp cli_serve_argp;   /* -m -j -q */
extern const struct argp cli_train_argp;   /* -j --device -q */
extern const struct argp cli_score_argp;   /* -j -q --strict */
extern const struct argp cli_rows_argp;    /* -q --strict */
extern const struct argp cli_named_argp;   /* -m -q --strict */
extern const struct argp cli_talk_argp;    /* -q */
extern const struct argp cli_model_argp;   /* -m */
/* argp's numbers for long-only options start here; commands use CLI_OWN + k. */
enum {
    CLI_STRICT = 256,
    CLI_DEVICE,
    CLI_SIDE,
    CLI_INPUT_FORMAT,
    CLI_TEXT,
    CLI_ID,
    CLI_NO_HEADER,
    CLI_DROP_COLUMNS,
    CLI_EXCEL_SAFE,
    CLI_MPI,
    CLI_SHARD,
    CLI_RESUME,
    CLI_CAPTIONING = 270,
    CLI_SAMPLING = 280,
    CLI_TRIAGE = 296,
    CLI_OWN = 300
};

/* ---- ranks.c: one command as several processes (base/ranks) ----
 * A command that can takes CLI_MPI_OPTION and calls begin before all else and end after it. */
#define CLI_MPI_OPTION                                                               \
    {                                                                                \
        "mpi", CLI_MPI, NULL, 0,                                                     \
            "This process is one of those that mpirun started: they share the work " \
            "(docs/cluster.md)",                                                     \
            0                                                                        \
    }
/* *r: NULL where --mpi was not asked for, which is refused under an mpirun of several processes.
 * All ranks but 0 are silent from here on. */
int cli_ranks_begin(mg_ranks **r, bool asked, cli_common *c, molglot_error *err);
/* The command's end on every rank; a failure of one ends all, after it is said. Returns the exit
 * code; err->code 0: `code` is one that all ranks have. */
int cli_ranks_end(mg_ranks *r, int code, const molglot_error *err);

/* ---- parse.c ----
 * Parses the command line. A mistake in it ends the program with exit code 2, as --help and -h do
 * with 0. What follows '\v' in the argp's doc is the end of the help, where a line that begins with
 * blanks, an example, is never wrapped. */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* Of an option whose argument is a file to write; "output" is one without it. cli_parse refuses a
 * command line that writes what it reads, or writes a file twice. */
enum {
    CLI_WRITES = 1 << 16,
    CLI_MAY_BE_READ = 1 << 17, /* the command itself sees to its inputs */
    CLI_IN_MODEL = 1 << 18     /* a part, which may lie in the model's folder */
};
/* --resume of the commands that read rows: cli_parse ends with 0 where -o FILE is there. */
extern bool cli_resume;
/* ---- places.c ---- */
typedef struct cli_written {
    const char *path; /* within a word of the command line */
    int key;          /* of its option */
    bool may_be_read, in_model;
} cli_written;
/* MOLGLOT_USAGE, and says so, where one of the outputs is a file that the command line names, the
 * model, or another output. Else removes what killed processes left of them. */
int cli_check_places(const cli_written *w, size_t n, int argc, char *const *argv);

/* ---- manifest.c: what a run was made of, beside what it wrote ---- */
#define CLI_MANIFEST ".manifest.json"
enum { CLI_DIGEST_MOST = 256 << 20 }; /* bytes of an input that are hashed */
typedef struct cli_manifest_model {
    char name[256], part[32], sha256[65];
} cli_manifest_model;
/* The words of the command line, the command first; main's, so that they stay. */
void cli_manifest_command(int argc, char *const *argv);
void cli_manifest_off(void); /* --no-manifest */
/* Of cli_parse: the files that are to be written. Of a rerun they go elsewhere. */
int cli_manifest_begin(cli_written *w, size_t n, int argc, char **argv);
/* A seed that the run uses, given or not. name: of the field, "seed"; "scoring_seed" where there is
 * another one. */
void cli_manifest_seed(const char *name, uint64_t seed);
enum { CLI_SEEDS = 2 };
typedef struct cli_manifest_seeds {
    bool there[CLI_SEEDS]; /* in the order of cli_seed_names */
    uint64_t seed[CLI_SEEDS];
} cli_manifest_seeds;
extern const char *const cli_seed_names[CLI_SEEDS];
const cli_manifest_seeds *cli_manifest_seeded(void);
/* Before a bundle is closed: the digests of its parts that were used are noted. */
void cli_manifest_bundle(mg_bundle *b);
/* After the command: writes it, where one is wanted. code: the command's; returned. */
int cli_manifest_end(int code);
/* A rerun: outputs go to folder/N-NAME, or the first one to the file `only`; no manifest. */
void cli_manifest_redirect(const char *folder, const char *only);
size_t cli_manifest_outputs(const char *paths[], size_t most); /* where they went */
size_t cli_manifest_models(const cli_manifest_model **models);
/* SHA-256 of a file's first `most` bytes, and how many it has. */
int cli_digest(const char *path, int64_t most, int64_t *bytes, char sha256[65], molglot_error *err);
bool cli_is_file(const char *path); /* a regular one */
/* Runs a command by its words: main's, for `molglot rerun`. */
extern int (*cli_runner)(int argc, char **argv);

/* ---- manifest_read.c ---- */
typedef struct cli_manifest_file {
    char *path, sha256[65];
    int64_t bytes, most; /* the digest is of the first `most` */
} cli_manifest_file;
typedef struct cli_manifest {
    char version[64], chemistry[64];
    char **words;
    size_t n_words;
    cli_manifest_model *models;
    size_t n_models;
    cli_manifest_file *inputs, *outputs;
    size_t n_inputs, n_outputs;
    int threads, exit;
    bool reads_stdin;
    cli_manifest_seeds seeds; /* none in a manifest of an older version */
} cli_manifest;
/* MOLGLOT_BAD_FILE where it is none. */
int cli_manifest_read(const char *text, size_t n, cli_manifest *out, molglot_error *err);
void cli_manifest_free(cli_manifest *m);

/* ---- suggest.c ---- */
/* The name that word[0..n) may be a mistyped or shortened form of; NULL: none is near. */
const char *cli_nearest(const char *word, size_t n, const char *const *names, size_t count);
/* A usage error, with the names and a suggestion, unless the given word is one of them. */
void cli_choice(struct argp_state *state, const char *option, const char *given,
                const char *const *names, size_t count);

/* "I/N"; both 0 for "1/1". */
void cli_parse_shard(struct argp_state *state, const char *arg, int *shard, int *shards);
/* "128", "1k", "2M", "1G" for option `what`; a usage error otherwise. */
long cli_number(struct argp_state *state, const char *text, const char *what, long low, long high);
float cli_real(struct argp_state *state, const char *text, const char *what, double low,
               double high);

/* ---- input.c: what a command reads ----
 * Strings are given as arguments, as rows of `-i FILE`, or as lines of standard input (the argument
 * `-`). A row that cannot be read keeps its place and has a status. */
typedef struct cli_table {
    const char *side; /* "molecule", "text"; "auto" or NULL: what a row has */
    mg_table_options options;
    bool drop; /* --drop-extra-columns */
} cli_table;
/* Options of a table: an argp child whose input is a cli_table, made with cli_table_default(). */
extern const struct argp cli_table_argp;
cli_table cli_table_default(void);
/* What to embed of this row: what the table's columns say; of plain lines and arguments (table
 * NULL) what the row has. */
mg_side cli_table_side(const cli_table *t, const mg_table *table, const mg_row *row);

/* What a string is that stands in no named column. */
typedef enum {
    CLI_MOLECULES,
    CLI_TEXTS,
    CLI_EITHER,
    CLI_VECTORS /* no string: numbers */
} cli_strings;
typedef struct cli_input {
    const char *wants;   /* what an argument is, for messages: "SMILES" */
    cli_strings strings; /* either: as table.side has it, else as mg_notation_of decides */
    bool keys;           /* an InChIKey is looked up, as a text; else it is refused */
    /* a .txt file is a string a line, whatever its first lines look like; the answers have names of
     * their own, so that the questions' ids are a further column */
    bool questions;
    bool optional;    /* the command has something to do without input */
    const char *file; /* -i, "-": standard input; NULL: the arguments */
    bool lines;       /* `-` was the argument: a string a line, no table */
    cli_table table;  /* of the file's rows */
    char **args;
    size_t n; /* of args */
} cli_input;
cli_input cli_input_default(const char *wants, cli_strings strings);
/* Argp children whose input is a cli_input: -i FILE, the options that say how to read it, and all
 * arguments that the command has not taken itself. */
extern const struct argp cli_records_argp;   /* a molecule a row, without --shard and --resume */
extern const struct argp cli_molecules_argp; /* one molecule a row */
extern const struct argp cli_texts_argp;     /* one sentence a row */
extern const struct argp cli_queries_argp;   /* either */
extern const struct argp cli_strings_argp;   /* either, and --side */
/* For the command's ARGP_KEY_END: a usage error where input lacks or is given twice, or where
 * options are given for a file that is not. */
/* The number that the nth row that is read (from 1) has in the whole input. */
int64_t cli_row_number(const cli_input *in, int64_t n);
void cli_input_check(cli_input *in, struct argp_state *state);
/* Where rows come from, for messages: a path, "stdin" or "argument". */
const char *cli_input_name(const cli_input *in);

/* ---- columns.c: what else a row of the input holds ----
 * The columns that a command has not read, for cli_sheet_head.extra and cli_sheet_row.extra: all
 * but the one that is its input and, unless it asks questions, the id. Those that Molglot's own
 * tables have of every row (row, status, error, a vector's numbers) are left out, and all of them
 * under
 * --drop-extra-columns. */
typedef struct cli_columns {
    size_t n;
    const char **names; /* [n]; of the table or rows, which outlive them */
    const char **cells; /* [n]: of the row that was read last */
    int *at;            /* [n] numbers of the table's columns */
    bool either;        /* the SMILES stand in a column that holds texts too */
} cli_columns;
int cli_columns_of_table(cli_columns *c, const cli_input *in, const mg_table *t,
                         molglot_error *err);
int cli_columns_of_rows(cli_columns *c, const cli_input *in, const mg_rows *rows,
                        molglot_error *err);
/* Cells [n] of a row; valid until the next call. */
const char *const *cli_columns_row(cli_columns *c, const mg_row *row);
const char *const *cli_columns_at(cli_columns *c, const mg_rows *rows, size_t i);
void cli_columns_free(cli_columns *c);

/* One row after another, in bounded memory. What a row is, cli_table_side(&in->table,
 * table, row) says. */
typedef struct cli_reader {
    const cli_input *in; /* outlives it */
    mg_table *table;     /* NULL: arguments */
    size_t next;         /* argument */
    cli_columns columns; /* its cells: cli_columns_row */
    char *own;           /* the row's SMILES, where it is not a part of the input */
} cli_reader;
int cli_reader_open(cli_reader *r, const cli_input *in, molglot_error *err);
/* As mg_table_next: 1, 0 at the end, negative on failure. */
int cli_reader_next(cli_reader *r, mg_row *row, molglot_error *err);
void cli_reader_close(cli_reader *r);
/* Some rows after others, in memory that does not grow with their number. Begin with {.in = in}. */
typedef struct cli_batches {
    const cli_input *in; /* outlives it */
    mg_table *table;     /* NULL: not open, or arguments */
    bool done;
} cli_batches;
/* At most `most` rows, all arguments at once; none at the end. As cli_input_load otherwise. */
int cli_batches_next(cli_batches *b, size_t most, mg_rows *rows, molglot_error *err);
void cli_batches_close(cli_batches *b);
/* All rows; freed by mg_rows_free. They may point into the arguments. MOLGLOT_FAILED where a file
 * holds none. */
int cli_input_load(const cli_input *in, mg_rows *rows, molglot_error *err);

/* ---- say.c: messages on stderr ---- */
void cli_say(const cli_common *c, const char *fmt, ...) MG_PRINTF(2, 3); /* unless --quiet */
/* "molglot: message" and the code to exit with. */
int cli_fail(const molglot_error *err);
int cli_usage(const char *fmt, ...) MG_PRINTF(1, 2); /* MOLGLOT_USAGE */
int cli_no_memory(void);                             /* MOLGLOT_NO_MEMORY */
/* printf whose arguments may come from anywhere: see mg_str_shown. */
void cli_print(const char *fmt, ...) MG_PRINTF(1, 2);
const char *cli_shown(const char *s, char *buf, size_t n); /* the same of one text; gives buf */
/* Collects rejected rows: the first few are shown, all are counted. */
typedef struct cli_rejects {
    int64_t count;
    int shown;
    int all;          /* exit code when every row is rejected; 0: MOLGLOT_FAILED */
    const char *file; /* whose rows they are, where none at all is worth a word; or NULL */
} cli_rejects;
/* The one rule (docs/molglot.1): all arguments refused is a mistake in the command line,
 * MOLGLOT_USAGE; all rows of a file or of standard input a run that failed. */
cli_rejects cli_rejects_of(const cli_input *in);
void cli_reject(const cli_common *c, cli_rejects *r, const char *file, int64_t row, const char *id,
                const molglot_row_status *status);
/* Says the count, and that there was no row. MOLGLOT_REJECTED under --strict, r->all when no row is
 * left, else MOLGLOT_OK. */
int cli_rejects_end(const cli_common *c, const cli_rejects *r, int64_t total);

/* ---- progress.c: on a terminal a bar, else a line every ten per cent or thirty seconds ---- */
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
/* SIGINT, SIGTERM, SIGHUP: the flag is set once; a second ^C kills. */
extern volatile sig_atomic_t cli_interrupted;
void cli_catch_interrupt(void);

/* ---- shortage.cc ---- */
void cli_watch_memory(void);
/* How often C++ was refused memory since then, whatever became of it. */
long cli_refusals(void);
/* MOLGLOT_NO_MEMORY if so: what was made may not be whole (say.c). */
int cli_whole(molglot_error *err);

/* ---- output.c ---- */
/* "-" or NULL: stdout, else an atomic file, packed where its name ends in .gz or .zst. */
typedef struct cli_out {
    FILE *f, *packed;
    mg_outfile file;
    bool to_file;
} cli_out;
int cli_out_open(cli_out *o, const char *path, molglot_error *err);
/* Flushes, checks, commits; after an interrupt as FILE.partial, so that the old file stays. What
 * fails leaves nothing behind, and what was there as it was. */
int cli_out_close(cli_out *o, molglot_error *err);
void cli_out_abort(cli_out *o);
/* All of it: opens, writes, closes. */
int cli_out_write(const char *path, const void *bytes, size_t n, molglot_error *err);
/* Flushes stdout and turns a lost byte into exit code 1 (full disk, closed pipe). */
int cli_finish_stdout(int code);
/* Format from -f, else from the extension of the output path before .gz or .zst, else `dflt`. */
const char *cli_extension(const char *asked, const char *path, const char *dflt);
/* The same for a sheet: "table" by default is the whole of it, tsv, where no terminal shows it. */
const char *cli_format(const char *asked, const char *path, const char *dflt);

/* ---- escape.c ---- */
/* quoted and escaped; invalid UTF-8 becomes U+FFFD */
void cli_json_string(mg_str *out, const char *s);
void cli_html_text(mg_str *out, const char *s); /* escaped */

/* ---- the model (engine.c) ---- */
/* --model, $MOLGLOT_MODEL, then share/molglot or models/ near the program. Writes the path found;
 * NULL with err. */
const char *cli_model_path(const cli_common *c, char *buf, size_t n, molglot_error *err);
/* The same; NULL without a message. */
const char *cli_find_model(const cli_common *c, char *buf, size_t n);
/* The folder near the program; NULL: there is none. */
const char *cli_find_shipped(char *buf, size_t n);
typedef struct cli_engine {
    mg_bundle *bundle;
    const mg_space_part *space;
    mg_embedder *embedder;
    bool own; /* bundle is closed with it */
} cli_engine;
int cli_engine_open(cli_engine *e, const cli_common *c, int batch, molglot_error *err);
/* Of a bundle that is open and stays the caller's. */
int cli_engine_of(cli_engine *e, mg_bundle *b, const cli_common *c, int batch, molglot_error *err);
void cli_engine_close(cli_engine *e);

/* ---- dictionary.c: names of molecules ---- */
typedef struct cli_dictionary {
    const mg_dictionary *d; /* NULL: there is none */
    mg_bundle *own;         /* NULL: the model's */
} cli_dictionary;
/* Of b where it has one (NULL: of the model of c), else the shipped one; d is NULL where there is
 * none. */
int cli_dictionary_open(cli_dictionary *x, mg_bundle *b, const cli_common *c, molglot_error *err);
void cli_dictionary_close(cli_dictionary *x);
/* mg_names_of any SMILES; none where RDKit refuses it, and row says why. */
int cli_names_of(const mg_dictionary *d, const char *smiles, size_t max, mg_name_hits *out,
                 molglot_row_status *row, molglot_error *err);

/* ---- target.c: where an index is written ---- */
/* MOLGLOT_USAGE where path is the file `input` ("-": standard input; NULL: none), by whatever name,
 * or, but for force, a file with something else than an index in it. */
int cli_check_target(const char *path, const char *input, bool force, molglot_error *err);
/* Whether the file begins as an index does. */
bool cli_is_index(const char *path);

/* MOLGLOT_BAD_FILE unless the index was made with the engine's model. */
int cli_check_index(const mg_index *x, const cli_engine *e, molglot_error *err);

/* ---- reranker.c ---- */
typedef struct cli_reranker {
    mg_reranker *r; /* NULL: the model has none */
    cli_dictionary names;
} cli_reranker;
/* The model's re-ranker. names: a file with a part `names` to read names with; NULL: the model's,
 * or the shipped one; "": none. groups: as mg_reranker_new has it. Close it before the engine. */
int cli_reranker_open(cli_reranker *x, const cli_engine *e, const cli_common *c, const char *names,
                      const mg_groups *groups, molglot_error *err);
void cli_reranker_close(cli_reranker *x);

/* ---- the writer (sampling.c) ---- */
typedef struct cli_generator {
    mg_bundle *bundle;
    const mg_writer_part *file;   /* NULL: of one of the others */
    const mg_t5_part *t5;         /* or NULL */
    const mg_motif_part *motif;   /* or NULL */
    const mg_moflow_part *moflow; /* or NULL */
    /* of one thread, so that its numbers do not depend on how many there are */
    cli_engine ranker;
    bool ranked;
    mg_index *index; /* --memory */
    mg_memory memory;
    cli_reranker reranker;
    mg_generator *g;
} cli_generator;
/* path: --generator; NULL: $MOLGLOT_GENERATOR, then the model. part: as mg_bundle_writer has it.
 * rank: with the model of -m, and when none was asked for and none is found, without. memory: an
 * index to read neighbours from; NULL: the model's own memory where it has one and `remember` is
 * set. latent_first: of a model with both writers, part NULL. */
typedef struct cli_generator_options {
    const char *path, *part, *memory;
    const char *names; /* of a re-ranker, as cli_reranker_open has them */
    bool rank, latent_first, remember;
    /* without: the order of the scores; can: by the model's re-ranker where it has one */
    enum { CLI_WITHOUT_RERANK, CLI_CAN_RERANK, CLI_MUST_RERANK } rerank;
} cli_generator_options;
static inline const char *cli_generator_path(const cli_generator *g) {
    return g->t5 ? g->t5->path : g->motif ? g->motif->path : g->file->path;
}
int cli_generator_open(cli_generator *g, const cli_common *c, const cli_generator_options *o,
                       molglot_error *err);
void cli_generator_close(cli_generator *g);
/* Options of sampling: an argp child whose input is a cli_sampling. How many molecules, and for
 * what, are the command's options. */
typedef struct cli_sampling {
    mg_generate_options o;
    cli_generator_options generator;
} cli_sampling;
extern const struct argp cli_sampling_argp;
cli_sampling cli_sampling_default(void);

/* ---- captions (captioning.c) ---- */
#define CLI_LEAVE_OUT "gitmol."
/* Options of captioning: an argp child whose input is this. How many captions, and of what, are the
 * command's options. */
typedef struct cli_captioning {
    mg_caption_options o;
    const char *method, *memory, *model, *leave_out; /* NULL: the default */
    bool no_memory;
    bool names; /* names in captions are held against the model's dictionary */
} cli_captioning;
extern const struct argp cli_captioning_argp;
cli_captioning cli_captioning_default(void);
typedef struct cli_captioner {
    cli_engine engine;
    mg_index *index; /* --memory */
    mg_memory memory;
    mg_captioner *c;
} cli_captioner;
int cli_captioner_open(cli_captioner *x, const cli_common *c, const cli_captioning *o,
                       molglot_error *err);
void cli_captioner_close(cli_captioner *x);
const char *cli_captioner_memory(const cli_captioner *x); /* its path; "": none */

/* ---- drawing.c: RDKit's SVG made fit for a page ---- */
/* What is inside RDKit's <svg>, thinner. */
void cli_svg_thin(mg_str *out, const char *svg);
/* <title> and <desc>, "" for none. */
void cli_svg_titles(mg_str *out, const char *title, const char *description);
/* RDKit's SVG with these in it: an image that has a name for who cannot see it. */
void cli_svg_titled(mg_str *out, const char *svg, const char *title, const char *description);
/* Several drawings in one SVG, made by cli_svg_place one after another: a grid of at most four
 * columns. */
enum { CLI_SVG_COLUMNS = 4 };
void cli_svg_place(mg_str *out, const char *drawing, size_t number, int width, int height);
void cli_svg_grid(mg_str *out, const char *title, const char *placed, size_t n, int width,
                  int height);

/* ---- page.c: one self-contained HTML page of molecules ---- */
typedef struct cli_value {
    const char *name, *text;
    bool number; /* of the program: the page may round it */
} cli_value;
typedef struct cli_card {
    const char *smiles, *title, *text; /* "" for none */
    const char *warning;               /* of a control list, or NULL */
    const mg_mol *mol;                 /* as in cli_sheet_row */
    const double *score;               /* NULL: none */
    const cli_value *values;           /* named, beside formula and weight, which the page knows */
    size_t n_values;
} cli_card;
typedef struct cli_section {
    const char *label;   /* table: before the heading */
    const char *heading; /* NULL: none */
    const char *note;    /* below it; "": none */
    bool wrong;          /* the note says what went wrong; no rows are shown */
    /* json: of kind->section; NULL: this key is left out */
    const char *const *cells;
    const char *const *extra; /* [head.n_section_extra]; NULL: empty ones */
} cli_section;
/* Zero-initialise. */
typedef struct cli_page {
    mg_names drawn; /* SMILES to the card that has its drawing: others point to that */
    int64_t cards;
    bool in_section;
} cli_page;
void cli_page_begin(mg_str *out, const char *title, const char *subtitle);
/* The style of all pages; and a page of another kind up to its <header>, which stays open: with
 * these styles and this script, and a policy that allows nothing else. */
const char *cli_page_style(void);
void cli_page_head(mg_str *out, const char *title, const char *subtitle, const char *const *styles,
                   size_t n_styles, const char *own_script);
/* values: said once, for all cards of the section. */
void cli_page_section(cli_page *p, mg_str *out, const cli_section *section, const cli_value *values,
                      size_t n);
void cli_page_card(cli_page *p, mg_str *out, const cli_card *card);
void cli_page_end(cli_page *p, mg_str *out, const char *footer);
void cli_page_free(cli_page *p);

/* ---- sheet.c: rows of molecules and texts in any format ---- */
#define CLI_FORMATS "table, tsv, csv, json, jsonl, smi, sdf, svg, html"
#define CLI_FORMAT_HELP \
    CLI_FORMATS " (default: by the extension of -o, else table on a terminal and tsv elsewhere)"
/* Where a column is left out, beside a table where its width is 0. */
enum { CLI_NOT_IN_LINES = 1 /* tsv, csv, sdf */, CLI_NOT_IN_JSON = 2 };
typedef struct cli_column {
    const char *name;
    char kind;    /* 't' text, 'n' number, 'b' true or false */
    int width;    /* in a table; 0: not shown */
    int clip;     /* characters of a text in a table, at most; 0: width */
    int gap;      /* blanks before it in a table, beside one */
    int except;   /* CLI_NOT_IN_... */
    bool on_card; /* html: shown, sorted and filtered by */
} cli_column;
/* What all sheets of a command have in common. */
typedef struct cli_sheet_kind {
    const cli_column *columns;
    size_t n_columns;
    /* JSON with the rows of a section in an array of the section's own object (a query and its
     * hits); NULL: a flat array of rows */
    const cli_column *section;
    size_t n_section;
    const char *sections, *rows; /* names of these arrays */
    /* a row's vector: columns PREFIX0, PREFIX1, ... of tsv and csv, an array NAME elsewhere; NULL:
     * rows have none. digits: significant ones */
    const char *vector_prefix, *vector_name;
    int vector_digits;
} cli_sheet_kind;
/* What is said once. Strings outlive the sheet; "" or NULL for none. */
typedef struct cli_sheet_head {
    const char *format;           /* as -f has it */
    const char *title, *subtitle; /* html */
    const char *footer;           /* html */
    const char *count_name;       /* json: a number at the top, or NULL */
    int64_t count;
    size_t vector_size;
    int width, height; /* of a drawing in svg; 0: 300, 240 */
    /* Further columns, those of the user's table: not in a table (-f table), in the small print of
     * html, in all else behind the command's own. A name that the command has itself, or that came
     * before, gets "input_" in front. The first n_section_extra belong to the section: in JSON with
     * sections they stand there alone. */
    const char *const *extra;
    size_t n_extra, n_section_extra;
} cli_sheet_head;
typedef struct cli_sheet {
    const cli_sheet_kind *kind;
    cli_sheet_head head;
    int format;
    mg_str out;            /* not yet written */
    char **extra;          /* [head.n_extra] names as written */
    size_t wide;           /* table: the column that takes what a terminal's line has left */
    int wide_clip;         /* its characters; 0: as the kind has them */
    mg_str drawing, drawn; /* svg: the first one; all in their places */
    cli_page page;         /* html */
    int64_t n_drawn, rows, sections;
    bool in_section; /* json: an object is open */
    int64_t section_rows;
} cli_sheet;
typedef struct cli_sheet_row {
    const char *const *cells; /* [n_columns]; "" for none */
    const char *smiles;       /* "" for a text */
    const mg_mol *mol;        /* read from it; NULL: it is read when it is drawn */
    const char *name;         /* smi, sdf, html: its title */
    bool valid;               /* smiles can be drawn */
    bool aside;               /* not in a table or page: its section's note has said all */
    const char *legend;       /* under a drawing; NULL: none */
    const char *text;         /* small print of an html card; "": none */
    const double *score;      /* html; NULL: none */
    const float *vector;      /* [vector_size]; NULL: none */
    const char *const *extra; /* [head.n_extra]; NULL: empty ones */
} cli_sheet_row;
/* --excel-safe: a field of tsv or csv that a spreadsheet would take for a formula begins with "'".
 */
extern bool cli_excel_safe;
bool cli_sheet_knows(const char *format);
/* MOLGLOT_USAGE for an unknown format; more: another one that the command writes, or NULL. */
int cli_sheet_check(const char *format, const char *more, molglot_error *err);
/* MOLGLOT_USAGE for an unknown format. */
int cli_sheet_begin(cli_sheet *s, const cli_sheet_kind *kind, const cli_sheet_head *head,
                    molglot_error *err);
/* Begins a section: the heading of a table's columns stands here, so every sheet has one. */
/* Whether its format shows the notes of sections; where not, they are said. */
bool cli_sheet_has_notes(const cli_sheet *s);
void cli_sheet_section(cli_sheet *s, const cli_section *section);
void cli_sheet_add(cli_sheet *s, const cli_sheet_row *row);
/* Writes what is there, to save memory. */
int cli_sheet_flush(cli_sheet *s, cli_out *out, molglot_error *err);
int cli_sheet_end(cli_sheet *s, cli_out *out, molglot_error *err); /* and the rest; frees */
void cli_sheet_free(cli_sheet *s);

/* ---- vectors.c: rows with a vector each, as a sheet or as NPY ---- */
typedef struct cli_vectors {
    cli_sheet sheet;
    cli_out out;
    const char *path;
    bool npy, open;
    size_t size;
    int64_t rows, promised;
    float *zeros;
} cli_vectors;
/* MOLGLOT_USAGE for a format that cli_vectors_open would refuse. */
int cli_vectors_check(const char *format, molglot_error *err);
/* path NULL: stdout. rows: how many will come; -1 where that is not known, and NPY needs a file.
 * columns: further ones. */
int cli_vectors_open(cli_vectors *v, const cli_sheet_kind *kind, const char *format,
                     const char *path, int64_t rows, size_t size, const cli_columns *columns,
                     molglot_error *err);
/* A row without a vector is zeros in NPY. */
int cli_vectors_add(cli_vectors *v, const cli_sheet_row *row, molglot_error *err);
int cli_vectors_close(cli_vectors *v, molglot_error *err);
void cli_vectors_free(cli_vectors *v); /* without cli_vectors_close before: nothing is kept */

/* ---- molecule.c: generated molecules in a sheet ---- */
enum { CLI_CELLS = 40 };
/* Cells of a row; numbers are written into places of their own beside the pointers. */
typedef struct cli_cells {
    const char *at[CLI_CELLS];
    char text[CLI_CELLS][32];
} cli_cells;
void cli_cells_clear(cli_cells *c);
void cli_cells_put(cli_cells *c, int column, const char *format, double v);
/* Columns that all of them have; -1: this one not. */
typedef struct cli_molecule_columns {
    int nll, valid, in_training, smiles, stop, status, error, control_list;
} cli_molecule_columns;
void cli_cells_molecule(cli_cells *c, const cli_molecule_columns *at, const mg_generated *m);
/* Of a molecule that is not drawn; as a candidate has it. False where RDKit refuses it. */
bool cli_fingerprint(const char *smiles, uint8_t bits[MG_CANDIDATE_BITS / 8]);

/* ---- triage.c: control lists, alerts, scores, what is near ---- */
typedef struct cli_triage_options {
    const char *lists; /* --control-list FILE, or NULL */
    int screen;        /* MOLGLOT_SCREEN_... */
    bool triage;       /* --triage */
} cli_triage_options;
/* Argp children whose input is a cli_triage_options: of generated molecules (--screen too, flag by
 * default); of given ones, which are screened with --triage alone. */
extern const struct argp cli_screen_argp, cli_triage_argp;
typedef struct cli_triage {
    mg_screen *screen;   /* NULL: off */
    mg_triager *triager; /* NULL: without --triage */
    int64_t flagged, screened;
} cli_triage;
int cli_triage_open(cli_triage *t, const cli_triage_options *o, molglot_error *err);
void cli_triage_close(cli_triage *t);
/* What was found of one molecule. */
typedef struct cli_triaged {
    mg_triage scores;
    char *control_list; /* NULL: not screened */
    bool scored;
} cli_triaged;
/* found: what is known of its control lists already (generated ones), or NULL. A failure is one:
 * nothing passes unscreened. m NULL: it is read from smiles. */
int cli_triage_molecule(cli_triage *t, const mg_mol *m, const char *smiles, const char *found,
                        cli_triaged *out, molglot_error *err);
void cli_triaged_free(cli_triaged *x);
/* Columns; -1: this one not. */
typedef struct cli_triage_columns {
    int control_list, alerts, n_alerts, qed, sa;
} cli_triage_columns;
#define CLI_TRIAGE_COLUMNS                                    \
    {.name = "control_list", .kind = 't', .on_card = true},   \
        {.name = "alerts", .kind = 't', .on_card = true},     \
        {.name = "n_alerts", .kind = 'n', .on_card = true}, { \
        .name = "sa", .kind = 'n', .on_card = true            \
    }
void cli_cells_triage(cli_cells *c, const cli_triage_columns *at, const cli_triaged *x);
/* "Control lists: CWC ...": what a flag says and what it does not, for a footer or a message. */
void cli_triage_say(const cli_triage *t, mg_str *out);

#endif
