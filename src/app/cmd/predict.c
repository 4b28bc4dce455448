/* predict.c - `molglot predict`: properties of molecules by a trained head, row by row.
 *
 *   rows -> chunks -> predictions -> rows in their order, in FILE.part until all are there
 */
#include "predict/predict.h"

#include "app/cli/cli.h"
#include "base/grow.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPT_SHARD = CLI_OWN, OPT_RESUME, OPT_LIST };
enum { CHUNK = 1024, OWN = 8 }; /* columns beside the tasks' */

typedef struct predict_options {
    cli_common common;
    cli_input input;
    const char *head, *output, *format;
    int shard, shards;
    bool resume, list;
} predict_options;

static const struct argp_option options[] = {
    {"predictor", 'p', "NAME|FILE", 0,
     "What to predict: a shipped head by its name (--list-heads), or a model file of `molglot "
     "train` "
     "with task = \"predict\"",
     0},
    {"model-path", 'p', "FILE", OPTION_ALIAS | OPTION_HIDDEN, NULL, 0}, /* chemprop's */
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0, CLI_FORMAT_HELP, 0},
    {"shard", OPT_SHARD, "I/N", 0, "Only every Nth row from the Ith on", 0},
    {"resume", OPT_RESUME, NULL, 0,
     "Go on where an interrupted run left FILE.part (csv, tsv, jsonl)", 0},
    {"list-heads", OPT_LIST, NULL, 0, "Name the shipped heads and what they predict", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    predict_options *o = state->input;
    switch (key) {
    case 'p': o->head = arg; return 0;
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_SHARD: cli_parse_shard(state, arg, &o->shard, &o->shards); return 0;
    case OPT_RESUME: o->resume = true; return 0;
    case OPT_LIST: o->list = o->input.optional = true; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        cli_input_check(&o->input, state);
        if (!o->list && !o->head) argp_error(state, "-p NAME or FILE is missing: what to predict");
        if (o->resume && (!o->output || !strcmp(o->output, "-")))
            argp_error(state, "--resume goes with -o FILE");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the head ---- */

/* The folders in which heads lie: that of the model, and the shipped one. */
static const char *head_folder(const predict_options *o, int i, char *buf, size_t n) {
    struct stat st;
    const char *path = i ? cli_find_shipped(buf, n) : cli_find_model(&o->common, buf, n);
    return path && !stat(path, &st) && S_ISDIR(st.st_mode) ? path : NULL;
}

static int find_head(const predict_options *o, char path[PATH_MAX], molglot_error *err) {
    char folder[PATH_MAX];
    if (strchr(o->head, '/') || !access(o->head, R_OK)) {
        snprintf(path, PATH_MAX, "%s", o->head);
        return MOLGLOT_OK;
    }
    for (int i = 0; i < 2; i++) {
        const char *in = head_folder(o, i, folder, sizeof folder);
        if (!in) continue;
        const int n = snprintf(path, PATH_MAX, "%s/heads.%s.safetensors", in, o->head);
        if (n > 0 && n < PATH_MAX && !access(path, R_OK)) return MOLGLOT_OK;
    }
    return mg_fail(err, MOLGLOT_USAGE,
                   "-p %s: there is no such file and no shipped head of that name "
                   "(molglot predict --list-heads)",
                   o->head);
}

static const mg_heads_part *open_head(const char *path, mg_bundle **b, molglot_error *err) {
    *b = mg_bundle_open(path, err);
    return *b ? mg_bundle_heads(*b, err) : NULL;
}

static void list_one(const char *name, const char *path) {
    molglot_error err = {0};
    mg_bundle *b = NULL;
    const mg_heads_part *h = open_head(path, &b, &err);
    if (!h) {
        cli_print("%s\tcannot be read: %s\n", name, err.message);
    } else {
        const mg_heads_config *c = &h->heads->c;
        cli_print("%s\t%s of %d column%s:", name,
                  c->task == MG_HEADS_CLASSES ? "classes" : "numbers", c->tasks,
                  c->tasks == 1 ? "" : "s");
        for (int k = 0; k < c->tasks && k < 12; k++) cli_print("%s %s", k ? "," : "", h->tasks[k]);
        cli_print("%s\n", c->tasks > 12 ? ", ..." : "");
    }
    mg_bundle_close(b);
}

/* heads.NAME.safetensors of the shipped folder, and of the model's where that is another. */
static int list_heads(const predict_options *o) {
    char folder[2][PATH_MAX], pattern[PATH_MAX + 32], name[128];
    int found = 0;
    for (int i = 0; i < 2; i++) {
        const char *in = head_folder(o, i, folder[i], sizeof folder[i]);
        glob_t files = {0};
        if (!in) *folder[i] = 0;
        if (!in || (i && !strcmp(folder[0], folder[1]))) continue;
        snprintf(pattern, sizeof pattern, "%s/heads.*.safetensors", in);
        if (!glob(pattern, 0, NULL, &files))
            for (size_t k = 0; k < files.gl_pathc; k++, found++) {
                const char *at = strrchr(files.gl_pathv[k], '/') + strlen("/heads.");
                snprintf(name, sizeof name, "%.*s", (int)(strlen(at) - strlen(".safetensors")), at);
                list_one(name, files.gl_pathv[k]);
            }
        globfree(&files);
    }
    if (!found) cli_say(&o->common, "no head is shipped with this build");
    return MOLGLOT_OK;
}

/* ---- columns ---- */

typedef struct item {
    char *smiles, *id;
    char **extra;
    int64_t number; /* of the row in its file */
    molglot_row_status status;
} item;

typedef struct run {
    const predict_options *o;
    mg_bundle *head, *model;
    const mg_heads_part *heads;
    mg_predictor *predictor;
    cli_reader reader;
    cli_column *columns; /* row id smiles, two a task, nearest ... error */
    char **names;        /* [tasks] of the spreads */
    cli_sheet_kind kind;
    cli_sheet sheet;
    cli_out out;
    char target[PATH_MAX], part[PATH_MAX]; /* the file, FILE.part; "": none */
    int64_t done;                          /* rows of the file that a resumed run has written */
    int64_t rows, seen;                    /* written, read */
    size_t n;
    item items[CHUNK];
    cli_rejects rejects;
} run;

static int make_columns(run *r, molglot_error *err) {
    const size_t tasks = (size_t)r->heads->heads->c.tasks;
    cli_column *c = r->columns = calloc(2 * tasks + OWN, sizeof *c);
    r->names = calloc(tasks + 1, sizeof *r->names);
    if (!c || !r->names) return mg_no_memory(err, "the output");
    *c++ = (cli_column){.name = "row", .kind = 'n', .width = 5};
    *c++ = (cli_column){.name = "id", .kind = 't', .width = 16, .clip = 14};
    *c++ = (cli_column){.name = "smiles", .kind = 't', .width = 36, .clip = 34};
    for (size_t k = 0; k < tasks; k++) {
        mg_str name = {0};
        mg_str_addf(&name, "%s_unc", r->heads->tasks[k]);
        if (name.failed) return mg_no_memory(err, "the output");
        r->names[k] = name.s;
        const bool shown = k < 4;
        *c++ = (cli_column){
            .name = r->heads->tasks[k], .kind = 'n', .width = shown ? 12 : 0, .on_card = shown};
        *c++ = (cli_column){.name = name.s, .kind = 'n', .width = shown && tasks == 1 ? 10 : 0};
    }
    *c++ = (cli_column){.name = "nearest", .kind = 't'};
    *c++ = (cli_column){.name = "nearest_similarity", .kind = 'n'};
    *c++ = (cli_column){.name = "in_domain", .kind = 'b', .width = 9, .on_card = true};
    *c++ = (cli_column){.name = "status", .kind = 't', .width = 8};
    *c++ = (cli_column){.name = "error", .kind = 't', .width = 40};
    r->kind = (cli_sheet_kind){.columns = r->columns, .n_columns = (size_t)(c - r->columns)};
    return MOLGLOT_OK;
}

static int write_item(run *r, const item *it, const mg_prediction *p, size_t i,
                      molglot_error *err) {
    const size_t tasks = (size_t)p->tasks;
    const char **cells = calloc(2 * tasks + OWN, sizeof *cells);
    char(*text)[16] = calloc(2 * tasks + 1, sizeof *text), number[24], similarity[16];
    if (!cells || !text) {
        free(cells);
        free(text);
        return mg_no_memory(err, "the output");
    }
    const molglot_row_status *status = it->status.ok ? &p->status[i] : &it->status;
    const char **c = cells;
    snprintf(number, sizeof number, "%lld", (long long)it->number);
    *c++ = number, *c++ = it->id, *c++ = it->smiles;
    for (size_t k = 0; k < 2 * tasks; k++) {
        const float *from = k % 2 ? p->spread : p->values;
        if (status->ok) snprintf(text[k], sizeof *text, "%.5g", (double)from[i * tasks + k / 2]);
        *c++ = text[k];
    }
    snprintf(similarity, sizeof similarity, "%.3f", (double)p->similarity[i]);
    const bool known = status->ok && p->nearest[i] >= 0;
    *c++ = known ? r->heads->smiles[p->nearest[i]] : "";
    *c++ = known ? similarity : "";
    *c++ = !status->ok ? "" : p->similarity[i] >= r->heads->threshold ? "true" : "false";
    *c++ = status->ok ? "ok" : "rejected";
    *c = status->reason;
    r->rows++;
    if (!status->ok)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input), it->number,
                   *it->id ? it->id : it->smiles, status);
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = cells,
                                              .smiles = it->smiles,
                                              .name = it->id,
                                              .valid = status->ok,
                                              .legend = *it->id ? it->id : NULL,
                                              .text = "",
                                              .extra = (const char *const *)it->extra});
    free(cells);
    free(text);
    return MOLGLOT_OK;
}

