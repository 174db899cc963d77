#include "daemon/base/clock.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/drift.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct diff_options {
        struct options common;
        const char *ends[2];
        const char *since, *output;
        uint64_t since_usec;
        enum report_format format;
        enum severity fail_on;
};

enum { OPTION_SINCE = 1000 };

static const struct argp_option diff_argp_options[] = {
        { "since", OPTION_SINCE, "SPAN|DATE", 0,
          N_("from the last scan that had begun by then (7d, 2026-11-23), to the last one"), 0 },
        { "format", 'f', "FORMAT", 0, N_("table (default), json or csv"), 0 },
        { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), 0 },
        { "fail-on", 'F', "SEVERITY", 0,
          N_("exit with status 3 for a failure that appeared or worsened at or above it: info "
             "(default), low, medium, high or critical"),
          0 },
        { 0 },
};

static void set_since(struct diff_options *o, const char *arg, const struct argp_state *state)
{
        uint64_t span_usec, now_usec = clock_realtime_usec();

        o->since = arg;
        if (clock_parse_span(arg, &span_usec) == 0 && span_usec < now_usec)
                o->since_usec = now_usec - span_usec;
        else if (clock_parse_iso8601(arg, &o->since_usec) < 0)
                argp_error(state, _("'%s' is neither a span (7d, 12h) nor a date (2026-11-23)"),
                           arg);
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const formats[] = { "table", "json", "csv", NULL };
        static const char *const severities[] = {
                "info", "low", "medium", "high", "critical", NULL
        };
        struct diff_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case OPTION_SINCE:
                set_since(o, arg, state);
                return 0;
        case 'f':
                if (report_format_from_name(arg, &o->format) < 0 || o->format > REPORT_CSV)
                        options_refuse(state, "format", arg, formats);
                return 0;
        case 'o':
                o->output = arg;
                return 0;
        case 'F':
                if (severity_from_name(arg, &o->fail_on) < 0)
                        options_refuse(state, "fail-on", arg, severities);
                return 0;
        case ARGP_KEY_ARG:
                if (state->arg_num >= ELEMENTSOF(o->ends))
                        argp_error(state, _("'%s' is one word too many"), arg);
                o->ends[state->arg_num] = arg;
                return 0;
        case ARGP_KEY_END:
                if (o->since && o->ends[0])
                        argp_error(state, _("--since stands for the older scan: name no other"));
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static bool is_there(const char *path)
{
        struct stat st;

        return path && stat(path, &st) == 0;
}

/* A path that is written as one means a file, there or not. */
static bool is_file(const char *text)
{
        return text && (strchr(text, '/') || is_there(text));
}

static int compare(const struct diff_options *o, const struct drift_request *request,
                   struct drift_totals *totals, struct store *store, struct error *err)
{
        struct drift_pick pick = { .from = { 0 } };
        int r;

        if (!store)
                return drift_of_files(request, o->ends[0], o->ends[1], totals, err);
        r = drift_pick(&pick, store, o->ends[0], o->ends[1], o->since_usec, err);
        if (r == 0)
                r = drift_of_scans(request, store, &pick, totals, err);
        drift_pick_done(&pick);
        return r;
}

static int diff(const struct diff_options *o, struct store *store)
{
        struct drift_request request = {
                .format = o->format,
                .language = language_current(),
                .fail_on = o->fail_on,
        };
        struct drift_totals totals = { 0 };
        struct output output = { 0 };
        struct error err = { 0 };
        int r = output_open(&output, o->output, &err), code;

        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = compare(o, &request, &totals, store, &err);
        }
        code = r;
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        if (r < 0)
                return options_fail(&err, code == -EINVAL ? -EINVAL : -EIO);
        return totals.worse > 0 ? EXIT_FINDINGS : totals.lost > 0 ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

static int check_ends(const struct diff_options *o, bool *ret_files)
{
        struct error err = { 0 };
        bool first = is_file(o->ends[0]), second = is_file(o->ends[1]);

        *ret_files = first && second;
        if (first == second)
                return 0;
        (void)error_set(&err, -EINVAL,
                        _("'%s' is a file: it can be compared with another file only, as "
                          "vigie scan --format json --output FILE writes it"),
                        first ? o->ends[0] : o->ends[1]);
        return options_fail(&err, -EINVAL);
}

int cli_diff(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        _cleanup_(freep) char *doc = options_doc(
                _("Says what came to be otherwise between two scans: resources, their facts, what "
                  "can be read, verdicts, and whether these moved because the world, the rules or "
                  "the date did. A and B are the beginnings of scans' ids, or dates, or two files "
                  "(or folders with inventory.json) of vigie scan --format json; without them, "
                  "the last two complete scans."),
                _("Exit status: 0 nothing got worse; 1 could not run; 2 command line, or no such "
                  "scan; 3 a failure appeared or worsened; 4 none did, but something can no "
                  "longer be read or determined."));
        const struct argp argp = {
                .options = diff_argp_options,
                .parser = on_option,
                .args_doc = N_("[A [B]]"),
                .doc = doc,
                .children = children,
        };
        struct diff_options o = { .fail_on = SEVERITY_INFO };
        struct store *store = NULL;
        bool files = false;
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = check_ends(&o, &files);
        if (status == 0 && !files)
                status = options_open_store(&o.common, &store);
        if (status == 0)
                status = diff(&o, store);
        store_close(store);
        options_done(&o.common);
        return status;
}
