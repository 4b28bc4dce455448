/* test_choose.c - candidates of one molecule: the same text of several methods, and which one is
 * the caption, by the formula of choose.c. */
#include "../must.h"
#include "caption/inside.h"
#include "text/text.h"

#include <math.h>

static molglot_error err;

static void add(mg_caption_pool *p, const char *text, const char *method, int64_t row,
                double weight, double nll, float cosine, bool own) {
    const mg_draft d = {.text = text,
                        .method = method,
                        .row = row,
                        .own = own,
                        .weight = weight,
                        .nll = nll,
                        .cosine = cosine};
    must(mg_caption_pool_add(p, &d, &err), &err);
}

/* What a model writes as a neighbour has it is the neighbour's caption, with both voices. */
static void the_same_text_again(void **state) {
    (void)state;
    mg_caption_pool p = {0};
    add(&p, "An acid.", "written", -1, 2, 0.5, NAN, false);
    add(&p, "An acid.", "nearest", 7, 3, (double)NAN, 0.25f, false);
    add(&p, "An acid.", "nearest", 8, 4, 9, 0.75f, true);
    add(&p, "An acid.", "written", -1, 1, 8, 0.5f, false);
    add(&p, "An acid!", "nearest", 9, 1, (double)NAN, NAN, false);
    assert_int_equal(p.n, 2);
    const mg_caption *c = &p.at[0];
    assert_int_equal(c->draft.row, 7); /* the first copy */
    assert_true(c->draft.own && c->draft.nll == 0.5 && c->draft.cosine == 0.25f);
    assert_ptr_equal(c->draft.text, c->text);
    assert_int_equal(c->n_voices, 2);
    assert_true(!strcmp(c->voices[0].method, "written") && c->voices[0].weight == 3);
    assert_true(!strcmp(c->voices[1].method, "nearest") && c->voices[1].weight == 7);
    assert_true(!p.at[1].draft.own && p.at[1].draft.row == 9 && isnan(p.at[1].draft.cosine));
    static const char *const more[] = {"a", "b"};
    for (int i = 0; i < 2; i++) add(&p, "An acid.", more[i], -1, 1, 1, 0, false);
    const mg_draft fifth = {.text = "An acid.", .method = "c"};
    assert_int_equal(mg_caption_pool_add(&p, &fifth, &err), MOLGLOT_USAGE);
    must_say(&err, MOLGLOT_USAGE, "more than 4 methods");
    mg_caption_pool_free(&p);
    /* a copy that comes first stays */
    add(&p, "x", "nearest", 3, 1, (double)NAN, NAN, false);
    add(&p, "x", "nearest", 4, 1, 2, 0.5f, false);
    assert_true(p.at[0].draft.row == 3 && p.at[0].draft.nll == 2 && p.at[0].draft.cosine == 0.5f);
    mg_caption_pool_free(&p);
    assert_int_equal(p.n, 0);
}

/* Of copies alone, and where one of them was written. */
static void check_formula(bool copies) {
    enum { N = 5 };
    static const char *const texts[N] = {
        "The molecule is an acid that burns.", "The molecule is an acid that melts in air.",
        "The molecule is a base.", "Another thing altogether.", "The molecule is an acid that is."};
    static const double weights[N] = {1, 3, 2, 0, 4};
    static const char *const methods[N] = {"a", "a", "b", "b", "b"};
    static const float cosines[N] = {0.5f, NAN, 0.9f, 0.1f, -0.2f};
    static const int wrong[N] = {0, 1, 3, 9, 2};
    /* shares of their methods: 1/4, 3/4; 2/6, 0, 4/6 */
    static const double voices[N] = {0.25, 0.75, 2.0 / 6, 0, 4.0 / 6};
    mg_chooser *c = must_have(mg_chooser_new(&err), &err);
    mg_wordpiece *w = must_have(mg_wordpiece_scibert(&err), &err);
    mg_caption_pool p = {0};
    mg_grams grams[N];
    static const float kinship[N] = {1.5f, 0, 2, 3.25f, .5f};
    double expected[N], agreement[N];
    for (int i = 0; i < N; i++) {
        int32_t ids[100];
        const int32_t n = mg_wordpiece_encode(w, texts[i], strlen(texts[i]), ids, 100);
        assert_true(mg_grams_of(ids, n, &grams[i]));
        add(&p, texts[i], methods[i], -1, weights[i], 1, cosines[i], i == 3);
        p.at[i].n_wrong = wrong[i];
        p.at[i].draft.proven = i == 2, p.at[i].draft.mended = i == 1, p.at[i].draft.cut = i == 0;
        if (i == 4) p.at[i].definition = (mg_caption_span){0, 3};
        p.at[i].draft.kinship = !copies && i == 1 ? NAN : kinship[i];
    }
    for (int i = 0; i < N; i++) {
        double among = 0;
        const double cosine = isnan(cosines[i]) ? 0 : (double)cosines[i],
                     places = wrong[i] < 3 ? wrong[i] : 3;
        agreement[i] = 0;
        for (int j = 0; j < N; j++) {
            agreement[i] += voices[j] * mg_grams_bleu(&grams[i], &grams[j]) / 2;
            among += mg_grams_bleu(&grams[i], &grams[j]) / N;
        }
        expected[i] = copies ? agreement[i] + 2.45 * among + 1.2 * cosine + (double)kinship[i] -
                                   0.25 * places
                             : agreement[i] + 0.2 * cosine - 0.05 * places;
        static const double more[N] = {-.2, .3, .5, 10, -1};
        expected[i] += more[i];
    }
    must(mg_choose(c, &p, false, &err), &err);
    assert_string_equal(p.at[0].text, texts[3]); /* the molecule's own */
    for (int i = 0; i < N; i++) {
        int k = 0;
        while (strcmp(texts[k], p.at[i].text)) k++;
        assert_true(fabs(p.at[i].score - expected[k]) < 1e-6);
        assert_true(fabs(p.at[i].agreement - agreement[k]) < 1e-9);
        assert_true(i == 0 || p.at[i].score <= p.at[i - 1].score);
        p.at[i].n_wrong = 0;
    }
    mg_caption_pool_free(&p);
    /* nobody has a voice; equal ones by the alphabet */
    add(&p, "b b", "a", -1, 0, 1, NAN, false);
    add(&p, "a a", "a", -1, 0, 1, NAN, false);
    p.at[0].draft.kinship = p.at[1].draft.kinship = NAN;
    must(mg_choose(c, &p, false, &err), &err);
    assert_true(p.at[0].agreement == 0 && p.at[0].score == 0 && !strcmp(p.at[0].text, "a a"));
    mg_caption_pool_free(&p);
    must(mg_choose(c, &p, false, &err), &err);
    for (int i = 0; i < N; i++) mg_grams_free(&grams[i]);
    mg_wordpiece_free(w);
    mg_chooser_free(c);
}

static void the_formula(void **state) {
    (void)state;
    check_formula(true);
    check_formula(false);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_text_again),
                                       cmocka_unit_test(the_formula)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
