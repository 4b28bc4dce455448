/* prefix.c - lists of prefixes, and substituents, which are prefixes and a core. A substituent of a
 * stretch of the name is read once and kept.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "(2r,3s)-", "(e)-"; characters read. */
static size_t stereo_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    size_t k = i + 1;
    *p = (name_part){.kind = PART_CIP, .closed = true};
    if (i >= end || r->s[i] != '(') return 0;
    while (k < end && p->places < NAME_PLACES) {
        size_t m = k;
        while (m < end && isdigit((unsigned char)r->s[m])) m++;
        if (m > k && m + 1 < end && r->s[m] >= 'a' && r->s[m] <= 'f' && strchr("rsez", r->s[m + 1]))
            m++;
        while (m < end && r->s[m] == '\'') m++;
        char faced[NAME_LOCANT]; /* "17beta" beside them */
        const size_t face = name_locant(r, k, end, faced), last = face ? strlen(faced) - 1 : 0;
        if (face && strchr("ABX", faced[last])) {
            p->mark[p->places] = faced[last];
            memcpy(p->place[p->places++], faced, last);
            k += face;
            if (k < end && r->s[k] == 'h') /* its hydrogen */
                p->mark[p->places - 1] = (char)tolower((unsigned char)faced[last]), k++;
            if (k < end && r->s[k] == ',') {
                k++;
                continue;
            }
            if (k >= end || r->s[k++] != ')') return 0;
            return k < end && r->s[k] == '-' ? k + 1 - i : 0;
        }
        if (m - k >= NAME_LOCANT || m >= end || !strchr("rsez", r->s[m])) return 0;
        memcpy(p->place[p->places], r->s + k, m - k);
        p->mark[p->places++] = (char)toupper((unsigned char)r->s[m]);
        k = m + 1;
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        if (k >= end || r->s[k] != ')') return 0;
        k++;
        if (k < r->n && islower((unsigned char)r->s[k])) return k - i; /* "(9z)octadec-9-ene" */
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
    return 0;
}

/* "1lambda6-", "3lambda^5,5lambda^5-"; characters read. */
static size_t lambda_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    *p = (name_part){.kind = PART_LAMBDA};
    const size_t alone = name_lambda(r, i, end, &p->lambda[0]); /* "lambda5-phosphane" */
    if (alone && i + alone < end && r->s[i + alone] == '-') {
        strcpy(p->place[0], "1");
        p->places = 1;
        return alone + 1;
    }
    const size_t m = name_locants(r, i, end, p, NULL);
    for (int k = 0; k < p->places; k++)
        if (!p->lambda[k]) return 0;
    return m;
}

/* "4,12-methano", "4a,1-(epoxymethano)": atoms over a ring; characters read. */
static size_t bridge_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    static const char *const table[][2] = {{"methano", "C"},
                                           {"ethano", "CC"},
                                           {"propano", "CCC"},
                                           {"epoxymethano", "OC"},
                                           {"epoxy", "O"},
                                           {"epimino", "N"},
                                           {"epithio", "S"},
                                           {"methanooxy", "CO"},
                                           {"etheno", "C=C"},
                                           {"methylenedioxy", "OCO"},
                                           {"ethylenedioxy", "OCCO"},
                                           {"epidioxy", "OO"},
                                           {"isopropylidenedioxy", "OC(C)(C)O"}};
    *p = (name_part){.kind = PART_BRIDGE};
    const size_t m = name_locants(r, i, end, p, NULL);
    if (!m || p->places != 2 || !isdigit((unsigned char)p->place[1][0])) return 0;
    size_t best = 0;
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        const size_t k = strlen(table[t][0]), open = i + m < end && r->s[i + m] == '(';
        if (!name_begins(r, i + m + open, end, table[t][0]) || k <= best) continue;
        const size_t behind = i + m + open + k;
        if (open && (behind >= end || r->s[behind] != ')')) continue;
        best = k + 2 * open;
        p->bridge = table[t][1];
    }
    return best ? m + best : 0;
}

