/* compare.c - a molecule that the sentence names as a yardstick: "heavier than aspirin", "fewer
 * rings than morphine", "an isomer of menthol", "the enantiomer of ibuprofen".
 *
 * What the named molecule is becomes known when the request is held against molecules (check.c);
 * one name is enough for a request, and all such conditions must be about that one.
 */
#include "chem/request/parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- more than a molecule has ---- */

static const struct {
    const char *phrases, *number;
    bool more;
} COMPARED[] = {
    {"heavier|larger|bigger", "MolWt", true},
    {"lighter|smaller", "MolWt", false},
    {"more lipophilic|more hydrophobic|greasier|less hydrophilic|more fat soluble", "logP", true},
    {"less lipophilic|less hydrophobic|less greasy|more hydrophilic", "logP", false},
    {"more polar", "TPSA", true},
    {"less polar", "TPSA", false},
    {"more flexible|less rigid|floppier", "rotatable bonds", true},
    {"less flexible|more rigid|stiffer", "rotatable bonds", false},
    {"longer chain|longer carbon chain|longer chained|a longer chain|a longer carbon chain",
     "carbon chain", true},
    {"shorter chain|shorter carbon chain|shorter chained|a shorter chain|a shorter carbon chain",
     "carbon chain", false},
    {"larger ring|bigger ring|a larger ring|a bigger ring", "largest ring", true},
    {"smaller ring|a smaller ring", "largest ring", false},
    {"more drug like|more druglike", "QED", true},
    {"less drug like|less druglike", "QED", false}};

/* "higher logP", "fewer carbons", "more amide groups": words read, and what is compared. */
static int compared_noun(const parser *p, int i, mg_ask *out, bool *more) {
    const bool up = request_word_is(&p->ws, i, "more|higher|greater"),
               down = request_word_is(&p->ws, i, "fewer|less|lower"),
               mass = request_word_is(&p->ws, i, "larger|bigger|smaller");
    if (!up && !down && !mass) return 0;
    const request_term t = request_term_at(p->g, &p->ws, i + 1);
    if ((t.form != FORM_NOUN && t.form != FORM_VALUE) || t.n != 1 ||
        (mass && t.form != FORM_VALUE) || t.asks[0].kind > MG_ASK_PATTERN)
        return 0;
    *more = mass ? !request_word_is(&p->ws, i, "smaller") : up;
    *out = t.asks[0];
    int n = 1 + t.words;
    while (request_word_is(&p->ws, i + n, "atom|atoms|group|groups|ring|rings|bond|bonds")) n++;
    return n;
}

/* "TPSA larger than", "logP below": words read, less "than". */
static int value_compared(const parser *p, int i, mg_ask *out, bool *more) {
    const request_term t = request_term_at(p->g, &p->ws, i);
    if ((t.form != FORM_VALUE && t.form != FORM_NOUN) || t.n != 1 ||
        t.asks[0].kind != MG_ASK_NUMBER)
        return 0;
    int at = i + t.words;
    while (request_word_is(&p->ws, at, "is|of|that|should|must|be|a|no|not")) {
        if (request_word_is(&p->ws, at, "no|not")) return 0;
        at++;
    }
    const bool up = request_word_is(&p->ws, at, "larger|greater|higher|bigger|more"),
               down = request_word_is(&p->ws, at, "smaller|lower|less|fewer"),
               above = request_word_is(&p->ws, at, "above|over|exceeding"),
               below = request_word_is(&p->ws, at, "below|under|beneath");
    if (!up && !down && !above && !below) return 0;
    if ((up || down) && !request_word_is(&p->ws, at + 1, "than")) return 0;
    *out = t.asks[0];
    *more = up || above;
    return at - i + (up || down);
}

