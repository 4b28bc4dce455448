/* arena.c - memory with one life: a range of addresses, handed out by moving a pointer.
 *
 * Where addresses cost nothing, the whole range is reserved: its pages are MAP_NORESERVE and come
 * when they are first written. Huge pages are asked for because step arenas are walked linearly.
 *
 * Where they are counted (ulimit -v, overcommit_memory 2, or when the reservation fails), the range
 * is only chosen, far from everything else, and mapped as it is needed: a piece is added at its end
 * until the limit is met. So several arenas share what there is.
 */
#include "base/base.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define MIN_RESERVE ((size_t)1 << 20)
#define MOST_STEP   ((size_t)1 << 26)
#define ALIGN       ((size_t)64)

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0
#endif

enum { PROTECTION = PROT_READ | PROT_WRITE, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS };

static size_t round_up(size_t n) { return (n + MIN_RESERVE - 1) & ~(MIN_RESERVE - 1); }

static bool map_at(uint8_t *at, size_t n) {
    void *p = mmap(at, n, PROTECTION, FLAGS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == MAP_FAILED) return false;
    if (p == at) return true;
    munmap(p, n); /* a kernel that takes the address for a hint */
    return false;
}

/* Room for `need` bytes at the end of what is mapped. */
static bool extend(mg_arena *a, size_t need) {
    if (need > a->reserved - a->mapped) return false;
    size_t step = a->mapped < MOST_STEP ? a->mapped : MOST_STEP;
    if (step < need) step = round_up(need);
    if (step > a->reserved - a->mapped) step = a->reserved - a->mapped;
    while (!map_at(a->base + a->mapped, step)) {
        if (step <= round_up(need)) return false;
        step = round_up(step / 2 > need ? step / 2 : need);
    }
    a->mapped += step;
    return true;
}

/* A range of `want` bytes that can grow: places of its size, in terabytes that nothing else is put
 * into, tried in an order of their own for each arena. */
static bool choose(mg_arena *a, size_t want) {
    enum { TRIES = 64 };
    const uint64_t low = (uint64_t)1 << 44, places = (uint64_t)1 << 45;
    size_t slot = (size_t)1 << 30;
    while (slot < want && slot < (size_t)1 << 40) slot *= 2;
    for (uint64_t i = 0; i < TRIES; i++) {
        const uint64_t key[] = {(uint64_t)(uintptr_t)a, i};
        const uint64_t at = low + mg_hash64(key, sizeof key, 0) % (places / slot) * slot;
        uint8_t *base = (uint8_t *)(uintptr_t)at;
        if (!map_at(base, MIN_RESERVE)) {
            if (errno == ENOMEM) return false;
            continue;
        }
        a->base = base;
        a->reserved = want < slot ? want : slot;
        a->mapped = MIN_RESERVE;
        return true;
    }
    return false;
}

int mg_arena_init(mg_arena *arena, size_t want, molglot_error *err) {
    memset(arena, 0, sizeof *arena);
    if (want < MIN_RESERVE) want = MIN_RESERVE;
    if (want > SIZE_MAX / 2) want = SIZE_MAX / 2;
    want = round_up(want);
    if (!mg_addresses_counted()) {
        void *p = mmap(NULL, want, PROTECTION, FLAGS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) {
            /* a wish: kernels without huge pages refuse it */
            (void)madvise(p, want, MADV_HUGEPAGE);
            arena->base = p;
            arena->reserved = arena->mapped = want;
            return MOLGLOT_OK;
        }
    }
    if (choose(arena, want)) return MOLGLOT_OK;
    return mg_no_memory(err, "an arena: no address space is left (%zu MB of it; see ulimit -v)",
                        mg_addresses_left() >> 20);
}

void mg_arena_free(mg_arena *arena) {
    if (arena->base) munmap(arena->base, arena->mapped);
    memset(arena, 0, sizeof *arena);
}

void *mg_arena_alloc(mg_arena *arena, size_t bytes) {
    /* used is a multiple of ALIGN, and so are mapped and reserved */
    const size_t left = arena->mapped - arena->used;
    if (bytes > left && (bytes > SIZE_MAX / 2 || !extend(arena, bytes - left))) return NULL;
    void *p = arena->base + arena->used;
    arena->used += (bytes + ALIGN - 1) & ~(ALIGN - 1);
    if (arena->used > arena->peak) arena->peak = arena->used;
    return p;
}
