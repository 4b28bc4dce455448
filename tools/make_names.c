/* make_names.c - makes models/names.safetensors, the dictionary of names, out of a table of names.
 *
 *   make_names NAMES.tsv OWN.tsv NOT.tsv COUNT OUT.safetensors [REFUSED.txt]
 *
 * NAMES.tsv   columns name, smiles, sources (data/names/name_to_smiles.tsv.zst)
 * OWN.tsv     columns name, is: short names, each the same molecule as another name of NAMES.tsv,
 * or as a SMILES; they go before what NAMES.tsv says of them NOT.tsv     column name: words that
 * are no name of one molecule (alcohol, red, methyl) COUNT       names to keep, the best first
 *
 * A name loses its mark at the end, "(USAN/INN)", "[german]". Left out are registry codes,
 * InChIKeys, what is longer than 100 bytes, and names of salts whose structure has no such ion.
 * Then each has a class: 0 marked as a drug's, or without a number and in two sources or more; 1
 * without a number; 2 with numbers and short; 3 the rest. Kept are COUNT by class, then number of
 * sources, then length; within a class, names that stand in many others are known best. The same
 * files give the same bytes.
 */
#include "base/grow.h"
#include "chem/chem.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 100, SHORT = 32, GRADES = 4, STEPS = 8 /* of a grade */ };

typedef struct structure {
    const char *given;
    char *smiles, *plain; /* NULL: RDKit refuses it */
    int32_t number;       /* of the molecules that are kept; -1: none of its names is */
} structure;

typedef struct named {
    char *name, *key;
    int32_t molecule;
    uint8_t sources, grade;
} named;

typedef struct making {
    named *name;
    size_t n, names_cap;
    structure *molecule;
    size_t molecules, molecules_cap;
    mg_names by_smiles; /* given -> molecule */
    mg_names not ;      /* keys that are left out */
    molglot_error err;
} making;

static void *must(void *p) {
    if (p) return p;
    fputs("make_names: out of memory\n", stderr);
    exit(MOLGLOT_NO_MEMORY);
}

static void check(making *m, int code) {
    if (!code) return;
    fprintf(stderr, "make_names: %s\n", m->err.message);
    exit(code);
}

/* ---- one name ---- */

static unsigned sources_of(const char *s) {
    static const struct {
        const char *word;
        unsigned bit;
    } all[] = {{"pubchem", MG_NAME_PUBCHEM},
               {"metanetx", MG_NAME_METANETX},
               {"fda", MG_NAME_FDA},
               {"pdb_ccd", MG_NAME_CCD},
               {"chebi", MG_NAME_CHEBI},
               {"cholla", MG_NAME_CHOLLA},
               {"ligand2smiles", MG_NAME_WIKIDATA}};
    unsigned bits = 0;
    for (size_t i = 0; i < MG_COUNT(all); i++)
        if (strstr(s, all[i].word)) bits |= all[i].bit;
    return bits;
}

/* Whether s[n] is "usan/inn", "jp17", "inn:ban": marks of a list of drugs. */
static bool is_official(const char *s, size_t n) {
    static const char *const words[] = {"usan", "inn", "jan", "usp", "ban", "nf", "bp", "tn"};
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && isalnum((unsigned char)s[end])) end++;
        bool known = end - at == 4 && !strncasecmp(s + at, "jp1", 3);
        for (size_t i = 0; i < MG_COUNT(words) && !known; i++)
            known = strlen(words[i]) == end - at && !strncasecmp(s + at, words[i], end - at);
        if (!known) return false;
        at = end + 1;
    }
    return n > 0;
}

/* Cuts a mark off the end; *official: it is a drug's name. */
static size_t cut_mark(const char *s, size_t n, bool *official) {
    static const char *const others[] = {"9ci", "8ci",  "7ci",   "6ci",
                                         "van", "salt", "ester", "parent"};
    const char close = n ? s[n - 1] : 0, open = close == ')' ? '(' : close == ']' ? '[' : 0;
    size_t at = n;
    while (open && at && s[at - 1] != open) at--;
    if (!open || at < 3 || s[at - 2] != ' ') return n;
    const char *mark = s + at;
    const size_t length = n - at - 1;
    bool cut = is_official(mark, length);
    *official |= cut;
    for (size_t i = 0; i < MG_COUNT(others) && !cut; i++)
        cut = strlen(others[i]) == length && !strncasecmp(mark, others[i], length);
    bool words = open == '[' && length > 1;
    for (size_t i = 0; i < length && words; i++)
        words = isalpha((unsigned char)mark[i]) || strchr("-: ", mark[i]);
    return cut || words ? at - 2 : n;
}

