/* plain.c - molecules in a chemist's own words:
 *
 *   isoeugenol sulfated on its phenol OH; lysine with both amines protonated
 *   3-hydroxydecanoic acid as its CoA thioester, all phosphates ionised
 *   PC with palmitic acid at sn-1 and 12(S)-HETE at sn-2
 *
 *   phrase   name | phrase clause {, clause} | words of plain_heads.c | a lipid (plain_lipid.c)
 *            | a phrase of built.c | a change of chem/derive
 *
 * All words have to be used. Two readings that make two molecules are none.
 */
#include "search/plain.h"

#include "chem/nomenclature/nomenclature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CLAUSES = 8 };

/* ---- words ---- */

/* Without blanks, articles and stops around it; false: nothing is left, or too much. */
static bool trimmed(const char *s, char out[PLAIN_LONGEST]) {
    static const char *const articles[] = {"the ", "a ", "an ", "its "};
    while (isspace((unsigned char)*s) || *s == ',') s++;
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (plain_begins(s, articles[i])) {
            s += strlen(articles[i]);
            break;
        }
    size_t n = strlen(s);
    while (n && (isspace((unsigned char)s[n - 1]) || strchr(",.;?!", s[n - 1]))) n--;
    if (n < 3 || n >= PLAIN_LONGEST) return false;
    memcpy(out, s, n);
    out[n] = 0;
    return true;
}

/* What a peptide's kind is called in front of it. */
static const char *skip_kind(const char *s) {
    static const char *const words[] = {"linear ",        "dipeptide: ",   "tripeptide: ",
                                        "tetrapeptide: ", "peptide: ",     "dipeptide ",
                                        "tripeptide ",    "tetrapeptide ", "pentapeptide ",
                                        "hexapeptide ",   "peptide ",      "short "};
    const char *at = s;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < MG_COUNT(words); i++)
            if (plain_begins(at, words[i])) at += strlen(words[i]), more = true;
    }
    return at;
}

/* ---- clauses ---- */

/* Characters of what parts two clauses at s; 0: nothing. */
static size_t part_at(const char *s) {
    static const char *const parts[] = {", and ", ", but ", "; ",     ", ",
                                        " and ",  " but ",  " plus ", " with "};
    if (plain_begins(s, " (") && s[2] && strchr("0123456789+-", s[2]) && s[3] && s[4] == ')')
        return 1; /* "(4-)" */
    for (size_t i = 0; i < MG_COUNT(parts); i++)
        if (plain_begins(s, parts[i])) return strlen(parts[i]);
    return 0;
}

/* All of s as clauses, the longest first. "with" of the first goes on. */
static bool read_clauses(const char *s, bool with, mg_edit *out, int *n) {
    char clause[PLAIN_LONGEST + 8];
    const size_t length = strlen(s);
    if (*n == CLAUSES || !length) return false;
    for (size_t end = length; end > 0; end--) {
        const size_t cut = end == length ? 1 : part_at(s + end);
        if (!cut) continue;
        snprintf(clause, sizeof clause, "%.*s", (int)end, s);
        bool is = mg_edit_read(clause, &out[*n]);
        if (!is && with) {
            snprintf(clause, sizeof clause, "with %.*s", (int)end, s);
            is = mg_edit_read(clause, &out[*n]);
        }
        if (!is) continue;
        ++*n;
        if (end == length) return true;
        const bool goes_on = with || plain_begins(s, "with ") || plain_begins(s, "bearing ") ||
                             plain_begins(s, "carrying ") || plain_begins(s, "having ") ||
                             plain_begins(s + end, " with ");
        const int before = *n;
        if (read_clauses(s + end + cut, goes_on, out, n)) return true;
        *n = before - 1;
    }
    return false;
}

/* ---- readings ---- */

/* Keeps a reading beside another; two molecules are none. Takes s. */
static void keep(plain_said *out, plain_said *s, bool *several) {
    if (!s->smiles) {
        plain_said_free(s);
    } else if (!out->smiles) {
        *out = *s;
        *s = (plain_said){0};
    } else {
        *several |= strcmp(out->smiles, s->smiles) != 0;
        if (!out->name) out->name = s->name, s->name = NULL;
        plain_said_free(s);
    }
}

/* "D-galactose", "mannose" are pyranoses whose ring's end is left open; lists have one end or the
 * chain. false: it is no such name. */
