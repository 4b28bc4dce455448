/* generate.c - include/molglot.h: what writers generate, and their latents.
 *
 * A bundle may hold three writers: a direct one, one with latents, one of both directions. A
 * generator opens each when a call first needs it: the method decides, or the want of latents.
 */
#include "generate/generate.h"

#include "app/api/api.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

/* ---- generators ---- */

struct molglot_generator {
    const molglot_writer *writer;
    molglot_writer *own; /* of molglot_generator_new */
    molglot_generator_options o;
    mg_generator *main, *latent, *both, *motif, *flow; /* NULL: not needed so far */
    mg_embedder *space; /* of aligned latents, where there is no ranker; or NULL */
    pid_t process;
};

void molglot_generator_options_init(molglot_generator_options *options, size_t size) {
    const molglot_generator_options defaults = {0};
    api_options_give(options, size, &defaults, sizeof defaults);
}

static int check_memory(const molglot_generator_options *o, molglot_error *err) {
    if (!o->memory) return MOLGLOT_OK;
    if (!o->ranker)
        return mg_fail(err, MOLGLOT_USAGE, "molglot_generator_open: a memory needs a ranker");
    if (molglot_index_side(o->memory) != MOLGLOT_MOLECULES)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds texts, not molecules",
                       mg_index_path(o->memory->index));
    return api_check_index(o->ranker, o->memory, err);
}

/* The index, or the ranker's model's own memory where it belongs to the space. */
static int find_memory(const molglot_generator_options *o, mg_memory *memory, molglot_error *err) {
    *memory = (mg_memory){.index = o->memory ? o->memory->index : NULL};
    if (o->memory || o->no_memory || !o->ranker) return MOLGLOT_OK;
    return api_memory_part(o->ranker->model, &memory->part, err);
}

static void give_screen(const molglot_generator *x, mg_generator *g) {
    if (g && x->o.screen) mg_generator_screen(g, x->o.screen->screen);
}

static int open_t5(molglot_generator *x, mg_generator **g, molglot_error *err) {
    const molglot_generator_options *o = &x->o;
    molglot_error why = {0};
    const mg_t5_part *t5 = mg_bundle_t5(x->writer->bundle, err);
    if (!t5) return mg_code_of(err, MOLGLOT_BAD_FILE);
    *g = mg_generator_new_t5(t5, o->ranker ? o->ranker->embedder : NULL, o->device, o->threads,
                             &why);
    give_screen(x, *g);
    if (!*g && err) *err = why;
    return why.code;
}

static int open_motif(molglot_generator *x, mg_generator **g, molglot_error *err) {
    const molglot_generator_options *o = &x->o;
    molglot_error why = {0};
    const mg_motif_part *motif = mg_bundle_motif(x->writer->bundle, err);
    if (!motif) return mg_code_of(err, MOLGLOT_BAD_FILE);
    *g = mg_generator_new_motif(motif, o->ranker ? o->ranker->embedder : NULL, o->device,
                                o->threads, &why);
    give_screen(x, *g);
    if (!*g && err) *err = why;
    return why.code;
}

