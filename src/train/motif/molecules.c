/* molecules.c - rows of files to trees of motifs and graphs, in their order; vocabularies.
 * Molecules are taken apart by several threads, counted by one, so nothing depends on their number.
 */
#include "chem/motif/motif.h"
#include "data/table/table.h"
#include "train/motif/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    const train_motifs_plan *plan;
    mg_rows rows;
    size_t n;
    mg_decomposition *parts; /* [n]; n_atoms 0: none */
} reading;

/* What becomes of a row. */
enum { TAKEN, LARGE, REFUSED };

/* NULL with why. */
static mg_mol *molecule_of(const reading *r, size_t i, int *why) {
    *why = REFUSED;
    if (!r->rows.status[i].ok || (r->plan->texts_only && !*r->rows.text[i])) return NULL;
    mg_mol *m = mg_mol_from_smiles(r->rows.smiles[i], NULL, NULL);
    if (!m || mg_mol_atoms(m) < r->plan->max_atoms) return m;
    *why = LARGE;
    mg_mol_free(m);
    return NULL;
}

static int load(reading *r, const char *path, molglot_error *err) {
    int code = mg_rows_load(&r->rows, path, NULL, err);
    if (code) return code;
    r->n = r->plan->limit > 0 && (size_t)r->plan->limit < r->rows.n ? (size_t)r->plan->limit
                                                                    : r->rows.n;
    r->parts = calloc(r->n + 1, sizeof *r->parts);
    return r->parts ? MOLGLOT_OK : mg_no_memory(err, "%zu molecules", r->n);
}

static void unload(reading *r) {
    for (size_t i = 0; r->parts && i < r->n; i++) mg_decomposition_free(&r->parts[i]);
    free(r->parts);
    mg_rows_free(&r->rows);
    r->parts = NULL;
    memset(&r->rows, 0, sizeof r->rows);
}

/* Takes all apart; fragments alone without a vocabulary. */
static int take_apart(reading *r, const mg_motif_vocab *fragments, molglot_error *err) {
    int failed = MOLGLOT_OK;
#pragma omp parallel for schedule(dynamic, 16) num_threads(r->plan->threads)
    for (size_t i = 0; i < r->n; i++) {
        int why;
        mg_mol *m = molecule_of(r, i, &why);
        if (!m) continue;
        const int code = fragments ? mg_decompose(m, fragments, &r->parts[i], NULL, NULL)
                                   : mg_decompose_fragments(m, &r->parts[i], NULL, NULL);
        if (code && code != MOLGLOT_BAD_FILE) {
#pragma omp atomic write
            failed = code;
        }
        mg_mol_free(m);
    }
    return failed ? mg_no_memory(err, "a molecule's motifs") : MOLGLOT_OK;
}

static int count_all(const train_motifs_plan *plan, const mg_motif_vocab *fragments,
                     mg_motif_counts *counts, molglot_error *err) {
    int code = mg_chem_init(err);
    for (size_t f = 0; f < plan->n_paths && !code; f++) {
        reading r = {.plan = plan};
        code = load(&r, plan->paths[f], err);
        if (!code) code = take_apart(&r, fragments, err);
        for (size_t i = 0; i < r.n && !code; i++) {
            if (r.parts[i].n_atoms == 0 || r.parts[i].strange) continue;
            code = fragments ? mg_motif_counts_labels(counts, &r.parts[i], plan->published, err)
                             : mg_motif_counts_fragments(counts, &r.parts[i], err);
        }
        unload(&r);
    }
    return code;
}

int train_motifs_vocab(const train_motifs_plan *plan, int64_t frequent, mg_motif_vocab **out,
                       molglot_error *err) {
    mg_motif_counts counts = {0};
    mg_motif_vocab *whole = NULL;
    mg_str text = {0};
    int code = count_all(plan, NULL, &counts, err);
    if (!code) code = mg_motif_counts_write(&counts, frequent, true, &text, err);
    mg_motif_counts_free(&counts);
    const size_t fragments = text.n;
    mg_str_addz(&text, "C C\n"); /* a vocabulary has a pair */
    if (!code && text.failed) code = mg_no_memory(err, "a vocabulary of motifs");
    if (!code && !(whole = mg_motif_vocab_new(text.s, text.n, err)))
        code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code) code = count_all(plan, whole, &counts, err);
    text.n = fragments;
    if (!code) code = mg_motif_counts_write(&counts, 1, false, &text, err);
    *out = code ? NULL : mg_motif_vocab_new(text.s, text.n, err);
    if (!code && !*out) code = mg_code_of(err, MOLGLOT_FAILED);
    mg_motif_counts_free(&counts);
    mg_motif_vocab_free(whole);
    mg_str_free(&text);
    return code;
}

