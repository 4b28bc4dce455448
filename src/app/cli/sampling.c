/* sampling.c - finds and opens what generating needs: the writer, a ranking model, an index of
 * neighbours; and the options of sampling. */
#include "app/cli/cli.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "search/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int open_writer(cli_generator *g, const cli_generator_options *o, const char *model,
                       molglot_error *err) {
    const char *path = o->path ? o->path : getenv("MOLGLOT_GENERATOR");
    if (!path || !*path) path = model;
    if (!path)
        return mg_fail(
            err, MOLGLOT_BAD_FILE,
            "no generator found: give one with --generator MODEL, $MOLGLOT_GENERATOR, or "
            "a --model that holds one");
    if (!(g->bundle = mg_bundle_open(path, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (o->part ? strcmp(o->part, MG_PART_T5) == 0 : mg_bundle_is_t5(g->bundle)) {
        g->t5 = mg_bundle_t5(g->bundle, err);
        return g->t5 ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    if (o->part ? strcmp(o->part, MG_PART_MOTIF) == 0 : mg_bundle_is_motif(g->bundle)) {
        g->motif = mg_bundle_motif(g->bundle, err);
        return g->motif ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    if (o->part ? strcmp(o->part, MG_PART_MOFLOW) == 0 : mg_bundle_is_moflow(g->bundle)) {
        g->moflow = mg_bundle_moflow(g->bundle, err);
        return g->moflow ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    const bool latent = !o->part && o->latent_first && mg_bundle_has(g->bundle, MG_PART_LATENT);
    g->file = mg_bundle_writer(g->bundle, latent ? MG_PART_LATENT : o->part, err);
    return g->file ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

static bool is_aligned(const cli_generator *g) {
    return g->file && mg_writer_get_config(g->file->writer)->aligned > 0;
}

/* Of the bundle that is open already where that is the model. */
static int open_ranker(cli_generator *g, const cli_common *c, const cli_generator_options *o,
                       const char *model, molglot_error *err) {
    if (!o->rank && !is_aligned(g)) return MOLGLOT_OK;
    if (!o->rank && !model) return MOLGLOT_OK; /* what needs the space says so */
    if (!o->memory && !model) {
        cli_say(c, "no ranking model (--model MODEL): the likeliest molecules come first");
        return MOLGLOT_OK;
    }
    const bool same = model && strcmp(model, mg_bundle_path(g->bundle)) == 0;
    if (same && (g->t5 || g->motif) && !mg_bundle_has(g->bundle, MG_PART_SPACE)) {
        cli_say(c, "%s has no space to rank with: %s (--generator %s ranks with the default model)",
                model, g->t5 ? "the best beams come first" : "they come as they were drawn", model);
        return MOLGLOT_OK;
    }
    cli_common one = *c;
    one.threads = 1;
    int code = same ? cli_engine_of(&g->ranker, g->bundle, &one, 0, err)
                    : cli_engine_open(&g->ranker, &one, 0, err);
    g->ranked = !code;
    return code;
}

/* The model's own, where its codes belong to the space that ranks. */
static int open_shipped(cli_generator *g, const cli_common *c, molglot_error *err) {
    mg_bundle *b = g->ranked ? g->ranker.bundle : NULL;
    if (!b || !mg_bundle_has(b, MG_PART_MEMORY)) return MOLGLOT_OK;
    const mg_memory_part *part = mg_bundle_known(b, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_memory_part_fits(part, b))
        g->memory.part = part;
    else
        cli_say(c,
                "%s: this memory was made with another space: it is not used (`molglot memory` "
                "makes one)",
                part->path);
    return MOLGLOT_OK;
}

static int open_memory(cli_generator *g, const cli_common *c, const cli_generator_options *o,
                       molglot_error *err) {
    if (g->t5 || g->motif || g->moflow)
        return o->memory ? mg_fail(err, MOLGLOT_USAGE, "a %s reads no memory",
                                   g->t5      ? "T5"
                                   : g->motif ? "motif decoder"
                                              : "flow")
                         : MOLGLOT_OK;
    if (!o->memory) return o->remember && o->rank ? open_shipped(g, c, err) : MOLGLOT_OK;
    if (!g->ranked) return mg_fail(err, MOLGLOT_USAGE, "--memory needs the ranking model");
    if (!(g->index = mg_index_open(o->memory, false, err))) return err->code;
    if ((g->file->denoiser && !is_aligned(g)) ||
        (g->file->flow && !mg_flow_matching_get_config(g->file->flow)->memory))
        cli_say(c,
                "what makes the latents here was trained without a memory: --memory is not read");
    g->memory.index = g->index;
    return cli_check_index(g->index, &g->ranker, err);
}

int cli_generator_open(cli_generator *g, const cli_common *c, const cli_generator_options *o,
                       molglot_error *err) {
    char buf[4096];
    memset(g, 0, sizeof *g);
    const char *model = cli_find_model(c, buf, sizeof buf);
    int code = open_writer(g, o, model, err);
    if (!code) code = open_ranker(g, c, o, model, err);
    if (!code) code = open_memory(g, c, o, err);
    if (code) return code;
    mg_embedder *space = g->ranked ? g->ranker.embedder : NULL, *ranker = o->rank ? space : NULL;
    if (is_aligned(g) && space && !mg_writer_part_fits(g->file, g->ranker.bundle))
        return mg_fail(err, MOLGLOT_USAGE, "%s was made with another aligned space than %s",
                       g->file->path, mg_bundle_path(g->ranker.bundle));
    if (g->moflow && g->moflow->space && ranker &&
        !mg_moflow_part_fits(g->moflow, g->ranker.bundle))
        return mg_fail(err, MOLGLOT_USAGE, "%s was made with another aligned space than %s",
                       g->moflow->path, mg_bundle_path(g->ranker.bundle));
    g->g = g->t5       ? mg_generator_new_t5(g->t5, ranker, c->device, c->threads, err)
           : g->motif  ? mg_generator_new_motif(g->motif, ranker, c->device, c->threads, err)
           : g->moflow ? mg_generator_new_moflow(g->moflow, ranker, c->device, c->threads, err)
                       : mg_generator_new(g->file, ranker, &g->memory, c->device, c->threads, err);
    if (!g->g) return mg_code_of(err, MOLGLOT_FAILED);
    mg_generator_space(g->g, space);
    const bool must = o->rerank == CLI_MUST_RERANK;
    if (o->rerank == CLI_WITHOUT_RERANK || (!must && !ranker)) return MOLGLOT_OK;
    if (!g->ranked) return mg_fail(err, MOLGLOT_USAGE, "--rerank needs the ranking model");
    code = !must || mg_bundle_rerank(g->ranker.bundle, err)
               ? cli_reranker_open(&g->reranker, &g->ranker, c, o->names, NULL, err)
               : mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_generator_rerank(g->g, g->reranker.r);
    return code;
}

void cli_generator_close(cli_generator *g) {
    mg_generator_free(g->g);
    cli_reranker_close(&g->reranker);
    mg_index_close(g->index);
    if (g->ranked) cli_engine_close(&g->ranker);
    if (g->bundle) cli_manifest_bundle(g->bundle);
    mg_bundle_close(g->bundle);
}

/* ---- options ---- */

enum {
    OPT_METHOD = CLI_SAMPLING,
    OPT_STEPS,
    OPT_PULL,
    OPT_ETA,
    OPT_CANDIDATES,
    OPT_GENERATOR,
    OPT_MEMORY,
    OPT_NO_MEMORY,
    OPT_KEEP_ODD,
    OPT_NEIGHBOURS,
    OPT_COPY_COST,
    OPT_DRAWN_ONLY,
    OPT_TOP_P,
    OPT_MAX_TOKENS,
    OPT_UNRANKED,
    OPT_RERANK,
    OPT_NO_RERANK,
    OPT_RERANK_NAMES
};

static const struct argp_option sampling_options[] = {
    {"candidates", OPT_CANDIDATES, "N", 0,
     "Draw so many and keep the best (default of `generate`: twice as many as are kept, at least "
     "32, and more until there are enough that differ; of `eval`: as many as are kept)",
     0},
    {"method", OPT_METHOD, "M", 0,
     "direct (sentence to SMILES), atomas (the same by the writer of both directions), diffusion "
     "(through latents), faithful (latents as 3M-Diffusion makes them), motif (the same, and its "
     "own decoder), beam (an imported T5) or flow (latents of MoFlow moved towards the sentence, "
     "see docs/models/moflow.md); "
     "default: direct where the generator can",
     0},
    {"temperature", 't', "T", 0,
     "0: the likeliest token each time, a draw for each neighbour; default 0.7 direct and atomas "
     "(with --like 1.2 to 2), 0.7 diffusion over aligned latents, 0.85 flow (of its starts), 0 the "
     "others",
     0},
    {"top-p", OPT_TOP_P, "P", 0, "Only the likeliest tokens with this share of the probability", 0},
    {"guidance", 'w', "W", 0,
     "Diffusion, faithful, motif, flow: weight of the sentence (default 3, over aligned latents "
     "1.5, flow 10, the others 0.8; 1: plain)",
     0},
    {"pull", OPT_PULL, "P", 0,
     "Diffusion over aligned latents: how much each step also goes up the gradient of its cosine "
     "with the sentence, -1 to 1 (default 0)",
     0},
    {"steps", OPT_STEPS, "N", 0, "Diffusion: steps (default 10); flow: steps at most (60)", 0},
    {"eta", OPT_ETA, "E", 0,
     "Faithful, motif, diffusion over aligned latents: noise of its steps, 0 (none) to 1 "
     "(default)",
     0},
    {"diversity", 'd', "D", 0,
     "0: the best molecules (default); towards 1: good ones unlike each other", 0},
    {"max-tokens", OPT_MAX_TOKENS, "N", 0, "SMILES tokens of a molecule at most", 0},
    {"seed", 'S', "N", 0, "Same seed, same molecules (default 0)", 0},
    {"generator", OPT_GENERATOR, "MODEL", 0,
     "Model that writes: a file or a folder (default: $MOLGLOT_GENERATOR, then the model)", 0},
    {"memory", OPT_MEMORY, "INDEX", 0,
     "Show the writer the molecules of this index that are nearest to the sentence (default: of "
     "the model's own memory)",
     0},
    {"no-memory", OPT_NO_MEMORY, NULL, 0, "Show it none", 0},
    {"neighbours", OPT_NEIGHBOURS, "K", 0,
     "Start the draws from the memory's K nearest ones in turn, 1 to 8 (default 4)", 0},
    {"copy-cost", OPT_COPY_COST, "C", 0,
     "Penalty, in score, for a copy of a molecule that draws started from: 0 (none, default) to 2 "
     "(copies rank last)",
     0},
    {"drawn-only", OPT_DRAWN_ONLY, NULL, 0,
     "Only what the writer draws: by default molecules that the sentence names, builds (\"phenol "
     "with a methoxy group at position 2\") or says by their relation to others (\"conjugate base "
     "of\") stand before or beside the draws",
     0},
    {"keep-odd", OPT_KEEP_ODD, NULL, 0,
     "Show molecules with unpaired electrons, isotopes, metals, unusual elements, several "
     "components or unlikely charges that the sentence does not ask for",
     0},
    {"rerank", OPT_RERANK, NULL, 0,
     "The best draws in the order of the model's re-ranker (docs/models/rerank.md): the default of "
     "`generate`, not of `eval`",
     0},
    {"no-rerank", OPT_NO_RERANK, NULL, 0, "The draws stay in the order of their scores", 0},
    {"rerank-names", OPT_RERANK_NAMES, "FILE", 0,
     "The dictionary of names that the re-ranker reads with (default: the model's)", 0},
    {"unranked", OPT_UNRANKED, NULL, 0, "No scores: the likeliest molecules first", 0},
    {0}};

static uint64_t seed_of(struct argp_state *state, const char *text) {
    char *end = NULL;
    errno = 0;
    const uint64_t v = strtoull(text, &end, 10);
    if (end == text || *end || errno || *text < '0' || *text > '9')
        argp_error(state, "--seed wants a whole number from 0 to 18446744073709551615, not '%s'",
                   text);
    return v;
}

static error_t parse_sampling(int key, char *arg, struct argp_state *state) {
    cli_sampling *d = state->input;
    switch (key) {
    case OPT_CANDIDATES:
        d->o.candidates = (int)cli_number(state, arg, "--candidates", 1, 1 << 20);
        return 0;
    case OPT_METHOD:
        cli_choice(state, "--method", arg,
                   (const char *const[]){"direct", "atomas", "diffusion", "faithful", "motif",
                                         "beam", "flow"},
                   7);
        d->o.method = arg;
        d->generator.part = strcmp(arg, "beam") == 0     ? MG_PART_T5
                            : strcmp(arg, "motif") == 0  ? MG_PART_MOTIF
                            : strcmp(arg, "flow") == 0   ? MG_PART_MOFLOW
                            : strcmp(arg, "direct") == 0 ? MG_PART_WRITER
                            : strcmp(arg, "atomas") == 0 ? MG_PART_ATOMAS
                                                         : MG_PART_LATENT;
        return 0;
    case 't': d->o.temperature = cli_real(state, arg, "--temperature", 0, 100); return 0;
    case OPT_TOP_P:
        d->o.top_p = cli_real(state, arg, "--top-p", 0, 1);
        if (d->o.top_p <= 0) argp_error(state, "--top-p wants a share above 0, up to 1 (all)");
        return 0;
    case 'w': d->o.guidance = cli_real(state, arg, "--guidance", -100, 100); return 0;
    case OPT_PULL: d->o.pull = cli_real(state, arg, "--pull", -1, 1); return 0;
    case OPT_STEPS: d->o.steps = (int)cli_number(state, arg, "--steps", 1, 10000); return 0;
    case OPT_ETA: d->o.eta = cli_real(state, arg, "--eta", 0, 1); return 0;
    case 'd': d->o.diversity = cli_real(state, arg, "--diversity", 0, 1); return 0;
    case OPT_MAX_TOKENS:
        d->o.max_tokens = (int)cli_number(state, arg, "--max-tokens", 2, 1 << 16);
        return 0;
    case 'S': d->o.seed = seed_of(state, arg); return 0;
    case OPT_GENERATOR: d->generator.path = arg; return 0;
    case OPT_MEMORY: d->generator.memory = arg; return 0;
    case OPT_NO_MEMORY: d->generator.remember = false; return 0;
    case OPT_NEIGHBOURS:
        d->o.neighbours = (int)cli_number(state, arg, "--neighbours", 1, 8);
        return 0;
    case OPT_COPY_COST: d->o.copy_cost = cli_real(state, arg, "--copy-cost", 0, 2); return 0;
    case OPT_DRAWN_ONLY: d->o.drawn_only = 1; return 0;
    case OPT_KEEP_ODD: d->o.keep_odd = 1; return 0;
    case OPT_UNRANKED: d->generator.rank = false; return 0;
    case OPT_RERANK: d->generator.rerank = CLI_MUST_RERANK; return 0;
    case OPT_NO_RERANK: d->generator.rerank = CLI_WITHOUT_RERANK; return 0;
    case OPT_RERANK_NAMES: d->generator.names = arg; return 0;
    case ARGP_KEY_END: cli_manifest_seed("seed", d->o.seed); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_sampling_argp = {
    sampling_options, parse_sampling, NULL, NULL, NULL, NULL, NULL};

cli_sampling cli_sampling_default(void) {
    return (cli_sampling){.o = mg_generate_default(),
                          .generator = {.rank = true, .remember = true}};
}