/* ---- rows ---- */

static void free_item(item *it) {
    free(it->smiles);
    free(it->id);
    free(it->extra);
    *it = (item){0};
}

/* Copies what the reader will write over. */
static int take_row(run *r, const mg_row *row, molglot_error *err) {
    item *it = &r->items[r->n++];
    *it = (item){strdup(row->smiles ? row->smiles : ""), strdup(row->id ? row->id : ""), NULL,
                 r->seen, row->status};
    const size_t n = r->reader.columns.n;
    const char *const *cells = cli_columns_row(&r->reader.columns, row);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += strlen(cells[i]) + 1;
    if (n && !(it->extra = malloc(n * sizeof *it->extra + bytes)))
        return mg_no_memory(err, "input rows");
    char *s = n ? (char *)(it->extra + n) : NULL;
    for (size_t i = 0; i < n; s += strlen(s) + 1, i++) it->extra[i] = strcpy(s, cells[i]);
    return it->smiles && it->id ? MOLGLOT_OK : mg_no_memory(err, "input rows");
}

static int flush_rows(run *r, molglot_error *err) {
    const char *smiles[CHUNK];
    mg_prediction p;
    for (size_t i = 0; i < r->n; i++) smiles[i] = r->items[i].status.ok ? r->items[i].smiles : "";
    int code = mg_predict_smiles(r->predictor, smiles, r->n, &p, err);
    if (code) return code;
    for (size_t i = 0; i < r->n && !code; i++) code = write_item(r, &r->items[i], &p, i, err);
    for (size_t i = 0; i < r->n; i++) free_item(&r->items[i]);
    r->n = 0;
    mg_prediction_free(&p);
    if (!code) code = cli_sheet_flush(&r->sheet, &r->out, err);
    if (!code && *r->part && fflush(r->out.f))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: %s", r->part, strerror(errno));
    return code;
}

