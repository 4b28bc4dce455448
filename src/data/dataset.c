/* dataset.c - a cached training set: opened when it fits the configuration and the sources, else
 * made anew (dataset_build.c). What fits is decided by a SHA-256 over everything that changes the
 * content. The whole file is read once when it is opened (which also brings it into the page
 * cache): checksum, offsets, and the range of every number.
 */
#include "base/bags.h"
#include "data/dataset_inside.h"
#include "data/pack.h"
#include "data/sources.h"

#include <stdlib.h>
#include <string.h>

/* ---- the key ---- */

/* to be raised when ngrams.c or chem/features/substructures.c give something else for the same
 * letters */
enum { FEATURES = 1 };

static void add_text(mg_sha256 *sha, const char *s) {
    mg_sha256_add(sha, s ? s : "", (s ? strlen(s) : 0) + 1);
}

static int make_key(const mg_dataset_config *c, char key[65], char sources[65],
                    molglot_error *err) {
    mg_sha256 sha, content;
    mg_sha256_init(&sha);
    mg_sha256_init(&content);
    char line[400];
    snprintf(line, sizeof line,
             "%s %s %d wordpiece %d bags %d %d %d %d %.31s %.31s graph %d %d sources %zu",
             MG_DATASET_MAGIC, mg_chem_version(), FEATURES, c->wordpiece_size, c->text_vocab,
             c->text_min_df, c->graph_vocab, c->graph_min_df, c->text_families, c->graph_families,
             c->graph, (int)c->features, c->n_sources);
    add_text(&sha, line);
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < c->n_sources && !code; i++) {
        add_text(&sha, c->sources[i].id_prefix);
        add_text(&sha, c->exclude_path ? c->sources[i].path : NULL); /* the list names files */
        code = mg_source_hash(&sha, c->sources[i].path, &content, err);
    }
    if (!code && c->wordpiece_path) code = mg_source_hash(&sha, c->wordpiece_path, NULL, err);
    if (!code && c->exclude_path) code = mg_source_hash(&sha, c->exclude_path, NULL, err);
    mg_sha256_hex(&sha, key);
    mg_sha256_hex(&content, sources);
    return code;
}

/* ---- checks ---- */

/* Elements of a section, after a check of its place; NULL and a message when it does not lie in the
 * file. */
static const void *section(const mg_dataset *d, mg_section s, size_t size, int64_t count,
                           const char *path, molglot_error *err) {
    uint64_t offset = d->h->section[s].offset, bytes = d->h->section[s].bytes;
    size_t want;
    bool ok = offset % 64 == 0 && offset <= d->map.size && bytes <= d->map.size - offset &&
              bytes % size == 0;
    ok = ok && (count < 0 || (mg_mul_size((size_t)count, size, &want) && want == bytes));
    if (ok) return d->map.data + offset;
    mg_fail(err, MOLGLOT_BAD_FILE, "%s: section %d does not fit", path, (int)s);
    return NULL;
}

static int64_t elements(const mg_dataset *d, mg_section s, size_t size) {
    return (int64_t)(d->h->section[s].bytes / size);
}

/* Starts at 0, never falls, ends at `last`. */
static bool ascends(const int64_t *offsets, int64_t n, int64_t last) {
    bool ok = offsets[0] == 0 && offsets[n] == last;
    for (int64_t i = 0; i < n; i++) ok &= offsets[i] <= offsets[i + 1];
    return ok;
}

static bool below(const int32_t *v, int64_t n, int64_t limit) {
    bool ok = true;
    for (int64_t i = 0; i < n; i++) ok &= v[i] >= 0 && v[i] < limit;
    return ok;
}

static bool entries_below(const uint32_t *e, int64_t n, int32_t vocab) {
    bool ok = true;
    for (int64_t i = 0; i < n; i++)
        ok &= (e[i] >> MG_COUNT_BITS) < (uint32_t)vocab && (e[i] & MG_COUNT_MAX);
    return ok;
}

