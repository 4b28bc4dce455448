/* related.c - molecules that a sentence says by their relation to another one:
 *
 *   "... It is a conjugate base of a nonanoic acid."      fewer protons than that one
 *   "... the zwitterion of ..., a tautomer of ..."        the same protons elsewhere
 *   "... It is an enantiomer of a (R)-fenpropimorph."     its mirror image
 *
 * The other one is what the dictionary knows by that name, and may be any of the molecules of the
 * memory that are nearest to the sentence: acids lie beside their bases. Their forms with other
 * protons (chem/rdkit_protons.cc) and their mirror images stand beside the draws, and so does what
 * the first sentence builds, "phenol with a methoxy group at position 2" (chem/nomenclature); at
 * most MG_RELATED of them. A short sentence in other words, "a purine alkaloid found in coffee",
 * also has the molecules of the memory whose texts say these words: of words that the model has not
 * met the embeddings know nothing. The same molecules among the draws count as related too. What
 * that is worth in the order of all was chosen on 550 of ChEBI-20's validation rows
 * (docs/quality.md).
 */
#include "generate/inside.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    NAME = 300,
    NAMED_MOST = 4,
    HITS = 2,
    SOURCES = NAMED_MOST * HITS + MG_NEAR,
    LOOK_UPS = 64,  /* of names, of one text */
    FORMS_MOST = 4, /* of a molecule of the memory */
    TOLD_MOST = 32,
    TOLD_COMMON = 128, /* what more texts say tells none of them apart: "a metabolite" */
    TOLD_WORDS = 16    /* of the sentence, at most */
};
/* What a text that says all of a sentence's words is worth, more where the model has not met them,
 * and the share of them that it must say. */
#define TOLD         .1f
#define TOLD_UNKNOWN .4f
#define TOLD_LEAST   .6f

typedef enum relation { ACID, BASE, TAUTOMER, TWIN, RELATIONS } relation;

/* What says a relation; `of` a name, which follows. Texts are folded: small letters. */
static const struct {
    const char *words;
    relation is;
    bool names;
} SAYS[] = {{"conjugate acid of ", ACID, true},   {"conjugate base of ", BASE, true},
            {"tautomer of ", TAUTOMER, true},     {"zwitterion of ", TAUTOMER, true},
            {"enantiomer of ", TWIN, true},       {"mirror image of ", TWIN, true},
            {"optical antipode of ", TWIN, true}, {"conjugate acid", ACID, false},
            {"conjugate base", BASE, false},      {"deprotonation", BASE, false},
            {" protonation", ACID, false},        {"zwitterion", TAUTOMER, false},
            {"tautomer", TAUTOMER, false},        {"enantiomer", TWIN, false}};

typedef struct source {  /* a molecule whose relatives are made */
    char *smiles, *name; /* name NULL: of the memory */
    bool is[RELATIONS];
} source;

typedef struct sources {
    source s[SOURCES];
    int n, look_ups;
    bool says[RELATIONS];
} sources;

/* ---- what a sentence says ---- */

static int add_source(sources *all, const char *smiles, const char *name, relation is,
                      molglot_error *err) {
    source *s = &all->s[all->n];
    *s = (source){.smiles = strdup(smiles), .name = strdup(name)};
    s->is[is] = true;
    all->n++;
    return s->smiles && s->name ? MOLGLOT_OK : mg_no_memory(err, "a related molecule");
}

/* The structures that the dictionary has of the longest name that begins at s[0..n) and ends where
 * words may end. */
static int find_listed(const mg_dictionary *names, const char *s, size_t n, relation is,
                       sources *all, molglot_error *err) {
    static const char *const ends[] = {", ", " and ", " or ", " that ", " which ", " with ", " ("};
    char name[NAME];
    int code = MOLGLOT_OK;
    if (n >= NAME) n = NAME - 1;
    while (n > 2 && !code && all->look_ups++ < LOOK_UPS) {
        mg_name_hits hits = {0};
        while (n && strchr(" ,", s[n - 1])) n--;
        memcpy(name, s, n);
        name[n] = 0;
        code = mg_dictionary_find(names, name, &hits, err);
        bool found = false;
        for (size_t i = 0; i < hits.n && i < HITS && !code; i++) {
            if (hits.hit[i].how > MG_NAME_FOLDED) continue;
            found = true;
            code = add_source(all, hits.hit[i].smiles, name, is, err);
        }
        mg_name_hits_free(&hits);
        if (found) break;
        size_t cut = 0; /* the last place where it may end before */
        for (size_t k = 0; k < MG_COUNT(ends); k++)
            for (const char *at = name; (at = strstr(at, ends[k])); at++)
                if ((size_t)(at - name) > cut) cut = (size_t)(at - name);
        n = cut;
    }
    return code;
}

