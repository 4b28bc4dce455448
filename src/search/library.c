/* library.c - a library of molecules or texts into an index file, in memory that does not grow
 * with the library: MG_LIBRARY_BLOCK rows are embedded together and written before the next.
 *
 * Rows come as arrays (mg_library_add), or one by one (mg_library_push): these wait as copies in
 * one string until a block of them is full. A block ends with a mark in the index's log, from which
 * an interrupted run goes on. A hash over all rows that were pushed says whether it is the same
 * file then, and which indexes are shards of one.
 */
#include "search/inside.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

struct mg_library {
    mg_embedder *embedder;
    mg_index_out *out;
    mg_library_options o;
    float *vectors, *text_vectors; /* [MG_LIBRARY_BLOCK, dim] */
    float *fewer; /* [2, MG_LIBRARY_BLOCK, dims] in the basis; NULL: rows are not */
    molglot_row_status status[MG_LIBRARY_BLOCK];
    int64_t kept, rows, seen; /* rows: of the shard; seen: all that were pushed */
    uint64_t source;
    mg_index_mark resumed;
    /* rows that wait, with pointers that are offsets in `text` until the flush */
    size_t waiting;
    mg_index_row row[MG_LIBRARY_BLOCK];
    size_t at[MG_LIBRARY_BLOCK];
    const char **cells; /* [MG_LIBRARY_BLOCK, n_columns] */
    mg_str text;
};

mg_library *mg_library_open(mg_embedder *e, const char *path, const mg_library_options *o,
                            molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e), cells = (size_t)o->index.n_columns,
                 dims = o->index.dims > 0 ? (size_t)o->index.dims : 0;
    mg_library *l = calloc(1, sizeof *l);
    if (!l || !(l->vectors = malloc(MG_LIBRARY_BLOCK * dim * sizeof *l->vectors)) ||
        !(l->text_vectors = malloc(MG_LIBRARY_BLOCK * dim * sizeof *l->vectors)) ||
        !(l->cells = calloc(MG_LIBRARY_BLOCK * cells + 1, sizeof *l->cells)) ||
        (dims && !(l->fewer = malloc(2 * MG_LIBRARY_BLOCK * dims * sizeof *l->fewer)))) {
        mg_no_memory(err, "a block of rows");
        mg_library_free(l);
        return NULL;
    }
    l->embedder = e;
    l->o = *o;
    l->o.index.dim = (int)dim;
    l->o.part.on_reject = o->on_reject;
    l->o.part.user = o->user;
    if ((l->out = mg_index_out_part(path, &l->o.index, &l->o.part, err))) {
        l->resumed = mg_index_out_marked(l->out);
        l->kept = l->resumed.kept;
        return l;
    }
    mg_library_free(l);
    return NULL;
}

static void free_memory(mg_library *l) {
    mg_str_free(&l->text);
    free(l->cells);
    free(l->fewer);
    free(l->text_vectors);
    free(l->vectors);
    free(l);
}

void mg_library_free(mg_library *l) {
    if (!l) return;
    mg_index_out_free(l->out);
    free_memory(l);
}

bool mg_library_stop(mg_library *l) {
    if (!l) return false;
    const bool stays = mg_index_out_stop(l->out);
    free_memory(l);
    return stays;
}

int64_t mg_library_kept(const mg_library *l) { return l->kept; }
int64_t mg_library_rows(const mg_library *l) { return l->rows; }
int64_t mg_library_done(const mg_library *l) { return mg_index_out_marked(l->out).done; }

/* ---- a block of rows ---- */

static uint64_t hash_string(const char *s) { return mg_hash64(s, strlen(s), 1) | 1; /* never 0 */ }

/* Nothing in it says stereo or isotopes, so it is the one without, too. */
static bool is_flat(const char *smiles) {
    if (strpbrk(smiles, "@/\\")) return false;
    for (const char *p = smiles; (p = strchr(p, '[')); p++)
        if (p[1] >= '0' && p[1] <= '9') return false;
    return true;
}

void mg_molecule_key(const mg_mol *m, uint64_t *molecule, uint64_t *flat) {
    char *smiles = mg_mol_smiles(m, true);
    *molecule = *flat = smiles ? hash_string(smiles) : 0;
    if (smiles && !is_flat(smiles)) {
        char *plain = mg_mol_smiles(m, false);
        *flat = plain ? hash_string(plain) : 0;
        free(plain);
    }
    free(smiles);
}

/* Reads the molecules, which embedding then need not do again, and names them. What it does not
 * read stays NULL: embedding says why. */
