/* pool.c - candidates of one molecule. */
#include "base/grow.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

int mg_caption_pool_add(mg_caption_pool *p, const mg_draft *d, molglot_error *err) {
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->at[i].text, d->text) == 0) {
            p->at[i].draft.weight += d->weight;
            p->at[i].draft.own |= d->own;
            return MOLGLOT_OK;
        }
    char *copy = strdup(d->text);
    if (!copy || !MG_GROW(p->at, p->cap, p->n + 1)) {
        free(copy);
        return mg_no_memory(err, "captions");
    }
    p->at[p->n] = (mg_caption){.text = copy, .draft = *d};
    p->at[p->n++].draft.text = copy;
    return MOLGLOT_OK;
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
