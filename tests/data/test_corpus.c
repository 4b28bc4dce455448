/* test_corpus.c - training sets: which rows stay, in which order, what each column holds of them,
 * that all columns speak of the same rows, in memory and from the cache, and when a cache is made
 * anew. */
#include "data/inside.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mg_corpus_XXXXXX";
static char pairs_path[64], smi_path[64], exclude_path[64], cache_path[64];

static const char pairs_text[] = "id\tsmiles\ttext\n"
                                 "a:0\tOCC\tIt is an alcohol. It is a solvent.\n"
                                 "a:1\tc1ccccc1\t\n" /* no text */
                                 "a:2\tC1CC\tIt cannot be read.\n"
                                 "a:3\tCC(=O)O\tIt is an acid. It is a solvent. It is a very good "
                                 "and very old and very cheap solvent.\n"
                                 "a:4\tCCN\tIt is left out.\n" /* on the list */
                                 "a:5\tCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC\tIt is too long.\n"
                                 "a:6\tCCO\tIt is ethanol.\n"
                                 "a:7\tN[C@@H](C)C(=O)O\tIt is an acid.\n";
static const char smi_text[] = "C[C@H](N)C(=O)O\nCCO\n[Na+].[Cl-]\nC?C\n";
enum { ROWS = 8, TEXTS = 4 };
/* With a text first; otherwise as they stand in the files. */
static const char *const kept[ROWS] = {"CCO",      "CC(=O)O",         "CCO", "C[C@H](N)C(=O)O",
                                       "c1ccccc1", "C[C@H](N)C(=O)O", "CCO", "[Na+].[Cl-]"};

/* As the first row with that molecule has it: the order of a graph's atoms. */
static const char *const spelt[ROWS] = {"OCC",      "CC(=O)O",          "OCC", "N[C@@H](C)C(=O)O",
                                        "c1ccccc1", "N[C@@H](C)C(=O)O", "OCC", "[Na+].[Cl-]"};

static void write_file(const char *path, const char *content) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

static int make_files(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(pairs_path, sizeof pairs_path, "%s/pairs.tsv", folder);
    snprintf(smi_path, sizeof smi_path, "%s/open.smi", folder);
    snprintf(exclude_path, sizeof exclude_path, "%s/exclude.tsv", folder);
    snprintf(cache_path, sizeof cache_path, "%s/cache", folder);
    write_file(pairs_path, pairs_text);
    write_file(smi_path, smi_text);
    write_file(exclude_path, "file\tid\tset\npairs.tsv\ta:4\tx\nother.tsv\ta:6\tx\n");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    remove(pairs_path);
    remove(smi_path);
    remove(exclude_path);
    remove(cache_path);
    return rmdir(folder);
}

static mg_corpus_source sources[2] = {{.path = pairs_path, .weight = 1},
                                      {.path = smi_path, .weight = 2.5f, .canonical = true}};

static mg_corpus_config config(void) {
    return (mg_corpus_config){.sources = sources,
                              .n_sources = 2,
                              .wordpiece_size = 80,
                              .none_piece = true,
                              .strings = true,
                              .tokens = 300,
                              .token_min_count = 2,
                              .max_tokens = 24,
                              .max_text = 12,
                              .exclude_path = exclude_path,
                              .threads = 2};
}

