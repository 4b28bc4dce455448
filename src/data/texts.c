/* texts.c - texts of rows -> their columns. Equal texts share a number; each is cut into sentences
 * (mg_text_sentences), and a sentence gives word pieces and n-gram counts.
 *
 *   1. the vocabulary of word pieces, given or learnt
 *   2. a pass that counts n-grams: their vocabulary
 *   3. a pass that adds pieces, entries and bytes of each sentence to the sections
 *
 * With synonyms a text has further texts that say it with other names (synonyms.c). Vocabularies
 * see one of these, and one wording of each molecule of a written source, so that these do not
 * outvote the others. Passes work in chunks, parallel inside and appended in order. The pieces of a
 * text are those of its sentences one behind the other, because no word reaches across two.
 */
#include "data/inside.h"
#include "data/pack.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };
#define NO_SENTENCE "[NONE]\n"

/* What the passes share. */
typedef struct texts {
    mg_builder *b;
    const char **strings; /* [n] distinct */
    int32_t n;
    const char **counted; /* [n_counted] those of them that make vocabularies */
    int32_t n_counted;
    char **others; /* [n_others] those behind the rows' own: with other names */
    int32_t n_others;
    mg_wordpiece *wordpiece; /* NULL: no word pieces */
    mg_bag_vocab vocab;      /* n = 0: no n-grams */
    mg_bag_counter *counter; /* in the first pass */
    int64_t sentences;
} texts;

/* ---- word pieces ---- */

static int learn(int size, const char *const *strings, int64_t n, mg_str *out, molglot_error *err) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    int code = t ? MOLGLOT_OK : mg_no_memory(err, "a vocabulary");
    for (int64_t i = 0; i < n && !code; i++)
        code = mg_vocab_trainer_add(t, strings[i], strlen(strings[i]), err);
    if (!code) code = mg_vocab_trainer_finish(t, size, 2, out, err);
    mg_vocab_trainer_free(t);
    return code;
}

/* With [NONE], that is the last piece; a learnt vocabulary then counts a text as often as it has
 * rows, else once. all: the texts of all rows that make vocabularies. */
