/* generate.c - `molglot generate`: sentences to molecules, scored, ranked, compared with a library.
 *
 *   sentences -> draws of the writer -> RDKit -> score in the model's space -> order -> rows
 *   --like    -> the same, but a molecule is what draws start from: its analogues
 *
 * Sentences are taken in blocks, so that a long file of them gives its first rows soon and needs
 * little memory. What a sentence gives depends on neither the block nor the number of threads.
 */
#include "generate/generate.h"

#include "app/cli/cli.h"
#include "app/cmd/generate.h"
#include "data/table/table.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* sentences at once; seconds before progress is worth a line */
enum { BLOCK = 32, PATIENCE = 2, MOST_TOLD = 10 };
enum {
    OPT_UNCONDITIONAL = CLI_OWN,
    OPT_LIKE,
    OPT_STRENGTH,
    OPT_LIBRARY,
    OPT_KEEP,
    OPT_NEW,
    OPT_BY,
    OPT_SOFT,
    OPT_NO_NAMES
};

typedef struct generate_options {
    cli_common common;
    cli_sampling drawing;
    cli_input input;
    const char *library, *format, *output;
    bool unconditional;
    bool as_text; /* --by text */
    bool no_names;
    cli_triage_options triage;
} generate_options;

static const struct argp_option options[] = {
    {"number", 'n', "N", 0, "Molecules for each sentence (default 16)", 0},
    {NULL, 'k', NULL, OPTION_ALIAS, NULL, 0},
    {"unconditional", OPT_UNCONDITIONAL, NULL, 0,
     "For no sentence; through latents where the generator can", 1},
    {"like", OPT_LIKE, "SMILES", 0,
     "Analogues of this molecule, with or without a sentence; itself and its stereoisomers are "
     "left "
     "out",
     1},
    {"keep", OPT_KEEP, "SMARTS", 0, "Only molecules that hold this pattern", 1},
    {"new", OPT_NEW, NULL, 0,
     "Only molecules that are neither in the memory (with whatever stereo) nor in the training "
     "data",
     1},
    {"soft", OPT_SOFT, NULL, 0,
     "What a sentence asks of molecules (see docs/requests.md) is not checked; by default those "
     "that "
     "meet all of it come first",
     1},
    {"by", OPT_BY, "text", 0, "Read each TEXT as a sentence, even one that looks like a SMILES", 1},
    {"no-names", OPT_NO_NAMES, NULL, 0,
     "Names are not looked up in the dictionary (see `molglot name`)", 1},
    {"strength", OPT_STRENGTH, "S", 0,
     "With --like, through latents: how far from it, above 0 to 1 (default 0.5)", 1},
    {"library", OPT_LIBRARY, "INDEX", 0,
     "Name the nearest molecule of this index for each, and those that it holds", 2},
    {"format", 'f', "F", 0, CLI_FORMAT_HELP, 3},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 3},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    generate_options *o = state->input;
    switch (key) {
    case OPT_UNCONDITIONAL: o->unconditional = true; return 0;
    case 'k':
    case 'n': o->drawing.o.n = (int)cli_number(state, arg, "--number", 1, 1 << 20); return 0;
    case OPT_LIKE: o->drawing.o.like = arg; return 0;
    case OPT_KEEP: o->drawing.o.keep = arg; return 0;
    case OPT_NEW: o->drawing.o.only_new = 1; return 0;
    case OPT_SOFT: o->drawing.o.soft = 1; return 0;
    case OPT_NO_NAMES: o->no_names = true; return 0;
    case OPT_BY:
        if (strcmp(arg, "text")) argp_error(state, "--by wants text, not '%s'", arg);
        o->as_text = true;
        return 0;
    case OPT_STRENGTH:
        o->drawing.o.strength = cli_real(state, arg, "--strength", 0.001, 1);
        return 0;
    case OPT_LIBRARY: o->library = arg; return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->drawing;
        state->child_inputs[1] = &o->input;
        state->child_inputs[2] = &o->common;
        state->child_inputs[3] = &o->triage;
        return 0;
    case ARGP_KEY_END:
        o->input.optional = o->unconditional || o->drawing.o.like;
        cli_input_check(&o->input, state);
        if (o->unconditional && (o->input.file || o->input.n))
            argp_error(state, "TEXT or --unconditional, not both");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- rows ---- */

static const cli_column columns[] = {
    {.name = "prompt_number", .kind = 'n'},
    {.name = "prompt", .kind = 't'},
    {.name = "rank", .kind = 'n', .width = 4},
    {.name = "score", .kind = 'n', .width = 9},
    {.name = "nll", .kind = 'n', .width = 8, .on_card = true},
    {.name = "valid", .kind = 'b', .width = 5},
    {.name = "in_training", .kind = 'b', .width = 11, .on_card = true},
    {.name = "known_as", .kind = 't', .width = 24, .clip = 22},
    {.name = "source", .kind = 't'},
    {.name = "copy", .kind = 'b'},
    {.name = "similarity", .kind = 'n', .width = 10, .on_card = true},
    {.name = "meets", .kind = 't', .width = 5, .on_card = true},
    {.name = "fails", .kind = 't'},
    {.name = "odd", .kind = 't'},
    {.name = "nearest_id", .kind = 't'},
    {.name = "nearest_smiles", .kind = 't'},
    {.name = "nearest_cosine", .kind = 'n'},
    {.name = "nearest_tanimoto", .kind = 'n', .on_card = true},
    CLI_TRIAGE_COLUMNS,
    {.name = "qed", .kind = 'n', .on_card = true},
    {.name = "smiles", .kind = 't', .width = 96},
    {.name = "stop", .kind = 't'},
    {.name = "draw", .kind = 'n'},
    {.name = "seed", .kind = 'n'},
    {.name = "drawn", .kind = 'n'},
    {.name = "invalid", .kind = 'n'},
    {.name = "duplicates", .kind = 'n'},
    {.name = "left_out_odd", .kind = 'n'},
    {.name = "left_out_unwanted", .kind = 'n'},
    {.name = "left_out_controlled", .kind = 'n'},
    {.name = "status", .kind = 't'},
    {.name = "error", .kind = 't'}};
enum {
    PROMPT_NUMBER,
    PROMPT,
    RANK,
    SCORE,
    NLL,
    VALID,
    IN_TRAINING,
    KNOWN_AS,
    SOURCE,
    COPY,
    SIMILARITY,
    MEETS,
    FAILS,
    ODD,
    NEAREST_ID,
    NEAREST_SMILES,
    NEAREST_COSINE,
    NEAREST_TANIMOTO,
    CONTROL_LIST,
    ALERTS,
    N_ALERTS,
    SA,
    QED,
    SMILES,
    STOP,
    DRAW,
    SEED,
    DRAWN,
    INVALID,
    DUPLICATES,
    LEFT_OUT_ODD,
    LEFT_OUT_UNWANTED,
    LEFT_OUT_CONTROLLED,
    STATUS,
    ERROR,
    COLUMNS
};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");

static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS};

