/* asks.c - what a sentence asks of molecules (chem/request): read once, held against draws, and
 * against the memory, whose rows that meet all of it are what draws start from and stand beside
 * them. "MW 300 to 400, no halogens" says nothing that a cosine could go by: there the molecules
 * most like drugs (QED, chem/facts) are the best ones.
 */
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int mg_prompt_asks(mg_generator *g, mg_prompt *p, molglot_error *err) {
    const char *like = NULL;
    if (!p->text) return MOLGLOT_OK;
    if (!g->groups && !(g->groups = mg_groups_new(NULL, 0, err)))
        return mg_code_of(err, MOLGLOT_FAILED);
    if (!(p->request = mg_request_parse(g->groups, p->text, err)))
        return mg_code_of(err, MOLGLOT_FAILED);
    if (!p->request->definition && *p->request->left) p->telling = strdup(p->request->left);
    if (!p->request->definition && *p->request->left && !p->telling)
        return mg_no_memory(err, "a sentence");
    int code = mg_denied_find(g->names, p->text, &p->denied, err);
    if (code) return code;
    mg_denied_cut(&p->denied, p->telling);
    const char *name = mg_request_name(p->request);
    const bool drawn = name && mg_named_is_smiles(name);
    const int64_t row = name && !drawn ? mg_memory_named(&g->memory, name) : -1;
    mg_named known = {0};
    if (drawn) like = name;
    if (name && row < 0 && !drawn && g->names) code = mg_named_find(g->names, name, &known, err);
    if (row >= 0) like = mg_memory_smiles(&g->memory, row);
    if (!code && known.hits.n) like = known.hits.hit[0].smiles;
    if (!code) code = name && !like ? mg_request_drop_name(p->request, err) : MOLGLOT_OK;
    if (!code && p->request->conditions) {
        p->open = mg_request_is_open(p->request);
        p->meets = mg_meets_new(p->request, like, g->groups, g->n_workers, err);
        code = p->meets ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
    } else {
        mg_request_free(p->request);
        p->request = NULL;
    }
    mg_named_free(&known);
    return code;
}

int mg_generator_typical(const mg_generator *g, const mg_mol *mol, const char *smiles, double *out,
                         molglot_error *err) {
    mg_facts f = {0};
    mg_mol *own = mol ? NULL : mg_mol_from_smiles(smiles, NULL, NULL);
    if (own) mol = own;
    const int code = mol ? mg_facts_numbers(g->groups, mol, &f, err) : MOLGLOT_OK;
    mg_mol_free(own);
    *out = f.qed;
    return code;
}

/* Rows [n] that meet all of it, the nearest first, at most `most`. */
static int find_meeting(const mg_generator *g, const mg_plan *plan, const mg_prompt *p, int most,
                        int64_t *rows, int *n, molglot_error *err) {
    enum { STEP = 256 };
    const int64_t all = mg_memory_size(&g->memory);
    const char *smiles[STEP];
    mg_verdict verdict[STEP];
    int64_t *order = malloc(((size_t)all + 1) * sizeof *order);
    int code = order ? mg_memory_order(&g->memory, p->embedding, order, err)
                     : mg_no_memory(err, "a memory");
    *n = 0;
    for (int64_t at = 0; at < all && *n < most && !code; at += STEP) {
        size_t step = 0;
        if (plan->o.on_progress && plan->o.on_progress(plan->o.user, 0, plan->first))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
        for (; !code && step < STEP && at + (int64_t)step < all && order[at + (int64_t)step] >= 0;
             step++)
            smiles[step] = mg_memory_smiles(&g->memory, order[at + (int64_t)step]);
        if (!code) code = mg_meets_smiles(p->meets, smiles, step, true, verdict, err);
        for (size_t i = 0; i < step && *n < most && !code; i++)
            if (verdict[i].of && verdict[i].met == verdict[i].of && !verdict[i].scant)
                rows[(*n)++] = order[at + (int64_t)i];
        if (step < STEP) break;
    }
    free(order);
    return code;
}

typedef struct typical_row {
    int64_t row;
    double typical;
} typical_row;

static int most_typical(const void *a, const void *b) {
    const typical_row *x = a, *y = b;
    if (x->typical != y->typical) return x->typical > y->typical ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

int mg_prompt_meeting(const mg_generator *g, const mg_plan *plan, const mg_prompt *p, int most,
                      int64_t *rows, int *n, molglot_error *err) {
    enum { OPEN = 64 };
    if (!p->open || most >= OPEN) return find_meeting(g, plan, p, most, rows, n, err);
    int64_t all[OPEN];
    typical_row order[OPEN];
    int found = 0, code = find_meeting(g, plan, p, OPEN, all, &found, err);
    for (int i = 0; i < found && !code; i++) {
        order[i].row = all[i];
        code = mg_generator_typical(g, NULL, mg_memory_smiles(&g->memory, all[i]),
                                    &order[i].typical, err);
    }
    if (code) return code;
    qsort(order, (size_t)found, sizeof *order, most_typical);
    for (*n = 0; *n < most && *n < found; ++*n) rows[*n] = order[*n].row;
    return MOLGLOT_OK;
}

int mg_candidates_meet(const mg_prompt *p, mg_candidate *c, size_t n, molglot_error *err) {
    if (!p->request) return MOLGLOT_OK;
    const char **smiles = calloc(n + 1, sizeof *smiles);
    mg_verdict *verdict = calloc(n + 1, sizeof *verdict);
    size_t asked = 0;
    int code = smiles && verdict ? MOLGLOT_OK : mg_no_memory(err, "%zu molecules", n);
    for (size_t i = 0; i < n && !code; i++)
        if (c[i].shown.valid && !c[i].meets.of) smiles[asked++] = c[i].shown.smiles;
    if (!code) code = mg_meets_smiles(p->meets, smiles, asked, false, verdict, err);
    for (size_t i = 0, k = 0; i < n && !code; i++)
        if (c[i].shown.valid && !c[i].meets.of) c[i].meets = verdict[k++];
    free(smiles);
    free(verdict);
    return code;
}

int mg_prompt_offer(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                    mg_candidate *draws, int *n, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int k = 0;
         k < p->n_near && p->near_meets && !plan->o.only_new && !plan->o.keep_all && !code; k++) {
        mg_sample s = {.smiles = strdup(p->near[k].smiles), .nll = (double)NAN};
        mg_candidate *c = &draws[*n];
        if (!s.smiles) return mg_no_memory(err, "a molecule");
        code = mg_candidate_read(g->w, &s, true, c, err);
        free(s.smiles);
        ++*n;
        c->shown.index = -1;
        c->shown.copy = 1;
        if (!code) code = mg_candidate_judge(g, plan, p, c, err);
    }
    return code;
}
