/* lipid.h - inside the names of lipids and acyl-CoAs:
 *   lipid_words.c     common and short names of chains as systematic ones
 *   lipid_piece.c     a group's name as a piece of SMILES; molecules of pieces; charges
 *   lipid_glycerol.c  glycerides and glycerophospholipids
 *   lipid_sphingoid.c sphingoid bases, ceramides and what is made of them
 *   lipid_short.c     "PC(16:0/18:1(9Z))" as the name that says the same
 *   lipid_list.c      "1-palmitoyl-2-oleoyl-": groups and their places
 *   lipid_phrase.c    "a phosphatidylcholine in which the acyl groups ..." as a name
 *   lipid_made.c      "the ethanolamide of oleic acid" as a name
 *   lipid_charge.c    "the conjugate base of ...": ions of texts; all phrases
 *   lipid.c           acyl-CoAs, acylcarnitines, N-acyl amines; all of it
 * Names are folded: small letters, one blank at a time.
 */
#ifndef MG_NOMENCLATURE_LIPID_H
#define MG_NOMENCLATURE_LIPID_H

#include "chem/nomenclature/inside.h"

/* ---- lipid_words.c ---- */
enum { LIPID_TEXT = 2 * NAME_LONGEST, LIPID_LONGEST_CHAIN = 60 };
/* s[0..n) with chains as the general grammar wants them: "cis-9-octadecenoyl", "oleoyl" and
 * "(9z)-octadecenoyl" are "(9z)-octadec-9-enoyl"; group: it is one, and "succinyl" binds by one
 * end. false: it is too long, or cis and trans do not say which. */
bool lipid_respell(const char *s, size_t n, bool group, char out[LIPID_TEXT]);
/* "18:1(9z)" with its ending, "oyl" or "yl", as a systematic name; characters read; 0: it is none.
 * Prefixes "o-", "p-" and bases "d18:1" are another matter. */
size_t lipid_short_chain(const char *s, const char *ending, mg_str *out);
/* "hexadec" for 16; carbons of 1 to LIPID_LONGEST_CHAIN. */
void lipid_stem(int carbons, char out[24]);

/* ---- lipid_piece.c ---- */
enum { LIPID_ACYL = 1, LIPID_ALKYL = 2, LIPID_ALKENYL = 4, LIPID_SUGAR = 8 };
/* A group on an atom, 'O', 'N' or 'S': SMILES in which [At] on that atom is what the group is bound
 * to; malloc'ed; NULL: it is not read as one of these kinds. */
char *lipid_piece(const char *s, size_t n, char atom, unsigned kinds, bool *failed);
/* Adds it with a ring closure in the place of [At]: ".CC(=O)O%91". */
void lipid_add_piece(mg_str *out, const char *piece, int closure);
/* Canonical; NULL: it is no molecule. */
char *lipid_canonical(const char *smiles);
/* Acid protons and amines of a molecule. */
typedef struct lipid_protons {
    int phosphate, carboxy, sulfo, amines, charge;
    int amine[3]; /* with two hydrogens, one, none */
} lipid_protons;
bool lipid_protons_of(const char *smiles, lipid_protons *out);

/* ---- lipid_list.c ---- */
enum { LIPID_SLOTS = 3 };
/* Groups with places in front of a glycerol, s[0..n), as pieces on O: "1-palmitoyl-2-oleoyl-",
 * "1,2-dioleoyl-", "tripalmitoyl". false: it is none or can be read in two ways. Free pieces. */
bool lipid_list(const char *s, size_t n, char *piece[LIPID_SLOTS], bool *failed);

/* ---- whole names; canonical SMILES, NULL ---- */
char *lipid_glycerol(const char *s, bool *failed);
char *lipid_sphingoid(const char *s, bool *failed);
/* The name that a shorthand stands for; NULL. */
char *lipid_short(const char *s, bool *failed);
/* Heads of phospholipids at s, behind "phospho": SMILES that follow "OP(=O)(O)"; all of s is read;
 * NULL: it is none. into: room for what is put together. */
const char *lipid_head(const char *s, bool natural, mg_str *into, bool *failed);

/* ---- lipid_phrase.c, lipid_charge.c: a phrase, folded, as a name; *out stays empty ---- */
bool lipid_phrase(const char *s, mg_str *out, bool *failed);
int lipid_charge(const char *s, mg_str *out, molglot_error *err);
bool lipid_made(const char *s, mg_str *out); /* lipid_made.c */
/* "an octadecanoyl (stearoyl) group", "palmitic acids" as a group's name, in place. */
void lipid_clean_item(char *s);

#endif
