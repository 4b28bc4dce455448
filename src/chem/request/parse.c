/* parse.c - a sentence as conditions, from left to right, without going back: quantities and
 * negations wait for the term behind them; terms behind a verb or "from" are no orders; what is not
 * understood is left over, and takes what it qualifies with it where that changes the meaning.
 */
#include "chem/request/inside.h"
#include "chem/request/parser.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char LIKE[] =
    "analogue of|analogues of|analog of|analogs of|derivative of|derivatives of|similar to|related "
    "to|"
    "resembling|variant of|variants of|close to|close analogue of|structural analogue of|"
    "structurally similar to|structurally related to|an analogue of|congener of|something like|"
    "molecules like|compounds like|looks like|based on|resembles|resemble|reminiscent of|along the "
    "lines "
    "of|in the style of|inspired by|modelled on|modeled on|compound like|molecule like|structure "
    "like|structures like|anything like|drugs like|drug like the|things like|akin to|analogous to|"
    "near neighbour of|near neighbor of|relative of|relatives of|cousin of|cousins of";
static const char BREAKS[] = "but|while|whereas|though|although|yet|however|then";

/* ---- names ---- */

static int keep_like(parser *p, int i, int from, int to, int all) {
    const mg_ask a = {.kind = MG_ASK_LIKE, .label = "like"};
    return request_keep_named(p, a, i, from, to, all);
}

static int step_like(parser *p, int i) {
    if (request_word_is(&p->ws, i - 1, /* "MW similar to caffeine" */
                        "mw|weight|mass|logp|clogp|tpsa|psa|size|polarity|solubility|potency|"
                        "activity|properties|lipophilicity|shape|formula|profile"))
        return 0;
    int k = request_phrase(&p->ws, i, LIKE, false);
    if (!k && request_word_is(&p->ws, i, "like") &&
        (i == 0 || request_smiles_end(p, i + 1) > i + 1))
        k = 1;
    if (k && i && request_element_of(p->ws.w[i - 1].s) && request_word_is(&p->ws, i + k - 1, "of"))
        return request_leave(p, i, k + request_term_at(p->g, &p->ws, i + k).words);
    if (k && !p->negated) {
        int from = i + k;
        while (request_word_is(&p->ws, from, "a|an|the")) from++;
        request_term t = request_term_at(p->g, &p->ws, from);
        if (t.form == FORM_NOUN) {
            request_mark(p, i, k, WORD_SKIPPED);
            return from - i + request_keep_term(p, from, from, &t, NULL);
        }
        const int drawn = request_smiles_end(p, from),
                  to = drawn > from ? drawn : request_name_end(p, from);
        if (to == from) return 0;
        return keep_like(p, i, from, to, to - i);
    }
    int n = 1; /* "paracetamol analogue", "caffeine-like" */
    bool like = i + n < p->ws.n && p->ws.w[i + n].joined && request_word_is(&p->ws, i + n, "like");
    if ((!like && !request_word_is(&p->ws, i + n,
                                   "analogue|analog|analogues|analogs|derivative|derivatives")) ||
        (!like && request_word_is(&p->ws, i + 2, "of|to")) || p->negated ||
        strlen(p->ws.w[i].s) < 4 || request_skipped(&p->ws, i) ||
        request_word_is(&p->ws, i, "product|products|protein") ||
        request_term_at(p->g, &p->ws, i).form != FORM_NONE)
        return 0;
    int from = i; /* "N,N-dimethylaniline derivative" */
    if (request_word_is(&p->ws, i, "acid|acids|aldehyde|alcohol|oxide|ether|anhydride|sulfate")) {
        if (i < 1 || p->use[i - 1] != WORD_LEFT || p->ws.w[i - 1].mark) return 0;
        from--; /* "squaric acid derivatives" */
    }
    while (from > 0 && p->ws.w[from].joined && !p->ws.w[from - 1].mark) from--;
    return keep_like(p, from, from, i + n, i + n + 1 - from) - (i - from);
}

/* ---- connectors ---- */

