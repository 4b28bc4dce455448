/* device.cc - the emulated devices: their settings, their errors, and their memory.
 *
 * A device allocation is a mapping of its own. It ends at a page that cannot be touched (up to the
 * alignment of 256 bytes), starts as NaN in every float, bf16 and double, and with MG_EMU_GUARD is
 * out of reach except while a kernel or a copy runs. The NaN come from one file that is mapped many
 * times, so memory that is never written costs nothing.
 */
#include "inside.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace emu {

enum : size_t {
    PAGE = 65536 /* a multiple of every system's */,
    ALIGN = 256,
    PATTERN = (size_t)16 << 20
};

struct Memory {
    std::map<uintptr_t, Range> device, pinned;
    size_t used[64];
    bool reachable;
    int pattern; /* file descriptor */
};
static Memory &memory() {
    static Memory m = {{}, {}, {}, true, -1};
    return m;
}

static thread_local int chosen;
int current_device() { return chosen; }

/* ---- settings ---- */

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text && *text ? atol(text) : otherwise;
}

static Settings settings_from_environment() {
    Settings s = {};
    const char *mode = getenv("MG_EMU_MODE"), *fail = getenv("MG_EMU_FAIL");
    s.mode = mode && strcmp(mode, "late") == 0     ? LATE
             : mode && strcmp(mode, "copies") == 0 ? COPIES
                                                   : NOW;
    s.order = (int)number("MG_EMU_ORDER", 0);
    s.guard = number("MG_EMU_GUARD", 0) != 0;
    s.devices = (int)number("MG_EMU_DEVICES", 2);
    s.memory = (size_t)number("MG_EMU_MEMORY", 2048) << 20;
    if (!fail) return s;
    s.failing = strncmp(fail, "malloc:", 7) == 0   ? FAIL_MALLOC
                : strncmp(fail, "launch:", 7) == 0 ? FAIL_LAUNCH
                : strncmp(fail, "copy:", 5) == 0   ? FAIL_COPY
                                                   : FAIL_NONE;
    s.fail_at = strchr(fail, ':') ? atol(strchr(fail, ':') + 1) : 0;
    return s;
}

State &state() {
    static State *s = new State{
        {}, settings_from_environment(), {}, 0, cudaSuccess, cudaSuccess, cudaSuccess, {}};
    return *s;
}

bool fails_now(Failing kind, long count) {
    return state().settings.failing == kind && state().settings.fail_at == count;
}

/* ---- errors ---- */

static void set_reach(bool on) {
    Memory &m = memory();
    if (m.reachable == on) return;
    for (auto &entry : m.device)
        mprotect(entry.second.map, entry.second.map_bytes - PAGE,
                 on ? PROT_READ | PROT_WRITE : PROT_NONE);
    m.reachable = on;
}
void reach_device_memory() { set_reach(true); }

Call::~Call() { set_reach(!state().settings.guard); }

cudaError_t Call::gives(cudaError_t e) {
    if (dead()) return state().sticky;
    if (e != cudaSuccess && e != cudaErrorNotReady) state().last = e;
    return e;
}

cudaError_t explain(cudaError_t code, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    state().reported = code;
    state().report = text;
    return code;
}

void die(cudaError_t code, const std::string &why) {
    if (state().sticky != cudaSuccess) return;
    state().sticky = state().last = code;
    explain(code, "%s", why.c_str());
}

/* ---- ranges ---- */

static const Range *find(const std::map<uintptr_t, Range> &ranges, const void *p, size_t bytes) {
    const uintptr_t at = (uintptr_t)p;
    auto next = ranges.upper_bound(at);
    if (next == ranges.begin()) return nullptr;
    const Range &r = std::prev(next)->second;
    return at - r.base <= r.bytes && bytes <= r.bytes - (at - r.base) ? &r : nullptr;
}
const Range *find_device(const void *p, size_t bytes) { return find(memory().device, p, bytes); }
const Range *find_pinned(const void *p, size_t bytes) { return find(memory().pinned, p, bytes); }

bool is_host_memory(uintptr_t p) {
    static const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char resident;
    return p >= page && !find_device((const void *)p, 0) &&
           mincore((void *)(p / page * page), 1, &resident) == 0;
}

/* Every 32 bits 0x7FFFFFFF: NaN as float, as either bf16 half and as double; as an index, far
 * outside. */
static bool make_pattern(Memory &m) {
    if (m.pattern >= 0) return true;
    std::vector<uint32_t> words(PATTERN / sizeof(uint32_t), 0x7FFFFFFFu);
    m.pattern = memfd_create("poison", MFD_CLOEXEC);
    return m.pattern >= 0 && write(m.pattern, words.data(), PATTERN) == (ssize_t)PATTERN;
}

