/* describe.c - facts in plain English: one paragraph that says nothing but what was computed. */
#include "chem/facts/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct writing {
    const mg_groups *g;
    const mg_facts *f;
    const uint16_t *shown;
    mg_str out;
    bool begun; /* something was said in this list */
} writing;

/* ---- words ---- */

static bool ends(const char *s, const char *with) {
    const size_t n = strlen(s), m = strlen(with);
    return n >= m && !strcmp(s + n - m, with);
}

static const char *article(const char *name) {
    if (strchr("aeioAEIO", *name)) return "an";
    if (!strncmp(name, "N-", 2) || !strncmp(name, "N,", 2) || !strncmp(name, "S-", 2)) return "an";
    return "a";
}

/* What a name needs to be a noun: "benzene ring", "ammonium ion". */
static const char *noun(const writing *w, int group) {
    const mg_group *q = &w->g->list[group];
    if (q->kind == MG_GROUP_RING) {
        if (ends(q->name, "core") || ends(q->name, "macrocycle")) return "";
        const int rings = w->g->patterns.list[w->g->pattern_of[group]].rings;
        return rings > 1 ? " ring system" : " ring";
    }
    return ends(q->name, "ium") ? " group" : "";
}

static void plural(mg_str *out, const char *name) {
    const size_t n = strlen(name);
    if (ends(name, "s") || ends(name, "x") || ends(name, "ch"))
        mg_str_addf(out, "%ses", name);
    else if (n > 2 && name[n - 1] == 'y' && !strchr("aeiou", name[n - 2]))
        mg_str_addf(out, "%.*sies", (int)n - 1, name);
    else
        mg_str_addf(out, "%ss", name);
}

static void say_group(writing *w, int group, int n) {
    char name[512];
    snprintf(name, sizeof name, "%s%s", w->g->list[group].name, noun(w, group));
    if (n == 1) {
        mg_str_addf(&w->out, "%s %s", article(name), name);
    } else {
        mg_str_addf(&w->out, "%d ", n);
        plural(&w->out, name);
    }
}

static void say_number(mg_str *out, int n, const char *one, const char *more) {
    if (n == 0)
        mg_str_addf(out, "no %s", one);
    else
        mg_str_addf(out, "%d %s", n, n == 1 ? one : more);
}

static void between(writing *w, const char *first, const char *next) {
    mg_str_addz(&w->out, w->begun ? next : first);
    w->begun = true;
}

/* ---- groups ---- */

static int first_parent(const writing *w, int group) {
    const mg_group *q = &w->g->list[group];
    return q->n_parents ? q->parents[0] : -1;
}

/* Groups shown of one kind that have this first parent. */
static int family(const writing *w, int parent, mg_group_kind kind) {
    int n = 0;
    for (int i = 0; i < (int)w->g->n; i++)
        n += w->shown[i] && w->g->list[i].kind == kind && first_parent(w, i) == parent;
    return n;
}

static void say_family(writing *w, int parent) {
    const char *before = " (";
    say_group(w, parent, w->f->count[parent]);
    for (int i = 0; i < (int)w->g->n; i++) {
        if (!w->shown[i] || w->g->list[i].kind != MG_GROUP_FUNCTIONAL ||
            first_parent(w, i) != parent)
            continue;
        mg_str_addz(&w->out, before);
        say_group(w, i, w->f->count[i]);
        before = ", ";
    }
    mg_str_addz(&w->out, ")");
}

static void say_groups(writing *w) {
    bool *said = calloc(w->g->n + 1, sizeof *said);
    if (!said) {
        w->out.failed = true;
        return;
    }
    w->begun = false;
    for (int i = 0; i < (int)w->g->n; i++) {
        if (!w->shown[i] || w->g->list[i].kind != MG_GROUP_FUNCTIONAL || said[i]) continue;
        const int parent = first_parent(w, i);
        const int least = parent >= 0 && w->shown[parent] ? 1 : 2;
        const bool many = parent >= 0 && family(w, parent, MG_GROUP_FUNCTIONAL) >= least;
        if (many && said[parent]) continue;
        if (!many && family(w, i, MG_GROUP_FUNCTIONAL)) continue; /* its children name it */
        between(w, " It has ", "; ");
        if (many) {
            said[parent] = true;
            say_family(w, parent);
        } else {
            say_group(w, i, w->f->count[i]);
        }
    }
    if (w->begun) mg_str_addz(&w->out, ".");
    free(said);
}

