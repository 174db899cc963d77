/* Whose requests are answered, and in which language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/watch/web.h"

static const char *const names[] = { "vigie.example.eu", "[2001:db8::1]", NULL };

static void web_host_is_of_this_machine_or_named(void **state)
{
        static const struct {
                const char *host;
                bool ours;
        } cases[] = {
                { "localhost", true },
                { "LocalHost:9478", true },
                { "127.0.0.1", true },
                { "127.0.0.1:65535", true },
                { "127.1.2.3:80", true },
                { "[::1]", true },
                { "[::1]:9478", true },
                { "vigie.example.eu", true },
                { "VIGIE.example.eu:443", true },
                { "[2001:db8::1]:443", true },
                { NULL, false },
                { "", false },
                { ":80", false },
                { "attacker.example", false },
                { "attacker.example:9478", false },
                { "127.0.0.1.attacker.example", false },
                { "localhost.attacker.example", false },
                { "localhost:9478.attacker.example", false },
                { "attacker.example#localhost", false },
                { "user@localhost", false },
                { "localhost:", false },
                { "localhost:99999", false },
                { "localhost:-1", false },
                { "10.0.0.1", false },
                { "[::2]", false },
                { "[::1", false },
                { "[::1]attacker", false },
                { "0x7f.1", false },
                { "127.1", false },
                { "0.0.0.0", false },
                { "vigie.example.eu.", false },
                { "sub.vigie.example.eu", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (web_host_is_ours(cases[i].host, names) != cases[i].ours)
                        fail_msg("%s", cases[i].host ? cases[i].host : "no Host");
        assert_false(web_host_is_ours("vigie.example.eu", NULL));
        assert_true(web_host_is_ours("localhost", NULL));
}

static void web_host_is_not_ours_when_it_is_long(void **state)
{
        char host[1024];

        for (size_t i = 0; i < sizeof(host) - 1; i++)
                host[i] = 'a';
        host[sizeof(host) - 1] = '\0';
        assert_false(web_host_is_ours(host, names));
        assert_false(web_is_host_name(host));
}

static void web_knows_names_of_hosts(void **state)
{
        static const char *const good[] = { "vigie", "vigie.example.eu", "10.0.0.1", "[::1]",
                                            "a-b_c" };
        static const char *const bad[] = { "",     "a:80", "a b",       "http://a", "a/b",
                                           "[::1", "[x]",  "[::1]:443", "é.eu",     "[" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (!web_is_host_name(good[i]))
                        fail_msg("%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (web_is_host_name(bad[i]))
                        fail_msg("%s", bad[i]);
}

static void web_takes_the_language_that_is_liked_best(void **state)
{
        static const struct {
                const char *accept;
                enum language language;
        } cases[] = {
                { "fr", LANGUAGE_FR },
                { "fr-FR,fr;q=0.9,en;q=0.8", LANGUAGE_FR },
                { "en-GB,en;q=0.9,fr;q=0.8", LANGUAGE_EN },
                { "de,en;q=0.3,fr;q=0.7", LANGUAGE_FR },
                { "de;q=1, fr;q=0.05 , en;q=0.125", LANGUAGE_EN },
                { "en;q=0,fr;q=0.1", LANGUAGE_FR },
                { "FR-ca", LANGUAGE_FR },
                { "fr;q=1.0,en;q=0.999", LANGUAGE_FR },
                { "en;q=broken,fr;q=0.1", LANGUAGE_FR },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (int other = 0; other < LANGUAGE_MAX; other++)
                        if (web_language(cases[i].accept, (enum language)other) !=
                            cases[i].language)
                                fail_msg("%s", cases[i].accept);
}

static void web_has_a_language_for_everybody(void **state)
{
        static const char *const others[] = { NULL, "",  "de", "*",   "frx",    "french",
                                              "e",  "f", ",",  ",,;", "en;q=0", "fr;q=0.000" };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                for (int other = 0; other < LANGUAGE_MAX; other++)
                        if (web_language(others[i], (enum language)other) != (enum language)other)
                                fail_msg("%s", others[i] ? others[i] : "no header");
}

static void web_knows_its_tag(void **state)
{
        assert_true(web_has_tag("W/\"a-fr\"", "\"a-fr\""));
        assert_true(web_has_tag("\"x\", W/\"a-fr\"", "\"a-fr\""));
        assert_true(web_has_tag("*", "\"a-fr\""));
        assert_false(web_has_tag("W/\"a-en\"", "\"a-fr\""));
        assert_false(web_has_tag("W/\"a-fr-0\"", "\"a-fr\""));
        assert_false(web_has_tag(NULL, "\"a-fr\""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(web_host_is_of_this_machine_or_named),
                cmocka_unit_test(web_host_is_not_ours_when_it_is_long),
                cmocka_unit_test(web_knows_names_of_hosts),
                cmocka_unit_test(web_takes_the_language_that_is_liked_best),
                cmocka_unit_test(web_has_a_language_for_everybody),
                cmocka_unit_test(web_knows_its_tag),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
