/* memory.c - `molglot memory`: pairs of molecules and texts as a model's part `memory`, a file that
 * lies beside its space.
 *
 *   pairs -> RDKit -> one row a molecule (the first) -> embeddings -> codes
 *   names -> the row's name: one that its text says, else the first plain one, else the first
 */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPT_NAMES = CLI_OWN, OPT_WIDTH, OPT_LICENCE, OPT_DESCRIPTION };

typedef struct memory_options {
    cli_common common;
    const char *input, *output, *names, *licence, *description;
    int width;
    cli_table table;
} memory_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", CLI_IN_MODEL,
     "File to write (required); as memory.safetensors in the model's folder it is used", 0},
    {"names", OPT_NAMES, "FILE", 0, "A table of names: columns name and smiles, canonical", 0},
    {"width", OPT_WIDTH, "N", 0, "Numbers of a molecule's code, 1 to 1024 (default 128)", 0},
    {"licence", OPT_LICENCE, "NAME", 0, "Licence, written into the file", 0},
    {"description", OPT_DESCRIPTION, "TEXT", 0, "What it is, written into the file", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    memory_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_NAMES: o->names = arg; return 0;
    case OPT_WIDTH: o->width = (int)cli_number(state, arg, "--width", 1, MG_MEMORY_WIDTH); return 0;
    case OPT_LICENCE: o->licence = arg; return 0;
    case OPT_DESCRIPTION: o->description = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) argp_error(state, "one table of pairs, not also '%s'", arg);
        o->input = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->input || !o->output) argp_error(state, "PAIRS and -o FILE are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- rows ---- */

typedef struct remembered { /* one molecule */
    char *smiles, *plain;   /* canonical */
    const char *id, *text;
    char *name; /* NULL: none */
    int grade;  /* of the name */
    size_t row; /* of the table, from 0: its place */
} remembered;

typedef struct making {
    const memory_options *o;
    mg_rows rows;
    remembered *m;
    size_t n;
    cli_engine engine;
    cli_rejects rejects;
    cli_progress progress;
} making;

static int by_smiles(const void *x, const void *y) {
    const remembered *a = x, *b = y;
    const int order = strcmp(a->smiles, b->smiles);
    return order ? order : a->row < b->row ? -1 : a->row > b->row;
}

static int by_row(const void *x, const void *y) {
    const remembered *a = x, *b = y;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void forget(remembered *m) {
    free(m->smiles);
    free(m->plain);
    free(m->name);
}

/* Row i as a molecule; *kept false: it is rejected. */
static int read_row(making *x, size_t i, bool *kept, molglot_error *err) {
    molglot_row_status row = x->rows.status[i];
    const char *smiles = x->rows.smiles[i] ? x->rows.smiles[i] : "";
    mg_mol *mol = row.ok ? mg_mol_from_smiles(smiles, NULL, &row) : NULL;
    *kept = mol != NULL;
    if (!mol) {
        cli_reject(&x->o->common, &x->rejects, x->o->input, (int64_t)i + 1, x->rows.id[i], &row);
        return MOLGLOT_OK;
    }
    remembered *m = &x->m[x->n];
    *m = (remembered){.smiles = mg_mol_smiles(mol, true),
                      .plain = mg_mol_smiles(mol, false),
                      .id = x->rows.id[i] ? x->rows.id[i] : "",
                      .text = x->rows.text[i] ? x->rows.text[i] : "",
                      .row = i};
    mg_mol_free(mol);
    if (m->smiles && m->plain) return MOLGLOT_OK;
    forget(m);
    return mg_no_memory(err, "the molecules");
}

/* Every molecule once, in the order of the table. */
static int read_rows(making *x, molglot_error *err) {
    int code = mg_rows_load(&x->rows, x->o->input, &x->o->table.options, err);
    if (code) return code;
    if (!(x->m = calloc(x->rows.n + 1, sizeof *x->m))) return mg_no_memory(err, "the molecules");
    for (size_t i = 0; i < x->rows.n && !code; i++) {
        bool kept = false;
        code = read_row(x, i, &kept, err);
        x->n += !code && kept;
    }
    if (code) return code;
    qsort(x->m, x->n, sizeof *x->m, by_smiles);
    size_t differ = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (differ && strcmp(x->m[differ - 1].smiles, x->m[i].smiles) == 0)
            forget(&x->m[i]);
        else
            x->m[differ++] = x->m[i];
    }
    x->n = differ;
    return x->n ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "%s: no molecule in it", x->o->input);
}

/* ---- names; the molecules are in the order of their SMILES ---- */

/* 3: the text says it. 2: letters and blanks alone. */
static int grade_of(const char *name, const char *text) {
    const size_t n = strlen(name);
    const char *at = n < 4 ? NULL : strcasestr(text, name);
    if (at && (at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[n]))
        return 3;
    size_t plain = 0;
    while (isalpha((unsigned char)name[plain]) || name[plain] == ' ') plain++;
    return plain == n && n > 4 ? 2 : 1;
}

static int take_name(making *x, const mg_row *row, molglot_error *err) {
    remembered key = {.smiles = (char *)(uintptr_t)row->smiles, .row = 0};
    size_t low = 0, high = x->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(x->m[middle].smiles, key.smiles) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    remembered *m = &x->m[low];
    if (low == x->n || strcmp(m->smiles, key.smiles) != 0 || !*row->id) return MOLGLOT_OK;
    const int grade = grade_of(row->id, m->text);
    if (grade < m->grade || (grade == m->grade && grade < 3) ||
        (grade == 3 && m->grade == 3 && strlen(row->id) <= strlen(m->name)))
        return MOLGLOT_OK;
    free(m->name);
    m->grade = grade;
    return (m->name = strdup(row->id)) ? MOLGLOT_OK : mg_no_memory(err, "the names");
}

