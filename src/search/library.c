/* library.c - a library of molecules or texts into an index file, in memory that does not grow
 * with the library: MG_LIBRARY_BLOCK rows are embedded together and written before the next.
 *
 * Rows come as arrays (mg_library_add), or one by one (mg_library_push): these wait as copies in
 * one string until a block of them is full.
 */
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

enum { ID, SMILES, TEXT, STRINGS };

struct mg_library {
    mg_embedder *embedder;
    mg_index_out *out;
    mg_library_options o;
    float *vectors; /* [MG_LIBRARY_BLOCK, dim] */
    molglot_row_status status[MG_LIBRARY_BLOCK];
    int64_t kept;
    /* rows that wait: where their strings begin in `text`, each ended by a zero */
    size_t waiting, at[STRINGS][MG_LIBRARY_BLOCK];
    int64_t number[MG_LIBRARY_BLOCK];
    mg_str text;
};

mg_library *mg_library_open(mg_embedder *e, const char *path, const mg_library_options *o,
                            molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e);
    mg_library *l = calloc(1, sizeof *l);
    if (!l || !(l->vectors = malloc(MG_LIBRARY_BLOCK * dim * sizeof *l->vectors))) {
        mg_no_memory(err, "a block of rows");
        free(l);
        return NULL;
    }
    l->embedder = e;
    l->o = *o;
    l->o.index.dim = (int)dim;
    if ((l->out = mg_index_out_open(path, &l->o.index, err))) return l;
    mg_library_free(l);
    return NULL;
}

void mg_library_free(mg_library *l) {
    if (!l) return;
    mg_index_out_free(l->out);
    mg_str_free(&l->text);
    free(l->vectors);
    free(l);
}

int64_t mg_library_kept(const mg_library *l) { return l->kept; }

/* Up to MG_LIBRARY_BLOCK rows; l->status says what became of them. */
static int add_block(mg_library *l, const char *const *ids, const char *const *smiles,
                     const char *const *texts, size_t n, molglot_error *err) {
    const size_t dim = (size_t)l->o.index.dim;
    int code = l->o.index.side == MG_SIDE_TEXT
                   ? mg_embed_texts(l->embedder, texts, n, l->vectors, l->status, err)
                   : mg_embed_smiles(l->embedder, smiles, n, l->vectors, l->status, err);
    for (size_t i = 0; i < n && !code; i++) {
        if (!l->status[i].ok) continue;
        code = mg_index_out_add(l->out, l->vectors + i * dim, ids ? ids[i] : NULL,
                                smiles ? smiles[i] : NULL, texts ? texts[i] : NULL, err);
        l->kept += !code;
    }
    return code;
}

int mg_library_add(mg_library *l, const char *const *ids, const char *const *smiles,
                   const char *const *texts, size_t n, molglot_row_status *status,
                   molglot_error *err) {
    for (size_t i = 0; i < n; i += MG_LIBRARY_BLOCK) {
        const size_t m = n - i < MG_LIBRARY_BLOCK ? n - i : MG_LIBRARY_BLOCK;
        int code = add_block(l, ids ? ids + i : NULL, smiles ? smiles + i : NULL,
                             texts ? texts + i : NULL, m, err);
        if (code) return code;
        if (status) memcpy(status + i, l->status, m * sizeof *status);
    }
    return MOLGLOT_OK;
}

int mg_library_push(mg_library *l, int64_t number, const char *id, const char *smiles,
                    const char *text, molglot_error *err) {
    const char *const strings[STRINGS] = {[ID] = id, [SMILES] = smiles, [TEXT] = text};
    l->number[l->waiting] = number;
    for (int s = 0; s < STRINGS; s++) {
        l->at[s][l->waiting] = l->text.n;
        mg_str_add(&l->text, strings[s], strlen(strings[s]) + 1);
    }
    if (l->text.failed) return mg_no_memory(err, "row %lld", (long long)number);
    return ++l->waiting == MG_LIBRARY_BLOCK ? mg_library_flush(l, err) : MOLGLOT_OK;
}

int mg_library_flush(mg_library *l, molglot_error *err) {
    const char *row[STRINGS][MG_LIBRARY_BLOCK];
    const size_t n = l->waiting;
    if (n == 0) return MOLGLOT_OK;
    for (int s = 0; s < STRINGS; s++)
        for (size_t i = 0; i < n; i++) row[s][i] = l->text.s + l->at[s][i];
    int code = add_block(l, row[ID], row[SMILES], row[TEXT], n, err);
    const char *const *what = row[l->o.index.side == MG_SIDE_TEXT ? TEXT : SMILES];
    for (size_t i = 0; i < n && !code && l->o.on_reject; i++)
        if (!l->status[i].ok)
            l->o.on_reject(l->o.user, l->number[i], row[ID][i], what[i], &l->status[i]);
    l->waiting = 0;
    l->text.n = 0;
    return code;
}

int mg_library_commit(mg_library *l, molglot_error *err) {
    int code = mg_library_flush(l, err);
    return code ? code : mg_index_out_commit(l->out, err);
}