static int step_connector(parser *p, int i) {
    char c = p->ws.w[i].mark;
    const int otherwise = request_otherwise(p, i);
    bool or_word = request_word_is(&p->ws, i, "or|nor|and/or|xor") || otherwise;
    if (c == '!' && request_negator(p, i)) return 0;
    if (!p->negated && request_word_is(&p->ws, i, "nor")) return 0; /* "; nor any halogen" */
    bool and_word = request_word_is(&p->ws, i, "and|&|&&") ||
                    (p->negated && p->negated_once && request_word_is(&p->ws, i, "+"));
    const bool stroke = request_word_is(&p->ws, i, "/"); /* "ester/amide", "2 rings / no amide" */
    or_word |= c == '|' || (stroke && request_term_at(p->g, &p->ws, i + 1).form == FORM_NOUN);
    and_word |= stroke;
    if (c == ':' && p->evidence) { /* "optional: methyl" */
        p->use[i] = WORD_SKIPPED;
        return 1;
    }
    if (!c && !or_word && !and_word && !request_word_is(&p->ws, i, BREAKS)) return 0;
    p->use[i] = WORD_SKIPPED;
    if (c == '(' && p->last_end == i && request_word_is(&p->ws, i + 1, "or|and/or")) {
        p->last_end = i + 1; /* "an amide (or ester)" */
        return 1;
    }
    const int wide = or_word ? request_wide_or(p, i) : 0;
    if (wide) return wide;
    const bool denied = p->denied && p->doubt && /* of "no", not of "not", "non" */
                        !request_word_is(&p->ws, p->negator, "not|non|isn't|aren't|is|are|never");
    if (c == ':' && !p->negated &&
        request_word_is(
            &p->ws, i - 1,
            "derivatives|types|classes|kinds|examples|options|choices|alternatives|variants|"
            "warheads|isosteres|surrogates|possibilities|handles|headgroups|either")) {
        request_end_scopes(p);
        p->any_of = true; /* "acid derivatives: esters, amides, nitriles" */
        return 1;
    }
    if (c == ':' && p->doubt && request_negator(p, i + 1)) { /* "no alerts: no nitro" */
        request_end_scopes(p);
        return 1;
    }
    if (denied && or_word) return 1; /* "no reactive halogen or nitro group" */
    const denial goes_on = p->negated && p->negated_once && (c == ',' || or_word || and_word) &&
                                   !p->doubt
                               ? request_denial_goes_on(p, i)
                               : DENIAL_ENDS;
    if (goes_on == DENIAL_GOES_ON) {
        p->lists |= c == ',';
        return 1;
    }
    const bool next_bare = !request_word_is(&p->ws, i + 1,
                                            "a|an|the|with|and|but|having|bearing") &&
                           request_term_at(p->g, &p->ws, i + 1).form == FORM_NOUN;
    const bool unsure = goes_on == DENIAL_UNSURE || (p->unsure && c == ',') ||
                        (denied && c == ',' && next_bare);
    if (p->negated && !p->negated_once && c && strchr("\"':([)]", c)) return 1;
    int ring = and_word && p->ring >= 0 && p->r->n > p->ring + 1 ? p->ring : -1;
    bool comma = p->comma_next;
    int sized = and_word && p->in_ring ? p->r->n : 0;
    request_end_scopes(p);
    /* the next noun is no order: "made from benzene and | toluene" */
    const int noun = i + 1 + (c != ',' && request_word_is(&p->ws, i + 1, "a|an|the"));
    const bool made_too = p->evidence_end == i && i && (c == ',' || or_word || and_word) &&
                          request_term_at(p->g, &p->ws, noun).form == FORM_NOUN;
    p->unsure = unsure, p->evidence = unsure || made_too;
    p->ring = ring;
    p->sized = sized;
    if (c == ',')
        p->comma_next = p->r->n > 0 && p->last_end == i &&
                        !request_word_is(&p->ws, i + 1,
                                         "plus|with|also|together|along|having|bearing|containing");
    const bool last_of = and_word && p->any_of;
    p->any_of &= c == ',' || c == ':' || or_word;
    if (c == ',' && p->any_of)
        p->or_next = p->comma_next && (request_word_is(&p->ws, i + 1, "a|an|the|or|and") ||
                                       request_term_at(p->g, &p->ws, i + 1).words ||
                                       request_smiles_end(p, i + 1) > i + 1);
    if (last_of && p->r->n && (p->last_end == i || (comma && p->last_end == i - 1)))
        p->or_next = true;
    if (or_word && p->r->n && (p->last_end == i || ((comma || otherwise) && p->last_end == i - 1)))
        p->or_next = true;
    /* "a chloroacetamide or an acrylamide", of which one is not understood: neither is an order */
    if (or_word && !p->or_next && i && p->use[i - 1] == WORD_LEFT && !p->ws.w[i - 1].mark)
        p->doubt = true;
    const int more = otherwise ? otherwise - 1 : or_word ? request_second_choice(p, i) : 0;
    request_mark(p, i, 1 + more, WORD_SKIPPED);
    return 1 + more;
}

/* "chlorine on a pyridine ring": the term before moves to the ring. */
static int step_on(parser *p, int i) {
    int k = request_phrase(&p->ws, i,
                           "on|attached to|bonded to|bound to|linked to|connected to|"
                           "directly attached to|on the|at",
                           false);
    int last = p->r->n - 1, ring, bears;
    if (!k || last < 0 || p->last_end != i) return 0;
    int at = i + k;
    while (request_word_is(&p->ws, at, "a|an|the")) at++;
    if (p->substituent[last] < 0) return 0;
    int n = request_ring(p->g, &p->ws, at, &ring, &bears);
    if (!n || bears >= 0) return 0;
    for (int c = last; c >= 0 && p->substituent[c] >= 0; c--) { /* "fluorine or chlorine on" */
        mg_ask *a = &p->r->asks[c], moved = request_on(p->substituent[c], ring, p->g);
        moved.range = a->range, moved.begin = a->begin, moved.end = a->end,
        moved.either = a->either;
        *a = moved;
        if (!a->either) break;
    }
    n += request_kind_words(&p->ws, at + n, &p->r->asks[last]);
    p->r->asks[last].end = p->ws.w[at + n - 1].end;
    p->to[last] = p->last_end = at + n;
    request_mark(p, i, at + n - i, WORD_USED);
    return at + n - i;
}

