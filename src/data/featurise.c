/* featurise.c - a user's texts and SMILES to batches, one row each, in parallel over rows. A text
 * is cut into sentences and the n-grams of its sentences are summed, exactly as batcher.c does with
 * the cached sentences of a training pair. The result does not depend on the number of threads.
 */
#include "base/bags.h"
#include "base/grow.h"
#include "chem/features/features.h"
#include "data/pack.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_TEXT = 200 };              /* bytes; longer ones have known words */
#define BATCH_RESERVE ((size_t)1 << 35) /* address space of a batch, not memory */

int mg_batch_init(mg_batch *b, molglot_error *err) {
    memset(b, 0, sizeof *b);
    return mg_arena_init(&b->arena, BATCH_RESERVE, err);
}

void mg_batch_free(mg_batch *b) {
    mg_arena_free(&b->arena);
    memset(b, 0, sizeof *b);
}

/* What one row gives before it has a place in the batch (malloc'ed parts). */
typedef struct row_parts {
    int32_t *tokens;
    int64_t n_tokens;
    mg_entry *entries[MG_MEMBERS];
    size_t n_entries[MG_MEMBERS];
    mg_graph graph;
} row_parts;

static void free_parts(row_parts *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(rows[i].tokens);
        for (int k = 0; k < MG_MEMBERS; k++) free(rows[i].entries[k]);
        mg_graph_free(&rows[i].graph);
    }
    free(rows);
}

/* ---- texts ---- */

/* Runs of entries of the sentences of one text, in one member's vocabulary. */
typedef struct runs {
    mg_entry *e, *tmp;
    size_t *starts;
    size_t n, cap, n_runs, cap_runs;
} runs;

typedef struct text_reader {
    const mg_featuriser *f;
    runs of[MG_MEMBERS];
    int code;
} text_reader;

static int add_run(runs *r, const mg_bag_vocab *v, const mg_ngram *grams, size_t count) {
    if (!MG_GROW(r->starts, r->cap_runs, r->n_runs + 2) || !MG_GROW(r->e, r->cap, r->n + count))
        return MOLGLOT_NO_MEMORY;
    r->starts[r->n_runs++] = r->n;
    for (size_t i = 0; i < count; i++) {
        int32_t id = mg_bag_vocab_find(v, grams[i].hash);
        if (id >= 0) r->e[r->n++] = mg_entry_of(id, grams[i].count);
    }
    r->starts[r->n_runs] = r->n;
    return MOLGLOT_OK;
}

static bool has_text_bag(const mg_featuriser *f, int k) {
    return f->text_bag[k] && f->text_bag[k]->n > 0;
}
static bool has_graph_bag(const mg_featuriser *f, int k) {
    return f->graph_bag[k] && f->graph_bag[k]->n > 0;
}

static bool has_any_bag(const mg_featuriser *f, bool (*has)(const mg_featuriser *, int)) {
    for (int k = 0; k < f->members; k++)
        if (has(f, k)) return true;
    return false;
}

static int add_sentence(void *user, const char *s, size_t n) {
    text_reader *r = user;
    mg_ngram *grams = NULL;
    size_t count = 0;
    r->code = mg_text_ngrams(s, n, r->f->text_families, &grams, &count, NULL);
    for (int k = 0; k < r->f->members && !r->code; k++)
        if (has_text_bag(r->f, k)) r->code = add_run(&r->of[k], r->f->text_bag[k], grams, count);
    free(grams);
    return r->code;
}

static int finish_runs(runs *r, row_parts *row, int k) {
    if (r->n_runs > 1 && !(r->tmp = malloc((r->n + 1) * sizeof *r->tmp))) return MOLGLOT_NO_MEMORY;
    row->n_entries[k] = mg_entries_merge(&r->e, &r->tmp, r->starts, r->n_runs);
    row->entries[k] = r->e;
    r->e = NULL;
    return MOLGLOT_OK;
}

static int text_bags(const mg_featuriser *f, const char *text, size_t n, row_parts *row) {
    text_reader r = {.f = f};
    if (!mg_text_sentences(text, n, add_sentence, &r)) add_sentence(&r, text, n);
    for (int k = 0; k < f->members; k++) {
        if (!r.code && has_text_bag(f, k)) r.code = finish_runs(&r.of[k], row, k);
        free(r.of[k].e);
        free(r.of[k].tmp);
        free(r.of[k].starts);
    }
    return r.code;
}

static bool has_entries(const mg_featuriser *f, const row_parts *row) {
    for (int k = 0; k < f->members; k++)
        if (row->n_entries[k]) return true;
    return false;
}

