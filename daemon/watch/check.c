#include "daemon/watch/check.h"

#include "daemon/engine/scan.h"
#include "providers/provider.h"

#include <errno.h>
#include <string.h>

struct checking {
        struct check *check;
        sd_event *event;
};

/* ---- where credentials come from
 * ----------------------------------------------------------------- */

/* The first text stays: what follows is mostly its consequence. */
static void keep_first(char **to, const char *text)
{
        if (!*to && text)
                *to = strdup(text);
}

static void find_source(struct check_account *a)
{
        const struct provider *p = a->config->provider;
        struct account *account = NULL;
        struct error err = { 0 };
        int r = p->account_new(&account, a->config, getenv("CREDENTIALS_DIRECTORY"), &err);

        if (r < 0) {
                keep_first(&a->trouble, err.text);
                return;
        }
        keep_first(&a->credential_source, p->credential_source(account));
        p->account_free(account);
}

/* ---- what the scan says
 * --------------------------------------------------------------------------- */

static struct check_account *account_of(const struct checking *c, const char *name)
{
        for (size_t i = 0; i < c->check->n_accounts; i++)
                if (strcmp(c->check->accounts[i].config->name, name) == 0)
                        return &c->check->accounts[i];
        return NULL;
}

/* One text for each scope: what fails after a sign-in that failed is its consequence. */
static void add_scope(struct check_account *a, const char *id, const char *text, bool off)
{
        struct check_scope *grown;

        for (size_t i = a->n_scopes; i > 0; i--)
                if (strcmp(a->scopes[i - 1].id, id) == 0)
                        return;
        grown = reallocarray(a->scopes, a->n_scopes + 1, sizeof(*grown));
        if (!grown)
                return;
        a->scopes = grown;
        grown[a->n_scopes] = (struct check_scope){ strdup(id), strdup(text), off };
        if (grown[a->n_scopes].id && grown[a->n_scopes].text) {
                a->n_scopes++;
                return;
        }
        free(grown[a->n_scopes].id);
        free(grown[a->n_scopes].text);
}

static int on_pass_begin(void *user, const struct place *place, const char *collector,
                         void **ret_pass, struct error *err)
{
        *ret_pass = user;
        return 0;
}

static int on_known(void *user, void *pass, const struct resource *r, uint64_t not_before_usec,
                    json_t **ret_facts, struct error *err)
{
        return 0;
}

static int on_resource(void *user, void *pass, const struct resource *r, struct error *err)
{
        return 0;
}

static void add_unread(struct check_account *a, const struct coverage *c)
{
        _cleanup_(freep) char *text = NULL;

        a->unread++;
        if (asprintf(&text, "%s: %s%s%s", c->collector, coverage_state_name(c->state),
                     c->cause ? ", " : "", c->cause ? c->cause : "") < 0) {
                text = NULL;
                return;
        }
        keep_first(&a->cause, text);
        if (*c->place.scope)
                add_scope(a, c->place.scope, text, false);
}

static int on_pass_end(void *user, void *pass, const struct coverage *coverage, struct error *err)
{
        const struct checking *c = user;
        struct check_account *a = account_of(c, coverage->place.account);

        if (!a)
                return 0;
        if (coverage->state == COVERAGE_OFF && coverage->topic &&
            strcmp(coverage->topic, "scope") == 0 && *coverage->place.scope)
                add_scope(a, coverage->place.scope, coverage->cause, true);
        else if (coverage_is_answer(coverage->state))
                a->answered++;
        else
                add_unread(a, coverage);
        return 0;
}

static void on_trouble(void *user, const struct scan_trouble *trouble)
{
        struct check_account *a = account_of(user, trouble->account);

        if (a && trouble->scope)
                add_scope(a, trouble->scope, trouble->text, false);
        else if (a)
                keep_first(&a->trouble, trouble->text);
}

static void on_credentials(void *user, const char *provider, const char *account,
                           uint64_t expires_usec)
{
        struct check_account *a = account_of(user, account);

        if (a)
                a->expires_usec = expires_usec;
}

