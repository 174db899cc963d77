#include "tests/support/record.h"

#include "daemon/base/clock.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int on_remove(const char *file, const struct stat *st, int flag, struct FTW *ftw)
{
        return remove(file);
}

const char *record_file(const struct record *r, const char *name)
{
        static char file[160];

        (void)snprintf(file, sizeof(file), "%s/state/%s", r->folder, name);
        return file;
}

void record_open(struct record *r)
{
        struct error err = { 0 };
        char state[96];

        (void)snprintf(state, sizeof(state), "%s/state", r->folder);
        if (store_open(&r->store, state, false, &err) < 0)
                fail_msg("%s", err.text);
}

void record_close(struct record *r)
{
        r->store = store_close(r->store);
}

int record_setup(void **state)
{
        struct record *r = calloc(1, sizeof(*r));

        assert_non_null(r);
        (void)snprintf(r->folder, sizeof(r->folder), "/tmp/vigie-store-XXXXXX");
        assert_non_null(mkdtemp(r->folder));
        r->now_usec = UINT64_C(1790000000) * USEC_PER_SEC;
        record_open(r);
        *state = r;
        return 0;
}

int record_teardown(void **state)
{
        struct record *r = *state;
        struct error err = { 0 };

        if (r->scan)
                (void)store_scan_end(r->scan, r->now_usec, &err);
        record_close(r);
        (void)nftw(r->folder, on_remove, 8, FTW_DEPTH | FTW_PHYS);
        free(r);
        return 0;
}

struct place record_place(void)
{
        return (struct place){ "aws", "prod", "111122223333", "eu-west-1" };
}

void record_begin(struct record *r)
{
        static const char *const accounts[] = { "prod", NULL };
        struct error err = { 0 };

        if (store_scan_begin(&r->scan, r->store, accounts, r->now_usec, &err) < 0)
                fail_msg("%s", err.text);
}

void record_end(struct record *r, bool complete)
{
        struct error err = { 0 };

        if (store_scan_collected(r->scan, complete, r->now_usec, &err) < 0 ||
            store_scan_end(r->scan, r->now_usec + USEC_PER_MINUTE, &err) < 0)
                fail_msg("%s", err.text);
        r->scan = NULL;
        r->now_usec += USEC_PER_HOUR;
}

/* Every call has evidence of its own, as in life. */
struct resource *record_resource(struct record *r, const char *collector, const char *id)
{
        const struct place place = record_place();
        struct resource *resource = resource_new(&place, collector);
        char request[32];

        assert_non_null(resource);
        (void)snprintf(request, sizeof(request), "req-%ju", (uintmax_t)++r->n_requests);
        resource->id = strdup(id);
        resource->name = strdup(id);
        resource->status = strdup("InService");
        resource->service_type = strdup("mlaas");
        resource->details_complete = true;
        resource->detailed_usec = r->now_usec;
        memset(resource->listed_digest, 'd', SHA256_HEX_MAX - 1);
        (void)json_array_append_new(resource->evidence,
                                    json_pack("{s:s, s:s}", "call", "List", "request_id", request));
        assert_int_equal(fact_set_known_take(resource->facts, "size", json_integer(1), 0), 0);
        return resource;
}

void record_put(struct record *r, void *pass, const struct resource *resource)
{
        const struct sink *sink = store_scan_sink(r->scan);
        struct error err = { 0 };

        if (sink->resource(sink->user, pass, resource, &err) < 0)
                fail_msg("%s", err.text);
}

void record_pass(struct record *r, const char *collector, enum coverage_state state,
                 const char *ids)
{
        const struct sink *sink = store_scan_sink(r->scan);
        struct coverage c = { .place = record_place(),
                              .collector = collector,
                              .state = state,
                              .service_type = "mlaas",
                              .calls = 2 };
        struct error err = { 0 };
        void *pass = NULL;
        char id[64];
        int n;

        if (state != COVERAGE_OK)
                c.cause = "HTTP 403 AccessDenied";
        if (sink->pass_begin(sink->user, &c.place, collector, &pass, &err) < 0)
                fail_msg("%s", err.text);
        for (; ids && sscanf(ids, "%63s%n", id, &n) == 1; ids += n) {
                struct resource *resource = record_resource(r, collector, id);

                record_put(r, pass, resource);
                resource_free(resource);
        }
        if (sink->pass_end(sink->user, pass, &c, &err) < 0)
                fail_msg("%s", err.text);
}

void record_scan(struct record *r, enum coverage_state state, const char *ids)
{
        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", state, ids);
        record_end(r, true);
}

unsigned record_events(struct record *r, enum event_kind kind)
{
        struct store_event event;
        struct error err = { 0 };
        unsigned n = 0;
        int more;

        while ((more = store_outbox_next(r->store, &event, &err)) > 0) {
                n += event.kind == kind;
                assert_int_equal(store_outbox_sent(r->store, event.sequence, &err), 0);
        }
        if (more < 0)
                fail_msg("%s", err.text);
        return n;
}

int64_t record_number(const struct record *r, const char *sql)
{
        sqlite3_stmt *stmt = NULL;
        sqlite3 *db = NULL;
        int64_t number;

        assert_int_equal(
                sqlite3_open_v2(record_file(r, "vigie.db"), &db, SQLITE_OPEN_READWRITE, NULL),
                SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        number = sqlite3_column_int64(stmt, 0);
        (void)sqlite3_finalize(stmt);
        (void)sqlite3_close(db);
        return number;
}
