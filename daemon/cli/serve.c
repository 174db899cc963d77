/* serve: the report and its history for a browser. */
#include "daemon/watch/serve.h"

#include "daemon/base/log.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"
#include "daemon/watch/web.h"

#include <string.h>

enum { HOSTS_MAX = 16 };

struct serve_arguments {
        struct options common;
        struct serve_options serve;
        const char *hosts[HOSTS_MAX + 1];
        size_t n_hosts;
};

enum { KEY_HOST = 0x2000, KEY_LANG };

static const struct argp_option options[] = {
        { "listen", 'l', "ADDRESS", 0,
          N_("127.0.0.1:PORT, [::1]:PORT or unix:/PATH (default: what systemd listens at, else "
             "127.0.0.1:9478)"),
          0 },
        { "host", KEY_HOST, "NAME", 0,
          N_("the name under which a proxy asks, beside localhost; may be given again"), 0 },
        { "lang", KEY_LANG, "LANGUAGE", 0, N_("en or fr (default: what the browser asks for)"), 0 },
        { 0 },
};

static void add_host(struct serve_arguments *a, const char *name, struct argp_state *state)
{
        if (!web_is_host_name(name))
                argp_error(state, _("--host: '%s' is no name of a host, without port"), name);
        else if (a->n_hosts == HOSTS_MAX)
                argp_error(state, _("--host: %d names at most"), HOSTS_MAX);
        else
                a->hosts[a->n_hosts++] = name;
}

static void set_language(struct serve_arguments *a, const char *name, struct argp_state *state)
{
        static const char *const names[] = { "en", "fr", NULL };

        if (strcmp(name, "en") != 0 && strcmp(name, "fr") != 0)
                options_refuse(state, "lang", name, names);
        a->serve.has_language = true;
        a->serve.language = name[0] == 'f' ? LANGUAGE_FR : LANGUAGE_EN;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct serve_arguments *a = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &a->common;
                return 0;
        case 'l':
                a->serve.listen = arg;
                return 0;
        case KEY_HOST:
                add_host(a, arg, state);
                return 0;
        case KEY_LANG:
                set_language(a, arg, state);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int cli_serve(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .options = options,
                .parser = on_option,
                .doc = N_("Serves the report and its history over HTTP to this machine alone, "
                          "from what the daemon remembers; it changes nothing. For other machines "
                          "put a proxy with authentication before it."),
                .children = children,
        };
        struct serve_arguments a = { 0 };
        struct error err = { 0 };
        int status = options_parse(&argp, argc, argv, &a, &a.common), r;

        if (status == 0) {
                a.serve.state_dir = a.common.state;
                a.serve.config = a.common.config;
                a.serve.hosts = a.hosts;
                r = serve_run(&a.serve, &err);
                status = r < 0 ? options_fail(&err, r) : EXIT_CLEAN;
        }
        options_done(&a.common);
        return status;
}
