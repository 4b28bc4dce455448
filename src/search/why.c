/* why.c - what made a hit, in words: the name, the molecule, the text with those words of the
 * question that stand in it.
 */
#include "search/inside.h"

static void add_reason(mg_str *out, const char *reason) {
    if (out->n) mg_str_addz(out, "; ");
    mg_str_addz(out, reason);
}

/* The question's words that stand in the row, as they were asked, each once. */
static void add_words(mg_str *out, const char *question, uint64_t words) {
    mg_wording w;
    const char *before = ": ";
    if (!mg_wording_read(&w, question, NULL))
        for (size_t i = 0; i < w.n; i++) {
            const int k = w.words[i].content;
            if (k < 0 || !(words >> k & 1)) continue;
            words &= ~((uint64_t)1 << k);
            mg_str_addz(out, before);
            mg_str_add(out, w.folded + w.words[i].at, w.words[i].n);
            before = " ";
        }
    mg_wording_free(&w);
}

void mg_find_why(const mg_question *q, const mg_found *found, mg_str *out) {
    const bool known = found->why & (MG_WHY_KNOWN | MG_WHY_KNOWN_STEREO | MG_WHY_KNOWN_CHARGE);
    if (known)
        mg_str_addf(out, "name: %s%s (%s)", q->words ? q->words : "",
                    found->why & MG_WHY_KNOWN          ? ""
                    : found->why & MG_WHY_KNOWN_STEREO ? ", other stereo"
                                                       : ", other charge",
                    q->known_from ? q->known_from : "");
    if (!known && found->why & MG_WHY_NAME)
        add_reason(out, found->why & MG_WHY_SPELLING ? "name, spelt otherwise" : "name");
    if (found->why & MG_WHY_TEXT) {
        add_reason(out, "text");
        if (q->words && found->words) add_words(out, q->words, found->words);
    }
    if (found->why & MG_WHY_MOLECULE) add_reason(out, "molecule");
}
