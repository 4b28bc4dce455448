/* explain.h - what the files of `molglot explain` share: an explanation with what it is of. */
#ifndef MG_CMD_EXPLAIN_H
#define MG_CMD_EXPLAIN_H

#include "app/cli/cli.h"
#include "explain/explain.h"

typedef struct explained {
    const char *id, *smiles, *text; /* smiles: as the atoms are numbered */
    const mg_mol *m;
    const mg_explanation *e;
} explained;

/* ---- explain_sources.c ---- */
/* What the model has learned: its lexicon, its aligned space, both, and the tokens of its unified
 * model; `has_` says which. */
typedef struct explain_sources {
    mg_bundle *bundle;
    cli_engine engine;
    mg_align_pair pair;
    mg_align_tokens *aligner;
    mg_align_source lexicon, space, both, tokens;
    bool has_lexicon, has_space, has_tokens;
} explain_sources;
/* Those of `which` that the model has. On failure as well it is closed by explain_sources_close. */
enum { EXPLAIN_LEXICON = 1, EXPLAIN_SPACE = 2, EXPLAIN_TOKENS = 4, EXPLAIN_ALL = 7 };
int explain_sources_open(explain_sources *s, const cli_common *c, unsigned which,
                         molglot_error *err);
/* The best of them; NULL: there is none. */
const mg_align_source *explain_sources_best(const explain_sources *s);
void explain_sources_close(explain_sources *s);

/* ---- explain_rows.c ---- */
/* "12 C" for atom 12 of a molecule; symbols[atoms] of mg_element_symbol. */
const char **explain_symbols(const mg_mol *m, molglot_error *err);
/* Lines for people: words, phrases, sets, each with its atoms and their part of the SMILES. */
int explain_table(mg_str *out, const explained *x, molglot_error *err);
/* The heading of explain_tsv's rows. */
void explain_tsv_head(mg_str *out);
int explain_tsv(mg_str *out, int64_t row, const explained *x, molglot_error *err);

/* ---- explain_page.c ---- */
/* Its style, behind that of all pages. */
const char *explain_page_style(void);
void explain_page_begin(mg_str *out, const char *title, const char *subtitle);
int explain_page_add(mg_str *out, int64_t number, const explained *x, molglot_error *err);
void explain_page_end(mg_str *out);

/* ---- explain_picture.c ---- */
/* Halos behind atoms and bonds of a set: <g> with circles and lines of classes c0 ... c9 (fill and
 * stroke where `colours`). places: of mg_draw_svg_places. */
int explain_halos(mg_str *out, const mg_mol *m, const mg_level *l, const float *places,
                  bool colours, molglot_error *err);
enum { EXPLAIN_COLOURS = 10, EXPLAIN_WIDTH = 520, EXPLAIN_HEIGHT = 400 };
/* The colour of a set. */
const char *explain_colour(int set);
/* One explanation at one level as an SVG of its own: the drawing with halos, the text below with
 * coloured words. *height: pixels of it. Without <svg> around it. */
int explain_picture(mg_str *out, const explained *x, mg_level_kind level, int *height,
                    molglot_error *err);

#endif
