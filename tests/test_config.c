#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/watch/config-check.h"
#include "daemon/watch/config.h"
#include "providers/provider.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* A fresh folder for each test, with vigie.yaml and conf.d in it. */
struct folder {
        char path[64];
        char file[PATH_MAX];
};

static void write_file(const char *path, const char *text)
{
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static void folder_write(const struct folder *f, const char *name, const char *text)
{
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
        write_file(path, text);
}

static int setup(void **state)
{
        struct folder *f = calloc(1, sizeof(*f));
        char drop_ins[PATH_MAX];

        assert_non_null(f);
        (void)snprintf(f->path, sizeof(f->path), "/tmp/vigie-config-XXXXXX");
        assert_non_null(mkdtemp(f->path));
        (void)snprintf(f->file, sizeof(f->file), "%s/vigie.yaml", f->path);
        (void)snprintf(drop_ins, sizeof(drop_ins), "%s/conf.d", f->path);
        assert_int_equal(mkdir(drop_ins, 0700), 0);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        static const char *const files[] = { "conf.d/10-a.yaml",
                                             "conf.d/20-b.yaml",
                                             "conf.d/.hidden.yaml",
                                             "conf.d/note.txt",
                                             "conf.d",
                                             "vigie.yaml",
                                             "" };
        _cleanup_(freep) struct folder *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                char path[PATH_MAX];

                (void)snprintf(path, sizeof(path), "%s/%s", f->path, files[i]);
                (void)remove(path);
        }
        return 0;
}

#define ACCOUNT "accounts: [{name: a, provider: aws}]\n"

/* where: "line:column: " and what follows it, a part of the message. */
static const struct {
        const char *text, *where, *message;
} refused[] = {
        { "intervall: 1h\n", ":1:1: ", "unknown key 'intervall'; did you mean 'interval'?" },
        { "interval: soon\n", ":1:11: ", "must be a time span" },
        { "interval: 0s\n" ACCOUNT, ":1:11: ", "1s at least" },
        { "policy: [eu]\n", ":1:9: ", "must be a mapping" },
        { "policy:\n  areas: [eu, europe]\n" ACCOUNT, ":2:10: ", "area 'europe'" },
        { "policy: {areas: []}\n" ACCOUNT, ":1:17: ", "'areas' is empty" },
        { "flapping: {changes: 1}\n", ":1:21: ", "between 2 and" },
        { "flapping: {within: often}\n", ":1:20: ", "time span" },
        { "flapping: {change: 4}\n", ":1:12: ", "did you mean 'changes'?" },
        { "policy: {log_retention_days: many}\n", ":1:30: ", "whole number" },
        { "policy: {log_retention_days: 0}\n", ":1:30: ", "between 1 and" },
        { "policy: {default_risk: high}\n" ACCOUNT, ":1:24: ", "'default_risk' must be one of" },
        { "policy: {tags: [a]}\n" ACCOUNT, ":1:16: ", "'tags' must be a mapping" },
        { "policy: {strict_half_year: 3}\n", ":1:28: ", "true or false" },
        { "policy: {models: [a]}\n", ":1:18: ", "must be a mapping" },
        { "policy: {models: {permit: [a]}}\n", ":1:19: ", "unknown key 'permit'" },
        { "policy: {models: {allow: []}}\n" ACCOUNT, ":1:26: ", "'allow' is empty" },
        { "policy:\n  models:\n    deny: [a, \"\"]\n" ACCOUNT, ":3:11: ", "a pattern is empty" },
        { "policy: {models: {deny: {a: b}}}\n", ":1:25: ", "must be a list" },
        { "policy: {max_broad_grants: few}\n" ACCOUNT, ":1:28: ", "whole number, 0 or more" },
        { "policy: {max_broad_grants: -1}\n" ACCOUNT, ":1:28: ", "whole number, 0 or more" },
        { "policy: {max_broad_grants: 1.5}\n" ACCOUNT, ":1:28: ", "whole number, 0 or more" },
        { "limits: {in_flight: 0}\n", ":1:21: ", "between 1 and 1024" },
        { "limits: {page: 3}\n", ":1:10: ", "did you mean 'pages'?" },
        { "limits: {requests_per_second: -1}\n", ":1:31: ", "not negative" },
        { "limits: {request_timeout: 10ms}\n" ACCOUNT, ":1:27: ", "1s at least" },
        { "accounts: aws\n", ":1:11: ", "must be a list" },
        { "accounts:\n  - {provider: aws}\n", ":2:5: ", "'name' is missing" },
        { "accounts:\n  - {name: a}\n", ":2:5: ", "'provider' is missing" },
        { "accounts:\n  - {name: a, provider: awz}\n",
          ":2:25: ", "unknown provider 'awz'; did you mean 'aws'?" },
        { "accounts:\n  - {name: a, provider: nowhere}\n", ":2:25: ", "known: aws, " },
        { "accounts:\n  - {name: a, provider: aws, colour: red}\n",
          ":2:30: ", "unknown key 'colour'" },
        { "accounts:\n  - {name: a/b, provider: aws}\n", ":2:12: ", "account name 'a/b'" },
        { "accounts:\n  - {name: a, provider: aws}\n  - {name: a, provider: scaleway}\n",
          ":3:12: ", "vigie.yaml:2:5" },
        { "accounts:\n  - {name: a, name: b, provider: aws}\n", ":2:15: ", "twice" },
        { "accounts:\n  - name: a\n    provider: aws\n    endpoint: ftp://x\n",
          ":4:15: ", "https://" },
        { "accounts:\n  - name: a\n    provider: aws\n    endpoint: http://example.com\n",
          ":4:15: ", "plain http to example.com" },
        { "accounts:\n  - name: a\n    provider: aws\n    endpoint: http://127.0.0.1.example.com\n",
          ":4:15: ", "plain http" },
        { "accounts:\n  - name: a\n    provider: aws\n    endpoint: http://u:p@127.0.0.1\n",
          ":4:15: ", "no user or password" },
        { "accounts:\n  - name: a\n    provider: aws\n    endpoint: https://h:99999\n",
          ":4:15: ", "no valid host and port" },
        { "accounts:\n  - {name: a, provider: aws, network: {connect_to: somewhere}}\n",
          ":2:52: ", "host:port" },
        { "accounts:\n  - {name: a, provider: aws, network: {ca_file: /nowhere/ca.pem}}\n",
          ":2:49: ", "/nowhere/ca.pem: No such file" },
        { "accounts:\n  - {name: a, provider: aws, network: {proxy: gopher://x}}\n",
          ":2:47: ", "'proxy' must be" },
        { "accounts:\n  - {name: a, provider: aws, regions: []}\n",
          ":2:39: ", "'regions' is empty" },
        { "accounts:\n  - {name: a, provider: aws, regions: [all, eu-west-1]}\n",
          ":2:39: ", "either 'all' or a list" },
        { "accounts:\n  - {name: a, provider: aws, interval: 0s}\n", ":2:40: ", "1s at least" },
        { "snapshots: {timestamp: {url: \"https://tsa.example/\"}}\n", ":1:24: ", "ca_file" },
        { "snapshots: {timestamp: {url: \"https://u:p@tsa.example/\", ca_file: /dev/null}}\n",
          ":1:30: ", "no user or password" },
        { "snapshots: {timestamp: {url: \"https://tsa.example/\", ca_file: /nowhere.pem}}\n",
          ":1:63: ", "/nowhere.pem: No such file" },
        { "interval: 1h\ninterval: 2h\n", ":2:1: ", "twice" },
        { "policy: {areas: [eu\n", ":2:1: ", "" },
        { "just words\n", ":1:1: ", "a mapping of keys" },
};

