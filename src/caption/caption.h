/* caption.h - molecules to sentences.
 *
 *   molecule --RDKit, space--> query --near.c: neighbours of the memory--> query with neighbours
 *            --methods: candidates (copies of neighbours' captions, or written ones)--> pool
 *            --choose.c: which one all others agree with, cosine, facts--> answer
 *
 * A method adds candidates to a pool and knows nothing of how they are chosen. A new one is a
 * mg_caption_method and its line in METHODS (captioner.c).
 */
#ifndef MG_CAPTION_CAPTION_H
#define MG_CAPTION_CAPTION_H

#include "chem/facts/facts.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

/* ---- a molecule that wants a caption ---- */

enum { MG_CAPTION_NEAR = 20 /* neighbours of a molecule, at most */ };
/* A row of the memory with a caption, near the molecule. */
typedef struct mg_leaned {
    int64_t row;                       /* of the memory */
    const char *label, *smiles, *text; /* the memory's */
    float molecule;                    /* cosine of both molecules' embeddings */
    float caption;                     /* cosine of the molecule and the row's text */
    float structure;                   /* Tanimoto of Morgan counts, radius 2, with chirality */
    float similarity; /* what the order goes by: molecule + caption + structure / 2 */
    float kinship;    /* what both molecules say for the row's caption as the answer (near.c) */
    bool same;        /* is this very molecule */
    /* protons that the asked molecule has more, where nothing else tells both formulas apart */
    int protons;
    bool twin; /* all numbers of both are equal, the configurations are not */
} mg_leaned;

typedef struct mg_caption_query {
    const mg_mol *mol;
    const char *smiles;     /* canonical, with stereo */
    const char *given;      /* as it was given */
    const float *embedding; /* unit row of the space [dim]; NULL: it knows nothing of it */
    const mg_leaned *near;  /* [n_near] the nearest first; none without a memory */
    int n_near;
    int n_known;   /* of near: some more that give no captions but tell names */
    uint64_t seed; /* of this row: draws follow from it and the molecule, not from other rows */
} mg_caption_query;

/* ---- candidates ---- */

/* Bytes of a caption. */
typedef struct mg_caption_span {
    size_t begin, end;
} mg_caption_span;

/* What a method proposes. */
typedef struct mg_draft {
    const char *text;   /* copied */
    const char *method; /* its name: "nearest" */
    int64_t row;        /* of the memory that it is a copy of; -1: it is written */
    bool own;           /* of a copy: the row is the very molecule */
    bool edited;        /* of a copy: names were put in (conjugate.c) */
    bool mended;        /* of a copy: its definition is the molecule's own (definition.c) */
    bool proven;        /* its first sentence was made to build the molecule, and does */
    bool cut;           /* of a copy: without its definition, which was another molecule's */
    double weight;      /* its voice when candidates are compared, on any scale within a method; 0:
                         * it is judged but judges nobody */
    double nll;         /* of a written one, a token; NaN: none */
    float cosine;       /* with the molecule in the aligned space; NaN: not known yet */
    float kinship;      /* of a copy, the row's; NaN: none */
} mg_draft;
/* What a method gives a text in weight. */
typedef struct mg_caption_voice {
    const char *method;
    double weight;
} mg_caption_voice;
enum { MG_CAPTION_VOICES = 4 }; /* methods of one pool, at most */
/* A draft, judged. */
typedef struct mg_caption {
    char *text;
    mg_draft draft;                             /* draft.text is `text`; of several, the copy */
    mg_caption_voice voices[MG_CAPTION_VOICES]; /* of each method that proposed it */
    int n_voices;
    double agreement; /* weighted mean of sentence BLEU-4 with all candidates, 0 .. 1 */
    double score;     /* what the order goes by */
    /* what computed facts contradict; [n_wrong] */
    mg_caption_span *wrong;
    int n_wrong, wrong_words, words, claims;
    mg_caption_span definition; /* of these the one that builds another molecule; empty: none */
} mg_caption;
void mg_captions_free(mg_caption *c, size_t n);

typedef struct mg_caption_pool {
    mg_caption *at;
    size_t n, cap;
} mg_caption_pool;
/* A text that is there already gets the weight added, of each method apart: what a model writes
 * word for word as a neighbour has it is that neighbour's caption, with both voices. */
int mg_caption_pool_add(mg_caption_pool *p, const mg_draft *d, molglot_error *err);
void mg_caption_pool_free(mg_caption_pool *p);

/* ---- methods ---- */

/* Whether a caption of this very molecule, out of the memory, is an answer. */
enum {
    MG_OWN_LIBRARY = 0 /* where the memory is a library of the user's */,
    MG_OWN_ALWAYS,
    MG_OWN_NEVER
};
typedef struct mg_caption_options {
    int n;             /* captions a molecule, at most; 0: all candidates */
    int candidates;    /* that each method adds, at most; 0: as it likes */
    int beams;         /* of learned methods; 0: they draw */
    float temperature; /* of learned methods; 0: theirs */
    uint64_t seed;
    int own;        /* MG_OWN_...: rows that are no answer are not among a query's neighbours */
    bool alone;     /* a learned method gets no copies beside its drafts */
    bool as_copied; /* copies are not mended where they say how another molecule is built */
} mg_caption_options;

