/* What a bucket's own policy refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/provider.h"

extern const struct provider aws_provider;

static const char fact[] = "encryption.https_only";

static struct resource *refined(const char *facts)
{
        const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.s3.data_bucket");
        json_auto_t *more = json_loads(facts, 0, NULL), *item = json_object();
        struct error err = { 0 };
        size_t runs = 0;

        assert_non_null(r);
        assert_non_null(more);
        assert_int_equal(json_object_update(r->facts, more), 0);
        for (size_t i = 0; i < aws_provider.n_refinements; i++) {
                if (strcmp(aws_provider.refinements[i].name, "s3_bucket") != 0)
                        continue;
                assert_int_equal(aws_provider.refinements[i].run(NULL, r, item, &err), 0);
                runs++;
        }
        assert_int_equal(runs, 1);
        return r;
}

#define DENY(principal, action, resource, condition)                                               \
        "{\"Effect\": \"Deny\", \"Principal\": " principal ", \"Action\": " action                 \
        ", \"Resource\": " resource ", \"Condition\": " condition "}"
#define ALL "\"*\""
#define ANY "\"s3:*\""
#define OBJECTS "[\"arn:aws:s3:::b\", \"arn:aws:s3:::b/*\"]"
#define CLEAR "{\"Bool\": {\"aws:SecureTransport\": \"false\"}}"

static void policy_refuses_plain_http_to_everybody_or_not(void **state)
{
        static const struct {
                const char *statements;
                bool refuses;
        } rows[] = {
                { "[" DENY(ALL, ANY, OBJECTS, CLEAR) "]", true },
                { DENY(ALL, ANY, OBJECTS, CLEAR), true },
                { "[{\"Effect\": \"Allow\"}, " DENY("{\"AWS\": \"*\"}", "\"*\"", ALL, CLEAR) "]",
                  true },
                { "[" DENY("{\"AWS\": [\"*\"]}", "[\"s3:*\"]", OBJECTS,
                           "{\"Bool\": {\"AWS:SecureTransport\": [\"false\"]}}") "]",
                  true },
                { "[" DENY(ALL, ANY, OBJECTS,
                           "{\"BoolIfExists\": {\"aws:SecureTransport\": "
                           "false}}") "]",
                  true },
                /* nobody, or not everybody */
                { "[]", false },
                { "[" DENY("{\"AWS\": \"arn:aws:iam::111122223333:root\"}", ANY, OBJECTS,
                           CLEAR) "]",
                  false },
                { "[{\"Effect\": \"Deny\", \"NotPrincipal\": \"*\", \"Action\": \"s3:*\", "
                  "\"Resource\": \"*\", \"Condition\": " CLEAR "}]",
                  false },
                /* not everything */
                { "[" DENY(ALL, "\"s3:PutObject\"", OBJECTS, CLEAR) "]", false },
                { "[" DENY(ALL, ANY, "\"arn:aws:s3:::b\"", CLEAR) "]", false },
                { "[" DENY(ALL, ANY, "\"arn:aws:s3:::b/logs*\"", CLEAR) "]", false },
                /* under another condition, or one more */
                { "[" DENY(ALL, ANY, OBJECTS,
                           "{\"Bool\": {\"aws:SecureTransport\": \"true\"}}") "]",
                  false },
                { "[" DENY(ALL, ANY, OBJECTS,
                           "{\"Bool\": {\"aws:SecureTransport\": \"false\"}, \"StringEquals\": "
                           "{\"aws:PrincipalOrgID\": \"o-1\"}}") "]",
                  false },
                { "[" DENY(ALL, ANY, OBJECTS,
                           "{\"Bool\": {\"aws:SecureTransport\": \"false\", "
                           "\"aws:ViaAWSService\": \"false\"}}") "]",
                  false },
                { "[" DENY(ALL, ANY, OBJECTS, "{}") "]", false },
                { "[{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:*\", "
                  "\"Resource\": \"*\", \"Condition\": " CLEAR "}]",
                  false },
                { "[7, \"Deny\", null]", false },
                { "\"Deny\"", false },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *facts = NULL;
                struct resource *r;
                const json_t *value = NULL;

                assert_true(asprintf(&facts, "{\"%s\": {\"state\": \"known\", \"value\": %s}}",
                                     fact, rows[i].statements) > 0);
                r = refined(facts);
                assert_int_equal(fact_get(r->facts, fact, &value, NULL), FACT_KNOWN);
                if (!json_is_boolean(value) || json_is_true(value) != rows[i].refuses)
                        fail_msg("row %zu: %s", i, rows[i].statements);
                (void)resource_free(r);
        }
}

static void policy_that_is_not_there_refuses_nothing(void **state)
{
        struct resource *r = refined("{\"encryption.https_only\": {\"state\": \"absent\"}}");
        const json_t *value = NULL;

        (void)state;
        assert_int_equal(fact_get(r->facts, fact, &value, NULL), FACT_KNOWN);
        assert_true(json_is_false(value));
        (void)resource_free(r);
}

static void policy_that_was_not_read_stays_unknown(void **state)
{
        struct resource *r = refined("{\"encryption.https_only\": {\"state\": \"unknown\", "
                                     "\"cause\": \"denied: s3:GetBucketPolicy\"}}");
        const char *cause = NULL;
        const json_t *value = NULL;
        struct resource *without = refined("{}");

        (void)state;
        assert_int_equal(fact_get(r->facts, fact, &value, &cause), FACT_UNKNOWN);
        assert_string_equal(cause, "denied: s3:GetBucketPolicy");
        assert_null(json_object_get(without->facts, fact));
        (void)resource_free(r);
        (void)resource_free(without);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(policy_refuses_plain_http_to_everybody_or_not),
                cmocka_unit_test(policy_that_is_not_there_refuses_nothing),
                cmocka_unit_test(policy_that_was_not_read_stays_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
