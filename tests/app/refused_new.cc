/* refused_new.cc - C++ whose N-th request for memory is refused, also inside RDKit: the program's
 * own operator new stands in for the one of all libraries. */
#include <atomic>
#include <cstdlib>
#include <new>

extern "C" void *__real_malloc(std::size_t n);
extern "C" void refuse_new(long k);
extern "C" long new_calls(void);

static std::atomic<long> calls{0}, refused{-1};

void refuse_new(long k) {
    calls = 0;
    refused = k;
}
long new_calls(void) { return calls; }

void *operator new(std::size_t n) {
    if (calls++ == refused) throw std::bad_alloc();
    if (void *p = __real_malloc(n ? n : 1)) return p;
    throw std::bad_alloc();
}
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, std::size_t) noexcept { std::free(p); }
