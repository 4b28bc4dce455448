/* around.c - what stands around a term: the other end of a bound, what its rings are, the list that
 * it belongs to, whether it is allowed.
 */
#include "chem/request/parser.h"

#include <math.h>
#include <string.h>

/* "> 300 and < 400": the other end of a range, from word i on; words read. */
int request_second_bound(const parser *p, int i, mg_range *range) {
    request_quantity q;
    const int joint = request_word_is(&p->ws, i, "and|but") ||
                      (i < p->ws.n && p->ws.w[i].mark == ',');
    const int bare = !joint && request_word_is(&p->ws, i, "max|maximum|min|minimum");
    const int k = joint || bare ? request_quantity_read(&p->ws, i + joint, &q) : 0;
    if (!k || isinf(range->lo) == isinf(range->hi) || isinf(q.range.lo) == isinf(q.range.hi) ||
        isinf(q.range.lo) == isinf(range->lo) ||
        request_term_at(p->g, &p->ws, i + 1 + k).form != FORM_NONE)
        return 0;
    if (isinf(range->hi))
        range->hi = q.range.hi, range->below = q.range.below;
    else
        range->lo = q.range.lo, range->above = q.range.above;
    return range->lo <= range->hi ? joint + k : 0;
}

/* What an adjective of a ring counts; NULL: nothing. */
const char *request_ring_kind_of(const parser *p, int i) {
    static const struct {
        const char *words, *means;
    } kinds[] = {{"aromatic", "aromatic rings"},
                 {"heteroaromatic", "heteroaromatic rings"},
                 {"saturated", "saturated rings"},
                 {"aliphatic|nonaromatic|alicyclic", "aliphatic rings"},
                 {"heterocyclic", "hetero rings"}};
    for (size_t k = 0; k < MG_COUNT(kinds); k++)
        if (request_word_is(&p->ws, i, kinds[k].words)) return kinds[k].means;
    return NULL;
}

int request_rings_are(const parser *p, int i, mg_ask *rings) {
    const int is = request_phrase(&p->ws, i,
                                  "is|are|being|must be|should be|that is|that are|which is|which "
                                  "are|has to be|have to be",
                                  false);
    const char *means = is ? request_ring_kind_of(p, i + is) : NULL;
    const mg_range range = rings->range;
    if (!means || !request_feature(p->g, means, rings)) return 0;
    rings->range = range;
    return is + 1;
}

int request_list_end(const parser *p, int i, int least) {
    int at = i, nouns = 0;
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
               request_word_is(&p->ws, at, "and|or|and/or|+|/"))
            at++, joined = true;
    }
    return nouns >= least && !joined ? at : 0;
}

static const char ALLOWED[] =
    "would be welcome|would be fine|would be acceptable|would also be ok|would also be fine|is "
    "welcome|are welcome|is not needed|are not needed|isn't needed|aren't needed|is not "
    "necessary|are not "
    "necessary|not "
    "important|is not important|are not important|unimportant|irrelevant|is irrelevant|are "
    "irrelevant|not essential|is not essential|are not essential|not mandatory|is not mandatory|"
    "is no issue|are no issue|is no problem|are no problem|would be ok|would be okay|are a "
    "bonus|is "
    "a bonus|would be a bonus|a plus|is a plus|nice to have|would be nice|negotiable|is negotiable|"
    "are negotiable|ok|okay|fine|tolerated|acceptable|permitted|may stay|can stay|may remain|can "
    "remain|can be "
    "tolerated|may be tolerated|welcome|optional|not required|is not required|are not required|not "
    "needed|not necessary|allowed|is "
    "allowed|are allowed|is permitted|are permitted|is fine|are fine|is ok|are ok|is "
    "okay|are okay|may be present|can be present|is optional|are optional|is tolerated|are "
    "tolerated|is acceptable|are acceptable|does not matter|do not matter|doesn't matter|don't "
    "matter";

int request_allowed_behind(const parser *p, int i) {
    const int k = request_phrase(
        &p->ws, i, "maybe|perhaps|possibly|optionally|if you like|if you wish", false);
    if (k && (i + k >= p->ws.n || p->ws.w[i + k].mark)) return k; /* "furan maybe" */
    return request_phrase(&p->ws, i, ALLOWED, false);
}

bool request_is_ring_group(const parser *p, const mg_ask *a) {
    return a->kind == MG_ASK_GROUP && mg_groups_at(p->g, a->id)->kind == MG_GROUP_RING;
}

/* "ring", "pyridine" */
static bool names_ring(const parser *p, const request_term *t) {
    if (t->n != 1) return false;
    return t->asks[0].kind == MG_ASK_NUMBER ? strstr(t->asks[0].label, "ring") != NULL
                                            : request_is_ring_group(p, &t->asks[0]);
}

/* "a pyridine | linked to | a piperidine": both are there, how they are joined is left over. */
int request_step_attached(parser *p, int i) {
    const int k = request_phrase(&p->ws, i,
                                 "attached to|linked to|connected to|joined to|tethered to|fused "
                                 "to|fused with|fused onto|appended to|bonded to|coupled "
                                 "to|directly attached to|annulated to|annulated with|next to|"
                                 "adjacent to|separated from|flanked by|condensed with",
                                 false);
    const int in =
        k ? 0
          : request_phrase(&p->ws, i,
                           "in a|in an|within a|inside a|part of a|embedded in a|as part "
                           "of a|contained in a",
                           false);
    const request_term t = request_term_at(p->g, &p->ws, i + in);
    const bool ring = in && p->last_end == i && names_ring(p, &t);
    if ((!k && !ring) || p->negated || p->doubt || p->evidence || p->told) return 0;
    request_leave(p, i, k + in);
    p->ring = -1;
    return k + in;
}

/* "three fluorines | on one carbon", "two OH | on the same ring": where they sit, which no
 * condition says. */
int request_step_same(parser *p, int i) {
    const int k = request_phrase(&p->ws, i,
                                 "on one|on the same|on a single|on adjacent|on neighbouring|on "
                                 "neighboring|on each|on every|on different|on separate|at one|at "
                                 "the same|attached to one|attached to the same|bound to one|"
                                 "bound to the same|to one|to the same|at each|per",
                                 false);
    const request_term t = request_term_at(p->g, &p->ws, i + k);
    const bool ring = names_ring(p, &t);
    const bool atom = t.n == 1 && t.asks[0].kind == MG_ASK_ELEMENT;
    if (!k || p->last_end != i || p->negated || (!ring && !atom)) return 0;
    p->ring = -1;
    return request_leave(p, i, k + t.words);
}
