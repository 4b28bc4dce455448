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

enum {
    BLOCK_OF_KEY = 14, /* letters of an InChIKey that stand for atoms and bonds */
    LONGEST_PHRASE = 200
};

/* Whether a structure is the molecule, stereo and protons aside. */
static bool is_alike(const mg_meant *x, const mg_mol *mol, uint64_t flat) {
    if (!x->read || x->flat == flat) return true;
    if (x->composition != mg_mol_composition(mol)) return false;
    mg_mol *m = mg_mol_from_smiles(x->smiles, NULL, NULL);
    char *a = m ? mg_mol_inchikey(m) : NULL, *b = mg_mol_inchikey(mol);
    const bool alike = !a || !b || !strncmp(a, b, BLOCK_OF_KEY);
    free(a);
    free(b);
    mg_mol_free(m);
    return alike;
}

/* Where a first sentence begins to define, behind its class. */
static size_t definition_at(const char *text, size_t n) {
    static const char *const links[] = {
        " that is ",      " which is ",      " obtained ",   " resulting ",
        " that results ", " which results ", " formed ",     " consisting of ",
        " in which ",     " substituted ",   " carrying ",   " composed of ",
        " comprising ",   " arising ",       " containing ", " having "};
    size_t first = n;
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = memmem(text, n, links[i], strlen(links[i]));
        if (at && (size_t)(at - text) < first) first = (size_t)(at - text);
    }
    return first < n ? first + 1 : 0;
}

int mg_definition_check(mg_readings *r, const mg_mol *mol, mg_caption *c, molglot_error *err) {
    mg_reading built;
    uint64_t key, flat = 0;
    int code = mg_readings_sentence(r, c->text, &built, err);
    bool alike = false;
    if (built.n) mg_molecule_key(mol, &key, &flat);
    for (size_t i = 0; i < built.n && !alike; i++) alike = is_alike(&built.at[i], mol, flat);
    if (!code && built.n) {
        size_t end = mg_text_first_sentence(c->text);
        while (end && strchr(" .", c->text[end - 1])) end--;
        c->claims++;
        c->definition = (mg_caption_span){0, 0};
        if (!alike) {
            c->definition = (mg_caption_span){definition_at(c->text, end), end};
            code = mg_caption_wrong(c, c->definition.begin, end, err);
        }
    }
    mg_reading_free(&built);
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
static size_t naming_at(const mg_caption *c) {
    static const char *const links[] = {"that is ", "which is "}, *const plain = "molecule is ";
    const size_t begin = c->definition.begin;
    const char *at = c->text + begin;
    for (size_t i = 0; i < MG_COUNT(links); i++)
        if (!strncmp(at, links[i], strlen(links[i]))) return begin + strlen(links[i]);
    at = strstr(c->text, plain);
    return at && at < c->text + begin ? (size_t)(at - c->text) + strlen(plain) : 0;
}

/* Longer ones would do in no sentence. */
static bool is_short(const char *phrase) { return phrase && strlen(phrase) <= LONGEST_PHRASE; }

/* What the molecule is on the parent that it shares with a sentence; *phrase NULL: it has not that
 * parent. *has: whether the sentence has one; condensations and changes of a molecule have not. */
static int on_its_parent(const char *sentence, const mg_mol *mol, bool *has, char **phrase,
                         molglot_error *err) {
    char *parent = NULL, *name = NULL;
    *phrase = NULL;
    int code = mg_name_described_parent(sentence, &parent, err);
    *has = parent != NULL;
    if (!code && parent) code = mg_name_write(mol, parent, &name, phrase, err);
    free(parent);
    free(name);
    return code;
}

/* What it is on a parent of its own choice; computed once. */
static int on_any_parent(mg_own_definition *own, const mg_mol *mol, molglot_error *err) {
    char *name = NULL;
    if (own->known) return MOLGLOT_OK;
    own->known = true;
    const int code = mg_name_write(mol, NULL, &name, &own->phrase, err);
    free(name);
    return code;
}

void mg_own_definition_free(mg_own_definition *own) {
    free(own->phrase);
    *own = (mg_own_definition){0};
}

int mg_definition_mend(const mg_caption *c, const mg_mol *mol, mg_own_definition *own, mg_str *out,
                       molglot_error *err) {
    const mg_caption_span span = c->definition;
    const size_t naming = span.begin ? naming_at(c) : 0;
    if (!naming || span.end <= naming) return MOLGLOT_OK;
    char *sentence = malloc(span.end + 1), *phrase = NULL;
    if (!sentence) return mg_no_memory(err, "a sentence");
    memcpy(sentence, c->text, span.end);
    sentence[span.end] = 0;
    bool has;
    int code = on_its_parent(sentence, mol, &has, &phrase, err);
    if (!code && has && !is_short(phrase)) code = on_any_parent(own, mol, err);
    const char *said = is_short(phrase)               ? phrase
                       : has && is_short(own->phrase) ? own->phrase
                                                      : NULL;
    if (!code && said) {
        mg_str_add(out, c->text, naming);
        mg_str_addz(out, said);
        mg_str_addz(out, c->text + span.end);
        if (out->failed) code = mg_no_memory(err, "captions");
    }
    free(sentence);
    free(phrase);
    return code;
}
