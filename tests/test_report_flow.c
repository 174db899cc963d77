#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/report/flow-graph.h"
#include "tests/support/exported.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the graph ---------------------------------------------------------------------------------
 */

static size_t node_of(struct flow_graph *g, enum flow_column column, const char *key,
                      enum flow_place place, bool kept)
{
        const struct flow_node node = {
                .key = key, .label = key, .under = "", .place = place, .kept = kept
        };
        size_t n = SIZE_MAX;

        assert_int_equal(flow_graph_node(g, column, &node, &n), 0);
        return n;
}

static void add(struct flow_graph *g, size_t thing, const size_t *processes, size_t n_processes,
                size_t log, uint64_t n)
{
        struct flow_stops through = { .n = 0 }, to = { .n = 0 };

        for (size_t i = 0; i < n_processes; i++)
                assert_true(flow_stops_add(&through, processes[i]));
        assert_true(flow_stops_add(&to, log));
        assert_int_equal(flow_graph_add(g, thing, &through, &to, n), 0);
}

static struct flow_drawing *drawn(struct flow_graph *g)
{
        struct flow_drawing *d = NULL;

        assert_int_equal(flow_graph_draw(g, &d), 0);
        return d;
}

static struct flow_graph *new_graph(void)
{
        struct flow_graph *g = NULL;

        assert_int_equal(flow_graph_new(&g), 0);
        return g;
}

/* Of the ways that end at boxes of that place. */
static uint64_t reach(const struct flow_drawing *d, size_t column, enum flow_place place)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < d->n_links[column]; i++)
                if (d->boxes[column + 1][d->links[column][i].to].place == place)
                        sum += d->links[column][i].resources;
        return sum;
}

static void flow_adds_up_what_goes_the_same_way(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;
        size_t thing = node_of(g, FLOW_THINGS, "mlaas", FLOW_NO_PLACE, false),
               paris = node_of(g, FLOW_PROCESSES, "paris", FLOW_EU, false),
               kept = node_of(g, FLOW_LOGS, "paris", FLOW_EU, false);

        (void)state;
        assert_int_equal(node_of(g, FLOW_PROCESSES, "paris", FLOW_EU, false), paris);
        assert_int_not_equal(kept, paris); /* another column, another node */
        add(g, thing, &paris, 1, kept, 2);
        add(g, thing, &paris, 1, kept, 3);
        d = drawn(g);
        assert_int_equal(d->resources, 5);
        for (size_t c = 0; c < FLOW_COLUMN_MAX; c++) {
                assert_int_equal(d->n_boxes[c], 1);
                assert_int_equal(d->boxes[c][0].resources, 5);
        }
        assert_int_equal(d->n_links[0], 1);
        assert_int_equal(d->n_links[1], 1);
        assert_int_equal(d->links[0][0].resources, 5);
        assert_true(d->links[0][0].width == d->links[1][0].width);
}

/* A thing that may go to several places is in each number, once, and divides its ribbon. */
static void flow_divides_what_has_several_ways(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;
        size_t thing = node_of(g, FLOW_THINGS, "model", FLOW_NO_PLACE, false),
               log = node_of(g, FLOW_LOGS, "paris", FLOW_EU, false),
               both[] = { node_of(g, FLOW_PROCESSES, "paris", FLOW_EU, false),
                          node_of(g, FLOW_PROCESSES, "virginia", FLOW_OTHER, false) };

        (void)state;
        add(g, thing, both, 2, log, 10);
        d = drawn(g);
        assert_int_equal(d->n_boxes[FLOW_PROCESSES], 2);
        assert_int_equal(d->boxes[FLOW_PROCESSES][0].resources, 10);
        assert_int_equal(d->boxes[FLOW_PROCESSES][1].resources, 10);
        assert_int_equal(d->boxes[FLOW_LOGS][0].resources, 10);
        assert_true(d->links[0][0].width == d->links[0][1].width);
        assert_true(d->links[0][0].width <= 181); /* half of the whole */
}

