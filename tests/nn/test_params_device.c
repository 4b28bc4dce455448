/* test_params_device.c - parameters whose true numbers lie on a device: what is saved, loaded and
 * swapped goes there and back.
 *
 * The device is the "ref" backend with a copy of each attached range beside it, moved by push and
 * pull alone.
 */
#include "../must_tape.h"
#include "nn/params.h"
#include "tensor/inside.h"

#include <unistd.h>

enum { RANGES = 8 };
static struct range {
    const uint8_t *base;
    uint8_t *copy;
    size_t bytes;
} ranges[RANGES];
static int n_ranges;
static bool broken;

static char path[] = "/tmp/molglot-device-XXXXXX";

/* ---- the device ---- */

/* Where the device has this host address. */
static void *there(const void *host) {
    for (int i = 0; i < n_ranges; i++) {
        const size_t at = (size_t)((const uint8_t *)host - ranges[i].base);
        if ((const uint8_t *)host >= ranges[i].base && at < ranges[i].bytes)
            return ranges[i].copy + at;
    }
    fail_msg("an address that was never attached");
    return NULL;
}

static float *floats_there(const void *host) { return there(host); }

static int mirror(mg_backend *be, const void *base, size_t bytes) {
    (void)be;
    assert_true(n_ranges < RANGES);
    ranges[n_ranges++] = (struct range){base, calloc(1, bytes), bytes};
    return 0;
}

static int refuse(mg_backend *be) {
    snprintf(be->reason, sizeof be->reason, "it fell off the bus");
    return 1;
}

static int push(mg_backend *be, const void *host, size_t bytes) {
    if (broken) return refuse(be);
    memcpy(there(host), host, bytes);
    return 0;
}

static int pull(mg_backend *be, void *host, size_t bytes) {
    if (broken) return refuse(be);
    memcpy(host, there(host), bytes);
    return 0;
}

static int no_sum(mg_backend *be, int64_t n, const float *x, double *sum) {
    (void)n, (void)x, (void)sum;
    return refuse(be);
}

static mg_tape *device(void) {
    mg_tape *t = must_tape("ref", MG_PREC_F32, 1, (size_t)1 << 20);
    broken = false;
    t->be->mirror = mirror;
    t->be->push = push;
    t->be->pull = pull;
    return t;
}

static void free_device(mg_tape *t) {
    for (int i = 0; i < n_ranges; i++) free(ranges[i].copy);
    n_ranges = 0;
    mg_tape_free(t);
}

/* ---- parameters ---- */

