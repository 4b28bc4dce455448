/* modelfile.c - the model file: one safetensors file with parameters, vocabularies, configuration and metadata.
 *
 *   metadata  molglot.format "1", molglot.config (JSON of momu_config.c), molglot.selftest, and the trainer's pairs
 *   tensors   the parameters; vocab.wordpiece U8 (a vocab.txt); vocab.text.hashes I32 and vocab.text.idf F32, vocab.graph.*
 *
 * The self-test holds a few texts and molecules with what tokeniser and featurisers gave when the model was trained. A build
 * (or an RDKit) that gives something else would embed nonsense without a word, so loading such a model fails instead.
 * Called by embedders, the public interface and the trainer.
 */
#include "model/model.h"
#include "model/modelfile_inside.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "1"
#define WORDPIECE "vocab.wordpiece"

/* ---- loading ---- */

static int load_wordpiece(mg_model_file *m, const mg_momu_config *c, molglot_error *err) {
    if (c->text.encoder.layers < 1) return MOLGLOT_OK;
    const mg_file_tensor *ft = mg_tensor_file_find(m->file, WORDPIECE);
    if (!ft || strcmp(ft->dtype, "U8") != 0) return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " WORDPIECE " is missing");
    m->wordpiece = mg_wordpiece_new(ft->data, ft->bytes, err);
    if (!m->wordpiece) return MOLGLOT_BAD_FILE;
    if (mg_wordpiece_size(m->wordpiece) != c->text.encoder.vocab)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d pieces, the model %d rows", mg_wordpiece_size(m->wordpiece),
                       c->text.encoder.vocab);
    return MOLGLOT_OK;
}

/* Tensors of a file are aligned to their type only by courtesy, so the vocabulary is copied first. */
static int load_bag(const mg_tensor_file *f, const char *which, int32_t n, mg_bag_vocab *out, molglot_error *err) {
    char name[64];
    if (n == 0) return MOLGLOT_OK;
    snprintf(name, sizeof name, "vocab.%s.hashes", which);
    const mg_file_tensor *hashes = mg_tensor_file_find(f, name);
    snprintf(name, sizeof name, "vocab.%s.idf", which);
    const mg_file_tensor *idf = mg_tensor_file_find(f, name);
    bool right = hashes && idf && strcmp(hashes->dtype, "I32") == 0 && strcmp(idf->dtype, "F32") == 0 && hashes->count == n && idf->count == n;
    if (!right) return mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary vocab.%s of %d features is missing", which, n);
    uint32_t *h = malloc(hashes->bytes);
    float *w = malloc(idf->bytes);
    int code = MOLGLOT_OK;
    if (h && w) {
        memcpy(h, hashes->data, hashes->bytes);
        memcpy(w, idf->data, idf->bytes);
        code = mg_bag_vocab_init(out, h, w, n, err);
    } else {
        code = mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    }
    free(h);
    free(w);
    return code;
}

static int load_parts(mg_model_file *m, molglot_error *err) {
    mg_momu_config c;
    const char *format = mg_tensor_file_meta(m->file, "molglot.format"), *json = mg_tensor_file_meta(m->file, "molglot.config");
    const char *selftest = mg_tensor_file_meta(m->file, "molglot.selftest");
    if (!format || !json || !selftest) return mg_fail(err, MOLGLOT_BAD_FILE, "not a Molglot model (no configuration inside)");
    if (strcmp(format, FORMAT) != 0) return mg_fail(err, MOLGLOT_BAD_FILE, "model format %s; this version reads " FORMAT, format);
    int code = mg_momu_config_from_json(json, &c, err);
    if (code) return code;
    m->params = mg_params_new();
    m->momu = m->params ? mg_momu_new(m->params, &c, err) : NULL;
    if (!m->momu) return m->params ? MOLGLOT_BAD_FILE : mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    if ((code = mg_params_map(m->params, m->file, "", err))) return code;
    if ((code = load_wordpiece(m, &c, err))) return code;
    if ((code = load_bag(m->file, "text", c.text.bag.vocab, &m->text_bag, err))) return code;
    if ((code = load_bag(m->file, "graph", c.graph.bag.vocab, &m->graph_bag, err))) return code;
    return mg_selftest_check(selftest, &c, m->wordpiece, err);
}

