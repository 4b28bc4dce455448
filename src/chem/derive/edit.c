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

enum { REACTION = 600, MOST = 6, MOST_PLACES = 12 };

/* ---- all places of a kind together ---- */

/* Adds the products of every place. */
static int react_everywhere(const char rules[SITE_PLACES][REACTION], int n, const char *smiles,
                            const char *partner, mg_products *out, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code; i++) {
        mg_products made = {0};
        code = partner ? mg_smiles_join(smiles, partner, rules[i], MOST, &made.s, &made.n, err)
                       : mg_smiles_react(smiles, rules[i], MOST, &made.s, &made.n, err);
        for (size_t k = 0; k < made.n && !code; k++)
            code = mg_products_add(out, made.s[k], MOST, err);
        mg_products_free(&made);
    }
    return code;
}

/* The molecule after `times` changes; several ways must end in one product. *several: they do not.
 */
static int react_times(const char rules[SITE_PLACES][REACTION], int n, int times,
                       const char *smiles, const char *partner, char **product, bool *several,
                       molglot_error *err) {
    mg_products now = {0};
    int code = mg_products_add(&now, smiles, 1, err);
    *product = NULL;
    for (int t = 0; t < times && !code && now.n; t++) {
        mg_products next = {0};
        for (size_t i = 0; i < now.n && !code; i++)
            code = react_everywhere(rules, n, now.s[i], partner, &next, err);
        mg_products_free(&now);
        now = next;
    }
    *several = now.n > 1;
    if (!code && now.n == 1 && !(*product = strdup(now.s[0])))
        code = mg_no_memory(err, "a change of a molecule");
    mg_products_free(&now);
    return code;
}

/* How many places a list of atoms finds. */
static int count_places(const char *const *places, int n, const char *smiles, int *out,
                        molglot_error *err) {
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    *out = 0;
    for (int i = 0; i < n && mol; i++) {
        char smarts[REACTION];
        snprintf(smarts, sizeof smarts, "[%s]", places[i]);
        mg_smarts *s = mg_smarts_new(smarts, err);
        if (s) *out += mg_smarts_count(s, mol, MOST_PLACES + 1);
        mg_smarts_free(s);
    }
    mg_mol_free(mol);
    return MOLGLOT_OK;
}

/* How often: what is said, or what is there; 0: the words do not fit it. */
static int times_of(const mg_site *site, int there) {
    if (*site->locant) return there == 1; /* which of them only a name could tell */
    if (site->times == MG_EDIT_ALL) return there <= MOST_PLACES ? there : 0;
    if (site->times > 1) return site->times == there ? there : 0;
    return there > 0;
}

/* ---- hydrogens replaced, water lost ---- */

