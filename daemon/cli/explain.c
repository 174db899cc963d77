#include "daemon/report/explain.h"

#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"
#include "daemon/watch/setup.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

struct explain_options {
        struct options common;
        const char *what;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
        struct explain_options *o = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = &o->common;
                return 0;
        case ARGP_KEY_ARG:
                if (o->what)
                        argp_error(state, _("'%s' is one word too many"), arg);
                o->what = arg;
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, _("which rule, finding or resource?"));
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

struct explaining {
        const struct report_request *request;
        const char *what;
        struct error *err;
        size_t n;
};

static int on_finding(void *user, const struct store_finding *finding)
{
        struct explaining *e = user;

        /* the filter takes a resource's id too, and gives its findings */
        if (strcmp(finding->id, e->what) != 0)
                return 0;
        e->n++;
        explain_finding(e->request, finding);
        return 0;
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct explaining *e = user;

        if (e->n++ > 0)
                (void)fputc('\n', e->request->terminal.out);
        return explain_resource(e->request, row, e->err);
}

static bool looks_like_rule(const char *what)
{
        return fnmatch("[A-Za-z][A-Za-z][A-Za-z]-[0-9]*", what, 0) == 0;
}

/* 0 when the rule was explained, -ENOENT when there is none of that id. */
static int try_rule(const struct report_request *request, const char *what, struct nearest *near,
                    struct error *err)
{
        json_auto_t *rules = request->store ? store_rules_data(request->store) : NULL,
                    *words = NULL;
        const json_t *rule;
        size_t i;
        int r;

        if (!rules) { /* nothing scanned yet: the rules that would be in force */
                r = setup_rules(&rules, &words, err);
                if (r < 0)
                        return r;
        }
        json_array_foreach(rules, i, rule)
        {
                const char *id = json_string_value(json_object_get(rule, "id"));

                if (id && strcasecmp(id, what) == 0) {
                        explain_rule(request, rule);
                        return 0;
                }
        }
        json_array_foreach(rules, i, rule)
                nearest_offer(near, json_string_value(json_object_get(rule, "id")) ?: "");
        if (near->best) /* lives in rules, which ends here */
                (void)error_set(err, -ENOENT, _("no rule '%s'; did you mean '%s'?"), what,
                                near->best);
        return -ENOENT;
}

static int try_store(const struct report_request *request, const char *what, struct error *err)
{
        const struct store_filter filter = { .id = what, .all = true, .evidence = true };
        struct explaining e = { .request = request, .what = what, .err = err };
        int r = store_each_finding(request->store, &filter, on_finding, &e, err);

        if (r >= 0 && e.n == 0)
                r = store_each_resource(request->store, &filter, on_resource, &e, err);
        if (r < 0)
                return r;
        return e.n > 0 ? 0 : -ENOENT;
}

static int explain(const struct report_request *request, const char *what)
{
        struct nearest near = NEAREST_TO(what);
        struct error err = { 0 };
        int r = -ENOENT;

        if (looks_like_rule(what))
                r = try_rule(request, what, &near, &err);
        if (r == -ENOENT && request->store)
                r = try_store(request, what, &err);
        if (r == 0)
                return EXIT_CLEAN;
        if (r != -ENOENT)
                return options_fail(&err, -EIO);
        if (err.code != 0)
                log_error("%s", err.text);
        else
                log_error(_("no rule, finding or resource '%s'"), what);
        return EXIT_USAGE;
}

int cli_explain(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .parser = on_option,
                .args_doc = N_("RULE|FINDING|RESOURCE"),
                .doc = N_("Explains a rule (LOC-003), a finding (its id) or a resource (its id or "
                          "name): the article, the evidence, the role, what to do."),
                .children = children,
        };
        static const struct store_filter all = { 0 };
        struct explain_options o = { 0 };
        struct store *store = NULL;
        int status = options_parse(&argp, argc, argv, &o, &o.common);

        /* a rule can be explained before anything was scanned */
        if (status == 0 &&
            (!looks_like_rule(o.what) || store_open(&store, o.common.state, true, NULL) < 0)) {
                store = NULL;
                if (!looks_like_rule(o.what))
                        status = options_open_store(&o.common, &store);
        }
        if (status == 0) {
                const struct report_request request = {
                        .store = store,
                        .filter = &all,
                        .language = language_current(),
                        .terminal = terminal_of(stdout, !o.common.no_color),
                        .verbose = o.common.verbose,
                };

                status = explain(&request, o.what);
        }
        store_close(store);
        options_done(&o.common);
        return status;
}
