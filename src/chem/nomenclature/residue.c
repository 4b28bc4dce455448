/* residue.c - amino acids: what they are called as acids, acyl groups, amides, anions, by a code of
 * three letters and of one, and their fragments. Every SMILES is that of the L form, begins with
 * the nitrogen that takes the residue before it and ends with the carboxy group that takes the one
 * behind it.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define A4   "n2/2/3/4"
#define RING "n2/alpha/beta/1/2/3/4/5/6"

/* "|" stands between names of one thing. Places that no locant reaches: "x", of "Glu(OMe)", and
 * "n@", which only counts. */
static const name_residue RESIDUES[] = {
    {"glycine", "glycyl", "gly", 'G', "NCC(=O)O", "n2/2"},
    {"alanine", "alanyl", "ala", 'A', "N[C@@H](C)C(=O)O", "n2/2/3"},
    {"valine", "valyl", "val", 'V', "N[C@@H](C(C)C)C(=O)O", A4},
    {"leucine", "leucyl", "leu", 'L', "N[C@@H](CC(C)C)C(=O)O", "n2/2/3/4/5"},
    {"isoleucine", "isoleucyl", "ile", 'I', "N[C@@H]([C@@H](C)CC)C(=O)O", "n2/2/3//4/5"},
    {"alloisoleucine|allo-isoleucine", "alloisoleucyl|allo-isoleucyl", "aile|alle|allo-ile", 0,
     "N[C@@H]([C@H](C)CC)C(=O)O", "n2/2/3//4/5"},
    {"proline", "prolyl", "pro", 'P', "N1[C@@H](CCC1)C(=O)O", "1/2/3/4/5"},
    {"phenylalanine", "phenylalanyl", "phe", 'F', "N[C@@H](Cc1ccccc1)C(=O)O", RING},
    {"tyrosine", "tyrosyl", "tyr", 'Y', "N[C@@H](Cc1ccc(O)cc1)C(=O)O",
     "n2/alpha/beta/1/2/3/4/o/5/6"},
    {"tryptophan|trytophan", "tryptophyl|tryptophanyl", "trp", 'W',
     "N[C@@H](Cc1c[nH]c2ccccc12)C(=O)O", "n2/alpha/beta/3/2/1/7a/7/6/5/4/3a"},
    {"serine", "seryl", "ser", 'S', "N[C@@H](CO)C(=O)O", "n2/2/3/o"},
    {"threonine", "threonyl", "thr", 'T', "N[C@@H]([C@H](O)C)C(=O)O", "n2/2/3/o/4"},
    {"allothreonine|allo-threonine", "allothreonyl|allo-threonyl", "athr|allo-thr", 0,
     "N[C@@H]([C@@H](O)C)C(=O)O", "n2/2/3/o/4"},
    {"cysteine", "cysteinyl|cysteyl", "cys", 'C', "N[C@@H](CS)C(=O)O", "n2/2/3/s"},
    {"methionine", "methionyl", "met", 'M', "N[C@@H](CCSC)C(=O)O", "n2/2/3/4/s"},
    {"aspartic acid|alpha-aspartic acid", "aspartyl|alpha-aspartyl", "asp", 'D',
     "N[C@@H](CC(=O)O)C(=O)O", "n2/2/3///x"},
    {"asparagine", "asparaginyl|asparagyl", "asn", 'N', "N[C@@H](CC(=O)N)C(=O)O", "n2/2/3///n4"},
    {"glutamic acid|alpha-glutamic acid", "glutamyl|alpha-glutamyl", "glu", 'E',
     "N[C@@H](CCC(=O)O)C(=O)O", "n2/2/3/4///x"},
    {"glutamine", "glutaminyl", "gln", 'Q', "N[C@@H](CCC(=O)N)C(=O)O", "n2/2/3/4///n5"},
    {"lysine", "lysyl", "lys", 'K', "N[C@@H](CCCCN)C(=O)O", "n2/2/3/4/5/6/n6"},
    {"arginine", "arginyl", "arg", 'R', "N[C@@H](CCCN=C(N)N)C(=O)O", "n2/2/3/4/5/n@//n@/n@"},
    {"histidine", "histidyl", "his", 'H', "N[C@@H](Cc1cnc[nH]1)C(=O)O", "n2/alpha/beta"},
    {"selenocysteine", "selenocysteinyl|selenocysteyl", "sec", 'U', "N[C@@H](C[SeH])C(=O)O",
     "n2/2/3/se"},
    /* linked by the other carboxy group */
    {"isoaspartic acid|beta-aspartic acid", "isoaspartyl|beta-aspartyl", "beta-asp|isoasp", 0,
     "N[C@H](C(=O)O)CC(=O)O", "n2/2//x//3"},
    {NULL, "gamma-glutamyl", "gamma-glu|isoglu", 0, "N[C@H](C(=O)O)CCC(=O)O", "n2/2//x//3/4"},
    {"alpha-glutamine|isoglutamine|alpha-glutamic 1-amide|glutamic 1-amide",
     "isoglutaminyl|alpha-glutaminyl", "isogln|igln|isogln", 0, "N[C@H](C(=O)N)CCC(=O)O",
     "n2/2///n1/3/4"},
    {"alpha-asparagine|isoasparagine|alpha-aspartic 1-amide|aspartic 1-amide",
     "isoasparaginyl|alpha-asparaginyl", "isoasn", 0, "N[C@H](C(=O)N)CC(=O)O", "n2/2///n1/3"},
    /* linked by the amino group of the side chain */
    {NULL, "epsilon-lysyl", "epsilon-lys", 0, "NCCCC[C@H](N)C(=O)O", "n6/6/5/4/3/2/n2"},
    /* homologues and others */
    {"norleucine", "norleucyl", "nle", 0, "N[C@@H](CCCC)C(=O)O", "n2/2/3/4/5/6"},
    {"norvaline", "norvalyl", "nva", 0, "N[C@@H](CCC)C(=O)O", "n2/2/3/4/5"},
    {"2-aminobutanoic acid|alpha-aminobutyric acid", "2-aminobutanoyl|alpha-aminobutyryl", "abu", 0,
     "N[C@@H](CC)C(=O)O", "n2/2/3/4"},
    {"2-aminoisobutyric acid|alpha-aminoisobutyric acid", "2-aminoisobutyryl|alpha-aminoisobutyryl",
     "aib", 0, "NC(C)(C)C(=O)O", "n2/2"},
    {"isovaline", "isovalyl", "iva", 0, "N[C@@](C)(CC)C(=O)O", "n2/2//3/4"},
    {"tert-leucine|tertiary leucine", "tert-leucyl", "tle|tbg", 0, "N[C@@H](C(C)(C)C)C(=O)O",
     "n2/2/3"},
    {"sarcosine", "sarcosyl", "sar", 0, "N(C)CC(=O)O", "n2//2"},
    {"ornithine", "ornithyl|ornithinyl", "orn", 0, "N[C@@H](CCCN)C(=O)O", "n2/2/3/4/5/n5"},
    {"2,4-diaminobutyric acid|2,4-diaminobutanoic acid", "2,4-diaminobutanoyl|2,4-diaminobutyryl",
     "dab|dbu", 0, "N[C@@H](CCN)C(=O)O", "n2/2/3/4/n4"},
    {"2,3-diaminopropionic acid|2,3-diaminopropanoic acid",
     "2,3-diaminopropanoyl|2,3-diaminopropionyl", "dap|dpr", 0, "N[C@@H](CN)C(=O)O", "n2/2/3/n3"},
    {"citrulline", "citrullyl|citrullinyl", "cit", 0, "N[C@@H](CCCNC(=O)N)C(=O)O",
     "n2/2/3/4/5/n5///n6"},
    {"homocitrulline", "homocitrullyl", "hcit", 0, "N[C@@H](CCCCNC(=O)N)C(=O)O", "n2/2/3/4/5/6/n6"},
    {"homocysteine", "homocysteinyl|homocysteyl", "hcy", 0, "N[C@@H](CCS)C(=O)O", "n2/2/3/4/s"},
    {"homoserine", "homoseryl", "hse", 0, "N[C@@H](CCO)C(=O)O", "n2/2/3/4/o"},
    {"homoserine lactone", NULL, NULL, 0, "N[C@@H]1C(=O)OCC1", "n2/3/2//1/5/4"},
    {"homoarginine", "homoarginyl", "har|harg", 0, "N[C@@H](CCCCN=C(N)N)C(=O)O", "n2/2/3/4/5/6"},
    {"homophenylalanine", "homophenylalanyl", "hph|hphe", 0, "N[C@@H](CCc1ccccc1)C(=O)O",
     "n2/alpha/beta/gamma/1/2/3/4/5/6"},
    {"homoleucine", "homoleucyl", "hleu", 0, "N[C@@H](CCC(C)C)C(=O)O", "n2/2/3/4/5"},
    {"penicillamine", "penicillaminyl", "pen", 0, "N[C@@H](C(C)(C)S)C(=O)O", "n2/2/3///s"},
    {"phenylglycine|2-phenylglycine|alpha-phenylglycine",
     "phenylglycyl|2-phenylglycyl|alpha-phenylglycyl", "phg", 0, "N[C@@H](c1ccccc1)C(=O)O",
     "n2/alpha/1/2/3/4/5/6"},
    {"cyclohexylalanine|3-cyclohexylalanine", "cyclohexylalanyl", "cha", 0,
     "N[C@@H](CC1CCCCC1)C(=O)O", RING},
    {"cyclohexylglycine", "cyclohexylglycyl", "chg", 0, "N[C@@H](C1CCCCC1)C(=O)O",
     "n2/alpha/1/2/3/4/5/6"},
    {"1-naphthylalanine|3-(1-naphthyl)alanine", "1-naphthylalanyl|3-(1-naphthyl)alanyl",
     "1-nal|1nal", 0, "N[C@@H](Cc1cccc2ccccc12)C(=O)O", "n2/alpha/beta"},
    {"2-naphthylalanine|3-(2-naphthyl)alanine", "2-naphthylalanyl|3-(2-naphthyl)alanyl",
     "2-nal|2nal", 0, "N[C@@H](Cc1cc2ccccc2cc1)C(=O)O", "n2/alpha/beta"},
    {"2-thienylalanine|3-(2-thienyl)alanine", "2-thienylalanyl|3-(2-thienyl)alanyl", "thi", 0,
     "N[C@@H](Cc1sccc1)C(=O)O", "n2/alpha/beta"},
    {"hydroxyproline", "hydroxyprolyl", "hyp|4hyp", 0, "N1[C@@H](C[C@@H](O)C1)C(=O)O",
     "1/2/3/4/o/5"},
    {"pipecolic acid", "pipecolyl|pipecoloyl", "pip", 0, "N1[C@@H](CCCC1)C(=O)O", "1/2/3/4/5/6"},
    {"azetidine-2-carboxylic acid", "azetidine-2-carbonyl", "aze", 0, "N1[C@@H](CC1)C(=O)O",
     "1/2/3/4"},
    {NULL, NULL, "tic", 0, "N1[C@@H](Cc2ccccc2C1)C(=O)O", NULL},
    {NULL, NULL, "oic", 0, "N1[C@@H](C[C@@H]2CCCC[C@H]12)C(=O)O", NULL},
    {"pyroglutamic acid", "pyroglutamyl", "pglu|p-glu|glp|pyroglu", 0, "N1[C@@H](CCC1=O)C(=O)O",
     "1/2/3/4/5"},
    {"kynurenine", "kynureninyl|kynurenyl", "kyn", 0, "N[C@@H](CC(=O)c1c(N)cccc1)C(=O)O", "n2/2/3"},
    {"dopa", NULL, "dopa", 0, "N[C@@H](Cc1cc(O)c(O)cc1)C(=O)O", "n2/alpha/beta/1/2/3//4//5/6"},
    {"2-aminoadipic acid|alpha-aminoadipic acid", NULL, "aad", 0, "N[C@@H](CCCC(=O)O)C(=O)O",
     "n2/2/3/4/5///x"},
    {"allylglycine|2-allylglycine", "allylglycyl", NULL, 0, "N[C@@H](CC=C)C(=O)O", "n2/2/3/4/5"},
    {"propargylglycine", "propargylglycyl", NULL, 0, "N[C@@H](CC#C)C(=O)O", "n2/2/3"},
    {"vinylglycine|2-vinylglycine", "vinylglycyl", NULL, 0, "N[C@@H](C=C)C(=O)O", "n2/2/3/4"},
    {"homomethionine", NULL, NULL, 0, "N[C@@H](CCCSC)C(=O)O", "n2/2"},
    {"dihomomethionine", NULL, NULL, 0, "N[C@@H](CCCCSC)C(=O)O", "n2/2"},
    {"trihomomethionine", NULL, NULL, 0, "N[C@@H](CCCCCSC)C(=O)O", "n2/2"},
    {"tetrahomomethionine", NULL, NULL, 0, "N[C@@H](CCCCCCSC)C(=O)O", "n2/2"},
    {"pentahomomethionine", NULL, NULL, 0, "N[C@@H](CCCCCCCSC)C(=O)O", "n2/2"},
    {"hexahomomethionine", NULL, NULL, 0, "N[C@@H](CCCCCCCCSC)C(=O)O", "n2/2"},
    {"theanine", NULL, NULL, 0, "N[C@@H](CCC(=O)NCC)C(=O)O", "n2/2/3/4"},
    {"statine", "statyl", "sta", 0, "N[C@@H](CC(C)C)[C@@H](O)CC(=O)O", "n4/4/5/6///3/o/2"},
    {"phosphoserine", "phosphoseryl", "pser|sep", 0, "N[C@@H](COP(=O)(O)O)C(=O)O", "n2/2/3"},
    {"phosphothreonine", "phosphothreonyl", "pthr|tpo", 0, "N[C@@H]([C@H](OP(=O)(O)O)C)C(=O)O",
     "n2/2/3"},
    {"phosphotyrosine", "phosphotyrosyl", "ptyr|ptr", 0, "N[C@@H](Cc1ccc(OP(=O)(O)O)cc1)C(=O)O",
     "n2/alpha/beta/1/2/3/4"},
    {"dehydroalanine", "dehydroalanyl", "dha", 0, "NC(=C)C(=O)O", "n2/2/3"},
    {"beta-alanine", "beta-alanyl", "beta-ala|betaala|bala|b-ala", 0, "NCCC(=O)O", "n3/3/2"},
    {"beta-phenylalanine", NULL, NULL, 0, "NC(c1ccccc1)CC(=O)O", "n3/3"}, /* or 3-phenylalanine? */
    {"gamma-aminobutyric acid|4-aminobutyric acid", "gamma-aminobutyryl|4-aminobutyryl",
     "gaba|gamma-abu", 0, "NCCCC(=O)O", "n4/4/3/2"}};

