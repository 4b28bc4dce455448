/* test_table.c - rows of SMILES lists, CSV, TSV, SDF and texts: what is sniffed, what is rejected,
 * and that rows never shift. */
#include "data/data.h"
#include "data/table/table.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mg_table *open_text(const char *text, const mg_table_options *o) {
    molglot_error err = {0};
    mg_table *t = mg_table_memory(text, strlen(text), o, &err);
    if (!t) fail_msg("%s", err.message);
    return t;
}

static mg_row next(mg_table *t) {
    molglot_error err = {0};
    mg_row row;
    if (mg_table_next(t, &row, &err) != 1) fail_msg("expected a row, got none: %s", err.message);
    return row;
}

static void expect_end(mg_table *t) {
    mg_row row;
    assert_int_equal(mg_table_next(t, &row, NULL), 0);
    assert_int_equal(mg_table_next(t, &row, NULL), 0);
    mg_table_close(t);
}

static void expect_row(mg_table *t, const char *smiles, const char *text, const char *id) {
    mg_row row = next(t);
    if (!row.status.ok) fail_msg("row %d rejected: %s", (int)row.number, row.status.reason);
    assert_string_equal(row.smiles, smiles);
    assert_string_equal(row.text, text);
    assert_string_equal(row.id, id);
    assert_int_equal(row.smiles_n, strlen(smiles));
    assert_int_equal(row.text_n, strlen(text));
}

static void expect_rejected(mg_table *t, const char *reason) {
    mg_row row = next(t);
    assert_false(row.status.ok);
    if (!strstr(row.status.reason, reason))
        fail_msg("reason is '%s', not '%s'", row.status.reason, reason);
}

static void smiles_list(void **state) {
    (void)state;
    mg_table *t = open_text("CCO ethanol\nC1CC bad\n\nc1ccccc1\tbenzene\r\n", NULL);
    assert_non_null(strstr(mg_table_describe(t), "SMILES list"));
    expect_row(t, "CCO", "", "ethanol");
    expect_row(t, "C1CC", "", "bad"); /* chemistry is not the table's business */
    mg_row row = next(t);
    assert_false(row.status.ok);
    assert_string_equal(row.status.reason, "empty line");
    assert_int_equal(row.line, 3);
    assert_int_equal(row.number, 3);
    row = next(t);
    assert_string_equal(row.smiles, "c1ccccc1");
    assert_string_equal(row.id, "benzene");
    assert_int_equal(row.line, 4);
    expect_end(t);
}

static void smiles_titles(void **state) {
    (void)state;
    mg_table_options o = {.format = "smi", .header = -1};
    mg_table *t = open_text(
        "SMILES Name\nCCO ethyl alcohol  \nCC |$a;b$| two words\nCCN\tamine\textra\n  C\n\n\n", &o);
    assert_non_null(strstr(mg_table_describe(t), "header"));
    expect_row(t, "CCO", "", "ethyl alcohol");
    expect_row(t, "CC", "", "two words"); /* CXSMILES is no title */
    expect_row(t, "CCN", "", "amine");
    expect_row(t, "C", "", "");
    expect_end(t); /* empty lines at the end are no rows */
}

static void doubled_backslashes(void **state) {
    (void)state;
    mg_table *t = open_text("id\tsmiles\ttext\n1\tC/C=C\\\\C\ta \"quoted\" thing\n2\tCC\t\"open\n",
                            NULL);
    expect_row(t, "C/C=C\\C", "a \"quoted\" thing", "1");
    expect_row(t, "CC", "\"open", "2"); /* TSV knows no quotes */
    assert_int_equal(mg_table_undoubled(t), 1);
    expect_end(t);
}

