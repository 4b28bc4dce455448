/* corpus.c - a corpus is opened: from its cache file where that fits, else built (and written
 * there). The steps of the build, each over all rows, are in build().
 */
#include "data/inside.h"
#include "data/pack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int build(mg_builder *b, molglot_error *err) {
    int code = mg_builder_read_sources(b, err);
    if (!code) code = mg_builder_write_texts(b, err);
    if (!code) code = mg_builder_read_molecules(b, err);
    if (!code) code = mg_builder_encode_molecules(b, err);
    if (!code) code = mg_builder_choose_rows(b, err);
    if (!code) code = mg_builder_pack_molecules(b, err);
    if (!code) code = mg_builder_pack_texts(b, err);
    return code;
}

static void free_builder(mg_builder *b) {
    for (size_t s = 0; s < b->c->n_sources && b->files; s++) mg_rows_free(&b->files[s]);
    for (int32_t i = 0; i < b->n_parsed && b->parsed; i++) mg_parsed_free(&b->parsed[i]);
    for (int64_t i = 0; i < b->n_written && b->written; i++) free(b->written[i]);
    free(b->written);
    free(b->files);
    free(b->rows);
    free(b->parsed);
    free(b->molecules);
    free(b->ids);
}

/* Fills the sections of c, which is empty. */
static int make(mg_corpus *c, const mg_corpus_config *config, const char *sources,
                int (*cb)(void *, int64_t, int64_t), void *user, molglot_error *err) {
    static const int64_t nothing;
    mg_builder b = {
        .c = config, .out = c, .cb = cb, .user = user, .threads = mg_threads(config->threads)};
    memcpy(c->h.sources, sources, 64);
    c->h.features = (int32_t)config->features;
    c->h.has_graph = config->graph;
    int code = build(&b, err);
    free_builder(&b);
    for (int s = 0; s < SEC_COUNT && !code; s++) {
        if (c->made[s].failed) code = mg_no_memory(err, "a corpus");
        c->data[s] = c->made[s].n ? (const void *)c->made[s].s : &nothing;
        c->bytes[s] = c->made[s].n;
    }
    return code;
}

/* A file that is there and no cache, of whatever version, is somebody's: it is not replaced. */
static int refuse_other(const char *path, molglot_error *err) {
    /* of the magic's letters, of which one may be damaged; its number is the version */
    enum { NAME = 6, RIGHT = 5 };
    char magic[NAME];
    int right = 0;
    FILE *f = fopen(path, "rbe");
    if (!f) return MOLGLOT_OK;
    const size_t n = fread(magic, 1, sizeof magic, f);
    fclose(f);
    for (size_t i = 0; i < n; i++) right += magic[i] == MG_CORPUS_MAGIC[i];
    if (n == 0 || right >= RIGHT) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE,
                   "%s: there is a file that is no cache: data.cache wants another place", path);
}

static int open_or_make(mg_corpus *c, const mg_corpus_config *config,
                        int (*cb)(void *, int64_t, int64_t), void *user, molglot_error *err) {
    char key[65], sources[65];
    int code = mg_chem_init(err);
    if (!code) code = mg_cache_key(config, key, sources, err);
    if (code) return code;
    /* whatever is wrong with an old cache: it is made anew */
    if (config->cache && !mg_cache_open(c, config->cache, key, NULL)) return MOLGLOT_OK;
    if (config->cache && (code = refuse_other(config->cache, err))) return code;
    code = make(c, config, sources, cb, user, err);
    if (code) return code;
    if (!config->cache || (config->keep_cache && access(config->cache, F_OK) == 0))
        return mg_columns_open(c, "a corpus", err);
    code = mg_cache_write(c, config->cache, key, err);
    mg_columns_close(c);
    memset(c, 0, sizeof *c);
    return code ? code : mg_cache_open(c, config->cache, key, err);
}

/* Rows of a written source stand together, all wordings of each molecule. */
static bool wordings_fit(const mg_corpus *c) {
    bool ok = true;
    for (int64_t i = 0; i < c->h.rows && ok;) {
        const int32_t s = c->row_source[i];
        const int64_t first = i, n = c->wordings[s];
        while (i < c->h.rows && i < first + n && c->row_source[i] == s &&
               c->row_mol[i] == c->row_mol[first])
            i++;
        ok = i == first + n;
    }
    return ok;
}

static int take_weights(mg_corpus *c, const mg_corpus_config *config, molglot_error *err) {
    c->weights = malloc((config->n_sources + 1) * sizeof *c->weights);
    c->wordings = malloc((config->n_sources + 1) * sizeof *c->wordings);
    if (!c->weights || !c->wordings) return mg_no_memory(err, "a corpus");
    for (size_t i = 0; i < config->n_sources; i++) {
        c->weights[i] = config->sources[i].weight;
        c->wordings[i] = config->sources[i].wordings > 1 ? config->sources[i].wordings : 1;
    }
    return wordings_fit(c) ? MOLGLOT_OK
                           : mg_fail(err, MOLGLOT_BAD_FILE, "a corpus lacks written texts");
}

mg_corpus *mg_corpus_open(const mg_corpus_config *config, int (*cb)(void *, int64_t, int64_t),
                          void *user, molglot_error *err) {
    if (config->text_vocab > MG_BAG_IDS || config->graph_vocab > MG_BAG_IDS) {
        mg_fail(err, MOLGLOT_USAGE, "a bag vocabulary has at most %d features", MG_BAG_IDS);
        return NULL;
    }
    mg_corpus *c = calloc(1, sizeof *c);
    int code = c ? open_or_make(c, config, cb, user, err) : mg_no_memory(err, "a corpus");
    if (!code) code = take_weights(c, config, err);
    if (code) {
        mg_corpus_close(c);
        return NULL;
    }
    c->max_text = config->max_text;
    return c;
}

void mg_corpus_close(mg_corpus *c) {
    if (!c) return;
    mg_columns_close(c);
    free(c->weights);
    free(c->wordings);
    free(c);
}
