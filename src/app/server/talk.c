/* talk.c - /v1/caption and /v1/explain. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

const srv_shape srv_takes_caption = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "molecules",
                 .type = SRV_ARRAY,
                 .what = "the molecules",
                 .low = 1,
                 .high = 256,
                 .required = true,
                 SRV_ENTRY(.type = SRV_MOLECULE,
                           .what = "a SMILES, a molfile or a name of the dictionary")},
                {.name = "n",
                 .type = SRV_INTEGER,
                 .what = "captions of each, at most",
                 .low = 1,
                 .high = 50,
                 .normal = "1"},
                {.name = "own",
                 .type = SRV_BOOLEAN,
                 .what = "a caption of the very molecule, where the memory has it, is an answer",
                 .normal = "true"},
                {.name = "as_copied",
                 .type = SRV_BOOLEAN,
                 .what = "copies stay as they are, also where they say how another molecule is "
                         "built",
                 .normal = "false"},
                SRV_TIMEOUT)};
static const srv_shape span[] = {{.name = "begin", .type = SRV_INTEGER, .required = true},
                                 {.name = "end", .type = SRV_INTEGER, .required = true}};
static const srv_shape caption[] = {
    {.name = "text", .type = SRV_STRING, .required = true},
    {.name = "method", .type = SRV_STRING, .required = true},
    {.name = "score", .type = SRV_NUMBER, .required = true, .nullable = true},
    {.name = "agreement",
     .type = SRV_NUMBER,
     .required = true,
     .nullable = true,
     .what = "mean BLEU-4 with the others"},
    {.name = "cosine", .type = SRV_NUMBER, .required = true, .nullable = true},
    {.name = "near",
     .type = SRV_INTEGER,
     .nullable = true,
     .required = true,
     .what = "which of the neighbours it was copied from; null: it is written"},
    {.name = "edited",
     .type = SRV_BOOLEAN,
     .required = true,
     .what = "a copy in which names of the molecule's acid, base or mirror image were put"},
    {.name = "wrong",
     .type = SRV_ARRAY,
     .required = true,
     .what = "bytes of the text that the structure contradicts",
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(span), .of = span)}};
static const srv_shape neighbour[] = {
    {.name = "name", .type = SRV_STRING, .required = true},
    {.name = "smiles", .type = SRV_STRING, .required = true},
    {.name = "text", .type = SRV_STRING, .required = true},
    {.name = "cosine", .type = SRV_NUMBER, .required = true, .nullable = true},
    {.name = "tanimoto", .type = SRV_NUMBER, .required = true, .nullable = true}};
static const srv_shape captioned[] = {
    {.name = "status", .type = SRV_STRING, .choices = "ok|rejected", .required = true},
    {.name = "error",
     .type = SRV_OBJECT,
     SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},
                 {.name = "message", .type = SRV_STRING, .required = true},
                 {.name = "offset", .type = SRV_INTEGER})},
    {.name = "smiles", .type = SRV_STRING},
    {.name = "captions",
     .type = SRV_ARRAY,
     .what = "best first",
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(caption), .of = caption)},
    {.name = "near",
     .type = SRV_ARRAY,
     .what = "what was leaned on",
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(neighbour), .of = neighbour)},
    {.name = "facts",
     .type = SRV_STRING,
     .nullable = true,
     .what = "a paragraph that is computed"}};
const srv_shape srv_gives_caption = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "results",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(captioned), .of = captioned)})};
const srv_shape srv_takes_explain = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "molecule",
                 .type = SRV_MOLECULE,
                 .what = "a SMILES, a molfile or a name of the dictionary",
                 .required = true},
                {.name = "text",
                 .type = SRV_STRING,
                 .what = "a sentence or a longer text",
                 .low = 1,
                 .high = 20000,
                 .required = true},
                {.name = "learned",
                 .type = SRV_BOOLEAN,
                 .what = "what the model has learned, beside exact terms",
                 .normal = "true"},
                SRV_TIMEOUT)};
const srv_shape srv_gives_explain = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "smiles", .type = SRV_STRING, .required = true},
        {.name = "text", .type = SRV_STRING, .required = true},
        {.name = "learned_by", .type = SRV_STRING, .nullable = true, .required = true},
        {.name = "atoms", .type = SRV_ARRAY, .required = true, SRV_ENTRY(.type = SRV_STRING)},
        {.name = "levels",
         .type = SRV_ARRAY,
         .required = true,
         .what = "word, phrase, sentence (molglot_explain)",
         SRV_ENTRY(.type = SRV_ANY)},
        {.name = "svg",
         .type = SRV_STRING,
         .nullable = true,
         .required = true,
         .what = "the drawing, 520 by 400"},
        {.name = "places",
         .type = SRV_ARRAY,
         .required = true,
         .what = "x and y of each atom in it",
         SRV_ENTRY(.type = SRV_ARRAY, .low = 2, .high = 3, SRV_ENTRY(.type = SRV_NUMBER))})};

/* ---- captions ---- */

static json_t *caption_of(const molglot_caption *c) {
    json_t *o = json_object(), *wrong = json_array();
    for (int i = 0; i < c->n_wrong; i++)
        (void)json_array_append_new(wrong,
                                    json_pack("{s:I,s:I}", "begin", (json_int_t)c->wrong[i].begin,
                                              "end", (json_int_t)c->wrong[i].end));
    srv_set(o, "text", srv_text(c->text));
    srv_set(o, "method", srv_text(c->method));
    srv_set(o, "score", srv_number((double)c->score));
    srv_set(o, "agreement", srv_number((double)c->agreement));
    srv_set(o, "cosine", srv_number((double)c->cosine));
    srv_set(o, "near", c->near < 0 ? json_null() : json_integer(c->near));
    srv_set(o, "edited", json_boolean(c->edited));
    srv_set(o, "wrong", wrong);
    return o;
}

