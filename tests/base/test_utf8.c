/* test_utf8.c - UTF-8: every short sequence of bytes against the table of the Unicode Standard
 * (3-7), lengths and prefixes; and the status of rows. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Bytes of the well-formed sequence at s (4 bytes are there); 0: there is none. */
static size_t well_formed(const uint8_t *s) {
    static const uint8_t table[][6] = {
        /* first byte from, to; second byte from, to; how many more */
        {0xC2, 0xDF, 0x80, 0xBF, 0}, {0xE0, 0xE0, 0xA0, 0xBF, 1}, {0xE1, 0xEC, 0x80, 0xBF, 1},
        {0xED, 0xED, 0x80, 0x9F, 1}, {0xEE, 0xEF, 0x80, 0xBF, 1}, {0xF0, 0xF0, 0x90, 0xBF, 2},
        {0xF1, 0xF3, 0x80, 0xBF, 2}, {0xF4, 0xF4, 0x80, 0x8F, 2}};
    if (s[0] < 0x80) return 1;
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        const uint8_t *t = table[k];
        if (s[0] < t[0] || s[0] > t[1]) continue;
        if (s[1] < t[2] || s[1] > t[3]) return 0;
        for (size_t i = 2; i < 2u + t[4]; i++)
            if (s[i] < 0x80 || s[i] > 0xBF) return 0;
        return 2u + t[4];
    }
    return 0;
}

/* Every pair of bytes, followed by bytes from each class. */
static void every_sequence(void **state) {
    (void)state;
    static const uint8_t more[] = {0, 'a', 0x7F, 0x80, 0x8F, 0x90, 0xA0, 0xBF, 0xC0, 0xFF};
    for (uint32_t k = 0; k < (MG_COUNT(more) * MG_COUNT(more)) << 16; k++) {
        const uint32_t pair = k & 0xFFFF, rest = k >> 16;
        const uint8_t bytes[4] = {(uint8_t)(pair >> 8), (uint8_t)pair, more[rest / MG_COUNT(more)],
                                  more[rest % MG_COUNT(more)]};
        const char *s = (const char *)bytes;
        const size_t n = well_formed(bytes);
        if (mg_utf8_width(s, 4) != (n ? n : 1)) fail_msg("width of %04x, %u", pair, rest);
        if (mg_utf8_invalid(s, n ? n : 4) != (n ? -1 : 0))
            fail_msg("place in %04x, %u", pair, rest);
        if (n > 1 && mg_utf8_invalid(s, n - 1) != 0) fail_msg("%04x, %u cut", pair, rest);
    }
}

static void places(void **state) {
    (void)state;
    assert_int_equal(mg_utf8_invalid("", 0), -1);
    assert_int_equal(mg_utf8_invalid("twelve bytes", 12), -1);
    assert_int_equal(mg_utf8_invalid("caf\xC3\xA9", 5), -1);
    assert_int_equal(mg_utf8_invalid("caf\xC3", 4), 3);
    assert_int_equal(mg_utf8_invalid("eight by\xFFtes and more", 17), 8);
    assert_int_equal(mg_utf8_invalid("nine byte\xC3\xA9\xA9", 12), 11);
}

static void lengths(void **state) {
    (void)state;
    const char *text = "a\xc3\xa9\xe6\xb0\xb4\xf0\x9d\x85\xa5z";
    const size_t n = strlen(text);
    assert_int_equal(mg_utf8_prefix(text, n, 0), 0);
    assert_int_equal(mg_utf8_prefix(text, n, 2), 3);
    assert_int_equal(mg_utf8_prefix(text, n, 4), 10);
    assert_int_equal(mg_utf8_prefix(text, n, 99), n);
    assert_int_equal(mg_utf8_length(text, n), 5);
    assert_int_equal(mg_utf8_length(text, 0), 0);
    assert_int_equal(mg_utf8_length("\xff\xfe.", 3), 3); /* invalid bytes count one each */
    assert_int_equal(mg_utf8_prefix("\xff\xfe.", 3, 2), 2);
    assert_int_equal(mg_utf8_prefix("\xe6\xb0", 2, 1), 1); /* cut inside: single bytes */
    assert_int_equal(mg_utf8_width("\xe6\xb0\xb4", 3), 3);
    assert_int_equal(mg_utf8_width("\xe6\xb0\xb4", 2), 1);
}

static void code_points(void **state) {
    (void)state;
    mg_str s = {0};
    assert_true(mg_utf8_add(&s, 'a') && mg_utf8_add(&s, 0xE9) && mg_utf8_add(&s, 0x6C34) &&
                mg_utf8_add(&s, 0x1D165));
    assert_int_equal(s.n, 10);
    assert_memory_equal(s.s, "a\xc3\xa9\xe6\xb0\xb4\xf0\x9d\x85\xa5", 11);
    assert_false(mg_utf8_add(&s, 0xD800) || mg_utf8_add(&s, 0xDFFF) || mg_utf8_add(&s, 0x110000) ||
                 mg_utf8_add(&s, UINT32_MAX));
    assert_int_equal(s.n, 10);
    mg_str_free(&s);
}

static void rows(void **state) {
    (void)state;
    molglot_row_status row;
    mg_row_accept(&row);
    assert_true(row.ok == 1 && row.offset == -1 && !row.reason[0]);
    assert_int_equal(mg_row_refuse(&row, 7, "%d %s", 3, "atoms"), MOLGLOT_BAD_FILE);
    assert_true(row.ok == 0 && row.offset == 7);
    assert_string_equal(row.reason, "3 atoms");
    mg_row_refuse(&row, -5, "nowhere");
    assert_int_equal(row.offset, -1);
    mg_row_refuse(&row, INT32_MAX, "far");
    assert_int_equal(row.offset, INT32_MAX);
    char longer[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    mg_row_refuse(&row, (int64_t)INT32_MAX + 1, "%s", longer);
    assert_int_equal(row.offset, -1);
    assert_int_equal(strlen(row.reason), sizeof row.reason - 1);
    assert_int_equal(mg_row_refuse(NULL, 0, "unheard"), MOLGLOT_BAD_FILE);
    mg_row_accept(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence), cmocka_unit_test(places), cmocka_unit_test(lengths),
        cmocka_unit_test(code_points),    cmocka_unit_test(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
