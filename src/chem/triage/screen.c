/* screen.c - lists of controlled substances (control.tsv and a site's own), and molecules held
 * against them: patterns of classes, structures by the first letters of their InChIKey (stereo,
 * isotopes, protons and tautomers do not tell), and what is similar to a list's structures
 * (Tanimoto, Morgan fingerprints of radius 2, 2048 bits). */
#include "base/grow.h"
#include "chem/triage/triage.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of control.tsv, made by cmake/bytes.cmake. */
static const unsigned char TABLE[] = {
#include "chem/triage/control.tsv.h"
};

enum {
    MAX_ROWS = 50000,
    MAX_STRUCTURES = 200000,
    MAX_PATTERN = 8000,
    MAX_WORDS = 300, /* bytes of an id or words */
    BITS = 2048,
    SKELETON = 14,  /* letters of an InChIKey */
    NEAR_ATOMS = 8, /* of a structure that others may be near to */
    COLUMNS = 6
};

typedef struct list {
    const char *name, *source, *version;
    double near; /* 0: nothing is near */
} list;

typedef struct structure {
    uint64_t composition;
    char skeleton[SKELETON + 1];
    bool whole;  /* without carbon: never as a part of a salt */
    bool except; /* what the entry does not mean */
} structure;

typedef struct example { /* what others may be near to */
    uint8_t bits[BITS / 8];
    size_t entry;
} example;

typedef struct entry {
    const char *kind, *id, *words, *pattern, *yes, *no;
    size_t list, first, n; /* structures */
    int row;
    mg_smarts *smarts; /* NULL: structures */
    bool rest;         /* only where no earlier entry of the list matches */
} entry;

typedef struct atom_name {
    const char *name, *smarts;
    size_t list;
} atom_name;

struct mg_screen {
    char *text, *more; /* the tables, cut at tabs */
    list *lists;
    size_t n_lists, cap_lists;
    atom_name *atoms;
    size_t n_atoms, cap_atoms;
    entry *entries;
    size_t n, cap;
    structure *structures;
    size_t n_structures, cap_structures;
    example *examples;
    size_t n_examples, cap_examples;
    char *says;
    pthread_mutex_t lock; /* of patterns: one thread at a time */
};

/* ---- a molecule as structures are compared ---- */

typedef struct part {
    uint64_t composition;
    mg_mol *own; /* NULL: the molecule itself */
    const mg_mol *m;
    char *skeleton; /* made when it is asked for */
    bool carbon;
} part;

typedef struct parts { /* the molecule and, of several components, each of them */
    part *at;
    size_t n;
} parts;

static bool has_carbon(const mg_mol *m) {
    char *formula = mg_mol_formula(m);
    const bool any = formula && formula[0] == 'C' && (formula[1] < 'a' || formula[1] > 'z');
    free(formula);
    return any;
}

static void free_parts(parts *p) {
    for (size_t i = 0; i < p->n; i++) {
        mg_mol_free(p->at[i].own);
        free(p->at[i].skeleton);
    }
    free(p->at);
}

static int cut_parts(const mg_mol *m, parts *out, molglot_error *err) {
    *out = (parts){0};
    char *smiles = mg_mol_smiles(m, true);
    if (!smiles) return mg_fail(err, MOLGLOT_FAILED, "screen: RDKit gives no SMILES");
    size_t n = 1;
    for (const char *p = smiles; *p; p++) n += *p == '.';
    out->at = calloc(n + 1, sizeof *out->at);
    int code = out->at ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
    if (!code) out->at[out->n++] = (part){mg_mol_composition(m), NULL, m, NULL, true};
    for (char *p = smiles, *end = NULL; n > 1 && p && !code; p = end) {
        molglot_row_status row;
        end = strchr(p, '.');
        if (end) *end++ = 0;
        mg_mol *own = mg_mol_from_smiles(p, NULL, &row);
        if (!own) code = mg_fail(err, MOLGLOT_FAILED, "screen: a part: %s", row.reason);
        if (own)
            out->at[out->n++] = (part){mg_mol_composition(own), own, own, NULL, has_carbon(own)};
    }
    free(smiles);
    if (code) free_parts(out), *out = (parts){0};
    return code;
}

static int skeleton_of(part *p, molglot_error *err) {
    if (!p->skeleton && !(p->skeleton = mg_mol_inchikey(p->m)))
        return mg_fail(err, MOLGLOT_FAILED, "screen: there is no InChIKey");
    return MOLGLOT_OK;
}

