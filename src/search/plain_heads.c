/* plain_heads.c - phrases of a chemist in which a word stands before a name, or a kind behind two:
 *
 *   ester of A with B, amide of A and B, A amide of B, A ester of B, A B ester
 *   coenzyme A thioester of A, A as its CoA thioester
 *   N-acetyl derivative of A, 3-sulfate of A, sulfated A, Boc-protected A, A benzyl ether
 *   dianion of A
 */
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static mg_edit edit_of(enum mg_act act, const char *what, const char *site) {
    mg_edit e = {.act = act, .site = {.kind = -1, .target = -1}};
    if (*site) mg_site_read(site, &e.site);
    snprintf(e.what, sizeof e.what, "%.*s", MG_EDIT_WHAT - 1, what);
    return e;
}

/* One edit of what a phrase names. */
static int edit_phrase(plain *p, const mg_edit *e, const char *phrase, plain_said *out,
                       molglot_error *err) {
    int code = p->find(p, phrase, false, out, err);
    return code || !out->smiles ? code : plain_edit(p, e, out, err);
}

/* ---- two names ---- */

static int join_names(plain *p, const char *first, const char *second, enum mg_joint bond,
                      plain_said *out, molglot_error *err) {
    mg_edit e = edit_of(MG_ACT_JOIN, second, "");
    e.bond = bond;
    if (strlen(second) >= MG_EDIT_WHAT) return MOLGLOT_OK;
    return edit_phrase(p, &e, first, out, err);
}

static const struct {
    const char *word;
    enum mg_joint bond;
} BONDS[] = {{"ester", MG_JOINT_ESTER},
             {"amide", MG_JOINT_AMIDE},
             {"thioester", MG_JOINT_THIOESTER},
             {"ether", MG_JOINT_ETHER}};

/* "ester of A with B": at each place where it may be parted. */
static int read_between(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const of[] = {" of ", " between ", " from ", " formed from ", " made from "},
                             *const joins[] = {" with ", " and ", " to ", " + "};
    int code = MOLGLOT_OK;
    if (plain_begins(s, "phenol ether of ")) s += strlen("phenol ");
    for (size_t b = 0; b < MG_COUNT(BONDS); b++) {
        if (!plain_begins(s, BONDS[b].word)) continue;
        const char *rest = NULL;
        for (size_t i = 0; i < MG_COUNT(of) && !rest; i++)
            if (plain_begins(s + strlen(BONDS[b].word), of[i]))
                rest = s + strlen(BONDS[b].word) + strlen(of[i]);
        if (!rest) continue;
        for (size_t j = 0; j < MG_COUNT(joins) && !code && !out->smiles; j++) {
            const char *at = strstr(rest, joins[j]);
            if (!at || strstr(at + 1, joins[j])) continue; /* once */
            char first[PLAIN_LONGEST];
            snprintf(first, sizeof first, "%.*s", (int)(at - rest), rest);
            code = join_names(p, first, at + strlen(joins[j]), BONDS[b].bond, out, err);
        }
    }
    return code;
}

/* A group as "methyl" of an ester or ether on what a phrase names. */
static int put_group(plain *p, const char *group, const char *site, const char *phrase,
                     plain_said *out, molglot_error *err) {
    static const struct {
        const char *word;
        int times;
    } many[] = {{"", 0}, {"mono", 1}, {"di", 2}, {"tri", 3}, {"tetra", 4}};
    char *smiles = NULL;
    int code = MOLGLOT_OK, times = 0;
    if (strlen(group) >= MG_EDIT_WHAT) return MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(many) && !smiles && !code; i++) {
        const size_t k = strlen(many[i].word);
        if (!plain_begins(group, many[i].word)) continue;
        code = plain_group(group + k, &smiles, err);
        if (smiles) times = many[i].times, group += k;
    }
    const bool known = smiles != NULL;
    free(smiles);
    mg_edit e = edit_of(MG_ACT_PUT, group, site);
    e.site.times = times;
    return code || !known ? code : edit_phrase(p, &e, phrase, out, err);
}

/* "hexanoyl", "picolinic": an acid's, in front of "amide of". */
static bool is_acyl(const char *word) {
    return plain_ends(word, "oyl") || plain_ends(word, "ic") || plain_ends(word, "acetyl") ||
           !strcasecmp(word, "acetyl");
}

