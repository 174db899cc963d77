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

/* ---- what is known of one resource
 * ---------------------------------------------------------------- */

struct seen {
        bool there, stale, gone;
        char first_seen[CLOCK_TEXT_MAX], last_seen[CLOCK_TEXT_MAX];
        enum coverage_state pass;
};

static int on_seen(void *user, const struct store_resource *row)
{
        struct seen *s = user;

        *s = (struct seen){ .there = true,
                            .stale = row->stale,
                            .gone = row->gone,
                            .pass = row->pass.coverage.state };
        (void)snprintf(s->first_seen, sizeof(s->first_seen), "%s", row->first_seen);
        (void)snprintf(s->last_seen, sizeof(s->last_seen), "%s", row->last_seen);
        return 0;
}

static struct seen look(struct record *r, const char *id)
{
        const struct store_filter f = { .id = id, .all = true, .evidence = true };
        struct seen s = { 0 };

        assert_int_equal(store_each_resource(r->store, &f, on_seen, &s, NULL), 0);
        return s;
}

static const char *time_text(uint64_t usec)
{
        static char text[CLOCK_TEXT_MAX];

        return clock_format_rfc3339(usec, text);
}

/* ---- absence
 * --------------------------------------------------------------------------------------- */

/* Each step is one scan; the letter says what is then known of "x": P present, S stale, G gone. */
static const struct {
        const char *name;
        struct {
                enum coverage_state state;
                const char *ids;
                char want;
        } steps[6];
} absences[] = {
        /* clang-format off */
        { "gone after two", { { COVERAGE_OK, "x y", 'P' }, { COVERAGE_OK, "y", 'S' }, { COVERAGE_OK, "y", 'G' } } },
        { "back after one", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_OK, "", 'S' }, { COVERAGE_OK, "x", 'P' },
                              { COVERAGE_OK, "", 'S' }, { COVERAGE_OK, "", 'G' } } },
        { "back from gone", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_OK, "", 'S' }, { COVERAGE_OK, "", 'G' },
                              { COVERAGE_OK, "x", 'P' } } },
        { "denied never counts", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_DENIED, "", 'S' }, { COVERAGE_DENIED, "", 'S' },
                                   { COVERAGE_DENIED, "", 'S' }, { COVERAGE_OK, "x", 'P' } } },
        { "throttled and seen is fresh", { { COVERAGE_OK, "x y", 'P' }, { COVERAGE_THROTTLED, "x", 'P' },
                                           { COVERAGE_THROTTLED, "y", 'S' }, { COVERAGE_OK, "x y", 'P' } } },
        { "failed and expired never count", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_FAILED, "", 'S' },
                                              { COVERAGE_EXPIRED, "", 'S' }, { COVERAGE_SKIPPED, "", 'S' },
                                              { COVERAGE_OK, "", 'S' }, { COVERAGE_OK, "", 'G' } } },
        { "off is an answer", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_OFF, "", 'S' }, { COVERAGE_OFF, "", 'G' } } },
        { "absent is an answer", { { COVERAGE_OK, "x", 'P' }, { COVERAGE_ABSENT, "", 'S' }, { COVERAGE_OK, "", 'G' } } },
        { "seen where not all was read", { { COVERAGE_THROTTLED, "x", 'P' }, { COVERAGE_DENIED, "", 'S' } } },
        /* clang-format on */
};

static void store_counts_absences(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(absences); i++) {
                void *inner = NULL;

                assert_int_equal(record_setup(&inner), 0);
                for (size_t n = 0; n < 6 && absences[i].steps[n].want; n++) {
                        struct record *r = inner;
                        struct seen s;
                        char is;

                        record_scan(r, absences[i].steps[n].state, absences[i].steps[n].ids);
                        s = look(r, "x");
                        assert_true(s.there);
                        is = s.gone ? 'G' : s.stale ? 'S' : 'P';
                        if (is != absences[i].steps[n].want)
                                fail_msg("%s, step %zu: %c, not %c", absences[i].name, n, is,
                                         absences[i].steps[n].want);
                }
                (void)record_teardown(&inner);
        }
}

static void store_last_seen_is_when_it_was_there(void **state)
{
        struct record *r = *state;
        uint64_t first_usec = r->now_usec, usec;

        record_scan(r, COVERAGE_OK, "x");
        assert_string_equal(look(r, "x").last_seen, time_text(first_usec));
        usec = r->now_usec;
        record_scan(r, COVERAGE_OK, "x");
        assert_string_equal(look(r, "x").last_seen, time_text(usec));
        record_scan(r, COVERAGE_DENIED, NULL);
        assert_string_equal(look(r, "x").last_seen, time_text(usec));
        record_scan(r, COVERAGE_OK, NULL);
        record_scan(r, COVERAGE_OK, NULL);
        assert_true(look(r, "x").gone);
        assert_string_equal(look(r, "x").last_seen, time_text(usec));
        usec = r->now_usec;
        record_scan(r, COVERAGE_THROTTLED, "x");
        assert_string_equal(look(r, "x").last_seen, time_text(usec));
        assert_string_equal(look(r, "x").first_seen, time_text(first_usec));
        record_scan(r, COVERAGE_OK, NULL);
        assert_string_equal(look(r, "x").last_seen, time_text(usec));
        assert_int_equal(record_number(r, "SELECT count(*) FROM partial"), 0); /* all was read */
}

