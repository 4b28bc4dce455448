/* molecule.c - include/molglot.h: pictures, standard forms, facts and explanations of single
 * molecules. */
#include "app/api/api.h"
#include "chem/chem.h"
#include "chem/facts/facts.h"
#include "explain/explain.h"
#include "molglot.h"

#include <stdlib.h>
#include <string.h>

/* Where the molblock of a molfile ends: after its line "M  END". NULL: this is no molfile. */
static const char *end_of_molblock(const char *s) {
    const char *end = strstr(s, "M  END");
    if (end) return end + strlen("M  END");
    return strstr(s, "V2000") || strstr(s, "V3000") ? s + strlen(s) : NULL;
}

mg_mol *api_read_molecule(const char *what, const char *molecule, molglot_row_status *row,
                          molglot_error *err) {
    molglot_row_status unasked;
    if (!row) row = &unasked;
    if (!molecule) {
        mg_fail(err, MOLGLOT_USAGE, "%s: molecule is NULL", what);
        return NULL;
    }
    if (mg_chem_init(err)) return NULL;
    const long before = mg_chem_refusals();
    const char *end = end_of_molblock(molecule);
    mg_mol *m = end ? mg_mol_from_molblock(molecule, (size_t)(end - molecule), NULL, row)
                    : mg_mol_from_smiles(molecule, NULL, row);
    if (!m && api_whole(before, MOLGLOT_REJECTED, err) != MOLGLOT_REJECTED) return NULL;
    if (!m && row->offset < 0)
        mg_fail(err, MOLGLOT_REJECTED, "the molecule cannot be read: %s", row->reason);
    else if (!m)
        mg_fail(err, MOLGLOT_REJECTED, "the molecule cannot be read: %s at character %d",
                row->reason, row->offset + 1);
    return m;
}

/* ---- pictures ---- */

void molglot_depict_options_init(molglot_depict_options *options, size_t size) {
    const molglot_depict_options defaults = {.width = 360, .height = 280};
    api_options_give(options, size, &defaults, sizeof defaults);
}

int molglot_depict(const char *molecule, const molglot_depict_options *options, char **bytes,
                   size_t *n, molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_depict";
    molglot_depict_options o = molglot_depict_options_default();
    if (!bytes || !n) return mg_fail(err, MOLGLOT_USAGE, "%s: bytes and n must not be NULL", what);
    *bytes = NULL;
    *n = 0;
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    if ((o.format != MOLGLOT_SVG && o.format != MOLGLOT_PNG) || o.n_highlight < 0 ||
        (o.n_highlight && !o.highlight))
        return mg_fail(err, MOLGLOT_USAGE, "%s: no such format, or atoms without numbers", what);
    molglot_error why = {0};
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    if (!m) {
        if (err) *err = why;
        return why.code;
    }
    const mg_draw_options draw = {.width = o.width,
                                  .height = o.height,
                                  .legend = o.legend,
                                  .highlight = o.highlight,
                                  .n_highlight = o.n_highlight,
                                  .colours = o.colours,
                                  .transparent = o.transparent};
    uint8_t *png = NULL;
    const long before = mg_chem_refusals();
    if (o.places && mg_mol_atoms(m) > o.max_places)
        code = mg_fail(err, MOLGLOT_USAGE, "%s: %d places for %d atoms", what, o.max_places,
                       mg_mol_atoms(m));
    else if (o.format == MOLGLOT_PNG)
        code = mg_draw_png(m, &draw, &png, n, err);
    else
        code = o.places ? mg_draw_svg_places(m, &draw, bytes, o.places[0], err)
                        : mg_draw_svg(m, &draw, bytes, err);
    if (!code && png) *bytes = (char *)png;
    if (!code && !png) *n = strlen(*bytes);
    mg_mol_free(m);
    code = api_whole(before, code, err);
    if (!code) return code;
    free(*bytes);
    *bytes = NULL;
    *n = 0;
    return code;
}

int molglot_molfile(const char *molecule, char **out, molglot_row_status *status,
                    molglot_error *err) {
    static const char what[] = "molglot_molfile";
    if (!out) return mg_fail(err, MOLGLOT_USAGE, "%s: out must not be NULL", what);
    *out = NULL;
    molglot_error why = {0};
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    if (!m) {
        if (err) *err = why;
        return why.code;
    }
    const long before = mg_chem_refusals();
    *out = mg_mol_molblock(m);
    mg_mol_free(m);
    int code = *out ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "%s: RDKit gives no molfile", what);
    code = api_whole(before, code, err);
    if (code) free(*out), *out = NULL;
    return code;
}

/* ---- standard forms ---- */

