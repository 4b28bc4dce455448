/* groups.c - the dictionary: groups.tsv and a user's own rows, read, joined by their parents, and
 * found by name. */
#include "base/grow.h"
#include "chem/facts/inside.h"

#include <string.h>

/* Bytes of groups.tsv, made by cmake/bytes.cmake. */
static const unsigned char TABLE[] = {
#include "chem/facts/groups.tsv.h"
};

enum { COLUMNS = 7, LEAST_COLUMNS = 4, MAX_GROUPS = 20000, MAX_NAME = 200 };
enum { KIND, NAME, SYNONYMS, SMARTS, PARENTS, YES, NO };

static const char *const column_names[] = {"kind",    "name", "synonyms", "smarts",
                                           "parents", "yes",  "no"};
static const char *const kind_names[] = {"group", "ring", "class", "part"};

const char *mg_group_kind_name(mg_group_kind kind) { return kind_names[kind]; }
int mg_groups_count(const mg_groups *g) { return (int)g->n; }
const mg_group *mg_groups_at(const mg_groups *g, int i) { return &g->list[i]; }

/* ---- folding ---- */

static const struct {
    const char *from, *to;
} replaced[] = {{"α", "alpha"},  {"β", "beta"},   {"γ", "gamma"}, {"δ", "delta"},  {"ε", "epsilon"},
                {"ζ", "zeta"},   {"η", "eta"},    {"κ", "kappa"}, {"λ", "lambda"}, {"μ", "mu"},
                {"µ", "mu"},     {"π", "pi"},     {"σ", "sigma"}, {"τ", "tau"},    {"ω", "omega"},
                {"Α", "alpha"},  {"Β", "beta"},   {"Γ", "gamma"}, {"Δ", "delta"},  {"Ω", "omega"},
                {"′", "'"},      {"’", "'"},      {"‘", "'"},     {"″", "''"},     {"–", " "},
                {"—", " "},      {"‐", " "},      {"‑", " "},     {"−", " "},      {"\u00a0", " "},
                {"\u2009", " "}, {"\u202f", " "}, {"\u00ad", ""}};

static size_t replace(const char *s, size_t n, const char **to) {
    for (size_t i = 0; i < MG_COUNT(replaced); i++) {
        const size_t m = strlen(replaced[i].from);
        if (m <= n && !memcmp(s, replaced[i].from, m)) {
            *to = replaced[i].to;
            return m;
        }
    }
    return 0;
}

typedef struct folded {
    char *out;
    size_t n, cap;
} folded;

static void put(folded *f, char c) {
    if (c == '-' || c == '\t' || c == '\n' || c == '\r' || c == '_') c = ' ';
    if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
    if (c == ' ' && (!f->n || f->out[f->n - 1] == ' ')) return;
    /* sulph... as sulf... */
    if (c == 'h' && f->n >= 4 && !memcmp(f->out + f->n - 4, "sulp", 4)) {
        f->out[f->n - 1] = 'f';
        return;
    }
    if (f->n + 1 < f->cap) f->out[f->n++] = c;
}

size_t mg_name_fold(const char *s, size_t n, char *out, size_t cap) {
    folded f = {out, 0, cap};
    if (!cap) return 0;
    for (size_t i = 0; i < n;) {
        const char *to = NULL;
        const size_t m = (uint8_t)s[i] < 0x80 ? 0 : replace(s + i, n - i, &to);
        if (!m) put(&f, s[i++]);
        for (; m && *to; to++) put(&f, *to);
        i += m;
    }
    while (f.n && out[f.n - 1] == ' ') f.n--;
    out[f.n] = 0;
    return f.n;
}

/* ---- reading ---- */

typedef struct row {
    char *column[COLUMNS];
    int number; /* line */
    bool own;
} row;

typedef struct reading {
    mg_groups *g;
    row *rows;
    size_t n, cap;
    molglot_error *err;
} reading;

static int wrong(const reading *r, const row *where, int column, const char *what,
                 const char *value) {
    return mg_fail(r->err, MOLGLOT_BAD_FILE, "groups: row %d, column '%s': %s%s%s%s", where->number,
                   column_names[column], what, value ? " '" : "", value ? value : "",
                   value ? "'" : "");
}

