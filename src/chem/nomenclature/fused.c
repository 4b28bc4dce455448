/* fused.c - fused ring systems by their parts: "imidazo[1,5-a][1,4]benzodiazepine",
 * "pyrido[3',2':4,5]thieno[3,2-d]pyrimidine", "dibenzo[b,e]oxepine".
 *
 * The last part is the base; bonds round it are called a (1,2), b (2,3), c ... Each part in front
 * of it shares with it, or with the part behind it, the bonds that stand in brackets.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 6, PATH = 8, FUSED_DEPTH = 3 };

typedef struct path { /* locants of atoms that are shared, in order */
    char place[PATH][NAME_LOCANT];
    int n;
} path;

typedef struct joint { /* what stands in brackets behind a part */
    path own, other;
    char letters[PATH]; /* of the base's bonds; "": other holds locants of the next part */
    int primes;         /* "c'": of another base like the first */
} joint;

typedef struct fused_part {
    size_t from, to; /* its letters, with the locants in front */
    joint joint[4];
    int joints; /* "dibenzo[b,e]": two */
} fused_part;

static bool component(const name_reader *r, size_t i, size_t end, int depth, name_fragment *f);

/* ---- what stands in brackets ---- */

/* "2,3", "1',2'"; characters. */
static size_t read_path(const name_reader *r, size_t i, size_t end, path *p) {
    size_t k = i;
    p->n = 0;
    while (k < end && isdigit((unsigned char)r->s[k])) {
        size_t m = k;
        while (m < end && isdigit((unsigned char)r->s[m])) m++;
        if (m < end && r->s[m] >= 'a' && r->s[m] <= 'd') m++;
        if (p->n == PATH || m - k >= NAME_LOCANT) return 0;
        memcpy(p->place[p->n], r->s + k, m - k);
        p->place[p->n++][m - k] = 0;
        while (m < end && r->s[m] == '\'') m++;
        k = m;
        if (k + 1 < end && r->s[k] == ',' && isdigit((unsigned char)r->s[k + 1])) k++;
    }
    return k - i;
}

static size_t read_letters(const name_reader *r, size_t i, size_t end, char letters[PATH]) {
    size_t k = i;
    while (k < end && islower((unsigned char)r->s[k])) k++;
    if (k - i >= PATH) return 0;
    memcpy(letters, r->s + i, k - i);
    letters[k - i] = 0;
    return k - i;
}

/* All of s[i..end): "2,3-c", "b,e", "3,2-c:2',3'-e", "1',2':4,5", "4,5". */
static bool read_joints(const name_reader *r, size_t i, size_t end, fused_part *part) {
    part->joints = 0;
    for (size_t k = i; k < end;) {
        joint one = {0};
        size_t m = read_path(r, k, end, &one.own);
        k += m;
        if (m && k < end && r->s[k] == '-') {
            k++;
            m = read_letters(r, k, end, one.letters);
            if (!m) return false;
            k += m;
            while (k < end && r->s[k] == '\'') k++, one.primes++;
            if (one.primes && one.primes != part->joints) return false;
        } else if (m) { /* locants of the next part */
            if (k < end && r->s[k] == ':') {
                m = read_path(r, k + 1, end, &one.other);
                k += m + 1;
            } else {
                one.other = one.own;
                one.own.n = 0;
            }
            if (!m || k < end || part->joints) return false;
        } else {
            m = read_letters(r, k, end, one.letters);
            if (!m) return false;
            k += m;
        }
        if (part->joints == 4) return false;
        part->joint[part->joints++] = one;
        if (k < end && !strchr(",:", r->s[k++])) return false;
    }
    return part->joints > 0;
}

/* ---- atoms ---- */

static bool bound(const name_fragment *f, int a, int b) {
    for (int j = 0; j < f->m; j++)
        if ((f->b[j].a == a && f->b[j].b == b) || (f->b[j].a == b && f->b[j].b == a)) return true;
    return false;
}

/* Ways of `want` atoms from the k-th on that pass the places in order, and fusion atoms between
 * them; the last of them in out. */
static int walks(const name_fragment *f, const path *p, int seen, int k, int want, int at[PATH],
                 int out[PATH]) {
    if (k == want) {
        if (seen < p->n) return 0;
        memcpy(out, at, (size_t)want * sizeof *at);
        return 1;
    }
    int found = 0;
    for (int i = 0; i < f->n; i++) {
        bool again = k && !bound(f, at[k - 1], i);
        for (int j = 0; j < k; j++) again |= at[j] == i;
        const bool named = seen < p->n && !strcmp(f->a[i].locant, p->place[seen]);
        const char *l = f->a[i].locant;
        const bool passed = k && seen < p->n && *l && isalpha((unsigned char)l[strlen(l) - 1]);
        if (again || (!named && !passed)) continue;
        at[k] = i;
        found += walks(f, p, seen + named, k + 1, want, at, out);
    }
    return found;
}

