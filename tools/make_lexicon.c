/* make_lexicon.c - makes the part `lexicon` of a model out of pairs of molecules and texts.
 *
 *   make_lexicon OUT.safetensors NOT LEAST MOST_ROWS PAIRS...
 *
 * NOT: a table whose molecules, and their stereoisomers, are left out: those that it will be
 * measured on.
 * LEAST: pairs that a piece of a word, or a surrounding of an atom, must have. MOST_ROWS: of each
 * table; which ones, a hash of the row says. docs/models/lexicon.md has the command that made the
 * shipped one.
 */
#include "data/table/table.h"
#include "model/bundle/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int code, const molglot_error *err) {
    if (!code) return;
    fprintf(stderr, "make_lexicon: %s\n", err->message);
    exit(code);
}

static void say(void *user, int round, double loglik) {
    (void)user;
    printf("round %d: %.4f\n", round, loglik);
    fflush(stdout);
}

/* How many rows a table has. */
static int64_t count_rows(const char *path) {
    molglot_error err = {0};
    mg_table *t = mg_table_open(path, NULL, &err);
    mg_row row;
    int64_t n = 0;
    if (!t) check(err.code, &err);
    while (mg_table_next(t, &row, &err) > 0) n++;
    mg_table_close(t);
    return n;
}

/* The molecules of a table as canonical SMILES without stereo. */
static void read_not(const char *path, mg_names *not_these) {
    molglot_error err = {0};
    mg_table *t = mg_table_open(path, NULL, &err);
    mg_row row;
    char last[4096] = "";
    if (!t) check(err.code, &err);
    while (mg_table_next(t, &row, &err) > 0) {
        if (!strcmp(last, row.smiles)) continue;
        snprintf(last, sizeof last, "%s", row.smiles);
        mg_mol *m = mg_mol_from_smiles(row.smiles, NULL, NULL);
        char *plain = m ? mg_mol_smiles(m, false) : NULL;
        mg_slot *slot = plain ? mg_names_copy(not_these, plain, strlen(plain)) : NULL;
        if (slot) slot->value = 0;
        free(plain);
        mg_mol_free(m);
    }
    mg_table_close(t);
    printf("%s: %zu molecules are left out\n", path, not_these->n);
}

static bool is_one_of(const mg_names *list, const mg_mol *m) {
    char *plain = mg_mol_smiles(m, false);
    const bool found = plain && mg_names_find(list, plain) >= 0;
    free(plain);
    return found;
}

static void add_table(mg_lexicon_maker *k, const char *path, int64_t most,
                      const mg_names *not_these) {
    molglot_error err = {0};
    const int64_t rows = count_rows(path);
    mg_table *t = mg_table_open(path, NULL, &err);
    mg_row row;
    int64_t n = 0;
    if (!t) check(err.code, &err);
    while (mg_table_next(t, &row, &err) > 0) {
        molglot_row_status status;
        const uint64_t hash = mg_hash64(row.smiles, row.smiles_n, 0) ^
                              mg_hash64(row.text, row.text_n, 1);
        if ((double)(hash >> 11) * 0x1p-53 >= (double)most / (double)rows) continue;
        mg_mol *m = row.status.ok && row.text_n ? mg_mol_from_smiles(row.smiles, NULL, &status)
                                                : NULL;
        if (!m || is_one_of(not_these, m)) {
            mg_mol_free(m);
            continue;
        }
        check(mg_lexicon_maker_add(k, m, row.text, &err), &err);
        mg_mol_free(m);
        n++;
    }
    mg_table_close(t);
    printf("%s: %lld of %lld rows\n", path, (long long)n, (long long)rows);
    fflush(stdout);
}

int main(int argc, char **argv) {
    molglot_error err = {0};
    if (argc < 6) {
        fputs("make_lexicon OUT.safetensors NOT LEAST MOST_ROWS PAIRS...\n", stderr);
        return MOLGLOT_USAGE;
    }
    check(mg_chem_init(&err), &err);
    mg_lexicon_maker *k = mg_lexicon_maker_new(&err);
    if (!k) check(err.code, &err);
    mg_str made_of = {0};
    mg_names not_these = {0};
    read_not(argv[2], &not_these);
    for (int i = 5; i < argc; i++) {
        char hash[65];
        check(mg_sha256_file(argv[i], hash, &err), &err);
        mg_str_addf(&made_of, "%s%s", i > 5 ? ", " : "", hash);
        add_table(k, argv[i], strtoll(argv[4], NULL, 10), &not_these);
    }
    mg_lexicon_options o = mg_lexicon_options_default();
    o.least_piece = o.least_around = atoi(argv[3]);
    mg_lexicon_contents c;
    check(mg_lexicon_maker_count(k, &o, say, NULL, &c, &err), &err);
    printf("%d pieces, %d surroundings, %d entries\n", c.pieces, c.surroundings, c.entries);
    const char *const metadata[] = {
        "name",
        "lexicon",
        "licence",
        "CC-BY-4.0",
        "description",
        "which pieces of words speak of which surroundings of atoms, counted",
        "molglot.made_of",
        made_of.s,
        NULL};
    c.metadata = metadata;
    check(mg_lexicon_part_save(argv[1], &c, &err), &err);
    mg_lexicon_maker_free(k);
    mg_str_free(&made_of);
    mg_names_free(&not_these);
    return 0;
}
