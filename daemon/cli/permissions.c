#include "daemon/watch/permissions.h"

#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"
#include "daemon/report/permissions.h"

#include <errno.h>
#include <string.h>

enum { DOCUMENT_BYTES_MAX = 4194304, NOTES_BYTES_MAX = 65536, FORMATS_MAX = 16 };

enum { OPTION_OPTIONAL = 1000 }; /* no letter */

struct permissions_options {
        struct options common;
        const char *provider, *format, *account, *output;
        bool optional;
};

static const struct argp_option permissions_argp_options[] = {
        { "format", 'f', "FORMAT", 0,
          N_("the provider's own formats (the first is the default), or list, json or markdown: "
             "what "
             "is collected, with calls and permissions"),
          0 },
        { "account", 'a', "NAME", 0,
          N_("what this account of the configuration asks for, and what its signing in needs"), 0 },
        { "optional", OPTION_OPTIONAL, NULL, 0, N_("also what is off by default"), 0 },
        { "output", 'o', "FILE", 0, N_("write there; the file appears whole or not at all"), 0 },
        { 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct permissions_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case 'f':
                o->format = arg;
                return 0;
        case 'a':
                o->account = arg;
                return 0;
        case OPTION_OPTIONAL:
                o->optional = true;
                return 0;
        case 'o':
                o->output = arg;
                return 0;
        case ARGP_KEY_ARG:
                if (o->provider)
                        argp_error(state, _("'%s' is one word too many"), arg);
                o->provider = arg;
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, _("of which provider?"));
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int unknown_provider(const char *name)
{
        struct nearest near = NEAREST_TO(name);
        size_t n;
        const struct provider *const *all = provider_all(&n);

        for (size_t i = 0; i < n; i++)
                nearest_offer(&near, all[i]->name);
        if (near.best)
                log_error(_("no provider '%s'; did you mean '%s'?"), name, near.best);
        else
                log_error(_("no provider '%s' is built in; there are %s"), name, near.offered);
        return EXIT_USAGE;
}

/* ---- formats -----------------------------------------------------------------------------------
 */

/* In the order of enum permissions_format. */
static const char *const list_formats[] = { "list", "json", "markdown" };

static int list_format(const char *name)
{
        for (size_t i = 0; name && i < ELEMENTSOF(list_formats); i++)
                if (strcmp(list_formats[i], name) == 0)
                        return (int)i;
        return -ENOENT;
}

static bool has_format(const struct provider *provider, const char *name)
{
        for (const char *const *f = provider->grant_formats; f && *f; f++)
                if (strcmp(*f, name) == 0)
                        return true;
        return false;
}

/* 0, or an exit status after saying why. Sets the usual format where none is named. */
static int check_format(struct permissions_options *o, const struct provider *provider)
{
        struct nearest near = NEAREST_TO(o->format ? o->format : "");

        if (list_format(o->format) >= 0)
                return 0;
        if (!provider->grant_formats && !o->format) {
                log_error(_("vigie cannot write a policy of %s yet; --format list says what it "
                            "needs"),
                          provider->title);
                return EXIT_NOT_RUN;
        }
        if (!o->format)
                o->format = provider->grant_formats[0];
        if (has_format(provider, o->format))
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(list_formats); i++)
                nearest_offer(&near, list_formats[i]);
        for (const char *const *f = provider->grant_formats; f && *f; f++)
                nearest_offer(&near, *f);
        if (near.best)
                log_error(_("--%s: '%s' is none; did you mean '%s'?"), "format", o->format,
                          near.best);
        else
                log_error(_("--%s: '%s' is none of %s"), "format", o->format, near.offered);
        return EXIT_USAGE;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* What is not in the document, and why: on standard error, as everything that is no document. */
static void tell_left_out(const struct permissions *p)
{
        const struct permission_set *set = &p->set;

        if (p->unopened.text[0])
                log_info(
                        _("account %s could not be opened (%s): what depends on its credentials is "
                          "granted too"),
                        p->account->name, p->unopened.text);
        for (size_t i = 0; i < set->n_left_out; i++) {
                const struct collector *c = set->left_out[i].collector;

                if (set->left_out[i].why == LEFT_OUT_OPTION)
                        log_info(_("not granted: %s, asked for accounts with '%s' only; --account "
                                   "names one"),
                                 c->id, c->when ? c->when : c->per);
                else
                        log_info(_("not granted: %s, asked only when regions cannot be found "
                                   "otherwise"),
                                 c->id);
        }
}

static int write_grant(const struct permissions_options *o, const struct permissions *p, FILE *out,
                       struct buffer *notes, struct error *err)
{
        const struct grant_request request = {
                .format = o->format,
                .permissions = &p->set,
                .config = p->account,
                .account = p->opened,
                .language = language_current(),
        };
        struct buffer document = BUFFER_INIT(DOCUMENT_BYTES_MAX);
        int r = p->provider->grant(&request, &document, notes, err);

        if (r == 0 && buffer_error(&document) < 0)
                r = error_set(err, buffer_error(&document), "the document: %s",
                              strerror(-buffer_error(&document)));
        if (r == 0)
                (void)fputs(buffer_text(&document), out);
        buffer_done(&document);
        return r;
}

static int write_permissions(const struct permissions_options *o, const struct permissions *p)
{
        struct buffer notes = BUFFER_INIT(NOTES_BYTES_MAX);
        struct output output = { 0 };
        struct error err = { 0 };
        int list = list_format(o->format), r = output_open(&output, o->output, &err);

        if (r >= 0 && list >= 0) {
                const struct terminal terminal = terminal_of(output.file, !o->common.no_color);

                r = report_permissions(&p->set, (enum permissions_format)list, &terminal,
                                       language_current(), &err);
        } else if (r >= 0) {
                r = write_grant(o, p, output.file, &notes, &err);
        }
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        if (r >= 0 && !o->common.quiet) {
                if (list < 0)
                        tell_left_out(p);
                (void)fputs(buffer_text(&notes), stderr);
        }
        buffer_done(&notes);
        return r < 0 ? options_fail(&err, r) : EXIT_CLEAN;
}

static int run_permissions(struct permissions_options *o)
{
        const struct provider *provider = provider_find(o->provider);
        _cleanup_(permissions_freep) struct permissions *p = NULL;
        struct permissions_request request = {
                .config = o->common.config,
                .provider = provider,
                .account = o->account,
        };
        struct error err = { 0 };
        int status, r;

        if (!provider)
                return unknown_provider(o->provider);
        status = check_format(o, provider);
        if (status != 0)
                return status;
        /* without an account a list shows all there is, and says what is off */
        request.everything = list_format(o->format) >= 0 && !o->account;
        request.optional = o->optional || request.everything;
        r = permissions_load(&p, &request, &err);
        if (r < 0)
                return options_fail(&err, r == -ESRCH ? -EINVAL : r);
        return write_permissions(o, p);
}

int cli_permissions(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        _cleanup_(freep) char *doc = options_doc(
                _("Writes what has to be granted so that everything can be read: generated from "
                  "the "
                  "catalogue in force, no more and no less. No network, no credentials."),
                _("Exit status: 0 written; 1 could not be; 2 command line, configuration or "
                  "catalogue."));
        const struct argp argp = {
                .options = permissions_argp_options,
                .parser = on_option,
                .args_doc = N_("PROVIDER"),
                .doc = doc,
                .children = children,
        };
        struct permissions_options o = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        if (status == 0)
                status = run_permissions(&o);
        options_done(&o.common);
        return status;
}
