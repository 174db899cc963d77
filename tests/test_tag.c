#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/judge/tag.h"

#include <string.h>

static struct vocabulary *load(void)
{
        struct vocabulary *v = NULL;
        struct error err = { 0 };
        struct data data;

        assert_int_equal(data_init(&data, "config", NULL, &err), 0);
        if (vocabulary_load(&v, &data, &err) < 0)
                fail_msg("%s", err.text);
        data_done(&data);
        return v;
}

static void tag_normalises_keys(void **state)
{
        static const char *const rows[][2] = {
                { "ai-act-risk", "ai-act-risk" },
                { "AI_Act.Risk", "ai-act-risk" },
                { "ai-act:risk", "ai-act-risk" },
                { "ai act / risk", "ai-act-risk" },
                { "AI--Act__Risk", "ai-act-risk" },
                { "-ai-act-risk-", "ai-act-risk" },
                { ":ai.act:risk:", "ai-act-risk" },
                { "", "" },
                { "---", "" },
                { "Équipe", "Équipe" }, /* only ASCII changes */
        };
        char text[64], small[5];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(tag_normalise_key(rows[i][0], text, sizeof(text)), rows[i][1]);
        assert_string_equal(tag_normalise_key("abcdefgh", small, sizeof(small)), "abcd");
        assert_string_equal(tag_normalise_key("abc\xc3\xa9", small, sizeof(small)), "abc");
}

struct tag_row {
        const char *tags, *facts, *policy; /* JSON; NULL: none */
        const char *key;
        enum declared_state state;
        const char *value, *source;
};

static const char READ[] = "{\"tags\": {\"state\": \"known\", \"value\": true}}";
static const char UNREAD[] = "{\"tags\": {\"state\": \"unknown\", \"cause\": \"denied\"}}";

static const struct tag_row tag_rows[] = {
        /* values */
        { "{\"ai-act-risk\": \"high-risk\"}", READ, NULL, "ai-act-risk", DECLARED_VALUE,
          "high-risk", "tag" },
        { "{\"AI Act:Risk\": \" High Risk \"}", READ, NULL, "ai-act-risk", DECLARED_VALUE,
          "high-risk", "tag" },
        { "{\"ai-act-risk\": \"HIGH_RISK\"}", READ, NULL, "ai-act-risk", DECLARED_VALUE,
          "high-risk", "tag" },
        { "{\"ai-act-risk\": \"huge\"}", READ, NULL, "ai-act-risk", DECLARED_INVALID, "huge",
          "tag" },
        { "{\"ai-act-risk\": \"\"}", READ, NULL, "ai-act-risk", DECLARED_INVALID, "", "tag" },
        { "{\"ai-act-owner\": \" Team X \"}", READ, NULL, "ai-act-owner", DECLARED_VALUE, "Team X",
          "tag" },
        { "{\"ai-act-owner\": \"\"}", READ, NULL, "ai-act-owner", DECLARED_INVALID, "", "tag" },
        { "{\"ai-act-purpose\": \" Services_Credit \"}", READ, NULL, "ai-act-purpose",
          DECLARED_VALUE, "services-credit", "tag" },
        { "{\"ai-act-purpose\": \"--\"}", READ, NULL, "ai-act-purpose", DECLARED_INVALID, "",
          "tag" },
        { "{\"ai-act-review\": \"2027-02-30\"}", READ, NULL, "ai-act-review", DECLARED_INVALID,
          "2027-02-30", "tag" },
        { "{\"ai-act-required\": \"HDS_C5\"}", READ, NULL, "ai-act-required", DECLARED_VALUE,
          "hds_c5", "tag" },
        { "{\"ai-act-required\": \"hds_gold\"}", READ, NULL, "ai-act-required", DECLARED_INVALID,
          "hds_gold", "tag" },
        { "{\"ai-act-area\": \"EU_CH\"}", READ, NULL, "ai-act-area", DECLARED_VALUE, "eu_ch",
          "tag" },
        { "{\"ai-act-area\": \"europe\"}", READ, NULL, "ai-act-area", DECLARED_INVALID, "europe",
          "tag" },
        { "{\"ai-act-area\": \"eu_\"}", READ, NULL, "ai-act-area", DECLARED_INVALID, "eu_", "tag" },
        { "{\"ai-act-review\": \"2027-03-31\"}", READ, NULL, "ai-act-review", DECLARED_VALUE,
          "2027-03-31", "tag" },
        { "{\"ai-act-review\": \"31/03/2027\"}", READ, NULL, "ai-act-review", DECLARED_INVALID,
          "31-03-2027", "tag" },
        { "{\"ai-act-log-days\": \"365\"}", READ, NULL, "ai-act-log-days", DECLARED_VALUE, "365",
          "tag" },
        { "{\"ai-act-log-days\": \"a year\"}", READ, NULL, "ai-act-log-days", DECLARED_INVALID,
          "a-year", "tag" },
        /* bare texts instead of pairs */
        { "{\"ai-act-risk=minimal\": \"\"}", READ, NULL, "ai-act-risk", DECLARED_VALUE, "minimal",
          "tag" },
        { "{\"ai-act-owner=a=b\": \"\"}", READ, NULL, "ai-act-owner", DECLARED_VALUE, "a=b",
          "tag" },
        /* conflicts */
        { "{\"ai-act-risk\": \"limited\", \"ai-act:risk\": \"high-risk\"}", READ, NULL,
          "ai-act-risk", DECLARED_CONFLICT, "high-risk, limited", "tag" },
        { "{\"ai-act-risk\": \"limited\", \"AI-ACT-RISK\": \"Limited\"}", READ, NULL, "ai-act-risk",
          DECLARED_VALUE, "limited", "tag" },
        /* precedence */
        { "{\"ai-act-risk\": \"limited\"}", READ, "{\"ai-act-risk\": \"minimal\"}", "ai-act-risk",
          DECLARED_VALUE, "limited", "tag" },
        { "{}", READ, "{\"ai-act-risk\": \"minimal\"}", "ai-act-risk", DECLARED_VALUE, "minimal",
          "policy" },
        { "{\"ai-act-risk\": \"huge\"}", READ, "{\"ai-act-risk\": \"minimal\"}", "ai-act-risk",
          DECLARED_INVALID, "huge", "tag" },
        { "{}", READ, "{\"ai-act-log-days\": 400}", "ai-act-log-days", DECLARED_VALUE, "400",
          "policy" },
        /* not there, and not readable */
        { "{}", READ, NULL, "ai-act-risk", DECLARED_NONE, NULL, NULL },
        { "{\"name\": \"x\"}", "{}", NULL, "ai-act-risk", DECLARED_NONE, NULL, NULL },
        { "{}", "{}", NULL, "ai-act-risk", DECLARED_UNREADABLE, NULL, NULL },
        { "{}", UNREAD, NULL, "ai-act-risk", DECLARED_UNREADABLE, NULL, NULL },
        { "{}", UNREAD, "{\"ai-act-risk\": \"minimal\"}", "ai-act-risk", DECLARED_VALUE, "minimal",
          "policy" },
        { "{\"name\": \"x\"}", UNREAD, NULL, "ai-act-risk", DECLARED_UNREADABLE, NULL, NULL },
};

