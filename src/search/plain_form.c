/* plain_form.c - what is told beside a molecule and makes another form of it:
 *
 *   X, substrate of Y, tetraanion | 4- | net -1 | inner salt form    its protons
 *   X, what it is, R | the S enantiomer | trans                      the one place that is open
 *   X, what it is, no stereo | racemic | geometry not specified      what a list knows is left out
 *
 * Each stands between marks, alone or first; "X, organic anion transporter" is none.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SEGMENT = 120, LONGEST_FORM = 4, MOST_OPENED = 3 };

/* ---- what stands between two marks ---- */

/* Characters up to the next mark, and what the mark has. */
static size_t segment_at(const char *s, size_t *mark) {
    static const char *const marks[] = {", ", "; ", ": ", " - ", " (", ") ", ")"};
    size_t n = strlen(s);
    *mark = 0;
    for (size_t i = 0; i < MG_COUNT(marks); i++) {
        const char *at = strstr(s, marks[i]);
        if (!at || (size_t)(at - s) >= n || (*marks[i] == ')' && memchr(s, '(', (size_t)(at - s))))
            continue;
        n = (size_t)(at - s);
        *mark = strlen(marks[i]);
    }
    return n;
}

static int count_words(const char *s) {
    int n = 0;
    for (const char *c = s; *c; c++) n += *c != ' ' && (c == s || c[-1] == ' ');
    return n;
}

/* Without the words that lead up to a form. */
static const char *skip_lead(const char *s) {
    static const char *const words[] = {"as ",  "drawn ",   "in ",   "the ",     "a ",  "an ",
                                        "its ", "overall ", "here ", "written ", "and "};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < MG_COUNT(words); i++)
            if (plain_begins(s, words[i])) s += strlen(words[i]), more = true;
    }
    return s;
}

/* ---- charges ---- */

/* "4-", "-4", "4- charge state", "charge -4", "net -1", "four negative charges". */
static bool sum_at(const char *s, int *charge) {
    static const char *const numbers[] = {"one", "two", "three", "four", "five"};
    for (int i = 0; i < (int)MG_COUNT(numbers); i++) {
        const size_t n = strlen(numbers[i]);
        if (!plain_begins(s, numbers[i]) || !plain_begins(s + n, " negative charge")) continue;
        *charge = -(i + 1);
        return true;
    }
    for (bool more = true; more;) {
        static const char *const fronts[] = {"net ", "charge ", "of ", "total "};
        more = false;
        for (size_t i = 0; i < MG_COUNT(fronts); i++)
            if (plain_begins(s, fronts[i])) s += strlen(fronts[i]), more = true;
    }
    const size_t n = strcspn(s, " ");
    const bool front = n == 2 && strchr("+-", s[0]) && isdigit((unsigned char)s[1]);
    const bool back = n == 2 && strchr("+-", s[1]) && isdigit((unsigned char)s[0]);
    static const char *const tails[] = {"",         " charge",       " charges", " charge state",
                                        " overall", " total charge", " net",     " ion"};
    for (size_t i = 0; i < MG_COUNT(tails) && (front || back); i++)
        if (!strcasecmp(s + n, tails[i])) {
            const int sum = s[front ? 1 : 0] - '0';
            *charge = s[front ? 0 : 1] == '-' ? -sum : sum;
            return sum > 0;
        }
    return false;
}

/* A word for a sum, first or last. */
static bool sum_word(const char *s, size_t n, int *charge) {
    static const struct {
        const char *words;
        int charge;
    } sums[] = {{"monoanion|mono-anion|monoanionic", -1},
                {"dianion|di-anion|dianionic", -2},
                {"trianion|tri-anion|trianionic", -3},
                {"tetraanion|tetra-anion|tetraanionic", -4},
                {"pentaanion|penta-anion|pentaanionic", -5},
                {"hexaanion|hexaanionic", -6},
                {"monocation|monocationic", 1},
                {"dication|dicationic", 2},
                {"trication|tricationic", 3},
                {"zwitterion|zwitterionic|betaine|dipolar", 0}};
    for (size_t i = 0; i < MG_COUNT(sums); i++)
        if (plain_in(s, n, sums[i].words)) {
            *charge = sums[i].charge;
            return true;
        }
    return false;
}

