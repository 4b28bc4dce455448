/* written.c - the methods `atomas` and `t5`: captions that a model writes.
 *
 *   atomas  a writer of both directions (generate/told.c), which reads the neighbours and their
 *           captions beside the molecule: DRAWS of them, one voice each
 *   t5      an imported T5 (model/t5), which reads the SMILES alone: the likeliest by beam search,
 *           or drawn where a temperature is given
 */
#include "caption/inside.h"
#include "model/t5/t5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DRAWS = 16, BEAMS = 5, BEAMS_MOST = 64 };

/* The bundle of --captioner, which *own then is, or the model's. */
static mg_bundle *bundle_of(const mg_captioner_options *o, mg_bundle **own, molglot_error *err) {
    *own = o->model ? mg_bundle_open(o->model, err) : NULL;
    return o->model ? *own : o->bundle;
}

static int lacks(const char *what, molglot_error *err) {
    return mg_fail(err, MOLGLOT_USAGE, "the model has no part %s", what);
}

static int add(mg_caption_pool *pool, const mg_caption_method *method, const char *text, double nll,
               molglot_error *err) {
    const mg_draft d = {.text = text,
                        .method = method->name,
                        .row = -1,
                        .weight = 1,
                        .nll = nll,
                        .cosine = NAN,
                        .kinship = NAN};
    return *text ? mg_caption_pool_add(pool, &d, err) : MOLGLOT_OK;
}

/* Whether vectors of the captioner's space are those that a part's graph row reads: of `dim`
 * numbers, of the space that `fits` speaks of. */
static int check_space(const mg_captioner_options *o, const char *path, int dim, bool fits,
                       molglot_error *err) {
    if (!o->embedder || !o->bundle)
        return mg_fail(
            err, MOLGLOT_USAGE,
            "%s reads its molecules' vectors: it needs the model whose space they are of", path);
    if (!fits || mg_embedder_dim(o->embedder) != dim)
        return mg_fail(err, MOLGLOT_USAGE, "%s was made with another aligned space than %s", path,
                       mg_bundle_path(o->bundle));
    return MOLGLOT_OK;
}

/* ---- atomas ---- */

typedef struct atomas {
    mg_bundle *own;
    mg_teller *teller;
} atomas;

static void close_atomas(void *state) {
    atomas *a = state;
    if (!a) return;
    mg_teller_free(a->teller);
    mg_bundle_close(a->own);
    free(a);
}

static int open_atomas(const mg_captioner_options *o, void **state, molglot_error *err) {
    atomas *a = *state = calloc(1, sizeof *a);
    if (!a) return mg_no_memory(err, "a writer of captions");
    mg_bundle *b = bundle_of(o, &a->own, err);
    int code = !b && o->model                            ? mg_code_of(err, MOLGLOT_BAD_FILE)
               : !b || !mg_bundle_has(b, MG_PART_ATOMAS) ? lacks(MG_PART_ATOMAS, err)
                                                         : MOLGLOT_OK;
    const mg_writer_part *w = code ? NULL : mg_bundle_writer(b, MG_PART_ATOMAS, err);
    const mg_writer_config *c = w ? mg_writer_get_config(w->writer) : NULL;
    if (c && c->graph_row)
        code = check_space(o, w->path, c->space, o->bundle && mg_writer_part_fits(w, o->bundle),
                           err);
    if (w && !code) a->teller = mg_teller_new(w, o->device, o->threads, err);
    if (!code && !a->teller) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    if (code) {
        close_atomas(a);
        *state = NULL;
    }
    return code;
}

static int propose_atomas(void *state, const mg_caption_query *const *q, size_t n,
                          const mg_caption_options *o, mg_caption_pool *const *pools,
                          molglot_error *err) {
    const atomas *a = state;
    mg_teller_options how = mg_teller_default();
    how.draws = o->candidates > 0 ? o->candidates : DRAWS;
    if (o->temperature > 0) how.temperature = o->temperature;
    const size_t draws = (size_t)how.draws;
    mg_told_query *asked = calloc(n + 1, sizeof *asked);
    mg_told_near *near = calloc(n * MG_CAPTION_NEAR + 1, sizeof *near);
    mg_told *told = calloc(n * draws + 1, sizeof *told);
    int code = asked && near && told ? MOLGLOT_OK : mg_no_memory(err, "%zu captions", n * draws);
    for (size_t i = 0; i < n && !code; i++) {
        mg_told_near *to = near + i * MG_CAPTION_NEAR;
        for (int k = 0; k < q[i]->n_near; k++)
            to[k] = (mg_told_near){q[i]->near[k].smiles, q[i]->near[k].text};
        asked[i] = (mg_told_query){q[i]->smiles, to, q[i]->n_near, q[i]->seed, q[i]->embedding};
    }
    if (!code) code = mg_teller_tell(a->teller, asked, n, &how, told, err);
    const bool made = !code;
    for (size_t i = 0; i < n * draws && !code; i++)
        if (told[i].text)
            code = add(pools[i / draws], &mg_caption_atomas, told[i].text, told[i].nll, err);
    if (made) mg_told_free(told, n * draws);
    free(asked);
    free(near);
    free(told);
    return code;
}

