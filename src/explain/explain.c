/* explain.c - words against atoms.
 *
 *   exact    the atoms of a term's pattern; heteroatoms come first where it has carbon too, because
 *            they make the group what it is, and those that the source speaks of
 *   learned  of other words, and of terms whose pattern is nowhere and that are not denied ("no
 *            halogen"): the source's row divided by its largest score. It counts where the row's
 *            sum says that the words speak of atoms at all, and lights what comes near its best
 *   phrase   of its words' rows the largest, exact words before learned ones
 */
#include "explain/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A learned word counts whose row's sum is at least that, and lights atoms from that share of its
 * best: tuned on the first half of word_atoms_chebi20_validation and word_atoms_iupac
 * (docs/explain.md). */
static const float SAYS = 0.3F, LIGHTS = 0.3F;
static const float CARBON = 0.8F; /* of a group that has heteroatoms */

const char *mg_said_name(mg_said_by by) {
    static const char *const names[] = {"-", "exact", "learned"};
    return names[by];
}

static int new_level(mg_level *l, size_t n, int atoms, molglot_error *err) {
    const size_t wide = (size_t)atoms;
    *l = (mg_level){.n = n};
    l->said = calloc(n + 1, sizeof *l->said);
    l->atom_set = malloc((wide + 1) * sizeof *l->atom_set);
    if (!l->said || !l->atom_set) return mg_no_memory(err, "an explanation");
    for (size_t i = 0; i < n; i++) {
        l->said[i].set = l->said[i].places = -1;
        l->said[i].score = calloc(wide + 1, sizeof(float));
        l->said[i].lit = calloc(wide + 1, 1);
        if (!l->said[i].score || !l->said[i].lit) return mg_no_memory(err, "an explanation");
    }
    for (int a = 0; a < atoms; a++) l->atom_set[a] = -1;
    return MOLGLOT_OK;
}

void mg_explanation_free(mg_explanation *e) {
    if (!e) return;
    for (int k = 0; k < MG_LEVELS; k++) {
        for (size_t i = 0; e->level[k].said && i < e->level[k].n; i++) {
            free(e->level[k].said[i].score);
            free(e->level[k].said[i].lit);
        }
        free(e->level[k].said);
        free(e->level[k].atom_set);
    }
    *e = (mg_explanation){0};
}

/* ---- bonds ---- */

/* What is needed of a molecule besides its patterns. */
typedef struct shape {
    mg_graph graph;
    explain_bonds bonds;
    bool *carbon; /* [atoms] */
} shape;

static void free_shape(shape *s) {
    mg_graph_free(&s->graph);
    free(s->bonds.at);
    free(s->carbon);
}

static int read_shape(const mg_mol *m, shape *s, molglot_error *err) {
    const int atoms = mg_mol_atoms(m);
    int code = mg_graph_from_mol(m, MG_FEAT_OGB, &s->graph, err);
    if (code) return code;
    s->bonds.n = s->graph.n_edges / 2;
    s->bonds.at = malloc(((size_t)s->bonds.n + 1) * sizeof *s->bonds.at);
    s->carbon = calloc((size_t)atoms + 1, sizeof *s->carbon);
    if (!s->bonds.at || !s->carbon) return mg_no_memory(err, "a molecule's bonds");
    for (int32_t i = 0; i < s->bonds.n; i++) {
        s->bonds.at[i][0] = s->graph.src[2 * i];
        s->bonds.at[i][1] = s->graph.dst[2 * i];
    }
    /* the first column is the atomic number less one (docs/reference/momu.md 2.1) */
    for (int a = 0; a < atoms; a++) s->carbon[a] = s->graph.atoms[a * s->graph.atom_cols] == 5;
    return MOLGLOT_OK;
}

/* ---- words ---- */

static void score_exact(mg_said *said, const shape *s, int atoms) {
    bool hetero = false;
    for (int a = 0; a < atoms; a++) hetero |= said->lit[a] && !s->carbon[a];
    for (int a = 0; a < atoms; a++)
        said->score[a] = !said->lit[a] ? 0 : hetero && s->carbon[a] ? CARBON : 1;
}

