/* shards.c - several files of tensors as one: what an index names (model.safetensors.index.json,
 * pytorch_model.bin.index.json: a weight_map of tensor -> file beside it), or what a folder holds
 * as Hugging Face lays it out.
 */
#include "base/grow.h"
#include "tensor/files/inside.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SHARDS = 4096, MAX_PATH = 4096 };
#define MAX_INDEX ((size_t)64 << 20)

/* ---- shards ---- */

static int take_tensors(mg_tensor_file *f, const mg_tensor_file *shard, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < shard->n && !code; i++)
        code = mg_file_add_tensor(f, &shard->t[i], shard->t[i].name, err);
    for (size_t i = 0; i < shard->n_meta && !code; i++)
        code = mg_file_add_meta(f, shard->meta[i].key, shard->meta[i].value, err);
    return code;
}

static int add_shard(mg_tensor_file *f, const char *path, mg_open_one *open_one,
                     molglot_error *err) {
    if (f->n_shards == MAX_SHARDS)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d shards", f->name, MAX_SHARDS);
    if (!MG_GROW(f->shards, f->cap_shards, f->n_shards + 1))
        return mg_no_memory(err, "%s", f->name);
    mg_tensor_file *shard = open_one(path, err);
    if (!shard) return mg_code_of(err, MOLGLOT_BAD_FILE);
    f->shards[f->n_shards++] = shard;
    return take_tensors(f, shard, err);
}

/* ---- an index ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each file of the map once, in order of their names; they lie beside the index. */
static int open_map(mg_tensor_file *f, const char *index, json_t *map, mg_open_one *open_one,
                    molglot_error *err) {
    const char *slash = strrchr(index, '/'), *key;
    json_t *value;
    size_t n = 0;
    const char **files = malloc((json_object_size(map) + 1) * sizeof *files);
    int code = files ? MOLGLOT_OK : mg_no_memory(err, "%s", index);
    json_object_foreach(map, key, value) {
        const char *file = json_string_value(value);
        if (!code && (!file || !*file || strchr(file, '/')))
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: weight_map of %.100s is no file beside it",
                           index, key);
        if (!code) files[n++] = file;
    }
    if (!code) qsort(files, n, sizeof *files, by_name);
    for (size_t i = 0; i < n && !code; i++) {
        char path[MAX_PATH];
        if (i && strcmp(files[i], files[i - 1]) == 0) continue;
        if (snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - index) + 1 : 0, index,
                     files[i]) >= (int)sizeof path)
            code = mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", index);
        else
            code = add_shard(f, path, open_one, err);
    }
    free(files);
    json_object_foreach(map, key, value) {
        if (!code && mg_names_find(&f->by_name, key) < 0)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: %.100s is not in %.100s", index, key,
                           json_string_value(value));
    }
    return code;
}

static int open_index(mg_tensor_file *f, const char *path, mg_open_one *open_one, bool *mine,
                      molglot_error *err) {
    char *text = NULL;
    size_t n = 0;
    int code = mg_read_file(path, MAX_INDEX, &text, &n, err);
    if (code) return code;
    json_t *o = json_loadb(text, n, 0, NULL), *map = json_object_get(o, "weight_map");
    *mine = json_is_object(map);
    if (*mine) code = open_map(f, path, map, open_one, err);
    json_decref(o);
    free(text);
    return code;
}

/* ---- a folder ---- */

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* The one file in the folder with such an end; false: none, or several. */
static bool only_file(const char *folder, const char *end, char out[MAX_PATH]) {
    DIR *dir = opendir(folder);
    int found = 0;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (ends_with(e->d_name, end) &&
            snprintf(out, MAX_PATH, "%s/%s", folder, e->d_name) < MAX_PATH)
            found++;
    if (dir) closedir(dir);
    return found == 1;
}

static int open_folder(mg_tensor_file *f, const char *folder, mg_open_one *open_one,
                       molglot_error *err) {
    static const char *const names[] = {"model.safetensors.index.json", "model.safetensors",
                                        "pytorch_model.bin.index.json", "pytorch_model.bin"};
    char path[MAX_PATH];
    bool mine;
    for (size_t i = 0; i < MG_COUNT(names); i++) {
        if (snprintf(path, sizeof path, "%s/%s", folder, names[i]) >= (int)sizeof path) break;
        if (access(path, F_OK) != 0) continue;
        return ends_with(names[i], ".json") ? open_index(f, path, open_one, &mine, err)
                                            : add_shard(f, path, open_one, err);
    }
    static const char *const ends[] = {".safetensors", ".ckpt", ".pth", ".pt", ".bin"};
    for (size_t i = 0; i < MG_COUNT(ends); i++)
        if (only_file(folder, ends[i], path)) return add_shard(f, path, open_one, err);
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s: a folder without model.safetensors, pytorch_model.bin, an index of their "
                   "shards, or one checkpoint: give the file with the weights",
                   folder);
}

int mg_shards_read(mg_tensor_file *f, mg_open_one *open_one, bool *mine, molglot_error *err) {
    struct stat st;
    *mine = false;
    if (stat(f->name, &st) != 0) return MOLGLOT_OK;
    if (S_ISDIR(st.st_mode)) {
        *mine = true;
        return open_folder(f, f->name, open_one, err);
    }
    return ends_with(f->name, ".json") ? open_index(f, f->name, open_one, mine, err) : MOLGLOT_OK;
}
