/* quantity.c - "at least three", "between 200 and 300 Da", "2-4", "3 or more", "< 300" as a range.
 */
#include "chem/request/inside.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum {
    OP_NONE,
    OP_LEAST,
    OP_MOST,
    OP_MORE,
    OP_FEWER,
    OP_EXACT,
    OP_OTHER,
    OP_OUTSIDE,
    OP_ABOUT,
    OP_BETWEEN
} op;

static const struct {
    op op;
    const char *phrases;
} OPS[] = {
    {OP_LEAST,
     "at least|at the least|at the very least|at minimum|at a minimum|at the minimum|min of|"
     "no less than|no fewer than|not less than|not fewer than|minimum of|"
     "a minimum of|minimum|min|lower limit of|lower bound of|lower limit|lower bound|not below|not "
     "under|no lower than|not lower than|no smaller than|"
     "not smaller than|not lighter than|no lighter than|greater than or equal to|"
     "more than or equal to|larger than or equal to|higher than or equal to|bigger than or equal "
     "to|equal to or greater than|equal to or more than|equal to or higher than|equal to or "
     "above|equal or greater than|equal or more than|greater or equal to|greater than or equals|"
     "above or equal to|at or above|>="},
    {OP_MOST,
     "limit|cutoff|cut off|ceiling|at most|at the most|at the very most|at maximum|at a maximum|at "
     "the maximum|max of|"
     "no more than|not more than|up to|maximum of|a maximum of|maximum|max|"
     "capped at|cap at|tops out at|limited to|limit of|upper limit of|upper bound of|upper "
     "limit|upper bound|ceiling of|cap of|not exceeding|not "
     "exceed|cannot exceed|can't exceed|does not exceed|do not exceed|doesn't "
     "exceed|don't exceed|must not exceed|mustn't exceed|should not exceed|shouldn't exceed|may "
     "not exceed|won't exceed|not to exceed|never exceeding|not over|not above|not beyond|no "
     "higher than|not higher than|no greater than|not greater than|no larger than|not larger "
     "than|no bigger than|not bigger than|not heavier than|no heavier than|"
     "no more than or equal to|not more than or equal to|no greater than or equal to|not greater "
     "than "
     "or equal to|less than or equal to|fewer than or equal to|smaller than or equal to|lower than "
     "or equal "
     "to|equal to or less than|equal to or fewer than|equal to or lower than|equal to or "
     "smaller than|equal to or below|equal or less than|equal or fewer than|less or equal to|"
     "less than or equals|below or equal to|at or below|up to and including|<="},
    {OP_MORE, "more than|more than just|not just|not only|greater "
              "than|above|over|exceeding|exceeds|larger than|higher than|bigger than|"
              "beyond|in excess of|longer than|>"},
    {OP_FEWER, "less than|fewer than|below|under|smaller than|lower than|shorter than|short of|<"},
    {OP_EXACT, "exactly|precisely|equal to|equals|just|only|=|is|are"},
    {OP_OTHER, "!=|not exactly|not equal to|not precisely|is not exactly|other than"},
    {OP_OUTSIDE, "not between|outside the range of|outside the range|outside of|not within|not in "
                 "the range of|not in the range|outside"},
    {OP_ABOUT, "around|about|approximately|approx|roughly|close to|near|circa|ca|~"},
    {OP_BETWEEN, "between|from|in the range of|in the range|ranging from|in range|in"}};

static const char HEAVIER[] = "heavier than", LIGHTER[] = "lighter than",
                  NOT_HEAVIER[] = "no heavier than|not heavier than",
                  NOT_LIGHTER[] = "no lighter than|not lighter than";
/* "slightly below": how far is not said, and no matter */
static const char FAR[] =
    "just|well|slightly|somewhat|far|way|much|strictly|clearly|a bit|a little";
