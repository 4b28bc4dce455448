/* test_bundle.c - a bundle as a folder, a merged file, a file of one part, and as older versions
 * wrote it: what is there, what is missing, what is damaged, and by what it is known. */
#include "../must.h"
#include "../one_part.h"
#include "bundle_files.h"

#include <pthread.h>

static char parts[64], whole[64], old[64];

static mg_bundle *opened(const char *path) {
    molglot_error err = {0};
    return must_have(mg_bundle_open(path, &err), &err);
}

/* PATH/NAME.safetensors */
static const char *in(const char *path, const char *name) {
    static char out[4][160];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(out[turn], sizeof out[turn], "%s/%s.safetensors", path, name);
    return out[turn];
}

/* The parts of some files in a new folder. */
static void make_folder(char path[64], const char *name, const int *files, int n) {
    char slash[80];
    snprintf(path, 64, "%s/%s", folder, name);
    snprintf(slash, sizeof slash, "%s/", path);
    merged(files, n, NULL, slash);
}

/* All of f behind the prefix as format 1 had it: no digest; of a member no format. */
static void add_old(mg_weights_out *w, const mg_tensor_file *f, const char *prefix, bool space) {
    char name[320];
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        snprintf(name, sizeof name, "%s%s", prefix, t->name);
        mg_weights_out_add(w, name, t->dtype, t->ndim, t->shape, t->data, NULL, NULL);
    }
    for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(f, i, &key, &value);
        snprintf(name, sizeof name, "%s%s", prefix, key);
        const bool head = space && *prefix && !strcmp(key, "molglot.format");
        if (strcmp(key, "molglot.digest") && !head) mg_weights_out_meta(w, name, value, NULL);
    }
}

/* A merged file of format 1: the space behind nothing. */
static void write_old(const char *path, const int *spaces, int n) {
    molglot_error err = {0};
    mg_tensor_file *f[4];
    mg_weights_out *w = mg_weights_out_new();
    char count[16], prefix[32] = "";
    for (int k = 0; k < n; k++) {
        if (n > 1) snprintf(prefix, sizeof prefix, "member.%d.", k);
        f[k] = mg_tensor_file_open(paths[spaces[k]], &err);
        add_old(w, f[k], prefix, true);
    }
    f[n] = mg_tensor_file_open(paths[DIRECT], &err);
    f[n + 1] = mg_tensor_file_open(paths[FLOW], &err);
    add_old(w, f[n], "direct.", false);
    add_old(w, f[n + 1], "latent.", false);
    snprintf(count, sizeof count, "%d", n);
    mg_weights_out_meta(w, "molglot.format", "1", NULL);
    mg_weights_out_meta(w, "molglot.members", count, NULL);
    mg_weights_out_meta(w, "name", "before", NULL);
    mg_weights_out_meta(w, "licence", "none", NULL);
    if (mg_weights_out_save(w, path, &err)) fail_msg("%s", err.message);
    mg_weights_out_free(w);
    for (int k = 0; k < n + 2; k++) mg_tensor_file_close(f[k]);
}

/* One bundle in three layouts. */
static int make_layouts(void **state) {
    static const int all[] = {ONE, DIRECT, FLOW};
    if (make_files(state)) return -1;
    make_folder(parts, "parts", all, 3);
    snprintf(whole, sizeof whole, "%s/whole.safetensors", folder);
    snprintf(old, sizeof old, "%s/old.safetensors", folder);
    merged(all, 3, NULL, whole);
    write_old(old, all, 1);
    return 0;
}