/* What a segment says of protons. */
static bool read_protons(const char *s, mg_edit *e) {
    *e = (mg_edit){.act = MG_ACT_CHARGE, .site = {.kind = -1, .target = -1}};
    const size_t n = strcspn(s, " ");
    const char *last = strrchr(s, ' ');
    if (sum_at(s, &e->charge) || sum_word(s, n, &e->charge)) return true;
    if (plain_begins(s, "inner salt") || plain_begins(s, "inner-salt")) return true;
    if (last && count_words(s) <= LONGEST_FORM && sum_word(last + 1, strlen(last + 1), &e->charge))
        return true;
    return mg_edit_read(s, e) &&
           (e->act == MG_ACT_CHARGE || e->act == MG_ACT_LOSE || e->act == MG_ACT_GAIN);
}

static bool has_charges(const char *smiles) { return strchr(smiles, '+') && strchr(smiles, '-'); }

/* ---- configurations ---- */

/* The letter that a segment begins with; 0: none. */
static char label_at(const char *s) {
    static const struct {
        const char *words;
        char letter;
    } labels[] = {{"R|(R)|R-configured|R-configuration|R-enantiomer|R-isomer", 'R'},
                  {"S|(S)|S-configured|S-configuration|S-enantiomer|S-isomer", 'S'},
                  {"E|(E)|E-configured|E-isomer", 'E'},
                  {"Z|(Z)|Z-configured|Z-isomer", 'Z'},
                  {"trans|trans-isomer", 't'},
                  {"cis|cis-isomer", 'c'}};
    const size_t n = strcspn(s, " ");
    if (n == 1 && islower((unsigned char)*s)) return 0;
    for (size_t i = 0; i < MG_COUNT(labels); i++)
        if (plain_in(s, n, labels[i].words)) return labels[i].letter;
    return 0;
}

/* "2S,3R", "(20S)" at s, up to a blank or the end: as names have it; characters, 0: none. */
static size_t labels_at(const char *s, char out[SEGMENT]) {
    const bool open = *s == '(';
    const char *from = s + open;
    const size_t n = strspn(from, "0123456789RSEZ,'");
    const char *behind = from + n + (open && from[n] == ')');
    const bool is = n > 1 && isdigit((unsigned char)*from) && strchr("RSEZ", from[n - 1]) &&
                    (!open || from[n] == ')') && (!*behind || *behind == ' ');
    snprintf(out, SEGMENT, "(%.*s)-", (int)n, from);
    return is ? (size_t)(behind - s) : 0;
}

/* Of a letter at a place: "S at C-2" as "(2S)-"; false: the place has no number. */
static bool place_label(const char *s, char letter, char out[SEGMENT]) {
    static const char *const places[] = {" at C-", " at C", " at position ", " at carbon ", " at "};
    for (size_t i = 0; i < MG_COUNT(places); i++) {
        const char *at = strstr(s, places[i]);
        const char *number = at ? at + strlen(places[i]) : "";
        const size_t n = strspn(number, "0123456789'");
        if (!n || (number[n] && number[n] != ' ')) continue;
        snprintf(out, SEGMENT, "(%.*s%c)-", (int)n, number, letter);
        return true;
    }
    return false;
}

/* The one open carbon that a word places; NULL: another place. */
static const char *where_of(const char *s) {
    static const char *const places[][2] = {
        {" at the alpha carbon", "[CX4;$(CC(=O)[OX2H1,OX1-,$(OC),S,N])]"},
        {" at the beta carbon", "[CX4;$(C[#6]C(=O)[OX2H1,OX1-,$(OC),S,N])]"},
        {" at the carbinol", "[CX4;$(C[OX2H1])]"},
        {" at the alcohol", "[CX4;$(C[OX2H1])]"},
        {" at the hydroxyl", "[CX4;$(C[OX2H1])]"},
        {" at the OH", "[CX4;$(C[OX2H1])]"}};
    for (size_t i = 0; i < MG_COUNT(places); i++)
        if (strstr(s, places[i][0])) return places[i][1];
    return strstr(s, " at ") || strstr(s, " on ") ? NULL : "[#6X4]";
}