static int compared(const parser *p, int i, mg_ask *out, bool *more) {
    for (size_t k = 0; k < MG_COUNT(COMPARED); k++) {
        const int n = request_phrase(&p->ws, i, COMPARED[k].phrases, false);
        if (!n || !request_word_is(&p->ws, i + n, "than")) continue;
        *out = (mg_ask){.kind = MG_ASK_NUMBER,
                        .id = request_number_row_of(COMPARED[k].number),
                        .label = COMPARED[k].number};
        *more = COMPARED[k].more;
        return n;
    }
    const int article = request_word_is(&p->ws, i, "a");
    const int n = compared_noun(p, i, out, more);
    return n && request_word_is(&p->ws, i + article + n, "than") ? article + n : 0;
}

int request_step_than(parser *p, int i) {
    const int no = request_word_is(&p->ws, i, "no|not");
    mg_ask what;
    bool more;
    int k = compared(p, i + no, &what, &more);
    if (!k && !no) k = value_compared(p, i, &what, &more);
    request_quantity q;
    if (!k || p->negated || p->evidence || p->doubt) return 0;
    int from = i + no + k + 1;
    /* "than 300", "than a steroid", "than it" name no molecule */
    if (from >= p->ws.n || request_quantity_read(&p->ws, from, &q) ||
        request_word_is(&p->ws, from, "a|an|any|all|it|its|this|these|one|other|most") ||
        (request_word_is(&p->ws, from, "that|those") &&
         !request_word_is(&p->ws, from + 1, "of|in")))
        return 0;
    from += request_phrase(&p->ws, from, "that of|those of|the one of|that in", false);
    if (request_word_is(&p->ws, from, "the")) from++;
    const int to = request_name_end(p, from);
    if (to == from || p->ws.w[to - 1].end - p->ws.w[from].begin < 3) return 0;
    const request_term other = request_term_at(p->g, &p->ws, from);
    const char *end = p->ws.w[to - 1].s;
    const bool counts = other.asks[0].kind == MG_ASK_ELEMENT ||
                        other.asks[0].kind == MG_ASK_NUMBER || end[strlen(end) - 1] == 's';
    if (other.form != FORM_NONE && *end && counts &&
        from + other.words >= to) { /* "more nitrogens than oxygens" */
        return request_leave(p, i, to - i);
    }
    mg_ask a = {.kind = MG_ASK_THAN, .id = what.id, .on = what.kind, .label = what.label};
    a.range = more != no ? (mg_range){0, INFINITY, !no, false}
                         : (mg_range){-INFINITY, 0, false, !no};
    return request_keep_named(p, a, i, from, to, to - i);
}

/* ---- isomers ---- */

static const struct {
    const char *phrases, *label;
    mg_isomer kind;
} ISOMERS[] = {
    {"isomer of|isomers of|isomeric with|isomeric to|same formula as|same molecular formula as",
     "isomer of", MG_ISOMER},
    {"structural isomer of|structural isomers of|constitutional isomer of|"
     "constitutional isomers of|positional isomer of|positional isomers of|regioisomer of|"
     "regioisomers of",
     "constitutional isomer of", MG_ISOMER_BONDS},
    {"stereoisomer of|stereoisomers of|diastereomer of|diastereomers of|diastereoisomer of|"
     "diastereoisomers of|epimer of|epimers of",
     "stereoisomer of", MG_ISOMER_STEREO},
    {"enantiomer of|enantiomers of|mirror image of|optical antipode of|antipode of",
     "enantiomer of", MG_ISOMER_MIRROR}};

int request_step_isomer(parser *p, int i) {
    for (size_t k = 0; k < MG_COUNT(ISOMERS); k++) {
        const int n = request_phrase(&p->ws, i, ISOMERS[k].phrases, false);
        if (!n || p->negated || p->evidence || p->doubt) continue;
        const int from = i + n, to = request_name_end(p, from);
        if (to == from || request_word_is(&p->ws, from, "a|an|any|it|its|this|that|the|each"))
            return 0;
        const mg_ask a = {.kind = MG_ASK_ISOMER, .id = ISOMERS[k].kind, .label = ISOMERS[k].label};
        return request_keep_named(p, a, i, from, to, to - i);
    }
    return 0;
}
