/* Events as they are posted: CloudEvents with a signature that a receiver can check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/webhook.h"

#define SOURCE "urn:vigie:guet.example.eu"

static json_t *body_of(enum event_kind kind, const char *fields, enum language language,
                       size_t *ret_length)
{
        json_auto_t *given = json_loads(fields, 0, NULL);
        const struct store_event event = {
                .sequence = 42, .kind = kind, .created = "2026-11-26T08:00:00Z", .fields = given
        };
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };
        json_t *body;

        assert_non_null(given);
        assert_int_equal(webhook_body(&text, &event, SOURCE, language, &err), 0);
        body = json_loads(text, 0, NULL);
        assert_non_null(body);
        if (ret_length)
                *ret_length = strlen(text);
        return body;
}

static const char opened[] =
        "{\"provider\": \"aws\", \"account\": \"prod\", \"scope\": \"111122223333\","
        " \"region\": \"eu-west-3\", \"resource\": \"arn:a\", \"rule\": \"LOC-001\","
        " \"severity\": \"high\", \"verdict\": \"fail\", \"scan\": \"s1\","
        " \"why\": {\"en\": \"It works elsewhere.\", \"fr\": \"Ailleurs.\"}}";

static void event_says_what_happened(void **state)
{
        static const char *const expected[][2] = {
                { "specversion", "1.0" },
                { "id", "2026-11-26T08:00:00Z-42" },
                { "source", SOURCE },
                { "type", "vigie.finding.opened.v1" },
                { "time", "2026-11-26T08:00:00Z" },
                { "datacontenttype", "application/json" },
                { "severity", "high" },
                { "subject", "aws/prod/111122223333/eu-west-3/arn:a" },
        };
        json_auto_t *body = body_of(EVENT_FINDING_OPENED, opened, LANGUAGE_EN, NULL);
        const json_t *data = json_object_get(body, "data");

        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                assert_string_equal(json_member_string(body, expected[i][0]), expected[i][1]);
        assert_string_equal(json_member_string(data, "rule"), "LOC-001");
        assert_string_equal(json_member_string(data, "message_id"),
                            alert_message_id(EVENT_FINDING_OPENED));
        assert_non_null(strstr(json_member_string(data, "message"), "LOC-001"));
        assert_null(json_object_get(data, "truncated"));
}

static void event_speaks_the_readers_language(void **state)
{
        json_auto_t *en = body_of(EVENT_FINDING_OPENED, opened, LANGUAGE_EN, NULL);
        json_auto_t *fr = body_of(EVENT_FINDING_OPENED, opened, LANGUAGE_FR, NULL);

        assert_string_not_equal(json_path_string(en, "data.message"),
                                json_path_string(fr, "data.message"));
        assert_string_equal(json_member_string(en, "type"), json_member_string(fr, "type"));
}

/* Receivers choose by type: each kind has its own, of the same shape. */
static void event_types_are_distinct(void **state)
{
        char seen[4096] = "|";

        for (int kind = 0; kind < EVENT_KIND_MAX; kind++) {
                json_auto_t *body =
                        body_of((enum event_kind)kind, "{\"event\": \"gone\"}", LANGUAGE_EN, NULL);
                const char *type = json_member_string(body, "type");
                char key[128];

                (void)snprintf(key, sizeof(key), "|%s|", type);
                if (strncmp(type, "vigie.", 6) != 0 ||
                    strcmp(type + strlen(type) - 3, ".v1") != 0 || strstr(seen, key))
                        fail_msg("kind %d is called %s", kind, type);
                (void)strncat(seen, key + 1, sizeof(seen) - strlen(seen) - 1);
        }
}

/* Of nothing in particular there is no subject, and of what has no severity none. */
static void event_leaves_out_what_is_not_there(void **state)
{
        json_auto_t *body =
                body_of(EVENT_SCAN_FINISHED, "{\"scan\": \"s1\", \"calls\": 3}", LANGUAGE_EN, NULL);
        json_auto_t *partly = body_of(EVENT_COVERAGE_LOST,
                                      "{\"provider\": \"ovh\", \"scope\": \"\", \"region\": "
                                      "\"GRA\", \"severity\": 7}",
                                      LANGUAGE_EN, NULL);

        assert_null(json_object_get(body, "subject"));
        assert_null(json_object_get(body, "severity"));
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(body, "data"), "calls")), 3);
        assert_string_equal(json_member_string(partly, "subject"), "ovh/GRA");
        assert_null(json_object_get(partly, "severity"));
}