/* ---- names ---- */

/* One of a list "a|b|c" that s begins with: its length, the longest; 0: none. The letters `drop` of
 * its end are not compared, and `end` stands there instead. */
static size_t begins_with(const char *list, const char *s, size_t n, const char *drop,
                          const char *end) {
    size_t best = 0;
    for (const char *at = list; at; at++) {
        const char *next = strchr(at, '|');
        if (*at == *s) {
            const size_t all = next ? (size_t)(next - at) : strlen(at), cut = strlen(drop),
                         more = strlen(end), k = all - cut;
            if (all > cut && k + more <= n && k + more > best && !strncmp(at, s, k) &&
                !strncmp(at + k, drop, cut) && !strncmp(s + k, end, more))
                best = k + more;
        }
        if (!(at = next)) break;
    }
    return best;
}

/* Whether a name of that form can end as s[0..n) does. */
bool name_residue_may_end(const char *s, size_t n, name_form form) {
    static const char *const ends[][7] = {{"yl"},  {"ine", "han", "cid", "dopa", "tone", "1-amide"},
                                          {"ate"}, {"amide"},
                                          {"al"},  {"ol"},
                                          {"ium"}, {"amido"}};
    for (int i = 0; i < 7 && ends[form][i]; i++) {
        const size_t k = strlen(ends[form][i]);
        if (n >= k && !strncmp(s + n - k, ends[form][i], k)) return true;
    }
    return false;
}