/* "glycyl" in front of an amino acid and neither in brackets nor with a locant is what the amino
 * acid is the last residue of (peptide.c); in front of another parent it may be bound to more. */
static bool is_chain(const name_fragment *f, const name_part *p) {
    return (f->residue || !f->order) && p->group->n && p->group->f[0]->residue && !p->closed &&
           !p->places;
}

/* "(dimethyl)", "[bis(2-hydroxyethyl)]": several of a group, in brackets of their own. */
static void several(name_reader *r, size_t i, size_t close, size_t end, name_part *parts, int n,
                    const name_fragment *f, name_ways *out) {
    name_part *p = &parts[n];
    size_t length, to = close;
    const int many = name_multiplier(r->s + i, close - i, &length);
    if (p->places || p->count != 1 || many < 2) return;
    i += length;
    if (i < close && strchr("([{", r->s[i]) && name_bracket_end(r, i, close) + 1 == close)
        i++, to--;
    p->group = name_substituent(r, i, to);
    p->closed = true, p->count = many;
    if (p->group->n) name_prefixes(r, close + 1, end, parts, n + 1, f, out);
    p->closed = false, p->count = 1;
}

/* "methyl-hydroxymethyl" behind "di": words with a hyphen between them. */
static bool is_joined(const name_reader *r, size_t i, size_t end) {
    size_t word = 0;
    for (size_t k = i; k + 1 < end; k++) {
        if (islower((unsigned char)r->s[k])) word++;
        if (r->s[k] == '-' && word > 4 && islower((unsigned char)r->s[k + 1])) return true;
        if (!islower((unsigned char)r->s[k])) word = 0;
    }
    return false;
}

/* One group from i on, its parts of locants and multiplier read: every way that it can end. */
static void group(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                  const name_fragment *f, name_ways *out) {
    name_part *p = &parts[n];
    if (i >= end) return;
    p->text = i;
    if (strchr("([{", r->s[i])) {
        const size_t close = name_bracket_end(r, i, end);
        if (close >= end) return;
        p->group = name_substituent(r, i + 1, close);
        p->closed = true;
        if (p->group->n) name_prefixes(r, close + 1, end, parts, n + 1, f, out);
        p->closed = false;
        if (!p->group->n) several(r, i + 1, close, end, parts, n, f, out);
        if (p->count > 1 && close + 1 < end && r->s[close + 1] == '-')
            return;                                /* "bis(A)-methyl-" */
        for (size_t k = end; k > close + 1; k--) { /* "(4-chlorophenyl)methoxy" */
            if (r->s[k - 1] == '-' || !name_balanced(r, i, k)) continue;
            if (name_spent(r)) return;
            p->group = name_substituent(r, i, k);
            if (p->group->n) name_prefixes(r, k, end, parts, n + 1, f, out);
        }
        return;
    }
    for (size_t k = end; k > i + 1; k--) {
        if (!name_balanced(r, i, k)) continue;
        if (name_spent(r)) return;
        if (k < end && !strchr("-([{", r->s[k]) && !isalpha((unsigned char)r->s[k])) continue;
        /* "trimethyl(methylthio)methyl": three of one thing in brackets are "tris" */
        if (p->count > 1 && (memchr(r->s + i, '(', k - i) || is_joined(r, i, k))) continue;
        p->group = name_substituent(r, i, k);
        if (p->group->n && !is_chain(f, p)) name_prefixes(r, k, end, parts, n + 1, f, out);
    }
}

/* "3-o-", "3-o,17-o-": the oxygens there, "3O"; characters. */
static size_t on_oxygen_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    size_t k = i;
    *p = (name_part){.kind = PART_GROUP};
    while (p->places < NAME_PLACES) {
        const size_t from = k;
        while (k < end && isdigit((unsigned char)r->s[k]) && k - from < 3) k++;
        if (k == from || !name_begins(r, k, end, "-o") || k + 2 >= end) return 0;
        memcpy(p->place[p->places], r->s + from, k - from);
        p->place[p->places++][k - from] = 'O';
        k += 2;
        if (r->s[k] == '-') return k + 1 - i;
        if (r->s[k++] != ',') return 0;
    }
    return 0;
}

