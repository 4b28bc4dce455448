/* test_file.c - mapping, reading, and above all: what is left on the disk when writing fails. */
#include "base/base.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[128];

static int make_place(void **state) {
    (void)state;
    strcpy(dir, "/tmp/molglot-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/out", dir);
    return 0;
}

static int remove_place(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static int files_in_place(void) {
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; (e = readdir(d));) n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void write_file(const char *text) {
    mg_outfile o;
    assert_int_equal(mg_outfile_open(&o, path, NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_write(&o, text, strlen(text), NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_commit(&o, NULL), MOLGLOT_OK);
    mg_outfile_abort(&o); /* harmless */
}

static void expect_content(const char *text) {
    char *data;
    size_t n;
    assert_int_equal(mg_read_file(path, 1000, &data, &n, NULL), MOLGLOT_OK);
    assert_int_equal(n, strlen(text));
    assert_string_equal(data, text);
    free(data);
}

static void replaces_whole(void **state) {
    (void)state;
    write_file("old content");
    assert_int_equal(chmod(path, 0640), 0);
    mg_outfile o;
    assert_int_equal(mg_outfile_open(&o, path, NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_write(&o, "half", 4, NULL), MOLGLOT_OK);
    expect_content("old content"); /* until commit */
    mg_outfile_abort(&o);
    expect_content("old content");
    assert_int_equal(files_in_place(), 1);
    write_file("new");
    expect_content("new");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640); /* rights stay */
}

static void keeps_links(void **state) {
    (void)state;
    write_file("target");
    char link[128];
    snprintf(link, sizeof link, "%s/link", dir);
    assert_int_equal(symlink("out", link), 0);
    mg_outfile o;
    assert_int_equal(mg_outfile_open(&o, link, NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_write(&o, "through", 7, NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_commit(&o, NULL), MOLGLOT_OK);
    expect_content("through");
    struct stat st;
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

/* A full disk, played by a limit on file size. */
static void full_disk_keeps_old(void **state) {
    (void)state;
    write_file("precious");
    struct rlimit old, tight = {4096, RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    tight.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    static char big[100000];
    molglot_error err = {0};
    mg_outfile o;
    int opened = mg_outfile_open(&o, path, NULL);
    int written = mg_outfile_write(&o, big, sizeof big, &err);
    int committed = mg_outfile_commit(&o, NULL);
    /* The same, noticed only when the buffer is flushed. */
    int opened2 = mg_outfile_open(&o, path, NULL);
    for (int i = 0; i < 5; i++) (void)mg_outfile_write(&o, big, 1000, NULL);
    int committed2 = mg_outfile_commit(&o, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, before);
    assert_int_equal(opened, MOLGLOT_OK);
    assert_int_equal(written, MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, "File too large"));
    assert_int_equal(committed, MOLGLOT_FAILED);
    assert_int_equal(opened2, MOLGLOT_OK);
    assert_int_equal(committed2, MOLGLOT_FAILED);
    expect_content("precious");
    assert_int_equal(files_in_place(), 1);
}

static void devices_stay_devices(void **state) {
    (void)state;
    mg_outfile o;
    assert_int_equal(mg_outfile_open(&o, "/dev/null", NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_write(&o, "x", 1, NULL), MOLGLOT_OK);
    assert_int_equal(mg_outfile_commit(&o, NULL), MOLGLOT_OK);
    struct stat st;
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(mg_outfile_open(&o, "/dev/full", NULL), MOLGLOT_OK);
        assert_int_equal(mg_outfile_write(&o, "x", 1, NULL), MOLGLOT_OK);
        assert_int_equal(mg_outfile_commit(&o, NULL), MOLGLOT_FAILED);
    }
}

static void open_errors(void **state) {
    (void)state;
    molglot_error err;
    mg_outfile o;
    mg_map m;
    char *data;
    size_t n;
    char missing[160];
    snprintf(missing, sizeof missing, "%s/none/x", dir);
    assert_int_equal(mg_outfile_open(&o, missing, &err), MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, missing));
    assert_int_equal(mg_outfile_open(&o, dir, &err), MOLGLOT_FAILED);
    assert_int_equal(mg_map_open(&m, missing, &err), MOLGLOT_FAILED);
    assert_int_equal(mg_map_open(&m, dir, &err), MOLGLOT_FAILED);
    assert_int_equal(mg_read_file(missing, 10, &data, &n, &err), MOLGLOT_FAILED);
    assert_int_equal(mg_read_file(dir, 10, &data, &n, &err), MOLGLOT_FAILED);
    write_file("0123456789");
    assert_int_equal(mg_read_file(path, 9, &data, &n, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_read_file(path, 10, &data, &n, &err), MOLGLOT_OK);
    free(data);
}

static void maps(void **state) {
    (void)state;
    mg_map m;
    write_file("abc");
    assert_int_equal(mg_map_open(&m, path, NULL), MOLGLOT_OK);
    assert_int_equal(m.size, 3);
    assert_memory_equal(m.data, "abc", 3);
    mg_map_close(&m);
    write_file("");
    assert_int_equal(mg_map_open(&m, path, NULL), MOLGLOT_OK);
    assert_int_equal(m.size, 0);
    assert_non_null(m.data);
    mg_map_close(&m);
}

static void directories(void **state) {
    (void)state;
    char deep[160];
    snprintf(deep, sizeof deep, "%s/a//b/c/", dir);
    assert_int_equal(mg_make_dirs(deep, NULL), MOLGLOT_OK);
    assert_int_equal(mg_make_dirs(deep, NULL), MOLGLOT_OK);
    assert_int_equal(access(deep, X_OK), 0);
    write_file("x");
    snprintf(deep, sizeof deep, "%s/d", path);
    molglot_error err;
    assert_int_equal(mg_make_dirs(deep, &err), MOLGLOT_FAILED);
}

/* Of the files beside PATH those go that are called as its temporaries are and whose process has
 * ended. */
static void leftovers_of_ended_processes_go(void **state) {
    (void)state;
    static const struct {
        const char *name; /* D: an ended process; H: this machine's part of the name */
        bool goes;
    } cases[] = {
        {"out.tmp-D-H00000001-0", true},
        {"out.tmp-D-H0000000a-12", true},
        {"out.tmp-D-abc-3", true},
        {"out.tmp-D-0000000000000001-0", false},
        {"out.tmp-D-H000000011-0", false},
        {"out.tmp-D-H00000001-", false},
        {"out.tmp-D-H00000001-0x", false},
        {"out.tmp-D-H00000001", false},
        {"out.tmp-D--0", false},
        {"out.tmp-0-abc-0", false},
        {"out.tmp-xD-abc-0", false},
        {"out.tmp-1234567890-abc-0", false},
        {"out.tmp-Dabc-0", false},
        {"out.tmp_D-abc-0", false},
        {"other.tmp-D-abc-0", false},
        {"out.tmp-1-abc-0", false}, /* init lives */
        {"out", false},
        {"my.out.tmp-D-abc-0", false},
    };
    char full[300], host[9] = "";
    const pid_t pid = fork();
    if (!pid) _exit(0);
    assert_true(pid > 0 && waitpid(pid, NULL, 0) == pid);
    mg_outfile o;
    assert_int_equal(mg_outfile_open(&o, path, NULL), MOLGLOT_OK);
    const char *own = strstr(o.tmp, ".tmp-") + 5;
    memcpy(host, own + strcspn(own, "-") + 1, 8);
    mg_outfile_abort(&o);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < MG_COUNT(cases); i++) {
            size_t n = (size_t)snprintf(full, sizeof full, "%s/", dir);
            for (const char *p = cases[i].name; *p; p++)
                n += (size_t)(*p == 'D'   ? snprintf(full + n, sizeof full - n, "%ld", (long)pid)
                              : *p == 'H' ? snprintf(full + n, sizeof full - n, "%s", host)
                                          : snprintf(full + n, sizeof full - n, "%c", *p));
            if (!pass) {
                FILE *f = fopen(full, "w");
                assert_non_null(f);
                fclose(f);
            } else if ((access(full, F_OK) != 0) != cases[i].goes) {
                fail_msg("%s", full);
            }
        }
        if (!pass) mg_outfile_leftovers(path);
    }
    mg_outfile_leftovers("/nonexistent/folder/file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaces_whole, make_place, remove_place),
        cmocka_unit_test_setup_teardown(keeps_links, make_place, remove_place),
        cmocka_unit_test_setup_teardown(full_disk_keeps_old, make_place, remove_place),
        cmocka_unit_test_setup_teardown(devices_stay_devices, make_place, remove_place),
        cmocka_unit_test_setup_teardown(open_errors, make_place, remove_place),
        cmocka_unit_test_setup_teardown(maps, make_place, remove_place),
        cmocka_unit_test_setup_teardown(directories, make_place, remove_place),
        cmocka_unit_test_setup_teardown(leftovers_of_ended_processes_go, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
