/* write.c - a molecule's systematic name: a parent is tried after the other, and a name is given
 * only where the reader makes the same molecule of it.
 *
 *   parent   of the principal characteristic group (acid, ester, amide, nitrile, aldehyde, ketone,
 *            alcohol, amine) the unit with most of them; rings before chains; rings with nitrogen,
 *            with other heteroatoms, with more rings, of more atoms. Then of the next class.
 *   given    the parent is read (name.c) and laid on the molecule every way.
 *
 * No clock: ATTEMPTS names are proven at most.
 */
#include "chem/nomenclature/write.h"

#include "chem/nomenclature/nomenclature.h"

#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 20, UNITS = 14 };

typedef struct writing {
    namer w;
    mg_parts g;
    char *target; /* canonical */
    int attempts;
    char **name, **phrase;
    name_written best;
    molglot_error *err;
} writing;

/* Families whose names come first: sugars, steroids, lipids, peptides. Each gives *name, malloc'ed,
 * or leaves it NULL. */
typedef int name_family(const mg_mol *m, char **name, char **phrase, molglot_error *err);
static name_family *const FAMILIES[] = {NULL};

/* ---- proof ---- */

static char *again(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *out = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    return out;
}

/* Whether the reader makes the molecule of it. */
static int reads_back(writing *t, const char *name, bool *same) {
    char *smiles = NULL;
    const int code = mg_name_read(name, &smiles, t->err);
    *same = smiles && !strcmp(smiles, t->target);
    if (smiles && !*same) {
        char *other = again(smiles);
        *same = other && !strcmp(other, t->target);
        free(other);
    }
    free(smiles);
    return code;
}

static int prove_phrase(writing *t, const char *phrase) {
    char *name = NULL;
    size_t stereo;
    bool same = false;
    int code = mg_name_described(phrase, &name, &stereo, t->err);
    if (!code && name) code = reads_back(t, name, &same);
    free(name);
    if (!code && same && !(*t->phrase = strdup(phrase))) code = mg_no_memory(t->err, "a name");
    return code;
}

/* Keeps what best says, if it is true. */
static int prove(writing *t, const char *front) {
    const name_written *b = &t->best;
    bool same = false;
    if (!b->found) return MOLGLOT_OK;
    t->attempts++;
    mg_str name = {0}, phrase = {0};
    mg_str_addf(&name, "%s%s%s", front, b->stereo, b->name.s);
    mg_str_addf(&phrase, "%s%s", b->stereo, b->phrase);
    int code = name.failed || phrase.failed ? mg_no_memory(t->err, "a name")
                                            : reads_back(t, name.s, &same);
    if (!code && same) {
        *t->name = name.s;
        name = (mg_str){0};
        if (*b->phrase && !*front) code = prove_phrase(t, phrase.s);
    }
    mg_str_free(&name);
    mg_str_free(&phrase);
    return code;
}

static bool is_done(const writing *t) { return *t->name || t->attempts >= ATTEMPTS; }

/* ---- a parent that is given ---- */

typedef struct laying {
    namer *w;
    const name_fragment *f;
    const char *parent;
    name_written *best;
} laying;

/* Whether a chain goes on beyond what it was laid on: "pentan-1-ol substituted by a propan-2-yl
 * group at position 5" is a hexanol. */
static bool goes_on(const namer *w, const name_fragment *f, const uint8_t *map) {
    uint64_t own = 0;
    if (f->m >= f->n) return false;
    for (int i = 0; i < f->n; i++) own |= UINT64_C(1) << map[i];
    for (int i = 0; i < f->n; i++) {
        int inside = 0, outside = 0;
        for (int k = 0; k < w->degree[map[i]] && f->a[i].number == 6; k++) {
            const int j = w->near[map[i]][k];
            if (w->g->atom[j].number != 6) continue;
            inside += (own >> j & 1) != 0;
            outside += !(own >> j & 1) && !w->g->atom[j].ring;
        }
        if (inside < 2 && outside) return true;
    }
    return false;
}

/* The only nitrogen with a place of its own is "n", whatever its number. */
static void name_nitrogen(const name_fragment *f, const uint8_t *map, name_unit *u) {
    int found = -1;
    for (int i = 0; i < f->n; i++) {
        if (*f->a[i].locant != 'n') continue;
        if (found >= 0) return;
        found = i;
    }
    if (found >= 0) strcpy(u->locant[map[found]], "n");
}

