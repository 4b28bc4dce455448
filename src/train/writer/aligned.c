/* aligned.c - what a writer of aligned latents is shown (model/writer/aligned.c). The molecule's
 * vector stands beside it; then parts are left out, so that each says what it can by itself:
 *
 *   [aligned]  model    an aligned model: whose vectors the first latents are
 *              blind    share of molecules without their vector (0.15)
 *              forget   share without remainder (0.4)
 *              part     share of the others that keep each piece of it with a probability drawn
 *                       for the molecule (0.3)
 *              draft    share, of rows with a text, that have the remainder of one of the
 *                       molecules near the text ([memory]) in place of their own (0)
 */
#include "base/grow.h"
#include "base/toml/toml.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

int train_aligned_read(mg_toml *t, const mg_writer_config *c, const train_memory *memory,
                       train_aligned *a, molglot_error *err) {
    if (c->aligned == 0) return MOLGLOT_OK;
    int code = train_read_own_path(t, "aligned.model", a->space.model, err);
    a->blind = (float)mg_toml_num(t, "aligned.blind", 0.15);
    a->forget = (float)mg_toml_num(t, "aligned.forget", 0.4);
    a->part = (float)mg_toml_num(t, "aligned.part", 0.3);
    a->draft = (float)mg_toml_num(t, "aligned.draft", 0);
    if (code) return code;
    if (!*a->space.model)
        return train_refuse(err, "aligned.model", "aligned latents need an aligned model");
    if (!train_is_share(a->blind) || !train_is_share(a->forget) || !train_is_share(a->part) ||
        !train_is_share(a->draft))
        return train_refuse(err, "aligned", "blind, forget, part and draft are probabilities");
    if (a->draft > 0 && !memory->k)
        return train_refuse(err, "aligned.draft", "drafts are molecules near a text: memory.model");
    return MOLGLOT_OK;
}

void train_aligned_identify(const train_aligned *a, const char *sha256, mg_str *out) {
    if (*a->space.model)
        mg_str_addf(out, "\naligned %s blind %a forget %a part %a draft %a", sha256,
                    (double)a->blind, (double)a->forget, (double)a->part, (double)a->draft);
}

int train_aligned_open_set(train_aligned *a, const train_held_out *s, molglot_error *err) {
    if (!a->space.bundle || !s->name) return MOLGLOT_OK;
    int64_t *rows = malloc(((size_t)s->n + 1) * sizeof *rows);
    a->held_out = malloc((size_t)(s->n * a->space.dim + 1) * sizeof *a->held_out);
    int code = rows && a->held_out ? MOLGLOT_OK : mg_no_memory(err, "vectors");
    for (int64_t i = 0; i < s->n && !code; i++) rows[i] = i;
    if (!code)
        code = train_space_molecules(&a->space, false, s->rows, rows, s->n, a->held_out, err);
    free(rows);
    return code;
}

int32_t train_aligned_draft(const train_aligned *a, const train_memory *m, int64_t row,
                            mg_rng *rng) {
    int32_t near[TRAIN_NEIGHBOURS_MOST];
    if (!m->near || !(mg_rng_uniform(rng) < (double)a->draft)) return -1;
    train_memory_choose(m, rng, near);
    return near[0] < 0 ? -1 : m->near[row * m->among + near[0]];
}

int train_aligned_keep(const train_aligned *a, const mg_writer_config *c, mg_rng rng,
                       const bool *drafts, int64_t n, train_rows *p, molglot_error *err) {
    const int k = c->latents, first = c->aligned / c->latent_dim;
    if (!MG_GROW(p->keep, p->room_keep, (size_t)(n * k + 1)) ||
        !MG_GROW(p->draft, p->room_draft, (size_t)n + 1))
        return mg_no_memory(err, "a batch");
    for (int64_t i = 0; i < n; i++) {
        float *keep = p->keep + i * k;
        const bool blind = mg_rng_uniform(&rng) < (double)a->blind,
                   forget = mg_rng_uniform(&rng) < (double)a->forget && !drafts[i],
                   part = mg_rng_uniform(&rng) < (double)a->part;
        const double some = forget ? 0 : part ? mg_rng_uniform(&rng) : 1;
        for (int j = 0; j < k; j++)
            keep[j] = j < first ? (float)!blind : (float)(mg_rng_uniform(&rng) < some);
        p->draft[i] = drafts[i];
    }
    p->input.in.keep = p->keep;
    p->input.in.draft = p->draft;
    return MOLGLOT_OK;
}

void train_aligned_close(train_aligned *a) {
    train_space_close(&a->space);
    free(a->held_out);
}
