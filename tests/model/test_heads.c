/* test_heads.c - the network of heads: loss against a plain computation in double, gradients of
 * every parameter by finite differences, gaps and weights, configurations that are refused. */
#include "model/heads/heads.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 3, TASKS = 2, BITS = 6, NUMBERS = 2 };

typedef struct setting {
    mg_params *p;
    mg_heads *m;
    mg_tape *t;
} setting;

static mg_heads_config config(mg_heads_task task, int hidden, bool linear, bool graph) {
    mg_heads_config c = mg_heads_config_default();
    c.task = task, c.tasks = TASKS, c.members = 2, c.hidden = hidden, c.linear = linear;
    c.dropout = 0, c.bits = BITS, c.groups = 1, c.numbers = NUMBERS;
    c.graph_layers = graph ? 1 : 0, c.graph_dim = 3;
    strcpy(c.channels, graph ? "fingerprint,descriptors,graph" : "fingerprint,descriptors");
    return c;
}

static void open_setting(setting *s, const mg_heads_config *c) {
    molglot_error err = {0};
    if (mg_heads_config_check(c, &err)) fail_msg("%s", err.message);
    s->p = mg_params_new();
    s->m = mg_heads_new(s->p, c);
    assert_non_null(s->m);
    const mg_build_options o = {.train = true, .seed = 3};
    assert_int_equal(mg_params_build(s->p, o, &err), MOLGLOT_OK);
    /* a linear path begins with zeros, where many gradients are the same */
    for (size_t i = 0; i < mg_params_count(s->p); i++) {
        unsigned flags;
        const mg_tensor *x = mg_params_at(s->p, i, NULL, &flags);
        for (int64_t k = 0; k < x->rows * x->cols && !(flags & MG_PARAM_BUFFER); k++)
            ((float *)x->data)[k] += .3F * sinf(1.7F * (float)k + (float)i);
    }
    s->t = mg_tape_new("ref", MG_PREC_F32, 1, 1 << 26, &err);
    if (!s->t) fail_msg("%s", err.message);
    assert_int_equal(mg_params_attach(s->p, s->t, &err), MOLGLOT_OK);
}

static void close_setting(setting *s) {
    mg_tape_free(s->t);
    mg_heads_free(s->m);
    mg_params_free(s->p);
}

static int32_t offsets[] = {0, 3, 4, 6}, ids[] = {0, 2, 6, 5, 1, 2};
static float entries[] = {1, .7F, 1.1F, .7F, 1.4F, .7F};
static const float dense[] = {.5F, -1, 1.5F, .2F, -.7F, .9F};
/* three molecules of two, one and two atoms; first rows of each column's table */
static const int32_t atom_offsets[] = {0, 2, 3, 5}, edge_offsets[] = {0, 1, 2, 2, 3, 4},
                     edge_src[] = {1, 0, 4, 3};
static int32_t atom_ids[5 * 9], edge_ids[4 * 3];

static mg_heads_batch batch(bool graph) {
    mg_heads_batch b = {.n = ROWS, .sparse = {ROWS, offsets, ids, entries}, .dense = dense};
    const mg_feat_kind kind = MG_FEAT_OGB;
    for (int i = 0; i < 5 && graph; i++)
        for (int k = 0, base = 0; k < 9; base += mg_feat_atom_size(kind, k++))
            atom_ids[i * 9 + k] = base + (i + k) % 2;
    for (int i = 0; i < 4 && graph; i++)
        for (int k = 0, base = 0; k < 3; base += mg_feat_bond_size(kind, k++))
            edge_ids[i * 3 + k] = base + i % 2;
    if (graph)
        b.mol = (mg_mol_batch){.n = ROWS,
                               .atom_offsets = atom_offsets,
                               .atom_ids = atom_ids,
                               .edge_offsets = edge_offsets,
                               .edge_src = edge_src,
                               .edge_ids = edge_ids,
                               .atom_cols = 9,
                               .bond_cols = 3};
    return b;
}

static const int32_t classes[] = {1, 0, -1, 1, 0, 0};
static const float weights[] = {1, 2, 0, .5F, 1, 1}, values[] = {.3F, -1, 0, 2, .1F, -.4F},
                   known[] = {1, 1, 0, 1, 1, 1};
