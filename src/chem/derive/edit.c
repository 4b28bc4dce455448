/* edit.c - what one clause (edit_words.c) makes of a molecule, as reactions in SMARTS.
 *
 * A place that is said without a number must be the only one that leaves its product; "both" are
 * two places, "all" as many as there are. Nothing is chosen: several products are none.
 */
#include "chem/derive/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How often: what is said, or what is there; 0: the words do not fit it. */
static int times_of(const mg_site *site, int there) {
    if (*site->locant) return there == 1; /* which of them only a name could tell */
    if (site->times == MG_EDIT_ALL) return there <= EDIT_PLACES ? there : 0;
    if (site->times > 1) return site->times == there ? there : 0;
    return there > 0;
}

/* ---- hydrogens replaced, water lost ---- */

/* Where a group goes: rows of atoms of the site, or of a benzene's carbon. */
static int places_of(const mg_site *site, char room[EDIT_REACTION], const char *out[SITE_PLACES]) {
    int n = 0;
    if (site->relative == 'r') {
        out[n++] = "cH";
        return n;
    }
    if (site->relative) {
        static const char ortho[] = "cH;$(c1c(%s)cccc1)", meta[] = "cH;$(c1cc(%s)ccc1)",
                          para[] = "cH;$(c1ccc(%s)cc1)";
        const char *format = site->relative == 'o' ? ortho : site->relative == 'm' ? meta : para;
        const char *hole = strstr(format, "%s");
        snprintf(room, EDIT_REACTION, "%.*s-!@%s%s", (int)(hole - format), format,
                 site_target(site->target), hole + 2);
        out[n++] = room;
        return n;
    }
    const site_kind *kind = &SITE_KINDS[site->kind < 0 ? SITE_ANY : site->kind];
    if (site->kind == SITE_HYDROXY && !strcmp(site->locant, "5'")) { /* of a nucleoside */
        out[n++] = "OX2H1;$(O[CH2][C;R]1O[C;R](n)[C;R][C;R]1)";
        return n;
    }
    for (; n < SITE_PLACES && kind->place[n]; n++) out[n] = kind->place[n];
    return n;
}

static const char *left_of(const char *place) {
    switch (*place) {
    case 'O': return "[O:5]";
    case 'S': return "[S:5]";
    case 'N': return "[N:5]";
    case 'n': return "[n;H0:5]";
    case 'C': return "[C:5]";
    default: return "[c:5]";
    }
}

/* What stands on carbon: without a place it is not known where. */
static bool is_carbon_group(const char *what) {
    static const char groups[] =
        "carboxamide|carbamoyl|conh2|nitro|no2|amino|amine|nh2|hydroxy|oh|hydroxyl|thiol|sh|"
        "sulfanyl|"
        "mercapto|chloro|chlorine|cl|bromo|bromine|br|fluoro|fluorine|f|iodo|iodine|cyano|nitrile|"
        "cn|"
        "carboxy|cooh|carboxyl|co2h|carboxylic acid|aldehyde|cho|methoxy|ome|methoxyl|ethoxy|oet|"
        "trifluoromethyl|cf3|dimethylamino|methylamino|acetoxy|acetamido|ureido|sulfonamide|"
        "hydroxymethyl|sulfonic acid|phenyl|ph|keto|oxo";
    char s[EDIT_WORDS];
    return edit_fold(what, s) && edit_is_one(s, strlen(s), groups);
}

/* "both ortho positions" where no group is said: of the one that is there. */
static int settle(mg_site *site, const char *smiles, molglot_error *err) {
    char room[EDIT_REACTION];
    const char *places[SITE_PLACES];
    int code = MOLGLOT_OK;
    if (!strchr("om", site->relative) || !site->relative || site->target >= 0 || site->times < 2)
        return code;
    for (int k = 0; site_has_target(k) && !code; k++) {
        mg_site one = *site;
        int there;
        one.target = k;
        code = edit_count(places, places_of(&one, room, places), smiles, &there, err);
        if (there != site->times) continue;
        *site = one;
        break;
    }
    return code;
}

