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

/* "that is X substituted by ..., in which ...": another molecule's, whatever it says. */
static bool defines(const char *s, size_t n) {
    static const char *const signs[] = {" substituted ", " in which ", " carrying ",
                                        " bearing ",     " having ",   " position"};
    for (size_t i = 0; i < MG_COUNT(signs); i++)
        if (memmem(s, n, signs[i], strlen(signs[i]))) return true;
    return false;
}

int mg_definition_check(const mg_dictionary *names, const mg_mol *mol, mg_caption *c,
                        molglot_error *err) {
    mg_name_hits hits = {0};
    int code = mg_built_first(names, c->text, &hits, err);
    bool alike = false;
    size_t end = 0;
    mg_text_sentences(c->text, strlen(c->text), first_length, &end);
    while (end && strchr(" .", c->text[end - 1])) end--;
    const size_t begin = definition_at(c->text, end);
    c->definition = c->unread = (mg_caption_span){0, 0};
    for (size_t i = 0; i < hits.n && !alike; i++) alike = is_alike(hits.hit[i].smiles, mol);
    if (!code && hits.n) c->claims++;
    if (!code && hits.n && !alike) {
        c->definition = (mg_caption_span){begin, end};
        code = mg_caption_wrong(c, begin, end, err);
    }
    if (!hits.n && begin && c->draft.row >= 0 && !c->draft.own && !c->draft.mended &&
        !strncmp(c->text + begin, "that is ", 8) && defines(c->text + begin, end - begin))
        c->unread = (mg_caption_span){begin, end};
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

/* Where the words that name the molecule begin: behind "that is", or behind "is" of a sentence
 * without a class. 0: it is put otherwise. */
static size_t naming_at(const mg_caption *c, size_t begin) {
    static const char *const links[] = {"that is ", "which is "}, *const plain = "molecule is ";
    const char *at = c->text + begin;
    for (size_t i = 0; i < MG_COUNT(links); i++)
        if (!strncmp(at, links[i], strlen(links[i]))) return begin + strlen(links[i]);
    at = strstr(c->text, plain);
    return at && at < c->text + begin ? (size_t)(at - c->text) + strlen(plain) : 0;
}

/* What the molecule is, on the parent of a false definition if it has that; NULL: nothing that
 * would do in a sentence. */
static int own_definition(const char *sentence, const mg_mol *mol, char **phrase,
                          molglot_error *err) {
    char *parent = NULL, *name = NULL;
    *phrase = NULL;
    int code = mg_name_described_parent(sentence, &parent, err);
    if (!code && parent) code = mg_name_write(mol, parent, &name, phrase, err);
    if (!code && !*phrase) {
        free(name);
        code = mg_name_write(mol, NULL, &name, phrase, err);
    }
    if (*phrase && strlen(*phrase) > (getenv("LONGP") ? (size_t)atoi(getenv("LONGP")) : 250)) {
        free(*phrase);
        *phrase = NULL;
    }
    free(parent);
    free(name);
    return code;
}

int mg_definition_mend(const mg_caption *c, const mg_mol *mol, mg_str *out, molglot_error *err) {
    const mg_caption_span span = c->definition.end ? c->definition : c->unread;
    const size_t naming = span.begin ? naming_at(c, span.begin) : 0;
    if (!naming || span.end <= naming) return MOLGLOT_OK;
    char *sentence = malloc(span.end + 1), *phrase = NULL;
    if (!sentence) return mg_no_memory(err, "a sentence");
    memcpy(sentence, c->text, span.end);
    sentence[span.end] = 0;
    int code = own_definition(sentence, mol, &phrase, err);
    if (!code && phrase) {
        mg_str_add(out, c->text, naming);
        mg_str_addz(out, phrase);
        mg_str_addz(out, c->text + span.end);
        if (out->failed) code = mg_no_memory(err, "captions");
    }
    free(sentence);
    free(phrase);
    return code;
}
