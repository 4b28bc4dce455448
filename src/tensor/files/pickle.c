/* pickle.c - an interpreter for the few pickle opcodes PyTorch files consist of.
 *
 * A pickle is a program for a stack machine that may name any Python function and call it. Here
 * calls are never made:
 *   - calls PyTorch needs (rebuild a tensor, an OrderedDict, ...) are known by name and build plain
 *     values;
 *   - an instance of an unknown class becomes an opaque OBJECT that keeps the state it was given;
 *   - any other opcode, and any other function, is refused by its name.
 * Every count is bounded by the bytes that are there, so memory stays proportional to the input.
 * Nothing recurses.
 */
#include "tensor/files/pickle.h"

#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VALUES ((size_t)1 << 22)
#define MAX_NAME   256

struct mg_pickle {
    const char *name;
    molglot_error *err;
    const uint8_t *p, *end;
    size_t length; /* of the bytes given */
    mg_py **stack;
    size_t n, cap;
    size_t *marks; /* stack heights */
    size_t n_marks, cap_marks;
    mg_py **memo;
    size_t n_memo, cap_memo;
    mg_py *all;
    size_t n_all;
};

enum { NOT_MINE = -1 }; /* of the step_* functions: another one may know the opcode */

static int bad(mg_pickle *p, const char *why) {
    return mg_fail(p->err, MOLGLOT_BAD_FILE, "%s: damaged pickle: %s", p->name, why);
}

static int no_memory(mg_pickle *p) {
    if (p->n_all >= MAX_VALUES) return bad(p, "it has more than 4 million values");
    return mg_no_memory(p->err, "%s", p->name);
}

/* ---- values and the stack ---- */

static mg_py *new_value(mg_pickle *p, mg_py_kind kind) {
    mg_py *v = p->n_all < MAX_VALUES ? calloc(1, sizeof *v) : NULL;
    if (!v) return NULL;
    v->kind = kind;
    v->next = p->all;
    p->all = v;
    p->n_all++;
    return v;
}

static bool add_items(mg_py *v, mg_py **items, size_t n) {
    if (!n) return true;
    if (!MG_GROW(v->items, v->cap, v->n + n)) return false;
    memcpy(v->items + v->n, items, n * sizeof *items);
    v->n += n;
    return true;
}

static int push(mg_pickle *p, mg_py *v) {
    if (p->n >= MAX_VALUES) return bad(p, "its stack is too deep");
    if (!v || !MG_GROW(p->stack, p->cap, p->n + 1)) return no_memory(p);
    p->stack[p->n++] = v;
    return MOLGLOT_OK;
}

/* How many values lie above the last mark. */
static size_t above_mark(const mg_pickle *p) {
    return p->n - (p->n_marks ? p->marks[p->n_marks - 1] : 0);
}

/* Drops the last mark; *from is the first value above it. */
static int pop_mark(mg_pickle *p, size_t *from) {
    if (!p->n_marks) return bad(p, "no mark on the stack");
    *from = p->marks[--p->n_marks];
    return MOLGLOT_OK;
}

/* ---- input ---- */

static bool take(mg_pickle *p, size_t n, const uint8_t **out) {
    if ((size_t)(p->end - p->p) < n) return false;
    *out = p->p;
    p->p += n;
    return true;
}

/* Little-endian unsigned number of n <= 8 bytes. */
static bool take_number(mg_pickle *p, size_t n, uint64_t *out) {
    const uint8_t *b;
    if (!take(p, n, &b)) return false;
    *out = 0;
    memcpy(out, b, n);
    return true;
}

/* ---- scalars ---- */

static int push_int(mg_pickle *p, int64_t i) {
    mg_py *v = new_value(p, MG_PY_INT);
    if (v) v->i = i;
    return push(p, v);
}

static int push_text(mg_pickle *p, mg_py_kind kind, const void *bytes, size_t n) {
    mg_py *v = new_value(p, kind);
    if (!v || !(v->text = malloc(n + 1))) return no_memory(p);
    memcpy(v->text, bytes, n);
    v->text[n] = 0;
    v->text_n = n;
    return push(p, v);
}

