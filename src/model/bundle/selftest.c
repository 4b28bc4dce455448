/* selftest.c - probes stored in a part: does this build tokenise and featurise as the one that
 * trained it? A build that went another way would feed the model noise without a word.
 *
 *   of a writer    sixteen hexadecimal digits: one hash of the ids of all probes
 *   of a space     {"texts": [{"text", "tokens": [ids], "ngrams": hash}],
 *                  "molecules": [{"smiles", "features": hash}]}
 *
 * Hashes of n-grams and features are of the sorted (feature, count) lists, so they do not depend on
 * the model's vocabulary.
 */
#include "chem/features/features.h"
#include "model/bundle/inside.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TOKENS = 256 };

static const char *const probe_texts[] = {
    "The molecule is a beta-diketone, a member of resorcinols. It has a role as a plant "
    "metabolite.",
    "It is an (S)-1-phenylethan-1-ol; 4\xE2\x80\xB2-hydroxy, 3,4-dihydro, caf\xC3\xA9.",
};
static const char *const probe_smiles[] = {
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)N1CCC[C@@H]1/C=C/c1ccc([N+](=O)[O-])cc1.[Na+]",
};

/* ---- a writer's: one hash ---- */

void mg_selftest_hash(const mg_wordpiece *w, const mg_smiles_vocab *v, char out[17]) {
    int32_t ids[MAX_TOKENS];
    uint64_t h = 0;
    for (size_t i = 0; w && i < MG_COUNT(probe_texts); i++) {
        const char *text = probe_texts[i];
        const int32_t n = mg_wordpiece_encode(w, text, strlen(text), ids, MAX_TOKENS);
        h = mg_hash64(ids, n > 0 ? (size_t)n * sizeof *ids : 0, h + 1);
    }
    for (size_t i = 0; i < MG_COUNT(probe_smiles); i++) {
        const int32_t n = mg_smiles_encode(v, probe_smiles[i], ids, MAX_TOKENS, NULL);
        h = mg_hash64(ids, n > 0 ? (size_t)n * sizeof *ids : 0, h + 1);
    }
    snprintf(out, 17, "%016llx", (unsigned long long)h);
}

int mg_selftest_pieces(const mg_sentencepiece *w, char out[17], molglot_error *err) {
    uint64_t h = 0;
    for (size_t i = 0; i < MG_COUNT(probe_texts) + MG_COUNT(probe_smiles); i++) {
        const char *text = i < MG_COUNT(probe_texts) ? probe_texts[i]
                                                     : probe_smiles[i - MG_COUNT(probe_texts)];
        int32_t *ids, n;
        const int code = mg_sentencepiece_encode(w, text, strlen(text), 0, &ids, &n, err);
        if (code) return code;
        h = mg_hash64(ids, (size_t)n * sizeof *ids, h + 1);
        free(ids);
    }
    snprintf(out, 17, "%016llx", (unsigned long long)h);
    return MOLGLOT_OK;
}

/* ---- the space's: what each probe gives ---- */

static json_t *tokens_of(const mg_wordpiece *w, const char *text) {
    int32_t ids[MAX_TOKENS];
    int32_t n = mg_wordpiece_encode(w, text, strlen(text), ids, MAX_TOKENS);
    json_t *a = n < 0 ? NULL : json_array();
    for (int32_t i = 0; a && i < n; i++) json_array_append_new(a, json_integer(ids[i]));
    return a;
}

/* Lists of {uint32 hash, float count}: eight bytes each without padding. */
static json_t *digest(const void *list, size_t n) {
    char hex[24];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)mg_hash64(list, n * 8, 0));
    return json_string(hex);
}

static json_t *ngrams_of(const mg_momu_config *c, const char *text, molglot_error *err) {
    mg_ngram *list = NULL;
    size_t n = 0;
    _Static_assert(sizeof *list == 8, "mg_ngram is hashed as it lies in memory");
    if (mg_text_ngrams(text, strlen(text), c->text.families, &list, &n, err)) return NULL;
    json_t *d = digest(list, n);
    free(list);
    return d;
}