/* "isopropyl ester of salicylic acid", "morpholine amide of A", "benzyl ether of A". */
static int read_kind_of(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const kinds[] = {" ester of ", " amide of ",   " thioester of ",
                                        " ether of ", " ester with ", " amide with "};
    int code = MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(kinds) && !code && !out->smiles; k++) {
        const char *at = strstr(s, kinds[k]);
        char first[PLAIN_LONGEST];
        if (!at || at == s) continue;
        snprintf(first, sizeof first, "%.*s", (int)(at - s), s);
        const char *name = at + strlen(kinds[k]);
        if (k == 0 && plain_ends(first, "ate") && !strchr(first, ' ')) { /* "sinapate ester of" */
            char acid[PLAIN_LONGEST + 8];
            snprintf(acid, sizeof acid, "%.*sic acid", (int)strlen(first) - 3, first);
            mg_edit e = edit_of(MG_ACT_JOIN, acid, "oh");
            e.bond = MG_JOINT_ESTER;
            return edit_phrase(p, &e, name, out, err);
        }
        if (k == 0 || k == 3) code = put_group(p, first, k ? "oh" : "acid", name, out, err);
        if (!code && !out->smiles) code = join_names(p, first, name, BONDS[k % 4].bond, out, err);
        if (!code && !out->smiles && is_acyl(first) && k % 4 < 2)
            code = join_names(p, name, first, BONDS[k % 4].bond, out, err);
    }
    return code;
}

/* "hex-5-enoic acid ethyl ester", "A benzyl ether". */
static int read_kind_behind(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const kinds[] = {" ester", " ether"}, *const sites[] = {"acid", "oh"};
    int code = MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(kinds) && !code && !out->smiles; k++) {
        char words[PLAIN_LONGEST];
        if (!plain_ends(s, kinds[k])) continue;
        snprintf(words, sizeof words, "%.*s", (int)(strlen(s) - strlen(kinds[k])), s);
        char *group = strrchr(words, ' ');
        if (!group || group == words) continue;
        *group++ = 0;
        code = put_group(p, group, sites[k], words, out, err);
    }
    return code;
}

