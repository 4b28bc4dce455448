/* named.c - what the dictionary of names says of a question: structures, and their keys among rows.
 */
#include "chem/derive/derive.h"
#include "chem/nomenclature/nomenclature.h"
#include "search/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_MADE = 8 };

/* "sodium salt of ibuprofen = ..." from one derivation of a known molecule. */
static int make(const mg_derivation *derivation, const mg_name_hit *from, mg_name_hits *out,
                molglot_error *err) {
    char **products = NULL;
    size_t n = 0;
    int code = mg_derive(derivation, from->smiles, MOST_MADE, &products, &n, err);
    out->hit = n && !code ? calloc(n, sizeof *out->hit) : NULL;
    if (n && !code && !out->hit) code = mg_no_memory(err, "a name");
    for (size_t i = 0; i < n && !code; i++) {
        mg_str name = {0};
        mg_str_addf(&name, "%s%s%s", derivation->label, *derivation->label ? " of " : "",
                    from->name);
        out->hit[i] = (mg_name_hit){.name = name.s,
                                    .smiles = products[i],
                                    .molecule = from->molecule,
                                    .sources = from->sources,
                                    .grade = from->grade,
                                    .how = MG_NAME_MADE};
        products[i] = NULL;
        out->n = out->capacity = i + 1;
        if (name.failed) code = mg_no_memory(err, "a name");
    }
    for (size_t i = 0; i < n && products; i++) free(products[i]);
    free(products);
    if (code) mg_name_hits_free(out);
    return code;
}

/* The one structure of a name that was computed. Takes the SMILES. */
static int put_made(mg_name_hits *out, const char *name, char *smiles, molglot_error *err) {
    out->hit = calloc(1, sizeof *out->hit);
    char *copy = out->hit ? strdup(name) : NULL;
    if (!copy) {
        free(smiles);
        mg_name_hits_free(out);
        return mg_no_memory(err, "a name");
    }
    out->hit[0] = (mg_name_hit){.name = copy,
                                .smiles = smiles,
                                .molecule = -1,
                                .sources = MG_NAME_OWN,
                                .how = MG_NAME_MADE};
    out->n = out->capacity = 1;
    return MOLGLOT_OK;
}

/* A structure that was computed stands before those of the lists; one that a list has, too, moves
 * there. Takes the SMILES. */
static int put_before(mg_name_hits *h, const char *name, char *smiles, molglot_error *err) {
    mg_name_hit first = {.molecule = -1, .sources = MG_NAME_OWN, .how = MG_NAME_MADE};
    size_t at = 0; /* where a list has it */
    while (at < h->n && (h->hit[at].how > MG_NAME_FOLDED || strcmp(h->hit[at].smiles, smiles)))
        at++;
    if (at < h->n) {
        free(smiles);
        first = h->hit[at];
    } else {
        mg_name_hit *hit = realloc(h->hit, (h->n + 1) * sizeof *hit);
        if (hit) h->hit = hit, h->capacity = h->n + 1;
        first.name = hit ? strdup(name) : NULL;
        first.smiles = smiles;
        if (!first.name) {
            free(smiles);
            return mg_no_memory(err, "a name");
        }
        h->n++;
    }
    memmove(h->hit + 1, h->hit, at * sizeof *h->hit);
    h->hit[0] = first;
    return MOLGLOT_OK;
}

/* At least two carbons: "amine", "boronate", "phosphonate", "silyl ether" mean their kind. */
static bool is_organic(const char *smiles) {
    int carbons = 0;
    for (const char *c = smiles; *c && carbons < 2; c++) {
        if (*c == '[') {
            c += 1 + strspn(c + 1, "0123456789");
            carbons += (*c == 'C' || *c == 'c') && !islower((unsigned char)c[1]); /* no [Ca+2] */
            c += strcspn(c, "]");
            if (!*c) break;
        } else {
            carbons += *c == 'c' || (*c == 'C' && c[1] != 'l');
        }
    }
    return carbons >= 2;
}

