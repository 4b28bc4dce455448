/* machine.c - what this machine grants a process: threads, and address space where it is limited.
 */
#include "base/base.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_THREADS = 1024 };

/* Of a thread: its stack and malloc's heap for it, with room to spare. */
#define THREAD_BYTES ((size_t)400 << 20)

/* RLIMIT_AS, SIZE_MAX where there is none. */
static size_t address_limit(void) {
    struct rlimit r;
    if (getrlimit(RLIMIT_AS, &r) || r.rlim_cur == RLIM_INFINITY || r.rlim_cur > SIZE_MAX)
        return SIZE_MAX;
    return (size_t)r.rlim_cur;
}

int mg_threads(int asked) {
    int n = asked > 0 ? asked : omp_get_max_threads();
    const size_t limit = address_limit();
    if (limit != SIZE_MAX && (size_t)n > limit / THREAD_BYTES) n = (int)(limit / THREAD_BYTES);
    return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : n;
}

/* The first number in a small file of the kernel's; -1: none. */
static long long kernel_number(const char *path) {
    FILE *f = fopen(path, "re");
    long long n = -1;
    if (!f) return -1;
    if (fscanf(f, "%lld", &n) != 1) n = -1;
    fclose(f);
    return n;
}

bool mg_addresses_counted(void) {
    return address_limit() != SIZE_MAX || kernel_number("/proc/sys/vm/overcommit_memory") == 2;
}

size_t mg_addresses_left(void) {
    const size_t limit = address_limit();
    const long long pages = kernel_number("/proc/self/statm");
    const long size = sysconf(_SC_PAGESIZE);
    if (limit == SIZE_MAX || pages < 0 || size < 1) return limit;
    const size_t used = (size_t)pages * (size_t)size;
    return used < limit ? limit - used : 0;
}
