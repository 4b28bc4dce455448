/* molecule.c - generated molecules as rows of a sheet, and what a molecule is compared by. */
#include "app/cli/cli.h"
#include "chem/chem.h"

#include <math.h>

bool cli_fingerprint(const char *smiles, uint8_t bits[MG_CANDIDATE_BITS / 8]) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    const bool ok = m && !mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits, NULL);
    mg_mol_free(m);
    return ok;
}

void cli_cells_clear(cli_cells *c) {
    for (int i = 0; i < CLI_CELLS; i++) c->at[i] = "";
}

void cli_cells_put(cli_cells *c, int column, const char *format, double v) {
    snprintf(c->text[column], sizeof c->text[column], format, v);
    c->at[column] = isfinite(v) ? c->text[column] : ""; /* JSON knows no other numbers */
}

void cli_cells_molecule(cli_cells *c, const cli_molecule_columns *at, const mg_generated *m) {
    if (!isnan(m->nll)) cli_cells_put(c, at->nll, "%.6g", m->nll);
    c->at[at->valid] = m->valid ? "true" : "false";
    if (m->in_training >= 0) c->at[at->in_training] = m->in_training ? "true" : "false";
    c->at[at->smiles] = m->smiles;
    c->at[at->stop] = m->repeats                  ? "repeat"
                      : !m->limited               ? "end"
                      : m->valid && isnan(m->nll) ? "part"
                                                  : "length";
    c->at[at->status] = m->valid ? "ok" : "invalid";
    if (m->why) c->at[at->error] = m->why;
    if (m->control_list) c->at[at->control_list] = m->control_list;
}
