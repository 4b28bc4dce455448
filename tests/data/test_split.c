/* test_split.c - tables cut into three sets: what stays together, how large the sets are, what is
 * left out; rows that are also in a corpus. */
#include "../must.h"
#include "chem/chem.h"
#include "data/inside.h"

#include <unistd.h>

enum { ROWS = 120 };
static char folder[] = "/tmp/molglot-split-XXXXXX", first[64], second[64], list[64], sets[64];
static molglot_error err;

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder) || mg_chem_init(&err)) return -1;
    snprintf(first, sizeof first, "%s/first.csv", folder);
    snprintf(second, sizeof second, "%s/second.tsv", folder);
    snprintf(list, sizeof list, "%s/list.tsv", folder);
    snprintf(sets, sizeof sets, "%s/sets", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void write_text(const char *path, const char *text) { must_write(path, text, strlen(text)); }

/* The ids of a set, blanks between; "" where there is no file. */
static void read_set(const char *name, mg_str *out) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s.tsv", sets, name);
    mg_rows r;
    out->n = 0;
    mg_str_addz(out, "");
    if (access(path, R_OK)) return;
    must(mg_rows_load(&r, path, NULL, &err), &err);
    for (size_t i = 0; i < r.n; i++) mg_str_addf(out, "%s%s", i ? " " : "", r.id[i]);
    mg_rows_free(&r);
}

static void set_is(const char *name, const char *ids) {
    mg_str s = {0};
    read_set(name, &s);
    if (strcmp(s.s, ids)) fail_msg("%s: %s, not %s", name, s.s, ids);
    mg_str_free(&s);
}

/* Chains of 1 to 40 atoms, each three times, with a text of their own;
 * rows i and i + 60 with i below 5 share a text. */
static void write_rows(void) {
    mg_str s = {0};
    mg_str_addz(&s, "id,smiles,text,ring\n");
    for (int i = 0; i < ROWS; i++) {
        const int length = i % 40;
        mg_str_addf(&s, "r%d,", i);
        for (int k = 0; k < length; k++) mg_str_addz(&s, "C");
        mg_str_addf(&s, "N,text %d,c%d\n", i % 60 < 5 ? i % 60 : i, i % 7);
    }
    write_text(first, s.s);
    mg_str_free(&s);
}

/* The set of each row, by its id's number; -1: none. */
static void sets_of(int set[ROWS]) {
    static const char *const names[] = {"train-1", "validation", "test"};
    for (int i = 0; i < ROWS; i++) set[i] = -1;
    for (int k = 0; k < 3; k++) {
        mg_str s = {0};
        read_set(names[k], &s);
        for (char *save, *id = strtok_r(s.s, " ", &save); id; id = strtok_r(NULL, " ", &save)) {
            const int row = atoi(id + 1);
            assert_int_equal(set[row], -1);
            set[row] = k;
        }
        mg_str_free(&s);
    }
}

