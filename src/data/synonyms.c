/* synonyms.c - sentences said again with another name of a compound that they mention.
 *
 * A table of names (columns smiles, text) gives each structure its names. In a text, a name of one
 * structure alone that stands as whole words, at most MOST_WORDS of them, the longest first, is put
 * in the place of another name of the same structure. Left alone are
 *   names of radicals ("hydroxymethyl"), which are parts of a structure here
 *   short names, codes and numbers, names in the order of an index ("acetic acid, methyl ester")
 *   words that are groups or classes of the dictionary ("phenol", "an ester"), because there the
 *   sentence means the class
 *   sentences that tell classes or roles ("It is a ...", "It has a role as ...")
 *   names that stand in more than COMMON of the texts, and words of those roles: they are words of
 *   the language ("orphan" drug)
 *   structures with stereo that is not set: such names are often of several compounds
 */
#include "chem/facts/facts.h"
#include "data/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 4, MOST_NAME = 80, LETTERS = 5, CHUNK = 1024, MOST_HITS = 24 };
#define COMMON 0.005

struct mg_synonyms {
    mg_rows rows;
    mg_names names;  /* folded name -> structure; AMBIGUOUS */
    mg_names smiles; /* SMILES -> structure */
    int32_t *first;  /* [structures]: row of a name that may be said, -1: none */
    int32_t *next;   /* [rows]: of the same structure */
    int8_t *settled; /* [structures]: all stereo is set; -1: not looked at */
    int32_t *common; /* [structures]: texts that name it */
    mg_names roles;  /* words of roles */
    mg_groups *groups;
};
enum { AMBIGUOUS = INT32_MAX - 1 };

typedef struct hit { /* a name in a text */
    size_t from, to;
    int32_t structure;
} hit;

/* ---- names ---- */

/* A name that a person says: letters, the last one small, few digits. */
static bool is_said(const char *s) {
    const size_t n = strlen(s);
    size_t letters = 0, digits = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)s[i];
        if (c >= 0x80 || strchr("[]=;:/\\\"%&+_|.", c)) return false;
        letters += isalpha(c) != 0;
        digits += isdigit(c) != 0;
        run = isdigit(c) ? run + 1 : 0;
        if (run > 2 || (c == ',' && (i + 1 == n || s[i + 1] == ' '))) return false;
    }
    return n <= MOST_NAME && letters >= LETTERS && digits * 3 <= letters &&
           islower((unsigned char)s[n - 1]) && !strstr(s, "deuter") && !strstr(s, "tritio");
}

/* At most MOST_WORDS words, folded into out; the length, 0: too long. */
static size_t fold(const char *s, size_t n, char out[4 * MOST_NAME + 1]) {
    return n <= MOST_NAME ? mg_name_fold(s, n, out, 4 * MOST_NAME + 1) : 0;
}

static int add_name(mg_synonyms *y, int32_t row, molglot_error *err) {
    char folded[4 * MOST_NAME + 1];
    const char *name = y->rows.text[row], *smiles = y->rows.smiles[row];
    const size_t n = fold(name, strlen(name), folded);
    if (!n || !*smiles) return MOLGLOT_OK;
    mg_slot *structure = mg_names_at(&y->smiles, smiles, strlen(smiles));
    if (!structure) return mg_no_memory(err, "synonyms");
    if (structure->value < 0) structure->value = (int32_t)y->smiles.n - 1;
    const int32_t k = structure->value;
    mg_slot *slot = mg_names_copy(&y->names, folded, n);
    if (!slot) return mg_no_memory(err, "synonyms");
    const bool again = slot->value == k;
    slot->value = slot->value < 0 || again ? k : AMBIGUOUS;
    y->next[row] = y->first[k];
    if (is_said(name) && !again) y->first[k] = row;
    return MOLGLOT_OK;
}

mg_synonyms *mg_synonyms_open(const char *path, molglot_error *err) {
    mg_synonyms *y = calloc(1, sizeof *y);
    int code = y ? mg_rows_load(&y->rows, path, NULL, err) : mg_no_memory(err, "synonyms");
    const size_t n = code ? 0 : y->rows.n;
    if (!code && n >= AMBIGUOUS) code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: too many rows", path);
    if (!code) {
        y->first = malloc((n + 1) * sizeof *y->first);
        y->next = malloc((n + 1) * sizeof *y->next);
        y->settled = malloc(n + 1);
        y->common = calloc(n + 1, sizeof *y->common);
        y->groups = mg_groups_new(NULL, 0, err);
        if (!y->first || !y->next || !y->settled || !y->common || !y->groups)
            code = mg_no_memory(err, "synonyms");
    }
    for (size_t i = 0; i < n && !code; i++) y->first[i] = -1, y->settled[i] = -1;
    for (size_t i = 0; i < n && !code; i++)
        if (y->rows.status[i].ok) code = add_name(y, (int32_t)i, err);
    if (!code && !y->names.n)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no names of molecules in it", path);
    if (!code) return y;
    mg_synonyms_close(y);
    return NULL;
}

