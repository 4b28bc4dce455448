/* explain_rows.c - an explanation as lines of a terminal, and as rows with tabs. */
#include "app/cmd/explain.h"
#include "chem/smiles/smiles.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 34, ATOMS = 24 };

const char **explain_symbols(const mg_mol *m, molglot_error *err) {
    mg_graph g;
    if (mg_graph_from_mol(m, MG_FEAT_OGB, &g, err)) return NULL;
    const char **symbols = calloc((size_t)g.n_atoms + 1, sizeof *symbols);
    for (int32_t a = 0; symbols && a < g.n_atoms; a++)
        symbols[a] = mg_element_symbol(g.atoms[a * g.atom_cols] + 1);
    mg_graph_free(&g);
    if (!symbols) mg_no_memory(err, "the atoms of a molecule");
    return symbols;
}

/* "3-7, 25", numbered from 0 as everywhere. */
static void add_atoms(mg_str *out, const uint8_t *lit, int atoms) {
    for (int a = 0, any = 0; a < atoms; a++) {
        if (!lit[a]) continue;
        int last = a;
        while (last + 1 < atoms && lit[last + 1]) last++;
        mg_str_addf(out, any++ ? ",%d" : "%d", a);
        if (last > a) mg_str_addf(out, last > a + 1 ? "-%d" : ",%d", last);
        a = last;
    }
}

/* The lit atoms' parts of the SMILES, ".." between those that do not stand together. */
static void add_piece(mg_str *out, const char *smiles, const mg_span *spans, const uint8_t *lit,
                      int atoms) {
    int last = -1;
    for (int a = 0; a < atoms; a++) {
        if (!lit[a]) continue;
        if (last >= 0 && last != a - 1) mg_str_addz(out, " .. ");
        mg_str_add(out, smiles + spans[a].begin, spans[a].end - spans[a].begin);
        last = a;
    }
}

/* A text of so many characters, cut or filled with blanks. */
static void add_fixed(mg_str *out, const char *s, size_t n, size_t width) {
    const size_t length = mg_utf8_length(s, n), clip = length > width ? width - 2 : length;
    mg_str_add(out, s, mg_utf8_prefix(s, n, clip));
    if (clip < length) mg_str_addz(out, "..");
    for (size_t i = clip < length ? width : length; i < width; i++) mg_str_addz(out, " ");
}

static int count(const uint8_t *lit, int atoms) {
    int n = 0;
    for (int a = 0; a < atoms; a++) n += lit[a];
    return n;
}

static void add_line(mg_str *out, const explained *x, const mg_said *w, const mg_span *spans) {
    mg_str atoms = {0}, piece = {0};
    add_atoms(&atoms, w->lit, x->e->atoms);
    if (spans) add_piece(&piece, x->smiles, spans, w->lit, x->e->atoms);
    mg_str_addz(out, "  ");
    add_fixed(out, x->text + w->span.begin, w->span.end - w->span.begin, WORD);
    mg_str_addf(out, " %-8s ", mg_said_name(w->by));
    if (w->by == MG_SAID_EXACT && w->places == 0)
        mg_str_addz(out, "the molecule has none");
    else if (!count(w->lit, x->e->atoms))
        mg_str_addz(out, w->by ? "no atoms in particular" : "");
    else {
        add_fixed(out, atoms.s, atoms.n, ATOMS);
        mg_str_addz(out, " ");
        mg_str_add(out, piece.s, piece.n);
    }
    while (out->n && out->s[out->n - 1] == ' ') out->s[--out->n] = 0;
    mg_str_addz(out, "\n");
    out->failed |= atoms.failed || piece.failed;
    mg_str_free(&atoms);
    mg_str_free(&piece);
}

/* A set: its phrases in a line, its atoms. */
static void add_set(mg_str *out, const explained *x, const mg_level *l, int set,
                    const mg_span *spans) {
    uint8_t *lit = calloc((size_t)x->e->atoms + 1, 1);
    mg_str atoms = {0}, said = {0};
    out->failed |= !lit;
    for (int a = 0; lit && a < x->e->atoms; a++) lit[a] = l->atom_set[a] == set;
    for (size_t i = 0; i < l->n; i++) {
        if (l->said[i].set != set) continue;
        if (said.n) mg_str_addz(&said, "; ");
        mg_str_add(&said, x->text + l->said[i].span.begin,
                   l->said[i].span.end - l->said[i].span.begin);
    }
    if (lit) add_atoms(&atoms, lit, x->e->atoms);
    mg_str_addf(out, "  %-3d", set + 1);
    add_fixed(out, said.s ? said.s : "", said.n, WORD + 6);
    mg_str_addz(out, " ");
    add_fixed(out, atoms.s ? atoms.s : "", atoms.n, ATOMS);
    mg_str_addz(out, " ");
    if (spans && lit) add_piece(out, x->smiles, spans, lit, x->e->atoms);
    mg_str_addz(out, "\n");
    out->failed |= atoms.failed || said.failed;
    mg_str_free(&atoms);
    mg_str_free(&said);
    free(lit);
}

