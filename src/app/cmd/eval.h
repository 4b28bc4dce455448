/* eval.h - what the files of `molglot eval` share. */
#ifndef MG_CMD_EVAL_H
#define MG_CMD_EVAL_H

#include "app/cli/cli.h"
#include "generate/generate.h"
#include "score/score.h"

#include <jansson.h>

/* argv[0] is "molglot eval NAME". */
int cmd_eval_caption(int argc, char **argv);
int cmd_eval_alignment(int argc, char **argv);
int cmd_eval_generation(int argc, char **argv);
int cmd_eval_predictions(int argc, char **argv);
int cmd_eval_reconstruction(int argc, char **argv);
int cmd_eval_unconditional(int argc, char **argv);

/* ---- eval_report.c ---- */
/* -f, -o and the FILE as a child of a command's argp, its input an eval_report. */
typedef struct eval_report {
    const char *wants; /* what the FILE holds, for messages; NULL: the command takes no FILE */
    bool optional;     /* it may be left out */
    const char *file, *format, *output;
    bool json; /* after parsing; else a table */
} eval_report;
extern const struct argp eval_report_argp;
/* Writes a table, which is freed, to -o or stdout. */
int eval_report_table(const eval_report *r, mg_str *text, molglot_error *err);
/* The same for an object, whose last reference this is; NULL: memory was short. */
int eval_report_json(const eval_report *r, json_t *object, molglot_error *err);
/* Takes over value. *object is NULL, and freed, once memory was short. */
void eval_set(json_t **object, const char *key, json_t *value);
/* null where there is no number; else rounded to so many significant digits, at most 10. */
json_t *eval_number(double value, int digits);
json_t *eval_text(const char *text); /* NULL: "" */
/* [low, high] */
json_t *eval_bounds(const mg_interval *v, int digits);

/* ---- eval_dials.c ---- */
enum { EVAL_DIAL_VALUES = 8 };
typedef struct eval_dial {
    int option, n; /* n: values; 0: none was asked for */
    double value[EVAL_DIAL_VALUES];
    char label[EVAL_DIAL_VALUES][48]; /* "temperature 0.7" */
} eval_dial;
/* "temperature=0.7,1,1.3". NULL, or what is wrong with it. */
const char *eval_dial_read(const char *text, eval_dial *out);
const char *eval_dial_name(const eval_dial *d);
void eval_dial_set(const eval_dial *d, int k, mg_generate_options *o);
/* SVG of the measures of a board whose first methods are the dial's values. */
void eval_dial_chart(const eval_dial *d, const mg_scoreboard *b, mg_str *out);

/* ---- eval_scores.c ---- */
/* An array of every method's measures, sums and intervals. */
json_t *eval_scores_json(const mg_scoreboard *b);
/* References and outputs of the first method that are not scored: mg_mol_tangled. They count as
 * unreadable and invalid. */
int64_t eval_tangled(const mg_scoreboard *b);
/* Measures down, methods across. */
void eval_scores_table(mg_str *out, const mg_scoreboard *b);

#endif