void mg_synonyms_close(mg_synonyms *y) {
    if (!y) return;
    mg_rows_free(&y->rows);
    mg_names_free(&y->names);
    mg_names_free(&y->smiles);
    mg_names_free(&y->roles);
    mg_groups_free(y->groups);
    free(y->first);
    free(y->next);
    free(y->settled);
    free(y->common);
    free(y);
}

/* ---- names in a text ---- */

static size_t word_end(const char *s, size_t p) {
    while (s[p] && s[p] != ' ') p++;
    return p;
}

static size_t trim(const char *s, size_t from, size_t to) {
    while (to > from && strchr(".,;:", s[to - 1])) to--;
    return to;
}

static int32_t find_name(const mg_synonyms *y, const char *s, size_t n) {
    char folded[4 * MOST_NAME + 1];
    size_t letters = 0;
    for (size_t i = 0; i < n; i++) letters += isalpha((unsigned char)s[i]) != 0;
    const size_t m = letters < LETTERS ? 0 : fold(s, n, folded);
    const bool radical = m > 3 && (!strcmp(folded + m - 2, "yl") || !strcmp(folded + m - 3, "oxy"));
    const int32_t k = m && !radical ? mg_names_find_n(&y->names, folded, m) : -1;
    return k < 0 || k == AMBIGUOUS || mg_groups_find(y->groups, folded) >= 0 ||
                   mg_names_find_n(&y->roles, folded, m) >= 0
               ? -1
               : k;
}

/* The longest name that begins at `from`; false: none. */
static bool name_at(const mg_synonyms *y, const char *s, size_t from, hit *out) {
    size_t ends[MOST_WORDS];
    int n = 0;
    for (size_t p = from; n < MOST_WORDS && s[p] && p - from <= MOST_NAME; p++) {
        p = word_end(s, p);
        ends[n++] = p;
        if (!s[p] || strchr(".;:", s[p - 1])) break;
    }
    while (n-- > 0) {
        const size_t to = trim(s, from, ends[n]);
        const int32_t k = to > from ? find_name(y, s + from, to - from) : -1;
        *out = (hit){from, to, k};
        if (k >= 0) return true;
    }
    return false;
}

/* The byte behind a sentence's full stop and blank. */
static size_t next_sentence(const char *s, size_t p) {
    const char *stop = strstr(s + p, ". ");
    return stop ? (size_t)(stop - s) + 2 : p + strlen(s + p);
}

static bool tells_role(const char *s) { return strncmp(s, "It has a role", 13) == 0; }

/* "It is a tautomer of ..." tells of a compound, "It is a benzoic acid" of a class. */
static bool tells_class(const char *s) {
    static const char *const relations[] = {"conjugate", "tautomer", "enantiomer"};
    if (strncmp(s, "It is a", 7) != 0) return false;
    const char *word = s + (s[7] == 'n' ? 9 : 8);
    bool relation = (s[7] != ' ' && s[7] != 'n') || !s[8];
    for (size_t i = 0; i < MG_COUNT(relations) && !relation; i++)
        relation = strncmp(word, relations[i], strlen(relations[i])) == 0;
    return !relation;
}

static int find_hits(const mg_synonyms *y, const char *s, hit hits[MOST_HITS]) {
    int n = 0;
    for (size_t p = 0; s[p] && n < MOST_HITS;) {
        const bool begins = p == 0 || (p > 1 && s[p - 2] == '.');
        if (begins && (tells_role(s + p) || tells_class(s + p))) {
            p = next_sentence(s, p);
            continue;
        }
        if (name_at(y, s, p, &hits[n]))
            p = hits[n++].to;
        else
            p = word_end(s, p);
        while (s[p] && s[p] != ' ') p++;
        while (s[p] == ' ') p++;
    }
    return n;
}

/* The words of the roles that a text tells. */
static int add_roles(mg_synonyms *y, const char *s, molglot_error *err) {
    for (size_t p = 0; s[p]; p = next_sentence(s, p)) {
        if (!tells_role(s + p)) continue;
        const size_t end = next_sentence(s, p);
        for (size_t from = p; from < end;) {
            size_t to = from;
            while (to < end && s[to] != ' ') to++;
            const size_t n = trim(s, from, to) - from;
            char folded[4 * MOST_NAME + 1];
            const size_t m = fold(s + from, n, folded);
            mg_slot *slot = m ? mg_names_copy(&y->roles, folded, m) : NULL;
            if (m && !slot) return mg_no_memory(err, "synonyms");
            if (slot) slot->value = 1;
            from = to + 1;
        }
    }
    return MOLGLOT_OK;
}

