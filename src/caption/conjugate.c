/* conjugate.c - the sentences "It is a conjugate base of a NAME" and "It is an enantiomer of a
 * NAME", where a neighbour proves the name.
 *
 * A row whose molecule is the asked one with other protons - the same InChIKey but for its last
 * letter - and whose caption says "It is a conjugate acid of a NAME" names the asked molecule. From
 * that name follows the row's own: "heptanoate" is the base of "heptanoic acid", "X(4-)" that of
 * "X". Copied captions then say that name in place of the one that they give for their own
 * molecule:
 *
 *   asked  CCCCCCC(=O)[O-]
 *   copy   "... the conjugate base of nonanoic acid ... It is a conjugate base of a nonanoic acid."
 *   row    CCCCCCC(=O)O, "... It is a conjugate acid of a heptanoate."
 *   says   "... the conjugate base of heptanoic acid ... a conjugate base of a heptanoic acid."
 *
 * Where no neighbour proves a name, the dictionary may know the molecule that it is the conjugate
 * or mirror image of: its forms with other protons (chem/rdkit_protons.cc), the one that is fewest
 * protons away. That name stands in place of another one; no sentence is added for it.
 *
 * In the same way a row that is the mirror image and says "It is an enantiomer of a NAME" names the
 * asked molecule, and NAME with R for S, D for L and (+) for (-) is its own. Its whole caption is
 * read so.
 */
#include "caption/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 240, KEY = 25, LEAST_NAME = 5 };
static const char *const SENTENCE[MG_CONJUGATES] = {
    "It is a conjugate acid of ", "It is a conjugate base of ", "It is an enantiomer of "};

static bool ends_in(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* ---- a sentence ---- */

/* The last sentence of a kind: where its name begins behind an article, and its length; NULL: none.
 */
static const char *name_in(const char *text, int kind, size_t *n) {
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, SENTENCE[kind])); at++) last = at;
    if (!last) return NULL;
    last += strlen(SENTENCE[kind]);
    if (!strncmp(last, "an ", 3)) last += 3;
    if (!strncmp(last, "a ", 2)) last += 2;
    *n = 0;
    while (last[*n] && !(last[*n] == '.' && (!last[*n + 1] || last[*n + 1] == ' '))) ++*n;
    return *n ? last : NULL;
}

/* ---- names ---- */

/* Takes "(2-)" away from the end; its charge, 0: there is none. */
static int take_charge(char *name) {
    const size_t n = strlen(name);
    char *open = strrchr(name, '(');
    if (n < 5 || !open || name[n - 1] != ')' || !isdigit((unsigned char)open[1])) return 0;
    char *end;
    const long charge = strtol(open + 1, &end, 10);
    if ((*end != '-' && *end != '+') || end[1] != ')' || end[2] || charge > 99) return 0;
    const int sign = *end == '-' ? -1 : 1;
    *open = 0;
    return sign * (int)charge;
}

static bool add_charge(char *name, int charge) {
    const size_t n = strlen(name);
    return !charge || snprintf(name + n, NAME - n, "(%d%c)", abs(charge), charge < 0 ? '-' : '+') <
                          (int)(NAME - n);
}

/* The end of a name by another. */
static bool put_end(char *name, const char *old, const char *end) {
    const size_t n = strlen(name) - strlen(old);
    return snprintf(name + n, NAME - n, "%s", end) < (int)(NAME - n);
}

/* name: of the asked molecule, of this charge; becomes that of its acid or base, whose charge is
 * `other`. False: no rule says how. */
static bool rename_to(char *name, int kind, int charge, int other) {
    const int said = take_charge(name);
    if (said) return said == charge && add_charge(name, other);
    if (kind == MG_CONJUGATE_BASE) { /* the asked one is the base of `other` */
        if (other > 0) return !ends_in(name, "ate") && add_charge(name, other);
        if (other < 0) return false;
        if (ends_in(name, "phosphate") || ends_in(name, "sulfate")) return false;
        return ends_in(name, "ate") && put_end(name, "ate", "ic acid");
    }
    if (ends_in(name, "ic acid") && other < 0) return put_end(name, "ic acid", "ate");
    if (ends_in(name, "inium") && other == 0) return put_end(name, "inium", "ine");
    return other < 0 && add_charge(name, other);
}

