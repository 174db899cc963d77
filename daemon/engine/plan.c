#include "daemon/engine/plan.h"

#include "daemon/engine/catalogue.h"
#include "daemon/engine/plan-count.h"
#include "daemon/engine/plan-place.h"

#include <errno.h>
#include <string.h>

/* ---- calls ---------------------------------------------------------------------------------- */

struct asking {
        const struct scan_scope *scope;
        const char *region;
        bool alternative; /* asked only if the list before it is not answered */
        bool settled;     /* the last scan did not come to it */
};

static int plan_put(struct planning *p, const struct asking *where, struct plan_call *row)
{
        const struct scan_account *a = p->account;
        const struct scope *scope = where->scope->scope;
        const struct collector *c = row->call->collector;
        const char *id = scope ? scope->id : "";

        row->place =
                (struct place){ .provider = a->provider->name,
                                .account = a->config->name,
                                .scope = plan_is_open_end(id) ? NULL : id,
                                .region = plan_is_open_end(where->region) ? NULL : where->region };
        row->cost = catalogue_cost(row->call);
        row->level = scope ? scope->level : NULL;
        row->condition = a->account ? NULL : c->when;
        if (row->condition || where->alternative)
                row->least = 0;
        if (where->alternative && (!row->seen || row->state == COVERAGE_SKIPPED))
                row->rescan = row->fresh =
                        (struct plan_number){ 0, where->settled ? PLAN_SURE : PLAN_ALTERNATIVE };
        else if (!row->seen)
                row->rescan = row->fresh = (struct plan_number){ row->least, PLAN_UNSEEN };
        else if (row->rescan.doubt == PLAN_UNREAD && row->rescan.calls < row->least)
                row->rescan.calls = row->fresh.calls = row->least;
        return p->sink->call(p->sink->user, row);
}

static int plan_details(struct planning *p, const struct asking *where,
                        const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        int r = 0;

        for (size_t i = 0; i < c->n_detail && r == 0; i++) {
                struct plan_call row = {
                        .purpose = PLAN_DETAIL,
                        .per = c->detail[i].each ? PLAN_PER_ELEMENT : PLAN_PER_RESOURCE,
                        .call = &c->detail[i],
                        .times = plan_times(&c->detail[i]),
                        .seen = pass->known != NULL,
                        .state = plan_state(pass->known),
                };

                if (row.seen) {
                        if (!plan_is_rested(pass))
                                row.rescan = plan_count_detail(pass, i, false);
                        row.fresh = plan_count_detail(pass, i, true);
                }
                r = plan_put(p, where, &row);
        }
        return r;
}

static int plan_collector(struct planning *p, const struct asking *where, const struct collector *c,
                          const struct plan_pass *above);

static int plan_children(struct planning *p, const struct asking *where,
                         const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        int r = 0;

        for (size_t i = 0; i < c->n_children && r == 0; i++)
                if (collector_wanted(p->account, c->children[i]))
                        r = plan_collector(p, where, c->children[i], pass);
        return r;
}

/* What the list is asked once for. */
static enum plan_per per_of(const struct plan_pass *pass)
{
        if (pass->collector->follows.facts)
                return PLAN_PER_VALUE;
        return pass->above ? PLAN_PER_PARENT : PLAN_PER_PLACE;
}

static int plan_list(struct planning *p, const struct asking *where, const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        bool maybe = plan_is_open_end(where->region) && (c->places || c->service->places);
        struct plan_call row = {
                .purpose = PLAN_LIST,
                .per = per_of(pass),
                .call = &c->list,
                .times = plan_times(&c->list),
                .seen = pass->known != NULL,
                .state = plan_state(pass->known),
                .least = per_of(pass) != PLAN_PER_PLACE || maybe ? 0 : plan_times(&c->list),
        };

        if (c->yields)
                row.purpose = discovery_yields(c, "scope") ? PLAN_SCOPES
                              : discovery_yields(c, "api") ? PLAN_APIS
                                                           : PLAN_REGIONS;
        if (row.seen)
                row.rescan = row.fresh = plan_count_list(pass);
        if (plan_is_rested(pass))
                row.rescan = (struct plan_number){ 0, PLAN_SURE };
        return plan_put(p, where, &row);
}

/* A list, what is asked about each of its items, and the lists below them. */
static int plan_collector(struct planning *p, const struct asking *where, const struct collector *c,
                          const struct plan_pass *above)
{
        const char *scope = where->scope->scope ? where->scope->scope->id : "";
        const struct plan_pass pass = { c, plan_known(p, scope, where->region, c->id), above };
        int r = plan_list(p, where, &pass);

        if (r == 0 && c->keep_with_children)
                r = plan_children(p, where, &pass);
        if (r == 0 && !c->reference)
                r = plan_details(p, where, &pass);
        return r == 0 && !c->keep_with_children ? plan_children(p, where, &pass) : r;
}

/* ---- the order of a scan -------------------------------------------------------------------- */

static bool is_answered(const struct planning *p, const struct asking *where,
                        const struct collector *c)
{
        const json_t *known = plan_known(p, where->scope->scope->id, where->region, c->id);

        return known && plan_state(known) == COVERAGE_OK;
}

/* Whether the scope has them: places known beforehand, one by one. */
static int plan_probe(struct planning *p, struct asking where, const struct collector *c)
{
        int r = 0;

        for (size_t i = 0; c->places[i] && r == 0; i++) {
                where.region = c->places[i];
                if (discovery_probes(p->account, c, i))
                        r = plan_collector(p, &where, c, NULL);
        }
        return r;
}

/* The lists that tell a scope's regions: the others are for when the first is not answered. After a
 * probe there is none; in an account that could not be opened it may be that of another option. */
