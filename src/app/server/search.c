/* search.c - /v1/search: the best rows of an index for sentences, names and molecules.
 *
 * Requests that wait together and differ in their queries alone go through the model and over the
 * rows together: one molglot_find_many for all of them, cut apart again behind it. Whose client
 * left or whose time is over is answered at once; when nobody is left, the search ends. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- shapes ---- */

#define PATTERNS(is, says)                                                 \
    {                                                                      \
        .name = is, .type = SRV_ARRAY, .what = says, .low = 0, .high = 20, \
        SRV_ENTRY(.type = SRV_STRING, .low = 1, .high = 2000)              \
    }
static const srv_shape filters[] = {
    PATTERNS("substructure", "SMARTS: all of them must be there"),
    PATTERNS("not_substructure", "SMARTS: none of them may be there"),
    {.name = "min_weight", .type = SRV_NUMBER, .what = "g/mol", .low = 0, .high = 1e6},
    {.name = "max_weight", .type = SRV_NUMBER, .what = "g/mol", .low = 0, .high = 1e6},
    {.name = "formula", .type = SRV_STRING, .what = "C9H8O4", .low = 1, .high = 200},
    {.name = "elements",
     .type = SRV_STRING,
     .what = "CNO: no others but hydrogen",
     .low = 1,
     .high = 200},
    {.name = "without_elements",
     .type = SRV_STRING,
     .what = "none of these",
     .low = 1,
     .high = 200},
    {.name = "similar",
     .type = SRV_STRING,
     .what = "SMILES of a molecule to be alike to",
     .low = 1,
     .high = 5000},
    {.name = "min_similarity",
     .type = SRV_NUMBER,
     .what = "Tanimoto of Morgan fingerprints (0.6)",
     .low = 0,
     .high = 1},
    PATTERNS("where", "conditions on columns of the index: pIC50 > 6")};
const srv_shape srv_takes_search = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "queries",
                 .type = SRV_ARRAY,
                 .what = "what to look for",
                 .low = 1,
                 .high = 256,
                 .required = true,
                 SRV_ENTRY(.type = SRV_QUERY,
                           .what = "a sentence, a name, a SMILES; an object says which")},
                {.name = "index",
                 .type = SRV_STRING,
                 .what = "its name (GET /v1/indexes); left out: all of them",
                 .low = 1,
                 .high = 300},
                {.name = "k",
                 .type = SRV_INTEGER,
                 .what = "hits of each query",
                 .low = 1,
                 .high = 1000,
                 .normal = "10"},
                {.name = "offset",
                 .type = SRV_INTEGER,
                 .what = "best hits to leave out; pages of an index with codes may share a hit",
                 .low = 0,
                 .high = 9000,
                 .normal = "0"},
                {.name = "by",
                 .type = SRV_STRING,
                 .what = "what rows are compared by",
                 .choices = "auto|molecule|text|name",
                 .normal = "\"auto\""},
                {.name = "min_score",
                 .type = SRV_NUMBER,
                 .what = "hits below it are left out",
                 .low = -1,
                 .high = 1},
                {.name = "must",
                 .type = SRV_BOOLEAN,
                 .what = "rows that miss a condition the words make are no hits",
                 .normal = "false"},
                {.name = "soft",
                 .type = SRV_BOOLEAN,
                 .what = "conditions of the words are not checked",
                 .normal = "false"},
                {.name = "names",
                 .type = SRV_BOOLEAN,
                 .what = "a name of the dictionary finds its molecule",
                 .normal = "true"},
                {.name = "rerank",
                 .type = SRV_BOOLEAN,
                 .what = "the best hits of a sentence in the order of the re-ranker",
                 .normal = "true"},
                {.name = "filter",
                 .type = SRV_OBJECT,
                 .what = "only rows with all of these are hits",
                 .n = SRV_COUNT(filters),
                 .of = filters},
                SRV_TIMEOUT)};