static size_t name_of(const name_residue *row, name_form form, const char *s, size_t n) {
    static const char *const ends[] = {"", "", "ate", "amide", "al", "ol", "ium", "amido"};
    size_t k;
    switch (form) {
    case FORM_ACYL: return row->acyl ? begins_with(row->acyl, s, n, "", "") : 0;
    case FORM_ACID: return row->acid ? begins_with(row->acid, s, n, "", "") : 0;
    default: break;
    }
    if (!row->acid) return 0;
    if ((k = begins_with(row->acid, s, n, "ine", "in")) ||
        (k = begins_with(row->acid, s, n, "an", "an"))) {
        const size_t more = strlen(ends[form]);
        return k + more <= n && !strncmp(s + k, ends[form], more) ? k + more : 0;
    }
    return form == FORM_ANION   ? begins_with(row->acid, s, n, "ic acid", "ate")
           : form == FORM_AMIDE ? begins_with(row->acid, s, n, "ic acid", "amide")
                                : 0;
}

const name_residue *name_residue_named(const char *s, size_t n, name_form form, size_t *length) {
    const name_residue *best = NULL;
    *length = 0;
    for (size_t i = 0; i < MG_COUNT(RESIDUES); i++) {
        const size_t k = name_of(&RESIDUES[i], form, s, n);
        if (k > *length) *length = k, best = &RESIDUES[i];
    }
    return best;
}