static int plan_region_lists(struct planning *p, const struct scan_scope *s)
{
        struct asking where = { s, "global", false, plan_is_shut(p, s) };
        const struct collector *c;
        int r = 0;

        for (size_t n = 0; r == 0 && (c = discovery_region_list(p->account, n)) && c->list.name;
             n++) {
                bool probe = discovery_is_probe(c);

                if (!discovery_lists_regions_of(s, c))
                        continue;
                r = probe ? plan_probe(p, where, c) : plan_collector(p, &where, c, NULL);
                if (probe && p->account->account)
                        break;
                where.alternative = true;
                where.settled |= is_answered(p, &where, c);
        }
        return r;
}

static int plan_api_lists(struct planning *p, const struct scan_scope *s)
{
        const struct asking where = { s, "global", false, false };
        int r = 0;

        foreach_collector_of(c, p)
        {
                if (r == 0 && discovery_yields(c, "api") && service_in_scope(s, c->service) &&
                    collector_wanted(p->account, c))
                        r = plan_collector(p, &where, c, NULL);
        }
        return r;
}

static int plan_discovery(struct planning *p)
{
        struct scan_account *a = p->account;
        int r = 0;

        foreach_collector_of(c, p) for (size_t i = 0; i < a->n_scopes && r == 0; i++)
        {
                const struct asking where = { a->scopes[i], "global", false, false };

                if (discovery_yields(c, "scope") && collector_wanted(a, c) &&
                    discovery_runs_in(a->scopes[i], c))
                        r = plan_collector(p, &where, c, NULL);
        }
        for (size_t i = 1; i < a->n_scopes && r == 0; i++) {
                if (!discovery_collects(a->scopes[i]))
                        continue;
                r = plan_api_lists(p, a->scopes[i]);
                if (r == 0)
                        r = plan_region_lists(p, a->scopes[i]);
        }
        return r;
}

/* In a region that is not known, what is asked in some regions only may be asked, too. */
static const char *region_for(const struct asking *where, const struct collector *c)
{
        char *const *places = c->places ? c->places : c->service->places;

        return plan_is_open_end(where->region) && places && c->service->locality == LOCALITY_REGION
                       ? places[0]
                       : where->region;
}

static int plan_site(struct planning *p, const struct asking *where, int phase)
{
        int r = 0;

        foreach_collector_of(c, p)
        {
                if (r == 0 && site_asks(where->scope, c, region_for(where, c), phase))
                        r = plan_collector(p, where, c, NULL);
        }
        return r;
}

/* Places one by one; when all of a scope was read, what it names, and what is left. */
static int plan_sites(struct planning *p, const struct scan_scope *s)
{
        static const int last[] = { SITE_FOLLOWS, SITE_FOLLOWS_LAST, SITE_REST };
        static const int phases[] = { SITE_REFERENCES, SITE_COLLECTORS };
        struct asking where = { s, "global", false, false };
        json_t *place;
        size_t n;
        int r = 0;

        json_array_foreach(s->places, n, place)
        {
                where.region = json_string_value(place);
                for (size_t i = 0; i < ELEMENTSOF(phases) && r == 0; i++)
                        r = plan_site(p, &where, phases[i]);
        }
        where.region = "global";
        for (size_t i = 0; i < ELEMENTSOF(last) && r == 0 && json_array_size(s->places) > 0; i++)
                r = plan_site(p, &where, last[i]);
        return r;
}

static int plan_open(struct planning *p)
{
        struct scan_account *a = p->account;
        struct plan_account row = { .config = a->config, .provider = a->provider->name };
        int r;

        if (discovery_open(a, &p->trouble) == -ENOMEM)
                return -ENOMEM;
        r = plan_scopes(p);
        for (size_t i = 1; i < a->n_scopes && r == 0; i++)
                r = plan_regions(p, a->scopes[i]);
        if (r < 0)
                return r;
        row.places = p->places;
        row.trouble = p->trouble.code ? p->trouble.text : NULL;
        row.credential_source = a->account ? a->provider->credential_source(a->account) : NULL;
        return p->sink->account(p->sink->user, &row);
}

static int plan_account(const struct plan_request *request, const struct account_config *config,
                        const struct plan_sink *sink)
{
        struct planning p = {
                .request = request,
                .sink = sink,
                .scan.request = { .config = request->config, .catalogue = request->catalogue },
                .account = calloc(1, sizeof(struct scan_account)),
                .memory = json_object_get(request->memory, config->name),
                .places = json_pack("{s:[], s:[], s:[], s:[]}", "scopes", "regions",
                                    "scopes_found_by", "regions_found_by"),
        };
        int r = p.account && p.places ? 0 : -ENOMEM;

        if (p.account)
                *p.account = (struct scan_account){ .scan = &p.scan,
                                                    .config = config,
                                                    .provider = config->provider };
        if (r == 0)
                r = plan_open(&p);
        if (r == 0)
                r = plan_discovery(&p);
        for (size_t i = 1; r == 0 && i < p.account->n_scopes; i++)
                r = plan_sites(&p, p.account->scopes[i]);
        if (p.account)
                scan_account_free(p.account);
        json_decref(p.places);
        return r;
}

int plan_walk(const struct plan_request *request, const struct plan_sink *sink, struct error *err)
{
        const struct config *config = request->config;
        int r = 0;

        for (size_t i = 0; i < config->n_accounts && r == 0; i++)
                if (!request->account || strcmp(request->account, config->accounts[i].name) == 0)
                        r = plan_account(request, &config->accounts[i], sink);
        return r < 0 ? error_set(err, r, "the plan: %s", strerror(-r)) : 0;
}
