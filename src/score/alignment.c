/* alignment.c - how often words light the right atoms: words of texts with the atoms that they are
 * known to speak of, against what explains (src/explain).
 *
 *   FILE       a table with the columns smiles, text or name, start, end, atoms or atoms_union:
 *              bytes of the text, and its true atoms by commas, numbered as in the SMILES
 *   pointing   whether the atom that the word points to most is a true one; where several are
 *              equal, the share of them that is; where none is lit, the share of all atoms
 *   precision  true ones among the lit atoms (over words that light some); recall: lit ones among
 *              the true atoms
 *
 * Levels: the word itself; the phrase that holds it; the set of the sentence that holds that.
 * Intervals: bootstrap over molecules. Halves of the file are by molecule.
 */
#include "base/grow.h"
#include "data/table/table.h"
#include "score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

typedef struct word {
    const char *smiles, *text;
    mg_span span;
    const char *atoms; /* "0,3,4" */
    int32_t molecule;  /* number of its molecule */
} word;

typedef struct words {
    mg_rows rows;
    word *at;
    size_t n;
    int32_t molecules;
} words;

static int column(const mg_rows *r, const char *a, const char *b) {
    for (int i = 0; i < r->n_columns; i++)
        if (!strcmp(r->names[i], a) || (b && !strcmp(r->names[i], b))) return i;
    return -1;
}

static bool in_half(const char *smiles, int half) {
    return !half || (int)(mg_hash64(smiles, strlen(smiles), 7) & 1) == half - 1;
}

static int read_words(const mg_alignment_options *o, words *w, int64_t *rejected,
                      molglot_error *err) {
    const mg_table_options options = {.header = 1, .cells = true};
    int code = mg_rows_load(&w->rows, o->path, &options, err);
    if (code) return code;
    const mg_rows *r = &w->rows;
    const int smiles = column(r, "smiles", NULL), text = column(r, "text", "name"),
              start = column(r, "start", NULL), end = column(r, "end", NULL),
              atoms = column(r, "atoms", "atoms_union");
    if (smiles < 0 || text < 0 || start < 0 || end < 0 || atoms < 0)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: wanted are the columns smiles, text (or name), start, end, atoms",
                       o->path);
    mg_names seen = {0};
    w->at = calloc(r->n + 1, sizeof *w->at);
    bool good = w->at != NULL;
    for (size_t i = 0; good && i < r->n && (!o->limit || (int64_t)w->n < o->limit); i++) {
        const char *const *cell = (const char *const *)r->cells + i * (size_t)r->n_columns;
        const size_t from = strtoul(cell[start], NULL, 10), to = strtoul(cell[end], NULL, 10);
        if (!in_half(cell[smiles], o->half)) continue;
        if (from >= to || to > strlen(cell[text]) || !*cell[atoms]) {
            ++*rejected;
            continue;
        }
        mg_slot *slot = mg_names_at(&seen, cell[smiles], strlen(cell[smiles]));
        good = slot != NULL;
        if (good && slot->value < 0) slot->value = w->molecules++;
        if (good)
            w->at[w->n++] = (word){cell[smiles], cell[text], {from, to}, cell[atoms], slot->value};
    }
    mg_names_free(&seen);
    return good ? MOLGLOT_OK : mg_no_memory(err, "the words of %s", o->path);
}

/* ---- one word ---- */

/* What a word gave by one method at one level. */
typedef struct mark {
    double point, precision, recall;
    bool lit, asked;
} mark;

/* The atoms that are true; their number, or 0 where they are no atoms of the molecule. */
static int read_atoms(const char *list, int atoms, uint8_t *truth) {
    int n = 0;
    memset(truth, 0, (size_t)atoms);
    for (const char *s = list; *s;) {
        char *next;
        const long a = strtol(s, &next, 10);
        if (next == s || a < 0 || a >= atoms) return 0;
        n += !truth[a];
        truth[a] = 1;
        s = next + (*next == ',');
    }
    return n;
}

static mark judge(const float *score, const uint8_t *lit, const uint8_t *truth, int atoms,
                  int n_true) {
    float best = 0;
    int n = 0, right = 0, shining = 0, both = 0;
    for (int a = 0; a < atoms; a++) best = score[a] > best ? score[a] : best;
    for (int a = 0; a < atoms; a++) {
        if (score[a] >= best * 0.99999F) n++, right += truth[a];
        shining += lit[a];
        both += lit[a] && truth[a];
    }
    return (mark){.point = (double)right / n,
                  .precision = shining ? (double)both / shining : 0,
                  .recall = (double)both / n_true,
                  .lit = shining > 0,
                  .asked = true};
}

/* The word or phrase of a level that shares most bytes with the span; -1: none. */
static int at_span(const mg_level *l, mg_span span) {
    int best = -1;
    size_t most = 0;
    for (size_t i = 0; i < l->n; i++) {
        const mg_span s = l->said[i].span;
        const size_t from = s.begin > span.begin ? s.begin : span.begin,
                     to = s.end < span.end ? s.end : span.end;
        if (to > from && to - from > most) most = to - from, best = (int)i;
    }
    return best;
}

