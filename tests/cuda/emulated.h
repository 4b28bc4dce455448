/* emulated.h - what the tests of this folder share: the emulator's own functions, found in the
 * library that the product opened. */
#ifndef MG_TESTS_EMULATED_H
#define MG_TESTS_EMULATED_H

#include "../must_tape.h"
#include "emulator/emulator.h"

#include <dlfcn.h>
#include <math.h>

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

/* x [n] of the device times `by`, by another library on the stream. */
static inline int emulator_scale(float *x, size_t n, float by, void *stream) {
    int (*scale)(float *, size_t, float, void *);
    void *symbol = emulator_symbol("mg_emu_scale");
    memcpy(&scale, &symbol, sizeof scale);
    return scale(x, n, by, stream);
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

/* [-1, 1), malloc'ed */
static inline float *random_floats(mg_rng *rng, int64_t n) {
    float *x = must_alloc(n, sizeof *x);
    for (int64_t i = 0; i < n; i++) x[i] = (float)(2.0 * mg_rng_uniform(rng) - 1.0);
    return x;
}

#endif
