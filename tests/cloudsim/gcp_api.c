#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/gcp.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/world.h"

enum { PAGE_MAX = 1000, WORDS_MAX = 16, WORD_MAX = 128 };

/* A call, taken apart. */
struct api_call {
        struct request *q;
        char *path;                      /* decoded, projects by id */
        char *key;                       /* host and path, as worlds have them */
        char words[WORDS_MAX][WORD_MAX]; /* of the path behind the version */
        size_t n_words;
        char verb[64]; /* of "…:verb", "" */
        char collection[WORD_MAX];
        bool is_list;
        char location[64];   /* in the path, "" */
        const char *project; /* in the path; NULL: none, or none of this world */
        bool names_project;
        const json_t *identity;
};

/* ---- what is asked -----------------------------------------------------------------------------
 */

/* "europe-west1" of "europe-west1-aiplatform", "eu" of "eu-documentai"; 0 for none. */
static size_t location_prefix(const char *label)
{
        const char *dash = strrchr(label, '-'), *digit;
        size_t n = dash ? (size_t)(dash - label) : 0;

        if (n == 2)
                return strncmp(label, "eu", 2) == 0 || strncmp(label, "us", 2) == 0 ? n : 0;
        digit = dash ? dash - 1 : NULL;
        return digit && digit > label && isdigit((unsigned char)*digit) ? n : 0;
}

/* Service and region by the host's name: "aiplatform" of europe-west1-aiplatform.…, of
 * aiplatform.eu.rep.… */
static void read_host(struct request *q)
{
        char label[64];
        const char *dot = strchr(q->host, '.');
        size_t n;

        (void)snprintf(label, sizeof(label), "%.*s", (int)strcspn(q->host, "."), q->host);
        n = location_prefix(label);
        (void)snprintf(q->service, sizeof(q->service), "%s", n ? label + n + 1 : label);
        if (n)
                (void)snprintf(q->region, sizeof(q->region), "%.*s", (int)n, label);
        else if (dot && strstr(dot, ".rep."))
                (void)snprintf(q->region, sizeof(q->region), "%.*s", (int)strcspn(dot + 1, "."),
                               dot + 1);
}

/* "/v1/a/b", "/compute/v1/a/b", "/bigquery/v2/a/b": what follows the version. */
static const char *behind_version(const char *path)
{
        for (const char *p = path; (p = strstr(p, "/v")); p++)
                if (isdigit((unsigned char)p[2])) {
                        const char *slash = strchr(p + 1, '/');

                        return slash ? slash + 1 : "";
                }
        return path + 1;
}

static void read_words(struct api_call *c)
{
        const char *p = behind_version(c->path);

        while (*p && c->n_words < WORDS_MAX) {
                size_t n = strcspn(p, "/");

                (void)snprintf(c->words[c->n_words++], WORD_MAX, "%.*s", (int)n, p);
                p += n + (p[n] == '/');
        }
}

static void read_verb(struct api_call *c)
{
        char *last = c->n_words ? c->words[c->n_words - 1] : NULL;
        char *colon = last ? strrchr(last, ':') : NULL;

        if (!colon)
                return;
        (void)snprintf(c->verb, sizeof(c->verb), "%s", colon + 1);
        *colon = '\0';
}

/* Things that are there once, under a name of their own. */
static bool is_single(const char *word)
{
        static const char *const singles[] = {
                "settings",      "encryptionSpec",     "config",    "agent",      "floorSetting",
                "cmekSettings",  "generativeSettings", "iamPolicy", "cmekConfig", "effectivePolicy",
                "floor_setting", "billingInfo",
        };

        for (size_t i = 0; i < ELEMENTSOF(singles); i++)
                if (strcmp(singles[i], word) == 0)
                        return true;
        return false;
}

static void name_operation(struct api_call *c)
{
        const char *last = c->n_words ? c->words[c->n_words - 1] : "";
        bool aggregated = c->n_words > 1 && strcmp(c->words[c->n_words - 2], "aggregated") == 0;
        bool odd = c->n_words % 2 == 1;
        const char *collection = odd || aggregated ? last
                                 : c->n_words > 1  ? c->words[c->n_words - 2]
                                                   : "";
        const char *verb = aggregated ? "aggregatedList" : odd && !is_single(last) ? "list" : "get";

        (void)snprintf(c->collection, sizeof(c->collection), "%s", collection);
        c->is_list = !*c->verb && strcmp(verb, "get") != 0;
        (void)snprintf(c->q->operation, sizeof(c->q->operation), "%.100s.%s", collection,
                       *c->verb ? c->verb : verb);
}