/* Scores and lit atoms of the level's row at the span; of the sentence those of its whole set. */
static void row_of(const mg_explanation *e, mg_level_kind k, mg_span span, float *score,
                   uint8_t *lit) {
    const mg_level *l = &e->level[k];
    const int at = at_span(l, span);
    const size_t atoms = (size_t)e->atoms;
    memset(score, 0, atoms * sizeof *score);
    memset(lit, 0, atoms);
    if (at < 0) return;
    const mg_said *w = &l->said[at];
    memcpy(score, w->score, atoms * sizeof *score);
    memcpy(lit, w->lit, atoms);
    if (k != MG_LEVEL_SENTENCE || w->set < 0) return;
    for (size_t i = 0; i < l->n; i++)
        for (size_t a = 0; a < atoms && l->said[i].set == w->set; a++)
            if (l->said[i].score[a] > score[a]) score[a] = l->said[i].score[a];
    for (size_t a = 0; a < atoms; a++) lit[a] = l->atom_set[a] == w->set;
}

/* ---- a method over all words ---- */

typedef struct method {
    const char *name;
    mg_explain_options explain;
} method;

typedef struct scoring {
    const mg_mol *m;
    mg_explanation e;
    float *score;
    uint8_t *lit, *truth;
} scoring;

/* Whether a word of the dictionary is the span, or most of it and not much more. */
static bool is_exact(const mg_said *w, mg_span span) {
    if (!w || w->by != MG_SAID_EXACT) return false;
    const size_t from = w->span.begin > span.begin ? w->span.begin : span.begin,
                 to = w->span.end < span.end ? w->span.end : span.end, both = to - from;
    return 2 * both >= span.end - span.begin && 5 * both >= 3 * (w->span.end - w->span.begin);
}

/* The word's own row: of the source where the dictionary has nothing there. */
static int word_row(const method *k, scoring *s, const word *w, molglot_error *err) {
    const int at = at_span(&s->e.level[MG_LEVEL_WORD], w->span), atoms = s->e.atoms;
    const mg_said *said = at < 0 ? NULL : &s->e.level[MG_LEVEL_WORD].said[at];
    if (!k->explain.source || is_exact(said, w->span)) {
        row_of(&s->e, MG_LEVEL_WORD, w->span, s->score, s->lit);
        return MOLGLOT_OK;
    }
    int code = k->explain.source->scores(k->explain.source->self, s->m, w->text, &w->span, 1,
                                         s->score, err);
    if (!code) mg_explain_lit(s->score, atoms, s->lit);
    return code;
}

static int judge_word(const method *k, scoring *s, const word *w, mark *out, molglot_error *err) {
    const int atoms = s->e.atoms, n_true = read_atoms(w->atoms, atoms, s->truth);
    if (!n_true) return MOLGLOT_OK;
    int code = word_row(k, s, w, err);
    if (code) return code;
    out[MG_LEVEL_WORD] = judge(s->score, s->lit, s->truth, atoms, n_true);
    for (int l = MG_LEVEL_PHRASE; l < MG_LEVELS; l++) {
        row_of(&s->e, (mg_level_kind)l, w->span, s->score, s->lit);
        out[l] = judge(s->score, s->lit, s->truth, atoms, n_true);
    }
    return MOLGLOT_OK;
}

static int new_scoring(scoring *s, const method *k, const word *w, mg_mol **m, molglot_error *err) {
    molglot_row_status row;
    *s = (scoring){0};
    s->m = *m = mg_mol_from_smiles(w->smiles, NULL, &row);
    if (!*m) return MOLGLOT_OK;
    const size_t atoms = (size_t)mg_mol_atoms(s->m);
    s->score = calloc(atoms + 1, sizeof *s->score);
    s->lit = calloc(atoms + 1, 1);
    s->truth = calloc(atoms + 1, 1);
    if (!s->score || !s->lit || !s->truth) return mg_no_memory(err, "an explanation");
    return mg_explain(&k->explain, s->m, w->text, &s->e, err);
}

static void free_scoring(scoring *s, mg_mol *m) {
    mg_explanation_free(&s->e);
    free(s->score);
    free(s->lit);
    free(s->truth);
    mg_mol_free(m);
}

