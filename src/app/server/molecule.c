/* molecule.c - molecules of a request, and what needs no model: pictures, standard forms, facts,
 * names. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- molecules of a request ---- */

static void refuse(molglot_row_status *row, const char *reason) {
    row->ok = 0;
    row->offset = -1;
    snprintf(row->reason, sizeof row->reason, "%.119s", reason);
}

static char *of_name(mg_server *s, const char *name, molglot_row_status *row) {
    molglot_name *hits = NULL;
    size_t n = 0;
    molglot_error err;
    char *out = NULL;
    if (molglot_names_find(s->model, name, 1, 0, &hits, &n, &err))
        refuse(row, "the model has no dictionary of names");
    else if (!n)
        refuse(row, "no molecule of this name is known");
    else if (!(out = strdup(hits[0].smiles)))
        refuse(row, "out of memory");
    molglot_names_free(hits, n);
    return out;
}

/* A lone string: a SMILES or molfile, else a name of the dictionary; the SMILES' reason otherwise.
 */
static char *of_string(mg_server *s, const char *string, molglot_row_status *row) {
    molglot_standard standard = {.size = sizeof standard};
    molglot_error err;
    molglot_row_status other = {.ok = 1, .offset = -1};
    if (!molglot_standardise(string, &standard, row, &err)) {
        molglot_standard_free(&standard);
        return strdup(string);
    }
    char *named = of_name(s, string, &other);
    if (named)
        *row = other;
    else if (!strncmp(row->reason, "looks like a name", strlen("looks like a name")))
        refuse(row, "neither a molecule nor a name in the dictionary");
    return named;
}

char *srv_structure(mg_server *s, const json_t *v, molglot_row_status *row) {
    *row = (molglot_row_status){.ok = 1, .offset = -1};
    if (json_is_string(v)) return of_string(s, json_string_value(v), row);
    const char *name = srv_string_of(v, "name"), *smiles = srv_string_of(v, "smiles"),
               *molfile = srv_string_of(v, "molfile");
    if (name) return of_name(s, name, row);
    if (molfile && !strchr(molfile, '\n')) {
        *row = (molglot_row_status){.offset = -1};
        snprintf(row->reason, sizeof row->reason, "no molfile: it has one line");
        return NULL;
    }
    return strdup(smiles ? smiles : molfile ? molfile : "");
}

char *srv_molecule(mg_server *s, const json_t *v, molglot_row_status *row) {
    char *structure = srv_structure(s, v, row);
    if (!structure || !strchr(structure, '\n')) return structure;
    molglot_standard standard = {.size = sizeof standard};
    molglot_error err;
    char *smiles = NULL;
    if (!molglot_standardise(structure, &standard, row, &err)) {
        smiles = strdup(standard.smiles);
        molglot_standard_free(&standard);
    }
    free(structure);
    return smiles;
}

json_t *srv_rejected(const molglot_row_status *row) {
    json_t *e = json_object();
    srv_set(e, "code", json_string("bad_molecule"));
    srv_set(e, "message", srv_text(row->reason));
    if (row->offset >= 0) srv_set(e, "offset", json_integer(row->offset));
    return e;
}

/* ---- lists in, lists out ---- */

#define MOLECULES                                                                                \
    {                                                                                            \
        .name = "molecules", .type = SRV_ARRAY, .what = "the molecules", .low = 1, .high = 1024, \
        .required = true,                                                                        \
        SRV_ENTRY(.type = SRV_MOLECULE,                                                          \
                  .what = "a SMILES, a molfile or a name of the dictionary; an object "          \
                          "says which")                                                          \
    }
#define STATUS                                                                                    \
    {.name = "status",                                                                            \
     .type = SRV_STRING,                                                                          \
     .what = "what became of the molecule",                                                       \
     .choices = "ok|rejected",                                                                    \
     .required = true},                                                                           \
    {                                                                                             \
        .name = "error", .type = SRV_OBJECT, .what = "why it was rejected",                       \
        SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},                       \
                    {.name = "message", .type = SRV_STRING, .required = true},                    \
                    {.name = "offset", .type = SRV_INTEGER, .what = "byte where reading failed"}) \
    }
#define RESULTS(members)                                                                     \
    {                                                                                        \
        .type = SRV_OBJECT,                                                                  \
        SRV_MEMBERS({.name = "results",                                                      \
                     .type = SRV_ARRAY,                                                      \
                     .required = true,                                                       \
                     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(members), .of = members)}) \
    }

/* What fills a result; false: row or err says why not. */
typedef bool (*fill)(mg_server *s, const srv_job *j, const char *structure, json_t *result,
                     molglot_row_status *row);

