/* meets.c - molecules against the conditions of a request (chem/request), in several threads. What
 * is no molecule meets none.
 */
#include "search/inside.h"

#include <omp.h>
#include <stdlib.h>

struct mg_meets {
    const mg_request *request;
    mg_checker **of_thread;
    int threads;
};

mg_meets *mg_meets_new(const mg_request *r, const char *like, const mg_groups *g, int threads,
                       molglot_error *err) {
    mg_meets *m = calloc(1, sizeof *m);
    threads = mg_threads(threads);
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
