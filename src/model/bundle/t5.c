/* t5.c - a T5 with its tokeniser in one part.
 *
 *   metadata  molglot.format "1", molglot.kind "t5", molglot.t5 (JSON of model/t5/config.c),
 *             molglot.selftest, molglot.task ("generate", "caption" or absent: what it was trained
 *             to write), molglot.space (digest of the space of its graph row, where it has one),
 *             name, molglot.digest, and the importer's pairs
 *   tensors   the parameters by Hugging Face's names; vocab.spiece U8: the bytes of spiece.model
 *
 * The self-test is a hash of how probe texts and molecules fall into pieces (selftest.c).
 */
#include "model/bundle/inside.h"

#include <string.h>

#define KIND   "t5"
#define PIECES "vocab.spiece"
#define SPACE  "molglot.space"

bool mg_t5_part_is(const mg_part *p) {
    const char *kind = mg_part_meta(p, "molglot.kind");
    return kind && strcmp(kind, KIND) == 0;
}

static int load_pieces(mg_t5_part *m, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, PIECES);
    if (!t || strcmp(t->dtype, "U8") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " PIECES " is missing");
    m->pieces_bytes = t->data;
    m->pieces_n = t->bytes;
    m->pieces = mg_sentencepiece_new(t->data, t->bytes, err);
    return m->pieces ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

int mg_t5_part_load(const mg_part *p, void *part, molglot_error *err) {
    mg_t5_part *m = part;
    const char *json = mg_part_meta(p, "molglot.t5");
    mg_t5_config c;
    *m = (mg_t5_part){.bundle = p->bundle,
                      .file = p->file,
                      .path = p->path,
                      .prefix = p->prefix,
                      .task = mg_part_meta(p, "molglot.task"),
                      .space = mg_part_meta(p, SPACE)};
    int code = mg_part_check_format(p, err);
    if (!code && !json)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "molglot.t5 is missing from the metadata");
    if (!code) code = mg_t5_config_from_json(json, &c, err);
    if (code) return code;
    if (!(m->params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(m->t5 = mg_t5_new(m->params, "", &c, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_params *const list[] = {m->params};
    code = mg_params_map(m->params, p->file, p->prefix, err);
    if (!code) code = mg_part_check_claimed(p, "", list, 1, err);
    return code ? code : load_pieces(m, p, err);
}

int mg_t5_part_check(const void *part, molglot_error *err) {
    const mg_t5_part *m = part;
    const int pieces = mg_sentencepiece_size(m->pieces), rows = mg_t5_get_config(m->t5)->vocab;
    if (!m->space != (mg_t5_get_config(m->t5)->graph == 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "a graph row and " SPACE " go together");
    if (pieces <= rows) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "the tokeniser has %d pieces, the model rows for %d",
                   pieces, rows);
}

int mg_t5_part_selftest(const mg_part *p, const void *part, molglot_error *err) {
    const mg_t5_part *m = part;
    const char *stored = mg_part_meta(p, "molglot.selftest");
    char now[17];
    const int code = mg_selftest_pieces(m->pieces, now, err);
    if (code) return code;
    if (stored && strcmp(stored, now) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "this build splits texts into other pieces than the one that imported the "
                   "model: it would write nonsense");
}

void mg_t5_part_clear(void *part) {
    mg_t5_part *m = part;
    mg_t5_free(m->t5);
    mg_params_free(m->params);
    mg_sentencepiece_free(m->pieces);
}

int mg_t5_part_attach(const mg_t5_part *m, mg_tape *t, molglot_error *err) {
    const mg_params *const list[] = {m->params};
    return mg_part_attach(m->file, list, 1, t, err);
}

int mg_t5_caption(const mg_t5_part *m, mg_tape *t, const char *smiles, const mg_t5_ask *how,
                  mg_t5_text *out, molglot_error *err) {
    if (m->task && strcmp(m->task, MG_T5_GENERATE) == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s was trained to write molecules, not texts", m->path);
    return mg_t5_say(t, m->t5, m->pieces, smiles, how, out, NULL, err);
}

static int write_selftest(mg_weights_out *w, const mg_t5_contents *s, molglot_error *err) {
    mg_sentencepiece *pieces = mg_sentencepiece_new(s->pieces, s->pieces_bytes, err);
    char hash[17];
    if (!pieces) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_t5_part m = {.t5 = (mg_t5 *)(uintptr_t)s->t5, .pieces = pieces, .space = s->space};
    int code = mg_t5_part_check(&m, err);
    if (!code) code = mg_selftest_pieces(pieces, hash, err);
    mg_sentencepiece_free(pieces);
    return code ? code : mg_weights_out_meta(w, "molglot.selftest", hash, err);
}

int mg_t5_part_write(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_t5_contents *s = contents;
    const mg_t5_config *c = mg_t5_get_config(s->t5);
    mg_weights_out *w = o->w;
    mg_str json = {0};
    int code = mg_params_write(s->params, w, s->store_as, err);
    if (!code) code = mg_part_write_text(w, PIECES, s->pieces, s->pieces_bytes, err);
    if (!code) code = write_selftest(w, s, err);
    if (!code)
        code = mg_part_write_json(w, "molglot.t5", mg_t5_config_to_json(c, &json), &json, err);
    if (!code && s->task) code = mg_weights_out_meta(w, "molglot.task", s->task, err);
    if (!code && s->space) code = mg_weights_out_meta(w, SPACE, s->space, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.kind", KIND, err);
    return code ? code : mg_weights_out_meta(w, "name", c->name, err);
}