static void say_kind(writing *w, mg_group_kind kind, const char *first) {
    w->begun = false;
    for (int i = 0; i < (int)w->g->n; i++) {
        if (!w->shown[i] || w->g->list[i].kind != kind) continue;
        between(w, first, ", ");
        say_group(w, i, kind == MG_GROUP_CLASS ? 1 : w->shown[i]);
    }
    if (w->begun) mg_str_addz(&w->out, ".");
}

/* ---- rings, chains, stereo ---- */

static void say_sizes(writing *w) {
    enum { MOST = 8 };
    const bool each = w->f->rings <= MOST;
    const char *before = "";
    mg_str_addz(&w->out, w->f->rings == 1 ? " of " : " (");
    for (int size = 3; size < MG_RING_SIZES; size++)
        for (int k = 0, n = w->f->ring_sizes[size]; k < (each ? n : n > 0); k++) {
            mg_str_addz(&w->out, before);
            if (!each) mg_str_addf(&w->out, "%d of ", n);
            if (size == MG_RING_SIZES - 1 && n == 1)
                mg_str_addf(&w->out, "%d", w->f->largest_ring);
            else
                mg_str_addf(&w->out, size == MG_RING_SIZES - 1 ? "%d or more" : "%d", size);
            before = ", ";
        }
    mg_str_addz(&w->out, w->f->rings == 1 ? " atoms" : " atoms)");
}

static void say_some(writing *w, int n, const char *one, const char *more) {
    if (!n) return;
    mg_str_addz(&w->out, ", ");
    say_number(&w->out, n, one, more);
}

static void say_rings(writing *w) {
    const mg_facts *f = w->f;
    mg_str_addz(&w->out, " ");
    if (!f->rings) {
        mg_str_addz(&w->out, "No ring.");
        return;
    }
    say_number(&w->out, f->rings, "ring", "rings");
    say_sizes(w);
    if (!f->aromatic_rings)
        mg_str_addz(&w->out, f->rings == 1 ? ", not aromatic" : ", none aromatic");
    else if (f->aromatic_rings == f->rings)
        mg_str_addz(&w->out, f->rings == 1 ? ", aromatic" : ", all aromatic");
    else
        mg_str_addf(&w->out, ", %d aromatic", f->aromatic_rings);
    if (f->fused == f->rings)
        mg_str_addz(&w->out, f->ring_systems == 1 ? ", fused" : ", all fused");
    else
        say_some(w, f->fused, "fused", "fused");
    say_some(w, f->spiro, "spiro atom", "spiro atoms");
    say_some(w, f->bridged, "bridgehead atom", "bridgehead atoms");
    say_some(w, f->macrocycles, "of 12 atoms or more", "of 12 atoms or more");
    mg_str_addz(&w->out, ".");
}

static void say_chains(writing *w) {
    enum { WORTH_SAYING = 4 };
    const mg_facts *f = w->f;
    if (f->chain >= WORTH_SAYING)
        mg_str_addf(&w->out, " Longest unbranched carbon chain: %d.", f->chain);
    const int n = f->n_acyls < MG_ACYLS ? f->n_acyls : MG_ACYLS;
    for (int i = 0; i < n; i++)
        mg_str_addf(&w->out, "%s%d:%d",
                    i       ? ", "
                    : n > 1 ? " Acyl chains: "
                            : " Acyl chain: ",
                    f->acyls[i].carbons, f->acyls[i].doubles);
    if (f->n_acyls > n) mg_str_addf(&w->out, " and %d more", f->n_acyls - n);
    if (n) mg_str_addz(&w->out, ".");
}