/* The same of a systematic name, or else of the dictionary. */
static int find_name(const mg_dictionary *names, const char *s, size_t n, relation is, sources *all,
                     molglot_error *err) {
    char words[NAME], *smiles;
    mg_str said = {0};
    snprintf(words, sizeof words, "%.*s", (int)n, s);
    int code = mg_name_longest(NULL, words, &said, &smiles, err);
    if (!code && smiles) code = add_source(all, smiles, said.s, is, err);
    if (!code && !smiles && names) code = find_listed(names, s, n, is, all, err);
    free(smiles);
    mg_str_free(&said);
    return code;
}

/* The names that follow: "a nonanoic acid and a NAME." */
static int find_names(const mg_dictionary *names, const char *s, relation is, sources *all,
                      molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int before = -1;
         before < all->n && all->n < NAMED_MOST && all->look_ups < LOOK_UPS && !code;) {
        before = all->n;
        s += !strncmp(s, "an ", 3) ? 3 : !strncmp(s, "the ", 4) ? 4 : !strncmp(s, "a ", 2) ? 2 : 0;
        size_t n = 0;
        while (s[n] && !(s[n] == '.' && (!s[n + 1] || isspace((unsigned char)s[n + 1])))) n++;
        const char *next = memmem(s, n, " and ", 5);
        code = find_name(names, s, n, is, all, err);
        if (!next) break;
        if (before == all->n) before = -1; /* unknown, and so may the next one be */
        s = next + 5;
    }
    return code;
}

static int read_relations(const mg_generator *g, const mg_prompt *p, sources *all,
                          molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(SAYS) && !code; k++)
        for (const char *at = p->folded.s; (at = strstr(at, SAYS[k].words)) && !code;) {
            at += strlen(SAYS[k].words);
            all->says[SAYS[k].is] = true;
            if (SAYS[k].names && all->n < NAMED_MOST)
                code = find_names(g->names, at, SAYS[k].is, all, err);
        }
    return code;
}

/* The memory's nearest may be any that is meant. */
static int add_memory(const mg_prompt *p, sources *all, molglot_error *err) {
    for (int k = 0; k < p->n_near; k++) {
        source *s = &all->s[all->n];
        *s = (source){.smiles = strdup(p->near[k].smiles)};
        memcpy(s->is, all->says, sizeof s->is);
        if (!s->smiles) return mg_no_memory(err, "a related molecule");
        all->n++;
    }
    return MOLGLOT_OK;
}

/* ---- molecules ---- */

static bool has_shift(const source *s, int protons) {
    return protons > 0 ? s->is[ACID] : protons < 0 ? s->is[BASE] : s->is[TAUTOMER];
}

typedef struct making {
    const mg_generator *g;
    const mg_plan *plan;
    const mg_prompt *p;
    mg_candidate *out;
    int n;
} making;

static mg_related how_of(const sources *all, int i, int form) {
    const bool named = all->s[i].name != NULL;
    int near = 0; /* which of the memory's */
    while (!named && i > 0 && !all->s[i - 1].name) i--, near++;
    return (mg_related){
        .how = named ? MG_RELATED_NAMED : MG_RELATED_NEAR, .near = near, .form = form};
}

/* One relative, unless it is there. Takes both strings. */
static int add(making *m, char *smiles, char *origin, mg_related how, molglot_error *err) {
    bool there = m->n == MG_RELATED || !smiles || !origin;
    for (int i = 0; i < m->n && !there; i++) there = !strcmp(m->out[i].shown.smiles, smiles);
    if (there) {
        const bool failed = !smiles || !origin;
        free(smiles);
        free(origin);
        return failed ? mg_no_memory(err, "a related molecule") : MOLGLOT_OK;
    }
    mg_sample s = {.smiles = smiles, .nll = (double)NAN};
    mg_candidate *c = &m->out[m->n++];
    int code = mg_candidate_read(m->g->w, &s, true, c, err);
    free(s.smiles);
    c->shown.index = -1;
    c->shown.source = origin;
    c->related = how;
    return code ? code : mg_candidate_judge(m->g, m->plan, m->p, c, err);
}

