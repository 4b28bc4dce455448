/* split.c - tables cut into three sets that share no group:
 *
 *   1. every readable row of the sources, without the excluded ones
 *   2. its group: molecule and text (random), Murcko scaffold, or a column's value
 *   3. groups larger than half of the smallest set train; the others, in random order, fill
 *      validation, then test, and the rest trains
 *   4. a TSV a set (train: a source)
 *
 * A column whose values all name sets is taken at its word.
 */
#include "base/grow.h"
#include "data/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RESERVE ((size_t)1 << 36) /* address space for strings, not memory */
enum { UNKNOWN = -1, PATH = 1200 };

typedef struct split_row {
    const char *smiles, *text, *id, *cell; /* cell: of the column, or "" */
    int32_t source, group;
    int set;
} split_row;

typedef struct split {
    const mg_split_options *o;
    const char *column; /* of "column:NAME", or NULL */
    split_row *rows;
    size_t n, cap;
    mg_arena arena;
    int64_t left_out;
} split;

/* ---- rows ---- */

static const char *keep(split *s, const char *text) {
    const size_t n = strlen(text) + 1;
    char *copy = mg_arena_alloc(&s->arena, n);
    return copy ? memcpy(copy, text, n) : NULL;
}

static int add(split *s, int32_t source, const mg_row *row, const char *cell, molglot_error *err) {
    if (!MG_GROW(s->rows, s->cap, s->n + 1)) return mg_no_memory(err, "a split");
    split_row *r = &s->rows[s->n++];
    *r = (split_row){.smiles = keep(s, row->smiles),
                     .text = keep(s, row->text),
                     .id = keep(s, row->id),
                     .cell = keep(s, cell),
                     .source = source};
    return r->smiles && r->text && r->id && r->cell ? MOLGLOT_OK : mg_no_memory(err, "a split");
}

static int find_column(const mg_table *t, const char *path, const char *name, molglot_error *err) {
    const char *const *names;
    const int n = mg_table_columns(t, &names);
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return i;
    for (int i = 0; i < n; i++)
        if (!strcasecmp(names[i], name)) return i;
    mg_fail(err, MOLGLOT_BAD_FILE, "data.split: %s has no column '%s'", path, name);
    return UNKNOWN;
}

static int read_source(split *s, int32_t k, molglot_error *err) {
    const mg_corpus_config *c = s->o->corpus;
    const mg_corpus_source *source = &c->sources[k];
    const mg_table_options columns = mg_source_columns(c);
    const size_t prefix = source->id_prefix ? strlen(source->id_prefix) : 0;
    mg_names excluded = {0};
    mg_table *t = mg_table_open(source->path, &columns, err);
    int code = t ? mg_read_excluded(&excluded, c->exclude_path, source->path, err)
                 : mg_code_of(err, MOLGLOT_FAILED),
        got = 1, column = UNKNOWN;
    if (!code && s->column && (column = find_column(t, source->path, s->column, err)) < 0)
        code = MOLGLOT_BAD_FILE;
    mg_row row;
    while (!code && (got = mg_table_next(t, &row, err)) == 1) {
        if (prefix && strncmp(row.id, source->id_prefix, prefix)) continue;
        if (!row.status.ok || !*row.smiles || mg_names_find(&excluded, row.id) >= 0)
            s->left_out++;
        else
            code = add(s, k, &row, column >= 0 && column < row.n_fields ? row.fields[column] : "",
                       err);
    }
    mg_names_free(&excluded);
    mg_table_close(t);
    return got < 0 ? -got : code;
}

/* ---- groups ---- */

/* Canonical SMILES, or scaffolds, malloc'ed; NULL: cannot be read. */
static void read_molecules(const split *s, bool scaffold, char **out) {
    const int threads = s->o->corpus->threads;
#pragma omp parallel for schedule(dynamic, 16) num_threads(mg_threads(threads))
    for (size_t i = 0; i < s->n; i++) {
        mg_mol *m = mg_mol_from_smiles(s->rows[i].smiles, NULL, NULL);
        out[i] = !m ? NULL : scaffold ? mg_mol_scaffold(m) : mg_mol_smiles(m, true);
        mg_mol_free(m);
    }
}