const name_residue *name_residue_coded(const char *s, size_t n, size_t *length) {
    const name_residue *best = NULL;
    *length = 0;
    for (size_t i = 0; i < MG_COUNT(RESIDUES); i++) {
        const size_t k = RESIDUES[i].code ? begins_with(RESIDUES[i].code, s, n, "", "") : 0;
        if (k > *length) *length = k, best = &RESIDUES[i];
    }
    return best;
}

const name_residue *name_residue_lettered(char letter) {
    for (size_t i = 0; i < MG_COUNT(RESIDUES); i++)
        if (letter && RESIDUES[i].letter == letter) return &RESIDUES[i];
    return NULL;
}

/* ---- fragments ---- */

static bool take_form(name_fragment *f, name_form form) {
    const int last = f->n - 1, carbon = f->n - 3;
    switch (form) {
    case FORM_ACID: return true;
    case FORM_ANION:
        f->ends[f->n_ends++] = (uint8_t)last;
        for (int i = 0; i < last; i++) /* of a side chain */
            if (!strcmp(f->a[i].locant, "x")) f->ends[f->n_ends++] = (uint8_t)i;
        return true;
    case FORM_AMIDE:
        f->a[last].number = 7;
        snprintf(f->a[last].locant, NAME_LOCANT, "n");
        for (int i = 0; i < last; i++) /* "aspartamide" */
            if (!strcmp(f->a[i].locant, "x")) {
                f->a[i].number = 7;
                snprintf(f->a[i].locant, NAME_LOCANT, "n%d", name_at(f, "4") < 0 ? 4 : 5);
            }
        return true;
    case FORM_CATION: f->a[0].charge = 1; return true;
    default: break;
    }
    f->n--, f->m--; /* the oxygen of the acid and its bond are the last ones */
    switch (form) {
    case FORM_AL: return true;
    case FORM_OL:
        f->b[f->m - 1].order = 1;
        snprintf(f->a[f->n - 1].locant, NAME_LOCANT, "o");
        return true;
    case FORM_AMIDO: {
        const int n = name_add_atom(f, 7);
        if (n < 0 || !name_bind(f, carbon, n, 1)) return false;
        f->from = (uint8_t)n, f->order = 1;
        return true;
    }
    default: f->from = (uint8_t)carbon, f->order = 1; return true;
    }
}

