/* space.c - the model file: one safetensors file with parameters, vocabularies, configuration
 * and metadata.
 *
 *   metadata  molglot.format "1", molglot.members "K", molglot.config (JSON of momu/config.c),
 *     molglot.selftest, and the trainer's
 *             pairs; in an ensemble config and selftest of member k are member.k.molglot.config,
 *               member.k.molglot.selftest
 *             (0 members: a bundle of writers alone, see merge.c)
 *   tensors   the parameters; vocab.text.hashes I32 and vocab.text.idf F32, vocab.graph.*, in an
 *             ensemble with "member.k." in front; vocab.wordpiece U8 (a vocab.txt), shared by all
 *
 * The self-test holds a few texts and molecules with what tokeniser and featurisers gave when the
 * model was trained. A build (or an RDKit) that gives something else would embed nonsense without a
 * word, so loading such a model fails instead.
 */
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "model/bundle/inside.h"
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT    "1"
#define WORDPIECE "vocab.wordpiece"

/* ---- loading ---- */

static int load_wordpiece(mg_model_file *m, const mg_momu_config *c, molglot_error *err) {
    if (c->text.encoder.layers < 1) return MOLGLOT_OK;
    const mg_file_tensor *ft = mg_tensor_file_find(m->file, WORDPIECE);
    if (!ft || strcmp(ft->dtype, "U8") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " WORDPIECE " is missing");
    if (!m->wordpiece) m->wordpiece = mg_wordpiece_new(ft->data, ft->bytes, err);
    if (!m->wordpiece) return MOLGLOT_BAD_FILE;
    if (mg_wordpiece_size(m->wordpiece) != c->text.encoder.vocab)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d pieces, the model %d rows",
                       mg_wordpiece_size(m->wordpiece), c->text.encoder.vocab);
    return MOLGLOT_OK;
}

/* Tensors of a file are aligned to their type only by courtesy, so the vocabulary is copied
 * first. */
static int load_bag(const mg_tensor_file *f, const char *prefix, const char *which, int32_t n,
                    mg_bag_vocab *out, molglot_error *err) {
    char name[64];
    if (n == 0) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%svocab.%s.hashes", prefix, which);
    const mg_file_tensor *hashes = mg_tensor_file_find(f, name);
    snprintf(name, sizeof name, "%svocab.%s.idf", prefix, which);
    const mg_file_tensor *idf = mg_tensor_file_find(f, name);
    bool right = hashes && idf && strcmp(hashes->dtype, "I32") == 0 &&
                 strcmp(idf->dtype, "F32") == 0 && hashes->count == n && idf->count == n;
    if (!right)
        return mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary %svocab.%s of %d features is missing",
                       prefix, which, n);
    uint32_t *h = malloc(hashes->bytes);
    float *w = malloc(idf->bytes);
    int code = MOLGLOT_OK;
    if (h && w) {
        memcpy(h, hashes->data, hashes->bytes);
        memcpy(w, idf->data, idf->bytes);
        code = mg_bag_vocab_init(out, h, w, n, err);
    } else {
        code = mg_no_memory(err, "the model file");
    }
    free(h);
    free(w);
    return code;
}

/* "" for a model of one member, else "member.k.". */
static void member_prefix(char out[32], int k, int members) {
    if (members == 1)
        out[0] = 0;
    else
        snprintf(out, 32, "member.%d.", k);
}

static const char *member_meta(const mg_tensor_file *f, const char *prefix, const char *key) {
    char name[96];
    snprintf(name, sizeof name, "%s%s", prefix, key);
    return mg_tensor_file_meta(f, name);
}