/* Atoms of a path of `want` of them; false: there is none, or a choice. */
static bool atoms_of(const name_fragment *f, const path *p, int want, int out[PATH]) {
    int at[PATH];
    if (p->n < 2 || want > PATH || want < p->n) return false;
    return walks(f, p, 0, 0, want, at, out) == 1;
}

/* Round f from 1 to 2 and on. */
static int round_of(const name_fragment *f, uint8_t out[NAME_ATOMS]) {
    name_rings rings;
    const int one = name_at(f, "1"), two = name_at(f, "2");
    if (one < 0 || two < 0 || !name_rings_of(f, &rings)) return 0;
    return name_periphery(f, &rings, one, two, out);
}

/* Atoms of the bonds with these letters, which follow each other. */
static int atoms_of_letters(const name_fragment *f, const char *letters, int out[PATH]) {
    uint8_t round[NAME_ATOMS];
    const int n = round_of(f, round), count = (int)strlen(letters);
    for (int k = 0; k + 1 < count; k++) /* the last bond is followed by a */
        if (letters[k + 1] != letters[k] + 1 &&
            (letters[k + 1] != 'a' || letters[k] != 'a' + n - 1))
            return 0;
    for (int k = 0; k < count; k++)
        if (letters[k] - 'a' >= n) return 0;
    if (!n || count + 1 > PATH || count + 1 > n) return 0;
    for (int k = 0; k <= count; k++) out[k] = round[(letters[0] - 'a' + k) % n];
    return count + 1;
}

/* A ring of carbons alike, whose locants are not said. */
static bool all_alike(const name_fragment *f) {
    for (int i = 0; i < f->n; i++)
        if (f->a[i].number != 6) return false;
    return f->m == f->n;
}

/* Puts a part on f: its atoms q are the atoms p of f. */
static bool merge(name_fragment *f, const int *p, const name_fragment *part, const int *q, int n) {
    int to[NAME_ATOMS];
    for (int i = 0; i < part->n; i++) to[i] = -1;
    for (int k = 0; k < n; k++) {
        if (f->a[p[k]].number != part->a[q[k]].number) return false;
        to[q[k]] = p[k];
    }
    for (int i = 0; i < part->n; i++) {
        if (to[i] >= 0) continue;
        to[i] = name_add_atom(f, part->a[i].number);
        if (to[i] < 0) return false;
        f->a[to[i]].flat = true, f->a[to[i]].ring = 1;
        f->a[to[i]].sat = part->a[i].sat;
    }
    for (int j = 0; j < part->m; j++) {
        const int a = to[part->b[j].a], b = to[part->b[j].b];
        if (bound(f, a, b)) continue;
        if (!name_bind(f, a, b, 1)) return false;
    }
    return true;
}

/* Atoms of a part that are shared: its own locants, or any of a ring of carbons. */
static bool own_atoms(const name_fragment *part, const path *own, int want, int out[PATH]) {
    uint8_t round[NAME_ATOMS];
    if (own->n) return atoms_of(part, own, want, out);
    if (!all_alike(part) || round_of(part, round) < want) return false;
    for (int k = 0; k < want; k++) out[k] = round[k];
    return true;
}

/* ---- parts ---- */

typedef struct alias {
    const char *name, *other;
} alias;

/* Names of parts in front whose own name is not what is left without the o; and contracted ones. */
static const alias FRONTS[] = {{"benz", "benzen"},
                               {"benzo", "benzen"},
                               {"naphtho", "naphthalen"},
                               {"naphth", "naphthalen"},
                               {"pyrido", "pyridin"},
                               {"pyrid", "pyridin"},
                               {"pyrimido", "pyrimidin"},
                               {"thieno", "thiophen"},
                               {"furo", "furan"},
                               {"imidazo", "imidazol"},
                               {"imidaz", "imidazol"},
                               {"quino", "quinolin"},
                               {"isoquino", "isoquinolin"},
                               {"anthra", "anthracen"},
                               {"phenanthro", "phenanthren"},
                               {"acenaphtho", "acenaphthylen"},
                               {"benzofuro", "1-benzofuran"},
                               {"benzothieno", "1-benzothiophen"},
                               {"isobenzofuro", "2-benzofuran"},
                               {"benzimidazo", "benzimidazol"},
                               {"selenopheno", "selenophen"},
                               {"seleno", "selenophen"},
                               {"thiazolo", "1,3-thiazol"},
                               {"oxazolo", "1,3-oxazol"},
                               {NULL, NULL}};

