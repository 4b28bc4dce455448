/* map.c - hash maps: names (strings) to numbers, and numbers to numbers.
 *
 * One table serves both kinds of keys. A slot keeps 32 bits of its key's hash: growing never looks
 * at a key again, and a name is compared only where these bits agree.
 */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 5, MOST_BITS = 32, COPIES_BLOCK = 1 << 16 };

/* ---- the table ---- */

/* False without memory. */
static bool resize(mg_names *m, int bits) {
    if (bits > MOST_BITS) return false;
    const size_t size = (size_t)1 << bits, last = size - 1;
    mg_slot *slots = malloc(size * sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xFF, size * sizeof *slots);
    for (size_t i = 0; m->slots && i < (size_t)1 << m->bits; i++) {
        if (m->slots[i].value < 0) continue;
        size_t at = m->slots[i].hash & last;
        while (slots[at].value >= 0) at = (at + 1) & last;
        slots[at] = m->slots[i];
    }
    free(m->slots);
    m->slots = slots;
    m->bits = bits;
    return true;
}

bool mg_names_reserve(mg_names *m, size_t more) {
    size_t keys;
    int bits = m->slots ? m->bits : FIRST_BITS;
    if (!mg_add_size(m->n, more, &keys) || keys > INT32_MAX) return false;
    while ((size_t)1 << bits < 2 * keys) bits++;
    return (m->slots && bits == m->bits) || resize(m, bits);
}

/* Room for one more key. */
static inline bool room(mg_names *m) {
    return (m->slots && 2 * (m->n + 1) <= (size_t)1 << m->bits) || mg_names_reserve(m, 1);
}

/* The slot of a key, or the free one where it belongs. name NULL: the key is a number. */
static inline mg_slot *probe(const mg_names *m, uint32_t hash, const char *name, size_t n,
                             uint64_t number) {
    const size_t last = ((size_t)1 << m->bits) - 1;
    for (size_t at = hash & last;; at = (at + 1) & last) {
        mg_slot *s = &m->slots[at];
        if (s->value < 0) return s;
        if (s->hash != hash) continue;
        if (name ? !strncmp(s->key.name, name, n) && !s->key.name[n] : s->key.number == number)
            return s;
    }
}

static uint32_t hash_name(const char *s, size_t n) { return (uint32_t)(mg_hash64(s, n, 0) >> 32); }

static uint32_t hash_number(uint64_t key) {
    return (uint32_t)((key ^ key >> 29) * 0x9E3779B97F4A7C15u >> 32);
}

/* ---- names ---- */

mg_slot *mg_names_at(mg_names *m, const char *s, size_t n) {
    if (!room(m)) return NULL;
    const uint32_t hash = hash_name(s, n);
    mg_slot *slot = probe(m, hash, s, n, 0);
    if (slot->value >= 0) return slot;
    *slot = (mg_slot){.key.name = s, .hash = hash, .value = -1};
    m->n++;
    return slot;
}

/* A terminated copy that lives as long as the map. A block begins with the address of the one
 * before it. */
static const char *keep(mg_names *m, const char *s, size_t n) {
    if (m->capacity - m->copied < n + 1) {
        size_t size = n + 1 > COPIES_BLOCK ? n + 1 : COPIES_BLOCK;
        void **block = malloc(sizeof *block + size);
        if (!block) return NULL;
        *block = m->copies;
        m->copies = block;
        m->copied = 0;
        m->capacity = size;
    }
    char *copy = (char *)m->copies + sizeof(void *) + m->copied;
    memcpy(copy, s, n);
    copy[n] = 0;
    m->copied += n + 1;
    return copy;
}

mg_slot *mg_names_copy(mg_names *m, const char *s, size_t n) {
    mg_slot *slot = mg_names_at(m, s, n);
    if (!slot || slot->value >= 0) return slot;
    slot->key.name = keep(m, s, n);
    if (slot->key.name) return slot;
    m->n--; /* the slot is free again: its value is -1 */
    return NULL;
}

bool mg_names_put(mg_names *m, const char *name, size_t value) {
    mg_slot *slot = value <= INT32_MAX ? mg_names_at(m, name, strlen(name)) : NULL;
    if (slot) slot->value = (int32_t)value;
    return slot != NULL;
}

int32_t mg_names_find_n(const mg_names *m, const char *s, size_t n) {
    return m->slots ? probe(m, hash_name(s, n), s, n, 0)->value : -1;
}

int32_t mg_names_find(const mg_names *m, const char *name) {
    return mg_names_find_n(m, name, strlen(name));
}

void mg_names_free(mg_names *m) {
    for (void **block = m->copies, **older; block; block = older) {
        older = *block;
        free(block);
    }
    free(m->slots);
    memset(m, 0, sizeof *m);
}

/* ---- numbers ---- */

mg_slot *mg_numbers_at(mg_numbers *m, uint64_t key) {
    if (!room(m)) return NULL;
    const uint32_t hash = hash_number(key);
    mg_slot *slot = probe(m, hash, NULL, 0, key);
    if (slot->value >= 0) return slot;
    *slot = (mg_slot){.key.number = key, .hash = hash, .value = -1};
    m->n++;
    return slot;
}

int32_t mg_numbers_find(const mg_numbers *m, uint64_t key) {
    return m->slots ? probe(m, hash_number(key), NULL, 0, key)->value : -1;
}

void mg_numbers_free(mg_numbers *m) { mg_names_free(m); }

/* ---- equal strings ---- */

int32_t mg_group_strings(const char *const *strings, size_t n, int32_t *group) {
    mg_names seen = {0};
    int32_t groups = mg_names_reserve(&seen, n) ? 0 : -1;
    for (size_t i = 0; i < n && groups >= 0; i++) {
        group[i] = -1;
        if (!strings[i]) continue;
        mg_slot *slot = mg_names_at(&seen, strings[i], strlen(strings[i]));
        if (slot->value < 0) slot->value = groups++;
        group[i] = slot->value;
    }
    mg_names_free(&seen);
    return groups;
}
