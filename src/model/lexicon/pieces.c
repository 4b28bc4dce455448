/* pieces.c - where the pieces of a lexicon stand in a text: inside a word, as a word, or as a word
 * with the one behind it ("oic acid").
 */
#include "base/grow.h"
#include "model/lexicon/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool lexicon_read(lexicon_text *t, const char *text) {
    t->n = strlen(text);
    t->n_runs = 0;
    if (!MG_GROW(t->s, t->cap, t->n + 1)) return false;
    for (size_t i = 0; i <= t->n; i++)
        t->s[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    for (size_t i = 0; i < t->n;) {
        size_t end = i;
        while (end < t->n && is_letter(t->s[end])) end++;
        if (end - i >= 2) {
            if (!MG_GROW(t->runs, t->cap_runs, t->n_runs + 1)) return false;
            t->runs[t->n_runs++] = (lexicon_run){i, end};
        }
        i = end > i ? end : i + 1;
    }
    return true;
}

void lexicon_text_free(lexicon_text *t) {
    free(t->s);
    free(t->runs);
    *t = (lexicon_text){0};
}

bool lexicon_follows(const lexicon_text *t, size_t k) {
    return k + 1 < t->n_runs && t->runs[k + 1].begin == t->runs[k].end + 1 &&
           t->s[t->runs[k].end] == ' ';
}

bool lexicon_is_kind(const lexicon_text *t, size_t k) {
    static const char *const kinds[] = {"acid", "ester", "group", "salt", "base", "oxide"};
    if (!lexicon_follows(t, k)) return false;
    const lexicon_run r = t->runs[k + 1];
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (strlen(kinds[i]) == r.end - r.begin &&
            !memcmp(kinds[i], t->s + r.begin, r.end - r.begin))
            return true;
    return false;
}

static void look_up(const mg_names *pieces, const lexicon_text *t, size_t begin, size_t end,
                    lexicon_hits *hits) {
    const int32_t id = mg_names_find_n(pieces, t->s + begin, end - begin);
    if (id < 0) return;
    if (MG_GROW(hits->at, hits->cap, hits->n + 1))
        hits->at[hits->n++] = (lexicon_found){id, begin, end};
    else
        hits->failed = true;
}

void lexicon_find(const mg_names *pieces, const lexicon_text *t, lexicon_hits *hits) {
    hits->n = 0;
    for (size_t k = 0; k < t->n_runs; k++) {
        const lexicon_run r = t->runs[k];
        for (size_t i = r.begin; i < r.end; i++)
            for (size_t n = 2; n <= LEXICON_INNER && i + n <= r.end; n++)
                look_up(pieces, t, i, i + n, hits);
        if (r.end - r.begin > LEXICON_INNER && r.end - r.begin <= LEXICON_PIECE)
            look_up(pieces, t, r.begin, r.end, hits);
        if (!lexicon_follows(t, k)) continue;
        const size_t end = t->runs[k + 1].end;
        const size_t last = lexicon_is_kind(t, k) ? r.end - 1 : r.begin + 1;
        for (size_t i = r.begin; i < last; i++)
            if (end - i <= LEXICON_PIECE) look_up(pieces, t, i, end, hits);
    }
}
