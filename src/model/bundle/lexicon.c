/* lexicon.c - the part `lexicon`: which pieces of words speak of which surroundings of atoms
 * (model/lexicon).
 *
 *   pieces U8, lines of text      around I32 [surroundings], hashes
 *   offsets I32 [pieces + 1]      entries I16 [entries], read without a sign; eighths U8 [entries]
 *   scale, none F32 [pieces]
 *
 * Metadata: molglot.lexicon, what mg_lexicon_probe gave where it was counted.
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

#define PROBE "molglot.lexicon"

enum { MOST = 1 << 26 };

bool mg_lexicon_is(const mg_part *p) {
    return mg_part_meta(p, PROBE) && mg_part_find(p, "pieces") && mg_part_find(p, "around");
}

/* The data of a row of numbers; NULL with err. *n: how many. */
static const void *numbers(const mg_part *p, const char *name, const char *dtype, int32_t *n,
                           molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, name);
    if (!t || strcmp(t->dtype, dtype) || t->ndim != 1 || t->count < 1 || t->count > MOST) {
        mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is missing, or no row of %s", name, dtype);
        return NULL;
    }
    *n = (int32_t)t->count;
    return t->data;
}

int mg_lexicon_load(const mg_part *p, void *part, molglot_error *err) {
    mg_lexicon_part *l = part;
    mg_lexicon_contents c = {0};
    int32_t bytes = 0, offsets = 0, none = 0, eighths = 0;
    int code = mg_part_check_format(p, err);
    if (code) return code;
    if (!(c.text = numbers(p, "pieces", "U8", &bytes, err)) ||
        !(c.hashes = numbers(p, "around", "I32", &c.surroundings, err)) ||
        !(c.offsets = numbers(p, "offsets", "I32", &offsets, err)) ||
        !(c.around = numbers(p, "entries", "I16", &c.entries, err)) ||
        !(c.eighths = numbers(p, "eighths", "U8", &eighths, err)) ||
        !(c.scale = numbers(p, "scale", "F32", &c.pieces, err)) ||
        !(c.none = numbers(p, "none", "F32", &none, err)))
        return MOLGLOT_BAD_FILE;
    if (none != c.pieces || offsets != c.pieces + 1 || eighths != c.entries)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the lexicon's tensors do not fit together");
    c.text_bytes = (size_t)bytes;
    l->lexicon = mg_lexicon_new(&c, err);
    return l->lexicon ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* All was checked when it was read. */
int mg_lexicon_check(const void *part, molglot_error *err) {
    (void)part, (void)err;
    return MOLGLOT_OK;
}

int mg_lexicon_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)part;
    char probe[17];
    int code = mg_chem_init(err);
    if (!code) code = mg_lexicon_probe(probe, err);
    if (!code && strcmp(probe, mg_part_meta(p, PROBE)))
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "this build sees other things around atoms than the one that counted it");
    return code;
}

void mg_lexicon_clear(void *part) {
    mg_lexicon_part *l = part;
    mg_lexicon_free(l->lexicon);
}

int mg_lexicon_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_lexicon_contents *c = contents;
    const int64_t pieces[1] = {c->pieces}, offsets[1] = {c->pieces + 1},
                  around[1] = {c->surroundings}, entries[1] = {c->entries};
    char probe[17];
    int code = mg_lexicon_probe(probe, err);
    if (!code) code = mg_part_write_text(o->w, "pieces", c->text, c->text_bytes, err);
    if (!code) code = mg_weights_out_add(o->w, "around", "I32", 1, around, c->hashes, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "offsets", "I32", 1, offsets, c->offsets, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "entries", "I16", 1, entries, c->around, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "eighths", "U8", 1, entries, c->eighths, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "scale", "F32", 1, pieces, c->scale, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "none", "F32", 1, pieces, c->none, NULL, err);
    return code ? code : mg_weights_out_meta(o->w, PROBE, probe, err);
}
