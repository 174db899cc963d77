/* Organisations over real TLS against cloudsim: members, roles, what is suspended, denied or in
 * another partition, and hundreds of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "tests/support/scan.h"

#define ENDPOINT(partition, region, account, name)                                                 \
        "arn:" partition ":sagemaker:" region ":" account ":endpoint/" name
#define NETWORK "network: {connect_to: '@CONNECT@', ca_file: '@CA@'}, exclude: [@MOST@]"
#define LIMITS "limits: {requests_per_second: 1000, max_backoff: 5ms, attempts: 3}\n"
#define NORD                                                                                       \
        "  - {name: nord, provider: aws, profile: nord, organization: {role: vigie-read, "         \
        "external_id: nord-7f3a}, " NETWORK "}\n"
#define SUD                                                                                        \
        "  - {name: sud, provider: aws, profile: sud, organization: {role: vigie-read}, " NETWORK  \
        "}\n"
#define SEUL                                                                                       \
        "  - {name: seul, provider: aws, profile: seul, organization: {role: "                     \
        "vigie-read}, " NETWORK "}\n"
#define EUSC                                                                                       \
        "  - {name: eusc, provider: aws, profile: eusc, partition: aws-eusc, organization: "       \
        "{role: "                                                                                  \
        "vigie-read}, " NETWORK "}\n"

static const char credentials[] =
        "[nord]\naws_access_key_id = AKIANORD000000000001\n"
        "aws_secret_access_key = org/world/secret/of/nord+0000000000000000\n"
        "[sud]\naws_access_key_id = AKIASUD0000000000001\n"
        "aws_secret_access_key = org/world/secret/of/sud++0000000000000000\n"
        "[metier]\naws_access_key_id = AKIASUDMETIER0000001\n"
        "aws_secret_access_key = org/world/secret/of/metier00000000000000\n"
        "[seul]\naws_access_key_id = AKIASEUL000000000001\n"
        "aws_secret_access_key = org/world/secret/of/seul+0000000000000000\n"
        "[eusc]\naws_access_key_id = AKIAEUSC000000000001\n"
        "aws_secret_access_key = org/world/secret/of/eusc+0000000000000000\n"
        "[synthetic]\naws_access_key_id = AKIASYNTHETIC0000000\n"
        "aws_secret_access_key = synthetic/secret/of/the/bench+0000000000\n";

static int begin(void **state, const char *world, const char *const *more)
{
        _cleanup_(freep) char *path = NULL;
        FILE *f;

        *state = cloudsim_start(world, more);
        if (!*state || asprintf(&path, "%s/credentials", cloudsim_directory(*state)) < 0)
                return -1;
        f = fopen(path, "we");
        if (!f || fputs(credentials, f) < 0 || fclose(f) != 0 || chmod(path, 0600) < 0)
                return -1;
        setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
        setenv("AWS_CONFIG_FILE", "/dev/null", 1);
        setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
        unsetenv("AWS_PROFILE");
        unsetenv("AWS_REGION");
        unsetenv("AWS_DEFAULT_REGION");
        unsetenv("AWS_ACCESS_KEY_ID");
        unsetenv("AWS_SECRET_ACCESS_KEY");
        unsetenv("AWS_SESSION_TOKEN");
        return 0;
}

static int setup(void **state)
{
        return begin(state, "tests/worlds/organizations", NULL);
}

/* Everything but discovery and two lists is left out: it is about members, not about services. */
static void exclude_most(struct buffer *b)
{
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        struct error err = { 0 };

        assert_int_equal(catalogue_load(&catalogue, "config", NULL, &err), 0);
        for (size_t i = 0; i < catalogue->n_services; i++)
                for (size_t k = 0; k < catalogue->services[i]->n_collectors; k++) {
                        const struct collector *c = &catalogue->services[i]->collectors[k];

                        if (!c->yields && strncmp(c->id, "aws.", 4) == 0 &&
                            strcmp(c->id, "aws.sagemaker.pipeline") != 0 &&
                            strcmp(c->id, "aws.sagemaker.endpoint") != 0)
                                buffer_printf(b, "%s, ", c->id);
                }
}

