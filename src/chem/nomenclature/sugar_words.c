/* sugar_words.c - words behind a sugar or a nucleoside: "6-phosphate", "1,6-bisphosphate",
 * "5'-triphosphate", "3',5'-cyclic phosphate", "2-O-sulfate"; its charge, "(2-)", where all of its
 * acids have lost their protons.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 8 };

typedef struct word {
    char place[PLACES][NAME_LOCANT];
    int places, count;
    const char *smiles; /* of what binds to an oxygen by its first atom */
    bool cyclic;
    const name_ways *ester; /* on its last oxygen; NULL: none */
} word;

#define PHOSPHO "P(=O)(O)O"
static const struct {
    const char *name, *smiles;
} ACIDS[] = {{"phosphate", PHOSPHO},
             {"monophosphate", PHOSPHO},
             {"dihydrogen phosphate", PHOSPHO},
             {"diphosphate", "P(=O)(O)O" PHOSPHO},
             {"pyrophosphate", "P(=O)(O)O" PHOSPHO},
             {"trihydrogen diphosphate", "P(=O)(O)O" PHOSPHO},
             {"triphosphate", "P(=O)(O)OP(=O)(O)O" PHOSPHO},
             {"tetrahydrogen triphosphate", "P(=O)(O)OP(=O)(O)O" PHOSPHO},
             {"tetraphosphate", "P(=O)(O)OP(=O)(O)OP(=O)(O)O" PHOSPHO},
             {"sulfate", "S(=O)(=O)O"},
             {"hydrogen sulfate", "S(=O)(=O)O"},
             {"acetate", "C(C)=O"},
             {"benzoate", "C(C1=CC=CC=C1)=O"},
             {"nitrate", "[N+](=O)[O-]"}};

/* "3',5'-", "1-"; characters with the hyphen. */
static size_t places_at(const name_reader *r, size_t i, size_t end, word *w) {
    size_t k = i;
    for (w->places = 0; w->places < PLACES;) {
        char *out = w->place[w->places++];
        size_t n = 0;
        while (k < end && n < 2 && isdigit((unsigned char)r->s[k])) out[n++] = r->s[k++];
        if (!n) break;
        if (k < end && r->s[k] == '\'') out[n++] = r->s[k++];
        out[n] = 0;
        if (k < end && r->s[k] == '-') return k + 1 - i;
        if (k >= end || r->s[k++] != ',') break;
    }
    w->places = 0;
    return 0;
}

/* The acid's name from i on, maybe in brackets; characters. */
static size_t acid_at(const name_reader *r, size_t i, size_t end, word *w) {
    const bool bracket = i < end && r->s[i] == '(';
    size_t best = 0;
    for (size_t a = 0; a < MG_COUNT(ACIDS); a++) {
        const size_t n = strlen(ACIDS[a].name), k = i + bracket + n;
        if (!name_begins(r, i + bracket, end, ACIDS[a].name) || n < best) continue;
        if (bracket ? k >= end || r->s[k] != ')' : k < end && r->s[k] != ' ') continue;
        best = n + 2 * bracket;
        w->smiles = ACIDS[a].smiles;
    }
    return best;
}

/* "(alpha-D-glucopyranosyl diphosphate)"; characters. */
static size_t ester_at(name_reader *r, size_t i, size_t end, word *w) {
    static const struct {
        const char *name, *smiles;
    } acids[] = {{" dihydrogen diphosphate", "P(=O)(O)O" PHOSPHO},
                 {" diphosphate", "P(=O)(O)O" PHOSPHO},
                 {" hydrogen phosphate", PHOSPHO},
                 {" phosphate", PHOSPHO}};
    if (i >= end || !strchr("([{", r->s[i])) return 0;
    const size_t close = name_bracket_end(r, i, end);
    for (size_t a = 0; a < MG_COUNT(acids) && close < end; a++) {
        const size_t n = strlen(acids[a].name);
        if (close < i + n + 4 || !name_is_word(r, close - n, close, acids[a].name)) continue;
        size_t from = i + 1, to = close - n;
        if (strchr("([{", r->s[from]) && name_bracket_end(r, from, to) + 1 == to) from++, to--;
        const name_ways *group = r->substituent(r, from, to);
        if (!group->n) return 0;
        w->ester = group;
        w->smiles = acids[a].smiles;
        return close + 1 - i;
    }
    return 0;
}

/* One word with its places; characters, 0: it is none. */
static size_t word_at(name_reader *r, size_t i, size_t end, word *w) {
    memset(w, 0, sizeof *w);
    size_t k = i + places_at(r, i, end, w);
    if (w->places && name_begins(r, k, end, "o-")) k += 2;
    if (name_begins(r, k, end, "cyclic ")) w->cyclic = true, k += 7;
    w->count = 1;
    size_t n = w->places == 1 ? ester_at(r, k, end, w) : 0;
    if (n) return k + n - i;
    n = acid_at(r, k, end, w);
    if (!n) {
        size_t times = 0;
        w->count = name_multiplier(r->s + k, end - k, &times);
        if (!w->count) return 0;
        n = acid_at(r, k + times, end, w);
        if (!n) return 0;
        k += times;
    }
    return k + n - i;
}

