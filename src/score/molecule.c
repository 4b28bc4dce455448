/* molecule.c - one molecule made ready for scoring, and sets of strings.
 *
 * A profile holds all that a comparison needs: fingerprints of the plain molecule and of its
 * Kekulised copy, the canonical SMILES. The cache reads every SMILES once, however many prompts and
 * methods share it (2 ms each, most of a run).
 */
#include "score/inside.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- profiles ---- */

static int fingerprints(const mg_mol *m, int variant, mg_profile *p, molglot_error *err) {
    int code = mg_mol_fingerprint(m, MG_FP_MACCS, 0, MG_MACCS_BITS, p->maccs[variant], err);
    return code ? code
                : mg_mol_fingerprint(m, MG_FP_MORGAN, 3, MG_MORGAN_BITS, p->morgan3[variant], err);
}

/* What is not aromatic has one set of fingerprints: MACCS is the dearest of them. */
static int kekulised_fingerprints(const mg_mol *m, mg_profile *p, molglot_error *err) {
    if (!mg_mol_aromatic(m)) {
        memcpy(p->maccs[MG_KEKULISED], p->maccs[MG_PLAIN], sizeof p->maccs[0]);
        memcpy(p->morgan3[MG_KEKULISED], p->morgan3[MG_PLAIN], sizeof p->morgan3[0]);
        return MOLGLOT_OK;
    }
    mg_mol *kekulised = mg_mol_kekulised(m);
    int code = kekulised ? fingerprints(kekulised, MG_KEKULISED, p, err)
                         : mg_fail(err, MOLGLOT_FAILED, "RDKit cannot Kekulise this molecule");
    mg_mol_free(kekulised);
    return code;
}

static int fill(const mg_mol *m, mg_profile *p, molglot_error *err) {
    p->smiles = mg_mol_smiles(m, true);
    p->composition = mg_mol_composition(m);
    int code = p->smiles ? MOLGLOT_OK
                         : mg_fail(err, MOLGLOT_FAILED, "RDKit cannot write this molecule");
    if (!code) code = fingerprints(m, MG_PLAIN, p, err);
    if (!code) code = kekulised_fingerprints(m, p, err);
    if (!code) code = mg_mol_fingerprint(m, MG_FP_RDK, 0, MG_RDK_BITS, p->rdk, err);
    if (!code) code = mg_mol_morgan_counts(m, 2, &p->environments, &p->n_environments, err);
    for (size_t i = 0; i < p->n_environments && !code; i++) { /* RDKit folds in this way */
        uint32_t bit = p->environments[i].id % MG_MORGAN_BITS;
        p->morgan2[bit / 8] = (uint8_t)(p->morgan2[bit / 8] | 1u << (bit % 8));
    }
    return code;
}

/* What cannot be read becomes an invalid profile; only lack of memory is an error. p is zero. */
static int make(mg_profile *p, const char *smiles, molglot_error *err) {
    if (!*smiles) { /* RDKit reads "" as a molecule of no atoms, and so the field counts it */
        p->smiles = strdup("");
        p->valid = p->smiles != NULL;
        return p->valid ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
    }
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!m) return MOLGLOT_OK;
    int code = fill(m, p, err);
    mg_mol_free(m);
    p->valid = code == MOLGLOT_OK;
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

/* ---- the cache ---- */

static const mg_profile no_molecule;

static size_t cache_slot(const mg_profile_cache *c, const char *smiles) {
    size_t slot = mg_hash64(smiles, strlen(smiles), 0) & c->mask;
    while (c->slots[slot] && strcmp(c->keys[c->slots[slot] - 1], smiles))
        slot = (slot + 1) & c->mask;
    return slot;
}

