#include "daemon/watch/permissions.h"

#include "daemon/base/nearest.h"
#include "daemon/engine/asked.h"
#include "daemon/engine/catalogue.h"
#include "daemon/report/language.h"
#include "daemon/watch/config-check.h"
#include "daemon/watch/paths.h"

#include <errno.h>
#include <string.h>

static void set_done(struct permission_set *s)
{
        for (size_t i = 0; i < s->n_permissions; i++)
                free(s->permissions[i].collectors);
        free(s->permissions);
        free(s->collectors);
        free(s->left_out);
        *s = (struct permission_set){ 0 };
}

struct permissions *permissions_free(struct permissions *p)
{
        if (!p)
                return NULL;
        set_done(&p->set);
        if (p->opened)
                (void)p->provider->account_free(p->opened);
        catalogue_free(p->catalogue);
        config_free(p->config);
        free(p);
        return NULL;
}

/* ---- which collectors --------------------------------------------------------------------------
 */

struct gathering {
        struct permissions *permissions;
        const struct permissions_request *request;
        struct error *err;
};

static bool yields(const struct collector *c, const char *what)
{
        return c->yields && strcmp(c->yields, what) == 0;
}

enum asked { ASKED, NOT_ASKED, ASKED_BY_OPTION };

static enum asked asked_when(const struct gathering *g, const char *when)
{
        const struct permissions *p = g->permissions;

        if (p->opened)
                return p->provider->variable(p->opened, NULL, NULL, when) ? ASKED : NOT_ASKED;
        return p->account || g->request->everything ? ASKED : ASKED_BY_OPTION;
}

/* A child is asked below its parent only, and so on up. */
static enum asked is_asked(const struct gathering *g, const struct collector *c)
{
        static const struct account_config nobody = { 0 };
        const struct permissions *p = g->permissions;
        const struct collector *up = c;
        enum asked asked = ASKED;

        do {
                if (!collector_configured(p->account ? p->account : &nobody, up,
                                          g->request->optional))
                        return NOT_ASKED;
                if (up->when)
                        asked = asked_when(g, up->when);
                up = up->per ? catalogue_find(p->catalogue, up->per) : NULL;
        } while (up && asked == ASKED);
        return asked;
}

static int leave_out(struct permission_set *s, const struct collector *c, enum left_out why)
{
        __typeof__(s->left_out) grown;

        if (!c->list.permission) /* there is nothing to grant */
                return 0;
        grown = reallocarray(s->left_out, s->n_left_out + 1, sizeof(*s->left_out));
        if (!grown)
                return -ENOMEM;
        s->left_out = grown;
        grown[s->n_left_out].collector = c;
        grown[s->n_left_out++].why = why;
        return 0;
}

static int collector_add(const struct gathering *g, const struct collector *c, bool *region_found)
{
        struct permission_set *s = &g->permissions->set;
        enum asked asked = is_asked(g, c);

        if (asked == NOT_ASKED)
                return 0;
        if (asked == ASKED_BY_OPTION)
                return leave_out(s, c, LEFT_OUT_OPTION);
        /* the others are asked only when the first does not answer, and the first is granted */
        if (yields(c, "region") && *region_found && !g->request->everything)
                return c->list.name ? leave_out(s, c, LEFT_OUT_FALLBACK) : 0;
        *region_found = *region_found || yields(c, "region");
        s->collectors[s->n_collectors++] = c;
        return 0;
}

static int collectors_gather(const struct gathering *g)
{
        const struct catalogue *catalogue = g->permissions->catalogue;
        bool region_found = false;
        size_t n = 0;

        for (size_t i = 0; i < catalogue->n_services; i++)
                n += catalogue->services[i]->n_collectors;
        g->permissions->set.collectors = reallocarray(NULL, n + 1, sizeof(struct collector *));
        if (!g->permissions->set.collectors)
                return error_oom(g->err);
        for (size_t i = 0; i < catalogue->n_services; i++) {
                const struct service *service = catalogue->services[i];

                if (strcmp(service->provider, g->permissions->provider->name) != 0)
                        continue;
                for (size_t k = 0; k < service->n_collectors; k++)
                        if (collector_add(g, &service->collectors[k], &region_found) < 0)
                                return error_oom(g->err);
        }
        return 0;
}

/* ---- which permissions -------------------------------------------------------------------------
 */

static struct permission *permission_get(struct permission_set *s, const char *name)
{
        struct permission *grown;

