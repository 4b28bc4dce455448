/* sense.c - what a request as a whole cannot mean:
 *
 *   "no carbonyl but an amide"    an amide has one: no other is meant
 *   "ein Amid ohne Halogen"       words of another language: nothing of it is an order
 */
#include "chem/request/parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The ask number i is none; its words and those that denied it are left over. */
static void drop(parser *p, int i) {
    mg_request *r = p->r;
    for (int k = p->from[i] - 1; k >= 0 && k >= p->from[i] - 4; k--) {
        const int n = request_negator(p, k);
        if (!n || k + n > p->from[i]) continue;
        request_mark(p, k, n, WORD_LEFT);
        break;
    }
    request_mark(p, p->from[i], p->to[i] - p->from[i], WORD_LEFT);
    free(r->asks[i].text);
    const size_t behind = (size_t)(r->n - i - 1);
    memmove(&r->asks[i], &r->asks[i + 1], behind * sizeof *r->asks);
    memmove(&p->explicit_one[i], &p->explicit_one[i + 1], behind * sizeof *p->explicit_one);
    memmove(&p->from[i], &p->from[i + 1], behind * sizeof *p->from);
    memmove(&p->to[i], &p->to[i + 1], behind * sizeof *p->to);
    r->n--;
}

/* Of a denied kind of groups that holds one which is wanted: the others of its kind. false: no
 * pattern says them. */
static bool deny_others(mg_ask *denied, const char *wanted) {
    char name[64];
    snprintf(name, sizeof name, "%s other than %s", denied->label, wanted);
    const int row = request_pattern_of(name);
    if (row < 0) return false;
    denied->kind = MG_ASK_PATTERN;
    denied->id = row;
    denied->label = REQUEST_PATTERNS[row].name;
    return true;
}

void request_settle_kinds(parser *p) {
    const mg_request *r = p->r;
    for (int i = 0; i < r->n; i++) {
        mg_ask *denied = &r->asks[i];
        if (denied->kind != MG_ASK_GROUP || !request_none(&denied->range) || denied->negated ||
            denied->either)
            continue;
        const char *wanted = NULL;
        int n = 0;
        for (int k = 0; k < r->n; k++) {
            const mg_ask *a = &r->asks[k];
            if (a->kind != MG_ASK_GROUP || a->range.lo < 1 || a->negated || a->id == denied->id ||
                !mg_groups_is(p->g, a->id, denied->id))
                continue;
            wanted = a->label;
            n += 1 + a->either;
        }
        if (n && (n > 1 || !deny_others(denied, wanted))) drop(p, i--);
    }
}

/* ---- another language ---- */

static bool is_capital(const char *s) {
    for (; *s; s++)
        if (islower((unsigned char)*s)) return false;
    return true;
}

/* Small words of German, French, Spanish and Italian that are none of English; those that could be
 * one count at the beginning alone. */
static bool is_foreign(const parser *p, int i) {
    static const char always[] = "ein|eine|einen|einem|einer|eines|mit|ohne|und|oder|kein|keine|"
                                 "keinen|keiner|zwei|drei|vier|unter|avec|sans|une|deux|trois|"
                                 "quatre|aucun|aucune|una|uno|senza|ungef\xc3\xa4hr|h\xc3\xb6"
                                 "chstens|mindestens|moins|contenant|tiene|contiene|welche|"
                                 "welches";
    static const char first[] = "un|le|la|les|des|du|der|die|das|el|los|las|il|lo|gli|con|sin|sem";
    const request_words *ws = &p->ws;
    const char *raw = ws->w[i].raw;
    if ((i + 1 < ws->n && ws->w[i + 1].joined) || ws->w[i].joined || (*raw && is_capital(raw)))
        return false;
    const char *s = ws->w[i].s;
    if (strchr("dl", *s) && *s && s[1] == '\'' && isalpha((unsigned char)s[2])) return true;
    return request_word_is(ws, i, always) || (!i && ws->n > 1 && request_word_is(ws, i, first));
}

void request_leave_foreign(parser *p) {
    bool foreign = false, left = false;
    for (int i = 0; i < p->ws.n; i++) {
        if (p->ws.w[i].mark) continue;
        foreign |= is_foreign(p, i);
        left |= p->use[i] == WORD_LEFT || p->use[i] == WORD_TOLD;
    }
    if (!foreign || !left) return;
    while (p->r->n) free(p->r->asks[--p->r->n].text);
    for (int i = 0; i < p->ws.n; i++)
        if (p->use[i] == WORD_USED) p->use[i] = WORD_LEFT;
}
