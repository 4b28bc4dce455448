/* input.c - what a command reads: strings given as arguments, the rows of a table or text file
 * (-i FILE), or the lines of standard input (`-`).
 *
 * A column says what stands in it. A string in no column, an argument or a line of text, is what
 * the command takes; where that may be either, mg_notation_of decides: a molecule, a text, or what
 * looks like a molecule and cannot be read, which is refused.
 */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS_RESERVE ((size_t)1 << 24) /* address space, not memory */

/* ---- options ---- */

#define INPUT                                                                           \
    {                                                                                   \
        "input", 'i', "FILE", 0,                                                        \
            "Read the rows of a table or the lines of a text; '-' is standard input", 0 \
    }
#define FORMAT                                                                                   \
    {                                                                                            \
        "input-format", CLI_INPUT_FORMAT, "F", 0,                                                \
            "smi, csv, tsv, sdf, json, txt (default: by extension, then content; gzip and zstd " \
            "are "                                                                               \
            "recognised)",                                                                       \
            0                                                                                    \
    }
#define SIDE                                                                                       \
    {                                                                                              \
        "side", CLI_SIDE, "WHICH", 0,                                                              \
            "What to embed of each row: molecule, text, or auto (the molecule when there is one; " \
            "default)",                                                                            \
            0                                                                                      \
    }
#define SMILES \
    { "smiles-columns", 's', "NAME", 0, "Column with the SMILES", 0 }
#define TEXT \
    { "text-column", CLI_TEXT, "NAME", 0, "Column with the text", 0 }
#define ID \
    { "id-column", CLI_ID, "NAME", 0, "Column with the identifier", 0 }
#define HEADER \
    { "no-header-row", CLI_NO_HEADER, NULL, 0, "The first line is data", 0 }

#define DROP                                                                                     \
    {                                                                                            \
        "drop-extra-columns", CLI_DROP_COLUMNS, NULL, 0,                                         \
            "Leave out the columns (or SDF properties) that the command does not read; without " \
            "it they are kept",                                                                  \
            0                                                                                    \
    }

#define EXCEL_SAFE                                                                                \
    {                                                                                             \
        "excel-safe", CLI_EXCEL_SAFE, NULL, 0,                                                    \
            "In csv and tsv put ' before what a spreadsheet would run as a formula (=, +, -, @)", \
            0                                                                                     \
    }

#define SHARD                                                                                     \
    {                                                                                             \
        "shard", CLI_SHARD, "I/N", 0,                                                             \
            "Only every Nth row of the input from the Ith on: for N processes (docs/cluster.md)", \
            0                                                                                     \
    }
#define RESUME                                                                               \
    {                                                                                        \
        "resume", CLI_RESUME, NULL, 0,                                                       \
            "Nothing to do where the file of -o is there: it appears when it is complete", 0 \
    }

bool cli_resume;

