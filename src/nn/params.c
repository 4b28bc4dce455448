/* params.c - parameters: declared by the layers, then laid out in flat buffers and initialised.
 *
 * A parameter is a matrix [rows, cols] (vectors are [1, n]) with a name, an initialisation and
 * flags. Initial values depend on (seed, name, element) alone: a further layer does not change the
 * start of another, and threads may fill in any order. Built parameters may be attached to a tape.
 * Then a GPU holds the true numbers, and the host's copy is brought up to date on demand.
 */
#include "nn/params.h"

#include "base/grow.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INIT_CHUNK 4096 /* elements that share one walk of the random counter */

mg_params *mg_params_new(void) { return calloc(1, sizeof(mg_params)); }

static void param_free(mg_param *q) {
    if (!q) return;
    for (int i = 0; i < q->n_aliases; i++) free(q->aliases[i].name);
    free(q->aliases);
    free(q->name);
    free(q);
}

void mg_params_free(mg_params *p) {
    if (!p) return;
    for (size_t i = 0; i < p->n; i++) param_free(p->list[i]);
    free(p->list);
    mg_arena_free(&p->memory);
    free(p);
}

/* Keeps the first reason; later declarations do nothing. */
static void declare_failed(mg_params *p, const char *why, const char *name) {
    if (p->failed) return;
    p->failed = true;
    snprintf(p->reason, sizeof p->reason, "%s: %s", name, why);
}

int mg_params_check(const mg_params *p, molglot_error *err) {
    if (!p) return mg_no_memory(err, "parameters");
    return p->failed ? mg_fail(err, MOLGLOT_FAILED, "parameter %s", p->reason) : MOLGLOT_OK;
}

static mg_param *find(const mg_params *p, const char *name) {
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->list[i]->name, name) == 0) return p->list[i];
    return NULL;
}

mg_tensor *mg_params_add(mg_params *p, const char *name, int64_t rows, int64_t cols, mg_init init,
                         float scale, unsigned flags) {
    size_t bytes;
    if (!p || p->failed) return NULL;
    if (rows < 1 || cols < 1 || !mg_mul_size((size_t)rows, (size_t)cols, &bytes) ||
        !mg_mul_size(bytes, 16, &bytes)) {
        declare_failed(p, "impossible shape", name);
        return NULL;
    }
    if (find(p, name)) {
        declare_failed(p, "declared twice", name);
        return NULL;
    }
    mg_param *q = calloc(1, sizeof *q);
    if (!q || !MG_GROW(p->list, p->cap, p->n + 1) || !(q->name = strdup(name))) {
        param_free(q);
        declare_failed(p, "out of memory", name);
        return NULL;
    }
    q->t = (mg_tensor){.rows = rows, .cols = cols, .dtype = MG_F32, .is_param = 1};
    q->init = init;
    q->scale = scale;
    q->lr_scale = 1;
    q->flags = flags;
    q->offset = -1;
    p->list[p->n++] = q;
    return &q->t;
}

void mg_params_untrained(mg_params *p, const char *prefix) {
    for (size_t i = 0; p && i < p->n; i++)
        if (strncmp(p->list[i]->name, prefix, strlen(prefix)) == 0)
            p->list[i]->flags = MG_PARAM_BUFFER;
}

void mg_params_lr_scale(mg_params *p, const char *prefix, float scale) {
    for (size_t i = 0; p && i < p->n; i++)
        if (strncmp(p->list[i]->name, prefix, strlen(prefix)) == 0) p->list[i]->lr_scale = scale;
}

void mg_params_alias(mg_params *p, const char *name, const char *alias, int64_t row, int64_t rows) {
    if (!p || p->failed) return;
    mg_param *q = find(p, name);
    const int64_t all = !q ? 0 : q->t.rows == 1 ? q->t.cols : q->t.rows;
    if (row < 0 || rows < 1 || rows > all - row) {
        declare_failed(p, "alias outside of the parameter", alias);
        return;
    }
    mg_param_alias *list = realloc(q->aliases, (size_t)(q->n_aliases + 1) * sizeof *list);
    char *copy = strdup(alias);
    if (list) q->aliases = list;
    if (!list || !copy) {
        free(copy);
        declare_failed(p, "out of memory", alias);
        return;
    }
    q->aliases[q->n_aliases++] = (mg_param_alias){copy, row, rows};
}

/* ---- initial values ---- */