/* "(2R,3aS,9Z)" at s: its length, or 0. */
static size_t bracket_at(const char *s) {
    size_t n = 1;
    if (*s != '(') return 0;
    do {
        while (isdigit((unsigned char)s[n]) || s[n] == '\'' || (s[n] >= 'a' && s[n] <= 'h')) n++;
        if (!s[n] || !strchr("RSEZ", s[n])) return 0;
    } while (s[++n] == ',' && ++n);
    return s[n] == ')' ? n + 1 : 0;
}

void mg_mirror_words(char *text) {
    for (char *at = text; *at; at++) {
        const bool begins = at == text || !isalpha((unsigned char)at[-1]);
        if (begins && (*at == 'D' || *at == 'L') && at[1] == '-') *at = *at == 'D' ? 'L' : 'D';
        if (!strncmp(at, "(+)", 3) || !strncmp(at, "(-)", 3)) at[1] = at[1] == '+' ? '-' : '+';
        const size_t n = bracket_at(at);
        for (size_t i = 0; i < n; i++)
            if (at[i] == 'R' || at[i] == 'S') at[i] = at[i] == 'R' ? 'S' : 'R';
    }
}

/* What a row's caption says of the asked molecule, and from that the row's own name. */
static bool name_of(const char *text, int kind, int charge, int other, char out[NAME]) {
    static const int says[MG_CONJUGATES] = {MG_CONJUGATE_BASE, MG_CONJUGATE_ACID, MG_ENANTIOMER};
    size_t n;
    const char *name = name_in(text, says[kind], &n);
    if (!name || n >= NAME) return false;
    memcpy(out, name, n);
    out[n] = 0;
    if (strstr(out, " and ")) return false;
    if (kind != MG_ENANTIOMER) return rename_to(out, kind, charge, other);
    mg_mirror_words(out);
    return strncmp(out, name, n) != 0;
}

/* ---- a molecule's conjugates ---- */

static bool same_but_for_protons(const char *key, const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *other = m ? mg_mol_inchikey(m) : NULL;
    const bool same = key && other && strlen(key) > KEY && strncmp(key, other, KEY) == 0;
    free(other);
    mg_mol_free(m);
    return same;
}

/* Whether q is the mirror image of a molecule: with @ and @@ exchanged they are one. */
static bool is_mirror(const char *q, const char *smiles) {
    mg_str other = {0};
    for (const char *at = smiles; *at; at++) {
        if (*at != '@') mg_str_add(&other, at, 1);
        if (*at == '@' && at[1] == '@')
            mg_str_add(&other, at++, 1);
        else if (*at == '@')
            mg_str_add(&other, "@@", 2);
    }
    mg_mol *m = other.s && !other.failed ? mg_mol_from_smiles(other.s, NULL, NULL) : NULL;
    char *canonical = m ? mg_mol_smiles(m, true) : NULL;
    const bool same = canonical && strcmp(canonical, q) == 0;
    free(canonical);
    mg_mol_free(m);
    mg_str_free(&other);
    return same;
}

static bool has_relatives(const mg_caption_query *q) {
    for (int i = 0; i < q->n_known; i++)
        if (q->near[i].protons || q->near[i].twin) return true;
    return false;
}

