#include "tests/cloudsim/azure.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/world.h"

enum { PAGE_MAX = 1000, LINK_BYTES_MAX = 16 * 1024 };

#define GRAPH_PATH "/providers/Microsoft.ResourceGraph/resources"
#define SUBSCRIPTIONS "/subscriptions/"
#define PROVIDERS "/providers/"

/* A path of ARM, taken apart. */
struct arm_call {
        struct request *q;
        char *path;            /* decoded */
        char subscription[64]; /* lower case; "" outside of any */
        const char *rest; /* in path: from the word that follows the last namespace, or the scope */
        char action[256]; /* "Microsoft.CognitiveServices/accounts/read" */
        bool is_list;
        const json_t *world;
        const json_t *identity;
};

static bool is_local(const struct request *q)
{
        return strcmp(q->host, "localhost") == 0 || strncmp(q->host, "127.", 4) == 0;
}

bool azure_arm_claims(const struct request *q)
{
        if (is_local(q))
                return strncmp(q->path, "/subscriptions", 14) == 0 ||
                       strncasecmp(q->path, PROVIDERS, strlen(PROVIDERS)) == 0 ||
                       strcmp(q->path, "/tenants") == 0;
        return strcmp(azure_cloud_of(q->host)->arm, q->host) == 0;
}

void azure_error(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *body = json_pack("{s{ss ss}}", "error", "code",
                                      code            ? code
                                      : status == 429 ? "TooManyRequests"
                                                      : "InternalServerError",
                                      "message", message ? message : "Refused by the bench.");

        reply_json(q, status, body);
}

/* ---- taking apart ------------------------------------------------------------------------------
 */

/* The last "/providers/" of path; NULL when there is none. */
static const char *last_providers(const char *path)
{
        const char *found = NULL, *at = path;

        while ((at = strcasestr(at, PROVIDERS)))
                found = at++;
        return found;
}

/* "accounts/a/deployments/d" → "accounts/deployments", and whether the last word names a list. */
static void types_of(const char *rest, char types[static 160], bool *ret_is_list)
{
        size_t n = 0, words = 0;

        types[0] = '\0';
        while (*rest) {
                size_t word = strcspn(rest, "/");

                if (words++ % 2 == 0)
                        n += (size_t)snprintf(types + n, n < 160 ? 160 - n : 0, "%s%.*s",
                                              n ? "/" : "", (int)word, rest);
                rest += word + (rest[word] == '/');
        }
        *ret_is_list = words % 2 == 1;
}

static void identify_plain(struct arm_call *c)
{
        struct request *q = c->q;
        char types[160];

        c->rest = c->path + 1;
        types_of(c->rest, types, &c->is_list);
        (void)snprintf(q->service, sizeof(q->service), "Microsoft.Resources");
        (void)snprintf(q->operation, sizeof(q->operation), "%.110s/read", types);
}

