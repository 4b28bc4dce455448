/* denial.c - what is not wanted: "no", "without", "w/o" and how far they reach, denials behind a
 * term ("nitro groups are not allowed"), and what is excepted ("no halogen but fluorine").
 */
#include "chem/request/parser.h"

#include <math.h>
#include <string.h>

static const char NEGATORS[] =
    "not interested in|no interest "
    "in|\xE2\x9C\x97|\xE2\x9C\x98|\xE2\x9D\x8C|\xE2\x9C\x96|excluding those with|excluding those "
    "containing|excluding those that have|excluding those "
    "that "
    "contain|excluding any with|excluding all with|except those with|except those "
    "containing|except "
    "ones with|not those with|not the ones with|without those that have|ditch|dump|get rid of|rid "
    "of|strip out|try to "
    "avoid|to avoid|avoid the use of|avoid use "
    "of|avoid "
    "having|no|not|without|without any|lacking|lacks|lack|free of|free from|devoid "
    "of|non|neither|none of|"
    "absence of|in the absence of|does not contain|do not contain|does not have|do not have|"
    "doesn't contain|doesn't have|don't have|don't contain|not containing|not having|has no|have "
    "no|"
    "having no|contains no|contain no|containing no|with no|excluding|exclude|excludes|other than|"
    "instead of|must not contain|should not contain|cannot contain|must not have|should not have|"
    "isn't|is not|are not|aren't|zero|rather than|lacking any|that is not|which is "
    "not|avoid|avoiding|never|w/o|shouldn't contain|shouldn't have|shouldn't be|mustn't contain|"
    "mustn't have|mustn't be|can't contain|can't have|cannot have|may not contain|may not have|"
    "won't contain|won't have|hasn't|hasn't any|hasn't got|haven't|minus|missing|sans|ohne|kein|"
    "keine|keinen|keiner|must be free of|must be free from|with none of|with zero|must not include|"
    "not include|not including|don't include|do not include|no trace of|lack of|lacks any|"
    "with no trace of|cannot include|w/out|w/o.|without:|dont want|don't want|do not want|doesn't "
    "want|omit|omitting|skip|"
    "can't|cannot|mustn't|shouldn't|won't|couldn't|doesn't|don't|does not|do not|nor|nor "
    "any|sin|senza|sem|zonder|remove all|remove "
    "any|remove compounds|remove molecules|remove anything|remove everything|"
    "remove those|not those|not the ones|not ones|none with|filter out|filtering out|weed "
    "out|screen out|reject|rejecting|discard|discarding|toss|kick "
    "out|"
    "delete|veto|eliminate|eliminating|disallow|disallowing|lose the|nothing|nothing with|nothing "
    "containing|"
    "nothing bearing|nothing having|nothing that has|anything but|everything but|all but|don't "
    "give me|"
    "don't show|don't show me|do not show|do not give me|no compound|no compounds|no molecule|no "
    "molecules|"
    "cannot be|can't be|may not be|none of the following|none of these|skipping|leave out|leaving "
    "out|leaves out|rule out|ruling "
    "out|ban|banning|forbid|forbidding|drop|"
    "dropping|avoids|except|except for|excepting|apart from|aside from|save for|exempt|must "
    "lack|should lack|must not be|should not be|not any";

static const char BEHIND[] =
    "useless|is useless|are useless|no good|is no good|are no good|is no use|are no use|is of no "
    "use|are of no use|unsuitable|is unsuitable|are unsuitable|is not suitable|are not "
    "suitable|does not work|do not work|is ruled out|are ruled out|is off the table|are off the "
    "table|is out of the question|free|less|are out|is out|undesirable|are undesirable|is "
    "undesirable|unwelcome|are "
    "unwelcome|is "
    "unwelcome|are a problem|is a problem|are a no|is a no|not allowed|are not allowed|is not "
    "allowed|not permitted|are not permitted|is not "
    "permitted|forbidden|are forbidden|is forbidden|prohibited|are prohibited|is prohibited|"
    "disallowed|are disallowed|is disallowed|banned|are banned|absent|is absent|are absent|must be "
    "absent|should be absent|excluded|are excluded|is excluded|must be excluded|should be "
    "excluded|must be avoided|should be avoided|to be avoided|are to be avoided|not wanted|are "
    "not wanted|is not wanted|unwanted|are unwanted|is unwanted|undesired|are undesired|is "
    "undesired|not tolerated|are not tolerated|is not tolerated|not acceptable|are not "
    "acceptable|is not acceptable|unacceptable|not present|is not present|are not present|must "
    "not be present|should not be present|may not be present|cannot be present|must not "
    "occur|should not occur";

