/* names_table.h - for tests: a table of names and what they are read as. */
#ifndef MG_TESTS_NAMES_TABLE_H
#define MG_TESTS_NAMES_TABLE_H

#include "../must.h"
#include "chem/nomenclature/nomenclature.h"

/* Every name of tests/chem/FILE (columns name and canonical SMILES, empty for one that is refused)
 * is read as it says; so many are read and refused, no more and no fewer. */
static inline void must_read_table(const char *file, int all_read, int all_refused) {
    char path[400], *data = NULL, *rest = NULL;
    size_t size;
    int bad = 0, read = 0, refused = 0;
    snprintf(path, sizeof path, "%s/tests/chem/%s", MG_SOURCE_DIR, file);
    assert_int_equal(mg_read_file(path, 1 << 20, &data, &size, NULL), 0);
    strtok_r(data, "\n", &rest); /* the header */
    for (char *line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        molglot_error err = {0};
        char *want = strchr(line, '\t'), *smiles = NULL;
        assert_non_null(want);
        *want++ = 0;
        must(mg_name_read(line, &smiles, &err), &err);
        if (strcmp(want, smiles ? smiles : "") != 0) {
            bad++;
            print_message("%s\n   is   %s\n   want %s\n", line, smiles ? smiles : "", want);
        }
        read += *want != 0, refused += *want == 0;
        free(smiles);
    }
    free(data);
    assert_int_equal(bad, 0);
    assert_int_equal(read, all_read);
    assert_int_equal(refused, all_refused);
}

#endif
