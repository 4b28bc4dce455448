/* sniff.c - which format, delimiter, header and columns a file has, from its name and its first
 * 64 KiB. Options override everything that is decided here; mg_table_describe says it.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- words ---- */

bool mg_looks_like_smiles(const char *s, size_t n) {
    bool bracket = false, atom = false, aromatic = false, digit = false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i], next = i + 1 < n ? s[i + 1] : 0;
        if (bracket) {
            if (c == ']')
                bracket = false;
            else if (!isalnum((unsigned char)c) && !strchr("@+-:*", c))
                return false;
        } else if (c == '[') {
            bracket = atom = true;
        } else if (c && strchr("BCNOPSFI*", c)) {
            atom = true;
            if ((c == 'C' && next == 'l') || (c == 'B' && next == 'r')) i++;
        } else if (c && strchr("bcnops", c)) {
            atom = aromatic = true;
        } else if (isdigit((unsigned char)c)) {
            if (!atom) return false;
            digit = true;
        } else if (!c || !strchr("=#$:/\\.-~()%@", c)) {
            return false;
        }
    }
    /* an aromatic atom is in a ring: "No" and "On" are words */
    return atom && !bracket && (!aromatic || digit);
}

/* ---- kind and delimiter ---- */

static bool has_suffix(const char *name, size_t n, const char *suffix) {
    size_t m = strlen(suffix);
    return n > m && !strncasecmp(name + n - m, suffix, m);
}

/* The word a name ends with ("csv"), looking through .gz and .zst; NULL when it says nothing. */
static const char *format_of_name(const char *name) {
    static const char *const known[][2] = {
        {".smi", "smi"}, {".smiles", "smi"}, {".ism", "smi"}, {".can", "smi"}, {".csv", "csv"},
        {".tsv", "tsv"}, {".tab", "tsv"},    {".sdf", "sdf"}, {".sd", "sdf"},  {".mol", "sdf"}};
    size_t n = strlen(name);
    if (has_suffix(name, n, ".gz"))
        n -= 3;
    else if (has_suffix(name, n, ".zst"))
        n -= 4;
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (has_suffix(name, n, known[i][0])) return known[i][1];
    return NULL;
}

/* How often a delimiter stands outside of quotes. */
static int count_delimiter(const char *s, size_t n, char delimiter) {
    int count = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"' && delimiter != '\t')
            quoted = !quoted;
        else if (s[i] == delimiter && !quoted)
            count++;
    }
    return count;
}

static char best_delimiter(const char *s, size_t n) {
    char best = ',';
    for (const char *d = "\t;"; *d; d++)
        if (count_delimiter(s, n, *d) > count_delimiter(s, n, best)) best = *d;
    return best;
}

/* The first complete lines of the window (pointers into the buffer). */
typedef struct window_lines {
    const char *s[MG_TABLE_SAMPLE];
    size_t n[MG_TABLE_SAMPLE];
    int count;
} window_lines;

static void cut_window(const mg_lines *l, window_lines *w) {
    const char *s = l->buf + l->mark, *end = l->buf + l->end;
    w->count = 0;
    while (s < end && w->count < MG_TABLE_SAMPLE) {
        const char *eol = memchr(s, l->eol, (size_t)(end - s));
        if (!eol && !l->eof && w->count) break;
        size_t n = (size_t)((eol ? eol : end) - s);
        if (n && s[n - 1] == '\r') n--;
        if (n) {
            w->s[w->count] = s;
            w->n[w->count++] = n;
        }
        s = eol ? eol + 1 : end;
    }
}

/* Whether the window holds a line that only an SDF has: a molblock's counts line (" V2000") or its
 * end ("M  END"), or the end of a record ("$$$$"). */
static bool window_is_sdf(const mg_lines *l) {
    const char *s = l->buf + l->mark;
    size_t n = l->end - l->mark;
    return memmem(s, n, " V2000", 6) || memmem(s, n, " V3000", 6) || memmem(s, n, "\n$$$$", 5) ||
           memmem(s, n, "M  END", 6);
}

static bool any_known_name(const mg_table *t, const char *s, size_t n, char delimiter) {
    for (size_t i = 0, start = 0; i <= n; i++) {
        if (i < n && s[i] != delimiter) continue;
        size_t a = start, b = i;
        if (b - a >= 2 && s[a] == '"' && s[b - 1] == '"') {
            a++;
            b--;
        }
        if (mg_known_name(t, s + a, b - a)) return true;
        start = i + 1;
    }
    return false;
}

