/* numbers.c - numbers that are sums over atoms or counts of patterns: logP of Wildman and Crippen,
 * donors, acceptors, rotatable bonds as RDKit counts them, and QED (Bickerton et al. 2012,
 * doi:10.1038/nchem.1243). */
#include "chem/facts/inside.h"

#include <math.h>
#include <stdlib.h>

/* RDKit's own (BSD-3): Code/GraphMol/Descriptors/Lipinski.cpp */
static const char DONORS[] = "[N&!H0&v3,N&!H0&+1&v4,O&H1&+0,S&H1&+0,n&H1&+0]";
static const char ACCEPTORS[] = "[$([O,S;H1;v2]-[!$(*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),"
                                "$([N;v3;!$(N-*=!@[O,N,P,S])]),$([nH0,o,s;+0])]";
static const char ROTATABLE[] =
    "[!$(*#*)&!D1&!$(C(F)(F)F)&!$(C(Cl)(Cl)Cl)&!$(C(Br)(Br)Br)&!$(C([CH3])([CH3])[CH3])&"
    "!$([CD3](=[N,O,S])-!@[#7,O,S!D1])&!$([#7,O,S!D1]-!@[CD3]=[N,O,S])&"
    "!$([CD3](=[N+])-!@[#7!D1])&!$([#7!D1]-!@[CD3]=[N+])]-,:;!@"
    "[!$(*#*)&!D1&!$(C(F)(F)F)&!$(C(Cl)(Cl)Cl)&!$(C(Br)(Br)Br)&!$(C([CH3])([CH3])[CH3])]";

/* Patterns and parameters of QED: RDKit's QED.py, Copyright (c) 2009-2017 Novartis Institutes for
 * BioMedical Research Inc., BSD-3 (THIRD_PARTY.md). */
static const char ALIPHATIC_RING[] = "[$([A;R][!a])]";
static const char *const qed_acceptors[] = {"[oH0;X2]",
                                            "[OH1;X2;v2]",
                                            "[OH0;X2;v2]",
                                            "[OH0;X1;v2]",
                                            "[O-;X1]",
                                            "[SH0;X2;v2]",
                                            "[SH0;X1;v2]",
                                            "[S-;X1]",
                                            "[nH0;X2]",
                                            "[NH0;X1;v3]",
                                            "[$([N;+0;X3;v3]);!$(N[C,S]=O)]"};
