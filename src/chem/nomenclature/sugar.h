/* sugar.h - sugars within the wing of names:
 *   sugar_core.c     letters of one sugar: "beta-D-glucopyranosyl",
 * "D-glycero-D-galacto-non-2-ulo..." sugar_build.c    its atoms sugar_short.c    "D-GlcpNAc",
 * "Neu5Ac" sugar.c          its prefixes, sequences of residues sugar_compound.c all of these
 *   sugar_condensed.c "Galb1-4GlcNAc"
 *   sugar_words.c    words behind it: "6-phosphate", "5'-triphosphate"
 *   nucleoside.c     adenosine and the others
 *   glycoside.c      flavonoids, "3-O-beta-D-glucoside" behind a name
 *
 * A fragment of a sugar has locants on its carbons ("2") and on what stands on them ("o2", "n2").
 */
#ifndef MG_NOMENCLATURE_SUGAR_H
#define MG_NOMENCLATURE_SUGAR_H

#include "chem/nomenclature/inside.h"

enum { SUGAR_CARBONS = 10, SUGAR_CONFIGS = 3, SUGAR_MORE = 4 };

typedef enum {
    SUGAR_FREE,     /* a compound: "ose", "uronic acid", "itol" */
    SUGAR_GROUP,    /* a substituent: "osyl" */
    SUGAR_GLYCOSIDE /* "oside": words in front say of what */
} sugar_kind;

typedef struct sugar {
    sugar_kind kind;
    int carbons, anomeric; /* 0: there is none */
    int ring;              /* the carbon whose oxygen closes it; 0: open */
    char anomer;           /* 'a', 'b', 0: not said */
    /* of each carbon: 'R', 'L' is where its oxygen stands in Fischer's projection, 0: no centre */
    char side[SUGAR_CARBONS];
    /* bits of carbons: without oxygen; with nitrogen, a carbonyl group */
    unsigned deoxy, amino, oxo;
    struct {
        int carbon;
        const char *smiles;
    } more[SUGAR_MORE]; /* on oxygens and nitrogens */
    int mores;
    bool apiose;   /* branched: atoms of its own */
    bool cyclitol; /* a ring of carbons, none is anomeric */
    bool mirror;   /* the name does not say which of two mirror images: both are ways */
    int ene;       /* a double bond from this carbon on */
    struct {
        const char *sides; /* "RLRR" */
        bool l;
    } config[SUGAR_CONFIGS]; /* as they stand in the name; none: side[] holds it */
    int configs;
    bool acid_first, acid_last, ion, lactone;
    bool plain; /* the name does not say the ring */
} sugar;

/* ---- sugar_core.c, sugar_short.c: all of s[i..end) ---- */
bool sugar_core(const name_reader *r, size_t i, size_t end, sugar *out);
/* What kind a short form is, only what stands behind it says. */
bool sugar_short(const name_reader *r, size_t i, size_t end, sugar_kind kind, sugar *out);
bool sugar_more(sugar *s, int carbon, const char *smiles);
/* A ring of `size` from the anomeric carbon on. */
void sugar_close(sugar *s, int size);

/* ---- sugar_build.c ---- */
/* without: bits of carbons that lost their oxygen; filled: of those that have something for it. */
bool sugar_build(const sugar *s, unsigned without, unsigned filled, name_fragment *f);
/* "o2" of "2" and so on; -1: none. */
int sugar_at(const name_fragment *f, char on, const char *locant);
/* The one atom whose locant is "n" and a number; -1: there are more, or none. */
int sugar_only_nitrogen(const name_fragment *f);
/* That of a sugar's compound whose anomer is known; -1: none. */
int sugar_anomeric_oxygen(const name_fragment *f);

/* What prefixes stand in front of. */
typedef struct sugar_parent {
    sugar s;
    const struct nucleobase *base;   /* a nucleoside; NULL: none */
    const struct aglycone *aglycone; /* a flavonoid; NULL: none */
    /* its atoms, but for oxygens that prefixes take away */
    bool (*make)(const struct sugar_parent *p, unsigned without, unsigned filled, name_fragment *f);
} sugar_parent;

/* ---- nucleoside.c ---- */
void sugar_nucleoside(name_reader *r, size_t i, size_t end, name_ways *out);
/* "UDP-", "GDP-" and a sugar. */
void sugar_on_nucleotide(name_reader *r, size_t i, size_t end, name_ways *out);

/* ---- sugar_condensed.c ---- */
void sugar_condensed(name_reader *r, size_t i, size_t end, name_ways *out);

/* ---- glycoside.c ---- */
void sugar_aglycone(name_reader *r, size_t i, size_t end, name_ways *out);
void sugar_glycosides(name_reader *r, size_t i, size_t end, name_ways *out);

/* ---- sugar_words.c ---- */
void sugar_worded(name_reader *r, size_t i, size_t end, name_ways *out);
/* All acids lose their protons; false: they are not as many. */
bool sugar_discharge(name_fragment *f, int charge);

/* ---- sugar.c ---- */
/* All of s[i..core) are the prefixes of a parent. */
void sugar_prefixed(name_reader *r, size_t i, size_t core, const sugar_parent *parent,
                    name_ways *out);
void sugar_read(name_reader *r, size_t i, size_t end, sugar_kind kind, name_ways *out);

#endif
