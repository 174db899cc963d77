#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/base/version.h"
#include "daemon/cli/command.h"
#include "daemon/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- running the program ------------------------------------------------------------------------
 */

struct bench {
        char program[PATH_MAX];
        char folder[64];
        char config[128];
};

struct result {
        int status;
        char text[262144]; /* both outputs */
};

static int setup(void **state)
{
        struct bench *b = calloc(1, sizeof(*b));
        ssize_t n;
        char *slash;

        assert_non_null(b);
        n = readlink("/proc/self/exe", b->program, sizeof(b->program) - 16);
        assert_true(n > 0);
        b->program[n] = '\0';
        slash = strrchr(b->program, '/');
        assert_non_null(slash);
        *slash = '\0'; /* build/tests, beside the program's own folder */
        (void)strncat(b->program, "/../vigie", sizeof(b->program) - strlen(b->program) - 1);
        assert_int_equal(access(b->program, X_OK), 0);
        (void)snprintf(b->folder, sizeof(b->folder), "/tmp/vigie-cli-XXXXXX");
        assert_non_null(mkdtemp(b->folder));
        (void)snprintf(b->config, sizeof(b->config), "%s/vigie.yaml", b->folder);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        _cleanup_(freep) struct bench *b = *state;
        char state_dir[PATH_MAX];

        (void)unlink(b->config);
        (void)snprintf(state_dir, sizeof(state_dir), "%s/state", b->folder);
        (void)rmdir(state_dir);
        assert_int_equal(rmdir(b->folder), 0); /* nothing was left behind */
        return 0;
}

/* Runs the program with these words and an environment of its own. */
static void run(const struct bench *b, const char *env, const char *words, struct result *ret)
{
        _cleanup_(freep) char *command = NULL;
        size_t n;
        FILE *f;
        int status;

        assert_true(asprintf(&command,
                             "env -i PATH=\"$PATH\" HOME=/nonexistent "
                             "AWS_EC2_METADATA_DISABLED=true LC_ALL=C "
                             "ASAN_OPTIONS=\"$ASAN_OPTIONS\" %s '%s' %s </dev/null 2>&1",
                             env, b->program, words) > 0);
        f = popen(command, "re");
        assert_non_null(f);
        n = fread(ret->text, 1, sizeof(ret->text) - 1, f);
        ret->text[n] = '\0';
        status = pclose(f);
        assert_true(WIFEXITED(status));
        ret->status = WEXITSTATUS(status);
}

static void check(const struct bench *b, const char *env, const char *words, int status,
                  const char *said)
{
        struct result r;

        run(b, env, words, &r);
        if (r.status != status || !strstr(r.text, said))
                fail_msg("vigie %s: wanted status %d and '%s', got %d: %s", words, status, said,
                         r.status, r.text);
}

/* ---- the command line
 * ---------------------------------------------------------------------------- */

