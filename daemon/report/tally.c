#include "daemon/report/tally.h"

#include <errno.h>
#include <string.h>

struct taking {
        const struct report_request *request;
        struct tally *tally;
};

static int on_findings(void *user, const struct store_count *c)
{
        const struct taking *t = user;

        if (report_wants(t->request, c->account))
                t->tally->findings[c->verdict][c->severity] += c->n;
        return 0;
}

static int on_coverage(void *user, const struct store_coverage *c)
{
        const struct taking *t = user;

        if (report_wants(t->request, c->coverage.place.account))
                t->tally->coverage[c->coverage.state]++;
        return 0;
}

static int group_compare(const void *a, const void *b)
{
        const struct tally_group *x = a, *y = b;
        int order = strcmp(x->provider, y->provider);

        if (order == 0)
                order = strcmp(x->area, y->area);
        return order ? order : strcmp(x->service_type, y->service_type);
}

static struct tally_group *group_of(struct tally *t, const struct tally_group *like)
{
        struct tally_group *grown, *g;

        for (size_t i = 0; i < t->n_groups; i++)
                if (group_compare(&t->groups[i], like) == 0)
                        return &t->groups[i];
        grown = reallocarray(t->groups, t->n_groups + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        t->groups = grown;
        g = &grown[t->n_groups++];
        *g = (struct tally_group){ .provider = strdup(like->provider),
                                   .area = strdup(like->area),
                                   .service_type = strdup(like->service_type) };
        return g->provider && g->area && g->service_type ? g : NULL;
}

static int on_resource(void *user, const struct store_resource *row)
{
        const struct taking *t = user;
        const struct resource *r = row->resource;
        const char *area = json_string_value(json_object_get(row->description, "area"));
        char unknown[] = "unknown", none[] = "-", known[64];
        struct tally_group like = { .provider = r->provider,
                                    .service_type = r->service_type ? r->service_type : none },
                           *g;

        if (!report_wants(t->request, r->account))
                return 0;
        (void)snprintf(known, sizeof(known), "%s", area ? area : unknown);
        like.area = known;
        g = group_of(t->tally, &like);
        if (!g)
                return -ENOMEM;
        g->resources++;
        g->stale += row->stale;
        t->tally->resources++;
        t->tally->stale += row->stale;
        return 0;
}

int tally_take(struct tally *ret, const struct report_request *request, struct error *err)
{
        const struct store_filter all = { .all = true },
                                  present = { .without_replies = true, .without_facts = true };
        struct taking t = { .request = request, .tally = ret };
        int r;

        *ret = (struct tally){ 0 };
        r = store_count_findings(request->store, &all, on_findings, &t, err);
        if (r >= 0)
                r = store_each_coverage(request->store, &all, on_coverage, &t, err);
        if (r >= 0)
                r = store_each_resource(request->store, &present, on_resource, &t, err);
        if (r < 0) {
                tally_done(ret);
                return error_set(err, r, "report: %s", strerror(-r));
        }
        if (ret->n_groups > 0)
                qsort(ret->groups, ret->n_groups, sizeof(*ret->groups), group_compare);
        return 0;
}

void tally_done(struct tally *t)
{
        for (size_t i = 0; i < t->n_groups; i++) {
                free(t->groups[i].provider);
                free(t->groups[i].area);
                free(t->groups[i].service_type);
        }
        free(t->groups);
        *t = (struct tally){ 0 };
}

uint64_t tally_at_least(const struct tally *t, enum severity severity)
{
        uint64_t n = 0;

        for (int s = (int)severity; s < SEVERITY_MAX; s++)
                n += t->findings[VERDICT_FAIL][s] + t->findings[VERDICT_UNKNOWN][s];
        return n;
}

uint64_t tally_unread(const struct tally *t)
{
        uint64_t n = 0;

        for (int state = 0; state < COVERAGE_STATE_MAX; state++)
                if (!coverage_is_answer((enum coverage_state)state))
                        n += t->coverage[state];
        return n;
}