/* With --triage a table shows what it found. */
static const cli_sheet_kind *kind_of(const generate_options *o) {
    static cli_column shown[COLUMNS];
    static const cli_sheet_kind with = {.columns = shown, .n_columns = COLUMNS};
    if (!o->triage.triage) return &kind;
    memcpy(shown, columns, sizeof columns);
    shown[N_ALERTS].width = 8;
    shown[SA].width = shown[QED].width = 5;
    shown[NEAREST_TANIMOTO].width = 16;
    shown[CONTROL_LIST].width = 14;
    shown[NLL].width = shown[IN_TRAINING].width = shown[SIMILARITY].width = 0;
    return &with;
}

typedef struct run {
    const generate_options *o;
    generate_name *names; /* [rows.n] */
    cli_generator generator;
    cli_dictionary dictionary;
    mg_index *library;
    mg_rows rows; /* the sentences */
    cli_sheet sheet;
    cli_out out;
    cli_progress progress;
    cli_rejects rejects;
    cli_columns extra;
    generate_looks looks;
    int64_t flags;  /* of rows */
    int64_t before; /* draws of earlier blocks */
    int64_t drawn, invalid, duplicates, odd, unwanted, controlled, written, cut, few, told, strange,
        unmet;
} run;

static const cli_triage_columns triage_at = {CONTROL_LIST, ALERTS, N_ALERTS, QED, SA};

static void fill_prompt(const run *r, cli_cells *c, size_t number, const char *text) {
    cli_cells_clear(c);
    cli_cells_put(c, PROMPT_NUMBER, "%.0f",
                  (double)cli_row_number(&r->o->input, (int64_t)number + 1));
    c->at[PROMPT] = text;
    c->at[SEED] = c->text[SEED];
    snprintf(c->text[SEED], sizeof c->text[SEED], "%llu", (unsigned long long)r->o->drawing.o.seed);
}

