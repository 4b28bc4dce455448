/* pack.c - one row in one direction: what is read, and what is written.
 *
 *   molecule   text, molecules near to it                       -> SMILES
 *   caption    molecules near to it, the molecule, their captions -> text; with a graph row the
 *              molecule's vector too
 */
#include "train/atomas/atomas.h"

/* Packs a row's neighbours: their molecules, or what is said of them. */
static int pack_near(const atomas_task *w, const int32_t *near, const int32_t *places,
                     bool captions, train_rows *p, molglot_error *err) {
    const mg_corpus *c = w->t.corpus.rows;
    int code = MOLGLOT_OK;
    for (int k = 0; k < w->memory.k && !code; k++) {
        const int32_t row = places[k] < 0 ? -1 : near[places[k]];
        int32_t n;
        if (row < 0) continue;
        if (captions) {
            const int32_t *text = mg_corpus_text(c, row, &n);
            code = train_rows_caption(p, k, text, n, err);
        } else {
            const uint16_t *molecule = mg_corpus_smiles(c, row, &n);
            code = train_rows_molecule(p, k, molecule, n, err);
        }
    }
    return code;
}

static int pack_molecule(const atomas_task *w, const mg_corpus *c, int64_t row, const int32_t *near,
                         const int32_t *places, train_rows *p, molglot_error *err) {
    int32_t n;
    const int32_t *text = mg_corpus_text(c, row, &n);
    int code = train_rows_text(p, text, n, err);
    if (!code && near) code = pack_near(w, near, places, false, p, err);
    const uint16_t *smiles = mg_corpus_smiles(c, row, &n);
    return code ? code : train_rows_row(p, smiles, n, err);
}

static int pack_caption(const atomas_task *w, const atomas_read *r, train_rows *p,
                        molglot_error *err) {
    int32_t n;
    int code = r->near ? pack_near(w, r->near, r->places, false, p, err) : MOLGLOT_OK;
    const uint16_t *smiles = mg_corpus_smiles(r->from, r->row, &n);
    if (!code) code = train_rows_own(p, smiles, n, err);
    if (!code && r->near) code = pack_near(w, r->near, r->places, true, p, err);
    if (!code && w->model.graph_row) code = mg_writer_pack_space(&p->input, r->vector, err);
    const int32_t *text = mg_corpus_text(r->from, r->row, &n);
    return code ? code : train_rows_words(p, text, n, err);
}

int atomas_pack(const atomas_task *w, const atomas_read *r, train_rows *p, molglot_error *err) {
    return r->caption ? pack_caption(w, r, p, err)
                      : pack_molecule(w, r->from, r->row, r->near, r->places, p, err);
}
