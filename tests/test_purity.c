/* The judge is pure: the same inventory, policy and date give the same bytes, whoever asks, where,
 * when, and in which order the inventory came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/judge_cases.h"
#include "tests/support/judge_world.h"

#include <glob.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OVERRIDES "tests/fixtures/judge/data"

/* ---- what the objects of the judge call
 * -------------------------------------------------------------- */

/* A clock, an environment, chance, the network, the store: none of them may decide a verdict. */
static const char *const forbidden[] = {
        "time",
        "clock",
        "clock_gettime",
        "gettimeofday",
        "localtime*",
        "gmtime*",
        "mktime",
        "strftime*",
        "tzset",
        "getenv",
        "secure_getenv",
        "setenv",
        "setlocale",
        "newlocale",
        "localeconv",
        "strcoll*",
        "strxfrm*",
        "rand",
        "rand_r",
        "random",
        "getrandom",
        "getpid",
        "gethostname",
        "socket",
        "connect",
        "send*",
        "recv*",
        "getaddrinfo",
        "curl_*",
        "sqlite3_*",
        "sd_*",
        "http_*",
        "store_*",
        "clock_realtime_usec",
        "clock_boottime_usec",
        "gettext",
        "dcgettext",
        "log_*",
};

static bool is_forbidden(const char *symbol)
{
        for (size_t i = 0; i < ELEMENTSOF(forbidden); i++) {
                size_t length = strlen(forbidden[i]);

                if (forbidden[i][length - 1] == '*' ? strncmp(symbol, forbidden[i], length - 1) == 0
                                                    : strcmp(symbol, forbidden[i]) == 0)
                        return true;
        }
        return false;
}

/* The build's folder, from where this program stands in it. */
static void objects_of_the_judge(glob_t *found)
{
        char program[4096], pattern[4200];
        ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
        char *slash;

        assert_true(n > 0);
        program[n] = '\0';
        for (int up = 0; up < 2; up++) { /* build/tests/test_purity */
                slash = strrchr(program, '/');
                assert_non_null(slash);
                *slash = '\0';
        }
        (void)snprintf(pattern, sizeof(pattern), "%s/daemon/judge/*.o", program);
        assert_int_equal(glob(pattern, 0, NULL, found), 0);
}

static FILE *symbols_of(const char *object)
{
        char command[4400];
        FILE *f;

        (void)snprintf(command, sizeof(command), "nm -f sysv '%s'", object);
        f = popen(command, "r"); /* NOLINT: the path is the build's own */
        assert_non_null(f);
        return f;
}

/* "name |value|class|type|size|line|section" */
static void check_symbol(const char *object, char *line)
{
        char *name = line, *field = strchr(line, '|'), *section = strrchr(line, '|'), class = ' ';

        if (!field || field == section)
                return;
        name[strcspn(name, " |")] = '\0';
        field = strchr(field + 1, '|');
        if (field)
                class = *(field + 1 + strspn(field + 1, " "));
        section += 1 + strspn(section + 1, " ");
        section[strcspn(section, " \n")] = '\0';
        if (class == 'U' && is_forbidden(name))
                fail_msg("%s calls %s()", object, name);
        /* and nothing that one call could leave to the next */
        if ((strcmp(section, ".data") == 0 || strcmp(section, ".bss") == 0) && name[0] != '.' &&
            strncmp(name, "__", 2) != 0)
                fail_msg("%s has the variable %s", object, name);
}

static void purity_of_the_objects(void **state)
{
        glob_t found = { 0 };
        size_t symbols = 0;

        (void)state;
        objects_of_the_judge(&found);
        assert_true(found.gl_pathc > 20);
        for (size_t i = 0; i < found.gl_pathc; i++) {
                FILE *f = symbols_of(found.gl_pathv[i]);
                char line[1024];

                while (fgets(line, sizeof(line), f)) {
                        check_symbol(found.gl_pathv[i], line);
                        symbols++;
                }
                assert_int_equal(pclose(f), 0);
        }
        globfree(&found);
        assert_true(symbols > 1000); /* nm said something */
}

/* ---- the same bytes
 * ---------------------------------------------------------------------------------- */

/* Everything that the judge says of a world, in the order of its subjects. */
static char *everything(const struct judge *j, const json_t *world, const json_t *subjects,
                        uint64_t date_usec)
{
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        json_auto_t *all = json_array();
        json_t *subject;
        size_t i;

        json_array_foreach((json_t *)subjects, i, subject)
        {
                const char *id = json_member_string(subject, "resource");
                json_t *said = judge_world_run(w, j, subject, date_usec), *description = NULL;
                struct error err = { 0 };

                assert_non_null(said);
                (void)json_array_append_new(all, said);
                if (!id)
                        continue;
                assert_int_equal(judge_describe(j, judge_world_view(w), judge_world_resource(w, id),
                                                date_usec, &description, &err),
                                 0);
                (void)json_array_append_new(all, description);
        }
        return json_dumps(all, JSON_COMPACT); /* in the order in which the judge put it */
}

