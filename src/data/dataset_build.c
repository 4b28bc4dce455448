/* dataset_build.c - makes the cache file of a training set: every molecule parsed once, every
 * sentence read twice. Steps: rows of all sources, without the excluded ones; distinct SMILES
 * -> molecules (parallel); molecules with one canonical SMILES become one; substructure vocabulary;
 * distinct texts -> n-gram vocabulary and word pieces (first pass), entries and tokens by sentence
 * (second pass, parallel); the file. Work is done in chunks, each parallel inside and appended in
 * order, so that the file does not depend on the number of threads.
 */
#include "base/bags.h"
#include "chem/features/features.h"
#include "data/dataset_inside.h"
#include "data/pack.h"
#include "data/sources.h"
#include "data/table/table.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };

/* A distinct SMILES of the sources. */
typedef struct mol_item {
    char *canonical; /* NULL: cannot be read */
    mg_graph graph;
    mg_feature *features;
    size_t n_features;
} mol_item;

typedef struct builder {
    const mg_dataset_config *c;
    int (*cb)(void *user, int64_t done, int64_t total);
    void *user;
    int64_t done, total;         /* progress: molecules, and texts twice */
    mg_rows *rows;               /* [n_sources] */
    const char **smiles, **text; /* [n] pairs kept so far; pointers into rows */
    int32_t *mol, *txt, *source; /* [n] */
    int64_t n, rejected, excluded;
    mol_item *mols;
    int32_t n_mols;
    const char **texts;
    int32_t n_texts;
    int64_t n_sentences;
    mg_wordpiece *wordpiece;
    mg_bag_vocab text_vocab, graph_vocab;
    mg_str section[SEC_COUNT];
} builder;

static int progress(builder *b, int64_t more, molglot_error *err) {
    b->done += more;
    if (b->cb && b->cb(b->user, b->done, b->total))
        return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while making the dataset");
    return MOLGLOT_OK;
}

static void add_i32(mg_str *s, int32_t v) { mg_str_add(s, &v, sizeof v); }
static void add_i64(mg_str *s, int64_t v) { mg_str_add(s, &v, sizeof v); }

/* ---- rows ---- */

static int take_source(builder *b, size_t s, molglot_error *err) {
    const mg_dataset_source *src = &b->c->sources[s];
    mg_rows *r = &b->rows[s];
    mg_excluded excluded;
    size_t prefix = src->id_prefix ? strlen(src->id_prefix) : 0;
    int code = mg_excluded_read(&excluded, b->c->exclude_path, src->path, err);
    for (size_t i = 0; i < r->n && !code; i++) {
        if (prefix && strncmp(r->id[i], src->id_prefix, prefix)) continue;
        if (mg_excluded_has(&excluded, r->id[i])) {
            b->excluded++;
        } else if (!r->status[i].ok || !*r->smiles[i] || !*r->text[i]) {
            b->rejected++;
        } else {
            b->smiles[b->n] = r->smiles[i];
            b->text[b->n] = r->text[i];
            b->source[b->n++] = (int32_t)s;
        }
    }
    mg_excluded_free(&excluded);
    return code;
}

static int load_rows(builder *b, molglot_error *err) {
    size_t n = 0;
    b->rows = calloc(b->c->n_sources + 1, sizeof *b->rows);
    if (!b->rows) return mg_no_memory(err, "a dataset");
    for (size_t s = 0; s < b->c->n_sources; s++) {
        int code = mg_rows_load(&b->rows[s], b->c->sources[s].path, NULL, err);
        if (code) return code;
        n += b->rows[s].n;
    }
    b->smiles = calloc(n + 1, sizeof *b->smiles);
    b->text = calloc(n + 1, sizeof *b->text);
    b->source = calloc(n + 1, sizeof *b->source);
    b->mol = calloc(n + 1, sizeof *b->mol);
    b->txt = calloc(n + 1, sizeof *b->txt);
    if (!b->smiles || !b->text || !b->source || !b->mol || !b->txt)
        return mg_no_memory(err, "a dataset");
    for (size_t s = 0; s < b->c->n_sources; s++) {
        int code = take_source(b, s, err);
        if (code) return code;
    }
    if (!b->n)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the sources hold no pair of a molecule and a text");
    return MOLGLOT_OK;
}

/* ---- molecules ---- */