/* BINFLOAT is the one big-endian number. */
static int push_float(mg_pickle *p) {
    uint64_t bits;
    mg_py *v = new_value(p, MG_PY_FLOAT);
    if (!take_number(p, 8, &bits)) return bad(p, "it ends too early");
    bits = __builtin_bswap64(bits);
    if (v) memcpy(&v->d, &bits, 8);
    return push(p, v);
}

/* LONG1: two's complement of any length; what does not fit 64 bits is no number anybody here
 * needs. */
static int push_long(mg_pickle *p) {
    uint64_t n, bits = 0;
    const uint8_t *b;
    if (!take_number(p, 1, &n) || !take(p, (size_t)n, &b)) return bad(p, "it ends too early");
    if (n > 8) return push(p, new_value(p, MG_PY_OTHER));
    memcpy(&bits, b, (size_t)n);
    if (n && n < 8 && b[n - 1] & 0x80) bits |= ~(uint64_t)0 << 8 * n;
    return push_int(p, (int64_t)bits);
}

static int push_sized(mg_pickle *p, size_t width, mg_py_kind kind) {
    uint64_t n;
    const uint8_t *b;
    if (!take_number(p, width, &n) || n > p->length || !take(p, (size_t)n, &b))
        return bad(p, "it ends too early");
    return kind == MG_PY_STR ? push_text(p, kind, b, (size_t)n) : push(p, new_value(p, kind));
}

static int step_scalar(mg_pickle *p, uint8_t op) {
    uint64_t u;
    mg_py *v;
    switch (op) {
    case 'N': return push(p, new_value(p, MG_PY_NONE));
    case 0x88:
    case 0x89: /* NEWTRUE, NEWFALSE */
        v = new_value(p, MG_PY_BOOL);
        if (v) v->i = op == 0x88;
        return push(p, v);
    case 'J': return take_number(p, 4, &u) ? push_int(p, (int32_t)u) : bad(p, "it ends too early");
    case 'K': return take_number(p, 1, &u) ? push_int(p, (int64_t)u) : bad(p, "it ends too early");
    case 'M': return take_number(p, 2, &u) ? push_int(p, (int64_t)u) : bad(p, "it ends too early");
    case 0x8a: return push_long(p);
    case 'G': return push_float(p);
    case 'X': return push_sized(p, 4, MG_PY_STR);    /* BINUNICODE */
    case 0x8c: return push_sized(p, 1, MG_PY_STR);   /* SHORT_BINUNICODE */
    case 0x8d: return push_sized(p, 8, MG_PY_STR);   /* BINUNICODE8 */
    case 'T': return push_sized(p, 4, MG_PY_STR);    /* BINSTRING, Python 2 */
    case 'U': return push_sized(p, 1, MG_PY_STR);    /* SHORT_BINSTRING */
    case 'B': return push_sized(p, 4, MG_PY_OTHER);  /* BINBYTES */
    case 'C': return push_sized(p, 1, MG_PY_OTHER);  /* SHORT_BINBYTES */
    case 0x8e: return push_sized(p, 8, MG_PY_OTHER); /* BINBYTES8 */
    default: return NOT_MINE;
    }
}

/* ---- containers ---- */

static int push_tuple(mg_pickle *p, size_t from) {
    mg_py *v = new_value(p, MG_PY_TUPLE);
    if (!v || !add_items(v, p->stack + from, p->n - from)) return no_memory(p);
    p->n = from;
    return push(p, v);
}

static int push_last(mg_pickle *p, size_t n) {
    if (above_mark(p) < n) return bad(p, "the stack is empty");
    return push_tuple(p, p->n - n);
}

/* Moves the values from stack position `from` into the container below them. pairs: they are keys
 * and values. */
