/* roles.c - which column holds the molecule, which the text, which the identifier: the one asked
 * for, else by name, else by content. Names are compared by their letters and digits alone,
 * whatever the case: "Canonical SMILES" is canonical_smiles. A name goes before content: a column
 * called smiles holds molecules, whatever stands in its first row, and one called id holds none.
 */
#include "data/table/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names ---- */

enum { NAME = 40, WORDS = 4 }; /* longer ones are sentences */

static const char *const smiles_names[] = {"smiles", "isomericsmiles", "canonicalsmiles", NULL};
static const char *const molecule_names[] = {"mol", "smi", NULL};
static const char *const text_names[] = {"text",       "description", "caption",
                                         "definition", "prompt",      "sentence",
                                         "question",   "query",       NULL};
static const char *const id_names[] = {"id",
                                       "cid",
                                       "identifier",
                                       "chemblid",
                                       "moleculechemblid",
                                       "compoundid",
                                       "moleculeid",
                                       "molid",
                                       "molregno",
                                       "pubchemcid",
                                       "pubchemid",
                                       "pubchemcompoundcid",
                                       "chebiid",
                                       "drugbankid",
                                       "zincid",
                                       "cpdid",
                                       "cmpdid",
                                       "substanceid",
                                       "sid",
                                       "ligandid",
                                       "sampleid",
                                       "structureid",
                                       "catalogid",
                                       "catalognumber",
                                       "entryid",
                                       "recordid",
                                       "registryid",
                                       "drugid",
                                       "dtxsid",
                                       "dtxcid",
                                       "hmdbid",
                                       "keggid",
                                       "libraryid",
                                       "stockid",
                                       NULL};
static const char *const title_names[] = {
    "name",       "title",    "compoundname", "moleculename", "prefname", "preferredname",
    "commonname", "drugname", "molname",      "iupacname",    NULL};
static const char *const synonym_names[] = {
    "synonym",     "synonyms",  "chemicalname",   "chemical", "trivialname",
    "genericname", "brandname", "systematicname", "iupac",    NULL};
static const char *const code_names[] = {"cas",         "casrn",    "casno",
                                         "casnumber",   "unii",     "casregistrynumber",
                                         "accession",   "inchikey", "standardinchikey",
                                         "stdinchikey", NULL};
/* Names of an identifier where nothing better is there; too common to make a header. */
static const char *const last_names[] = {
    "compound", "molecule", "ligand",   "drug",    "substance", "sample",   "entry",
    "label",    "well",     "position", "barcode", "key",       "code",     "no",
    "nr",       "number",   "index",    "idx",     "rowname",   "unnamed0", NULL};
/* Things that have identifiers of their own beside the molecule's. */
static const char *const others[] = {
    "target",  "assay",       "document", "source", "src",       "prompt",   "patent",  "protein",
    "nearest", "neighbo",     "similar",  "parent", "reference", "query",    "cluster", "group",
    "split",   "fold",        "batch",    "user",   "plate",     "organism", "tissue",  "pubmed",
    "journal", "publication", "cell",     "taxon",  NULL};

/* Letters and digits in small letters; false where the name is none: too long, a sentence. */
static bool plain_name(const char *s, size_t n, char out[NAME + 1]) {
    size_t k = 0, words = 1;
    *out = 0;
    if (n > NAME) return false;
    while (n && s[n - 1] == ' ') n--;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)s[i];
        if (isalnum(c) || c >= 0x80) out[k++] = (char)tolower(c);
        words += i && c == ' ' && s[i - 1] != ' ';
    }
    out[k] = 0;
    return k && words <= WORDS;
}

static bool among(const char *plain, const char *const *list) {
    for (; *list; list++)
        if (!strcmp(plain, *list)) return true;
    return false;
}

static bool holds_any(const char *plain, const char *const *list) {
    for (; *list; list++)
        if (strstr(plain, *list)) return true;
    return false;
}

static bool ends_with(const char *s, size_t n, const char *word) {
    const size_t m = strlen(word);
    return n >= m && !strncasecmp(s + n - m, word, m);
}

