/* arena.c - memory with one life: a reserved address range, handed out by moving a pointer.
 *
 * Reserving costs nothing: the pages are MAP_NORESERVE and come when they are first written. Huge
 * pages are asked for because step arenas are walked linearly.
 */
#include "base/base.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define MIN_RESERVE ((size_t)1 << 20)
#define ALIGN       ((size_t)64)

int mg_arena_init(mg_arena *arena, size_t want, molglot_error *err) {
    memset(arena, 0, sizeof *arena);
    if (want < MIN_RESERVE) want = MIN_RESERVE;
    if (want > SIZE_MAX / 2) want = SIZE_MAX / 2;
    want = (want + MIN_RESERVE - 1) & ~(MIN_RESERVE - 1);
    for (size_t size = want;; size = (size / 2) & ~(MIN_RESERVE - 1)) {
        if (size < MIN_RESERVE) size = MIN_RESERVE;
        void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) {
            /* a wish: kernels without huge pages refuse it */
            (void)madvise(p, size, MADV_HUGEPAGE);
            arena->base = p;
            arena->reserved = size;
            return MOLGLOT_OK;
        }
        if (size == MIN_RESERVE)
            return mg_no_memory(err, "cannot reserve %zu bytes of address space: %s", size,
                                strerror(errno));
    }
}

void mg_arena_free(mg_arena *arena) {
    if (arena->base) munmap(arena->base, arena->reserved);
    memset(arena, 0, sizeof *arena);
}

void *mg_arena_alloc(mg_arena *arena, size_t bytes) {
    /* used is a multiple of ALIGN, and so is reserved */
    size_t left = arena->reserved - arena->used;
    if (bytes > left) return NULL;
    void *p = arena->base + arena->used;
    arena->used += (bytes + ALIGN - 1) & ~(ALIGN - 1);
    if (arena->used > arena->peak) arena->peak = arena->used;
    return p;
}