static int text_tokens(const mg_featuriser *f, const char *text, size_t n, row_parts *row) {
    if (f->max_chars > 0) n = mg_utf8_prefix(text, n, (size_t)f->max_chars);
    size_t room = n < INT32_MAX ? n : INT32_MAX; /* a token has at least one byte */
    if (f->max_tokens > 0 && room > (size_t)f->max_tokens) room = (size_t)f->max_tokens;
    row->tokens = malloc((room + 1) * sizeof *row->tokens);
    if (!row->tokens) return MOLGLOT_NO_MEMORY;
    row->n_tokens = mg_wordpiece_encode(f->wordpiece, text, n, row->tokens, (int32_t)room);
    return row->n_tokens < 0 ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

mg_text_vocabs mg_featuriser_vocabs(const mg_featuriser *f) {
    mg_text_vocabs v = {.families = f->text_families};
    for (int k = 0; k < f->members; k++)
        if (has_text_bag(f, k)) v.vocab[v.n++] = f->text_bag[k];
    return v;
}

static int refuse_nonsense(const mg_featuriser *f, const char *text, molglot_row_status *status) {
    const mg_text_vocabs v = mg_featuriser_vocabs(f);
    mg_known_words known;
    const int code = mg_text_known(&v, text, &known, NULL);
    if (!code && known.nonsense) mg_known_words_refuse(&known, status);
    if (!code) mg_known_words_free(&known);
    return code;
}

/* A rejected text is MOLGLOT_OK with its status; other codes are lack of memory. */
static int read_text(const mg_featuriser *f, const char *text, const mg_mol *none, row_parts *row,
                     molglot_row_status *status) {
    (void)none;
    size_t n = text ? strlen(text) : 0;
    mg_row_accept(status);
    int64_t bad = n ? mg_utf8_invalid(text, n) : -1;
    if (!n || strspn(text, " \t\r\n") == n)
        return mg_row_refuse(status, 0, "empty text"), MOLGLOT_OK;
    if (bad >= 0) return mg_row_refuse(status, bad, "invalid UTF-8"), MOLGLOT_OK;
    int code = f->wordpiece ? text_tokens(f, text, n, row) : MOLGLOT_OK;
    if (!code && has_any_bag(f, has_text_bag)) code = text_bags(f, text, n, row);
    if (!code && !f->wordpiece && (n <= SHORT_TEXT || !has_entries(f, row)))
        code = refuse_nonsense(f, text, status);
    return code;
}

/* Member k's bags; the first one's pass packs the tokens too. */
static int pack_text_rows(const mg_featuriser *f, int k, const row_parts *rows, size_t n,
                          mg_batch *b, molglot_error *err) {
    mg_text_style style = {.special = f->special_tokens && f->wordpiece,
                           .max_tokens = f->max_tokens};
    if (style.special) {
        style.cls = mg_wordpiece_id(f->wordpiece, "[CLS]");
        style.sep = mg_wordpiece_id(f->wordpiece, "[SEP]");
        if (style.cls < 0 || style.sep < 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has no [CLS] or [SEP]");
    }
    int64_t tokens = 0, entries = 0;
    for (size_t i = 0; i < n; i++) {
        tokens += k == 0 ? rows[i].n_tokens + 2 : 0;
        entries += (int64_t)rows[i].n_entries[k];
    }
    mg_pack p;
    int code = mg_pack_texts(&p, b, (int64_t)n, tokens, has_text_bag(f, k), entries, err);
    if (code) return code;
    for (size_t i = 0; i < n; i++) {
        if (b->status[i].ok && f->wordpiece && k == 0)
            mg_pack_tokens(&p, rows[i].tokens, rows[i].n_tokens, &style);
        if (b->status[i].ok && has_text_bag(f, k))
            mg_pack_bag(&p, rows[i].entries[k], rows[i].n_entries[k], f->text_bag[k], 0, 0);
        mg_pack_row(&p);
    }
    mg_pack_texts_done(&p);
    return MOLGLOT_OK;
}

/* ---- molecules ---- */

static int look_up(const mg_bag_vocab *v, const mg_feature *features, size_t n, mg_entry **entries,
                   size_t *n_entries) {
    *entries = malloc((n + 1) * sizeof **entries);
    if (!*entries) return MOLGLOT_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        int32_t id = mg_bag_vocab_find(v, features[i].hash);
        if (id >= 0) (*entries)[(*n_entries)++] = mg_entry_of(id, features[i].count);
    }
    return MOLGLOT_OK;
}

/* Graph and bags, as far as the model has them. */
static int mol_inputs(const mg_featuriser *f, const mg_mol *mol, row_parts *row,
                      molglot_error *err) {
    mg_feature *features = NULL;
    size_t n = 0;
    int code = mg_mol_graph_features(mol, f->features, f->graph ? &row->graph : NULL,
                                     has_any_bag(f, has_graph_bag) ? f->graph_families : NULL,
                                     &features, &n, err);
    for (int k = 0; k < f->members && !code; k++)
        if (has_graph_bag(f, k))
            code = look_up(f->graph_bag[k], features, n, &row->entries[k], &row->n_entries[k]);
    free(features);
    return code;
}

/* What the model wants of a molecule; one that it cannot take is MOLGLOT_OK with its status. */
static int mol_parts(const mg_featuriser *f, const mg_mol *mol, row_parts *row,
                     molglot_row_status *status) {
    molglot_error why = {0};
    int code = mol_inputs(f, mol, row, &why);
    if (code == MOLGLOT_NO_MEMORY) return code;
    if (code)
        mg_row_refuse(status, -1, "%s",
                      *why.message ? why.message : "its features cannot be computed");
    else if (!f->graph && !has_entries(f, row))
        mg_row_refuse(status, -1, "no substructure that the model knows");
    return MOLGLOT_OK;
}

/* mol, or where it is NULL what RDKit reads in the SMILES. */
static int read_molecule(const mg_featuriser *f, const char *smiles, const mg_mol *mol,
                         row_parts *row, molglot_row_status *status) {
    mg_row_accept(status);
    if (mol) return mol_parts(f, mol, row, status);
    if (!smiles || !*smiles) return mg_row_refuse(status, 0, "empty SMILES"), MOLGLOT_OK;
    mg_mol *own = mg_mol_from_smiles(smiles, &f->limits, status);
    if (!own) {
        if (status->ok) mg_row_refuse(status, -1, "not a molecule");
        return MOLGLOT_OK;
    }
    int code = mol_parts(f, own, row, status);
    mg_mol_free(own);
    return code;
}

static int pack_mol_rows(const mg_featuriser *f, int k, const row_parts *rows, size_t n,
                         mg_batch *b, molglot_error *err) {
    int64_t atoms = 0, edges = 0, entries = 0;
    for (size_t i = 0; i < n; i++) {
        atoms += k == 0 ? rows[i].graph.n_atoms : 0;
        edges += k == 0 ? rows[i].graph.n_edges : 0;
        entries += (int64_t)rows[i].n_entries[k];
    }
    mg_pack p;
    int code = mg_pack_mols(&p, b, (int64_t)n, f->features, atoms, edges, has_graph_bag(f, k),
                            entries, err);
    if (code) return code;
    for (size_t i = 0; i < n; i++) {
        if (b->status[i].ok && f->graph && k == 0) mg_pack_graph(&p, &rows[i].graph);
        if (b->status[i].ok && has_graph_bag(f, k))
            mg_pack_bag(&p, rows[i].entries[k], rows[i].n_entries[k], f->graph_bag[k], 0, 0);
        mg_pack_row(&p);
    }
    mg_pack_mols_done(&p);
    return MOLGLOT_OK;
}

/* ---- both ---- */

typedef int (*read_fn)(const mg_featuriser *f, const char *s, const mg_mol *mol, row_parts *row,
                       molglot_row_status *status);
typedef int (*pack_fn)(const mg_featuriser *f, int k, const row_parts *rows, size_t n, mg_batch *b,
                       molglot_error *err);

/* Members share tokens and graphs, packed with the first one; the others' passes leave only their
 * bags. */
static int pack_members(const mg_featuriser *f, pack_fn pack, const row_parts *rows, size_t n,
                        mg_batch *b, molglot_error *err) {
    mg_text_batch text = {0};
    mg_mol_batch mol = {0};
    for (int k = 0; k < f->members; k++) {
        int code = pack(f, k, rows, n, b, err);
        if (code) return code;
        b->member_bags[k] = pack == pack_text_rows ? b->text.bags : b->mol.bags;
        if (k == 0) text = b->text, mol = b->mol;
    }
    b->text = text;
    b->mol = mol;
    return MOLGLOT_OK;
}

/* mols: NULL for texts and where all rows are read from their strings. */
static int featurise(const mg_featuriser *f, const char *const *strings, const mg_mol *const *mols,
                     size_t n, mg_batch *b, read_fn read, pack_fn pack, molglot_error *err) {
    mg_arena_release(&b->arena, 0);
    b->text = (mg_text_batch){0};
    b->mol = (mg_mol_batch){0};
    row_parts *rows = calloc(n + 1, sizeof *rows);
    b->status = n < INT32_MAX ? mg_arena_alloc(&b->arena, (n + 1) * sizeof *b->status) : NULL;
    if (!rows || !b->status) {
        free(rows);
        return mg_no_memory(err, "a batch of %zu rows", n);
    }
    int failed = MOLGLOT_OK, threads = mg_threads(f->threads);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        int code = read(f, strings[i], mols ? mols[i] : NULL, &rows[i], &b->status[i]);
        if (code) {
#pragma omp atomic write
            failed = code;
        }
    }
    int code = failed ? mg_no_memory(err, "the features of %zu rows", n)
                      : pack_members(f, pack, rows, n, b, err);
    free_parts(rows, n);
    return code;
}

int mg_featurise_texts(const mg_featuriser *f, const char *const *texts, size_t n, mg_batch *b,
                       molglot_error *err) {
    return featurise(f, texts, NULL, n, b, read_text, pack_text_rows, err);
}

int mg_featurise_smiles(const mg_featuriser *f, const char *const *smiles, size_t n, mg_batch *b,
                        molglot_error *err) {
    return mg_featurise_molecules(f, NULL, smiles, n, b, err);
}

int mg_featurise_molecules(const mg_featuriser *f, const mg_mol *const *mols,
                           const char *const *smiles, size_t n, mg_batch *b, molglot_error *err) {
    return featurise(f, smiles, mols, n, b, read_molecule, pack_mol_rows, err);
}
