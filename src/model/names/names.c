/* names.c - the dictionary over the bytes of its parts: a name to structures, a molecule to names.
 *
 * A name's key (key.c) is looked for among the first keys of the blocks; one block, or two where a
 * key begins at an end, is unpacked and its names are folded in turn. A molecule is found the same
 * way by its SMILES; its names are those whose number is its own, found by going over all numbers.
 */
#include "model/names/inside.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const mg_dictionary_part_names[MG_DICTIONARY_PARTS] = {
    "name_blocks", "name_ends",    "name_heads",    "name_of",     "smiles_blocks",
    "smiles_ends", "smiles_heads", "smiles_stereo", "smiles_plain"};

/* ---- opening ---- */

static int wrong(int part, molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s does not fit the others, or is damaged",
                   mg_dictionary_part_names[part]);
}

/* Of blocks, ends and heads that lie one after another in parts. */
static int open_blocks(const mg_dictionary *d, int at, int32_t strings, const char ***heads,
                       molglot_error *err) {
    const int32_t blocks = names_blocks(strings);
    const mg_dictionary_bytes *part = d->part;
    if (part[at + 1].n != (size_t)blocks * sizeof(uint32_t)) return wrong(at + 1, err);
    for (int32_t i = 0; i < blocks; i++)
        if (names_end(d, at, i) <= names_end(d, at, i - 1)) return wrong(at + 1, err);
    if (part[at].n != names_end(d, at, blocks - 1)) return wrong(at, err);
    if (!(*heads = malloc((size_t)blocks * sizeof **heads))) return mg_no_memory(err, "names");
    const char *s = part[at + 2].bytes, *end = s + part[at + 2].n;
    for (int32_t i = 0; i < blocks; i++) {
        const char *zero = s < end ? memchr(s, 0, (size_t)(end - s)) : NULL;
        if (!zero || (i && strcmp((*heads)[i - 1], s) > 0)) return wrong(at + 2, err);
        (*heads)[i] = s;
        s = zero + 1;
    }
    return s == end ? MOLGLOT_OK : wrong(at + 2, err);
}

static int open_parts(mg_dictionary *d, molglot_error *err) {
    if (d->names < 1 || d->molecules < 1 || d->names > 1 << 28 || d->molecules > d->names)
        return mg_fail(err, MOLGLOT_BAD_FILE, "a dictionary of %d names and %d molecules", d->names,
                       d->molecules);
    d->bits = 1;
    while (d->molecules > 1 << d->bits) d->bits++;
    int code = open_blocks(d, MG_NAMES_BLOCKS, d->names, &d->name_heads, err);
    if (!code) code = open_blocks(d, MG_SMILES_BLOCKS, d->molecules, &d->smiles_heads, err);
    if (code) return code;
    const size_t of = ((size_t)d->names * (size_t)d->bits + 7) / 8 + sizeof(uint64_t);
    if (d->part[MG_NAMES_OF].n != of) return wrong(MG_NAMES_OF, err);
    if (d->part[MG_SMILES_STEREO].n != ((size_t)d->molecules + 7) / 8)
        return wrong(MG_SMILES_STEREO, err);
    size_t stereo = 0;
    const uint8_t *bits = d->part[MG_SMILES_STEREO].bytes;
    for (int32_t i = 0; i < d->molecules; i++) stereo += bits[i / 8] >> i % 8 & 1;
    if (d->part[MG_SMILES_PLAIN].n != stereo * sizeof(uint32_t)) return wrong(MG_SMILES_PLAIN, err);
    return MOLGLOT_OK;
}

mg_dictionary *mg_dictionary_open(const mg_dictionary_bytes parts[MG_DICTIONARY_PARTS],
                                  int32_t names, int32_t molecules, molglot_error *err) {
    mg_dictionary *d = calloc(1, sizeof *d);
    if (!d) {
        mg_no_memory(err, "a dictionary");
        return NULL;
    }
    memcpy(d->part, parts, sizeof d->part);
    d->names = names, d->molecules = molecules;
    if (!open_parts(d, err)) return d;
    mg_dictionary_close(d);
    return NULL;
}

