/* import.c - published T5 checkpoints: which T5 a file holds, and of what size.
 *
 * Known contents: T5 v1.1 and MolT5 as transformers writes them (names without a prefix), an Atomas
 * checkpoint of Lightning (state_dict.molt5.* and its running average state_dict.molt5_m.*, which
 * is the one that the reference generates with). A model is found by a tensor that every one has;
 * whatever precedes that tensor's name is the prefix. Sizes are those of the tensors; the rest
 * comes from config.json where there is one, else it is T5 v1.1's.
 */
#include "model/t5/t5.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MARK    "decoder.block.0.layer.1.EncDecAttention.q.weight"
#define AVERAGE "molt5_m."
#define ONLINE  "molt5."

static bool ends_with(const char *s, size_t n, const char *end) {
    const size_t m = strlen(end);
    return n >= m && memcmp(s + n - m, end, m) == 0;
}

/* The length of what precedes MARK in a tensor's name; -1: it is another tensor. */
static int prefix_length(const char *name) {
    const size_t n = strlen(name), m = strlen(MARK);
    if (!ends_with(name, n, MARK) || (n > m && name[n - m - 1] != '.')) return -1;
    return (int)(n - m);
}

/* How much a prefix is wanted. */
static int preference(const char *prefix, size_t n, bool online) {
    if (ends_with(prefix, n, AVERAGE)) return online ? 1 : 3;
    if (ends_with(prefix, n, ONLINE)) return online ? 3 : 2;
    return 2;
}

bool mg_t5_is_in(const mg_tensor_file *f) {
    for (size_t i = 0; i < mg_tensor_file_count(f); i++)
        if (prefix_length(mg_tensor_file_at(f, i)->name) >= 0) return true;
    return false;
}

int mg_t5_find_in(const mg_tensor_file *f, bool online, mg_str *prefix, molglot_error *err) {
    const char *best = NULL;
    int n = 0, wanted = 0;
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const char *name = mg_tensor_file_at(f, i)->name;
        const int length = prefix_length(name),
                  value = length < 0 ? 0 : preference(name, (size_t)length, online);
        if (value <= wanted) continue;
        best = name, n = length, wanted = value;
    }
    if (!best) return mg_fail(err, MOLGLOT_BAD_FILE, "no T5 in it: no tensor ..." MARK);
    mg_str_addf(prefix, "%.*s", n, best);
    return prefix->failed ? mg_no_memory(err, "the model") : MOLGLOT_OK;
}

/* ---- sizes ---- */

/* A matrix's rows and columns. */
static int shape_of(const mg_tensor_file *f, const char *prefix, const char *leaf, int *rows,
                    int *cols, molglot_error *err) {
    char name[MG_NAME_MAX];
    snprintf(name, sizeof name, "%s%s", prefix, leaf);
    const mg_file_tensor *t = mg_tensor_file_find(f, name);
    if (!t || t->ndim != 2 || t->shape[0] < 1 || t->shape[0] > 1 << 24 || t->shape[1] < 1 ||
        t->shape[1] > 1 << 24)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is missing, or no matrix", name);
    *rows = (int)t->shape[0], *cols = (int)t->shape[1];
    return MOLGLOT_OK;
}

static int count_blocks(const mg_tensor_file *f, const char *prefix, const char *stack) {
    char name[MG_NAME_MAX];
    for (int n = 0;; n++) {
        snprintf(name, sizeof name, "%s%s.block.%d.layer.0.SelfAttention.q.weight", prefix, stack,
                 n);
        if (!mg_tensor_file_find(f, name)) return n;
    }
}

static int read_shapes(const mg_tensor_file *f, const char *prefix, mg_t5_config *c,
                       molglot_error *err) {
    int inner = 0, d, code;
    if ((code = shape_of(f, prefix, "lm_head.weight", &c->vocab, &c->d_model, err))) {
        mg_fail_prefix(err, "T5 v1.1 has a head of its own");
        return code;
    }
    code = shape_of(f, prefix, "encoder.block.0.layer.0.SelfAttention.q.weight", &inner, &d, err);
    if (!code)
        code = shape_of(f, prefix,
                        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                        &c->buckets, &c->heads, err);
    if (!code)
        code = shape_of(f, prefix, "encoder.block.0.layer.1.DenseReluDense.wi_0.weight", &c->d_ff,
                        &d, err);
    if (code) return code;
    c->layers = count_blocks(f, prefix, "encoder");
    c->decoder_layers = count_blocks(f, prefix, "decoder");
    if (inner % c->heads)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%d columns of queries for %d heads", inner,
                       c->heads);
    c->d_kv = inner / c->heads;
    return MOLGLOT_OK;
}

/* ---- config.json ---- */

static int refuse(molglot_error *err, const char *why) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "config.json: %s", why);
}

static void read_int(const json_t *all, const char *key, int *out) {
    const json_t *v = json_object_get(all, key);
    const json_int_t n = json_integer_value(v);
    if (json_is_integer(v) && n > 0 && n < 1 << 24) *out = (int)n;
}

static int read_config(const json_t *all, mg_t5_config *c, molglot_error *err) {
    const char *ffn = json_string_value(json_object_get(all, "feed_forward_proj")),
               *type = json_string_value(json_object_get(all, "model_type"));
    const json_t *eps = json_object_get(all, "layer_norm_epsilon"),
                 *dropout = json_object_get(all, "dropout_rate");
    if (type && strcmp(type, "t5") != 0) return refuse(err, "its model_type is not t5");
    if (!ffn || strcmp(ffn, "gated-gelu") != 0)
        return refuse(err, "feed_forward_proj is not gated-gelu: no T5 v1.1");
    if (json_is_true(json_object_get(all, "tie_word_embeddings")))
        return refuse(err, "tie_word_embeddings is true: no T5 v1.1");
    read_int(all, "relative_attention_max_distance", &c->distance);
    read_int(all, "n_positions", &c->positions);
    if (json_is_number(eps)) c->eps = (float)json_number_value(eps);
    if (json_is_number(dropout)) c->dropout = (float)json_number_value(dropout);
    return MOLGLOT_OK;
}

int mg_t5_config_of(const mg_tensor_file *f, const char *prefix, const char *config_json,
                    mg_t5_config *out, molglot_error *err) {
    *out = mg_t5_config_default();
    int code = read_shapes(f, prefix, out, err);
    if (!code && config_json) {
        json_error_t e;
        json_t *all = json_loads(config_json, 0, &e);
        code = json_is_object(all) ? read_config(all, out, err) : refuse(err, e.text);
        json_decref(all);
    }
    return code ? code : mg_t5_config_check(out, err);
}
