/* sniff.c - which format and delimiter a file has, from its name and its first 64 KiB, and what
 * stands before its first record: comments, `sep=;`, lines above a header. Options override
 * everything that is decided here; mg_table_describe says it.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <string.h>
#include <strings.h>

/* ---- names of files ---- */

static bool has_suffix(const char *name, size_t n, const char *suffix) {
    size_t m = strlen(suffix);
    return n > m && !strncasecmp(name + n - m, suffix, m);
}

/* The word a name ends with ("csv"), looking through .gz and .zst; NULL when it says nothing. */
static const char *format_of_name(const char *name) {
    static const char *const known[][2] = {
        {".smi", "smi"},      {".smiles", "smi"}, {".ism", "smi"},    {".can", "smi"},
        {".cxsmiles", "smi"}, {".inchi", "smi"},  {".csv", "csv"},    {".psv", "csv"},
        {".tsv", "tsv"},      {".tab", "tsv"},    {".sdf", "sdf"},    {".sd", "sdf"},
        {".mol", "sdf"},      {".json", "json"},  {".jsonl", "json"}, {".ndjson", "json"}};
    size_t n = strlen(name);
    while (has_suffix(name, n, ".gz") || has_suffix(name, n, ".zst"))
        n -= has_suffix(name, n, ".gz") ? 3 : 4;
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (has_suffix(name, n, known[i][0])) return known[i][1];
    return NULL;
}

/* ---- lines ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The first complete lines of the window (pointers into the buffer). */
typedef struct window_lines {
    const char *s[MG_TABLE_SAMPLE];
    size_t n[MG_TABLE_SAMPLE];
    int count;
} window_lines;

static void cut_window(const mg_lines *l, window_lines *w) {
    const char *s = l->buf + l->pos, *end = l->buf + l->end;
    w->count = 0;
    while (s < end && w->count < MG_TABLE_SAMPLE) {
        const char *eol = memchr(s, l->eol, (size_t)(end - s));
        if (!eol && !l->eof && w->count) break;
        size_t n = (size_t)((eol ? eol : end) - s);
        while (n && s[n - 1] == '\r') n--;
        if (n) {
            w->s[w->count] = s;
            w->n[w->count++] = n;
        }
        s = eol ? eol + 1 : end;
    }
}

/* Fields of a line: of a delimiter outside of quotes, or, for ' ', of runs of blanks. `quoted`:
 * each of them stands in quotes. `known`: one has a name we know; `molecule`: one looks like a
 * molecule. */
typedef struct line_fields {
    int n;
    bool quoted, known, molecule;
} line_fields;

static void look_at_field(const mg_table *t, const char *s, size_t n, line_fields *f) {
    const bool quotes = n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s;
    f->quoted = f->quoted && quotes;
    f->n++;
    s += quotes;
    n -= 2 * (size_t)quotes;
    while (n && is_blank(*s)) {
        s++;
        n--;
    }
    while (n && is_blank(s[n - 1])) n--;
    f->known = f->known || mg_known_name(t, s, n);
    f->molecule = f->molecule || mg_looks_like_molecule(s, n);
}

/* `names`: look at what the fields are, not at their number alone. */
static line_fields fields_of(const mg_table *t, const char *s, size_t n, char delimiter,
                             bool names) {
    line_fields f = {.quoted = true};
    const bool blanks = delimiter == ' ';
    char quote = 0;
    size_t start = 0, i = 0;
    while (blanks && i < n && is_blank(s[i])) start = ++i;
    for (; i <= n; i++) {
        if (i < n && quote) {
            if (s[i] == quote) quote = 0;
            continue;
        }
        /* a tab-separated file has quotes as characters, a field that begins with one aside */
        if (i < n && s[i] == '"' && (i == start || !blanks) && delimiter != '\t') {
            quote = '"';
            continue;
        }
        if (i < n && s[i] != delimiter && !(blanks && s[i] == '\t')) continue;
        if (names)
            look_at_field(t, s + start, i - start, &f);
        else
            f.n++;
        while (blanks && i + 1 < n && is_blank(s[i + 1])) i++;
        start = i + 1;
        if (blanks && start >= n) break;
    }
    return f;
}

/* Whether every line has as many fields as the first. */
static bool even_lines(const mg_table *t, const window_lines *w, char delimiter, int n) {
    for (int i = 1; i < w->count; i++)
        if (fields_of(t, w->s[i], w->n[i], delimiter, false).n != n) return false;
    return true;
}

