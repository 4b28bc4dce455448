/* find.c - include/molglot.h: finding rows by what they are, what is said of them and how they are
 * called. */
#include "app/api/api.h"
#include "molglot.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void molglot_find_options_init(molglot_find_options *options, size_t size) {
    const molglot_find_options defaults = {.k = 10, .min_similarity = .6};
    api_options_give(options, size, &defaults, sizeof defaults);
}

/* What all queries of a call have in common. */
typedef struct plan {
    const mg_index **parts;
    int n_parts;
    mg_filter *filter;
    mg_reranker *rerank;
    int threads;
    mg_halt *halt; /* of the whole call; NULL: nobody asks */
} plan;

/* One query. */
typedef struct asked {
    const char *query;
    char *smiles;         /* of a molecule; NULL: words */
    mg_named known;       /* what the dictionary of names says of the words */
    float *vector;        /* [dim], once it is embedded */
    mg_request *request;  /* what the words ask of molecules, or NULL */
    mg_known_words words; /* those of them that the model knows */
    char *like;
    bool blind; /* the model knows no word of it: only rows that hold it count */
} asked;

static int open_parts(plan *p, const molglot_session *s, const molglot_index *const *indexes,
                      size_t n, molglot_error *err) {
    int code = MOLGLOT_OK;
    p->parts = calloc(n + 1, sizeof *p->parts);
    if (!p->parts) return mg_no_memory(err, "%zu indexes", n);
    for (size_t i = 0; i < n && !code; i++) {
        if (!indexes[i]) return mg_fail(err, MOLGLOT_USAGE, "molglot_find: index %zu is NULL", i);
        code = api_check_index(s, indexes[i], err);
        p->parts[p->n_parts++] = indexes[i]->index;
    }
    return code;
}