static void read_location(struct api_call *c)
{
        for (size_t i = 0; i + 1 < c->n_words; i++)
                if (strcmp(c->words[i], "locations") == 0)
                        (void)snprintf(c->location, sizeof(c->location), "%.60s", c->words[i + 1]);
        if (*c->location && strcmp(c->location, "-") != 0)
                (void)snprintf(c->q->region, sizeof(c->q->region), "%s", c->location);
}

/* The project in the path, by id or number: put there by its id. */
static void read_project(struct api_call *c)
{
        char *at = strstr(c->path, "/projects/"), *rest;
        _cleanup_(freep) char *old = c->path;
        const char *name;
        size_t n;

        c->path = strdup(old);
        if (!at || !c->path)
                return;
        name = at + strlen("/projects/");
        n = strcspn(name, "/:");
        c->names_project = n > 0 && strncmp(name, "-", n) != 0;
        c->project = gcp_project_id(c->q, name, n);
        if (!c->project)
                return;
        rest = strdup(name + n);
        free(c->path);
        if (asprintf(&c->path, "%.*s%s%s", (int)(name - old), old, c->project, rest ? rest : "") <
            0)
                c->path = NULL;
        free(rest);
}

static void identify(struct api_call *c)
{
        struct request *q = c->q;

        read_host(q);
        read_project(c);
        if (!c->path)
                return;
        read_words(c);
        read_verb(c);
        name_operation(c);
        read_location(c);
        if (asprintf(&c->key, "%s%s", q->host, c->path) < 0)
                c->key = NULL;
        (void)snprintf(q->account, sizeof(q->account), "%.63s",
                       c->project                            ? c->project
                       : c->n_words > 1 && !c->names_project ? c->words[1]
                                                             : "");
}

/* ---- may they? ---------------------------------------------------------------------------------
 */

/* APIs that charge, and have to be on in, the project of who asks. */
static bool charges_caller(const char *service)
{
        static const char *const services[] = { "cloudasset",      "cloudresourcemanager",
                                                "serviceusage",    "monitoring",
                                                "orgpolicy",       "logging",
                                                "assuredworkloads" };

        for (size_t i = 0; i < ELEMENTSOF(services); i++)
                if (strcmp(services[i], service) == 0)
                        return true;
        return false;
}

/* "p" of "x@p.iam.gserviceaccount.com", into text; a person's is that of the sign-in's client. */
static const char *own_project(const json_t *identity, char text[static 64])
{
        const char *email = json_member_string(identity, "email");
        const char *at = strchr(email, '@');

        if (json_is_true(json_object_get(identity, "user")))
                return "764086051850";
        (void)snprintf(text, 64, "%.*s", at ? (int)strcspn(at + 1, ".") : 0, at ? at + 1 : "");
        return text;
}

static const char *consumer_of(const struct api_call *c, char text[static 64])
{
        const char *quota = request_header(c->q, "x-goog-user-project");

        if (quota)
                return quota;
        if (c->project && !charges_caller(c->q->service))
                return c->project;
        return own_project(c->identity, text);
}

static const char *api_of(const struct request *q, char text[static 96])
{
        const char *service = strcmp(q->service, "translation") == 0 ? "translate" : q->service;

        (void)snprintf(text, 96, "%.60s.googleapis.com", service);
        return text;
}

static void refuse_disabled(struct api_call *c, const char *consumer)
{
        _cleanup_(freep) char *number = gcp_project_number(c->q, consumer);
        const char *said = number ? number : consumer;
        char api[96], text[400];

        (void)snprintf(text, sizeof(text),
                       "%s API has not been used in project %.60s before or it is disabled. Enable "
                       "it, then retry.",
                       api_of(c->q, api), said);
        gcp_error_info(c->q, 403, "SERVICE_DISABLED", text,
                       json_pack("{ss so}", "service", api, "consumer",
                                 json_sprintf("projects/%s", said)));
}