static int say_exact(const mg_groups *g, const mg_mol *m, const shape *s, const explain_word *w,
                     mg_said *said, molglot_error *err) {
    const int atoms = mg_mol_atoms(m);
    uint8_t *mask = malloc((size_t)atoms + 1);
    if (!mask) return mg_no_memory(err, "an explanation");
    int code = MOLGLOT_OK;
    said->by = MG_SAID_EXACT;
    if (w->n_asks == 1 && (w->asks->kind != MG_ASK_ON || w->asks->on < 0))
        said->label = w->asks->label;
    said->places = -1;
    for (size_t i = 0; i < w->n_asks && !code; i++) {
        int places;
        code = mg_ask_atoms(g, m, &w->asks[i], mask, &places, err);
        for (int a = 0; a < atoms && !code; a++) said->lit[a] |= mask[a];
        if (!code && places > said->places) said->places = places;
    }
    free(mask);
    if (!code) score_exact(said, s, atoms);
    return code;
}

bool mg_explain_lit(float *score, int atoms, uint8_t *lit) {
    float sum = 0, most = 0;
    memset(lit, 0, (size_t)atoms);
    for (int a = 0; a < atoms; a++) {
        sum += score[a];
        most = score[a] > most ? score[a] : most;
    }
    for (int a = 0; a < atoms && most > 0; a++) {
        score[a] /= most;
        lit[a] = sum >= SAYS && score[a] >= LIGHTS;
    }
    return sum >= SAYS && most > 0;
}

/* A row of the source to a word, phrase or nothing. */
static void say_learned(mg_said *said, float *row, int atoms) {
    if (!mg_explain_lit(row, atoms, said->lit)) return;
    said->by = MG_SAID_LEARNED;
    memcpy(said->score, row, (size_t)atoms * sizeof *row);
}

/* Of the atoms that a pattern matches first those that the source speaks of: all stay lit. */
static void order_exact(mg_said *said, const float *row, int atoms) {
    float most = 0;
    for (int a = 0; a < atoms; a++)
        if (said->lit[a] && row[a] > most) most = row[a];
    for (int a = 0; a < atoms && most > 0; a++)
        if (said->lit[a]) said->score[a] *= 0.5F + 0.5F * row[a] / most;
}

/* Whether "no", "without" or the like stands before the word. */
static bool is_denied(const char *text, mg_span span) {
    static const char denying[] = "|no|not|non|without|lacking|nor|neither|any|";
    char word[16] = "|";
    size_t end = span.begin, n = 0;
    while (end && (text[end - 1] == ' ' || text[end - 1] == '-')) end--;
    while (n < end && n < 12 && text[end - 1 - n] >= 'A') n++;
    for (size_t i = 0; i < n; i++) word[1 + i] = (char)(text[end - n + i] | 0x20);
    word[n + 1] = '|';
    return n && strstr(denying, word);
}

static int learn_words(const mg_align_source *source, const mg_mol *m, const char *text,
                       mg_level *l, molglot_error *err) {
    const size_t atoms = (size_t)mg_mol_atoms(m);
    mg_span *spans = malloc((l->n + 1) * sizeof *spans);
    float *rows = calloc(l->n * atoms + 1, sizeof *rows);
    int code = spans && rows ? MOLGLOT_OK : mg_no_memory(err, "an explanation");
    for (size_t i = 0; i < l->n && !code; i++) spans[i] = l->said[i].span;
    if (!code && l->n) code = source->scores(source->self, m, text, spans, l->n, rows, err);
    for (size_t i = 0; i < l->n && !code; i++) {
        float *row = rows + i * atoms;
        mg_said *w = &l->said[i];
        if (w->by && w->places)
            order_exact(w, row, (int)atoms);
        else if (!w->by || !is_denied(text, w->span))
            say_learned(w, row, (int)atoms);
    }
    free(spans);
    free(rows);
    return code;
}

