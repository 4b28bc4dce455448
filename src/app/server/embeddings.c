/* embeddings.c - /v1/embeddings, in OpenAI's form. */
#include "app/server/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const srv_shape srv_takes_embeddings = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "input",
         .type = SRV_ANY,
         .what = "a string, or up to 1024 of them",
         .required = true},
        {.name = "input_type",
         .type = SRV_STRING,
         .what = "auto: molecules where a string is a SMILES, else texts",
         .choices = "auto|molecule|text",
         .normal = "\"auto\""},
        {.name = "dimensions",
         .type = SRV_INTEGER,
         .what = "the first so many numbers, brought to length 1 again",
         .low = 1,
         .high = 65536},
        {.name = "encoding_format",
         .type = SRV_STRING,
         .choices = "float|base64",
         .normal = "\"float\"",
         .what = "base64: of little-endian float32"},
        {.name = "model",
         .type = SRV_STRING,
         .what = "for programs that send one; not looked at",
         .low = 0,
         .high = 300},
        {.name = "user", .type = SRV_STRING, .what = "not looked at", .low = 0, .high = 300})};
static const srv_shape data[] = {
    {.name = "object", .type = SRV_STRING, .choices = "embedding", .required = true},
    {.name = "index", .type = SRV_INTEGER, .required = true},
    {.name = "embedding",
     .type = SRV_ANY,
     .required = true,
     .what = "numbers, or base64; null where the row was rejected"},
    {.name = "input_type", .type = SRV_STRING, .choices = "molecule|text", .required = true},
    {.name = "status", .type = SRV_STRING, .choices = "ok|rejected", .required = true},
    {.name = "error",
     .type = SRV_OBJECT,
     SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},
                 {.name = "message", .type = SRV_STRING, .required = true},
                 {.name = "offset", .type = SRV_INTEGER})}};
const srv_shape srv_gives_embeddings = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "object", .type = SRV_STRING, .choices = "list", .required = true},
                {.name = "model", .type = SRV_STRING, .required = true},
                {.name = "data",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(data), .of = data)},
                {.name = "usage",
                 .type = SRV_OBJECT,
                 .required = true,
                 SRV_MEMBERS({.name = "prompt_tokens",
                              .type = SRV_INTEGER,
                              .required = true,
                              .what = "bytes of the input"},
                             {.name = "total_tokens", .type = SRV_INTEGER, .required = true})})};

enum { MOST_ROWS = 1024 };

static json_t *base64(const float *x, size_t n) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = (const unsigned char *)x; /* little-endian, as all our machines are */
    const size_t bytes = n * sizeof *x;
    char *out = malloc(4 * ((bytes + 2) / 3) + 1), *at = out;
    if (!out) return NULL;
    for (size_t i = 0; i < bytes; i += 3) {
        const size_t left = bytes - i;
        const unsigned three = (unsigned)b[i] << 16 | (left > 1 ? (unsigned)b[i + 1] << 8 : 0) |
                               (left > 2 ? (unsigned)b[i + 2] : 0);
        *at++ = digits[three >> 18];
        *at++ = digits[three >> 12 & 63];
        *at++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[three & 63] : '=';
    }
    *at = 0;
    json_t *v = json_string(out);
    free(out);
    return v;
}

static json_t *vector(float *x, size_t n, size_t dims, bool packed) {
    double length = 0;
    for (size_t i = 0; i < dims; i++) length += (double)x[i] * (double)x[i];
    if (dims < n && length > 0)
        for (size_t i = 0; i < dims; i++) x[i] = (float)((double)x[i] / sqrt(length));
    if (packed) return base64(x, dims);
    json_t *list = json_array();
    for (size_t i = 0; i < dims; i++) (void)json_array_append_new(list, json_real((double)x[i]));
    return list;
}

static bool is_molecule(const char *s) {
    molglot_standard x = {.size = sizeof x};
    molglot_error err;
    if (strchr(s, ' ') || molglot_standardise(s, &x, NULL, &err)) return false;
    molglot_standard_free(&x);
    return true;
}

typedef struct rows {
    size_t n, bytes;
    const char **strings;
    bool *molecule;
    molglot_row_status *status;
    float *x; /* [n][dim] */
} rows;