static error_t parse_table(int key, char *arg, struct argp_state *state) {
    cli_table *t = state->input;
    switch (key) {
    case CLI_SIDE:
        cli_choice(state, "--side", arg, (const char *const[]){"molecule", "text", "auto"}, 3);
        t->side = arg;
        return 0;
    case CLI_INPUT_FORMAT: t->options.format = arg; return 0;
    case 's': t->options.smiles_column = arg; return 0;
    case CLI_TEXT: t->options.text_column = arg; return 0;
    case CLI_ID: t->options.id_column = arg; return 0;
    case CLI_NO_HEADER: t->options.header = 0; return 0;
    case CLI_DROP_COLUMNS: t->drop = true; return 0;
    case CLI_EXCEL_SAFE: cli_excel_safe = true; return 0;
    case CLI_SHARD: cli_parse_shard(state, arg, &t->options.shard, &t->options.shards); return 0;
    case CLI_RESUME: cli_resume = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_input(int key, char *arg, struct argp_state *state) {
    cli_input *in = state->input;
    switch (key) {
    case 'i': in->file = arg; return 0;
    case ARGP_KEY_ARGS:
        in->args = state->argv + state->next;
        in->n = (size_t)(state->argc - state->next);
        return 0;
    default:
        state->input = &in->table;
        const error_t code = parse_table(key, arg, state);
        state->input = in;
        return code;
    }
}

#define ARGP(name, parse, ...)                                             \
    static const struct argp_option name##_options[] = {__VA_ARGS__, {0}}; \
    const struct argp cli_##name##_argp = {name##_options, parse, NULL, NULL, NULL, NULL, NULL};
ARGP(table, parse_table, SIDE, FORMAT, SMILES, TEXT, ID, HEADER, DROP)
ARGP(records, parse_input, INPUT, FORMAT, SMILES, ID, HEADER, DROP, EXCEL_SAFE)
ARGP(molecules, parse_input, INPUT, FORMAT, SMILES, ID, HEADER, DROP, EXCEL_SAFE, SHARD, RESUME)
ARGP(texts, parse_input, INPUT, FORMAT, TEXT, HEADER, DROP, EXCEL_SAFE, SHARD, RESUME)
ARGP(queries, parse_input, INPUT, FORMAT, SMILES, TEXT, HEADER, DROP, EXCEL_SAFE, SHARD, RESUME)
ARGP(strings, parse_input, INPUT, SIDE, FORMAT, SMILES, TEXT, ID, HEADER, DROP, EXCEL_SAFE, SHARD,
     RESUME)

cli_table cli_table_default(void) { return (cli_table){.options = {.header = -1}}; }

cli_input cli_input_default(const char *wants, cli_strings strings) {
    return (cli_input){.wants = wants, .strings = strings, .table = cli_table_default()};
}

/* NAME.txt, packed or not. */
static bool is_text_file(const char *name) {
    const char *dot = strstr(name, ".txt");
    return dot && (!dot[4] || !strcmp(dot + 4, ".gz") || !strcmp(dot + 4, ".zst"));
}

/* ---- a sentence without quotes ---- */

static bool is_word(const char *s) {
    const size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz-");
    return n && !s[n] && access(s, F_OK);
}

/* The name of a file that is there, and not built like a molecule. */
static bool is_file(const char *s) {
    struct stat st;
    return strpbrk(s, "./") && !stat(s, &st) && S_ISREG(st.st_mode) &&
           mg_notation_guess(s, strlen(s)) != MG_NOTATION_SMILES;
}

/* Words that bind others, and are no query. */
static bool binds(const char *s) {
    static const char *const words[] = {"a",    "an",   "the", "of",   "with",  "without", "in",
                                        "on",   "from", "for", "to",   "that",  "which",   "and",
                                        "or",   "by",   "as",  "is",   "are",   "has",     "used",
                                        "made", "not",  "no",  "into", "found", "against", "than"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcmp(s, words[i])) return true;
    return false;
}

/* Refuses a sentence that the shell has cut into its words: each would be a query. */
static void check_words(const cli_input *in, struct argp_state *state) {
    for (size_t i = 0; i < in->n; i++)
        if (is_file(in->args[i]))
            argp_error(state, "'%s' is a file: -i %s reads its rows", in->args[i], in->args[i]);
    bool all = in->n > 1 && in->strings != CLI_MOLECULES, bound = false;
    mg_str sentence = {0};
    for (size_t i = 0; i < in->n && all; i++) {
        all = is_word(in->args[i]);
        bound |= binds(in->args[i]);
        mg_str_addf(&sentence, "%s%s", i ? " " : "", in->args[i]);
    }
    if (all && bound)
        argp_error(state,
                   "each word is a %s of its own: did you mean one, \"%s\"? (words one a line on "
                   "standard input, with '-', are taken as they are)",
                   in->wants, sentence.s ? sentence.s : "");
    mg_str_free(&sentence);
}

void cli_input_check(cli_input *in, struct argp_state *state) {
    mg_table_options *o = &in->table.options;
    if (o->shards && !in->file && !(in->n == 1 && !strcmp(in->args[0], "-")))
        argp_error(state, "--shard goes with -i FILE");
    const bool told = o->format || o->smiles_column || o->text_column || o->id_column ||
                      o->header >= 0;
    if (in->file && in->n) argp_error(state, "%s or -i FILE, not both", in->wants);
    if (in->file && in->questions && !told && is_text_file(in->file)) o->lines = "txt";
    if (!in->file && in->n == 1 && !strcmp(in->args[0], "-")) {
        in->file = "-";
        in->n = 0;
        in->lines = !told; /* who says more has a table */
        if (in->lines)
            o->lines = in->strings == CLI_MOLECULES ? "smi"
                       : in->strings == CLI_EITHER  ? "either"
                                                    : "txt";
    } else if (told && !in->file) {
        argp_error(state, "the options on rows and columns go with -i FILE");
    }
    check_words(in, state);
    if (!in->file && !in->n && !in->optional)
        argp_error(state, "%s is missing ('-' reads one a line, -i FILE the rows of a table)",
                   in->wants);
}

const char *cli_input_name(const cli_input *in) {
    return !in->file ? "argument" : strcmp(in->file, "-") ? in->file : "stdin";
}

/* ---- rows ---- */

int64_t cli_row_number(const cli_input *in, int64_t n) {
    const mg_table_options *o = &in->table.options;
    return o->shards ? (n - 1) * o->shards + o->shard : n;
}

mg_side cli_table_side(const cli_table *t, const mg_table *table, const mg_row *row) {
    if (t->side && strcmp(t->side, "auto"))
        return strcmp(t->side, "text") ? MG_SIDE_MOLECULE : MG_SIDE_TEXT;
    if (table && !mg_table_plain(table))
        return mg_table_molecules(table) ? MG_SIDE_MOLECULE : MG_SIDE_TEXT;
    return row->smiles_n == 0 && row->molblock_n == 0 && row->text_n > 0 ? MG_SIDE_TEXT
                                                                         : MG_SIDE_MOLECULE;
}

/* What a string that stands in no column is: CLI_EITHER where it has to say so itself. */
static cli_strings told(const cli_input *in) {
    const char *side = in->table.side;
    if (in->strings != CLI_EITHER || !side || !strcmp(side, "auto")) return in->strings;
    return strcmp(side, "text") ? CLI_MOLECULES : CLI_TEXTS;
}

/* Puts a string where it belongs. *own: malloc'ed where it is another string than s. */
static int place(const cli_input *in, const char *s, const char **smiles, const char **text,
                 char **own, molglot_row_status *status, molglot_error *err) {
    const cli_strings kind = told(in);
    *own = NULL;
    *smiles = kind == CLI_TEXTS ? "" : s;
    *text = kind == CLI_TEXTS ? s : "";
    /* a SMILES as it is needs no reading here */
    if (kind == CLI_TEXTS || !status->ok ||
        (kind == CLI_MOLECULES && !strpbrk(s, " \t\r\n\"'") && strncmp(s, "InChI=", 6)))
        return MOLGLOT_OK;
    mg_notation_read read;
    const int code = mg_notation_of(s, strlen(s), &read, err);
    if (code) return code;
    if (read.smiles && !strcmp(read.smiles, s)) {
        free(read.smiles);
    } else if (read.smiles) {
        *own = read.smiles;
        *smiles = read.smiles;
    } else if (kind == CLI_EITHER && (read.kind == MG_NOTATION_WORDS ||
                                      (read.kind == MG_NOTATION_INCHIKEY && in->keys))) {
        *smiles = "";
        *text = s;
    } else if (kind == CLI_EITHER) {
        *status = read.status;
    }
    return MOLGLOT_OK;
}

static int place_row(cli_reader *r, mg_row *row, const char *s, molglot_error *err) {
    free(r->own);
    const int code = place(r->in, s, &row->smiles, &row->text, &r->own, &row->status, err);
    row->smiles_n = strlen(row->smiles);
    row->text_n = strlen(row->text);
    return code ? -1 : 1;
}

int cli_reader_open(cli_reader *r, const cli_input *in, molglot_error *err) {
    *r = (cli_reader){.in = in};
    if (!in->file) return MOLGLOT_OK;
    r->table = mg_table_open(in->file, &in->table.options, err);
    return r->table ? cli_columns_of_table(&r->columns, in, r->table, err)
                    : mg_code_of(err, MOLGLOT_FAILED);
}

int cli_reader_next(cli_reader *r, mg_row *row, molglot_error *err) {
    if (r->table) {
        const int got = mg_table_next(r->table, row, err);
        if (got < 0 && cli_interrupted && mg_code_of(err, 0) == MOLGLOT_INTERRUPTED) {
            if (err) *err = (molglot_error){0};
            return 0; /* what was waited for does not come: the command sees the flag */
        }
        if (got == 1 && mg_table_plain(r->table)) return place_row(r, row, row->text, err);
        if (got == 1 && r->columns.either) return place_row(r, row, row->smiles, err);
        return got;
    }
    if (r->next == r->in->n) return 0;
    *row = (mg_row){.id = "", .status = {.ok = 1, .offset = -1}};
    row->number = row->line = (int64_t)r->next + 1;
    return place_row(r, row, r->in->args[r->next++], err);
}

void cli_reader_close(cli_reader *r) {
    cli_columns_free(&r->columns);
    mg_table_close(r->table);
    free(r->own);
    r->table = NULL;
    r->own = NULL;
}

/* Arrays of pointers to the arguments. The arena is for the SMILES of InChI. */
static int load_arguments(const cli_input *in, mg_rows *rows, molglot_error *err) {
    memset(rows, 0, sizeof *rows);
    rows->n = in->n;
    rows->plain = true;
    rows->smiles = calloc(in->n + 1, sizeof *rows->smiles);
    rows->text = calloc(in->n + 1, sizeof *rows->text);
    rows->id = calloc(in->n + 1, sizeof *rows->id);
    rows->status = calloc(in->n + 1, sizeof *rows->status);
    if (!rows->smiles || !rows->text || !rows->id || !rows->status ||
        mg_arena_init(&rows->arena, ARGUMENTS_RESERVE, err)) {
        mg_rows_free(rows);
        return mg_no_memory(err, "%zu arguments", in->n);
    }
    for (size_t i = 0; i < in->n; i++) {
        rows->text[i] = in->args[i];
        rows->smiles[i] = rows->id[i] = (char *)"";
        rows->status[i] = (molglot_row_status){.ok = 1, .offset = -1};
    }
    return MOLGLOT_OK;
}

/* Each string of rows where it belongs; frees them on failure. */
static int place_all(const cli_input *in, mg_rows *rows, molglot_error *err) {
    cli_columns columns = {0};
    int code = cli_columns_of_rows(&columns, in, rows, err);
    const bool either = columns.either;
    cli_columns_free(&columns);
    for (size_t i = 0; i < rows->n && (rows->plain || either) && !code; i++) {
        const char *smiles, *text;
        char *own;
        code = place(in, rows->plain ? rows->text[i] : rows->smiles[i], &smiles, &text, &own,
                     &rows->status[i], err);
        if (own && (smiles = mg_arena_alloc(&rows->arena, strlen(own) + 1)))
            memcpy((char *)smiles, own, strlen(own) + 1);
        if (!code && !smiles) code = mg_no_memory(err, "%zu rows", rows->n);
        free(own);
        rows->smiles[i] = (char *)smiles;
        rows->text[i] = (char *)text;
    }
    if (code) mg_rows_free(rows);
    return code;
}

int cli_batches_next(cli_batches *b, size_t most, mg_rows *rows, molglot_error *err) {
    const cli_input *in = b->in;
    mg_table_options options = in->table.options;
    options.cells = !in->table.drop;
    memset(rows, 0, sizeof *rows);
    if (b->done) return MOLGLOT_OK;
    int code = MOLGLOT_OK;
    const bool first = !b->table;
    if (!in->file) {
        code = load_arguments(in, rows, err);
        b->done = true;
    } else if (!b->table && !(b->table = mg_table_open(in->file, &options, err))) {
        code = mg_code_of(err, MOLGLOT_FAILED);
    } else {
        code = mg_rows_next(rows, b->table, options.cells, most, err);
        b->done = code || rows->n < most;
    }
    if (!code) code = place_all(in, rows, err);
    if (!code && first && !rows->n && in->file && !in->table.options.shards) {
        mg_rows_free(rows);
        code = mg_fail(err, MOLGLOT_FAILED, "%s holds no row", cli_input_name(in));
    }
    return code;
}

void cli_batches_close(cli_batches *b) {
    mg_table_close(b->table);
    b->table = NULL;
}

int cli_input_load(const cli_input *in, mg_rows *rows, molglot_error *err) {
    cli_batches b = {.in = in};
    const int code = cli_batches_next(&b, SIZE_MAX, rows, err);
    cli_batches_close(&b);
    return code;
}
