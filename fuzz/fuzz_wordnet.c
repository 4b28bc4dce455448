/* fuzz_wordnet.c - any bytes as a folder of WordNet: the first byte says where they are cut into
 * index, data and exceptions of the nouns; words are looked up that lead into them. */
#include "score/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(const char *folder, const char *name, const void *bytes, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) abort();
}

static const char *folder(void) {
    static char path[] = "/tmp/mg_fuzz_wordnet_XXXXXX";
    static const char *const names[] = {"index.verb", "data.verb", "verb.exc",
                                        "index.adj",  "data.adj",  "adj.exc",
                                        "index.adv",  "data.adv",  "adv.exc"};
    static bool made;
    if (!made) {
        if (!mkdtemp(path)) abort();
        for (size_t i = 0; i < MG_COUNT(names); i++) write_file(path, names[i], "  1\n", 4);
        made = true;
    }
    return path;
}

static void see(void *user, const char *word, size_t n) {
    for (size_t i = 0; i < n; i++) *(unsigned *)user += (unsigned char)word[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const words[] = {"a", "acid", "acids", "mice", ""};
    if (size < 4) return 0;
    const size_t first = 1 + data[0] % (size - 1), second = first + (size - first) / 2;
    unsigned sum = 0;
    write_file(folder(), "index.noun", data + 1, first - 1);
    write_file(folder(), "data.noun", data + first, second - first);
    write_file(folder(), "noun.exc", data + second, size - second);
    mg_wordnet *w = mg_wordnet_open(folder(), NULL);
    for (size_t i = 0; w && i < MG_COUNT(words); i++)
        if (mg_wordnet_words(w, words[i], see, &sum, NULL)) abort();
    mg_wordnet_close(w);
    return 0;
}