static mg_span *spans_of(const explained *x, molglot_error *err) {
    mg_span *spans = calloc((size_t)x->e->atoms + 1, sizeof *spans);
    if (!spans) mg_no_memory(err, "the atoms of a molecule");
    return spans;
}

int explain_table(mg_str *out, const explained *x, molglot_error *err) {
    mg_span *spans = spans_of(x, err);
    if (!spans) return MOLGLOT_NO_MEMORY;
    const bool placed = mg_smiles_atom_spans(x->smiles, x->e->atoms, spans);
    mg_str_addf(out, "%s%s%s\n%s\n", *x->id ? x->id : "", *x->id ? ": " : "", x->smiles, x->text);
    static const mg_level_kind listed[] = {MG_LEVEL_WORD, MG_LEVEL_PHRASE};
    for (size_t k = 0; k < MG_COUNT(listed); k++) {
        const mg_level *l = &x->e->level[listed[k]];
        mg_str_addf(out, "%s\n", k ? "phrases and groups" : "words and atoms");
        for (size_t i = 0; i < l->n; i++)
            if (l->said[i].by) add_line(out, x, &l->said[i], placed ? spans : NULL);
    }
    const mg_level *l = &x->e->level[MG_LEVEL_SENTENCE];
    mg_str_addz(out, "sentence and molecule\n");
    for (int s = 0; s < l->sets; s++) add_set(out, x, l, s, placed ? spans : NULL);
    free(spans);
    return out->failed ? mg_no_memory(err, "an explanation") : MOLGLOT_OK;
}

void explain_tsv_head(mg_str *out) {
    mg_str_addz(out,
                "row\tid\tsmiles\tlevel\tbegin\tend\twords\tby\tterm\tplaces\tset\tatoms\tpiece\n");
}

static void add_row(mg_str *out, int64_t row, const explained *x, mg_level_kind level,
                    const mg_said *w, const mg_span *spans) {
    mg_str words = {0};
    mg_str_add(&words, x->text + w->span.begin, w->span.end - w->span.begin);
    mg_str_addf(out, "%lld\t", (long long)row);
    mg_csv_field(out, x->id, '\t');
    mg_str_addf(out, "\t%s\t%s\t%zu\t%zu\t", x->smiles, mg_level_name(level), w->span.begin,
                w->span.end);
    mg_csv_field(out, words.s ? words.s : "", '\t');
    mg_str_addf(out, "\t%s\t%s\t", w->by ? mg_said_name(w->by) : "", w->label ? w->label : "");
    if (w->places >= 0) mg_str_addf(out, "%d", w->places);
    mg_str_addz(out, "\t");
    if (w->set >= 0) mg_str_addf(out, "%d", w->set + 1);
    mg_str_addz(out, "\t");
    add_atoms(out, w->lit, x->e->atoms);
    mg_str_addz(out, "\t");
    if (spans) add_piece(out, x->smiles, spans, w->lit, x->e->atoms);
    mg_str_addz(out, "\n");
    out->failed |= words.failed;
    mg_str_free(&words);
}

int explain_tsv(mg_str *out, int64_t row, const explained *x, molglot_error *err) {
    mg_span *spans = spans_of(x, err);
    if (!spans) return MOLGLOT_NO_MEMORY;
    const bool placed = mg_smiles_atom_spans(x->smiles, x->e->atoms, spans);
    for (int k = 0; k < MG_LEVELS; k++)
        for (size_t i = 0; i < x->e->level[k].n; i++)
            add_row(out, row, x, (mg_level_kind)k, &x->e->level[k].said[i], placed ? spans : NULL);
    free(spans);
    return out->failed ? mg_no_memory(err, "an explanation") : MOLGLOT_OK;
}
