/* What was refused, as the store remembers it: across scans and processes, until it is answered,
 * too old, or asked with other credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/support/ledger.h"

static const struct visit paris = { .region = "eu-west-3" };
static const struct visit dublin = { .region = "eu-west-1" };
static const struct visit other = { .region = "eu-west-1", .account = "lab" };

static const struct denied_call listed = { .collector = "aws.sagemaker.endpoint",
                                           .digest = "d0",
                                           .cause = "AccessDenied: no",
                                           .asked_usec = LEDGER_START,
                                           .due_usec = LEDGER_START + LEDGER_HOUR,
                                           .times = 1 };

static const struct sink *sink_of(struct ledger *l)
{
        return store_scan_sink(l->scan);
}

static void deny(struct ledger *l, const struct visit *v, const struct denied_call *d)
{
        const struct place place = ledger_place(v);
        struct error err = { 0 };

        if (sink_of(l)->deny(sink_of(l)->user, &place, d, &err) < 0)
                fail_msg("%s", err.text);
}

static int on_denied(void *to, const struct denied_call *d)
{
        struct ledger *l = to;
        size_t n = strlen(l->text);

        (void)snprintf(l->text + n, sizeof(l->text) - n, "%s%s %d %s '%s' +%d due +%d x%d%s",
                       n > 0 ? ", " : "", d->collector, (int)d->part, d->digest, d->cause,
                       (int)((d->asked_usec - LEDGER_START) / LEDGER_HOUR),
                       (int)((d->due_usec - LEDGER_START) / LEDGER_HOUR), (int)d->times,
                       d->off ? " off" : "");
        return 0;
}

/* Of a scan that is open. */
static const char *denied(struct ledger *l, const struct visit *v)
{
        const struct place place = ledger_place(v);
        struct error err = { 0 };

        l->text[0] = '\0';
        if (sink_of(l)->denied(sink_of(l)->user, &place, on_denied, l, &err) < 0)
                fail_msg("%s", err.text);
        return l->text;
}

static void signs_in(struct ledger *l, const char *account, int with)
{
        unsigned char fingerprint[SHA256_BYTES];
        struct error err = { 0 };

        memset(fingerprint, with, sizeof(fingerprint));
        if (sink_of(l)->signs_in(sink_of(l)->user, account, fingerprint, &err) < 0)
                fail_msg("%s", err.text);
}

static void end(struct ledger *l)
{
        ledger_collected(l, true);
        ledger_end(l);
}

static void store_remembers_what_was_refused(void **state)
{
        struct denied_call detail = listed;
        struct ledger *l = *state;
        struct place place = ledger_place(&paris);
        struct error err = { 0 };

        detail.part = 2;
        ledger_begin(l);
        assert_string_equal(denied(l, &paris), "");
        deny(l, &paris, &listed);
        deny(l, &paris, &detail);
        end(l);
        ledger_close(l);
        ledger_open(l); /* another process */
        ledger_begin(l);
        assert_string_equal(denied(l, &paris),
                            "aws.sagemaker.endpoint 0 d0 'AccessDenied: no' +0 due +1 x1, "
                            "aws.sagemaker.endpoint 2 d0 'AccessDenied: no' +0 due +1 x1");
        assert_string_equal(denied(l, &dublin), "");
        detail.times = 2;
        detail.asked_usec = LEDGER_START + LEDGER_HOUR;
        detail.due_usec = LEDGER_START + 3 * LEDGER_HOUR;
        detail.cause = "AccessDenied: still";
        detail.off = true;
        deny(l, &paris, &detail);
        assert_int_equal(sink_of(l)->allow(sink_of(l)->user, &place, &listed, &err), 0);
        assert_string_equal(denied(l, &paris),
                            "aws.sagemaker.endpoint 2 d0 'AccessDenied: still' +1 due +3 x2 off");
        end(l);
}

static void store_forgets_with_other_credentials(void **state)
{
        struct ledger *l = *state;

        ledger_begin(l);
        signs_in(l, "prod", 1);
        signs_in(l, "lab", 1);
        deny(l, &paris, &listed);
        deny(l, &other, &listed);
        end(l);
        ledger_begin(l);
        signs_in(l, "prod", 1);
        signs_in(l, "lab", 1);
        assert_string_not_equal(denied(l, &paris), "");
        signs_in(l, "prod", 2);
        assert_string_equal(denied(l, &paris), "");
        assert_string_not_equal(denied(l, &other), "");
        end(l);
}

/* That an account is known says nothing of whether it was read whole. */
static void store_takes_a_sign_in_for_no_answer(void **state)
{
        const struct visit one = { .ids = "a" };
        struct ledger *l = *state;

        ledger_begin(l);
        signs_in(l, "prod", 1);
        end(l);
        (void)ledger_events(l);
        ledger_scan(l, &one, 1);
        assert_null(strstr(ledger_events(l), "appeared"));
}

static bool stands_in_file(const struct ledger *l, const char *name, const void *bytes, size_t n)
{
        _cleanup_(freep) char *path = ledger_path(l, name), *text = calloc(1, 1 << 22);
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        size_t size = f ? fread(text, 1, 1 << 22, f) : 0;

        return size > 0 && memmem(text, size, bytes, n) != NULL;
}

