#include "daemon/store/drift.h"

#include <errno.h>
#include <string.h>

/* ---- at the end of a pass ----------------------------------------------------------------------
 */

/* An answer without it: missing, unless it was before, with no visit in between that gave no
 * answer: then absence_settle() decides. */
static int mark_missing(struct store_scan *scan, const struct coverage_was *was, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_RESOURCE_OF_PASS, &st, err, "i", was->pass);

        while (r > 0) {
                int64_t row = sqlite3_column_int64(st, 0);

                if (!bitmap_has(&scan->seen, row))
                        r = store_run(scan->store, ST_RESOURCE_MISSING, err, "ioii", scan->number,
                                      was->last_ok, row, was->run);
                r = r < 0 ? r : store_next(scan->store, st, err);
        }
        return r;
}

/* No answer in the end, but what came before it is fresh. */
static int keep_fresh(struct store_scan *scan, const struct coverage_was *was, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_RESOURCE_OF_PASS, &st, err, "i", was->pass);
        bool any = false;

        while (r > 0) {
                int64_t row = sqlite3_column_int64(st, 0);

                if (bitmap_has(&scan->seen, row)) {
                        r = store_run(scan->store, ST_FRESH_PUT, err, "iii", row,
                                      (int64_t)scan->now_usec, scan->number);
                        any = true;
                }
                r = r < 0 ? r : store_next(scan->store, st, err);
        }
        if (r == 0 && any && was->partial == 0)
                r = store_run(scan->store, ST_PASS_PARTIAL, err, "ii", INT64_C(1), was->pass);
        return r;
}

int absence_of_pass(struct store_scan *scan, const struct coverage_was *was, bool answer,
                    struct error *err)
{
        int r;

        if (!answer)
                return keep_fresh(scan, was, err);
        r = mark_missing(scan, was, err);
        if (r < 0 || was->partial == 0)
                return r;
        r = store_run(scan->store, ST_FRESH_FORGET, err, "i", was->pass);
        return r < 0 ? r
                     : store_run(scan->store, ST_PASS_PARTIAL, err, "ii", INT64_C(0), was->pass);
}

/* ---- at the end of a complete scan -------------------------------------------------------------
 */

enum { GONE_BATCH = 256 };

/* Columns of ST_RESOURCE_GOING. */
enum { G_RESOURCE, G_PROVIDER, G_ACCOUNT, G_SCOPE, G_REGION, G_KIND, G_ID, G_NAME, G_TOPIC };

static json_t *gone_fields(sqlite3_stmt *st)
{
        const struct place place = { column_text(st, G_PROVIDER), column_text(st, G_ACCOUNT),
                                     column_text(st, G_SCOPE), column_text(st, G_REGION) };
        json_t *fields = record_place_fields(&place);

        if (fields) {
                (void)json_object_set_new(fields, "kind", json_string(column_text(st, G_KIND)));
                (void)json_object_set_new(fields, "resource", json_string(column_text(st, G_ID)));
                if (column_text(st, G_NAME))
                        (void)json_object_set_new(fields, "name",
                                                  json_string(column_text(st, G_NAME)));
        }
        return fields;
}

/* The rows are listed before they are written: writing takes them out of the index that is walked.
 */
struct going {
        int64_t rows[GONE_BATCH];
        json_t *fields[GONE_BATCH]; /* NULL for evidence: not told */
        size_t n;
};

static void going_done(struct going *g)
{
        for (size_t i = 0; i < g->n; i++)
                json_decref(g->fields[i]);
        g->n = 0;
}

static int going_list(struct store_scan *scan, struct going *g, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_RESOURCE_GOING, &st, err, "ii", scan->number,
                          (int64_t)GONE_BATCH);

        while (r > 0 && g->n < GONE_BATCH) {
                bool told = !column_text(st, G_TOPIC);

                g->rows[g->n] = sqlite3_column_int64(st, G_RESOURCE);
                g->fields[g->n] = told ? gone_fields(st) : NULL;
                if (told && !g->fields[g->n])
                        return error_oom(err);
                g->n++;
                r = store_next(scan->store, st, err);
        }
        return r;
}

static int going_write(struct store_scan *scan, struct going *g, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < g->n && r == 0; i++) {
                r = store_run(scan->store, ST_RESOURCE_GONE, err, "ii", (int64_t)scan->now_usec,
                              g->rows[i]);
                if (r == 0)
                        r = drift_resource(scan, g->rows[i], DRIFT_GONE, NULL, err);
                if (r == 0 && g->fields[i])
                        r = flap_tell_take(scan, FLAP_RESOURCE, g->rows[i], EVENT_RESOURCE_GONE,
                                           TAKE_PTR(g->fields[i]), err);
                if (r == 0)
                        r = findings_close_resource(scan, g->rows[i], err);
        }
        return r;
}

int absence_settle(struct store_scan *scan, struct error *err)
{
        size_t n;

        do {
                _cleanup_(going_done) struct going g = { .n = 0 };
                int r = going_list(scan, &g, err);

                if (r == 0)
                        r = going_write(scan, &g, err);
                if (r < 0)
                        return r;
                n = g.n;
        } while (n > 0);
        return 0;
}
