/* order.c - a term that was found becomes a condition: with its count, on its ring, denied, as an
 * alternative, or left over because it is no order.
 */
#include "chem/request/parser.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char BIO[] =
    "precursor|precursors|source|sources|equivalent|equivalents|synthon|synthons|generator|"
    "generators|former|formers|bioisostere|bioisosteres|isostere|isosteres|replacement|"
    "replacements|surrogate|"
    "surrogates|"
    "inhibitor|inhibitors|receptor|receptors|agonist|agonists|antagonist|antagonists|transporter|"
    "transporters|channel|channels|blocker|blockers|synthesis|biosynthesis|metabolism|catabolism|"
    ""
    "ionophore|ionophores|battery|batteries|sparing|electrolyte|electrolytes|scavenger|scavengers|"
    "sensor|sensors|pump|pumps|dependent|gated|homeostasis|fixation|fertilizer|supplement|"
    "supplements|binder|binders|cell|cells|violator|violators|breaker|exception|chelator|chelators|"
    "chelating|"
    "capture|coupling|hydrolysis|hydrogenation|"
    "metathesis|"
    "deprotection|cycloaddition|oxidation|reduction|"
    "modulator|modulators|sensitive|resistant|responsive|poisoning|deficiency|uptake|reuptake|"
    "transport|production|degradation|donating|withdrawing|reagent|catalyst|solvent|soluble|"
    "protein|"
    "proteins|hormone|like|mimic|mimics|signalling|signaling|pathway|exchange|exchanger|substitute";
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
int request_step_on_ring(parser *p, int i, const mg_range *range) {
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
               (p->ws.w[gap].mark == ',' || request_word_is(&p->ws, gap, "and|or|and/or|/")))
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

/* "a nitro group | only if there is no azide", "one carbon | less than hexane": no order. */
static bool is_conditional(const parser *p, int i, const mg_range *range) {
    const int comma = i < p->ws.n && p->ws.w[i].mark == ',';
    if (request_phrase(&p->ws, i + comma, "if any|if present|if there are any", false))
        return !range && !p->negated;
    if (request_phrase(&p->ws, i + comma,
                       "if possible|if feasible|if you can|if not|if need|if needed|if necessary",
                       false))
        return false;
    if (request_phrase(&p->ws, i + comma,
                       "only if|only when|only where|if|provided|provided that|as long as", false))
        return true;
    if (p->negated && request_word_is(&p->ws, i, "unless")) return true;
    if (request_phrase(&p->ws, i,
                       "replaced|is replaced|are replaced|was replaced|being replaced|swapped|is "
                       "exchanged|removed|is removed",
                       false) &&
        !p->negated)
        return true;
    if (request_phrase(&p->ws, i, "must be even|must be odd|is even|is odd|are even|are odd",
                       false))
        return true;
    if (range &&
        (request_word_is(&p->ws, i, "each|apiece") || /* "two rings with one OH each" */
         request_phrase(&p->ws, i, "per ring|per carbon|per residue|per unit|on each|in each",
                        false)))
        return true;
    if (range && request_word_is(&p->ws, i, "fewer|less|more|extra") && /* "one methyl fewer" */
        !request_word_is(&p->ws, i + 1, "than") && !request_term_at(p->g, &p->ws, i + 1).words)
        return true;
    request_quantity q;
    return range && request_phrase(&p->ws, i, "more than|less than|fewer than", false) == 2 &&
           !request_quantity_read(&p->ws, i, &q) && i + 2 < p->ws.n && !p->ws.w[i + 2].mark;
}

/* "at most five acceptors and three donors", "three donors and five acceptors at most": a bound
 * that is said once holds for both. `before`: the range of the one before; `tail`: the bound is
 * behind. */
