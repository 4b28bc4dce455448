/* readings.c - what first sentences build and what names mean, read once: the same rows of a memory
 * are near many molecules. Of a sentence or name are kept its structures, with the keys that they
 * are compared by; MOST of them, later ones are read anew each time.
 */
#include "base/grow.h"
#include "caption/inside.h"
#include "chem/nomenclature/nomenclature.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 15, LONGEST = 1000 /* letters of what is kept */ };

struct mg_readings {
    const mg_dictionary *names;
    pthread_mutex_t lock;
    mg_names sentences, words; /* places in `kept` */
    mg_reading *kept;
    size_t n, cap;
};

mg_readings *mg_readings_new(const mg_dictionary *names, molglot_error *err) {
    mg_readings *r = calloc(1, sizeof *r);
    if (r && pthread_mutex_init(&r->lock, NULL)) {
        free(r);
        r = NULL;
    }
    if (!r) {
        mg_no_memory(err, "captions");
        return NULL;
    }
    r->names = names;
    return r;
}

static void let_go(mg_reading *x) {
    for (size_t i = 0; i < x->n; i++) free(x->at[i].smiles);
    free(x->at);
    *x = (mg_reading){0};
}

void mg_readings_free(mg_readings *r) {
    if (!r) return;
    for (size_t i = 0; i < r->n; i++) let_go(&r->kept[i]);
    free(r->kept);
    mg_names_free(&r->sentences);
    mg_names_free(&r->words);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void mg_reading_free(mg_reading *x) {
    if (!x->kept) let_go(x);
    *x = (mg_reading){0};
}

const mg_dictionary *mg_readings_names(const mg_readings *r) { return r ? r->names : NULL; }

/* ---- reading ---- */

/* Adds a structure, whose SMILES it copies. */
static int add(mg_reading *x, size_t *cap, const char *smiles, molglot_error *err) {
    char *copy = strdup(smiles);
    if (!copy || !MG_GROW(x->at, *cap, x->n + 1)) {
        free(copy);
        return mg_no_memory(err, "captions");
    }
    mg_meant *to = &x->at[x->n++];
    *to = (mg_meant){.smiles = copy};
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    uint64_t molecule;
    if (m) {
        to->read = true;
        mg_molecule_key(m, &molecule, &to->flat);
        to->composition = mg_mol_composition(m);
    }
    mg_mol_free(m);
    return MOLGLOT_OK;
}

static int read_sentence(const mg_dictionary *names, const char *words, mg_reading *out,
                         molglot_error *err) {
    mg_name_hits hits = {0};
    size_t cap = 0;
    int code = mg_built_find(names, words, &hits, err);
    for (size_t i = 0; i < hits.n && !code; i++) code = add(out, &cap, hits.hit[i].smiles, err);
    mg_name_hits_free(&hits);
    return code;
}

/* As a systematic name, and as the dictionary has it. */
static int read_name(const mg_dictionary *names, const char *words, mg_reading *out,
                     molglot_error *err) {
    mg_name_hits hits = {0};
    size_t cap = 0;
    char *smiles = NULL;
    int code = mg_name_read(words, &smiles, err);
    if (!code && smiles) code = add(out, &cap, smiles, err);
    if (!code && names) code = mg_dictionary_find(names, words, &hits, err);
    for (size_t i = 0; i < hits.n && !code; i++)
        if (hits.hit[i].how <= MG_NAME_FOLDED) code = add(out, &cap, hits.hit[i].smiles, err);
    mg_name_hits_free(&hits);
    free(smiles);
    return code;
}

/* ---- keeping ---- */

static bool find(mg_readings *r, const mg_names *list, const char *words, mg_reading *out) {
    pthread_mutex_lock(&r->lock);
    const int32_t at = mg_names_find(list, words);
    if (at >= 0) *out = r->kept[at];
    pthread_mutex_unlock(&r->lock);
    return at >= 0;
}

/* What cannot be kept stays the caller's. */
static void keep(mg_readings *r, mg_names *list, const char *words, mg_reading *x) {
    const size_t n = strlen(words);
    if (n > LONGEST) return;
    pthread_mutex_lock(&r->lock);
    const bool room = r->n < MOST && MG_GROW(r->kept, r->cap, r->n + 1);
    mg_slot *slot = room ? mg_names_copy(list, words, n) : NULL;
    if (slot && slot->value < 0) { /* no other thread was faster */
        x->kept = true;
        slot->value = (int32_t)r->n;
        r->kept[r->n++] = *x;
    }
    pthread_mutex_unlock(&r->lock);
}

/* smiles: what alone is kept; NULL: all. */
static int sentence(mg_readings *r, const char *text, const char *smiles, mg_reading *out,
                    molglot_error *err) {
    char *first = strndup(text, mg_text_first_sentence(text));
    *out = (mg_reading){0};
    if (!first) return mg_no_memory(err, "a sentence");
    int code = MOLGLOT_OK;
    if (!r || !find(r, &r->sentences, first, out)) {
        code = read_sentence(mg_readings_names(r), first, out, err);
        if (code)
            let_go(out);
        else if (r && (!smiles || (out->n && !strcmp(out->at[0].smiles, smiles))))
            keep(r, &r->sentences, first, out);
    }
    free(first);
    return code;
}

int mg_readings_sentence(mg_readings *r, const char *text, mg_reading *out, molglot_error *err) {
    return sentence(r, text, NULL, out, err);
}

int mg_readings_try(mg_readings *r, const char *text, const char *smiles, bool *is,
                    molglot_error *err) {
    mg_reading x;
    const int code = sentence(r, text, smiles, &x, err);
    *is = !code && x.n && !strcmp(x.at[0].smiles, smiles);
    mg_reading_free(&x);
    return code;
}

int mg_readings_name(mg_readings *r, const char *name, mg_reading *out, molglot_error *err) {
    *out = (mg_reading){0};
    if (r && find(r, &r->words, name, out)) return MOLGLOT_OK;
    const int code = read_name(mg_readings_names(r), name, out, err);
    if (code)
        let_go(out);
    else if (r)
        keep(r, &r->words, name, out);
    return code;
}
