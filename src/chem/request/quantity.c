/* quantity.c - "at least three", "between 200 and 300 Da", "2-4", "3 or more", "< 300" as a range.
 */
#include "chem/request/inside.h"

#include <math.h>
#include <string.h>

typedef enum { OP_NONE, OP_LEAST, OP_MOST, OP_MORE, OP_FEWER, OP_EXACT, OP_ABOUT, OP_BETWEEN } op;

static const struct {
    op op;
    const char *phrases;
} OPS[] = {
    {OP_LEAST, "at least|no less than|no fewer than|not less than|not fewer than|minimum of|"
               "a minimum of|minimum|min|not below|not under|>="},
    {OP_MOST, "at most|no more than|not more than|up to|maximum of|a maximum of|maximum|max|"
              "not exceeding|not over|not above|no higher than|no greater than|<="},
    {OP_MORE, "more than|greater than|above|over|exceeding|larger than|higher than|bigger than|>"},
    {OP_FEWER, "less than|fewer than|below|under|smaller than|lower than|<"},
    {OP_EXACT, "exactly|precisely|equal to|just|only|=|is|are"},
    {OP_ABOUT, "around|about|approximately|roughly|close to|near|circa|ca|~"},
    {OP_BETWEEN, "between|from|in the range of|in the range|ranging from|in range"}};

static const char HEAVIER[] = "heavier than", LIGHTER[] = "lighter than";
static const char WEIGHT_UNITS[] = "da|dalton|daltons|g/mol|gmol|amu|u|kda|g mol";
static const char AREA_UNITS[] =
    "a2|\xC3\xA5"
    "2|\xC3\x85"
    "2|a^2|\xC3\xA5^2|\xC3\x85^2|angstrom2|square angstroms|a^2|angstroms squared";

mg_range request_at_least(double n) { return (mg_range){n, INFINITY, false, false}; }
mg_range request_exactly(double n) { return (mg_range){n, n, false, false}; }

bool request_in_range(const mg_range *r, double x) {
    return (r->above ? x > r->lo : x >= r->lo) && (r->below ? x < r->hi : x <= r->hi);
}

bool request_none(const mg_range *r) {
    return r->hi <= 0 && !r->below && (r->lo == 0 || isinf(r->lo));
}

/* A number at word i, also with its unit stuck to it ("300da"); words read. */
static int number_at(const request_words *ws, int i, double *x, request_quantity *q) {
    if (i >= ws->n || ws->w[i].mark) return 0;
    const char *s = ws->w[i].s;
    if (request_number(s, x)) return 1;
    char digits[REQUEST_WORD];
    size_t n = strspn(s, "+-0123456789.");
    if (!n || !s[n]) return 0;
    memcpy(digits, s, n);
    digits[n] = 0;
    bool weight = !strcmp(s + n, "da") || !strcmp(s + n, "g/mol");
    bool area = !strcmp(s + n, "a2");
    if ((!weight && !area) || !request_number(digits, x)) return 0;
    q->weight |= weight, q->area |= area;
    return 1;
}

/* The second number of a range, behind "to", "and" or a hyphen; words read. */
static int second_number(const request_words *ws, int i, bool between, double *x,
                         request_quantity *q) {
    if (i < ws->n && ws->w[i].joined) return number_at(ws, i, x, q);
    int k = request_phrase(ws, i, "to|or|up to|through", false);
    if (!k && between) k = request_word_is(ws, i, "and");
    const int n = k ? number_at(ws, i + k, x, q) : 0;
    return n ? k + n : 0;
}

/* ", two" of "one, two or three": words read; the last number is second_number's. */
static int listed(const request_words *ws, int i, request_quantity *q) {
    double x;
    int k = 0, n;
    while (i + k < ws->n && ws->w[i + k].mark == ',' && (n = number_at(ws, i + k + 1, &x, q)) > 0)
        k += 1 + n;
    return k && request_word_is(ws, i + k, "or|to") && number_at(ws, i + k + 1, &x, q) ? k : 0;
}

