/* captioner.c - from SMILES to captions: reading, neighbours, methods, choice, facts; BLOCK
 * molecules at a time. What a row gets depends on the row alone.
 */
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, METHODS_MOST = 8, CHAINS_MOST = 8 /* copies whose chains are looked at */ };

const mg_caption_method *const MG_CAPTION_METHODS[] = {&mg_caption_nearest, &mg_caption_atomas,
                                                       &mg_caption_t5, NULL};

/* A method at work. */
typedef struct working {
    const mg_caption_method *method;
    void *state;
} working;

struct mg_captioner {
    mg_captioner_options o;
    working main, copies; /* copies: `nearest` beside a learned method; method NULL: none */
    mg_near *near;        /* NULL: no memory */
    mg_chooser *chooser;
    mg_groups *groups;
    mg_claims *claims;
    mg_readings *readings;
    int threads;
};

mg_caption_options mg_caption_default(void) { return (mg_caption_options){.n = 1}; }

/* ---- opening ---- */

static int open_method(mg_captioner *c, const mg_caption_method *m, working *w,
                       molglot_error *err) {
    int code = m->open ? m->open(&c->o, &w->state, err) : MOLGLOT_OK;
    if (!code) w->method = m;
    return code;
}

static int no_method(const mg_captioner *c, molglot_error *err) {
    const bool memory = mg_memory_is_there(&c->o.memory);
    return mg_fail(err, MOLGLOT_USAGE,
                   memory ? "no method of captioning can work with this model"
                          : "captions without a memory need a model that writes them, and there "
                            "is none; with a memory (the model's part memory, or an index with "
                            "texts) they are copied");
}

/* The one that is asked for, or the first that can; of a model that is given, one that writes. */
static int find_method(mg_captioner *c, molglot_error *err) {
    mg_str names = {0};
    for (const mg_caption_method *const *m = MG_CAPTION_METHODS; *m; m++) {
        mg_str_addf(&names, "%s%s", names.n ? ", " : "", (*m)->name);
        if (c->o.method ? strcmp(c->o.method, (*m)->name) != 0 : c->o.model && !(*m)->learned)
            continue;
        const int code = open_method(c, *m, &c->main, err);
        if (!code || c->o.method) {
            mg_str_free(&names);
            return code;
        }
    }
    const int code = c->o.method ? mg_fail(err, MOLGLOT_USAGE, "no method '%s' of captioning (%s)",
                                           c->o.method, names.s ? names.s : "")
                                 : no_method(c, err);
    mg_str_free(&names);
    return code;
}

static int open_all(mg_captioner *c, molglot_error *err) {
    int code = find_method(c, err);
    if (code) return code;
    const bool remembers = c->o.embedder && mg_memory_is_there(&c->o.memory);
    if (remembers && c->main.method->learned)
        code = open_method(c, &mg_caption_nearest, &c->copies, err);
    if (code) return code;
    if (!(c->chooser = mg_chooser_new(err)) || !(c->groups = mg_groups_new(NULL, 0, err)) ||
        !(c->claims = mg_claims_new(c->groups, err)) ||
        !(c->readings = mg_readings_new(c->o.names, err)))
        return mg_code_of(err, MOLGLOT_NO_MEMORY);
    if (remembers &&
        !(c->near = mg_near_new(&c->o.memory, c->o.embedder, c->o.leave_out, c->threads, err)))
        return mg_code_of(err, MOLGLOT_NO_MEMORY);
    return MOLGLOT_OK;
}

mg_captioner *mg_captioner_new(const mg_captioner_options *o, molglot_error *err) {
    mg_captioner *c = calloc(1, sizeof *c);
    if (!c) {
        mg_no_memory(err, "a captioner");
        return NULL;
    }
    c->o = *o;
    c->threads = mg_threads(o->threads);
    if (!open_all(c, err)) return c;
    mg_captioner_free(c);
    return NULL;
}

