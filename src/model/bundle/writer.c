/* writer.c - the writer's file: one safetensors file with the writer, its vocabularies, the
 * flow or denoiser where there is one, and what the training molecules were.
 *
 *   metadata  molglot.format "1", molglot.kind "writer", molglot.writer, molglot.flow and
 *     molglot.denoiser (JSON of writer/config.c),
 *             molglot.selftest, name, and the trainer's pairs
 *   tensors   the parameters of all; vocab.wordpiece U8 (a vocab.txt), vocab.smiles U8 (a token a
 *             line), known.hashes U8 [n,5] ascending: the upper 40 bits, highest byte first, of
 *             mg_hash64 of each training molecule's canonical SMILES (older files: I64 [n], all
 *             bits)
 *
 * In a bundle (merge.c) the same names stand behind "direct." or "latent.".
 *
 * The self-test is a hash of the ids that this build gives probe sentences and molecules: a
 * tokeniser that went another way would feed the model noise without a word.
 */
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT    "1"
#define KIND      "writer"
#define WORDPIECE "vocab.wordpiece"
#define TOKENS    "vocab.smiles"
#define KNOWN     "known.hashes"
#define PROBE     "denoiser.probe"
#define DENOISER  "denoiser"

enum { PROBE_TOKENS = 256, HASH_BYTES = 5, LOST_BITS = 64 - 8 * HASH_BYTES };

/* ---- self-test ---- */

static const char *const probe_texts[] = {
    "The molecule is a beta-diketone, a member of resorcinols. It has a role as a plant "
    "metabolite.",
    "It is an (S)-1-phenylethan-1-ol; 4\xE2\x80\xB2-hydroxy, 3,4-dihydro, caf\xC3\xA9.",
};
static const char *const probe_smiles[] = {
    "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)N1CCC[C@@H]1/C=C/c1ccc([N+](=O)[O-])cc1.[Na+]"};

/* Sixteen hexadecimal digits. w may be NULL. */
static void probe(const mg_wordpiece *w, const mg_smiles_vocab *v, char out[17]) {
    int32_t ids[PROBE_TOKENS];
    uint64_t h = 0;
    for (size_t i = 0; w && i < MG_COUNT(probe_texts); i++) {
        const int32_t n = mg_wordpiece_encode(w, probe_texts[i], strlen(probe_texts[i]), ids,
                                              PROBE_TOKENS);
        h = mg_hash64(ids, n > 0 ? (size_t)n * sizeof *ids : 0, h + 1);
    }
    for (size_t i = 0; i < MG_COUNT(probe_smiles); i++) {
        const int32_t n = mg_smiles_encode(v, probe_smiles[i], ids, PROBE_TOKENS, NULL);
        h = mg_hash64(ids, n > 0 ? (size_t)n * sizeof *ids : 0, h + 1);
    }
    snprintf(out, 17, "%016llx", (unsigned long long)h);
}

/* ---- loading ---- */

/* By its name within the part. */
static const mg_file_tensor *find(const mg_writer_file *w, const char *name) {
    char full[96];
    snprintf(full, sizeof full, "%s%s", w->prefix, name);
    return mg_tensor_file_find(w->file, full);
}

static const char *meta(const mg_writer_file *w, const char *key) {
    char full[96];
    snprintf(full, sizeof full, "%s%s", w->prefix, key);
    return mg_tensor_file_meta(w->file, full);
}

static bool is_kind(const char *kind) { return kind && strcmp(kind, KIND) == 0; }

static int refuse_part(const char *asked, molglot_error *err) {
    const bool latent = strcmp(asked, MG_PART_LATENT) == 0;
    return mg_fail(err, MOLGLOT_BAD_FILE, "no %s in this file, only a %s",
                   latent ? "latent diffusion" : "direct writer",
                   latent ? "direct writer" : "writer with latents");
}

/* Sets prefix, part and both; a file that is no bundle says which part it is by its writer's
 * latents. */
