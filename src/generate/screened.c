/* screened.c - generated molecules held against lists of controlled substances. No molecule passes
 * because the screen failed: that ends the call. */
#include "chem/triage/triage.h"
#include "generate/generate.h"
#include "generate/inside.h"

#include <stdlib.h>

void mg_generator_screen(mg_generator *g, const mg_screen *screen) { g->screen = screen; }

int mg_generator_screens(mg_generator *g, molglot_error *err) {
    if (g->screen) return MOLGLOT_OK;
    if (!g->own_screen && !(g->own_screen = mg_screen_new(NULL, 0, err)))
        return mg_code_of(err, MOLGLOT_FAILED);
    g->screen = g->own_screen;
    return MOLGLOT_OK;
}

int mg_candidate_screen(const mg_generator *g, int how, mg_candidate *c, molglot_error *err) {
    mg_generated *m = &c->shown;
    if (how == MOLGLOT_SCREEN_OFF || !m->valid || m->control_list) return MOLGLOT_OK;
    const int code = c->mol ? mg_screen_mol(g->screen, c->mol, &m->control_list, err)
                            : mg_screen_smiles(g->screen, m->smiles, &m->control_list, err);
    c->controlled = how == MOLGLOT_SCREEN_OMIT && mg_screen_flags(m->control_list);
    return code;
}

int mg_candidates_screen(const mg_generator *g, int how, mg_candidate *c, size_t n,
                         molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i++) code = mg_candidate_screen(g, how, &c[i], err);
    return code;
}
