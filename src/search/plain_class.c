/* plain_class.c - glycerolipids and sphingolipids by their class and chains:
 *
 *   PC 16:0/22:6, palmitoyl DHA lecithin      lyso PC 20:1, eicosenoyl on sn-1
 *   PE(P-16:0/20:4)   POPS, phosphatidylserine 16:0/18:1     N-palmitoyl DOPE, anion
 *   iso-C17 phytoceramide with behenic acid   Cer(t20:0/16:0(2OH))
 *
 *   clause   words of the class among items, parted by "/", "and", commas
 *   item     [place] chain [place]            plain_acyl.c reads the chain
 *
 * "18:2" without places has those of linoleic acid. Later clauses have to agree with the first.
 */
#include "search/plain_class.h"

#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *words; /* '|' between; capitals as they are */
    const char *tail;  /* of the name */
    int chains;        /* on glycerol; 3 and 1: without a head */
    int ion;           /* its charge without acid protons, amines protonated */
    bool amine;        /* that can be acylated */
    bool zwitter;      /* it has one */
} CLASSES[] = {
    {"PC|phosphatidylcholine|lecithin|glycerophosphocholine|GPC|phosphocholine lipid|choline "
     "plasmalogen|plasmenylcholine|plasmenyl choline",
     "sn-glycero-3-phosphocholine", 2, 0, false, true},
    {"PE|phosphatidylethanolamine|cephalin|NAPE|phosphoethanolamine lipid|plasmenyl "
     "ethanolamine|plasmenylethanolamine|ethanolamine plasmalogen|plasmenyl-ethanolamine",
     "sn-glycero-3-phosphoethanolamine", 2, 0, true, true},
    {"PS|phosphatidylserine", "sn-glycero-3-phospho-L-serine", 2, -1, true, false},
    {"PG|phosphatidylglycerol", "sn-glycero-3-phospho-(1'-sn-glycerol)", 2, -1, false, false},
    {"PI|phosphatidylinositol|PtdIns", "sn-glycero-3-phospho-1D-myo-inositol", 2, -1, false, false},
    {"PI4P|PI(4)P|PtdIns(4)P|phosphatidylinositol 4-phosphate|PI 4-phosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 4-phosphate", 2, -3, false, false},
    {"PI3P|PI(3)P|PtdIns(3)P|phosphatidylinositol 3-phosphate|PI 3-phosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 3-phosphate", 2, -3, false, false},
    {"PI5P|PI(5)P|PtdIns(5)P|phosphatidylinositol 5-phosphate|PI 5-phosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 5-phosphate", 2, -3, false, false},
    {"PI(4,5)P2|PtdIns(4,5)P2|phosphatidylinositol 4,5-bisphosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 4,5-bisphosphate", 2, -5, false, false},
    {"PI(3,4)P2|PtdIns(3,4)P2|phosphatidylinositol 3,4-bisphosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 3,4-bisphosphate", 2, -5, false, false},
    {"PI(3,5)P2|PtdIns(3,5)P2|phosphatidylinositol 3,5-bisphosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 3,5-bisphosphate", 2, -5, false, false},
    {"PI(3,4,5)P3|PtdIns(3,4,5)P3|PIP3|phosphatidylinositol 3,4,5-trisphosphate",
     "sn-glycero-3-phospho-1D-myo-inositol 3,4,5-trisphosphate", 2, -7, false, false},
    {"PA|phosphatidic acid|phosphatidate|diacylglycerol phosphate", "sn-glycero-3-phosphate", 2, -2,
     false, false},
    {"CDP-DAG|CDP-DG|CDP-diacylglycerol", "sn-glycero-3-cytidine 5'-diphosphate", 2, -2, false,
     false},
    {"PGP|phosphatidylglycerophosphate|phosphatidylglycerol phosphate",
     "sn-glycero-3-phospho-(1'-sn-glycerol-3'-phosphate)", 2, -3, false, false},
    {"LPC|lysoPC|lyso-PC|lyso PC|lysophosphatidylcholine|lysolecithin|lyso-lecithin|lyso lecithin",
     "sn-glycero-3-phosphocholine", -1, 0, false, true},
    {"LPE|lysoPE|lyso-PE|lyso PE|lysophosphatidylethanolamine|lysocephalin",
     "sn-glycero-3-phosphoethanolamine", -1, 0, true, true},
    {"LPS|lysoPS|lyso-PS|lyso PS|lysophosphatidylserine", "sn-glycero-3-phospho-L-serine", -1, -1,
     true, false},
    {"LPI|lysoPI|lyso PI|lysophosphatidylinositol", "sn-glycero-3-phospho-1D-myo-inositol", -1, -1,
     false, false},
    {"LPG|lysoPG|lyso-PG|lyso PG|lysophosphatidylglycerol", "sn-glycero-3-phospho-(1'-sn-glycerol)",
     -1, -1, false, false},
    {"LPA|lysoPA|lyso-PA|lyso PA|lysophosphatidic acid|lysophosphatidate", "sn-glycero-3-phosphate",
     -1, -2, false, false},
    {"DAG|DG|diacylglycerol|diglyceride|1,2-DAG|1,2-diacylglycerol|sn-1,2-DAG|sn-1,2 "
     "DAG|1,2-diglyceride",
     "sn-glycerol", 2, 0, false, false},
    {"TAG|TG|triacylglycerol|triglyceride", "sn-glycerol", 3, 0, false, false}};