static int32_t root(int32_t *parent, int32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

/* Rows share a group when they share a string of a or of b (NULL: none). */
static int group_by(split *s, const char *const *a, const char *const *b, molglot_error *err) {
    int32_t *number = malloc((s->n + 1) * sizeof *number),
            *first = malloc((s->n + 1) * sizeof *first),
            *parent = malloc((s->n + 1) * sizeof *parent);
    int code = number && first && parent ? MOLGLOT_OK : mg_no_memory(err, "a split");
    for (size_t i = 0; i < s->n && !code; i++) parent[i] = (int32_t)i;
    for (int side = 0; side < 2 && !code; side++) {
        const char *const *strings = side ? b : a;
        if (!strings) continue;
        const int32_t n = mg_group_strings(strings, s->n, number);
        if (n < 0) code = mg_no_memory(err, "a split");
        for (int32_t k = 0; k < n; k++) first[k] = UNKNOWN;
        for (size_t i = 0; i < s->n && !code; i++) {
            if (number[i] < 0) continue;
            if (first[number[i]] < 0)
                first[number[i]] = (int32_t)i;
            else
                parent[root(parent, (int32_t)i)] = root(parent, first[number[i]]);
        }
    }
    for (size_t i = 0; i < s->n && !code; i++) s->rows[i].group = root(parent, (int32_t)i);
    free(number);
    free(first);
    free(parent);
    return code;
}

static int find_groups(split *s, molglot_error *err) {
    const bool scaffold = !strcmp(s->o->how, "scaffold");
    char **molecules = calloc(s->n + 1, sizeof *molecules);
    const char **strings = malloc((s->n + 1) * sizeof *strings);
    int code = molecules && strings ? MOLGLOT_OK : mg_no_memory(err, "a split");
    if (!code) read_molecules(s, scaffold, molecules);
    size_t n = 0;
    for (size_t i = 0; i < s->n && !code; i++) { /* what cannot be read is in no set */
        if (!molecules[i]) {
            s->left_out++;
            continue;
        }
        if (n != i) {
            molecules[n] = molecules[i];
            molecules[i] = NULL;
        }
        s->rows[n++] = s->rows[i];
    }
    if (!code) s->n = n;
    for (size_t i = 0; i < s->n && !code; i++)
        strings[i] = s->column ? s->rows[i].cell : *s->rows[i].text ? s->rows[i].text : NULL;
    if (!code)
        code = s->column  ? group_by(s, strings, NULL, err)
               : scaffold ? group_by(s, (const char *const *)molecules, NULL, err)
                          : group_by(s, (const char *const *)molecules, strings, err);
    for (size_t i = 0; molecules && i < n; i++) free(molecules[i]);
    free(molecules);
    free(strings);
    return code;
}

/* ---- sets ---- */

static int set_named(const char *cell) {
    static const char *const names[][5] = {{"train", "training", "trn"},
                                           {"validation", "valid", "val", "dev", "vld"},
                                           {"test", "testing", "tst"}};
    for (int set = 0; set < MG_SPLIT_SETS; set++)
        for (int i = 0; i < 5 && names[set][i]; i++)
            if (!strcasecmp(cell, names[set][i])) return set;
    return UNKNOWN;
}

/* By the column's own words, when all of it are; an empty cell is in no set. */
static bool take_names(split *s) {
    bool any = false;
    for (size_t i = 0; i < s->n && s->column; i++) {
        s->rows[i].set = set_named(s->rows[i].cell);
        if (s->rows[i].set < 0 && *s->rows[i].cell) return false;
        any |= s->rows[i].set >= 0;
    }
    return any;
}

/* The groups' numbers in an order made of the seed; *n of them, malloc'ed. */
static int32_t *shuffled_groups(const split *s, size_t *n) {
    int32_t *order = malloc((s->n + 1) * sizeof *order);
    mg_rng rng = {.seed = s->o->seed, .stream = 0x5011};
    *n = 0;
    for (size_t i = 0; i < s->n && order; i++)
        if (s->rows[i].group == (int32_t)i) order[(*n)++] = (int32_t)i;
    for (size_t i = *n; i > 1 && order; i--) {
        const size_t k = (size_t)mg_rng_below(&rng, i);
        const int32_t swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
    return order;
}

static int deal_groups(split *s, molglot_error *err) {
    const double share[MG_SPLIT_SETS] = {0, s->o->validation, s->o->test};
    int64_t want[MG_SPLIT_SETS] = {0}, have[MG_SPLIT_SETS] = {0}, least = INT64_MAX;
    size_t groups;
    int32_t *order = shuffled_groups(s, &groups);
    int64_t *size = calloc(s->n + 1, sizeof *size);
    int code = order && size ? MOLGLOT_OK : mg_no_memory(err, "a split");
    for (int set = 1; set < MG_SPLIT_SETS; set++) {
        want[set] = (int64_t)(share[set] * (double)s->n + 0.5);
        if (share[set] > 0 && want[set] < least) least = want[set];
    }
    for (size_t i = 0; i < s->n && !code; i++) size[s->rows[i].group]++;
    for (size_t k = 0; k < groups && !code; k++) {
        const int64_t n = size[order[k]];
        int set = MG_SPLIT_TRAIN;
        if (n == 1 || 2 * n <= least)
            for (int other = MG_SPLIT_TEST; other > MG_SPLIT_TRAIN; other--)
                if (have[other] + n <= want[other]) set = other;
        have[set] += n;
        s->rows[order[k]].set = set;
    }
    for (size_t i = 0; i < s->n && !code; i++) s->rows[i].set = s->rows[s->rows[i].group].set;
    free(order);
    free(size);
    for (int set = 0; set < MG_SPLIT_SETS && !code; set++)
        if (!have[set] && (set == MG_SPLIT_TRAIN || share[set] > 0))
            code = mg_fail(err, MOLGLOT_BAD_FILE,
                           "data.split: %zu groups of %zu rows are too few for the sets", groups,
                           s->n);
    return code;
}

/* ---- files ---- */

static int write_set(const split *s, const char *folder, int set, int32_t source,
                     molglot_error *err) {
    static const char *const names[] = {"train", "validation", "test"};
    char path[PATH];
    int n = source >= 0
                ? snprintf(path, sizeof path, "%s/%s-%d.tsv", folder, names[set], source + 1)
                : snprintf(path, sizeof path, "%s/%s.tsv", folder, names[set]);
    if (n < 0 || n >= (int)sizeof path) return mg_fail(err, MOLGLOT_USAGE, "path too long");
    mg_str out = {0};
    mg_str_addz(&out, "id\tsmiles\ttext\n");
    for (size_t i = 0; i < s->n; i++) {
        const split_row *r = &s->rows[i];
        if (r->set != set || (source >= 0 && r->source != source)) continue;
        const char *const cells[] = {r->id, r->smiles, r->text};
        for (int k = 0; k < 3; k++) {
            mg_csv_field(&out, cells[k], '\t');
            mg_str_addz(&out, k < 2 ? "\t" : "\n");
        }
    }
    mg_outfile file;
    int code = out.failed ? mg_no_memory(err, "%s", path) : mg_outfile_open(&file, path, err);
    if (!code) {
        code = mg_outfile_write(&file, out.s, out.n, err);
        if (!code) code = mg_outfile_commit(&file, err);
        mg_outfile_abort(&file);
    }
    mg_str_free(&out);
    return code;
}

static int write_sets(const split *s, const char *folder, mg_split_counts *out,
                      molglot_error *err) {
    const int32_t sources = (int32_t)s->o->corpus->n_sources;
    *out = (mg_split_counts){.left_out = s->left_out};
    for (size_t i = 0; i < s->n; i++) {
        if (s->rows[i].set >= 0)
            out->rows[s->rows[i].set]++;
        else
            out->left_out++;
    }
    if (!out->rows[MG_SPLIT_TRAIN] || !(out->rows[MG_SPLIT_VALIDATION] + out->rows[MG_SPLIT_TEST]))
        return mg_fail(err, MOLGLOT_BAD_FILE, "data.split: a set is empty");
    int code = mg_make_dirs(folder, err);
    for (int32_t k = 0; k < sources && !code; k++)
        code = write_set(s, folder, MG_SPLIT_TRAIN, k, err);
    if (!code) code = write_set(s, folder, MG_SPLIT_VALIDATION, -1, err);
    return code ? code : write_set(s, folder, MG_SPLIT_TEST, -1, err);
}

int mg_split_make(const mg_split_options *o, const char *folder, mg_split_counts *out,
                  molglot_error *err) {
    split s = {.o = o, .column = strncmp(o->how, "column:", 7) ? NULL : o->how + 7};
    int code = mg_chem_init(err);
    if (!code) code = mg_arena_init(&s.arena, RESERVE, err);
    for (size_t k = 0; k < o->corpus->n_sources && !code; k++)
        code = read_source(&s, (int32_t)k, err);
    if (!code && s.n >= INT32_MAX)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "data.split: too many rows");
    if (!code && s.n == 0) code = mg_fail(err, MOLGLOT_BAD_FILE, "data.split: no row can be read");
    if (!code) code = find_groups(&s, err);
    if (!code && !take_names(&s)) code = deal_groups(&s, err);
    if (!code) code = write_sets(&s, folder, out, err);
    free(s.rows);
    mg_arena_free(&s.arena);
    return code;
}
