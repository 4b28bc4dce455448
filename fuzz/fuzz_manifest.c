/* fuzz_manifest.c - manifests of runs. */
#include "app/cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_error err;
    cli_manifest m;
    if (!cli_manifest_read((const char *)data, size, &m, &err)) cli_manifest_free(&m);
    return 0;
}
