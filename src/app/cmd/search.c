/* search.c - `molglot search`: queries (sentences or SMILES) against an index, ranked, in six
 * formats.
 *
 * The query's side and the index's side are independent: text -> molecule, molecule -> text,
 * molecule -> molecule and text -> text are the same product of unit vectors.
 */
#include "search/search.h"

#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_BY = CLI_OWN };

typedef struct search_options {
    cli_common common;
    const char *index, *by, *format, *output;
    int k;
    char **queries; /* borrowed from argv, or owned when read from stdin */
    size_t n;
} search_options;

static const struct argp_option options[] = {
    {"by", OPT_BY, "WHAT", 0,
     "What the queries are: text, smiles, or auto (a query without blanks that is a valid "
     "molecule; default)",
     0},
    {"number", 'k', "N", 0, "Hits per query (default 10)", 0},
    {"format", 'f', "F", 0,
     "table, csv, json, jsonl, smi, html (default: by the extension of -o, else table)", 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    search_options *o = state->input;
    switch (key) {
    case OPT_BY:
        if (strcmp(arg, "auto") && strcmp(arg, "text") && strcmp(arg, "smiles"))
            argp_error(state, "--by wants auto, text or smiles");
        o->by = arg;
        return 0;
    case 'k': o->k = (int)cli_number(state, arg, "-k", 1, 100000); return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (!o->index) {
            o->index = arg;
            return 0;
        }
        return ARGP_ERR_UNKNOWN; /* the rest are the queries: ARGP_KEY_ARGS */
    case ARGP_KEY_ARGS:
        o->queries = state->argv + state->next;
        o->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!o->index) argp_error(state, "INDEX is missing (make one with `molglot index`)");
        if (!o->n)
            argp_error(state, "QUERY is missing ('-' reads one per line from standard input)");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Everything a writer of results needs. */
typedef struct results {
    const search_options *o;
    const mg_index *index;
    const char *const *queries;
    const bool *by_smiles;
    const molglot_row_status *status;
    const molglot_hit *hits; /* [n][k] */
    size_t n;
    int k;
    const char *model_name;
} results;

static const char *title_of(const mg_index *x, int64_t row) {
    const char *id = mg_index_id(x, row);
    return id && *id ? id : "";
}

/* ---- writers: each appends its whole output ---- */

/* The first `width` code points of a text, for a table cell. */
static void add_clipped(mg_str *out, const char *s, size_t width) {
    size_t bytes = mg_utf8_prefix(s, strlen(s), width);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)s[i];
        char printable = (char)(c < 0x20 || c == 0x7F ? ' ' : c);
        mg_str_add(out, &printable, 1);
    }
    if (s[bytes]) mg_str_addz(out, "...");
}

static void write_table(const results *r, mg_str *out) {
    for (size_t q = 0; q < r->n; q++) {
        mg_str_addf(out, "%s%s: ", q ? "\n" : "", r->by_smiles[q] ? "molecule" : "text");
        add_clipped(out, r->queries[q], 200);
        mg_str_addz(out, "\n");
        if (!r->status[q].ok) {
            mg_str_addf(out, "  rejected: %s\n", r->status[q].reason);
            continue;
        }
        mg_str_addz(out, "  rank  score  id                        molecule or text\n");
        for (int i = 0; i < r->k; i++) {
            const molglot_hit *h = &r->hits[q * (size_t)r->k + (size_t)i];
            if (h->row < 0) break;
            mg_str cell = {0};
            add_clipped(&cell, title_of(r->index, h->row), 22);
            mg_str_addf(out, "  %4d  %5.3f  %-25s ", i + 1, (double)h->score, cell.s ? cell.s : "");
            mg_str_free(&cell);
            const char *smiles = mg_index_smiles(r->index, h->row),
                       *text = mg_index_text(r->index, h->row);
            add_clipped(out, mg_index_side(r->index) == MG_SIDE_TEXT || !*smiles ? text : smiles,
                        90);
            mg_str_addz(out, "\n");
        }
    }
}

static void write_csv(const results *r, mg_str *out) {
    mg_str_addz(out, "query_number,query,rank,score,id,smiles,text,status,error\n");
    for (size_t q = 0; q < r->n; q++) {
        for (int i = 0; i < r->k; i++) {
            const molglot_hit *h = &r->hits[q * (size_t)r->k + (size_t)i];
            bool ok = r->status[q].ok;
            if ((ok && h->row < 0) || (!ok && i > 0)) break;
            mg_str_addf(out, "%zu,", q + 1);
            mg_csv_field(out, r->queries[q], ',');
            if (ok)
                mg_str_addf(out, ",%d,%.6g,", i + 1, (double)h->score);
            else
                mg_str_addz(out, ",,,");
            mg_csv_field(out, ok ? mg_index_id(r->index, h->row) : "", ',');
            mg_str_addz(out, ",");
            mg_csv_field(out, ok ? mg_index_smiles(r->index, h->row) : "", ',');
            mg_str_addz(out, ",");
            mg_csv_field(out, ok ? mg_index_text(r->index, h->row) : "", ',');
            mg_str_addz(out, ok ? ",ok," : ",rejected,");
            mg_csv_field(out, r->status[q].reason, ',');
            mg_str_addz(out, "\n");
        }
    }
}