/* The space of aligned latents: the ranker's, else that of the writer's own file. */
static int space_of(molglot_generator *x, const mg_writer_part *file, mg_embedder **out,
                    molglot_error *err) {
    const molglot_generator_options *o = &x->o;
    mg_bundle *own = x->writer->bundle, *b = o->ranker ? api_bundle_of(o->ranker->model) : own;
    *out = o->ranker ? o->ranker->embedder : x->space;
    if (mg_writer_get_config(file->writer)->aligned == 0) return MOLGLOT_OK;
    if (!mg_bundle_has(b, MG_PART_SPACE)) return MOLGLOT_OK; /* what needs it says so */
    if (!mg_writer_part_fits(file, b))
        return mg_fail(err, MOLGLOT_USAGE, "%s was made with another aligned space than %s",
                       file->path, mg_bundle_path(b));
    if (*out) return MOLGLOT_OK;
    const mg_space_part *space = mg_bundle_space(b, err);
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_embed_options how = {.device = o->device, .threads = 1};
    *out = x->space = mg_embedder_new(space, how, err);
    return *out ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* The dictionary of the ranker's model, where it has one. */
static int give_names(const molglot_session *ranker, mg_generator *g, molglot_error *err) {
    mg_bundle *b = api_bundle_of(ranker->model);
    if (!mg_bundle_has(b, MG_PART_NAMES)) return MOLGLOT_OK;
    const mg_dictionary *names = mg_bundle_names(b, err);
    mg_generator_names(g, names);
    return names ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* part: as mg_bundle_writer has it; MG_PART_MOTIF */
static int open_part(molglot_generator *x, const char *part, mg_generator **g, molglot_error *err) {
    const molglot_generator_options *o = &x->o;
    molglot_error why = {0};
    if (*g) return MOLGLOT_OK;
    if (mg_bundle_is_t5(x->writer->bundle)) return open_t5(x, g, err);
    if (part ? strcmp(part, MG_PART_MOTIF) == 0 : mg_bundle_is_motif(x->writer->bundle))
        return open_motif(x, g, err);
    const mg_writer_part *file = mg_bundle_writer(x->writer->bundle, part, err);
    if (!file) return mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_memory memory = {0};
    mg_embedder *space = NULL;
    int code = find_memory(o, &memory, err);
    if (!code) code = space_of(x, file, &space, err);
    if (code) return code;
    *g = mg_generator_new(file, o->ranker ? o->ranker->embedder : NULL, &memory, o->device,
                          o->threads, &why);
    mg_reranker *rerank = NULL;
    if (*g && o->ranker) code = give_names(o->ranker, *g, err);
    if (!code && *g && o->ranker && !o->no_rerank)
        code = api_reranker(o->ranker, false, &rerank, err);
    if (*g) mg_generator_space(*g, space);
    if (*g) mg_generator_rerank(*g, rerank);
    give_screen(x, *g);
    if (*g) return code;
    if (err) *err = why;
    return why.code;
}

static int flow_of(molglot_generator *x, mg_generator **g, molglot_error *err) {
    const molglot_generator_options *o = &x->o;
    molglot_error why = {0};
    *g = x->flow;
    if (*g) return MOLGLOT_OK;
    const mg_moflow_part *part = mg_bundle_moflow(x->writer->bundle, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (o->ranker && part->space && !mg_moflow_part_fits(part, api_bundle_of(o->ranker->model)))
        return mg_fail(err, MOLGLOT_USAGE, "%s was made with another aligned space than %s",
                       part->path, mg_bundle_path(api_bundle_of(o->ranker->model)));
    *g = x->flow = mg_generator_new_moflow(part, o->ranker ? o->ranker->embedder : NULL, o->device,
                                           o->threads, &why);
    give_screen(x, *g);
    if (!*g && err) *err = why;
    return why.code;
}

/* The generator that calls without latents take; the other one. */
static int main_of(molglot_generator *x, mg_generator **g, molglot_error *err) {
    if (mg_bundle_is_moflow(x->writer->bundle)) return flow_of(x, g, err);
    int code = open_part(x, NULL, &x->main, err);
    *g = x->main;
    return code;
}

static int latent_of(molglot_generator *x, mg_generator **g, molglot_error *err) {
    const mg_bundle *b = x->writer->bundle;
    if (!mg_bundle_has(b, MG_PART_WRITER) || !mg_bundle_has(b, MG_PART_LATENT))
        return main_of(x, g, err);
    int code = open_part(x, MG_PART_LATENT, &x->latent, err);
    *g = x->latent;
    return code;
}

static int both_of(molglot_generator *x, mg_generator **g, molglot_error *err) {
    if (!mg_bundle_has(x->writer->bundle, MG_PART_ATOMAS)) return main_of(x, g, err);
    int code = open_part(x, MG_PART_ATOMAS, &x->both, err);
    *g = x->both;
    return code;
}

static int motif_of(molglot_generator *x, mg_generator **g, molglot_error *err) {
    if (!mg_bundle_has(x->writer->bundle, MG_PART_MOTIF)) return main_of(x, g, err);
    int code = open_part(x, MG_PART_MOTIF, &x->motif, err);
    *g = x->motif;
    return code;
}

molglot_generator *molglot_generator_open(const molglot_writer *writer,
                                          const molglot_generator_options *options,
                                          molglot_error *err) {
    static const char what[] = "molglot_generator_open";
    molglot_generator_options o = molglot_generator_options_default();
    if (api_options_take(&o, sizeof o, options, what, err)) return NULL;
    if (!writer || o.threads < 0) {
        mg_fail(err, MOLGLOT_USAGE, "%s: %s", what,
                writer ? "threads must not be negative" : "writer is NULL");
        return NULL;
    }
    if (check_memory(&o, err)) return NULL;
    char *device = o.device ? strdup(o.device) : NULL;
    molglot_generator *x = calloc(1, sizeof *x);
    if (!x || (o.device && !device)) {
        free(x);
        free(device);
        mg_no_memory(err, "a generator");
        return NULL;
    }
    o.device = device;
    *x = (molglot_generator){.writer = writer, .o = o, .process = api_process_of(device)};
    mg_generator *g;
    if (main_of(x, &g, err) == MOLGLOT_OK) return x;
    molglot_generator_free(x);
    return NULL;
}

molglot_generator *molglot_generator_new(const char *path, molglot_session *ranker,
                                         const molglot_options *options, molglot_error *err) {
    molglot_options session = molglot_options_default();
    if (api_options_take(&session, sizeof session, options, "molglot_generator_new", err))
        return NULL;
    molglot_generator_options o = molglot_generator_options_default();
    o.ranker = ranker, o.threads = session.threads, o.device = session.device;
    molglot_writer *writer = molglot_writer_load(path, err);
    molglot_generator *x = writer ? molglot_generator_open(writer, &o, err) : NULL;
    if (x)
        x->own = writer;
    else
        molglot_writer_free(writer);
    return x;
}

void molglot_generator_free(molglot_generator *x) {
    if (!x) return;
    mg_generator_free(x->main);
    mg_generator_free(x->latent);
    mg_generator_free(x->both);
    mg_generator_free(x->motif);
    mg_generator_free(x->flow);
    mg_embedder_free(x->space);
    molglot_writer_free(x->own);
    free((char *)(uintptr_t)x->o.device);
    free(x);
}

/* ---- generating ---- */

void molglot_generate_options_init(molglot_generate_options *options, size_t size) {
    const molglot_generate_options defaults = mg_generate_default();
    api_options_give(options, size, &defaults, sizeof defaults);
}

typedef struct sentence { /* one of a call */
    mg_named named;       /* hits.n 0: no name of a molecule */
    bool blind;           /* the model knows no word of the name */
} sentence;

/* Whether it is a name of the ranker's dictionary, of a molecule that may be an answer. */
static int look_up(const molglot_session *ranker, const molglot_generate_options *o,
                   const char *text, mg_named *found, molglot_error *err) {
    mg_bundle *b = api_bundle_of(ranker->model);
    if (!mg_bundle_has(b, MG_PART_NAMES) || o->drawn_only || o->like || o->only_new)
        return MOLGLOT_OK;
    const mg_dictionary *d = mg_bundle_names(b, err);
    return d ? mg_sentence_name(d, ranker->groups, text, o->keep, found, err)
             : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* What is no sentence is refused, without a ranker what looks like a molecule alone. */
static int check_sentence(const molglot_generator *x, const molglot_generate_options *o,
                          const char *text, sentence *s, molglot_row_status *status,
                          molglot_error *err) {
    molglot_session *ranker = x->o.ranker;
    mg_row_accept(status);
    if (!mg_sentence_is_text(text, status) || o->as_text) return MOLGLOT_OK;
    int code = ranker ? api_groups(ranker, err) : MOLGLOT_OK;
    if (!code && ranker) code = look_up(ranker, o, text, &s->named, err);
    return code ? code
                : mg_sentence_check(ranker ? ranker->embedder : NULL,
                                    ranker && !o->soft ? ranker->groups : NULL, s->named.hits.n > 0,
                                    text, &s->blind, status, err);
}

typedef struct tally { /* of draws, over the parts of a call */
    const molglot_generate_options *o;
    int64_t before, done;
} tally;

static int count(void *user, int64_t done, int64_t total) {
    tally *t = user;
    t->done = done;
    return t->o->on_progress(t->o->user, t->before + done, t->before + total);
}

static int pass_on(void *user, const molglot_molecule *m) {
    tally *t = user;
    return t->o->on_molecule(t->o->user, m);
}

/* Those among texts[n] that are sentences, and no names, together. */
static int generate_some(mg_generator *g, const char *const *texts, size_t n,
                         const molglot_generate_options *o, molglot_generation *out,
                         molglot_error *err) {
    const char **sentences = malloc((n + 1) * sizeof *sentences);
    molglot_generation *made = calloc(n + 1, sizeof *made);
    size_t m = 0;
    int code = sentences && made ? MOLGLOT_OK : mg_no_memory(err, "%zu sentences", n);
    for (size_t i = 0; i < n && !code; i++)
        if (out[i].status.ok) sentences[m++] = texts[i];
    if (!code && m) code = mg_generate(g, sentences, m, o, made, err);
    m = 0;
    for (size_t i = 0; i < n && !code; i++) {
        if (!out[i].status.ok) continue;
        out[i] = made[m++];
        mg_row_accept(&out[i].status);
    }
    free(made);
    free(sentences);
    return code;
}

/* All of them in their order, each name for itself. */
static int generate_checked(mg_generator *g, const char *const *texts, const sentence *s, size_t n,
                            const molglot_generate_options *o, molglot_generation *out,
                            molglot_error *err) {
    tally t = {.o = o};
    molglot_generate_options inner = *o;
    inner.user = &t;
    if (o->on_progress) inner.on_progress = count;
    if (o->on_molecule) inner.on_molecule = pass_on;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code;) {
        size_t end = i;
        while (end < n && !s[end].named.hits.n) end++;
        if (end > i) code = generate_some(g, texts + i, end - i, &inner, out + i, err);
        t.before += t.done, t.done = 0;
        if (end < n && !code && out[end].status.ok) {
            code = mg_generate_named(g, texts[end], &s[end].named, s[end].blind, &inner, &out[end],
                                     err);
            mg_row_accept(&out[end].status);
            t.before += t.done, t.done = 0;
        }
        i = end < n ? end + 1 : n;
    }
    return code;
}

/* Results where their texts are; rejected ones have none. */
static int generate_sentences(const molglot_generator *x, mg_generator *g, const char *const *texts,
                              size_t n, const molglot_generate_options *o, molglot_generation *out,
                              molglot_error *err) {
    sentence *s = calloc(n + 1, sizeof *s);
    if (!s) return mg_no_memory(err, "%zu sentences", n);
    const long before = mg_chem_refusals();
    int code = MOLGLOT_OK;
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n && !code; i++)
        code = check_sentence(x, o, texts[i], &s[i], &out[i].status, err);
    if (!code) code = generate_checked(g, texts, s, n, o, out, err);
    code = api_whole(before, code, err);
    for (size_t i = 0; i < n; i++) {
        mg_named_free(&s[i].named);
        if (code) molglot_generation_free(&out[i]);
    }
    free(s);
    return code;
}

int molglot_generate(molglot_generator *x, const char *const *texts, size_t n,
                     const molglot_generate_options *options, molglot_generation *out,
                     molglot_error *err) {
    static const char what[] = "molglot_generate";
    molglot_generate_options o = mg_generate_default();
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    if (!x || (n && !out))
        return mg_fail(err, MOLGLOT_USAGE, "%s: generator and out must not be NULL", what);
    if (texts) code = api_check_rows(what, texts, n, err);
    if (!code) code = api_check_process(x->process, err);
    if (!code && x->o.ranker) code = api_check_process(x->o.ranker->process, err);
    if (code) return code;
    /* a direct writer has learnt nothing of molecules that nobody asked for */
    const bool unconditional = !o.method && !texts && !o.like;
    const bool both = o.method && strcmp(o.method, "atomas") == 0,
               motif = o.method && strcmp(o.method, "motif") == 0,
               flow = o.method && strcmp(o.method, "flow") == 0,
               latent = unconditional || (o.method && !both && strcmp(o.method, "direct") != 0);
    mg_generator *g = NULL;
    code = both     ? both_of(x, &g, err)
           : motif  ? motif_of(x, &g, err)
           : flow   ? flow_of(x, &g, err)
           : latent ? latent_of(x, &g, err)
                    : main_of(x, &g, err);
    if (code) return code;
    if (texts) return generate_sentences(x, g, texts, n, &o, out, err);
    const long before = mg_chem_refusals();
    code = mg_generate(g, NULL, n, &o, out, err);
    const bool made = !code;
    code = api_whole(before, code, err);
    for (size_t i = 0; i < n && made && code; i++) molglot_generation_free(&out[i]);
    for (size_t i = 0; i < n && !code; i++) mg_row_accept(&out[i].status);
    return code;
}

void molglot_generation_free(molglot_generation *r) { mg_generation_free(r); }

/* ---- latents ---- */

/* The writer with latents, where there is one; NULL: it cannot be loaded. */
static const mg_writer_part *latent_file(const molglot_generator *x) {
    mg_bundle *b = x->writer->bundle;
    if (mg_bundle_is_t5(b) || mg_bundle_is_motif(b)) return NULL;
    return mg_bundle_writer(b, mg_bundle_has(b, MG_PART_LATENT) ? MG_PART_LATENT : NULL, NULL);
}

size_t molglot_latents_size(const molglot_generator *x) {
    if (!x) return 0;
    const mg_writer_part *file = latent_file(x);
    if (!file) return 0;
    const mg_writer_config *c = mg_writer_get_config(file->writer);
    return (size_t)c->latents * (size_t)c->latent_dim;
}

/* Tells on_progress that some rows are done. */
static int tell(const molglot_generator *x, size_t done, size_t n, molglot_error *err) {
    return x->o.on_progress && x->o.on_progress(x->o.user, (int64_t)done, (int64_t)n)
               ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted")
               : MOLGLOT_OK;
}

/* Rows at a time: all, unless somebody wants to know how far it is. Each row's result is its own,
 * so that it does not matter. */
static size_t step_of(const molglot_generator *x, size_t n) {
    enum { ROWS_A_REPORT = 256 };
    return x->o.on_progress && n > ROWS_A_REPORT ? ROWS_A_REPORT : n;
}

/* What all calls about latents check. *g: the generator that has them. */
static int begin_latents(const char *what, molglot_generator *x, bool arrays, mg_generator **g,
                         molglot_error *err) {
    if (!x || !arrays)
        return mg_fail(err, MOLGLOT_USAGE, "%s: generator and arrays must not be NULL", what);
    int code = api_check_process(x->process, err);
    return code ? code : latent_of(x, g, err);
}

int molglot_encode(molglot_generator *x, const char *const *smiles, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_encode";
    mg_generator *g = NULL;
    int code = begin_latents(what, x, !n || out, &g, err);
    if (!code) code = api_check_rows(what, smiles, n, err);
    if (code) return code;
    const size_t size = mg_latents_size(g), step = step_of(x, n);
    const long before = mg_chem_refusals();
    const char *const *rows;
    code = api_rows_take(smiles, n, &rows, err);
    for (size_t i = 0; i < n && !code; i += step) {
        const size_t m = n - i < step ? n - i : step;
        code = mg_latents_encode(g, rows + i, m, out + i * size, status ? status + i : NULL, err);
        if (!code) code = tell(x, i + m, n, err);
    }
    code = api_whole(before, code, err);
    api_rows_give(smiles, rows, n, code ? NULL : status);
    return code;
}

int molglot_decode(molglot_generator *x, const float *latents, size_t n, molglot_molecule *out,
                   molglot_error *err) {
    mg_generator *g = NULL;
    int code = begin_latents("molglot_decode", x, !n || (latents && out), &g, err);
    if (code) return code;
    const size_t size = mg_latents_size(g), step = step_of(x, n);
    const long before = mg_chem_refusals();
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n && !code; i += step) {
        const size_t m = n - i < step ? n - i : step;
        code = mg_latents_decode(g, latents + i * size, m, out + i, err);
        for (size_t k = i; k < i + m && !code; k++) out[k].index = (int)k;
        if (!code) code = tell(x, i + m, n, err);
    }
    code = api_whole(before, code, err);
    if (code) mg_generated_free(out, n);
    return code;
}

void molglot_molecules_free(molglot_molecule *molecules, size_t n) {
    if (molecules) mg_generated_free(molecules, n);
}

int molglot_interpolate(molglot_generator *x, const float *a, const float *b, size_t n,
                        float strength, int steps, uint64_t seed, float *out, molglot_error *err) {
    static const char what[] = "molglot_interpolate";
    mg_generator *g = NULL;
    int code = begin_latents(what, x, a && b && out, &g, err);
    if (code) return code;
    const size_t size = mg_latents_size(g);
    if (!size) return mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer has no latents", what);
    if (n < 2 || n > INT32_MAX || !(strength >= 0 && strength <= 1))
        return mg_fail(err, MOLGLOT_USAGE, "%s: at least two points, strength from 0 to 1", what);
    mg_latents_between(g, a, b, (int)n, out);
    if (strength > 0 && n > 2 && latent_file(x)->flow) {
        const mg_refine_options o = {.strength = strength, .steps = steps, .seed = seed};
        code = mg_latents_refine(g, &o, n - 2, out + size, err);
    }
    return code ? code : tell(x, n, n, err);
}
