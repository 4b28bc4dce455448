/* search.c - `molglot search`: queries against the rows of libraries, ranked.
 *
 *   libraries -> indexes (search_libraries.c)
 *   queries -> what they are, unit vectors (search_queries.c)
 *   queries in words or molecules -> mg_find_run: molecule, text, words and names in one order
 *   patterns and InChIKeys -> the rows that have them, in their order
 *   answers -> rows of a sheet (search_out.c)
 */
#include "app/cmd/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    OPT_BY = CLI_OWN,
    OPT_AS,
    OPT_SMARTS,
    OPT_NOT_SMARTS,
    OPT_MIN_WEIGHT,
    OPT_MAX_WEIGHT,
    OPT_FORMULA,
    OPT_ELEMENTS,
    OPT_WITHOUT,
    OPT_SIMILAR,
    OPT_MIN_SIMILARITY,
    OPT_WHERE,
    OPT_ALL_ROWS,
    OPT_MUST,
    OPT_SOFT,
    OPT_NO_NAMES,
    OPT_NO_RERANK,
    OPT_EXACT,
    OPT_RECALL
};

typedef struct search_options {
    cli_common common;
    cli_input input;
    search_libraries libraries;
    const char *format, *output, *as;
    mg_by by;
    int k;
    bool all_rows, filtered, must, soft, no_names, no_rerank, exact, check_recall;
    search_recall recall;
    mg_halt halt; /* of all that is searched: ^C ends it */
    mg_groups *groups;
    mg_reranker *rerank;
    mg_filter_spec filter;
    const char **smarts, **not_smarts, **where; /* of the filter */
} search_options;

