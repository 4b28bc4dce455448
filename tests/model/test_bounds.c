/* test_bounds.c - what the configurations of models take and refuse, at the bound and one beside
 * it: each key alone, in a configuration that is good otherwise. */
#include "../must.h"
#include "model/heads/heads.h"
#include "model/latent/latent.h"
#include "model/moflow/moflow.h"
#include "model/momu/momu.h"
#include "model/motif/motif.h"
#include "model/rerank/rerank.h"
#include "model/t5/t5.h"
#include "model/writer/writer.h"

#include <jansson.h>
#include <math.h>

#define READ(kind)                                                 \
    static int read_##kind(const char *json, molglot_error *err) { \
        mg_##kind##_config c;                                      \
        return mg_##kind##_config_from_json(json, &c, err);        \
    }
READ(t5)
READ(flow_matching)
READ(mlp_denoiser)
READ(rerank)
READ(motif)
READ(moflow)
READ(momu)
READ(heads)
READ(writer)

typedef int read_config(const char *json, molglot_error *err);

/* What base and change say together. */
static int read_with(read_config *read, const char *base, json_t *change) {
    molglot_error err = {0};
    json_t *all = json_loads(base, 0, NULL);
    assert_non_null(all);
    assert_int_equal(json_object_update(all, change), 0);
    char *text = json_dumps(all, 0);
    const int code = read(text, &err);
    assert_true(code == MOLGLOT_OK || code == MOLGLOT_BAD_FILE);
    free(text);
    json_decref(all);
    json_decref(change);
    return code;
}

/* Of a key: with `also` in force, the least and the most that is taken, and a step beyond them.
 * NAN: no bound there. */
typedef struct bound {
    const char *key;
    double least, most, step;
    const char *also;
} bound;

static void check_value(read_config *read, const char *base, const bound *b, double v, bool good) {
    json_t *change = json_loads(b->also ? b->also : "{}", 0, NULL);
    assert_non_null(change);
    json_object_set_new(change, b->key, b->step < 1 ? json_real(v) : json_integer((json_int_t)v));
    if ((read_with(read, base, change) == MOLGLOT_OK) != good)
        fail_msg("%s = %g with %s %s", b->key, v, b->also ? b->also : "all else",
                 good ? "is refused" : "is taken");
}

static void check(read_config *read, const char *base, const bound *list, size_t n) {
    assert_int_equal(read_with(read, base, json_object()), MOLGLOT_OK);
    for (size_t i = 0; i < n; i++) {
        const bound *b = &list[i];
        if (!isnan(b->least)) {
            check_value(read, base, b, b->least, true);
            check_value(read, base, b, b->least - b->step, false);
        }
        if (!isnan(b->most)) {
            check_value(read, base, b, b->most, true);
            check_value(read, base, b, b->most + b->step, false);
        }
    }
}
#define CHECK(kind, base, list) check(read_##kind, base, list, MG_COUNT(list))

/* One that is good or not as a whole. */
typedef struct whole {
    const char *change;
    bool good;
} whole;

static void check_wholes(read_config *read, const char *base, const whole *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((read_with(read, base, json_loads(list[i].change, 0, NULL)) == MOLGLOT_OK) !=
            list[i].good)
            fail_msg("%s %s", list[i].change, list[i].good ? "is refused" : "is taken");
}
#define CHECK_WHOLES(kind, base, list) check_wholes(read_##kind, base, list, MG_COUNT(list))

static const double SMALL = 1e-4;

