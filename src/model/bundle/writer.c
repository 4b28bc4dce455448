/* writer.c - a writer of SMILES in one part: with its vocabularies, the flow or denoiser where
 * there is one, and what the training molecules were. A part "writer" goes from sentences to
 * SMILES; a part "latent" is a writer that reads latents.
 *
 *   metadata  molglot.format "1", molglot.kind "writer", molglot.writer, molglot.flow and
 *             molglot.denoiser (JSON of the models' config.c), molglot.space (digest of the
 *             space of aligned latents), molglot.selftest, name,
 *             molglot.digest, and the trainer's pairs
 *   tensors   the parameters of all; vocab.wordpiece U8 (a vocab.txt), vocab.smiles U8 (a token a
 *             line), known.hashes U8 [n,5] ascending: the upper 40 bits, highest byte first, of
 *             mg_hash64 of each training molecule's canonical SMILES (older files: I64 [n], all
 *             bits)
 *
 * The self-test is a hash (selftest.c).
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

#define KIND   "writer"
#define TOKENS "vocab.smiles"
#define KNOWN  "known.hashes"
#define SPACE  "molglot.space"

enum { HASH_BYTES = 5, LOST_BITS = 64 - 8 * HASH_BYTES };

/* ---- loading ---- */

/* Without a prefix the configuration says which of the three it is; what cannot be read is called a
 * direct writer, and loading it says why. */
static bool is_writer(const mg_part *p, const char *part) {
    const char *kind = mg_part_meta(p, "molglot.kind"), *json = mg_part_meta(p, "molglot.writer");
    mg_writer_config c;
    if (!kind || strcmp(kind, KIND) != 0) return false;
    if (*p->prefix) return true;
    const bool known = json && !mg_writer_config_from_json(json, &c, NULL);
    return strcmp(known ? mg_writer_part_name(&c) : MG_PART_WRITER, part) == 0;
}

const char *mg_writer_part_name(const mg_writer_config *c) {
    return c->captions ? MG_PART_ATOMAS : c->latents > 0 ? MG_PART_LATENT : MG_PART_WRITER;
}

bool mg_writer_is_direct(const mg_part *p) { return is_writer(p, MG_PART_WRITER); }
bool mg_writer_is_latent(const mg_part *p) { return is_writer(p, MG_PART_LATENT); }
bool mg_writer_is_both(const mg_part *p) { return is_writer(p, MG_PART_ATOMAS); }

