/* server_forms.c - what bodies of the server may be: shapes against JSON, their defaults, their
 * JSON Schema; texts and numbers as JSON. */
#include "../must.h"
#include "app/server/inside.h"

#include <math.h>

/* ---- say.c ---- */

#define GAP "\xEF\xBF\xBD"

static void texts_are_utf8(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"abc", "abc"},
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"a\xff"
         "b",
         "a" GAP "b"},
        {"a\xc3", "a" GAP},
        {"a\x80", "a" GAP},
        {"\xc0\xaf", GAP GAP},
        {"\xc1\xbf", GAP GAP},
        {"\xc2\x80\xff", "\xc2\x80" GAP},
        {"\xdf\xbf\xff", "\xdf\xbf" GAP},
        {"\xe0\x9f\xbf", GAP GAP GAP},
        {"\xe0\xa0\x80\xff", "\xe0\xa0\x80" GAP},
        {"\xed\x9f\xbf\xff", "\xed\x9f\xbf" GAP},
        {"\xed\xa0\x80", GAP GAP GAP},
        {"\xef\xbf\xbf\xff", "\xef\xbf\xbf" GAP},
        {"\xe2\x82", GAP GAP},
        {"\xf0\x8f\xbf\xbf", GAP GAP GAP GAP},
        {"\xf0\x90\x80\x80\xff", "\xf0\x90\x80\x80" GAP},
        {"\xf4\x8f\xbf\xbf\xff", "\xf4\x8f\xbf\xbf" GAP},
        {"\xf4\x90\x80\x80", GAP GAP GAP GAP},
        {"\xf5\x80\x80\x80", GAP GAP GAP GAP},
        {"\xf0\x90\x80", GAP GAP GAP},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        json_t *v = srv_text(cases[i][0]);
        if (!json_is_string(v) || strcmp(json_string_value(v), cases[i][1]))
            fail_msg("case %zu: '%s'", i, v ? json_string_value(v) : "");
        json_decref(v);
    }
    assert_true(json_is_null(srv_text(NULL)));
}

static void numbers_have_seven_digits(void **state) {
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0, "0.0"},    {1.0 / 3, "0.3333333"}, {-2.0 / 3, "-0.6666667"}, {12345678, "12345680.0"},
        {NAN, "null"}, {INFINITY, "null"},     {-INFINITY, "null"},      {1e-9, "1e-9"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        json_t *v = srv_number(cases[i].x);
        char *text = srv_dump(v);
        assert_string_equal(text, cases[i].text);
        free(text);
        json_decref(v);
    }
    json_t *o = json_object();
    srv_set(o, "a", json_integer(1));
    srv_set(o, "b", NULL);
    srv_set(o, "c", json_true());
    srv_set(o, "d", json_string("x"));
    srv_set(o, "e", json_real(2.5));
    char *text = srv_dump(o);
    assert_string_equal(text, "{\"a\":1,\"c\":true,\"d\":\"x\",\"e\":2.5}");
    assert_true(srv_number_of(o, "a", 9) == 1 && srv_number_of(o, "e", 9) == 2.5);
    assert_true(srv_number_of(o, "b", 9) == 9 && srv_number_of(o, "d", 9) == 9);
    assert_true(srv_true(o, "c") && !srv_true(o, "a") && !srv_true(o, "b"));
    assert_string_equal(srv_string_of(o, "d"), "x");
    assert_null(srv_string_of(o, "a"));
    assert_null(srv_dump(NULL));
    free(text);
    json_decref(o);
}

/* ---- shape.c ---- */

static const srv_shape body = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "text", .type = SRV_STRING, .required = true, .low = 2, .high = 5},
        {.name = "kind", .type = SRV_STRING, .choices = "one|two|three", .normal = "\"two\""},
        {.name = "n", .type = SRV_INTEGER, .low = 1, .high = 9, .normal = "3"},
        {.name = "x", .type = SRV_NUMBER, .low = 0, .high = 1, .nullable = true},
        {.name = "any", .type = SRV_NUMBER},
        {.name = "yes", .type = SRV_BOOLEAN, .normal = "false"},
        {.name = "list", .type = SRV_ARRAY, .low = 1, .high = 2, SRV_ENTRY(.type = SRV_INTEGER)},
        {.name = "mol", .type = SRV_MOLECULE}, {.name = "query", .type = SRV_QUERY},
        {.name = "free", .type = SRV_ANY},
        {.name = "in",
         .type = SRV_OBJECT,
         SRV_MEMBERS({.name = "must", .type = SRV_STRING, .required = true})})};

