/* write_names.c - molecules from stdin, SMILES and perhaps a parent behind a tab, and what
 * chem/nomenclature calls them: SMILES, name, phrase, microseconds. No dictionary, no model. */
#include "chem/nomenclature/nomenclature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    molglot_error err = {0};
    ssize_t n;
    int code = mg_chem_init(&err);
    while (!code && (n = getline(&line, &room, stdin)) >= 0) {
        char *name = NULL, *phrase = NULL;
        line[strcspn(line, "\r\n")] = 0;
        char *parent = strchr(line, '\t');
        if (parent) *parent++ = 0;
        mg_mol *m = mg_mol_from_smiles(line, NULL, NULL);
        const double begin = now();
        if (m) code = mg_name_write(m, parent, &name, &phrase, &err);
        printf("%s\t%s\t%s\t%.0f\n", line, name ? name : "", phrase ? phrase : "", now() - begin);
        free(name);
        free(phrase);
        mg_mol_free(m);
    }
    free(line);
    if (code) fprintf(stderr, "write_names: %s\n", err.message);
    return code || ferror(stdin) || fflush(stdout) ? 1 : 0;
}
