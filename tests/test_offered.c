/* config/offered/<provider>.yaml: what is refused, with its place, and how a bare status is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/engine/catalogue.h"
#include "daemon/engine/offered.h"

static char dir[] = "/tmp/vigie-offered-XXXXXX";

static int setup(void **state)
{
        char path[128];

        if (!mkdtemp(dir))
                return -1;
        (void)snprintf(path, sizeof(path), "%s/offered", dir);
        return mkdir(path, 0700);
}

static int teardown(void **state)
{
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/offered/aws.yaml", dir);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/offered", dir);
        (void)rmdir(path);
        return rmdir(dir);
}

static int load(struct catalogue **ret, const char *text, struct error *err)
{
        char path[128];
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/offered/aws.yaml", dir);
        f = fopen(path, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        (void)fclose(f);
        return catalogue_load(ret, "config", dir, err);
}

#define CLAIM(more)                                                                                \
        "provider: aws\n"                                                                          \
        "claims:\n"                                                                                \
        "  - source: here\n"                                                                       \
        "    checked: 2026-11-23\n" more

static void offered_refuses_with_its_place(void **state)
{
        static const struct {
                const char *text, *expected; /* after "<file>:" */
        } cases[] = {
                { CLAIM("    service: aws.nothing_like_it\n    regions: [eu-west-3]\n"),
                  "5:14: no service 'aws.nothing_like_it' in the catalogue" },
                { CLAIM("    service: scaleway.inference\n    regions: [eu-west-3]\n"),
                  "5:14: service 'scaleway.inference' must begin with 'aws.'" },
                { CLAIM("    service: awsome.thing\n    regions: [eu-west-3]\n"),
                  "5:14: service 'awsome.thing' must begin with 'aws.'" },
                { CLAIM("    service: aws.bedrock\n    calls: [ListFlows]\n    regions: [a]\n"),
                  "6:12: aws.bedrock makes no call 'ListFlows'" },
                { CLAIM("    service: aws.bedrock\n    regions: [EU West]\n"),
                  "6:14: 'EU West' is no region" },
                { CLAIM("    service: aws.bedrock\n    regions: ['*']\n"),
                  "6:14: '*' is no region" },
                { CLAIM("    service: aws.bedrock\n    regions: [a, b]\n    not_in: [b]\n"),
                  "7:13: 'b' stands in 'regions' and in 'not_in'" },
                { CLAIM("    service: aws.bedrock\n"), "3:5: needs 'regions' or 'not_in'" },
                { CLAIM("    service: aws.bedrock\n    regions: [a]\n"
                        "    absent_when: [{code: X}]\n"),
                  "7:18: 'absent_when' without 'not_in' says nothing" },
                { CLAIM("    service: aws.bedrock\n    not_in: [a]\n"
                        "    absent_when: [{code: X, text: '['}]\n"),
                  "7:35: '[' is no regular expression" },
                { CLAIM("    service: aws.bedrock\n    not_in: [a]\n"
                        "    absent_when: [{text: x}]\n"),
                  "7:19: 'code' is missing" },
                { CLAIM("    service: aws.bedrock\n    places: [a]\n"),
                  "6:5: unknown key 'places'" },
                { "provider: aws\nclaims:\n  - {service: aws.bedrock, regions: [a], source: x, "
                  "checked: lately}\n",
                  "3:62: 'lately' is no date" },
                { "provider: aws\nclaims:\n  - {service: aws.bedrock, regions: [a], source: x}\n",
                  "3:5: 'checked' is missing" },
                { "provider: scaleway\n", "1:11: this is the file of 'aws'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(catalogue_freep) struct catalogue *c = NULL;
                struct error err = { 0 };
                const char *at;

                assert_int_equal(load(&c, cases[i].text, &err), -EINVAL);
                at = strstr(err.text, "aws.yaml:");
                if (!at || strncmp(at + strlen("aws.yaml:"), cases[i].expected,
                                   strlen(cases[i].expected)) != 0)
                        fail_msg("%s, and not %s", err.text, cases[i].expected);
        }
}

static const char claims[] =
        "provider: aws\n"
        "claims:\n"
        "  - {service: aws.bedrock, regions: [here], not_in: [nowhere], source: the list, checked: "
        "2026-06-01, unverified: true}\n"
        "  - {service: aws.bedrock, calls: [ListCustomModels], regions: [one], not_in: ['*'], "
        "absent_when: [{code: AccessDenied}], source: the call, checked: 2026-06-01}\n"
        "  - {service: aws.bedrock, calls: [ListCustomModels], regions: [two], source: another, "
        "checked: 2026-06-01}\n";

