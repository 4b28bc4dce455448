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

static const char SKIPPED[] =
    "a|an|the|any|some|molecule|molecules|compound|compounds|structure|structures|substance|"
    "chemical|chemicals|small molecule|that|which|who|this|these|it|its|is|are|be|being|has|have|"
    "having|with|of|contain|contains|containing|include|includes|including|bearing|bears|bear|"
    "carrying|carries|carry|possessing|possesses|featuring|features|feature|showing|both|either|"
    "group|groups|moiety|moieties|unit|units|function|functions|functionality|functional|"
    "functionalities|substituent|substituents|atom|atoms|core|scaffold|skeleton|nucleus|motif|"
    "system|derivative|derivatives|based|type|class|kind|one molecule|i|we|want|need|would|like to|"
    "looking|find|me|give|show|please|look|search|get|something|anything|one that|ones|should|must|"
    "can|may|also|at the same time|there|only one molecule|in one molecule|in the same molecule|"
    "chain|chains|alkyl chain|in total|altogether|total|in its structure|in the structure|in the "
    "molecule|per molecule|"
    "within the molecule|all|each|other|another|more|where|whose|such as|e.g|present|presence of|"
    "in the presence of|number of|the number of|value|i'm|am|looking for|search for|i am looking "
    "for|"
    "as well as|plus|together with|together|along with|combined with|additionally|additional|and|"
    "substituted with|substituted by|substituted|built on|equipped with|decorated with|having a|"
    "linkage|bond|bonds|fragment|part|piece|example|examples|example of|examples of|organic "
    "molecule|"
    "no of|nr of|kindly|ideally|preferably|preferred|wanted|desired|required|needed|needs|if "
    "possible|thanks|"
    "thank you|at all|whatsoever|keep|keeping|retain|retaining|must have|must contain|could|you|"
    "list|suggest|propose|return|kind of|of any kind|candidate|candidates|"
    "organic compound|organic compounds|organic molecules|member of|set of|list of|for me";
static const char EVIDENCE[] =
    "from|into|for|by|against|via|through|reacts with|react with|reacts|react|reacting|binds|bind|"
    "binding|binds to|inhibits|inhibit|inhibiting|oxidises|oxidizes|oxidising|oxidizing|reduces|"
    "reducing|converts|convert|converting|forms|forming|hydrolyses|hydrolyzes|dissolves|dissolves "
    "in|"
    "catalyses|catalyzes|catalysing|catalyzing|degrades|metabolises|metabolizes|interacts with|"
    "interact with|smells|smells like|smells of|tastes|tastes like|treats|kills|targets|targeting|"
    "acts|acts on|acts as|used|used in|used as|used to|used for|derived|obtained|produced|"
    "synthesised|synthesized|isolated|found|found in|prepared|made|soluble|soluble in|insoluble|"
    "insoluble in|suitable|useful|known|known as|looks|behaves|works|similar|precursor|precursor "
    "of|"
    "precursor to|metabolite of|product of|reagent|catalyst for|substitute|substitute for|mimics|"
    "mimicking|mimic of|in|to|as|towards|toward|protects|transports|activates|blocks|blocking|"
    "modulates|lowers|raises|prevents|causes|than|at|partially|partly|nearly|almost|mostly|semi|"
    "hardly|barely|slightly|weakly|half|formerly|possibly|maybe|perhaps|optionally|optional|"
    "unless|if|need not contain|need not have|needn't contain|does not need|not necessarily|beyond "
    "rule of five|beyond the rule "
    "of five|beyond rule of 5|bro5|may contain|may have|may bear|may include|may carry|can "
    "contain|can have|can bear|"
    "can include|might contain|might have|could contain|could have|violates|violate|violating|"
    "fails|fail|failing|breaks|breaking|disobeys|disobeying|in violation of|violation of|"
    "w/ or w/o|with or without";
static const char BIO[] =
    "inhibitor|inhibitors|receptor|receptors|agonist|agonists|antagonist|antagonists|transporter|"
    "transporters|channel|channels|blocker|blockers|synthesis|biosynthesis|metabolism|catabolism|"
    "modulator|modulators|sensitive|resistant|responsive|poisoning|deficiency|uptake|reuptake|"
    "transport|production|degradation|donating|withdrawing|reagent|catalyst|solvent|soluble|"
    "protein|"
    "proteins|hormone|like|mimic|mimics|signalling|signaling|pathway|exchange|exchanger|substitute";
static const char LIKE[] =
    "analogue of|analogues of|analog of|analogs of|derivative of|derivatives of|similar to|related "
    "to|"
    "resembling|variant of|variants of|close to|close analogue of|structural analogue of|"
    "structurally similar to|structurally related to|an analogue of|congener of|something like|"
    "molecules like|compounds like|looks like|based on";
static const char ALLOWED[] =
    "optional|not required|is not required|are not required|not needed|not necessary|allowed|is "
    "allowed|are allowed|is permitted|are permitted|is fine|are fine|is ok|are ok|is "
    "okay|are okay|may be present|can be present|is optional|are optional|is tolerated|are "
    "tolerated|is acceptable|are acceptable|does not matter|do not matter|doesn't matter|don't "
    "matter";
/* Units of what is not computed. */
static const char FOREIGN[] = "\xC2\xB0"
                              "c|degrees|nm|\xC2\xB5m|\xCE\xBCm|um|pm|mm|g/ml|mg/ml|mg|ml|kg|"
                              "bar|atm|kj/mol|kcal/mol|ppm|ppb|mmol|ev|hours|days|years|usd|eur";