static void config_refuses_with_place(void **state)
{
        const struct folder *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                _cleanup_(config_freep) struct config *c = NULL;
                char where[PATH_MAX + 32];
                struct error err = { 0 };

                write_file(f->file, refused[i].text);
                (void)snprintf(where, sizeof(where), "%s%s", f->file, refused[i].where);
                if (config_load(&c, f->file, &err) != -EINVAL ||
                    strncmp(err.text, where, strlen(where)) != 0 ||
                    !strstr(err.text, refused[i].message))
                        fail_msg("%s: wanted %s…%s, got %d: %s", refused[i].text, refused[i].where,
                                 refused[i].message, err.code, err.text);
                assert_null(c);
        }
}

static void config_needs_the_file_that_is_named(void **state)
{
        const struct folder *f = *state;
        struct config *c = NULL;
        struct error err = { 0 };

        assert_int_equal(config_load(&c, f->file, &err), -EINVAL);
        assert_non_null(strstr(err.text, "No such file"));
}

static void config_has_defaults(void **state)
{
        const struct folder *f = *state;
        _cleanup_(config_freep) struct config *c = NULL;

        write_file(f->file, ACCOUNT);
        assert_int_equal(config_load(&c, f->file, NULL), 0);
        assert_int_equal(c->interval_usec, 15 * USEC_PER_MINUTE);
        assert_int_equal(c->flapping.changes, 4);
        assert_int_equal(c->flapping.within_usec, USEC_PER_DAY);
        assert_string_equal(c->policy.areas[0], "eu");
        assert_string_equal(c->policy.areas[1], "eea");
        assert_null(c->policy.areas[2]);
        assert_int_equal(c->policy.log_retention_days, 184);
        assert_int_equal(c->policy.coverage_max_age_usec, 24 * USEC_PER_HOUR);
        assert_false(c->policy.strict_half_year);
        assert_false(c->policy.treat_upcoming_as_applicable);
        assert_null(c->policy.default_risk);
        assert_null(c->policy.models.allow);
        assert_null(c->policy.models.deny);
        assert_null(c->policy.max_broad_grants);
        assert_int_equal(c->limits.in_flight, 24);
        assert_int_equal(c->limits.per_account, 8);
        assert_int_equal(c->limits.reply_bytes, 16 * 1024 * 1024);
        assert_int_equal(c->limits.pages, 200);
        assert_int_equal(c->limits.attempts, 8);
        assert_int_equal(c->limits.request_timeout_usec, 30 * USEC_PER_SEC);
        assert_int_equal(c->limits.scan_timeout_usec, 30 * USEC_PER_MINUTE);
        assert_int_equal(c->limits.detail_ttl_usec, 24 * USEC_PER_HOUR);
        assert_int_equal(c->limits.max_backoff_usec, 20 * USEC_PER_SEC);
        assert_string_equal(c->overrides, f->path);
        assert_string_equal(c->file, f->file);
}

