/* known.c - which words of a text a model has met, by the features that its n-gram vocabulary
 * holds.
 *
 * A word counts when it has a letter and is none of the little words (FUNCTION). It is known when
 * it is a feature itself, when its pieces of four or more letters all are, or when six tenths of
 * its runs of five characters are, as with dimethylaminobenzoate. A word is not even like a known
 * one when less than a fifth of its runs of four are features. A text of such words alone is
 * nonsense to the model; it is weak when no word in it is known, or fewer than a third.
 */
#include "text/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_WORDS = 12, SHOWN_CHARACTERS = 40 };

static const char *const FUNCTION[] = {
    "a",    "an",   "and", "are", "as",    "at",   "be",  "by",  "for",  "from",
    "has",  "have", "in",  "is",  "it",    "its",  "of",  "on",  "or",   "that",
    "the",  "this", "to",  "was", "which", "with", "i",   "me",  "find", "give",
    "show", "no",   "not", "but", "any",   "some", "all", "who", "what"};

static bool says_something(const char *s, size_t n) {
    bool letter = false;
    for (size_t i = 0; i < n; i++) letter |= isalpha((unsigned char)s[i]) || (s[i] & 0x80);
    for (size_t k = 0; k < MG_COUNT(FUNCTION) && letter; k++)
        if (strlen(FUNCTION[k]) == n && !strncasecmp(FUNCTION[k], s, n)) return false;
    return letter;
}

/* The share of the word's features of these families that some vocabulary holds; -1: it has none.
 */
static double share(const mg_text_vocabs *v, const char *word, size_t n, const char *families,
                    int *code) {
    mg_ngram *grams = NULL;
    size_t count = 0, held = 0;
    if (!*code) *code = mg_text_ngrams(word, n, families, &grams, &count, NULL);
    for (size_t i = 0; i < count && !*code; i++) {
        bool found = false;
        for (int k = 0; k < v->n && !found; k++)
            found = mg_bag_vocab_find(v->vocab[k], grams[i].hash) >= 0;
        held += found;
    }
    free(grams);
    return count ? (double)held / (double)count : -1;
}

/* Every run of letters of at least four is a feature, and there is one. */
static bool pieces_known(const mg_text_vocabs *v, const char *word, size_t n, int *code) {
    bool any = false;
    for (size_t i = 0, end; i < n; i = end + 1) {
        for (end = i; end < n && isalpha((unsigned char)word[end]); end++) {}
        if (end - i < 4) continue;
        if (share(v, word + i, end - i, "w", code) < 1) return false;
        any = true;
    }
    return any;
}

static void list_word(mg_known_words *out, mg_str *list, const char *word, size_t n) {
    if (out->unknown++ >= SHOWN_WORDS) return;
    if (list->n) mg_str_addz(list, ", ");
    mg_str_add(list, word, mg_utf8_prefix(word, n, SHOWN_CHARACTERS));
}

static int judge(const mg_text_vocabs *v, const char *word, size_t n, mg_known_words *out,
                 mg_str *list) {
    int code = MOLGLOT_OK;
    if (!says_something(word, n)) return code;
    out->words++;
    const bool known = share(v, word, n, "w", &code) > 0 || pieces_known(v, word, n, &code) ||
                       share(v, word, n, "5", &code) >= 0.6;
    if (known) {
        out->known++;
    } else {
        out->like += share(v, word, n, "4", &code) >= 0.2;
        list_word(out, list, word, n);
    }
    return code;
}

void mg_known_words_free(mg_known_words *k) {
    free(k->list);
    k->list = NULL;
}

int mg_known_words_refuse(const mg_known_words *k, molglot_row_status *row) {
    return k->unknown ? mg_row_refuse(row, -1, "no word of it is known to the model: %.60s%s",
                                      k->list, strlen(k->list) > 60 ? "..." : "")
                      : mg_row_refuse(row, -1, "no word of it is known to the model");
}

int mg_text_known(const mg_text_vocabs *v, const char *text, mg_known_words *out,
                  molglot_error *err) {
    static const char blanks[] = " \t\r\n", around[] = " \t\r\n.,;:?!\"'()";
    int code = MOLGLOT_OK;
    mg_str list = {0};
    *out = (mg_known_words){0};
    const bool judged = v->n > 0 && v->families && strchr(v->families, 'w');
    for (const char *s = text; *s && !code && judged;) {
        size_t n = strcspn(s, blanks), whole = n;
        const char *word = s;
        while (n && strchr(around, *word)) word++, n--;
        while (n && strchr(around, word[n - 1])) n--;
        if (n) code = judge(v, word, n, out, &list);
        s += whole + strspn(s + whole, blanks);
    }
    if (code || list.failed) {
        mg_str_free(&list);
        return mg_no_memory(err, "the words of a text");
    }
    out->nonsense = judged && out->known == 0 && out->like == 0;
    out->weak = judged && (out->known == 0 || 3 * out->known < out->words);
    out->list = list.n ? list.s : strdup("");
    return out->list ? MOLGLOT_OK : mg_no_memory(err, "the words of a text");
}

float mg_known_share_unknown(const mg_known_words *k) {
    return k->words > 0 ? (float)k->unknown / (float)k->words : 0;
}