static int open_filter(plan *p, const molglot_find_options *o, molglot_error *err) {
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
    p->filter = mg_filter_new(&spec, p->parts, p->n_parts, p->threads, err);
    return p->filter ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* Words, unless it is a molecule that no row is called by. */
static int read_query(const plan *p, asked *a, molglot_row_status *status, molglot_error *err) {
    const char *query = a->query;
    mg_notation_read read;
    mg_found named = {.row = -1};
    int code = mg_notation_of(query, strlen(query), &read, err);
    if (!code && (read.letters || !read.smiles))
        code = mg_find_named(p->parts, p->n_parts, &query, 1, 1, p->halt, &named, err);
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

/* asks: it may be a condition too. */
static int look_up_name(asked *a, molglot_session *s, bool asks, molglot_row_status *status,
                        molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    if (a->smiles || !mg_bundle_has(b, MG_PART_NAMES)) return MOLGLOT_OK;
    const mg_dictionary *d = mg_bundle_names(b, err);
    int code = d ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!code && asks) code = api_groups(s, err);
    if (!code)
        code = asks ? mg_named_query(s->groups, d, a->query, &a->known, NULL, err)
                    : mg_named_find(d, a->query, &a->known, err);
    if (!code && a->known.hits.n) mg_row_accept(status);
    return code;
}

/* What words that are no name ask of molecules. */
static int read_request(const plan *p, asked *a, molglot_session *s, const molglot_find_options *o,
                        molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    if (o->soft || a->smiles || a->known.hits.n || o->by == MOLGLOT_BY_NAME) return MOLGLOT_OK;
    int code = api_groups(s, err);
    const mg_dictionary *d = !code && !o->no_names && mg_bundle_has(b, MG_PART_NAMES)
                                 ? mg_bundle_names(b, NULL)
                                 : NULL;
    return code ? code
                : mg_find_request(s->groups, d, a->query, p->parts, p->n_parts, s->threads, p->halt,
                                  &a->request, &a->like, err);
}

static mg_question question_of(const asked *a) {
    mg_question question = {.words = a->smiles ? NULL : a->query,
                            .vector = a->vector,
                            .request = a->request,
                            .like = a->like};
    mg_named_ask(&a->known, &question);
    if (!question.n_known) question.unknown = mg_known_share_unknown(&a->words);
    return question;
}

/* Hits for the caller. */
static int give(const asked *a, const mg_found *hits, int k, molglot_found **found, size_t *n,
                molglot_error *err) {
    const mg_question question = question_of(a);
    molglot_found *out = calloc((size_t)k + 1, sizeof *out);
    bool ok = out != NULL;
    for (int i = 0; i < k && ok && hits[i].row >= 0; i++) {
        const mg_found *f = &hits[i];
        mg_str why = {0};
        const bool meets = f->meets.of && f->meets.met == f->meets.of;
        if (a->blind && !(f->name > 0) && !f->words && !meets) break;
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

/* Reads one query: what it is, which name, what it asks. */
static int prepare(const plan *p, asked *a, molglot_session *s, const molglot_find_options *o,
                   molglot_row_status *status, molglot_error *err) {
    int code = MOLGLOT_OK;
    if (!o->words && o->by != MOLGLOT_BY_TEXT && o->by != MOLGLOT_BY_NAME)
        code = read_query(p, a, status, err);
    if (!code && !o->words && !o->no_names && o->by != MOLGLOT_BY_TEXT)
        code = look_up_name(a, s, !o->soft && o->by != MOLGLOT_BY_NAME, status, err);
    if (!code && status->ok) code = read_request(p, a, s, o, err);
    return code;
}

/* Batch by batch: the rows come out as in one call. */
static int embed_rows(const plan *p, molglot_session *s, bool molecules, const char **strings,
                      size_t n, float *rows, molglot_row_status *status, molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(s->embedder), step = mg_embedder_batch(s->embedder);
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i += step) {
        const size_t m = n - i < step ? n - i : step;
        code = (molecules ? mg_embed_smiles : mg_embed_texts)(s->embedder, strings + i, m,
                                                              rows + i * dim, status + i, err);
        if (!code) code = mg_halt_now(p->halt, (int64_t)m, err);
    }
    return code;
}

/* The vectors of all queries that are molecules, or of all that are words. */
static int embed_side(const plan *p, asked *a, size_t n, bool molecules, molglot_session *s,
                      molglot_row_status *status, molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(s->embedder);
    const char **strings = calloc(n + 1, sizeof *strings);
    size_t *of = calloc(n + 1, sizeof *of), m = 0;
    float *rows = calloc(n * dim + 1, sizeof *rows);
    molglot_row_status *said = calloc(n + 1, sizeof *said);
    int code = strings && of && rows && said ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n && !code; i++) {
        const char *molecule = a[i].smiles         ? a[i].smiles
                               : a[i].known.hits.n ? a[i].known.hits.hit[0].smiles
                                                   : NULL;
        if (!status[i].ok || molecules != (molecule != NULL)) continue;
        strings[m] = molecule ? molecule : a[i].query;
        of[m++] = i;
    }
    if (!code) code = embed_rows(p, s, molecules, strings, m, rows, said, err);
    for (size_t k = 0; k < m && !code; k++) {
        asked *x = &a[of[k]];
        molglot_row_status *row = &status[of[k]];
        *row = said[k];
        x->vector = malloc((dim + 1) * sizeof *x->vector);
        if (!x->vector) code = mg_no_memory(err, "a query");
        for (size_t i = 0; i < dim && !code; i++) x->vector[i] = rows[k * dim + i];
        for (size_t i = 0; i < dim && row->ok && !code; i++)
            if (!isfinite(x->vector[i]))
                mg_row_refuse(row, -1, "the model gives no finite numbers for it");
        x->blind = !row->ok && !x->smiles;
    }
    free(strings);
    free(of);
    free(rows);
    free(said);
    return code;
}

/* Runs the queries that can be, together; *hits [n][k]. */
static int run(const plan *p, asked *a, size_t n, molglot_session *s, const molglot_find_options *o,
               const molglot_row_status *status, molglot_found **found, size_t *counts,
               molglot_error *err) {
    const mg_find f = {.parts = p->parts,
                       .n_parts = p->n_parts,
                       .by = (mg_by)o->by,
                       .k = o->k,
                       .offset = (int)o->offset,
                       .all_rows = o->all_rows != 0,
                       .filter = p->filter,
                       .threads = p->threads,
                       .groups = s->groups,
                       .must = o->must != 0,
                       .exact = o->exact != 0,
                       .rerank = p->rerank,
                       .halt = p->halt};
    const size_t k = (size_t)o->k;
    mg_question *questions = calloc(n + 1, sizeof *questions);
    size_t *of = calloc(n + 1, sizeof *of), m = 0;
    mg_found *hits = calloc(n * k + 1, sizeof *hits);
    int code = questions && of && hits ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n && !code && p->n_parts; i++) {
        if (!status[i].ok && !a[i].blind) continue;
        const mg_request *r = a[i].request; /* what it understood, is known */
        const char *text = r && r->conditions ? r->left : a[i].query;
        if (a[i].vector && !a[i].smiles && !a[i].blind && *text && o->by != MOLGLOT_BY_NAME)
            code = mg_embed_words(s->embedder, text, &a[i].words, err);
        questions[m] = question_of(&a[i]);
        of[m++] = i;
    }
    if (m && !code) code = mg_find_run(&f, questions, (int64_t)m, hits, NULL, err);
    for (size_t j = 0; j < m && !code; j++)
        code = give(&a[of[j]], hits + j * k, o->k, &found[of[j]], &counts[of[j]], err);
    free(questions);
    free(of);
    free(hits);
    return code;
}

