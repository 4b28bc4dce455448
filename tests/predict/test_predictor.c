/* test_predictor.c - a head's file, saved and opened; rows in blocks, refused ones among them,
 * against the same numbers by hand; what inputs hold of a molecule; heads that cannot be used. */
#include "../must.h"
#include "../one_part.h"
#include "chem/features/features.h"
#include "predict/predict.h"

#include <math.h>
#include <stdint.h>
#include <unistd.h>

enum { TASKS = 2, KNOWN = 3, BITS = 32 };
static const char *const known[KNOWN] = {"CCO", "c1ccccc1C(=O)O", "CCCCN"},
                         *const task_names[TASKS] = {"first", "second"},
                         *const group_names[] = {"carboxylic acid", "no such group", "alcohol"},
                         *const number_names[] = {"heavy atoms", "weight"};
static char path[] = "/tmp/molglot-predictor-XXXXXX";

static int make_file(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static mg_heads_config config(mg_heads_task task) {
    mg_heads_config c = mg_heads_config_default();
    strcpy(c.name, "small");
    strcpy(c.channels, "fingerprint,descriptors");
    c.task = task, c.tasks = TASKS, c.members = 2, c.hidden = 5, c.bits = BITS;
    c.groups = 3, c.numbers = 2, c.graph_layers = 0;
    return c;
}

/* A head of random numbers; calibration, means and scales that are not 0 and 1. */
static mg_heads *make_heads(mg_params **p, const mg_heads_config *c) {
    molglot_error err = {0};
    mg_rng rng = {.seed = 11};
    *p = mg_params_new();
    mg_heads *m = must_have(mg_heads_new(*p, c), &err);
    must(mg_params_build(*p, (mg_build_options){.seed = 1}, &err), &err);
    for (size_t i = 0; i < mg_params_count(*p); i++) {
        mg_tensor *t = mg_params_at(*p, i, NULL, NULL);
        for (int64_t k = 0; k < mg_tensor_count(t); k++)
            mg_f32(t)[k] = (float)(0.4 * mg_rng_normal(&rng));
    }
    for (int k = 0; k < TASKS; k++) {
        mg_f32(m->a)[k] = 1.5F + (float)k, mg_f32(m->b)[k] = 0.25F * (float)(k + 1);
        mg_f32(m->task_mean)[k] = 3 - (float)k, mg_f32(m->task_scale)[k] = 2 + (float)k;
    }
    for (int k = 0; m->mean && k < mg_heads_dense(c); k++) {
        mg_f32(m->mean)[k] = 1 + (float)k;
        mg_f32(m->scale)[k] = 0.5F;
    }
    return m;
}

static int save(const mg_params *p, const mg_heads *m, const char *space, molglot_error *err) {
    mg_inputs_reader r;
    mg_inputs in;
    mg_heads_config plain = m->c;
    plain.space = 0;
    must(mg_inputs_reader_open(&r, &plain, group_names, number_names, NULL, NULL, 1, err), err);
    must(mg_inputs_read(&r, known, KNOWN, &in, err), err);
    const mg_heads_contents c = {.params = p,
                                 .heads = m,
                                 .tasks = task_names,
                                 .groups = group_names,
                                 .numbers = number_names,
                                 .n_known = KNOWN,
                                 .bits = in.bits,
                                 .smiles = known,
                                 .threshold = 0.375F,
                                 .space = space,
                                 .store_as = "F32"};
    const int code = mg_heads_part_save(path, &c, err);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
    return code;
}

/* More rows than a block, each known from one of a few; every second one in seven refused. */
static void rows_in_blocks_are_the_rows_by_hand(void **state) {
    (void)state;
    static const char *const few[] = {"CCO", "no molecule", "c1ccccc1C(=O)O", NULL, "OCCN",
                                      "",    "CC(O)CC(=O)O"};
    enum { FEW = MG_COUNT(few), ROWS = 1030 };
    const char *smiles[ROWS];
    for (int i = 0; i < ROWS; i++) smiles[i] = few[i % FEW];
    for (int task = MG_HEADS_CLASSES; task <= (int)MG_HEADS_NUMBERS; task++) {
        molglot_error err = {0};
        mg_params *p;
        const mg_heads_config c = config((mg_heads_task)task);
        mg_heads *m = make_heads(&p, &c);
        must(save(p, m, NULL, &err), &err);
        mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
        const mg_heads_part *part = must_have(mg_bundle_heads(b, &err), &err);
        assert_int_equal(part->n_known, KNOWN);
        assert_true(part->threshold == 0.375F);
        assert_null(part->space);
        for (int i = 0; i < KNOWN; i++) assert_string_equal(part->smiles[i], known[i]);
        for (int i = 0; i < TASKS; i++) assert_string_equal(part->tasks[i], task_names[i]);
        for (int i = 0; i < 3; i++) assert_string_equal(part->groups[i], group_names[i]);
        for (int i = 0; i < 2; i++) assert_string_equal(part->numbers[i], number_names[i]);

        /* by hand: the few as one batch of the head that was saved */
        mg_inputs_reader r;
        mg_inputs in;
        mg_arena arena;
        mg_heads_batch batch;
        float value[FEW * TASKS], spread[FEW * TASKS];
        must(mg_arena_init(&arena, 1 << 24, &err), &err);
        must(mg_inputs_reader_open(&r, &c, group_names, number_names, NULL, NULL, 1, &err), &err);
        must(mg_inputs_read(&r, few, FEW, &in, &err), &err);
        must(mg_inputs_batch(&in, &c, NULL, FEW, m->mean->data, m->scale->data, 1, 0, &arena,
                             &batch, &err),
             &err);
        mg_tape *t = must_have(mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err), &err);
        must(mg_params_attach(p, t, &err), &err);
        must(mg_heads_ask(t, m, &batch, value, spread, &err), &err);
        mg_heads_calibrate(m, FEW, value, spread);
        int32_t nearest[FEW];
        double similarity[FEW] = {0};
        for (int f = 0; f < FEW; f++) {
            nearest[f] = -1;
            for (int k = 0; k < KNOWN && in.status[f].ok; k++) {
                int both = 0, any = 0;
                for (int bit = 0; bit < MG_DOMAIN_BITS; bit++) {
                    const int x = in.bits[f * MG_DOMAIN_BYTES + bit / 8] >> bit % 8 & 1,
                              y = part->bits[k * MG_DOMAIN_BYTES + bit / 8] >> bit % 8 & 1;
                    both += x & y, any += x | y;
                }
                const double likeness = (double)both / any;
                if (nearest[f] < 0 || likeness > similarity[f])
                    nearest[f] = k, similarity[f] = likeness;
            }
        }
        assert_true(nearest[0] == 0 && nearest[2] == 1 && nearest[4] >= 0);

        for (int threads = 1; threads <= 2; threads++) {
            const mg_predictor_options o = {.threads = threads};
            mg_predictor *own = must_have(mg_predictor_new(part, &o, &err), &err);
            static const size_t sizes[] = {ROWS, 512, 513, 1, 0};
            for (size_t s = 0; s < MG_COUNT(sizes); s++) {
                mg_prediction out;
                must(mg_predict_smiles(own, smiles, sizes[s], &out, &err), &err);
                assert_true(out.n == sizes[s] && out.tasks == TASKS);
                for (size_t i = 0; i < out.n; i++) {
                    const size_t f = i % FEW;
                    assert_int_equal(out.status[i].ok, f % 2 == 0);
                    assert_int_equal(out.nearest[i], nearest[f]);
                    assert_true((out.similarity[i] == 1) == (f == 0 || f == 2));
                    assert_true(fabs((double)out.similarity[i] - similarity[f]) < 1e-6);
                    for (size_t k = 0; k < TASKS && f % 2 == 0; k++) {
                        assert_true(fabsf(out.values[i * TASKS + k] - value[f * TASKS + k]) <
                                    1e-5F);
                        assert_true(fabsf(out.spread[i * TASKS + k] - spread[f * TASKS + k]) <
                                    1e-5F);
                    }
                }
                mg_prediction_free(&out);
                assert_null(out.values);
            }
            mg_predictor_free(own);
        }
        mg_tape_free(t);
        mg_inputs_free(&in);
        mg_inputs_reader_close(&r);
        mg_arena_free(&arena);
        mg_bundle_close(b);
        mg_heads_free(m);
        mg_params_free(p);
    }
}

