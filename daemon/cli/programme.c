#include "daemon/report/programme.h"

#include "daemon/base/clock.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"
#include "daemon/watch/programme.h"

#include <errno.h>
#include <string.h>

struct programme_options {
        struct options common;
        enum programme_format format;
        const char *output;
};

static const struct argp_option options[] = {
        { "format", 'f', "FORMAT", 0, N_("table (default), json or markdown"), 0 },
        { "output", 'o', "FILE", 0, N_("write there instead of to standard output"), 0 },
        { 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const formats[] = { [PROGRAMME_TABLE] = "table",
                                               [PROGRAMME_JSON] = "json",
                                               [PROGRAMME_MARKDOWN] = "markdown",
                                               NULL };
        struct programme_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'f':
                for (int i = 0; formats[i]; i++)
                        if (strcmp(formats[i], arg) == 0) {
                                o->format = (enum programme_format)i;
                                return 0;
                        }
                options_refuse(state, "format", arg, formats);
                return 0;
        case 'o':
                o->output = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int write_programme(const struct programme_options *o, const struct programme *programme,
                           struct error *err)
{
        struct programme_request request = {
                .programme = programme,
                .language = language_current(),
                .format = o->format,
                .verbose = o->common.verbose,
        };
        struct output output = { 0 };
        int r = output_open(&output, o->output, err);

        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = programme_write(&request, err);
        }
        if (r >= 0)
                r = output_commit(&output, err);
        output_done(&output);
        return r;
}

static int run(const struct programme_options *o)
{
        _cleanup_(setup_freep) struct setup *setup = NULL;
        _cleanup_(store_closep) struct store *store = NULL;
        _cleanup_(programme_result_freep) struct programme *programme = NULL;
        struct error err = { 0 }, none = { 0 };
        struct programme_ask ask = { .now_usec = clock_realtime_usec() };
        int r = setup_read(&setup, o->common.config, &err);

        if (r < 0)
                return options_fail(&err, r);
        r = store_open(&store, o->common.state, true, &none);
        if (r < 0 && r != -ENOENT) /* a store that cannot be read is not one that is not there */
                return options_fail(&none, r == -EINVAL ? -EIO : r);
        ask.setup = setup;
        ask.store = store;
        r = programme_make(&programme, &ask, &err);
        if (r >= 0)
                r = write_programme(o, programme, &err);
        return r < 0 ? options_fail(&err, -EIO) : EXIT_CLEAN;
}

int cli_programme(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = options,
                .parser = on_option,
                .doc = N_(
                        "Says how far the seven steps of a compliance programme are, by verdicts, "
                        "coverage and registers, what is missing first, and what effort and "
                        "budget the source guide gives."),
                .children = children,
        };
        struct programme_options o = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = run(&o);
        options_done(&o.common);
        return status;
}
