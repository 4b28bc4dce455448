/* lexicon.c - a lexicon as it is used: pieces by name, surroundings by hash, what a span of a text
 * says of each atom.
 */
#include "model/lexicon/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EIGHTHS = 256 };

struct mg_lexicon {
    mg_names pieces; /* to their numbers */
    int32_t n, surroundings;
    char *text;
    uint32_t *hashes;
    uint16_t *around;
    uint8_t *eighths;
    int32_t *offsets;
    float *scale, *none;
    float power[EIGHTHS]; /* 2^(-i / 8) */
};

/* ---- opening ---- */

static int check(const mg_lexicon_contents *c, molglot_error *err) {
    if (c->pieces < 1 || c->surroundings < 1 || c->entries < 0 || c->offsets[0] != 0 ||
        c->offsets[c->pieces] != c->entries)
        return mg_fail(err, MOLGLOT_BAD_FILE, "the lexicon's sizes do not fit together");
    for (int32_t i = 0; i < c->pieces; i++)
        if (c->offsets[i + 1] < c->offsets[i] || !(c->scale[i] >= 0 && c->scale[i] <= 1) ||
            !(c->none[i] >= 0 && c->none[i] < 1e6F))
            return mg_fail(err, MOLGLOT_BAD_FILE, "piece %d of the lexicon is damaged", i);
    for (int32_t i = 0; i < c->entries; i++)
        if (c->around[i] >= c->surroundings)
            return mg_fail(err, MOLGLOT_BAD_FILE, "entry %d of the lexicon is damaged", i);
    for (int32_t i = 1; i < c->surroundings; i++)
        if (c->hashes[i] <= c->hashes[i - 1])
            return mg_fail(err, MOLGLOT_BAD_FILE, "the lexicon's surroundings are not sorted");
    return MOLGLOT_OK;
}

static void *copy(const void *from, size_t n) {
    void *to = malloc(n + 1);
    if (to) memcpy(to, from, n);
    return to;
}

/* Names of the pieces, which point into the copied text. */
static int name_pieces(mg_lexicon *l, size_t bytes, molglot_error *err) {
    int32_t n = 0;
    l->text[bytes] = 0;
    for (char *s = l->text, *end = l->text + bytes; s < end; n++) {
        char *stop = memchr(s, '\n', (size_t)(end - s));
        if (!stop) stop = end;
        *stop = 0;
        if (n == l->n || stop == s || strlen(s) != (size_t)(stop - s))
            return mg_fail(err, MOLGLOT_BAD_FILE, "piece %d of the lexicon has no name", n);
        if (!mg_names_put(&l->pieces, s, (size_t)n)) return mg_no_memory(err, "a lexicon");
        s = stop + 1;
    }
    return n == l->n
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_BAD_FILE, "the lexicon has %d names for %d pieces", n, l->n);
}

mg_lexicon *mg_lexicon_new(const mg_lexicon_contents *c, molglot_error *err) {
    if (check(c, err)) return NULL;
    mg_lexicon *l = calloc(1, sizeof *l);
    if (!l) {
        mg_no_memory(err, "a lexicon");
        return NULL;
    }
    const size_t pieces = (size_t)c->pieces, around = (size_t)c->surroundings,
                 entries = (size_t)c->entries;
    l->n = c->pieces;
    l->surroundings = c->surroundings;
    l->text = copy(c->text, c->text_bytes);
    l->hashes = copy(c->hashes, around * sizeof *l->hashes);
    l->around = copy(c->around, entries * sizeof *l->around);
    l->eighths = copy(c->eighths, entries);
    l->offsets = copy(c->offsets, (pieces + 1) * sizeof *l->offsets);
    l->scale = copy(c->scale, pieces * sizeof *l->scale);
    l->none = copy(c->none, pieces * sizeof *l->none);
    for (int i = 0; i < EIGHTHS; i++) l->power[i] = exp2f(-(float)i / 8);
    int code = l->text && l->hashes && l->around && l->eighths && l->offsets && l->scale && l->none
                   ? name_pieces(l, c->text_bytes, err)
                   : mg_no_memory(err, "a lexicon");
    if (!code) return l;
    mg_lexicon_free(l);
    return NULL;
}

void mg_lexicon_free(mg_lexicon *l) {
    if (!l) return;
    mg_names_free(&l->pieces);
    void *const blocks[] = {l->text,    l->hashes, l->around, l->eighths,
                            l->offsets, l->scale,  l->none};
    for (size_t i = 0; i < MG_COUNT(blocks); i++) free(blocks[i]);
    free(l);
}

int32_t mg_lexicon_pieces(const mg_lexicon *l) { return l->n; }