/* Where a group goes: rows of atoms of the site, or of a benzene's carbon. */
static int places_of(const mg_site *site, char room[REACTION], const char *out[SITE_PLACES]) {
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
        snprintf(room, REACTION, "%.*s-!@%s%s", (int)(hole - format), format,
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

/* "acetate", "sulfated": on a carbon it would be another group. */
static bool is_ester_word(const char *what) {
    const size_t n = strlen(what);
    return n > 4 &&
           (!strcasecmp(what + n - 3, "ate") || !strcasecmp(what + n - 4, "ated") ||
            !strcasecmp(what + n - 4, "ates") || (n > 5 && !strcasecmp(what + n - 5, "onide")));
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
    char room[REACTION];
    const char *places[SITE_PLACES];
    int code = MOLGLOT_OK;
    if (!strchr("om", site->relative) || !site->relative || site->target >= 0 || site->times < 2)
        return code;
    for (int k = 0; site_has_target(k) && !code; k++) {
        mg_site one = *site;
        int there;
        one.target = k;
        code = count_places(places, places_of(&one, room, places), smiles, &there, err);
        if (there != site->times) continue;
        *site = one;
        break;
    }
    return code;
}

static int put(const mg_edit *said, const char *smiles, const char *partner, char **product,
               molglot_error *err) {
    static const char boron[] = "[*:9][BX3]([OX2H1])[OX2H1]";
    char rules[SITE_PLACES][REACTION], room[REACTION];
    const char *places[SITE_PLACES];
    int there;
    bool several;
    mg_edit own = *said;
    const mg_edit *e = &own;
    int first = settle(&own.site, smiles, err);
    if (first) return first;
    int n = places_of(&e->site, room, places);
    if (e->site.kind < 0 && !e->site.relative && is_carbon_group(e->what)) return MOLGLOT_OK;
    if (strchr("cC", *places[0]) && is_ester_word(e->what)) return MOLGLOT_OK;
    if (e->site.kind == SITE_HYDROXY) { /* "all three oxygens" of an acid without others */
        static const char *const acids[] = {"OX2H1;$(O[PX4]),$(O[SX4](=O)=O)"};
        int code = count_places(places, n, smiles, &there, err);
        if (code) return code;
        if (!there) places[0] = acids[0], n = 1;
    }
    for (int i = 0; i < n; i++)
        snprintf(rules[i], REACTION, "[%s:5].%s>>%s[*:9]", places[i], boron, left_of(places[i]));
    int code = count_places(places, n, smiles, &there, err);
    int times = times_of(&e->site, there);
    if (!code && times > 1 && *places[0] == 'N') { /* "each nitrogen": NH2 once */
        static const char *const twice[] = {"NX3;H2"};
        int full;
        code = count_places(twice, 1, smiles, &full, err);
        if (full && full != there) return code;
        for (int i = 0; i < n && full; i++)
            snprintf(rules[i], REACTION, "[H2;%s:5].%s>>%s[*:9]", places[i], boron,
                     left_of(places[i]));
    }
    if (!code && there == 1 && e->site.times == 2 && *places[0] == 'C') {
        times = 2;
    } else if (!code && there == 1 && e->site.times == 2 &&
               *places[0] == 'N') { /* "dimethylated" */
        static const char *const two[] = {"NX3;H2"};
        code = count_places(two, 1, smiles, &there, err);
        times = there == 1 ? 2 : 0;
    }
    return code || !times ? code
                          : react_times(rules, n, times, smiles, partner, product, &several, err);
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
    static const char rule[SITE_PLACES][REACTION] = {
        "[c:5][OX2H1].[OX2H1;$(O[CX4]):1]>>[c:5][O:1]"};
    const char *const of[2] = {smiles, partner};
    int n[2][2], code = MOLGLOT_OK;
    bool several;
    for (int i = 0; i < 2 && !code; i++) {
        code = count_places(phenol, 1, of[i], &n[i][0], err);
        if (!code) code = count_places(alcohol, 1, of[i], &n[i][1], err);
    }
    for (int i = 0; i < 2 && !code; i++)
        if (n[i][0] == 1 && !n[i][1] && n[1 - i][1] == 1 && !n[1 - i][0])
            return react_times(rule, 1, 1, of[i], of[1 - i], product, &several, err);
    return code;
}

static int join(const mg_edit *e, const char *smiles, const char *partner, char **product,
                molglot_error *err) {
    char rules[SITE_PLACES][REACTION], room[REACTION];
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
            snprintf(rules[i], REACTION, "[%s:5].[CX3:1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])%s",
                     places[i], left_of(places[i]));
        code = count_places(places, n, smiles, &there, err);
        const int times = times_of(&e->site, there);
        if (!code && times)
            code = react_times(rules, n, times, smiles, partner, &made[0], &several[0], err);
    }
    if (!code && (acid || e->site.kind < 0)) {
        const char *carboxy[] = {acid ? said : "OX2H1;$(O[CX3]=[OX1])"};
        const int n = takers(e->bond, places);
        for (int i = 0; i < n; i++)
            snprintf(rules[i], REACTION, "[CX3:1](=[OX1:2])[%s].[%s:5]>>[C:1](=[O:2])%s",
                     carboxy[0], places[i], left_of(places[i]));
        code = count_places(carboxy, 1, smiles, &there, err);
        const int times = times_of(&e->site, there);
        if (!code && times)
            code = react_times(rules, n, times, smiles, partner, &made[1], &several[1], err);
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
    char rules[SITE_PLACES][REACTION], room[REACTION];
    const char *said[SITE_PLACES], *const *places = ACIDS;
    bool several;
    int n = 1, there, code = MOLGLOT_OK;
    if (e->site.kind >= 0) {
        n = places_of(&e->site, room, said);
        places = said;
    }
    code = count_places(places, n, smiles, &there, err);
    if (!code && !there && e->site.kind < 0) {
        places = WEAK;
        code = count_places(places, n, smiles, &there, err);
    }
    for (int i = 0; i < n; i++)
        snprintf(rules[i], REACTION, "[%s:5]>>[%c-;H%c:5]", places[i], *places[i],
                 *places[i] == 'N' ? '1' : '0');
    const int times = times_of(&e->site, there);
    return code || !times ? code
                          : react_times(rules, n, times, smiles, NULL, product, &several, err);
}

/* Atoms that take a proton, by how many hydrogens they have. */
static int gain(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char atoms[SITE_PLACES][REACTION / 2], rules[SITE_PLACES][REACTION], room[REACTION];
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
        snprintf(rules[n], REACTION, "[%.500s:5]>>[%c+;H%d:5]", atoms[n], *place, h + 1);
        places[n] = atoms[n];
        n++;
    }
    int code = count_places(places, n, smiles, &there, err);
    const int times = times_of(&e->site, there);
    return code || !times ? code
                          : react_times(rules, n, times, smiles, NULL, product, &several, err);
}

/* ---- groups removed ---- */

static const struct {
    const char *words;
    const char *rules[4];
} REMOVED[] = {
    {"n-methyl|methyl on nitrogen|n-methyl group|methyl on the nitrogen",
     {"[NX3:1][CH3]>>[N:1]", "[nX3:1][CH3]>>[n;H1:1]"}},
    {"o-methyl|methyl ether|methyl ether methyl", {"[OX2;$(O[c,CX4]):1][CH3]>>[O:1]"}},
    {"methoxy|ome|methoxyl", {"[#6:1][OX2][CH3]>>[#6:1]"}},
    {"n-ethyl|ethyl on nitrogen", {"[NX3:1][CH2][CH3]>>[N:1]", "[nX3:1][CH2][CH3]>>[n;H1:1]"}},
    {"ethyl",
     {"[NX3:1][CH2][CH3]>>[N:1]", "[OX2:1][CH2][CH3]>>[O:1]", "[#6:1][CX4H2][CX4H3]>>[#6:1]"}},
    {"benzoyl|benzoate", {"[OX2:1][CX3](=O)c1[cH][cH][cH][cH][cH]1>>[O:1]"}},
    {"methyl ester", {"[OX2;$(OC=O):1][CH3]>>[O:1]"}},
    {"ethyl ester", {"[OX2;$(OC=O):1][CH2][CH3]>>[O:1]"}},
    {"methyl",
     {"[NX3:1][CH3]>>[N:1]", "[nX3:1][CH3]>>[n;H1:1]", "[#6:1][CX4H3]>>[#6:1]",
      "[OX2:1][CH3]>>[O:1]"}},
    {"chlorine|chloro|cl", {"[#6:1]Cl>>[#6:1]"}},
    {"bromine|bromo|br", {"[#6:1]Br>>[#6:1]"}},
    {"fluorine|fluoro", {"[#6:1]F>>[#6:1]"}},
    {"nitro|no2", {"[#6:1][NX3+](=O)[O-]>>[#6:1]"}},
    {"oh|hydroxyl|hydroxy|phenol oh", {"[#6;!$(C=O):1][OX2H1]>>[#6:1]"}},
    {"carboxyl|cooh|carboxylic acid|acid", {"[#6:1][CX3](=O)[OX2H1]>>[#6:1]"}},
    {"acetyl|o-acetyl|acetate", {"[OX2:1][CX3](=O)[CH3]>>[O:1]", "[NX3:1][CX3](=O)[CH3]>>[N:1]"}},
    {"n-acetyl", {"[NX3:1][CX3](=O)[CH3]>>[N:1]"}},
};

/* Xanthines and uracils by number, where the words say one. */
static bool numbered_methyl(const mg_edit *e, char rule[REACTION]) {
    static const struct {
        const char *locant, *rule;
    } table[] = {
        {"1",
         "[n;$(n1c(=O)n([#6])c2ncn([#6,#1])c2c1=O),$(n1c(=O)[n,c]c2ncnc2c1=O):1][CH3]>>[n;H1:1]"},
        {"3", "[n;$(n1c(=O)nc(=O)c2ncnc12),$(n1c(=O)nc(=O)c2ncnc21):1][CH3]>>[n;H1:1]"},
        {"7", "[n;$(n1cnc2nc(=O)nc(=O)c12):1][CH3]>>[n;H1:1]"}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (!strcmp(e->site.locant, table[i].locant)) {
            snprintf(rule, REACTION, "%s", table[i].rule);
            return true;
        }
    return false;
}

static int strip(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char rules[SITE_PLACES][REACTION];
    const char *xanthine[] = {"n;$(n1c(=O)nc(=O)c2ncnc12)"};
    int n = 0, there = 0, code = MOLGLOT_OK;
    bool several;
    for (size_t i = 0; i < MG_COUNT(REMOVED) && !n; i++)
        if (edit_is_one(e->what, strlen(e->what), REMOVED[i].words))
            for (; n < 4 && REMOVED[i].rules[n]; n++)
                snprintf(rules[n], REACTION, "%s", REMOVED[i].rules[n]);
    if (!n) return code;
    if (*e->site.locant && strstr(e->what, "methyl"))
        code = count_places(xanthine, 1, smiles, &there, err);
    if (there) {
        if (!numbered_methyl(e, rules[0])) return code;
        n = 1;
    }
    return code ? code
                : react_times(rules, n, e->site.times > 1 ? e->site.times : 1, smiles, NULL,
                              product, &several, err);
}

/* A group in the place of another, at no centre whose configuration would have to be told. */
static int replace(const mg_edit *e, const char *smiles, const char *partner, char **product,
                   molglot_error *err) {
    static const char plain[] = "[$(c),$([CX4;H2]),$([CX4;H3]),$([CX3;!$(C=O)]):1]";
    char rules[SITE_PLACES][REACTION];
    bool several;
    int n = 0;
    for (size_t i = 0; i < MG_COUNT(REMOVED); i++) {
        if (!edit_is_one(e->old, strlen(e->old), REMOVED[i].words)) continue;
        for (int k = 0; k < 4 && REMOVED[i].rules[k]; k++) {
            const char *rule = REMOVED[i].rules[k], *arrow = strstr(rule, ">>");
            const char *rest = strchr(rule, ']');
            if (strncmp(rule, "[#6", 3) != 0 || !arrow || !rest) continue;
            snprintf(rules[n++], REACTION, "%s%.*s.[*:9][BX3]([OX2H1])[OX2H1]%s[*:9]", plain,
                     (int)(arrow - rest) - 1, rest + 1, arrow);
        }
        break;
    }
    if (!n || is_ester_word(e->what)) return MOLGLOT_OK;
    return react_times(rules, n, 1, smiles, partner, product, &several, err);
}

/* What "oxidised to the sulfone" and the like do, the first letters of the verb before. */
static const struct {
    const char *verb, *to, *rules[3];
} TURNS[] = {
    {"oxidi", "aldehyde", {"[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1]=[O:2]"}},
    {"oxidi",
     "acid|carboxylic acid|carboxyl",
     {"[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1](O)=[O:2]",
      "[CX3;H1;$(C[#6]):1]=[OX1:2]>>[C:1](O)=[O:2]"}},
    {"oxidi", "ketone", {"[CX4;H1;$(C([#6])[#6]);!$(C[O;R]):1][OX2H1:2]>>[C:1]=[O:2]"}},
    {"oxidi", "sulfoxide", {"[SX2;H0;$(S([#6])[#6]):1]>>[S:1]=O"}},
    {"oxidi",
     "sulfone",
     {"[SX2;H0;$(S([#6])[#6]):1]>>[S:1](=O)=O", "[SX3;$(S([#6])[#6]):1]=[O:2]>>[S:1](=[O:2])=O"}},
    {"oxidi",
     "n-oxide",
     {"[NX3;H0;$(N([CX4])([CX4])[CX4]):1]>>[N+:1][O-]", "[nX2;r6:1]>>[n+:1][O-]"}},
    {"oxidi", "sulfonic acid|sulfonate", {"[SX2;H1:1]>>[S:1](=O)(=O)O"}},
    {"oxidi", "nitro|nitro compound", {"[NX3;H2;$(Nc):1]>>[N+:1](=O)[O-]"}},
    {"reduc",
     "alcohol|primary alcohol|secondary alcohol|carbinol",
     {"[CX3;$(C[#6]);!$(C[O,N,S]):1]=[OX1:2]>>[C:1][O:2]"}},
    {"reduc",
     "amine|aniline|primary amine",
     {"[c:3][NX3+:1](=O)[O-]>>[c:3][N;+0:1]", "[CX2:1]#[NX1:2]>>[C:1][N:2]"}},
    {"reduc", "aldehyde", {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1]=[O:2]"}},
};

static int turn(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    static const char *const double_bond[] = {"CX3;$(C=C)"};
    char rules[SITE_PLACES][REACTION];
    bool several;
    int n = 0, times = 1;
    if (!strcmp(e->what, "saturated")) {
        int code = count_places(double_bond, 1, smiles, &times, err);
        if (code || times > MOST_PLACES || times % 2) return code;
        times /= 2;
        snprintf(rules[n++], REACTION, "[CX3:1]=[CX3:2]>>[C:1][C:2]");
    }
    for (size_t i = 0; i < MG_COUNT(TURNS) && !n; i++) {
        if (strncmp(e->old, TURNS[i].verb, 5) != 0 ||
            !edit_is_one(e->what, strlen(e->what), TURNS[i].to))
            continue;
        for (; n < 3 && TURNS[i].rules[n]; n++)
            snprintf(rules[n], REACTION, "%s", TURNS[i].rules[n]);
    }
    return n && times ? react_times(rules, n, times, smiles, NULL, product, &several, err)
                      : MOLGLOT_OK;
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
        code = count_places(inner, 1, smiles, &there, err);
        if (!code) code = count_places(plain, 1, smiles, &fit, err);
        if (code || there < 4 || (e->site.times == 2 && there != 4)) return code;
        if (strchr("tc", letter) && fit != there) return code;
        *product = mg_smiles_labelled(smiles, strchr("tE", letter) ? 'E' : 'Z', true, NULL);
        return code;
    }
    if (letter == 't' || letter == 'c') {
        code = count_places(any, 1, smiles, &there, err);
        if (!code) code = count_places(plain, 1, smiles, &fit, err);
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
    case MG_ACT_REPLACE: return partner ? replace(e, smiles, partner, product, err) : MOLGLOT_OK;
    case MG_ACT_TURN: return turn(e, smiles, product, err);
    case MG_ACT_REMOVE: return strip(e, smiles, product, err);
    case MG_ACT_LABEL: return label(e, smiles, product, err);
    case MG_ACT_FLAT: return flatten(smiles, product, err);
    default: return MOLGLOT_OK; /* of names and sums */
    }
}