/* "forbidden: halogen" */
static const char LABELS[] =
    "not ok|not okay|not acceptable|not tolerated|not "
    "fine|forbidden|absent|excluded|prohibited|banned|unwanted|not allowed|not "
    "permitted|exclusions|exclusion|exclude|to avoid|not present|undesired|unwanted "
    "groups|unwanted group|"
    "objectionable groups|undesirable|undesirable groups|unacceptable|blacklist|red flag|"
    "red flags|dealbreaker|dealbreakers|off limits|structural alerts|must not|must not "
    "have|exclusion criteria|no go|no gos";

const char *request_negators(void) { return NEGATORS; }

int request_negator(const parser *p, int i) {
    const int k = request_phrase(&p->ws, i, NEGATORS, false),
              label = request_phrase(&p->ws, i, LABELS, false);
    if (label && ((i + label < p->ws.n && p->ws.w[i + label].mark == ':') ||
                  request_word_is(&p->ws, i + label, "=")))
        return label;
    if (i + 1 < p->ws.n && p->ws.w[i].mark == '!') /* "!ester" */
        return !p->ws.w[i + 1].mark && p->ws.w[i + 1].begin == p->ws.w[i].end;
    request_quantity q; /* "none heavier than 400" */
    if (!k && request_word_is(&p->ws, i, "none") && request_quantity_read(&p->ws, i + 1, &q) &&
        !q.plain)
        return 1;
    if (k == 1 && request_word_is(&p->ws, i, "nor") && i + 1 < p->ws.n && p->ws.w[i + 1].joined)
        return 0;                                  /* "nor-steroid" */
    if (k == 1 && !strcmp(p->ws.w[i].raw, "NO") && /* nitric oxide */
        request_word_is(&p->ws, i + 1, "donor|donors|release|releasing|generator|scavenger"))
        return 0;
    return request_phrase(&p->ws, i,
                          "no of|no issue|no issues|no problem|no need|no preference|no "
                          "restriction|no matter",
                          false)
               ? 0
               : k;
}

bool request_negator_lists(const parser *p, int i, int n) {
    const bool colon = (i + n < p->ws.n && p->ws.w[i + n].mark == ':') ||
                       request_word_is(&p->ws, i + n, "=");
    return colon || n > 1 ||
           !request_word_is(
               &p->ws, i,
               "no|not|non|zero|kein|keine|keinen|never|missing|minus|neither|lacks|lack");
}

/* "are not welcome", "should preferably be absent", "has to go": words read. */
static int said_not_to_be(const parser *p, int i) {
    static const char verbs[] =
        "is|are|be|were|was|must|should|shall|will|may|can|to|do|does|has|have|need|needs|really|"
        "very|preferably|ideally|definitely|absolutely|strictly|generally|completely|always";
    static const char nots[] = "not|never|isn't|aren't|cannot|can't|mustn't|shouldn't|won't|"
                               "don't|doesn't";
    static const char welcome[] =
        "welcome|desired|desirable|acceptable|accepted|ok|okay|good|permitted|permissible|allowed|"
        "tolerated|tolerable|wanted|present|included|there|suitable|admissible|an option|used|"
        "appear|occur|found|exist";
    static const char away[] =
        "absent|missing|lacking|excluded|avoided|forbidden|prohibited|banned|disallowed|"
        "unwanted|undesired|undesirable|omitted|removed|unacceptable|go";
    const request_words *ws = &p->ws;
    int at = i;
    while (at < i + 4 && request_word_is(ws, at, verbs)) at++;
    if (at > i && request_word_is(ws, at, away)) return at + 1 - i;
    if (!request_word_is(ws, at, nots)) return 0;
    at++;
    while (at < i + 6 && request_word_is(ws, at, verbs)) at++;
    const int k = request_phrase(ws, at, welcome, false);
    return k ? at + k - i : 0;
}

