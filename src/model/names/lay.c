/* lay.c - names and molecules laid out as a dictionary: sorted, made one where they are one, packed
 * in blocks. The same contents give the same bytes.
 */
#include "model/names/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct sortable {
    char *key;
    mg_name_row row; /* its molecule by its new number */
} sortable;

typedef struct laying {
    const mg_dictionary_contents *c;
    sortable *all;   /* [names] */
    size_t n;        /* of those that are left */
    int32_t *order;  /* [molecules] of the contents, by SMILES */
    int32_t *number; /* [molecules] of each, its place in that order */
    mg_str part[MG_DICTIONARY_PARTS];
} laying;

/* ---- molecules ---- */

static int by_smiles(const void *x, const void *y, void *user) {
    const mg_dictionary_contents *c = user;
    return strcmp(c->smiles[*(const int32_t *)x], c->smiles[*(const int32_t *)y]);
}

static int lay_molecules(laying *l, molglot_error *err) {
    const mg_dictionary_contents *c = l->c;
    const int32_t n = (int32_t)c->molecules;
    const char *strings[MG_NAMES_A_BLOCK];
    int code = MOLGLOT_OK;
    for (int32_t i = 0; i < n; i++) l->order[i] = i;
    qsort_r(l->order, c->molecules, sizeof *l->order, by_smiles, (void *)(uintptr_t)c);
    for (int32_t i = 0; i < n; i++) l->number[l->order[i]] = i;
    for (int32_t first = 0; first < n && !code; first += MG_NAMES_A_BLOCK) {
        const int32_t many = n - first < MG_NAMES_A_BLOCK ? n - first : MG_NAMES_A_BLOCK;
        for (int32_t i = 0; i < many; i++) strings[i] = c->smiles[l->order[first + i]];
        code = names_pack(&l->part[MG_SMILES_BLOCKS], strings, NULL, many, err);
        const uint32_t end = (uint32_t)l->part[MG_SMILES_BLOCKS].n;
        mg_str_add(&l->part[MG_SMILES_ENDS], &end, sizeof end);
        mg_str_add(&l->part[MG_SMILES_HEADS], strings[0], strlen(strings[0]) + 1);
    }
    uint8_t byte = 0;
    for (int32_t i = 0; i < n && !code; i++) {
        const char *smiles = c->smiles[l->order[i]], *plain = c->plain[l->order[i]];
        if (strcmp(smiles, plain) != 0) {
            const uint32_t hash = (uint32_t)mg_hash64(plain, strlen(plain), 0);
            mg_str_add(&l->part[MG_SMILES_PLAIN], &hash, sizeof hash);
            byte = (uint8_t)(byte | 1u << i % 8);
        }
        if (i % 8 != 7 && i != n - 1) continue;
        mg_str_add(&l->part[MG_SMILES_STEREO], &byte, 1);
        byte = 0;
    }
    return code;
}

/* ---- names ---- */

/* Capitals and Greek say more than a name in small letters. */
static int by_key(const void *x, const void *y) {
    const sortable *a = x, *b = y;
    int order = strcmp(a->key, b->key);
    if (!order) order = a->row.molecule - b->row.molecule;
    if (!order) order = a->row.grade - b->row.grade;
    return order ? order : strcmp(a->row.name, b->row.name);
}

static int sort_names(laying *l, molglot_error *err) {
    const mg_dictionary_contents *c = l->c;
    for (size_t i = 0; i < c->names; i++) {
        mg_str key = {0};
        const size_t n = strlen(c->row[i].name);
        if (n > NAME_BYTES_MOST || c->row[i].molecule < 0 ||
            (size_t)c->row[i].molecule >= c->molecules)
            return mg_fail(err, MOLGLOT_BAD_FILE, "name %zu is too long, or of no molecule", i);
        mg_dictionary_key(&key, c->row[i].name, n);
        l->all[i] = (sortable){key.s, c->row[i]};
        l->all[i].row.molecule = l->number[c->row[i].molecule];
        l->n = i + 1;
        if (key.failed || !key.s) return mg_no_memory(err, "a name");
    }
    qsort(l->all, l->n, sizeof *l->all, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        sortable *last = kept ? &l->all[kept - 1] : NULL;
        if (last && strcmp(last->key, l->all[i].key) == 0 &&
            last->row.molecule == l->all[i].row.molecule) {
            last->row.sources |= l->all[i].row.sources;
            free(l->all[i].key);
        } else
            l->all[kept++] = l->all[i];
    }
    l->n = kept;
    return MOLGLOT_OK;
}