static const char BREAKS[] = "but|while|whereas|though|although|yet|however|then";

/* ---- terms ---- */

static bool is_bio(const parser *p, int i) {
    if (i >= p->ws.n || p->ws.w[i].mark) return false;
    if (request_word_is(&p->ws, i, BIO)) return true;
    if (request_word_is(&p->ws, i,
                        "please|increase|decrease|release|grease|disease|purchase|phrase|"
                        "database|phases|databases|diseases"))
        return false;
    const char *s = p->ws.w[i].s;
    size_t n = strlen(s);
    return (n > 5 && !strcmp(s + n - 3, "ase")) || (n > 6 && !strcmp(s + n - 4, "ases"));
}

/* "(x2)", "x2", "x 2", "twice" behind a term; words read. */
static int times(const parser *p, int i, double *n) {
    bool bracket = i < p->ws.n && p->ws.w[i].mark == '(';
    int k = bracket;
    if (request_word_is(&p->ws, i + k, "twice"))
        *n = 2;
    else if (i + k < p->ws.n && p->ws.w[i + k].s[0] == 'x' &&
             request_number(p->ws.w[i + k].s + 1, n))
        ;
    else if (request_word_is(&p->ws, i + k, "x") && i + k + 1 < p->ws.n &&
             request_number(p->ws.w[i + k + 1].s, n))
        k++;
    else
        return 0;
    k++;
    if (bracket && i + k < p->ws.n && p->ws.w[i + k].mark == ')') k++;
    return k;
}

static int substituent_of_words(const parser *p, int from, int to) {
    char name[200];
    size_t n = 0;
    while (to > from + 1 && request_word_is(&p->ws, to - 1,
                                            "group|groups|atom|atoms|substituent|"
                                            "substituents|moiety|moieties"))
        to--;
    for (int i = from; i < to; i++) {
        size_t m = strlen(p->ws.w[i].s);
        if (n + m + 2 > sizeof name) return -1;
        if (i > from) name[n++] = ' ';
        memcpy(name + n, p->ws.w[i].s, m + 1);
        n += m;
    }
    int id = request_substituent_of(name, n);
    return id < 0 && n && name[n - 1] == 's' ? request_substituent_of(name, n - 1) : id;
}

/* counted: of a number of them, "not two rings". */
static void negate(parser *p, const request_term *t, mg_ask *a, bool counted) {
    if (counted) {
        a->negated = !a->negated;
        return;
    }
    if (t->none && t->n == 1) request_feature(p->g, t->none, a);
    if (t->form != FORM_FIXED || (isinf(a->range.hi) && a->range.lo == 1))
        a->range = request_exactly(0);
    else if (request_none(&a->range) && a->range.hi >= 0 && !a->negated)
        a->range = request_at_least(1);
    else
        a->negated = !a->negated;
}

/* An adjective on a ring: "chlorinated pyridine", "hydroxy quinoline"; words read. */
static int on_ring(parser *p, int i, const mg_range *range) {
    int ring, bears, sub = -1, k;
    for (k = 2; k > 0 && sub < 0; k--)
        if (i + k < p->ws.n) sub = substituent_of_words(p, i, i + k);
    k++;
    const char *one = p->ws.w[i].s; /* "difluorinated pyridine" */
    const int times = sub < 0 && !range ? request_multiple(&one) : 0;
    if (times) sub = request_substituent_of(one, strlen(one)), k = 1;
    if (sub < 0 || p->doubt) return 0;
    k += request_word_is(&p->ws, i + k, "substituted");
    int n = request_ring(p->g, &p->ws, i + k, &ring, &bears);
    if (!n || (p->negated && bears >= 0)) return 0;
    mg_ask a = request_on(sub, ring, p->g);
    if (range) a.range = *range;
    if (times) a.range = request_exactly(times);
    if (p->negated) a.range = request_exactly(0);
    request_keep(p, &a, i, i + k + n, range || times || p->negated);
    int first = p->r->n - 1;
    if (bears >= 0) {
        a = request_on(bears, ring, p->g);
        request_keep(p, &a, i, i + k + n, false);
    }
    request_mark(p, i, k + n, WORD_USED);
    n += request_kind_words(&p->ws, i + k + n, &a);
    request_mark(p, i, k + n, WORD_USED);
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    if (first < p->r->n) request_join_alternatives(p, first);
    p->or_next = p->comma_next = false;
    p->ring = p->negated ? -1 : first;
    p->last_end = i + k + n;
    return k + n;
}

/* A term behind a ring that bears it: turns it into one on that ring. */
static bool move_to_ring(parser *p, int from, int to, mg_ask *a) {
    int sub = substituent_of_words(p, from, to);
    if (p->ring < 0 || sub < 0 || p->negated) return false;
    const mg_ask *r = &p->r->asks[p->ring];
    if (r->either) return false; /* on one of two rings: not said */
    mg_range range = a->range;
    *a = request_on(sub, r->kind == MG_ASK_ON ? r->on : r->id, p->g);
    a->range = range;
    return true;
}

static bool is_ring(const parser *p, const mg_ask *a) {
    return a->kind == MG_ASK_ON ||
           (a->kind == MG_ASK_GROUP && mg_groups_at(p->g, a->id)->kind == MG_GROUP_RING);
}

