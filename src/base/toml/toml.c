/* toml.c - a recipe's values: asking for them, changing them from the command line, finding
 * misspelt keys, writing all out.
 *
 * Every getter leaves a mark on its key, or records the default it gave. So mg_toml_finish can name
 * a key nobody asked for, and mg_toml_dump can write the recipe as it was really used. parse.c
 * reads the text, value.c keeps the entries.
 */
#include "base/toml/toml.h"

#include "base/toml/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static mg_toml *toml_new(const char *name, molglot_error *err) {
    mg_toml *t = calloc(1, sizeof *t);
    if (t) {
        t->name = strdup(name);
        t->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (t->name && t->c) return t;
    }
    mg_toml_free(t);
    mg_no_memory(err, "%s", name);
    return NULL;
}

void mg_toml_free(mg_toml *t) {
    if (!t) return;
    for (size_t i = 0; i < t->n; i++) {
        free(t->e[i].key);
        mg_toml_value_free(&t->e[i].v);
    }
    free(t->e);
    free(t->name);
    if (t->c) freelocale(t->c);
    free(t);
}

mg_toml *mg_toml_parse(const char *text, size_t n, const char *name, molglot_error *err) {
    mg_toml *t = toml_new(name, err);
    if (!t || mg_toml_read(t, text, n, err) == MOLGLOT_OK) return t;
    mg_toml_free(t);
    return NULL;
}

mg_toml *mg_toml_load(const char *path, molglot_error *err) {
    char *text;
    size_t n;
    if (mg_read_file(path, MG_TOML_MAX_TEXT, &text, &n, err)) return NULL;
    mg_toml *t = mg_toml_parse(text, n, path, err);
    free(text);
    return t;
}

int mg_toml_set(mg_toml *t, const char *assignment, molglot_error *err) {
    const char *equals = strchr(assignment, '=');
    char key[MG_TOML_MAX_KEY];
    size_t n = equals ? (size_t)(equals - assignment) : 0;
    if (!equals || n == 0 || n >= sizeof key)
        return mg_fail(err, MOLGLOT_USAGE, "--set %.100s: expected key=value", assignment);
    memcpy(key, assignment, n);
    key[n] = 0;
    ptrdiff_t old = mg_toml_index(t, key);
    const char *problem = old < 0 || !t->e[old].given ? mg_toml_key_problem(t, key) : NULL;
    if (problem) return mg_fail(err, MOLGLOT_USAGE, "--set %s: this %s", key, problem);

    const char *text = equals + 1;
    mg_toml_value v;
    int code = mg_toml_read_value(t, text, strlen(text), &v, NULL);
    if (code == MOLGLOT_NO_MEMORY) return mg_no_memory(err, "--set %s", key);
    if (code) {
        memset(&v, 0, sizeof v);
        v.kind = MG_TOML_STR;
        if (!mg_toml_add_item(&v, text, strlen(text))) {
            mg_toml_value_free(&v);
            return mg_no_memory(err, "--set %s", key);
        }
    }
    mg_toml_entry *e = old >= 0 ? &t->e[old] : mg_toml_append(t, key, &v);
    if (!e) return mg_no_memory(err, "--set %s", key);
    if (old >= 0) {
        mg_toml_value_free(&e->v);
        e->v = v;
    }
    e->line = 0;
    e->given = true;
    return MOLGLOT_OK;
}

/* ---- asking ---- */

bool mg_toml_has(const mg_toml *t, const char *key) {
    ptrdiff_t i = mg_toml_index(t, key);
    return i >= 0 && t->e[i].given;
}

/* The key's entry, marked as asked for. If it is absent the default is recorded (taken over or
 * freed) and becomes the entry. NULL only without memory. */
static mg_toml_entry *ask(mg_toml *t, const char *key, mg_toml_value *dflt) {
    ptrdiff_t i = mg_toml_index(t, key);
    mg_toml_entry *e;
    if (i < 0)
        e = mg_toml_append(t, key, dflt);
    else {
        mg_toml_value_free(dflt);
        e = &t->e[i];
    }
    if (e)
        e->asked = true;
    else
        t->failed = true;
    return e;
}

int64_t mg_toml_int(mg_toml *t, const char *key, int64_t dflt) {
    mg_toml_value v = {.kind = MG_TOML_INT, .i = dflt, .d = (double)dflt};
    mg_toml_entry *e = ask(t, key, &v);
    if (e && e->v.kind == MG_TOML_INT) return e->v.i;
    if (e) e->wanted = "an integer";
    return dflt;
}