/* 'a' no configuration at all, 'g' none of double bonds; 0: another thing. */
static char openness_of(const char *s) {
    static const char *const all[] = {"no stereo",           "no stereochemistry",
                                      "stereo not",          "without stereo",
                                      "stereo omitted",      "stereo undefined",
                                      "stereo unspecified",  "stereo flat",
                                      "stereo undrawn",      "undefined stereo",
                                      "unspecified stereo",  "flat stereo",
                                      "stereo unassigned",   "stereo not given",
                                      "stereochemistry not", "stereo left open",
                                      "flat drawing"},
                             *const bonds[] = {"no geometry",
                                               "geometry not",
                                               "geometry un",
                                               "geometry omitted",
                                               "no E/Z",
                                               "E/Z un",
                                               "E/Z not",
                                               "without alkene geometry",
                                               "undefined geometry"};
    if (strpbrk(s, "0123456789") || strstr(s, " at ") || strstr(s, " of ")) return 0;
    for (size_t i = 0; i < MG_COUNT(bonds); i++)
        if (strcasestr(s, bonds[i])) return 'g';
    for (size_t i = 0; i < MG_COUNT(all); i++)
        if (strcasestr(s, all[i])) return 'a';
    return plain_begins(s, "racemic") || plain_begins(s, "racemate") ? 'r' : 0;
}

static int count_centres(const char *smiles) {
    int n = 0;
    for (const char *c = smiles; *c; c++) n += *c == '@' && c[1] != '@';
    return n;
}

/* Leaves configurations out; false: it cannot be told which. */
static bool open_up(char what, char **smiles) {
    char *flat = strdup(*smiles), *out = flat;
    const bool bonds = strpbrk(*smiles, "/\\") != NULL;
    const int centres = count_centres(*smiles);
    const bool few = centres > 0 && centres <= (what == 'a' ? MOST_OPENED : 1);
    const bool fits = what == 'g' ? bonds : !bonds && few;
    mg_mol *m = NULL;
    if (flat && fits) {
        for (const char *c = *smiles; *c; c++)
            if (what != 'g' || !strchr("/\\", *c)) *out++ = *c;
        *out = 0;
        m = mg_mol_from_smiles(flat, NULL, NULL);
    }
    free(flat);
    char *made = m ? mg_mol_smiles(m, what == 'g') : NULL;
    mg_mol_free(m);
    if (!made) return false;
    free(*smiles);
    *smiles = made;
    return true;
}

/* ---- all of it ---- */

/* Of the name with labels in front of it, where the name says no other. */
static int read_labelled(const plain_form *f, const char *labels, char **smiles,
                         molglot_error *err) {
    char name[2 * PLAIN_LONGEST];
    *smiles = NULL;
    if (!f->name || strstr(f->name, "(") == f->name || strlen(f->name) > PLAIN_LONGEST)
        return MOLGLOT_OK;
    snprintf(name, sizeof name, "%s%s", labels, f->name);
    return mg_name_read(name, smiles, err);
}

/* "S form", "R enantiomer": of every centre. */
static bool is_of_all(const char *s) {
    return strstr(s, " form") || strstr(s, "enantiomer") || strstr(s, "isomer");
}

/* A label of a segment, if it has one and there is one place for it. */
static int put_label(const char *s, plain_form *f, plain_said *made, bool *used,
                     molglot_error *err) {
    char labels[SEGMENT], *labelled = NULL;
    const char letter = label_at(s);
    const size_t many = labels_at(s, labels);
    const bool one = f->open_atoms + f->open_bonds == 1;
    int code = MOLGLOT_OK;
    if (many) {
        code = read_labelled(f, labels, &labelled, err);
    } else if (is_of_all(s) && strchr(made->smiles, '@')) {
        return code;
    } else if (letter && one && strchr("tc", letter)) {
        const mg_edit put = {
            .act = MG_ACT_LABEL, .site = {.kind = -1, .target = -1}, .charge = letter};
        if (f->open_bonds) code = mg_edit_apply(&put, made->smiles, NULL, &labelled, err);
    } else if (letter && one && place_label(s, letter, labels)) {
        code = read_labelled(f, labels, &labelled, err);
    } else if (letter && one && (strchr("RS", letter) != NULL) == (f->open_atoms == 1)) {
        const char *where = f->open_atoms ? where_of(s) : NULL;
        if (where || f->open_bonds)
            labelled = mg_smiles_labelled(made->smiles, letter, false, where);
    }
    if (!labelled) return code;
    free(made->smiles);
    made->smiles = labelled;
    f->open_atoms = f->open_bonds = 0;
    f->changed = true;
    *used = !s[many ? many : 1];
    return code;
}