static int put(const mg_edit *said, const char *smiles, const char *partner, char **product,
               molglot_error *err) {
    static const char boron[] = "[*:9][BX3]([OX2H1])[OX2H1]";
    char rules[SITE_PLACES][EDIT_REACTION], room[EDIT_REACTION];
    const char *places[SITE_PLACES];
    int there;
    bool several;
    mg_edit own = *said;
    const mg_edit *e = &own;
    int first = settle(&own.site, smiles, err);
    if (first) return first;
    int n = places_of(&e->site, room, places);
    if (e->site.kind < 0 && !e->site.relative && is_carbon_group(e->what)) return MOLGLOT_OK;
    if (strchr("cC", *places[0]) && edit_is_ester_word(e->what)) return MOLGLOT_OK;
    if (e->site.kind == SITE_HYDROXY) { /* "all three oxygens" of an acid without others */
        static const char *const acids[] = {"OX2H1;$(O[PX4]),$(O[SX4](=O)=O)"};
        int code = edit_count(places, n, smiles, &there, err);
        if (code) return code;
        if (!there) places[0] = acids[0], n = 1;
    }
    for (int i = 0; i < n; i++)
        snprintf(rules[i], EDIT_REACTION, "[%s:5].%s>>%s[*:9]", places[i], boron,
                 left_of(places[i]));
    int code = edit_count(places, n, smiles, &there, err);
    int times = times_of(&e->site, there);
    if (!code && times > 1 && *places[0] == 'N') { /* "each nitrogen": NH2 once */
        static const char *const twice[] = {"NX3;H2"};
        int full;
        code = edit_count(twice, 1, smiles, &full, err);
        if (full && full != there) return code;
        for (int i = 0; i < n && full; i++)
            snprintf(rules[i], EDIT_REACTION, "[H2;%s:5].%s>>%s[*:9]", places[i], boron,
                     left_of(places[i]));
    }
    if (!code && there == 1 && e->site.times == 2 && *places[0] == 'C') {
        times = 2;
    } else if (!code && there == 1 && e->site.times == 2 &&
               *places[0] == 'N') { /* "dimethylated" */
        static const char *const two[] = {"NX3;H2"};
        code = edit_count(two, 1, smiles, &there, err);
        times = there == 1 ? 2 : 0;
    }
    return code || !times
               ? code
               : edit_react_times(rules, n, times, smiles, partner, product, &several, err);
}

/* What an acid is joined to. */
static const char *const TAKES[] = {
    "OX2H1;$(O[CX4]),$(Oc)", "NX3;H1,H2,H3;!$(N[C,S,P]=[O,S,N]);!$(N[O,S,P])", "SX2H1", NULL};

/* Rows of TAKES that a bond may mean. */
static int takers(enum mg_joint bond, const char *out[SITE_PLACES]) {
    int n = 0;
    for (int i = 0; TAKES[i]; i++)
        if (bond == MG_JOINT_ANY || i == (int)bond - 1) out[n++] = TAKES[i];
    return n;
}

/* The molecule takes what an acid gives, or it gives; both ways round are no answer. */
/* An ether of two alcohols, of which one is a phenol: the other keeps its oxygen. */
static int join_ether(const char *smiles, const char *partner, char **product, molglot_error *err) {
    static const char *const phenol[] = {"OX2H1;$(Oc)"}, *const alcohol[] = {"OX2H1;$(O[CX4])"};
    static const char rule[SITE_PLACES][EDIT_REACTION] = {
        "[c:5][OX2H1].[OX2H1;$(O[CX4]):1]>>[c:5][O:1]"};
    const char *const of[2] = {smiles, partner};
    int n[2][2], code = MOLGLOT_OK;
    bool several;
    for (int i = 0; i < 2 && !code; i++) {
        code = edit_count(phenol, 1, of[i], &n[i][0], err);
        if (!code) code = edit_count(alcohol, 1, of[i], &n[i][1], err);
    }
    for (int i = 0; i < 2 && !code; i++)
        if (n[i][0] == 1 && !n[i][1] && n[1 - i][1] == 1 && !n[1 - i][0])
            return edit_react_times(rule, 1, 1, of[i], of[1 - i], product, &several, err);
    return code;
}

