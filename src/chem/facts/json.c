/* json.c - all facts of a molecule as one JSON object. */
#include "chem/facts/inside.h"

#include <stdlib.h>
#include <string.h>

static void add_string(mg_str *out, const char *s) {
    mg_str_addz(out, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            mg_str_addf(out, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            mg_str_addf(out, "\\u%04x", (unsigned)*s);
        else
            mg_str_add(out, s, 1);
    }
    mg_str_addz(out, "\"");
}

static void add_count(mg_str *out, const char *name, int n) {
    mg_str_addf(out, ",\"%s\":%d", name, n);
}

static void add_numbers(mg_str *out, const mg_facts *f) {
    mg_str_addf(out,
                "{\"formula\":\"%s\",\"weight\":%.4f,\"exact_mass\":%.5f,\"logp\":%.4f,"
                "\"tpsa\":%.2f,\"qed\":%.4f",
                f->formula, f->weight, f->exact_mass, f->logp, f->tpsa, f->qed);
    add_count(out, "heavy_atoms", f->heavy);
    add_count(out, "charge", f->charge);
    add_count(out, "components", f->components);
    add_count(out, "isotopes", f->isotopes);
    add_count(out, "radical_electrons", f->radicals);
    add_count(out, "metals", f->metals);
    add_count(out, "donors", f->donors);
    add_count(out, "acceptors", f->acceptors);
    add_count(out, "rotatable_bonds", f->rotatable);
    add_count(out, "lipinski_violations", f->lipinski_breaks);
    mg_str_addf(out, ",\"lipinski\":%s,\"veber\":%s", f->lipinski ? "true" : "false",
                f->veber ? "true" : "false");
}

static void add_rings(mg_str *out, const mg_facts *f) {
    const char *before = "";
    add_count(out, "rings", f->rings);
    add_count(out, "aromatic_rings", f->aromatic_rings);
    add_count(out, "hetero_rings", f->hetero_rings);
    add_count(out, "fused_rings", f->fused);
    add_count(out, "ring_systems", f->ring_systems);
    add_count(out, "macrocycles", f->macrocycles);
    add_count(out, "spiro_atoms", f->spiro);
    add_count(out, "bridgehead_atoms", f->bridged);
    add_count(out, "largest_ring", f->largest_ring);
    mg_str_addz(out, ",\"ring_sizes\":{");
    for (int i = 3; i < MG_RING_SIZES; i++) {
        if (!f->ring_sizes[i]) continue;
        mg_str_addf(out, i == MG_RING_SIZES - 1 ? "%s\"%d+\":%d" : "%s\"%d\":%d", before, i,
                    f->ring_sizes[i]);
        before = ",";
    }
    mg_str_addz(out, "}");
}

static void add_stereo(mg_str *out, const mg_facts *f) {
    add_count(out, "stereocentres", f->stereocentres + f->unset);
    add_count(out, "stereocentres_set", f->stereocentres);
    add_count(out, "r", f->r);
    add_count(out, "s", f->s);
    add_count(out, "stereobonds", f->stereobonds + f->unset_bonds);
    add_count(out, "stereobonds_set", f->stereobonds);
    add_count(out, "e", f->e);
    add_count(out, "z", f->z);
    add_count(out, "carbon_double_bonds", f->carbons_double);
    add_count(out, "carbon_triple_bonds", f->carbons_triple);
    add_count(out, "longest_chain", f->chain);
    mg_str_addz(out, ",\"acyl_chains\":[");
    for (int i = 0; i < f->n_acyls && i < MG_ACYLS; i++)
        mg_str_addf(out, "%s\"%d:%d\"", i ? "," : "", f->acyls[i].carbons, f->acyls[i].doubles);
    mg_str_addz(out, "]");
}

static int add_atoms(mg_str *out, const mg_groups *g, const mg_mol *m, int group,
                     molglot_error *err) {
    int32_t *atoms = NULL;
    int n = 0, size = 0;
    const int code = mg_facts_atoms(g, m, group, &atoms, &n, &size, err);
    mg_str_addz(out, ",\"atoms\":[");
    for (int i = 0; i < n; i++) {
        mg_str_addz(out, i ? ",[" : "[");
        for (int k = 0; k < size; k++) mg_str_addf(out, k ? ",%d" : "%d", (int)atoms[i * size + k]);
        mg_str_addz(out, "]");
    }
    mg_str_addz(out, "]}");
    free(atoms);
    return code;
}

static int add_groups(mg_str *out, const mg_groups *g, const mg_mol *m, const mg_facts *f,
                      molglot_error *err) {
    const char *before = "";
    uint16_t *shown = calloc(g->n + 1, sizeof *shown);
    if (!shown) return mg_no_memory(err, "facts");
    int code = mg_facts_specific(g, m, f, shown, err);
    mg_str_addz(out, ",\"groups\":[");
    for (int i = 0; i < (int)g->n && !code; i++) {
        if (!f->count[i]) continue;
        mg_str_addf(out, "%s{\"name\":", before);
        add_string(out, g->list[i].name);
        mg_str_addf(out, ",\"kind\":\"%s\",\"count\":%d,\"specific\":%s",
                    mg_group_kind_name(g->list[i].kind), f->count[i], shown[i] ? "true" : "false");
        code = add_atoms(out, g, m, i, err);
        before = ",";
    }
    mg_str_addz(out, "]");
    free(shown);
    return code;
}

char *mg_facts_json(const mg_groups *g, const mg_mol *m, const mg_facts *f, molglot_error *err) {
    mg_str out = {0};
    char *text = mg_facts_text(g, m, f, err);
    if (!text) return NULL;
    add_numbers(&out, f);
    add_rings(&out, f);
    add_stereo(&out, f);
    const int code = add_groups(&out, g, m, f, err);
    mg_str_addz(&out, ",\"description\":");
    add_string(&out, text);
    mg_str_addz(&out, "}");
    free(text);
    if (!code && !out.failed) return out.s;
    if (!code) mg_no_memory(err, "facts");
    mg_str_free(&out);
    return NULL;
}