static void identify(struct arm_call *c, const char *spelled)
{
        struct request *q = c->q;
        const char *providers = last_providers(spelled), *namespace, *verb;
        char types[160];
        size_t n;

        if (strncasecmp(c->path, SUBSCRIPTIONS, strlen(SUBSCRIPTIONS)) == 0)
                (void)snprintf(c->subscription, sizeof(c->subscription), "%.*s",
                               (int)strcspn(c->path + strlen(SUBSCRIPTIONS), "/"),
                               c->path + strlen(SUBSCRIPTIONS));
        for (char *p = c->subscription; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        if (!providers || !strchr(providers + strlen(PROVIDERS), '/')) {
                identify_plain(c);
        } else {
                namespace = providers + strlen(PROVIDERS);
                n = strcspn(namespace, "/");
                c->rest = c->path + (namespace + n + 1 - spelled);
                types_of(namespace + n + 1, types, &c->is_list);
                verb = strcmp(q->method, "POST") == 0 && strcasecmp(c->path, GRAPH_PATH) != 0
                               ? "action"
                               : "read";
                (void)snprintf(q->service, sizeof(q->service), "%.*s", (int)n, namespace);
                (void)snprintf(q->operation, sizeof(q->operation), "%.110s/%s", types, verb);
        }
        (void)snprintf(c->action, sizeof(c->action), "%s/%s", q->service, q->operation);
        (void)snprintf(q->account, sizeof(q->account), "%s", c->subscription);
}

/* ---- who asks, and how -------------------------------------------------------------------------
 */

static void refuse_token(struct arm_call *c, const char *code, const char *message)
{
        struct request *q = c->q;
        const char *tenant = json_member_string(c->identity, "tenant");

        q->refused = strncmp(code, "Expired", 7) != 0;
        azure_error(q, 401, code, message);
        reply_header(&q->reply, "WWW-Authenticate",
                     "Bearer authorization_uri=\"https://%s/%s\", error=\"invalid_token\"",
                     azure_cloud_of(q->host)->authority, tenant ? tenant : "common");
}

static bool authenticate(struct arm_call *c)
{
        struct request *q = c->q;
        const char *audience = json_member_string(c->identity, "audience");
        const char *arm = azure_cloud_of(q->host)->arm;

        if (!request_header(q, "Authorization"))
                refuse_token(c, "AuthenticationFailed",
                             "Authentication failed. The 'Authorization' header is missing.");
        else if (!audience)
                refuse_token(c, "InvalidAuthenticationToken", "The access token is invalid.");
        else if (strncmp(audience, "https://", 8) != 0 || strcmp(audience + 8, arm) != 0)
                refuse_token(c, "InvalidAuthenticationTokenAudience",
                             "The access token has been obtained for wrong audience or resource.");
        else if (rest_bearer_expired(q, c->identity))
                refuse_token(c, "ExpiredAuthenticationToken",
                             "The access token expiry UTC time is earlier than current UTC time.");
        else
                return true;
        return false;
}

static void refuse_permission(struct arm_call *c)
{
        const char *client = json_member_string(c->identity, "client_id");
        const char *empty = c->q->effects.message;
        char text[1024];

        (void)snprintf(text, sizeof(text),
                       "The client '%s' with object id '%s' does not have authorization to "
                       "perform action '%s' over scope '%.400s' or the scope is invalid. If "
                       "access was recently granted, please refresh your credentials.",
                       client ? client : "user", client ? client : "user", c->action, c->path);
        c->q->refused = true;
        azure_error(c->q, 403, "AuthorizationFailed", empty && !*empty ? "" : text);
}

/* The world may say which api-versions a namespace takes. */
static bool check_version(struct arm_call *c)
{
        const char *namespace, *version;
        const json_t *taken, *one;
        char text[64], message[512], known[256] = "";
        json_t *all = world_at(c->q->sim->world, "azure", "api_versions");
        bool good = false;
        size_t i;

        version = request_param(c->q, "api-version", text);
        if (!version) {
                azure_error(c->q, 400, "MissingApiVersionParameter",
                            "The api-version query parameter (?api-version=) is required for all "
                            "requests.");
                return false;
        }
        json_object_foreach(all, namespace, taken)
        {
                if (strcasecmp(namespace, c->q->service) != 0)
                        continue;
                json_array_foreach(taken, i, one)
                {
                        good |= strcmp(json_string_value(one), version) == 0;
                        (void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
                                       i ? ", " : "", json_string_value(one));
                }
                if (good)
                        return true;
                (void)snprintf(message, sizeof(message),
                               "The resource type '%.60s' could not be found in the namespace "
                               "'%.60s' for api version '%.20s'. The supported api-versions are "
                               "'%.200s'.",
                               c->rest, c->q->service, version, known);
                azure_error(c->q, 404, "InvalidResourceType", message);
                return false;
        }
        return true;
}

bool azure_sees(const struct request *q, const json_t *identity, const char *subscription)
{
        const json_t *mine = json_object_get(identity, "subscriptions"), *one;
        const char *tenant = json_member_string(identity, "tenant"), *owner;
        const json_t *arm = world_at(q->sim->world, "azure", "arm");
        char path[128];
        struct rest_found found;
        size_t i;

        (void)snprintf(path, sizeof(path), SUBSCRIPTIONS "%s", subscription);
        if (!rest_knows(arm, path, true))
                return false;
        owner = rest_find(arm, path, true, &found) ? json_member_string(found.value, "tenantId")
                                                   : NULL;
        if (owner && tenant && strcasecmp(owner, tenant) != 0)
                return false;
        json_array_foreach(mine, i, one)
        {
                if (strcasecmp(json_string_value(one), subscription) == 0)
                        return true;
        }
        return !mine;
}

/* ---- replies -----------------------------------------------------------------------------------
 */

/* The same request with the token in the place of what was there. */
static void add_next_link(struct request *q, const char *token, json_t *reply)
{
        bool tls = MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        struct buffer link = BUFFER_INIT(LINK_BYTES_MAX);
        const char *host = request_header(q, "Host"), *pair = q->query;

        buffer_printf(&link, "http%s://%s%s?", tls ? "s" : "",
                      q->effects.foreign_link ? "management.example.com" : host, q->path);
        while (*pair) {
                size_t n = strcspn(pair, "&");

                if (strncasecmp(pair, "%24skiptoken=", 13) != 0 &&
                    strncasecmp(pair, "$skiptoken=", 11) != 0)
                        buffer_printf(&link, "%.*s&", (int)n, pair);
                pair += n + (pair[n] == '&');
        }
        buffer_add(&link, "%24skiptoken=");
        for (const char *p = token; *p; p++) /* base64 */
                buffer_printf(&link, isalnum((unsigned char)*p) ? "%c" : "%%%02X",
                              (unsigned char)*p);
        (void)json_object_set_new(reply, "nextLink", json_string(buffer_text(&link)));
        buffer_done(&link);
}

static const struct rest_paging paging = { .token_param = "$skiptoken", .size_max = PAGE_MAX };

static void reply_list(struct arm_call *c, const json_t *items)
{
        char next[TOKEN_TEXT_MAX];
        json_auto_t *reply = NULL;
        json_t *slice;
        int r;

        c->q->effects.endless_token |= c->q->effects.empty_page;
        slice = rest_page(c->q, &paging, items, next, &r);
        if (!slice) {
                azure_error(c->q, 400, "InvalidSkipToken", "The skip token is not valid.");
                return;
        }
        if (c->q->effects.empty_page)
                (void)json_array_clear(slice);
        reply = json_pack("{so}", "value", slice);
        if (*next)
                add_next_link(c->q, next, reply);
        reply_json(c->q, 200, reply);
}

static json_t *visible_subscriptions(const struct arm_call *c, const json_t *all)
{
        json_t *visible = json_array(), *one;
        size_t i;

        json_array_foreach(all, i, one)
        {
                const char *id = json_member_string(one, "subscriptionId");

                if (id && azure_sees(c->q, c->identity, id))
                        (void)json_array_append(visible, one);
        }
        return visible;
}

/* Where the world does not say what is registered: every namespace that it knows. */
static json_t *known_namespaces(const struct arm_call *c)
{
        json_auto_t *names = json_object();
        json_t *list = json_array(), *value;
        const char *key;

        json_object_foreach((json_t *)c->world, key, value)
        {
                for (const char *at = key; (at = strcasestr(at, PROVIDERS)); at++) {
                        const char *name = at + strlen(PROVIDERS);
                        size_t n = strcspn(name, "/");
                        char text[96];

                        (void)snprintf(text, sizeof(text), "%.*s", (int)n, name);
                        (void)json_object_set_new(names, text, json_true());
                }
        }
        json_object_foreach(names, key, value)
        {
                (void)json_array_append_new(list, json_pack("{ss ss}", "namespace", key,
                                                            "registrationState", "Registered"));
        }
        return list;
}

static bool name_is_asked(const char *names, const char *name)
{
        size_t n = strlen(name);

        for (const char *p = names; p; p = strchr(p, ',')) {
                p += *p == ',';
                if (strncasecmp(p, name, n) == 0 && (p[n] == ',' || !p[n]))
                        return true;
        }
        return false;
}

/* All that were asked for are known, or none is answered: one refusal names the valid ones. */
static bool check_metrics(struct arm_call *c, const json_t *all, const char *names)
{
        char valid[512] = "", message[1024];
        const json_t *metric;
        size_t i, known = 0, asked = 1;

        for (const char *p = names; (p = strchr(p, ',')); p++)
                asked++;
        json_array_foreach(all, i, metric)
        {
                const char *name = json_path_string(metric, "name.value");

                known += name && name_is_asked(names, name);
                (void)snprintf(valid + strlen(valid), sizeof(valid) - strlen(valid), "%s%s",
                               i ? "," : "", name ? name : "");
        }
        if (known == asked)
                return true;
        (void)snprintf(message, sizeof(message),
                       "Failed to find metric configuration for provider, metric: %.200s Valid "
                       "metrics: %s",
                       names, valid);
        azure_error(c->q, 400, "BadRequest", message);
        return false;
}

/* The world's reply, with the metrics that were asked for. */
static void reply_metrics(struct arm_call *c, const json_t *value)
{
        char text[64];
        const char *names = request_param(c->q, "metricnames", text);
        json_t *all = json_object_get(value, "value"), *metric, *kept = json_array();
        json_auto_t *reply = json_is_object(value) ? json_copy((json_t *)value) : json_object();
        size_t i;

        (void)json_object_set_new(reply, "value", kept);
        if (value && names && !check_metrics(c, all, names))
                return;
        json_array_foreach(all, i, metric)
        {
                const char *name = json_path_string(metric, "name.value");

                if (!names || (name && name_is_asked(names, name)))
                        (void)json_array_append(kept, metric);
        }
        reply_json(c->q, 200, reply);
}

/* What a list would stand below: the path without its last word and the namespace before it. */
static bool parent_exists(const struct arm_call *c)
{
        _cleanup_(freep) char *parent = strdup(c->path);
        const char *providers = parent ? last_providers(parent) : NULL;
        const json_t *row;
        struct rest_found found;
        char *slash;
        size_t i;

        if (!parent)
                return false;
        slash = strrchr(parent, '/');
        if (providers && !strchr(c->rest, '/'))
                slash = parent + (providers - parent);
        *slash = '\0';
        if (!*parent || strcasestr(parent, "/locations/") ||
            rest_find(c->world, parent, true, &found))
                return true;
        if (!strcasestr(parent, PROVIDERS)) /* a subscription or a group of it */
                return true;
        json_array_foreach(world_at(c->q->sim->world, "azure", "graph"), i, row)
        {
                const char *id = json_member_string(row, "id");

                if (id && strcasecmp(id, parent) == 0)
                        return true;
        }
        return rest_knows(c->world, parent, true);
}

static void refuse_not_found(struct arm_call *c)
{
        char text[768];

        (void)snprintf(text, sizeof(text), "The Resource '%.500s' was not found.", c->path);
        azure_error(c->q, 404, c->is_list ? "ParentResourceNotFound" : "ResourceNotFound", text);
}

/* The world says nothing of it. */
static void reply_unknown(struct arm_call *c)
{
        json_auto_t *none = json_array();

        if (strcasecmp(c->q->operation, "subscriptions/providers/read") == 0) {
                json_decref(none);
                none = known_namespaces(c);
        }
        if (strcasecmp(c->action, "Microsoft.Insights/metrics/read") == 0 && parent_exists(c))
                reply_metrics(c, NULL);
        else if (c->is_list && parent_exists(c))
                reply_list(c, none);
        else
                refuse_not_found(c);
}

static void reply_world(struct arm_call *c)
{
        struct rest_found found;
        json_auto_t *visible = NULL;

        if (!rest_find(c->world, c->path, true, &found)) {
                reply_unknown(c);
        } else if (rest_world_error(c->q, found.value, azure_error)) {
                return;
        } else if (strcasecmp(c->path, "/subscriptions") == 0) {
                visible = visible_subscriptions(c, found.value);
                reply_list(c, visible);
        } else if (json_is_array(found.value)) {
                reply_list(c, found.value);
        } else if (strcasecmp(c->action, "Microsoft.Insights/metrics/read") == 0) {
                reply_metrics(c, found.value);
        } else {
                reply_json(c->q, 200, found.value);
        }
}

/* What faults and permissions refuse. */
static bool is_refused(struct arm_call *c)
{
        struct request *q = c->q;
        /* whoever has a role in a subscription finds it in the list */
        bool needs_none = strcasecmp(c->path, "/subscriptions") == 0 ||
                          strcasecmp(q->operation, "tenants/read") == 0 ||
                          strcasecmp(c->path, GRAPH_PATH) == 0;

        if (q->effects.api_off)
                azure_error(q, 409, "MissingSubscriptionRegistration",
                            "The subscription is not registered to use the namespace.");
        else if (q->effects.region_off)
                azure_error(q, 400, "LocationNotAvailableForResourceType",
                            "The provided location is not available for the resource type.");
        else if (meter_budget(q))
                azure_error(q, 429, "SubscriptionRequestsThrottled", "Too many requests.");
        else if (*c->subscription && !azure_sees(q, c->identity, c->subscription))
                azure_error(q, 404, "SubscriptionNotFound", "The subscription could not be found.");
        else if (q->effects.denied ||
                 (!needs_none &&
                  !rest_allows(q, json_object_get(c->identity, "actions"), c->action)))
                refuse_permission(c);
        else
                return false;
        return true;
}

static void answer(struct arm_call *c)
{
        struct request *q = c->q;
        struct rest_found found;
        struct page page;
        bool exact = rest_find(c->world, c->path, true, &found) && !found.item;

        identify(c, exact ? found.key : c->path);
        if (request_parse_json(q) < 0)
                (void)json_object_clear(q->params);
        if (strcasecmp(c->path, GRAPH_PATH) == 0) /* faults match the page */
                azure_graph_begin(q);
        else
                (void)page_begin(q, paging.token_param, NULL, 0, &page);
        c->identity = rest_bearer(q);
        faults_match(q);
        reply_header(&q->reply, "x-ms-request-id", "sim-%llu",
                     (unsigned long long)q->sim->requests);
        reply_header(&q->reply, "x-ms-ratelimit-remaining-subscription-reads", "249");
        if (faults_answer(q, azure_error) || !authenticate(c) || is_refused(c) || !check_version(c))
                return;
        if (strcasecmp(c->path, GRAPH_PATH) == 0)
                azure_graph_answer(q, c->identity);
        else
                reply_world(c);
}

void azure_arm_answer(struct request *q)
{
        _cleanup_(freep) char *path = rest_path(q);
        struct arm_call c = { .q = q,
                              .path = path,
                              .world = world_at(q->sim->world, "azure", "arm") };
        size_t n = path ? strlen(path) : 0;

        while (n > 1 && path[n - 1] == '/')
                path[--n] = '\0';
        if (path)
                answer(&c);
}