/* The rows of one side, embedded into their places. */
static int embed_side(rows *r, molglot_session *session, size_t dim, bool molecule,
                      molglot_error *err) {
    const char **strings = calloc(r->n, sizeof *strings);
    float *x = malloc(r->n * dim * sizeof *x);
    molglot_row_status *status = calloc(r->n, sizeof *status);
    int code = strings && x && status ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    size_t m = 0;
    for (size_t i = 0; i < r->n && !code; i++)
        if (r->molecule[i] == molecule) strings[m++] = r->strings[i];
    if (m && !code)
        code = (molecule ? molglot_embed_smiles : molglot_embed_texts)(session, strings, m, x,
                                                                       status, err);
    m = 0;
    for (size_t i = 0; i < r->n && !code; i++) {
        if (r->molecule[i] != molecule) continue;
        memcpy(r->x + i * dim, x + m * dim, dim * sizeof *x);
        r->status[i] = status[m++];
    }
    free(strings);
    free(x);
    free(status);
    return code;
}

static bool read_rows(srv_job *j, rows *r) {
    json_t *input = json_object_get(j->args, "input");
    const char *type = srv_string_of(j->args, "input_type");
    r->n = json_is_array(input) ? json_array_size(input) : 1;
    bool ok = r->n && r->n <= MOST_ROWS;
    r->strings = calloc(r->n + 1, sizeof *r->strings);
    r->molecule = calloc(r->n + 1, sizeof *r->molecule);
    r->status = calloc(r->n + 1, sizeof *r->status);
    for (size_t i = 0; i < r->n && ok && r->strings && r->molecule && r->status; i++) {
        const char *s = json_string_value(json_is_array(input) ? json_array_get(input, i) : input);
        ok = s && strlen(s) <= 20000;
        if (!ok) break;
        r->strings[i] = s;
        r->bytes += strlen(s);
        r->molecule[i] = type[0] == 'm' || (type[0] == 'a' && is_molecule(s));
    }
    if (!ok)
        srv_job_fail(j, 422, "bad_argument", "input", -1,
                     "a string of at most 20,000 bytes is expected, or 1 to 1,024 of them");
    return ok && r->strings && r->molecule && r->status;
}

static json_t *row_of(const rows *r, size_t i, size_t dim, size_t dims, bool packed) {
    json_t *o = json_object();
    srv_set(o, "object", json_string("embedding"));
    srv_set(o, "index", json_integer((json_int_t)i));
    srv_set(o, "embedding",
            r->status[i].ok ? vector(r->x + i * dim, dim, dims, packed) : json_null());
    srv_set(o, "input_type", json_string(r->molecule[i] ? "molecule" : "text"));
    srv_set(o, "status", json_string(r->status[i].ok ? "ok" : "rejected"));
    if (!r->status[i].ok) srv_set(o, "error", srv_rejected(&r->status[i]));
    return o;
}

static void embed(srv_hand *h, srv_job *j, rows *r) {
    molglot_error err = {.code = MOLGLOT_NO_MEMORY, .message = "out of memory"};
    const size_t dim = (size_t)molglot_model_dim(h->server->model),
                 dims = (size_t)srv_number_of(j->args, "dimensions", (double)dim);
    if (dims > dim) {
        srv_job_fail(j, 422, "bad_argument", "dimensions", -1, "the model has fewer");
        return;
    }
    molglot_session *session = srv_hand_session(h, &err);
    r->x = session ? malloc(r->n * dim * sizeof *r->x) : NULL;
    if (!r->x || embed_side(r, session, dim, true, &err) ||
        embed_side(r, session, dim, false, &err)) {
        srv_job_fail_of(j, &err);
        return;
    }
    const bool packed = srv_string_of(j->args, "encoding_format")[0] == 'b';
    json_t *list = json_array(), *usage = json_object();
    for (size_t i = 0; i < r->n; i++)
        (void)json_array_append_new(list, row_of(r, i, dim, dims, packed));
    srv_set(usage, "prompt_tokens", json_integer((json_int_t)r->bytes));
    srv_set(usage, "total_tokens", json_integer((json_int_t)r->bytes));
    const char *name = molglot_model_info(h->server->model, "name");
    j->answer = json_object();
    srv_set(j->answer, "object", json_string("list"));
    srv_set(j->answer, "model", srv_text(name ? name : "molglot"));
    srv_set(j->answer, "data", list);
    srv_set(j->answer, "usage", usage);
}

void srv_run_embeddings(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        rows r = {0};
        if (read_rows(jobs[i], &r)) embed(h, jobs[i], &r);
        free(r.strings);
        free(r.molecule);
        free(r.status);
        free(r.x);
    }
}
