/* request.c - which of the conditions that a sentence names bind: those of a short request, or one
 * that is mostly understood; of a longer text only counts, negations and numbers; of a definition
 * none.
 */
#include "chem/request/parser.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 15 }; /* words of a request whose terms bind however few they are */

/* The words of a database: there a term is evidence. */
static bool is_definition(const request_words *ws) {
    static const char begins[] =
        "the molecule is|the molecule has|the molecule appears|the molecule contains|it is a|it is an|"
        "this molecule is|this compound is|the compound is";
    static const char inside[] =
        "has a role as|conjugate base of|conjugate acid of|derives from|functionally related to|"
        "is an enantiomer of|is a tautomer of|isolated from|a member of the class of|"
        "resulting from the formal condensation|obtained by|has parent hydride|natural product found";
    if (request_phrase(ws, 0, begins, false)) return true;
    for (int i = 0; i < ws->n; i++)
        if (request_phrase(ws, i, inside, false)) return true;
    return false;
}

/* Keeps the asks with a count, a negation or a number. */
static void keep_explicit(parser *p) {
    mg_request *r = p->r;
    int n = 0;
    for (int i = 0; i < r->n; i++) {
        bool alternative = r->asks[i].either || (i + 1 < r->n && r->asks[i + 1].either);
        if (p->explicit_one[i] && !alternative) {
            r->asks[n++] = r->asks[i];
            continue;
        }
        free(r->asks[i].text);
        for (int k = p->from[i]; k < p->to[i]; k++) p->use[k] = WORD_LEFT;
    }
    r->n = n;
}

static void bind(parser *p) {
    mg_request *r = p->r;
    int used = 0, left = 0, words = 0;
    for (int i = 0; i < p->ws.n; i++) {
        words += !p->ws.w[i].mark;
        used += p->use[i] == WORD_USED;
        left += p->use[i] == WORD_LEFT && !p->ws.w[i].mark;
    }
    r->definition = is_definition(&p->ws);
    if (r->definition) {
        while (r->n) free(r->asks[--r->n].text);
        for (int i = 0; i < p->ws.n; i++) p->use[i] = WORD_SKIPPED;
    } else if (words > SHORT && used < 2 * left)
        keep_explicit(p);
    for (int i = 0; i < r->n; i++) r->conditions += !r->asks[i].either;
}

static int list_left(parser *p, molglot_error *err) {
    mg_str s = {0};
    mg_str_addz(&s, "");
    for (int i = 0; i < p->ws.n; i++) {
        const request_word *w = &p->ws.w[i];
        if (p->use[i] != WORD_LEFT || w->mark) continue;
        if (s.n) mg_str_add(&s, " ", 1);
        mg_str_add(&s, p->text + w->begin, w->end - w->begin);
    }
    if (s.failed) {
        mg_str_free(&s);
        return mg_no_memory(err, "a request");
    }
    p->r->left = s.s;
    return MOLGLOT_OK;
}

mg_request *mg_request_parse(const mg_groups *g, const char *text, molglot_error *err) {
    parser *p = calloc(1, sizeof *p);
    mg_request *r = calloc(1, sizeof *r);
    if (r) r->asks = calloc(MG_ASKS, sizeof *r->asks);
    if (!p || !r || !r->asks) {
        free(p);
        mg_request_free(r);
        mg_no_memory(err, "a request");
        return NULL;
    }
    p->g = g, p->text = text, p->r = r;
    int code = request_words_read(text, &p->ws, err);
    if (!code) {
        request_walk(p);
        bind(p);
        code = list_left(p, err);
    }
    free(p->ws.w);
    free(p);
    if (!code) return r;
    mg_request_free(r);
    return NULL;
}

void mg_request_free(mg_request *r) {
    if (!r) return;
    for (int i = 0; i < r->n; i++) free(r->asks[i].text);
    free(r->asks);
    free(r->left);
    free(r);
}

const char *mg_request_name(const mg_request *r) {
    for (int i = 0; i < r->n; i++)
        if (r->asks[i].kind == MG_ASK_LIKE) return r->asks[i].text;
    return NULL;
}
