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
    t = open_text("id\tsmiles\ttext\n1\tCC\t\"a\"\n2\tCCO\n", NULL); /* nor do they mend it */
    expect_row(t, "CC", "\"a\"", "1");
    mg_table_close(t);
    molglot_error err = {0};
    static const char stray[] = "CCO\tan\0al\1co\2hol\nCC\ta\3\n"; /* four controls */
    assert_null(mg_table_memory(stray, sizeof stray - 1, NULL, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    static const char few[] = "CCO\tan\0al\1co\2hol\nCC\ta\n"; /* three spoil their row alone */
    t = mg_table_memory(few, sizeof few - 1, NULL, &err);
    assert_non_null(t);
    mg_table_close(t);
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
    /* no UTF-8: Windows-1252, field by field */
    expect_row(t, "CC", "", "caf\xC3\xA9");
    expect_row(t, "CC", "", "\xF0\x9F\x98\x80");
    expect_row(t, "CC", "", "\xC3\xAD\xC2\xA0\xE2\x82\xAC"); /* a surrogate */
    assert_string_equal(mg_table_notes(t), "2 fields Latin-1");
    expect_end(t);
    t = open_text("smiles,a,b\nCCO,caf\xE9,caf\xC3\xA9\nC,\x93q\x94,\n", NULL);
    mg_row r = next(t);
    assert_string_equal(r.fields[1], "caf\xC3\xA9");
    assert_string_equal(r.fields[2], "caf\xC3\xA9");
    r = next(t);
    assert_string_equal(r.fields[1], "\xE2\x80\x9Cq\xE2\x80\x9D");
    assert_non_null(strstr(mg_table_describe(t), "; 2 fields Latin-1"));
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

static void sdf_dialects(void **state) {
    (void)state;
    mg_table *t = open_text(MOL("a", "C") "$$$$" MOL("second", "N") "$$$$\n" MOL("c", "O") "$$$$\n",
                            NULL);
    expect_row(t, "C", "", "a");
    mg_row row = next(t);
    assert_string_equal(row.id, "second");
    assert_int_equal(row.line, 7);
    expect_row(t, "O", "", "c");
    expect_end(t);
    t = open_text(
        MOL("a", "C") "> <ID>\nX1\n \n> <logP <calc>>\n1.5\n\n> <id>\nlow\n> < sp >\nv\n\n"
                      "> <empty>\n\n> <lines>\n1\n  \n3\n\n$$$$\n",
        &(mg_table_options){.id_column = "ID", .header = -1});
    const char *const *names;
    assert_int_equal(mg_table_columns(t, &names), 6);
    assert_string_equal(names[1], "logP <calc>");
    assert_string_equal(names[3], "sp");
    row = next(t);
    assert_string_equal(row.id, "X1");
    assert_string_equal(row.fields[2], "low");
    assert_string_equal(row.fields[3], "v");
    assert_string_equal(row.fields[4], "");
    assert_string_equal(row.fields[5], "1\n  \n3");
    expect_end(t);
    t = open_text(MOL("a", "C") "> <PUBCHEM_SMILES>\nC1CC\n\n$$$$\n" MOL(
                      "b", "N") "$$$$\n"
                                "$RXN\n\n\n\n  1  1\n$$$$\n",
                  NULL);
    expect_row(t, "C", "", "a");
    expect_row(t, "N", "", "b");
    expect_rejected(t, "a reaction");
    expect_end(t);
    t = open_text("d\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"
                  "    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0\n"
                  "\nM  END\t\n> <x>\n1\n",
                  NULL);
    row = next(t);
    assert_true(row.status.ok);
    assert_string_equal(row.smiles, "C");
    assert_string_equal(row.fields[0], "1");
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
    t = open_text("CCO a\rCCN b\rCCC c\r", &(mg_table_options){.format = "smi", .header = -1});
    expect_row(t, "CCO", "", "a");
    expect_row(t, "CCN", "", "b");
    expect_row(t, "CCC", "", "c");
    expect_end(t);
    t = open_text("CCO a\rCCN b\nCCC c\n", &(mg_table_options){.format = "smi", .header = -1});
    expect_rejected(t, "two kinds of line end");
    expect_row(t, "CCC", "", "c");
    expect_end(t);
    static const char utf16[] = "\xFF\xFEi\0d\0\t\0s\0m\0i\0l\0e\0s\0\n\0"
                                "7\0\t\0C\0O\0\n\0";
    t = mg_table_memory(utf16, sizeof utf16 - 1, NULL, NULL);
    assert_string_equal(mg_table_describe(t), "TSV, header, id=id smiles=smiles, UTF-16");
    expect_row(t, "CO", "", "7");
    expect_end(t);
    molglot_error err = {0};
    assert_null(mg_table_memory("\xFF\xFE\0\0i\0\0\0", 8, NULL, &err));
    assert_non_null(strstr(err.message, "UTF-32"));
}

/* A table, its description, and its first row. */
typedef struct first_row {
    const char *table, *describe, *smiles, *text, *id;
} first_row;

static void expect_first_rows(const first_row *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mg_table *t = open_text(cases[i].table, NULL);
        if (strcmp(mg_table_describe(t), cases[i].describe))
            fail_msg("%s: %s, not %s", cases[i].table, mg_table_describe(t), cases[i].describe);
        mg_row row = next(t);
        if (strcmp(row.smiles, cases[i].smiles) || strcmp(row.text, cases[i].text) ||
            strcmp(row.id, cases[i].id))
            fail_msg("%s: [%s] [%s] [%s]", cases[i].table, row.smiles, row.text, row.id);
        mg_table_close(t);
    }
}

/* Names go before content. */
static void roles(void **state) {
    (void)state;
    static const first_row cases[] = {
        {"id,smiles,text\n1,,unknown\n2,CCO,e\n", "CSV, header, id=id text=text smiles=smiles", "",
         "unknown", "1"},
        {"well,SMILES_std\nB02,CCO\n", "CSV, header, id=well smiles=SMILES_std", "CCO", "", "B02"},
        {"\"ChEMBL ID\";\"Name\";\"Smiles\"\n\"C1\";\"\";\"CCO\"\n",
         "CSV with semicolons, header, id=ChEMBL ID smiles=Smiles", "CCO", "", "C1"},
        {"Target ID,Cpd_ID,SMILES\nT,7,CCO\n", "CSV, header, id=Cpd_ID smiles=SMILES", "CCO", "",
         "7"},
        {"CID,CanonicalSMILES,IsomericSMILES\n5,CC,CCO\n",
         "CSV, header, id=CID smiles=IsomericSMILES", "CCO", "", "5"},
        {"id,InChIKey,InChI\nB,x,\"InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3\"\n",
         "CSV, header, id=id smiles=InChI", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "", "B"},
        {"id,notes\nB,an acid of\nC,a base of\n", "CSV, header, id=id text=notes", "", "an acid of",
         "B"},
        {"nearest_id,compound no,smiles\nx,3,CC\n", "CSV, header, id=compound no smiles=smiles",
         "CC", "", "3"},
        {"smiles\tcas\nCC\t74-84-0\n", "TSV, header, id=cas smiles=smiles", "CC", "", "74-84-0"}};
    expect_first_rows(cases, MG_COUNT(cases));
    mg_table *t = open_text(cases[0].table, NULL);
    assert_true(mg_table_molecules(t));
    mg_table_close(t);
    t = open_text(cases[6].table, NULL);
    assert_false(mg_table_molecules(t));
    mg_table_close(t);
    t = open_text("id,selfies\n1,[C][C][O]\n2,[C][=C][F]\n", NULL);
    expect_rejected(t, "SELFIES, not SMILES");
    expect_rejected(t, "SELFIES, not SMILES");
    expect_end(t);
    t = open_text("smiles\n[O][O]\nCC\n", NULL); /* triplet oxygen is no SELFIES */
    expect_row(t, "[O][O]", "", "");
    expect_row(t, "CC", "", "");
    expect_end(t);
}

/* Delimiters, comments and what else stands before a table. */
static void dialects(void **state) {
    (void)state;
    static const first_row cases[] = {
        {"\"smiles\" \"name\"\n\"1\" \"CCO\" \"an alcohol\"\n",
         "table with blanks, header, id=name smiles=smiles, a first column without a name", "CCO",
         "", "an alcohol"},
        {"  smiles   name\n0    CCO  ethanol\n1     CC   ethane\n",
         "table with blanks, header, id=name smiles=smiles, a first column without a name", "CCO",
         "", "ethanol"},
        {"smiles|id|x\nCCO|1|2\nCC|2|3\n", "table with |, header, id=id smiles=smiles", "CCO", "",
         "1"},
        {"# made 2024\nsmiles,name\nCCO,e\n",
         "CSV, header, id=name smiles=smiles, 1 line skipped before it", "CCO", "", "e"},
        {"## a\n#smiles\tid\nCCO\te\n",
         "TSV, header, id=id smiles=smiles, 1 line skipped before it", "CCO", "", "e"},
        {"sep=;\nsmiles;x\nCCO;1,5\n",
         "CSV with semicolons, header, smiles=smiles, 1 line skipped before it", "CCO", "", ""},
        {"CCO;1,5;2,5;3,5\nCC;1,5;2,5;3,5\n",
         "CSV with semicolons, no header, id=column2 smiles=column1", "CCO", "", "1,5"},
        {"\"smiles\"\t\"name\"\n\"CCO\"\t\"e\"\n", "TSV with quotes, header, id=name smiles=smiles",
         "CCO", "", "e"},
        {"'smiles','name'\n'CCO','a,b'\n", "CSV, header, id=name smiles=smiles", "CCO", "", "a,b"},
        {"smiles,x\n\"C[C@H](F)Cl |o1:1|\",1\n", "CSV, header, smiles=smiles", "C[C@H](F)Cl", "",
         ""},
        {"smiles\tx\n\"CCO\"\t1\n", "TSV, header, smiles=smiles", "CCO", "", ""}};
    expect_first_rows(cases, MG_COUNT(cases));
    mg_table_options o = {.format = "csv", .header = -1};
    mg_table *t = open_text("smiles name\nCCO ethanol\nCC ethane\n", &o);
    expect_row(t, "CCO", "", "ethanol");
    expect_row(t, "CC", "", "ethane");
    expect_end(t);
    t = open_text("Export\nof today\n\nid,smiles\n1,CCO\n", &o);
    mg_row row = next(t);
    assert_string_equal(row.smiles, "CCO");
    assert_int_equal(row.line, 5);
    expect_end(t);
    t = open_text("smiles,name\nCCO,\"a\nCCN,b\nCCC,\"c\"\n", &o);
    expect_rejected(t, "characters after a closing quote");
    expect_row(t, "CCN", "", "b");
    expect_row(t, "CCC", "", "c");
    expect_end(t);
    /* a comma that nobody quoted is no name of a row */
    t = open_text("smiles,text\nCCO,an alcohol, sweet\nCC,a gas, light\n", &o);
    expect_rejected(t, "3 fields, expected 2");
    expect_rejected(t, "3 fields, expected 2");
    expect_end(t);
}

static void smiles_headers(void **state) {
    (void)state;
    mg_table_options o = {.format = "smi", .header = -1};
    mg_table *t = open_text("# note\n#SMILES ID\nCCO a b\n#CCN gone\nCCC\tc\n", &o);
    assert_string_equal(mg_table_describe(t), "SMILES list, header, 1 line skipped before it");
    expect_row(t, "CCO", "", "a b");
    mg_row row = next(t);
    assert_string_equal(row.smiles, "CCC");
    assert_int_equal(row.line, 5);
    assert_string_equal(mg_table_notes(t), "1 comment line skipped");
    expect_end(t);
    t = open_text("InChI=1S/CH4/h1H4 methane\nInChI=1S/H2O/h1H2 water\n", NULL);
    expect_row(t, "InChI=1S/CH4/h1H4", "", "methane");
    expect_row(t, "InChI=1S/H2O/h1H2", "", "water");
    expect_end(t);
    t = open_text("CCO\ta\t1.5\nCC\tb\t2.5\n", &o);
    row = next(t);
    assert_int_equal(row.n_fields, 3);
    assert_string_equal(row.fields[2], "1.5");
    mg_table_close(t);
}

static void json(void **state) {
    (void)state;
    mg_table *t =
        open_text("{\"id\":7,\"smiles\":\"CCO\",\"x\":{\"a\":[1, 2]},\"n\":1.50}\n\n"
                  "{\"smiles\":\"C\\/C\",\"text\":\"\\u00e9\\ud83d\\ude00\\n\",\"n\":null}\n"
                  "broken\n{\"smiles\":\"C\"} x\n{\"smiles\":\"N\",\"n\":NaN}",
                  NULL);
    assert_string_equal(mg_table_describe(t), "JSON lines, id=id text=text smiles=smiles");
    const char *const *names;
    assert_int_equal(mg_table_columns(t, &names), 5);
    assert_string_equal(names[2], "x");
    mg_row row = next(t);
    assert_string_equal(row.id, "7");
    assert_string_equal(row.fields[2], "{\"a\":[1, 2]}");
    assert_string_equal(row.fields[3], "1.50");
    row = next(t);
    assert_string_equal(row.smiles, "C/C");
    assert_string_equal(row.text, "\xC3\xA9\xF0\x9F\x98\x80\n");
    assert_string_equal(row.fields[3], "");
    assert_int_equal(row.line, 3);
    expect_rejected(t, "no JSON object");
    expect_rejected(t, "not JSON");
    row = next(t);
    assert_string_equal(row.fields[3], "");
    assert_int_equal(row.number, 5);
    expect_end(t);
    static const char *const same[] = {
        "{\"molglot\":\"0\",\"rows\":[\n{\"smiles\":\"CCO\"},\n{\"smiles\":\"N\"}]}\n",
        "[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]", "[\"CCO\",\"N\"]",
        "{\n\"smiles\":\n\"CCO\"\n}\n{\n\"smiles\":\"N\"}\n"};
    for (size_t i = 0; i < MG_COUNT(same); i++) {
        t = open_text(same[i], NULL);
        expect_row(t, "CCO", "", "");
        expect_row(t, "N", "", "");
        expect_end(t);
    }
    /* an object that does not end takes its own line alone */
    t = open_text("[\n{\"smiles\":\"CCO\"},\n{\"smiles\":\"C\"\n{\"smiles\":\"N\"}\n]", NULL);
    expect_row(t, "CCO", "", "");
    expect_rejected(t, "without an end");
    expect_row(t, "N", "", "");
    expect_end(t);
    molglot_error err = {0};
    mg_table_options o = {.format = "json", .header = -1};
    assert_null(mg_table_memory("CCO\n", 4, &o, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
}

/* Values of a JSON member, as text; NULL: the row is refused. */
static void json_values(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"\"\\u0041\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
         "A\x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"},
        {"\"\\ud800\\udc00\\udbff\\udfff\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\"\\ud800x\"", "\xEF\xBF\xBDx"},
        {"\"\\udc00\\u0041\"", "\xEF\xBF\xBD"
                               "A"},
        {"\"\\ud800\\ue000\"", "\xEF\xBF\xBD\xEE\x80\x80"},
        {"\"\\ud800\\udbff\"", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\"\\udfff\\ud7ff\"", "\xEF\xBF\xBD\xED\x9F\xBF"},
        {"\"\\u0000\"", "\xEF\xBF\xBD"},
        {"\"\\u00eF\\u00Ef\"", "\xC3\xAF\xC3\xAF"},
        {"\"\\u00AA\\u00af\\u0099\"", "\xC2\xAA\xC2\xAF\xC2\x99"},
        {"\"\\u00g0\"", NULL},
        {"\"\\u00G0\"", NULL},
        {"\"\\u004\"", NULL},
        {"\"\\u00:0\"", NULL},
        {"\"\\q\"", NULL},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"}\"", "}"},
        {"{\"a\":\"}\\\"]\"}", "{\"a\":\"}\\\"]\"}"},
        {"[1,[2],{}]", "[1,[2],{}]"},
        {"[1}", NULL},
        {"{1]", NULL},
        {"]", NULL},
        {"true", "true"},
        {"-1.50e5", "-1.50e5"},
        {"null", ""},
        {"NaN", ""},
        {"\"null\"", "null"},
        {" 1 ", "1"},
        {" \"x\" ", "x"},
        {"1 2", NULL},
        {"\"x\" 2", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        for (int last = 0; last < 2; last++) {
            char text[300];
            snprintf(text, sizeof text,
                     "{\"smiles\":\"C\",\"v\":\"\",\"w\":\"\"}\n{%s\"v\":%s%s}\n",
                     last ? "\"w\":\"y\"," : "", cases[i][0], last ? "" : ",\"w\":\"y\"");
            mg_table *t = open_text(text, NULL);
            next(t);
            const mg_row row = next(t);
            if (row.status.ok != (cases[i][1] != NULL))
                fail_msg("%s: %s", text, row.status.ok ? row.fields[1] : row.status.reason);
            if (cases[i][1]) {
                if (strcmp(row.fields[1], cases[i][1])) fail_msg("%s: '%s'", text, row.fields[1]);
                assert_string_equal(row.fields[2], "y");
            }
            mg_table_close(t);
        }
    }
    /* 256 levels, not 257 */
    for (int depth = 256; depth <= 257; depth++) {
        mg_str s = {0};
        mg_str_addz(&s, "{\"smiles\":\"C\",\"v\":\"\"}\n{\"v\":");
        for (int k = 0; k < depth; k++) mg_str_addz(&s, "[");
        for (int k = 0; k < depth; k++) mg_str_addz(&s, "]");
        mg_str_addz(&s, "}\n");
        mg_table *t = open_text(s.s, NULL);
        next(t);
        assert_int_equal(next(t).status.ok, depth == 256);
        mg_table_close(t);
        mg_str_free(&s);
    }
}

/* Where the rows are in an object. */
static void json_rows_in_an_object(void **state) {
    (void)state;
    static const char *const two[] = {
        "{\"note\":\"say \\\"[{\\\" twice\",\"rows\":[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "{\"note\":\"\\\\\",\"rows\":[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "{\"note\":\"\",\"rows\":[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "{\"a\\\"b\" : 1,\"rows\":[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "{\"a\":[1,[2]],\"b\":[ \n {\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "{\"kind\":\"smiles\",\"b\":[{\"smiles\":\"CCO\"},{\"smiles\":\"N\"}]}",
        "  [ {\"smiles\":\"CCO\"} , {\"smiles\":\"N\"} ] ",
    };
    for (size_t i = 0; i < MG_COUNT(two); i++) {
        mg_table *t = open_text(two[i], NULL);
        expect_row(t, "CCO", "", "");
        expect_row(t, "N", "", "");
        expect_end(t);
    }
    static const char *const one[] = {
        "{\"smiles\":\"CCO\",\"parts\":[{\"smiles\":\"N\"}]}",
        "{\"smiles\" \n:\"CCO\",\"parts\":[{\"smiles\":\"N\"}]}\n",
        "[{\"smiles\":\"CCO\",\"parts\":[{\"smiles\":\"N\"}]}]",
    };
    for (size_t i = 0; i < MG_COUNT(one); i++) {
        mg_table *t = open_text(one[i], NULL);
        expect_row(t, "CCO", "", "");
        expect_end(t);
    }
    /* lines of records, in a file of values and of an array */
    static const char *const many[] = {
        "{\"smiles\":\n\"C\"}\n{\n\"smiles\":\"CC\"}\n{\"smiles\":\"CCC\"}",
        "[{\"smiles\":\"C\"},\n\n{\n\"smiles\":\"CC\"},\n{\"smiles\":\"CCC\"}]"};
    for (size_t i = 0; i < MG_COUNT(many); i++) {
        mg_table *t = open_text(many[i], NULL);
        assert_int_equal(next(t).line, 1);
        assert_int_equal(next(t).line, 3);
        assert_int_equal(next(t).line, 5);
        expect_end(t);
    }
    /* what is no object is refused alone, wherever it ends */
    mg_table *w = open_text(
        "[{\"smiles\":\"CCO\"},null,{\"smiles\":\"N\"}, 12 ,{\"smiles\":\"C\"},true]", NULL);
    expect_row(w, "CCO", "", "");
    expect_rejected(w, "");
    expect_row(w, "N", "", "");
    expect_rejected(w, "");
    expect_row(w, "C", "", "");
    expect_rejected(w, "");
    expect_end(w);
    /* rows that are too long are cut, and the next one is read */
    mg_table_options o = {.format = "json", .header = -1, .max_row = 20};
    mg_table *t =
        open_text("[{\"smiles\":\"CCCCCCC\"},{\"smiles\":\"CCCCCCCC\"},{\"smiles\":\"N\"}]", &o);
    expect_row(t, "CCCCCCC", "", ""); /* 20 bytes */
    expect_rejected(t, "row longer than 20 bytes");
    expect_row(t, "N", "", "");
    expect_end(t);
}

/* The first property is as good as any other, for each role. */
static void sdf_roles(void **state) {
    (void)state;
    static const struct {
        const char *properties, *smiles, *text, *id;
    } cases[] = {
        {"> <text>\nan acid\n\n> <x>\n1\n\n", "C", "an acid", "t"},
        {"> <x>\n1\n\n> <text>\nan acid\n\n", "C", "an acid", "t"},
        {"> <PUBCHEM_SMILES>\nCC\n\n> <text>\nan acid\n\n", "CC", "an acid", "t"},
        {"> <x>\n1\n\n> <PUBCHEM_SMILES>\nCC\n\n", "CC", "", "t"},
        {"> <id>\n7\n\n", "C", "", "7"},
        {"> <x>\n1\n\n> <id>\n7\n\n", "C", "", "7"},
        {"> <text>\n> <x>\n1\n\n", "C", "", "t"},                 /* no value */
        {"> <text>\nan acid\n> <x>\n1\n\n", "C", "an acid", "t"}, /* no empty line */
        {"> <text> \nan acid", "C", "an acid", "t"},
        {"", "C", "", "t"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        char text[600];
        snprintf(text, sizeof text, "%s%s\n$$$$\n", MOL("t", "C"), cases[i].properties);
        mg_table *t = open_text(text, NULL);
        const mg_row row = next(t);
        if (!row.status.ok || strcmp(row.smiles, cases[i].smiles) ||
            strcmp(row.text, cases[i].text) || strcmp(row.id, cases[i].id))
            fail_msg("%s: [%s] [%s] [%s]", cases[i].properties, row.smiles, row.text, row.id);
        expect_end(t);
    }
}

/* Every n-th row, with its number in the whole table. */
static void shards(void **state) {
    (void)state;
    enum { ROWS = 7 };
    for (int of = 1; of <= 8; of++)
        for (int shard = 1; shard <= of; shard++) {
            mg_table_options o = {.header = -1, .shard = shard, .shards = of};
            mg_table *t = open_text("id,smiles\n1,C\n2,CC\n3,\n4,CCCC\n5,C,C\n6,C\n7,C\n", &o);
            int64_t number = shard;
            mg_row row;
            while (mg_table_next(t, &row, NULL) == 1) {
                assert_int_equal(row.number, number);
                assert_true(row.status.ok == (number != 5));
                if (row.status.ok) assert_int_equal(atoi(row.id), number);
                number += of;
            }
            assert_true(number > ROWS && number - of <= ROWS);
            mg_table_close(t);
        }
}

/* Tables that Molglot made: what was rejected then stays so, what was asked is the molecule or
 * text where no other column is. */
static void own_tables(void **state) {
    (void)state;
    mg_table *t =
        open_text("input,status,error\nCCO,ok,\nC1CC,rejected,unclosed ring\nx,rejected,\n"
                  "CC,rejected,row 7 was rejected before: no\nN,Rejected,\n",
                  NULL);
    expect_row(t, "CCO", "", "");
    mg_row row = next(t);
    assert_string_equal(row.status.reason, "row 2 was rejected before: unclosed ring");
    assert_string_equal(row.smiles, "C1CC");
    row = next(t);
    assert_string_equal(row.status.reason, "row 3 was rejected before");
    row = next(t);
    assert_string_equal(row.status.reason, "row 7 was rejected before: no");
    expect_row(t, "N", "", "");
    expect_end(t);
    static const struct {
        const char *table, *smiles, *text;
    } cases[] = {
        {"prompt\tstatus\terror\tx\nan acid of no kind\tok\t\t1\n", "", "an acid of no kind"},
        {"query\tstatus\terror\tx\nan acid of no kind\tok\t\t1\n", "", "an acid of no kind"},
        {"prompt\tsmiles\tstatus\terror\nan acid\tCCO\tok\t\n", "CCO", "an acid"},
        {"input\tsmiles\tstatus\terror\nCCN\tCCO\tok\t\n", "CCO", ""},
        {"input\tother\tstatus\terror\nCCN\tCCO\tok\t\n", "CCN", ""},
        {"status\terror\tinput\nok\t\tCCN\n", "CCN", ""},
        {"input\terror\tstatus\nCCO\trejected\trejected\n", "CCO", ""}, /* in this order alone */
        {"smiles\tstatus\nCCO\trejected\n", "CCO", ""},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        t = open_text(cases[i].table, NULL);
        row = next(t);
        if (!row.status.ok || strcmp(row.smiles, cases[i].smiles) ||
            strcmp(row.text, cases[i].text))
            fail_msg("%s: [%s] [%s] %s", cases[i].table, row.smiles, row.text, row.status.reason);
        mg_table_close(t);
    }
    t = open_text("{\"input\":\"C1CC\",\"status\":\"rejected\",\"error\":\"a ring\"}\n", NULL);
    expect_rejected(t, "row 1 was rejected before: a ring");
    expect_end(t);
}

/* A name met behind the first MiB is no column: counted. */
static void late_names(void **state) {
    (void)state;
    mg_str s = {0};
    for (int i = 0; i < 40000; i++) mg_str_addz(&s, "{\"smiles\":\"CCO\",\"a\":\"12345678\"}\n");
    mg_str_addz(&s, "{\"smiles\":\"C\",\"b\":\"1\",\"c\":\"\"}\n");
    mg_table *t = mg_table_memory(s.s, s.n, NULL, NULL);
    mg_row row;
    while (mg_table_next(t, &row, NULL) == 1) assert_int_equal(row.n_fields, 2);
    assert_string_equal(mg_table_notes(t),
                        "1 property value left out: not met in the first MiB (b)");
    mg_table_close(t);
    mg_str_free(&s);
}

static void other_files(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"<!DOCTYPE html>\n<html>", "an HTML page"},
        {"$RDFILE 1\n", "an RDF file"},
        {"HEADER    X\nATOM", "a PDB file"},
        {">sp|P1\nMKTAYIAKQRQI\n", "a FASTA file"},
        {"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"},
        {"PAR1....", "a Parquet file"},
        {"%PDF-1.4", "a PDF document"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        assert_null(mg_table_memory(cases[i][0], strlen(cases[i][0]), NULL, &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        if (!strstr(err.message, cases[i][1])) fail_msg("%s: %s", cases[i][1], err.message);
    }
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(npy_files),
                                       cmocka_unit_test(smiles_list),
                                       cmocka_unit_test(smiles_titles),
                                       cmocka_unit_test(doubled_backslashes),
                                       cmocka_unit_test(tsv_layouts),
                                       cmocka_unit_test(csv_quotes),
                                       cmocka_unit_test(csv_bad_rows),
                                       cmocka_unit_test(columns),
                                       cmocka_unit_test(texts),
                                       cmocka_unit_test(bad_bytes),
                                       cmocka_unit_test(long_rows),
                                       cmocka_unit_test(sdf),
                                       cmocka_unit_test(sdf_too_long),
                                       cmocka_unit_test(other_ends_of_line),
                                       cmocka_unit_test(rows_and_writers),
                                       cmocka_unit_test(roles),
                                       cmocka_unit_test(dialects),
                                       cmocka_unit_test(smiles_headers),
                                       cmocka_unit_test(json),
                                       cmocka_unit_test(json_values),
                                       cmocka_unit_test(json_rows_in_an_object),
                                       cmocka_unit_test(sdf_roles),
                                       cmocka_unit_test(own_tables),
                                       cmocka_unit_test(shards),
                                       cmocka_unit_test(late_names),
                                       cmocka_unit_test(other_files),
                                       cmocka_unit_test(sdf_dialects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
