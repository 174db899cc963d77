#include "daemon/report/explain.h"

#include "daemon/base/log.h"
#include "daemon/base/nearest.h"
#include "daemon/cli/command.h"
#include "daemon/cli/options.h"
#include "daemon/report/language.h"
#include "daemon/watch/setup.h"

#include <errno.h>
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
                argp_error(state, _("what is to be explained: a rule, finding, resource, service "
                                    "type or collector?"));
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* What there is to explain from: the store where something was scanned, else the files. */
struct explaining {
        struct report_request request; /* store NULL: nothing was scanned */
        const char *config, *state;
        const char *what;
        json_t *rules, *words;
        struct catalogue *catalogue; /* read when it is needed */
        struct nearest near;
        char *near_name; /* of a resource; what near points to */
        struct error err;
        size_t n;
};

static void explaining_done(struct explaining *e)
{
        json_decref(e->rules);
        json_decref(e->words);
        catalogue_free(e->catalogue);
        free(e->near_name);
}

/* The rules that judged what the store has; before a first scan, those that would. */
static int load_rules(struct explaining *e)
{
        struct store *store = e->request.store;

        e->rules = store ? store_rules_data(store) : NULL;
        e->words = store ? store_words(store) : NULL;
        if (e->rules && e->words)
                return 0;
        json_decref(e->rules);
        json_decref(e->words);
        e->rules = e->words = NULL;
        return setup_rules(&e->rules, &e->words, &e->err);
}

/* Each gives 0 when it explained, -ENOENT when it knows nothing of the name. */

static int try_rule(struct explaining *e)
{
        json_t *rule;
        size_t i;

        json_array_foreach(e->rules, i, rule)
        {
                const char *id = json_string_value(json_object_get(rule, "id"));

                if (id && strcasecmp(id, e->what) == 0) {
                        explain_rule(&e->request, rule, e->words);
                        return 0;
                }
                if (id)
                        nearest_offer(&e->near, id);
        }
        return -ENOENT;
}

static int try_type(struct explaining *e)
{
        const char *type;
        json_t *row;

        json_object_foreach(json_object_get(e->words, "types"), type, row)
        {
                if (strcmp(type, e->what) == 0)
                        return explain_type(&e->request, type, e->words, &e->err);
                nearest_offer(&e->near, type);
        }
        return -ENOENT;
}

/* "aws.bedrock.guardrail"; ids of resources have other characters, too. */
static bool looks_like_collector(const char *what)
{
        const char *dot = strchr(what, '.');

        return dot && strchr(dot + 1, '.') &&
               strspn(what, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(what);
}

static int try_collector(struct explaining *e)
{
        const struct collector *c;
        int r;

        if (!looks_like_collector(e->what))
                return -ENOENT;
        r = setup_catalogue(&e->catalogue, e->config, &e->err);
        if (r < 0)
                return r == -ENOENT ? -EIO : r;
        c = catalogue_find(e->catalogue, e->what);
        if (c)
                return explain_collector(&e->request, c, e->words, &e->err);
        for (size_t i = 0; i < e->catalogue->n_services; i++) {
                const struct service *s = e->catalogue->services[i];

                for (size_t k = 0; k < s->n_collectors; k++)
                        nearest_offer(&e->near, s->collectors[k].id);
        }
        return -ENOENT;
}

static int on_finding(void *user, const struct store_finding *finding)
{
        struct explaining *e = user;

        /* the filter takes a resource's id too, and gives its findings */
        if (strcmp(finding->id, e->what) != 0)
                return 0;
        e->n++;
        explain_finding(&e->request, finding, e->words);
        return 0;
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct explaining *e = user;

        if (e->n++ > 0)
                (void)fputc('\n', e->request.terminal.out);
        return explain_resource(&e->request, row, e->words, &e->err);
}

/* The store's texts last for the call: the nearest name so far is copied. */
static int on_name(void *user, const struct store_resource *row)
{
        struct explaining *e = user;
        const char *name = row->resource->name, *before = e->near.best;

        if (!name || !*name)
                return 0;
        nearest_offer(&e->near, name);
        if (e->near.best == before)
                return 0;
        free(e->near_name);
        e->near_name = strdup(name);
        e->near.best = e->near_name;
        return e->near_name ? 0 : -ENOMEM;
}

static int try_store(struct explaining *e)
{
        const struct store_filter filter = { .id = e->what, .all = true, .evidence = true };
        static const struct store_filter all = { 0 };
        struct store *store = e->request.store;
        int r;

        if (!store)
                return -ENOENT;
        r = store_each_finding(store, &filter, on_finding, e, &e->err);
        if (r >= 0 && e->n == 0)
                r = store_each_resource(store, &filter, on_resource, e, &e->err);
        if (r >= 0 && e->n == 0)
                r = store_each_resource(store, &all, on_name, e, &e->err);
        if (r < 0)
                return r == -ENOENT ? -EIO : r;
        return e->n > 0 ? 0 : -ENOENT;
}

static int not_found(const struct explaining *e)
{
        if (e->near.best)
                log_error(_("nothing is called '%s'; did you mean '%s'?"), e->what, e->near.best);
        else if (e->request.store)
                log_error(_("no rule, finding, resource, service type or collector '%s'"), e->what);
        else
                log_error(_("nothing is known in %s yet: run vigie scan, or name another folder "
                            "with --state"),
                          e->state);
        return e->near.best || e->request.store ? EXIT_USAGE : EXIT_NOT_RUN;
}

static int explain(struct explaining *e)
{
        static int (*const tries[])(struct explaining *) = { try_rule, try_type, try_collector,
                                                             try_store };
        int r = load_rules(e);

        if (r < 0)
                return options_fail(&e->err, r);
        for (size_t i = 0; i < ELEMENTSOF(tries); i++) {
                r = tries[i](e);
                if (r >= 0)
                        return EXIT_CLEAN;
                if (r != -ENOENT)
                        return options_fail(&e->err, e->err.code ? e->err.code : r);
        }
        return not_found(e);
}

int cli_explain(int argc, char **argv)
{
        static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
        static const struct argp argp = {
                .parser = on_option,
                .args_doc = N_("RULE|FINDING|RESOURCE|TYPE|COLLECTOR"),
                .doc = N_("Explains a rule (LOC-003), a finding (its id), a resource (its id or "
                          "name), a service type (mlaas) or a collector (its id, as vigie coverage "
                          "names it): the articles, the evidence, the roles, what to do."),
                .children = children,
        };
        static const struct store_filter all = { 0 };
        struct explain_options o = { 0 };
        struct store *store = NULL;
        struct error err = { 0 };
        int status = options_parse(&argp, argc, argv, &o, &o.common), r = 0;

        /* rules, types and collectors can be explained before anything was scanned; a store that
         * is there and cannot be read is an error */
        if (status == 0)
                r = store_open(&store, o.common.state, true, &err);
        if (r < 0 && r != -ENOENT)
                status = options_fail(&err, r);
        if (status == 0) {
                struct explaining e = {
                        .request = { .store = store,
                                     .filter = &all,
                                     .language = language_current(),
                                     .terminal = terminal_of(stdout, !o.common.no_color),
                                     .verbose = o.common.verbose },
                        .config = o.common.config,
                        .state = o.common.state,
                        .what = o.what,
                        .near = NEAREST_TO(o.what),
                };

                status = explain(&e);
                explaining_done(&e);
        }
        store_close(store);
        options_done(&o.common);
        return status;
}