/* ---- the walk ---- */

/* "one of: pyridine, pyrimidine, furan" */
static int step_any_of(parser *p, int i) {
    int k =
        request_phrase(&p->ws, i,
                       "selected from the group consisting of|selected from the group of|selected "
                       "from|chosen from|drawn from|one of|any of|any one of|one or both of|one or "
                       "other of|at least one of|one "
                       "or more of|either of|"
                       "one of the following|any of the following|at least one of the following",
                       false);
    if (!k || p->negated || request_word_is(&p->ws, i + k, "them|which|these|those|whom|it|its"))
        return 0;
    request_mark(p, i, k, WORD_SKIPPED);
    if (i + k < p->ws.n && p->ws.w[i + k].mark == ':') p->use[i + k++] = WORD_SKIPPED;
    p->any_of = true; /* and "and" before the last of them means "or" */
    return k;
}

/* Elements in another sense. */
static const char EVERYDAY[] =
    "nickel sized|nickel size|silver surfer|golden rule|gold medalist|lead role|lead author|lead "
    "time|tin soldier|tin soldiers|tin can|tin cans|tin foil|tin opener|tin hat|tin roof|silver "
    "bullet|silver bullets|silver lining|silver screen|silver medal|silver spoon|gold medal|gold "
    "rush|gold mine|gold digger|iron out|iron man|iron curtain|iron clad|iron age|iron fist|iron "
    "lady|iron lung|copper pipe|copper pipes|copper bottomed|copper wire|nickel and dime|mercury "
    "rising|mercury lamp|mercury program|platinum blonde|platinum level|platinum card|carbon "
    "copy|carbon footprint|carbon economy|low carbon economy|carbon tax|carbon credit|carbon "
    "credits|carbon dating|carbon sink|carbon paper|carbon fibre|carbon fiber|carbon "
    "emissions|carbon capture|oxygen mask|oxygen tank|zinc finger|zinc fingers|cobalt blue|sulfur "
    "springs|sulfur springs|phosphorus bomb|hydrogen bomb|hydrogen economy|hydrogen fuel|boron "
    "neutron capture|arsenic and old lace|nitrogen cycle";

/* Words of chemistry that ask for none of it: "gold standard", "salt bridge". */
static int step_idiom(parser *p, int i) {
    const int everyday = request_phrase(&p->ws, i, EVERYDAY, false);
    const int k =
        everyday
            ? everyday
            : request_phrase(
                  &p->ws, i,
                  "ring opened|ring opening|ring expanded|ring contracted|ketene acetal|ketene "
                  "acetals|ketene thioacetal|amino acid amide|amino acid amides|ring "
                  "strain|neutral loss|neutral losses|isotope pattern|isotopic pattern|isotope "
                  "distribution|isotope "
                  "ratio|isotope peak|isotope peaks|donor acceptor|ethylene glycol|propylene "
                  "glycol|diethylene glycol|triethylene glycol|salt bridge|salt bridges|gold "
                  "standard|carbon neutral|zinc binding|zinc "
                  "chelating|metal "
                  "binding|metal chelating|metal chelator|iron chelator|iron chelating|copper "
                  "chelator|"
                  "hydrogen bond to|hydrogen bonds to|hydrogen bond with|hydrogen bonds with|cys "
                  "reactive|"
                  "cysteine reactive|lysine reactive|no donor|no donors|h2s donor|nitric oxide "
                  "donor|carbon "
                  "monoxide donor|electron donor|electron acceptor|hydride donor|methyl "
                  "donor|proton donor",
                  false);
    if (!k || (request_word_is(&p->ws, i, "no") && strcmp(p->ws.w[i].raw, "NO") != 0)) return 0;
    request_mark(p, i, k, WORD_LEFT);
    p->last_unknown = i + k - 1;
    if (p->negated) request_leave_negator(p), p->negated = false;
    p->evidence = request_word_is(&p->ws, i + k - 1, "opened|opening|expanded|contracted|masked");
    return k;
}

/* "replace the chlorine by fluorine": a change of a molecule, which nothing here can say. */
static int step_change(parser *p, int i) {
    int k = request_phrase(&p->ws, i,
                           "replace|replacing|replaced by|replaced with|swap|swapping|exchange|"
                           "exchanging|change|changing|turn|turning|remove|removing|add|adding|"
                           "\xE2\x86\x92|convert",
                           false);
    const size_t begin = p->ws.w[i].begin; /* "methyl ester -> acid" */
    const bool arrow = request_word_is(&p->ws, i, "\xE2\x86\x92") ||
                       (request_word_is(&p->ws, i, ">") && begin && p->text[begin - 1] == '-');
    if (arrow) {
        if (p->last_end == i && p->r->n) request_take_back(p, p->r->n - 1);
        k = 1;
    }
    if (!k || request_term_at(p->g, &p->ws, i).words || request_negator(p, i)) return 0;
    request_mark(p, i, k, WORD_LEFT);
    p->doubt = true;
    p->ring = -1;
    p->last_unknown = i + k - 1;
    return k;
}