/* ---- molecules ---- */

static int take_one(const reading *r, size_t i, const mg_motif_vocab *v, train_motif *out,
                    int *why) {
    mg_decomposition d;
    mg_mol *m = molecule_of(r, i, why);
    if (!m) return MOLGLOT_BAD_FILE;
    int code = mg_decompose(m, v, &d, NULL, NULL);
    if (!code) {
        *why = TAKEN; /* but for the vocabulary */
        code = mg_motif_tree_of(&d, v, r->plan->published, &out->tree, NULL, NULL);
    }
    mg_decomposition_free(&d);
    if (!code) code = mg_graph_from_mol(m, MG_FEAT_OGB, &out->graph, NULL);
    if (!code && *r->rows.text[i] && !(out->text = strdup(r->rows.text[i])))
        code = MOLGLOT_NO_MEMORY;
    mg_mol_free(m);
    return code;
}

static int read_file(train_motifs *m, reading *r, const mg_motif_vocab *v, molglot_error *err) {
    train_motif *list = realloc(m->list, (m->n + r->n + 1) * sizeof *list);
    int8_t *why = malloc(r->n + 1);
    int failed = MOLGLOT_OK;
    if (list) m->list = list;
    if (!list || !why) {
        free(why);
        return mg_no_memory(err, "%zu molecules", r->n);
    }
    list += m->n;
    memset(list, 0, (r->n + 1) * sizeof *list);
#pragma omp parallel for schedule(dynamic, 16) num_threads(r->plan->threads)
    for (size_t i = 0; i < r->n; i++) {
        int reason;
        const int code = take_one(r, i, v, &list[i], &reason);
        why[i] = (int8_t)(code == MOLGLOT_OK ? -1 : reason);
        if (code && code != MOLGLOT_BAD_FILE) {
#pragma omp atomic write
            failed = code;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < r->n; i++) {
        m->rows++;
        m->large += why[i] == LARGE, m->refused += why[i] == REFUSED, m->unknown += why[i] == TAKEN;
        if (why[i] < 0) list[kept++] = list[i];
    }
    m->n += kept;
    free(why);
    return failed ? mg_no_memory(err, "%zu molecules", r->n) : MOLGLOT_OK;
}

static int hash_files(train_motifs *m, const train_motifs_plan *plan, molglot_error *err) {
    mg_sha256 all;
    mg_sha256_init(&all);
    for (size_t f = 0; f < plan->n_paths; f++) {
        char one[65];
        int code = mg_sha256_file(plan->paths[f], one, err);
        if (code) return code;
        mg_sha256_add(&all, one, 64);
    }
    mg_sha256_hex(&all, m->sha256);
    return MOLGLOT_OK;
}

int train_motifs_read(train_motifs *m, const train_motifs_plan *plan, const mg_motif_vocab *v,
                      molglot_error *err) {
    int code = mg_chem_init(err);
    if (!code) code = hash_files(m, plan, err);
    for (size_t f = 0; f < plan->n_paths && !code; f++) {
        reading r = {.plan = plan};
        code = load(&r, plan->paths[f], err);
        if (!code) code = read_file(m, &r, v, err);
        unload(&r);
    }
    return code || m->n > 1 ? code
                            : mg_fail(err, MOLGLOT_BAD_FILE,
                                      "%s: no two molecules that motifs can say", plan->paths[0]);
}

void train_motifs_free(train_motifs *m) {
    for (size_t i = 0; i < m->n; i++) {
        mg_motif_tree_free(&m->list[i].tree);
        mg_graph_free(&m->list[i].graph);
        free(m->list[i].text);
    }
    free(m->list);
    memset(m, 0, sizeof *m);
}

int train_motifs_order(const train_task *t, size_t n, int64_t epoch, int64_t **rows, int64_t *out,
                       molglot_error *err) {
    *out = (int64_t)n;
    if (!(*rows = malloc((n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    mg_rng rng = {.seed = t->c.seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < *out; i++) {
        const int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1);
        (*rows)[i] = (*rows)[j];
        (*rows)[j] = i;
    }
    return MOLGLOT_OK;
}
