/* main.c - `molglot COMMAND ...`: finds the command and runs it. */
#include "app/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} command;

static const command commands[] = {
    {"generate", cmd_generate, "write molecules for a sentence, ranked"},
    {"index", cmd_index, "embed a library (smi, csv, tsv, sdf) into an index file"},
    {"concat", cmd_concat, "several indexes into one, or an index without some of its rows"},
    {"search", cmd_search, "find molecules by a sentence, or texts and molecules by a molecule"},
    {"encode", cmd_encode, "latent vectors of molecules (writers with a latent space)"},
    {"decode", cmd_decode, "molecules of latent vectors"},
    {"interpolate", cmd_interpolate, "molecules between two molecules"},
    {"embed", cmd_embed, "vectors of molecules or texts, as rows or NPY"},
    {"describe", cmd_describe,
     "what a molecule is: groups, rings, stereo, numbers; computed, not learned"},
    {"caption", cmd_caption, "a sentence for a molecule, with what it leans on and what is wrong"},
    {"explain", cmd_explain, "which words of a sentence speak of which atoms of a molecule"},
    {"map", cmd_map, "rows as points of a plane, alike ones together: a page, SVG or a table"},
    {"predict", cmd_predict, "properties of molecules by a head that was trained on a table"},
    {"depict", cmd_depict, "draw molecules as SVG, PNG or one HTML page"},
    {"name", cmd_name, "structures of a name, and names of a molecule, with their sources"},
    {"eval", cmd_eval,
     "measure retrieval or score generated molecules, with intervals and baselines"},
    {"train", cmd_train, "train a model from a recipe, resumable"},
    {"import", cmd_import,
     "turn a published PyTorch checkpoint into a model file, running no pickle"},
    {"merge", cmd_merge,
     "models trained apart into one file: an ensemble, and writers of molecules beside it"},
    {"memory", cmd_memory, "molecules and texts as the part of a model that generate starts from"},
    {"serve", cmd_serve, "a page for people and a service for programs, on this machine"},
    {"mcp", cmd_mcp, "the same tools for an assistant, by the Model Context Protocol"},
    {"report", cmd_report, "a page of cards from a table of molecules, with what triage says"},
    {"rerun", cmd_rerun, "a run again, by its manifest, and whether it gives the same bytes"},
    {"export", cmd_export, "the rows of an index for other programs: NPY, CSV, Arrow, PostgreSQL"},
    {"info", cmd_info, "what a model or index file holds: licence, data, configuration"},
    {"doctor", cmd_doctor, "check this machine and the model; text for a bug report"},
};

static void help(FILE *f) {
    fputs("Usage: molglot COMMAND [OPTION...]\n"
          "Molecules and natural language in one space: a sentence in, molecules out.\n\n",
          f);
    for (size_t i = 0; i < MG_COUNT(commands); i++)
        fprintf(f, "  %-11s %s\n", commands[i].name, commands[i].what);
    fputs("\nTry:\n"
          "  molglot generate \"a monoterpenoid with a hydroxy group\"\n"
          "  molglot index examples/library.tsv -o library.idx\n"
          "  molglot search library.idx \"a bitter alkaloid that keeps people awake\"\n"
          "  molglot generate --help\n\n"
          "`molglot COMMAND --help` explains a command. Data goes to stdout, messages to stderr.\n"
          "Exit: 0 ok, 1 failed, 2 usage, 3 rows rejected under --strict, 4 bad file, 130 "
          "interrupted.\n",
          f);
}

/* ---- before anything else ---- */

/* A closed standard stream would be the number of the next file that is opened, and messages would
 * be written into it. Opened the wrong way round, it fails as a closed one does. */
static void open_standard_streams(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < (int)MG_COUNT(modes); fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)open("/dev/null", modes[fd]);
}

/* Models and indexes are mapped: where one is cut short meanwhile, its pages are gone. */
static void on_lost_page(int sig) {
    static const char message[] = "molglot: a file that is in use was cut short or written over\n";
    (void)sig;
    if (write(STDERR_FILENO, message, sizeof message - 1) >= 0) _exit(MOLGLOT_BAD_FILE);
    _exit(MOLGLOT_BAD_FILE);
}

static void catch_lost_pages(void) {
    struct sigaction a = {.sa_handler = on_lost_page}; /* stays: other threads meet it too */
    sigemptyset(&a.sa_mask);
    sigaction(SIGBUS, &a, NULL);
}

/* Beyond `ulimit -f` a write fails and is said; the signal would end us with our temporaries. */
static void meet_file_limits(void) { signal(SIGXFSZ, SIG_IGN); }

