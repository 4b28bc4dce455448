/* name.c - a whole name, every way that it can be read.
 *
 *   name        = words that end esters or salts, compound (parent.c)
 *   compound    = prefixes, parent hydride, suffix | prefixes, retained parent
 *   substituent = prefixes, core (prefix.c, core.c)
 *   prefixes    = { [stereo] [indicated hydrogen] [locants] [multiplier] substituent or hydro }
 *
 * Names of an index ("benzamide, 3-nitro-") are turned round first. Different structures for one
 * name: it is refused.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BLANKS = 5 };

/* "(s)-ethyl 2-bromopropanoate": the acid's. */
static char label_in_front(const name_reader *r) {
    return name_begins(r, 0, r->n, "(r)-") ? 'R' : name_begins(r, 0, r->n, "(s)-") ? 'S' : 0;
}

static void read_all(name_reader *r, name_ways *out) {
    name_ways whole = {0};
    name_compound(r, 0, r->n, &whole);
    bool ion = false;
    for (int i = 0; i < whole.n; i++) ion |= whole.f[i]->n_ends > 0;
    const bool missing = ((ion || !whole.n) && name_blank_missing(r, out)) ||
                         (ion && name_may_be_ester(r));
    for (int i = 0; i < whole.n; i++) {
        name_fragment *f = whole.f[i];
        if ((f->n_ends && missing) || f->glycoside) continue;
        for (int k = 0; k < f->n_ends; k++) f->a[f->ends[k]].charge = -1; /* an anion */
        name_keep(r, out, f);
    }
    name_ways_free(&whole);
    name_alcohol_esters(r, r->n, r->plain ? 0 : 2, out);
    name_oxide(r, 0, r->n, out);
    for (size_t k = 1; k + 2 < r->n && !name_spent(r); k++) {
        if (r->s[k] != ' ') continue;
        name_multiple_ester(r, 0, k, r->n, out);
        name_ways acid = {0};
        name_compound(r, k + 1, r->n, &acid);
        const char label = label_in_front(r);
        for (int i = 0; i < acid.n; i++) {
            if (acid.f[i]->n_ends) name_esters(r, 0, k, acid.f[i], 0, out);
            if (!label || acid.f[i]->any_cip || !acid.f[i]->n_ends) continue;
            acid.f[i]->any_cip = label;
            name_esters(r, 4, k, acid.f[i], 0, out);
        }
        name_ways_free(&acid);
    }
}

/* ---- a molecule ---- */

/* deuterium: in the place of all hydrogens, which are so many; 0. */
static char *write_molecule(const name_fragment *given, int deuterium) {
    name_fragment f = *given;
    /* "(3S,8R,9S,10R)-", "9xi": what has no label is open on purpose, as 5 of "cholane" */
    int labelled = f.n == f.own && f.m == f.n + 3 ? 3 : 0;
    for (int i = 0; i < f.n; i++) {
        if (f.a[i].face && f.a[i].cip) labelled++;
        if (f.a[i].fixed && f.a[i].unsure) labelled = 3;
    }
    for (int j = 0; j < f.m; j++)
        if (f.b[j].order > 1 && labelled == 3 && f.n == f.own && f.m == f.n + 3) labelled = 0;
    if (f.order || !name_natural_clear(&f) || !name_kekulise(&f)) return NULL;
    if (deuterium && !name_deuterate(&f, deuterium)) return NULL;
    for (int i = 0; i < f.n && labelled < 3; i++)
        if (name_near_open(&f, i)) return NULL; /* a centre left open */
    char *smiles = name_sketched(&f, -1);
    for (int k = 1; smiles && name_turn_sides(&f, k); k++) { /* "cis": has it two hands? */
        char *other = name_sketched(&f, -1);
        const bool same = other && !strcmp(other, smiles);
        free(other);
        if (same) continue;
        free(smiles);
        return NULL;
    }
    return smiles;
}