static void groups_stay_together(void **state) {
    (void)state;
    write_rows();
    const mg_corpus_source source = {.path = first, .weight = 1};
    const mg_corpus_config corpus = {.sources = &source, .n_sources = 1, .threads = 1};
    mg_split_options o = {&corpus, "random", 0.25, 0.2, 3};
    mg_split_counts n;
    int set[ROWS], again[ROWS], other[ROWS];
    must(mg_split_make(&o, sets, &n, &err), &err);
    assert_true(n.left_out == 0 && n.rows[0] + n.rows[1] + n.rows[2] == ROWS);
    /* of 120 rows 30 and 24 are wanted, in groups of three or more */
    assert_in_range(n.rows[1], 27, 30);
    assert_in_range(n.rows[2], 22, 24);
    sets_of(set);
    int count[3] = {0};
    for (int i = 0; i < ROWS; i++) {
        assert_in_range(set[i], 0, 2);
        count[set[i]]++;
        assert_int_equal(set[i], set[i % 40]);                 /* one molecule */
        if (i % 60 < 5) assert_int_equal(set[i], set[i % 60]); /* one text */
    }
    for (int k = 0; k < 3; k++) assert_int_equal(count[k], n.rows[k]);
    must(mg_split_make(&o, sets, &n, &err), &err);
    sets_of(again);
    assert_memory_equal(set, again, sizeof set);
    o.seed = 4;
    must(mg_split_make(&o, sets, &n, &err), &err);
    sets_of(other);
    assert_memory_not_equal(set, other, sizeof set);
    /* a group larger than half of the smallest set trains */
    o.how = "column:ring"; /* seven groups of 17 or 18 */
    o.validation = o.test = 0.3;
    must(mg_split_make(&o, sets, &n, &err), &err);
    sets_of(set);
    for (int i = 0; i < ROWS; i++) assert_int_equal(set[i], set[i % 7]);
    assert_true(n.rows[1] >= 34 && n.rows[1] <= 36 && n.rows[2] >= 34 && n.rows[2] <= 36);
    o.validation = o.test = 0.28; /* 34 rows: 17 are half of them, 18 are more */
    must(mg_split_make(&o, sets, &n, &err), &err);
    sets_of(set);
    assert_int_equal(set[0], MG_SPLIT_TRAIN); /* 18 rows */
    o.validation = 0.27, o.test = 0;          /* 32 */
    assert_int_equal(mg_split_make(&o, sets, &n, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "too few for the sets");
    o.how = "column:rung";
    assert_int_equal(mg_split_make(&o, sets, &n, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "has no column 'rung'");
}

static void scaffolds(void **state) {
    (void)state;
    write_text(first, "id,smiles,text\na,Cc1ccccc1,x\nb,CCc1ccccc1,y\nc,Oc1ccccc1,z\n"
                      "d,C1CCCCC1,x\ne,CC1CCCCC1,v\nf,CC1CCC1,w\ng,C1CC1C,u\nh,C1CCCC1,t\n");
    const mg_corpus_source source = {.path = first, .weight = 1};
    const mg_corpus_config corpus = {.sources = &source, .n_sources = 1, .threads = 1};
    /* two rows each: the benzenes are too many, the cyclohexanes too, others stand alone */
    const mg_split_options o = {&corpus, "scaffold", 0.125, 0.125, 1};
    mg_split_counts n;
    must(mg_split_make(&o, sets, &n, &err), &err);
    assert_true(n.rows[0] == 6 && n.rows[1] == 1 && n.rows[2] == 1);
    mg_str s = {0};
    read_set("train-1", &s);
    assert_true(strncmp(s.s, "a b c d e ", 10) == 0);
    mg_str_free(&s);
}

static void columns_that_name_sets(void **state) {
    (void)state;
    write_text(first, "id,smiles,text,Set\n1,C,a,train\n2,CC,b,Valid\n3,CCC,c,TEST\n4,CCCC,d,dev\n"
                      "5,CCO,e,\n6,CCN,f,tst\n7,CCS,g,training\n8,CCF,h,val\n9,C1CC,i,train\n"
                      "10,,j,train\n11,CCI,k,trn\n12,CCBr,l,validation\n13,CCB,m,testing\n"
                      "14,CCP,n,vld\n");
    write_text(second, "id\tsmiles\tset\nx1\tN\ttrain\ny2\tNN\ttrain\nx3\tNNN\ttest\n");
    write_text(list, "file\tid\nfirst.csv\t7\nother.csv\t1\nsecond.tsv\tx3\n");
    const mg_corpus_source sources[] = {{.path = first, .weight = 1},
                                        {.path = second, .weight = 1, .id_prefix = "x"}};
    const mg_corpus_config corpus = {
        .sources = sources, .n_sources = 2, .exclude_path = list, .threads = 1};
    const mg_split_options o = {&corpus, "column:set", 0.1, 0.1, 1};
    mg_split_counts n;
    must(mg_split_make(&o, sets, &n, &err), &err);
    set_is("train-1", "1 11");
    set_is("train-2", "x1");
    set_is("validation", "2 4 8 12 14");
    set_is("test", "3 6 13");
    assert_true(n.rows[0] == 3 && n.rows[1] == 5 && n.rows[2] == 3);
    /* 7 and x3 on the list, 9 and 10 no molecules, 5 in no set; y2 belongs to somebody else */
    assert_int_equal(n.left_out, 5);
    write_text(first, "id,smiles,text,Set\n1,C,a,train\n2,CC,b,train\n");
    const mg_corpus_config alone = {.sources = sources, .n_sources = 1, .threads = 1};
    const mg_split_options all = {&alone, "column:set", 0.1, 0.1, 1};
    assert_int_equal(mg_split_make(&all, sets, &n, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "a set is empty");
    write_text(first, "id,smiles,text,Set\n1,C1C,a,train\n");
    assert_int_not_equal(mg_split_make(&all, sets, &n, &err), MOLGLOT_OK);
    write_text(first, "id,smiles,text,Set\n1,,a,train\n");
    assert_int_equal(mg_split_make(&all, sets, &n, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "no row can be read");
}

/* ---- overlap ---- */

static void rows_of_a_corpus(void **state) {
    (void)state;
    char rows[2000], a[300], b[300], c[300];
    for (int i = 0; i < 299; i++) a[i] = b[i] = c[i] = (char)('a' + i % 26);
    a[255] = b[256] = c[257] = 0; /* texts of 255, 256 and 257 letters */
    snprintf(rows, sizeof rows,
             "id,smiles,text\n1,CCO,\"It is an Alcohol, 2-fold.\"\n2,OCC,\n3,c1ccccc1,A ring.\n"
             "4,C,%s\n5,CC,%s\n6,CCC,%s\n",
             a, b, c);
    write_text(first, rows);
    const mg_corpus_source source = {.path = first, .weight = 1};
    mg_corpus_config cfg = {.sources = &source,
                            .n_sources = 1,
                            .threads = 1,
                            .tokens = 300,
                            .token_min_count = 1,
                            .max_tokens = 40,
                            .strings = true};
    static const char *const smiles[] = {"C(C)O", "CCN", "CN", "C1=CC=CC=C1", "C1CC", "",
                                         "F",     "F",   "F",  "F",           "F"};
    const char *texts[] = {"else",
                           "it is AN alcohol 2fold",
                           "It is an alcohol, 3-fold.",
                           "a-ring",
                           "A ring",
                           "",
                           a,
                           b,
                           c,
                           "Aring!",
                           "A rin"};
    enum { N = MG_COUNT(smiles) };
    /* texts are kept whole, or as sentences */
    for (int sentences = 0; sentences < 2; sentences++) {
        cfg.strings = !sentences;
        if (sentences) cfg.wordpiece_size = 60, cfg.text_vocab = 64, cfg.text_min_df = 1;
        if (sentences) strcpy(cfg.text_families, "w");
        mg_corpus *y = must_have(mg_corpus_open(&cfg, NULL, NULL, &err), &err);
        mg_overlap same;
        must(mg_corpus_overlap(y, smiles, texts, N, 1, &same, &err), &err);
        assert_int_equal(same.rows, N);
        assert_int_equal(same.molecules, 2);
        assert_int_equal(same.texts, 7); /* 1, 3, 4, 6, 7, 8, 9 */
        assert_int_equal(same.either, 8);
        mg_corpus_close(y);
    }
    cfg.strings = true;
    mg_corpus *x = must_have(mg_corpus_open(&cfg, NULL, NULL, &err), &err);
    mg_overlap o;
    b[255] = 'Q';
    c[0] = 'Q';
    must(mg_corpus_overlap(x, smiles + 6, texts + 6, 3, 1, &o, &err), &err);
    assert_true(o.texts == 1 && o.molecules == 0 && o.either == 1);
    must(mg_corpus_overlap(x, smiles, texts, 0, 1, &o, &err), &err);
    assert_true(o.rows == 0 && o.either == 0);
    mg_corpus_close(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_stay_together), cmocka_unit_test(scaffolds),
        cmocka_unit_test(columns_that_name_sets), cmocka_unit_test(rows_of_a_corpus)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