static void close_method(working *w) {
    if (w->method && w->method->close) w->method->close(w->state);
}

void mg_captioner_free(mg_captioner *c) {
    if (!c) return;
    close_method(&c->main);
    close_method(&c->copies);
    mg_near_free(c->near);
    mg_chooser_free(c->chooser);
    mg_claims_free(c->claims);
    mg_readings_free(c->readings);
    mg_groups_free(c->groups);
    free(c);
}

const mg_caption_method *mg_captioner_method(const mg_captioner *c) { return c->main.method; }

/* ---- a block ---- */

typedef struct block {
    size_t n;
    mg_captioned *out; /* [n] */
    float *embedding;  /* [n][dim], or NULL */
    mg_leaned *near;   /* [n][MG_LEANED], or NULL */
    int n_near[BLOCK];
    mg_caption_query query[BLOCK];
    mg_caption_pool pool[BLOCK];
} block;

/* Molecules, and their canonical SMILES. */
static int read_molecules(const mg_captioner *c, const char *const *smiles, block *b,
                          molglot_error *err) {
    bool ok = true;
    int code = mg_chem_init(err);
    if (code) return code;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1) reduction(&& : ok)
    for (size_t i = 0; i < b->n; i++) {
        mg_captioned *out = &b->out[i];
        mg_row_accept(&out->status);
        out->mol = mg_mol_from_smiles(smiles[i], NULL, &out->status);
        if (out->mol) ok = ok && (out->canonical = mg_mol_smiles(out->mol, true));
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the molecules");
}

static int embed(const mg_captioner *c, const char *const *smiles, block *b, molglot_error *err) {
    const mg_mol *mols[BLOCK];
    const char *canonical[BLOCK];
    molglot_row_status status[BLOCK];
    if (!c->o.embedder) return MOLGLOT_OK;
    const size_t dim = (size_t)mg_embedder_dim(c->o.embedder);
    if (!(b->embedding = malloc(b->n * dim * sizeof *b->embedding)))
        return mg_no_memory(err, "%zu embeddings", b->n);
    for (size_t i = 0; i < b->n; i++)
        mols[i] = b->out[i].mol, canonical[i] = b->out[i].mol ? b->out[i].canonical : smiles[i];
    int code = mg_embed_molecules(c->o.embedder, mols, canonical, b->n, b->embedding, status, err);
    for (size_t i = 0; i < b->n && !code; i++)
        if (status[i].ok) b->query[i].embedding = b->embedding + i * dim;
    return code;
}

static void ask(const mg_caption_options *o, const char *const *smiles, block *b) {
    for (size_t i = 0; i < b->n; i++) {
        mg_caption_query *q = &b->query[i];
        const mg_captioned *out = &b->out[i];
        q->mol = out->mol, q->smiles = out->canonical, q->given = smiles[i];
        q->seed = out->canonical ? mg_hash64(out->canonical, strlen(out->canonical), o->seed) : 0;
    }
}

/* Neighbours, but for rows of the molecule itself where they are no answer. */
static int find_near(mg_captioner *c, const mg_caption_options *o, block *b, molglot_error *err) {
    if (!c->near) return MOLGLOT_OK;
    const bool own = o->own == MG_OWN_ALWAYS || (o->own == MG_OWN_LIBRARY && c->o.memory.index);
    if (!(b->near = malloc(b->n * MG_LEANED * sizeof *b->near)))
        return mg_no_memory(err, "neighbours");
    int code = mg_near_find(c->near, b->query, b->n, b->near, b->n_near, err);
    for (size_t i = 0; i < b->n && !code; i++) {
        mg_leaned *near = b->near + i * MG_LEANED;
        int kept = 0;
        for (int k = 0; k < b->n_near[i]; k++)
            if (own || !near[k].same) near[kept++] = near[k];
        b->n_near[i] = kept < MG_CAPTION_NEAR ? kept : MG_CAPTION_NEAR;
        b->query[i].near = near, b->query[i].n_near = b->n_near[i], b->query[i].n_known = kept;
    }
    return code;
}

