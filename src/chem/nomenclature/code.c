/* code.c - peptides in codes:
 *
 *   code     = [cap -] residue { [-] residue } [- cap] | cyclo( residue { - residue } ) |
 * c(letters) residue  = [D-, L-, DL-] [gamma-, beta- ...] [Me, NMe] three letters [(what is on its
 * side)] caps     = H, Ac, Boc ..., an acyl group's name; OH, NH2, OMe, al ...
 *
 * A code without D is L. Letters of one ("YGGFL", small ones D) are read between two caps or in a
 * ring alone: else they are words. Within "cyclo()" residues may be written out.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct code {
    char s[NAME_LONGEST + 1], l[NAME_LONGEST + 1]; /* as it is written; small letters */
    size_t i, end;
    name_fragment done; /* all up to s[i], bound by its carbonyl group or the cap */
    int first;          /* the nitrogen of the first residue */
    int residues, plain, caps;
    bool ring, failed;
} code;

typedef struct cap {
    const char *names, *smiles; /* names with "|" between */
} cap;

static const cap FRONT[] = {{"h", ""},
                            {"ac|acetyl|n-acetyl|n-ac", "C(=O)C"},
                            {"boc", "C(=O)OC(C)(C)C"},
                            {"z|cbz", "C(=O)OCc1ccccc1"},
                            {"fmoc", "C(=O)OCC1c2ccccc2c3ccccc13"},
                            {"for|formyl|n-formyl", "C=O"},
                            {"bz|benzoyl", "C(=O)c1ccccc1"},
                            {"suc|succinyl", "C(=O)CCC(=O)O"},
                            {"meosuc|meo-suc", "C(=O)CCC(=O)OC"},
                            {"glutaryl|glt", "C(=O)CCCC(=O)O"},
                            {"tos|tosyl", "S(=O)(=O)c1ccc(C)cc1"},
                            {"dns|dansyl", "S(=O)(=O)c1cccc2c(N(C)C)cccc12"},
                            {"tfa", "C(=O)C(F)(F)F"},
                            {"palm|pal|palmitoyl", "C(=O)CCCCCCCCCCCCCCC"},
                            {"myr|myristoyl", "C(=O)CCCCCCCCCCCCC"},
                            {"abz", "C(=O)c1c(N)cccc1"}},
                 BEHIND[] = {{"oh", "O"},
                             {"nh2|amide", "N"},
                             {"ome", "OC"},
                             {"oet", "OCC"},
                             {"obzl|obn", "OCc1ccccc1"},
                             {"otbu|obut", "OC(C)(C)C"},
                             {"onp", "Oc1ccc([N+](=O)[O-])cc1"},
                             {"nhme", "NC"},
                             {"nhet", "NCC"},
                             {"nme2", "N(C)C"},
                             {"nhnh2|nh-nh2", "NN"},
                             {"nhoh", "NO"},
                             {"pna|nhnp", "Nc1ccc([N+](=O)[O-])cc1"},
                             {"amc|mca|nhmec", "Nc1ccc2c(C)cc(=O)oc2c1"},
                             {"afc", "Nc1ccc2c(C(F)(F)F)cc(=O)oc2c1"},
                             {"2na|betana|beta-na|bna", "Nc1cc2ccccc2cc1"},
                             {"cmk|ch2cl", "CCl"},
                             {"fmk|ch2f", "CF"},
                             {"al|cho|h", ""},
                             {"ol", "-"}},
                 SIDE[] =
                     {/* "x": on the acid of a side chain */
                      {"xome", "C"},
                      {"xoet", "CC"},
                      {"xobzl|xobn", "Cc1ccccc1"},
                      {"xotbu|xobut", "C(C)(C)C"},
                      {"tbu|but", "C(C)(C)C"},
                      {"bzl|bn", "Cc1ccccc1"},
                      {"me", "C"},
                      {"ac", "C(=O)C"},
                      {"boc", "C(=O)OC(C)(C)C"},
                      {"z|cbz", "C(=O)OCc1ccccc1"},
                      {"fmoc", "C(=O)OCC1c2ccccc2c3ccccc13"},
                      {"for", "C=O"},
                      {"trt", "C(c1ccccc1)(c1ccccc1)c1ccccc1"},
                      {"acm", "CNC(=O)C"},
                      {"po3h2|h2po3", "P(=O)(O)O"},
                      {"so3h", "S(=O)(=O)O"}},
                 ON_RING[] = {{"f", "F"},   {"cl", "Cl"}, {"br", "Br"},
                              {"i", "I"},   {"me", "C"},  {"no2", "[N+](=O)[O-]"},
                              {"nh2", "N"}, {"oh", "O"},  {"ome", "OC"},
                              {"cn", "C#N"}};

