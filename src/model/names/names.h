/* names.h - the dictionary of names: from a name to structures and back, out of one compact block
 * of memory. Nothing is unpacked before the first look-up, and a look-up unpacks the few blocks
 * that it needs; threads share a dictionary.
 */
#ifndef MG_NAMES_H
#define MG_NAMES_H

#include "base/base.h"

typedef struct mg_dictionary mg_dictionary;

/* Where a name was found with its structure; several add up. */
enum {
    MG_NAME_PUBCHEM = 1,
    MG_NAME_METANETX = 2,
    MG_NAME_FDA = 4,
    MG_NAME_CCD = 8,
    MG_NAME_CHEBI = 16,
    MG_NAME_WIKIDATA = 32,
    MG_NAME_CHOLLA = 64,
    MG_NAME_OWN = 128 /* a short name that Molglot's list gives to another name */
};
/* Adds "PubChem, ChEBI". */
void mg_name_sources(mg_str *out, unsigned sources);

/* How a name or molecule was found. */
typedef enum mg_name_how {
    MG_NAME_EXACT,  /* but for case, kinds of dashes and quotes, Greek letters */
    MG_NAME_FOLDED, /* blanks and hyphens differ, or the spelling (sulphate) */
    MG_NAME_SALT,   /* without the salt that the name says, "anhydrous" */
    MG_NAME_STEREO, /* of a molecule: with other stereo, or none; of a name: its list draws none */
    MG_NAME_NEAR,   /* of a name: with one or two wrong letters */
    MG_NAME_MADE    /* computed from the name, or from the molecule of a name inside it
                     * (search/named.c) */
} mg_name_how;
/* "exact", "folded", "salt", "stereo", "near", "computed" */
const char *mg_name_how_word(mg_name_how how);

typedef struct mg_name_hit {
    char *name;       /* as the dictionary spells it */
    char *smiles;     /* canonical, with stereo */
    int32_t molecule; /* its number in the dictionary; MG_NAME_MADE: of what it is made of, or -1 */
    unsigned sources; /* of this name */
    int grade;    /* of this name: 0 the best known, below 8 drugs' names and names of two sources
                   * or more, from 16 on systematic ones */
    int distance; /* MG_NAME_NEAR: wrong letters */
    mg_name_how how;
} mg_name_hit;
/* Zero-initialise. */
typedef struct mg_name_hits {
    mg_name_hit *hit;
    size_t n, capacity;
} mg_name_hits;
void mg_name_hits_free(mg_name_hits *h); /* and their strings */

/* The structures of a name, the best first: most sources, all stereo set, smallest. Unknown: none.
 */
int mg_dictionary_find(const mg_dictionary *d, const char *name, mg_name_hits *out,
                       molglot_error *err);
/* The names of a molecule, the best first, by its canonical SMILES; plain: the same without stereo,
 * by which those with another stereo follow, or NULL. max: at most so many. */
int mg_dictionary_names(const mg_dictionary *d, const char *smiles, const char *plain, size_t max,
                        mg_name_hits *out, molglot_error *err);
/* Names that differ from this one in one or two letters (one up to seven letters), the nearest and
 * best known first. */
int mg_dictionary_near(const mg_dictionary *d, const char *name, size_t max, mg_name_hits *out,
                       molglot_error *err);
int32_t mg_dictionary_size(const mg_dictionary *d);      /* names */
int32_t mg_dictionary_molecules(const mg_dictionary *d); /* of them */

/* The letters by which names are compared: folded as all texts (text.h), without blanks and
 * hyphens but between digits, one kind of bracket, sulph as sulf, aluminum as aluminium. */
void mg_dictionary_key(mg_str *out, const char *name, size_t n);

/* ---- as it lies in a file (model/bundle/names.c) ---- */

typedef struct mg_dictionary_bytes {
    const void *bytes;
    size_t n;
} mg_dictionary_bytes;
enum {
    MG_NAMES_BLOCKS,  /* zstd frames of MG_NAMES_A_BLOCK names each, by their keys */
    MG_NAMES_ENDS,    /* uint32 of each: where its frame ends */
    MG_NAMES_HEADS,   /* of each: its first key, ended by a zero */
    MG_NAMES_OF,      /* of each name: the number of its molecule, in as few bits as those need */
    MG_SMILES_BLOCKS, /* zstd frames of MG_NAMES_A_BLOCK canonical SMILES each, in their order */
    MG_SMILES_ENDS,   /* as above */
    MG_SMILES_HEADS,  /* as above: its first SMILES */
    MG_SMILES_STEREO, /* a bit each: whether its SMILES says stereo */
    MG_SMILES_PLAIN,  /* of each of those: uint32 of the hash of its SMILES without stereo */
    MG_DICTIONARY_PARTS
};
enum { MG_NAMES_A_BLOCK = 256 };
extern const char *const mg_dictionary_part_names[MG_DICTIONARY_PARTS];

/* Over bytes that outlive it; every size and offset is checked. NULL with err. */
mg_dictionary *mg_dictionary_open(const mg_dictionary_bytes parts[MG_DICTIONARY_PARTS],
                                  int32_t names, int32_t molecules, molglot_error *err);
void mg_dictionary_close(mg_dictionary *d);
/* MOLGLOT_BAD_FILE where this build folds names in another way than the one that sorted them: a few
 * blocks are looked at. */
int mg_dictionary_selftest(const mg_dictionary *d, molglot_error *err);
/* Unpacks all of it: MOLGLOT_BAD_FILE where it is damaged. */
int mg_dictionary_test(const mg_dictionary *d, molglot_error *err);

/* What a dictionary is made of. */
typedef struct mg_name_row {
    const char *name;
    int32_t molecule; /* of the lists below */
    uint8_t sources, grade;
} mg_name_row;
typedef struct mg_dictionary_contents {
    const mg_name_row *row;
    size_t names;
    const char *const *smiles, *const *plain; /* [molecules] canonical, with and without stereo */
    size_t molecules;
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_dictionary_contents;
/* Sorted and packed; names that fold to one key and have one molecule become one. Same contents,
 * same bytes. */
typedef struct mg_dictionary_laid {
    void *bytes; /* malloc'ed, free() it: all parts, end to end */
    mg_dictionary_bytes part[MG_DICTIONARY_PARTS];
    int32_t names, molecules;
} mg_dictionary_laid;
int mg_dictionary_lay(const mg_dictionary_contents *c, mg_dictionary_laid *out, molglot_error *err);

#endif
