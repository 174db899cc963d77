#include "daemon/base/json.h"
#include "daemon/report/duties.h"

#include <errno.h>
#include <string.h>

struct collecting {
        const struct report_request *request;
        json_t *types;
        int failed;
};

/* The object below key, made when it is not there. */
static json_t *object_at(json_t *in, const char *key)
{
        json_t *there = json_object_get(in, key);

        if (there)
                return there;
        return json_object_set_new(in, key, json_object()) == 0 ? json_object_get(in, key) : NULL;
}

static void count_up(struct collecting *c, json_t *in, const char *key)
{
        json_t *there = json_object_get(in, key);

        if (there)
                (void)json_integer_set(there, json_integer_value(there) + 1);
        else if (json_object_set_new(in, key, json_integer(1)) < 0)
                c->failed = -ENOMEM;
}

static void add_role(struct collecting *c, json_t *parties, const char *party, const json_t *roles)
{
        const char *role = json_member_string(json_object_get(roles, party), "role");

        if (role)
                count_up(c, object_at(object_at(parties, party), "roles"), role);
}

static void add_duty(struct collecting *c, json_t *parties, const json_t *duty)
{
        const char *party = json_member_string(duty, "party"),
                   *article = json_member_string(duty, "article"),
                   *only = json_member_string(duty, "only");
        json_t *duties = object_at(object_at(parties, party ? party : ""), "duties"), *row;
        char key[160];

        (void)snprintf(key, sizeof(key), "%s|%s", article ? article : "", only ? only : "");
        row = json_object_get(duties, key);
        if (!row) {
                row = json_copy((json_t *)duty);
                (void)json_object_del(row, "party");
                if (json_object_set_new(duties, key, row) < 0) {
                        c->failed = -ENOMEM;
                        return;
                }
        }
        count_up(c, row, "resources");
}

static int add(struct collecting *c, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        const json_t *d = row->description, *duty;
        json_t *type, *parties;
        char scope[512];
        size_t i;

        type = object_at(c->types, r->service_type ? r->service_type : "unclassified");
        parties = object_at(type, "parties");
        (void)snprintf(scope, sizeof(scope), "%s %s", r->provider, r->scope);
        count_up(c, type, "resources");
        count_up(c, object_at(type, "providers"), r->provider);
        count_up(c, object_at(type, "scopes"), scope);
        if (row->stale)
                count_up(c, type, "stale");
        if (!d)
                count_up(c, type, "undescribed");
        add_role(c, parties, "cloud", json_object_get(d, "roles"));
        add_role(c, parties, "customer", json_object_get(d, "roles"));
        json_array_foreach(json_object_get(d, "duties"), i, duty) add_duty(c, parties, duty);
        return c->failed;
}

int duties_add(json_t *types, const struct store_resource *row)
{
        struct collecting c = { .types = types };

        return add(&c, row);
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct collecting *c = user;

        return report_wants(c->request, row->resource->account) ? add(c, row) : 0;
}

int duties_collect(const struct report_request *request, json_t **ret, struct error *err)
{
        json_auto_t *types = json_object();
        struct collecting c = { .request = request, .types = types };
        int r;

        if (!types)
                return error_oom(err);
        r = store_each_resource(request->store, request->filter, on_resource, &c, err);
        if (r < 0)
                return error_set(err, r, "report: %s", strerror(-r));
        *ret = json_incref(types);
        return 0;
}
