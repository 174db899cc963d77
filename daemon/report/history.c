#include "daemon/report/history.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct {
        const char *name;
        int (*write)(const struct history_request *request, struct error *err);
} formats[] = {
        [HISTORY_TABLE] = { "table", history_table },
        [HISTORY_JSON] = { "json", history_json },
        [HISTORY_CSV] = { "csv", history_csv },
        [HISTORY_HTML] = { "html", history_html },
};
static_assert(ELEMENTSOF(formats) == HISTORY_FORMAT_MAX, "every format has its row");

int history_format_from_name(const char *name, enum history_format *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i].name, name) == 0) {
                        *ret = (enum history_format)i;
                        return 0;
                }
        return -EINVAL;
}

int history_write(const struct history_request *request, enum history_format format,
                  struct error *err)
{
        FILE *out = request->terminal.out;
        int r = formats[format].write(request, err);

        if (r < 0)
                return r;
        if (fflush(out) != 0 || ferror(out))
                return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return 0;
}

/* ---- days --------------------------------------------------------------------------------------
 */

struct fold {
        const struct history_request *request;
        int (*cb)(void *user, const struct history_row *row);
        void *user;
        struct history_row row; /* of the day that is being gathered */
        char scan_id[64];       /* of row.census */
        bool begun;
};

static int give_day(struct fold *f)
{
        int r = f->begun ? f->cb(f->user, &f->row) : 0;

        f->begun = false;
        return r;
}

/* The row of that day begins empty; days in between had no scan. */
static int begin_day(struct fold *f, uint64_t day_usec)
{
        uint64_t next_usec = f->row.day_usec + USEC_PER_DAY;
        bool gap = f->begun;
        int r = give_day(f);

        for (; gap && next_usec < day_usec && r == 0; next_usec += USEC_PER_DAY) {
                const struct history_row nobody_looked = { .day_usec = next_usec };

                r = f->cb(f->user, &nobody_looked);
        }
        f->row = (struct history_row){ .day_usec = day_usec };
        f->begun = true;
        return r;
}

static int on_scan_of_day(void *user, const struct store_census *c)
{
        struct fold *f = user;
        uint64_t day_usec = c->started_usec - c->started_usec % USEC_PER_DAY;
        int r = 0;

        /* a clock that was set back must not bring a day twice */
        if (!f->begun || day_usec > f->row.day_usec)
                r = begin_day(f, day_usec);
        f->row.scans++;
        if (!c->complete)
                f->row.cut++;
        if (c->known) {
                (void)snprintf(f->scan_id, sizeof(f->scan_id), "%s", c->scan_id);
                f->row.census = *c;
                f->row.census.scan_id = f->scan_id;
                f->row.census.accounts = NULL; /* borrowed for the call */
        }
        return r;
}

static int on_scan(void *user, const struct store_census *c)
{
        struct fold *f = user;
        const struct history_row row = {
                .census = *c,
                .day_usec = c->started_usec - c->started_usec % USEC_PER_DAY,
                .scans = 1,
                .cut = !c->complete,
        };

        return f->cb(f->user, &row);
}

int history_each(const struct history_request *request,
                 int (*cb)(void *user, const struct history_row *row), void *user,
                 struct error *err)
{
        struct fold f = { .request = request, .cb = cb, .user = user };
        bool by_day = request->by == HISTORY_BY_DAY;
        int r = store_each_census(request->store, request->since_usec,
                                  request->max ? request->max : UINT64_MAX,
                                  by_day ? on_scan_of_day : on_scan, &f, err);

        if (r == 0)
                r = give_day(&f);
        return r < 0 ? error_set(err, r, "history: %s", strerror(-r)) : 0;
}

/* ---- words -------------------------------------------------------------------------------------
 */

char *history_label(const struct history_request *request, const struct history_row *row,
                    char text[static HISTORY_LABEL_MAX])
{
        static_assert((int)HISTORY_LABEL_MAX == (int)CLOCK_TEXT_MAX, "a time fits");
        if (request->by == HISTORY_BY_SCAN)
                return clock_format_rfc3339(row->census.started_usec, text);
        (void)clock_format_rfc3339(row->day_usec, text);
        text[strcspn(text, "T")] = '\0';
        return text;
}

char *history_state(const struct history_request *request, const struct history_row *row,
                    char text[static HISTORY_STATE_MAX])
{
        if (request->by == HISTORY_BY_SCAN)
                (void)snprintf(text, HISTORY_STATE_MAX, "%s",
                               row->census.finished_usec == 0 ? _("not ended")
                               : row->census.complete         ? _("complete")
                                                              : _("cut short"));
        else if (row->scans == 0)
                (void)snprintf(text, HISTORY_STATE_MAX, "%s", _("no scan"));
        else if (row->cut > 0)
                (void)snprintf(text, HISTORY_STATE_MAX, _("%llu, %llu cut short"),
                               (unsigned long long)row->scans, (unsigned long long)row->cut);
        else
                (void)snprintf(text, HISTORY_STATE_MAX, "%llu", (unsigned long long)row->scans);
        return text;
}