static int propose(const working *w, const mg_caption_options *o, block *b, molglot_error *err) {
    const mg_caption_query *queries[BLOCK];
    mg_caption_pool *pools[BLOCK];
    size_t n = 0;
    if (!w->method) return MOLGLOT_OK;
    for (size_t i = 0; i < b->n; i++)
        if (b->query[i].mol) queries[n] = &b->query[i], pools[n++] = &b->pool[i];
    return n ? w->method->propose(w->state, queries, n, o, pools, err) : MOLGLOT_OK;
}

/* Cosines of drafts that have none yet. */
static int measure(const mg_captioner *c, block *b, molglot_error *err) {
    size_t n = 0, k = 0;
    for (size_t i = 0; i < b->n; i++)
        for (size_t j = 0; j < b->pool[i].n; j++)
            n += isnan(b->pool[i].at[j].draft.cosine) && b->query[i].embedding;
    if (!n) return MOLGLOT_OK;
    const size_t dim = (size_t)mg_embedder_dim(c->o.embedder);
    const char **texts = malloc(n * sizeof *texts);
    float *v = malloc(n * dim * sizeof *v);
    int code = texts && v ? MOLGLOT_OK : mg_no_memory(err, "%zu embeddings", n);
    for (size_t i = 0; i < b->n && !code; i++)
        for (size_t j = 0; j < b->pool[i].n; j++)
            if (isnan(b->pool[i].at[j].draft.cosine) && b->query[i].embedding)
                texts[k++] = b->pool[i].at[j].text;
    if (!code) code = mg_embed_texts(c->o.embedder, texts, n, v, NULL, err);
    k = 0;
    for (size_t i = 0; i < b->n && !code; i++)
        for (size_t j = 0; j < b->pool[i].n; j++) {
            mg_draft *d = &b->pool[i].at[j].draft;
            if (!isnan(d->cosine) || !b->query[i].embedding) continue;
            double sum = 0;
            for (size_t x = 0; x < dim; x++)
                sum += (double)b->query[i].embedding[x] * (double)v[k * dim + x];
            d->cosine = (float)sum;
            k++;
        }
    free(texts);
    free(v);
    return code;
}

/* ---- answers ---- */

static int check(const mg_captioner *c, const mg_captioned *out, const mg_facts *facts,
                 mg_caption *caption, molglot_error *err) {
    int code = mg_claims_check(c->claims, facts, caption, err);
    if (!code) code = mg_relations_check(c->readings, out->mol, caption, err);
    if (!code) code = mg_classes_check(c->readings, out->mol, caption, err);
    return code ? code : mg_definition_check(c->readings, out->mol, caption, err);
}

typedef enum { COUNTED, PROVEN, DEFINED, CUT } change;

/* Whether the class in front of "that is" is wrong. */
static bool has_false_class(const mg_caption *c) {
    static const char subject[] = "The molecule is ";
    const size_t n = strlen(subject);
    return c->n_wrong && !strncmp(c->text, subject, n) && c->wrong[0].begin <= n + 3;
}

/* One more candidate, a changed copy of the k-th, which has no voice among the others. */
static int add_changed(const mg_captioner *c, const mg_captioned *out, const mg_facts *facts,
                       mg_caption_pool *pool, size_t k, const mg_str *text, change how,
                       molglot_error *err) {
    mg_draft d = pool->at[k].draft;
    const size_t before = pool->n;
    if (text->failed) return mg_no_memory(err, "captions");
    if (!text->n) return MOLGLOT_OK;
    d.text = text->s, d.edited = true, d.weight = 0;
    d.proven = how == PROVEN, d.mended = how == DEFINED, d.cut = how == CUT;
    int code = mg_caption_pool_add(pool, &d, err);
    if (code || pool->n == before) return code;
    code = check(c, out, facts, &pool->at[pool->n - 1], err);
    if (!code && how == DEFINED &&
        (pool->at[pool->n - 1].definition.end || /* it is not read as it is meant */
         has_false_class(&pool->at[pool->n - 1])))
        mg_captions_free(&pool->at[--pool->n], 1);
    return code;
}

