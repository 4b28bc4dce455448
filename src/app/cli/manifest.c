/* manifest.c - what a run was made of: FILE.manifest.json beside the FILE that -o names.
 *
 *   the words of the command line, the version, digests of the files that they name and of the
 *   model's parts, the number of threads, the seeds, and digests of what was written
 *
 * Paths stand as they were given; the folder of the run and the machine's name do not. Standard
 * input is not kept. `molglot rerun` reads it again (manifest_read.c, cmd/rerun.c).
 */
#include "app/cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODELS = 32, OUTPUTS = 8 };

/* Of this run; a program does one. */
static struct {
    int argc;
    char *const *argv;
    cli_written out[OUTPUTS];
    size_t n_out;
    bool off;
    cli_manifest_model models[MODELS];
    size_t n_models;
    cli_manifest_seeds seeds;
    const char *folder, *only; /* of a rerun: where outputs go instead */
} now;

int (*cli_runner)(int argc, char **argv);

void cli_manifest_command(int argc, char *const *argv) {
    if (!now.argv) now.argc = argc, now.argv = argv;
}

void cli_manifest_off(void) { now.off = true; }

void cli_manifest_redirect(const char *folder, const char *only) {
    now.folder = folder, now.only = only;
    now.off = true;
}

/* ---- outputs ---- */

/* The output under its own name in the folder of a rerun. */
static char *moved(const char *path, size_t number) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    mg_str to = {0};
    if (now.only && !number)
        mg_str_addz(&to, now.only);
    else
        mg_str_addf(&to, "%s/%zu-%s", now.folder, number, name);
    return to.failed ? NULL : to.s;
}

/* Puts another path into the word that names an output; the words and paths stay to the end. */
static int move(cli_written *w, size_t number, int argc, char **argv) {
    if (!strcmp(w->path, "-")) return MOLGLOT_OK;
    char *to = moved(w->path, number);
    if (!to) return cli_no_memory();
    for (int i = 1; i < argc; i++) {
        const size_t n = strlen(argv[i]);
        if (w->path < argv[i] || w->path > argv[i] + n) continue;
        const size_t before = (size_t)(w->path - argv[i]);
        mg_str word = {0};
        mg_str_add(&word, argv[i], before);
        mg_str_addz(&word, to);
        free(to);
        if (word.failed) return cli_no_memory();
        argv[i] = word.s;
        w->path = word.s + before;
        return MOLGLOT_OK;
    }
    free(to);
    return cli_usage("%s cannot be written elsewhere", w->path);
}

int cli_manifest_begin(cli_written *w, size_t n, int argc, char **argv) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && now.folder && !code; i++) code = move(&w[i], i, argc, argv);
    now.n_out = n < OUTPUTS ? n : OUTPUTS;
    memcpy(now.out, w, now.n_out * sizeof *w);
    return code;
}

size_t cli_manifest_outputs(const char *paths[], size_t most) {
    const size_t n = now.n_out < most ? now.n_out : most;
    for (size_t i = 0; i < n; i++) paths[i] = now.out[i].path;
    return n;
}

/* ---- models ---- */

static void note_part(const char *name, const char *part, const char *sha256) {
    for (size_t i = 0; i < now.n_models; i++)
        if (!strcmp(now.models[i].sha256, sha256)) return;
    if (now.n_models == MODELS) return;
    cli_manifest_model *m = &now.models[now.n_models++];
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->part, sizeof m->part, "%s", part);
    snprintf(m->sha256, sizeof m->sha256, "%s", sha256);
}

