/* caption.c - include/molglot.h: captions of molecules. */
#include "caption/caption.h"

#include "app/api/api.h"
#include "model/bundle/bundle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct molglot_captioner {
    molglot_session *session;
    char *strings[4]; /* method, leave_out, device, model */
    mg_captioner *c;
};

/* ---- captioners ---- */

static const molglot_captioner_options captioner_defaults = {.leave_out = "gitmol."};

void molglot_captioner_options_init(molglot_captioner_options *options, size_t size) {
    api_options_give(options, size, &captioner_defaults, sizeof captioner_defaults);
}

/* The index, or the model's own memory where it belongs to the space. */
static int find_memory(const molglot_session *s, const molglot_captioner_options *o,
                       mg_memory *memory, molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    if (o->memory) {
        memory->index = o->memory->index;
        if (molglot_index_side(o->memory) != MOLGLOT_MOLECULES)
            return mg_fail(err, MOLGLOT_USAGE, "%s holds texts, not molecules",
                           mg_index_path(memory->index));
        return api_check_index(s, o->memory, err);
    }
    if (o->no_memory || !mg_bundle_has(b, MG_PART_MEMORY)) return MOLGLOT_OK;
    const mg_memory_part *part = mg_bundle_known(b, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_memory_part_fits(part, b)) memory->part = part;
    return MOLGLOT_OK;
}

