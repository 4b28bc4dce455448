/* correct.c - what a sentence says and takes back: "an ester... no, an amide", "MW below 250,
 * sorry, 300"; what it falls back on: "an acid or, failing that, an ester"; what it names as an
 * example: "a halogen such as chlorine".
 */
#include "chem/request/parser.h"

#include <math.h>
#include <string.h>

/* ---- corrections ---- */

static bool is_mark(const parser *p, int i) { return i >= 0 && i < p->ws.n && p->ws.w[i].mark; }

/* Whether a mark or a dash stands before word i. */
static bool breaks_off(const parser *p, int i) {
    if (i < 1) return false;
    if (p->ws.w[i - 1].mark) return strchr(",.;(", p->ws.w[i - 1].mark) != NULL;
    for (size_t at = p->ws.w[i - 1].end; at < p->ws.w[i].begin; at++)
        if (strchr("-\xE2", p->text[at])) return true; /* all of our dashes begin so */
    return false;
}

/* Dots or a dash, no comma: "ester... no". */
static bool hesitates(const parser *p, int i) {
    return breaks_off(p, i) && p->ws.w[i - 1].mark != ',' && p->ws.w[i - 1].mark != ';';
}

/* Words at i that take back what was said last; 0: none. */
static int takes_back(const parser *p, int i) {
    static const char sure[] =
        "no wait|wait no|wait|no sorry|sorry no|sorry|oops|whoops|scratch that|strike that|i mean|"
        "i meant|no i mean|no i meant|i meant to say|make that|actually make that|actually make "
        "it|no make that|no make it|sorry make that|correction|or rather|or better|actually no|no "
        "actually|on second thought|on second thoughts|pardon|sorry i mean|sorry i meant|well no|"
        "hmm no|hm no|hang on|hold on|my mistake|forget that|never mind";
    const request_words *ws = &p->ws;
    const int k = request_phrase(ws, i, sure, false);
    if (k && (breaks_off(p, i) || request_word_is(ws, i, "or|make|scratch|strike"))) return k;
    if (!breaks_off(p, i)) return 0;
    if (request_word_is(ws, i, "actually") &&
        request_word_is(ws, i + 1 + is_mark(p, i + 1), "a|an"))
        return 1;
    if (!request_word_is(ws, i, "no|nope|nah")) return 0;
    if (i + 1 < ws->n && ws->w[i + 1].mark == ',') return 1;
    return hesitates(p, i) && request_word_is(ws, i + 1, "a|an|make") ? 1 : 0;
}

/* Whether two conditions can stand for one another. */
static bool alike(const mg_ask *a, const mg_ask *b) {
    if (a->kind == MG_ASK_NUMBER || b->kind == MG_ASK_NUMBER)
        return a->kind == b->kind && a->id == b->id;
    return true;
}

/* The last condition with its alternatives: the first of them. */
static int last_group(const parser *p) {
    int first = p->r->n - 1;
    while (first > 0 && p->r->asks[first].either) first--;
    return first;
}

/* "below 250, sorry, | 300": the number of the last condition changes; words read. */
static int other_number(parser *p, int at) {
    request_quantity q;
    mg_ask *a = &p->r->asks[p->r->n - 1];
    const int n = request_quantity_read(&p->ws, at, &q);
    if (!n || request_term_at(p->g, &p->ws, at + n).words || q.split || q.other || q.percent ||
        (at + n < p->ws.n && !p->ws.w[at + n].mark && !request_word_is(&p->ws, at + n, "and|but")))
        return 0;
    if (!q.plain)
        a->range = q.range;
    else if (isinf(a->range.lo))
        a->range.hi = q.range.lo;
    else if (isinf(a->range.hi) && a->range.lo > 1)
        a->range.lo = q.range.lo;
    else
        a->range = q.range;
    request_mark(p, at, n, WORD_USED);
    p->last_end = at + n;
    return n;
}

