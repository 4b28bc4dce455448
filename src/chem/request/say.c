/* say.c - conditions in words: "secondary amine; aromatic rings = 2; no halogen; MolWt < 300". */
#include "chem/request/inside.h"

#include <math.h>
#include <string.h>

/* A number without an end of zeros. */
static void add_number(mg_str *out, double x) { mg_str_addf(out, "%.6g", x); }

static void add_range(mg_str *out, const mg_range *r, bool negated) {
    if (r->lo == r->hi) {
        mg_str_addz(out, negated ? " not = " : " = ");
        add_number(out, r->lo);
    } else if (isinf(r->hi)) {
        mg_str_addz(out, negated ? " not " : " ");
        mg_str_addz(out, r->above ? "> " : ">= ");
        add_number(out, r->lo);
    } else if (isinf(r->lo)) {
        mg_str_addz(out, negated ? " not " : " ");
        mg_str_addz(out, r->below ? "< " : "<= ");
        add_number(out, r->hi);
    } else {
        mg_str_addz(out, negated ? " not " : " ");
        add_number(out, r->lo);
        mg_str_addz(out, " to ");
        add_number(out, r->hi);
    }
}

static void add_only(mg_str *out, const mg_ask *a) {
    static const int first[] = {6, 1};
    const char *between = " ";
    mg_str_addz(out, "only");
    for (int k = -2; k < 128; k++) { /* carbon, hydrogen, the others */
        int e = k < 0 ? first[k + 2] : k;
        if ((k >= 0 && (e == 1 || e == 6)) || !(a->only[e / 64] >> (e % 64) & 1)) continue;
        mg_str_addf(out, "%s%s", between, request_element_name(e));
        between = ", ";
    }
}

/* "MolWt > that of aspirin" */
static void say_than(const mg_ask *a, mg_str *out) {
    const bool more = isinf(a->range.hi);
    mg_str_addf(out, "%s %s%s that of %s", a->label, more ? ">" : "<",
                a->range.above || a->range.below ? "" : "=", a->text);
}

void request_say_ask(const mg_ask *a, mg_str *out) {
    switch (a->kind) {
    case MG_ASK_ONLY: add_only(out, a); return;
    case MG_ASK_FORMULA:
    case MG_ASK_ISOMER:
    case MG_ASK_LIKE: mg_str_addf(out, "%s %s", a->label, a->text); return;
    case MG_ASK_THAN: say_than(a, out); return;
    default: break;
    }
    const mg_range *r = &a->range;
    bool number = a->kind == MG_ASK_NUMBER, none = request_none(r) && !a->negated;
    if (none && !number) mg_str_addz(out, "no ");
    mg_str_addz(out, a->label);
    if (a->kind == MG_ASK_PART) mg_str_addf(out, " %s", a->text);
    if (a->kind == MG_ASK_ON) mg_str_addf(out, " on %s", a->ring);
    if (number || !(none || (r->lo == 1 && isinf(r->hi) && !r->above && !a->negated)))
        add_range(out, r, a->negated);
}

void mg_request_say_one(const mg_request *r, int condition, mg_str *out) {
    int at = -1;
    for (int i = 0; i < r->n; i++) {
        at += !r->asks[i].either;
        if (at != condition) continue;
        if (r->asks[i].either) mg_str_addz(out, " or ");
        request_say_ask(&r->asks[i], out);
    }
}

void mg_request_say(const mg_request *r, mg_str *out) {
    for (int i = 0; i < r->conditions; i++) {
        if (i) mg_str_addz(out, "; ");
        mg_request_say_one(r, i, out);
    }
    if (r->mended && r->conditions) mg_str_addf(out, " (%s)", r->mended);
}
