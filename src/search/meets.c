/* meets.c - molecules against the conditions of a request (chem/request), in several threads. What is
 * no molecule meets none.
 */
#include "search/inside.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

struct mg_meets {
    const mg_request *request;
    mg_checker **of_thread;
    int threads;
};

mg_meets *mg_meets_new(const mg_request *r, const char *like, const mg_groups *g, int threads,
                       molglot_error *err) {
    mg_meets *m = calloc(1, sizeof *m);
    if (threads < 1) threads = omp_get_max_threads();
    if (m) m->of_thread = calloc((size_t)threads, sizeof(mg_checker *));
    if (!m || !m->of_thread) {
        free(m);
        mg_no_memory(err, "a request");
        return NULL;
    }
    m->request = r;
    for (; m->threads < threads; m->threads++) {
        m->of_thread[m->threads] = mg_checker_new(r, g, like, err);
        if (m->of_thread[m->threads]) continue;
        mg_meets_free(m);
        return NULL;
    }
    return m;
}

void mg_meets_free(mg_meets *m) {
    if (!m) return;
    for (int t = 0; t < m->threads; t++) mg_checker_free(m->of_thread[t]);
    free(m->of_thread);
    free(m);
}

static mg_verdict meets(mg_checker *c, const mg_request *r, const char *smiles, bool quick) {
    mg_verdict out = {.of = r->conditions, .fails = ~(uint64_t)0 >> (64 - r->conditions)};
    if (quick && !mg_checker_may(c, smiles)) return (mg_verdict){0};
    mg_mol *mol = *smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    mg_verdict read;
    if (mol && !mg_checker_mol(c, mol, &read, NULL)) out = read;
    mg_mol_free(mol);
    return out;
}

int mg_meets_smiles(mg_meets *m, const char *const *smiles, size_t n, bool quick, mg_verdict *out,
                    molglot_error *err) {
    int code = mg_chem_init(err);
    if (code) return code;
#pragma omp parallel for num_threads(m->threads) schedule(dynamic, 16)
    for (int64_t i = 0; i < (int64_t)n; i++)
        out[i] = meets(m->of_thread[omp_get_thread_num()], m->request, smiles[i], quick);
    return MOLGLOT_OK;
}

/* The SMILES of the best known molecule of that name, malloc'ed, or NULL. */
static int known_as(const mg_dictionary *d, const char *name, char **smiles, molglot_error *err) {
    mg_named known = {0};
    if (!d || !name) return MOLGLOT_OK;
    int code = mg_named_find(d, name, &known, err);
    if (!code && known.hits.n && !(*smiles = strdup(known.hits.hit[0].smiles)))
        code = mg_no_memory(err, "a request");
    mg_named_free(&known);
    return code;
}

int mg_find_request(const mg_groups *g, const mg_dictionary *d, const char *words,
                    const mg_index *const *parts, int n_parts, int threads, mg_request **out,
                    char **like, molglot_error *err) {
    mg_found found = {.row = -1};
    *like = NULL;
    *out = mg_request_parse(g, words, err);
    if (!*out) return mg_code_of(err, MOLGLOT_FAILED);
    const char *name = mg_request_name(*out);
    int code = known_as(d, name, like, err);
    if (!code && name && !*like && n_parts)
        code = mg_find_named(parts, n_parts, &name, 1, threads, &found, err);
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