/* A body with "text" and one member more: what is wrong with it, or with its defaults. */
static void bodies_are_checked(void **state) {
    (void)state;
    static const struct {
        const char *body, *field, *message;
    } cases[] = {
        {"{\"text\":\"ab\"}", NULL, NULL},
        {"{\"text\":\"abcde\"}", NULL, NULL},
        {"{\"text\":\"a\"}", "text", "1 bytes; 2 to 5 are allowed"},
        {"{\"text\":\"abcdef\"}", "text", "6 bytes; 2 to 5 are allowed"},
        {"{\"text\":7}", "text", "a string is expected"},
        {"{}", "text", "it is missing"},
        {"[]", "body", "an object is expected"},
        {"{\"text\":\"ab\",\"kind\":\"one\"}", NULL, NULL},
        {"{\"text\":\"ab\",\"kind\":\"three\"}", NULL, NULL},
        {"{\"text\":\"ab\",\"kind\":\"on\"}", "kind", "one of one|two|three is expected"},
        {"{\"text\":\"ab\",\"kind\":\"ones\"}", "kind", "one of one|two|three is expected"},
        {"{\"text\":\"ab\",\"kind\":\"\"}", "kind", "one of one|two|three is expected"},
        {"{\"text\":\"ab\",\"n\":1}", NULL, NULL},
        {"{\"text\":\"ab\",\"n\":9}", NULL, NULL},
        {"{\"text\":\"ab\",\"n\":0}", "n", "0 is not in 1 to 9"},
        {"{\"text\":\"ab\",\"n\":10}", "n", "10 is not in 1 to 9"},
        {"{\"text\":\"ab\",\"n\":2.0}", "n", "a whole number is expected"},
        {"{\"text\":\"ab\",\"n\":\"2\"}", "n", "a whole number is expected"},
        {"{\"text\":\"ab\",\"n\":null}", "n", "a whole number is expected"},
        {"{\"text\":\"ab\",\"x\":0}", NULL, NULL},
        {"{\"text\":\"ab\",\"x\":1}", NULL, NULL},
        {"{\"text\":\"ab\",\"x\":0.5}", NULL, NULL},
        {"{\"text\":\"ab\",\"x\":null}", NULL, NULL},
        {"{\"text\":\"ab\",\"x\":-0.1}", "x", "-0.1 is not in 0 to 1"},
        {"{\"text\":\"ab\",\"x\":1.5}", "x", "1.5 is not in 0 to 1"},
        {"{\"text\":\"ab\",\"x\":\"1\"}", "x", "a number is expected"},
        {"{\"text\":\"ab\",\"any\":-1e30}", NULL, NULL},
        {"{\"text\":\"ab\",\"yes\":true}", NULL, NULL},
        {"{\"text\":\"ab\",\"yes\":1}", "yes", "true or false is expected"},
        {"{\"text\":\"ab\",\"list\":[1]}", NULL, NULL},
        {"{\"text\":\"ab\",\"list\":[1,2]}", NULL, NULL},
        {"{\"text\":\"ab\",\"list\":[]}", "list", "0 entries; 1 to 2 are allowed"},
        {"{\"text\":\"ab\",\"list\":[1,2,3]}", "list", "3 entries; 1 to 2 are allowed"},
        {"{\"text\":\"ab\",\"list\":[1,\"2\"]}", "list[1]", "a whole number is expected"},
        {"{\"text\":\"ab\",\"list\":{}}", "list", "an array is expected"},
        {"{\"text\":\"ab\",\"mol\":\"CCO\"}", NULL, NULL},
        {"{\"text\":\"ab\",\"mol\":{\"smiles\":\"C\"}}", NULL, NULL},
        {"{\"text\":\"ab\",\"mol\":{\"molfile\":\"C\"}}", NULL, NULL},
        {"{\"text\":\"ab\",\"mol\":{\"name\":\"C\"}}", NULL, NULL},
        {"{\"text\":\"ab\",\"mol\":{\"text\":\"C\"}}", "mol",
         "an object has one member: smiles, molfile or name"},
        {"{\"text\":\"ab\",\"mol\":{\"smiles\":\"C\",\"name\":\"x\"}}", "mol",
         "an object has one member"},
        {"{\"text\":\"ab\",\"mol\":{\"smiles\":\"C\",\"more\":1}}", "mol",
         "an object has one member"},
        {"{\"text\":\"ab\",\"mol\":{\"smiles\":3}}", "mol", "\"smiles\" is no string"},
        {"{\"text\":\"ab\",\"mol\":3}", "mol", "a string or an object is expected"},
        {"{\"text\":\"ab\",\"query\":{\"text\":\"C\"}}", NULL, NULL},
        {"{\"text\":\"ab\",\"query\":{}}", "query",
         "an object has one member: text, smiles, molfile or name"},
        {"{\"text\":\"ab\",\"free\":[{}]}", NULL, NULL},
        {"{\"text\":\"ab\",\"in\":{\"must\":\"\"}}", NULL, NULL},
        {"{\"text\":\"ab\",\"in\":{}}", "in.must", "it is missing"},
        {"{\"text\":\"ab\",\"in\":{\"must\":\"\",\"no\":1}}", "in.no", "there is no such member"},
        {"{\"text\":\"ab\",\"in\":[]}", "in", "an object is expected"},
        {"{\"text\":\"ab\",\"more\":1}", "more", "there is no such member"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        srv_wrong wrong = {0};
        json_t *v = json_loads(cases[i].body, 0, NULL);
        assert_non_null(v);
        const bool taken = srv_shape_take(&body, v, &wrong);
        if (taken != !cases[i].field) fail_msg("%s: %s", cases[i].body, wrong.message);
        if (!taken) {
            if (strcmp(wrong.field, cases[i].field) || !strstr(wrong.message, cases[i].message))
                fail_msg("%s: %s: %s", cases[i].body, wrong.field, wrong.message);
        } else {
            assert_non_null(srv_string_of(v, "kind"));
            if (!strstr(cases[i].body, "kind"))
                assert_string_equal(srv_string_of(v, "kind"), "two");
            if (!strstr(cases[i].body, "\"n\"")) assert_true(srv_number_of(v, "n", 0) == 3);
            assert_true(json_is_boolean(json_object_get(v, "yes")));
            assert_int_equal(json_object_get(v, "x") != NULL,
                             strstr(cases[i].body, "\"x\"") != NULL);
        }
        json_decref(v);
    }
    /* 200,000 bytes of a molecule, and one more */
    for (int over = 0; over < 2; over++)
        for (int wrapped = 0; wrapped < 2; wrapped++) {
            srv_wrong wrong = {0};
            char *long_one = must_alloc(200002, 1);
            memset(long_one, 'C', (size_t)(200000 + over));
            json_t *v = wrapped
                            ? json_pack("{s:s,s:{s:s}}", "text", "ab", "mol", "smiles", long_one)
                            : json_pack("{s:s,s:s}", "text", "ab", "mol", long_one);
            assert_int_equal(srv_shape_take(&body, v, &wrong), !over);
            if (over) assert_string_equal(wrong.message, "more than 200000 bytes");
            json_decref(v);
            free(long_one);
        }
}

/* What checks a body is what the schema says. */
static void schemas_say_the_shape(void **state) {
    (void)state;
    static const char either[] = "{\"anyOf\":[{\"type\":\"string\"}%s,"
                                 "{\"type\":\"object\",\"properties\":{\"smiles\":{\"type\":"
                                 "\"string\"}},\"required\":[\"smiles\"],"
                                 "\"additionalProperties\":false},"
                                 "{\"type\":\"object\",\"properties\":{\"molfile\":{\"type\":"
                                 "\"string\"}},\"required\":[\"molfile\"],"
                                 "\"additionalProperties\":false},"
                                 "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
                                 "\"string\"}},\"required\":[\"name\"],"
                                 "\"additionalProperties\":false}]}";
    static const char *const wants[][2] = {
        {"text", "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5}"},
        {"kind", "{\"type\":\"string\",\"enum\":[\"one\",\"two\",\"three\"],\"default\":\"two\"}"},
        {"n", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":9,\"default\":3}"},
        {"x", "{\"type\":[\"number\",\"null\"],\"minimum\":0.0,\"maximum\":1.0}"},
        {"any", "{\"type\":\"number\"}"},
        {"yes", "{\"type\":\"boolean\",\"default\":false}"},
        {"list",
         "{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"type\":\"integer\"}}"},
        {"free", "{}"},
        {"in", "{\"type\":\"object\",\"properties\":{\"must\":{\"type\":\"string\"}},\"required\":["
               "\"must\"],"
               "\"additionalProperties\":false}"},
    };
    json_t *schema = srv_shape_schema(&body), *members = json_object_get(schema, "properties");
    assert_int_equal(json_object_size(members), 11);
    for (size_t i = 0; i < MG_COUNT(wants); i++) {
        json_t *want = json_loads(wants[i][1], 0, NULL);
        assert_non_null(want);
        if (!json_equal(json_object_get(members, wants[i][0]), want)) {
            char *got = srv_dump(json_object_get(members, wants[i][0]));
            fail_msg("%s: %s", wants[i][0], got);
        }
        json_decref(want);
    }
    for (int query = 0; query < 2; query++) {
        char text[2000];
        snprintf(text, sizeof text, either,
                 query ? ",{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},"
                         "\"required\":[\"text\"],\"additionalProperties\":false}"
                       : "");
        json_t *want = json_loads(text, 0, NULL);
        assert_non_null(want);
        assert_true(json_equal(json_object_get(members, query ? "query" : "mol"), want));
        json_decref(want);
    }
    assert_int_equal(json_array_size(json_object_get(schema, "required")), 1);
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    json_decref(schema);
}

/* ---- job.c ---- */

static long refused;
static long refusals(void) { return refused; }
static void answer(srv_hand *h, srv_job **jobs, size_t n) {
    (void)h;
    for (size_t i = 0; i < n; i++) {
        jobs[i]->answer = json_object();
        if (i) srv_job_fail(jobs[i], 422, "bad_argument", NULL, -1, "no molecule");
    }
}
static void short_of_memory(srv_hand *h, srv_job **jobs, size_t n) {
    answer(h, jobs, n);
    refused++;
}

/* What was made while memory was refused is no answer, nor is what was refused then. */
static void a_lack_of_memory_is_no_answer(void **state) {
    (void)state;
    mg_server_options o = mg_server_default();
    o.refusals = refusals;
    molglot_error err = {0};
    mg_server *s = must_have(srv_new(&o, &err), &err);
    srv_route route = {.path = "/a", .run = answer};
    srv_hand hand = {.server = s};
    for (int k = 0; k < 2; k++) {
        srv_job *jobs[] = {srv_job_new(s, &route), srv_job_new(s, &route)};
        srv_jobs_run(&hand, jobs, 2);
        for (int i = 0; i < 2; i++) {
            const json_t *e = json_object_get(jobs[i]->answer, "error");
            assert_int_equal(jobs[i]->status, k ? 503 : i ? 422 : 0);
            if (k) assert_string_equal(srv_string_of(e, "code"), "no_memory");
            srv_job_drop(jobs[i]);
        }
        route.run = short_of_memory;
    }
    srv_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_utf8),
        cmocka_unit_test(numbers_have_seven_digits),
        cmocka_unit_test(bodies_are_checked),
        cmocka_unit_test(schemas_say_the_shape),
        cmocka_unit_test(a_lack_of_memory_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
