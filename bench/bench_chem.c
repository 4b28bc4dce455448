/* bench_chem.c - what chemistry costs per molecule, as JSON lines.
 *
 *   bench_chem FILE [N]          times each step over the first N molecules (default 3000): CPU
 *                                seconds of one thread
 *   bench_chem --dump FILE [N]   one line a molecule: OGB features, simple features, InChIKey,
 *                                SMILES (for tests/parity/ogb_features.py)
 *
 * FILE: one SMILES a line, or a table whose column "smiles" holds them; gzip and zstd are read.
 */
#include "chem/chem.h"
#include "chem/facts/facts.h"
#include "chem/features/features.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct corpus {
    char *text;
    char **smiles;
    size_t n;
} corpus;
typedef struct bench {
    const corpus *c;
    mg_mol **mols;
    const char *families;
    size_t done;
    double sum;
} bench;

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *read_all(const char *path) {
    mg_stream *s = mg_stream_open(path, NULL);
    mg_str text = {0};
    static char buffer[1 << 16];
    size_t got = 0;
    if (!s) return NULL;
    while (!mg_stream_read(s, buffer, sizeof buffer, &got, NULL) && got > 0)
        mg_str_add(&text, buffer, got);
    mg_stream_close(s);
    return text.s;
}

/* Which tab-separated column holds the SMILES: the one named so in the first line, else the
 * first. */
static int smiles_column(const char *text, bool *header) {
    size_t length = strcspn(text, "\n");
    int column = 0;
    *header = false;
    for (size_t i = 0; i < length; column++) {
        size_t width = strcspn(text + i, "\t\n");
        if (width == 6 && memcmp(text + i, "smiles", 6) == 0) {
            *header = true;
            return column;
        }
        i += width + 1;
    }
    return 0;
}

static bool load(const char *path, size_t most, corpus *c) {
    bool header;
    c->text = read_all(path);
    if (!c->text) return false;
    int column = smiles_column(c->text, &header);
    c->smiles = malloc(most * sizeof *c->smiles);
    c->n = 0;
    char *line = header ? strchr(c->text, '\n') + 1 : c->text;
    while (c->smiles && *line && c->n < most) {
        char *end = line + strcspn(line, "\n"), *next = *end ? end + 1 : end;
        *end = 0;
        for (int k = 0; k < column && line; k++)
            line = strchr(line, '\t') ? strchr(line, '\t') + 1 : NULL;
        if (line) {
            line[strcspn(line, "\t\r")] = 0;
            mg_smiles_undouble(line);
            c->smiles[c->n++] = line;
        }
        line = next;
    }
    return c->smiles != NULL;
}

static void step_prescan(bench *b) {
    for (size_t i = 0; i < b->c->n; i++, b->done++)
        mg_smiles_prescan(b->c->smiles[i], strlen(b->c->smiles[i]), NULL, NULL);
}
static void step_parse(bench *b) {
    for (size_t i = 0; i < b->c->n; i++, b->done++)
        mg_mol_free(mg_mol_from_smiles(b->c->smiles[i], NULL, NULL));
}
static void step_smiles(bench *b) {
    for (size_t i = 0; i < b->c->n; i++, b->done++)
        if (b->mols[i]) free(mg_mol_smiles(b->mols[i], true));
}
static void step_graph(bench *b) {
    mg_graph g;
    for (size_t i = 0; i < b->c->n; i++, b->done++) {
        if (b->mols[i] && !mg_graph_from_mol(b->mols[i], MG_FEAT_OGB, &g, NULL)) mg_graph_free(&g);
    }
}
static void step_features(bench *b) {
    mg_feature *f;
    size_t n;
    for (size_t i = 0; i < b->c->n; i++, b->done++) {
        if (!b->mols[i] || mg_mol_features(b->mols[i], b->families, &f, &n, NULL)) continue;
        b->sum += (double)n;
        free(f);
    }
}
static void step_everything(bench *b) {
    for (size_t i = 0; i < b->c->n; i++, b->done++) {
        mg_mol *m = mg_mol_from_smiles(b->c->smiles[i], NULL, NULL);
        mg_feature *f;
        mg_graph g;
        size_t n;
        if (!m) continue;
        if (!mg_graph_from_mol(m, MG_FEAT_OGB, &g, NULL)) mg_graph_free(&g);
        if (!mg_mol_features(m, b->families, &f, &n, NULL)) free(f);
        mg_mol_free(m);
    }
}
static void step_morgan(bench *b) {
    uint8_t bits[256];
    for (size_t i = 0; i < b->c->n; i++, b->done++)
        if (b->mols[i]) mg_mol_fingerprint(b->mols[i], MG_FP_MORGAN, 2, 2048, bits, NULL);
}
static void step_facts(bench *b) {
    mg_groups *g = mg_groups_new(NULL, 0, NULL);
    for (size_t i = 0; g && i < b->c->n; i++, b->done++) {
        mg_facts f;
        if (b->mols[i] && !mg_facts_of(g, b->mols[i], &f, NULL)) mg_facts_free(&f);
    }
    mg_groups_free(g);
}
static void step_inchikey(bench *b) {
    for (size_t i = 0; i < b->c->n; i++, b->done++)
        if (b->mols[i]) free(mg_mol_inchikey(b->mols[i]));
}
static void step_svg(bench *b) {
    const mg_draw_options o = {.width = 300, .height = 300};
    for (size_t i = 0; i < b->c->n && i < 300; i++, b->done++) {
        char *svg = NULL;
        if (b->mols[i] && !mg_draw_svg(b->mols[i], &o, &svg, NULL)) free(svg);
    }
}