static const struct argp_option options[] = {
    {"by", OPT_BY, "SIGNAL", 0,
     "What rows are compared by: molecule, text (what is said of them), name, or auto (all three "
     "in "
     "one order; default). With text and name, a query is words",
     0},
    {"query-is", OPT_AS, "KIND", 0,
     "What the queries are: text, smiles, name, smarts, or auto (a query says itself what it is; "
     "default)",
     0},
    {"number", 'k', "N", 0, "Hits per query (default 10)", 0},
    {NULL, 'n', NULL, OPTION_ALIAS, NULL, 0},
    {"all-rows", OPT_ALL_ROWS, NULL, 0,
     "A molecule that stands in several rows is several hits, not one", 0},
    {"must", OPT_MUST, NULL, 0,
     "Only molecules that meet all that the words ask of them (see docs/requests.md) are hits; by "
     "default they come first",
     0},
    {"soft", OPT_SOFT, NULL, 0, "What words ask of molecules is not checked", 0},
    {"no-names", OPT_NO_NAMES, NULL, 0,
     "Names are not looked up in the dictionary (see `molglot name`)", 0},
    {"no-rerank", OPT_NO_RERANK, NULL, 0,
     "The best hits of a sentence stay in the order of their cosines (see docs/models/rerank.md)",
     0},
    {"exact", OPT_EXACT, NULL, 0,
     "Score all rows of every index; by default an index with codes has the rows scored that its "
     "codes rank best",
     0},
    {"check-recall", OPT_RECALL, NULL, 0,
     "Also search by cosine with and without the codes, and say on stderr what share of the rows "
     "is the same",
     0},
    {"format", 'f', "F", 0, CLI_FORMAT_HELP, 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {NULL, 0, NULL, 0, "Only rows with all of these are hits:", 1},
    {"smarts", OPT_SMARTS, "PATTERN", 0, "A substructure (several times: all of them)", 1},
    {"not-smarts", OPT_NOT_SMARTS, "PATTERN", 0, "No such substructure (several times)", 1},
    {"min-weight", OPT_MIN_WEIGHT, "W", 0, "Molecular weight in g/mol, at least", 1},
    {"max-weight", OPT_MAX_WEIGHT, "W", 0, "... at most", 1},
    {"formula", OPT_FORMULA, "F", 0, "This formula: C9H8O4", 1},
    {"elements", OPT_ELEMENTS, "LIST", 0, "No elements but these and hydrogen: CNOCl", 1},
    {"without-elements", OPT_WITHOUT, "LIST", 0, "None of these elements", 1},
    {"similar", OPT_SIMILAR, "SMILES", 0, "Alike to this molecule (see --min-similarity)", 1},
    {"min-similarity", OPT_MIN_SIMILARITY, "T", 0,
     "Tanimoto similarity of Morgan fingerprints (radius 2), at least (default 0.6)", 1},
    {"where", OPT_WHERE, "TEST", 0,
     "A column's value: 'pIC50 > 6', 'source = \"ChEMBL\"', 'assay contains ATP' (= != < <= > >= "
     "contains; several times)",
     1},
    {0}};

/* ---- options ---- */

static void add_string(struct argp_state *state, const char ***list, int *n, const char *arg) {
    const char **longer = realloc(*list, ((size_t)*n + 1) * sizeof *longer);
    if (!longer) argp_failure(state, MOLGLOT_NO_MEMORY, 0, "out of memory");
    *list = longer;
    longer[(*n)++] = arg;
}

static error_t parse_filter(int key, char *arg, struct argp_state *state) {
    search_options *o = state->input;
    mg_filter_spec *f = &o->filter;
    switch (key) {
    case OPT_SMARTS: add_string(state, &o->smarts, &f->n_smarts, arg); break;
    case OPT_NOT_SMARTS: add_string(state, &o->not_smarts, &f->n_not_smarts, arg); break;
    case OPT_WHERE: add_string(state, &o->where, &f->n_where, arg); break;
    case OPT_MIN_WEIGHT:
        f->min_weight = (double)cli_real(state, arg, "--min-weight", 0, 1e6);
        break;
    case OPT_MAX_WEIGHT:
        f->max_weight = (double)cli_real(state, arg, "--max-weight", 1e-3, 1e6);
        break;
    case OPT_FORMULA: f->formula = arg; break;
    case OPT_ELEMENTS: f->elements = arg; break;
    case OPT_WITHOUT: f->without = arg; break;
    case OPT_SIMILAR: f->similar = arg; break;
    case OPT_MIN_SIMILARITY:
        f->min_similarity = (double)cli_real(state, arg, "--min-similarity", 0, 1);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
    o->filtered = true;
    return 0;
}

static void parse_by(search_options *o, struct argp_state *state, const char *arg) {
    static const char *const names[] = {"auto", "molecule", "text", "name"};
    if (!strcmp(arg, "smiles")) argp_error(state, "--by smiles is --query-is smiles now");
    cli_choice(state, "--by", arg, names, MG_COUNT(names));
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(arg, names[i])) o->by = (mg_by)i;
}

/* Arguments before the first that is no library are libraries; the first always is. */
static error_t parse_argument(search_options *o, struct argp_state *state, const char *arg) {
    search_libraries *l = &o->libraries;
    if (l->n && !search_is_library(arg)) return ARGP_ERR_UNKNOWN; /* the rest are the queries */
    add_string(state, &l->paths, &l->n, arg);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const kinds[] = {"auto", "text", "smiles", "name", "smarts"};
    search_options *o = state->input;
    switch (key) {
    case OPT_BY: parse_by(o, state, arg); return 0;
    case OPT_AS:
        cli_choice(state, "--query-is", arg, kinds, MG_COUNT(kinds));
        o->as = arg;
        return 0;
    case OPT_ALL_ROWS: o->all_rows = true; return 0;
    case OPT_MUST: o->must = true; return 0;
    case OPT_SOFT: o->soft = true; return 0;
    case OPT_NO_NAMES: o->no_names = true; return 0;
    case OPT_NO_RERANK: o->no_rerank = true; return 0;
    case OPT_EXACT: o->exact = true; return 0;
    case OPT_RECALL: o->check_recall = true; return 0;
    case 'n':
    case 'k': o->k = (int)cli_number(state, arg, "--number", 1, 100000); return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG: return parse_argument(o, state, arg);
    case ARGP_KEY_END:
        if (!o->libraries.n)
            argp_error(state, "LIBRARY is missing: an index (see `molglot index`) or a table");
        if ((o->by == MG_BY_TEXT || o->by == MG_BY_NAME) && !strcmp(o->as, "auto"))
            o->as = o->by == MG_BY_TEXT ? "text" : "name";
        if (o->must && o->soft) argp_error(state, "--must and --soft exclude each other");
        cli_input_check(&o->input, state);
        return 0;
    default: return parse_filter(key, arg, state);
    }
}

/* ---- hits ---- */

typedef struct answers {
    int k;
    mg_found *found; /* [n][k] */
    int64_t *passed; /* [n] */
} answers;

static bool is_found_by_rank(const search_queries *q, size_t i) {
    return q->rows.status[i].ok && (q->q[i].kind == QUERY_WORDS || q->q[i].kind == QUERY_NAME ||
                                    q->q[i].kind == QUERY_MOLECULE);
}

static int find_ranked(const search_options *o, mg_filter *filter, const search_queries *q,
                       size_t dim, mg_halt *halt, answers *a, molglot_error *err) {
    const size_t n = q->rows.n, k = (size_t)a->k;
    mg_question *questions = calloc(n + 1, sizeof *questions);
    mg_found *found = calloc(n * k + 1, sizeof *found);
    int64_t *passed = calloc(n + 1, sizeof *passed);
    size_t m = 0;
    int code = questions && found && passed ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n && !code; i++)
        if (is_found_by_rank(q, i))
            questions[m++] = search_question_of(&q->q[i], q->vectors + i * dim);
    const mg_find plan = {.parts = (const mg_index *const *)o->libraries.indexes,
                          .n_parts = o->libraries.n,
                          .by = o->by,
                          .k = a->k,
                          .all_rows = o->all_rows,
                          .filter = filter,
                          .threads = o->common.threads,
                          .groups = o->groups,
                          .must = o->must,
                          .exact = o->exact,
                          .rerank = o->rerank,
                          .halt = halt};
    if (!code && m) code = mg_find_run(&plan, questions, (int64_t)m, found, passed, err);
    for (size_t i = n; i-- > 0 && !code;)
        if (is_found_by_rank(q, i)) {
            memcpy(a->found + i * k, found + --m * k, k * sizeof *found);
            a->passed[i] = passed[m];
        }
    free(questions);
    free(found);
    free(passed);
    return code;
}

