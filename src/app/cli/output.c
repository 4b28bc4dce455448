/* output.c - where data goes: standard output, or a file that appears when it is complete; and in
 * which format. */
#include "app/cli/cli.h"

#include <errno.h>
#include <string.h>

int cli_out_open(cli_out *o, const char *path, molglot_error *err) {
    *o = (cli_out){.f = stdout};
    if (!path || !strcmp(path, "-")) return MOLGLOT_OK;
    int code = mg_outfile_open(&o->file, path, err);
    if (!code) {
        o->to_file = true;
        o->f = o->file.f;
    }
    return code;
}

int cli_out_close(cli_out *o, molglot_error *err) {
    if (o->to_file) return mg_outfile_commit(&o->file, err);
    if (fflush(stdout) || ferror(stdout))
        return mg_fail(err, MOLGLOT_FAILED, "writing to standard output failed: %s",
                       strerror(errno));
    return MOLGLOT_OK;
}

void cli_out_abort(cli_out *o) {
    if (o->to_file) mg_outfile_abort(&o->file);
}

int cli_out_write(const char *path, const void *bytes, size_t n, molglot_error *err) {
    cli_out out;
    int code = cli_out_open(&out, path, err);
    if (code) return code;
    fwrite(bytes, 1, n, out.f);
    code = cli_out_close(&out, err);
    if (code) cli_out_abort(&out);
    return code;
}

int cli_finish_stdout(int code) {
    if ((fflush(stdout) || ferror(stdout)) && !code) {
        fprintf(stderr, "molglot: writing to standard output failed: %s\n", strerror(errno));
        return MOLGLOT_FAILED;
    }
    return code;
}

const char *cli_format(const char *asked, const char *path, const char *dflt) {
    if (asked) return asked;
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot && dot[1] && !strchr(dot, '/') ? dot + 1 : dflt;
}