/* However many regions: a bounded number of boxes, and each resource in one of them. */
static void flow_folds_the_small_ones_by_place(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;
        size_t thing = node_of(g, FLOW_THINGS, "model", FLOW_NO_PLACE, false),
               log = node_of(g, FLOW_LOGS, "?unstated", FLOW_UNKNOWN, true), at;
        uint64_t inside = 0;
        char key[32];

        (void)state;
        for (int i = 0; i < 400; i++) {
                (void)snprintf(key, sizeof(key), "eu-%d", i);
                at = node_of(g, FLOW_PROCESSES, key, FLOW_EU, false);
                add(g, thing, &at, 1, log, 100 + (uint64_t)i);
                inside += 100 + (uint64_t)i;
        }
        for (int i = 0; i < 3; i++) { /* small, and outside */
                (void)snprintf(key, sizeof(key), "far-%d", i);
                at = node_of(g, FLOW_PROCESSES, key, FLOW_OTHER, false);
                add(g, thing, &at, 1, log, 1);
        }
        at = node_of(g, FLOW_PROCESSES, "no-1", FLOW_EEA, false); /* alone of its place */
        add(g, thing, &at, 1, log, 1);
        at = node_of(g, FLOW_PROCESSES, "?unread", FLOW_UNKNOWN, true);
        add(g, thing, &at, 1, log, 1);
        d = drawn(g);
        assert_int_equal(d->n_boxes[FLOW_PROCESSES], FLOW_SHOWN_MAX + 4);
        assert_string_equal(d->boxes[FLOW_PROCESSES][0].label, "eu-399");
        assert_int_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX].nodes, 400 - FLOW_SHOWN_MAX);
        assert_int_equal(reach(d, 0, FLOW_EU), inside);
        assert_int_equal(reach(d, 0, FLOW_OTHER), 3);
        assert_int_equal(reach(d, 0, FLOW_EEA), 1);
        assert_int_equal(reach(d, 0, FLOW_UNKNOWN), 1);
        assert_string_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX + 1].label, "no-1");
        assert_int_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX + 2].nodes, 3);
        assert_int_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX + 2].place, FLOW_OTHER);
        assert_string_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX + 3].label, "?unread");
}

/* Two regions in one box are one for a thing that goes to both. */
static void flow_counts_once_in_a_folded_box(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;
        size_t thing = node_of(g, FLOW_THINGS, "model", FLOW_NO_PLACE, false),
               log = node_of(g, FLOW_LOGS, "x", FLOW_EU, false), at,
               both[] = { node_of(g, FLOW_PROCESSES, "far-1", FLOW_OTHER, false),
                          node_of(g, FLOW_PROCESSES, "far-2", FLOW_OTHER, false) };
        char key[32];

        (void)state;
        for (int i = 0; i < FLOW_SHOWN_MAX; i++) {
                (void)snprintf(key, sizeof(key), "eu-%d", i);
                at = node_of(g, FLOW_PROCESSES, key, FLOW_EU, false);
                add(g, thing, &at, 1, log, 100);
        }
        add(g, thing, both, 2, log, 7);
        d = drawn(g);
        assert_int_equal(d->n_boxes[FLOW_PROCESSES], FLOW_SHOWN_MAX + 1);
        assert_int_equal(d->boxes[FLOW_PROCESSES][FLOW_SHOWN_MAX].resources, 7);
        assert_int_equal(reach(d, 0, FLOW_OTHER), 7);
}

/* Nothing that is drawn is too thin to be seen, nor outside of its box, nor over another one. */
static void flow_lays_out_without_overlap(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;
        size_t thing = node_of(g, FLOW_THINGS, "model", FLOW_NO_PLACE, false),
               rare = node_of(g, FLOW_THINGS, "rare", FLOW_NO_PLACE, false),
               log = node_of(g, FLOW_LOGS, "x", FLOW_EU, false),
               eu = node_of(g, FLOW_PROCESSES, "eu", FLOW_EU, false),
               far = node_of(g, FLOW_PROCESSES, "far", FLOW_OTHER, false);

        (void)state;
        add(g, thing, &eu, 1, log, 1000000);
        add(g, rare, &far, 1, log, 1);
        d = drawn(g);
        for (size_t c = 0; c < FLOW_COLUMN_MAX; c++) {
                double y = 0;

                for (size_t i = 0; i < d->n_boxes[c]; i++) {
                        const struct flow_box *b = &d->boxes[c][i];

                        assert_true(b->y >= y && b->height > 20);
                        y = b->y + b->height;
                }
                assert_true(y <= d->height);
        }
        for (size_t c = 0; c + 1 < FLOW_COLUMN_MAX; c++)
                for (size_t i = 0; i < d->n_links[c]; i++) {
                        const struct flow_link *l = &d->links[c][i];
                        const struct flow_box *from = &d->boxes[c][l->from],
                                              *to = &d->boxes[c + 1][l->to];

                        assert_true(l->width >= 1);
                        assert_true(l->y_from >= from->y - 0.01 &&
                                    l->y_from + l->width <= from->y + from->height + 0.01);
                        assert_true(l->y_to >= to->y - 0.01 &&
                                    l->y_to + l->width <= to->y + to->height + 0.01);
                }
}

