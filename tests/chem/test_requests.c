/* A table of sentences and the conditions that are read from them (requests.tsv), and conditions held
 * against molecules. */
#include "chem/request/request.h"

#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static mg_groups *groups;

static int setup(void **state) {
    (void)state;
    groups = mg_groups_new(NULL, 0, NULL);
    return !groups || mg_chem_init(NULL);
}

static int teardown(void **state) {
    (void)state;
    mg_groups_free(groups);
    return 0;
}

static void test_table(void **state) {
    (void)state;
    char *data = NULL;
    size_t size;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/chem/requests.tsv", 1 << 20, &data, &size, NULL), 0);
    int bad = 0, n = 0;
    for (char *line = strtok(data, "\n"); line; line = strtok(NULL, "\n")) {
        if (*line == '#') continue;
        char *want = strchr(line, '\t'), *left = want ? strchr(want + 1, '\t') : NULL;
        assert_non_null(left);
        *want++ = 0, *left++ = 0;
        molglot_error err;
        mg_request *r = mg_request_parse(groups, line, &err);
        assert_non_null(r);
        mg_str said = {0};
        mg_str_addz(&said, "");
        mg_request_say(r, &said);
        n++;
        if (strcmp(said.s, want) || strcmp(r->left, left)) {
            bad++;
            print_message("%s\n   is   %s | %s\n   want %s | %s\n", line, said.s, r->left, want, left);
        }
        mg_str_free(&said);
        mg_request_free(r);
    }
    free(data);
    print_message("%d of %d wrong\n", bad, n);
    assert_int_equal(bad, 0);
    assert_true(n >= 150);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