static int say_words(const mg_explain_options *o, const mg_mol *m, const shape *s, const char *text,
                     const explain_word *words, mg_level *l, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < l->n && !code; i++) {
        l->said[i].span = words[i].span;
        if (words[i].n_asks) code = say_exact(o->groups, m, s, &words[i], &l->said[i], err);
    }
    return !code && o->source ? learn_words(o->source, m, text, l, err) : code;
}

/* ---- phrases ---- */

/* Joins words[from..to) into one. */
static void join(const mg_level *words, size_t from, size_t to, int atoms, mg_said *out) {
    bool exact = false;
    out->places = -1;
    out->span = (mg_span){words->said[from].span.begin, words->said[to - 1].span.end};
    for (size_t i = from; i < to; i++) exact |= words->said[i].by == MG_SAID_EXACT;
    for (size_t i = from; i < to; i++) {
        const mg_said *w = &words->said[i];
        if (w->by > out->by || (w->by == MG_SAID_EXACT && exact)) out->by = w->by;
        if (w->by == MG_SAID_EXACT) {
            out->label = to - from == 1 ? w->label : NULL;
            out->places = w->places > out->places ? w->places : out->places;
        }
        for (int a = 0; a < atoms; a++) {
            if (w->score[a] > out->score[a]) out->score[a] = w->score[a];
            out->lit[a] |= w->lit[a];
        }
    }
    if (exact) out->by = MG_SAID_EXACT;
}

static size_t count_phrases(const explain_word *words, size_t n) {
    size_t phrases = 0;
    for (size_t i = 0; i < n; i++) phrases += !i || words[i].phrase != words[i - 1].phrase;
    return phrases;
}

static int say_phrases(const explain_word *words, const mg_level *from, int atoms, mg_level *to,
                       molglot_error *err) {
    int code = new_level(to, count_phrases(words, from->n), atoms, err);
    for (size_t i = 0, k, n = 0; i < from->n && !code; i = k, n++) {
        for (k = i + 1; k < from->n && words[k].phrase == words[i].phrase; k++) {}
        join(from, i, k, atoms, &to->said[n]);
    }
    return code;
}

/* ---- all ---- */

static int explain(const mg_explain_options *o, const mg_mol *m, const char *text,
                   const explain_word *words, size_t n, mg_explanation *out, molglot_error *err) {
    shape s = {0};
    mg_level *l = out->level;
    int code = new_level(&l[MG_LEVEL_WORD], n, out->atoms, err);
    if (!code) code = read_shape(m, &s, err);
    if (!code) code = say_words(o, m, &s, text, words, &l[MG_LEVEL_WORD], err);
    for (int k = MG_LEVEL_PHRASE; k < MG_LEVELS && !code; k++)
        code = say_phrases(words, &l[MG_LEVEL_WORD], out->atoms, &l[k], err);
    if (!code) code = explain_sets_words(&l[MG_LEVEL_WORD], out->atoms, err);
    if (!code) code = explain_sets_phrases(&l[MG_LEVEL_PHRASE], out->atoms, err);
    if (!code) code = explain_sets_sentence(&l[MG_LEVEL_SENTENCE], out->atoms, &s.bonds, err);
    free_shape(&s);
    return code;
}

int mg_explain(const mg_explain_options *o, const mg_mol *m, const char *text, mg_explanation *out,
               molglot_error *err) {
    mg_ask *asks = NULL;
    explain_word *words = NULL;
    size_t n_asks = 0, n = 0;
    *out = (mg_explanation){.atoms = mg_mol_atoms(m), .source = o->source ? o->source->name : NULL};
    int code = o->groups ? mg_request_mentions(o->groups, text, &asks, &n_asks, err) : MOLGLOT_OK;
    if (!code) code = explain_words(text, asks, n_asks, &words, &n, err);
    if (!code) code = explain(o, m, text, words, n, out, err);
    free(words);
    free(asks);
    if (code) mg_explanation_free(out);
    return code;
}
