/* fibers.cc - the threads of a block, one after another in one thread of the host.
 *
 * A thread of the block runs until it has to wait: at __syncthreads for the block, at a meeting for
 * its warp. Only then does the next one start, on a stack of its own; a kernel that never waits
 * uses one stack. Which thread goes on is the order's choice (emulator.h), the same warp as long as
 * it can. So threads and warps drift apart as far as the waits allow, and where one is missing some
 * thread reads what is not written yet, or written over: ascending and descending order show it
 * from both sides.
 *
 * When nobody can go on and not all have ended, or the processor refuses an access, the kernel is
 * given up with a message and the stacks are simply used anew (kernels own nothing).
 */
#include "inside.h"

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <sys/mman.h>
#include <ucontext.h>
/* this file itself is not instrumented: every jump would clear a whole stack's shadow */
#if MG_EMU_ASAN
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emu {

enum { LANES = 32, MOST = 1024 };
enum : size_t { STACK = (size_t)256 << 10, GUARD = 65536 };

/* ---- stacks ---- */

typedef void *Place[5]; /* of __builtin_setjmp, which is lighter than the library's */

struct Fiber {
    Place at;
    bool alive; /* waits in its loop, or for its thread to go on */
    int thread;
    void *fake; /* AddressSanitizer's */
};

struct Thread {
    enum { READY, AT_BARRIER, AT_MEETING, ENDED } state;
    int fiber;
    uint64_t notes; /* mixed from mg_emu_note */
    uint3 index;
};
struct Warp {
    int arrived;
    uint32_t ready; /* lanes that may go on, or start */
    mg_emu_meeting meeting;
    mg_emu_act *act;
    void *arguments[LANES];
};

static struct Block {
    int size, ended, at_barrier;
    Thread threads[MOST];
    Warp warps[MOST / LANES];
    uint32_t ready_warps;  /* with such lanes */
    std::vector<int> idle; /* fibers without a thread */
    int current;           /* thread */
    unsigned flip;         /* for shuffled orders */
    uint64_t random;
    const std::function<void()> *body;
} block;

static Fiber fibers[MOST], host;
static char *stacks;
static Place gave_up;
static char reason[512];

static char *stack_of(const Fiber *f) { return stacks + (size_t)(f - fibers) * STACK; }

/* Two halves of a switch of stacks, for AddressSanitizer. */
static void leave(Fiber *from, const Fiber *to) {
#if MG_EMU_ASAN
    static thread_local const void *host_stack;
    static thread_local size_t host_bytes;
    if (!host_stack) {
        pthread_attr_t a;
        void *bottom;
        pthread_getattr_np(pthread_self(), &a);
        pthread_attr_getstack(&a, &bottom, &host_bytes);
        pthread_attr_destroy(&a);
        host_stack = bottom;
    }
    __sanitizer_start_switch_fiber(&from->fake, to == &host ? host_stack : stack_of(to) + GUARD,
                                   to == &host ? host_bytes : STACK - GUARD);
#else
    (void)from, (void)to;
#endif
}
static void arrive(Fiber *f) {
#if MG_EMU_ASAN
    __sanitizer_finish_switch_fiber(f->fake, nullptr, nullptr);
#else
    (void)f;
#endif
}

/* __builtin_longjmp must be in another function than the __builtin_setjmp. */
[[noreturn]] static __attribute__((noinline)) void jump(Place to) { __builtin_longjmp(to, 1); }

static void switch_to(Fiber *from, Fiber *to) {
    leave(from, to);
    if (!__builtin_setjmp(from->at)) jump(to->at);
    arrive(from);
}

/* ---- who is next ---- */

/* Bit i of the result is bit i ^ flip of x. */
static uint32_t flipped(uint32_t x, unsigned flip) {
    static const uint32_t low[] = {0x55555555u, 0x33333333u, 0x0F0F0F0Fu, 0x00FF00FFu, 0x0000FFFFu};
    for (int k = 0; k < 5; k++)
        if (flip >> k & 1) x = (x & low[k]) << (1 << k) | (x >> (1 << k) & low[k]);
    return x;
}

/* Of the bits that are set: the lowest, the highest, or the first in an order that the block and
 * the turn choose. */
static int choose(uint32_t set, unsigned flip) {
    const int order = state().settings.order;
    return order == 0   ? __builtin_ctz(set)
           : order == 1 ? 31 - __builtin_clz(set)
                        : __builtin_ctz(flipped(set, flip)) ^ (int)flip;
}

/* A thread that may go on, or start; -1: none. The same warp is preferred as long as it can: warps
 * drift apart as far as barriers allow. */
static int next_thread() {
    if (!block.ready_warps) return -1;
    block.random = block.random * 6364136223846793005u + 1442695040888963407u;
    const int w = choose(block.ready_warps, block.flip),
              lane = choose(block.warps[w].ready, block.random >> 59);
    block.warps[w].ready &= ~(1u << lane);
    if (!block.warps[w].ready) block.ready_warps &= ~(1u << w);
    return w * LANES + lane;
}

static void make_current(int t) {
    block.current = t;
    threadIdx = block.threads[t].index;
}

static void wake(int t) {
    block.threads[t].state = Thread::READY;
    block.warps[t / LANES].ready |= 1u << t % LANES;
    block.ready_warps |= 1u << t / LANES;
}

/* The fiber that a thread goes on in: its own, or an idle one. */
static Fiber *fiber_for(int t) {
    Thread &thread = block.threads[t];
    if (thread.fiber < 0) {
        thread.fiber = block.idle.back();
        block.idle.pop_back();
        fibers[thread.fiber].thread = t;
    }
    return &fibers[thread.fiber];
}

/* The current thread waits (or its fiber is idle): another goes on, or the host when there is
 * none. */
static void yield_from(Fiber *me) {
    const int t = next_thread();
    Fiber *to = t < 0 ? &host : fiber_for(t);
    if (t >= 0) make_current(t);
    if (to != me) switch_to(me, to);
}

/* The current thread waits; or it is ready, and lets the order choose. */
static void let_others(decltype(Thread::READY) state_of_mine) {
    const int me = block.current;
    block.threads[me].state = state_of_mine;
    yield_from(&fibers[block.threads[me].fiber]);
    make_current(me);
}

/* ---- the life of a fiber ---- */

static Fiber *born;

static void fiber_main() {
    Fiber *me = born;
    arrive(me);
    switch_to(me, &host);
    for (;;) {
        make_current(me->thread);
        (*block.body)();
        Thread &t = block.threads[me->thread];
        t.state = Thread::ENDED;
        t.fiber = -1;
        block.ended++;
        block.idle.push_back((int)(me - fibers));
        yield_from(me); /* perhaps with a new thread for this same fiber */
    }
}

static void give_birth(Fiber *f) {
    static ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = stack_of(f) + GUARD;
    /* or all would use the same lines of the cache */
    context.uc_stack.ss_size = STACK - GUARD - (size_t)(f - fibers) * 1600 % 32768;
    context.uc_link = nullptr;
    makecontext(&context, fiber_main, 0);
    born = f;
    f->fake = nullptr;
    leave(&host, f);
    if (!__builtin_setjmp(host.at)) setcontext(&context);
    arrive(&host);
    f->alive = true;
}

/* ---- giving up: no destructor runs on the way, so nothing here may own memory ---- */

static void blame_thread(int t, const char *why) {
    const uint3 i = block.threads[t].index;
    snprintf(reason, sizeof reason, "thread (%u,%u,%u) of block (%u,%u,%u): %s", i.x, i.y, i.z,
             blockIdx.x, blockIdx.y, blockIdx.z, why);
}

static void blame_standstill() {
    int at_barrier = 0, at_meeting = 0;
    for (int t = 0; t < block.size; t++) {
        at_barrier += block.threads[t].state == Thread::AT_BARRIER;
        at_meeting += block.threads[t].state == Thread::AT_MEETING;
    }
    snprintf(reason, sizeof reason,
             "block (%u,%u,%u): %d threads wait at __syncthreads, %d for their warp, %d have ended",
             blockIdx.x, blockIdx.y, blockIdx.z, at_barrier, at_meeting, block.ended);
}

[[noreturn]] static void give_up(const char *why) {
    blame_thread(block.current, why);
    leave(&fibers[block.threads[block.current].fiber], &host);
    jump(gave_up);
}

static void on_signal(int signal, siginfo_t *info, void *) {
    char text[128];
    if (signal == SIGSEGV || signal == SIGBUS)
        snprintf(text, sizeof text, "illegal address %p", info->si_addr);
    else
        snprintf(text, sizeof text, "misaligned, overflowing or dividing by zero (signal %d)",
                 signal);
    give_up(text);
}

/* The signals are ours only while a kernel runs: test frameworks want them too. */
static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
static struct sigaction theirs[sizeof SIGNALS / sizeof *SIGNALS];

static void catch_signals() {
    alignas(64) static thread_local char stack[64 << 10];
    static thread_local bool has_stack;
    stack_t alternative = {};
    alternative.ss_sp = stack;
    alternative.ss_size = sizeof stack;
    if (!has_stack) has_stack = sigaltstack(&alternative, nullptr) == 0;
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        sigaction(SIGNALS[i], &action, &theirs[i]);
}

static void release_signals() {
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        sigaction(SIGNALS[i], &theirs[i], nullptr);
}

/* ---- blocks and grids ---- */

static bool make_stacks() {
    if (stacks) return true;
    void *p = mmap(nullptr, STACK * MOST, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    stacks = (char *)p;
    for (int i = 0; i < MOST; i++) mprotect(stacks + (size_t)i * STACK, GUARD, PROT_NONE);
    return true;
}

/* False, and a reason, when the threads are at a standstill. */
static bool run_block(uint64_t seed) {
    block.ended = block.at_barrier = 0;
    block.random = seed * 0x9E3779B97F4A7C15u + 1;
    block.flip = block.random >> 32 & 31;
    for (int t = 0; t < block.size; t++)
        block.threads[t].state = Thread::READY, block.threads[t].fiber = -1,
        block.threads[t].notes = 0;
    for (Warp &w : block.warps) w.arrived = 0, w.ready = 0;
    block.ready_warps = 0;
    for (int t = 0; t < block.size; t++) wake(t);
    const int first = next_thread();
    Fiber *f = fiber_for(first);
    make_current(first);
    switch_to(&host, f);
    if (block.ended < block.size) {
        blame_standstill();
        return false;
    }
    for (int t = 1; t < block.size; t++)
        if (t % LANES && block.threads[t].notes != block.threads[t - 1].notes) {
            blame_thread(t, "the lanes of a warp gave different arguments to wmma");
            return false;
        }
    return true;
}

static bool run_blocks(dim3 grid) {
    const uint64_t n = (uint64_t)grid.x * grid.y * grid.z;
    const int order = state().settings.order;
    uint64_t step = n / 2 + 1; /* for shuffling: without a common factor */
    auto common = [](uint64_t a, uint64_t b) {
        while (b) {
            const uint64_t r = a % b;
            a = b;
            b = r;
        }
        return a;
    };
    while (order == 2 && common(step, n) != 1) step++;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t b = order == 0 ? i : order == 1 ? n - 1 - i : i * step % n;
        blockIdx = {(unsigned)(b % grid.x), (unsigned)(b / grid.x % grid.y),
                    (unsigned)(b / grid.x / grid.y)};
        if (!run_block(b)) return false;
    }
    return true;
}

void run_grid(dim3 grid, dim3 shape, const std::function<void()> &thread) {
    if (!make_stacks()) return die(cudaErrorLaunchFailure, "no memory for the emulator's stacks");
    gridDim = grid;
    blockDim = shape;
    block.body = &thread;
    block.size = (int)(shape.x * shape.y * shape.z);
    for (int t = 0; t < block.size; t++)
        block.threads[t].index = {(unsigned)t % shape.x, (unsigned)t / shape.x % shape.y,
                                  (unsigned)t / shape.x / shape.y};
    block.idle.clear();
    for (int i = block.size - 1; i >= 0; i--) {
        if (!fibers[i].alive) give_birth(&fibers[i]);
        block.idle.push_back(i);
    }
    bool fine = false;
    catch_signals();
    if (__builtin_setjmp(gave_up))
        arrive(&host);
    else
        fine = run_blocks(grid);
    release_signals();
    if (fine) return;
    for (int i = 0; i < block.size; i++) fibers[i].alive = false;
#if MG_EMU_ASAN
    for (int i = 0; i < block.size; i++)
        __asan_unpoison_memory_region(stack_of(&fibers[i]) + GUARD, STACK - GUARD);
#endif
    die(strstr(reason, "illegal address") ? cudaErrorIllegalAddress : cudaErrorLaunchFailure,
        "launch " + std::to_string(state().running) + ": " + reason);
}

} // namespace emu