static bool is_mine(const run *r) {
    const predict_options *o = r->o;
    return r->seen > r->done && (o->shards < 2 || (r->seen - 1) % o->shards == o->shard - 1);
}

static int read_rows(run *r, molglot_error *err) {
    cli_progress progress;
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    cli_progress_start(&progress, &r->o->common, "predicting, rows", 0);
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0) {
        r->seen++;
        if (!is_mine(r)) continue;
        code = take_row(r, &row, err);
        if (!code && r->n == CHUNK) {
            code = flush_rows(r, err);
            cli_progress_update(&progress, r->rows, "");
        }
    }
    if (!code && more < 0) code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code && r->seen < r->done)
        code = mg_fail(err, MOLGLOT_FAILED, "%s holds more rows than the input: start anew",
                       r->part);
    if (!code) code = flush_rows(r, err);
    cli_progress_end(&progress);
    return code;
}

/* ---- FILE.part ---- */

/* Rows of a part that are whole: *keep bytes of them, the last one's number. csv: a quoted field
 * may hold line breaks. */
static int64_t last_row(const char *s, size_t n, bool csv, bool jsonl, size_t *keep) {
    int64_t last = 0, line = 0;
    size_t begin = 0;
    bool quoted = false;
    *keep = 0;
    for (size_t i = 0; i < n; i++) {
        if (csv && s[i] == '"') quoted = !quoted;
        if (s[i] != '\n' || quoted) continue;
        const char *at = s + begin;
        if (jsonl && !strncmp(at, "{\"row\":", 7)) at += 7;
        const long long number = strtoll(at, NULL, 10);
        if (line > 0 || jsonl) last = number > last ? number : last;
        *keep = begin = i + 1;
        line++;
    }
    return last;
}

