/* small_model.h - an aligned model with random weights that knows the words and substructures of
 * nine rows, two of which cannot be read. */
#ifndef MG_SMALL_MODEL_H
#define MG_SMALL_MODEL_H

#include "../one_part.h"
#include "base/bags.h"
#include "chem/features/features.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "search/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SMALL_DIM = 6, SMALL_GRAMS = 64, SMALL_ROWS = 9 };
#define SMALL_WORDS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nit\nis\nan\nacid\nalcohol\n"

static const char *const small_smiles[SMALL_ROWS] = {"CCO", "C1CC", "CC(=O)O", "",    "c1ccccc1",
                                                     "N",   "OCC",  "CCN",     "CCCl"};
static const char *const small_texts[SMALL_ROWS] = {
    "It is an alcohol that burns with a flame. It is a solvent for many things in use.",
    "bad \xFF",
    "It is an acid.",
    "",
    "A ring.",
    "A base in water at any time of the day. No.",
    "It is an alcohol.",
    "An amine.",
    "A chloride."};
/* Features of the words and molecules above, as many as fit, so that the bags are not empty. */
static void small_model_vocabularies(mg_bag_vocab *text, mg_bag_vocab *graph) {
    mg_bag_counter *t = mg_bag_counter_new(), *g = mg_bag_counter_new();
    mg_chem_limits limits = mg_chem_limits_default();
    for (int i = 0; i < SMALL_ROWS; i++) {
        mg_ngram *grams = NULL;
        mg_feature *features = NULL;
        uint32_t hashes[1000];
        size_t n = 0;
        mg_text_ngrams(small_texts[i], strlen(small_texts[i]), "w", &grams, &n, NULL);
        for (size_t k = 0; k < n; k++) hashes[k] = grams[k].hash;
        mg_bag_counter_add(t, hashes, n, NULL);
        mg_mol *mol = mg_mol_from_smiles(small_smiles[i], &limits, NULL);
        n = 0;
        if (mol) mg_mol_features(mol, "m2", &features, &n, NULL);
        for (size_t k = 0; k < n; k++) hashes[k] = features[k].hash;
        mg_bag_counter_add(g, hashes, n, NULL);
        mg_mol_free(mol);
        free(grams);
        free(features);
    }
    assert_int_equal(mg_bag_counter_vocab(t, SMALL_GRAMS, 1, text, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_vocab(g, SMALL_GRAMS, 1, graph, NULL), MOLGLOT_OK);
    mg_bag_counter_free(t);
    mg_bag_counter_free(g);
}

/* Makes a file of the path's XXXXXX and writes the model there. */
static int small_model_save(char *path, molglot_error *err) {
    mg_bag_vocab text, graph;
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd) || mg_chem_init(err)) return MOLGLOT_FAILED;
    small_model_vocabularies(&text, &graph);
    mg_momu_config c = mg_momu_config_default();
    strcpy(c.name, "small");
    c.dim = SMALL_DIM;
    c.text.encoder = (mg_transformer_config){.layers = 1,
                                             .hidden = 8,
                                             .heads = 2,
                                             .ffn = 16,
                                             .vocab = 10,
                                             .positions = 16,
                                             .types = 2,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 16;
    c.graph.encoder =
        (mg_gin_config){.layers = 2, .dim = 8, .mlp = 12, .layer_norm = true, .residual = true};
    c.text.bag = (mg_bag_config){.vocab = text.n, .dim = 8, .hidden = 12, .init = 0.5f};
    c.graph.bag = (mg_bag_config){.vocab = graph.n, .dim = 8, .hidden = 12, .init = 0.5f};
    strcpy(c.text.families, "w");
    strcpy(c.graph.families, "m2");
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, err);
    int code = !m || mg_params_build(p, (mg_build_options){.seed = 4}, err) ||
               mg_space_part_save(path,
                                  &(mg_space_contents){.params = p,
                                                       .momu = m,
                                                       .wordpiece = SMALL_WORDS,
                                                       .wordpiece_bytes = strlen(SMALL_WORDS),
                                                       .text_bag = &text,
                                                       .graph_bag = &graph},
                                  err);
    mg_momu_free(m);
    mg_params_free(p);
    mg_bag_vocab_free(&text);
    mg_bag_vocab_free(&graph);
    return code;
}

typedef struct small_model {
    mg_space_part model;
    mg_embedder *e;
} small_model;

static small_model *small_model_open(const char *path, int threads, int batch) {
    molglot_error err = {0};
    small_model *o = calloc(1, sizeof *o);
    if (load_space(&o->model, path, &err)) fail_msg("%s", err.message);
    o->e = mg_embedder_new(&o->model, (mg_embed_options){.threads = threads, .batch = batch}, &err);
    if (!o->e) fail_msg("%s", err.message);
    assert_int_equal(mg_embedder_dim(o->e), SMALL_DIM * o->model.members);
    return o;
}

static void small_model_close(small_model *o) {
    mg_embedder_free(o->e);
    close_space(&o->model);
    free(o);
}

#endif
