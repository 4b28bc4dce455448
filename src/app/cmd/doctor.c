/* doctor.c - `molglot doctor`: this machine, the libraries, the model, and a short benchmark;
 * text for a bug report. */
#include "app/cmd/doctor.h"

#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { OPT_SECONDS = CLI_OWN };
typedef struct doctor_options {
    cli_common common;
    double seconds;
} doctor_options;

static const struct argp_option options[] = {
    {"seconds", OPT_SECONDS, "S", 0, "Length of the benchmark, 0 to 600 (default 10)", 0}, {0}};

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
    cli_print("molglot: %s\n", MOLGLOT_VERSION);
    if (uname(&u) == 0) cli_print("system: %s %s %s\n", u.sysname, u.release, u.machine);
    cli_print("cpu: %s, %d threads\n", c.name, c.threads);
    cli_print("features: avx2 %s, avx512 %s, avx512_bf16 %s, amx_bf16 %s\n", c.avx2 ? "yes" : "no",
              c.avx512 ? "yes" : "no", c.avx512_bf16 ? "yes" : "no", c.amx_bf16 ? "yes" : "no");
    cli_print("bfloat16 products: %s\n", c.bf16_products ? "in hardware" : "no (float32 is used)");
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) cli_print("memory: %.1f GB\n", 1e-9 * (double)pages * (double)page);
    cli_print("blas: %s\nonednn: %s\nchemistry: %s\n", c.blas, c.onednn, mg_chem_version());
    /* main.c could not do it */
    if (mg_blas_core_wanted()) cli_print("set OPENBLAS_CORETYPE=%s\n", mg_blas_core_wanted());
}

/* CUDA is opened only when asked for: that takes seconds, and hundreds of megabytes. */
static int print_device(const char *device, molglot_error *err) {
    if (!device) {
        cli_print("cuda: not asked for (--device cuda)\n");
        return MOLGLOT_OK;
    }
    char about[256];
    int code = mg_device_describe(device, about, err);
    cli_print("%s: %s%s\n", device, !code ? about : "not usable: ", !code ? "" : err->message);
    return code;
}

/* Runs one kind of embedding for a while; rows per second. */
static double speed(mg_embedder *e, bool text, const char *row, double seconds,
                    molglot_error *err) {
    enum { ROWS = 256 };
    const char *rows[ROWS];
    for (int i = 0; i < ROWS; i++) rows[i] = row;
    float *out = malloc(sizeof(float) * ROWS * (size_t)mg_embedder_dim(e));
    if (!out) {
        mg_no_memory(err, "the output");
        return 0;
    }
    double start = cli_now(), now = start;
    int64_t done = 0;
    do {
        if ((text ? mg_embed_texts : mg_embed_smiles)(e, rows, ROWS, out, NULL, err) != MOLGLOT_OK)
            break;
        done += ROWS;
        now = cli_now();
    } while (now - start < seconds);
    free(out);
    return now > start ? (double)done / (now - start) : 0;
}

/* GFLOP/s of products of N x N matrices; the host waits after each ROUND of them. */
static double product_speed(const cli_common *common, mg_precision precision, double seconds,
                            molglot_error *err) {
    enum { N = 1024, ROUND = 4 };
    const bool bf16 = precision == MG_PREC_BF16;
    mg_tape *t = mg_tape_new(common->device ? common->device : "cpu", precision, common->threads,
                             1u << 28, err);
    if (!t) return 0;
    mg_tensor *a = mg_zeros(t, N, N), *b = mg_zeros(t, N, N), *c = mg_zeros(t, N, N);
    double start = cli_now(), now = start;
    int64_t done = 0;
    while (mg_tape_ok(t) && now - start < seconds) {
        for (int i = 0; i < ROUND; i++)
            mg_product_nt(t, N, N, N, a->data, b->data, bf16 ? MG_BF16 : MG_F32, c->data);
        mg_tape_pull(t, c->data, sizeof(float));
        done += ROUND;
        now = cli_now();
    }
    mg_tape_error(t, err);
    mg_tape_free(t);
    return now > start ? 2e-9 * N * N * (double)N * (double)done / (now - start) : 0;
}

/* A line a part: is it as it was saved, does this build read as the one that trained it? Another:
 * does this machine compute as it should? */
static int check_part(mg_bundle *b, const cli_common *c, size_t i, molglot_error *err) {
    mg_part_info part;
    int code = mg_bundle_info(b, i, &part, err);
    if (code) return code;
    const int damaged = mg_bundle_verify(b, i, err);
    cli_print("part %s: %s, digest %s, ", part.name, part.path,
              !part.digest ? "none (an older file)"
              : damaged    ? "wrong"
                           : "correct");
    code = damaged ? damaged : mg_bundle_try(b, i, err);
    cli_print("self-test %s\n", !code ? "passed" : damaged ? "left out" : "failed");
    return code ? code : doctor_numbers(b, c, part.name, err);
}

/* The first complaint is reported, every part is looked at. */
static int check_parts(mg_bundle *b, const cli_common *c, molglot_error *err) {
    for (size_t i = 0; i < mg_bundle_count(b); i++) {
        molglot_error own = {0};
        if (check_part(b, c, i, &own) && !err->code) *err = own;
    }
    return err->code;
}

static void measure(const doctor_options *o, const cli_engine *e, molglot_error *err) {
    cli_print("texts: %.0f per second\n",
              speed(e->embedder, true,
                    "The molecule is a purine alkaloid with three methyl groups that "
                    "stimulates the nervous system.",
                    o->seconds / 4, err));
    cli_print("molecules: %.0f per second\n",
              speed(e->embedder, false, "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", o->seconds / 4, err));
}

/* Checks all parts of the model where o->common says, and measures the space. */
static int check_model(const doctor_options *o, molglot_error *err) {
    char path[4096];
    mg_bundle *b = cli_model_path(&o->common, path, sizeof path, err) ? mg_bundle_open(path, err)
                                                                      : NULL;
    cli_engine e = {0};
    int code = b ? check_parts(b, &o->common, err) : err->code;
    const bool space = b && !mg_bundle_is_t5(b); /* a T5 of its own has none to measure */
    if (!code && space) code = cli_engine_of(&e, b, &o->common, 0, err);
    const char *identity = code || !space ? NULL : mg_bundle_identity(b, err);
    if (identity) {
        cli_print("model: %s (%s)\nmodel sha256: %s\ntokenizer self-test: passed\n",
                  mg_space_part_name(e.space), path, identity);
        if (o->seconds > 0) measure(o, &e, err);
    }
    cli_engine_close(&e);
    mg_bundle_close(b);
    return err->code ? err->code : code;
}

int cmd_doctor(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_machine_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "",
        "Checks this machine and the model, and measures both for some seconds.\v"
        "Example:\n  molglot doctor\n\nPaste the output into a bug report.",
        children,
        NULL,
        NULL};
    doctor_options o = {.seconds = 10};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0}, device_error = {0};
    print_machine();
    /* the rest of the report is about the CPU then */
    if (print_device(o.common.device, &device_error) != MOLGLOT_OK) o.common.device = NULL;
    code = check_model(&o, &err);
    if (!code && o.seconds > 0) {
        cli_print("products f32: %.0f GFLOP/s\n",
                  product_speed(&o.common, MG_PREC_F32, o.seconds / 4, &err));
        cli_print("products bf16: %.0f GFLOP/s\n",
                  product_speed(&o.common, MG_PREC_BF16, o.seconds / 4, &err));
    }
    if (err.code) return cli_fail(&err);
    return device_error.code ? cli_fail(&device_error) : MOLGLOT_OK;
}
