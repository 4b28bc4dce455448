/* claims.c - what a caption says that can be computed, held against the molecule.
 *
 *   "The molecule is a NOUN that ...", "It is a NOUN, a member of NOUN and a NOUN."
 *
 * A noun that names a group, a ring or a class of the dictionary (chem/facts), or stands in the
 * tables here, is a claim: the molecule has one. It is wrong when there is none. All other nouns
 * ("sesquiterpenoid", "conjugate base of ...") are passed over. Of those that ChEBI's texts and the
 * dictionary use in different ways - in more than 5 of 100 true captions of the training pairs and
 * of ChEBI-20's validation the dictionary's group is not there - only elements, rings and the group
 * that all have in common are asked for (BY_PART). 0.7 of 100 claims of true captions are called
 * wrong (docs/captions.md).
 */
#include "base/grow.h"
#include "caption/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 6, ELEMENTS = 3, NOUN = 120, FOLDED = 4 * NOUN + 1 };

typedef struct group_row {
    const char *nouns, *groups; /* '|' between; one of the groups is there so often */
    int least;
} group_row;
static const group_row BY_GROUP[] = {
    {"aromatic ether", "aryl ether|diaryl ether|methylenedioxy group", 1},
    {"phenols|phenol", "phenol|phenolate", 1},
    {"polyphenol", "phenol|phenolate", 2},
    {"monocarboxylic acid|oxo monocarboxylic acid|hydroxy monocarboxylic acid",
     "carboxylic acid|carboxylate", 1},
    {"dicarboxylic acid", "carboxylic acid|carboxylate", 2},
    {"tricarboxylic acid", "carboxylic acid|carboxylate", 3},
    {"diol", "hydroxy group", 2},
    {"triol", "hydroxy group", 3},
    {"tetrol", "hydroxy group", 4},
    {"C-nitro compound", "nitro group", 1},
    {"acetamides", "acetamide", 1},
    {"tertiary amino compound", "tertiary amine|aromatic amine|amine|ammonium", 1},
    {"secondary amino compound", "secondary amine|aromatic amine|amine|ammonium", 1},
    {"primary amino compound", "primary amine|aromatic amine|amine|ammonium", 1},
    {"organic sulfide|aryl sulfide", "thioether", 1},
    {"organic disulfide", "disulfide", 1},
    {"sulfonamide", "sulfonamide", 1},
    {"alkyl sulfate|steroid sulfate", "sulfate ester", 1},
    {"monocarboxylic acid amide|aromatic amide", "amide", 1},
    {"monochlorobenzenes", "aryl chloride", 1},
    {"dichlorobenzene", "aryl chloride", 2},
    {"trichlorobenzene", "aryl chloride", 3},
    {"monofluorobenzenes", "aryl fluoride", 1},
    {"difluorobenzene", "aryl fluoride", 2},
    {"bromobenzenes", "aryl bromide", 1},
    {"monomethoxybenzene", "methoxy group", 1},
    {"dimethoxybenzene", "methoxy group", 2},
    {"methoxybenzenes", "methoxy group", 1},
    {"(trifluoromethyl)benzenes", "trifluoromethyl group", 1},
    {"fatty acid|long-chain fatty acid|medium-chain fatty acid|hydroxy fatty acid|"
     "polyunsaturated fatty acid|straight-chain fatty acid",
     "carboxylic acid|carboxylate", 1},
};

typedef struct element_row {
    const char *nouns;
    int element, least;
} element_row;
static const element_row BY_ELEMENT[] = {
    {"organochlorine compound|chlorine molecular entity", 17, 1},
    {"organofluorine compound|fluorine molecular entity", 9, 1},
    {"organobromine compound|bromine molecular entity", 35, 1},
    {"organoiodine compound|iodine molecular entity", 53, 1},
    {"organosulfur compound|organosulfur heterocyclic compound|sulfur molecular entity", 16, 1},
    {"organonitrogen compound|organonitrogen heterocyclic compound", 7, 1},
    {"organophosphorus compound|organophosphate|phosphate", 15, 1},
    {"organosilicon compound", 14, 1},
    {"organoboron compound|boronic acids", 5, 1},
    {"organic phosphate|organic thiophosphate", 15, 1},
    {"one-carbon compound|organic molecule", 6, 1},
};