static void t5(void **state) {
    (void)state;
    const bound list[] = {
        {"d_model", 1, 1 << 16, 1, NULL},
        {"d_kv", 1, 1 << 12, 1, NULL},
        {"d_ff", 1, 1 << 16, 1, NULL},
        {"heads", 1, 1 << 10, 1, NULL},
        {"layers", 1, 256, 1, NULL},
        {"decoder_layers", 1, 256, 1, NULL},
        {"vocab", 3, 1 << 24, 1, NULL},
        {"positions", 2, 1 << 16, 1, NULL},
        {"buckets", 4, 1 << 12, 4, "{\"distance\":65536}"},
        {"distance", 17, 1 << 16, 1, "{\"buckets\":32}"},
        {"dropout", 0, NAN, SMALL, NULL},
    };
    static const whole wholes[] = {
        {"{\"buckets\":33}", false}, {"{\"buckets\":34}", false},  {"{\"buckets\":35}", false},
        {"{\"buckets\":36}", true},  {"{\"eps\":0.0}", false},     {"{\"eps\":1.0}", false},
        {"{\"eps\":0.99}", true},    {"{\"dropout\":1.0}", false}, {"{\"dropout\":0.99}", true},
    };
    CHECK(t5, "{}", list);
    CHECK_WHOLES(t5, "{}", wholes);
}

static void flow_matching(void **state) {
    (void)state;
    static const char base[] =
        "{\"latents\":2,\"latent_dim\":3,\"text.vocab\":9,\"text.positions\":16,\"max_text\":8}";
    const bound list[] = {
        {"latents", 1, 256, 1, NULL},         {"latent_dim", 1, 4096, 1, NULL},
        {"layers", 1, 256, 1, NULL},          {"hidden", 2, 1 << 16, 2, "{\"heads\":1}"},
        {"heads", 1, 4, 1, "{\"hidden\":4}"}, {"ffn", 1, 1 << 16, 1, NULL},
        {"text.layers", 1, 256, 1, NULL},     {"text.hidden", 1, 1 << 16, 1, "{\"text.heads\":1}"},
        {"text.heads", 1, NAN, 1, NULL},      {"text.ffn", 1, 1 << 16, 1, NULL},
        {"text.vocab", 1, NAN, 1, NULL},      {"max_text", 1, 16, 1, NULL},
    };
    static const whole wholes[] = {
        {"{\"hidden\":9,\"heads\":1}", false},
        {"{\"hidden\":12,\"heads\":5}", false},
        {"{\"hidden\":12,\"heads\":6}", true},
        {"{\"text.hidden\":9,\"text.heads\":2}", false},
        {"{\"text.hidden\":9,\"text.heads\":3}", true},
    };
    CHECK(flow_matching, base, list);
    CHECK_WHOLES(flow_matching, base, wholes);
}

static void mlp_denoiser(void **state) {
    (void)state;
    const bound list[] = {
        {"dim", 1, 1 << 16, 1, NULL},    {"condition", 1, 1 << 16, 1, NULL},
        {"hidden", 4, 1 << 16, 2, NULL}, {"time_hidden", 1, 1 << 16, 1, NULL},
        {"layers", 1, 256, 1, NULL},
    };
    static const whole wholes[] = {
        {"{\"hidden\":3}", false}, {"{\"hidden\":5}", false}, {"{\"hidden\":6}", true}};
    CHECK(mlp_denoiser, "{}", list);
    CHECK_WHOLES(mlp_denoiser, "{}", wholes);
}

static void rerank(void **state) {
    (void)state;
    const bound list[] = {{"features", 1, 4096, 1, NULL}, {"candidates", 2, 64, 1, NULL}};
    CHECK(rerank, "{\"features\":9}", list);
}

static void motif(void **state) {
    (void)state;
    static const char base[] = "{\"motifs\":20,\"pairs\":30}";
    static const char *const widths[] = {"hidden",  "embed",     "latent", "gin_dim",
                                         "gin_mlp", "graph_dim", "pooled"};
    for (size_t i = 0; i < MG_COUNT(widths); i++) {
        const bound one[] = {{widths[i], 1, 1 << 14, 1, NULL}};
        CHECK(motif, base, one);
    }
    const bound list[] = {
        {"gin_layers", 1, 256, 1, NULL}, {"atom_steps", 1, 100, 1, NULL},
        {"motifs", 1, 30, 1, NULL},      {"pairs", 20, 1 << 16, 1, NULL},
        {"beta", 0, 1e6, 0.5, NULL},
    };
    CHECK(motif, base, list);
}

