#include "tests/cloudsim/scaleway_iam.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/world.h"

/* ---- which set a call needs --------------------------------------------------------------------
 */

/* The first that fits. */
static const struct {
        const char *host, *part, *set;
} sets[] = {
        { "api.scaleway.ai", "/", "GenerativeApisModelAccess" },
        { NULL, "/account/", "ProjectReadOnly" },
        { NULL, "/iam/", "IAMReadOnly" },
        { NULL, "/billing/", "BillingReadOnly" },
        { NULL, "/search/", "OrganizationReadOnly" },
        { NULL, "/inference/", "InferenceReadOnly" },
        { NULL, "/instance/", "InstancesReadOnly" },
        { NULL, "/k8s/", "KubernetesReadOnly" },
        { NULL, "/containers/", "ContainersReadOnly" },
        { NULL, "/serverless-jobs/", "ServerlessJobsReadOnly" },
        { NULL, "/datalab/", "DistributedDataLabReadOnly" },
        { NULL, "/baremetal/", "ElasticMetalReadOnly" },
        { NULL, "/dedibox/", "DediboxReadOnly" },
        { NULL, "/qaas/", "QaaSReadOnly" },
        { NULL, "/searchdb/", "SearchDBReadOnly" },
        { NULL, "/cockpit/", "ObservabilityReadOnly" },
        { NULL, "/registry/", "ContainerRegistryReadOnly" },
        { NULL, "/audit-trail/", "AuditTrailReadOnly" },
};

const char *scaleway_iam_set(const struct request *q)
{
        if (strcmp(q->service, "s3") == 0)
                return "ObjectStorageBucketsRead";
        if (strstr(q->path, "/export-jobs"))
                return "AuditTrailExportRead";
        for (size_t i = 0; i < ELEMENTSOF(sets); i++)
                if ((!sets[i].host || strcmp(sets[i].host, q->host) == 0) &&
                    strncmp(q->path, sets[i].part, strlen(sets[i].part)) == 0)
                        return sets[i].set;
        return NULL;
}

/* ---- what a key has ----------------------------------------------------------------------------
 */

static json_t *rules_of(const json_t *key)
{
        json_t *rules = json_object_get(key, "rules"),
               *names = json_object_get(key, "permission_sets");

        if (names)
                return json_pack("[{sO ss}]", "permission_set_names", names, "organization_id",
                                 json_member_string(key, "organization"));
        return json_incref(rules);
}

static bool is_limited(const json_t *key)
{
        return json_object_get(key, "rules") || json_object_get(key, "permission_sets");
}

static bool names(const json_t *list, const char *name)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i, element)
        {
                if (json_is_string(element) && strcmp(json_string_value(element), name) == 0)
                        return true;
        }
        return false;
}

int scaleway_iam_check(const json_t *key, struct error *err)
{
        const char *id = json_member_string(key, "access_key");
        const json_t *granted = json_object_get(key, "permission_sets");
        json_t *rule;
        size_t i;

        if (granted && !json_is_array(granted))
                return error_set(err, -EINVAL, "key %s: permission_sets: not a list", id);
        json_array_foreach(json_object_get(key, "rules"), i, rule)
        {
                if (!json_is_array(json_object_get(rule, "permission_set_names")) ||
                    !json_object_get(rule, "organization_id") ==
                            !json_object_get(rule, "project_ids"))
                        return error_set(err, -EINVAL,
                                         "key %s: rules: each has permission_set_names and either "
                                         "organization_id or project_ids",
                                         id);
        }
        return 0;
}

static void count(const struct request *q, const char *set)
{
        json_t *actions = json_object_get(q->sim->actions, q->account);
        json_int_t calls = json_integer_value(json_object_get(actions, set));

        if (!actions) {
                actions = json_object();
                (void)json_object_set_new(q->sim->actions, q->account, actions);
        }
        (void)json_object_set_new(actions, set, json_integer(calls + 1));
}

