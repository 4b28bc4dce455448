/* space.c - the space: one model of MoMu, or an ensemble of several, in one part.
 *
 *   metadata  molglot.format "1", molglot.config (JSON of momu/config.c), molglot.selftest, name,
 *             molglot.digest, and the trainer's pairs; of an ensemble molglot.members "K", and each
 *             member's own behind "member.k."; molglot.weights "1 1 0.5" of its members (format
 *             "2", which readers that know no weights refuse)
 *   tensors   the parameters; vocab.text.hashes I32 and vocab.text.idf F32, vocab.graph.*; in an
 *             ensemble behind "member.k."; vocab.wordpiece U8 (a vocab.txt), shared by all
 *
 * The self-test holds a few texts and molecules with what tokeniser and featurisers gave when the
 * model was trained. A build (or an RDKit) that gives something else would embed nonsense without a
 * word, so loading such a model fails instead.
 */
#include "base/bags.h"
#include "model/bundle/inside.h"
#include "model/momu/momu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- loading ---- */

/* Tensors of a file are aligned to their type only by courtesy, so the vocabulary is copied
 * first. */
static int load_bag(const mg_part *p, const char *member, const char *which, int32_t n,
                    mg_bag_vocab *out, molglot_error *err) {
    char name[64];
    if (n == 0) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%svocab.%s.hashes", member, which);
    const mg_file_tensor *hashes = mg_part_find(p, name);
    snprintf(name, sizeof name, "%svocab.%s.idf", member, which);
    const mg_file_tensor *idf = mg_part_find(p, name);
    bool right = hashes && idf && strcmp(hashes->dtype, "I32") == 0 &&
                 strcmp(idf->dtype, "F32") == 0 && hashes->count == n && idf->count == n;
    if (!right)
        return mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary %svocab.%s of %d features is missing",
                       member, which, n);
    if (!mg_file_tensor_finite(idf))
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s holds NaN or infinite numbers", idf->name);
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

