/* find.c - include/molglot.h: finding rows by what they are, what is said of them and how they are
 * called. */
#include "app/api/api.h"
#include "molglot.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void molglot_find_options_init(molglot_find_options *options, size_t size) {
    const molglot_find_options defaults = {.k = 10, .min_similarity = .6};
    api_options_give(options, size, &defaults, sizeof defaults);
}

typedef struct asked {
    const mg_index **parts;
    int n_parts;
    char *smiles;   /* of a molecule; NULL: words */
    mg_named known; /* what the dictionary of names says of the words */
    float *vector;
    mg_found *found; /* [k] */
    mg_filter *filter;
    mg_request *request; /* what the words ask of molecules, or NULL */
    char *like;
} asked;

static int open_parts(asked *a, const molglot_session *s, const molglot_index *const *indexes,
                      size_t n, molglot_error *err) {
    int code = MOLGLOT_OK;
    a->parts = calloc(n + 1, sizeof *a->parts);
    if (!a->parts) return mg_no_memory(err, "%zu indexes", n);
    for (size_t i = 0; i < n && !code; i++) {
        if (!indexes[i]) return mg_fail(err, MOLGLOT_USAGE, "molglot_find: index %zu is NULL", i);
        code = api_check_index(s, indexes[i], err);
        a->parts[a->n_parts++] = indexes[i]->index;
    }
    return code;
}

static int open_filter(asked *a, const molglot_find_options *o, int threads, molglot_error *err) {
    const mg_filter_spec spec = {.smarts = o->smarts,
                                 .n_smarts = o->n_smarts,
                                 .not_smarts = o->not_smarts,
                                 .n_not_smarts = o->n_not_smarts,
                                 .min_weight = o->min_weight,
                                 .max_weight = o->max_weight,
                                 .formula = o->formula,
                                 .elements = o->elements,
                                 .without = o->without_elements,
                                 .similar = o->similar,
                                 .min_similarity = o->min_similarity,
                                 .where = o->where,
                                 .n_where = o->n_where};
    if (!o->n_smarts && !o->n_not_smarts && !(o->min_weight > 0) && !(o->max_weight > 0) &&
        !o->formula && !o->elements && !o->without_elements && !o->similar && !o->n_where)
        return MOLGLOT_OK;
    a->filter = mg_filter_new(&spec, a->parts, a->n_parts, threads, err);
    return a->filter ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* Words, unless it is a molecule that no row is called by. */
static int read_query(asked *a, const char *query, molglot_row_status *status, molglot_error *err) {
    mg_notation_read read;
    mg_found named = {.row = -1};
    int code = mg_notation_of(query, strlen(query), &read, err);
    if (!code && (read.letters || !read.smiles))
        code = mg_find_named(a->parts, a->n_parts, &query, 1, 1, &named, err);
    if (code || named.row >= 0 || read.kind == MG_NOTATION_WORDS)
        free(read.smiles);
    else if (read.smiles)
        a->smiles = read.smiles;
    else if (read.status.ok)
        mg_row_refuse(status, -1, "%s is nothing to rank by", mg_notation_name(read.kind));
    else
        *status = read.status;
    return code;
}

static int embed(asked *a, molglot_session *s, const char *query, molglot_row_status *status,
                 molglot_error *err) {
    const int dim = mg_embedder_dim(s->embedder);
    a->vector = calloc((size_t)dim + 1, sizeof *a->vector);
    if (!a->vector) return mg_no_memory(err, "a query");
    const char *molecule = a->smiles         ? a->smiles
                           : a->known.hits.n ? a->known.hits.hit[0].smiles
                                             : NULL;
    const char *string = molecule ? molecule : query;
    const int code = (molecule ? mg_embed_smiles : mg_embed_texts)(s->embedder, &string, 1,
                                                                   a->vector, status, err);
    for (int i = 0; i < dim && !code && status->ok; i++)
        if (!isfinite(a->vector[i]))
            mg_row_refuse(status, -1, "the model gives no finite numbers for it");
    return code;
}

static int look_up_name(asked *a, const molglot_session *s, const char *query,
                        molglot_row_status *status, molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    if (a->smiles || !mg_bundle_has(b, MG_PART_NAMES)) return MOLGLOT_OK;
    const mg_dictionary *d = mg_bundle_names(b, err);
    const int code = d ? mg_named_find(d, query, &a->known, err)
                       : mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!code && a->known.hits.n) mg_row_accept(status);
    return code;
}

