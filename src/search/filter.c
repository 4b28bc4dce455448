/* filter.c - which rows may be hits: substructures, weight, elements, likeness to a molecule, what
 * stands in the columns.
 *
 * A row passes when it passes every test. Columns are looked at first, then RDKit reads the row's
 * molecule once for all else; a row without a molecule passes no test of it. The verdict on a row
 * is remembered, so that the questions of one search share it. Each thread has patterns of its own.
 */
#include "search/inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FP_BITS = 2048, FP_RADIUS = 2 };
enum { UNKNOWN, PASSES, FAILS };

typedef enum { EQUAL, DIFFERENT, LESS, AT_MOST, MORE, AT_LEAST, CONTAINS } relation;
/* Columns that every row has. */
enum { COLUMN_ID = -4, COLUMN_SMILES, COLUMN_TEXT, COLUMN_ROW };
typedef struct condition {
    int *column; /* [n_parts] of this name; NOWHERE where there is none */
    relation is;
    char *value;
    double number; /* NaN: the value is none */
} condition;
enum { NOWHERE = -9 };

typedef struct patterns {
    mg_smarts **wanted, **unwanted;
} patterns;

struct mg_filter {
    int threads, n_wanted, n_unwanted, n_conditions, n_parts;
    const mg_index *const *parts;
    patterns *of_thread;
    double min_weight, max_weight;
    int16_t *formula; /* [MG_ELEMENTS + 1] atoms of each, then the charge; NULL: any */
    bool charged;     /* the formula says a charge */
    bool *allowed;    /* [MG_ELEMENTS + 1]; NULL: all */
    uint8_t *similar; /* [FP_BITS / 8]; NULL: any */
    double min_similarity;
    bool needs_molecule;
    condition *conditions;
    uint8_t **verdict; /* [n_parts][rows] */
};

/* ---- formulas ---- */

static const char SYMBOLS[] =
    " H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy "
    "Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf "
    "Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og ";

static int number_of_symbol(const char *s, size_t n) {
    char padded[8];
    snprintf(padded, sizeof padded, " %.*s ", (int)n, s);
    const char *at = n < 3 ? strstr(SYMBOLS, padded) : NULL;
    int number = 0;
    if (!at) return 0;
    for (const char *p = SYMBOLS; p <= at; p++) number += *p == ' ';
    return number;
}

/* The element that s begins with, and how many bytes of it; 0: none. */
static int next_element(const char *s, size_t *n) {
    int number = 0;
    if (*s < 'A' || *s > 'Z') return 0;
    if (s[1] >= 'a' && s[1] <= 'z' && (number = number_of_symbol(s, *n = 2)) > 0) return number;
    return number_of_symbol(s, *n = 1);
}

/* Atoms of "C9H8O4" or "C2H3O2-" by element, then the charge. False: it is no formula. */
static bool read_formula(const char *s, int16_t *counts, bool *charged) {
    size_t n;
    memset(counts, 0, (MG_ELEMENTS + 1) * sizeof *counts);
    *charged = false;
    while (*s && *s != '+' && *s != '-') {
        const int element = next_element(s, &n);
        if (!element) return false;
        char *end;
        s += n;
        const bool counted = *s >= '0' && *s <= '9';
        const long count = counted ? strtol(s, &end, 10) : 1;
        if (counted) s = end;
        if (count < 1 || count + counts[element - 1] > 9999) return false;
        counts[element - 1] = (int16_t)(counts[element - 1] + count);
    }
    if (!*s) return true;
    const int sign = *s == '+' ? 1 : -1;
    char *end = (char *)s + 1;
    const long charge = s[1] ? strtol(s + 1, &end, 10) : 1;
    *charged = true;
    counts[MG_ELEMENTS] = (int16_t)(sign * (charge > 0 && charge < 100 ? charge : 0));
    return !*end && counts[MG_ELEMENTS];
}

static int set_formula(mg_filter *f, const char *formula, molglot_error *err) {
    f->formula = calloc(MG_ELEMENTS + 1, sizeof *f->formula);
    if (!f->formula) return mg_no_memory(err, "a formula");
    if (*formula && read_formula(formula, f->formula, &f->charged)) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE, "'%s' is no formula such as C9H8O4", formula);
}

/* ---- elements ---- */