static size_t word_at(const char *s, const char *w, size_t k) {
    const bool same = isupper((unsigned char)*w) ? !strncmp(s, w, k) : !strncasecmp(s, w, k);
    return same && !isalnum((unsigned char)s[k]) ? k : 0;
}

/* The class that stands in s; where, and its characters. -1: none, -2: two. */
static int find_class(const char *s, size_t *at, size_t *n) {
    int found = -1;
    *n = 0;
    for (size_t i = 0; s[i]; i++) {
        if (i && isalnum((unsigned char)s[i - 1])) continue;
        size_t best = 0;
        int row = -1;
        for (size_t c = 0; c < MG_COUNT(CLASSES); c++)
            for (const char *w = CLASSES[c].words; *w;) {
                const size_t len = strcspn(w, "|"), k = word_at(s + i, w, len);
                if (k > best) best = k, row = (int)c;
                w += len + (w[len] == '|');
            }
        if (!best) continue;
        if (found >= 0) return -2;
        found = row;
        *at = i, *n = best;
        i += best - 1;
    }
    return found;
}

/* ---- items ---- */

/* Cuts what s has of `words` (with blanks around) out of it; how often. */
static int cut_words(char *s, const char *words) {
    int n = 0;
    for (const char *w = words; *w;) {
        const size_t k = strcspn(w, "|");
        for (char *c = s; *c;) {
            const bool begin = c == s || !isalnum((unsigned char)c[-1]);
            if (begin && !strncasecmp(c, w, k) && !isalnum((unsigned char)c[k])) {
                memmove(c, c + k, strlen(c + k) + 1);
                n++;
            } else {
                c++;
            }
        }
        w += k + (w[k] == '|');
    }
    return n;
}

static void trim(char *s) {
    size_t n = strlen(s), from = strspn(s, " ,-:;");
    while (n > from && strchr(" ,-:;", s[n - 1])) n--;
    memmove(s, s + from, n - from);
    s[n - from] = 0;
}

/* A bracket around all of s. */
static bool is_bracketed(const char *s) {
    int depth = 0;
    for (size_t i = 0; s[i]; i++) {
        depth += (s[i] == '(') - (s[i] == ')');
        if (!depth) return i && !s[i + 1];
    }
    return false;
}

/* A place that the item says: '1', '2', '3', 'N'; 0: none; -1: two. It is cut out. */
static int take_place(char *s) {
    static const struct {
        const char *words;
        char place;
    } rows[] = {
        {"sn-1|sn1|position 1|the 1-position|glycerol C1|glycerol C-1|C-1|at C1|on C1", '1'},
        {"sn-2|sn2|position 2|the 2-position|glycerol C2|glycerol C-2|C-2|at C2|on C2|the central "
         "oxygen|the middle hydroxyl|the central carbon|the middle",
         '2'},
        {"sn-3|sn3|position 3", '3'},
        {"on the ethanolamine N|on the ethanolamine nitrogen|on the nitrogen|on nitrogen|on N|on "
         "ethanolamine|amide on ethanolamine|on the amine",
         'N'}};
    int place = 0;
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        if (cut_words(s, rows[i].words)) place = place ? -1 : rows[i].place;
    trim(s);
    const bool bracket = strlen(s) > 3 && s[2] == '(' && is_bracketed(s + 2);
    if (strlen(s) > 3 && s[1] == '-' && strchr("123N", *s) &&
        (isalpha((unsigned char)s[2]) || bracket) && !plain_begins_so(s + 1, "-cis")) {
        if (place) return -1;
        place = *s;
        memmove(s, s + 2 + bracket, strlen(s + 2 + bracket) + 1);
        if (bracket) s[strlen(s) - 1] = 0;
    }
    return place;
}