        for (size_t i = 0; i < s->n_permissions; i++)
                if (strcmp(s->permissions[i].name, name) == 0)
                        return &s->permissions[i];
        grown = reallocarray(s->permissions, s->n_permissions + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        s->permissions = grown;
        grown[s->n_permissions] = (struct permission){ .name = name, .own = true };
        return &grown[s->n_permissions++];
}

static int call_add(struct permission_set *s, const struct collector *c, const struct call *call)
{
        /* as the account itself, whatever signs in elsewhere: see discovery.c */
        bool own = c->scope_with || (yields(c, "scope") && !c->service->scope);
        const struct collector **grown;
        struct permission *p;

        if (!call->name || !call->permission)
                return 0;
        p = permission_get(s, call->permission);
        if (!p)
                return -ENOMEM;
        p->own = p->own && own;
        for (size_t i = 0; i < p->n_collectors; i++)
                if (p->collectors[i] == c)
                        return 0;
        grown = reallocarray(p->collectors, p->n_collectors + 1, sizeof(struct collector *));
        if (!grown)
                return -ENOMEM;
        p->collectors = grown;
        grown[p->n_collectors++] = c;
        return 0;
}

static int by_name(const void *a, const void *b)
{
        const struct permission *x = a, *y = b;

        return strcmp(x->name, y->name);
}

static int by_id(const void *a, const void *b)
{
        const struct collector *const *x = a, *const *y = b;

        return strcmp((*x)->id, (*y)->id);
}

static int permissions_gather(const struct gathering *g)
{
        struct permission_set *s = &g->permissions->set;
        int r = 0;

        for (size_t i = 0; i < s->n_collectors; i++) {
                const struct collector *c = s->collectors[i];

                r = r < 0 ? r : call_add(s, c, &c->list);
                for (size_t k = 0; k < c->n_detail && r == 0; k++)
                        r = call_add(s, c, &c->detail[k]);
        }
        if (r < 0)
                return error_oom(g->err);
        if (s->n_permissions > 0)
                qsort(s->permissions, s->n_permissions, sizeof(*s->permissions), by_name);
        for (size_t i = 0; i < s->n_permissions; i++)
                qsort(s->permissions[i].collectors, s->permissions[i].n_collectors,
                      sizeof(struct collector *), by_id);
        return 0;
}

static bool is_granted(const struct permission_set *s, const struct call *call)
{
        if (!call->name || !call->permission)
                return true;
        for (size_t i = 0; i < s->n_permissions; i++)
                if (strcmp(s->permissions[i].name, call->permission) == 0)
                        return true;
        return false;
}

static bool is_granted_all_the_same(const struct permission_set *s, const struct collector *c)
{
        bool granted = is_granted(s, &c->list);

        for (size_t i = 0; i < c->n_detail; i++)
                granted = granted && is_granted(s, &c->detail[i]);
        return granted;
}

/* What others need, too, is not left out, whoever else asks it. */
static void left_out_settle(struct permission_set *s)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_left_out; i++)
                if (!is_granted_all_the_same(s, s->left_out[i].collector))
                        s->left_out[n++] = s->left_out[i];
        s->n_left_out = n;
}

/* ---- the account -------------------------------------------------------------------------------
 */

static int account_find(struct permissions *p, const struct permissions_request *request,
                        struct error *err)
{
        struct nearest near = NEAREST_TO(request->account);

        p->account = config_account(p->config, request->account);
        for (size_t i = 0; i < p->config->n_accounts; i++)
                if (p->config->accounts[i].provider == request->provider)
                        nearest_offer(&near, p->config->accounts[i].name);
        if (p->account && p->account->provider != request->provider)
                return error_set(err, -ESRCH, _("account '%s' is one of %s, not of %s"),
                                 request->account, p->account->provider->title,
                                 request->provider->title);
        if (!p->account && near.best)
                return error_set(err, -ESRCH,
                                 _("no account '%s' in the configuration; did you mean '%s'?"),
                                 request->account, near.best);
        if (!p->account)
                return error_set(err, -ESRCH, _("no account '%s' in the configuration"),
                                 request->account);
        /* the policy is needed before there are credentials: without them all that the account may
         * ask for is written */
        (void)request->provider->account_new(&p->opened, p->account,
                                             getenv("CREDENTIALS_DIRECTORY"), &p->unopened);
        return 0;
}

int permissions_load(struct permissions **ret, const struct permissions_request *request,
                     struct error *err)
{
        _cleanup_(permissions_freep) struct permissions *p = calloc(1, sizeof(*p));
        struct gathering g = { .permissions = p, .request = request, .err = err };
        _cleanup_(freep) char *data_dir = NULL;
        int r;

        if (!p)
                return error_oom(err);
        p->provider = request->provider;
        r = request->account ? config_load(&p->config, request->config, err)
                             : config_read(&p->config, request->config, err);
        if (r == 0)
                r = paths_data_dir(&data_dir, err);
        if (r >= 0)
                r = catalogue_load(&p->catalogue, data_dir, p->config->overrides, err);
        if (r == 0)
                r = config_check_collectors(p->config, p->catalogue, err);
        if (r == 0 && request->account)
                r = account_find(p, request, err);
        if (r == 0)
                r = collectors_gather(&g);
        if (r == 0)
                r = permissions_gather(&g);
        if (r < 0)
                return r;
        left_out_settle(&p->set);
        *ret = TAKE_PTR(p);
        return 0;
}
