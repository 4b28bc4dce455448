/* join.c - word pieces back to a text that people read: pieces to words, blanks between them,
 * capitals.
 *
 * Pieces are lower-case and know no blanks. What is written beside a text like it is asked first:
 * whether the same two words stand there with a blank between them, and how the word is spelled.
 * Where it does not say, rules do:
 *
 *   blanks     none before . , ; : ) ] } ' ! ? % and none after ( [ {; none about - / + > = * ~ and
 *              within numbers ("2,3", "18:1", "3.1.1.7"); none between a word and "(3-)", "[2.2.1]"
 *   capitals   the first letter of a sentence; "(2r,3s)", "n-", "d-", "l-"; some abbreviations
 *
 * Linear in the texts but for looking pairs up, which is linear in those beside.
 */
#include "text/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct span { /* a word of a text beside */
    uint64_t word;    /* hash of the folded word */
    const char *as;   /* as it is spelled */
    size_t n;
    bool blank; /* a blank stands behind it */
    bool first; /* of a sentence, so that a capital says nothing */
} span;

typedef struct joiner {
    span *spans;
    size_t n, cap;
    bool failed;
    const char *text; /* the one being read */
    char **words;     /* of what is joined */
    size_t n_words;
} joiner;

/* ---- texts beside ---- */

static int add_span(void *user, const char *word, size_t n, size_t start) {
    joiner *j = user;
    if (j->n == j->cap) {
        const size_t cap = j->cap ? 2 * j->cap : 256;
        span *more = realloc(j->spans, cap * sizeof *more);
        if (!more) {
            j->failed = true;
            return 1;
        }
        j->spans = more;
        j->cap = cap;
    }
    j->spans[j->n++] = (span){mg_hash64(word, n, 0), j->text + start, 0, false, false};
    return 0;
}

/* Ends of the words: where the next one begins, or at a blank; and which begin a sentence. */
static void end_spans(joiner *j, size_t from) {
    for (size_t i = from; i < j->n; i++) {
        span *s = &j->spans[i];
        const char *next = i + 1 < j->n ? j->spans[i + 1].as : s->as + strlen(s->as);
        while (s->as + s->n < next && !isspace((unsigned char)s->as[s->n])) s->n++;
        s->blank = s->as + s->n < next;
        s->first = i == from || (s[-1].blank && s[-1].n == 1 && *s[-1].as == '.');
    }
}

static void read_beside(joiner *j, const char *const *like, size_t n) {
    for (size_t i = 0; i < n && !j->failed; i++) {
        const size_t from = j->n;
        j->text = like[i];
        (void)mg_text_words(like[i], strlen(like[i]), add_span, j);
        if (j->failed) return;
        end_spans(j, from);
        /* the end of a text: a word that is none */
        if (add_span(j, "", 0, 0) == 0) j->spans[j->n - 1] = (span){0};
    }
}

/* ---- words ---- */

static bool read_words(joiner *j, const mg_wordpiece *w, const int32_t *ids, int32_t n) {
    j->words = calloc((size_t)n + 1, sizeof *j->words);
    for (int32_t i = 0; i < n && j->words; i++) {
        const char *piece = ids[i] < 0 || ids[i] >= mg_wordpiece_size(w)
                                ? ""
                                : mg_wordpiece_piece(w, ids[i]);
        const bool more = piece[0] == '#' && piece[1] == '#' && piece[2] && j->n_words;
        if (!more && !(j->words[j->n_words++] = calloc(1, 1))) return false;
        char **word = &j->words[j->n_words - 1];
        const size_t have = strlen(*word), add = strlen(piece + 2 * more);
        char *longer = realloc(*word, have + add + 1);
        if (!longer) return false;
        memcpy(longer + have, piece + 2 * more, add + 1);
        *word = longer;
    }
    return j->words != NULL;
}

static bool is_mark(const char *word, const char *marks) {
    return word[0] && !word[1] && strchr(marks, word[0]);
}

static bool is_number(const char *word) { return isdigit((unsigned char)word[0]) != 0; }

/* The word i places away; "" outside. */
static const char *word_at(const joiner *j, size_t i, int away) {
    const size_t at = i + (size_t)away;
    return at < j->n_words ? j->words[at] : "";
}

/* ---- blanks ---- */

/* "(3-)", "[2.2.1]" behind a word. */
static bool is_suffix(const joiner *j, size_t i) {
    if (is_mark(j->words[i], "[")) return is_number(word_at(j, i, 1));
    if (!is_mark(j->words[i], "(") || !is_number(word_at(j, i, 1))) return false;
    return (is_mark(word_at(j, i, 2), "-+") && is_mark(word_at(j, i, 3), ")")) ||
           (is_mark(word_at(j, i, 2), ")") &&
            strspn(word_at(j, i, 1), "0123456789") == strlen(word_at(j, i, 1)));
}

