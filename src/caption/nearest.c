/* nearest.c - the method `nearest`: captions of near molecules, word for word but for the names of
 * the molecule's acid, base and mirror image (conjugate.c).
 *
 *   weight_j = exp((similarity_j - best similarity) / T), T = 0.2
 */
#include "caption/inside.h"

#include <math.h>
#include <string.h>

static const double TEMPERATURE = .2;

static int needs_memory(const mg_captioner_options *o, void **state, molglot_error *err) {
    *state = (void *)(uintptr_t)o->names; /* never written to */
    if (o->embedder && mg_memory_is_there(&o->memory)) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE,
                   "captions are copied from a memory, and there is none: the model needs a part "
                   "memory, or an index with texts is given");
}

static int add_copies(const mg_caption_query *q, const mg_caption_options *o,
                      const mg_conjugates *names, mg_caption_pool *pool, molglot_error *err) {
    int code = MOLGLOT_OK;
    const double best = q->n_near ? (double)q->near[0].similarity : 0;
    for (int k = 0; k < q->n_near && !code; k++) {
        const mg_leaned *l = &q->near[k];
        mg_str text = {0};
        if (o->candidates && k >= o->candidates) break;
        if (!l->same) code = mg_conjugates_say(names, l->row, l->text, &text, err);
        const mg_draft d = {.text = l->same ? l->text : text.s,
                            .method = mg_caption_nearest.name,
                            .row = l->row,
                            .own = l->same,
                            .edited = !l->same && text.s && strcmp(text.s, l->text) != 0,
                            .weight = exp(((double)l->similarity - best) / TEMPERATURE),
                            .nll = NAN,
                            .cosine = l->caption,
                            .kinship = l->kinship};
        if (!code) code = mg_caption_pool_add(pool, &d, err);
        mg_str_free(&text);
    }
    return code;
}

static int propose(void *state, const mg_caption_query *const *q, size_t n,
                   const mg_caption_options *o, mg_caption_pool *const *pools, molglot_error *err) {
    const mg_dictionary *dictionary = state;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i++) {
        mg_conjugates names;
        code = mg_conjugates_of(q[i], dictionary, &names, err);
        if (!code) code = add_copies(q[i], o, &names, pools[i], err);
        mg_conjugates_free(&names);
    }
    return code;
}

const mg_caption_method mg_caption_nearest = {
    .name = "nearest",
    .about = "captions of near molecules, the one on which they agree first",
    .open = needs_memory,
    .propose = propose};