static void flow_of_nothing_has_nothing(void **state)
{
        _cleanup_(flow_graph_freep) struct flow_graph *g = new_graph();
        _cleanup_(freep) struct flow_drawing *d = NULL;

        (void)state;
        d = drawn(g);
        assert_int_equal(d->resources, 0);
        assert_int_equal(d->n_boxes[FLOW_THINGS], 0);
}

static void flow_says_when_a_way_has_too_many_stops(void **state)
{
        struct flow_stops s = { .n = 0 };

        (void)state;
        for (size_t i = 0; i < FLOW_WAY_MAX; i++)
                assert_true(flow_stops_add(&s, i));
        assert_true(flow_stops_add(&s, 0)); /* is there */
        assert_false(flow_stops_add(&s, FLOW_WAY_MAX));
        assert_int_equal(s.n, FLOW_WAY_MAX);
}

/* ---- in the page -------------------------------------------------------------------------------
 */

static const char WORDS[] =
        "{\"providers\": {\"aws\": {\"en\": \"AWS\"}},"
        " \"areas\": {\"eu\": {\"en\": \"European Union\"}, \"other\": {\"en\": \"third country\"},"
        "             \"unknown\": {\"en\": \"location not determined\"}},"
        " \"regions\": {\"aws\": {\"eu-west-1\": {\"country\": \"IE\", \"area\": \"eu\"},"
        "                         \"far-1\": {\"country\": \"XX\", \"area\": \"other\"}}}}";

static const struct visit one = { .ids = "" };

static void put(struct ledger *l, const char *id, json_t *regions_take, json_t *documented_take,
                json_t *log_take)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&one, id);
        struct visit own = one;
        char collector[64];

        (void)snprintf(collector, sizeof(collector), "aws.sagemaker.%s", id);
        own.collector = collector; /* a pass of its own */
        if (regions_take)
                (void)fact_set_known_take(r->facts, "processing.regions", regions_take, 0);
        if (documented_take)
                (void)fact_set_known_take(r->facts, "processing.documented", documented_take, 0);
        if (log_take)
                (void)fact_set_known_take(r->facts, "log.destination", log_take, 0);
        ledger_put(l, &own, r);
}

static void begin(struct ledger *l)
{
        json_auto_t *rules = json_array(), *words = json_loads(WORDS, 0, NULL);
        struct error err = { 0 };

        ledger_begin(l);
        assert_non_null(words);
        if (store_rules(l->scan, "digest", rules, words, &err) < 0)
                fail_msg("%s", err.text);
}

/* The section, as text; the caller frees. */
static char *flows_of(struct ledger *l)
{
        _cleanup_(freep) char *page = NULL;
        char *from, *to;

        ledger_collected(l, true);
        ledger_end(l);
        page = exported_text(l, REPORT_HTML, REPORT_SCAN, NULL);
        from = strstr(page, "<section id=\"flows\"");
        to = strstr(page, "<section id=\"retention\"");
        if (from && to)
                return strndup(from, (size_t)(to - from));
        fail_msg("no such section: %s", page);
        return NULL;
}

static void assert_says(const char *text, const char *what)
{
        if (!strstr(text, what))
                fail_msg("does not say %s but: %s", what, text);
}