static int find(plan *p, asked *a, size_t n, molglot_session *s, const molglot_find_options *o,
                molglot_found **found, size_t *counts, molglot_row_status *status,
                molglot_error *err) {
    bool words = false;
    p->threads = o->threads ? o->threads : s->threads;
    int code = open_filter(p, o, err);
    for (size_t i = 0; i < n && !code; i++) {
        if (status[i].ok) code = prepare(p, &a[i], s, o, &status[i], err);
        if (!code) code = mg_halt_now(p->halt, 1, err);
        words |= status[i].ok && !a[i].smiles;
    }
    if (!code) code = embed_side(p, a, n, true, s, status, err);
    if (!code) code = embed_side(p, a, n, false, s, status, err);
    if (!code && words && !o->no_rerank) code = api_reranker(s, o->no_names != 0, &p->rerank, err);
    if (!code) code = run(p, a, n, s, o, status, found, counts, err);
    for (size_t i = 0; i < n && !code; i++)
        if (a[i].blind && (counts[i] || (a[i].request && a[i].request->conditions)))
            mg_row_accept(&status[i]);
    return code;
}

static int check(const molglot_find_options *o, const char *what, size_t n_indexes,
                 molglot_error *err) {
    if (o->k >= 1 && o->threads >= 0 && o->by >= MOLGLOT_BY_AUTO && o->by <= MOLGLOT_BY_NAME &&
        o->offset <= (size_t)(INT_MAX - o->k) && n_indexes <= INT_MAX && o->n_smarts >= 0 &&
        o->n_not_smarts >= 0 && o->n_where >= 0)
        return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE, "%s: k is at least 1, nothing negative, by one of %d..%d",
                   what, MOLGLOT_BY_AUTO, MOLGLOT_BY_NAME);
}

static int find_all(const char *what, molglot_session *s, const molglot_index *const *indexes,
                    size_t n_indexes, const char *const *queries, size_t n,
                    const molglot_find_options *options, molglot_found **found, size_t *counts,
                    molglot_row_status *status, molglot_error *err) {
    molglot_find_options o = molglot_find_options_default();
    for (size_t i = 0; i < n; i++) {
        mg_row_accept(&status[i]);
        found[i] = NULL;
        counts[i] = 0;
    }
    int code = api_check_rows(what, queries, n, err);
    if (!code) code = api_options_take(&o, sizeof o, options, what, err);
    if (!code) code = api_check_process(s->process, err);
    if (!code) code = check(&o, what, n_indexes, err);
    if (code) return code;
    mg_halt halt = {.on_progress = o.on_progress, .user = o.user};
    plan p = {.halt = o.on_progress ? &halt : NULL};
    const long before = mg_chem_refusals();
    asked *a = calloc(n + 1, sizeof *a);
    if (!a) return mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n; i++) {
        a[i].query = queries[i] ? queries[i] : "";
        if (!queries[i]) mg_row_refuse(&status[i], -1, "the row is NULL");
    }
    code = open_parts(&p, s, indexes, n_indexes, err);
    if (!code) code = find(&p, a, n, s, &o, found, counts, status, err);
    code = api_whole(before, code, err);
    for (size_t i = 0; i < n; i++) {
        free(a[i].smiles);
        mg_named_free(&a[i].known);
        mg_known_words_free(&a[i].words);
        mg_request_free(a[i].request);
        free(a[i].like);
        free(a[i].vector);
        if (code) molglot_found_free(found[i], counts[i]);
        if (code) found[i] = NULL, counts[i] = 0;
    }
    free(a);
    mg_filter_free(p.filter);
    free(p.parts);
    return code;
}

int molglot_find_many(molglot_session *s, const molglot_index *const *indexes, size_t n_indexes,
                      const char *const *queries, size_t n, const molglot_find_options *options,
                      molglot_found **found, size_t *counts, molglot_row_status *status,
                      molglot_error *err) {
    static const char what[] = "molglot_find_many";
    if (!s || (n_indexes && !indexes) || (n && (!queries || !found || !counts || !status)))
        return mg_fail(err, MOLGLOT_USAGE, "%s: only err and options may be NULL", what);
    return find_all(what, s, indexes, n_indexes, queries, n, options, found, counts, status, err);
}

