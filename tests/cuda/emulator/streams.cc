/* streams.cc - streams, events and copies.
 *
 * A stream is a queue of work: kernels, copies, marks (an event was recorded) and waits (for a mark
 * of another stream). When the work runs is the mode's choice (emulator.h); within a stream it runs
 * in order, and a wait runs the other stream up to the mark. So every mode is a schedule that real
 * hardware may choose too, and results that differ between modes show missing waits.
 */
#include "inside.h"

#include <algorithm>

using namespace emu;

/* ---- what handles point to ---- */

struct Mark {
    CUstream_st *stream;
    bool done;
};

struct Work {
    enum { KERNEL, COPY, MARK, WAIT } kind;
    std::function<void()> run;
    std::shared_ptr<Mark> mark;
};

struct CUstream_st {
    int device;
    std::deque<Work> queue;
};
struct CUevent_st {
    std::shared_ptr<Mark> mark;
};

static std::vector<CUstream_st *> &streams() {
    static auto *all = new std::vector<CUstream_st *>;
    return *all;
}

static bool is_stream(cudaStream_t s) {
    return std::find(streams().begin(), streams().end(), s) != streams().end();
}

/* ---- running ---- */

static void run_until(CUstream_st *s, const std::shared_ptr<Mark> &mark);

static void run_first(CUstream_st *s) {
    if (s->queue.front().kind == Work::WAIT && !s->queue.front().mark->done)
        run_until(s->queue.front().mark->stream, s->queue.front().mark);
    Work w = std::move(s->queue.front());
    s->queue.pop_front();
    if (w.kind == Work::MARK) w.mark->done = true;
    if (w.run && state().sticky == cudaSuccess) {
        reach_device_memory();
        w.run();
    }
}

/* mark NULL: everything. */
static void run_until(CUstream_st *s, const std::shared_ptr<Mark> &mark) {
    while (!s->queue.empty() && !(mark && mark->done)) run_first(s);
}

/* Everything in any stream that is no kernel and does not wait for one. */
static void run_copies() {
    for (bool again = true; again;) {
        again = false;
        for (CUstream_st *s : streams())
            while (!s->queue.empty() && s->queue.front().kind != Work::KERNEL &&
                   !(s->queue.front().kind == Work::WAIT && !s->queue.front().mark->done)) {
                run_first(s);
                again = true;
            }
    }
}

static void submit(CUstream_st *s, Work w) {
    s->queue.push_back(std::move(w));
    if (state().settings.mode == NOW) run_until(s, nullptr);
    if (state().settings.mode == COPIES) run_copies();
}

void emu::finish_all() {
    for (CUstream_st *s : streams()) run_until(s, nullptr);
}

void emu::forget_all() {
    for (CUstream_st *s : streams()) s->queue.clear();
}

cudaError_t emu::check_stream(cudaStream_t s) {
    if (!s)
        return explain(cudaErrorInvalidResourceHandle,
                       "work for the default stream, which is not emulated");
    if (!is_stream(s))
        return explain(cudaErrorInvalidResourceHandle, "work for a stream that does not exist");
    if (s->device != current_device())
        return explain(cudaErrorInvalidResourceHandle,
                       "the stream is device %d's, the current one is %d", s->device,
                       current_device());
    return cudaSuccess;
}

void emu::submit_kernel(cudaStream_t s, std::function<void()> run) {
    const long number = ++state().counts.launches;
    if (fails_now(FAIL_LAUNCH, number))
        run = [] { die(cudaErrorLaunchFailure, "unspecified launch failure"); };
    submit(s, {Work::KERNEL, [number, run] { state().running = number, run(); }, nullptr});
}

/* ---- kernels ---- */

/* A pointer in the arguments must be the stream's device's. Words that are no addresses are let
 * through, and so is a small number in a field of 32 bits, which with the stale padding above it
 * can look like one. */
