/* generate.h - what the files of `molglot generate` share. */
#ifndef MG_CMD_GENERATE_H
#define MG_CMD_GENERATE_H

#include "app/cli/cli.h"

/* ---- generate_texts.c ---- */
/* A sentence that is a name of the dictionary. */
typedef struct generate_name {
    mg_named named; /* hits.n 0: it is none */
    bool blind;     /* the model knows no word of it */
    bool drawn;     /* draws are analogues of its molecule */
} generate_name;
typedef struct generate_texts {
    const mg_dictionary *names; /* or NULL */
    mg_embedder *embedder;      /* NULL: words are not asked for */
    const char *keep;           /* --keep */
    bool as_text;               /* --by text */
    const mg_groups *groups;    /* to read what is asked with; NULL: --soft */
} generate_texts;
/* Whether it is a text at all. */
bool generate_usable(const char *text, molglot_row_status *status);
/* Whether a sentence says something that the model knows; --by text asks for no more. A name says
 * enough. */
int generate_check_text(const generate_texts *t, const char *text, generate_name *name,
                        molglot_row_status *status, molglot_error *err);

/* ---- generate_near.c: a molecule of an answer beside what is known ---- */
typedef struct generate_near {
    mg_alike
        near; /* the nearest molecule of the library; with --triage without one, of the memory */
    mg_known known; /* the library's row that is this molecule; row -1: none */
    cli_triaged triaged;
} generate_near;
typedef struct generate_looks {
    const mg_index *library; /* or NULL */
    mg_memory known;         /* the library, else with --triage the generator's memory */
    mg_embedder *embedder;   /* NULL: nothing is near */
    int threads;
    cli_triage triage;
} generate_looks;
/* near[a->n], zeroed; freed by generate_near_free in any case. */
int generate_find_near(generate_looks *l, const mg_answer *a, generate_near *near,
                       molglot_error *err);
void generate_near_free(generate_near *near, size_t n);

#endif
