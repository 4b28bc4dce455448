/* test_config.c - MoMu's configuration through a recipe and through JSON, and what is refused. */
#include "base/toml/toml.h"
#include "model/momu/momu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mg_momu_config from_recipe(const char *text) {
    molglot_error err = {0};
    mg_momu_config c;
    mg_toml *t = mg_toml_parse(text, strlen(text), "recipe", &err);
    assert_non_null(t);
    if (mg_momu_config_from_toml(t, &c, &err) || mg_toml_finish(t, &err))
        fail_msg("%s", err.message);
    mg_toml_free(t);
    return c;
}

static void recipe_to_json_and_back(void **state) {
    (void)state;
    mg_momu_config c = from_recipe(
        "[model]\nname = \"tiny\"\ndim = 64\ntemperature = 0.07\nlearn_temperature = true\n"
        "[model.text]\nlayers = 2\nhidden = 32\nheads = 4\npooling = \"mean\"\nhead = "
        "\"linear\"\nsentence_dropout = 0.5\n"
        "[model.text.bag]\nfamilies = \"wb\"\ndim = 24\nfeature_dropout = 0.3\n"
        "[model.graph]\nlayers = 3\nfeatures = \"simple\"\nlayer_norm = true\nself_loop = -1\n");
    c.text.encoder.vocab = 100;
    c.text.bag.vocab = 50;
    assert_int_equal(c.dim, 64);
    assert_int_equal(c.graph.features, MG_FEAT_SIMPLE);
    assert_string_equal(c.text.families, "wb");
    assert_int_equal(c.graph.encoder.dim, 300);
    molglot_error err = {0};
    mg_str json = {0}, again = {0};
    mg_momu_config back;
    assert_int_equal(mg_momu_config_to_json(&c, &json), MOLGLOT_OK);
    if (mg_momu_config_from_json(json.s, &back, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_momu_config_to_json(&back, &again), MOLGLOT_OK);
    assert_string_equal(json.s, again.s);
    assert_true(back.temperature == c.temperature && back.text.sentence_dropout == 0.5f &&
                back.text.encoder.norm_eps == 1e-12f);
    mg_str_free(&json);
    mg_str_free(&again);
}

static void refused_json(void **state) {
    (void)state;
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"[1]", "not a JSON object"},
        {"{\"dim\": 8, \"dim\": 9}", "not a JSON object"},
        {"{\"flux\": 1}", "newer Molglot"},
        {"{\"dim\": \"8\"}", "model.dim: wrong type"},
        {"{\"dim\": 99999999999}", "model.dim: out of range"},
        {"{\"dim\": 0, \"text.bag.vocab\": 5, \"graph.bag.vocab\": 5}", "model.dim"},
        {"{\"graph.bag.vocab\": 5}", "text tower has no channel"},
        {"{\"text.bag.vocab\": 5, \"graph.bag.vocab\": -5}", "model.graph.bag"},
        {"{\"text.layers\": 1, \"text.vocab\": 9, \"text.heads\": 7, \"graph.bag.vocab\": 5}",
         "model.text.hidden"},
        {"{\"text.bag.vocab\": 5, \"graph.layers\": 1000000}", "model.graph.layers"},
        {"{\"text.bag.vocab\": 5, \"graph.bag.vocab\": 5, \"graph.features\": \"rdkit\"}",
         "model.graph.features"},
        {"{\"name\": \"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
         "model.name: too long"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_momu_config c;
        assert_int_equal(mg_momu_config_from_json(cases[i].json, &c, &err), MOLGLOT_BAD_FILE);
        if (!strstr(err.message, cases[i].why))
            fail_msg("%s: says \"%s\"", cases[i].json, err.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recipe_to_json_and_back),
                                       cmocka_unit_test(refused_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