typedef struct number_row {
    const char *nouns;
    size_t offset; /* of an int of mg_facts */
    int least;
} number_row;
#define AT(field) offsetof(mg_facts, field)
static const number_row BY_NUMBER[] = {
    {"macrocycle|macrolide|cyclodepsipeptide", AT(largest_ring), 8},
    {"bridged compound", AT(bridged), 1},
    {"spiro compound|oxaspiro compound|azaspiro compound", AT(spiro), 1},
    {"organic heterobicyclic compound|carbobicyclic compound", AT(rings), 2},
    {"organic heterotricyclic compound|carbotricyclic compound", AT(rings), 3},
    {"organic heterotetracyclic compound|carbotetracyclic compound|steroid", AT(rings), 4},
    {"organic heteropentacyclic compound|pentacyclic triterpenoid", AT(rings), 5},
    {"organic heterohexacyclic compound", AT(rings), 6},
    {"olefinic compound", AT(carbons_double), 1},
    {"acetylenic compound|terminal acetylenic compound", AT(carbons_triple), 1},
    {"organic heteromonocyclic compound|benzenes|cyclic ether|cyclic acetal|lactone|lactam",
     AT(rings), 1},
    {"tetracyclic triterpenoid", AT(rings), 4},
};

/* Nouns that ChEBI means more widely than the dictionary, such as "furans" of all rings of four
 * carbons and an oxygen: what each of their molecules has, whatever the bonds. */
typedef struct part_row {
    int elements[ELEMENTS]; /* all of these; 0: none */
    int rings;              /* as many, or more */
    const char *sizes;      /* a ring of each of these sizes, a digit each */
    const char *groups;     /* one of them; "": any */
    const char *nouns;
} part_row;
static const part_row BY_PART[] = {
    {{8},
     0,
     "",
     "",
     "alcohol|aromatic alcohol|fatty alcohol|glycol|enol|diester|sulfoxide|dioxanes"},
    {{7},
     0,
     "",
     "",
     "amino group|aminal|carboxamidine|enamine|guanidines|hydrazine|hydrazone|imine|iminium "
     "ion|betaine"},
    {{7, 8},
     0,
     "",
     "",
     "amino acid|amino acid ester|amino acid zwitterion|amino "
     "alcohol|choline|hemiaminal|hydroxylamine|nitrate ester|nitro compound|nitroso "
     "compound|sphingoid"},
    {{7, 8},
     0,
     "",
     "carbonyl group",
     "acetamide|amide|carboxamide|primary amide|fatty amide|oligopeptide|carbamate "
     "ester|carbohydrazide|dicarboximide"},
    {{7}, 0, "", "carbonyl group|thiourea|thiocarbonyl group", "urea"},
    {{8}, 0, "", "carbonyl group", "beta-diketone"},
    {{8}, 0, "", "tert-butyl group", "tert-butyl ester"},
    {{16}, 0, "", "", "thioester"},
    {{8, 16}, 0, "", "", "organic sulfate|sulfonate ester|sulfonyl group"},
    {{7, 8, 16}, 0, "", "", "sulfamides"},
    {{15}, 0, "", "", "phosphine"},
    {{8, 15}, 0, "", "", "phosphinic acids|phospholipid"},
    {{7, 8, 15}, 0, "", "", "phosphoramide|phosphatidylethanolamine|glycerophosphoethanolamine"},
    {{34}, 0, "", "", "organoselenium compound"},
    {{14}, 0, "", "", "silanes"},
    {{5}, 0, "", "", "boranes"},
    {{8}, 1, "", "", "glycoside|c-glycosyl compound"},
    {{7, 8}, 1, "", "", "amino sugar"},
    {{8}, 1, "5", "", "prostanoid"},
    /* one ring and more */
    {{0}, 1, "6", "", "cyclohexadiene"},
    {{8}, 1, "6", "", "aromatic ester|benzoate|benzyl ester|salicylates|benzoquinone|quinone"},
    {{8}, 1, "", "carbonyl group", "aromatic ketone"},
    {{8, 16}, 1, "6", "", "aryl sulfate"},
    {{16}, 1, "", "", "aryl thiol"},
    {{17}, 1, "6", "", "chlorobenzenes"},
    {{7}, 1, "6", "", "amphetamine|phenylethylamine"},
    {{7}, 1, "6", "", "1,2,4-triazines|dihydropyridine|pyrazines|pyridinium salt|pyrimidine"},
    {{7, 8}, 1, "6", "", "4-pyridone|barbiturate|delta-lactam|pyridazinone"},
    {{7}, 1, "5", "", "imidazolidine|pyrazoles|pyrroles|pyrroline"},
    {{7, 8},
     1,
     "5",
     "",
     "1,3-oxazole|imidazolidinone|isoxazoles|oxazolidines|oxazolidinone|pyrrolidin-2-ones|"
     "pyrrolidinone"},
    {{7, 16}, 1, "5", "", "1,3-thiazole"},
    {{8}, 1, "5", "", "butenolide|dioxolane|furans"},
    /* two */
    {{0}, 2, "", "", "biaryl"},
    {{0}, 2, "57", "", "azulenes"},
    {{7}, 2, "56", "", "indole|isoindoles|triazolopyridine|tryptamines"},
    {{7}, 2, "6", "", "isoquinoline|pteridine|pyridopyrimidine|quinazoline|quinoline"},
    {{7, 8}, 2, "6", "", "benzoxazine|quinolone"},
    {{7, 8}, 2, "56", "", "1,3-benzoxazoles|benzoxazole|furopyridine|phthalimides"},
    {{7, 16},
     2,
     "56",
     "",
     "1,2-benzothiazoles|benzothiadiazole|benzothiazole|thienopyridine|thienopyrimidine"},
    {{7, 16}, 2, "6", "", "benzothiazine"},
    {{7}, 2, "67", "", "benzodiazepine"},
    {{16}, 2, "56", "", "1-benzothiophene"},
    {{8}, 2, "56", "", "1-benzofurans|benzofurans"},
    {{8}, 2, "6", "", "benzopyran|chromanone|chromene|isochromanes|isocoumarins|naphthoquinone"},
    /* three and more */
    {{7}, 3, "6", "", "acridines|phenanthrolines|phenazines"},
    {{7}, 3, "56", "", "beta-carboline"},
    {{7, 8}, 3, "6", "", "phenoxazine"},
    {{7, 16}, 3, "6", "", "phenothiazines"},
    {{7, 8}, 3, "56", "", "purine nucleoside"},
    {{0}, 3, "6", "", "anthracene|phenanthrenes"},
    {{8}, 3, "6", "", "anthraquinones|isoflavone|xanthenes|xanthones"},
    {{8}, 3, "56", "", "dibenzofurans|furanocoumarin|psoralens"},
    {{16}, 3, "56", "", "dibenzothiophenes"},
    {{0}, 4, "6", "", "tetracenes"},
    {{8}, 4, "6", "", "tetracyclines"},
};