static void fill_molecule(const run *r, cli_cells *c, const mg_generated *m,
                          const generate_near *near) {
    static const cli_molecule_columns at = {NLL,  VALID,  IN_TRAINING, SMILES,
                                            STOP, STATUS, ERROR,       CONTROL_LIST};
    cli_cells_molecule(c, &at, m);
    cli_cells_put(c, RANK, "%.0f", m->rank);
    if (!isnan(m->score)) cli_cells_put(c, SCORE, "%.6g", (double)m->score);
    if (m->index >= 0) cli_cells_put(c, DRAW, "%.0f", m->index);
    if (m->valid) c->at[COPY] = m->copy ? "true" : "false";
    if (!isnan(m->similarity)) cli_cells_put(c, SIMILARITY, "%.4g", (double)m->similarity);
    c->at[ODD] = m->odd ? m->odd : "";
    if (near->near.row < 0) return;
    c->at[NEAREST_ID] = mg_memory_label(&r->looks.known, near->near.row);
    c->at[NEAREST_SMILES] = mg_memory_smiles(&r->looks.known, near->near.row);
    cli_cells_put(c, NEAREST_COSINE, "%.6g", near->near.cosine);
    cli_cells_put(c, NEAREST_TANIMOTO, "%.6g", near->near.tanimoto);
}

/* What stands under a drawing, and an html card's small print. */
static void describe(const run *r, const cli_cells *c, const mg_generated *m, char legend[96],
                     mg_str *print) {
    snprintf(legend, 96, "%s%s%s%s%.60s", c->at[RANK], isnan(m->score) ? "" : "  ",
             isnan(m->score) ? "" : c->at[SCORE], *c->at[KNOWN_AS] ? "  " : "", c->at[KNOWN_AS]);
    if (m->source) mg_str_addf(print, "%s%s", print->n ? "; " : "", m->source);
    if (*c->at[KNOWN_AS])
        mg_str_addf(print, "%sknown as %s", print->n ? "; " : "", c->at[KNOWN_AS]);
    if (m->in_training >= 0)
        mg_str_addf(print, "%s%sin the training data", print->n ? "; " : "",
                    m->in_training ? "" : "not ");
    if (m->copy) mg_str_addf(print, "%sa copy of what draws started from", print->n ? "; " : "");
    if (!isnan(m->similarity))
        mg_str_addf(print, "%ssimilarity %s", print->n ? "; " : "", c->at[SIMILARITY]);
    if (m->odd) mg_str_addf(print, "%sodd: %s", print->n ? "; " : "", m->odd);
    if (m->limited)
        mg_str_addf(print, "%s%s", print->n ? "; " : "",
                    strcmp(c->at[STOP], "part") == 0 ? "a part of what was drawn"
                                                     : "ended by the length limit");
    if (m->repeats) mg_str_addf(print, "%sended because it repeated itself", print->n ? "; " : "");
    if (*c->at[NEAREST_COSINE])
        mg_str_addf(print, "%snearest in %s: %s (Tanimoto %.4s)", print->n ? "; " : "",
                    r->o->library ? r->o->library : "the memory",
                    *c->at[NEAREST_ID] ? c->at[NEAREST_ID] : c->at[NEAREST_SMILES],
                    c->at[NEAREST_TANIMOTO]);
}

/* The other columns of the sentence's row. */
static const char *const *extra_of(run *r, size_t number) {
    return r->extra.n ? cli_columns_at(&r->extra, &r->rows, number) : NULL;
}

/* Counts what lists name; the first few are said. */
static void say_flag(run *r, const char *smiles, const char *found) {
    if (mg_screen_flags(found) && r->flags++ < 3) cli_say(&r->o->common, "%s: %s", smiles, found);
}