static bool pyranose_of(const char *name, char out[PLAIN_LONGEST]) {
    static const char *const sugars[] = {"glucose", "galactose", "mannose", "xylose",
                                         "allose",  "talose",    "gulose",  "altrose"};
    const bool side = plain_begins(name, "D-") || plain_begins(name, "L-");
    for (size_t i = 0; i < MG_COUNT(sugars); i++)
        if (!strcasecmp(name + (side ? 2 : 0), sugars[i])) {
            snprintf(out, PLAIN_LONGEST, "%c-%.*spyranose",
                     side ? toupper((unsigned char)*name) : 'D', (int)strlen(sugars[i]) - 2,
                     sugars[i]);
            return true;
        }
    return false;
}

/* Words for kinds of molecules, which some list has as a name. */
static bool is_class(const char *name) {
    static const char *const words[] = {"bile acid",     "fatty acid",      "amino acid",
                                        "aromatic acid", "carboxylic acid", "sulfonic acid",
                                        "organic acid",  "hydroxy acid",    "keto acid",
                                        "sugar acid",    "sugar",           "steroid",
                                        "sterol",        "alkaloid",        "alcohol",
                                        "amine",         "peptide",         "dipeptide",
                                        "tripeptide",    "protein",         "lipid",
                                        "carbohydrate",  "saccharide",      "ketone",
                                        "aldehyde",      "ester",           "amide",
                                        "nucleoside",    "nucleotide",      "flavonoid",
                                        "terpene",       "catecholamine",   "phospholipid",
                                        "polyamine",     "aminoglycoside",  "macrolide",
                                        "penicillin",    "cephalosporin",   "hydrocarbon",
                                        "acid",          "uronic acid",     "phosphatidic acid",
                                        "teichoic acid", "glucosinolate",   "carotenoid"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcasecmp(name, words[i])) return true;
    return false;
}

/* "tripeptide Ala-Gly", "linear cyclo(...)": words that the name denies. */
static bool kind_fits(const char *phrase, const char *name) {
    static const char *const sizes[] = {"dipeptide", "tripeptide", "tetrapeptide", "pentapeptide",
                                        "hexapeptide"};
    const int n = mg_name_residues(name);
    if (plain_begins(phrase, "linear ") && plain_begins(name, "cyclo")) return false;
    for (int k = 0; k < (int)MG_COUNT(sizes) && n; k++) {
        const char *at = strcasestr(phrase, sizes[k]);
        if (at && at < name) return n == k + 2;
    }
    return true;
}

static int read_name(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    const char *name = skip_kind(phrase);
    if (name != phrase && !kind_fits(phrase, name)) return MOLGLOT_OK;
    if (name != phrase && !mg_name_is_peptide(name)) return MOLGLOT_OK;
    if (is_class(name) || p->look_ups-- <= 0) return MOLGLOT_OK;
    char sugar[PLAIN_LONGEST];
    if (pyranose_of(name, sugar)) name = sugar;
    int code = built_name(p->d, name, &out->smiles, err);
    bool is = true;
    if (!code && out->smiles && p->trusted) code = plain_trusts(p, name, out->smiles, &is, err);
    if (!is) plain_said_free(out);
    if (!code && out->smiles && !(out->name = strdup(name))) code = mg_no_memory(err, "a name");
    return code;
}

/* "norvaline, L" is L-norvaline. */
static int find_handed(plain *p, const char *name, const mg_edit *edits, int n, plain_said *out,
                       molglot_error *err) {
    char handed[PLAIN_LONGEST];
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code && !out->smiles; i++)
        if (edits[i].act == MG_ACT_NOTHING && !strcmp(edits[i].what, "L") &&
            isalpha((unsigned char)*name) && name[1] != '-' && strlen(name) + 3 < sizeof handed) {
            snprintf(handed, sizeof handed, "L-%s", name);
            code = p->find(p, handed, true, out, err);
            bool trusted = true;
            if (!code && out->smiles) code = plain_trusts(p, handed, out->smiles, &trusted, err);
            if (!trusted) plain_said_free(out);
        }
    return code || out->smiles ? code : p->find(p, name, true, out, err);
}