static const char *member_meta(const mg_part *p, const char *member, const char *key) {
    char name[96];
    snprintf(name, sizeof name, "%s%s", member, key);
    return mg_part_meta(p, name);
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

static bool reads_tokens(const mg_momu_config *c) { return c->text.encoder.layers > 0; }

static int load_member(mg_space_part *m, const mg_part *p, int k, molglot_error *err) {
    mg_member *member = &m->member[k];
    mg_momu_config c;
    char prefix[32], full[64];
    member_prefix(prefix, k, m->members);
    const char *json = member_meta(p, prefix, "molglot.config");
    if (!json)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%smolglot.config is missing from the metadata",
                       prefix);
    int code = mg_momu_config_from_json(json, &c, err);
    if (code) return code;
    if (!(member->params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(member->momu = mg_momu_new(member->params, &c, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    snprintf(full, sizeof full, "%s%s", p->prefix, prefix);
    code = mg_params_map(member->params, p->file, full, err);
    if (!code) {
        const mg_params *const list[] = {member->params};
        code = mg_part_check_claimed(p, prefix, list, 1, err);
    }
    if (!code && reads_tokens(&c) && !m->wordpiece)
        code = mg_part_wordpiece(p, true, &m->wordpiece, err);
    if (!code) code = load_bag(p, prefix, "text", c.text.bag.vocab, &member->text_bag, err);
    return code ? code : load_bag(p, prefix, "graph", c.graph.bag.vocab, &member->graph_bag, err);
}

bool mg_space_is(const mg_part *p) {
    return mg_part_meta(p, "molglot.config") || mg_part_meta(p, "member.0.molglot.config");
}

/* Numbers above 0, one a member. */
static int read_weights(mg_space_part *m, const mg_part *p, molglot_error *err) {
    const char *s = mg_part_meta(p, "molglot.weights");
    for (int k = 0; k < m->members; k++) {
        char *end = NULL;
        m->weight[k] = s ? strtof(s, &end) : 1;
        if (s && (end == s || !(m->weight[k] > 0 && m->weight[k] <= MG_WEIGHT_MAX)))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: weights of members are damaged", p->path);
        s = end;
    }
    return s && *s ? mg_fail(err, MOLGLOT_BAD_FILE, "%s: more weights than members", p->path)
                   : MOLGLOT_OK;
}

/* Format "1"; with weights "2". */
static int check_format(const mg_part *p, molglot_error *err) {
    const char *format = mg_part_meta(p, "molglot.format");
    const bool weighted = mg_part_meta(p, "molglot.weights") != NULL;
    return weighted && format && strcmp(format, "2") == 0 ? MOLGLOT_OK
                                                          : mg_part_check_format(p, err);
}

int mg_space_load(const mg_part *p, void *part, molglot_error *err) {
    mg_space_part *m = part;
    *m =
        (mg_space_part){.bundle = p->bundle, .file = p->file, .path = p->path, .prefix = p->prefix};
    int code = check_format(p, err);
    if (code) return code;
    const char *count = mg_part_meta(p, "molglot.members");
    char *end = NULL;
    long members = count ? strtol(count, &end, 10) : 1;
    if ((count && (end == count || *end)) || members < 1 || members > MG_MEMBERS)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "an ensemble of '%.20s' members; this version reads 1 to %d",
                       count ? count : "", MG_MEMBERS);
    m->members = (int)members;
    code = read_weights(m, p, err);
    for (int k = 0; k < m->members && !code; k++) code = load_member(m, p, k, err);
    return code;
}

int mg_space_check(const void *part, molglot_error *err) {
    const mg_space_part *m = part;
    for (int k = 0; k < m->members; k++) {
        const mg_momu_config *c = mg_momu_get_config(m->member[k].momu);
        int code = reads_tokens(c)
                       ? mg_part_check_pieces(m->wordpiece, c->text.encoder.vocab, "model", err)
                       : MOLGLOT_OK;
        for (int i = 0; i < k && !code; i++)
            code = check_agreement(mg_momu_get_config(m->member[i].momu), c, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* The first member's, and those of all that read word pieces. */
int mg_space_selftest(const mg_part *p, const void *part, molglot_error *err) {
    const mg_space_part *m = part;
    int code = MOLGLOT_OK;
    for (int k = 0; k < m->members && !code; k++) {
        const mg_momu_config *c = mg_momu_get_config(m->member[k].momu);
        char prefix[32];
        member_prefix(prefix, k, m->members);
        const char *json = member_meta(p, prefix, "molglot.selftest");
        if (!json)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%smolglot.selftest is missing from the metadata",
                           prefix);
        else if (k == 0 || reads_tokens(c))
            code = mg_selftest_check(json, c, reads_tokens(c) ? m->wordpiece : NULL, err);
    }
    return code;
}

void mg_space_free(void *part) {
    mg_space_part *m = part;
    for (int k = 0; k < MG_MEMBERS; k++) {
        mg_momu_free(m->member[k].momu);
        mg_params_free(m->member[k].params);
        mg_bag_vocab_free(&m->member[k].text_bag);
        mg_bag_vocab_free(&m->member[k].graph_bag);
    }
    mg_wordpiece_free(m->wordpiece);
}

/* ---- using ---- */

int mg_space_part_attach(const mg_space_part *m, mg_tape *t, molglot_error *err) {
    const mg_params *list[MG_MEMBERS];
    for (int k = 0; k < m->members; k++) list[k] = m->member[k].params;
    return mg_part_attach(m->file, list, m->members, t, err);
}

int mg_space_part_dim(const mg_space_part *m) {
    int dim = 0;
    for (int k = 0; k < m->members; k++) dim += mg_momu_get_config(m->member[k].momu)->dim;
    return dim;
}

float mg_space_part_scale(const mg_space_part *m, int k) {
    double sum = 0;
    bool equal = true;
    for (int i = 0; i < m->members; i++) {
        sum += (double)m->weight[i];
        equal &= m->weight[i] == m->weight[0];
    }
    return equal ? 1 / sqrtf((float)m->members) : (float)sqrt((double)m->weight[k] / sum);
}

const char *mg_space_part_meta(const mg_space_part *m, const char *key) {
    char full[96];
    const char *whole = mg_tensor_file_meta(m->file, key);
    snprintf(full, sizeof full, "%s%s", m->prefix, key);
    return whole ? whole : mg_tensor_file_meta(m->file, full);
}

const char *mg_space_part_name(const mg_space_part *m) {
    const char *name = mg_space_part_meta(m, "name");
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

int mg_space_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_space_contents *s = contents;
    const mg_momu_config *c = mg_momu_get_config(s->momu);
    const char *pieces = reads_tokens(c) ? s->wordpiece : NULL;
    mg_weights_out *w = o->w;
    mg_str config = {0}, selftest = {0};
    int code = mg_params_write(s->params, w, s->store_as, err);
    if (!code) code = mg_part_write_wordpiece(w, pieces, s->wordpiece_bytes, err);
    if (!code && c->text.bag.vocab) code = write_bag(w, "text", s->text_bag, err);
    if (!code && c->graph.bag.vocab) code = write_bag(w, "graph", s->graph_bag, err);
    if (!code) code = mg_selftest_make(c, pieces, s->wordpiece_bytes, &selftest, err);
    if (!code)
        code = mg_part_write_json(w, "molglot.config", mg_momu_config_to_json(c, &config), &config,
                                  err);
    if (!code) code = mg_weights_out_meta(w, "molglot.selftest", selftest.s, err);
    if (!code) code = mg_weights_out_meta(w, "name", c->name, err);
    mg_str_free(&selftest);
    return code;
}
