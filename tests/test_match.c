#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/match.h"
#include "daemon/judge/term.h"
#include "daemon/judge/trial.h"
#include "tests/support/judge_world.h"

#include <string.h>

static void match_takes_stars_only(void **state)
{
        static const struct {
                const char *pattern, *text;
                bool matches;
        } rows[] = {
                { "prod", "prod", true },
                { "prod", "Prod", false },
                { "prod", "production", false },
                { "prod*", "production", true },
                { "*", "anything", true },
                { "*", "", true },
                { "", "", true },
                { "", "a", false },
                { "*:endpoint/*", "arn:aws:sagemaker:eu-west-3:1:endpoint/x", true },
                { "*:endpoint/*", "arn:aws:sagemaker:eu-west-3:1:model/x", false },
                { "a*b*c", "a-b-b-c", true },
                { "a*b*c", "a-b-b", false },
                { "*ab", "aab", true },
                { "**a**", "a", true },
                { "a?c", "abc", false },
                { "a?c", "a?c", true },
                { "[ab]", "a", false },
                { "models/*@[v1]", "models/x@[v1]", true },
                { "a\\*", "a\\b", true },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (match_pattern(rows[i].pattern, rows[i].text) != rows[i].matches)
                        fail_msg("'%s' and '%s'", rows[i].pattern, rows[i].text);
}

/* ---- a resource, and the places it is in -------------------------------------------------------
 */

static const char KNOWN[] = "true";
static const char DENIED[] = "{\"unknown\": \"denied\"}";

static const struct match_row {
        const char *match; /* YAML of the mapping */
        const char *tags;  /* JSON; NULL: a place is asked, not the resource */
        const char *read;  /* JSON of the fact "tags" */
        enum match_result result;
} match_rows[] = {
        { "{provider: aws}", "{}", KNOWN, MATCH_YES },
        { "{provider: azure}", "{}", KNOWN, MATCH_NO },
        { "{provider: aws, account: prod, scope: '1111*', region: eu-*, kind: aws.*, id: 'arn:*', "
          "name: fraude}",
          "{}", KNOWN, MATCH_YES },
        { "{provider: aws, name: autre}", "{}", KNOWN, MATCH_NO },
        { "{id: fraude}", "{}", KNOWN, MATCH_NO },
        { "{finding: 0123456789abcdef0123456789abcdef}", "{}", KNOWN, MATCH_YES },
        { "{finding: 00000000000000000000000000000000}", "{}", KNOWN, MATCH_NO },
        { "{tag: {system: scoring}}", "{\"system\": \"scoring\"}", KNOWN, MATCH_YES },
        { "{tag: {System: scor*}}", "{\"SYSTEM\": \"scoring\"}", KNOWN, MATCH_YES },
        { "{tag: {system: scoring}}", "{\"system=scoring\": \"\"}", KNOWN, MATCH_YES },
        { "{tag: {system: scoring}}", "{\"system\": \"other\"}", KNOWN, MATCH_NO },
        { "{tag: {system: scoring}}", "{}", KNOWN, MATCH_NO },
        { "{tag: {tier: 1}}", "{\"tier\": \"1\"}", KNOWN, MATCH_YES },
        { "{tag: {a: x, b: y}}", "{\"a\": \"x\"}", KNOWN, MATCH_NO },
        { "{tag: {a: x, b: y}}", "{\"a\": \"x\", \"b\": \"y\"}", KNOWN, MATCH_YES },
        /* not read: it may be there */
        { "{tag: {system: scoring}}", "{}", DENIED, MATCH_UNTOLD },
        { "{tag: {a: x, b: y}}", "{\"a\": \"x\"}", DENIED, MATCH_UNTOLD },
        { "{tag: {a: x, b: y}}", "{\"a\": \"z\"}", DENIED, MATCH_NO },
        { "{provider: azure, tag: {a: x}}", "{}", DENIED, MATCH_NO },
        { "{tag: {a: x}}", "{\"a\": \"x\"}", DENIED, MATCH_YES },
        /* two values for one key: which one counts is not known */
        { "{tag: {env: test}}", "{\"env\": \"prod\", \"Env\": \"test\"}", KNOWN, MATCH_UNTOLD },
        { "{tag: {env: dev}}", "{\"env\": \"prod\", \"Env\": \"test\"}", KNOWN, MATCH_NO },
        /* of places */
        { "{provider: aws, region: eu-*}", NULL, NULL, MATCH_YES },
        { "{provider: aws, id: '*'}", NULL, NULL, MATCH_NO },
        { "{kind: '*'}", NULL, NULL, MATCH_NO },
        { "{tag: {a: x}}", NULL, NULL, MATCH_NO },
};

static enum match_result ask(const struct match_row *row, const struct judge *j)
{
        struct match m = { 0 };
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        _cleanup_(resource_freep) struct resource *r = NULL;
        const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };
        struct subject s = { .place = place };
        enum match_result result;
        struct error err = { 0 };

        if (yaml_load_text(&y, "test", row->match, &err) < 0 ||
            yaml_bind(y, waiver_match_fields, &m, &err) < 0 || match_check(&m, y, &err) < 0)
                fail_msg("%s: %s", row->match, err.text);
        if (row->tags) {
                json_auto_t *read = json_loads(row->read, JSON_DECODE_ANY, NULL);
                json_auto_t *tags = json_loads(row->tags, 0, NULL);
                json_auto_t *d =
                        json_pack("{s:s, s:s, s:s, s:s, s:O, s:{s:O}}", "id", "arn:x", "name",
                                  "fraude", "region", "eu-west-3", "kind", "aws.sagemaker.endpoint",
                                  "tags", tags, "facts", "tags", read);

                s.resource = r = judge_world_make(d);
                assert_int_equal(declared_read(&s.declared, j->vocabulary, r->tags, r->facts), 0);
        }
        result = match_subject(&m, &s, "0123456789abcdef0123456789abcdef");
        declared_done(&s.declared);
        yaml_unbind(waiver_match_fields, &m);
        return result;
}