static const char *const alerts[] = {
    "*1[O,S,N]*1",
    "[S,C](=[O,S])[F,Br,Cl,I]",
    "[CX4][Cl,Br,I]",
    "[#6]S(=O)(=O)O[#6]",
    "[$([CH]),$(CC)]#CC(=O)[#6]",
    "[$([CH]),$(CC)]#CC(=O)O[#6]",
    "n[OH]",
    "[$([CH]),$(CC)]#CS(=O)(=O)[#6]",
    "C=C(C=O)C=O",
    "n1c([F,Cl,Br,I])cccc1",
    "[CH1](=O)",
    "[#8][#8]",
    "[C;!R]=[N;!R]",
    "[N!R]=[N!R]",
    "[#6](=O)[#6](=O)",
    "[#16][#16]",
    "[#7][NH2]",
    "C(=O)N[NH2]",
    "[#6]=S",
    "[$([CH2]),$([CH][CX4]),$(C([CX4])[CX4])]=[$([CH2]),$([CH][CX4]),$(C([CX4])[CX4])]",
    "C1(=[O,N])C=CC(=[O,N])C=C1",
    "C1(=[O,N])C(=[O,N])C=CC=C1",
    "a21aa3a(aa1aaaa2)aaaa3",
    "a31a(a2a(aa1)aaaa2)aaaa3",
    "a1aa2a3a(a1)A=AA=A3=AA=A2",
    "c1cc([NH2])ccc1",
    "[Hg,Fe,As,Sb,Zn,Se,se,Te,B,Si,Na,Ca,Ge,Ag,Mg,K,Ba,Sr,Be,Ti,Mo,Mn,Ru,Pd,Ni,Cu,Au,Cd,Al,Ga,Sn,"
    "Rh,Tl,Bi,Nb,Li,Pb,Hf,Ho]",
    "I",
    "OS(=O)(=O)[O-]",
    "[N+](=O)[O-]",
    "C(=O)N[OH]",
    "C1NC(=O)NC(=O)1",
    "[SH]",
    "[S-]",
    "c1ccc([Cl,Br,I,F])c([Cl,Br,I,F])c1[Cl,Br,I,F]",
    "c1cc([Cl,Br,I,F])cc([Cl,Br,I,F])c1[Cl,Br,I,F]",
    "[CR1]1[CR1][CR1][CR1][CR1][CR1][CR1]1",
    "[CR1]1[CR1][CR1]cc[CR1][CR1]1",
    "[CR2]1[CR2][CR2][CR2][CR2][CR2][CR2][CR2]1",
    "[CR2]1[CR2][CR2]cc[CR2][CR2][CR2]1",
    "[CH2R2]1N[CH2R2][CH2R2][CH2R2][CH2R2][CH2R2]1",
    "[CH2R2]1N[CH2R2][CH2R2][CH2R2][CH2R2][CH2R2][CH2R2]1",
    "C#C",
    "[OR2,NR2]@[CR2]@[CR2]@[OR2,NR2]@[CR2]@[CR2]@[OR2,NR2]",
    "[$([N+R]),$([n+R]),$([N+]=C)][O-]",
    "[#6]=N[OH]",
    "[#6]=NOC=O",
    "[#6](=O)[CX4,CR0X3,O][#6](=O)",
    "c1ccc2c(c1)ccc(=O)o2",
    "[O+,o+,S+,s+]",
    "N=C=O",
    "[NX3,NX4][F,Cl,Br,I]",
    "c1ccccc1OC(=O)[#6]",
    "[CR0]=[CR0][CR0]=[CR0]",
    "[C+,c+,C-,c-]",
    "N=[N+]=[N-]",
    "C12C(NC(N1)=O)CSC2",
    "c1c([OH])c([OH,NH2,NH])ccc1",
    "P",
    "[N,O,S]C#N",
    "C=C=O",
    "[Si][F,Cl,Br,I]",
    "[SX2]O",
    "[SiR0,CR0](c1ccccc1)(c2ccccc2)(c3ccccc3)",
    "O1CCCCC1OC2CCC3CCCCC3C2",
    "N=[CR0][N,n,O,S]",
    "[cR2]1[cR2][cR2]([Nv3X3,Nv4X4])[cR2][cR2][cR2]1[cR2]2[cR2][cR2][cR2]([Nv3X3,Nv4X4])[cR2][cR2]"
    "2",
    "C=[C!r]C#N",
    "[cR2]1[cR2]c([N+0X3R0,nX3R0])c([N+0X3R0,nX3R0])[cR2][cR2]1",
    "[cR2]1[cR2]c([N+0X3R0,nX3R0])[cR2]c([N+0X3R0,nX3R0])[cR2]1",
    "[cR2]1[cR2]c([N+0X3R0,nX3R0])[cR2][cR2]c1([N+0X3R0,nX3R0])",
    "[OH]c1ccc([OH,NH2,NH])cc1",
    "c1ccccc1OC(=O)O",
    "[SX2H0][N]",
    "c12ccccc1(SC(S)=N2)",
    "c12ccccc1(SC(=S)N2)",
    "c1nnnn1C=O",
    "s1c(S)nnc1NC=O",
    "S1C=CSC1=S",
    "C(=O)Onnn",
    "OS(=O)(=O)C(F)(F)F",
    "N#CC[OH]",
    "N#CC(=O)",
    "S(=O)(=O)C#N",
    "N[CH2]C#N",
    "C1(=O)NCC1",
    "S(=O)(=O)[O-,OH]",
    "NC[F,Cl,Br,I]",
    "C=[C!r]O",
    "[NX2+0]=[O+0]",
    "[OR0,NR0][OR0,NR0]",
    "C(=O)O[C,H1].C(=O)O[C,H1].C(=O)O[C,H1]",
    "[CX2R0][NX3R0]",
    "c1ccccc1[C;!R]=[C;!R]c2ccccc2",
    "[NX3R0,NX4R0,OR0,SX2R0][CX4][NX3R0,NX4R0,OR0,SX2R0]",
    "[s,S,c,C,n,N,o,O]~[n+,N+](~[s,S,c,C,n,N,o,O])(~[s,S,c,C,n,N,o,O])~[s,S,c,C,n,N,o,O]",
    "[s,S,c,C,n,N,o,O]~[nX3+,NX3+](~[s,S,c,C,n,N])~[s,S,c,C,n,N]",
    "[*]=[N+]=[*]",
    "[SX3](=O)[O-,OH]",
    "N#N",
    "F.F.F.F",
    "[R0;D2][R0;D2][R0;D2][R0;D2]",
    "[cR,CR]~C(=O)NC(=O)~[cR,CR]",
    "C=!@CC=[O,S]",
    "[#6,#8,#16][#6](=O)O[#6]",
    "c[C;R0](=[O,S])[#6]",
    "c[SX2][C;!R]",
    "C=C=C",
    "c1nc([F,Cl,Br,I,S])ncc1",
    "c1ncnc([F,Cl,Br,I,S])c1",
    "c1nc(c2c(n1)nc(n2)[F,Cl,Br,I])",
    "[#6]S(=O)(=O)c1ccc(cc1)F",
    "[15N]",
    "[13C]",
    "[18O]",
    "[34S]"};
