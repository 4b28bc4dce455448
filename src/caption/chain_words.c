/* chain_words.c - words that go with the chains of a lipid: how many carbons ("36:2"), how long
 * ("long-chain"), how saturated.
 */
#include "caption/chains.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Whether what stands before s[at] is a phospholipid's or a glyceride's name. */
static bool is_glyceride(const char *s, size_t at) {
    size_t from = at > 30 ? at - 30 : 0;
    for (size_t i = from; i < at; i++)
        if (strchr(".,;", s[i])) from = i;
    return memmem(s + from, at - from, "phosphatid", 10) ||
           memmem(s + from, at - from, "glycer", 6);
}

void mg_chains_count(const chain *has, int n_has, mg_str *s) {
    int carbons = 0, doubles = 0;
    mg_str out = {0};
    for (int k = 0; k < n_has; k++) carbons += has[k].carbons, doubles += has[k].doubles;
    for (size_t at = 0; at < s->n;) {
        const size_t n = at && s->s[at - 1] == ' ' ? strspn(s->s + at, "0123456789") : 0;
        const size_t more = n && s->s[at + n] == ':' ? strspn(s->s + at + n + 1, "0123456789") : 0;
        if (more && is_glyceride(s->s, at)) {
            mg_str_addf(&out, "%d:%d", carbons, doubles);
            at += n + 1 + more;
        } else
            mg_str_add(&out, s->s + at++, 1);
    }
    out.failed |= s->failed;
    mg_str_free(s);
    *s = out;
}

void mg_chains_measure(const chain *has, int n_has, mg_str *s) {
    static const char *const lengths[] = {"ultra-long-chain", "very long-chain", "medium-chain",
                                          "short-chain", "long-chain"};
    const int c = has[0].carbons;
    const char *is = c > 27   ? lengths[0]
                     : c > 22 ? lengths[1]
                     : c > 12 ? lengths[4]
                     : c > 5  ? lengths[2]
                              : lengths[3];
    mg_str out = {0};
    if (n_has != 1) return;
    for (size_t at = 0; at < s->n;) {
        size_t n = 0;
        for (size_t i = 0; i < MG_COUNT(lengths) && !n; i++)
            if (!strncmp(s->s + at, lengths[i], strlen(lengths[i]))) n = strlen(lengths[i]);
        if (n) {
            if (out.n > 4 && !strcmp(out.s + out.n - 4, " an ") && *is != 'u')
                out.n -= 2, mg_str_addz(&out, " ");
            else if (out.n > 3 && !strcmp(out.s + out.n - 3, " a ") && *is == 'u')
                out.n--, mg_str_addz(&out, "n ");
            mg_str_addz(&out, is);
            at += n;
        } else
            mg_str_add(&out, s->s + at++, 1);
    }
    out.failed |= s->failed;
    mg_str_free(s);
    *s = out;
}

/* "O-36:1", "ceramide 34:1": chains that are counted otherwise than a glyceride's; "d18:1" is said
 * of a base. */
static bool counts_otherwise(const char *s) {
    for (const char *at = s; (at = strchr(at, ':')) != NULL; at++) {
        const char *from = at;
        while (from > s && isdigit((unsigned char)from[-1])) from--;
        if (from == at || !isdigit((unsigned char)at[1])) continue;
        const bool base = from > s && from[-1] == 'd' && atoi(from) <= 20;
        const bool own = from > s && from[-1] == ' ' && is_glyceride(s, (size_t)(from - s));
        if (!base && !own) return true;
    }
    return false;
}

bool mg_chains_deny(const chain *has, int n_has, const char *s) {
    int doubles = 0, hydroxy = 0, oxo = 0;
    for (int k = 0; k < n_has; k++) {
        doubles += has[k].doubles;
        hydroxy += strstr(has[k].acid, "hydroxy") != NULL;
        oxo += strstr(has[k].acid, "oxo") != NULL;
    }
    for (const char *at = s; (at = strstr(at, "saturated ")) != NULL; at++)
        if ((at > s && isalpha((unsigned char)at[-1])) ? !doubles : doubles > 0) return true;
    if (n_has == 1 && ((strstr(s, "monounsaturated") && doubles > 1) ||
                       (strstr(s, "polyunsaturated") && doubles < 2)))
        return true;
    return (strstr(s, "hydroxy fatty") && !hydroxy) || (strstr(s, "oxo-fatty") && !oxo) ||
           (strstr(s, "oxo fatty") && !oxo) || counts_otherwise(s);
}
