/* request.c - which of the conditions that a sentence names bind: those of a short request, or one
 * that is mostly understood; of a longer text only counts, negations and numbers; of a definition
 * none.
 */
#include "chem/request/parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 15 }; /* words of a request whose terms bind however few they are */

/* The words of a database: there a term is evidence. A short sentence that is understood whole is
 * an order, however it begins. */
static bool is_definition(const request_words *ws, bool understood) {
    static const char begins[] = "the molecule is|the molecule has|the molecule appears|the "
                                 "molecule contains|it is a|it is an|"
                                 "this molecule is|this compound is|the compound is";
    static const char inside[] =
        "belongs to the class of|belong to the class of|organic compounds known as|also known "
        "as|is an investigational|investigational agent|under investigation in|is considered to "
        "be|has been used in trials|mechanism of action|has a role as|conjugate base of|conjugate "
        "acid of|derives from|functionally related to|"
        "is an enantiomer of|is a tautomer of|isolated from|a member of the class of|"
        "resulting from the formal condensation|obtained by|has parent hydride|natural product "
        "found";
    if (!understood && request_phrase(ws, 0, begins, false)) return true;
    for (int i = 0; i < ws->n; i++)
        if (request_phrase(ws, i, inside, false)) return true;
    return false;
}

/* Whether somebody asks for something: "I need", "please", "it should". */
static bool is_asked(const request_words *ws) {
    for (int i = 0; i < ws->n; i++)
        if (request_word_is(ws, i,
                            "i|we|want|wants|need|needs|looking|find|please|should|must|give|show|"
                            "search|let's|interested|prefer|i'd|we'd|i'm|we're|wanted|needed|help"))
            return true;
    return false;
}

/* Whether the sentence of ask i is short or mostly understood by itself. */
static bool in_plain_sentence(const parser *p, int i) {
    const request_words *ws = &p->ws;
    int from = p->from[i], to = p->from[i], used = 0, left = 0, words = 0;
    while (from > 0 && !(ws->w[from - 1].mark && strchr(".;!?", ws->w[from - 1].mark))) from--;
    while (to < ws->n && !(ws->w[to].mark && strchr(".;!?", ws->w[to].mark))) to++;
    for (int k = from; k < to; k++) {
        words += !ws->w[k].mark && p->use[k] != WORD_TOLD;
        used += p->use[k] == WORD_USED;
        left += p->use[k] == WORD_LEFT && !ws->w[k].mark;
    }
    return words <= SHORT || used >= 2 * left;
}

/* Keeps the asks with a count, a negation or a number, and where somebody asks, those of plain
 * sentences. */
static void keep_explicit(parser *p) {
    mg_request *r = p->r;
    const bool asked = is_asked(&p->ws);
    bool kept[MG_ASKS];
    int n = 0;
    for (int i = 0; i < r->n; i++) {
        const bool alternative = r->asks[i].either || (i + 1 < r->n && r->asks[i + 1].either);
        kept[i] = (p->explicit_one[i] && !alternative) || (asked && in_plain_sentence(p, i));
        if (r->asks[i].either) kept[i] &= kept[i - 1];
    }
    for (int i = 0; i < r->n; i++) {
        if (kept[i]) {
            r->asks[n++] = r->asks[i];
            continue;
        }
        free(r->asks[i].text);
        for (int k = p->from[i]; k < p->to[i]; k++) p->use[k] = WORD_LEFT;
    }
    r->n = n;
}

/* Behind "!$(...)" or "!#8" at s, what must not be there. */
static const char *behind_denied(const char *s) {
    int depth = 0;
    s++;
    if (*s != '$') return s + (*s != 0);
    do {
        s++;
        depth += (*s == '(') - (*s == ')');
    } while (*s && depth > 0);
    return *s ? s : s - 1;
}

static void allow(mg_ask *only, const char *smiles) {
    for (const char *s = smiles; *s; s++) {
        if (*s == '!') {
            s = behind_denied(s);
            if (!*s) return;
            continue;
        }
        if (*s >= 'a' && !strchr("bcnops", *s)) continue;
        char symbol[3] = {*s >= 'a' ? (char)(*s - 32) : *s, 0, 0};
        if ((*s == 'C' && s[1] == 'l') || (*s == 'B' && s[1] == 'r') || (*s == 'S' && s[1] == 'i'))
            symbol[1] = *++s;
        int e = request_symbol_of(symbol);
        if (e) only->only[e / 64] |= (uint64_t)1 << (e % 64);
    }
}

