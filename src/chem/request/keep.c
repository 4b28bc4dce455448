/* keep.c - what became of the words of a sentence: conditions kept, made one with those before,
 * taken back.
 */
#include "chem/request/parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void request_mark(parser *p, int i, int n, word_use use) {
    for (int k = i; k < i + n && k < p->ws.n; k++) p->use[k] = use;
}

int request_leave(parser *p, int i, int n) {
    request_mark(p, i, n, WORD_LEFT);
    p->last_unknown = i + n - 1;
    return n;
}

/* The same thing asked for before, if both can be said as one. */
static mg_ask *same_before(parser *p, const mg_ask *ask) {
    for (int i = 0; i < p->r->n; i++) {
        mg_ask *a = &p->r->asks[i];
        if (a->kind != ask->kind || a->id != ask->id || a->on != ask->on ||
            a->kind >= MG_ASK_ONLY || a->either || a->negated || ask->negated || p->or_next)
            continue;
        double lo = fmax(a->range.lo, ask->range.lo), hi = fmin(a->range.hi, ask->range.hi);
        if (lo > hi) continue;
        bool above = (a->range.lo == lo && a->range.above) ||
                     (ask->range.lo == lo && ask->range.above);
        bool below = (a->range.hi == hi && a->range.below) ||
                     (ask->range.hi == hi && ask->range.below);
        a->range = (mg_range){lo, hi, above, below};
        return a;
    }
    return NULL;
}

mg_ask *request_keep(parser *p, const mg_ask *ask, int from, int to, bool explicit_one) {
    mg_request *r = p->r;
    mg_ask *before = same_before(p, ask);
    if (before || r->n == MG_ASKS) return before;
    mg_ask *a = &r->asks[r->n];
    *a = *ask;
    a->begin = p->ws.w[from].begin, a->end = p->ws.w[to - 1].end;
    p->from[r->n] = from, p->to[r->n] = to;
    p->explicit_one[r->n] = explicit_one;
    p->comma[r->n] = p->comma_next;
    p->substituent[r->n] = -1;
    r->n++;
    return a;
}

void request_leave_negator(parser *p) { request_mark(p, p->negator, p->negator_n, WORD_LEFT); }

/* Takes the asks from number `first` on back: their words are left over. */
void request_take_back(parser *p, int first) {
    while (p->r->n > first) {
        int k = --p->r->n;
        free(p->r->asks[k].text);
        request_mark(p, p->from[k], p->to[k] - p->from[k], WORD_LEFT);
    }
    p->ring = p->ring < p->r->n ? p->ring : -1;
}

/* What kind of thing a condition is about: a list of alternatives is of one kind. */
static int list_kind(const mg_ask *a) {
    enum { THING, OF_ELEMENT, NUMBER };
    if (a->kind == MG_ASK_NUMBER) return NUMBER;
    const bool element = a->kind == MG_ASK_ELEMENT || (a->label && !strcmp(a->label, "halogen")) ||
                         (a->kind == MG_ASK_ON && request_element_of(a->label) > 0);
    return element ? OF_ELEMENT : THING;
}

/* Alternatives: "a nitrile, an ester or an amide", but "a quinoline, fluorine or chlorine" wants
 * the quinoline. */
void request_join_alternatives(parser *p, int first) {
    mg_request *r = p->r;
    if (!p->or_next || !first || first != r->n - 1) {
        if (p->or_next && first) { /* of several conditions: not said */
            int from = first - 1;
            while (from > 0 && p->from[from - 1] == p->from[first - 1]) from--;
            request_take_back(p, from);
        }
        return;
    }
    r->asks[first].either = true;
    for (int k = first - 1; k > 0 && p->comma[k] && !r->asks[k].either &&
                            list_kind(&r->asks[k]) == list_kind(&r->asks[k - 1]);
         k--)
        r->asks[k].either = true;
}

void request_end_scopes(parser *p) {
    p->negated = p->evidence = p->doubt = p->comma_next = p->or_next = p->denied = false;
    p->ring = -1;
    p->salt = false;
    p->sized = 0;
}