/* Reads what an interrupted run has written; the heading must be what would be written now. */
static int resume_part(run *r, const char *format, molglot_error *err) {
    char *text = NULL;
    size_t n = 0, keep;
    const bool jsonl = !strcmp(format, "jsonl") || !strcmp(format, "ndjson");
    if (access(r->part, F_OK)) {
        cli_say(&r->o->common, "there is no %s: all rows are predicted", r->part);
        return MOLGLOT_OK;
    }
    int code = mg_read_file(r->part, (size_t)1 << 36, &text, &n, err);
    if (code) return code;
    r->done = last_row(text, n, !strcmp(format, "csv"), jsonl, &keep);
    const size_t head = r->sheet.out.n;
    if (r->done < 1 || keep < head || (head && memcmp(text, r->sheet.out.s, head)))
        code = mg_fail(err, MOLGLOT_FAILED,
                       "%s was not begun with these columns, or holds no row: start anew without "
                       "--resume",
                       r->part);
    else if (truncate(r->part, (off_t)keep))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: %s", r->part, strerror(errno));
    if (!code) {
        r->sheet.out.n = 0;
        cli_say(&r->o->common, "goes on after row %lld", (long long)r->done);
    }
    free(text);
    return code;
}

/* What is there and was not begun by us is somebody's. */
static int check_part(const char *part, molglot_error *err) {
    static const char *const begins[] = {"row,id,smiles,", "row\tid\tsmiles\t", "{\"row\":"};
    char head[16] = "";
    FILE *f = fopen(part, "rb");
    const size_t n = f ? fread(head, 1, sizeof head - 1, f) : 0;
    bool ours = !n;
    if (f) fclose(f);
    for (size_t i = 0; i < MG_COUNT(begins); i++) {
        const size_t k = strlen(begins[i]);
        ours |= !memcmp(head, begins[i], n < k ? n : k);
    }
    return ours ? MOLGLOT_OK
                : mg_fail(err, MOLGLOT_FAILED,
                          "%s is there and holds no predictions: choose another output, or move it "
                          "away",
                          part);
}