static void say_centres(writing *w) {
    const mg_facts *f = w->f;
    const int all = f->stereocentres + f->unset;
    mg_str_addz(&w->out, " ");
    if (!all) {
        mg_str_addz(&w->out, "No stereocentre");
        return;
    }
    say_number(&w->out, all, "stereocentre", "stereocentres");
    if (!f->stereocentres)
        mg_str_addz(&w->out, all == 1 ? ", not set" : ", none set");
    else if (f->unset)
        mg_str_addf(&w->out, ", %d set", f->stereocentres);
    else
        mg_str_addz(&w->out, all == 1 ? ", set" : ", all set");
    if (!f->r && !f->s) return;
    mg_str_addz(&w->out, " (");
    const struct {
        int n;
        char label;
    } labels[] = {{f->r - f->pseudo_r, 'R'},
                  {f->s - f->pseudo_s, 'S'},
                  {f->pseudo_r, 'r'},
                  {f->pseudo_s, 's'}};
    const char *between = "";
    for (size_t i = 0; i < MG_COUNT(labels); i++) {
        if (!labels[i].n) continue;
        mg_str_addf(&w->out, "%s%d %c", between, labels[i].n, labels[i].label);
        between = ", ";
    }
    mg_str_addz(&w->out, ")");
}

static void say_stereo(writing *w) {
    const mg_facts *f = w->f;
    say_centres(w);
    const struct {
        int n;
        const char *one, *more;
    } bonds[] = {{f->e, "E double bond", "E double bonds"},
                 {f->z, "Z double bond", "Z double bonds"},
                 {f->unset_bonds, "double bond with E or Z left open",
                  "double bonds with E or Z left open"}};
    for (size_t i = 0; i < MG_COUNT(bonds); i++) {
        if (!bonds[i].n) continue;
        mg_str_addz(&w->out, ", ");
        say_number(&w->out, bonds[i].n, bonds[i].one, bonds[i].more);
    }
    mg_str_addz(&w->out, ".");
}

/* ---- all ---- */

static void say_first(writing *w) {
    const mg_facts *f = w->f;
    mg_str_addf(&w->out, "%s, %.2f g/mol", f->formula, f->weight);
    if (f->charge) mg_str_addf(&w->out, ", net charge %+d", f->charge);
    const struct {
        int n, least;
        const char *one, *more;
    } rare[] = {{f->components, 2, "component", "components"},
                {f->metals, 1, "metal atom", "metal atoms"},
                {f->isotopes, 1, "labelled atom", "labelled atoms"},
                {f->radicals, 1, "unpaired electron", "unpaired electrons"},
                {f->elements[0], 1, "atom of any kind (*)", "atoms of any kind (*)"}};
    for (size_t i = 0; i < MG_COUNT(rare); i++) {
        if (rare[i].n < rare[i].least) continue;
        mg_str_addz(&w->out, ", ");
        say_number(&w->out, rare[i].n, rare[i].one, rare[i].more);
    }
    mg_str_addz(&w->out, ".");
}

static void say_numbers(writing *w) {
    const mg_facts *f = w->f;
    const double logp = f->logp < 0 && f->logp > -.005 ? 0 : f->logp; /* not -0.00 */
    mg_str_addf(&w->out, " logP %.2f (Crippen), TPSA %.1f, ", logp, f->tpsa);
    say_number(&w->out, f->donors, "hydrogen-bond donor", "hydrogen-bond donors");
    mg_str_addz(&w->out, ", ");
    say_number(&w->out, f->acceptors, "acceptor", "acceptors");
    mg_str_addz(&w->out, ", ");
    say_number(&w->out, f->rotatable, "rotatable bond", "rotatable bonds");
    mg_str_addz(&w->out, ".");
}

char *mg_facts_text(const mg_groups *g, const mg_mol *m, const mg_facts *f, molglot_error *err) {
    uint16_t *shown = calloc(g->n + 1, sizeof *shown);
    writing w = {.g = g, .f = f, .shown = shown};
    if (!shown) {
        mg_no_memory(err, "a description");
        return NULL;
    }
    if (mg_facts_specific(g, m, f, shown, err)) {
        free(shown);
        return NULL;
    }
    say_first(&w);
    say_kind(&w, MG_GROUP_CLASS, " Fits the pattern of ");
    say_groups(&w);
    say_kind(&w, MG_GROUP_RING, " Named rings: ");
    say_rings(&w);
    say_chains(&w);
    say_stereo(&w);
    say_numbers(&w);
    free(shown);
    if (!w.out.failed) return w.out.s;
    mg_str_free(&w.out);
    mg_no_memory(err, "a description");
    return NULL;
}
