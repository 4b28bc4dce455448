/* parse.c - the command line: argp's work, but that -h is help as well, that an option that does
 * not exist names the one that was meant, and that examples stand in their lines as they are
 * pasted.
 */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELP = '?', USAGE = 'u' + 512, NO_MANIFEST, WIDTH = 79, MOST = 256, WRITTEN = 8 };

/* ---- options that do not exist ---- */

typedef struct option_list {
    struct {
        const char *name; /* NULL: a letter alone */
        int key, flags;   /* flags of the option that it is an alias of */
        bool argument;
    } at[MOST];
    size_t n;
    cli_written written[WRITTEN]; /* files that the command line names for output */
    size_t n_written;
} option_list;

static void collect(option_list *l, const struct argp *argp) {
    bool argument = false;
    int flags = 0;
    for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
        if (!(o->flags & OPTION_ALIAS)) {
            argument = o->arg != NULL;
            flags = o->flags | (o->name && !strcmp(o->name, "output") ? CLI_WRITES : 0);
        }
        if ((!o->name && !o->key) || l->n == MOST) continue;
        l->at[l->n].name = o->name;
        l->at[l->n].key = o->key;
        l->at[l->n].flags = flags;
        l->at[l->n++].argument = argument;
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++) collect(l, c->argp);
}

/* The option that begins with s[0..n), as getopt finds it: -1 where there is none, -2 for several.
 */
static int find_long(const option_list *l, const char *s, size_t n) {
    int found = -1;
    for (size_t i = 0; i < l->n; i++) {
        if (!l->at[i].name || strncmp(l->at[i].name, s, n)) continue;
        if (!l->at[i].name[n]) return (int)i;
        if (found >= 0 && l->at[found].key != l->at[i].key) return -2;
        found = (int)i;
    }
    return found;
}

static void refuse(const option_list *l, const char *program, const char *s, size_t n) {
    const char *names[MOST];
    size_t count = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].name) names[count++] = l->at[i].name;
    const char *near = cli_nearest(s, n, names, count);
    fprintf(stderr, "%s: unrecognized option '--%.*s'", program, (int)n, s);
    if (near) fprintf(stderr, "; did you mean '--%s'?", near);
    fprintf(stderr, "\nTry `%s --help' for more information.\n", program);
    exit(MOLGLOT_USAGE);
}

/* Takes note of an output; the last one given counts. */
static void note(option_list *l, size_t option, const char *path) {
    const int flags = l->at[option].flags, key = l->at[option].key;
    if (!path || !(flags & CLI_WRITES)) return;
    size_t i = 0;
    while (i < l->n_written && l->written[i].key != key) i++;
    if (i == WRITTEN) return;
    l->written[i] = (cli_written){.path = path,
                                  .key = key,
                                  .may_be_read = (flags & CLI_MAY_BE_READ) != 0,
                                  .in_model = (flags & CLI_IN_MODEL) != 0};
    if (i == l->n_written) l->n_written++;
}

/* Whether the letters of an argument, s behind its '-', take the next argument as well; -1: the
 * rest is not looked at. */
static int letters(option_list *l, const char *s, const char *next) {
    for (; *s; s++) {
        size_t i = 0;
        while (i < l->n && l->at[i].key != (unsigned char)*s) i++;
        if (i == l->n || *s == HELP || *s == 'h') return -1;
        if (!l->at[i].argument) continue;
        note(l, i, s[1] ? s + 1 : next);
        return !s[1];
    }
    return 0;
}

/* Ends the program at the first long option that is none. */
static void check_options(option_list *l, const struct argp *argp, int argc, char **argv) {
    collect(l, argp);
    for (int i = 1; i < argc; i++) {
        const char *s = argv[i];
        if (s[0] != '-' || !s[1]) continue;
        if (!strcmp(s, "--")) return;
        int skip = 0;
        if (s[1] == '-') {
            const size_t n = strcspn(s + 2, "=");
            const int at = find_long(l, s + 2, n);
            if (at == -1) refuse(l, argv[0], s + 2, n);
            if (at < 0 || l->at[at].key == HELP || l->at[at].key == USAGE) return;
            skip = l->at[at].argument && !s[2 + n];
            if (l->at[at].argument) note(l, (size_t)at, skip ? argv[i + 1] : s + 3 + n);
        } else if ((skip = letters(l, s + 1, argv[i + 1])) < 0) {
            return;
        }
        i += skip;
    }
}