static bool is_inchikey(const char *s, size_t n) {
    for (size_t i = 0; i < 14; i++)
        if (i >= n || !isalpha((unsigned char)s[i])) return false;
    return n > 14 && s[14] == '-' && n <= 27 && !memchr(s, ' ', n);
}

/* "LY-294002", "sb 431542": what a company calls a substance before it has a name. */
static bool is_company_code(const char *s, size_t n) {
    static const char *const companies[] = {
        "abt", "ag",  "azd", "bay", "bi",  "bms", "cep", "cgp",  "chir", "cp",  "ep", "epz",
        "fk",  "fti", "gf",  "gi",  "gsk", "gw",  "ici", "icrf", "jnj",  "jq",  "kn", "ku",
        "lbh", "ly",  "mdl", "mk",  "mln", "mpp", "nbi", "nvp",  "osi",  "pd",  "pf", "pha",
        "plx", "ro",  "rs",  "rx",  "sb",  "sch", "skf", "sr",   "su",   "tak", "tg", "u",
        "uk",  "vx",  "way", "win", "xl",  "y",   "ym",  "zd",   "zk",   "zm"};
    size_t letters = 0, digits = 0;
    while (letters < n && isalpha((unsigned char)s[letters])) letters++;
    size_t at = letters + (letters < n && strchr(" -", s[letters]));
    while (at + digits < n && isdigit((unsigned char)s[at + digits])) digits++;
    at += digits;
    if (digits < 3 || digits > 7 || n - at > 1) return false;
    for (size_t i = 0; i < MG_COUNT(companies); i++)
        if (strlen(companies[i]) == letters && !strncasecmp(s, companies[i], letters)) return true;
    return false;
}