/* Letters that are no ASCII, in ASCII: "alpha", "->"; *length: their bytes; NULL: another. */
static const char *fold_greek(const char *s, size_t *length) {
    static const char *const table[][2] = {
        {"\xce\xb1", "alpha"},   {"\xce\xb2", "beta"},   {"\xce\xb3", "gamma"},
        {"\xce\xb4", "delta"},   {"\xce\xbe", "xi"},     {"\xce\xbb", "lambda"},
        {"\xcf\x89", "omega"},   {"\xe2\x80\xb2", "'"},  {"\xe2\x86\x92", "->"},
        {"\xe2\x86\x94", "<->"}, {"\xe2\x80\x90", "-"},  {"\xe2\x80\x91", "-"},
        {"\xe2\x80\x93", "-"},   {"\xe2\x80\xb3", "''"}, {"\xe2\x88\x92", "-"}};
    for (size_t i = 0; i < MG_COUNT(table) && (unsigned char)*s >= 0x80; i++)
        if (!strncmp(s, table[i][0], strlen(table[i][0]))) {
            *length = strlen(table[i][0]);
            return table[i][1];
        }
    return NULL;
}

/* The name folded: small letters, plain quotes and hyphens; 0: it holds something else. */
static size_t fold(const char *name, char out[NAME_LONGEST + 1]) {
    size_t n = 0;
    while (*name == ' ' || *name == '\t') name++;
    for (const char *s = name; *s; s++) {
        if (n == NAME_LONGEST) return 0;
        size_t more = 0;
        const char *plain = fold_greek(s, &more);
        if (plain) {
            if (n + strlen(plain) > NAME_LONGEST) return 0;
            n += (size_t)snprintf(out + n, NAME_LONGEST + 1 - n, "%s", plain);
            s += more - 1;
            continue;
        }
        const unsigned char c = (unsigned char)*s;
        if (c >= 0x80 || c < ' ') return 0;
        if (c == '$' && !strncmp(s, "$l^", 3)) { /* "$l^{6}": lambda6 */
            if (n + 6 > NAME_LONGEST) return 0;
            memcpy(out + n, "lambda", 6);
            n += 6, s += 2;
            continue;
        }
        if (c == ' ' && (!n || out[n - 1] == ' ')) continue;
        out[n++] = (char)tolower(c);
    }
    while (n && (out[n - 1] == ' ' || out[n - 1] == '.')) n--;
    out[n] = 0;
    return n;
}

/* Signs of rotation where labels say what is meant, and words that say that none is. */
static void drop_signs(char *s, size_t *n) {
    static const char *const signs[] = {"(+)-", "(-)-", "(+/-)-", "(+-)-", "(rs)-", "dl-"};
    const bool labelled = strstr(s, "r)-") || strstr(s, "s)-");
    for (size_t i = 0; i < MG_COUNT(signs); i++) {
        const size_t k = strlen(signs[i]);
        char *at = strstr(s, signs[i]);
        if (!at || (i < 2 && !labelled) || (i == 5 && at != s)) continue;
        memmove(at, at + k, strlen(at + k) + 1);
        if (!*at && at > s + 1 && at[-1] == ' ' && at[-2] == ',') at[-2] = 0; /* "..., (+-)-" */
    }
    if (name_ends_with(s, ", dl-")) s[strlen(s) - 5] = 0;
    *n = strlen(s);
}

/* ---- what stands beside it ---- */

/* "X;hydrochloride", "X, hydrobromide": the acid beside it, cut off; NULL: none. */
static const char *cut_acid(char *s, size_t *n) {
    static const struct {
        const char *name, *smiles;
    } acids_beside[] = {{"hydrochloride", "Cl"},
                        {"monohydrochloride", "Cl"},
                        {"dihydrochloride", "Cl.Cl"},
                        {"hydrogen chloride", "Cl"},
                        {"hydrogen bromide", "Br"},
                        {"hydrobromide", "Br"},
                        {"hydroiodide", "I"},
                        {"hydrate", "O"},
                        {"water", "O"},
                        {" sulfuric acid", "O=S(=O)(O)O"},
                        {" nitric acid", "O=[N+]([O-])O"},
                        {" phosphoric acid", "O=P(O)(O)O"},
                        {" oxalic acid", "O=C(O)C(=O)O"},
                        {" ammonia", "N"},
                        {"hydrogen iodide", "I"},
                        {"monohydrate", "O"},
                        {"dihydrate", "O.O"},
                        {"trihydrochloride", "Cl.Cl.Cl"}};
    for (size_t i = 0; i < MG_COUNT(acids_beside); i++) {
        const size_t k = strlen(acids_beside[i].name);
        if (*n < k + 4 || strcmp(s + *n - k, acids_beside[i].name) != 0) continue;
        size_t cut = *n - k;
        if (!strchr(" ;", s[cut - 1]) && *acids_beside[i].name != ' ') continue;
        while (cut && strchr(" ;,", s[cut - 1])) cut--;
        s[cut] = 0;
        *n = cut;
        return acids_beside[i].smiles;
    }
    return NULL;
}