static bool laid(void *user, const uint8_t *map) {
    laying *l = user;
    if (goes_on(l->w, l->f, map)) return true;
    name_unit *u = calloc(1, sizeof *u);
    if (!u) {
        l->w->failed = true;
        return false;
    }
    if (strlen(l->parent) < sizeof u->text) {
        memcpy(u->text, l->parent, strlen(l->parent) + 1);
        for (int i = 0; i < l->f->n; i++) {
            u->covers |= UINT64_C(1) << map[i];
            if (l->f->a[i].cip || name_near_known(l->f, i)) u->fixed |= UINT64_C(1) << map[i];
            memcpy(u->locant[map[i]], l->f->a[i].locant, NAME_LOCANT);
        }
        for (int j = 0; j < l->f->m; j++)
            if (l->f->b[j].ez)
                u->fixed |= UINT64_C(1) << map[l->f->b[j].a] | UINT64_C(1) << map[l->f->b[j].b];
        name_nitrogen(l->f, map, u);
        u->alike = l->f->alike;
        namer_finish(l->w, u, -1, l->best);
    }
    free(u);
    return !namer_spent(l->w);
}

static int write_on(writing *t, const char *parent) {
    name_fragment *f = calloc(1, sizeof *f), *placed = malloc(sizeof *placed);
    mg_sketch_atom *atoms = malloc(NAME_ATOMS * sizeof *atoms);
    mg_sketch_bond *bonds = malloc(NAME_BONDS * sizeof *bonds);
    mg_parts *g = malloc(sizeof *g);
    name_pattern *p = calloc(1, sizeof *p);
    char *smiles = NULL;
    int code = f && placed && atoms && bonds && g && p ? MOLGLOT_OK
                                                       : mg_no_memory(t->err, "a name");
    if (!code) code = name_of_parent(parent, f, &smiles, t->err);
    if (!code && smiles && f->n <= t->g.n) {
        *placed = *f;
        if (name_kekulise(placed) && name_sketch(placed, -1, atoms, bonds) &&
            mg_parts_of_sketch(atoms, f->n, bonds, f->m, g)) {
            p->n = g->n, p->m = g->m;
            for (int i = 0; i < g->n; i++)
                p->number[i] = g->atom[i].number, p->charge[i] = g->atom[i].charge;
            memcpy(p->bond, g->bond, (size_t)g->m * sizeof *p->bond);
            laying l = {&t->w, f, parent, &t->best};
            namer_match(&t->w, p, ~UINT64_C(0), laid, &l);
            if (t->w.failed) code = mg_no_memory(t->err, "a name");
            if (!code) code = prove(t, "");
        }
    }
    free(smiles);
    free(f);
    free(placed);
    free(atoms);
    free(bonds);
    free(g);
    free(p);
    return code;
}

/* ---- a parent that is chosen ---- */

typedef struct candidate {
    int system; /* WRITE_ACYCLIC: a chain */
    int groups, rank[5];
} candidate;

static void rank_of(const namer *w, int system, candidate *c) {
    int atoms = 0, hetero = 0, nitrogen = 0, bonds = 0;
    for (int i = 0; i < w->g->n; i++) {
        if (w->system[i] != system) continue;
        atoms++;
        hetero += w->g->atom[i].number != 6;
        nitrogen += w->g->atom[i].number == 7;
    }
    for (int j = 0; j < w->g->m; j++)
        bonds += w->g->bond[j].ring && w->system[w->g->bond[j].a] == system;
    const int rank[] = {hetero > 0, nitrogen > 0, bonds - atoms, atoms, hetero};
    memcpy(c->rank, rank, sizeof rank);
}

static int by_seniority(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->groups != y->groups) return y->groups - x->groups;
    if ((x->system < 0) != (y->system < 0)) return x->system < 0 ? 1 : -1;
    for (int i = 0; i < 5; i++)
        if (x->rank[i] != y->rank[i]) return y->rank[i] - x->rank[i];
    return x->system - y->system;
}

/* Units that have groups of the class; of no class: all. */
static int candidates_of(const namer *w, const name_groups *groups, candidate out[UNITS]) {
    int n = 0, on_chain = 0;
    const bool none = groups->class == CLASS_NONE;
    for (int s = 0; s < w->systems && n < UNITS - 1; s++) {
        candidate c = {.system = s};
        for (int i = 0; i < groups->n; i++) c.groups += w->system[groups->at[i].skeleton] == s;
        rank_of(w, s, &c);
        if (c.groups || none) out[n++] = c;
    }
    for (int i = 0; i < groups->n; i++) on_chain += w->system[groups->at[i].skeleton] < 0;
    if (on_chain || none) out[n++] = (candidate){.system = WRITE_ACYCLIC, .groups = on_chain > 0};
    qsort(out, (size_t)n, sizeof *out, by_seniority);
    return n;
}

