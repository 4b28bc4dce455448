/* config.c - a recipe of task = "writer", "flow" or "diffusion": its keys beside those of
 * recipe.c, their defaults and their limits.
 *
 *   [model]   model/writer/config.c; vocabularies follow from [data], the flow's latents from its
 *             writer
 *   [data]    canonical (those of `sources` that hold RDKit's canonical SMILES: not made again),
 *             exclude, cache (a file that keeps the rows), wordpiece (a vocab.txt) or
 * wordpiece_size (0: texts are not read), tokens (most SMILES tokens), token_min_count (how often a
 * bracket atom must occur) writer    [input]  rebuild, randomise      [memory]  model, k, among,
 * keep       [loss] smoothing      [init]  file flow      [writer] file                    [flow]
 * text_drop, draws      [memory]  as above (k = 1) A writer file that has word pieces gives its
 * own: data.wordpiece* then only say that texts are read. diffusion [writer] file [condition] model
 * [diffusion] text_drop [eval]    pairs (sentences to molecules), molecules (to rebuild; writer
 * only), limit (rows of each), sample (rows that are written out), every (epochs) and every_steps;
 * flow: steps, guidance; diffusion: guidance, eta
 *
 * micro_batch (rows): gradients of parts are added up.
 */
#include "base/toml/toml.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <string.h>

static bool is_share(float p) { return p >= 0 && p <= 1; }

/* ---- data ---- */

static int mark_canonical(mg_toml *t, const train_common *common, train_writer_config *c,
                          molglot_error *err) {
    size_t n;
    const char *const *names = mg_toml_strs(t, "data.canonical", &n);
    const size_t dir = strlen(common->dir);
    for (size_t k = 0; k < n; k++) {
        bool found = false;
        for (size_t i = 0; i < c->sources.n; i++) {
            const char *path = c->sources.paths[i];
            const bool same = strcmp(path, names[k]) == 0 ||
                              (strncmp(path, common->dir, dir) == 0 && path[dir] == '/' &&
                               strcmp(path + dir + 1, names[k]) == 0);
            if (same) c->corpus_sources[i].canonical = found = true;
        }
        if (!found)
            return train_refuse(err, "data.canonical", "names files that are not in data.sources");
    }
    return MOLGLOT_OK;
}

static int read_data(mg_toml *t, train_common *common, train_writer_config *c, molglot_error *err) {
    int code = train_read_dir(t, common, err);
    if (!code) code = train_read_sources(t, common, &c->sources, err);
    for (size_t i = 0; i < c->sources.n && !code; i++)
        c->corpus_sources[i] = (mg_corpus_source){.path = c->sources.paths[i],
                                                  .weight = c->sources.weights[i]};
    if (!code) code = mark_canonical(t, common, c, err);
    if (!code) code = train_read_path(t, common, "data.exclude", c->exclude, err);
    if (!code) code = train_read_path(t, common, "data.wordpiece", c->wordpiece, err);
    if (code) return code;
    if (snprintf(c->cache, sizeof c->cache, "%s", mg_toml_str(t, "data.cache", "")) >=
        TRAIN_MAX_PATH)
        return train_refuse(err, "data.cache", "path too long");
    const int64_t words = mg_toml_int(t, "data.wordpiece_size", 0),
                  tokens = mg_toml_int(t, "data.tokens", 512),
                  count = mg_toml_int(t, "data.token_min_count", 100);
    if (words < 0 || words > 65535 || (words > 0 && words < 16))
        return train_refuse(err, "data.wordpiece_size", "16 to 65535, or 0 for no texts");
    if (tokens < 256 || tokens > 65535 || count < 1 || count > INT32_MAX)
        return train_refuse(err, "data.tokens", "256 to 65535, token_min_count at least 1");
    c->corpus = (mg_corpus_config){.sources = c->corpus_sources,
                                   .n_sources = c->sources.n,
                                   .wordpiece_path = *c->wordpiece ? c->wordpiece : NULL,
                                   .wordpiece_size = (int)words,
                                   .none_piece = true,
                                   .strings = words > 0 || *c->wordpiece,
                                   .tokens = (int)tokens,
                                   .token_min_count = (int)count,
                                   .exclude_path = *c->exclude ? c->exclude : NULL,
                                   .cache = *c->cache ? c->cache : NULL};
    return MOLGLOT_OK;
}