/* What words that are no name ask of molecules. */
static int read_request(asked *a, molglot_session *s, const char *query,
                        const molglot_find_options *o, molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    if (o->soft || a->smiles || a->known.hits.n || o->by == MOLGLOT_BY_NAME) return MOLGLOT_OK;
    int code = api_groups(s, err);
    const mg_dictionary *d = !code && !o->no_names && mg_bundle_has(b, MG_PART_NAMES)
                                 ? mg_bundle_names(b, NULL)
                                 : NULL;
    return code ? code
                : mg_find_request(s->groups, d, query, a->parts, a->n_parts, s->threads,
                                  &a->request, &a->like, err);
}

static mg_question question_of(const asked *a, const char *query) {
    mg_question question = {.words = a->smiles ? NULL : query,
                            .vector = a->vector,
                            .request = a->request,
                            .like = a->like};
    mg_named_ask(&a->known, &question);
    return question;
}

/* Hits for the caller. blind: the model knows no word of the query, only rows that hold it count.
 */
static int give(const asked *a, const char *query, int k, bool blind, molglot_found **found,
                size_t *n, molglot_error *err) {
    const mg_question question = question_of(a, query);
    molglot_found *out = calloc((size_t)k + 1, sizeof *out);
    bool ok = out != NULL;
    for (int i = 0; i < k && ok && a->found[i].row >= 0; i++) {
        const mg_found *f = &a->found[i];
        mg_str why = {0};
        const bool meets = f->meets.of && f->meets.met == f->meets.of;
        if (blind && !(f->name > 0) && !f->words && !meets) break;
        mg_find_why(&question, f, &why);
        mg_str fails = {0};
        mg_str_addz(&fails, "");
        if (a->request) mg_find_fails(a->request, &f->meets, &fails);
        ok = !why.failed && why.s && !fails.failed && fails.s;
        out[*n] = (molglot_found){.row = f->row,
                                  .index = f->part,
                                  .score = f->score,
                                  .cosine = f->cosine,
                                  .why = why.s,
                                  .met = f->meets.met,
                                  .of = f->meets.of,
                                  .fails = fails.s};
        ++*n;
    }
    *found = out;
    if (ok) return MOLGLOT_OK;
    molglot_found_free(out, *n);
    *found = NULL;
    *n = 0;
    return mg_no_memory(err, "%d hits", k);
}

