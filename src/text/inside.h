/* inside.h - between ngrams.c and numbers.c. */
#ifndef MG_TEXT_INSIDE_H
#define MG_TEXT_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

/* A run of letters, or a number with what follows it, of a folded sentence (ngrams.c). */
typedef struct mg_piece {
    const char *s;
    size_t n;
    bool joined; /* stands in the same word as the one before */
} mg_piece;
/* What is said of a number: "at" 2 "chloro", "count" 2 "chloro", "chain" 18 "", "double" 1 "". */
typedef void mg_number_sink(void *user, const char *what, int value, const char *group, size_t n);
void mg_text_numbers(const mg_piece *pieces, size_t n, mg_number_sink *sink, void *user);

#endif