/* A word behind a denied term that says where it must not be: the denial is not of all of it. */
static void narrow_denial(parser *p, int i, const char *where) {
    if (!p->negated || !p->negated_once || p->last_end != i || !p->r->n ||
        !request_word_is(&p->ws, i, where))
        return;
    request_take_back(p, p->r->n - 1);
    request_leave_negator(p);
    p->doubt = true;
}

/* What the clause of word i asked for so far is left over. */
static void take_clause_back(parser *p, int i) {
    int clause = i, first = p->r->n;
    while (clause > 0 && !(p->ws.w[clause - 1].mark && strchr(",;.:", p->ws.w[clause - 1].mark)))
        clause--;
    while (first > 0 && p->from[first - 1] >= clause) first--;
    request_take_back(p, first);
}

static int step_negation(parser *p, int i) {
    int k = request_negator(p, i);
    if (request_skipped(&p->ws, i) > k || request_evidence(&p->ws, i) > k) return 0;
    if (!k || request_term_at(p->g, &p->ws, i).words > k) return 0;
    if (request_word_is(&p->ws, i, "missing|lacking") && p->last_end == i && !p->negated &&
        (i + 1 >= p->ws.n || strchr(",.;", p->ws.w[i + 1].mark ? p->ws.w[i + 1].mark : ' '))) {
        take_clause_back(p, i); /* "both a ring and a double bond missing" */
        return request_leave(p, i, 1);
    }
    if (p->negated && !p->negated_once && p->negator + p->negator_n == i) { /* "not without" */
        request_mark(p, p->negator, p->negator_n, WORD_USED);
        request_mark(p, i, k, WORD_USED);
        p->negated = false;
        p->evidence = request_word_is(&p->ws, i,
                                      "exclude|excluding|avoid|avoiding|omit|reject|"
                                      "discard|ban|forbid|eliminate|drop|skip");
        return k;
    }
    const int both = p->negated ? 0 : request_not_both(p, i, k);
    if (both) return both;
    if (p->negated && !p->negated_once) { /* "no functional groups other than an alcohol" */
        request_leave_negator(p);
        request_mark(p, i, k, WORD_LEFT);
        p->negated = false, p->doubt = true;
        p->last_unknown = i + k - 1;
        return k;
    }
    request_quantity q; /* "with no more than three rings" denies nothing */
    narrow_denial(p, i, "other|except|apart");
    if (p->doubt) { /* "no carbon other than" */
        request_mark(p, i, k, WORD_LEFT);
        return k;
    }
    if (k > 1 && request_quantity_read(&p->ws, i + k - 1, &q)) {
        request_mark(p, i, k - 1, WORD_SKIPPED);
        return k - 1;
    }
    request_mark(p, i, k, WORD_USED);
    p->negated = true, p->negated_once = false;
    p->negator = i, p->negator_n = k;
    p->lists = request_negator_lists(p, i, k);
    p->ring = -1;
    return k;
}

static int step_unknown(parser *p, int i) {
    if (request_front(p->ws.w[i].s) && request_word_is(&p->ws, i + 1, "or|and|to") &&
        i + 2 < p->ws.n) { /* "mono- or disubstituted" */
        request_mark(p, i, 3, WORD_LEFT);
        if (p->negated) request_leave_negator(p), p->negated = false;
        p->last_unknown = i + 2;
        return 3;
    }
    p->use[i] = WORD_LEFT;
    static const char away[] =
        "absent|excluded|forbidden|prohibited|banned|disallowed|unwanted|"
        "undesired|undesirable|unacceptable|avoided|removed|omitted|unwelcome|"
        "bonus|optional|unimportant|irrelevant|negotiable|unnecessary";
    if (request_word_is(&p->ws, i, away) && !p->negated) { /* of what, is not understood */
        take_clause_back(p, i);
    }
    narrow_denial(p, i,
                  "on|at|outside|within|inside|beyond|adjacent|attached|next|conjugated|except|"
                  "apart|besides|between|beside|alpha|beta|ortho|meta|para|near|bound|bonded|"
                  "connected|directly|flanking|other");
    if (p->negated && !p->negated_once) {
        const bool one = p->ws.w[i].joined && request_word_is(&p->ws, i - 1, "non");
        request_leave_negator(p); /* "a non-toxic nitrile" is one */
        p->doubt = p->denied = !one;
        p->negated &= !one;
    }
    if (p->negated && p->negated_once) p->negated = false;
    if (p->or_next && p->r->n) { /* "an acid or its pinacol ester" */
        request_take_back(p, p->r->n - 1);
        p->doubt = true;
    }
    p->or_next = p->comma_next = p->evidence = false;
    p->ring = -1;
    p->last_unknown = i;
    return 1;
}