static int try_unit(writing *t, int system, const name_groups *groups, const char *front) {
    int code = MOLGLOT_OK;
    for (int variant = 0; variant < 2 && !code && !is_done(t); variant++) {
        char last[WORDS_LONGEST];
        memcpy(last, t->best.name.s, sizeof last);
        if (variant && system < 0) break;
        if (variant)
            for (size_t k = 0; k < MG_COUNT(t->w.known); k++)
                free(t->w.known[k]), t->w.known[k] = NULL;
        t->best = (name_written){0};
        t->w.variant = variant;
        const name_request q = {
            .groups = groups->class == CLASS_NONE ? NULL : groups, .entry = -1, .from = -1};
        if (system >= 0)
            namer_ring(&t->w, system, &q, &t->best);
        else
            namer_chains(&t->w, &q, &t->best);
        if (t->w.failed) return mg_no_memory(t->err, "a name");
        if (!variant || strcmp(last, t->best.name.s) != 0) code = prove(t, front);
    }
    t->w.variant = 0;
    return code;
}

/* What is bound to the oxygen of an ester, where it has a name. */
static const name_words *alkyl_of(namer *w, const name_group *g, int *atom) {
    const int o = g->ester;
    const int r = w->near[o][w->near[o][0] == g->root];
    *atom = r;
    return namer_substituent(w, r, o);
}

/* Esters of one unit: all, if they are of one alcohol, or one by one. */
static int try_ester(writing *t, int system, const name_groups *all) {
    int code = MOLGLOT_OK;
    for (int only = -1; only < all->n && !code && !is_done(t); only++) {
        name_groups some = {.class = all->class};
        const name_words *alcohol = NULL;
        bool alike = true;
        t->w.away = 0;
        for (int i = 0; i < all->n; i++) {
            int r;
            if ((only >= 0 && i != only) || t->w.system[all->at[i].skeleton] != system) continue;
            const name_words *words = alkyl_of(&t->w, &all->at[i], &r);
            alike &= words && (!alcohol || !strcmp(alcohol->s, words->s));
            alcohol = words;
            t->w.away |= UINT64_C(1) << r;
            some.at[some.n++] = all->at[i];
        }
        if (!alike || !some.n || some.n > 3 || (only >= 0 && all->n == 1)) continue;
        name_words front = {0};
        const bool sulfur = all->class == CLASS_THIOESTER; /* "S-(2-aminoethyl) ethanethioate" */
        if (sulfur && some.n > 1) continue;
        if (sulfur) {
            words_add(&front, "S-");
            if (alcohol->composed)
                words_enclosed(&front, alcohol->s);
            else
                words_add(&front, "%s", alcohol->s);
            words_add(&front, " ");
        } else if (some.n == 1) {
            words_add(&front, "%s ", alcohol->s);
        } else if (alcohol->composed) {
            words_add(&front, some.n == 2 ? "bis" : "tris");
            words_enclosed(&front, alcohol->s);
            words_add(&front, " ");
        } else {
            words_add(&front, "%s%s ", some.n == 2 ? "di" : "tri", alcohol->s);
        }
        if (!front.failed) code = try_unit(t, system, &some, front.s);
    }
    t->w.away = 0;
    return code;
}

/* Atoms of a carbon with a double bond to `two` and a nitrogen beside it that is in no ring: the
 * third neighbour; -1: it is none. */
static int amide_like(const namer *w, int c, int two, int *oxo, int *nitrogen) {
    int third = -1;
    *oxo = *nitrogen = -1;
    if (w->g->atom[c].number != 6 || w->g->atom[c].ring || w->degree[c] != 3) return -1;
    for (int k = 0; k < 3; k++) {
        const int x = w->near[c][k];
        const mg_parts_atom *a = &w->g->atom[x];
        if (a->number == two && w->g->bond[w->by[c][k]].order == 2 && *oxo < 0)
            *oxo = x;
        else if (a->number == 7 && !a->ring && !a->charge && *nitrogen < 0)
            *nitrogen = x;
        else
            third = x;
    }
    return *oxo >= 0 && *nitrogen >= 0 ? third : -1;
}