/* Beside each caption that says how another molecule is built: the same of this one, where that can
 * be proven, and the same without. */
static int add_mended(const mg_captioner *c, const mg_captioned *out, const mg_facts *facts,
                      mg_caption_pool *pool, molglot_error *err) {
    const size_t n = pool->n;
    mg_own_definition own = {0};
    mg_own_forms forms = {0};
    mg_own_chains *chains = mg_own_chains_new(err);
    int code = chains ? MOLGLOT_OK : MOLGLOT_NO_MEMORY, false_ones = 0;
    for (size_t k = 0; k < n && !code; k++) {
        mg_str cut = {0}, mended = {0}, defined = {0};
        if (!pool->at[k].definition.end) continue;
        (void)mg_definition_cut(&pool->at[k], &cut);
        code = mg_residues_mend(c->readings, out->canonical, pool->at[k].text, &mended, err);
        if (!code && !mended.n && false_ones++ < CHAINS_MOST)
            code = mg_chains_mend(c->readings, out->mol, out->canonical, pool->at[k].text, chains,
                                  &mended, err);
        if (!code && !mended.n)
            code = mg_partners_mend(c->readings, out->canonical, pool->at[k].text, &mended, err);
        if (!code && !mended.n)
            code = mg_ions_mend(c->readings, out->canonical, pool->at[k].text, &forms, &mended,
                                err);
        if (!code) code = add_changed(c, out, facts, pool, k, &mended, PROVEN, err);
        if (!code && !mended.n)
            code = mg_definition_mend(&pool->at[k], out->mol, &own, &defined, err);
        if (!code) code = add_changed(c, out, facts, pool, k, &defined, DEFINED, err);
        if (!code) code = add_changed(c, out, facts, pool, k, &cut, CUT, err);
        mg_str_free(&defined);
        mg_str_free(&cut);
        mg_str_free(&mended);
    }
    mg_own_chains_free(chains);
    mg_own_forms_free(&forms);
    mg_own_definition_free(&own);
    return code;
}

/* Beside each caption that miscounts groups the same with their number; not where nobody reads its
 * first sentence, which may list as many. */
static int add_counted(const mg_captioner *c, const mg_captioned *out, const mg_facts *facts,
                       mg_caption_pool *pool, molglot_error *err) {
    const size_t n = pool->n;
    int code = MOLGLOT_OK;
    for (size_t k = 0; k < n && !code; k++) {
        mg_str counted = {0};
        mg_reading built = {0};
        if (pool->at[k].n_wrong)
            code = mg_readings_sentence(c->readings, pool->at[k].text, &built, err);
        const bool read = built.n > 0;
        mg_reading_free(&built);
        if (code || !read) continue;
        code = mg_classes_mend(&pool->at[k], out->mol, &counted, err);
        if (!code) code = add_changed(c, out, facts, pool, k, &counted, COUNTED, err);
        mg_str_free(&counted);
    }
    return code;
}

/* What is computed of the molecule, and what captions say against it. */
static int add_facts(const mg_captioner *c, const mg_caption_options *o, mg_captioned *out,
                     mg_caption_pool *pool, molglot_error *err) {
    mg_facts facts = {0};
    int code = mg_facts_of(c->groups, out->mol, &facts, err);
    if (code) return code == MOLGLOT_FAILED ? MOLGLOT_OK : code; /* a pattern takes too long */
    out->facts = mg_facts_text(c->groups, out->mol, &facts, err);
    if (!out->facts) code = mg_code_of(err, MOLGLOT_NO_MEMORY);
    for (size_t k = 0; k < pool->n && !code; k++) code = check(c, out, &facts, &pool->at[k], err);
    if (!code && !o->as_copied) code = add_counted(c, out, &facts, pool, err);
    if (!code && !o->as_copied) code = add_mended(c, out, &facts, pool, err);
    mg_facts_free(&facts);
    return code;
}

