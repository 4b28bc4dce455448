/* definition.c - a caption whose first sentence says how a molecule is built, held against the
 * described one:
 *
 *   "The molecule is a wax ester obtained by formal condensation of the carboxy group of palmitic
 *    acid with the hydroxy group of nonan-1-ol."
 *
 * What it builds (search/built.c) has the described molecule's atoms and bonds, stereo and protons
 * aside, or that part of the sentence is wrong. What cannot be read is no claim.
 */
#include "caption/inside.h"
#include "chem/nomenclature/nomenclature.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_OF_KEY = 14 }; /* letters of an InChIKey that stand for atoms and bonds */

/* Whether a structure is the molecule, stereo and protons aside. */
static bool is_alike(const char *smiles, const mg_mol *mol) {
    uint64_t key, flat, own, own_flat;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!m) return true;
    mg_molecule_key(m, &key, &flat);
    mg_molecule_key(mol, &own, &own_flat);
    bool alike = flat == own_flat;
    if (!alike && mg_mol_composition(m) == mg_mol_composition(mol)) {
        char *a = mg_mol_inchikey(m), *b = mg_mol_inchikey(mol);
        alike = !a || !b || !strncmp(a, b, BLOCK_OF_KEY);
        free(a);
        free(b);
    }
    mg_mol_free(m);
    return alike;
}

/* Where a first sentence begins to define, behind its class. */
static size_t definition_at(const char *text, size_t n) {
    static const char *const links[] = {" that is ",     " which is ",      " obtained ",
                                        " resulting ",   " that results ",  " which results ",
                                        " formed ",      " consisting of ", " in which ",
                                        " substituted ", " carrying ",      " having "};
    size_t first = n;
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = memmem(text, n, links[i], strlen(links[i]));
        if (at && (size_t)(at - text) < first) first = (size_t)(at - text);
    }
    return first < n ? first + 1 : 0;
}

static int first_length(void *user, const char *s, size_t n) {
    *(size_t *)user = n;
    (void)s;
    return 1;
}

int mg_definition_check(const mg_dictionary *names, const mg_mol *mol, mg_caption *c,
                        molglot_error *err) {
    mg_name_hits hits = {0};
    int code = mg_built_first(names, c->text, &hits, err);
    bool alike = false;
    for (size_t i = 0; i < hits.n && !alike; i++) alike = is_alike(hits.hit[i].smiles, mol);
    if (!code && hits.n) {
        size_t end = 0;
        mg_text_sentences(c->text, strlen(c->text), first_length, &end);
        while (end && strchr(" .", c->text[end - 1])) end--;
        c->claims++;
        c->definition = (mg_caption_span){0, 0};
        if (!alike) {
            c->definition = (mg_caption_span){definition_at(c->text, end), end};
            code = mg_caption_wrong(c, c->definition.begin, end, err);
        }
    }
    mg_name_hits_free(&hits);
    return code;
}

bool mg_definition_cut(const mg_caption *c, mg_str *out) {
    size_t begin = c->definition.begin;
    if (!begin || c->definition.end <= begin) return false;
    while (begin && strchr(" ,", c->text[begin - 1])) begin--;
    mg_str_add(out, c->text, begin);
    mg_str_addz(out, c->text + c->definition.end);
    return true;
}

/* The first sentence, malloc'ed; NULL: no memory. */
static char *first_sentence(const mg_caption *c) {
    char *s = malloc(c->definition.end + 1);
    if (!s) return NULL;
    memcpy(s, c->text, c->definition.end);
    s[c->definition.end] = 0;
    return s;
}

/* Where the words that name the molecule begin: behind "that is", or behind "is" of a sentence
 * without a class. 0: it is put otherwise. */
static size_t naming_at(const mg_caption *c) {
    static const char *const links[] = {"that is ", "which is "}, *const plain = "molecule is ";
    const char *at = c->text + c->definition.begin;
    for (size_t i = 0; i < MG_COUNT(links); i++)
        if (!strncmp(at, links[i], strlen(links[i]))) return c->definition.begin + strlen(links[i]);
    at = strstr(c->text, plain);
    return at && at < c->text + c->definition.begin ? (size_t)(at - c->text) + strlen(plain) : 0;
}

int mg_definition_mend(const mg_caption *c, const mg_mol *mol, mg_str *out, molglot_error *err) {
    char *parent = NULL, *name = NULL, *phrase = NULL;
    const size_t naming = c->definition.begin ? naming_at(c) : 0;
    if (!naming || c->definition.end <= naming) return MOLGLOT_OK;
    char *first = first_sentence(c);
    int code = first ? mg_name_described_parent(first, &parent, err)
                     : mg_no_memory(err, "a sentence");
    if (!code && parent) code = mg_name_write(mol, parent, &name, &phrase, err);
    if (!code && phrase) {
        mg_str_add(out, c->text, naming);
        mg_str_addz(out, phrase);
        mg_str_addz(out, c->text + c->definition.end);
        if (out->failed) code = mg_no_memory(err, "captions");
    }
    free(first);
    free(parent);
    free(name);
    free(phrase);
    return code;
}