/* The delimiter of the first line: what cuts it into names we know goes first, then molecules, then
 * numbers of fields. A '|' must do so in all lines: CXSMILES have it too. */
static char best_delimiter(const mg_table *t, const window_lines *w, line_fields *best) {
    char found = ',';
    int best_rank = -1;
    *best = (line_fields){.n = 1};
    for (const char *d = ",\t;|"; w->count && *d; d++) {
        const line_fields f = fields_of(t, w->s[0], w->n[0], *d, true);
        if (*d == '|' && (f.n < 2 || !(f.known || f.molecule) || !even_lines(t, w, '|', f.n)))
            continue;
        const int rank = f.n < 2 ? 0 : f.known ? 3 : f.molecule ? 2 : 1;
        if (rank < best_rank || (rank == best_rank && f.n <= best->n)) continue;
        best_rank = rank;
        *best = f;
        found = *d;
    }
    return found;
}

/* Lines whose first word, or first field, looks like a molecule. */
static int molecule_lines(const window_lines *w, const char *ends) {
    int count = 0;
    for (int i = 0; i < w->count; i++) {
        size_t a = 0, word;
        while (a < w->n[i] && is_blank(w->s[i][a])) a++;
        for (word = a; word < w->n[i] && !strchr(ends, w->s[i][word]);) word++;
        count += mg_looks_like_molecule(w->s[i] + a, word - a) ||
                 mg_looks_like_selfies(w->s[i] + a, word - a) >= MG_MAYBE_SELFIES;
    }
    return count;
}

/* ---- what stands before the table ---- */

/* Makes line i of the window the next one; its first `in` bytes are skipped too. */
static void skip_to(mg_table *t, window_lines *w, int i, size_t in) {
    mg_lines *l = &t->lines;
    const size_t to = (size_t)(w->s[i] - l->buf);
    for (size_t at = l->pos; at < to; at++) l->line += l->buf[at] == l->eol;
    t->skipped += i;
    l->pos = to + in;
    l->mark = l->pos;
    cut_window(l, w);
}

/* "#SMILES<tab>ID", "# smiles,name": a comment that heads what follows it. Returns the bytes before
 * its first name, or 0. */
static size_t header_in_comment(const mg_table *t, const window_lines *w, int i) {
    const char *s = w->s[i];
    size_t in = 0;
    while (in < w->n[i] && (s[in] == '#' || is_blank(s[in]))) in++;
    if (in == w->n[i] || i + 1 == w->count) return 0;
    const char *next = w->s[i + 1];
    for (const char *d = "\t,;| "; *d; d++) {
        const line_fields here = fields_of(t, s + in, w->n[i] - in, *d, true),
                          below = fields_of(t, next, w->n[i + 1], *d, false);
        if (here.known && here.n == below.n && (here.n > 1 || !memchr(s + in, ' ', w->n[i] - in)))
            return in;
    }
    size_t word = in; /* a SMILES list: titles have blanks */
    while (word < w->n[i] && !is_blank(s[word])) word++;
    return mg_names_molecules(s + in, word - in) ? in : 0;
}

static void skip_comments(mg_table *t, window_lines *w) {
    int i = 0;
    while (i < w->count && w->s[i][0] == '#') i++;
    if (!i || i == w->count) return;
    /* "#,smiles,name": a column of numbers */
    const char *last = w->s[i - 1];
    const size_t n = w->n[i - 1];
    if (n > 1 && strchr(",;\t|", last[1])) {
        if (fields_of(t, last, n, last[1], true).known) {
            if (i > 1) skip_to(t, w, i - 1, 0);
            return;
        }
    }
    const size_t in = header_in_comment(t, w, i - 1);
    skip_to(t, w, in ? i - 1 : i, in);
}

/* Excel's first line that names the delimiter. */
static char skip_sep(mg_table *t, window_lines *w) {
    if (w->count < 2 || w->n[0] < 5 || w->n[0] > 7 || strncasecmp(w->s[0], "sep=", 4)) return 0;
    const char d = w->s[0][4];
    skip_to(t, w, 1, 0);
    return d;
}

/* Lines above a header, as exports of databases have them: without the delimiter that cuts the
 * header and the line below it into as many fields. */