/* Whether the molecule, or a part of it, is that structure. */
static int is_structure(const structure *s, parts *p, bool *is, molglot_error *err) {
    *is = false;
    for (size_t i = 0; i < p->n && !*is; i++) {
        if (p->at[i].composition != s->composition || (i && s->whole)) continue;
        const int code = skeleton_of(&p->at[i], err);
        if (code) return code;
        *is = !strncmp(p->at[i].skeleton, s->skeleton, SKELETON);
    }
    return MOLGLOT_OK;
}

/* ---- reading ---- */

typedef struct reading {
    mg_screen *s;
    int row;
    char *column[COLUMNS];
    molglot_error *err;
} reading;

static int wrong(const reading *r, const char *what, const char *value) {
    return mg_fail(r->err, MOLGLOT_BAD_FILE, "control lists: row %d: %s%s%.200s%s", r->row, what,
                   value ? " '" : "", value ? value : "", value ? "'" : "");
}

/* A list of structures: fn for each piece between bars, which is a molecule. */
static int each_structure(const reading *r, const char *text,
                          int (*fn)(const reading *r, const mg_mol *m)) {
    int code = MOLGLOT_OK;
    for (const char *p = text; p && *p && !code;) {
        const size_t n = strcspn(p, "|");
        molglot_row_status row = {.reason = "out of memory"};
        char *smiles = strndup(p, n);
        mg_mol *m = smiles ? mg_mol_from_smiles(smiles, NULL, &row) : NULL;
        code = m ? fn(r, m)
                 : mg_fail(r->err, MOLGLOT_BAD_FILE, "control lists: row %d: '%.200s': %s", r->row,
                           smiles ? smiles : "", row.reason);
        mg_mol_free(m);
        free(smiles);
        p = p[n] ? p + n + 1 : NULL;
    }
    return code;
}

static int add_structure(const reading *r, const mg_mol *m, bool except) {
    mg_screen *s = r->s;
    if (s->n_structures >= MAX_STRUCTURES) return wrong(r, "too many structures", NULL);
    if (!MG_GROW(s->structures, s->cap_structures, s->n_structures + 1))
        return mg_no_memory(r->err, "control lists");
    structure *new = &s->structures[s->n_structures];
    char *key = mg_mol_inchikey(m);
    if (!key) return wrong(r, "a structure without an InChIKey", NULL);
    *new = (structure){
        .composition = mg_mol_composition(m), .whole = !has_carbon(m), .except = except};
    memcpy(new->skeleton, key, SKELETON);
    free(key);
    s->n_structures++;
    s->entries[s->n - 1].n++;
    return MOLGLOT_OK;
}

static int add_meant(const reading *r, const mg_mol *m) { return add_structure(r, m, false); }
static int add_exception(const reading *r, const mg_mol *m) { return add_structure(r, m, true); }

static int add_example(const reading *r, const mg_mol *m) {
    mg_screen *s = r->s;
    if (!(s->lists[s->n_lists - 1].near > 0) || mg_mol_atoms(m) < NEAR_ATOMS) return MOLGLOT_OK;
    if (!MG_GROW(s->examples, s->cap_examples, s->n_examples + 1))
        return mg_no_memory(r->err, "control lists");
    example *new = &s->examples[s->n_examples++];
    new->entry = s->n - 1;
    return mg_mol_fingerprint(m, MG_FP_MORGAN, 2, BITS, new->bits, r->err);
}

/* The pattern with its names of atoms put in. */
static int expand(const reading *r, const char *pattern, mg_str *out) {
    const mg_screen *s = r->s;
    for (const char *p = pattern; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        const size_t n = end ? (size_t)(end - p) - 1 : 0;
        size_t i = 0;
        while (end && i < s->n_atoms &&
               (s->atoms[i].list != s->n_lists - 1 || strlen(s->atoms[i].name) != n ||
                memcmp(s->atoms[i].name, p + 1, n)))
            i++;
        if (end && i == s->n_atoms) return wrong(r, "no such name of atoms:", p);
        if (end)
            mg_str_addz(out, s->atoms[i].smarts), p = end + 1;
        else
            mg_str_add(out, p++, 1);
        if (out->n > MAX_PATTERN) return wrong(r, "a pattern that is too long", NULL);
    }
    return out->failed ? mg_no_memory(r->err, "control lists") : MOLGLOT_OK;
}

