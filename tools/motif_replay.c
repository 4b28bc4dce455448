/* motif_replay.c - how many molecules a vocabulary of motifs can say: each is taken apart, and its
 * own decisions are followed by the decoder's assembler (chem/motif/replay.c).
 *
 *     motif_replay [-p] [-r] [-c] VOCABULARY TABLE [IDS]
 *
 * VOCABULARY is a text of chem/motif's, or a model with a part `motif`, which also decodes its own
 * latents of the molecules then. IDS: a list of the ids that count. Molecules have fewer than 30
 * atoms. -p: labels as published; -r: rigid double bonds; -c: a closed root.
 */
#include "chem/motif/motif.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct counts {
    int64_t rows, split, large, outcome[MG_REPLAY_OUTCOMES];
    /* of a model */
    int64_t decoded, valid, exact, cut;
    double similarity, seconds;
} counts;

typedef struct model {
    const mg_motif_part *part;
    mg_tape *tape;
    mg_motif_graphs graphs;
    char *want[64];
    mg_mol *mols[64];
    int n;
} model;

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double tanimoto(const mg_mol *a, const mg_mol *b) {
    uint8_t x[256], y[256];
    if (mg_mol_fingerprint(a, MG_FP_MORGAN, 2, 2048, x, NULL) ||
        mg_mol_fingerprint(b, MG_FP_MORGAN, 2, 2048, y, NULL))
        return 0;
    return mg_tanimoto(x, y, 2048);
}

/* Molecules to their mean latents and back. */
static int decode_batch(model *m, counts *c, molglot_error *err) {
    mg_tensor *mean, *variance;
    const int latent = mg_motif_vae_config(m->part->vae)->latent;
    mg_motif_drawn out[64];
    float z[64 * 64];
    mg_tape_reset(m->tape);
    if (!mg_motif_encode(m->tape, m->part->vae, &m->graphs, &mean, &variance) || latent > 64)
        return mg_tape_error(m->tape, err);
    memcpy(z, mg_values(m->tape, mean), (size_t)(m->n * latent) * sizeof *z);
    const mg_motif_decode_options o = mg_motif_decode_default();
    const double from = cpu_seconds();
    int code = mg_motif_decode(m->tape, m->part->vae, m->part->vocab, z, m->n, &o, out, err);
    c->seconds += cpu_seconds() - from;
    for (int i = 0; i < m->n; i++) {
        mg_mol *back = !code && out[i].smiles ? mg_mol_from_smiles(out[i].smiles, NULL, NULL)
                                              : NULL;
        c->decoded++, c->valid += back != NULL;
        if (!code) c->cut += out[i].cut;
        c->exact += back && strcmp(out[i].smiles, m->want[i]) == 0;
        if (back) c->similarity += tanimoto(back, m->mols[i]);
        mg_mol_free(back);
        mg_mol_free(m->mols[i]);
        free(m->want[i]);
        if (!code) free(out[i].smiles);
    }
    m->n = 0;
    mg_motif_graphs_clear(&m->graphs);
    return code;
}

/* Takes over the molecule. */
static int keep(model *m, mg_mol *mol, counts *c, molglot_error *err) {
    mg_graph graph;
    if (!m->part) {
        mg_mol_free(mol);
        return MOLGLOT_OK;
    }
    int code = mg_graph_from_mol(mol, MG_FEAT_OGB, &graph, err);
    if (!code) code = mg_motif_graphs_add(&m->graphs, &graph, err);
    mg_graph_free(&graph);
    m->want[m->n] = mg_mol_smiles(mol, false);
    m->mols[m->n++] = mol;
    return code || m->n < 8 ? code : decode_batch(m, c, err);
}

