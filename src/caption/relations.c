/* relations.c - a caption names another molecule that the described one is an acid, a base, a
 * mirror image or a tautomer of:
 *
 *   "It is a conjugate base of a nonanoic acid."
 *
 * Both have the same atoms, hydrogens aside. Where the name is a systematic one, or the dictionary
 * of names knows it, and none of its structures has the described molecule's atoms, the name is
 * wrong. What nobody knows is no claim.
 */
#include "base/grow.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 240 };

static const char *const RELATIONS[] = {"It is a conjugate acid of ", "It is a conjugate base of ",
                                        "It is an enantiomer of ", "It is a tautomer of "};

/* Length of the name at s, to the end of its sentence; 0: there are several, or it is too long. */
static size_t name_length(const char *s) {
    size_t n = 0;
    while (s[n] && !(s[n] == '.' && (!s[n + 1] || s[n + 1] == ' '))) n++;
    if (n >= NAME) return 0;
    return memmem(s, n, " and ", 5) || memmem(s, n, " or ", 4) ? 0 : n;
}

/* Whether [s, s + n) is a name; and whether never of a molecule of these atoms. What nobody reads
 * has any. */
static int look_up(mg_readings *r, const char *s, size_t n, uint64_t composition, bool *known,
                   bool *wrong, molglot_error *err) {
    char name[NAME];
    mg_reading x;
    memcpy(name, s, n);
    name[n] = 0;
    const int code = mg_readings_name(r, name, &x, err);
    *known = *wrong = x.n > 0;
    for (size_t i = 0; i < x.n; i++)
        *wrong = *wrong && x.at[i].read && x.at[i].composition != composition;
    mg_reading_free(&x);
    return code;
}

static int words_in(const char *text, size_t begin, size_t end) {
    int n = 1;
    for (size_t i = begin; i < end; i++) n += text[i] == ' ';
    return n;
}

int mg_caption_wrong(mg_caption *c, size_t begin, size_t end, molglot_error *err) {
    int kept = 0, at = 0;
    for (int i = 0; i < c->n_wrong; i++) {
        const mg_caption_span s = c->wrong[i];
        if (s.begin < end && s.end > begin) { /* it is part of this one */
            c->wrong_words -= words_in(c->text, s.begin, s.end);
            begin = s.begin < begin ? s.begin : begin;
            end = s.end > end ? s.end : end;
        } else
            c->wrong[kept++] = s;
    }
    mg_caption_span *all = realloc(c->wrong, ((size_t)kept + 1) * sizeof *all);
    if (!all) return mg_no_memory(err, "a caption");
    c->wrong = all;
    c->n_wrong = kept + 1;
    for (at = kept; at > 0 && all[at - 1].begin > begin; at--) all[at] = all[at - 1];
    all[at] = (mg_caption_span){begin, end};
    c->wrong_words += words_in(c->text, begin, end);
    return MOLGLOT_OK;
}

int mg_relations_check(mg_readings *r, const mg_mol *mol, mg_caption *c, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(RELATIONS) && !code; k++) {
        const char *at = c->text;
        while ((at = strstr(at, RELATIONS[k])) && !code) {
            bool known = false, wrong = false;
            at += strlen(RELATIONS[k]);
            at += !strncmp(at, "an ", 3) ? 3 : !strncmp(at, "a ", 2) ? 2 : 0;
            const size_t n = name_length(at), begin = (size_t)(at - c->text);
            if (n) code = look_up(r, at, n, mg_mol_composition(mol), &known, &wrong, err);
            c->claims += known;
            if (!code && wrong) code = mg_caption_wrong(c, begin, begin + n, err);
        }
    }
    return code;
}