static int prove(const mg_caption_query *q, mg_conjugates *out, molglot_error *err) {
    char *key = NULL;
    int nearest[MG_CONJUGATES] = {0};
    mg_facts facts;
    if (!has_relatives(q)) return MOLGLOT_OK;
    int code = mg_facts_numbers(NULL, q->mol, &facts, err);
    const int charge = code ? 0 : facts.charge;
    if (!code) mg_facts_free(&facts);
    for (int i = 0; i < q->n_known && !code; i++) {
        const mg_leaned *l = &q->near[i];
        char name[NAME];
        /* fewer protons than the row: its base */
        const int kind = l->twin          ? MG_ENANTIOMER
                         : l->protons < 0 ? MG_CONJUGATE_BASE
                                          : MG_CONJUGATE_ACID,
                  apart = abs(l->protons);
        if ((!apart && !l->twin) || (out->name[kind] && nearest[kind] <= apart) ||
            !name_of(l->text, kind, charge, charge - l->protons, name))
            continue;
        if (l->twin && !is_mirror(q->smiles, l->smiles)) continue;
        if (!l->twin && !key) key = mg_mol_inchikey(q->mol);
        if (!l->twin && !same_but_for_protons(key, l->smiles)) continue;
        if (l->twin) out->mirror = l->row;
        free(out->name[kind]);
        nearest[kind] = apart;
        if (!(out->name[kind] = strdup(name))) code = mg_no_memory(err, "captions");
    }
    free(key);
    return code;
}

/* ---- the dictionary's names ---- */

/* "N-Methyl-L-Aspartic Acid" is "N-methyl-L-aspartic acid" inside a sentence. */
static void begin_small(char *name) {
    for (char *at = name; *at; at++) {
        const bool begins = at == name || !isalpha((unsigned char)at[-1]);
        if (!begins || !isalpha((unsigned char)at[0]) || !isalpha((unsigned char)at[1])) continue;
        if (islower((unsigned char)at[1])) *at = (char)tolower((unsigned char)*at);
    }
}

/* "d-nicotine" says how it turns light, "d-alanine" is a D-alanine without its small capital. */
static bool turns(const char *name) { return strchr("dl", *name) && *name && name[1] == '-'; }

/* Whether a is a better name for a sentence of ChEBI's than b, which is better known. */
static bool better(const mg_name_hit *a, const mg_name_hit *b) {
    if (turns(b->name)) return *a->name == '(' && strchr("RS+-", a->name[1]);
    return (a->sources & MG_NAME_CHEBI) && !(b->sources & MG_NAME_CHEBI);
}

int mg_chebi_name(const mg_dictionary *names, const char *smiles, char **out, molglot_error *err) {
    enum { MOST = 8 };
    *out = NULL;
    if (!names) return MOLGLOT_OK;
    mg_name_hits hits = {0};
    const mg_name_hit *best = NULL;
    int code = mg_dictionary_names(names, smiles, NULL, MOST, &hits, err);
    for (size_t i = 0; i < hits.n && !code; i++) {
        const mg_name_hit *h = &hits.hit[i];
        if (h->how != MG_NAME_EXACT || strlen(h->name) >= NAME) continue;
        if (!best || better(h, best)) best = h;
    }
    *out = best ? strdup(best->name) : NULL;
    if (best && !*out) code = mg_no_memory(err, "captions");
    if (*out && turns(*out)) **out = (char)toupper((unsigned char)**out);
    if (*out) begin_small(*out);
    mg_name_hits_free(&hits);
    return code;
}

static bool says(const mg_caption_query *q, int kind) {
    for (int i = 0; i < q->n_near; i++)
        if (strstr(q->near[i].text, SENTENCE[kind])) return true;
    return false;
}

static int look_up(const mg_caption_query *q, const mg_dictionary *names, mg_conjugates *out,
                   molglot_error *err) {
    bool wants[MG_CONJUGATES];
    mg_proton_form *forms = NULL;
    size_t n = 0;
    int code = MOLGLOT_OK, apart[MG_CONJUGATES] = {0};
    for (int kind = 0; kind < MG_CONJUGATES; kind++)
        wants[kind] = out->name[kind] ? kind != MG_ENANTIOMER : says(q, kind);
    if (wants[MG_CONJUGATE_ACID] || wants[MG_CONJUGATE_BASE])
        code = mg_proton_forms(&q->smiles, 1, &forms, &n, err);
    for (size_t i = 0; i < n && !code; i++) {
        /* what it is the acid of has fewer protons */
        const int kind = forms[i].protons < 0 ? MG_CONJUGATE_ACID : MG_CONJUGATE_BASE,
                  far = abs(forms[i].protons);
        if (!far || !wants[kind] || (out->known[kind] && apart[kind] <= far)) continue;
        char *name;
        code = mg_chebi_name(names, forms[i].smiles, &name, err);
        if (!name) continue;
        free(out->known[kind]);
        out->known[kind] = name;
        apart[kind] = far;
    }
    mg_proton_forms_free(forms, n);
    char *twin = !code && wants[MG_ENANTIOMER] ? mg_smiles_mirror(q->smiles) : NULL;
    if (twin && strcmp(twin, q->smiles) != 0)
        code = mg_chebi_name(names, twin, &out->known[MG_ENANTIOMER], err);
    free(twin);
    return code;
}

