/* inside.h - what the emulator's own files share. One lock guards everything: a call of the API
 * holds it from start to end. */
#ifndef MG_EMU_INSIDE_H
#define MG_EMU_INSIDE_H

#include "cuda_runtime.h"
#include "emulator.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace emu {

enum Mode { NOW, LATE, COPIES };
enum Failing { FAIL_NONE, FAIL_MALLOC, FAIL_LAUNCH, FAIL_COPY };

struct Settings {
    Mode mode;
    int order, devices;
    bool guard;
    size_t memory; /* bytes of each device */
    Failing failing;
    long fail_at;
};

struct State {
    std::recursive_mutex lock;
    Settings settings;
    mg_emu_counts counts;
    long running;             /* number of the launch that runs */
    cudaError_t sticky, last; /* of a failed kernel; of the last call that failed */
    cudaError_t reported;     /* the code that `report` explains */
    std::string report;
};
State &state();

/* Held by every call of the API. */
class Call {
    std::lock_guard<std::recursive_mutex> held;

  public:
    Call() : held(state().lock) {}
    ~Call(); /* device memory out of reach again */
    /* The value of the call: the sticky error when there is one. */
    cudaError_t gives(cudaError_t e);
    bool dead() const { return state().sticky != cudaSuccess; }
};

/* Explains code in cudaGetErrorString; gives code. */
cudaError_t explain(cudaError_t code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A kernel failed: every later call does. */
void die(cudaError_t code, const std::string &why);
bool fails_now(Failing kind, long count);

/* ---- memory (device.cc) ---- */
struct Range {
    uintptr_t base;
    size_t bytes;
    char *map; /* what munmap takes */
    size_t map_bytes;
    int device; /* -1: pinned memory of the host */
};
/* The range that holds all of [p, p + bytes), or NULL. */
const Range *find_device(const void *p, size_t bytes);
const Range *find_pinned(const void *p, size_t bytes);
bool is_host_memory(uintptr_t p); /* mapped, and not a device's */
void reach_device_memory();       /* until the call ends */
int current_device();

/* ---- queues (streams.cc) ---- */
typedef struct CUstream_st Stream;
/* 0 when the stream may be given work: alive, of the current device. */
cudaError_t check_stream(cudaStream_t s);
/* A kernel or a product on the stream: counted, may be the one that is to fail. */
void submit_kernel(cudaStream_t s, std::function<void()> run);
void finish_all();
void forget_all();

/* ---- kernels (fibers.cc) ---- */
void run_grid(dim3 grid, dim3 block, const std::function<void()> &thread);

} // namespace emu

#endif
