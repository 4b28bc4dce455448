/* columns.c - the columns of a corpus: sections given their types, vocabularies made of sections,
 * and what one row has in each column.
 */
#include "data/inside.h"
#include "data/pack.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int64_t elements(const mg_corpus *c, mg_section s, size_t size) {
    return (int64_t)(c->bytes[s] / size);
}

/* Which sections must be there, and how long, follows from the first one of a column. */
static int type_sections(mg_corpus *c, const char *name, molglot_error *err) {
    const mg_corpus_header *h = &c->h;
    const bool graphs = c->bytes[SEC_ATOM_OFF] > 0, sentences = c->bytes[SEC_SENT_OFF] > 0,
               tokens = c->bytes[SEC_SMILES_OFF] > 0, strings = c->bytes[SEC_STRING_OFF] > 0,
               hashes = c->bytes[SEC_SMILES_HASH] > 0, others = c->bytes[SEC_OTHER_OFF] > 0;
    const size_t atom_cols = (size_t)mg_feat_atom_cols((mg_feat_kind)h->features),
                 bond_cols = (size_t)mg_feat_bond_cols((mg_feat_kind)h->features);
    const int64_t edges = elements(c, SEC_EDGE_SRC, 4);
    const struct {
        mg_section s;
        bool there;
        size_t size;
        int64_t count; /* -1: any */
        const void **to;
    } all[] = {{SEC_ROW_MOL, true, 4, h->rows, (const void **)&c->row_mol},
               {SEC_ROW_TEXT, true, 4, h->rows, (const void **)&c->row_text},
               {SEC_ROW_SOURCE, true, 4, h->rows, (const void **)&c->row_source},
               {SEC_ATOM_OFF, graphs, 8, h->mols + 1, (const void **)&c->atom_off},
               {SEC_ATOMS, graphs, atom_cols, -1, (const void **)&c->atoms},
               {SEC_EDGE_OFF, graphs, 8, h->mols + 1, (const void **)&c->edge_off},
               {SEC_EDGE_SRC, graphs, 4, edges, (const void **)&c->edge_src},
               {SEC_EDGE_DST, graphs, 4, edges, (const void **)&c->edge_dst},
               {SEC_BONDS, graphs, bond_cols, edges, (const void **)&c->bonds},
               {SEC_MOL_OFF, graphs, 8, h->mols + 1, (const void **)&c->mol_off},
               {SEC_MOL_BAG, graphs, 4, -1, (const void **)&c->mol_bag},
               {SEC_SENT_OFF, sentences, 8, h->texts + 1, (const void **)&c->sent_off},
               {SEC_TOKEN_OFF, sentences, 8, h->sentences + 1, (const void **)&c->token_off},
               {SEC_TOKENS, sentences, 4, -1, (const void **)&c->tokens},
               {SEC_TEXT_OFF, sentences, 8, h->sentences + 1, (const void **)&c->text_off},
               {SEC_TEXT_BAG, sentences, 4, -1, (const void **)&c->text_bag},
               {SEC_CHAR_OFF, sentences, 8, h->sentences + 1, (const void **)&c->char_off},
               {SEC_CHARS, sentences, 1, -1, (const void **)&c->chars},
               {SEC_SMILES_OFF, tokens, 8, h->mols + 1, (const void **)&c->smiles_off},
               {SEC_SMILES, tokens, 2, -1, (const void **)&c->smiles},
               {SEC_SMILES_HASH, hashes, 8, h->mols, (const void **)&c->smiles_hash},
               {SEC_STRING_OFF, strings, 8, h->texts + 1, (const void **)&c->string_off},
               {SEC_STRINGS, strings, 1, -1, (const void **)&c->strings},
               {SEC_OTHER_OFF, others, 8, h->texts + 1, (const void **)&c->other_off},
               {SEC_OTHERS, others, 4, -1, (const void **)&c->others}};
    for (size_t i = 0; i < MG_COUNT(all); i++) {
        const size_t bytes = c->bytes[all[i].s];
        size_t want = 0;
        bool fits = bytes % all[i].size == 0;
        if (all[i].count >= 0 || !all[i].there)
            fits &= mg_mul_size(all[i].there ? (size_t)all[i].count : 0, all[i].size, &want) &&
                    bytes == want;
        if (!fits)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: section %d does not fit", name,
                           (int)all[i].s);
        *all[i].to = all[i].there ? c->data[all[i].s] : NULL;
    }
    return MOLGLOT_OK;
}

static int make_bag(mg_corpus *c, mg_section hashes, mg_section weights, mg_bag_vocab *out,
                    const char *name, molglot_error *err) {
    const int64_t n = elements(c, hashes, 4);
    if (c->bytes[hashes] % 4 || c->bytes[weights] != c->bytes[hashes] || n > MG_BAG_IDS)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: damaged vocabulary", name);
    return mg_bag_vocab_init(out, c->data[hashes], c->data[weights], (int32_t)n, err);
}

