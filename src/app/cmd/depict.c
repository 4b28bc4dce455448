/* depict.c - `molglot depict`: drawings of molecules as SVG, PNG or one HTML page. */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_WIDTH = CLI_OWN, OPT_HEIGHT };

typedef struct depict_options {
    cli_common common;
    const char *output, *format;
    int width, height;
    char **smiles;
    size_t n;
} depict_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0,
     "out.svg, out.png or out.html (default: SVG on stdout; several molecules as PNG: out-1.png, "
     "out-2.png, ...)",
     0},
    {"format", 'f', "F", 0, "svg, png, html (default: by the extension of -o)", 0},
    {"width", OPT_WIDTH, "PIXELS", 0, "Width of one drawing (default 360)", 0},
    {"height", OPT_HEIGHT, "PIXELS", 0, "Height of one drawing (default 280)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    depict_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_WIDTH: o->width = (int)cli_number(state, arg, "--width", 50, 10000); return 0;
    case OPT_HEIGHT: o->height = (int)cli_number(state, arg, "--height", 50, 10000); return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARGS:
        o->smiles = state->argv + state->next;
        o->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!o->n) argp_error(state, "SMILES is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* One drawing as it is, several in a grid. */
static int compose_svg(const depict_options *o, char **drawings, size_t n, mg_str *out) {
    mg_str placed = {0};
    if (n == 1) mg_str_addz(out, drawings[0]);
    for (size_t i = 0; n > 1 && i < n; i++)
        cli_svg_place(&placed, drawings[i], i, o->width, o->height);
    if (placed.s) cli_svg_grid(out, placed.s, n, o->width, o->height);
    const bool failed = out->failed || placed.failed;
    mg_str_free(&placed);
    return failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int write_out(const char *path, const void *bytes, size_t n, molglot_error *err) {
    cli_out out;
    int code = cli_out_open(&out, path, err);
    if (code) return code;
    fwrite(bytes, 1, n, out.f);
    code = cli_out_close(&out, err);
    if (code) cli_out_abort(&out);
    return code;
}

static int write_png(const depict_options *o, const mg_mol *m, size_t number, size_t of,
                     molglot_error *err) {
    char path[4096];
    const char *dot = strrchr(o->output, '.');
    if (of == 1 || !strcmp(o->output, "-") || !dot)
        snprintf(path, sizeof path, "%s", o->output);
    else
        snprintf(path, sizeof path, "%.*s-%zu%s", (int)(dot - o->output), o->output, number, dot);
    mg_draw_options d = {.width = o->width, .height = o->height};
    uint8_t *png = NULL;
    size_t bytes = 0;
    int code = mg_draw_png(m, &d, &png, &bytes, err);
    if (!code) code = write_out(path, png, bytes, err);
    free(png);
    return code;
}

static int write_svg(const depict_options *o, mg_mol **mols, size_t n, molglot_error *err) {
    char **drawings = calloc(n, sizeof *drawings);
    mg_str out = {0};
    int code = drawings ? MOLGLOT_OK : mg_no_memory(err, "the output");
    mg_draw_options d = {.width = o->width, .height = o->height};
    for (size_t i = 0; i < n && !code; i++) code = mg_draw_svg(mols[i], &d, &drawings[i], err);
    if (!code && compose_svg(o, drawings, n, &out) != MOLGLOT_OK)
        code = mg_no_memory(err, "the output");
    if (!code) code = write_out(o->output, out.s, out.n, err);
    for (size_t i = 0; drawings && i < n; i++) free(drawings[i]);
    free(drawings);
    mg_str_free(&out);
    return code;
}

static int write_html(const depict_options *o, char **smiles, mg_mol **mols, size_t n,
                      molglot_error *err) {
    mg_str out = {0};
    cli_page_begin(&out, "Molglot depiction", "");
    cli_page_section(&out, n == 1 ? smiles[0] : "Molecules", "");
    for (size_t i = 0; i < n; i++) {
        char *formula = mg_mol_formula(mols[i]), weight[64];
        snprintf(weight, sizeof weight, "molecular weight %.2f g/mol", mg_mol_weight(mols[i]));
        cli_card card = {smiles[i], formula ? formula : "", weight, 0, false, NULL};
        cli_page_card(&out, &card);
        free(formula);
    }
    cli_page_end(&out, "Molglot " MOLGLOT_VERSION ", drawn by RDKit.");
    int code = out.failed ? mg_no_memory(err, "the output")
                          : write_out(o->output, out.s, out.n, err);
    mg_str_free(&out);
    return code;
}

int cmd_depict(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "SMILES...",
                                     "Draws molecules.\vExample:\n  molglot depict "
                                     "'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -o caffeine.svg\n"
                                     "  molglot depict CCO c1ccccc1 -o two.html",
                                     children,
                                     NULL,
                                     NULL};
    depict_options o = {.width = 360, .height = 280};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "svg");
    bool png = !strcmp(format, "png"), svg = !strcmp(format, "svg"), html = !strcmp(format, "html");
    if (!png && !svg && !html) return cli_usage("unknown format '%s' (svg, png, html)", format);
    if (png && !o.output) o.output = "-";
    molglot_error err = {0};
    cli_rejects rejects = {0};
    mg_mol **mols = calloc(o.n, sizeof *mols);
    size_t n = 0;
    if (!mols) return cli_no_memory();
    char **good = o.smiles; /* accepted SMILES move to the front */
    for (size_t i = 0; i < o.n; i++) {
        molglot_row_status row;
        mols[n] = mg_mol_from_smiles(o.smiles[i], NULL, &row);
        if (mols[n])
            good[n++] = o.smiles[i];
        else
            cli_reject(&o.common, &rejects, "argument", (int64_t)i + 1, o.smiles[i], &row);
    }
    if (n == 0)
        code = mg_fail(&err, MOLGLOT_FAILED, "no molecule to draw");
    else if (png)
        for (size_t i = 0; i < n && !code; i++) code = write_png(&o, mols[i], i + 1, n, &err);
    else
        code = svg ? write_svg(&o, mols, n, &err) : write_html(&o, good, mols, n, &err);
    for (size_t i = 0; i < n; i++) mg_mol_free(mols[i]);
    free(mols);
    if (code) return cli_fail(&err);
    return cli_rejects_end(&o.common, &rejects, (int64_t)o.n);
}