static const char WEIGHT_UNITS[] =
    "g\xC2\xB7mol\xE2\x81\xBB\xC2\xB9|g\xC2\xB7mol|da|dalton|daltons|g/mol|gmol|amu|u|g mol",
                  THOUSANDS[] = "kda|kilodalton|kilodaltons|kg/mol";
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

/* "1,000", "1,000,000": digits in threes; "350,5" where a decimal comma is meant. */
static bool with_commas(const char *s, double *x) {
    char plain[REQUEST_WORD];
    const char *comma = strchr(s, ',');
    size_t n = 0, behind = comma ? strspn(comma + 1, "0123456789") : 0;
    if (!comma || comma == s || strspn(s, "0123456789") != (size_t)(comma - s)) return false;
    if (behind != 3) { /* a place has fewer digits than a number worth a comma: "2,4" */
        if (comma[1 + behind] || behind > 2 || !behind || comma - s < 2) return false;
        snprintf(plain, sizeof plain, "%.*s.%s", (int)(comma - s), s, comma + 1);
        return request_number(plain, x);
    }
    if (comma - s > 3) return false;
    for (const char *c = s; *c; c++) {
        if (*c == ',' && (strspn(c + 1, "0123456789") != 3)) return false;
        if (*c != ',') plain[n++] = *c;
    }
    plain[n] = 0;
    return request_number(plain, x);
}

/* "twenty one", "three hundred", "two hundred and fifty", "a hundred" from word i on; words read.
 */
static int number_words(const request_words *ws, int i, double *x) {
    double unit = 1, more;
    int k = 0;
    if (i >= ws->n || ws->w[i].mark) return 0;
    if (request_phrase(ws, i, "half a dozen", false)) {
        *x = 6;
        return 3;
    }
    if (request_word_is(ws, i, "a") && request_word_is(ws, i + 1, "hundred|thousand|dozen"))
        k = 1;
    else if (!request_word_is(ws, i, "hundred|thousand|dozen")) {
        if (!request_number(ws->w[i].s, &unit)) return 0;
        k = 1;
        if (unit >= 20 && unit < 100 && strspn(ws->w[i].s, "0123456789") == 0 && i + 1 < ws->n &&
            !ws->w[i + 1].mark && strspn(ws->w[i + 1].s, "0123456789") == 0 &&
            request_number(ws->w[i + 1].s, &more) && more >= 1 && more < 10)
            unit += more, k = 2;
    }
    const double scale = request_word_is(ws, i + k, "hundred")    ? 100
                         : request_word_is(ws, i + k, "thousand") ? 1000
                         : request_word_is(ws, i + k, "dozen")    ? 12
                                                                  : 1;
    *x = unit * scale;
    if (scale == 1) return k;
    k++;
    const int and = request_word_is(ws, i + k, "and");
    if (scale == 12 || i + k + and >= ws->n) return k;
    const int n = number_words(ws, i + k + and, &more);
    if (!n || more >= scale || strspn(ws->w[i + k + and].s, "0123456789")) return k;
    *x += more;
    return k + and+n;
}

/* Digits that a blank parts: up to three, and three behind a comparison. */
static bool in_threes(const request_words *ws, int i) {
    const size_t n = strlen(ws->w[i].s);
    return n <= 3 && strspn(ws->w[i].s, "0123456789") == n && i + 1 < ws->n &&
           !ws->w[i + 1].joined && strlen(ws->w[i + 1].s) == 3 &&
           strspn(ws->w[i + 1].s, "0123456789") == 3;
}

/* "(2)" behind "two": words read. */
static int said_again(const request_words *ws, int i, double x) {
    double y;
    return i + 2 < ws->n && ws->w[i].mark == '(' && ws->w[i + 2].mark == ')' &&
                   request_number(ws->w[i + 1].s, &y) && y == x
               ? 3
               : 0;
}

/* "250+": the number, or false. */
static bool and_up(const char *s, double *x) {
    char digits[REQUEST_WORD];
    const size_t n = strlen(s);
    if (n < 2 || s[n - 1] != '+') return false;
    snprintf(digits, sizeof digits, "%.*s", (int)(n - 1), s);
    return request_number(digits, x);
}

