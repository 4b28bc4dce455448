/* lipid_piece.c - groups of lipids as pieces of SMILES, and molecules of pieces.
 *
 *   "(9z)-octadec-9-enoyl" on O   ->   CCCCCCCC/C=C\CCCCCCCC(=O)O[At]
 *
 * The labels of a group are read with the atom it stands on; [At] is where the rest follows. Its
 * place is taken by a ring closure, so that a molecule is a template and its pieces, joined by
 * dots: "C%91[C@@H]%92CO.CC(=O)O%91.CC(=O)O%92". What is fixed (glycerol, sphingoids, sugars,
 * coenzyme A) is written with @ and needs no labels.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASTATINE = 85,
    LONGEST = 300, /* letters of a group */
    STEPS = 15000  /* of its reading */
};

static bool has_kind(const name_fragment *f, unsigned kinds) {
    int carbons = 0, oxo = 0, more = 0, single = 0;
    if (f->order != 1 || f->open || f->a[f->from].number != 6 || f->a[f->from].flat) return false;
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a != f->from && b->b != f->from) continue;
        const int other = f->a[b->a == f->from ? b->b : b->a].number;
        carbons += other == 6 && b->order == 1;
        oxo += other == 8 && b->order == 2;
        more += other == 6 && b->order == 2;
        single += b->order == 1;
    }
    if (oxo) return (kinds & LIPID_ACYL) && !more && single == carbons; /* no carbamoyl */
    if (single != carbons) return false;
    return more ? (kinds & LIPID_ALKENYL) && more == 1 : (kinds & LIPID_ALKYL) != 0;
}

/* The group on its atom and a mark. */
static char *write_piece(const name_fragment *sub, char atom) {
    name_fragment f = {0};
    const char on[2] = {atom, 0};
    name_fragment own = *sub; /* "(r)-" means the only centre of the whole group */
    own.any_cip = own.any_ez = 0;
    if (name_add(&f, on, NULL) < 0 || !name_join(&f, 0, &own)) return NULL;
    f.any_cip = sub->any_cip, f.any_ez = sub->any_ez;
    const int mark = name_add_atom(&f, ASTATINE);
    if (!name_bind(&f, 0, mark, 1) || !name_kekulise(&f)) return NULL;
    return name_sketched(&f, mark);
}

/* Strict readings first; two that differ are none. */
static char *read_group(const char *s, char atom, unsigned kinds, bool *failed) {
    name_reader r = {.s = s,
                     .n = strlen(s),
                     .steps = NAME_STEPS - STEPS,
                     .substituent = name_substituent,
                     .compound = name_compound};
    char *best = NULL;
    bool two = false;
    if (!name_open(&r)) r.failed = true;
    const name_ways *w = r.failed ? NULL : name_substituent(&r, 0, r.n);
    for (int i = 0; w && i < 2 * w->n; i++) {
        const name_fragment *f = w->f[i % w->n];
        if (i == w->n && best) break;
        if (f->loose != (i >= w->n) || !has_kind(f, kinds)) continue;
        char *one = write_piece(f, atom);
        if (one && best && strcmp(one, best) != 0) two = true;
        if (one && !best)
            best = one;
        else
            free(one);
    }
    if (two || r.steps > NAME_STEPS || r.failed) {
        free(best);
        best = NULL;
    }
    *failed |= r.failed;
    name_close(&r);
    return best;
}

/* ---- sugars ---- */

#define GAL_B "[C@@H]1O[C@H](CO)[C@H](O)[C@H](O)[C@H]1O"
#define GLC_B "[C@@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"