static int set_elements(mg_filter *f, const char *list, bool only, molglot_error *err) {
    if (!f->allowed) {
        f->allowed = malloc((MG_ELEMENTS + 1) * sizeof *f->allowed);
        if (!f->allowed) return mg_no_memory(err, "elements");
        memset(f->allowed, 1, (MG_ELEMENTS + 1) * sizeof *f->allowed);
    }
    bool listed[MG_ELEMENTS + 1] = {false};
    int found = 0;
    for (const char *s = list; *s;) {
        size_t n = 1;
        if (*s == ',' || *s == ' ') {
            s++;
            continue;
        }
        const int element = next_element(s, &n);
        if (!element)
            return mg_fail(err, MOLGLOT_USAGE, "'%s' is no list of elements such as CNOCl: '%s'",
                           list, s);
        listed[element] = true;
        found++;
        s += n;
    }
    if (!found) return mg_fail(err, MOLGLOT_USAGE, "an empty list of elements");
    for (int e = 2; e <= MG_ELEMENTS && only; e++) f->allowed[e] &= listed[e];
    for (int e = 1; e <= MG_ELEMENTS && !only; e++) f->allowed[e] &= !listed[e];
    return MOLGLOT_OK;
}

/* ---- conditions on columns ---- */

static int column_of(const mg_index *x, const char *name, size_t n) {
    static const char *const own[] = {"id", "smiles", "text", "row"};
    const char *const *titles;
    const int count = mg_index_columns(x, &titles);
    for (int c = 0; c < count; c++)
        if (strlen(titles[c]) == n && !memcmp(titles[c], name, n)) return c;
    for (int c = 0; c < count; c++)
        if (strlen(titles[c]) == n && !strncasecmp(titles[c], name, n)) return c;
    for (size_t i = 0; i < MG_COUNT(own); i++)
        if (strlen(own[i]) == n && !memcmp(own[i], name, n)) return COLUMN_ID + (int)i;
    return NOWHERE;
}

/* The operator of a condition, and where it stands. */
static bool find_relation(const char *s, relation *is, size_t *at, size_t *n) {
    static const struct {
        const char *text;
        relation is;
    } known[] = {{"!=", DIFFERENT}, {"<=", AT_MOST}, {">=", AT_LEAST}, {"==", EQUAL},
                 {"=", EQUAL},      {"<", LESS},     {">", MORE},      {" contains ", CONTAINS}};
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < MG_COUNT(known); i++) {
        const char *found = strstr(s, known[i].text);
        if (!found || (size_t)(found - s) >= best) continue;
        best = (size_t)(found - s);
        *is = known[i].is;
        *n = strlen(known[i].text);
    }
    *at = best;
    return best != SIZE_MAX;
}

static double number_of(const char *s) {
    char *end;
    while (*s == ' ') s++;
    const double x = *s ? strtod(s, &end) : NAN;
    if (!*s) return NAN;
    while (*end == ' ') end++;
    return *end ? NAN : x;
}

/* What a comparison of numbers needs is a number; a quoted value is a string. */
static int set_value(condition *c, const char *s, size_t n, const char *where, molglot_error *err) {
    while (n && *s == ' ') s++, n--;
    while (n && s[n - 1] == ' ') n--;
    const bool quoted = n > 1 && (*s == '"' || *s == '\'') && s[n - 1] == *s;
    c->value = strndup(s + quoted, n - 2 * (size_t)quoted);
    if (!c->value) return mg_no_memory(err, "a condition");
    c->number = quoted ? NAN : number_of(c->value);
    if (c->is >= LESS && c->is <= AT_LEAST && c->number != c->number)
        return mg_fail(err, MOLGLOT_USAGE, "--where '%s': '%s' is no number", where, c->value);
    return MOLGLOT_OK;
}

static int read_condition(mg_filter *f, condition *c, const char *where, molglot_error *err) {
    size_t at = 0, length = 0;
    if (!find_relation(where, &c->is, &at, &length))
        return mg_fail(err, MOLGLOT_USAGE,
                       "--where '%s' wants a column, one of = != < <= > >= contains, and a value",
                       where);
    size_t from = 0, to = at;
    while (from < to && where[from] == ' ') from++;
    while (to > from && where[to - 1] == ' ') to--;
    c->column = calloc((size_t)f->n_parts + 1, sizeof *c->column);
    if (!c->column) return mg_no_memory(err, "a condition");
    bool found = false;
    for (int p = 0; p < f->n_parts; p++) {
        c->column[p] = column_of(f->parts[p], where + from, to - from);
        found |= c->column[p] != NOWHERE;
    }
    if (!found)
        return mg_fail(err, MOLGLOT_USAGE, "--where '%s': there is no column '%.*s'", where,
                       (int)(to - from), where + from);
    const char *value = where + at + length;
    return set_value(c, value, strlen(value), where, err);
}

