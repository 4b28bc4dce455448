/* halt.c - how far a long search is, and whether it is to end.
 *
 *   threads of a region   add what they are done with, and look whether to go on
 *   the first of them     tells on_progress, once enough was done since the last time
 *   between two stages    on_progress is told of what was done since
 *
 * So it is called by the thread that runs the search alone, never twice at once, and where it is
 * called does not depend on the clock.
 */
#include "search/search.h"

static bool tell(mg_halt *h) {
    h->told = atomic_load(&h->done);
    if (h->on_progress && h->on_progress(h->user, h->told, h->total))
        atomic_store(&h->stopped, true);
    return atomic_load(&h->stopped);
}

bool mg_halt_at(mg_halt *h, int thread, int64_t units, int64_t every) {
    if (!h) return false;
    const int64_t done = atomic_fetch_add(&h->done, units) + units;
    if (thread || atomic_load(&h->stopped) || done - h->told < every)
        return atomic_load(&h->stopped);
    return tell(h);
}

int mg_halt_now(mg_halt *h, int64_t units, molglot_error *err) {
    if (!h) return MOLGLOT_OK;
    const int64_t done = atomic_fetch_add(&h->done, units) + units;
    const bool stopped = atomic_load(&h->stopped) || (done > h->told && tell(h));
    return !stopped ? MOLGLOT_OK : mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
}