static void flow_draws_outside_and_unknown_as_such(void **state)
{
        _cleanup_(freep) char *text = NULL;

        begin(*state);
        put(*state, "inside", json_pack("[s]", "eu-west-1"), NULL, NULL);
        put(*state, "outside", json_pack("[s]", "far-1"), NULL, NULL);
        put(*state, "nowhere", json_pack("[s]", "moon-1"), NULL, json_string("s3://gone/x"));
        put(*state, "silent", NULL, NULL, NULL);
        put(*state, "written", NULL, json_pack("[s]", "eu-west-1"), NULL);
        text = flows_of(*state);
        assert_says(text, "<svg class=\"flow\"");
        assert_says(text, "<title>eu-west-1 (IE), AWS, EU: 1</title><rect class=\"n-eu\"");
        assert_says(text, "<title>far-1 (XX), AWS, outside EU/EEA: 1</title>"
                          "<rect class=\"n-other\"");
        assert_says(text, "<title>moon-1, AWS, not determined: 1</title>"
                          "<rect class=\"n-unknown\"");
        assert_says(text, "<title>not stated, stands in: EU: 1</title>");
        assert_says(text, "AWS, EU, by documentation only: 1</title>");
        /* the log's destination was not found: nobody knows where it is */
        assert_says(text, "→ not read, it may be anywhere: 1</title>");
        assert_says(text, "fill=\"url(#flow-other)\"");
        assert_says(text, "fill=\"url(#flow-unknown)\"");
        assert_says(text, "<caption>From the resource to where it processes and logs</caption>");
}

static void flow_escapes_hostile_names(void **state)
{
        _cleanup_(freep) char *text = NULL;

        begin(*state);
        put(*state, "bad",
            json_pack("[s]", "</title><script>\"'&\x1b"
                             "a-name-that-does-not-end"),
            NULL, NULL);
        text = flows_of(*state);
        assert_null(strstr(text, "<script"));
        assert_null(strchr(text, '\x1b'));
        assert_says(text, "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp; a-name");
        assert_says(text, "…</text>"); /* cut where it would leave its box */
}

/* More ways than are followed: what is beyond is drawn, outside as outside, and nothing is lost. */
static void flow_draws_what_is_beyond_the_bound(void **state)
{
        enum { WAYS = 4500 };
        _cleanup_(freep) char *text = NULL;
        struct ledger *l = *state;
        char id[32];

        begin(l);
        for (int i = 0; i < WAYS; i++) {
                (void)snprintf(id, sizeof(id), "r%d", i);
                put(l, id, json_pack("[s]", i == WAYS - 1 ? "far-1" : "eu-west-1"), NULL,
                    json_sprintf("s3://bucket-%d/", i));
        }
        text = flows_of(l);
        assert_says(text, "<title>eu-west-1 (IE), AWS, EU: 4499</title>");
        assert_says(text, "<title>far-1 (XX), AWS, outside EU/EEA: 1</title>");
        assert_says(text, "<title>not read, it may be anywhere: 4500</title>");
        assert_says(text, "resources that go further ways, not listed here: 500");
}

/* Nor beyond the bound of what is kept of these. */
static void flow_says_what_it_does_not_follow(void **state)
{
        enum { WAYS = 8100 };
        _cleanup_(freep) char *text = NULL;
        char id[32];

        begin(*state);
        for (int i = 0; i < WAYS; i++) {
                (void)snprintf(id, sizeof(id), "r%d", i);
                put(*state, id, json_sprintf("eu-%d", i), NULL, NULL);
        }
        text = flows_of(*state);
        assert_says(text, "<title>not followed, too many different ways: 100</title>");
        assert_says(text, "<title>other places: 7990, not determined: 7990</title>");
}

static void flow_of_an_empty_store_is_no_drawing(void **state)
{
        _cleanup_(freep) char *text = NULL;

        begin(*state);
        text = flows_of(*state);
        assert_null(strstr(text, "<svg"));
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(flow_adds_up_what_goes_the_same_way),
                cmocka_unit_test(flow_divides_what_has_several_ways),
                cmocka_unit_test(flow_folds_the_small_ones_by_place),
                cmocka_unit_test(flow_counts_once_in_a_folded_box),
                cmocka_unit_test(flow_lays_out_without_overlap),
                cmocka_unit_test(flow_of_nothing_has_nothing),
                cmocka_unit_test(flow_says_when_a_way_has_too_many_stops),
                WITH_LEDGER(flow_draws_outside_and_unknown_as_such),
                WITH_LEDGER(flow_escapes_hostile_names),
                WITH_LEDGER(flow_draws_what_is_beyond_the_bound),
                WITH_LEDGER(flow_says_what_it_does_not_follow),
                WITH_LEDGER(flow_of_an_empty_store_is_no_drawing),
        };

        return cmocka_run_group_tests_name("report_flow", tests, NULL, NULL);
}
