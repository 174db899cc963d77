#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/record.h"

#include "daemon/base/clock.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

/* ---- queries ------------------------------------------------------------------------------------
 */

static int on_id(void *user, const struct store_resource *row)
{
        (void)strcat(user, row->resource->id);
        (void)strcat(user, " ");
        return 0;
}

static const char *ids(struct record *r, const struct store_filter *f)
{
        static char text[512];

        text[0] = '\0';
        assert_int_equal(store_each_resource(r->store, f, on_id, text, NULL), 0);
        return text;
}

static void put_one(struct record *r, const char *kind, const char *id, const char *topic)
{
        const struct sink *sink = store_scan_sink(r->scan);
        struct coverage c = {
                .place = record_place(), .collector = kind, .state = COVERAGE_OK, .topic = topic
        };
        struct resource *resource = record_resource(r, kind, id);
        void *pass = NULL;

        if (topic) {
                resource->topic = strdup(topic);
                free(TAKE_PTR(resource->service_type));
        }
        assert_int_equal(sink->pass_begin(sink->user, &c.place, kind, &pass, NULL), 0);
        record_put(r, pass, resource);
        assert_int_equal(sink->pass_end(sink->user, pass, &c, NULL), 0);
        resource_free(resource);
}

static void store_filters_and_orders_resources(void **state)
{
        static const struct {
                struct store_filter filter;
                const char *want;
        } cases[] = {
                { { .provider = NULL }, "b c a " },
                { { .evidence = true }, "trail b c a " },
                { { .topic = "audit-log" }, "trail " },
                { { .kind = "k.two" }, "a " },
                { { .id = "b" }, "b " },
                { { .text = "K.TW" }, "a " },
                { { .text = "%" }, "" },
                { { .provider = "gcp" }, "" },
                { { .region = "eu-west-1", .service_type = "mlaas" }, "b c a " },
                { { .region = "" }, "" },
                { { .area = "unknown" }, "b c a " },
                { { .area = "eu" }, "" },
        };
        struct record *r = *state;

        record_begin(r);
        put_one(r, "k.two", "a", NULL);
        put_one(r, "k.audit", "trail", "audit-log");
        record_pass(r, "k.one", COVERAGE_OK, "c b");
        record_end(r, true);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(ids(r, &cases[i].filter), cases[i].want);
}

static int stop_at_once(void *user, const struct store_resource *row)
{
        (*(int *)user)++;
        return 7;
}

static void store_stops_when_told(void **state)
{
        const struct store_filter all = { 0 };
        struct record *r = *state;
        int n = 0;

        record_scan(r, COVERAGE_OK, "a b c");
        assert_int_equal(store_each_resource(r->store, &all, stop_at_once, &n, NULL), 7);
        assert_int_equal(n, 1);
}

static void store_finds_nearest_first(void **state)
{
        const struct place here = record_place();
        const struct place other_region = { "aws", "prod", "111122223333", "us-east-1" };
        const struct place other_account = { "aws", "dev", "", "" };
        struct record *r = *state;
        struct resource *found = NULL;

        record_scan(r, COVERAGE_OK, "a");
        assert_int_equal(store_find(r->store, &here, "a", &found, NULL), 0);
        assert_string_equal(found->kind, "aws.sagemaker.endpoints");
        found = resource_free(found);
        assert_int_equal(store_find(r->store, &other_region, "a", &found, NULL), 0);
        found = resource_free(found);
        assert_int_equal(store_find(r->store, &other_account, "a", &found, NULL), -ENOENT);
        assert_int_equal(store_find(r->store, &here, "z", &found, NULL), -ENOENT);
        assert_int_equal(store_count(r->store, &here, NULL), 1);
        assert_int_equal(store_count(r->store, &here, "mlaas"), 1);
        assert_int_equal(store_count(r->store, &here, "paas"), 0);
        assert_int_equal(store_count(r->store, &other_region, NULL), 0);
}

