/* test_train_sources.c - training on more than pairs: texts written from facts, molecules held out,
 * validation on several sets; that runs which were stopped and resumed end with the same bytes;
 * what is refused.
 */
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"
#include "train_runs.h"

#include <math.h>

static const char recipe_text[] =
    "run = \"run\"\nlicence = \"CC0\"\n"
    "[model]\nname = \"tiny\"\ndim = 16\n"
    "[model.text]\nsentence_dropout = 0.5\n"
    "[model.text.bag]\nfamilies = \"wb\"\ndim = 8\nhidden = 16\n"
    "[model.graph.bag]\nfamilies = \"m2\"\ndim = 8\nhidden = 16\n"
    "[data]\nsources = \"" PAIRS "\"\ntext_vocab = 200\ngraph_vocab = 200\n"
    "[train]\nbatch = 20\nsteps = 12\nlr = 0.01\ncheckpoint_every = 5\n"
    "[eval]\npairs = \"" PAIRS "\"\nevery = 2\nallow_overlap = true\n";

static const char *const written[] = {"data.written=\"../open.smi\"",
                                      "data.written_weights=[\"1.5\"]",
                                      "data.wordings=4",
                                      "data.written_limit=9",
                                      "data.hold_out=\"../held.smi\"",
                                      "eval.pairs=\"\"",
                                      NULL};

static void write_file(const char *path, const char *content) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

/* Those of the pairs of which bags know something, whatever their vocabulary. */
static int write_known(void) {
    FILE *from = fopen(PAIRS, "r"), *to = fopen("known.tsv", "w");
    char line[2048];
    while (from && to && fgets(line, sizeof line, from))
        if (strncmp(line, "m1\t", 3) && strncmp(line, "m19\t", 4) && strncmp(line, "m36\t", 4))
            fputs(line, to);
    return !from || !to || fclose(from) || fclose(to) ? -1 : 0;
}

static int enter(void **state) {
    if (enter_runs(state)) return -1;
    write_file("open.smi", "CCN\nc1ccncc1\nCC(C)Cl\nOC(=O)CCS\nC1CCCCC1\nc1ccccc1Br\nCC#N\n"
                           "CCOCC\nCC(=O)NC\nCCCCCC\nCCI\n");
    if (write_known()) return -1;
    write_file("held.smi", "n1ccccc1\n");
    write_file(
        "few.tsv",
        "id\tsmiles\ttext\n1\tCCBr\ta bromide\n2\tCCCN\tIt derives from acetone, an amine\n");
    write_file("names.tsv", "smiles\ttext\nCC(C)=O\tacetone\nCC(C)=O\tpropan-2-one\n");
    return 0;
}

/* ---- texts from facts ---- */

static void stopped_and_resumed(const char *const *set, const char *name) {
    char a[64], b[64];
    watch w;
    snprintf(a, sizeof a, "%s-whole", name);
    enter_folder(a);
    must_train(recipe_text, set, false, 0, MOLGLOT_OK, &w);
    snprintf(b, sizeof b, "%s-stopped", name);
    enter_folder(b);
    must_train(recipe_text, set, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe_text, set, true, 8, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe_text, set, true, 0, MOLGLOT_OK, &w);
    snprintf(a, sizeof a, "../%s-whole/run/model.safetensors", name);
    same_files(a, "run/model.safetensors");
}

/* 42 pairs once, and 8 of the 9 molecules one and a half times: 54 rows, two steps an epoch. */
static void texts_from_facts(void **state) {
    (void)state;
    stopped_and_resumed(written, "facts");
    char *manifest;
    size_t n;
    assert_int_equal(mg_read_file("run/manifest.json", 1 << 20, &manifest, &n, NULL), MOLGLOT_OK);
    if (!strstr(manifest, "\"wordings\": 4") || !strstr(manifest, "\"pairs\": 73"))
        fail_msg("%s", manifest); /* 41 + 8 * 4: one is pyridine */
    free(manifest);
}

/* ---- validation on several sets ---- */

static void read_log(char **out) {
    size_t n;
    assert_int_equal(mg_read_file("run/train.jsonl", 1 << 20, out, &n, NULL), MOLGLOT_OK);
}

