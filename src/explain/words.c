/* words.c - a text as words that may speak of a structure, and as phrases.
 *
 *   words    a term of the dictionary, however many words it has; else a run of letters (with
 *            digits inside), without little words and locants
 *   phrases  words that nothing divides: no little word, stop, comma, bracket or quotation mark
 */
#include "base/grow.h"
#include "explain/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *mg_level_name(mg_level_kind level) {
    static const char *const names[] = {"word", "phrase", "sentence"};
    return names[level];
}

const char *mg_level_atoms_name(mg_level_kind level) {
    static const char *const names[] = {"atom", "group", "molecule"};
    return names[level];
}

/* Words that say nothing of a structure and end a phrase. */
static const char LITTLE[] =
    "|an|the|and|or|of|in|at|by|to|on|is|are|was|it|its|with|which|that|this|these|from|has|have|"
    "having|been|be|as|for|via|into|both|one|two|three|four|five|six|respectively|position|"
    "positions|where|whose|such|also|not|no|without|than|but|other|any|some|more|less|only|found|"
    "used|known|role|member|class|contains|containing|carrying|bearing|consisting|obtained|"
    "derives|derived|derivative|derivatives|related|functionally|formal|condensation|"
    "resulting|replacement|replaced|substituted|substituent|substituents|group|groups|molecule|"
    "molecules|compound|compounds|structure|natural|product|parent|hydride|conjugate|"
    "enantiomer|tautomer|isolated|produced|arising|dominant|species|major|linked|attached|joined|"
    "additional|attaching|hydrogen|hydrogens|ph|mol|kda|da|there|here|can|may|we|";

static bool is_little(const char *s, size_t n) {
    char word[24] = "|";
    if (n + 3 > sizeof word) return false;
    for (size_t i = 0; i < n; i++) word[1 + i] = (char)tolower((unsigned char)s[i]);
    word[n + 1] = '|';
    return strstr(LITTLE, word) != NULL;
}

static bool is_letter(char c) { return isalpha((unsigned char)c) || ((unsigned char)c & 0x80); }

/* Whether the character ends a phrase. */
static bool divides(const char *text, size_t i) {
    const char c = text[i];
    if (c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?')
        return !text[i + 1] || isspace((unsigned char)text[i + 1]);
    return c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == '"';
}

typedef struct reading {
    const char *text;
    explain_word *words;
    size_t n, cap;
    int phrase;
    bool failed;
} reading;

static void put(reading *r, size_t begin, size_t end, const mg_ask *asks, size_t n_asks) {
    if (!MG_GROW(r->words, r->cap, r->n + 1)) {
        r->failed = true;
        return;
    }
    r->words[r->n++] = (explain_word){{begin, end}, r->phrase, asks, n_asks};
}

/* Letters and the digits between them: "2H" and "1H" of a name are no words, "C18" is none. */
static void put_run(reading *r, size_t begin, size_t end) {
    size_t letters = 0;
    for (size_t i = begin; i < end; i++) letters += is_letter(r->text[i]);
    if (letters < 2) return;
    if (is_little(r->text + begin, end - begin))
        r->phrase++;
    else
        put(r, begin, end, NULL, 0);
}

/* Words of text[from..to), where the dictionary has nothing. */
static void between(reading *r, size_t from, size_t to) {
    for (size_t i = from; i < to;) {
        if (!is_letter(r->text[i])) {
            r->phrase += divides(r->text, i);
            i++;
            continue;
        }
        size_t end = i;
        while (end < to && is_letter(r->text[end])) end++;
        put_run(r, i, end);
        i = end;
    }
}

int explain_words(const char *text, const mg_ask *asks, size_t n_asks, explain_word **words,
                  size_t *n, molglot_error *err) {
    reading r = {.text = text};
    size_t at = 0;
    for (size_t i = 0, k; i < n_asks; i = k) {
        for (k = i + 1; k < n_asks && asks[k].begin == asks[i].begin; k++) {}
        if (asks[i].begin < at) continue;
        between(&r, at, asks[i].begin);
        put(&r, asks[i].begin, asks[i].end, &asks[i], k - i);
        at = asks[i].end;
    }
    between(&r, at, strlen(text));
    if (r.failed) {
        free(r.words);
        return mg_no_memory(err, "the words of a text");
    }
    *words = r.words;
    *n = r.n;
    return MOLGLOT_OK;
}