int request_denied_behind(const parser *p, int i) {
    const int all = request_word_is(&p->ws, i, "both|all|each|also|strictly|therefore");
    if (all) { /* "N-H and O-H both absent" */
        const int k = request_phrase(&p->ws, i + 1, BEHIND, false);
        return k && !request_word_is(&p->ws, i + 1, "free|less") ? 1 + k : 0;
    }
    int k = request_phrase(&p->ws, i, BEHIND, false);
    if (request_word_is(&p->ws, i, "0") && (i + 1 >= p->ws.n || p->ws.w[i + 1].mark))
        return 1; /* "ester 0, acid 1" */
    const int not = said_not_to_be(p, i);
    if (not > k) k = not ;
    if (!k && request_word_is(&p->ws, i, "out|goes|gone") &&
        (i + 1 >= p->ws.n || p->ws.w[i + 1].mark))
        return 1; /* "pyridine out, pyrimidine in" */
    if (request_word_is(&p->ws, i, "free|less"))
        return k == 1 && !request_word_is(&p->ws, i + 1, "acid|base|of|form|than") ? 1 : 0;
    if (k) return k;
    if (i < p->ws.n && p->ws.w[i].mark == '(') { /* "esters (excluded)" */
        const int in = request_phrase(&p->ws, i + 1, BEHIND, false);
        return in && i + 1 + in < p->ws.n && p->ws.w[i + 1 + in].mark == ')' ? in + 2 : 0;
    }
    if (request_word_is(&p->ws, i, "=") && request_word_is(&p->ws, i + 1, "no|none|absent|never"))
        return 2;
    const int nots = request_phrase(&p->ws, i, "is not|are not|isn't|aren't|is a no|are a no",
                                    false);
    if (nots && (i + nots >= p->ws.n ||
                 strchr(";.", p->ws.w[i + nots].mark ? p->ws.w[i + nots].mark : ' ')))
        return nots; /* "silicon is welcome, chlorine is not" */
    if (request_word_is(&p->ws, i, "no|none|never|not") && /* "amide yes, ester no" */
        (i + 1 >= p->ws.n || (p->ws.w[i + 1].mark && strchr(",;.", p->ws.w[i + 1].mark))))
        return 1;
    if (i >= p->ws.n || !p->ws.w[i].mark || !strchr(":?", p->ws.w[i].mark))
        return 0; /* "nitro: not wanted", "nitro: none", "nitro? no" */
    const int told = request_phrase(&p->ws, i + 1, BEHIND, false);
    if (told && !request_word_is(&p->ws, i + 1, "free|less")) return 1 + told;
    return request_word_is(&p->ws, i + 1, "no|none|absent|forbidden|never|excluded") &&
                   (i + 2 >= p->ws.n || p->ws.w[i + 2].mark)
               ? 2
               : 0;
}

/* ---- how far a denial reaches ---- */

static bool is_label(const mg_ask *a, const char *label) {
    return a->label && !strcmp(a->label, label);
}

typedef struct noun { /* a bare noun of a list */
    int behind;       /* the word after it */
    mg_ask_kind kind;
    int group; /* what kind of group, -1: none */
    bool halogen;
} noun;

/* A pattern with words of its own is a group that chem/facts does not count. */
static bool is_group(const mg_ask *a) {
    return a->kind == MG_ASK_GROUP ||
           (a->kind == MG_ASK_PATTERN && REQUEST_PATTERNS[a->id].words != NULL);
}

/* Kinds of conditions that a denial takes for alike. */
static mg_ask_kind kind_of(const mg_ask *a) { return is_group(a) ? MG_ASK_GROUP : a->kind; }

/* What kind of group a condition is about; -1: none. */
static int group_kind(const parser *p, const mg_ask *a) {
    return a->kind == MG_ASK_GROUP ? (int)mg_groups_at(p->g, a->id)->kind
           : is_group(a)           ? MG_GROUP_FUNCTIONAL
                                   : -1;
}

static bool bare_noun(const parser *p, int i, noun *out) {
    if (request_word_is(&p->ws, i, "a|an|any")) i++;
    request_quantity q;
    const request_term t = request_term_at(p->g, &p->ws, i);
    if (t.form != FORM_NOUN || (request_quantity_read(&p->ws, i, &q) && t.words <= 1)) return false;
    const mg_ask *a = &t.asks[0];
    *out = (noun){i + t.words + request_kind_words(&p->ws, i + t.words, a), kind_of(a),
                  group_kind(p, a), is_label(a, "halogen")};
    return true;
}

/* The items of a plain list from word i on: bare nouns and SMILES between commas. */
typedef struct listing {
    int n;
    bool alike, ring, plural; /* all like what was denied before; one is a ring; one is a plural */
} listing;