static void tsv_layouts(void **state) {
    (void)state;
    mg_table *t = open_text("\xEF\xBB\xBF"
                            "CID\tSMILES\tdescription\r\n5\tCCO\tAn alcohol, \"ethanol\".\r\n",
                            NULL);
    assert_string_equal(mg_table_describe(t),
                        "TSV, header, id=CID text=description smiles=SMILES, CRLF, BOM");
    expect_row(t, "CCO", "An alcohol, \"ethanol\".", "5");
    expect_end(t);
    t = open_text("description\tground truth\toutput\nan alcohol\tCCO\tCCC\n", NULL);
    expect_row(t, "CCO", "an alcohol", "");
    expect_end(t);
    t = open_text("SMILES\tground truth\toutput\nCCO\tan alcohol\ta thing\n", NULL);
    expect_row(t, "CCO", "an alcohol", "");
    expect_end(t);
    /* no header: by content */
    t = open_text("12\tCCO\tit is an alcohol\n13\tCCN\tit is an amine\n", NULL);
    assert_non_null(strstr(mg_table_describe(t), "no header"));
    expect_row(t, "CCO", "it is an alcohol", "12");
    expect_row(t, "CCN", "it is an amine", "13");
    expect_end(t);
}

static void csv_quotes(void **state) {
    (void)state;
    mg_table *t = open_text(
        "name,smiles,text\n\"1,2-diol\",OCCO,\"two\nlines, and \"\"quotes\"\"\"\n\nx,C,y\n", NULL);
    mg_row row = next(t);
    assert_string_equal(row.id, "1,2-diol");
    assert_string_equal(row.smiles, "OCCO");
    assert_string_equal(row.text, "two\nlines, and \"quotes\"");
    assert_int_equal(row.line, 2);
    row = next(t);
    assert_string_equal(row.id, "x");
    assert_int_equal(row.line, 5);
    assert_int_equal(row.number, 2);
    assert_int_equal(row.n_fields, 3);
    expect_end(t);
    t = open_text("smiles;value\nCCO;1,5\n", NULL);
    assert_non_null(strstr(mg_table_describe(t), "semicolons"));
    row = next(t);
    assert_string_equal(row.fields[1], "1,5");
    expect_end(t);
}

static void csv_bad_rows(void **state) {
    (void)state;
    /* An unquoted comma shifts columns: rejected. A quote that never ends takes its own line
     * alone. */
    mg_table *t = open_text("id,smiles,text\n1,CCO,a, b\n2,\"CC,x\n3,CCN,y\n4,CCC\n5,CCCC,z,\n6\n",
                            NULL);
    expect_rejected(t, "4 fields, expected 3");
    expect_rejected(t, "quote without an end");
    expect_row(t, "CCN", "y", "3");
    expect_rejected(t, "2 fields, expected 3");
    expect_row(t, "CCCC", "z", "5");
    expect_rejected(t, "1 fields, expected 3");
    expect_end(t);
}

static void columns(void **state) {
    (void)state;
    const char *text = "a,b,c\nx,CCO,y\n";
    mg_table_options o = {.smiles_column = "B", .id_column = "3", .header = -1};
    mg_table *t = open_text(text, &o);
    expect_row(t, "CCO", "", "y");
    const char *const *names;
    assert_int_equal(mg_table_columns(t, &names), 3);
    assert_string_equal(names[1], "b");
    expect_end(t);
    molglot_error err = {0};
    o = (mg_table_options){.smiles_column = "nope", .header = -1};
    assert_null(mg_table_memory(text, strlen(text), &o, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "a, b, c"));
    o = (mg_table_options){.format = "xlsx", .header = -1};
    assert_null(mg_table_memory(text, strlen(text), &o, &err));
    /* a header that only its content betrays */
    t = open_text("structure,p\nCCO,1\nCCC,2\n", NULL);
    assert_non_null(strstr(mg_table_describe(t), "structure is read as SMILES"));
    expect_row(t, "CCO", "", "");
    expect_row(t, "CCC", "", "");
    expect_end(t);
    t = open_text("id,note,drawn\n1,x,CCO\n2,y,CCC\n", NULL);
    expect_row(t, "CCO", "", "1");
    expect_row(t, "CCC", "", "2");
    expect_end(t);
}

static void texts(void **state) {
    (void)state;
    mg_table *t = open_text("The molecule is an acid, and red.\nNo, it is a base.\n", NULL);
    assert_string_equal(mg_table_describe(t), "one text a line");
    expect_row(t, "", "The molecule is an acid, and red.", "");
    expect_row(t, "", "No, it is a base.", "");
    expect_end(t);
    t = open_text("text\nan acid\n", NULL);
    expect_row(t, "", "an acid", "");
    expect_end(t);
    t = open_text("", NULL);
    expect_end(t);
}