/* A name that a rule made of a neighbour's, which the dictionary does not know, gives way to one
 * that it does: "D-alaninic acid" to "D-alanine". */
static int prefer_known(const mg_dictionary *names, mg_conjugates *c, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int kind = 0; kind < MG_CONJUGATES && !code; kind++) {
        mg_name_hits hits = {0};
        if (!c->name[kind] || !c->known[kind]) continue;
        code = mg_dictionary_find(names, c->name[kind], &hits, err);
        if (!code && !hits.n) {
            free(c->name[kind]);
            c->name[kind] = c->known[kind];
            c->known[kind] = NULL;
        }
        mg_name_hits_free(&hits);
    }
    return code;
}

int mg_conjugates_of(const mg_caption_query *q, const mg_dictionary *names, mg_conjugates *out,
                     molglot_error *err) {
    *out = (mg_conjugates){.mirror = -1};
    int code = prove(q, out, err);
    if (!code && names) code = look_up(q, names, out, err);
    if (!code && names) code = prefer_known(names, out, err);
    return code;
}

void mg_conjugates_free(mg_conjugates *c) {
    for (int kind = 0; kind < MG_CONJUGATES; kind++) {
        free(c->name[kind]);
        free(c->known[kind]);
    }
    *c = (mg_conjugates){.mirror = -1};
}

/* ---- a caption ---- */

/* By the first letter, as ChEBI does: "a (9Z)-octadecenoate". */
static const char *article(const char *name) { return strchr("aeiouAEIOU", *name) ? "an " : "a "; }

static void add_sentence(mg_str *out, int kind, const char *name) {
    mg_str_addf(out, "%s%s%s", SENTENCE[kind], article(name), name);
}

/* text with `name` in place of the one in its sentence, [old, old + n), wherever that stands. */
static void put_name(mg_str *out, const char *text, int kind, const char *old, size_t n,
                     const char *name) {
    const char *sentence = old;
    while (strncmp(sentence, SENTENCE[kind], strlen(SENTENCE[kind])) != 0) sentence--;
    for (const char *at = text; *at;) {
        if (at == sentence) {
            add_sentence(out, kind, name);
            at = old + n;
        } else if (n >= LEAST_NAME && !strncmp(at, old, n)) {
            mg_str_add(out, name, strlen(name));
            at += n;
        } else
            mg_str_add(out, at++, 1);
    }
}

int mg_conjugates_say(const mg_conjugates *c, int64_t row, const char *text, mg_str *out,
                      molglot_error *err) {
    mg_str_add(out, text, strlen(text));
    if (row >= 0 && row == c->mirror && !out->failed) mg_mirror_words(out->s);
    for (int kind = 0; kind < MG_CONJUGATES && !out->failed; kind++) {
        size_t n;
        mg_str next = {0};
        const char *name = c->name[kind] ? c->name[kind] : c->known[kind];
        const char *old = name ? name_in(out->s, kind, &n) : NULL;
        if (!old && !c->name[kind]) continue;
        if (old)
            put_name(&next, out->s, kind, old, n, name);
        else {
            while (out->n && out->s[out->n - 1] == ' ') out->n--;
            mg_str_add(&next, out->s, out->n);
            mg_str_addf(&next, "%s", out->n && out->s[out->n - 1] == '.' ? " " : ". ");
            add_sentence(&next, kind, c->name[kind]);
            mg_str_add(&next, ".", 1);
        }
        mg_str_free(out);
        *out = next;
    }
    return out->failed ? mg_no_memory(err, "captions") : MOLGLOT_OK;
}
