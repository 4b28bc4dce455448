/* fork.c - the library in a forked child.
 *
 * A child has one thread, the one that forked. What it inherits of OpenMP is a team whose other
 * threads are gone, so its first parallel region would wait for them for ever. Here parallel
 * regions are switched off for that thread: OpenMP's own setting, one level fewer than any region
 * needs, so that each runs with one thread whatever number it asks for. tensor/cpu/gemm.c reads it
 * and tells oneDNN and OpenBLAS the same. Threads that the child starts have teams of their own.
 *
 * The handler is the one thing that the library keeps for the process. It is installed by the first
 * call that loads something, and taken out when the library is unloaded.
 */
#include "app/api/api.h"

#include <omp.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static void in_child(void) { omp_set_max_active_levels(0); }

/* Lack of memory for the handler costs the child its use of the library, not the parent. */
static void install(void) { (void)pthread_atfork(NULL, NULL, in_child); }

void api_prepare_fork(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

pid_t api_process_of(const char *device) {
    return device && strncmp(device, "cuda", 4) == 0 ? getpid() : 0;
}

int api_check_process(pid_t process, molglot_error *err) {
    if (!process || process == getpid()) return MOLGLOT_OK;
    return mg_fail(
        err, MOLGLOT_FAILED,
        "what was opened on a GPU does not work in a forked child: open it there anew in "
        "a process of its own");
}