/* IAM's word for the operation; "" when none is needed. */
static void action_of(const struct api_call *c, char action[static 256])
{
        static const struct {
                const char *service, *operation, *action;
        } odd[] = {
                { "cloudresourcemanager", "projects.search", "resourcemanager.projects.get" },
                { "cloudresourcemanager", "folders.search", "resourcemanager.folders.get" },
                { "cloudresourcemanager", "organizations.search",
                  "resourcemanager.organizations.get" },
                { "cloudresourcemanager", "projects.getAncestry", "resourcemanager.projects.get" },
                { "serviceusage", "services.batchGet", "serviceusage.services.get" },
                { "cloudasset", "*", "cloudasset.assets.searchAllResources" },
                { "contactcenterinsights", "encryptionSpec.get",
                  "contactcenterinsights.encryptionSpecs.get" },
                { "aiplatform", "models.fetchPublisherModelConfig", "aiplatform.endpoints.get" },
                { "assuredworkloads", "workloads.list", "assuredworkloads.workload.list" },
                { "bigquery", "datasets.list", "bigquery.datasets.get" },
                { "bigquery", "models.get", "bigquery.models.getMetadata" },
                { "dialogflow", "agent.get", "dialogflow.agents.get" },
                { "dialogflow", "encryptionSpec.get", "dialogflow.encryptionspec.get" },
                { "dialogflow", "generativeSettings.get", "dialogflow.agents.get" },
                { "tpu", "queuedResources.list", "tpu.queuedresources.list" },
                { "jobs", "tenants.list", "cloudjobdiscovery.tenants.get" },
                { "modelarmor", "floorSetting.get", "modelarmor.floorSettings.get" },
                { "orgpolicy", "policies.getEffectivePolicy", "orgpolicy.policy.get" },
                { "translation", "models.list", "cloudtranslate.customModels.list" },
                { "vision", "*", "" }, /* whoever may call the API */
                { "storage", "b.get", "storage.buckets.get" },
                { "storage", "b.list", "storage.buckets.list" },
                { "storage", "iam.get", "storage.buckets.getIamPolicy" },
        };
        static const struct {
                const char *service, *prefix;
        } prefixes[] = {
                { "cloudresourcemanager", "resourcemanager" },
                { "translation", "cloudtranslate" },
                { "jobs", "cloudjobdiscovery" },
        };
        const char *service = c->q->service, *operation = c->q->operation;
        bool aggregated = strstr(operation, ".aggregatedList") != NULL;

        for (size_t i = 0; i < ELEMENTSOF(odd); i++)
                if (strcmp(odd[i].service, service) == 0 &&
                    (odd[i].operation[0] == '*' || strcmp(odd[i].operation, operation) == 0)) {
                        (void)snprintf(action, 256, "%s", odd[i].action);
                        return;
                }
        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (strcmp(prefixes[i].service, service) == 0)
                        service = prefixes[i].prefix;
        (void)snprintf(action, 256, aggregated ? "%s.%s.list" : "%s.%s", service,
                       aggregated ? c->collection : operation);
}

static void refuse_permission(struct api_call *c)
{
        char action[256], text[700];

        action_of(c, action);
        (void)snprintf(text, sizeof(text),
                       "Permission '%s' denied on resource '//%s.googleapis.com%.300s' (or it may "
                       "not exist).",
                       action, c->q->service, c->path);
        gcp_error_info(c->q, 403, "IAM_PERMISSION_DENIED",
                       c->q->effects.message ? c->q->effects.message : text,
                       json_pack("{ss so}", "permission", action, "resource",
                                 json_string(behind_version(c->path))));
}

/* The header's project lets who asks charge it. */
static bool quota_refused(struct api_call *c)
{
        const char *quota = request_header(c->q, "x-goog-user-project");
        const json_t *permissions = json_object_get(c->identity, "permissions");

        if (!quota || (gcp_project_id(c->q, quota, strlen(quota)) &&
                       rest_allows(c->q, permissions, "serviceusage.services.use")))
                return false;
        gcp_error_info(c->q, 403, "USER_PROJECT_DENIED",
                       "Caller does not have required permission to use the project.", NULL);
        return true;
}