/* Members must look at the same things, because a row is featurised once for all of them. */
static int check_agreement(const mg_momu_config *a, const mg_momu_config *b, molglot_error *err) {
    bool bags = a->text.bag.vocab && b->text.bag.vocab,
         graph_bags = a->graph.bag.vocab && b->graph.bag.vocab;
    bool tokens = a->text.encoder.layers > 0 && b->text.encoder.layers > 0,
         graphs = a->graph.encoder.layers > 0 && b->graph.encoder.layers > 0;
    const char *what = bags && strcmp(a->text.families, b->text.families) ? "n-gram families"
                       : graph_bags && strcmp(a->graph.families, b->graph.families)
                           ? "substructure families"
                       : tokens && (a->text.max_tokens != b->text.max_tokens ||
                                    a->text.max_chars != b->text.max_chars ||
                                    a->text.special_tokens != b->text.special_tokens)
                           ? "token limits"
                       : graphs && a->graph.features != b->graph.features ? "graph features"
                                                                          : NULL;
    return what ? mg_fail(err, MOLGLOT_BAD_FILE, "members of an ensemble differ in their %s", what)
                : MOLGLOT_OK;
}

static int load_member(mg_model_file *m, int k, molglot_error *err) {
    mg_member *member = &m->member[k];
    mg_momu_config c;
    char prefix[32];
    member_prefix(prefix, k, m->members);
    const char *json = member_meta(m->file, prefix, "molglot.config"),
               *selftest = member_meta(m->file, prefix, "molglot.selftest");
    if (!json || !selftest)
        return mg_fail(err, MOLGLOT_BAD_FILE, "not a Molglot model (no configuration inside)");
    int code = mg_momu_config_from_json(json, &c, err);
    for (int i = 0; i < k && !code; i++)
        code = check_agreement(mg_momu_get_config(m->member[i].momu), &c, err);
    if (code) return code;
    member->params = mg_params_new();
    member->momu = member->params ? mg_momu_new(member->params, &c, err) : NULL;
    if (!member->momu)
        return member->params ? MOLGLOT_BAD_FILE : mg_no_memory(err, "the model file");
    if ((code = mg_params_map(member->params, m->file, prefix, err))) return code;
    if ((code = load_wordpiece(m, &c, err))) return code;
    if ((code = load_bag(m->file, prefix, "text", c.text.bag.vocab, &member->text_bag, err)))
        return code;
    if ((code = load_bag(m->file, prefix, "graph", c.graph.bag.vocab, &member->graph_bag, err)))
        return code;
    return k == 0 || c.text.encoder.layers > 0
               ? mg_selftest_check(selftest, &c, c.text.encoder.layers > 0 ? m->wordpiece : NULL,
                                   err)
               : MOLGLOT_OK;
}

