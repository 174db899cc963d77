/* The tests of rows, whatever the provider. */
#include "tests/support/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"

static struct bench {
        const struct rows_of *of;
        struct cloudsim *sim;
        struct rows rows;
        char *config;
        struct scan_run plain; /* nothing denied */
} bench;

/* ---- the rows' own words
 * -------------------------------------------------------------------------- */

#define for_each_row(row)                                                                          \
        for (const struct row *row = bench.rows.list; row < bench.rows.list + bench.rows.n; row++)
#define for_each_listed_row(row) for_each_row(row) if (!(row->how & ROW_LATER))

static size_t count_found(const struct row *row, const struct scan_run *run)
{
        if (row->collector->reference)
                return (size_t)json_integer_value(
                        json_object_get(row_coverage(row, run, NULL), "items"));
        return json_array_size(row_found(row, run));
}

static bool is_list_of_a_row(const char *service, const char *operation)
{
        for_each_row(row) if (strcmp(row->service, service) == 0 &&
                              strcmp(row->operation, operation) == 0) return true;
        return false;
}

/* A detail call is another row's list sometimes: denied, that row would not be there at all. */
static bool is_denied_detail(const struct call *call)
{
        char service[ROW_SERVICE_MAX], operation[ROW_OPERATION_MAX];

        bench.of->call(call, service, operation);
        return !is_list_of_a_row(service, operation);
}

static void fault(const char *service, const char *operation, unsigned page)
{
        _cleanup_(freep) char *text = NULL;

        assert_true(asprintf(&text,
                             "{\"match\": {\"service\": \"%s\", \"operation\": \"%s\", "
                             "\"page\": %u}, \"do\": {\"denied\": true}}",
                             service, operation, page) > 0);
        assert_int_equal(cloudsim_add_faults(bench.sim, text), 0);
}

static void fault_list(const struct row *row, unsigned page)
{
        if (!(row->how & ROW_SHARED))
                fault(row->service, row->operation, page);
}

static void fault_detail(const struct call *call)
{
        char service[ROW_SERVICE_MAX], operation[ROW_OPERATION_MAX];

        bench.of->call(call, service, operation);
        fault(service, operation, 1);
}

static void scan(struct scan_run *run)
{
        run->sink_fails_after = -1;
        assert_int_equal(scan_run(run, bench.sim, bench.config), 0);
        assert_true(run->complete);
        assert_int_equal(json_array_size(run->troubles), 0);
}

/* Faults found, all of them told before the test fails. */
struct verdict {
        size_t failures;
};

static void _printf_(3, 4) expect(struct verdict *v, bool holds, const char *fmt, ...)
{
        va_list args;

        if (holds)
                return;
        v->failures++;
        va_start(args, fmt);
        (void)vfprintf(stderr, fmt, args);
        va_end(args);
        (void)fputc('\n', stderr);
}

static void conclude(const struct verdict *v)
{
        if (v->failures > 0)
                fail_msg("%zu rows are not as they should be", v->failures);
}

/* ---- what is there
 * -------------------------------------------------------------------------------- */

/* Two items at least; with pages of one, as many pages as items over all rows of an operation. */
static void rows_find_what_is_there(void **state)
{
        struct verdict v = { 0 };

        assert_true(bench.rows.n >= bench.of->least);
        for_each_row(row)
        {
                const char *id = row->collector->id, *key = "";
                const json_t *coverage = row_coverage(row, &bench.plain, &key);
                size_t least = row->how & ROW_ONE ? 1 : 2, n = count_found(row, &bench.plain);

                expect(&v, coverage != NULL, "%s: was not asked at all", id);
                expect(&v, n >= least, "%s: finds %zu, the world has to have %zu", id, n, least);
                expect(&v,
                       strcmp(scan_run_state(&bench.plain, id, strrchr(key, ' ') + 1), "ok") == 0,
                       "%s: %s, %s", id, json_member_string(coverage, "state"),
                       json_member_string(coverage, "cause"));
        }
        conclude(&v);
}

