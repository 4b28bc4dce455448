/* lipid_sphingoid.c - sphingoid bases, ceramides, and what stands on their first oxygen:
 *
 *   sphingosine, sphinganine, 4-hydroxysphinganine, 15-methylhexadecasphing-4-enine
 *   n-palmitoylsphingosine-1-phosphocholine, n-acetylsphinganine 1-phosphate
 *   n-tetracosanoyl-1-o-beta-d-glucosyl-15-methylhexadecasphinganine
 *   beta-d-galactosyl-(1<->1')-n-palmitoylsphingosine, sphinga-4e,14z-dienine
 *
 * The bases are D-erythro, those with a 4-hydroxy group D-ribo, as nature has them. In SMILES from
 * the first carbon on: C, [C@H] with the nitrogen, [C@H](O), then the chain.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_BASE = 40 };

typedef struct base {
    int carbons, methyl[4], methyls;
    bool hydroxy, oxo;           /* at 4, at 3 */
    char bond[LONGEST_BASE + 1]; /* 'e', 'z' */
    char *acyl, *sugar;          /* pieces */
    mg_str head;                 /* on the first oxygen; empty: hydrogen */
} base;

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* ---- the base's own name, from `s` to the end of its word ---- */

/* "4-en", "4e-en", "4,14-dien" with labels "4e,14z" elsewhere. */
static size_t read_bonds(const char *s, const char *labels, base *b) {
    size_t k = 0;
    int n = 0, at[4];
    char mark[4];
    while (isdigit((unsigned char)s[k]) && n < 4) {
        at[n] = atoi(s + k);
        while (isdigit((unsigned char)s[k])) k++;
        mark[n] = s[k] == 'e' || s[k] == 'z' ? s[k++] : 0;
        for (const char *l = labels; *l && !mark[n];) { /* "4e,14z" */
            const int place = atoi(l);
            while (isdigit((unsigned char)*l)) l++;
            if (place == at[n] && (*l == 'e' || *l == 'z')) mark[n] = *l;
            if (*l) l++;
            if (*l == ',') l++;
        }
        if (!mark[n] && at[n] == 4) mark[n] = 'e'; /* sphing-4-enine is 4E */
        n++;
        if (s[k] != ',') break;
        k++;
    }
    size_t times = 0;
    if (!n || s[k] != '-') return 0;
    k++;
    const int many = n > 1 ? name_multiplier(s + k, strlen(s + k), &times) : 1;
    k += n > 1 ? times : 0;
    if (many != n || !begins(s + k, "en")) return 0;
    for (int i = 0; i < n; i++) {
        if (!mark[i] || at[i] < 4 || at[i] >= LONGEST_BASE || (i && at[i] < at[i - 1] + 3))
            return 0;
        b->bond[at[i]] = mark[i];
    }
    return k + 2;
}

/* "sphingosine", "sphing-4-enine", "sphinganine", "phytosphingosine" ... at s; characters, 0. */
static size_t read_base(const char *s, const char *labels, base *b) {
    size_t k = 0;
    const bool dihydro = begins(s, "dihydro");
    k += dihydro ? 7 : 0;
    const bool phyto = !dihydro && begins(s, "phyto");
    k += phyto ? 5 : 0;
    size_t stem;
    b->carbons = 18;
    const int carbons = name_stem(s + k, strlen(s + k), &stem);
    if (carbons && !phyto && s[k + stem] == 'a' && begins(s + k + stem + 1, "sphing")) {
        b->carbons = carbons;
        k += stem + 1;
    }
    if (!begins(s + k, "sphing")) return 0;
    k += 6;
    if (begins(s + k, "osine")) {
        if (phyto)
            b->hydroxy = true;
        else if (!dihydro)
            b->bond[4] = 'e';
        return k + 5;
    }
    if (dihydro) return 0;
    if (begins(s + k, "anine")) {
        b->hydroxy |= phyto;
        return k + 5;
    }
    if (phyto) return 0;
    k += s[k] == 'a';
    if (s[k] != '-') return 0;
    const size_t m = read_bonds(s + k + 1, labels, b);
    return m && begins(s + k + 1 + m, "ine") ? k + 1 + m + 3 : 0;
}

/* ---- what stands in front ---- */

/* "4-hydroxy", "15-methyl", "3-dehydro" at s; characters. */
static size_t read_group(const char *s, base *b) {
    size_t k = 0;
    while (isdigit((unsigned char)s[k])) k++;
    const int at = atoi(s);
    if (!k || s[k] != '-') return 0;
    k++;
    if (at == 4 && begins(s + k, "hydroxy")) {
        if (b->hydroxy) return 0;
        b->hydroxy = true;
        return k + 7;
    }
    if (at == 3 && begins(s + k, "dehydro")) return b->oxo = true, k + 7;
    if (at == 3 && begins(s + k, "oxo")) return b->oxo = true, k + 3;
    if (at == 3 && begins(s + k, "keto")) return b->oxo = true, k + 4;
    if (at > 5 && begins(s + k, "methyl") && b->methyls < 4) {
        b->methyl[b->methyls++] = at;
        return k + 6;
    }
    return 0;
}

