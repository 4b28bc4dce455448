/* name.c - a sentence that is a name of a molecule: that molecule first, behind it its analogues,
 * as if it had been `like`. Where the writer cannot start from it, draws for the words stand there.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_fatal(int code) { return code == MOLGLOT_INTERRUPTED || code == MOLGLOT_NO_MEMORY; }

int mg_sentence_name(const mg_dictionary *d, const mg_groups *groups, const char *text,
                     const char *keep, mg_named *out, molglot_error *err) {
    const int code = groups ? mg_named_query(groups, d, text, out, NULL, err)
                            : mg_named_find(d, text, out, err);
    if (code || !out->hits.n || !keep) return code;
    mg_smarts *pattern = mg_smarts_new(keep, err);
    mg_mol *mol = pattern ? mg_mol_from_smiles(out->hits.hit[0].smiles, NULL, NULL) : NULL;
    if (!mol || !mg_smarts_count(pattern, mol, 1)) mg_named_free(out);
    mg_mol_free(mol);
    mg_smarts_free(pattern);
    return pattern ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* The molecule that is named, screened; not valid: RDKit refuses what the dictionary says. */
static int read_named(mg_generator *g, const mg_named *named, int screen, mg_candidate *c,
                      molglot_error *err) {
    const mg_name_hit *hit = &named->hits.hit[0];
    mg_sample s = {.smiles = strdup(hit->smiles), .nll = (double)NAN};
    mg_str source = {0};
    if (!s.smiles) return mg_no_memory(err, "a molecule");
    int code = mg_candidate_read(g->w, &s, true, c, err);
    free(s.smiles);
    mg_str_addf(&source, "%s: %s (%s)",
                hit->how == MG_NAME_MADE   ? "said"
                : hit->how == MG_NAME_SALT ? "named without its salt"
                                           : "named",
                hit->name, named->from.s ? named->from.s : "");
    c->shown.index = -1;
    c->shown.source = source.s;
    c->shown.known_as = strdup(hit->name);
    if (source.failed || !c->shown.known_as) return mg_no_memory(err, "a name");
    if (!code && screen != MOLGLOT_SCREEN_OFF) code = mg_generator_screens(g, err);
    return code ? code : mg_candidate_screen(g, screen, c, err);
}

/* Puts it before the others, where it may stand, and takes it out from among them. */
static int put_first(mg_candidate *c, const mg_generate_options *o, mg_generation *out,
                     molglot_error *err) {
    mg_generated *all = calloc((size_t)out->n + 2, sizeof *all);
    int n = 0;
    if (!all) return mg_no_memory(err, "%d molecules", out->n);
    const char *smiles = c->shown.smiles;
    for (int i = 0; i < out->n; i++) {
        mg_generated *m = &out->molecules[i];
        const int most = o->keep_all ? out->n : o->n - !c->controlled;
        if (n < most && strcmp(m->smiles, smiles) != 0)
            all[!c->controlled + n++] = *m;
        else
            mg_generated_free(m, 1);
    }
    out->controlled += c->controlled;
    out->offered += !c->controlled;
    if (!c->controlled) all[0] = mg_candidate_take(c), n++;
    for (int i = 0; i < n; i++) all[i].rank = i + 1;
    free(out->molecules);
    out->molecules = all;
    out->n = n;
    return MOLGLOT_OK;
}

int mg_generate_named(mg_generator *g, const char *text, const mg_named *named, bool blind,
                      const mg_generate_options *o, mg_generation *out, molglot_error *err) {
    mg_generate_options with = *o;
    mg_candidate first = {0};
    molglot_error own = {0};
    with.like = named->hits.hit[0].smiles;
    *out = (mg_generation){0};
    int code = read_named(g, named, o->screen, &first, err);
    const bool starts = !code && first.shown.valid;
    const int drawn = starts ? mg_generate(g, NULL, 1, &with, out, &own) : MOLGLOT_FAILED;
    if (!code && is_fatal(drawn)) {
        code = drawn;
        if (err) *err = own;
    } else if (!code && drawn && !blind)
        code = mg_generate(g, &text, 1, o, out, err);
    if (!code && first.shown.valid) code = put_first(&first, o, out, err);
    if (code) mg_generation_free(out);
    mg_candidates_free(&first, 1);
    return code;
}