static int read_mol(const builder *b, const char *smiles, mol_item *item) {
    mg_chem_limits limits = mg_chem_limits_default();
    mg_mol *mol = mg_mol_from_smiles(smiles, &limits, NULL);
    if (!mol) return MOLGLOT_OK;
    int code = MOLGLOT_OK;
    if (b->c->graph) code = mg_graph_from_mol(mol, b->c->features, &item->graph, NULL);
    if (!code && b->c->graph_vocab)
        code = mg_mol_features(mol, b->c->graph_families, &item->features, &item->n_features, NULL);
    if (!code) item->canonical = mg_mol_smiles(mol, true);
    mg_mol_free(mol);
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

static void free_mol(mol_item *m) {
    free(m->canonical);
    free(m->features);
    mg_graph_free(&m->graph);
    *m = (mol_item){0};
}

/* The first string of each group. */
static const char **distinct(const char *const *strings, int64_t n, const int32_t *group,
                             int32_t groups) {
    const char **first = calloc((size_t)groups + 1, sizeof *first);
    for (int64_t i = n - 1; i >= 0 && first; i--)
        if (group[i] >= 0) first[group[i]] = strings[i];
    return first;
}

/* Molecules with the same canonical SMILES become the first of them; b->mol points to what is
 * left. */
static int merge_mols(builder *b, molglot_error *err) {
    size_t n = (size_t)b->n_mols;
    const char **canonical = calloc(n + 1, sizeof *canonical);
    int32_t *group = calloc(n + 1, sizeof *group);
    int32_t groups = -1;
    for (size_t i = 0; i < n && canonical; i++) canonical[i] = b->mols[i].canonical;
    if (canonical && group) groups = mg_group_strings(canonical, n, group);
    int32_t next = 0;
    for (size_t i = 0; i < n && groups >= 0; i++) {
        if (group[i] != next) { /* unreadable (-1), or seen before */
            free_mol(&b->mols[i]);
        } else if (next++ != (int32_t)i) {
            b->mols[next - 1] = b->mols[i];
            b->mols[i] = (mol_item){0};
        }
    }
    for (int64_t i = 0; i < b->n && groups >= 0; i++) b->mol[i] = group[b->mol[i]];
    if (groups >= 0) b->n_mols = groups;
    free(canonical);
    free(group);
    return groups >= 0 ? MOLGLOT_OK : mg_no_memory(err, "a dataset");
}

static int read_mols(builder *b, molglot_error *err) {
    b->n_mols = mg_group_strings(b->smiles, (size_t)b->n, b->mol);
    if (b->n_mols < 0) return b->n_mols = 0, mg_no_memory(err, "a dataset");
    const char **smiles = distinct(b->smiles, b->n, b->mol, b->n_mols);
    b->mols = calloc((size_t)b->n_mols + 1, sizeof *b->mols);
    int code = smiles && b->mols ? MOLGLOT_OK : mg_no_memory(err, "a dataset");
    b->total = b->n_mols + 2 * b->n;
    for (int32_t at = 0; at < b->n_mols && !code; at += CHUNK) {
        int32_t end = at + CHUNK < b->n_mols ? at + CHUNK : b->n_mols;
        int failed = MOLGLOT_OK;
#pragma omp parallel for schedule(dynamic, 8) reduction(| : failed)
        for (int32_t i = at; i < end; i++) failed |= read_mol(b, smiles[i], &b->mols[i]);
        code = failed ? mg_no_memory(err, "a dataset") : progress(b, end - at, err);
    }
    free(smiles);
    if (!code) code = merge_mols(b, err);
    int64_t kept = 0;
    for (int64_t i = 0; i < b->n && !code; i++) {
        if (b->mol[i] < 0) {
            b->rejected++;
            continue;
        }
        b->text[kept] = b->text[i];
        b->source[kept] = b->source[i];
        b->mol[kept++] = b->mol[i];
    }
    if (!code) b->n = kept;
    return code;
}

static int graph_vocabulary(builder *b, molglot_error *err) {
    if (!b->c->graph_vocab) return MOLGLOT_OK;
    mg_bag_counter *counter = mg_bag_counter_new();
    size_t cap = 0;
    uint32_t *hashes = NULL;
    int code = counter ? MOLGLOT_OK : mg_no_memory(err, "a dataset");
    for (int32_t i = 0; i < b->n_mols && !code; i++) {
        const mol_item *m = &b->mols[i];
        if (m->n_features > cap) {
            cap = m->n_features * 2;
            free(hashes);
            if (!(hashes = malloc(cap * sizeof *hashes))) {
                code = mg_no_memory(err, "a dataset");
                break;
            }
        }
        for (size_t k = 0; k < m->n_features; k++) hashes[k] = m->features[k].hash;
        code = mg_bag_counter_add(counter, hashes, m->n_features, err);
    }
    if (!code)
        code = mg_bag_counter_vocab(counter, b->c->graph_vocab, b->c->graph_min_df, &b->graph_vocab,
                                    err);
    free(hashes);
    mg_bag_counter_free(counter);
    return code;
}

/* Graphs and entries of all molecules into their sections. */
static void pack_mols(builder *b) {
    mg_str *s = b->section;
    int64_t atoms = 0, edges = 0, entries = 0;
    for (int32_t i = 0; i <= b->n_mols; i++) {
        add_i64(&s[SEC_ATOM_OFF], atoms);
        add_i64(&s[SEC_EDGE_OFF], edges);
        add_i64(&s[SEC_MOL_OFF], entries);
        if (i == b->n_mols) break;
        const mol_item *m = &b->mols[i];
        const mg_graph *g = &m->graph;
        mg_str_add(&s[SEC_ATOMS], g->atoms, (size_t)g->n_atoms * (size_t)g->atom_cols);
        mg_str_add(&s[SEC_EDGE_SRC], g->src, (size_t)g->n_edges * sizeof *g->src);
        mg_str_add(&s[SEC_EDGE_DST], g->dst, (size_t)g->n_edges * sizeof *g->dst);
        mg_str_add(&s[SEC_BONDS], g->bonds, (size_t)g->n_edges * (size_t)g->bond_cols);
        atoms += g->n_atoms;
        edges += g->n_edges;
        for (size_t k = 0; k < m->n_features; k++) {
            int32_t id = mg_bag_vocab_find(&b->graph_vocab, m->features[k].hash);
            if (id < 0) continue;
            uint32_t e = mg_entry_pack(mg_entry_of(id, m->features[k].count));
            mg_str_add(&s[SEC_MOL_BAG], &e, sizeof e);
            entries++;
        }
    }
}

/* ---- texts ---- */

/* One text under work: its sentences one behind the other. */
typedef struct text_item {
    const builder *b;
    bool count; /* first pass: hashes only; second: entries, tokens, bytes */
    mg_str hashes, entries, tokens, chars;
    mg_str ends; /* int64 triples by sentence: entries, tokens, bytes so far */
    int code;
} text_item;

static int sentence_bag(text_item *t, const char *s, size_t n) {
    mg_ngram *grams = NULL;
    size_t count = 0;
    int code = mg_text_ngrams(s, n, t->b->c->text_families, &grams, &count, NULL);
    for (size_t i = 0; i < count && !code; i++) {
        if (t->count) {
            mg_str_add(&t->hashes, &grams[i].hash, sizeof grams[i].hash);
            continue;
        }
        int32_t id = mg_bag_vocab_find(&t->b->text_vocab, grams[i].hash);
        if (id < 0) continue;
        uint32_t e = mg_entry_pack(mg_entry_of(id, grams[i].count));
        mg_str_add(&t->entries, &e, sizeof e);
    }
    free(grams);
    return code;
}

static int sentence_tokens(text_item *t, const char *s, size_t n) {
    int32_t *ids = malloc((n + 1) * sizeof *ids), count = -1;
    if (ids && n < INT32_MAX) count = mg_wordpiece_encode(t->b->wordpiece, s, n, ids, (int32_t)n);
    if (count > 0) mg_str_add(&t->tokens, ids, (size_t)count * sizeof *ids);
    free(ids);
    return count < 0 ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int add_sentence(void *user, const char *s, size_t n) {
    text_item *t = user;
    if (t->b->c->text_vocab) t->code = sentence_bag(t, s, n);
    if (t->count || t->code) return t->code;
    if (t->b->wordpiece) t->code = sentence_tokens(t, s, n);
    mg_str_add(&t->chars, s, n);
    add_i64(&t->ends, (int64_t)(t->entries.n / sizeof(uint32_t)));
    add_i64(&t->ends, (int64_t)(t->tokens.n / sizeof(int32_t)));
    add_i64(&t->ends, (int64_t)t->chars.n);
    return t->code;
}

static void read_text(text_item *t, const char *text) {
    size_t n = strlen(text);
    t->hashes.n = t->entries.n = t->tokens.n = t->chars.n = t->ends.n = 0;
    if (!mg_text_sentences(text, n, add_sentence, t)) add_sentence(t, text, n);
    if (t->hashes.failed || t->entries.failed || t->tokens.failed || t->chars.failed ||
        t->ends.failed)
        t->code = MOLGLOT_NO_MEMORY;
}

typedef int (*text_sink)(builder *b, const text_item *t, mg_bag_counter *counter,
                         molglot_error *err);

static int count_text(builder *b, const text_item *t, mg_bag_counter *counter, molglot_error *err) {
    (void)b;
    return mg_bag_counter_add(counter, (const uint32_t *)(const void *)t->hashes.s,
                              t->hashes.n / sizeof(uint32_t), err);
}

static int pack_text(builder *b, const text_item *t, mg_bag_counter *counter, molglot_error *err) {
    (void)counter, (void)err;
    mg_str *s = b->section;
    int64_t entries = (int64_t)(s[SEC_TEXT_BAG].n / 4), tokens = (int64_t)(s[SEC_TOKENS].n / 4),
            chars = (int64_t)s[SEC_CHARS].n;
    const int64_t *ends = (const int64_t *)(const void *)t->ends.s;
    for (size_t i = 0; i < t->ends.n / 24; i++, b->n_sentences++) {
        add_i64(&s[SEC_TEXT_OFF], entries + ends[3 * i]);
        add_i64(&s[SEC_TOKEN_OFF], tokens + ends[3 * i + 1]);
        add_i64(&s[SEC_CHAR_OFF], chars + ends[3 * i + 2]);
    }
    mg_str_add(&s[SEC_TEXT_BAG], t->entries.s, t->entries.n);
    mg_str_add(&s[SEC_TOKENS], t->tokens.s, t->tokens.n);
    mg_str_add(&s[SEC_CHARS], t->chars.s, t->chars.n);
    add_i64(&s[SEC_SENT_OFF], b->n_sentences);
    return MOLGLOT_OK;
}

/* All distinct texts through read_text in parallel, chunk by chunk, each given to the sink in
 * order. */
static int pass_over_texts(builder *b, bool count, text_sink sink, mg_bag_counter *counter,
                           molglot_error *err) {
    text_item *items = calloc(CHUNK, sizeof *items);
    int code = items ? MOLGLOT_OK : mg_no_memory(err, "a dataset");
    for (int i = 0; i < CHUNK && !code; i++) items[i] = (text_item){.b = b, .count = count};
    for (int32_t at = 0; at < b->n_texts && !code; at += CHUNK) {
        int32_t n = b->n_texts - at < CHUNK ? b->n_texts - at : CHUNK;
#pragma omp parallel for schedule(dynamic, 8)
        for (int32_t i = 0; i < n; i++) read_text(&items[i], b->texts[at + i]);
        for (int32_t i = 0; i < n && !code; i++)
            code = items[i].code ? mg_fail(err, items[i].code, "cannot read a text of the dataset")
                                 : sink(b, &items[i], counter, err);
        if (!code) code = progress(b, n, err);
    }
    for (int i = 0; i < CHUNK && items; i++) {
        mg_str *all[] = {&items[i].hashes, &items[i].entries, &items[i].tokens, &items[i].chars,
                         &items[i].ends};
        for (size_t k = 0; k < MG_COUNT(all); k++) mg_str_free(all[k]);
    }
    free(items);
    return code;
}

static int make_wordpiece(builder *b, molglot_error *err) {
    mg_str *out = &b->section[SEC_WORDPIECE];
    int code = mg_vocab_make(b->c->wordpiece_path, b->c->wordpiece_size, b->texts, b->n_texts, out,
                             err);
    if (!code && out->n && !(b->wordpiece = mg_wordpiece_new(out->s, out->n, err)))
        code = MOLGLOT_BAD_FILE;
    return code;
}

static int read_texts(builder *b, molglot_error *err) {
    b->n_texts = mg_group_strings(b->text, (size_t)b->n, b->txt);
    if (b->n_texts < 0 || !(b->texts = distinct(b->text, b->n, b->txt, b->n_texts)))
        return mg_no_memory(err, "a dataset");
    b->total = b->done + 2 * (int64_t)b->n_texts;
    int code = make_wordpiece(b, err);
    if (!code && b->c->text_vocab) {
        mg_bag_counter *counter = mg_bag_counter_new();
        code = counter ? pass_over_texts(b, true, count_text, counter, err)
                       : mg_no_memory(err, "a dataset");
        if (!code)
            code = mg_bag_counter_vocab(counter, b->c->text_vocab, b->c->text_min_df,
                                        &b->text_vocab, err);
        mg_bag_counter_free(counter);
    }
    for (mg_section s = SEC_SENT_OFF; s <= SEC_CHAR_OFF; s++)
        if (s == SEC_SENT_OFF || s == SEC_TOKEN_OFF || s == SEC_TEXT_OFF || s == SEC_CHAR_OFF)
            add_i64(&b->section[s], 0);
    return code ? code : pass_over_texts(b, false, pack_text, NULL, err);
}

/* ---- the file ---- */

static void fill_header(const builder *b, mg_dataset_header *h, const char *key,
                        const char *sources) {
    memset(h, 0, sizeof *h);
    memcpy(h->magic, MG_DATASET_MAGIC, 8);
    memcpy(h->key, key, 64);
    memcpy(h->sources, sources, 64);
    h->pairs = b->n;
    h->mols = b->n_mols;
    h->texts = b->n_texts;
    h->sentences = b->n_sentences;
    h->rejected = b->rejected;
    h->excluded = b->excluded;
    h->n_sources = (int32_t)b->c->n_sources;
    h->features = (int32_t)b->c->features;
    h->has_graph = b->c->graph;
    uint64_t at = (sizeof *h + 63) / 64 * 64;
    for (int s = 0; s < SEC_COUNT; s++) {
        h->section[s].offset = at;
        h->section[s].bytes = b->section[s].n;
        h->checksum = mg_hash64(b->section[s].s ? b->section[s].s : "", b->section[s].n,
                                h->checksum);
        at = (at + b->section[s].n + 63) / 64 * 64;
    }
    h->header_checksum = mg_hash64(h, offsetof(mg_dataset_header, header_checksum), 0);
}

static int write_file(const builder *b, const char *path, const char *key, const char *sources,
                      molglot_error *err) {
    static const char zeros[64];
    mg_dataset_header h;
    for (int s = 0; s < SEC_COUNT; s++)
        if (b->section[s].failed) return mg_no_memory(err, "a dataset");
    fill_header(b, &h, key, sources);
    mg_outfile o;
    int code = mg_outfile_open(&o, path, err);
    if (code) return code;
    code = mg_outfile_write(&o, &h, sizeof h, err);
    if (!code) code = mg_outfile_write(&o, zeros, (64 - sizeof h % 64) % 64, err);
    for (int s = 0; s < SEC_COUNT && !code; s++) {
        size_t n = b->section[s].n;
        code = mg_outfile_write(&o, n ? b->section[s].s : "", n, err);
        if (!code) code = mg_outfile_write(&o, zeros, (64 - n % 64) % 64, err);
    }
    if (!code) code = mg_outfile_commit(&o, err);
    mg_outfile_abort(&o);
    return code;
}

static void pack_pairs(builder *b) {
    for (int64_t i = 0; i < b->n; i++) {
        add_i32(&b->section[SEC_PAIR_MOL], b->mol[i]);
        add_i32(&b->section[SEC_PAIR_TEXT], b->txt[i]);
        add_i32(&b->section[SEC_PAIR_SOURCE], b->source[i]);
    }
    const mg_bag_vocab *v[2] = {&b->text_vocab, &b->graph_vocab};
    for (int i = 0; i < 2; i++) {
        mg_str_add(&b->section[i ? SEC_GRAPH_HASH : SEC_TEXT_HASH], v[i]->hashes,
                   (size_t)v[i]->n * sizeof *v[i]->hashes);
        mg_str_add(&b->section[i ? SEC_GRAPH_IDF : SEC_TEXT_IDF], v[i]->weights,
                   (size_t)v[i]->n * sizeof *v[i]->weights);
    }
}

static void free_builder(builder *b) {
    for (size_t s = 0; s < b->c->n_sources && b->rows; s++) mg_rows_free(&b->rows[s]);
    for (int32_t i = 0; i < b->n_mols && b->mols; i++) free_mol(&b->mols[i]);
    for (int s = 0; s < SEC_COUNT; s++) mg_str_free(&b->section[s]);
    free(b->rows);
    free(b->smiles);
    free(b->text);
    free(b->mol);
    free(b->txt);
    free(b->source);
    free(b->mols);
    free(b->texts);
    mg_wordpiece_free(b->wordpiece);
    mg_bag_vocab_free(&b->text_vocab);
    mg_bag_vocab_free(&b->graph_vocab);
}

int mg_dataset_build(const char *path, const mg_dataset_config *c, const char *key,
                     const char *sources, int (*cb)(void *user, int64_t done, int64_t total),
                     void *user, molglot_error *err) {
    if (c->text_vocab > MG_BAG_IDS || c->graph_vocab > MG_BAG_IDS)
        return mg_fail(err, MOLGLOT_USAGE, "a bag vocabulary has at most %d features", MG_BAG_IDS);
    builder b = {.c = c, .cb = cb, .user = user};
    int code = load_rows(&b, err);
    if (!code) code = read_mols(&b, err);
    if (!code) code = graph_vocabulary(&b, err);
    if (!code) pack_mols(&b);
    if (!code) code = read_texts(&b, err);
    if (!code) pack_pairs(&b);
    if (!code) code = write_file(&b, path, key, sources, err);
    free_builder(&b);
    return code;
}