/* Lines whose first word, or first field, looks like SMILES. */
static int smiles_lines(const window_lines *w, const char *ends) {
    int count = 0;
    for (int i = 0; i < w->count; i++) {
        size_t word = 0;
        while (word < w->n[i] && !strchr(ends, w->s[i][word])) word++;
        count += mg_looks_like_smiles(w->s[i], word);
    }
    return count;
}

static mg_table_kind kind_of_content(mg_table *t, const window_lines *w) {
    if (window_is_sdf(&t->lines)) return MG_TABLE_SDF;
    bool asked = t->asked[MG_ROLE_SMILES] || t->asked[MG_ROLE_TEXT] || t->asked[MG_ROLE_ID];
    if (!w->count) return MG_TABLE_TXT;
    t->delimiter = best_delimiter(w->s[0], w->n[0]);
    if (asked) return MG_TABLE_DELIMITED; /* who names columns has columns */
    int columns = count_delimiter(w->s[0], w->n[0], t->delimiter);
    /* A header of known names; a lone "smiles name" heads a SMILES list. */
    bool one_word = !memchr(w->s[0], ' ', w->n[0]);
    if (any_known_name(t, w->s[0], w->n[0], t->delimiter) && (columns || one_word))
        return MG_TABLE_DELIMITED;
    bool even = columns > 0; /* every line has as many delimiters as the first */
    for (int i = 1; i < w->count; i++)
        even = even && count_delimiter(w->s[i], w->n[i], t->delimiter) == columns;
    int heads = smiles_lines(w, " \t");
    bool title_line = w->n[0] >= 6 && !strncasecmp(w->s[0], "smiles", 6);
    if (2 * (heads + title_line) > w->count && !(even && t->delimiter == '\t' && columns > 1))
        return MG_TABLE_SMI;
    if (even && t->delimiter == '\t') return MG_TABLE_DELIMITED;
    if (even && 2 * smiles_lines(w, ",;") > w->count) return MG_TABLE_DELIMITED;
    return MG_TABLE_TXT;
}

/* Lines, unless the first one names columns. A lone word is a line, but for "smiles". */
static mg_table_kind kind_of_lines(const mg_table *t, const window_lines *w, const char *lines) {
    bool names = false; /* behind SMILES */
    for (int i = 0; i < w->count; i++)
        names |= memchr(w->s[i], ' ', w->n[i]) || memchr(w->s[i], '\t', w->n[i]);
    const bool smi = !strcmp(lines, "smi") ||
                     (!strcmp(lines, "either") && names && smiles_lines(w, " \t") == w->count);
    const mg_table_kind plain = smi ? MG_TABLE_SMI : MG_TABLE_TXT;
    if (t->kind != MG_TABLE_DELIMITED) return t->kind == MG_TABLE_SDF ? t->kind : plain;
    const bool columns = count_delimiter(w->s[0], w->n[0], t->delimiter) > 0;
    const bool named = any_known_name(t, w->s[0], w->n[0], t->delimiter);
    return named && (columns || (w->n[0] == 6 && !strncasecmp(w->s[0], "smiles", 6)))
               ? MG_TABLE_DELIMITED
               : plain;
}

int mg_sniff_kind(mg_table *t, const mg_table_options *o, molglot_error *err) {
    const char *f = o->format ? o->format : format_of_name(mg_stream_name(t->stream));
    if (f && !strcmp(f, "smi")) {
        t->kind = MG_TABLE_SMI;
        return MOLGLOT_OK;
    }
    if (f && !strcmp(f, "txt")) {
        t->kind = MG_TABLE_TXT;
        return MOLGLOT_OK;
    }
    int code = mg_lines_fill(&t->lines, MG_TABLE_WINDOW, err);
    if (code) return code;
    mg_lines *l = &t->lines;
    size_t n = l->end - l->mark;
    if (n && memchr(l->buf + l->mark, '\r', n) && !memchr(l->buf + l->mark, '\n', n)) l->eol = '\r';
    window_lines w;
    cut_window(l, &w);
    if (!f) {
        t->kind = kind_of_content(t, &w);
        if (o->lines) t->kind = kind_of_lines(t, &w, o->lines);
    } else if (!strcmp(f, "sdf")) {
        t->kind = MG_TABLE_SDF;
    } else if (!strcmp(f, "csv") || !strcmp(f, "tsv")) {
        t->kind = MG_TABLE_DELIMITED;
        t->delimiter = w.count ? best_delimiter(w.s[0], w.n[0]) : ',';
        if (*f == 't' && (!w.count || memchr(w.s[0], '\t', w.n[0]) ||
                          !count_delimiter(w.s[0], w.n[0], t->delimiter)))
            t->delimiter = '\t';
    } else {
        return mg_fail(err, MOLGLOT_USAGE, "%s: unknown format '%.40s' (smi, csv, tsv, sdf, txt)",
                       mg_stream_name(t->stream), f);
    }
    return MOLGLOT_OK;
}