static listing list_from(const parser *p, int i) {
    const request_words *ws = &p->ws;
    const mg_ask *last = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
    const int group = last ? group_kind(p, last) : -1;
    listing l = {0, true, false, false};
    noun x;
    for (int at = i; at < ws->n; l.n++) {
        const int drawn = request_smiles_end(p, at);
        if (request_word_is(ws, at, p->lists ? "a|an|the|one" : "a|an|any|the|one")) break;
        if (drawn > at) {
            x = (noun){drawn, MG_ASK_PART, -1, false};
        } else if (!bare_noun(p, at, &x) || request_denied_behind(p, x.behind) ||
                   (x.behind < ws->n && ws->w[x.behind].joined)) {
            break;
        }
        const char *w = ws->w[x.behind - 1].s;
        const size_t m = strlen(w);
        l.alike &= last && (x.halogen ? last->kind == MG_ASK_ELEMENT || group == x.group
                                      : x.kind == kind_of(last) && x.group == group &&
                                            !(is_label(last, "halogen") && x.kind == MG_ASK_GROUP));
        l.ring |= x.group == MG_GROUP_RING;
        l.plural |= m > 3 && w[m - 1] == 's' && w[m - 2] != 's';
        const bool more = x.behind < ws->n && ws->w[x.behind].mark == ',';
        if (!more && x.behind < ws->n && !ws->w[x.behind].mark &&
            !request_word_is(ws, x.behind, "or|nor|and|and/or|but|with|in|present|at"))
            break; /* it goes on: no item */
        at = more ? x.behind + 1 : ws->n;
    }
    return l;
}

/* A list behind a comma: "no ester, amide"; "excluding metals, halogens, peptides". Where it can be
 * meant either way ("no nitro, pyridine") it is not said. */
static denial list_goes_on(const parser *p, int comma) {
    const listing l = list_from(p, comma + 1);
    if (!l.n) return DENIAL_ENDS;
    if (p->lists || l.alike || l.plural) return DENIAL_GOES_ON;
    if (l.ring && l.n == 1) return DENIAL_ENDS; /* "no ester, pyridine" */
    return l.n > 1 && !l.ring ? DENIAL_GOES_ON : DENIAL_UNSURE;
}

/* "rings>4" */
static bool is_compared(const parser *p, int i) {
    const request_term t = request_term_at(p->g, &p->ws, i);
    const int at = i + t.words;
    return t.words && at < p->ws.n && p->ws.w[at].s[0] && strchr("<>=", p->ws.w[at].s[0]);
}

denial request_denial_goes_on(const parser *p, int i) {
    const request_words *ws = &p->ws;
    noun n;
    static const char examples[] = "including|such as|e.g|for example|especially|in particular";
    request_quantity q;
    if (request_word_is(ws, i, "or|nor|and/or")) {
        const mg_ask *last = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
        const int k = request_quantity_read(ws, i + 1, &q);
        const request_term t = request_term_at(p->g, ws, i + 1 + k);
        return k && last && t.n == 1 && !strcmp(t.asks[0].label, last->label)
                   ? DENIAL_ENDS /* "no rings or exactly one ring" */
                   : DENIAL_GOES_ON;
    }
    if (ws->w[i].mark == ',' && request_phrase(ws, i + 1, examples, false)) return DENIAL_GOES_ON;
    const mg_ask *denied = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
    if (denied && denied->negated && request_negator_lists(p, p->negator, p->negator_n) &&
        (ws->w[i].mark == ',' || request_word_is(ws, i, "and")) &&
        (is_compared(p, i + 1) || request_term_at(p->g, ws, i + 1).form == FORM_VALUE ||
         (request_quantity_read(ws, i + 1, &q) && !q.plain)))
        return DENIAL_GOES_ON; /* "excluding logP above 5 and MW below 200" */
    if (request_word_is(ws, i, "+|/|&"))
        return bare_noun(p, i + 1, &n) ? DENIAL_GOES_ON : DENIAL_ENDS;
    if (request_word_is(ws, i, "and") && request_smiles_end(p, i + 1) > i + 1)
        return DENIAL_GOES_ON;
    if (request_word_is(ws, i, "and"))
        return !request_word_is(ws, i + 1, "a|an|the|one") && bare_noun(p, i + 1, &n) &&
                       !(n.behind < ws->n && ws->w[n.behind].joined)
                   ? DENIAL_GOES_ON
                   : DENIAL_ENDS;
    if (ws->w[i].mark == ',' && request_word_is(ws, i + 1, "or|nor|and/or")) return DENIAL_GOES_ON;
    if (ws->w[i].mark == ',' && request_word_is(ws, i + 1, "and"))
        return request_denial_goes_on(p, i + 1);
    for (int at = i + 1; bare_noun(p, at, &n); at = n.behind + 1) {
        if (n.behind < ws->n && ws->w[n.behind].mark == ',' &&
            request_word_is(ws, n.behind + 1, "or|nor"))
            return DENIAL_GOES_ON;
        if (request_word_is(ws, n.behind, "or|nor")) return DENIAL_GOES_ON;
        if (n.behind >= ws->n || ws->w[n.behind].mark != ',') break;
    }
    return ws->w[i].mark == ',' ? list_goes_on(p, i) : DENIAL_ENDS;
}