static uint64_t items_of_operation(const char *service, const char *operation)
{
        uint64_t n = 0;

        for_each_listed_row(row) if (strcmp(row->service, service) == 0 &&
                                     strcmp(row->operation, operation) == 0)
        {
                n += (uint64_t)json_integer_value(
                        json_object_get(row_coverage(row, &bench.plain, NULL), "items"));
        }
        return n;
}

static void rows_are_read_page_by_page(void **state)
{
        struct verdict v = { 0 };

        for_each_listed_row(row)
        {
                const char *operation = row->operation;
                uint64_t calls = cloudsim_calls(bench.sim, row->service, operation, 200);
                uint64_t items = items_of_operation(row->service, operation);

                if (!row->paged || row->how & ROW_ONE)
                        continue;
                expect(&v, cloudsim_pages(bench.sim, row->service, operation) >= 2,
                       "%s: no second page of %s.%s", row->collector->id, row->service, operation);
                expect(&v, calls >= items, "%s: %llu pages of one for %llu items",
                       row->collector->id, (unsigned long long)calls, (unsigned long long)items);
        }
        conclude(&v);
}

static bool is_never_known(const char *id, const char *fact)
{
        for (size_t i = 0; i < bench.of->n_never_known; i++) {
                const struct row_never_known *never = &bench.of->never_known[i];

                if (fnmatch(never->id, id, 0) == 0 && strcmp(never->fact, fact) == 0)
                        return true;
        }
        return false;
}

static bool is_known_somewhere(const struct row *row, const char *fact)
{
        const json_t *found = row_found(row, &bench.plain);
        size_t i;
        json_t *resource;

        json_array_foreach((json_t *)found, i, resource)
        {
                if (strcmp(row_fact_state(resource, fact), "known") == 0)
                        return true;
        }
        return false;
}

/* What the catalogue says that no call tells is unknown in every item, with its cause. */
static void expect_untold(struct verdict *v, const struct row *row, const char *fact,
                          const char *cause)
{
        size_t i;
        json_t *resource;

        json_array_foreach((json_t *)row_found(row, &bench.plain), i, resource)
        {
                const json_t *is = json_object_get(json_object_get(resource, "facts"), fact);
                const char *told = json_member_string(is, "cause");

                expect(v, told && strcmp(told, cause) == 0, "%s: %s is %s", row->collector->id,
                       fact, row_fact_state(resource, fact));
        }
}

static void expect_known(struct verdict *v, const struct row *row, const json_t *facts)
{
        const char *id = row->collector->id, *fact;
        json_t *spec;

        json_object_foreach((json_t *)facts, fact, spec)
        {
                bool known = is_known_somewhere(row, fact), never = is_never_known(id, fact);
                const char *untold = json_member_string(spec, "unknown");

                if (untold) {
                        expect_untold(v, row, fact, untold);
                        continue;
                }
                expect(v, known || never, "%s: %s is known in no item", id, fact);
                expect(v, !known || !never, "%s: %s is known, against what is said here", id, fact);
        }
}

static void rows_know_every_fact(void **state)
{
        struct verdict v = { 0 };

        for_each_row(row)
        {
                const struct collector *c = row->collector;

                if (c->reference)
                        continue;
                expect_known(&v, row, c->facts);
                for (size_t i = 0; i < c->n_detail; i++)
                        expect_known(&v, row, c->detail[i].facts);
                for (size_t i = 0; i < c->n_joins; i++)
                        expect_known(&v, row, c->joins[i].facts);
        }
        conclude(&v);
}

static void rows_know_tags(void **state)
{
        struct verdict v = { 0 };

        for_each_row(row)
        {
                bool tagged = row->collector->tags != NULL, known = false;
                size_t i;
                json_t *resource;

                for (i = 0; i < row->collector->n_detail; i++)
                        tagged = tagged || row->collector->detail[i].tags;
                json_array_foreach((json_t *)row_found(row, &bench.plain), i, resource)
                {
                        known = known || (json_object_size(json_object_get(resource, "tags")) > 0 &&
                                          strcmp(row_fact_state(resource, "tags"), "known") == 0);
                }
                expect(&v, !tagged || known, "%s: no item has a tag", row->collector->id);
        }
        conclude(&v);
}

