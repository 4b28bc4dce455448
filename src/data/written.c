/* written.c - texts written from facts: the rows of a source that has molecules alone.
 *
 * A molecule's facts are computed once, and mg_facts_teach says some of them as often as the source
 * has wordings. A wording is a function of the source's seed, the SMILES as it stands in the file
 * and its number: neither threads nor other rows change it.
 */
#include "chem/facts/facts.h"
#include "data/inside.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512, MOST_WORDINGS = 1000 };

static uint64_t wording_seed(uint64_t seed, const char *smiles, int number) {
    return mg_rng_u64(seed, mg_hash64(smiles, strlen(smiles), 0), (uint64_t)number);
}

/* n texts, malloc'ed; all NULL when the molecule cannot be read or its facts take too long. Fails
 * on lack of memory alone. */
static int write_molecule(const mg_groups *g, const char *smiles, uint64_t seed, int n,
                          char **texts) {
    molglot_error err = {0};
    mg_facts f = {0};
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    int code = m ? mg_facts_of(g, m, &f, &err) : MOLGLOT_FAILED;
    for (int w = 0; w < n && !code; w++)
        if (!(texts[w] = mg_facts_teach(g, m, &f, wording_seed(seed, smiles, w), &err)))
            code = mg_code_of(&err, MOLGLOT_FAILED);
    for (int w = 0; w < n && code; w++) {
        free(texts[w]);
        texts[w] = NULL;
    }
    mg_facts_free(&f);
    mg_mol_free(m);
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

/* Rows that are to be written: at[i] is the place of row i's first text in b->written, -1: none. */
static int64_t *place_texts(mg_builder *b) {
    int64_t *at = malloc(((size_t)b->n + 1) * sizeof *at);
    for (int64_t i = 0; i < b->n && at; i++) {
        const int n = b->c->sources[b->rows[i].source].wordings;
        at[i] = n > 0 ? b->n_written : -1;
        b->n_written += n > 0 ? n : 0;
        b->total += n > 0;
    }
    return at;
}

static int write_all(mg_builder *b, const mg_groups *g, const int64_t *at, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int64_t from = 0; from < b->n && !code; from += CHUNK) {
        const int64_t end = b->n - from < CHUNK ? b->n : from + CHUNK;
        int failed = MOLGLOT_OK;
        int64_t done = 0;
#pragma omp parallel for schedule(dynamic, 4) num_threads(b->threads) reduction(| : failed)        \
    reduction(+ : done)
        for (int64_t i = from; i < end; i++) {
            const mg_corpus_source *s = &b->c->sources[b->rows[i].source];
            if (at[i] < 0) continue;
            failed |= write_molecule(g, b->rows[i].smiles, s->seed, s->wordings,
                                     b->written + at[i]);
            done++;
        }
        code = failed ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
        if (!code && done) code = mg_builder_progress(b, done, err);
    }
    return code;
}

/* Moves the rows to `to`, each written one as often as it has texts. */
static void spread_rows(mg_builder *b, const int64_t *at, mg_corpus_row *to) {
    int64_t n = 0;
    for (int64_t i = 0; i < b->n; i++) {
        mg_corpus_row r = b->rows[i];
        const int wordings = b->c->sources[r.source].wordings;
        if (at[i] < 0) to[n++] = r;
        if (at[i] >= 0 && !b->written[at[i]]) b->out->h.rejected++;
        for (r.wording = 0; at[i] >= 0 && r.wording < wordings; r.wording++) {
            r.text = b->written[at[i] + r.wording];
            if (r.text) to[n++] = r;
        }
    }
    free(b->rows);
    b->rows = to;
    b->n = n;
}

int mg_builder_write_texts(mg_builder *b, molglot_error *err) {
    bool any = false;
    for (size_t s = 0; s < b->c->n_sources; s++) {
        any |= b->c->sources[s].wordings > 0;
        if (b->c->sources[s].wordings > MOST_WORDINGS)
            return mg_fail(err, MOLGLOT_USAGE, "at most %d wordings of a molecule", MOST_WORDINGS);
    }
    if (!any) return MOLGLOT_OK;
    molglot_error own = {0};
    mg_groups *g = mg_groups_new(NULL, 0, &own);
    int64_t *at = place_texts(b);
    b->written = calloc((size_t)b->n_written + 1, sizeof *b->written);
    mg_corpus_row *rows = calloc((size_t)(b->n + b->n_written) + 1, sizeof *rows);
    int code = own.code;
    if (!code && (!at || !b->written || !rows)) code = mg_no_memory(&own, "a corpus");
    if (!code) code = write_all(b, g, at, &own);
    if (!code)
        spread_rows(b, at, rows);
    else
        free(rows);
    if (code && err) *err = own;
    free(at);
    mg_groups_free(g);
    return code;
}

int mg_written_version(uint64_t *out, molglot_error *err) {
    static const char *const probes[] = {"CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1",
                                         "CCCCC/C=C\\CCCCCCCC(=O)OCC(O)CO",
                                         "O=S(=O)(N)c1ccc(Cl)cc1", "C1CC2(CCN1)OCCO2"};
    enum { N = 16 };
    mg_groups *g = mg_groups_new(NULL, 0, err);
    if (!g) return mg_code_of(err, MOLGLOT_FAILED);
    int code = MOLGLOT_OK;
    *out = 0;
    for (size_t i = 0; i < MG_COUNT(probes) && !code; i++) {
        char *texts[N] = {NULL};
        code = write_molecule(g, probes[i], 0, N, texts);
        for (int w = 0; w < N; w++) {
            if (texts[w]) *out = mg_hash64(texts[w], strlen(texts[w]), *out);
            free(texts[w]);
        }
    }
    mg_groups_free(g);
    return code ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
}