/* With the knobs that run has. */
static void run_prepared(struct scan_run *run, void **state, const char *config)
{
        struct buffer b = BUFFER_INIT(1024 * 1024);

        for (const char *most; (most = strstr(config, "@MOST@")); config = most + 6) {
                buffer_append(&b, config, (size_t)(most - config));
                exclude_most(&b);
        }
        buffer_add(&b, config);
        assert_int_equal(scan_run(run, *state, buffer_text(&b)), 0);
        buffer_done(&b);
        assert_true(run->complete);
}

static void run_scan(struct scan_run *run, void **state, const char *config)
{
        *run = (struct scan_run){ .sink_fails_after = -1 };
        run_prepared(run, state, config);
        assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
}

static void end_scan(struct scan_run *run, void **state)
{
        scan_run_done(run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void assert_row(const struct scan_run *run, const char *key, const char *state,
                       const char *cause)
{
        const json_t *row = json_object_get(run->coverage, key);
        const char *is = json_member_string(row, "state"), *why = json_member_string(row, "cause");

        if (!is || strcmp(is, state) != 0)
                fail_msg("%s is %s, not %s: %s", key, is ? is : "not there", state, why ? why : "");
        if (cause && (!why || !strstr(why, cause)))
                fail_msg("%s: %s", key, why ? why : "no cause");
}

static void fault(void **state, const char *text)
{
        assert_int_equal(cloudsim_add_faults(*state, text), 0);
}

/* Rows of a scope, those apart that a list of scopes gives to each. */
static size_t rows_of(const struct scan_run *run, const char *scope)
{
        const char *key;
        json_t *row;
        size_t n = 0;

        json_object_foreach(run->coverage, key, row)
        {
                if (strstr(key, scope) && strncmp(key, "aws.organizations.account ", 26) != 0)
                        n++;
        }
        return n;
}

static size_t of_kind(const struct scan_run *run, const char *kind)
{
        const char *id;
        json_t *resource;
        size_t n = 0;

        json_object_foreach(run->resources, id, resource)
        {
                n += strcmp(json_member_string(resource, "kind"), kind) == 0;
        }
        return n;
}

static uint64_t calls_as(void **state, const char *account, const char *operation)
{
        json_auto_t *counters = cloudsim_counters(*state);
        uint64_t n = 0;
        json_t *row;
        size_t i;

        json_array_foreach(json_object_get(counters, "calls"), i, row)
        {
                if (strcmp(json_member_string(row, "account"), account) == 0 &&
                    (!operation || strcmp(json_member_string(row, "operation"), operation) == 0))
                        n += (uint64_t)json_integer_value(json_object_get(row, "calls"));
        }
        return n;
}

/* ---- organisations -----------------------------------------------------------------------------
 */

static void organizations_are_scanned_side_by_side(void **state)
{
        static const char *const there[] = {
                ENDPOINT("aws", "eu-west-3", "100000000001", "e"),
                ENDPOINT("aws", "eu-south-1", "100000000002", "m"),
                ENDPOINT("aws", "eu-south-1", "100000000006", "z"),
                ENDPOINT("aws", "eu-west-3", "200000000003", "s"),
                ENDPOINT("aws", "eu-west-3", "300000000001", "u"),
                ENDPOINT("aws-eusc", "eusc-de-east-1", "400000000001", "b"),
                ENDPOINT("aws-eusc", "eusc-de-east-1", "400000000002", "c"),
        };
        struct scan_run run;

        run_scan(&run, state, "accounts:\n" NORD SUD SEUL EUSC LIMITS);
        for (size_t i = 0; i < ELEMENTSOF(there); i++)
                if (!json_object_get(run.resources, there[i]))
                        fail_msg("%s was not found", there[i]);
        assert_int_equal(of_kind(&run, "aws.sagemaker.endpoint"), ELEMENTSOF(there));
        /* one member of one organisation; the others do not wait for it */
        assert_int_equal(json_array_size(run.troubles), 1);
        /* each role is assumed once: 3 and a refusal, 2, and 1 */
        assert_int_equal(calls_as(state, "100000000001", "AssumeRole"), 3);
        assert_int_equal(calls_as(state, "200000000002", "AssumeRole"), 2);
        assert_int_equal(calls_as(state, "400000000001", "AssumeRole"), 1);
        end_scan(&run, state);
}

static void organization_tells_what_is_suspended(void **state)
{
        struct scan_run run;

        run_scan(&run, state, "accounts:\n" NORD LIMITS);
        assert_row(&run, "aws.organizations.account 100000000003 global", "off",
                   "its state is SUSPENDED");
        assert_row(&run, "aws.organizations.account 100000000005 global", "off",
                   "its state is PENDING_CLOSURE");
        assert_int_equal(rows_of(&run, " 100000000003 "), 0);
        assert_int_equal(rows_of(&run, " 100000000005 "), 0);
        assert_row(&run, "aws.organizations.account 100000000002 global", "ok", NULL);
        end_scan(&run, state);
        /* not wanted: not told either */
        run_scan(&run, state,
                 "accounts:\n  - {name: nord, provider: aws, profile: nord, scopes: "
                 "['100000000002'], organization: {role: vigie-read, external_id: "
                 "nord-7f3a}, " NETWORK "}\n" LIMITS);
        assert_null(json_object_get(run.coverage, "aws.organizations.account 100000000003 global"));
        assert_true(rows_of(&run, " 100000000002 ") > 0);
        end_scan(&run, state);
}

static void organization_goes_on_without_a_member_that_refuses(void **state)
{
        struct scan_run run;
        const json_t *trouble;

        run_scan(&run, state, "accounts:\n" NORD LIMITS);
        trouble = json_array_get(run.troubles, 0);
        assert_string_equal(json_member_string(trouble, "scope"), "100000000004");
        assert_int_equal(json_integer_value(json_object_get(trouble, "code")), -EPERM);
        assert_non_null(strstr(json_member_string(trouble, "text"),
                               "role arn:aws:iam::100000000004:role/vigie-read cannot be assumed"));
        assert_non_null(strstr(json_member_string(trouble, "text"), "profile nord in "));
        assert_non_null(strstr(json_member_string(trouble, "text"), "external id"));
        /* its line of coverage; nothing was asked there, and nothing guessed */
        assert_row(&run, "aws.account.region 100000000004 global", "denied", "cannot be assumed");
        assert_int_equal(rows_of(&run, " 100000000004 "), 1);
        assert_int_equal(calls_as(state, "100000000004", NULL), 0);
        end_scan(&run, state);
}

/* How many roles were refused in a scan that spares what was. */
static uint64_t refused_roles(struct scan_run *run, void **state, json_t *denied)
{
        uint64_t before = cloudsim_calls(*state, "sts", "AssumeRole", 403);

        *run = (struct scan_run){ .sink_fails_after = -1, .spare_denied = true, .denied = denied };
        run_prepared(run, state, "accounts:\n" NORD LIMITS);
        return cloudsim_calls(*state, "sts", "AssumeRole", 403) - before;
}

/* A member without the role: not asked for it in every scan, and told as before all the same. */
static void organization_spares_a_member_that_refused(void **state)
{
        json_auto_t *denied = json_object(), *trouble = NULL;
        struct scan_run run;
        json_t *known;

        assert_int_equal(refused_roles(&run, state, denied), 1);
        trouble = json_incref(json_array_get(run.troubles, 0));
        scan_run_done(&run);
        known = json_object_get(json_object_get(denied, "nord 100000000004 "), "sign-in 0");
        assert_int_equal(json_integer_value(json_object_get(known, "times")), 1);

        assert_int_equal(refused_roles(&run, state, denied), 0);
        assert_true(json_equal(trouble, json_array_get(run.troubles, 0)));
        assert_row(&run, "aws.account.region 100000000004 global", "denied", "cannot be assumed");
        assert_true(json_equal(
                json_object_get(
                        json_object_get(run.coverage, "aws.account.region 100000000004 global"),
                        "asked"),
                json_object_get(known, "asked")));
        scan_run_done(&run);

        (void)json_object_set_new(known, "due", json_integer(1));
        assert_int_equal(refused_roles(&run, state, denied), 1);
        known = json_object_get(json_object_get(denied, "nord 100000000004 "), "sign-in 0");
        assert_int_equal(json_integer_value(json_object_get(known, "times")), 2);
        end_scan(&run, state);
}

static void organization_is_listed_by_a_delegated_administrator(void **state)
{
        struct scan_run run;

        run_scan(&run, state, "accounts:\n" SUD LIMITS);
        assert_row(&run, "aws.organizations.account 200000000001 global", "ok", NULL);
        assert_row(&run, "aws.sagemaker.endpoint 200000000001 eu-west-3", "ok", NULL);
        assert_row(&run, "aws.sagemaker.endpoint 200000000003 eu-west-3", "ok", NULL);
        assert_int_equal(json_array_size(run.troubles), 0);
        end_scan(&run, state);
}

/* Neither of them is a reason to leave out the account itself. */
static void organization_that_cannot_be_listed_leaves_the_account(void **state)
{
        struct scan_run run;

        run_scan(&run, state,
                 "accounts:\n  - {name: metier, provider: aws, profile: metier, organization: "
                 "{role: vigie-read}, " NETWORK "}\n" LIMITS);
        assert_row(&run, "aws.organizations.account  global", "denied", "ListAccounts");
        assert_row(&run, "aws.sagemaker.endpoint 200000000003 eu-west-3", "ok", NULL);
        end_scan(&run, state);
        run_scan(&run, state, "accounts:\n" SEUL LIMITS);
        assert_row(&run, "aws.organizations.account  global", "off",
                   "AWSOrganizationsNotInUseException");
        assert_row(&run, "aws.sagemaker.endpoint 300000000001 eu-west-3", "ok", NULL);
        assert_int_equal(json_array_size(run.troubles), 0);
        end_scan(&run, state);
}

/* What holds for all of them is asked once, as the account whose credentials they are. */
static void organization_is_asked_for_its_policies_by_its_manager_only(void **state)
{
        static const char *const rows[] = { "aws.organizations.organization",
                                            "aws.organizations.member", "aws.organizations.scp" };
        struct buffer b = BUFFER_INIT(1024 * 1024);
        struct scan_run run = { .sink_fails_after = -1 };
        _cleanup_(freep) char *config = NULL;
        char key[128];

        exclude_most(&b);
        config = strdup(buffer_text(&b));
        buffer_done(&b);
        assert_non_null(config);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) { /* these are not left out */
                char *at = strstr(config, rows[i]);

                assert_non_null(at);
                memset(at, ' ', strlen(rows[i]) + 1);
        }
        b = (struct buffer)BUFFER_INIT(1024 * 1024);
        buffer_printf(&b,
                      "accounts:\n  - {name: nord, provider: aws, profile: nord, organization: "
                      "{role: vigie-read, external_id: nord-7f3a}, network: {connect_to: "
                      "'@CONNECT@', ca_file: '@CA@'}, exclude: [%s]}\n" LIMITS,
                      config);
        assert_int_equal(scan_run(&run, *state, buffer_text(&b)), 0);
        buffer_done(&b);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                (void)snprintf(key, sizeof(key), "%s 100000000001 global", rows[i]);
                assert_row(&run, key, "ok", NULL);
                (void)snprintf(key, sizeof(key), "%s 100000000002 global", rows[i]);
                assert_null(json_object_get(run.coverage, key));
        }
        assert_int_equal(cloudsim_calls(*state, "organizations", "ListPolicies", 200), 1);
        assert_int_equal(cloudsim_calls(*state, "organizations", "ListPolicies", 400), 0);
        end_scan(&run, state);
}