static void run_list(mg_server *s, srv_job *j, fill f) {
    const json_t *list = json_object_get(j->args, "molecules");
    json_t *results = json_array();
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)(uintptr_t)list, i, v) {
        molglot_row_status row;
        json_t *result = json_object();
        char *structure = srv_structure(s, v, &row);
        const bool ok = structure && f(s, j, structure, result, &row);
        free(structure);
        if (!ok) {
            json_object_clear(result);
            if (row.ok) refuse(&row, "out of memory");
            atomic_fetch_add(&s->metrics.rejected, 1);
            srv_set(result, "error", srv_rejected(&row));
        }
        srv_set(result, "status", json_string(ok ? "ok" : "rejected"));
        (void)json_array_append_new(results, result);
        if (srv_job_stopped(j)) break;
    }
    j->answer = json_object();
    srv_set(j->answer, "results", results);
    const json_t *first = json_array_get(results, 0), *error = json_object_get(first, "error");
    char message[256];
    snprintf(message, sizeof message, "%s", error ? srv_string_of(error, "message") : "");
    if (srv_job_stopped(j))
        srv_job_fail_of(j, NULL);
    else if (error && json_array_size(list) == 1) /* nothing else is to be said */
        srv_job_fail(j, 422, "bad_molecule", "molecules[0]",
                     (int)srv_number_of(error, "offset", -1), message);
}

/* ---- depict ---- */

const srv_shape srv_takes_depict = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(MOLECULES,
                {.name = "width",
                 .type = SRV_INTEGER,
                 .what = "pixels",
                 .low = 40,
                 .high = 2000,
                 .normal = "260"},
                {.name = "height",
                 .type = SRV_INTEGER,
                 .what = "pixels",
                 .low = 40,
                 .high = 2000,
                 .normal = "200"},
                {.name = "highlight",
                 .type = SRV_ARRAY,
                 .what = "atoms to colour, from 0, of each molecule",
                 .low = 0,
                 .high = 1000,
                 SRV_ENTRY(.type = SRV_INTEGER, .low = 0, .high = 100000)})};
static const srv_shape depicted[] = {
    STATUS, {.name = "svg", .type = SRV_STRING, .what = "the drawing, without a background"}};
const srv_shape srv_gives_depict = RESULTS(depicted);

static bool fill_depict(mg_server *s, const srv_job *j, const char *structure, json_t *result,
                        molglot_row_status *row) {
    (void)s;
    molglot_depict_options o = molglot_depict_options_default();
    molglot_error err;
    const json_t *list = json_object_get(j->args, "highlight");
    int32_t atoms[1000];
    o.width = (int)srv_number_of(j->args, "width", 260);
    o.height = (int)srv_number_of(j->args, "height", 200);
    o.transparent = 1;
    o.highlight = atoms;
    for (size_t i = 0; i < json_array_size(list) && i < SRV_COUNT(atoms); i++)
        atoms[o.n_highlight++] = (int32_t)json_integer_value(json_array_get(list, i));
    char *svg;
    size_t n;
    const int code = molglot_depict(structure, &o, &svg, &n, row, &err);
    if (code && row->ok) refuse(row, err.message);
    if (code) return false;
    srv_set(result, "svg", srv_text(svg));
    molglot_free(svg);
    return true;
}

void srv_run_depict(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) run_list(h->server, jobs[i], fill_depict);
}

/* ---- standardise ---- */

const srv_shape srv_takes_standardise = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(MOLECULES, {.name = "molfile",
                            .type = SRV_BOOLEAN,
                            .what = "a molfile with a layout, too",
                            .normal = "false"})};
static const srv_shape standardised[] = {
    STATUS,
    {.name = "smiles", .type = SRV_STRING, .what = "canonical, with stereo"},
    {.name = "inchikey", .type = SRV_STRING, .nullable = true, .what = "null: InChI has none"},
    {.name = "formula", .type = SRV_STRING},
    {.name = "weight", .type = SRV_NUMBER, .what = "g/mol"},
    {.name = "molfile", .type = SRV_STRING}};
const srv_shape srv_gives_standardise = RESULTS(standardised);

static bool fill_standard(mg_server *s, const srv_job *j, const char *structure, json_t *result,
                          molglot_row_status *row) {
    (void)s;
    molglot_standard x = {.size = sizeof x};
    molglot_error err;
    if (molglot_standardise(structure, &x, row, &err)) {
        if (row->ok) refuse(row, err.message);
        return false;
    }
    srv_set(result, "smiles", srv_text(x.smiles));
    srv_set(result, "inchikey", srv_text(x.inchikey));
    srv_set(result, "formula", srv_text(x.formula));
    srv_set(result, "weight", srv_number(x.weight));
    molglot_standard_free(&x);
    char *molfile = NULL;
    if (srv_true(j->args, "molfile") && !molglot_molfile(structure, &molfile, row, &err))
        srv_set(result, "molfile", srv_text(molfile));
    molglot_free(molfile);
    return true;
}