/* "2-naphthylamide of L-alanine", "L-serine anilide": the amine of an amide's name. */
static bool amine_of(const char *word, char out[PLAIN_LONGEST]) {
    static const char *const words[][2] = {
        {"anilide", "aniline"},       {"ethanolamide", "ethanolamine"},
        {"piperidide", "piperidine"}, {"pyrrolidide", "pyrrolidine"},
        {"morpholide", "morpholine"}, {"tyramide", "tyramine"},
        {"tauramide", "taurine"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcasecmp(word, words[i][0]))
            return snprintf(out, PLAIN_LONGEST, "%s", words[i][1]) > 0;
    if (!plain_ends(word, "ylamide") || strchr(word, ' ')) return false;
    return snprintf(out, PLAIN_LONGEST, "%.*samine", (int)strlen(word) - 5, word) > 0;
}

/* "ferulic acid + tyramine amide". */
static int read_sum(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const kinds[] = {" ester", " amide", " thioester"};
    const char *plus = strstr(s, " + ");
    for (size_t k = 0; k < MG_COUNT(kinds) && plus; k++) {
        char first[PLAIN_LONGEST], second[PLAIN_LONGEST];
        if (!plain_ends(s, kinds[k]) || strstr(plus + 3, " + ")) continue;
        snprintf(first, sizeof first, "%.*s", (int)(plus - s), s);
        snprintf(second, sizeof second, "%.*s", (int)(strlen(plus + 3) - strlen(kinds[k])),
                 plus + 3);
        return join_names(p, first, second, BONDS[k].bond, out, err);
    }
    return MOLGLOT_OK;
}

static int read_amide(plain *p, const char *s, plain_said *out, molglot_error *err) {
    char word[PLAIN_LONGEST], amine[PLAIN_LONGEST];
    const char *of = strstr(s, " of "), *last = strrchr(s, ' ');
    if (of && !memchr(s, ' ', (size_t)(of - s))) {
        snprintf(word, sizeof word, "%.*s", (int)(of - s), s);
        if (amine_of(word, amine)) return join_names(p, of + 4, amine, MG_JOINT_AMIDE, out, err);
    }
    const char *acid = strstr(s, " acid "); /* "ferulic acid tyramine amide" */
    if (acid && plain_ends(s, " amide") && strlen(acid) > 13) {
        snprintf(word, sizeof word, "%.*s", (int)(acid - s) + 5, s);
        snprintf(amine, sizeof amine, "%.*s", (int)strlen(acid) - 12, acid + 6);
        return join_names(p, word, amine, MG_JOINT_AMIDE, out, err);
    }
    if (!last || !amine_of(last + 1, amine)) return MOLGLOT_OK;
    snprintf(word, sizeof word, "%.*s", (int)(last - s), s);
    return join_names(p, word, amine, MG_JOINT_AMIDE, out, err);
}

/* "diclofenac acyl glucuronide". */
static int read_acyl_glucuronide(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const tails[] = {" acyl glucuronide", " acyl-glucuronide",
                                        " acyl-beta-d-glucuronide", " acyl beta-d-glucuronide"};
    for (size_t i = 0; i < MG_COUNT(tails); i++) {
        char acid[PLAIN_LONGEST];
        if (!plain_ends(s, tails[i])) continue;
        snprintf(acid, sizeof acid, "%.*s", (int)(strlen(s) - strlen(tails[i])), s);
        const mg_edit e = edit_of(MG_ACT_PUT, "glucuronide", "acid");
        return edit_phrase(p, &e, acid, out, err);
    }
    if (!plain_begins(s, "acyl glucuronide of ")) return MOLGLOT_OK;
    const mg_edit e = edit_of(MG_ACT_PUT, "glucuronide", "acid");
    return edit_phrase(p, &e, s + strlen("acyl glucuronide of "), out, err);
}

/* "glycine conjugate of cholic acid", "cholic acid taurine conjugate". */
static int read_conjugate(plain *p, const char *s, plain_said *out, molglot_error *err) {
    const char *of = strstr(s, " conjugate of ");
    char first[PLAIN_LONGEST];
    if (of) {
        snprintf(first, sizeof first, "%.*s", (int)(of - s), s);
        return join_names(p, first, of + strlen(" conjugate of "), MG_JOINT_AMIDE, out, err);
    }
    if (!plain_ends(s, " conjugate")) return MOLGLOT_OK;
    snprintf(first, sizeof first, "%.*s", (int)(strlen(s) - strlen(" conjugate")), s);
    char *last = strrchr(first, ' ');
    if (!last) return MOLGLOT_OK;
    *last = 0;
    return join_names(p, first, last + 1, MG_JOINT_AMIDE, out, err);
}

/* ---- coenzyme A ---- */

static int read_coenzyme(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const fronts[] = {"coa thioester of ",
                                         "acyl-coa of ",
                                         "coenzyme a thioester of ",
                                         "coa ester of ",
                                         "coa loaded with ",
                                         "coenzyme a loaded with ",
                                         "coenzyme a esterified with ",
                                         "coenzyme a acylated with ",
                                         "coa acylated with ",
                                         "thioester of coenzyme a with ",
                                         "thioester of coa with ",
                                         "coenzyme a carrying ",
                                         "coenzyme a derivative of ",
                                         "coa derivative of "},
                             *const backs[] = {" as its coa thioester",
                                               " activated as its coa thioester",
                                               " coa thioester",
                                               " coenzyme a thioester",
                                               " thioester of coenzyme a",
                                               " thioester of coa",
                                               " thioester with coenzyme a",
                                               " thioester with coa",
                                               " bound to coenzyme a through its thiol",
                                               " bound to coenzyme a",
                                               " bound to coa",
                                               " on coenzyme a",
                                               " linked to coenzyme a",
                                               " linked to coa",
                                               " as the coa thioester",
                                               " as a coa thioester",
                                               " as its coenzyme a thioester",
                                               " thioesterified with coenzyme a",
                                               " thioesterified to coenzyme a",
                                               " joined to coenzyme a",
                                               " activated with coenzyme a",
                                               " activated as its coenzyme a thioester"};
    mg_edit e = edit_of(MG_ACT_JOIN, "coenzyme A", "");
    e.bond = MG_JOINT_THIOESTER;
    for (size_t i = 0; i < MG_COUNT(fronts); i++)
        if (plain_begins(s, fronts[i])) return edit_phrase(p, &e, s + strlen(fronts[i]), out, err);
    size_t best = 0;
    for (size_t i = 0; i < MG_COUNT(backs); i++)
        if (plain_ends(s, backs[i]) && strlen(backs[i]) > best) best = strlen(backs[i]);
    if (!best) return MOLGLOT_OK;
    char acid[PLAIN_LONGEST];
    snprintf(acid, sizeof acid, "%.*s", (int)(strlen(s) - best), s);
    return edit_phrase(p, &e, acid, out, err);
}

/* ---- one group ---- */

/* "o-", "n-", "3-o-", "3-" at s: the place in words; characters. */
static size_t place_at(const char *s, char site[40]) {
    char number[16] = "";
    size_t i = 0, n = strspn(s, "0123456789");
    while (n && n < 4 && s[n] == '\'') n++;
    if (n && n < 6 && s[n] == '-') {
        snprintf(number, sizeof number, "%.*s", (int)n, s);
        i = n + 1;
    }
    const char letter = (char)tolower((unsigned char)s[i]);
    if (letter && strchr("ons", letter) && s[i + 1] == '-') {
        snprintf(site, 40, "%c%s%s", letter, *number ? "-" : "", number);
        return i + 2;
    }
    if (*number) snprintf(site, 40, "%s-oh", number);
    return i;
}

static int put_at(plain *p, const char *group, const char *site, const char *phrase, int times,
                  plain_said *out, molglot_error *err) {
    mg_edit e = edit_of(MG_ACT_PUT, group, site);
    if (times) e.site.times = times;
    return edit_phrase(p, &e, phrase, out, err);
}

static bool is_one_noun(const char *s) {
    static const char *const nouns[] = {
        "sulfate",     "sulphate",  "phosphate",   "diphosphate",      "triphosphate",
        "acetate",     "benzoate",  "pivalate",    "trifluoroacetate", "tosylate",
        "mesylate",    "triflate",  "glucuronide", "carbamate",        "nitrate",
        "formate",     "palmitate", "stearate",    "oleate",           "linoleate",
        "laurate",     "myristate", "butyrate",    "propionate",       "isobutyrate",
        "isovalerate", "tiglate",   "cinnamate",   "caproate",         "caprylate",
        "valerate",    "hexanoate", "octanoate",   "decanoate",        "arachidonate",
        "crotonate"};
    for (size_t i = 0; i < MG_COUNT(nouns); i++)
        if (!strcasecmp(s, nouns[i])) return true;
    return false;
}

/* Nouns of what an oxygen or nitrogen carries; "pentaacetate" is five of them: *times. */
static bool is_noun(const char **noun, int *times) {
    static const char *const many[] = {"di", "tri", "tetra", "penta", "hexa"};
    const char *s = *noun;
    *times = 0;
    if (is_one_noun(s)) return true;
    for (int k = 0; k < (int)MG_COUNT(many); k++) {
        const size_t n = strlen(many[k]);
        if (!plain_begins(s, many[k]) || !is_one_noun(s + n)) continue;
        *noun = s + n;
        *times = k + 2;
        return true;
    }
    return false;
}

/* "tropine sulfate": an ester, or a salt? The molecule has a basic nitrogen. */
static int drop_salt(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    plain_said base = {0};
    if (!out->smiles) return MOLGLOT_OK;
    int code = p->find(p, phrase, false, &base, err);
    mg_mol *m = base.smiles ? mg_mol_from_smiles(base.smiles, NULL, NULL) : NULL;
    mg_smarts *amine = mg_smarts_new("[NX3;!$(N[!#6;!#1]);!$(N[#6]=[O,S,N])]", err);
    if (m && amine && mg_smarts_count(amine, m, 1)) plain_said_free(out);
    mg_smarts_free(amine);
    mg_mol_free(m);
    plain_said_free(&base);
    return code;
}

/* "N-acetyl derivative of A", "3-sulfate of A", "palmitate of A", "palmitate ester of A". */
static int read_derivative(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const links[] = {" derivative of ", " analogue of ", " analog of ",
                                        " form of ",       " ester of ",    " of "};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strstr(s, links[i]);
        char group[MG_EDIT_WHAT], site[40] = "";
        if (!at || at == s || (size_t)(at - s) >= sizeof group) continue;
        if ((i == 1 || i == 2) && !strncasecmp(s, "n-", 2))
            return MOLGLOT_OK; /* in the place of its N-methyl, or beside it? */
        snprintf(group, sizeof group, "%.*s", (int)(at - s), s);
        const size_t n = place_at(group, site);
        const char *what = group + n, *name = at + strlen(links[i]);
        int times;
        const bool noun = is_noun(&what, &times);
        if (strchr(what, ' ') || (i >= 4 && !noun) || (!noun && !n && !mg_edit_group(what)))
            return MOLGLOT_OK;
        if (noun && !n) snprintf(site, sizeof site, "oh");
        if (i < 4 && !noun && n && *site &&
            isdigit((unsigned char)*site)) /* "7-methyl derivative of" */
            snprintf(site, sizeof site, "position %.*s", (int)strspn(group, "0123456789'"), group);
        const int code = put_at(p, what, site, name, times, out, err);
        return code || !noun || n || i == 4 ? code : drop_salt(p, name, out, err);
    }
    return MOLGLOT_OK;
}