/* Room for `more` keys. */
static bool cache_grow(mg_profile_cache *c, size_t more) {
    size_t most = c->n + more, slots = 16;
    char **keys = realloc(c->keys, (most + 1) * sizeof *keys);
    if (keys) c->keys = keys;
    mg_profile **profiles = realloc(c->profiles, (most + 1) * sizeof *profiles);
    if (profiles) c->profiles = profiles;
    while (slots < most * 2) slots *= 2;
    if (!keys || !profiles) return false;
    if (c->slots && slots <= c->mask + 1) return true;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh) return false;
    free(c->slots);
    c->slots = fresh;
    c->mask = slots - 1;
    for (size_t i = 0; i < c->n; i++) c->slots[cache_slot(c, c->keys[i])] = (uint32_t)i + 1;
    return true;
}

static bool cache_add(mg_profile_cache *c, const char *smiles) {
    size_t slot = cache_slot(c, smiles);
    if (c->slots[slot]) return true;
    c->keys[c->n] = strdup(smiles);
    c->profiles[c->n] = calloc(1, sizeof **c->profiles);
    if (!c->keys[c->n] || !c->profiles[c->n]) {
        free(c->keys[c->n]);
        free(c->profiles[c->n]);
        return false;
    }
    c->slots[slot] = (uint32_t)++c->n;
    return true;
}

int mg_profile_cache_read(mg_profile_cache *c, const char *const *smiles, size_t n, int threads,
                          const mg_profile **out, molglot_error *err) {
    size_t known = c->n;
    bool ok = n < UINT32_MAX - c->n && cache_grow(c, n);
    for (size_t i = 0; i < n && ok; i++) ok = !smiles[i] || cache_add(c, smiles[i]);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8) reduction(&& : ok)
    for (size_t i = known; i < c->n; i++)
        ok = ok && make(c->profiles[i], c->keys[i], NULL) == MOLGLOT_OK;
    if (!ok) return mg_no_memory(err, "%zu molecules", n);
    for (size_t i = 0; i < n; i++)
        out[i] = smiles[i] ? c->profiles[c->slots[cache_slot(c, smiles[i])] - 1] : &no_molecule;
    return MOLGLOT_OK;
}

void mg_profile_cache_free(mg_profile_cache *c) {
    for (size_t i = 0; i < c->n; i++) {
        free(c->profiles[i]->environments);
        free(c->profiles[i]->smiles);
        free(c->profiles[i]);
        free(c->keys[i]);
    }
    free(c->profiles);
    free(c->keys);
    free(c->slots);
    memset(c, 0, sizeof *c);
}

/* ---- canonical SMILES ---- */

void mg_canonical_smiles(const char *const *smiles, size_t n, bool isomeric, int threads,
                         char **out) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
    for (size_t i = 0; i < n; i++) {
        mg_mol *m = smiles[i] ? mg_mol_from_smiles(smiles[i], NULL, NULL) : NULL;
        out[i] = m ? mg_mol_smiles(m, isomeric) : NULL;
        mg_mol_free(m);
    }
}

/* ---- sets of strings ---- */

bool mg_string_set_init(mg_string_set *s, size_t most) {
    size_t slots = 16;
    while (slots < most * 2) slots *= 2;
    *s = (mg_string_set){.slots = calloc(slots, sizeof *s->slots), .mask = slots - 1};
    return s->slots != NULL;
}

static size_t slot_of(const mg_string_set *s, const char *string) {
    size_t slot = mg_hash64(string, strlen(string), 0) & s->mask;
    while (s->slots[slot] && strcmp(s->slots[slot], string)) slot = (slot + 1) & s->mask;
    return slot;
}

bool mg_string_set_add(mg_string_set *s, const char *string) {
    size_t slot = slot_of(s, string);
    if (s->slots[slot]) return false;
    s->slots[slot] = string;
    s->n++;
    return true;
}

bool mg_string_set_has(const mg_string_set *s, const char *string) {
    return s->slots && s->slots[slot_of(s, string)];
}

void mg_string_set_free(mg_string_set *s) { free(s->slots); }