/* "a chlorinated hydrocarbon", "an alkane with a nitrile": what is asked for is allowed. */
static void widen_only(const parser *p) {
    mg_request *r = p->r;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->n && r->asks[i].kind == MG_ASK_ONLY; k++) {
            const mg_ask *a = &r->asks[k];
            if (a->range.lo < 1 || a->negated) continue;
            if (a->kind == MG_ASK_ELEMENT)
                r->asks[i].only[a->id / 64] |= (uint64_t)1 << (a->id % 64);
            if (a->kind == MG_ASK_GROUP) {
                allow(&r->asks[i], mg_groups_at(p->g, a->id)->yes);
                allow(&r->asks[i], mg_groups_at(p->g, a->id)->smarts);
            }
            if (a->kind == MG_ASK_ON && !strchr(REQUEST_SUBSTITUENTS[a->id].smarts, '$'))
                allow(&r->asks[i], REQUEST_SUBSTITUENTS[a->id].smarts);
        }
}

/* "dipeptide of glycine and alanine": these residues and nothing else. */
static void close_peptide(parser *p) {
    mg_request *r = p->r;
    int residues = 0, named = 0, heavy = 1;
    for (int i = 0; i < p->ws.n; i++)
        if (p->use[i] == WORD_LEFT || p->use[i] == WORD_TOLD) return;
    for (int i = 0; i < r->n; i++) {
        const mg_ask *a = &r->asks[i];
        if (a->kind != MG_ASK_PATTERN || a->range.lo < 1) continue;
        if (!strcmp(a->label, "amino acid residues") && a->range.lo == a->range.hi)
            residues = (int)a->range.lo;
        int size = request_residue_size(a->label);
        named += size > 0, heavy += size;
    }
    if (!residues || named != residues || r->n == MG_ASKS) return;
    mg_ask *a = &r->asks[r->n];
    request_feature(p->g, "heavy atoms", a);
    a->range = request_exactly(heavy);
    a->begin = r->asks[0].begin, a->end = r->asks[r->n - 1].end;
    p->explicit_one[r->n] = true;
    p->from[r->n] = p->to[r->n] = 0;
    r->n++;
}

/* "long-chain alcohol, 12 carbons": a word of degree gives way to a number that it contradicts. */
static void drop_vague(parser *p) {
    mg_request *r = p->r;
    double most = INFINITY;
    for (int i = 0; i < r->n; i++)
        if (r->asks[i].kind == MG_ASK_ELEMENT && r->asks[i].id == 6 && !r->asks[i].negated)
            most = fmin(most, r->asks[i].range.hi);
    for (int i = 0; i < r->n; i++) {
        const mg_ask *a = &r->asks[i];
        if (strcmp(a->label, "carbon chain") || p->explicit_one[i] || a->range.lo <= most) continue;
        for (int k = p->from[i]; k < p->to[i]; k++) p->use[k] = WORD_LEFT;
        const size_t behind = (size_t)(r->n - i - 1);
        memmove(&r->asks[i], &r->asks[i + 1], behind * sizeof *r->asks);
        memmove(&p->explicit_one[i], &p->explicit_one[i + 1], behind * sizeof *p->explicit_one);
        memmove(&p->from[i], &p->from[i + 1], behind * sizeof *p->from);
        memmove(&p->to[i], &p->to[i + 1], behind * sizeof *p->to);
        r->n--, i--;
    }
}

static void bind(parser *p) {
    mg_request *r = p->r;
    int used = 0, left = 0, words = 0;
    drop_vague(p);
    request_settle_kinds(p);
    request_leave_foreign(p);
    for (int i = 0; i < p->ws.n; i++) {
        words += !p->ws.w[i].mark && p->use[i] != WORD_TOLD;
        used += p->use[i] == WORD_USED;
        left += p->use[i] == WORD_LEFT && !p->ws.w[i].mark;
    }
    widen_only(p);
    close_peptide(p);
    r->definition = is_definition(&p->ws, words <= SHORT && r->n > 0 && !left);
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
        if ((p->use[i] != WORD_LEFT && p->use[i] != WORD_TOLD) || w->mark) continue;
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

/* The words that were read as others and say something. */
static int list_mended(parser *p, molglot_error *err) {
    mg_str s = {0};
    for (int k = 0; k < p->n_mended; k++) {
        const request_word *w = &p->ws.w[p->mended[k]];
        if (p->use[p->mended[k]] != WORD_USED) continue;
        mg_str_addf(&s, "%s%.*s read as %s", s.n ? ", " : "", (int)(w->end - w->begin),
                    p->text + w->begin, w->s);
    }
    if (s.failed) {
        mg_str_free(&s);
        return mg_no_memory(err, "a request");
    }
    p->r->mended = s.s;
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
        request_mend_spelling(p);
        request_walk(p);
        bind(p);
        code = list_left(p, err);
        if (!code) code = list_mended(p, err);
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
    free(r->mended);
    free(r);
}