/* "N-methyl-L-lysine, methyl on the alpha amine": the clause tells where; the name without it. */
static const char *without_told(const char *name, const mg_edit *edits, int n) {
    for (int i = 0; i < n; i++) {
        const size_t k = strlen(edits[i].what);
        if (edits[i].act != MG_ACT_PUT || !k || !strchr("NOS", *name) || !*name || name[1] != '-' ||
            strncasecmp(name + 2, edits[i].what, k) != 0)
            continue;
        return name + 2 + k + strspn(name + 2 + k, "- ");
    }
    return name;
}

/* "1-aminocyclopropyl phosphonate monoanion" is of (1-aminocyclopropyl)phosphonic acid. */
static void spell_phosphonate(char base[PLAIN_LONGEST], const mg_edit *edits, int n) {
    static const char end[] = "yl phosphonate";
    char name[PLAIN_LONGEST];
    bool charged = false;
    for (int i = 0; i < n; i++) charged |= edits[i].act == MG_ACT_CHARGE && edits[i].charge < 0;
    const size_t k = strlen(base);
    if (!charged || !plain_ends(base, end) || k + 8 > PLAIN_LONGEST ||
        memchr(base, ' ', k - strlen(" phosphonate")))
        return;
    snprintf(name, sizeof name, "(%.*s)phosphonic acid", (int)(k - strlen(" phosphonate")), base);
    snprintf(base, PLAIN_LONGEST, "%s", name);
}

/* "NAME clauses", parted at each blank and comma. */
static int read_tails(plain *p, const char *phrase, plain_said *out, bool *several,
                      molglot_error *err) {
    int code = MOLGLOT_OK;
    for (const char *at = phrase + 2; *at && !code; at++) {
        mg_edit edits[CLAUSES];
        char base[PLAIN_LONGEST];
        int n = 0;
        if (*at != ' ' && !(*at == ',' && at[1] == ' ')) continue;
        const char *rest = at + (*at == ',') + 1;
        if (at[0] == ' ' && at[-1] == ',') continue;
        if (!read_clauses(rest, false, edits, &n)) continue;
        if (p->any && p->deep == 1 && n == 1 && edits[0].act == MG_ACT_CHARGE) continue;
        snprintf(base, sizeof base, "%.*s", (int)(at - phrase), phrase);
        plain_said s = {0};
        spell_phosphonate(base, edits, n);
        code = find_handed(p, without_told(base, edits, n), edits, n, &s, err);
        for (int i = 0; i < n && s.smiles && !code; i++) /* a sugar's ring before all */
            if (edits[i].act == MG_ACT_ANOMER) code = plain_edit(p, &edits[i], &s, err);
        for (int i = 0; i < n && s.smiles && !code; i++)
            if (edits[i].act != MG_ACT_ANOMER) code = plain_edit(p, &edits[i], &s, err);
        keep(out, &s, several);
    }
    return code;
}

/* Whether a name stands behind "a", "an": any of its class. */
static bool is_any(const char *phrase, const char *name) {
    const char *at = strstr(phrase, name);
    return at && ((at - phrase >= 3 && !strncasecmp(at - 3, " a ", 3)) ||
                  (at - phrase >= 4 && !strncasecmp(at - 4, " an ", 4)));
}

/* "both amines protonated, anion": a word for an ion that the product is not. */
static bool fits_charge(const char *label, const char *smiles) {
    static const struct {
        const char *label;
        int charge;
    } ions[] = {{"anion", -1},      {"dianion", -2}, {"trianion", -3},
                {"tetraanion", -4}, {"cation", 1},   {"dication", 2}};
    for (size_t i = 0; i < MG_COUNT(ions); i++)
        if (!strcmp(label, ions[i].label)) return plain_charge(smiles) == ions[i].charge;
    return true;
}