/* prompt: the cells that all molecules of a sentence share. */
static void add_molecule(run *r, const cli_cells *prompt, size_t number, const mg_request *asked,
                         const mg_candidate *drawn, const generate_near *near) {
    const mg_generated *m = &drawn->shown;
    cli_cells c = *prompt;
    char legend[96], name[48];
    mg_str print = {0};
    say_flag(r, m->smiles, m->control_list);
    const double score = (double)m->score;
    /* the library's own name, then the memory's */
    const char *label = near->known.row >= 0 ? near->known.label : m->known_as;
    const bool stereo = near->known.row >= 0 ? near->known.stereo : m->known_stereo != 0;
    mg_str known = {0};
    mg_str_addf(&known, "%s%s", label ? label : "", label && stereo ? " (other stereo)" : "");
    c.at[KNOWN_AS] = known.s ? known.s : "";
    c.at[SOURCE] = m->source ? m->source : "";
    fill_molecule(r, &c, m, near);
    cli_cells_triage(&c, &triage_at, &near->triaged);
    mg_str fails = {0};
    if (asked && drawn->meets.of) {
        snprintf(c.text[MEETS], sizeof c.text[MEETS], "%d/%d", drawn->meets.met, drawn->meets.of);
        c.at[MEETS] = c.text[MEETS];
        mg_find_fails(asked, &drawn->meets, &fails);
        c.at[FAILS] = fails.s ? fails.s : "";
        if (fails.n) mg_str_addf(&print, "does not meet: %s", fails.s);
    }
    describe(r, &c, m, legend, &print);
    snprintf(name, sizeof name, "%zu-%d", number + 1, m->rank);
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = m->smiles,
                                              .mol = drawn->mol,
                                              .name = name,
                                              .valid = m->valid,
                                              .aside = !*m->smiles,
                                              .legend = legend,
                                              .text = print.s ? print.s : "",
                                              .score = isnan(score) ? NULL : &score,
                                              .extra = extra_of(r, number)});
    r->sheet.out.failed |= print.failed || known.failed || fails.failed;
    mg_str_free(&print);
    mg_str_free(&known);
    mg_str_free(&fails);
    r->written++;
}

/* The molecule that the sentence is a name of, before all draws; *shown: it is not left out. */
static int add_named(run *r, const cli_cells *prompt, size_t number, const mg_named *named,
                     bool *shown, molglot_error *err) {
    const mg_name_hit *hit = &named->hits.hit[0];
    cli_cells c = *prompt;
    char name[48];
    mg_str print = {0};
    cli_triaged triaged;
    const int code = cli_triage_molecule(&r->looks.triage, NULL, hit->smiles, NULL, &triaged, err);
    *shown = !code &&
             !(r->o->triage.screen == MOLGLOT_SCREEN_OMIT && mg_screen_flags(triaged.control_list));
    if (!*shown) {
        r->controlled += !code;
        cli_triaged_free(&triaged);
        return code;
    }
    say_flag(r, hit->smiles, triaged.control_list);
    mg_str_addf(&print, "known as %s (%s)", hit->name, named->from.s);
    cli_cells_triage(&c, &triage_at, &triaged);
    snprintf(name, sizeof name, "%zu-1", number + 1);
    cli_cells_put(&c, RANK, "%.0f", 1);
    c.at[VALID] = "true";
    c.at[KNOWN_AS] = hit->name;
    c.at[SOURCE] = named->from.s;
    c.at[SMILES] = hit->smiles;
    c.at[STATUS] = "ok";
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = hit->smiles,
                                              .name = name,
                                              .valid = true,
                                              .legend = hit->name,
                                              .text = print.s ? print.s : "",
                                              .extra = extra_of(r, number)});
    r->sheet.out.failed |= print.failed;
    mg_str_free(&print);
    cli_triaged_free(&triaged);
    r->written++;
    return MOLGLOT_OK;
}

/* What became of the draws. */
static void describe_draws(const run *r, const mg_answer *a, char *note, size_t size) {
    const mg_generate_options *o = &r->o->drawing.o;
    size_t n = (size_t)snprintf(note, size, "%d drawn: %d refused by RDKit, %d drawn before",
                                a->drawn, a->invalid, a->duplicates);
    if (a->odd)
        n += (size_t)snprintf(note + n, size - n, ", %d odd (--keep-odd shows them)", a->odd);
    if (a->unwanted)
        n += (size_t)snprintf(note + n, size - n, ", %d %s", a->unwanted,
                              o->keep && !o->like && !o->only_new   ? "without --keep's pattern"
                              : o->like && !o->keep && !o->only_new ? "the molecule itself"
                              : o->only_new && !o->like && !o->keep ? "known"
                                                                    : "unwanted");
    if (a->controlled)
        n += (size_t)snprintf(note + n, size - n, ", %d on control lists", a->controlled);
    if (a->offered)
        n += (size_t)snprintf(note + n, size - n, ", %d others beside them", a->offered);
    snprintf(note + n, size - n, ", %d shown%s", a->n,
             a->cut ? "; the end of the sentence was not read" : "");
}

/* Words of the sentence that neither the model knows nor a condition has used. */
static void add_unknown(run *r, const char *text, const mg_answer *a, char *note, size_t size) {
    mg_known_words words = {0};
    const char *rest = a->request && a->request->conditions ? a->request->left : text;
    if (!r->generator.ranked || !r->rows.n || !*rest ||
        mg_embed_words(r->generator.ranker.embedder, rest, &words, NULL))
        return;
    const size_t n = strlen(note);
    if (words.unknown) {
        const char *weak = words.weak ? " (the model guesses by their letters)" : "";
        snprintf(note + n, size - n, "; unknown words: %.100s%s", words.list, weak);
        if (r->strange++ < 3)
            cli_say(&r->o->common, "%.60s: unknown words: %.100s%s", text, words.list, weak);
    }
    mg_known_words_free(&words);
}

