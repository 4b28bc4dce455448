/* text.h - sentences to numbers: BERT's WordPiece, training of an own vocabulary, n-gram features,
 * runs of tokens and stems for scores, sentence splitting. */
#ifndef MG_TEXT_H
#define MG_TEXT_H

#include "base/bags.h"
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- wordpiece.c: identical to BERT's uncased tokeniser (docs/reference/momu.md 4.3,
 * atomas.md 11.9) --- */
typedef struct mg_wordpiece mg_wordpiece;
/* vocab: the bytes of a vocab.txt (one piece a line, id = line number from 0; last line may lack
 * its newline; empty lines at the end are none). Copied. */
mg_wordpiece *mg_wordpiece_new(const char *vocab, size_t n, molglot_error *err);
void mg_wordpiece_free(mg_wordpiece *w);
int32_t mg_wordpiece_size(const mg_wordpiece *w);
const char *mg_wordpiece_piece(const mg_wordpiece *w, int32_t id);
int32_t mg_wordpiece_id(const mg_wordpiece *w, const char *piece); /* -1 if absent */
/* Ids without special tokens into out[max]; returns how many were written (truncates on the right).
 * Invalid UTF-8 bytes are read as U+FFFD and so dropped. Special tokens written in a text are not
 * recognised. Thread-safe. -1: out of memory. */
int32_t mg_wordpiece_encode(const mg_wordpiece *w, const char *text, size_t n, int32_t *out,
                            int32_t max);

/* ---- sentencepiece.cc: T5's tokeniser ---- */
typedef struct mg_sentencepiece mg_sentencepiece;
/* model: the bytes of a spiece.model, copied. One whose pad, end and unknown pieces are not 0, 1
 * and 2 is refused. NULL with err. */
mg_sentencepiece *mg_sentencepiece_new(const void *model, size_t n, molglot_error *err);
void mg_sentencepiece_free(mg_sentencepiece *w);
int32_t mg_sentencepiece_size(const mg_sentencepiece *w); /* pieces, without T5's sentinels */
/* Ids of a text with the end piece (1) behind them, as T5Tokenizer gives them: *out malloc'ed, at
 * most max of them (0: no limit), the end piece included. Special tokens written in a text are not
 * recognised. Thread-safe. */
int mg_sentencepiece_encode(const mg_sentencepiece *w, const char *text, size_t n, int32_t max,
                            int32_t **out, int32_t *count, molglot_error *err);
/* The text of ids, malloc'ed: special tokens and sentinels dropped, blanks before marks cleaned up,
 * as T5Tokenizer's decode(skip_special_tokens=True) does. NULL with err. Thread-safe. */
char *mg_sentencepiece_decode(const mg_sentencepiece *w, const int32_t *ids, size_t n,
                              molglot_error *err);

/* ---- vocab_file.c ---- */
/* Adds a vocab.txt, read from one, or made of a tokenizer.json or vocab.json of WordPiece; a
 * folder: that in it. */
int mg_vocab_read(const char *path, mg_str *out, molglot_error *err);

/* ---- scibert.c ---- */
/* The vocabulary in which captions are scored, built in. NULL with err. */
mg_wordpiece *mg_wordpiece_scibert(molglot_error *err);

/* ---- grams.c: what BLEU is made of ---- */
enum { MG_GRAM_ORDERS = 4, MG_GRAM_IDS = 65536 /* ids are below */ };
typedef struct mg_grams {
    int32_t n; /* tokens */
    uint64_t
        *at[MG_GRAM_ORDERS]; /* runs of 1 .. 4 tokens, ascending, each as often as it is there */
} mg_grams;
/* False: no memory. */
bool mg_grams_of(const int32_t *ids, int32_t n, mg_grams *out);
void mg_grams_free(mg_grams *g);
int32_t mg_grams_count(const mg_grams *g, int order);
/* In both, each as often as in the one that has fewer of it. */
int32_t mg_grams_common(const mg_grams *a, const mg_grams *b, int order);
/* BLEU-4 of one text, smoothed so that one missing run of four is not the end of it; 0 .. 1. */
double mg_grams_bleu(const mg_grams *output, const mg_grams *reference);

/* ---- porter.c: stems ---- */
enum { MG_STEM_BYTES = 128 };
/* Writes the stem of a word in lower case, and a zero; returns its length. A longer word is cut. */
size_t mg_porter_stem(const char *s, size_t n, char out[MG_STEM_BYTES]);

/* ---- words.c ---- */
/* Normalised words as BERT's basic tokeniser gives them: lower-case, accents stripped, punctuation
 * split off. Calls fn(user, word, bytes, start offset in the original text) for each; a nonzero
 * result stops and is returned (make it positive: -1 says out of memory). Shared by WordPiece and
 * vocabulary training. */