/* The first k rows that pass, in their order. */
static int find_passing(const search_options *o, mg_filter *filter, mg_found *found, int k,
                        int64_t *passed, molglot_error *err) {
    enum { STEP = 512 };
    int32_t part[STEP];
    int64_t at[STEP];
    bool pass[STEP];
    int n = 0;
    *passed = 0;
    for (int i = 0; i < k; i++) found[i] = (mg_found){.row = -1, .part = -1};
    for (int p = 0; p < o->libraries.n; p++) {
        const int64_t rows = mg_index_size(o->libraries.indexes[p]);
        for (int64_t first = 0; first < rows; first += STEP) {
            if (cli_interrupted) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
            const size_t step = rows - first < STEP ? (size_t)(rows - first) : STEP;
            for (size_t i = 0; i < step; i++) {
                part[i] = p;
                at[i] = first + (int64_t)i;
            }
            mg_filter_rows(filter, part, at, step, pass);
            for (size_t i = 0; i < step; i++) {
                if (!pass[i]) continue;
                ++*passed;
                if (n < k)
                    found[n++] = (mg_found){.row = at[i], .part = p, .score = 1, .cosine = NAN};
            }
        }
    }
    return MOLGLOT_OK;
}

static int find_pattern(const search_options *o, search_query *q, mg_found *found, int k,
                        molglot_row_status *status, int64_t *passed, molglot_error *err) {
    mg_filter_spec spec = o->filter;
    molglot_error why = {0};
    const char **all = calloc((size_t)spec.n_smarts + 1, sizeof *all);
    if (!all) return mg_no_memory(err, "a pattern");
    for (int i = 0; i < spec.n_smarts; i++) all[i] = spec.smarts[i];
    all[spec.n_smarts++] = q->text;
    spec.smarts = all;
    mg_filter *f = mg_filter_new(&spec, (const mg_index *const *)o->libraries.indexes,
                                 o->libraries.n, o->common.threads, &why);
    int code = MOLGLOT_OK;
    if (f) {
        code = find_passing(o, f, found, k, passed, err);
        mg_str_addf(&q->note, "%lld rows match", (long long)*passed);
    } else {
        mg_row_refuse(status, -1, "%s", why.message);
    }
    mg_filter_free(f);
    free(all);
    return code;
}