/* Every text has a sentence. */
static bool texts_have_sentences(const mg_dataset *d) {
    bool ok = true;
    for (int64_t t = 0; t < d->h->texts; t++) ok &= d->sent_off[t] < d->sent_off[t + 1];
    return ok;
}

/* Ends of edges inside their molecule. */
static bool edges_inside(const mg_dataset *d) {
    bool ok = true;
    for (int64_t m = 0; m < d->h->mols; m++) {
        int64_t atoms = d->atom_off[m + 1] - d->atom_off[m];
        for (int64_t e = d->edge_off[m]; e < d->edge_off[m + 1]; e++)
            ok &= d->edge_src[e] >= 0 && d->edge_src[e] < atoms && d->edge_dst[e] >= 0 &&
                  d->edge_dst[e] < atoms;
    }
    return ok;
}

static bool values_below_sizes(const uint8_t *v, int64_t rows, int cols, mg_feat_kind kind,
                               int (*size)(mg_feat_kind, int)) {
    bool ok = true;
    for (int c = 0; c < cols; c++)
        for (int64_t i = 0; i < rows; i++) ok &= v[i * cols + c] < size(kind, c);
    return ok;
}

static bool contents_fit(const mg_dataset *d, int64_t atoms, int64_t edges) {
    const mg_dataset_header *h = d->h;
    mg_feat_kind kind = (mg_feat_kind)h->features;
    int32_t pieces = d->wordpiece ? mg_wordpiece_size(d->wordpiece) : 0;
    return below(d->pair_mol, h->pairs, h->mols) && below(d->pair_text, h->pairs, h->texts) &&
           below(d->pair_source, h->pairs, h->n_sources) && ascends(d->atom_off, h->mols, atoms) &&
           ascends(d->edge_off, h->mols, edges) &&
           ascends(d->mol_off, h->mols, elements(d, SEC_MOL_BAG, 4)) &&
           ascends(d->sent_off, h->texts, h->sentences) &&
           ascends(d->token_off, h->sentences, elements(d, SEC_TOKENS, 4)) &&
           ascends(d->text_off, h->sentences, elements(d, SEC_TEXT_BAG, 4)) &&
           ascends(d->char_off, h->sentences, elements(d, SEC_CHARS, 1)) && edges_inside(d) &&
           texts_have_sentences(d) &&
           values_below_sizes(d->atoms, atoms, mg_feat_atom_cols(kind), kind, mg_feat_atom_size) &&
           values_below_sizes(d->bonds, edges, mg_feat_bond_cols(kind), kind, mg_feat_bond_size) &&
           entries_below(d->mol_bag, elements(d, SEC_MOL_BAG, 4), d->graph_vocab.n) &&
           entries_below(d->text_bag, elements(d, SEC_TEXT_BAG, 4), d->text_vocab.n) &&
           below(d->tokens, elements(d, SEC_TOKENS, 4), pieces);
}

/* ---- opening ---- */

static bool header_fits(const mg_dataset *d) {
    if (d->map.size < sizeof *d->h) return false;
    const mg_dataset_header *h = d->h;
    return !memcmp(h->magic, MG_DATASET_MAGIC, 8) &&
           h->header_checksum == mg_hash64(h, offsetof(mg_dataset_header, header_checksum), 0) &&
           h->pairs >= 0 && h->mols >= 0 && h->texts >= 0 && h->sentences >= 0 &&
           h->pairs < INT32_MAX && h->mols < INT32_MAX && h->texts < INT32_MAX &&
           h->sentences < INT64_MAX / 64 && h->n_sources >= 0 && h->n_sources < 1 << 20 &&
           !h->key[71] && !h->sources[71] && h->features >= 0 && h->features <= MG_FEAT_SIMPLE;
}

