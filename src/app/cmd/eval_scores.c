/* eval_scores.c - a scoreboard as JSON and as a table, for the commands that score generated
 * molecules. */
#include "app/cmd/eval.h"
#include "score/score.h"

#include <math.h>
#include <string.h>

/* ---- groups of measures, as both writers go through them ---- */

typedef struct group {
    const char *key, *title;
    const mg_measure *measures;
    int n;
    const mg_sum *sums;
    int n_sums;
} group;
enum { GROUPS = 5, EVERY = 1 };

static void groups_of(const mg_scores *s, group out[GROUPS]) {
    const group g[GROUPS] = {
        {"first_output", "first output of each prompt", s->first, MG_PAIR_MEASURES, s->first_sums,
         MG_PAIR_SUMS},
        {"all_outputs", "all outputs", s->every, MG_PAIR_MEASURES, s->every_sums, MG_PAIR_SUMS},
        {"3m_kekulised_flags_kept",
         "3M-Diffusion, Kekulised with aromatic flags kept (as published)", s->kekulised,
         MG_SET_MEASURES, s->kekulised_sums, MG_SET_SUMS},
        {"3m_plain_aromatic", "3M-Diffusion, plain fingerprints", s->plain, MG_SET_MEASURES,
         s->plain_sums, MG_SET_SUMS},
        {"outputs_alone", "outputs alone", s->output, MG_OUTPUT_MEASURES, s->output_sums,
         MG_OUTPUT_SUMS}};
    memcpy(out, g, sizeof g);
}

/* ---- JSON ---- */

enum { DIGITS = 6, SUM_DIGITS = 10 };

/* {measure: value, ..., "interval95": {measure: [low, high], ...}, "sums": {sum: value, ...}} */
static json_t *json_group(const group *g) {
    json_t *values = json_object(), *intervals = json_object(), *sums = json_object();
    for (int i = 0; i < g->n; i++) {
        const mg_measure *m = &g->measures[i];
        eval_set(&values, m->name, eval_number(m->value.value, DIGITS));
        eval_set(&intervals, m->name, eval_bounds(&m->value, DIGITS));
    }
    for (int i = 0; i < g->n_sums; i++)
        eval_set(&sums, g->sums[i].name, eval_number(g->sums[i].value, SUM_DIGITS));
    eval_set(&values, "interval95", intervals);
    eval_set(&values, "sums", sums);
    return values;
}

json_t *eval_scores_json(const mg_scoreboard *b) {
    json_t *methods = json_array();
    for (int m = 0; m < b->n_methods; m++) {
        const mg_scores *scores = &b->methods[m].scores;
        group g[GROUPS];
        groups_of(scores, g);
        json_t *method = json_object();
        eval_set(&method, "method", json_string(b->methods[m].name));
        eval_set(&method, "outputs_per_prompt", json_integer(scores->samples));
        for (int i = 0; i < GROUPS; i++) eval_set(&method, g[i].key, json_group(&g[i]));
        if (json_array_append_new(methods, method)) {
            json_decref(methods);
            return NULL;
        }
    }
    return methods;
}

/* ---- table ---- */

enum { NAME = 40, CELL = 16 };

static const char *title_of(const char *method) {
    static const char *const titles[][2] = {{"random_training_molecules", "random"},
                                            {"bm25_caption_copy", "BM25 copy"},
                                            {"tfidf_caption_copy", "TF-IDF copy"},
                                            {"aligned_space_index", "aligned space"},
                                            {"aligned_space_training", "aligned space"}};
    for (size_t i = 0; i < MG_COUNT(titles); i++)
        if (!strcmp(method, titles[i][0])) return titles[i][1];
    return method;
}

/* "0.7483 +-0.0211": half the length of the interval. */
static void table_cell(mg_str *out, const mg_interval *v) {
    char text[64];
    if (isnan(v->value))
        snprintf(text, sizeof text, "-");
    else if (v->high > v->low)
        snprintf(text, sizeof text, "%.4g +-%.2g", v->value, (v->high - v->low) / 2);
    else
        snprintf(text, sizeof text, "%.4g", v->value);
    mg_str_addf(out, " %*s", CELL, text);
}

static void table_group(mg_str *out, const mg_scoreboard *b, int which) {
    group g[GROUPS];
    groups_of(&b->methods[0].scores, g);
    mg_str_addf(out, "%s\n", g[which].title);
    for (int i = 0; i < g[which].n; i++) {
        mg_str_addf(out, "  %-*s", NAME, g[which].measures[i].name);
        for (int m = 0; m < b->n_methods; m++) {
            group of_method[GROUPS];
            groups_of(&b->methods[m].scores, of_method);
            table_cell(out, &of_method[which].measures[i].value);
        }
        mg_str_addz(out, "\n");
    }
}

void eval_scores_table(mg_str *out, const mg_scoreboard *b) {
    bool several = false;
    if (!b->n_methods) return;
    mg_str_addf(out, "%-*s", NAME + 2, "+-: half the 95 % interval");
    for (int m = 0; m < b->n_methods; m++)
        mg_str_addf(out, " %*.*s", CELL, CELL, title_of(b->methods[m].name));
    mg_str_addf(out, "\n%-*s", NAME + 2, "outputs a prompt");
    for (int m = 0; m < b->n_methods; m++) {
        mg_str_addf(out, " %*d", CELL, b->methods[m].scores.samples);
        several = several || b->methods[m].scores.samples > 1;
    }
    mg_str_addz(out, "\n");
    for (int i = 0; i < GROUPS; i++)
        if (i != EVERY || several) table_group(out, b, i);
}

int64_t eval_tangled(const mg_scoreboard *b) {
    if (!b->n_methods) return 0;
    const mg_scores *s = &b->methods[0].scores;
    return s->references_tangled + s->outputs_tangled;
}