static int fill(mg_pickle *p, size_t from, bool pairs) {
    size_t floor = p->n_marks ? p->marks[p->n_marks - 1] : 0, n = p->n - from;
    if (from <= floor) return bad(p, "the stack is empty");
    mg_py *v = p->stack[from - 1];
    if (pairs && n % 2) return bad(p, "a key without its value");
    bool fits = pairs ? v->kind == MG_PY_DICT || v->kind == MG_PY_OBJECT : v->kind == MG_PY_LIST;
    /* Items of a set or of an unknown list-like class are dropped. */
    bool dropped = v->kind == MG_PY_OTHER || (!pairs && v->kind == MG_PY_OBJECT);
    if (!fits && !dropped) return bad(p, "items are added to something that holds none");
    if (fits && !add_items(v, p->stack + from, n)) return no_memory(p);
    p->n = from;
    return MOLGLOT_OK;
}

static int step_container(mg_pickle *p, uint8_t op) {
    size_t from = 0;
    switch (op) {
    case '}': return push(p, new_value(p, MG_PY_DICT));
    case ']': return push(p, new_value(p, MG_PY_LIST));
    case ')': return push(p, new_value(p, MG_PY_TUPLE));
    case 0x8f: return push(p, new_value(p, MG_PY_OTHER)); /* EMPTY_SET */
    case '(':
        if (!MG_GROW(p->marks, p->cap_marks, p->n_marks + 1)) return no_memory(p);
        p->marks[p->n_marks++] = p->n;
        return MOLGLOT_OK;
    case 't': return pop_mark(p, &from) ? MOLGLOT_BAD_FILE : push_tuple(p, from);
    case 0x85: return push_last(p, 1);
    case 0x86: return push_last(p, 2);
    case 0x87: return push_last(p, 3);
    case 'e':
    case 0x90: /* APPENDS, ADDITEMS */
        return pop_mark(p, &from) ? MOLGLOT_BAD_FILE : fill(p, from, false);
    case 'u': return pop_mark(p, &from) ? MOLGLOT_BAD_FILE : fill(p, from, true);
    case 'a': return p->n < 1 ? bad(p, "the stack is empty") : fill(p, p->n - 1, false);
    case 's': return p->n < 2 ? bad(p, "the stack is empty") : fill(p, p->n - 2, true);
    default: return NOT_MINE;
    }
}

/* ---- memo ---- */

/* Python numbers memo entries in order, and each takes at least a byte of the pickle: a larger
 * number is no honest one. */
static int memo_put(mg_pickle *p, uint64_t at) {
    if (!above_mark(p)) return bad(p, "the stack is empty");
    if (at > p->length || at > MAX_VALUES) return bad(p, "impossible memo number");
    if (!MG_GROW(p->memo, p->cap_memo, (size_t)at + 1)) return no_memory(p);
    for (; p->n_memo <= at; p->n_memo++) p->memo[p->n_memo] = NULL;
    p->memo[at] = p->stack[p->n - 1];
    return MOLGLOT_OK;
}

static int memo_get(mg_pickle *p, uint64_t at) {
    if (at >= p->n_memo || !p->memo[at]) return bad(p, "unknown memo number");
    return push(p, p->memo[at]);
}

static int step_memo(mg_pickle *p, uint8_t op) {
    uint64_t at;
    switch (op) {
    case 'q': return take_number(p, 1, &at) ? memo_put(p, at) : bad(p, "it ends too early");
    case 'r': return take_number(p, 4, &at) ? memo_put(p, at) : bad(p, "it ends too early");
    case 'h': return take_number(p, 1, &at) ? memo_get(p, at) : bad(p, "it ends too early");
    case 'j': return take_number(p, 4, &at) ? memo_get(p, at) : bad(p, "it ends too early");
    case 0x94: return memo_put(p, p->n_memo); /* MEMOIZE */
    default: return NOT_MINE;
    }
}

/* ---- names, calls and objects ---- */

static bool one_of(const char *s, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(s, list[i]) == 0) return true;
    return false;
}

static int refuse(mg_pickle *p, const char *what) {
    return mg_fail(p->err, MOLGLOT_BAD_FILE, "%s: refusing pickle global %.200s", p->name, what);
}

