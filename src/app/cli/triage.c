/* triage.c - what is looked at before a molecule is taken further: lists of controlled substances,
 * structural alerts, scores. */
#include "chem/triage/triage.h"

#include "app/cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_SCREEN = CLI_TRIAGE, OPT_LISTS, OPT_TRIAGE };

static const struct argp_option options[] = {
    {"screen", OPT_SCREEN, "flag|omit|off", 0,
     "Molecules that a list of controlled substances names, or that are near to one: flagged in "
     "the column control_list (default), left out, or not looked for (docs/triage.md)",
     0},
    {"control-list", OPT_LISTS, "FILE", 0,
     "A list of your own beside those that are built in (docs/triage.md says how it is written)",
     0},
    {"triage", OPT_TRIAGE, NULL, 0,
     "Columns alerts, n_alerts, qed, sa and the nearest known molecule (docs/triage.md)", 0},
    {0}};

static const struct argp_option given_options[] = {
    {"triage", OPT_TRIAGE, NULL, 0, "Columns control_list, alerts, n_alerts, sa (docs/triage.md)",
     0},
    {"control-list", OPT_LISTS, "FILE", 0,
     "With --triage: a list of your own beside those that are built in", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const names[] = {"flag", "omit", "off"};
    cli_triage_options *o = state->input;
    switch (key) {
    case OPT_SCREEN:
        cli_choice(state, "--screen", arg, names, MG_COUNT(names));
        o->screen = !strcmp(arg, "omit")  ? MOLGLOT_SCREEN_OMIT
                    : !strcmp(arg, "off") ? MOLGLOT_SCREEN_OFF
                                          : MOLGLOT_SCREEN_FLAG;
        return 0;
    case OPT_LISTS: o->lists = arg; return 0;
    case OPT_TRIAGE: o->triage = true; return 0;
    case ARGP_KEY_END:
        if (o->lists && o->screen == MOLGLOT_SCREEN_OFF)
            argp_error(state, "--control-list, or --screen off, not both");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_given(int key, char *arg, struct argp_state *state) {
    const cli_triage_options *o = state->input;
    if (key == ARGP_KEY_END && o->lists && !o->triage)
        argp_error(state, "--control-list goes with --triage");
    return parse(key, arg, state);
}

const struct argp cli_screen_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};
const struct argp cli_triage_argp = {given_options, parse_given, NULL, NULL, NULL, NULL, NULL};

static int open_screen(cli_triage *t, const char *lists, molglot_error *err) {
    enum { MOST = 16 << 20 };
    char *text = NULL;
    size_t n = 0;
    if (lists && mg_read_file(lists, MOST, &text, &n, err)) return mg_code_of(err, MOLGLOT_FAILED);
    t->screen = mg_screen_new(text, n, err);
    free(text);
    if (!t->screen && lists) mg_fail_prefix(err, "%s", lists);
    return t->screen ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

int cli_triage_open(cli_triage *t, const cli_triage_options *o, molglot_error *err) {
    molglot_error why = {0};
    int code = o->screen == MOLGLOT_SCREEN_OFF ? MOLGLOT_OK : open_screen(t, o->lists, &why);
    if (!code && o->triage && !(t->triager = mg_triager_new(&why)))
        code = mg_code_of(&why, MOLGLOT_FAILED);
    if (code && err) *err = why;
    return code;
}

void cli_triage_close(cli_triage *t) {
    mg_screen_free(t->screen);
    mg_triager_free(t->triager);
    *t = (cli_triage){0};
}

int cli_triage_molecule(cli_triage *t, const mg_mol *m, const char *smiles, const char *found,
                        cli_triaged *out, molglot_error *err) {
    molglot_row_status row;
    *out = (cli_triaged){0};
    mg_mol *own = m ? NULL : mg_mol_from_smiles(smiles, NULL, &row);
    if (!m && !own) return mg_fail(err, MOLGLOT_FAILED, "triage: %s", row.reason);
    if (own) m = own;
    int code = MOLGLOT_OK;
    if (found && !(out->control_list = strdup(found))) code = mg_no_memory(err, "a row");
    if (!code && !found && t->screen) code = mg_screen_mol(t->screen, m, &out->control_list, err);
    if (!code && t->triager) code = mg_triage_of(t->triager, m, &out->scores, err);
    out->scored = !code && t->triager;
    t->screened += !code && out->control_list;
    t->flagged += !code && mg_screen_flags(out->control_list);
    mg_mol_free(own);
    if (code) cli_triaged_free(out);
    return code;
}

void cli_triaged_free(cli_triaged *x) {
    mg_triage_free(&x->scores);
    free(x->control_list);
    *x = (cli_triaged){0};
}

void cli_cells_triage(cli_cells *c, const cli_triage_columns *at, const cli_triaged *x) {
    if (x->control_list) c->at[at->control_list] = x->control_list;
    if (!x->scored) return;
    c->at[at->alerts] = x->scores.alerts;
    cli_cells_put(c, at->n_alerts, "%.0f", x->scores.n_alerts);
    if (at->qed >= 0) cli_cells_put(c, at->qed, "%.3f", x->scores.qed);
    cli_cells_put(c, at->sa, "%.2f", x->scores.accessible);
}

void cli_triage_say(const cli_triage *t, mg_str *out) {
    if (!t->screen)
        mg_str_addz(out, "No list of controlled substances was looked at (--screen off).");
    else
        mg_str_addf(out,
                    "Control lists: %s. A match is no accusation, and no match no clearance: other "
                    "lists, laws and hazards are not looked at.",
                    mg_screen_lists(t->screen));
}