/* What the sentence asks, and how many meet it. */
static void add_understood(run *r, const char *text, const mg_answer *a, mg_str *note) {
    if (!a->request) return;
    mg_str_addz(note, "; ");
    mg_find_understood(a->request, note);
    mg_str_addf(note, "; %d of %d meet it", a->meeting, a->differ);
    if (!a->meeting && r->unmet++ < 3)
        cli_say(&r->o->common, "%.60s: none of %d molecules meets all that is asked", text,
                a->differ);
}

/* "name: aspirin = ... (PubChem)", before what became of the draws. */
static void describe_name(const generate_name *p, const char *draws, mg_str *note) {
    if (p) mg_named_say(&p->named, note);
    mg_str_addf(note, "%s%s%s", p ? "; " : "", p && p->drawn ? "behind it its analogues: " : "",
                draws);
}

/* The draws, behind the molecule of a name, if it is one. */
static int add_molecules(run *r, const cli_cells *prompt, size_t number, const generate_name *p,
                         mg_answer *a, const generate_near *near, molglot_error *err) {
    bool named = false;
    int code = p ? add_named(r, prompt, number, &p->named, &named, err) : MOLGLOT_OK, n = named;
    for (int i = 0; i < a->n && n < r->o->drawing.o.n && !code; i++) {
        mg_candidate *drawn = &a->candidates[i];
        if (p && drawn->shown.valid &&
            strcmp(drawn->shown.smiles, p->named.hits.hit[0].smiles) == 0)
            continue; /* it stands there already */
        drawn->shown.rank = ++n;
        add_molecule(r, prompt, number, a->request, drawn, &near[i]);
    }
    return code;
}

static int add_answer(run *r, size_t number, const char *text, mg_answer *a,
                      const generate_near *near, molglot_error *err) {
    cli_cells c;
    char note[320];
    const generate_name *p = r->names && r->names[number].named.hits.n ? &r->names[number] : NULL;
    mg_str said = {0};
    fill_prompt(r, &c, number, text);
    cli_cells_put(&c, DRAWN, "%.0f", a->drawn);
    cli_cells_put(&c, INVALID, "%.0f", a->invalid);
    cli_cells_put(&c, DUPLICATES, "%.0f", a->duplicates);
    cli_cells_put(&c, LEFT_OUT_ODD, "%.0f", a->odd);
    cli_cells_put(&c, LEFT_OUT_UNWANTED, "%.0f", a->unwanted);
    cli_cells_put(&c, LEFT_OUT_CONTROLLED, "%.0f", a->controlled);
    describe_draws(r, a, note, sizeof note);
    if (!p) add_unknown(r, text, a, note, sizeof note);
    describe_name(p, note, &said);
    if (a->n < r->o->drawing.o.n && r->few++ < 3)
        cli_say(&r->o->common, "%.60s: %d of %d molecules (%s)", text, a->n, r->o->drawing.o.n,
                note);
    add_understood(r, text, a, &said);
    if (a->request && !cli_sheet_has_notes(&r->sheet) && r->told++ < MOST_TOLD) {
        mg_str understood = {0};
        mg_find_understood(a->request, &understood);
        if (understood.s) cli_say(&r->o->common, "%.60s: %s", text, understood.s);
        mg_str_free(&understood);
    }
    cli_sheet_section(&r->sheet, &(cli_section){.heading = text, .note = said.s ? said.s : ""});
    const int code = add_molecules(r, &c, number, p, a, near, err);
    r->sheet.out.failed |= said.failed;
    mg_str_free(&said);
    r->drawn += a->drawn, r->invalid += a->invalid, r->duplicates += a->duplicates,
        r->cut += a->cut, r->odd += a->odd, r->unwanted += a->unwanted,
        r->controlled += a->controlled;
    return code;
}

static void add_rejected(run *r, size_t number, const char *text,
                         const molglot_row_status *status) {
    cli_cells c;
    fill_prompt(r, &c, number, text);
    c.at[STATUS] = "rejected";
    c.at[ERROR] = status->reason;
    cli_sheet_section(&r->sheet,
                      &(cli_section){.heading = text, .note = status->reason, .wrong = true});
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = "",
                                              .name = "",
                                              .text = "",
                                              .aside = true,
                                              .extra = extra_of(r, number)});
    cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input), (int64_t)number + 1, "",
               status);
}

