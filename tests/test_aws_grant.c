/* What policies of IAM grant without bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/provider.h"

extern const struct provider aws_provider;

static struct resource *refined(const char *facts)
{
        const struct place place = { "aws", "prod", "111122223333", "global" };
        struct resource *r = resource_new(&place, "aws.iam.policy_grant");
        json_auto_t *more = json_loads(facts, 0, NULL), *item = json_object();
        struct error err = { 0 };
        size_t runs = 0;

        assert_non_null(r);
        if (!more)
                fail_msg("%s", facts);
        assert_int_equal(json_object_update(r->facts, more), 0);
        for (size_t i = 0; i < aws_provider.n_refinements; i++) {
                if (strcmp(aws_provider.refinements[i].name, "aws_grant") != 0)
                        continue;
                assert_int_equal(aws_provider.refinements[i].run(NULL, r, item, &err), 0);
                runs++;
        }
        assert_int_equal(runs, 1);
        return r;
}

/* As IAM writes it: everything that is no letter or digit is encoded. */
static void encode(struct buffer *b, const char *document)
{
        for (const char *p = document; *p; p++)
                if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9'))
                        buffer_append(b, p, 1);
                else
                        buffer_printf(b, "%%%02X", (unsigned)(unsigned char)*p);
}

#define POLICY(statements) "{\"Version\": \"2012-10-17\", \"Statement\": " statements "}"
#define ALLOW(action) "{\"Effect\": \"Allow\", \"Action\": " action ", \"Resource\": \"*\"}"

static void grant_names_whole_services(void **state)
{
        static const struct {
                const char *document;
                const char *want; /* the list; "absent", "unknown" */
        } rows[] = {
                { POLICY("[" ALLOW("\"*\"") "]"), "[\"*\"]" },
                { POLICY(ALLOW("\"bedrock:*\"")), "[\"bedrock:*\"]" },
                { POLICY("[" ALLOW("[\"bedrock:*\", \"s3:Get*\", \"sagemaker:*\"]") ", " ALLOW(
                          "\"bedrock:*\"") "]"),
                  "[\"bedrock:*\", \"sagemaker:*\"]" },
                { POLICY("[{\"Effect\": \"Allow\", \"NotAction\": [\"iam:*\"], \"Resource\": "
                         "[\"*\"]}]"),
                  "[\"*\"]" },
                /* less than a whole service, on less than everything, or nothing at all */
                { POLICY("[" ALLOW("[\"bedrock:List*\", \"bedrock:InvokeModel\"]") "]"), "absent" },
                { POLICY("[{\"Effect\": \"Allow\", \"Action\": \"bedrock:*\", \"Resource\": "
                         "\"arn:aws:bedrock:eu-west-3::foundation-model/m\"}]"),
                  "absent" },
                { POLICY("[{\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]"),
                  "absent" },
                { POLICY("[]"), "absent" },
                /* not to be read */
                { "{\"Version\": \"2012-10-17\"}", "unknown" },
                { "<policy/>", "unknown" },
                { "", "unknown" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct buffer b = BUFFER_INIT(8192);
                json_auto_t *want = json_loads(rows[i].want, 0, NULL);
                const json_t *value = NULL;
                struct resource *r;
                enum fact_state is;

                buffer_add(&b, "{\"access.permissions\": {\"state\": \"known\", \"value\": [");
                buffer_add(&b, "{\"VersionId\": \"v1\", \"IsDefaultVersion\": \"false\", "
                               "\"Document\": \"%7B%7D\"}, ");
                buffer_add(&b, "{\"VersionId\": \"v2\", \"IsDefaultVersion\": true, "
                               "\"Document\": \"");
                encode(&b, rows[i].document);
                buffer_add(&b, "\"}]}}");
                r = refined(buffer_text(&b));
                is = fact_get(r->facts, "access.permissions", &value, NULL);
                if (want ? is != FACT_KNOWN || !json_equal(value, want)
                         : strcmp(fact_state_name(is), rows[i].want) != 0)
                        fail_msg("row %zu: %s", i, rows[i].document);
                buffer_done(&b);
                (void)resource_free(r);
        }
}

static void grant_reads_policies_of_an_identity_itself(void **state)
{
        struct resource *r = refined("{\"access.permissions\": {\"state\": \"known\", \"value\": "
                                     "[{\"PolicyName\": \"p\", \"PolicyDocument\": "
                                     "\"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22"
                                     "Action%22%3A%22sagemaker%3A%2A%22%2C%22Resource%22%3A%22%2A%"
                                     "22%7D%5D%7D\"}]}}");
        const json_t *value = NULL;

        (void)state;
        assert_int_equal(fact_get(r->facts, "access.permissions", &value, NULL), FACT_KNOWN);
        assert_string_equal(json_string_value(json_array_get(value, 0)), "sagemaker:*");
        (void)resource_free(r);
}

static void grant_counts_what_xml_writes_as_text(void **state)
{
        static const struct {
                const char *value;
                enum fact_state state;
                json_int_t n;
        } rows[] = { { "\"3\"", FACT_KNOWN, 3 },
                     { "3", FACT_KNOWN, 3 },
                     { "\"many\"", FACT_UNKNOWN, 0 } };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *facts = NULL;
                const json_t *value = NULL;
                const char *cause = NULL;
                struct resource *r;

                assert_true(asprintf(&facts,
                                     "{\"access.permissions\": {\"state\": \"unknown\", \"cause\": "
                                     "\"denied\"}, \"access.principals\": {\"state\": \"known\", "
                                     "\"value\": %s}}",
                                     rows[i].value) > 0);
                r = refined(facts);
                assert_int_equal(fact_get(r->facts, "access.principals", &value, &cause),
                                 rows[i].state);
                if (rows[i].state == FACT_KNOWN)
                        assert_int_equal(json_integer_value(value), rows[i].n);
                /* what was not read stays so */
                assert_int_equal(fact_get(r->facts, "access.permissions", &value, &cause),
                                 FACT_UNKNOWN);
                (void)resource_free(r);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grant_names_whole_services),
                cmocka_unit_test(grant_reads_policies_of_an_identity_itself),
                cmocka_unit_test(grant_counts_what_xml_writes_as_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