static void bad_bytes(void **state) {
    (void)state;
    static const char text[] = "CC\0O a\nCC caf\xE9\nCC \xF0\x9F\x98\x80\nCC \xED\xA0\x80\n";
    mg_table_options o = {.format = "smi", .header = -1};
    mg_table *t = mg_table_memory(text, sizeof text - 1, &o, NULL);
    mg_row row = next(t);
    assert_string_equal(row.status.reason, "NUL byte");
    assert_int_equal(row.status.offset, 2);
    assert_string_equal(row.id, "a");
    row = next(t);
    assert_non_null(strstr(row.status.reason, "invalid UTF-8 (byte 0xE9)"));
    assert_int_equal(row.status.offset, 6);
    assert_string_equal(row.id, "caf?");
    expect_row(t, "CC", "", "\xF0\x9F\x98\x80");
    expect_rejected(t, "invalid UTF-8"); /* a surrogate */
    expect_end(t);
}

static void long_rows(void **state) {
    (void)state;
    mg_str s = {0};
    mg_str_addz(&s, "smiles,text\nCCO,");
    for (int i = 0; i < 300000; i++) mg_str_addz(&s, "x");
    mg_str_addz(&s, "\nCCC,y\nC,\"");
    for (int i = 0; i < 300000; i++) mg_str_addz(&s, "z\n");
    mg_table_options o = {.max_row = 1000, .header = -1, .format = "csv"};
    mg_table *t = mg_table_memory(s.s, s.n, &o, NULL);
    expect_rejected(t, "row longer than 1000 bytes");
    expect_row(t, "CCC", "y", "");
    expect_rejected(t, "quote without an end");
    for (int i = 1; i < 300000; i++) expect_rejected(t, "1 fields, expected 2");
    expect_end(t);
    mg_str_free(&s);
    o.format = "smi";
    o.max_row = 5;
    t = open_text("CCO ethanol\nCC\nCCCCCCCCC", &o);
    expect_rejected(t, "row longer than 5 bytes");
    expect_row(t, "CC", "", "");
    expect_rejected(t, "row longer than 5 bytes");
    expect_end(t);
}

#define MOL(title, atom)                                          \
    title "\n  test\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n" \
          "    0.0000    0.0000    0.0000 " atom "   0  0  0  0  0  0  0  0  0  0  0  0\nM  END\n"

static void sdf(void **state) {
    (void)state;
    mg_table *t = open_text(
        MOL("first", "C") "> <ID>\nM1\n\n>  <NOTE> (1)\nline 1\nline 2\n\n$$$$\n"
                          "broken\nno end here\n$$$$\n" MOL(
                              "third",
                              "N") "> <PUBCHEM_SMILES>\nCC/C=C\\C\n\n$$$$\r\n" MOL("fourth", "O"),
        NULL);
    assert_non_null(strstr(mg_table_describe(t), "SDF, 3 properties"));
    mg_row row = next(t);
    assert_true(row.status.ok);
    assert_string_equal(row.smiles, "C");
    assert_string_equal(row.id, "M1");
    assert_string_equal(row.fields[1], "line 1\nline 2");
    assert_true(row.molblock_n > 0 && !strncmp(row.molblock, "first\n", 6));
    row = next(t);
    assert_false(row.status.ok);
    assert_string_equal(row.status.reason, "no \"M  END\" line");
    assert_string_equal(row.id, "broken");
    expect_row(t, "CC/C=C\\C", "", "third"); /* PubChem's tag, not the drawing */
    expect_row(t, "O", "", "fourth");
    expect_end(t);
}

static void sdf_too_long(void **state) {
    (void)state;
    mg_table_options o = {.format = "sdf", .max_row = 400, .header = -1};
    mg_str s = {0};
    mg_str_addz(&s, MOL("first", "C") "> <X>\n");
    for (int i = 0; i < 1000; i++) mg_str_addz(&s, "more\n");
    mg_str_addz(&s, "\n$$$$\n" MOL("second", "N") "$$$$\n\n");
    mg_table *t = open_text(s.s, &o);
    expect_rejected(t, "record longer than 400 bytes");
    expect_row(t, "N", "", "second");
    expect_end(t);
    mg_str_free(&s);
}

