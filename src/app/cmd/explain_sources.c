/* explain_sources.c - what a model has learned of words and atoms, opened for a command. */
#include "app/cmd/explain.h"

static int open_tokens(explain_sources *s, molglot_error *err) {
    if (!mg_bundle_has(s->bundle, MG_PART_ATOMAS)) return MOLGLOT_OK;
    const mg_writer_part *w = mg_bundle_writer(s->bundle, MG_PART_ATOMAS, err);
    if (!w) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!mg_writer_get_config(w->writer)->align) return MOLGLOT_OK;
    if (!(s->aligner = mg_align_tokens_new(w, err))) return mg_code_of(err, MOLGLOT_FAILED);
    s->tokens = mg_align_by_tokens(s->aligner);
    s->has_tokens = true;
    return MOLGLOT_OK;
}

int explain_sources_open(explain_sources *s, const cli_common *c, unsigned which,
                         molglot_error *err) {
    char path[4096];
    *s = (explain_sources){0};
    if (!cli_model_path(c, path, sizeof path, err)) return mg_code_of(err, MOLGLOT_FAILED);
    s->bundle = mg_bundle_open(path, err);
    if (!s->bundle) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = which & EXPLAIN_TOKENS ? open_tokens(s, err) : MOLGLOT_OK;
    if (code) return code;
    if ((which & EXPLAIN_LEXICON) && mg_bundle_has(s->bundle, MG_PART_LEXICON)) {
        const mg_lexicon *l = mg_bundle_lexicon(s->bundle, err);
        if (!l) return mg_code_of(err, MOLGLOT_BAD_FILE);
        s->pair.lexicon = l;
        s->lexicon = mg_align_by_lexicon(l);
        s->has_lexicon = true;
    }
    if (!(which & EXPLAIN_SPACE) || !mg_bundle_has(s->bundle, MG_PART_SPACE)) return MOLGLOT_OK;
    code = cli_engine_of(&s->engine, s->bundle, c, 0, err);
    if (code) return code;
    s->pair.space = s->engine.embedder;
    s->space = mg_align_by_space(s->engine.embedder);
    s->both = mg_align_by_both(&s->pair);
    s->has_space = true;
    return MOLGLOT_OK;
}

const mg_align_source *explain_sources_best(const explain_sources *s) {
    return s->has_space && s->has_lexicon ? &s->both
           : s->has_space                 ? &s->space
           : s->has_lexicon               ? &s->lexicon
                                          : NULL;
}

void explain_sources_close(explain_sources *s) {
    if (s->has_space) cli_engine_close(&s->engine);
    mg_align_tokens_free(s->aligner);
    mg_bundle_close(s->bundle);
    *s = (explain_sources){0};
}
