/* eval_reconstruction.c - `molglot eval reconstruction`: how many molecules come back from a
 * model's latent space. */
#include "app/cmd/eval.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "score/score.h"

#include <string.h>

enum { OPT_GENERATOR = CLI_OWN, OPT_LIMIT };
enum { DIGITS = 6 };

typedef struct reconstruction_options {
    cli_common common;
    eval_report report;
    const char *generator;
    int64_t limit;
} reconstruction_options;

static const struct argp_option options[] = {
    {"generator", OPT_GENERATOR, "FILE", 0,
     "Writer file or bundle with a latent space (default: $MOLGLOT_GENERATOR, then the model file)",
     0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N rows", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    reconstruction_options *o = state->input;
    switch (key) {
    case OPT_GENERATOR: o->generator = arg; return 0;
    case OPT_LIMIT: o->limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *label(const mg_reconstruction_size *s, char out[32]) {
    if (s->least == 0 && s->most == 0) return "all";
    if (s->least == 0)
        snprintf(out, 32, "under %d atoms", s->most + 1);
    else if (s->most == 0)
        snprintf(out, 32, "%d atoms and more", s->least);
    else
        snprintf(out, 32, "%d to %d atoms", s->least, s->most);
    return out;
}

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static json_t *json_report(const reconstruction_options *o, const cli_generator *g,
                           const mg_reconstruction *r) {
    json_t *j = json_object(), *sizes = json_array();
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "generator", eval_text(g->file->path));
    eval_set(&j, "molecules", eval_text(o->report.file));
    eval_set(&j, "unreadable", json_integer(r->unreadable));
    for (int k = 0; k < MG_SIZES; k++) {
        const mg_reconstruction_size *s = &r->sizes[k];
        const mg_interval exact = mg_share_interval(s->exact, s->rows);
        char name[32];
        json_t *size = json_object();
        eval_set(&size, "size", json_string(label(s, name)));
        eval_set(&size, "rows", json_integer(s->rows));
        eval_set(&size, "taken", json_integer(s->taken));
        eval_set(&size, "valid", json_integer(s->valid));
        eval_set(&size, "exact", json_integer(s->exact));
        eval_set(&size, "exact_without_stereo", json_integer(s->flat));
        eval_set(&size, "share_exact", eval_number(exact.value, DIGITS));
        eval_set(&size, "interval95", eval_bounds(&exact, DIGITS));
        json_array_append_new(sizes, size);
    }
    const bool whole = json_array_size(sizes) == MG_SIZES;
    eval_set(&j, "sizes", sizes);
    if (whole) return j;
    json_decref(j);
    return NULL;
}

static void write_table(mg_str *out, const reconstruction_options *o, const mg_reconstruction *r) {
    mg_str_addf(out, "%s: molecules through the latents and back, %lld unreadable rows left out\n",
                o->report.file, (long long)r->unreadable);
    mg_str_addf(out, "  %-20s %8s %8s %8s %22s %10s\n", "size", "rows", "taken", "valid", "exact",
                "no stereo");
    for (int k = 0; k < MG_SIZES; k++) {
        const mg_reconstruction_size *s = &r->sizes[k];
        const mg_interval exact = mg_share_interval(s->exact, s->rows);
        char name[32];
        mg_str_addf(out, "  %-20s %8lld %8.4f %8.4f   %.4f [%.4f, %.4f] %9.4f\n", label(s, name),
                    (long long)s->rows, share(s->taken, s->rows), share(s->valid, s->rows),
                    exact.value, exact.low, exact.high, share(s->flat, s->rows));
    }
}

static int score(const reconstruction_options *o, cli_generator *g, mg_reconstruction *r,
                 molglot_error *err) {
    const cli_generator_options how = {.path = o->generator, .part = MG_PART_LATENT};
    mg_rows rows = {0};
    int code = cli_generator_open(g, &o->common, &how, err);
    if (!code) code = mg_rows_load(&rows, o->report.file, NULL, err);
    if (!code)
        code = mg_score_reconstruction(
            g->g, (const char *const *)rows.smiles,
            o->limit > 0 && (size_t)o->limit < rows.n ? (size_t)o->limit : rows.n, r, err);
    mg_rows_free(&rows);
    return code;
}

int cmd_eval_reconstruction(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&eval_report_argp, 0, NULL, 0}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Encodes molecules into the latents of a model and decodes them: the share that comes back "
        "as the same canonical SMILES, with and without stereo, by size. "
        "A molecule that the model cannot take (more tokens than it reads) counts as lost.\v"
        "Example:\n  molglot eval reconstruction examples/library.tsv",
        children,
        NULL,
        NULL};
    reconstruction_options o = {.report = {.wants = "molecules"}};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    mg_reconstruction r;
    mg_str out = {0};
    cli_generator g = {0};
    code = score(&o, &g, &r, &err);
    if (!code) {
        if (!o.report.json) write_table(&out, &o, &r);
        code = o.report.json ? eval_report_json(&o.report, json_report(&o, &g, &r), &err)
                             : eval_report_table(&o.report, &out, &err);
    }
    cli_generator_close(&g);
    if (code) return cli_fail(&err);
    return cli_rejects_end(&o.common, &(cli_rejects){.count = r.unreadable},
                           r.sizes[0].rows + r.unreadable);
}