/* "isoeugenol sulfate", "A 3-sulfate". */
static int read_noun_behind(plain *p, const char *s, plain_said *out, molglot_error *err) {
    char words[PLAIN_LONGEST], site[40] = "oh";
    snprintf(words, sizeof words, "%s", s);
    const bool ester = plain_ends(words, " ester");
    if (ester) words[strlen(words) - 6] = 0;
    char *last = strrchr(words, ' ');
    if (!last) return MOLGLOT_OK;
    *last++ = 0;
    const size_t n = place_at(last, site);
    const char *noun = last + n;
    int times;
    if (!is_noun(&noun, &times)) return MOLGLOT_OK;
    const int code = put_at(p, noun, site, words, times, out, err);
    return code || n || ester ? code : drop_salt(p, words, out, err);
}

/* "sulfated phenol" asks for any: a small ring is a class too. */
static int drop_class(plain *p, const char *name, plain_said *out, molglot_error *err) {
    plain_said base = {0};
    int code = p->find(p, name, true, &base, err);
    int atoms = 0;
    for (const char *c = base.smiles ? base.smiles : ""; *c; c++)
        atoms += isalpha((unsigned char)*c) != 0 && *c != 'H';
    if (atoms <= 10 && base.smiles && strpbrk(base.smiles, "12")) plain_said_free(out);
    plain_said_free(&base);
    return code;
}