using namespace emu;

/* ---- what kernels call ---- */

void mg_emu_stop(const char *fmt, ...) {
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    give_up(text);
}

void __syncthreads() {
    if (++block.at_barrier < block.size) return let_others(Thread::AT_BARRIER);
    block.at_barrier = 0;
    for (int t = 0; t < block.size; t++) wake(t);
    let_others(Thread::READY);
}

void mg_emu_note(mg_emu_meeting what, const void *address, unsigned more) {
    uint64_t &notes = block.threads[block.current].notes;
    notes = (notes ^ (uint64_t)(uintptr_t)address ^ (uint64_t)more << 48 ^ (uint64_t)what) *
                0x9E3779B97F4A7C15u +
            1;
}

void mg_emu_meet(mg_emu_meeting meeting, void *argument, mg_emu_act *act) {
    const int me = block.current, lane = me % LANES, first = me - lane;
    Warp &w = block.warps[me / LANES];
    if (w.arrived == 0)
        w.meeting = meeting, w.act = act;
    else if (w.meeting != meeting || w.act != act)
        mg_emu_stop("the lanes of a warp wait in different calls (%d and %d)", w.meeting, meeting);
    w.arguments[lane] = argument;
    if (++w.arrived < LANES) return let_others(Thread::AT_MEETING);
    w.arrived = 0;
    for (int t = first; t < first + LANES; t++)
        if (block.threads[t].notes != block.threads[me].notes)
            mg_emu_stop("the lanes of a warp gave different arguments to wmma");
    act(w.arguments);
    for (int t = first; t < first + LANES; t++) wake(t);
    let_others(Thread::READY);
}

