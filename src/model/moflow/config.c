/* config.c - MoFlow's configuration: defaults, the table of fields (model/config.h), which values
 * are possible, the elements that it names.
 */
#include "model/config.h"

#include "model/moflow/moflow.h"

#include <string.h>

#define AT(member) offsetof(mg_moflow_config, member), sizeof(((mg_moflow_config *)0)->member)
static const char *const repairs[] = {"none", "part", "published", NULL};
static const mg_config_field fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"elements", MG_FIELD_STR, AT(elements), false, NULL},
    {"slots", MG_FIELD_INT, AT(slots), false, NULL},
    {"noise", MG_FIELD_NUM, AT(noise), false, NULL},
    {"squeeze", MG_FIELD_INT, AT(squeeze), false, NULL},
    {"bond_flows", MG_FIELD_INT, AT(bond_flows), false, NULL},
    {"bond_hidden", MG_FIELD_INT, AT(bond_hidden), false, NULL},
    {"bond_middle", MG_FIELD_INT, AT(bond_middle), false, NULL},
    {"mix", MG_FIELD_BOOL, AT(mix), false, NULL},
    {"atom_flows", MG_FIELD_INT, AT(atom_flows), false, NULL},
    {"atom_graph", MG_FIELD_INT, AT(atom_graph), false, NULL},
    {"atom_hidden", MG_FIELD_INT, AT(atom_hidden), false, NULL},
    {"atom_last", MG_FIELD_INT, AT(atom_last), false, NULL},
    {"repair", MG_FIELD_CHOICE, AT(repair), false, repairs},
    {"reader_dim", MG_FIELD_INT, AT(reader_dim), true, NULL},
    {"reader_hidden", MG_FIELD_INT, AT(reader_hidden), true, NULL},
    {"reader_layers", MG_FIELD_INT, AT(reader_layers), true, NULL},
};

mg_moflow_config mg_moflow_config_default(void) {
    return (mg_moflow_config){.name = "moflow",
                              .elements = "C N O F",
                              .slots = 9,
                              .noise = 0.6f,
                              .squeeze = 3,
                              .bond_flows = 10,
                              .bond_hidden = 128,
                              .bond_middle = 3,
                              .mix = true,
                              .repair = MG_MOFLOW_PART,
                              .atom_flows = 27,
                              .atom_graph = 64,
                              .atom_hidden = 128,
                              .atom_last = 64};
}

static const struct {
    const char *symbol;
    int number;
} elements[] = {{"B", 5},  {"C", 6},  {"N", 7},   {"O", 8},   {"F", 9},   {"Si", 14},
                {"P", 15}, {"S", 16}, {"Cl", 17}, {"Se", 34}, {"Br", 35}, {"I", 53}};

static int element(const char *symbol, size_t n) {
    for (size_t i = 0; i < MG_COUNT(elements); i++)
        if (strlen(elements[i].symbol) == n && memcmp(elements[i].symbol, symbol, n) == 0)
            return elements[i].number;
    return -1;
}

int mg_moflow_elements(const mg_moflow_config *c, int *out) {
    int n = 0;
    for (const char *s = c->elements; *s; s += strspn(s, " ")) {
        const size_t length = strcspn(s, " ");
        const int number = length ? element(s, length) : 0;
        if (number < 0 || n == MG_MOFLOW_TYPES - 1) return -1;
        if (length) out[n++] = number;
        s += length;
    }
    return n;
}

/* The first key whose value lies outside 1 .. most; NULL: none. */
static const char *wrong_size(const mg_moflow_config *c) {
    const struct {
        const char *key;
        int value, most;
    } sizes[] = {{"slots", c->slots, MG_MOFLOW_SLOTS},
                 {"squeeze", c->squeeze, 20},
                 {"bond_flows", c->bond_flows, MG_MOST_LAYERS},
                 {"bond_hidden", c->bond_hidden, 4096},
                 {"bond_middle", c->bond_middle, 3},
                 {"atom_flows", c->atom_flows, MG_MOST_LAYERS},
                 {"atom_graph", c->atom_graph, 4096},
                 {"atom_hidden", c->atom_hidden, 4096},
                 {"atom_last", c->atom_last, 4096},
                 {"reader_dim", c->reader_dim + 1, 8193},
                 {"reader_hidden", c->reader_hidden + 1, 4097},
                 {"reader_layers", c->reader_layers + 1, 17}};
    for (size_t i = 0; i < MG_COUNT(sizes); i++)
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].most) return sizes[i].key;
    return NULL;
}

int mg_moflow_config_check(const mg_moflow_config *c, molglot_error *err) {
    int numbers[MG_MOFLOW_TYPES];
    const char *wrong = wrong_size(c);
    if (wrong) return mg_config_refuse(err, wrong, "a size that no such flow has");
    if (mg_moflow_elements(c, numbers) < 1)
        return mg_config_refuse(err, "elements",
                                "symbols with blanks between, of B C N O F Si P S Cl "
                                "Se Br I");
    if (c->slots % c->squeeze)
        return mg_config_refuse(err, "squeeze", "divides the number of slots");
    if (c->bond_middle == 2) return mg_config_refuse(err, "bond_middle", "is 1 or 3");
    if (!(c->noise > 0 && c->noise < 1))
        return mg_config_refuse(err, "noise", "lies between 0 and 1: whole numbers stay apart");
    if (c->reader_dim && !(c->reader_hidden && c->reader_layers))
        return mg_config_refuse(err, "reader_dim", "goes with a reader's other sizes");
    return MOLGLOT_OK;
}

int mg_moflow_config_from_toml(mg_toml *t, mg_moflow_config *out, molglot_error *err) {
    *out = mg_moflow_config_default();
    return mg_config_read_toml(fields, MG_COUNT(fields), t, out, err);
}

int mg_moflow_config_to_json(const mg_moflow_config *c, mg_str *out) {
    return mg_config_write_json(fields, MG_COUNT(fields), c, out);
}

int mg_moflow_config_from_json(const char *json, mg_moflow_config *out, molglot_error *err) {
    *out = mg_moflow_config_default();
    int code = mg_config_read_json(fields, MG_COUNT(fields), json, out, err);
    return code ? code : mg_moflow_config_check(out, err);
}

mg_moflow_shape mg_moflow_shape_of(const mg_moflow_config *c) {
    int numbers[MG_MOFLOW_TYPES];
    const int64_t n = c->slots, side = n / c->squeeze;
    const int types = mg_moflow_elements(c, numbers) + 1;
    return (mg_moflow_shape){.slots = c->slots,
                             .types = types,
                             .places = side * side,
                             .channels = MG_MOFLOW_BONDS * (int64_t)c->squeeze * c->squeeze,
                             .atom_dim = n * types,
                             .bond_dim = MG_MOFLOW_BONDS * n * n};
}
