/* fuzz_sdf.c - any bytes as an SDF: records, properties, and the molecules of records that look
 * whole.
 *
 * RDKit 2022.09 loses the half-made molecule when it throws inside a V3000 block
 * (MolDataStreamToMol): those leaks are its own.
 */
#include "data/data.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) { return "leak:libRDKit"; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mg_table_options o = {.format = "sdf", .header = -1, .max_row = size % 2 ? 600 : 0};
    mg_row row;
    const char *const *names;
    mg_table *t = mg_table_memory(data, size, &o, NULL);
    if (!t) return 0;
    int columns = mg_table_columns(t, &names);
    while (mg_table_next(t, &row, NULL) == 1) {
        if (row.n_fields != columns || (row.status.ok && (!row.molblock_n || !*row.smiles)))
            abort();
        for (int i = 0; i < row.n_fields; i++)
            if (mg_utf8_invalid(row.fields[i], strlen(row.fields[i])) >= 0) abort();
        if (mg_utf8_invalid(row.id, strlen(row.id)) >= 0) abort();
    }
    mg_table_close(t);
    if (mg_mol_live()) abort();
    return 0;
}