static int make_wordpiece(texts *t, const char *const *all, int64_t n_all, molglot_error *err) {
    const mg_corpus_config *c = t->b->c;
    mg_str *v = &t->b->out->made[SEC_WORDPIECE];
    int code = MOLGLOT_OK;
    if (c->wordpiece)
        mg_str_addz(v, c->wordpiece);
    else if (c->wordpiece_path)
        code = mg_vocab_read(c->wordpiece_path, v, err);
    else if (c->none_piece)
        code = learn(c->wordpiece_size - 1, all, n_all, v, err);
    else
        code = learn(c->wordpiece_size, t->counted, t->n_counted, v, err);
    const size_t last = strlen(NO_SENTENCE);
    if (!code && c->none_piece) {
        if (v->n && v->s[v->n - 1] != '\n') mg_str_addz(v, "\n");
        if (v->n < last || memcmp(v->s + v->n - last, NO_SENTENCE, last) != 0)
            mg_str_addz(v, NO_SENTENCE);
    }
    if (!code && v->failed) code = mg_no_memory(err, "a vocabulary");
    if (code || !v->n) return code;
    t->wordpiece = mg_wordpiece_new(v->s, v->n, err);
    return t->wordpiece ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* ---- one text ---- */

/* Its sentences one behind the other. */
typedef struct text_parts {
    const texts *t;
    mg_str hashes, entries, tokens, chars;
    mg_str ends; /* int64 triples by sentence: entries, tokens, bytes so far */
    int code;
} text_parts;

static int add_bag(text_parts *p, const char *s, size_t n) {
    const texts *t = p->t;
    mg_ngram *grams = NULL;
    size_t count = 0;
    int code = mg_text_ngrams(s, n, t->b->c->text_families, &grams, &count, NULL);
    for (size_t i = 0; i < count && !code; i++) {
        if (t->counter) {
            mg_str_add(&p->hashes, &grams[i].hash, sizeof grams[i].hash);
            continue;
        }
        const int32_t id = mg_bag_vocab_find(&t->vocab, grams[i].hash);
        if (id < 0) continue;
        const uint32_t e = mg_entry_pack(mg_entry_of(id, grams[i].count));
        mg_str_add(&p->entries, &e, sizeof e);
    }
    free(grams);
    return code;
}

static int add_tokens(text_parts *p, const char *s, size_t n) {
    int32_t *ids = malloc((n + 1) * sizeof *ids), count = -1;
    if (ids && n < INT32_MAX) count = mg_wordpiece_encode(p->t->wordpiece, s, n, ids, (int32_t)n);
    if (count > 0) mg_str_add(&p->tokens, ids, (size_t)count * sizeof *ids);
    free(ids);
    return count < 0 ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int add_sentence(void *user, const char *s, size_t n) {
    text_parts *p = user;
    const texts *t = p->t;
    if (t->b->c->text_vocab) p->code = add_bag(p, s, n);
    if (t->counter || p->code) return p->code;
    if (t->wordpiece) p->code = add_tokens(p, s, n);
    mg_str_add(&p->chars, s, n);
    mg_add_i64(&p->ends, (int64_t)(p->entries.n / sizeof(uint32_t)));
    mg_add_i64(&p->ends, (int64_t)(p->tokens.n / sizeof(int32_t)));
    mg_add_i64(&p->ends, (int64_t)p->chars.n);
    return p->code;
}

static void read_text(text_parts *p, const char *text) {
    const size_t n = strlen(text);
    p->hashes.n = p->entries.n = p->tokens.n = p->chars.n = p->ends.n = 0;
    if (!mg_text_sentences(text, n, add_sentence, p)) add_sentence(p, text, n);
    if (p->hashes.failed || p->entries.failed || p->tokens.failed || p->chars.failed ||
        p->ends.failed)
        p->code = MOLGLOT_NO_MEMORY;
}

/* ---- passes ---- */

static int count_text(texts *t, const text_parts *p, molglot_error *err) {
    return mg_bag_counter_add(t->counter, (const uint32_t *)(const void *)p->hashes.s,
                              p->hashes.n / sizeof(uint32_t), err);
}

static int pack_text(texts *t, const text_parts *p, molglot_error *err) {
    (void)err; /* sections remember lack of memory */
    mg_str *s = t->b->out->made;
    const int64_t entries = (int64_t)(s[SEC_TEXT_BAG].n / sizeof(uint32_t)),
                  tokens = (int64_t)(s[SEC_TOKENS].n / sizeof(int32_t)),
                  chars = (int64_t)s[SEC_CHARS].n;
    const int64_t *ends = (const int64_t *)(const void *)p->ends.s;
    const size_t n = p->ends.n / (3 * sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        mg_add_i64(&s[SEC_TEXT_OFF], entries + ends[3 * i]);
        mg_add_i64(&s[SEC_TOKEN_OFF], tokens + ends[3 * i + 1]);
        mg_add_i64(&s[SEC_CHAR_OFF], chars + ends[3 * i + 2]);
    }
    mg_str_add(&s[SEC_TEXT_BAG], p->entries.s, p->entries.n);
    mg_str_add(&s[SEC_TOKENS], p->tokens.s, p->tokens.n);
    mg_str_add(&s[SEC_CHARS], p->chars.s, p->chars.n);
    mg_add_i64(&s[SEC_SENT_OFF], t->sentences += (int64_t)n);
    return MOLGLOT_OK;
}

/* Every one of n texts through read_text, in parallel, and then in order to `sink`. */
static int pass(texts *t, const char *const *strings, int32_t total,
                int (*sink)(texts *t, const text_parts *p, molglot_error *err),
                molglot_error *err) {
    mg_builder *b = t->b;
    text_parts *parts = calloc(CHUNK, sizeof *parts);
    int code = parts ? MOLGLOT_OK : mg_no_memory(err, "a corpus");
    for (int i = 0; i < CHUNK && !code; i++) parts[i].t = t;
    for (int32_t at = 0; at < total && !code; at += CHUNK) {
        const int32_t n = total - at < CHUNK ? total - at : CHUNK;
#pragma omp parallel for schedule(dynamic, 8) num_threads(b->threads)
        for (int32_t i = 0; i < n; i++) read_text(&parts[i], strings[at + i]);
        for (int32_t i = 0; i < n && !code; i++)
            code = parts[i].code ? mg_fail(err, parts[i].code, "cannot read a text of the corpus")
                                 : sink(t, &parts[i], err);
        if (!code) code = mg_builder_progress(b, n, err);
    }
    for (int i = 0; i < CHUNK && parts; i++) {
        mg_str *all[] = {&parts[i].hashes, &parts[i].entries, &parts[i].tokens, &parts[i].chars,
                         &parts[i].ends};
        for (size_t k = 0; k < MG_COUNT(all); k++) mg_str_free(all[k]);
    }
    free(parts);
    return code;
}

static int make_bag_vocabulary(texts *t, molglot_error *err) {
    const mg_corpus_config *c = t->b->c;
    t->counter = mg_bag_counter_new();
    int code = t->counter ? pass(t, t->counted, t->n_counted, count_text, err)
                          : mg_no_memory(err, "a corpus");
    if (!code)
        code = mg_bag_counter_vocab(t->counter, c->text_vocab, c->text_min_df, &t->vocab, err);
    mg_bag_counter_free(t->counter);
    t->counter = NULL;
    return code;
}

/* ---- all of it ---- */

static int pack_sentences(texts *t, const char *const *all, int64_t n_all, molglot_error *err) {
    mg_str *s = t->b->out->made;
    const mg_corpus_config *c = t->b->c;
    t->b->total = t->b->done + t->n + (c->text_vocab && !c->text_bag ? t->n_counted : 0);
    int code = mg_asks_pieces(c) ? make_wordpiece(t, all, n_all, err) : MOLGLOT_OK;
    if (!code && c->text_vocab)
        code = c->text_bag ? mg_bag_vocab_init(&t->vocab, c->text_bag->hashes, c->text_bag->weights,
                                               c->text_bag->n, err)
                           : make_bag_vocabulary(t, err);
    static const mg_section offsets[] = {SEC_SENT_OFF, SEC_TOKEN_OFF, SEC_TEXT_OFF, SEC_CHAR_OFF};
    for (size_t i = 0; i < MG_COUNT(offsets); i++) mg_add_i64(&s[offsets[i]], 0);
    if (!code) code = pass(t, t->strings, t->n, pack_text, err);
    mg_str_add(&s[SEC_TEXT_HASH], t->vocab.hashes, (size_t)t->vocab.n * sizeof *t->vocab.hashes);
    mg_str_add(&s[SEC_TEXT_IDF], t->vocab.weights, (size_t)t->vocab.n * sizeof *t->vocab.weights);
    mg_wordpiece_free(t->wordpiece);
    mg_bag_vocab_free(&t->vocab);
    return code;
}

static void pack_strings(const texts *t) {
    mg_str *s = t->b->out->made;
    mg_add_i64(&s[SEC_STRING_OFF], 0);
    for (int32_t i = 0; i < t->n; i++) {
        mg_str_add(&s[SEC_STRINGS], t->strings[i], strlen(t->strings[i]) + 1);
        mg_add_i64(&s[SEC_STRING_OFF], (int64_t)s[SEC_STRINGS].n);
    }
}

/* ---- other names ---- */

enum { MOST_OTHERS = 64 };

/* Texts of rows that were not written from facts. */
static bool *own_texts(const texts *t, int64_t n, const int32_t *number) {
    bool *own = calloc((size_t)t->n + 1, sizeof *own);
    for (int64_t i = 0; i < n && own; i++)
        own[number[i]] |= t->b->c->sources[t->b->rows[i].source].wordings == 0;
    return own;
}

/* Different wordings of text k, at most as many as are wanted: to[..]. False without memory. */
static bool say_others(const texts *t, const mg_synonyms *y, int32_t k, char **to) {
    mg_str out = {0};
    const int wanted = t->b->c->synonym_texts;
    int n = 0;
    for (int i = 0; i < wanted && !out.failed; i++) {
        const uint64_t seed = mg_hash64(t->strings[k], strlen(t->strings[k]), (uint64_t)i);
        if (!mg_synonyms_say(y, t->strings[k], seed, &out)) break;
        bool again = false;
        for (int j = 0; j < n; j++) again |= strcmp(to[j], out.s) == 0;
        if (!again && !(to[n++] = strdup(out.s))) out.failed = true;
    }
    const bool ok = !out.failed;
    mg_str_free(&out);
    return ok;
}

/* All of them to their places behind the rows' own texts. */
static int append_others(texts *t, char *const *said, molglot_error *err) {
    mg_str *s = t->b->out->made;
    const int wanted = t->b->c->synonym_texts;
    const int32_t own = t->n;
    mg_add_i64(&s[SEC_OTHER_OFF], 0);
    for (int32_t k = 0; k < own; k++) {
        for (int j = 0; j < wanted && said[(size_t)k * (size_t)wanted + (size_t)j]; j++)
            mg_add_i32(&s[SEC_OTHERS], own + t->n_others++);
        mg_add_i64(&s[SEC_OTHER_OFF], t->n_others);
    }
    for (int32_t k = 0; k < t->n_others; k++) mg_add_i64(&s[SEC_OTHER_OFF], t->n_others);
    const char **strings = realloc(t->strings,
                                   ((size_t)own + (size_t)t->n_others + 1) * sizeof *strings);
    t->others = malloc(((size_t)t->n_others + 1) * sizeof *t->others);
    if (strings) t->strings = strings;
    if (!strings || !t->others) return mg_no_memory(err, "a corpus");
    int32_t at = 0;
    for (size_t i = 0; i < (size_t)own * (size_t)wanted; i++)
        if (said[i]) {
            t->others[at] = said[i];
            t->strings[own + at++] = said[i];
        }
    t->n += t->n_others;
    return MOLGLOT_OK;
}

static int write_others(texts *t, const bool *own, molglot_error *err) {
    const size_t wanted = (size_t)t->b->c->synonym_texts;
    if (t->b->c->synonym_texts < 1 || wanted > MOST_OTHERS || (uint64_t)t->n * wanted > INT32_MAX)
        return mg_fail(err, MOLGLOT_USAGE, "too many texts with other names");
    molglot_error mine = {0};
    mg_synonyms *y = mg_synonyms_open(t->b->c->synonyms, &mine);
    char **said = calloc((size_t)t->n * wanted + 1, sizeof *said);
    int code = mine.code ? mine.code : said ? MOLGLOT_OK : mg_no_memory(&mine, "a corpus");
    if (!code) code = mg_synonyms_count(y, t->strings, t->n, &mine);
    int failed = 0;
#pragma omp parallel for schedule(dynamic, 64) reduction(| : failed) num_threads(t->b->threads)
    for (int32_t k = 0; k < (code ? 0 : t->n); k++)
        if (own[k]) failed |= !say_others(t, y, k, said + (size_t)k * wanted);
    if (failed) code = mg_no_memory(&mine, "a corpus");
    if (!code) code = append_others(t, said, &mine);
    for (size_t i = 0; said && !t->others && i < (size_t)t->n * wanted; i++) free(said[i]);
    free(said);
    mg_synonyms_close(y);
    if (code && err) *err = mine;
    return code;
}

/* Keeps in all[n] the texts of rows that make vocabularies, and in t->counted the distinct ones.
 * Returns how many rows; -1 without memory. */
static int64_t choose_counted(texts *t, const char **all, int64_t n, const int32_t *number) {
    bool *counts = calloc((size_t)t->n + 1, sizeof *counts);
    int64_t rows = 0;
    t->counted = malloc(((size_t)t->n + 1) * sizeof *t->counted);
    for (int64_t i = 0; i < n && counts && t->counted; i++) {
        if (t->b->rows[i].wording) continue;
        counts[number[i]] = true;
        all[rows++] = all[i];
    }
    const mg_str *off = &t->b->out->made[SEC_OTHER_OFF];
    const int64_t *other = (const int64_t *)(const void *)off->s;
    const int32_t own = t->n - t->n_others; /* of other wordings the first counts too */
    for (int32_t k = 0; k < own && t->n_others && counts; k++)
        if (counts[k] && other[k] < other[k + 1]) counts[own + other[k]] = true;
    for (int32_t k = 0; k < t->n && counts && t->counted; k++)
        if (counts[k]) t->counted[t->n_counted++] = t->strings[k];
    free(counts);
    return counts && t->counted ? rows : -1;
}

int mg_builder_pack_texts(mg_builder *b, molglot_error *err) {
    const int64_t n = b->n_texts;
    const char **all = malloc(((size_t)n + 1) * sizeof *all);
    int32_t *number = malloc(((size_t)n + 1) * sizeof *number);
    texts t = {.b = b, .n = -1};
    for (int64_t i = 0; i < n && all; i++) all[i] = b->rows[i].text;
    if (all && number) t.n = mg_group_strings(all, (size_t)n, number);
    if (t.n >= 0) t.strings = mg_first_strings(all, n, number, t.n);
    bool *own = t.strings && b->c->synonyms ? own_texts(&t, n, number) : NULL;
    int code = !t.strings || (b->c->synonyms && !own) ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
    if (!code && own) code = write_others(&t, own, err);
    const int64_t rows = code ? 0 : choose_counted(&t, all, n, number);
    if (rows < 0) code = mg_no_memory(err, "a corpus");
    for (int64_t i = 0; i < b->n && !code; i++)
        mg_add_i32(&b->out->made[SEC_ROW_TEXT], i < n ? number[i] : -1);
    if (!code && mg_asks_sentences(b->c)) code = pack_sentences(&t, all, rows, err);
    if (!code && b->c->strings) pack_strings(&t);
    b->out->h.texts = code ? 0 : t.n;
    b->out->h.sentences = t.sentences;
    free(t.strings);
    free(t.counted);
    for (int32_t k = 0; k < t.n_others && t.others; k++) free(t.others[k]);
    free(t.others);
    free(own);
    free(number);
    free(all);
    return code;
}