static const char *cell_of(const mg_index *x, int64_t row, int column, char number[32]) {
    switch (column) {
    case COLUMN_ID: return mg_index_id(x, row);
    case COLUMN_SMILES: return mg_index_smiles(x, row);
    case COLUMN_TEXT: return mg_index_text(x, row);
    case COLUMN_ROW:
        snprintf(number, 32, "%lld",
                 (long long)(mg_index_number(x, row) ? mg_index_number(x, row) : row + 1));
        return number;
    default: return mg_index_cell(x, row, column);
    }
}

static bool holds(const condition *c, const char *cell) {
    const double x = c->number == c->number ? number_of(cell) : NAN;
    const bool numbers = x == x && c->number == c->number;
    switch (c->is) {
    case EQUAL: return numbers ? !(x < c->number || x > c->number) : !strcmp(cell, c->value);
    case DIFFERENT: return numbers ? x < c->number || x > c->number : strcmp(cell, c->value) != 0;
    case LESS: return x < c->number;
    case AT_MOST: return x <= c->number;
    case MORE: return x > c->number;
    case AT_LEAST: return x >= c->number;
    default: return strstr(cell, c->value) != NULL;
    }
}

/* ---- making one ---- */

static int set_patterns(mg_filter *f, const mg_filter_spec *s, molglot_error *err) {
    f->n_wanted = s->n_smarts;
    f->n_unwanted = s->n_not_smarts;
    f->of_thread = calloc((size_t)f->threads, sizeof *f->of_thread);
    if (!f->of_thread) return mg_no_memory(err, "patterns");
    for (int t = 0; t < f->threads; t++) {
        patterns *p = &f->of_thread[t];
        p->wanted = calloc((size_t)s->n_smarts + 1, sizeof *p->wanted);
        p->unwanted = calloc((size_t)s->n_not_smarts + 1, sizeof *p->unwanted);
        if (!p->wanted || !p->unwanted) return mg_no_memory(err, "patterns");
        for (int i = 0; i < s->n_smarts; i++)
            if (!(p->wanted[i] = mg_smarts_new(s->smarts[i], err)))
                return mg_code_of(err, MOLGLOT_USAGE);
        for (int i = 0; i < s->n_not_smarts; i++)
            if (!(p->unwanted[i] = mg_smarts_new(s->not_smarts[i], err)))
                return mg_code_of(err, MOLGLOT_USAGE);
    }
    return MOLGLOT_OK;
}

static int set_similar(mg_filter *f, const mg_filter_spec *s, molglot_error *err) {
    molglot_row_status row;
    f->min_similarity = s->min_similarity;
    f->similar = calloc(1, FP_BITS / 8);
    if (!f->similar) return mg_no_memory(err, "a fingerprint");
    mg_mol *mol = mg_mol_from_smiles(s->similar, NULL, &row);
    if (!mol) return mg_fail(err, MOLGLOT_USAGE, "'%s' cannot be read: %s", s->similar, row.reason);
    const int code = mg_mol_fingerprint(mol, MG_FP_MORGAN, FP_RADIUS, FP_BITS, f->similar, err);
    mg_mol_free(mol);
    return code;
}

static int set_conditions(mg_filter *f, const mg_filter_spec *s, molglot_error *err) {
    f->conditions = calloc((size_t)s->n_where + 1, sizeof *f->conditions);
    f->verdict = calloc((size_t)f->n_parts + 1, sizeof *f->verdict);
    if (!f->conditions || !f->verdict) return mg_no_memory(err, "conditions");
    f->n_conditions = s->n_where;
    int code = MOLGLOT_OK;
    for (int i = 0; i < s->n_where && !code; i++)
        code = read_condition(f, &f->conditions[i], s->where[i], err);
    for (int p = 0; p < f->n_parts && !code; p++)
        if (!(f->verdict[p] = calloc((size_t)mg_index_size(f->parts[p]) + 1, 1)))
            code = mg_no_memory(err, "%lld rows", (long long)mg_index_size(f->parts[p]));
    return code;
}

mg_filter *mg_filter_new(const mg_filter_spec *s, const mg_index *const *parts, int n_parts,
                         int threads, molglot_error *err) {
    mg_filter *f = calloc(1, sizeof *f);
    if (!f) {
        mg_no_memory(err, "a filter");
        return NULL;
    }
    f->parts = parts;
    f->n_parts = n_parts;
    f->threads = mg_threads(threads);
    f->min_weight = s->min_weight;
    f->max_weight = s->max_weight;
    f->needs_molecule = s->n_smarts || s->n_not_smarts || s->min_weight > 0 || s->max_weight > 0 ||
                        s->formula || s->elements || s->without || s->similar;
    int code = mg_chem_init(err);
    if (!code) code = set_patterns(f, s, err);
    if (!code && s->formula) code = set_formula(f, s->formula, err);
    if (!code && s->elements) code = set_elements(f, s->elements, true, err);
    if (!code && s->without) code = set_elements(f, s->without, false, err);
    if (!code && s->similar) code = set_similar(f, s, err);
    if (!code) code = set_conditions(f, s, err);
    if (!code) return f;
    mg_filter_free(f);
    return NULL;
}

