/* eval_dials.c - `molglot eval generation --dial NAME=V,V...`: one option of drawing at several
 * values, each scored as a method of its own, and the measures over it as a chart. */
#include "app/cmd/eval.h"
#include "base/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what can be turned ---- */

typedef struct turnable {
    const char *name;
    double low, high;
    bool whole;
} turnable;
static const turnable OPTIONS[] = {
    {"temperature", 0, 100, false}, {"top-p", 0.001, 1, false}, {"guidance", -100, 100, false},
    {"pull", -1, 1, false},         {"eta", 0, 1, false},       {"diversity", 0, 1, false},
    {"copy-cost", 0, 2, false},     {"neighbours", 1, 8, true}, {"steps", 1, 10000, true},
    {"candidates", 1, 1000, true},
};

static bool is(const turnable *o, const char *name) { return strcmp(o->name, name) == 0; }

void eval_dial_set(const eval_dial *d, int k, mg_generate_options *o) {
    const turnable *turned = &OPTIONS[d->option];
    const double v = d->value[k];
    if (is(turned, "temperature")) o->temperature = (float)v;
    if (is(turned, "top-p")) o->top_p = (float)v;
    if (is(turned, "guidance")) o->guidance = (float)v;
    if (is(turned, "pull")) o->pull = (float)v;
    if (is(turned, "eta")) o->eta = (float)v;
    if (is(turned, "diversity")) o->diversity = (float)v;
    if (is(turned, "copy-cost")) o->copy_cost = (float)v;
    if (is(turned, "neighbours")) o->neighbours = (int)v;
    if (is(turned, "steps")) o->steps = (int)v;
    if (is(turned, "candidates")) o->candidates = (int)v;
}

const char *eval_dial_name(const eval_dial *d) { return OPTIONS[d->option].name; }

/* ---- reading ---- */

static const char *read_value(const turnable *o, const char *text, const char **end, double *out) {
    char *after;
    errno = 0;
    *out = strtod(text, &after);
    *end = after;
    if (after == text || errno || !isfinite(*out)) return "a number is expected";
    if (*out < o->low || *out > o->high) return "a value lies outside what the option takes";
    return o->whole && *out != floor(*out) ? "the option takes whole numbers" : NULL;
}

const char *eval_dial_read(const char *text, eval_dial *out) {
    const char *at = strchr(text, '=');
    const size_t n = at ? (size_t)(at - text) : strlen(text);
    *out = (eval_dial){0};
    while (out->option < (int)MG_COUNT(OPTIONS) &&
           (strlen(OPTIONS[out->option].name) != n || strncmp(OPTIONS[out->option].name, text, n)))
        out->option++;
    if (out->option == (int)MG_COUNT(OPTIONS))
        return "it is none of temperature, top-p, guidance, pull, eta, diversity, copy-cost, "
               "neighbours, steps and candidates";
    if (!at) return "values are expected, NAME=V,V...";
    do {
        const char *wrong = out->n == EVAL_DIAL_VALUES ? "there are more than eight values"
                                                       : read_value(&OPTIONS[out->option], at + 1,
                                                                    &at, &out->value[out->n]);
        if (wrong) return wrong;
        snprintf(out->label[out->n], sizeof out->label[0], "%s %.4g", OPTIONS[out->option].name,
                 out->value[out->n]);
        out->n++;
    } while (*at == ',');
    return *at ? "a comma is expected between values" : NULL;
}

/* ---- the chart ---- */

static double share(const mg_measure *measures, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(measures[i].name, name)) return measures[i].value.value;
    return NAN;
}

void eval_dial_chart(const eval_dial *d, const mg_scoreboard *b, mg_str *out) {
    static const struct {
        const char *name, *label;
        bool set; /* of 3M-Diffusion's, of all outputs; else of the first of each text */
    } curves[] = {{"similarity", "similarity (3M)", true},
                  {"novelty", "novelty (3M)", true},
                  {"diversity", "diversity (3M)", true},
                  {"validity", "validity", true},
                  {"exact_canonical_smiles", "exact, the first", false},
                  {"morgan2_count_tanimoto_valid_only", "Morgan, the first", false}};
    double low = INFINITY, high = -INFINITY, x[EVAL_DIAL_VALUES], y[EVAL_DIAL_VALUES];
    const int n = b->n_methods < d->n ? b->n_methods : d->n;
    for (int k = 0; k < n; k++) low = fmin(low, d->value[k]), high = fmax(high, d->value[k]);
    for (int k = 0; k < n; k++) x[k] = high > low ? (d->value[k] - low) / (high - low) : 0.5;
    mg_plot_begin(out, "what a dial does", OPTIONS[d->option].name, "share");
    if (high > low) mg_plot_scale_x(out, low, high);
    mg_plot_scale_y(out, 0, 1);
    for (size_t c = 0; c < MG_COUNT(curves); c++) {
        for (int k = 0; k < n; k++) {
            const mg_scores *s = &b->methods[k].scores;
            y[k] = curves[c].set ? share(s->kekulised, MG_SET_MEASURES, curves[c].name)
                                 : share(s->first, MG_PAIR_MEASURES, curves[c].name);
        }
        mg_plot_curve(out, x, y, (size_t)n, (int)c, curves[c].label);
    }
    mg_plot_end(out);
}