static void other_ends_of_line(void **state) {
    (void)state;
    mg_table *t = open_text("id,smiles\r1,CCO\r2,CCC\r", NULL);
    expect_row(t, "CCO", "", "1");
    expect_row(t, "CCC", "", "2");
    expect_end(t);
    molglot_error err = {0};
    assert_null(mg_table_memory("\xFF\xFEi\0d\0", 6, NULL, &err));
    assert_non_null(strstr(err.message, "UTF-16"));
}

static void rows_and_writers(void **state) {
    (void)state;
    char path[] = "/tmp/mg_rows_XXXXXX";
    FILE *f = fdopen(mkstemp(path), "w");
    fputs("id\tsmiles\ttext\n7\tC\\\\C\tone\n8\tN\ttwo\n", f);
    fclose(f);
    mg_rows r;
    assert_int_equal(mg_rows_load(&r, path, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.undoubled, 1);
    assert_string_equal(r.smiles[0], "C\\C");
    assert_string_equal(r.text[1], "two");
    assert_string_equal(r.id[1], "8");
    mg_rows_free(&r);
    remove(path);
    molglot_error err = {0};
    assert_int_not_equal(mg_rows_load(&r, "/nonexistent/file", NULL, &err), MOLGLOT_OK);

    mg_str s = {0};
    mg_csv_field(&s, "a", ',');
    mg_csv_field(&s, "b,\"c\"", ',');
    mg_csv_field(&s, " d", ',');
    mg_csv_field(&s, "e\tf\n", '\t');
    assert_string_equal(s.s, "a\"b,\"\"c\"\"\"\" d\"e f ");
    s.n = 0;
    assert_int_equal(mg_npy_header(&s, 3, 256), MOLGLOT_OK);
    assert_int_equal(s.n % 64, 0);
    assert_memory_equal(s.s, "\x93NUMPY\x01\x00", 8);
    assert_int_equal((uint8_t)s.s[8] + 256 * (uint8_t)s.s[9] + 10, s.n);
    assert_non_null(strstr(s.s + 10, "'shape': (3, 256)"));
    mg_str_free(&s);
}

/* What NumPy writes, and what differs from it in one thing, each with 24 bytes of numbers behind
 * the header. */
static void npy_files(void **state) {
    (void)state;
    static const struct {
        const char *dictionary;
        int64_t rows, cols;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", 3, 2},
        {"{'shape':(1,6),'fortran_order':False,'descr':'<f4'}", 1, 6},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 1), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-3, -2), }", 0, 0},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0, 0},
        {"{'descr': '<f4', 'shape': (3, 2", 0, 0}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        uint8_t file[160] = "\x93NUMPY\x01";
        const size_t n = strlen(cases[i].dictionary);
        int64_t rows, cols;
        file[8] = (uint8_t)n;
        memcpy(file + 10, cases[i].dictionary, n);
        const size_t at = mg_npy_numbers(file, n + 34, &rows, &cols);
        assert_int_equal(at, cases[i].rows ? n + 10 : 0);
        if (at) assert_true(rows == cases[i].rows && cols == cases[i].cols);
        assert_int_equal(mg_npy_numbers(file, n + 33, &rows, &cols), 0);
        assert_int_equal(mg_npy_numbers(file, n, &rows, &cols), 0);
    }
    mg_str s = {0};
    int64_t rows, cols;
    assert_int_equal(mg_npy_header(&s, 0, 256), MOLGLOT_OK);
    assert_int_equal(mg_npy_numbers(s.s, s.n, &rows, &cols), s.n);
    assert_true(rows == 0 && cols == 256);
    mg_str_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_files),       cmocka_unit_test(smiles_list),
        cmocka_unit_test(smiles_titles),   cmocka_unit_test(doubled_backslashes),
        cmocka_unit_test(tsv_layouts),     cmocka_unit_test(csv_quotes),
        cmocka_unit_test(csv_bad_rows),    cmocka_unit_test(columns),
        cmocka_unit_test(texts),           cmocka_unit_test(bad_bytes),
        cmocka_unit_test(long_rows),       cmocka_unit_test(sdf),
        cmocka_unit_test(sdf_too_long),    cmocka_unit_test(other_ends_of_line),
        cmocka_unit_test(rows_and_writers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
