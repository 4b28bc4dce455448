/* origin.c - values that a training starts from.
 *
 *   [init]   files    published weights, loaded in this order
 *            file     a model of ours (a file or a folder), whose member goes on:
 *            member   which, from 1
 *            towers   true: a member of bags alone gets the transformer and the GIN of [model],
 *                     with fresh values; their heads begin at zero, so that it begins as it was
 *            copied_lr   factor of the learning rate for what was copied; 0 leaves it as it is
 *            new_text    true: only the molecules' side is the member's, and stays as it is, bit
 * for bit; the text's begins anew with [model.text] and a vocabulary of its own
 *
 * A member brings its configuration and its vocabularies with their weights: sizes and families are
 * the file's. Of [model] the recipe says the name and, if it wants others than the member's, the
 * dropouts. Numbers in 4 or 8 bits are unpacked.
 */
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "train/momu/inside.h"

#include <string.h>

#define MOLECULES_SIDE "graph_" /* what names of its parameters begin with */

/* ---- recipe ---- */

static int read_dropout(mg_toml *t, const char *key, float *out, molglot_error *err) {
    *out = -1;
    if (!mg_toml_has(t, key)) return MOLGLOT_OK;
    *out = (float)mg_toml_num(t, key, 0);
    return *out >= 0 && *out < 1 ? MOLGLOT_OK : train_refuse(err, key, "lies in [0, 1)");
}

int train_origin_read(mg_toml *t, train_momu *m, molglot_error *err) {
    train_momu_config *c = &m->c;
    c->init = mg_toml_strs(t, "init.files", &c->n_init);
    int code = train_read_own_path(t, "init.file", c->init_file, err);
    if (code || !*c->init_file) return code;
    if (c->n_init) return train_refuse(err, "init.file", "either a model or published files");
    c->init_member = mg_toml_int(t, "init.member", 1);
    c->name = mg_toml_str(t, "model.name", "finetuned");
    c->towers = mg_toml_bool(t, "init.towers", false);
    c->new_text = mg_toml_bool(t, "init.new_text", false);
    if (c->towers && c->new_text)
        return train_refuse(err, "init.new_text", "either new towers or a new text side");
    c->copied_lr = (float)mg_toml_num(t, "init.copied_lr", 1);
    if (!(c->copied_lr >= 0 && c->copied_lr <= 1000))
        return train_refuse(err, "init.copied_lr", "0 to 1000");
    if (c->init_member < 1 || c->init_member > MG_MEMBERS)
        return train_refuse(err, "init.member", "its number, from 1");
    struct {
        const char *key;
        float *to;
    } all[] = {{"model.text.sentence_dropout", &c->sentence_dropout},
               {"model.text.bag.feature_dropout", &c->text_feature_dropout},
               {"model.graph.bag.feature_dropout", &c->graph_feature_dropout},
               {"model.text.bag.dropout", &c->text_dropout},
               {"model.graph.bag.dropout", &c->graph_dropout}};
    for (size_t i = 0; i < MG_COUNT(all) && !code; i++)
        code = read_dropout(t, all[i].key, all[i].to, err);
    return code;
}

/* ---- the member ---- */

/* The towers of the recipe, where the member has none. */
static int add_towers(mg_momu_config *to, const mg_momu_config *recipe, molglot_error *err) {
    const bool text = recipe->text.encoder.layers > 0, graph = recipe->graph.encoder.layers > 0;
    if ((text && to->text.encoder.layers > 0) || (graph && to->graph.encoder.layers > 0))
        return train_refuse(err, "init.towers", "the member has that tower already");
    if (!text && !graph)
        return train_refuse(err, "init.towers", "needs model.text.layers or model.graph.layers");
    if (text) {
        const mg_bag_config bag = to->text.bag;
        char families[sizeof to->text.families];
        memcpy(families, to->text.families, sizeof families);
        to->text = recipe->text;
        to->text.bag = bag;
        memcpy(to->text.families, families, sizeof families);
    }
    if (graph) {
        const mg_bag_config bag = to->graph.bag;
        char families[sizeof to->graph.families];
        memcpy(families, to->graph.families, sizeof families);
        to->graph = recipe->graph;
        to->graph.bag = bag;
        memcpy(to->graph.families, families, sizeof families);
    }
    return MOLGLOT_OK;
}

static int take_config(train_momu *m, molglot_error *err) {
    const train_momu_config *c = &m->c;
    const mg_momu_config recipe = c->model, *member = mg_momu_get_config(m->member->momu);
    mg_momu_config *to = &m->c.model;
    *to = *member;
    int code = c->towers ? add_towers(to, &recipe, err) : MOLGLOT_OK;
    to->text.feature_dropout = member->text.feature_dropout;
    to->text.sentence_dropout = member->text.sentence_dropout;
    to->graph.feature_dropout = member->graph.feature_dropout;
    if (c->new_text) to->text = recipe.text;
    snprintf(to->name, sizeof to->name, "%s", c->name);
    if (c->sentence_dropout >= 0) to->text.sentence_dropout = c->sentence_dropout;
    if (c->text_feature_dropout >= 0) to->text.feature_dropout = c->text_feature_dropout;
    if (c->graph_feature_dropout >= 0) to->graph.feature_dropout = c->graph_feature_dropout;
    if (c->text_dropout >= 0) to->text.bag.dropout = c->text_dropout;
    if (c->graph_dropout >= 0) to->graph.bag.dropout = c->graph_dropout;
    m->t.model = to->name;
    return code;
}