static bool put_cyclic(name_fragment *f, const word *w) {
    const int one = sugar_at(f, 'o', w->place[0]), two = sugar_at(f, 'o', w->place[1]);
    if (w->places != 2 || w->count != 1 || strcmp(w->smiles, PHOSPHO) != 0) return false;
    if (one < 0 || two < 0 || name_free(f, one) != 1 || name_free(f, two) != 1) return false;
    const int first = name_add(f, "P(=O)O", NULL);
    return first >= 0 && name_bind(f, one, first, 1) && name_bind(f, two, first, 1);
}

static bool put(name_fragment *f, int oxygen, const char *smiles) {
    if (oxygen < 0 || f->a[oxygen].number != 8 || name_free(f, oxygen) != 1) return false;
    const int first = name_add(f, smiles, NULL);
    return first >= 0 && name_bind(f, oxygen, first, 1);
}

static bool put_ester(name_fragment *f, const word *w) {
    const name_fragment *group = w->ester->f[0];
    if (w->ester->n != 1 || group->order != 1 || group->a[group->from].number != 6) return false;
    if (group->glycosyl && !group->a[group->from].centre) return false;
    if (!put(f, sugar_at(f, 'o', w->place[0]), w->smiles)) return false;
    return name_join(f, f->n - 1, group);
}

static bool put_word(name_fragment *f, const word *w) {
    if (w->ester) return put_ester(f, w);
    if (w->cyclic) return put_cyclic(f, w);
    if (!w->places) { /* "adenosine diphosphate"; "glucose pentaacetate" */
        int found = 0;
        if (w->count == 1 && w->smiles[0] == 'P') return put(f, sugar_at(f, 'o', "5'"), w->smiles);
        for (int a = 0; a < f->n; a++)
            found += f->a[a].number == 8 && f->a[a].locant[0] == 'o' && name_free(f, a) == 1;
        if (w->count < 3 || found != w->count) return false;
        for (int a = 0, n = f->n; a < n; a++)
            if (f->a[a].number == 8 && f->a[a].locant[0] == 'o' && name_free(f, a) == 1 &&
                !put(f, a, w->smiles))
                return false;
        return true;
    }
    if (w->count != w->places) return false;
    for (int p = 0; p < w->places; p++)
        if (!put(f, sugar_at(f, 'o', w->place[p]), w->smiles)) return false;
    return true;
}

static bool put_words(name_reader *r, size_t i, size_t end, name_fragment *f) {
    while (i < end) {
        word w;
        const size_t n = word_at(r, i, end, &w);
        if (!n || !put_word(f, &w)) return false;
        i += n;
        if (i < end && r->s[i++] != ' ') return false;
    }
    return true;
}

/* ---- charge ---- */

static bool is_acid(const name_fragment *f, int atom) {
    if (f->a[atom].number != 8 || f->a[atom].charge || name_free(f, atom) != 1) return false;
    for (int j = 0; j < f->m; j++) {
        if (f->b[j].a != atom && f->b[j].b != atom) continue;
        const int on = f->b[j].a == atom ? f->b[j].b : f->b[j].a;
        if (f->a[on].number == 15 || f->a[on].number == 16) return true;
        for (int k = 0; k < f->m && f->a[on].number == 6; k++)
            if (f->b[k].order == 2 && ((f->b[k].a == on && f->a[f->b[k].b].number == 8) ||
                                       (f->b[k].b == on && f->a[f->b[k].a].number == 8)))
                return true;
    }
    return false;
}

bool sugar_discharge(name_fragment *f, int charge) {
    int acids = 0, base = 0;
    for (int i = 0; i < f->n; i++) {
        acids += is_acid(f, i) || f->a[i].charge < 0;
        base += f->a[i].charge > 0;
    }
    if (acids != charge || base) return false;
    for (int i = 0; i < f->n; i++)
        if (is_acid(f, i)) f->a[i].charge = -1;
    f->n_ends = 0;
    return true;
}

void sugar_worded(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_fragment *f = malloc(sizeof *f);
    if (!f) r->failed = true;
    for (size_t k = i + 4; k + 5 < end && f; k++) {
        word w;
        const bool hyphen = r->s[k] == '-' && isdigit((unsigned char)r->s[k + 1]);
        if ((r->s[k] != ' ' && !hyphen) || !name_balanced(r, i, k)) continue;
        const size_t n = word_at(r, k + 1, end, &w);
        if (!n || (hyphen && k + 1 + n < end && r->s[k + 1 + n] != ' ')) continue;
        name_ways sugars = {0};
        sugar_read(r, i, k, SUGAR_FREE, &sugars);
        sugar_read(r, i, k, SUGAR_GLYCOSIDE, &sugars);
        sugar_nucleoside(r, i, k, &sugars);
        for (int s = 0; s < sugars.n; s++) {
            *f = *sugars.f[s];
            if (put_words(r, k + 1, end, f)) name_keep(r, out, f);
        }
        const bool done = sugars.n > 0;
        name_ways_free(&sugars);
        if (done) break;
    }
    free(f);
}