/* "prenyl ether", "styryl sulfone": of a kind, where lists mean both sides by one. */
static bool is_one_sided(const char *words) {
    static const char *const kinds[] = {"ether",   "sulfone",   "sulfoxide",
                                        "sulfide", "disulfide", "ketone"};
    const char *blank = strchr(words, ' ');
    if (!blank || !strncasecmp(words, "di", 2)) return false;
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (!strcasecmp(blank + 1, kinds[i])) return true;
    return false;
}

/* "cadmium nitrate tetrahydrate", "dihydrogen arsenite", "tungstate": compounds without carbon. */
static bool is_salt_name(const char *words) {
    static const char *const fronts[] = {"hydrogen ", "dihydrogen "}, *const wholes[] = {
                                                                          "tungstate", "molybdate"};
    const size_t n = strlen(words);
    bool is = n > 8 && !strcasecmp(words + n - 7, "hydrate") && strchr(words, ' ');
    for (size_t i = 0; i < MG_COUNT(fronts); i++)
        is |= !strncasecmp(words, fronts[i], strlen(fronts[i]));
    for (size_t i = 0; i < MG_COUNT(wholes); i++) is |= !strcasecmp(words, wholes[i]);
    return is;
}

/* A systematic name: its structure is read off it. One without digits and brackets too, "ethyl
 * heptacosanoate", if it says more than a kind (mg_named_query asks the request for that). */
static int find_systematic(const char *words, mg_name_hits *out, molglot_error *err) {
    char *smiles = NULL;
    int code = mg_name_read(words, &smiles, err);
    if (code || !smiles) return code;
    if (!strpbrk(words, "0123456789([{") && !mg_name_is_peptide(words) && !is_salt_name(words) &&
        (!is_organic(smiles) || is_one_sided(words))) {
        free(smiles);
        return MOLGLOT_OK;
    }
    return put_made(out, words, smiles, err);
}

/* A list that draws no stereo where the name says it, "glycyl-L-valine": the name goes before. */
static int put_stereo(const char *words, mg_name_hits *h, molglot_error *err) {
    if (!h->n || h->hit[0].how > MG_NAME_FOLDED || strpbrk(h->hit[0].smiles, "@/\\"))
        return MOLGLOT_OK;
    char *smiles = NULL;
    const int code = mg_name_read(words, &smiles, err);
    if (!code && smiles && strpbrk(smiles, "@/\\") && mg_same_but_stereo(smiles, h->hit[0].smiles))
        return put_before(h, words, smiles, err);
    free(smiles);
    return code;
}

/* ---- what is made of it ---- */

static int find_made(const mg_dictionary *d, const char *words, mg_name_hits *out,
                     molglot_error *err) {
    mg_derivation list[MG_DERIVATIONS];
    int n;
    int code = mg_derivations_read(words, list, &n, err);
    for (int i = 0; i < n && !code && !out->n; i++) {
        mg_name_hits from = {0};
        code = mg_listed_find(d, list[i].name, &from, err);
        if (!code) code = put_stereo(list[i].name, &from, err);
        /* the best known structure that has a place for it: one with stereo has a mirror image */
        for (size_t k = 0; k < from.n && !code && !out->n; k++)
            if (from.hit[k].how != MG_NAME_SALT) code = make(&list[i], &from.hit[k], out, err);
        mg_name_hits_free(&from);
    }
    for (int i = 0; i < n && !code && !out->n; i++) { /* of a systematic name */
        mg_name_hits from = {0};
        code = find_systematic(list[i].name, &from, err);
        if (!code && from.n) code = make(&list[i], &from.hit[0], out, err);
        mg_name_hits_free(&from);
    }
    mg_derivations_free(list, n);
    return code;
}

/* A structure as it is drawn today, changed wherever it can be, malloc'ed; NULL: nowhere. */
static char *as_changed(const char *smiles, const char *change) {
    enum { MOST = 30 };
    char *now = NULL;
    for (int i = 0; i < MOST; i++) {
        char **made = NULL;
        size_t n = 0;
        const int code = mg_smiles_react(now ? now : smiles, change, 1, &made, &n, NULL);
        char *next = !code && n ? made[0] : NULL;
        for (size_t k = next != NULL; k < n; k++) free(made[k]);
        free(made);
        if (!next) break;
        free(now);
        now = next;
    }
    return now;
}