static const char *const KNOWN[][3] = {{"glutathione", "gamma-Glu-Cys-Gly", "gamma-glu-cys-gly"},
                                       {"carnosine", "beta-Ala-His", "beta-ala-his"}};

/* The entry that has exactly the name s[0..n). */
static const cap *find(const cap *table, size_t count, const char *s, size_t n) {
    for (size_t i = 0; i < count; i++)
        for (const char *at = table[i].names; at;) {
            const size_t k = strcspn(at, "|");
            if (k == n && !strncmp(at, s, n)) return &table[i];
            at = at[k] ? at + k + 1 : NULL;
        }
    return NULL;
}

static bool begins(const code *c, size_t i, const char *what) {
    return i + strlen(what) <= c->end && !strncmp(c->l + i, what, strlen(what));
}

static bool substituent(name_fragment *f, const char *smiles) {
    *f = (name_fragment){0};
    if (name_add(f, smiles, NULL) < 0) return false;
    f->order = 1;
    if (f->a[0].number == 15) f->a[0].lambda = 5;
    return true;
}

/* ---- a residue ---- */

typedef struct one {
    const name_residue *row;
    char hand;
    bool methyl;
    size_t side, side_end; /* what stands in brackets behind it */
} one;

/* "D-", "(D)-", "L-", "DL-" */
static bool read_hand(code *c, char *hand) {
    static const struct {
        const char *words;
        char hand;
    } table[] = {{"dl-", 0},    {"d-", 'd'},  {"l-", 'l'}, {"(d)-", 'd'},
                 {"(l)-", 'l'}, {"(d)", 'd'}, {"(l)", 'l'}};
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        if (!begins(c, c->i, table[k].words)) continue;
        c->i += strlen(table[k].words);
        *hand = table[k].hand;
        return true;
    }
    return false;
}

/* "Me", "NMe", "N-Me-", "(NMe)" before a code; "N-methyl-" before a name. */
static bool read_methyl(code *c) {
    if (c->ring && begins(c, c->i, "n-methyl")) {
        c->i += 8 + (c->l[c->i + 8] == '-');
        return true;
    }
    static const char *const words[] = {"(N-Me)", "(NMe)", "(Me)", "N(Me)", "N-Me-",
                                        "N-Me",   "NMe-",  "NMe",  "Me"};
    for (size_t k = 0; k < MG_COUNT(words); k++) {
        const size_t n = strlen(words[k]);
        if (c->i + n + 2 >= c->end || strncmp(c->s + c->i, words[k], n) != 0 ||
            !isupper((unsigned char)c->s[c->i + n]))
            continue;
        c->i += n;
        return true;
    }
    return false;
}

