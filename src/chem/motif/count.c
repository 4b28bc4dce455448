/* count.c - a vocabulary made of molecules: large fragments with how often they were seen, then the
 * pairs (motif, label) of all nodes and all anchors. Pieces alike but for alternating bonds are
 * one; the first that was seen is written.
 */
#include "base/grow.h"
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

/* One more of the piece, whose line would be `line`; both are freed. */
static int count(mg_motif_counts *c, const mg_piece *p, mg_str *line, molglot_error *err) {
    mg_str key = {0};
    mg_piece_key(p, true, &key);
    int code = key.failed || line->failed || !MG_GROW(c->items, c->cap, c->n + 1)
                   ? mg_no_memory(err, "a vocabulary of motifs")
                   : MOLGLOT_OK;
    mg_slot *slot = code ? NULL : mg_names_copy(&c->keys, key.s, key.n);
    if (!code && !slot) code = mg_no_memory(err, "a vocabulary of motifs");
    if (!code && slot->value < 0) {
        slot->value = (int32_t)c->n;
        c->items[c->n].n = 0;
        c->items[c->n++].text = line->s;
        *line = (mg_str){0};
    }
    if (!code) c->items[slot->value].n++;
    mg_str_free(&key);
    mg_str_free(line);
    return code;
}

int mg_motif_counts_fragments(mg_motif_counts *c, const mg_decomposition *d, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int32_t i = 0; i < d->n_fragments && !code; i++) {
        mg_str line = {0};
        if (d->fragments[i].n_atoms < 1) continue;
        mg_str_addz(&line, "fragment ");
        mg_piece_write(&d->fragments[i], &line);
        code = count(c, &d->fragments[i], &line, err);
    }
    return code;
}

static int count_pair(mg_motif_counts *c, const mg_piece *label, molglot_error *err) {
    const mg_piece plain = mg_piece_plain(label);
    mg_str line = {0};
    mg_piece_write(&plain, &line);
    mg_str_addz(&line, " ");
    mg_piece_write(label, &line);
    return count(c, label, &line, err);
}

int mg_motif_counts_labels(mg_motif_counts *c, const mg_decomposition *d, bool published,
                           molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int32_t i = 0; i < d->n_nodes && !code; i++) {
        const mg_motif_node *node = &d->nodes[i];
        const bool open = i == 0 && !published;
        code = count_pair(c, open ? &d->open_root : &node->label, err);
        for (int32_t k = 0; k < node->n_anchors && !code && !open; k++)
            code = count_pair(c, &node->anchor_as[k], err);
    }
    return code;
}

static int by_number(const void *a, const void *b) {
    const struct mg_motif_count *x = *(struct mg_motif_count *const *)a,
                                *y = *(struct mg_motif_count *const *)b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->text, y->text);
}

static int by_line(const void *a, const void *b) {
    return strcmp((*(struct mg_motif_count *const *)a)->text,
                  (*(struct mg_motif_count *const *)b)->text);
}

int mg_motif_counts_write(const mg_motif_counts *c, int64_t least, bool frequent, mg_str *out,
                          molglot_error *err) {
    struct mg_motif_count **list = malloc((c->n + 1) * sizeof *list);
    size_t n = 0;
    if (!list) return mg_no_memory(err, "a vocabulary of motifs");
    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].n >= least) list[n++] = &c->items[i];
    qsort(list, n, sizeof *list, frequent ? by_number : by_line);
    for (size_t i = 0; i < n; i++) mg_str_addf(out, "%s\n", list[i]->text);
    free(list);
    return out->failed ? mg_no_memory(err, "a vocabulary of motifs") : MOLGLOT_OK;
}

void mg_motif_counts_free(mg_motif_counts *c) {
    for (size_t i = 0; i < c->n; i++) free(c->items[i].text);
    free(c->items);
    mg_names_free(&c->keys);
    *c = (mg_motif_counts){0};
}
