/* read_phrases.c - texts for known molecules, and whether the names and phrases in them are read as
 * these: the share that is built, and how much of it is right, as search and generate read them
 * (mg_named_query). No space is asked.
 *
 *   read_phrases DICTIONARY.safetensors|- <ROWS.tsv >FATES.tsv      rows: id, SMILES, text; a
 * header is skipped; "-": no dictionary
 *
 * A fate is: id, right | flat (right but for stereo) | wrong | none, the words that were read, the
 * SMILES that was wanted, the one that was read, the text. Sums stand on stderr. The figures of
 * docs/names.md, "A chemist's words", are of it.
 */
#include "model/bundle/bundle.h"
#include "model/names/names.h"
#include "search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE, RIGHT, FLAT, WRONG, FATES };
static const char *const FATE[FATES] = {"none", "right", "flat", "wrong"};

/* The fate of the best structure. */
static int fate_of(const mg_name_hits *hits, const mg_mol *wanted) {
    mg_mol *got = hits->n ? mg_mol_from_smiles(hits->hit[0].smiles, NULL, NULL) : NULL;
    uint64_t key, flat, own, own_flat;
    if (!got) return NONE;
    mg_molecule_key(wanted, &key, &flat);
    mg_molecule_key(got, &own, &own_flat);
    mg_mol_free(got);
    return own == key ? RIGHT : own_flat == flat ? FLAT : WRONG;
}

/* One row; *fate -1: it is none (a header, a SMILES that cannot be read). */
static int read_row(const mg_groups *groups, const mg_dictionary *d, char *line, int *fate,
                    molglot_error *err) {
    char *rest = line, *id = strsep(&rest, "\t"), *smiles = strsep(&rest, "\t"),
         *text = strsep(&rest, "\t");
    mg_mol *wanted = text ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    *fate = -1;
    if (!wanted) return MOLGLOT_OK;
    mg_named named = {0};
    mg_str note = {0};
    int code = mg_named_query(groups, d, text, &named, &note, err);
    if (!code) {
        const mg_name_hit *best = named.hits.n ? named.hits.hit : NULL;
        *fate = fate_of(&named.hits, wanted);
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", id, FATE[*fate], best ? best->name : "", smiles,
               best ? best->smiles : "", text);
    }
    mg_named_free(&named);
    mg_str_free(&note);
    mg_mol_free(wanted);
    return code;
}

int main(int argc, char **argv) {
    molglot_error err = {0};
    if (argc != 2) {
        fputs("read_phrases DICTIONARY.safetensors|- <ROWS.tsv\n", stderr);
        return 2;
    }
    const bool listed = strcmp(argv[1], "-") != 0;
    int code = mg_chem_init(&err);
    mg_bundle *bundle = listed && !code ? mg_bundle_open(argv[1], &err) : NULL;
    const mg_dictionary *d = bundle ? mg_bundle_names(bundle, &err) : NULL;
    mg_groups *groups = code || (listed && !d) ? NULL : mg_groups_new(NULL, 0, &err);
    long sums[FATES] = {0};
    char *line = NULL;
    size_t room = 0;
    while (groups && !code && getline(&line, &room, stdin) >= 0) {
        int fate;
        line[strcspn(line, "\r\n")] = 0;
        code = read_row(groups, d, line, &fate, &err);
        if (fate >= 0) sums[fate]++;
    }
    free(line);
    mg_groups_free(groups);
    mg_bundle_close(bundle);
    if (!groups || code) {
        fprintf(stderr, "read_phrases: %s\n", err.message);
        return 1;
    }
    fprintf(stderr, "%ld right, %ld right but for stereo, %ld wrong, %ld not read\n", sums[RIGHT],
            sums[FLAT], sums[WRONG], sums[NONE]);
    return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