/* ---- what is denied
 * ------------------------------------------------------------------------------- */

static void rows_denied_are_never_ok(void **state)
{
        struct scan_run run = { 0 };
        struct verdict v = { 0 };

        for_each_listed_row(row) fault_list(row, 1);
        scan(&run);
        for_each_listed_row(row)
        {
                const struct collector *c = row->collector;
                const json_t *coverage = row_coverage(row, &run, NULL);
                const char *is = json_member_string(coverage, "state");
                const char *cause = json_member_string(coverage, "cause");
                const char *permission = json_member_string(coverage, "permission");

                if (row->how & ROW_SHARED)
                        continue;
                expect(&v, is && strcmp(is, c->per ? "skipped" : "denied") == 0, "%s: %s", c->id,
                       is);
                expect(&v, cause && *cause, "%s: no cause", c->id);
                expect(&v,
                       !c->list.permission ||
                               (permission && strcmp(permission, c->list.permission) == 0),
                       "%s: %s is not the permission", c->id, permission);
                expect(&v, count_found(row, &run) == 0, "%s: found, though denied", c->id);
        }
        for_each_row(row) if (row->how & ROW_LATER)
        {
                expect(&v, scan_run_partial(&run, row->collector->id, ""), "%s: is not partial",
                       row->collector->id);
        }
        assert_int_equal(cloudsim_counter(bench.sim, "repeated_after_denial"), bench.of->repeated);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(bench.sim), 0);
        conclude(&v);
}

static void rows_denied_on_page_two_keep_page_one(void **state)
{
        struct scan_run run = { 0 };
        struct verdict v = { 0 };

        for_each_listed_row(row) if (row->paged) fault_list(row, 2);
        scan(&run);
        for_each_listed_row(row)
        {
                const char *id = row->collector->id, *key = "", *is;
                size_t before = count_found(row, &bench.plain), now = count_found(row, &run);

                if (!row->paged || row->how & (ROW_ONE | ROW_SHARED) || row->collector->per)
                        continue;
                (void)row_coverage(row, &bench.plain, &key);
                is = json_member_string(json_object_get(run.coverage, key), "state");
                expect(&v, is && strcmp(is, "denied") == 0, "%s: %s", id, is);
                expect(&v, (now > 0 || row->how & ROW_BEHIND) && now < before,
                       "%s: %zu of %zu found", id, now, before);
        }
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(bench.sim), 0);
        conclude(&v);
}

static const json_t *found_again(const struct row *row, const struct scan_run *run, const char *id)
{
        size_t i;
        json_t *resource;

        json_array_foreach((json_t *)row_found(row, run), i, resource)
        {
                if (strcmp(json_member_string(resource, "id"), id) == 0)
                        return resource;
        }
        return NULL;
}

/* Is the fact said by something that was read: the list, or a call that is not denied? */
static bool is_read_elsewhere(const struct row *row, const char *fact)
{
        const struct collector *c = row->collector;

        if (json_object_get(c->facts, fact))
                return true;
        for (size_t i = 0; i < c->n_detail; i++)
                if (!is_denied_detail(&c->detail[i]) && json_object_get(c->detail[i].facts, fact))
                        return true;
        return false;
}

/* before: as it is when nothing is denied. What a call would not have been asked for stays absent.
 */