/* "O-oleoyl" is on an oxygen, "O-octadecyl" and "O-18:0" are ethers. */
static bool is_ester_word(const char *s) {
    return plain_ends(s, "oyl") || plain_ends(s, "acetyl") || plain_ends(s, "butyryl");
}

/* "hexadecyl", "stearyl", "oleyl": an alcohol's chain. */
static bool read_alkyl(const char *s, plain_acyl *out) {
    static const struct {
        const char *word;
        int carbons;
    } trivial[] = {
        {"palmityl", 16}, {"cetyl", 16}, {"stearyl", 18}, {"oleyl", 18}, {"eicosyl", 20}};
    char stem[40];
    *out = (plain_acyl){.said = 0};
    for (int c = 4; c < 31; c++) {
        if (!acyl_stem(c, stem)) continue;
        strcat(stem, "yl");
        if (!strcasecmp(s, stem)) out->carbons = c;
    }
    for (size_t i = 0; i < MG_COUNT(trivial); i++)
        if (!strcasecmp(s, trivial[i].word)) out->carbons = trivial[i].carbons;
    if (!strcasecmp(s, "oleyl")) out->n = out->said = 1, out->place[0] = 9, out->side[0] = 'Z';
    return out->carbons > 0;
}

/* One chain; count: how often ("di"); 0: it is none. */
static int read_item(const char *words, plain_chain_of *out) {
    char s[160];
    int count = 1;
    if (strlen(words) >= sizeof s) return 0;
    strcpy(s, words);
    *out = (plain_chain_of){.link = 'a'};
    trim(s);
    if (*s == '(' && s[strlen(s) - 1] == ')') {
        s[strlen(s) - 1] = 0;
        memmove(s, s + 1, strlen(s));
    }
    const int place = take_place(s);
    if (place < 0) return 0;
    out->place = (char)place;
    cut_words(
        s, "with|of|a|an|the|at|on|having|bearing|its|as|containing|carrying|glycerol|moiety|chain|"
           "chains|acyl|acyls|ester|esters|esterified|residue|residues|groups|group|and|fatty|"
           "position|positions|amide|from|being|lipid|acylated|by");
    if (cut_words(s, "vinyl ether|vinyl|plasmenyl|plasmalogen|plasmalogens|alkenyl"))
        out->link = 'p';
    if (cut_words(s, "ether|ether-linked|alkyl|plasmanyl"))
        out->link = out->link == 'p' ? 'p' : 'o';
    trim(s);
    if (cut_words(s, "two|both|tetra|three|four")) {
        count = strcasestr(words, "two") || strcasestr(words, "both") ? 2
                : strcasestr(words, "three")                          ? 3
                                                                      : 4;
    }
    trim(s);
    static const struct {
        const char *word;
        int count;
    } many[] = {{"di-", 2}, {"di", 2}, {"tri", 3}, {"tetra", 4}};
    if (plain_begins_so(s, "O-") || plain_begins_so(s, "P-")) {
        out->link = *s == 'P' ? 'p' : is_ester_word(s) ? out->link : 'o';
        memmove(s, s + 2, strlen(s + 2) + 1);
    }
    trim(s);
    if (*s && s[strlen(s) - 1] == 's' && isalpha((unsigned char)s[strlen(s) - 2]) && count > 1)
        s[strlen(s) - 1] = 0;
    if (!*s) return 0;
    for (int way = 0; way < 5; way++) {
        const char *from = s;
        int times = count;
        if (way) {
            if (count > 1 || strncasecmp(s, many[way - 1].word, strlen(many[way - 1].word)) != 0)
                continue;
            from = s + strlen(many[way - 1].word);
            times = many[way - 1].count;
            if (strlen(from) < 2) continue;
        }
        if (read_alkyl(from, &out->chain)) {
            if (out->link == 'a') out->link = 'o';
            return times;
        }
        if (!acyl_read(from, &out->chain) || out->chain.kind > ACYL_ANION ||
            out->chain.charge != ACYL_NOT_SAID || out->chain.diacid)
            continue;
        if (!acyl_settle(&out->chain, true)) continue;
        if (out->link != 'a' && out->chain.groups) return 0;
        return times;
    }
    return 0;
}

