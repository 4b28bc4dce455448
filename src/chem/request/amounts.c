/* amounts.c - numbers in a sentence and what they are of: "two rings", "logP below 1", "300 < MW <
 * 400", "max MW 300".
 */
#include "chem/request/parser.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Units of what is not computed. */
static const char FOREIGN[] = "\xC2\xB0"
                              "c|degrees|nm|\xC2\xB5m|\xCE\xBCm|um|pm|mm|g/ml|mg/ml|mg|ml|kg|"
                              "bar|atm|kj/mol|kcal/mol|ppm|ppb|mmol|ev|hours|days|years|usd|eur";

/* The worth of the last digit of a mass that is given to the third place at most. */
static double last_place(double x) {
    double worth = 1;
    for (int k = 0; k < 3 && fabs(x / worth - round(x / worth)) > 1e-6; k++) worth /= 10;
    return worth < 1 ? worth : .5;
}

/* "above 450 Da | is useless": words read. */
static int denied_value(const parser *p, int i) {
    return request_word_is(&p->ws, i, "no|none|never|not|0|free|less|out|goes|gone")
               ? 0
               : request_denied_behind(p, i);
}

static void around(mg_ask *a, const request_quantity *q) {
    double wide = !strcmp(a->label, "logP")         ? .25
                  : !strcmp(a->label, "exact mass") ? last_place(a->range.lo)
                  : !strcmp(a->label, "charge") || !strcmp(a->label, "largest ring") ||
                          !strcmp(a->label, "carbon chain")
                      ? 0
                  : !strcmp(a->label, "Fsp3") || !strcmp(a->label, "QED") ? .05
                  : q->coarse                                             ? 50
                                                                          : 1;
    if (a->range.lo == a->range.hi) a->range.lo -= wide, a->range.hi += wide;
}

