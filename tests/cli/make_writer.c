/* make_writer.c - writes a writer file with random weights for the command line tests: make_writer
 * KIND FILE, KIND direct, latent, flow, cages (some of whose draws RDKit refuses) or large (direct
 * with the sizes of the shipped recipe, for timings). */
#include "../generate/random_writer.h"

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        random_writer r;
        const char *store_as;
    } kinds[] = {
        {"direct", {1, 32, 0, 40, false, true, NULL, false, false}, NULL},
        {"cages", {1, 32, 0, 40, false, true, RANDOM_WRITER_CAGES, false, false}, NULL},
        {"latent", {1, 32, 4, 40, false, false, NULL, false, false}, NULL},
        {"flow", {1, 32, 4, 40, true, false, NULL, false, false}, NULL},
        {"large", {4, 256, 0, 160, false, true, NULL, false, false}, NULL},
        {"large16", {4, 256, 0, 160, false, true, NULL, false, false}, "BF16"},
        {"largeflow", {4, 256, 16, 160, true, false, NULL, false, false}, NULL},
    };
    molglot_error err = {0};
    for (size_t i = 0; argc == 3 && i < MG_COUNT(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name)) continue;
        int code = random_writer_save(argv[2], &kinds[i].r, kinds[i].store_as, &err);
        if (code) fprintf(stderr, "%s\n", err.message);
        return code;
    }
    fprintf(stderr, "usage: %s direct|cages|latent|flow|large FILE\n", argv[0]);
    return 2;
}
