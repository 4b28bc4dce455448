/* evidence.c - what the words of a question say that can be held against a molecule:
 *
 *   names    runs of up to 6 words that the dictionary knows as molecules of 5 heavy atoms or more,
 *            each with how its sentence begins ("it derives from", "it is a conjugate")
 *   groups   runs of up to 4 words that the dictionary of groups knows (chem/facts)
 *   formula  "C29H40O4"
 *
 * and from these the numbers of one molecule [MG_EVIDENCE], each zero where nothing was said:
 * likeness to the named molecules, how much of them it holds, whether it is one of them; shares of
 * the groups that it has; whether it has the formula. Likeness is Tanimoto's coefficient of counted
 * environments: sum of minima / (sum a + sum b - sum of minima); held: sum of minima / sum a.
 */
#include "base/grow.h"
#include "chem/features/features.h"
#include "search/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WORDS = 6, GROUP_WORDS = 4, LEAST_LETTERS = 5, LEAST_ATOMS = 5, WORDS = 400 };
enum { NAMED_MOST = 12, GROUPS_MOST = 48, SENTENCES_MOST = MG_EVIDENCE_SENTENCES };

/* How a sentence begins. */
typedef enum { HEAD_IS, HEAD_CONJUGATE, HEAD_TWIN, HEAD_FROM, HEAD_HOLDS, HEAD_ROLE, HEADS } head;
static const struct {
    const char *begins;
    head head;
} HEAD_WORDS[] = {{"it is a conjugate", HEAD_CONJUGATE}, {"it is an enantiomer", HEAD_TWIN},
                  {"it is a tautomer", HEAD_TWIN},       {"it derives from", HEAD_FROM},
                  {"it is functionally", HEAD_FROM},     {"it contains", HEAD_HOLDS},
                  {"it has a role", HEAD_ROLE}};

typedef struct shape { /* a molecule as it is compared */
    mg_feature *flat, *stereo;
    size_t n_flat, n_stereo;
    float sum_flat, sum_stereo;
    uint64_t key, flat_key, composition;
    int atoms;
} shape;

typedef struct named {
    shape s;
    head head;
    char *smiles;
} named;

typedef struct asked_group {
    int group;
    head head;
} asked_group;

struct mg_evidence {
    const mg_groups *groups;
    const mg_dictionary *names;
    named named[NAMED_MOST];
    int n_named;
    asked_group asked[GROUPS_MOST];
    int n_asked;
    char formula[64];
    mg_said said;
    mg_str sentences; /* each ended by a zero */
    int n_sentences;
    head head_of[SENTENCES_MOST];
};

/* ---- shapes ---- */

static void shape_free(shape *s) {
    free(s->flat);
    free(s->stereo);
    *s = (shape){0};
}

static float sum_of(const mg_feature *f, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += f[i].count;
    return sum;
}

static int shape_of(const mg_mol *m, shape *s, molglot_error *err) {
    *s = (shape){.atoms = mg_mol_atoms(m), .composition = mg_mol_composition(m)};
    mg_molecule_key(m, &s->key, &s->flat_key);
    int code = mg_mol_features(m, "m2", &s->flat, &s->n_flat, err);
    if (!code) code = mg_mol_features(m, "m2c2", &s->stereo, &s->n_stereo, err);
    if (code) {
        shape_free(s);
        return code;
    }
    s->sum_flat = sum_of(s->flat, s->n_flat);
    s->sum_stereo = sum_of(s->stereo, s->n_stereo);
    return MOLGLOT_OK;
}

static float shared(const mg_feature *a, size_t na, const mg_feature *b, size_t nb) {
    float sum = 0;
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        if (a[i].hash == b[j].hash) {
            sum += a[i].count < b[j].count ? a[i].count : b[j].count;
            i++, j++;
        } else if (a[i].hash < b[j].hash)
            i++;
        else
            j++;
    }
    return sum;
}

/* ---- words of the question ---- */

typedef struct word {
    size_t begin, end; /* without stops around it */
    head head;
    bool last; /* of its sentence */
} word;

typedef struct reading {
    mg_evidence *e;
    const char *text;
    word w[WORDS];
    int n, code;
    molglot_error *err;
} reading;

static head head_of(const char *s, size_t n) {
    for (size_t i = 0; i < MG_COUNT(HEAD_WORDS); i++) {
        const char *b = HEAD_WORDS[i].begins;
        size_t k = 0;
        while (b[k] && k < n && tolower((unsigned char)s[k]) == b[k]) k++;
        if (!b[k]) return HEAD_WORDS[i].head;
    }
    return HEAD_IS;
}