bool scaleway_iam_allows(const struct scaleway_call *c, const json_t **ret_projects)
{
        const char *set = scaleway_iam_set(c->q);
        json_auto_t *rules = rules_of(c->key);
        bool allowed = !is_limited(c->key) || !set;
        json_t *rule;
        size_t i;

        *ret_projects = NULL;
        json_array_foreach(rules, i, rule)
        {
                if (!set || !names(json_object_get(rule, "permission_set_names"), set))
                        continue;
                /* borrowed from the key, which keeps its rules */
                *ret_projects = json_object_get(rule, "project_ids");
                allowed = true;
                if (!*ret_projects)
                        break;
        }
        if (allowed && set)
                count(c->q, set);
        return allowed;
}

bool scaleway_iam_is_silent(const struct scaleway_call *c)
{
        return json_is_true(json_object_get(c->key, "silent"));
}

/* ---- what IAM says about it --------------------------------------------------------------------
 */

static bool is_in_world(const struct scaleway_call *c)
{
        const json_t *keys =
                world_at(c->organization, "places", "global", "/iam/v1alpha1/api-keys", "api_keys");
        json_t *key;
        size_t i;

        json_array_foreach((json_t *)keys, i, key)
        {
                const char *id = json_member_string(key, "access_key");

                if (id && strcmp(id, c->q->access_key) == 0)
                        return true;
        }
        return false;
}

static json_t *invented_key(const struct scaleway_call *c)
{
        bool limited = is_limited(c->key);

        return json_pack("{ss so so ss ss so}", "access_key", c->q->access_key, "application_id",
                         limited ? json_sprintf("application-%s", c->q->access_key) : json_null(),
                         "user_id", limited ? json_null() : json_sprintf("owner-%s", c->q->account),
                         "description", "invented", "created_at", "2026-01-01T00:00:00Z",
                         "expires_at", json_null());
}

static json_t *invented_bearer(const struct scaleway_call *c)
{
        bool limited = is_limited(c->key);

        return json_pack("{so ss ss*}", "id",
                         limited ? json_sprintf("application-%s", c->q->access_key)
                                 : json_sprintf("owner-%s", c->q->account),
                         "organization_id", c->q->account, "type", limited ? NULL : "owner");
}

static json_t *invented_policy(const struct scaleway_call *c)
{
        return json_pack("{so ss ss so}", "id", json_sprintf("policy-%s", c->q->access_key), "name",
                         "vigie-read", "organization_id", c->q->account, "application_id",
                         json_sprintf("application-%s", c->q->access_key));
}

static void add_rules(const struct scaleway_call *c, json_t *items)
{
        json_auto_t *rules = rules_of(c->key);
        json_t *rule;
        size_t i;

        json_array_foreach(rules, i, rule)
        {
                json_t *own = json_copy(rule);

                (void)json_object_set_new(own, "id",
                                          json_sprintf("rule-%s-%zu", c->q->access_key, i));
                (void)json_object_set_new(own, "policy_id",
                                          json_sprintf("policy-%s", c->q->access_key));
                (void)json_array_append_new(items, own);
        }
}

json_t *scaleway_iam_items(const struct scaleway_call *c, const json_t *items)
{
        const char *list = c->operation->items;
        json_t *all;

        if (strcmp(c->q->service, "iam") != 0 || !list || is_in_world(c))
                return NULL;
        all = json_is_array(items) ? json_copy((json_t *)items) : json_array();
        if (strcmp(list, "api_keys") == 0 && c->operation->style == STYLE_ONE)
                (void)json_array_append_new(all, invented_key(c));
        else if (strcmp(list, is_limited(c->key) ? "applications" : "users") == 0)
                (void)json_array_append_new(all, invented_bearer(c));
        else if (strcmp(list, "policies") == 0 && is_limited(c->key))
                (void)json_array_append_new(all, invented_policy(c));
        else if (strcmp(list, "rules") == 0 && is_limited(c->key))
                add_rules(c, all);
        return all;
}
