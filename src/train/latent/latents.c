/* latents.c - a trained writer whose latents are learnt.
 *
 * Its encoder reads the molecules of the corpus and of the held-out rows once, at the start and
 * without noise: latents [molecules][K * latent_dim]. The model file of such a training holds the
 * writer too.
 */
#include "train/latent/inside.h"

#include <stdlib.h>
#include <string.h>

enum { ENCODE_ROWS = 128 };

/* ---- the writer ---- */

int train_latents_open(train_latents *l, train_task *t, molglot_error *err) {
    l->bundle = mg_bundle_open(l->path, err);
    l->file = l->bundle ? mg_bundle_writer(l->bundle, MG_PART_LATENT, err) : NULL;
    if (!l->file) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = mg_bundle_digest(l->bundle, MG_PART_LATENT, l->sha256, err);
    if (code) return code;
    const mg_writer_config *w = mg_writer_get_config(l->file->writer);
    if (w->molecules < 1)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer reads no molecules", l->path);
    if ((code = train_words_text(l->file->wordpiece, &l->wordpiece, err))) return code;
    l->each = w->aligned > 0 ? w->aligned : (int64_t)w->latents * w->latent_dim;
    t->corpus.config.vocab = l->file->tokens;
    t->corpus.config.max_tokens = w->max_tokens;
    return MOLGLOT_OK;
}

void train_latents_close(train_latents *l) {
    mg_bundle_close(l->bundle);
    mg_str_free(&l->wordpiece);
    free(l->molecules);
    free(l->held_out);
}

/* ---- latents ---- */

int train_latents_turn(const train_latents *l, mg_tape *tape, const float *vectors, int64_t n,
                       float *out, molglot_error *err) {
    mg_tape_record(tape, false);
    mg_tape_training(tape, false);
    mg_tape_reset(tape);
    mg_tensor *a = mg_writer_turn(tape, l->file->writer, vectors, n);
    const float *values = a ? mg_values(tape, a) : NULL;
    if (values) memcpy(out, values, (size_t)(n * l->each) * sizeof *out);
    return mg_tape_error(tape, err);
}

/* The aligned part, likewise. */
static int encode_aligned(const train_latents *l, const train_space *s, mg_tape *tape,
                          const mg_corpus *c, const int32_t *rows, int64_t n, float *out,
                          molglot_error *err) {
    float *vectors = malloc((size_t)(ENCODE_ROWS * s->dim) * sizeof *vectors);
    int64_t some[ENCODE_ROWS];
    int code = vectors ? MOLGLOT_OK : mg_no_memory(err, "latents");
    for (int64_t at = 0; at < n && !code; at += ENCODE_ROWS) {
        const int64_t k = n - at < ENCODE_ROWS ? n - at : ENCODE_ROWS;
        for (int64_t i = 0; i < k; i++) some[i] = rows[at + i];
        code = train_space_molecules(s, false, c, some, k, vectors, err);
        if (!code) code = train_latents_turn(l, tape, vectors, k, out + at * l->each, err);
    }
    free(vectors);
    return code;
}

/* Of rows[0..n) of a corpus into out [n][each]. */
static int encode(const train_latents *l, const train_space *space, mg_tape *tape,
                  const mg_corpus *c, const int32_t *rows, int64_t n, float *out,
                  molglot_error *err) {
    train_rows packed = {0};
    int code = MOLGLOT_OK;
    if (space) return encode_aligned(l, space, tape, c, rows, n, out, err);
    mg_tape_record(tape, false);
    mg_tape_training(tape, false);
    for (int64_t at = 0; at < n && !code; at += ENCODE_ROWS) {
        const int64_t end = at + ENCODE_ROWS < n ? at + ENCODE_ROWS : n;
        train_rows_reset(&packed, mg_writer_get_config(l->file->writer));
        for (int64_t i = at; i < end && !code; i++) {
            int32_t length;
            const uint16_t *ids = mg_corpus_smiles(c, rows[i], &length);
            code = train_rows_molecule(&packed, 0, ids, length, err);
            if (!code) code = train_rows_row(&packed, NULL, 0, err);
        }
        if (code) break;
        mg_tape_reset(tape);
        mg_tensor *z = mg_writer_latents(tape, l->file->writer, &packed.input.in, NULL);
        const float *values = mg_values(tape, z);
        if (values)
            memcpy(out + at * l->each, values, (size_t)((end - at) * l->each) * sizeof *out);
        code = mg_tape_error(tape, err);
    }
    train_rows_free(&packed);
    return code;
}

