/* tokens.c - a source of alignment: the tokens of a writer that was trained to align them (Atomas,
 * arXiv 2404.16880; model/atomas/align.h).
 *
 *   R_ts    cosine of the states of word piece t and SMILES token s, either language read alone
 *   atom a  is written by tokens s(a), its brackets, bonds and ring numbers among them
 *   span w  has pieces t(w)
 *   out_wa  = max(0, mean over t(w) of max over s(a) of R_ts - the mean of these over all atoms),
 *             divided by the sum over atoms where it is above 1
 */
#include "explain/inside.h"
#include "model/atomas/align.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

#define ARENA ((size_t)1 << 32) /* address space of the tape, not memory */

struct mg_align_tokens {
    const mg_writer_part *w;
    mg_tape *tape;
    mg_writer_packer packer;
    int32_t *pieces, *tokens; /* room for the longest text and molecule */
};

mg_align_tokens *mg_align_tokens_new(const mg_writer_part *w, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(w->writer);
    if (!c->align) {
        mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer was not trained to align tokens", w->path);
        return NULL;
    }
    mg_align_tokens *x = calloc(1, sizeof *x);
    if (!x || !(x->pieces = malloc((size_t)c->max_text * sizeof *x->pieces)) ||
        !(x->tokens = malloc((size_t)c->max_tokens * sizeof *x->tokens))) {
        mg_no_memory(err, "an alignment");
    } else {
        x->w = w;
        x->tape = mg_tape_new("cpu", MG_PREC_F32, 1, ARENA, err);
        if (x->tape && mg_writer_part_attach(w, x->tape, err) == MOLGLOT_OK) return x;
    }
    mg_align_tokens_free(x);
    return NULL;
}

void mg_align_tokens_free(mg_align_tokens *x) {
    if (!x) return;
    mg_tape_free(x->tape);
    mg_writer_packer_free(&x->packer);
    free(x->pieces);
    free(x->tokens);
    free(x);
}

/* ---- which token belongs to what ---- */

/* The molecule's tokens into x->tokens, and the atom of each into owner; their number, 0: it has
 * none or too many, -1: no memory. The model reads one more before them, which begins it. */
static int32_t read_molecule(mg_align_tokens *x, const mg_mol *m, int32_t *owner) {
    const int32_t most = mg_writer_get_config(x->w->writer)->max_tokens - 2;
    const int atoms = mg_mol_atoms(m);
    int32_t *order = malloc(((size_t)atoms + 1) * sizeof *order);
    mg_span *spans = malloc(((size_t)atoms + 1) * sizeof *spans);
    char *smiles = order && spans ? mg_mol_smiles_order(m, order) : NULL;
    int32_t n = smiles ? mg_smiles_encode(x->w->tokens, smiles, x->tokens, most, NULL) : -1;
    const bool memory = smiles != NULL;
    if (n < 0 || (memory && !mg_smiles_atom_spans(smiles, atoms, spans))) n = 0;
    size_t at = 0;
    for (int32_t i = 0, a = 0; i < n; i++) {
        while (a + 1 < atoms && at >= spans[a].end) a++;
        owner[i] = order[a];
        at += strlen(mg_smiles_vocab_token(x->w->tokens, x->tokens[i]));
    }
    free(order);
    free(spans);
    free(smiles);
    return memory ? n : -1;
}

/* How many pieces the text has up to a byte; at most max_text. */
static int32_t pieces_before(mg_align_tokens *x, const char *text, size_t end) {
    return mg_wordpiece_encode(x->w->wordpiece, text, end, x->pieces,
                               mg_writer_get_config(x->w->writer)->max_text);
}

/* ---- scores ---- */

/* The pair as the model sees it: sequence 0 of a batch of one for either side. */
static int look(mg_align_tokens *x, const char *text, int32_t tokens, mg_align_picture *out,
                molglot_error *err) {
    static const int32_t which[1] = {0};
    const mg_writer_config *c = mg_writer_get_config(x->w->writer);
    const int32_t pieces = pieces_before(x, text, strlen(text));
    mg_align_level levels[2][MG_ALIGN_LEVELS];
    if (pieces < 0) return mg_no_memory(err, "an alignment");
    mg_tape_reset(x->tape);
    for (int side = 0; side < 2; side++) {
        mg_writer_pack_reset(&x->packer, c);
        int code = side == MG_ALIGN_TEXT ? mg_writer_pack_text(&x->packer, x->pieces, pieces, err)
                                         : mg_writer_pack_own(&x->packer, x->tokens, tokens, err);
        if (!code) code = mg_writer_pack_row(&x->packer, err);
        if (code) return code;
        mg_tensor *states = mg_writer_states(x->tape, x->w->writer, &x->packer.in);
        if (!states || !mg_writer_levels(x->tape, x->w->writer, (mg_align_side)side, &x->packer.in,
                                         states, which, 1, levels[side]))
            return mg_tape_error(x->tape, err);
    }
    return mg_align_look(x->tape, levels[0], levels[1], 0, 0, out, err);
}

/* One span's row; owner [p->n_smiles]: the atom of each token, -1: of none. */
static void span_row(const mg_align_picture *p, const int32_t *owner, int32_t from, int32_t to,
                     int atoms, float *row) {
    const int64_t n = p->n_smiles;
    float mean = 0, sum = 0;
    memset(row, 0, (size_t)atoms * sizeof *row);
    if (from >= to) return;
    for (int32_t t = from; t < to; t++) {
        const float *r = p->similarity[0] + t * n;
        for (int a = 0; a < atoms; a++) {
            float best = -1;
            for (int64_t s = 0; s < n; s++)
                if (owner[s] == a && r[s] > best) best = r[s];
            row[a] += best / (float)(to - from);
        }
    }
    for (int a = 0; a < atoms; a++) mean += row[a] / (float)atoms;
    for (int a = 0; a < atoms; a++) {
        row[a] = row[a] > mean ? row[a] - mean : 0;
        sum += row[a];
    }
    for (int a = 0; a < atoms && sum > 1; a++) row[a] /= sum;
}

static int token_scores(void *self, const mg_mol *m, const char *text, const mg_span *spans,
                        size_t n, float *out, molglot_error *err) {
    mg_align_tokens *x = self;
    const int atoms = mg_mol_atoms(m);
    int32_t *owner = malloc((size_t)mg_writer_get_config(x->w->writer)->max_tokens * sizeof *owner);
    if (!owner) return mg_no_memory(err, "an alignment");
    owner[0] = -1; /* what begins the molecule is no atom's */
    const int32_t tokens = read_molecule(x, m, owner + 1);
    mg_align_picture p = {0};
    int code = tokens < 0 ? mg_no_memory(err, "an alignment") : MOLGLOT_OK;
    memset(out, 0, n * (size_t)atoms * sizeof *out);
    if (!code && tokens > 0) code = look(x, text, tokens, &p, err);
    for (size_t i = 0; i < n && !code && tokens > 0; i++) {
        int32_t from = pieces_before(x, text, spans[i].begin),
                to = pieces_before(x, text, spans[i].end);
        if (from < 0 || to < 0) code = mg_no_memory(err, "an alignment");
        if (to > p.n_text) to = (int32_t)p.n_text;
        if (!code) span_row(&p, owner, from, to, atoms, out + i * (size_t)atoms);
    }
    mg_align_picture_free(&p);
    free(owner);
    return code;
}

mg_align_source mg_align_by_tokens(mg_align_tokens *x) {
    return (mg_align_source){"unified model", x, token_scores};
}