/* What parts items at s; characters, 0. */
static size_t part_at(const char *s) {
    static const char *const parts[] = {" and ", " & ", " plus ", " then ", " + ",    "/",
                                        ", ",    ",",   "-2-",    " with ", "-sn-2-", ";"};
    for (size_t i = 0; i < MG_COUNT(parts); i++)
        if (plain_begins_so(s, parts[i])) {
            const bool comma = *s == ',' && s[1] != ' ';
            if (comma) return 0;
            return parts[i][0] == '-' ? 1 : strlen(parts[i]);
        }
    return 0;
}

static bool only_inert(const char *words) {
    char s[160];
    if (strlen(words) >= sizeof s) return false;
    strcpy(s, words);
    cut_words(
        s,
        "with|of|a|an|the|diacyl|form|lipid|species|mixed|acid|natural|chain|chains|sn|ester|ether|"
        "and|"
        "sn-specific|phospholipid|glycerophospholipid|saturated|type|simple|fatty|acyl|glycerol");
    trim(s);
    return strspn(s, " ()") == strlen(s);
}

/* "palmitoyl oleoyl": one chain, or two with a blank between; false: neither. */
static bool read_one_or_two(char *item, plain_chain_of out[2], int times[2]) {
    times[1] = 0;
    times[0] = read_item(item, &out[0]);
    for (char *c = item; *c && !times[0]; c++) {
        if (*c != ' ') continue;
        *c = 0;
        times[0] = read_item(item, &out[0]);
        times[1] = times[0] ? read_item(c + 1, &out[1]) : 0;
        if (!times[1]) times[0] = 0;
        *c = ' ';
    }
    return times[0] > 0;
}

/* Items of s; the number, -1: words are left. */
static int read_items(const char *s, plain_chain_of out[PLAIN_CHAINS]) {
    int n = 0, none = 0; /* "0:0/18:2" */
    char item[160];
    while (*s) {
        size_t k = 0;
        int depth = 0;
        while (s[k] && (depth || !part_at(s + k))) {
            depth += s[k] == '(';
            depth -= s[k] == ')' && depth;
            k++;
        }
        if (k >= sizeof item) return -1;
        snprintf(item, sizeof item, "%.*s", (int)k, s);
        s += k;
        s += part_at(s);
        if (only_inert(item)) continue;
        char bare[160];
        strcpy(bare, item);
        trim(bare);
        if (!strcmp(bare, "0:0") && !none++) {
            if (n == 1 && !out[0].place) out[0].place = '1';
            if (n > 1) return -1;
            continue;
        }
        plain_chain_of some[2];
        int times[2];
        if (!read_one_or_two(item, some, times)) return -1;
        if (none && !n && !some[0].place) some[0].place = '2';
        for (int i = 0; i < times[0] + times[1]; i++) {
            if (n == PLAIN_CHAINS) return -1;
            out[n++] = some[i >= times[0]];
        }
    }
    return n;
}

/* ---- a clause ---- */

/* "POPC", "DSPE": two chains and a class. */
static bool read_letters(const char *s, size_t n, plain_class *out) {
    static const struct {
        char letter;
        int carbons, first;
        int bonds;
    } chains[] = {
        {'P', 16, 0, 0}, {'S', 18, 0, 0}, {'M', 14, 0, 0}, {'O', 18, 9, 1}, {'A', 20, 5, 4}};
    static const char heads[] = "CESGA";
    if (n != 4 || s[2] != 'P' || !s[3] || !strchr(heads, s[3])) return false;
    for (int i = 0; i < 2; i++) {
        const char letter = i == 0 && s[0] == 'D' ? s[1] : s[i];
        bool is = false;
        for (size_t k = 0; k < MG_COUNT(chains); k++) {
            if (chains[k].letter != letter) continue;
            plain_acyl *a = &out->chain[i].chain;
            *a = (plain_acyl){
                .carbons = chains[k].carbons, .said = chains[k].bonds, .n = chains[k].bonds};
            for (int b = 0; b < a->n; b++) a->place[b] = chains[k].first + 3 * b, a->side[b] = 'Z';
            out->chain[i].link = 'a';
            out->chain[i].place = (char)('1' + i);
            is = true;
        }
        if (!is) return false;
    }
    const char head[3] = {'P', s[3], 0};
    size_t at, k;
    out->row = find_class(head, &at, &k);
    out->n = 2;
    return out->row >= 0;
}

