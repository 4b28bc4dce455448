/* api.h - what the files behind include/molglot.h share. Only for src/app/api.
 *
 *   options.c   option structs of any version
 *   fork.c      the library in a forked child
 *   writer.c    writers
 *   api.c       models, sessions, embedding
 *   index.c     building, reading and searching indexes
 *   find.c      finding rows by molecule, text, words and names
 *   generate.c  generators, latents
 *   caption.c   captions of molecules
 *   predict.c   properties of molecules
 *   names.c     names of molecules
 *   molecule.c  pictures, standard forms, facts
 *   triage.c    lists of controlled substances, alerts, scores
 */
#ifndef MG_API_H
#define MG_API_H

#include "chem/triage/triage.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <sys/types.h>

struct molglot_session {
    const molglot_model *model;
    mg_embedder *embedder;
    int threads;
    molglot_progress on_progress;
    void *user;
    pid_t process;     /* the only one where it works; 0: any */
    mg_groups *groups; /* made when words are first asked for */
    /* made when they are first wanted: with the names of the model, and without */
    mg_reranker *rerank[2];
};

struct molglot_index {
    mg_index *index;
};

struct molglot_screen {
    mg_screen *screen;
    mg_triager *triager;
};

struct molglot_writer {
    mg_bundle *bundle; /* which loads a writer when it is first asked for */
};

/* ---- options.c ---- */
/* mine, which holds the defaults, takes over what the caller's struct has of the same members.
 * theirs: NULL, or begins with its size. what: for the message. */
int api_options_take(void *mine, size_t size, const void *theirs, const char *what,
                     molglot_error *err);
/* The defaults to a caller whose struct has `size` bytes; members beyond mine become zero. */
void api_options_give(void *theirs, size_t size, const void *mine, size_t my_size);

/* ---- fork.c ---- */
/* Before the first parallel region: makes the library work in a child. Any number of times. */
void api_prepare_fork(void);
/* The process in which what computes on this device works; 0: any. */
pid_t api_process_of(const char *device);
/* MOLGLOT_FAILED in a child of that process. */
int api_check_process(pid_t process, molglot_error *err);

/* ---- api.c ---- */
mg_bundle *api_bundle_of(const molglot_model *model);
/* As molglot_model_sha256. */
const char *api_identity(const molglot_model *model, molglot_error *err);
/* Whether the index was made with this model, under its identity of today or an earlier one. */
bool api_made_by(const molglot_model *model, const mg_index *x);
/* Makes s->groups, unless they are there. */
int api_groups(molglot_session *s, molglot_error *err);
/* The session's re-ranker; NULL where its model has none. */
int api_reranker(molglot_session *s, bool no_names, mg_reranker **out, molglot_error *err);
/* MOLGLOT_USAGE unless there are rows [n], if n is not 0. what: for the message. */
int api_check_rows(const char *what, const char *const *rows, size_t n, molglot_error *err);
/* Rows [n] with an empty one, which every reader refuses, where one is NULL: the given ones where
 * none is. api_rows_give lets them go, and says in status, unless that is NULL, which were NULL. */
int api_rows_take(const char *const *given, size_t n, const char *const **rows, molglot_error *err);
void api_rows_give(const char *const *given, const char *const *rows, size_t n,
                   molglot_row_status *status);

/* The model's own memory; NULL where it has none, or one of another space. */
int api_memory_part(const molglot_model *model, const mg_memory_part **out, molglot_error *err);

/* What RDKit was refused memory for turns into a molecule that cannot be read, a value or a drawing
 * that is not there. So a call that began when mg_chem_refusals() was `before` and was about to say
 * `code` says MOLGLOT_NO_MEMORY where it has grown, also through another thread's call. */
int api_whole(long before, int code, molglot_error *err);

/* ---- molecule.c ---- */
/* Of SMILES or a molfile. NULL with err, and with row (which may be NULL) where the molecule cannot
 * be read. */
mg_mol *api_read_molecule(const char *what, const char *molecule, molglot_row_status *row,
                          molglot_error *err);

/* ---- index.c ---- */
/* MOLGLOT_BAD_FILE unless the session's model made the index. */
int api_check_index(const molglot_session *s, const molglot_index *x, molglot_error *err);

#endif