typedef int (*mg_word_fn)(void *user, const char *word, size_t n, size_t start);
int mg_text_words(const char *text, size_t n, mg_word_fn fn, void *user);

/* ---- join.c ---- */
/* Adds the text of word pieces: words, blanks and capitals as in the texts beside it, like[n_like],
 * and by rules where they do not say. MOLGLOT_NO_MEMORY or MOLGLOT_OK. */
int mg_text_join(const mg_wordpiece *w, const int32_t *ids, int32_t n, const char *const *like,
                 size_t n_like, mg_str *out);

/* ---- fold.c ---- */
/* Adds the text in the letters in which texts are compared: "3β-OH" gives "3beta-oh". */
void mg_text_fold(mg_str *out, const char *text, size_t n);

/* --- wordpiece_train.c: a vocabulary from word counts: single characters, then the commonest pair
 * of neighbours joined again and again. Deterministic, whatever the order of texts. --- */
typedef struct mg_vocab_trainer mg_vocab_trainer;
mg_vocab_trainer *mg_vocab_trainer_new(void);
void mg_vocab_trainer_free(mg_vocab_trainer *t);
int mg_vocab_trainer_add(mg_vocab_trainer *t, const char *text, size_t n, molglot_error *err);
/* vocab.txt as text added to out: [PAD] [UNK] [CLS] [SEP] [MASK], then at most size - 5 pieces that
 * stand min_count times or more. May be called again, after more texts too. */
int mg_vocab_trainer_finish(mg_vocab_trainer *t, int32_t size, int32_t min_count, mg_str *out,
                            molglot_error *err);

/* ---- ngrams.c: features of a text as 32-bit hashes with counts, for the n-gram channel ---- */
typedef struct mg_ngram {
    uint32_t hash;
    float count;
} mg_ngram;
/* families: a set of letters kept in the model's config; exact definitions in ngrams.c and
 * docs/models/momu.md. Malloc'ed, distinct, ascending. */
int mg_text_ngrams(const char *text, size_t n, const char *families, mg_ngram **out, size_t *count,
                   molglot_error *err);

/* ---- known.c: which words of a text a model knows, by the n-gram vocabularies of its members ----
 */
typedef struct mg_text_vocabs {
    const char *families; /* of the n-grams; NULL or without 'w': every text passes for known */
    const mg_bag_vocab *vocab[8];
    int n;
} mg_text_vocabs;
typedef struct mg_known_words {
    int words;     /* that say something: with a letter, and not 'a', 'of', 'is' */
    int known;     /* of them */
    int like;      /* unknown, but with some of the letters' runs of known words */
    int unknown;   /* like, and all others */
    char *list;    /* the first unknown ones, "zzqq, xxyy" */
    bool nonsense; /* none is known or like a known one: refused as a text */
    bool weak;     /* none is known, or fewer than a third */
} mg_known_words;
int mg_text_known(const mg_text_vocabs *v, const char *text, mg_known_words *out,
                  molglot_error *err);
void mg_known_words_free(mg_known_words *k);
/* Unknown ones among all its words; 0 where there are none. */
float mg_known_share_unknown(const mg_known_words *k);
/* What to say of nonsense; MOLGLOT_BAD_FILE. */
int mg_known_words_refuse(const mg_known_words *k, molglot_row_status *row);

/* ---- sentences.c ---- */
/* The reference's rule (docs/reference/momu.md 8.1): split on '.', a piece counts when split on
 * single blanks gives >= 5 fields. Calls fn(user, piece, bytes) for each usable piece; returns how
 * many. */
int mg_text_sentences_momu(const char *text, size_t n, int (*fn)(void *, const char *, size_t),
                           void *user);
/* A careful splitter for training and evaluation, exact rule in sentences.c: ends at . ! ? before a
 * capital, digit or name (the blank may be missing), not inside brackets, not after one letter or
 * an abbreviation ("e.g.", "EC 1.1"). Pieces keep their stop. fn may be NULL in both: then they
 * only count. A nonzero result of fn stops; the piece it saw is counted. */
int mg_text_sentences(const char *text, size_t n, int (*fn)(void *, const char *, size_t),
                      void *user);

/* Bytes of a text to the end of its first sentence. */
size_t mg_text_first_sentence(const char *text);

/* ---- a batch of texts as the encoders take it ---- */
typedef struct mg_text_batch {
    int64_t n;
    const int32_t *token_offsets; /* [n+1] */
    const int32_t *token_ids;
    const int32_t *positions; /* beside token_ids: position in its text, from 0 */
    mg_bags bags;             /* n-gram features; n = 0 when the model has no such channel */
} mg_text_batch;

#ifdef __cplusplus
}
#endif
#endif