static void cli_refuses_what_it_does_not_know(void **state)
{
        static const struct {
                const char *words, *said;
        } cases[] = {
                { "", "Usage: vigie COMMAND" },
                { "scna", "unknown command 'scna'; did you mean 'scan'?" },
                { "resource", "did you mean 'resources'?" },
                { "abracadabra", "unknown command 'abracadabra'" },
                { "--versoin", "unknown option '--versoin'" },
                { "scan --formt json", "unknown option '--formt'; did you mean '--format'?" },
                { "scan --nothing-like-it", "unknown option '--nothing-like-it'" },
                { "scan --format jsn", "--format: 'jsn' is none; did you mean 'json'?" },
                { "scan --fail-on hihg", "did you mean 'high'?" },
                { "scan --account", "requires an argument" },
                { "scan -Z", "invalid option" },
                { "scan now", "'now' is one word too many" },
                { "findings --verdict failed",
                  "--verdict: 'failed' is none; did you mean 'fail'?" },
                { "findings --severity severe", "--severity: 'severe' is none" },
                { "coverage --rule LOC-001", "unknown option '--rule'" },
                { "status --format csv", "--format: 'csv' is none" },
                { "explain", "what is to be explained: a rule, finding" },
                { "explain LOC-001 LOC-002", "'LOC-002' is one word too many" },
                { "explain LOC-00I", "did you mean 'LOC-001'?" },
                { "explain mlas", "did you mean 'mlaas'?" },
                { "explain aws.bedrock.guardrial", "did you mean 'aws.bedrock.guardrail'?" },
                { "duties --format csv", "--format: 'csv' is none" },
                { "duties LOC-001", "'LOC-001' is one word too many" },
                { "permissions", "of which provider?" },
                { "permissions aws scaleway", "'scaleway' is one word too many" },
                { "permissions awz", "no provider 'awz'; did you mean 'aws'?" },
                { "permissions nimbus", "no provider 'nimbus' is built in" },
                { "permissions aws --format terrafrom", "did you mean 'terraform'?" },
                { "permissions scaleway --format terraform", "'terraform' is none" },
                { "permissions aws --account prod", "no configuration" },
                { "permissions aws --config /nowhere/vigie.yaml",
                  "/nowhere/vigie.yaml: No such file" },
                { "daemon extra", "'extra' is one word too many" },
                { "check extra", "'extra' is one word too many" },
                { "scan --config /nowhere/vigie.yaml", "/nowhere/vigie.yaml: No such file" },
                { "check --config /nowhere/vigie.yaml", "/nowhere/vigie.yaml: No such file" },
                { "daemon --config /nowhere/vigie.yaml", "/nowhere/vigie.yaml: No such file" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check(*state, "", cases[i].words, EXIT_USAGE, cases[i].said);
}

static void cli_helps(void **state)
{
        static const char *const commands[] = { "scan",      "daemon",      "status",
                                                "resources", "findings",    "coverage",
                                                "explain",   "permissions", "check" };

        check(*state, "", "--help", EXIT_CLEAN, "scan once, print findings and a summary");
        check(*state, "", "--version", EXIT_CLEAN, "vigie " VIGIE_VERSION "\n");
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                char words[64];

                (void)snprintf(words, sizeof(words), "%s --help", commands[i]);
                check(*state, "", words, EXIT_CLEAN, "--config=FILE");
                (void)snprintf(words, sizeof(words), "%s --version", commands[i]);
                check(*state, "", words, EXIT_CLEAN, "vigie " VIGIE_VERSION "\n");
        }
}

static void cli_speaks_french(void **state)
{
        check(*state, "LC_ALL=C.UTF-8 LANGUAGE=fr", "scna", EXIT_USAGE,
              "commande inconnue « scna » ; vouliez-vous dire « scan » ?");
        check(*state, "LC_ALL=fr_FR.UTF-8", "scan --help", EXIT_CLEAN, "Code de sortie");
        check(*state, "LC_ALL=C", "scan --help", EXIT_CLEAN, "Exit status");
}

static void write_config(const struct bench *b, const char *text)
{
        FILE *f = fopen(b->config, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static void cli_names_the_place_of_a_bad_configuration(void **state)
{
        const struct bench *b = *state;
        char words[PATH_MAX + 64], said[PATH_MAX + 64];
        static const char *const commands[] = { "scan", "check", "daemon" };

        write_config(b, "accounts:\n  - {name: a, provider: awz}\n");
        (void)snprintf(said, sizeof(said), "%s:2:25: unknown provider 'awz'; did you mean 'aws'?",
                       b->config);
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                (void)snprintf(words, sizeof(words), "%s --config %s --state %s/state", commands[i],
                               b->config, b->folder);
                check(b, "", words, EXIT_USAGE, said);
        }
        assert_int_equal(access(b->config, F_OK), 0);
}

static void cli_says_which_account_is_not_there(void **state)
{
        const struct bench *b = *state;
        char words[PATH_MAX + 64];

        write_config(b, "accounts:\n  - {name: prod, provider: aws}\n");
        (void)snprintf(words, sizeof(words), "scan --config %s --state %s/state --account prd",
                       b->config, b->folder);
        check(b, "", words, EXIT_USAGE,
              "no account 'prd' in the configuration; did you mean 'prod'?");
}

static void cli_says_when_there_is_nothing_to_use(void **state)
{
        const struct bench *b = *state;
        char words[PATH_MAX + 64];

        write_config(b, "interval: 1h\n");
        (void)snprintf(words, sizeof(words), "scan --config %s --state %s/state", b->config,
                       b->folder);
        check(b, "", words, EXIT_USAGE, "names no accounts");
}

static void cli_says_when_nothing_is_known_yet(void **state)
{
        static const char *const commands[] = {
                "status", "resources", "findings", "coverage", "explain some-endpoint", "duties"
        };

        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                char words[128];

                (void)snprintf(words, sizeof(words), "%s --state /nowhere", commands[i]);
                check(*state, "", words, EXIT_NOT_RUN, "nothing is known in /nowhere yet");
        }
}

/* Neither credentials nor a configuration are needed: the policy comes before them. */
static void cli_writes_permissions_without_credentials(void **state)
{
        const struct bench *b = *state;
        char words[PATH_MAX + 64];

        check(b, "", "permissions aws", EXIT_CLEAN, "\"sagemaker:ListEndpoints\"");
        check(b, "", "permissions aws", EXIT_CLEAN, "attach-role-policy");
        check(b, "LC_ALL=fr_FR.UTF-8", "permissions aws", EXIT_CLEAN, "sauf quota relevé");
        check(b, "", "permissions scaleway", EXIT_CLEAN, "\"InferenceReadOnly\"");
        check(b, "", "permissions aws --format list", EXIT_CLEAN, "aws.sagemaker.endpoint");
        write_config(b, "accounts:\n  - {name: prod, provider: aws, profile: none, "
                        "organization: {role: vigie-read}}\n");
        (void)snprintf(words, sizeof(words), "permissions aws --config %s --account prod",
                       b->config);
        check(b, "", words, EXIT_CLEAN, "account prod could not be opened (profile none");
        check(b, "", words, EXIT_CLEAN, "arn:aws:iam::*:role/vigie-read");
        (void)snprintf(words, sizeof(words), "permissions aws --config %s --account prd",
                       b->config);
        check(b, "", words, EXIT_USAGE,
              "no account 'prd' in the configuration; did you mean 'prod'?");
        (void)snprintf(words, sizeof(words), "permissions aws --output %s -q", b->config);
        check(b, "", words, EXIT_CLEAN, "");
        check(b, "", "permissions aws --output /nowhere/at/all", EXIT_NOT_RUN, "/nowhere/at/all");
}

static void cli_explains_a_rule_without_a_scan(void **state)
{
        check(*state, "", "explain LOC-001 --state /nowhere", EXIT_CLEAN, "LOC-001  ");
        check(*state, "", "explain loc-001 --state /nowhere", EXIT_CLEAN, "LOC-001  ");
        check(*state, "", "explain LOC-001 --state /nowhere", EXIT_CLEAN, "GDPR, Art. 48: ");
        check(*state, "", "explain mlaas --state /nowhere", EXIT_CLEAN,
              "written agreement with suppliers");
        check(*state, "", "explain aws.bedrock.guardrail --state /nowhere", EXIT_CLEAN,
              "bedrock:ListGuardrails");
}

/* ---- the output file
 * ------------------------------------------------------------------------------ */

/* A pipe stays a pipe, and so would /dev/null. */
static void output_goes_into_what_is_no_file(void **state)
{
        char path[] = "/tmp/test-cli-pipe-XXXXXX", text[16] = "";
        struct output o = { 0 };
        struct stat st;
        int reader;

        assert_non_null(mkdtemp(path));
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        assert_true(reader >= 0);
        assert_int_equal(output_open(&o, path, NULL), 0);
        (void)fputs("written", o.file);
        assert_int_equal(output_commit(&o, NULL), 0);
        output_done(&o);
        assert_int_equal(read(reader, text, sizeof(text) - 1), 7);
        assert_string_equal(text, "written");
        assert_int_equal(stat(path, &st), 0);
        assert_true(S_ISFIFO(st.st_mode));
        (void)close(reader);
        (void)unlink(path);
}

static void output_appears_whole_or_not_at_all(void **state)
{
        const struct bench *b = *state;
        struct output o = { 0 };
        char text[32] = "";
        struct stat st;
        FILE *f;

        write_config(b, "before");
        assert_int_equal(output_open(&o, b->config, NULL), 0);
        (void)fputs("half", o.file);
        output_done(&o); /* given up */
        f = fopen(b->config, "re");
        assert_non_null(fgets(text, sizeof(text), f));
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, "before");

        assert_int_equal(output_open(&o, b->config, NULL), 0);
        (void)fputs("after", o.file);
        assert_int_equal(output_commit(&o, NULL), 0);
        output_done(&o);
        f = fopen(b->config, "re");
        assert_non_null(fgets(text, sizeof(text), f));
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, "after");
        assert_int_equal(stat(b->config, &st), 0);
        assert_int_equal(st.st_mode & 0111, 0);
}

static void output_says_what_cannot_be_written(void **state)
{
        struct output o = { 0 };
        struct error err = { 0 };

        assert_true(output_open(&o, "/nowhere/at/all.json", &err) < 0);
        assert_non_null(strstr(err.text, "/nowhere/at/all.json"));
        output_done(&o);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(cli_refuses_what_it_does_not_know),
                TEST(cli_helps),
                TEST(cli_speaks_french),
                TEST(cli_names_the_place_of_a_bad_configuration),
                TEST(cli_says_which_account_is_not_there),
                TEST(cli_says_when_there_is_nothing_to_use),
                TEST(cli_says_when_nothing_is_known_yet),
                TEST(cli_writes_permissions_without_credentials),
                TEST(cli_explains_a_rule_without_a_scan),
                TEST(output_goes_into_what_is_no_file),
                TEST(output_appears_whole_or_not_at_all),
                TEST(output_says_what_cannot_be_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
