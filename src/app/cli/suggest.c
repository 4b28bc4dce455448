/* suggest.c - which of some names a mistyped word may mean. */
#include "app/cli/cli.h"

#include <string.h>

enum { LONGEST = 40 };

/* Letters inserted, left out, changed, or swapped with their neighbour: the least number that makes
 * b of a (optimal string alignment). */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++) last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *free_row = before;
        before = last, last = now, now = free_row;
    }
    return last[m];
}

const char *cli_nearest(const char *word, size_t n, const char *const *names, size_t count) {
    const char *best = NULL;
    size_t least = n <= 3 ? 2 : 3; /* less than so many */
    for (size_t i = 0; i < count && n && n <= LONGEST; i++) {
        const size_t m = strlen(names[i]);
        const size_t d = m <= LONGEST ? distance(word, n, names[i], m) : least;
        if (d < least && d < n) best = names[i], least = d;
    }
    /* the first letters of a longer one */
    for (size_t i = 0; i < count && !best && n > 2; i++)
        if (!strncmp(word, names[i], n)) best = names[i];
    return best;
}

void cli_choice(struct argp_state *state, const char *option, const char *given,
                const char *const *names, size_t count) {
    mg_str list = {0};
    for (size_t i = 0; i < count; i++)
        if (!strcmp(given, names[i])) return;
    for (size_t i = 0; i < count; i++) {
        mg_str_addf(&list, "%s%s", !i ? "" : i + 1 < count ? ", " : " or ", names[i]);
    }
    const char *near = cli_nearest(given, strlen(given), names, count);
    argp_error(state, "%s wants %s, not '%s'%s%s%s", option, list.s ? list.s : "", given,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