/* What stands behind the last `"name":` of the log, up to the next closing brace. */
static char *last_of(const char *lines, const char *name) {
    const char *at = NULL;
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    for (const char *p = lines; (p = strstr(p, key)) != NULL; p++) at = p;
    if (!at) fail_msg("no %s in %s", key, lines);
    const char *end = strchr(at, '}');
    return strndup(at, (size_t)(end - at));
}

/* Sets stand under their names; those with the same rows have the same scores; without eval.pairs
 * the first of them gives the score. */
static void validation_of_kinds(void **state) {
    (void)state;
    static const char *const both[] = {
        "eval.pool=\"../open.smi\"",     "eval.sets=[\"same\", \"few\"]",
        "eval.same.pairs=\"" PAIRS "\"", "eval.same.pool=\"../open.smi\"",
        "eval.few.pairs=\"../few.tsv\"", NULL};
    static const char *const alone[] = {"eval.pairs=\"\"", "eval.sets=[\"same\"]",
                                        "eval.same.pairs=\"" PAIRS "\"",
                                        "eval.same.pool=\"../open.smi\"", NULL};
    static const char *const limited[] = {"eval.pool=\"../open.smi\"", "eval.limit=5",
                                          "eval.pool_limit=3", NULL};
    watch w;
    enter_folder("sets");
    must_train(recipe_text, both, false, 0, MOLGLOT_OK, &w);
    char *lines = NULL, *other = NULL;
    read_log(&lines);
    const char *sets = strstr(lines, "\"sets\":");
    assert_non_null(sets);
    assert_true(strstr(sets, "\"same\":") && strstr(sets, "\"few\":"));
    char *few = last_of(lines, "few");
    assert_non_null(strstr(few, "\"n\":2"));
    free(few);
    const char *first = strstr(lines, "\"text_to_molecule\":"),
               *same = strstr(strstr(lines, "\"same\":"), "\"text_to_molecule\":");
    const size_t n = (size_t)(strchr(first, '}') - first);
    assert_memory_equal(first, same, n);
    assert_non_null(strstr(first, "\"pool\":53")); /* 42 and 11 */
    enter_folder("alone");
    must_train(recipe_text, alone, false, 0, MOLGLOT_OK, &w);
    read_log(&other);
    assert_memory_equal(strstr(other, "\"text_to_molecule\":"), first, n);
    free(other);
    free(lines);
    enter_folder("limited");
    must_train(recipe_text, limited, false, 0, MOLGLOT_OK, &w);
    read_log(&lines);
    assert_non_null(strstr(lines, "\"n\":5,\"pool\":8"));
    free(lines);
}

/* ---- other names ---- */

static const char *const renamed[] = {"data.synonyms=0.5", "data.synonym_names=\"../names.tsv\"",
                                      "data.sources=[\"" PAIRS "\", \"../few.tsv\"]",
                                      "eval.pairs=\"\"", NULL};

static void other_names(void **state) {
    (void)state;
    stopped_and_resumed(renamed, "names");
}

/* ---- towers beside a member's bags ---- */

static const char towers_text[] =
    "run = \"run\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[init]\nfile = \"../bags/run/model.safetensors\"\ntowers = true\ncopied_lr = 0\n"
    "[model]\nname = \"hybrid\"\n"
    "[model.text]\nlayers = 1\nhidden = 16\nheads = 2\nffn = 32\npositions = 48\n"
    "max_tokens = 48\n"
    "[model.graph]\nlayers = 2\ndim = 12\nmlp = 24\nlayer_norm = true\n"
    "[data]\nsources = \"" PAIRS "\"\nwordpiece_size = 120\n"
    "[train]\nbatch = 20\nsteps = 6\nlr = 0.01\ncheckpoint_every = 4\n"
    "[eval]\npairs = \"../known.tsv\"\nallow_overlap = true\n";