static json_t *features_of(const mg_momu_config *c, const char *smiles, molglot_error *err) {
    mg_feature *list = NULL;
    size_t n = 0;
    _Static_assert(sizeof *list == 8, "mg_feature is hashed as it lies in memory");
    mg_chem_limits limits = mg_chem_limits_default();
    molglot_row_status row;
    mg_mol *mol = mg_mol_from_smiles(smiles, &limits, &row);
    if (!mol) {
        mg_fail(err, MOLGLOT_BAD_FILE, "cannot read %s: %s", smiles, row.reason);
        return NULL;
    }
    int code = mg_mol_features(mol, c->graph.families, &list, &n, err);
    mg_mol_free(mol);
    if (code) return NULL;
    json_t *d = digest(list, n);
    free(list);
    return d;
}

/* What this build makes of one text; NULL with err filled. */
static json_t *text_probe(const mg_momu_config *c, const mg_wordpiece *w, const char *text,
                          molglot_error *err) {
    json_t *o = json_object();
    int bad = json_object_set_new(o, "text", json_string(text));
    if (w) bad |= json_object_set_new(o, "tokens", tokens_of(w, text));
    if (!bad && c->text.bag.vocab) bad |= json_object_set_new(o, "ngrams", ngrams_of(c, text, err));
    if (!bad) return o;
    json_decref(o);
    if (err && !err->code) mg_no_memory(err, "the model file");
    return NULL;
}

static json_t *molecule_probe(const mg_momu_config *c, const char *smiles, molglot_error *err) {
    json_t *o = json_object();
    int bad = json_object_set_new(o, "smiles", json_string(smiles));
    if (!bad && c->graph.bag.vocab)
        bad |= json_object_set_new(o, "features", features_of(c, smiles, err));
    if (!bad) return o;
    json_decref(o);
    if (err && !err->code) mg_no_memory(err, "the model file");
    return NULL;
}

int mg_selftest_make(const mg_momu_config *c, const char *vocab, size_t vocab_bytes, mg_str *out,
                     molglot_error *err) {
    molglot_error own = {0};
    mg_wordpiece *w = vocab ? mg_wordpiece_new(vocab, vocab_bytes, err) : NULL;
    if (vocab && !w) return MOLGLOT_BAD_FILE;
    json_t *texts = json_array(), *molecules = json_array();
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(probe_texts) && !bad; i++)
        bad = json_array_append_new(texts, text_probe(c, w, probe_texts[i], &own));
    for (size_t i = 0; i < MG_COUNT(probe_smiles) && !bad; i++)
        bad = json_array_append_new(molecules, molecule_probe(c, probe_smiles[i], &own));
    json_t *all = json_pack("{s:o, s:o}", "texts", texts, "molecules", molecules);
    char *text = !bad && all ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    mg_wordpiece_free(w);
    if (!text) {
        if (!own.code) mg_no_memory(&own, "the model file");
        if (err) *err = own;
        return own.code;
    }
    mg_str_addz(out, text);
    free(text);
    return out->failed ? mg_no_memory(err, "the model file") : MOLGLOT_OK;
}

/* Compares stored probes of one kind with what this build gives. */
static int check_list(const json_t *list, const char *key, const mg_momu_config *c,
                      const mg_wordpiece *w, molglot_error *err) {
    size_t i;
    json_t *stored;
    json_array_foreach(list, i, stored) {
        const char *probe = json_string_value(json_object_get(stored, key));
        if (!probe) return mg_fail(err, MOLGLOT_BAD_FILE, "the self-test is damaged");
        molglot_error own = {0};
        json_t *now = strcmp(key, "text") == 0 ? text_probe(c, w, probe, &own)
                                               : molecule_probe(c, probe, &own);
        bool same = now && json_equal(now, stored);
        json_decref(now);
        if (!same)
            return mg_fail(err, MOLGLOT_BAD_FILE,
                           "self-test failed: this build reads \"%.60s\" otherwise than the one "
                           "that trained the model%s%s",
                           probe, own.code ? ": " : "", own.message);
    }
    return MOLGLOT_OK;
}

int mg_selftest_check(const char *json, const mg_momu_config *c, const mg_wordpiece *w,
                      molglot_error *err) {
    json_error_t complaint;
    json_t *all = json_loads(json, 0, &complaint);
    const json_t *texts = json_object_get(all, "texts"),
                 *molecules = json_object_get(all, "molecules");
    int code = MOLGLOT_OK;
    if (!json_is_array(texts) || !json_is_array(molecules))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "the self-test is damaged");
    if (!code) code = check_list(texts, "text", c, w, err);
    if (!code) code = check_list(molecules, "smiles", c, w, err);
    json_decref(all);
    return code;
}