void srv_run_standardise(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) run_list(h->server, jobs[i], fill_standard);
}

/* ---- describe ---- */

const srv_shape srv_takes_describe = {.type = SRV_OBJECT, SRV_MEMBERS(MOLECULES)};
static const srv_shape described[] = {
    STATUS,
    {.name = "smiles", .type = SRV_STRING, .what = "as it was read"},
    {.name = "facts",
     .type = SRV_ANY,
     .what = "formula, groups and rings with their atoms, stereo, numbers, a paragraph: all "
             "computed (molglot describe -f json)"}};
const srv_shape srv_gives_describe = RESULTS(described);

static bool fill_facts(mg_server *s, const srv_job *j, const char *structure, json_t *result,
                       molglot_row_status *row) {
    (void)j;
    molglot_error err;
    char *text = NULL;
    if (molglot_describe(s->groups, structure, MOLGLOT_FACTS_JSON, &text, row, &err)) {
        if (row->ok) refuse(row, err.message);
        return false;
    }
    srv_set(result, "smiles", srv_text(structure));
    srv_set(result, "facts", json_loads(text, 0, NULL));
    molglot_free(text);
    return json_object_get(result, "facts") != NULL;
}

void srv_run_describe(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) run_list(h->server, jobs[i], fill_facts);
}

/* ---- triage ---- */

const srv_shape srv_takes_triage = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        MOLECULES,
        {.name = "nearest",
         .type = SRV_STRING,
         .what = "where the nearest known molecule is looked for: the name of an index, all (every "
                 "index of molecules), memory (the model's own); left out: nowhere",
         .low = 1,
         .high = 300})};
static const srv_shape triaged[] = {
    STATUS,
    {.name = "smiles", .type = SRV_STRING, .what = "as it was read"},
    {.name = "alerts", .type = SRV_STRING, .what = "structural alerts (PAINS, Brenk), by name"},
    {.name = "n_alerts", .type = SRV_INTEGER, .what = "how many"},
    {.name = "qed", .type = SRV_NUMBER, .what = "drug-likeness, 0 to 1"},
    {.name = "sa", .type = SRV_NUMBER, .what = "1 (easy to make) to 10"},
    {.name = "control_list",
     .type = SRV_STRING,
     .what = "no match, match: ... or near: ...; no match is no clearance"},
    {.name = "nearest_id", .type = SRV_STRING, .nullable = true, .what = "null: there is none"},
    {.name = "nearest_smiles", .type = SRV_STRING, .nullable = true},
    {.name = "nearest_tanimoto",
     .type = SRV_NUMBER,
     .nullable = true,
     .what = "of Morgan fingerprints, 0 to 1"},
    {.name = "nearest_cosine", .type = SRV_NUMBER, .nullable = true},
    {.name = "nearest_index", .type = SRV_STRING, .nullable = true, .what = "its name"},
    {.name = "nearest_row", .type = SRV_INTEGER, .nullable = true, .what = "of the index, from 0"}};
const srv_shape srv_gives_triage = RESULTS(triaged);

/* Where the nearest known molecule of a job is looked for. */
typedef struct known {
    molglot_session *session; /* NULL: nowhere */
    const molglot_index **indexes;
    int *of; /* [n] which of the server's each is */
    size_t n;
} known;

static bool find_known(srv_hand *h, srv_job *j, known *k) {
    const mg_server *s = h->server;
    const char *where = srv_string_of(j->args, "nearest");
    const int one = where ? srv_index_named(s, where) : -1;
    const bool all = where && one < 0 && !strcmp(where, "all");
    molglot_error err = {.code = MOLGLOT_NO_MEMORY, .message = "out of memory"};
    if (!where) return true;
    if (one < 0 && !all && strcmp(where, "memory")) {
        srv_job_fail(j, 404, "no_such_index", "nearest", -1,
                     "there is no index of this name, and it is neither all nor memory");
        return false;
    }
    k->indexes = calloc((size_t)s->o.n_indexes + 1, sizeof *k->indexes);
    k->of = calloc((size_t)s->o.n_indexes + 1, sizeof *k->of);
    for (int i = 0; i < s->o.n_indexes && k->indexes && k->of; i++) {
        const bool molecules = molglot_index_side(s->indexes[i]) == MOLGLOT_MOLECULES;
        if (i != one && !(all && molecules)) continue;
        k->of[k->n] = i;
        k->indexes[k->n++] = s->indexes[i];
    }
    if (all && !k->n) {
        srv_job_fail(j, 404, "no_such_index", "nearest", -1,
                     "the server has no index of molecules: molglot serve library.idx");
        return false;
    }
    k->session = k->indexes && k->of ? srv_hand_session(h, &err) : NULL;
    if (!k->session) srv_job_fail_of(j, &err);
    return k->session != NULL;
}