static int join(const mg_edit *e, const char *smiles, const char *partner, char **product,
                molglot_error *err) {
    char rules[SITE_PLACES][EDIT_REACTION], room[EDIT_REACTION];
    const char *places[SITE_PLACES];
    int there = 0, code = MOLGLOT_OK;
    char *made[2] = {NULL, NULL};
    bool several[2] = {false, false};
    if (e->site.relative) return code;
    if (e->bond == MG_JOINT_ETHER)
        return e->site.kind < 0 ? join_ether(smiles, partner, product, err) : code;
    const char *said = e->site.kind < 0 ? "" : SITE_KINDS[e->site.kind].place[0];
    const bool acid = strstr(said, "$(O[CX3]") != NULL;
    if (!acid) {
        const int n = e->site.kind < 0 ? takers(e->bond, places)
                                       : places_of(&e->site, room, places);
        for (int i = 0; i < n; i++)
            snprintf(rules[i], EDIT_REACTION, "[%s:5].[CX3:1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])%s",
                     places[i], left_of(places[i]));
        code = edit_count(places, n, smiles, &there, err);
        const int times = times_of(&e->site, there);
        if (!code && times)
            code = edit_react_times(rules, n, times, smiles, partner, &made[0], &several[0], err);
    }
    if (!code && (acid || e->site.kind < 0)) {
        const char *carboxy[] = {acid ? said : "OX2H1;$(O[CX3]=[OX1])"};
        const int n = takers(e->bond, places);
        for (int i = 0; i < n; i++)
            snprintf(rules[i], EDIT_REACTION, "[CX3:1](=[OX1:2])[%s].[%s:5]>>[C:1](=[O:2])%s",
                     carboxy[0], places[i], left_of(places[i]));
        code = edit_count(carboxy, 1, smiles, &there, err);
        const int times = times_of(&e->site, there);
        if (!code && times)
            code = edit_react_times(rules, n, times, smiles, partner, &made[1], &several[1], err);
    }
    if (!several[0] && !several[1] && !made[0] != !made[1])
        *product = made[made[0] ? 0 : 1];
    else
        free(made[0]), free(made[1]);
    return code;
}

/* ---- protons ---- */

static const char *const BASES[] = {"NX3;!$(N[!#6;!#1]);!$(N[c,$(C=[!#6;!#1]),$(C=C)])", NULL};
static const char *const ACIDS[] = {"OX2H1;$(O[CX3]=[OX1]),$(O[PX4]),$(O[SX4](=O)=O)", NULL},
                         *const WEAK[] = {"OX2H1;$(Oc)", NULL};

static int lose(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char rules[SITE_PLACES][EDIT_REACTION], room[EDIT_REACTION];
    const char *said[SITE_PLACES], *const *places = ACIDS;
    bool several;
    int n = 1, there, code = MOLGLOT_OK;
    if (e->site.kind >= 0) {
        n = places_of(&e->site, room, said);
        places = said;
    }
    code = edit_count(places, n, smiles, &there, err);
    if (!code && !there && e->site.kind < 0) {
        places = WEAK;
        code = edit_count(places, n, smiles, &there, err);
    }
    for (int i = 0; i < n; i++)
        snprintf(rules[i], EDIT_REACTION, "[%s:5]>>[%c-;H%c:5]", places[i], *places[i],
                 *places[i] == 'N' ? '1' : '0');
    const int times = times_of(&e->site, there);
    return code || !times ? code
                          : edit_react_times(rules, n, times, smiles, NULL, product, &several, err);
}