/* ---- writing nothing
 * --------------------------------------------------------------------------------- */

static void store_writes_nothing_when_nothing_changed(void **state)
{
        struct record *r = *state;
        uint64_t written;

        record_scan(r, COVERAGE_OK, "a b c");
        written = store_rows_written(r->store);
        assert_int_equal(written, 3);
        record_scan(r, COVERAGE_OK, "a b c");    /* evidence and time of details differ */
        record_scan(r, COVERAGE_THROTTLED, "a"); /* stale is derived */
        record_scan(r, COVERAGE_DENIED, NULL);
        record_scan(r, COVERAGE_OK, "c b a");
        assert_int_equal(store_rows_written(r->store), written);
}

static int known(struct record *r, void *pass, const struct resource *resource, uint64_t not_before)
{
        const struct sink *sink = store_scan_sink(r->scan);

        return sink->known(sink->user, pass, resource, not_before, NULL);
}

static void *begin_pass_of(struct record *r, const char *collector)
{
        const struct sink *sink = store_scan_sink(r->scan);
        const struct place place = record_place();
        void *pass = NULL;

        assert_int_equal(sink->pass_begin(sink->user, &place, collector, &pass, NULL), 0);
        return pass;
}

static void *begin_pass(struct record *r)
{
        return begin_pass_of(r, "aws.sagemaker.endpoints");
}

static void end_pass_of(struct record *r, void *pass, const char *collector)
{
        const struct sink *sink = store_scan_sink(r->scan);
        const struct coverage c = { .place = record_place(), .collector = collector };

        assert_int_equal(sink->pass_end(sink->user, pass, &c, NULL), 0);
}

static void end_pass(struct record *r, void *pass)
{
        end_pass_of(r, pass, "aws.sagemaker.endpoints");
}

static void store_knows_what_needs_no_details(void **state)
{
        struct record *r = *state;
        uint64_t detailed_usec = r->now_usec, written;
        struct resource *x;
        void *pass;

        record_scan(r, COVERAGE_OK, "x");
        record_begin(r);
        pass = begin_pass(r);
        x = record_resource(r, "aws.sagemaker.endpoints", "x");
        assert_int_equal(known(r, pass, x, detailed_usec + 1), 0); /* too old */
        x->listed_digest[0] = 'e';
        assert_int_equal(known(r, pass, x, detailed_usec), 0); /* listed otherwise */
        x->listed_digest[0] = 'd';
        written = store_rows_written(r->store);
        assert_int_equal(known(r, pass, x, detailed_usec), 1);
        end_pass(r, pass);
        record_end(r, true);
        assert_int_equal(store_rows_written(r->store), written);
        assert_false(look(r, "x").stale); /* it was seen */

        record_begin(r); /* asked for, read again, the same: from now on good for longer */
        pass = begin_pass(r);
        assert_int_equal(known(r, pass, x, r->now_usec), 0);
        x->detailed_usec = r->now_usec;
        record_put(r, pass, x);
        end_pass(r, pass);
        record_end(r, true);
        assert_int_equal(store_rows_written(r->store), written + 1);
        record_begin(r);
        pass = begin_pass(r);
        assert_int_equal(known(r, pass, x, x->detailed_usec), 1);
        x->details_complete = false;
        record_put(r, pass, x); /* listed twice: the whole one stays */
        assert_int_equal(known(r, pass, x, x->detailed_usec), 1);
        end_pass(r, pass);
        record_end(r, true);
        resource_free(x);
}

static void store_does_not_know_what_is_incomplete_or_gone(void **state)
{
        struct record *r = *state;
        struct resource *x = record_resource(r, "aws.sagemaker.endpoints", "x");
        void *pass;

        record_begin(r);
        pass = begin_pass(r);
        assert_int_equal(known(r, pass, x, 0), 0); /* never seen */
        x->details_complete = false;
        record_put(r, pass, x);
        end_pass(r, pass);
        record_end(r, true);
        record_begin(r);
        pass = begin_pass(r);
        assert_int_equal(known(r, pass, x, 0), 0); /* incomplete */
        x->details_complete = true;
        record_put(r, pass, x);
        end_pass(r, pass);
        record_end(r, true);
        record_scan(r, COVERAGE_OK, NULL);
        record_scan(r, COVERAGE_OK, NULL);
        record_begin(r);
        pass = begin_pass(r);
        assert_int_equal(known(r, pass, x, 0), 0); /* gone */
        end_pass(r, pass);
        record_end(r, true);
        resource_free(x);
}