/* Cuts one line at its tabs; the line is changed. */
static int add_row(reading *r, char *line, int number, bool own) {
    row new = {.number = number, .own = own};
    int columns = 0;
    for (char *p = line; p && columns < COLUMNS; columns++) {
        new.column[columns] = p;
        p = strchr(p, '\t');
        if (p) *p++ = 0;
        if (p && columns == COLUMNS - 1)
            return mg_fail(r->err, MOLGLOT_BAD_FILE, "groups: row %d: more than %d columns", number,
                           COLUMNS);
    }
    if (columns < LEAST_COLUMNS)
        return mg_fail(r->err, MOLGLOT_BAD_FILE,
                       "groups: row %d: %d columns of kind, name, synonyms, smarts, parents, yes, "
                       "no (a tab between two)",
                       number, columns);
    for (; columns < COLUMNS; columns++) new.column[columns] = line + strlen(line);
    if (!MG_GROW(r->rows, r->cap, r->n + 1)) return mg_no_memory(r->err, "groups");
    r->rows[r->n++] = new;
    return MOLGLOT_OK;
}

static int add_rows(reading *r, char *text, bool own) {
    int number = 0, code = MOLGLOT_OK;
    for (char *line = text; line && !code;) {
        char *end = strchr(line, '\n');
        number++;
        if (end) {
            if (end > line && end[-1] == '\r') end[-1] = 0;
            *end = 0;
        }
        const bool heading = !strncmp(line, "kind\tname\t", 10);
        if (*line && *line != '#' && !heading) code = add_row(r, line, number, own);
        if (!code && r->n > MAX_GROUPS)
            code = mg_fail(r->err, MOLGLOT_BAD_FILE, "groups: more than %d rows", MAX_GROUPS);
        line = end ? end + 1 : NULL;
    }
    return code;
}

/* ---- names ---- */

static int name_group(reading *r, const row *from, int column, const char *name, size_t group) {
    char folded_name[4 * MAX_NAME + 1];
    const size_t n = strlen(name);
    if (n > MAX_NAME) return wrong(r, from, column, "a name of more than 200 bytes", NULL);
    const size_t m = mg_name_fold(name, n, folded_name, sizeof folded_name);
    if (!m) return wrong(r, from, column, "an empty name", NULL);
    mg_slot *slot = mg_names_copy(&r->g->names, folded_name, m);
    if (!slot) return mg_no_memory(r->err, "names of groups");
    /* a name beats a synonym, a user's own row what is built in */
    if (slot->value < 0 || from->own || column == NAME) slot->value = (int32_t)group;
    return MOLGLOT_OK;
}

/* Cuts "a|b|c" in place and keeps the pieces. */
static int cut(mg_groups *g, char *list, size_t *first, int *n, molglot_error *err) {
    *first = g->n_words;
    *n = 0;
    for (char *p = *list ? list : NULL; p;) {
        char *end = strchr(p, '|');
        if (end) *end++ = 0;
        if (*p) {
            if (!MG_GROW(g->words, g->cap_words, g->n_words + 1))
                return mg_no_memory(err, "names of groups");
            g->words[g->n_words++] = p;
            ++*n;
        }
        p = end;
    }
    return MOLGLOT_OK;
}

static int kind_of(const char *s) {
    for (size_t i = 0; i < MG_COUNT(kind_names); i++)
        if (!strcmp(s, kind_names[i])) return (int)i;
    return -1;
}

/* The place of a row: that of the group whose name it has, or a new one. */
static int place(reading *r, const row *from, mg_names *seen, size_t *out) {
    char name[4 * MAX_NAME + 1];
    if (strlen(from->column[NAME]) > MAX_NAME)
        return wrong(r, from, NAME, "a name of more than 200 bytes", NULL);
    const size_t n = mg_name_fold(from->column[NAME], strlen(from->column[NAME]), name,
                                  sizeof name);
    if (!n) return wrong(r, from, NAME, "an empty name", NULL);
    mg_slot *slot = mg_names_copy(seen, name, n);
    if (!slot) return mg_no_memory(r->err, "groups");
    if (slot->value >= 0 && r->g->own[slot->value] == from->own)
        return wrong(r, from, NAME, "there twice:", from->column[NAME]);
    if (slot->value < 0) slot->value = (int32_t)r->g->n++;
    *out = (size_t)slot->value;
    return MOLGLOT_OK;
}