static int add_pattern(const reading *r, entry *e) {
    mg_str full = {0};
    molglot_error why = {0};
    int code = expand(r, e->pattern, &full);
    if (!code && !(e->smarts = mg_smarts_new(full.s ? full.s : "", &why)))
        code = mg_fail(r->err, MOLGLOT_BAD_FILE, "control lists: row %d: %.300s", r->row,
                       why.message);
    mg_str_free(&full);
    return code;
}

static int add_list(const reading *r) {
    mg_screen *s = r->s;
    if (!*r->column[1] || !*r->column[3]) return wrong(r, "a list has a name and a version", NULL);
    if (!MG_GROW(s->lists, s->cap_lists, s->n_lists + 1))
        return mg_no_memory(r->err, "control lists");
    s->lists[s->n_lists++] =
        (list){.name = r->column[1], .source = r->column[2], .version = r->column[3]};
    return MOLGLOT_OK;
}

static int add_near(const reading *r) {
    char *end;
    const double near = strtod(r->column[1], &end);
    if (end == r->column[1] || *end || !(near > 0 && near <= 1))
        return wrong(r, "near wants a number above 0, at most 1, not", r->column[1]);
    r->s->lists[r->s->n_lists - 1].near = near;
    return MOLGLOT_OK;
}

static int add_atom(const reading *r) {
    mg_screen *s = r->s;
    if (!*r->column[1] || !*r->column[2]) return wrong(r, "atom wants a name and a SMARTS", NULL);
    if (!MG_GROW(s->atoms, s->cap_atoms, s->n_atoms + 1))
        return mg_no_memory(r->err, "control lists");
    s->atoms[s->n_atoms++] = (atom_name){r->column[1], r->column[2], s->n_lists - 1};
    return MOLGLOT_OK;
}

static int add_except(const reading *r) {
    const mg_screen *s = r->s;
    const entry *last = s->n ? &s->entries[s->n - 1] : NULL;
    if (!last || last->list != s->n_lists - 1 || strcmp(last->id, r->column[1]))
        return wrong(r, "an exception stands below its entry; this one has none:", r->column[1]);
    if (!*r->column[2]) return wrong(r, "an exception without structures", NULL);
    return each_structure(r, r->column[2], add_exception);
}

static int add_entry(const reading *r) {
    static const char *const kinds[] = {"class", "rest", "exact", "silent"};
    mg_screen *s = r->s;
    size_t kind = 0;
    while (kind < MG_COUNT(kinds) && strcmp(r->column[0], kinds[kind])) kind++;
    if (kind == MG_COUNT(kinds)) return wrong(r, "no such kind of row:", r->column[0]);
    if (!*r->column[1] || !*r->column[2]) return wrong(r, "an entry has a name and words", NULL);
    if (kind < 3 && !*r->column[3]) return wrong(r, "an entry without a pattern", NULL);
    if (s->n >= MAX_ROWS) return wrong(r, "too many entries", NULL);
    if (!MG_GROW(s->entries, s->cap, s->n + 1)) return mg_no_memory(r->err, "control lists");
    entry *e = &s->entries[s->n++];
    *e = (entry){.kind = kinds[kind],
                 .id = r->column[1],
                 .words = r->column[2],
                 .pattern = r->column[3],
                 .yes = r->column[4],
                 .no = r->column[5],
                 .list = s->n_lists - 1,
                 .first = s->n_structures,
                 .row = r->row,
                 .rest = kind == 1};
    int code = kind < 2 ? add_pattern(r, e) : MOLGLOT_OK;
    if (kind == 2) {
        code = each_structure(r, e->pattern, add_meant);
        if (!code) code = each_structure(r, e->pattern, add_example);
    } else if (!code)
        code = each_structure(r, e->yes, add_example);
    return code;
}

static int add_row(reading *r, char *line) {
    static char nothing[] = "";
    int n = 0;
    for (char *p = line; p; n++) {
        if (n == COLUMNS) return wrong(r, "more than six columns", NULL);
        r->column[n] = p;
        if ((p = strchr(p, '\t'))) *p++ = 0;
    }
    for (; n < COLUMNS; n++) r->column[n] = nothing;
    if (strlen(r->column[1]) > MAX_WORDS || strlen(r->column[2]) > MAX_PATTERN)
        return wrong(r, "an id or words that are too long", NULL);
    if (!strcmp(r->column[0], "list")) return add_list(r);
    if (!strcmp(r->column[0], "near")) return add_near(r);
    if (!strcmp(r->column[0], "atom")) return add_atom(r);
    if (!strcmp(r->column[0], "except")) return add_except(r);
    return add_entry(r);
}