static int make_vocabularies(mg_corpus *c, const char *name, molglot_error *err) {
    int code = make_bag(c, SEC_TEXT_HASH, SEC_TEXT_IDF, &c->text_vocab, name, err);
    if (!code) code = make_bag(c, SEC_GRAPH_HASH, SEC_GRAPH_IDF, &c->graph_vocab, name, err);
    if (!code && c->bytes[SEC_WORDPIECE]) {
        mg_str_add(&c->words, c->data[SEC_WORDPIECE], c->bytes[SEC_WORDPIECE]);
        if (c->words.failed) return mg_no_memory(err, "a vocabulary");
        c->wordpiece = mg_wordpiece_new(c->words.s, c->words.n, err);
        if (!c->wordpiece) return mg_code_of(err, MOLGLOT_BAD_FILE);
        c->cls = mg_wordpiece_id(c->wordpiece, "[CLS]");
        c->sep = mg_wordpiece_id(c->wordpiece, "[SEP]");
    }
    if (!code && c->smiles_off) {
        c->smiles_vocab = mg_smiles_vocab_new(c->data[SEC_SMILES_VOCAB], c->bytes[SEC_SMILES_VOCAB],
                                              err);
        if (!c->smiles_vocab) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    return code;
}

int mg_columns_open(mg_corpus *c, const char *name, molglot_error *err) {
    int code = type_sections(c, name, err);
    if (!code) code = make_vocabularies(c, name, err);
    while (!code && c->n_texts < c->h.rows && c->row_text[c->n_texts] >= 0) c->n_texts++;
    return code;
}

void mg_columns_close(mg_corpus *c) {
    mg_bag_vocab_free(&c->text_vocab);
    mg_bag_vocab_free(&c->graph_vocab);
    mg_wordpiece_free(c->wordpiece);
    mg_smiles_vocab_free(c->smiles_vocab);
    mg_str_free(&c->words);
    for (int s = 0; s < SEC_COUNT; s++) mg_str_free(&c->made[s]);
    mg_map_close(&c->map);
}

/* ---- a corpus ---- */

int64_t mg_corpus_rows(const mg_corpus *c) { return c->h.rows; }
int64_t mg_corpus_texts(const mg_corpus *c) { return c->n_texts; }
int32_t mg_corpus_molecules(const mg_corpus *c) { return (int32_t)c->h.mols; }
int64_t mg_corpus_rejected(const mg_corpus *c) { return c->h.rejected; }
int64_t mg_corpus_excluded(const mg_corpus *c) { return c->h.excluded; }
int64_t mg_corpus_too_long(const mg_corpus *c) { return c->h.too_long; }
int64_t mg_corpus_source_rows(const mg_corpus *c, int32_t source) {
    int64_t n = 0;
    for (int64_t i = 0; i < c->h.rows; i++) n += c->row_source[i] == source;
    return n;
}

int32_t mg_corpus_row_source(const mg_corpus *c, int64_t i) { return c->row_source[i]; }

const char *mg_corpus_sha256(const mg_corpus *c) { return c->h.sources; }
const mg_smiles_vocab *mg_corpus_tokens(const mg_corpus *c) { return c->smiles_vocab; }
const mg_bag_vocab *mg_corpus_text_bag(const mg_corpus *c) { return &c->text_vocab; }
const mg_bag_vocab *mg_corpus_graph_bag(const mg_corpus *c) { return &c->graph_vocab; }

const char *mg_corpus_wordpiece(const mg_corpus *c, size_t *n) {
    *n = c->words.n;
    return c->words.s;
}

/* ---- a row ---- */

int32_t mg_corpus_molecule(const mg_corpus *c, int64_t i) { return c->row_mol[i]; }
uint64_t mg_corpus_hash(const mg_corpus *c, int32_t molecule) { return c->smiles_hash[molecule]; }

const uint16_t *mg_corpus_smiles(const mg_corpus *c, int64_t i, int32_t *n) {
    const int64_t *at = &c->smiles_off[c->row_mol[i]];
    *n = (int32_t)(at[1] - at[0]);
    return c->smiles + at[0];
}

char *mg_corpus_smiles_string(const mg_corpus *c, int64_t i) {
    int32_t n;
    const uint16_t *ids = mg_corpus_smiles(c, i, &n);
    mg_str s = {0};
    mg_str_addz(&s, "");
    for (int32_t k = 0; k < n; k++) mg_str_addz(&s, mg_smiles_vocab_token(c->smiles_vocab, ids[k]));
    if (s.failed) mg_str_free(&s);
    return s.s;
}

const int32_t *mg_corpus_text(const mg_corpus *c, int64_t i, int32_t *n) {
    *n = 0;
    if (i >= c->n_texts || !c->wordpiece) return NULL;
    const int64_t *at = &c->sent_off[c->row_text[i]];
    const int64_t from = c->token_off[at[0]], count = c->token_off[at[1]] - from;
    *n = (int32_t)(c->max_text > 0 && count > c->max_text ? c->max_text : count);
    return *n ? c->tokens + from : NULL;
}

const char *mg_corpus_sentence(const mg_corpus *c, int64_t i) {
    return i < c->n_texts && c->strings ? c->strings + c->string_off[c->row_text[i]] : "";
}