static void store_keeps_no_fingerprint(void **state)
{
        struct ledger *l = *state;
        unsigned char raw[SHA256_BYTES];
        char hex[SHA256_HEX_MAX];

        memset(raw, 0xa7, sizeof(raw));
        (void)digest_hex(raw, sizeof(raw), hex);
        ledger_begin(l);
        signs_in(l, "prod", 0xa7);
        end(l);
        ledger_close(l);
        assert_false(stands_in_file(l, "vigie.db", raw, 8));
        assert_false(stands_in_file(l, "vigie.db", hex, 16));
        assert_true(stands_in_file(l, "vigie.db", "fingerprint_key", 15));
        ledger_open(l);
}

static void store_forgets_all_when_told(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };

        ledger_begin(l);
        deny(l, &paris, &listed);
        deny(l, &other, &listed);
        assert_int_equal(store_forget_denials(l->store, &err), -EBUSY);
        assert_non_null(strstr(err.text, "a scan is being recorded"));
        end(l);
        assert_int_equal(store_forget_denials(l->store, NULL), 0);
        ledger_begin(l);
        assert_string_equal(denied(l, &paris), "");
        assert_string_equal(denied(l, &other), "");
        end(l);
}

static void store_forgets_what_nobody_asks_any_more(void **state)
{
        struct ledger *l = *state;
        uint64_t month_usec = LEDGER_START + 30 * USEC_PER_DAY;

        ledger_begin(l);
        deny(l, &paris, &listed);
        end(l);
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, month_usec, NULL), 0);
        ledger_begin(l);
        assert_string_not_equal(denied(l, &paris), "");
        end(l);
        assert_int_equal(
                store_prune(l->store, STORE_KEEP_USEC, month_usec + 2 * USEC_PER_DAY, NULL), 0);
        ledger_begin(l);
        assert_string_equal(denied(l, &paris), "");
        end(l);
}

static int on_coverage(void *user, const struct store_coverage *c)
{
        char *text = user;

        (void)snprintf(text, LEDGER_TEXT_MAX, "%s %s", coverage_state_name(c->coverage.state),
                       c->asked ? c->asked : "now");
        return 0;
}

/* The time of which it is stands with it, and goes when it is asked. */
static void store_says_when_it_was_asked(void **state)
{
        static const uint64_t asked[] = { 0, LEDGER_START, 0 };
        static const char *const said[] = { "denied now", "denied 2026-07-19T22:26:40Z",
                                            "denied now" };
        const struct store_filter all = { .all = true };
        struct place place = ledger_place(&paris);
        struct ledger *l = *state;
        struct error err = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(asked); i++) {
                struct coverage c = { .place = place,
                                      .collector = "aws.sagemaker.endpoint",
                                      .state = COVERAGE_DENIED,
                                      .cause = "AccessDenied: no",
                                      .asked_usec = asked[i] };
                void *pass = NULL;

                ledger_begin(l);
                assert_int_equal(
                        sink_of(l)->pass_begin(sink_of(l)->user, &place, c.collector, &pass, &err),
                        0);
                assert_int_equal(sink_of(l)->pass_end(sink_of(l)->user, pass, &c, &err), 0);
                end(l);
                assert_int_equal(store_each_coverage(l->store, &all, on_coverage, l->text, &err),
                                 0);
                assert_string_equal(l->text, said[i]);
        }
}

static int on_answer(void *user, const struct store_coverage *c)
{
        char *text = user;

        (void)snprintf(text, LEDGER_TEXT_MAX, "%s %s, last answer %s",
                       coverage_state_name(c->coverage.state), c->asked ? c->asked : "now",
                       c->last_ok);
        return 0;
}

/* A region that is off, by an answer that rests: it is no newer than it is. */
static void store_dates_an_answer_that_rests(void **state)
{
        static const struct {
                uint64_t asked_usec;
                const char *said;
        } scans[] = {
                { 0, "off now, last answer 2026-07-19T23:26:40Z" },
                { LEDGER_START + LEDGER_HOUR,
                  "off 2026-07-19T23:26:40Z, last answer 2026-07-19T23:26:40Z" },
                { 0, "off now, last answer 2026-07-20T01:26:40Z" },
        };
        const struct store_filter all = { .all = true };
        struct place place = ledger_place(&paris);
        struct ledger *l = *state;
        struct error err = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(scans); i++) {
                struct coverage c = { .place = place,
                                      .collector = "aws.sts.region",
                                      .state = COVERAGE_OFF,
                                      .cause = "eu-west-3 is not enabled",
                                      .asked_usec = scans[i].asked_usec };
                void *pass = NULL;

                ledger_begin(l);
                assert_int_equal(
                        sink_of(l)->pass_begin(sink_of(l)->user, &place, c.collector, &pass, &err),
                        0);
                assert_int_equal(sink_of(l)->pass_end(sink_of(l)->user, pass, &c, &err), 0);
                end(l);
                assert_int_equal(store_each_coverage(l->store, &all, on_answer, l->text, &err), 0);
                assert_string_equal(l->text, scans[i].said);
        }
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(store_remembers_what_was_refused),
                WITH_LEDGER(store_forgets_with_other_credentials),
                WITH_LEDGER(store_takes_a_sign_in_for_no_answer),
                WITH_LEDGER(store_keeps_no_fingerprint),
                WITH_LEDGER(store_forgets_all_when_told),
                WITH_LEDGER(store_forgets_what_nobody_asks_any_more),
                WITH_LEDGER(store_says_when_it_was_asked),
                WITH_LEDGER(store_dates_an_answer_that_rests),
        };

        return cmocka_run_group_tests_name("store_denial", tests, NULL, NULL);
}