static void expect_same_file(const char *a, const char *b) {
    char *x, *y;
    size_t n, m;
    assert_int_equal(mg_read_file(a, 1 << 26, &x, &n, NULL), MOLGLOT_OK);
    assert_int_equal(mg_read_file(b, 1 << 26, &y, &m, NULL), MOLGLOT_OK);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

/* ---- what is there ---- */

static void expect_all_parts(const char *path) {
    molglot_error err = {0};
    mg_bundle *b = opened(path), *one = opened(paths[ONE]), *direct = opened(paths[DIRECT]),
              *flow = opened(paths[FLOW]);
    assert_string_equal(mg_bundle_path(b), path);
    assert_int_equal(mg_bundle_count(b), 3);
    const mg_space_part *space = mg_bundle_space(b, &err);
    const mg_writer_part *writer = mg_bundle_writer(b, NULL, &err),
                         *latent = mg_bundle_writer(b, MG_PART_LATENT, &err);
    if (!space || !writer || !latent) fail_msg("%s", err.message);
    assert_ptr_equal(space, mg_bundle_space(b, &err)); /* loaded once */
    assert_ptr_equal(writer, mg_bundle_writer(b, MG_PART_WRITER, &err));
    assert_ptr_equal(latent->bundle, b);
    expect_same(space->member[0].params, mg_bundle_space(one, &err)->member[0].params);
    expect_same(writer->params, mg_bundle_writer(direct, NULL, &err)->params);
    expect_same(latent->params, mg_bundle_writer(flow, NULL, &err)->params);
    expect_same(latent->flow_params, mg_bundle_writer(flow, NULL, &err)->flow_params);
    assert_true(mg_writer_part_knows(writer, "CCO") && mg_writer_part_knows(latent, "CCO"));
    assert_string_equal(mg_space_part_meta(space, "licence"), "none");
    mg_bundle_close(b);
    mg_bundle_close(one);
    mg_bundle_close(direct);
    mg_bundle_close(flow);
}

static void every_layout_holds_the_same(void **state) {
    (void)state;
    expect_all_parts(parts);
    expect_all_parts(whole);
    expect_all_parts(old);
}

/* Merged and taken apart, a part is the same file as before. */
static void there_and_back(void **state) {
    (void)state;
    char apart[80], slash[96];
    molglot_error err = {0};
    snprintf(apart, sizeof apart, "%s/apart", folder);
    snprintf(slash, sizeof slash, "%s/", apart);
    if (mg_bundle_merge((const char *const[]){whole}, 1, &(mg_merge_options){0}, slash, &err))
        fail_msg("%s", err.message);
    expect_same_file(in(apart, "space"), paths[ONE]);
    expect_same_file(in(apart, "writer"), paths[DIRECT]);
    expect_same_file(in(apart, "latent"), paths[FLOW]);
    expect_same_file(in(apart, "latent"), in(parts, "latent"));
}

static void one_part_is_a_bundle(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_bundle *b = opened(paths[FLOW]);
    assert_int_equal(mg_bundle_count(b), 1);
    assert_true(mg_bundle_has(b, MG_PART_LATENT) && !mg_bundle_has(b, MG_PART_WRITER));
    assert_false(mg_bundle_has(b, "heads"));
    assert_string_equal(mg_bundle_writer(b, NULL, &err)->part, MG_PART_LATENT);
    assert_null(mg_bundle_writer(b, "sonnets", &err));
    must_say(&err, MOLGLOT_USAGE, "no part 'sonnets'");
    mg_bundle_close(b);
}

static void bytes_are_a_bundle(void **state) {
    (void)state;
    molglot_error err = {0};
    char *bytes, digest[65], same[65];
    size_t n;
    assert_int_equal(mg_read_file(whole, 1 << 26, &bytes, &n, NULL), MOLGLOT_OK);
    mg_bundle *b = mg_bundle_memory(bytes, n, "bytes", &err);
    if (!b || !mg_bundle_space(b, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_bundle_digest(b, MG_PART_WRITER, digest, &err), MOLGLOT_OK);
    assert_int_equal(mg_bundle_identify(parts, MG_PART_WRITER, same, &err), MOLGLOT_OK);
    assert_string_equal(digest, same);
    mg_bundle_close(b);
    assert_null(mg_bundle_memory(bytes, n / 2, "half", &err));
    must_say(&err, MOLGLOT_BAD_FILE, "half: ");
    assert_null(mg_bundle_memory(NULL, 0, "none", &err));
    free(bytes);
}

/* Ensembles of format 1 beside writers. */
static void old_ensembles(void **state) {
    (void)state;
    molglot_error err = {0};
    char path[80], sha[65];
    snprintf(path, sizeof path, "%s/old2.safetensors", folder);
    write_old(path, (const int[]){ONE, TWO}, 2);
    mg_bundle *b = opened(path), *two = opened(paths[TWO]);
    const mg_space_part *m = mg_bundle_space(b, &err);
    if (!m) fail_msg("%s", err.message);
    assert_int_equal(m->members, 2);
    assert_string_equal(mg_space_part_name(m), "before");
    expect_same(m->member[1].params, mg_bundle_space(two, &err)->member[0].params);
    assert_non_null(mg_bundle_writer(b, MG_PART_LATENT, &err));
    assert_int_equal(mg_sha256_file(path, sha, &err), MOLGLOT_OK);
    assert_string_equal(mg_bundle_identity(b, &err), sha);
    mg_bundle_close(b);
    mg_bundle_close(two);
}

typedef struct asking {
    mg_bundle *b;
    const void *space, *writer;
} asking;

static void *ask(void *arg) {
    asking *a = arg;
    a->writer = mg_bundle_writer(a->b, NULL, NULL);
    a->space = mg_bundle_space(a->b, NULL);
    return NULL;
}

static void threads_may_ask(void **state) {
    (void)state;
    enum { THREADS = 8 };
    mg_bundle *b = opened(parts);
    pthread_t t[THREADS];
    asking a[THREADS];
    for (int i = 0; i < THREADS; i++) {
        a[i] = (asking){.b = b};
        assert_int_equal(pthread_create(&t[i], NULL, ask, &a[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        assert_ptr_equal(a[i].space, mg_bundle_space(b, NULL));
        assert_ptr_equal(a[i].writer, mg_bundle_writer(b, NULL, NULL));
    }
    mg_bundle_close(b);
}

/* ---- what is missing ---- */

static void missing_parts_are_named(void **state) {
    (void)state;
    molglot_error err = {0};
    char path[64];
    make_folder(path, "some", (const int[]){DIRECT, FLOW}, 2);
    mg_bundle *b = opened(path);
    assert_null(mg_bundle_space(b, &err));
    must_say(&err, MOLGLOT_BAD_FILE,
             "some: no shared space (part space) in it; it holds: direct writer (part writer), "
             "writer of latents (part latent)");
    assert_null(mg_bundle_identity(b, &err));
    assert_false(mg_bundle_matches(b, "x"));
    mg_bundle_close(b);
    /* another part's file in its place */
    assert_int_equal(rename(in(path, "writer"), in(path, "space")), 0);
    b = opened(path);
    assert_null(mg_bundle_space(b, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "space.safetensors: no shared space (part space) in it");
    assert_non_null(mg_bundle_writer(b, MG_PART_LATENT, &err));
    mg_bundle_close(b);
    unlink(in(path, "space"));
    unlink(in(path, "latent"));
    assert_null(mg_bundle_open(path, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "a folder without a part of a model");
    /* as older versions were installed */
    assert_int_equal(rename(old, in(path, "molglot")), 0);
    b = opened(path);
    assert_int_equal(mg_bundle_count(b), 3);
    assert_non_null(mg_bundle_file(b));
    mg_bundle_close(b);
    assert_int_equal(rename(in(path, "molglot"), old), 0);
    assert_null(mg_bundle_open("/nonexistent", &err));
    must_say(&err, MOLGLOT_FAILED, "/nonexistent: cannot open");
}

/* ---- what is damaged ---- */

/* Replaces the first `from` in a copy of the file by `to` of the same length. */
static void damage(const char *path, const char *copy, const char *from, const char *to) {
    char *data;
    size_t n;
    assert_int_equal(mg_read_file(path, (size_t)1 << 26, &data, &n, NULL), MOLGLOT_OK);
    char *at = from ? memmem(data, n, from, strlen(from)) : data + n - 1;
    assert_non_null(at);
    if (from)
        memcpy(at, to, strlen(to));
    else
        *at ^= 1;
    FILE *f = fopen(copy, "wb");
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
    free(data);
}

static void expect_damaged(const char *path, const char *part) {
    mg_bundle *b = opened(path);
    int found = 0;
    for (size_t i = 0; i < mg_bundle_count(b); i++) {
        molglot_error err = {0};
        mg_part_info p;
        assert_int_equal(mg_bundle_info(b, i, &p, &err), MOLGLOT_OK);
        assert_int_equal(strlen(p.digest), 64);
        if (!mg_bundle_verify(b, i, &err)) continue;
        assert_string_equal(p.name, part);
        must_say(&err, MOLGLOT_BAD_FILE, "is damaged: its digest is ");
        assert_non_null(strstr(err.message, part));
        found++;
    }
    assert_int_equal(found, 1);
    mg_bundle_close(b);
}

static void damage_is_found(void **state) {
    (void)state;
    molglot_error err = {0};
    for (size_t i = 0; i < 2; i++) {
        mg_bundle *b = opened(i ? whole : parts);
        for (size_t k = 0; k < 3; k++) assert_int_equal(mg_bundle_verify(b, k, &err), MOLGLOT_OK);
        mg_bundle_close(b);
    }
    /* a number, a name, a word of the metadata */
    damage(paths[FLOW], paths[OUT], NULL, NULL);
    expect_damaged(paths[OUT], "latent");
    damage(paths[ONE], paths[OUT], "\"name\":\"momu\"", "\"name\":\"mome\"");
    expect_damaged(paths[OUT], "space");
    damage(whole, paths[OUT], "\"writer.licence\":\"none\"", "\"writer.licence\":\"gone\"");
    expect_damaged(paths[OUT], "writer");
    damage(whole, paths[OUT], "latent.flow.places", "latent.flow.plazes");
    expect_damaged(paths[OUT], "latent");
    /* what is damaged is not merged into something that looks whole */
    assert_int_equal(merge((const int[]){OUT}, 1, NULL, paths[AGAIN], &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "part latent is damaged");
    /* the format of the whole */
    damage(whole, paths[OUT], "\"molglot.format\":\"2\"", "\"molglot.format\":\"3\"");
    assert_null(mg_bundle_open(paths[OUT], &err));
    must_say(&err, MOLGLOT_BAD_FILE, "a bundle of format 3; this version reads 1 and 2");
    /* older files have no digest to compare with */
    mg_bundle *b = opened(old);
    mg_part_info p;
    assert_int_equal(mg_bundle_info(b, 0, &p, &err), MOLGLOT_OK);
    assert_null(p.digest);
    assert_int_equal(mg_bundle_verify(b, 0, &err), MOLGLOT_OK);
    mg_bundle_close(b);
}

/* A file's tensors and metadata but for one of each (-1: all), and one tensor more, or NULL. */
static void write_but(const char *path, const char *out, int tensor, int meta, const char *more) {
    static const float numbers[2] = {1, 2};
    molglot_error err = {0};
    const int64_t two = 2;
    mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
    mg_weights_out *w = mg_weights_out_new();
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        if ((int)i != tensor)
            must(mg_weights_out_add(w, t->name, t->dtype, t->ndim, t->shape, t->data, NULL, &err),
                 &err);
    }
    for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(f, i, &key, &value);
        if ((int)i != meta && strcmp(key, "molglot.digest"))
            must(mg_weights_out_meta(w, key, value, &err), &err);
    }
    if (more) must(mg_weights_out_add(w, more, "F32", 1, &two, numbers, NULL, &err), &err);
    must(mg_weights_out_save(w, out, &err), &err);
    mg_weights_out_free(w);
    mg_tensor_file_close(f);
}

static int load_any(const char *path, bool space, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(path, err);
    const void *part = !b      ? NULL
                       : space ? (const void *)mg_bundle_space(b, err)
                               : (const void *)mg_bundle_writer(b, NULL, err);
    mg_bundle_close(b);
    return part ? MOLGLOT_OK : err->code;
}

/* A part without any one of its tensors is refused, and with one that belongs to nothing; names
 * that are no parameters' may stand beside. */
static void all_tensors_are_needed_and_no_other(void **state) {
    (void)state;
    static const int files[] = {ONE, DIRECT, FLOW};
    static const struct {
        const char *name;
        bool taken;
    } more[] = {{"stray.weight", false}, {"vocab.more", true}, {"vocabulary", false},
                {"known.more", true},    {"knows", false},     {"denoiser.probes", false}};
    for (size_t k = 0; k < MG_COUNT(files); k++) {
        molglot_error err = {0};
        const char *path = paths[files[k]];
        const bool space = files[k] == ONE;
        write_but(path, paths[OUT], -1, -1, NULL);
        must(load_any(paths[OUT], space, &err), &err);
        mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
        for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
            const char *name = mg_tensor_file_at(f, i)->name;
            write_but(path, paths[OUT], (int)i, -1, NULL);
            const bool needed = strcmp(name, "known.hashes") != 0; /* older files have none */
            if ((load_any(paths[OUT], space, &err) != MOLGLOT_BAD_FILE) == needed)
                fail_msg("%s without %s", path, name);
        }
        mg_tensor_file_close(f);
        for (size_t i = 0; i < MG_COUNT(more); i++) {
            write_but(path, paths[OUT], -1, -1, more[i].name);
            const int code = load_any(paths[OUT], space, &err);
            assert_int_equal(code, more[i].taken ? MOLGLOT_OK : MOLGLOT_BAD_FILE);
            if (!code) continue;
            must_say(&err, MOLGLOT_BAD_FILE, "belongs to no parameter of the model");
            assert_non_null(strstr(err.message, more[i].name));
        }
    }
}

/* A digest is the same in every build: those of shipped files, which another build wrote. */
static void shipped_digests_hold(void **state) {
    (void)state;
    static const char *const files[] = {"rerank", "basis"};
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        molglot_error err = {0};
        char path[512], now[65];
        snprintf(path, sizeof path, "%s/models/%s.safetensors", MG_SOURCE_DIR, files[i]);
        mg_bundle *b = opened(path);
        mg_part_info p;
        must(mg_bundle_info(b, 0, &p, &err), &err);
        assert_string_equal(p.name, files[i]);
        must(mg_bundle_verify(b, 0, &err), &err);
        must(mg_bundle_digest(b, files[i], now, &err), &err);
        assert_string_equal(now, p.digest);
        mg_bundle_close(b);
    }
}

/* The same of what puts hits in a new order, as shipped. */
static void a_reranker_refuses_strays(void **state) {
    (void)state;
    molglot_error err = {0};
    const char *path = MG_SOURCE_DIR "/models/rerank.safetensors";
    must(copy_with_stray(path, paths[OUT], "hidden.9.weight", &err), &err);
    mg_bundle *b = opened(paths[OUT]), *good = opened(path);
    assert_null(mg_bundle_rerank(b, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "hidden.9.weight belongs to no parameter");
    assert_non_null(mg_bundle_rerank(good, &err));
    mg_bundle_close(good);
    mg_bundle_close(b);
}

/* What a part is made of: numbers that were trained, and bytes of all its tensors. */
static void parts_are_measured(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_bundle *b = opened(whole);
    for (size_t i = 0; i < mg_bundle_count(b); i++) {
        mg_part_info p;
        int64_t numbers = 0;
        size_t bytes = 0;
        must(mg_bundle_info(b, i, &p, &err), &err);
        for (size_t k = 0; k < mg_tensor_file_count(p.file); k++) {
            const mg_file_tensor *t = mg_tensor_file_at(p.file, k);
            const size_t n = strlen(p.prefix);
            if (strncmp(t->name, p.prefix, n)) continue;
            if (!n && (!strncmp(t->name, "writer.", 7) || !strncmp(t->name, "latent.", 7)))
                continue;
            bytes += t->bytes;
            const size_t length = strlen(t->name);
            const bool scales = length > 7 && !strcmp(t->name + length - 7, ".scales") &&
                                strstr(t->name, "table");
            if (!strstr(t->name, "vocab.") && !strstr(t->name, "known.hashes") && !scales)
                numbers += t->count;
        }
        if (p.parameters != numbers || p.bytes != bytes)
            fail_msg("%s: %lld of %lld numbers, %zu of %zu bytes", p.name, (long long)p.parameters,
                     (long long)numbers, p.bytes, bytes);
    }
    mg_bundle_close(b);
}

/* ---- by what it is known ---- */

static void identity(const char *path, char out[65]) {
    molglot_error err = {0};
    if (mg_bundle_identify(path, MG_PART_SPACE, out, &err)) fail_msg("%s", err.message);
}

static void expect_matches(const char *path, const char *identity, bool want) {
    mg_bundle *b = opened(path);
    assert_int_equal(mg_bundle_matches(b, identity), want);
    mg_bundle_close(b);
}

static void a_space_stays_known(void **state) {
    (void)state;
    molglot_error err = {0};
    char one[65], before[65], now[65], renamed[65], sha[65];
    identity(paths[ONE], one);
    identity(whole, now);
    assert_string_equal(one, now); /* wherever it lies */
    identity(old, before);
    assert_int_equal(mg_sha256_file(old, sha, &err), MOLGLOT_OK);
    assert_string_equal(before, sha);
    /* out of the old file: a digest of its own, and known as the old file was */
    assert_int_equal(
        mg_bundle_merge((const char *const[]){old}, 1, &(mg_merge_options){0}, paths[OUT], &err),
        MOLGLOT_OK);
    identity(paths[OUT], now);
    assert_string_not_equal(now, before);
    expect_matches(paths[OUT], now, true);
    expect_matches(paths[OUT], before, true);
    expect_matches(paths[OUT], one, false);
    expect_matches(paths[OUT], "", false);
    /* under another name: all three */
    const char *const list[] = {in(parts, "writer"), paths[OUT]};
    char slash[96];
    snprintf(slash, sizeof slash, "%s/named/", folder);
    assert_int_equal(
        mg_bundle_merge(list, 2, &(mg_merge_options){.name = "another", .replace = 1}, slash, &err),
        MOLGLOT_OK);
    identity(slash, renamed);
    assert_string_not_equal(now, renamed);
    expect_matches(slash, renamed, true);
    expect_matches(slash, now, true);
    expect_matches(slash, before, true);
    /* a merged file has a name of its own, and leaves its parts alone */
    assert_int_equal(mg_bundle_merge(list, 2, &(mg_merge_options){.name = "third", .replace = 1},
                                     paths[AGAIN], &err),
                     MOLGLOT_OK);
    mg_bundle *b = opened(paths[AGAIN]);
    assert_string_equal(mg_space_part_name(mg_bundle_space(b, &err)), "third");
    assert_string_equal(mg_bundle_identity(b, &err), now);
    mg_bundle_close(b);
    /* other numbers are another space */
    assert_int_equal(mg_bundle_merge((const char *const[]){old}, 1,
                                     &(mg_merge_options){.store = "int4"}, paths[AGAIN], &err),
                     MOLGLOT_OK);
    expect_matches(paths[AGAIN], before, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_layout_holds_the_same),
                                       cmocka_unit_test(there_and_back),
                                       cmocka_unit_test(one_part_is_a_bundle),
                                       cmocka_unit_test(bytes_are_a_bundle),
                                       cmocka_unit_test(old_ensembles),
                                       cmocka_unit_test(threads_may_ask),
                                       cmocka_unit_test(missing_parts_are_named),
                                       cmocka_unit_test(damage_is_found),
                                       cmocka_unit_test(all_tensors_are_needed_and_no_other),
                                       cmocka_unit_test(shipped_digests_hold),
                                       cmocka_unit_test(a_reranker_refuses_strays),
                                       cmocka_unit_test(parts_are_measured),
                                       cmocka_unit_test(a_space_stays_known)};
    return cmocka_run_group_tests(tests, make_layouts, remove_files);
}