/* The members of an object in another order: tags and facts come as the provider wrote them. */
static json_t *turned(const json_t *value)
{
        json_t *other, *element;
        const char *key;
        size_t i, n = 0;

        if (json_is_array(value)) {
                other = json_array();
                json_array_foreach((json_t *)value, i, element)(void)
                        json_array_append_new(other, turned(element));
                return other;
        }
        if (!json_is_object(value))
                return json_deep_copy(value);
        other = json_object();
        for (size_t at = json_object_size(value); at-- > 0;) {
                n = 0;
                json_object_foreach((json_t *)value, key, element) if (n++ == at)(void)
                        json_object_set_new(other, key, turned(element));
        }
        return other;
}

struct purity {
        const char *where; /* what was changed */
        size_t cases;
        char *first[256]; /* what was said in the first round, case by case */
        bool again;
};

/* Asked twice, and with the members of all objects in another order. */
static void assert_steady(const struct judge_case *c, const json_t *subjects, const char *said)
{
        json_auto_t *other = turned(c->world);
        _cleanup_(freep) char *twice = everything(c->judge, c->world, subjects, c->date_usec);
        _cleanup_(freep) char *of_turned = everything(c->judge, other, subjects, c->date_usec);

        assert_string_equal(said, twice);
        if (strcmp(said, of_turned) != 0)
                fail_msg("%s, %s: the order of members matters", c->file, c->name);
}

static void on_case(void *user, const struct judge_case *c)
{
        json_auto_t *subjects = judge_cases_subjects(c->world);
        struct purity *p = user;
        char *said = everything(c->judge, c->world, subjects, c->date_usec);

        assert_non_null(said);
        assert_true(p->cases < ELEMENTSOF(p->first));
        if (!p->again) {
                assert_steady(c, subjects, said);
                p->first[p->cases++] = said;
                return;
        }
        if (strcmp(said, p->first[p->cases]) != 0)
                fail_msg("%s, %s: not the same %s", c->file, c->name, p->where);
        p->cases++;
        free(said);
}

/* French has a comma where numbers have a point. Made here, for minimal systems have only C; NULL
 * where localedef or its sources are missing. */
static char *french_locale(void)
{
        char *dir = strdup("/tmp/vigie-locale-XXXXXX"), command[256];

        assert_non_null(mkdtemp(dir));
        (void)snprintf(command, sizeof(command),
                       "localedef -i fr_FR -f UTF-8 %s/fr_FR.UTF-8 >/dev/null 2>&1", dir);
        if (system(command) == 0) /* NOLINT: constant but for the folder's name */
                return dir;
        print_message("no French locale could be made: judged without it\n");
        (void)rmdir(dir);
        free(dir);
        return NULL;
}

static void remove_locale(char *dir)
{
        char command[256];

        if (!dir)
                return;
        (void)snprintf(command, sizeof(command), "rm -r %s", dir);
        assert_int_equal(system(command), 0); /* NOLINT */
        free(dir);
}

struct surroundings {
        const char *where;
        const char *set[6][2];
};

/* Every case once more, by a judge that reads its files anew. */
static void judged_there(struct purity *p, const struct surroundings *there, size_t n)
{
        char *before[6] = { 0 };

        for (size_t i = 0; i < 6 && there->set[i][0]; i++) {
                const char *value = getenv(there->set[i][0]);

                before[i] = value ? strdup(value) : NULL;
                (void)(there->set[i][1] ? setenv(there->set[i][0], there->set[i][1], 1)
                                        : unsetenv(there->set[i][0]));
        }
        (void)setlocale(LC_ALL, "");
        tzset();
        p->cases = 0;
        p->where = there->where;
        assert_int_equal(judge_cases_each(on_case, p), n);
        for (size_t i = 0; i < 6 && there->set[i][0]; i++) {
                (void)(before[i] ? setenv(there->set[i][0], before[i], 1)
                                 : unsetenv(there->set[i][0]));
                free(before[i]);
        }
        (void)setlocale(LC_ALL, "C");
        tzset();
}

static void purity_of_place_and_time(void **state)
{
        char *locale = french_locale();
        const struct surroundings rounds[] = {
                { "in the far east, in UTF-8",
                  { { "TZ", "Pacific/Kiritimati" }, { "LC_ALL", "C.UTF-8" } } },
                { "in the west, in French, in somebody else's home",
                  { { "TZ", "America/Los_Angeles" },
                    { "LOCPATH", locale },
                    { "LC_ALL", "fr_FR.UTF-8" },
                    { "LANGUAGE", "fr" },
                    { "HOME", "/nonexistent" },
                    { "VIGIE_DATADIR", "/nonexistent" } } },
        };
        struct purity p = { 0 };
        size_t n = judge_cases_each(on_case, &p);

        (void)state;
        assert_true(n > 50);
        p.again = true;
        for (size_t i = 0; i < ELEMENTSOF(rounds); i++)
                judged_there(&p, &rounds[i], n);
        for (size_t i = 0; i < n; i++)
                free(p.first[i]);
        remove_locale(locale);
}