static void lay_numbers(laying *l) {
    int bits = 1;
    while (l->c->molecules > (size_t)1 << bits) bits++;
    uint64_t word = 0;
    int have = 0;
    for (size_t i = 0; i < l->n; i++) {
        word |= (uint64_t)l->all[i].row.molecule << have;
        for (have += bits; have >= 8; have -= 8) {
            mg_str_add(&l->part[MG_NAMES_OF], &(uint8_t){(uint8_t)word}, 1);
            word >>= 8;
        }
    }
    if (have) mg_str_add(&l->part[MG_NAMES_OF], &(uint8_t){(uint8_t)word}, 1);
    mg_str_add(&l->part[MG_NAMES_OF], &(uint64_t){0}, sizeof(uint64_t));
}

static int lay_names(laying *l, molglot_error *err) {
    const char *strings[MG_NAMES_A_BLOCK];
    mg_name_row rows[MG_NAMES_A_BLOCK];
    int code = MOLGLOT_OK;
    for (size_t first = 0; first < l->n && !code; first += MG_NAMES_A_BLOCK) {
        const size_t many = l->n - first < MG_NAMES_A_BLOCK ? l->n - first : MG_NAMES_A_BLOCK;
        for (size_t i = 0; i < many; i++) {
            rows[i] = l->all[first + i].row;
            strings[i] = rows[i].name;
        }
        code = names_pack(&l->part[MG_NAMES_BLOCKS], strings, rows, (int32_t)many, err);
        const uint32_t end = (uint32_t)l->part[MG_NAMES_BLOCKS].n;
        const char *head = l->all[first].key;
        mg_str_add(&l->part[MG_NAMES_ENDS], &end, sizeof end);
        mg_str_add(&l->part[MG_NAMES_HEADS], head, strlen(head) + 1);
    }
    if (!code) lay_numbers(l);
    return code;
}

/* ---- all of it ---- */

static int hand_over(laying *l, mg_dictionary_laid *out, molglot_error *err) {
    mg_str all = {0};
    bool failed = false;
    size_t at = 0;
    for (int i = 0; i < MG_DICTIONARY_PARTS; i++) {
        failed |= l->part[i].failed || l->part[i].n > UINT32_MAX;
        mg_str_add(&all, l->part[i].s, l->part[i].n);
    }
    for (int i = 0; i < MG_DICTIONARY_PARTS && !all.failed; i++) {
        out->part[i] = (mg_dictionary_bytes){all.s + at, l->part[i].n};
        at += l->part[i].n;
    }
    out->bytes = all.s;
    out->names = (int32_t)l->n, out->molecules = (int32_t)l->c->molecules;
    return failed || all.failed ? mg_no_memory(err, "a dictionary") : MOLGLOT_OK;
}

int mg_dictionary_lay(const mg_dictionary_contents *c, mg_dictionary_laid *out,
                      molglot_error *err) {
    laying l = {.c = c};
    *out = (mg_dictionary_laid){0};
    if (!c->names || !c->molecules || c->names > 1 << 28 || c->molecules > c->names)
        return mg_fail(err, MOLGLOT_BAD_FILE, "a dictionary of %zu names and %zu molecules",
                       c->names, c->molecules);
    l.all = calloc(c->names, sizeof *l.all);
    l.order = calloc(c->molecules, sizeof *l.order);
    l.number = calloc(c->molecules, sizeof *l.number);
    int code = l.all && l.order && l.number ? MOLGLOT_OK : mg_no_memory(err, "a dictionary");
    if (!code) code = lay_molecules(&l, err);
    if (!code) code = sort_names(&l, err);
    if (!code) code = lay_names(&l, err);
    if (!code) code = hand_over(&l, out, err);
    for (size_t i = 0; i < l.n; i++) free(l.all[i].key);
    for (int i = 0; i < MG_DICTIONARY_PARTS; i++) mg_str_free(&l.part[i]);
    free(l.all);
    free(l.order);
    free(l.number);
    return code;
}