/* ---- validation, and what stands at the end of both ---- */

static int read_eval(mg_toml *t, train_common *common, train_writer_config *c, molglot_error *err) {
    int code = train_read_path(t, common, "eval.pairs", c->pairs, err);
    common->eval_every = mg_toml_int(t, "eval.every", 0);
    common->eval_steps = mg_toml_int(t, "eval.every_steps", 0);
    c->limit = mg_toml_int(t, "eval.limit", 2000);
    c->sample = mg_toml_int(t, "eval.sample", 200);
    if (code) return code;
    if (common->eval_every < 0 || common->eval_steps < 0)
        return train_refuse(err, "eval.every", "epochs or steps, not negative");
    if (c->limit < 1 || c->sample < 0)
        return train_refuse(err, "eval.limit", "at least 1, sample not negative");
    if (strcmp(common->store, "bf16") && strcmp(common->store, "f32") &&
        strcmp(common->store, "int4"))
        return train_refuse(err, "store", "\"bf16\", \"int4\" or \"f32\"");
    return MOLGLOT_OK;
}

/* A run's file or one that comes with the program: not below data.dir. */
static int read_own_path(mg_toml *t, const char *key, char out[TRAIN_MAX_PATH],
                         molglot_error *err) {
    return train_read_path(t, &(train_common){0}, key, out, err);
}

/* ---- task = "writer" ---- */

/* most: molecules that the model can read. */
static int read_memory(mg_toml *t, const train_common *common, int most, train_writer_config *c,
                       molglot_error *err) {
    int code = train_read_path(t, common, "memory.model", c->memory_model, err);
    const int64_t k = mg_toml_int(t, "memory.k", 1);
    c->memory_keep = (float)mg_toml_num(t, "memory.keep", 0.9);
    if (code || !*c->memory_model) return code;
    if (k < 1 || k > most || k > TRAIN_NEIGHBOURS_MOST)
        return train_refuse(err, "memory.k", "1 to model.molecules, at most 8 (a flow: 1)");
    const int64_t among = mg_toml_int(t, "memory.among", k);
    if (among < k || among > TRAIN_NEIGHBOURS_AMONG)
        return train_refuse(err, "memory.among", "memory.k to 48");
    if (!is_share(c->memory_keep)) return train_refuse(err, "memory.keep", "a probability");
    c->memory_k = (int)k;
    c->memory_among = (int)among;
    return MOLGLOT_OK;
}

int train_writer_config_read_writer(mg_toml *t, train_common *common, train_writer_config *c,
                                    molglot_error *err) {
    train_read_head(t, common, "runs/writer");
    int code = mg_writer_config_from_toml(t, &c->writer, err);
    if (!code) code = read_data(t, common, c, err);
    if (!code) code = train_read_train(t, common, err);
    if (code) return code;
    c->rebuild = (float)mg_toml_num(t, "input.rebuild", 0.1);
    c->randomise = (float)mg_toml_num(t, "input.randomise", 0.5);
    c->smoothing = (float)mg_toml_num(t, "loss.smoothing", 0);
    if ((code = read_own_path(t, "init.file", c->init_file, err))) return code;
    if (!is_share(c->rebuild) || !is_share(c->randomise))
        return train_refuse(err, "input.rebuild", "probabilities");
    if (!(c->smoothing >= 0 && c->smoothing < 1))
        return train_refuse(err, "loss.smoothing", "lies in [0, 1)");
    if ((code = read_memory(t, common, c->writer.molecules, c, err))) return code;
    if ((code = train_read_path(t, common, "eval.molecules", c->molecules, err))) return code;
    if ((code = read_eval(t, common, c, err))) return code;
    c->corpus.max_tokens = c->writer.max_tokens;
    c->corpus.max_text = c->writer.max_text;
    return mg_toml_finish(t, err);
}

