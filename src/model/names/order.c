/* order.c - molecules of a dictionary by their number, hits, and which of them are better.
 *
 *   structures of a name   that of our own list, most sources, then all stereo set, then most of
 * it, then smallest names of a molecule    lowest grade, then most sources, then the shortest
 */
#include "base/grow.h"
#include "model/names/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- molecules ---- */

int32_t names_molecule(const mg_dictionary *d, int32_t i) {
    const uint8_t *bytes = d->part[MG_NAMES_OF].bytes;
    const size_t bit = (size_t)i * (size_t)d->bits;
    uint64_t word; /* the tensor ends in eight bytes more than the numbers need */
    memcpy(&word, bytes + bit / 8, sizeof word);
    return (int32_t)(word >> bit % 8 & (((uint64_t)1 << d->bits) - 1));
}

char *names_smiles(const mg_dictionary *d, int32_t molecule, molglot_error *err) {
    names_block b;
    char *smiles = NULL;
    if (molecule >= d->molecules)
        mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is damaged",
                mg_dictionary_part_names[MG_NAMES_OF]);
    else if (!names_unpack(d, MG_SMILES_BLOCKS, molecule / MG_NAMES_A_BLOCK, &b, err)) {
        smiles = strdup(b.string[molecule % MG_NAMES_A_BLOCK]);
        if (!smiles) mg_no_memory(err, "a name");
        names_block_free(&b);
    }
    return smiles;
}

/* ---- hits ---- */

void mg_name_hits_free(mg_name_hits *h) {
    for (size_t i = 0; i < h->n; i++) {
        free(h->hit[i].name);
        free(h->hit[i].smiles);
    }
    free(h->hit);
    *h = (mg_name_hits){0};
}

mg_name_hit *names_hit(mg_name_hits *h, molglot_error *err) {
    if (!MG_GROW(h->hit, h->capacity, h->n + 1)) {
        mg_no_memory(err, "names");
        return NULL;
    }
    h->hit[h->n] = (mg_name_hit){0};
    return &h->hit[h->n++];
}

static int bits_of(unsigned sources) { return __builtin_popcount(sources); }

int names_better_name(const mg_name_hit *a, const mg_name_hit *b) {
    if (a->grade != b->grade) return a->grade - b->grade;
    const int many = bits_of(b->sources) - bits_of(a->sources);
    if (many) return many;
    const size_t na = strlen(a->name), nb = strlen(b->name);
    return na != nb ? (na < nb ? -1 : 1) : strcmp(a->name, b->name);
}

/* '@' once a centre, '/' and '\\' twice a double bond */
int names_stereo(const char *smiles) {
    int centres = 0, bonds = 0;
    for (const char *s = smiles; *s; s++) {
        centres += *s == '@' && s[1] != '@';
        bonds += *s == '/' || *s == '\\';
    }
    return centres + bonds / 2;
}

int names_better_structure(const mg_name_hit *a, const mg_name_hit *b) {
    const int own = (int)(b->sources & MG_NAME_OWN) - (int)(a->sources & MG_NAME_OWN);
    const int many = bits_of(b->sources) - bits_of(a->sources);
    const int stereo = names_stereo(b->smiles) - names_stereo(a->smiles);
    if (own) return own;
    if (many) return many;
    if (stereo) return stereo;
    const size_t na = strlen(a->smiles), nb = strlen(b->smiles);
    return na != nb ? (na < nb ? -1 : 1) : strcmp(a->smiles, b->smiles);
}