/* ---- InChIKeys ---- */

enum { KEYS_COMPUTED = 20000 }; /* rows without a stored one, at most; 0.25 ms each */

/* The row's InChIKey begins with the query. */
static bool has_key(const mg_index *x, int64_t row, const char *key, size_t n, int *computed) {
    const char *stored = mg_index_inchikey(x, row), *smiles = mg_index_smiles(x, row);
    if (*stored) return !strncasecmp(stored, key, n);
    if (!*smiles || *computed == KEYS_COMPUTED) return false;
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    char *own = mol ? mg_mol_inchikey(mol) : NULL;
    const bool same = own && !strncasecmp(own, key, n);
    free(own);
    mg_mol_free(mol);
    ++*computed;
    return same;
}

static int find_key(const search_options *o, mg_filter *filter, search_query *q, mg_found *found,
                    int k, int64_t *passed, molglot_error *err) {
    const size_t n = strcspn(q->text, " \t\r\n");
    int computed = 0, hits = 0;
    *passed = 0;
    for (int i = 0; i < k; i++) found[i] = (mg_found){.row = -1, .part = -1};
    for (int p = 0; p < o->libraries.n; p++) {
        const mg_index *x = o->libraries.indexes[p];
        for (int64_t row = 0; row < mg_index_size(x); row++) {
            if (cli_interrupted) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
            bool pass = has_key(x, row, q->text, n, &computed);
            if (pass && filter) mg_filter_rows(filter, &(int32_t){p}, &row, 1, &pass);
            if (!pass) continue;
            ++*passed;
            if (hits < k)
                found[hits++] = (mg_found){.row = row, .part = p, .score = 1, .cosine = NAN};
        }
    }
    if (computed == KEYS_COMPUTED)
        mg_str_addz(&q->note, "the index holds no InChIKeys (see `molglot index --inchikey`); "
                              "the first rows were looked at");
    else
        mg_str_addf(&q->note, "%lld rows have it", (long long)*passed);
    return MOLGLOT_OK;
}

/* ---- the command ---- */

/* Of words that the model does not know, only rows that hold them are hits; without one, nothing
 * was asked. */
static void judge_blind(search_queries *q, const answers *a) {
    for (size_t i = 0; i < q->rows.n; i++) {
        mg_found *found = a->found + i * (size_t)a->k;
        if (!q->rows.status[i].ok || !q->q[i].blind) continue;
        int n = 0;
        while (n < a->k && found[n].row >= 0 &&
               (found[n].name > 0 || found[n].words ||
                (found[n].meets.of && found[n].meets.met == found[n].meets.of)))
            n++;
        for (int h = n; h < a->k; h++) found[h].row = -1;
        if (!n && q->q[i].request && q->q[i].request->conditions)
            mg_str_addz(&q->q[i].note,
                        q->q[i].note.n ? "; no row meets all of it" : "no row meets all of it");
        else if (!n && q->q[i].told)
            mg_str_addf(&q->q[i].note, "%s; no row holds it", q->q[i].unknown.reason);
        else if (!n)
            q->rows.status[i] = q->q[i].unknown;
    }
}

