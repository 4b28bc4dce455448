/* test_t5file.c - checkpoints as transformers and Lightning write them
 * (tests/parity/t5_checkpoints.py): found, measured, imported, saved as a part, opened again; what
 * it says is what transformers' generate says. */
#include "../must_tape.h"
#include "../one_part.h"
#include "model/bundle/bundle.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/t5/"

typedef struct made {
    char path[64];
    mg_bundle *bundle;
} made;

/* The checkpoint as a part, in a file of its own. */
static made import(const char *file, bool online, const char *config, const char *task) {
    molglot_error err = {0};
    made x = {.path = "/tmp/molglot-t5-XXXXXX"};
    size_t n, found = 0;
    mg_str prefix = {0};
    mg_t5_config c;
    const int fd = mkstemp(x.path);
    assert_true(fd >= 0);
    close(fd);
    char *pieces = must_read(FIXTURES "hf/spiece.model", &n);
    mg_tensor_file *f = must_have(mg_tensor_file_open(file, &err), &err);
    assert_true(mg_t5_is_in(f));
    must(mg_t5_find_in(f, online, &prefix, &err), &err);
    const char *theirs = prefix.s ? prefix.s : "";
    must(mg_t5_config_of(f, theirs, config, &c, &err), &err);
    mg_params *p = mg_params_new();
    mg_t5 *m = must_have(mg_t5_new(p, "", &c, &err), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 0}, &err), &err);
    must(mg_params_import(p, f, "", theirs, &found, &err), &err);
    assert_int_equal(found, mg_params_count(p));
    must(mg_t5_part_save(x.path,
                         &(mg_t5_contents){.params = p,
                                           .t5 = m,
                                           .pieces = pieces,
                                           .pieces_bytes = n,
                                           .task = task,
                                           .store_as = "BF16"},
                         &err),
         &err);
    mg_t5_free(m);
    mg_params_free(p);
    mg_tensor_file_close(f);
    mg_str_free(&prefix);
    free(pieces);
    x.bundle = must_have(mg_bundle_open(x.path, &err), &err);
    return x;
}

static void end(made *x) {
    mg_bundle_close(x->bundle);
    unlink(x->path);
}

static char *config_json(void) {
    size_t n;
    return must_read(FIXTURES "hf/config.json", &n);
}

/* What transformers says with `model`. */
static void check_said(const made *x, const char *model) {
    molglot_error err = {0};
    json_error_t e;
    json_t *all = json_load_file(FIXTURES "pieces.json", 0, &e), *row;
    const mg_t5_part *part = must_have(mg_bundle_t5(x->bundle, &err), &err);
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, (size_t)1 << 30);
    size_t i;
    must(mg_t5_part_attach(part, t, &err), &err);
    json_array_foreach(json_object_get(all, "said"), i, row) {
        if (strcmp(json_string_value(json_object_get(row, "model")), model) != 0) continue;
        mg_t5_ask ask = {.n = 2, .search = mg_t5_search_default()};
        mg_t5_text out[2];
        ask.search.beams = 3, ask.search.max_length = 24, ask.search.look_ahead = true;
        must(mg_t5_caption(part, t, json_string_value(json_object_get(row, "text")), &ask, out,
                           &err),
             &err);
        for (size_t k = 0; k < 2; k++) {
            const char *text = json_string_value(json_array_get(json_object_get(row, "texts"), k));
            const double score =
                json_number_value(json_array_get(json_object_get(row, "scores"), k));
            assert_string_equal(out[k].text, text);
            assert_true(fabs(out[k].score - score) < 1e-4);
        }
        mg_t5_texts_free(out, 2);
    }
    assert_true(i >= 4);
    mg_tape_free(t);
    json_decref(all);
}