static bool is_stop(char c) { return c == '.' || c == ',' || c == ';' || c == ':'; }

static int read_sentence(void *user, const char *s, size_t n) {
    reading *r = user;
    const head h = head_of(s, n);
    mg_evidence *e = r->e;
    if (e->n_sentences < SENTENCES_MOST) {
        e->head_of[e->n_sentences] = h;
        mg_str_add(&e->sentences, s, n);
        mg_str_add(&e->sentences, "", 1);
        if (e->sentences.failed) return 1;
        if (h != HEAD_ROLE && e->groups &&
            (r->code = mg_said_read(&e->said, s, n, e->n_sentences == 0, r->err)))
            return 1;
        e->n_sentences++;
    }
    for (size_t at = 0; at < n && r->n < WORDS;) {
        while (at < n && isspace((unsigned char)s[at])) at++;
        size_t from = at;
        while (at < n && !isspace((unsigned char)s[at])) at++;
        size_t to = at;
        while (from < to && is_stop(s[from])) from++;
        while (to > from && is_stop(s[to - 1])) to--;
        const size_t base = (size_t)(s - r->text);
        if (to > from) r->w[r->n++] = (word){base + from, base + to, h, false};
    }
    if (r->n) r->w[r->n - 1].last = true;
    return 0;
}

/* Words [i, i + k) as they stand; 0 when they reach over a sentence's end or a comma. */
static size_t run_of(const reading *r, int i, int k, char out[128]) {
    if (i + k > r->n) return 0;
    for (int j = i; j < i + k - 1; j++)
        if (r->w[j].last) return 0;
    const size_t n = r->w[i + k - 1].end - r->w[i].begin;
    if (n >= 128) return 0;
    memcpy(out, r->text + r->w[i].begin, n);
    out[n] = 0;
    return n;
}

static bool is_small_word(const char *s, size_t n) {
    static const char *const small[] = {
        "a",          "an",       "the",      "of",        "is",      "in",       "it",
        "as",         "by",       "to",       "at",        "and",     "or",       "with",
        "from",       "that",     "which",    "has",       "role",    "group",    "groups",
        "been",       "are",      "was",      "on",        "for",     "molecule", "compound",
        "metabolite", "member",   "derives",  "conjugate", "acid",    "base",     "position",
        "positions",  "replaced", "obtained", "formal",    "hydride", "class",    "consisting"};
    for (size_t i = 0; i < MG_COUNT(small); i++)
        if (strlen(small[i]) == n && !strncasecmp(small[i], s, n)) return true;
    return false;
}

/* ---- names ---- */

static bool is_there(const mg_evidence *e, const char *smiles) {
    for (int i = 0; i < e->n_named; i++)
        if (!strcmp(e->named[i].smiles, smiles)) return true;
    return false;
}

static int add_named(mg_evidence *e, const mg_name_hit *hit, head h, molglot_error *err) {
    if (e->n_named == NAMED_MOST || is_there(e, hit->smiles)) return MOLGLOT_OK;
    mg_mol *mol = mg_mol_from_smiles(hit->smiles, NULL, NULL);
    if (!mol) return MOLGLOT_OK;
    named *n = &e->named[e->n_named];
    int code = MOLGLOT_OK;
    if (mg_mol_atoms(mol) >= LEAST_ATOMS) {
        code = shape_of(mol, &n->s, err);
        n->head = h;
        n->smiles = code ? NULL : strdup(hit->smiles);
        if (!code && !n->smiles) {
            shape_free(&n->s);
            code = mg_no_memory(err, "a name");
        }
        if (!code) e->n_named++;
    }
    mg_mol_free(mol);
    return code;
}

/* The longest name that begins at word i: its words, or 0. */
static int name_at(reading *r, int i, int *code) {
    char run[128];
    if (is_small_word(r->text + r->w[i].begin, r->w[i].end - r->w[i].begin)) return 0;
    for (int k = NAME_WORDS; k > 0; k--) {
        const size_t n = run_of(r, i, k, run);
        if (n < LEAST_LETTERS) continue;
        const word *end = &r->w[i + k - 1];
        if (k > 1 && is_small_word(r->text + end->begin, end->end - end->begin) &&
            strncasecmp(r->text + end->begin, "acid", 4) != 0)
            continue;
        mg_name_hits hits = {0};
        *code = mg_dictionary_find(r->e->names, run, &hits, r->err);
        const bool found = !*code && hits.n && hits.hit[0].how <= MG_NAME_FOLDED;
        if (found) *code = add_named(r->e, &hits.hit[0], r->w[i].head, r->err);
        mg_name_hits_free(&hits);
        if (*code || found) return k;
    }
    return 0;
}

