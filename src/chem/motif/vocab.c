/* vocab.c - motifs and labels by number. A label is found by the key of its structure (piece.c):
 * first with double bonds where they stand, then with alternating bonds taken as equal; of several
 * pairs with one key the first counts.
 */
#include "base/grow.h"
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 1 << 20 };

typedef struct entry {
    mg_piece label;
    char *motif; /* its first column */
    int32_t motif_id;
} entry;

struct mg_motif_vocab {
    mg_str text;
    entry *pairs;
    size_t n, cap;
    mg_names exact, alike, fragments; /* keys to pairs */
    int32_t motifs;
    int32_t *of, *of_at; /* pairs by motif: [n], [motifs + 1] */
};

static int add_fragment(mg_motif_vocab *v, const char *s, size_t n, molglot_error *err) {
    mg_piece p;
    mg_str key = {0};
    int code = mg_piece_read(s, n, &p, err);
    if (code) return code;
    mg_piece_key(&p, true, &key);
    mg_slot *slot = key.failed ? NULL : mg_names_copy(&v->fragments, key.s, key.n);
    mg_str_free(&key);
    if (!slot) return mg_no_memory(err, "a vocabulary of motifs");
    slot->value = 1;
    return MOLGLOT_OK;
}

static int add_key(mg_names *keys, const mg_piece *p, bool alike, int32_t pair,
                   molglot_error *err) {
    mg_str key = {0};
    mg_piece_key(p, alike, &key);
    mg_slot *slot = key.failed ? NULL : mg_names_copy(keys, key.s, key.n);
    mg_str_free(&key);
    if (!slot) return mg_no_memory(err, "a vocabulary of motifs");
    if (slot->value < 0) slot->value = pair;
    return MOLGLOT_OK;
}

static int add_pair(mg_motif_vocab *v, const char *s, size_t n, molglot_error *err) {
    const char *space = memchr(s, ' ', n);
    mg_piece motif;
    if (!space) return mg_fail(err, MOLGLOT_BAD_FILE, "a motif without a label");
    if (v->n >= MOST_PAIRS) return mg_fail(err, MOLGLOT_BAD_FILE, "more than a million labels");
    if (!MG_GROW(v->pairs, v->cap, v->n + 1)) return mg_no_memory(err, "a vocabulary of motifs");
    entry *e = &v->pairs[v->n];
    const size_t first = (size_t)(space - s);
    int code = mg_piece_read(s, first, &motif, err);
    if (!code) code = mg_piece_read(space + 1, n - first - 1, &e->label, err);
    if (code) return code;
    if (motif.n_atoms != e->label.n_atoms || motif.n_bonds != e->label.n_bonds)
        return mg_fail(err, MOLGLOT_BAD_FILE, "a label that is another structure than its motif");
    for (int32_t i = 0; i < motif.n_atoms; i++)
        if (mg_motif_atom(motif.atoms[i].number, motif.atoms[i].charge) < 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "an atom of a kind that motifs do not have");
    if (!(e->motif = strndup(s, first))) return mg_no_memory(err, "a vocabulary of motifs");
    const int32_t id = (int32_t)v->n++;
    code = add_key(&v->exact, &e->label, false, id, err);
    return code ? code : add_key(&v->alike, &e->label, true, id, err);
}

static int by_text(const void *a, const void *b) {
    return strcmp((*(const entry *const *)a)->motif, (*(const entry *const *)b)->motif);
}

/* Numbers motifs by their sorted text, and lists the pairs of each. */
static int number_motifs(mg_motif_vocab *v, molglot_error *err) {
    entry **sorted = malloc((v->n + 1) * sizeof *sorted);
    v->of = malloc((v->n + 1) * sizeof *v->of);
    v->of_at = calloc(v->n + 2, sizeof *v->of_at);
    if (!sorted || !v->of || !v->of_at) {
        free(sorted);
        return mg_no_memory(err, "a vocabulary of motifs");
    }
    for (size_t i = 0; i < v->n; i++) sorted[i] = &v->pairs[i];
    qsort(sorted, v->n, sizeof *sorted, by_text);
    for (size_t i = 0; i < v->n; i++) {
        if (i == 0 || strcmp(sorted[i]->motif, sorted[i - 1]->motif)) v->motifs++;
        sorted[i]->motif_id = v->motifs - 1;
    }
    free(sorted);
    for (size_t i = 0; i < v->n; i++) v->of_at[v->pairs[i].motif_id + 1]++;
    for (int32_t m = 0; m < v->motifs; m++) v->of_at[m + 1] += v->of_at[m];
    for (size_t i = v->n; i-- > 0;) v->of[--v->of_at[v->pairs[i].motif_id + 1]] = (int32_t)i;
    for (int32_t m = 0; m < v->motifs; m++) v->of_at[m] = v->of_at[m + 1];
    v->of_at[v->motifs] = (int32_t)v->n;
    return MOLGLOT_OK;
}