static double number_of(const char *text, const char *key, bool last) {
    const char *at = NULL;
    for (const char *p = text; (p = strstr(p, key)) != NULL && (last || !at); p++) at = p;
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

static void same_tensors(const char *a, const char *name, const char *b, const char *theirs,
                         bool same) {
    mg_tensor_file *x = mg_tensor_file_open(a, NULL), *y = mg_tensor_file_open(b, NULL);
    const mg_file_tensor *s = mg_tensor_file_find(x, name), *t = mg_tensor_file_find(y, theirs);
    assert_true(s && t && s->bytes == t->bytes);
    assert_int_equal(memcmp(s->data, t->data, s->bytes) == 0, same);
    mg_tensor_file_close(x);
    mg_tensor_file_close(y);
}

static void same_values(const char *a, const char *b, const char *name, bool same) {
    same_tensors(a, name, b, name, same);
}

/* A hybrid begins as the member was, where that knows something: its heads are zero. What was
 * copied stays with copied_lr 0, what is new learns. */
static void towers(void **state) {
    (void)state;
    static const char *const exact[] = {"store=f32", "eval.pairs=\"../known.tsv\"", NULL};
    static const char key[] = "\"text_to_molecule_mrr\":";
    watch w;
    char *before = NULL, *after = NULL;
    enter_folder("bags");
    must_train(recipe_text, exact, false, 0, MOLGLOT_OK, &w);
    read_log(&before);
    enter_folder("towers");
    must_train(towers_text, NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(towers_text, NULL, true, 0, MOLGLOT_OK, &w);
    read_log(&after);
    const double was = number_of(before, key, true), is = number_of(after, key, false);
    if (fabs(was - is) > 1e-6) fail_msg("%.9g and %.9g", was, is);
    same_values("run/model.safetensors", "../bags/run/model.safetensors", "text_bag.table", true);
    same_values("run/model.safetensors", "../bags/run/model.safetensors", "graph_bag.up.weight",
                true);
    free(before);
    free(after);
    enter_folder("towers-whole");
    must_train(towers_text, NULL, false, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../towers/run/model.safetensors");
    enter_folder("towers-learn");
    must_train(towers_text, (const char *const[]){"init.copied_lr=0.5", NULL}, false, 0, MOLGLOT_OK,
               &w);
    same_values("run/model.safetensors", "../bags/run/model.safetensors", "text_bag.table", false);
    expect(towers_text,
           (const char *const[]){"run=other", "model.text.layers=0", "model.graph.layers=0", NULL},
           false, MOLGLOT_BAD_FILE, "init.towers");
    expect(towers_text, (const char *const[]){"run=other", "init.file=run/model.safetensors", NULL},
           false, MOLGLOT_BAD_FILE, "has that tower already");
    expect(towers_text, (const char *const[]){"run=other", "init.copied_lr=-1", NULL}, false,
           MOLGLOT_BAD_FILE, "init.copied_lr");
}

/* ---- a text side of its own, against a member's molecules ---- */

static const char texts_text[] =
    "run = \"run\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[init]\nfile = \"../exact/run/model.safetensors\"\nnew_text = true\n"
    "[model]\nname = \"texts\"\n"
    "[model.text.bag]\nfamilies = \"wb\"\ndim = 12\nhidden = 20\n"
    "[data]\nsources = \"" PAIRS "\"\ntext_vocab = 90\n"
    "[train]\nbatch = 20\nsteps = 6\nlr = 0.01\ncheckpoint_every = 4\n"
    "[eval]\npairs = \"../known.tsv\"\nallow_overlap = true\n";

static const char *const sides[] = {"graph_bag.table", "graph_bag.up.weight", "graph_bag.norm.bias",
                                    "vocab.graph.hashes"};

static bool knows(const char *path, const char *identity) {
    mg_bundle *b = mg_bundle_open(path, NULL);
    assert_non_null(b);
    const bool known = mg_bundle_matches(b, identity);
    mg_bundle_close(b);
    return known;
}

/* What was indexed with the old space serves the new one, whose molecules' side is the old one's
 * bit for bit; its texts are others. */
static void take_molecules(const char *old, char identity[65]) {
    molglot_error err = {0};
    const char *const paths[] = {"run/model.safetensors", old};
    mg_merge_options o = {.molecules_of = old};
    assert_int_equal(mg_bundle_merge(paths, 1, &o, "whole.safetensors", &err), MOLGLOT_OK);
    assert_int_equal(mg_bundle_identify(old, MG_PART_SPACE, identity, &err), MOLGLOT_OK);
    assert_true(knows("whole.safetensors", identity));
    assert_false(knows("run/model.safetensors", identity));
    assert_int_equal(mg_bundle_merge(paths + 1, 1, &o, "bad.safetensors", &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "not trained against"));
    assert_int_equal(mg_bundle_merge(paths, 2, &o, "bad.safetensors", &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "has 1 members, not 2"));
    o.molecules_of = "run/model.safetensors";
    assert_int_equal(mg_bundle_merge(paths, 1, &o, "bad.safetensors", &err), MOLGLOT_USAGE);
    assert_int_not_equal(access("bad.safetensors", F_OK), 0);
}

static void new_texts(void **state) {
    (void)state;
    static const char *const stores[][3] = {
        {"exact", "store=f32", "init.file=../exact/run/model.safetensors"},
        {"rounded", "store=int4", "init.file=../rounded/run/model.safetensors"}};
    watch w;
    for (size_t i = 0; i < MG_COUNT(stores); i++) {
        const char *const set[] = {stores[i][1], "eval.pairs=\"../known.tsv\"", NULL},
                          *const own[] = {stores[i][1], stores[i][2], NULL};
        char old[64], identity[65];
        snprintf(old, sizeof old, "../%s/run/model.safetensors", stores[i][0]);
        enter_folder(stores[i][0]);
        must_train(recipe_text, set, false, 0, MOLGLOT_OK, &w);
        enter_folder(i ? "texts-rounded" : "texts-exact");
        must_train(texts_text, own, false, 3, MOLGLOT_INTERRUPTED, &w);
        must_train(texts_text, own, true, 0, MOLGLOT_OK, &w);
        take_molecules(old, identity);
        for (size_t k = 0; k < MG_COUNT(sides); k++) {
            same_tensors("whole.safetensors", sides[k], old, sides[k], true);
            if (!i) same_tensors("run/model.safetensors", sides[k], old, sides[k], true);
        }
    }
    expect(texts_text, (const char *const[]){"run=other", "init.towers=true", NULL}, false,
           MOLGLOT_BAD_FILE, "init.new_text");
}

static void refusals(void **state) {
    (void)state;
    enter_folder("refused");
    expect(recipe_text, (const char *const[]){"data.wordings=0", NULL}, false, MOLGLOT_BAD_FILE,
           "data.wordings");
    expect(recipe_text, (const char *const[]){"data.written_limit=-1", NULL}, false,
           MOLGLOT_BAD_FILE, "data.written_limit");
    expect(
        recipe_text,
        (const char *const[]){"data.written=\"../open.smi\"", "data.written_weights=[\"x\"]", NULL},
        false, MOLGLOT_BAD_FILE, "data.written_weights");
    expect(recipe_text,
           (const char *const[]){"data.written=\"../open.smi\"", "data.split=\"random\"", NULL},
           false, MOLGLOT_BAD_FILE, "data.written");
    expect(recipe_text, (const char *const[]){"data.hold_out=\"/nowhere.smi\"", NULL}, false,
           MOLGLOT_FAILED, "/nowhere.smi");
    expect(recipe_text, (const char *const[]){"data.synonyms=0.3", NULL}, false, MOLGLOT_BAD_FILE,
           "data.synonyms");
    expect(recipe_text, (const char *const[]){"eval.sets=[\"a\"]", NULL}, false, MOLGLOT_BAD_FILE,
           "eval.a.pairs");
    expect(recipe_text, (const char *const[]){"eval.sets=[\"a.b\"]", NULL}, false, MOLGLOT_BAD_FILE,
           "eval.sets");
    expect(recipe_text, (const char *const[]){"eval.limit=-1", NULL}, false, MOLGLOT_BAD_FILE,
           "eval.limit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_from_facts), cmocka_unit_test(validation_of_kinds),
        cmocka_unit_test(other_names),      cmocka_unit_test(towers),
        cmocka_unit_test(new_texts),        cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, enter, leave_runs);
}