static void skip_preamble(mg_table *t, window_lines *w) {
    if (!w->count) return;
    const window_lines top = {.s = {w->s[0]}, .n = {w->n[0]}, .count = 1};
    line_fields first;
    const char above = best_delimiter(t, &top, &first);
    if (first.known || above == '\t') return;
    for (int i = 1; i < w->count - 1 && i < 10; i++) {
        const window_lines rest = {.s = {w->s[i]}, .n = {w->n[i]}, .count = 1};
        line_fields f;
        const char d = best_delimiter(t, &rest, &f);
        if (f.n < 2 || !f.known || fields_of(t, w->s[i + 1], w->n[i + 1], d, false).n != f.n)
            continue;
        for (int k = 0; k < i; k++)
            if (fields_of(t, w->s[k], w->n[k], d, false).n > 1) return;
        skip_to(t, w, i, 0);
        return;
    }
}

/* ---- kind ---- */

/* Whether the window holds a line that only an SDF has: a molblock's counts line (" V2000") or its
 * end ("M  END"), or the end of a record ("$$$$"). */
static bool window_is_sdf(const mg_lines *l) {
    const char *s = l->buf + l->mark;
    size_t n = l->end - l->mark;
    return memmem(s, n, " V2000", 6) || memmem(s, n, " V3000", 6) || memmem(s, n, "\n$$$$", 5) ||
           memmem(s, n, "M  END", 6) || (n >= 4 && !memcmp(s, "$RXN", 4));
}

/* Whether the file begins as a molblock does, its counts line the fourth: an SDF under the name of
 * a table. (A cell of a table may hold a molblock, too.) */
static bool window_begins_molblock(const mg_lines *l) {
    const char *s = l->buf + l->mark, *end = l->buf + l->end;
    for (int i = 0; i < 3 && s; i++) {
        s = memchr(s, l->eol, (size_t)(end - s));
        s = s ? s + 1 : NULL;
    }
    return s && end - s >= 39 && (!memcmp(s + 34, "V2000", 5) || !memcmp(s + 34, "V3000", 5));
}

/* A table with blanks between its fields: R's, or "smiles name" above lines of two words. The
 * header may lack a name for a first column.
 *   list  a header that begins with the SMILES may head a SMILES list: two columns are one */
static bool blank_table(const mg_table *t, const window_lines *w, bool list) {
    if (w->count < 2) return false;
    const line_fields head = fields_of(t, w->s[0], w->n[0], ' ', true);
    if (head.n < 2 || !(head.known || head.quoted) || head.molecule) return false;
    const int below = fields_of(t, w->s[1], w->n[1], ' ', false).n;
    if (below != head.n && below != head.n + 1) return false;
    int molecules = 0;
    for (int i = 1; i < w->count; i++) {
        const line_fields f = fields_of(t, w->s[i], w->n[i], ' ', true);
        if (f.n != below) return false;
        molecules += f.molecule;
    }
    const size_t word = strcspn(w->s[0], " \t");
    const bool smiles_first = below == head.n && mg_names_molecules(w->s[0], word);
    return 2 * molecules > w->count - 1 && !(list && smiles_first && head.n == 2);
}

static mg_table_kind blanks(mg_table *t) {
    t->delimiter = ' ';
    return MG_TABLE_DELIMITED;
}

static mg_table_kind kind_of_content(mg_table *t, const window_lines *w) {
    bool asked = t->asked[MG_ROLE_SMILES] || t->asked[MG_ROLE_TEXT] || t->asked[MG_ROLE_ID];
    if (!w->count) return MG_TABLE_TXT;
    line_fields f;
    t->delimiter = best_delimiter(t, w, &f);
    if (f.n < 2 && blank_table(t, w, true)) return blanks(t);
    if (asked) return MG_TABLE_DELIMITED; /* who names columns has columns */
    /* A header of known names; a lone "smiles name" heads a SMILES list. */
    bool one_word = !memchr(w->s[0], ' ', w->n[0]);
    if (f.known && (f.n > 1 || one_word)) return MG_TABLE_DELIMITED;
    const bool even = f.n > 1 && even_lines(t, w, t->delimiter, f.n);
    int heads = molecule_lines(w, " \t");
    const bool title_line = mg_names_molecules(w->s[0], strcspn(w->s[0], " \t\r\n"));
    if (2 * (heads + title_line) > w->count && !(even && t->delimiter == '\t' && f.n > 2))
        return MG_TABLE_SMI;
    if (even && t->delimiter == '\t') return MG_TABLE_DELIMITED;
    if (even && 2 * molecule_lines(w, ",;|") > w->count) return MG_TABLE_DELIMITED;
    return MG_TABLE_TXT;
}