static void share_bound(const parser *p, int from, bool tail, mg_range *own) {
    const int last = p->r->n - 1;
    if (last < 0 || p->last_end != from - 1 || !request_word_is(&p->ws, from - 1, "and|&|+|plus") ||
        p->negated)
        return;
    mg_ask *a = &p->r->asks[last];
    if (a->kind != MG_ASK_NUMBER || REQUEST_NUMBERS[a->id].real || a->negated || a->either) return;
    mg_range *to = tail ? &a->range : own;
    const mg_range *bound = tail ? own : &a->range;
    if (to->lo != to->hi || bound->above || bound->below || isinf(bound->lo) == isinf(bound->hi))
        return;
    if (isinf(bound->lo))
        to->lo = -INFINITY;
    else
        to->hi = INFINITY;
}

/* A number's place in a term: "(x2)" and "or more" behind it, a bound that two share; words. */
static int read_range(parser *p, int from, int to, request_term *t, const mg_range *range) {
    mg_ask *a = &t->asks[0];
    const int before = to;
    if (t->n == 1) a->range = *range;
    if ((range->lo > 1 || (isinf(range->lo) && range->hi > 1)) && !strcmp(a->label, "amino acid")) {
        request_feature(p->g, "amino acid residues", a);
        a->range = *range;
    }
    const int k = request_quantity_after(&p->ws, to, &a->range);
    to += k;
    if (!strcmp(a->label, "rings")) to += request_rings_are(p, to, a);
    if (t->n == 1) to += request_second_bound(p, to, &a->range);
    if (t->n == 1 && a->kind == MG_ASK_NUMBER) share_bound(p, from, k > 0, &a->range);
    return to - before;
}

/* What the term leaves open for those behind it: a ring that bears them, a salt. */
static void open_scopes(parser *p, const request_term *t, bool moved, bool denied, bool counted) {
    const mg_ask *a = &t->asks[0];
    /* "a cyclopropane carboxylic acid with a nitrile": the acid has it, not the ring */
    const int last = p->r->n - 1;
    if (moved && p->ring == last - 1 && last > 0 && p->to[p->ring] == p->from[last]) p->ring = -1;
    if (!moved) p->ring = !denied && t->n == 1 && p->r->n && is_ring(p, a) ? p->r->n - 1 : -1;
    if (t->form == FORM_FIXED && t->n)
        p->salt |= (a->kind == MG_ASK_PATTERN && strstr(a->label, " ion")) ||
                   !strcmp(a->label, "components") || !strncmp(a->label, "hydrogen ", 9);
    const bool ring = t->n == 1 && a->kind == MG_ASK_NUMBER &&
                      (strstr(a->label, "-membered") || !strcmp(a->label, "hetero rings") ||
                       !strcmp(a->label, "heteroaromatic rings") ||
                       (!strcmp(a->label, "rings") && !counted));
    p->sized = ring && !p->negated ? p->r->n : 0;
    p->in_ring &= a->kind == MG_ASK_PATTERN;
}