void cli_manifest_bundle(mg_bundle *b) {
    static const char *const parts[] = {MG_PART_SPACE,  MG_PART_WRITER, MG_PART_LATENT,
                                        MG_PART_ATOMAS, MG_PART_MEMORY, MG_PART_NAMES,
                                        MG_PART_RERANK, MG_PART_BASIS,  MG_PART_LEXICON,
                                        MG_PART_HEADS,  MG_PART_MOTIF,  MG_PART_MOFLOW};
    if (!now.n_out || (now.off && !now.folder)) return;
    const char *path = mg_bundle_path(b), *slash = strrchr(path, '/');
    for (size_t i = 0; i < MG_COUNT(parts); i++) {
        char sha256[65];
        if (mg_bundle_used(b, parts[i]) && !mg_bundle_digest(b, parts[i], sha256, NULL))
            note_part(slash && slash[1] ? slash + 1 : path, parts[i], sha256);
    }
}

size_t cli_manifest_models(const cli_manifest_model **models) {
    *models = now.models;
    return now.n_models;
}

/* ---- seeds ---- */

const char *const cli_seed_names[CLI_SEEDS] = {"seed", "scoring_seed"};

void cli_manifest_seed(const char *name, uint64_t seed) {
    for (int i = 0; i < CLI_SEEDS; i++)
        if (!strcmp(name, cli_seed_names[i])) now.seeds.there[i] = true, now.seeds.seed[i] = seed;
}

const cli_manifest_seeds *cli_manifest_seeded(void) { return &now.seeds; }

/* A number, or its digits where JSON's integers are too small. */
static json_t *seed_json(uint64_t seed) {
    char digits[24];
    if (seed <= INT64_MAX) return json_integer((json_int_t)seed);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)seed);
    return json_string(digits);
}

static bool add_seeds(json_t *o) {
    bool ok = o != NULL;
    for (int i = 0; i < CLI_SEEDS && ok; i++)
        if (now.seeds.there[i])
            ok = !json_object_set_new(o, cli_seed_names[i], seed_json(now.seeds.seed[i]));
    return ok;
}

/* ---- digests ---- */

int cli_digest(const char *path, int64_t most, int64_t *bytes, char sha256[65],
               molglot_error *err) {
    char block[1 << 16];
    struct stat st;
    mg_sha256 sha;
    FILE *f = fopen(path, "rb");
    if (!f || fstat(fileno(f), &st)) {
        if (f) fclose(f);
        return mg_fail(err, MOLGLOT_FAILED, "%s: %s", path, strerror(errno));
    }
    *bytes = st.st_size;
    mg_sha256_init(&sha);
    for (size_t n; most > 0 && (n = fread(block, 1, sizeof block, f)) > 0; most -= (int64_t)n)
        mg_sha256_add(&sha, block, n);
    const bool failed = ferror(f) != 0;
    fclose(f);
    if (failed) return mg_fail(err, MOLGLOT_FAILED, "%s: %s", path, strerror(errno));
    mg_sha256_hex(&sha, sha256);
    return MOLGLOT_OK;
}