/* A file called .csv or .tsv: the delimiter that it has, which may be blanks, or none. */
static mg_table_kind kind_of_table(mg_table *t, const window_lines *w, bool tabs) {
    line_fields f;
    t->delimiter = best_delimiter(t, w, &f);
    if (tabs && (!w->count || memchr(w->s[0], '\t', w->n[0]) || f.n < 2)) t->delimiter = '\t';
    if (f.n > 1 || !w->count) return MG_TABLE_DELIMITED;
    if (blank_table(t, w, false)) return blanks(t);
    int titled = 0; /* a SMILES list under a table's name */
    for (int i = 0; i < w->count; i++) titled += memchr(w->s[i], ' ', w->n[i]) != NULL;
    const bool head = mg_names_molecules(w->s[0], strcspn(w->s[0], " \t\r\n"));
    if (2 * titled > w->count && 2 * (molecule_lines(w, " \t") + head) > w->count)
        return MG_TABLE_SMI;
    return MG_TABLE_DELIMITED;
}

/* A file called .smi: a list, unless a header and all lines have the same delimiters. */
static mg_table_kind kind_of_list(mg_table *t, const window_lines *w) {
    line_fields f;
    const char d = best_delimiter(t, w, &f);
    if (f.known && f.n > 1 && !f.molecule && even_lines(t, w, d, f.n)) {
        t->delimiter = d;
        return MG_TABLE_DELIMITED;
    }
    return f.n < 2 && blank_table(t, w, true) ? blanks(t) : MG_TABLE_SMI;
}

/* Whether a TSV has quotes all the same, as pandas and R write where a cell holds a tab, a line
 * break or a quote: with them every record of the window has as many fields as the first, without
 * them not. */
static bool tabs_in_quotes(const mg_table *t, const window_lines *w, int n) {
    const char *s = t->lines.buf + t->lines.pos, *end = t->lines.buf + t->lines.end;
    bool quoted = false, start = true, some = false;
    int fields = 1;
    if (even_lines(t, w, '\t', n)) return false;
    for (; s < end; s++) {
        if (quoted) {
            if (*s != '"') continue;
            quoted = s + 1 < end && s[1] == '"';
            if (quoted) s++;
            if (!quoted && s + 1 < end && !strchr("\t\r\n", s[1])) return false;
            continue;
        }
        quoted = start && *s == '"';
        some |= quoted;
        start = *s == '\t' || *s == t->lines.eol;
        if (*s == '\t') fields++;
        if (*s != t->lines.eol) continue;
        if (fields != n && fields > 1) return false;
        fields = 1;
    }
    return some && (!quoted || !t->lines.eof);
}

/* The character of quotes: none in TSV, unless the first line has all its fields in quotes or the
 * lines below do not fit without; ' where that line has it so. */
static void find_quote(mg_table *t, const window_lines *w) {
    line_fields f = {0};
    if (w->count) f = fields_of(t, w->s[0], w->n[0], t->delimiter, true);
    const bool all = f.n > 0 && f.quoted;
    const bool tabs = t->delimiter == '\t' && (f.n < 2 || !tabs_in_quotes(t, w, f.n));
    t->quote = all ? w->s[0][strspn(w->s[0], " ")] : tabs ? 0 : '"';
}

static int unknown_format(const mg_table *t, const char *f, molglot_error *err) {
    return mg_fail(err, MOLGLOT_USAGE, "%s: unknown format '%.40s' (smi, csv, tsv, sdf, json, txt)",
                   mg_stream_name(t->stream), f);
}

/* A stray NUL spoils its row alone; several controls, and one is NUL, are no text at all. */
static int refuse_binary(const mg_table *t, molglot_error *err) {
    enum { STRAY = 3 };
    const mg_lines *l = &t->lines;
    size_t controls = 0;
    if (!memchr(l->buf + l->mark, 0, l->end - l->mark)) return MOLGLOT_OK;
    for (size_t i = l->mark; i < l->end && controls <= STRAY; i++)
        controls += (uint8_t)l->buf[i] < '\t' ||
                    ((uint8_t)l->buf[i] > '\r' && (uint8_t)l->buf[i] < ' ');
    if (controls <= STRAY) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s: NUL bytes and other controls among the first %zu: this is no table and no "
                   "text",
                   mg_stream_name(t->stream), l->end - l->mark);
}

