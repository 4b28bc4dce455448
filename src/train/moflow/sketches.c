/* sketches.c - a list of SMILES as MoFlow's bytes, made once and kept in the run folder.
 *
 *   molecules.bin   "MGSKETCH", SHA-256 of what it is made of, lines read and molecules (8 bytes
 *                   each), then slots + slots^2 bytes a molecule
 *
 * A molecule that the flow cannot hold is left out.
 */
#include "base/grow.h"
#include "data/table/table.h"
#include "train/moflow/inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAGIC = 8, DIGEST = 64, HEADER = MAGIC + DIGEST + 16, BLOCK = 4096, ROWS_MAX = 1 << 27 };
static const char magic[MAGIC + 1] = "MGSKETCH";

static size_t each(const train_sketches *s) { return (size_t)(s->slots + s->slots * s->slots); }

const uint8_t *train_sketch_types(const train_sketches *s, int64_t i) {
    return s->bytes + (size_t)i * each(s);
}

const uint8_t *train_sketch_bonds(const train_sketches *s, int64_t i) {
    return train_sketch_types(s, i) + s->slots;
}

void train_sketches_free(train_sketches *s) { free(s->bytes); }

void train_shuffle(int64_t *rows, int64_t n, mg_rng rng) {
    for (int64_t i = 1; i < n; i++) {
        const int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1), row = rows[i];
        rows[i] = rows[j];
        rows[j] = row;
    }
}

/* What the bytes follow from: the list, and how molecules become bytes. */
static int describe(train_sketches *s, const mg_moflow_config *c, const char *path, int64_t limit,
                    molglot_error *err) {
    char file[65];
    mg_str what = {0};
    int code = mg_sha256_file(path, file, err);
    mg_str_addf(&what, "%s %lld %s %d 1", file, (long long)limit, c->elements, c->slots);
    if (!code) return mg_sha256_str(&what, s->sha256, err);
    mg_str_free(&what);
    return code;
}

/* ---- the list ---- */

static int read_block(train_sketches *s, train_task *t, const mg_moflow_config *c, mg_rows *rows,
                      size_t *cap, molglot_error *err) {
    const size_t size = each(s);
    uint8_t *all = malloc(rows->n * size + 1);
    bool *good = calloc(rows->n + 1, sizeof *good);
    int code = all && good ? MOLGLOT_OK : mg_no_memory(err, "molecules");
    const int64_t n = (int64_t)rows->n;
#pragma omp parallel for schedule(dynamic, 16) num_threads(mg_threads(t->o->threads))
    for (int64_t i = 0; i < n; i++) {
        if (code || !rows->status[i].ok) continue;
        uint8_t *to = all + (size_t)i * size;
        mg_mol *mol = mg_mol_from_smiles(rows->smiles[i], NULL, NULL);
        good[i] = mol && mg_moflow_encode(c, mol, to, to + s->slots);
        mg_mol_free(mol);
    }
    for (int64_t i = 0; i < n && !code; i++) {
        if (!good[i]) continue;
        if (!mg_grow(&s->bytes, cap, ((size_t)s->n + 1) * size, 1))
            code = mg_no_memory(err, "molecules");
        else
            memcpy(s->bytes + (size_t)s->n++ * size, all + (size_t)i * size, size);
    }
    s->read += n;
    free(all);
    free(good);
    return code;
}

static int read_list(train_sketches *s, train_task *t, const mg_moflow_config *c, const char *path,
                     int64_t limit, molglot_error *err) {
    mg_table *table = mg_table_open(path, NULL, err);
    int code = table ? mg_chem_init(err) : mg_code_of(err, MOLGLOT_BAD_FILE);
    size_t cap = 0;
    for (bool more = true; more && !code && !t->stop;) {
        mg_rows rows = {0};
        const int64_t left = limit ? limit - s->read : BLOCK;
        code = mg_rows_next(&rows, table, false, (size_t)(left < BLOCK ? left : BLOCK), err);
        more = !code && rows.n > 0;
        if (more) code = read_block(s, t, c, &rows, &cap, err);
        mg_rows_free(&rows);
        if (more && s->read % (8 * BLOCK) == 0)
            train_tell(t, "%lld of %lld molecules can be held", (long long)s->n,
                       (long long)s->read);
    }
    mg_table_close(table);
    if (!code && t->stop) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    return code;
}

/* ---- the file ---- */

static int write_file(const train_sketches *s, const char *path, molglot_error *err) {
    mg_str out = {0};
    mg_str_add(&out, magic, MAGIC);
    mg_str_add(&out, s->sha256, DIGEST);
    mg_str_add(&out, &s->read, sizeof s->read);
    mg_str_add(&out, &s->n, sizeof s->n);
    mg_str_add(&out, s->bytes, (size_t)s->n * each(s));
    int code = out.failed ? mg_no_memory(err, "molecules")
                          : train_write_file(path, out.s, out.n, err);
    mg_str_free(&out);
    return code;
}

static int read_file(train_sketches *s, const char *path, bool *found, molglot_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    int64_t n = -1;
    *found = false;
    if (access(path, F_OK)) return MOLGLOT_OK;
    int code = mg_read_file(path, (size_t)1 << 36, &bytes, &size, err);
    if (!code && size >= HEADER && !memcmp(bytes, magic, MAGIC) &&
        !memcmp(bytes + MAGIC, s->sha256, DIGEST)) {
        memcpy(&s->read, bytes + MAGIC + DIGEST, sizeof s->read);
        memcpy(&n, bytes + MAGIC + DIGEST + 8, sizeof n);
        *found = n >= 0 && n < ROWS_MAX && (size_t)n * each(s) == size - HEADER;
    }
    if (*found) {
        s->n = n;
        if ((s->bytes = malloc((size_t)n * each(s) + 1)))
            memcpy(s->bytes, bytes + HEADER, (size_t)n * each(s));
        else
            code = mg_no_memory(err, "molecules");
    }
    free(bytes);
    return code;
}

int train_sketches_open(train_sketches *s, train_task *t, const mg_moflow_config *c,
                        const char *path, int64_t limit, molglot_error *err) {
    char kept[TRAIN_MAX_PATH];
    bool found = false;
    s->slots = c->slots;
    int code = describe(s, c, path, limit, err);
    if (!code) code = train_run_path(&t->c, "molecules.bin", kept, err);
    if (!code) code = read_file(s, kept, &found, err);
    if (code || found) return code;
    s->n = s->read = 0;
    code = read_list(s, t, c, path, limit, err);
    return code ? code : write_file(s, kept, err);
}
