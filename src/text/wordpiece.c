/* wordpiece.c - words to vocabulary ids by greedy longest match, identical to BERT's uncased
 * tokeniser.
 *
 * The pieces stand in a trie over bytes whose edges are one hash table of 64-bit entries: key
 * (node, byte), value child. A word is matched from the root, its continuations from the node of
 * "##"; one walk per piece, so encoding is linear in the text times the longest piece. A word of
 * more than 100 characters, or one with a part that no piece matches, is [UNK]. Special tokens
 * written in a text ("[SEP]") are not recognised: they read as '[', "sep", ']'.
 */
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_CHARS_MAX = 100, VOCAB_BYTES_MAX = (1 << 24) - 1 };
static const uint32_t NO_NODE = UINT32_MAX;

struct mg_wordpiece {
    char *text;       /* the vocabulary, lines ended by zeros */
    uint32_t *starts; /* [n] offset of a piece in text */
    int32_t n;
    /* (node << 8 | byte) << 32 | child; 0 is empty (the root is nobody's child) */
    uint64_t *edges;
    uint32_t mask; /* size of edges - 1 */
    int32_t *ids;  /* [nodes] id of the piece ending here, or -1 */
    uint32_t nodes;
    uint32_t continuation; /* node of "##", or NO_NODE */
    int32_t unk;
};

/* The slot of the edge, or the empty one where it belongs. */
static uint32_t slot_of(const mg_wordpiece *w, uint32_t node, uint8_t byte) {
    uint32_t key = node << 8 | byte;
    uint32_t slot = (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32) & w->mask;
    while (w->edges[slot] && w->edges[slot] >> 32 != key) slot = (slot + 1) & w->mask;
    return slot;
}

static uint32_t child(const mg_wordpiece *w, uint32_t node, uint8_t byte) {
    uint64_t edge = w->edges[slot_of(w, node, byte)];
    return edge ? (uint32_t)edge : NO_NODE;
}

static uint32_t walk(const mg_wordpiece *w, const char *bytes, size_t n) {
    uint32_t node = 0;
    for (size_t i = 0; i < n && node != NO_NODE; i++) node = child(w, node, (uint8_t)bytes[i]);
    return node;
}

/* The last of equal pieces wins, as in the original. */
static void insert(mg_wordpiece *w, const char *piece, size_t n, int32_t id) {
    uint32_t node = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = slot_of(w, node, (uint8_t)piece[i]);
        if (!w->edges[slot]) {
            w->ids[w->nodes] = -1;
            w->edges[slot] = (uint64_t)(node << 8 | (uint8_t)piece[i]) << 32 | w->nodes++;
        }
        node = (uint32_t)w->edges[slot];
    }
    w->ids[node] = id;
}

/* Cuts w->text into lines (LF or CR LF) and enters them. Arrays are allocated for as many lines and
 * bytes as there are. */
static int enter_lines(mg_wordpiece *w, size_t n, molglot_error *err) {
    for (size_t at = 0; at < n;) {
        char *line = w->text + at, *end = memchr(line, '\n', n - at);
        size_t length = end ? (size_t)(end - line) : n - at;
        w->starts[w->n] = (uint32_t)at;
        at += length + 1;
        if (length && line[length - 1] == '\r') length--;
        line[length] = 0;
        if (memchr(line, 0, length))
            return mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary: line %d holds a zero byte",
                           w->n + 1);
        if (mg_utf8_invalid(line, length) >= 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary: line %d is not UTF-8", w->n + 1);
        insert(w, line, length, w->n++);
    }
    return MOLGLOT_OK;
}