static cudaError_t check_argument(const mg_emu_bytes &a, int index, int device) {
    for (size_t at = 0; at + sizeof(uintptr_t) <= a.n; at += sizeof(uintptr_t)) {
        uintptr_t word;
        memcpy(&word, (const char *)a.at + at, sizeof word);
        if ((uint32_t)word < 1u << 20) continue;
        const Range *r = find_device((const void *)word, 0);
        if (r && r->device != device)
            return explain(cudaErrorIllegalAddress,
                           "argument %d of a kernel is an address of device %d", index, r->device);
        if (!r && is_host_memory(word))
            return explain(cudaErrorIllegalAddress,
                           "argument %d of a kernel holds an address of the host", index);
    }
    return cudaSuccess;
}

static const char *wrong_shape(const cudaLaunchConfig_t *c) {
    const dim3 g = c->gridDim, b = c->blockDim;
    const uint64_t threads = (uint64_t)b.x * b.y * b.z;
    if (g.x == 0 || g.y == 0 || g.z == 0 || threads == 0) return "an empty grid or block";
    if (g.x > 0x7FFFFFFFu || g.y > 65535 || g.z > 65535)
        return "a grid larger than 2147483647 x 65535 x 65535";
    if (threads > 1024 || b.z > 64) return "a block of more than 1024 threads";
    if (c->dynamicSmemBytes || c->numAttrs)
        return "dynamic shared memory or attributes, which are not emulated";
    return nullptr;
}

cudaError_t mg_emu_launch(const cudaLaunchConfig_t *config, std::function<void()> thread,
                          const mg_emu_bytes *arguments, int n) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    const cudaError_t e = check_stream(config->stream);
    if (e != cudaSuccess) return call.gives(e);
    size_t bytes = 0;
    for (int i = 0; i < n; i++) {
        bytes += arguments[i].n;
        if (check_argument(arguments[i], i, config->stream->device) != cudaSuccess)
            die(cudaErrorIllegalAddress, std::string(state().report));
    }
    if (call.dead()) return call.gives(cudaSuccess);
    if (const char *what = wrong_shape(config))
        return call.gives(explain(cudaErrorInvalidConfiguration, "a launch with %s", what));
    if (bytes > 4096)
        return call.gives(
            explain(cudaErrorInvalidConfiguration, "a launch with %zu bytes of arguments", bytes));
    const dim3 grid = config->gridDim, block = config->blockDim;
    submit_kernel(config->stream, [grid, block, thread] { run_grid(grid, block, thread); });
    return call.gives(cudaSuccess);
}

/* ---- copies ---- */

static cudaError_t check_copy(const void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (kind == cudaMemcpyDefault || kind == cudaMemcpyHostToHost)
        return explain(cudaErrorInvalidMemcpyDirection, "a copy whose direction is not said");
    if (to_device != (find_device(to, 0) != nullptr) ||
        from_device != (find_device(from, 0) != nullptr))
        return explain(cudaErrorInvalidValue,
                       "a copy whose direction is not that of its addresses");
    if ((to_device && !find_device(to, bytes)) || (from_device && !find_device(from, bytes)))
        return explain(cudaErrorInvalidValue,
                       "a copy of %zu bytes that leaves its device allocation", bytes);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t s) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    if (fails_now(FAIL_COPY, ++state().counts.copies)) return call.gives(cudaErrorUnknown);
    cudaError_t e = check_stream(s);
    if (e == cudaSuccess && bytes) e = check_copy(to, from, bytes, kind);
    if (e != cudaSuccess || !bytes) return call.gives(e);

    const bool pageable = (kind == cudaMemcpyHostToDevice && !find_pinned(from, bytes)) ||
                          (kind == cudaMemcpyDeviceToHost && !find_pinned(to, bytes));
    std::shared_ptr<std::vector<char>> staged;
    /* read before the call returns; pinned memory is read when the copy runs */
    if (pageable && kind == cudaMemcpyHostToDevice) {
        staged = std::make_shared<std::vector<char>>((const char *)from,
                                                     (const char *)from + bytes);
        from = staged->data();
    }
    submit(s, {Work::COPY, [to, from, bytes, staged] { memmove(to, from, bytes); }, nullptr});
    if (pageable && kind == cudaMemcpyDeviceToHost) run_until(s, nullptr);
    return call.gives(cudaSuccess);
}

