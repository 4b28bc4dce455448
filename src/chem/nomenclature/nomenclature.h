/* nomenclature.h - systematic names to structures: "2-chloro-4-methylbenzoic acid",
 * "N-[3-(4-chlorophenyl)-1H-pyrazol-5-yl]-2-sulfanylacetamide", "ethyl
 * 2-oxocyclohexane-1-carboxylate".
 *
 * Substitutive names as IUPAC's recommendations of 2013 (P-1 to P-6) and the older styles of
 * PubChem make them: chains, rings of the table, bicyclo and spiro systems, prefixes, one kind of
 * suffix, esters and salts, stereo descriptors; steroids, terpenes and other parents that tell
 * centres. What the grammar does not cover is refused, and so
 * is a name that can be read as two structures: an answer is meant to be right. docs/names.md has
 * measures.
 */
#ifndef MG_CHEM_NOMENCLATURE_H
#define MG_CHEM_NOMENCLATURE_H

#include "chem/chem.h"

/* *smiles: canonical with stereo, malloc'ed; NULL where the name is not understood. Fails on lack
 * of memory alone. */
int mg_name_read(const char *name, char **smiles, molglot_error *err);

/* Whether a name is one of amino acids and what they are joined to, "Ala-Gly", "N-acetylalanine":
 * a name without a digit or bracket that is more than a word. */
bool mg_name_is_peptide(const char *name);
/* Residues of "H-D-Ala-Gly-NH2"; 0: other words are in it. */
int mg_name_residues(const char *name);

/* "ApG", "d(ApT)", "dinucleotide UpA" (oligo.c): *is: words are such letters; *smiles: malloc'ed,
 * NULL where they do not say one molecule. */
int mg_name_oligo(const char *words, bool *is, char **smiles, molglot_error *err);

/* The name that a phrase describes (described.c): "phenol with a methoxy group at position 2" is
 * "2-methoxyphenol". *name is malloc'ed; NULL where it is no such phrase; its first *stereo letters
 * are stereo descriptors. Whether there is a molecule of that name is another question. Fails on
 * lack of memory alone. */
int mg_name_described(const char *text, char **name, size_t *stereo, molglot_error *err);

/* "oleic acid(1-)", "glycine zwitterion": cuts off what says the charge; false: nothing does. */
bool mg_name_take_charge(char *name, int *charge);
/* A molecule with that charge by the loss of all its acid protons, amines protonated where the sum
 * says so: canonical, malloc'ed; NULL: it has no such form. Fails on lack of memory alone. */
int mg_name_put_charge(const char *smiles, int charge, char **out, molglot_error *err);
/* Whether a name without a digit may still be meant as one molecule: it says an acyl group and on
 * what, "palmitoyl-CoA", "oleoylcarnitine". */
bool mg_name_has_group(const char *name);

/* The parent of such a phrase, without its stereo: "phenol". */
int mg_name_described_parent(const char *text, char **parent, molglot_error *err);

/* The other way round (write.c): a systematic name of a molecule, on that parent ("phenol",
 * "quinolin-2(1H)-one", "L-alanine"), or on one that is chosen where parent is NULL, and a phrase
 * that says the same: "phenol substituted by a methoxy group at position 2". Both are malloc'ed,
 * and are read back as that molecule, stereo included; NULL: none is found (phrase may be NULL
 * where name is not). Fails on lack of memory alone. */
int mg_name_write(const mg_mol *m, const char *parent, char **name, char **phrase,
                  molglot_error *err);

#endif
