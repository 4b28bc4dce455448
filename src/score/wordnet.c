/* wordnet.c - words of a word's synsets, out of a folder of WordNet 3.0's files (index.*, data.*,
 * *.exc for noun, verb, adj, adv; wndb(5WN)), as NLTK's METEOR asks for them.
 *
 *   index.POS   lemma pos synsets pointers [pointer ...] senses tagged offset ...
 *   data.POS    at that offset: offset file type words(hex) word id ... | gloss
 *   POS.exc     form lemma ...
 *
 * A form is looked up itself and by morphy: its exceptions, or else the rules of its part of
 * speech, again and again until a lemma is there. A bad line is passed over.
 */
#include "base/grow.h"
#include "score/inside.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 4, FORM = 128, FORMS = 64 };
static const char *const parts[PARTS] = {"noun", "verb", "adj", "adv"};

typedef struct part {
    mg_map index, data, exceptions;
    mg_names lemmas, forms; /* place of the line in index, in exceptions */
} part;
struct mg_wordnet {
    part of[PARTS];
};

/* ---- files ---- */

/* Length of the line at `at`, without its end. */
static size_t line_at(const mg_map *m, size_t at) {
    const uint8_t *end = memchr(m->data + at, '\n', m->size - at);
    return end ? (size_t)(end - m->data) - at : m->size - at;
}

/* The next word of a line; false at its end. */
static bool next_word(const char **s, const char *end, const char **word, size_t *n) {
    while (*s < end && (**s == ' ' || **s == '\r')) (*s)++;
    *word = *s;
    while (*s < end && **s != ' ' && **s != '\r') (*s)++;
    return (*n = (size_t)(*s - *word)) > 0;
}

/* The first word of each line, but of those that begin with a blank (the licence). */
static bool list_lines(const mg_map *m, mg_names *out) {
    for (size_t at = 0; at < m->size && at < INT32_MAX;) {
        const size_t length = line_at(m, at);
        const char *s = (const char *)m->data + at, *end = s + length, *word;
        size_t n;
        if (length && *s != ' ' && next_word(&s, end, &word, &n)) {
            mg_slot *slot = mg_names_copy(out, word, n);
            if (!slot) return false;
            if (slot->value < 0) slot->value = (int32_t)at;
        }
        at += length + 1;
    }
    return true;
}

static int open_file(mg_map *m, const char *folder, const char *format, const char *name,
                     molglot_error *err) {
    mg_str path = {0};
    char file[32];
    snprintf(file, sizeof file, format, name);
    mg_str_addf(&path, "%s/%s", folder, file);
    int code = path.failed ? mg_no_memory(err, "a path") : mg_map_open(m, path.s, err);
    mg_str_free(&path);
    return code;
}

mg_wordnet *mg_wordnet_open(const char *folder, molglot_error *err) {
    mg_wordnet *w = calloc(1, sizeof *w);
    int code = w ? MOLGLOT_OK : mg_no_memory(err, "WordNet");
    for (int p = 0; p < PARTS && !code; p++) {
        part *of = &w->of[p];
        code = open_file(&of->index, folder, "index.%s", parts[p], err);
        if (!code) code = open_file(&of->data, folder, "data.%s", parts[p], err);
        if (!code) code = open_file(&of->exceptions, folder, "%s.exc", parts[p], err);
        if (!code &&
            (!list_lines(&of->index, &of->lemmas) || !list_lines(&of->exceptions, &of->forms)))
            code = mg_no_memory(err, "WordNet");
    }
    if (!code) return w;
    mg_wordnet_close(w);
    return NULL;
}

void mg_wordnet_close(mg_wordnet *w) {
    for (int p = 0; w && p < PARTS; p++) {
        part *of = &w->of[p];
        mg_map_close(&of->index);
        mg_map_close(&of->data);
        mg_map_close(&of->exceptions);
        mg_names_free(&of->lemmas);
        mg_names_free(&of->forms);
    }
    free(w);
}

/* ---- synsets ---- */

/* Digits of s[0..n) in base 10 or 16; -1: something else, or too many. */
static int64_t number(const char *s, size_t n, int base) {
    int64_t value = 0;
    if (n > 9) return -1;
    for (size_t i = 0; i < n; i++) {
        const int digit = s[i] >= '0' && s[i] <= '9'   ? s[i] - '0'
                          : s[i] >= 'a' && s[i] <= 'f' ? s[i] - 'a' + 10
                                                       : 16;
        if (digit >= base) return -1;
        value = value * base + digit;
    }
    return n ? value : -1;
}