/* Systems that have names of their own and the locants of their systematic one. */
static const alias SYSTEMS[] = {
    {"tetracen", "benzo[b]anthracen"},        {"naphthacen", "benzo[b]anthracen"},
    {"pentaphen", "dibenzo[b,h]phenanthren"}, {"pentacen", "dibenzo[b,i]anthracen"},
    {"chrysen", "benzo[a]phenanthren"},       {"triphenylen", "benzo[l]phenanthren"},
    {"phenanthridin", "benzo[c]quinolin"},    {"picen", "benzo[a]chrysen"},
    {"tetraphen", "benzo[a]anthracen"},       {NULL, NULL}};

static bool by_name(const char *name, int depth, name_fragment *f) {
    const name_reader own = {.s = name, .n = strlen(name)};
    return component(&own, 0, own.n, depth, f);
}

static int carbocycle(const char *s, size_t n) {
    static const char *const names[] = {"propa", "buta", "penta", "hexa",
                                        "hepta", "octa", "nona",  "deca"};
    for (int i = 0; i < (int)MG_COUNT(names); i++)
        if (strlen(names[i]) == n && !strncmp(s, names[i], n)) return i + 3;
    return 0;
}

static void flat_ring(name_fragment *f, int size) {
    *f = (name_fragment){0};
    name_chain(f, size, true);
    f->rings = 1;
    for (int i = 0; i < f->n; i++) f->a[i].flat = true, f->a[i].ring = 1;
}

/* "cycloheptene", "[7]annulene" of a fused name, all of s[i..end), with or without a last e: the
 * ring's size; 0: it is none. */
static int flat_cycle(const name_reader *r, size_t i, size_t end) {
    size_t length, k = i;
    if (end > i && r->s[end - 1] == 'e') end--;
    int size = 0;
    if (name_begins(r, i, end, "cyclo")) {
        size = name_stem(r->s + i + 5, end - i - 5, &length);
        k = i + 5 + (size ? length : 0);
        if (!name_is_word(r, k, end, "en")) return 0;
    } else if (k < end && r->s[k] == '[') {
        for (k++; k < end && isdigit((unsigned char)r->s[k]) && size < 100; k++)
            size = 10 * size + r->s[k] - '0';
        if (!name_is_word(r, k, end, "]annulen")) return 0;
    }
    /* of even ones it is not said where the double bonds are */
    return size > 6 && size % 2 && size <= NAME_RING_SIZE ? size : 0;
}

/* "pyrido", "[1,3]thiazolo", "cyclopenta": all of s[i..end). */
static bool front_part(const name_reader *r, size_t i, size_t end, int depth, name_fragment *f) {
    char name[64];
    size_t k = i; /* locants in front */
    while (k < end && strchr("[(0123456789,)]-", r->s[k])) k++;
    if (end - i > 50 || k >= end) return false;
    const int ring = name_begins(r, k, end, "cyclo") && k == i
                         ? carbocycle(r->s + k + 5, end - k - 5)
                         : 0;
    if (ring) {
        flat_ring(f, ring);
        return true;
    }
    for (const alias *a = FRONTS; a->name; a++) {
        if (!name_is_word(r, k, end, a->name)) continue;
        if (k > i && isdigit((unsigned char)*a->other)) { /* "[2]benzofuro" */
            snprintf(name, sizeof name, "%.*s%s", (int)(k - i), r->s + i,
                     strchr(a->other, '-') + 1);
            return by_name(name, depth, f);
        }
        return k == i && by_name(a->other, depth, f);
    }
    if (r->s[end - 1] != 'o') return false;
    return component(r, i, end - 1, depth, f);
}

/* A ring system with locants, by its own name or as one that is fused. */
static bool component(const name_reader *r, size_t i, size_t end, int depth, name_fragment *f) {
    if (i < end && r->s[i] == '-') i++;
    if (end < i + 4) return false;
    bool known = false;
    for (const alias *a = SYSTEMS; a->name && !known; a++) {
        const size_t k = strlen(a->name);
        if (!name_begins(r, i, end, a->name) || end - i > k + 1 ||
            (end - i == k + 1 && r->s[end - 1] != 'e'))
            continue;
        const name_reader own = {.s = a->other, .n = strlen(a->other)};
        if (!depth || !name_fused(&own, 0, own.n, depth - 1, f)) return false;
        known = true;
    }
    if (!known && !(isdigit((unsigned char)r->s[i]) && name_heterocycle(r, i, end, f)) &&
        !name_ring(r, i, end, f))
        return false;
    for (int j = 0; j < f->n; j++)
        if (!f->a[j].flat || f->a[j].charge) return false;
    for (int j = 0; j < f->m; j++)
        if (f->b[j].order != 1) return false;
    return true;
}