int molglot_find(molglot_session *s, const molglot_index *const *indexes, size_t n_indexes,
                 const char *query, const molglot_find_options *options, molglot_found **found,
                 size_t *n, molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_find";
    molglot_row_status own;
    if (!status) status = &own;
    mg_row_accept(status);
    if (!s || (n_indexes && !indexes) || !query || !found || !n)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: session, indexes, query, found and n must not be NULL", what);
    const int code = find_all(what, s, indexes, n_indexes, &query, 1, options, found, n, status,
                              err);
    return code || status->ok
               ? code
               : mg_fail(err, MOLGLOT_REJECTED, "the query was refused: %s", status->reason);
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

/* Whether the whole text is a name that the model's dictionary has. */
static int is_name(molglot_session *s, const char *text, bool *named, molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    mg_named found = {0};
    *named = false;
    if (!mg_bundle_has(b, MG_PART_NAMES)) return MOLGLOT_OK;
    const mg_dictionary *d = mg_bundle_names(b, err);
    int code = d ? mg_named_query(s->groups, d, text, &found, NULL, err)
                 : mg_code_of(err, MOLGLOT_BAD_FILE);
    *named = !code && found.hits.n > 0;
    mg_named_free(&found);
    return code;
}

int molglot_unknown_words(molglot_session *s, const char *text, char **unknown,
                          molglot_error *err) {
    if (!s || !text || !unknown)
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_unknown_words: session, text and unknown must not be NULL");
    const long before = mg_chem_refusals();
    bool named = mg_notation_guess(text, strlen(text)) != MG_NOTATION_WORDS;
    mg_known_words words = {0};
    *unknown = NULL;
    int code = api_groups(s, err);
    if (!code && !named) code = is_name(s, text, &named, err);
    mg_request *r = code || named ? NULL : mg_request_parse(s->groups, text, err);
    if (!code && !named && !r) code = mg_code_of(err, MOLGLOT_FAILED);
    const char *rest = r && r->conditions ? r->left : text;
    if (!code && !named && *rest) code = mg_embed_words(s->embedder, rest, &words, err);
    code = api_whole(before, code, err);
    if (!code) *unknown = strdup(words.unknown && words.list ? words.list : "");
    if (!code && !*unknown) code = mg_no_memory(err, "words");
    mg_known_words_free(&words);
    mg_request_free(r);
    return code;
}

/* Before a condition's words: words that turn it round belong to it. */
static size_t with_negation(const char *text, size_t begin) {
    static const char *const words[] = {"no", "not", "without", "lacking", "any", "excluding"};
    for (;;) {
        size_t end = begin;
        while (end && text[end - 1] == ' ') end--;
        size_t at = end;
        while (at && text[at - 1] != ' ' && text[at - 1] != ',' && text[at - 1] != ';') at--;
        size_t i = 0;
        while (i < MG_COUNT(words) &&
               (strlen(words[i]) != end - at || strncasecmp(words[i], text + at, end - at)))
            i++;
        if (i == MG_COUNT(words)) return begin;
        begin = at;
    }
}

int molglot_conditions(molglot_session *s, const char *text, molglot_condition **out, size_t *n,
                       molglot_error *err) {
    if (!s || !text || !out || !n)
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_conditions: session, text, out and n must not be NULL");
    *out = NULL;
    *n = 0;
    int code = api_groups(s, err);
    mg_request *r = code ? NULL : mg_request_parse(s->groups, text, err);
    if (!r) return mg_code_of(err, MOLGLOT_FAILED);
    molglot_condition *list = calloc((size_t)r->conditions + 1, sizeof *list);
    bool ok = list != NULL;
    for (int i = 0, k = -1; i < r->n && ok && r->conditions; i++) {
        const mg_ask *a = &r->asks[i];
        if (!a->either && ++k >= r->conditions) break;
        if (!a->either) {
            mg_str said = {0};
            mg_request_say_one(r, k, &said);
            list[k] = (molglot_condition){
                .says = said.s, .begin = with_negation(text, a->begin), .end = a->end};
            *n = (size_t)k + 1;
            ok = said.s && !said.failed;
        } else if (k >= 0 && a->end > list[k].end)
            list[k].end = a->end;
    }
    mg_request_free(r);
    if (ok)
        *out = list;
    else
        molglot_conditions_free(list, *n);
    if (!ok) *n = 0;
    return ok ? MOLGLOT_OK : mg_no_memory(err, "conditions");
}

void molglot_conditions_free(molglot_condition *conditions, size_t n) {
    for (size_t i = 0; i < n && conditions; i++) free(conditions[i].says);
    free(conditions);
}
