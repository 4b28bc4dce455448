/* inside.h - what the files of this wing share:
 *   derive.c      changes of a table, "sodium salt of"
 *   configured.c  configurations
 *   edit_site.c   places as words say them, and as SMARTS
 *   edit_group.c  groups as boronic acids
 *   edit_words.c  clauses, "sulfated on its phenol OH"
 *   edit_change.c clauses that take off or turn, "the chlorine replaced by bromine"
 *   edit_swap.c   what these make of a molecule
 *   edit_react.c  reactions at all places together
 *   edit.c        what a clause makes of a molecule
 */
#ifndef MG_DERIVE_INSIDE_H
#define MG_DERIVE_INSIDE_H

#include "chem/derive/derive.h"

#include <string.h>

/* Adds the configuration that words without an article say of a name. */
int mg_configurations_read(const char *words, mg_derivation out[MG_DERIVATIONS], int *n,
                           molglot_error *err);

/* SMARTS of a carbon beside a carboxy group, its ester or amide. */
#define DERIVE_ALPHA "[CX4;H1;$(C[CX3](=[OX1])[#8,#7,#16])]"

/* ---- edit_site.c ---- */

enum { SITE_PLACES = 5 };
typedef struct site_kind {
    const char *words;              /* '|' between */
    const char *place[SITE_PLACES]; /* one atom in SMARTS without brackets: "OX2H1;$(Oc)" */
} site_kind;
extern const site_kind SITE_KINDS[];
/* Rows of it that others name. */
enum { SITE_ANY, SITE_HYDROXY, SITE_NITROGEN, SITE_CARBOXY, SITE_ACIDS, SITE_PHOSPHATE };
/* A group on a benzene ring as SMARTS of its atom there; past the last and -1: any. */
const char *site_target(int row);
bool site_has_target(int row);

enum { EDIT_WORDS = 300 };
/* Small letters, one blank at a time; false: it is too long. */
bool edit_fold(const char *s, char out[EDIT_WORDS]);
/* Whether s[0..n) is one of a list with '|' between. */
bool edit_is_one(const char *s, size_t n, const char *list);
static inline bool edit_begins(const char *s, const char *what) {
    return !strncmp(s, what, strlen(what));
}

/* ---- edit_react.c ---- */

enum { EDIT_REACTION = 600, EDIT_PLACES = 12 };
/* The molecule after `times` changes; several ways must end in one product. *several: they do not.
 */
int edit_react_times(const char rules[][EDIT_REACTION], int n, int times, const char *smiles,
                     const char *partner, char **product, bool *several, molglot_error *err);
/* How many places a list of atoms finds. */
int edit_count(const char *const *places, int n, const char *smiles, int *out, molglot_error *err);
/* "acetate", "sulfated": on a carbon it would be another group. */
bool edit_is_ester_word(const char *what);

/* ---- edit_swap.c ---- */

int edit_strip(const mg_edit *e, const char *smiles, char **product, molglot_error *err);
int edit_replace(const mg_edit *e, const char *smiles, const char *partner, char **product,
                 molglot_error *err);
int edit_turn(const mg_edit *e, const char *smiles, char **product, molglot_error *err);

/* ---- edit_change.c ---- */

bool edit_ends(const char *s, const char *what);
void edit_cut(char *s, size_t n);
/* Takes one of the list off the front. */
bool edit_take(char *s, const char *const *list, size_t n);
bool edit_set_what(mg_edit *e, const char *what, size_t n);
/* "two", "a" off the front of a group; how many; 0: not said. */
int edit_take_number(char *s);
bool edit_read_lost(const char *s, mg_edit *e);
bool edit_read_removed(const char *s, mg_edit *e);
bool edit_read_replaced(const char *s, const char *original, mg_edit *e);
bool edit_read_other_ester(const char *s, mg_edit *e);
bool edit_read_turned(const char *s, mg_edit *e);

#endif