/* Words whose best hit is called so were a name. */
static void note_names(const search_options *o, search_queries *q, const answers *a) {
    for (size_t i = 0; i < q->rows.n; i++) {
        const mg_found *best = &a->found[i * (size_t)a->k];
        search_query *query = &q->q[i];
        if (!q->rows.status[i].ok || query->kind != QUERY_WORDS || best->row < 0 ||
            !(best->why & MG_WHY_NAME) || best->name < .75f)
            continue;
        const mg_index *x = o->libraries.indexes[best->part];
        const char *id = mg_index_id(x, best->row), *smiles = mg_index_smiles(x, best->row);
        if (best->why & MG_WHY_SPELLING) {
            mg_str_addf(&query->note, "%sno such name; %s is spelt nearly so",
                        query->note.n ? "; " : "", *id ? id : smiles);
            continue;
        }
        query->kind = QUERY_NAME;
        query->what = "name";
        query->note.n = 0; /* the model need not know it */
        mg_str_addz(&query->note, "");
        if (*smiles) mg_str_addf(&query->note, "= %s", smiles);
    }
}

/* What was understood as conditions. */
static void note_understood(search_queries *q) {
    for (size_t i = 0; i < q->rows.n; i++) {
        search_query *query = &q->q[i];
        if (!q->rows.status[i].ok || !query->request) continue;
        mg_str_addz(&query->note, query->note.n ? "; " : "");
        mg_find_understood(query->request, &query->note);
    }
}

static bool make_groups(search_options *o, molglot_error *err) {
    if (!o->groups) o->groups = mg_groups_new(NULL, 0, err);
    return o->groups != NULL;
}

/* What the words that are no name ask of molecules. */
static int find_requests(search_options *o, search_queries *q, const mg_dictionary *d,
                         molglot_error *err) {
    if (o->soft || !strcmp(o->as, "name")) return MOLGLOT_OK;
    return make_groups(o, err) ? search_queries_request(q, o->groups, d, &o->libraries,
                                                        o->common.threads, &o->halt, err)
                               : mg_code_of(err, MOLGLOT_FAILED);
}

/* What the dictionary says of the queries; where there is none, nothing. */
static int look_up_names(search_options *o, cli_engine *engine, search_queries *q,
                         molglot_error *err) {
    cli_dictionary names;
    if (o->no_names || !search_queries_any_name(q) ||
        (strcmp(o->as, "auto") && strcmp(o->as, "name")))
        return find_requests(o, q, NULL, err);
    int code = cli_dictionary_open(&names, engine->bundle, &o->common, err);
    const bool both = !o->soft && strcmp(o->as, "name"); /* a name or a condition */
    if (!code && names.d && both && !make_groups(o, err)) code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code && names.d)
        code = search_queries_known(q, both ? o->groups : NULL, names.d, &o->halt, err);
    if (!code) code = find_requests(o, q, names.d, err);
    cli_dictionary_close(&names);
    return code;
}

/* Fewer hits than were asked for are said. */
static void say_few(const search_options *o, const search_queries *q, const answers *a) {
    for (size_t i = 0; i < q->rows.n; i++) {
        int n = 0;
        if (!q->rows.status[i].ok) continue;
        while (n < a->k && a->found[i * (size_t)a->k + (size_t)n].row >= 0) n++;
        if (n == o->k) continue;
        const int64_t passed = a->passed[i];
        if ((o->filtered || (o->must && q->q[i].request)) && passed >= 0)
            cli_say(&o->common, "%.60s: %lld rows pass the filters, %d hits of %d asked for",
                    q->q[i].text, (long long)passed, n, o->k);
        else
            cli_say(&o->common, "%.60s: %d hits of %d asked for", q->q[i].text, n, o->k);
    }
}