/* Files of other programs that are text. */
static int refuse_foreign(const mg_table *t, molglot_error *err) {
    mg_foreign f;
    const mg_lines *l = &t->lines;
    if (!mg_foreign_text(l->buf + l->mark, l->end - l->mark, &f)) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s, which is not read; %s",
                   mg_stream_name(t->stream), f.name, f.hint);
}

/* Lines, unless the first one names columns. A lone word is a line, but for "smiles". */
static mg_table_kind kind_of_lines(const mg_table *t, const window_lines *w, const char *lines) {
    bool names = false; /* behind SMILES */
    for (int i = 0; i < w->count; i++)
        names |= memchr(w->s[i], ' ', w->n[i]) || memchr(w->s[i], '\t', w->n[i]);
    const bool smi = !strcmp(lines, "smi") ||
                     (!strcmp(lines, "either") && names && molecule_lines(w, " \t") == w->count);
    const mg_table_kind plain = smi ? MG_TABLE_SMI : MG_TABLE_TXT;
    if (t->kind != MG_TABLE_DELIMITED || !w->count) return plain;
    const line_fields f = fields_of(t, w->s[0], w->n[0], t->delimiter, true);
    return f.known && (f.n > 1 || (w->n[0] == 6 && !strncasecmp(w->s[0], "smiles", 6)))
               ? MG_TABLE_DELIMITED
               : plain;
}

/* By name and content; `told`: the user has said the format. */
static int find_kind(mg_table *t, const char *f, bool told, const char *lines, molglot_error *err) {
    mg_lines *l = &t->lines;
    const char *s = l->buf + l->mark;
    const size_t n = l->end - l->mark;
    const bool table = f && (!strcmp(f, "csv") || !strcmp(f, "tsv"));
    if (f && !table && strcmp(f, "smi") && strcmp(f, "sdf") && strcmp(f, "json"))
        return unknown_format(t, f, err);
    if ((f && !strcmp(f, "json")) || (!told && (!f || table) && mg_json_begins(s, n))) {
        t->kind = MG_TABLE_JSON;
        return MOLGLOT_OK;
    }
    if (f ? !strcmp(f, "sdf") || (!told && window_begins_molblock(l)) : window_is_sdf(l)) {
        t->kind = MG_TABLE_SDF;
        return MOLGLOT_OK;
    }
    window_lines w;
    const size_t pos = l->pos;
    const int64_t line = l->line;
    cut_window(l, &w);
    skip_comments(t, &w);
    const char sep = f && !table ? 0 : skip_sep(t, &w);
    if (table && !sep) skip_preamble(t, &w);
    t->kind = !f      ? kind_of_content(t, &w)
              : table ? kind_of_table(t, &w, *f == 't')
              : told  ? MG_TABLE_SMI
                      : kind_of_list(t, &w);
    if (sep) {
        t->kind = MG_TABLE_DELIMITED;
        t->delimiter = sep;
    }
    if (!f && lines) t->kind = kind_of_lines(t, &w, lines);
    if (t->kind == MG_TABLE_TXT) { /* texts have no comments */
        l->pos = l->mark = pos;
        l->line = line;
        t->skipped = 0;
    }
    if (t->kind == MG_TABLE_DELIMITED) find_quote(t, &w);
    return MOLGLOT_OK;
}

int mg_sniff_kind(mg_table *t, const mg_table_options *o, molglot_error *err) {
    const char *format = o->format,
               *f = format ? format : format_of_name(mg_stream_name(t->stream));
    if (format && !strcmp(format, "txt")) {
        t->kind = MG_TABLE_TXT;
        return MOLGLOT_OK;
    }
    /* who names the format may be typing the lines: nothing is waited for */
    if (format && !strcmp(format, "smi")) return find_kind(t, f, true, NULL, err);
    int code = mg_lines_fill(&t->lines, MG_TABLE_WINDOW, err);
    if (code) return code;
    mg_lines_find_eol(&t->lines);
    if (!format && (code = refuse_foreign(t, err))) return code;
    if ((code = refuse_binary(t, err))) return code;
    return find_kind(t, f, format != NULL, o->lines, err);
}