/* Words of "or more" and the like, and what they make of an exact number. */
static int tail(const request_words *ws, int i, mg_range *range) {
    int k = request_phrase(ws, i,
                           "or more|or above|or greater|or higher|at least|or over|minimum|"
                           "and above|and more|or heavier",
                           false);
    if (k) {
        range->hi = INFINITY;
        return k;
    }
    k = request_phrase(ws, i,
                       "or fewer|or less|or below|or under|at most|or lower|maximum|max|"
                       "and below|or lighter|tops",
                       false);
    if (k) range->lo = -INFINITY;
    return k;
}

int request_quantity_after(const request_words *ws, int i, mg_range *range) {
    return range->lo == range->hi ? tail(ws, i, range) : 0;
}

static void set(request_quantity *q, op o, double x) {
    mg_range *r = &q->range;
    *r = request_exactly(x);
    q->plain = o == OP_NONE;
    if (o == OP_LEAST || o == OP_MORE) r->hi = INFINITY, r->above = o == OP_MORE;
    if (o == OP_MOST || o == OP_FEWER) r->lo = -INFINITY, r->below = o == OP_FEWER;
    if (o == OP_ABOUT) {
        q->about = true;
        r->lo = x - fabs(x) / 10, r->hi = x + fabs(x) / 10;
    }
}

static int op_at(const request_words *ws, int i, request_quantity *q, op *o) {
    int best = request_phrase(ws, i, HEAVIER, false);
    *o = OP_MORE;
    if (!best && (best = request_phrase(ws, i, LIGHTER, false)) > 0) *o = OP_FEWER;
    if (best) q->weight = true;
    for (size_t k = 0; k < MG_COUNT(OPS); k++) {
        int n = request_phrase(ws, i, OPS[k].phrases, false);
        if (n > best) best = n, *o = OPS[k].op;
    }
    if (!best) *o = OP_NONE;
    return best;
}

/* Words that are a number by themselves. */
static int vague(const request_words *ws, int i, mg_range *range) {
    int k = request_phrase(ws, i, "several|multiple|more than one|a few|many", false);
    if (k) *range = (mg_range){2, INFINITY, false, false};
    if (!k &&
        (k = request_phrase(ws, i, "a pair of|pair of|a couple of|couple of|both", false)) > 0)
        *range = request_exactly(2);
    if (!k && (k = request_phrase(ws, i, "a single|single|a sole|a lone", false)) > 0)
        *range = request_exactly(1);
    return request_word_is(ws, i, "both") ? 0 : k;
}

int request_quantity_read(const request_words *ws, int i, request_quantity *q) {
    *q = (request_quantity){0};
    int k = vague(ws, i, &q->range);
    if (k) return k;
    op o;
    k = op_at(ws, i, q, &o);
    if (request_word_is(ws, i, "is|are")) { /* "is less than" */
        op behind;
        const int more = op_at(ws, i + 1, q, &behind);
        if (more) k = 1 + more, o = behind;
    }
    if (k && request_word_is(ws, i + k, "a|an")) k++;
    double x, y = 0;
    int n = number_at(ws, i + k, &x, q);
    if (!n) return 0;
    k += n;
    set(q, o, x);
    if (o == OP_NONE) k += listed(ws, i + k, q);
    n = o == OP_NONE || o == OP_BETWEEN || o == OP_EXACT || o == OP_ABOUT
            ? second_number(ws, i + k, o == OP_BETWEEN, &y, q)
            : 0;
    if (n) {
        q->range = (mg_range){fmin(x, y), fmax(x, y), false, false};
        q->plain = q->about = false;
        k += n;
    } else if (o == OP_BETWEEN)
        return 0;
    if (o == OP_NONE || o == OP_EXACT) {
        n = tail(ws, i + k, &q->range);
        k += n, q->plain &= !n;
    }
    if ((n = request_phrase(ws, i + k, WEIGHT_UNITS, false)) > 0)
        q->weight = true, k += n;
    else if ((n = request_phrase(ws, i + k, AREA_UNITS, false)) > 0)
        q->area = true, k += n;
    if (n && q->range.lo == q->range.hi) k += tail(ws, i + k, &q->range);
    return k;
}