int train_latents_encode_corpus(train_latents *l, train_task *t, const train_space *space,
                                molglot_error *err) {
    const mg_corpus *c = t->corpus.rows;
    const int64_t n = mg_corpus_molecules(c);
    int32_t *first = malloc(((size_t)n + 1) * sizeof *first); /* a row of each molecule */
    l->molecules = malloc((size_t)(n * l->each + 1) * sizeof *l->molecules);
    int code = first && l->molecules ? mg_writer_part_attach(l->file, t->tape, err)
                                     : mg_no_memory(err, "latents");
    for (int64_t i = mg_corpus_rows(c) - 1; i >= 0 && !code; i--)
        first[mg_corpus_molecule(c, i)] = (int32_t)i;
    train_tell(t, "latents of %lld molecules", (long long)n);
    if (!code) code = encode(l, space, t->tape, c, first, n, l->molecules, err);
    free(first);
    return code;
}

int train_latents_encode_held_out(train_latents *l, train_task *t, const train_held_out *s,
                                  const train_space *space, molglot_error *err) {
    if (!s->name) return MOLGLOT_OK;
    int32_t *rows = malloc(((size_t)s->n + 1) * sizeof *rows);
    l->held_out = malloc((size_t)(s->n * l->each + 1) * sizeof *l->held_out);
    int code = rows && l->held_out ? MOLGLOT_OK : mg_no_memory(err, "latents");
    for (int64_t i = 0; i < s->n && !code; i++) rows[i] = (int32_t)i;
    if (!code) code = encode(l, space, t->tape, s->rows, rows, s->n, l->held_out, err);
    free(rows);
    return code;
}

const float *train_latents_of(const train_latents *l, const train_task *t, int64_t row) {
    return l->molecules + mg_corpus_molecule(t->corpus.rows, row) * l->each;
}

mg_context train_latents_context(const train_latents *l, mg_tape *t, const float *z, int64_t n) {
    const mg_writer_config *w = mg_writer_get_config(l->file->writer);
    const int64_t size = (int64_t)w->latents * w->latent_dim;
    if (l->each < size) { /* the rest is unknown */
        float *all = mg_tape_alloc(t, (size_t)(n * size + 1) * sizeof *all);
        if (!all) return (mg_context){0};
        memset(all, 0, (size_t)(n * size) * sizeof *all);
        for (int64_t i = 0; i < n; i++)
            memcpy(all + i * size, z + i * l->each, (size_t)l->each * sizeof *all);
        z = all;
    }
    return mg_writer_context_of(t, l->file->writer,
                                mg_input(t, z, n * w->latents, w->latent_dim, false));
}

/* ---- the model file ---- */

int train_latents_save(const train_latents *l, const train_task *t, const mg_latent_model *m,
                       const char *vocab, size_t vocab_bytes, const char *path,
                       molglot_error *err) {
    const mg_corpus *c = t->corpus.rows;
    train_metadata metadata;
    uint64_t *known = NULL;
    int64_t n = 0;
    train_metadata_make(&metadata, t, mg_corpus_sha256(c), "rows", mg_corpus_rows(c));
    int code = train_known_molecules(c, l->file->known, l->file->n_known, &known, &n, err);
    if (!code)
        code = mg_writer_part_save(path,
                                   &(mg_writer_contents){.params = l->file->params,
                                                         .writer = l->file->writer,
                                                         .latents = m,
                                                         .wordpiece = vocab,
                                                         .wordpiece_bytes = vocab_bytes,
                                                         .tokens = l->file->tokens,
                                                         .known = known,
                                                         .n_known = n,
                                                         .space = l->file->space,
                                                         .store_as = train_store_as(&t->c),
                                                         .metadata = metadata.pairs},
                                   err);
    free(known);
    return code;
}