mg_wordpiece *mg_wordpiece_new(const char *vocab, size_t n, molglot_error *err) {
    if (n > VOCAB_BYTES_MAX) {
        mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary: %zu bytes, at most %d are read", n,
                VOCAB_BYTES_MAX);
        return NULL;
    }
    while (n > 1 && vocab[n - 1] == '\n' &&
           (vocab[n - 2] == '\n' || (n > 2 && vocab[n - 2] == '\r' && vocab[n - 3] == '\n')))
        n -= vocab[n - 2] == '\n' ? 1 : 2; /* empty lines at the end are no pieces */
    size_t lines = 1, slots = 16;
    for (size_t i = 0; i < n; i++) lines += vocab[i] == '\n';
    while (slots < n * 2) slots *= 2;
    mg_wordpiece *w = calloc(1, sizeof *w);
    if (w) {
        w->text = malloc(n + 1);
        w->starts = malloc(lines * sizeof *w->starts);
        w->edges = calloc(slots, sizeof *w->edges);
        w->ids = malloc((n + 1) * sizeof *w->ids);
    }
    if (!w || !w->text || !w->starts || !w->edges || !w->ids) {
        mg_wordpiece_free(w);
        mg_no_memory(err, "the vocabulary");
        return NULL;
    }
    memcpy(w->text, vocab, n);
    w->text[n] = 0;
    w->mask = (uint32_t)slots - 1;
    w->ids[w->nodes++] = -1;
    if (enter_lines(w, n, err)) {
        mg_wordpiece_free(w);
        return NULL;
    }
    w->continuation = walk(w, "##", 2);
    w->unk = mg_wordpiece_id(w, "[UNK]");
    if (w->unk < 0) {
        mg_wordpiece_free(w);
        mg_fail(err, MOLGLOT_BAD_FILE, "vocabulary: no line reads [UNK]");
        return NULL;
    }
    return w;
}

void mg_wordpiece_free(mg_wordpiece *w) {
    if (!w) return;
    free(w->text);
    free(w->starts);
    free(w->edges);
    free(w->ids);
    free(w);
}

int32_t mg_wordpiece_size(const mg_wordpiece *w) { return w->n; }

const char *mg_wordpiece_piece(const mg_wordpiece *w, int32_t id) {
    return id >= 0 && id < w->n ? w->text + w->starts[id] : NULL;
}

int32_t mg_wordpiece_id(const mg_wordpiece *w, const char *piece) {
    uint32_t node = walk(w, piece, strlen(piece));
    return node == NO_NODE ? -1 : w->ids[node];
}

typedef struct encoding {
    const mg_wordpiece *w;
    int32_t *out;
    int32_t n, max;
} encoding;

/* Pieces of a word into ids[WORD_CHARS_MAX]; 0 when the word cannot be cut into pieces. */
static int32_t match(const mg_wordpiece *w, const char *word, size_t n, int32_t *ids) {
    int32_t count = 0;
    if (n > WORD_CHARS_MAX && mg_utf8_prefix(word, n, WORD_CHARS_MAX) < n) return 0;
    for (size_t at = 0; at < n;) {
        uint32_t node = at ? w->continuation : 0;
        size_t end = at;
        for (size_t i = at; i < n && node != NO_NODE; i++) {
            node = child(w, node, (uint8_t)word[i]);
            if (node != NO_NODE && w->ids[node] >= 0) {
                ids[count] = w->ids[node];
                end = i + 1;
            }
        }
        if (end == at) return 0;
        at = end;
        count++;
    }
    return count;
}

static int encode_word(void *user, const char *word, size_t n, size_t start) {
    encoding *e = user;
    int32_t ids[WORD_CHARS_MAX], count = match(e->w, word, n, ids);
    (void)start;
    if (!count) ids[count++] = e->w->unk;
    if (count > e->max - e->n) count = e->max - e->n;
    memcpy(e->out + e->n, ids, (size_t)count * sizeof *ids);
    e->n += count;
    return e->n == e->max;
}

int32_t mg_wordpiece_encode(const mg_wordpiece *w, const char *text, size_t n, int32_t *out,
                            int32_t max) {
    encoding e = {w, out, 0, max};
    if (max <= 0) return 0;
    return mg_text_words(text, n, encode_word, &e) < 0 ? -1 : e.n;
}