static void organization_cut_short_is_not_complete(void **state)
{
        struct scan_run run;

        fault(state,
              "{\"match\": {\"operation\": \"ListAccounts\"}, \"do\": {\"truncate\": true}}");
        run_scan(&run, state, "accounts:\n" NORD LIMITS);
        assert_row(&run, "aws.organizations.account  global", "failed", NULL);
        assert_row(&run, "aws.sagemaker.endpoint 100000000001 eu-west-3", "ok", NULL);
        end_scan(&run, state);
}

/* ---- regions of a member
 * ------------------------------------------------------------------------- */

/* Both lists are denied: what is known beforehand is asked, and the lists stay denied. */
static void regions_are_tried_one_by_one(void **state)
{
        struct scan_run run;

        run_scan(&run, state, "accounts:\n" NORD LIMITS);
        assert_row(&run, "aws.account.region 100000000006 global", "denied", "ListRegions");
        assert_row(&run, "aws.ec2.region 100000000006 global", "denied", "DescribeRegions");
        assert_row(&run, "aws.sts.region 100000000006 eu-south-1", "ok", NULL);
        assert_row(&run, "aws.sts.region 100000000006 eu-central-2", "off",
                   "eu-central-2 is not enabled for 100000000006");
        assert_row(&run, "aws.sagemaker.endpoint 100000000006 eu-south-1", "ok", NULL);
        assert_null(
                json_object_get(run.coverage, "aws.sagemaker.endpoint 100000000006 eu-central-2"));
        /* where a list answers, nothing is tried */
        assert_null(json_object_get(run.coverage, "aws.sts.region 100000000002 eu-south-1"));
        end_scan(&run, state);
}