/* "mesylate salt", "sodium benzoate": words that name an ion and are an ester's elsewhere. */
static bool is_counter_ion(const parser *p, int i, const request_term *t) {
    const int to = i + t->words;
    const char *s = p->ws.w[to - 1].s;
    const size_t n = strlen(s);
    const int above = mg_groups_find(p->g, "sulfonate ester");
    if (t->n != 1 || n < 4 || strcmp(s + n - 3, "ate") != 0 ||
        !(strstr(t->asks[0].label, "ester") || (t->asks[0].kind == MG_ASK_GROUP && above >= 0 &&
                                                mg_groups_is(p->g, t->asks[0].id, above))))
        return false;
    const bool cation = i && p->last_end == i &&
                        (request_element_of(p->ws.w[i - 1].s) > 2 ||
                         request_word_is(&p->ws, i - 1, "ammonium|pyridinium|imidazolium"));
    return cation || request_word_is(&p->ws, to, "salt|salts|counterion|counterions|anion|anions");
}

/* "unchlorinated", "nonsteroidal": words read. */
static int step_prefixed(parser *p, int i) {
    const char *s = p->ws.w[i].s;
    const size_t front = !strncmp(s, "non", 3) ? 3 : !strncmp(s, "un", 2) ? 2 : 0, n = strlen(s);
    if (!front || n < front + 6 || p->negated || p->doubt || p->evidence) return 0;
    if (strcmp(s + n - 2, "ed") && strcmp(s + n - 2, "ic") && strcmp(s + n - 2, "al")) return 0;
    request_word rest = p->ws.w[i];
    memmove(rest.s, rest.s + front, n - front + 1);
    const request_words one = {.w = &rest, .n = 1};
    request_term t = request_term_at(p->g, &one, 0);
    if (!t.words || t.n != 1 || t.form == FORM_VALUE || request_term_at(p->g, &p->ws, i).words)
        return 0;
    p->negated = true, p->negator_n = 0, p->negator = i;
    request_keep_term(p, i, i, &t, NULL);
    p->negated = false;
    return 1;
}

static int step_term(parser *p, int i) {
    request_term t = request_term_at(p->g, &p->ws, i);
    int n = 0;
    double x;
    if (!t.words) return 0;
    const size_t begin = p->ws.w[i].begin;
    const bool small = islower((unsigned char)p->text[begin]) ||
                       (t.asks[0].kind == MG_ASK_ELEMENT && p->last_end == i);
    const bool signed_off = begin && p->text[begin - 1] == '-' && /* "pyridine -nitro" */
                            (begin == 1 || p->text[begin - 2] == ' ') && small && !p->negated;
    if (signed_off || is_counter_ion(p, i, &t)) {
        request_mark(p, i, t.words, WORD_LEFT);
        if (p->negated) request_leave_negator(p), p->doubt = true;
        p->last_unknown = i + t.words - 1;
        return t.words;
    }
    if (i > 0 && p->ws.w[i].joined && request_number(p->ws.w[i].s, &x) &&
        request_number(p->ws.w[i - 1].s, &x)) { /* "3-7 membered" */
        return request_leave(p, i, t.words);
    }
    if (t.form == FORM_VALUE) return request_step_value(p, i, &t);
    if (!p->evidence && !p->doubt && t.n == 1) n = request_step_on_ring(p, i, NULL);
    if (!n && t.form == FORM_NOUN) n = request_step_noun_value(p, i, &t);
    if (n) return n;
    if (p->negated && p->negated_once && p->last_end == i) { /* "no aromatic nitro group" */
        request_take_back(p, p->r->n - 1);
        p->doubt = true;
    }
    return request_keep_term(p, i, i, &t, NULL);
}

static int step_evidence(parser *p, int i) {
    int k = request_evidence(&p->ws, i);
    if (!k && request_word_is(&p->ws, i, "less") && request_term_at(p->g, &p->ws, i + 1).words)
        k = 1;
    if (!k && request_word_is(&p->ws, i, "ok|okay|allowed|acceptable|tolerated|permitted|fine") &&
        i + 1 < p->ws.n && p->ws.w[i + 1].mark == ':')
        k = 1; /* "OK: F, Cl" */
    if (!k || request_skipped(&p->ws, i) > k) return 0;
    p->unsure |= i + k < p->ws.n && p->ws.w[i + k].mark == ':'; /* of a list */
    request_mark(p, i, k, WORD_LEFT);
    narrow_denial(p, i, "in|into|to|from");
    if (request_phrase(&p->ws, i, "in|to|as|for|by", false) == k)
        request_mark(p, i, k, WORD_SKIPPED);
    p->evidence =
        !(p->ws.w[i].joined &&
          request_word_is(&p->ws, i,
                          "binding|inhibiting|targeting|forming|soluble|insoluble|protected"));
    p->ring = -1;
    p->last_unknown = i + k - 1;
    return k;
}

