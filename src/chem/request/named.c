/* named.c - the molecule that a request names, one for all its conditions ("like caffeine",
 * "heavier than morphine"): its words in the sentence, the conditions about it.
 */
#include "chem/request/parser.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_named(const mg_ask *a) {
    return a->kind == MG_ASK_LIKE || a->kind == MG_ASK_THAN || a->kind == MG_ASK_ISOMER;
}

const char *mg_request_name(const mg_request *r) {
    for (int i = 0; i < r->n; i++)
        if (is_named(&r->asks[i])) return r->asks[i].text;
    return NULL;
}

int mg_request_drop_name(mg_request *r, molglot_error *err) {
    for (int i = 0; i < r->n; i++) {
        if (!is_named(&r->asks[i])) continue;
        mg_str left = {0};
        mg_str_addf(&left, "%s%s", r->left, *r->left ? " " : "");
        if (r->asks[i].kind == MG_ASK_LIKE)
            mg_str_addz(&left, r->asks[i].text);
        else
            request_say_ask(&r->asks[i], &left);
        if (left.failed) {
            mg_str_free(&left);
            return mg_no_memory(err, "a request");
        }
        free(r->left);
        r->left = left.s;
        r->conditions -= !r->asks[i].either;
        free(r->asks[i].text);
        memmove(r->asks + i, r->asks + i + 1, (size_t)(--r->n - i) * sizeof *r->asks);
        if (i == 0 && r->n && r->asks[0].either) r->asks[0].either = false, r->conditions++;
        i--;
    }
    return MOLGLOT_OK;
}

/* ---- in the sentence ---- */

static const char ENDS[] = "with|without|but|that|which|having|and|or|lacking|containing|under|"
                           "below|above|over|bearing|no|not|where|whose|carrying|less|more|at|"
                           "free|for|from|in|than";

/* Whether no blank stands between word i and the one before. */
static bool goes_on(const parser *p, int i) {
    const request_words *ws = &p->ws;
    if (i < 1 || i >= ws->n) return false;
    for (size_t at = ws->w[i - 1].end; at < ws->w[i].begin; at++)
        if (p->text[at] == ' ' || p->text[at] == '\t' || p->text[at] == '\n') return false;
    return true;
}

int request_name_end(const parser *p, int from) {
    const request_words *ws = &p->ws;
    enum { MOST_WORDS = 6 };
    int to = from, depth = 0, words = 0;
    for (; to < ws->n; to++) {
        const char mark = ws->w[to].mark;
        const bool on = to > from && goes_on(p, to);
        if (mark && strchr("([{", mark) && (on || to == from)) { /* "N-(2-chlorophenyl)acetamide" */
            if (to == from && !goes_on(p, to + 1)) break;
            depth++;
        } else if (mark && depth && on) {
            depth -= strchr(")]}", mark) != NULL;
        } else if (mark || (!on && request_phrase(ws, to, ENDS, false))) {
            break;
        }
        words += !on;
    }
    return depth || words > MOST_WORDS ? from : to;
}

int request_keep_named(parser *p, mg_ask a, int i, int from, int to, int all) {
    const size_t begin = p->ws.w[from].begin;
    size_t n = p->ws.w[to - 1].end - begin;
    if (n > 2 && !strncmp(p->text + begin + n - 2, "'s", 2)) n -= 2; /* "caffeine's" */
    const char *named = mg_request_name(p->r);
    a.text = strndup(p->text + begin, n);
    if (!a.text || (named && strcasecmp(named, a.text) != 0) ||
        !request_keep(p, &a, i, i + all, true)) {
        free(a.text);
        request_mark(p, i, all, WORD_LEFT);
        return all;
    }
    request_mark(p, i, all, WORD_USED);
    p->last_end = i + all;
    return all;
}