/* Old lists draw amides as imidic acids, "N=C(O)R". */
static char *as_amide(const char *smiles) {
    return as_changed(smiles, "[C;X3:1]([OX2H1:2])(=[NX2:3][#6:4])[#6:5]>>"
                              "[C:1](=[O:2])([N:3][#6:4])[#6:5]");
}

/* A flavonoid as the quinoid with the oxo group on its other ring, which some lists draw. */
static char *as_chromenone(const char *smiles) {
    return as_changed(smiles, "[OX1:1]=[c:2]1[c:3][c:4]2[o:5][c:6][c:7][c:8]([OX2H1:9])[c:10]-2"
                              "[c:11][c:12]1>>[O:1][c:2]1[c:3][c:4]2[o:5][c:6][c:7][c:8](=[O:9])"
                              "[c:10]2[c:11][c:12]1");
}

/* The amide of the best structure stands before it. */
static int put_amide(mg_name_hits *h, molglot_error *err) {
    if (!h->n || !strchr(h->hit[0].smiles, 'O') ||
        (!strstr(h->hit[0].smiles, "N=") && !strstr(h->hit[0].smiles, "=N")) ||
        strcasestr(h->hit[0].name, "imid"))
        return MOLGLOT_OK;
    char *smiles = as_amide(h->hit[0].smiles);
    return smiles ? put_before(h, h->hit[0].name, smiles, err) : MOLGLOT_OK;
}

/* The structure that the name says, where it denies the list's, stands before it. */
static int put_overruled(const char *words, mg_name_hits *h, molglot_error *err) {
    char *smiles = NULL;
    const int code = mg_overruled(words, h, &smiles, err);
    return code || !smiles ? code : put_before(h, words, smiles, err);
}

/* So does a flavonoid's usual tautomer. */
static int put_chromenone(mg_name_hits *h, molglot_error *err) {
    if (!h->n || !strstr(h->hit[0].smiles, "c-")) return MOLGLOT_OK;
    char *smiles = as_chromenone(h->hit[0].smiles);
    return smiles ? put_before(h, h->hit[0].name, smiles, err) : MOLGLOT_OK;
}

/* Bytes of a quote at s, or 0. */
static size_t quote_at(const char *s) {
    static const char *const quotes[] = {"\"",           "\xE2\x80\x9C", "\xE2\x80\x9D",
                                         "\xE2\x80\x9E", "\xC2\xAB",     "\xC2\xBB",
                                         "\xE2\x80\x98", "\xE2\x80\x99", "'"};
    for (size_t i = 0; i < MG_COUNT(quotes); i++)
        if (!strncmp(s, quotes[i], strlen(quotes[i]))) return strlen(quotes[i]);
    return 0;
}

/* A name without quotes around it and without the mark of a trade name behind it, malloc'ed; NULL:
 * there are none (or no memory). */
static char *undressed(const char *words) {
    static const char *const marks[] = {"\xC2\xAE", "\xE2\x84\xA2"};
    while (isspace((unsigned char)*words)) words++;
    size_t n = strlen(words), open = quote_at(words);
    while (n && isspace((unsigned char)words[n - 1])) n--;
    for (size_t k = 1; open && k <= 3 && k < n; k++)
        if (n > open + k && quote_at(words + n - k) == k) {
            char *bare = strndup(words + open, n - open - k);
            if (bare && !strpbrk(bare, "\"")) return bare;
            free(bare);
            return NULL;
        }
    for (size_t i = 0; i < MG_COUNT(marks); i++) {
        const size_t k = strlen(marks[i]);
        if (n > k + 2 && !strncmp(words + n - k, marks[i], k)) return strndup(words, n - k);
    }
    return NULL;
}

/* ---- the ion of a name that a list draws with its protons ---- */