static int choose_part(mg_writer_file *w, const char *asked, molglot_error *err) {
    if (is_kind(mg_tensor_file_meta(w->file, "molglot.kind"))) return MOLGLOT_OK;
    const bool direct = is_kind(mg_tensor_file_meta(w->file, MG_PART_DIRECT ".molglot.kind"));
    const bool latent = is_kind(mg_tensor_file_meta(w->file, MG_PART_LATENT ".molglot.kind"));
    if (!direct && !latent)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "not a Molglot writer (a file that generates molecules)");
    const bool take_direct = asked ? strcmp(asked, MG_PART_DIRECT) == 0 : direct;
    if (!(take_direct ? direct : latent)) return refuse_part(asked, err);
    w->part = take_direct ? MG_PART_DIRECT : MG_PART_LATENT;
    w->both = direct && latent;
    snprintf(w->prefix, sizeof w->prefix, "%s.", w->part);
    return MOLGLOT_OK;
}

static int check_part(mg_writer_file *w, const char *asked, const mg_writer_config *c,
                      molglot_error *err) {
    const char *is = c->latents > 0 ? MG_PART_LATENT : MG_PART_DIRECT;
    if (*w->prefix && strcmp(w->part, is) != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "part %s is a writer with %d latents", w->part,
                       c->latents);
    w->part = is;
    return asked && strcmp(asked, is) != 0 ? refuse_part(asked, err) : MOLGLOT_OK;
}

static const mg_file_tensor *text_tensor(const mg_writer_file *w, const char *name) {
    const mg_file_tensor *t = find(w, name);
    return t && strcmp(t->dtype, "U8") == 0 ? t : NULL;
}