/* With what stands beside it. */
static char *put_acid(char *smiles, const char *acid) {
    mg_str s = {0};
    mg_str_addf(&s, "%s.%s", smiles, acid);
    mg_mol *m = s.failed ? NULL : mg_mol_from_smiles(s.s, NULL, NULL);
    char *out = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    mg_str_free(&s);
    free(smiles);
    return out;
}

/* With "(2-)" behind it as a charge of all that stands before (cut), or as the letters have it.
 * *cut: whether there is one. */
static int read_charged(char *folded, size_t n, bool *cut, char **smiles, name_fragment *which,
                        molglot_error *err) {
    name_reader r = {
        .s = folded, .n = n, .substituent = name_substituent, .compound = name_compound};
    const bool bridged = name_cut_bridge(folded, &r.n);
    const int deuterium = name_cut_deuterium(folded, &r.n);
    int blanks = 0; /* a sentence is no name */
    for (size_t i = 0; i < r.n; i++) blanks += folded[i] == ' ';
    if (r.n < 4 || blanks > MOST_BLANKS) {
        *cut = false;
        return MOLGLOT_OK;
    }
    int charge;
    bool zwitterion;
    const bool charged = *cut && name_cut_charge(folded, &r.n, &charge, &zwitterion);
    *cut = charged;
    r.plain = !name_mentions_natural(folded);
    r.turned = strstr(folded, ", ") || name_ends_with(folded, " ester");
    if ((strstr(folded, ", ") || name_ends_with(folded, " ester") || name_ends_with(folded, ")")) &&
        !name_turn(folded, &r.n))
        return MOLGLOT_OK;
    name_ways all = {0};
    if (name_open(&r))
        read_all(&r, &all);
    else
        r.failed = true;
    bool two = false;
    for (int i = 0; i < 2 * all.n; i++) { /* strict readings first */
        name_fragment *f = all.f[i % all.n];
        if (i == all.n && *smiles) break;
        if (f->loose != (i >= all.n)) continue;
        if (bridged && !name_set_bridge(f)) continue;
        if (charged && !name_set_charge(f, charge, zwitterion)) continue;
        char *one = write_molecule(f, deuterium);
        if (one && *smiles && strcmp(one, *smiles) != 0) two = true;
        if (one && !*smiles && which) *which = *f;
        if (one && !*smiles)
            *smiles = one;
        else
            free(one);
    }
    if (two || r.steps > NAME_STEPS || r.failed) {
        free(*smiles);
        *smiles = NULL;
    }
    name_ways_free(&all);
    name_close(&r);
    return r.failed ? mg_no_memory(err, "a name") : MOLGLOT_OK;
}

/* One component, its letters folded; *smiles stays NULL where it is not understood. *which, unless
 * NULL: the fragment that it was made of. */
static int read_letters(char *folded, size_t n, char **smiles, name_fragment *which,
                        molglot_error *err) {
    char own[NAME_LONGEST + 1];
    bool cut = true;
    snprintf(own, sizeof own, "%s", folded);
    int code = read_charged(folded, n, &cut, smiles, which, err);
    if (code || *smiles || !cut) return code;
    cut = false; /* of a sugar or a nucleotide, which read it themselves */
    memcpy(folded, own, strlen(own) + 1);
    return read_charged(folded, n, &cut, smiles, which, err);
}

/* "2,5-dimethyl benzoic acid": a blank too many; a structure if one way to drop it gives one. */
static int read_component(char *folded, size_t n, char **smiles, molglot_error *err) {
    char own[NAME_LONGEST + 1];
    snprintf(own, sizeof own, "%s", folded);
    int code = read_letters(own, n, smiles, NULL, err);
    if (n > 120 || (!isdigit((unsigned char)*folded) && !strchr("([", *folded))) return code;
    bool two = false;
    const bool read = *smiles != NULL;
    for (size_t k = 1; k + 1 < n && !code && !read; k++) {
        char *one = NULL;
        if (folded[k] != ' ' || !(isalpha((unsigned char)folded[k - 1]) || folded[k - 1] == ')') ||
            !isalpha((unsigned char)folded[k + 1]) || !strncmp(folded + k + 1, "acid", 4))
            continue;
        snprintf(own, sizeof own, "%.*s%s", (int)k, folded, folded + k + 1);
        code = read_letters(own, strlen(own), &one, NULL, err);
        if (one &&
            name_charge_of(one) < 0) { /* "ethyl acetate" is an ester, "ethylacetate" an ion */
            free(one);
            one = NULL;
        }
        two |= one && *smiles && strcmp(one, *smiles) != 0;
        if (one && !*smiles)
            *smiles = one;
        else
            free(one);
    }
    if (two) {
        free(*smiles);
        *smiles = NULL;
    }
    return code;
}