/* Words of "such as", "e.g." from word i on, marks among them. */
static int examples_at(const parser *p, int i) {
    const int k = request_phrase(&p->ws, i,
                                 "such as|including|include|includes|e.g|eg|i.e|ie|for example|for "
                                 "instance|namely|like|especially|in particular|particularly",
                                 false);
    int n = k;
    while (k && i + n < p->ws.n && p->ws.w[i + n].mark && strchr(".,:", p->ws.w[i + n].mark)) n++;
    return n;
}

/* "no reactive groups (acyl halides, epoxides)", "no alerts such as nitro": what was denied was
 * not understood, or is said once more; the list behind it is denied. Words read. */
int request_step_examples(parser *p, int i) {
    const char mark = p->ws.w[i].mark;
    const bool open = mark == '(' || mark == '[', colon = mark == ':';
    const bool waits = p->denied && p->doubt,
               once = p->negated && p->negated_once && p->last_end == i;
    if ((!waits && !(once && open)) || p->told) return 0;
    int k = open || colon;
    k += examples_at(p, i + k);
    noun n;
    if (!k || !bare_noun(p, i + k, &n)) return 0;
    if (once && !list_from(p, i + k).n) return 0;
    const int said = examples_at(p, i + open);
    if (once && !said &&
        !(is_label(&p->r->asks[p->r->n - 1], "halogen") && n.kind == MG_ASK_ELEMENT)) {
        p->use[i] = WORD_SKIPPED; /* "no benzene (pyridine)" */
        request_end_scopes(p);
        p->unsure = p->evidence = true;
        return 1;
    }
    if (colon && request_word_is(&p->ws, i - 1, /* "not essential: an amide" */
                                 "important|essential|mandatory|necessary|crucial|critical|"
                                 "dealbreaker|problem|compulsory|obligatory|vital|key|relevant")) {
        p->use[i] = WORD_SKIPPED;
        return 1;
    }
    request_mark(p, i, k, WORD_SKIPPED);
    p->lists = p->negated = true;
    p->negated_once = once;
    p->doubt = p->denied = false;
    return k;
}

/* "not both an amine and an acid": each of them alone may be there, which no condition says.
 * Words read behind the negator of n words at i. */
int request_not_both(parser *p, int i, int n) {
    if (!request_word_is(&p->ws, i + n, "both|all|simultaneously") ||
        request_phrase(&p->ws, i,
                       "without|lacking|lacks|lack|free of|free from|devoid of|missing|minus|sans|"
                       "absence of|in the absence of|neither|avoid|avoiding|exclude|excluding",
                       false) == n)
        return 0;
    const int end = request_list_end(p, i + n + 1, 2), all = end ? end - i : n + 1;
    request_mark(p, i, all, WORD_LEFT);
    p->last_unknown = i + all - 1;
    p->doubt = !end;
    return all;
}

/* "an ester and an amide | but not both": one of the two. */
int request_step_not_both(parser *p, int i) {
    const int k = request_phrase(&p->ws, i, "but not both|not both|but not together|not together",
                                 false);
    mg_request *r = p->r;
    if (!k || r->n < 2 || p->doubt || (i + k < p->ws.n && !p->ws.w[i + k].mark)) return 0;
    request_mark(p, i, k, WORD_LEFT);
    p->last_unknown = i + k - 1;
    if (r->asks[r->n - 1].either) return k;
    const bool denied = request_none(&r->asks[r->n - 1].range);
    if (denied)
        request_take_back(p, r->n - 2);
    else
        r->asks[r->n - 1].either = true;
    return k;
}