static void test_folder(void **state) {
    (void)state;
    molglot_error err = {0};
    char *config = config_json();
    made x = import(FIXTURES "hf", false, config, NULL);
    const mg_t5_part *part = must_have(mg_bundle_t5(x.bundle, &err), &err);
    const mg_t5_config *c = mg_t5_get_config(part->t5);
    assert_int_equal(c->heads, 3);
    assert_int_equal(c->d_kv, 6);
    assert_int_equal(c->decoder_layers, 2);
    assert_int_equal(c->positions, 64);
    check_said(&x, "molt5");
    assert_true(mg_bundle_has(x.bundle, MG_PART_T5));
    assert_false(mg_bundle_has(x.bundle, MG_PART_WRITER));
    mg_part_info info;
    must(mg_bundle_info(x.bundle, 0, &info, &err), &err);
    assert_string_equal(info.name, "t5");
    must(mg_bundle_verify(x.bundle, 0, &err), &err);
    /* a tensor that is no parameter of it */
    char stray[80];
    snprintf(stray, sizeof stray, "%s.stray", x.path);
    must(copy_with_stray(x.path, stray, "decoder.more.weight", &err), &err);
    mg_bundle *b = must_have(mg_bundle_open(stray, &err), &err);
    assert_null(mg_bundle_t5(b, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "decoder.more.weight belongs to no parameter");
    mg_bundle_close(b);
    unlink(stray);
    end(&x);
    free(config);
}

/* The running average is what generates, unless the online model is asked for. */
static void test_lightning(void **state) {
    (void)state;
    made average = import(FIXTURES "atomas.ckpt", false, NULL, NULL);
    check_said(&average, "molt5_m");
    end(&average);
    made online = import(FIXTURES "atomas.ckpt", true, NULL, NULL);
    check_said(&online, "molt5");
    end(&online);
}

static void test_task(void **state) {
    (void)state;
    molglot_error err = {0};
    made x = import(FIXTURES "hf", false, NULL, MG_T5_GENERATE);
    const mg_t5_part *part = must_have(mg_bundle_t5(x.bundle, &err), &err);
    const mg_t5_ask ask = {.n = 1, .search = mg_t5_search_default()};
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, (size_t)1 << 30);
    mg_t5_text out[1];
    bool cut = false;
    assert_string_equal(part->task, MG_T5_GENERATE);
    assert_int_equal(mg_t5_caption(part, t, "CCO", &ask, out, &err), MOLGLOT_USAGE);
    char *long_text = must_alloc(4001, 1);
    memset(long_text, 'C', 4000);
    mg_t5_ask few = ask;
    few.search.max_length = 4;
    must(mg_t5_say(t, part->t5, part->pieces, long_text, &few, out, &cut, &err), &err);
    assert_true(cut);
    mg_t5_texts_free(out, 1);
    free(long_text);
    mg_tape_free(t);
    end(&x);
}

/* Configurations that are no T5 v1.1, and files that hold none. */
/* The first tensor that is asked for has another shape. */
static void no_matrix(const char *shape, uint64_t bytes) {
    char path[] = "/tmp/molglot-t5-XXXXXX";
    const int fd = mkstemp(path);
    molglot_error err = {0};
    mg_t5_config c;
    char json[128];
    const uint64_t n = (uint64_t)snprintf(json, sizeof json,
                                          "{\"lm_head.weight\":{\"dtype\":\"F32\",\"shape\":%s,"
                                          "\"data_offsets\":[0,%d]}}",
                                          shape, (int)bytes);
    FILE *file = must_have(fd < 0 ? NULL : fdopen(fd, "wb"), &err);
    assert_int_equal(fwrite(&n, 8, 1, file), 1);
    assert_int_equal(fwrite(json, 1, n, file), n);
    for (uint64_t i = 0; i < bytes; i++) assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
    assert_int_equal(mg_t5_config_of(f, "", NULL, &c, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "lm_head.weight is missing, or no matrix");
    mg_tensor_file_close(f);
    assert_int_equal(unlink(path), 0);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"feed_forward_proj\": \"relu\"}", "gated-gelu"},
        {"{\"model_type\": \"bart\", \"feed_forward_proj\": \"gated-gelu\"}", "model_type"},
        {"{\"tie_word_embeddings\": true, \"feed_forward_proj\": \"gated-gelu\"}", "tie_word"},
        {"{\"feed_forward_proj\": \"gated-gelu\", \"relative_attention_max_distance\": 3}",
         "distances"},
        {"[]", "config.json"},
        {"{", "config.json"},
    };
    molglot_error err = {0};
    mg_t5_config c;
    mg_str prefix = {0};
    mg_tensor_file *f = must_have(mg_tensor_file_open(FIXTURES "hf", &err), &err);
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        assert_int_equal(mg_t5_config_of(f, "", cases[i].json, &c, &err), MOLGLOT_BAD_FILE);
        must_say(&err, MOLGLOT_BAD_FILE, cases[i].says);
    }
    assert_int_equal(mg_t5_config_of(f, "other.", NULL, &c, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "other.lm_head.weight");
    mg_tensor_file_close(f);
    no_matrix("[4]", 16), no_matrix("[1,2,2]", 16), no_matrix("[0,4]", 0), no_matrix("[4,0]", 0);
    f = must_have(mg_tensor_file_open(FIXTURES "parity.safetensors", &err), &err);
    must(mg_t5_find_in(f, false, &prefix, &err), &err); /* any prefix is followed: "w." */
    mg_tensor_file_close(f);
    mg_str_free(&prefix);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_lightning),
        cmocka_unit_test(test_task),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
