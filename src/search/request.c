/* request.c - words as a request: read, the molecule that they name looked up, said. */
#include "search/inside.h"

#include <stdlib.h>
#include <string.h>

/* The SMILES of the best known molecule of that name, malloc'ed, or NULL. */
static int known_as(const mg_dictionary *d, const char *name, char **smiles, molglot_error *err) {
    mg_named known = {0};
    if (!name) return MOLGLOT_OK;
    if (mg_named_is_smiles(name))
        return (*smiles = strdup(name)) ? MOLGLOT_OK : mg_no_memory(err, "a request");
    if (!d) return MOLGLOT_OK;
    int code = mg_named_find(d, name, &known, err);
    if (!code && known.hits.n && !(*smiles = strdup(known.hits.hit[0].smiles)))
        code = mg_no_memory(err, "a request");
    mg_named_free(&known);
    return code;
}

int mg_find_request(const mg_groups *g, const mg_dictionary *d, const char *words,
                    const mg_index *const *parts, int n_parts, int threads, mg_halt *halt,
                    mg_request **out, char **like, molglot_error *err) {
    mg_found found = {.row = -1};
    *like = NULL;
    *out = mg_request_parse(g, words, err);
    if (!*out) return mg_code_of(err, MOLGLOT_FAILED);
    const char *name = mg_request_name(*out);
    int code = known_as(d, name, like, err);
    if (!code && name && !*like && n_parts)
        code = mg_find_named(parts, n_parts, &name, 1, threads, halt, &found, err);
    const char *smiles = found.row >= 0 ? mg_index_smiles(parts[found.part], found.row) : "";
    if (!code && *smiles && !(*like = strdup(smiles))) code = mg_no_memory(err, "a request");
    if (!code && name && !*like) code = mg_request_drop_name(*out, err);
    if (code || !(*out)->conditions) {
        mg_request_free(*out);
        *out = NULL;
    }
    return code;
}

void mg_find_understood(const mg_request *r, mg_str *out) {
    mg_str_addz(out, "understood: ");
    mg_request_say(r, out);
    if (*r->left) mg_str_addf(out, "; searched as words: %s", r->left);
}

void mg_find_fails(const mg_request *r, const mg_verdict *v, mg_str *out) {
    for (int i = 0; i < v->of; i++) {
        if (!(v->fails >> i & 1)) continue;
        if (out->n) mg_str_addz(out, "; ");
        mg_request_say_one(r, i, out);
    }
}
