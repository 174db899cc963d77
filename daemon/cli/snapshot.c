#include "daemon/watch/snapshot.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"

enum { KEY_DATE = 256 };

/* A scan takes minutes. */
#define WAIT_USEC (10 * USEC_PER_MINUTE)

struct snapshot_options {
        struct options common;
        struct snapshot_request request;
};

static const struct argp_option snapshot_options[] = {
        { "folder", 'd', "DIR", 0,
          N_("put it there (default: snapshots.folder of the configuration, else snapshots/ in the "
             "state folder)"),
          0 },
        { "date", KEY_DATE, "TIME", 0,
          N_("date it so (2026-11-26T04:15:00Z) and not now: the same store and date give the same "
             "bytes"),
          0 },
        { 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct snapshot_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'd':
                o->request.folder = arg;
                return 0;
        case KEY_DATE:
                if (clock_parse_iso8601(arg, &o->request.created_usec) < 0)
                        argp_error(state, _("'%s' is no date; write it like %s"), arg,
                                   "2026-11-26T04:15:00Z");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int make_one(struct snapshot_options *o)
{
        struct snapshot_result result = { 0 };
        struct error err = { 0 };
        int r;

        o->request.config_path = o->common.config;
        o->request.state_dir = o->common.state;
        o->request.wait_usec = WAIT_USEC;
        o->request.language = language_current();
        if (o->request.created_usec == 0)
                o->request.created_usec = clock_realtime_usec();
        r = snapshot_make(&o->request, &result, &err);
        if (result.path)
                (void)printf("%s\n", result.path);
        free(result.path);
        if (r < 0)
                return options_fail(&err, r);
        if (result.pruned > 0)
                log_info(_("the files of %d older snapshots were removed; their place in the chain "
                           "stays"),
                         result.pruned);
        if (!result.complete)
                log_warning(_("the last scan could not read everything: the snapshot says so"));
        if (result.unstamped.code < 0)
                log_warning(_("the snapshot was written without time stamp: %s"),
                            result.unstamped.text);
        return result.complete && result.unstamped.code == 0 ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int cli_snapshot(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = snapshot_options,
                .parser = on_option,
                .doc = N_("Writes what the last scan came to as a dated, signed folder: inventory, "
                          "coverage, findings with their evidence, and the rules, law and "
                          "catalogue in force. Each is chained to the one before; vigie verify, or "
                          "sha256sum and openssl, check them."),
                .children = children,
        };
        struct snapshot_options o = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = make_one(&o);
        options_done(&o.common);
        return status;
}
