/* kept.c - neighbours in the run folder: a run that goes on does not look for them again.
 *
 *   RUN/neighbours.bin   a line "molglot neighbours 1 SHA256", then int32 arrays: near, told, those
 *                        of the held-out rows (near, told); told only with captions. The hash is of
 *                        all that decides them
 *
 * A file that is missing, of another run or damaged counts for none.
 */
#include "model/bundle/bundle.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "molglot neighbours 1 "
enum { HEAD_BYTES = sizeof HEAD - 1 + 64 + 1 };

typedef struct lists { /* where the four arrays go, and how long each is */
    int32_t **at[4];
    size_t n[4];
} lists;

static lists lists_of(train_memory *m, const train_task *t, train_held_out *h, bool told) {
    const size_t rows = (size_t)mg_corpus_texts(t->corpus.rows) * (size_t)m->among,
                 held = h->name ? (size_t)mg_corpus_texts(h->rows) * (size_t)m->k : 0;
    return (lists){{&m->near, &m->told, &h->near, &h->told},
                   {rows, told ? rows : 0, held, told ? held : 0}};
}

static int key_of(const train_memory *m, const train_task *t, const train_held_out *h,
                  const bool *told, char out[65], molglot_error *err) {
    const mg_corpus *c = t->corpus.rows;
    const size_t n = (size_t)mg_corpus_texts(c);
    char model[65];
    mg_str s = {0};
    int code = mg_bundle_identify(m->model, MG_PART_SPACE, model, err);
    if (code) return code;
    mg_str_addf(&s, "%s %08x %d %d %s %zu %lld %lld %016llx", model, (unsigned)m->sources, m->k,
                m->among, mg_corpus_sha256(c), n, (long long)mg_corpus_rows(c),
                (long long)mg_corpus_molecules(c),
                told ? (unsigned long long)mg_hash64((const char *)told, n, 0) : 0ULL);
    if (h->name)
        mg_str_addf(&s, " %s %lld", mg_corpus_sha256(h->rows), (long long)mg_corpus_texts(h->rows));
    return mg_sha256_str(&s, out, err);
}

int train_memory_load(train_memory *m, train_task *t, train_held_out *held_out, const bool *told,
                      bool *found, molglot_error *err) {
    const lists l = lists_of(m, t, held_out, told != NULL);
    char path[TRAIN_MAX_PATH], key[65];
    mg_map map;
    *found = false;
    if (!t->c.run) return MOLGLOT_OK; /* no run: tests look for neighbours alone */
    int code = train_run_path(&t->c, "neighbours.bin", path, err);
    if (!code) code = key_of(m, t, held_out, told, key, err);
    if (code || mg_map_open(&map, path, NULL)) return code;
    const size_t all = l.n[0] + l.n[1] + l.n[2] + l.n[3];
    const int32_t rows = (int32_t)mg_corpus_texts(t->corpus.rows);
    const uint8_t *at = map.data + HEAD_BYTES;
    bool fits = map.size == HEAD_BYTES + all * sizeof(int32_t) &&
                memcmp(map.data, HEAD, sizeof HEAD - 1) == 0 &&
                memcmp(map.data + sizeof HEAD - 1, key, 64) == 0;
    for (size_t i = 0; i < all && fits; i++) {
        int32_t x;
        memcpy(&x, at + i * sizeof x, sizeof x);
        fits = x >= -1 && x < rows;
    }
    for (int i = 0; i < 4 && fits && !code; at += l.n[i++] * sizeof(int32_t)) {
        if (!l.n[i]) continue;
        if (!(*l.at[i] = malloc(l.n[i] * sizeof(int32_t))))
            code = mg_no_memory(err, "the nearest molecules");
        else
            memcpy(*l.at[i], at, l.n[i] * sizeof(int32_t));
    }
    mg_map_close(&map);
    *found = fits && !code;
    return code;
}

int train_memory_save(train_memory *m, train_task *t, train_held_out *held_out, const bool *told,
                      molglot_error *err) {
    const lists l = lists_of(m, t, held_out, told != NULL);
    char path[TRAIN_MAX_PATH], key[65];
    mg_str s = {0};
    if (!t->c.run) return MOLGLOT_OK;
    int code = train_run_path(&t->c, "neighbours.bin", path, err);
    if (!code) code = key_of(m, t, held_out, told, key, err);
    if (code) return code;
    mg_str_addf(&s, HEAD "%s\n", key);
    for (int i = 0; i < 4; i++)
        if (l.n[i]) mg_str_add(&s, (const char *)*l.at[i], l.n[i] * sizeof(int32_t));
    code = s.failed ? mg_no_memory(err, "the nearest molecules")
                    : train_write_file(path, s.s, s.n, err);
    mg_str_free(&s);
    return code;
}