bool name_residue_build(const name_residue *row, char hand, name_form form, name_fragment *f) {
    *f = (name_fragment){.residue = true};
    if (name_add(f, row->smiles, row->locants) < 0) return false;
    bool centres = false;
    for (int i = 0; i < f->n; i++) {
        centres |= f->a[i].centre;
        if (hand == 'd' && f->a[i].centre) name_near_turn(&f->a[i]);
        if (!hand) f->a[i].centre = false;
    }
    if (!centres && (hand == 'd' || hand == 'l')) return false; /* "L-glycine" */
    if (form == FORM_CATION && strpbrk(row->letter ? "KRH" : "", (const char[]){row->letter, 0}))
        return false; /* which nitrogen? */
    return take_form(f, form);
}

size_t name_hand(const name_reader *r, size_t i, size_t end, char *hand) {
    *hand = 0;
    if (name_begins(r, i, end, "dl-")) return 3;
    if (!name_begins(r, i, end, "l-") && !name_begins(r, i, end, "d-")) return 0;
    *hand = r->s[i];
    return 2;
}

void name_residue_parent(name_reader *r, size_t i, size_t end, name_ways *out) {
    char hand;
    const size_t q = i + name_hand(r, i, end, &hand);
    if (end < q + 4) return;
    for (int k = FORM_ACID; k < FORM_AMIDO; k++) {
        name_fragment f;
        size_t length;
        if (!name_residue_may_end(r->s + q, end - q, (name_form)k)) continue;
        const name_residue *row = name_residue_named(r->s + q, end - q, (name_form)k, &length);
        if (row && q + length == end && name_residue_build(row, hand, (name_form)k, &f))
            name_keep(r, out, &f);
    }
}