/* Words without '_' of the synset at an offset of data. */
static void words_of_synset(const mg_map *data, int64_t offset, mg_wordnet_fn fn, void *user) {
    if (offset < 0 || (uint64_t)offset >= data->size) return;
    const char *s = (const char *)data->data + offset, *word;
    const char *end = s + line_at(data, (size_t)offset);
    size_t n = 0;
    for (int skip = 0; skip < 3; skip++)
        if (!next_word(&s, end, &word, &n)) return;
    if (!next_word(&s, end, &word, &n)) return;
    for (int64_t left = number(word, n, 16); left > 0; left--) {
        if (!next_word(&s, end, &word, &n)) return;
        const char *mark = memchr(word, '(', n); /* "elect(ip)": where an adjective may stand */
        const size_t length = mark ? (size_t)(mark - word) : n;
        if (!memchr(word, '_', length)) fn(user, word, length);
        if (!next_word(&s, end, &word, &n)) return; /* the number beside it */
    }
}

/* All synsets of a lemma: they stand behind the counts at the end of its line. */
static void words_of_lemma(const part *of, int32_t at, mg_wordnet_fn fn, void *user) {
    const char *s = (const char *)of->index.data + at, *word;
    const char *end = s + line_at(&of->index, (size_t)at);
    size_t n = 0;
    if (!next_word(&s, end, &word, &n) || !next_word(&s, end, &word, &n) ||
        !next_word(&s, end, &word, &n) || !next_word(&s, end, &word, &n))
        return;
    const int64_t pointers = number(word, n, 10);
    for (int64_t i = 0; i < pointers + 2; i++)
        if (!next_word(&s, end, &word, &n)) return;
    if (pointers < 0) return;
    while (next_word(&s, end, &word, &n)) words_of_synset(&of->data, number(word, n, 10), fn, user);
}

/* ---- morphy ---- */

typedef struct change {
    const char *end, *becomes;
} change;
static const change nouns[] = {{"s", ""},    {"ses", "s"},   {"ves", "f"},   {"xes", "x"},
                               {"zes", "z"}, {"ches", "ch"}, {"shes", "sh"}, {"men", "man"},
                               {"ies", "y"}, {NULL, NULL}};
static const change verbs[] = {{"s", ""},  {"ies", "y"}, {"es", "e"}, {"es", ""},  {"ed", "e"},
                               {"ed", ""}, {"ing", "e"}, {"ing", ""}, {NULL, NULL}};
static const change adjectives[] = {
    {"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}, {NULL, NULL}};
static const change adverbs[] = {{NULL, NULL}};
static const change *const rules[PARTS] = {nouns, verbs, adjectives, adverbs};

typedef struct forms {
    char s[FORMS][FORM];
    int n;
} forms;

static void add_form(forms *f, const char *s, size_t n, const char *end) {
    const size_t more = strlen(end);
    if (f->n == FORMS || n + more >= FORM) return;
    memcpy(f->s[f->n], s, n);
    memcpy(f->s[f->n++] + n, end, more + 1);
}

static void apply_rules(const forms *from, int p, forms *to) {
    to->n = 0;
    for (int i = 0; i < from->n; i++) {
        const size_t n = strlen(from->s[i]);
        for (const change *c = rules[p]; c->end; c++) {
            const size_t cut = strlen(c->end);
            if (n >= cut && memcmp(from->s[i] + n - cut, c->end, cut) == 0)
                add_form(to, from->s[i], n - cut, c->becomes);
        }
    }
}

/* Whether one of the forms is a lemma; the words of all that are. */
static bool words_of_forms(const part *of, const forms *f, mg_wordnet_fn fn, void *user) {
    bool any = false;
    for (int i = 0; i < f->n; i++) {
        const int32_t at = mg_names_find(&of->lemmas, f->s[i]);
        if (at < 0) continue;
        any = true;
        words_of_lemma(of, at, fn, user);
    }
    return any;
}

static void add_exceptions(const part *of, int32_t at, forms *f) {
    const char *s = (const char *)of->exceptions.data + at, *word;
    const char *end = s + line_at(&of->exceptions, (size_t)at);
    size_t n;
    for (int i = 0; next_word(&s, end, &word, &n); i++)
        if (i) add_form(f, word, n, "");
}

static void words_of_part(const part *of, int p, const char *word, forms *f, forms *next,
                          mg_wordnet_fn fn, void *user) {
    f->n = 0;
    add_form(f, word, strlen(word), "");
    const int32_t exception = mg_names_find(&of->forms, word);
    if (exception >= 0) {
        add_exceptions(of, exception, f);
        words_of_forms(of, f, fn, user);
        return;
    }
    apply_rules(f, p, next);
    bool any = words_of_forms(of, f, fn, user);
    any = words_of_forms(of, next, fn, user) || any;
    while (!any && next->n) { /* each round shortens them */
        *f = *next;
        apply_rules(f, p, next);
        any = words_of_forms(of, next, fn, user);
    }
}

int mg_wordnet_words(const mg_wordnet *w, const char *word, mg_wordnet_fn fn, void *user,
                     molglot_error *err) {
    forms *f = malloc(2 * sizeof *f);
    if (!f) return mg_no_memory(err, "forms of a word");
    for (int p = 0; p < PARTS; p++) words_of_part(&w->of[p], p, word, f, f + 1, fn, user);
    free(f);
    return MOLGLOT_OK;
}