double mg_toml_num(mg_toml *t, const char *key, double dflt) {
    mg_toml_value v = {.kind = MG_TOML_NUM, .d = dflt};
    mg_toml_entry *e = ask(t, key, &v);
    if (e && (e->v.kind == MG_TOML_NUM || e->v.kind == MG_TOML_INT)) return e->v.d;
    if (e) e->wanted = "a number";
    return dflt;
}

bool mg_toml_bool(mg_toml *t, const char *key, bool dflt) {
    mg_toml_value v = {.kind = MG_TOML_BOOL, .i = dflt};
    mg_toml_entry *e = ask(t, key, &v);
    if (e && e->v.kind == MG_TOML_BOOL) return e->v.i != 0;
    if (e) e->wanted = "true or false";
    return dflt;
}

/* On the command line a name may look like a number (--set name=5): where text is wanted, what was
 * typed is the text. */
static void accept_as_text(mg_toml_entry *e) {
    if (!e->given || e->line != 0 || e->v.n == 0) return;
    if (e->v.kind == MG_TOML_ARRAY)
        e->v.item_kind = MG_TOML_STR;
    else
        e->v.kind = MG_TOML_STR;
}

const char *mg_toml_str(mg_toml *t, const char *key, const char *dflt) {
    mg_toml_value v = {.kind = MG_TOML_STR};
    if (dflt && !mg_toml_add_item(&v, dflt, strlen(dflt))) t->failed = true;
    mg_toml_entry *e = ask(t, key, &v);
    if (!e || (!e->given && e->v.n == 0)) return dflt;
    if (e->v.kind != MG_TOML_ARRAY) accept_as_text(e);
    if (e->v.kind == MG_TOML_STR) return e->v.items[0];
    e->wanted = "a string";
    return dflt;
}

const char *const *mg_toml_strs(mg_toml *t, const char *key, size_t *n) {
    *n = 0;
    mg_toml_value v = {.kind = MG_TOML_ARRAY};
    mg_toml_entry *e = ask(t, key, &v);
    if (!e) return NULL;
    accept_as_text(e);
    if (e->v.kind == MG_TOML_STR ||
        (e->v.kind == MG_TOML_ARRAY && (e->v.n == 0 || e->v.item_kind == MG_TOML_STR))) {
        *n = e->v.n;
        return (const char *const *)e->v.items;
    }
    e->wanted = "a string or an array of strings";
    return NULL;
}

/* ---- finding mistakes ---- */

/* Levenshtein distance of two keys, each below MG_TOML_MAX_KEY bytes. */
static int distance(const char *a, const char *b) {
    int row[MG_TOML_MAX_KEY + 1];
    int na = (int)strlen(a), nb = (int)strlen(b);
    if (na >= MG_TOML_MAX_KEY || nb >= MG_TOML_MAX_KEY) return MG_TOML_MAX_KEY;
    for (int j = 0; j <= nb; j++) row[j] = j;
    for (int i = 1; i <= na; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[nb];
}

/* The asked-for key nearest to one that nobody asked for; NULL when none is near: more than a third
 * would have to change. */
static const char *suggestion(const mg_toml *t, const char *key) {
    const char *best = NULL;
    int least = (int)strlen(key) / 3 + 1;
    for (size_t i = 0; i < t->n; i++) {
        int d = t->e[i].asked ? distance(key, t->e[i].key) : least;
        if (d < least) {
            least = d;
            best = t->e[i].key;
        }
    }
    return best;
}

static const char *kind_with_article(mg_toml_kind k) {
    static const char *const names[] = {"a string", "an integer", "a float", "true or false",
                                        "an array"};
    return names[k];
}

static int report(const mg_toml *t, const mg_toml_entry *e, molglot_error *err) {
    char where[512];
    if (e->line)
        snprintf(where, sizeof where, "%.400s:%d", t->name, e->line);
    else
        snprintf(where, sizeof where, "--set");
    int code = e->line ? MOLGLOT_BAD_FILE : MOLGLOT_USAGE;
    if (e->wanted) {
        const char *is = e->v.kind == MG_TOML_ARRAY && strstr(e->wanted, "array")
                             ? "an array of something else"
                             : kind_with_article(e->v.kind);
        return mg_fail(err, code, "%s: %s must be %s, not %s", where, e->key, e->wanted, is);
    }
    const char *near = suggestion(t, e->key);
    if (near)
        return mg_fail(err, code, "%s: unknown key \"%s\" (did you mean \"%s\"?)", where, e->key,
                       near);
    return mg_fail(err, code, "%s: unknown key \"%s\"", where, e->key);
}

int mg_toml_finish(const mg_toml *t, molglot_error *err) {
    if (t->failed) return mg_no_memory(err, "%s", t->name);
    for (size_t i = 0; i < t->n; i++)
        if (t->e[i].given && (!t->e[i].asked || t->e[i].wanted)) return report(t, &t->e[i], err);
    return MOLGLOT_OK;
}

/* ---- writing ---- */

static void write_string(mg_str *out, const char *s) {
    mg_str_addz(out, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            mg_str_addf(out, "\\%c", c);
        else if (c == '\n')
            mg_str_addz(out, "\\n");
        else if (c == '\t')
            mg_str_addz(out, "\\t");
        else if (c < 32 || c == 127)
            mg_str_addf(out, "\\u%04X", c);
        else
            mg_str_add(out, s, 1);
    }
    mg_str_addz(out, "\"");
}

int mg_toml_set_string(mg_toml *t, const char *key, const char *value, molglot_error *err) {
    mg_str text = {0};
    mg_str_addf(&text, "%s=", key);
    write_string(&text, value);
    int code = text.failed ? mg_no_memory(err, "%s", key) : mg_toml_set(t, text.s, err);
    mg_str_free(&text);
    return code;
}

/* The shortest decimal that reads back as the same double; always with a point or exponent, so that
 * it stays a float. */
static void write_number(const mg_toml *t, mg_str *out, double d) {
    char text[40];
    if (d != d) {
        mg_str_addz(out, "nan");
        return;
    }
    if (d - d != 0) {
        mg_str_addz(out, d > 0 ? "inf" : "-inf");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod_l(text, NULL, t->c) == d) break;
    }
    mg_str_addz(out, text);
    if (!strpbrk(text, ".e")) mg_str_addz(out, ".0");
}

