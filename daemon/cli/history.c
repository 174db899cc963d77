/* history: how findings and coverage went over time. */
#include "daemon/report/history.h"

#include "daemon/base/clock.h"
#include "daemon/base/number.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"

#include <string.h>

enum { DAYS_MAX = 36500 };

struct history_options {
        struct options common;
        enum history_by by;
        uint64_t days; /* 0: all that is kept */
        enum history_format format;
        const char *output;
};

enum { KEY_BY = 0x2000, KEY_DAYS };

static const struct argp_option options[] = {
        { "by", KEY_BY, "UNIT", 0,
          N_("a line for each day (default), of its last scan, or for each scan"), 0 },
        { "days", KEY_DAYS, "N", 0, N_("only the last so many days, today among them"), 0 },
        { "format", 'f', "FORMAT", 0, N_("table (default), json, csv or html"), 0 },
        { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), 0 },
        { 0 },
};

static void set_by(struct history_options *o, const char *arg, struct argp_state *state)
{
        static const char *const units[] = { "day", "scan", NULL };

        if (strcmp(arg, "day") != 0 && strcmp(arg, "scan") != 0)
                options_refuse(state, "by", arg, units);
        o->by = strcmp(arg, "scan") == 0 ? HISTORY_BY_SCAN : HISTORY_BY_DAY;
}

static void set_days(struct history_options *o, const char *arg, struct argp_state *state)
{
        if (number_parse_u64(arg, &o->days) < 0 || o->days == 0 || o->days > DAYS_MAX)
                argp_error(state, _("--days: '%s' is no number from 1 to %d"), arg, DAYS_MAX);
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const formats[] = { "table", "json", "csv", "html", NULL };
        struct history_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case KEY_BY:
                set_by(o, arg, state);
                return 0;
        case KEY_DAYS:
                set_days(o, arg, state);
                return 0;
        case 'f':
                if (history_format_from_name(arg, &o->format) < 0)
                        options_refuse(state, "format", arg, formats);
                return 0;
        case 'o':
                o->output = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static uint64_t since(const struct history_options *o)
{
        uint64_t today_usec = clock_realtime_usec() / USEC_PER_DAY * USEC_PER_DAY;
        uint64_t before_usec = (o->days - 1) * USEC_PER_DAY;

        return o->days == 0 || before_usec > today_usec ? 0 : today_usec - before_usec;
}

static int write_history(const struct history_options *o, struct store *store)
{
        struct history_request request = {
                .store = store,
                .by = o->by,
                .since_usec = since(o),
                .language = language_current(),
        };
        struct output output = { 0 };
        struct error err = { 0 };
        int r = output_open(&output, o->output, &err);

        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = history_write(&request, o->format, &err);
        }
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        return r < 0 ? options_fail(&err, -EIO) : EXIT_CLEAN;
}

int cli_history(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = options,
                .parser = on_option,
                .doc = N_("How findings and coverage went over time, from the numbers kept with "
                          "each scan. What is not known is shown as such, never as 0."),
                .children = children,
        };
        struct history_options o = { 0 };
        struct store *store = NULL;
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = options_open_store(&o.common, &store);
        if (status == 0)
                status = write_history(&o, store);
        store_close(store);
        options_done(&o.common);
        return status;
}
