/* writing.c - /v1/generate: molecules for sentences, as they are drawn and then ranked.
 *
 *   {"event": "progress", done, total}   {"event": "draw", smiles, valid}   as drawn
 *   {"event": "molecule", rank, ...}     {"event": "done", ...} of each text
 *   {"event": "error", "error": {...}}   the last line, instead
 */
#include "app/server/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SWITCH(is, says) \
    { .name = is, .type = SRV_BOOLEAN, .what = says, .normal = "false" }
const srv_shape srv_takes_generate = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "texts",
         .type = SRV_ARRAY,
         .what = "sentences; left out: molecules for none, or like `like`",
         .low = 1,
         .high = 16,
         SRV_ENTRY(.type = SRV_STRING, .low = 1, .high = 20000)},
        {.name = "n",
         .type = SRV_INTEGER,
         .what = "molecules of each",
         .low = 1,
         .high = 512,
         .normal = "16"},
        {.name = "candidates",
         .type = SRV_INTEGER,
         .what = "draws of which the n best are kept; 0: n, and more until n differ",
         .low = 0,
         .high = 512,
         .normal = "0"},
        {.name = "like", .type = SRV_MOLECULE, .what = "a molecule to write analogues of"},
        {.name = "keep",
         .type = SRV_STRING,
         .what = "SMARTS that every molecule holds",
         .low = 1,
         .high = 2000},
        {.name = "strength",
         .type = SRV_NUMBER,
         .what = "how far from `like`, through latents",
         .low = 0.01,
         .high = 1,
         .normal = "0.5"},
        {.name = "method",
         .type = SRV_STRING,
         .what = "direct, diffusion, ...: one that the model can",
         .low = 1,
         .high = 40},
        {.name = "memory",
         .type = SRV_STRING,
         .what =
             "the index whose molecules draws start from, or \"none\"; left out: the model's own",
         .low = 1,
         .high = 300},
        {.name = "temperature",
         .type = SRV_NUMBER,
         .what = "of the tokens; 0: the likeliest",
         .low = 0,
         .high = 5},
        {.name = "top_p",
         .type = SRV_NUMBER,
         .what = "only the likeliest tokens with this share",
         .low = 0.01,
         .high = 1},
        {.name = "guidance",
         .type = SRV_NUMBER,
         .what = "weight of the sentence, not direct",
         .low = 0,
         .high = 50},
        {.name = "pull",
         .type = SRV_NUMBER,
         .what = "diffusion over aligned latents: of its steps towards the sentence",
         .low = -1,
         .high = 1,
         .normal = "0"},
        {.name = "steps",
         .type = SRV_INTEGER,
         .what = "from noise to molecule, not direct",
         .low = 1,
         .high = 1000},
        {.name = "diversity",
         .type = SRV_NUMBER,
         .what = "towards 1: good ones that are unlike each other",
         .low = 0,
         .high = 1,
         .normal = "0"},
        {.name = "neighbours",
         .type = SRV_INTEGER,
         .what = "molecules of the memory that draws start from",
         .low = 1,
         .high = 8},
        {.name = "copy_cost",
         .type = SRV_NUMBER,
         .what = "penalty, in score, of what draws started from",
         .low = 0,
         .high = 10,
         .normal = "0"},
        {.name = "max_tokens", .type = SRV_INTEGER, .what = "of a SMILES", .low = 1, .high = 1000},
        {.name = "seed",
         .type = SRV_INTEGER,
         .what = "same seed, same molecules",
         .low = 0,
         .high = 9007199254740991.0,
         .normal = "0"},
        SWITCH("only_new", "none that the memory holds or the writer was trained on"),
        SWITCH("keep_odd", "radicals, isotopes, metals and the like stay, marked"),
        SWITCH("soft", "conditions of the words are not checked"),
        SWITCH("drawn_only", "no molecule that the words build, or say by its relation to another"),
        SWITCH("draws", "a stream has each draw, before they are ranked"),
        {.name = "screen",
         .type = SRV_STRING,
         .what = "molecules on lists of controlled substances: flagged in control_list, or left "
                 "out; a server that others can reach leaves them out",
         .choices = "flag|omit",
         .normal = "\"flag\""},
        {.name = "stream",
         .type = SRV_STRING,
         .what = "ndjson or sse: lines as they come; none: one object at the end",
         .choices = "none|ndjson|sse",
         .normal = "\"none\""},
        SRV_TIMEOUT)};