int molglot_standardise(const char *molecule, molglot_standard *out, molglot_row_status *status,
                        molglot_error *err) {
    static const char what[] = "molglot_standardise";
    const size_t size = out ? out->size : 0;
    if (size < sizeof *out)
        return mg_fail(err, MOLGLOT_USAGE, "%s: out must not be NULL, and its size be set", what);
    memset(out, 0, size);
    out->size = size;
    molglot_error why = {0};
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    if (!m) {
        if (err) *err = why;
        return why.code;
    }
    const long before = mg_chem_refusals();
    out->smiles = mg_mol_smiles(m, true);
    out->inchikey = mg_mol_inchikey(m);
    out->formula = mg_mol_formula(m);
    out->weight = mg_mol_weight(m);
    mg_mol_free(m);
    if (out->smiles && out->formula && mg_chem_refusals() == before) return MOLGLOT_OK;
    molglot_standard_free(out);
    out->weight = 0;
    return mg_no_memory(err, "a molecule");
}

void molglot_standard_free(molglot_standard *s) {
    if (!s) return;
    free(s->smiles);
    free(s->inchikey);
    free(s->formula);
    s->smiles = s->inchikey = s->formula = NULL;
}

/* ---- facts ---- */

struct molglot_groups {
    mg_groups *groups;
};

molglot_groups *molglot_groups_open(const char *more, size_t n, molglot_error *err) {
    molglot_groups *out = calloc(1, sizeof *out);
    if (!out)
        mg_no_memory(err, "a dictionary");
    else
        out->groups = mg_groups_new(more, more ? n : 0, err);
    if (out && out->groups) return out;
    free(out);
    return NULL;
}

void molglot_groups_close(molglot_groups *groups) {
    if (!groups) return;
    mg_groups_free(groups->groups);
    free(groups);
}

int molglot_describe(const molglot_groups *groups, const char *molecule, int form, char **out,
                     molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_describe";
    if (out) *out = NULL;
    if (!groups || !out) return mg_fail(err, MOLGLOT_USAGE, "%s: groups or out is NULL", what);
    if (form != MOLGLOT_FACTS_JSON && form != MOLGLOT_FACTS_TEXT)
        return mg_fail(err, MOLGLOT_USAGE, "%s: no such form", what);
    molglot_error why = {0};
    mg_facts facts = {0};
    const long before = mg_chem_refusals();
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    int code = m ? mg_facts_of(groups->groups, m, &facts, &why) : why.code;
    if (!code) {
        *out = form == MOLGLOT_FACTS_JSON ? mg_facts_json(groups->groups, m, &facts, &why)
                                          : mg_facts_text(groups->groups, m, &facts, &why);
        code = *out ? MOLGLOT_OK : mg_code_of(&why, MOLGLOT_FAILED);
    }
    code = api_whole(before, code, &why);
    if (code) free(*out), *out = NULL;
    if (code && err) *err = why;
    mg_facts_free(&facts);
    mg_mol_free(m);
    return code;
}

/* ---- explanations ---- */

/* As JSON. A molfile's molecule is named by its canonical SMILES. */
static int explain(const mg_explain_options *o, const mg_mol *m, const char *molecule,
                   const char *text, char **json, molglot_error *err) {
    mg_explanation e;
    int code = mg_explain(o, m, text, &e, err);
    if (code) return code;
    char *canonical = end_of_molblock(molecule) ? mg_mol_smiles(m, true) : NULL;
    *json = mg_explanation_json(&e, m, canonical ? canonical : molecule, text, err);
    free(canonical);
    mg_explanation_free(&e);
    return *json ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* What the session's model has learned. */
static int open_source(molglot_session *s, mg_align_pair *pair, mg_align_source *out,
                       molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    const int code = api_check_process(s->process, err);
    if (code) return code;
    *pair = (mg_align_pair){.space = s->embedder};
    *out = mg_align_by_space(s->embedder);
    if (!mg_bundle_has(b, MG_PART_LEXICON)) return MOLGLOT_OK;
    if (!(pair->lexicon = mg_bundle_lexicon(b, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    *out = mg_align_by_both(pair);
    return MOLGLOT_OK;
}

int molglot_explain(molglot_session *session, const molglot_groups *groups, const char *molecule,
                    const char *text, char **json, molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_explain";
    if (json) *json = NULL;
    if (!text || !json || (!session && !groups))
        return mg_fail(err, MOLGLOT_USAGE, "%s: text, json, or session and groups are NULL", what);
    if (mg_utf8_invalid(text, strlen(text)) >= 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s: the text is not UTF-8", what);
    molglot_error why = {0};
    mg_align_pair pair;
    mg_align_source source;
    mg_explain_options o = {.groups = groups ? groups->groups : NULL};
    const long before = mg_chem_refusals();
    int code = session ? open_source(session, &pair, &source, &why) : MOLGLOT_OK;
    if (!code && session) o.source = &source;
    mg_mol *m = code ? NULL : api_read_molecule(what, molecule, status, &why);
    if (!code) code = m ? explain(&o, m, molecule, text, json, &why) : why.code;
    code = api_whole(before, code, &why);
    if (code) free(*json), *json = NULL;
    if (code && err) *err = why;
    mg_mol_free(m);
    return code;
}