int request_step_correction(parser *p, int i) {
    int at = i, k;
    if (!p->r->n || p->told) return 0;
    while ((k = takes_back(p, at)) > 0) {
        at += k;
        while (is_mark(p, at) && strchr(",.:-", p->ws.w[at].mark)) at++;
    }
    if (at == i) return 0;
    while (request_word_is(&p->ws, at, "make|it|that|i|want|should|be|with|rather")) at++;
    const int number = other_number(p, at);
    if (number) {
        request_mark(p, i, at - i, WORD_SKIPPED);
        return at + number - i;
    }
    int noun = at;
    const int no = request_negator(p, noun);
    noun += no;
    while (request_word_is(&p->ws, noun, "a|an|the|any")) noun++;
    request_quantity q;
    const int count = request_quantity_read(&p->ws, noun, &q);
    const request_term named = request_term_at(p->g, &p->ws, noun),
                       counted = request_term_at(p->g, &p->ws, noun + count),
                       t = named.words ? named : counted;
    const mg_ask *last = &p->r->asks[p->r->n - 1];
    request_end_scopes(p);
    if (t.words && alike(last, &t.asks[0])) {
        const int first = last_group(p), from = p->from[first], to = p->to[p->r->n - 1];
        request_take_back(p, first);
        request_mark(p, from, to - from, WORD_SKIPPED); /* nor are its words to be searched for */
        request_mark(p, i, at - i, WORD_SKIPPED);
        return at - i;
    }
    request_leave(p, i, at - i);
    if (t.words) return at - i;
    request_take_back(p, last_group(p)); /* what is meant instead is not understood */
    p->doubt = true;
    return at - i;
}

/* ---- second choices ---- */

int request_second_choice(const parser *p, int i) {
    static const char or_words[] =
        "failing that|failing this|if not|if not possible|if that is not possible|alternatively|"
        "else|otherwise|even|perhaps|maybe|possibly|preferably|better|better still|even better|"
        "better yet|as a fallback|if need be|if necessary|if needed|at a pinch|at worst|as an "
        "alternative|equally|equivalently|more generally|less preferably|as a second choice|indeed|"
        "just|simply|also|instead";
    int at = i + 1;
    at += is_mark(p, at) && strchr(",(", p->ws.w[at].mark);
    const int k = request_phrase(&p->ws, at, or_words, false);
    at += k;
    at += k && is_mark(p, at) && strchr(",)", p->ws.w[at].mark);
    int noun = at;
    while (request_word_is(&p->ws, noun, "a|an|the|with")) noun++;
    return k && request_term_at(p->g, &p->ws, noun).form == FORM_NOUN ? at - i - 1 : 0;
}

/* Whether "X and Y" or "X with Y" stands at word i. */
static bool both_at(const parser *p, int i) {
    request_quantity q;
    for (int item = 0; item < 2; item++) {
        while (request_word_is(&p->ws, i, "a|an|the|with")) i++;
        i += request_quantity_read(&p->ws, i, &q);
        const request_term t = request_term_at(p->g, &p->ws, i);
        if (!t.words) return false;
        i += t.words + request_kind_words(&p->ws, i + t.words, &t.asks[0]);
        if (!item && !request_word_is(&p->ws, i, "and|plus|&|with|bearing|containing|having"))
            return false;
        i++;
    }
    return true;
}

/* The first condition of the clause that word i is in, and whether "and" joins some before it. */
static int clause_first(const parser *p, int i, bool *joined) {
    int from = i, first = p->r->n;
    *joined = false;
    while (from > 0 && !(p->ws.w[from - 1].mark && strchr(".;:", p->ws.w[from - 1].mark))) from--;
    while (first > 0 && p->from[first - 1] >= from) first--;
    const int begin = first < p->r->n ? p->to[first] : i;
    for (int k = begin; k < i; k++) *joined |= request_word_is(&p->ws, k, "and|plus|&");
    return first;
}

