/* search_queries.c - what was asked of `molglot search`: words, a name, a molecule, an InChIKey, a
 * pattern. What a string is, it says itself (chem/notation.c), unless --query-is says it; but what
 * is a name of a row is that name, whatever its letters spell.
 */
#include "app/cmd/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a string is ---- */

static int take_smiles(search_query *q, const char *smiles, const char *what, molglot_error *err) {
    q->kind = QUERY_MOLECULE;
    q->what = what;
    q->smiles = strdup(smiles);
    return q->smiles ? MOLGLOT_OK : mg_no_memory(err, "a query");
}

static void take_words(search_query *q) {
    q->kind = QUERY_WORDS;
    q->what = "words";
}

/* A string that says itself what it is. */
static int take_anything(search_query *q, molglot_row_status *status, molglot_error *err) {
    mg_notation_read read;
    int code = mg_notation_of(q->text, strlen(q->text), &read, err);
    if (code) return code;
    q->what = mg_notation_name(read.kind);
    q->letters = read.letters;
    if (read.smiles)
        code = take_smiles(q, read.smiles, q->what, err);
    else if (read.kind == MG_NOTATION_INCHIKEY)
        q->kind = QUERY_KEY;
    else if (read.kind == MG_NOTATION_SMARTS)
        q->kind = QUERY_PATTERN;
    else if (read.kind == MG_NOTATION_WORDS)
        take_words(q);
    else if (read.status.ok)
        mg_row_refuse(status, -1, "there is nothing to search for");
    else
        *status = read.status;
    free(read.smiles);
    return code;
}

static int take_string(search_query *q, const char *as, molglot_row_status *status,
                       molglot_error *err) {
    if (!strcmp(as, "smiles")) return take_smiles(q, q->text, "SMILES", err);
    if (!strcmp(as, "auto")) return take_anything(q, status, err);
    take_words(q);
    q->told = true;
    if (!strcmp(as, "smarts")) {
        q->kind = QUERY_PATTERN;
        q->what = "SMARTS";
    }
    return MOLGLOT_OK;
}

/* Molecule and text of a row are the query itself. */
static void drop_own_columns(cli_columns *c, const mg_rows *rows) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const char role = rows->role ? rows->role[c->at[i]] : 0;
        if (role == 's' || role == 't') continue;
        c->names[n] = c->names[i];
        c->at[n++] = c->at[i];
    }
    c->n = n;
}

int search_queries_read(search_queries *s, cli_batches *from, const char *as, molglot_error *err) {
    const cli_input *in = from->in;
    cli_input plain = *in;
    plain.strings = CLI_TEXTS; /* here is decided what a string is */
    from->in = &plain;
    int code = cli_batches_next(from, SEARCH_BATCH, &s->rows, err);
    from->in = in;
    if (code || !s->rows.n) return code;
    s->q = calloc(s->rows.n + 1, sizeof *s->q);
    if (!s->q) return mg_no_memory(err, "%zu queries", s->rows.n);
    code = cli_columns_of_rows(&s->columns, in, &s->rows, err);
    if (!code) drop_own_columns(&s->columns, &s->rows);
    for (size_t i = 0; i < s->rows.n && !code; i++) {
        search_query *q = &s->q[i];
        const char *smiles = s->rows.smiles[i], *text = s->rows.text[i];
        const bool column = *smiles && strcmp(as, "text") && strcmp(as, "name");
        q->text = column ? smiles : *text ? text : smiles;
        q->what = "words";
        q->column = column && !s->columns.either;
        if (!s->rows.status[i].ok) continue;
        code = column && !s->columns.either ? take_smiles(q, smiles, "SMILES", err)
                                            : take_string(q, as, &s->rows.status[i], err);
    }
    return code;
}

void search_queries_free(search_queries *s) {
    for (size_t i = 0; i < s->rows.n && s->q; i++) {
        free(s->q[i].smiles);
        mg_named_free(&s->q[i].known);
        mg_str_free(&s->q[i].note);
        mg_request_free(s->q[i].request);
        free(s->q[i].like);
    }
    free(s->q);
    free(s->vectors);
    cli_columns_free(&s->columns);
    mg_rows_free(&s->rows);
    *s = (search_queries){0};
}

/* ---- names ---- */

int search_queries_name(search_queries *s, const search_libraries *l, int threads, mg_halt *halt,
                        molglot_error *err) {
    const size_t n = s->rows.n;
    const char **names = calloc(n + 1, sizeof *names);
    mg_found *found = calloc(n + 1, sizeof *found);
    int code = names && found ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    bool any = false;
    for (size_t i = 0; i < n && !code; i++) {
        const search_query *q = &s->q[i];
        const bool refused = !s->rows.status[i].ok && *q->text;
        if (q->column ||
            !(refused || q->letters || q->kind == QUERY_KEY || q->kind == QUERY_PATTERN))
            continue;
        names[i] = q->text;
        any = true;
    }
    if (!code && any)
        code = mg_find_named((const mg_index *const *)l->indexes, l->n, names, n, threads, halt,
                             found, err);
    for (size_t i = 0; i < n && !code && any; i++) {
        if (!names[i] || found[i].row < 0) continue;
        free(s->q[i].smiles);
        s->q[i].smiles = NULL;
        take_words(&s->q[i]);
        mg_row_accept(&s->rows.status[i]);
    }
    free(names);
    free(found);
    return code;
}

