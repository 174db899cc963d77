/* duties: the shared-responsibility matrix of what is known. */
#include "daemon/report/duties.h"

#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"

struct duties_options {
        struct options common;
        struct store_filter filter;
        enum duties_format format;
        const char *output;
};

enum { KEY_TYPE = 0x2000 };

static const struct argp_option duties_argp_options[] = {
        { "provider", 'p', "NAME", 0, N_("only of this provider"), 0 },
        { "account", 'a', "NAME", 0, N_("only of this account of the configuration"), 0 },
        { "scope", 's', "ID", 0, N_("only in this cloud account or project"), 0 },
        { "region", 'r', "CODE", 0, N_("only in this region"), 0 },
        { "type", KEY_TYPE, "TYPE", 0, N_("only this service type: mlaas, foundation-model…"), 0 },
        { "format", 'f', "FORMAT", 0, N_("table (default), json, or markdown for a contract"), 0 },
        { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), 0 },
        { 0 },
};

static const char **text_option(struct duties_options *o, int key)
{
        switch (key) {
        case 'p':
                return &o->filter.provider;
        case 'a':
                return &o->filter.account;
        case 's':
                return &o->filter.scope;
        case 'r':
                return &o->filter.region;
        case KEY_TYPE:
                return &o->filter.service_type;
        case 'o':
                return &o->output;
        default:
                return NULL;
        }
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        static const char *const formats[] = { "table", "json", "markdown", NULL };
        struct duties_options *o = state->input;
        const char **text = text_option(o, key);

        if (text) {
                *text = arg;
                return 0;
        }
        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'f':
                if (duties_format_from_name(arg, &o->format) < 0)
                        options_refuse(state, "format", arg, formats);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int write_duties(const struct duties_options *o, struct store *store)
{
        struct report_request request = { .store = store,
                                          .filter = &o->filter,
                                          .language = language_current() };
        struct output output = { 0 };
        struct error err = { 0 };
        int r = output_open(&output, o->output, &err);

        if (r >= 0) {
                request.terminal = terminal_of(output.file, !o->common.no_color);
                r = duties_write(&request, o->format, &err);
        }
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        return r < 0 ? options_fail(&err, -EIO) : EXIT_CLEAN;
}

int cli_duties(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = duties_argp_options,
                .parser = on_option,
                .doc = N_("Who answers for what under the AI Act: roles and duties of cloud "
                          "provider, customer and maker, by service type, as the evidence "
                          "indicates (the shared-responsibility matrix)."),
                .children = children,
        };
        struct duties_options o = { 0 };
        struct store *store = NULL;
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = options_open_store(&o.common, &store);
        if (status == 0)
                status = write_duties(&o, store);
        store_close(store);
        options_done(&o.common);
        return status;
}