static void match_asks_all_that_is_given(void **state)
{
        const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(judge_new(&j, "config", NULL, &policy, &err), 0);
        for (size_t i = 0; i < ELEMENTSOF(match_rows); i++)
                if (ask(&match_rows[i], j) != match_rows[i].result)
                        fail_msg("row %zu: %s, tags %s", i, match_rows[i].match,
                                 match_rows[i].tags ? match_rows[i].tags : "of a place");
}

static void match_refuses_what_says_nothing(void **state)
{
        static const struct {
                const char *text, *error;
        } rows[] = {
                { "{}", "test:1:1: 'match' needs at least one key" },
                { "{provider: ''}", "test:1:12: 'provider' is empty" },
                { "{tag: x}", "test:1:7: 'tag' must be a mapping" },
                { "{tag: {}}", "test:1:7: 'tag' must be a mapping" },
                { "{tag: {a: [x]}}", "test:1:11: the pattern of tag 'a' must be a text" },
                { "{regoin: x}", "test:1:2: unknown key 'regoin'; did you mean 'region'?" },
                { "{finding: x}", "test:1:2: unknown key 'finding'" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(yaml_freep) struct yaml *y = NULL;
                struct error err = { 0 };
                struct match m = { 0 };

                assert_int_equal(yaml_load_text(&y, "test", rows[i].text, &err), 0);
                if (yaml_bind(y, declaration_match_fields, &m, &err) == 0)
                        (void)match_check(&m, y, &err);
                if (!strstr(err.text, rows[i].error))
                        fail_msg("%s: %s", rows[i].text, err.text);
                yaml_unbind(declaration_match_fields, &m);
        }
}

/* ---- terms -------------------------------------------------------------------------------------
 */

struct holder {
        struct term term;
        struct yaml_place place;
};
static const struct yaml_field holder_fields[] = {
        TERM_FIELDS(holder, false),
        { .type = YAML_PLACE, .offset = offsetof(struct holder, place) },
        { 0 },
};

static int read_term(struct holder *h, const char *text, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r = yaml_load_text(&y, "test", text, err);

        if (r == 0)
                r = yaml_bind(y, holder_fields, h, err);
        return r == 0 ? term_check(&h->term, y, h->place, err) : r;
}

static void term_is_of_whole_days(void **state)
{
        static const struct {
                const char *text, *date, *state;
        } rows[] = {
                { "{until: 2027-03-31}", "2027-03-31T23:59:59Z", "ending" },
                { "{until: 2027-03-31}", "2027-04-01T00:00:00Z", "ended" },
                { "{until: 2027-03-31}", "2027-03-18T00:00:00Z", "ending" },
                { "{until: 2027-03-31}", "2027-03-17T23:59:59Z", "in-force" },
                { "{since: 2027-01-01, until: 2027-03-31}", "2026-12-31T23:59:59Z", "later" },
                { "{since: 2027-01-01, until: 2027-03-31}", "2027-01-01T00:00:00Z", "in-force" },
                { "{since: 2027-01-01, until: 2027-01-01}", "2027-01-01T12:00:00Z", "ending" },
                { "{since: 2027-01-01}", "2099-01-01T00:00:00Z", "in-force" },
                { "{}", "2099-01-01T00:00:00Z", "in-force" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct holder h = { 0 };
                struct error err = { 0 };
                uint64_t date;
                const char *got;

                assert_int_equal(clock_parse_iso8601(rows[i].date, &date), 0);
                if (read_term(&h, rows[i].text, &err) < 0)
                        fail_msg("%s", err.text);
                got = term_state_name(term_state(&h.term, date));
                if (strcmp(got, rows[i].state) != 0)
                        fail_msg("%s on %s: %s", rows[i].text, rows[i].date, got);
                yaml_unbind(holder_fields, &h);
        }
}

static void term_refuses_dates_that_are_none(void **state)
{
        static const struct {
                const char *text, *error;
        } rows[] = {
                { "{until: soon}", "test:1:9: 'until' must be a date like 2027-03-31, not 'soon'" },
                { "{until: 2027-02-30}", "test:1:9: 'until' must be a date" },
                { "{until: 2027-13-01}", "test:1:9: 'until' must be a date" },
                { "{until: 31/03/2027}", "test:1:9: 'until' must be a date" },
                { "{until: '2027-03-31T10:00:00Z'}", "test:1:9: 'until' must be a date" },
                { "{since: 2027-3-1}", "test:1:9: 'since' must be a date" },
                { "{since: 2027-04-01, until: 2027-03-31}",
                  "test:1:28: it ends on 2027-03-31, before it begins (2027-04-01)" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct holder h = { 0 };
                struct error err = { 0 };

                assert_true(read_term(&h, rows[i].text, &err) < 0);
                if (!strstr(err.text, rows[i].error))
                        fail_msg("%s: %s", rows[i].text, err.text);
                yaml_unbind(holder_fields, &h);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(match_takes_stars_only),
                cmocka_unit_test(match_asks_all_that_is_given),
                cmocka_unit_test(match_refuses_what_says_nothing),
                cmocka_unit_test(term_is_of_whole_days),
                cmocka_unit_test(term_refuses_dates_that_are_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