static const srv_shape hit[] = {
    {.name = "rank", .type = SRV_INTEGER, .required = true},
    {.name = "score", .type = SRV_NUMBER, .required = true, .what = "what the order goes by"},
    {.name = "cosine",
     .type = SRV_NUMBER,
     .required = true,
     .nullable = true,
     .what = "of query and row: it ranks, it is no probability"},
    {.name = "index", .type = SRV_STRING, .required = true},
    {.name = "peer", .type = SRV_STRING, .what = "of a server with peers: the one that has it"},
    {.name = "row", .type = SRV_INTEGER, .required = true, .what = "of the index, from 0"},
    {.name = "molecule",
     .type = SRV_STRING,
     .what = "16 hexadecimal digits that equal molecules share, however they are written"},
    {.name = "id", .type = SRV_STRING, .required = true},
    {.name = "smiles", .type = SRV_STRING, .required = true},
    {.name = "text", .type = SRV_STRING, .required = true},
    {.name = "why", .type = SRV_STRING, .required = true, .what = "name, text: words, molecule"},
    {.name = "met",
     .type = SRV_INTEGER,
     .required = true,
     .what = "conditions of the words that it meets"},
    {.name = "of", .type = SRV_INTEGER, .required = true, .what = "conditions that the words make"},
    {.name = "fails", .type = SRV_STRING, .required = true, .what = "what it does not meet"},
    {.name = "columns", .type = SRV_ANY, .what = "further columns of the row, by name"}};
static const srv_shape result[] = {
    {.name = "status", .type = SRV_STRING, .choices = "ok|rejected", .required = true},
    {.name = "error",
     .type = SRV_OBJECT,
     SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},
                 {.name = "message", .type = SRV_STRING, .required = true},
                 {.name = "offset", .type = SRV_INTEGER})},
    {.name = "hits",
     .type = SRV_ARRAY,
     .required = true,
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(hit), .of = hit)},
    {.name = "next_offset",
     .type = SRV_INTEGER,
     .nullable = true,
     .required = true,
     .what = "null: there are no more"}};
const srv_shape srv_gives_search = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "model", .type = SRV_STRING, .what = "sha256 of the model that made the scores"},
        SRV_PEERS_MEMBERS,
        {.name = "results",
         .type = SRV_ARRAY,
         .what = "one a query, in its order",
         .required = true,
         SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(result), .of = result)},
        {.name = "timings_ms",
         .type = SRV_OBJECT,
         .required = true,
         SRV_MEMBERS({.name = "queue", .type = SRV_NUMBER, .required = true},
                     {.name = "search", .type = SRV_NUMBER, .required = true})})};
const srv_shape srv_takes_understand = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "texts",
                 .type = SRV_ARRAY,
                 .what = "sentences",
                 .low = 1,
                 .high = 256,
                 .required = true,
                 SRV_ENTRY(.type = SRV_STRING, .low = 1, .high = 20000)})};
static const srv_shape condition[] = {
    {.name = "says", .type = SRV_STRING, .required = true, .what = "no halogen"},
    {.name = "begin",
     .type = SRV_INTEGER,
     .required = true,
     .what = "byte of the words that say it"},
    {.name = "end", .type = SRV_INTEGER, .required = true, .what = "byte behind"}};
static const srv_shape understood[] = {
    {.name = "asked",
     .type = SRV_ARRAY,
     .what = "conditions that can be checked",
     .required = true,
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(condition), .of = condition)},
    {.name = "left", .type = SRV_STRING, .what = "words that none of it used", .required = true},
    {.name = "unknown",
     .type = SRV_ARRAY,
     .what = "of them, the first that the model does not know: answers lean on the others",
     .required = true,
     SRV_ENTRY(.type = SRV_STRING)}};
const srv_shape srv_gives_understand = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "results",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(understood), .of = understood)})};

/* ---- what a request asks ---- */

bool srv_search_together(const srv_job *a, const srv_job *b) {
    const char *name;
    json_t *v;
    if (strcmp(a->key, b->key) || a->from_front != b->from_front) return false;
    if (json_object_size(a->args) != json_object_size(b->args)) return false;
    json_object_foreach(a->args, name, v) {
        if (strcmp(name, "queries") && strcmp(name, "timeout_s") &&
            !json_equal(v, json_object_get(b->args, name)))
            return false;
    }
    return true;
}

enum { MOST_PATTERNS = 20 };
typedef struct patterns {
    const char *smarts[MOST_PATTERNS], *not_smarts[MOST_PATTERNS], *where[MOST_PATTERNS];
} patterns;