/* The corpus is read with the member's vocabularies. */
static int take_vocabularies(train_momu *m, const mg_space_part *space, molglot_error *err) {
    mg_corpus_config *d = &m->t.corpus.config;
    d->graph_bag = m->member->graph_bag.n ? &m->member->graph_bag : NULL;
    d->graph_vocab = m->member->graph_bag.n;
    if (m->c.new_text) return MOLGLOT_OK;
    d->text_bag = m->member->text_bag.n ? &m->member->text_bag : NULL;
    d->text_vocab = m->member->text_bag.n;
    if (mg_momu_get_config(m->member->momu)->text.encoder.layers < 1) return MOLGLOT_OK;
    int code = train_words_text(space->wordpiece, &m->origin_words, err);
    d->wordpiece = m->origin_words.s;
    return code;
}

int train_origin_open(train_momu *m, molglot_error *err) {
    const train_momu_config *c = &m->c;
    if (!*c->init_file) return MOLGLOT_OK;
    m->origin = mg_bundle_open(c->init_file, err);
    const mg_space_part *space = m->origin ? mg_bundle_space(m->origin, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (c->init_member > space->members)
        return mg_fail(err, MOLGLOT_USAGE, "init.member: %s has %d, not %lld", c->init_file,
                       space->members, (long long)c->init_member);
    m->member = &space->member[c->init_member - 1];
    int code = mg_bundle_digest(m->origin, MG_PART_SPACE, m->origin_sha256, err);
    if (!code) code = take_config(m, err);
    if (!code) code = take_vocabularies(m, space, err);
    return code;
}

/* ---- values ---- */

/* Tables are kept in the bits of the file. */
static bool is_rounded(const mg_params *p) {
    static const char *const tables[] = {"text_bag.table", "graph_bag.table"};
    bool any = false;
    for (size_t i = 0; i < MG_COUNT(tables); i++) {
        const mg_tensor *t = mg_params_find(p, tables[i]);
        any |= t && t->dtype == MG_I8;
    }
    return any;
}

static int import_published(train_momu *m, const char *path, molglot_error *err) {
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    if (!f) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = mg_momu_import(m->t.params, f, NULL, err);
    if (code) mg_fail_prefix(err, "%s", path);
    mg_tensor_file_close(f);
    return code;
}

int train_origin_copy(train_momu *m, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < m->c.n_init && !code; i++) code = import_published(m, m->c.init[i], err);
    if (code || !m->member) return code;
    m->t.scores_start = true;
    train_tell(
        &m->t, "starting from member %lld of %s%s", (long long)m->c.init_member, m->c.init_file,
        is_rounded(m->member->params) ? ", whose rounded numbers (4 or 8 bits) are unpacked" : "");
    if (m->c.new_text)
        return mg_params_copy_under(m->t.params, m->member->params, MOLECULES_SIDE, err);
    if (!m->c.towers) return mg_params_copy(m->t.params, m->member->params, err);
    const char *const zero[] = {
        strcmp(m->c.model.text.head, "mlp") ? "text_proj_head." : "text_proj_head.2.",
        strcmp(m->c.model.graph.head, "mlp") ? "graph_proj_head." : "graph_proj_head.2.", NULL};
    return mg_params_copy_common(m->t.params, m->member->params, zero, err);
}

/* What the recipe multiplies its learning rate by. */
static float own_rate(const train_momu_config *c, const char *name) {
    const size_t n = strlen(name);
    return strncmp(name, "text_encoder.", 13) == 0              ? c->text_encoder_lr
           : strncmp(name, "graph_encoder.", 14) == 0           ? c->graph_encoder_lr
           : n > 10 && strcmp(name + n - 10, "_bag.table") == 0 ? c->table_lr
                                                                : 1;
}

void train_origin_rates(train_momu *m) {
    if (m->member && m->c.new_text) mg_params_untrained(m->t.params, MOLECULES_SIDE);
    const size_t n = m->member && m->c.copied_lr != 1 ? mg_params_count(m->t.params) : 0;
    for (size_t i = 0; i < n; i++) {
        const char *name;
        mg_params_at(m->t.params, i, &name, NULL);
        if (mg_params_find(m->member->params, name))
            mg_params_lr_scale(m->t.params, name, m->c.copied_lr * own_rate(&m->c, name));
    }
}

void train_origin_close(train_momu *m) {
    mg_bundle_close(m->origin);
    mg_str_free(&m->origin_words);
}