/* "conjugate base of nonanoic acid" */
static char *origin_of(const source *s, const char *words) {
    mg_str out = {0};
    mg_str_addf(&out, "%s of %s%s", words, s->name ? s->name : s->smiles,
                s->name ? "" : ", of the memory");
    if (out.failed) mg_str_free(&out);
    return out.s;
}

/* What the first sentence builds: "phenol with a methoxy group at position 2". */
static int make_said(making *m, molglot_error *err) {
    mg_name_hits hits = {0};
    int code = mg_built_first(m->g->names, m->p->text, &hits, err);
    for (size_t i = 0; i < hits.n && !code; i++) {
        mg_str origin = {0};
        mg_str_addf(&origin, "said: %s", hits.hit[i].name);
        if (origin.failed) mg_str_free(&origin);
        code = add(m, strdup(hits.hit[i].smiles), origin.s, (mg_related){.how = MG_RELATED_SAID},
                   err);
    }
    mg_name_hits_free(&hits);
    return code;
}

static const char *text_of(const void *memory, int64_t row) { return mg_memory_text(memory, row); }

/* The molecules of the memory whose texts say what no condition of the sentence says. */
static int find_told(const mg_generator *g, const mg_prompt *p, mg_text_hit *hits, int *held,
                     molglot_error *err) {
    const int64_t n = mg_memory_is_there(&g->memory) ? mg_memory_size(&g->memory) : 0;
    float *cosines = n ? malloc((size_t)n * sizeof *cosines) : NULL;
    const mg_texts texts = {text_of, &g->memory, n, cosines};
    int code = n && !cosines ? mg_no_memory(err, "cosines") : MOLGLOT_OK;
    *held = 0;
    if (!code && n) code = mg_memory_cosines(&g->memory, p->embedding, cosines, err);
    if (!code && n) code = mg_texts_saying(&texts, p->telling, TOLD_COMMON + 1, hits, held, err);
    free(cosines);
    return code;
}

static int make_told(making *m, molglot_error *err) {
    const mg_prompt *p = m->p;
    mg_text_hit hits[TOLD_COMMON + 1];
    mg_known_words words = {0};
    int held = 0;
    int code = p->telling ? mg_embed_words(m->g->ranker, p->telling, &words, err) : MOLGLOT_OK;
    const float worth = TOLD + TOLD_UNKNOWN * mg_known_share_unknown(&words);
    if (!code && words.words && words.words <= TOLD_WORDS)
        code = find_told(m->g, p, hits, &held, err);
    mg_known_words_free(&words);
    if (held > TOLD_COMMON && hits[TOLD_COMMON].share >= TOLD_LEAST) held = 0;
    for (int i = 0; i < held && i < TOLD_MOST && !code && hits[i].share >= TOLD_LEAST; i++) {
        mg_str origin = {0};
        mg_str_addf(&origin, "told of %s", mg_memory_label(&m->g->memory, hits[i].row));
        if (origin.failed) mg_str_free(&origin);
        const mg_related how = {.how = MG_RELATED_TOLD, .worth = worth * hits[i].share};
        code = add(m, strdup(mg_memory_smiles(&m->g->memory, hits[i].row)), origin.s, how, err);
    }
    return code;
}

/* One segment of a text as a name: the molecule, and what its forms are made of. Where it is all of
 * the text, "pyridine" is one too; a segment of that name asks for any pyridine. */
static int make_segment(making *m, sources *all, const char *segment, bool whole,
                        molglot_error *err) {
    mg_named named = {0};
    if (!whole && mg_groups_find(m->g->groups, segment) >= 0) return MOLGLOT_OK;
    int code = whole ? mg_named_query(m->g->groups, m->g->names, segment, &named, NULL, err)
                     : mg_name_find(m->g->names, segment, &named.hits, err);
    const mg_name_hit *hit = named.hits.n ? &named.hits.hit[0] : NULL;
    if (!code && hit && (hit->how <= MG_NAME_FOLDED || hit->how == MG_NAME_MADE)) {
        const bool itself = !all->says[ACID] && !all->says[BASE] && !all->says[TAUTOMER];
        const mg_related how = {.how = itself ? MG_RELATED_SAID : MG_RELATED_NAMED, .form = 1};
        mg_str origin = {0};
        mg_str_addf(&origin, "named: %s", segment);
        if (origin.failed) mg_str_free(&origin);
        code = add_source(all, hit->smiles, segment, TAUTOMER, err);
        if (!code) memcpy(all->s[all->n - 1].is, all->says, sizeof all->says);
        if (!code) code = add(m, strdup(hit->smiles), origin.s, how, err);
    }
    mg_named_free(&named);
    return code;
}