/* A row whose answer is no finite number is refused with the task's name, the others stay. */
static void answers_that_are_no_numbers_are_refused(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "c1ccccc1"};
    for (int k = 0; k < TASKS; k++) {
        molglot_error err = {0};
        mg_params *p;
        const mg_heads_config c = config(MG_HEADS_NUMBERS);
        mg_heads *m = make_heads(&p, &c);
        mg_f32(m->b)[k] = -1e9F; /* the root of less than nothing */
        must(save(p, m, NULL, &err), &err);
        mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
        const mg_heads_part *part = must_have(mg_bundle_heads(b, &err), &err);
        mg_predictor *own =
            must_have(mg_predictor_new(part, &(mg_predictor_options){.threads = 1}, &err), &err);
        mg_prediction out;
        must(mg_predict_smiles(own, smiles, 2, &out, &err), &err);
        for (int i = 0; i < 2; i++) {
            assert_false(out.status[i].ok);
            assert_non_null(strstr(out.status[i].reason, "no finite number"));
            assert_non_null(strstr(out.status[i].reason, task_names[k]));
            assert_int_equal(out.nearest[i], -1);
        }
        mg_prediction_free(&out);
        mg_predictor_free(own);
        mg_bundle_close(b);
        mg_heads_free(m);
        mg_params_free(p);
    }
}

