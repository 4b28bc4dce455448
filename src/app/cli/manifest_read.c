/* manifest_read.c - a manifest, read back. It may come from anywhere: each size and type is
 * checked, and what it says is only ever compared, or run as a command of Molglot. */
#include "app/cli/cli.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 65536, MOST_FILES = 65536 };

static int wrong(molglot_error *err, const char *what) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "not a manifest of molglot: %s", what);
}

static bool is_digest(const char *s) {
    return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static int read_files(const json_t *list, cli_manifest_file **out, size_t *n, molglot_error *err) {
    const size_t count = json_array_size(list);
    if (!json_is_array(list) || count > MOST_FILES) return wrong(err, "inputs and outputs");
    if (!(*out = calloc(count + 1, sizeof **out))) return mg_no_memory(err, "a manifest");
    for (; *n < count; ++*n) {
        const json_t *o = json_array_get(list, *n), *bytes = json_object_get(o, "bytes"),
                     *first = json_object_get(o, "of_first_bytes");
        const char *path = json_string_value(json_object_get(o, "path")),
                   *sha256 = json_string_value(json_object_get(o, "sha256"));
        if (!path || !*path || !is_digest(sha256) || !json_is_integer(bytes) ||
            json_integer_value(bytes) < 0 ||
            (first && (!json_is_integer(first) || json_integer_value(first) < 1)))
            return wrong(err, "a file wants path, bytes and sha256");
        cli_manifest_file *f = &(*out)[*n];
        f->bytes = json_integer_value(bytes);
        f->most = first ? json_integer_value(first) : INT64_MAX;
        memcpy(f->sha256, sha256, sizeof f->sha256);
        if (!(f->path = strdup(path))) return mg_no_memory(err, "a manifest");
    }
    return MOLGLOT_OK;
}

static int read_words(const json_t *list, cli_manifest *m, molglot_error *err) {
    const size_t count = json_array_size(list);
    if (!count || count > MOST_WORDS) return wrong(err, "its command");
    if (!(m->words = calloc(count + 1, sizeof *m->words))) return mg_no_memory(err, "a manifest");
    for (; m->n_words < count; m->n_words++) {
        const char *word = json_string_value(json_array_get(list, m->n_words));
        if (!word) return wrong(err, "a word of its command");
        if (!(m->words[m->n_words] = strdup(word))) return mg_no_memory(err, "a manifest");
    }
    return MOLGLOT_OK;
}

static int read_models(const json_t *list, cli_manifest *m, molglot_error *err) {
    const size_t count = json_array_size(list);
    if (!json_is_array(list) || count > MOST_FILES) return wrong(err, "its models");
    if (!(m->models = calloc(count + 1, sizeof *m->models))) return mg_no_memory(err, "a manifest");
    for (; m->n_models < count; m->n_models++) {
        const json_t *o = json_array_get(list, m->n_models);
        const char *name = json_string_value(json_object_get(o, "name")),
                   *part = json_string_value(json_object_get(o, "part")),
                   *sha256 = json_string_value(json_object_get(o, "sha256"));
        cli_manifest_model *x = &m->models[m->n_models];
        if (!name || !part || !is_digest(sha256))
            return wrong(err, "a model wants name, part, sha256");
        snprintf(x->name, sizeof x->name, "%s", name);
        snprintf(x->part, sizeof x->part, "%s", part);
        memcpy(x->sha256, sha256, sizeof x->sha256);
    }
    return MOLGLOT_OK;
}

/* As manifest.c writes them. */
static int read_seeds(const json_t *o, cli_manifest *m, molglot_error *err) {
    for (int i = 0; i < CLI_SEEDS; i++) {
        const json_t *v = json_object_get(o, cli_seed_names[i]);
        const char *digits = json_string_value(v);
        char *end = NULL;
        if (!v) continue;
        if (!digits && (!json_is_integer(v) || json_integer_value(v) < 0))
            return wrong(err, "a seed is a number of 0 or more");
        if (digits &&
            (!*digits || strlen(digits) > 20 || strspn(digits, "0123456789") != strlen(digits)))
            return wrong(err, "a seed is a number of 0 or more");
        m->seeds.there[i] = true;
        m->seeds.seed[i] = digits ? strtoull(digits, &end, 10) : (uint64_t)json_integer_value(v);
    }
    return MOLGLOT_OK;
}

static int read_object(const json_t *o, cli_manifest *m, molglot_error *err) {
    const json_t *format = json_object_get(o, "molglot_manifest"),
                 *threads = json_object_get(o, "threads"), *code = json_object_get(o, "exit");
    const char *version = json_string_value(json_object_get(o, "version")),
               *chemistry = json_string_value(json_object_get(o, "chemistry"));
    if (!json_is_integer(format)) return wrong(err, "it does not say so");
    if (json_integer_value(format) != 1)
        return mg_fail(err, MOLGLOT_BAD_FILE, "a manifest of a later version of molglot");
    if (!version || !chemistry || !json_is_integer(threads) || !json_is_integer(code) ||
        json_integer_value(threads) < 1 || json_integer_value(threads) > 1024)
        return wrong(err, "version, chemistry, threads or exit");
    snprintf(m->version, sizeof m->version, "%s", version);
    snprintf(m->chemistry, sizeof m->chemistry, "%s", chemistry);
    m->threads = (int)json_integer_value(threads);
    m->exit = json_integer_value(code) == MOLGLOT_REJECTED ? MOLGLOT_REJECTED : MOLGLOT_OK;
    m->reads_stdin = json_is_true(json_object_get(o, "standard_input"));
    int failed = read_seeds(o, m, err);
    if (!failed) failed = read_words(json_object_get(o, "command"), m, err);
    if (!failed) failed = read_models(json_object_get(o, "models"), m, err);
    if (!failed) failed = read_files(json_object_get(o, "inputs"), &m->inputs, &m->n_inputs, err);
    if (!failed)
        failed = read_files(json_object_get(o, "outputs"), &m->outputs, &m->n_outputs, err);
    return !failed && !m->n_outputs ? wrong(err, "nothing was written") : failed;
}

int cli_manifest_read(const char *text, size_t n, cli_manifest *out, molglot_error *err) {
    json_error_t why;
    *out = (cli_manifest){0};
    json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (!o) return mg_fail(err, MOLGLOT_BAD_FILE, "not JSON: line %d: %s", why.line, why.text);
    const int code = read_object(o, out, err);
    json_decref(o);
    if (code) cli_manifest_free(out);
    return code;
}

void cli_manifest_free(cli_manifest *m) {
    for (size_t i = 0; i < m->n_words; i++) free(m->words[i]);
    for (size_t i = 0; i <= m->n_inputs && m->inputs; i++) free(m->inputs[i].path);
    for (size_t i = 0; i <= m->n_outputs && m->outputs; i++) free(m->outputs[i].path);
    free(m->words);
    free(m->inputs);
    free(m->outputs);
    free(m->models);
    *m = (cli_manifest){0};
}