/* ---- what is excepted ---- */

static const int HALOGENS[] = {9, 17, 35, 53};
static const char EXCEPT[] =
    "with the exception of|with exception of|exception of|bar|barring|except|except "
    "for|excepting|other than|apart from|aside from|but|"
    "besides|save|save for|beyond|beside";

/* "fluorine and chlorine" from word i on: bits; words read. */
static int elements_at(const parser *p, int i, uint64_t bits[2]) {
    int k = i, end = i;
    bits[0] = bits[1] = 0;
    while (k < p->ws.n && !p->ws.w[k].mark) {
        int e = request_element_of(p->ws.w[k].s);
        if (!e) e = request_symbol_of(p->ws.w[k].raw);
        if (!e) break;
        bits[e / 64] |= (uint64_t)1 << (e % 64);
        end = ++k;
        while (k < p->ws.n && (p->ws.w[k].mark == ',' || request_word_is(&p->ws, k, "and|or"))) k++;
    }
    return end - i;
}

static bool has(const uint64_t bits[2], int e) { return bits[e / 64] >> (e % 64) & 1; }

void request_keep_others(parser *p, bool halogens, const uint64_t bits[2], int from, int to) {
    if (!halogens) {
        const uint64_t low = bits[0] | (uint64_t)1 << 1 | (uint64_t)1 << 6;
        request_keep(p, &(mg_ask){.kind = MG_ASK_ONLY, .label = "only", .only = {low, bits[1]}},
                     from, to, true);
        return;
    }
    for (size_t i = 0; i < MG_COUNT(HALOGENS); i++)
        if (!has(bits, HALOGENS[i]))
            request_keep(p,
                         &(mg_ask){.kind = MG_ASK_ELEMENT,
                                   .id = HALOGENS[i],
                                   .label = request_element_name(HALOGENS[i]),
                                   .range = request_exactly(0)},
                         from, to, true);
}

/* "except fluorine", "(F allowed)", ", F is fine" from word i on: bits; words read, 0: none. */
static int excepted(const parser *p, int i, uint64_t bits[2]) {
    const request_words *ws = &p->ws;
    const char mark = ws->w[i].mark;
    const bool open = mark == '(' || mark == '[';
    int at = i + (open || mark == ',' || mark == ';');
    const int k = request_phrase(ws, at, EXCEPT, false);
    at += k;
    while (request_word_is(ws, at, "for|the|a|an|from|only|although|though|however")) at++;
    const int n = elements_at(p, at, bits), allowed = n ? request_allowed_behind(p, at + n) : 0;
    if (!n || (!allowed && (!k || mark == ',' || mark == ';'))) return 0;
    at += n + allowed;
    at += open && at < ws->n && strchr(")]", ws->w[at].mark) && ws->w[at].mark;
    return at - i;
}

/* "no halogen | except fluorine": behind what was denied last. */
/* "no carbonyl | other than | an ester": what is wanted of a denied kind; words read. */
static int except_kind(parser *p, int i) {
    const int k = request_phrase(&p->ws, i, EXCEPT, false);
    const mg_ask *last = &p->r->asks[p->r->n - 1];
    const int the = request_word_is(&p->ws, i + k, "a|an|the|one");
    const request_term t = request_term_at(p->g, &p->ws, i + k + the);
    if (!k || t.n != 1 || t.asks[0].kind != MG_ASK_GROUP || last->kind != MG_ASK_GROUP ||
        !mg_groups_is(p->g, t.asks[0].id, last->id))
        return 0;
    request_mark(p, i, k, WORD_SKIPPED);
    if (p->negator_n && p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED);
    p->negated = false;
    return k;
}

int request_step_except(parser *p, int i) {
    const int last = p->r->n - 1;
    if (last < 0 || p->last_end != i || !request_none(&p->r->asks[last].range) || p->doubt)
        return 0;
    const bool halogens = is_label(&p->r->asks[last], "halogen"),
               hetero = is_label(&p->r->asks[last], "heteroatoms");
    uint64_t bits[2];
    const int n = halogens || hetero ? excepted(p, i, bits) : except_kind(p, i);
    if (!n || (!halogens && !hetero)) return n;
    const int from = p->from[last], to = i + n;
    request_take_back(p, last);
    request_keep_others(p, halogens, bits, from, to);
    request_mark(p, from, to - from, WORD_USED);
    if (p->negator_n && p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED);
    p->negated = false;
    p->last_end = to;
    return n;
}