/* The salt's form of an acid or a base. */
static void salt_form(parser *p, mg_ask *a) {
    static const struct {
        const char *is, *becomes;
    } forms[] = {{"carboxylic acid", "carboxylate"},
                 {"sulfonic acid", "sulfonate"},
                 {"phenol", "phenolate"},
                 {"amine", "amine or ammonium"}};
    if (!p->salt || a->kind != MG_ASK_GROUP) return;
    for (size_t i = 0; i < MG_COUNT(forms); i++) {
        mg_range range = a->range;
        int above = mg_groups_find(p->g, forms[i].is);
        if (above < 0 || !mg_groups_is(p->g, a->id, above)) continue;
        if (request_feature(p->g, forms[i].becomes, a)) a->range = range;
        return;
    }
}

/* "a six-membered ring with one oxygen": it is in a ring. */
static void in_ring(parser *p, mg_ask *a, bool counted) {
    static const char *const names[] = {"nitrogen in a ring", "oxygen in a ring",
                                        "sulfur in a ring"};
    p->in_ring = false;
    if (a->kind != MG_ASK_ELEMENT || p->negated) return;
    double n = counted ? a->range.lo : 1;
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strncmp(names[i], a->label, strlen(a->label)) && request_feature(p->g, names[i], a)) {
            a->range = request_at_least(n < 1 ? 1 : n);
            p->in_ring = true;
            return;
        }
}

/* "a phenol with two hydroxy groups": the count is that of phenols too. */
static void count_narrower(parser *p, int first, bool counted) {
    if (!counted || first < 1 || p->negated || p->comma[first]) return;
    mg_ask *a = &p->r->asks[first - 1];
    const mg_ask *b = &p->r->asks[first];
    if (a->kind != MG_ASK_GROUP || b->kind != MG_ASK_GROUP || a->id == b->id) return;
    if (!mg_groups_is(p->g, a->id, b->id) || a->range.lo != 1 || !isinf(a->range.hi)) return;
    a->range = b->range;
}

/* "esters and amides | are forbidden", "sulfur and phosphorus free", "ester- and amide-free": what
 * stands before in the list is denied too, from the term that begins at `from` back; an item with
 * an article or a verb before it is none of it. */
static bool deny_before(parser *p, int from, int to) {
    bool any = false;
    const bool free = request_word_is(&p->ws, to, "free|less");
    int at = from;
    for (int i = p->r->n - 1; i >= 0; i--) {
        mg_ask *a = &p->r->asks[i];
        int gap = p->to[i];
        while (gap < at &&
               (p->ws.w[gap].mark == ',' || request_word_is(&p->ws, gap, "and|or|and/or")))
            gap++;
        const bool hyphen = p->text[p->ws.w[p->to[i] - 1].end] == '-';
        if (gap != at || gap == p->to[i] || p->explicit_one[i] || !isinf(a->range.hi) ||
            a->range.lo != 1 || a->negated || (free && a->kind != MG_ASK_ELEMENT && !hyphen) ||
            request_word_is(&p->ws, p->from[i] - 1,
                            "a|an|the|with|containing|has|contains|bearing"))
            return any;
        a->range = request_exactly(0);
        a->either = false;
        p->explicit_one[i] = any = true;
        at = p->from[i];
    }
    return any;
}

/* Keeps a term with what waits for it; `range` may be NULL. Words read. */
static int keep_term(parser *p, int from, int i, request_term *t, const mg_range *range) {
    int to = i + t->words;
    bool several = t->n > 1;
    to += request_kind_words(&p->ws, to, &t->asks[0]);
    mg_range own = t->asks[0].range;
    double n;
    int k = times(p, to, &n);
    if (k) own = request_exactly(n), range = &own, to += k;
    if (range && t->n == 1) t->asks[0].range = *range;
    if (range && range->lo > 1 && !strcmp(t->asks[0].label, "amino acid")) {
        request_feature(p->g, "amino acid residues", &t->asks[0]);
        t->asks[0].range = *range;
    }
    if (range && (k = request_quantity_after(&p->ws, to, &t->asks[0].range)) > 0) to += k;
    const int after = request_denied_behind(p, to);
    if (p->evidence || p->doubt || is_bio(p, to) || request_phrase(&p->ws, to, ALLOWED, false) ||
        (after && several) || (p->negated && several) ||
        (p->ws.n > to && p->ws.w[to].joined && request_word_is(&p->ws, to, "like"))) {
        request_mark(p, from, to - from, WORD_LEFT);
        if (p->negated) request_leave_negator(p), p->doubt = true;
        p->evidence = false;
        p->last_unknown = to - 1;
        return to - from;
    }
    if (p->sized == p->r->n && p->sized) in_ring(p, &t->asks[0], range != NULL);
    bool salt = p->salt;
    p->salt |= request_word_is(&p->ws, to, "anion|anions");
    const bool counted = range &&
                         !request_phrase(&p->ws, from, "a single|single|a sole|a lone", false);
    const bool all = after && deny_before(p, from, to);
    int first = p->r->n;
    bool moved = !several && move_to_ring(p, i, i + t->words, &t->asks[0]);
    for (k = 0; k < t->n; k++) {
        mg_ask a = t->asks[k];
        salt_form(p, &a);
        if (p->negated != (after > 0)) negate(p, t, &a, counted);
        request_keep(p, &a, from, to, range || p->negated || after);
    }
    p->salt = salt;
    to += after;
    request_mark(p, from, to - from, WORD_USED);
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    if (all) p->or_next = false; /* "azide or nitro not permitted" */
    if (first < p->r->n) {
        p->substituent[first] = several ? -1 : substituent_of_words(p, i, i + t->words);
        count_narrower(p, first, range != NULL);
        request_join_alternatives(p, first);
    }
    if (!moved)
        p->ring = !p->negated && !after && t->n == 1 && p->r->n && is_ring(p, &t->asks[0])
                      ? p->r->n - 1
                      : -1;
    if (t->form == FORM_FIXED && t->n && t->asks[0].kind == MG_ASK_PATTERN &&
        strstr(t->asks[0].label, " ion"))
        p->salt = true;
    p->salt |= t->form == FORM_FIXED && (!strcmp(t->asks[0].label, "components") ||
                                         !strncmp(t->asks[0].label, "hydrogen ", 9));
    p->or_next = p->comma_next = false;
    p->last_end = to;
    bool ring = t->n == 1 && t->asks[0].kind == MG_ASK_NUMBER &&
                strstr(t->asks[0].label, "-membered");
    p->sized = ring && !p->negated ? p->r->n : 0;
    p->in_ring &= t->asks[0].kind == MG_ASK_PATTERN;
    return to - from;
}

