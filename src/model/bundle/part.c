/* part.c - one part where it lies in a file: its names and metadata behind a prefix, the vocabulary
 * of word pieces, its parameters on a device.
 *
 *   file of one part      prefix ""
 *   merged file           "space.", "writer.", ...; in files of format 1 the space's names
 *                         stand behind nothing and the writer's behind "direct."
 */
#include "model/bundle/inside.h"

#include <string.h>

#define FORMAT    "1"
#define WORDPIECE "vocab.wordpiece"

enum { FULL_NAME = MG_NAME_MAX + 64 };

static bool starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool mg_part_owns(const mg_part *p, const char *name, const char **own) {
    if (!starts(name, p->prefix)) return false;
    for (int i = 0; p->others[i]; i++)
        if (strlen(p->others[i]) > strlen(p->prefix) && starts(name, p->others[i])) return false;
    *own = name + strlen(p->prefix);
    return true;
}

const mg_file_tensor *mg_part_find(const mg_part *p, const char *name) {
    char full[FULL_NAME + 16];
    snprintf(full, sizeof full, "%s%s", p->prefix, name);
    return mg_tensor_file_find(p->file, full);
}

const char *mg_part_meta(const mg_part *p, const char *key) {
    char full[FULL_NAME + 16];
    snprintf(full, sizeof full, "%s%s", p->prefix, key);
    return mg_tensor_file_meta(p->file, full);
}

int mg_part_check_format(const mg_part *p, molglot_error *err) {
    const char *format = mg_part_meta(p, "molglot.format");
    if (format && strcmp(format, FORMAT) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s of format %s; this version reads " FORMAT,
                   p->kind->about, format ? format : "unknown");
}

/* ---- vocabularies ---- */

int mg_part_wordpiece(const mg_part *p, bool needed, mg_wordpiece **out, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, WORDPIECE);
    if (t && strcmp(t->dtype, "U8") == 0)
        return (*out = mg_wordpiece_new(t->data, t->bytes, err))
                   ? MOLGLOT_OK
                   : mg_code_of(err, MOLGLOT_BAD_FILE);
    return needed ? mg_fail(err, MOLGLOT_BAD_FILE, "tensor " WORDPIECE " is missing") : MOLGLOT_OK;
}

int mg_part_check_pieces(const mg_wordpiece *w, int rows, const char *who, molglot_error *err) {
    const int pieces = mg_wordpiece_size(w);
    if (pieces == rows) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "the vocabulary has %d word pieces, the %s %d", pieces,
                   who, rows);
}

/* ---- parameters ---- */

int mg_part_attach(const mg_tensor_file *f, const mg_params *const *list, int n, mg_tape *t,
                   molglot_error *err) {
    size_t bytes;
    const void *mapped = mg_tensor_file_bytes(f, &bytes);
    mg_tape_attach(t, mapped, bytes);
    int code = mg_tape_error(t, err);
    for (int i = 0; i < n && !code; i++)
        if (list[i]) code = mg_params_attach_mapped(list[i], t, err);
    return code;
}

/* Vocabularies, hashes and scales were not trained. */
static bool is_parameter(const mg_part *p, const mg_file_tensor *t, const char *own) {
    char of[FULL_NAME];
    const size_t n = strlen(own);
    if (strstr(own, "vocab.") || strstr(own, "known.hashes")) return false;
    if (n < 8 || n >= sizeof of || strcmp(own + n - 7, ".scales") != 0) return true;
    snprintf(of, sizeof of, "%.*s", (int)n - 7, own);
    const mg_file_tensor *matrix = mg_part_find(p, of);
    return !matrix || matrix == t;
}

int mg_part_check_claimed(const mg_part *p, const char *member, const mg_params *const *list, int n,
                          molglot_error *err) {
    const size_t skip = strlen(member);
    for (size_t i = 0; i < mg_tensor_file_count(p->file); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(p->file, i);
        const char *own;
        if (!mg_part_owns(p, t->name, &own) || strncmp(own, member, skip)) continue;
        own += skip;
        if (!strncmp(own, "vocab.", 6) || !strncmp(own, "known.", 6) ||
            !strcmp(own, "denoiser.probe") || mg_params_claim(list, n, own))
            continue;
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "tensor %s belongs to no parameter of the model that the configuration "
                       "describes",
                       t->name);
    }
    return MOLGLOT_OK;
}

void mg_part_measure(const mg_part *p, int64_t *parameters, size_t *bytes) {
    *parameters = 0, *bytes = 0;
    for (size_t i = 0; i < mg_tensor_file_count(p->file); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(p->file, i);
        const char *own;
        if (!mg_part_owns(p, t->name, &own)) continue;
        *bytes += t->bytes;
        /* U8: two numbers of 4 bits */
        if (!p->kind->data && is_parameter(p, t, own))
            *parameters += strcmp(t->dtype, "U8") ? t->count : 2 * t->count;
    }
}

/* ---- saving ---- */

int mg_part_write_text(mg_weights_out *w, const char *name, const char *text, size_t bytes,
                       molglot_error *err) {
    const int64_t shape[1] = {(int64_t)bytes};
    return mg_weights_out_add(w, name, "U8", 1, shape, text, NULL, err);
}

int mg_part_write_wordpiece(mg_weights_out *w, const char *text, size_t bytes, molglot_error *err) {
    return text ? mg_part_write_text(w, WORDPIECE, text, bytes, err) : MOLGLOT_OK;
}

int mg_part_write_json(mg_weights_out *w, const char *key, int made, mg_str *json,
                       molglot_error *err) {
    int code = made ? mg_no_memory(err, "%s", key) : mg_weights_out_meta(w, key, json->s, err);
    mg_str_free(json);
    return code;
}