static bool fill_triage(mg_server *s, const srv_job *j, const char *structure, json_t *result,
                        molglot_row_status *row) {
    const known *k = j->with;
    molglot_error err;
    char *text = NULL;
    const int code = k->session ? molglot_triage_known(s->screen, k->session, k->indexes, k->n,
                                                       structure, &text, row, &err)
                                : molglot_triage(s->screen, structure, &text, row, &err);
    if (code) {
        if (row->ok) refuse(row, err.message);
        return false;
    }
    json_t *all = json_loads(text, 0, NULL);
    molglot_free(text);
    const json_t *index = json_object_get(all, "nearest_index");
    srv_set(result, "smiles", srv_text(structure));
    if (json_is_integer(index))
        srv_set(all, "nearest_index", srv_text(s->names[k->of[json_integer_value(index)]]));
    const bool ok = all && json_object_update(result, all) == 0;
    json_decref(all);
    return ok;
}

void srv_run_triage(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        known k = {0};
        jobs[i]->with = &k;
        if (find_known(h, jobs[i], &k)) run_list(h->server, jobs[i], fill_triage);
        jobs[i]->with = NULL;
        free(k.indexes);
        free(k.of);
    }
}

/* ---- names ---- */

const srv_shape srv_takes_names = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "names",
                 .type = SRV_ARRAY,
                 .what = "names, to be given structures",
                 .low = 0,
                 .high = 1024,
                 .normal = "[]",
                 SRV_ENTRY(.type = SRV_STRING, .low = 1, .high = 2000)},
                {.name = "molecules",
                 .type = SRV_ARRAY,
                 .what = "molecules, to be given names",
                 .low = 0,
                 .high = 1024,
                 .normal = "[]",
                 SRV_ENTRY(.type = SRV_MOLECULE)},
                {.name = "n",
                 .type = SRV_INTEGER,
                 .what = "answers of each, at most",
                 .low = 1,
                 .high = 50,
                 .normal = "5"})};
static const srv_shape one_name[] = {{.name = "name", .type = SRV_STRING, .required = true},
                                     {.name = "smiles", .type = SRV_STRING, .required = true},
                                     {.name = "source", .type = SRV_STRING, .required = true},
                                     {.name = "how",
                                      .type = SRV_STRING,
                                      .required = true,
                                      .choices = "exact|folded|salt|stereo|near"}};
static const srv_shape named[] = {
    STATUS,
    {.name = "found",
     .type = SRV_ARRAY,
     .what = "best first",
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(one_name), .of = one_name)}};
const srv_shape srv_gives_names = RESULTS(named);

static void add_names(json_t *results, int code, const molglot_error *err, const molglot_name *hits,
                      size_t n) {
    json_t *result = json_object(), *found = json_array();
    molglot_row_status row;
    for (size_t i = 0; i < n; i++) {
        json_t *x = json_object();
        srv_set(x, "name", srv_text(hits[i].name));
        srv_set(x, "smiles", srv_text(hits[i].smiles));
        srv_set(x, "source", srv_text(hits[i].source));
        srv_set(x, "how", srv_text(hits[i].how));
        (void)json_array_append_new(found, x);
    }
    srv_set(result, "found", found);
    if (code) refuse(&row, err->message);
    if (code) srv_set(result, "error", srv_rejected(&row));
    srv_set(result, "status", json_string(code ? "rejected" : "ok"));
    (void)json_array_append_new(results, result);
}

static void name_all(mg_server *s, srv_job *j) {
    const size_t most = (size_t)srv_number_of(j->args, "n", 5);
    json_t *results = json_array(), *v;
    size_t i;
    json_array_foreach(json_object_get(j->args, "names"), i, v) {
        molglot_name *hits = NULL;
        size_t m = 0;
        molglot_error err;
        const int code = molglot_names_find(s->model, json_string_value(v), most, 1, &hits, &m,
                                            &err);
        add_names(results, code, &err, hits, m);
        molglot_names_free(hits, m);
    }
    json_array_foreach(json_object_get(j->args, "molecules"), i, v) {
        molglot_name *hits = NULL;
        size_t m = 0;
        molglot_error err = {.code = MOLGLOT_REJECTED};
        molglot_row_status row;
        char *smiles = srv_molecule(s, v, &row);
        if (!smiles) snprintf(err.message, sizeof err.message, "%s", row.reason);
        const int code = smiles ? molglot_names_of(s->model, smiles, most, &hits, &m, &err)
                                : MOLGLOT_REJECTED;
        add_names(results, code, &err, hits, m);
        molglot_names_free(hits, m);
        free(smiles);
    }
    j->answer = json_object();
    srv_set(j->answer, "results", results);
}

void srv_run_names(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) name_all(h->server, jobs[i]);
}