/* A number at word i, also with its unit stuck to it ("300da"); words read. */
static int number_at(const request_words *ws, int i, double *x, request_quantity *q) {
    if (i >= ws->n || ws->w[i].mark) return 0;
    const char *s = ws->w[i].s;
    const int spelt = number_words(ws, i, x);
    if (spelt == 1 && in_threes(ws, i)) { /* "1 000" */
        *x = *x * 1000 + strtod(ws->w[i + 1].s, NULL);
        return 2;
    }
    if (spelt) return spelt + said_again(ws, i + spelt, *x);
    const bool name = i + 1 < ws->n && ws->w[i + 1].joined; /* "2,4-dichloro" */
    if (!name && with_commas(s, x)) return 1;
    char digits[REQUEST_WORD];
    size_t n = strspn(s, "+-0123456789.");
    if (!n || !s[n]) return 0;
    memcpy(digits, s, n);
    digits[n] = 0;
    const bool thousands = !strcmp(s + n, "kda"), area = !strcmp(s + n, "a2"),
               percent = !strcmp(s + n, "%"),
               weight = thousands || !strcmp(s + n, "da") || !strcmp(s + n, "g/mol");
    const bool by = n <= 2 && (!strcmp(s + n, "x") || !strcmp(s + n, "\xC3\x97")); /* "2x" */
    if ((!weight && !area && !percent && !by) || !request_number(digits, x)) return 0;
    if (thousands) *x *= 1000;
    q->weight |= weight, q->area |= area, q->percent |= percent, q->coarse |= thousands;
    return 1;
}

/* The second number of a range, behind "to", "and" or a hyphen; words read. */
static int second_number(const request_words *ws, int i, bool between, double *x,
                         request_quantity *q) {
    if (i < ws->n && ws->w[i].joined && !request_word_is(ws, i, "to"))
        return number_at(ws, i, x, q);
    int k = request_phrase(ws, i, "to|or|up to|through", false);
    if (!k && between) k = request_word_is(ws, i, "and|&");
    const int n = k ? number_at(ws, i + k, x, q) : 0;
    return n ? k + n : 0;
}

/* ", two" of "one, two or three": words read; the last number is second_number's. */
static int listed(const request_words *ws, int i, request_quantity *q) {
    double x;
    int k = 0, n;
    while (i + k < ws->n && ws->w[i + k].mark == ',' && (n = number_at(ws, i + k + 1, &x, q)) > 0)
        k += 1 + n;
    return k && request_word_is(ws, i + k, "or") && number_at(ws, i + k + 1, &x, q) ? k : 0;
}

/* "1,2 or 3": a list of digits that no blank parts; words read. */
static int digit_list(const request_words *ws, int i, request_quantity *q) {
    double x, lo = 10, hi = 0;
    if (i >= ws->n || ws->w[i].mark || ws->w[i].joined || !request_word_is(ws, i + 1, "or|to"))
        return 0;
    const char *s = ws->w[i].s;
    for (size_t k = 0; s[k]; k++) {
        if (k % 2 ? s[k] != ',' : !isdigit((unsigned char)s[k])) return 0;
        if (k % 2 == 0) lo = fmin(lo, s[k] - '0'), hi = fmax(hi, s[k] - '0');
    }
    if (strlen(s) < 3 || !number_at(ws, i + 2, &x, q) || x != hi + 1) return 0;
    q->range = (mg_range){lo, x, false, false};
    return 3;
}