static void expect_unknown(struct verdict *v, const struct row *row, const struct call *call,
                           const json_t *before, const json_t *now)
{
        const char *id = json_member_string(now, "id"), *fact;
        json_t *spec;

        json_object_foreach((json_t *)call->facts, fact, spec)
        {
                const json_t *is = json_object_get(json_object_get(now, "facts"), fact);
                const char *cause = json_member_string(is, "cause");
                bool needless = (call->requires || call->each || call->n_where > 0) &&
                                strcmp(row_fact_state(before, fact), "absent") == 0 &&
                                strcmp(row_fact_state(now, fact), "absent") == 0;

                expect(v,
                       needless || is_read_elsewhere(row, fact) ||
                               (strcmp(row_fact_state(now, fact), "unknown") == 0 && cause &&
                                *cause),
                       "%s %s: %s is %s, its call %s was denied", row->collector->id, id, fact,
                       row_fact_state(now, fact), call->name);
        }
        expect(v, !call->tags || strcmp(row_fact_state(now, "tags"), "unknown") == 0,
               "%s %s: tags are %s", row->collector->id, id, row_fact_state(now, "tags"));
}

static void expect_there(struct verdict *v, const struct row *row, const struct scan_run *run)
{
        const struct collector *c = row->collector;
        size_t i;
        json_t *before;

        json_array_foreach((json_t *)row_found(row, &bench.plain), i, before)
        {
                const char *id = json_member_string(before, "id");
                const json_t *now = found_again(row, run, id);

                expect(v, now != NULL, "%s: %s is gone, its details were denied", c->id, id);
                for (size_t k = 0; now && k < c->n_detail; k++)
                        if (is_denied_detail(&c->detail[k]))
                                expect_unknown(v, row, &c->detail[k], before, now);
        }
}

static void rows_with_denied_details_are_unknown(void **state)
{
        struct scan_run run = { 0 };
        struct verdict v = { 0 };

        for_each_listed_row(row) for (size_t i = 0; i < row->collector->n_detail;
                                      i++) if (is_denied_detail(&row->collector->detail[i]))
                fault_detail(&row->collector->detail[i]);
        scan(&run);
        for_each_listed_row(row)
        {
                const char *key = "", *is;
                bool detailed = false;

                (void)row_coverage(row, &bench.plain, &key);
                is = json_member_string(json_object_get(run.coverage, key), "state");
                for (size_t i = 0; i < row->collector->n_detail; i++)
                        detailed = detailed || is_denied_detail(&row->collector->detail[i]);
                expect(&v, is && (!detailed || strcmp(is, "denied") == 0), "%s: %s",
                       row->collector->id, is);
                expect_there(&v, row, &run);
        }
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(bench.sim), 0);
        conclude(&v);
}

/* ---- the bench
 * ------------------------------------------------------------------------------------ */

static int setup(void **state)
{
        struct error err = { 0 };

        if (rows_load(&bench.rows, bench.of, &err) < 0) {
                (void)fprintf(stderr, "%s\n", err.text);
                return -1;
        }
        if (asprintf(&bench.config,
                     "accounts:\n"
                     "  - name: essai\n"
                     "    provider: %s\n"
                     "%s"
                     "    optional: %s\n"
                     "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
                     "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n",
                     bench.of->provider, bench.of->account, bench.rows.optional) < 0)
                return -ENOMEM;
        bench.sim = cloudsim_start(bench.of->world, NULL);
        bench.plain.sink_fails_after = -1;
        return bench.sim ? scan_run(&bench.plain, bench.sim, bench.config) : -1;
}

static int teardown(void **state)
{
        scan_run_done(&bench.plain);
        rows_done(&bench.rows);
        free(bench.config);
        return cloudsim_stop(bench.sim);
}

int rows_check(const struct rows_of *of)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_find_what_is_there),
                cmocka_unit_test(rows_are_read_page_by_page), /* counts the scan of setup() */
                cmocka_unit_test(rows_know_every_fact),
                cmocka_unit_test(rows_know_tags),
                cmocka_unit_test(rows_denied_are_never_ok),
                cmocka_unit_test(rows_denied_on_page_two_keep_page_one),
                cmocka_unit_test(rows_with_denied_details_are_unknown),
        };

        bench = (struct bench){ .of = of };
        return cmocka_run_group_tests_name(of->provider, tests, setup, teardown);
}
