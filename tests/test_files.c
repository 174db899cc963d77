/* Files of data that are read, and kept as they were read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/files.h"

static char folder[] = "/tmp/vigie-files-XXXXXX";

static char *path_of(const char *name)
{
        char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        return path;
}

static void put(const char *name, const char *text, size_t n)
{
        _cleanup_(freep) char *path = path_of(name);
        _cleanup_(fclosep) FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
}

#define PUT(name, text) put(name, text, strlen(text))

static void forget(const char *name)
{
        _cleanup_(freep) char *path = path_of(name);

        assert_int_equal(remove(path), 0);
}

/* The document as JSON, or the error. */
static char *read_it(struct files *f, const char *name, char *hex)
{
        _cleanup_(freep) char *path = path_of(name);
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        json_auto_t *value = NULL;
        struct error err = { 0 };

        if (files_yaml(f, path, &y, hex, &err) < 0)
                return strdup(err.text);
        assert_int_equal(yaml_json(y, &value, &err), 0);
        return json_dumps(value, JSON_COMPACT);
}

static void reads(struct files *f, const char *name, const char *expected)
{
        _cleanup_(freep) char *text = read_it(f, name, NULL);

        if (!strstr(text, expected))
                fail_msg("%s: expected %s, got %s", name, expected, text);
}

static void lists(struct files *f, const char *expected)
{
        json_auto_t *names = NULL;
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };

        assert_int_equal(files_list(f, folder, &names, &err), 0);
        text = json_dumps(names, JSON_COMPACT);
        assert_string_equal(text, expected);
}

static void files_are_kept_as_they_were(void **state)
{
        _cleanup_(files_freep) struct files *f = files_new();
        char first[SHA256_HEX_MAX], again[SHA256_HEX_MAX];
        _cleanup_(freep) char *text = NULL, *same = NULL;

        PUT("b.yaml", "b: 1\n");
        PUT("a.yaml", "a: é\n");
        lists(f, "[\"a.yaml\",\"b.yaml\"]");
        text = read_it(f, "a.yaml", first);
        assert_string_equal(text, "{\"a\":\"é\"}");
        reads(f, "c.yaml", "No such file");
        PUT("a.yaml", "a: 2\n");
        PUT("c.yaml", "c: 3\n");
        reads(NULL, "a.yaml", "{\"a\":2}"); /* who keeps nothing reads what is there */
        assert_int_equal(files_seal(f, NULL), 0);
        same = read_it(f, "a.yaml", again);
        assert_string_equal(same, text);
        assert_string_equal(again, first);
        lists(f, "[\"a.yaml\",\"b.yaml\"]");
        /* what was not read is not there, be it on the disk */
        reads(f, "b.yaml", "b.yaml: No such file");
        reads(f, "c.yaml", "c.yaml: No such file");
        forget("a.yaml");
        forget("b.yaml");
        forget("c.yaml");
}

static void files_that_are_none_are_refused(void **state)
{
        static const char nul[] = "a: 1\n\0b: 2\n";
        _cleanup_(files_freep) struct files *f = files_new();
        _cleanup_(freep) char *below = path_of("folder.yaml");
        json_auto_t *names = NULL;
        struct error err = { 0 };

        put("nul.yaml", nul, sizeof(nul) - 1);
        PUT("bad.yaml", "a: [1\n");
        PUT(".hidden.yaml", "a: 1\n");
        PUT("other.yml", "a: 1\n");
        PUT("latin.yaml", "a: \xe9\n");
        assert_int_equal(mkdir(below, 0700), 0);
        reads(f, "nul.yaml", "nul.yaml: holds a byte that is no text");
        reads(f, "bad.yaml", "bad.yaml:2:1: ");
        reads(f, "latin.yaml", "latin.yaml:1:");
        reads(f, "folder.yaml", "folder.yaml: Is a directory");
        lists(f, "[\"bad.yaml\",\"folder.yaml\",\"latin.yaml\",\"nul.yaml\"]");
        assert_int_equal(files_list(f, "/nonexistent", &names, &err), -ENOENT);
        assert_non_null(strstr(err.text, "/nonexistent: No such file"));
        assert_int_equal(files_seal(f, NULL), 0); /* what was refused is not kept */
        reads(f, "bad.yaml", "No such file");
        forget("nul.yaml");
        forget("bad.yaml");
        forget(".hidden.yaml");
        forget("other.yml");
        forget("latin.yaml");
        forget("folder.yaml");
}

static int setup(void **state)
{
        return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
        return remove(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_are_kept_as_they_were),
                cmocka_unit_test(files_that_are_none_are_refused),
        };

        return cmocka_run_group_tests_name("files", tests, setup, teardown);
}