/* The row of a code, with a Greek letter in front of it, or of a name written out. */
static const name_residue *read_row(code *c, char *hand) {
    static const char *const greek[] = {"alpha-", "beta-", "gamma-", "epsilon-"};
    char word[64];
    size_t length = 0, before = 0;
    const char *letter = "";
    bool told = read_hand(c, hand);
    for (size_t k = 0; k < MG_COUNT(greek); k++)
        if (begins(c, c->i, greek[k])) letter = k ? greek[k] : "", c->i += strlen(greek[k]);
    if (!told) read_hand(c, hand);
    before = strlen(letter);
    snprintf(word, sizeof word, "%s%.50s", letter, c->l + c->i);
    if (c->i + 50 > c->end) word[before + c->end - c->i] = 0;
    const name_residue *row = name_residue_coded(word, strlen(word), &length);
    if (c->ring) {
        size_t k;
        const name_residue *named = name_residue_named(word, strlen(word), FORM_ACYL, &k);
        if (named && k > length) row = named, length = k;
        named = name_residue_named(word, strlen(word), FORM_ACID, &k); /* the last one */
        if (named && c->i + k == c->end && k > length) row = named, length = k;
    }
    if (!row || length <= before) return NULL;
    c->i += length - before;
    return row;
}

static bool read_one(code *c, one *out) {
    *out = (one){.hand = 'i'};
    const size_t from = c->i;
    char hand = 'i';
    read_hand(c, &hand);
    out->methyl = read_methyl(c);
    out->row = read_row(c, &hand);
    out->hand = hand;
    if (!out->row) {
        c->i = from;
        return false;
    }
    bool large = false;
    for (size_t k = from; k < c->i; k++) large |= isupper((unsigned char)c->s[k]) != 0;
    c->plain += out->row->letter || large;
    if (c->i < c->end && c->l[c->i] == '(') {
        const name_reader r = {.s = c->l, .n = c->end};
        const size_t close = name_bracket_end(&r, c->i, c->end);
        if (close >= c->end) return false;
        out->side = c->i + 1, out->side_end = close;
        c->i = close + 1;
    }
    return true;
}

/* Puts what stands in the brackets on the residue. */
static bool put_side(const code *c, const one *o, name_fragment *f) {
    static const char *const places[] = {"n6", "n5", "n4", "n3", "o", "s"};
    const char *s = c->l + o->side;
    size_t n = o->side_end - o->side;
    char word[16];
    name_fragment sub;
    if (n > 2 && strchr("234", *s) && s[1] == '-') { /* "Phe(4-Cl)" */
        const cap *e = find(ON_RING, MG_COUNT(ON_RING), s + 2, n - 2);
        const int at = name_at(f, (const char[]){*s, 0});
        return e && at >= 0 && f->a[at].flat && substituent(&sub, e->smiles) &&
               name_join(f, at, &sub);
    }
    if (n >= sizeof word - 1) return false;
    const int acid = name_at(f, "x");
    snprintf(word, sizeof word, "%s%.*s", acid >= 0 ? "x" : "", (int)n, s);
    const cap *e = find(SIDE, MG_COUNT(SIDE), word, strlen(word));
    if (!e || !substituent(&sub, e->smiles)) return false;
    if (acid >= 0) return name_join(f, acid, &sub);
    const bool amine = o->row->code && strstr("lys orn dab|dbu dap|dpr", o->row->code);
    for (size_t k = 0; k < MG_COUNT(places); k++) {
        const int at = name_at(f, places[k]);
        if (at < 0) continue;
        const bool amide = strchr("NQ", o->row->letter) && o->row->letter &&
                           !strcmp(e->names, "trt");
        if (*places[k] == 'n' && !amine && !amide) return false;
        return name_join(f, at, &sub);
    }
    return false;
}

static bool add_residue(code *c, const one *o) {
    name_fragment f, methyl;
    if (!name_residue_build(o->row, o->hand, FORM_ACYL, &f)) return false;
    if (o->methyl && !(substituent(&methyl, "C") && name_join(&f, 0, &methyl))) return false;
    if (o->side && !put_side(c, o, &f)) return false;
    for (int i = 0; i < f.n; i++) *f.a[i].locant = 0;
    const int before = f.n;
    if (c->done.n && (name_residue_acylated(&f, 0) || !name_join(&f, 0, &c->done))) return false;
    c->first = c->residues ? before + c->first : 0;
    c->done = f;
    c->residues++;
    return true;
}

/* ---- caps ---- */