/* ---- blocks of sentences ---- */

static int on_progress(void *user, int64_t done, int64_t total) {
    run *r = user;
    /* of the blocks that follow as much as of this one; a round more is known when it begins */
    const int64_t blocks = r->rows.n ? (int64_t)(r->rows.n + BLOCK - 1) / BLOCK : 1,
                  most = r->before + total > total * blocks ? r->before + total : total * blocks;
    if (most > r->progress.total) r->progress.total = most;
    if (cli_now() - r->progress.start > PATIENCE)
        cli_progress_update(&r->progress, r->before + done, "draws");
    return cli_interrupted;
}

/* The dictionary of names, but where only draws, only new molecules, or those like another one are
 * wanted. */
static int open_names(run *r, molglot_error *err) {
    const generate_options *o = r->o;
    r->names = calloc(r->rows.n + 1, sizeof *r->names);
    if (!r->names) return mg_no_memory(err, "%zu sentences", r->rows.n);
    if (o->no_names || o->as_text || o->drawing.o.like || o->drawing.o.only_new ||
        o->drawing.o.drawn_only || !r->rows.n)
        return MOLGLOT_OK;
    const int code = cli_dictionary_open(&r->dictionary, r->generator.bundle, &o->common, err);
    if (!code) mg_generator_names(r->generator.g, r->dictionary.d);
    return code;
}

/* All sentences, before anything is drawn. Of arguments one at least must be good. */
static int check_texts(run *r, molglot_error *err) {
    const mg_rows *rows = &r->rows;
    size_t good = 0;
    int code = open_names(r, err);
    mg_groups *groups = code || r->o->drawing.o.soft ? NULL : mg_groups_new(NULL, 0, err);
    if (!code && !groups && !r->o->drawing.o.soft) code = mg_code_of(err, MOLGLOT_FAILED);
    const generate_texts texts = {.names = r->dictionary.d,
                                  .embedder = r->generator.ranked ? r->generator.ranker.embedder
                                                                  : NULL,
                                  .keep = r->o->drawing.o.keep,
                                  .as_text = r->o->as_text,
                                  .groups = groups};
    for (size_t i = 0; i < rows->n && !code; i++) {
        if (generate_usable(rows->text[i], &rows->status[i]))
            code = generate_check_text(&texts, rows->text[i], &r->names[i], &rows->status[i], err);
        good += !code && rows->status[i].ok;
    }
    mg_groups_free(groups);
    if (!code && rows->n && !good && !r->o->input.file && !r->o->input.lines)
        return mg_fail(err, r->o->common.strict ? MOLGLOT_REJECTED : MOLGLOT_USAGE, "'%.80s': %s",
                       rows->text[0], rows->status[0].reason);
    return code;
}

typedef struct block { /* of texts */
    run *r;
    const char *const *texts; /* [n]; texts[0] NULL: no sentence */
    const molglot_row_status *status;
    size_t n, first, done;
    generate_near *near; /* [molecules of an answer] */
} block;

/* Rejected texts up to the next one that has an answer. */
static void add_rejected_ones(block *b) {
    for (; b->done < b->n && b->texts[b->done] && !b->status[b->done].ok; b->done++)
        add_rejected(b->r, b->first + b->done, b->texts[b->done], &b->status[b->done]);
}

static int take_answer(void *user, size_t number, mg_answer *a, molglot_error *err) {
    block *b = user;
    const char *like = b->r->o->drawing.o.like;
    (void)number; /* among those that are not rejected */
    add_rejected_ones(b);
    int code = generate_find_near(&b->r->looks, a, b->near, err);
    const char *text = b->texts[b->done] ? b->texts[b->done] : like ? like : "no sentence";
    if (!code) code = add_answer(b->r, b->first + b->done++, text, a, b->near, err);
    generate_near_free(b->near, (size_t)a->n);
    return code;
}

/* Draws for texts[n], or, texts NULL, for none; like: what the draws start from, or as asked. */
static int draw(block *b, const char *const *texts, size_t n, const char *like,
                molglot_error *err) {
    mg_generate_options o = b->r->o->drawing.o;
    o.on_progress = on_progress, o.user = b->r;
    if (like) o.like = like;
    return n ? mg_generate_each(b->r->generator.g, texts, n, &o, take_answer, b, err) : MOLGLOT_OK;
}

/* Analogues of the molecule that the text is a name of; where the writer cannot start from it,
 * draws for the text, if the model knows a word of it. */
