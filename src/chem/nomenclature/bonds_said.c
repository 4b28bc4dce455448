/* bonds_said.c - double bonds and bridges of a phrase as groups at positions, for described.c:
 *
 *   pregnane which contains a double bond between positions 5 and 6 and is substituted by ...
 *   hopane having a C=C double bond at the 22(29)-position
 *   ... an epoxy group across positions 5 and 6
 *
 * become "a didehydro group at positions 5 and 6 and ...". Bonds whose ends could stand as E and Z
 * are left alone: the phrase would not say how.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number at *s; 0: there is none. */
static int number_at(const char **s) {
    int n = 0;
    while (isdigit((unsigned char)**s) && n < 100) n = 10 * n + *(*s)++ - '0';
    return n;
}

static bool skip(const char **s, const char *word) {
    const size_t n = strlen(word);
    if (strncmp(*s, word, n) != 0) return false;
    *s += n;
    return true;
}

/* In rings, or one end bears two groups that are alike. */
static bool has_no_sides(int a, int b) {
    static const int ends[][2] = {{24, 25}, {25, 26}, {20, 21}, {22, 29}, {20, 29}, {8, 17}};
    for (size_t i = 0; i < MG_COUNT(ends); i++)
        if (a == ends[i][0] && b == ends[i][1]) return true;
    return a < 18 && b < 18;
}

/* "between [the] positions 5 and 6", "at the 22(29)-position"; NULL: neither. */
static const char *ends_of(const char *s, int *a, int *b) {
    const bool between = skip(&s, "between ");
    if (!between && !skip(&s, "at ")) return NULL;
    skip(&s, "the ");
    if (between) skip(&s, "positions ");
    *a = number_at(&s);
    if (!*a || !skip(&s, between ? " and " : "(")) return NULL;
    *b = number_at(&s);
    if (!*b) return NULL;
    if (between) return skip(&s, " positions") || !isalnum((unsigned char)*s) ? s : NULL;
    return skip(&s, ")-position") && *s != 's' ? s : NULL;
}

static void put(char *text, size_t room, char *at, const char *rest, const char *said) {
    char *behind = strdup(rest);
    if (!behind) return;
    snprintf(at, room - (size_t)(at - text), "%s%s", said, behind);
    free(behind);
}

static void drop(char *text, const char *what, const char *with) {
    char *at = strstr(text, what);
    const size_t n = strlen(what), k = strlen(with); /* k <= n */
    if (!at) return;
    memcpy(at, with, k);
    memmove(at + k, at + n, strlen(at + n) + 1);
}

/* "an additional 7alpha-hydroxy substituent" with no other place. */
static void say_places(char *text, size_t room) {
    static const char *const kinds[] = {" substituent", " group"}, *const faces[] = {"alpha-",
                                                                                     "beta-"};
    for (char *at = text; (at = strchr(at, ' ')) != NULL; at++) {
        const char *s = at + 1, *place = s;
        char said[80];
        if (!number_at(&s) || (!skip(&s, faces[0]) && !skip(&s, faces[1]))) continue;
        const int n = (int)(s - place) - 1, letters = (int)strspn(s, "abcdefghijklmnopqrstuvwxyz");
        const char *rest = s + letters;
        const bool kind = skip(&rest, kinds[0]) || skip(&rest, kinds[1]);
        if (!kind || letters < 4 || letters > 20 || n > 9) continue;
        if (*rest && !strchr(".,;", *rest) && strncmp(rest, " and ", 5) != 0) continue;
        snprintf(said, sizeof said, "%.*s group at position %.*s", letters, s, n, place);
        if (strlen(text) + sizeof said < room) put(text, room, at + 1, rest, said);
    }
}

void name_say_bonds(char *text, size_t room) {
    static const char *const bonds[] = {"C=C double bond ", "double bond "};
    bool said = false;
    for (size_t i = 0; i < MG_COUNT(bonds); i++)
        for (char *at = text; (at = strstr(at, bonds[i])) != NULL; at++) {
            int a, b;
            char group[60];
            const char *rest = ends_of(at + strlen(bonds[i]), &a, &b);
            if (!rest || !has_no_sides(a, b) || strlen(text) + sizeof group >= room) continue;
            snprintf(group, sizeof group, "didehydro group at positions %d and %d", a, b);
            put(text, room, at, rest, group);
            said = true;
        }
    static const char *const links[] = {
        ", and which is substituted by ", ", and is substituted by ", " and is substituted by ",
        ", and substituted by ",          " and substituted by ",     ", and which has ",
        ", and which contains "};
    for (size_t i = 0; i < MG_COUNT(links) && said; i++) drop(text, links[i], " and ");
    drop(text, "geminal methyl groups", "two methyl groups");
    say_places(text, room);
    drop(text, " group across positions ", " group at positions ");
    drop(text, " group between positions ", " group at positions ");
}

bool name_is_bridge(const char *group) {
    static const char *const bridges[] = {"didehydro", "epoxy", "epidioxy", "methylenedioxy"};
    for (size_t i = 0; i < MG_COUNT(bridges); i++)
        if (!strcmp(group, bridges[i])) return true;
    return false;
}
