/* motif.h - HierVAE as 3M-Diffusion has it (docs/models/motif.md; docs/reference/3m-diffusion.md
 * 5): a molecule's graph to one latent vector, and from it motif by motif to a molecule.
 *
 *   config.c   sizes and what of the published program is kept
 *   net.c      parameters; encoder; one step of the decoder's three message passing networks
 *   steps.c    which rows a step reads and writes
 *   loss.c     the teacher-forced pass
 *   decode.c   molecules from latents
 */
#ifndef MG_MODEL_MOTIF_H
#define MG_MODEL_MOTIF_H

#include "base/toml/toml.h"
#include "chem/motif/motif.h"
#include "nn/nn.h"

typedef struct mg_motif_config {
    char name[64];
    int hidden, embed, latent; /* 250, 250, 24 */
    /* the encoder: GIN (5, 300, 600), its projection (256), the next one (250) */
    int gin_layers, gin_dim, gin_mlp, graph_dim, pooled;
    int atom_steps;    /* updates of the messages between atoms: 5 */
    float beta;        /* weight of the divergence: 0.1 */
    int motifs, pairs; /* the vocabulary's */
    /* what the published program does and we mend; all false by default */
    bool closed_root;   /* the root's atoms that no parent shares are closed to children (Q5) */
    bool bare_encoder;  /* encodes without the layer norm that it was trained with (Q7) */
    bool padded_sites;  /* candidates of other molecules' sizes count in the softmax (Q8) */
    bool label_anchors; /* decodes with the label's row where it was trained with the anchor's (Q11)
                         */
    bool rigid; /* labels' double bonds stay where the vocabulary has them; rings one way round */
    bool silent_retreat; /* after a motif that fits nowhere two messages stay zero (Q12) */
} mg_motif_config;
mg_motif_config mg_motif_config_default(void);
int mg_motif_config_check(const mg_motif_config *c, molglot_error *err);
/* motifs and pairs are left to the trainer. */
int mg_motif_config_from_toml(mg_toml *t, mg_motif_config *out, molglot_error *err);
int mg_motif_config_to_json(const mg_motif_config *c, mg_str *out);
int mg_motif_config_from_json(const char *json, mg_motif_config *out, molglot_error *err);

typedef struct mg_motif_vae mg_motif_vae;
mg_motif_vae *mg_motif_vae_new(mg_params *p, const mg_motif_config *c, molglot_error *err);
void mg_motif_vae_free(mg_motif_vae *m);
const mg_motif_config *mg_motif_vae_config(const mg_motif_vae *m);

/* ---- encoder ---- */

/* Molecules as the encoder reads them: atom_ids, edge_ids with two columns, of the published tables
 * (120 + 3 rows, 6 + 3). A batch is the caller's; arrays are freed by the last function. */
typedef struct mg_motif_graphs { /* zero-initialise */
    int64_t n;
    int32_t n_atoms, n_edges;
    int32_t *atom_offsets, *atom_ids, *edge_offsets, *edge_src, *edge_ids;
    size_t caps[5];
} mg_motif_graphs;
/* Adds a molecule to the batch. */
int mg_motif_graphs_add(mg_motif_graphs *g, const mg_graph *ogb, molglot_error *err);
void mg_motif_graphs_clear(mg_motif_graphs *g);
void mg_motif_graphs_free(mg_motif_graphs *g);
/* The row of its graph with the columns 9 + 3 of MG_FEAT_OGB. Means [n, latent] and logarithms of
 * variances (never above 0). False when the tape has failed. */
bool mg_motif_encode(mg_tape *t, const mg_motif_vae *m, const mg_motif_graphs *g, mg_tensor **mean,
                     mg_tensor **log_variance);

/* ---- teacher-forced pass ---- */

/* What the pass reads and writes, step by step; made of trees on the host. */
typedef struct mg_motif_plan mg_motif_plan;
mg_motif_plan *mg_motif_plan_new(molglot_error *err);
void mg_motif_plan_free(mg_motif_plan *p);
/* Replaces what was planned. trees[n] may go afterwards; plan and v must live until the tape's next
 * reset. */
int mg_motif_plan_make(mg_motif_plan *p, const mg_motif_vocab *v, const mg_motif_tree *const *trees,
                       int64_t n, molglot_error *err);

enum { MG_MOTIF_TOPOLOGY, MG_MOTIF_MOTIF, MG_MOTIF_PAIR, MG_MOTIF_SITE, MG_MOTIF_LOSSES };
typedef struct mg_motif_score { /* of a pass */
    int64_t decisions[MG_MOTIF_LOSSES], right[MG_MOTIF_LOSSES];
    double loss[MG_MOTIF_LOSSES]; /* sums over decisions */
} mg_motif_score;
/* Sum of the cross-entropies of all decisions over n molecules, divided by n: [1,1]. z [n, latent].
 * score (may be NULL): pulls values, so it waits for the device. */
mg_tensor *mg_motif_loss(mg_tape *t, const mg_motif_vae *m, const mg_motif_plan *p, mg_tensor *z,
                         mg_motif_score *score);
/* -1/2 sum over dimensions (1 + l - mean^2 - e^l), mean over rows: [1,1]; with the gradient. */
mg_tensor *mg_motif_divergence(mg_tape *t, mg_tensor *mean, mg_tensor *log_variance);
/* mean + e^(l/2) noise, noise [n, latent] on the host */
mg_tensor *mg_motif_posterior(mg_tape *t, mg_tensor *mean, mg_tensor *log_variance,
                              const float *noise);

/* ---- decoding ---- */

typedef struct mg_motif_decode_options {
    int steps; /* moves at most: 100 */
    int tries; /* motifs and labels that are tried for a child: 5 */
    bool draw; /* children and motifs drawn by chance, not the likeliest */
    uint64_t seed;
    const uint64_t *streams; /* [n] of chance, with draw */
} mg_motif_decode_options;
mg_motif_decode_options mg_motif_decode_default(void);
typedef struct mg_motif_drawn {
    char *smiles;          /* malloc'ed, canonical; NULL: what was built is no molecule */
    bool cut;              /* steps ran out, or room */
    int32_t nodes, failed; /* motifs; children that fitted nowhere */
} mg_motif_drawn;
/* Molecules of z [n, latent] (on the host), out[n]. Resets the tape. */
int mg_motif_decode(mg_tape *t, const mg_motif_vae *m, const mg_motif_vocab *v, const float *z,
                    int64_t n, const mg_motif_decode_options *o, mg_motif_drawn *out,
                    molglot_error *err);

#endif
