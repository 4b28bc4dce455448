/* test_chem.h - what the tests of the chem room share. */
#ifndef MG_TEST_CHEM_H
#define MG_TEST_CHEM_H

#include "chem/mol.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline int start_chemistry(void **state) {
    (void)state;
    return mg_chem_init(NULL);
}

/* Group teardown: every molecule that a test made was freed. */
static inline int check_no_living_molecules(void **state) {
    (void)state;
    return mg_mol_live() == 0 ? 0 : -1;
}

static inline mg_mol *read_mol(const char *smiles) {
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    if (!m) fail_msg("%s: %s at %d", smiles, row.reason, (int)row.offset);
    assert_int_equal(row.ok, 1);
    return m;
}

#endif
