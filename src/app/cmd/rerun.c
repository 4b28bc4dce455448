/* rerun.c - `molglot rerun`: a run again by its manifest: what is no longer as it was, the same
 * command, and whether it wrote the same bytes. Only commands of Molglot are run, in this process;
 * whatever the manifest says, every file that they write is a new one in a folder of this run. */
#include "app/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_CHECK = CLI_OWN, OUTPUTS = 8 };

typedef struct rerun_options {
    cli_common common;
    const char *manifest, *output;
    bool check;
} rerun_options;

static const struct argp_option options[] = {
    {"check", OPT_CHECK, NULL, 0, "Only compare files and versions, and run nothing", 0},
    {"output", 'o', "FILE", 0, "Keep what is written now as FILE (of several files, the first)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    rerun_options *o = state->input;
    switch (key) {
    case OPT_CHECK: o->check = true; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->manifest) argp_error(state, "one MANIFEST, please");
        o->manifest = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->manifest) argp_error(state, "MANIFEST is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what is not as it was ---- */

static int differ(const rerun_options *o, int *n, const char *what, const char *name,
                  const char *how) {
    cli_say(&o->common, "%s %s: %s", what, name, how);
    return ++*n;
}

static void compare_files(const rerun_options *o, const cli_manifest_file *files, size_t n,
                          const char *what, int *differences) {
    for (size_t i = 0; i < n; i++) {
        char sha256[65];
        int64_t bytes = 0;
        const cli_manifest_file *f = &files[i];
        if (!cli_is_file(f->path))
            differ(o, differences, what, f->path, "is not there");
        else if (cli_digest(f->path, f->most, &bytes, sha256, NULL))
            differ(o, differences, what, f->path, "cannot be read");
        else if (bytes != f->bytes || strcmp(sha256, f->sha256))
            differ(o, differences, what, f->path, "has other bytes than in that run");
    }
}

static void compare_versions(const rerun_options *o, const cli_manifest *m, int *differences) {
    if (strcmp(m->version, MOLGLOT_VERSION))
        differ(o, differences, "that run was made by molglot", m->version,
               "this is " MOLGLOT_VERSION);
    if (strcmp(m->chemistry, mg_chem_version()))
        differ(o, differences, "that run was made with", m->chemistry, mg_chem_version());
}

/* Each part that was used then has been used now. */
static void compare_models(const rerun_options *o, const cli_manifest *m, int *differences) {
    const cli_manifest_model *now;
    const size_t n = cli_manifest_models(&now);
    for (size_t i = 0; i < m->n_models; i++) {
        size_t k = 0;
        while (k < n && strcmp(now[k].sha256, m->models[i].sha256)) k++;
        char name[300];
        snprintf(name, sizeof name, "%s of %s", m->models[i].part, m->models[i].name);
        if (k == n) differ(o, differences, "the model's part", name, "is another one now");
    }
}

/* The seeds of that run, where its manifest has them, are those of this one. */
static void compare_seeds(const rerun_options *o, const cli_manifest *m, int *differences) {
    const cli_manifest_seeds *now = cli_manifest_seeded();
    for (int i = 0; i < CLI_SEEDS; i++) {
        char was[48], is[48] = "none was used this time";
        if (!m->seeds.there[i] || (now->there[i] && now->seed[i] == m->seeds.seed[i])) continue;
        snprintf(was, sizeof was, "%s %llu", cli_seed_names[i],
                 (unsigned long long)m->seeds.seed[i]);
        if (now->there[i])
            snprintf(is, sizeof is, "it is %llu this time", (unsigned long long)now->seed[i]);
        differ(o, differences, "that run had the", was, is);
    }
}

/* ---- the run ---- */

/* The folder of that run: what is in front of the output's relative path in the manifest's own. */
static void go_there(const char *manifest, const char *output) {
    char full[PATH_MAX], tail[PATH_MAX];
    if (output[0] == '/' || !realpath(manifest, full)) return;
    const int n = snprintf(tail, sizeof tail, "/%s%s",
                           strncmp(output, "./", 2) ? output : output + 2, CLI_MANIFEST);
    const size_t length = strlen(full);
    if (n < 0 || (size_t)n >= sizeof tail || length <= (size_t)n ||
        strcmp(full + length - (size_t)n, tail))
        return;
    full[length - (size_t)n] = 0;
    if (chdir(full)) return;
}

static char *make_folder(molglot_error *err) {
    const char *tmp = getenv("TMPDIR");
    mg_str path = {0};
    mg_str_addf(&path, "%s/molglot-rerun-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (path.failed) {
        mg_no_memory(err, "a folder");
        return NULL;
    }
    if (mkdtemp(path.s)) return path.s;
    mg_fail(err, MOLGLOT_FAILED, "%s: %s", path.s, strerror(errno));
    mg_str_free(&path);
    return NULL;
}

static void compare_outputs(const rerun_options *o, const cli_manifest *m, int *differences) {
    const char *paths[OUTPUTS];
    const size_t n = cli_manifest_outputs(paths, OUTPUTS);
    size_t at = 0;
    for (size_t i = 0; i < m->n_outputs; i++) {
        char sha256[65];
        int64_t bytes = 0;
        while (at < n && !cli_is_file(paths[at])) at++;
        const char *path = at < n ? paths[at++] : NULL;
        if (!path || cli_digest(path, INT64_MAX, &bytes, sha256, NULL))
            differ(o, differences, "output", m->outputs[i].path, "was not written this time");
        else if (bytes != m->outputs[i].bytes || strcmp(sha256, m->outputs[i].sha256))
            differ(o, differences, "output", m->outputs[i].path, "has other bytes this time");
        else
            cli_say(&o->common, "output %s: the same %lld bytes", m->outputs[i].path,
                    (long long)bytes);
    }
}

static void remove_outputs(const char *folder, const char *kept) {
    const char *paths[OUTPUTS];
    const size_t n = cli_manifest_outputs(paths, OUTPUTS);
    for (size_t i = 0; i < n; i++)
        if (!kept || strcmp(paths[i], kept)) (void)unlink(paths[i]);
    (void)rmdir(folder);
}

/* A command whose words are wrong ends the program. */
static const char *left, *left_but;
static void clean(void) {
    if (left) remove_outputs(left, left_but);
}

static bool is_runnable(const char *command) {
    static const char *const never[] = {"serve", "mcp", "train", "rerun", "depict", "help"};
    for (size_t i = 0; i < MG_COUNT(never); i++)
        if (!strcmp(command, never[i])) return false;
    return true;
}

static int run_again(const rerun_options *o, const cli_manifest *m, const char *output,
                     int *differences, molglot_error *err) {
    char *folder = make_folder(err);
    char **words = calloc(m->n_words + 1, sizeof *words);
    if (!folder || !words) {
        free(folder);
        free(words);
        return mg_code_of(err, MOLGLOT_NO_MEMORY);
    }
    memcpy(words, m->words, m->n_words * sizeof *words);
    omp_set_num_threads(m->threads);
    cli_manifest_redirect(folder, output);
    left = folder, left_but = output;
    atexit(clean);
    const int code = cli_runner((int)m->n_words, words);
    if (code != m->exit) {
        char what[64];
        snprintf(what, sizeof what, "it ended with %d, that run with %d", code, m->exit);
        differ(o, differences, "the command", m->words[0], what);
    }
    compare_models(o, m, differences);
    compare_seeds(o, m, differences);
    compare_outputs(o, m, differences);
    clean();
    left = NULL;
    free(folder);
    free(words);
    return MOLGLOT_OK;
}

/* A path of the user's, before the folder changes. */
static char *absolute(const char *path) {
    char here[PATH_MAX];
    mg_str out = {0};
    if (*path == '/' || !getcwd(here, sizeof here))
        mg_str_addz(&out, path);
    else
        mg_str_addf(&out, "%s/%s", here, path);
    return out.failed ? NULL : out.s;
}

static int rerun(const rerun_options *o, const cli_manifest *m, molglot_error *err) {
    char *output = o->output ? absolute(o->output) : NULL;
    int differences = 0, code = MOLGLOT_OK;
    if (o->output && !output) return mg_no_memory(err, "a path");
    if (!is_runnable(m->words[0])) {
        free(output);
        return mg_fail(err, MOLGLOT_USAGE, "a run of `%s` is not made again", m->words[0]);
    }
    go_there(o->manifest, m->outputs[0].path);
    compare_versions(o, m, &differences);
    compare_files(o, m->inputs, m->n_inputs, "input", &differences);
    if (m->reads_stdin) cli_say(&o->common, "that run read standard input: give it again");
    if (o->check)
        compare_files(o, m->outputs, m->n_outputs, "output", &differences);
    else
        code = run_again(o, m, output, &differences, err);
    free(output);
    if (code) return code;
    if (differences) return mg_fail(err, MOLGLOT_FAILED, "%d differences", differences);
    cli_say(&o->common, o->check ? "nothing has changed" : "the run gives the same again");
    return MOLGLOT_OK;
}

int cmd_rerun(int argc, char **argv) {
    enum { MOST = 64 << 20 };
    static const struct argp_child children[] = {{&cli_talk_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "MANIFEST",
        "Makes a run again by the FILE.manifest.json that stands beside what it wrote: says which "
        "of its files, models and versions differ, runs the same command, and says whether it "
        "wrote the same bytes (exit code 0) or not (1).\v"
        "Example:\n"
        "  molglot describe -i examples/library.tsv -o facts.tsv\n"
        "  molglot rerun facts.tsv.manifest.json\n"
        "  molglot rerun --check facts.tsv.manifest.json\n"
        "\n"
        "Only commands of Molglot are run, and the files of that run stay as they are: what is "
        "written now goes to a folder of its own, which is removed, or to FILE of -o. A run is the "
        "same again on the same machine with as many threads; another processor may change the "
        "last digits of scores. No manifest is written with --no-manifest, or where "
        "$MOLGLOT_MANIFEST is no (docs/triage.md).",
        children,
        NULL,
        NULL};
    rerun_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_manifest m = {0};
    char *text = NULL;
    size_t n = 0;
    code = mg_read_file(o.manifest, MOST, &text, &n, &err);
    if (!code && (code = cli_manifest_read(text, n, &m, &err)))
        mg_fail_prefix(&err, "%s", o.manifest);
    free(text);
    if (!code) code = rerun(&o, &m, &err);
    if (code) cli_fail(&err);
    cli_manifest_free(&m);
    return code;
}
