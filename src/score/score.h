/* score.h - measures of retrieval, of generated molecules and of reconstruction, and baselines. */
#ifndef MG_SCORE_SCORE_H
#define MG_SCORE_SCORE_H

#include "data/table/table.h"
#include "explain/explain.h"
#include "generate/generate.h"
#include "search/search.h"

/* ---- interval.c: 95 % intervals ---- */
typedef struct mg_interval {
    double value, low, high;
} mg_interval;
/* Between the percentiles 2.5 and 97.5 of n resampled values, which are sorted in place; those that
 * are no number are left out. */
mg_interval mg_interval95(double value, double *resamples, int n);
/* Wilson's interval of part / whole; 0 and [0, 1] of nothing. */
mg_interval mg_share_interval(int64_t part, int64_t whole);

/* ---- retrieval.c: measures of retrieval ---- */
typedef struct mg_retrieval_scores {
    int64_t n, pool, pool_duplicates;
    mg_interval mrr, hits1, hits5, hits10, hits20, mean_rank, batch64;
    /* exact expectations of a random ranking */
    double random_mrr, random_hits1, random_hits5, random_hits10, random_hits20, random_batch64;
} mg_retrieval_scores;
/* queries[n][d], pool[m][d] unit rows; target[i] = pool row of query i; pool rows identical to the
 * target molecule (same `pool_group`, or NULL) count as found. Ties get the mean rank. batch64:
 * consecutive batches of 64 (last partial one kept). */
int mg_retrieval_score(const float *queries, int64_t n, const float *pool, int64_t m, int d,
                       const int64_t *target, const int32_t *pool_group, int threads, uint64_t seed,
                       int bootstrap, mg_retrieval_scores *out, molglot_error *err);
/* The same with ranks put right by `rerank`: called for each query with its rank, which it may
 * change; user. NULL: as above. The intervals of gained are those of the difference. */
typedef int (*mg_rerank_fn)(void *user, int64_t query, double *rank, molglot_error *err);
typedef struct mg_retrieval_gain {
    mg_interval mrr, hits1;
} mg_retrieval_gain;
int mg_retrieval_score_reranked(const float *queries, int64_t n, const float *pool, int64_t m,
                                int d, const int64_t *target, const int32_t *pool_group,
                                int threads, uint64_t seed, int bootstrap, mg_rerank_fn rerank,
                                void *user, mg_retrieval_scores *out, mg_retrieval_gain *gained,
                                molglot_error *err);
typedef struct mg_retrieval_options {
    const char *pairs, *pool;
    const char *smiles_column, *text_column; /* of pairs, by name; NULL: the usual ones */
    bool sentences;
    int bootstrap;
    uint64_t seed;
    int threads;
    int64_t limit;
    mg_reranker *rerank; /* puts the best molecules of a text in a new order; NULL: none */
} mg_retrieval_options;
typedef struct mg_retrieval_result {
    mg_retrieval_scores text_to_molecule, molecule_to_text;
    /* --sentences: each usable sentence as a query; n = 0 without */
    mg_retrieval_scores sentence_to_molecule;
    /* with a re-ranker: text to molecule in its order, and what that is better */
    mg_retrieval_scores reranked;
    mg_retrieval_gain gained;
    int64_t rejected, pairs, undoubled;
} mg_retrieval_result;
int mg_eval_retrieval(mg_embedder *e, const mg_retrieval_options *o, mg_retrieval_result *out,
                      molglot_error *err);

/* ---- score.c: generated molecules against references (docs/scores.md says what each measure is)
 * ---- Each prompt has a reference and the same number of outputs, all SMILES. A measure is a
 * quotient of sums over prompts (BLEU a function of sums), so intervals come from resampled
 * prompts. */
/* NaN: nothing to divide by */
typedef struct mg_measure {
    const char *name;
    mg_interval value;
} mg_measure;
typedef struct mg_sum {
    const char *name;
    double value;
} mg_sum;
enum {
    MG_PAIR_MEASURES = 18,
    MG_SET_MEASURES = 5,
    MG_OUTPUT_MEASURES = 2,
    MG_PAIR_SUMS = 37,
    MG_SET_SUMS = 6,
    MG_OUTPUT_SUMS = 3
};
typedef struct mg_scores {
    int64_t prompts, references_unreadable;
    /* of those that are unreadable or invalid: RDKit reads them, but they are too tangled
     * (mg_mol_tangled) to be scored */
    int64_t references_tangled, outputs_tangled;
    int samples;
    /* the field's: of each prompt's first output, of all outputs */
    mg_measure first[MG_PAIR_MEASURES], every[MG_PAIR_MEASURES];
    /* 3M-Diffusion's; kekulised: as its own evaluation does it */
    mg_measure plain[MG_SET_MEASURES], kekulised[MG_SET_MEASURES];
    /* unique within the prompt; not among the training molecules */
    mg_measure output[MG_OUTPUT_MEASURES];
    mg_sum first_sums[MG_PAIR_SUMS], every_sums[MG_PAIR_SUMS], plain_sums[MG_SET_SUMS],
        kekulised_sums[MG_SET_SUMS], output_sums[MG_OUTPUT_SUMS];
} mg_scores;
typedef struct mg_scorer mg_scorer;
/* bootstrap: resamples, 0 for none */
typedef struct mg_scorer_options {
    int threads, bootstrap;
    uint64_t seed;
} mg_scorer_options;
/* reference[n] outlives it. */
mg_scorer *mg_scorer_new(const char *const *reference, int64_t n, mg_scorer_options o,
                         molglot_error *err);