/* Whether a quantity can be of a value; a share said in per cent becomes one. */
static bool fits_value(const mg_ask *a, request_quantity *q) {
    const bool share = !strcmp(a->label, "Fsp3") || !strcmp(a->label, "QED"),
               positive = share || !strcmp(a->label, "MolWt") || !strcmp(a->label, "TPSA") ||
                          !strcmp(a->label, "exact mass");
    if (q->split || (q->percent && !share) || (positive && q->range.hi < 0)) return false;
    if (q->percent) q->range.lo /= 100, q->range.hi /= 100;
    return true;
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
int request_step_between(parser *p, int i) {
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

/* "H/C > 2", "the N/O ratio": words read. */
static int step_ratio(parser *p, int i) {
    const request_term a = request_term_at(p->g, &p->ws, i),
                       b = request_term_at(p->g, &p->ws, i + 2);
    if (!request_word_is(&p->ws, i + 1, "/|to|:") || p->ws.w[i].mark ||
        !(request_symbol_of(p->ws.w[i].raw) || a.words) ||
        !(i + 2 < p->ws.n && (request_symbol_of(p->ws.w[i + 2].raw) || b.words)))
        return 0;
    const int at = i + 2 + (b.words ? b.words : 1);
    request_quantity q;
    const int n = request_word_is(&p->ws, at, "ratio") ? 1
                  : request_word_is(&p->ws, at, "<|>|<=|>=|=")
                      ? request_quantity_read(&p->ws, at, &q)
                      : 0;
    return n ? request_leave(p, i, at + n - i) : 0;
}

/* "HBD + HBA < 6": a sum, which no condition says. */
int request_step_sum(parser *p, int i) {
    const int ratio = step_ratio(p, i);
    if (ratio) return ratio;
    const int sum = request_phrase(&p->ws, i, "sum of|the sum of|total of|sum", false);
    const request_term t = request_term_at(p->g, &p->ws, i + sum);
    int at = i + sum + t.words;
    request_quantity q;
    const char *plus = sum ? "+|plus|and|&" : "+|plus";
    if (!t.words || !request_word_is(&p->ws, at, plus)) return 0;
    while (request_word_is(&p->ws, at, plus)) {
        const request_term more = request_term_at(p->g, &p->ws, at + 1);
        if (!more.words) return 0;
        at += 1 + more.words;
    }
    while (request_word_is(&p->ws, at, "is|of|must|should|be")) at++;
    const int n = request_quantity_read(&p->ws, at, &q);
    if (!n || (!sum && request_term_at(p->g, &p->ws, at + n).words)) return 0; /* "ester + amide" */
    at += n;
    return request_leave(p, i, at - i);
}

/* "logP below 1", "MW 200-300", "charge of -1". */
int request_step_value(parser *p, int i, request_term *t) {
    int at = i + t->words;
    request_quantity q;
    if (request_word_is(&p->ws, at - 1, "sizes")) { /* "ring sizes 5 and 6" */
        request_mark(p, i, t->words, WORD_LEFT);
        p->last_unknown = at - 1;
        return t->words;
    }
    if (p->negated && !strcmp(t->asks[0].label, "charge")) {
        t->asks[0].range = request_exactly(0);
        bool was = p->negated;
        p->negated = false;
        int n = request_keep_term(p, i, i, t, &t->asks[0].range);
        p->negated = was, request_mark(p, p->negator, p->negator_n, WORD_USED);
        return n;
    }
    while (at < p->ws.n && (p->ws.w[at].mark == ':' ||
                            request_word_is(&p->ws, at,
                                            "of|value|should|must|a|in|be|has|lies|being|"
                                            "range|the|that|stay|stays|remain|remains|lie|fall|"
                                            "falls|kept|sit|sits|come|comes|needs|need|to|"
                                            "have|please")))
        at++;
    if (at + 2 < p->ws.n && p->ws.w[at].mark == '(' && p->ws.w[at + 2].mark == ')' &&
        request_word_is(&p->ws, at + 1,
                        "da|dalton|daltons|g/mol|amu|u|kda|\xC3\xA5\xC2\xB2|a2|\xC3\xA5"
                        "2"))
        at += 3; /* "mass (Da): 200-220" */
    while (at < p->ws.n && p->ws.w[at].mark == ':') at++;
    const int not = request_phrase(&p->ws, at, "is not|isn't|not", false);
    if (not &&!p->negated && !p->doubt && !strcmp(t->asks[0].label, "charge")) {
        const int to = request_quantity_read(&p->ws, at + not, &q); /* "charge is not zero" */
        if (!to || !q.plain) return 0;
        t->asks[0].range = q.range, t->asks[0].negated = true;
        request_keep(p, &t->asks[0], i, at + not +to, true);
        request_mark(p, i, at + not +to - i, WORD_USED);
        p->last_end = at + not +to;
        return at + not +to - i;
    }
    int n = request_quantity_bracketed(&p->ws, at, &q);
    if (!n) n = request_quantity_read(&p->ws, at, &q);
    if (!n || p->doubt) return 0;
    if (p->negated && p->negated_once &&
        (p->last_end == i || request_word_is(&p->ws, i - 1, "that|which|who")))
        p->negated = false; /* "- no ring - MW 300" */
    if (!fits_value(&t->asks[0], &q)) {
        return request_leave(p, i, at + n - i);
    }
    t->asks[0].range = q.range, t->asks[0].negated = q.other != p->negated;
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    const char behind = p->text[p->ws.w[at + n - 1].end];
    if (q.plain && behind == '-' && !strcmp(t->asks[0].label, "charge") &&
        !isalnum((unsigned char)p->text[p->ws.w[at + n - 1].end + 1])) /* "charge of 2-" */
        t->asks[0].range = request_exactly(-q.range.lo);
    n += request_second_bound(p, at + n, &t->asks[0].range);
    if (q.plain || (q.range.lo == q.range.hi)) around(&t->asks[0], &q);
    const int after = p->negated ? 0 : denied_value(p, at + n);
    t->asks[0].negated ^= after > 0; /* "logP above 5 is not acceptable" */
    n += after;
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
    const int after = p->negated ? 0 : denied_value(p, i + k);
    a.negated ^= after > 0; /* "above 450 Da is useless" */
    k += after;
    request_keep(p, &a, i, i + k, true);
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    if (!after)
        k += request_phrase(&p->ws, i + k, "molecular weight|molecular mass|in weight|in mass|mw",
                            false);
    request_mark(p, i, k, WORD_USED);
    p->last_end = i + k;
    return k;
}

/* "a chain of 12 carbons", "12-carbon chain" */
static bool carbon_chain(parser *p, int i, int end, request_term *t) {
    int chain = i - 1; /* "chain over 6 carbons", "a chain that is not longer than 8 carbons" */
    while (chain > i - 6 &&
           request_word_is(&p->ws, chain,
                           "of|with|containing|having|no|not|is|are|should|must|be|"
                           "that|which|has"))
        chain--;
    const bool front = request_word_is(&p->ws, chain, "chain|chains");
    bool back = request_word_is(&p->ws, end, "chain|chains");
    if (t->asks[0].kind != MG_ASK_ELEMENT || t->asks[0].id != 6 || (!front && !back)) return false;
    if (front) p->use[chain] = WORD_USED;
    if (back) t->words++;
    return request_feature(p->g, "carbon chain", &t->asks[0]);
}

/* "at most one | of ester and amide", "two | N and O combined": how many of a list, which no
 * condition says; the word behind it, 0: none. */
static int counted_list(const parser *p, int i) {
    const int of = request_word_is(&p->ws, i, "of");
    const int them = of ? request_phrase(&p->ws, i + of,
                                         "the following|these|those|the three|the four|the two|the "
                                         "five|these three|these four|the following groups|these "
                                         "groups|the groups",
                                         false)
                        : 0;
    const int end = request_list_end(p, i + of + them, 2);
    const int sum = end ? request_phrase(&p->ws, end,
                                         "combined|in total|altogether|in sum|together|taken "
                                         "together|total|overall|in all|summed",
                                         false)
                        : 0;
    return of || sum ? end + sum : 0;
}

/* "two rings, | one aromatic and one saturated": an adjective that counts rings of a kind; words.
 */
static int ring_kind(const parser *p, int i, request_term *t) {
    bool rings = false;
    for (int k = 0; k < p->r->n; k++)
        rings |= p->r->asks[k].kind == MG_ASK_NUMBER && !strcmp(p->r->asks[k].label, "rings");
    const char *means = request_ring_kind_of(p, i);
    if (!means || !rings ||
        !(i + 1 >= p->ws.n || p->ws.w[i + 1].mark ||
          request_word_is(&p->ws, i + 1, "and|or|but|one|ones")))
        return 0;
    *t = (request_term){.form = FORM_NOUN, .words = 1, .n = 1};
    t->words += request_word_is(&p->ws, i + 1, "one|ones");
    return request_feature(p->g, means, &t->asks[0]);
}

/* "three-carbon linker", "a linker of three carbons": how long a part is, which no condition says.
 */
static bool is_of_part(const parser *p, int i, int end, const request_term *t) {
    static const char parts[] =
        "linker|linkers|spacer|spacers|bridge|bridges|tether|tethers|unit|"
        "units|fragment|arm|arms|homologation|synthon|loop|separation|"
        "linkage|piece|building|away|apart|distant|between|separating|ring|rings|cycle|"
        "long";
    static const char in_part[] = "in the acyl|in its acyl|in the side|in its side|in the tail|in "
                                  "each|in the fatty|in one|in "
                                  "the alkyl|in the linker|in the ring|in a ring|in its ring|in "
                                  "the acid|in the alcohol|in the "
                                  "spacer|on each|per chain|between|in the backbone|of which";
    return t->asks[0].kind == MG_ASK_ELEMENT && t->asks[0].id == 6 &&
           (request_word_is(&p->ws, end, parts) ||
            request_phrase(&p->ws, end, in_part, false) > 0 ||
            (request_word_is(&p->ws, i - 1, "of|with|containing|having") &&
             request_word_is(&p->ws, i - 2, parts)));
}

/* A number that counts nothing known: a place, a share, another unit; words read. */
static int number_left(parser *p, int i, int k, const request_quantity *q) {
    if (q->plain && i && p->ws.w[i].joined && isdigit((unsigned char)p->ws.w[i].s[0])) {
        request_mark(p, i, k, WORD_LEFT); /* "omega-3" */
        if (p->negated) request_leave_negator(p);
        return k;
    }
    if (q->split || q->percent) {
        p->evidence = true; /* nor is what it counts an order */
        return request_leave(p, i, k);
    }
    if (request_word_is(&p->ws, i + k, FOREIGN)) { /* "120-125 \u00b0C", "5 nM" */
        if (p->negated) request_leave_negator(p), p->negated = false;
        return request_leave(p, i, k + 1);
    }
    const int charges = request_phrase(&p->ws, i + k,
                                       "positive charge|negative charge|positive charges|negative "
                                       "charges|formal charges",
                                       false);
    if (charges) return request_leave(p, i, k + charges); /* "two negative charges" */
    const int list = counted_list(p, i + k);
    return list && !q->weight && !q->area ? request_leave(p, i, list - i) : 0;
}

/* "two different halogens": kinds of them, which no condition counts. */
static bool counts_kinds(const parser *p, int at, const request_term *t) {
    return request_word_is(&p->ws, at - 1, "different|distinct") && t->form == FORM_NOUN &&
           (!strcmp(t->asks[0].label, "halogen") || !strcmp(t->asks[0].label, "heteroatoms") ||
            !strcmp(t->asks[0].label, "metals"));
}

/* "six-ring": words read. */
static int step_sized_ring(parser *p, int i, int at, const request_quantity *q) {
    static const char *const sized[] = {"five-membered rings", "six-membered rings",
                                        "seven-membered rings", "eight-membered rings"};
    if (!q->plain || q->range.lo < 5 || q->range.lo > 8 || at != i + 1 || at >= p->ws.n ||
        !p->ws.w[at].joined || !request_word_is(&p->ws, at, "ring|rings"))
        return 0;
    request_term t = request_term_at(p->g, &p->ws, at);
    request_feature(p->g, sized[(int)q->range.lo - 5], &t.asks[0]);
    return request_keep_term(p, i, at, &t, NULL);
}

/* "12 to 16 ring members", "14- to 16-membered": the largest ring, of sizes beyond the table's, or
 * alternatives of it; words read. */
static int step_members(parser *p, int i, int at, const request_quantity *q) {
    static const char *const sizes[] = {"three", "four", "five", "six",    "seven",
                                        "eight", "nine", "ten",  "eleven", "twelve"};
    const int k =
        request_phrase(&p->ws, at,
                       "members|ring members|members in the ring|members in a ring|membered|"
                       "membered ring|membered rings|membered macrocycle|membered "
                       "macrocycles|membered cycle",
                       false);
    const mg_range r = q->range;
    const int atoms = request_phrase(&p->ws, at, "ring atom|ring atoms|atoms in the ring", false);
    if (atoms) return request_leave(p, i, at + atoms - i); /* of one ring, or of all */
    if (!k || p->negated || p->doubt || p->evidence || q->other || q->split || q->about) return 0;
    mg_ask a;
    const int all = at + k - i;
    if (r.lo >= 8 || r.hi > 12) {
        if (r.lo < 8 && !isinf(r.lo)) return 0;
        request_feature(p->g, "largest ring", &a);
        a.range = r;
        request_keep(p, &a, i, i + all, true);
    } else if (r.above || r.below || r.hi - r.lo > 5 || r.lo < 3) {
        return request_leave(p, i, all);
    }
    for (int n = (int)r.lo; r.lo < 8 && n <= (int)r.hi; n++) {
        char name[40];
        snprintf(name, sizeof name, "%s-membered rings", sizes[n - 3]);
        request_feature(p->g, name, &a);
        a.either = n > (int)r.lo;
        if (p->r->n < MG_ASKS) request_keep(p, &a, i, i + all, true);
    }
    request_mark(p, i, all, WORD_USED);
    p->last_end = i + all;
    return all;
}

/* "give me 20 amides": so many answers. */
static bool counts_answers(const parser *p, int i, const request_quantity *q,
                           const request_term *t) {
    return q->plain && q->range.lo >= 3 && t->form == FORM_NOUN &&
           t->asks[0].kind == MG_ASK_GROUP &&
           (request_phrase(&p->ws, i - 2, "give me|show me|top of", false) == 2 ||
            request_word_is(&p->ws, i - 1, "show|list|top|suggest|propose|generate"));
}

/* "two hindered | esters": the noun behind up to two words; *at: where it stands. False: what
 * stands between can be none of a few, "no more than three fused rings", and nothing is an order.
 */
static bool find_loose(parser *p, int end, int *at, request_term *t, bool few) {
    while (t->form != FORM_NOUN && *at < p->ws.n && !p->ws.w[*at].mark && *at < end &&
           !isdigit((unsigned char)p->ws.w[*at].s[0])) {
        if (t->form == FORM_FIXED && few) return false;
        if (t->form == FORM_FIXED)
            *at += request_keep_term(p, *at, *at, t, NULL);
        else if (t->form == FORM_VALUE) {
            request_quantity own; /* "rings 2 MW 300" */
            if (request_quantity_read(&p->ws, *at + t->words, &own)) t->form = FORM_NONE;
            break;
        } else if (request_skipped(&p->ws, *at) || request_evidence(&p->ws, *at))
            break;
        else
            p->use[(*at)++] = WORD_LEFT;
        *t = request_term_at(p->g, &p->ws, *at);
    }
    return true;
}

/* A quantity and what it counts; 0: no quantity here. */
int request_step_quantity(parser *p, int i) {
    request_quantity q;
    const int k = request_quantity_read(&p->ws, i, &q);
    if (!k) return 0;
    if (request_term_at(p->g, &p->ws, i).words > k) return 0; /* "five-membered ring" */
    if (q.other && p->negated && request_phrase(&p->ws, i, "other than", false))
        return 0; /* "no rings other than one phenyl" */
    int n = number_left(p, i, k, &q);
    if (n) return n;
    if (q.weight && !p->doubt) return keep_number(p, "MolWt", i, k, &q);
    if (q.area && !p->doubt) return keep_number(p, "TPSA", i, k, &q);
    int at = i + k;
    at += request_phrase(
        &p->ws, at, "of them|of which|of these|of those|of the rings|of|x|times|\xC3\x97", false);
    while (request_word_is(&p->ws, at, "is|are|being|must")) at++;
    while (request_word_is(&p->ws, at, "the|a|an|additional|other|different|separate|distinct"))
        at++;
    request_term t = request_term_at(p->g, &p->ws, at);
    if (q.plain && request_word_is(&p->ws, at, "less|fewer|more|extra|further") &&
        !request_word_is(&p->ws, at + 1, "than")) { /* "one less methyl" */
        t = request_term_at(p->g, &p->ws, at + 1);
        return request_leave(p, i, at + 1 + t.words - i);
    }
    if (request_word_is(&p->ws, at,
                        "each|every|even|odd")) { /* "no more than one of each halogen" */
        t = request_term_at(p->g, &p->ws, at + 1);
        if (p->negated) request_leave_negator(p), p->negated = false;
        return request_leave(p, i, at + 1 + t.words - i);
    }
    if (counts_kinds(p, at, &t)) return request_leave(p, i, at + t.words - i);
    if (ring_kind(p, at, &t)) return request_keep_term(p, i, at, &t, &q.range);
    if (t.form == FORM_NOUN && is_of_part(p, i, at + t.words, &t))
        return request_leave(p, i, at + t.words - i);
    const int part = t.words || q.other ? 0 : request_part_at(p, at, &q.range);
    if (part) { /* "two C#N" */
        request_mark(p, i, at - i, WORD_USED);
        return at + part - i;
    }
    if ((n = step_members(p, i, at, &q)) > 0) return n;
    if (k == 1 && (n = step_sized_ring(p, i, at, &q)) > 0) return n;
    if (counts_answers(p, i, &q, &t)) {
        request_mark(p, i, k, WORD_SKIPPED);
        return k;
    }
    const bool locant = q.plain && isdigit((unsigned char)p->ws.w[i].s[0]) && at < p->ws.n &&
                        p->ws.w[at].joined && /* not "2-carbon" */
                        !(t.n && t.asks[0].kind == MG_ASK_ELEMENT && strlen(p->ws.w[at].s) > 2);
    mg_range range = q.range;
    if (q.other) { /* "not exactly two rings" */
        p->negator = i, p->negator_n = 0;
        p->negated = !p->negated;
    }
    const int noun = at;
    if (!locant && !find_loose(p, i + k + 3, &at, &t, range.lo <= 0)) {
        p->doubt = true;
        return request_leave(p, i, at + t.words - i);
    }
    if (locant || (t.form != FORM_NOUN && t.form != FORM_VALUE)) {
        request_mark(p, i, k, WORD_LEFT);
        if (p->negated) request_leave_negator(p);
        return k;
    }
    const bool loose = at > noun || t.form == FORM_VALUE;
    if (loose && range.lo == range.hi && range.lo >= 1) range.hi = INFINITY;
    carbon_chain(p, i, at + t.words, &t);
    n = request_step_on_ring(p, at, &range);
    if (!n && !loose) return request_keep_term(p, i, at, &t, &range);
    request_mark(p, i, k, WORD_USED);
    if (!n) n = request_keep_term(p, at, at, &t, &range);
    return at + n - i;
}

/* Nothing that a number could count stands at word i: "HBD 0", "rings 2 MW 300". */
static bool stands_before_end(const parser *p, int i) {
    return i >= p->ws.n || p->ws.w[i].mark || request_word_is(&p->ws, i, "and|or|but") ||
           request_term_at(p->g, &p->ws, i).form == FORM_VALUE;
}

/* "rings (at least two)", "amides (2)": the words of the bracket at word i. */
static int bracketed_count(const parser *p, int i, const mg_ask *what, request_quantity *q) {
    const int n = i < p->ws.n && p->ws.w[i].mark == '(' ? request_quantity_bracketed(&p->ws, i, q)
                                                        : 0;
    const char *s = p->ws.w[i - 1].s;
    return n && !q->other && !strstr(what->label, "-membered") &&
                   strcmp(what->label, "macrocycles") &&
                   (!q->plain || request_none(&q->range) || (*s && s[strlen(s) - 1] == 's'))
               ? n
               : 0;
}

/* "donors <= 5", "rotatable bonds at most 5": the quantity behind a noun. */
/* "rings | no larger than six", of their size; words of both. */
static int step_ring_sizes(parser *p, int i, const request_term *t) {
    static const char *const small[] = {"three-membered rings", "four-membered rings",
                                        "five-membered rings", "six-membered rings",
                                        "seven-membered rings"};
    const int at = i + t->words;
    const bool no = request_word_is(&p->ws, at, "no|not"),
               up = request_word_is(&p->ws, at + no, "larger|bigger"),
               down = request_word_is(&p->ws, at + no, "smaller");
    double x;
    if (strcmp(t->asks[0].label, "rings") != 0 || (!up && !down) || at + no + 2 >= p->ws.n ||
        !request_word_is(&p->ws, at + no + 1, "than") || p->negated || p->doubt || p->evidence ||
        !request_number(p->ws.w[at + no + 2].s, &x))
        return 0;
    const int all = t->words + no + 3 +
                    request_word_is(&p->ws, at + no + 3, "atom|atoms|member|members|membered");
    mg_ask a;
    if (down && (!no || x > 8)) return request_leave(p, i, all);
    for (int k = 3; down && k < x; k++) {
        request_feature(p->g, small[k - 3], &a);
        a.range = request_exactly(0);
        request_keep(p, &a, i, i + all, true);
    }
    if (up) {
        request_feature(p->g, "largest ring", &a);
        a.range = no ? (mg_range){-INFINITY, x, false, false}
                     : (mg_range){x, INFINITY, true, false};
        request_keep(p, &a, i, i + all, true);
    }
    request_mark(p, i, all, WORD_USED);
    p->last_end = i + all;
    return all;
}

/* "a ring of at least 8 atoms": the largest ring; words read. */
static int step_ring_of(parser *p, int i, const request_term *t) {
    const int at = i + t->words;
    request_quantity q;
    if (strcmp(t->asks[0].label, "rings") != 0 || !request_word_is(&p->ws, at, "of|with") ||
        p->negated || p->doubt || p->evidence)
        return 0;
    const int k = request_quantity_read(&p->ws, at + 1, &q);
    if (!k || q.weight || q.area || q.percent || q.split || q.other || q.about ||
        !isinf(q.range.hi) || q.range.lo < 7 ||
        !request_word_is(&p->ws, at + 1 + k, "atom|atoms|member|members") ||
        request_word_is(&p->ws, at + 2 + k, "of"))
        return 0;
    mg_ask a;
    const int all = t->words + k + 2;
    request_feature(p->g, "largest ring", &a);
    a.range = q.range;
    request_keep(p, &a, i, i + all, true);
    request_mark(p, i, all, WORD_USED);
    p->last_end = i + all;
    return all;
}

int request_step_noun_value(parser *p, int i, request_term *t) {
    request_quantity q;
    int sizes = step_ring_sizes(p, i, t);
    if (!sizes) sizes = step_ring_of(p, i, t);
    if (sizes) return sizes;
    int at = i + t->words;
    const int in = p->negated || p->doubt || p->evidence
                       ? 0
                       : bracketed_count(p, at + request_kind_words(&p->ws, at, &t->asks[0]),
                                         &t->asks[0], &q);
    if (in && !q.weight && !q.area && !q.percent && !q.split && !q.other) {
        const int words = request_keep_term(p, i, i, t, &q.range);
        request_mark(p, i + words, in, WORD_USED);
        p->last_end = i + words + in;
        return words + in;
    }
    bool count = request_word_is(&p->ws, at, "count"); /* "carbon count of 7" */
    if (count) at += 1 + request_word_is(&p->ws, at + 1, "of|is|equals");
    const int next = at < p->ws.n && p->ws.w[at].mark == ':' ? at + 1 : at;
    const bool numbered = request_phrase(&p->ws, i - 2, "number of", false) == 2 &&
                          request_quantity_read(&p->ws, at, &q) && !q.plain && !q.split && !q.other;
    const bool told = numbered ||
                      (next < p->ws.n && strchr("<>=~!", p->ws.w[next].s[0]) && p->ws.w[next].s[0]);
    if (!count && !told && next == at && t->asks[0].kind != MG_ASK_NUMBER &&
        t->asks[0].kind != MG_ASK_ELEMENT)
        return 0;
    const bool colon = at < p->ws.n && p->ws.w[at].mark == ':';
    at += colon;
    int k = request_quantity_read(&p->ws, at, &q);
    if (!k && at < p->ws.n && p->ws.w[at].mark == ',' && t->asks[0].kind == MG_ASK_NUMBER) {
        k = request_quantity_read(&p->ws, at + 1, &q); /* "acceptors, at most 5" */
        if (q.plain || q.range.lo == q.range.hi || !stands_before_end(p, at + 1 + k)) return 0;
        at += k > 0;
    }
    if (!k || q.weight || q.area || q.percent || p->doubt) return 0;
    const bool denied = p->negated && told && !(p->negated_once && p->last_end == i);
    if (p->negated && !denied) return 0;
    if (colon && request_term_at(p->g, &p->ws, at + k).form != FORM_NONE) return 0;
    if (q.split) {
        return request_leave(p, i, at + k - i);
    }
    if (!told && !count && at == i + t->words &&
        ((q.plain && !stands_before_end(p, at + k)) || t->asks[0].kind != MG_ASK_NUMBER ||
         request_term_at(p->g, &p->ws, at + k).form == FORM_NOUN ||
         request_term_at(p->g, &p->ws, at + k).form == FORM_FIXED))
        return 0;
    t->asks[0].range = q.range, t->asks[0].negated = q.other != denied;
    if (denied) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    k += request_second_bound(p, at + k, &t->asks[0].range);
    request_keep(p, &t->asks[0], i, at + k, true);
    request_mark(p, i, at + k - i, WORD_USED);
    p->last_end = at + k;
    return at + k - i;
}

/* "max MW 300", "minimum logP 2": the bound stands before what it is of. */
int request_step_bound(parser *p, int i) {
    const int low = request_phrase(&p->ws, i,
                                   "min|minimum|minimal|lower limit|lower bound|at least", false),
              high = request_phrase(&p->ws, i,
                                    "max|maximum|maximal|upper limit|upper bound|at most", false);
    int at = i + (low > high ? low : high);
    if (at == i || p->negated || p->doubt) return 0;
    if (at < p->ws.n && p->ws.w[at].mark == '.') at++;
    const int number = request_phrase(&p->ws, at, "number of|count of|amount of", false);
    at += number ? number : request_word_is(&p->ws, at, "for|on|of");
    request_term t = request_term_at(p->g, &p->ws, at);
    if (!low && request_phrase(&p->ws, at, "ring size", false)) { /* not "ring size 6", a ring */
        t = (request_term){.form = FORM_VALUE, .words = 2, .n = 1};
        request_feature(p->g, "largest ring", &t.asks[0]);
    }
    if (t.form != FORM_VALUE &&
        !(t.form == FORM_NOUN && t.n == 1 && (number || t.asks[0].kind == MG_ASK_NUMBER)))
        return 0;
    at += t.words + (number ? request_kind_words(&p->ws, at + t.words, &t.asks[0]) : 0);
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