/* "dibenzo", "bis": how many, where so many joints follow; characters. */
static size_t many_at(const name_reader *r, size_t i, size_t end, int joints) {
    size_t length;
    const int count = name_multiplier(r->s + i, end - i, &length);
    return joints > 1 && count == joints && length < end - i ? length : 0;
}

static size_t word_end(const name_reader *r, size_t i, size_t end) {
    while (i < end && islower((unsigned char)r->s[i])) i++;
    return i;
}

/* The parts up to the base; where the base begins, 0: no such name. */
static size_t read_parts(const name_reader *r, size_t i, size_t end, fused_part *parts, int *n) {
    size_t k = i;
    for (*n = 0; *n < PARTS;) {
        const size_t from = k;
        if (k < end && r->s[k] == '-') k++;
        if (k < end && strchr("[(", r->s[k])) {
            size_t q = k + 1;
            while (q < end && strchr("0123456789,", r->s[q])) q++;
            if (q >= end || !strchr("])", r->s[q])) return 0;
            k = q + 1;
        } else {
            while (k < end && strchr("0123456789,-", r->s[k])) k++;
        }
        const size_t word = word_end(r, k, end);
        if (word == k) return 0;
        if (word >= end || !strchr("[(", r->s[word])) return *n ? from : 0;
        const size_t close = name_bracket_end(r, word, end);
        if (close >= end) return 0;
        parts[*n] = (fused_part){.from = from + (r->s[from] == '-'), .to = word};
        if (!read_joints(r, word + 1, close, &parts[*n])) return *n ? from : 0;
        ++*n;
        k = close + 1;
    }
    return 0;
}

/* "benzo[1,2-c:4,5-c']difuran": a part between equal bases. */
static bool several_bases(const fused_part *p) {
    bool primed = p->joints > 1;
    for (int k = 0; k < p->joints; k++)
        primed &= p->joint[k].primes == k && p->joint[k].letters[0] && p->joint[k].own.n > 1;
    return primed;
}

/* A part, with those in front of it that are fused to it, on the base. */
static bool put_part(const name_reader *r, const fused_part *parts, int first, int at, int depth,
                     const name_fragment *base, name_fragment *f) {
    const fused_part *p = &parts[at];
    name_fragment *own = calloc(2, sizeof *own), *inner = own + 1;
    bool ok = own != NULL;
    if (!ok) return false;
    size_t from = p->from;
    const bool bases = several_bases(p);
    if (!front_part(r, from, p->to, depth, own)) {
        if (bases) {
            free(own);
            return false;
        }
        from += many_at(r, from, p->to, p->joints);
        ok = from > p->from && front_part(r, from, p->to, depth, own);
    } else {
        ok = p->joints == 1 || bases;
    }
    for (int k = at - 1; k >= first && ok; k--) { /* the next in front is on this one alone */
        const joint *j = &parts[k].joint[0];
        int mine[PATH], its[PATH];
        ok = k == at - 1 && p->joints == 1 &&
             front_part(r, parts[k].from, parts[k].to, depth, inner) &&
             atoms_of(own, &j->other, j->other.n, mine) &&
             own_atoms(inner, &j->own, j->other.n, its) && merge(own, mine, inner, its, j->other.n);
    }
    for (int k = 1; k < p->joints && ok && bases; k++) { /* the other bases on this part */
        int theirs[PATH], its[PATH];
        const int n = atoms_of_letters(base, p->joint[k].letters, theirs);
        ok = n && own_atoms(own, &p->joint[k].own, n, its) && merge(own, its, base, theirs, n);
    }
    for (int k = 0; k < (bases ? 1 : p->joints) && ok; k++) {
        int theirs[PATH], its[PATH];
        const int n = atoms_of_letters(base, p->joint[k].letters, theirs);
        ok = n && own_atoms(own, &p->joint[k].own, n, its) && merge(f, theirs, own, its, n);
    }
    free(own);
    return ok;
}

