/* shortage.cc - whether C++ was refused memory anywhere in this process. RDKit and we ourselves
 * turn that into a row without a value, a molecule that is not drawn, a candidate less: so an
 * output that was made meanwhile may not be whole, and is not given out as if it were. */
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <unistd.h>

namespace {

std::atomic<long> refusals{0};

void note() {
    refusals++;
    throw std::bad_alloc(); /* as without this: a handler that returns would ask again for ever */
}

/* oneDNN throws where nothing catches, from tables that it fills at its first product. */
void end() {
    static const char message[] = "molglot: out of memory inside a library\n";
    if (!refusals) std::abort();
    if (write(STDERR_FILENO, message, sizeof message - 1) >= 0) _exit(5);
    _exit(5); /* MOLGLOT_NO_MEMORY */
}

} // namespace

extern "C" void cli_watch_memory(void);
extern "C" long cli_refusals(void);

void cli_watch_memory(void) {
    std::set_new_handler(note);
    std::set_terminate(end);
}
long cli_refusals(void) { return refusals; }