/* Modules whose names have no business in a file of tensors; refused even when only mentioned. */
static bool module_is_suspect(const char *module, size_t n) {
    static const char *const suspects[] = {
        "os",     "posix",  "nt",  "sys",       "subprocess", "ctypes", "multiprocessing",
        "socket", "runpy",  "pty", "importlib", "shutil",     "code",   "commands",
        "pickle", "marshal"};
    for (size_t i = 0; i < MG_COUNT(suspects); i++)
        if (strlen(suspects[i]) == n && memcmp(suspects[i], module, n) == 0) return true;
    return false;
}

static int push_global(mg_pickle *p, const char *module, size_t module_n, const char *name,
                       size_t name_n) {
    char full[2 * MAX_NAME + 2];
    static const char *const harmless[] = {"set",   "frozenset", "object",  "dict",  "list",
                                           "tuple", "int",       "float",   "str",   "bool",
                                           "bytes", "bytearray", "complex", "slice", "range"};
    if (!module_n || !name_n || module_n > MAX_NAME || name_n > MAX_NAME)
        return bad(p, "an impossible global name");
    if (memchr(module, 0, module_n) || memchr(name, 0, name_n))
        return bad(p, "an impossible global name");
    int n = snprintf(full, sizeof full, "%.*s.%.*s", (int)module_n, module, (int)name_n, name);
    const char *dot = memchr(module, '.', module_n);
    size_t top = dot ? (size_t)(dot - module) : module_n;
    bool builtin = (top == 8 && memcmp(module, "builtins", 8) == 0) ||
                   (top == 11 && memcmp(module, "__builtin__", 11) == 0);
    if (module_is_suspect(module, top)) return refuse(p, full);
    if (builtin && !one_of(full + top + 1, harmless, MG_COUNT(harmless))) return refuse(p, full);
    return push_text(p, MG_PY_GLOBAL, full, (size_t)n);
}

/* GLOBAL: two lines of text. */
static int read_global(mg_pickle *p) {
    const uint8_t *line[3] = {p->p};
    for (int i = 0; i < 2; i++) {
        const uint8_t *end = memchr(line[i], '\n', (size_t)(p->end - line[i]));
        if (!end) return bad(p, "it ends too early");
        line[i + 1] = end + 1;
    }
    p->p = line[2];
    return push_global(p, (const char *)line[0], (size_t)(line[1] - line[0] - 1),
                       (const char *)line[1], (size_t)(line[2] - line[1] - 1));
}

static int stack_global(mg_pickle *p) {
    if (above_mark(p) < 2) return bad(p, "the stack is empty");
    mg_py *module = p->stack[p->n - 2], *name = p->stack[p->n - 1];
    if (module->kind != MG_PY_STR || name->kind != MG_PY_STR)
        return bad(p, "a global without a name");
    p->n -= 2;
    return push_global(p, module->text, module->text_n, name->text, name->text_n);
}

static bool all_ints(const mg_py *v) {
    if (v->kind != MG_PY_TUPLE) return false;
    for (size_t i = 0; i < v->n; i++)
        if (v->items[i]->kind != MG_PY_INT) return false;
    return true;
}

/* _rebuild_tensor(storage, offset, size, stride, ...) */
static int rebuild_tensor(mg_pickle *p, const mg_py *args) {
    if (args->n < 4 || args->items[0]->kind != MG_PY_STORAGE || args->items[1]->kind != MG_PY_INT ||
        !all_ints(args->items[2]) || !all_ints(args->items[3]) ||
        args->items[2]->n != args->items[3]->n)
        return bad(p, "a tensor without storage, offset, size and stride");
    mg_py *v = new_value(p, MG_PY_TENSOR);
    if (!v || !add_items(v, args->items + 2, 2)) return no_memory(p);
    v->of = args->items[0];
    v->i = args->items[1]->i;
    /* _rebuild_tensor_v3(.., requires_grad, hooks, dtype) */
    if (args->n > 6 && args->items[6]->kind == MG_PY_GLOBAL) v->state = args->items[6];
    return push(p, v);
}