static void read_molecules(const mg_library *l, const char *const *smiles, size_t n, mg_mol **mols,
                           char **keys, uint64_t *molecule, uint64_t *flat) {
#pragma omp parallel for schedule(dynamic, 8) num_threads(mg_embedder_threads(l->embedder))
    for (size_t i = 0; i < n; i++) {
        mols[i] = mg_mol_from_smiles(smiles[i], NULL, NULL);
        keys[i] = NULL;
        molecule[i] = flat[i] = 0;
        if (!mols[i]) continue;
        mg_molecule_key(mols[i], &molecule[i], &flat[i]);
        if (l->o.inchikeys) keys[i] = mg_mol_inchikey(mols[i]);
    }
}

/* The vectors of the texts of rows that were kept: places[i] is the vector of row i, or -1. */
static int embed_texts(mg_library *l, const mg_index_row *rows, size_t n, int *places,
                       molglot_error *err) {
    const char *texts[MG_LIBRARY_BLOCK];
    molglot_row_status *status = NULL;
    size_t some = 0;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n; i++) {
        const bool has = l->status[i].ok && rows[i].text && rows[i].text[0];
        places[i] = has ? (int)some : -1;
        if (has) texts[some++] = rows[i].text;
    }
    if (some && !(status = malloc(some * sizeof *status)))
        return mg_no_memory(err, "a block of rows");
    if (some) code = mg_embed_texts(l->embedder, texts, some, l->text_vectors, status, err);
    for (size_t i = 0; i < n && !code; i++)
        if (places[i] >= 0 && !status[places[i]].ok) places[i] = -1;
    free(status);
    return code;
}

static int embed_block(mg_library *l, const mg_index_row *rows, size_t n, mg_mol **mols,
                       char **keys, uint64_t (*hash)[MG_LIBRARY_BLOCK], int *places,
                       molglot_error *err) {
    const char *what[MG_LIBRARY_BLOCK];
    const bool texts = l->o.index.side == MG_SIDE_TEXT;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n; i++) {
        what[i] = texts ? rows[i].text : rows[i].smiles;
        places[i] = -1;
    }
    if (texts) return mg_embed_texts(l->embedder, what, n, l->vectors, l->status, err);
    code = mg_chem_init(err);
    if (code) return code;
    read_molecules(l, what, n, mols, keys, hash[0], hash[1]);
    code = mg_embed_molecules(l->embedder, (const mg_mol *const *)mols, what, n, l->vectors,
                              l->status, err);
    return code || l->o.no_texts ? code : embed_texts(l, rows, n, places, err);
}

/* The block's vectors as the index holds them: n of rows, and of texts all up to the last that
 * `places` names. */
static void turn_block(const mg_library *l, size_t n, const int *places, const float *out[2]) {
    const int dims = l->o.index.dims, threads = mg_embedder_threads(l->embedder);
    int texts = 0;
    out[0] = l->vectors;
    out[1] = l->text_vectors;
    if (!l->fewer) return;
    for (size_t i = 0; i < n; i++)
        if (places[i] >= texts) texts = places[i] + 1;
    float *const text_fewer = l->fewer + (size_t)MG_LIBRARY_BLOCK * (size_t)dims;
    mg_basis_project_rows(l->o.index.basis, dims, (int64_t)n, l->vectors, l->fewer, threads);
    mg_basis_project_rows(l->o.index.basis, dims, texts, l->text_vectors, text_fewer, threads);
    out[0] = l->fewer;
    out[1] = text_fewer;
}

/* Up to MG_LIBRARY_BLOCK rows; l->status says what became of them. */
static int add_block(mg_library *l, const mg_index_row *rows, size_t n, molglot_error *err) {
    const size_t dim = (size_t)(l->fewer ? l->o.index.dims : l->o.index.dim);
    const float *vectors[2];
    mg_mol *mols[MG_LIBRARY_BLOCK] = {0};
    char *keys[MG_LIBRARY_BLOCK] = {0};
    uint64_t hash[2][MG_LIBRARY_BLOCK] = {0};
    int places[MG_LIBRARY_BLOCK];
    int code = embed_block(l, rows, n, mols, keys, hash, places, err);
    if (!code) turn_block(l, n, places, vectors);
    for (size_t i = 0; i < n && !code; i++) {
        if (!l->status[i].ok) continue;
        mg_index_row row = rows[i];
        row.molecule = hash[0][i];
        row.flat = hash[1][i];
        if (keys[i]) row.inchikey = keys[i];
        code = mg_index_out_put(l->out, vectors[0] + i * dim,
                                places[i] >= 0 ? vectors[1] + (size_t)places[i] * dim : NULL, &row,
                                err);
        l->kept += !code;
    }
    for (size_t i = 0; i < n; i++) {
        mg_mol_free(mols[i]);
        free(keys[i]);
    }
    return code;
}

int mg_library_add(mg_library *l, const mg_index_row *rows, size_t n, molglot_row_status *status,
                   molglot_error *err) {
    for (size_t i = 0; i < n; i += MG_LIBRARY_BLOCK) {
        const size_t m = n - i < MG_LIBRARY_BLOCK ? n - i : MG_LIBRARY_BLOCK;
        int code = add_block(l, rows + i, m, err);
        if (code) return code;
        if (status) memcpy(status + i, l->status, m * sizeof *status);
    }
    return MOLGLOT_OK;
}