/* One segment. used: its words need no other check. */
static int apply_segment(plain *p, const char *s, plain_form *f, plain_said *made, bool *used,
                         molglot_error *err) {
    mg_edit e;
    *used = false;
    if (f->open_atoms || f->open_bonds) {
        const bool before = f->changed;
        f->changed = false;
        const int code = put_label(s, f, made, used, err);
        const bool done = f->changed;
        f->changed |= before;
        if (code || done) return code;
    }
    const char open = openness_of(s);
    const bool labelled = f->name && *f->name == '('; /* "(2E)-..., geometry not given" */
    if (open && !f->open_atoms && !f->open_bonds && !labelled) {
        f->flat |= open_up(open, &made->smiles);
        f->changed |= f->flat;
        *used = f->flat && count_words(s) <= LONGEST_FORM;
        return MOLGLOT_OK;
    }
    if (!read_protons(s, &e)) return MOLGLOT_OK;
    if (e.act == MG_ACT_LOSE && e.site.kind < 0 && !e.site.times &&
        (plain_begins(s, "ionised") || plain_begins(s, "ionized")))
        e.site.times = MG_EDIT_ALL;
    const bool is = e.act == MG_ACT_CHARGE && plain_charge(made->smiles) == e.charge &&
                    (e.charge || has_charges(made->smiles));
    *used = count_words(s) <= LONGEST_FORM;
    if (is) return MOLGLOT_OK;
    if (strpbrk(made->smiles, "+.") || plain_charge(made->smiles)) { /* told twice, or a salt */
        *used = false;
        return MOLGLOT_OK;
    }
    if (e.act == MG_ACT_GAIN && strstr(made->smiles, "P(=O)(O)")) { /* and the phosphates? */
        plain_said_free(made);
        return MOLGLOT_OK;
    }
    int code = plain_edit(p, &e, made, err);
    f->changed = true;
    return code;
}

int plain_form_of(plain *p, const char *tail, plain_form *f, plain_said *made, molglot_error *err) {
    int code = MOLGLOT_OK;
    size_t mark;
    mg_str rest = {0};
    for (const char *s = tail; *s && !code && made->smiles;) {
        char segment[SEGMENT];
        const size_t n = segment_at(s, &mark);
        bool used = false;
        if (n < sizeof segment) {
            snprintf(segment, sizeof segment, "%.*s", (int)n, s);
            size_t k = n;
            while (k && strchr(" .,", segment[k - 1])) segment[--k] = 0;
            code = apply_segment(p, skip_lead(segment), f, made, &used, err);
        }
        if (!used) mg_str_add(&rest, s, n);
        mg_str_add(&rest, s + n, mark);
        s += n + mark;
    }
    mg_str_addz(&rest, "");
    if (!code && rest.failed) code = mg_no_memory(err, "a phrase");
    snprintf(f->rest, sizeof f->rest, "%s", code ? "" : rest.s);
    mg_str_free(&rest);
    return code;
}

/* ---- names ---- */

bool plain_full_name(const char *s, size_t n) {
    bool digit = false, letter = false;
    for (size_t i = 0; i < n; i++) {
        digit |= isdigit((unsigned char)s[i]) != 0;
        letter |= i + 4 < n && islower((unsigned char)s[i]) && islower((unsigned char)s[i + 1]) &&
                  islower((unsigned char)s[i + 2]) && islower((unsigned char)s[i + 3]);
    }
    if (digit && letter && n > 7) return true;
    char name[PLAIN_LONGEST]; /* "H-Lys-Lys-OH" */
    if (n < 7 || n >= sizeof name || memchr(s, ' ', n) || !memchr(s, '-', n)) return false;
    snprintf(name, sizeof name, "%.*s", (int)n, s);
    return mg_name_is_peptide(name) && mg_name_residues(name) > 1;
}