/* A tensor that is no array of numbers in a storage, by the function that would make it. */
static int push_unreadable(mg_pickle *p, const char *function) {
    static const struct {
        const char *part, *what;
    } kinds[] = {{"qtensor", "a quantised tensor"},
                 {"sparse", "a sparse tensor"},
                 {"nested", "a nested tensor"},
                 {"meta", "a tensor without numbers (meta)"}};
    char text[96];
    snprintf(text, sizeof text, "made by %.80s", function);
    const char *what = text;
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (strstr(function, kinds[i].part)) what = kinds[i].what;
    return push_text(p, MG_PY_UNREADABLE, what, strlen(what));
}

/* OrderedDict(), or OrderedDict([(key, value), ...]) as Python 2 wrote it; defaultdict(factory). */
static int rebuild_dict(mg_pickle *p, const mg_py *args) {
    mg_py *v = new_value(p, MG_PY_DICT);
    if (!v) return no_memory(p);
    const mg_py *list = args->n ? args->items[0] : NULL;
    for (size_t i = 0; list && list->kind == MG_PY_LIST && i < list->n; i++) {
        const mg_py *pair = list->items[i];
        if ((pair->kind != MG_PY_LIST && pair->kind != MG_PY_TUPLE) || pair->n != 2)
            return bad(p, "a dict of something else");
        if (!add_items(v, pair->items, 2)) return no_memory(p);
    }
    return push(p, v);
}

static int push_object(mg_pickle *p, mg_py *class_name) {
    mg_py *v = new_value(p, MG_PY_OBJECT);
    if (v) v->of = class_name;
    return push(p, v);
}

/* What calling `f` would give. Functions are known by name or refused; a class (Python writes it
 * with a capital) is an object whatever its name. */
static int call(mg_pickle *p, mg_py *f, mg_py *args) {
    static const char *const tensors[] = {"torch._utils._rebuild_tensor",
                                          "torch._utils._rebuild_tensor_v2",
                                          "torch._utils._rebuild_tensor_v3"};
    /* of a subclass of Tensor, or one with attributes (nn.Buffer): (function, type, arguments, ..)
     */
    static const char *const typed[] = {"torch._tensor._rebuild_from_type",
                                        "torch._tensor._rebuild_from_type_v2"};
    static const char *const dicts[] = {"collections.OrderedDict", "collections.defaultdict",
                                        "collections.Counter", "builtins.dict", "__builtin__.dict"};
    static const char *const first[] = {"torch._utils._rebuild_parameter",
                                        "torch._utils._rebuild_parameter_with_state", "torch.Size"};
    static const char *const others[] = {"torch.device",
                                         "torch.serialization._get_layout",
                                         "_codecs.encode",
                                         "numpy.core.multiarray.scalar",
                                         "numpy._core.multiarray.scalar",
                                         "numpy.core.multiarray._reconstruct",
                                         "numpy._core.multiarray._reconstruct",
                                         "numpy.dtype",
                                         "builtins.set",
                                         "__builtin__.set",
                                         "builtins.frozenset",
                                         "__builtin__.frozenset",
                                         "builtins.complex",
                                         "__builtin__.complex",
                                         "builtins.slice",
                                         "builtins.range",
                                         "builtins.bytearray",
                                         "datetime.datetime",
                                         "datetime.timedelta"};
    if (f->kind != MG_PY_GLOBAL || args->kind != MG_PY_TUPLE)
        return bad(p, "a call of something that is no function");
    if (one_of(f->text, tensors, MG_COUNT(tensors))) return rebuild_tensor(p, args);
    if (one_of(f->text, typed, MG_COUNT(typed))) {
        if (args->n < 3 || args->items[0]->kind != MG_PY_GLOBAL ||
            one_of(args->items[0]->text, typed, MG_COUNT(typed)))
            return bad(p, "a tensor of a type without its arguments");
        return call(p, args->items[0], args->items[2]);
    }
    if (one_of(f->text, dicts, MG_COUNT(dicts))) return rebuild_dict(p, args);
    if (one_of(f->text, first, MG_COUNT(first)))
        return args->n ? push(p, args->items[0]) : bad(p, "a call without arguments");
    if (one_of(f->text, others, MG_COUNT(others))) return push(p, new_value(p, MG_PY_OTHER));
    if (strcmp(f->text, "copyreg._reconstructor") == 0 ||
        strcmp(f->text, "copy_reg._reconstructor") == 0) {
        if (!args->n || args->items[0]->kind != MG_PY_GLOBAL)
            return bad(p, "an object without a class");
        return push_object(p, args->items[0]);
    }
    if (strncmp(f->text, "torch._utils._rebuild_", 22) == 0) return push_unreadable(p, f->text);
    const char *last = strrchr(f->text, '.') + 1;
    return *last >= 'A' && *last <= 'Z' ? push_object(p, f) : refuse(p, f->text);
}

