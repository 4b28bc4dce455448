/* triage.c - include/molglot.h: lists of controlled substances, structural alerts, scores. */
#include "chem/triage/triage.h"

#include "app/api/api.h"

#include <stdlib.h>

molglot_screen *molglot_screen_open(const char *more, size_t n, molglot_error *err) {
    molglot_screen *s = calloc(1, sizeof *s);
    if (!s) {
        mg_no_memory(err, "control lists");
        return NULL;
    }
    if ((s->screen = mg_screen_new(more, more ? n : 0, err)) && (s->triager = mg_triager_new(err)))
        return s;
    molglot_screen_close(s);
    return NULL;
}

void molglot_screen_close(molglot_screen *screen) {
    if (!screen) return;
    mg_screen_free(screen->screen);
    mg_triager_free(screen->triager);
    free(screen);
}

const char *molglot_screen_lists(const molglot_screen *screen) {
    return screen ? mg_screen_lists(screen->screen) : "";
}

int molglot_screen_molecule(const molglot_screen *screen, const char *molecule, char **found,
                            molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_screen_molecule";
    if (found) *found = NULL;
    if (!screen || !found) return mg_fail(err, MOLGLOT_USAGE, "%s: screen or found is NULL", what);
    molglot_error why = {0};
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    const int code = m ? mg_screen_mol(screen->screen, m, found, &why) : why.code;
    if (code && err) *err = why;
    mg_mol_free(m);
    return code;
}

/* Quoted; UTF-8, as lists and alerts are. */
static void add_string(mg_str *out, const char *s) {
    mg_str_addz(out, "\"");
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            mg_str_addf(out, "\\%c", c);
        else if (c < 0x20)
            mg_str_addf(out, "\\u%04x", c);
        else
            mg_str_add(out, s, 1);
    }
    mg_str_addz(out, "\"");
}

static int as_json(const molglot_screen *screen, const mg_mol *m, char **json, molglot_error *err) {
    mg_triage t = {0};
    char *found = NULL;
    mg_str out = {0};
    int code = mg_triage_of(screen->triager, m, &t, err);
    if (!code) code = mg_screen_mol(screen->screen, m, &found, err);
    if (!code) {
        mg_str_addz(&out, "{\"alerts\":");
        add_string(&out, t.alerts);
        mg_str_addf(&out, ",\"n_alerts\":%d,\"qed\":%.4f,\"sa\":%.3f,\"control_list\":", t.n_alerts,
                    t.qed, t.accessible);
        add_string(&out, found);
        mg_str_addz(&out, "}");
        if (out.failed) code = mg_no_memory(err, "triage");
    }
    if (code)
        mg_str_free(&out);
    else
        *json = out.s;
    mg_triage_free(&t);
    free(found);
    return code;
}

int molglot_triage(const molglot_screen *screen, const char *molecule, char **json,
                   molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_triage";
    if (json) *json = NULL;
    if (!screen || !json) return mg_fail(err, MOLGLOT_USAGE, "%s: screen or json is NULL", what);
    molglot_error why = {0};
    mg_mol *m = api_read_molecule(what, molecule, status, &why);
    const int code = m ? as_json(screen, m, json, &why) : why.code;
    if (code && err) *err = why;
    mg_mol_free(m);
    return code;
}