static int list_of(const json_t *filter, const char *name, const char **out) {
    const json_t *list = json_object_get(filter, name);
    const size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < MOST_PATTERNS; i++)
        out[i] = json_string_value(json_array_get(list, i));
    return (int)n;
}

static molglot_find_options options_of(const json_t *args, patterns *p) {
    static const char *const by[] = {"auto", "molecule", "text", "name"};
    molglot_find_options o = molglot_find_options_default();
    const json_t *f = json_object_get(args, "filter");
    o.k = (int)srv_number_of(args, "k", 10);
    o.offset = (size_t)srv_number_of(args, "offset", 0);
    for (int i = 0; i < (int)SRV_COUNT(by); i++)
        if (!strcmp(by[i], srv_string_of(args, "by"))) o.by = i;
    o.must = srv_true(args, "must");
    o.soft = srv_true(args, "soft");
    o.no_names = !srv_true(args, "names");
    o.no_rerank = !srv_true(args, "rerank");
    o.n_smarts = list_of(f, "substructure", p->smarts);
    o.n_not_smarts = list_of(f, "not_substructure", p->not_smarts);
    o.n_where = list_of(f, "where", p->where);
    o.smarts = p->smarts;
    o.not_smarts = p->not_smarts;
    o.where = p->where;
    o.min_weight = srv_number_of(f, "min_weight", 0);
    o.max_weight = srv_number_of(f, "max_weight", 0);
    o.formula = srv_string_of(f, "formula");
    o.elements = srv_string_of(f, "elements");
    o.without_elements = srv_string_of(f, "without_elements");
    o.similar = srv_string_of(f, "similar");
    o.min_similarity = srv_number_of(f, "min_similarity", o.min_similarity);
    return o;
}

/* A query as a string that molglot_find reads; NULL: row says why not. */
static char *query_of(mg_server *s, const json_t *v, molglot_row_status *row) {
    *row = (molglot_row_status){.ok = 1, .offset = -1};
    const char *text = json_is_string(v) ? json_string_value(v) : srv_string_of(v, "text");
    if (!text) text = srv_string_of(v, "name");
    if (!text) { /* what is called a molecule has to be one */
        char *smiles = srv_molecule(s, v, row);
        molglot_standard standard = {.size = sizeof standard};
        molglot_error err;
        const bool is = smiles && !molglot_standardise(smiles, &standard, row, &err);
        if (is)
            molglot_standard_free(&standard);
        else {
            free(smiles);
            smiles = NULL;
        }
        return smiles;
    }
    return strchr(text, '\n') ? srv_molecule(s, v, row) : strdup(text);
}

/* ---- answers ---- */

static json_t *columns_of(const molglot_index *x, size_t row) {
    const char *const *names;
    const int n = molglot_index_columns(x, &names);
    json_t *o = n ? json_object() : NULL;
    for (int i = 0; i < n; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s", names[i]);
        srv_set(o, name, srv_text(molglot_index_cell(x, row, i)));
    }
    return o;
}

static json_t *hit_of(const mg_server *s, const molglot_found *f, int index, size_t rank) {
    const molglot_index *x = s->indexes[index];
    const size_t row = (size_t)f->row;
    json_t *o = json_object();
    srv_set(o, "rank", json_integer((json_int_t)rank));
    srv_set(o, "score", srv_number((double)f->score));
    srv_set(o, "cosine", srv_number((double)f->cosine));
    srv_set(o, "index", srv_text(s->names[index]));
    srv_set(o, "row", json_integer(f->row));
    srv_set(o, "id", srv_text(molglot_index_id(x, row)));
    srv_set(o, "smiles", srv_text(molglot_index_smiles(x, row)));
    srv_set(o, "text", srv_text(molglot_index_text(x, row)));
    const uint64_t molecule = molglot_index_molecule(x, row);
    if (molecule) {
        char digits[17];
        snprintf(digits, sizeof digits, "%016llx", (unsigned long long)molecule);
        srv_set(o, "molecule", json_string(digits));
    }
    srv_set(o, "why", srv_text(f->why));
    srv_set(o, "met", json_integer(f->met));
    srv_set(o, "of", json_integer(f->of));
    srv_set(o, "fails", srv_text(f->fails));
    srv_set(o, "columns", columns_of(x, row));
    return o;
}

