/* shortage.cc - whether C++ was refused memory anywhere in this process. RDKit and we ourselves
 * turn that into a row without a value, a molecule that is not drawn, a candidate less: so an
 * output that was made meanwhile may not be whole, and is not given out as if it were. */
#include <atomic>
#include <new>

namespace {

std::atomic<bool> short_of_memory{false};

void note() {
    short_of_memory = true;
    throw std::bad_alloc(); /* as without this: a handler that returns would ask again for ever */
}

} // namespace

extern "C" void cli_watch_memory(void);
extern "C" bool cli_lacked_memory(void);

void cli_watch_memory(void) { std::set_new_handler(note); }
bool cli_lacked_memory(void) { return short_of_memory; }