/* "amino-ethyl", "aza-indole": one thing that may be no term; words read. */
static int step_hyphened(parser *p, int i) {
    static const char skeletal[] = "ex|seco|nor|homo|bishomo|aza|diaza|oxa|dioxa|thia|dithia|carba|"
                                   "deaza|sila|bora|phospha|selena|"
                                   "tellura|iso|pseudo|quasi|anti|retro|abeo|cyclo|thio|thiono|"
                                   "dithio|oxo|imino|hypo|peroxy|"
                                   "per|desoxy|anhydro|friedo|ent|neo|apo|proto|hetero";
    if (i + 1 >= p->ws.n || !p->ws.w[i + 1].joined || p->ws.w[i + 1].mark) return 0;
    const char *next = p->ws.w[i + 1].s;
    const size_t n = strlen(next);
    const bool side = n > 3 && !strcmp(next + n - 2, "yl") && request_front(p->ws.w[i].s) &&
                      request_substituent_of(next, n) >= 0; /* "amino-ethyl" */
    const bool prefix = request_word_is(&p->ws, i, skeletal) &&
                        request_term_at(p->g, &p->ws, i + 1).words;
    if ((!side && !prefix) || request_term_at(p->g, &p->ws, i).words > 1) return 0;
    request_word whole = p->ws.w[i];
    if (strlen(whole.s) + n >= sizeof whole.s) return 0;
    strcat(whole.s, next);
    const request_words one = {.w = &whole, .n = 1};
    request_term t = request_term_at(p->g, &one, 0);
    if (t.words) {
        t.words = 2;
        return request_keep_term(p, i, i, &t, NULL);
    }
    if (p->negated) request_leave_negator(p), p->negated = false;
    if (p->or_next && p->r->n) request_take_back(p, p->r->n - 1);
    p->or_next = false;
    return request_leave(p, i, 1 + (side ? 1 : request_term_at(p->g, &p->ws, i + 1).words));
}

/* "an ester of a fatty acid" holds no fatty acid: behind what an acid, an amine or a carbonyl
 * compound was made into and "of" stands what it was. */
static bool is_made_of(const parser *p, int i) {
    const mg_ask *last = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
    static const char *const made[] = {
        "thioester",     "carbamate",       "carbonate",   "ester",       "amide",
        "anhydride",     "ether",           "acetal",      "oxime",       "oxime ether",
        "hydrazone",     "imine",           "acyl halide", "glucuronide", "glycoside",
        "sulfate ester", "phosphate ester", "silyl ether", "urea",        "sulfonamide"};
    if (last && p->last_end == i && last->kind == MG_ASK_PATTERN && strstr(last->label, "ester"))
        return true;
    if (!last || p->last_end != i || last->kind != MG_ASK_GROUP ||
        !strcmp(last->label, "peptide bond"))
        return false;
    for (size_t k = 0; k < MG_COUNT(made); k++) {
        const int above = mg_groups_find(p->g, made[k]);
        if (above >= 0 && (last->id == above || mg_groups_is(p->g, last->id, above))) return true;
    }
    return false;
}

/* "an ester of | MW below 300", "of at most ten carbons", "of formula C5H10O2": what it is like,
 * not what it was made of. */
static bool is_measured(const parser *p, int i) {
    request_quantity q;
    i += request_word_is(&p->ws, i, "a|an|the");
    const int n = request_quantity_read(&p->ws, i, &q);
    const request_term t = request_term_at(p->g, &p->ws, i + n);
    if (request_word_is(&p->ws, i, "formula") || (n && (q.weight || q.area))) return true;
    return t.n == 1 && (t.form == FORM_VALUE || (n && t.asks[0].kind == MG_ASK_ELEMENT));
}

/* "no ring | containing nitrogen": a part of them is denied, which no condition says. */
static int step_narrower(parser *p, int i) {
    static const char which[] =
        "with|containing|that contains|that contain|bearing|carrying|having|"
        "that is|that are|which is|which are|larger|bigger|longer|smaller|"
        "shorter|more|greater|over|above|below|under|in the ring|in a ring|in rings|of more than|"
        "of less than|larger than|bigger than";
    int k = request_phrase(&p->ws, i, which, false);
    const int last = p->r->n - 1;
    if (!k && request_word_is(&p->ws, i, "is|are") && request_term_at(p->g, &p->ws, i + 1).words)
        k = 1; /* "no ring is aromatic" */
    if (!k || !p->negated || !p->negated_once || p->last_end != i || last < 0 || p->doubt ||
        (p->ws.w[i].joined && !request_term_at(p->g, &p->ws, i + k).words) ||
        request_word_is(&p->ws, p->negator, "non"))
        return 0;
    const mg_ask *a = &p->r->asks[last];
    if (a->kind == MG_ASK_GROUP && mg_groups_at(p->g, a->id)->kind == MG_GROUP_RING) return 0;
    request_take_back(p, last);
    request_leave_negator(p);
    request_mark(p, i, k, WORD_LEFT);
    p->doubt = true;
    p->last_unknown = i + k - 1;
    return k;
}