static char *long_fields(size_t changes, size_t resource)
{
        json_auto_t *fields = json_loads(opened, 0, NULL);
        _cleanup_(freep) char *id = calloc(1, resource + 1);
        json_t *list = json_array();

        memset(id, 'x', resource);
        for (size_t i = 0; i < changes; i++)
                (void)json_array_append_new(list,
                                            json_pack("{s:s, s:s, s:s}", "fact", "log.destination",
                                                      "from", "a", "to", "b"));
        (void)json_object_set_new(fields, "changes", list);
        if (resource > 0)
                (void)json_object_set_new(fields, "resource", json_string(id));
        return json_dumps(fields, 0);
}

/* 64 KiB is what every intermediary takes: beyond it what is long is left to the store. */
static void event_that_is_too_long_is_cut_and_says_so(void **state)
{
        _cleanup_(freep) char *some = long_fields(100, 0), *many = long_fields(3000, 0);
        size_t length = 0;
        json_auto_t *whole = body_of(EVENT_RESOURCE_CHANGED, some, LANGUAGE_EN, &length);
        json_auto_t *cut = NULL;

        assert_true(length < 64 * 1024);
        assert_int_equal(
                json_array_size(json_object_get(json_object_get(whole, "data"), "changes")), 100);
        cut = body_of(EVENT_RESOURCE_CHANGED, many, LANGUAGE_EN, &length);
        assert_true(length < 64 * 1024);
        assert_true(json_is_true(json_object_get(json_object_get(cut, "data"), "truncated")));
        assert_null(json_object_get(json_object_get(cut, "data"), "changes"));
        assert_string_equal(json_path_string(cut, "data.rule"), "LOC-001");
        assert_string_equal(json_member_string(cut, "id"), json_member_string(whole, "id"));
}

static void event_with_an_endless_id_has_a_short_subject(void **state)
{
        _cleanup_(freep) char *fields = long_fields(0, 5000);
        json_auto_t *body = body_of(EVENT_FINDING_OPENED, fields, LANGUAGE_EN, NULL);
        const char *subject = json_member_string(body, "subject");

        assert_non_null(subject);
        assert_true(strlen(subject) <= 2048);
        assert_int_equal(strncmp(subject, "aws/prod/", 9), 0);
        assert_int_equal(strlen(json_path_string(body, "data.resource")), 5000);
}

/* As a receiver makes it: openssl dgst -sha256 -hmac s3cret over "1764129600.{"a":1}". */
static void signature_is_of_time_and_body(void **state)
{
        static const char hex[] =
                "d4d842d39cad0698425c6fb2ca8a57c58342bcf7f66b3197093876ad5b4876a8";
        char text[WEBHOOK_SIGNATURE_MAX], other[WEBHOOK_SIGNATURE_MAX];

        assert_non_null(webhook_sign("s3cret", UINT64_C(1764129600999999), "{\"a\":1}", text));
        assert_int_equal(strncmp(text, "t=1764129600,sha256=", 20), 0);
        assert_string_equal(text + 20, hex);
        assert_non_null(webhook_sign("s3cret", UINT64_C(1764129601000000), "{\"a\":1}", other));
        assert_string_not_equal(text + 20, other + 20);
        assert_non_null(webhook_sign("S3cret", UINT64_C(1764129600000000), "{\"a\":1}", other));
        assert_string_not_equal(text, other);
        assert_non_null(webhook_sign("s3cret", UINT64_C(1764129600000000), "{\"a\":2}", other));
        assert_string_not_equal(text, other);
        assert_non_null(webhook_sign("s", UINT64_MAX, "", text));
        assert_true(strlen(text) < WEBHOOK_SIGNATURE_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(event_says_what_happened),
                cmocka_unit_test(event_speaks_the_readers_language),
                cmocka_unit_test(event_types_are_distinct),
                cmocka_unit_test(event_leaves_out_what_is_not_there),
                cmocka_unit_test(event_that_is_too_long_is_cut_and_says_so),
                cmocka_unit_test(event_with_an_endless_id_has_a_short_subject),
                cmocka_unit_test(signature_is_of_time_and_body),
        };

        return cmocka_run_group_tests_name("webhook_event", tests, NULL, NULL);
}