static int read_lines(mg_motif_vocab *v, molglot_error *err) {
    const char *at = v->text.s, *end = at + v->text.n;
    for (int64_t line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        if (n > 0 && at[n - 1] == '\r') n--;
        int code = MOLGLOT_OK;
        if (n > 9 && memcmp(at, "fragment ", 9) == 0)
            code = v->n > 0 ? mg_fail(err, MOLGLOT_BAD_FILE, "a fragment behind labels")
                            : add_fragment(v, at + 9, n - 9, err);
        else if (n > 0)
            code = add_pair(v, at, n, err);
        if (code == MOLGLOT_NO_MEMORY) return code;
        if (code) return mg_fail_prefix(err, "line %lld", (long long)line), code;
        at = stop ? stop + 1 : end;
    }
    return v->n > 0 ? MOLGLOT_OK : mg_fail(err, MOLGLOT_BAD_FILE, "a vocabulary without motifs");
}

mg_motif_vocab *mg_motif_vocab_new(const char *text, size_t n, molglot_error *err) {
    mg_motif_vocab *v = calloc(1, sizeof *v);
    if (!v) {
        mg_no_memory(err, "a vocabulary of motifs");
        return NULL;
    }
    mg_str_add(&v->text, text, n);
    int code = v->text.failed ? mg_no_memory(err, "a vocabulary of motifs") : read_lines(v, err);
    if (!code) code = number_motifs(v, err);
    if (!code) return v;
    mg_motif_vocab_free(v);
    return NULL;
}

void mg_motif_vocab_free(mg_motif_vocab *v) {
    if (!v) return;
    for (size_t i = 0; i < v->n; i++) free(v->pairs[i].motif);
    free(v->pairs);
    free(v->of);
    free(v->of_at);
    mg_names_free(&v->exact);
    mg_names_free(&v->alike);
    mg_names_free(&v->fragments);
    mg_str_free(&v->text);
    free(v);
}

int32_t mg_motif_vocab_motifs(const mg_motif_vocab *v) { return v->motifs; }
int32_t mg_motif_vocab_pairs(const mg_motif_vocab *v) { return (int32_t)v->n; }
const char *mg_motif_vocab_text(const mg_motif_vocab *v, size_t *n) {
    *n = v->text.n;
    return v->text.s;
}

static int32_t find(const mg_names *keys, const mg_piece *p, bool alike) {
    mg_str key = {0};
    mg_piece_key(p, alike, &key);
    const int32_t found = key.failed ? -1 : mg_names_find_n(keys, key.s, key.n);
    mg_str_free(&key);
    return found;
}

int32_t mg_motif_vocab_find(const mg_motif_vocab *v, const mg_piece *label, bool exact) {
    const int32_t pair = find(&v->exact, label, false);
    return pair >= 0 || exact ? pair : find(&v->alike, label, true);
}

bool mg_motif_vocab_whole(const mg_motif_vocab *v, const mg_piece *fragment) {
    return find(&v->fragments, fragment, true) >= 0;
}

int32_t mg_motif_vocab_motif_of(const mg_motif_vocab *v, int32_t pair) {
    return v->pairs[pair].motif_id;
}

const mg_piece *mg_motif_vocab_label(const mg_motif_vocab *v, int32_t pair) {
    return &v->pairs[pair].label;
}

const int32_t *mg_motif_vocab_pairs_of(const mg_motif_vocab *v, int32_t motif, int32_t *n) {
    *n = v->of_at[motif + 1] - v->of_at[motif];
    return v->of + v->of_at[motif];
}
