/* parse.c - reads recipe text into flat entries: [text] layers = 4 becomes "text.layers" = 4
 * with its line.
 *
 * A strict reader of a subset of TOML 1.0. What TOML has and recipes do not need (dates, multi-line
 * strings, inline tables, arrays of tables, arrays in arrays, quoted keys) is refused by name.
 * Nothing recurses on the input; sizes are limited.
 */
#include "base/grow.h"
#include "base/toml/inside.h"
#include "base/toml/toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const mg_toml *t;
    const char *p, *end;
    int line;
    molglot_error *err;
} reader;

static int bad(reader *r, const char *fmt, ...) MG_PRINTF(2, 3);
static int bad(reader *r, const char *fmt, ...) {
    char what[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return mg_fail(r->err, MOLGLOT_BAD_FILE, "%s:%d: %s", r->t->name, r->line, what);
}

static int no_memory(reader *r) { return mg_no_memory(r->err, "%s", r->t->name); }

/* ---- characters ---- */

static int peek(const reader *r) { return r->p < r->end ? (unsigned char)*r->p : -1; }

static bool next_is(const reader *r, const char *s) {
    size_t n = strlen(s);
    return (size_t)(r->end - r->p) >= n && memcmp(r->p, s, n) == 0;
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_key_char(int c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

static void skip_blanks(reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t') r->p++;
}

/* Blanks and a comment; stops at the line's end. */
static int skip_to_line_end(reader *r) {
    skip_blanks(r);
    if (peek(r) != '#') return MOLGLOT_OK;
    for (; peek(r) != -1 && peek(r) != '\n' && !next_is(r, "\r\n"); r->p++)
        if ((peek(r) < 32 && peek(r) != '\t') || peek(r) == 127)
            return bad(r, "control character in a comment");
    return MOLGLOT_OK;
}

static bool take_newline(reader *r) {
    if (next_is(r, "\r\n"))
        r->p += 2;
    else if (peek(r) == '\n')
        r->p++;
    else
        return false;
    r->line++;
    return true;
}

/* Inside an array: blanks, comments and newlines. */
static int skip_lines(reader *r) {
    int code;
    do {
        if ((code = skip_to_line_end(r))) return code;
    } while (take_newline(r));
    return MOLGLOT_OK;
}

/* ---- strings ---- */

/* The character after a backslash. */
static int read_escape(reader *r, mg_str *s) {
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    int c = peek(r);
    const char *at = c > 0 ? strchr(from, c) : NULL;
    if (at) {
        r->p++;
        mg_str_add(s, &to[at - from], 1);
        return MOLGLOT_OK;
    }
    if (c != 'u' && c != 'U') return bad(r, "unknown escape in a string");
    r->p++;
    uint32_t code = 0;
    for (int i = c == 'u' ? 4 : 8; i > 0; i--, r->p++) {
        int h = peek(r);
        int digit = is_digit(h)            ? h - '0'
                    : h >= 'a' && h <= 'f' ? h - 'a' + 10
                    : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                           : -1;
        if (digit < 0) return bad(r, "\\%c needs %d hexadecimal digits", c, c == 'u' ? 4 : 8);
        code = code << 4 | (uint32_t)digit;
    }
    if (code == 0 || !mg_utf8_add(s, code)) return bad(r, "\\%c escape is not a character", c);
    return MOLGLOT_OK;
}

/* "basic" or 'literal', decoded into s. */
static int read_string(reader *r, mg_str *s) {
    if (next_is(r, "\"\"\"") || next_is(r, "'''"))
        return bad(r, "multi-line strings are not supported in recipes");
    int quote = *r->p++;
    mg_str_add(s, "", 0);
    for (;;) {
        int c = peek(r);
        if (c == -1 || c == '\n' || c == '\r')
            return bad(r, "string without its closing %c", quote);
        if ((c < 32 && c != '\t') || c == 127) return bad(r, "control character in a string");
        if (s->n > MG_TOML_MAX_STRING)
            return bad(r, "string longer than %d bytes", MG_TOML_MAX_STRING);
        r->p++;
        if (c == quote) break;
        if (c == '\\' && quote == '"') {
            int code = read_escape(r, s);
            if (code) return code;
        } else
            mg_str_add(s, r->p - 1, 1);
    }
    return s->failed ? no_memory(r) : MOLGLOT_OK;
}

/* ---- numbers and booleans ---- */

/* Digits in which single underscores stand between two digits. Copies the digits; NULL if the form
 * is wrong. */
static const char *copy_digits(const char *p, char **out, bool hex) {
    const char *start = p;
    for (;; p++) {
        bool digit = is_digit(*p) || (hex && ((*p | 32) >= 'a' && (*p | 32) <= 'f'));
        if (digit)
            *(*out)++ = *p;
        else if (*p != '_' || p == start || p[-1] == '_')
            break;
    }
    return p == start || p[-1] == '_' ? NULL : p;
}

/* word: 0x.., 0o.. or 0b.. */
static bool parse_radix(const char *word, mg_toml_value *v) {
    char digits[72], *d = digits;
    int base = word[1] == 'x' ? 16 : word[1] == 'o' ? 8 : 2;
    const char *end = copy_digits(word + 2, &d, base == 16);
    if (!end || *end) return false;
    *d = 0;
    errno = 0;
    char *stop;
    long long i = strtoll(digits, &stop, base);
    if (*stop || errno) return false;
    v->kind = MG_TOML_INT;
    v->i = i;
    v->d = (double)i;
    return true;
}

/* [+-] digits [. digits] [e [+-] digits]: checks TOML's form (no leading zeros, digits on both
 * sides of the point). */
static bool parse_number(const mg_toml *t, const char *word, mg_toml_value *v) {
    char plain[80], *out = plain;
    const char *p = word;
    bool real = false;
    if (*p == '+' || *p == '-') *out++ = *p++;
    if (p[0] == '0' && (is_digit(p[1]) || p[1] == '_')) return false;
    if (!(p = copy_digits(p, &out, false))) return false;
    if (*p == '.') {
        *out++ = '.';
        real = true;
        if (!(p = copy_digits(p + 1, &out, false))) return false;
    }
    if (*p == 'e' || *p == 'E') {
        *out++ = 'e';
        real = true;
        p++;
        if (*p == '+' || *p == '-') *out++ = *p++;
        if (!(p = copy_digits(p, &out, false))) return false;
    }
    if (*p) return false;
    *out = 0;
    errno = 0;
    v->kind = real ? MG_TOML_NUM : MG_TOML_INT;
    if (!real) {
        v->i = strtoll(plain, NULL, 10);
        if (errno) return false;
    }
    v->d = strtod_l(plain, NULL, t->c); /* beyond the range: infinity or 0, as TOML leaves open */
    return true;
}

static bool parse_special(const char *word, mg_toml_value *v) {
    const char *p = word + (*word == '+' || *word == '-');
    v->kind = MG_TOML_NUM;
    if (strcmp(p, "inf") == 0)
        v->d = __builtin_inf();
    else if (strcmp(p, "nan") == 0)
        v->d = __builtin_nan("");
    else
        return false;
    if (*word == '-') v->d = -v->d;
    return true;
}

static int read_word(reader *r, mg_toml_value *v) {
    const char *start = r->p;
    char word[64];
    while (is_key_char(peek(r)) || peek(r) == '+' || peek(r) == '.') r->p++;
    size_t n = (size_t)(r->p - start);
    if (n == 0) return bad(r, "a value is missing");
    if (n >= sizeof word) return bad(r, "%.20s... is no value (strings need quotes)", start);
    memcpy(word, start, n);
    word[n] = 0;
    bool good;
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        v->kind = MG_TOML_BOOL;
        v->i = word[0] == 't';
        good = true;
    } else if (word[0] == '0' && (word[1] == 'x' || word[1] == 'o' || word[1] == 'b'))
        good = parse_radix(word, v);
    else
        good = parse_number(r->t, word, v) || parse_special(word, v);
    if (!good && is_digit(word[0])) return bad(r, "%s is no number that fits", word);
    if (!good) return bad(r, "%s is no value (strings need quotes)", word);
    return mg_toml_add_item(v, word, n) ? MOLGLOT_OK : no_memory(r);
}

/* ---- values ---- */

static int read_scalar(reader *r, mg_toml_value *v) {
    memset(v, 0, sizeof *v);
    int c = peek(r), code;
    if (c == '[') return bad(r, "arrays inside arrays are not supported in recipes");
    if (c == '{') return bad(r, "inline tables are not supported in recipes");
    if (c == '"' || c == '\'') {
        mg_str s = {0};
        v->kind = MG_TOML_STR;
        code = read_string(r, &s);
        if (!code && !mg_toml_add_item(v, s.s, s.n)) code = no_memory(r);
        mg_str_free(&s);
    } else
        code = read_word(r, v);
    if (code) mg_toml_value_free(v);
    return code;
}

static const char *kind_name(mg_toml_kind k) {
    static const char *const names[] = {"strings", "integers", "floats", "booleans", "arrays"};
    return names[k];
}

static int read_item(reader *r, mg_toml_value *array) {
    mg_toml_value item;
    int code = read_scalar(r, &item);
    if (code) return code;
    if (array->n == 0) array->item_kind = item.kind;
    if (item.kind != array->item_kind)
        code = bad(r, "an array of %s cannot hold %s", kind_name(array->item_kind),
                   kind_name(item.kind));
    else if (array->n >= MG_TOML_MAX_ITEMS)
        code = bad(r, "an array of more than %d values", MG_TOML_MAX_ITEMS);
    else if (!mg_toml_add_item(array, item.items[0], strlen(item.items[0])))
        code = no_memory(r);
    mg_toml_value_free(&item);
    return code;
}

static int read_array(reader *r, mg_toml_value *v) {
    memset(v, 0, sizeof *v);
    v->kind = MG_TOML_ARRAY;
    r->p++;
    int code, opened = r->line;
    while (!(code = skip_lines(r)) && peek(r) != ']') {
        if (peek(r) == -1) code = bad(r, "the array of line %d is not closed", opened);
        if (code || (code = read_item(r, v)) || (code = skip_lines(r))) break;
        if (peek(r) == ',')
            r->p++;
        else if (peek(r) != ']') {
            code = bad(r, "expected , or ] in the array of line %d", opened);
            break;
        }
    }
    if (code)
        mg_toml_value_free(v);
    else
        r->p++;
    return code;
}

static int read_value(reader *r, mg_toml_value *v) {
    return peek(r) == '[' ? read_array(r, v) : read_scalar(r, v);
}

int mg_toml_read_value(const mg_toml *t, const char *text, size_t n, mg_toml_value *v,
                       molglot_error *err) {
    reader r = {t, text, text + n, 1, err};
    if (mg_utf8_invalid(text, n) >= 0) return bad(&r, "not UTF-8");
    skip_blanks(&r);
    int code = read_value(&r, v);
    if (code) return code;
    code = skip_to_line_end(&r);
    if (!code && r.p != r.end) code = bad(&r, "something follows the value");
    if (code) mg_toml_value_free(v);
    return code;
}

/* ---- keys and lines ---- */

const char *mg_toml_key_problem(const mg_toml *t, const char *key) {
    int parts = 1;
    size_t n = strlen(key);
    if (n == 0 || key[0] == '.' || key[n - 1] == '.') return "is not a key";
    if (n >= MG_TOML_MAX_KEY) return "is too long";
    for (size_t i = 0; i < n; i++) {
        if (key[i] == '.' && key[i + 1] == '.') return "is not a key";
        if (key[i] == '.')
            parts++;
        else if (!is_key_char((unsigned char)key[i]))
            return "is not a key (letters, digits, _ and - only)";
    }
    if (parts > MG_TOML_MAX_DOTS) return "has too many parts";
    for (size_t i = 0; i < t->n; i++) {
        if (!t->e[i].given) continue;
        const char *other = t->e[i].key;
        size_t m = strlen(other);
        if ((m < n && key[m] == '.' && memcmp(key, other, m) == 0) ||
            (n < m && other[n] == '.' && memcmp(key, other, n) == 0))
            return "is a table here and a value elsewhere";
    }
    return NULL;
}

/* A bare dotted key, appended to out (which has *n bytes). */
static int read_key(reader *r, char out[MG_TOML_MAX_KEY], size_t *n) {
    for (;;) {
        skip_blanks(r);
        if (peek(r) == '"' || peek(r) == '\'')
            return bad(r, "quoted keys are not supported in recipes");
        const char *start = r->p;
        while (is_key_char(peek(r))) r->p++;
        size_t part = (size_t)(r->p - start);
        if (part == 0) return bad(r, "a key is missing (letters, digits, _ and - only)");
        if (*n + part + 2 > MG_TOML_MAX_KEY) return bad(r, "the key is too long");
        if (*n) out[(*n)++] = '.';
        memcpy(out + *n, start, part);
        out[ *n += part] = 0;
        skip_blanks(r);
        if (peek(r) != '.') return MOLGLOT_OK;
        r->p++;
    }
}

typedef struct header {
    char key[MG_TOML_MAX_KEY];
} header;
typedef struct headers {
    header *all;
    size_t n, cap;
    char table[MG_TOML_MAX_KEY];
} headers;

/* [table]: the name goes before every key that follows. A second header of the same name is an
 * error in TOML. */
static int read_header(reader *r, headers *h) {
    if (next_is(r, "[[")) return bad(r, "arrays of tables are not supported in recipes");
    r->p++;
    size_t n = 0;
    int code = read_key(r, h->table, &n);
    if (code) return code;
    if (peek(r) != ']') return bad(r, "expected ] after [%s", h->table);
    r->p++;
    ptrdiff_t value = mg_toml_index(r->t, h->table);
    if (value >= 0)
        return bad(r, "%s has a value in line %d and cannot be a table", h->table,
                   r->t->e[value].line);
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->all[i].key, h->table) == 0)
            return bad(r, "table [%s] is opened a second time", h->table);
    if (h->n >= MG_TOML_MAX_ENTRIES) return bad(r, "more than %d tables", MG_TOML_MAX_ENTRIES);
    if (!MG_GROW(h->all, h->cap, h->n + 1)) return no_memory(r);
    memcpy(h->all[h->n++].key, h->table, sizeof h->table);
    return MOLGLOT_OK;
}