/* "sodium salt of", "as its methyl ester", "R enantiomer of": chem/derive's. */
static int read_changes(plain *p, const char *phrase, plain_said *out, bool *several,
                        molglot_error *err) {
    mg_derivation list[MG_DERIVATIONS];
    int n;
    if (strcasestr(phrase, "conjugate")) return MOLGLOT_OK; /* a related molecule */
    const size_t length = strlen(phrase); /* "R enantiomer" behind a name is a label */
    if (length > 12 && !strcasecmp(phrase + length - 10, "enantiomer") &&
        strchr("RS)", phrase[length - 12]))
        return MOLGLOT_OK;
    int code = mg_derivations_read(phrase, list, &n, err);
    for (int i = 0; i < n && !code; i++) {
        char **products = NULL;
        size_t made = 0;
        plain_said base = {0}, s = {0};
        if (!is_any(phrase, list[i].name)) code = p->find(p, list[i].name, false, &base, err);
        if (!code && base.smiles) code = mg_derive(&list[i], base.smiles, 2, &products, &made, err);
        if (made == 1 && fits_charge(list[i].label, products[0]))
            s.smiles = products[0], products[0] = NULL;
        for (size_t k = 0; k < made; k++) free(products[k]);
        free(products);
        plain_said_free(&base);
        keep(out, &s, several);
        if (out->smiles) break; /* the most likely change */
    }
    mg_derivations_free(list, n);
    return code;
}

static int read_strict(plain *p, const char *phrase, plain_said *out, bool *several,
                       molglot_error *err) {
    mg_name_hits hits = {0};
    if (p->look_ups-- <= 0) return MOLGLOT_OK;
    int code = built_strict(p->trusted ? NULL : p->d, phrase, true, &hits, err);
    if (!code && hits.n == 1) {
        plain_said s = {.smiles = strdup(hits.hit[0].smiles)};
        s.name = strchr(hits.hit[0].name, ' ') ? NULL : strdup(hits.hit[0].name);
        keep(out, &s, several);
    }
    mg_name_hits_free(&hits);
    return code;
}

/* A phrase as a molecule; names: without clauses behind it. */
static int find(plain *p, const char *words, bool names, plain_said *out, molglot_error *err) {
    char phrase[PLAIN_LONGEST];
    bool several = false;
    *out = (plain_said){0};
    if (p->deep && (plain_begins(words, "a ") || plain_begins(words, "an ")))
        return MOLGLOT_OK; /* any such */
    if (!trimmed(words, phrase) || p->look_ups <= 0) return MOLGLOT_OK;
    int code = read_name(p, phrase, out, err);
    if (code || out->smiles || p->deep == PLAIN_DEEPEST) return code;
    p->deep++;
    plain_said s = {0};
    code = plain_heads(p, phrase, &s, err);
    keep(out, &s, &several);
    if (!code && !out->smiles && !several) code = plain_change(p, phrase, &s, err);
    keep(out, &s, &several);
    if (!code) code = plain_lipid(p, phrase, &s, err);
    keep(out, &s, &several);
    if (!code) code = plain_chain(phrase, &s, err);
    keep(out, &s, &several);
    if (!code && !out->smiles && !several && p->deep > 1) code = plain_fat(phrase, true, &s, err);
    keep(out, &s, &several);
    if (!code && !names) code = read_tails(p, phrase, out, &several, err);
    if (!code) code = read_changes(p, phrase, out, &several, err);
    if (!code && !out->smiles && p->deep > 1) code = read_strict(p, phrase, out, &several, err);
    p->deep--;
    if (several || code) plain_said_free(out);
    return code;
}

/* What is told of the molecule and cannot change it: "that inhibits COX-2", "used as a dye". */
static void drop_told(char *s) {
    static const char *const begin[] = {
        " that inhibits ", " which inhibits ",  " that binds ",     " that blocks ",
        " that acts as ",  " which acts as ",   " that activates ", " that kills ",
        " that lowers ",   " that is used ",    " used as ",        " used for ",
        " used in ",       " found in ",        " that occurs in ", " isolated from ",
        " that smells ",   " which is used ",   " known as ",       " as found in ",
        " that treats ",   " an inhibitor of ", " a drug ",         " the drug "};
    static const char *const structure[] = {
        " with ", "bearing", "carrying", "substituted", "ated ", "replaced", " salt",
        "anion",  "cation",  "acid",     "ester",       "amide", "methyl",   "deoxy"};
    for (size_t i = 0; i < MG_COUNT(begin); i++) {
        char *at = strcasestr(s, begin[i]);
        if (!at || at - s < 6 || strpbrk(at, "([{")) continue;
        bool plain_words = true;
        for (size_t k = 0; k < MG_COUNT(structure); k++)
            plain_words &= !strcasestr(at, structure[k]);
        if (plain_words) *at = 0;
    }
}