/* ---- scans cut short, accounts refused
 * ------------------------------------------------------------------ */

static void store_not_visited_is_skipped(void **state)
{
        struct record *r = *state;

        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "x");
        record_pass(r, "aws.sagemaker.models", COVERAGE_OK, "m");
        record_end(r, true);
        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "x");
        record_end(r, false);
        assert_true(look(r, "m").stale);
        assert_int_equal(look(r, "m").pass, COVERAGE_SKIPPED);
        assert_false(look(r, "x").stale);
        assert_int_equal(record_events(r, EVENT_COVERAGE_LOST), 0); /* somebody cut it short */
        record_scan(r, COVERAGE_OK, "x");
        assert_int_equal(record_events(r, EVENT_COVERAGE_LOST), 1);
        assert_true(look(r, "m").stale);
}

static int on_coverage(void *user, const struct store_coverage *c)
{
        (void)snprintf((char *)user + strlen(user), 256 - strlen(user), "%s %s %s;",
                       c->coverage.collector, coverage_state_name(c->coverage.state),
                       c->coverage.cause ? c->coverage.cause : "-");
        return 0;
}

static const char *coverage(struct record *r)
{
        const struct store_filter all = { .all = true };
        static char text[256];

        text[0] = '\0';
        assert_int_equal(store_each_coverage(r->store, &all, on_coverage, text, NULL), 0);
        return text;
}

static void scan_in_trouble(struct record *r)
{
        record_begin(r);
        assert_int_equal(store_scan_trouble(r->scan, "aws", "prod", NULL, COVERAGE_EXPIRED,
                                            "token expired", NULL),
                         0);
        record_end(r, true);
}

static void store_troubles_are_what_passes_say(void **state)
{
        struct record *r = *state;

        record_scan(r, COVERAGE_OK, "x");
        scan_in_trouble(r);
        assert_string_equal(coverage(r), "account expired token expired;"
                                         "aws.sagemaker.endpoints expired token expired;");
        assert_true(look(r, "x").stale);
        assert_int_equal(record_events(r, EVENT_CREDENTIALS_FAILING), 1);
        scan_in_trouble(r);
        assert_int_equal(record_events(r, EVENT_CREDENTIALS_FAILING), 0);
        record_scan(r, COVERAGE_OK, "x");
        assert_string_equal(coverage(r), "aws.sagemaker.endpoints ok -;");
        scan_in_trouble(r);
        assert_int_equal(record_events(r, EVENT_CREDENTIALS_FAILING), 1);
}

/* An account of which nothing could ever be read is not an empty one. */
static void store_account_never_read_is_not_empty(void **state)
{
        const struct store_filter all = { .all = true };
        struct record *r = *state;
        int n = 0;

        scan_in_trouble(r);
        assert_string_equal(coverage(r), "account expired token expired;");
        assert_int_equal(store_each_place(r->store, &all, NULL, &n, NULL), 0);
}

/* The same thing through two passes: when one of them is no longer read, the other vouches for it.
 */
static void store_seen_through_another_pass_is_fresh(void **state)
{
        struct record *r = *state;
        uint64_t written;

        for (int i = 0; i < 2; i++) {
                struct resource *x = record_resource(r, "kind", "x");
                void *pass;

                record_begin(r);
                pass = begin_pass(r);
                record_put(r, pass, x);
                end_pass(r, pass);
                written = store_rows_written(r->store);
                pass = begin_pass_of(r, "other");
                record_put(r, pass, x);
                end_pass_of(r, pass, "other");
                record_end(r, true);
                resource_free(x);
                assert_int_equal(store_rows_written(r->store), written);
        }
        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_DENIED, NULL);
        {
                struct resource *x = record_resource(r, "kind", "x");
                void *pass = begin_pass_of(r, "other");

                record_put(r, pass, x);
                end_pass_of(r, pass, "other");
                resource_free(x);
        }
        record_end(r, true);
        assert_false(look(r, "x").stale);
        assert_false(look(r, "x").gone);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, record_setup, record_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(store_counts_absences),
                with_store(store_last_seen_is_when_it_was_there),
                with_store(store_writes_nothing_when_nothing_changed),
                with_store(store_knows_what_needs_no_details),
                with_store(store_does_not_know_what_is_incomplete_or_gone),
                with_store(store_not_visited_is_skipped),
                with_store(store_troubles_are_what_passes_say),
                with_store(store_account_never_read_is_not_empty),
                with_store(store_seen_through_another_pass_is_fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
