/* import.c - `molglot import`: a published MoMu checkpoint (PyTorch zip, legacy pickle,
 * safetensors, shards of them or a folder) into a model file. Pickle is interpreted from a
 * whitelist (tensor/files/pickle.c), never executed. */
#include "app/cli/cli.h"
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OPT_VOCAB = CLI_OWN, OPT_RECIPE, OPT_LICENCE, OPT_F32, OPT_TASK, OPT_ONLINE };

typedef struct import_options {
    cli_common common;
    const char *input, *output, *vocab, *recipe, *licence, *task;
    bool f32, online;
} import_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Model file to write (required)", 0},
    {"vocab", OPT_VOCAB, "FILE", 0,
     "MoMu: the text encoder's vocab.txt, tokenizer.json (WordPiece), or a folder with one "
     "(SciBERT's). T5: its spiece.model (default: that of CHECKPOINT's folder)",
     0},
    {"recipe", OPT_RECIPE, "FILE", 0,
     "Recipe whose [model] describes the architecture (default: MoMu as published)", 0},
    {"licence", OPT_LICENCE, "TEXT", 0,
     "Licence of the weights, stored in the file (default: \"unknown\")", 0},
    {"task", OPT_TASK, "TASK", 0,
     "T5: what it was trained to write: generate (SMILES) or caption (texts); default: unknown", 0},
    {"online", OPT_ONLINE, NULL, 0,
     "Atomas: the model that was trained, not its running average, which is what generates", 0},
    {"f32", OPT_F32, NULL, 0, "Store float32 instead of bfloat16", 0},
    {0}};

/* The published architecture (docs/reference/momu.md 1, 3, 4): GIN 5 x 300 and BERT-base. */
static const char published[] =
    "[model]\nname = \"momu-published\"\ndim = 256\ntemperature = 0.1\n"
    "text.layers = 12\ntext.pooling = \"cls\"\ntext.head = \"mlp\"\ntext.special_tokens = "
    "false\ntext.max_chars = 256\n"
    "graph.layers = 5\ngraph.published = true\ngraph.self_loop = 0\ngraph.head = \"mlp\"\n";

static error_t parse(int key, char *arg, struct argp_state *state) {
    import_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_VOCAB: o->vocab = arg; return 0;
    case OPT_RECIPE: o->recipe = arg; return 0;
    case OPT_LICENCE: o->licence = arg; return 0;
    case OPT_F32: o->f32 = true; return 0;
    case OPT_TASK:
        cli_choice(state, "--task", arg, (const char *const[]){MG_T5_GENERATE, MG_T5_CAPTION}, 2);
        o->task = arg;
        return 0;
    case OPT_ONLINE: o->online = true; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->input) argp_error(state, "one CHECKPOINT at a time");
        o->input = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->input || !o->output) argp_error(state, "CHECKPOINT and -o FILE are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct importer {
    mg_tensor_file *file;
    mg_params *params;
    mg_momu *momu;
    mg_t5 *t5;
    mg_str vocab; /* a vocab.txt, or a spiece.model */
    mg_toml *recipe;
} importer;

static int read_config(importer *x, const import_options *o, mg_momu_config *config,
                       molglot_error *err) {
    x->recipe = o->recipe ? mg_toml_load(o->recipe, err)
                          : mg_toml_parse(published, sizeof published - 1, "built-in recipe", err);
    if (!x->recipe) return err->code;
    int code = mg_vocab_read(o->vocab, &x->vocab, err);
    if (code) return code;
    mg_wordpiece *w = mg_wordpiece_new(x->vocab.s ? x->vocab.s : "", x->vocab.n, err);
    if (!w) {
        mg_fail_prefix(err, "%s (one piece a line, or a tokenizer.json)", o->vocab);
        return err->code;
    }
    code = mg_momu_config_from_toml(x->recipe, config, err);
    /* recipes leave the vocabulary's size to the vocabulary */
    config->text.encoder.vocab = mg_wordpiece_size(w);
    mg_wordpiece_free(w);
    return code;
}

