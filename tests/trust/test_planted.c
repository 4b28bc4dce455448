/* test_planted.c - planted faults that once survived (docs/trust.md), those of data, text, nn,
 * model, generate and chem. */
#include "../must_tape.h"
#include "chem/chem.h"
#include "data/inside.h"
#include "data/pack.h"
#include "generate/generate.h"
#include "model/writer/draw.h"
#include "nn/nn.h"
#include "tensor/files/weights.h"
#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- cache.c: what stands in a cache with a right checksum is checked before it is followed ----
 */

static char folder[] = "/tmp/molglot-planted-XXXXXX", pairs[64], cache[64], altered[64];

static int make_files(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(pairs, sizeof pairs, "%s/pairs.tsv", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    snprintf(altered, sizeof altered, "%s/altered", folder);
    FILE *f = fopen(pairs, "w");
    if (!f) return -1;
    fputs("id\tsmiles\ttext\n1\tCCO\tIt is an alcohol. It burns.\n2\tc1ccccc1\tIt is a ring.\n"
          "3\tCC(=O)O\tIt is an acid and no alcohol.\n4\tCCN\tIt is an amine.\n",
          f);
    return fclose(f);
}

static int remove_files(void **state) {
    (void)state;
    remove(pairs);
    remove(cache);
    remove(altered);
    return rmdir(folder);
}

/* The cache of c with bytes of one section replaced: what opening says of it. */
static int reopened(const mg_corpus *c, int section, size_t at, const void *bytes, size_t n,
                    molglot_error *err) {
    mg_corpus copy = *c, again = {0};
    char key[65] = {0};
    uint8_t *data = malloc(c->bytes[section] + 1);
    assert_true(at + n <= c->bytes[section]);
    memcpy(data, c->data[section], c->bytes[section]);
    memcpy(data + at, bytes, n);
    memcpy(key, c->h.key, 64);
    copy.data[section] = data;
    must(mg_cache_write(&copy, altered, key, err), err);
    free(data);
    const int code = mg_cache_open(&again, altered, key, err);
    if (!code) {
        mg_columns_close(&again);
        mg_map_close(&again.map);
    }
    return code;
}

static void numbers_of_a_cache_stay_inside(void **state) {
    (void)state;
    static const struct {
        int section, width;
    } sections[] = {
        {SEC_ROW_MOL, 4},   {SEC_ROW_TEXT, 4},   {SEC_ROW_SOURCE, 4}, {SEC_EDGE_SRC, 4},
        {SEC_EDGE_DST, 4},  {SEC_MOL_OFF, 8},    {SEC_MOL_BAG, 4},    {SEC_SENT_OFF, 8},
        {SEC_TOKEN_OFF, 8}, {SEC_TOKENS, 4},     {SEC_TEXT_OFF, 8},   {SEC_TEXT_BAG, 4},
        {SEC_CHAR_OFF, 8},  {SEC_SMILES_OFF, 8}, {SEC_SMILES, 2},     {SEC_STRING_OFF, 8},
    };
    const mg_corpus_source source = {.path = pairs, .weight = 1};
    const mg_corpus_config cfg = {.sources = &source,
                                  .n_sources = 1,
                                  .cache = cache,
                                  .pairs = true,
                                  .threads = 1,
                                  .tokens = 300,
                                  .token_min_count = 1,
                                  .max_tokens = 24,
                                  .graph = true,
                                  .graph_vocab = 64,
                                  .graph_min_df = 1,
                                  .graph_families = "m",
                                  .wordpiece_size = 60,
                                  .text_vocab = 64,
                                  .text_min_df = 1,
                                  .text_families = "w",
                                  .strings = true};
    molglot_error err = {0};
    mg_corpus *c = mg_corpus_open(&cfg, NULL, NULL, &err);
    if (!c) fail_msg("%s", err.message);
    for (size_t i = 0; i < MG_COUNT(sections); i++) {
        const int s = sections[i].section;
        const size_t w = (size_t)sections[i].width, n = c->bytes[s];
        if (n < w) fail_msg("section %d is empty", s);
        static const int64_t low = -1, high = INT64_MAX / 2;
        assert_int_equal(reopened(c, s, 0, c->data[s], w, &err), MOLGLOT_OK);
        for (size_t at = 0; at < n; at = at + w < n - w ? n - w : at + w) {
            const int high_code = reopened(
                c, s, at, w == 4 ? (const void *)&(int32_t){INT32_MAX} : (const void *)&high, w,
                &err);
            if (high_code != MOLGLOT_BAD_FILE || !strstr(err.message, "out of range"))
                fail_msg("section %d, byte %zu: %d %s", s, at, high_code, err.message);
            /* tokens have no sign, a last row may be without a text */
            if (w == 2 || s == SEC_ROW_TEXT) continue;
            if (reopened(c, s, at, &low, w, &err) != MOLGLOT_BAD_FILE)
                fail_msg("section %d, byte %zu: -1 was taken", s, at);
        }
    }
    /* the first number that is too large, and a count of nothing */
    const uint32_t beyond = (uint32_t)c->text_vocab.n << MG_COUNT_BITS | 1, none = 0;
    assert_int_equal(reopened(c, SEC_TEXT_BAG, 0, &beyond, 4, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(reopened(c, SEC_TEXT_BAG, 0, &none, 4, &err), MOLGLOT_BAD_FILE);
    mg_corpus_close(c);
}

/* ---- draw.c of the writer ---- */

static void a_nll_is_the_surprise_at_temperature_1(void **state) {
    (void)state;
    static const float logits[5] = {1.0f, 7.0f, 0.5f, -1.0f, 3.0f};
    static const uint8_t allowed[5] = {1, 0, 1, 1, 1};
    static const float temperatures[] = {0, 0.7f, 2};
    double sum = 0;
    for (int i = 0; i < 5; i++) sum += allowed[i] ? exp((double)logits[i]) : 0;
    bool drawn[5] = {false};
    for (size_t t = 0; t < MG_COUNT(temperatures); t++) {
        const mg_sample_options o = {.temperature = temperatures[t], .seed = 3};
        mg_drawer d;
        assert_true(mg_drawer_new(&d, &o, 5));
        memcpy(d.allowed, allowed, sizeof allowed);
        for (int i = 0; i < 50; i++) {
            double nll = 10;
            const int32_t token = mg_drawer_take(&d, logits, 1, i, &nll);
            assert_true(token >= 0 && token < 5 && allowed[token]);
            assert_true(t > 0 || token == 4);
            assert_true(fabs(nll - 10 - (log(sum) - (double)logits[token])) < 1e-12);
            drawn[token] = true;
        }
        mg_drawer_free(&d);
    }
    assert_true(drawn[0] && drawn[2] && drawn[4]);
}

static void top_p_keeps_the_least_set_that_has_it(void **state) {
    (void)state;
    static const struct {
        float top_p;
        int kept;
    } cases[] = {{0.45f, 1}, {0.55f, 2}, {0.75f, 2}, {0.85f, 3}, {0.97f, 4}, {0, 4}, {1, 4}};
    const float p[4] = {0.15f, 0.5f, 0.05f, 0.3f};
    static const int rank[4] = {2, 0, 3, 1};
    float logits[4];
    for (int i = 0; i < 4; i++) logits[i] = logf(p[i]);
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        const mg_sample_options o = {.temperature = 1, .top_p = cases[c].top_p, .seed = 5};
        enum { DRAWS = 2000 };
        int count[4] = {0};
        double nll = 0, kept = 0;
        mg_drawer d;
        assert_true(mg_drawer_new(&d, &o, 4));
        memset(d.allowed, 1, 4);
        for (int i = 0; i < DRAWS; i++) count[mg_drawer_take(&d, logits, 9, i, &nll)]++;
        mg_drawer_free(&d);
        for (int i = 0; i < 4; i++) kept += rank[i] < cases[c].kept ? (double)p[i] : 0;
        for (int i = 0; i < 4; i++) {
            if (rank[i] >= cases[c].kept)
                assert_int_equal(count[i], 0);
            else
                assert_true(fabs(count[i] / (double)DRAWS - (double)p[i] / kept) < 0.04);
        }
    }
}

/* ---- memory.c: equal scores go by row ---- */

static void equal_scores_of_a_memory_go_by_row(void **state) {
    (void)state;
    enum { N = 7, DIM = 2 };
    const uint16_t one = 0x3F80, basis[DIM * DIM] = {one, 0, 0, one};
    const int8_t codes[N * DIM] = {10, 0, 90, 0, 40, 0, 90, 0, 40, 0, 90, 0, 40, 0};
    const float scales[N] = {1, 1, 1, 1, 1, 1, 1}, q[DIM] = {1, 0};
    static const int64_t order[N] = {1, 3, 5, 2, 4, 6, 0};
    mg_memory_part part = {
        .n = N, .dim = DIM, .width = DIM, .basis = basis, .codes = codes, .scales = scales};
    const mg_memory memory = {.part = &part};
    for (int k = 1; k <= N + 1; k++) {
        molglot_hit hits[N + 1];
        molglot_error err = {0};
        must(mg_memory_near(&memory, q, k, hits, &err), &err);
        for (int i = 0; i < k; i++) assert_int_equal(hits[i].row, i < N ? order[i] : -1);
    }
}

/* ---- ngrams.c: the window of family 'a' ---- */

/* Features of a locant with so many words before and behind it. */
static size_t around(int before, int behind) {
    char text[200] = "";
    size_t n = 0;
    for (int i = 0; i < before; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%c%c%c ", 'a' + i, 'k' + i, 'a' + i);
    n += (size_t)snprintf(text + n, sizeof text - n, "5");
    for (int i = 0; i < behind; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %c%c%c", 'p' + i, 'b' + i, 'c' + i);
    mg_ngram *found = NULL;
    size_t count = 0;
    molglot_error err = {0};
    must(mg_text_ngrams(text, n, "a", &found, &count, &err), &err);
    free(found);
    return count;
}

static void a_locant_has_eight_words_before_and_four_behind(void **state) {
    (void)state;
    for (int before = 0; before < 11; before++)
        for (int behind = 0; behind < 7; behind++)
            assert_int_equal(around(before, behind),
                             (before < 8 ? before : 8) + (behind < 4 ? behind : 4));
}

/* ---- params_file.c ---- */

static void a_file_s_tensors_belong_to_parameters(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    mg_params_add(p, "w", 3, 2, MG_INIT_NORMAL, 1, 0);
    mg_params_add(p, "t", 1, 1, MG_INIT_NORMAL, 1, 0);
    mg_params_alias(p, "w", "upper", 0, 1);
    must(mg_params_build(p, (mg_build_options){0}, &err), &err);
    const mg_params *const list[] = {NULL, p};
    static const char *const ours[] = {"w", "t", "w.scales", "t.scales", "upper"},
                             *const others[] = {"ww",      "ww.scales", "x.scales",
                                                ".scales", "scales",    "w.scale",
                                                "",        "w.",        "lower"};
    for (size_t i = 0; i < MG_COUNT(ours); i++) assert_true(mg_params_claim(list, 2, ours[i]));
    for (size_t i = 0; i < MG_COUNT(others); i++) assert_false(mg_params_claim(list, 2, others[i]));
    mg_params_free(p);
}

/* Shapes that a file may give a number, a vector and a matrix. */
static void shapes_of_a_file_are_those_of_parameters(void **state) {
    (void)state;
    static const struct {
        int64_t rows, cols;
        int ndim;
        int64_t shape[3];
        bool fits;
    } cases[] = {
        {1, 1, 0, {0}, true},        {1, 1, 1, {1}, true},        {1, 1, 2, {1, 1}, true},
        {1, 2, 0, {0}, false},       {2, 1, 0, {0}, false},       {1, 4, 1, {4}, true},
        {1, 4, 1, {3}, false},       {1, 4, 1, {5}, false},       {2, 2, 1, {4}, false},
        {1, 4, 2, {1, 4}, true},     {2, 4, 2, {2, 4}, true},     {2, 4, 2, {4, 2}, false},
        {2, 6, 3, {2, 3, 2}, true},  {2, 6, 3, {2, 2, 2}, false}, {2, 6, 3, {3, 3, 2}, false},
        {2, 7, 3, {2, 3, 2}, false},
    };
    static const float numbers[16] = {1};
    char path[] = "/tmp/molglot-shapes-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_weights_out *w = mg_weights_out_new();
        must(mg_weights_out_add(w, "w", "F32", cases[i].ndim, cases[i].shape, numbers, NULL, &err),
             &err);
        must(mg_weights_out_save(w, path, &err), &err);
        mg_weights_out_free(w);
        mg_tensor_file *f = mg_tensor_file_open(path, &err);
        assert_non_null(f);
        mg_params *p = mg_params_new();
        mg_params_add(p, "w", cases[i].rows, cases[i].cols, MG_INIT_NORMAL, 1, 0);
        const int code = mg_params_map(p, f, "", &err);
        if ((code == MOLGLOT_OK) != cases[i].fits) fail_msg("case %zu: %d", i, code);
        mg_params_free(p);
        mg_tensor_file_close(f);
    }
    unlink(path);
}

/* ---- draw.cc ---- */

static mg_mol *read_mol(const char *smiles) {
    molglot_row_status status;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &status);
    if (!m) fail_msg("%s: %s", smiles, status.reason);
    return m;
}

static double turn(const float *a, const float *b, const float *c) {
    return (double)(b[0] - a[0]) * (double)(c[1] - a[1]) -
           (double)(b[1] - a[1]) * (double)(c[0] - a[0]);
}

/* Bonds that cross each other in the picture; bonds [n][2]. */
static int crossings(const char *smiles, const int (*bond)[2], int n) {
    mg_mol *m = read_mol(smiles);
    float at[64][2];
    char *svg = NULL;
    molglot_error err = {0};
    const mg_draw_options o = {.width = 400, .height = 400};
    must(mg_draw_svg_places(m, &o, &svg, at[0], &err), &err);
    free(svg);
    mg_mol_free(m);
    int found = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++) {
            const float *a = at[bond[i][0]], *b = at[bond[i][1]], *c = at[bond[k][0]],
                        *d = at[bond[k][1]];
            found += turn(a, b, c) * turn(a, b, d) < -1e-3 && turn(c, d, a) * turn(c, d, b) < -1e-3;
        }
    return found;
}

static void the_layout_with_fewer_crossings_is_drawn(void **state) {
    (void)state;
    /* CoordGen has three here, RDKit one */
    static const int cage[10][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5},
                                    {5, 6}, {6, 7}, {4, 0}, {6, 1}, {7, 3}};
    assert_int_equal(crossings("C1C2CC3C1CC2C3", cage, 10), 1);
}

