/* random_writer.h - a writer file with random weights: grammatical nonsense, for tests of
 * everything around the weights. */
#ifndef MG_RANDOM_WRITER_H
#define MG_RANDOM_WRITER_H

#include "chem/smiles/smiles.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* likes: characters that are likelier tokens than all others; NULL: C. With RANDOM_WRITER_CAGES
 * RDKit refuses some of what is written: aromatic s and p that join two rings, the first of the
 * cases that docs/automaton.md leaves to it. */
#define RANDOM_WRITER_CAGES "csp1234"
typedef struct random_writer {
    int layers, hidden, latents, max_tokens;
    bool flow, words;
    const char *likes;
    bool captions, align; /* align: hidden is divided by 8 */
} random_writer;

static const char *const random_writer_known[] = {
    "CCO", "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "c1ccccc1", "C", "CC", "O",
    "N"};
static const char random_writer_text[] = "The molecule is an acid, an alcohol, an amine or an "
                                         "ester. It is a purine alkaloid found in coffee and tea.";

static int random_writer_order(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int random_writer_words(mg_str *out, molglot_error *err) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    int code = mg_vocab_trainer_add(t, random_writer_text, strlen(random_writer_text), err);
    if (!code) code = mg_vocab_trainer_finish(t, 200, 1, out, err);
    mg_vocab_trainer_free(t);
    mg_str_addz(out, "[NONE]\n");
    return code;
}

/* A few tokens and the end are likelier than all else, so that molecules are neither all different
 * nor endless. */
static void random_writer_bias(mg_params *p, const mg_smiles_vocab *v, const char *likes) {
    float *bias = mg_f32(mg_params_find(p, "decoder.tokens.bias"));
    bias[MG_TOKEN_EOS] = 2;
    for (int32_t i = 0; i < mg_smiles_vocab_size(v); i++) {
        const char *token = mg_smiles_vocab_token(v, i);
        if (token[0] && !token[1] && strchr(likes, token[0])) bias[i] = 3;
    }
}

static int random_writer_hashes(uint64_t *known, size_t n, molglot_error *err) {
    int code = mg_chem_init(err);
    for (size_t i = 0; i < n && !code; i++) {
        mg_mol *mol = mg_mol_from_smiles(random_writer_known[i], NULL, NULL);
        char *canonical = mg_mol_smiles(mol, true);
        known[i] = mg_hash64(canonical, strlen(canonical), 0);
        free(canonical);
        mg_mol_free(mol);
    }
    qsort(known, n, sizeof *known, random_writer_order);
    return code;
}

static int random_writer_save(const char *path, const random_writer *r, const char *store_as,
                              molglot_error *err) {
    uint64_t known[MG_COUNT(random_writer_known)];
    mg_str words = {0};
    mg_params *p = mg_params_new(), *fp = mg_params_new();
    mg_smiles_vocab *v = mg_smiles_vocab_build(random_writer_known, MG_COUNT(random_writer_known),
                                               1, 500, err);
    int code = v ? random_writer_hashes(known, MG_COUNT(known), err) : MOLGLOT_FAILED;
    if (!code) code = random_writer_words(&words, err);
    int n_words = 0;
    for (size_t i = 0; i < words.n; i++) n_words += words.s[i] == '\n';
    mg_writer_config c = mg_writer_config_default();
    c.words = r->words ? n_words : 0, c.tokens = v ? mg_smiles_vocab_size(v) : 0,
    c.latents = r->latents, c.latent_dim = 8, c.max_text = 32, c.max_tokens = r->max_tokens;
    c.copy = r->latents == 0;
    c.captions = r->captions, c.align = r->align;
    c.latent_tokens = r->flow ? 3 : 0; /* both kinds of latents are drawn from */
    c.encoder = (mg_transformer_config){.layers = r->layers,
                                        .hidden = r->hidden,
                                        .heads = 4,
                                        .ffn = 4 * r->hidden,
                                        .vocab = c.words + c.tokens,
                                        .positions = (int)mg_writer_positions(&c),
                                        .norm_eps = 1e-5f,
                                        .pre_norm = true};
    c.decoder = (mg_decoder_config){.layers = r->layers,
                                    .hidden = r->hidden,
                                    .heads = 4,
                                    .ffn = 4 * r->hidden,
                                    .vocab = c.tokens,
                                    .positions = c.max_tokens,
                                    .words = r->captions ? n_words + 3 : 0,
                                    .context = r->hidden};
    mg_flow_matching_config f = mg_flow_matching_config_default();
    f.text = c.encoder, f.text.vocab = n_words, f.text.positions = f.max_text = 32,
    f.latents = c.latents, f.latent_dim = c.latent_dim;
    f.memory = true;
    f.layers = r->layers, f.hidden = r->hidden, f.heads = 4, f.ffn = 4 * r->hidden;
    mg_writer *m = code ? NULL : mg_writer_new(p, &c, err);
    mg_flow_matching *flow = m && r->flow ? mg_flow_matching_new(fp, &f, err) : NULL;
    if (!m || (r->flow && !flow)) code = MOLGLOT_FAILED;
    const mg_latent_model latents = {.params = fp, .flow = flow};
    if (!code) code = mg_params_build(p, (mg_build_options){.seed = 7}, err);
    if (!code && flow) code = mg_params_build(fp, (mg_build_options){.seed = 8}, err);
    if (!code) random_writer_bias(p, v, r->likes ? r->likes : "C");
    if (!code)
        code = mg_writer_part_save(
            path,
            &(mg_writer_contents){.params = p,
                                  .writer = m,
                                  .latents = flow ? &latents : NULL,
                                  .wordpiece = r->words || flow ? words.s : NULL,
                                  .wordpiece_bytes = r->words || flow ? words.n : 0,
                                  .tokens = v,
                                  .known = known,
                                  .n_known = MG_COUNT(known),
                                  .store_as = store_as,
                                  .metadata = (const char *const[]){"licence", "none", NULL}},
            err);
    mg_writer_free(m);
    mg_flow_matching_free(flow);
    mg_params_free(p);
    mg_params_free(fp);
    mg_smiles_vocab_free(v);
    mg_str_free(&words);
    return code;
}

#endif