/* Half-width of the uniform distributions. */
static double uniform_bound(const mg_param *q) {
    if (q->init == MG_INIT_XAVIER) return q->scale * sqrt(6.0 / (double)(q->t.rows + q->t.cols));
    return 1.0 / sqrt(q->scale > 0 ? q->scale : (double)q->t.cols); /* MG_INIT_LINEAR */
}

static void fill_random(const mg_param *q, uint64_t seed, float *out) {
    const int64_t n = mg_tensor_count(&q->t);
    const uint64_t stream = mg_hash64(q->name, strlen(q->name), 0);
    const double bound = q->init == MG_INIT_NORMAL ? 0 : uniform_bound(q);
#pragma omp parallel for schedule(static) num_threads(mg_threads(0)) if (n > 16 * INIT_CHUNK)
    for (int64_t from = 0; from < n; from += INIT_CHUNK) {
        mg_rng rng = {seed, stream, 2 * (uint64_t)from}; /* a normal takes two counters */
        int64_t to = from + INIT_CHUNK < n ? from + INIT_CHUNK : n;
        for (int64_t i = from; i < to; i++)
            out[i] = (float)(q->init == MG_INIT_NORMAL ? q->scale * mg_rng_normal(&rng)
                                                       : bound * (2 * mg_rng_uniform(&rng) - 1));
    }
}

static void initialise(const mg_param *q, uint64_t seed, float *out) {
    if (q->init == MG_INIT_NORMAL || q->init == MG_INIT_XAVIER || q->init == MG_INIT_LINEAR) {
        fill_random(q, seed, out);
        return;
    }
    const float value = q->init == MG_INIT_ONE ? 1 : q->init == MG_INIT_CONST ? q->scale : 0;
    for (int64_t i = 0, n = mg_tensor_count(&q->t); i < n; i++) out[i] = value;
}

/* ---- layout ---- */

/* Place of a parameter in the flat order: fewer, longer ranges of equal treatment for the
 * optimiser. */
static int layout_class(const mg_param *q) {
    if (q->flags & MG_PARAM_BUFFER) return 3;
    if (q->flags & MG_PARAM_FROZEN) return 2;
    return q->flags & MG_PARAM_DECAY ? 0 : 1;
}

static void lay_out(mg_params *p) {
    int64_t at = 0;
    for (int class = 0; class < 4; class ++) {
        if (class == 2) p->n_train = at;
        if (class == 3) p->buffers_from = at;
        for (size_t i = 0; i < p->n; i++) {
            mg_param *q = p->list[i];
            if (layout_class(q) != class) continue;
            q->offset = at;
            at += mg_param_span(q);
        }
    }
    p->n_values = at;
}

/* Fresh arena pages are zero, which is what gradients, moments and padding need. Gradients come
 * first: the rest is the range that mg_params_pull and mg_params_push move. */
static int allocate(mg_params *p, const mg_build_options *o, molglot_error *err) {
    const size_t all = (size_t)p->n_values * sizeof(float),
                 train = o->train ? (size_t)p->n_train * sizeof(float) : 0;
    const size_t total = all + train * (o->ema ? 4 : 3) + (o->shadow ? all / 2 : 0) + 64 * 8;
    int code = mg_arena_init(&p->memory, total, err);
    if (code) return code;
    if (o->train) p->grad = mg_arena_alloc(&p->memory, train);
    p->values = mg_arena_alloc(&p->memory, all);
    if (o->train) {
        p->moment1 = mg_arena_alloc(&p->memory, train);
        p->moment2 = mg_arena_alloc(&p->memory, train);
        if (o->ema) p->ema = mg_arena_alloc(&p->memory, train);
    }
    if (o->shadow) p->shadow = mg_arena_alloc(&p->memory, all / 2);
    bool whole = p->values &&
                 (!o->train || (p->grad && p->moment1 && p->moment2 && (!o->ema || p->ema))) &&
                 (!o->shadow || p->shadow);
    return whole ? MOLGLOT_OK : mg_no_memory(err, "parameters of %zu bytes", total);
}

void mg_params_refresh_shadow(mg_params *p) {
    if (p->shadow) mg_f32_to_bf16_n(p->values, p->shadow, p->n_values);
}

