/* cache.c - a corpus as a file: the header, then its sections at multiples of 64 bytes (inside.h).
 *
 * The file fits when its key does, a SHA-256 over all that the content depends on: configuration,
 * versions, source files. The whole file is read once when it is opened (which also brings it into
 * the page cache): checksums, the places of sections, and the range of every number.
 */
#include "data/inside.h"
#include "data/pack.h"

#include <string.h>

/* ---- the key ---- */

/* To be raised when ngrams.c or chem/features/substructures.c give something else for the same
 * letters, or when a section is added. */
enum { FEATURES = 2 };
enum { SYNONYMS = 1 }; /* alike, of synonyms.c */

static void add_text(mg_sha256 *sha, const char *s) {
    mg_sha256_add(sha, s ? s : "", (s ? strlen(s) : 0) + 1);
}

static void add_vocabulary(mg_sha256 *sha, const mg_bag_vocab *v) {
    if (!v) return;
    mg_sha256_add(sha, v->hashes, (size_t)v->n * sizeof *v->hashes);
    mg_sha256_add(sha, v->weights, (size_t)v->n * sizeof *v->weights);
}

/* Written sources, synonyms, molecules that are held out: nothing without them. */
static int add_written(mg_sha256 *sha, const mg_corpus_config *c, molglot_error *err) {
    int code = MOLGLOT_OK;
    bool any = false;
    for (size_t i = 0; i < c->n_sources; i++) {
        const mg_corpus_source *s = &c->sources[i];
        char line[100];
        snprintf(line, sizeof line, "source %zu wordings %d limit %lld seed %llu", i, s->wordings,
                 (long long)s->limit, (unsigned long long)s->seed);
        if (s->wordings || s->limit) add_text(sha, line);
        any |= s->wordings > 0;
    }
    if (any) {
        uint64_t version = 0;
        code = mg_written_version(&version, err);
        mg_sha256_add(sha, &version, sizeof version);
    }
    if (!code && c->synonyms) {
        char line[60];
        snprintf(line, sizeof line, "synonyms %d of version %d", c->synonym_texts, SYNONYMS);
        add_text(sha, line);
        code = mg_source_hash(sha, c->synonyms, NULL, err);
    }
    if (!code && c->hold_out) code = mg_source_hash(sha, c->hold_out, NULL, err);
    return code;
}

/* What plain pairs without tokens and strings leave at zero: added only where it is not. */
static void add_more(mg_sha256 *sha, const mg_corpus_config *c) {
    const char *columns[] = {c->smiles_column, c->text_column, c->id_column};
    bool canonical = false;
    for (size_t i = 0; i < MG_COUNT(columns); i++) {
        if (!columns[i]) continue;
        add_text(sha, "column");
        add_text(sha, columns[i]);
    }
    add_vocabulary(sha, c->text_bag);
    add_vocabulary(sha, c->graph_bag);
    for (size_t i = 0; i < c->n_sources; i++) canonical |= c->sources[i].canonical;
    if (c->pairs && !canonical && !c->strings && !c->none_piece && !c->wordpiece &&
        !mg_asks_tokens(c))
        return;
    char line[200];
    mg_str vocab = {0};
    snprintf(line, sizeof line, "pairs %d strings %d none %d tokens %d %d %d", c->pairs, c->strings,
             c->none_piece, c->tokens, c->token_min_count, c->max_tokens);
    add_text(sha, line);
    for (size_t i = 0; i < c->n_sources; i++) add_text(sha, c->sources[i].canonical ? "c" : "");
    add_text(sha, c->wordpiece);
    if (c->vocab) mg_smiles_vocab_text(c->vocab, &vocab);
    add_text(sha, vocab.s);
    mg_str_free(&vocab);
}

