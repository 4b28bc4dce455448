/* pool.c - candidates of one molecule. */
#include "base/grow.h"
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int add_voice(mg_caption *c, const mg_draft *d, molglot_error *err) {
    int k = 0;
    while (k < c->n_voices && strcmp(c->voices[k].method, d->method) != 0) k++;
    if (k == MG_CAPTION_VOICES)
        return mg_fail(err, MOLGLOT_USAGE, "a caption of more than %d methods", MG_CAPTION_VOICES);
    if (k == c->n_voices) c->voices[c->n_voices++] = (mg_caption_voice){d->method, 0};
    c->voices[k].weight += d->weight;
    return MOLGLOT_OK;
}

/* The same text again. */
static int add_again(mg_caption *c, const mg_draft *d, molglot_error *err) {
    const bool own = c->draft.own || d->own;
    const double nll = isnan(c->draft.nll) ? d->nll : c->draft.nll;
    const float cosine = isnan(c->draft.cosine) ? d->cosine : c->draft.cosine;
    if (c->draft.row < 0 && d->row >= 0) {
        c->draft = *d;
        c->draft.text = c->text;
    }
    c->draft.own = own;
    c->draft.nll = nll;
    c->draft.cosine = cosine;
    return add_voice(c, d, err);
}

int mg_caption_pool_add(mg_caption_pool *p, const mg_draft *d, molglot_error *err) {
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->at[i].text, d->text) == 0) return add_again(&p->at[i], d, err);
    char *copy = strdup(d->text);
    if (!copy || !MG_GROW(p->at, p->cap, p->n + 1)) {
        free(copy);
        return mg_no_memory(err, "captions");
    }
    p->at[p->n] = (mg_caption){.text = copy, .draft = *d};
    p->at[p->n].draft.text = copy;
    return add_voice(&p->at[p->n++], d, err);
}

void mg_captions_free(mg_caption *c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(c[i].text);
        free(c[i].wrong);
    }
}

void mg_caption_pool_free(mg_caption_pool *p) {
    mg_captions_free(p->at, p->n);
    free(p->at);
    *p = (mg_caption_pool){0};
}
