/* sentence.c - what is no sentence is refused before anything is drawn: what is empty, a molecule,
 * words of which the model knows none. A name of the dictionary and a condition that can be checked
 * ("MW < 150") say enough.
 */
#include "generate/generate.h"

#include <stdlib.h>
#include <string.h>

bool mg_sentence_is_text(const char *text, molglot_row_status *status) {
    const int64_t wrong = text ? mg_utf8_invalid(text, strlen(text)) : -1;
    if (!text)
        mg_row_refuse(status, -1, "the row is NULL");
    else if (wrong >= 0)
        mg_row_refuse(status, wrong, "not UTF-8");
    else if (!text[strspn(text, " \t\r\n")])
        mg_row_refuse(status, 0, "empty sentence");
    else
        return true;
    return false;
}

/* A molecule is no sentence. known: the model knows words of it. */
static int check_notation(const char *text, bool known, molglot_row_status *status,
                          molglot_error *err) {
    if (known && mg_notation_guess(text, strlen(text)) == MG_NOTATION_WORDS) return MOLGLOT_OK;
    mg_notation_read read;
    int code = mg_notation_of(text, strlen(text), &read, err);
    if (code) return code;
    const mg_notation what = read.kind;
    if (what == MG_NOTATION_WORDS || (read.letters && known))
        ; /* a name or an abbreviation */
    else if (read.smiles)
        mg_row_refuse(status, -1, "%s %s, not a sentence: `like` (--like) '%.120s' makes analogues",
                      what == MG_NOTATION_INCHI ? "an" : "a", mg_notation_name(what), read.smiles);
    else if (mg_notation_refusal(what))
        mg_row_refuse(status, -1, "%s, and not a sentence", mg_notation_refusal(what));
    else
        mg_row_refuse(status, read.status.offset, "a broken %s (%.150s), not a sentence",
                      mg_notation_name(what), read.status.reason);
    free(read.smiles);
    return MOLGLOT_OK;
}

/* Whether it asks for something that can be checked. */
static bool asks(const mg_groups *groups, const char *text) {
    mg_request *asked = groups ? mg_request_parse(groups, text, NULL) : NULL;
    const bool any = asked && asked->conditions;
    mg_request_free(asked);
    return any;
}

int mg_sentence_check(const mg_embedder *e, const mg_groups *groups, bool named, const char *text,
                      bool *blind, molglot_row_status *status, molglot_error *err) {
    mg_known_words words = {0};
    int code = e ? mg_embed_words(e, text, &words, err) : MOLGLOT_OK;
    if (!code) code = check_notation(text, words.known > 0 || named, status, err);
    *blind = named && words.nonsense;
    if (!code && status->ok && words.nonsense && !named && !asks(groups, text))
        mg_known_words_refuse(&words, status);
    mg_known_words_free(&words);
    return code;
}