/* ---- help ---- */

/* Paragraphs in lines of WIDTH; a line that begins with a blank, an example, as it is. */
static void print_notes(const char *s) {
    for (size_t n; *s; s += n + (s[n] != 0)) {
        n = strcspn(s, "\n");
        size_t column = 0;
        for (size_t at = 0, word; at < n && *s != ' '; at += word + (s[at + word] == ' ')) {
            word = strcspn(s + at, " \n");
            if (column && column + 1 + word > WIDTH) column = 0, putchar('\n');
            printf("%s%.*s", column ? " " : "", (int)word, s + at);
            column += word + (column > 0);
        }
        printf("%.*s\n", *s == ' ' ? (int)n : 0, s);
    }
}

typedef struct command_line {
    void *input; /* of the command's own argp */
    const char *notes;
} command_line;

static error_t parse_help(int key, char *arg, struct argp_state *state) {
    (void)arg;
    const command_line *c = state->input;
    switch (key) {
    case HELP:
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
        if (*c->notes) putchar('\n');
        print_notes(c->notes);
        exit(cli_finish_stdout(MOLGLOT_OK));
    case USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE);
        exit(cli_finish_stdout(MOLGLOT_OK));
    case NO_MANIFEST: cli_manifest_off(); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_all(int key, char *arg, struct argp_state *state) {
    (void)arg;
    command_line *c = state->input;
    if (key != ARGP_KEY_INIT) return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = c->input;
    state->child_inputs[1] = c;
    return 0;
}

/* What --resume leaves alone. */
static void end_where_done(const cli_written *w, size_t n) {
    bool named = false;
    for (size_t i = 0; i < n; i++) {
        if (w[i].key != 'o' || !strcmp(w[i].path, "-")) continue;
        named = true;
        if (access(w[i].path, F_OK)) continue;
        cli_say(NULL, "%s is there: nothing to do", w[i].path);
        exit(MOLGLOT_OK);
    }
    if (!named) exit(cli_usage("--resume goes with -o FILE"));
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input) {
    struct argp_option help_options[] = {
        {"no-manifest", NO_MANIFEST, NULL, OPTION_HIDDEN,
         "Write no FILE.manifest.json beside FILE (see `molglot rerun`)", -2},
        {"help", HELP, NULL, 0, "Show this help", -1},
        {NULL, 'h', NULL, OPTION_ALIAS, NULL, -1},
        {"usage", USAGE, NULL, 0, "Show a short usage message", -1},
        {0}};
    const struct argp help_argp = {help_options, parse_help, NULL, NULL, NULL, NULL, NULL};
    const char *doc = argp->doc ? argp->doc : "", *notes = strchr(doc, '\v');
    mg_str first = {0};
    mg_str_add(&first, doc, notes ? (size_t)(notes - doc) : strlen(doc));
    struct argp own = *argp;
    own.doc = first.s;
    const struct argp_child children[] = {{&own, 0, NULL, 0}, {&help_argp, 0, NULL, 0}, {0}};
    const struct argp all = {.parser = parse_all, .children = children};
    command_line c = {.input = input, .notes = notes ? notes + 1 : ""};
    argp_err_exit_status = MOLGLOT_USAGE;
    option_list l = {.n = 0};
    check_options(&l, &all, argc, argv);
    for (size_t i = 0; i < l.n; i++)
        if (l.at[i].flags & CLI_WRITES) help_options[0].flags = 0;
    if (cli_manifest_begin(l.written, l.n_written, argc, argv)) return MOLGLOT_USAGE;
    const error_t code = argp_parse(&all, argc, argv, ARGP_NO_HELP, NULL, &c);
    mg_str_free(&first);
    if (!code && cli_resume) end_where_done(l.written, l.n_written);
    return code ? MOLGLOT_USAGE : cli_check_places(l.written, l.n_written, argc, argv);
}