static int draw_named(block *b, const char *const *text, generate_name *name, molglot_error *err) {
    add_rejected_ones(b);
    const size_t done = b->done;
    molglot_error own = {0};
    name->drawn = true;
    int code = draw(b, NULL, 1, name->named.hits.hit[0].smiles, &own);
    if (!code || code == MOLGLOT_INTERRUPTED || code == MOLGLOT_NO_MEMORY || b->done != done) {
        if (code && err) *err = own;
        return code;
    }
    name->drawn = false;
    return name->blind ? take_answer(b, 0, &(mg_answer){0}, err) : draw(b, text, 1, NULL, err);
}

/* texts[n] from number `first` on; text NULL: no sentence. */
static int do_block(run *r, const char *const *texts, molglot_row_status *status, size_t n,
                    size_t first, molglot_error *err) {
    const char *good[BLOCK];
    block b = {.r = r, .texts = texts, .status = status, .n = n, .first = first};
    size_t n_good = 0;
    b.near = calloc((size_t)r->o->drawing.o.n + 1, sizeof *b.near);
    if (!b.near) return mg_no_memory(err, "the output");
    int code = texts[0] ? MOLGLOT_OK : draw(&b, NULL, 1, NULL, err);
    for (size_t i = 0; i < n && texts[i] && !code; i++) {
        generate_name *name = &r->names[first + i];
        if (!status[i].ok) continue;
        if (!name->named.hits.n) {
            good[n_good++] = texts[i];
            continue;
        }
        code = draw(&b, good, n_good, NULL, err);
        n_good = 0;
        if (!code) code = draw_named(&b, &texts[i], name, err);
    }
    if (!code) code = draw(&b, good, n_good, NULL, err);
    if (!code) add_rejected_ones(&b);
    free(b.near);
    r->before = r->drawn;
    return !code ? cli_sheet_flush(&r->sheet, &r->out, err) : code;
}

static int do_texts(run *r, const char *const *texts, size_t n, molglot_row_status *status,
                    molglot_error *err) {
    int code = MOLGLOT_OK;
    cli_progress_start(&r->progress, &r->o->common, "generating", 0);
    for (size_t at = 0; at < n && !code; at += BLOCK)
        code = do_block(r, texts + at, status + at, n - at < BLOCK ? n - at : BLOCK, at, err);
    cli_progress_end(&r->progress);
    return code;
}

/* ---- the command ---- */

static int open_library(run *r, molglot_error *err) {
    if (!r->o->library) return MOLGLOT_OK;
    if (!r->generator.ranked)
        return mg_fail(err, MOLGLOT_USAGE, "--library needs the ranking model");
    if (!(r->library = mg_index_open(r->o->library, false, err))) return err->code;
    if (mg_index_side(r->library) != MG_SIDE_MOLECULE)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds texts, not molecules", r->o->library);
    return cli_check_index(r->library, &r->generator.ranker, err);
}

/* What molecules are held against. */
static int open_looks(run *r, molglot_error *err) {
    const generate_options *o = r->o;
    int code = cli_triage_open(&r->looks.triage, &o->triage, err);
    if (code) return code;
    if (r->looks.triage.screen) mg_generator_screen(r->generator.g, r->looks.triage.screen);
    r->looks.library = r->library;
    r->looks.threads = o->common.threads;
    r->looks.embedder = r->generator.ranked ? r->generator.ranker.embedder : NULL;
    r->looks.known = r->library ? (mg_memory){.index = r->library} : r->generator.memory;
    return MOLGLOT_OK;
}