/* Words of "or more" and the like, and what they make of an exact number. */
static int tail(const request_words *ws, int i, mg_range *range) {
    double x;
    const bool value = request_word_is(
        ws, i + 1, "mw|m.w|molecular|mol|logp|clogp|log|tpsa|psa|hbd|hba|weight|mass");
    if (request_word_is(ws, i, "max|maximum|min|minimum|limit|cutoff") && i + 1 + value < ws->n &&
        request_number(ws->w[i + 1 + value].s, &x))
        return 0; /* "MW 200 max 300" */
    int k = request_phrase(
        ws, i,
        "min|or more|or above|or greater|or higher|at least|at the least|at the very "
        "least|or over|minimum|at minimum|at a minimum|at the minimum|as a "
        "minimum|"
        "and above|and more|or heavier|and up|and upwards|upwards|and "
        "higher|and over|or higher|plus",
        false);
    if (k) {
        range->hi = INFINITY;
        return k;
    }
    k = request_phrase(ws, i,
                       "or fewer|or less|or below|or under|at most|at the most|at the very most|or "
                       "lower|maximum|max|at maximum|at a maximum|at the maximum|as a maximum|"
                       "and below|or lighter|tops|cutoff|cut off|limit",
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
    q->other = o == OP_OTHER || o == OP_OUTSIDE;
    if (o == OP_ABOUT) {
        q->about = true;
        r->lo = x - fabs(x) / 10, r->hi = x + fabs(x) / 10;
    }
}

static int op_at(const request_words *ws, int i, request_quantity *q, op *o) {
    int best = request_phrase(ws, i, HEAVIER, false);
    *o = OP_MORE;
    if (!best && (best = request_phrase(ws, i, LIGHTER, false)) > 0) *o = OP_FEWER;
    q->weight |= best || request_phrase(ws, i, NOT_HEAVIER, false) ||
                 request_phrase(ws, i, NOT_LIGHTER, false);
    for (size_t k = 0; k < MG_COUNT(OPS); k++) {
        int n = request_phrase(ws, i, OPS[k].phrases, false);
        if (n > best) best = n, *o = OPS[k].op;
    }
    if (!best) *o = OP_NONE;
    const bool stop = best && i + best < ws->n && ws->w[i + best].mark == '.' &&
                      request_word_is(ws, i + best - 1, "max|min|approx|ca|circa");
    return best + stop;
}

/* Words that are a number by themselves. */
static int vague(const request_words *ws, int i, mg_range *range) {
    if (request_word_is(ws, i, "many") && request_word_is(ws, i - 1, "how|too|as|so")) return 0;
    int k = request_phrase(ws, i,
                           "several|multiple|more than one|a few|many|plenty of|a lot of|lots "
                           "of|loads of|numerous|a number of|"
                           "a handful of|a good number of",
                           false);
    if (k) *range = (mg_range){2, INFINITY, false, false};
    if (!k && (k = request_phrase(ws, i,
                                  "no or one|zero or one|one or no|one or zero|none or one|one or "
                                  "none|no or a single|0 or 1|0 or one",
                                  false)) > 0)
        *range = (mg_range){0, 1, false, false};
    if (!k &&
        (k = request_phrase(ws, i, "a pair of|pair of|a couple of|couple of|both", false)) > 0)
        *range = request_exactly(2);
    if (!k && (k = request_phrase(ws, i, "a single|single|a sole|a lone", false)) > 0)
        *range = request_exactly(1);
    return request_word_is(ws, i, "both") ? 0 : k;
}

/* "300 +- 10": both sides of the number before; words read. */
static int spread(const request_words *ws, int i, double x, request_quantity *q) {
    const bool open = i < ws->n && ws->w[i].mark == '(';
    int k = request_phrase(ws, i + open, "+-|plus or minus|plus minus|give or take", false);
    double d = 0;
    request_quantity side = {0};
    int n = k ? number_at(ws, i + open + k, &d, &side) : 0;
    if (!n) return 0;
    k += open;
    const int share = request_phrase(ws, i + k + n, "%|percent|per cent", false);
    if (side.percent || share) d *= fabs(x) / 100;
    n += share;
    n += open && i + k + n < ws->n && ws->w[i + k + n].mark == ')';
    q->range = (mg_range){x - fabs(d), x + fabs(d), false, false};
    q->plain = false;
    return k + n;
}

/* "but at most five" behind "at least two": the other end, or, behind "or", what no range says;
 * words read. */
static int other_end(const request_words *ws, int i, request_quantity *q) {
    const bool either = request_word_is(ws, i, "or");
    if (isinf(q->range.lo) == isinf(q->range.hi) ||
        !(either || request_word_is(ws, i, "and|but") || (i < ws->n && ws->w[i].mark == ',')))
        return 0;
    request_quantity more = {0};
    op o;
    double x;
    int at = i + 1;
    at += request_word_is(ws, at, "also|still|and|but");
    int k = op_at(ws, at, &more, &o);
    const int n = k ? number_at(ws, at + k, &x, &more) : 0;
    if (!n || o == OP_EXACT || o == OP_OTHER || o == OP_ABOUT || o == OP_BETWEEN) return 0;
    set(&more, o, x);
    if (isinf(more.range.lo) == isinf(q->range.lo)) return 0;
    const bool up = isinf(q->range.hi);
    q->weight |= more.weight, q->area |= more.area;
    if (either)
        q->split = true;
    else if (up)
        q->range.hi = more.range.hi, q->range.below = more.range.below;
    else
        q->range.lo = more.range.lo, q->range.above = more.range.above;
    if (!either && q->range.lo > q->range.hi) q->split = true;
    return at + k + n - i;
}

static int unit(const request_words *ws, int i, request_quantity *q) {
    int n = request_phrase(ws, i, THOUSANDS, false);
    if (n) {
        q->range.lo *= 1000, q->range.hi *= 1000;
        q->weight = q->coarse = true;
        return n;
    }
    if ((n = request_phrase(ws, i, WEIGHT_UNITS, false)) > 0)
        q->weight = true;
    else if ((n = request_phrase(ws, i, AREA_UNITS, false)) > 0)
        q->area = true;
    else if ((n = request_phrase(ws, i, "%|percent|per cent", false)) > 0)
        q->percent = true;
    return n;
}

/* "within 20 Da of 300": words read. */
static int within(const request_words *ws, int i, request_quantity *q) {
    double d = 0, x = 0;
    if (!request_word_is(ws, i, "within")) return 0;
    int k = 1 + number_at(ws, i + 1, &d, q);
    if (k == 1) return 0;
    const int units = request_phrase(ws, i + k, WEIGHT_UNITS, false);
    k += units;
    const int n = request_word_is(ws, i + k, "of") ? number_at(ws, i + k + 1, &x, q) : 0;
    if (!n) return 0;
    q->weight |= units > 0;
    q->range = (mg_range){x - d, x + d, false, false};
    k += 1 + n;
    return k + unit(ws, i + k, q);
}

/* Words of comparison at i, "is less than", "just below", up to the number. */
static int comparison_at(const request_words *ws, int i, request_quantity *q, op *o) {
    op behind;
    const int far = request_phrase(ws, i, FAR, false);
    int k = op_at(ws, i, q, o);
    if (request_word_is(ws, i, "is|are")) {
        const int then = op_at(ws, i + 1, q, &behind);
        if (then) k = 1 + then, *o = behind;
    }
    if (far) { /* "just below", not "just" */
        const int then = op_at(ws, i + far, q, &behind);
        if (then && behind != OP_EXACT) k = far + then, *o = behind;
    }
    const bool article = k && request_word_is(ws, i + k, "a|an") &&
                         !request_word_is(ws, i + k + 1, "hundred|thousand|dozen");
    return k + article;
}

/* The other number of "200-300", "200 Da to 300 Da" at word i; words read. *x may be told in the
 * unit of *y. */
static int other_number(const request_words *ws, int i, bool two, double *x, double *y,
                        request_quantity *q) {
    int n = second_number(ws, i, two, y, q);
    if (n) return n;
    const int thousands = request_phrase(ws, i, THOUSANDS, false);
    const int first = request_phrase(ws, i, WEIGHT_UNITS, false) +
                      request_phrase(ws, i, AREA_UNITS, false) + thousands;
    n = first ? second_number(ws, i + first, two, y, q) : 0;
    /* both in the unit of the second, which is read later */
    if (n && !thousands && request_phrase(ws, i + first + n, THOUSANDS, false)) *x /= 1000;
    return n ? first + n : 0;
}

int request_quantity_read(const request_words *ws, int i, request_quantity *q) {
    *q = (request_quantity){0};
    int k = vague(ws, i, &q->range), n;
    if (k || request_word_is(ws, i, "within")) return k ? k : within(ws, i, q);
    op o;
    double x, y = 0;
    k = comparison_at(ws, i, q, &o);
    n = number_at(ws, i + k, &x, q);
    if (!n && k && (n = request_phrase(ws, i + k, "a single|single", false)) > 0) x = 1;
    if (!n && !k && (n = digit_list(ws, i, q)) > 0) return n;
    if (!n && !k && i < ws->n && !ws->w[i].mark && and_up(ws->w[i].s, &x)) {
        n = 1;
        if (!request_word_is(ws, i - 1, "charge|of") && !request_word_is(ws, i + 1, "charge"))
            o = OP_LEAST;
    }
    if (!n || (i + k + n < ws->n && ws->w[i + k + n].joined &&
               request_word_is(ws, i + k + n, "membered"))) /* "only six-membered rings" */
        return 0;
    k += n;
    set(q, o, x);
    k += spread(ws, i + k, x, q);
    const int more = q->plain ? listed(ws, i + k, q) : 0;
    k += more;
    const bool two = o == OP_BETWEEN || o == OP_OUTSIDE;
    n = q->plain || two || o == OP_EXACT || o == OP_ABOUT ? other_number(ws, i + k, two, &x, &y, q)
                                                          : 0;
    if (n) {
        const bool either = request_word_is(ws, i + k, "or");
        q->range = (mg_range){fmin(x, y), fmax(x, y), false, false};
        q->plain = q->about = false;
        q->split = either && !more && fabs(x - y) > 1; /* "2 or 4 rings" */
        k += n;
        if (i + k < ws->n && request_word_is(ws, i + k, "membered")) return 0;
    } else if (two)
        return 0;
    if (q->plain || o == OP_EXACT) {
        n = tail(ws, i + k, &q->range);
        k += n, q->plain &= !n;
    }
    n = unit(ws, i + k, q);
    k += n;
    if (n) k += spread(ws, i + k, x, q);
    if (n && q->range.lo == q->range.hi) k += tail(ws, i + k, &q->range);
    n = other_end(ws, i + k, q);
    k += n;
    return k + (n ? unit(ws, i + k, q) : 0);
}

int request_quantity_bracketed(const request_words *ws, int i, request_quantity *q) {
    const char open = i < ws->n ? ws->w[i].mark : 0;
    double x, y;
    *q = (request_quantity){0};
    if (open != '(' && open != '[') return 0;
    int k = 0, n = number_at(ws, i + 1, &x, q);
    const int one_word = i + 1 < ws->n && sscanf(ws->w[i + 1].s, "%lf,%lf%n", &x, &y, &k) == 2 &&
                         !ws->w[i + 1].s[k];
    if (one_word) /* "[1,3]" */
        q->range = (mg_range){fmin(x, y), fmax(x, y), false, false}, k = 1;
    else if (n && i + 1 + n < ws->n && ws->w[i + 1 + n].mark == ',' &&
             (k = number_at(ws, i + 2 + n, &y, q)) > 0) /* "[1, 3]" */
        q->range = (mg_range){fmin(x, y), fmax(x, y), false, false}, k += n + 1;
    else
        k = request_quantity_read(ws, i + 1, q);
    const char end = k && i + 1 + k < ws->n ? ws->w[i + 1 + k].mark : 0;
    return k && (end == ')' || end == ']') ? k + 2 : 0;
}