/* All protons of the carboxylic acids of a molecule without other acids and bases; *out NULL: it is
 * no such molecule. */
static int without_protons(const char *smiles, char **out, molglot_error *err) {
    mg_mol *m = strpbrk(smiles, "NnPS.") ? NULL : mg_mol_from_smiles(smiles, NULL, NULL);
    mg_smarts *acid = m ? mg_smarts_new("[CX3](=O)[OX2H1]", err) : NULL;
    const int n = acid ? mg_smarts_count(acid, m, 9) : 0;
    mg_smarts_free(acid);
    mg_mol_free(m);
    return n > 0 && n < 9 ? mg_name_put_charge(smiles, -n, out, err) : MOLGLOT_OK;
}

/* "valproate" of a list that draws the acid, and that is not read as a systematic name: the ion
 * goes before. */
static int put_ion(const char *words, mg_name_hits *h, molglot_error *err) {
    const size_t n = strlen(words);
    const bool ate = n > 6 && !strcasecmp(words + n - 3, "ate") && !strchr(words, ' ');
    char *ion = NULL;
    if (!h->n || h->hit[0].how > MG_NAME_FOLDED || !ate || strstr(h->hit[0].smiles, "-]") ||
        strpbrk(h->hit[0].smiles, "+."))
        return MOLGLOT_OK;
    const int code = without_protons(h->hit[0].smiles, &ion, err);
    return code || !ion ? code : put_before(h, words, ion, err);
}

static int find_name(const mg_dictionary *d, const char *words, mg_name_hits *out,
                     molglot_error *err) {
    mg_name_hits made = {0};
    bool letters;
    char *oligo;
    *out = (mg_name_hits){0};
    int code = mg_name_oligo(words, &letters, &oligo, err); /* lists draw them without rings' O */
    if (code || letters) return code || !oligo ? code : put_made(out, words, oligo, err);
    code = mg_listed_find(d, words, out, err);
    if (!code) code = put_stereo(words, out, err);
    if (!code) code = put_amide(out, err);
    if (!code) code = put_chromenone(out, err);
    if (!code) code = put_overruled(words, out, err);
    if (!code) code = put_ion(words, out, err);
    if (code) mg_name_hits_free(out);
    if (code || (out->n && out->hit[0].how != MG_NAME_SALT)) return code;
    code = find_made(d, words, &made, err);
    if (!code && !made.n && !out->n) code = find_systematic(words, &made, err);
    if (!code && !made.n && !out->n) code = mg_built_find(d, words, &made, err);
    if (!made.n && !code) return MOLGLOT_OK;
    mg_name_hits_free(out);
    *out = made;
    return code;
}

int mg_name_find(const mg_dictionary *d, const char *words, mg_name_hits *out, molglot_error *err) {
    int code = find_name(d, words, out, err);
    char *bare = code || out->n ? NULL : undressed(words);
    if (bare) code = find_name(d, bare, out, err);
    free(bare);
    return code;
}

/* The name that is computed of the molecule, behind those that are listed. Takes neither. */
static int put_written(mg_name_hits *out, const mg_mol *mol, const char *smiles,
                       molglot_error *err) {
    char *name, *phrase;
    int code = mg_name_write(mol, NULL, &name, &phrase, err);
    free(phrase);
    for (size_t i = 0; i < out->n && name; i++)
        if (out->hit[i].how <= MG_NAME_FOLDED && !strcasecmp(out->hit[i].name, name)) {
            free(name);
            name = NULL;
        }
    if (code || !name) return code;
    mg_name_hit *hit = realloc(out->hit, (out->n + 1) * sizeof *hit);
    char *own = hit ? strdup(smiles) : NULL;
    if (hit) out->hit = hit, out->capacity = out->n + 1;
    if (!own) {
        free(name);
        return mg_no_memory(err, "a name");
    }
    out->hit[out->n++] = (mg_name_hit){
        .name = name, .smiles = own, .molecule = -1, .sources = MG_NAME_OWN, .how = MG_NAME_MADE};
    return MOLGLOT_OK;
}

