/* cmd_eval.h - what the files of `molglot eval` share. */
#ifndef MG_CMD_EVAL_H
#define MG_CMD_EVAL_H

#include "app/cli.h"

/* argv[0] is "molglot eval NAME". */
int cmd_eval_generation(int argc, char **argv);
int cmd_eval_predictions(int argc, char **argv);
int cmd_eval_reconstruction(int argc, char **argv);
int cmd_eval_unconditional(int argc, char **argv);

#define EVAL_OUTPUT_OPTIONS \
    {"format", 'f', "F", 0, "table or json (default: by the extension of -o, else table)", 0}, {"output", 'o', "FILE", 0, "Write here instead of stdout", 0}

/* ---- cmd_eval_scores.c ---- */
/* The key "methods" with an array of every method's measures, sums and intervals. */
void eval_scores_json(mg_str *out, const mg_scoreboard *b);
/* Measures down, methods across. */
void eval_scores_table(mg_str *out, const mg_scoreboard *b);
/* A number, or null where there is none. */
void eval_json_number(mg_str *out, double value);
/* Writes what was put together, which is freed, to a file or stdout. */
int eval_write(mg_str *text, const char *path, molglot_error *err);

#endif