static int make_groups(reading *r, mg_names *seen) {
    mg_groups *g = r->g;
    int code = MOLGLOT_OK;
    g->list = calloc(r->n + 1, sizeof *g->list);
    g->own = calloc(r->n + 1, sizeof *g->own);
    g->row_of = calloc(r->n + 1, sizeof *g->row_of);
    g->first_synonym = calloc(r->n + 1, sizeof *g->first_synonym);
    if (!g->list || !g->own || !g->row_of || !g->first_synonym)
        return mg_no_memory(r->err, "groups");
    for (size_t i = 0; i < r->n && !code; i++) {
        row *from = &r->rows[i];
        const int kind = kind_of(from->column[KIND]);
        size_t at = 0;
        if (kind < 0)
            return wrong(r, from, KIND, "none of group, ring, class, part:", from->column[KIND]);
        if (!from->column[SMARTS][0]) return wrong(r, from, SMARTS, "an empty pattern", NULL);
        if ((code = place(r, from, seen, &at))) break;
        mg_group *group = &g->list[at];
        *group = (mg_group){.name = from->column[NAME],
                            .smarts = from->column[SMARTS],
                            .kind = (mg_group_kind)kind,
                            .yes = from->column[YES],
                            .no = from->column[NO]};
        g->own[at] = from->own;
        g->row_of[at] = (int)i;
        code = cut(g, from->column[SYNONYMS], &g->first_synonym[at], &group->n_synonyms, r->err);
    }
    return code;
}

static int name_all(reading *r) {
    mg_groups *g = r->g;
    int code = MOLGLOT_OK;
    for (int pass = 0; pass < 2 && !code; pass++) /* synonyms first: a name takes its place */
        for (size_t i = 0; i < g->n && !code; i++) {
            const row *from = &r->rows[g->row_of[i]];
            mg_group *group = &g->list[i];
            if (pass) {
                code = name_group(r, from, NAME, group->name, i);
                continue;
            }
            group->synonyms = (const char *const *)g->words + g->first_synonym[i];
            for (int s = 0; s < group->n_synonyms && !code; s++)
                code = name_group(r, from, SYNONYMS, group->synonyms[s], i);
        }
    return code;
}

/* ---- parents ---- */

static int add_parent(reading *r, size_t group, const char *name) {
    mg_groups *g = r->g;
    const row *from = &r->rows[g->row_of[group]];
    const int parent = mg_groups_find(g, name);
    if (parent < 0) return wrong(r, from, PARENTS, "no such group:", name);
    if (parent == (int)group) return wrong(r, from, PARENTS, "its own parent:", name);
    if (!MG_GROW(g->parents, g->cap_parents, g->n_parents + 1))
        return mg_no_memory(r->err, "parents of groups");
    g->parents[g->n_parents++] = parent;
    g->list[group].n_parents++;
    return MOLGLOT_OK;
}

/* Sorts the groups so that each stands after its parents (order); refuses circles. */
static int sort_by_parents(reading *r) {
    mg_groups *g = r->g;
    size_t done = 0;
    bool *set = calloc(g->n + 1, sizeof *set);
    g->order = malloc((g->n + 1) * sizeof *g->order);
    if (!set || !g->order) {
        free(set);
        return mg_no_memory(r->err, "groups");
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < g->n; i++) {
            bool ready = !set[i];
            for (int p = 0; p < g->list[i].n_parents && ready; p++)
                ready = set[g->list[i].parents[p]];
            if (!ready) continue;
            set[i] = moved = true;
            g->order[done++] = (int)i;
        }
    }
    size_t bad = 0;
    while (bad < g->n && set[bad]) bad++;
    free(set);
    return bad < g->n
               ? wrong(r, &r->rows[g->row_of[bad]], PARENTS, "its parents go in a circle", NULL)
               : MOLGLOT_OK;
}

static int join_parents(reading *r) {
    mg_groups *g = r->g;
    int code = MOLGLOT_OK;
    size_t *first = calloc(g->n + 1, sizeof *first);
    if (!first) return mg_no_memory(r->err, "groups");
    for (size_t i = 0; i < g->n && !code; i++) {
        first[i] = g->n_parents;
        for (char *p = r->rows[g->row_of[i]].column[PARENTS]; p && *p && !code;) {
            char *end = strchr(p, '|');
            if (end) *end++ = 0;
            if (*p) code = add_parent(r, i, p);
            p = end;
        }
    }
    for (size_t i = 0; i < g->n; i++)
        g->list[i].parents = g->parents ? g->parents + first[i] : NULL;
    free(first);
    return code ? code : sort_by_parents(r);
}

