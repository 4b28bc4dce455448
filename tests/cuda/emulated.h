/* emulated.h - what the tests of this folder share: the emulator's own functions, found in the
 * library that the product opened. */
#ifndef MG_TESTS_EMULATED_H
#define MG_TESTS_EMULATED_H

#include "emulator/emulator.h"
#include "tensor/tensor.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void *emulator_symbol(const char *name) {
    void *lib = dlopen("libmolglot_cuda.so", RTLD_NOW | RTLD_LOCAL),
         *symbol = lib ? dlsym(lib, name) : NULL;
    if (!symbol)
        fail_msg("no %s: is the emulated libmolglot_cuda.so in LD_LIBRARY_PATH? %s", name,
                 dlerror());
    return symbol;
}

/* Sets a variable of emulator.h (NULL: takes it away) and starts afresh. */
static inline void emulator_set(const char *name, const char *value) {
    void (*reset)(void);
    void *symbol = emulator_symbol("mg_emu_reset");
    memcpy(&reset, &symbol, sizeof reset);
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
    reset();
}

static inline mg_emu_counts emulator_counts(void) {
    void (*count)(mg_emu_counts *);
    void *symbol = emulator_symbol("mg_emu_count");
    mg_emu_counts c;
    memcpy(&count, &symbol, sizeof count);
    count(&c);
    return c;
}

/* A teardown: all memory and handles of the device were given back. */
static inline int nothing_left(void **state) {
    (void)state;
    const mg_emu_counts c = emulator_counts();
    if (c.device_bytes || c.pinned_bytes || c.handles)
        fail_msg("left behind: %ld bytes on the device, %ld pinned, %ld handles", c.device_bytes,
                 c.pinned_bytes, c.handles);
    return 0;
}

static inline mg_tape *open_tape(const char *device, mg_precision precision, size_t bytes) {
    molglot_error err = {0};
    mg_tape *t = mg_tape_new(device, precision, 1, bytes, &err);
    if (!t) fail_msg("%s: %s", device, err.message);
    return t;
}

static inline void require_fine(mg_tape *t) {
    molglot_error err = {0};
    if (mg_tape_error(t, &err)) fail_msg("%s", err.message);
}

/* The tape failed, and says so with this text. */
static inline void require_failure(mg_tape *t, const char *text) {
    molglot_error err = {0};
    assert_int_not_equal(mg_tape_error(t, &err), MOLGLOT_OK);
    if (!strstr(err.message, text)) fail_msg("'%s' is not in '%s'", text, err.message);
}

/* [-1, 1), malloc'ed */
static inline float *random_floats(mg_rng *rng, int64_t n) {
    float *x = malloc((size_t)(n > 0 ? n : 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++) x[i] = (float)(2.0 * mg_rng_uniform(rng) - 1.0);
    return x;
}

#endif