int name_residue_ends(const name_residue *row) {
    int n = 0;
    for (const char *at = row->smiles; (at = strstr(at, "C(=O)O")) != NULL; at++) n++;
    return n;
}

/* ---- places ---- */

/* A group that is bound by a carbonyl, sulfonyl or phosphoryl group. */
bool name_residue_acyl(const name_fragment *sub) {
    if (sub->a[sub->from].number == 7) return false; /* nitro */
    for (int j = 0; j < sub->m; j++) {
        const name_bond *b = &sub->b[j];
        const int other = b->a == sub->from ? b->b : b->b == sub->from ? b->a : -1;
        if (other >= 0 && b->order == 2 &&
            (sub->a[other].number == 8 || sub->a[other].number == 16))
            return true;
    }
    return false;
}

/* It is bound by C=O. */
static bool is_carbonyl(const name_fragment *sub) {
    return name_residue_acyl(sub) && sub->a[sub->from].number == 6;
}

int name_residue_place(const name_fragment *f, const char *locant, const name_fragment *sub,
                       bool closed) {
    static const char *const greek[] = {"alpha", "beta", "gamma"};
    const bool amide = name_at(f, "n") >= 0;
    int nitrogens = 0, first = -1;
    for (int i = 0; i < f->n; i++) {
        const name_atom *a = &f->a[i];
        if (*a->locant == 'n' && a->locant[1] && !nitrogens++) first = i;
    }
    if (!strcmp(locant, "n1") && amide) return name_at(f, "n");
    if (!strcmp(locant, "n") && amide && is_carbonyl(sub)) /* "N-acetylleucinamide" */
        return first >= 0 ? first : name_at(f, "1");
    if (!strcmp(locant, "n") && amide) return name_residue_acyl(sub) ? -1 : -2;
    if (sub->residue && !closed && isdigit((unsigned char)*locant)) {
        const int at = name_at(f, locant); /* "5-cysteinyl-L-dopa": by its sulfur? */
        if (at >= 0 && f->a[at].number == 6) return -1;
    }
    for (int i = 0; i < 3 && is_carbonyl(sub); i++) /* its nitrogen? "beta-glutamyl"? */
        if (!strcmp(locant, greek[i]) && (!i || !closed)) return -1;
    if (!closed && isdigit((unsigned char)*locant) && is_carbonyl(sub)) {
        const int at = name_at(f, locant); /* "4-hydroxybenzoylglycine" */
        if (at >= 0 && f->a[at].number == 6 && !f->a[at].flat) return -1;
    }
    const bool ornithine = name_at(f, "n5") >= 0 && name_at(f, "5") >= 0 && name_at(f, "n6") < 0;
    if (!strcmp(locant, "n") && nitrogens > 1 && (ornithine || !name_residue_acyl(sub)))
        return -1;                                                  /* which of them? */
    if (strchr("os", *locant) && isdigit((unsigned char)locant[1])) /* "o4" */
        return name_at(f, *locant == 'o' ? "o" : "s");
    for (int i = 0; i < 3; i++) /* of a chain that is numbered */
        if (!strcmp(locant, greek[i]) && name_at(f, locant) < 0)
            return name_at(f, (const char[]){(char)('2' + i), 0});
    return -2;
}

bool name_residue_acylated(const name_fragment *f, int by) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        const int other = !b->a ? b->b : !b->b ? b->a : -1;
        if (other > 0 && by && f->a[other].number != by) continue;
        for (int k = 0; k < f->m && other > 0; k++)
            if (f->b[k].order == 2 && (f->b[k].a == other || f->b[k].b == other) &&
                (f->a[f->b[k].a].number == 8 || f->a[f->b[k].b].number == 8))
                return true;
    }
    return false;
}