/* "no ring | larger than six": the ask before becomes one of sizes; words read. */
static int step_ring_limit(parser *p, int i) {
    static const char *const sizes[] = {"three-membered rings", "four-membered rings",
                                        "five-membered rings", "six-membered rings",
                                        "seven-membered rings"};
    const int last = p->r->n - 1;
    const int up = request_phrase(&p->ws, i,
                                  "larger than|bigger than|greater than|longer than|over|above|of "
                                  "more than|with more than|having more than|containing more than",
                                  false),
              down = request_phrase(&p->ws, i, "smaller than|shorter than|below|under|of less than",
                                    false);
    double x;
    if ((!up && !down) || last < 0 || p->last_end != i || !p->negated || !p->negated_once ||
        strcmp(p->r->asks[last].label, "rings") != 0)
        return 0;
    const int at = i + (up > down ? up : down);
    if (at >= p->ws.n || !request_number(p->ws.w[at].s, &x) || x < 4 || (down && x > 8)) return 0;
    const int n = at + 1 - i +
                  request_word_is(&p->ws, at + 1, "atom|atoms|member|members|membered|carbons") +
                  request_word_is(&p->ws, at + 2, "rings|ones");
    const int from = p->from[last];
    request_take_back(p, last);
    mg_ask a;
    if (up) {
        request_feature(p->g, "largest ring", &a);
        a.range = (mg_range){-INFINITY, x, false, false};
        request_keep(p, &a, from, i + n, true);
    }
    for (int k = 3; !up && k < x; k++) {
        request_feature(p->g, sizes[k - 3], &a);
        a.range = request_exactly(0);
        request_keep(p, &a, from, i + n, true);
    }
    request_mark(p, from, i + n - from, WORD_USED);
    request_mark(p, p->negator, p->negator_n, WORD_USED);
    p->last_end = i + n;
    return n;
}

/* "an even number of chlorines": words read. */
static int step_parity(parser *p, int i) {
    const int k = request_phrase(&p->ws, i, "even number of|odd number of|prime number of", false);
    if (!k) return 0;
    if (p->negated) request_leave_negator(p), p->negated = false;
    return request_leave(p, i, k + request_term_at(p->g, &p->ws, i + k).words);
}

/* "three rings, | all aromatic": of each of them, which no condition says. */
static int step_each(parser *p, int i) {
    const bool none = request_word_is(&p->ws, i, "none") && p->r->n && p->last_end >= i - 1;
    if (!none && !request_word_is(&p->ws, i, "all|both|each|every")) return 0;
    int at = i + 1;
    at += request_phrase(&p->ws, at, "of them|of which|of these|rings|ring|of the rings", false);
    while (request_word_is(&p->ws, at, "is|are|must|be|contain|contains|containing|with")) at++;
    const request_term t = request_term_at(p->g, &p->ws, at);
    const bool end = at + t.words >= p->ws.n || p->ws.w[at + t.words].mark;
    const bool adjective =
        request_word_is(&p->ws, at,
                        "aromatic|heteroaromatic|saturated|unsaturated|aliphatic|fused") ||
        at > i + 1;
    if (!t.words || !end || !adjective) return 0;
    request_mark(p, i, at + t.words - i, WORD_LEFT);
    if (p->negated) request_leave_negator(p), p->negated = false;
    p->last_unknown = at + t.words - 1;
    return at + t.words - i;
}

static int step_skipped(parser *p, int i) {
    int k = request_skipped(&p->ws, i);
    if (!k && request_word_is(&p->ws, i, "free") && !p->ws.w[i].joined &&
        request_word_is(&p->ws, i + 1,
                        "acid|acids|carboxylic|amine|amines|amino|thiol|thiols|hydroxyl|hydroxyls|"
                        "hydroxy|oh|nh2|alcohol|alcohols|phenol|phenols|carboxyl|aldehyde|primary|"
                        "secondary|sulfhydryl|cooh|co2h"))
        k = 1; /* "a free acid" */
    if (!k) return 0;
    bool of = request_word_is(&p->ws, i, "of");
    request_mark(p, i, k, WORD_SKIPPED);
    if (of && ((p->last_unknown == i - 1 && i) || is_made_of(p, i)) && !is_measured(p, i + 1))
        p->evidence = true;
    bool verb = request_phrase(&p->ws, i,
                               "with|bearing|carrying|substituted with|substituted by|"
                               "having|containing|decorated with|has|that has",
                               false);
    bool article = request_word_is(&p->ws, i,
                                   "a|an|the|any|that|which|is|substituted|ring|be|both|of|free");
    if (!verb && !article) p->ring = -1, p->sized = 0;
    const bool example = request_phrase(&p->ws, i, "including|such as|e.g", false) > 0;
    if (p->negated && p->negated_once && !article && !example) p->negated = false;
    static const char all[] =
        "compounds|molecules|structures|substances|ones|those|anything|things|"
        "members|candidates|analogues|derivatives|drugs|scaffolds";
    if (p->doubt && verb && !(p->denied && request_word_is(&p->ws, i - 1, all)))
        request_end_scopes(p); /* but "no toxic compounds with a nitro group" */
    return k;
}