/* For this run alone. */
static int open_part(run *r, molglot_error *err) {
    const int fd = open(r->part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return mg_fail(err, MOLGLOT_FAILED, "%s: %s", r->part, strerror(errno));
    int code = MOLGLOT_OK;
    if (flock(fd, LOCK_EX | LOCK_NB))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: another run is writing it", r->part);
    else if ((!r->done && ftruncate(fd, 0)) || !(r->out.f = fdopen(fd, "ab")))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: %s", r->part, strerror(errno));
    if (code) close(fd);
    return code;
}

/* Rows of csv, tsv and jsonl go into FILE.part, so that a run can be gone on with; all else, and
 * what is packed, is written as other commands do. */
static int open_output(run *r, const char *format, molglot_error *err) {
    const predict_options *o = r->o;
    const bool lines = !strcmp(format, "csv") || !strcmp(format, "tsv") ||
                       !strcmp(format, "jsonl") || !strcmp(format, "ndjson");
    struct stat st;
    const bool file = o->output && strcmp(o->output, "-") &&
                      (stat(o->output, &st) || S_ISREG(st.st_mode));
    if (!file || !lines || mg_packing_of(o->output)) {
        if (o->resume)
            return mg_fail(err, MOLGLOT_USAGE,
                           "--resume goes with csv, tsv or jsonl that is not "
                           "packed");
        return cli_out_open(&r->out, o->output, err);
    }
    if (!realpath(o->output, r->target)) snprintf(r->target, PATH_MAX, "%s", o->output);
    const int n = snprintf(r->part, sizeof r->part, "%s.part", r->target);
    if (n < 0 || (size_t)n >= sizeof r->part)
        return mg_fail(err, MOLGLOT_USAGE, "%s: the path is too long", o->output);
    int code = o->resume ? resume_part(r, format, err) : check_part(r->part, err);
    if (!code) code = open_part(r, err);
    if (code) *r->part = 0;
    return code;
}

static int close_output(run *r, molglot_error *err) {
    int code = cli_sheet_end(&r->sheet, &r->out, err);
    if (!*r->part) return code ? code : cli_out_close(&r->out, err);
    if (!code && (fflush(r->out.f) || fsync(fileno(r->out.f)) || ferror(r->out.f)))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: cannot write: %s", r->part, strerror(errno));
    if (fclose(r->out.f) && !code)
        code = mg_fail(err, MOLGLOT_FAILED, "%s: cannot write: %s", r->part, strerror(errno));
    r->out.f = NULL;
    if (code || cli_interrupted || (code = cli_whole(err))) return code;
    return rename(r->part, r->target)
               ? mg_fail(err, MOLGLOT_FAILED, "%s: %s", r->o->output, strerror(errno))
               : MOLGLOT_OK;
}

/* ---- all of it ---- */

static int open_predictor(run *r, molglot_error *err) {
    char path[PATH_MAX], model[PATH_MAX];
    int code = find_head(r->o, path, err);
    if (code) return code;
    if (!(r->heads = open_head(path, &r->head, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (r->heads->heads->c.space) {
        const char *at = cli_model_path(&r->o->common, model, sizeof model, err);
        if (!at || !(r->model = mg_bundle_open(at, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    const mg_predictor_options o = {
        .device = r->o->common.device, .threads = r->o->common.threads, .space = r->model};
    r->predictor = mg_predictor_new(r->heads, &o, err);
    return r->predictor ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

static int predict(run *r, const char *format, molglot_error *err) {
    int code = open_predictor(r, err);
    if (!code) code = make_columns(r, err);
    if (!code) code = cli_reader_open(&r->reader, &r->o->input, err);
    if (code) return code;
    const cli_sheet_head head = {.format = format,
                                 .title = "Molglot predictions",
                                 .footer = "Molglot " MOLGLOT_VERSION
                                           ": learned from data; see the head's card.",
                                 .extra = r->reader.columns.names,
                                 .n_extra = r->reader.columns.n};
    code = cli_sheet_begin(&r->sheet, &r->kind, &head, err);
    if (code) return code;
    cli_sheet_section(&r->sheet, &(cli_section){.heading = "Molecules", .note = ""});
    const double started = cli_now();
    code = open_output(r, format, err);
    if (code) return code;
    code = read_rows(r, err);
    if (!code) code = close_output(r, err);
    if (!code) {
        const double seconds = cli_now() - started;
        cli_say(&r->o->common, "%lld rows in %.1f s (%.0f per second)", (long long)r->rows, seconds,
                (double)r->rows / seconds);
    }
    if (!code && cli_interrupted && *r->part)
        cli_say(&r->o->common, "interrupted: %s holds what was done; go on with --resume", r->part);
    if (code && !*r->part) cli_out_abort(&r->out);
    return code;
}

static void close_run(run *r) {
    for (size_t i = 0; i < r->n; i++) free_item(&r->items[i]);
    if (*r->part && r->out.f) fclose(r->out.f);
    for (int k = 0; r->names && k < r->heads->heads->c.tasks; k++) free(r->names[k]);
    free(r->names);
    free(r->columns);
    cli_reader_close(&r->reader);
    cli_sheet_free(&r->sheet);
    mg_predictor_free(r->predictor);
    if (r->model) cli_manifest_bundle(r->model);
    if (r->head) cli_manifest_bundle(r->head);
    mg_bundle_close(r->model);
    mg_bundle_close(r->head);
    free(r);
}

int cmd_predict(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_records_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[SMILES...]",
        "Predicts properties of molecules by a head trained on a table of measurements: a column a "
        "task, beside each how far the members of the head lie apart (NAME_unc), the nearest "
        "training row and whether the molecule is near enough to such rows to trust it.\v"
        "Example:\n"
        "  molglot predict -p tox21 'CC(=O)Oc1ccccc1C(=O)O'\n"
        "  molglot train recipes/predict-tiny.toml -o runs/ring\n"
        "  molglot predict -p runs/ring/model.safetensors CCO c1ccccc1\n"
        "  molglot predict -p runs/ring/model.safetensors -i examples/library.tsv -o ring.csv\n\n"
        "A head of your own, from a table with SMILES and numbers, or 0 and 1:\n"
        "  molglot train recipes/predict.toml --set data.file=my.csv -o runs/mine\n"
        "  molglot predict -p runs/mine/model.safetensors -i library.csv -o predicted.csv\n\n"
        "Every input row has an output row, in order; a rejected one has its reason. "
        "docs/predict.md "
        "says what the numbers mean and what they are not for.",
        children,
        NULL,
        NULL};
    predict_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    if (o.list) return list_heads(&o);
    const char *format = cli_format(o.format, o.output, "table");
    molglot_error err = {0};
    if (cli_sheet_check(format, NULL, &err)) return cli_fail(&err);
    run *r = calloc(1, sizeof *r);
    if (!r) return cli_no_memory();
    r->o = &o;
    r->rejects = cli_rejects_of(&o.input);
    cli_catch_interrupt();
    code = predict(r, format, &err);
    code = code ? cli_fail(&err) : cli_rejects_end(&o.common, &r->rejects, r->rows);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    close_run(r);
    return code;
}