/* ---- row by row ---- */

static uint64_t hash_row(uint64_t seed, const mg_index_row *row, int n_columns) {
    const char *const strings[] = {row->id, row->smiles, row->text};
    for (size_t s = 0; s < MG_COUNT(strings); s++)
        if (strings[s]) seed = mg_hash64(strings[s], strlen(strings[s]), seed + 1);
    for (int c = 0; row->cells && c < n_columns; c++)
        seed = mg_hash64(row->cells[c], strlen(row->cells[c]), seed + 1);
    return mg_hash64(&row->number, sizeof row->number, seed);
}

static int reject(mg_library *l, const mg_index_row *row, const char *what,
                  const molglot_row_status *status, molglot_error *err) {
    if (l->o.on_reject)
        l->o.on_reject(l->o.user, row->number, row->id ? row->id : "", what, status);
    return mg_index_out_reject(l->out, row->number, row->id, what, status, err);
}

static const char *what_of(const mg_library *l, const mg_index_row *row) {
    const char *s = l->o.index.side == MG_SIDE_TEXT ? row->text : row->smiles;
    return s ? s : "";
}

/* A copy of the row's strings: id, SMILES, text, InChIKey, cells. */
static int wait_for_block(mg_library *l, const mg_index_row *row, molglot_error *err) {
    const char *const strings[] = {row->id, row->smiles, row->text, row->inchikey};
    l->row[l->waiting] = *row;
    l->at[l->waiting] = l->text.n;
    for (size_t s = 0; s < MG_COUNT(strings); s++)
        mg_str_add(&l->text, strings[s] ? strings[s] : "", strings[s] ? strlen(strings[s]) + 1 : 1);
    for (int c = 0; c < l->o.index.n_columns; c++) {
        const char *cell = row->cells ? row->cells[c] : "";
        mg_str_add(&l->text, cell, strlen(cell) + 1);
    }
    if (l->text.failed) return mg_no_memory(err, "row %lld", (long long)row->number);
    return ++l->waiting == MG_LIBRARY_BLOCK ? mg_library_flush(l, err) : MOLGLOT_OK;
}

int mg_library_push(mg_library *l, const mg_index_row *row, const molglot_row_status *status,
                    molglot_error *err) {
    const int shards = l->o.index.shards;
    l->seen++;
    l->source = hash_row(l->source, row, l->o.index.n_columns);
    if (l->seen == l->resumed.done && l->source != l->resumed.source)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "these are not the rows that the interrupted run read (they differ before "
                       "row %lld): start anew without --resume",
                       (long long)row->number + 1);
    if (shards > 1 && (row->number - 1) % shards != l->o.index.shard - 1) return MOLGLOT_OK;
    l->rows++;
    if (l->seen <= l->resumed.done) return MOLGLOT_OK;
    if (!status || status->ok) return wait_for_block(l, row, err);
    return reject(l, row, what_of(l, row), status, err);
}

static void find_strings(mg_library *l) {
    const size_t n_columns = (size_t)l->o.index.n_columns;
    for (size_t i = 0; i < l->waiting; i++) {
        mg_index_row *row = &l->row[i];
        const char *at = l->text.s + l->at[i],
                   **to[] = {&row->id, &row->smiles, &row->text, &row->inchikey};
        for (size_t s = 0; s < MG_COUNT(to); s++, at += strlen(at) + 1) *to[s] = at;
        for (size_t c = 0; c < n_columns; c++, at += strlen(at) + 1)
            l->cells[i * n_columns + c] = at;
        row->cells = l->cells + i * n_columns;
    }
}

int mg_library_flush(mg_library *l, molglot_error *err) {
    const size_t n = l->waiting;
    if (n == 0) return MOLGLOT_OK;
    find_strings(l);
    int code = add_block(l, l->row, n, err);
    for (size_t i = 0; i < n && !code; i++)
        if (!l->status[i].ok)
            code = reject(l, &l->row[i], what_of(l, &l->row[i]), &l->status[i], err);
    l->waiting = 0;
    l->text.n = 0;
    const mg_index_mark mark = {l->seen, l->source, l->kept};
    return code ? code : mg_index_out_mark(l->out, mark, err);
}

int mg_library_commit(mg_library *l, molglot_error *err) {
    int code = mg_library_flush(l, err);
    if (!code && l->seen < l->resumed.done)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "there are fewer rows than the interrupted run read (%lld of %lld): start "
                       "anew without --resume",
                       (long long)l->seen, (long long)l->resumed.done);
    if (l->seen) mg_index_out_source(l->out, l->source);
    return code ? code : mg_index_out_commit(l->out, err);
}