static void moflow(void **state) {
    (void)state;
    static const char base[] = "{}", reader[] = "{\"reader_hidden\":8,\"reader_layers\":2}";
    const bound list[] = {
        {"slots", 1, MG_MOFLOW_SLOTS, 1, "{\"squeeze\":1}"},
        {"squeeze", 1, NAN, 1, NULL},
        {"squeeze", NAN, 20, 20, "{\"slots\":40}"},
        {"bond_flows", 1, 256, 1, NULL},
        {"bond_hidden", 1, 4096, 1, NULL},
        {"bond_middle", 1, 3, 1, NULL},
        {"atom_flows", 1, 256, 1, NULL},
        {"atom_graph", 1, 4096, 1, NULL},
        {"atom_hidden", 1, 4096, 1, NULL},
        {"atom_last", 1, 4096, 1, NULL},
        {"reader_dim", 0, 8192, 1, reader},
        {"reader_hidden", 0, 4096, 1, NULL},
        {"reader_layers", 0, 16, 1, NULL},
    };
    static const whole wholes[] = {
        {"{\"squeeze\":2}", false},
        {"{\"slots\":38,\"squeeze\":19}", true},
        {"{\"bond_middle\":2}", false},
        {"{\"noise\":0.0}", false},
        {"{\"noise\":0.01}", true},
        {"{\"noise\":0.99}", true},
        {"{\"noise\":1.0}", false},
        {"{\"reader_dim\":1}", false},
        {"{\"reader_dim\":1,\"reader_hidden\":1}", false},
        {"{\"reader_dim\":1,\"reader_layers\":1}", false},
        {"{\"reader_dim\":1,\"reader_hidden\":1,\"reader_layers\":1}", true},
        {"{\"elements\":\"\"}", false},
        {"{\"elements\":\" \"}", false},
        {"{\"elements\":\"C X\"}", false},
        {"{\"elements\":\"C Cll\"}", false},
        {"{\"elements\":\"C\"}", true},
        {"{\"elements\":\"  C   N \"}", true},
    };
    CHECK(moflow, base, list);
    CHECK_WHOLES(moflow, base, wholes);
}

/* The elements of a flow by symbol and atomic number, as many as fit beside "no atom". */
static void elements_of_a_flow(void **state) {
    (void)state;
    static const int expected[] = {5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53};
    mg_moflow_config c = mg_moflow_config_default();
    int found[MG_MOFLOW_TYPES];
    snprintf(c.elements, sizeof c.elements, "B C N O F Si P S Cl Se Br I");
    if (MG_COUNT(expected) <= MG_MOFLOW_TYPES - 1) {
        assert_int_equal(mg_moflow_elements(&c, found), MG_COUNT(expected));
        assert_memory_equal(found, expected, sizeof expected);
    }
    c.elements[0] = 0;
    for (int i = 0; i < MG_MOFLOW_TYPES - 1; i++) strcat(c.elements, "C ");
    assert_int_equal(mg_moflow_elements(&c, found), MG_MOFLOW_TYPES - 1);
    strcat(c.elements, "C");
    assert_int_equal(mg_moflow_elements(&c, found), -1);
    /* shapes: nine slots, squeezed by three, five types */
    const mg_moflow_config d = mg_moflow_config_default();
    const mg_moflow_shape s = mg_moflow_shape_of(&d);
    assert_true(s.slots == 9 && s.types == 5 && s.places == 9 &&
                s.channels == 9 * MG_MOFLOW_BONDS && s.atom_dim == 45 &&
                s.bond_dim == 81 * MG_MOFLOW_BONDS);
}

