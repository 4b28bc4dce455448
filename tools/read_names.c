/* read_names.c - systematic names from stdin, one a line, and what chem/nomenclature reads: NAME, a
 * tab, SMILES or nothing. No dictionary, no model: bench/names.sh measures with it. */
#include "chem/nomenclature/nomenclature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *line = NULL;
    size_t room = 0;
    molglot_error err = {0};
    ssize_t n;
    int code = mg_chem_init(&err);
    while (!code && (n = getline(&line, &room, stdin)) >= 0) {
        char *smiles = NULL;
        line[strcspn(line, "\r\n")] = 0;
        code = mg_name_read(line, &smiles, &err);
        printf("%s\t%s\n", line, smiles ? smiles : "");
        free(smiles);
    }
    free(line);
    if (code) fprintf(stderr, "read_names: %s\n", err.message);
    return code || ferror(stdin) || fflush(stdout) ? 1 : 0;
}
