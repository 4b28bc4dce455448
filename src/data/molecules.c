/* molecules.c - SMILES of rows -> molecules and their columns.
 *
 * Distinct strings are parsed by RDKit, once each, in parallel: canonical SMILES, graph,
 * substructure counts. Strings of a canonical source are taken as they are, and parsed only for
 * graphs or counts. Rows with one canonical SMILES share a molecule, whose graph has the atoms in
 * the order of its first row. Then the vocabularies of tokens and substructures, and the sections.
 */
#include "chem/features/features.h"
#include "chem/smiles/smiles.h"
#include "data/inside.h"
#include "data/pack.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };

/* ---- canonical SMILES ---- */

void mg_parsed_free(mg_parsed *p) {
    free(p->canonical);
    free(p->features);
    mg_graph_free(&p->graph);
}

/* What RDKit or the features refuse keeps canonical = NULL; fails on lack of memory alone. */
static int parse(const mg_corpus_config *c, const char *smiles, mg_parsed *p) {
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!mol) return MOLGLOT_OK;
    int code = mg_mol_graph_features(mol, c->features, c->graph ? &p->graph : NULL,
                                     c->graph_vocab ? c->graph_families : NULL, &p->features,
                                     &p->n_features, NULL);
    if (!code) p->canonical = mg_mol_smiles(mol, true);
    mg_mol_free(mol);
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

/* group[i]: number of row i's string in b->parsed; -1: not parsed. */
static int parse_all(mg_builder *b, const char *const *strings, const int32_t *group,
                     molglot_error *err) {
    const int32_t n = b->n_parsed;
    const char **smiles = mg_first_strings(strings, b->n, group, n);
    b->parsed = calloc((size_t)n + 1, sizeof *b->parsed);
    int code = smiles && b->parsed ? MOLGLOT_OK : mg_no_memory(err, "a corpus");
    b->total = b->done + n + (mg_asks_texts(b->c) ? 2 * b->n : 0); /* until texts.c knows better */
    for (int32_t at = 0; at < n && !code; at += CHUNK) {
        const int32_t end = n - at < CHUNK ? n : at + CHUNK;
        int failed = MOLGLOT_OK;
#pragma omp parallel for schedule(dynamic, 8) reduction(| : failed) num_threads(b->threads)
        for (int32_t i = at; i < end; i++) failed |= parse(b->c, smiles[i], &b->parsed[i]);
        code = failed ? mg_no_memory(err, "a corpus") : mg_builder_progress(b, end - at, err);
    }
    free(smiles);
    return code;
}

/* Canonical SMILES of the molecules that are held out into `held`. */
static int read_held(const char *path, mg_names *held, molglot_error *err) {
    mg_rows rows = {0};
    if (!path) return MOLGLOT_OK;
    int code = mg_rows_load(&rows, path, NULL, err);
    for (size_t i = 0; i < rows.n && !code; i++) {
        mg_mol *m = *rows.smiles[i] ? mg_mol_from_smiles(rows.smiles[i], NULL, NULL) : NULL;
        char *s = m ? mg_mol_smiles(m, true) : NULL;
        mg_slot *slot = s ? mg_names_copy(held, s, strlen(s)) : NULL;
        if (slot)
            slot->value = 1;
        else if (s)
            code = mg_no_memory(err, "%s", path);
        free(s);
        mg_mol_free(m);
    }
    if (!code && !held->n)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no molecule to hold out", path);
    mg_rows_free(&rows);
    return code;
}

/* Rows that were read keep their canonical SMILES as smiles, those that are held out go; group and
 * strings follow them. */
static void keep_canonical(mg_builder *b, const mg_names *held, const char **strings,
                           int32_t *group) {
    int64_t kept = 0;
    for (int64_t i = 0; i < b->n; i++) {
        mg_corpus_row r = b->rows[i];
        const mg_parsed *p = group[i] < 0 ? NULL : &b->parsed[group[i]];
        if (p && !p->canonical) {
            b->out->h.rejected++;
            continue;
        }
        if (!b->c->sources[r.source].canonical) r.smiles = p->canonical;
        if (held->n && mg_names_find(held, r.smiles) >= 0) {
            b->out->h.excluded++;
            continue;
        }
        strings[kept] = r.smiles;
        group[kept] = group[i];
        b->rows[kept++] = r;
    }
    b->n = kept;
}