static int one(const char *smiles, const mg_motif_vocab *v, const mg_replay_options *o, model *m,
               counts *c, molglot_error *err) {
    mg_decomposition d;
    int outcome, code;
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!mol || mg_mol_atoms(mol) >= 30) {
        c->large++;
        mg_mol_free(mol);
        return MOLGLOT_OK;
    }
    c->rows++;
    code = mg_decompose(mol, v, &d, NULL, err);
    if (code == MOLGLOT_BAD_FILE) {
        c->split++;
        code = MOLGLOT_OK;
    } else if (!code && !(code = mg_motif_replay(mol, &d, v, o, &outcome, err))) {
        c->outcome[outcome]++;
        if (outcome != MG_REPLAY_SAME && getenv("MOTIF_SHOW")) printf("%d %s\n", outcome, smiles);
    }
    mg_decomposition_free(&d);
    if (code) {
        mg_mol_free(mol);
        return code;
    }
    return keep(m, mol, c, err);
}

static void show(const counts *c) {
    static const char *const names[] = {"rebuilt", "no site", "no molecule on the way",
                                        "a label out of vocabulary", "another molecule"};
    printf("%lld molecules (%lld others too large or unread)\n", (long long)c->rows,
           (long long)c->large);
    for (int k = 0; k < MG_REPLAY_OUTCOMES; k++)
        printf("%-26s %5lld  %.1f %%\n", names[k], (long long)c->outcome[k],
               100.0 * (double)c->outcome[k] / (double)c->rows);
    printf("%-26s %5lld  %.1f %%\n", "not taken apart", (long long)c->split,
           100.0 * (double)c->split / (double)c->rows);
    if (!c->decoded) return;
    const double n = (double)c->decoded;
    printf("decoded: valid %.4f, exact without stereo %.4f, Morgan similarity %.4f (invalid: 0), "
           "cut %.4f; %.2f ms of processor a molecule\n",
           (double)c->valid / n, (double)c->exact / n, c->similarity / n, (double)c->cut / n,
           1000 * c->seconds / n);
}

static int run(const mg_motif_vocab *v, const mg_replay_options *o, model *m, char *const *files,
               molglot_error *err) {
    counts c = {0};
    mg_rows rows;
    mg_names wanted = {0};
    char *ids = NULL;
    size_t n = 0;
    int code = files[1] ? mg_read_file(files[1], (size_t)1 << 28, &ids, &n, err) : MOLGLOT_OK;
    for (char *at = ids ? strtok(ids, "\r\n\t ") : NULL; at; at = strtok(NULL, "\r\n\t "))
        mg_names_put(&wanted, at, 1);
    if (!code) code = mg_rows_load(&rows, files[0], NULL, err);
    for (size_t i = 0; i < rows.n && !code; i++)
        if (rows.status[i].ok && (!ids || mg_names_find(&wanted, rows.id[i]) >= 0))
            code = one(rows.smiles[i], v, o, m, &c, err);
    if (!code && m->n > 0) code = decode_batch(m, &c, err);
    if (!code) show(&c);
    mg_names_free(&wanted);
    free(ids);
    return code;
}

int main(int argc, char **argv) {
    mg_replay_options o = {0};
    molglot_error err = {0};
    for (int c; (c = getopt(argc, argv, "prc")) != -1;)
        *(c == 'p' ? &o.published : c == 'r' ? &o.rigid : &o.closed_root) = true;
    if (argc - optind < 2 || mg_chem_init(&err)) return 2;
    char *text = NULL;
    size_t n;
    model m = {0};
    mg_motif_vocab *own = NULL;
    mg_bundle *b = strstr(argv[optind], ".safetensors") ? mg_bundle_open(argv[optind], &err) : NULL;
    if (b && (m.part = mg_bundle_motif(b, &err))) {
        m.tape = mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err);
        if (!m.tape || mg_motif_part_attach(m.part, m.tape, &err)) m.part = NULL;
    } else if (!b && !mg_read_file(argv[optind], (size_t)1 << 28, &text, &n, &err)) {
        own = mg_motif_vocab_new(text, n, &err);
    }
    const mg_motif_vocab *v = m.part ? m.part->vocab : own;
    int code = v ? run(v, &o, &m, argv + optind + 1, &err) : MOLGLOT_BAD_FILE;
    if (code) fprintf(stderr, "%s\n", err.message);
    return code ? 1 : 0;
}