/* Names that stand apart: "pexidartinib, a kinase inhibitor", "the core of thiamine:
 * 4-amino-5-...". The first part of the text, and what is long enough to be no common word. */
static int make_segments(making *m, sources *all, molglot_error *err) {
    enum { MOST = 6, SHORTEST = 6 };
    const char *at = m->p->text;
    char segment[NAME];
    int code = MOLGLOT_OK;
    for (int k = 0; k < MOST && *at && !code && all->n < NAMED_MOST; k++) {
        while (isspace((unsigned char)*at)) at++;
        size_t n = 0;
        while (at[n] && !(strchr(",:;", at[n]) && isspace((unsigned char)at[n + 1])) &&
               strncmp(at + n, " (", 2) != 0)
            n++;
        size_t end = n;
        while (end && strchr(" .", at[end - 1])) end--;
        if (end < NAME && (k == 0 ? end > 3 : end >= SHORTEST)) {
            memcpy(segment, at, end);
            segment[end] = 0;
            code = make_segment(m, all, segment, k == 0 && !at[n], err);
        }
        at += n + (at[n] != 0);
        while (*at == '(') at++;
    }
    return code;
}

static int make_forms(making *m, const sources *all, molglot_error *err) {
    const char *smiles[SOURCES];
    mg_proton_form *forms;
    size_t n;
    for (int i = 0; i < all->n; i++) smiles[i] = all->s[i].smiles;
    int code = mg_proton_forms(smiles, (size_t)all->n, &forms, &n, err), form = 0;
    for (size_t i = 0; i < n && !code; i++) {
        const source *s = &all->s[forms[i].from];
        const int protons = forms[i].protons;
        form = i && forms[i].from == forms[i - 1].from ? form + 1 : 0;
        if (!has_shift(s, protons) || (form >= FORMS_MOST && !s->name)) continue;
        char *origin = origin_of(s, protons > 0   ? "conjugate acid"
                                    : protons < 0 ? "conjugate base"
                                                  : "tautomer");
        code = add(m, forms[i].smiles, origin, how_of(all, (int)forms[i].from, form), err);
        forms[i].smiles = NULL;
    }
    mg_proton_forms_free(forms, n);
    return code;
}

static int make_twins(making *m, const sources *all, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < all->n && !code; i++) {
        char *twin = all->s[i].is[TWIN] ? mg_smiles_mirror(all->s[i].smiles) : NULL;
        if (!twin || !strcmp(twin, all->s[i].smiles))
            free(twin);
        else
            code = add(m, twin, origin_of(&all->s[i], "mirror image"), how_of(all, i, 0), err);
    }
    return code;
}

double mg_related_worth(const mg_related *r) {
    switch (r->how) {
    case MG_RELATED_SAID: return .3;
    case MG_RELATED_NAMED: return r->form ? .15 : .2;
    case MG_RELATED_NEAR: return r->form ? .05 : .1;
    case MG_RELATED_TOLD: return (double)r->worth;
    default: return 0;
    }
}

int mg_prompt_relate(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                     mg_candidate *draws, int *n, molglot_error *err) {
    sources all = {0};
    making m = {g, plan, p, draws + *n, 0};
    if (plan->method != MG_DIRECT || !p->embedding || plan->o.like || plan->o.drawn_only)
        return MOLGLOT_OK;
    int code = make_said(&m, err);
    if (!code) code = read_relations(g, p, &all, err);
    if (!code && g->names && g->groups) code = make_segments(&m, &all, err);
    if (!code) code = make_told(&m, err);
    if (!code) code = add_memory(p, &all, err);
    const bool protons = all.says[ACID] || all.says[BASE] || all.says[TAUTOMER];
    if (!code && all.says[TWIN]) code = make_twins(&m, &all, err);
    if (!code && protons) code = make_forms(&m, &all, err);
    for (int i = 0; i < all.n; i++) {
        free(all.s[i].smiles);
        free(all.s[i].name);
    }
    *n += m.n;
    return code;
}