/* That a region does not answer is not that it is off. */
static void regions_that_do_not_answer_are_asked(void **state)
{
        static const char *const faults[] = { "{\"status\": 503}", "{\"code\": \"Throttling\"}",
                                              "{\"status\": 500}" };

        for (size_t i = 0; i < ELEMENTSOF(faults); i++) {
                _cleanup_(freep) char *text = NULL;
                struct scan_run run;

                assert_true(asprintf(&text,
                                     "{\"match\": {\"account\": \"100000000006\", \"service\": "
                                     "\"sts\", \"region\": \"eu-central-2\"}, \"do\": %s}",
                                     faults[i]) > 0);
                fault(state, text);
                run_scan(&run, state, "accounts:\n" NORD LIMITS);
                /* it is off, in truth: what is asked there fails, and shows */
                assert_row(&run, "aws.sagemaker.endpoint 100000000006 eu-central-2", "expired",
                           NULL);
                end_scan(&run, state);
        }
}

static void regions_are_tried_where_they_are_wanted(void **state)
{
        struct scan_run run;

        run_scan(&run, state,
                 "accounts:\n  - {name: nord, provider: aws, profile: nord, regions: [eu-south-1], "
                 "organization: {role: vigie-read, external_id: nord-7f3a}, " NETWORK "}\n" LIMITS);
        assert_row(&run, "aws.sagemaker.endpoint 100000000006 eu-south-1", "ok", NULL);
        assert_null(json_object_get(run.coverage, "aws.sts.region 100000000006 eu-west-3"));
        assert_null(json_object_get(run.coverage, "aws.sagemaker.endpoint 100000000006 us-east-1"));
        end_scan(&run, state);
}