static const srv_shape molecule[] = {
    {.name = "rank", .type = SRV_INTEGER, .required = true},
    {.name = "smiles", .type = SRV_STRING, .required = true},
    {.name = "valid", .type = SRV_BOOLEAN, .required = true},
    {.name = "score",
     .type = SRV_NUMBER,
     .nullable = true,
     .required = true,
     .what = "cosine with the sentence: it ranks, it is no probability"},
    {.name = "similarity",
     .type = SRV_NUMBER,
     .nullable = true,
     .required = true,
     .what = "to `like`, Tanimoto"},
    {.name = "nll", .type = SRV_NUMBER, .nullable = true, .required = true},
    {.name = "in_training",
     .type = SRV_BOOLEAN,
     .nullable = true,
     .required = true,
     .what = "null: it is not known"},
    {.name = "known_as",
     .type = SRV_STRING,
     .nullable = true,
     .required = true,
     .what = "the memory's row with this molecule"},
    {.name = "source",
     .type = SRV_STRING,
     .nullable = true,
     .required = true,
     .what = "what it was made of where it is no draw: conjugate base of nonanoic acid"},
    {.name = "copy", .type = SRV_BOOLEAN, .required = true, .what = "a draw started from it"},
    {.name = "odd", .type = SRV_STRING, .nullable = true, .required = true},
    {.name = "met", .type = SRV_INTEGER, .required = true},
    {.name = "of", .type = SRV_INTEGER, .required = true},
    {.name = "control_list",
     .type = SRV_STRING,
     .nullable = true,
     .required = true,
     .what = "no match, or match: LIST ENTRY (words); a match is no accusation, no match no "
             "clearance; null: no molecule"}};
static const srv_shape result[] = {
    {.name = "text", .type = SRV_INTEGER, .required = true, .what = "which of the texts"},
    {.name = "molecules",
     .type = SRV_ARRAY,
     .required = true,
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(molecule), .of = molecule)},
    {.name = "drawn", .type = SRV_INTEGER, .required = true},
    {.name = "invalid", .type = SRV_INTEGER, .required = true},
    {.name = "duplicates", .type = SRV_INTEGER, .required = true},
    {.name = "odd", .type = SRV_INTEGER, .required = true},
    {.name = "unwanted", .type = SRV_INTEGER, .required = true},
    {.name = "controlled",
     .type = SRV_INTEGER,
     .required = true,
     .what = "left out because of control lists"},
    {.name = "control_lists", .type = SRV_STRING, .required = true, .what = "names and versions"},
    {.name = "offered", .type = SRV_INTEGER, .required = true},
    {.name = "meeting", .type = SRV_INTEGER, .required = true},
    {.name = "cut",
     .type = SRV_BOOLEAN,
     .required = true,
     .what = "the sentence is longer than the model reads"},
    {.name = "seed", .type = SRV_INTEGER, .required = true},
    {.name = "status", .type = SRV_STRING, .required = true, .choices = "ok|rejected"},
    {.name = "error",
     .type = SRV_OBJECT,
     .what = "why the text was rejected",
     SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},
                 {.name = "message", .type = SRV_STRING, .required = true},
                 {.name = "offset", .type = SRV_INTEGER, .what = "byte where reading failed"})}};
const srv_shape srv_gives_generate = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "results",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(result), .of = result)})};

/* ---- as drawn ---- */

typedef struct drawing {
    srv_job *job;
    bool draws; /* each is told */
    double last;
} drawing;