int mg_names_of(const mg_dictionary *d, const mg_mol *mol, size_t max, mg_name_hits *out,
                molglot_error *err) {
    char *own = mg_mol_smiles(mol, true), *plain = mg_mol_smiles(mol, false);
    *out = (mg_name_hits){0};
    int code = own && plain ? mg_dictionary_names(d, own, plain, max, out, err)
                            : mg_no_memory(err, "a molecule");
    if (!code && out->n < max) code = put_written(out, mol, own, err);
    if (code) mg_name_hits_free(out);
    free(own);
    free(plain);
    return code;
}

int mg_named_find(const mg_dictionary *d, const char *words, mg_named *out, molglot_error *err) {
    *out = (mg_named){0};
    int code = mg_name_find(d, words, &out->hits, err);
    if (!code && !out->hits.n) code = mg_denied_find(d, words, &out->denied, err);
    if (code || !out->hits.n) return code;
    mg_name_sources(&out->from, out->hits.hit[0].sources);
    out->keys = calloc(2 * out->hits.n, sizeof *out->keys);
    if (!out->keys || out->from.failed) {
        mg_named_free(out);
        return mg_no_memory(err, "a name");
    }
    for (size_t i = 0; i < out->hits.n; i++) {
        mg_mol *mol = mg_mol_from_smiles(out->hits.hit[i].smiles, NULL, NULL);
        if (mol) mg_molecule_key(mol, &out->keys[i], &out->keys[out->hits.n + i]);
        char *key = mol && i == 0 ? mg_mol_inchikey(mol) : NULL;
        if (key) snprintf(out->block, sizeof out->block, "%s", key);
        free(key);
        mg_mol_free(mol);
    }
    return MOLGLOT_OK;
}

bool mg_named_is_smiles(const char *name) {
    if (mg_notation_guess(name, strlen(name)) != MG_NOTATION_SMILES) return false;
    mg_mol *mol = mg_mol_from_smiles(name, NULL, NULL);
    const bool is = mol != NULL;
    mg_mol_free(mol);
    return is;
}

/* ---- a whole question ---- */

static bool one_source(unsigned sources) { return (sources & (sources - 1)) == 0; }

static bool is_plural(const char *words) {
    const size_t n = strlen(words);
    return n > 4 && words[n - 1] == 's' && words[n - 2] != 's' && words[n - 2] != 'u';
}

/* "no S", "3 OH": what is counted or denied is no name but letter by letter. */
static bool begins_request(const char *words) {
    const size_t n = strcspn(words, " ");
    char first[8];
    if (!words[n] || n >= sizeof first) return false;
    snprintf(first, sizeof first, "%.*s", (int)n, words);
    for (char *c = first; *c; c++) *c = (char)tolower((unsigned char)*c);
    return strspn(first, "0123456789") == strlen(first) || !strcmp(first, "no") ||
           !strcmp(first, "not") || !strcmp(first, "without") || !strcmp(first, "only");
}

/* Whether it is read as a systematic name, of the same atoms and bonds as the hit. */
static bool is_read_as(const char *words, const mg_name_hit *hit) {
    char *smiles = NULL;
    const bool is = !mg_name_read(words, &smiles, NULL) && smiles && is_organic(smiles) &&
                    mg_same_but_stereo(smiles, hit->smiles);
    free(smiles);
    return is;
}

/* "tosyl chloride", "copper sulfate": a group or an element and what it is bound to; no kind of
 * molecules, as "methyl ketone" and "aryl chloride" are. */
static bool is_of_two_words(const mg_request *r, const char *words) {
    static const char *const kinds[] = {"ester", "amide", "amine", "group", "alcohol", "acid"};
    const char *blank = strchr(words, ' '), *last = strrchr(words, ' ');
    static const char *const any[] = {"alkyl ", "aryl ",      "acyl ",
                                      "silyl ", "inorganic ", "organic "};
    if (!blank || is_one_sided(words)) return false;
    if (strcasestr(last, " hydro") || strcasestr(last, " dihydro")) return true; /* chloride */
    if (r->asks[0].kind != MG_ASK_ELEMENT && (blank < words + 3 || strncasecmp(blank - 2, "yl", 2)))
        return false;
    for (size_t i = 0; i < MG_COUNT(any); i++)
        if (!strncasecmp(words, any[i], strlen(any[i]))) return false;
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (!strcasecmp(last + 1, kinds[i])) return false;
    return true;
}