static int read_names(reading *r) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < r->n && !code;) {
        int k = r->w[i].head == HEAD_ROLE ? 0 : name_at(r, i, &code);
        i += k ? k : 1;
    }
    return code;
}

/* ---- groups, formula ---- */

static void read_groups(reading *r) {
    mg_evidence *e = r->e;
    char run[128];
    for (int i = 0; i < r->n && e->n_asked < GROUPS_MOST;) {
        int step = 1;
        for (int k = r->w[i].head == HEAD_ROLE ? 0 : GROUP_WORDS; k > 0; k--) {
            if (run_of(r, i, k, run) < 3) continue;
            const int g = mg_groups_find(e->groups, run);
            if (g < 0) continue;
            bool there = false;
            for (int j = 0; j < e->n_asked; j++) there = there || e->asked[j].group == g;
            if (!there) e->asked[e->n_asked++] = (asked_group){g, r->w[i].head};
            step = k;
            break;
        }
        i += step;
    }
}

/* C, then capitals and digits with two numbers or more: "C29H40O4". */
static void read_formula(reading *r) {
    for (int i = 0; i < r->n; i++) {
        const char *s = r->text + r->w[i].begin;
        const size_t n = r->w[i].end - r->w[i].begin;
        size_t k = 0, digits = 0;
        for (; k < n && (isalnum((unsigned char)s[k]) || s[k] == '+' || s[k] == '-'); k++)
            digits += isdigit((unsigned char)s[k]) != 0;
        if (k == n && n >= 5 && n < sizeof r->e->formula && s[0] == 'C' && digits >= 2 &&
            isdigit((unsigned char)s[1]) &&
            strchr("H", s[2 + (isdigit((unsigned char)s[2]) != 0)])) {
            memcpy(r->e->formula, s, n);
            r->e->formula[n] = 0;
        }
    }
}

mg_evidence *mg_evidence_new(const char *words, const mg_dictionary *names, const mg_groups *groups,
                             molglot_error *err) {
    mg_evidence *e = calloc(1, sizeof *e);
    reading *r = calloc(1, sizeof *r);
    int code = e && r ? mg_chem_init(err) : mg_no_memory(err, "a question");
    if (!code) {
        *e = (mg_evidence){.groups = groups, .names = names};
        r->e = e, r->text = words, r->err = err;
        mg_text_sentences(words, strlen(words), read_sentence, r);
        if (!e->n_sentences) read_sentence(r, words, strlen(words));
        code = e->sentences.failed ? mg_no_memory(err, "a question") : r->code;
        if (!code && names) code = read_names(r);
        if (!code && groups) read_groups(r);
        read_formula(r);
    }
    free(r);
    if (!code) return e;
    mg_evidence_free(e);
    return NULL;
}

void mg_evidence_free(mg_evidence *e) {
    if (!e) return;
    for (int i = 0; i < e->n_named; i++) {
        shape_free(&e->named[i].s);
        free(e->named[i].smiles);
    }
    mg_str_free(&e->sentences);
    free(e);
}

/* ---- a molecule ---- */

typedef struct likeness {
    float like, like_stereo, holds, held;
} likeness;

static likeness likeness_of(const shape *p, const shape *c) {
    const float f = shared(p->flat, p->n_flat, c->flat, c->n_flat),
                s = shared(p->stereo, p->n_stereo, c->stereo, c->n_stereo);
    const float af = p->sum_flat + c->sum_flat - f, as = p->sum_stereo + c->sum_stereo - s;
    return (likeness){.like = af > 0 ? f / af : 0,
                      .like_stereo = as > 0 ? s / as : 0,
                      .holds = p->sum_flat > 0 ? f / p->sum_flat : 0,
                      .held = c->sum_flat > 0 ? f / c->sum_flat : 0};
}

static float max(float a, float b) { return a > b ? a : b; }