/* What puts the best hits of sentences in a new order; nothing where there are none. */
static int open_reranker(search_options *o, const cli_engine *engine, const search_queries *q,
                         cli_reranker *x, molglot_error *err) {
    bool any = false;
    *x = (cli_reranker){0};
    for (size_t i = 0; i < q->rows.n; i++)
        any |= q->rows.status[i].ok && q->q[i].kind == QUERY_WORDS && !q->q[i].smiles;
    if (o->no_rerank || !any) return MOLGLOT_OK;
    const int code = cli_reranker_open(x, engine, &o->common, o->no_names ? "" : NULL, o->groups,
                                       err);
    o->rerank = x->r;
    return code;
}

static int find_all(search_options *o, const cli_engine *engine, mg_filter *filter,
                    search_queries *q, answers *a, molglot_error *err) {
    cli_reranker reranker;
    int code = open_reranker(o, engine, q, &reranker, err);
    if (!code)
        code = find_ranked(o, filter, q, (size_t)mg_embedder_dim(engine->embedder), &o->halt, a,
                           err);
    cli_reranker_close(&reranker);
    for (size_t i = 0; i < q->rows.n && !code; i++) {
        mg_found *found = a->found + i * (size_t)a->k;
        if (q->rows.status[i].ok && q->q[i].kind == QUERY_PATTERN)
            code = find_pattern(o, &q->q[i], found, a->k, &q->rows.status[i], &a->passed[i], err);
        else if (q->rows.status[i].ok && q->q[i].kind == QUERY_KEY)
            code = find_key(o, filter, &q->q[i], found, a->k, &a->passed[i], err);
    }
    return code;
}

/* Answers the queries that were read. */
static int answer(search_options *o, cli_engine *engine, mg_filter *filter, search_output *out,
                  search_queries *q, molglot_error *err) {
    answers a = {0};
    int code = MOLGLOT_OK;
    if (!strcmp(o->as, "auto"))
        code = search_queries_name(q, &o->libraries, o->common.threads, &o->halt, err);
    if (!code) code = look_up_names(o, engine, q, err);
    if (!code) code = search_queries_embed(q, engine->embedder, &o->halt, err);
    const int64_t rows = code ? 0 : search_libraries_rows(&o->libraries);
    a.k = rows < o->k ? (int)(rows ? rows : 1) : o->k;
    a.found = calloc(q->rows.n * (size_t)a.k + 1, sizeof *a.found);
    a.passed = calloc(q->rows.n + 1, sizeof *a.passed);
    if (!code && (!a.found || !a.passed)) code = mg_no_memory(err, "%zu queries", q->rows.n);
    if (!code) code = find_all(o, engine, filter, q, &a, err);
    if (!code) judge_blind(q, &a);
    if (!code) note_names(o, q, &a);
    if (!code) note_understood(q);
    if (!code && !out->open) code = search_output_begin(out, engine, err);
    if (!code) code = search_output_add(out, q, a.found, a.k, err);
    if (!code) say_few(o, q, &a);
    if (!code && o->check_recall) {
        o->recall.k = o->k;
        o->recall.threads = o->common.threads;
        code = search_recall_add(&o->recall, &o->libraries, q,
                                 (size_t)mg_embedder_dim(engine->embedder), err);
    }
    free(a.found);
    free(a.passed);
    return code;
}

static void say_rejected(const search_options *o, const search_queries *q, int64_t before,
                         cli_rejects *rejects) {
    for (size_t i = 0; i < q->rows.n; i++)
        if (!q->rows.status[i].ok)
            cli_reject(&o->common, rejects, cli_input_name(&o->input), before + (int64_t)i + 1,
                       q->q[i].text, &q->rows.status[i]);
}