static const char *const SUGARS[][2] = {
    {"beta-d-galactosyl", "[At]O" GAL_B},
    {"beta-d-glucosyl", "[At]O" GLC_B},
    {"alpha-d-galactosyl", "[At]O[C@H]1O[C@H](CO)[C@H](O)[C@H](O)[C@H]1O"},
    {"alpha-d-glucosyl", "[At]O[C@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"beta-d-galactosyl-(1->4)-beta-d-glucosyl",
     "[At]O[C@@H]1O[C@H](CO)[C@@H](O[C@@H]2O[C@H](CO)[C@H](O)[C@H](O)[C@H]2O)[C@H](O)[C@H]1O"},
    {"alpha-d-galactosyl-(1->6)-beta-d-galactosyl",
     "[At]O[C@@H]1O[C@H](CO[C@H]2O[C@H](CO)[C@H](O)[C@H](O)[C@H]2O)[C@H](O)[C@H](O)[C@H]1O"},
    {"3-o-sulfo-beta-d-galactosyl", "[At]O[C@@H]1O[C@H](CO)[C@H](O)[C@H](OS(=O)(=O)O)[C@H]1O"},
    {"6-deoxy-6-sulfo-alpha-d-glucosyl", "[At]O[C@H]1O[C@H](CS(=O)(=O)O)[C@@H](O)[C@H](O)[C@H]1O"},
    {"6-sulfo-alpha-d-quinovosyl", "[At]O[C@H]1O[C@H](CS(=O)(=O)O)[C@@H](O)[C@H](O)[C@H]1O"},
    {"alpha-d-6-sulfoquinovosyl", "[At]O[C@H]1O[C@H](CS(=O)(=O)O)[C@@H](O)[C@H](O)[C@H]1O"}};

static char *read_sugar(const char *s, size_t n, bool *failed) {
    char plain[120];
    size_t k = 0; /* "galactopyranosyl", "d-gal" */
    for (size_t i = 0; i < n;) {
        if (!strncmp(s + i, "pyranosyl", 9) && k) {
            memcpy(plain + k, "syl", 3);
            k += 3, i += 9;
        } else {
            plain[k++] = s[i++];
        }
        if (k + 4 > sizeof plain) return NULL;
    }
    plain[k] = 0;
    for (size_t i = 0; i < MG_COUNT(SUGARS); i++) {
        if (strcmp(plain, SUGARS[i][0]) != 0) continue;
        char *out = strdup(SUGARS[i][1]);
        *failed |= !out;
        return out;
    }
    return NULL;
}

/* "18:1(9z)" is an acyl group. */
static char *read_short(const char *s, size_t n, char atom, unsigned kinds, bool *failed) {
    char own[120], *out = NULL;
    mg_str name = {0};
    if (!(kinds & LIPID_ACYL) || n < 3 || n >= sizeof own || !isdigit((unsigned char)*s))
        return NULL;
    memcpy(own, s, n);
    own[n] = 0;
    if (lipid_short_chain(own, "oyl", &name) == n && !name.failed)
        out = read_group(name.s, atom, LIPID_ACYL, failed);
    *failed |= name.failed;
    mg_str_free(&name);
    return out;
}

char *lipid_piece(const char *s, size_t n, char atom, unsigned kinds, bool *failed) {
    char spelled[LIPID_TEXT];
    while (n > 2 && strchr("([{", *s)) { /* brackets round all of it */
        int depth = 0;
        size_t k = 0;
        do {
            depth += strchr("([{", s[k]) != NULL;
            depth -= strchr(")]}", s[k]) != NULL;
        } while (depth && ++k < n);
        if (k != n - 1) break;
        s++, n -= 2;
    }
    if (kinds & LIPID_SUGAR) {
        char *sugar = read_sugar(s, n, failed);
        if (sugar || *failed) return sugar;
    }
    char *chain = read_short(s, n, atom, kinds, failed);
    if (chain || *failed) return chain;
    if (n < 4 || n > LONGEST || !lipid_respell(s, n, true, spelled)) return NULL;
    if (strlen(spelled) > LONGEST) return NULL;
    return read_group(spelled, atom, kinds, failed);
}

void lipid_add_piece(mg_str *out, const char *piece, int closure) {
    const char *mark = strstr(piece, "[At]"); /* at its beginning or at an end */
    mg_str_addz(out, ".");
    if (mark == piece)
        mg_str_addf(out, "%c%%%d%s", piece[4], closure, piece + 5);
    else if (mark)
        mg_str_addf(out, "%.*s%%%d%s", (int)(mark - piece), piece, closure, mark + 4);
}

