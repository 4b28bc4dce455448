/* model.h - the models over the engine. This file: MoMu (two towers in one space) and the model file.
 *
 * A tower is a sum of channels projected into the joint space. Text: a transformer over WordPiece and/or a bag of n-grams.
 * Molecule: GIN over the graph and/or a bag of substructure counts. The faithful MoMu is transformer + GIN alone.
 */
#ifndef MG_MODEL_H
#define MG_MODEL_H

#include "chem/chem.h"
#include "nn/nn.h"
#include "text/text.h"

/* A bag channel: y = dropout-MLP over the weighted sum of table rows, from bags whose rows are already weighted and normalised:
 * h = LayerNorm(bags E), y = Wskip h + W2 dropout(gelu(W1 h)). */
typedef struct mg_bag_config { int vocab, dim, hidden; float dropout; float init; } mg_bag_config;   /* vocab 0: no such channel */

typedef struct mg_momu_config {
    char name[64];
    int dim;                                   /* joint space: 256 in the paper */
    struct {
        mg_transformer_config encoder;         /* layers 0: no such channel */
        int max_tokens, max_chars;             /* max_chars 0: no cap */
        bool special_tokens;                   /* [CLS] .. [SEP]; false with released checkpoints */
        char pooling[8];                       /* "mean" | "cls" (BERT's pooler on the first row, tanh) */
        char head[8];                          /* "mlp" (Linear ReLU Linear, spec 4.5) | "linear" */
        mg_bag_config bag;
        char families[32];                     /* n-gram families of text.h */
        float feature_dropout, sentence_dropout;   /* used by the batcher while training */
    } text;
    struct {
        mg_gin_config encoder;                 /* layers 0: no such channel; row and column counts follow from `features` */
        mg_feat_kind features;
        int self_loop;                         /* bond type of GIN's self loop (published weights: 0); -1: a row of its own */
        char head[8];
        mg_bag_config bag;
        char families[32];
        float feature_dropout;
    } graph;
    float temperature;                         /* InfoNCE: initial (or fixed) tau */
    bool learn_temperature;
    float max_scale;                           /* bound of 1/tau, 100 */
} mg_momu_config;

mg_momu_config mg_momu_config_default(void);
/* MOLGLOT_BAD_FILE and the key concerned when sizes make no sense together. mg_momu_new checks too. */
int mg_momu_config_check(const mg_momu_config *c, molglot_error *err);
/* Reads [model] of a recipe (keys: docs/models/momu.md); vocabulary sizes are filled in by the trainer. */
int mg_momu_config_from_toml(mg_toml *t, mg_momu_config *out, molglot_error *err);
/* JSON text in the model file's metadata "molglot.config", and back. */
int mg_momu_config_to_json(const mg_momu_config *c, mg_str *out);
int mg_momu_config_from_json(const char *json, mg_momu_config *out, molglot_error *err);

typedef struct mg_momu mg_momu;
/* Declares parameters in p (names: graph_encoder.*, text_encoder.main_model.*, graph_proj_head.*, text_proj_head.*, text_bag.*,
 * graph_bag.*, log_scale). */
mg_momu *mg_momu_new(mg_params *p, const mg_momu_config *c, molglot_error *err);
void mg_momu_free(mg_momu *m);
const mg_momu_config *mg_momu_get_config(const mg_momu *m);
/* Unit rows [n, dim]; a text or molecule for which every channel is empty gives a zero row. */
mg_tensor *mg_momu_text(mg_tape *t, const mg_momu *m, const mg_text_batch *b);
mg_tensor *mg_momu_graph(mg_tape *t, const mg_momu *m, const mg_mol_batch *b);
/* Weighted mean of InfoNCE terms: views g1, g2 and t1, t2 as unit rows (g2 / t2 may be NULL); graph_self adds L(g1,g2).
 * groups: same molecule or same text is no negative (or NULL). Result [1,1]. */
mg_tensor *mg_momu_loss(mg_tape *t, const mg_momu *m, mg_tensor *g1, mg_tensor *g2, mg_tensor *t1, mg_tensor *t2,
                        bool graph_self, const int32_t *groups, float smoothing);

/* After build: copies what a published file holds (a MoMu checkpoint, or a BERT or GIN alone, whatever wrapper its names carry). *found
 * counts parameters; a file without any is MOLGLOT_BAD_FILE. */
int mg_momu_import(mg_params *p, const mg_tensor_file *f, size_t *found, molglot_error *err);

/* ---- the model file (modelfile.c): one safetensors file with everything inside ---- */
/* A file holds one model or an ensemble of several trained apart: its embedding is the members' unit vectors one after another,
 * divided by sqrt(members), so the cosine is the mean of the members' cosines. Members may differ in vocabularies and sizes; what they
 * look at (families, tokens, graph features) is the same, so a row is featurised once. */
typedef struct mg_member {
    mg_params *params;
    mg_momu *momu;
    mg_bag_vocab text_bag, graph_bag;    /* n = 0 when absent */
} mg_member;
typedef struct mg_model_file {
    mg_tensor_file *file;
    mg_member member[MG_MEMBERS];
    int members;
    mg_wordpiece *wordpiece;             /* NULL when no member has a transformer channel */
    char *path;
} mg_model_file;
/* Loads and checks a model, incl. the self-test strings stored in it. */
int mg_model_file_load(mg_model_file *m, const char *path, molglot_error *err);
void mg_model_file_close(mg_model_file *m);
int mg_model_file_dim(const mg_model_file *m);           /* of the embedding: the members' dims added up */
const char *mg_model_file_name(const mg_model_file *m);
/* Makes one file of several (of one member each). The metadata of the first is kept, but for name, licence and the members' own,
 * which are listed under "member.K.". Refuses members that look at different things. */
int mg_model_file_merge(const char *const *paths, int n, const char *name, const char *out, molglot_error *err);
/* Writes momu's parameters (EMA when there is one) with vocabularies, config and metadata (pairs key, value, ..., NULL). */
int mg_model_file_save(const char *path, const mg_params *p, const mg_momu *m, const char *wordpiece_vocab, size_t vocab_bytes,
                       const mg_bag_vocab *text_bag, const mg_bag_vocab *graph_bag, const char *store_as,
                       const char *const *metadata, molglot_error *err);
#endif