/* Keys that are no good are no good in every region: none of them is off for it. */
static void regions_are_not_off_for_bad_keys(void **state)
{
        struct scan_run run;

        fault(state,
              "{\"match\": {\"account\": \"300000000001\", \"operation\": \"*Regions\"}, \"do\": "
              "{\"denied\": true}}");
        fault(state, "{\"match\": {\"account\": \"300000000001\", \"operation\": "
                     "\"GetCallerIdentity\", \"nth\": 2, \"times\": 100}, \"do\": {\"code\": "
                     "\"InvalidClientTokenId\", \"status\": 403}}");
        run_scan(&run, state, "accounts:\n" SEUL LIMITS);
        assert_row(&run, "aws.sts.region 300000000001 us-east-1", "expired", NULL);
        assert_null(json_object_get(run.coverage, "aws.sts.region 300000000001 eu-west-1"));
        assert_true(json_array_size(run.troubles) > 0);
        end_scan(&run, state);
}

/* ---- the same, scan after scan ------------------------------------------------------------------
 */

#define OF_SOUTH                                                                                   \
        "\"match\": {\"account\": \"100000000006\", \"service\": \"sts\", \"region\": "            \
        "\"eu-south-1\"}"
#define PROBE_OF_SOUTH "aws.sts.region 100000000006 eu-south-1"
#define THINGS_OF_SOUTH "aws.sagemaker.endpoint 100000000006 eu-south-1"

