/* generate_texts.c - what is no sentence is refused before anything is drawn: what is empty, a
 * molecule, words that the model does not know; and sentences that are names of molecules. */
#include "app/cmd/generate.h"

#include <stdlib.h>
#include <string.h>

bool generate_usable(const char *text, molglot_row_status *status) {
    const int64_t wrong = mg_utf8_invalid(text, strlen(text));
    if (!status->ok) return false;
    if (wrong < 0 && text[strspn(text, " \t\r\n")]) return true;
    *status = (molglot_row_status){.offset = (int32_t)wrong};
    snprintf(status->reason, sizeof status->reason, "%s",
             wrong < 0 ? "empty sentence" : "not UTF-8");
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
        mg_row_refuse(status, -1, "%s %s, not a sentence: --like '%.120s' makes analogues of it",
                      what == MG_NOTATION_INCHI ? "an" : "a", mg_notation_name(what), read.smiles);
    else if (mg_notation_refusal(what))
        mg_row_refuse(status, -1, "%s, and not a sentence", mg_notation_refusal(what));
    else
        mg_row_refuse(status, read.status.offset, "a broken %s (%.150s), not a sentence",
                      mg_notation_name(what), read.status.reason);
    free(read.smiles);
    return MOLGLOT_OK;
}

/* Whether a molecule passes what was asked of all: --keep. */
static int is_kept(const generate_texts *t, const char *smiles, bool *kept, molglot_error *err) {
    const char *pattern = t->keep;
    *kept = true;
    if (!pattern) return MOLGLOT_OK;
    mg_smarts *keep = mg_smarts_new(pattern, err);
    mg_mol *mol = keep ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    *kept = mol && mg_smarts_count(keep, mol, 1) > 0;
    mg_mol_free(mol);
    mg_smarts_free(keep);
    return keep ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* Whether the sentence is a name of a molecule that may be shown. */
static int look_up(const generate_texts *t, const char *text, generate_name *out,
                   molglot_error *err) {
    bool kept = true;
    int code = t->groups ? mg_named_query(t->groups, t->names, text, &out->named, NULL, err)
                         : mg_named_find(t->names, text, &out->named, err);
    if (!code && out->named.hits.n) code = is_kept(t, out->named.hits.hit[0].smiles, &kept, err);
    if (!kept) mg_named_free(&out->named);
    return code;
}

/* Whether it asks for something that can be checked: "MW < 150". */
static bool asks(const generate_texts *t, const char *text) {
    mg_request *asked = t->groups ? mg_request_parse(t->groups, text, NULL) : NULL;
    const bool any = asked && asked->conditions;
    mg_request_free(asked);
    return any;
}

int generate_check_text(const generate_texts *t, const char *text, generate_name *name,
                        molglot_row_status *status, molglot_error *err) {
    mg_known_words words = {0};
    int code = t->embedder && !t->as_text ? mg_embed_words(t->embedder, text, &words, err)
                                          : MOLGLOT_OK;
    if (!code && t->names) code = look_up(t, text, name, err);
    if (!code && !t->as_text)
        code = check_notation(text, words.known > 0 || name->named.hits.n, status, err);
    name->blind = name->named.hits.n && words.nonsense;
    if (!code && status->ok && words.nonsense && !name->blind && !asks(t, text))
        mg_known_words_refuse(&words, status);
    mg_known_words_free(&words);
    return code;
}