/* "z27782625", "db-012345", "CHEBI:1234", "lipidmaps:LM01": a code of a register. */
static bool is_code(const char *s, size_t n) {
    static const char *const registers[] = {"lipidmaps:", "bidd:", "wln:", "epitope id", "unii-",
                                            "chebi:",     "nsc",   "hms",  "einecs",     "ec "};
    size_t digits = 0, letters = 0, run = 0, longest = 0;
    for (size_t i = 0; i < MG_COUNT(registers); i++)
        if (n > strlen(registers[i]) && !strncasecmp(s, registers[i], strlen(registers[i])) &&
            strpbrk(s, "0123456789"))
            return true;
    for (size_t i = 0; i < n; i++) {
        const bool digit = isdigit((unsigned char)s[i]);
        digits += digit;
        letters += isalpha((unsigned char)s[i]) || (unsigned char)s[i] >= 0x80;
        run = digit ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return !letters || longest >= 6 || (longest >= 4 && letters < 2) ||
           (digits > 6 && letters < 6 && !strpbrk(s, ",()["));
}

static bool starts_with(const char *s, const char *with) {
    return strncasecmp(s, with, strlen(with)) == 0;
}

static bool ends_with(const char *s, const char *with) {
    const size_t n = strlen(s), m = strlen(with);
    return n >= m && strcasecmp(s + n - m, with) == 0;
}

/* "a flavone", "purine nucleoside", "nickel compounds": names of many molecules. */
static bool is_class(const char *s) {
    static const char *const before[] = {"a ",    "an ",        "the ",    "aromatic ",
                                         "aryl ", "aliphatic ", "chiral ", "alkyl "};
    static const char *const after[] = {
        " compounds",   " compound",    " acids",       " salts",    " amines",   " nucleoside",
        " nucleosides", " nucleotides", " steroid",     " steroids", " alkaloid", " alkaloids",
        " peptide",     " peptides",    " glycosides",  " lipids",   " sterols",  " inhibitor",
        " inhibitors",  " antagonist",  " agonist",     " ligand",   " drug",     " polymer",
        " polymers",    " derivative",  " derivatives", " group",    " esters",   " ketones",
        " aldehydes",   " amides",      " alcohols",    " sugars",   " terpenes", " antibiotics"};
    for (size_t i = 0; i < MG_COUNT(before); i++)
        if (starts_with(s, before[i])) return true;
    for (size_t i = 0; i < MG_COUNT(after); i++)
        if (ends_with(s, after[i])) return true;
    return strcasestr(s, "component of ") != NULL;
}

static bool is_junk(const char *s, size_t n) {
    return n < 2 || n > LONGEST || s[0] == '-' || s[n - 1] == '-' || is_inchikey(s, n) ||
           (is_code(s, n) && !is_company_code(s, n)) || strchr(s, '&') || strchr(s, '|') ||
           is_class(s) || strstr(s, "InChI=") || mg_utf8_invalid(s, n) >= 0;
}

/* A name that says an ion of which its structure has nothing: MetaNetX writes salts as their acid
 * or base. */
static bool lacks_ion(const char *name, const char *smiles) {
    static const struct {
        const char *word, *atom;
    } ions[] = {{"sodium", "Na"},       {"potassium", "K"},   {"calcium", "Ca"},
                {"magnesium", "Mg"},    {"lithium", "Li"},    {"hydrochloride", "Cl"},
                {"hydrobromide", "Br"}, {"mesylate", "."},    {"mesilate", "."},
                {"besylate", "."},      {"tosylate", "S"},    {" maleate", "."},
                {" fumarate", "."},     {" tartrate", "."},   {" hydrate", "."},
                {"dihydrate", "."},     {"monohydrate", "."}, {" hcl", "Cl"}};
    for (size_t i = 0; i < MG_COUNT(ions); i++)
        if (strcasestr(name, ions[i].word) && !strstr(smiles, ions[i].atom)) return true;
    return false;
}

/* No number but one that ends a word ("vitamin B12"), no bracket but a sign's. */
static bool is_plain(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strchr("[]{},;:~*=", s[i])) return false;
        if (s[i] == '(' && strncmp(s + i, "(+)", 3) && strncmp(s + i, "(-)", 3)) return false;
        if (isdigit((unsigned char)s[i]) && (i == 0 || s[i + 1] == '-' || n > SHORT)) return false;
    }
    return n <= 48;
}

static uint8_t grade_of(const char *s, size_t n, unsigned sources, bool official) {
    const bool plain = is_plain(s, n);
    if (plain && (official || __builtin_popcount(sources) > 1)) return 0;
    if (plain) return 1;
    return n <= SHORT ? 2 : 3;
}

/* ---- reading ---- */

static int32_t number_of(making *m, const char *smiles) {
    mg_slot *slot = must(mg_names_copy(&m->by_smiles, smiles, strlen(smiles)));
    if (slot->value >= 0) return slot->value;
    if (!MG_GROW(m->molecule, m->molecules_cap, m->molecules + 1)) must(NULL);
    m->molecule[m->molecules] = (structure){.given = slot->key.name, .number = -1};
    return slot->value = (int32_t)m->molecules++;
}

static void add(making *m, const char *name, size_t n, int32_t molecule, unsigned sources,
                uint8_t grade) {
    mg_str key = {0};
    if (!MG_GROW(m->name, m->names_cap, m->n + 1)) must(NULL);
    mg_dictionary_key(&key, name, n);
    m->name[m->n++] = (named){must(strndup(name, n)), must(key.s), molecule, (uint8_t)sources,
                              grade};
}

/* Columns of a TSV by their names, in the order asked for. */
static mg_table *open_table(making *m, const char *path, const char *const *names, int n,
                            int *column) {
    const char *const *have;
    mg_table_options o = {.format = "tsv", .header = 1};
    mg_table *t = mg_table_open(path, &o, &m->err);
    if (!t) check(m, mg_code_of(&m->err, MOLGLOT_BAD_FILE));
    const int columns = mg_table_columns(t, &have);
    for (int k = 0; k < n; k++) {
        column[k] = -1;
        for (int i = 0; i < columns; i++)
            if (strcmp(have[i], names[k]) == 0) column[k] = i;
        if (column[k] >= 0) continue;
        fprintf(stderr, "make_names: %s: no column %s\n", path, names[k]);
        exit(MOLGLOT_BAD_FILE);
    }
    return t;
}

