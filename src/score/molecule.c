/* molecule.c - one molecule made ready for scoring, and sets of strings.
 *
 * A SMILES ends at its first blank, as RDKit reads it (what follows is a name or an extension).
 * Hydrogen is one molecule however it is written: [HH] is read as [H][H].
 * A profile holds all that a comparison needs: fingerprints of the plain molecule and of its
 * Kekulised copy, the canonical SMILES. The cache reads every SMILES once, however many prompts and
 * methods share it (2 ms each, most of a run).
 */
#include "base/grow.h"
#include "score/inside.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* The component's own hydrogens as atoms: "[HH]", "[2HH]" -> "[H][H]", "[2H][H]". */
static void add_component(mg_str *out, const char *s, size_t n) {
    const bool isotope = n == 5 && s[1] >= '1' && s[1] <= '3';
    if (n == 4 + (size_t)isotope && s[0] == '[' && !memcmp(s + n - 3, "HH]", 3) &&
        (isotope || n == 4))
        mg_str_addf(out, "%.*sH][H]", (int)(n - 3), s);
    else
        mg_str_add(out, s, n);
}

/* tangled may be NULL. */
static mg_mol *read_scored(const char *smiles, bool *tangled) {
    const size_t n = strcspn(smiles, " \t");
    mg_str text = {0};
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && smiles[end] != '.') end++;
        add_component(&text, smiles + at, end - at);
        if (end < n) mg_str_addz(&text, ".");
        at = end + 1;
    }
    mg_mol *m = text.s && !text.failed ? mg_mol_from_smiles(text.s, NULL, NULL) : NULL;
    mg_str_free(&text);
    const bool too_tangled = m && mg_mol_tangled(m);
    if (tangled) *tangled = too_tangled;
    if (!too_tangled) return m;
    mg_mol_free(m);
    return NULL;
}

mg_mol *mg_read_scored(const char *smiles) { return read_scored(smiles, NULL); }

bool mg_is_tangled(const char *smiles) {
    bool tangled = false;
    mg_mol_free(read_scored(smiles, &tangled));
    return tangled;
}

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
    mg_mol *m = read_scored(smiles, &p->tangled);
    if (!m) return MOLGLOT_OK;
    int code = fill(m, p, err);
    p->unread_stereo = mg_unread_stereo(smiles);
    mg_mol_free(m);
    p->valid = code == MOLGLOT_OK;
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

/* ---- the cache ---- */

static const mg_profile no_molecule;

static bool cache_add(mg_profile_cache *c, const char *smiles) {
    size_t keys = c->cap, profiles = c->cap;
    if (!MG_GROW(c->keys, keys, c->n + 1) || !MG_GROW(c->profiles, profiles, c->n + 1))
        return false;
    c->cap = keys;
    mg_slot *slot = mg_names_copy(&c->numbers, smiles, strlen(smiles));
    if (!slot || slot->value >= 0) return slot != NULL;
    c->keys[c->n] = slot->key.name;
    c->profiles[c->n] = calloc(1, sizeof **c->profiles);
    if (!c->profiles[c->n]) return false;
    slot->value = (int32_t)c->n++;
    return true;
}

int mg_profile_cache_read(mg_profile_cache *c, const char *const *smiles, size_t n, int threads,
                          const mg_profile **out, molglot_error *err) {
    size_t known = c->n;
    bool ok = n < INT32_MAX - c->n;
    for (size_t i = 0; i < n && ok; i++) ok = !smiles[i] || cache_add(c, smiles[i]);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8) reduction(&& : ok)
    for (size_t i = known; i < c->n; i++)
        ok = ok && make(c->profiles[i], c->keys[i], NULL) == MOLGLOT_OK;
    if (!ok) return mg_no_memory(err, "%zu molecules", n);
    for (size_t i = 0; i < n; i++)
        out[i] = smiles[i] ? c->profiles[mg_names_find(&c->numbers, smiles[i])] : &no_molecule;
    return MOLGLOT_OK;
}

void mg_profile_cache_free(mg_profile_cache *c) {
    for (size_t i = 0; i < c->n; i++) {
        free(c->profiles[i]->environments);
        free(c->profiles[i]->smiles);
        free(c->profiles[i]);
    }
    free(c->profiles);
    free(c->keys);
    mg_names_free(&c->numbers);
    memset(c, 0, sizeof *c);
}

/* ---- canonical SMILES ---- */

void mg_canonical_smiles(const char *const *smiles, size_t n, bool isomeric, int threads,
                         char **out) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
    for (size_t i = 0; i < n; i++) {
        mg_mol *m = smiles[i] ? mg_read_scored(smiles[i]) : NULL;
        out[i] = m ? mg_mol_smiles(m, isomeric) : NULL;
        mg_mol_free(m);
    }
}

/* ---- sets of strings ---- */

bool mg_string_set_init(mg_string_set *s, size_t most) {
    *s = (mg_string_set){0};
    return mg_names_reserve(&s->strings, most);
}

bool mg_string_set_add(mg_string_set *s, const char *string) {
    mg_slot *slot = mg_names_at(&s->strings, string, strlen(string));
    if (slot->value >= 0) return false;
    slot->value = 0;
    s->n++;
    return true;
}

bool mg_string_set_has(const mg_string_set *s, const char *string) {
    return mg_names_find(&s->strings, string) >= 0;
}

void mg_string_set_free(mg_string_set *s) { mg_names_free(&s->strings); }