static json_t *result_of(const mg_server *s, const srv_job *j, int index,
                         const molglot_found *found, size_t n, const molglot_row_status *row) {
    const double least = srv_number_of(j->args, "min_score", -2);
    const size_t offset = (size_t)srv_number_of(j->args, "offset", 0),
                 k = (size_t)srv_number_of(j->args, "k", 10);
    json_t *o = json_object(), *hits = json_array();
    bool more = n == k;
    for (size_t i = 0; i < n; i++) {
        if ((double)found[i].score < least) {
            more = false;
            continue;
        }
        (void)json_array_append_new(
            hits, hit_of(s, &found[i], index >= 0 ? index : found[i].index, offset + i + 1));
    }
    srv_set(o, "status", json_string(row->ok ? "ok" : "rejected"));
    if (!row->ok) {
        json_t *e = srv_rejected(row);
        srv_set(e, "code", json_string("bad_query"));
        srv_set(o, "error", e);
    }
    srv_set(o, "hits", hits);
    srv_set(o, "next_offset", more ? json_integer((json_int_t)(offset + k)) : json_null());
    return o;
}

/* ---- running ---- */

typedef struct asked {
    size_t n; /* queries of all jobs */
    char **queries;
    molglot_found **found;
    size_t *counts;
    molglot_row_status *read, *status; /* of reading the request, of the search */
    const char **given;                /* [n] what is searched */
} asked;

static bool make_room(asked *a, srv_job **jobs, size_t n_jobs) {
    for (size_t i = 0; i < n_jobs; i++)
        a->n += json_array_size(json_object_get(jobs[i]->args, "queries"));
    a->queries = calloc(a->n, sizeof *a->queries);
    a->found = calloc(a->n, sizeof *a->found);
    a->counts = calloc(a->n, sizeof *a->counts);
    a->read = calloc(a->n, sizeof *a->read);
    a->status = calloc(a->n, sizeof *a->status);
    a->given = calloc(a->n, sizeof *a->given);
    return a->queries && a->found && a->counts && a->read && a->status && a->given;
}

static void free_room(asked *a) {
    for (size_t i = 0; i < a->n; i++) {
        if (a->queries && a->queries[i]) {
            explicit_bzero(a->queries[i], strlen(a->queries[i]));
            free(a->queries[i]);
        }
        if (a->found) molglot_found_free(a->found[i], a->counts[i]);
    }
    free(a->queries);
    free(a->found);
    free(a->counts);
    free(a->read);
    free(a->status);
    free(a->given);
}

static void read_queries(mg_server *s, asked *a, srv_job **jobs, size_t n_jobs) {
    size_t at = 0, i;
    json_t *v;
    for (size_t k = 0; k < n_jobs; k++)
        json_array_foreach(json_object_get(jobs[k]->args, "queries"), i, v) {
            a->queries[at] = query_of(s, v, &a->read[at]);
            a->given[at] = a->queries[at] ? a->queries[at] : "";
            at++;
        }
}

static void answer(mg_server *s, const asked *a, srv_job **jobs, size_t n_jobs, int index,
                   double ms) {
    size_t at = 0;
    molglot_error none;
    const char *model = molglot_model_sha256(s->model, &none);
    for (size_t k = 0; k < n_jobs; k++) {
        const size_t n = json_array_size(json_object_get(jobs[k]->args, "queries"));
        if (jobs[k]->ended || srv_job_stopped(jobs[k])) {
            at += n;
            if (!jobs[k]->ended) srv_job_fail_of(jobs[k], NULL);
            continue;
        }
        json_t *results = json_array(), *timings = json_object();
        for (size_t i = 0; i < n; i++, at++) {
            const molglot_row_status *row = a->read[at].ok ? &a->status[at] : &a->read[at];
            if (!row->ok) atomic_fetch_add(&s->metrics.rejected, 1);
            (void)json_array_append_new(results, result_of(s, jobs[k], index, a->found[at],
                                                           row->ok ? a->counts[at] : 0, row));
        }
        srv_set(timings, "queue", srv_number(jobs[k]->queued_ms));
        srv_set(timings, "search", srv_number(ms));
        jobs[k]->answer = json_object();
        srv_set(jobs[k]->answer, "results", results);
        srv_set(jobs[k]->answer, "timings_ms", timings);
        srv_set(jobs[k]->answer, "model", json_string(model ? model : ""));
    }
}

