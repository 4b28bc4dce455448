/* batcher.c - rows of a corpus as a batch: sentences dropped, graphs augmented, bag entries
 * dropped, packed. All random choices are a function of (seed, epoch, row, view). One thread packs
 * some tens of thousands of rows a second.
 */
#include "data/inside.h"
#include "data/pack.h"

#include <string.h>

/* Random streams of one row. */
enum { DRAW_SENTENCES, DRAW_GRAPH, DRAW_TEXT_BAG, DRAW_GRAPH_BAG, DRAWS };

enum { OTHER_NAMES = 1 }; /* a stream beside that of the sentences */

static uint64_t row_seed(const mg_view *v, int64_t row, int what) {
    return mg_rng_u64(v->seed,
                      (uint64_t)v->epoch << 16 | (uint64_t)(v->view & 0x3FFF) << 2 | (uint64_t)what,
                      (uint64_t)row);
}

/* ---- texts ---- */

/* The number of a row's text, or of one that says it with other names; -1: none. */
static int32_t text_of(const mg_corpus *c, const mg_view *v, int64_t row) {
    const int32_t t = c->row_text[row];
    const int64_t first = t < 0 || !c->other_off ? 0 : c->other_off[t],
                  n = t < 0 || !c->other_off ? 0 : c->other_off[t + 1] - first;
    mg_rng rng = {.seed = row_seed(v, row, DRAW_SENTENCES), .stream = OTHER_NAMES};
    if (!n || mg_rng_uniform(&rng) >= (double)v->synonyms) return t;
    return c->others[first + (int64_t)mg_rng_below(&rng, (uint64_t)n)];
}

/* Memory for the largest text of the batch. */
typedef struct text_room {
    int32_t *kept; /* sentences of a text that stay */
    int32_t *tokens;
    mg_entry *e, *tmp;
    size_t *starts;
} text_room;

/* of the largest text; of all */
typedef struct text_sizes {
    int64_t sentences, tokens, entries, all_tokens, all_entries;
} text_sizes;

static text_sizes measure_texts(const mg_corpus *c, const int64_t *rows, int64_t n,
                                const mg_view *v) {
    text_sizes z = {0};
    for (int64_t i = 0; i < n; i++) {
        const int32_t t = text_of(c, v, rows[i]);
        if (t < 0) continue;
        int64_t a = c->sent_off[t], b = c->sent_off[t + 1];
        /* A cut sentence is read again: at most one token per byte. */
        int64_t tokens = c->token_off[b] - c->token_off[a] +
                         (v->max_chars > 0 ? 4 * (int64_t)v->max_chars : 0);
        int64_t entries = c->text_off[b] - c->text_off[a];
        if (b - a > z.sentences) z.sentences = b - a;
        if (tokens > z.tokens) z.tokens = tokens;
        if (entries > z.entries) z.entries = entries;
        z.all_tokens += tokens + 2;
        z.all_entries += entries;
    }
    return z;
}

/* With probability sentence_dropout, each sentence goes with probability one half; at least one
 * stays. Returns how many. */
static int32_t keep_sentences(const mg_view *v, int64_t row, int32_t n, int32_t *kept) {
    mg_rng rng = {.seed = row_seed(v, row, DRAW_SENTENCES)};
    bool drop = n > 1 && mg_rng_uniform(&rng) < (double)v->sentence_dropout;
    int32_t k = 0;
    for (int32_t i = 0; i < n; i++)
        if (!drop || mg_rng_next(&rng) >> 63) kept[k++] = i;
    if (!k) kept[k++] = (int32_t)mg_rng_below(&rng, (uint64_t)n);
    return k;
}

/* Tokens of the kept sentences, up to max_chars characters: the sentence that crosses the limit is
 * cut and read again. */
static int64_t gather_tokens(const mg_corpus *c, const mg_view *v, int64_t first,
                             const int32_t *kept, int32_t k, int32_t *out) {
    int64_t n = 0, left = v->max_chars > 0 ? v->max_chars : INT64_MAX;
    for (int32_t i = 0; i < k && left > 0; i++) {
        int64_t s = first + kept[i], count = c->token_off[s + 1] - c->token_off[s];
        const char *chars = c->chars + c->char_off[s];
        int64_t bytes = c->char_off[s + 1] - c->char_off[s],
                length = v->max_chars > 0 ? (int64_t)mg_utf8_length(chars, (size_t)bytes) : 0;
        if (length > left) {
            size_t cut = mg_utf8_prefix(chars, (size_t)bytes, (size_t)left);
            int32_t got = mg_wordpiece_encode(c->wordpiece, chars, cut, out + n, (int32_t)cut);
            return got < 0 ? got : n + got;
        }
        memcpy(out + n, c->tokens + c->token_off[s], (size_t)count * sizeof *out);
        n += count;
        left -= length + 1; /* and the blank between sentences */
    }
    return n;
}