/* ---- numbers ---- */

static void around(mg_ask *a, const request_quantity *q) {
    double wide = !strcmp(a->label, "logP")                                          ? .25
                  : !strcmp(a->label, "charge") || !strcmp(a->label, "largest ring") ? 0
                  : !strcmp(a->label, "Fsp3") || !strcmp(a->label, "QED")            ? .05
                  : q->coarse                                                        ? 50
                                                                                     : 1;
    if (a->range.lo == a->range.hi) a->range.lo -= wide, a->range.hi += wide;
}

/* Whether a quantity can be of a value; a share said in per cent becomes one. */
static bool fits_value(const mg_ask *a, request_quantity *q) {
    const bool share = !strcmp(a->label, "Fsp3") || !strcmp(a->label, "QED"),
               positive = share || !strcmp(a->label, "MolWt") || !strcmp(a->label, "TPSA");
    if (q->split || (q->percent && !share) || (positive && q->range.hi < 0)) return false;
    if (q->percent) q->range.lo /= 100, q->range.hi /= 100;
    return true;
}

/* "> 300 and < 400": the other end of a range, from word i on; words read. */
static int second_bound(const parser *p, int i, mg_range *range) {
    request_quantity q;
    int and = request_word_is(&p->ws, i, "and|but") || (i < p->ws.n && p->ws.w[i].mark == ',');
    int k = and? request_quantity_read(&p->ws, i + 1, &q) : 0;
    if (!k || isinf(range->lo) == isinf(range->hi) || isinf(q.range.lo) == isinf(q.range.hi) ||
        isinf(q.range.lo) == isinf(range->lo) ||
        request_term_at(p->g, &p->ws, i + 1 + k).form != FORM_NONE)
        return 0;
    if (isinf(range->hi))
        range->hi = q.range.hi, range->below = q.range.below;
    else
        range->lo = q.range.lo, range->above = q.range.above;
    return range->lo <= range->hi ? 1 + k : 0;
}

/* A number, and its unit, at word i; words read. */
static int plain_number(const parser *p, int i, double *x) {
    request_quantity q;
    const int k = request_quantity_read(&p->ws, i, &q);
    if (!k || !q.plain || q.range.lo != q.range.hi || q.percent) return 0;
    *x = q.range.lo;
    return k;
}

/* "300 < MW < 400", "300 > MW" */
static int step_between(parser *p, int i) {
    double ends[2];
    if (p->ws.w[i].mark || p->negated || p->doubt) return 0;
    int at = i + plain_number(p, i, &ends[0]);
    const bool up = request_word_is(&p->ws, at, "<|<="), down = request_word_is(&p->ws, at, ">|>=");
    if (at == i || (!up && !down)) return 0;
    const bool open = p->ws.w[at].s[1] == 0;
    request_term t = request_term_at(p->g, &p->ws, at + 1);
    if (t.n != 1 || t.form == FORM_FIXED || t.asks[0].kind > MG_ASK_PATTERN) return 0;
    at += 1 + t.words;
    mg_range r = up ? (mg_range){ends[0], INFINITY, open, false}
                    : (mg_range){-INFINITY, ends[0], false, open};
    const int n = request_word_is(&p->ws, at, up ? "<|<=" : ">|>=")
                      ? plain_number(p, at + 1, &ends[1])
                      : 0;
    if (n) {
        const bool open2 = p->ws.w[at].s[1] == 0;
        if (up)
            r.hi = ends[1], r.below = open2;
        else
            r.lo = ends[1], r.above = open2;
        at += 1 + n;
    }
    if (r.lo > r.hi) return 0;
    t.asks[0].range = r;
    request_keep(p, &t.asks[0], i, at, true);
    request_mark(p, i, at - i, WORD_USED);
    p->last_end = at;
    return at - i;
}

/* "HBD + HBA < 6": a sum, which no condition says. */
static int step_sum(parser *p, int i) {
    const request_term t = request_term_at(p->g, &p->ws, i);
    int at = i + t.words;
    request_quantity q;
    if (!t.words || !request_word_is(&p->ws, at, "+")) return 0;
    while (request_word_is(&p->ws, at, "+")) {
        const request_term more = request_term_at(p->g, &p->ws, at + 1);
        if (!more.words) return 0;
        at += 1 + more.words;
    }
    const int n = request_quantity_read(&p->ws, at, &q);
    if (!n) return 0; /* "ester + amide" */
    at += n;
    request_mark(p, i, at - i, WORD_LEFT);
    p->last_unknown = at - 1;
    return at - i;
}

