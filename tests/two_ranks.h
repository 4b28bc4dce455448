/* two_ranks.h - for tests: two ranks that are two threads of one process.
 *
 *     static void work(mg_ranks *r, void *user) { ... }       called on both, at the same time
 *     two_ranks(work, user);
 *
 * Calls of the table fail from the one on whose number two_ranks_failing says. */
#ifndef MG_TESTS_TWO_RANKS_H
#define MG_TESTS_TWO_RANKS_H

#include "base/ranks/ranks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct two_world {
    pthread_barrier_t both;
    const void *given[2];
    int fails_from; /* calls before the first that fails; -1: none does */
} two_world;

typedef struct two_side {
    two_world *world;
    int rank, calls, waits, closed;
    mg_ranks table;
    void (*work)(mg_ranks *r, void *user);
    void *user;
} two_side;

/* Both sides' data, with what stands in `each` of them; true: this call fails. */
static inline bool two_meet(two_side *s, const void *data) {
    s->world->given[s->rank] = data;
    pthread_barrier_wait(&s->world->both);
    return s->world->fails_from >= 0 && s->calls++ >= s->world->fails_from;
}
static inline void two_part(two_side *s) { pthread_barrier_wait(&s->world->both); }

#define TWO_JOIN(name, type, expression)                             \
    static inline int name(void *self, type *x, int64_t n) {         \
        two_side *s = self;                                          \
        const bool fails = two_meet(s, x);                           \
        const type *a = s->world->given[0], *b = s->world->given[1]; \
        type *out = malloc(((size_t)n + 1) * sizeof *out);           \
        for (int64_t i = 0; i < n; i++) out[i] = (expression);       \
        two_part(s);                                                 \
        memcpy(x, out, (size_t)n * sizeof *out);                     \
        free(out);                                                   \
        return fails ? 17 : 0;                                       \
    }
TWO_JOIN(two_sum_f32, float, a[i] + b[i])
TWO_JOIN(two_sum_f64, double, a[i] + b[i])
TWO_JOIN(two_most, int64_t, a[i] > b[i] ? a[i] : b[i])

static inline int two_gather(void *self, const void *mine, void *all, int64_t bytes) {
    two_side *s = self;
    const bool fails = two_meet(s, mine);
    for (int r = 0; r < 2 && s->rank == 0; r++)
        memcpy((char *)all + r * bytes, s->world->given[r], (size_t)bytes);
    two_part(s);
    return fails ? 17 : 0;
}

static inline int two_wait(void *self) {
    two_side *s = self;
    const bool fails = two_meet(s, NULL);
    s->waits++;
    two_part(s);
    return fails ? 17 : 0;
}

static inline void two_close(mg_ranks *r) { ((two_side *)r->self)->closed++; }

static inline void *two_run(void *self) {
    two_side *s = self;
    s->work(&s->table, s->user);
    return NULL;
}

static inline void two_ranks_failing(int from, void (*work)(mg_ranks *r, void *user), void *user) {
    two_world world = {.fails_from = from};
    two_side side[2];
    pthread_t other;
    pthread_barrier_init(&world.both, NULL, 2);
    for (int r = 0; r < 2; r++) {
        side[r] = (two_side){.world = &world, .rank = r, .work = work, .user = user};
        side[r].table = (mg_ranks){.rank = r,
                                   .size = 2,
                                   .self = &side[r],
                                   .sum_f32 = two_sum_f32,
                                   .sum_f64 = two_sum_f64,
                                   .most = two_most,
                                   .gather = two_gather,
                                   .wait = two_wait,
                                   .close = two_close};
    }
    pthread_create(&other, NULL, two_run, &side[1]);
    two_run(&side[0]);
    pthread_join(other, NULL);
    pthread_barrier_destroy(&world.both);
}
static inline void two_ranks(void (*work)(mg_ranks *r, void *user), void *user) {
    two_ranks_failing(-1, work, user);
}

#endif