static size_t gather_entries(const mg_corpus *c, int64_t first, const int32_t *kept, int32_t k,
                             text_room *r) {
    size_t n = 0;
    for (int32_t i = 0; i < k; i++) {
        int64_t s = first + kept[i];
        r->starts[i] = n;
        for (int64_t e = c->text_off[s]; e < c->text_off[s + 1]; e++)
            r->e[n++] = mg_entry_unpack(c->text_bag[e]);
    }
    r->starts[k] = n;
    return mg_entries_merge(&r->e, &r->tmp, r->starts, (size_t)k);
}

static bool take_room(text_room *r, mg_arena *arena, const text_sizes *z) {
    r->kept = mg_arena_alloc(arena, ((size_t)z->sentences + 1) * sizeof *r->kept);
    r->tokens = mg_arena_alloc(arena, ((size_t)z->tokens + 1) * sizeof *r->tokens);
    r->e = mg_arena_alloc(arena, ((size_t)z->entries + 1) * sizeof *r->e);
    r->tmp = mg_arena_alloc(arena, ((size_t)z->entries + 1) * sizeof *r->tmp);
    r->starts = mg_arena_alloc(arena, ((size_t)z->sentences + 2) * sizeof *r->starts);
    return r->kept && r->tokens && r->e && r->tmp && r->starts;
}

static int pack_text(mg_pack *p, const mg_corpus *c, int64_t row, const mg_view *v,
                     const mg_text_style *style, text_room *r, molglot_error *err) {
    const int32_t t = text_of(c, v, row);
    const int64_t first = c->sent_off[t];
    const int32_t k = keep_sentences(v, row, (int32_t)(c->sent_off[t + 1] - first), r->kept);
    if (c->wordpiece) {
        const int64_t tokens = gather_tokens(c, v, first, r->kept, k, r->tokens);
        if (tokens < 0) return mg_no_memory(err, "a batch of texts");
        mg_pack_tokens(p, r->tokens, tokens, style);
    }
    if (c->text_vocab.n > 0) {
        const size_t entries = gather_entries(c, first, r->kept, k, r);
        mg_pack_bag(p, r->e, entries, &c->text_vocab, v->text_feature_dropout,
                    row_seed(v, row, DRAW_TEXT_BAG));
    }
    return MOLGLOT_OK;
}

static int batch_texts(const mg_corpus *c, const int64_t *rows, int64_t n, const mg_view *v,
                       mg_batch *b, molglot_error *err) {
    text_sizes z = measure_texts(c, rows, n, v);
    bool bag = c->text_vocab.n > 0;
    mg_text_style style = {.cls = c->cls,
                           .sep = c->sep,
                           .max_tokens = v->max_tokens,
                           .special = v->special_tokens && c->wordpiece};
    if (style.special && (style.cls < 0 || style.sep < 0))
        return mg_fail(err, MOLGLOT_USAGE, "the vocabulary has no [CLS] or [SEP]");
    mg_pack p;
    text_room r;
    int code = mg_pack_texts(&p, b, n, z.all_tokens, bag, z.all_entries, err);
    if (!code && !take_room(&r, &b->arena, &z))
        code = mg_no_memory(err, "a batch of %lld texts", (long long)n);
    for (int64_t i = 0; i < n && !code; i++) {
        if (c->row_text[rows[i]] >= 0) code = pack_text(&p, c, rows[i], v, &style, &r, err);
        mg_pack_row(&p);
    }
    if (!code) mg_pack_texts_done(&p);
    return code;
}

/* ---- molecules ---- */

/* A molecule's graph as it lies in the file (nothing is owned). */
static mg_graph graph_view(const mg_corpus *c, int32_t m) {
    int atom_cols = mg_feat_atom_cols((mg_feat_kind)c->h.features),
        bond_cols = mg_feat_bond_cols((mg_feat_kind)c->h.features);
    int64_t a = c->atom_off[m], e = c->edge_off[m];
    return (mg_graph){.n_atoms = (int32_t)(c->atom_off[m + 1] - a),
                      .n_edges = (int32_t)(c->edge_off[m + 1] - e),
                      .atom_cols = atom_cols,
                      .bond_cols = bond_cols,
                      .atoms = (uint8_t *)c->atoms + a * atom_cols,
                      .src = (int32_t *)c->edge_src + e,
                      .dst = (int32_t *)c->edge_dst + e,
                      .bonds = (uint8_t *)c->bonds + e * bond_cols};
}

static int pack_augmented(mg_pack *p, const mg_corpus *c, int64_t row, const mg_view *v,
                          molglot_error *err) {
    mg_graph g = graph_view(c, c->row_mol[row]), changed;
    if (v->aug == MG_AUG_NONE) {
        mg_pack_graph(p, &g);
        return MOLGLOT_OK;
    }
    mg_rng rng = {.seed = row_seed(v, row, DRAW_GRAPH)};
    int code = mg_graph_augment(&g, v->aug, v->aug_rate, v->aug_faithful, &rng, &changed, err);
    if (code) return code;
    bool fits = changed.n_atoms <= g.n_atoms && changed.n_edges <= g.n_edges;
    if (fits) mg_pack_graph(p, &changed);
    mg_graph_free(&changed);
    return fits ? MOLGLOT_OK
                : mg_fail(err, MOLGLOT_FAILED, "an augmented graph is larger than its molecule");
}