_Static_assert(MG_COUNT(qed_acceptors) == MG_QED_ACCEPTORS, "a pattern each");
_Static_assert(MG_COUNT(alerts) == MG_QED_ALERTS, "a pattern each");

static int add_all(mg_patterns *p, const char *const *smarts, size_t n, int32_t *out,
                   molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i++) code = mg_patterns_parse(p, smarts[i], &out[i], err);
    return code;
}

int mg_numbers_compile(mg_patterns *p, mg_number_patterns *out, molglot_error *err) {
    const char *const single[] = {DONORS, ACCEPTORS, ROTATABLE, ALIPHATIC_RING};
    int32_t which[MG_COUNT(single)];
    int code = add_all(p, single, MG_COUNT(single), which, err);
    if (code) return code;
    out->donors = which[0];
    out->acceptors = which[1];
    out->rotatable = which[2];
    out->aliphatic_ring = which[3];
    code = add_all(p, qed_acceptors, MG_COUNT(qed_acceptors), out->qed_acceptors, err);
    if (!code) code = add_all(p, alerts, MG_COUNT(alerts), out->alerts, err);
    return code ? code : mg_patterns_crippen(p, &out->crippen, err);
}

/* ---- logP ---- */

static double share(const mg_crippen *c, mg_matcher *m, int32_t atom) {
    for (size_t i = 0; i < c->n; i++)
        if (mg_match_at(m, c->patterns[i], atom)) return c->logp[i];
    return 0;
}

static int log_p(const mg_groups *g, const mg_mol *mol, double *out, molglot_error *err) {
    mg_view view;
    mg_matcher m;
    int code = mg_view_get(mol, true, &view, err);
    if (code) return code;
    code = mg_matcher_open(&m, &g->patterns, &view, err);
    m.steps = INT64_MAX;
    *out = 0;
    for (int32_t i = 0; i < view.n_atoms && !code; i++) *out += share(&g->numbers.crippen, &m, i);
    mg_matcher_close(&m);
    mg_view_free(&view);
    return code;
}

/* ---- QED ---- */

typedef struct desirable {
    double a, b, c, d, e, f, most, weight;
} desirable;

/* weight, logP, acceptors, donors, TPSA, rotatable bonds, aromatic rings, alerts */
static const desirable desirables[] = {
    {2.817065973, 392.5754953, 290.7489764, 2.419764353, 49.22325677, 65.37051707, 104.9805561,
     .66},
    {3.172690585, 137.8624751, 2.534937431, 4.581497897, .822739154, .576295591, 131.3186604, .46},
    {2.948620388, 160.4605972, 3.615294657, 4.435986202, .290141953, 1.300669958, 148.7763046, .05},
    {1.618662227, 1010.051101, .985094388, .000000001, .713820843, .920922555, 258.1632616, .61},
    {1.876861559, 125.2232657, 62.90773554, 87.83366614, 12.01999824, 28.51324732, 104.5686167,
     .06},
    {.010000000, 272.4121427, 2.558379970, 1.565547684, 1.271567166, 2.758063707, 105.4420403, .65},
    {3.217788970, 957.7374108, 2.274627939, .000000001, 1.317690384, .375760881, 312.3372610, .48},
    {.010000000, 1199.094025, -.09002883, .000000001, .185904477, .875193782, 417.7253140, .95}};

