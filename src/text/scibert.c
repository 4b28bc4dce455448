/* scibert.c - the word pieces in which the field scores captions, built in: SciBERT's uncased
 * vocabulary (scibert.txt, 31,090 pieces; allenai/scibert_scivocab_uncased, Apache-2.0).
 */
#include "text/text.h"

/* Bytes of scibert.txt and a zero, made by cmake/bytes.cmake. */
static const unsigned char vocabulary[] = {
#include "text/scibert.txt.h"
};

mg_wordpiece *mg_wordpiece_scibert(molglot_error *err) {
    return mg_wordpiece_new((const char *)vocabulary, sizeof vocabulary - 1, err);
}