static void momu(void **state) {
    (void)state;
    static const char base[] = "{\"text.bag.vocab\":5,\"graph.bag.vocab\":5}",
                      whole_text[] = "{\"text.layers\":1,\"text.vocab\":9}",
                      gin[] = "{\"graph.layers\":1}";
    const bound list[] = {
        {"dim", 1, 1 << 16, 1, NULL},
        {"text.layers", 0, 256, 1, "{\"text.vocab\":9}"},
        {"text.bag.feature_dropout", 0, NAN, SMALL, NULL},
        {"text.sentence_dropout", 0, 1, SMALL, NULL},
        {"text.hidden", 1, 1 << 16, 1, "{\"text.layers\":1,\"text.vocab\":9,\"text.heads\":1}"},
        {"text.ffn", 1, 1 << 16, 1, whole_text},
        {"text.heads", 1, NAN, 1, whole_text},
        {"text.positions", 128, 1 << 16, 1, whole_text},
        {"text.types", 0, 16, 1, whole_text},
        {"text.vocab", 1, 1 << 22, 1, "{\"text.layers\":1}"},
        {"text.max_tokens", 1, 512, 1, whole_text},
        {"text.max_chars", 0, NAN, 1, whole_text},
        {"graph.layers", 0, 256, 1, NULL},
        {"graph.bag.feature_dropout", 0, NAN, SMALL, NULL},
        {"graph.dim", 1, 1 << 16, 1, gin},
        {"graph.mlp", 1, 1 << 16, 1, gin},
        {"graph.self_loop", 0, 5, 1, "{\"graph.layers\":1,\"graph.published\":true}"},
        {"text.bag.vocab", 1, 1 << 26, 1, NULL},
        {"graph.bag.dim", 1, 1 << 16, 1, NULL},
        {"graph.bag.hidden", 1, 1 << 16, 1, NULL},
        {"text.bag.dim", 1, 1 << 16, 1, NULL},
        {"text.bag.hidden", 1, 1 << 16, 1, NULL},
        {"text.bag.init", 0, NAN, SMALL, NULL},
    };
    static const whole wholes[] = {
        {"{\"temperature\":0.0}", false},
        {"{\"max_scale\":0.0}", false},
        {"{\"text.head\":\"linear\",\"graph.head\":\"linear\"}", true},
        {"{\"text.head\":\"none\"}", false},
        {"{\"graph.head\":\"none\"}", false},
        {"{\"text.layers\":1,\"text.vocab\":9,\"text.hidden\":9,\"text.heads\":2}", false},
        {"{\"text.layers\":1,\"text.vocab\":9,\"text.hidden\":9,\"text.heads\":3}", true},
        {"{\"text.layers\":1,\"text.vocab\":9,\"text.pooling\":\"mean\"}", true},
        {"{\"text.layers\":1,\"text.vocab\":9,\"text.pooling\":\"max\"}", false},
        {"{\"text.bag.vocab\":0}", false},
        {"{\"graph.bag.vocab\":0}", false},
        {"{\"graph.bag.vocab\":0,\"graph.layers\":1}", true},
        {"{\"text.bag.vocab\":0,\"text.layers\":1,\"text.vocab\":9}", true},
        {"{\"text.bag.feature_dropout\":1.0}", false},
        {"{\"graph.bag.feature_dropout\":1.0}", false},
        {"{\"graph.bag.dropout\":1.0}", false},
        {"{\"graph.layers\":1,\"graph.self_loop\":-1}", true},
    };
    CHECK(momu, base, list);
    CHECK_WHOLES(momu, base, wholes);
}

