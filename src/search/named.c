/* named.c - what the dictionary of names says of a question: structures, and their keys among rows.
 */
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

int mg_named_find(const mg_dictionary *d, const char *words, mg_named *out, molglot_error *err) {
    *out = (mg_named){0};
    int code = mg_dictionary_find(d, words, &out->hits, err);
    if (code || !out->hits.n) return code;
    mg_name_sources(&out->from, out->hits.hit[0].sources);
    out->keys = calloc(2 * out->hits.n, sizeof *out->keys);
    if (!out->keys || out->from.failed) {
        mg_named_free(out);
        return mg_no_memory(err, "a name");
    }
    for (size_t i = 0; i < out->hits.n; i++) {
        mg_mol *mol = mg_mol_from_smiles(out->hits.hit[i].smiles, NULL, NULL);
        if (mol) mg_molecule_key(mol, &out->keys[i], &out->keys[out->hits.n + i]);
        char *key = mol && i == 0 ? mg_mol_inchikey(mol) : NULL;
        if (key) snprintf(out->block, sizeof out->block, "%s", key);
        free(key);
        mg_mol_free(mol);
    }
    return MOLGLOT_OK;
}

void mg_named_free(mg_named *k) {
    mg_name_hits_free(&k->hits);
    mg_str_free(&k->from);
    free(k->keys);
    *k = (mg_named){0};
}

void mg_named_say(const mg_named *k, mg_str *out) {
    const mg_name_hit *best = &k->hits.hit[0];
    mg_str_addf(out, "%s%s: %s = %s (%s)", out->n ? "; " : "",
                best->how == MG_NAME_SALT ? "name without its salt" : "name", best->name,
                best->smiles, k->from.s);
    if (k->hits.n > 1) mg_str_addf(out, " and %zu more (`molglot name`)", k->hits.n - 1);
}

void mg_named_ask(const mg_named *k, mg_question *q) {
    q->known = k->keys;
    q->known_flat = k->keys ? k->keys + k->hits.n : NULL;
    q->n_known = (int)k->hits.n;
    q->known_from = k->from.s;
    q->known_key = *k->block ? k->block : NULL;
}
