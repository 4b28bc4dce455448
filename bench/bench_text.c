/* bench_text.c - texts per second on one core of each part of the text room, as JSON lines.
 *
 *     bench_text VOCAB.txt TEXTS [TEXTS ...]
 *
 * TEXTS: lines, plain, gzip or zstd; of a line with tabs the last field counts. Each part runs over
 * all texts again and again for at least a second; the best pass is reported.
 */
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct corpus {
    mg_str bytes;
    size_t *starts; /* [n+1] */
    size_t n;
} corpus;

typedef struct job {
    const corpus *texts;
    const mg_wordpiece *wordpiece;
    const char *families;
    size_t made; /* tokens, features, ... of one pass */
} job;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int read_all(mg_str *out, const char *path, molglot_error *err) {
    static char buffer[1 << 16];
    size_t got = 1;
    mg_stream *s = mg_stream_open(path, err);
    if (!s) return err->code;
    int rc = 0;
    while (!rc && got && !(rc = mg_stream_read(s, buffer, sizeof buffer, &got, err)))
        mg_str_add(out, buffer, got);
    mg_stream_close(s);
    return rc || !out->failed ? rc : mg_fail(err, MOLGLOT_NO_MEMORY, "%s: out of memory", path);
}

/* Keeps the last field of every line, one behind the other. */
static int cut_lines(corpus *c) {
    size_t lines = 2, kept = 0;
    for (size_t i = 0; i < c->bytes.n; i++) lines += c->bytes.s[i] == '\n';
    c->starts = malloc((lines + 1) * sizeof *c->starts);
    if (!c->starts) return 1;
    for (size_t at = 0; at < c->bytes.n;) {
        char *line = c->bytes.s + at, *end = memchr(line, '\n', c->bytes.n - at);
        size_t n = end ? (size_t)(end - line) : c->bytes.n - at;
        const char *tab = memrchr(line, '\t', n);
        size_t skip = tab ? (size_t)(tab + 1 - line) : 0;
        c->starts[c->n++] = kept;
        memmove(c->bytes.s + kept, line + skip, n - skip);
        kept += n - skip;
        at += n + 1;
    }
    c->starts[c->n] = kept;
    return 0;
}

static const char *text_of(const corpus *c, size_t i, size_t *n) {
    *n = c->starts[i + 1] - c->starts[i];
    return c->bytes.s + c->starts[i];
}

static int count_word(void *user, const char *word, size_t n, size_t start) {
    (void)word;
    (void)n;
    (void)start;
    ++*(size_t *)user;
    return 0;
}

static void words(job *j) {
    for (size_t i = 0, n; i < j->texts->n; i++) {
        const char *t = text_of(j->texts, i, &n);
        mg_text_words(t, n, count_word, &j->made);
    }
}

static void encode(job *j) {
    static int32_t ids[4096];
    for (size_t i = 0, n; i < j->texts->n; i++) {
        const char *t = text_of(j->texts, i, &n);
        j->made += (size_t)mg_wordpiece_encode(j->wordpiece, t, n, ids, (int32_t)MG_COUNT(ids));
    }
}

static void ngrams(job *j) {
    for (size_t i = 0, n, count; i < j->texts->n; i++) {
        const char *t = text_of(j->texts, i, &n);
        mg_ngram *out;
        if (mg_text_ngrams(t, n, j->families, &out, &count, NULL)) continue;
        j->made += count;
        free(out);
    }
}

static void sentences(job *j) {
    for (size_t i = 0, n; i < j->texts->n; i++) {
        const char *t = text_of(j->texts, i, &n);
        j->made += (size_t)mg_text_sentences(t, n, NULL, NULL);
    }
}

static void train(job *j) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str vocab = {0};
    int rc = !t;
    for (size_t i = 0, n; i < j->texts->n && !rc; i++) {
        const char *s = text_of(j->texts, i, &n);
        rc = mg_vocab_trainer_add(t, s, n, NULL);
    }
    if (!rc && !mg_vocab_trainer_finish(t, 8000, 2, &vocab, NULL))
        for (size_t i = 0; i < vocab.n; i++) j->made += vocab.s[i] == '\n';
    mg_str_free(&vocab);
    mg_vocab_trainer_free(t);
}

static void report(const char *name, const char *unit, void (*pass)(job *), job *j) {
    double best = 1e30;
    for (double begin = now(); now() - begin < 1;) {
        double t = now();
        j->made = 0;
        pass(j);
        t = now() - t;
        if (t < best) best = t;
    }
    printf("{\"bench\": \"%s\", \"texts\": %zu, \"bytes\": %zu, \"%s\": %zu, \"seconds\": %.4f, "
           "\"texts_per_s\": %.0f, \"%s_per_s\": %.0f}\n",
           name, j->texts->n, j->texts->starts[j->texts->n], unit, j->made, best,
           (double)j->texts->n / best, unit, (double)j->made / best);
    fflush(stdout);
}

int main(int argc, char **argv) {
    molglot_error err = {0};
    corpus texts = {0};
    mg_str vocab = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: bench_text VOCAB.txt TEXTS...\n");
        return MOLGLOT_USAGE;
    }
    int rc = read_all(&vocab, argv[1], &err);
    for (int i = 2; i < argc && !rc; i++) rc = read_all(&texts.bytes, argv[i], &err);
    mg_wordpiece *w = rc ? NULL : mg_wordpiece_new(vocab.s, vocab.n, &err);
    if (!w || cut_lines(&texts)) {
        fprintf(stderr, "bench_text: %s\n", err.message);
        return MOLGLOT_FAILED;
    }
    job j = {&texts, w, NULL, 0};
    report("words", "words", words, &j);
    report("wordpiece", "tokens", encode, &j);
    report("sentences", "sentences", sentences, &j);
    j.families = "wb345";
    report("ngrams_wb345", "features", ngrams, &j);
    j.families = "wbhpq345";
    report("ngrams_wbhpq345", "features", ngrams, &j);
    j.families = "wbtspqrlha3456";
    report("ngrams_all", "features", ngrams, &j);
    report("train_8000", "pieces", train, &j);
    mg_wordpiece_free(w);
    free(texts.starts);
    mg_str_free(&texts.bytes);
    mg_str_free(&vocab);
    return 0;
}
