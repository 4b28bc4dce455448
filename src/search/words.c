/* words.c - the words of a question, as lexical search compares them with those of a row.
 *
 * A string is folded (text/fold.c). A word is a run of [a-z0-9] in it, without a plural's s: one
 * final s goes from words of four letters and more that do not end in ss, is or us. What is
 * compared is a 64-bit hash of the word (mg_next_word).
 *
 * Content words of a question are all but those of STOP (unless it has no others) and but what it
 * excludes ("without oxygen"): that says nothing about the words of a row that is wanted. Its core
 * is what is left without words of STOP at both ends.
 */
#include "base/grow.h"
#include "search/inside.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

/* Words of grammar, of asking, and those that nearly every text holds. */
static const char *const STOP[] = {
    "a",          "an",    "the",   "of",   "in",   "on",       "with",     "and",     "or",
    "is",         "are",   "was",   "that", "this", "it",       "its",      "to",      "for",
    "by",         "from",  "as",    "at",   "be",   "been",     "has",      "have",    "which",
    "molecule",   "any",   "some",  "find", "show", "compound", "chemical", "contain", "me",
    "containing", "whose", "there", "used", "can",  "substance"};
static const char *const NEGATION[] = {"without", "no", "not", "lacking", "except"};
static const char *const AGAIN[] = {"with", "but", "that", "which"};

/* A plural is its singular. */
static bool is_one_of(const char *s, size_t n, const char *const *list, size_t count) {
    const size_t single = n > 3 && s[n - 1] == 's' ? n - 1 : n;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(list[i]);
        if ((length == n || length == single) && !memcmp(list[i], s, length)) return true;
    }
    return false;
}

const char *mg_folded(const char *s, mg_str *buffer) {
    const char *p = s;
    while (*p && (uint8_t)*p < 128) p++;
    if (!*p) return s;
    buffer->n = 0;
    mg_str_addz(buffer, "");
    mg_text_fold(buffer, s, strlen(s));
    return buffer->failed ? NULL : buffer->s;
}

uint64_t mg_name_key(const char *s, size_t n, mg_str *out) {
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c | 32);
        if (c == '-' || c == '_' || (uint8_t)c <= ' ') c = ' ';
        if (c == ' ' && (!out->n || out->s[out->n - 1] == ' ')) continue;
        mg_str_add(out, &c, 1);
    }
    while (out->n && out->s[out->n - 1] == ' ') out->s[--out->n] = 0;
    return out->n ? mg_hash64(out->s, out->n, 0) : 0;
}

static bool add_words(mg_wording *w) {
    const char *s = w->folded, *word;
    size_t cap = 0, n;
    for (uint64_t hash; (hash = mg_next_word(&s, &word, &n)) != 0;) {
        if (!MG_GROW(w->words, cap, w->n + 1)) return false;
        w->words[w->n++] = (mg_question_word){hash, (uint32_t)(word - w->folded), (uint32_t)n, -1};
    }
    return true;
}

static bool is_word(const mg_wording *w, size_t i, const char *const *list, size_t count) {
    return is_one_of(w->folded + w->words[i].at, w->words[i].n, list, count);
}

static void add_content(mg_wording *w, size_t i) {
    int k = 0;
    while (k < w->n_content && w->content[k] != w->words[i].hash) k++;
    if (k == MG_CONTENT_WORDS) return;
    if (k == w->n_content) w->content[w->n_content++] = w->words[i].hash;
    w->words[i].content = (int8_t)k;
}

/* "vitamin A" does not end in an article. */
static bool is_stop(const mg_wording *w, size_t i) {
    return is_word(w, i, STOP, MG_COUNT(STOP)) && (i + 1 < w->n || w->words[i].n > 1);
}

static void find_content(mg_wording *w) {
    bool excluded = false;
    for (size_t i = 0; i < w->n; i++) {
        const bool stop = is_stop(w, i);
        if (is_word(w, i, NEGATION, MG_COUNT(NEGATION)))
            excluded = true;
        else if (is_word(w, i, AGAIN, MG_COUNT(AGAIN)))
            excluded = false;
        else if (!excluded && !stop)
            add_content(w, i);
    }
    const bool no_others = !w->n_content && !excluded;
    for (size_t i = 0; i < w->n && no_others; i++) add_content(w, i);
    w->core = 0;
    w->core_end = w->n;
    while (w->core < w->core_end && is_stop(w, w->core)) w->core++;
    while (w->core_end > w->core && is_stop(w, w->core_end - 1)) w->core_end--;
    if (w->core == w->core_end) {
        w->core = 0;
        w->core_end = w->n;
    }
}

int mg_wording_read(mg_wording *w, const char *question, molglot_error *err) {
    mg_str folded = {0};
    memset(w, 0, sizeof *w);
    mg_str_addz(&folded, "");
    mg_text_fold(&folded, question, strlen(question));
    w->folded = folded.s;
    if (folded.failed || !add_words(w)) return mg_no_memory(err, "the words of a question");
    find_content(w);
    w->key = mg_name_key(w->folded, folded.n, &w->name);
    if (w->n) {
        const mg_question_word *last = &w->words[w->core_end - 1];
        size_t from = w->words[w->core].at, to = last->at + last->n;
        while (from && w->folded[from - 1] != ' ') from--;
        while (w->folded[to] && w->folded[to] != ' ') to++;
        w->core_key = mg_name_key(w->folded + from, to - from, &w->name);
    }
    return w->name.failed ? mg_no_memory(err, "the words of a question") : MOLGLOT_OK;
}

void mg_wording_free(mg_wording *w) {
    free(w->folded);
    free(w->words);
    mg_str_free(&w->name);
    memset(w, 0, sizeof *w);
}