void mg_dictionary_close(mg_dictionary *d) {
    if (!d) return;
    free(d->name_heads);
    free(d->smiles_heads);
    free(d);
}

int32_t mg_dictionary_size(const mg_dictionary *d) { return d->names; }
int32_t mg_dictionary_molecules(const mg_dictionary *d) { return d->molecules; }

int mg_dictionary_selftest(const mg_dictionary *d, molglot_error *err) {
    const int32_t last = names_blocks(d->names) - 1, some[] = {0, last / 2, last};
    for (size_t i = 0; i < MG_COUNT(some); i++) {
        names_block b;
        mg_str key = {0};
        int code = names_unpack(d, MG_NAMES_BLOCKS, some[i], &b, err);
        if (code) return code;
        mg_dictionary_key(&key, b.string[0], strlen(b.string[0]));
        if (key.failed)
            code = mg_no_memory(err, "a name");
        else if (strcmp(key.s, d->name_heads[some[i]]) != 0)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "this build folds \"%s\" to %s, not to %s",
                           b.string[0], key.s, d->name_heads[some[i]]);
        mg_str_free(&key);
        names_block_free(&b);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int mg_dictionary_test(const mg_dictionary *d, molglot_error *err) {
    names_block b;
    int code = MOLGLOT_OK;
    for (int32_t i = 0; i < names_blocks(d->names) && !code; i++) {
        code = names_unpack(d, MG_NAMES_BLOCKS, i, &b, err);
        names_block_free(&b);
    }
    for (int32_t i = 0; i < names_blocks(d->molecules) && !code; i++) {
        code = names_unpack(d, MG_SMILES_BLOCKS, i, &b, err);
        names_block_free(&b);
    }
    for (int32_t i = 0; i < d->names && !code; i++)
        if (names_molecule(d, i) >= d->molecules) code = wrong(MG_NAMES_OF, err);
    return code;
}

/* ---- a name ---- */

/* The same text but for what all texts are folded by: no blank or hyphen more. */
static bool same_folded(const char *a, const char *b) {
    mg_str x = {0}, y = {0};
    mg_text_fold(&x, a, strlen(a));
    mg_text_fold(&y, b, strlen(b));
    const bool same = x.s && y.s && strcmp(x.s, y.s) == 0;
    mg_str_free(&x);
    mg_str_free(&y);
    return same;
}

/* smiles: of its molecule; NULL: it is looked up. */
static int add_name(const mg_dictionary *d, const names_block *b, int32_t i, mg_name_how how,
                    const char *smiles, mg_name_hits *out, molglot_error *err) {
    mg_name_hit *hit = names_hit(out, err);
    if (!hit) return MOLGLOT_NO_MEMORY;
    hit->molecule = names_molecule(d, b->first + i);
    hit->sources = b->sources[i], hit->grade = b->grade[i], hit->how = how;
    hit->name = strdup(b->string[i]);
    hit->smiles = smiles ? strdup(smiles) : names_smiles(d, hit->molecule, err);
    if (!hit->smiles && !smiles) return mg_code_of(err, MOLGLOT_BAD_FILE);
    return hit->name && hit->smiles ? MOLGLOT_OK : mg_no_memory(err, "a name");
}

/* Names of block i with that key; *on: the next block may have more. */
static int find_in(const mg_dictionary *d, int32_t i, const char *key, const char *name,
                   mg_name_hits *out, bool *on, molglot_error *err) {
    names_block b;
    mg_str own = {0};
    int code = names_unpack(d, MG_NAMES_BLOCKS, i, &b, err);
    *on = true;
    for (int32_t k = 0; !code && *on && k < b.n; k++) {
        own.n = 0;
        mg_dictionary_key(&own, b.string[k], strlen(b.string[k]));
        if (own.failed) {
            code = mg_no_memory(err, "a name");
            break;
        }
        const int order = strcmp(own.s, key);
        *on = order <= 0;
        if (order == 0)
            code = add_name(d, &b, k,
                            same_folded(b.string[k], name) ? MG_NAME_EXACT : MG_NAME_FOLDED, NULL,
                            out, err);
    }
    mg_str_free(&own);
    names_block_free(&b);
    return code;
}

static int by_structure(const void *x, const void *y) {
    const mg_name_hit *a = x, *b = y;
    return a->how != b->how ? (int)a->how - (int)b->how : names_better_structure(a, b);
}

/* Methylacetate is no methyl acetate: where the name itself is there, others are not it. */
static void drop_folded(mg_name_hits *h) {
    while (h->n && h->hit[0].how == MG_NAME_EXACT && h->hit[h->n - 1].how == MG_NAME_FOLDED) {
        mg_name_hit *last = &h->hit[--h->n];
        free(last->name);
        free(last->smiles);
    }
}

static int find_key(const mg_dictionary *d, const char *key, const char *name, mg_name_hits *out,
                    molglot_error *err) {
    const int32_t blocks = names_blocks(d->names);
    bool on = *key != 0;
    int code = MOLGLOT_OK;
    for (int32_t i = names_block_of(d->name_heads, blocks, key); on && !code && i < blocks; i++) {
        if (strcmp(d->name_heads[i], key) > 0) break;
        code = find_in(d, i, key, name, out, &on, err);
    }
    if (!code && out->n > 1) qsort(out->hit, out->n, sizeof *out->hit, by_structure);
    if (!code) drop_folded(out);
    return code;
}

/* ---- words that change nothing ---- */

/* Length of a name without the words at its end that leave the molecule as it is; 0: there are
 * none. A salt or a hydrate is another thing. */
static size_t without_form(const char *name) {
    static const char *const words[] = {" anhydrous", ", anhydrous", " free base", " free acid"};
    const size_t n = strlen(name);
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const size_t k = strlen(words[i]);
        if (n < k + 5 || strcasecmp(name + n - k, words[i]) != 0) continue;
        size_t left = n - k;
        while (left && strchr(" ,", name[left - 1])) left--;
        return left;
    }
    return 0;
}