/* Whether words that the dictionary knows as a name, or that are read as one, are meant as a class
 * or a condition: a formula; a group ("thioamide" is one drug's name in a single list), or letters
 * of one. A ring's name, and a name that several lists know or that says the whole molecule, stand
 * for the compound: "pyridine", "phenol", "benzyl cinnamate"; not so "aminopyrimidine". */
static bool is_rather_asked(const mg_request *r, const char *words, const mg_name_hit *best,
                            const mg_groups *g) {
    if (r->conditions < 1 || *r->left) return false;
    if (best->how == MG_NAME_MADE) /* "isoindole" */
        return r->n == 1 && !strpbrk(words, "0123456789([{") && !mg_name_has_group(words) &&
               !mg_name_is_peptide(words) && is_read_as(words, best);
    if (best->how != MG_NAME_EXACT && begins_request(words)) return true;
    const mg_ask *a = &r->asks[0];
    if (r->n == 1 && a->kind == MG_ASK_FORMULA) return true;
    if (r->n == 1 && a->kind == MG_ASK_GROUP && mg_groups_at(g, a->id)->kind == MG_GROUP_RING)
        return false;
    if (strlen(words) <= 3) return true;
    if (mg_name_is_peptide(words) || (is_read_as(words, best) && !is_one_sided(words)) ||
        (r->n > 1 && best->how == MG_NAME_EXACT && is_of_two_words(r, words)))
        return false;
    return one_source(best->sources) || is_plural(words);
}

int mg_named_query(const mg_groups *g, const mg_dictionary *d, const char *words, mg_named *out,
                   mg_str *note, molglot_error *err) {
    int code = mg_named_find(d, words, out, err);
    if (code || !out->hits.n) return code;
    mg_request *r = mg_request_parse(g, words, err);
    if (!r) {
        mg_named_free(out);
        return mg_code_of(err, MOLGLOT_FAILED);
    }
    if (is_rather_asked(r, words, &out->hits.hit[0], g)) {
        if (note)
            mg_str_addf(note, "read as a condition; as a name: %s = %s", out->hits.hit[0].name,
                        out->hits.hit[0].smiles);
        mg_named_free(out);
    }
    mg_request_free(r);
    return note && note->failed ? mg_no_memory(err, "a name") : MOLGLOT_OK;
}

void mg_named_free(mg_named *k) {
    mg_name_hits_free(&k->hits);
    mg_str_free(&k->from);
    free(k->keys);
    *k = (mg_named){0};
}

void mg_named_say(const mg_named *k, mg_str *out) {
    if (!k->hits.n) {
        if (k->denied.n) mg_str_addf(out, "%sleft out: %s", out->n ? "; " : "", k->denied.name);
        return;
    }
    const mg_name_hit *best = &k->hits.hit[0];
    mg_str_addf(out, "%s%s: %s = %s (%s)", out->n ? "; " : "",
                best->how == MG_NAME_SALT     ? "name without its salt"
                : best->how == MG_NAME_STEREO ? "name without its stereo"
                : best->how == MG_NAME_MADE   ? "computed"
                                              : "name",
                best->name, best->smiles, k->from.s);
    if (k->hits.n > 1) mg_str_addf(out, " and %zu more (`molglot name`)", k->hits.n - 1);
}

void mg_named_ask(const mg_named *k, mg_question *q) {
    q->known = k->keys;
    q->known_flat = k->keys ? k->keys + k->hits.n : NULL;
    q->n_known = (int)k->hits.n;
    q->known_from = k->from.s;
    q->known_key = *k->block ? k->block : NULL;
    q->denied = k->denied.n ? &k->denied : NULL;
}
