/* ring_part.c - a ring system inside a name of several, with what is said of its hydrogens in
 * front: "1,2,3,4-tetrahydro-9h-carbazole", "3h-indole".
 */
#include "chem/nomenclature/inside.h"

enum { FRONT_PARTS = 4 };

/* "1,2,3,4-tetrahydro-9h-" in front; characters. */
static size_t hydrogens_at(const name_reader *r, size_t i, size_t end, name_part *parts, int *n) {
    size_t k = i, length;
    for (*n = 0; *n < FRONT_PARTS;) {
        name_part *p = &parts[*n];
        size_t m = name_indicated(r, k, end, p);
        if (!m) {
            *p = (name_part){.kind = PART_HYDRO};
            m = name_locants(r, k, end, p, NULL);
            p->count = name_multiplier(r->s + k + m, end - k - m, &length);
            if (!m || p->count != p->places || !name_begins(r, k + m + length, end, "hydro")) break;
            m += length + 5;
        }
        k += m, ++*n;
        if (k < end && r->s[k] == '-') k++;
    }
    return k - i;
}

bool name_ring_part(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    name_part parts[FRONT_PARTS];
    int n;
    const size_t k = i + hydrogens_at(r, i, end, parts, &n);
    if (k >= end || !name_plain_hydride(r, k, end, f) || (f->m < f->n && !f->rings)) return false;
    for (int j = n - 1; j >= 0; j--)
        if (!(parts[j].kind == PART_HYDRO ? name_put_hydro(f, &parts[j])
                                          : name_put_indicated(f, &parts[j])))
            return false;
    return true;
}