int mg_model_file_load(mg_model_file *m, const char *path, molglot_error *err) {
    molglot_error own = {0};
    memset(m, 0, sizeof *m);
    int code = MOLGLOT_OK;
    m->path = strdup(path);
    if (!m->path) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    m->file = mg_tensor_file_open(path, &own);
    if (!m->file) {
        code = own.code;
    } else if ((code = load_parts(m, &own))) {
        mg_fail_prefix(&own, "%s", path);
    }
    if (code) {
        mg_model_file_close(m);
        if (err) *err = own;
    }
    return code;
}

void mg_model_file_close(mg_model_file *m) {
    mg_momu_free(m->momu);
    mg_params_free(m->params);
    mg_wordpiece_free(m->wordpiece);
    mg_bag_vocab_free(&m->text_bag);
    mg_bag_vocab_free(&m->graph_bag);
    mg_tensor_file_close(m->file);
    free(m->path);
    memset(m, 0, sizeof *m);
}

/* ---- saving ---- */

static int write_bag(mg_tensor_writer *w, const char *which, const mg_bag_vocab *v, molglot_error *err) {
    char name[64];
    if (!v || v->n == 0) return MOLGLOT_OK;
    const int64_t shape[1] = {v->n};
    snprintf(name, sizeof name, "vocab.%s.hashes", which);
    int code = mg_tensor_writer_add(w, name, "I32", 1, shape, v->hashes, NULL, err);
    snprintf(name, sizeof name, "vocab.%s.idf", which);
    return code ? code : mg_tensor_writer_add(w, name, "F32", 1, shape, v->weights, NULL, err);
}

static int write_metadata(mg_tensor_writer *w, const mg_momu_config *c, const char *vocab, size_t vocab_bytes,
                          const char *const *metadata, molglot_error *err) {
    mg_str config = {0}, selftest = {0};
    int code = mg_momu_config_to_json(c, &config);
    if (code) code = mg_fail(err, code, "out of memory");
    if (!code) code = mg_selftest_make(c, vocab, vocab_bytes, &selftest, err);
    if (!code) code = mg_tensor_writer_meta(w, "molglot.format", FORMAT, err);
    if (!code) code = mg_tensor_writer_meta(w, "molglot.config", config.s, err);
    if (!code) code = mg_tensor_writer_meta(w, "molglot.selftest", selftest.s, err);
    if (!code) code = mg_tensor_writer_meta(w, "name", c->name, err);
    for (size_t i = 0; metadata && metadata[i] && !code; i += 2) code = mg_tensor_writer_meta(w, metadata[i], metadata[i + 1], err);
    mg_str_free(&config);
    mg_str_free(&selftest);
    return code;
}

int mg_model_file_save(const char *path, const mg_params *p, const mg_momu *m, const char *wordpiece_vocab, size_t vocab_bytes,
                       const mg_bag_vocab *text_bag, const mg_bag_vocab *graph_bag, const char *store_as,
                       const char *const *metadata, molglot_error *err) {
    const mg_momu_config *c = mg_momu_get_config(m);
    const bool tokens = c->text.encoder.layers > 0;
    const int64_t shape[1] = {(int64_t)vocab_bytes};
    mg_tensor_writer *w = mg_tensor_writer_new();
    if (!w) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    int code = mg_params_write(p, w, store_as, err);
    if (!code && tokens) code = mg_tensor_writer_add(w, WORDPIECE, "U8", 1, shape, wordpiece_vocab, NULL, err);
    if (!code && c->text.bag.vocab) code = write_bag(w, "text", text_bag, err);
    if (!code && c->graph.bag.vocab) code = write_bag(w, "graph", graph_bag, err);
    if (!code) code = write_metadata(w, c, tokens ? wordpiece_vocab : NULL, vocab_bytes, metadata, err);
    if (!code) code = mg_tensor_writer_save(w, path, err);
    mg_tensor_writer_free(w);
    return code;
}