static void fail_all(srv_job **jobs, size_t n, const molglot_error *err) {
    for (size_t i = 0; i < n; i++)
        if (!jobs[i]->ended) srv_job_fail_of(jobs[i], err);
}

void srv_run_search(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    const double began = srv_now();
    molglot_error err = {.code = MOLGLOT_NO_MEMORY, .message = "out of memory"};
    asked a = {0};
    patterns p;
    const char *name = srv_string_of(jobs[0]->args, "index");
    const int index = name ? srv_index_named(s, name) : -1;
    if (!s->o.n_indexes || (name && index < 0)) {
        for (size_t i = 0; i < n; i++)
            srv_job_fail(jobs[i], 404, "no_such_index", "index", -1,
                         s->o.n_indexes ? "there is no index of this name"
                                        : "the server has no index: molglot serve library.idx");
        return;
    }
    const bool room = make_room(&a, jobs, n);
    molglot_session *session = room ? srv_hand_session(h, &err) : NULL;
    if (session) {
        read_queries(s, &a, jobs, n);
        molglot_find_options o = options_of(jobs[0]->args, &p);
        o.on_progress = srv_jobs_progress;
        o.user = &(srv_jobs){jobs, n};
        const molglot_index *const *indexes = (const molglot_index *const *)s->indexes;
        const int code = molglot_find_many(session, index >= 0 ? indexes + index : indexes,
                                           index >= 0 ? 1 : (size_t)s->o.n_indexes, a.given, a.n,
                                           &o, a.found, a.counts, a.status, &err);
        if (code) session = NULL;
    }
    if (session)
        answer(s, &a, jobs, n, index, 1000 * (srv_now() - began));
    else
        fail_all(jobs, n, &err);
    free_room(&a);
}

/* ---- what a request is understood as ---- */

/* "zorbly, blurgic" as a list. */
static json_t *words_of(const char *list) {
    json_t *words = json_array();
    for (const char *at = list, *end; *at; at = end + strspn(end, ", ")) {
        end = strstr(at, ", ");
        if (!end) end = at + strlen(at);
        (void)json_array_append_new(words, json_stringn(at, (size_t)(end - at)));
    }
    return words;
}

static json_t *understood_of(molglot_session *session, const char *text, molglot_error *err) {
    molglot_condition *list = NULL;
    size_t n = 0;
    char *says = NULL, *left = NULL, *unknown = NULL;
    int code = molglot_conditions(session, text, &list, &n, err);
    if (!code) code = molglot_understand(session, text, &says, &left, err);
    if (!code) code = molglot_unknown_words(session, text, &unknown, err);
    json_t *o = code ? NULL : json_object(), *conditions = code ? NULL : json_array();
    for (size_t i = 0; i < n && !code; i++) {
        json_t *c = json_object();
        srv_set(c, "says", srv_text(list[i].says));
        srv_set(c, "begin", json_integer((json_int_t)list[i].begin));
        srv_set(c, "end", json_integer((json_int_t)list[i].end));
        (void)json_array_append_new(conditions, c);
    }
    if (!code) {
        srv_set(o, "asked", conditions);
        srv_set(o, "left", srv_text(left ? left : ""));
        srv_set(o, "unknown", words_of(unknown));
    }
    molglot_conditions_free(list, n);
    molglot_free(unknown);
    free(says);
    free(left);
    return o;
}

void srv_run_understand(srv_hand *h, srv_job **jobs, size_t n) {
    molglot_error err = {.code = MOLGLOT_OK};
    for (size_t k = 0; k < n; k++) {
        json_t *results = json_array(), *v;
        size_t i;
        molglot_session *session = srv_hand_session(h, &err);
        bool ok = session != NULL;
        json_array_foreach(json_object_get(jobs[k]->args, "texts"), i, v) {
            json_t *o = ok ? understood_of(session, json_string_value(v), &err) : NULL;
            if (o)
                (void)json_array_append_new(results, o);
            else
                ok = false;
        }
        jobs[k]->answer = json_object();
        srv_set(jobs[k]->answer, "results", results);
        if (!ok) srv_job_fail_of(jobs[k], &err);
    }
}