int request_wide_or(parser *p, int i) {
    const request_words *ws = &p->ws;
    const bool comma = i > 0 && ws->w[i - 1].mark == ',';
    if (!p->r->n || p->last_end != i - comma) return 0;
    const bool bracket = is_mark(p, i + 1) && ws->w[i + 1].mark == '(';
    const bool listed = p->comma[p->r->n - 1] || p->r->asks[p->r->n - 1].either;
    bool joined;
    int first = clause_first(p, i, &joined);
    const bool both = both_at(p, i + 1 + bracket);
    const bool wide = (comma && !listed && (joined || both)) || (joined && both) ||
                      (bracket && both);
    if (!wide || p->negated) return 0;
    int to = i + 1;
    while (to < ws->n && !(ws->w[to].mark && strchr(",.;)", ws->w[to].mark))) to++;
    if (!joined) first = last_group(p);
    request_take_back(p, first);
    request_end_scopes(p);
    return request_leave(p, i, to - i);
}

/* "an ester but an amide | instead": which is meant is not said. */
int request_step_instead(parser *p, int i) {
    mg_request *r = p->r;
    const int n = r->n;
    if (!request_word_is(&p->ws, i, "instead") || n < 2 ||
        (i + 1 < p->ws.n && !is_mark(p, i + 1)) || p->last_end != i)
        return 0;
    bool but = false;
    for (int k = p->to[n - 2]; k < p->from[n - 1]; k++) but |= request_word_is(&p->ws, k, "but");
    if (!but) return 0;
    request_take_back(p, n - 2);
    return request_leave(p, i, 1);
}

int request_step_or_both(parser *p, int i) {
    const int k =
        request_phrase(&p->ws, i,
                       "or both|or both of them|or any combination|or a combination|or "
                       "either|or all of them|or any combination of them|or both together",
                       false);
    const bool comma = is_mark(p, i - 1) && p->ws.w[i - 1].mark == ',';
    mg_request *r = p->r;
    if (!k || r->n < 2 || p->last_end != i - comma || (i + k < p->ws.n && !is_mark(p, i + k)))
        return 0;
    for (int c = r->n - 1; c > 0 && !r->asks[c].either;
         c--) { /* "a, b, or both", "a and b or both" */
        if (!p->comma[c] && c < r->n - 1) break;
        r->asks[c].either = true;
        if (!p->comma[c]) break;
    }
    request_mark(p, i, k, WORD_SKIPPED);
    p->last_end = i + k;
    return k;
}

int request_otherwise(const parser *p, int i) {
    const int k = breaks_off(p, i) ? request_phrase(&p->ws, i,
                                                    "failing that|failing this|otherwise|else|or "
                                                    "else|alternatively|if not|if not possible",
                                                    false)
                                   : 0;
    int noun = i + k;
    if (k && is_mark(p, noun) && p->ws.w[noun].mark == ',') noun++;
    const int all = noun - i;
    if (!request_word_is(&p->ws, noun, "a|an|any")) return 0;
    return k && request_term_at(p->g, &p->ws, noun + 1).form == FORM_NOUN ? all : 0;
}

/* ---- conditions of a condition ---- */

/* "if it has a nitro group it must not have an amine": up to the end of the sentence nothing is an
 * order. Words read. */
int request_step_if(parser *p, int i) {
    const request_words *ws = &p->ws;
    if (!request_word_is(ws, i, "if|unless|whenever|assuming|provided") ||
        request_word_is(
            ws, i + 1,
            "you|we|i|one|someone|possible|possibly|not|any|present|so|needed|necessary|"
            "available|feasible|at|desired|required|need|there's"))
        return 0;
    int to = i + 1;
    while (to < ws->n && !(is_mark(p, to) && strchr(".;!?", ws->w[to].mark))) to++;
    if (p->negated && !p->negated_once) request_leave_negator(p);
    request_end_scopes(p);
    request_leave(p, i, to - i);
    request_mark(p, i, to - i, WORD_TOLD);
    return to - i;
}