/* ---- a trained writer's latents: task = "flow" ---- */

int train_writer_config_read_flow(mg_toml *t, train_common *common, train_writer_config *c,
                                  molglot_error *err) {
    train_read_head(t, common, "runs/flow");
    int code = mg_flow_matching_config_from_toml(t, &c->flow, err);
    if (!code) code = read_data(t, common, c, err);
    if (!code) code = train_read_train(t, common, err);
    if (!code) code = read_own_path(t, "writer.file", c->writer_file, err);
    if (code) return code;
    if ((code = read_memory(t, common, 1, c, err))) return code;
    c->flow.memory = c->memory_k > 0;
    c->text_drop = (float)mg_toml_num(t, "flow.text_drop", 0.1);
    c->draws = (int)mg_toml_int(t, "flow.draws", 1);
    c->sampling.steps = (int)mg_toml_int(t, "eval.steps", 20);
    c->sampling.guidance = (float)mg_toml_num(t, "eval.guidance", 2);
    if (!*c->writer_file)
        return train_refuse(err, "writer.file", "a flow needs a trained writer with latents");
    if (!is_share(c->text_drop)) return train_refuse(err, "flow.text_drop", "a probability");
    if (c->draws < 1 || c->draws > 64) return train_refuse(err, "flow.draws", "1 to 64");
    if (c->sampling.steps < 1 || c->sampling.steps > 1000)
        return train_refuse(err, "eval.steps", "1 to 1000");
    if (!c->corpus.wordpiece_path && c->corpus.wordpiece_size == 0)
        return train_refuse(err, "data.wordpiece_size", "a flow reads texts");
    if ((code = read_eval(t, common, c, err))) return code;
    c->corpus.max_text = c->flow.max_text;
    return mg_toml_finish(t, err);
}

/* ---- task = "diffusion" ---- */

int train_writer_config_read_diffusion(mg_toml *t, train_common *common, train_writer_config *c,
                                       molglot_error *err) {
    train_read_head(t, common, "runs/3m-faithful");
    int code = mg_mlp_denoiser_config_from_toml(t, &c->denoiser, err);
    if (!code) code = read_data(t, common, c, err);
    if (!code) code = train_read_train(t, common, err);
    if (!code) code = read_own_path(t, "writer.file", c->writer_file, err);
    if (!code) code = read_own_path(t, "condition.model", c->condition_model, err);
    if (code) return code;
    c->text_drop = (float)mg_toml_num(t, "diffusion.text_drop", 0.1);
    c->ddim.guidance = (float)mg_toml_num(t, "eval.guidance", 0.8);
    c->ddim.eta = (float)mg_toml_num(t, "eval.eta", 1);
    if (!*c->writer_file)
        return train_refuse(err, "writer.file", "a diffusion needs a trained writer with latents");
    if (!*c->condition_model)
        return train_refuse(err, "condition.model",
                            "a diffusion needs an aligned model, which reads its sentences");
    if (c->corpus.wordpiece_path || c->corpus.wordpiece_size > 0)
        return train_refuse(err, "data.wordpiece", "a diffusion reads no word pieces");
    if (!is_share(c->text_drop)) return train_refuse(err, "diffusion.text_drop", "a probability");
    if (!is_share(c->ddim.eta)) return train_refuse(err, "eval.eta", "0 to 1");
    if ((code = read_eval(t, common, c, err))) return code;
    c->corpus.strings = true;
    return mg_toml_finish(t, err);
}
