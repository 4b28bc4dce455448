/* eval.h - what the files of `molglot eval` share. */
#ifndef MG_CMD_EVAL_H
#define MG_CMD_EVAL_H

#include "app/cli/cli.h"
#include "score/score.h"

/* argv[0] is "molglot eval NAME". */
int cmd_eval_generation(int argc, char **argv);
int cmd_eval_predictions(int argc, char **argv);
int cmd_eval_reconstruction(int argc, char **argv);
int cmd_eval_unconditional(int argc, char **argv);

/* ---- eval_report.c ---- */
/* -f, -o and the FILE as a child of a command's argp, its input an eval_report. */
typedef struct eval_report {
    const char *wants; /* what the FILE holds, for messages; NULL: the command takes no FILE */
    const char *file, *format, *output;
    bool json; /* after parsing; else a table */
} eval_report;
extern const struct argp eval_report_argp;
/* Writes what was put together, which is freed, to -o or stdout. */
int eval_report_write(const eval_report *r, mg_str *text, molglot_error *err);

/* ---- eval_scores.c ---- */
/* The key "methods" with an array of every method's measures, sums and intervals. */
void eval_scores_json(mg_str *out, const mg_scoreboard *b);
/* Measures down, methods across. */
void eval_scores_table(mg_str *out, const mg_scoreboard *b);
/* A number, or null where there is none. */
void eval_json_number(mg_str *out, double value);

#endif