static int on_place(void *user, const struct place *place)
{
        (void)strcat(user, place->region);
        (void)strcat(user, ";");
        return 0;
}

static void store_lists_the_scope_before_its_regions(void **state)
{
        const struct store_filter all = { .all = true };
        struct record *r = *state;
        char text[128] = "";

        record_scan(r, COVERAGE_OK, "a");
        assert_int_equal(store_each_place(r->store, &all, on_place, text, NULL), 0);
        assert_string_equal(text, ";eu-west-1;");
}

static int on_hostile(void *user, const struct store_resource *row)
{
        const json_t *value = NULL;

        assert_string_equal(row->resource->id, user);
        assert_string_equal(row->resource->name, user);
        assert_int_equal(fact_get(row->resource->facts, user, &value, NULL), FACT_KNOWN);
        assert_string_equal(json_string_value(value), user);
        return 0;
}

static void store_keeps_hostile_text(void **state)
{
        static const char *const texts[] = {
                "'; DROP TABLE resources; --",
                "%s%n?1 ?99",
                "a\"b\\c\n\t\x01",
                "é 漢字 \xF0\x9F\x92\xA9",
                "{\"x\":[",
                "%_\\",
                "  ",
        };
        struct record *r = *state;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                const struct store_filter f = { .id = texts[i] };
                const struct sink *sink;
                struct coverage c = { .place = record_place(),
                                      .collector = texts[i],
                                      .state = COVERAGE_DENIED,
                                      .cause = texts[i] };
                struct resource *resource;
                void *pass = NULL;

                record_begin(r);
                sink = store_scan_sink(r->scan);
                resource = record_resource(r, "k", texts[i]);
                (void)fact_set_known_take(resource->facts, texts[i], json_string(texts[i]), -1);
                assert_int_equal(sink->pass_begin(sink->user, &c.place, c.collector, &pass, NULL),
                                 0);
                record_put(r, pass, resource);
                assert_int_equal(sink->pass_end(sink->user, pass, &c, NULL), 0);
                resource_free(resource);
                record_end(r, true);
                assert_int_equal(
                        store_each_resource(r->store, &f, on_hostile, (void *)texts[i], NULL), 0);
        }
        assert_int_equal(record_number(r, "SELECT count(*) FROM resources"), ELEMENTSOF(texts));
}

/* Text that is no UTF-8 must not stop a scan. */
static void store_survives_text_that_is_no_utf8(void **state)
{
        struct record *r = *state;

        record_scan(r, COVERAGE_OK, "a");
        record_scan(r, COVERAGE_OK, "a \xff\xfe\xc3");
        assert_int_equal(record_number(r, "SELECT count(*) FROM resources"), 2);
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 1);
}

static void store_summarises(void **state)
{
        struct record *r = *state;
        struct store_summary s = { 0 };

        assert_int_equal(store_summarise(r->store, &s, NULL), 0);
        assert_null(s.scan_id);
        record_scan(r, COVERAGE_OK, "a b");
        record_scan(r, COVERAGE_THROTTLED, "a");
        assert_int_equal(store_summarise(r->store, &s, NULL), 0);
        assert_non_null(s.scan_id);
        assert_true(s.complete);
        assert_int_equal(s.calls, 2);
        assert_int_equal(s.duration_usec, USEC_PER_MINUTE);
        assert_int_equal(s.resources, 2);
        assert_int_equal(s.stale, 1);
        assert_int_equal(s.coverage[COVERAGE_THROTTLED], 1);
        assert_int_equal(s.coverage[COVERAGE_OK], 0);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, record_setup, record_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_store(store_filters_and_orders_resources),
                with_store(store_stops_when_told),
                with_store(store_finds_nearest_first),
                with_store(store_lists_the_scope_before_its_regions),
                with_store(store_keeps_hostile_text),
                with_store(store_survives_text_that_is_no_utf8),
                with_store(store_summarises),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