static void time_step(bench *b, const char *name, const char *families, void (*step)(bench *)) {
    b->families = families;
    b->done = 0;
    b->sum = 0;
    double start = cpu_seconds();
    step(b);
    double seconds = cpu_seconds() - start;
    printf("{\"step\": \"%s\", \"families\": \"%s\", \"molecules\": %zu, \"us_each\": %.2f, "
           "\"per_second\": %.0f, \"features_each\": %.1f}\n",
           name, families, b->done, 1e6 * seconds / (double)b->done, (double)b->done / seconds,
           b->sum / (double)b->done);
    fflush(stdout);
}

static void print_rows(const char *name, const uint8_t *rows, int n, int cols) {
    printf(", \"%s\": [", name);
    for (int i = 0; i < n * cols; i++) printf("%s%d", i ? "," : "", rows[i]);
    printf("]");
}

static void print_graph(const mg_mol *m, mg_feat_kind kind, const char *prefix) {
    mg_graph g;
    char name[32];
    if (mg_graph_from_mol(m, kind, &g, NULL)) return;
    snprintf(name, sizeof name, "%s_x", prefix);
    print_rows(name, g.atoms, g.n_atoms, g.atom_cols);
    snprintf(name, sizeof name, "%s_e", prefix);
    print_rows(name, g.bonds, g.n_edges, g.bond_cols);
    printf(", \"%s_edges\": [", prefix);
    for (int e = 0; e < g.n_edges; e++) printf("%s%d,%d", e ? "," : "", g.src[e], g.dst[e]);
    printf("]");
    mg_graph_free(&g);
}

static void dump(const corpus *c) {
    for (size_t i = 0; i < c->n; i++) {
        molglot_row_status row;
        mg_mol *m = mg_mol_from_smiles(c->smiles[i], NULL, &row);
        printf("{\"row\": %zu, \"ok\": %d", i, row.ok);
        if (m) {
            char *key = mg_mol_inchikey(m), *smiles = mg_mol_smiles(m, true);
            printf(", \"inchikey\": \"%s\"", key ? key : "");
            printf(", \"canonical_bytes\": %zu", smiles ? strlen(smiles) : 0);
            print_graph(m, MG_FEAT_OGB, "ogb");
            print_graph(m, MG_FEAT_SIMPLE, "simple");
            free(key);
            free(smiles);
        }
        printf("}\n");
        mg_mol_free(m);
    }
}

int main(int argc, char **argv) {
    bool dumping = argc > 1 && strcmp(argv[1], "--dump") == 0;
    if (argc < 2 + dumping) {
        fprintf(stderr, "usage: bench_chem [--dump] FILE [N]\n");
        return 2;
    }
    corpus c = {0};
    bench b = {.c = &c};
    size_t most = argc > 2 + dumping ? strtoul(argv[2 + dumping], NULL, 10) : 3000;
    if (mg_chem_init(NULL) || !load(argv[1 + dumping], most, &c)) {
        fprintf(stderr, "bench_chem: cannot read %s\n", argv[1 + dumping]);
        return 1;
    }
    if (dumping) {
        dump(&c);
    } else if ((b.mols = calloc(c.n + 1, sizeof *b.mols))) {
        time_step(&b, "prescan", "", step_prescan);
        time_step(&b, "parse", "", step_parse);
        for (size_t i = 0; i < c.n; i++) b.mols[i] = mg_mol_from_smiles(c.smiles[i], NULL, NULL);
        time_step(&b, "canonical", "", step_smiles);
        time_step(&b, "graph", "", step_graph);
        static const char *const sets[] = {"m", "c", "a", "t", "g", "h",
                                           "p", "f", "w", "r", "k", "mcatghpfw"};
        for (size_t k = 0; k < MG_COUNT(sets); k++)
            time_step(&b, "features", sets[k], step_features);
        time_step(&b, "morgan2048", "", step_morgan);
        time_step(&b, "facts", "", step_facts);
        time_step(&b, "inchikey", "", step_inchikey);
        time_step(&b, "svg", "", step_svg);
        time_step(&b, "parse+graph+features", "mcat", step_everything);
        time_step(&b, "parse+graph+features", "mcatghpfw", step_everything);
        for (size_t i = 0; i < c.n; i++) mg_mol_free(b.mols[i]);
    }
    free(b.mols);
    free(c.smiles);
    free(c.text);
    return 0;
}
