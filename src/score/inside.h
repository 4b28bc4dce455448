/* inside.h - what the files of the scores share.
 *
 * text.c           edit distance and BLEU of two strings
 * caption.c        captions against references
 * wordnet.c        WordNet's files, for METEOR
 * molecule.c       one molecule made ready for scoring
 * stereo.c         stereo that a SMILES says and RDKit does not read
 * score.c          generated molecules against references: sums for each prompt, measures,
 *                  intervals
 * scoreboard.c     one run of the scores for predictions and for each baseline
 * unconditional.c  a set of molecules against a set
 * baselines.c      what no learning gives: random molecules, the molecules of the nearest captions
 *                  or of the aligned space
 */
#ifndef MG_SCORE_INSIDE_H
#define MG_SCORE_INSIDE_H

#include "chem/chem.h"
#include "score/score.h"
#include "search/search.h"

/* --- text.c: all on Unicode code points; a byte that is no UTF-8 counts as a code point of
 * its own --- */
/* Insertions, deletions and substitutions that turn one into the other; -1: out of memory. */
int64_t mg_levenshtein(const char *a, const char *b);
/* What corpus BLEU-4 is made of, summable over rows: clipped matches and max(1, n-grams of the
 * output) for n = 1..4, lengths. */
typedef struct mg_bleu mg_bleu;
/* Adds a row to sums; false: out of memory. */
bool mg_bleu_add(mg_bleu *sums, const char *reference, const char *output);
double mg_bleu_score(const mg_bleu *sums); /* uniform weights, no smoothing */
/* Of runs of 1 .. orders tokens. */
double mg_bleu_orders(const mg_bleu *sums, int orders);

/* ---- wordnet.c ---- */
typedef struct mg_wordnet mg_wordnet;
/* A folder with WordNet 3.0's index.noun, data.noun, noun.exc, and those of verb, adj, adv. NULL
 * with err. */
mg_wordnet *mg_wordnet_open(const char *folder, molglot_error *err);
void mg_wordnet_close(mg_wordnet *w);
typedef void (*mg_wordnet_fn)(void *user, const char *word, size_t n);
/* Calls fn for each word of each synset of a word, as often as it is there; those of several words
 * are left out. */
int mg_wordnet_words(const mg_wordnet *w, const char *word, mg_wordnet_fn fn, void *user,
                     molglot_error *err);

/* ---- stereo.c ---- */
/* Whether the SMILES (up to its first blank) says which of two stereoisomers of a cumulene it
 * means: RDKit reads them as one molecule. */
bool mg_unread_stereo(const char *smiles);

/* ---- molecule.c ---- */
enum { MG_MORGAN_BITS = 2048, MG_RDK_BITS = 2048, MG_MACCS_BITS = 167 };
enum { MG_PLAIN = 0, MG_KEKULISED = 1 };
typedef struct mg_profile {
    bool valid;   /* all else but tangled is zero when it is not */
    bool tangled; /* RDKit reads it, and it is not scored: mg_mol_tangled */
    /* [MG_PLAIN], [MG_KEKULISED] */
    uint8_t maccs[2][MG_MACCS_BITS / 8 + 1], morgan3[2][MG_MORGAN_BITS / 8];
    uint8_t morgan2[MG_MORGAN_BITS / 8], rdk[MG_RDK_BITS / 8];
    mg_environment *environments;
    size_t n_environments; /* Morgan, radius 2, counts */
    char *smiles;          /* canonical */
    uint64_t composition;
    bool unread_stereo; /* mg_unread_stereo */
} mg_profile;
/* As every score reads a SMILES (up to its first blank); NULL when it cannot be read, or is too
 * tangled to be compared. */
mg_mol *mg_read_scored(const char *smiles);
bool mg_is_tangled(const char *smiles); /* the latter */
/* Profiles by the string they were read from; zero is an empty cache. */
typedef struct mg_profile_cache {
    mg_names numbers; /* of the strings */
    const char **keys;
    mg_profile **profiles;
    size_t n, cap;
} mg_profile_cache;
/* out[i]: profile of smiles[i], valid while the cache lives; an invalid one for NULL and for what
 * cannot be read. After mg_chem_init. */
int mg_profile_cache_read(mg_profile_cache *c, const char *const *smiles, size_t n, int threads,
                          const mg_profile **out, molglot_error *err);
void mg_profile_cache_free(mg_profile_cache *c);
/* out[i] = canonical SMILES (malloc'ed), with or without stereo; NULL where it cannot be read. */
void mg_canonical_smiles(const char *const *smiles, size_t n, bool isomeric, int threads,
                         char **out);

/* of borrowed strings */
typedef struct mg_string_set {
    mg_names strings;
    size_t n;
} mg_string_set;
bool mg_string_set_init(mg_string_set *s, size_t most);
/* true when it was new; at most `most` of them */
bool mg_string_set_add(mg_string_set *s, const char *string);
bool mg_string_set_has(const mg_string_set *s, const char *string);
void mg_string_set_free(mg_string_set *s);

/* --- baselines.c: outputs[n * samples] that no generator made, pointers to the pool's strings;
 * NULL where the pool is too small --- */
typedef struct mg_pool {
    int64_t n;
    const char *const *smiles, *const *text;
} mg_pool;
/* Independent draws; a function of (seed, prompt). */
void mg_baseline_random(const mg_pool *pool, int64_t prompts, int samples, uint64_t seed,
                        const char **outputs);
/* Molecules of the captions nearest to each text, nearest first. Rows without a caption are never
 * taken. */
int mg_baseline_captions(const mg_pool *pool, mg_word_rank rank, const char *const *texts,
                         int64_t prompts, int samples, int threads, const char **outputs,
                         molglot_error *err);
/* Molecules nearest to each text in the embedder's space, from an index of them. */
int mg_baseline_index(const mg_index *index, mg_embedder *e, const char *const *texts,
                      int64_t prompts, int samples, int threads, const char **outputs,
                      molglot_error *err);
/* The same from the pool, embedded here. */
int mg_baseline_embedded(const mg_pool *pool, mg_embedder *e, const char *const *texts,
                         int64_t prompts, int samples, int threads, const char **outputs,
                         molglot_error *err);

/* ---- unconditional.c: for tests ---- */
/* Kullback-Leibler divergences of samples from a baseline, as GuacaMol has them; NaN where they are
 * not defined. */
double mg_kl_continuous(const double *baseline, size_t nb, const double *sampled, size_t ns,
                        int threads);
double mg_kl_discrete(const double *baseline, size_t nb, const double *sampled, size_t ns);

#endif
