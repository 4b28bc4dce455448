/* doctor.h - inside `molglot doctor`. */
#ifndef MG_CMD_DOCTOR_H
#define MG_CMD_DOCTOR_H

#include "app/cli/cli.h"
#include "model/bundle/bundle.h"

/* Gives a part's probe to the device and to the readable kernels and prints by how much they
 * differ; MOLGLOT_FAILED where that is too much. A part without floating point passes. */
int doctor_numbers(mg_bundle *b, const cli_common *c, const char *part, molglot_error *err);

#endif
