/* floors.c - what copying one caption gives, by one similarity at a time: of all rows of the memory
 * the best one. What a captioner is worth is what it has above these.
 */
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIUS = 2, BITS = 2048, BYTES = BITS / 8 };

const char *const MG_CAPTION_FLOOR_NAMES[MG_CAPTION_FLOORS] = {
    "copy_morgan_bits", "copy_morgan_counts", "copy_molecule_cosine", "copy_caption_cosine",
    "copy_fused"};

typedef struct floors {
    mg_near *near;
    const mg_memory *memory;
    int64_t n;     /* rows */
    uint8_t *bits; /* [n][BYTES] */
    int threads;
} floors;

static int read_bits(floors *f, molglot_error *err) {
    bool ok = true;
#pragma omp parallel for num_threads(f->threads) schedule(dynamic, 16) reduction(&& : ok)
    for (int64_t i = 0; i < f->n; i++) {
        if (!mg_near_usable(f->near, i)) continue;
        mg_mol *m = mg_mol_from_smiles(mg_memory_smiles(f->memory, i), NULL, NULL);
        ok = ok &&
             (!m || !mg_mol_fingerprint(m, MG_FP_MORGAN, RADIUS, BITS, f->bits + i * BYTES, NULL));
        mg_mol_free(m);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "fingerprints");
}

/* All rows are learnt, block by block. */
static int read_rows(floors *f, molglot_error *err) {
    enum { BLOCK = 4096 };
    int64_t rows[BLOCK];
    int code = mg_chem_init(err);
    for (int64_t at = 0; at < f->n && !code; at += BLOCK) {
        const int64_t m = f->n - at < BLOCK ? f->n - at : BLOCK;
        for (int64_t i = 0; i < m; i++) rows[i] = at + i;
        code = mg_near_learn(f->near, MG_NEAR_TEXT, rows, (size_t)m, err);
        if (!code) code = mg_near_learn(f->near, MG_NEAR_SHAPE, rows, (size_t)m, err);
    }
    return code ? code : read_bits(f, err);
}

static int best_of(const floors *f, const mg_caption_query *q, int64_t best[MG_CAPTION_FLOORS],
                   molglot_error *err) {
    float high[MG_CAPTION_FLOORS];
    uint8_t bits[BYTES];
    mg_shape shape = {0};
    float *cosines = malloc(((size_t)f->n + 1) * sizeof *cosines);
    int code = cosines ? mg_memory_cosines(f->memory, q->embedding, cosines, err)
                       : mg_no_memory(err, "cosines");
    if (!code) code = mg_shape_of(q->mol, &shape, err);
    if (!code) code = mg_mol_fingerprint(q->mol, MG_FP_MORGAN, RADIUS, BITS, bits, err);
    for (int k = 0; k < MG_CAPTION_FLOORS; k++) high[k] = -INFINITY;
    for (int64_t i = 0; i < f->n && !code; i++) {
        mg_leaned l;
        if (!mg_near_compare(f->near, q, (molglot_hit){.row = i, .score = cosines[i]}, &l))
            continue;
        mg_near_compare_shape(f->near, q, &shape, &l);
        if (l.same) continue;
        const float by[MG_CAPTION_FLOORS] = {(float)mg_tanimoto(bits, f->bits + i * BYTES, BITS),
                                             l.structure, l.molecule, l.caption, l.similarity};
        for (int k = 0; k < MG_CAPTION_FLOORS; k++)
            if (by[k] > high[k]) high[k] = by[k], best[k] = i;
    }
    mg_shape_free(&shape);
    free(cosines);
    return code;
}

/* A molecule with its embedding. */
static int find_best(floors *f, const mg_embedder *e, const mg_mol *const *mols, const float *v,
                     size_t n, int64_t (*best)[MG_CAPTION_FLOORS], molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e);
    bool ok = true;
#pragma omp parallel for num_threads(f->threads) schedule(dynamic, 1) reduction(&& : ok)
    for (size_t i = 0; i < n; i++) {
        if (!mols[i]) continue;
        char *smiles = mg_mol_smiles(mols[i], true);
        const mg_caption_query q = {.mol = mols[i], .smiles = smiles, .embedding = v + i * dim};
        ok = ok && smiles && !best_of(f, &q, best[i], NULL);
        free(smiles);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
}

int mg_caption_floors(const mg_captioner_options *o, const char *const *smiles, size_t n,
                      const char *(*text)[MG_CAPTION_FLOORS], molglot_error *err) {
    if (!o->embedder || !mg_memory_is_there(&o->memory))
        return mg_fail(err, MOLGLOT_USAGE, "copies need a memory");
    const int64_t rows = mg_memory_size(&o->memory);
    floors f = {.memory = &o->memory,
                .n = rows,
                .bits = calloc((size_t)rows + 1, BYTES),
                .threads = mg_threads(o->threads)};
    int64_t(*best)[MG_CAPTION_FLOORS] = malloc((n + 1) * sizeof *best);
    const mg_mol **mols = calloc(n + 1, sizeof *mols);
    float *v = malloc((n + 1) * (size_t)mg_embedder_dim(o->embedder) * sizeof *v);
    f.near = mg_near_new(&o->memory, o->embedder, o->leave_out, f.threads, err);
    int code = f.bits && best && mols && v && f.near ? MOLGLOT_OK : mg_no_memory(err, "copies");
    if (!code) code = read_rows(&f, err);
    for (size_t i = 0; i < n && !code; i++) {
        for (int k = 0; k < MG_CAPTION_FLOORS; k++) best[i][k] = -1;
        mols[i] = mg_mol_from_smiles(smiles[i], NULL, NULL);
    }
    if (!code) code = mg_embed_molecules(o->embedder, mols, smiles, n, v, NULL, err);
    if (!code) code = find_best(&f, o->embedder, mols, v, n, best, err);
    for (size_t i = 0; i < n && !code; i++)
        for (int k = 0; k < MG_CAPTION_FLOORS; k++)
            text[i][k] = best[i][k] < 0 ? "" : mg_memory_text(&o->memory, best[i][k]);
    for (size_t i = 0; i < n && mols; i++) mg_mol_free((mg_mol *)(uintptr_t)mols[i]);
    mg_near_free(f.near);
    free(f.bits);
    free(best);
    free(mols);
    free(v);
    return code;
}