/* What is said of a natural parent itself: "ent-", faces just in front of it, "7,8-didehydro";
 * characters. */
static size_t natural_at(const name_reader *r, size_t i, size_t end, const name_fragment *f,
                         name_part *p) {
    if (name_begins(r, i, end, "ent-")) {
        *p = (name_part){.kind = PART_ENT};
        return 4;
    }
    if (!f->own) return 0;
    const size_t k = name_faces_at(r, i, end, p);
    if (k && (i + k == end || name_begins(r, i + k, end, "ent-"))) return k;
    if (name_begins(r, i, end, "all-trans-") && i + 10 == end) { /* as it is */
        *p = (name_part){.kind = PART_CIP};
        return 10;
    }
    return name_change_at(r, i, end, p);
}

/* "3-o,17-o-dimethyl": groups on its oxygens; false: another prefix. */
static bool on_oxygen(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                      const name_fragment *f, name_ways *out) {
    name_part *p = &parts[n];
    const size_t k = on_oxygen_at(r, i, end, p);
    size_t length = 0;
    if (!k) return false;
    const int many = name_multiplier(r->s + i + k, end - i - k, &length);
    p->count = p->places;
    if (p->places == 1)
        group(r, i + k, end, parts, n, f, out);
    else if (many == p->places)
        group(r, i + k + length, end, parts, n, f, out);
    return true;
}

/* The rest of a list of prefixes; at its end all are put on f. */
/* "di-tert-butyl": of the hyphen behind a multiplier. */
static size_t hyphen_before(const name_reader *r, size_t i, size_t end) {
    static const char *const words[] = {"-tert-", "-sec-", "-tert.-", "-t-"};
    for (size_t k = 0; k < MG_COUNT(words); k++)
        if (name_begins(r, i, end, words[k])) return 1;
    return 0;
}

/* What begins so is one group alone: every way that it can end. */
static void whole_group(name_reader *r, size_t i, size_t least, size_t end, name_part *parts, int n,
                        const name_fragment *f, name_ways *out) {
    name_part *p = &parts[n];
    *p = (name_part){.kind = PART_GROUP, .count = 1, .text = i};
    for (size_t k = end; k > least; k--) {
        if (!name_balanced(r, i, k)) continue;
        if (name_spent(r)) return;
        p->group = name_substituent(r, i, k);
        if (p->group->n) name_prefixes(r, k, end, parts, n + 1, f, out);
    }
}

/* "cis-", "trans-" of the parent, or of the first group; false: another prefix. */
static bool sides(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                  const name_fragment *f, name_ways *out) {
    const bool cis = name_begins(r, i, end, "cis-");
    const size_t k = i + (cis ? 4 : 6);
    if (!cis && !name_begins(r, i, end, "trans-")) return false;
    if (k < end) whole_group(r, i, k + 1, end, parts, n, f, out);
    for (int p = 0; p < n; p++)
        if (parts[p].kind == PART_SIDES) return true; /* "trans,trans": which is which? */
    parts[n] = (name_part){.kind = PART_SIDES, .count = cis};
    name_prefixes(r, k, end, parts, n + 1, f, out);
    return true;
}