enum { SMALL = 8 /* bytes of a SMILES that is no drug */ };

static int find_without_form(const mg_dictionary *d, const char *name, mg_name_hits *out,
                             molglot_error *err) {
    mg_str key = {0};
    const size_t n = without_form(name);
    if (!n) return MOLGLOT_OK;
    mg_dictionary_key(&key, name, n);
    int code = key.failed ? mg_no_memory(err, "a name") : find_key(d, key.s, name, out, err);
    if (out->n && strlen(out->hit[0].smiles) < SMALL) mg_name_hits_free(out);
    for (size_t i = 0; i < out->n; i++) out->hit[i].how = MG_NAME_SALT;
    mg_str_free(&key);
    return code;
}

/* "a thiol" asks for a kind of molecules, and Athiol is a drug. */
static bool has_article(const char *s) {
    static const char *const articles[] = {"a ", "an ", "the ", "some ", "any "};
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (!strncasecmp(s, articles[i], strlen(articles[i]))) return true;
    return false;
}

int mg_dictionary_find(const mg_dictionary *d, const char *name, mg_name_hits *out,
                       molglot_error *err) {
    mg_str key = {0};
    size_t n = strlen(name);
    while (n && (*name == ' ' || *name == '\t')) name++, n--;
    while (n && (name[n - 1] == ' ' || name[n - 1] == '\t')) n--;
    char *own = strndup(name, n);
    *out = (mg_name_hits){0};
    if (own) mg_dictionary_key(&key, own, n);
    int code = !own || key.failed ? mg_no_memory(err, "a name") : find_key(d, key.s, own, out, err);
    if (!code && !out->n) code = find_without_form(d, own, out, err);
    if (code || (out->n && out->hit[0].how == MG_NAME_FOLDED && has_article(own)))
        mg_name_hits_free(out);
    mg_str_free(&key);
    free(own);
    return code;
}