static int generate(run *r, molglot_error *err) {
    const generate_options *o = r->o;
    int code = cli_input_load(&o->input, &r->rows, err);
    if (!code && r->rows.n) code = cli_columns_of_rows(&r->extra, &o->input, &r->rows, err);
    if (code) return code;
    const cli_sheet_head head = {.format = cli_format(o->format, o->output, "table"),
                                 .extra = r->extra.names,
                                 .n_extra = r->extra.n,
                                 .title = "Molglot: generated molecules",
                                 .footer =
                                     "Made by Molglot " MOLGLOT_VERSION
                                     ". Scores are cosines in a model's space: they rank, they are "
                                     "no probabilities. Nobody has made or tested these "
                                     "molecules."};
    code = cli_sheet_begin(&r->sheet, kind_of(o), &head, err);
    cli_generator_options how = o->drawing.generator;
    /* a direct writer has learnt nothing of molecules that nobody asked for */
    how.latent_first = o->unconditional;
    if (o->no_names && !how.names) how.names = "";
    if (!code) code = cli_generator_open(&r->generator, &o->common, &how, err);
    if (!code) code = check_texts(r, err);
    if (!code) code = open_library(r, err);
    if (!code) code = open_looks(r, err);
    if (!code) code = cli_out_open(&r->out, o->output, err);
    if (code) return code;
    if (o->drawing.o.candidates && o->drawing.o.candidates < o->drawing.o.n)
        cli_say(&o->common, "--candidates %d is less than -n %d: %d are drawn",
                o->drawing.o.candidates, o->drawing.o.n, o->drawing.o.n);
    const char *nothing = NULL;
    molglot_row_status none = {.ok = 1, .offset = -1};
    code = r->rows.n
               ? do_texts(r, (const char *const *)r->rows.text, r->rows.n, r->rows.status, err)
               : do_texts(r, &nothing, 1, &none, err);
    if (!code || code == MOLGLOT_INTERRUPTED) {
        int ended = cli_sheet_end(&r->sheet, &r->out, err);
        if (!ended) ended = cli_out_close(&r->out, err);
        if (ended) code = ended;
    }
    if (code && code != MOLGLOT_INTERRUPTED) cli_out_abort(&r->out);
    return code;
}

int cmd_generate(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_sampling_argp, 0, "Sampling:", 6},
                                                 {&cli_texts_argp, 0, "Input:", 5},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {&cli_screen_argp, 0, "Triage:", 7},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "[TEXT...]",
        "Writes molecules for each TEXT, as SMILES that RDKit has read, ranked by how well they "
        "fit it.\v"
        "Example:\n"
        "  molglot generate \"a monoterpenoid with a hydroxy group\" -n 8\n"
        "  molglot generate aspirin -n 4\n"
        "  molglot generate \"a cephalosporin antibiotic\" -n 16 --new --diversity 0.3 -o "
        "sheet.html\n"
        "  molglot generate --like 'CC(C)Cc1ccc(cc1)C(C)C(=O)O' --keep 'c1ccccc1CC(=O)O' -n 8\n"
        "  molglot index examples/library.tsv -o library.idx\n"
        "  molglot generate \"a purine alkaloid\" --memory library.idx -n 4\n"
        "  molglot generate - -n 4 -f jsonl < examples/requests.txt\n"
        "\n"
        "A TEXT that is a name in the dictionary (`molglot name`) has its molecule first, with its "
        "source.\n"
        "Draws start from the molecules of the memory that are nearest to the sentence. Those that "
        "RDKit refuses, that repeat another, that are odd or not wanted are counted; where too few "
        "are left, more are drawn, and it is said.",
        children,
        NULL,
        NULL};
    generate_options o = {.drawing = cli_sampling_default(),
                          .input = cli_input_default("TEXT", CLI_TEXTS)};
    o.input.questions = true;
    o.drawing.generator.rerank = CLI_CAN_RERANK;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    o.drawing.o.screen = o.triage.screen;
    molglot_error err = {0};
    run r = {.o = &o};
    cli_catch_interrupt();
    code = generate(&r, &err);
    if (!code || code == MOLGLOT_INTERRUPTED)
        cli_say(&o.common,
                "%lld drawn: %lld refused by RDKit, %lld drawn before, %lld odd, %lld unwanted, "
                "%lld written",
                (long long)r.drawn, (long long)r.invalid, (long long)r.duplicates, (long long)r.odd,
                (long long)r.unwanted, (long long)r.written);
    if (r.flags || r.controlled)
        cli_say(&o.common, "control lists (%s): %lld of %lld molecules flagged, %lld left out",
                mg_screen_lists(r.looks.triage.screen), (long long)r.flags, (long long)r.written,
                (long long)r.controlled);
    if (r.few > 3)
        cli_say(&o.common, "%lld sentences have fewer than %d molecules", (long long)r.few,
                o.drawing.o.n);
    if (r.cut)
        cli_say(&o.common,
                "%lld sentences are longer than the generator reads: their ends were left out",
                (long long)r.cut);
    if (!code)
        code = cli_rejects_end(&o.common, &r.rejects, (int64_t)r.rows.n);
    else if (code != MOLGLOT_INTERRUPTED)
        cli_fail(&err);
    cli_sheet_free(&r.sheet);
    cli_columns_free(&r.extra);
    for (size_t i = 0; i < r.rows.n && r.names; i++) mg_named_free(&r.names[i].named);
    free(r.names);
    cli_dictionary_close(&r.dictionary);
    mg_rows_free(&r.rows);
    cli_triage_close(&r.looks.triage);
    mg_index_close(r.library);
    cli_generator_close(&r.generator);
    return code;
}