enum { FREE_BOND = -1 }; /* to a wildcard, or an unpaired electron where one was */
/* Words that end a noun ("the monohydrochloride salt of X") and say that a molecule has parts. */
typedef struct ending_row {
    const char *endings; /* '|' between */
    int element, components;
} ending_row;
static const ending_row BY_ENDING[] = {
    {"hydrochloride|hydrochloride salt", 17, 2},
    {"hydrobromide|hydrobromide salt", 35, 2},
    {"hydroiodide|hydroiodide salt", 53, 2},
    {"lithium salt", 3, 1},
    {"sodium salt", 11, 1},
    {"magnesium salt", 12, 1},
    {"potassium salt", 19, 1},
    {"calcium salt", 20, 1},
    {"zinc salt", 30, 1},
    {"monohydrate|dihydrate|trihydrate|hydrate form", 8, 2},
    {"acyl group|organyl group|alkyl group", FREE_BOND, 1},
    {"platinum coordination entity|platinum molecular entity", 78, 1},
    {"palladium coordination entity|palladium molecular entity", 46, 1},
    {"iron coordination entity|iron molecular entity", 26, 1},
    {"cobalt coordination entity|cobalt molecular entity", 27, 1},
    {"copper coordination entity|copper molecular entity", 29, 1},
    {"nickel coordination entity|nickel molecular entity", 28, 1},
    {"zinc coordination entity|zinc molecular entity", 30, 1},
    {"gold coordination entity|gold molecular entity", 79, 1},
    {"mercury coordination entity|mercury molecular entity", 80, 1},
    {"ruthenium coordination entity|ruthenium molecular entity", 44, 1},
};

/* What a noun means. */
typedef struct claim {
    int groups[GROUPS], n_groups;
    int element;   /* 0: none */
    size_t offset; /* of a number, 0: none */
    int least;
    const part_row *part; /* further conditions; or NULL */
} claim;