/* marks[n][MG_LEVELS]. Words of one text stand together. */
static int run_method(const method *k, const words *w, mark *marks, molglot_error *err) {
    for (size_t i = 0, end; i < w->n; i = end) {
        for (end = i + 1; end < w->n && !strcmp(w->at[end].smiles, w->at[i].smiles) &&
                          !strcmp(w->at[end].text, w->at[i].text);
             end++) {}
        scoring s;
        mg_mol *m;
        int code = new_scoring(&s, k, &w->at[i], &m, err);
        for (size_t r = i; r < end && m && !code; r++)
            code = judge_word(k, &s, &w->at[r], marks + r * MG_LEVELS, err);
        free_scoring(&s, m);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- measures ---- */

typedef struct sums {
    double point, precision, recall, n, lit;
} sums;

static void add_mark(sums *s, const mark *m) {
    if (!m->asked) return;
    s->n++;
    s->lit += m->lit;
    s->point += m->point;
    s->precision += m->precision;
    s->recall += m->recall;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

/* Of each molecule's sums: pointing, precision and recall of `draws` resamples. */
static int intervals(const sums *of, int32_t molecules, const sums *all, int draws, uint64_t seed,
                     mg_alignment_scores *out, molglot_error *err) {
    double *values = malloc((size_t)(3 * draws + 1) * sizeof *values);
    if (!values) return mg_no_memory(err, "resamples");
    mg_rng rng = {.seed = seed};
    for (int d = 0; d < draws; d++) {
        sums s = {0};
        for (int32_t i = 0; i < molecules; i++) {
            const sums *one = &of[mg_rng_below(&rng, (uint64_t)molecules)];
            s.n += one->n, s.lit += one->lit, s.point += one->point;
            s.precision += one->precision, s.recall += one->recall;
        }
        values[d] = ratio(s.point, s.n);
        values[draws + d] = ratio(s.precision, s.lit);
        values[2 * draws + d] = ratio(s.recall, s.n);
    }
    out->pointing = mg_interval95(ratio(all->point, all->n), values, draws);
    out->precision = mg_interval95(ratio(all->precision, all->lit), values + draws, draws);
    out->recall = mg_interval95(ratio(all->recall, all->n), values + 2 * draws, draws);
    free(values);
    return MOLGLOT_OK;
}

static int measure(const words *w, const mark *marks, mg_level_kind level, int draws, uint64_t seed,
                   mg_alignment_scores *out, molglot_error *err) {
    sums *of = calloc((size_t)w->molecules + 1, sizeof *of), all = {0};
    if (!of) return mg_no_memory(err, "%d molecules", w->molecules);
    for (size_t i = 0; i < w->n; i++) {
        add_mark(&of[w->at[i].molecule], &marks[i * MG_LEVELS + level]);
        add_mark(&all, &marks[i * MG_LEVELS + level]);
    }
    out->words = (int64_t)all.n;
    out->lit = ratio(all.lit, all.n);
    const int code = intervals(of, w->molecules, &all, draws, seed, out, err);
    free(of);
    return code;
}

/* What a random atom gives: the mean share of true ones. */
static int random_share(const words *w, double *out, molglot_error *err) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        molglot_row_status row;
        mg_mol *m = mg_mol_from_smiles(w->at[i].smiles, NULL, &row);
        const int atoms = m ? mg_mol_atoms(m) : 0;
        uint8_t *truth = malloc((size_t)atoms + 1);
        mg_mol_free(m);
        if (!truth) return mg_no_memory(err, "atoms");
        const int n_true = read_atoms(w->at[i].atoms, atoms, truth);
        free(truth);
        if (n_true) sum += (double)n_true / atoms, n++;
    }
    *out = ratio(sum, (double)n);
    return MOLGLOT_OK;
}

static int score_method(const mg_alignment_options *o, const words *w, const method *k,
                        mg_alignment_method *out, molglot_error *err) {
    mark *marks = calloc(w->n * MG_LEVELS + 1, sizeof *marks);
    int code = marks ? run_method(k, w, marks, err) : mg_no_memory(err, "%zu words", w->n);
    out->name = k->name;
    for (int l = 0; l < MG_LEVELS && !code; l++)
        code = measure(w, marks, (mg_level_kind)l, o->bootstrap, o->seed, &out->level[l], err);
    free(marks);
    return code;
}

int mg_score_alignment(const mg_alignment_options *o, mg_alignment *out, molglot_error *err) {
    words w = {0};
    *out = (mg_alignment){0};
    int code = read_words(o, &w, &out->rejected, err);
    if (!code && !w.n) code = mg_fail(err, MOLGLOT_FAILED, "%s holds no word", o->path);
    out->words = (int64_t)w.n;
    out->molecules = w.molecules;
    if (!code) code = random_share(&w, &out->random, err);
    const method methods[MG_ALIGNMENT_METHODS] = {
        {"dictionary alone", {o->groups, NULL}},
        {"learned alone", {NULL, o->learned}},
        {"dictionary, then learned", {o->groups, o->learned}},
        {"lexicon alone", {NULL, o->lexicon}},
        {"aligned space alone", {NULL, o->space}},
        {"unified model alone", {NULL, o->tokens}}};
    for (size_t i = 0; i < MG_COUNT(methods) && !code; i++)
        if (i == 0 || methods[i].explain.source)
            code = score_method(o, &w, &methods[i], &out->method[out->methods++], err);
    mg_rows_free(&w.rows);
    free(w.at);
    return code;
}