static json_t *neighbour_of(const molglot_neighbour *x) {
    json_t *o = json_object();
    srv_set(o, "name", srv_text(x->name ? x->name : ""));
    srv_set(o, "smiles", srv_text(x->smiles ? x->smiles : ""));
    srv_set(o, "text", srv_text(x->text ? x->text : ""));
    srv_set(o, "cosine", srv_number((double)x->cosine));
    srv_set(o, "tanimoto", srv_number((double)x->tanimoto));
    return o;
}

static json_t *captioned_of(const char *smiles, const molglot_captioned *c) {
    json_t *o = json_object(), *captions = json_array(), *near = json_array();
    for (int i = 0; i < c->n; i++)
        (void)json_array_append_new(captions, caption_of(&c->captions[i]));
    for (int i = 0; i < c->n_near; i++)
        (void)json_array_append_new(near, neighbour_of(&c->near[i]));
    srv_set(o, "status", json_string("ok"));
    srv_set(o, "smiles", srv_text(smiles));
    srv_set(o, "captions", captions);
    srv_set(o, "near", near);
    srv_set(o, "facts", srv_text(c->facts));
    return o;
}

static json_t *rejected_of(mg_server *s, const molglot_row_status *row) {
    json_t *o = json_object();
    atomic_fetch_add(&s->metrics.rejected, 1);
    srv_set(o, "status", json_string("rejected"));
    srv_set(o, "error", srv_rejected(row));
    return o;
}

static void caption_all(srv_hand *h, srv_job *j) {
    mg_server *s = h->server;
    molglot_error err = {.code = MOLGLOT_OK};
    molglot_captioner *c = srv_hand_captioner(h, &err);
    molglot_caption_options o = molglot_caption_options_default();
    json_t *results = json_array(), *v;
    size_t i;
    o.n = (int)srv_number_of(j->args, "n", 1);
    o.own = srv_true(j->args, "own") ? MOLGLOT_OWN_ALWAYS : MOLGLOT_OWN_NEVER;
    o.as_copied = srv_true(j->args, "as_copied");
    o.on_progress = srv_job_progress;
    o.user = j;
    int code = c ? MOLGLOT_OK : err.code;
    json_array_foreach(json_object_get(j->args, "molecules"), i, v) {
        molglot_row_status row;
        molglot_captioned said;
        if (code) break;
        char *smiles = srv_molecule(s, v, &row);
        if (!smiles) {
            (void)json_array_append_new(results, rejected_of(s, &row));
            continue;
        }
        const char *one = smiles;
        code = molglot_caption_smiles(c, &one, 1, &o, &said, &err);
        if (!code) {
            (void)json_array_append_new(results, said.status.ok ? captioned_of(smiles, &said)
                                                                : rejected_of(s, &said.status));
            molglot_captioned_free(&said);
        }
        free(smiles);
        if (!code && srv_job_stopped(j)) code = MOLGLOT_INTERRUPTED;
    }
    j->answer = json_object();
    srv_set(j->answer, "results", results);
    if (code) srv_job_fail_of(j, &err);
}

void srv_run_caption(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) caption_all(h, jobs[i]);
}

/* ---- explanations ---- */

static void put_drawing(json_t *answer, const char *smiles) {
    const size_t n = json_array_size(json_object_get(answer, "atoms"));
    molglot_depict_options o = molglot_depict_options_default();
    molglot_error err;
    char *svg = NULL;
    size_t bytes;
    json_t *places = json_array();
    o.width = 520;
    o.height = 400;
    o.transparent = 1;
    o.places = calloc(n + 1, sizeof *o.places);
    o.max_places = (int)n;
    if (o.places && !molglot_depict(smiles, &o, &svg, &bytes, NULL, &err))
        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(places,
                                        json_pack("[o,o]", srv_number((double)o.places[i][0]),
                                                  srv_number((double)o.places[i][1])));
    srv_set(answer, "svg", srv_text(svg));
    srv_set(answer, "places", places);
    molglot_free(svg);
    free(o.places);
}

static void explain(srv_hand *h, srv_job *j) {
    molglot_error err = {.code = MOLGLOT_OK};
    molglot_row_status row;
    char *smiles = srv_molecule(h->server, json_object_get(j->args, "molecule"), &row),
         *text = NULL;
    molglot_session *session = srv_true(j->args, "learned") ? srv_hand_session(h, &err) : NULL;
    int code = smiles ? err.code : MOLGLOT_REJECTED;
    if (!code)
        code = molglot_explain(session, h->server->groups, smiles, srv_string_of(j->args, "text"),
                               &text, &row, &err);
    j->answer = text ? json_loads(text, 0, NULL) : NULL;
    if (!code && j->answer)
        put_drawing(j->answer, smiles);
    else if (code == MOLGLOT_REJECTED || !smiles)
        srv_job_fail(j, 422, "bad_molecule", "molecule", row.offset, row.reason);
    else
        srv_job_fail_of(j, &err);
    molglot_free(text);
    free(smiles);
}

void srv_run_explain(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) explain(h, jobs[i]);
}
