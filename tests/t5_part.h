/* t5_part.h - for tests: the small T5 of tests/fixtures/t5 as a part of a bundle. Its weights are
 * random. */
#ifndef MG_TESTS_T5_PART_H
#define MG_TESTS_T5_PART_H

#include "model/bundle/bundle.h"
#include "must_tape.h"

/* task: what it says it was trained to write (MG_T5_CAPTION ...), or NULL. space: digest of the
 * space of whose vectors of so many numbers it has a graph row, random too; NULL, 0: none. */
static inline void must_save_t5_row(const char *path, const char *task, const char *space,
                                    int numbers) {
    static const char from[] = MG_SOURCE_DIR "/tests/fixtures/t5/hf";
    molglot_error err = {0};
    size_t n, found = 0, n_config;
    char file[3][512];
    mg_str prefix = {0};
    mg_t5_config c;
    snprintf(file[0], sizeof file[0], "%s/spiece.model", from);
    snprintf(file[1], sizeof file[1], "%s/config.json", from);
    snprintf(file[2], sizeof file[2], "%s/model.safetensors", from);
    char *pieces = must_read(file[0], &n), *config = must_read(file[1], &n_config);
    mg_tensor_file *f = must_open(file[2]);
    must(mg_t5_find_in(f, false, &prefix, &err), &err);
    const char *theirs = prefix.s ? prefix.s : "";
    must(mg_t5_config_of(f, theirs, config, &c, &err), &err);
    c.graph = numbers;
    mg_params *p = mg_params_new();
    mg_t5 *m = must_have(mg_t5_new(p, "", &c, &err), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 0}, &err), &err);
    must(mg_params_import(p, f, "", theirs, &found, &err), &err);
    mg_rng rng = {.seed = 9};
    for (size_t i = 0; i < mg_params_count(p); i++) {
        const char *name;
        mg_tensor *x = mg_params_at(p, i, &name, NULL);
        for (int64_t k = 0; k < mg_tensor_count(x) && !strncmp(name, "graph_", 6); k++)
            mg_f32(x)[k] = (float)mg_rng_normal(&rng);
    }
    const mg_t5_contents contents = {.params = p,
                                     .t5 = m,
                                     .pieces = pieces,
                                     .pieces_bytes = n,
                                     .task = task,
                                     .space = space,
                                     .store_as = "F32"};
    must(mg_t5_part_save(path, &contents, &err), &err);
    mg_t5_free(m);
    mg_params_free(p);
    mg_tensor_file_close(f);
    mg_str_free(&prefix);
    free(pieces);
    free(config);
}

static inline void must_save_t5(const char *path, const char *task) {
    must_save_t5_row(path, task, NULL, 0);
}

#endif