/* "sulfated A", "N-acetylated A", "Boc-protected A", "protonated A", "dianion of A". */
static int read_verb_first(plain *p, const char *s, plain_said *out, molglot_error *err) {
    const size_t n = strcspn(s, " ");
    char word[80];
    mg_edit e;
    if (!s[n] || n >= sizeof word) return MOLGLOT_OK;
    snprintf(word, sizeof word, "%.*s", (int)n, s);
    const char *rest = s + n + 1;
    char *protected = strstr(word, "-protected");
    if (protected && !protected[10]) {
        char site[40] = "";
        *protected = 0;
        const size_t k = place_at(word, site);
        return put_at(p, word + k, site, rest, 0, out, err);
    }
    char place[40] = "";
    const size_t front = place_at(word, place);
    const size_t k = strlen(word); /* "3-methoxy A" is on a carbon */
    if (isdigit((unsigned char)*word) && strchr("yo", word[k - 1]) && !plain_ends(word, "fo") &&
        !plain_ends(word, "pho"))
        return MOLGLOT_OK;
    if (front == 2 && mg_edit_group(word + front))
        return put_at(p, word + front, place, rest, 0, out, err);
    if (!mg_edit_read(word, &e)) return MOLGLOT_OK;
    if (plain_begins(rest, "of ")) {
        if (e.act != MG_ACT_CHARGE) return MOLGLOT_OK;
        rest += 3;
    } else if (e.act != MG_ACT_PUT && e.act != MG_ACT_LOSE && e.act != MG_ACT_GAIN) {
        return MOLGLOT_OK;
    }
    int code = edit_phrase(p, &e, rest, out, err);
    if (!code && out->smiles && e.act == MG_ACT_PUT && front != 2 && !e.site.relative &&
        !*e.site.locant)
        code = drop_class(p, rest, out, err);
    return code;
}

/* "dihydro version of chalcone". */
static int read_hydro(plain *p, const char *s, plain_said *out, molglot_error *err) {
    static const char *const links[] = {" version of ", " derivative of ", " analogue of ",
                                        " analog of ", " form of "};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strstr(s, links[i]);
        if (!at || at - s < 5 || at - s > 20) continue;
        if (!memmem(s, (size_t)(at - s), "hydro", 5) || strncasecmp(at - 5, "hydro", 5) != 0)
            continue;
        char name[PLAIN_LONGEST];
        snprintf(name, sizeof name, "%.*s%.200s", (int)(at - s), s, at + strlen(links[i]));
        return p->find(p, name, true, out, err);
    }
    return MOLGLOT_OK;
}

int plain_heads(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    typedef int reader(plain *, const char *, plain_said *, molglot_error *);
    static reader *const readers[] = {
        read_coenzyme,    read_between,     read_kind_of,          read_amide,
        read_sum,         read_conjugate,   read_acyl_glucuronide, read_derivative,
        read_kind_behind, read_noun_behind, read_verb_first,       read_hydro};
    int code = MOLGLOT_OK;
    *out = (plain_said){0};
    for (size_t i = 0; i < MG_COUNT(readers) && !code && !out->smiles; i++) {
        const bool loose = readers[i] == read_kind_behind || readers[i] == read_noun_behind ||
                           readers[i] == read_conjugate || readers[i] == read_verb_first;
        if (loose && p->any && p->deep == 1) continue; /* "a sulfated phenol" is any */
        code = readers[i](p, phrase, out, err);
    }
    return code;
}