/* What the families of lipids say, or a name respelled as they do; with the charge said behind. */
static int read_lipid(const char *folded, char **smiles, molglot_error *err) {
    char own[NAME_LONGEST + 1], respelled[NAME_LONGEST + 1];
    bool failed = false;
    int charge = 0, code = MOLGLOT_OK;
    snprintf(own, sizeof own, "%s", folded);
    const bool charged = name_lipid_cut_charge(own, &charge);
    *smiles = name_lipid(own, &failed);
    const bool spelled = !*smiles && !failed && name_respelled(own, respelled, &failed);
    if (!*smiles && !failed && (spelled || charged))
        code = read_component(spelled ? respelled : own, strlen(spelled ? respelled : own), smiles,
                              err);
    if (*smiles && charged && !code) *smiles = name_ionised(*smiles, charge, &failed);
    return failed ? mg_no_memory(err, "a name") : code;
}

int name_of_parent(const char *name, name_fragment *out, char **smiles, molglot_error *err) {
    char folded[NAME_LONGEST + 1];
    size_t n = fold(name, folded);
    *smiles = NULL;
    if (n < 4 || strchr(folded, ';')) return MOLGLOT_OK;
    drop_signs(folded, &n);
    name_respell(folded, &n);
    name_residue_spelling(folded, &n);
    return read_letters(folded, n, smiles, out, err);
}

/* "(2R)-L-alanine": labels in front that deny the hand. */
static int check_hand(const char *folded, char **smiles, molglot_error *err) {
    const char *close = *folded == '(' ? strchr(folded, ')') : NULL;
    char *own = NULL;
    if (!close || (strncmp(close, ")-l-", 4) != 0 && strncmp(close, ")-d-", 4) != 0))
        return MOLGLOT_OK;
    const int code = mg_name_read(close + 2, &own, err);
    int more = 0; /* centres that the hand leaves open */
    for (const char *s = *smiles; *s; s++) more += *s == '@' && s[1] != '@';
    for (const char *s = own ? own : ""; *s; s++) more -= *s == '@' && s[1] != '@';
    if (own && !more && strcmp(own, *smiles) != 0) {
        free(*smiles);
        *smiles = NULL;
    }
    free(own);
    return code;
}

/* "O-acetylphenol", which is no o-acetylphenol: where "p-" could stand in its place, "O-" is not
 * what was read. */
static int check_oxygen(const char *name, char **smiles, molglot_error *err) {
    char other[NAME_LONGEST + 1], *para = NULL;
    while (*name == ' ') name++;
    if (name[0] != 'O' || name[1] != '-' || strlen(name) > NAME_LONGEST) return MOLGLOT_OK;
    snprintf(other, sizeof other, "p%s", name + 1);
    const int code = mg_name_read(other, &para, err);
    if (para) {
        free(*smiles);
        *smiles = NULL;
    }
    free(para);
    return code;
}

/* "A;B" and "A; B; hydrochloride" list components; behind "; " alone may stand another name. */
static bool lists_components(const char *folded) {
    char own[NAME_LONGEST + 1];
    bool is = false;
    snprintf(own, sizeof own, "%s", folded);
    for (char *part = own, *next; part; part = next) {
        next = strchr(part, ';');
        if (next) *next++ = 0;
        is |= next && *next != ' ';
        while (*part == ' ') part++;
        is |= name_small_component(part) != NULL;
    }
    return is;
}

/* Two molecules with a semicolon between them are ions, or an acid and what takes its proton; else
 * they are two names. */