/* The molecules that are not new; once. readable[n]: which of them could be read. */
int mg_scorer_training(mg_scorer *s, const char *const *smiles, int64_t n, bool *readable,
                       molglot_error *err);
/* output[n * samples], prompt by prompt; NULL stands for no output and is invalid. */
int mg_scorer_run(mg_scorer *s, const char *const *output, int samples, mg_scores *out,
                  molglot_error *err);
void mg_scorer_free(mg_scorer *s);

/* ---- caption.c: captions against references (docs/captions.md says what each measure is) ---- */
enum { MG_CAPTION_MEASURES = 8 };
typedef struct mg_caption_scorer_options {
    const char *vocab;   /* a vocab.txt; NULL: SciBERT's, as the field has it */
    const char *wordnet; /* folder of WordNet 3.0's files; NULL: METEOR without alone */
    mg_scorer_options scoring;
} mg_caption_scorer_options;
typedef struct mg_caption_row {
    int32_t reference_tokens, output_tokens;
    double rouge1, rouge2, rougeL, meteor, meteor_wordnet;
    bool same, cut; /* the same tokens; more than 512 of them in one of the two */
} mg_caption_row;
typedef struct mg_caption_scores {
    int64_t rows, cut, same;
    mg_measure measures[MG_CAPTION_MEASURES]; /* NaN: METEOR without a WordNet */
    struct mg_bleu {
        /* clipped matches and max(1, runs of the output), of 1 .. 4 tokens; lengths */
        double matches[4], grams[4], output_length, reference_length;
    } bleu;
} mg_caption_scores;
/* Shared by threads. Strings of o outlive it. */
typedef struct mg_caption_scorer mg_caption_scorer;
mg_caption_scorer *mg_caption_scorer_new(const mg_caption_scorer_options *o, molglot_error *err);
void mg_caption_scorer_free(mg_caption_scorer *s);
/* output[i] NULL: none, which is an empty one. rows [n] or NULL. */
int mg_caption_scorer_run(const mg_caption_scorer *s, const char *const *reference,
                          const char *const *output, int64_t n, mg_caption_row *rows,
                          mg_caption_scores *out, molglot_error *err);

/* --- scoreboard.c: one table of scores for what a model made and for what no learning gives --- */
enum { MG_METHODS = 16 };
/* text: [n], or NULL where there is none */
typedef struct mg_prompts {
    int64_t n;
    const char *const *text, *const *reference;
} mg_prompts;
typedef struct mg_scoreboard_options {
    int samples; /* outputs a prompt of the baselines */
    /* table of molecules, better with captions; NULL: no baselines but the index's, no novelty */
    const char *train;
    const char *index; /* index of molecules made with the embedder's model, or NULL */
    /* NULL: no baseline from the aligned space. Without an index it embeds the training
     * molecules */
    mg_embedder *embedder;
    mg_bundle *model; /* to check the index by */
    /* before each step, or NULL; nonzero stops with MOLGLOT_INTERRUPTED */
    int (*on_step)(void *user, const char *what);
    void *user;
    mg_scorer_options scoring;
} mg_scoreboard_options;
typedef struct mg_method {
    const char *name;
    mg_scores scores;
} mg_method;
typedef struct mg_scoreboard {
    mg_method methods[MG_METHODS];
    int n_methods;
    /* rows that can be copied; those that cannot; with a caption */
    int64_t training_rows, training_unreadable, training_captions;
    mg_prompts prompts;
    mg_scoreboard_options options;
    mg_scorer *scorer;
    mg_rows train;
    /* [training_rows] pointers into train; text "" where there is none */
    const char **smiles, **text;
} mg_scoreboard;
int mg_scoreboard_init(mg_scoreboard *b, mg_prompts prompts, const mg_scoreboard_options *o,
                       molglot_error *err);
/* output[n * samples]; name outlives the board. */
int mg_scoreboard_add(mg_scoreboard *b, const char *name, const char *const *output, int samples,
                      molglot_error *err);
/* Every baseline for which there is material. */
int mg_scoreboard_baselines(mg_scoreboard *b, molglot_error *err);
void mg_scoreboard_free(mg_scoreboard *b);

