/* triage.c - include/molglot.h: lists of controlled substances, structural alerts, scores, the
 * nearest known molecule. */
#include "chem/triage/triage.h"

#include "app/api/api.h"
#include "generate/generate.h"

#include <stdlib.h>
#include <string.h>

molglot_screen *molglot_screen_open(const char *more, size_t n, molglot_error *err) {
    molglot_screen *s = calloc(1, sizeof *s);
    if (!s) {
        mg_no_memory(err, "control lists");
        return NULL;
    }
    if ((s->screen = mg_screen_new(more, more ? n : 0, err)) && (s->triager = mg_triager_new(err)))
        return s;
    molglot_screen_close(s);
    return NULL;
}

void molglot_screen_close(molglot_screen *screen) {
    if (!screen) return;
    mg_screen_free(screen->screen);
    mg_triager_free(screen->triager);
    free(screen);
}

const char *molglot_screen_lists(const molglot_screen *screen) {
    return screen ? mg_screen_lists(screen->screen) : "";
}

int molglot_screen_molecule(const molglot_screen *screen, const char *molecule, char **found,
                            molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_screen_molecule";
    if (found) *found = NULL;
    if (!screen || !found) return mg_fail(err, MOLGLOT_USAGE, "%s: screen or found is NULL", what);
    molglot_error why = {0};
    const long before = mg_chem_refusals();
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    const int code = api_whole(before, m ? mg_screen_mol(screen->screen, m, found, &why) : why.code,
                               &why);
    if (code) free(*found), *found = NULL;
    if (code && err) *err = why;
    mg_mol_free(m);
    return code;
}

/* Quoted; a byte that is no UTF-8 as U+FFFD. */
static void add_string(mg_str *out, const char *s) {
    mg_str_addz(out, "\"");
    for (size_t n = strlen(s), width; n; s += width, n -= width) {
        const unsigned char c = (unsigned char)*s;
        width = mg_utf8_width(s, n);
        if (c == '"' || c == '\\')
            mg_str_addf(out, "\\%c", c);
        else if (c < 0x20)
            mg_str_addf(out, "\\u%04x", c);
        else if (c >= 0x80 && width == 1)
            mg_str_addz(out, "\xEF\xBF\xBD");
        else
            mg_str_add(out, s, width);
    }
    mg_str_addz(out, "\"");
}

/* Where the nearest known molecule is looked for. */
typedef struct known {
    molglot_session *session; /* NULL: nowhere */
    const molglot_index *const *indexes;
    size_t n; /* 0: in the model's memory */
} known;

static int open_memory(const known *k, size_t i, mg_memory *memory, molglot_error *err) {
    *memory = (mg_memory){0};
    if (!k->n) {
        const int code = api_memory_part(k->session->model, &memory->part, err);
        if (code || memory->part) return code;
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the model has no memory of its space: give an index");
    }
    if (!k->indexes[i]) return mg_fail(err, MOLGLOT_USAGE, "index %zu is NULL", i);
    memory->index = k->indexes[i]->index;
    if (mg_index_side(memory->index) != MG_SIDE_MOLECULE)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds texts, not molecules",
                       mg_index_path(memory->index));
    return api_check_index(k->session, k->indexes[i], err);
}

static void add_nearest(mg_str *out, const mg_memory *memory, size_t index, const mg_alike *near) {
    if (near->row < 0) {
        mg_str_addz(out, ",\"nearest_id\":null,\"nearest_smiles\":null,\"nearest_tanimoto\":null,"
                         "\"nearest_cosine\":null,\"nearest_index\":null,\"nearest_row\":null");
        return;
    }
    mg_str_addz(out, ",\"nearest_id\":");
    add_string(out, mg_memory_id(memory, near->row));
    mg_str_addz(out, ",\"nearest_smiles\":");
    add_string(out, mg_memory_smiles(memory, near->row));
    mg_str_addf(out, ",\"nearest_tanimoto\":%.4f,\"nearest_cosine\":%.4f", near->tanimoto,
                near->cosine);
    if (memory->index)
        mg_str_addf(out, ",\"nearest_index\":%zu,\"nearest_row\":%lld", index,
                    (long long)near->row);
    else
        mg_str_addz(out, ",\"nearest_index\":null,\"nearest_row\":null");
}