static int read_assignment(reader *r, mg_toml *t, const headers *h) {
    char key[MG_TOML_MAX_KEY];
    size_t n = strlen(h->table);
    memcpy(key, h->table, n + 1);
    int code = read_key(r, key, &n), line = r->line;
    if (code) return code;
    if (peek(r) != '=') return bad(r, "expected = after %s", key);
    r->p++;
    ptrdiff_t old = mg_toml_index(t, key);
    if (old >= 0) return bad(r, "%s was given before, in line %d", key, t->e[old].line);
    const char *problem = mg_toml_key_problem(t, key);
    for (size_t i = 0; !problem && i < h->n; i++)
        if (strcmp(h->all[i].key, key) == 0) problem = "is a table and cannot have a value";
    if (problem) return bad(r, "%s %s", key, problem);
    if (t->n >= MG_TOML_MAX_ENTRIES) return bad(r, "more than %d keys", MG_TOML_MAX_ENTRIES);
    skip_blanks(r);
    mg_toml_value v;
    if ((code = read_value(r, &v))) return code;
    mg_toml_entry *e = mg_toml_append(t, key, &v);
    if (!e) return no_memory(r);
    e->given = true;
    e->line = line;
    return MOLGLOT_OK;
}

static int read_line(reader *r, mg_toml *t, headers *h) {
    skip_blanks(r);
    int c = peek(r), code = MOLGLOT_OK;
    if (c == '[')
        code = read_header(r, h);
    else if (c != '#' && c != '\n' && c != '\r' && c != -1)
        code = read_assignment(r, t, h);
    if (code || (code = skip_to_line_end(r))) return code;
    if (peek(r) != -1 && !take_newline(r))
        return bad(r, "something follows the end of the line's value");
    return MOLGLOT_OK;
}

int mg_toml_read(mg_toml *t, const char *text, size_t n, molglot_error *err) {
    reader r = {t, text, text + n, 1, err};
    if (n > MG_TOML_MAX_TEXT)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: a recipe of more than 1 MiB", t->name);
    const int64_t wrong = mg_utf8_invalid(text, n);
    if (wrong >= 0) {
        for (int64_t i = 0; i < wrong; i++) r.line += text[i] == '\n';
        return bad(&r, "not UTF-8");
    }
    if (next_is(&r, "\xEF\xBB\xBF")) r.p += 3;
    headers h = {0};
    int code = MOLGLOT_OK;
    while (!code && r.p < r.end) code = read_line(&r, t, &h);
    free(h.all);
    return code;
}