static int open_all(search_options *o, cli_engine *engine, mg_filter **filter, molglot_error *err) {
    mg_filter_spec *spec = &o->filter;
    spec->smarts = o->smarts;
    spec->not_smarts = o->not_smarts;
    spec->where = o->where;
    int code = search_libraries_open(&o->libraries, &o->common, engine, err);
    if (code || !o->filtered) return code;
    *filter = mg_filter_new(spec, (const mg_index *const *)o->libraries.indexes, o->libraries.n,
                            o->common.threads, err);
    return *filter ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* What was written before an interrupt is kept, beside what stood there. */
static int keep_partial(search_output *out, int code, molglot_error *err) {
    if (code != MOLGLOT_INTERRUPTED || !out->open || !out->before) return code;
    const int ended = search_output_end(out, NULL);
    return ended ? ended : mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
}

/* Queries batch by batch; *n: how many there were. */
static int run(search_options *o, cli_engine *engine, cli_rejects *rejects, int64_t *n,
               molglot_error *err) {
    mg_filter *filter = NULL;
    search_queries q = {0};
    cli_batches from = {.in = &o->input};
    search_output out = {.common = &o->common,
                         .libraries = &o->libraries,
                         .input = &o->input,
                         .format = o->format,
                         .output = o->output,
                         .q = &q};
    int code = open_all(o, engine, &filter, err);
    if (!code) cli_catch_interrupt(); /* before, nothing would be lost */
    while (!code && !cli_interrupted && !(code = search_queries_read(&q, &from, o->as, err)) &&
           q.rows.n) {
        code = answer(o, engine, filter, &out, &q, err);
        if (!code) say_rejected(o, &q, out.before, rejects);
        out.before += (int64_t)q.rows.n;
        search_queries_free(&q);
    }
    if (!code && cli_interrupted) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    code = code ? keep_partial(&out, code, err) : search_output_end(&out, err);
    if (!code && o->check_recall) search_recall_say(&o->recall, &o->libraries, &o->common);
    *n = out.before;
    search_queries_free(&q);
    search_output_free(&out);
    cli_batches_close(&from);
    mg_filter_free(filter);
    mg_groups_free(o->groups);
    return code;
}

static int is_interrupted(void *user, int64_t done, int64_t total) {
    (void)user, (void)done, (void)total;
    return cli_interrupted;
}

int cmd_search(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_queries_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "LIBRARY... [QUERY...]",
        "Ranks the rows of one LIBRARY or several (indexes, or files of molecules) by each QUERY: "
        "a "
        "sentence, a name, a SMILES. By default what a row's molecule is, what its text says and "
        "what it is called count together; column `why` says what found it.\v"
        "Example:\n"
        "  molglot index examples/library.tsv -o library.idx\n"
        "  molglot search library.idx \"a fatty acid with two double bonds\" -k 5\n"
        "  molglot search library.idx aspirin -k 3\n"
        "  molglot search library.idx 'CC(=O)Oc1ccccc1C(=O)O' -o hits.html\n"
        "  molglot search library.idx \"a pain killer\" --smarts 'C(=O)[OX2H1]' --max-weight 300\n"
        "  molglot search library.idx -i examples/library.tsv -k 1 -o hits.tsv\n"
        "  molglot search library.idx - -f jsonl < examples/queries.txt\n"
        "\n"
        "Scores rank, they are no probabilities. Libraries of up to some thousand rows are "
        "searched "
        "exactly; larger ones by codes first, which --check-recall measures: docs/search.md.",
        children,
        NULL,
        NULL};
    search_options o = {.input = cli_input_default("QUERY", CLI_EITHER),
                        .k = 10,
                        .as = "auto",
                        .halt = {.on_progress = is_interrupted},
                        .recall = {.on_progress = is_interrupted},
                        .filter = {.min_similarity = .6}};
    o.input.questions = true;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "table");
    molglot_error err = {0};
    cli_engine engine = {0};
    cli_rejects rejects = cli_rejects_of(&o.input);
    int64_t n = 0;
    code = cli_sheet_check(format, NULL, &err);
    if (!code) code = cli_engine_open(&engine, &o.common, 0, &err);
    if (!code) code = run(&o, &engine, &rejects, &n, &err);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, n);
    else
        cli_fail(&err);
    search_libraries_close(&o.libraries);
    cli_engine_close(&engine);
    free(o.smarts);
    free(o.not_smarts);
    free(o.where);
    return code;
}