static int open_vocabularies(mg_dataset *d, const char *path, molglot_error *err) {
    struct {
        mg_section hash, idf;
        mg_bag_vocab *v;
    } bags[] = {{SEC_TEXT_HASH, SEC_TEXT_IDF, &d->text_vocab},
                {SEC_GRAPH_HASH, SEC_GRAPH_IDF, &d->graph_vocab}};
    for (int i = 0; i < 2; i++) {
        int64_t n = elements(d, bags[i].hash, 4);
        const uint32_t *hashes = section(d, bags[i].hash, 4, -1, path, err);
        const float *idf = section(d, bags[i].idf, 4, n, path, err);
        if (!hashes || !idf || n > MG_BAG_IDS)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: damaged vocabulary", path);
        int code = mg_bag_vocab_init(bags[i].v, hashes, idf, (int32_t)n, err);
        if (code) return code;
    }
    const char *pieces = section(d, SEC_WORDPIECE, 1, -1, path, err);
    size_t bytes = d->h->section[SEC_WORDPIECE].bytes;
    if (!pieces) return MOLGLOT_BAD_FILE;
    if (!bytes) return MOLGLOT_OK;
    d->wordpiece = mg_wordpiece_new(pieces, bytes, err);
    if (!d->wordpiece) return MOLGLOT_BAD_FILE;
    d->cls = mg_wordpiece_id(d->wordpiece, "[CLS]");
    d->sep = mg_wordpiece_id(d->wordpiece, "[SEP]");
    return MOLGLOT_OK;
}

static bool checksum_fits(const mg_dataset *d) {
    uint64_t sum = 0;
    for (int s = 0; s < SEC_COUNT; s++)
        sum = mg_hash64(d->map.data + d->h->section[s].offset, d->h->section[s].bytes, sum);
    return sum == d->h->checksum;
}

static int open_sections(mg_dataset *d, const char *path, molglot_error *err) {
    const mg_dataset_header *h = d->h;
    int64_t edges = elements(d, SEC_EDGE_SRC, 4);
    int atom_cols = mg_feat_atom_cols((mg_feat_kind)h->features),
        bond_cols = mg_feat_bond_cols((mg_feat_kind)h->features);
    int64_t atoms = elements(d, SEC_ATOMS, (size_t)atom_cols);
    struct {
        mg_section s;
        size_t size;
        int64_t count;
        const void **to;
    } wanted[] = {{SEC_PAIR_MOL, 4, h->pairs, (const void **)&d->pair_mol},
                  {SEC_PAIR_TEXT, 4, h->pairs, (const void **)&d->pair_text},
                  {SEC_PAIR_SOURCE, 4, h->pairs, (const void **)&d->pair_source},
                  {SEC_ATOM_OFF, 8, h->mols + 1, (const void **)&d->atom_off},
                  {SEC_ATOMS, (size_t)atom_cols, -1, (const void **)&d->atoms},
                  {SEC_EDGE_OFF, 8, h->mols + 1, (const void **)&d->edge_off},
                  {SEC_EDGE_SRC, 4, -1, (const void **)&d->edge_src},
                  {SEC_EDGE_DST, 4, edges, (const void **)&d->edge_dst},
                  {SEC_BONDS, (size_t)bond_cols, edges, (const void **)&d->bonds},
                  {SEC_MOL_OFF, 8, h->mols + 1, (const void **)&d->mol_off},
                  {SEC_MOL_BAG, 4, -1, (const void **)&d->mol_bag},
                  {SEC_SENT_OFF, 8, h->texts + 1, (const void **)&d->sent_off},
                  {SEC_TOKEN_OFF, 8, h->sentences + 1, (const void **)&d->token_off},
                  {SEC_TOKENS, 4, -1, (const void **)&d->tokens},
                  {SEC_TEXT_OFF, 8, h->sentences + 1, (const void **)&d->text_off},
                  {SEC_TEXT_BAG, 4, -1, (const void **)&d->text_bag},
                  {SEC_CHAR_OFF, 8, h->sentences + 1, (const void **)&d->char_off},
                  {SEC_CHARS, 1, -1, (const void **)&d->chars}};
    for (size_t i = 0; i < MG_COUNT(wanted); i++)
        if (!(*wanted[i].to = section(d, wanted[i].s, wanted[i].size, wanted[i].count, path, err)))
            return MOLGLOT_BAD_FILE;
    int code = open_vocabularies(d, path, err);
    if (code) return code;
    if (!checksum_fits(d))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the file is damaged", path);
    if (!contents_fit(d, atoms, edges))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: numbers out of range", path);
    return MOLGLOT_OK;
}

