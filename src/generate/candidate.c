/* candidate.c - what the writer wrote, as RDKit reads it, with all that is made of it on the way to
 * an answer: canonical SMILES, molecule, fingerprint, embedding.
 *
 *   written --RDKit--> molecule --> canonical SMILES
 *                         |            where that is another string: --RDKit--> molecule
 *                         +--> fingerprint (2048 bits), embedding (dim of the aligned space)
 *
 * Fingerprint and embedding are those of the molecule in the order of its canonical SMILES, so that
 * they do not depend on how it was written.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIUS = 2 };

/* ---- reading ---- */

/* The canonical SMILES, malloc'ed, and the molecule that RDKit reads in it; NULL and why. It must
 * be readable itself: RDKit reads a few aromatic cages that it then writes with too many bonds at
 * an atom ("Half bonds are not enough" in docs/automaton.md); the automaton lets hardly any of them
 * through. */
static char *read_canonical(const char *written, mg_mol **mol, molglot_row_status *row) {
    *row = (molglot_row_status){.offset = -1};
    *mol = mg_mol_from_smiles(written, NULL, row);
    char *canonical = *mol ? mg_mol_smiles(*mol, true) : NULL;
    if (canonical && strcmp(canonical, written) != 0) {
        mg_mol_free(*mol);
        *mol = mg_mol_from_smiles(canonical, NULL, row);
    }
    if (canonical && *mol) return canonical;
    free(canonical);
    mg_mol_free(*mol);
    *mol = NULL;
    return NULL;
}

int mg_candidate_read(const mg_writer_part *w, mg_sample *s, bool keep, mg_candidate *out,
                      molglot_error *err) {
    molglot_row_status row;
    mg_mol *mol;
    char *canonical = read_canonical(s->smiles, &mol, &row);
    *out = (mg_candidate){.written = s->smiles,
                          .shown = {.smiles = canonical ? canonical : strdup(s->smiles),
                                    .valid = canonical != NULL,
                                    .in_training = !canonical || !w || w->n_known == 0
                                                       ? -1
                                                       : mg_writer_part_knows(w, canonical),
                                    .limited = s->limited,
                                    .repeats = s->repeats,
                                    .score = NAN,
                                    .similarity = NAN,
                                    .nll = s->nll}};
    s->smiles = NULL;
    if (keep)
        out->mol = mol;
    else
        mg_mol_free(mol);
    if (!canonical) out->shown.why = strdup(*row.reason ? row.reason : "RDKit cannot write it");
    return out->shown.smiles && (canonical || out->shown.why) ? MOLGLOT_OK
                                                              : mg_no_memory(err, "a molecule");
}

/* ---- what is made of it ---- */

int mg_candidate_fingerprint(mg_candidate *c, molglot_error *err) {
    molglot_row_status row;
    if (c->fingerprint) return MOLGLOT_OK;
    mg_mol *own = c->mol ? NULL : mg_mol_from_smiles(c->shown.smiles, NULL, &row);
    if (!c->mol && !own)
        return mg_fail(err, MOLGLOT_FAILED, "RDKit does not read what it wrote (%.200s): %s",
                       c->shown.smiles, row.reason);
    uint8_t *bits = malloc(MG_CANDIDATE_BITS / 8);
    int code = bits ? mg_mol_fingerprint(own ? own : c->mol, MG_FP_MORGAN, RADIUS,
                                         MG_CANDIDATE_BITS, bits, err)
                    : mg_no_memory(err, "a fingerprint");
    mg_mol_free(own);
    if (code)
        free(bits);
    else
        c->fingerprint = bits;
    return code;
}

/* Copies of the embedded rows v [n, dim] into their candidates. */
static int keep_rows(mg_candidate **to, const float *v, const molglot_row_status *status, size_t n,
                     size_t dim, molglot_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (!status[i].ok) continue;
        if (!(to[i]->embedding = malloc(dim * sizeof *v)))
            return mg_no_memory(err, "%zu embeddings", n);
        memcpy(to[i]->embedding, v + i * dim, dim * sizeof *v);
    }
    return MOLGLOT_OK;
}

int mg_candidates_embed(mg_embedder *e, mg_candidate *c, size_t n, molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e);
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) rows += c[i].shown.valid && !c[i].embedding;
    if (rows == 0) return MOLGLOT_OK;
    mg_candidate **of = malloc(rows * sizeof *of);
    const mg_mol **mols = malloc(rows * sizeof *mols);
    const char **smiles = malloc(rows * sizeof *smiles);
    float *v = malloc(rows * dim * sizeof *v);
    molglot_row_status *status = malloc(rows * sizeof *status);
    int code = of && mols && smiles && v && status ? MOLGLOT_OK
                                                   : mg_no_memory(err, "%zu embeddings", rows);
    for (size_t i = 0, k = 0; i < n && !code; i++) {
        if (!c[i].shown.valid || c[i].embedding) continue;
        of[k] = &c[i];
        mols[k] = c[i].mol;
        smiles[k++] = c[i].shown.smiles;
    }
    if (!code) code = mg_embed_molecules(e, mols, smiles, rows, v, status, err);
    if (!code) code = keep_rows(of, v, status, rows, dim, err);
    free(of);
    free(mols);
    free(smiles);
    free(v);
    free(status);
    return code;
}

/* ---- the end of it ---- */

mg_generated mg_candidate_take(mg_candidate *c) {
    mg_generated shown = c->shown;
    shown.met = c->meets.met, shown.of = c->meets.of;
    c->shown.smiles = c->shown.why = c->shown.known_as = c->shown.control_list = NULL;
    c->shown.source = NULL;
    return shown;
}

void mg_generated_free(mg_generated *molecules, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(molecules[i].smiles);
        free(molecules[i].why);
        free(molecules[i].known_as);
        free(molecules[i].control_list);
        free(molecules[i].source);
        molecules[i].smiles = molecules[i].why = molecules[i].known_as = NULL;
        molecules[i].control_list = molecules[i].source = NULL;
    }
}

void mg_candidates_free(mg_candidate *c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mg_generated_free(&c[i].shown, 1);
        free(c[i].written);
        free(c[i].plain);
        mg_mol_free(c[i].mol);
        free(c[i].fingerprint);
        free(c[i].embedding);
        c[i] = (mg_candidate){0};
    }
}
