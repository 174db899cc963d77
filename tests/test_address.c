#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/watch/address.h"

static void address_takes_what_is_of_this_machine(void **state)
{
        static const struct {
                const char *text;
                int family;
        } good[] = {
                { "127.0.0.1:9477", AF_INET },     { "127.8.8.8:1", AF_INET },
                { "localhost:9477", AF_INET },     { "[::1]:65535", AF_INET6 },
                { "unix:/run/vigie/m", AF_UNIX },  { "127.0.0.1:0", AF_INET },
                { "unix:/run/a:b:9477", AF_UNIX },
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                struct error err = { 0 };
                struct address a;

                assert_int_equal(address_parse(good[i].text, &a, &err), 0);
                assert_int_equal(a.socket.any.sa_family, good[i].family);
        }
}

static void address_refuses_what_others_reach(void **state)
{
        static const char *const bad[] = {
                "0.0.0.0:9477",   "192.168.1.1:9477",
                "[::]:9477",      "[fe80::1]:9477",
                "example.eu:80",  "9477",
                ":9477",          "127.0.0.1",
                "127.0.0.1:",     "127.0.0.1:65536",
                "127.0.0.1:-1",   "[::1:9477",
                "::1:9477",       "unix:run/vigie",
                "unix:",          "",
                "*:9477",         "[]:9477",
                "127.0.0.1:94x7", "[127.0.0.1]:9477",
        };
        char path[200] = "unix:/";

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct error err = { 0 };
                struct address a;

                assert_int_equal(address_parse(bad[i], &a, &err), -EINVAL);
                assert_true(err.text[0] != '\0');
        }
        memset(path + strlen(path), 'x', sizeof(path) - 1 - strlen(path));
        assert_int_equal(address_parse(path, &(struct address){ 0 }, NULL), -EINVAL);
}

static void address_replaces_a_dead_socket_only(void **state)
{
        char folder[] = "/tmp/vigie-address-XXXXXX", text[80], path[64];
        struct error err = { 0 };
        struct address a;
        struct stat st;
        int first = -1, second = -1;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/s", folder);
        (void)snprintf(text, sizeof(text), "unix:%s", path);
        assert_int_equal(address_parse(text, &a, &err), 0);
        assert_int_equal(address_listen(&a, &first, &err), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0660);
        assert_int_equal(address_listen(&a, &second, &err), -EADDRINUSE);
        (void)close(first);
        err = (struct error){ 0 };
        assert_int_equal(address_listen(&a, &second, &err), 0);
        (void)close(second);
        (void)unlink(path);

        fclose(fopen(path, "w")); /* somebody's file is never taken away */
        err = (struct error){ 0 };
        assert_int_equal(address_listen(&a, &second, &err), -EEXIST);
        assert_int_equal(stat(path, &st), 0);
        (void)unlink(path);
        (void)rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(address_takes_what_is_of_this_machine),
                cmocka_unit_test(address_refuses_what_others_reach),
                cmocka_unit_test(address_replaces_a_dead_socket_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