/* "logP below 1", "MW 200-300", "charge of -1". */
static int step_value(parser *p, int i, request_term *t) {
    int at = i + t->words;
    request_quantity q;
    if (p->negated && !strcmp(t->asks[0].label, "charge")) {
        t->asks[0].range = request_exactly(0);
        bool was = p->negated;
        p->negated = false;
        int n = keep_term(p, i, i, t, &t->asks[0].range);
        p->negated = was, request_mark(p, p->negator, p->negator_n, WORD_USED);
        return n;
    }
    while (at < p->ws.n && (p->ws.w[at].mark == ':' ||
                            request_word_is(&p->ws, at,
                                            "of|value|should|must|a|in|be|has|lies|being|"
                                            "range|the|that")))
        at++;
    int n = request_quantity_bracketed(&p->ws, at, &q);
    if (!n) n = request_quantity_read(&p->ws, at, &q);
    if (!n || p->negated || p->doubt) return 0;
    if (!fits_value(&t->asks[0], &q)) {
        request_mark(p, i, at + n - i, WORD_LEFT);
        p->last_unknown = at + n - 1;
        return at + n - i;
    }
    t->asks[0].range = q.range, t->asks[0].negated = q.other;
    const char behind = p->text[p->ws.w[at + n - 1].end];
    if (q.plain && behind == '-' && !strcmp(t->asks[0].label, "charge") &&
        !isalnum((unsigned char)p->text[p->ws.w[at + n - 1].end + 1])) /* "charge of 2-" */
        t->asks[0].range = request_exactly(-q.range.lo);
    n += second_bound(p, at + n, &t->asks[0].range);
    if (q.plain || (q.range.lo == q.range.hi)) around(&t->asks[0], &q);
    bool kept = request_keep(p, &t->asks[0], i, at + n, true) != NULL;
    request_mark(p, i, at + n - i, kept ? WORD_USED : WORD_LEFT);
    p->last_end = at + n;
    return at + n - i;
}

static int keep_number(parser *p, const char *name, int i, int k, request_quantity *q) {
    mg_ask a;
    if (!request_feature(p->g, name, &a)) return 0;
    a.range = q->range, a.negated = q->other != p->negated;
    around(&a, q);
    request_keep(p, &a, i, i + k, true);
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    k += request_phrase(&p->ws, i + k, "molecular weight|molecular mass|in weight|in mass|mw",
                        false);
    request_mark(p, i, k, WORD_USED);
    p->last_end = i + k;
    return k;
}

/* "a chain of 12 carbons", "12-carbon chain" */
static bool carbon_chain(parser *p, int i, int end, request_term *t) {
    bool front = request_word_is(&p->ws, i - 1, "of|with|containing|having") &&
                 request_word_is(&p->ws, i - 2, "chain");
    bool back = request_word_is(&p->ws, end, "chain|chains");
    if (t->asks[0].kind != MG_ASK_ELEMENT || t->asks[0].id != 6 || (!front && !back)) return false;
    if (front) p->use[i - 2] = WORD_USED;
    if (back) t->words++;
    return request_feature(p->g, "carbon chain", &t->asks[0]);
}

/* "at most one | of ester and amide": how many of a list, which no condition says; the word behind
 * it, 0: none. */
static int counted_list(const parser *p, int i) {
    if (!request_word_is(&p->ws, i, "of")) return 0;
    int at = i + 1, nouns = 0;
    bool joined = true;
    while (joined) {
        while (request_word_is(&p->ws, at, "a|an|the") || (at < p->ws.n && p->ws.w[at].mark == ':'))
            at++;
        const request_term t = request_term_at(p->g, &p->ws, at);
        if (t.form == FORM_NONE) break;
        at += t.words + request_kind_words(&p->ws, at + t.words, &t.asks[0]);
        nouns++;
        joined = false;
        while ((at < p->ws.n && p->ws.w[at].mark == ',') ||
               request_word_is(&p->ws, at, "and|or|and/or"))
            at++, joined = true;
    }
    return nouns > 1 && !joined ? at : 0;
}