bool plain_class_read(const char *clause, plain_class *out) {
    char s[PLAIN_LONGEST];
    size_t at = 0, n = 0;
    *out = (plain_class){.row = -1};
    if (strlen(clause) >= sizeof s) return false;
    snprintf(s, sizeof s, "%s", clause);
    for (size_t i = 0; s[i]; i++) { /* "N-palmitoyl DOPE" */
        if (i && isalnum((unsigned char)s[i - 1])) continue;
        size_t k = 0;
        while (isupper((unsigned char)s[i + k])) k++;
        if (isalnum((unsigned char)s[i + k]) || !read_letters(s + i, k, out)) continue;
        memmove(s + i, s + i + k, strlen(s + i + k) + 1);
        break;
    }
    const bool letters = out->row >= 0;
    if (!letters) {
        out->row = find_class(s, &at, &n);
        if (out->row == -2) return false;
        if (out->row >= 0) {
            memmove(s + at, s + at + n, strlen(s + at + n) + 1);
            memmove(s + at + 1, s + at, strlen(s + at) + 1);
            s[at] = ' ';
        }
        char *open = s + at + 1;
        if (out->row >= 0 && *open == '(') { /* PC(...) */
            int depth = 0;
            *open = ' ';
            for (char *c = open; *c && depth >= 0; c++) {
                depth += (*c == '(') - (*c == ')');
                if (depth < 0) *c = ';';
            }
        }
    }
    const bool ether =
        cut_words(s, "plasmenyl|plasmalogen|plasmenylethanolamine|ethanolamine plasmalogen") > 0;
    const bool alkyl = cut_words(s, "ether|plasmanyl|ether-linked") > 0;
    out->lyso = cut_words(s, "lyso") > 0;
    /* a charge at the end */
    for (size_t i = 1; s[i]; i++) {
        acyl_charge charge;
        int sum;
        const size_t k = strchr(" ;", s[i - 1]) ? acyl_charge_at(s + i, &charge, &sum) : 0;
        if (!k || (s[i + k] && (s[i + k] != ' ' || !isalpha((unsigned char)s[i])))) continue;
        out->charge = charge, out->sum = sum;
        memmove(s + i, s + i + k, strlen(s + i + k) + 1);
        break;
    }
    plain_chain_of own[PLAIN_CHAINS];
    const int items = read_items(s, own);
    if (items < 0 || out->n + items > PLAIN_CHAINS) return false;
    bool any = false;
    for (int i = 0; i < items; i++) any |= own[i].link != 'a';
    if (ether && items && !any) own[0].link = 'p';
    if (alkyl && items && !any && !ether) return false;
    for (int i = 0; i < items; i++) out->chain[out->n++] = own[i];
    return out->row >= 0 || out->n > 0;
}

/* ---- the name ---- */

static bool group_name(const plain_chain_of *c, char out[ACYL_NAME]) {
    plain_acyl a = c->chain;
    if (c->link == 'a') return acyl_name(&a, "oyl", out);
    if (c->link == 'p') { /* one more double bond, at 1 */
        if (a.n == ACYL_BONDS) return false;
        memmove(a.place + 1, a.place, sizeof a.place - sizeof *a.place);
        memmove(a.side + 1, a.side, sizeof a.side - sizeof *a.side);
        a.place[0] = 1, a.side[0] = 'Z';
        a.n++;
        return acyl_name(&a, "yl", out);
    }
    if (!acyl_name(&a, "yl", out)) return false;
    const size_t n = strlen(out);
    if (!a.n && n > 4 && !strcmp(out + n - 4, "anyl")) strcpy(out + n - 4, "yl");
    return true;
}