static void read_not(making *m, const char *path) {
    static const char *const names[] = {"name"};
    int at, more;
    mg_row row;
    mg_table *t = open_table(m, path, names, 1, &at);
    while ((more = mg_table_next(t, &row, &m->err)) > 0) {
        mg_str key = {0};
        mg_dictionary_key(&key, row.fields[at], strlen(row.fields[at]));
        mg_slot *slot = must(key.s ? mg_names_copy(&m->not, key.s, key.n) : NULL);
        slot->value = 0;
        mg_str_free(&key);
    }
    if (more < 0) check(m, mg_code_of(&m->err, MOLGLOT_BAD_FILE));
    mg_table_close(t);
}

static bool is_not(const making *m, const char *name, size_t n) {
    mg_str key = {0};
    mg_dictionary_key(&key, name, n);
    const bool found = key.s && mg_names_find_n(&m->not, key.s, key.n) >= 0;
    mg_str_free(&key);
    return found;
}

static void read_names(making *m, const char *path, FILE *refused) {
    static const char *const names[] = {"name", "smiles", "sources"};
    int at[3], more;
    mg_row row;
    mg_table *t = open_table(m, path, names, 3, at);
    while ((more = mg_table_next(t, &row, &m->err)) > 0) {
        const char *name = row.fields[at[0]];
        bool official = false;
        size_t n = strlen(name);
        for (size_t shorter; (shorter = cut_mark(name, n, &official)) < n;) n = shorter;
        char *own = must(strndup(name, n));
        const unsigned sources = sources_of(row.fields[at[2]]);
        if (!row.status.ok || is_junk(own, n) || lacks_ion(own, row.fields[at[1]]) ||
            is_not(m, own, n)) {
            if (refused) fprintf(refused, "%s\n", name);
        } else
            add(m, own, n, number_of(m, row.fields[at[1]]), sources,
                grade_of(own, n, sources, official));
        free(own);
    }
    if (more < 0) check(m, mg_code_of(&m->err, MOLGLOT_BAD_FILE));
    mg_table_close(t);
}

static void canonicalise(making *m) {
    check(m, mg_chem_init(&m->err));
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t i = 0; i < m->molecules; i++) {
        mg_mol *mol = mg_mol_from_smiles(m->molecule[i].given, NULL, NULL);
        if (!mol) continue;
        m->molecule[i].smiles = mg_mol_smiles(mol, true);
        m->molecule[i].plain = mg_mol_smiles(mol, false);
        mg_mol_free(mol);
    }
}

/* ---- names of our own ---- */

static int by_key(const void *x, const void *y) {
    const named *a = x, *b = y;
    const int order = strcmp(a->key, b->key);
    if (order) return order;
    const int many = __builtin_popcount(b->sources) - __builtin_popcount(a->sources);
    return many ? many : a->molecule - b->molecule;
}

/* The molecule of a name that was read, sorted by key; -1: none. */
static int32_t find_name(const making *m, size_t n, const char *name) {
    mg_str key = {0};
    mg_dictionary_key(&key, name, strlen(name));
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(m->name[middle].key, key.s) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < n && strcmp(m->name[low].key, key.s) == 0;
    free(key.s);
    return found ? m->name[low].molecule : -1;
}

static void read_own(making *m, const char *path) {
    static const char *const names[] = {"name", "is"};
    const size_t n = m->n;
    int at[2], more, bad = 0;
    mg_row row;
    qsort(m->name, n, sizeof *m->name, by_key);
    mg_table *t = open_table(m, path, names, 2, at);
    while ((more = mg_table_next(t, &row, &m->err)) > 0) {
        const char *name = row.fields[at[0]], *is = row.fields[at[1]];
        int32_t molecule = find_name(m, n, is);
        if (molecule < 0) {
            mg_mol *mol = mg_mol_from_smiles(is, NULL, NULL);
            if (mol) molecule = number_of(m, is);
            mg_mol_free(mol);
        }
        if (molecule < 0) {
            fprintf(stderr, "make_names: %s: '%s' is neither a name nor a SMILES\n", path, is);
            bad++;
            continue;
        }
        add(m, name, strlen(name), molecule, MG_NAME_OWN, 0);
    }
    if (more < 0) check(m, mg_code_of(&m->err, MOLGLOT_BAD_FILE));
    if (bad) exit(MOLGLOT_BAD_FILE);
    mg_table_close(t);
}