static bool map_poisoned(Range &r) {
    Memory &m = memory();
    const size_t room = (r.bytes + PAGE - 1) / PAGE * PAGE,
                 ends = (r.bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (!make_pattern(m)) return false;
    void *map = mmap(nullptr, room + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1, 0);
    if (map == MAP_FAILED) return false;
    r.map = (char *)map;
    r.map_bytes = room + PAGE;
    r.base = (uintptr_t)r.map + room - ends;
    for (size_t at = 0; at < room; at += PATTERN) {
        const size_t n = room - at < PATTERN ? room - at : PATTERN;
        if (mmap(r.map + at, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
                 m.pattern, 0) == MAP_FAILED) {
            munmap(map, r.map_bytes);
            return false;
        }
    }
    if (!m.reachable) mprotect(r.map, room, PROT_NONE);
    return true;
}

static cudaError_t allocate(void **p, size_t bytes, int device) {
    Memory &m = memory();
    State &s = state();
    *p = nullptr;
    if (bytes == 0) return cudaSuccess;
    if (fails_now(FAIL_MALLOC, ++s.counts.allocations)) return cudaErrorMemoryAllocation;
    if (device >= 0 && (bytes > s.settings.memory || m.used[device] > s.settings.memory - bytes))
        return cudaErrorMemoryAllocation;
    Range r = {0, bytes, nullptr, 0, device};
    if (!map_poisoned(r)) return cudaErrorMemoryAllocation;
    if (device < 0) mprotect(r.map, r.map_bytes - PAGE, PROT_READ | PROT_WRITE);
    (device < 0 ? m.pinned : m.device)[r.base] = r;
    if (device >= 0) m.used[device] += bytes;
    (device < 0 ? s.counts.pinned_bytes : s.counts.device_bytes) += (long)bytes;
    *p = (void *)r.base;
    return cudaSuccess;
}

static cudaError_t release(std::map<uintptr_t, Range> &ranges, void *p, long &bytes) {
    auto found = ranges.find((uintptr_t)p);
    if (!p) return cudaSuccess;
    if (found == ranges.end())
        return explain(cudaErrorInvalidValue, "freeing %p, which was not allocated", p);
    finish_all(); /* as the real calls do */
    const Range r = found->second;
    ranges.erase(found);
    if (r.device >= 0) memory().used[r.device] -= r.bytes;
    bytes -= (long)r.bytes;
    munmap(r.map, r.map_bytes);
    return cudaSuccess;
}

} // namespace emu

using namespace emu;

/* ---- for the tests ---- */

void mg_emu_reset(void) {
    Call call;
    State &s = state();
    finish_all();
    forget_all();
    s.settings = settings_from_environment();
    s.sticky = s.last = s.reported = cudaSuccess;
    s.report.clear();
    s.counts.launches = s.counts.copies = s.counts.allocations = s.counts.products = 0;
}

void mg_emu_count(mg_emu_counts *c) {
    Call call;
    *c = state().counts;
}

/* ---- the API ---- */

const char *cudaGetErrorName(cudaError_t e) {
    switch (e) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorNoDevice: return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
    case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    default: return "a CUDA error";
    }
}

const char *cudaGetErrorString(cudaError_t e) {
    Call call;
    if (e != cudaSuccess && e == state().reported) return state().report.c_str();
    switch (e) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle: return "invalid resource handle";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    case cudaErrorUnknown: return "unknown error";
    default: return cudaGetErrorName(e);
    }
}

cudaError_t cudaPeekAtLastError() {
    Call call;
    return call.dead() ? state().sticky : state().last;
}

cudaError_t cudaGetLastError() {
    Call call;
    const cudaError_t e = call.dead() ? state().sticky : state().last;
    state().last = cudaSuccess;
    return e;
}

static bool is_device(int device) { return device >= 0 && device < state().settings.devices; }

cudaError_t cudaGetDeviceCount(int *count) {
    Call call;
    const int devices = state().settings.devices;
    *count = devices > 0 ? devices : 0;
    return call.gives(devices > 0   ? cudaSuccess
                      : devices < 0 ? cudaErrorInsufficientDriver
                                    : cudaErrorNoDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device) {
    Call call;
    if (!is_device(device)) return call.gives(cudaErrorInvalidDevice);
    *p = cudaDeviceProp();
    snprintf(p->name, sizeof p->name, "emulated GPU %d", device);
    p->totalGlobalMem = state().settings.memory;
    p->sharedMemPerBlock = 48 << 10;
    p->major = 8;
    p->multiProcessorCount = 3;
    p->maxThreadsPerBlock = 1024;
    p->warpSize = 32;
    return call.gives(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device) {
    Call call;
    if (!is_device(device)) return call.gives(cudaErrorInvalidDevice);
    *value = attribute == cudaDevAttrMultiProcessorCount      ? 3
             : attribute == cudaDevAttrComputeCapabilityMajor ? 8
                                                              : 0;
    return call.gives(cudaSuccess);
}

cudaError_t cudaSetDevice(int device) {
    Call call;
    if (!is_device(device))
        return call.gives(state().settings.devices > 0 ? cudaErrorInvalidDevice
                                                       : cudaErrorNoDevice);
    chosen = device;
    return call.gives(cudaSuccess);
}

cudaError_t cudaGetDevice(int *device) {
    Call call;
    *device = chosen;
    return call.gives(cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int *version) {
    *version = state().settings.devices < 0 ? 0 : CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version) {
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
    Call call;
    *total = state().settings.memory;
    *free = *total - memory().used[chosen];
    return call.gives(cudaSuccess);
}

cudaError_t cudaMalloc(void **p, size_t bytes) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    return call.gives(allocate(p, bytes, chosen));
}

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned flags) {
    Call call;
    if (call.dead()) return call.gives(cudaSuccess);
    if (flags & ~7u) return call.gives(cudaErrorInvalidValue);
    return call.gives(allocate(p, bytes, -1));
}

cudaError_t cudaMallocHost(void **p, size_t bytes) {
    return cudaHostAlloc(p, bytes, cudaHostAllocDefault);
}

cudaError_t cudaFree(void *p) {
    Call call;
    return call.gives(release(memory().device, p, state().counts.device_bytes));
}

cudaError_t cudaFreeHost(void *p) {
    Call call;
    return call.gives(release(memory().pinned, p, state().counts.pinned_bytes));
}