static void on_done(void *user, bool complete)
{
        const struct checking *c = user;

        (void)sd_event_exit(c->event, 0);
}

/* ---- discovery alone
 * ------------------------------------------------------------------------------- */

/* The configuration with everything excluded that is not discovery; strings are borrowed. */
struct discovery {
        struct config config;
        char **exclude;
};

static void discovery_done(struct discovery *d)
{
        free(d->config.accounts);
        free(d->exclude);
        *d = (struct discovery){ 0 };
}

static int discovery_of(struct discovery *ret, const struct setup *setup)
{
        const struct catalogue *catalogue = setup->catalogue;
        struct discovery d = { .config = *setup->config };
        size_t n = 0;

        for (size_t s = 0; s < catalogue->n_services; s++)
                n += catalogue->services[s]->n_collectors;
        d.exclude = calloc(n + 1, sizeof(*d.exclude));
        d.config.accounts = calloc(d.config.n_accounts + 1, sizeof(*d.config.accounts));
        if (!d.exclude || !d.config.accounts) {
                discovery_done(&d);
                return -ENOMEM;
        }
        n = 0;
        for (size_t s = 0; s < catalogue->n_services; s++)
                for (size_t i = 0; i < catalogue->services[s]->n_collectors; i++)
                        if (!catalogue->services[s]->collectors[i].yields)
                                d.exclude[n++] = catalogue->services[s]->collectors[i].id;
        for (size_t i = 0; i < d.config.n_accounts; i++) {
                d.config.accounts[i] = setup->config->accounts[i];
                d.config.accounts[i].exclude = d.exclude;
        }
        *ret = d;
        return 0;
}

static int ask(struct checking *c, const struct setup *setup, const struct config *config,
               struct error *err)
{
        static const struct sink handlers = {
                .pass_begin = on_pass_begin,
                .known = on_known,
                .resource = on_resource,
                .pass_end = on_pass_end,
        };
        struct sink sink = handlers;
        const struct scan_request request = {
                .event = c->event,
                .config = config,
                .catalogue = setup->catalogue,
                .sink = &sink,
                .on_trouble = on_trouble,
                .on_credentials = on_credentials,
                .on_done = on_done,
                .user = c,
        };
        _cleanup_(scan_freep) struct scan *scan = NULL;
        int r;

        sink.user = c;
        r = scan_new(&scan, &request, err);
        if (r < 0)
                return r;
        r = sd_event_loop(c->event);
        return r < 0 ? error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

int check_run(struct check *ret, const struct setup *setup, struct error *err)
{
        const struct config *config = setup->config;
        struct check check = { 0 };
        struct checking checking = { .check = &check };
        struct discovery discovery = { 0 };
        int r;

        check.accounts = calloc(config->n_accounts + 1, sizeof(*check.accounts));
        if (!check.accounts || discovery_of(&discovery, setup) < 0) {
                check_done(&check);
                return error_oom(err);
        }
        check.n_accounts = config->n_accounts;
        for (size_t i = 0; i < config->n_accounts; i++) {
                check.accounts[i].config = &config->accounts[i];
                find_source(&check.accounts[i]);
        }
        r = sd_event_new(&checking.event);
        if (r < 0)
                (void)error_set(err, r, "event loop: %s", strerror(-r));
        else
                r = ask(&checking, setup, &discovery.config, err);
        sd_event_unref(checking.event);
        discovery_done(&discovery);
        if (r < 0)
                check_done(&check);
        else
                *ret = check;
        return r;
}

void check_done(struct check *c)
{
        for (size_t i = 0; i < c->n_accounts; i++) {
                free(c->accounts[i].credential_source);
                free(c->accounts[i].trouble);
                free(c->accounts[i].cause);
                for (size_t k = 0; k < c->accounts[i].n_scopes; k++) {
                        free(c->accounts[i].scopes[k].id);
                        free(c->accounts[i].scopes[k].text);
                }
                free(c->accounts[i].scopes);
        }
        free(c->accounts);
        *c = (struct check){ 0 };
}