static int batch_mols(const mg_corpus *c, const int64_t *rows, int64_t n, const mg_view *v,
                      mg_batch *b, molglot_error *err) {
    int64_t atoms = 0, edges = 0, entries = 0, largest = 0;
    for (int64_t i = 0; i < n; i++) {
        int32_t m = c->row_mol[rows[i]];
        int64_t count = c->mol_off[m + 1] - c->mol_off[m];
        atoms += c->atom_off[m + 1] - c->atom_off[m];
        edges += c->edge_off[m + 1] - c->edge_off[m];
        entries += count;
        if (count > largest) largest = count;
    }
    bool bag = c->graph_vocab.n > 0;
    mg_pack p;
    int code = mg_pack_mols(&p, b, n, (mg_feat_kind)c->h.features, atoms, edges, bag, entries, err);
    mg_entry *e = mg_arena_alloc(&b->arena, ((size_t)largest + 1) * sizeof *e);
    if (!code && !e) code = mg_no_memory(err, "a batch of %lld molecules", (long long)n);
    for (int64_t i = 0; i < n && !code; i++) {
        int32_t m = c->row_mol[rows[i]];
        if (c->h.has_graph) code = pack_augmented(&p, c, rows[i], v, err);
        if (bag) {
            const uint32_t *packed = c->mol_bag + c->mol_off[m];
            size_t count = (size_t)(c->mol_off[m + 1] - c->mol_off[m]);
            for (size_t k = 0; k < count; k++) e[k] = mg_entry_unpack(packed[k]);
            mg_pack_bag(&p, e, count, &c->graph_vocab, v->graph_feature_dropout,
                        row_seed(v, rows[i], DRAW_GRAPH_BAG));
        }
        mg_pack_row(&p);
    }
    if (!code) mg_pack_mols_done(&p);
    return code;
}

/* ---- groups ---- */

static int32_t root_of(int32_t *parent, int32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

/* Joins rows whose key (a molecule or a text) is the same; the smaller row number is the root.
 * False without memory. */
static bool join_equal(const int32_t *key_of_row, const int64_t *rows, int64_t n, int32_t *parent) {
    mg_numbers first = {0}; /* key -> the first row that has it */
    bool ok = mg_names_reserve(&first, (size_t)n);
    for (int32_t i = 0; i < n && ok; i++) {
        const int32_t key = key_of_row[rows[i]];
        if (key < 0) continue; /* no text */
        mg_slot *slot = mg_numbers_at(&first, (uint64_t)key);
        if (slot->value < 0) slot->value = i;
        int32_t a = root_of(parent, slot->value), b = root_of(parent, i);
        if (a < b)
            parent[b] = a;
        else
            parent[a] = b;
    }
    mg_numbers_free(&first);
    return ok;
}

static int number_groups(const mg_corpus *c, const int64_t *rows, int64_t n, int32_t *groups,
                         molglot_error *err) {
    for (int32_t i = 0; i < n; i++) groups[i] = i;
    if (!join_equal(c->row_mol, rows, n, groups) || !join_equal(c->row_text, rows, n, groups))
        return mg_no_memory(err, "a batch of %lld rows", (long long)n);
    for (int32_t i = 0; i < n; i++) groups[i] = root_of(groups, i);
    return MOLGLOT_OK;
}

int mg_corpus_batch(const mg_corpus *c, const int64_t *rows, int64_t n, const mg_view *v,
                    bool want_text, bool want_mol, mg_batch *b, int32_t *groups,
                    molglot_error *err) {
    mg_arena_release(&b->arena, 0);
    b->text = (mg_text_batch){0};
    b->mol = (mg_mol_batch){0};
    if (n < 0 || n >= INT32_MAX)
        return mg_fail(err, MOLGLOT_USAGE, "a batch cannot have %lld rows", (long long)n);
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= c->h.rows)
            return mg_fail(err, MOLGLOT_USAGE, "there is no row %lld", (long long)rows[i]);
    if ((want_text && !c->sent_off) || (want_mol && !c->atom_off))
        return mg_fail(err, MOLGLOT_USAGE, "the corpus was made without %s",
                       want_text && !c->sent_off ? "word pieces or n-grams"
                                                 : "graphs or substructures");
    b->status = mg_arena_alloc(&b->arena, ((size_t)n + 1) * sizeof *b->status);
    if (!b->status) return mg_no_memory(err, "a batch of %lld rows", (long long)n);
    for (int64_t i = 0; i < n; i++) b->status[i] = (molglot_row_status){.ok = 1, .offset = -1};
    int code = want_text ? batch_texts(c, rows, n, v, b, err) : MOLGLOT_OK;
    if (!code && want_mol) code = batch_mols(c, rows, n, v, b, err);
    if (!code && groups) code = number_groups(c, rows, n, groups, err);
    return code;
}
