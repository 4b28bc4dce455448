/* known.c - what the dictionary of names says of a question: structures, and their keys among rows.
 */
#include "search/search.h"

#include <stdlib.h>

int mg_known_find(const mg_dictionary *d, const char *words, mg_known *out, molglot_error *err) {
    *out = (mg_known){0};
    int code = mg_dictionary_find(d, words, &out->hits, err);
    if (code || !out->hits.n) return code;
    mg_name_sources(&out->from, out->hits.hit[0].sources);
    out->keys = calloc(2 * out->hits.n, sizeof *out->keys);
    if (!out->keys || out->from.failed) {
        mg_known_free(out);
        return mg_no_memory(err, "a name");
    }
    for (size_t i = 0; i < out->hits.n; i++) {
        mg_mol *mol = mg_mol_from_smiles(out->hits.hit[i].smiles, NULL, NULL);
        if (mol) mg_molecule_key(mol, &out->keys[i], &out->keys[out->hits.n + i]);
        mg_mol_free(mol);
    }
    return MOLGLOT_OK;
}

void mg_known_free(mg_known *k) {
    mg_name_hits_free(&k->hits);
    mg_str_free(&k->from);
    free(k->keys);
    *k = (mg_known){0};
}

void mg_known_say(const mg_known *k, mg_str *out) {
    const mg_name_hit *best = &k->hits.hit[0];
    mg_str_addf(out, "%s%s: %s = %s (%s)", out->n ? "; " : "",
                best->how == MG_NAME_SALT ? "name without its salt" : "name", best->name,
                best->smiles, k->from.s);
    if (k->hits.n > 1) mg_str_addf(out, " and %zu more (`molglot name`)", k->hits.n - 1);
}

void mg_known_ask(const mg_known *k, mg_question *q) {
    q->known = k->keys;
    q->known_flat = k->keys ? k->keys + k->hits.n : NULL;
    q->n_known = (int)k->hits.n;
    q->known_from = k->from.s;
}