int mg_lexicon_probe(char out[17], molglot_error *err) {
    static const char *const molecules[] = {"CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
                                            "C[N+](C)(C)CCO.[Cl-]", "CCCCC/C=C\\CCCC1CC2CC1C=C2"};
    uint64_t hash = 0;
    for (size_t i = 0; i < MG_COUNT(molecules); i++) {
        molglot_row_status row;
        mg_surroundings s;
        mg_mol *m = mg_mol_from_smiles(molecules[i], NULL, &row);
        if (!m) return mg_fail(err, MOLGLOT_FAILED, "a probe: %s", row.reason);
        const int code = mg_mol_surroundings(m, &s, err);
        mg_mol_free(m);
        if (code) return code;
        hash = mg_hash64(s.hashes, (size_t)s.n * sizeof *s.hashes, hash);
        mg_surroundings_free(&s);
    }
    snprintf(out, 17, "%016llx", (unsigned long long)hash);
    return MOLGLOT_OK;
}

/* ---- scores ---- */

typedef struct scoring {
    const mg_lexicon *l;
    const mg_surroundings *s;
    int32_t *known; /* [s->n] number of each surrounding in the lexicon; -1 */
    float *t;       /* [l->surroundings] of one piece, zero between pieces */
    float *row;     /* [atoms] p(atom | piece) */
} scoring;

static int32_t find_around(const mg_lexicon *l, uint32_t hash) {
    int32_t low = 0, high = l->surroundings;
    while (low < high) {
        const int32_t mid = low + (high - low) / 2;
        if (l->hashes[mid] < hash)
            low = mid + 1;
        else
            high = mid;
    }
    return low < l->surroundings && l->hashes[low] == hash ? low : -1;
}

/* p(atom | piece) into sc->row. */
static void ask_piece(scoring *sc, int32_t piece) {
    const mg_lexicon *l = sc->l;
    const mg_surroundings *s = sc->s;
    double sum = l->none[piece] + 1e-12;
    for (int32_t e = l->offsets[piece]; e < l->offsets[piece + 1]; e++)
        sc->t[l->around[e]] = l->scale[piece] * l->power[l->eighths[e]];
    for (int32_t a = 0; a < s->atoms; a++) {
        float z = 0;
        for (int32_t k = s->offsets[a]; k < s->offsets[a + 1]; k++)
            if (sc->known[k] >= 0) z += sc->t[sc->known[k]];
        sc->row[a] = z;
        sum += (double)z;
    }
    for (int32_t a = 0; a < s->atoms; a++) sc->row[a] = (float)(sc->row[a] / sum);
    for (int32_t e = l->offsets[piece]; e < l->offsets[piece + 1]; e++) sc->t[l->around[e]] = 0;
}

/* Whether hit i lies inside the span, and no longer one there holds it. */
static bool counts(const lexicon_hits *hits, size_t i, mg_span span) {
    const lexicon_found *h = &hits->at[i];
    if (h->begin < span.begin || h->end > span.end) return false;
    for (size_t k = 0; k < hits->n; k++) {
        const lexicon_found *o = &hits->at[k];
        if (o->begin >= span.begin && o->end <= span.end && o->begin <= h->begin &&
            o->end >= h->end && o->end - o->begin > h->end - h->begin)
            return false;
    }
    return true;
}

/* Letters that no piece covers speak of nothing. */
static void ask_span(scoring *sc, const lexicon_text *t, const lexicon_hits *hits, mg_span span,
                     float *out) {
    float letters = 0, all = 0;
    for (size_t i = span.begin; i < span.end && i < t->n; i++)
        all += t->s[i] >= 'a' && t->s[i] <= 'z';
    for (size_t i = 0; i < hits->n; i++) {
        if (!counts(hits, i, span)) continue;
        const float weight = (float)(hits->at[i].end - hits->at[i].begin);
        ask_piece(sc, hits->at[i].piece);
        for (int32_t a = 0; a < sc->s->atoms; a++) out[a] += weight * sc->row[a];
        letters += weight;
    }
    all = letters > all ? letters : all;
    for (int32_t a = 0; a < sc->s->atoms && letters > 0; a++) out[a] /= all;
}

int mg_lexicon_scores(const mg_lexicon *l, const mg_surroundings *s, const char *text,
                      const mg_span *spans, size_t n, float *out, molglot_error *err) {
    const size_t atoms = (size_t)s->atoms;
    lexicon_text t = {0};
    lexicon_hits hits = {0};
    scoring sc = {.l = l, .s = s};
    sc.known = malloc(((size_t)s->n + 1) * sizeof *sc.known);
    sc.t = calloc((size_t)l->surroundings, sizeof *sc.t);
    sc.row = malloc((atoms + 1) * sizeof *sc.row);
    bool good = sc.known && sc.t && sc.row && lexicon_read(&t, text);
    if (good) lexicon_find(&l->pieces, &t, &hits);
    good = good && !hits.failed;
    memset(out, 0, n * atoms * sizeof *out);
    for (int32_t k = 0; good && k < s->n; k++) sc.known[k] = find_around(l, s->hashes[k]);
    for (size_t i = 0; good && i < n; i++) ask_span(&sc, &t, &hits, spans[i], out + i * atoms);
    free(sc.known);
    free(sc.t);
    free(sc.row);
    free(hits.at);
    lexicon_text_free(&t);
    return good ? MOLGLOT_OK : mg_no_memory(err, "the words of a text");
}