int mg_synonyms_count(mg_synonyms *y, const char *const *texts, int64_t n, molglot_error *err) {
    hit hits[MOST_HITS];
    static const char *const words[] = {"equal", "factor", "allergen", "mutagen", "metabolite"};
    memset(y->common, 0, (y->rows.n + 1) * sizeof *y->common);
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!mg_names_put(&y->roles, words[i], 1)) return mg_no_memory(err, "synonyms");
    for (int64_t i = 0; i < n; i++) {
        const int code = add_roles(y, texts[i], err);
        if (code) return code;
    }
    for (int64_t i = 0; i < n; i++) {
        const int found = find_hits(y, texts[i], hits);
        for (int k = 0; k < found; k++) y->common[hits[k].structure]++;
    }
    const double most = COMMON * (double)n + 3;
    for (int64_t k = 0; k < (int64_t)y->smiles.n; k++) {
        if (!y->common[k]) continue;
        const char *smiles = NULL;
        for (int32_t r = y->first[k]; r >= 0 && !smiles; r = y->next[r]) smiles = y->rows.smiles[r];
        mg_mol *m = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
        mg_facts f = {0};
        const int code = m ? mg_facts_numbers(NULL, m, &f, err) : MOLGLOT_OK;
        y->settled[k] = m && !code && !f.unset && !f.unset_bonds && y->common[k] <= most;
        mg_mol_free(m);
        if (code == MOLGLOT_NO_MEMORY) return code;
    }
    return MOLGLOT_OK;
}

/* ---- another wording ---- */

/* An anion's or ester's name: tables give it to acids too, so that it changes with its like alone.
 */
static bool is_ate(const char *folded) {
    const size_t n = strlen(folded);
    return n > 3 && strcmp(folded + n - 3, "ate") == 0;
}

/* Another name of the hit's structure, drawn; NULL: it has none. */
static const char *draw_name(const mg_synonyms *y, const char *s, const hit *h, mg_rng *rng) {
    char own[4 * MOST_NAME + 1], other[4 * MOST_NAME + 1];
    if (y->settled[h->structure] != 1) return NULL;
    fold(s + h->from, h->to - h->from, own);
    const char *found = NULL;
    uint64_t n = 0;
    for (int32_t r = y->first[h->structure]; r >= 0; r = y->next[r]) {
        const char *name = y->rows.text[r];
        if (!is_said(name) || !fold(name, strlen(name), other) || !strcmp(own, other)) continue;
        if (mg_names_find(&y->names, other) != h->structure || is_ate(own) != is_ate(other))
            continue;
        if (mg_rng_below(rng, ++n) == 0) found = name;
    }
    return found;
}

static bool is_vowel(char c) { return c && strchr("aeiouAEIOU", c) != NULL; }

/* With "a" or "an" in front as the new name wants it. */
static void put_name(mg_str *out, const char *name) {
    const char *s = out->s;
    const size_t n = out->failed ? 0 : out->n;
    const size_t word = n >= 2 && s[n - 1] == ' ' ? (s[n - 2] | 0x20) == 'n' ? 2 : 1 : 0; /* "an" */
    const size_t at = word && n > word ? n - 1 - word : n;
    if (at < n && (s[at] | 0x20) == 'a' && (!at || s[at - 1] == ' ')) {
        out->n = at + 1;
        mg_str_addz(out, is_vowel(*name) ? "n " : " ");
    }
    mg_str_addz(out, name);
}

bool mg_synonyms_say(const mg_synonyms *y, const char *text, uint64_t seed, mg_str *out) {
    hit hits[MOST_HITS];
    const char *names[MOST_HITS];
    mg_rng rng = {.seed = seed};
    int n = find_hits(y, text, hits), able = 0, said = 0;
    for (int k = 0; k < n; k++) able += (names[k] = draw_name(y, text, &hits[k], &rng)) != NULL;
    out->n = 0;
    /* a text that is a name alone is no sentence */
    if (!able || (hits[0].from == 0 && !text[hits[0].to])) return false;
    int must = (int)mg_rng_below(&rng, (uint64_t)able); /* the one that is said in any case */
    size_t at = 0;
    for (int k = 0; k < n; k++) {
        if (!names[k]) continue;
        const bool other = must-- == 0 || mg_rng_next(&rng) >> 63;
        if (!other) continue;
        mg_str_add(out, text + at, hits[k].from - at);
        put_name(out, names[k]);
        at = hits[k].to;
        said++;
    }
    mg_str_addz(out, text + at);
    return said > 0 && !out->failed;
}