/* A quantity and what it counts; 0: no quantity here. */
static int step_quantity(parser *p, int i) {
    request_quantity q;
    int k = request_quantity_read(&p->ws, i, &q);
    if (!k) return 0;
    if (request_term_at(p->g, &p->ws, i).words > k) return 0; /* "five-membered ring" */
    if (q.plain && i && p->ws.w[i].joined && isdigit((unsigned char)p->ws.w[i].s[0])) {
        request_mark(p, i, k, WORD_LEFT); /* "omega-3" */
        if (p->negated) request_leave_negator(p);
        return k;
    }
    if (q.split || q.percent) {
        request_mark(p, i, k, WORD_LEFT);
        p->last_unknown = i + k - 1;
        p->evidence = true; /* nor is what it counts an order */
        return k;
    }
    if (request_word_is(&p->ws, i + k, FOREIGN)) { /* "120-125 \u00b0C", "5 nM" */
        request_mark(p, i, k + 1, WORD_LEFT);
        p->last_unknown = i + k;
        if (p->negated) request_leave_negator(p), p->negated = false;
        return k + 1;
    }
    if (q.weight && !p->doubt) return keep_number(p, "MolWt", i, k, &q);
    if (q.area && !p->doubt) return keep_number(p, "TPSA", i, k, &q);
    int at = i + k;
    const int list = counted_list(p, at);
    if (list) {
        request_mark(p, i, list - i, WORD_LEFT);
        p->last_unknown = list - 1;
        return list - i;
    }
    at += request_phrase(&p->ws, at, "of them|of which|of these|of those|of the rings|of|x|times",
                         false);
    while (request_word_is(&p->ws, at, "is|are|being|must")) at++;
    while (request_word_is(&p->ws, at, "the|a|an|additional|other|different|separate|distinct"))
        at++;
    request_term t = request_term_at(p->g, &p->ws, at);
    const int part = t.words || q.other ? 0 : request_part_at(p, at, &q.range);
    if (part) { /* "two C#N" */
        request_mark(p, i, at - i, WORD_USED);
        return at + part - i;
    }
    if (q.plain && k == 1 && q.range.lo >= 5 && q.range.lo <= 8 && at == i + 1 && at < p->ws.n &&
        p->ws.w[at].joined && request_word_is(&p->ws, at, "ring|rings")) { /* "six-ring" */
        static const char *const sized[] = {"five-membered rings", "six-membered rings",
                                            "seven-membered rings", "eight-membered rings"};
        request_feature(p->g, sized[(int)q.range.lo - 5], &t.asks[0]);
        return keep_term(p, i, at, &t, NULL);
    }
    bool digits = p->ws.w[i].s[0] >= '0' && p->ws.w[i].s[0] <= '9';
    bool locant = q.plain && digits && at < p->ws.n && p->ws.w[at].joined &&
                  !(t.n && t.asks[0].kind == MG_ASK_ELEMENT);
    mg_range range = q.range;
    if (q.other) { /* "not exactly two rings" */
        p->negator = i, p->negator_n = 0;
        p->negated = !p->negated;
    }
    bool loose = false;
    while (!locant && t.form != FORM_NOUN && at < p->ws.n && !p->ws.w[at].mark && at < i + k + 3) {
        loose = true; /* "two hindered esters" */
        if (t.form == FORM_FIXED)
            at += keep_term(p, at, at, &t, NULL);
        else if (t.form == FORM_VALUE) {
            request_quantity own; /* "rings 2 MW 300" */
            if (request_quantity_read(&p->ws, at + t.words, &own)) t.form = FORM_NONE;
            break;
        } else if (request_phrase(&p->ws, at, SKIPPED, false) ||
                   request_phrase(&p->ws, at, EVIDENCE, false))
            break;
        else
            p->use[at++] = WORD_LEFT;
        t = request_term_at(p->g, &p->ws, at);
    }
    if (locant || (t.form != FORM_NOUN && t.form != FORM_VALUE)) {
        request_mark(p, i, k, WORD_LEFT);
        if (p->negated) request_leave_negator(p);
        return k;
    }
    if (loose && range.lo == range.hi && range.lo >= 1) range.hi = INFINITY;
    carbon_chain(p, i, at + t.words, &t);
    int n = on_ring(p, at, &range);
    if (n)
        request_mark(p, i, k, WORD_USED);
    else if (loose) {
        request_mark(p, i, k, WORD_USED);
        n = keep_term(p, at, at, &t, &range);
    } else
        return keep_term(p, i, at, &t, &range);
    return at + n - i;
}

/* Nothing that a number could count stands at word i: "HBD 0", "rings 2 MW 300". */
static bool stands_before_end(const parser *p, int i) {
    return i >= p->ws.n || p->ws.w[i].mark || request_word_is(&p->ws, i, "and|or|but") ||
           request_term_at(p->g, &p->ws, i).form == FORM_VALUE;
}

/* "donors <= 5", "rotatable bonds at most 5": the quantity behind a noun. */
static int step_noun_value(parser *p, int i, request_term *t) {
    request_quantity q;
    int at = i + t->words;
    bool count = request_word_is(&p->ws, at, "count"); /* "carbon count of 7" */
    if (count) at += 1 + request_word_is(&p->ws, at + 1, "of|is|equals");
    const int next = at < p->ws.n && p->ws.w[at].mark == ':' ? at + 1 : at;
    const bool told = next < p->ws.n && strchr("<>=~!", p->ws.w[next].s[0]) && p->ws.w[next].s[0];
    if (!count && !told && next == at && t->asks[0].kind != MG_ASK_NUMBER &&
        t->asks[0].kind != MG_ASK_ELEMENT)
        return 0;
    const bool colon = at < p->ws.n && p->ws.w[at].mark == ':';
    at += colon;
    int k = request_quantity_read(&p->ws, at, &q);
    if (!k || q.weight || q.area || q.percent || p->negated || p->doubt) return 0;
    if (colon && request_term_at(p->g, &p->ws, at + k).form != FORM_NONE) return 0;
    if (q.split) {
        request_mark(p, i, at + k - i, WORD_LEFT);
        p->last_unknown = at + k - 1;
        return at + k - i;
    }
    if (!told && !count && at == i + t->words &&
        ((q.plain && !stands_before_end(p, at + k)) || t->asks[0].kind != MG_ASK_NUMBER ||
         request_term_at(p->g, &p->ws, at + k).form == FORM_NOUN ||
         request_term_at(p->g, &p->ws, at + k).form == FORM_FIXED))
        return 0;
    t->asks[0].range = q.range, t->asks[0].negated = q.other;
    k += second_bound(p, at + k, &t->asks[0].range);
    request_keep(p, &t->asks[0], i, at + k, true);
    request_mark(p, i, at + k - i, WORD_USED);
    p->last_end = at + k;
    return at + k - i;
}

/* ---- names ---- */

static int keep_like(parser *p, int i, int from, int to, int all) {
    const mg_ask a = {.kind = MG_ASK_LIKE, .label = "like"};
    return request_keep_named(p, a, i, from, to, all);
}