static const mg_heads_targets want = {classes, weights, values, known, 5};

static mg_tensor *loss_of(setting *s, int k, const mg_heads_batch *b) {
    mg_tape_reset(s->t);
    return mg_heads_loss(s->t, s->m, mg_heads_forward(s->t, s->m, k, b), &want);
}

static double loss_value(setting *s, const mg_heads_batch *b) {
    molglot_error err = {0};
    const float *x = mg_values(s->t, loss_of(s, 1, b));
    if (!x) fail_msg("%d %s", mg_tape_error(s->t, &err), err.message);
    return x[0];
}

/* ---- value ---- */

static void is_the_formula(void **state) {
    (void)state;
    for (int task = 0; task < 2; task++) {
        const mg_heads_config c = config(task ? MG_HEADS_NUMBERS : MG_HEADS_CLASSES, 4, true,
                                         false);
        setting s;
        open_setting(&s, &c);
        const mg_heads_batch b = batch(false);
        const float *y = mg_values(s.t, mg_heads_forward(s.t, s.m, 1, &b));
        assert_non_null(y);
        double sum = 0, weight = 0;
        for (int i = 0; i < ROWS * TASKS; i++) {
            if (classes[i] < 0) continue;
            const double z = y[i], d = z - values[i];
            sum += task ? d * d : weights[i] * log1p(exp(classes[i] ? -z : z));
            weight += task ? 1 : weights[i];
        }
        const double got = loss_value(&s, &b);
        if (fabs(got - sum / weight) > 1e-5) fail_msg("%g, not %g", got, sum / weight);
        close_setting(&s);
    }
}

/* ---- gradients ---- */

static void check_gradients(const mg_heads_config *c, bool graph) {
    setting s;
    const mg_heads_batch b = batch(graph);
    int checked = 0;
    open_setting(&s, c);
    mg_tape_record(s.t, true);
    assert_int_equal(mg_backward(s.t, loss_of(&s, 1, &b)), MOLGLOT_OK);
    mg_tape_record(s.t, false);
    for (size_t i = 0; i < mg_params_count(s.p); i++) {
        const char *name;
        unsigned flags;
        mg_tensor *x = mg_params_at(s.p, i, &name, &flags);
        const bool mine = !strncmp(name, "member.1.", 9);
        for (int64_t k = 0; k < x->rows * x->cols; k += 1 + x->rows * x->cols / 40) {
            if (flags & MG_PARAM_BUFFER) break;
            const float at = x->grad[k], was = ((float *)x->data)[k], h = 4e-3F;
            ((float *)x->data)[k] = was + h;
            const double up = loss_value(&s, &b);
            ((float *)x->data)[k] = was - h;
            const double down = loss_value(&s, &b), slope = (up - down) / (2 * (double)h);
            ((float *)x->data)[k] = was;
            if (!mine) assert_true(at == 0);
            if (fabs(slope - (double)at) > 2e-3 + .03 * fabs(slope))
                fail_msg("%s[%d]: %g, by differences %g", name, (int)k, (double)at, slope);
            checked++;
        }
    }
    assert_true(checked > 30);
    close_setting(&s);
}

static void has_the_right_gradients(void **state) {
    (void)state;
    const mg_heads_config all[] = {config(MG_HEADS_CLASSES, 4, true, false),
                                   config(MG_HEADS_NUMBERS, 0, false, false),
                                   config(MG_HEADS_CLASSES, 4, true, true)};
    for (size_t i = 0; i < MG_COUNT(all); i++) check_gradients(&all[i], all[i].graph_layers > 0);
}

/* ---- what is refused ---- */