static const struct {
        const char *call, *region;
        struct reply_meaning said;
        enum reply_kind kind;
        const char *text; /* a part of it; NULL: as it was */
} readings[] = {
        { "ListGuardrails",
          "here",
          { .kind = REPLY_ABSENT, .code = "HTTP 404" },
          REPLY_REFUSED,
          "where it is offered: here (the list, unverified, checked 2026-06-01)" },
        { "ListGuardrails", "here", { .kind = REPLY_ABSENT, .stated = true }, REPLY_ABSENT, NULL },
        { "ListGuardrails",
          "nowhere",
          { .kind = REPLY_ABSENT, .code = "HTTP 404" },
          REPLY_ABSENT,
          NULL },
        { "ListGuardrails",
          "elsewhere",
          { .kind = REPLY_ABSENT, .code = "HTTP 404" },
          REPLY_ABSENT,
          NULL },
        { "ListGuardrails",
          "nowhere",
          { .kind = REPLY_DENIED, .code = "AccessDenied" },
          REPLY_DENIED,
          "perhaps not offered in nowhere" },
        /* the call's own claim wins over the service's */
        { "ListCustomModels",
          "here",
          { .kind = REPLY_DENIED, .code = "AccessDenied" },
          REPLY_ABSENT,
          "not offered in here (the call, checked 2026-06-01)" },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_DENIED, .code = "AccessDenied", .stated = true },
          REPLY_DENIED,
          NULL },
        { "ListCustomModels",
          "one",
          { .kind = REPLY_DENIED, .code = "AccessDenied" },
          REPLY_DENIED,
          NULL },
        /* sources that disagree: it may be there */
        { "ListCustomModels",
          "two",
          { .kind = REPLY_DENIED, .code = "AccessDenied" },
          REPLY_DENIED,
          NULL },
        /* only refusals are read again */
        { "ListCustomModels",
          "here",
          { .kind = REPLY_THROTTLED, .code = "AccessDenied" },
          REPLY_THROTTLED,
          NULL },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_EXPIRED, .code = "AccessDenied" },
          REPLY_EXPIRED,
          NULL },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_UNAUTHENTICATED, .code = "AccessDenied" },
          REPLY_UNAUTHENTICATED,
          NULL },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_BROKEN, .code = "AccessDenied" },
          REPLY_BROKEN,
          NULL },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_GONE, .code = "AccessDenied" },
          REPLY_GONE,
          NULL },
        { "ListCustomModels",
          "here",
          { .kind = REPLY_OFF, .code = "AccessDenied" },
          REPLY_OFF,
          NULL },
};

static void offered_reads_a_refusal_again(void **state)
{
        _cleanup_(catalogue_freep) struct catalogue *c = NULL;
        struct error err = { 0 };
        uint64_t now_usec = 0;

        assert_int_equal(load(&c, claims, &err), 0);
        assert_int_equal(clock_parse_iso8601("2026-11-25", &now_usec), 0);
        for (size_t i = 0; i < ELEMENTSOF(readings); i++) {
                const struct collector *collector =
                        catalogue_find(c, strcmp(readings[i].call, "ListGuardrails") == 0
                                                  ? "aws.bedrock.guardrail"
                                                  : "aws.bedrock.custom_model");
                struct reply_meaning meaning = readings[i].said;

                print_message("%zu: %s in %s\n", i, readings[i].call, readings[i].region);
                offered_read(c, &collector->list, readings[i].region, now_usec, &meaning);
                assert_int_equal(meaning.kind, readings[i].kind);
                if (readings[i].text)
                        assert_non_null(strstr(meaning.text, readings[i].text));
                else
                        assert_string_equal(meaning.text, readings[i].said.text);
        }
}

/* A year and no more; a day that is still to come is none. */
static void offered_forgets_after_a_year(void **state)
{
        static const struct {
                const char *now;
                enum reply_kind kind;
        } days[] = {
                { "2026-05-01", REPLY_ABSENT }, { "2026-06-01", REPLY_ABSENT },
                { "2027-05-31", REPLY_ABSENT }, { "2027-06-03", REPLY_DENIED },
                { "2030-01-01", REPLY_DENIED },
        };
        _cleanup_(catalogue_freep) struct catalogue *c = NULL;
        struct error err = { 0 };

        assert_int_equal(load(&c, claims, &err), 0);
        for (size_t i = 0; i < ELEMENTSOF(days); i++) {
                struct reply_meaning meaning = { .kind = REPLY_DENIED, .code = "AccessDenied" };
                const struct collector *collector = catalogue_find(c, "aws.bedrock.custom_model");
                uint64_t now_usec = 0;

                assert_int_equal(clock_parse_iso8601(days[i].now, &now_usec), 0);
                offered_read(c, &collector->list, "here", now_usec, &meaning);
                assert_int_equal(meaning.kind, days[i].kind);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(offered_refuses_with_its_place),
                cmocka_unit_test(offered_reads_a_refusal_again),
                cmocka_unit_test(offered_forgets_after_a_year),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