int mg_params_build(mg_params *p, mg_build_options o, molglot_error *err) {
    int code = mg_params_check(p, err);
    if (code) return code;
    lay_out(p);
    if ((code = allocate(p, &o, err))) return code;
    for (size_t i = 0; i < p->n; i++) {
        mg_param *q = p->list[i];
        q->t.data = p->values + q->offset;
        if (p->shadow) q->t.shadow = p->shadow + q->offset;
        if (p->grad && mg_param_trains(q)) {
            q->t.grad = p->grad + q->offset;
            q->t.needs_grad = 1;
        }
        initialise(q, o.seed, p->values + q->offset);
    }
    if (p->ema) memcpy(p->ema, p->values, (size_t)p->n_train * sizeof(float));
    mg_params_refresh_shadow(p);
    return MOLGLOT_OK;
}

/* ---- on a device ---- */

int mg_params_attach(mg_params *p, mg_tape *t, molglot_error *err) {
    if (!p->values)
        return mg_fail(err, MOLGLOT_USAGE, "parameters are attached after they are built");
    p->tape = t;
    mg_tape_attach(t, p->memory.base, p->memory.used);
    return mg_tape_error(t, err);
}

/* Values, moments, EMA and shadow: what was allocated behind the gradients. */
static size_t state_bytes(const mg_params *p) {
    return (size_t)(p->memory.base + p->memory.used - (const uint8_t *)p->values);
}

int mg_params_pull(const mg_params *p, molglot_error *err) {
    if (!p->tape) return MOLGLOT_OK;
    mg_tape_pull(p->tape, p->values, state_bytes(p));
    return mg_tape_error(p->tape, err);
}

int mg_params_push(mg_params *p, molglot_error *err) {
    if (!p->tape) return MOLGLOT_OK;
    mg_tape_push(p->tape, p->values, state_bytes(p));
    return mg_tape_error(p->tape, err);
}

/* Whether x points into the n bytes at `from`. */
static bool lies_in(const void *x, const void *from, size_t n) {
    return (uintptr_t)x >= (uintptr_t)from && (uintptr_t)x < (uintptr_t)from + n;
}

static size_t tensor_bytes(const mg_tensor *t) {
    static const size_t size[] = {[MG_F32] = 4, [MG_BF16] = 2, [MG_I8] = 1};
    return (size_t)mg_tensor_count(t) * size[t->dtype];
}

int mg_params_attach_mapped(const mg_params *p, mg_tape *t, molglot_error *err) {
    size_t n = 0;
    const uint8_t *bytes = p->file ? mg_tensor_file_bytes(p->file, &n) : NULL;
    /* what was converted while mapping */
    if (p->memory.used) mg_tape_attach(t, p->memory.base, p->memory.used);
    for (size_t i = 0; i < p->n; i++) {
        const mg_tensor *x = &p->list[i]->t;
        if (!lies_in(x->data, bytes, n) && !lies_in(x->data, p->memory.base, p->memory.used))
            mg_tape_attach(t, x->data, tensor_bytes(x));
    }
    return mg_tape_error(t, err);
}

/* ---- questions ---- */

size_t mg_params_count(const mg_params *p) { return p->n; }

int64_t mg_params_elements(const mg_params *p, bool trainable_only) {
    int64_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (!trainable_only || mg_param_trains(p->list[i])) n += mg_tensor_count(&p->list[i]->t);
    return n;
}

mg_tensor *mg_params_at(const mg_params *p, size_t i, const char **name, unsigned *flags) {
    if (i >= p->n) return NULL;
    if (name) *name = p->list[i]->name;
    if (flags) *flags = p->list[i]->flags;
    return &p->list[i]->t;
}

bool mg_params_imported(const mg_params *p, size_t i) { return i < p->n && p->list[i]->imported; }

mg_tensor *mg_params_find(const mg_params *p, const char *name) {
    mg_param *q = find(p, name);
    return q ? &q->t : NULL;
}

float *mg_params_buffers(const mg_params *p, int64_t *n) {
    *n = p->values ? p->n_values - p->buffers_from : 0;
    return *n ? p->values + p->buffers_from : NULL;
}

int mg_params_swap_ema(mg_params *p, molglot_error *err) {
    if (!p->ema) return MOLGLOT_OK;
    int code = mg_params_pull(p, err);
    if (code) return code;
    for (int64_t i = 0; i < p->n_train; i++) {
        float v = p->values[i];
        p->values[i] = p->ema[i];
        p->ema[i] = v;
    }
    mg_params_refresh_shadow(p);
    return mg_params_push(p, err);
}