static const char nord[] = "accounts:\n" NORD LIMITS;

static void run_remembering(struct scan_run *run, void **state, json_t *denied, bool spare)
{
        *run = (struct scan_run){ .sink_fails_after = -1, .denied = denied, .spare_denied = spare };
        run_prepared(run, state, nord);
}

static json_t *remembered(json_t *denied, const char *place)
{
        return json_object_get(json_object_get(denied, place), "aws.sts.region 0");
}

static json_int_t asked(const struct scan_run *run, const char *key)
{
        return json_integer_value(json_object_get(json_object_get(run->coverage, key), "asked"));
}

/* What refused to answer is not asked again, and says of when its word is. */
static void regions_that_are_off_rest(void **state)
{
        static const char *const says_off[] = { "InvalidClientTokenId", "RegionDisabledException" };

        for (size_t i = 0; i < ELEMENTSOF(says_off); i++) {
                json_auto_t *denied = json_object();
                _cleanup_(freep) char *text = NULL;
                struct scan_run run;
                json_t *known;

                assert_true(asprintf(&text,
                                     "{" OF_SOUTH ", \"do\": {\"code\": \"%s\", \"status\": 403}}",
                                     says_off[i]) > 0);
                fault(state, text);
                run_remembering(&run, state, denied, true);
                assert_row(&run, PROBE_OF_SOUTH, "off", says_off[i]);
                assert_int_equal(asked(&run, PROBE_OF_SOUTH), 0); /* in this scan */
                scan_run_done(&run);
                known = remembered(denied, "nord 100000000006 eu-south-1");
                assert_non_null(known);
                assert_non_null(remembered(denied, "nord 100000000006 eu-central-2"));
                assert_null(remembered(denied, "nord 100000000006 eu-west-3"));

                run_remembering(&run, state, denied, true);
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                assert_row(&run, PROBE_OF_SOUTH, "off", "eu-south-1 is not enabled for");
                assert_row(&run, PROBE_OF_SOUTH, "off", says_off[i]);
                assert_true(asked(&run, PROBE_OF_SOUTH) > 0);
                assert_int_equal(asked(&run, PROBE_OF_SOUTH),
                                 json_integer_value(json_object_get(known, "asked")));
                assert_null(json_object_get(run.coverage, THINGS_OF_SOUTH));
                assert_row(&run, "aws.sts.region 100000000006 eu-west-3", "ok", NULL);
                scan_run_done(&run);

                run_remembering(&run, state, denied, false); /* a person asks */
                assert_row(&run, PROBE_OF_SOUTH, "off", says_off[i]);
                assert_int_equal(asked(&run, PROBE_OF_SOUTH), 0);
                assert_true(cloudsim_counter(*state, "repeated_after_denial") >= 2);
                end_scan(&run, state);
        }
}

/* One that was switched on in the meantime is read as soon as it is asked. */
static void regions_that_are_on_again_are_read(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        fault(state,
              "{" OF_SOUTH ", \"do\": {\"code\": \"InvalidClientTokenId\", \"status\": 403}}");
        run_remembering(&run, state, denied, true);
        end_scan(&run, state);
        (void)json_object_set_new(remembered(denied, "nord 100000000006 eu-south-1"), "due",
                                  json_integer(1));
        run_remembering(&run, state, denied, true);
        assert_row(&run, PROBE_OF_SOUTH, "ok", NULL);
        assert_row(&run, THINGS_OF_SOUTH, "ok", NULL);
        assert_null(remembered(denied, "nord 100000000006 eu-south-1"));
        end_scan(&run, state);
}