struct mg_claims {
    const mg_groups *groups;
    mg_names nouns; /* folded, to claims */
    claim *list;
    size_t n, cap;
};

/* ---- the tables ---- */

/* Calls for each part between bars. */
static const char *next_part(const char **s, size_t *n) {
    if (!**s) return NULL;
    const char *part = *s;
    *n = strcspn(part, "|");
    *s = part + *n + (part[*n] == '|');
    return part;
}

static int add_nouns(mg_claims *c, const char *nouns, const claim *of, molglot_error *err) {
    size_t n;
    if (!MG_GROW(c->list, c->cap, c->n + 1)) return mg_no_memory(err, "claims");
    for (const char *part; (part = next_part(&nouns, &n));) {
        char folded[FOLDED];
        const size_t length = mg_name_fold(part, n, folded, sizeof folded);
        mg_slot *slot = mg_names_copy(&c->nouns, folded, length);
        if (!slot) return mg_no_memory(err, "claims");
        slot->value = (int32_t)c->n;
    }
    c->list[c->n++] = *of;
    return MOLGLOT_OK;
}

static int add_groups(mg_claims *c, const char *nouns, const char *groups, claim one,
                      molglot_error *err) {
    size_t n;
    for (const char *part; (part = next_part(&groups, &n)) && one.n_groups < GROUPS;) {
        char name[NOUN];
        snprintf(name, sizeof name, "%.*s", (int)n, part);
        const int at = mg_groups_find(c->groups, name);
        if (at >= 0) one.groups[one.n_groups++] = at;
    }
    return add_nouns(c, nouns, &one, err);
}

static int add_tables(mg_claims *c, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(BY_GROUP) && !code; i++)
        code = add_groups(c, BY_GROUP[i].nouns, BY_GROUP[i].groups,
                          (claim){.least = BY_GROUP[i].least}, err);
    for (size_t i = 0; i < MG_COUNT(BY_PART) && !code; i++)
        code = add_groups(c, BY_PART[i].nouns, BY_PART[i].groups,
                          (claim){.least = 1, .part = &BY_PART[i]}, err);
    for (size_t i = 0; i < MG_COUNT(BY_ELEMENT) && !code; i++) {
        const element_row *r = &BY_ELEMENT[i];
        code = add_nouns(c, r->nouns, &(claim){.element = r->element, .least = r->least}, err);
    }
    for (size_t i = 0; i < MG_COUNT(BY_NUMBER) && !code; i++) {
        const number_row *r = &BY_NUMBER[i];
        code = add_nouns(c, r->nouns, &(claim){.offset = r->offset, .least = r->least}, err);
    }
    return code;
}

mg_claims *mg_claims_new(const mg_groups *g, molglot_error *err) {
    mg_claims *c = calloc(1, sizeof *c);
    if (!c) {
        mg_no_memory(err, "claims");
        return NULL;
    }
    c->groups = g;
    if (!add_tables(c, err)) return c;
    mg_claims_free(c);
    return NULL;
}

void mg_claims_free(mg_claims *c) {
    if (!c) return;
    mg_names_free(&c->nouns);
    free(c->list);
    free(c);
}

/* ---- a noun ---- */

typedef enum verdict { NO_CLAIM = 0, HOLDS, WRONG } verdict;

static bool has_parts(const part_row *p, const mg_facts *f) {
    for (int i = 0; i < ELEMENTS; i++)
        if (p->elements[i] && !f->elements[p->elements[i]]) return false;
    for (const char *size = p->sizes; *size; size++)
        if (!f->ring_sizes[*size - '0']) return false;
    return f->rings >= p->rings;
}

static bool holds(const claim *c, const mg_facts *f) {
    if (c->part && !has_parts(c->part, f)) return false;
    if (c->part && !c->n_groups) return true;
    if (c->element) return f->elements[c->element] >= c->least;
    if (c->offset) return *(const int *)((const char *)f + c->offset) >= c->least;
    int most = 0;
    for (int i = 0; i < c->n_groups; i++) most += f->count[c->groups[i]];
    return most >= c->least;
}

static bool ends_in(const char *s, size_t n, const char *end) {
    const size_t m = strlen(end);
    return n >= m && !memcmp(s + n - m, end, m);
}

static bool has_element(const mg_facts *f, int element) {
    return element == FREE_BOND ? f->elements[0] > 0 || f->radicals > 0 : f->elements[element] > 0;
}