char *lipid_canonical(const char *smiles) {
    mg_mol *m = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *out = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    return out;
}

/* ---- charges ---- */

/* Acid protons that leave, in this order, and the amines that take one. */
static const char PHOSPHATE[] = "[P:1][OX2H1:2]>>[P:1][O-:2]",
                  CARBOXY[] = "[C:1](=[O:2])[OX2H1:3]>>[C:1](=[O:2])[O-:3]",
                  SULFO[] = "[S:1](=[O:2])(=[O:3])[OX2H1:4]>>[S:1](=[O:2])(=[O:3])[O-:4]",
                  *const AMINES[] = {"[NX3;H2;+0;!$(N~[!#6]);!$(N[#6]=,:,#*):1]>>[NH3+:1]",
                                     "[NX3;H1;+0;!$(N~[!#6]);!$(N[#6]=,:,#*):1]>>[NH2+:1]",
                                     "[NX3;H0;+0;!$(N~[!#6]);!$(N[#6]=,:,#*):1]>>[NH+:1]"};

static const char *const AMINE_OF[] = {"[NX3;H2;+0;!$(N~[!#6]);!$(N[#6]=,:,#*)]",
                                       "[NX3;H1;+0;!$(N~[!#6]);!$(N[#6]=,:,#*)]",
                                       "[NX3;H0;+0;!$(N~[!#6]);!$(N[#6]=,:,#*)]"};

static int count_of(const mg_mol *m, const char *smarts) {
    mg_smarts *p = mg_smarts_new(smarts, NULL);
    const int n = p ? mg_smarts_count(p, m, 40) : 0;
    mg_smarts_free(p);
    return n;
}

bool lipid_protons_of(const char *smiles, lipid_protons *out) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    *out = (lipid_protons){0};
    if (!m) return false;
    out->phosphate = count_of(m, "[P]-[OX2H1]");
    out->carboxy = count_of(m, "[CX3](=O)[OX2H1]");
    out->sulfo = count_of(m, "[S](=O)(=O)[OX2H1]");
    out->amines = 0;
    for (int h = 0; h < 3; h++) {
        out->amine[h] = count_of(m, AMINE_OF[h]);
        out->amines += out->amine[h];
    }
    out->charge = count_of(m, "[+1]") - count_of(m, "[-1]");
    mg_mol_free(m);
    return true;
}

/* A change as often as said; NULL: it cannot be made so often. Frees the given one. */
static char *change(char *smiles, const char *reaction, int times, bool *failed) {
    for (int i = 0; i < times && smiles; i++) {
        char **made = NULL;
        size_t n = 0;
        if (mg_smiles_react(smiles, reaction, 1, &made, &n, NULL)) *failed = true;
        free(smiles);
        smiles = n ? made[0] : NULL;
        for (size_t k = 1; k < n; k++) free(made[k]);
        free(made);
    }
    return smiles;
}

char *name_ionised(char *smiles, int charge, bool *failed) {
    lipid_protons p;
    if (!smiles || !lipid_protons_of(smiles, &p)) {
        free(smiles);
        return NULL;
    }
    const int acids = p.phosphate + p.carboxy + p.sulfo;
    int amines = -1;
    if (charge == NAME_ALL_ACIDS && acids) charge = p.charge - acids;
    if (p.charge - acids == charge && !p.amines) amines = 0;
    if (p.charge - acids + p.amines == charge) amines = p.amines;
    if (amines < 0) {
        free(smiles);
        return NULL;
    }
    smiles = change(smiles, PHOSPHATE, p.phosphate, failed);
    smiles = change(smiles, CARBOXY, p.carboxy, failed);
    smiles = change(smiles, SULFO, p.sulfo, failed);
    for (int h = 0; h < 3 && amines; h++) smiles = change(smiles, AMINES[h], p.amine[h], failed);
    return smiles;
}
