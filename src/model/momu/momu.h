/* momu.h - MoMu: two towers in one space.
 *
 * A tower is a sum of channels projected into the joint space. Text: a transformer over WordPiece
 * and/or a bag of n-grams. Molecule: GIN over the graph and/or a bag of substructure counts. The
 * faithful MoMu is transformer + GIN alone.
 */
#ifndef MG_MODEL_MOMU_MOMU_H
#define MG_MODEL_MOMU_MOMU_H

#include "base/toml/toml.h"
#include "chem/chem.h"
#include "nn/nn.h"
#include "tensor/files/weights.h"
#include "text/text.h"

/* A bag channel: y = dropout-MLP over the weighted sum of table rows, from bags whose rows are
 * already weighted and normalised: h = LayerNorm(bags E), y = Wskip h + W2 dropout(gelu(W1 h)). */
/* vocab 0: no such channel */
typedef struct mg_bag_config {
    int vocab, dim, hidden;
    float dropout;
    float init;
} mg_bag_config;

typedef struct mg_momu_config {
    char name[64];
    int dim; /* joint space: 256 in the paper */
    struct {
        mg_transformer_config encoder; /* layers 0: no such channel */
        int max_tokens, max_chars;     /* max_chars 0: no cap */
        bool special_tokens;           /* [CLS] .. [SEP]; false with released checkpoints */
        char pooling[8];               /* "mean" | "cls" (BERT's pooler on the first row, tanh) */
        char head[8];                  /* "mlp" (Linear ReLU Linear, momu.md 4.5) | "linear" */
        mg_bag_config bag;
        char families[32];                       /* n-gram families of text.h */
        float feature_dropout, sentence_dropout; /* used by the batcher while training */
    } text;
    struct {
        /* layers 0: no such channel; row and column counts follow from `features` */
        mg_gin_config encoder;
        mg_feat_kind features;
        /* bond type of GIN's self loop (published weights: 0); -1: a row of its own */
        int self_loop;
        char head[8];
        mg_bag_config bag;
        char families[32];
        float feature_dropout;
    } graph;
    float temperature; /* InfoNCE: initial (or fixed) tau */
    bool learn_temperature;
    float max_scale; /* bound of 1/tau, 100 */
} mg_momu_config;

mg_momu_config mg_momu_config_default(void);
/* MOLGLOT_BAD_FILE and the key concerned when sizes make no sense together. mg_momu_new checks
 * too. */
int mg_momu_config_check(const mg_momu_config *c, molglot_error *err);
/* Reads [model] of a recipe (keys: docs/models/momu.md); vocabulary sizes are filled in by the
 * trainer. */
int mg_momu_config_from_toml(mg_toml *t, mg_momu_config *out, molglot_error *err);
/* JSON text in the model file's metadata "molglot.config", and back. */
int mg_momu_config_to_json(const mg_momu_config *c, mg_str *out);
int mg_momu_config_from_json(const char *json, mg_momu_config *out, molglot_error *err);

typedef struct mg_momu mg_momu;
/* Declares parameters in p (names: graph_encoder.*, text_encoder.main_model.*, graph_proj_head.*,
 * text_proj_head.*, text_bag.*, graph_bag.*, log_scale). */
mg_momu *mg_momu_new(mg_params *p, const mg_momu_config *c, molglot_error *err);
void mg_momu_free(mg_momu *m);
const mg_momu_config *mg_momu_get_config(const mg_momu *m);
/* Unit rows [n, dim]; a text or molecule for which every channel is empty gives a zero row. */
mg_tensor *mg_momu_text(mg_tape *t, const mg_momu *m, const mg_text_batch *b);
mg_tensor *mg_momu_graph(mg_tape *t, const mg_momu *m, const mg_mol_batch *b);
/* Weighted mean of InfoNCE terms: views g1, g2 and t1, t2 as unit rows (g2 / t2 may be NULL);
 * graph_self adds L(g1,g2). groups: same molecule or same text is no negative (or NULL). Result
 * [1,1]. */
mg_tensor *mg_momu_loss(mg_tape *t, const mg_momu *m, mg_tensor *g1, mg_tensor *g2, mg_tensor *t1,
                        mg_tensor *t2, bool graph_self, const int32_t *groups, float smoothing);

/* After build: copies what a published file holds (a MoMu checkpoint, or a BERT or GIN alone,
 * whatever wrapper its names carry). *found counts parameters; a file without any is
 * MOLGLOT_BAD_FILE. */
/* Copies of one part in the file (an average of the weights beside the weights): which is taken, a
 * line each. The model's own name first, then the weights that were trained, then averages. */
int mg_momu_import_choices(const mg_tensor_file *f, mg_str *out);
int mg_momu_import(mg_params *p, const mg_tensor_file *f, size_t *found, molglot_error *err);

#endif
