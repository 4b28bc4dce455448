/* cmd_doctor.c - `molglot doctor`: this machine, the libraries, the model, and a short benchmark; text for a bug report. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/cli.h"

enum { OPT_SECONDS = CLI_OWN };
typedef struct doctor_options { cli_common common; double seconds; } doctor_options;

static const struct argp_option options[] = {
    {"seconds", OPT_SECONDS, "S", 0, "Length of the benchmark, 0 to 600 (default 10)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    doctor_options *o = state->input;
    switch (key) {
    case OPT_SECONDS: o->seconds = (double)cli_number(state, arg, "--seconds", 0, 600); return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void print_machine(void) {
    struct utsname u;
    mg_cpu_info c;
    mg_cpu_info_get(&c);
    printf("molglot: %s\n", MOLGLOT_VERSION);
    if (uname(&u) == 0) printf("system: %s %s %s\n", u.sysname, u.release, u.machine);
    printf("cpu: %s, %d threads\n", c.name, c.threads);
    printf("features: avx2 %s, avx512 %s, avx512_bf16 %s, amx_bf16 %s\n", c.avx2 ? "yes" : "no", c.avx512 ? "yes" : "no",
           c.avx512_bf16 ? "yes" : "no", c.amx_bf16 ? "yes" : "no");
    printf("bfloat16 products: %s\n", c.bf16_products ? "in hardware" : "no (float32 is used)");
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) printf("memory: %.1f GB\n", 1e-9 * (double)pages * (double)page);
    printf("blas: %s\nonednn: %s\nchemistry: %s\n", c.blas, c.onednn, mg_chem_version());
}

/* Runs one kind of embedding for a while; rows per second. */
static double speed(mg_embedder *e, bool text, const char *row, double seconds, molglot_error *err) {
    enum { ROWS = 256 };
    const char *rows[ROWS];
    for (int i = 0; i < ROWS; i++) rows[i] = row;
    float *out = malloc(sizeof(float) * ROWS * (size_t)mg_embedder_dim(e));
    if (!out) {
        mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
        return 0;
    }
    double start = cli_now(), now = start;
    int64_t done = 0;
    do {
        if ((text ? mg_embed_texts : mg_embed_smiles)(e, rows, ROWS, out, NULL, err) != MOLGLOT_OK) break;
        done += ROWS;
        now = cli_now();
    } while (now - start < seconds);
    free(out);
    return now > start ? (double)done / (now - start) : 0;
}

static double product_speed(mg_precision precision, int threads, double seconds, molglot_error *err) {
    enum { N = 1024 };
    mg_tape *t = mg_tape_new("cpu", precision, threads, 1u << 28, err);
    if (!t) return 0;
    float *a = calloc(2 * N * N, sizeof *a), *c = calloc(N * N, sizeof *c);
    uint16_t *half = calloc(N * N, sizeof *half);
    double start = cli_now(), now = start;
    int64_t done = 0;
    while (a && c && half && now - start < seconds) {
        const void *b = precision == MG_PREC_BF16 ? (const void *)half : (const void *)(a + N * N);
        if (mg_product_nt(t, N, N, N, a, b, precision == MG_PREC_BF16 ? MG_BF16 : MG_F32, c) != MOLGLOT_OK) break;
        done++;
        now = cli_now();
    }
    free(a);
    free(c);
    free(half);
    mg_tape_free(t);
    return now > start ? 2e-9 * N * N * (double)N * (double)done / (now - start) : 0;
}

static int check_model(const doctor_options *o, molglot_error *err) {
    cli_engine e;
    int rc = cli_engine_open(&e, &o->common, 0, err);
    if (rc != MOLGLOT_OK) return rc;
    char sha[65];
    rc = mg_sha256_file(e.path, sha, err);
    if (rc == MOLGLOT_OK) {
        printf("model: %s (%s)\nmodel sha256: %s\ntokenizer self-test: passed\n", mg_model_file_name(&e.model), e.path, sha);
        if (o->seconds > 0) {
            printf("texts: %.0f per second\n", speed(e.embedder, true, "The molecule is a purine alkaloid with three methyl groups that stimulates the nervous system.", o->seconds / 4, err));
            printf("molecules: %.0f per second\n", speed(e.embedder, false, "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", o->seconds / 4, err));
        }
    }
    cli_engine_close(&e);
    return err->code ? err->code : rc;
}

int cmd_doctor(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {options, parse, "", "Checks this machine and the model, and measures both for some seconds.\v"
        "Example:\n  molglot doctor\n\nPaste the output into a bug report.", children, NULL, NULL};
    doctor_options o = {.seconds = 10};
    int rc = cli_parse(&argp, argc, argv, &o);
    if (rc != MOLGLOT_OK) return rc;
    molglot_error err = {0};
    print_machine();
    rc = check_model(&o, &err);
    if (rc == MOLGLOT_OK && o.seconds > 0) {
        printf("products f32: %.0f GFLOP/s\n", product_speed(MG_PREC_F32, o.common.threads, o.seconds / 4, &err));
        printf("products bf16: %.0f GFLOP/s\n", product_speed(MG_PREC_BF16, o.common.threads, o.seconds / 4, &err));
    }
    return err.code ? cli_fail(&err) : MOLGLOT_OK;
}