/* A tensor that is no parameter of the head: another configuration's. */
static void strays_are_refused(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p;
    const mg_heads_config c = config(MG_HEADS_NUMBERS);
    mg_heads *m = make_heads(&p, &c);
    char out[64];
    snprintf(out, sizeof out, "%s.stray", path);
    must(save(p, m, NULL, &err), &err);
    for (int stray = 0; stray < 2; stray++) {
        must(copy_with_stray(path, out, stray ? "member.9.out" : "known.more", &err), &err);
        mg_bundle *b = must_have(mg_bundle_open(out, &err), &err);
        assert_int_equal(mg_bundle_heads(b, &err) == NULL, stray);
        if (stray) must_say(&err, MOLGLOT_BAD_FILE, "member.9.out belongs to no parameter");
        mg_bundle_close(b);
    }
    unlink(out);
    mg_heads_free(m);
    mg_params_free(p);
}

static void a_space_that_is_read_must_be_there(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p;
    mg_heads_config c = config(MG_HEADS_CLASSES);
    strcpy(c.channels, "fingerprint,descriptors,space");
    c.space = 4;
    mg_heads *m = make_heads(&p, &c);
    must(save(p, m, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", &err),
         &err);
    mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
    const mg_heads_part *part = must_have(mg_bundle_heads(b, &err), &err);
    assert_non_null(part->space);
    mg_predictor_options o = {.threads = 1};
    assert_null(mg_predictor_new(part, &o, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "give the model with it");
    o.space = b; /* a bundle, but no space in it */
    assert_null(mg_predictor_new(part, &o, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "give the model with it");
    /* another space than the head's */
    mg_bundle *other = must_have(mg_bundle_open(MG_SOURCE_DIR "/models/space.safetensors", &err),
                                 &err);
    o.space = other;
    assert_null(mg_predictor_new(part, &o, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "another space");
    /* the reader, asked for another width than the space's, and for none */
    mg_inputs_reader r;
    assert_int_equal(mg_inputs_reader_open(&r, &c, group_names, number_names, NULL, NULL, 1, &err),
                     MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "none is there");
    const mg_space_part *space = must_have(mg_bundle_space(other, &err), &err);
    assert_int_equal(mg_inputs_reader_open(&r, &c, group_names, number_names, space, NULL, 1, &err),
                     MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "of 4 columns");
    mg_bundle_close(other);
    mg_bundle_close(b);
    mg_heads_free(m);
    mg_params_free(p);
}

/* The vectors of a space stand behind the numbers, row by row; a refused row has none. */
static void the_space_stands_behind_the_numbers(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "bad", "c1ccccc1", NULL, "CCO"};
    enum { N = MG_COUNT(smiles) };
    molglot_error err = {0};
    mg_bundle *b = must_have(mg_bundle_open(MG_SOURCE_DIR "/models/space.safetensors", &err), &err);
    const mg_space_part *space = must_have(mg_bundle_space(b, &err), &err);
    mg_embedder *e = must_have(mg_embedder_new(space, (mg_embed_options){.threads = 1}, &err),
                               &err);
    const int dim = mg_embedder_dim(e);
    mg_heads_config c = config(MG_HEADS_CLASSES);
    c.space = dim;
    mg_inputs_reader r;
    mg_inputs in;
    must(mg_inputs_reader_open(&r, &c, group_names, number_names, space, NULL, 1, &err), &err);
    must(mg_inputs_read(&r, smiles, N, &in, &err), &err);
    float *vectors = must_alloc(2 * dim, sizeof *vectors);
    molglot_row_status status[2];
    static const char *const two[] = {"CCO", "c1ccccc1"};
    must(mg_embed_smiles(e, two, 2, vectors, status, &err), &err);
    for (int i = 0; i < N; i++) {
        const float *row = in.dense + i * (2 + dim), *want = vectors + (i == 2) * dim;
        assert_int_equal(in.status[i].ok, i % 2 == 0);
        if (i % 2 == 0) assert_true(fabs(expm1((double)row[0]) - (i == 2 ? 6 : 3)) < 1e-4);
        double square = 0;
        for (int k = 0; k < dim; k++) {
            square += (double)row[2 + k] * (double)row[2 + k];
            if (i % 2 == 0) assert_true(fabsf(row[2 + k] - want[k]) < 1e-5F);
        }
        assert_true(fabs(square - (i % 2 == 0)) < 1e-3);
    }
    free(vectors);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
    mg_embedder_free(e);
    mg_bundle_close(b);
}

/* Sparse columns: log(1 + count), counts of features that fold together added; groups by their
 * names behind the bits; domain bits of m2 whatever the fingerprint's families are. */
static void sparse_columns_are_counted(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        int acids, alcohols;
    } cases[] = {{"OC(=O)CC(=O)O", 2, 0}, {"OCCO", 0, 2}, {"CC(O)CC(=O)O", 1, 1}, {"CCCC", 0, 0}};
    static const struct {
        const char *families;
        int bits;
    } kinds[] = {{"m2", 32}, {"m2", 1}, {"m1", 32}, {"m3", 7}, {"m2", 4096}};
    molglot_error err = {0};
    for (size_t k = 0; k < MG_COUNT(kinds); k++) {
        mg_heads_config c = config(MG_HEADS_CLASSES);
        mg_inputs_reader r;
        strcpy(c.families, kinds[k].families);
        c.bits = kinds[k].bits;
        must(mg_inputs_reader_open(&r, &c, group_names, number_names, NULL, NULL, 1, &err), &err);
        for (size_t i = 0; i < MG_COUNT(cases); i++) {
            mg_inputs in;
            must(mg_inputs_read(&r, &cases[i].smiles, 1, &in, &err), &err);
            double *want = must_alloc(c.bits + 3, sizeof *want);
            uint8_t bits[MG_DOMAIN_BYTES] = {0};
            mg_feature *f;
            size_t n;
            mg_mol *mol = mg_mol_from_smiles(cases[i].smiles, NULL, NULL);
            must(mg_mol_features(mol, c.families, &f, &n, &err), &err);
            for (size_t j = 0; j < n; j++) want[f[j].hash % (uint32_t)c.bits] += (double)f[j].count;
            free(f);
            must(mg_mol_features(mol, "m2", &f, &n, &err), &err);
            for (size_t j = 0; j < n; j++) {
                const uint32_t bit = f[j].hash % MG_DOMAIN_BITS;
                bits[bit / 8] = (uint8_t)(bits[bit / 8] | 1 << bit % 8);
            }
            free(f);
            mg_mol_free(mol);
            want[c.bits] = cases[i].acids, want[c.bits + 2] = cases[i].alcohols;
            const mg_molecule_input *row = &in.rows[0];
            int32_t at = 0;
            for (int32_t column = 0; column < c.bits + 3; column++) {
                if (!(want[column] > 0)) continue;
                assert_true(at < row->n);
                assert_int_equal(row->ids[at], column);
                assert_true(fabs((double)row->weights[at] - log1p(want[column])) < 1e-5);
                at++;
            }
            assert_int_equal(at, row->n);
            assert_memory_equal(in.bits, bits, sizeof bits);
            free(want);
            mg_inputs_free(&in);
        }
        mg_inputs_reader_close(&r);
    }
}

/* Graphs packed: each atom's edges are those that come in, values stand in one table of all
 * columns. */
static void graphs_are_packed(void **state) {
    (void)state;
    static const char *const smiles[] = {"CC(=O)N", "[Na+]", "C1CC1O"};
    static const int64_t rows[] = {2, 0, 1, 0};
    molglot_error err = {0};
    mg_heads_config c = config(MG_HEADS_CLASSES);
    c.graph_layers = 2, c.graph_dim = 3;
    mg_inputs_reader r;
    mg_inputs in;
    mg_arena arena;
    mg_heads_batch b;
    const float zeros[2] = {0}, ones[2] = {1, 1};
    must(mg_arena_init(&arena, 1 << 24, &err), &err);
    must(mg_inputs_reader_open(&r, &c, group_names, number_names, NULL, NULL, 2, &err), &err);
    must(mg_inputs_read(&r, smiles, 3, &in, &err), &err);
    must(mg_inputs_batch(&in, &c, rows, 4, zeros, ones, 1, 0, &arena, &b, &err), &err);
    assert_int_equal(b.n, 4);
    assert_int_equal(b.mol.n, 4);
    assert_int_equal(b.mol.atom_offsets[0], 0);
    assert_int_equal(b.mol.edge_offsets[0], 0);
    int32_t atom = 0, edge = 0;
    for (int i = 0; i < 4; i++) {
        const mg_graph *g = &in.rows[rows[i]].graph;
        assert_int_equal(b.mol.atom_cols, g->atom_cols);
        assert_int_equal(b.mol.bond_cols, g->bond_cols);
        const int32_t first = atom;
        for (int32_t a = 0; a < g->n_atoms; a++, atom++) {
            for (int32_t k = 0, base = 0; k < g->atom_cols;
                 base += mg_feat_atom_size(c.graph_features, k++))
                assert_int_equal(b.mol.atom_ids[atom * g->atom_cols + k],
                                 base + g->atoms[a * g->atom_cols + k]);
            for (int32_t e = 0; e < g->n_edges; e++) {
                if (g->dst[e] != a) continue;
                assert_int_equal(b.mol.edge_src[edge], first + g->src[e]);
                for (int32_t k = 0, base = 0; k < g->bond_cols;
                     base += mg_feat_bond_size(c.graph_features, k++))
                    assert_int_equal(b.mol.edge_ids[edge * g->bond_cols + k],
                                     base + g->bonds[e * g->bond_cols + k]);
                edge++;
            }
            assert_int_equal(b.mol.edge_offsets[atom + 1], edge);
        }
        assert_int_equal(b.mol.atom_offsets[i + 1], atom);
    }
    assert_int_equal(edge, 8 + 2 * 6);
    mg_arena_free(&arena);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
}

/* A kept share of the fingerprint: about as many as asked for, by key, groups always. */
static void entries_are_kept_by_chance(void **state) {
    (void)state;
    static const char *const smiles[] = {"OC(=O)CC(O)CNCc1ccc(Cl)cc1F", "OCCO"};
    enum { N = 400 };
    static const float keeps[] = {1, 0.75F, 0.25F, 0};
    molglot_error err = {0};
    mg_heads_config c = config(MG_HEADS_CLASSES);
    c.bits = 4096;
    mg_inputs_reader r;
    mg_inputs in;
    mg_arena arena;
    int64_t rows[N];
    const float zeros[2] = {0}, ones[2] = {1, 1};
    for (int i = 0; i < N; i++) rows[i] = i % 2;
    must(mg_arena_init(&arena, 1 << 26, &err), &err);
    must(mg_inputs_reader_open(&r, &c, group_names, number_names, NULL, NULL, 1, &err), &err);
    must(mg_inputs_read(&r, smiles, 2, &in, &err), &err);
    const int32_t groups = 3; /* acid and alcohol of the first, alcohol of the second */
    const int32_t all = (in.rows[0].n + in.rows[1].n - groups) * N / 2;
    for (size_t k = 0; k < MG_COUNT(keeps); k++) {
        mg_heads_batch b, again;
        must(mg_inputs_batch(&in, &c, rows, N, zeros, ones, keeps[k], 5, &arena, &b, &err), &err);
        must(mg_inputs_batch(&in, &c, rows, N, zeros, ones, keeps[k], 5, &arena, &again, &err),
             &err);
        assert_memory_equal(b.sparse.offsets, again.sparse.offsets, (N + 1) * sizeof(int32_t));
        const double kept = b.sparse.offsets[N] - groups * N / 2;
        assert_true(fabs(kept / all - (double)keeps[k]) < (keeps[k] < 1 ? 0.02 : 1e-9));
        int32_t found = 0;
        bool differ = false;
        for (int32_t i = 0; i < N; i++) {
            differ |= i >= 2 && b.sparse.offsets[i + 1] - b.sparse.offsets[i] !=
                                    b.sparse.offsets[i - 1] - b.sparse.offsets[i - 2];
            for (int32_t at = b.sparse.offsets[i]; at < b.sparse.offsets[i + 1]; at++) {
                const mg_molecule_input *row = &in.rows[rows[i]];
                int32_t own = 0;
                while (own < row->n && row->ids[own] != b.sparse.ids[at]) own++;
                assert_true(own < row->n && row->weights[own] == b.sparse.weights[at]);
                found += b.sparse.ids[at] >= c.bits;
            }
        }
        assert_int_equal(found, groups * N / 2);
        assert_true(differ == (keeps[k] > 0 && keeps[k] < 1)); /* rows draw for themselves */
        mg_arena_release(&arena, 0);
    }
    mg_arena_free(&arena);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_blocks_are_the_rows_by_hand),
        cmocka_unit_test(answers_that_are_no_numbers_are_refused),
        cmocka_unit_test(strays_are_refused),
        cmocka_unit_test(a_space_that_is_read_must_be_there),
        cmocka_unit_test(the_space_stands_behind_the_numbers),
        cmocka_unit_test(sparse_columns_are_counted),
        cmocka_unit_test(graphs_are_packed),
        cmocka_unit_test(entries_are_kept_by_chance),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
