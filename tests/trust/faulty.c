/* faulty.c - a library to preload that lets one call of a program fail (tests/trust/faults.sh).
 *
 *   MG_FAULT=CALL:N:HOW    the N-th such call fails, from 1; 0: none does
 *   MG_FAULT_COUNT=FILE    at the end the number of such calls is written there
 *
 *   CALL   malloc    malloc, calloc, realloc, asked for by the program itself, by jansson or by C++
 *          write, sync, rename, truncate, open, read: system calls, also those that the C library
 *          makes for its streams: a seccomp filter sends them here. Files alone: not the terminal's
 *          messages (2), of open only what creates or writes.
 *          change: write, sync, rename, truncate or open
 *   HOW    ENOSPC, EIO, EINTR; short: a half of the bytes; kill: the process ends there, as by kill
 * -9
 *
 * Linux on x86-64; elsewhere faults of system calls are not made, and the count is 0.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#endif

static long which, calls;
static int how;               /* an errno; 0: short; -1: kill */
static bool of_memory, begun; /* the beginnings of C++ libraries come before main */

static bool fails(void) {
    return begun && __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) == which;
}

/* ---- memory ---- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t m);
void *__libc_realloc(void *p, size_t n);

enum { MOST_PLACES = 8 };
static struct { uintptr_t from, to; } places[MOST_PLACES];
static int n_places;

/* Where the code lies whose calls count. The program itself comes first and has no name. */
static int find_place(struct dl_phdr_info *info, size_t size, void *user) {
    (void)size, (void)user;
    if (*info->dlpi_name && !strstr(info->dlpi_name, "jansson") &&
        !strstr(info->dlpi_name, "libstdc++"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && n_places < MOST_PLACES; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X)) continue;
        places[n_places].from = info->dlpi_addr + p->p_vaddr;
        places[n_places++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
    }
    return 0;
}

static bool memory_fails(const void *caller) {
    const uintptr_t at = (uintptr_t)caller;
    for (int i = 0; of_memory && i < n_places; i++)
        if (at >= places[i].from && at < places[i].to) return fails();
    return false;
}

/* A call that fails, or its result. */
#define GIVE(call)                                   \
    if (memory_fails(__builtin_return_address(0))) { \
        errno = ENOMEM;                              \
        return NULL;                                 \
    }                                                \
    return call
void *malloc(size_t n) { GIVE(__libc_malloc(n)); }
void *calloc(size_t n, size_t m) { GIVE(__libc_calloc(n, m)); }
void *realloc(void *p, size_t n) { GIVE(__libc_realloc(p, n)); }

static char *copied(const char *s, size_t n) {
    char *copy = __libc_malloc(n + 1);
    if (copy) memcpy(copy, s, n), copy[n] = 0;
    return copy;
}

char *strdup(const char *s) { GIVE(copied(s, strlen(s))); }
char *strndup(const char *s, size_t n) { GIVE(copied(s, strnlen(s, n))); }

/* ---- system calls ---- */

#if defined(__x86_64__)
/* The sixth argument, which none of these calls reads, marks those that the handler makes. */
#define OURS 0x6d676f7572736cull

static long call(long nr, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = (long)OURS;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Whether the call is one of a file that counts. */
static bool counts(long nr, long fd, long flags) {
    switch (nr) {
    case SYS_openat: return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0;
    case SYS_rename: return true;
    case SYS_renameat:
    case SYS_renameat2: return true;
    case SYS_read:
    case SYS_pread64: return fd != 2;
    default: return fd != 2;
    }
}

static void on_call(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info;
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const long nr = r[REG_RAX], a = r[REG_RDI], b = r[REG_RSI], c = r[REG_RDX];
    const bool hit = counts(nr, a, c) && fails(),
               halved = hit && how == 0 && c > 1 && (nr == SYS_write || nr == SYS_read);
    if (hit && how < 0) call(SYS_kill, getpid(), SIGKILL, 0, 0, 0);
    r[REG_RAX] = hit && how ? -how : call(nr, a, b, halved ? c / 2 : c, r[REG_R10], r[REG_R8]);
}

static void watch(const int *numbers, int n) {
    struct sock_filter code[32];
    int at = 0;
    code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                              offsetof(struct seccomp_data, nr));
    for (int i = 0; i < n; i++)
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i],
                                                  (uint8_t)(n - i), 0);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                              offsetof(struct seccomp_data, args[5]));
    code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)OURS, 0, 1);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    const struct sock_fprog program = {.len = (unsigned short)at, .filter = code};
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        _exit(99);
}

static void watch_calls(const char *name) {
    static const struct {
        const char *name;
        int n, numbers[10];
    } kinds[] = {{"write", 3, {SYS_write, SYS_pwrite64, SYS_writev}},
                 {"sync", 2, {SYS_fsync, SYS_fdatasync}},
                 {"rename", 3, {SYS_rename, SYS_renameat, SYS_renameat2}},
                 {"truncate", 1, {SYS_ftruncate}},
                 {"open", 1, {SYS_openat}},
                 {"read", 2, {SYS_read, SYS_pread64}},
                 {"change",
                  10,
                  {SYS_write, SYS_pwrite64, SYS_writev, SYS_fsync, SYS_fdatasync, SYS_rename,
                   SYS_renameat, SYS_renameat2, SYS_ftruncate, SYS_openat}}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name)) watch(kinds[i].numbers, kinds[i].n);
}
#else
static void watch_calls(const char *name) { (void)name; }
#endif

__attribute__((constructor)) static void begin(void) {
    static const struct {
        const char *name;
        int code;
    } hows[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EINTR", EINTR}, {"kill", -1}};
    const char *fault = getenv("MG_FAULT");
    char kind[16] = "", way[16] = "";
    if (!fault || sscanf(fault, "%15[a-z]:%ld:%15s", kind, &which, way) != 3) return;
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
        if (!strcmp(way, hows[i].name)) how = hows[i].code;
    dl_iterate_phdr(find_place, NULL);
    of_memory = !strcmp(kind, "malloc");
    watch_calls(kind);
}

/* ---- main ---- */

typedef int (*main_fn)(int, char **, char **);
static main_fn real_main;

static int counted_main(int argc, char **argv, char **env) {
    begun = true;
    return real_main(argc, argv, env);
}

int __libc_start_main(main_fn fn, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack);
int __libc_start_main(main_fn fn, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack) {
    typedef int (*start_fn)(main_fn, int, char **, void (*)(void), void (*)(void), void (*)(void),
                            void *);
    const start_fn start = (start_fn)dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = fn;
    return start(counted_main, argc, argv, init, fini, rtld_fini, stack);
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("MG_FAULT_COUNT");
    const long n = calls;
    begun = false;
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f) return;
    fprintf(f, "%ld\n", n);
    fclose(f);
}
