/* info.c - `molglot info`: what a model, index or tensor file holds. Reads headers only,
 * nothing is executed. */
#include "app/cli/cli.h"
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "tensor/files/weights.h"

#include <string.h>

typedef struct info_options {
    cli_common common;
    const char *path;
    bool all;
} info_options;

static const struct argp_option options[] = {
    {"all", 'a', NULL, 0, "Every tensor and every metadata value in full", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    info_options *o = state->input;
    switch (key) {
    case 'a': o->all = true; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->path) argp_error(state, "one FILE at a time");
        o->path = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void print_text(const char *s, size_t limit) {
    size_t n = mg_utf8_prefix(s, strlen(s), limit);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n' && s[i + 1])
            fputs("\n    ", stdout);
        else if ((unsigned char)s[i] >= 0x20 || s[i] == '\t')
            putchar(s[i]);
    }
    puts(s[n] ? " ... (--all shows the rest)" : "");
}

/* ---- parts of a model file ---- */

/* Vocabularies, hashes and scales are no parameters. */
static bool is_parameter(const mg_tensor_file *f, const mg_file_tensor *t) {
    const char *dot = strrchr(t->name, '.');
    char of[512];
    if (strstr(t->name, "vocab.") || strstr(t->name, "known.hashes")) return false;
    if (!dot || strcmp(dot, ".scales")) return true;
    snprintf(of, sizeof of, "%.*s", (int)(dot - t->name), t->name);
    return !mg_tensor_file_find(f, of);
}

/* A single member stands behind no prefix; parts may stand beside it. */
static bool is_of(const char *name, const char *prefix) {
    if (*prefix) return strncmp(name, prefix, strlen(prefix)) == 0;
    return strncmp(name, MG_PART_DIRECT ".", strlen(MG_PART_DIRECT ".")) &&
           strncmp(name, MG_PART_LATENT ".", strlen(MG_PART_LATENT "."));
}

/* One line of a part: the tensors behind the prefix. */
static void print_part(const mg_tensor_file *f, const char *prefix, const char *what) {
    int64_t parameters = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        if (!is_of(t->name, prefix)) continue;
        bytes += t->bytes;
        /* U8: two numbers of 4 bits */
        if (is_parameter(f, t)) parameters += strcmp(t->dtype, "U8") ? t->count : 2 * t->count;
    }
    printf("  %-10s %-28s %8.2f million parameters, %6.2f MB\n", prefix, what,
           1e-6 * (double)parameters, 1e-6 * (double)bytes);
}

static void print_parts(const mg_tensor_file *f) {
    static const char *const writers[][2] = {{MG_PART_DIRECT ".", "direct writer"},
                                             {MG_PART_LATENT ".", "latent diffusion"}};
    char prefix[32], key[64];
    puts("parts:");
    if (mg_tensor_file_meta(f, "molglot.config")) print_part(f, "", "shared space, ranking");
    for (int k = 0; k < MG_MEMBERS; k++) {
        snprintf(prefix, sizeof prefix, "member.%d.", k);
        snprintf(key, sizeof key, "%smolglot.config", prefix);
        if (mg_tensor_file_meta(f, key)) print_part(f, prefix, "shared space, ranking");
    }
    for (size_t i = 0; i < MG_COUNT(writers); i++) {
        snprintf(key, sizeof key, "%smolglot.kind", writers[i][0]);
        if (mg_tensor_file_meta(f, key)) print_part(f, writers[i][0], writers[i][1]);
    }
}

static void print_tensors(const mg_tensor_file *f, bool all) {
    int64_t elements = 0;
    size_t bytes = 0, n = mg_tensor_file_count(f);
    for (size_t i = 0; i < n; i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        elements += t->count;
        bytes += t->bytes;
        if (!all) continue;
        printf("  %-60s %-5s [", t->name, t->dtype);
        for (int d = 0; d < t->ndim; d++) printf("%s%lld", d ? ", " : "", (long long)t->shape[d]);
        puts("]");
    }
    printf("tensors: %zu, %.1f million numbers, %.1f MB\n", n, 1e-6 * (double)elements,
           1e-6 * (double)bytes);
}

static int info_tensors(const info_options *o, const char *path, molglot_error *err) {
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    if (!f) return err->code;
    char sha[65];
    int code = mg_sha256_file(path, sha, err);
    if (!code) {
        printf("file: %s\nsha256: %s\n", path, sha);
        for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
            const char *key, *value;
            mg_tensor_file_meta_at(f, i, &key, &value);
            printf("%s: ", key);
            print_text(value, o->all ? (size_t)-1 : 600);
        }
        if (mg_tensor_file_meta(f, "molglot.members")) print_parts(f);
        print_tensors(f, o->all);
    }
    mg_tensor_file_close(f);
    return code;
}

static int info_index(const info_options *o, molglot_error *err) {
    mg_index *x = mg_index_open(o->path, true, err);
    if (!x) return err->code;
    printf("file: %s\nkind: molglot index, checksum correct\nrows: %lld %s\nvectors: %d x "
           "%s\nmodel: %s\nmodel sha256: %s\n",
           o->path, (long long)mg_index_size(x),
           mg_index_side(x) == MG_SIDE_TEXT ? "texts" : "molecules", mg_index_dim(x),
           mg_index_dtype(x) == MG_BF16 ? "bfloat16" : "float32", mg_index_model_name(x),
           mg_index_model_sha256(x));
    mg_index_close(x);
    return MOLGLOT_OK;
}

/* An index begins with its magic; everything else is tried as a tensor file. */
static bool looks_like_index(const char *path) {
    char magic[8] = "";
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(magic, 1, 8, f) : 0;
    if (f) fclose(f);
    return n == 8 && !memcmp(magic, "MGINDEX", 8);
}

int cmd_info(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_model_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "[FILE]",
                                     "Shows what a model, index, safetensors or PyTorch file holds "
                                     "(default: the model in use).\v"
                                     "Example:\n  molglot info\n  molglot info library.idx",
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
    code = looks_like_index(path) ? info_index(&o, &err) : info_tensors(&o, path, &err);
    return !code ? code : cli_fail(&err);
}