static int step_like(parser *p, int i) {
    int k = request_phrase(&p->ws, i, LIKE, false);
    if (!k && request_word_is(&p->ws, i, "like") && request_smiles_end(p, i + 1) > i + 1) k = 1;
    if (k && !p->negated) {
        int from = i + k;
        while (request_word_is(&p->ws, from, "a|an|the")) from++;
        request_term t = request_term_at(p->g, &p->ws, from);
        if (t.form == FORM_NOUN) {
            request_mark(p, i, k, WORD_SKIPPED);
            return from - i + keep_term(p, from, from, &t, NULL);
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
        p->negated || strlen(p->ws.w[i].s) < 4 || request_phrase(&p->ws, i, SKIPPED, false) ||
        request_term_at(p->g, &p->ws, i).form != FORM_NONE)
        return 0;
    int from = i; /* "N,N-dimethylaniline derivative" */
    while (from > 0 && p->ws.w[from].joined && !p->ws.w[from - 1].mark) from--;
    return keep_like(p, from, from, i + n, i + n + 1 - from) - (i - from);
}

/* ---- connectors ---- */

static int step_connector(parser *p, int i) {
    char c = p->ws.w[i].mark;
    bool or_word = request_word_is(&p->ws, i, "or|nor|and/or");
    bool and_word = request_word_is(&p->ws, i, "and");
    if (!c && !or_word && !and_word && !request_word_is(&p->ws, i, BREAKS)) return 0;
    p->use[i] = WORD_SKIPPED;
    const denial goes_on = p->negated && p->negated_once && (c == ',' || or_word || and_word) &&
                                   !p->doubt
                               ? request_denial_goes_on(p, i)
                               : DENIAL_ENDS;
    if (goes_on == DENIAL_GOES_ON) {
        p->lists |= c == ',';
        return 1;
    }
    const bool unsure = goes_on == DENIAL_UNSURE || (p->unsure && c == ',');
    if (p->negated && !p->negated_once && (c == '"' || c == '\'' || c == ':')) return 1;
    int ring = and_word && p->ring >= 0 && p->r->n > p->ring + 1 ? p->ring : -1;
    bool comma = p->comma_next;
    int sized = and_word && p->in_ring ? p->r->n : 0;
    request_end_scopes(p);
    p->unsure = p->evidence = unsure; /* the next noun is no order */
    p->ring = ring;
    p->sized = sized;
    if (c == ',') p->comma_next = p->r->n > 0 && p->last_end == i;
    const bool last_of = and_word && p->any_of;
    p->any_of &= c == ',' || c == ':' || or_word;
    if (c == ',' && p->any_of)
        p->or_next = p->comma_next && (request_word_is(&p->ws, i + 1, "a|an|the|or|and") ||
                                       request_term_at(p->g, &p->ws, i + 1).words ||
                                       request_smiles_end(p, i + 1) > i + 1);
    if (last_of && p->r->n && (p->last_end == i || (comma && p->last_end == i - 1)))
        p->or_next = true;
    if (or_word && p->r->n && (p->last_end == i || (comma && p->last_end == i - 1)))
        p->or_next = true;
    return 1;
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
    if (p->substituent[last] < 0 || request_none(&p->r->asks[last].range)) return 0;
    int n = request_ring(p->g, &p->ws, at, &ring, &bears);
    if (!n || bears >= 0) return 0;
    mg_range range = p->r->asks[last].range;
    size_t begin = p->r->asks[last].begin;
    p->r->asks[last] = request_on(p->substituent[last], ring, p->g);
    p->r->asks[last].range = range;
    n += request_kind_words(&p->ws, at + n, &p->r->asks[last]);
    p->r->asks[last].begin = begin, p->r->asks[last].end = p->ws.w[at + n - 1].end;
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
                       "from|chosen from|drawn from|one of|any of|any one of|at least one of|one "
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

/* "replace the chlorine by fluorine": a change of a molecule, which nothing here can say. */
static int step_change(parser *p, int i) {
    int k = request_phrase(&p->ws, i,
                           "replace|replacing|replaced by|replaced with|swap|swapping|exchange|"
                           "exchanging|change|changing|turn|turning|remove|removing|add|adding",
                           false);
    if (!k || request_term_at(p->g, &p->ws, i).words) return 0;
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

static int step_negation(parser *p, int i) {
    int k = request_negator(p, i);
    if (!k || request_term_at(p->g, &p->ws, i).words > k) return 0;
    if (p->negated && !p->negated_once && p->negator + p->negator_n == i) { /* "not without" */
        request_mark(p, p->negator, p->negator_n, WORD_USED);
        request_mark(p, i, k, WORD_USED);
        p->negated = false;
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
    p->use[i] = WORD_LEFT;
    narrow_denial(p, i,
                  "on|at|outside|within|inside|beyond|adjacent|attached|next|conjugated|except|"
                  "apart|besides|between|beside|alpha|beta|ortho|meta|para|near|bound|bonded|"
                  "connected|directly|flanking|other");
    if (p->negated && !p->negated_once) request_leave_negator(p), p->doubt = true;
    if (p->negated && p->negated_once) p->negated = false;
    if (p->or_next && p->r->n) request_take_back(p, p->r->n - 1);
    p->or_next = p->comma_next = p->evidence = false;
    p->ring = -1;
    p->last_unknown = i;
    return 1;
}

static int step_term(parser *p, int i) {
    request_term t = request_term_at(p->g, &p->ws, i);
    int n = 0;
    double x;
    if (!t.words) return 0;
    if (i > 0 && p->ws.w[i].joined && request_number(p->ws.w[i].s, &x) &&
        request_number(p->ws.w[i - 1].s, &x)) { /* "3-7 membered" */
        request_mark(p, i, t.words, WORD_LEFT);
        p->last_unknown = i + t.words - 1;
        return t.words;
    }
    if (t.form == FORM_VALUE) return step_value(p, i, &t);
    if (!p->evidence && !p->doubt && t.n == 1) n = on_ring(p, i, NULL);
    if (!n && t.form == FORM_NOUN) n = step_noun_value(p, i, &t);
    if (n) return n;
    if (p->negated && p->negated_once && p->last_end == i) { /* "no aromatic nitro group" */
        request_take_back(p, p->r->n - 1);
        p->doubt = true;
    }
    return keep_term(p, i, i, &t, NULL);
}

static int step_evidence(parser *p, int i) {
    int k = request_phrase(&p->ws, i, EVIDENCE, false);
    if (!k || request_phrase(&p->ws, i, SKIPPED, false) > k) return 0;
    request_mark(p, i, k, WORD_LEFT);
    narrow_denial(p, i, "in|into|to|from");
    if (request_phrase(&p->ws, i, "in|to|as|for|by", false) == k)
        request_mark(p, i, k, WORD_SKIPPED);
    p->evidence = true;
    p->ring = -1;
    p->last_unknown = i + k - 1;
    return k;
}

/* "an ester of a fatty acid" holds no fatty acid: behind what an acid, an amine or a carbonyl
 * compound was made into and "of" stands what it was. */
static bool is_made_of(const parser *p, int i) {
    const mg_ask *last = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
    static const char *const made[] = {"ester", "amide",     "anhydride", "ether",      "acetal",
                                       "oxime", "hydrazone", "imine",     "acyl halide"};
    if (!last || p->last_end != i || last->kind != MG_ASK_GROUP ||
        !strcmp(last->label, "peptide bond"))
        return false;
    for (size_t k = 0; k < MG_COUNT(made); k++) {
        const int above = mg_groups_find(p->g, made[k]);
        if (above >= 0 && (last->id == above || mg_groups_is(p->g, last->id, above))) return true;
    }
    return false;
}

/* "no ring | containing nitrogen": a part of them is denied, which no condition says. */
static int step_narrower(parser *p, int i) {
    static const char which[] =
        "with|containing|that contains|that contain|bearing|carrying|having|"
        "that is|that are|which is|which are|larger|bigger|longer|smaller|"
        "shorter|more|greater|in the ring|in a ring|in rings|of more than|"
        "of less than|larger than|bigger than";
    const int k = request_phrase(&p->ws, i, which, false), last = p->r->n - 1;
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

/* "three rings, | all aromatic": of each of them, which no condition says. */
static int step_each(parser *p, int i) {
    if (!request_word_is(&p->ws, i, "all|both|each|every")) return 0;
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

/* "max MW 300", "minimum logP 2": the bound stands before what it is of. */
static int step_bound(parser *p, int i) {
    const int low = request_phrase(&p->ws, i,
                                   "min|minimum|minimal|lower limit|lower bound|at least", false),
              high = request_phrase(&p->ws, i,
                                    "max|maximum|maximal|upper limit|upper bound|at most", false);
    int at = i + (low > high ? low : high);
    if (at == i || p->negated || p->doubt) return 0;
    if (at < p->ws.n && p->ws.w[at].mark == '.') at++;
    const request_term t = request_term_at(p->g, &p->ws, at);
    if (t.form != FORM_VALUE &&
        !(t.form == FORM_NOUN && t.n == 1 && t.asks[0].kind == MG_ASK_NUMBER))
        return 0;
    at += t.words;
    while (request_word_is(&p->ws, at, "of|is|=") || (at < p->ws.n && p->ws.w[at].mark == ':'))
        at++;
    request_quantity q;
    const int n = request_quantity_read(&p->ws, at, &q);
    if (!n || !q.plain || q.range.lo != q.range.hi || q.percent) return 0;
    mg_ask a = t.asks[0];
    a.range = low ? request_at_least(q.range.lo) : (mg_range){-INFINITY, q.range.hi, false, false};
    request_keep(p, &a, i, at + n, true);
    request_mark(p, i, at + n - i, WORD_USED);
    p->last_end = at + n;
    return at + n - i;
}

static int step_skipped(parser *p, int i) {
    int k = request_phrase(&p->ws, i, SKIPPED, false);
    if (!k) return 0;
    bool of = request_word_is(&p->ws, i, "of");
    request_mark(p, i, k, WORD_SKIPPED);
    if (of && ((p->last_unknown == i - 1 && i) || is_made_of(p, i))) p->evidence = true;
    bool verb = request_phrase(&p->ws, i,
                               "with|bearing|carrying|substituted with|substituted by|"
                               "having|containing|decorated with|has|that has",
                               false);
    bool article = request_word_is(&p->ws, i,
                                   "a|an|the|any|that|which|is|substituted|ring|be|both|of");
    if (!verb && !article) p->ring = -1, p->sized = 0;
    if (p->negated && p->negated_once && !article) p->negated = false;
    if (p->doubt && verb) request_end_scopes(p);
    return k;
}

static int step(parser *p, int i) {
    static int (*const steps[])(parser *, int) = {request_step_part,   request_step_only,
                                                  request_step_except, request_step_no_other,
                                                  step_connector,      step_sum,
                                                  step_bound,          step_each,
                                                  step_narrower,       request_step_than,
                                                  step_any_of,         step_between,
                                                  step_quantity,       request_step_isomer,
                                                  step_like,           request_step_formula,
                                                  step_negation,       step_on,
                                                  step_change,         step_term,
                                                  step_evidence,       step_skipped,
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