void __syncwarp(unsigned mask) {
    if (mask != 0xFFFFFFFFu) mg_emu_stop("__syncwarp with the mask %08x", mask);
    mg_emu_meet(MG_EMU_SYNCWARP, nullptr, [](void *const *) {});
}

struct Shuffle {
    uint64_t in, out;
    int param, width;
    mg_emu_meeting how;
};

static void shuffle_all(void *const lanes[32]) {
    for (int l = 0; l < LANES; l++) {
        Shuffle *s = (Shuffle *)lanes[l];
        const int low = l / s->width * s->width, high = low + s->width;
        int from = s->how == MG_EMU_SHUFFLE       ? low + (s->param & (s->width - 1))
                   : s->how == MG_EMU_SHUFFLE_XOR ? l ^ s->param
                   : s->how == MG_EMU_SHUFFLE_UP  ? l - s->param
                                                  : l + s->param;
        if (from < low || from >= high) from = l;
        s->out = ((const Shuffle *)lanes[from])->in;
    }
}

uint64_t mg_emu_shuffle(mg_emu_meeting how, unsigned mask, uint64_t bits, int param, int width) {
    if (mask != 0xFFFFFFFFu) mg_emu_stop("a shuffle with the mask %08x", mask);
    if (width < 1 || width > LANES || (width & (width - 1)))
        mg_emu_stop("a shuffle of width %d", width);
    Shuffle s = {bits, 0, param, width, how};
    mg_emu_meet(how, &s, shuffle_all);
    return s.out;
}