/* ---- a molecule ---- */

/* Its number; *out is -1 where it is not there. */
static int find_molecule(const mg_dictionary *d, const char *smiles, int32_t *out,
                         molglot_error *err) {
    const int32_t blocks = names_blocks(d->molecules);
    *out = -1;
    for (int32_t i = names_block_of(d->smiles_heads, blocks, smiles);
         *out < 0 && i < blocks && strcmp(d->smiles_heads[i], smiles) <= 0; i++) {
        names_block b;
        int code = names_unpack(d, MG_SMILES_BLOCKS, i, &b, err);
        if (code) return code;
        for (int32_t k = 0; k < b.n; k++)
            if (strcmp(b.string[k], smiles) == 0) *out = b.first + k;
        names_block_free(&b);
    }
    return MOLGLOT_OK;
}

static int by_name(const void *a, const void *b) { return names_better_name(a, b); }

/* Adds all its names, best first, then leaves the first `max` of out. */
static int names_of(const mg_dictionary *d, int32_t molecule, mg_name_how how, size_t max,
                    mg_name_hits *out, molglot_error *err) {
    names_block b = {0};
    const size_t before = out->n;
    char *smiles = names_smiles(d, molecule, err);
    int code = smiles ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    for (int32_t i = 0; i < d->names && !code; i++) {
        if (names_molecule(d, i) != molecule) continue;
        if (!b.bytes || i >= b.first + b.n) {
            names_block_free(&b);
            code = names_unpack(d, MG_NAMES_BLOCKS, i / MG_NAMES_A_BLOCK, &b, err);
        }
        if (!code) code = add_name(d, &b, i - b.first, how, smiles, out, err);
    }
    names_block_free(&b);
    free(smiles);
    if (code) return code;
    if (out->n > before + 1) qsort(out->hit + before, out->n - before, sizeof *out->hit, by_name);
    while (out->n > max) {
        mg_name_hit *last = &out->hit[--out->n];
        free(last->name);
        free(last->smiles);
    }
    return code;
}

/* Of the molecules with that SMILES without stereo, but `known`. */
static int names_of_plain(const mg_dictionary *d, const char *plain, int32_t known, size_t max,
                          mg_name_hits *out, molglot_error *err) {
    const uint32_t hash = (uint32_t)mg_hash64(plain, strlen(plain), 0);
    const uint8_t *bits = d->part[MG_SMILES_STEREO].bytes, *hashes = d->part[MG_SMILES_PLAIN].bytes;
    int32_t flat;
    int code = find_molecule(d, plain, &flat, err);
    if (!code && flat >= 0 && flat != known)
        code = names_of(d, flat, MG_NAME_STEREO, max, out, err);
    size_t at = 0;
    for (int32_t i = 0; i < d->molecules && !code && out->n < max; i++) {
        if (!(bits[i / 8] >> i % 8 & 1)) continue;
        uint32_t own;
        memcpy(&own, hashes + sizeof own * at++, sizeof own);
        if (own == hash && i != known && i != flat)
            code = names_of(d, i, MG_NAME_STEREO, max, out, err);
    }
    return code;
}

int mg_dictionary_names(const mg_dictionary *d, const char *smiles, const char *plain, size_t max,
                        mg_name_hits *out, molglot_error *err) {
    int32_t molecule;
    *out = (mg_name_hits){0};
    int code = find_molecule(d, smiles, &molecule, err);
    if (!code && molecule >= 0) code = names_of(d, molecule, MG_NAME_EXACT, max, out, err);
    if (!code && plain && out->n < max) code = names_of_plain(d, plain, molecule, max, out, err);
    if (code) mg_name_hits_free(out);
    return code;
}