static bool may_stand_beside(const char *a, const char *b) {
    static const char acid[] = "[$([CX3](=O)[OX2H1]),$(S(=O)(=O)[OX2H1]),$(P[OX2H1]),$([OX2H1][N+])"
                               ",$([F,Cl,Br,I;H1])]",
                      base[] = "[#7;+0]";
    if (name_charge_of(b)) return true;
    return (mg_smiles_count(a, acid, 1) > 0 && mg_smiles_count(b, base, 1) > 0) ||
           (mg_smiles_count(b, acid, 1) > 0 && mg_smiles_count(a, base, 1) > 0);
}

/* "1alpha,24-dihydroxyvitamin D3": C3 has another label there than the vitamin's name gives it. */
static bool is_turned_vitamin(const char *s) {
    const char *at = strstr(s, "vitamin d");
    if (!at) at = strstr(s, "calciferol");
    for (const char *c = s; at && c < at; c++)
        if (*c == '1' && (c == s || !isdigit((unsigned char)c[-1])) && strchr("ab,-", c[1]))
            return true;
    return false;
}

/* "2-hydroxyacetanilide": on the acetyl or on the ring? Primes, "N-" and "2,2-" would tell. */
static bool is_of_two_places(const char *name, size_t n) {
    static const char parent[] = "acetanilide";
    const size_t k = sizeof parent - 1;
    if (n < k + 5 || strcmp(name + n - k, parent) != 0 || strncmp(name, "2-", 2) != 0) return false;
    for (size_t i = 2; i < n - k; i++)
        if (!isalpha((unsigned char)name[i])) return false;
    return true;
}

int mg_name_read(const char *name, char **smiles, molglot_error *err) {
    char folded[NAME_LONGEST + 1], *rest = folded;
    size_t n = fold(name, folded);
    int code = MOLGLOT_OK;
    bool first = true;
    *smiles = NULL;
    if (n < 4 || is_of_two_places(folded, n)) return MOLGLOT_OK;
    name_fragment *coded = malloc(sizeof *coded);
    if (!coded) return mg_no_memory(err, "a name");
    if (name_read_code(name, coded)) *smiles = write_molecule(coded, 0);
    free(coded);
    if (*smiles) return MOLGLOT_OK;
    drop_signs(folded, &n);
    name_respell(folded, &n);
    name_residue_spelling(folded, &n);
    if (is_turned_vitamin(folded)) return MOLGLOT_OK;
    const bool several = strchr(folded, ';') != NULL;
    const bool listed = several && lists_components(folded);
    const char *acids[4] = {NULL}; /* "X hydrogen chloride hydrogen chloride" */
    for (int k = 0; k < 4 && !several && (acids[k] = cut_acid(folded, &n)) != NULL; k++) {}
    char whole[NAME_LONGEST + 1];
    memcpy(whole, folded, n + 1);
    while (rest && !code && (first || *smiles)) { /* each component beside those before */
        char *part = rest, *one = NULL;
        rest = strchr(rest, ';');
        if (rest) *rest++ = 0;
        while (*part == ' ') part++;
        const char *small = rest || !first ? name_small_component(part) : NULL;
        if (small)
            one = strdup(small);
        else
            code = read_component(part, strlen(part), &one, err);
        if (small && !one) code = mg_no_memory(err, "a name");
        if (first) {
            *smiles = one;
        } else if (!listed && one && *smiles && !strcmp(one, *smiles)) {
            free(one); /* another name of it */
        } else {
            const bool beside = one && *smiles && (listed || may_stand_beside(*smiles, one));
            char *both = beside ? put_acid(*smiles, one) : NULL;
            if (!beside) free(*smiles);
            free(one);
            *smiles = both;
        }
        first = false;
    }
    if (!*smiles && !code && !several && !*acids) code = read_lipid(whole, smiles, err);
    /* how often each ion is there the name does not say */
    if (*smiles && several && name_charge_of(*smiles) != 0) {
        free(*smiles);
        *smiles = NULL;
    }
    if (!*smiles && !code) code = name_salt(whole, read_component, smiles, err);
    if (!*smiles && !code) code = name_functional(whole, read_component, smiles, err);
    if (*smiles && !code) code = check_hand(whole, smiles, err);
    if (*smiles && !code) code = check_oxygen(name, smiles, err);
    for (int k = 0; k < 4 && acids[k] && *smiles && !code; k++)
        *smiles = put_acid(*smiles, acids[k]);
    if (code) {
        free(*smiles);
        *smiles = NULL;
    }
    return code;
}