/* "Cpd_ID", "mol id", "CompoundID": the word is the last of several. */
static bool last_word(const char *s, size_t n, const char *word) {
    while (n && !isalnum((unsigned char)s[n - 1])) n--;
    const size_t m = strlen(word);
    if (n <= m || !ends_with(s, n, word)) return false;
    const unsigned char first = (unsigned char)s[n - m], before = (unsigned char)s[n - m - 1];
    return !isalnum(before) ? n - m > 1 : isupper(first) && islower(before);
}

/* A numbered thing that stands for the molecule: "Compound No.". */
static bool is_number_of(const char *s, size_t n, const char *plain) {
    static const char *const words[] = {"no", "nr", "num", "number", "code", "accession", NULL};
    static const char *const things[] = {"comp",   "cpd", "cmpd",  "mol",  "subst",  "sample",
                                         "struct", "cat", "regis", "drug", "ligand", NULL};
    if (!holds_any(plain, things)) return false;
    for (const char *const *w = words; *w; w++)
        if (last_word(s, n, *w)) return true;
    return false;
}

static bool is_id(const char *s, size_t n) {
    char plain[NAME + 1];
    if (!plain_name(s, n, plain)) return false;
    if (among(plain, id_names)) return true;
    return (last_word(s, n, "id") || last_word(s, n, "ids") || is_number_of(s, n, plain)) &&
           !holds_any(plain, others);
}

static bool is_text(const char *s, size_t n) {
    char plain[NAME + 1];
    return plain_name(s, n, plain) &&
           (among(plain, text_names) || ends_with(plain, strlen(plain), "description") ||
            ends_with(plain, strlen(plain), "caption"));
}

static bool holds_inchi(const char *plain) {
    return strstr(plain, "inchi") && !strstr(plain, "key");
}

static bool other_notation(const char *plain) {
    return strstr(plain, "selfies") || strstr(plain, "deepsmiles");
}

bool mg_names_molecules(const char *s, size_t n) {
    char plain[NAME + 1];
    return plain_name(s, n, plain) && (among(plain, molecule_names) || strstr(plain, "smiles") ||
                                       holds_inchi(plain) || other_notation(plain));
}

bool mg_known_name(const mg_table *t, const char *s, size_t n) {
    char plain[NAME + 1];
    for (int r = 0; r < MG_ROLES; r++)
        if (t->asked[r] && strlen(t->asked[r]) == n && !strncasecmp(s, t->asked[r], n)) return true;
    if (!plain_name(s, n, plain)) return false;
    return mg_names_molecules(s, n) || is_text(s, n) || is_id(s, n) || among(plain, title_names) ||
           among(plain, code_names) || last_word(s, n, "id");
}

static int by_list(const mg_table *t, const char *const *list, int taken) {
    char plain[NAME + 1];
    for (; *list; list++)
        for (int i = 0; i < t->n_columns; i++)
            if (i != taken && plain_name(t->names[i], strlen(t->names[i]), plain) &&
                !strcmp(plain, *list))
                return i;
    return -1;
}

int mg_text_by_name(const mg_table *t) {
    int found = by_list(t, text_names, -1);
    for (int i = 0; i < t->n_columns && found < 0; i++)
        if (is_text(t->names[i], strlen(t->names[i]))) found = i;
    return found;
}

int mg_id_by_name(const mg_table *t, int taken) {
    int found = by_list(t, id_names, taken);
    for (int i = 0; i < t->n_columns && found < 0; i++)
        if (i != taken && is_id(t->names[i], strlen(t->names[i]))) found = i;
    if (found < 0) found = by_list(t, title_names, taken);
    if (found < 0) found = by_list(t, code_names, taken);
    return found;
}

/* ---- content ---- */

void mg_sample_add(mg_sample *c, const char *const *fields, int n) {
    c->records++;
    for (int i = 0; i < n; i++) {
        const char *s = fields[i];
        const size_t len = strlen(s);
        if (!len) continue;
        const mg_selfies selfies = *s == '[' ? mg_looks_like_selfies(s, len) : MG_NO_SELFIES;
        c->filled[i]++;
        c->smiles[i] += mg_looks_like_smiles(s, mg_smiles_core(s, len));
        c->inchi[i] += mg_looks_like_inchi(s, len);
        c->selfies[i] += selfies >= MG_MAYBE_SELFIES;
        c->numbers[i] += mg_looks_like_number(s);
        for (; *s; s++) c->blanks[i] += *s == ' ';
    }
}