/* ---- header and columns of a delimited file ---- */

typedef struct column_sample { /* counts over the sampled records, by column */
    int records, smiles[MG_TABLE_COLUMNS], blanks[MG_TABLE_COLUMNS], numbers[MG_TABLE_COLUMNS];
} column_sample;

static bool is_number(const char *s) {
    size_t n = strspn(s, "+-.0123456789eE");
    return n && !s[n] && strpbrk(s, "0123456789");
}

static void count_fields(const mg_table *t, column_sample *c) {
    c->records++;
    for (int i = 0; i < t->n_fields && i < t->n_columns; i++) {
        const char *s = t->fields[i];
        c->smiles[i] += mg_looks_like_smiles(s, strlen(s));
        c->numbers[i] += is_number(s);
        for (; *s; s++) c->blanks[i] += *s == ' ';
    }
}

/* Looks at the first records and goes back. `first` counts the first record alone, `rest` those
 * after it; the first record's fields become the names. */
static int sample_records(mg_table *t, column_sample *first, column_sample *rest,
                          molglot_error *err) {
    int64_t line, start_line = t->lines.line;
    int got = 1;
    for (int i = 0; i < MG_TABLE_SAMPLE && t->lines.pos - t->lines.mark < MG_TABLE_WINDOW; i++) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        got = mg_delimited_record(t, true, &line, &status, err);
        if (got <= 0) break;
        if (t->n_fields > MG_TABLE_COLUMNS)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d columns",
                           mg_stream_name(t->stream), MG_TABLE_COLUMNS);
        int code = i ? MOLGLOT_OK : mg_table_set_names(t, t->fields, t->n_fields, err);
        if (code) return code;
        count_fields(t, i ? rest : first);
    }
    mg_lines_rewind(&t->lines, 0, start_line);
    return got < 0 ? -got : MOLGLOT_OK;
}

/* The first record is a header when it has a name we know or were told, or when SMILES stand below
 * it but not in it. */
static bool sniff_header(const mg_table *t, const column_sample *first, const column_sample *rest) {
    bool smiles_above = false, smiles_below = false, number_above = false;
    for (int i = 0; i < t->n_columns; i++) {
        if (mg_known_name(t, t->names[i], strlen(t->names[i]))) return true;
        smiles_above |= first->smiles[i] > 0;
        number_above |= first->numbers[i] > 0;
        smiles_below |= rest->records && 2 * rest->smiles[i] > rest->records;
    }
    return smiles_below && !smiles_above && !number_above;
}

static int best_column(const mg_table *t, const int *count, int at_least, const bool *taken) {
    int best = -1;
    for (int i = 0; i < t->n_columns; i++)
        if (!taken[i] && count[i] >= at_least && (best < 0 || count[i] > count[best])) best = i;
    return best;
}

/* Without names: the column of most SMILES, then the one of most blanks as text, then the first
 * other one as id. */
static int roles_by_content(mg_table *t, const column_sample *c, molglot_error *err) {
    bool *taken = calloc((size_t)t->n_columns + 1, sizeof *taken);
    if (!taken) return mg_no_memory(err, "%d columns", t->n_columns);
    int *role = t->role;
    for (int r = 0; r < MG_ROLES; r++)
        if (role[r] >= 0) taken[role[r]] = true;
    int half = c->records / 2 + 1;
    if (role[MG_ROLE_SMILES] < 0 &&
        (role[MG_ROLE_SMILES] = best_column(t, c->smiles, half, taken)) >= 0)
        taken[role[MG_ROLE_SMILES]] = true;
    if (role[MG_ROLE_TEXT] < 0 &&
        (role[MG_ROLE_TEXT] = best_column(t, c->blanks, half, taken)) >= 0)
        taken[role[MG_ROLE_TEXT]] = true;
    for (int i = 0; i < t->n_columns && role[MG_ROLE_ID] < 0; i++)
        if (!taken[i]) role[MG_ROLE_ID] = i;
    free(taken);
    return MOLGLOT_OK;
}