static void write_value(const mg_toml *t, mg_str *out, const mg_toml_value *v) {
    switch (v->kind) {
    case MG_TOML_STR: write_string(out, v->items[0]); break;
    case MG_TOML_INT: mg_str_addf(out, "%lld", (long long)v->i); break;
    case MG_TOML_NUM: write_number(t, out, v->d); break;
    case MG_TOML_BOOL: mg_str_addz(out, v->i ? "true" : "false"); break;
    case MG_TOML_ARRAY:
        mg_str_addz(out, "[");
        for (size_t i = 0; i < v->n; i++) {
            if (i) mg_str_addz(out, ", ");
            if (v->item_kind == MG_TOML_STR)
                write_string(out, v->items[i]);
            else
                mg_str_addz(out, v->items[i]);
        }
        mg_str_addz(out, "]");
        break;
    }
}

/* Length of the table part of a key: "text" of "text.layers", 0 of "seed". */
static size_t table_length(const char *key) {
    const char *dot = strrchr(key, '.');
    return dot ? (size_t)(dot - key) : 0;
}

/* Was asked for and has something to show (a string without a default has not). */
static bool shown(const mg_toml_entry *e) {
    return e->asked && (e->v.n || e->v.kind != MG_TOML_STR);
}

/* All shown entries of the table that entry `first` is in. */
static void write_table(const mg_toml *t, size_t first, mg_str *out) {
    const char *table = t->e[first].key;
    size_t n = table_length(table);
    if (n) mg_str_addf(out, "%s[%.*s]\n", out->n ? "\n" : "", (int)n, table);
    for (size_t i = first; i < t->n; i++) {
        const mg_toml_entry *e = &t->e[i];
        if (!shown(e) || table_length(e->key) != n || memcmp(e->key, table, n) != 0) continue;
        mg_str_addf(out, "%s = ", e->key + n + (n > 0));
        write_value(t, out, &e->v);
        mg_str_addz(out, "\n");
    }
}

/* Is entry i the first shown one of its table? */
static bool opens_table(const mg_toml *t, size_t i) {
    size_t n = table_length(t->e[i].key);
    for (size_t j = 0; j < i; j++)
        if (shown(&t->e[j]) && table_length(t->e[j].key) == n &&
            memcmp(t->e[j].key, t->e[i].key, n) == 0)
            return false;
    return shown(&t->e[i]);
}

int mg_toml_dump(const mg_toml *t, mg_str *out) {
    locale_t user = uselocale(t->c);           /* this thread only, and put back */
    for (int tables = 0; tables < 2; tables++) /* keys outside any table must come first */
        for (size_t i = 0; i < t->n; i++)
            if ((table_length(t->e[i].key) > 0) == tables && opens_table(t, i))
                write_table(t, i, out);
    uselocale(user);
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}