static bool blank_by_rule(const joiner *j, size_t i) {
    const char *before = j->words[i - 1], *word = j->words[i];
    const bool numbers = i > 1 && is_number(word) && is_number(j->words[i - 2]);
    if (is_mark(word, ".,;:)]}'!?%-/+>=*~") || is_mark(before, "([{-/+>=*~")) return false;
    if (is_mark(before, ".:") && numbers) return false;
    if (is_mark(before, ",") && i > 1 && (is_number(word) || strlen(word) == 1))
        return !is_number(j->words[i - 2]) && strlen(j->words[i - 2]) > 1 &&
               !is_mark(j->words[i - 2], "'");
    if (is_mark(before, "]")) return strlen(word) < 3;
    if (is_mark(before, ")") && !is_mark(word, "([") && i > 3 && is_mark(word_at(j, i, -4), "-"))
        return strlen(word) < 3;
    return !is_suffix(j, i);
}

/* Whether a blank stands before word i. */
static bool has_blank(const joiner *j, size_t i, const uint64_t *hash) {
    size_t with = 0, without = 0;
    for (size_t k = 0; k + 1 < j->n; k++) {
        if (j->spans[k].word != hash[i - 1] || j->spans[k + 1].word != hash[i]) continue;
        /* the same word before too: that says more */
        const size_t weight = k > 0 && i > 1 && j->spans[k - 1].word == hash[i - 2] ? 1000 : 1;
        *(j->spans[k].blank ? &with : &without) += weight;
    }
    return with == without ? blank_by_rule(j, i) : with > without;
}

/* ---- capitals ---- */

static const char *const SPELLED[] = {"CoA", "DNA", "RNA", "pH",  "EC",   "ATP", "ADP",
                                      "AMP", "NAD", "UV",  "HIV", "GABA", "NMR", "MeSH"};

/* A descriptor of stereo ("2r") or a locant of a hetero atom ("n-"). */
static bool is_upper(const joiner *j, size_t i) {
    const char *word = j->words[i], *digits = word;
    while (isdigit((unsigned char)*digits)) digits++;
    if (!digits[0] || digits[1]) return false;
    const bool inside = i > 0 && is_mark(j->words[i - 1], "(,") && is_mark(word_at(j, i, 1), "),");
    if (strchr("rsez", digits[0])) return inside;
    return digits == word && strchr("nodl", digits[0]) && is_mark(word_at(j, i, 1), "-,");
}

static const char *spelled(const joiner *j, size_t i, const uint64_t *hash, size_t *n) {
    const char *found = NULL;
    for (size_t k = 0; k < j->n; k++) {
        const span *s = &j->spans[k];
        if (s->word != hash[i] || s->first || !s->as) continue;
        const bool same = k > 0 && i > 0 && j->spans[k - 1].word == hash[i - 1];
        if (!found || same) found = s->as, *n = s->n;
        if (same) break;
    }
    for (size_t k = 0; k < MG_COUNT(SPELLED) && !found; k++) {
        size_t c = 0;
        while (SPELLED[k][c] && tolower((unsigned char)SPELLED[k][c]) == j->words[i][c]) c++;
        if (!SPELLED[k][c] && !j->words[i][c]) found = SPELLED[k], *n = c;
    }
    if (!found) *n = strlen(j->words[i]);
    return found ? found : j->words[i];
}

/* ---- the text ---- */

static void write_text(const joiner *j, const uint64_t *hash, mg_str *out) {
    bool begins = true;
    for (size_t i = 0; i < j->n_words; i++) {
        size_t n;
        const char *word = spelled(j, i, hash, &n);
        const bool blank = i > 0 && has_blank(j, i, hash);
        if (i > 0) begins = blank && is_mark(j->words[i - 1], ".");
        if (blank) mg_str_add(out, " ", 1);
        const size_t at = out->n;
        mg_str_add(out, word, n);
        if (out->failed) return;
        if (word == j->words[i] && is_upper(j, i))
            for (size_t k = at; k < out->n; k++)
                out->s[k] = (char)toupper((unsigned char)out->s[k]);
        if (begins && at < out->n) out->s[at] = (char)toupper((unsigned char)out->s[at]);
    }
}

int mg_text_join(const mg_wordpiece *w, const int32_t *ids, int32_t n, const char *const *like,
                 size_t n_like, mg_str *out) {
    joiner j = {0};
    read_beside(&j, like, n_like);
    bool ok = !j.failed && read_words(&j, w, ids, n);
    uint64_t *hash = ok ? malloc((j.n_words + 1) * sizeof *hash) : NULL;
    for (size_t i = 0; hash && i < j.n_words; i++)
        hash[i] = mg_hash64(j.words[i], strlen(j.words[i]), 0);
    mg_str_add(out, "", 0);
    if (hash) write_text(&j, hash, out);
    ok = hash && !out->failed;
    for (size_t i = 0; j.words && i < j.n_words; i++) free(j.words[i]);
    free(j.words);
    free(j.spans);
    free(hash);
    return ok ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
}