/* "methyl phenylcarbamate". */
static int try_carbamates(writing *t) {
    namer *w = &t->w;
    int code = MOLGLOT_OK;
    for (int c = 0; c < w->g->n && !code && !is_done(t); c++) {
        int oxo, nitrogen;
        const int o = amide_like(w, c, 8, &oxo, &nitrogen);
        if (o < 0 || w->g->atom[o].number != 8 || w->degree[o] != 2) continue;
        const int r = w->near[o][w->near[o][0] == c];
        const name_words *alcohol = w->g->atom[r].number == 6 ? namer_substituent(w, r, o) : NULL;
        name_unit *u = alcohol ? calloc(1, sizeof *u) : NULL;
        if (alcohol && !u) return mg_no_memory(t->err, "a name");
        if (!u) continue;
        name_words front = {0};
        words_add(&front, "%s ", alcohol->s);
        strcpy(u->text, "carbamate");
        strcpy(u->locant[nitrogen], "n");
        const int own[] = {c, o, oxo, nitrogen};
        for (size_t k = 0; k < MG_COUNT(own); k++) u->covers |= UINT64_C(1) << own[k];
        u->bare = true;
        w->away = UINT64_C(1) << r;
        t->best = (name_written){0};
        namer_finish(w, u, -1, &t->best);
        w->away = 0;
        free(u);
        if (w->failed) return mg_no_memory(t->err, "a name");
        if (!front.failed) code = prove(t, front.s);
    }
    return code;
}

/* Ureas and their like, where the molecule has one. */
static int try_ureas(writing *t) {
    static const struct {
        const char *name;
        int two;
    } parents[] = {{"urea", 8}, {"thiourea", 16}, {"guanidine", 7}};
    int code = MOLGLOT_OK;
    for (size_t p = 0; p < MG_COUNT(parents); p++) {
        bool there = false;
        for (int c = 0; c < t->w.g->n; c++) {
            int oxo, nitrogen;
            const int n = amide_like(&t->w, c, parents[p].two, &oxo, &nitrogen);
            there |= n >= 0 && t->w.g->atom[n].number == 7 && !t->w.g->atom[n].ring;
        }
        t->best = (name_written){0};
        if (there && !code && !is_done(t)) code = write_on(t, parents[p].name);
    }
    return code;
}

static int write_chosen(writing *t) {
    int code = MOLGLOT_OK;
    for (int class = CLASS_ACID; class <= CLASS_NONE && !code && !is_done(t); class ++) {
        name_groups groups;
        candidate list[UNITS];
        if (class == CLASS_THIOESTER) code = try_carbamates(t);
        if (class == CLASS_SULFONAMIDE && !code) code = try_ureas(t);
        if (class == CLASS_NONE && !code && !is_done(t)) { /* two rings of one kind */
            t->best = (name_written){0};
            code = write_on(t, "1,1'-biphenyl");
        }
        if (code || is_done(t)) break;
        namer_groups(&t->w, (name_class) class, &groups);
        if (!groups.n && class != CLASS_NONE) continue;
        const int n = candidates_of(&t->w, &groups, list);
        for (int i = 0; i < n && !code && !is_done(t); i++)
            code = groups.n && groups.at[0].ester >= 0 ? try_ester(t, list[i].system, &groups)
                                                       : try_unit(t, list[i].system, &groups, "");
    }
    return code;
}

/* ---- all of it ---- */

int mg_name_write(const mg_mol *m, const char *parent, char **name, char **phrase,
                  molglot_error *err) {
    int code = MOLGLOT_OK;
    *name = *phrase = NULL;
    if (!parent)
        for (size_t i = 0; FAMILIES[i] && !code && !*name; i++)
            code = FAMILIES[i](m, name, phrase, err);
    if (code || *name || mg_mol_atoms(m) > MG_PARTS_ATOMS || mg_mol_atoms(m) < 1) return code;
    writing *t = calloc(1, sizeof *t);
    char *smiles = t ? mg_mol_smiles(m, true) : NULL;
    if (smiles) t->target = again(smiles);
    if (!t || !smiles) code = mg_no_memory(err, "a name");
    if (!code && t->target && !strchr(t->target, '.') && mg_parts_of(m, &t->g) &&
        namer_open(&t->w, &t->g, namer_substituent)) {
        t->name = name, t->phrase = phrase, t->err = err;
        code = parent ? write_on(t, parent) : write_chosen(t);
    }
    if (t) {
        namer_close(&t->w);
        free(t->target);
    }
    free(t);
    free(smiles);
    if (code) {
        free(*name);
        free(*phrase);
        *name = *phrase = NULL;
    }
    return code;
}