/* Where the base's own words begin, at i or behind groups:
 * "4-hydroxy-15-methylhexadecasphinganine"; characters up to the end of the base, 0. */
static size_t read_core(const char *s, const char *labels, base *b) {
    base own = *b;
    size_t k = 0, m;
    if (begins(s, "d-erythro-")) k = 10;
    while ((m = read_group(s + k, &own)) != 0) {
        k += m;
        k += s[k] == '-';
    }
    m = read_base(s + k, labels, &own);
    if (!m) return 0;
    *b = own;
    return k + m;
}

/* "1-o-beta-d-glucosyl", "beta-d-glucosyl-(1<->1')", "1-o-(alpha-d-galactopyranosyl)". */
static char *read_sugar(const char *s, size_t n, bool *failed) {
    static const char *const joins[] = {"-(1<->1')", "-(1->1')", "-(11')",
                                        "-(1->1)",   "-(1<->1)", "-(11)"};
    if (begins(s, "1-o-")) /* or an acyl group */
        return n < 5 ? NULL : lipid_piece(s + 4, n - 4, 'O', LIPID_SUGAR | LIPID_ACYL, failed);
    if (begins(s, "1-") && n > 8) s += 2, n -= 2;
    for (size_t i = 0; i < MG_COUNT(joins); i++) {
        const size_t k = strlen(joins[i]);
        if (n > k && !strncmp(s + n - k, joins[i], k)) n -= k;
    }
    return lipid_piece(s, n, 'O', LIPID_SUGAR, failed);
}

/* All of s[0..n), "n-palmitoyl-1-o-beta-d-glucosyl": acyl and sugar in either order. */
static bool read_front(const char *s, size_t n, base *b, bool *failed) {
    while (n && s[n - 1] == '-') n--;
    if (!n) return true;
    if (begins(s, "n-") && !b->acyl) {
        b->acyl = lipid_piece(s + 2, n - 2, 'N', LIPID_ACYL, failed);
        if (b->acyl || *failed) return b->acyl != NULL;
    }
    if (!b->sugar) {
        b->sugar = read_sugar(s, n, failed);
        if (b->sugar || *failed) return b->sugar != NULL;
    }
    int tries = 0;
    for (size_t k = n - 1; k > 1 && tries < 10; k--) { /* both: cut at a hyphen */
        if (s[k] != '-') continue;
        const bool acyl_first = begins(s, "n-") && begins(s + k + 1, "1-o-");
        if (!acyl_first && !begins(s + k + 1, "n-")) continue;
        const char *acyl = acyl_first ? s + 2 : s + k + 3;
        const size_t m = acyl_first ? k - 2 : n - k - 3;
        if (!m || m > n) continue;
        tries++;
        b->acyl = lipid_piece(acyl, m, 'N', LIPID_ACYL, failed);
        if (b->acyl)
            b->sugar = acyl_first ? read_sugar(s + k + 1, n - k - 1, failed)
                                  : read_sugar(s, k, failed);
        if (b->acyl && b->sugar) return true;
        free(b->acyl);
        b->acyl = NULL;
        if (*failed) return false;
    }
    return false;
}

/* ---- what follows ---- */

static bool read_tail(const char *s, base *b, bool *failed) {
    if (!*s) return true;
    if (*s != '-' && *s != ' ') return false;
    s++;
    if (!strcmp(s, "1-phosphate")) {
        mg_str_addz(&b->head, "P(=O)(O)O");
        return true;
    }
    if (!begins(s, "1-phospho")) return false;
    s += 9;
    const bool choline = !strcmp(s, "choline");
    mg_str_addz(&b->head, choline ? "P(=O)([O-])" : "P(=O)(O)");
    if (*s == '-') s++;
    return lipid_head(s, true, &b->head, failed) != NULL;
}

/* ---- the molecule ---- */

static void add_chain(const base *b, mg_str *out) {
    bool slash = false;
    for (int i = b->hydroxy ? 5 : 4; i <= b->carbons; i++) {
        bool branch = false;
        for (int m = 0; m < b->methyls; m++) branch |= b->methyl[m] == i;
        if (b->bond[i]) mg_str_addz(out, "/");
        if (slash) mg_str_addz(out, b->bond[i - 2] == 'e' ? "/" : "\\");
        mg_str_addz(out, branch ? "C(C)" : "C");
        if (b->bond[i]) mg_str_addz(out, "=");
        slash = i > 4 && b->bond[i - 1];
    }
}