/* --- properties.c: predicted properties of n rows against the truth, whose gaps are NaN; both
 * arrays are read at every stride-th place. NaN where nothing can be said: one class alone, no row.
 * --- */
double mg_score_auc(const float *score, const float *truth, size_t n, size_t stride);
double mg_score_precision(const float *score, const float *truth, size_t n, size_t stride);
typedef struct mg_regression_score {
    size_t n;
    double rmse, mae, r2;
} mg_regression_score;
mg_regression_score mg_score_regression(const float *value, const float *truth, size_t n,
                                        size_t stride);

/* --- predictions.c: a TSV (or .csv) of predictions, columns by name: description (text, caption,
 * prompt), ground_truth (reference, target, gt, smiles ...), any number of output* (candidate*,
 * prediction*, pred*, sample*, generated*, gen*, also with _smiles and numbers). No quoting in TSV.
 * --- */
typedef struct mg_predictions {
    int64_t n, rows_unreadable, undoubled;
    int samples; /* output columns; 0: a table of pairs */
    bool has_text;
    const char **text, **reference, **output; /* [n], [n], [n * samples]; output NULL: missing */
    int64_t outputs_missing, rows_shifted;    /* rows with more fields than names */
    /* as the file names them; text_column "": none */
    const char *text_column, *reference_column, **output_columns;
    int columns_of_numbers; /* named as outputs, hold numbers alone, were left out */
    mg_arena arena;
} mg_predictions;
int mg_predictions_load(mg_predictions *p, const char *path, molglot_error *err);
/* Of captions: text is the molecule (smiles), reference the true caption (ground_truth, reference
 * ..., caption, description, text), outputs are captions. */
int mg_predictions_load_captions(mg_predictions *p, const char *path, molglot_error *err);
void mg_predictions_free(mg_predictions *p);

/* ---- unconditional.c: a set of generated molecules against a set of known ones ---- */
enum { MG_KL_TERMS = 10 };
/* sample: reference molecules at most; 0: as many as generated */
typedef struct mg_unconditional_options {
    int64_t sample;
    uint64_t seed;
    int threads;
} mg_unconditional_options;
typedef struct mg_unconditional {
    int64_t generated, valid, unique, novel, reference, reference_sample;
    int64_t tangled; /* generated ones that count as invalid: mg_mol_tangled */
    /* valid / generated, distinct / valid, new / distinct */
    double validity, uniqueness, novelty;
    mg_sum kl[MG_KL_TERMS]; /* divergence of each property; NaN where it is not defined */
    double kl_score;        /* mean of exp(-divergence), not defined ones counting 0 */
    double scaffold_similarity, fragment_similarity, internal_diversity;
} mg_unconditional;
int mg_score_unconditional(const char *const *generated, int64_t n, const char *const *reference,
                           int64_t m, mg_unconditional_options o, mg_unconditional *out,
                           molglot_error *err);

/* ---- reconstruct.c: molecules through the latents and back, by size ---- */
enum { MG_SIZES = 4 }; /* all, and those of `least` to `most` heavy atoms (most 0: any number) */
/* taken: fit the model; flat: without stereo */
typedef struct mg_reconstruction_size {
    int least, most;
    int64_t rows, taken, valid, exact, flat;
} mg_reconstruction_size;
typedef struct mg_reconstruction {
    int64_t unreadable;
    mg_reconstruction_size sizes[MG_SIZES];
} mg_reconstruction;
int mg_score_reconstruction(mg_generator *g, const char *const *smiles, size_t n,
                            mg_reconstruction *out, molglot_error *err);

/* ---- alignment.c: whether words light the right atoms ---- */
typedef struct mg_alignment_options {
    const char *path; /* words with their true atoms: alignment.c says which columns */
    const mg_groups *groups;
    const mg_align_source *learned, *lexicon, *space, *tokens; /* NULL: left out */
    int half;                                                  /* 1, 2: of the molecules; 0: all */
    int bootstrap;                                             /* resamples of the molecules */
    uint64_t seed;
    int64_t limit; /* words; 0: all */
} mg_alignment_options;
typedef struct mg_alignment_scores {
    int64_t words;
    double lit; /* share of the words that light some atom */
    mg_interval pointing, precision, recall;
} mg_alignment_scores;
typedef struct mg_alignment_method {
    const char *name;
    mg_alignment_scores level[MG_LEVELS];
} mg_alignment_method;
enum { MG_ALIGNMENT_METHODS = 6 };
typedef struct mg_alignment {
    int64_t words, molecules, rejected;
    double random; /* what a random atom gives */
    mg_alignment_method method[MG_ALIGNMENT_METHODS];
    int methods;
} mg_alignment;
int mg_score_alignment(const mg_alignment_options *o, mg_alignment *out, molglot_error *err);

#endif