static void config_reads_an_account(void **state)
{
        const struct folder *f = *state;
        _cleanup_(config_freep) struct config *c = NULL;
        const struct account_config *a;

        write_file(f->file, "accounts:\n"
                            "  - name: prod\n"
                            "    provider: aws\n"
                            "    endpoint: http://[::1]:8080/base\n"
                            "    network: {connect_to: \"127.0.0.1:8443\", ca_file: /dev/null}\n"
                            "    regions: [eu-west-1, eu-west-3]\n"
                            "    scopes: \"111122223333\"\n"
                            "    interval: 1h\n"
                            "  - {name: all, provider: scaleway, regions: all}\n");
        assert_int_equal(config_load(&c, f->file, NULL), 0);
        assert_int_equal(c->n_accounts, 2);
        a = config_account(c, "prod");
        assert_non_null(a);
        assert_ptr_equal(a->provider, provider_find("aws"));
        assert_string_equal(a->endpoint, "http://[::1]:8080/base");
        assert_string_equal(a->network.connect_to, "127.0.0.1:8443");
        assert_string_equal(a->regions[1], "eu-west-3");
        assert_string_equal(a->scopes[0], "111122223333");
        assert_int_equal(a->interval_usec, USEC_PER_HOUR);
        assert_int_equal(a->place.line, 2);
        assert_string_equal(a->file, f->file);
        assert_false(a->found);
        assert_null(config_account(c, "all")->regions);
        assert_null(config_account(c, "none"));
}

static void config_merges_drop_ins_in_order(void **state)
{
        const struct folder *f = *state;
        _cleanup_(config_freep) struct config *c = NULL;
        _cleanup_(freep) const char **names = NULL;

        folder_write(f, "vigie.yaml", "interval: 1h\npolicy: {log_retention_days: 365}\n" ACCOUNT);
        folder_write(f, "conf.d/20-b.yaml", "interval: 3h\naccounts: [{name: c, provider: aws}]\n");
        folder_write(f, "conf.d/10-a.yaml",
                     "interval: 2h\npolicy: {areas: FR}\n"
                     "accounts: [{name: b, provider: scaleway}]\n");
        folder_write(f, "conf.d/.hidden.yaml", "nonsense: 1\n");
        folder_write(f, "conf.d/note.txt", "nonsense: 1\n");
        assert_int_equal(config_load(&c, f->file, NULL), 0);
        assert_int_equal(c->interval_usec, 3 * USEC_PER_HOUR);
        assert_int_equal(c->policy.log_retention_days, 365);
        assert_string_equal(c->policy.areas[0], "FR");
        assert_null(c->policy.areas[1]);
        names = config_account_names(c);
        assert_string_equal(names[0], "a");
        assert_string_equal(names[1], "b");
        assert_string_equal(names[2], "c");
        assert_null(names[3]);
        assert_non_null(strstr(c->accounts[2].file, "conf.d/20-b.yaml"));
}

static void config_names_the_drop_in_that_is_wrong(void **state)
{
        const struct folder *f = *state;
        struct config *c = NULL;
        struct error err = { 0 };

        folder_write(f, "vigie.yaml", ACCOUNT);
        folder_write(f, "conf.d/10-a.yaml", "accounts:\n- {name: a, provider: aws}\n");
        assert_int_equal(config_load(&c, f->file, &err), -EINVAL);
        assert_non_null(strstr(err.text, "conf.d/10-a.yaml:2:10: account 'a' stands already at "));
        assert_non_null(strstr(err.text, "vigie.yaml:1:12"));
}