/* Denied is not off: it may hold anything, so all else is asked there, while the question rests. */
static void regions_that_are_denied_rest_and_are_read(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        fault(state, "{" OF_SOUTH ", \"do\": {\"denied\": true}}");
        for (int i = 0; i < 2; i++) {
                run_remembering(&run, state, denied, true);
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                assert_row(&run, PROBE_OF_SOUTH, "denied", NULL);
                assert_true((asked(&run, PROBE_OF_SOUTH) > 0) == (i > 0));
                assert_row(&run, THINGS_OF_SOUTH, "ok", NULL);
                scan_run_done(&run);
        }
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* What rests is no proof of the credentials: bad ones are told, and nothing is off for them. */
static void regions_that_rest_are_not_off_for_bad_keys(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        run_remembering(&run, state, denied, true);
        end_scan(&run, state);
        fault(state, "{\"match\": {\"account\": \"100000000006\", \"service\": \"sts\"}, \"do\": "
                     "{\"code\": \"InvalidClientTokenId\", \"status\": 403}}");
        run_remembering(&run, state, denied, true);
        assert_row(&run, "aws.sts.region 100000000006 us-east-1", "expired", NULL);
        assert_null(json_object_get(run.coverage, "aws.sts.region 100000000006 eu-central-2"));
        assert_true(json_array_size(run.troubles) > 0);
        end_scan(&run, state);
}

/* ---- partitions
 * ------------------------------------------------------------------------------------ */

static void partition_of_the_sovereign_cloud(void **state)
{
        struct scan_run run;
        json_auto_t *log = NULL;
        json_t *row;
        size_t i;

        run_scan(&run, state, "accounts:\n" EUSC LIMITS);
        log = cloudsim_log(*state);
        json_array_foreach(log, i, row)
        {
                const char *host = json_member_string(row, "host");

                if (strstr(host, "amazonaws.com") || strstr(host, "api.aws"))
                        fail_msg("%s is not of the sovereign cloud", host);
        }
        assert_true(cloudsim_calls(*state, "organizations", "ListAccounts", 200) == 1);
        assert_true(cloudsim_calls(*state, "account", "ListRegions", 200) == 2);
        end_scan(&run, state);
}

/* Said wrong, it is refused before anything is asked. */
static void partition_that_disagrees_is_refused(void **state)
{
        static const struct {
                const char *entry, *says;
        } cases[] = {
                { "profile: nord, partition: aws, regions: [eu-west-3, eusc-de-east-1]",
                  "regions: 'eusc-de-east-1' is of partition aws-eusc" },
                { "profile: eusc, partition: aws-eusc, regions: [eu-west-3]",
                  "regions: 'eu-west-3' is of partition aws, and the account is of aws-eusc" },
                { "profile: eusc, partition: aws-eusc, sts_region: eu-west-1",
                  "sts_region: 'eu-west-1'" },
                { "profile: eusc, partition: aws-eusc, role: 'arn:aws:iam::400000000001:role/x'",
                  "role: 'arn:aws:iam::400000000001:role/x' is of partition aws" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *config = NULL;
                struct scan_run run;

                assert_true(asprintf(&config,
                                     "accounts:\n  - {name: a, provider: aws, %s, " NETWORK
                                     "}\n" LIMITS,
                                     cases[i].entry) > 0);
                run_scan(&run, state, config);
                assert_int_equal(json_array_size(run.troubles), 1);
                if (!strstr(json_member_string(json_array_get(run.troubles, 0), "text"),
                            cases[i].says))
                        fail_msg("%s", json_member_string(json_array_get(run.troubles, 0), "text"));
                assert_int_equal(cloudsim_counter(*state, "requests"), 0);
                end_scan(&run, state);
        }
}

/* Keys of another partition: one question, and its answer names the partition. */
static void partition_of_the_keys_is_another(void **state)
{
        struct scan_run run;

        run_scan(&run, state,
                 "accounts:\n  - {name: a, provider: aws, profile: eusc, " NETWORK "}\n" LIMITS);
        assert_int_equal(json_array_size(run.troubles), 1);
        assert_non_null(strstr(json_member_string(json_array_get(run.troubles, 0), "text"),
                               "in partition aws)"));
        assert_int_equal(json_object_size(run.resources), 0);
        assert_row(&run, "aws.sts.identity  global", "expired", NULL);
        assert_int_equal(cloudsim_counter(*state, "requests"), 1);
        end_scan(&run, state);
}

/* ---- hundreds of members
 * -------------------------------------------------------------------------- */

enum { MEMBERS = 500 };

static int setup_many(void **state)
{
        static const char *const more[] = { "--set", "synthetic.accounts=500",
                                            "--set", "synthetic.regions=1",
                                            "--set", "synthetic.per_collector=2",
                                            NULL };

        return begin(state, "tests/worlds/members", more);
}

static void members_by_the_hundred_stay_within_their_budgets(void **state)
{
        struct scan_run run;

        /* some that may not be entered, some in which a list is denied */
        fault(state,
              "[{\"match\": {\"account\": \"10000000010?\", \"operation\": \"ListRegions\"}, "
              "\"do\": {\"denied\": true}}, {\"match\": {\"account\": \"10000000020?\", "
              "\"operation\": \"ListPipelines\"}, \"do\": {\"denied\": true}}]");
        run_scan(&run, state,
                 "accounts:\n  - {name: group, provider: aws, profile: synthetic, organization: "
                 "{role: vigie-read}, " NETWORK "}\n"
                 "limits: {requests_per_second: 300, max_backoff: 5ms}\n");
        assert_int_equal(json_array_size(run.troubles), 0);
        /* two in each but those ten */
        assert_int_equal(run.resources_seen, 2 * (MEMBERS - 10));
        assert_int_equal(cloudsim_calls(*state, "sagemaker", "ListPipelines", 0), MEMBERS);
        assert_row(&run, "aws.sagemaker.pipeline 100000000203 eu-west-1", "denied", NULL);
        /* one sign-in for each member, as fast as the budget lets and no faster */
        assert_int_equal(cloudsim_calls(*state, "sts", "AssumeRole", 0), MEMBERS - 1);
        assert_int_equal(cloudsim_counter(*state, "budget_violations"), 0);
        /* hosts are the same for all members: connections do not grow with them */
        assert_true(cloudsim_counter(*state, "connections") < 10 * MEMBERS);
        end_scan(&run, state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(organizations_are_scanned_side_by_side),
                cmocka_unit_test(organization_tells_what_is_suspended),
                cmocka_unit_test(organization_goes_on_without_a_member_that_refuses),
                cmocka_unit_test(organization_spares_a_member_that_refused),
                cmocka_unit_test(organization_is_listed_by_a_delegated_administrator),
                cmocka_unit_test(organization_that_cannot_be_listed_leaves_the_account),
                cmocka_unit_test(organization_is_asked_for_its_policies_by_its_manager_only),
                cmocka_unit_test(organization_cut_short_is_not_complete),
                cmocka_unit_test(regions_are_tried_one_by_one),
                cmocka_unit_test(regions_that_do_not_answer_are_asked),
                cmocka_unit_test(regions_are_tried_where_they_are_wanted),
                cmocka_unit_test(regions_are_not_off_for_bad_keys),
                cmocka_unit_test(regions_that_are_off_rest),
                cmocka_unit_test(regions_that_are_on_again_are_read),
                cmocka_unit_test(regions_that_are_denied_rest_and_are_read),
                cmocka_unit_test(regions_that_rest_are_not_off_for_bad_keys),
                cmocka_unit_test(partition_of_the_sovereign_cloud),
                cmocka_unit_test(partition_that_disagrees_is_refused),
                cmocka_unit_test(partition_of_the_keys_is_another),
        };
        const struct CMUnitTest many[] = {
                cmocka_unit_test(members_by_the_hundred_stay_within_their_budgets),
        };
        int failed = cmocka_run_group_tests(tests, setup, scan_teardown);

        return failed + cmocka_run_group_tests(many, setup_many, scan_teardown);
}
