/* vocab_file.c - the text of a vocab.txt out of what publishers give:
 *
 *   vocab.txt        as it is
 *   tokenizer.json   Hugging Face's: model.vocab of a WordPiece model, and added_tokens
 *   vocab.json       {piece: number}
 *   a folder         with one of them, in this order
 *
 * Numbers without a piece get one that no text holds. Other kinds of tokenisers (BPE, Unigram) are
 * refused by name: their pieces mean something else.
 */
#include "text/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PIECES = 1 << 22, MAX_PATH = 4096 };
#define MAX_BYTES ((size_t)64 << 20)

typedef struct pieces {
    const char **list; /* [n], NULL where there is none */
    size_t n;
    const char *path;
} pieces;

static int bad(const pieces *p, const char *why, molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s", p->path, why);
}

/* ---- JSON ---- */

static int count(pieces *p, const json_t *number, molglot_error *err) {
    const json_int_t id = json_integer_value(number);
    if (!json_is_integer(number) || id < 0 || id >= MAX_PIECES)
        return bad(p, "a piece without a number, or one that is impossible", err);
    if ((size_t)id >= p->n) p->n = (size_t)id + 1;
    return MOLGLOT_OK;
}

static int put(pieces *p, const char *piece, const json_t *number, molglot_error *err) {
    if (!piece || strpbrk(piece, "\r\n")) return bad(p, "a piece with a line break", err);
    const char **at = &p->list[json_integer_value(number)];
    if (*at && strcmp(*at, piece) != 0) return bad(p, "two pieces with one number", err);
    *at = piece;
    return MOLGLOT_OK;
}

/* vocab: {piece: number}; added: [{id, content}], or NULL. */
static int collect(pieces *p, json_t *vocab, json_t *added, molglot_error *err) {
    const char *piece;
    json_t *number, *token;
    size_t i;
    int code = MOLGLOT_OK;
    json_object_foreach(vocab, piece, number) if (!code) code = count(p, number, err);
    json_array_foreach(added, i, token) if (!code)
        code = count(p, json_object_get(token, "id"), err);
    if (!code && !(p->list = calloc(p->n + 1, sizeof *p->list)))
        code = mg_no_memory(err, "the vocabulary");
    json_object_foreach(vocab, piece, number) if (!code) code = put(p, piece, number, err);
    json_array_foreach(added, i, token) if (!code) code = put(
        p, json_string_value(json_object_get(token, "content")), json_object_get(token, "id"), err);
    return code;
}

static int write_lines(const pieces *p, mg_str *out, molglot_error *err) {
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i])
            mg_str_addf(out, "%s\n", p->list[i]);
        else
            mg_str_addf(out, "[no piece %zu]\n", i);
    }
    return out->failed ? mg_no_memory(err, "the vocabulary") : MOLGLOT_OK;
}

static int read_json(const char *path, const char *text, size_t n, mg_str *out,
                     molglot_error *err) {
    pieces p = {.path = path};
    json_error_t why;
    json_t *o = json_loadb(text, n, 0, &why), *model = json_object_get(o, "model"),
           *vocab = model ? json_object_get(model, "vocab") : o;
    const char *type = json_string_value(json_object_get(model, "type"));
    int code = MOLGLOT_OK;
    if (!o)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no JSON: %s (line %d)", path, why.text,
                       why.line);
    else if (type && strcmp(type, "WordPiece") != 0)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: a tokeniser of kind %.40s; the text encoder reads WordPiece: give its "
                       "own vocab.txt or tokenizer.json",
                       path, type);
    else if (!json_is_object(vocab))
        code = bad(&p, "no vocabulary in it (model.vocab): give tokenizer.json or vocab.txt", err);
    else if (!json_object_get(vocab, "[UNK]"))
        code = bad(&p, "its vocabulary has no [UNK]: no WordPiece (a BPE vocabulary?)", err);
    if (!code) code = collect(&p, vocab, model ? json_object_get(o, "added_tokens") : NULL, err);
    if (!code) code = write_lines(&p, out, err);
    free(p.list);
    json_decref(o);
    return code;
}

/* ---- files ---- */

static bool is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder's file of pieces. */
static int find_file(const char *folder, char out[MAX_PATH], molglot_error *err) {
    static const char *const names[] = {"vocab.txt", "tokenizer.json", "vocab.json"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (snprintf(out, MAX_PATH, "%s/%s", folder, names[i]) < MAX_PATH && !access(out, F_OK))
            return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: a folder without vocab.txt or tokenizer.json",
                   folder);
}

int mg_vocab_read(const char *path, mg_str *out, molglot_error *err) {
    char inside[MAX_PATH], *text = NULL;
    size_t n = 0, at = 0;
    int code = is_folder(path) ? find_file(path, inside, err) : MOLGLOT_OK;
    if (!code && is_folder(path)) path = inside;
    if (!code) code = mg_read_file(path, MAX_BYTES, &text, &n, err);
    if (code) return code;
    while (at < n && strchr(" \t\r\n", text[at])) at++;
    if (at < n && text[at] == '{') {
        code = read_json(path, text, n, out, err);
    } else if (n >= 23 && !memcmp(text, "version https://git-lfs", 23)) {
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: a Git LFS pointer: the file was not downloaded (git lfs pull)", path);
    } else {
        mg_str_add(out, text, n);
        if (out->failed) code = mg_no_memory(err, "the vocabulary");
    }
    free(text);
    return code;
}