/* NEWOBJ: cls.__new__(cls, *args). NEWOBJ_EX has keyword arguments besides. */
static int new_object(mg_pickle *p, size_t operands) {
    if (above_mark(p) < operands) return bad(p, "the stack is empty");
    p->n -= operands;
    mg_py *class_name = p->stack[p->n];
    if (class_name->kind != MG_PY_GLOBAL) return bad(p, "an object without a class");
    if (strcmp(class_name->text, "collections.OrderedDict") == 0)
        return push(p, new_value(p, MG_PY_DICT));
    return push_object(p, class_name);
}

/* BUILD: gives an object its attributes. Those of plain values (the _metadata of a state_dict) hold
 * nothing we need. */
static int build(mg_pickle *p) {
    if (above_mark(p) < 2) return bad(p, "the stack is empty");
    mg_py *state = p->stack[--p->n], *v = p->stack[p->n - 1];
    if (v->kind == MG_PY_OBJECT)
        v->state = state;
    else if (v->kind != MG_PY_DICT && v->kind != MG_PY_TENSOR && v->kind != MG_PY_OTHER &&
             v->kind != MG_PY_UNREADABLE)
        return bad(p, "attributes are given to a plain value");
    return MOLGLOT_OK;
}

/* BINPERSID: ('storage', type, key, location, number of elements[, view]). */
static int persistent(mg_pickle *p) {
    if (!above_mark(p)) return bad(p, "the stack is empty");
    const mg_py *id = p->stack[--p->n];
    if (id->kind != MG_PY_TUPLE || id->n < 1 || id->items[0]->kind != MG_PY_STR)
        return bad(p, "a strange persistent id");
    if (strcmp(id->items[0]->text, "storage") != 0)
        return mg_fail(p->err, MOLGLOT_BAD_FILE, "%s: refusing pickle persistent id %.100s",
                       p->name, id->items[0]->text);
    if (id->n < 5 || id->items[1]->kind != MG_PY_GLOBAL || id->items[2]->kind != MG_PY_STR ||
        id->items[4]->kind != MG_PY_INT)
        return bad(p, "a strange storage");
    if (id->n > 5 && id->items[5]->kind != MG_PY_NONE)
        return bad(p, "views of storages are not supported");
    mg_py *v = new_value(p, MG_PY_STORAGE), *key = id->items[2];
    if (!v || !(v->text = strdup(key->text))) return no_memory(p);
    v->text_n = strlen(v->text);
    if (v->text_n != key->text_n) return bad(p, "a strange storage");
    v->of = id->items[1];
    v->i = id->items[4]->i;
    return push(p, v);
}

static int step_object(mg_pickle *p, uint8_t op) {
    switch (op) {
    case 'c': return read_global(p);
    case 0x93: return stack_global(p);
    case 'R':
        if (above_mark(p) < 2) return bad(p, "the stack is empty");
        p->n -= 2;
        return call(p, p->stack[p->n], p->stack[p->n + 1]);
    case 0x81: return new_object(p, 2);
    case 0x92: return new_object(p, 3);
    case 'b': return build(p);
    case 'Q': return persistent(p);
    default: return NOT_MINE;
    }
}