/* What a captioner works with. All of it outlives the captioner; what is NULL is not there. */
typedef struct mg_captioner_options {
    mg_bundle *bundle;     /* of the model: methods look for their part in it */
    mg_embedder *embedder; /* of its space */
    mg_memory memory;      /* of nothing: no neighbours */
    const mg_dictionary
        *names; /* by which names in captions are held against the molecule; NULL: they are not */
    const char *leave_out; /* rows of the memory whose id begins so give no caption; "": none */
    const char *method;    /* by name; NULL: the first that can */
    const char *model;     /* file or folder of an imported model, for methods that want one */
    const char *device;    /* as mg_tape_new has it; NULL: "cpu" */
    int threads;           /* 0: OpenMP's default */
} mg_captioner_options;

typedef struct mg_caption_method {
    const char *name;  /* --method */
    const char *about; /* "captions of near molecules, the one they agree on" */
    bool learned;      /* can do without a memory */
    /* A code with err: what it needs is not there. *state NULL: nothing to keep. */
    int (*open)(const mg_captioner_options *o, void **state, molglot_error *err);
    /* Adds candidates for n molecules, pools[n]. Results depend on a row alone, not on its
     * neighbours in the call or on threads. */
    int (*propose)(void *state, const mg_caption_query *const *queries, size_t n,
                   const mg_caption_options *o, mg_caption_pool *const *pools, molglot_error *err);
    void (*close)(void *state); /* or NULL */
} mg_caption_method;
extern const mg_caption_method mg_caption_nearest;               /* nearest.c */
extern const mg_caption_method mg_caption_atomas, mg_caption_t5; /* written.c */
/* All of them, ended by NULL. */
extern const mg_caption_method *const MG_CAPTION_METHODS[];

/* ---- captioner.c ---- */

typedef struct mg_captioner mg_captioner;
mg_captioner *mg_captioner_new(const mg_captioner_options *o, molglot_error *err);
void mg_captioner_free(mg_captioner *c);
const mg_caption_method *mg_captioner_method(const mg_captioner *c);
mg_caption_options mg_caption_default(void);

/* Of one molecule. */
typedef struct mg_captioned {
    molglot_row_status status; /* why there is no caption */
    mg_mol *mol;               /* NULL: not read */
    char *canonical;
    mg_caption *captions; /* [n] best first */
    int n;
    mg_leaned *near; /* [n_near] what it leaned on, the nearest first */
    int n_near;
    char *facts; /* a paragraph that is computed; NULL: not to be had */
} mg_captioned;
/* out [n]; the caller frees each with mg_captioned_free. Rows that cannot be read keep their
 * place. */
int mg_caption_molecules(mg_captioner *c, const char *const *smiles, size_t n,
                         const mg_caption_options *o, mg_captioned *out, molglot_error *err);
void mg_captioned_free(mg_captioned *c);

/* ---- floors.c: what copying gives ---- */
enum { MG_CAPTION_FLOORS = 5 };
extern const char *const MG_CAPTION_FLOOR_NAMES[MG_CAPTION_FLOORS]; /* "copy_morgan_bits" ... */
/* text [n]: the captions that one similarity alone would copy, the memory's; "": none. The whole
 * memory is read. Of o: embedder, memory, leave_out, threads. The molecule's own row is passed
 * over. */
int mg_caption_floors(const mg_captioner_options *o, const char *const *smiles, size_t n,
                      const char *(*text)[MG_CAPTION_FLOORS], molglot_error *err);

/* ---- claims.c: what a caption says that can be computed ---- */
/* Many threads may use one. g outlives it. */
typedef struct mg_claims mg_claims;
mg_claims *mg_claims_new(const mg_groups *g, molglot_error *err);
void mg_claims_free(mg_claims *c);
/* Fills wrong, n_wrong, wrong_words and words of a caption of the molecule whose facts are f. Only
 * what is certain counts as wrong. */
int mg_claims_check(const mg_claims *c, const mg_facts *f, mg_caption *caption, molglot_error *err);
/* Of n captions of n molecules: words, and those that are wrong; and first sentences that build a
 * molecule (definition.c, without a dictionary), which do not count among the words. Those of
 * molecules that cannot be read do not count. */
typedef struct mg_claims_count {
    int64_t captions, words, wrong, claims, claims_wrong, definitions, definitions_wrong;
} mg_claims_count;
int mg_claims_count_all(const mg_claims *c, const char *const *smiles, const char *const *texts,
                        size_t n, int threads, mg_claims_count *out, molglot_error *err);

#endif
