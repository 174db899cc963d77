/* Where the conversations of a Lex alias are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/aws.h"

#define TEXT(on, group)                                                                            \
        "{\"enabled\":" on ",\"destination\":{\"cloudWatch\":{\"cloudWatchLogGroupArn\":\"" group  \
        "\"}}}"
#define AUDIO(on, more)                                                                            \
        "{\"enabled\":" on ",\"destination\":{\"s3Bucket\":{\"s3BucketArn\":\"b\"" more "}}}"
#define LOGS(text, audio) "{\"textLogSettings\":[" text "],\"audioLogSettings\":[" audio "]}"

static const struct {
        const char *what, *settings, *destination, *key;
} lex_logs[] = {
        { "text only", LOGS(TEXT("true", "g"), ""), "[\"g\"]", "absent" },
        { "audio switched off, its bucket still there",
          LOGS(TEXT("true", "g"), AUDIO("false", ",\"kmsKeyArn\":\"k\"")), "[\"g\"]", "absent" },
        { "both", LOGS(TEXT("true", "g"), AUDIO("true", ",\"kmsKeyArn\":\"k\"")), "[\"g\",\"b\"]",
          "[\"k\"]" },
        { "audio below a prefix", LOGS("", AUDIO("true", ",\"logPrefix\":\"p\"")), "[\"b/p\"]",
          "absent" },
        { "both off", LOGS(TEXT("false", "g"), AUDIO("false", "")), "absent", "absent" },
        { "no settings in it", "{}", "absent", "absent" },
        { "not in a known form", "[1]", "unknown", "unknown" },
        { "denied", "unknown", "unknown", NULL },
        { "none", "absent", "absent", NULL },
};

/* want: JSON, "absent", "unknown", or NULL for not collected. */
static void assert_fact(const struct resource *r, const char *fact, const char *want)
{
        const json_t *value = NULL;
        enum fact_state state = fact_get(r->facts, fact, &value, NULL);
        _cleanup_(freep) char *text = state == FACT_KNOWN ? json_canonical(value) : NULL;

        if (!want)
                assert_null(json_object_get(r->facts, fact));
        else
                assert_string_equal(text ? text : fact_state_name(state), want);
}

static struct resource *alias_with(const char *settings)
{
        struct place place = { "aws", "bench", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.lex.bot_alias");
        int k;

        assert_non_null(r);
        if (strcmp(settings, "absent") == 0)
                k = fact_set_absent(r->facts, "log.destination", 3);
        else if (strcmp(settings, "unknown") == 0)
                k = fact_set_unknown(r->facts, "log.destination", "denied: x");
        else
                k = fact_set_known_take(r->facts, "log.destination",
                                        json_loads(settings, JSON_DECODE_ANY, NULL), 3);
        assert_int_equal(k, 0);
        return r;
}

static void lex_logs_are_those_that_are_written(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lex_logs); i++) {
                _cleanup_(resource_freep) struct resource *r = alias_with(lex_logs[i].settings);

                print_message("%s\n", lex_logs[i].what);
                assert_int_equal(aws_refine_lex_logs(NULL, r, NULL, NULL), 0);
                assert_fact(r, "log.destination", lex_logs[i].destination);
                assert_fact(r, "log.encryption_key", lex_logs[i].key);
                if (lex_logs[i].destination[0] == '[')
                        assert_int_equal(fact_evidence(r->facts, "log.destination"), 3);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(lex_logs_are_those_that_are_written),
        };

        return cmocka_run_group_tests_name("aws_lex", tests, NULL, NULL);
}
