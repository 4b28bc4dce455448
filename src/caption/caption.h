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

/* A row of the memory with a caption, near the molecule. */
typedef struct mg_leaned {
    int64_t row; /* of the memory */
    const char *label, *smiles, *text; /* the memory's */
    float molecule;   /* cosine of both molecules' embeddings */
    float caption;    /* cosine of the molecule and the row's text */
    float structure;  /* Tanimoto of Morgan counts with chirality, radius 2 */
    float similarity; /* what the order goes by: molecule + caption + structure / 2 */
    bool same;        /* is this very molecule */
} mg_leaned;

typedef struct mg_caption_query {
    const char *smiles;     /* as given */
    const mg_mol *mol;      /* read from it */
    const char *canonical;  /* with stereo */
    const float *embedding; /* unit row of the space [dim]; NULL: it knows nothing of it */
    const mg_leaned *near;  /* [n_near] the nearest first; none without a memory */
    int n_near;
    uint64_t seed; /* of this row: draws follow from it and the molecule, not from other rows */
} mg_caption_query;

/* ---- candidates ---- */

/* Bytes of a caption. */
typedef struct mg_caption_span {
    size_t begin, end;
} mg_caption_span;

typedef struct mg_caption {
    char *text;
    const char *method; /* its name: "nearest" */
    int64_t row;        /* of the memory that it is a copy of; -1: it is written */
    double weight;      /* its voice when candidates are compared, any positive scale within a
                         * method; 0: it is judged but judges nobody */
    double nll;         /* of a written one, per token; NaN: none */
    /* by choose.c */
    float cosine;     /* with the molecule in the aligned space; NaN: none */
    double agreement; /* weighted mean of sentence BLEU-4 with all candidates */
    double score;     /* what the order goes by */
    /* what the computed facts contradict */
    mg_caption_span *wrong;
    int n_wrong, wrong_words, words;
} mg_caption;

typedef struct mg_caption_pool {
    mg_caption *at;
    size_t n, cap;
} mg_caption_pool;
/* Copies text. One that is there already only gets the weight added. row, nll: as in mg_caption. */
int mg_caption_pool_add(mg_caption_pool *p, const char *method, const char *text, int64_t row,
                        double weight, double nll, molglot_error *err);
void mg_caption_pool_free(mg_caption_pool *p);

/* ---- methods ---- */

typedef struct mg_caption_options {
    int n;            /* captions a molecule */
    int candidates;   /* that each method adds at most; 0: as the method likes */
    int beams;        /* of learned methods; 0: they draw */
    float temperature; /* of learned methods; 0: theirs */
    uint64_t seed;
    /* 0: a caption of this very molecule is passed over, unless it stands in a library of the
     * user's; 1: it is an answer like others; -1: never */
    int own;
    bool all;         /* all candidates come back, not n */
} mg_caption_options;

/* What a captioner works with. All of it outlives the captioner; what is NULL is not there. */
typedef struct mg_captioner_options {
    mg_bundle *bundle;     /* of the model: methods look for their part in it */
    mg_embedder *embedder; /* of its space */
    mg_memory memory;      /* of nothing: no neighbours */
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
    /* NULL with err: what it needs is not there. NULL without: nothing to keep. */
    int (*open)(const mg_captioner_options *o, void **state, molglot_error *err);
    /* Adds candidates for n molecules, pools[n]. Results depend on a row alone, not on its
     * neighbours in the call or on threads. */
    int (*propose)(void *state, const mg_caption_query *const *queries, size_t n,
                   const mg_caption_options *o, mg_caption_pool *const *pools, molglot_error *err);
    void (*close)(void *state); /* or NULL */
} mg_caption_method;
extern const mg_caption_method mg_caption_nearest; /* nearest.c */
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

/* ---- claims.c: what a caption says that can be computed ---- */
/* Fills wrong, n_wrong, wrong_words, words of a caption of the molecule m whose facts are f. Only
 * what is certain counts: numbers of a formula, charge, named groups and rings that are not there,
 * elements, "acyclic". */
int mg_caption_check(const mg_groups *g, const mg_mol *m, const mg_facts *f, mg_caption *c,
                     molglot_error *err);

#endif