/* "The hit contained two chlorines, we want one": what another molecule has is no order. */
static int step_told(parser *p, int i) {
    static const char heads[] =
        "hit|hits|lead|leads|parent|predecessor|reference|comparator|original|series|previous|"
        "prototype|precursor|starting material|starting point|compound|compounds|molecule|"
        "molecules|analogue|analog|analogues|analogs|scaffold|version|batch|generation|drug|drugs|"
        "candidate|one|ones|structure|structures|lead compound|hit compound|lead series|hit series";
    static const char other[] = "our|previous|current|earlier|existing|old|original|initial|"
                                "starting|known|parent|first|last|lead|hit|reference|present";
    static const char ends[] = "want|wants|need|needs|wanted|needed|should|must|would|looking|find|"
                               "give|show|search|now|please|instead|but|we'd|i'd";
    static const char has[] = "has|have|contains|contain|was|were|is|are|bears|carries|features|"
                              "possesses|suffers|comes|includes|lacks|already";
    static const char past[] =
        "suggested|proposed|recommended|mentioned|reported|claimed|advised|insisted|had|contained|"
        "bore|carried|lacked|featured|used to have|used to be|"
        "used to contain|used to bear";
    const request_words *ws = &p->ws;
    if (p->told) {
        const char mark = ws->w[i].mark;
        p->told = !(mark && strchr(";.!?", mark)) && !request_word_is(ws, i, ends);
        if (!p->told) {
            request_end_scopes(p);
            return 0;
        }
        request_mark(p, i, 1, WORD_TOLD);
        p->last_unknown = i;
        return 1;
    }
    int n = request_phrase(ws, i, past, false);
    const bool starts = i && ws->w[i - 1].mark && strchr(".;!?", ws->w[i - 1].mark);
    if (starts && p->use[i > 1 ? i - 2 : 0] == WORD_TOLD && request_word_is(ws, i, "it|its|this") &&
        request_word_is(ws, i + 1, has))
        n = 2; /* "We found a hit. It has two rings." */
    if (!n && request_word_is(ws, i, "we|i|they") && !request_word_is(ws, i + 2, "to|need")) {
        const int own = request_word_is(ws, i + 1, "already|currently|also|previously");
        if (request_word_is(ws, i + 1 + own,
                            "have|had|tried|made|tested|used|own|bought|stock|prepared|got|found|"
                            "discovered|identified|isolated|observed|synthesised|synthesized|"
                            "obtained|screened|started|worked|published|saw|see|know"))
            n = 2 + own;
    }
    if (!n)
        n = request_phrase(ws, i,
                           "stuck with|struggling with|struggle with|left with|starting from|start "
                           "from|started from|started with|starting with|working with|suffers "
                           "from|suffer from|problem is|problems with|trouble with|issue is|issues "
                           "with|coming from|moving away from|move away from|get away from",
                           false);
    if (!n) {
        int at = i, of_another = 0;
        while (request_word_is(ws, at, other)) at++, of_another++;
        const int head = request_phrase(ws, at, heads, false);
        const bool own = request_word_is(ws, i, "hit|lead|parent|predecessor|comparator");
        if (head && (of_another || own) && request_word_is(ws, at + head, has))
            n = at + head + 1 - i;
        else if (of_another && request_word_is(ws, at, has) && at > i + 1)
            n = at + 1 - i;
        else if (own && of_another == 1 && request_word_is(ws, at, has))
            n = at + 1 - i;
    }
    if (!n) return 0;
    request_mark(p, i, n, WORD_TOLD);
    p->told = true;
    p->last_unknown = i + n - 1;
    return n;
}

/* "only five- and six-membered rings": no others, which no condition says. */
static int step_only_sizes(parser *p, int i) {
    if (!request_word_is(&p->ws, i, "only|exclusively|solely|just")) return 0;
    const int end = request_list_end(p, i + 1, 1);
    const request_term t = request_term_at(p->g, &p->ws, i + 1);
    if (!end || t.asks[0].kind != MG_ASK_NUMBER || !strstr(t.asks[0].label, "-membered")) return 0;
    return request_leave(p, i, end - i);
}

static int step(parser *p, int i) {
    static int (*const steps[])(parser *, int) = {request_step_correction,
                                                  request_step_such_as,
                                                  request_step_if,
                                                  step_told,
                                                  step_only_sizes,
                                                  step_idiom,
                                                  step_change,
                                                  request_step_part,
                                                  request_step_only,
                                                  request_step_except,
                                                  request_step_except_first,
                                                  request_step_all_but,
                                                  request_step_no_other,
                                                  request_step_examples,
                                                  request_step_not_both,
                                                  request_step_or_both,
                                                  request_step_instead,
                                                  step_connector,
                                                  request_step_sum,
                                                  request_step_bound,
                                                  step_each,
                                                  step_parity,
                                                  step_ring_limit,
                                                  step_narrower,
                                                  request_step_than,
                                                  step_any_of,
                                                  request_step_between,
                                                  request_step_quantity,
                                                  request_step_isomer,
                                                  step_like,
                                                  request_step_formula,
                                                  step_negation,
                                                  step_on,
                                                  step_prefixed,
                                                  step_hyphened,
                                                  request_step_attached,
                                                  request_step_same,
                                                  step_term,
                                                  step_evidence,
                                                  step_skipped,
                                                  step_unknown};
    for (size_t s = 0; s < MG_COUNT(steps); s++) {
        int k = steps[s](p, i);
        if (k) return k;
    }
    return 1;
}

void request_walk(parser *p) {
    p->ring = -1, p->last_unknown = p->last_end = -1;
    for (int i = 0; i < p->ws.n;) i += step(p, i);
    if (p->negated && !p->negated_once) request_leave_negator(p);
}