/* The most similar one, of all memories; the first of equal ones. */
static int find_nearest(const known *k, const mg_mol *m, mg_str *out, molglot_error *err) {
    static const char *const none[] = {""};
    uint8_t bits[MG_CANDIDATE_BITS / 8];
    molglot_row_status row;
    mg_memory best = {0};
    mg_alike near = {.row = -1};
    size_t at = 0;
    float *v = malloc((size_t)mg_embedder_dim(k->session->embedder) * sizeof *v);
    int code = v ? mg_embed_molecules(k->session->embedder, &m, none, 1, v, &row, err)
                 : mg_no_memory(err, "an embedding");
    if (!code) code = mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits, err);
    for (size_t i = 0; i < (k->n ? k->n : 1) && !code; i++) {
        mg_memory memory;
        mg_alike other = {.row = -1};
        code = open_memory(k, i, &memory, err);
        if (!code && row.ok) code = mg_memory_alike(&memory, v, bits, &other, err);
        if (code || other.row < 0 || (near.row >= 0 && other.tanimoto <= near.tanimoto)) continue;
        near = other;
        best = memory;
        at = i;
    }
    if (!code) add_nearest(out, &best, at, &near);
    free(v);
    return code;
}

static int as_json(const molglot_screen *screen, const known *k, const mg_mol *m, char **json,
                   molglot_error *err) {
    mg_triage t = {0};
    char *found = NULL;
    mg_str out = {0};
    int code = mg_triage_of(screen->triager, m, &t, err);
    if (!code) code = mg_screen_mol(screen->screen, m, &found, err);
    if (!code) {
        mg_str_addz(&out, "{\"alerts\":");
        add_string(&out, t.alerts);
        mg_str_addf(&out, ",\"n_alerts\":%d,\"qed\":%.4f,\"sa\":%.3f,\"control_list\":", t.n_alerts,
                    t.qed, t.accessible);
        add_string(&out, found);
        if (k->session) code = find_nearest(k, m, &out, err);
        mg_str_addz(&out, "}");
        if (!code && out.failed) code = mg_no_memory(err, "triage");
    }
    if (code)
        mg_str_free(&out);
    else
        *json = out.s;
    mg_triage_free(&t);
    free(found);
    return code;
}

static int triage(const char *what, const molglot_screen *screen, const known *k,
                  const char *molecule, char **json, molglot_row_status *status,
                  molglot_error *err) {
    molglot_error why = {0};
    const long before = mg_chem_refusals();
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    const int code = api_whole(before, m ? as_json(screen, k, m, json, &why) : why.code, &why);
    if (code) free(*json), *json = NULL;
    if (code && err) *err = why;
    mg_mol_free(m);
    return code;
}

int molglot_triage(const molglot_screen *screen, const char *molecule, char **json,
                   molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_triage";
    if (json) *json = NULL;
    if (!screen || !json) return mg_fail(err, MOLGLOT_USAGE, "%s: screen or json is NULL", what);
    return triage(what, screen, &(known){0}, molecule, json, status, err);
}

int molglot_triage_known(const molglot_screen *screen, molglot_session *session,
                         const molglot_index *const *indexes, size_t n_indexes,
                         const char *molecule, char **json, molglot_row_status *status,
                         molglot_error *err) {
    static const char what[] = "molglot_triage_known";
    if (json) *json = NULL;
    if (!screen || !session || !json || (n_indexes && !indexes))
        return mg_fail(err, MOLGLOT_USAGE, "%s: screen, session, indexes or json is NULL", what);
    const int code = api_check_process(session->process, err);
    const known k = {session, indexes, n_indexes};
    return code ? code : triage(what, screen, &k, molecule, json, status, err);
}