static void write_json_query(const results *r, size_t q, mg_str *out) {
    mg_str_addz(out, "{\"query\":");
    cli_json_string(out, r->queries[q]);
    mg_str_addf(out, ",\"by\":\"%s\",\"status\":\"%s\"", r->by_smiles[q] ? "smiles" : "text",
                r->status[q].ok ? "ok" : "rejected");
    if (!r->status[q].ok) {
        mg_str_addz(out, ",\"error\":");
        cli_json_string(out, r->status[q].reason);
        mg_str_addf(out, ",\"offset\":%d", r->status[q].offset);
    }
    mg_str_addz(out, ",\"hits\":[");
    for (int i = 0; i < r->k && r->status[q].ok; i++) {
        const molglot_hit *h = &r->hits[q * (size_t)r->k + (size_t)i];
        if (h->row < 0) break;
        mg_str_addf(out, "%s{\"rank\":%d,\"score\":%.6g,\"row\":%lld,\"id\":", i ? "," : "", i + 1,
                    (double)h->score, (long long)h->row);
        cli_json_string(out, mg_index_id(r->index, h->row));
        mg_str_addz(out, ",\"smiles\":");
        cli_json_string(out, mg_index_smiles(r->index, h->row));
        mg_str_addz(out, ",\"text\":");
        cli_json_string(out, mg_index_text(r->index, h->row));
        mg_str_addz(out, "}");
    }
    mg_str_addz(out, "]}");
}

static void write_json(const results *r, mg_str *out) {
    mg_str_addf(out, "{\"molglot\":\"%s\",\"index_rows\":%lld,\"results\":[", MOLGLOT_VERSION,
                (long long)mg_index_size(r->index));
    for (size_t q = 0; q < r->n; q++) {
        if (q) mg_str_addz(out, ",");
        mg_str_addz(out, "\n");
        write_json_query(r, q, out);
    }
    mg_str_addz(out, "\n]}\n");
}

static void write_jsonl(const results *r, mg_str *out) {
    for (size_t q = 0; q < r->n; q++) {
        write_json_query(r, q, out);
        mg_str_addz(out, "\n");
    }
}

static void write_smi(const results *r, mg_str *out) {
    for (size_t i = 0; i < r->n * (size_t)r->k; i++) {
        if (!r->status[i / (size_t)r->k].ok || r->hits[i].row < 0) continue;
        const char *smiles = mg_index_smiles(r->index, r->hits[i].row);
        if (*smiles) mg_str_addf(out, "%s\t%s\n", smiles, title_of(r->index, r->hits[i].row));
    }
}

static void write_html(const results *r, mg_str *out) {
    mg_str sub = {0};
    mg_str_addf(&sub, "%lld %s searched", (long long)mg_index_size(r->index),
                mg_index_side(r->index) == MG_SIDE_TEXT ? "texts" : "molecules");
    cli_page_begin(out, "Molglot search", sub.s ? sub.s : "");
    mg_str_free(&sub);
    for (size_t q = 0; q < r->n; q++) {
        cli_page_section(out, r->queries[q], r->status[q].ok ? "" : r->status[q].reason);
        for (int i = 0; i < r->k && r->status[q].ok; i++) {
            const molglot_hit *h = &r->hits[q * (size_t)r->k + (size_t)i];
            if (h->row < 0) break;
            cli_card card = {mg_index_smiles(r->index, h->row),
                             title_of(r->index, h->row),
                             mg_index_text(r->index, h->row),
                             (double)h->score,
                             true,
                             NULL};
            cli_page_card(out, &card);
        }
    }
    mg_str footer = {0};
    mg_str_addf(&footer,
                "Molglot %s, model %s. Scores are cosines in the model's space: they rank, they "
                "are no probabilities.",
                MOLGLOT_VERSION, r->model_name);
    cli_page_end(out, footer.s ? footer.s : "");
    mg_str_free(&footer);
}

static const struct {
    const char *name;
    void (*write)(const results *, mg_str *);
} writers[] = {
    {"table", write_table},  {"csv", write_csv}, {"json", write_json}, {"jsonl", write_jsonl},
    {"ndjson", write_jsonl}, {"smi", write_smi}, {"html", write_html},
};

/* ---- queries ---- */

typedef struct query_set {
    size_t n, cap;
    char **text;
    bool *by_smiles;
    molglot_row_status *status;
    float *vectors;
    bool owned;
} query_set;