/* Atoms that take a proton, by how many hydrogens they have. */
static int gain(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char atoms[SITE_PLACES][EDIT_REACTION / 2], rules[SITE_PLACES][EDIT_REACTION],
        room[EDIT_REACTION];
    const char *said[SITE_PLACES], *place = BASES[0], *places[SITE_PLACES];
    bool several;
    int n = 0, there = 0;
    if (e->site.kind > SITE_NITROGEN) {
        if (places_of(&e->site, room, said) != 1) return MOLGLOT_OK;
        place = said[0];
        if (!strchr("Nn", *place)) return MOLGLOT_OK;
        if (!strncmp(place, "NX3;H1,H2;!$(N[C,S,P,c]", 23)) place = BASES[0];
    }
    for (int h = 0; h < 3; h++) {
        if (h && *place == 'n') break;
        snprintf(atoms[n], sizeof atoms[n], "H%d;%s", h, place);
        snprintf(rules[n], EDIT_REACTION, "[%.500s:5]>>[%c+;H%d:5]", atoms[n], *place, h + 1);
        places[n] = atoms[n];
        n++;
    }
    int code = edit_count(places, n, smiles, &there, err);
    const int times = times_of(&e->site, there);
    return code || !times ? code
                          : edit_react_times(rules, n, times, smiles, NULL, product, &several, err);
}

/* Without configurations; one with double bonds that have some is left alone. */
static int flatten(const char *smiles, char **product, molglot_error *err) {
    if (strpbrk(smiles, "/\\")) return MOLGLOT_OK;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    *product = m ? mg_mol_smiles(m, false) : NULL;
    mg_mol_free(m);
    return *product ? MOLGLOT_OK : mg_no_memory(err, "a change of a molecule");
}

/* "trans" is E where each end has one hydrogen, and no other double bond could be meant. */
static int label(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    static const char *const any[] = {"CX3;!R;$(C=[CX3;!R])"}, *const plain[] = {
                                                                   "CX3;!R;H1;$(C=[CX3;!R;H1])"};
    char letter = (char)e->charge;
    const bool alpha = !strcmp(e->what, "alpha");
    int there = 0, fit = 0, code = MOLGLOT_OK;
    static const char *const inner[] = {"CX3;!R;!H2;$(C=[CX3;!R;!H2])"};
    const bool all = e->site.times > 1;
    if (all) { /* "all-trans": where none is known yet */
        if (strpbrk(smiles, "/\\")) return code;
        code = edit_count(inner, 1, smiles, &there, err);
        if (!code) code = edit_count(plain, 1, smiles, &fit, err);
        if (code || there < 4 || (e->site.times == 2 && there != 4)) return code;
        if (strchr("tc", letter) && fit != there) return code;
        *product = mg_smiles_labelled(smiles, strchr("tE", letter) ? 'E' : 'Z', true, NULL);
        return code;
    }
    if (letter == 't' || letter == 'c') {
        code = edit_count(any, 1, smiles, &there, err);
        if (!code) code = edit_count(plain, 1, smiles, &fit, err);
        if (code || there != 2 || fit != 2) return code;
        letter = letter == 't' ? 'E' : 'Z';
    }
    /* where other centres are known, "the S form" is of them too */
    if (strchr("RS", letter) && strchr(smiles, '@') && !alpha) return code;
    *product = mg_smiles_labelled(smiles, letter, false, alpha ? DERIVE_ALPHA : NULL);
    return code;
}

int mg_edit_apply(const mg_edit *e, const char *smiles, const char *partner, char **product,
                  molglot_error *err) {
    *product = NULL;
    switch (e->act) {
    case MG_ACT_NOTHING:
        *product = strdup(smiles);
        return *product ? MOLGLOT_OK : mg_no_memory(err, "a change of a molecule");
    case MG_ACT_PUT: return partner ? put(e, smiles, partner, product, err) : MOLGLOT_OK;
    case MG_ACT_JOIN: return partner ? join(e, smiles, partner, product, err) : MOLGLOT_OK;
    case MG_ACT_LOSE: return lose(e, smiles, product, err);
    case MG_ACT_GAIN: return gain(e, smiles, product, err);
    case MG_ACT_REPLACE: return edit_replace(e, smiles, partner, product, err);
    case MG_ACT_TURN: return edit_turn(e, smiles, product, err);
    case MG_ACT_REMOVE: return edit_strip(e, smiles, product, err);
    case MG_ACT_LABEL: return label(e, smiles, product, err);
    case MG_ACT_FLAT: return flatten(smiles, product, err);
    default: return MOLGLOT_OK; /* of names and sums */
    }
}