static void heads(void **state) {
    (void)state;
    static const char base[] = "{\"task\":\"regression\",\"tasks\":2,\"numbers\":8,"
                               "\"graph.layers\":0}";
    const bound list[] = {
        {"tasks", 1, MG_HEADS_TASKS, 1, NULL},
        {"members", 1, MG_HEADS_MEMBERS, 1, NULL},
        {"hidden", 0, 8192, 1, NULL},
        {"dropout", 0, NAN, SMALL, NULL},
        {"forest.trees", 0, 1 << 16, 1, "{\"tasks\":1}"},
        {"forest.trees", NAN, (1 << 20) / 4096, 1, "{\"tasks\":4096}"},
        {"forest.leaf", 1, NAN, 1, NULL},
        {"forest.share", NAN, 1, SMALL, NULL},
        {"ridge.share", 0, 1, SMALL, NULL},
        {"bits", 1, 1 << 16, 1, NULL},
        {"numbers", 1, 4096, 1, NULL},
        {"groups", 0, 1 << 16, 1, NULL},
        {"space", 1, 1 << 16, 1, "{\"channels\":\"fingerprint,descriptors,space\"}"},
        {"graph.layers", 1, 32, 1, "{\"channels\":\"fingerprint,descriptors,graph\"}"},
        {"graph.dim", 1, 4096, 1,
         "{\"channels\":\"fingerprint,descriptors,graph\",\"graph.layers\":1}"},
    };
    static const whole wholes[] = {
        {"{\"channels\":\"\"}", false},
        {"{\"channels\":\"fingerprint\"}", false},
        {"{\"channels\":\"fingerprint\",\"numbers\":0}", true},
        {"{\"channels\":\"fingerprint\",\"numbers\":0,\"groups\":3}", false},
        {"{\"channels\":\"fingerprint,descriptors,fingerprint\"}", false},
        {"{\"channels\":\"fingerprint,descriptors,other\"}", false},
        {"{\"channels\":\"descriptors,fingerprint\"}", true},
        {"{\"channels\":\"descriptors\",\"bits\":0}", true},
        {"{\"channels\":\"descriptors\"}", false},
        {"{\"space\":3}", false},
        {"{\"graph.layers\":3}", false},
        {"{\"forest.share\":0.0}", false},
        {"{\"channels\":\"graph\",\"bits\":0,\"numbers\":0,\"graph.layers\":1}", true},
        {"{\"channels\":\"graph\",\"bits\":0,\"numbers\":0,\"graph.layers\":1,"
         "\"forest.trees\":1}",
         false},
        {"{\"channels\":\"graph\",\"bits\":0,\"numbers\":0,\"graph.layers\":1,"
         "\"ridge.voice\":true}",
         false},
        {"{\"channels\":\"descriptors\",\"bits\":0,\"ridge.voice\":true}", true},
        {"{\"channels\":\"descriptors\",\"bits\":0,\"forest.trees\":1}", true},
        {"{\"channels\":\"fingerprint\",\"numbers\":0,\"forest.trees\":1}", true},
    };
    CHECK(heads, base, list);
    CHECK_WHOLES(heads, base, wholes);
}