void name_prefixes(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                   const name_fragment *f, name_ways *out) {
    if (name_spent(r) || out->n == NAME_WAYS) return;
    if (n) parts[n - 1].hyphen = i < r->n && r->s[i] == '-';
    if (i < end && r->s[i] == '-' && n) i++;
    if (i == end) {
        name_put_all(r, f, parts, n, out);
        return;
    }
    if (n == NAME_PARTS) return;
    name_part *p = &parts[n];
    size_t k = stereo_at(r, i, end, p);
    if (!k && sides(r, i, end, parts, n, f, out)) return;
    const size_t indicated = k ? 0 : name_indicated(r, i, end, p);
    if (indicated && !f->rings) { /* "1h-indol-3-yl" of "1h-indol-3-ylmethyl" */
        whole_group(r, i, i + indicated + 1, end, parts, n, f, out);
        return;
    }
    if (!k) k = indicated;
    if (!k) k = lambda_at(r, i, end, p);
    if (!k) k = bridge_at(r, i, end, p);
    if (!k) k = natural_at(r, i, end, f, p);
    if (k) {
        name_prefixes(r, i + k, end, parts, n + 1, f, out);
        return;
    }
    if (f->own && on_oxygen(r, i, end, parts, n, f, out)) return;
    *p = (name_part){.kind = PART_GROUP};
    const size_t m = name_locants(r, i, end, p, NULL);
    const name_part located = *p;
    if (m && (strchr("0123456789omp", r->s[i]) ||
              sugar_begins(r, i, end))) { /* they may belong to what is put on */
        whole_group(r, i, i + m + 1, end, parts, n, f, out);
    }
    const size_t alkyl = i + m;
    if (m && located.places == 1 && !f->residue && !strcmp(located.place[0], "n") &&
        !(f->n == 1 && f->a[0].number == 7) && /* "n-methoxymethylamine" */
        name_stem(r->s + alkyl, end - alkyl, &(size_t){0})) {
        *p = (name_part){.kind = PART_GROUP, .count = 1}; /* "n-butyl": unbranched */
        group(r, alkyl, end, parts, n, f, out);
    }
    *p = located;
    i += m;
    size_t length;
    const int count = name_multiplier(r->s + i, end - i, &length);
    if (count && name_begins(r, i + length, end, "hydro") &&
        !name_begins(r, i + length, end, "hydroxy") &&
        !name_begins(r, i + length, end, "hydroperoxy")) {
        p->kind = PART_HYDRO, p->count = count;
        if (!m || p->places == count) name_prefixes(r, i + length + 5, end, parts, n + 1, f, out);
        return;
    }
    if (count && (!m || located.places == count)) {
        *p = located;
        p->count = count;
        const size_t hyphen = hyphen_before(r, i + length, end);
        group(r, i + length + hyphen, end, parts, n, f, out);
    }
    if (!m || located.places == 1) { /* a multiplier belongs to what is put on */
        *p = located;
        p->count = 1;
        group(r, i, end, parts, n, f, out);
    }
}

const name_ways *name_substituent(name_reader *r, size_t i, size_t end) {
    static const name_ways none = {0};
    name_ways **w = &r->subs[i * (r->n + 1) + end];
    if (*w) return *w; /* what it holds is none while it is read */
    if (name_spent(r) || r->depth_of_subs == NAME_DEPTH || !name_balanced(r, i, end)) return &none;
    *w = calloc(1, sizeof **w);
    name_part *parts = malloc((NAME_PARTS + 1) * sizeof *parts);
    name_ways found = {0};
    if (!parts || !*w) r->failed = true;
    r->depth_of_subs++;
    sugar_groups(r, i, end, &found);
    for (size_t k = i; k < end && !r->failed; k++) {
        if (!name_balanced(r, k, end)) continue;
        if (name_spent(r)) break;
        const name_ways *core = name_cores(r, k, end);
        for (int c = 0; c < core->n; c++) {
            if (k == i)
                name_keep(r, &found, core->f[c]);
            else
                name_prefixes(r, i, k, parts, 0, core->f[c], &found);
        }
    }
    free(parts);
    if (!r->failed) name_peptide_core(r, i, end, name_prefixes, &found);
    r->depth_of_subs--;
    if (*w)
        **w = found;
    else
        name_ways_free(&found);
    return *w ? *w : &none;
}