static int load_writer(mg_writer_part *w, const mg_part *p, molglot_error *err) {
    const char *json = mg_part_meta(p, "molglot.writer");
    mg_writer_config c;
    if (!json) return mg_fail(err, MOLGLOT_BAD_FILE, "molglot.writer is missing from the metadata");
    int code = mg_writer_config_from_json(json, &c, err);
    if (code) return code;
    if (!(w->params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(w->writer = mg_writer_new(w->params, &c, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    return mg_params_map(w->params, p->file, p->prefix, err);
}

static int load_flow(mg_writer_part *w, const mg_part *p, molglot_error *err) {
    const char *json = mg_part_meta(p, "molglot.flow");
    const mg_writer_config *c = mg_writer_get_config(w->writer);
    mg_flow_matching_config f;
    if (!json) return MOLGLOT_OK;
    int code = mg_flow_matching_config_from_json(json, &f, err);
    if (code) return code;
    if (f.latents != c->latents || f.latent_dim != c->latent_dim)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the flow makes %d x %d latents, the writer reads %d x %d", f.latents,
                       f.latent_dim, c->latents, c->latent_dim);
    if (!(w->flow_params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(w->flow = mg_flow_matching_new(w->flow_params, &f, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    return mg_params_map(w->flow_params, p->file, p->prefix, err);
}

static int load_denoiser(mg_writer_part *w, const mg_part *p, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(w->writer);
    return mg_denoiser_load(p, c->aligned > 0 ? c->aligned : c->latents * c->latent_dim,
                            &w->denoiser_params, &w->denoiser, &w->probe, err);
}

static int load_tokens(mg_writer_part *w, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, TOKENS);
    if (!t || strcmp(t->dtype, "U8") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " TOKENS " is missing");
    w->tokens = mg_smiles_vocab_new(t->data, t->bytes, err);
    return w->tokens ? mg_writer_learn_tokens(w->writer, w->tokens, err)
                     : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* The upper 40 bits of each: with half a million known molecules, one new one in two million is
 * taken for known. */
static int load_known(mg_writer_part *w, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, KNOWN);
    if (!t || t->count == 0) return MOLGLOT_OK;
    const bool whole = strcmp(t->dtype, "I64") == 0,
               packed = strcmp(t->dtype, "U8") == 0 && t->ndim == 2 && t->shape[1] == HASH_BYTES;
    if (!whole && !packed)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " KNOWN " is %s, not U8 rows of five bytes",
                       t->dtype);
    w->n_known = whole ? t->count : t->shape[0];
    if (!(w->known = malloc((size_t)w->n_known * sizeof *w->known)))
        return mg_no_memory(err, "%lld hashes", (long long)w->n_known);
    if (whole) memcpy(w->known, t->data, t->bytes);
    for (int64_t i = 0; i < w->n_known; i++) {
        const uint8_t *b = (const uint8_t *)t->data + i * HASH_BYTES;
        if (whole)
            w->known[i] &= ~(uint64_t)0 << LOST_BITS;
        else
            w->known[i] = (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 |
                          (uint64_t)b[3] << 32 | (uint64_t)b[4] << 24;
    }
    for (int64_t i = 1; i < w->n_known; i++)
        if (w->known[i] < w->known[i - 1])
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " KNOWN " is not sorted at element %lld",
                           (long long)i);
    return MOLGLOT_OK;
}

int mg_writer_load(const mg_part *p, void *part, molglot_error *err) {
    mg_writer_part *w = part;
    *w = (mg_writer_part){.bundle = p->bundle,
                          .file = p->file,
                          .path = p->path,
                          .prefix = p->prefix,
                          .part = p->kind->name,
                          .space = mg_part_meta(p, SPACE)};
    int code = mg_part_check_format(p, err);
    if (!code) code = load_writer(w, p, err);
    if (!code) code = load_flow(w, p, err);
    if (!code) code = load_denoiser(w, p, err);
    if (!code) code = load_tokens(w, p, err);
    if (!code)
        code = mg_part_wordpiece(p, w->flow || mg_writer_get_config(w->writer)->words > 0,
                                 &w->wordpiece, err);
    if (!code) code = load_known(w, p, err);
    const mg_params *const list[] = {w->params, w->flow_params, w->denoiser_params};
    return code ? code : mg_part_check_claimed(p, "", list, MG_COUNT(list), err);
}

int mg_writer_check(const void *part, molglot_error *err) {
    const mg_writer_part *w = part;
    const mg_writer_config *c = mg_writer_get_config(w->writer);
    const mg_flow_matching_config *f = w->flow ? mg_flow_matching_get_config(w->flow) : NULL;
    if (strcmp(w->part, mg_writer_part_name(c)) != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "part %s is a writer with %d latents%s", w->part,
                       c->latents, c->captions ? " and captions" : "");
    if (c->graph_row && !w->space)
        return mg_fail(err, MOLGLOT_BAD_FILE, "a graph row, but " SPACE " is missing");
    if (mg_smiles_vocab_size(w->tokens) != c->tokens)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d SMILES tokens, the writer %d",
                       mg_smiles_vocab_size(w->tokens), c->tokens);
    int code = c->words > 0 ? mg_part_check_pieces(w->wordpiece, c->words, "writer", err)
                            : MOLGLOT_OK;
    return code || !f ? code : mg_part_check_pieces(w->wordpiece, f->text.vocab, "flow", err);
}

int mg_writer_selftest(const mg_part *p, const void *part, molglot_error *err) {
    const mg_writer_part *w = part;
    const char *stored = mg_part_meta(p, "molglot.selftest");
    char now[17];
    mg_selftest_hash(w->wordpiece, w->tokens, now);
    if (stored && strcmp(stored, now) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "this build splits sentences or SMILES otherwise than the one that trained the "
                   "writer: it would write nonsense");
}

void mg_writer_clear(void *part) {
    mg_writer_part *w = part;
    mg_writer_free(w->writer);
    mg_flow_matching_free(w->flow);
    mg_mlp_denoiser_free(w->denoiser);
    mg_params_free(w->params);
    mg_params_free(w->flow_params);
    mg_params_free(w->denoiser_params);
    mg_wordpiece_free(w->wordpiece);
    mg_smiles_vocab_free(w->tokens);
    free(w->known);
    free(w->probe);
}

/* ---- using ---- */

int mg_writer_part_attach(const mg_writer_part *w, mg_tape *t, molglot_error *err) {
    const mg_params *const list[] = {w->params, w->flow_params, w->denoiser_params};
    return mg_part_attach(w->file, list, 3, t, err);
}

bool mg_writer_part_knows(const mg_writer_part *w, const char *canonical_smiles) {
    const uint64_t h = mg_hash64(canonical_smiles, strlen(canonical_smiles), 0) & ~(uint64_t)0
                                                                                      << LOST_BITS;
    int64_t low = 0, high = w->n_known;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (w->known[middle] < h)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->n_known && w->known[low] == h;
}

/* ---- saving ---- */

/* Ascending 64-bit hashes in five bytes each, every one once; *n is how many. */
static uint8_t *pack_known(const uint64_t *known, int64_t *n) {
    uint8_t *packed = malloc((size_t)*n * HASH_BYTES + 1);
    int64_t made = 0;
    for (int64_t i = 0; packed && i < *n; i++) {
        if (i > 0 && known[i] >> LOST_BITS == known[i - 1] >> LOST_BITS) continue;
        for (int b = 0; b < HASH_BYTES; b++)
            packed[made * HASH_BYTES + b] = (uint8_t)(known[i] >> (56 - 8 * b));
        made++;
    }
    *n = made;
    return packed;
}

static int write_known(mg_weights_out *w, const uint8_t *packed, int64_t n, molglot_error *err) {
    const int64_t shape[2] = {n, HASH_BYTES};
    if (!packed) return mg_no_memory(err, "%lld hashes", (long long)n);
    return mg_weights_out_add(w, KNOWN, "U8", 2, shape, packed, NULL, err);
}

static int write_selftest(mg_weights_out *w, const mg_writer_contents *s, molglot_error *err) {
    mg_wordpiece *words = s->wordpiece ? mg_wordpiece_new(s->wordpiece, s->wordpiece_bytes, err)
                                       : NULL;
    char hash[17];
    if (s->wordpiece && !words) return mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_selftest_hash(words, s->tokens, hash);
    mg_wordpiece_free(words);
    return mg_weights_out_meta(w, "molglot.selftest", hash, err);
}

/* The configuration of what makes latents, and what the part is called after it. */
static int write_latent_model(mg_weights_out *w, const mg_latent_model *l, const char *store_as,
                              const char **name, molglot_error *err) {
    mg_str json = {0};
    int code = mg_params_write(l->params, w, store_as, err);
    if (!code && l->flow) {
        const mg_flow_matching_config *c = mg_flow_matching_get_config(l->flow);
        *name = c->name;
        code = mg_part_write_json(w, "molglot.flow", mg_flow_matching_config_to_json(c, &json),
                                  &json, err);
    }
    return code || !l->denoiser ? code : mg_denoiser_write(w, l, name, err);
}

int mg_writer_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_writer_contents *s = contents;
    const mg_writer_config *c = mg_writer_get_config(s->writer);
    const char *name = c->name;
    mg_weights_out *w = o->w;
    mg_str tokens = {0}, json = {0};
    int64_t n = s->n_known;
    uint8_t *known = s->known && n > 0 ? pack_known(s->known, &n) : NULL;
    mg_smiles_vocab_text(s->tokens, &tokens);
    o->owned[0] = tokens.s, o->owned[1] = known;
    int code = tokens.failed ? mg_no_memory(err, "the model file")
                             : mg_params_write(s->params, w, s->store_as, err);
    if (!code && s->latents) code = write_latent_model(w, s->latents, s->store_as, &name, err);
    if (!code) code = mg_part_write_wordpiece(w, s->wordpiece, s->wordpiece_bytes, err);
    if (!code) code = mg_part_write_text(w, TOKENS, tokens.s, tokens.n, err);
    if (!code && s->known && s->n_known > 0) code = write_known(w, known, n, err);
    if (!code) code = write_selftest(w, s, err);
    if (!code)
        code = mg_part_write_json(w, "molglot.writer", mg_writer_config_to_json(c, &json), &json,
                                  err);
    if (!code && s->space) code = mg_weights_out_meta(w, SPACE, s->space, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.kind", KIND, err);
    return code ? code : mg_weights_out_meta(w, "name", name, err);
}