char *history_accounts(const struct store_census *c)
{
        struct buffer b = BUFFER_INIT(65536);
        const char *name;
        json_t *was;

        json_object_foreach((json_t *)c->accounts, name, was)
        {
                buffer_add(&b, b.size_bytes > 0 ? ", " : "");
                buffer_add(&b, name);
        }
        buffer_add(&b, "");
        return buffer_take(&b);
}

uint64_t history_unread(const struct store_census *c, uint64_t *ret_all)
{
        uint64_t unread = 0, all = 0;

        for (int i = 0; i < COVERAGE_STATE_MAX; i++) {
                all += c->coverage[i];
                if (!coverage_is_answer((enum coverage_state)i))
                        unread += c->coverage[i];
        }
        *ret_all = all;
        return unread;
}

/* ---- on a terminal -----------------------------------------------------------------------------
 */

enum { N_NUMBERS = SEVERITY_MAX + 5, NUMBER_MAX = 48 };

struct table {
        const struct history_request *request;
        struct grid *grid;
        uint64_t rows, unknown;
};

static uint64_t sum_of(const uint64_t counts[static SEVERITY_MAX])
{
        uint64_t sum = 0;

        for (int i = 0; i < SEVERITY_MAX; i++)
                sum += counts[i];
        return sum;
}

/* critical…info, undetermined, waived, met, resources, not read. */
static void print_numbers(const struct store_census *c, char text[static N_NUMBERS][NUMBER_MAX])
{
        uint64_t all, unread = history_unread(c, &all), numbers[N_NUMBERS - 1];
        size_t n = 0;

        for (int i = SEVERITY_MAX - 1; i >= 0; i--)
                numbers[n++] = c->findings[VERDICT_FAIL][i];
        numbers[n++] = sum_of(c->findings[VERDICT_UNKNOWN]);
        numbers[n++] = sum_of(c->findings[VERDICT_WAIVED]);
        numbers[n++] = sum_of(c->findings[VERDICT_PASS]);
        numbers[n++] = c->resources;
        for (size_t i = 0; i < n; i++)
                (void)snprintf(text[i], NUMBER_MAX, c->known ? "%" PRIu64 : "?", numbers[i]);
        (void)snprintf(text[n], NUMBER_MAX, c->known ? "%" PRIu64 "/%" PRIu64 : "?", unread, all);
}

static int on_row(void *user, const struct history_row *row)
{
        struct table *t = user;
        char label[HISTORY_LABEL_MAX], state[HISTORY_STATE_MAX], numbers[N_NUMBERS][NUMBER_MAX];
        const char *cells[N_NUMBERS + 3] = {
                history_label(t->request, row, label),
                history_state(t->request, row, state),
        };
        _cleanup_(freep) char *accounts = history_accounts(&row->census);

        if (!accounts)
                return -ENOMEM;
        print_numbers(&row->census, numbers);
        for (size_t i = 0; i < N_NUMBERS; i++)
                cells[i + 2] = numbers[i];
        cells[N_NUMBERS + 2] = accounts; /* by scan only */
        t->rows++;
        t->unknown += !row->census.known;
        return grid_row(t->grid, cells);
}

static void print_end(const struct table *t)
{
        FILE *out = t->request->terminal.out;

        if (t->rows == 0)
                (void)fprintf(out, "%s\n", _("No scan in that time."));
        if (t->unknown > 0)
                (void)fprintf(out, "%s\n",
                              _("? is not known: no scan, one that did not end, or one of before "
                                "there were numbers."));
}

int history_table(const struct history_request *request, struct error *err)
{
        bool by_day = request->by == HISTORY_BY_DAY;
        const struct grid_column columns[] = {
                { by_day ? _("DAY") : _("SCAN"), 0 },
                { by_day ? _("SCANS") : _("STATE"), 0 },
                { _("CRITICAL"), GRID_RIGHT },
                { _("HIGH"), GRID_RIGHT },
                { _("MEDIUM"), GRID_RIGHT },
                { _("LOW"), GRID_RIGHT },
                { _("INFO"), GRID_RIGHT },
                { _("UNDETERMINED"), GRID_RIGHT },
                { _("WAIVED"), GRID_RIGHT },
                { _("MET"), GRID_RIGHT },
                { _("RESOURCES"), GRID_RIGHT },
                { _("NOT READ"), GRID_RIGHT },
                { _("ACCOUNTS"), GRID_SHRINK },
        };
        static_assert(ELEMENTSOF(columns) == N_NUMBERS + 3, "every cell has its column");
        _cleanup_(grid_freep) struct grid *grid = NULL;
        struct table t = { .request = request };
        int r = grid_new(&grid, &request->terminal, columns, ELEMENTSOF(columns) - by_day, err);

        if (r < 0)
                return r;
        t.grid = grid;
        r = history_each(request, on_row, &t, err);
        if (r == 0)
                r = grid_end(grid, err);
        if (r == 0)
                print_end(&t);
        return r;
}