/* With less, OpenBLAS asks for its buffers for ever before main begins. */
#define LEAST_ADDRESSES ((rlim_t)512 << 20)

static void check_addresses(int argc, char **argv, char **env) {
    (void)argc, (void)argv, (void)env;
    static const char refusal[] =
        "molglot: out of memory: ulimit -v grants less than the 512 MB of "
        "address space that the program needs\n";
    struct rlimit r;
    if (getrlimit(RLIMIT_AS, &r) || r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= LEAST_ADDRESSES)
        return;
    if (write(STDERR_FILENO, refusal, sizeof refusal - 1) >= 0) _exit(MOLGLOT_NO_MEMORY);
    _exit(MOLGLOT_NO_MEMORY);
}

/* Runs before the libraries' own beginnings. */
__attribute__((section(".preinit_array"),
               used)) static void (*const first[])(int, char **, char **) = {check_addresses};

/* Two libraries read how to run before main, and choose badly: OpenMP's idle threads spin, which
 * makes everything several times slower where other programs want the cores or a container grants
 * fewer than it shows; OpenBLAS takes a processor that it does not know for one of 2004 (SPEED.md
 * has both). So start again once with better settings, unless the user has chosen. */
/* `ld.so molglot ..`: starting /proc/self/exe again would start the loader */
static bool loader_runs_us(void) {
    char exe[4096];
    const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n < 0) return true;
    exe[n] = 0;
    const char *name = strrchr(exe, '/');
    return strncmp(name ? name + 1 : exe, "ld-", 3) == 0;
}

static void prefer_good_settings(char **argv) {
    const char *core = getenv("OPENBLAS_CORETYPE") ? NULL : mg_blas_core_wanted();
    const bool spins = !getenv("OMP_WAIT_POLICY") && !getenv("GOMP_SPINCOUNT");
    if ((!spins && !core) || loader_runs_us()) return;
    const bool set = (!spins || setenv("OMP_WAIT_POLICY", "passive", 1) == 0) &&
                     (!core || setenv("OPENBLAS_CORETYPE", core, 1) == 0);
    if (set) execv("/proc/self/exe", argv); /* on failure: go on as we are */
}

static int unknown(const char *name) {
    const char *names[MG_COUNT(commands) + 2] = {"--help", "--version"};
    for (size_t i = 0; i < MG_COUNT(commands); i++) names[i + 2] = commands[i].name;
    const char *near = cli_nearest(name, strlen(name), names, MG_COUNT(names));
    return near ? cli_usage("no command '%s'; did you mean '%s'?", name, near)
                : cli_usage("no command '%s'; `molglot --help` lists them", name);
}

/* The words as they were given: a command may change its own. They stay to the end. */
static char *const *copy_words(int argc, char **argv) {
    static char **words;
    words = calloc((size_t)argc + 1, sizeof *words);
    if (words) memcpy(words, argv, (size_t)argc * sizeof *words);
    return words;
}

/* words: the command's name first. */
static int run(int argc, char **argv) {
    for (size_t i = 0; i < MG_COUNT(commands); i++) {
        if (strcmp(argv[0], commands[i].name)) continue;
        char full[64];
        snprintf(full, sizeof full, "molglot %s", argv[0]);
        argv[0] = full;
        return commands[i].run(argc, argv);
    }
    return unknown(argv[0]);
}

int main(int argc, char **argv) {
    open_standard_streams();
    catch_lost_pages();
    meet_file_limits();
    cli_watch_memory();
    prefer_good_settings(argv);
    (void)prctl(PR_SET_NAME, "molglot"); /* started again through /proc, it is called "exe" */
    omp_set_num_threads(mg_threads(0));  /* OMP_NUM_THREADS may say anything */
    if (argc < 2) {
        help(stderr);
        return MOLGLOT_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        printf("molglot %s (%s)\n", MOLGLOT_VERSION, mg_chem_version());
        return cli_finish_stdout(MOLGLOT_OK);
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || (!strcmp(name, "help") && argc == 2)) {
        help(stdout);
        return cli_finish_stdout(MOLGLOT_OK);
    }
    const bool wants_help = !strcmp(name, "help");
    if (wants_help) { /* `help eval predictions` */
        char *help_word = (char *)"--help", *topic = argc > 3 ? argv[3] : help_word;
        char *only_help[] = {argv[2], topic, help_word, NULL};
        return cli_finish_stdout(run(3, only_help));
    }
    char *const *words = copy_words(argc - 1, argv + 1);
    if (!words) return cli_no_memory();
    cli_runner = run;
    cli_manifest_command(argc - 1, words);
    const int code = cli_finish_stdout(run(argc - 1, argv + 1));
    return cli_manifest_end(code);
}