/* ---- how well known a name is ---- */

/* Calls of names in others: each run of one to three words of a name that is a name itself. */
static void count_words(making *m, mg_names *known, int32_t *calls) {
    enum { WORDS = 3, STARTS = 32 };
    for (size_t i = 0; i < m->n; i++) {
        const char *start[STARTS + 1], *s = m->name[i].name;
        size_t n = 0;
        for (const char *at = s; *at && n < STARTS;) {
            start[n++] = at;
            at += strcspn(at, " ");
            at += strspn(at, " ");
        }
        start[n] = s + strlen(s);
        for (size_t a = 0; a < n; a++)
            for (size_t b = a + 1; b <= n && b <= a + WORDS; b++) {
                size_t bytes = (size_t)(start[b] - start[a]);
                while (bytes && strchr(" ,;", start[a][bytes - 1])) bytes--;
                mg_str key = {0};
                mg_dictionary_key(&key, start[a], bytes);
                const int32_t found = key.s ? mg_names_find_n(known, key.s, key.n) : -1;
                if (found >= 0) calls[found]++;
                free(key.s);
            }
    }
}

/* Grades of eight, better the more names a name stands in: aspirin lysine, aspirin calcium. */
static void grade_calls(making *m) {
    mg_names known = {0};
    int32_t *calls = must(calloc(m->n + 1, sizeof *calls)), n = 0;
    for (size_t i = 0; i < m->n; i++) {
        mg_slot *slot = must(mg_names_at(&known, m->name[i].key, strlen(m->name[i].key)));
        if (slot->value < 0) slot->value = n++;
    }
    count_words(m, &known, calls);
    for (size_t i = 0; i < m->n; i++) {
        int32_t many = calls[mg_names_find(&known, m->name[i].key)];
        uint8_t worse = STEPS - 1;
        for (many /= 2; many && worse; many /= 2) worse--;
        m->name[i].grade = (uint8_t)(m->name[i].grade * STEPS + worse);
    }
    mg_names_free(&known);
    free(calls);
}

/* ---- isomers ---- */

static int stereo_of(const char *smiles) {
    int centres = 0, bonds = 0;
    for (const char *s = smiles; *s; s++) {
        centres += *s == '@' && s[1] != '@';
        bonds += *s == '/' || *s == '\\';
    }
    return centres + bonds / 2;
}

/* A structure that leaves OPEN centres or more open is no mixture of all its isomers that anybody
 * sells: where exactly one isomer says most, its name is that one's too. */
static void add_isomers(making *m) {
    enum { OPEN = 3 };
    mg_names groups = {0};
    int32_t *group = must(calloc(m->molecules + 1, sizeof *group)), n_groups = 0;
    int32_t *best = must(calloc(m->molecules + 1, sizeof *best));
    int *most = must(calloc(m->molecules + 1, sizeof *most));
    for (size_t i = 0; i < m->molecules; i++) {
        const structure *mol = &m->molecule[i];
        group[i] = -1;
        if (!mol->smiles || !mol->plain) continue;
        mg_slot *slot = must(mg_names_at(&groups, mol->plain, strlen(mol->plain)));
        if (slot->value < 0) slot->value = n_groups, most[n_groups] = -1, n_groups++;
        const int32_t g = group[i] = slot->value;
        const int stereo = stereo_of(mol->smiles);
        if (stereo > most[g])
            most[g] = stereo, best[g] = (int32_t)i;
        else if (stereo == most[g] && best[g] >= 0 &&
                 strcmp(mol->smiles, m->molecule[best[g]].smiles) != 0)
            best[g] = -1; /* two say as much */
    }
    const size_t n = m->n;
    size_t added = 0;
    for (size_t i = 0; i < n; i++) {
        const named name = m->name[i];
        const int32_t g = group[name.molecule];
        if (g < 0 || best[g] < 0 || name.grade >= 2) continue;
        if (most[g] - stereo_of(m->molecule[name.molecule].smiles) < OPEN) continue;
        add(m, name.name, strlen(name.name), best[g], name.sources, name.grade);
        added++;
    }
    printf("%zu names given to the one isomer that is set\n", added);
    mg_names_free(&groups);
    free(group);
    free(best);
    free(most);
}

