/* The history for programs: JSON and CSV. */
#include "daemon/report/history.h"

#include "daemon/base/clock.h"
#include "daemon/base/version.h"
#include "daemon/report/csv.h"
#include "daemon/report/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct rows {
        const struct history_request *request;
        struct writer writer; /* JSON only */
};

/* VERDICT_NA is never kept. */
static const enum verdict verdicts[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_PASS,
                                         VERDICT_WAIVED };

/* ---- JSON --------------------------------------------------------------------------------------
 */

static void put_time(struct writer *w, const char *key, uint64_t time_usec)
{
        char text[CLOCK_TEXT_MAX];

        if (time_usec > 0)
                writer_text(w, key, clock_format_rfc3339(time_usec, text));
        else
                writer_value(w, key, json_null());
}

static void put_findings(struct writer *w, const struct store_census *c)
{
        writer_object(w, "findings");
        for (size_t v = 0; v < ELEMENTSOF(verdicts); v++) {
                writer_object(w, verdict_name(verdicts[v]));
                for (int i = 0; i < SEVERITY_MAX; i++)
                        writer_int(w, severity_name((enum severity)i),
                                   (int64_t)c->findings[verdicts[v]][i]);
                writer_end(w);
        }
        writer_end(w);
}

static void put_coverage(struct writer *w, const struct store_census *c)
{
        writer_object(w, "coverage");
        for (int i = 0; i < COVERAGE_STATE_MAX; i++)
                writer_int(w, coverage_state_name((enum coverage_state)i), (int64_t)c->coverage[i]);
        writer_end(w);
}

static void put_unknown(struct writer *w)
{
        static const char *const keys[] = { "resources", "stale", "findings", "coverage" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                writer_value(w, keys[i], json_null());
}

static void put_known(struct writer *w, const struct store_census *c)
{
        writer_int(w, "resources", (int64_t)c->resources);
        writer_int(w, "stale", (int64_t)c->stale);
        put_findings(w, c);
        put_coverage(w, c);
}

static void put_accounts(struct writer *w, const struct store_census *c)
{
        const char *name;
        json_t *was;

        writer_array(w, "accounts");
        json_object_foreach((json_t *)c->accounts, name, was) writer_text(w, NULL, name);
        writer_end(w);
}

static int put_json(void *user, const struct history_row *row)
{
        struct rows *rows = user;
        const struct store_census *c = &row->census;
        struct writer *w = &rows->writer;
        char label[HISTORY_LABEL_MAX];

        writer_object(w, NULL);
        if (rows->request->by == HISTORY_BY_DAY) {
                writer_text(w, "day", history_label(rows->request, row, label));
                writer_int(w, "scans", (int64_t)row->scans);
                writer_int(w, "cut_short", (int64_t)row->cut);
        }
        if (c->scan_id)
                writer_text(w, "scan", c->scan_id);
        else
                writer_value(w, "scan", json_null());
        put_time(w, "started", c->started_usec);
        put_time(w, "finished", c->finished_usec);
        writer_bool(w, "complete", c->complete);
        if (rows->request->by == HISTORY_BY_SCAN)
                put_accounts(w, c);
        writer_bool(w, "known", c->known);
        if (c->known)
                put_known(w, c);
        else
                put_unknown(w);
        writer_end(w);
        return writer_error(w);
}

int history_json(const struct history_request *request, struct error *err)
{
        struct rows rows = { .request = request, .writer = WRITER_TO(request->terminal.out, 2) };
        struct writer *w = &rows.writer;
        int r;

        writer_object(w, NULL);
        writer_text(w, "vigie", VIGIE_VERSION);
        writer_text(w, "by", request->by == HISTORY_BY_DAY ? "day" : "scan");
        writer_array(w, "history");
        r = history_each(request, put_json, &rows, err);
        if (r < 0)
                return r;
        writer_end(w);
        writer_end(w);
        return writer_finish(w, err);
}

/* ---- CSV ---------------------------------------------------------------------------------------
 */

static void csv_number(FILE *out, const struct store_census *c, uint64_t n)
{
        if (c->known)
                (void)fprintf(out, ",%" PRIu64, n);
        else /* an empty cell is not 0 */
                (void)fputc(',', out);
}

static int put_csv(void *user, const struct history_row *row)
{
        const struct rows *rows = user;
        const struct store_census *c = &row->census;
        FILE *out = rows->request->terminal.out;
        char label[HISTORY_LABEL_MAX];

        csv_cell(out, history_label(rows->request, row, label));
        (void)fputc(',', out);
        csv_cell(out, c->scan_id);
        (void)fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%s", row->scans, row->cut,
                      c->known ? "true" : "false");
        csv_number(out, c, c->resources);
        csv_number(out, c, c->stale);
        for (size_t v = 0; v < ELEMENTSOF(verdicts); v++)
                for (int i = 0; i < SEVERITY_MAX; i++)
                        csv_number(out, c, c->findings[verdicts[v]][i]);
        for (int i = 0; i < COVERAGE_STATE_MAX; i++)
                csv_number(out, c, c->coverage[i]);
        (void)fputs("\r\n", out);
        return ferror(out) ? -EIO : 0;
}

int history_csv(const struct history_request *request, struct error *err)
{
        struct rows rows = { .request = request };
        FILE *out = request->terminal.out;

        (void)fprintf(out, "%s,scan,scans,cut_short,known,resources,stale",
                      request->by == HISTORY_BY_DAY ? "day" : "started");
        for (size_t v = 0; v < ELEMENTSOF(verdicts); v++)
                for (int i = 0; i < SEVERITY_MAX; i++)
                        (void)fprintf(out, ",%s_%s", verdict_name(verdicts[v]),
                                      severity_name((enum severity)i));
        for (int i = 0; i < COVERAGE_STATE_MAX; i++)
                (void)fprintf(out, ",coverage_%s", coverage_state_name((enum coverage_state)i));
        (void)fputs("\r\n", out);
        return history_each(request, put_csv, &rows, err);
}