static int load_vocabularies(mg_writer_file *w, const mg_writer_config *c,
                             const mg_flow_matching_config *flow, molglot_error *err) {
    const mg_file_tensor *tokens = text_tensor(w, TOKENS), *words = text_tensor(w, WORDPIECE);
    if (!tokens) return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " TOKENS " is missing");
    if (!words && (c->words > 0 || flow))
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " WORDPIECE " is missing");
    if (!(w->tokens = mg_smiles_vocab_new(tokens->data, tokens->bytes, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (words && !(w->wordpiece = mg_wordpiece_new(words->data, words->bytes, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_smiles_vocab_size(w->tokens) != c->tokens)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d SMILES tokens, the writer %d",
                       mg_smiles_vocab_size(w->tokens), c->tokens);
    if (c->words > 0 && mg_wordpiece_size(w->wordpiece) != c->words)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d word pieces, the writer %d",
                       mg_wordpiece_size(w->wordpiece), c->words);
    if (flow && mg_wordpiece_size(w->wordpiece) != flow->text.vocab)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d word pieces, the flow %d",
                       mg_wordpiece_size(w->wordpiece), flow->text.vocab);
    return MOLGLOT_OK;
}

static int check_selftest(const mg_writer_file *w, molglot_error *err) {
    const char *stored = meta(w, "molglot.selftest");
    char now[17];
    probe(w->wordpiece, w->tokens, now);
    if (stored && strcmp(stored, now) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "this build splits sentences or SMILES otherwise than the one that trained the "
                   "writer: it would write nonsense");
}

/* The upper 40 bits of each: with half a million known molecules, one new one in two million is
 * taken for known. */
static int load_known(mg_writer_file *w, molglot_error *err) {
    const mg_file_tensor *t = find(w, KNOWN);
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

static int load_writer(mg_writer_file *w, const mg_writer_config *c, molglot_error *err) {
    if (!(w->params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(w->writer = mg_writer_new(w->params, c, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    return mg_params_map(w->params, w->file, w->prefix, err);
}

static int load_flow(mg_writer_file *w, const mg_writer_config *c, const mg_flow_matching_config *f,
                     molglot_error *err) {
    if (f->latents != c->latents || f->latent_dim != c->latent_dim)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the flow makes %d x %d latents, the writer reads %d x %d", f->latents,
                       f->latent_dim, c->latents, c->latent_dim);
    if (!(w->flow_params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(w->flow = mg_flow_matching_new(w->flow_params, f, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    return mg_params_map(w->flow_params, w->file, w->prefix, err);
}

static int load_probe(mg_writer_file *w, int condition, molglot_error *err) {
    const mg_file_tensor *t = find(w, PROBE);
    if (!t || strcmp(t->dtype, "F32") != 0 || t->count != condition)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " PROBE " is missing or not %d x F32",
                       condition);
    if (!(w->probe = malloc(t->bytes))) return mg_no_memory(err, "the model file");
    memcpy(w->probe, t->data, t->bytes);
    return MOLGLOT_OK;
}

static int load_denoiser(mg_writer_file *w, const mg_writer_config *c, const char *json,
                         molglot_error *err) {
    mg_mlp_denoiser_config d;
    int code = mg_mlp_denoiser_config_from_json(json, &d, err);
    if (code) return code;
    if (d.dim != c->latents * c->latent_dim)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the denoiser makes %d numbers, the writer reads %d x %d", d.dim, c->latents,
                       c->latent_dim);
    if (!(w->denoiser_params = mg_params_new()) ||
        !(w->denoiser = mg_mlp_denoiser_new(w->denoiser_params, DENOISER, &d)))
        return mg_no_memory(err, "the model file");
    code = mg_params_map(w->denoiser_params, w->file, w->prefix, err);
    return code ? code : load_probe(w, d.condition, err);
}

static int load_all(mg_writer_file *w, const char *asked, molglot_error *err) {
    int code = choose_part(w, asked, err);
    if (code) return code;
    const char *format = meta(w, "molglot.format"), *json = meta(w, "molglot.writer"),
               *flow_json = meta(w, "molglot.flow"), *denoiser_json = meta(w, "molglot.denoiser");
    mg_writer_config c;
    mg_flow_matching_config f;
    if (!json)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "not a Molglot writer (a file that generates molecules)");
    if (!format || strcmp(format, FORMAT) != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "writer format %s; this version reads " FORMAT,
                       format ? format : "unknown");
    code = mg_writer_config_from_json(json, &c, err);
    if (!code) code = check_part(w, asked, &c, err);
    if (!code && flow_json) code = mg_flow_matching_config_from_json(flow_json, &f, err);
    if (!code) code = load_vocabularies(w, &c, flow_json ? &f : NULL, err);
    if (!code) code = check_selftest(w, err);
    if (!code) code = load_writer(w, &c, err);
    if (!code && flow_json) code = load_flow(w, &c, &f, err);
    if (!code && denoiser_json) code = load_denoiser(w, &c, denoiser_json, err);
    return code ? code : load_known(w, err);
}

int mg_writer_file_load(mg_writer_file *w, const char *path, const char *part, molglot_error *err) {
    molglot_error own = {0};
    memset(w, 0, sizeof *w);
    int code = MOLGLOT_OK;
    if (!(w->path = strdup(path))) return mg_no_memory(err, "the model file");
    if (!(w->file = mg_tensor_file_open(path, &own)))
        code = own.code;
    else if ((code = load_all(w, part, &own)))
        mg_fail_prefix(&own, "%s", path);
    if (code) {
        mg_writer_file_close(w);
        if (err) *err = own;
    }
    return code;
}

void mg_writer_file_close(mg_writer_file *w) {
    mg_writer_free(w->writer);
    mg_flow_matching_free(w->flow);
    mg_mlp_denoiser_free(w->denoiser);
    mg_params_free(w->params);
    mg_params_free(w->flow_params);
    mg_params_free(w->denoiser_params);
    mg_wordpiece_free(w->wordpiece);
    mg_smiles_vocab_free(w->tokens);
    mg_tensor_file_close(w->file);
    free(w->known);
    free(w->probe);
    free(w->path);
    memset(w, 0, sizeof *w);
}

int mg_writer_file_attach(const mg_writer_file *w, mg_tape *t, molglot_error *err) {
    size_t n;
    const void *bytes = mg_tensor_file_bytes(w->file, &n);
    mg_tape_attach(t, bytes, n);
    int code = mg_tape_error(t, err);
    if (!code) code = mg_params_attach_mapped(w->params, t, err);
    if (!code && w->flow) code = mg_params_attach_mapped(w->flow_params, t, err);
    return code || !w->denoiser ? code : mg_params_attach_mapped(w->denoiser_params, t, err);
}

bool mg_writer_file_knows(const mg_writer_file *w, const char *canonical_smiles) {
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

static int write_known_hashes(mg_weights_out *w, const uint8_t *packed, int64_t n,
                              molglot_error *err) {
    const int64_t shape[2] = {n, HASH_BYTES};
    if (!packed) return mg_no_memory(err, "%lld hashes", (long long)n);
    return mg_weights_out_add(w, KNOWN, "U8", 2, shape, packed, NULL, err);
}

static int write_config(mg_weights_out *w, const char *key, int made, mg_str *json,
                        molglot_error *err) {
    int code = made ? mg_fail(err, made, "out of memory")
                    : mg_weights_out_meta(w, key, json->s, err);
    mg_str_free(json);
    return code;
}

static int write_selftest(mg_weights_out *w, const char *vocab, size_t vocab_bytes,
                          const mg_smiles_vocab *tokens, molglot_error *err) {
    mg_wordpiece *words = vocab ? mg_wordpiece_new(vocab, vocab_bytes, err) : NULL;
    char hash[17];
    if (vocab && !words) return mg_code_of(err, MOLGLOT_BAD_FILE);
    probe(words, tokens, hash);
    mg_wordpiece_free(words);
    return mg_weights_out_meta(w, "molglot.selftest", hash, err);
}

/* The configuration of what makes latents, and what the file is called after it. */
static int write_latent_model(mg_weights_out *w, const mg_latent_model *l, const char *store_as,
                              const char **name, molglot_error *err) {
    mg_str json = {0};
    int code = mg_params_write(l->params, w, store_as, err);
    if (!code && l->flow) {
        *name = mg_flow_matching_get_config(l->flow)->name;
        code = write_config(
            w, "molglot.flow",
            mg_flow_matching_config_to_json(mg_flow_matching_get_config(l->flow), &json), &json,
            err);
    }
    if (!code && l->denoiser) {
        const mg_mlp_denoiser_config *c = mg_mlp_denoiser_get_config(l->denoiser);
        const int64_t shape[1] = {c->condition};
        *name = c->name;
        code = write_config(w, "molglot.denoiser", mg_mlp_denoiser_config_to_json(c, &json), &json,
                            err);
        if (!code) code = mg_weights_out_add(w, PROBE, "F32", 1, shape, l->probe, NULL, err);
    }
    return code;
}

static int write_metadata(mg_weights_out *w, const mg_writer *m, const char *name,
                          const char *const *metadata, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(m);
    mg_str json = {0};
    int code = write_config(w, "molglot.writer", mg_writer_config_to_json(c, &json), &json, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.format", FORMAT, err);
    if (!code) code = mg_weights_out_meta(w, "molglot.kind", KIND, err);
    if (!code) code = mg_weights_out_meta(w, "name", name ? name : c->name, err);
    for (size_t i = 0; metadata && metadata[i] && !code; i += 2)
        code = mg_weights_out_meta(w, metadata[i], metadata[i + 1], err);
    return code;
}

int mg_writer_file_save(const char *path, const mg_params *p, const mg_writer *m,
                        const mg_latent_model *latents, const char *wordpiece_vocab,
                        size_t vocab_bytes, const mg_smiles_vocab *tokens, const uint64_t *known,
                        int64_t n_known, const char *store_as, const char *const *metadata,
                        molglot_error *err) {
    mg_str token_text = {0};
    const char *name = NULL;
    mg_smiles_vocab_text(tokens, &token_text);
    mg_weights_out *w = mg_weights_out_new();
    const int64_t words_shape[1] = {(int64_t)vocab_bytes},
                  tokens_shape[1] = {(int64_t)token_text.n};
    const bool knows = known && n_known > 0;
    uint8_t *packed = knows ? pack_known(known, &n_known) : NULL;
    int code = w && !token_text.failed ? mg_params_write(p, w, store_as, err)
                                       : mg_no_memory(err, "the model file");
    if (!code && latents) code = write_latent_model(w, latents, store_as, &name, err);
    if (!code && wordpiece_vocab)
        code = mg_weights_out_add(w, WORDPIECE, "U8", 1, words_shape, wordpiece_vocab, NULL, err);
    if (!code) code = mg_weights_out_add(w, TOKENS, "U8", 1, tokens_shape, token_text.s, NULL, err);
    if (!code && knows) code = write_known_hashes(w, packed, n_known, err);
    if (!code) code = write_selftest(w, wordpiece_vocab, vocab_bytes, tokens, err);
    if (!code) code = write_metadata(w, m, name, metadata, err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    free(packed);
    mg_str_free(&token_text);
    return code;
}