static double desirability(const desirable *p, double x) {
    const double up = 1 + exp(-(x - p->c + p->d / 2) / p->e);
    const double down = 1 + exp(-(x - p->c - p->d / 2) / p->f);
    return (p->a + p->b / up * (1 - 1 / down)) / p->most;
}

/* Rings that are left without the atoms that the pattern of aliphatic rings takes. */
static int kept_rings(const mg_groups *g, mg_matcher *m, int *out, molglot_error *err) {
    const mg_view *v = m->view;
    int atoms = 0, bonds = 0, parts = 0, n = 0;
    int32_t *const todo = malloc(2 * ((size_t)v->n_atoms + 1) * sizeof *todo);
    if (!todo) return mg_no_memory(err, "QED");
    int32_t *const state = todo + v->n_atoms + 1; /* 0 kept, 1 taken or visited */
    for (int32_t i = 0; i < v->n_atoms; i++) {
        state[i] = mg_match_at(m, g->numbers.aliphatic_ring, i);
        atoms += !state[i];
    }
    for (int32_t i = 0; i < v->n_atoms; i++)
        for (int32_t k = v->offsets[i]; k < v->offsets[i + 1] && !state[i]; k++)
            bonds += !state[v->neighbours[k]];
    for (int32_t i = 0; i < v->n_atoms; i++) {
        if (state[i]) continue;
        parts++;
        state[todo[n++] = i] = 1;
        while (n) {
            const int32_t at = todo[--n];
            for (int32_t k = v->offsets[at]; k < v->offsets[at + 1]; k++)
                if (!state[v->neighbours[k]]) state[todo[n++] = v->neighbours[k]] = 1;
        }
    }
    free(todo);
    *out = bonds / 2 - atoms + parts;
    return MOLGLOT_OK;
}

static int count_of(mg_matcher *m, int32_t pattern, int *out, molglot_error *err) {
    if (!mg_match(m, pattern))
        return m->failed
                   ? mg_no_memory(err, "patterns")
                   : mg_fail(err, MOLGLOT_FAILED, "a pattern takes too long on this molecule");
    *out = (int)m->n;
    return MOLGLOT_OK;
}

static int qed(const mg_groups *g, mg_matcher *m, mg_facts *out, molglot_error *err) {
    int acceptors = 0, alarms = 0, rings = 0, n = 0;
    int code = kept_rings(g, m, &rings, err);
    for (size_t i = 0; i < MG_QED_ACCEPTORS && !code; i++) {
        code = count_of(m, g->numbers.qed_acceptors[i], &n, err);
        acceptors += n;
    }
    if (code) return code;
    for (size_t i = 0; i < MG_QED_ALERTS; i++) alarms += mg_match_any(m, g->numbers.alerts[i]);
    const double x[] = {out->weight, out->logp,      acceptors, out->donors,
                        out->tpsa,   out->rotatable, rings,     alarms};
    double sum = 0, weights = 0;
    for (size_t i = 0; i < MG_COUNT(x); i++) {
        sum += desirables[i].weight * log(desirability(&desirables[i], x[i]));
        weights += desirables[i].weight;
    }
    out->qed = exp(sum / weights);
    return MOLGLOT_OK;
}

int mg_number_facts(const mg_groups *g, const mg_mol *mol, mg_matcher *m, mg_facts *out,
                    molglot_error *err) {
    int code = log_p(g, mol, &out->logp, err);
    if (!code) code = count_of(m, g->numbers.donors, &out->donors, err);
    if (!code) code = count_of(m, g->numbers.acceptors, &out->acceptors, err);
    if (!code) code = count_of(m, g->numbers.rotatable, &out->rotatable, err);
    return code ? code : qed(g, m, out, err);
}
