/* say.c - text in, texts out: a T5 with its tokeniser. */
#include "model/t5/t5.h"

#include <stdlib.h>
#include <string.h>

/* Texts of outputs[n], which fewer may have. */
static int texts_of(const mg_sentencepiece *w, const mg_t5_output *o, int n, mg_t5_text *out,
                    molglot_error *err) {
    for (int i = 0; i < n && o[i].ids; i++) {
        out[i] = (mg_t5_text){.text = mg_sentencepiece_decode(w, o[i].ids, (size_t)o[i].n, err),
                              .score = o[i].score,
                              .tokens = o[i].n,
                              .ended = o[i].ids[o[i].n - 1] == MG_T5_END};
        if (!out[i].text) return mg_code_of(err, MOLGLOT_FAILED);
    }
    return MOLGLOT_OK;
}

static int ask(mg_tape *t, const mg_t5 *m, const int32_t *ids, int32_t count, const mg_t5_ask *how,
               mg_t5_output *out, molglot_error *err) {
    mg_tape_reset(t);
    const int32_t offsets[2] = {0, count};
    mg_t5_memory memory = mg_t5_encode(t, m, &(mg_t5_rows){ids, {1, offsets}, NULL});
    const int graph = mg_t5_get_config(m)->graph;
    if (graph > 0 && memory.rows) {
        float *vector = mg_tape_alloc(t, (size_t)graph * sizeof *vector);
        for (int i = 0; i < graph && vector; i++) vector[i] = how->vector ? how->vector[i] : 0;
        memory = vector ? mg_t5_graph_row(t, m, &memory, vector) : (mg_t5_memory){0};
    }
    if (!memory.rows) return mg_code_of(err, mg_tape_error(t, err));
    return how->draw ? mg_t5_sample(t, m, &memory, 0, how->draw, how->n, out, err)
                     : mg_t5_beam_search(t, m, &memory, 0, &how->search, how->n, out, err);
}

int mg_t5_say(mg_tape *t, const mg_t5 *m, const mg_sentencepiece *w, const char *text,
              const mg_t5_ask *how, mg_t5_text *out, bool *cut, molglot_error *err) {
    const int32_t most = mg_t5_get_config(m)->positions;
    int32_t *ids = NULL, count = 0;
    memset(out, 0, (size_t)(how->n > 0 ? how->n : 0) * sizeof *out);
    mg_t5_output *outputs = calloc((size_t)(how->n > 0 ? how->n : 0) + 1, sizeof *outputs);
    int code = outputs ? mg_sentencepiece_encode(w, text, strlen(text), 0, &ids, &count, err)
                       : mg_no_memory(err, "%d texts", how->n);
    if (!code) {
        if (cut) *cut = count > most;
        if (count > most) ids[(count = most) - 1] = MG_T5_END;
        code = ask(t, m, ids, count, how, outputs, err);
    }
    if (!code) code = texts_of(w, outputs, how->n, out, err);
    if (outputs) mg_t5_outputs_free(outputs, how->n > 0 ? how->n : 0);
    if (code) mg_t5_texts_free(out, how->n);
    free(outputs);
    free(ids);
    return code;
}

void mg_t5_texts_free(mg_t5_text *out, int n) {
    for (int i = 0; i < n; i++) {
        free(out[i].text);
        out[i] = (mg_t5_text){0};
    }
}
