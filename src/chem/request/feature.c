/* feature.c - the language of mg_request_say, read: "rings = 2", "no halogen", "MolWt 150 to 500",
 * "only C H".
 */
#include "chem/request/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool request_feature(const mg_groups *g, const char *name, mg_ask *out) {
    *out = (mg_ask){.range = request_at_least(1)};
    int i = request_number_row_of(name);
    if (i >= 0) {
        out->kind = MG_ASK_NUMBER, out->id = i, out->label = REQUEST_NUMBERS[i].name;
        return true;
    }
    if ((i = request_pattern_of(name)) >= 0) {
        out->kind = MG_ASK_PATTERN, out->id = i, out->label = REQUEST_PATTERNS[i].name;
        return true;
    }
    if ((i = request_element_of(name)) > 0 || (i = request_symbol_of(name)) > 0) {
        out->kind = MG_ASK_ELEMENT, out->id = i, out->label = request_element_name(i);
        return true;
    }
    if ((i = mg_groups_find(g, name)) < 0) return false;
    out->kind = MG_ASK_GROUP, out->id = i, out->label = mg_groups_at(g, i)->name;
    return true;
}

/* "only C H" */
static bool fixed_only(const char *s, size_t n, mg_ask *out) {
    *out = (mg_ask){.kind = MG_ASK_ONLY, .label = "only"};
    for (size_t i = 5; i < n;) {
        size_t k = strcspn(s + i, " ;");
        char symbol[4] = "";
        if (k < sizeof symbol) memcpy(symbol, s + i, k);
        int e = request_symbol_of(symbol);
        if (e) out->only[e / 64] |= (uint64_t)1 << (e % 64);
        i += k + 1;
    }
    return true;
}

bool request_fixed_next(const mg_groups *g, const char **s, mg_ask *out) {
    while (**s == ';' || **s == ' ') ++*s;
    size_t n = strcspn(*s, ";");
    char part[96], *sign;
    if (!n || n >= sizeof part) return false;
    memcpy(part, *s, n);
    part[n] = 0;
    *s += n;
    if (!strncmp(part, "only ", 5)) return fixed_only(part, n, out);
    if (!strncmp(part, "no ", 3)) {
        if (!request_feature(g, part + 3, out)) return false;
        out->range = request_exactly(0);
        return true;
    }
    mg_range range = request_at_least(1);
    bool negated = (sign = strstr(part, " not = ")) != NULL;
    if (sign) {
        range = request_exactly(atof(sign + 7));
        *sign = 0;
    } else if ((sign = strstr(part, " to ")) != NULL) {
        range.hi = atof(sign + 4);
        *sign = 0;
        sign = strrchr(part, ' ');
        range.lo = atof(sign);
        *sign = 0;
    } else if ((sign = strstr(part, " = ")) != NULL) {
        range = request_exactly(atof(sign + 3));
        *sign = 0;
    } else if ((sign = strstr(part, " >= ")) != NULL) {
        range = request_at_least(atof(sign + 4));
        *sign = 0;
    } else if ((sign = strstr(part, " <= ")) != NULL) {
        range = (mg_range){-INFINITY, atof(sign + 4), false, false};
        *sign = 0;
    }
    if (!request_feature(g, part, out)) return false;
    out->range = range;
    out->negated = negated;
    return true;
}