static int find(asked *a, molglot_session *s, const char *query, const molglot_find_options *o,
                molglot_found **found, size_t *n, molglot_row_status *status, molglot_error *err) {
    const int threads = o->threads ? o->threads : s->threads;
    int code = open_filter(a, o, threads, err);
    if (!code && !o->words && o->by != MOLGLOT_BY_TEXT && o->by != MOLGLOT_BY_NAME)
        code = read_query(a, query, status, err);
    if (!code && !o->words && !o->no_names && o->by != MOLGLOT_BY_TEXT)
        code = look_up_name(a, s, query, status, err);
    if (!code && status->ok) code = read_request(a, s, query, o, err);
    if (!code && status->ok) code = embed(a, s, query, status, err);
    const bool blind = a->vector && !status->ok && !a->smiles;
    a->found = calloc((size_t)o->k + 1, sizeof *a->found);
    if (!code && !a->found) code = mg_no_memory(err, "%d hits", o->k);
    mg_reranker *rerank = NULL;
    if (!code && status->ok && !o->no_rerank && !a->smiles)
        code = api_reranker(s, o->no_names != 0, &rerank, err);
    const mg_find plan = {.parts = a->parts,
                          .n_parts = a->n_parts,
                          .by = (mg_by)o->by,
                          .k = o->k,
                          .offset = (int)o->offset,
                          .all_rows = o->all_rows != 0,
                          .filter = a->filter,
                          .threads = threads,
                          .groups = s->groups,
                          .must = o->must != 0,
                          .exact = true,
                          .rerank = rerank};
    mg_known_words known = {0};
    if (!code && a->vector && !a->smiles && o->by != MOLGLOT_BY_NAME)
        code = mg_embed_words(s->embedder, query, &known, err);
    mg_question question = question_of(a, query);
    if (!question.n_known) question.unknown = mg_known_share_unknown(&known);
    mg_known_words_free(&known);
    if (!code && (status->ok || blind) && a->n_parts)
        code = mg_find_run(&plan, &question, 1, a->found, NULL, err);
    if (!code && (status->ok || blind) && a->n_parts)
        code = give(a, query, o->k, blind, found, n, err);
    if (blind && *n) mg_row_accept(status);
    if (!code && !status->ok)
        code = mg_fail(err, MOLGLOT_REJECTED, "the query was refused: %s", status->reason);
    return code;
}

int molglot_find(molglot_session *s, const molglot_index *const *indexes, size_t n_indexes,
                 const char *query, const molglot_find_options *options, molglot_found **found,
                 size_t *n, molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_find";
    molglot_find_options o = molglot_find_options_default();
    molglot_row_status own;
    if (!status) status = &own;
    mg_row_accept(status);
    if (!s || (n_indexes && !indexes) || !query || !found || !n)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: session, indexes, query, found and n must not be NULL", what);
    *found = NULL;
    *n = 0;
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (!code) code = api_check_process(s->process, err);
    if (code) return code;
    if (o.k < 1 || o.threads < 0 || o.by < MOLGLOT_BY_AUTO || o.by > MOLGLOT_BY_NAME ||
        o.offset > (size_t)(INT_MAX - o.k) || n_indexes > INT_MAX || o.n_smarts < 0 ||
        o.n_not_smarts < 0 || o.n_where < 0)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: k is at least 1, nothing negative, by one of %d..%d", what,
                       MOLGLOT_BY_AUTO, MOLGLOT_BY_NAME);
    asked a = {0};
    code = open_parts(&a, s, indexes, n_indexes, err);
    if (!code) code = find(&a, s, query, &o, found, n, status, err);
    mg_filter_free(a.filter);
    free(a.parts);
    free(a.smiles);
    mg_named_free(&a.known);
    mg_request_free(a.request);
    free(a.like);
    free(a.vector);
    free(a.found);
    return code;
}

void molglot_found_free(molglot_found *found, size_t n) {
    for (size_t i = 0; i < n && found; i++) {
        free(found[i].why);
        free(found[i].fails);
    }
    free(found);
}

int molglot_understand(molglot_session *s, const char *text, char **asked_of, char **left,
                       molglot_error *err) {
    if (!s || !text || !asked_of)
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_understand: session, text and asked must not be NULL");
    *asked_of = NULL;
    if (left) *left = NULL;
    int code = api_groups(s, err);
    mg_request *r = code ? NULL : mg_request_parse(s->groups, text, err);
    if (!r) return mg_code_of(err, MOLGLOT_FAILED);
    mg_str said = {0};
    mg_str_addz(&said, "");
    mg_request_say(r, &said);
    *asked_of = said.failed ? NULL : said.s;
    if (left) *left = r->left, r->left = NULL;
    mg_request_free(r);
    return *asked_of ? MOLGLOT_OK : mg_no_memory(err, "a request");
}
