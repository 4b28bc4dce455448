/* words.c - text to words as BERT's uncased basic tokeniser makes them.
 *
 * For each code point of the text: control characters (every category C*, unassigned ones too),
 * U+FFFD and zero are dropped and join what stands on both sides; blanks (tab, LF, CR, category Z*)
 * end a word; a CJK ideograph is a word of its own; all else is lower-cased, decomposed canonically
 * (NFD), freed of non-spacing marks (Mn), and every punctuation character (the ASCII symbols,
 * category P*) becomes a word of its own. Lower-casing is by code point: a capital sigma becomes a
 * small one wherever it stands, as in Hugging Face's fast tokeniser and its Python one up to
 * version 4.
 *
 * One pass, linear time; memory is taken only for words above 512 bytes.
 */
#include "text/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* A run of combining marks longer than this is no longer sorted: words of more than 100 characters
 * have no pieces anyway. */
enum { MARKS_MAX = 128, WORD_STACK = 512 };

typedef struct mark {
    utf8proc_int32_t c;
    utf8proc_propval_t order; /* canonical combining class, never 0 here */
} mark;

typedef struct splitter {
    mg_word_fn fn;
    void *user;
    int code;   /* nonzero: stop */
    char *word; /* the word so far: `small`, or malloc'ed */
    size_t n, cap;
    size_t start; /* where in the text the word began */
    int n_marks;  /* spacing combining marks not yet in the word, in canonical order */
    mark marks[MARKS_MAX];
    char small[WORD_STACK];
} splitter;

/* What an ASCII byte is. */
enum { DROPPED, BLANK, SYMBOL, LETTER };
static const uint8_t ASCII_CLASS[128] = {
    ['\t'] = BLANK,         ['\n'] = BLANK,         ['\r'] = BLANK,         [' '] = BLANK,
    ['!' ... '/'] = SYMBOL, ['0' ... '9'] = LETTER, [':' ... '@'] = SYMBOL, ['A' ... 'Z'] = LETTER,
    ['[' ... '`'] = SYMBOL, ['a' ... 'z'] = LETTER, ['{' ... '~'] = SYMBOL,
};

/* Room for `more` bytes in the word. */
static bool reserve(splitter *s, size_t more) {
    if (s->n + more <= s->cap) return true;
    char *bigger = malloc(s->cap * 2); /* more is at most 4, cap at least WORD_STACK */
    if (!bigger) {
        s->code = -1;
        return false;
    }
    memcpy(bigger, s->word, s->n);
    if (s->word != s->small) free(s->word);
    s->word = bigger;
    s->cap *= 2;
    return true;
}

static void append(splitter *s, utf8proc_int32_t c) {
    if (reserve(s, 4)) s->n += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)s->word + s->n);
}

static void flush_marks(splitter *s) {
    for (int i = 0; i < s->n_marks; i++) append(s, s->marks[i].c);
    s->n_marks = 0;
}

/* Canonical order: marks sort by class, those of equal class keep their order. */
static void add_mark(splitter *s, utf8proc_int32_t c, utf8proc_propval_t order) {
    if (s->n_marks == MARKS_MAX) flush_marks(s);
    int at = s->n_marks++;
    for (; at > 0 && s->marks[at - 1].order > order; at--) s->marks[at] = s->marks[at - 1];
    s->marks[at] = (mark){c, order};
}

static void end_word(splitter *s) {
    flush_marks(s);
    if (s->n && !s->code) s->code = s->fn(s->user, s->word, s->n, s->start);
    s->n = 0;
}

static void begin_at(splitter *s, size_t at) {
    if (!s->n && !s->n_marks) s->start = at;
}

static void add_ascii(splitter *s, uint8_t c, size_t at) {
    switch (ASCII_CLASS[c]) {
    case LETTER:
        begin_at(s, at);
        if (s->n_marks) flush_marks(s);
        if (reserve(s, 1)) s->word[s->n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        break;
    case SYMBOL: {
        char symbol = (char)c;
        end_word(s);
        if (!s->code) s->code = s->fn(s->user, &symbol, 1, at);
        break;
    }
    case BLANK: end_word(s); break;
    default: break;
    }
}

static bool is_cjk(utf8proc_int32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static bool is_punctuation(utf8proc_int32_t c, utf8proc_propval_t category) {
    if (c < 128) return ASCII_CLASS[c] == SYMBOL;
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

/* One code point of a decomposed character. */
static void add_part(splitter *s, utf8proc_int32_t c, size_t at) {
    const utf8proc_property_t *p = utf8proc_get_property(c);
    if (p->category == UTF8PROC_CATEGORY_MN) {
        if (!p->combining_class) flush_marks(s); /* dropped, but marks do not sort across it */
    } else if (is_punctuation(c, p->category)) {
        end_word(s);
        s->start = at;
        append(s, c);
        end_word(s);
    } else {
        begin_at(s, at);
        if (p->combining_class)
            add_mark(s, c, p->combining_class);
        else {
            flush_marks(s);
            append(s, c);
        }
    }
}

static void add_wide(splitter *s, utf8proc_int32_t c, size_t at) {
    utf8proc_category_t category = utf8proc_category(c);
    if (c == 0xFFFD || category == UTF8PROC_CATEGORY_CN || category >= UTF8PROC_CATEGORY_CC) return;
    if (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP) {
        end_word(s);
        return;
    }
    bool alone = is_cjk(c);
    if (alone) end_word(s);
    utf8proc_int32_t parts[8]; /* NFD makes at most four of one */
    int boundclass = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(utf8proc_tolower(c), parts, MG_COUNT(parts),
                                                 UTF8PROC_DECOMPOSE, &boundclass);
    for (utf8proc_ssize_t i = 0; i < n && i < (utf8proc_ssize_t)MG_COUNT(parts); i++)
        add_part(s, parts[i], at);
    if (alone) end_word(s);
}

int mg_text_words(const char *text, size_t n, mg_word_fn fn, void *user) {
    const utf8proc_uint8_t *t = (const utf8proc_uint8_t *)text;
    splitter s;
    s.fn = fn;
    s.user = user;
    s.code = 0;
    s.word = s.small;
    s.n = 0;
    s.cap = sizeof s.small;
    s.start = 0;
    s.n_marks = 0;
    for (size_t i = 0; i < n && !s.code;) {
        if (t[i] < 128) {
            add_ascii(&s, t[i], i);
            i++;
            continue;
        }
        utf8proc_int32_t c;
        utf8proc_ssize_t length = utf8proc_iterate(t + i, n - i < 4 ? (utf8proc_ssize_t)(n - i) : 4,
                                                   &c);
        if (length > 0) add_wide(&s, c, i); /* an invalid byte counts as U+FFFD: dropped */
        i += length > 0 ? (size_t)length : 1;
    }
    if (!s.code) end_word(&s);
    if (s.word != s.small) free(s.word);
    return s.code;
}