/* NO_CLAIM where no row of BY_ENDING speaks of it. */
static verdict judge_ending(const mg_facts *f, const char *s, size_t n) {
    const char *of = memmem(s, n, " of ", 4);
    if (of) n = (size_t)(of - s);
    for (size_t i = 0; i < MG_COUNT(BY_ENDING); i++) {
        const ending_row *r = &BY_ENDING[i];
        const char *endings = r->endings;
        size_t m;
        for (const char *part; (part = next_part(&endings, &m));)
            if (n >= m && !memcmp(s + n - m, part, m))
                return f->components >= r->components && has_element(f, r->element) ? HOLDS : WRONG;
    }
    return NO_CLAIM;
}

static verdict judge_noun(const mg_claims *c, const mg_facts *f, const char *s, size_t n) {
    char folded[FOLDED], name[NOUN];
    if (!n || n >= NOUN) return NO_CLAIM;
    const size_t length = mg_name_fold(s, n, folded, sizeof folded);
    int32_t at = mg_names_find_n(&c->nouns, folded, length);
    if (at < 0 && length > 1 && folded[length - 1] == 's')
        at = mg_names_find_n(&c->nouns, folded, length - 1);
    if (at >= 0) return holds(&c->list[at], f) ? HOLDS : WRONG;
    if (ends_in(folded, length, " anion") && !memmem(folded, length, " of ", 4))
        return f->charge < 0 || f->components > 1 ? HOLDS : WRONG;
    const verdict ending = judge_ending(f, s, n);
    if (ending != NO_CLAIM) return ending;
    memcpy(name, s, n);
    name[n] = 0;
    const int group = mg_groups_find(c->groups, name);
    if (group < 0) return NO_CLAIM;
    return f->count[group] ? HOLDS : WRONG;
}

/* ---- sentences ---- */

typedef struct reading {
    const mg_claims *c;
    const mg_facts *f;
    mg_caption *caption;
    size_t cap;
    bool failed;
} reading;

static int words_of(const char *s, size_t n) {
    int words = 0;
    for (size_t i = 0; i < n; i++)
        words += !isspace((unsigned char)s[i]) && (!i || isspace((unsigned char)s[i - 1]));
    return words;
}

/* Bytes of the first of these words that stand at s, with the blank behind them. */
static size_t skip(const char *s, size_t n, const char *const *words) {
    for (; *words; words++) {
        const size_t m = strlen(*words);
        if (n > m && !strncmp(s, *words, m)) return m;
    }
    return 0;
}

static void read_noun(reading *r, size_t begin, size_t end) {
    static const char *const before[] = {"a member of the class of ",
                                         "member of the class of ",
                                         "a member of ",
                                         "member of ",
                                         "an ",
                                         "a ",
                                         "the ",
                                         NULL};
    const char *text = r->caption->text;
    begin += skip(text + begin, end - begin, before);
    while (end > begin && text[end - 1] == ' ') end--;
    const verdict v = judge_noun(r->c, r->f, text + begin, end - begin);
    r->caption->claims += v != NO_CLAIM;
    if (v != WRONG) return;
    if (!MG_GROW(r->caption->wrong, r->cap, (size_t)r->caption->n_wrong + 1)) {
        r->failed = true;
        return;
    }
    r->caption->wrong[r->caption->n_wrong++] = (mg_caption_span){begin, end};
    r->caption->wrong_words += words_of(text + begin, end - begin);
}

/* Where a list goes on: behind ", " or " and " before an article or "member of". */
static size_t list_break(const char *s, size_t n, size_t *length) {
    static const char *const begins[] = {"a ", "an ", "member of ", "the ", NULL};
    static const char *const between[] = {", and ", ", ", " and ", NULL};
    for (size_t i = 0; i < n; i++) {
        const size_t m = skip(s + i, n - i, between);
        if (m && skip(s + i + m, n - i - m, begins)) {
            *length = m;
            return i;
        }
    }
    *length = 0;
    return n;
}

/* "a NOUN, a member of NOUN and a NOUN" */
static void read_list(reading *r, size_t begin, size_t end) {
    while (begin < end && !r->failed) {
        size_t length;
        const size_t n = list_break(r->caption->text + begin, end - begin, &length);
        read_noun(r, begin, begin + n);
        begin += n + length;
        if (!length) return;
    }
}