bool cli_is_file(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

static json_t *file_json(const char *path, int64_t most) {
    char sha256[65];
    int64_t bytes = 0;
    if (cli_digest(path, most, &bytes, sha256, NULL)) return NULL;
    json_t *o = json_pack("{s:s, s:I, s:s}", "path", path, "bytes", (json_int_t)bytes, "sha256",
                          sha256);
    if (o && bytes > most) json_object_set_new(o, "of_first_bytes", json_integer(most));
    return o;
}

static bool is_output(const char *path) {
    struct stat a, b;
    if (stat(path, &a)) return false;
    for (size_t i = 0; i < now.n_out; i++)
        if (!stat(now.out[i].path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino) return true;
    return false;
}

/* Files that a word names: as it is, behind its '-x', behind its '='. */
static int add_inputs(json_t *list, const char *word) {
    const char *at[] = {word, word[0] == '-' && word[1] ? word + 2 : "", strchr(word, '='),
                        strrchr(word, '=')};
    for (size_t i = 0; i < MG_COUNT(at); i++) {
        const char *path = at[i] && i > 1 ? at[i] + 1 : at[i];
        if (!path || !*path || (i == 3 && at[3] == at[2])) continue;
        if (!cli_is_file(path) || is_output(path)) continue;
        if (json_array_append_new(list, file_json(path, CLI_DIGEST_MOST))) return -1;
    }
    return 0;
}

/* ---- writing ---- */

static json_t *words_json(void) {
    json_t *list = json_array();
    for (int i = 0; i < now.argc; i++)
        if (json_array_append_new(list, json_string(now.argv[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* NULL: a word or a path is not UTF-8, a file is gone, or there is no memory. */
static json_t *manifest_json(int code) {
    json_t *words = words_json(), *inputs = json_array(), *models = json_array(),
           *outputs = json_array();
    bool ok = words != NULL, reads_stdin = false;
    for (int i = 1; i < now.argc && ok; i++) {
        reads_stdin |= !strcmp(now.argv[i], "-");
        ok = !add_inputs(inputs, now.argv[i]);
    }
    for (size_t i = 0; i < now.n_models && ok; i++)
        ok = !json_array_append_new(models,
                                    json_pack("{s:s, s:s, s:s}", "name", now.models[i].name, "part",
                                              now.models[i].part, "sha256", now.models[i].sha256));
    for (size_t i = 0; i < now.n_out && ok; i++)
        if (cli_is_file(now.out[i].path))
            ok = !json_array_append_new(outputs, file_json(now.out[i].path, INT64_MAX));
    json_t *o = ok ? json_pack("{s:i, s:s, s:s, s:O, s:b, s:O, s:O, s:i, s:i, s:O}",
                               "molglot_manifest", 1, "version", MOLGLOT_VERSION, "chemistry",
                               mg_chem_version(), "command", words, "standard_input", reads_stdin,
                               "inputs", inputs, "models", models, "threads", omp_get_max_threads(),
                               "exit", code, "outputs", outputs)
                   : NULL;
    if (o && !add_seeds(o)) {
        json_decref(o);
        o = NULL;
    }
    json_decref(words);
    json_decref(inputs);
    json_decref(models);
    json_decref(outputs);
    return o;
}

/* Whether there is nothing at path, or a manifest. */
static bool may_replace(const char *path) {
    char head[128] = "";
    FILE *f = fopen(path, "rb");
    if (!f) return errno == ENOENT;
    const size_t n = fread(head, 1, sizeof head - 1, f);
    fclose(f);
    head[n] = 0;
    return strstr(head, "\"molglot_manifest\"") != NULL;
}

static int write_manifest(const char *output, int code, molglot_error *err) {
    mg_str path = {0};
    mg_str_addf(&path, "%s%s", output, CLI_MANIFEST);
    if (path.failed) return mg_no_memory(err, "a manifest");
    int failed = MOLGLOT_OK;
    json_t *o = may_replace(path.s) ? manifest_json(code) : NULL;
    char *text = o ? json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(o);
    if (text) {
        mg_outfile file;
        failed = mg_outfile_open(&file, path.s, err);
        if (!failed) {
            fprintf(file.f, "%s\n", text);
            failed = mg_outfile_commit(&file, err);
        }
    } else if (!may_replace(path.s))
        cli_say(NULL, "no manifest: %s is something else", path.s);
    else
        cli_say(NULL, "no manifest of %s: a word of the command line is not UTF-8", output);
    free(text);
    mg_str_free(&path);
    return failed;
}

/* Their runs keep their own, or make pictures. */
static bool is_left_out(const char *command) {
    static const char *const names[] = {"train", "depict", "serve", "mcp", "rerun"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(command, names[i])) return true;
    return false;
}

int cli_manifest_end(int code) {
    const char *env = getenv("MOLGLOT_MANIFEST");
    molglot_error err = {0};
    if ((code && code != MOLGLOT_REJECTED) || now.off || !now.n_out || !now.argc) return code;
    if (is_left_out(now.argv[0]) || (env && (!strcmp(env, "no") || !strcmp(env, "0")))) return code;
    size_t first = 0;
    while (first < now.n_out && !cli_is_file(now.out[first].path)) first++;
    if (first == now.n_out) return code;
    return write_manifest(now.out[first].path, code, &err) ? cli_fail(&err) : code;
}