static int read_stdin(query_set *s, molglot_error *err) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    s->owned = true;
    while ((len = getline(&line, &cap, stdin)) >= 0) {
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) line[--len] = 0;
        if (s->n == s->cap) {
            size_t want = s->cap ? 2 * s->cap : 64;
            char **more = realloc(s->text, want * sizeof *more);
            if (!more) break;
            s->text = more;
            s->cap = want;
        }
        s->text[s->n] = strdup(line);
        if (!s->text[s->n]) break;
        s->n++;
    }
    free(line);
    if (!feof(stdin))
        return mg_fail(err, ferror(stdin) ? MOLGLOT_FAILED : MOLGLOT_NO_MEMORY,
                       "reading queries from standard input failed");
    return s->n ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "standard input holds no query");
}

static void query_set_free(query_set *s) {
    for (size_t i = 0; s->owned && i < s->n; i++) free(s->text[i]);
    if (s->owned) free(s->text);
    free(s->by_smiles);
    free(s->status);
    free(s->vectors);
}

/* Embeds runs of queries of one kind together, so the order of the queries is the order of the
 * rows. */
static int embed_queries(query_set *s, const search_options *o, mg_embedder *e,
                         molglot_error *err) {
    size_t dim = (size_t)mg_embedder_dim(e);
    s->by_smiles = calloc(s->n, sizeof *s->by_smiles);
    s->status = calloc(s->n, sizeof *s->status);
    s->vectors = calloc(s->n, dim * sizeof *s->vectors);
    if (!s->by_smiles || !s->status || !s->vectors) return mg_no_memory(err, "%zu queries", s->n);
    for (size_t i = 0; i < s->n; i++)
        s->by_smiles[i] = o->by && strcmp(o->by, "auto") ? !strcmp(o->by, "smiles")
                                                         : cli_is_smiles(s->text[i]);
    for (size_t i = 0, j; i < s->n; i = j) {
        for (j = i + 1; j < s->n && s->by_smiles[j] == s->by_smiles[i]; j++) {}
        int code = (s->by_smiles[i] ? mg_embed_smiles : mg_embed_texts)(
            e, (const char *const *)s->text + i, j - i, s->vectors + i * dim, s->status + i, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static int run(const search_options *o, const char *format, cli_engine *engine, mg_index *index,
               query_set *s, molglot_error *err) {
    void (*writer)(const results *, mg_str *) = NULL;
    for (size_t i = 0; i < MG_COUNT(writers); i++)
        if (!strcmp(format, writers[i].name)) writer = writers[i].write;
    if (!writer)
        return mg_fail(err, MOLGLOT_USAGE,
                       "unknown format '%s' (table, csv, json, jsonl, smi, html)", format);
    int code = cli_check_index(index, engine, err);
    if (!code) code = embed_queries(s, o, engine->embedder, err);
    if (code) return code;
    int k = (int64_t)o->k < mg_index_size(index) ? o->k : (int)mg_index_size(index);
    molglot_hit *hits = calloc(s->n * (size_t)k, sizeof *hits);
    if (!hits) return mg_no_memory(err, "%zu queries", s->n);
    code = mg_index_search(index, s->vectors, (int64_t)s->n, k, o->common.threads, hits, err);
    results r = {o,    index, (const char *const *)s->text,     s->by_smiles, s->status, hits,
                 s->n, k,     mg_model_file_name(engine->space)};
    mg_str out = {0};
    if (!code) writer(&r, &out);
    if (!code && out.failed) code = mg_no_memory(err, "the results");
    cli_out file = {0};
    if (!code) code = cli_out_open(&file, o->output, err);
    if (!code) {
        fwrite(out.s, 1, out.n, file.f);
        code = cli_out_close(&file, err);
        if (code) cli_out_abort(&file);
    }
    mg_str_free(&out);
    free(hits);
    return code;
}

int cmd_search(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "INDEX QUERY...",
        "Ranks the rows of INDEX by each QUERY: a sentence or a SMILES. Exact search.\v"
        "Example:\n  molglot search library.idx \"a fatty acid with two double bonds\" -k 5\n"
        "  molglot search library.idx 'CC(=O)Oc1ccccc1C(=O)O' -f html -o hits.html\n"
        "  molglot search library.idx - -f jsonl < queries.txt\n\n"
        "Scores are cosines: they rank, they are no probabilities.",
        children,
        NULL,
        NULL};
    search_options o = {.k = 10};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_engine engine = {0};
    query_set s = {.n = o.n, .text = o.queries};
    mg_index *index = mg_index_open(o.index, false, &err);
    if (!index) return cli_fail(&err);
    code = cli_engine_open(&engine, &o.common, 0, &err);
    if (!code && o.n == 1 && !strcmp(o.queries[0], "-")) {
        s = (query_set){0};
        code = read_stdin(&s, &err);
    }
    if (!code) code = run(&o, cli_format(o.format, o.output, "table"), &engine, index, &s, &err);
    cli_rejects rejects = {0};
    for (size_t i = 0; !code && i < s.n; i++)
        if (!s.status[i].ok)
            cli_reject(&o.common, &rejects, "query", (int64_t)i + 1, s.text[i], &s.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)s.n);
    else
        cli_fail(&err);
    query_set_free(&s);
    mg_index_close(index);
    cli_engine_close(&engine);
    return code;
}
