/* beams.c - draws of a T5: all of a sentence's at once, by beam search, or with a temperature by
 * sampling. The sentence is read as it was given, by the T5's own pieces. With n draws the search
 * has n beams, at least five, and draw i is the i-th best. Nothing holds its SMILES to a grammar:
 * RDKit refuses what is none.
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/t5/t5.h"

#include <string.h>

enum { LEAST_BEAMS = 5, MOST_BEAMS = 256 };

int mg_beams_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err) {
    const int positions = mg_t5_get_config(g->t5->t5)->positions, most = plan->o.max_tokens;
    if (g->t5->task && strcmp(g->t5->task, MG_T5_GENERATE) != 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s was trained to write texts, not molecules",
                       g->t5->path);
    if (!texts || plan->o.like)
        return mg_fail(err, MOLGLOT_USAGE, "%s writes for a sentence alone", g->t5->path);
    if (plan->first > MOST_BEAMS)
        return mg_fail(err, MOLGLOT_USAGE, "beam search writes at most %d molecules, not %d",
                       MOST_BEAMS, plan->first);
    if (most && (most < 2 || most > positions))
        return mg_fail(err, MOLGLOT_USAGE, "%s writes 2 to %d tokens, not %d", g->t5->path,
                       positions, most);
    return MOLGLOT_OK;
}

/* -log of a draw's probability. A beam's score is a mean over its tokens (model/t5/beam.c). */
static double nll_of(const mg_t5_text *x, bool sampled) {
    return sampled ? -x->score : -x->score * (x->ended ? x->tokens - 1 : x->tokens);
}

int mg_beams_draw(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                  mg_candidate *out, int *n, molglot_error *err) {
    mg_t5_text texts[MOST_BEAMS];
    const mg_t5_draw draw = {.temperature = plan->o.temperature,
                             .top_p = plan->o.top_p,
                             .max_length = plan->o.max_tokens,
                             .seed = mg_rng_u64(plan->o.seed, p->hash, 0)};
    const bool sampled = plan->o.temperature > 0.0f;
    mg_t5_ask ask = {
        .n = plan->first, .search = mg_t5_search_default(), .draw = sampled ? &draw : NULL};
    ask.search.beams = plan->first > LEAST_BEAMS ? plan->first : LEAST_BEAMS;
    ask.search.max_length = plan->o.max_tokens;
    *n = 0;
    int code = mg_t5_say(h->tape, g->t5->t5, g->t5->pieces, p->text, &ask, texts, NULL, err);
    if (code) return code;
    for (int i = 0; i < plan->first && texts[i].text && !code; i++, ++*n) {
        mg_sample s = {.smiles = texts[i].text,
                       .nll = nll_of(&texts[i], sampled),
                       .tokens = texts[i].tokens,
                       .limited = !texts[i].ended};
        texts[i].text = NULL; /* the candidate's, or freed below */
        code = mg_candidate_read(NULL, &s, true, &out[i], err);
        out[i].beam = sampled ? -s.nll : texts[i].score;
        out[i].shown.index = i;
        if (!code) code = mg_candidate_judge(g, plan, p, &out[i], err);
    }
    h->done = *n;
    mg_t5_texts_free(texts, plan->first);
    return code;
}