/* A project that nobody here sees; what is in it would be charged to it. */
static bool project_refused(struct api_call *c)
{
        if (!c->names_project || c->project || charges_caller(c->q->service) ||
            request_header(c->q, "x-goog-user-project"))
                return false;
        refuse_permission(c);
        return true;
}

static bool consumer_refused(struct api_call *c)
{
        char text[64], api[96];
        const char *consumer = consumer_of(c, text);
        const char *id = gcp_project_id(c->q, consumer, strlen(consumer));
        const json_t *project = id ? gcp_project(c->q, id) : NULL;
        const char *state = json_member_string(project, "state");

        if (!id && strcmp(consumer, "764086051850") == 0) {
                refuse_disabled(c, consumer);
                return true;
        }
        if (c->q->effects.api_off || (project && !gcp_api_is_on(project, api_of(c->q, api)))) {
                refuse_disabled(c, c->q->effects.api_off && c->project ? c->project
                                   : id                                ? id
                                                                       : consumer);
                return true;
        }
        if (state && strcmp(state, "DELETE_REQUESTED") == 0) {
                gcp_error_info(c->q, 403, "CONSUMER_INVALID", "Project has been deleted.", NULL);
                return true;
        }
        if (project && json_is_false(json_object_get(project, "billing")) &&
            !charges_caller(c->q->service)) {
                gcp_error_info(c->q, 403, "BILLING_DISABLED",
                               "This API method requires billing to be enabled.",
                               json_pack("{so}", "consumer", json_sprintf("projects/%s", id)));
                return true;
        }
        return false;
}

/* ---- where it is offered -----------------------------------------------------------------------
 */

static bool has_text(const json_t *list, const char *text)
{
        const json_t *one;
        size_t i;

        json_array_foreach(list, i, one)
        {
                if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
                        return true;
        }
        return false;
}

/* A regional thing at another location's host. */
static bool wrong_host(const struct api_call *c)
{
        char label[64];
        size_t n;

        (void)snprintf(label, sizeof(label), "%.*s", (int)strcspn(c->q->host, "."), c->q->host);
        n = location_prefix(label);
        if (!*c->location || strstr(c->q->host, ".rep."))
                return *c->location && strstr(c->q->host, ".rep.") &&
                       !strstr(c->q->host, c->location);
        if (n)
                return strlen(c->location) != n || strncmp(label, c->location, n) != 0;
        return strcmp(c->q->service, "aiplatform") == 0 && strcmp(c->location, "global") != 0 &&
               c->n_words > 4;
}