/* "all halogens | except iodine are fine", "except for hydroxyls | no heteroatoms": a denial or a
 * permission of the rest, which no condition says. Words read. */
int request_step_all_but(parser *p, int i) {
    const request_words *ws = &p->ws;
    const int k = request_phrase(ws, i, EXCEPT, false), end = k ? request_list_end(p, i + k, 1) : 0;
    if (!end || p->negated || p->doubt || request_word_is(ws, i, "but|beside|beyond|save"))
        return 0;
    const bool first = i == 0 || (ws->w[i - 1].mark && p->last_end != i - 1);
    const int comma = end < ws->n && ws->w[end].mark == ',',
              allowed = request_allowed_behind(p, end),
              no = first ? request_negator(p, end + comma) : 0;
    if (!allowed && !no) return 0;
    int to = end + allowed;
    if (no) {
        to = end + comma + no + request_word_is(ws, end + comma + no, "other");
        to += request_term_at(p->g, ws, to).words;
    } else if (p->r->n && p->last_end == i)
        request_take_back(p, p->r->n - 1);
    return request_leave(p, i, to - i);
}

/* "except for fluorine, | no halogens", "fluorine aside, no halogens" */
int request_step_except_first(parser *p, int i) {
    const int k = request_phrase(&p->ws, i, EXCEPT, false);
    uint64_t bits[2];
    const int n = p->negated ? 0 : elements_at(p, i + k, bits);
    int at = i + k + n;
    if (!n) return 0;
    const int aside = k ? 0 : request_word_is(&p->ws, at, "aside|excepted|excluded");
    at += aside;
    if ((!k && !aside) || at >= p->ws.n || p->ws.w[at].mark != ',') return 0;
    const int no = request_negator(p, ++at);
    const request_term t = request_term_at(p->g, &p->ws,
                                           at + no + request_word_is(&p->ws, at + no, "other"));
    const bool halogens = t.n == 1 && is_label(&t.asks[0], "halogen");
    if (!no || (!halogens && !(t.n == 1 && is_label(&t.asks[0], "heteroatoms")))) return 0;
    at += no + request_word_is(&p->ws, at + no, "other") + t.words;
    request_keep_others(p, halogens, bits, i, at);
    request_mark(p, i, at - i, WORD_USED);
    p->last_end = at;
    return at - i;
}

/* Rings in a ring's SMARTS, by its ring bonds; 0: it does not say. */
static int rings_of(const mg_group *ring) {
    int ends = 0;
    bool bracket = false;
    for (const char *s = ring->smarts; *s; s++) {
        if (*s == '$' || *s == '%' || *s == '.') return 0;
        bracket = *s == '[' || (bracket && *s != ']');
        ends += !bracket && *s >= '0' && *s <= '9';
    }
    return ends / 2;
}

/* Rings that the rings asked for by name are made of; 0: that is not known. */
static int rings_asked(const parser *p) {
    int rings = 0, ids[MG_ASKS], n = 0;
    for (int a = 0; a < p->r->n; a++) {
        const mg_ask *ask = &p->r->asks[a];
        const bool on = ask->kind == MG_ASK_ON, ring = request_is_ring_group(p, ask);
        if (request_none(&ask->range) || ask->negated) continue;
        if (ask->either || (ask->kind == MG_ASK_NUMBER && strstr(ask->label, "ring"))) return 0;
        if (!on && !ring) continue;
        const int id = on ? ask->on : ask->id;
        const int own = rings_of(mg_groups_at(p->g, id));
        const int of = on ? 1 : (int)ask->range.lo;
        if (!own || of < 1 || of > 8 || (on && strstr(ask->label, "phenyl"))) return 0;
        bool again = false;
        for (int k = 0; k < n; k++) again |= ids[k] == id;
        if (!again) ids[n++] = id, rings += own * of;
    }
    return rings;
}

/* Words i .. end - 1 say that there are n rings; words read. */
static int keep_rings(parser *p, int n, int i, int end) {
    mg_ask a;
    if (!request_feature(p->g, "rings", &a)) return request_leave(p, i, end - i);
    a.range = request_exactly(n);
    request_keep(p, &a, i, end, true);
    request_mark(p, i, end - i, WORD_USED);
    p->ring = -1;
    p->last_end = end;
    return end - i;
}

