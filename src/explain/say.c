/* say.c - an explanation as JSON, and the places of atoms in a SMILES. */
#include "chem/smiles/smiles.h"
#include "explain/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- a SMILES ---- */

/* Bytes of the atom that begins at s; 0: none does. *hydrogen: it is [H], perhaps an isotope. */
static size_t atom_at(const char *s, bool *hydrogen) {
    *hydrogen = false;
    if (*s == '[') {
        const char *end = strchr(s, ']'), *p = s + 1;
        if (!end) return 0;
        *hydrogen = *p == 'H' && (p[1] == ']' || p[1] == ':');
        return (size_t)(end - s) + 1;
    }
    if (!strncmp(s, "Cl", 2) || !strncmp(s, "Br", 2)) return 2;
    return *s && strchr("BCNOPSFIbcnops*", *s) ? 1 : 0;
}

/* Spans of the atoms; hydrogens: [H] counts. Their number, or -1 where there are more. */
static int find_atoms(const char *smiles, int atoms, bool hydrogens, mg_span *spans) {
    int n = 0;
    for (size_t i = 0; smiles[i];) {
        bool hydrogen;
        const size_t k = atom_at(smiles + i, &hydrogen);
        if (k && (hydrogens || !hydrogen)) {
            if (n == atoms) return -1;
            spans[n++].begin = i;
        }
        i += k ? k : 1;
        if (n) spans[n - 1].end = i;
    }
    return n;
}

bool mg_smiles_atom_spans(const char *smiles, int atoms, mg_span *spans) {
    return find_atoms(smiles, atoms, true, spans) == atoms ||
           find_atoms(smiles, atoms, false, spans) == atoms;
}

/* ---- JSON ---- */

static void add_string(mg_str *out, const char *s, size_t n) {
    mg_str_addz(out, "\"");
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            mg_str_addf(out, "\\%c", c);
        else if (c < 0x20)
            mg_str_addf(out, "\\u%04x", c);
        else
            mg_str_add(out, s + i, 1);
    }
    mg_str_addz(out, "\"");
}

static void add_said(mg_str *out, const mg_said *w, const char *text, int atoms) {
    mg_str_addf(out, "{\"begin\":%zu,\"end\":%zu,\"text\":", w->span.begin, w->span.end);
    add_string(out, text + w->span.begin, w->span.end - w->span.begin);
    mg_str_addf(out, ",\"by\":\"%s\"", w->by ? mg_said_name(w->by) : "nothing");
    if (w->label) {
        mg_str_addz(out, ",\"term\":");
        add_string(out, w->label, strlen(w->label));
    }
    if (w->places >= 0) mg_str_addf(out, ",\"places\":%d", w->places);
    if (w->set >= 0) mg_str_addf(out, ",\"set\":%d", w->set);
    mg_str_addz(out, ",\"atoms\":[");
    for (int a = 0, n = 0; a < atoms; a++)
        if (w->lit[a]) mg_str_addf(out, "%s%d", n++ ? "," : "", a);
    mg_str_addz(out, "],\"scores\":[");
    for (int a = 0; a < atoms; a++) mg_str_addf(out, "%s%.3g", a ? "," : "", (double)w->score[a]);
    mg_str_addz(out, "]}");
}

static void add_level(mg_str *out, const mg_explanation *e, int k, const char *text) {
    const mg_level *l = &e->level[k];
    mg_str_addf(out, "{\"level\":\"%s\",\"atoms_as\":\"%s\",\"sets\":%d,\"atom_set\":[",
                mg_level_name(k), mg_level_atoms_name(k), l->sets);
    for (int a = 0; a < e->atoms; a++) {
        if (l->atom_set[a] < 0)
            mg_str_addf(out, "%snull", a ? "," : "");
        else
            mg_str_addf(out, "%s%d", a ? "," : "", l->atom_set[a]);
    }
    mg_str_addz(out, "],\"said\":[");
    for (size_t i = 0; i < l->n; i++) {
        if (i) mg_str_addz(out, ",");
        add_said(out, &l->said[i], text, e->atoms);
    }
    mg_str_addz(out, "]}");
}

char *mg_explanation_json(const mg_explanation *e, const mg_mol *m, const char *smiles,
                          const char *text, molglot_error *err) {
    mg_str out = {0};
    mg_graph g;
    if (mg_graph_from_mol(m, MG_FEAT_OGB, &g, err)) return NULL;
    mg_str_addz(&out, "{\"smiles\":");
    add_string(&out, smiles, strlen(smiles));
    mg_str_addz(&out, ",\"text\":");
    add_string(&out, text, strlen(text));
    mg_str_addz(&out, ",\"learned_by\":");
    if (e->source)
        add_string(&out, e->source, strlen(e->source));
    else
        mg_str_addz(&out, "null");
    mg_str_addz(&out, ",\"atoms\":[");
    for (int a = 0; a < e->atoms; a++)
        mg_str_addf(&out, "%s\"%s\"", a ? "," : "",
                    mg_element_symbol(g.atoms[a * g.atom_cols] + 1));
    mg_str_addz(&out, "],\"levels\":[");
    for (int k = 0; k < MG_LEVELS; k++) {
        if (k) mg_str_addz(&out, ",");
        add_level(&out, e, k, text);
    }
    mg_str_addz(&out, "]}");
    mg_graph_free(&g);
    if (!out.failed) return out.s;
    mg_str_free(&out);
    mg_no_memory(err, "an explanation");
    return NULL;
}