/* "a NOUN that ...": up to the first word that is none of a noun's. */
static void read_definition(reading *r, size_t begin, size_t end) {
    static const char *const after[] = {
        " that ",       " in ",       " with ",       " having ",    " carrying ",
        " which ",      " where ",    " obtained ",   " resulting ", " formed ",
        " isolated ",   " bearing ",  " consisting ", " and ",       " substituted ",
        " containing ", " composed ", " derived ",    ", ",          NULL};
    const char *s = r->caption->text;
    size_t at = begin;
    while (at < end && !skip(s + at, end - at, after)) at++;
    read_noun(r, begin, at);
}

/* Where a sentence ends: at a full stop before a blank, or at the end. */
static size_t sentence_end(const char *s, size_t at, size_t n) {
    while (at < n && !(s[at] == '.' && (at + 1 == n || s[at + 1] == ' '))) at++;
    return at;
}

static void read_sentence(reading *r, size_t begin, size_t end) {
    static const char *const subject[] = {"The molecule is ", NULL};
    static const char *const list[] = {"It is ", NULL};
    const char *s = r->caption->text;
    size_t n = skip(s + begin, end - begin, subject);
    if (n) {
        read_definition(r, begin + n, end);
        return;
    }
    n = skip(s + begin, end - begin, list);
    if (n) read_list(r, begin + n, end);
}

int mg_claims_check(const mg_claims *c, const mg_facts *f, mg_caption *caption,
                    molglot_error *err) {
    reading r = {.c = c, .f = f, .caption = caption};
    const char *s = caption->text;
    const size_t n = strlen(s);
    free(caption->wrong);
    caption->wrong = NULL;
    caption->n_wrong = caption->wrong_words = caption->claims = 0;
    caption->words = words_of(s, n);
    for (size_t at = 0; at < n && !r.failed;) {
        const size_t end = sentence_end(s, at, n);
        read_sentence(&r, at, end);
        at = end + 1;
        while (at < n && s[at] == ' ') at++;
    }
    return r.failed ? mg_no_memory(err, "claims") : MOLGLOT_OK;
}

/* ---- many captions ---- */

static int count_one(const mg_claims *c, const char *smiles, const char *text,
                     mg_claims_count *out) {
    molglot_error err = {0};
    mg_mol *m = text ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    mg_facts f = {0};
    mg_caption caption = {.text = m ? strdup(text) : NULL};
    int code = !m             ? MOLGLOT_OK
               : caption.text ? mg_facts_of(c->groups, m, &f, &err)
                              : MOLGLOT_NO_MEMORY;
    if (!code && m) code = mg_claims_check(c, &f, &caption, &err);
    if (!code && m && !(code = mg_classes_check(NULL, m, &caption, &err))) {
        *out = (mg_claims_count){
            1, caption.words, caption.wrong_words, caption.claims, caption.n_wrong, 0, 0};
        code = mg_definition_check(NULL, m, &caption, &err);
        out->definitions = caption.claims - out->claims;
        out->definitions_wrong = caption.definition.end > 0;
    }
    mg_captions_free(&caption, 1);
    mg_facts_free(&f);
    mg_mol_free(m);
    return code == MOLGLOT_FAILED ? MOLGLOT_OK : code; /* a pattern takes too long */
}

int mg_claims_count_all(const mg_claims *c, const char *const *smiles, const char *const *texts,
                        size_t n, int threads, mg_claims_count *out, molglot_error *err) {
    int64_t captions = 0, words = 0, wrong = 0, claims = 0, claims_wrong = 0, defined = 0,
            defined_wrong = 0;
    int code = mg_chem_init(err), failed = 0;
    if (code) return code;
#pragma omp parallel for num_threads(mg_threads(threads)) \
    schedule(dynamic, 8) reduction(+ : captions, words, wrong, claims, claims_wrong) \
    reduction(+ : defined, defined_wrong, failed)
    for (size_t i = 0; i < n; i++) {
        mg_claims_count one = {0};
        failed += count_one(c, smiles[i], texts[i], &one) != MOLGLOT_OK;
        captions += one.captions, words += one.words, wrong += one.wrong;
        claims += one.claims, claims_wrong += one.claims_wrong;
        defined += one.definitions, defined_wrong += one.definitions_wrong;
    }
    *out = (mg_claims_count){captions, words, wrong, claims, claims_wrong, defined, defined_wrong};
    return failed ? mg_no_memory(err, "claims") : MOLGLOT_OK;
}