/* ---- all of it ---- */

static int read_text(reading *r, const char *more, size_t n) {
    mg_groups *g = r->g;
    g->text = malloc(sizeof TABLE);
    g->more = malloc(n + 1);
    if (!g->text || !g->more) return mg_no_memory(r->err, "groups");
    memcpy(g->text, TABLE, sizeof TABLE);
    if (n) memcpy(g->more, more, n);
    g->more[n] = 0;
    if (n && memchr(more, 0, n))
        return mg_fail(r->err, MOLGLOT_BAD_FILE, "groups: a byte 0: not a text");
    const int64_t invalid = n ? mg_utf8_invalid(more, n) : -1;
    if (invalid >= 0)
        return mg_fail(r->err, MOLGLOT_BAD_FILE, "groups: byte %lld is not UTF-8",
                       (long long)invalid);
    int code = add_rows(r, g->text, false);
    if (!code && n >= 3 && !memcmp(g->more, "\xef\xbb\xbf", 3))
        memmove(g->more, g->more + 3, n - 2);
    return code ? code : add_rows(r, g->more, true);
}

mg_groups *mg_groups_new(const char *more, size_t n, molglot_error *err) {
    mg_names seen = {0};
    reading r = {.g = calloc(1, sizeof(mg_groups)), .err = err};
    if (!r.g) {
        mg_no_memory(err, "groups");
        return NULL;
    }
    pthread_mutex_init(&r.g->lock, NULL);
    int code = read_text(&r, more, more ? n : 0);
    if (!code) code = make_groups(&r, &seen);
    if (!code) code = name_all(&r);
    if (!code) code = join_parents(&r);
    for (size_t i = 0; i < r.g->n && !code; i++) {
        const row *from = &r.rows[r.g->row_of[i]];
        r.g->row_of[i] = from->number;
        if (from->own) r.g->any_own = true;
    }
    free(r.rows);
    mg_names_free(&seen);
    if (!code && r.g->any_own) code = mg_groups_compile(r.g, err);
    if (!code && r.g->any_own) code = mg_groups_try_own(r.g, err);
    if (!code) return r.g;
    mg_groups_free(r.g);
    return NULL;
}

void mg_groups_free(mg_groups *g) {
    if (!g) return;
    mg_patterns_free(&g->patterns);
    mg_names_free(&g->names);
    void *const blocks[] = {g->text,
                            g->more,
                            g->list,
                            g->own,
                            g->row_of,
                            g->words,
                            g->first_synonym,
                            g->parents,
                            g->order,
                            g->pattern_of,
                            g->numbers.crippen.patterns,
                            g->numbers.crippen.logp};
    for (size_t i = 0; i < MG_COUNT(blocks); i++) free(blocks[i]);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

static int find_folded(const mg_groups *g, char *name, size_t n) {
    int found = mg_names_find_n(&g->names, name, n);
    if (found < 0 && n > 3 && name[n - 1] == 's') found = mg_names_find_n(&g->names, name, n - 1);
    if (found < 0 && n > 4 && !memcmp(name + n - 2, "es", 2))
        found = mg_names_find_n(&g->names, name, n - 2);
    if (found < 0 && n > 4 && !memcmp(name + n - 3, "ies", 3)) {
        name[n - 3] = 'y';
        found = mg_names_find_n(&g->names, name, n - 2);
    }
    return found;
}

int mg_groups_find(const mg_groups *g, const char *name) {
    char folded_name[4 * MAX_NAME + 1];
    const size_t n = strlen(name);
    if (n > MAX_NAME) return -1;
    return find_folded(g, folded_name, mg_name_fold(name, n, folded_name, sizeof folded_name));
}

bool mg_groups_is(const mg_groups *g, int below, int above) {
    if (below == above) return true;
    const mg_group *group = &g->list[below];
    for (int i = 0; i < group->n_parents; i++)
        if (mg_groups_is(g, group->parents[i], above)) return true;
    return false;
}