static bool place_refused(struct api_call *c)
{
        const json_t *absent = world_at(c->q->sim->world, "gcp", "absent", c->location);
        char text[200];

        if (wrong_host(c)) {
                gcp_error(c->q, 404, "NOT_FOUND", "Requested entity was not found.");
                return true;
        }
        if (!*c->location || (!has_text(absent, c->q->service) && !c->q->effects.region_off))
                return false;
        (void)snprintf(text, sizeof(text), "Location %s is not supported.", c->location);
        gcp_error(c->q, 400, "INVALID_ARGUMENT", text);
        return true;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

static bool is_remark(const char *key)
{
        static const char *const remarks[] = { "unreachable", "unreachables", "missingZones",
                                               "executionErrors" };

        for (size_t i = 0; i < ELEMENTSOF(remarks); i++)
                if (strcmp(remarks[i], key) == 0)
                        return true;
        return false;
}

/* The member that is the list: the array that is no remark; NULL for a thing. */
static const char *list_member(const json_t *value)
{
        const char *key;
        json_t *member;

        json_object_foreach((json_t *)value, key, member)
        {
                if ((json_is_array(member) && !is_remark(key)) ||
                    (strcmp(key, "items") == 0 && json_is_object(member)))
                        return key;
        }
        return NULL;
}

/* A time series is selected by the types in the filter, and by its service if that is named. */
static bool series_passes(const char *filter, const json_t *item)
{
        const char *metric = json_path_string(item, "metric.type");
        const char *resource = json_path_string(item, "resource.type");
        const char *service = json_path_string(item, "resource.labels.service");
        char wanted[300];

        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", metric ? metric : "");
        if (strstr(filter, "metric.type") && !strstr(filter, wanted))
                return false;
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", resource ? resource : "");
        if (strstr(filter, "resource.type") && !strstr(filter, wanted))
                return false;
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", service ? service : "");
        return !strstr(filter, "resource.labels.service=") || strstr(filter, wanted);
}

static bool type_fits(const json_t *wanted, const char *type)
{
        const char *pattern = json_string_value(wanted);
        _cleanup_(freep) char *whole = NULL;
        regex_t regex;
        bool fits;

        if (!pattern || asprintf(&whole, "^(%s)$", pattern) < 0) {
                whole = NULL;
                return false;
        }
        if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
                return false;
        fits = regexec(&regex, type, 0, NULL, 0) == 0;
        regfree(&regex);
        return fits;
}

static bool asset_passes(const json_t *types, const json_t *item)
{
        const char *type = json_member_string(item, "assetType");
        const json_t *one;
        size_t i;

        if (!types)
                return true;
        if (json_is_string(types))
                return type && type_fits(types, type);
        json_array_foreach(types, i, one)
        {
                if (type && type_fits(one, type))
                        return true;
        }
        return false;
}

static json_t *selected(const struct api_call *c, const json_t *items)
{
        char text[64];
        const char *filter = request_param(c->q, "filter", text);
        bool series = strcmp(c->collection, "timeSeries") == 0 && filter;
        json_t *kept, *item;
        size_t i;

        if (!series && strcmp(c->q->service, "cloudasset") != 0)
                return json_incref((json_t *)items);
        kept = json_array();
        json_array_foreach(items, i, item)
        {
                if (series ? series_passes(filter, item)
                           : asset_passes(json_object_get(c->q->params, "assetTypes"), item))
                        (void)json_array_append(kept, item);
        }
        return kept;
}

/* Zones of an aggregated list: an object, paged by its members. */
static json_t *pairs_of(const json_t *object)
{
        json_t *list = json_array(), *value;
        const char *key;

        json_object_foreach((json_t *)object, key, value)
        {
                (void)json_array_append_new(list, json_pack("{sO}", key, value));
        }
        return list;
}

static json_t *object_of(const json_t *pairs)
{
        json_t *object = json_object(), *pair;
        size_t i;

        json_array_foreach(pairs, i, pair)
        {
                (void)json_object_update(object, pair);
        }
        return object;
}

/* Older APIs say maxResults. */
static const char *size_param(const struct request *q)
{
        return json_object_get(q->params, "maxResults") ? "maxResults" : "pageSize";
}

/* Lists that come whole, however long they are. */
static bool is_unpaged(const struct request *q)
{
        static const char *const lists[] = {
                "container clusters.list",          "contactcenterinsights issueModels.list",
                "discoveryengine cmekConfigs.list", "cloudresourcemanager projects.getAncestry",
                "serviceusage services.batchGet",
        };
        char called[256];

        (void)snprintf(called, sizeof(called), "%.90s %.150s", q->service, q->operation);
        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                if (strcmp(lists[i], called) == 0)
                        return true;
        return false;
}

static void reply_list(struct api_call *c, const json_t *value, const char *member)
{
        const struct rest_paging paging = { "pageToken", size_param(c->q), PAGE_MAX };
        json_t *own = json_object_get(value, member), *slice;
        json_auto_t *items = json_is_object(own) ? pairs_of(own) : selected(c, own);
        json_auto_t *reply = json_copy((json_t *)value);
        char next[TOKEN_TEXT_MAX];
        int r;

        c->q->effects.endless_token |= c->q->effects.empty_page;
        slice = rest_page(c->q, &paging, items, next, &r);
        if (!slice) {
                gcp_error(c->q, 400, "INVALID_ARGUMENT",
                          r == -ERANGE ? "The page size is out of range."
                                       : "The page token is invalid.");
                return;
        }
        if (c->q->effects.empty_page)
                (void)json_array_clear(slice);
        if (json_array_size(slice) == 0) /* what is empty is left out */
                (void)json_object_del(reply, member);
        else if (json_is_object(own))
                (void)json_object_set_new(reply, member, object_of(slice));
        else
                (void)json_object_set(reply, member, slice);
        json_decref(slice);
        if (*next)
                (void)json_object_set_new(reply, "nextPageToken", json_string(next));
        reply_json(c->q, 200, reply);
}

/* ---- replies -----------------------------------------------------------------------------------
 */

static void reply_value(struct api_call *c, json_t *value)
{
        json_auto_t *wrapped =
                json_is_array(value) ? json_pack("{sO}", c->collection, value) : NULL;
        const char *member = c->is_list || *c->verb ? list_member(wrapped ? wrapped : value) : NULL;

        /* a list without items, as policies are, is a thing */
        if (member && strcmp(c->verb, "getIamPolicy") != 0 && !is_unpaged(c->q))
                reply_list(c, wrapped ? wrapped : value, member);
        else
                reply_json(c->q, 200, wrapped ? wrapped : value);
}

/* "…/locations/-/…": what the world has in each location, together. */
static json_t *all_locations(const struct api_call *c, const json_t *resources)
{
        const char *dash = strstr(c->key, "/locations/-/"), *key, *member;
        size_t head = dash ? (size_t)(dash - c->key) + strlen("/locations/") : 0;
        json_t *list = NULL, *value;

        if (!dash)
                return NULL;
        json_object_foreach((json_t *)resources, key, value)
        {
                const char *rest = strncmp(key, c->key, head) == 0 ? strchr(key + head, '/') : NULL;

                if (!rest || strcmp(rest, c->key + head + 1) != 0)
                        continue;
                list = list ? list : json_array();
                member = json_is_array(value) ? NULL : list_member(value);
                (void)json_array_extend(list, member ? json_object_get(value, member) : value);
        }
        return list;
}

static void refuse_not_found(struct api_call *c)
{
        char text[500];

        (void)snprintf(text, sizeof(text), "Resource '%.400s' was not found",
                       behind_version(c->path));
        gcp_error(c->q, 404, "NOT_FOUND", text);
}

static void reply_unknown(struct api_call *c)
{
        json_auto_t *empty = json_object();

        if (c->is_list || *c->verb)
                reply_json(c->q, 200, empty);
        else
                refuse_not_found(c);
}

static void reply_world(struct api_call *c)
{
        const json_t *resources = world_at(c->q->sim->world, "gcp", "resources");
        json_auto_t *made = NULL;
        struct rest_found found;

        if (rest_find(resources, c->key, false, &found)) {
                if (!rest_world_error(c->q, found.value, gcp_error))
                        reply_value(c, found.value);
                return;
        }
        made = gcp_made_up(c->q, c->q->service, c->path);
        if (!made)
                made = all_locations(c, resources);
        if (made)
                reply_value(c, made);
        else
                reply_unknown(c);
}

static bool is_refused(struct api_call *c)
{
        struct request *q = c->q;
        char action[256];

        action_of(c, action);
        c->identity = gcp_authenticate(q);
        if (!c->identity || quota_refused(c) || project_refused(c) || consumer_refused(c))
                return true;
        if (q->effects.denied || (c->names_project && !c->project) ||
            (action[0] != '\0' &&
             !rest_allows(q, json_object_get(c->identity, "permissions"), action))) {
                refuse_permission(c);
                return true;
        }
        if (place_refused(c))
                return true;
        if (!meter_budget(q))
                return false;
        gcp_error_info(q, 429, "RATE_LIMIT_EXCEEDED", "Quota exceeded.",
                       json_pack("{ss}", "quota_limit", "ReadRequestsPerMinutePerProject"));
        return true;
}

static void answer(struct api_call *c)
{
        struct request *q = c->q;
        struct page page;

        (void)rest_bearer(q); /* for faults that expire it */
        if (request_parse_json(q) < 0) {
                gcp_error(q, 400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
                return;
        }
        (void)page_begin(q, "pageToken", size_param(q), 0, &page); /* faults match the page */
        faults_match(q);
        if (!faults_answer(q, gcp_error) && !is_refused(c))
                reply_world(c);
}

void gcp_api_answer(struct request *q)
{
        struct api_call c = { .q = q, .path = rest_path(q) };

        if (c.path)
                identify(&c);
        if (c.path && c.key)
                answer(&c);
        free(c.path);
        free(c.key);
}
