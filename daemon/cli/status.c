#include "daemon/report/status.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"
#include "daemon/watch/control.h"

enum { DAEMON_WAIT_USEC = 2 * 1000000 };

struct status_options {
        struct options common;
        enum report_format format;
};

static const struct argp_option options[] = {
        { "format", 'f', "FORMAT", 0, N_("table (default) or json"), 0 },
        { 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const formats[] = { "table", "json", NULL };
        struct status_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'f':
                if (report_format_from_name(arg, &o->format) < 0 || o->format > REPORT_JSON)
                        options_refuse(state, "format", arg, formats);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int cli_status(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = options,
                .parser = on_option,
                .doc = N_(
                        "Says what the last scan came to, and what the daemon does, if one runs."),
                .children = children,
        };
        static const struct store_filter all = { 0 };
        struct status_options o = { 0 };
        struct store *store = NULL;
        struct error err = { 0 };
        json_auto_t *daemon = NULL;
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0) /* that none answers is an answer */
                (void)control_ask(o.common.state, "GET", "/status", DAEMON_WAIT_USEC, &daemon,
                                  NULL);
        if (status == 0)
                status = options_open_store(&o.common, &store);
        if (status == 0) {
                const struct report_request request = {
                        .store = store,
                        .filter = &all,
                        .language = language_current(),
                        .terminal = terminal_of(stdout, !o.common.no_color),
                        .verbose = o.common.verbose,
                };

                if (status_write(&request, daemon, o.format, &err) < 0)
                        status = options_fail(&err, -EIO);
        }
        store_close(store);
        options_done(&o.common);
        return status;
}