int search_queries_request(search_queries *s, const mg_groups *g, const mg_dictionary *d,
                           const search_libraries *l, int threads, mg_halt *halt,
                           molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < s->rows.n && !code; i++)
        if (s->rows.status[i].ok && s->q[i].kind == QUERY_WORDS)
            code = mg_find_request(g, d, s->q[i].text, (const mg_index *const *)l->indexes, l->n,
                                   threads, halt, &s->q[i].request, &s->q[i].like, err);
    return code;
}

/* ---- names of the dictionary ---- */

/* Whether a query may be a name. */
static bool may_be_name(const search_queries *s, size_t i) {
    const search_query *q = &s->q[i];
    const bool refused = !s->rows.status[i].ok && *q->text;
    return !q->column && (refused || q->kind == QUERY_WORDS || q->letters);
}

bool search_queries_any_name(const search_queries *s) {
    bool any = false;
    for (size_t i = 0; i < s->rows.n; i++) any |= may_be_name(s, i);
    return any;
}

int search_queries_known(search_queries *s, const mg_groups *g, const mg_dictionary *d,
                         mg_halt *halt, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < s->rows.n && !code; i++) {
        search_query *q = &s->q[i];
        if ((code = mg_halt_now(halt, 1, err)) != 0) break;
        if (!may_be_name(s, i)) continue;
        code = g ? mg_named_query(g, d, q->text, &q->known, &q->note, err)
                 : mg_named_find(d, q->text, &q->known, err);
        if (!code && !q->known.hits.n && q->kind == QUERY_WORDS) mg_named_say(&q->known, &q->note);
        if (code || !q->known.hits.n) continue;
        if (q->smiles) { /* letters that spell both: what can be read is a molecule */
            mg_str_addf(&q->note, "read as SMILES; as a name (--query-is name): %s",
                        q->known.hits.hit[0].smiles);
            mg_named_free(&q->known);
            continue;
        }
        q->kind = QUERY_NAME;
        q->what = "name";
        mg_row_accept(&s->rows.status[i]);
        mg_named_say(&q->known, &q->note);
        if (q->note.failed) code = mg_no_memory(err, "a query");
    }
    return code;
}

/* ---- vectors ---- */

/* What is embedded as a molecule; NULL: its words are. */
static const char *molecule_of(const search_query *q) {
    return q->smiles ? q->smiles : q->known.hits.n ? q->known.hits.hit[0].smiles : NULL;
}

static bool is_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

/* Words that the model has not met, so that who asked can judge the answer. */
static int note_unknown(search_queries *s, const mg_embedder *e, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < s->rows.n && !code; i++) {
        mg_known_words known = {0};
        const mg_request *request = s->q[i].request; /* what it understood, is known */
        const char *text = request && request->conditions ? request->left : s->q[i].text;
        if (!s->rows.status[i].ok || s->q[i].kind != QUERY_WORDS || s->q[i].blind || !*text)
            continue;
        char *rest = strdup(text); /* a molecule that is left out is known by its name */
        if (!rest) return mg_no_memory(err, "a query");
        mg_denied_cut(&s->q[i].known.denied, rest);
        code = mg_embed_words(e, rest, &known, err);
        free(rest);
        if (!code) s->q[i].share_unknown = mg_known_share_unknown(&known);
        if (!code && known.unknown && known.list)
            mg_str_addf(&s->q[i].note, "%sunknown to the model: %s", s->q[i].note.n ? "; " : "",
                        known.list);
        mg_known_words_free(&known);
    }
    return code;
}

/* Embeds runs of queries of one kind together, so the order of the queries is the order of the
 * rows. A query that could not be read keeps its status; words that the model does not know may be
 * a name. */
int search_queries_embed(search_queries *s, mg_embedder *e, mg_halt *halt, molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e), n = s->rows.n;
    molglot_row_status *status = calloc(n + 1, sizeof *status);
    const char **strings = calloc(n + 1, sizeof *strings);
    s->vectors = calloc(n * dim + 1, sizeof *s->vectors);
    int code = status && strings && s->vectors ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n && !code; i++)
        strings[i] = molecule_of(&s->q[i]) ? molecule_of(&s->q[i]) : s->q[i].text;
    for (size_t i = 0, j; i < n && !code; i = j) {
        const bool molecule = molecule_of(&s->q[i]) != NULL;
        for (j = i + 1; j < n && (molecule_of(&s->q[j]) != NULL) == molecule; j++) {}
        code = (molecule ? mg_embed_smiles : mg_embed_texts)(e, strings + i, j - i,
                                                             s->vectors + i * dim, status + i, err);
        if (!code) code = mg_halt_now(halt, (int64_t)(j - i), err);
    }
    for (size_t i = 0; i < n && !code; i++) {
        molglot_row_status *own = &s->rows.status[i];
        if (!own->ok || s->q[i].kind == QUERY_KEY || s->q[i].kind == QUERY_PATTERN) continue;
        if (!status[i].ok && !molecule_of(&s->q[i])) { /* its vector is zeros */
            s->q[i].blind = true;
            s->q[i].unknown = status[i];
            continue;
        }
        *own = status[i];
        if (own->ok && !is_finite(s->vectors + i * dim, dim))
            mg_row_refuse(own, -1, "the model gives no finite numbers for it");
    }
    free(strings);
    free(status);
    return code ? code : note_unknown(s, e, err);
}

mg_question search_question_of(const search_query *q, const float *vector) {
    mg_question question = {.words = q->smiles ? NULL : q->text,
                            .vector = vector,
                            .unknown = q->share_unknown,
                            .request = q->request,
                            .like = q->like};
    mg_named_ask(&q->known, &question);
    return question;
}