/* Nothing of the machine that runs the tests may be found. */
static void forget_credentials(void)
{
        static const char *const names[] = {
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_PROFILE",
                "AWS_SHARED_CREDENTIALS_FILE",
                "AWS_CONFIG_FILE",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "SCW_ACCESS_KEY",
                "SCW_SECRET_KEY",
                "SCW_CONFIG_PATH",
                "SCW_PROFILE",
                "XDG_CONFIG_HOME",
                "USERPROFILE",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                (void)unsetenv(names[i]);
        (void)setenv("HOME", "/nonexistent", 1);
        (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static void config_without_accounts_uses_what_is_found(void **state)
{
        const struct folder *f = *state;
        _cleanup_(config_freep) struct config *c = NULL;

        forget_credentials();
        (void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
        (void)setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", 1);
        write_file(f->file, "interval: 1h\n");
        assert_int_equal(config_load(&c, f->file, NULL), 0);
        assert_int_equal(c->n_accounts, 1);
        assert_string_equal(c->accounts[0].name, "aws");
        assert_true(c->accounts[0].found);
        assert_non_null(c->accounts[0].options);
        forget_credentials();
}

static void config_says_when_nothing_is_found(void **state)
{
        const struct folder *f = *state;
        struct config *c = NULL;
        struct error err = { 0 };

        forget_credentials();
        write_file(f->file, "interval: 1h\n");
        assert_int_equal(config_load(&c, f->file, &err), -ENOKEY);
        assert_non_null(strstr(err.text, "names no accounts"));
        assert_null(c);
}

static void config_checks_collectors(void **state)
{
        const struct folder *f = *state;
        char id[] = "aws.sagemaker.endpoint";
        struct collector collector = { .id = id };
        struct service service = { .collectors = &collector, .n_collectors = 1 },
                       *services[] = { &service };
        const struct catalogue catalogue = { .services = services, .n_services = 1 };
        _cleanup_(config_freep) struct config *c = NULL;
        struct error err = { 0 };

        write_file(f->file, "accounts:\n- {name: a, provider: aws, "
                            "exclude: [aws.sagemaker.endpoint, aws.sagemaker.endpont]}\n");
        assert_int_equal(config_load(&c, f->file, NULL), 0);
        assert_int_equal(config_check_collectors(c, &catalogue, &err), -EINVAL);
        assert_non_null(strstr(err.text, "vigie.yaml:2:3: account 'a': 'exclude' names no "
                                         "collector 'aws.sagemaker.endpont'; did you mean "
                                         "'aws.sagemaker.endpoint'?"));
}

/* The shipped example with its settings switched on: a '#' in the first column that does not begin
 * a sentence ("# ") is taken off. */
static void switch_on(const char *path, FILE *to)
{
        _cleanup_(fclosep) FILE *from = fopen(path, "re");
        char line[1024];

        assert_non_null(from);
        while (fgets(line, sizeof(line), from)) {
                bool sentence = line[0] == '#' && line[1] == ' ' && line[2] != ' ';

                (void)fputs(line[0] == '#' && !sentence && line[1] != '\n' ? line + 1 : line, to);
        }
}

static void config_example_says_the_defaults(void **state)
{
        const struct folder *f = *state;
        _cleanup_(config_freep) struct config *example = NULL, *plain = NULL;
        FILE *to = fopen(f->file, "we");
        struct error err = { 0 };

        assert_non_null(to);
        switch_on("config/vigie.yaml", to);
        assert_int_equal(fclose(to), 0);
        if (config_load(&example, f->file, &err) < 0)
                fail_msg("%s", err.text);
        write_file(f->file, ACCOUNT);
        assert_int_equal(config_load(&plain, f->file, NULL), 0);
        assert_int_equal(example->interval_usec, plain->interval_usec);
        assert_int_equal(example->policy.log_retention_days, plain->policy.log_retention_days);
        assert_int_equal(example->policy.coverage_max_age_usec,
                         plain->policy.coverage_max_age_usec);
        assert_string_equal(example->policy.areas[1], plain->policy.areas[1]);
        assert_memory_equal(&example->limits, &plain->limits, sizeof(plain->limits));
        assert_int_equal(example->n_accounts, 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(config_refuses_with_place),
                TEST(config_needs_the_file_that_is_named),
                TEST(config_has_defaults),
                TEST(config_reads_an_account),
                TEST(config_merges_drop_ins_in_order),
                TEST(config_names_the_drop_in_that_is_wrong),
                TEST(config_without_accounts_uses_what_is_found),
                TEST(config_says_when_nothing_is_found),
                TEST(config_checks_collectors),
                TEST(config_example_says_the_defaults),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