static void front_cap(code *c) {
    for (size_t k = c->end; k > c->i; k--) {
        if (c->l[k] != '-') continue;
        const cap *e = find(FRONT, MG_COUNT(FRONT), c->l + c->i, k - c->i);
        if (!e) continue;
        c->i = k + 1;
        c->caps++;
        if (*e->smiles) c->failed |= !substituent(&c->done, e->smiles);
        return;
    }
}

/* "isobutyryl-Val-Ala": an acyl group's name up to the first code that stands before a code's end.
 */
static void named_cap(code *c) {
    name_reader r = {
        .s = c->l, .n = c->end, .substituent = name_substituent, .compound = name_compound};
    const size_t from = c->i + (begins(c, c->i, "n-") ? 2 : 0);
    for (size_t k = from + 5; k + 3 < c->end; k++) {
        if (c->l[k] != '-' || !(isupper((unsigned char)c->s[k + 1]) || strchr(")]", c->s[k - 1])))
            continue;
        code probe = *c;
        one o;
        probe.i = k + 1;
        if (!read_one(&probe, &o)) continue;
        r.n = k;
        const bool closed = strchr("([", c->l[from]) && name_bracket_end(&r, from, k) + 1 == k;
        const name_ways *w = name_open(&r) ? name_substituent(&r, from + closed, k - closed) : NULL;
        if (w && w->n == 1 && name_residue_acyl(w->f[0])) {
            c->done = *w->f[0];
            c->i = k + 1;
            c->caps++;
        }
        name_close(&r);
        return;
    }
}

/* The carbonyl group's end: an aldehyde, an alcohol, or what is bound to it. */
static bool end_with(code *c, const char *smiles) {
    name_fragment whole = {0};
    if (*smiles && *smiles != '-') {
        if (name_add(&whole, smiles, NULL) < 0 || !name_join(&whole, 0, &c->done)) return false;
        c->done = whole;
        return true;
    }
    c->done.order = 0;
    for (int j = 0; j < c->done.m && *smiles; j++) {
        name_bond *b = &c->done.b[j];
        if (b->order == 2 && (b->a == c->done.from || b->b == c->done.from)) b->order = 1;
    }
    return true;
}

/* ---- all of it ---- */

static bool read_residues(code *c, const char **behind) {
    *behind = "O";
    for (bool glued = false;; glued = true) {
        one o;
        if (glued && (c->i == c->end || c->l[c->i] != '-')) {
            if (c->i == c->end) return true;
            if (!isupper((unsigned char)c->s[c->i]) && !c->ring) return false;
        } else if (glued) {
            c->i++;
            const cap *e = c->ring ? NULL
                                   : find(BEHIND, MG_COUNT(BEHIND), c->l + c->i, c->end - c->i);
            if (e) {
                *behind = e->smiles;
                c->caps++;
                c->i = c->end;
                return true;
            }
        }
        if (!read_one(c, &o) || !add_residue(c, &o)) return false;
    }
}

/* "YGGFL", small letters D; all of s[i..end). */
static bool read_letters(code *c, size_t end) {
    bool large = false;
    for (size_t k = c->i; k < end; k++) large |= isupper((unsigned char)c->s[k]) != 0;
    if (!large || end < c->i + 2) return false;
    for (; c->i < end; c->i++) {
        const char letter = c->s[c->i];
        one o = {.row = name_residue_lettered((char)toupper((unsigned char)letter)),
                 .hand = islower((unsigned char)letter) ? 'd' : 'i'};
        if (letter == 'g') o.hand = 'i';
        if (!o.row || !add_residue(c, &o)) return false;
    }
    return true;
}