static bool mostly(const int *count, const mg_sample *c, int i) {
    return c->filled[i] && 2 * count[i] > c->filled[i];
}

/* Columns that cannot be guessed to hold molecules: their names say otherwise. */
static void mark_taken(const mg_table *t, bool *taken) {
    char plain[NAME + 1];
    for (int r = 0; r < MG_ROLES; r++)
        if (t->role[r] >= 0) taken[t->role[r]] = true;
    for (int i = 0; i < t->n_columns && t->header; i++) {
        const char *s = t->names[i];
        const size_t n = strlen(s);
        if (!plain_name(s, n, plain)) continue;
        if (is_id(s, n) || is_text(s, n) || last_word(s, n, "id") || among(plain, title_names) ||
            among(plain, code_names) || !strcmp(plain, "well") || !strcmp(plain, "position"))
            taken[i] = true;
    }
}

static int best_column(const mg_table *t, const int *count, const mg_sample *c, const bool *taken) {
    int best = -1;
    for (int i = 0; i < t->n_columns; i++)
        if (!taken[i] && mostly(count, c, i) && (best < 0 || count[i] > count[best])) best = i;
    return best;
}

/* ---- molecules ---- */

/* A name that contains "smiles" and is no exact one: the first whose cells look like it, else the
 * first that holds no numbers. */
static int smiles_within(const mg_table *t, const mg_sample *c) {
    char plain[NAME + 1];
    int found = -1;
    for (int i = 0; i < t->n_columns; i++) {
        if (!plain_name(t->names[i], strlen(t->names[i]), plain) || !strstr(plain, "smiles") ||
            other_notation(plain) || mostly(c->numbers, c, i))
            continue;
        if (mostly(c->smiles, c, i) && !holds_any(plain, others)) return i;
        if (found < 0) found = i;
    }
    return found;
}

static int molecules_by_name(const mg_table *t, const mg_sample *c) {
    char plain[NAME + 1];
    int found = by_list(t, smiles_names, -1);
    if (found < 0) found = smiles_within(t, c);
    if (found < 0) found = by_list(t, molecule_names, -1);
    for (int i = 0; i < t->n_columns && found < 0; i++)
        if (plain_name(t->names[i], strlen(t->names[i]), plain) && holds_inchi(plain)) found = i;
    return found;
}

static int other_by_name(const mg_table *t) {
    char plain[NAME + 1];
    for (int i = 0; i < t->n_columns; i++)
        if (plain_name(t->names[i], strlen(t->names[i]), plain) && other_notation(plain)) return i;
    return -1;
}

/* The molecules are in a notation that is not read, by the column's name or content. */
static void find_notation(mg_table *t, const mg_sample *c) {
    const int i = t->role[MG_ROLE_SMILES];
    char plain[NAME + 1];
    if (i < 0) return;
    if (t->header && plain_name(t->names[i], strlen(t->names[i]), plain)) {
        if (strstr(plain, "deepsmiles")) t->notation = "DeepSMILES";
        if (strstr(plain, "selfies")) t->notation = "SELFIES";
    }
    if (mostly(c->selfies, c, i)) t->notation = "SELFIES";
    t->guessed_smiles = t->guessed_smiles && !t->notation;
}

/* ---- roles ---- */

/* Without names: the column of most SMILES or InChI, then the one of most blanks as text, then the
 * first other one as id. */