const mg_caption_method mg_caption_atomas = {
    .name = "atomas",
    .about = "captions that the unified model writes beside those of near molecules",
    .learned = true,
    .open = open_atomas,
    .propose = propose_atomas,
    .close = close_atomas};

/* ---- t5 ---- */

typedef struct t5 {
    mg_bundle *own;
    const mg_t5_part *part;
    mg_tape *tape;
} t5;

static void close_t5(void *state) {
    t5 *x = state;
    if (!x) return;
    mg_tape_free(x->tape);
    mg_bundle_close(x->own);
    free(x);
}

static int open_t5(const mg_captioner_options *o, void **state, molglot_error *err) {
    t5 *x = *state = calloc(1, sizeof *x);
    if (!x) return mg_no_memory(err, "a T5");
    mg_bundle *b = bundle_of(o, &x->own, err);
    int code = !b && o->model                        ? mg_code_of(err, MOLGLOT_BAD_FILE)
               : !b || !mg_bundle_has(b, MG_PART_T5) ? lacks(MG_PART_T5, err)
                                                     : MOLGLOT_OK;
    if (!code && !(x->part = mg_bundle_t5(b, err))) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!code && x->part->task && strcmp(x->part->task, MG_T5_CAPTION) != 0)
        code = mg_fail(err, MOLGLOT_USAGE, "%s was trained to write molecules, not texts",
                       x->part->path);
    const int graph = code ? 0 : mg_t5_get_config(x->part->t5)->graph;
    if (graph > 0)
        code = check_space(o, x->part->path, graph,
                           o->bundle && mg_t5_part_fits(x->part, o->bundle), err);
    if (!code) {
        x->tape = mg_tape_new(o->device ? o->device : "cpu", MG_PREC_F32, o->threads, 0, err);
        code = x->tape ? mg_t5_part_attach(x->part, x->tape, err) : mg_code_of(err, MOLGLOT_FAILED);
    }
    if (code) {
        close_t5(x);
        *state = NULL;
    }
    return code;
}

/* The SMILES as it was given: an imported model learnt the spelling of its own data (ChEBI-20 has
 * C1=CC=CC=C1), which the canonical one is not. Malloc'ed. */
static char *spelling(const mg_caption_query *q) {
    const char *s = q->given;
    size_t n = strlen(s);
    mg_notation_trim(&s, &n);
    n = mg_notation_cut_extension(s, n);
    return n > 6 && !strncasecmp(s, "InChI=", 6) ? strdup(q->smiles) : strndup(s, n);
}

static int write_t5(const t5 *x, const mg_caption_query *q, const mg_caption_options *o,
                    mg_caption_pool *pool, molglot_error *err) {
    mg_t5_text out[BEAMS_MOST];
    const mg_t5_draw draw = {.temperature = o->temperature, .seed = q->seed};
    const int beams = o->beams > 0 ? o->beams : BEAMS;
    int n = o->candidates > 0 ? o->candidates : beams;
    if (n > BEAMS_MOST) n = BEAMS_MOST;
    mg_t5_ask ask = {.n = n,
                     .search = mg_t5_search_default(),
                     .draw = o->temperature > 0 ? &draw : NULL,
                     .vector = q->embedding};
    ask.search.beams = beams > n ? beams : n;
    char *smiles = spelling(q);
    int code = smiles ? mg_t5_caption(x->part, x->tape, smiles, &ask, out, err)
                      : mg_no_memory(err, "a molecule");
    free(smiles);
    if (code) return code;
    for (int i = 0; i < n && out[i].text && !code; i++)
        code = add(pool, &mg_caption_t5, out[i].text,
                   o->temperature > 0 ? -out[i].score / out[i].tokens : -out[i].score, err);
    mg_t5_texts_free(out, n);
    return code;
}

static int propose_t5(void *state, const mg_caption_query *const *q, size_t n,
                      const mg_caption_options *o, mg_caption_pool *const *pools,
                      molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i++) code = write_t5(state, q[i], o, pools[i], err);
    return code;
}

const mg_caption_method mg_caption_t5 = {.name = "t5",
                                         .about = "captions that an imported T5 writes",
                                         .learned = true,
                                         .open = open_t5,
                                         .propose = propose_t5,
                                         .close = close_t5};