/* The cache as it is on disk; NULL when there is none, it is damaged, or (key given) it was made
 * from something else. */
static mg_dataset *open_cache(const char *path, const char *key, molglot_error *err) {
    mg_dataset *d = calloc(1, sizeof *d);
    if (!d) {
        mg_no_memory(err, "a dataset");
        return NULL;
    }
    int code = mg_map_open(&d->map, path, err);
    d->h = (const mg_dataset_header *)d->map.data;
    if (!code && !header_fits(d))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a dataset cache of this version", path);
    if (!code && memcmp(d->h->key, key, 64))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: made from another configuration", path);
    if (!code) code = open_sections(d, path, err);
    if (!code) return d;
    mg_dataset_close(d);
    return NULL;
}

mg_dataset *mg_dataset_open(const char *path, const mg_dataset_config *c,
                            int (*cb)(void *, int64_t, int64_t), void *user, molglot_error *err) {
    char key[65], sources[65];
    if (mg_chem_init(err) || make_key(c, key, sources, err)) return NULL;
    /* whatever is wrong with an old cache: it is made anew */
    mg_dataset *d = open_cache(path, key, NULL);
    if (!d) {
        if (mg_dataset_build(path, c, key, sources, cb, user, err)) return NULL;
        d = open_cache(path, key, err);
    }
    if (!d) return NULL;
    d->weights = malloc((c->n_sources + 1) * sizeof *d->weights);
    if (!d->weights) {
        mg_dataset_close(d);
        mg_no_memory(err, "a dataset");
        return NULL;
    }
    for (size_t i = 0; i < c->n_sources; i++) d->weights[i] = c->sources[i].weight;
    return d;
}

void mg_dataset_close(mg_dataset *d) {
    if (!d) return;
    mg_bag_vocab_free(&d->text_vocab);
    mg_bag_vocab_free(&d->graph_vocab);
    mg_wordpiece_free(d->wordpiece);
    free(d->weights);
    mg_map_close(&d->map);
    free(d);
}

/* ---- what it holds ---- */

int64_t mg_dataset_pairs(const mg_dataset *d) { return d->h->pairs; }
int64_t mg_dataset_rejected(const mg_dataset *d) { return d->h->rejected; }
int64_t mg_dataset_excluded(const mg_dataset *d) { return d->h->excluded; }
const char *mg_dataset_sha256(const mg_dataset *d) { return d->h->sources; }
int mg_dataset_source_of(const mg_dataset *d, int64_t pair) { return d->pair_source[pair]; }
const mg_bag_vocab *mg_dataset_text_bag(const mg_dataset *d) { return &d->text_vocab; }
const mg_bag_vocab *mg_dataset_graph_bag(const mg_dataset *d) { return &d->graph_vocab; }

const char *mg_dataset_wordpiece(const mg_dataset *d, size_t *n) {
    *n = d->h->section[SEC_WORDPIECE].bytes;
    return (const char *)d->map.data + d->h->section[SEC_WORDPIECE].offset;
}

int mg_dataset_order(const mg_dataset *d, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                     molglot_error *err) {
    return mg_epoch_order(d->pair_source, d->h->pairs, d->weights, d->h->n_sources, seed, epoch,
                          order, n, err);
}