static void a_bond_has_the_mean_colour_of_its_atoms(void **state) {
    (void)state;
    static const int32_t atoms[] = {0, 1};
    static const float colours[][3] = {{1, 0, 0}, {0, 0.2f, 1}};
    const mg_draw_options o = {
        .width = 200, .height = 200, .highlight = atoms, .n_highlight = 2, .colours = colours};
    mg_mol *m = read_mol("CCO");
    char *svg = NULL;
    molglot_error err = {0};
    must(mg_draw_svg(m, &o, &svg, &err), &err);
    assert_non_null(strstr(svg, "#FF0000"));
    assert_non_null(strstr(svg, "#0033FF"));
    assert_non_null(strstr(svg, "#7F197F"));
    free(svg);
    mg_mol_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_of_a_cache_stay_inside, make_files, remove_files),
        cmocka_unit_test(a_nll_is_the_surprise_at_temperature_1),
        cmocka_unit_test(top_p_keeps_the_least_set_that_has_it),
        cmocka_unit_test(equal_scores_of_a_memory_go_by_row),
        cmocka_unit_test(a_locant_has_eight_words_before_and_four_behind),
        cmocka_unit_test(a_file_s_tensors_belong_to_parameters),
        cmocka_unit_test(shapes_of_a_file_are_those_of_parameters),
        cmocka_unit_test(the_layout_with_fewer_crossings_is_drawn),
        cmocka_unit_test(a_bond_has_the_mean_colour_of_its_atoms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