static const char *skip_asking(const char *s) {
    static const char *const words[] = {
        "the molecule is ",  "give me ",      "draw ",    "show me ", "i want ", "i need ",
        "the structure of ", "structure of ", "what is ", "find ",    "make ",   "smiles of ",
        "smiles for ",       "generate ",     "build "};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < MG_COUNT(words); i++)
            if (plain_begins(s, words[i])) s += strlen(words[i]), more = true;
    }
    return s;
}

/* "all-trans X", "R at the alpha carbon of X": the label behind the name. */
static void turn_label(char phrase[PLAIN_LONGEST]) {
    static const char *const labels[] = {"all-trans", "all trans", "all-cis",
                                         "all cis",   "all-E",     "all-Z"};
    char turned[PLAIN_LONGEST + 4];
    const char *of = strstr(phrase, " at the alpha carbon of ");
    if (of && strchr("RS", *phrase) && strlen(of) > 27) {
        snprintf(turned, sizeof turned, "%s, %.*s", of + 24, (int)(of + 20 - phrase), phrase);
        snprintf(phrase, PLAIN_LONGEST, "%.*s", PLAIN_LONGEST - 1, turned);
        return;
    }
    static const char *const sides[] = {" (E) with ", " (Z) with ", " (E) and ", " (Z) and "};
    for (size_t i = 0; i < MG_COUNT(sides); i++) { /* "amide of sinapic acid (E) with tyramine" */
        char *at = strstr(phrase, sides[i]);
        if (!at || strlen(phrase) + 4 > PLAIN_LONGEST) continue;
        snprintf(turned, sizeof turned, "%.*s%s, %c", (int)(at - phrase), phrase, at + 4, at[2]);
        snprintf(phrase, PLAIN_LONGEST, "%.*s", PLAIN_LONGEST - 1, turned);
        return;
    }
    for (size_t i = 0; i < MG_COUNT(labels); i++) {
        const size_t n = strlen(labels[i]);
        if (!plain_begins(phrase, labels[i]) || !strchr(" -", phrase[n]) || strlen(phrase) < n + 4)
            continue;
        snprintf(turned, sizeof turned, "%s, %s", phrase + n + 1, labels[i]);
        if (strlen(turned) < PLAIN_LONGEST)
            snprintf(phrase, PLAIN_LONGEST, "%.*s", PLAIN_LONGEST - 1, turned);
        return;
    }
}

/* "X as drawn, what it is": the words say nothing. */
static bool drop_drawn(char *s) {
    static const char words[] = " as drawn";
    char *at = strstr(s, words);
    if (!at || strcasestr(s, "stereo") || strcasestr(s, "racemic")) return false;
    const char *rest = at + sizeof words - 1;
    if (*rest && *rest != ',' && *rest != ';') return false;
    memmove(at, rest, strlen(rest) + 1);
    return true;
}

/* A fluorescein, which is drawn open or as its lactone. */
static bool is_dye(const char *smiles) {
    return mg_smiles_count(smiles, "O=C1OC2(c3ccccc31)c1ccc(O)cc1Oc1cc(O)ccc12", 1) > 0;
}

/* Takes s. */
static int put_said(mg_name_hits *out, const char *phrase, plain_said *s, int code,
                    molglot_error *err) {
    if (!code && s->smiles) {
        code = built_put(out, s->name ? s->name : phrase, s->smiles, err);
        s->smiles = NULL;
    }
    plain_said_free(s);
    return code;
}

/* A molecule that is told by its parts; s stays nothing where it is none. */
static int find_parts(plain *p, const char *phrase, plain_said *s, molglot_error *err) {
    char name[PLAIN_LONGEST];
    const char *letters = plain_letters(phrase);
    if (letters) {
        mg_mol *m = mg_mol_from_smiles(letters, NULL, NULL);
        s->smiles = m ? mg_mol_smiles(m, true) : NULL;
        mg_mol_free(m);
        return s->smiles ? MOLGLOT_OK : mg_no_memory(err, "a name");
    }
    if (!plain_parts(phrase, name)) return MOLGLOT_OK;
    int code = built_name(p->d, name, &s->smiles, err);
    if (!code && s->smiles && !(s->name = strdup(name))) code = mg_no_memory(err, "a name");
    return code || s->smiles ? code : find(p, name, false, s, err);
}