/* Takes the captions out of the pool, which keeps nothing. */
static int answer(const mg_captioner *c, const mg_caption_options *o, block *b, size_t i,
                  molglot_error *err) {
    mg_captioned *out = &b->out[i];
    mg_caption_pool *pool = &b->pool[i];
    if (!out->mol) return MOLGLOT_OK;
    int code = add_facts(c, o, out, pool, err);
    for (size_t k = 0; k < pool->n && o->as_copied; k++) /* a wrong place as others are */
        pool->at[k].definition = (mg_caption_span){0, 0};
    if (!code) code = mg_choose(c->chooser, pool, o->alone && o->beams > 0, err);
    if (code) return code;
    const size_t kept = o->n > 0 && (size_t)o->n < pool->n ? (size_t)o->n : pool->n;
    mg_captions_free(pool->at + kept, pool->n - kept);
    out->captions = pool->at, out->n = (int)kept;
    *pool = (mg_caption_pool){0};
    if (b->n_near[i] && !(out->near = malloc((size_t)b->n_near[i] * sizeof *out->near)))
        return mg_no_memory(err, "neighbours");
    if (b->n_near[i])
        memcpy(out->near, b->near + i * MG_LEANED, (size_t)b->n_near[i] * sizeof *out->near);
    out->n_near = b->n_near[i];
    if (!out->n) mg_row_refuse(&out->status, -1, "nothing is near this molecule");
    return MOLGLOT_OK;
}

static int answers(const mg_captioner *c, const mg_caption_options *o, block *b,
                   molglot_error *err) {
    int code = MOLGLOT_OK;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < b->n; i++) {
        molglot_error why = {0};
        const int one = answer(c, o, b, i, &why);
        if (!one) continue;
#pragma omp critical
        if (!code) {
            code = one;
            if (err) *err = why;
        }
    }
    return code;
}

static int caption_block(mg_captioner *c, const char *const *smiles, const mg_caption_options *o,
                         block *b, molglot_error *err) {
    int code = read_molecules(c, smiles, b, err);
    if (!code) code = embed(c, smiles, b, err);
    if (!code) ask(o, smiles, b);
    if (!code) code = find_near(c, o, b, err);
    if (!code) code = propose(&c->main, o, b, err);
    if (!code && !o->alone) code = propose(&c->copies, o, b, err);
    if (!code) code = measure(c, b, err);
    if (!code) code = answers(c, o, b, err);
    for (size_t i = 0; i < b->n; i++) mg_caption_pool_free(&b->pool[i]);
    free(b->embedding);
    free(b->near);
    return code;
}

int mg_caption_molecules(mg_captioner *c, const char *const *smiles, size_t n,
                         const mg_caption_options *o, mg_captioned *out, molglot_error *err) {
    memset(out, 0, n * sizeof *out);
    block *b = malloc(sizeof *b);
    int code = b ? MOLGLOT_OK : mg_no_memory(err, "captions");
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        *b = (block){.n = n - at < BLOCK ? n - at : BLOCK, .out = out + at};
        code = caption_block(c, smiles + at, o, b, err);
    }
    free(b);
    for (size_t i = 0; i < n && code; i++) mg_captioned_free(&out[i]);
    return code;
}

void mg_captioned_free(mg_captioned *c) {
    mg_mol_free(c->mol);
    free(c->canonical);
    if (c->captions) mg_captions_free(c->captions, (size_t)c->n);
    free(c->captions);
    free(c->near);
    free(c->facts);
    memset(c, 0, sizeof *c);
}
