/* info.c - `molglot info`: what a model, index or tensor file holds. Reads headers only,
 * nothing is executed. */
#include "app/cli/cli.h"
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "tensor/files/weights.h"

#include <string.h>

enum { OPT_VERIFY = CLI_OWN };
typedef struct info_options {
    cli_common common;
    const char *path;
    bool all, verify;
} info_options;

static const struct argp_option options[] = {
    {"all", 'a', NULL, 0, "Every tensor and all metadata: configuration, recipe, self-test", 0},
    {"verify", OPT_VERIFY, NULL, 0,
     "Compare each part of a model with its digest; exit with 4 if one is damaged", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    info_options *o = state->input;
    switch (key) {
    case 'a': o->all = true; return 0;
    case OPT_VERIFY: o->verify = true; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->path) argp_error(state, "one FILE at a time");
        o->path = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Lines of a value below each other. */
static void print_text(const char *s) {
    for (size_t n; *s; s += n + (s[n] != 0)) {
        n = strcspn(s, "\n");
        cli_print("%.*s", (int)n, s);
        if (s[n] && s[n + 1]) fputs("\n    ", stdout);
    }
    puts("");
}

/* ---- tensor files ---- */

static void print_tensors(const mg_tensor_file *f, bool all) {
    int64_t elements = 0;
    size_t bytes = 0, n = mg_tensor_file_count(f);
    for (size_t i = 0; i < n; i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        elements += t->count;
        bytes += t->bytes;
        if (!all) continue;
        cli_print("  %-60s %-5s [", t->name, t->dtype);
        for (int d = 0; d < t->ndim; d++)
            cli_print("%s%lld", d ? ", " : "", (long long)t->shape[d]);
        cli_print("]%s%s\n", t->unreadable ? "  unreadable: " : "",
                  t->unreadable ? t->unreadable : "");
    }
    cli_print("tensors: %zu, %.1f million numbers, %.1f MB\n", n, 1e-6 * (double)elements,
              1e-6 * (double)bytes);
}

/* Configurations and recipes are long, those of an ensemble's members many; numbers of formats and
 * digests say something to a program. */
static bool is_detail(const char *key, const char *value) {
    static const char *const details[] = {"molglot.format",   "molglot.version", "molglot.formerly",
                                          "molglot.selftest", "molglot.space",   "molglot.members",
                                          "data.sha256",      "init.sha256"};
    enum { SHORT = 120 };
    for (size_t i = 0; i < MG_COUNT(details); i++)
        if (!strcmp(key, details[i])) return true;
    return !strncmp(key, "member.", 7) || strlen(value) > SHORT || strpbrk(value, "{\n");
}

static void print_metadata(const mg_tensor_file *f, bool all) {
    enum { SHOWN = 16 };
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(f, i, &key, &value);
        if (!all && (is_detail(key, value) || shown == SHOWN)) {
            left++;
            continue;
        }
        shown++;
        cli_print("%s: ", key);
        print_text(value);
    }
    if (left) cli_print("(%zu more, as configuration and recipe: --all)\n", left);
}

static void print_file(const mg_tensor_file *f, const char *path, bool all) {
    char sha[65];
    size_t n;
    const void *bytes = mg_tensor_file_bytes(f, &n);
    mg_sha256 s;
    mg_sha256_init(&s);
    mg_sha256_add(&s, bytes, n);
    mg_sha256_hex(&s, sha);
    if (!bytes) mg_tensor_file_sha256(f, sha, NULL); /* shards */
    cli_print("file: %s\nsha256: %s\n", path, sha);
    print_metadata(f, all);
    print_tensors(f, all);
}

/* ---- models ---- */

/* The parts of a model, a line each; verify: is each as it was saved? The first complaint is
 * reported, every part is looked at. */
static int print_parts(const info_options *o, mg_bundle *b, molglot_error *err) {
    puts("parts:");
    for (size_t i = 0; i < mg_bundle_count(b); i++) {
        molglot_error own = {0};
        mg_part_info p;
        if (!mg_bundle_info(b, i, &p, &own)) {
            const bool damaged = o->verify && mg_bundle_verify(b, i, &own);
            cli_print("  %-10s %-28s %8.2f million parameters, %6.2f MB, digest %.12s%s%s\n",
                      p.name, p.about, 1e-6 * (double)p.parameters, 1e-6 * (double)p.bytes,
                      p.digest ? p.digest : "none", p.digest ? "..." : " (an older file)",
                      !o->verify || !p.digest ? ""
                      : damaged               ? ": WRONG"
                                              : ": correct");
        }
        if (own.code && !err->code) *err = own;
    }
    return err->code;
}

/* A published checkpoint that lies in a folder. */
static bool info_folder(const info_options *o, const char *path) {
    mg_tensor_file *f = mg_tensor_file_open(path, NULL);
    if (f) print_file(f, path, o->all);
    mg_tensor_file_close(f);
    return f != NULL;
}

/* A file, or a folder with a file a part: all of them, one after another. */
static int info_model(const info_options *o, const char *path, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(path, err);
    if (!b) return !o->verify && info_folder(o, path) ? MOLGLOT_OK : err->code;
    const mg_tensor_file *file = mg_bundle_file(b);
    const size_t n = mg_bundle_count(b);
    int code = o->verify && !n
                   ? mg_fail(err, MOLGLOT_BAD_FILE, "%s: no part of a model in it", path)
                   : MOLGLOT_OK;
    if (!code && n) code = print_parts(o, b, err);
    if (!code && n) puts("");
    if (file) print_file(file, path, o->all);
    for (size_t i = 0; i < n && !file && !code; i++) {
        mg_part_info p;
        code = mg_bundle_info(b, i, &p, err);
        if (!code) print_file(p.file, p.path, o->all);
        if (!code && i + 1 < n) puts("");
    }
    mg_bundle_close(b);
    return code;
}

/* ---- indexes ---- */

static int info_index(const info_options *o, molglot_error *err) {
    mg_index *x = mg_index_open(o->path, true, err);
    if (!x) return err->code;
    cli_print("file: %s\nkind: molglot index, checksum correct\nrows: %lld %s\nvectors: %d x "
              "%s\nmodel: %s\nmodel sha256: %s\n",
              o->path, (long long)mg_index_size(x),
              mg_index_side(x) == MG_SIDE_TEXT ? "texts" : "molecules", mg_index_dim(x),
              mg_index_dtype(x) == MG_BF16 ? "bfloat16" : "float32", mg_index_model_name(x),
              mg_index_model_sha256(x));
    if (mg_index_dim(x) != mg_index_model_dim(x))
        cli_print("of the model's: %d numbers, in the basis that the file carries\n",
                  mg_index_model_dim(x));
    if (mg_index_code_width(x)) cli_print("codes: %d x int8\n", mg_index_code_width(x));
    const char *const *columns;
    const int n = mg_index_columns(x, &columns);
    int shard, shards;
    mg_index_shard(x, &shard, &shards);
    cli_print("vectors of texts: %lld\n", (long long)mg_index_searched_texts(x).rows->n);
    for (int c = 0; c < n; c++) cli_print("%s%s", c ? ", " : "columns: ", columns[c]);
    if (n) puts("");
    if (shards) cli_print("shard: %d of %d\n", shard, shards);
    mg_index_close(x);
    return MOLGLOT_OK;
}

int cmd_info(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_model_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "[FILE]",
                                     "Shows what a model (a file or a folder), index, safetensors "
                                     "or PyTorch file holds "
                                     "(default: the model in use).\v"
                                     "Example:\n"
                                     "  molglot info\n"
                                     "  molglot index examples/library.tsv -o library.idx\n"
                                     "  molglot info library.idx",
                                     children,
                                     NULL,
                                     NULL};
    info_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    char buf[4096];
    const char *path = o.path ? o.path : cli_model_path(&o.common, buf, sizeof buf, &err);
    if (!path) return cli_fail(&err);
    code = cli_is_index(path) ? info_index(&o, &err) : info_model(&o, path, &err);
    return !code ? code : cli_fail(&err);
}