int mg_cache_key(const mg_corpus_config *c, char key[65], char sources[65], molglot_error *err) {
    mg_sha256 sha, content;
    mg_sha256_init(&sha);
    mg_sha256_init(&content);
    char line[400];
    snprintf(line, sizeof line,
             "%s %s %d wordpiece %d bags %d %d %d %d %.31s %.31s graph %d %d sources %zu",
             MG_CORPUS_MAGIC, mg_chem_version(), FEATURES, c->wordpiece_size, c->text_vocab,
             c->text_min_df, c->graph_vocab, c->graph_min_df, c->text_families, c->graph_families,
             c->graph, (int)c->features, c->n_sources);
    add_text(&sha, line);
    add_more(&sha, c);
    int code = add_written(&sha, c, err);
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

/* ---- writing ---- */

static uint64_t up_to_64(uint64_t n) { return (n + 63) / 64 * 64; }

/* Places of sections from..to at *at on; returns their checksum. */
static uint64_t place_sections(const mg_corpus *c, int from, int to, mg_place *places, uint64_t *at,
                               uint64_t sum) {
    for (int s = from; s < to; s++) {
        places[s - from] = (mg_place){.offset = *at, .bytes = c->bytes[s]};
        sum = mg_hash64(c->data[s], c->bytes[s], sum);
        *at = up_to_64(*at + c->bytes[s]);
    }
    return sum;
}

static int write_padded(mg_outfile *o, const void *bytes, size_t n, molglot_error *err) {
    static const char zeros[64];
    int code = mg_outfile_write(o, bytes, n, err);
    return code ? code : mg_outfile_write(o, zeros, up_to_64(n) - n, err);
}

int mg_cache_write(const mg_corpus *c, const char *path, const char *key, molglot_error *err) {
    struct {
        mg_corpus_header h;
        mg_corpus_more more;
    } head = {.h = c->h};
    mg_corpus_header *h = &head.h;
    uint64_t at = up_to_64(sizeof head);
    memcpy(h->magic, MG_CORPUS_MAGIC, 8);
    memcpy(h->key, key, 64);
    h->checksum = place_sections(c, 0, SEC_FIRST, h->section, &at, 0);
    h->header_checksum = mg_hash64(h, offsetof(mg_corpus_header, header_checksum), 0);
    head.more.checksum = place_sections(c, SEC_FIRST, SEC_COUNT, head.more.section, &at,
                                        h->checksum);
    head.more.more_checksum = mg_hash64(&head.more, offsetof(mg_corpus_more, more_checksum),
                                        h->header_checksum);
    mg_outfile o;
    int code = mg_outfile_open(&o, path, err);
    if (code) return code;
    code = write_padded(&o, &head, sizeof head, err);
    for (int s = 0; s < SEC_COUNT && !code; s++)
        code = write_padded(&o, c->data[s], c->bytes[s], err);
    if (!code) code = mg_outfile_commit(&o, err);
    mg_outfile_abort(&o);
    return code;
}

/* ---- checks of contents ---- */

/* Starts at 0, never falls, ends at `last`; offsets NULL: there is no such column. */
static bool ascends(const int64_t *offsets, int64_t n, size_t last) {
    if (!offsets) return true;
    bool ok = offsets[0] == 0 && offsets[n] == (int64_t)last;
    for (int64_t i = 0; i < n; i++) ok &= offsets[i] <= offsets[i + 1];
    return ok;
}

static bool below(const int32_t *v, int64_t n, int64_t limit) {
    bool ok = true;
    for (int64_t i = 0; i < n; i++) ok &= v[i] >= 0 && v[i] < limit;
    return ok;
}

static bool entries_below(const uint32_t *e, size_t n, int32_t vocab) {
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= (e[i] >> MG_COUNT_BITS) < (uint32_t)vocab && (e[i] & MG_COUNT_MAX);
    return ok;
}

static bool rows_fit(const mg_corpus *c) {
    const mg_corpus_header *h = &c->h;
    bool ok = below(c->row_mol, h->rows, h->mols) && below(c->row_source, h->rows, h->n_sources) &&
              below(c->row_text, c->n_texts, h->texts);
    for (int64_t i = c->n_texts; i < h->rows; i++) ok &= c->row_text[i] == -1;
    return ok;
}

/* Ends of edges inside their molecule. */
static bool edges_inside(const mg_corpus *c) {
    bool ok = true;
    for (int64_t m = 0; m < c->h.mols; m++) {
        const int64_t atoms = c->atom_off[m + 1] - c->atom_off[m];
        for (int64_t e = c->edge_off[m]; e < c->edge_off[m + 1]; e++)
            ok &= c->edge_src[e] >= 0 && c->edge_src[e] < atoms && c->edge_dst[e] >= 0 &&
                  c->edge_dst[e] < atoms;
    }
    return ok;
}

static bool values_below_sizes(const uint8_t *v, size_t rows, int cols, mg_feat_kind kind,
                               int (*size)(mg_feat_kind, int)) {
    bool ok = true;
    for (int k = 0; k < cols; k++)
        for (size_t i = 0; i < rows; i++) ok &= v[i * (size_t)cols + (size_t)k] < size(kind, k);
    return ok;
}

static bool graphs_fit(const mg_corpus *c) {
    if (!c->atom_off) return !c->h.has_graph;
    const mg_feat_kind kind = (mg_feat_kind)c->h.features;
    const int atom_cols = mg_feat_atom_cols(kind), bond_cols = mg_feat_bond_cols(kind);
    const size_t atoms = c->bytes[SEC_ATOMS] / (size_t)atom_cols,
                 edges = c->bytes[SEC_EDGE_SRC] / 4, entries = c->bytes[SEC_MOL_BAG] / 4;
    return ascends(c->atom_off, c->h.mols, atoms) && ascends(c->edge_off, c->h.mols, edges) &&
           ascends(c->mol_off, c->h.mols, entries) && edges_inside(c) &&
           values_below_sizes(c->atoms, atoms, atom_cols, kind, mg_feat_atom_size) &&
           values_below_sizes(c->bonds, edges, bond_cols, kind, mg_feat_bond_size) &&
           entries_below(c->mol_bag, entries, c->graph_vocab.n);
}

static bool sentences_fit(const mg_corpus *c) {
    if (!c->sent_off) return c->h.sentences == 0;
    const size_t tokens = c->bytes[SEC_TOKENS] / 4, entries = c->bytes[SEC_TEXT_BAG] / 4;
    const int32_t pieces = c->wordpiece ? mg_wordpiece_size(c->wordpiece) : 0;
    bool ok = ascends(c->sent_off, c->h.texts, (size_t)c->h.sentences) &&
              ascends(c->token_off, c->h.sentences, tokens) &&
              ascends(c->text_off, c->h.sentences, entries) &&
              ascends(c->char_off, c->h.sentences, c->bytes[SEC_CHARS]) &&
              below(c->tokens, (int64_t)tokens, pieces) &&
              entries_below(c->text_bag, entries, c->text_vocab.n);
    for (int64_t t = 0; t < c->h.texts && ok; t++) ok = c->sent_off[t] < c->sent_off[t + 1];
    return ok;
}

static bool more_fits(const mg_corpus *c) {
    const size_t tokens = c->bytes[SEC_SMILES] / 2;
    bool ok = ascends(c->smiles_off, c->h.mols, tokens) &&
              ascends(c->string_off, c->h.texts, c->bytes[SEC_STRINGS]);
    const int64_t others = (int64_t)(c->bytes[SEC_OTHERS] / 4);
    ok = ok && ascends(c->other_off, c->h.texts, (size_t)others) &&
         below(c->others, others, c->h.texts);
    for (size_t i = 0; i < tokens && ok; i++)
        ok = c->smiles[i] < mg_smiles_vocab_size(c->smiles_vocab);
    for (int64_t t = 0; t < c->h.texts && c->string_off && ok; t++)
        ok = c->string_off[t] < c->string_off[t + 1] && !c->strings[c->string_off[t + 1] - 1];
    return ok;
}

/* ---- opening ---- */

static bool header_fits(const mg_corpus_header *h) {
    return h->header_checksum == mg_hash64(h, offsetof(mg_corpus_header, header_checksum), 0) &&
           h->rows >= 0 && h->mols >= 0 && h->texts >= 0 && h->sentences >= 0 &&
           h->rows < INT32_MAX && h->mols < INT32_MAX && h->texts < INT32_MAX &&
           h->sentences < INT64_MAX / 64 && h->n_sources >= 0 && h->n_sources < 1 << 20 &&
           !h->key[71] && !h->sources[71] && h->features >= 0 && h->features <= MG_FEAT_SIMPLE;
}

/* Sections whose places lie in the file, and their checksum. */
static bool take_sections(mg_corpus *c, int from, int to, const mg_place *places, uint64_t sum,
                          uint64_t want) {
    for (int s = from; s < to; s++) {
        const mg_place p = places[s - from];
        if (p.offset % 64 || p.offset > c->map.size || p.bytes > c->map.size - p.offset)
            return false;
        c->data[s] = c->map.data + p.offset;
        c->bytes[s] = p.bytes;
        sum = mg_hash64(c->data[s], c->bytes[s], sum);
    }
    return sum == want;
}

static int read_file(mg_corpus *c, const char *path, const char *key, molglot_error *err) {
    const mg_corpus_header *h = (const mg_corpus_header *)(const void *)c->map.data;
    const mg_corpus_more *more = (const mg_corpus_more *)(h + 1);
    if (c->map.size < sizeof *h + sizeof *more || memcmp(h->magic, MG_CORPUS_MAGIC, 8) ||
        !header_fits(h))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a corpus of this version", path);
    if (memcmp(h->key, key, 64))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: made from another configuration", path);
    if (more->more_checksum !=
        mg_hash64(more, offsetof(mg_corpus_more, more_checksum), h->header_checksum))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the file is damaged", path);
    c->h = *h;
    if (!take_sections(c, 0, SEC_FIRST, h->section, 0, h->checksum) ||
        !take_sections(c, SEC_FIRST, SEC_COUNT, more->section, h->checksum, more->checksum))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the file is damaged", path);
    int code = mg_columns_open(c, path, err);
    if (!code && !(rows_fit(c) && graphs_fit(c) && sentences_fit(c) && more_fits(c)))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: numbers out of range", path);
    return code;
}

int mg_cache_open(mg_corpus *c, const char *path, const char *key, molglot_error *err) {
    int code = mg_map_open(&c->map, path, err);
    if (!code) code = read_file(c, path, key, err);
    if (code) {
        mg_columns_close(c);
        memset(c, 0, sizeof *c);
    }
    return code;
}