/* No atom has more than three bonds in its rings. */
static bool sound(const name_fragment *f) {
    for (int i = 0; i < f->n; i++) {
        int bonds = 0;
        for (int j = 0; j < f->m; j++) bonds += f->b[j].a == i || f->b[j].b == i;
        const int number = f->a[i].number;
        if (bonds > (number == 8 || number == 16 || number == 34 ? 2 : 3)) return false;
    }
    return true;
}

/* "indeno[3,2-b]pyridine": a ring of five has the hydrogen, not the pyridine's nitrogen. */
static void not_in_six(name_fragment *f) {
    name_rings rings;
    bool five = false;
    if (!name_rings_of(f, &rings)) return;
    for (int k = 0; k < rings.n; k++) five |= rings.size[k] == 5;
    for (int k = 0; k < rings.n && five; k++)
        for (int i = 0; i < rings.size[k] && rings.size[k] == 6; i++)
            f->a[rings.atom[k][i]].maybe = false;
}

/* All of s[i..end), with or without a last e. */
bool name_fused(const name_reader *r, size_t i, size_t end, int depth, name_fragment *f) {
    fused_part parts[PARTS];
    int n, first = 0;
    const size_t from = read_parts(r, i, end, parts, &n);
    if (!from || !n) return false;
    name_fragment *base = malloc(sizeof *base);
    size_t many = 0;
    if (several_bases(&parts[n - 1])) { /* "di", "tris" of so many bases */
        size_t length;
        const int count = name_multiplier(r->s + from, end - from, &length);
        if (count == parts[n - 1].joints) many = length;
    }
    bool ok = base && (many || !several_bases(&parts[n - 1]));
    const int cycle = ok ? flat_cycle(r, from + many, end) : 0;
    if (cycle)
        flat_ring(base, cycle);
    else
        ok = ok && component(r, from + many, end, depth, base);
    for (int k = 0; k + 1 < n; k++) ok &= !several_bases(&parts[k]);
    if (ok) {
        *f = *base;
        for (int a = 0; a < f->n; a++) f->a[a].maybe = false, f->a[a].ring = 1;
    }
    for (int k = 0; k < n && ok; k++) {
        if (!*parts[k].joint[0].letters) continue;
        ok = put_part(r, parts, first, k, depth, base, f);
        first = k + 1;
    }
    ok = ok && first == n && sound(f);
    free(base);
    if (!ok) return false;
    f->rings = 1;
    f->alike = false;
    if (!name_number(f)) return false;
    name_usual_hydrogen(f);
    not_in_six(f);
    return true;
}

/* "benzo[7]annulen", "benzocyclohepten". */
static bool annulene(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    static const int both[] = {0, 1};
    size_t k = i + 6;
    int size = name_begins(r, i, end, "benzocyclo") ? flat_cycle(r, i + 5, end) : 0;
    if (!size && !name_begins(r, i, end, "benzo[")) return false;
    while (!strncmp(r->s + i, "benzo[", 6) && k < end && isdigit((unsigned char)r->s[k]) &&
           size < 100)
        size = 10 * size + r->s[k++] - '0';
    if (r->s[i + 5] == '[' &&
        (size < 5 || size > NAME_RING_SIZE || !name_begins(r, k, end, "]annulen") || end - k > 9 ||
         (end - k == 9 && r->s[end - 1] != 'e')))
        return false;
    name_fragment *benzene = malloc(sizeof *benzene);
    if (!benzene) return false;
    flat_ring(f, size);
    flat_ring(benzene, 6);
    const bool ok = merge(f, both, benzene, both, 2) && name_number(f);
    free(benzene);
    f->alike = false;
    return ok;
}

/* A fused system, or one of the names that stand for one. */
bool name_fused_ring(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    if (end < i + 6 || !(isalnum((unsigned char)r->s[i]) || strchr("[(", r->s[i]))) return false;
    const name_steroid steroid = name_steroid_of(r, i, end);
    if (steroid != STEROID_NONE && steroid != STEROID_FUSED) return false;
    const char *s = r->s + i; /* what is fused says how in brackets */
    if ((memchr(s, '[', end - i) || memchr(s, '(', end - i)) &&
        (name_fused(r, i, end, FUSED_DEPTH, f) || annulene(r, i, end, f)))
        return true;
    if (name_begins(r, i, end, "benzocyclo") && annulene(r, i, end, f)) return true;
    for (const alias *a = SYSTEMS; a->name; a++) {
        if (!name_begins(r, i, end, a->name)) continue;
        if (!component(r, i, end, FUSED_DEPTH, f)) return false;
        name_usual_hydrogen(f);
        return true;
    }
    return false;
}
