/* test_writerfile.c - the writer's file: what is saved comes back, and damaged or foreign files are
 * refused with a reason. */
#include "../generate/random_writer.h"
#include "../one_part.h"
#include "chem/smiles/smiles.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "tensor/files/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/mg_writerfile_XXXXXX";
static const random_writer direct = {1, 16, 0, 24, false, true, NULL, false, false},
                           flow = {1, 16, 4, 24, true, false, NULL, false, false};

static int make_path(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
    (void)state;
    return remove(path);
}

static void save(const random_writer *r, const char *store_as) {
    molglot_error err = {0};
    if (random_writer_save(path, r, store_as, &err)) fail_msg("%s", err.message);
}

static void open_file(mg_writer_part *w) {
    molglot_error err = {0};
    if (load_writer(w, path, NULL, &err)) fail_msg("%s", err.message);
}

static void comes_back(void **state) {
    (void)state;
    mg_writer_part w;
    save(&direct, NULL);
    open_file(&w);
    const mg_writer_config *c = mg_writer_get_config(w.writer);
    assert_null(w.flow);
    assert_int_equal(c->words, mg_wordpiece_size(w.wordpiece));
    assert_int_equal(c->tokens, mg_smiles_vocab_size(w.tokens));
    assert_int_equal(c->max_tokens, 24);
    assert_string_equal(mg_tensor_file_meta(w.file, "licence"), "none");
    assert_string_equal(mg_wordpiece_piece(w.wordpiece, mg_wordpiece_size(w.wordpiece) - 1),
                        "[NONE]");
    assert_int_equal(w.n_known, MG_COUNT(random_writer_known));
    assert_true(mg_writer_part_knows(&w, "c1ccccc1"));
    assert_true(mg_writer_part_knows(&w, "CCO"));
    assert_false(mg_writer_part_knows(&w, "CCCCO"));
    mg_params *p = mg_params_new(); /* the same weights from the same seed */
    mg_writer *m = mg_writer_new(p, c, NULL);
    assert_int_equal(mg_params_build(p, (mg_build_options){.seed = 7}, NULL), MOLGLOT_OK);
    const mg_tensor *built = mg_params_at(p, 0, NULL, NULL),
                    *read = mg_params_at(w.params, 0, NULL, NULL);
    assert_memory_equal(built->data, read->data, (size_t)mg_tensor_count(built) * sizeof(float));
    mg_writer_free(m);
    mg_params_free(p);
    close_writer(&w);
}

static void flow_and_half_precision(void **state) {
    (void)state;
    mg_writer_part w;
    save(&flow, "BF16");
    open_file(&w);
    assert_non_null(w.flow);
    assert_int_equal(mg_flow_matching_get_config(w.flow)->latents, 4);
    assert_int_equal(mg_flow_matching_get_config(w.flow)->text.vocab,
                     mg_wordpiece_size(w.wordpiece));
    assert_int_equal(mg_writer_get_config(w.writer)->words, 0);
    assert_int_equal(mg_params_find(w.params, "decoder.tokens.weight")->dtype, MG_BF16);
    close_writer(&w);
}

/* Replaces the first `from` in the file by `to` of the same length. */
static void damage(const char *from, const char *to) {
    char *data = NULL;
    size_t n;
    assert_int_equal(mg_read_file(path, (size_t)1 << 26, &data, &n, NULL), MOLGLOT_OK);
    char *at = memmem(data, n, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    FILE *f = fopen(path, "wb");
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
    free(data);
}

static void refused(const char *from, const char *to, const char *reason) {
    mg_writer_part w;
    molglot_error err = {0};
    save(&flow, NULL);
    damage(from, to);
    assert_int_equal(load_writer(&w, path, NULL, &err), MOLGLOT_BAD_FILE);
    if (!strstr(err.message, reason)) fail_msg("'%s' says nothing of '%s'", err.message, reason);
    assert_true(strncmp(err.message, path, strlen(path)) == 0);
    assert_null(w.file);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    refused("\"molglot.kind\":\"writer\"", "\"molglot.kind\":\"wanted\"", "not a Molglot model");
    refused("\"molglot.format\":\"1\"", "\"molglot.format\":\"9\"", "format 9");
    refused("\"molglot.selftest\":\"", "\"molglot.selftest\":\"zz",
            "otherwise than the one that trained");
    refused("vocab.smiles", "vocab.smilex", "vocab.smiles is missing");
    refused("vocab.wordpiece", "vocab.wordpiecf", "vocab.wordpiece is missing");
    refused("known.hashes\":{\"dtype\":\"U8\"", "known.hashes\":{\"dtype\":\"I8\"",
            "known.hashes is I8");
    refused("flow.places\"", "flow.plazes\"", "flow.places");
    refused("\n[NONE]", "\n[N\nE]", "word pieces");
}

static void other_models_are_refused(void **state) {
    (void)state;
    mg_writer_part w;
    mg_space_part m;
    molglot_error err = {0};
    assert_int_equal(load_writer(&w, "/nonexistent", NULL, &err), MOLGLOT_FAILED);
    save(&direct, NULL);
    assert_int_equal(load_space(&m, path, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "no shared space (part space) in it"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back), cmocka_unit_test(flow_and_half_precision),
        cmocka_unit_test(damaged_files_are_refused), cmocka_unit_test(other_models_are_refused)};
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