static int open_captioner(molglot_captioner *x, const molglot_captioner_options *o,
                          molglot_error *err) {
    const char *const strings[4] = {o->method, o->leave_out, o->device, o->model};
    for (int i = 0; i < 4; i++)
        if (strings[i] && !(x->strings[i] = strdup(strings[i])))
            return mg_no_memory(err, "a captioner");
    mg_captioner_options inner = {.bundle = api_bundle_of(x->session->model),
                                  .embedder = x->session->embedder,
                                  .method = x->strings[0],
                                  .leave_out = x->strings[1],
                                  .device = x->strings[2],
                                  .model = x->strings[3],
                                  .threads = o->threads};
    int code = find_memory(x->session, o, &inner.memory, err);
    if (code) return code;
    mg_bundle *b = inner.bundle;
    if (b && mg_bundle_has(b, MG_PART_NAMES) && !(inner.names = mg_bundle_names(b, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    x->c = mg_captioner_new(&inner, err);
    return x->c ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

molglot_captioner *molglot_captioner_open(molglot_session *session,
                                          const molglot_captioner_options *options,
                                          molglot_error *err) {
    static const char what[] = "molglot_captioner_open";
    molglot_error why = {0};
    molglot_captioner_options o = captioner_defaults;
    molglot_captioner *x = NULL;
    int code = api_options_take(&o, sizeof o, options, what, &why);
    if (!code && (!session || o.threads < 0))
        code = mg_fail(&why, MOLGLOT_USAGE, "%s: %s", what,
                       session ? "threads must not be negative" : "session is NULL");
    if (!code && !(x = calloc(1, sizeof *x))) code = mg_no_memory(&why, "a captioner");
    if (!code) {
        x->session = session;
        code = open_captioner(x, &o, &why);
    }
    if (!code) return x;
    molglot_captioner_free(x);
    if (err) *err = why;
    return NULL;
}

void molglot_captioner_free(molglot_captioner *x) {
    if (!x) return;
    mg_captioner_free(x->c);
    for (int i = 0; i < 4; i++) free(x->strings[i]);
    free(x);
}

/* ---- captions ---- */

static const molglot_caption_options caption_defaults = {.n = 1, .own = MOLGLOT_OWN_ALWAYS};

void molglot_caption_options_init(molglot_caption_options *options, size_t size) {
    api_options_give(options, size, &caption_defaults, sizeof caption_defaults);
}

/* Takes over from's texts. */
static bool give_captions(mg_captioned *from, molglot_captioned *to) {
    to->captions = calloc((size_t)from->n + 1, sizeof *to->captions);
    if (!to->captions) return false;
    for (; to->n < from->n; to->n++) {
        mg_caption *c = &from->captions[to->n];
        molglot_caption *out = &to->captions[to->n];
        *out = (molglot_caption){.text = c->text,
                                 .method = c->draft.method,
                                 .score = (float)c->score,
                                 .agreement = (float)c->agreement,
                                 .cosine = c->draft.cosine,
                                 .nll = (float)c->draft.nll,
                                 .near = -1,
                                 .words = c->words,
                                 .n_wrong = c->n_wrong,
                                 .edited = c->draft.edited};
        c->text = NULL;
        for (int i = 0; i < from->n_near && c->draft.row >= 0; i++)
            if (from->near[i].row == c->draft.row) out->near = i;
        out->wrong = calloc((size_t)c->n_wrong + 1, sizeof *out->wrong);
        for (int i = 0; i < c->n_wrong && out->wrong; i++)
            out->wrong[i] = (molglot_span){c->wrong[i].begin, c->wrong[i].end};
    }
    return true;
}

static bool give_near(const mg_captioned *from, molglot_captioned *to) {
    bool ok = (to->near = calloc((size_t)from->n_near + 1, sizeof *to->near)) != NULL;
    for (; ok && to->n_near < from->n_near; to->n_near++) {
        const mg_leaned *l = &from->near[to->n_near];
        molglot_neighbour *out = &to->near[to->n_near];
        *out = (molglot_neighbour){.name = strdup(l->label),
                                   .smiles = strdup(l->smiles),
                                   .text = strdup(l->text),
                                   .cosine = l->molecule,
                                   .caption_cosine = l->caption,
                                   .tanimoto = l->structure};
        ok = out->name && out->smiles && out->text;
    }
    return ok;
}

static int give(mg_captioned *from, molglot_captioned *to, molglot_error *err) {
    to->status = from->status;
    to->facts = from->facts;
    from->facts = NULL;
    bool ok = give_captions(from, to) && give_near(from, to);
    for (int i = 0; i < to->n; i++) ok = ok && to->captions[i].wrong;
    return ok ? MOLGLOT_OK : mg_no_memory(err, "captions");
}

/* Rows at a time, between reports. */
static int caption_some(molglot_captioner *x, const char *const *smiles, size_t n,
                        const mg_caption_options *o, molglot_captioned *out, molglot_error *err) {
    mg_captioned *made = malloc((n + 1) * sizeof *made);
    if (!made) return mg_no_memory(err, "captions");
    int code = mg_caption_molecules(x->c, smiles, n, o, made, err);
    if (!code)
        for (size_t i = 0; i < n; i++) {
            if (!code) code = give(&made[i], &out[i], err);
            mg_captioned_free(&made[i]);
        }
    free(made);
    return code;
}

int molglot_caption_smiles(molglot_captioner *x, const char *const *smiles, size_t n,
                           const molglot_caption_options *options, molglot_captioned *out,
                           molglot_error *err) {
    static const char what[] = "molglot_caption_smiles";
    static const int owns[] = {MG_OWN_LIBRARY, MG_OWN_ALWAYS, MG_OWN_NEVER};
    enum { ROWS = 64 };
    molglot_caption_options o = caption_defaults;
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    if (!x || (n && !out))
        return mg_fail(err, MOLGLOT_USAGE, "%s: captioner and out must not be NULL", what);
    if (o.n < 0 || o.own < 0 || o.own > MOLGLOT_OWN_NEVER || o.candidates < 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s: n, candidates or own is out of range", what);
    code = api_check_rows(what, smiles, n, err);
    if (!code) code = api_check_process(x->session->process, err);
    if (code) return code;
    const mg_caption_options inner = {.n = o.n,
                                      .candidates = o.candidates,
                                      .beams = o.beams,
                                      .temperature = o.temperature,
                                      .seed = o.seed,
                                      .own = owns[o.own],
                                      .alone = o.alone != 0,
                                      .as_copied = o.as_copied != 0};
    const char *const *rows;
    code = api_rows_take(smiles, n, &rows, err);
    if (code) return code;
    memset(out, 0, n * sizeof *out);
    const long before = mg_chem_refusals();
    for (size_t at = 0; at < n && !code; at += ROWS) {
        const size_t m = n - at < ROWS ? n - at : ROWS;
        code = caption_some(x, rows + at, m, &inner, out + at, err);
        if (!code && o.on_progress && o.on_progress(o.user, (int64_t)(at + m), (int64_t)n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    code = api_whole(before, code, err);
    for (size_t i = 0; i < n && code; i++) molglot_captioned_free(&out[i]);
    api_rows_give(smiles, rows, n, NULL);
    for (size_t i = 0; i < n && !code; i++)
        if (!smiles[i]) mg_row_refuse(&out[i].status, -1, "the row is NULL");
    return code;
}

void molglot_captioned_free(molglot_captioned *c) {
    if (!c) return;
    for (int i = 0; i < c->n; i++) {
        free(c->captions[i].text);
        free(c->captions[i].wrong);
    }
    for (int i = 0; i < c->n_near; i++) {
        free(c->near[i].name);
        free(c->near[i].smiles);
        free(c->near[i].text);
    }
    free(c->captions);
    free(c->near);
    free(c->facts);
    memset(c, 0, sizeof *c);
}
