/* streams.cc - streams, events, copies and graphs.
 *
 * A stream is a queue of work: kernels, copies, marks (an event was recorded) and waits (for a mark
 * of another stream). When the work runs is the mode's choice (emulator.h); within a stream it runs
 * in order, and a wait runs the other stream up to the mark. So every mode is a schedule that real
 * hardware may choose too, and results that differ between modes show missing waits. A stream that
 * captures puts its work into the graph, in the order of the calls, which is one that the graph's
 * edges allow.
 */
#include "inside.h"

#include <algorithm>

using namespace emu;

/* ---- what handles point to ---- */

struct Mark {
    CUstream_st *stream;
    long capture;  /* not 0: recorded in this capture */
    long position; /* how much work its stream had been given */
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
    CUgraph_st *graph; /* captures into it */
    long given;        /* work so far */
    bool loose;        /* captured work that no other stream has waited for */
};
struct CUevent_st {
    std::shared_ptr<Mark> mark;
};
struct CUgraph_st {
    long capture; /* a number of its own */
    CUstream_st *origin;
    cudaStreamCaptureMode mode;
    std::vector<Work> work;
    cudaError_t broken;
};
struct CUgraphExec_st {
    std::vector<Work> work;
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
    s->given++;
    if (s->graph) {
        if (w.kind == Work::KERNEL || w.kind == Work::COPY) {
            s->graph->work.push_back(std::move(w));
            s->loose = s != s->graph->origin;
        }
        return;
    }
    s->queue.push_back(std::move(w));
    if (state().settings.mode == NOW) run_until(s, nullptr);
    if (state().settings.mode == COPIES) run_copies();
}

void emu::finish_all() {
    for (CUstream_st *s : streams()) run_until(s, nullptr);
}

void emu::forget_all() {
    for (CUstream_st *s : streams()) {
        s->queue.clear();
        s->graph = nullptr;
    }
}

static bool any_capture() {
    return std::any_of(streams().begin(), streams().end(),
                       [](CUstream_st *s) { return s->graph != nullptr; });
}

bool emu::strict_capture() {
    return std::any_of(streams().begin(), streams().end(), [](CUstream_st *s) {
        return s->graph && s->graph->mode != cudaStreamCaptureModeRelaxed;
    });
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
    if (pageable && s->graph)
        return call.gives(explain(cudaErrorStreamCaptureUnsupported,
                                  "a copy of pageable memory while capturing"));
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
    *s = new CUstream_st{current_device(), {}, nullptr, 0, false};
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
    if (s->graph) {
        s->graph->broken = cudaErrorStreamCaptureInvalidated;
        return call.gives(cudaErrorStreamCaptureUnsupported);
    }
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
    if (any_capture()) return call.gives(cudaErrorStreamCaptureUnsupported);
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
    e->mark =
        std::make_shared<Mark>(Mark{s, s->graph ? s->graph->capture : 0, s->given + 1, false});
    submit(s, {Work::MARK, nullptr, e->mark});
    return call.gives(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned flags) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    if (!is_stream(s) || !e || flags) return call.gives(cudaErrorInvalidValue);
    if (!e->mark) return call.gives(cudaSuccess); /* never recorded */
    const Mark &mark = *e->mark;
    if (s->graph && s->graph->capture != mark.capture) {
        s->graph->broken = cudaErrorStreamCaptureInvalidated;
        return call.gives(explain(cudaErrorStreamCaptureIsolation,
                                  "a captured stream waits for work outside the capture"));
    }
    if (mark.capture) {
        CUgraph_st *graph = mark.stream->graph;
        /* that capture is over */
        if (!graph || graph->capture != mark.capture) return call.gives(cudaErrorCapturedEvent);
        s->graph = graph; /* the stream joins it */
        if (mark.position == mark.stream->given) mark.stream->loose = false;
    }
    submit(s, {Work::WAIT, nullptr, e->mark});
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t e) {
    Call call;
    if (!e) return call.gives(cudaErrorInvalidResourceHandle);
    if (e->mark && e->mark->capture) return call.gives(cudaErrorCapturedEvent);
    if (e->mark && !e->mark->done) run_until(e->mark->stream, e->mark);
    return call.gives(cudaSuccess);
}

cudaError_t cudaEventQuery(cudaEvent_t e) {
    Call call;
    if (!e) return call.gives(cudaErrorInvalidResourceHandle);
    if (e->mark && e->mark->capture) return call.gives(cudaErrorCapturedEvent);
    if (!e->mark || e->mark->done) return call.gives(cudaSuccess);
    run_first(e->mark->stream);
    return call.gives(cudaErrorNotReady);
}

/* ---- graphs ---- */

cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode mode) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    const cudaError_t e = check_stream(s);
    if (e != cudaSuccess || s->graph)
        return call.gives(e ? e : explain(cudaErrorInvalidValue, "the stream captures already"));
    static long captures;
    s->graph = new CUgraph_st{++captures, s, mode, {}, cudaSuccess};
    state().counts.handles++;
    return call.gives(cudaSuccess);
}

cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t *out) {
    Call call;
    *out = nullptr;
    if (!is_stream(s)) return call.gives(cudaErrorInvalidResourceHandle);
    CUgraph_st *graph = s->graph;
    if (!graph || graph->origin != s) return call.gives(cudaErrorStreamCaptureUnmatched);
    cudaError_t e = graph->broken;
    for (CUstream_st *other : streams())
        if (other->graph == graph) {
            if (other->loose && e == cudaSuccess)
                e = explain(cudaErrorStreamCaptureUnjoined,
                            "captured work that the first stream never waited for");
            other->graph = nullptr;
            other->loose = false;
        }
    if (e == cudaSuccess)
        *out = graph;
    else {
        delete graph;
        state().counts.handles--;
    }
    return call.gives(e);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph,
                                 unsigned long long flags) {
    Call call;
    *exec = nullptr;
    if (call.dead() || !graph || flags) return call.gives(cudaErrorInvalidValue);
    *exec = new CUgraphExec_st{graph->work};
    state().counts.handles++;
    return call.gives(cudaSuccess);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t s) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    const cudaError_t e = check_stream(s);
    if (e != cudaSuccess || !exec) return call.gives(e ? e : cudaErrorInvalidValue);
    const std::vector<Work> work = exec->work;
    submit_kernel(s, [work] {
        for (const Work &w : work)
            if (state().sticky == cudaSuccess) w.run();
    });
    return call.gives(cudaSuccess);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
    Call call;
    if (exec) state().counts.handles--;
    delete exec;
    return call.gives(cudaSuccess);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    Call call;
    if (graph) state().counts.handles--;
    delete graph;
    return call.gives(cudaSuccess);
}