/* Reads a table, which is changed and stays. */
static int read_table(reading *r, char *text) {
    const size_t lists = r->s->n_lists;
    int code = MOLGLOT_OK;
    r->row = 0;
    for (char *line = text; line && !code;) {
        char *end = strchr(line, '\n');
        r->row++;
        if (end) {
            if (end > line && end[-1] == '\r') end[-1] = 0;
            *end = 0;
        }
        if (*line && *line != '#') {
            if (r->s->n_lists == lists && strncmp(line, "list\t", 5))
                code = wrong(r, "the first row begins a list; this one is", line);
            else
                code = add_row(r, line);
        }
        line = end ? end + 1 : NULL;
    }
    if (!code && r->s->n_lists == lists) code = wrong(r, "there is no list", NULL);
    return code;
}

/* ---- examples of a site's own rows ---- */

static int try_examples(const mg_screen *s, size_t at, const char *text, bool wanted,
                        molglot_error *err) {
    int code = MOLGLOT_OK;
    for (const char *p = text; *p && !code;) {
        const size_t n = strcspn(p, "|");
        molglot_row_status row = {.reason = "out of memory"};
        char *smiles = strndup(p, n);
        mg_mol *m = smiles ? mg_mol_from_smiles(smiles, NULL, &row) : NULL;
        bool is = false;
        code = m ? mg_screen_try(s, at, m, &is, err)
                 : mg_fail(err, MOLGLOT_BAD_FILE, "control lists: row %d: '%.200s': %s",
                           s->entries[at].row, smiles ? smiles : "", row.reason);
        if (!code && is != wanted)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "control lists: row %d: '%.200s' %s %s",
                           s->entries[at].row, smiles, wanted ? "must match" : "must not match",
                           s->entries[at].id);
        mg_mol_free(m);
        free(smiles);
        p += p[n] ? n + 1 : n;
    }
    return code;
}

static int try_own(const mg_screen *s, size_t from, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = from; i < s->n && !code; i++) {
        code = try_examples(s, i, s->entries[i].yes, true, err);
        if (!code) code = try_examples(s, i, s->entries[i].no, false, err);
    }
    return code;
}

/* ---- a screen ---- */

static int open_lists(mg_screen *s, const char *more, size_t n, molglot_error *err) {
    reading r = {.s = s, .err = err};
    s->text = strndup((const char *)TABLE, sizeof TABLE);
    if (!s->text) return mg_no_memory(err, "control lists");
    int code = read_table(&r, s->text);
    if (code || !more) return code;
    if (memchr(more, 0, n) || mg_utf8_invalid(more, n) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "control lists: not a text in UTF-8");
    const size_t built_in = s->n;
    if (!(s->more = strndup(more, n))) return mg_no_memory(err, "control lists");
    code = read_table(&r, s->more);
    return code ? code : try_own(s, built_in, err);
}

static int say_lists(mg_screen *s, molglot_error *err) {
    mg_str out = {0};
    for (size_t i = 0; i < s->n_lists; i++)
        mg_str_addf(&out, "%s%.100s %.100s", i ? "; " : "", s->lists[i].name, s->lists[i].version);
    s->says = out.s;
    return out.failed ? mg_no_memory(err, "control lists") : MOLGLOT_OK;
}

mg_screen *mg_screen_new(const char *more, size_t n, molglot_error *err) {
    mg_screen *s = mg_chem_init(err) ? NULL : calloc(1, sizeof *s);
    if (!s) {
        mg_no_memory(err, "control lists");
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    if (!open_lists(s, more, n, err) && !say_lists(s, err)) return s;
    mg_screen_free(s);
    return NULL;
}

void mg_screen_free(mg_screen *s) {
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) mg_smarts_free(s->entries[i].smarts);
    pthread_mutex_destroy(&s->lock);
    free(s->text);
    free(s->more);
    free(s->lists);
    free(s->atoms);
    free(s->entries);
    free(s->structures);
    free(s->examples);
    free(s->says);
    free(s);
}

const char *mg_screen_lists(const mg_screen *s) { return s->says; }
size_t mg_screen_count(const mg_screen *s) { return s->n; }

mg_screen_entry mg_screen_at(const mg_screen *s, size_t i) {
    const entry *e = &s->entries[i];
    const list *l = &s->lists[e->list];
    return (mg_screen_entry){l->name,  l->version, l->source, e->kind, e->id,
                             e->words, e->pattern, e->yes,    e->no};
}

/* ---- screening ---- */