static int find_plain(const mg_dictionary *d, const char *words, mg_name_hits *out,
                      molglot_error *err) {
    plain p = {.d = d, .look_ups = PLAIN_LOOK_UPS, .find = find};
    const bool asks = strchr(words, '?') != NULL;
    words = skip_asking(words);
    char phrase[PLAIN_LONGEST], written[PLAIN_LONGEST];
    plain_said s = {0};
    char *name = NULL;
    if (!trimmed(words, phrase)) return MOLGLOT_OK;
    bool respelt = plain_respell(phrase, written);
    const bool word = !respelt && !strchr(phrase, ' ') && !plain_begins(phrase, "DL-");
    if (word && !strpbrk(phrase, "0123456789")) return MOLGLOT_OK;
    p.any = plain_begins(words, "a ") || plain_begins(words, "an ");
    const bool drawn = drop_drawn(phrase);
    drop_told(phrase);
    int code = built_name(d, phrase, &name, err); /* a name alone is named.c's */
    const bool is_name = name != NULL;
    if (!code && name && drawn) {
        bool trusted = false;
        code = plain_trusts(&p, phrase, name, &trusted, err);
        if (trusted && !code) return built_put(out, phrase, name, err);
    }
    free(name);
    if (code || is_name) return code;
    code = find_parts(&p, phrase, &s, err);
    if (code || s.smiles) return put_said(out, phrase, &s, code, err);
    if (!p.any) code = plain_fat(phrase, false, &s, err);
    if (!code && !s.smiles) code = plain_glycan(phrase, &s, err);
    if (code || s.smiles || word) return put_said(out, phrase, &s, code, err);
    turn_label(phrase);
    if (plain_omega(phrase, written)) {
        char *other = NULL;
        snprintf(phrase, sizeof phrase, "%s", written);
        respelt = plain_respell(phrase, written);
        if (isdigit((unsigned char)*phrase) && !strchr(phrase, ' ')) return code; /* of what? */
        code = built_name(d, phrase, &other, err);
        if (other || code) return code ? code : built_put(out, phrase, other, err);
    }
    code = find(&p, phrase, false, &s, err);
    if (!code && !s.smiles) {
        p.look_ups = PLAIN_LOOK_UPS;
        if (respelt) code = find(&p, written, false, &s, err);
        if (!code && !s.smiles) code = plain_around(&p, respelt ? written : phrase, &s, err);
        p.any |= asks;
        if (!code && !s.smiles && !p.any) code = plain_told(&p, phrase, &s, err);
        if (!code && !s.smiles && !p.any && !p.met) code = plain_among(&p, phrase, &s, err);
        if (!code && !s.smiles && !p.any && respelt) code = plain_told(&p, written, &s, err);
    }
    if (s.smiles && is_dye(s.smiles) && !strcasestr(phrase, "lactone")) plain_said_free(&s);
    return put_said(out, phrase, &s, code, err);
}

/* Whoever has read it: what the words say has to be there. */
static void drop_denied(const char *words, mg_name_hits *out) {
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) {
        if (plain_denies(words, out->hit[i].smiles)) {
            free(out->hit[i].name);
            free(out->hit[i].smiles);
        } else {
            out->hit[n++] = out->hit[i];
        }
    }
    out->n = n;
    if (!n) mg_name_hits_free(out);
}

int mg_built_find(const mg_dictionary *d, const char *words, mg_name_hits *out,
                  molglot_error *err) {
    const bool sentence = plain_begins(words,
                                       "the molecule is "); /* what follows may be no structure */
    int code = built_strict(d, words, !sentence, out, err);
    if (!code && !out->n) code = find_plain(d, words, out, err);
    if (!code && !sentence) drop_denied(words, out);
    return code;
}

int mg_built_first(const mg_dictionary *d, const char *text, mg_name_hits *out,
                   molglot_error *err) {
    char *first = strndup(text, mg_text_first_sentence(text));
    if (!first) return mg_no_memory(err, "a sentence");
    /* behind a chemist's phrase ", anion" is another molecule */
    int code = built_strict(d, first, !strcasestr(first, "molecule is "), out, err);
    if (!code && !out->n) code = find_plain(d, first, out, err);
    if (!code && !strcasestr(first, "molecule is ")) drop_denied(first, out);
    free(first);
    return code;
}
