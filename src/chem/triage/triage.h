/* triage.h - what is looked at before a molecule is taken further: lists of controlled substances,
 * structural alerts, QED, and how easily it may be made.
 *
 * None of these is a statement about effect, legality or safety: a list says what its rows match.
 */
#ifndef MG_CHEM_TRIAGE_H
#define MG_CHEM_TRIAGE_H

#include "chem/chem.h"
#include "chem/facts/facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- lists of controlled substances (screen.c) ----
 * Built in: control.tsv, whose first lines say how it is written. Many threads may use one. */
typedef struct mg_screen mg_screen;
/* more[n], or NULL: a site's own lists in the same form, behind those that are built in; each row
 * is held against its examples. MOLGLOT_BAD_FILE names the row. */
mg_screen *mg_screen_new(const char *more, size_t n, molglot_error *err);
void mg_screen_free(mg_screen *s);
const char *mg_screen_lists(const mg_screen *s); /* "CWC 2020-06-07; UN 1988 2024-12-03" */
/* Holds a molecule against all lists. *found is malloc'ed: "no match", or "match: LIST ENTRY
 * (words); ...", or "near: LIST ENTRY (words, Tanimoto 0.81)". A pattern that cannot be held
 * against it is MOLGLOT_FAILED: no molecule passes because the screen failed. */
int mg_screen_mol(const mg_screen *s, const mg_mol *m, char **found, molglot_error *err);
/* The same of a SMILES, which RDKit must read. */
int mg_screen_smiles(const mg_screen *s, const char *smiles, char **found, molglot_error *err);
/* Whether what was found is more than "no match"; NULL: not screened, no. */
bool mg_screen_flags(const char *found);

typedef struct mg_screen_entry {
    const char *list, *version, *source; /* of its list */
    const char *kind, *id, *words;       /* "class", "rest", "exact", "silent" */
    const char *pattern;                 /* SMARTS, or structures with | between */
    const char *yes, *no;                /* with | between; "" where not given */
} mg_screen_entry;
size_t mg_screen_count(const mg_screen *s);
mg_screen_entry mg_screen_at(const mg_screen *s, size_t entry);
/* Whether that entry alone holds the molecule, but for `near`; *match. */
int mg_screen_try(const mg_screen *s, size_t entry, const mg_mol *m, bool *match,
                  molglot_error *err);

/* ---- structural alerts (alerts.c) ----
 * alerts.tsv: PAINS (Baell and Holloway 2010) and Brenk et al. 2008, as RDKit has them. */
typedef struct mg_alerts mg_alerts;
mg_alerts *mg_alerts_new(molglot_error *err); /* many threads may use one */
void mg_alerts_free(mg_alerts *a);
size_t mg_alerts_size(const mg_alerts *a);
/* *found: "Brenk: aldehyde, nitro group; PAINS: quinone A", "" for none; malloc'ed. *n: how many.
 * MOLGLOT_FAILED where a pattern cannot be held against it. */
int mg_alerts_of(const mg_alerts *a, const mg_mol *m, char **found, int *n, molglot_error *err);

/* ---- synthetic accessibility (accessible.c) ----
 * 1 (easy) to 10 after Ertl and Schuffenhauer 2009, doi:10.1186/1758-2946-1-8, with the 24,000
 * commonest of their fragments; rarer ones count alike. */
typedef struct mg_fragments mg_fragments;
mg_fragments *mg_fragments_new(molglot_error *err); /* many threads may use one */
void mg_fragments_free(mg_fragments *x);
/* f: of mg_facts_numbers */
int mg_accessible(const mg_fragments *x, const mg_mol *m, const mg_facts *f, double *out,
                  molglot_error *err);

/* ---- all of it (triage.c) ---- */
typedef struct mg_triager mg_triager;
mg_triager *mg_triager_new(molglot_error *err); /* many threads may use one */
void mg_triager_free(mg_triager *t);
typedef struct mg_triage {
    char *alerts; /* as mg_alerts_of has it; malloc'ed */
    int n_alerts;
    double qed, accessible;
} mg_triage;
int mg_triage_of(const mg_triager *t, const mg_mol *m, mg_triage *out, molglot_error *err);
void mg_triage_free(mg_triage *t);

#ifdef __cplusplus
}
#endif
#endif