static mg_corpus *must_open(const mg_corpus_config *c) {
    molglot_error err = {0};
    mg_corpus *x = mg_corpus_open(c, NULL, NULL, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static void same_smiles(const mg_corpus *c, int64_t i, const char *want) {
    char *s = mg_corpus_smiles_string(c, i);
    assert_string_equal(s, want);
    free(s);
}

/* ---- tests ---- */

static void rows(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    assert_int_equal(mg_corpus_rows(c), ROWS);
    assert_int_equal(mg_corpus_texts(c), TEXTS);
    assert_int_equal(mg_corpus_rejected(c), 2); /* C1CC, C?C */
    assert_int_equal(mg_corpus_excluded(c), 1);
    assert_int_equal(mg_corpus_too_long(c), 1);
    assert_int_equal(mg_corpus_molecules(c), 5);
    for (int i = 0; i < ROWS; i++) {
        int32_t n, ids[64];
        same_smiles(c, i, kept[i]);
        const uint16_t *tokens = mg_corpus_smiles(c, i, &n);
        assert_int_equal(mg_smiles_encode(mg_corpus_tokens(c), kept[i], ids, 64, NULL), n);
        for (int32_t k = 0; k < n; k++) assert_int_equal(tokens[k], ids[k]);
        const uint64_t hash = mg_hash64(kept[i], strlen(kept[i]), 0);
        assert_true(mg_corpus_hash(c, mg_corpus_molecule(c, i)) == hash);
        for (int k = 0; k < ROWS; k++)
            assert_int_equal(mg_corpus_molecule(c, i) == mg_corpus_molecule(c, k),
                             strcmp(kept[i], kept[k]) == 0);
    }
    mg_corpus_close(c);
}

static void texts(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    molglot_error err = {0};
    mg_corpus *c = must_open(&cfg);
    size_t bytes;
    int32_t n, ids[64];
    const char *vocab = mg_corpus_wordpiece(c, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, &err);
    assert_non_null(w);
    assert_true(mg_wordpiece_size(w) <= 80);
    assert_string_equal(mg_wordpiece_piece(w, mg_wordpiece_size(w) - 1), "[NONE]");
    assert_string_equal(mg_corpus_sentence(c, 2), "It is ethanol.");
    assert_string_equal(mg_corpus_sentence(c, TEXTS), "");
    for (int i = 0; i < TEXTS; i++) {
        const char *text = mg_corpus_sentence(c, i);
        const int32_t want = mg_wordpiece_encode(w, text, strlen(text), ids, cfg.max_text);
        const int32_t *got = mg_corpus_text(c, i, &n);
        assert_int_equal(n, want);
        for (int32_t k = 0; k < n; k++) assert_int_equal(got[k], ids[k]);
    }
    mg_corpus_text(c, 1, &n);
    assert_int_equal(n, cfg.max_text); /* cut */
    mg_corpus_text(c, TEXTS, &n);
    assert_int_equal(n, 0);
    mg_wordpiece_free(w);
    mg_corpus_close(c);
}

static void same_content(const mg_corpus *a, const mg_corpus *b) {
    assert_int_equal(mg_corpus_rows(a), mg_corpus_rows(b));
    assert_int_equal(mg_corpus_texts(a), mg_corpus_texts(b));
    for (int64_t i = 0; i < mg_corpus_rows(a); i++) {
        int32_t n, m;
        const uint16_t *x = mg_corpus_smiles(a, i, &n), *y = mg_corpus_smiles(b, i, &m);
        assert_int_equal(n, m);
        assert_memory_equal(x, y, (size_t)n * sizeof *x);
        const int32_t *t = mg_corpus_text(a, i, &n), *u = mg_corpus_text(b, i, &m);
        assert_int_equal(n, m);
        if (n) assert_memory_equal(t, u, (size_t)n * sizeof *t);
        assert_int_equal(mg_corpus_molecule(a, i), mg_corpus_molecule(b, i));
        assert_string_equal(mg_corpus_sentence(a, i), mg_corpus_sentence(b, i));
    }
    size_t n, m;
    const char *x = mg_corpus_wordpiece(a, &n), *y = mg_corpus_wordpiece(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
}

/* One thread, and a second reading with the first one's vocabularies. */
static void repeatable(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    cfg.threads = 1;
    mg_corpus *one = must_open(&cfg);
    same_content(c, one);
    assert_string_equal(mg_corpus_sha256(c), mg_corpus_sha256(one));
    mg_corpus_close(one);
    size_t n;
    cfg.wordpiece = mg_corpus_wordpiece(c, &n);
    cfg.wordpiece_size = 0;
    cfg.vocab = mg_corpus_tokens(c);
    cfg.tokens = 0;
    mg_corpus *given = must_open(&cfg);
    same_content(c, given);
    mg_corpus_close(given);
    mg_corpus_close(c);
}

static void without_texts(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    cfg.wordpiece_size = 0;
    cfg.strings = false;
    mg_corpus *c = must_open(&cfg);
    size_t n;
    assert_int_equal(mg_corpus_rows(c), ROWS);
    assert_int_equal(mg_corpus_texts(c), 0);
    assert_null(mg_corpus_wordpiece(c, &n));
    same_smiles(c, 1, "c1ccccc1"); /* the files' order */
    mg_corpus_close(c);
}

/* Weight 1 and 2.5: the five rows of the first file once, the three of the second twice, and two of
 * them (1.5, rounded) a third time. */
static void epochs(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    molglot_error err = {0};
    int64_t *first, *again, *second, n, m;
    assert_int_equal(mg_corpus_order(c, 7, 0, &first, &n, &err), MOLGLOT_OK);
    assert_int_equal(mg_corpus_order(c, 7, 0, &again, &m, &err), MOLGLOT_OK);
    assert_int_equal(n, 5 + 3 * 2 + 2);
    assert_memory_equal(first, again, (size_t)n * sizeof *first);
    assert_int_equal(mg_corpus_order(c, 7, 1, &second, &m, &err), MOLGLOT_OK);
    assert_int_equal(m, n);
    assert_memory_not_equal(first, second, (size_t)n * sizeof *first);
    int count[ROWS] = {0};
    for (int64_t i = 0; i < n; i++) count[first[i]]++;
    for (int i = 0; i < 5; i++) assert_int_equal(count[i], 1);
    for (int i = 5; i < ROWS; i++) assert_true(count[i] == 2 || count[i] == 3);
    free(first);
    free(again);
    free(second);
    mg_corpus_close(c);
}

/* Sources may be parts of one file; pairs: rows without a text are none. */
static void prefixes(void **state) {
    (void)state;
    mg_corpus_source two[] = {{.path = pairs_path, .weight = 2, .id_prefix = "a:0"},
                              {.path = pairs_path, .weight = 0.5f, .id_prefix = "a:"}};
    mg_corpus_config cfg = config();
    cfg.sources = two;
    cfg.pairs = true;
    mg_corpus *c = must_open(&cfg);
    assert_int_equal(mg_corpus_rows(c), 1 + 4);
    assert_int_equal(mg_corpus_texts(c), 5);
    assert_int_equal(mg_corpus_rejected(c), 2); /* C1CC, no text */
    int64_t *order, n, first = 0;
    assert_int_equal(mg_corpus_order(c, 5, 0, &order, &n, NULL), MOLGLOT_OK);
    assert_int_equal(n, 2 + 2); /* one row twice, four by half */
    for (int64_t i = 0; i < n; i++) first += order[i] == 0;
    assert_int_equal(first, 2);
    free(order);
    mg_corpus_close(c);
}

/* A source of molecules alone, three texts each: all are rows, one behind the other; an epoch takes
 * one of each molecule, and three epochs take them all. */
static void written(void **state) {
    (void)state;
    enum { OWN = 4, N = 3, MOLECULES = 3 };
    mg_corpus_source two[] = {
        {.path = pairs_path, .weight = 1},
        {.path = smi_path, .weight = 1, .wordings = N, .limit = 4, .seed = 5}};
    mg_corpus_config cfg = config();
    cfg.sources = two;
    cfg.pairs = true;
    cfg.tokens = 0;
    mg_corpus *c = must_open(&cfg);
    assert_int_equal(mg_corpus_rejected(c), 3); /* C1CC, no text, C?C */
    assert_int_equal(mg_corpus_rows(c), OWN + 1 + N * MOLECULES);
    assert_int_equal(mg_corpus_texts(c), mg_corpus_rows(c));
    const int64_t first = OWN + 1;
    bool differ = false;
    for (int64_t i = first; i < mg_corpus_rows(c); i++) {
        assert_int_equal(mg_corpus_molecule(c, i), mg_corpus_molecule(c, i - (i - first) % N));
        assert_true(strlen(mg_corpus_sentence(c, i)) > 3);
        differ |= i > first && strcmp(mg_corpus_sentence(c, i), mg_corpus_sentence(c, i - 1)) != 0;
    }
    assert_true(differ);
    int seen[OWN + 1 + N * MOLECULES] = {0};
    for (int64_t epoch = 0; epoch < N; epoch++) {
        int64_t *order, n;
        assert_int_equal(mg_corpus_order(c, 7, epoch, &order, &n, NULL), MOLGLOT_OK);
        assert_int_equal(n, OWN + 1 + MOLECULES);
        for (int64_t i = 0; i < n; i++) seen[order[i]]++;
        free(order);
    }
    for (int64_t i = 0; i < mg_corpus_rows(c); i++) assert_int_equal(seen[i], i < first ? N : 1);
    cfg.threads = 1;
    mg_corpus *one = must_open(&cfg);
    for (int64_t i = 0; i < mg_corpus_rows(c); i++)
        assert_string_equal(mg_corpus_sentence(c, i), mg_corpus_sentence(one, i));
    mg_corpus_close(one);
    two[1].limit = 1;
    two[1].seed = 6;
    two[1].weight = 2;
    one = must_open(&cfg);
    assert_int_equal(mg_corpus_rows(one), OWN + 1 + N);
    int64_t *order, n, copies = 0;
    assert_int_equal(mg_corpus_order(one, 7, 0, &order, &n, NULL), MOLGLOT_OK);
    for (int64_t i = 0; i < n; i++) {
        copies += order[i] >= first;
        for (int64_t k = 0; k < i; k++) assert_int_not_equal(order[i], order[k]);
    }
    assert_int_equal(copies, 2);
    free(order);
    differ = false;
    for (int64_t i = first; i < first + N; i++)
        differ |= strcmp(mg_corpus_sentence(c, i), mg_corpus_sentence(one, i)) != 0;
    assert_true(differ); /* another seed */
    mg_corpus_close(one);
    mg_corpus_close(c);
}

/* Molecules of a list are in no source, however they are spelt. */
static void held_out(void **state) {
    (void)state;
    char list[80];
    snprintf(list, sizeof list, "%s/held.smi", folder);
    write_file(list, "C(O)C\n");
    mg_corpus_config cfg = config();
    cfg.hold_out = list;
    mg_corpus *c = must_open(&cfg);
    assert_int_equal(mg_corpus_rows(c), ROWS - 3);
    assert_int_equal(mg_corpus_excluded(c), 1 + 3);
    mg_corpus_close(c);
    write_file(list, "C?C\n");
    molglot_error err = {0};
    assert_null(mg_corpus_open(&cfg, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "no molecule to hold out"));
    remove(list);
}

/* ---- all columns ---- */

static mg_corpus_config all_columns(void) {
    mg_corpus_config c = config();
    c.text_vocab = c.graph_vocab = 1000;
    c.text_min_df = c.graph_min_df = 1;
    c.graph = true;
    c.features = MG_FEAT_OGB;
    strcpy(c.text_families, "wb34");
    strcpy(c.graph_families, "m2");
    return c;
}

static void same_bag(const mg_bags *a, int64_t i, const mg_bags *b, int64_t k) {
    const int32_t n = a->offsets[i + 1] - a->offsets[i];
    assert_int_equal(n, b->offsets[k + 1] - b->offsets[k]);
    assert_memory_equal(a->ids + a->offsets[i], b->ids + b->offsets[k], (size_t)n * sizeof *a->ids);
    assert_memory_equal(a->weights + a->offsets[i], b->weights + b->offsets[k],
                        (size_t)n * sizeof *a->weights);
}

/* Row i against what the featuriser makes of its molecule and its sentence. */
static void same_as_featurised(const mg_corpus *c, const mg_batch *rows, int64_t i,
                               const mg_featuriser *f, mg_batch *one) {
    assert_int_equal(mg_featurise_smiles(f, &spelt[i], 1, one, NULL), MOLGLOT_OK);
    assert_int_equal(one->status[0].ok, 1);
    const int32_t atoms = rows->mol.atom_offsets[i + 1] - rows->mol.atom_offsets[i];
    assert_int_equal(atoms, one->mol.atom_offsets[1]);
    assert_memory_equal(rows->mol.atom_ids + rows->mol.atom_offsets[i] * one->mol.atom_cols,
                        one->mol.atom_ids, (size_t)(atoms * one->mol.atom_cols) * sizeof(int32_t));
    same_bag(&rows->mol.bags, i, &one->mol.bags, 0);
    int32_t n;
    const char *sentence = mg_corpus_sentence(c, i);
    const int32_t *pieces = mg_corpus_text(c, i, &n), from = rows->text.token_offsets[i];
    assert_int_equal(rows->text.token_offsets[i + 1] - from, n);
    if (n) assert_memory_equal(rows->text.token_ids + from, pieces, (size_t)n * sizeof *pieces);
    if (i >= mg_corpus_texts(c)) {
        assert_string_equal(sentence, "");
        assert_int_equal(n, 0);
        assert_int_equal(rows->text.bags.offsets[i], rows->text.bags.offsets[i + 1]);
        return;
    }
    assert_int_equal(mg_featurise_texts(f, &sentence, 1, one, NULL), MOLGLOT_OK);
    assert_int_equal(one->text.token_offsets[1], n);
    assert_memory_equal(one->text.token_ids, pieces, (size_t)n * sizeof *pieces);
    same_bag(&rows->text.bags, i, &one->text.bags, 0);
}

static void check_columns(const mg_corpus *c, const mg_corpus_config *cfg) {
    size_t bytes;
    const char *vocab = mg_corpus_wordpiece(c, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, NULL);
    const mg_featuriser f = {.wordpiece = w,
                             .max_tokens = cfg->max_text,
                             .members = 1,
                             .text_bag = {mg_corpus_text_bag(c)},
                             .text_families = cfg->text_families,
                             .graph = true,
                             .features = cfg->features,
                             .graph_bag = {mg_corpus_graph_bag(c)},
                             .graph_families = cfg->graph_families,
                             .limits = mg_chem_limits_default()};
    const mg_view view = {.max_tokens = cfg->max_text};
    int64_t all[ROWS];
    int32_t groups[ROWS];
    for (int i = 0; i < ROWS; i++) all[i] = i;
    mg_batch rows, one;
    molglot_error err = {0};
    assert_int_equal(mg_batch_init(&rows, NULL), MOLGLOT_OK);
    assert_int_equal(mg_batch_init(&one, NULL), MOLGLOT_OK);
    if (mg_corpus_batch(c, all, ROWS, &view, true, true, &rows, groups, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < ROWS; i++) {
        same_smiles(c, i, kept[i]);
        same_as_featurised(c, &rows, i, &f, &one);
        for (int k = 0; k < ROWS; k++)
            assert_int_equal(groups[i] == groups[k],
                             mg_corpus_molecule(c, i) == mg_corpus_molecule(c, k));
    }
    mg_batch_free(&rows);
    mg_batch_free(&one);
    mg_wordpiece_free(w);
}

/* Tokens, text, graph and bags of a row speak of the same molecule and text: in memory, from a
 * cache that was just made, and from one that was there. */
static void columns(void **state) {
    (void)state;
    mg_corpus_config cfg = all_columns();
    mg_corpus *c = must_open(&cfg);
    remove(cache_path);
    cfg.cache = cache_path;
    for (int k = 0; k < 3; k++) {
        mg_corpus *x = k ? must_open(&cfg) : c;
        assert_int_equal(mg_corpus_rows(x), ROWS);
        assert_int_equal(mg_corpus_texts(x), TEXTS);
        assert_int_equal(mg_corpus_rejected(x), 2);
        assert_int_equal(mg_corpus_excluded(x), 1);
        assert_int_equal(mg_corpus_too_long(x), 1);
        assert_string_equal(mg_corpus_sha256(x), mg_corpus_sha256(c));
        check_columns(x, &cfg);
        same_content(c, x);
        if (k) mg_corpus_close(x);
    }
    mg_corpus_close(c);
}

static int stop_it(void *user, int64_t done, int64_t total) {
    *(int64_t *)user = total - done;
    return 1;
}

/* ---- the cache ---- */

static int count_calls(void *user, int64_t done, int64_t total) {
    assert_true(done <= total);
    ++*(int *)user;
    return 0;
}

/* Whether opening builds the corpus. */
static bool builds(const mg_corpus_config *cfg) {
    int calls = 0;
    molglot_error err = {0};
    mg_corpus *c = mg_corpus_open(cfg, count_calls, &calls, &err);
    if (!c) fail_msg("%s", err.message);
    mg_corpus_close(c);
    return calls > 0;
}

/* Texts with other names in them: of one compound's names alone, whole words, never a class. */
static void other_names(void **state) {
    (void)state;
    char names[80], pairs[80];
    snprintf(names, sizeof names, "%s/names.tsv", folder);
    snprintf(pairs, sizeof pairs, "%s/named.tsv", folder);
    write_file(names, "id\tsmiles\ttext\n"
                      "1\tCCCCCCCCCCCCCCCC(=O)O\tpalmitic acid\n"
                      "2\tCCCCCCCCCCCCCCCC(=O)O\thexadecanoic acid\n"
                      "3\tCCCCCCCCCCCCCCCC(=O)O\tNSC-5030\n"      /* no word */
                      "4\tCCCCCCCCCCCCCCCC(=O)O\tacid, cetylic\n" /* of an index */
                      "5\tCC(N)C(=O)O\talanine\n"                 /* stereo is open */
                      "6\tCC(N)C(=O)O\t2-aminopropanoic acid\n"
                      "7\tCCO\talcoholum\n8\tCO\talcoholum\n7\tCCO\tspirit of wine\n"
                      "9\tOc1ccccc1\tphenol\n10\tOc1ccccc1\tcarbolic acid\n"
                      "11\tCC(=O)Oc1ccccc1C(=O)O\taspirin\n"
                      "12\tCC(=O)Oc1ccccc1C(=O)O\tacetylsalicylic acid\n");
    write_file(pairs, "id\tsmiles\ttext\n"
                      "1\tCCCCCCCCCCCCCCCC(=O)OC\tIt derives from palmitic acid.\n"
                      "2\tCCC\tThis is an aspirin. It derives from hexadecanoic acid, too.\n"
                      "3\tCCCC\tIt derives from alanine, a phenol, an alcoholum.\n"
                      "4\tCCCCC\tpalmitic acid\n"
                      "5\tCCCCCC\tIt is no palmitic acids. It is an aspirin. It has a role as an "
                      "acetylsalicylic acid.\n");
    mg_corpus_source one = {.path = pairs, .weight = 1};
    mg_corpus_config cfg = all_columns();
    cfg.sources = &one;
    cfg.n_sources = 1;
    cfg.pairs = true;
    cfg.tokens = 0;
    cfg.exclude_path = NULL;
    cfg.synonyms = names;
    cfg.synonym_texts = 8;
    cfg.max_text = 0;
    cfg.cache = cache_path;
    remove(cache_path);
    for (int k = 0; k < 2; k++) {
        mg_corpus *c = must_open(&cfg);
        assert_int_equal(mg_corpus_rows(c), 5);
        assert_int_equal(c->other_off[1], 1); /* one other name */
        assert_string_equal(c->strings + c->string_off[c->others[0]],
                            "It derives from hexadecanoic acid.");
        const int64_t n = c->other_off[2] - c->other_off[1];
        assert_in_range(n, 2, 3);
        for (int64_t i = 0; i < n; i++) {
            const char *s = c->strings + c->string_off[c->others[c->other_off[1] + i]];
            assert_non_null(strstr(s, strstr(s, "acetyl") ? "is an acetylsalicylic acid. "
                                                          : "is an aspirin. "));
            assert_true(strstr(s, "acetyl") || strstr(s, "from palmitic acid, too."));
        }
        assert_int_equal(c->other_off[5], c->other_off[2]);
        mg_view view = {.synonyms = 1, .max_tokens = 64};
        mg_batch b;
        int64_t row[1] = {0};
        int32_t pieces[2][64] = {{0}};
        assert_int_equal(mg_batch_init(&b, NULL), MOLGLOT_OK);
        for (int with = 0; with < 2; with++) {
            view.synonyms = (float)with;
            assert_int_equal(mg_corpus_batch(c, row, 1, &view, true, false, &b, NULL, NULL),
                             MOLGLOT_OK);
            assert_in_range(b.text.token_offsets[1], 1, 64);
            memcpy(pieces[with], b.text.token_ids,
                   (size_t)b.text.token_offsets[1] * sizeof **pieces);
            int32_t n_own;
            const int32_t *text = mg_corpus_text(c, 0, &n_own);
            const bool same = n_own == b.text.token_offsets[1] &&
                              !memcmp(text, pieces[with], (size_t)n_own * sizeof *text);
            assert_int_equal(same, !with);
        }
        mg_batch_free(&b);
        mg_corpus_close(c);
    }
    assert_false(builds(&cfg));
    cfg.synonym_texts = 1;
    assert_true(builds(&cfg));
    molglot_error err = {0};
    cfg.synonyms = "/nowhere.tsv";
    assert_null(mg_corpus_open(&cfg, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "/nowhere.tsv"));
    remove(names);
    remove(pairs);
}

static void hit_and_miss(void **state) {
    (void)state;
    mg_corpus_config cfg = all_columns();
    cfg.cache = cache_path;
    remove(cache_path);
    assert_true(builds(&cfg));
    assert_false(builds(&cfg)); /* as it is on disk */
    mg_corpus *c = must_open(&cfg);
    const mg_corpus_config first = cfg;
    cfg.max_text++, cfg.threads = 1, sources[0].weight = 3;
    assert_false(builds(&cfg)); /* what is said of reading a corpus */
    sources[0].weight = 1;
    const mg_smiles_vocab *tokens = mg_corpus_tokens(c);
    size_t n;
    const char *words = mg_corpus_wordpiece(c, &n);
    mg_corpus_source teaching[] = {sources[0], sources[1]};
    teaching[1].wordings = 2;
    for (int k = 0; k < 12; k++) {
        cfg = first;
        switch (k) {
        case 0: cfg.text_min_df++; break;
        case 1: cfg.token_min_count++; break;
        case 2: cfg.max_tokens--; break;
        case 3: cfg.strings = false; break;
        case 4: cfg.none_piece = false; break;
        case 5: cfg.pairs = true; break;
        case 6: cfg.exclude_path = NULL; break;
        case 7: cfg.vocab = tokens; break;
        case 8: cfg.wordpiece = words; break;
        case 9: cfg.hold_out = smi_path; break;
        case 10: cfg.sources = teaching; break;
        default: sources[1].canonical = false; break;
        }
        assert_true(builds(&cfg));
        assert_false(builds(&cfg));
    }
    sources[1].canonical = true;
    mg_corpus_close(c);
    assert_true(builds(&first));
    write_file(smi_path, "CCO\n");
    assert_true(builds(&first)); /* the sources changed */
    write_file(smi_path, smi_text);
    molglot_error err = {0};
    int64_t left;
    remove(cache_path);
    assert_null(mg_corpus_open(&first, stop_it, &left, &err));
    assert_int_equal(access(cache_path, F_OK), -1); /* nothing half made stays */
}

/* Bytes of the file flipped in turn: the corpus is built anew or opens, and never reads outside. */
static void damage(void **state) {
    (void)state;
    for (int more = 0; more < 2; more++) {
        mg_corpus_config cfg = all_columns();
        cfg.text_vocab = cfg.graph_vocab = cfg.wordpiece_size = 0;
        cfg.cache = cache_path;
        if (!more) {
            cfg.tokens = 0;
            cfg.strings = cfg.none_piece = sources[1].canonical = false;
            cfg.pairs = true;
        }
        const int64_t rows = more ? ROWS : 5; /* without a limit of tokens the long one stays */
        mg_corpus_close(must_open(&cfg));
        char *bytes;
        size_t n;
        assert_int_equal(mg_read_file(cache_path, 1 << 24, &bytes, &n, NULL), MOLGLOT_OK);
        const size_t head = sizeof(mg_corpus_header) + sizeof(mg_corpus_more);
        for (size_t i = 7; i < n; i += i < head ? 23 : 197) { /* its name says that it is one */
            bytes[i] ^= 0x40;
            FILE *f = fopen(cache_path, "wb");
            assert_int_equal(fwrite(bytes, 1, n, f), n);
            fclose(f);
            bytes[i] ^= 0x40;
            mg_corpus *c = must_open(&cfg);
            assert_int_equal(mg_corpus_rows(c), rows);
            mg_corpus_close(c);
        }
        free(bytes);
        sources[1].canonical = true;
    }
}

static void refusals(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    molglot_error err = {0};
    int64_t left = -1;
    assert_null(mg_corpus_open(&cfg, stop_it, &left, &err));
    assert_int_equal(err.code, MOLGLOT_INTERRUPTED);
    assert_true(left > 0); /* texts come after molecules */
    const mg_corpus_source nowhere = {.path = "/nowhere.tsv", .weight = 1};
    cfg.sources = &nowhere;
    cfg.n_sources = 1;
    err = (molglot_error){0};
    assert_null(mg_corpus_open(&cfg, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "/nowhere.tsv"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),         cmocka_unit_test(texts),
        cmocka_unit_test(repeatable),   cmocka_unit_test(without_texts),
        cmocka_unit_test(epochs),       cmocka_unit_test(prefixes),
        cmocka_unit_test(written),      cmocka_unit_test(held_out),
        cmocka_unit_test(other_names),  cmocka_unit_test(columns),
        cmocka_unit_test(hit_and_miss), cmocka_unit_test(damage),
        cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