/* ---- choosing and writing ---- */

static int by_worth(const void *x, const void *y) {
    const named *a = x, *b = y;
    if (a->grade / STEPS != b->grade / STEPS) return a->grade - b->grade;
    const int many = __builtin_popcount(b->sources) - __builtin_popcount(a->sources);
    if (many) return many;
    const size_t na = strlen(a->name), nb = strlen(b->name);
    if (na != nb) return na < nb ? -1 : 1;
    const int order = strcmp(a->name, b->name);
    return order ? order : a->molecule - b->molecule;
}

static void write(making *m, size_t want, const char *out, const char *const *metadata) {
    mg_name_row *row = must(calloc(want, sizeof *row));
    const char **smiles = must(calloc(m->molecules, sizeof *smiles));
    const char **plain = must(calloc(m->molecules, sizeof *plain));
    mg_names numbers = {0};
    mg_dictionary_contents c = {.row = row, .smiles = smiles, .plain = plain, .metadata = metadata};
    size_t grades[GRADES] = {0};
    for (size_t i = 0; i < m->n && c.names < want; i++) {
        const named *name = &m->name[i];
        const structure *mol = &m->molecule[name->molecule];
        if (!mol->smiles || !mol->plain) continue;
        mg_slot *slot = must(mg_names_at(&numbers, mol->smiles, strlen(mol->smiles)));
        if (slot->value < 0) {
            slot->value = (int32_t)c.molecules;
            smiles[c.molecules] = mol->smiles, plain[c.molecules++] = mol->plain;
        }
        row[c.names++] = (mg_name_row){name->name, slot->value, name->sources, name->grade};
        grades[name->grade / STEPS]++;
    }
    check(m, mg_names_part_save(out, &c, &m->err));
    printf("%zu names of %zu molecules; by grade:", c.names, c.molecules);
    for (int i = 0; i < GRADES; i++) printf(" %zu", grades[i]);
    printf("\n");
    mg_names_free(&numbers);
    free(row);
    free(smiles);
    free(plain);
}

static void release(making *m) {
    for (size_t i = 0; i < m->n; i++) {
        free(m->name[i].name);
        free(m->name[i].key);
    }
    for (size_t i = 0; i < m->molecules; i++) {
        free(m->molecule[i].smiles);
        free(m->molecule[i].plain);
    }
    free(m->name);
    free(m->molecule);
    mg_names_free(&m->by_smiles);
    mg_names_free(&m->not );
}

int main(int argc, char **argv) {
    making m = {0};
    char hashes[3][65], inputs[320];
    if (argc < 6) {
        fputs("make_names NAMES.tsv OWN.tsv NOT.tsv COUNT OUT.safetensors [REFUSED.txt]\n", stderr);
        return MOLGLOT_USAGE;
    }
    FILE *refused = argc > 6 ? fopen(argv[6], "w") : NULL;
    for (int i = 0; i < 3; i++) check(&m, mg_sha256_file(argv[1 + i], hashes[i], &m.err));
    read_not(&m, argv[3]);
    read_names(&m, argv[1], refused);
    if (refused) fclose(refused);
    const size_t read = m.n;
    read_own(&m, argv[2]);
    canonicalise(&m);
    add_isomers(&m);
    grade_calls(&m);
    printf("%zu names read, %zu of our own, %zu molecules\n", read, m.n - read, m.molecules);
    qsort(m.name, m.n, sizeof *m.name, by_worth);
    snprintf(inputs, sizeof inputs, "names %s, own %s, not %s, %s kept", hashes[0], hashes[1],
             hashes[2], argv[4]);
    const char *const metadata[] = {
        "name",
        "names",
        "licence",
        "CC-BY-4.0",
        "description",
        "names of molecules from PubChem, FDA UNII, Wikidata (CC0), wwPDB CCD (CC0), ChEBI and "
        "MetaNetX (CC BY 4.0)",
        "molglot.made_of",
        inputs,
        NULL};
    write(&m, (size_t)strtoul(argv[4], NULL, 10), argv[5], metadata);
    release(&m);
    return 0;
}
