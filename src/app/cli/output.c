/* output.c - where data goes: standard output, or a file that appears when it is complete; and in
 * which format. */
#include "app/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int cli_out_open(cli_out *o, const char *path, molglot_error *err) {
    *o = (cli_out){.f = stdout};
    if (!path || !strcmp(path, "-")) return MOLGLOT_OK;
    int code = mg_outfile_open(&o->file, path, err);
    if (code) return code;
    o->to_file = true;
    o->f = o->file.f;
    const char *packing = mg_packing_of(path);
    if (!packing) return MOLGLOT_OK;
    o->packed = mg_pack_open(o->file.f, packing, err);
    if (o->packed) {
        o->f = o->packed;
        return MOLGLOT_OK;
    }
    cli_out_abort(o);
    return mg_code_of(err, MOLGLOT_NO_MEMORY);
}

/* What an interrupted command has written does not replace what was complete: it is kept beside.
 */
static int keep_aside(mg_outfile *file, molglot_error *err) {
    if (!cli_interrupted || !file->tmp) return MOLGLOT_OK;
    mg_str path = {0};
    mg_str_addf(&path, "%s.partial", file->path);
    if (path.failed) return mg_no_memory(err, "%s", file->path);
    free(file->path);
    file->path = path.s;
    cli_say(NULL, "interrupted: what was done is in %s", path.s);
    return MOLGLOT_OK;
}

static int finish(cli_out *o, molglot_error *err) {
    if (o->to_file && cli_whole(err)) return MOLGLOT_NO_MEMORY;
    if (o->packed) {
        const bool lost = ferror(o->packed) != 0;
        const bool failed = fclose(o->packed) != 0;
        o->packed = NULL;
        if (lost || failed)
            return mg_fail(err, MOLGLOT_FAILED, "%s: cannot write: %s", o->file.path,
                           strerror(errno ? errno : EIO));
    }
    if (o->to_file) {
        const int code = keep_aside(&o->file, err);
        return code ? code : mg_outfile_commit(&o->file, err);
    }
    if (fflush(stdout) || ferror(stdout))
        return mg_fail(err, MOLGLOT_FAILED, "writing to standard output failed: %s",
                       strerror(errno));
    return MOLGLOT_OK;
}

int cli_out_close(cli_out *o, molglot_error *err) {
    const int code = finish(o, err);
    if (code) cli_out_abort(o);
    return code;
}

void cli_out_abort(cli_out *o) {
    if (o->packed) fclose(o->packed);
    o->packed = NULL;
    if (o->to_file) mg_outfile_abort(&o->file);
    o->to_file = false;
}

int cli_out_write(const char *path, const void *bytes, size_t n, molglot_error *err) {
    cli_out out;
    int code = cli_out_open(&out, path, err);
    if (code) return code;
    fwrite(bytes, 1, n, out.f);
    return cli_out_close(&out, err);
}

const char *cli_extension(const char *asked, const char *path, const char *dflt) {
    static const char *const known[] = {"table", "tsv", "csv", "json", "jsonl", "ndjson",
                                        "smi",   "sdf", "svg", "html", "npy",   "png"};
    static const char *const others[][2] = {{"smiles", "smi"}, {"sd", "sdf"},  {"mol", "sdf"},
                                            {"htm", "html"},   {"tab", "tsv"}, {"txt", "tsv"}};
    if (asked) return asked;
    if (!path) return dflt;
    size_t n = strlen(path);
    if (mg_packing_of(path)) n -= path[n - 1] == 'z' ? 3 : 4;
    size_t dot = n;
    while (dot && path[dot - 1] != '.' && path[dot - 1] != '/') dot--;
    if (!dot || path[dot - 1] != '.' || dot == n) return dflt;
    const size_t m = n - dot;
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (strlen(known[i]) == m && !strncasecmp(path + dot, known[i], m)) return known[i];
    for (size_t i = 0; i < MG_COUNT(others); i++)
        if (strlen(others[i][0]) == m && !strncasecmp(path + dot, others[i][0], m))
            return others[i][1];
    return path[n] ? dflt : path + dot;
}

const char *cli_format(const char *asked, const char *path, const char *dflt) {
    const bool whole = path && strcmp(path, "-") ? true : !isatty(STDOUT_FILENO);
    return cli_extension(asked, path, whole && !strcmp(dflt, "table") ? "tsv" : dflt);
}