static int told(void *user, int64_t done, int64_t total) {
    drawing *d = user;
    const double now = srv_now();
    if (d->job->stream != SRV_WHOLE && (now - d->last > .1 || done == total)) {
        json_t *v = json_object();
        srv_set(v, "event", json_string("progress"));
        srv_set(v, "done", json_integer(done));
        srv_set(v, "total", json_integer(total));
        srv_job_emit(d->job, v);
        d->last = now;
    }
    return srv_job_stopped(d->job);
}

static int drawn(void *user, const molglot_molecule *m) {
    drawing *d = user;
    atomic_fetch_add(&d->job->server->metrics.drawn[m->valid != 0], 1);
    if (d->draws) {
        json_t *v = json_object();
        srv_set(v, "event", json_string("draw"));
        srv_set(v, "smiles", srv_text(m->smiles));
        srv_set(v, "valid", json_boolean(m->valid));
        srv_job_emit(d->job, v);
    }
    return srv_job_stopped(d->job);
}

/* ---- ranked ---- */

static json_t *molecule_of(const molglot_molecule *m) {
    json_t *v = json_object();
    srv_set(v, "rank", json_integer(m->rank));
    srv_set(v, "smiles", srv_text(m->smiles));
    srv_set(v, "valid", json_boolean(m->valid));
    srv_set(v, "score", srv_number((double)m->score));
    srv_set(v, "similarity", srv_number((double)m->similarity));
    srv_set(v, "nll", srv_number(m->nll));
    srv_set(v, "in_training", m->in_training < 0 ? json_null() : json_boolean(m->in_training));
    srv_set(v, "known_as", srv_text(m->known_as));
    srv_set(v, "source", srv_text(m->source));
    srv_set(v, "copy", json_boolean(m->copy));
    srv_set(v, "odd", srv_text(m->odd));
    srv_set(v, "met", json_integer(m->met));
    srv_set(v, "of", json_integer(m->of));
    srv_set(v, "control_list", srv_text(m->control_list));
    return v;
}

static json_t *counts_of(const srv_job *j, const molglot_generation *g, size_t text,
                         uint64_t seed) {
    json_t *v = json_object();
    srv_set(v, "text", json_integer((json_int_t)text));
    srv_set(v, "drawn", json_integer(g->drawn));
    srv_set(v, "invalid", json_integer(g->invalid));
    srv_set(v, "duplicates", json_integer(g->duplicates));
    srv_set(v, "odd", json_integer(g->odd));
    srv_set(v, "unwanted", json_integer(g->unwanted));
    srv_set(v, "controlled", json_integer(g->controlled));
    srv_set(v, "control_lists", json_string(molglot_screen_lists(j->server->screen)));
    srv_set(v, "offered", json_integer(g->offered));
    srv_set(v, "meeting", json_integer(g->meeting));
    srv_set(v, "cut", json_boolean(g->cut));
    srv_set(v, "seed", json_integer((json_int_t)seed));
    srv_set(v, "status", json_string(g->status.ok ? "ok" : "rejected"));
    if (!g->status.ok) {
        json_t *e = srv_rejected(&g->status);
        srv_set(e, "code", json_string("bad_text"));
        srv_set(v, "error", e);
    }
    return v;
}

static void stream_ranked(srv_job *j, const molglot_generation *g, size_t text, uint64_t seed) {
    for (int i = 0; i < g->n; i++) {
        json_t *v = molecule_of(&g->molecules[i]);
        srv_set(v, "event", json_string("molecule"));
        srv_set(v, "text", json_integer((json_int_t)text));
        srv_job_emit(j, v);
    }
    json_t *v = counts_of(j, g, text, seed);
    srv_set(v, "event", json_string("done"));
    srv_job_emit(j, v);
}

static json_t *result_of(const srv_job *j, const molglot_generation *g, size_t text,
                         uint64_t seed) {
    json_t *v = counts_of(j, g, text, seed), *list = json_array();
    for (int i = 0; i < g->n; i++) (void)json_array_append_new(list, molecule_of(&g->molecules[i]));
    srv_set(v, "molecules", list);
    return v;
}

/* ---- running ---- */