static int number_molecules(mg_builder *b, const char *const *strings, const int32_t *parsed,
                            molglot_error *err) {
    int32_t *molecule = malloc(((size_t)b->n + 1) * sizeof *molecule),
            n = molecule ? mg_group_strings(strings, (size_t)b->n, molecule) : -1;
    b->molecules = n < 0 ? NULL : calloc((size_t)n + 1, sizeof *b->molecules);
    for (int64_t i = b->n - 1; i >= 0 && b->molecules; i--) {
        b->rows[i].molecule = molecule[i];
        b->molecules[molecule[i]] = (mg_molecule){
            .smiles = strings[i], .parsed = parsed[i] < 0 ? NULL : &b->parsed[parsed[i]]};
    }
    free(molecule);
    b->n_molecules = b->molecules ? n : 0;
    return b->molecules ? MOLGLOT_OK : mg_no_memory(err, "a corpus");
}

int mg_builder_read_molecules(mg_builder *b, molglot_error *err) {
    const bool parsed = mg_asks_graphs(b->c);
    const char **strings = malloc(((size_t)b->n + 1) * sizeof *strings);
    int32_t *group = malloc(((size_t)b->n + 1) * sizeof *group), n = -1;
    for (int64_t i = 0; i < b->n && strings; i++)
        strings[i] = parsed || !b->c->sources[b->rows[i].source].canonical ? b->rows[i].smiles
                                                                           : NULL;
    if (strings && group) n = mg_group_strings(strings, (size_t)b->n, group);
    int code = n < 0 ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
    b->n_parsed = n < 0 ? 0 : n;
    mg_names held = {0};
    if (!code) code = read_held(b->c->hold_out, &held, err);
    if (!code) code = parse_all(b, strings, group, err);
    if (!code) keep_canonical(b, &held, strings, group);
    mg_names_free(&held);
    if (!code) code = number_molecules(b, strings, group, err);
    free(strings);
    free(group);
    return code;
}

/* ---- SMILES tokens ---- */

/* The given vocabulary, or one of all rows' SMILES: a molecule counts as often as it has rows. */
static mg_smiles_vocab *make_vocabulary(mg_builder *b, molglot_error *err) {
    mg_str *text = &b->out->made[SEC_SMILES_VOCAB];
    mg_smiles_vocab *v = NULL;
    if (!b->c->vocab) {
        const char **smiles = malloc(((size_t)b->n + 1) * sizeof *smiles);
        for (int64_t i = 0; i < b->n && smiles; i++) smiles[i] = b->rows[i].smiles;
        if (smiles)
            v = mg_smiles_vocab_build(smiles, (size_t)b->n, b->c->token_min_count, b->c->tokens,
                                      err);
        else
            mg_no_memory(err, "a corpus");
        free(smiles);
        if (!v) return NULL;
    }
    mg_smiles_vocab_text(v ? v : b->c->vocab, text);
    if (!v && !text->failed) v = mg_smiles_vocab_new(text->s, text->n, err);
    return v;
}

/* Tokens of each molecule at its place in b->ids, which has room for one a byte. */
static int encode_all(mg_builder *b, const mg_smiles_vocab *v, const int64_t *at, int32_t longest) {
    int failed = 0;
#pragma omp parallel num_threads(b->threads) reduction(| : failed)
    {
        int32_t *ids = malloc(((size_t)longest + 1) * sizeof *ids);
        failed = ids == NULL;
#pragma omp for schedule(static)
        for (int32_t i = 0; i < b->n_molecules; i++) {
            mg_molecule *m = &b->molecules[i];
            uint16_t *to = b->ids + at[i];
            m->tokens = to;
            m->n_tokens = ids ? mg_smiles_encode(v, m->smiles, ids, longest, NULL) : -1;
            for (int32_t k = 0; k < m->n_tokens; k++) to[k] = (uint16_t)ids[k];
        }
        free(ids);
    }
    return failed;
}

int mg_builder_encode_molecules(mg_builder *b, molglot_error *err) {
    if (!mg_asks_tokens(b->c)) return MOLGLOT_OK;
    molglot_error own = {0};
    mg_smiles_vocab *v = make_vocabulary(b, &own);
    int64_t *at = malloc(((size_t)b->n_molecules + 1) * sizeof *at), bytes = 0;
    int32_t longest = 0;
    for (int32_t i = 0; i < b->n_molecules && at; i++) {
        const int32_t n = (int32_t)strlen(b->molecules[i].smiles);
        if (n > longest) longest = n;
        at[i] = bytes;
        bytes += n;
    }
    b->ids = malloc(((size_t)bytes + 1) * sizeof *b->ids);
    int code = MOLGLOT_OK;
    if (!v || !at || !b->ids || encode_all(b, v, at, longest)) {
        code = own.code ? own.code : mg_no_memory(&own, "a corpus");
        if (err) *err = own;
    }
    free(at);
    mg_smiles_vocab_free(v);
    return code;
}