static mg_params *declare(void) {
    mg_params *p = mg_params_new();
    mg_params_add(p, "a.weight", 5, 30, MG_INIT_NORMAL, 0.5f, MG_PARAM_DECAY);
    mg_params_add(p, "a.bias", 1, 40, MG_INIT_LINEAR, 30, 0);
    mg_params_add(p, "state", 1, 5, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    return p;
}

static mg_params *trained_on(mg_tape *t, uint64_t seed) {
    molglot_error err = {0};
    mg_params *p = declare();
    const mg_build_options o = {.train = true, .ema = true, .shadow = true, .seed = seed};
    must(mg_params_build(p, o, &err), &err);
    must(mg_params_attach(p, t, &err), &err);
    return p;
}

static void save_model(const mg_params *p, const char *store_as) {
    molglot_error err = {0};
    mg_weights_out *w = mg_weights_out_new();
    must(mg_params_write(p, w, store_as, &err), &err);
    must(mg_weights_out_save(w, path, &err), &err);
    mg_weights_out_free(w);
}

static float first_of(const char *name) {
    mg_tensor_file *f = must_open(path);
    const float x = *(const float *)mg_tensor_file_find(f, name)->data;
    mg_tensor_file_close(f);
    return x;
}

/* ---- tests ---- */

/* The device trained: its numbers are saved, and loaded into another one. */
static void saved_and_loaded(void **state) {
    (void)state;
    molglot_error err = {0};
    char *text = NULL;
    mg_tape *t = device();
    mg_params *p = trained_on(t, 1);
    /* attaching pushed what there was */
    assert_memory_equal(floats_there(p->values), p->values, 5 * 30 * sizeof(float));
    *floats_there(p->values) = 42;
    *floats_there(p->moment1) = 43;
    *floats_there(p->ema) = 44;
    must(mg_checkpoint_save(p, path, "state", &err), &err);
    assert_true(first_of("values") == 42 && first_of("moment1") == 43 && first_of("ema") == 44);
    mg_params *back = trained_on(t, 2);
    must(mg_checkpoint_load(back, path, &text, &err), &err);
    assert_true(*floats_there(back->values) == 42 && *floats_there(back->moment1) == 43 &&
                *floats_there(back->ema) == 44);
    assert_int_equal(*(uint16_t *)there(back->shadow), mg_f32_to_bf16(42));
    *floats_there(p->ema) = 45;
    save_model(p, NULL);
    assert_true(first_of("a.weight") == 45); /* a model file has the EMA */
    free(text);
    mg_params_free(p);
    mg_params_free(back);
    free_device(t);
}

static void swapped(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_tape *t = device();
    mg_params *p = trained_on(t, 1);
    *floats_there(p->values) = 42;
    *floats_there(p->ema) = 44;
    *floats_there(p->grad) = 3;
    must(mg_params_swap_ema(p, &err), &err);
    assert_true(*floats_there(p->values) == 44 && *floats_there(p->ema) == 42 && *p->values == 44);
    assert_int_equal(*(uint16_t *)there(p->shadow), mg_f32_to_bf16(44));
    assert_true(*floats_there(p->grad) == 3); /* not overwritten by the host's stale copy */
    mg_params_free(p);
    free_device(t);
}

/* What is imported lands on the device; what is not stays as the device has it. */
static void imported(void **state) {
    (void)state;
    molglot_error err = {0};
    size_t found = 0;
    mg_tape *t = device();
    mg_params *p = trained_on(t, 1), *one = mg_params_new();
    mg_params_add(one, "a.weight", 5, 30, MG_INIT_CONST, 9, 0);
    must(mg_params_build(one, (mg_build_options){0}, &err), &err);
    save_model(one, NULL);
    mg_tensor *bias = mg_params_find(p, "a.bias");
    *floats_there(bias->data) = 42;
    mg_tensor_file *f = must_open(path);
    must(mg_params_import(p, f, "", "", &found, &err), &err);
    assert_int_equal(found, 1);
    assert_true(*floats_there(p->values) == 9 && *floats_there(p->ema) == 9 &&
                *floats_there(bias->data) == 42);
    mg_tensor_file_close(f);
    mg_params_free(one);
    mg_params_free(p);
    free_device(t);
}

/* Parameters that are views of a mapped file come with the file; all others are attached one by
 * one. */
static void mapped(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_tape *t = device();
    mg_params *p = declare();
    char *bytes = NULL;
    size_t n = 0, in_file = 0;
    must(mg_params_build(p, (mg_build_options){.seed = 1}, &err), &err);
    save_model(p, NULL);
    mg_params_free(p);
    mg_tensor_file *f = must_open(path);
    p = declare();
    must(mg_params_map(p, f, "", &err), &err);
    must(mg_params_attach_mapped(p, t, &err), &err);
    assert_int_equal(n_ranges, 0);
    const uint8_t *map = mg_tensor_file_bytes(f, &in_file), *at = mg_params_find(p, "a.bias")->data;
    assert_true(at > map && at < map + in_file);
    mg_params_free(p);
    mg_tensor_file_close(f);
    bytes = must_read(path, &n);
    f = mg_tensor_file_memory(bytes, n, "memory", &err);
    p = declare();
    must(mg_params_map(p, f, "", &err), &err);
    must(mg_params_attach_mapped(p, t, &err), &err);
    assert_int_equal(n_ranges, 3);
    assert_memory_equal(there(mg_params_find(p, "a.bias")->data), mg_params_find(p, "a.bias")->data,
                        40 * sizeof(float));
    mg_params_free(p);
    mg_tensor_file_close(f);
    free(bytes);
    free_device(t);
}

/* What was widened while mapping lies in one block, which goes to the device as one. */
static void mapped_from_few_bits(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_tape *t = device();
    mg_params *p = declare();
    must(mg_params_build(p, (mg_build_options){.seed = 1}, &err), &err);
    save_model(p, "I4");
    mg_params_free(p);
    mg_tensor_file *f = must_open(path);
    p = declare();
    must(mg_params_map(p, f, "", &err), &err);
    must(mg_params_attach_mapped(p, t, &err), &err);
    assert_int_equal(n_ranges, 1);
    const mg_tensor *w = mg_params_find(p, "a.weight");
    assert_int_equal(w->dtype, MG_BF16);
    assert_memory_equal(there(w->data), w->data, 5 * 30 * sizeof(uint16_t));
    mg_params_free(p);
    mg_tensor_file_close(f);
    free_device(t);
}

/* A device that fails is reported, and is no gradient that is not finite. */
static void failures(void **state) {
    (void)state;
    molglot_error err = {0};
    bool skipped = false;
    mg_tape *t = device();
    mg_params *p = trained_on(t, 1);
    const mg_optim_config c = mg_optim_default();
    t->be->sumsq = no_sum;
    assert_int_equal(mg_optim_step(p, t, &c, 0, NULL, &skipped, &err), MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, "it fell off the bus"));
    assert_false(skipped);
    mg_tape_reset(t);
    broken = true;
    char *text = NULL;
    assert_int_equal(mg_checkpoint_save(p, path, "state", &err), MOLGLOT_FAILED);
    mg_tape_reset(t);
    assert_int_equal(mg_params_swap_ema(p, &err), MOLGLOT_FAILED);
    mg_tape_reset(t);
    broken = false;
    must(mg_checkpoint_save(p, path, "state", &err), &err);
    broken = true;
    assert_int_equal(mg_checkpoint_load(p, path, &text, &err), MOLGLOT_FAILED);
    assert_null(text);
    mg_params_free(p);
    p = declare();
    assert_int_equal(mg_params_attach(p, t, &err), MOLGLOT_USAGE); /* not built yet */
    mg_params_free(p);
    free_device(t);
}

static int enter(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int leave(void **state) {
    (void)state;
    return remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(saved_and_loaded),
                                       cmocka_unit_test(swapped),
                                       cmocka_unit_test(imported),
                                       cmocka_unit_test(mapped),
                                       cmocka_unit_test(mapped_from_few_bits),
                                       cmocka_unit_test(failures)};
    return cmocka_run_group_tests(tests, enter, leave);
}
