/* test_map.c - hash maps and growing arrays: against plain arrays, with copied and borrowed names,
 * and with allocations that fail (the linker's --wrap sends malloc and realloc here). */
#include "base/base.h"
#include "base/grow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5000 };

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

static long allowed = -1; /* allocations that succeed before all others fail; -1: all */

static bool refused(void) {
    if (allowed < 0) return false;
    if (allowed == 0) return true;
    allowed--;
    return false;
}

void *__wrap_malloc(size_t n) { return refused() ? NULL : __real_malloc(n); }
void *__wrap_realloc(void *p, size_t n) { return refused() ? NULL : __real_realloc(p, n); }

static void names(void **state) {
    (void)state;
    static char texts[MANY][12];
    mg_names m = {0};
    assert_int_equal(mg_names_find(&m, "0"), -1);
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "%d", i);
        mg_slot *slot = mg_names_at(&m, texts[i], strlen(texts[i]));
        assert_int_equal(slot->value, -1);
        assert_ptr_equal(slot->key.name, texts[i]);
        slot->value = 2 * i;
    }
    assert_int_equal(m.n, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(mg_names_find(&m, texts[i]), 2 * i);
        assert_int_equal(mg_names_at(&m, texts[i], strlen(texts[i]))->value, 2 * i);
    }
    assert_int_equal(m.n, MANY);
    assert_int_equal(mg_names_find_n(&m, "1234567", 3), 2 * 123); /* part of a longer text */
    assert_int_equal(mg_names_find(&m, "5000"), -1);
    assert_int_equal(mg_names_find(&m, ""), -1);
    assert_true(mg_names_put(&m, "", 7));
    assert_true(mg_names_put(&m, "12", 8)); /* a second value replaces the first */
    assert_int_equal(mg_names_find(&m, ""), 7);
    assert_int_equal(mg_names_find(&m, "12"), 8);
    assert_false(mg_names_put(&m, "too much", (size_t)INT32_MAX + 1));
    assert_int_equal(mg_names_find(&m, "too much"), -1);
    mg_names_free(&m);
    assert_int_equal(mg_names_find(&m, "12"), -1);
}

static void copied_names(void **state) {
    (void)state;
    mg_names m = {0};
    const char *kept[MANY];
    static char text[100001];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "name %d", i);
        mg_slot *slot = mg_names_copy(&m, text, strlen(text));
        slot->value = i;
        kept[i] = slot->key.name;
    }
    memset(text, 'x', sizeof text - 1); /* longer than a block */
    mg_slot *slot = mg_names_copy(&m, text, sizeof text - 1);
    slot->value = MANY;
    assert_int_equal(strlen(slot->key.name), sizeof text - 1);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "name %d", i);
        assert_string_equal(kept[i], text);
        slot = mg_names_copy(&m, text, strlen(text));
        assert_int_equal(slot->value, i);
        assert_ptr_equal(slot->key.name, kept[i]);
    }
    mg_names_free(&m);
}

static void numbers(void **state) {
    (void)state;
    mg_numbers m = {0};
    assert_int_equal(mg_numbers_find(&m, 0), -1);
    for (uint64_t i = 0; i < MANY; i++) {
        /* neighbours, and keys that differ in their upper half alone */
        const uint64_t key = i % 2 ? i << 32 : i;
        mg_slot *slot = mg_numbers_at(&m, key);
        assert_int_equal(slot->value, -1);
        slot->value = (int32_t)i;
    }
    for (uint64_t i = 0; i < MANY; i++) {
        assert_int_equal(mg_numbers_find(&m, i % 2 ? i << 32 : i), i);
        assert_int_equal(mg_numbers_find(&m, i % 2 ? i : i << 32), i ? -1 : 0);
    }
    assert_int_equal(mg_numbers_find(&m, UINT64_MAX), -1);
    mg_numbers_at(&m, UINT64_MAX)->value = 1;
    assert_int_equal(mg_numbers_find(&m, UINT64_MAX), 1);
    mg_numbers_free(&m);
}

/* With so many allocations allowed: adds names until one fails, and what was added is there. */
static int add_until_failure(long most, bool reserve) {
    mg_names m = {0};
    int added = 0;
    char text[12];
    allowed = most;
    if (reserve && !mg_names_reserve(&m, MANY)) added = -1;
    for (; added >= 0 && added < MANY; added++) {
        snprintf(text, sizeof text, "%d", added);
        mg_slot *slot = mg_names_copy(&m, text, strlen(text));
        if (!slot) break;
        slot->value = added;
    }
    allowed = -1;
    for (int i = 0; i < added; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(mg_names_find(&m, text), i);
    }
    if (added >= 0 && added < MANY) { /* what failed is not there, and may be tried again */
        snprintf(text, sizeof text, "%d", added);
        assert_int_equal(mg_names_find(&m, text), -1);
        assert_non_null(mg_names_copy(&m, text, strlen(text)));
    }
    mg_names_free(&m);
    return added;
}

static void allocations_fail(void **state) {
    (void)state;
    assert_int_equal(add_until_failure(0, true), -1);
    assert_int_equal(add_until_failure(1, true), 0); /* room, but no copy */
    assert_int_equal(add_until_failure(2, true), MANY);
    assert_int_equal(add_until_failure(0, false), 0);
    int last = 0;
    for (long most = 2; last < MANY; most++) {
        int added = add_until_failure(most, false);
        assert_true(added > last);
        last = added;
    }
    mg_names m = {0};
    assert_false(mg_names_reserve(&m, (size_t)INT32_MAX + 1));
    assert_false(mg_names_reserve(&m, SIZE_MAX));
    assert_null(m.slots);
    int32_t group[1];
    allowed = 0;
    assert_int_equal(mg_group_strings((const char *const[]){"a"}, 1, group), -1);
    allowed = -1;
}

static void equal_strings(void **state) {
    (void)state;
    char again[] = "b";
    const char *strings[] = {"a", "b", NULL, again, "", "a", ""};
    static const int32_t wanted[] = {0, 1, -1, 1, 2, 0, 2};
    int32_t group[7];
    assert_int_equal(mg_group_strings(strings, 7, group), 3);
    assert_memory_equal(group, wanted, sizeof wanted);
    assert_int_equal(mg_group_strings(strings, 0, group), 0);
}

static void growth(void **state) {
    (void)state;
    double *items = NULL;
    size_t cap = 0, moves = 0;
    for (size_t n = 0; n < MANY; n++) {
        const size_t before = cap;
        assert_true(MG_GROW(items, cap, n + 1));
        assert_true(cap > n);
        moves += cap != before;
        items[n] = (double)n;
    }
    assert_true(moves < 12); /* by doubling */
    for (size_t n = 0; n < MANY; n++) assert_true(items[n] == (double)n);
    const size_t full = cap;
    double *where = items;
    allowed = 0;
    assert_true(MG_GROW(items, cap, full)); /* there is room: nothing is asked for */
    assert_false(MG_GROW(items, cap, full + 1));
    allowed = -1;
    assert_false(MG_GROW(items, cap, SIZE_MAX)); /* its bytes do not fit into a size_t */
    assert_false(MG_GROW(items, cap, SIZE_MAX / sizeof *items + 1));
    assert_ptr_equal(items, where);
    assert_int_equal(cap, full);
    free(items);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),         cmocka_unit_test(copied_names),
        cmocka_unit_test(numbers),       cmocka_unit_test(allocations_fail),
        cmocka_unit_test(equal_strings), cmocka_unit_test(growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