static void writer(void **state) {
    (void)state;
    static const char base[] =
        "{\"words\":7,\"tokens\":9,\"max_text\":10,\"max_tokens\":20,\"encoder.vocab\":16,"
        "\"decoder.vocab\":9,\"decoder.memory\":256,\"encoder.positions\":100,"
        "\"decoder.positions\":40}",
                      bare[] = "{\"encoder.vocab\":9,\"words\":0,\"max_text\":0,\"latents\":4,"
                               "\"latent_dim\":8,\"latent_tokens\":3,\"space\":5,\"aligned\":8}";
    const bound list[] = {
        {"tokens", 5, NAN, 1, "{\"encoder.vocab\":12,\"decoder.vocab\":5}"},
        {"words", 0, NAN, 1, "{\"encoder.vocab\":9}"},
        {"encoder.layers", 1, 256, 1, NULL},
        {"encoder.ffn", 1, 1 << 16, 1, NULL},
        {"encoder.hidden", 1, 1, 1, "{\"encoder.heads\":1,\"decoder.memory\":1}"},
        {"encoder.heads", 1, NAN, 1, NULL},
        {"decoder.layers", 1, 256, 1, NULL},
        {"decoder.hidden", 1, 1 << 16, 1, "{\"decoder.heads\":1}"},
        {"decoder.heads", 1, NAN, 1, NULL},
        {"decoder.ffn", 1, 1 << 16, 1, NULL},
        {"encoder.vocab", 16, 16, 1, NULL},
        {"decoder.vocab", 9, 9, 1, NULL},
        {"decoder.memory", 256, 256, 1, NULL},
        {"max_text", 0, 80, 1, NULL},
        {"molecules", 0, 4, 1, NULL},
        {"molecules", NAN, 64, 1, "{\"encoder.positions\":2000}"},
        {"max_tokens", 2, 40, 1, NULL},
        {"encoder.positions", 30, NAN, 1, NULL},
        {"latents", 0, 256, 1, NULL},
        {"latent_dim", 2, 4096, 1, "{\"latents\":1}"},
        {"latent_noise", 0, NAN, SMALL, "{\"latents\":1}"},
        {"latent_tokens", 0, 64, 1, "{\"latents\":1}"},
        {"aligned", 0, 24, 8, bare},
        {"space", 1, 1 << 16, 1, bare},
        {"molecules", 1, 1, 1, bare},
        {"aligned_noise", 0, NAN, SMALL, bare},
        {"latent_tokens", 2, NAN, 1, bare},
        {"max_text", 0, 0, 1, bare},
        {"decoder.words", 0, 0, 1, NULL},
        {"decoder.words", 9, 9, 1, "{\"captions\":true}"},
        {"decoder.words", 10, 10, 1, "{\"captions\":true,\"copy\":true}"},
        {"max_text", 2, 40, 1, "{\"captions\":true,\"decoder.words\":9,\"max_tokens\":2}"},
        {"words", 1, 1, 1, "{\"captions\":true,\"decoder.words\":3,\"encoder.vocab\":10}"},
    };
    static const whole wholes[] = {
        {"{\"encoder.heads\":3}", false},
        {"{\"decoder.heads\":3}", false},
        {"{\"latent_tokens\":1}", false},
        {"{\"latents\":1,\"captions\":true,\"decoder.words\":9}", false},
        {"{\"align\":true}", false},
        {"{\"align\":true,\"captions\":true,\"decoder.words\":9}", true},
        {"{\"align\":true,\"captions\":true,\"decoder.words\":9,\"encoder.hidden\":252,"
         "\"encoder.heads\":1,\"decoder.memory\":252}",
         false},
        {"{\"copy\":true}", true},
        {"{\"copy\":true,\"molecules\":0}", false},
        {"{\"copy\":true,\"latents\":1}", false},
    };
    CHECK(writer, base, list);
    CHECK_WHOLES(writer, base, wholes);
}

/* What no model has, whatever its kind. */
static void all_kinds(void **state) {
    (void)state;
    static const whole wholes[] = {
        {"{\"encoder.norm_eps\":0.0}", false},   {"{\"encoder.norm_eps\":0.1}", true},
        {"{\"encoder.norm_eps\":0.11}", false},  {"{\"encoder.dropout\":1.0}", false},
        {"{\"encoder.dropout\":0.0}", true},     {"{\"decoder.dropout\":-0.1}", false},
        {"{\"latent_noise\":1e39}", false},      {"{\"max_tokens\":2147483648}", false},
        {"{\"max_tokens\":-2147483649}", false},
    };
    CHECK_WHOLES(writer,
                 "{\"words\":7,\"tokens\":9,\"max_text\":10,\"max_tokens\":20,"
                 "\"encoder.vocab\":16,\"decoder.vocab\":9,\"decoder.memory\":256,"
                 "\"encoder.positions\":100,\"decoder.positions\":40}",
                 wholes);
    /* a name fills its field but for the end */
    mg_rerank_config c;
    molglot_error err = {0};
    char json[200], name[sizeof c.name + 1];
    for (size_t n = sizeof c.name - 1; n <= sizeof c.name; n++) {
        memset(name, 'x', n);
        name[n] = 0;
        snprintf(json, sizeof json, "{\"features\":1,\"name\":\"%s\"}", name);
        assert_int_equal(mg_rerank_config_from_json(json, &c, &err),
                         n < sizeof c.name ? MOLGLOT_OK : MOLGLOT_BAD_FILE);
        if (n < sizeof c.name) assert_string_equal(c.name, name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t5),
        cmocka_unit_test(flow_matching),
        cmocka_unit_test(mlp_denoiser),
        cmocka_unit_test(rerank),
        cmocka_unit_test(motif),
        cmocka_unit_test(moflow),
        cmocka_unit_test(elements_of_a_flow),
        cmocka_unit_test(momu),
        cmocka_unit_test(heads),
        cmocka_unit_test(writer),
        cmocka_unit_test(all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