/* Everything trainable must come from the file: a model with random parts would lie. */
static int check_complete(const mg_params *p, const char *path, molglot_error *err) {
    enum { NAMED = 6 };
    size_t wanted = 0, missing = 0;
    mg_str names = {0};
    for (size_t i = 0; i < mg_params_count(p); i++) {
        unsigned flags;
        const char *name;
        mg_params_at(p, i, &name, &flags);
        if (flags & MG_PARAM_FROZEN) continue;
        wanted++;
        if (mg_params_imported(p, i)) continue;
        if (missing++ < NAMED) mg_str_addf(&names, "%s%s", names.n ? ", " : "", name);
    }
    if (missing > NAMED) mg_str_addf(&names, " and %zu more", missing - NAMED);
    int code = names.failed ? mg_no_memory(err, "the output")
               : missing    ? mg_fail(err, MOLGLOT_BAD_FILE,
                                      "%s: holds %zu of the %zu tensors that the model needs (a "
                                         "whole checkpoint is wanted); missing: %s",
                                      path, wanted - missing, wanted, names.s)
                            : MOLGLOT_OK;
    mg_str_free(&names);
    return code;
}

/* Which of several copies was taken; tensors that cannot be read and were not needed. */
static int say_choices(const importer *x, const import_options *o, molglot_error *err) {
    mg_str choices = {0};
    size_t unreadable = 0;
    const char *first = NULL, *why = NULL;
    int code = mg_momu_import_choices(x->file, &choices);
    if (!code && choices.n) cli_say(&o->common, "%s", choices.s);
    mg_str_free(&choices);
    if (code) return mg_no_memory(err, "the output");
    for (size_t i = 0; i < mg_tensor_file_count(x->file); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(x->file, i);
        if (!t->unreadable || unreadable++) continue;
        first = t->name;
        why = t->unreadable;
    }
    if (unreadable)
        cli_say(&o->common, "%zu tensors that cannot be read were not needed: %s (%s)%s",
                unreadable, first, why, unreadable > 1 ? " ..." : "");
    return MOLGLOT_OK;
}

static int convert_momu(importer *x, const import_options *o, molglot_error *err) {
    mg_momu_config config;
    if (!o->vocab)
        return mg_fail(err, MOLGLOT_USAGE, "%s is no T5: --vocab FILE is needed", o->input);
    int code = read_config(x, o, &config, err);
    if (code) return code;
    x->momu = mg_momu_new(x->params, &config, err);
    if (!x->momu) return err->code;
    size_t found = 0;
    code = mg_params_build(x->params, (mg_build_options){.seed = 0}, err);
    if (!code) code = mg_momu_import(x->params, x->file, &found, err);
    if (!code) code = check_complete(x->params, o->input, err);
    if (!code) code = say_choices(x, o, err);
    if (code) return code;
    char sha[65];
    code = mg_tensor_file_sha256(x->file, sha, err);
    const char *const metadata[] = {"licence",
                                    o->licence ? o->licence : "unknown",
                                    "description",
                                    "imported from a published checkpoint",
                                    "imported.sha256",
                                    sha,
                                    NULL};
    if (!code)
        code = mg_space_part_save(o->output,
                                  &(mg_space_contents){.params = x->params,
                                                       .momu = x->momu,
                                                       .wordpiece = x->vocab.s,
                                                       .wordpiece_bytes = x->vocab.n,
                                                       .store_as = o->f32 ? NULL : "BF16",
                                                       .metadata = metadata},
                                  err);
    if (!code)
        cli_say(&o->common, "%s: %zu tensors, %lld numbers", o->output, found,
                (long long)mg_params_elements(x->params, false));
    return code;
}

/* ---- T5 ---- */

enum { MAX_CONFIG = 1 << 20, MAX_PIECES = 64 << 20 };

/* NAME beside or in the checkpoint, into out; *out stays empty where there is no such file. */
static int read_beside(const char *input, const char *name, size_t limit, mg_str *out,
                       molglot_error *err) {
    struct stat st;
    mg_str path = {0};
    const char *slash = strrchr(input, '/');
    if (stat(input, &st) == 0 && S_ISDIR(st.st_mode))
        mg_str_addf(&path, "%s/%s", input, name);
    else
        mg_str_addf(&path, "%.*s%s", slash ? (int)(slash - input + 1) : 0, input, name);
    char *data = NULL;
    size_t n = 0;
    int code = path.failed ? mg_no_memory(err, "%s", name) : MOLGLOT_OK;
    if (!code && stat(path.s, &st) == 0) code = mg_read_file(path.s, limit, &data, &n, err);
    if (!code && data) mg_str_add(out, data, n);
    if (!code && out->failed) code = mg_no_memory(err, "%s", name);
    free(data);
    mg_str_free(&path);
    return code;
}