static void refuses(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_heads_config c = config(MG_HEADS_CLASSES, 4, false, false), d;
    mg_str json = {0};
    assert_int_equal(mg_heads_config_to_json(&c, &json), MOLGLOT_OK);
    assert_int_equal(mg_heads_config_from_json(json.s, &d, &err), MOLGLOT_OK);
    assert_memory_equal(&c.bits, &d.bits, sizeof c.bits);
    assert_string_equal(c.channels, d.channels);
    mg_str_free(&json);
    c.tasks = 0;
    assert_int_equal(mg_heads_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = config(MG_HEADS_CLASSES, 4, false, false);
    strcpy(c.channels, "fingerprint");
    assert_int_equal(mg_heads_config_check(&c, &err), MOLGLOT_BAD_FILE);
    strcpy(c.channels, "fingerprint,descriptors,taste");
    assert_int_equal(mg_heads_config_check(&c, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_heads_config_from_json("{\"bits\": -1}", &d, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_heads_config_from_json("{", &d, &err), MOLGLOT_BAD_FILE);
    setting s;
    c = config(MG_HEADS_CLASSES, 4, false, false);
    open_setting(&s, &c);
    mg_heads_batch b = batch(false);
    b.dense = NULL;
    assert_null(mg_values(s.t, mg_heads_forward(s.t, s.m, 0, &b)));
    assert_int_not_equal(mg_tape_error(s.t, &err), MOLGLOT_OK);
    close_setting(&s);
}

/* Of two trees the mean, as a logit; trees that lead nowhere are refused. */
static void asks_trees(void **state) {
    (void)state;
    mg_heads_config c = config(MG_HEADS_CLASSES, 4, false, false);
    int32_t root[] = {0, 3, 3, 3}, column[] = {7, -1, -1, -1}, left[] = {1, 0, 0, 0};
    float cut[] = {0, 0, 0, 0}, value[] = {0, .2F, .6F, 1}, out[ROWS * TASKS];
    mg_forest f = {2, 4, root, column, left, cut, value};
    molglot_error err = {0};
    const mg_heads_batch b = batch(false);
    c.forest_trees = 2;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_OK);
    assert_int_equal(mg_forest_ask(&f, &c, &b, out, &err), MOLGLOT_OK);
    /* column 7 is the first dense one: .5, 1.5, -.7 */
    assert_true(fabsf(out[0] - logf(.8F / .2F)) < 1e-5F && fabsf(out[4] - logf(.6F / .4F)) < 1e-5F);
    assert_true(fabsf(out[1] - logf(399)) < 1e-3F); /* 1 is kept within 1 - 1/400 */
    left[0] = 0;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_BAD_FILE);
    left[0] = 3;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_BAD_FILE);
    left[0] = 1, column[0] = 99;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_BAD_FILE);
    column[0] = 7, cut[0] = NAN;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_BAD_FILE);
    cut[0] = 0, root[1] = 4;
    assert_int_equal(mg_forest_check(&f, &c, &err), MOLGLOT_BAD_FILE);
}

/* The linear voice is a sum of its columns, read as the members read them. */
static void asks_the_linear_voice(void **state) {
    (void)state;
    mg_heads_config c = config(MG_HEADS_CLASSES, 4, false, false);
    c.ridge = true;
    setting s;
    open_setting(&s, &c);
    const mg_heads_batch b = batch(false);
    float *table = s.m->ridge.table->data, *numbers = s.m->ridge.numbers->data,
          *bias = s.m->ridge.bias->data;
    for (int k = 0; k < (BITS + 1) * TASKS; k++) table[k] = .1F * (float)(k + 1);
    for (int k = 0; k < NUMBERS * TASKS; k++) numbers[k] = .3F * (float)(k - 1);
    bias[0] = 2, bias[1] = -1;
    const float *y = mg_values(s.t, mg_heads_ridge(s.t, s.m, &b));
    assert_non_null(y);
    for (int i = 0; i < ROWS; i++)
        for (int t = 0; t < TASKS; t++) {
            double sum = bias[t];
            for (int k = offsets[i]; k < offsets[i + 1]; k++)
                sum += (double)entries[k] * table[ids[k] * TASKS + t];
            for (int k = 0; k < NUMBERS; k++)
                sum += (double)dense[i * NUMBERS + k] * numbers[t * NUMBERS + k];
            assert_true(fabs(sum - (double)y[i * TASKS + t]) < 1e-5);
        }
    mg_heads_batch none = b;
    none.dense = NULL;
    assert_null(mg_values(s.t, mg_heads_ridge(s.t, s.m, &none)));
    close_setting(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_formula), cmocka_unit_test(has_the_right_gradients),
        cmocka_unit_test(asks_trees), cmocka_unit_test(asks_the_linear_voice),
        cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