/* Whether the molecule is one of an entry's structures, or of its exceptions. */
static int is_one(const mg_screen *s, size_t at, parts *p, bool except, bool *is,
                  molglot_error *err) {
    int code = MOLGLOT_OK;
    *is = false;
    const structure *own = s->structures + s->entries[at].first;
    for (size_t i = 0; i < s->entries[at].n && !code && !*is; i++)
        if (own[i].except == except) code = is_structure(&own[i], p, is, err);
    return code;
}

static int entry_matches(const mg_screen *s, size_t at, const mg_mol *m, parts *p, bool *match,
                         molglot_error *err) {
    const entry *e = &s->entries[at];
    bool except = false;
    *match = false;
    if (!e->smarts) return is_one(s, at, p, false, match, err);
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&s->lock;
    pthread_mutex_lock(lock);
    const int count = mg_smarts_count(e->smarts, m, 1);
    pthread_mutex_unlock(lock);
    if (count < 0)
        return mg_fail(err, MOLGLOT_FAILED, "screen: RDKit failed on %s %s", s->lists[e->list].name,
                       e->id);
    int code = count ? is_one(s, at, p, true, &except, err) : MOLGLOT_OK;
    *match = !code && count && !except;
    return code;
}

int mg_screen_try(const mg_screen *s, size_t at, const mg_mol *m, bool *match, molglot_error *err) {
    parts p;
    int code = cut_parts(m, &p, err);
    if (!code) code = entry_matches(s, at, m, &p, match, err);
    free_parts(&p);
    return code;
}

static void say(const mg_screen *s, size_t at, double near, mg_str *out) {
    const entry *e = &s->entries[at];
    const char *sort = near > 0 ? "near" : "match";
    if (!out->n)
        mg_str_addf(out, "%s: ", sort);
    else
        mg_str_addf(out, near > 0 ? "; near: " : "; ");
    mg_str_addf(out, "%s %s (%s", s->lists[e->list].name, e->id, e->words);
    if (near > 0) mg_str_addf(out, ", Tanimoto %.2f", near);
    mg_str_addz(out, ")");
}

/* The nearest example of lists of which nothing matched. */
static int find_near(const mg_screen *s, const mg_mol *m, const bool *matched, mg_str *out,
                     molglot_error *err) {
    uint8_t bits[BITS / 8];
    double best = 0;
    size_t at = 0;
    if (!s->n_examples || mg_mol_atoms(m) < NEAR_ATOMS) return MOLGLOT_OK;
    const int code = mg_mol_fingerprint(m, MG_FP_MORGAN, 2, BITS, bits, err);
    if (code) return code;
    for (size_t i = 0; i < s->n_examples; i++) {
        const size_t l = s->entries[s->examples[i].entry].list;
        const double t = matched[l] ? 0 : mg_tanimoto(bits, s->examples[i].bits, BITS);
        if (t >= s->lists[l].near && t > best) best = t, at = s->examples[i].entry;
    }
    if (best > 0) say(s, at, best, out);
    return MOLGLOT_OK;
}

static int hold(const mg_screen *s, const mg_mol *m, parts *p, bool *matched, mg_str *out,
                molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < s->n && !code; i++) {
        bool match = false;
        if (s->entries[i].rest && matched[s->entries[i].list]) continue;
        code = entry_matches(s, i, m, p, &match, err);
        if (code || !match) continue;
        matched[s->entries[i].list] = true;
        say(s, i, 0, out);
    }
    return code ? code : find_near(s, m, matched, out, err);
}

int mg_screen_mol(const mg_screen *s, const mg_mol *m, char **found, molglot_error *err) {
    mg_str out = {0};
    parts p;
    *found = NULL;
    bool *matched = calloc(s->n_lists + 1, sizeof *matched);
    if (!matched) return mg_no_memory(err, "a screen");
    int code = cut_parts(m, &p, err);
    if (!code) code = hold(s, m, &p, matched, &out, err);
    if (!code && !out.n) mg_str_addz(&out, "no match");
    if (!code && out.failed) code = mg_no_memory(err, "a screen");
    free_parts(&p);
    free(matched);
    if (code)
        mg_str_free(&out);
    else
        *found = out.s;
    return code;
}

int mg_screen_smiles(const mg_screen *s, const char *smiles, char **found, molglot_error *err) {
    molglot_row_status row;
    *found = NULL;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    const int code = m ? mg_screen_mol(s, m, found, err)
                       : mg_fail(err, MOLGLOT_FAILED, "screen: %s", row.reason);
    mg_mol_free(m);
    return code;
}

bool mg_screen_flags(const char *found) { return found && strncmp(found, "no match", 8); }