static char *build(const base *b, bool *failed) {
    mg_str s = {0};
    if (b->carbons < 8 || b->carbons > LONGEST_BASE || (b->hydroxy && b->bond[4])) return NULL;
    for (int m = 0; m < b->methyls; m++)
        if (b->methyl[m] >= b->carbons) return NULL;
    for (int i = 4; i <= LONGEST_BASE; i++)
        if (b->bond[i] && i + 1 >= b->carbons) return NULL;
    mg_str_addz(&s, "C%91[C@H]%92");
    mg_str_addz(&s, b->oxo ? "C(=O)" : "[C@H](O)");
    if (b->hydroxy) mg_str_addz(&s, "[C@H](O)");
    add_chain(b, &s);
    if (b->acyl)
        lipid_add_piece(&s, b->acyl, 92);
    else
        mg_str_addz(&s, ".N%92");
    if (b->sugar)
        lipid_add_piece(&s, b->sugar, 91);
    else
        mg_str_addf(&s, ".O%%91%s", b->head.n ? b->head.s : "");
    char *out = s.failed ? NULL : lipid_canonical(s.s);
    *failed |= s.failed;
    mg_str_free(&s);
    return out;
}

/* "n-palmitoylceramide", "c16 ceramide": of sphingosine. */
static void spell_ceramide(char *s, size_t room) {
    const size_t n = strlen(s), k = sizeof "ceramide" - 1;
    char own[NAME_LONGEST + 80], stem[24];
    if (n <= k || n + 40 > room || !name_ends_with(s, "ceramide")) return;
    const int carbons = *s == 'c' ? atoi(s + 1) : 0;
    if (begins(s, "n-") && !strchr(s, ' ')) {
        strcpy(s + n - k, "sphingosine");
    } else if (carbons > 1 && carbons < 31 && strcspn(s, "- ") == 2 + (size_t)(carbons > 9) &&
               n == 3 + (size_t)(carbons > 9) + k) {
        lipid_stem(carbons, stem);
        snprintf(own, sizeof own, "n-%sanoylsphingosine", stem);
        memcpy(s, own, strlen(own) + 1);
    }
}

static char *read_at(const char *s, size_t front, const char *labels, bool *failed) {
    base b = {0};
    char *out = NULL;
    size_t m = read_core(s + front, labels, &b);
    if (m && read_tail(s + front + m, &b, failed) && read_front(s, front, &b, failed) &&
        !(b.sugar && b.head.n) && !b.head.failed)
        out = build(&b, failed);
    *failed |= b.head.failed;
    free(b.acyl);
    free(b.sugar);
    mg_str_free(&b.head);
    return out;
}

/* "4e,14z-sphingadienine", "(4e,14z)-sphinga-4,14-dienine": the labels cut out of the name. */
static void take_labels(char *s, char labels[40]) {
    *labels = 0;
    char *base_at = strstr(s, "sphing");
    for (char *at = base_at; at && at > s; at--) { /* right before the base */
        size_t stem;
        if (strchr(")]", *at)) return;
        if (*at != '-') continue;
        if (at + 1 != base_at &&
            (!name_stem(at + 1, (size_t)(base_at - at - 1), &stem) || at + 2 + stem != base_at))
            return;
        const bool closed = at[-1] == ')';
        char *from = at - closed;
        while (from > s && strchr("0123456789ez,", from[-1])) from--;
        const size_t n = (size_t)(at - closed - from);
        if (n < 2 || n > 39 || !strchr("ez", at[-1 - closed])) return;
        if (closed && (from == s || from[-1] != '(')) return;
        if (!isdigit((unsigned char)*from)) return;
        memcpy(labels, from, n);
        labels[n] = 0;
        memmove(from - closed, at + 1, strlen(at + 1) + 1);
        return;
    }
}

/* "sphingadienine" with labels: "sphinga-4,14-dienine". */
static void locate(char *s, size_t room, const char *labels) {
    char places[40] = "";
    size_t k = 0;
    char *at = strstr(s, "sphingadienine"), *one = strstr(s, "sphingenine");
    if ((!at && !one) || !*labels || strlen(s) + 40 > room) return;
    for (const char *l = labels; *l; l++)
        if (*l != 'e' && *l != 'z') places[k++] = *l;
    places[k] = 0;
    char behind[NAME_LONGEST + 80];
    if (at) {
        snprintf(behind, sizeof behind, "sphinga-%s-dienine%s", places, at + 14);
        memcpy(at, behind, strlen(behind) + 1);
    } else {
        snprintf(behind, sizeof behind, "sphing-%s-enine%s", places, one + 11);
        memcpy(one, behind, strlen(behind) + 1);
    }
}

char *lipid_sphingoid(const char *s, bool *failed) {
    char own[NAME_LONGEST + 80], labels[40];
    const size_t n = strlen(s);
    if (n > NAME_LONGEST) return NULL;
    memcpy(own, s, n + 1);
    spell_ceramide(own, sizeof own);
    take_labels(own, labels);
    locate(own, sizeof own, labels);
    const char *at = strstr(own, "sphing");
    char *out = NULL;
    for (size_t front = 0; at && own + front <= at && !out && !*failed; front++) {
        /* groups of the base and a stem may stand before it; the longest that are read */
        if (front && !strchr("-)]}l", own[front - 1])) continue;
        out = read_at(own, front, labels, failed);
    }
    return out;
}