static bool read_ring(code *c) {
    static const char *const words[] = {"cyclo", "cyclo-", "c"};
    c->ring = true;
    for (size_t k = 0; k < MG_COUNT(words) && !c->i; k++)
        if (begins(c, 0, words[k]) && c->l[strlen(words[k])] &&
            strchr("([", c->l[strlen(words[k])]))
            c->i = strlen(words[k]) + 1;
    const name_reader r = {.s = c->l, .n = c->end};
    if (!c->i && begins(c, 0, "cyclo-"))
        c->i = 6;
    else if (!c->i || name_bracket_end(&r, c->i - 1, c->end) + 1 != c->end)
        return false;
    else
        c->end--;
    if (c->l[c->i] == '-') c->i++;
    if (c->l[c->end - 1] == '-') c->end--;
    if (c->end <= c->i) return false;
    const char *behind;
    code letters = *c;
    c->l[c->end] = c->s[c->end] = 0;
    if (!(read_residues(c, &behind) && c->i == c->end)) {
        *c = letters;
        if (!read_letters(c, c->end)) return false;
    }
    const int carbonyl = c->done.from;
    if (c->residues < 2 || name_free(&c->done, c->first) < 1) return false;
    c->done.order = 0;
    return name_bind(&c->done, carbonyl, c->first, 1);
}

static bool read_chain(code *c) {
    const char *behind;
    front_cap(c);
    const code start = *c;
    if (!read_residues(c, &behind)) {
        *c = start;
        if (c->caps) { /* "Ac-DEVD-CHO" */
            const char *hyphen = strchr(c->l + c->i, '-');
            const cap *e = hyphen ? find(BEHIND, MG_COUNT(BEHIND), hyphen + 1, strlen(hyphen + 1))
                                  : NULL;
            if (!e || !strcmp(e->smiles, "CF") || !strcmp(e->smiles, "CCl")) return false;
            return read_letters(c, (size_t)(hyphen - c->l)) && end_with(c, e->smiles);
        }
        named_cap(c);
        if (!c->caps || !read_residues(c, &behind)) return false;
    }
    const bool single = c->residues == 1;
    if (c->residues < 3 && !strpbrk(c->l, "-(")) return false; /* "ProMet" may be anything */
    if (single && (!c->caps || (c->caps < 2 && !isupper((unsigned char)c->s[0])))) return false;
    return c->plain && end_with(c, behind);
}

/* Blanks may stand before what the chain ends with. */
static void words_to_caps(code *c) {
    static const char *const words[][2] = {
        {" amide", "-nh2"}, {" methyl ester", "-ome"}, {" ethyl ester", "-oet"}};
    for (size_t k = 0; k < MG_COUNT(words); k++) {
        const size_t n = strlen(words[k][0]);
        if (c->end <= n + 3 || strcmp(c->l + c->end - n, words[k][0]) != 0) continue;
        strcpy(c->l + c->end - n, words[k][1]);
        strcpy(c->s + c->end - n, words[k][1]);
        c->end = strlen(c->l);
        return;
    }
}

bool name_read_code(const char *name, name_fragment *f) {
    code c = {0};
    int charge;
    bool zwitterion;
    while (*name == ' ') name++;
    size_t n = strlen(name);
    if (n < 5 || n > NAME_LONGEST) return false;
    while (n && (name[n - 1] == ' ' || name[n - 1] == '.')) n--;
    for (size_t i = 0; i < n; i++) {
        c.s[i] = name[i];
        c.l[i] = (char)tolower((unsigned char)name[i]);
    }
    const bool bridged = name_cut_bridge(c.l, &n);
    const bool charged = name_cut_charge(c.l, &n, &charge, &zwitterion);
    c.s[n] = 0, c.end = n;
    for (size_t k = 0; k < MG_COUNT(KNOWN); k++)
        if (!strcmp(c.l, KNOWN[k][0])) {
            strcpy(c.s, KNOWN[k][1]);
            strcpy(c.l, KNOWN[k][2]);
            c.end = strlen(c.l);
        }
    words_to_caps(&c);
    if (strchr(c.l, ' ')) return false;
    code ring = c;
    const bool read = read_ring(&ring);
    if (read) c = ring;
    if (!read && !read_chain(&c)) return false;
    c.done.residue = true;
    if (c.failed || (bridged && !name_set_bridge(&c.done)) ||
        (charged && !name_set_charge(&c.done, charge, zwitterion)))
        return false;
    *f = c.done;
    return true;
}