/* ---- examples ---- */

/* The word behind the examples from word i on. */
static int examples_end(const parser *p, int i) {
    int at = i;
    bool article = false, or_said = false;
    for (int items = 0;; items++) {
        const int before = at;
        if (items) {
            const bool comma = is_mark(p, at) && p->ws.w[at].mark == ',';
            const bool or_word = request_word_is(&p->ws, at + comma, "or|and/or|/"),
                       and_word = request_word_is(&p->ws, at + comma, "and|&");
            if ((!comma && !or_word && !and_word) || (comma && or_said)) return before;
            or_said |= or_word;
            at += comma + (or_word || and_word);
            if (and_word && request_word_is(&p->ws, at, "a|an") && (or_said || !article))
                return before;
        }
        const bool own = request_word_is(&p->ws, at, "a|an|the");
        if (!items) article = own;
        if (items && own && !article) return before;
        at += own;
        const int drawn = request_smiles_end(p, at);
        const request_term t = request_term_at(p->g, &p->ws, at);
        const bool word = at < p->ws.n && !is_mark(p, at) && !request_negator(p, at) &&
                          (is_mark(p, at + 1) || at + 1 >= p->ws.n ||
                           request_word_is(&p->ws, at + 1, "or|and|and/or|/|with"));
        if (drawn > at)
            at = drawn;
        else if (t.form != FORM_NONE && t.form != FORM_VALUE)
            at += t.words + request_kind_words(&p->ws, at + t.words, &t.asks[0]);
        else if (word) /* "such as ibuprofen or naproxen" */
            at++;
        else
            return items ? before : i;
    }
}

/* "acids | including sulfonic acids": of what was asked for, said in the plural. */
static int including(const parser *p, int i) {
    const int k = request_word_is(&p->ws, i, "including|incl|especially|particularly|notably");
    const request_term t = request_term_at(p->g, &p->ws, i + k);
    if (!k || !t.words || (p->last_end != i && p->last_end != i - 1)) return 0;
    const char *s = p->ws.w[i + k + t.words - 1].s;
    const size_t n = strlen(s);
    return n > 3 && s[n - 1] == 's' && s[n - 2] != 's' ? k : 0;
}

int request_step_such_as(parser *p, int i) {
    const int open = is_mark(p, i) && p->ws.w[i].mark == '(';
    int k = request_phrase(&p->ws, i + open,
                           "such as|e.g|eg|for example|for instance|for ex|say|cf", false);
    if (!k) k = including(p, i + open);
    if (!k || (p->negated && p->negated_once) || p->denied) return 0;
    k += open;
    while (is_mark(p, i + k) && strchr(".,:", p->ws.w[i + k].mark)) k++;
    int end = examples_end(p, i + k);
    end += open && end > i + k && is_mark(p, end) && p->ws.w[end].mark == ')';
    if (request_word_is(&p->ws, i + open, "say") && end == i + k) return 0;
    const int comma = is_mark(p, i - 1), behind = end + (comma && is_mark(p, end)),
              denied = request_denied_behind(p, behind);
    mg_ask *last = p->r->n ? &p->r->asks[p->r->n - 1] : NULL;
    const bool open_list = p->negated;
    if (p->negated) request_leave_negator(p), p->negated = false;
    request_leave(p, i, end - i);
    p->doubt = end == i + k;
    if (!last || open_list || p->last_end != i - comma ||
        (!denied && !request_allowed_behind(p, behind)))
        return end - i;
    if (!denied || last->either || last->range.lo != 1 || !isinf(last->range.hi)) {
        request_take_back(p, p->r->n - 1); /* "halogens such as chlorine are fine" */
        return end - i;
    }
    last->range = request_exactly(0);
    p->explicit_one[p->r->n - 1] = true;
    request_mark(p, behind, denied, WORD_USED);
    p->last_end = behind + denied;
    return p->last_end - i;
}
