/* task.h - what users do with models: embed, index, search, evaluate, train. No printing: results and callbacks. */
#ifndef MG_TASK_H
#define MG_TASK_H

#include "data/data.h"
#include "model/model.h"

/* ---- embed.c: a loaded model with its featuriser, one per thread of control ---- */
typedef struct mg_embedder mg_embedder;
/* model outlives it. */
mg_embedder *mg_embedder_new(const mg_model_file *model, int threads, int batch, mg_precision precision, molglot_error *err);
void mg_embedder_free(mg_embedder *e);
int mg_embedder_dim(const mg_embedder *e);
/* out: float[n][dim]; status [n] or NULL. Rows with a rejected input are zero. */
int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, molglot_row_status *status, molglot_error *err);
int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out, molglot_row_status *status, molglot_error *err);

/* ---- index.c: the index file. Layout in index.c. ---- */
typedef struct mg_index_writer mg_index_writer;
typedef enum { MG_SIDE_MOLECULE = 0, MG_SIDE_TEXT = 1 } mg_side;      /* what the rows' embeddings are of */
mg_index_writer *mg_index_writer_new(int dim, mg_dtype dtype, mg_side side, const char *model_sha256, const char *model_name, molglot_error *err);
/* Copies; id, smiles, text may be NULL. */
int mg_index_writer_add(mg_index_writer *w, const float *embedding, const char *id, const char *smiles, const char *text, molglot_error *err);
int mg_index_writer_save(mg_index_writer *w, const char *path, molglot_error *err);
void mg_index_writer_free(mg_index_writer *w);

typedef struct mg_index mg_index;
mg_index *mg_index_open(const char *path, bool verify, molglot_error *err);       /* verify: checksum of everything */
void mg_index_close(mg_index *x);
int64_t mg_index_size(const mg_index *x);
int mg_index_dim(const mg_index *x);
mg_dtype mg_index_dtype(const mg_index *x);
mg_side mg_index_side(const mg_index *x);
const char *mg_index_model_sha256(const mg_index *x);
const char *mg_index_model_name(const mg_index *x);
const char *mg_index_id(const mg_index *x, int64_t i);
const char *mg_index_smiles(const mg_index *x, int64_t i);
const char *mg_index_text(const mg_index *x, int64_t i);
/* Exact top k by inner product; hits[n][k], ties by lower row; -1 rows past the end. */
int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads, molglot_hit *hits, molglot_error *err);

/* ---- retrieval.c: measures of retrieval ---- */
typedef struct mg_interval { double value, low, high; } mg_interval;              /* 95 % bootstrap */
typedef struct mg_retrieval_scores {
    int64_t n, pool, pool_duplicates;
    mg_interval mrr, hits1, hits5, hits10, hits20, mean_rank, batch64;
    double random_mrr, random_hits1, random_hits5, random_hits10, random_hits20, random_batch64;   /* exact expectations of a random ranking */
} mg_retrieval_scores;
/* queries[n][d], pool[m][d] unit rows; target[i] = pool row of query i; pool rows identical to the target molecule (same
 * `pool_group`, or NULL) count as found. Ties get the mean rank. batch64: consecutive batches of 64 (last partial one kept). */
int mg_retrieval_score(const float *queries, int64_t n, const float *pool, int64_t m, int d, const int64_t *target,
                       const int32_t *pool_group, int threads, uint64_t seed, int bootstrap, mg_retrieval_scores *out, molglot_error *err);
typedef struct mg_retrieval_options { const char *pairs, *pool; bool sentences; int bootstrap; uint64_t seed; int threads; int64_t limit; } mg_retrieval_options;
typedef struct mg_retrieval_result {
    mg_retrieval_scores text_to_molecule, molecule_to_text;
    mg_retrieval_scores sentence_to_molecule;      /* --sentences: each usable sentence as a query; n = 0 without */
    int64_t rejected, pairs, undoubled;
} mg_retrieval_result;
int mg_eval_retrieval(mg_embedder *e, const mg_retrieval_options *o, mg_retrieval_result *out, molglot_error *err);

/* ---- train.c: a recipe in, a run folder out ---- */
typedef struct mg_train_event {
    int64_t step, total_steps, epoch;
    double loss, lr, grad_norm, seconds, pairs_per_second;
    const char *message;              /* a line of its own (dataset made, validation scores, checkpoint), or NULL */
} mg_train_event;
typedef struct mg_train_options {
    bool resume;
    int threads;
    int (*on_event)(void *user, const mg_train_event *e);     /* nonzero: finish cleanly (checkpoint, then MOLGLOT_INTERRUPTED) */
    void *user;
    const char *command;              /* for the manifest, or NULL */
} mg_train_options;
/* Asks for every key, so that typing errors are found and mg_toml_dump shows the whole recipe. Touches no file. */
int mg_train_check(mg_toml *recipe, molglot_error *err);
/* Reads every key it knows from the recipe (docs/models/momu.md lists them); writes run/{recipe.toml, manifest.json, train.jsonl,
 * loss.svg, checkpoint.safetensors, model.safetensors}. */
int mg_train(mg_toml *recipe, const mg_train_options *o, molglot_error *err);

#endif