/* Keeps a term with what waits for it; `range` may be NULL. Words read. */
int request_keep_term(parser *p, int from, int i, request_term *t, const mg_range *range) {
    int to = i + t->words;
    const bool several = t->n > 1;
    to += request_kind_words(&p->ws, to, &t->asks[0]);
    mg_range own = t->asks[0].range;
    double n;
    int k = times(p, to, &n);
    if (k) own = request_exactly(n), range = &own, to += k;
    if (range) to += read_range(p, from, to, t, range);
    to += request_word_is(&p->ws, to, "ones"); /* "aromatic ones are fine" */
    const int after = request_denied_behind(p, to);
    /* "fluorine is fine, other halogens are forbidden"; "no heavy atoms" */
    const bool absurd = (after && request_word_is(&p->ws, from - 1, "other|further|additional")) ||
                        (p->negated && !range && !strcmp(t->asks[0].label, "heavy atoms"));
    const bool each = range && !p->negated && t->n == 1 && /* "one ring is a piperidine" */
                      !strcmp(t->asks[0].label, "rings") &&
                      request_phrase(&p->ws, to,
                                     "is|are|is a|must be|should be|being|contains|contain|bears|"
                                     "bear|carries|carry|must contain|should contain",
                                     false);
    if (each && !after) return request_leave(p, from, to - from);
    const size_t named = strlen(t->asks[0].label);
    const bool kin = named > 4 && t->n == 1 && /* "carboxylic acid derivatives" are esters too */
                     (!strcmp(t->asks[0].label + named - 5, " acid") ||
                      !strcmp(t->asks[0].label, "acid group")) &&
                     t->asks[0].kind != MG_ASK_ON &&
                     request_word_is(&p->ws, to - 1, "derivative|derivatives");
    if (kin && !p->negated) return request_leave(p, from, to - from);
    const bool part = request_word_is(&p->ws, from - 1,
                                      "the|its") && /* "the acid part of an ester" */
                      request_word_is(&p->ws, to, "part|portion|component|half|side|piece");
    if (part && !p->negated) return request_leave(p, from, to + 1 - from);
    /* "the fluorine must be aliphatic": of that one alone */
    int is = from;
    while (request_word_is(&p->ws, is - 1, "is|are|be|must|should|has|to|have|not|shall")) is--;
    const int of = p->r->n - 1;
    if (t->form == FORM_FIXED && is < from && of >= 0 && p->to[of] == is &&
        request_word_is(&p->ws, p->from[of] - 1, "the|its|their")) {
        if (p->negated) request_leave_negator(p), p->negated = false;
        return request_leave(p, from, to - from);
    }
    const int allowed = request_allowed_behind(p, to);
    const bool up_to = range && allowed && (isinf(range->lo) || range->lo <= 0);
    const bool bounded = is_conditional(p, to, range);
    if (p->evidence || p->doubt || absurd || bounded || is_bio(p, to) || (allowed && !up_to) ||
        (after && several) || (p->negated && several) ||
        (p->ws.n > to && p->ws.w[to].joined && request_word_is(&p->ws, to, "like"))) {
        if (p->negated) request_leave_negator(p), p->doubt = p->denied = true;
        if (p->or_next && p->r->n) request_take_back(p, p->r->n - 1);
        if (p->evidence) p->evidence_end = to;
        /* "ester of a long-chain | alcohol" */
        p->evidence &= t->form == FORM_FIXED && request_term_at(p->g, &p->ws, to).words > 0;
        p->or_next = false;
        p->doubt |= bounded;
        return request_leave(p, from, to - from);
    }
    if (p->sized == p->r->n && p->sized) in_ring(p, &t->asks[0], range != NULL);
    const bool salt = p->salt;
    p->salt |= request_word_is(&p->ws, to, "anion|anions|salt|salts");
    const bool counted = range &&
                         !request_phrase(&p->ws, from, "a single|single|a sole|a lone", false);
    const bool all = after && deny_before(p, from, to);
    const int first = p->r->n;
    const bool moved = !several && move_to_ring(p, i, i + t->words, &t->asks[0]);
    for (k = 0; k < t->n; k++) {
        mg_ask a = t->asks[k];
        salt_form(p, &a);
        if (p->negated != (after > 0)) negate(p, t, &a, counted);
        request_keep(p, &a, from, to, range || p->negated || after);
    }
    p->salt = salt;
    to += after + (up_to ? allowed : 0); /* "up to two halogens are allowed" */
    request_mark(p, from, to - from, WORD_USED);
    const bool denied = p->negated || after;
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    if (p->negated && request_word_is(&p->ws, p->negator, "non")) p->negated = false; /* one word */
    if (all) p->or_next = false; /* "azide or nitro not permitted" */
    if (first < p->r->n) {
        p->substituent[first] = several ? -1 : substituent_of_words(p, i, i + t->words);
        request_join_alternatives(p, first);
    }
    open_scopes(p, t, moved, denied, range != NULL);
    p->or_next = p->comma_next = false;
    p->last_end = to;
    return to - from;
}
