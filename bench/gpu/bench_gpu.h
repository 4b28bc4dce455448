/* bench_gpu.h - between the files of bench_gpu: the run they share, and synthetic batches.
 *
 *   bench_gpu.c         options, the two ceilings
 *   bench_gpu_ops.c     the op table
 *   bench_gpu_model.c   training step, towers
 *   synthetic.c         batches; synthetic.py makes the same
 */
#ifndef BENCH_GPU_H
#define BENCH_GPU_H

#include "chem/chem.h"
#include "tensor/inside.h"
#include "text/text.h"

enum { VOCAB = 8192, LONGEST_TEXT = 128 };

typedef struct bench_gpu {
    const char *device;
    mg_precision precision;
    bool tiny;      /* sizes for a look at the program itself on a CPU */
    double seconds; /* the least time a figure is measured for */
    /* ceilings: FLOP/s of a large product in f32 and bf16; bytes/s of a large copy */
    double peak[2], bandwidth;
    mg_tape *tape;
    molglot_error err;
} bench_gpu;

double bench_now(void); /* s */
/* Waits until the device has computed everything so far. p: an address that it knows. */
bool bench_wait(mg_tape *t, void *p);
const char *bench_precision(const bench_gpu *b);
/* Seconds of one run of `work`, which asks for something on the device: the mean of as many runs as
 * take b->seconds, after one for plans and first touches; waits for p at their end. 0 after a
 * failure. */
double bench_time(bench_gpu *b, bool (*work)(void *context), void *context, void *p);

bool bench_ops(bench_gpu *b);
/* The training step of `batch` pairs; the towers' forward passes, too. False with
 * b->err (a size that does not fit is told, and is no failure). */
bool bench_step(bench_gpu *b, int64_t batch);
bool bench_towers(bench_gpu *b, int64_t batch);

/* ---- synthetic.c: n pairs, a function of (n, number) ---- */
typedef struct synthetic {
    mg_text_batch text;
    mg_mol_batch mol;
    int64_t tokens, longest, atoms, edges;
    double squares;    /* sum of squared text lengths */
    uint32_t checksum; /* synthetic.py prints the same */
    mg_arena memory;
} synthetic;
bool synthetic_make(synthetic *s, int64_t n, uint64_t number);
void synthetic_free(synthetic *s);

#endif