static int unknown_column(const mg_table *t, int role, molglot_error *err) {
    mg_str s = {0};
    for (int i = 0; i < t->n_columns && s.n < 400; i++)
        mg_str_addf(&s, "%s%.60s", i ? ", " : "", t->names[i]);
    int code = mg_fail(err, MOLGLOT_USAGE, "%s: there is no column '%.80s'; the columns are: %s",
                       mg_stream_name(t->stream), t->asked[role], s.failed || !s.s ? "" : s.s);
    mg_str_free(&s);
    return code;
}

/* MolT5's result files call the reference "ground truth": a molecule beside a description, a
 * description beside SMILES. */
static void ground_truth(mg_table *t) {
    int truth = mg_find_name(t, "ground truth");
    int *smiles = &t->role[MG_ROLE_SMILES], *text = &t->role[MG_ROLE_TEXT];
    if (truth < 0 || (*smiles < 0) == (*text < 0)) return;
    if (*smiles < 0)
        *smiles = truth;
    else
        *text = truth;
}

static int assign_roles(mg_table *t, const column_sample *c, molglot_error *err) {
    for (int r = 0; r < MG_ROLES; r++) {
        t->role[r] = mg_find_role(t, r);
        if (t->role[r] >= 0 || !t->asked[r]) continue;
        char *end; /* not a name: a column number from 1 */
        long number = strtol(t->asked[r], &end, 10);
        if (*end || end == t->asked[r] || number < 1 || number > t->n_columns)
            return unknown_column(t, r, err);
        t->role[r] = (int)number - 1;
    }
    ground_truth(t);
    int code = t->header ? MOLGLOT_OK : roles_by_content(t, c, err);
    if (code || t->role[MG_ROLE_SMILES] >= 0 || t->role[MG_ROLE_TEXT] >= 0) return code;
    /* the first column, unless it holds none and another one does */
    int smiles = t->n_columns ? 0 : -1;
    for (int i = 1; i < t->n_columns && 2 * c->smiles[0] <= c->records; i++)
        if (c->smiles[i] > c->smiles[smiles]) smiles = i;
    if (t->role[MG_ROLE_ID] == smiles) t->role[MG_ROLE_ID] = -1;
    t->role[MG_ROLE_SMILES] = smiles;
    t->guessed_smiles = t->header;
    return MOLGLOT_OK;
}

/* column1, column2, ... instead of the first record's fields. */
static int number_names(mg_table *t, molglot_error *err) {
    for (int i = 0; i < t->n_columns; i++) {
        char name[24];
        snprintf(name, sizeof name, "column%d", i + 1);
        char *copy = strdup(name);
        if (!copy) return mg_no_memory(err, "%d column names", t->n_columns);
        free(t->names[i]);
        t->names[i] = copy;
    }
    return MOLGLOT_OK;
}

int mg_sniff_columns(mg_table *t, int header, molglot_error *err) {
    column_sample *samples = calloc(2, sizeof *samples), *first = samples, *rest = samples + 1;
    if (!samples) return mg_no_memory(err, "a table");
    int code = sample_records(t, first, rest, err);
    if (!code) {
        t->header = header >= 0 ? header != 0 && t->n_columns > 0 : sniff_header(t, first, rest);
        if (!t->header) code = number_names(t, err);
    }
    for (int i = 0; i < t->n_columns && !t->header; i++) { /* the first record is data too */
        rest->smiles[i] += first->smiles[i];
        rest->blanks[i] += first->blanks[i];
    }
    rest->records += t->header ? 0 : first->records;
    if (!code) code = assign_roles(t, rest, err);
    if (!code && t->header) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        int64_t line;
        int got = mg_delimited_record(t, false, &line, &status, err);
        if (got < 0) code = -got;
    }
    free(samples);
    return code;
}