/* "a pyridine and | no other ring": words read. */
static int keep_no_other_ring(parser *p, int i, int end) {
    const int n = rings_asked(p);
    return n ? keep_rings(p, n, i, end) : request_leave(p, i, end - i);
}

/* "no ring | but a pyridine (and a furan)": words read. */
static int keep_ring_but(parser *p, int i, int at) {
    int rings = 0,
        k = request_phrase(&p->ws, at, "but|except|except for|besides|other than|apart from|beyond",
                           false);
    const int first = p->r->n;
    bool plain = k > 0;
    at += k;
    do {
        const int from = at + request_word_is(&p->ws, at, "a|an|one|the");
        const request_term t = request_term_at(p->g, &p->ws, from);
        const bool ring = t.n == 1 && request_is_ring_group(p, &t.asks[0]);
        const int own = ring ? rings_of(mg_groups_at(p->g, t.asks[0].id)) : 0;
        if (!ring) break;
        plain &= own > 0;
        if (plain) request_keep(p, &t.asks[0], from, from + t.words, true);
        rings += own;
        at = from + t.words;
        k = at < p->ws.n && p->ws.w[at].mark == ',';
        plain &= !request_word_is(&p->ws, at + k, "or");
        k += request_word_is(&p->ws, at + k, "and|or");
        at += k;
    } while (k);
    if (!rings) return 0;
    at -= k;
    if (plain) return keep_rings(p, rings, i, at);
    request_take_back(p, first);
    return request_leave(p, i, at - i);
}

/* "a fluorine but no other halogen", "fluorine as the only halogen" */
int request_step_no_other(parser *p, int i) {
    const int alone =
        request_phrase(&p->ws, i,
                       "as the only|as its only|as only|as the sole|as sole|as its sole|as the "
                       "single|is the only|is the sole|being the only|the only|the sole|only|sole",
                       false);
    if (alone == 1 && (p->last_end != i || p->negated)) return 0;
    const int k = alone ? alone : request_negator(p, i);
    if (!alone && k && !p->negated) {
        const request_term rings = request_term_at(p->g, &p->ws, i + k);
        if (rings.n == 1 && rings.asks[0].kind == MG_ASK_NUMBER &&
            is_label(&rings.asks[0], "rings")) {
            const int n = keep_ring_but(p, i, i + k + rings.words);
            if (n) return n;
        }
    }
    if (!alone && (!k || !request_word_is(&p->ws, i + k, "other|further|additional"))) return 0;
    const int at = i + k + !alone;
    const request_term t = request_term_at(p->g, &p->ws, at);
    const bool halogens = t.n == 1 && is_label(&t.asks[0], "halogen"),
               hetero = t.n == 1 && is_label(&t.asks[0], "heteroatoms");
    uint64_t bits[2] = {0}, than[2];
    bool any = false;
    for (int a = 0; a < p->r->n; a++) { /* what was asked for before */
        const mg_ask *ask = &p->r->asks[a];
        if (ask->kind != MG_ASK_ELEMENT && ask->kind != MG_ASK_ON) continue;
        const int e = ask->kind == MG_ASK_ELEMENT ? ask->id : request_element_of(ask->label);
        if (!e || request_none(&ask->range)) continue;
        bits[e / 64] |= (uint64_t)1 << (e % 64);
        any = true;
    }
    const int n_than = request_word_is(&p->ws, at + t.words, "than|except|besides")
                           ? elements_at(p, at + t.words + 1, than)
                           : 0;
    if ((halogens || hetero) && n_than) { /* "no other halogens than fluorine" */
        const int n = at + t.words + 1 + n_than - i;
        request_keep_others(p, halogens, than, i, i + n);
        request_mark(p, i, n, WORD_USED);
        p->last_end = i + n;
        return n;
    }
    if (alone && ((!halogens && !hetero) || !any)) return 0;
    if (t.n == 1 && t.asks[0].kind == MG_ASK_NUMBER && is_label(&t.asks[0], "rings"))
        return keep_no_other_ring(p, i, at + t.words);
    if ((!halogens && !hetero) || !any) { /* "no other carbonyl": all but one, which nothing says */
        int n = k + 1 + t.words;
        return request_leave(p, i, n);
    }
    request_keep_others(p, halogens, bits, i, at + t.words);
    request_mark(p, i, at + t.words - i, WORD_USED);
    p->last_end = at + t.words;
    return at + t.words - i;
}
