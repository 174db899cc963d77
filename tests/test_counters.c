/* What metrics count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/watch/counters.h"

static void ask(struct counters *c, const char *provider, const char *service,
                enum asked_outcome outcome, uint64_t elapsed_usec)
{
        const struct asked_call call = { .provider = provider,
                                         .service = service,
                                         .outcome = outcome,
                                         .elapsed_usec = elapsed_usec };

        counters_asked(c, &call);
}

/* Series keep their order, in whatever order calls come. */
static void counters_are_sorted(void **state)
{
        static const char *const order[][2] = { { "aws", "aws.bedrock" },
                                                { "aws", "aws.sagemaker" },
                                                { "ovh", "ovh.ai" },
                                                { "scaleway", "scaleway.iam" } };
        static const size_t come[] = { 2, 0, 3, 1, 0, 2 };
        struct counters c = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(come); i++)
                ask(&c, order[come[i]][0], order[come[i]][1], ASKED_OK, 1);
        assert_int_equal(c.n_services, ELEMENTSOF(order));
        for (size_t i = 0; i < ELEMENTSOF(order); i++) {
                assert_string_equal(c.services[i].provider, order[i][0]);
                assert_string_equal(c.services[i].service, order[i][1]);
        }
        assert_int_equal(c.services[0].calls[ASKED_OK], 2);
        assert_int_equal(c.services[1].calls[ASKED_OK], 1);
        assert_int_equal(c.n_durations, 3);
        assert_string_equal(c.durations[1].provider, "ovh");
        assert_int_equal(c.durations[1].n, 2);
        counters_done(&c);
}

/* rate() needs a beginning: what may come counts 0 before it does. */
static void counters_expect_from_zero(void **state)
{
        struct counters c = { 0 };

        counters_expect(&c, "aws", "aws.sagemaker");
        counters_expect(&c, "aws", "aws.sagemaker");
        assert_int_equal(c.n_services, 1);
        assert_int_equal(c.n_durations, 1);
        for (int o = 0; o < ASKED_MAX; o++)
                assert_int_equal(c.services[0].calls[o], 0);
        assert_int_equal(c.services[0].retries, 0);
        assert_int_equal(c.services[0].spared, 0);
        assert_int_equal(c.durations[0].n, 0);
        ask(&c, "aws", "aws.sagemaker", ASKED_DENIED, 1);
        counters_expect(&c, "aws", "aws.sagemaker"); /* a reload takes nothing back */
        assert_int_equal(c.services[0].calls[ASKED_DENIED], 1);
        counters_done(&c);
        assert_int_equal(c.n_services, 0);
        counters_done(&c);
}

static void counters_know_each_outcome(void **state)
{
        struct counters c = { 0 };
        struct asked_call again = {
                .provider = "gcp", .service = "gcp.iam", .outcome = ASKED_OK, .again = true
        };

        for (int o = 0; o < ASKED_MAX; o++)
                for (int i = 0; i <= o; i++)
                        ask(&c, "gcp", "gcp.iam", (enum asked_outcome)o, 1);
        counters_asked(&c, &again);
        assert_int_equal(c.services[0].calls[ASKED_OK], 2);
        for (int o = 1; o < ASKED_MAX; o++)
                assert_int_equal(c.services[0].calls[o], o + 1);
        assert_int_equal(c.services[0].retries, 1);
        counters_done(&c);
}

/* A request that was not made is none: no call, no outcome, no time. */
static void counters_keep_spared_calls_apart(void **state)
{
        const struct asked_call spared = {
                .provider = "aws", .service = "aws.iam", .spared = true, .again = true
        };
        struct counters c = { 0 };

        counters_asked(&c, &spared);
        counters_asked(&c, &spared);
        assert_int_equal(c.services[0].spared, 2);
        assert_int_equal(c.services[0].retries, 0);
        for (int o = 0; o < ASKED_MAX; o++)
                assert_int_equal(c.services[0].calls[o], 0);
        assert_int_equal(c.durations[0].n, 0);
        for (size_t i = 0; i < DURATION_BUCKETS; i++)
                assert_int_equal(c.durations[0].buckets[i], 0);
        counters_done(&c);
}

/* Each bucket has all up to its bound, that itself included; what took longer is in the whole
 * alone. */
static void counters_fill_buckets_up_to_their_bound(void **state)
{
        static const struct {
                uint64_t elapsed_usec;
                size_t first; /* bucket that has it, and all after it */
        } cases[] = {
                { 0, 0 },
                { 50 * USEC_PER_MSEC, 0 },
                { 50 * USEC_PER_MSEC + 1, 1 },
                { 250 * USEC_PER_MSEC, 2 },
                { 10 * USEC_PER_SEC, DURATION_BUCKETS - 1 },
                { 10 * USEC_PER_SEC + 1, DURATION_BUCKETS },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct counters c = { 0 };

                ask(&c, "aws", "aws.iam", ASKED_OK, cases[i].elapsed_usec);
                for (size_t k = 0; k < DURATION_BUCKETS; k++)
                        assert_int_equal(c.durations[0].buckets[k], k >= cases[i].first);
                assert_int_equal(c.durations[0].n, 1);
                assert_int_equal(c.durations[0].sum_usec, cases[i].elapsed_usec);
                counters_done(&c);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(counters_are_sorted),
                cmocka_unit_test(counters_expect_from_zero),
                cmocka_unit_test(counters_know_each_outcome),
                cmocka_unit_test(counters_keep_spared_calls_apart),
                cmocka_unit_test(counters_fill_buckets_up_to_their_bound),
        };

        return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
