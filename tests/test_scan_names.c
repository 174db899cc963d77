/* A host without a name: not offered there when the region's other hosts have names, our own
 * trouble when they have none. The resolver is ours: libcurl finds this getaddrinfo(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fnmatch.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/scan.h"

#define KIND "aws.bedrock.data_automation_project"

/* Read by the resolver's threads; set between scans only. */
static unsigned port;
static const char *const *nameless; /* patterns */
static atomic_int asked;            /* for STS, in the region in question */
static atomic_int fail_after;       /* look-ups; negative: never */

/* Counts down and stays at 0: once broken it is so for all threads, at every moment. */
static bool is_broken(void)
{
        int left = atomic_load(&fail_after);

        while (left > 0 && !atomic_compare_exchange_weak(&fail_after, &left, left - 1))
                ;
        return left == 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
        struct {
                struct addrinfo info;
                struct sockaddr_in address;
        } * found;

        if (fnmatch("sts.eu-central-2.*", node, 0) == 0)
                atomic_fetch_add(&asked, 1);
        if (is_broken())
                return EAI_NONAME;
        for (const char *const *pattern = nameless; pattern && *pattern; pattern++)
                if (fnmatch(*pattern, node, 0) == 0)
                        return EAI_NONAME;
        found = calloc(1, sizeof(*found));
        if (!found)
                return EAI_MEMORY;
        found->address = (struct sockaddr_in){ .sin_family = AF_INET,
                                               .sin_port = htons((uint16_t)port),
                                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        found->info = (struct addrinfo){ .ai_family = AF_INET,
                                         .ai_socktype = SOCK_STREAM,
                                         .ai_protocol = IPPROTO_TCP,
                                         .ai_addrlen = sizeof(found->address),
                                         .ai_addr = (struct sockaddr *)&found->address };
        *ret = &found->info;
        return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
        free(info);
}

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    network: {ca_file: '@CA@'}\n"
        "    regions: [eu-central-2, eu-west-3]\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static int setup(void **state)
{
        scan_aws_small_key();
        atomic_store(&fail_after, -1);
        *state = cloudsim_start("tests/worlds/absent", NULL);
        if (!*state)
                return -1;
        port = cloudsim_port(*state);
        return 0;
}

static void scan(struct scan_run *run, void **state, const char *const *without)
{
        nameless = without;
        atomic_store(&asked, 0);
        assert_int_equal(scan_run(run, *state, config), 0);
        nameless = NULL;
        atomic_store(&fail_after, -1);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void names_all_there_find_what_is_there(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan(&run, state, NULL);
        assert_string_equal(scan_run_state(&run, KIND, "eu-central-2"), "ok");
        assert_non_null(json_object_get(run.resources, "arn:aws:bedrock:eu-central-2:111122223333:"
                                                       "data-automation-project/factures"));
        scan_run_done(&run);
}

static void names_that_only_one_service_lacks_are_absence(void **state)
{
        static const char *const without[] = { "bedrock-data-automation.eu-central-2.*", NULL };
        struct scan_run run = { .sink_fails_after = -1 };

        scan(&run, state, without);
        assert_string_equal(scan_run_state(&run, KIND, "eu-central-2"), "absent");
        assert_non_null(strstr(scan_run_cause(&run, KIND, "eu-central-2"), "there is no host"));
        assert_string_equal(scan_run_state(&run, KIND, "eu-west-3"), "ok");
        assert_int_equal(atomic_load(&asked), 1);
        scan_run_done(&run);
}

static void names_that_a_whole_region_lacks_are_no_absence(void **state)
{
        static const char *const without[] = { "*.eu-central-2.*", NULL };
        struct scan_run run = { .sink_fails_after = -1 };

        scan(&run, state, without);
        assert_string_equal(scan_run_state(&run, KIND, "eu-central-2"), "failed");
        assert_string_equal(scan_run_state(&run, "aws.sagemaker.endpoint", "eu-central-2"),
                            "failed");
        assert_string_equal(scan_run_state(&run, KIND, "eu-west-3"), "ok");
        scan_run_done(&run);
}

/* The resolver breaks in mid-scan: hosts have answered before, and that says nothing any more. */
static void names_lost_in_mid_scan_are_no_absence(void **state)
{
        const char *key;
        json_t *row;

        for (int after = 1; after < 12; after++) {
                struct scan_run run = { .sink_fails_after = -1 };

                atomic_store(&fail_after, after);
                scan(&run, state, NULL);
                json_object_foreach(run.coverage, key, row)
                {
                        const char *is = json_string_value(json_object_get(row, "state"));

                        if (strcmp(is, "absent") == 0 || strcmp(is, "off") == 0)
                                fail_msg("after %d names %s is %s", after, key, is);
                }
                scan_run_done(&run);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_all_there_find_what_is_there),
                cmocka_unit_test(names_that_only_one_service_lacks_are_absence),
                cmocka_unit_test(names_that_a_whole_region_lacks_are_no_absence),
                cmocka_unit_test(names_lost_in_mid_scan_are_no_absence),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