int mg_emu_scale(float *x, size_t n, float by, void *stream) {
    Call call;
    cudaStream_t s = (cudaStream_t)stream;
    if (call.dead() || check_stream(s) != cudaSuccess || !find_device(x, n * sizeof *x)) return 0;
    submit(s, {Work::KERNEL,
               [x, n, by] {
                   for (size_t i = 0; i < n; i++) x[i] *= by;
               },
               nullptr});
    return 1;
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t s) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    cudaError_t e = check_stream(s);
    if (e == cudaSuccess && bytes && !find_device(p, bytes))
        e = explain(cudaErrorInvalidValue, "memset of %zu bytes outside an allocation", bytes);
    if (e != cudaSuccess || !bytes) return call.gives(e);
    submit(s, {Work::KERNEL, [p, value, bytes] { memset(p, value, bytes); }, nullptr});
    return call.gives(cudaSuccess);
}

/* ---- streams ---- */

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *s, unsigned flags) {
    Call call;
    *s = nullptr;
    if (call.dead() || flags > cudaStreamNonBlocking) return call.gives(cudaErrorInvalidValue);
    *s = new CUstream_st{current_device(), {}};
    streams().push_back(*s);
    state().counts.handles++;
    return call.gives(cudaSuccess);
}

cudaError_t cudaStreamDestroy(cudaStream_t s) {
    Call call;
    if (!is_stream(s)) return call.gives(cudaErrorInvalidResourceHandle);
    run_until(s, nullptr);
    streams().erase(std::find(streams().begin(), streams().end(), s));
    delete s;
    state().counts.handles--;
    return call.gives(cudaSuccess);
}

cudaError_t cudaStreamSynchronize(cudaStream_t s) {
    Call call;
    if (!is_stream(s)) return call.gives(cudaErrorInvalidResourceHandle);
    run_until(s, nullptr);
    return call.gives(cudaSuccess);
}

/* A loop around a query must come to an end in every mode, so each one runs a piece of work. */
cudaError_t cudaStreamQuery(cudaStream_t s) {
    Call call;
    if (!is_stream(s)) return call.gives(cudaErrorInvalidResourceHandle);
    if (s->queue.empty()) return call.gives(cudaSuccess);
    run_first(s);
    return call.gives(cudaErrorNotReady);
}

cudaError_t cudaDeviceSynchronize() {
    Call call;
    finish_all();
    return call.gives(cudaSuccess);
}

/* ---- events ---- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *e, unsigned flags) {
    Call call;
    *e = nullptr;
    if (call.dead() || flags & ~3u) return call.gives(cudaErrorInvalidValue);
    *e = new CUevent_st{nullptr};
    state().counts.handles++;
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventDestroy(cudaEvent_t e) {
    Call call;
    if (!e) return call.gives(cudaErrorInvalidResourceHandle);
    delete e;
    state().counts.handles--;
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    const cudaError_t wrong = check_stream(s);
    if (wrong != cudaSuccess || !e)
        return call.gives(wrong ? wrong : cudaErrorInvalidResourceHandle);
    e->mark = std::make_shared<Mark>(Mark{s, false});
    submit(s, {Work::MARK, nullptr, e->mark});
    return call.gives(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned flags) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    if (!is_stream(s) || !e || flags) return call.gives(cudaErrorInvalidValue);
    if (!e->mark) return call.gives(cudaSuccess); /* never recorded */
    submit(s, {Work::WAIT, nullptr, e->mark});
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t e) {
    Call call;
    if (!e) return call.gives(cudaErrorInvalidResourceHandle);
    if (e->mark && !e->mark->done) run_until(e->mark->stream, e->mark);
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t e) {
    Call call;
    if (!e) return call.gives(cudaErrorInvalidResourceHandle);
    if (!e->mark || e->mark->done) return call.gives(cudaSuccess);
    run_first(e->mark->stream);
    return call.gives(cudaErrorNotReady);
}