/* ---- sections ---- */

static void pack_tokens(mg_builder *b) {
    mg_str *s = b->out->made;
    int64_t tokens = 0;
    mg_add_i64(&s[SEC_SMILES_OFF], 0);
    for (int32_t i = 0; i < b->n_molecules; i++) {
        const mg_molecule *m = &b->molecules[i];
        mg_str_add(&s[SEC_SMILES], m->tokens, (size_t)m->n_tokens * sizeof *m->tokens);
        mg_add_i64(&s[SEC_SMILES_OFF], tokens += m->n_tokens);
    }
}

static int make_bag_vocabulary(mg_builder *b, mg_bag_vocab *out, molglot_error *err) {
    size_t most = 0;
    for (int32_t i = 0; i < b->n_molecules; i++)
        if (b->molecules[i].parsed->n_features > most) most = b->molecules[i].parsed->n_features;
    uint32_t *hashes = malloc((most + 1) * sizeof *hashes);
    mg_bag_counter *counter = mg_bag_counter_new();
    int code = counter && hashes ? MOLGLOT_OK : mg_no_memory(err, "a corpus");
    for (int32_t i = 0; i < b->n_molecules && !code; i++) {
        const mg_parsed *p = b->molecules[i].parsed;
        for (size_t k = 0; k < p->n_features; k++) hashes[k] = p->features[k].hash;
        code = mg_bag_counter_add(counter, hashes, p->n_features, err);
    }
    if (!code)
        code = mg_bag_counter_vocab(counter, b->c->graph_vocab, b->c->graph_min_df, out, err);
    free(hashes);
    mg_bag_counter_free(counter);
    return code;
}

static void pack_graphs(mg_builder *b, const mg_bag_vocab *v) {
    mg_str *s = b->out->made;
    int64_t atoms = 0, edges = 0, entries = 0;
    for (int32_t i = 0; i <= b->n_molecules; i++) {
        mg_add_i64(&s[SEC_ATOM_OFF], atoms);
        mg_add_i64(&s[SEC_EDGE_OFF], edges);
        mg_add_i64(&s[SEC_MOL_OFF], entries);
        if (i == b->n_molecules) break;
        const mg_parsed *p = b->molecules[i].parsed;
        const mg_graph *g = &p->graph;
        mg_str_add(&s[SEC_ATOMS], g->atoms, (size_t)g->n_atoms * (size_t)g->atom_cols);
        mg_str_add(&s[SEC_EDGE_SRC], g->src, (size_t)g->n_edges * sizeof *g->src);
        mg_str_add(&s[SEC_EDGE_DST], g->dst, (size_t)g->n_edges * sizeof *g->dst);
        mg_str_add(&s[SEC_BONDS], g->bonds, (size_t)g->n_edges * (size_t)g->bond_cols);
        atoms += g->n_atoms;
        edges += g->n_edges;
        for (size_t k = 0; k < p->n_features; k++) {
            const int32_t id = mg_bag_vocab_find(v, p->features[k].hash);
            if (id < 0) continue;
            const uint32_t e = mg_entry_pack(mg_entry_of(id, p->features[k].count));
            mg_str_add(&s[SEC_MOL_BAG], &e, sizeof e);
            entries++;
        }
    }
    mg_str_add(&s[SEC_GRAPH_HASH], v->hashes, (size_t)v->n * sizeof *v->hashes);
    mg_str_add(&s[SEC_GRAPH_IDF], v->weights, (size_t)v->n * sizeof *v->weights);
}

static void pack_hashes(mg_builder *b) {
    for (int32_t i = 0; i < b->n_molecules; i++) {
        const char *smiles = b->molecules[i].smiles;
        const uint64_t hash = mg_hash64(smiles, strlen(smiles), 0);
        mg_str_add(&b->out->made[SEC_SMILES_HASH], &hash, sizeof hash);
    }
}

int mg_builder_pack_molecules(mg_builder *b, molglot_error *err) {
    pack_hashes(b);
    if (mg_asks_tokens(b->c)) pack_tokens(b);
    if (!mg_asks_graphs(b->c)) return MOLGLOT_OK;
    mg_bag_vocab v = {0};
    const mg_bag_vocab *given = b->c->graph_vocab ? b->c->graph_bag : NULL;
    int code = given ? mg_bag_vocab_init(&v, given->hashes, given->weights, given->n, err)
               : b->c->graph_vocab ? make_bag_vocabulary(b, &v, err)
                                   : MOLGLOT_OK;
    if (!code) pack_graphs(b, &v);
    mg_bag_vocab_free(&v);
    return code;
}