static int load_parts(mg_model_file *m, molglot_error *err) {
    const char *format = mg_tensor_file_meta(m->file, "molglot.format"),
               *count = mg_tensor_file_meta(m->file, "molglot.members");
    if (!format)
        return mg_fail(err, MOLGLOT_BAD_FILE, "not a Molglot model (no configuration inside)");
    if (mg_tensor_file_meta(m->file, "molglot.kind") || (count && strcmp(count, "0") == 0))
        return mg_fail(
            err, MOLGLOT_BAD_FILE,
            "not a Molglot model of the shared space: this file only generates molecules");
    if (strcmp(format, FORMAT) != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "model format %s; this version reads " FORMAT,
                       format);
    char *end = NULL;
    long members = count ? strtol(count, &end, 10) : 1;
    if ((count && (end == count || *end)) || members < 1 || members > MG_MEMBERS)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "an ensemble of '%.20s' members; this version reads 1 to %d",
                       count ? count : "", MG_MEMBERS);
    m->members = (int)members;
    for (int k = 0; k < m->members; k++) {
        int code = load_member(m, k, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int mg_model_file_load(mg_model_file *m, const char *path, molglot_error *err) {
    molglot_error own = {0};
    memset(m, 0, sizeof *m);
    int code = MOLGLOT_OK;
    m->path = strdup(path);
    if (!m->path) return mg_no_memory(err, "the model file");
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
    for (int k = 0; k < MG_MEMBERS; k++) {
        mg_momu_free(m->member[k].momu);
        mg_params_free(m->member[k].params);
        mg_bag_vocab_free(&m->member[k].text_bag);
        mg_bag_vocab_free(&m->member[k].graph_bag);
    }
    mg_wordpiece_free(m->wordpiece);
    mg_tensor_file_close(m->file);
    free(m->path);
    memset(m, 0, sizeof *m);
}

int mg_model_file_attach(const mg_model_file *m, mg_tape *t, molglot_error *err) {
    size_t n;
    const void *bytes = mg_tensor_file_bytes(m->file, &n);
    mg_tape_attach(t, bytes, n);
    int code = mg_tape_error(t, err);
    for (int k = 0; k < m->members && !code; k++)
        code = mg_params_attach_mapped(m->member[k].params, t, err);
    return code;
}

int mg_model_file_dim(const mg_model_file *m) {
    int dim = 0;
    for (int k = 0; k < m->members; k++) dim += mg_momu_get_config(m->member[k].momu)->dim;
    return dim;
}

const char *mg_model_file_name(const mg_model_file *m) {
    const char *name = mg_tensor_file_meta(m->file, "name");
    return name ? name : mg_momu_get_config(m->member[0].momu)->name;
}

/* ---- saving ---- */

static int write_bag(mg_weights_out *w, const char *which, const mg_bag_vocab *v,
                     molglot_error *err) {
    char name[64];
    if (!v || v->n == 0) return MOLGLOT_OK;
    const int64_t shape[1] = {v->n};
    snprintf(name, sizeof name, "vocab.%s.hashes", which);
    int code = mg_weights_out_add(w, name, "I32", 1, shape, v->hashes, NULL, err);
    snprintf(name, sizeof name, "vocab.%s.idf", which);
    return code ? code : mg_weights_out_add(w, name, "F32", 1, shape, v->weights, NULL, err);
}

static int write_metadata(mg_weights_out *w, const mg_momu_config *c, const char *vocab,
                          size_t vocab_bytes, const char *const *metadata, molglot_error *err) {
    mg_str config = {0}, selftest = {0};
    int code = mg_momu_config_to_json(c, &config);
    if (code) code = mg_fail(err, code, "out of memory");
    if (!code) code = mg_selftest_make(c, vocab, vocab_bytes, &selftest, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.format", FORMAT, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.config", config.s, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.selftest", selftest.s, err);
    if (!code) code = mg_weights_out_meta(w, "name", c->name, err);
    for (size_t i = 0; metadata && metadata[i] && !code; i += 2)
        code = mg_weights_out_meta(w, metadata[i], metadata[i + 1], err);
    mg_str_free(&config);
    mg_str_free(&selftest);
    return code;
}

int mg_model_file_save(const char *path, const mg_params *p, const mg_momu *m,
                       const char *wordpiece_vocab, size_t vocab_bytes,
                       const mg_bag_vocab *text_bag, const mg_bag_vocab *graph_bag,
                       const char *store_as, const char *const *metadata, molglot_error *err) {
    const mg_momu_config *c = mg_momu_get_config(m);
    const bool tokens = c->text.encoder.layers > 0;
    const int64_t shape[1] = {(int64_t)vocab_bytes};
    mg_weights_out *w = mg_weights_out_new();
    if (!w) return mg_no_memory(err, "the model file");
    int code = mg_params_write(p, w, store_as, err);
    if (!code && tokens)
        code = mg_weights_out_add(w, WORDPIECE, "U8", 1, shape, wordpiece_vocab, NULL, err);
    if (!code && c->text.bag.vocab) code = write_bag(w, "text", text_bag, err);
    if (!code && c->graph.bag.vocab) code = write_bag(w, "graph", graph_bag, err);
    if (!code)
        code = write_metadata(w, c, tokens ? wordpiece_vocab : NULL, vocab_bytes, metadata, err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    return code;
}