static void roles_by_content(mg_table *t, const mg_sample *c, bool *taken) {
    int *role = t->role;
    if (role[MG_ROLE_SMILES] < 0) {
        role[MG_ROLE_SMILES] = best_column(t, c->smiles, c, taken);
        if (role[MG_ROLE_SMILES] < 0) role[MG_ROLE_SMILES] = best_column(t, c->inchi, c, taken);
        if (role[MG_ROLE_SMILES] < 0) role[MG_ROLE_SMILES] = best_column(t, c->selfies, c, taken);
        if (role[MG_ROLE_SMILES] >= 0) taken[role[MG_ROLE_SMILES]] = true;
    }
    if (role[MG_ROLE_TEXT] < 0 && (role[MG_ROLE_TEXT] = best_column(t, c->blanks, c, taken)) >= 0)
        taken[role[MG_ROLE_TEXT]] = true;
    for (int i = 0; i < t->n_columns && role[MG_ROLE_ID] < 0; i++)
        if (!taken[i]) role[MG_ROLE_ID] = i;
}

/* A header without a name of molecules or texts: molecules by content, then texts, then the first
 * column whose name does not say otherwise. */
static void guess_column(mg_table *t, const mg_sample *c, bool *taken) {
    int found = best_column(t, c->smiles, c, taken);
    if (found < 0) found = best_column(t, c->inchi, c, taken);
    if (found < 0) found = best_column(t, c->selfies, c, taken);
    if (found < 0) found = other_by_name(t);
    if (found < 0 && t->names_wanted) { /* names of molecules are what is read */
        t->role[MG_ROLE_TEXT] = by_list(t, title_names, -1);
        if (t->role[MG_ROLE_TEXT] < 0) t->role[MG_ROLE_TEXT] = by_list(t, synonym_names, -1);
        if (t->role[MG_ROLE_TEXT] < 0) t->role[MG_ROLE_TEXT] = by_list(t, last_names, -1);
        if (t->role[MG_ROLE_TEXT] >= 0) return;
    }
    if (found < 0) t->role[MG_ROLE_TEXT] = best_column(t, c->blanks, c, taken);
    if (found < 0 && t->role[MG_ROLE_TEXT] < 0)
        for (int i = t->n_columns - 1; i >= 0; i--)
            if (!taken[i] && (found < 0 || c->smiles[i] >= c->smiles[found])) found = i;
    t->role[MG_ROLE_SMILES] = found;
    t->guessed_smiles = found >= 0;
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

int mg_asked_column(const mg_table *t, int role, int *column, molglot_error *err) {
    *column = t->asked[role] ? mg_find_name(t, t->asked[role]) : -1;
    if (*column >= 0 || !t->asked[role]) return MOLGLOT_OK;
    char *end; /* not a name: a column number from 1 */
    long number = strtol(t->asked[role], &end, 10);
    if (*end || end == t->asked[role] || number < 1 || number > t->n_columns)
        return unknown_column(t, role, err);
    *column = (int)number - 1;
    return MOLGLOT_OK;
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

int mg_assign_roles(mg_table *t, const mg_sample *c, molglot_error *err) {
    int *role = t->role;
    for (int r = 0; r < MG_ROLES; r++) {
        int code = mg_asked_column(t, r, &role[r], err);
        if (code) return code;
    }
    if (role[MG_ROLE_SMILES] < 0) role[MG_ROLE_SMILES] = molecules_by_name(t, c);
    if (role[MG_ROLE_TEXT] < 0) role[MG_ROLE_TEXT] = mg_text_by_name(t);
    ground_truth(t);
    bool *taken = calloc((size_t)t->n_columns + 1, sizeof *taken);
    if (!taken) return mg_no_memory(err, "%d columns", t->n_columns);
    mark_taken(t, taken);
    if (!t->header) roles_by_content(t, c, taken);
    if (role[MG_ROLE_SMILES] < 0 && role[MG_ROLE_TEXT] < 0) guess_column(t, c, taken);
    free(taken);
    if (role[MG_ROLE_SMILES] < 0) role[MG_ROLE_SMILES] = other_by_name(t);
    const int taken_by = role[MG_ROLE_SMILES] >= 0 ? role[MG_ROLE_SMILES] : role[MG_ROLE_TEXT];
    if (role[MG_ROLE_ID] < 0) role[MG_ROLE_ID] = mg_id_by_name(t, taken_by);
    if (role[MG_ROLE_ID] < 0) role[MG_ROLE_ID] = by_list(t, last_names, taken_by);
    find_notation(t, c);
    return MOLGLOT_OK;
}