void mg_filter_free(mg_filter *f) {
    if (!f) return;
    for (int t = 0; t < f->threads && f->of_thread; t++) {
        const patterns *p = &f->of_thread[t];
        for (int i = 0; i < f->n_wanted && p->wanted; i++) mg_smarts_free(p->wanted[i]);
        for (int i = 0; i < f->n_unwanted && p->unwanted; i++) mg_smarts_free(p->unwanted[i]);
        free(p->wanted);
        free(p->unwanted);
    }
    free(f->of_thread);
    for (int i = 0; i < f->n_conditions; i++) {
        free(f->conditions[i].column);
        free(f->conditions[i].value);
    }
    for (int p = 0; p < f->n_parts && f->verdict; p++) free(f->verdict[p]);
    free(f->verdict);
    free(f->conditions);
    free(f->formula);
    free(f->allowed);
    free(f->similar);
    free(f);
}

/* ---- a row ---- */

static bool has_composition(const mg_filter *f, const mg_mol *mol) {
    int16_t counts[MG_ELEMENTS + 1];
    bool charged, ok = true;
    if (!f->formula && !f->allowed) return true;
    char *formula = mg_mol_formula(mol);
    /* a wildcard is no element: RDKit writes it as '*' */
    const bool read = formula && read_formula(formula, counts, &charged);
    free(formula);
    if (!read) return false;
    for (int e = 0; e < MG_ELEMENTS; e++) {
        if (f->formula) ok &= f->formula[e] == counts[e];
        if (f->allowed && counts[e]) ok &= f->allowed[e + 1];
    }
    if (f->formula && f->charged) ok &= f->formula[MG_ELEMENTS] == counts[MG_ELEMENTS];
    return ok;
}

static bool has_likeness(const mg_filter *f, const mg_mol *mol) {
    uint8_t bits[FP_BITS / 8];
    return !f->similar || (!mg_mol_fingerprint(mol, MG_FP_MORGAN, FP_RADIUS, FP_BITS, bits, NULL) &&
                           mg_tanimoto(f->similar, bits, FP_BITS) >= f->min_similarity);
}

static bool has_patterns(const mg_filter *f, const patterns *p, const mg_mol *mol) {
    bool ok = true;
    for (int i = 0; i < f->n_wanted && ok; i++) ok = mg_smarts_count(p->wanted[i], mol, 1) > 0;
    for (int i = 0; i < f->n_unwanted && ok; i++) ok = mg_smarts_count(p->unwanted[i], mol, 1) == 0;
    return ok;
}

static bool passes(const mg_filter *f, const patterns *p, int part, int64_t row) {
    const mg_index *x = f->parts[part];
    char number[32];
    for (int i = 0; i < f->n_conditions; i++) {
        const condition *c = &f->conditions[i];
        if (c->column[part] == NOWHERE || !holds(c, cell_of(x, row, c->column[part], number)))
            return false;
    }
    if (!f->needs_molecule) return true;
    const char *smiles = mg_index_smiles(x, row);
    mg_mol *mol = *smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    if (!mol) return false;
    const double weight = f->min_weight > 0 || f->max_weight > 0 ? mg_mol_weight(mol) : 0;
    const bool ok = !(weight < f->min_weight) && !(f->max_weight > 0 && weight > f->max_weight) &&
                    has_composition(f, mol) && has_likeness(f, mol) && has_patterns(f, p, mol);
    mg_mol_free(mol);
    return ok;
}

void mg_filter_rows(mg_filter *f, const int32_t *part, const int64_t *at, size_t n, bool *pass) {
#pragma omp parallel for num_threads(f->threads) schedule(dynamic, 8) if (n > 32)
    for (size_t i = 0; i < n; i++) {
        uint8_t *verdict = &f->verdict[part[i]][at[i]];
        if (*verdict == UNKNOWN)
            *verdict = passes(f, &f->of_thread[omp_get_thread_num()], part[i], at[i]) ? PASSES
                                                                                      : FAILS;
        pass[i] = *verdict == PASSES;
    }
}