/* ---- the machine ---- */

static int refuse_opcode(mg_pickle *p, uint8_t op) {
    static const struct {
        uint8_t op;
        const char *name;
    } names[] = {{'i', "INST"},
                 {'o', "OBJ"},
                 {'I', "INT"},
                 {'L', "LONG"},
                 {'F', "FLOAT"},
                 {'S', "STRING"},
                 {'V', "UNICODE"},
                 {'P', "PERSID"},
                 {'d', "DICT"},
                 {'l', "LIST"},
                 {'p', "PUT"},
                 {'g', "GET"},
                 {'0', "POP"},
                 {'1', "POP_MARK"},
                 {'2', "DUP"},
                 {0x82, "EXT1"},
                 {0x83, "EXT2"},
                 {0x84, "EXT4"},
                 {0x8b, "LONG4"},
                 {0x91, "FROZENSET"},
                 {0x96, "BYTEARRAY8"},
                 {0x97, "NEXT_BUFFER"},
                 {0x98, "READONLY_BUFFER"}};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (names[i].op == op)
            return mg_fail(p->err, MOLGLOT_BAD_FILE, "%s: refusing pickle opcode %s", p->name,
                           names[i].name);
    return mg_fail(p->err, MOLGLOT_BAD_FILE, "%s: refusing pickle opcode 0x%02x", p->name, op);
}

static int step_frame(mg_pickle *p, uint8_t op) {
    uint64_t n;
    if (op == 0x80) { /* PROTO */
        if (!take_number(p, 1, &n)) return bad(p, "it ends too early");
        return n <= 5 ? MOLGLOT_OK : bad(p, "unknown protocol");
    }
    /* FRAME: only a hint */
    if (op == 0x95) return take_number(p, 8, &n) ? MOLGLOT_OK : bad(p, "it ends too early");
    return NOT_MINE;
}

static int step(mg_pickle *p, uint8_t op) {
    static int (*const groups[])(mg_pickle *, uint8_t) = {step_scalar, step_container, step_memo,
                                                          step_object, step_frame};
    for (size_t i = 0; i < MG_COUNT(groups); i++) {
        int code = groups[i](p, op);
        if (code != NOT_MINE) return code;
    }
    return refuse_opcode(p, op);
}

mg_py *mg_pickle_read(mg_pickle *p, const uint8_t *bytes, size_t n, size_t *used,
                      molglot_error *err) {
    p->p = bytes;
    p->end = bytes + n;
    p->length = n;
    p->err = err;
    p->n = p->n_marks = p->n_memo = 0;
    for (;;) {
        if (p->p == p->end) {
            bad(p, "it ends too early");
            return NULL;
        }
        uint8_t op = *p->p++;
        if (op == '.') break;
        if (step(p, op)) return NULL;
    }
    if (p->n != 1 || p->n_marks) {
        bad(p, "it does not leave one value");
        return NULL;
    }
    *used = (size_t)(p->p - bytes);
    return p->stack[0];
}

mg_pickle *mg_pickle_new(const char *name, molglot_error *err) {
    mg_pickle *p = calloc(1, sizeof *p);
    if (p)
        p->name = name;
    else
        mg_no_memory(err, "%s", name);
    return p;
}

void mg_pickle_free(mg_pickle *p) {
    if (!p) return;
    for (mg_py *v = p->all, *next; v; v = next) {
        next = v->next;
        free(v->text);
        free(v->items);
        free(v);
    }
    free(p->stack);
    free(p->marks);
    free(p->memo);
    free(p);
}

mg_py *mg_pickle_values(mg_pickle *p) { return p->all; }

mg_py *mg_py_get(const mg_py *dict, const char *key) {
    for (size_t i = 0; i + 1 < dict->n; i += 2)
        if (dict->items[i]->kind == MG_PY_STR && strcmp(dict->items[i]->text, key) == 0)
            return dict->items[i + 1];
    return NULL;
}
