/* test_shards.c - several files of tensors as one: an index beside its shards, a folder as Hugging
 * Face lays it out, and what is refused of either. */
#include "../must_tape.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/molglot-shards-XXXXXX";

static const char *in(const char *name) {
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s%s%s", folder, *name ? "/" : "", name);
    return path[turn];
}

/* A file of one tensor [2] of these numbers, and one line of metadata. */
static void put(const char *file, const char *tensor, float x, const char *key) {
    molglot_error err = {0};
    const float numbers[2] = {x, x + 1};
    const int64_t two = 2;
    mg_weights_out *w = mg_weights_out_new();
    must(mg_weights_out_add(w, tensor, "F32", 1, &two, numbers, NULL, &err), &err);
    must(mg_weights_out_meta(w, key, file, &err), &err);
    must(mg_weights_out_save(w, in(file), &err), &err);
    mg_weights_out_free(w);
}

static void put_text(const char *file, const char *text) {
    must_write(in(file), text, strlen(text));
}

/* "a=1 b=5": tensors by name with their first number. */
static void check(const char *path, const char *want) {
    molglot_error err = {0};
    char got[200] = "";
    mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
    for (char name[2] = "a"; *name <= 'e'; ++*name) {
        const mg_file_tensor *t = mg_tensor_file_find(f, name);
        if (!t) continue;
        float x[2];
        must(mg_file_tensor_to_f32(t, x, 2, &err), &err);
        assert_true(x[1] == x[0] + 1);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s=%g", *got ? " " : "", name,
                 (double)x[0]);
    }
    assert_string_equal(got, want);
    mg_tensor_file_close(f);
}

static void refused(const char *path, const char *says) {
    molglot_error err = {0};
    assert_null(mg_tensor_file_open(path, &err));
    must_say(&err, MOLGLOT_BAD_FILE, says);
}

static void an_index_names_its_shards(void **state) {
    (void)state;
    molglot_error err = {0};
    put("one.safetensors", "a", 1, "first");
    put("two.safetensors", "b", 5, "second");
    put_text("x.index.json",
             "{\"weight_map\":{\"b\":\"two.safetensors\",\"a\":\"one.safetensors\"}}");
    check(in("x.index.json"), "a=1 b=5");
    mg_tensor_file *f = must_have(mg_tensor_file_open(in("x.index.json"), &err), &err);
    assert_int_equal(mg_tensor_file_count(f), 2);
    assert_string_equal(mg_tensor_file_meta(f, "first"), "one.safetensors");
    assert_string_equal(mg_tensor_file_meta(f, "second"), "two.safetensors");
    mg_tensor_file_close(f);
    /* a file named twice is opened once, in its own folder from wherever it is asked for */
    put_text("x.index.json", "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
    check(in("x.index.json"), "a=1");
    char back[4096];
    assert_non_null(getcwd(back, sizeof back));
    assert_int_equal(chdir(folder), 0);
    check("x.index.json", "a=1");
    assert_int_equal(chdir(back), 0);
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{\"weight_map\":{\"a\":\"one.safetensors\",\"c\":\"one.safetensors\"}}",
         "c is not in one.safetensors"},
        {"{\"weight_map\":{\"a\":\"sub/one.safetensors\"}}",
         "weight_map of a is no file beside it"},
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", "weight_map of a is no file beside it"},
        {"{\"weight_map\":{\"a\":\"\"}}", "weight_map of a is no file beside it"},
        {"{\"weight_map\":{\"a\":7}}", "weight_map of a is no file beside it"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        put_text("x.index.json", cases[i].text);
        refused(in("x.index.json"), cases[i].says);
    }
    put_text("x.index.json", "{\"weight_map\":{\"a\":\"three.safetensors\"}}");
    assert_null(mg_tensor_file_open(in("x.index.json"), &err));
    assert_non_null(strstr(err.message, "three.safetensors"));
    /* a tensor of two shards is one too many, whatever follows it */
    molglot_error twice = {0};
    const int64_t two = 2;
    mg_weights_out *w = mg_weights_out_new();
    for (const char *name = "ad"; *name; name++) {
        const char one[2] = {*name, 0};
        must(mg_weights_out_add(w, one, "F32", 1, &two, (const float[]){7, 8}, NULL, &twice),
             &twice);
    }
    must(mg_weights_out_save(w, in("two.safetensors"), &twice), &twice);
    mg_weights_out_free(w);
    put_text("x.index.json",
             "{\"weight_map\":{\"a\":\"one.safetensors\",\"d\":\"two.safetensors\"}}");
    refused(in("x.index.json"), "a");
    put_text("x.index.json", "{\"weight\":{}}");
    assert_null(mg_tensor_file_open(in("x.index.json"), &err));
    unlink(in("x.index.json"));
    unlink(in("one.safetensors"));
    unlink(in("two.safetensors"));
}

/* A folder: an index of safetensors, then safetensors, then PyTorch's; else its only checkpoint. */
static void a_folder_is_read_as_it_is_laid_out(void **state) {
    (void)state;
    refused(in(""), "a folder without model.safetensors");
    put_text("notes.txt", "nothing");
    refused(in(""), "a folder without model.safetensors");
    put("some.pt", "c", 3, "k"); /* the content says what it is */
    check(in(""), "c=3");
    put("epoch.ckpt", "d", 4, "k"); /* .ckpt goes before .pt */
    check(in(""), "d=4");
    put("other.ckpt", "e", 5, "k"); /* two: nobody knows which; the only .pt is left */
    check(in(""), "c=3");
    put("last.safetensors", "b", 2, "k");
    check(in(""), "b=2");
    put("more.safetensors", "a", 2, "k");
    check(in(""), "c=3");
    put("pytorch_model.bin", "a", 10, "k");
    check(in(""), "a=10");
    put_text("pytorch_model.bin.index.json", "{\"weight_map\":{\"e\":\"other.ckpt\"}}");
    check(in(""), "e=5");
    put("model.safetensors", "a", 20, "k");
    check(in(""), "a=20");
    put_text("model.safetensors.index.json",
             "{\"weight_map\":{\"b\":\"last.safetensors\",\"d\":\"epoch.ckpt\"}}");
    check(in(""), "b=2 d=4");
    static const char *const names[] = {"notes.txt",         "some.pt",
                                        "epoch.ckpt",        "other.ckpt",
                                        "last.safetensors",  "more.safetensors",
                                        "pytorch_model.bin", "pytorch_model.bin.index.json",
                                        "model.safetensors", "model.safetensors.index.json"};
    for (size_t i = 0; i < MG_COUNT(names); i++) unlink(in(names[i]));
}

static int enter(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int leave(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_index_names_its_shards),
                                       cmocka_unit_test(a_folder_is_read_as_it_is_laid_out)};
    return cmocka_run_group_tests(tests, enter, leave);
}