static molglot_generate_options options_of(const json_t *args, drawing *d) {
    molglot_generate_options o = molglot_generate_options_default();
    o.n = (int)srv_number_of(args, "n", o.n);
    o.candidates = (int)srv_number_of(args, "candidates", 0);
    if (o.candidates && o.candidates < o.n) o.candidates = o.n;
    o.method = srv_string_of(args, "method");
    o.temperature = (float)srv_number_of(args, "temperature", (double)o.temperature);
    o.top_p = (float)srv_number_of(args, "top_p", (double)o.top_p);
    o.pull = (float)srv_number_of(args, "pull", (double)o.pull);
    o.guidance = (float)srv_number_of(args, "guidance", (double)o.guidance);
    o.steps = (int)srv_number_of(args, "steps", o.steps);
    o.diversity = (float)srv_number_of(args, "diversity", 0);
    o.neighbours = (int)srv_number_of(args, "neighbours", o.neighbours);
    o.copy_cost = (float)srv_number_of(args, "copy_cost", 0);
    o.max_tokens = (int)srv_number_of(args, "max_tokens", 0);
    o.strength = (float)srv_number_of(args, "strength", .5);
    o.seed = (uint64_t)srv_number_of(args, "seed", 0);
    o.keep = srv_string_of(args, "keep");
    o.only_new = srv_true(args, "only_new");
    o.keep_odd = srv_true(args, "keep_odd");
    o.soft = srv_true(args, "soft");
    o.drawn_only = srv_true(args, "drawn_only");
    const char *screen = srv_string_of(args, "screen");
    o.screen = d->job->server->o.omit_controlled || (screen && !strcmp(screen, "omit"))
                   ? MOLGLOT_SCREEN_OMIT
                   : MOLGLOT_SCREEN_FLAG;
    o.on_progress = told;
    o.on_molecule = drawn;
    o.user = d;
    return o;
}

static void give_up(srv_job *j, const molglot_error *err) {
    srv_job_fail_of(j, err);
    srv_job_tell_error(j);
}

/* One sentence after another, so that the first is there early. */
static int write_all(molglot_generator *g, srv_job *j, molglot_generate_options *o,
                     molglot_error *err) {
    const json_t *texts = json_object_get(j->args, "texts");
    const size_t n = json_array_size(texts);
    json_t *results = json_array();
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < (n ? n : 1) && !code; i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        molglot_generation r;
        code = molglot_generate(g, n ? &text : NULL, 1, o, &r, err);
        if (code) break;
        if (!r.status.ok && n == 1) { /* nothing else is to be said */
            code = err->code = MOLGLOT_REJECTED;
            snprintf(err->message, sizeof err->message, "%s", r.status.reason);
        } else if (j->stream == SRV_WHOLE)
            (void)json_array_append_new(results, result_of(j, &r, i, o->seed));
        else
            stream_ranked(j, &r, i, o->seed);
        molglot_generation_free(&r);
    }
    if (j->stream == SRV_WHOLE && !code) {
        j->answer = json_object();
        srv_set(j->answer, "results", results);
    } else
        json_decref(results);
    return code;
}

static void run(srv_hand *h, srv_job *j) {
    molglot_error err = {.code = MOLGLOT_NO_MEMORY, .message = "out of memory"};
    drawing d = {.job = j, .draws = j->stream != SRV_WHOLE && srv_true(j->args, "draws")};
    molglot_generate_options o = options_of(j->args, &d);
    const json_t *like = json_object_get(j->args, "like");
    char *smiles = NULL;
    int code = MOLGLOT_OK;
    if (like) {
        molglot_row_status row;
        smiles = srv_molecule(h->server, like, &row);
        o.like = smiles;
        if (!smiles) {
            code = err.code = MOLGLOT_REJECTED;
            snprintf(err.message, sizeof err.message, "like: %s", row.reason);
        }
    }
    molglot_generator *g = code ? NULL
                                : srv_hand_generator(h, srv_string_of(j->args, "memory"), &err);
    if (!g || write_all(g, j, &o, &err)) give_up(j, &err);
    free(smiles);
}

void srv_run_generate(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) run(h, jobs[i]);
}