/* Places in a row of evidence. */
enum {
    ALL = 0,        /* 10: of all names */
    BY_HEAD = 10,   /* 8 of each of 5 heads */
    GROUPS = 50,    /* of each kind: share that it has, how many it has not, for is and for from */
    FORMULA = 66,   /* 1: has it; -1: has another */
    NUMBERS = 67,   /* MG_SAID of said.c */
    SENTENCES = 77, /* cosines: of each head's best, of the first, the least, the mean */
    PLACES = SENTENCES + HEADS + 3
};
_Static_assert((int)PLACES == (int)MG_EVIDENCE, "search.h says how many");

static void of_names(const mg_evidence *e, const shape *c, float *out) {
    float total = 0;
    for (int i = 0; i < e->n_named; i++) total += (float)e->named[i].s.atoms;
    for (int i = 0; i < e->n_named; i++) {
        const named *p = &e->named[i];
        const likeness l = likeness_of(&p->s, c);
        const float share = 1 / (float)e->n_named, weight = (float)p->s.atoms / total;
        float *a = out + ALL, *h = out + BY_HEAD + 8 * (int)p->head;
        a[0] = max(a[0], l.like);
        a[1] += share * l.like;
        a[2] = max(a[2], l.like_stereo);
        a[3] += share * l.like_stereo;
        a[4] = max(a[4], l.holds);
        a[5] += share * l.holds;
        a[6] = max(a[6], l.held);
        a[7] += weight * l.like;
        a[8] += weight * l.holds;
        a[9] += weight * l.like_stereo;
        h[0] = max(h[0], l.like);
        h[1] = max(h[1], l.like_stereo);
        h[2] = max(h[2], l.holds);
        h[3] = max(h[3], l.held);
        const bool same = p->s.key == c->key, flat = p->s.flat_key == c->flat_key;
        if (same)
            h[4] = 1;
        else if (flat)
            h[5] = 1;
        else if (p->s.composition == c->composition)
            h[6] = 1, h[7] = max(h[7], l.like);
    }
}

static void of_groups(const mg_evidence *e, const mg_facts *f, float *out) {
    float all[2][4] = {{0}}, has[2][4] = {{0}};
    for (int i = 0; i < e->n_asked; i++) {
        const int kind = (int)mg_groups_at(e->groups, e->asked[i].group)->kind,
                  from = e->asked[i].head != HEAD_IS;
        all[from][kind]++;
        has[from][kind] += f->count[e->asked[i].group] > 0;
    }
    for (int from = 0; from < 2; from++)
        for (int k = 0; k < 4; k++) {
            float *o = out + GROUPS + 8 * from + 2 * k;
            o[0] = all[from][k] > 0 ? has[from][k] / all[from][k] : 0;
            o[1] = all[from][k] - has[from][k];
        }
}

int mg_evidence_sentences(const mg_evidence *e, const char *out[MG_EVIDENCE_SENTENCES]) {
    const char *s = e->sentences.s;
    for (int i = 0; i < e->n_sentences; i++, s += strlen(s) + 1) out[i] = s;
    return e->n_sentences;
}

static void of_sentences(const mg_evidence *e, const float *cosines, float *out) {
    for (int i = 0; i < e->n_sentences; i++) {
        float *best = out + SENTENCES + (int)e->head_of[i];
        *best = max(*best, cosines[i]);
        out[SENTENCES + HEADS + 2] += cosines[i] / (float)e->n_sentences;
    }
    if (!e->n_sentences) return;
    out[SENTENCES + HEADS] = cosines[0];
    out[SENTENCES + HEADS + 1] = 1;
    for (int i = 0; i < e->n_sentences; i++)
        if (cosines[i] < out[SENTENCES + HEADS + 1]) out[SENTENCES + HEADS + 1] = cosines[i];
}

int mg_evidence_of(const mg_evidence *e, const mg_mol *m, const float *cosines,
                   float out[MG_EVIDENCE], molglot_error *err) {
    memset(out, 0, sizeof *out * MG_EVIDENCE);
    if (cosines) of_sentences(e, cosines, out);
    int code = MOLGLOT_OK;
    if (e->n_named) {
        shape s;
        if ((code = shape_of(m, &s, err))) return code;
        of_names(e, &s, out);
        shape_free(&s);
    }
    if (!e->groups) return MOLGLOT_OK;
    mg_facts f;
    if ((code = mg_facts_of(e->groups, m, &f, err))) return code;
    if (e->n_asked) of_groups(e, &f, out);
    if (*e->formula) out[FORMULA] = strcmp(e->formula, f.formula) ? -1 : 1;
    mg_said_of(&e->said, e->groups, &f, out + NUMBERS);
    mg_facts_free(&f);
    return MOLGLOT_OK;
}
