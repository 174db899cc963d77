#include "daemon/watch/daemon.h"

#include "daemon/base/log.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = o;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int cli_daemon(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .parser = on_option,
                .doc = N_(
                        "Keeps watch: scans on the configured interval and tells the journal what "
                        "changed. SIGHUP reads the configuration again."),
                .children = children,
        };
        struct options o = { 0 };
        struct error err = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o), r;

        if (status == 0) {
                r = daemon_run(o.config, o.state, &err);
                status = r < 0 ? options_fail(&err, r) : EXIT_CLEAN;
        }
        options_done(&o);
        return status;
}