bool plain_class_name(const plain_class *c, char *out, size_t room) {
    const plain_chain_of *at[3] = {0}, *amine = NULL;
    char name[ACYL_NAME];
    if (c->row < 0) return false;
    int wanted = CLASSES[c->row].chains, n = 0, next = 0;
    bool lyso = wanted < 0 || c->lyso;
    if (c->lyso && wanted != 2 && wanted != -1) return false;
    for (int i = 0; i < c->n; i++)
        if (c->chain[i].chain.loose) return false; /* "18:1" alone may be any */
    for (int i = 0; i < c->n; i++) {
        const plain_chain_of *x = &c->chain[i];
        if (x->place == 'N') {
            if (amine || !CLASSES[c->row].amine || x->link != 'a') return false;
            amine = x;
        } else if (x->place) {
            if (at[x->place - '1']) return false;
            at[x->place - '1'] = x;
            n++;
        }
    }
    for (int i = 0; i < c->n; i++) {
        const plain_chain_of *x = &c->chain[i];
        if (x->place) continue;
        while (next < 3 && at[next]) next++;
        if (next == 3) return false;
        at[next] = x;
        n++;
    }
    wanted = lyso ? 1 : wanted;
    if (n != wanted || (wanted < 3 && at[2])) return false;
    size_t k = 0;
    if (amine) {
        if (!group_name(amine, name)) return false;
        k += (size_t)snprintf(out, room, "N-[%s]-", name);
    }
    for (int i = 0; i < 3; i++) {
        if (!at[i]) continue;
        if (at[i]->link == 'p' && i) return false;
        if (!group_name(at[i], name)) return false;
        k += (size_t)snprintf(out + k, room - k, "%d-[%s]-", i + 1, name);
        if (k >= room) return false;
    }
    k += (size_t)snprintf(out + k, room - k, "%s", CLASSES[c->row].tail);
    if (k + 20 >= room) return false;
    int ion = CLASSES[c->row].ion - (amine && !strstr(CLASSES[c->row].tail, "serine") ? 1 : 0) -
              (amine && strstr(CLASSES[c->row].tail, "serine") ? 1 : 0);
    const bool zwitter = CLASSES[c->row].zwitter && !amine;
    const bool choline = strstr(CLASSES[c->row].tail, "choline") != NULL;
    switch (c->charge) {
    case ACYL_NOT_SAID: return true;
    case ACYL_NEUTRAL: return true;
    case ACYL_INNER:
        if (!choline && zwitter) snprintf(out + k, room - k, " zwitterion");
        return zwitter;
    case ACYL_ALL:
        if (!ion) return false;
        snprintf(out + k, room - k, "(%d-)", -ion);
        return true;
    default:
        if (!ion || c->sum != ion) return false;
        snprintf(out + k, room - k, "(%d-)", -ion);
        return true;
    }
}

/* ---- two clauses ---- */

static bool same_chain(plain_chain_of *a, const plain_chain_of *b) {
    const plain_acyl *x = &a->chain, *y = &b->chain;
    if (a->link != b->link && b->link == 'a' && a->link != 'p') return false;
    if (x->carbons != y->carbons || x->n != y->n) return false;
    bool same = true;
    for (int i = 0; i < x->n; i++) same &= x->place[i] == y->place[i] && x->side[i] == y->side[i];
    if (same && x->groups == y->groups) {
        a->chain.loose &= y->loose;
        return true;
    }
    if (x->groups && y->groups) return false;
    if (x->loose && !y->loose) { /* "18:2", then "6Z,9Z" */
        const char link = a->link, place = a->place;
        *a = *b;
        a->link = link;
        if (place) a->place = place;
        return true;
    }
    return y->loose && !x->loose;
}

bool plain_class_merge(plain_class *a, const plain_class *b) {
    if (b->row >= 0 && a->row >= 0 && a->row != b->row) {
        const bool lyso = CLASSES[b->row].chains > 0 && a->lyso;
        if (!lyso && strcmp(CLASSES[a->row].tail, CLASSES[b->row].tail) != 0) return false;
    }
    if (b->charge != ACYL_NOT_SAID) {
        if (a->charge != ACYL_NOT_SAID && (a->charge != b->charge || a->sum != b->sum))
            return false;
        a->charge = b->charge, a->sum = b->sum;
    }
    if (!b->n) return true;
    if (!a->n) {
        memcpy(a->chain, b->chain, sizeof a->chain);
        a->n = b->n;
        return true;
    }
    if (b->n > a->n) return false;
    bool used[PLAIN_CHAINS] = {false};
    for (int i = 0; i < b->n; i++) {
        bool found = false;
        for (int way = 0; way < 2 && !found; way++)
            for (int k = 0; k < a->n && !found; k++) {
                const char p = a->chain[k].place ? a->chain[k].place : (char)('1' + k);
                if (used[k] || (b->chain[i].place && p != b->chain[i].place)) continue;
                if (!way && k != i) continue;
                found = same_chain(&a->chain[k], &b->chain[i]);
                if (found && b->chain[i].place) a->chain[k].place = b->chain[i].place;
                used[k] |= found;
            }
        if (!found) return false;
    }
    return true;
}