static int read_names(making *x, molglot_error *err) {
    if (!x->o->names) return MOLGLOT_OK;
    const mg_table_options o = {.id_column = "name", .smiles_column = "smiles", .header = 1};
    mg_table *t = mg_table_open(x->o->names, &o, err);
    if (!t) return mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_row row;
    int code = MOLGLOT_OK, more = 0;
    while (!code && (more = mg_table_next(t, &row, err)) > 0)
        if (row.status.ok) code = take_name(x, &row, err);
    mg_table_close(t);
    return !code && more < 0 ? mg_code_of(err, MOLGLOT_BAD_FILE) : code;
}

/* ---- the file ---- */

static int on_progress(void *user, int64_t done, int64_t total) {
    (void)total;
    cli_progress_update(user, done, "");
    return cli_interrupted;
}

typedef struct arrays { /* what is written */
    float *basis, *scales;
    int8_t *codes;
    const char **id, **name, **smiles, **text, **plain, **said;
    size_t n_said;
} arrays;

static bool allocate(arrays *a, size_t n, size_t width, size_t dim) {
    const char **all = calloc(6 * n + 1, sizeof *all);
    *a = (arrays){.basis = malloc(width * dim * sizeof(float)),
                  .scales = malloc(n * sizeof(float)),
                  .codes = malloc(n * width),
                  .id = all};
    if (!all || !a->basis || !a->scales || !a->codes) return false;
    a->name = all + n, a->smiles = all + 2 * n, a->text = all + 3 * n, a->plain = all + 4 * n;
    a->said = all + 5 * n;
    return true;
}

static void fill(arrays *a, const making *x) {
    for (size_t i = 0; i < x->n; i++) {
        const remembered *m = &x->m[i];
        a->id[i] = m->id, a->name[i] = m->name ? m->name : "";
        a->smiles[i] = m->smiles, a->text[i] = m->text, a->plain[i] = m->plain;
        if (*m->text) a->said[a->n_said++] = m->text;
    }
}

static int write_memory(making *x, molglot_error *err) {
    const memory_options *o = x->o;
    const size_t dim = (size_t)mg_embedder_dim(x->engine.embedder);
    const char *const metadata[] = {"molglot.kind",
                                    "memory",
                                    "name",
                                    "memory",
                                    "licence",
                                    o->licence ? o->licence : "unknown",
                                    "description",
                                    o->description ? o->description : "",
                                    NULL};
    const char *space = mg_bundle_identity(x->engine.bundle, err);
    arrays a;
    int code = !space                                      ? mg_code_of(err, MOLGLOT_BAD_FILE)
               : allocate(&a, x->n, (size_t)o->width, dim) ? MOLGLOT_OK
                                                           : mg_no_memory(err, "the memory");
    if (!space) return code;
    if (!code) {
        fill(&a, x);
        const mg_memory_rows rows = {.n = x->n,
                                     .n_texts = a.n_said,
                                     .smiles = a.smiles,
                                     .texts = a.said,
                                     .width = o->width,
                                     .on_progress = on_progress,
                                     .user = &x->progress};
        cli_progress_start(&x->progress, &o->common, "molecules", (int64_t)x->n);
        code = mg_memory_make(x->engine.embedder, &rows, a.basis, a.codes, a.scales, err);
        cli_progress_end(&x->progress);
    }
    if (!code) {
        const mg_memory_contents c = {space,   (int32_t)x->n, (int32_t)dim, o->width, a.basis,
                                      a.codes, a.scales,      a.id,         a.name,   a.smiles,
                                      a.text,  a.plain,       metadata};
        code = mg_memory_part_save(o->output, &c, err);
    }
    free(a.basis);
    free(a.scales);
    free(a.codes);
    free(a.id); /* all of them */
    return code;
}

static int make(making *x, molglot_error *err) {
    int code = cli_engine_open(&x->engine, &x->o->common, 0, err);
    if (!code) code = read_rows(x, err);
    if (!code) code = read_names(x, err);
    if (code) return code;
    qsort(x->m, x->n, sizeof *x->m, by_row);
    return write_memory(x, err);
}

int cmd_memory(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_table_argp, 0, "The table of pairs:", 5},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "PAIRS -o FILE",
        "Writes the molecules of PAIRS (with their texts, where it has them) as a model's part "
        "memory: `molglot generate` then starts from those that are near a sentence. It is about "
        "twenty times smaller than an index.\v"
        "Example:\n  molglot memory examples/library.tsv -o memory.safetensors\n\n"
        "The file belongs to the space of the model that made it: put it into that model's folder, "
        "or merge both.",
        children,
        NULL,
        NULL};
    memory_options o = {.table = cli_table_default(), .width = 128};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    making x = {.o = &o};
    cli_catch_interrupt();
    code = make(&x, &err);
    if (code)
        cli_fail(&err);
    else {
        cli_say(&o.common, "%s: %zu molecules of %zu rows", o.output, x.n, x.rows.n);
        code = cli_rejects_end(&o.common, &x.rejects, (int64_t)x.rows.n);
    }
    for (size_t i = 0; i < x.n; i++) forget(&x.m[i]);
    free(x.m);
    mg_rows_free(&x.rows);
    cli_engine_close(&x.engine);
    return code;
}