static void tag_reads_declarations(void **state)
{
        _cleanup_(vocabulary_freep) struct vocabulary *v = load();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(tag_rows); i++) {
                const struct tag_row *row = &tag_rows[i];
                json_auto_t *tags = json_loads(row->tags, 0, NULL);
                json_auto_t *facts = json_loads(row->facts, 0, NULL);
                json_auto_t *policy = row->policy ? json_loads(row->policy, 0, NULL) : NULL;
                struct declaration got;
                struct declared d;

                assert_int_equal(declared_read(&d, v, tags, facts), 0);
                assert_int_equal(declared_add_policy(&d, v, policy), 0);
                got = declared_get(&d, row->key);
                if (got.state != row->state ||
                    (row->value && (!got.value || strcmp(got.value, row->value) != 0)) ||
                    (row->source && strcmp(got.source, row->source) != 0))
                        fail_msg("row %zu: %s gives state %d, %s", i, row->tags, got.state,
                                 got.value ? got.value : "-");
                if (row->state == DECLARED_UNREADABLE)
                        assert_non_null(got.cause);
                declared_done(&d);
        }
}

static void tag_lists_valid_declarations_only(void **state)
{
        _cleanup_(vocabulary_freep) struct vocabulary *v = load();
        json_auto_t *tags = json_loads("{\"ai-act-owner\": \"x\", \"ai-act-risk\": \"huge\", "
                                       "\"ai-act-env\": \"test\", \"other\": \"y\"}",
                                       0, NULL);
        json_auto_t *facts = json_object(), *list = NULL;
        _cleanup_(freep) char *text = NULL;
        struct declared d;

        (void)state;
        assert_int_equal(declared_read(&d, v, tags, facts), 0);
        list = declared_json(&d, v);
        text = json_canonical(list);
        assert_string_equal(text, "{\"ai-act-env\":\"test\",\"ai-act-owner\":\"x\"}");
        declared_done(&d);
}

/* A value longer than any provider allows is cut at a character, and nothing fails. */
static void tag_survives_long_values(void **state)
{
        _cleanup_(vocabulary_freep) struct vocabulary *v = load();
        _cleanup_(freep) char *value = calloc(1, 5001);
        json_auto_t *tags = json_object(), *facts = json_object();
        struct declared d;

        (void)state;
        value[0] = 'x';
        for (size_t i = 1; i + 1 < 5000; i += 2)
                memcpy(value + i, "\xc3\xa9", 2);
        assert_int_equal(json_object_set_new(tags, "ai-act-owner", json_string(value)), 0);
        assert_int_equal(declared_read(&d, v, tags, facts), 0);
        assert_int_equal(declared_get(&d, "ai-act-owner").state, DECLARED_VALUE);
        declared_done(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tag_normalises_keys),
                cmocka_unit_test(tag_reads_declarations),
                cmocka_unit_test(tag_lists_valid_declarations_only),
                cmocka_unit_test(tag_survives_long_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