static int read_pieces(importer *x, const import_options *o, molglot_error *err) {
    int code = MOLGLOT_OK;
    struct stat st;
    if (o->vocab && stat(o->vocab, &st) == 0 && S_ISDIR(st.st_mode))
        code = read_beside(o->vocab, "spiece.model", MAX_PIECES, &x->vocab, err);
    else if (o->vocab) {
        char *data = NULL;
        size_t n = 0;
        code = mg_read_file(o->vocab, MAX_PIECES, &data, &n, err);
        if (!code) mg_str_add(&x->vocab, data, n);
        free(data);
    } else
        code = read_beside(o->input, "spiece.model", MAX_PIECES, &x->vocab, err);
    if (code || x->vocab.n) return code;
    return mg_fail(err, MOLGLOT_USAGE,
                   "%s: no spiece.model beside it: --vocab FILE says where T5's tokeniser is",
                   o->input);
}

static int save_t5(const importer *x, const import_options *o, molglot_error *err) {
    char sha[65];
    int code = mg_tensor_file_sha256(x->file, sha, err);
    const char *const metadata[] = {"licence",
                                    o->licence ? o->licence : "unknown",
                                    "description",
                                    "imported from a published checkpoint",
                                    "imported.sha256",
                                    sha,
                                    NULL};
    if (code) return code;
    return mg_t5_part_save(o->output,
                           &(mg_t5_contents){.params = x->params,
                                             .t5 = x->t5,
                                             .pieces = x->vocab.s,
                                             .pieces_bytes = x->vocab.n,
                                             .task = o->task,
                                             .store_as = o->f32 ? NULL : "BF16",
                                             .metadata = metadata},
                           err);
}

static int convert_t5(importer *x, const import_options *o, molglot_error *err) {
    mg_t5_config c;
    mg_str prefix = {0}, json = {0};
    size_t found = 0;
    int code = mg_t5_find_in(x->file, o->online, &prefix, err);
    const char *theirs = prefix.s ? prefix.s : "";
    if (!code) code = read_beside(o->input, "config.json", MAX_CONFIG, &json, err);
    if (!code) code = mg_t5_config_of(x->file, theirs, json.n ? json.s : NULL, &c, err);
    if (!code) code = read_pieces(x, o, err);
    if (!code && !(x->t5 = mg_t5_new(x->params, "", &c, err))) code = err->code;
    if (!code) code = mg_params_build(x->params, (mg_build_options){.seed = 0}, err);
    if (!code) code = mg_params_import(x->params, x->file, "", theirs, &found, err);
    if (!code) code = check_complete(x->params, o->input, err);
    if (!code) code = save_t5(x, o, err);
    if (!code)
        cli_say(&o->common, "%s: T5, %d and %d layers of %d, %zu tensors%s%s, %lld numbers",
                o->output, c.layers, c.decoder_layers, c.d_model, found, *theirs ? " under " : "",
                theirs, (long long)mg_params_elements(x->params, false));
    mg_str_free(&prefix);
    mg_str_free(&json);
    return code;
}

static int convert(importer *x, const import_options *o, molglot_error *err) {
    x->file = mg_tensor_file_open(o->input, err);
    x->params = mg_params_new();
    if (!x->file) return err->code;
    if (!x->params) return mg_no_memory(err, "the output");
    return mg_t5_is_in(x->file) ? convert_t5(x, o, err) : convert_momu(x, o, err);
}

int cmd_import(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_talk_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "CHECKPOINT [--vocab FILE] -o FILE",
        "Turns a published checkpoint into a model file that every command reads. No pickle is "
        "executed.\v"
        "CHECKPOINT is a file, an index of shards (model.safetensors.index.json) or a folder as "
        "Hugging Face has them: MoMu, T5 v1.1 and MolT5, Atomas.\n\n"
        "Example:\n  molglot import momu.ckpt --vocab scibert_vocab.txt -o momu.safetensors\n"
        "  molglot import molt5-base-caption2smiles --task generate -o molt5.safetensors\n"
        "  molglot import atomas.ckpt --vocab molt5/spiece.model -o atomas.safetensors\n\n"
        "Single encoders (a GIN or a BERT) start a training instead: [init] files = [\"gin.pth\", "
        "\"bert.safetensors\"].",
        children,
        NULL,
        NULL};
    import_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    importer x = {0};
    code = convert(&x, &o, &err);
    mg_momu_free(x.momu);
    mg_t5_free(x.t5);
    mg_params_free(x.params);
    mg_tensor_file_close(x.file);
    mg_toml_free(x.recipe);
    mg_str_free(&x.vocab);
    return !code ? code : cli_fail(&err);
}