/* Two judges side by side, asked in turns and in opposite orders: neither remembers anything. */
static void purity_of_turns(void *user, const struct judge_case *c)
{
        json_auto_t *subjects = judge_cases_subjects(c->world);
        size_t n = json_array_size(subjects);

        (void)user;
        for (size_t i = 0; i < n; i++) {
                json_auto_t *one = json_pack("[O]", json_array_get(subjects, i));
                json_auto_t *last = json_pack("[O]", json_array_get(subjects, n - 1 - i));
                _cleanup_(freep) char *before = everything(c->judge, c->world, one, c->date_usec);
                _cleanup_(freep) char *between = everything(c->judge, c->world, last, c->date_usec);
                _cleanup_(freep) char *after = everything(c->judge, c->world, one, c->date_usec);

                (void)between;
                assert_string_equal(before, after);
        }
}

static void purity_of_order(void **state)
{
        (void)state;
        assert_true(judge_cases_each(purity_of_turns, NULL) > 50);
}

/* A view hands records over in the order that it promises, so that lists and causes come out the
 * same; the verdict itself must not hang on which came first. */
static void verdicts_of_any_order(void *user, const struct judge_case *c)
{
        json_auto_t *subjects = judge_cases_subjects(c->world), *other = json_deep_copy(c->world);
        json_t *rows = json_object_get(other, "resources"), *subject;
        json_auto_t *reversed = json_array();
        _cleanup_(judge_world_freep) struct judge_world *w = NULL, *v = NULL;
        size_t i;

        (void)user;
        for (i = json_array_size(rows); i-- > 0;)
                (void)json_array_append(reversed, json_array_get(rows, i));
        (void)json_object_set(other, "resources", reversed);
        w = judge_world_new(c->world);
        v = judge_world_new(other);
        json_array_foreach(subjects, i, subject)
        {
                json_auto_t *said = judge_world_run(w, c->judge, subject, c->date_usec);
                json_auto_t *again = judge_world_run(v, c->judge, subject, c->date_usec);
                json_t *g;
                size_t k;

                json_array_foreach(said, k, g)
                {
                        const json_t *h = json_array_get(again, k);

                        if (!json_equal(json_object_get(g, "verdict"),
                                        json_object_get(h, "verdict")) ||
                            !json_equal(json_object_get(g, "severity"),
                                        json_object_get(h, "severity")))
                                fail_msg("%s, %s: %s is %s, and %s backwards", c->file, c->name,
                                         json_member_string(g, "rule"),
                                         json_member_string(g, "verdict"),
                                         json_member_string(h, "verdict"));
                }
        }
}

static void purity_of_the_order_of_records(void **state)
{
        (void)state;
        assert_true(judge_cases_each(verdicts_of_any_order, NULL) > 50);
}

/* The date counts by the day, and is the only time there is. */
static void purity_of_the_day(void **state)
{
        static const struct policy policy = { .log_retention_days = 184 };
        json_auto_t *world = json_loads("{\"resources\": [{\"id\": \"m\", \"region\": "
                                        "\"eu-west-3\", \"service_type\": \"mlaas\", \"tags\": "
                                        "{\"ai-act-risk\": \"high-risk\"}}]}",
                                        0, NULL);
        json_auto_t *subjects = judge_cases_subjects(world);
        _cleanup_(judge_freep) struct judge *one = NULL, *two = NULL;
        struct error err = { 0 };
        uint64_t morning, evening, next;

        (void)state;
        if (judge_new(&one, "config", OVERRIDES, &policy, &err) < 0 ||
            judge_new(&two, "config", OVERRIDES, &policy, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(clock_parse_iso8601("2027-12-01T00:00:00Z", &morning), 0);
        assert_int_equal(clock_parse_iso8601("2027-12-01T23:59:59Z", &evening), 0);
        assert_int_equal(clock_parse_iso8601("2027-12-02T00:00:00Z", &next), 0);
        _cleanup_(freep) char *a = everything(one, world, subjects, morning);
        _cleanup_(freep) char *b = everything(two, world, subjects, evening);
        _cleanup_(freep) char *c = everything(two, world, subjects, next);

        assert_string_equal(judge_digest(one), judge_digest(two));
        assert_string_equal(a, b);
        assert_string_not_equal(a, c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(purity_of_the_objects),
                cmocka_unit_test(purity_of_place_and_time),
                cmocka_unit_test(purity_of_order),
                cmocka_unit_test(purity_of_the_order_of_records),
                cmocka_unit_test(purity_of_the_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
