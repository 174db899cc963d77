#include "tests/cloudsim/ovh.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/rest.h"
#include "tests/cloudsim/world.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100 };

#define CATALOGUE_HOST "catalog.endpoints.ai.ovh.net"
#define AIE_HOST "oai.endpoints.kepler.ai.cloud.ovh.net"

static const char *const api_hosts[][2] = {
        { "eu.api.ovh.com", "ovh-eu" },
        { "ca.api.ovh.com", "ovh-ca" },
        { "api.us.ovhcloud.com", "ovh-us" },
};

static bool is_token_endpoint(const struct request *q)
{
        return strcmp(q->path, "/auth/oauth2/token") == 0;
}

static const char *endpoint_of(const struct request *q)
{
        for (size_t i = 0; i < ELEMENTSOF(api_hosts); i++)
                if (strcmp(q->host, api_hosts[i][0]) == 0)
                        return api_hosts[i][1];
        return NULL;
}

bool ovh_claims(const struct request *q)
{
        return endpoint_of(q) || is_token_endpoint(q) || strcmp(q->host, CATALOGUE_HOST) == 0 ||
               strcmp(q->host, AIE_HOST) == 0;
}

/* ---- errors --------------------------------------------------------------------------------- */

static bool is_older(const char *code)
{
        for (const char *p = code; *p; p++)
                if (islower((unsigned char)*p))
                        return false;
        return true;
}

/* "Client::Forbidden" for an action that is missing names it in its details. */
void ovh_error(struct request *q, unsigned status, const char *code, const char *message)
{
        bool action = code && strcmp(code, "Client::Forbidden") == 0 && message &&
                      strstr(message, ":apiovh:");
        json_auto_t *body = NULL;

        if (!code)
                code = status >= 500 ? "Server::InternalServerError" : "Client::BadRequest";
        if (is_older(code))
                body = json_pack("{ss so ss}", "errorCode", code, "httpCode",
                                 json_sprintf("%u", status), "message", message ? message : "");
        else if (action)
                body = json_pack("{ss ss s{ss}}", "class", code, "message",
                                 "User not granted for this request", "details",
                                 "unauthorizedActionsByIAM", message);
        else
                body = json_pack("{ss ss}", "class", code, "message", message ? message : "");
        reply_json(q, status, body);
}

static void not_found(struct request *q)
{
        ovh_error(q, 404, "Client::NotFound", "The requested object does not exist");
}

/* ---- what is asked -------------------------------------------------------------------------- */

static bool route_matches(const char *pattern, const char *path)
{
        while (*pattern) {
                if (pattern[0] == '{') {
                        size_t n = strcspn(path, "/");

                        if (n == 0)
                                return false;
                        pattern += 2;
                        path += n;
                } else if (*pattern++ != *path++) {
                        return false;
                }
        }
        return *path == '\0';
}

static void take_region(struct request *q)
{
        const char *at = strstr(q->path, "/region/");

        (void)snprintf(q->region, sizeof(q->region), "global");
        if (at)
                (void)snprintf(q->region, sizeof(q->region), "%.*s", (int)strcspn(at + 8, "/"),
                               at + 8);
}

static void identify(struct ovh_call *c)
{
        struct request *q = c->q;
        const char *word = strchr(q->path + 1, '/');

        (void)snprintf(q->provider, sizeof(q->provider), "ovh");
        request_parse_pairs(q, q->query);
        for (const struct ovh_route *r = ovh_routes; r->path && !c->route; r++)
                if (strcmp(q->method, "GET") == 0 && route_matches(r->path, q->path))
                        c->route = r;
        take_region(q);
        if (word)
                (void)snprintf(q->service, sizeof(q->service), "%.*s", (int)strcspn(word + 1, "/"),
                               word + 1);
        (void)snprintf(q->operation, sizeof(q->operation), "%s",
                       c->route ? c->route->path : q->path);
        q->page = (unsigned)request_param_u64(q, "page", 1);
}

/* ---- what exists ---------------------------------------------------------------------------- */

/* Parameters that name a member of the items select by it. */
static bool passes(const struct request *q, const json_t *item)
{
        static const char *const filters[][2] = {
                { "statusState", "status.state" },
                { "resourceType", "type" },
                { "region", "region" },
                { "status", "status" },
        };
        char text[64];

        for (size_t i = 0; i < ELEMENTSOF(filters); i++) {
                const char *asked = request_param(q, filters[i][0], text);
                const char *value = json_path_string(item, filters[i][1]);

                if (asked && value && strcmp(asked, value) != 0)
                        return false;
        }
        return true;
}

static json_t *selected(const struct request *q, json_t *items)
{
        json_t *kept = json_array(), *item;
        size_t i;

        json_array_foreach(items, i, item)
        {
                if (!json_is_object(item) || passes(q, item))
                        (void)json_array_append(kept, item);
        }
        return kept;
}

/* Whether the first page is 0 or 1 is not documented: the world says it, 1 when it does not. */
static void reply_pages(const struct ovh_call *c, const json_t *items)
{
        struct request *q = c->q;
        const json_t *number = json_object_get(c->account, "first_page");
        uint64_t first = json_is_integer(number) ? (uint64_t)json_integer_value(number) : 1;
        uint64_t asked = request_param_u64(q, "page", first);
        json_int_t cut = json_integer_value(world_at(q->sim->world, "settings", "page_size"));
        struct page page = { .size = (size_t)request_param_u64(q, "size", PAGE_DEFAULT) };
        json_auto_t *slice = NULL;

        if (page.size == 0 || page.size > PAGE_MAX || asked < first) {
                ovh_error(q, 400, "Client::BadRequest", "Invalid page or size");
                return;
        }
        if (cut > 0 && page.size > (size_t)cut)
                page.size = (size_t)cut;
        if (!q->effects.endless_token && !q->effects.repeat_token)
                page.offset = (size_t)(asked - first) * page.size;
        slice = page_slice(&page, items);
        reply_json(q, 200, slice);
}

static const struct rest_paging cursor_paging = { .token_param = "X-Pagination-Cursor",
                                                  .size_param = "X-Pagination-Size",
                                                  .size_max = PAGE_MAX };

/* The headers are parameters like others; which page is asked for is known before it is answered.
 */
static void read_cursor(struct request *q)
{
        const char *cursor = request_header(q, cursor_paging.token_param);
        const char *size = request_header(q, cursor_paging.size_param);
        struct page page;

        if (cursor)
                request_set_param(q, cursor_paging.token_param, cursor);
        if (size)
                request_set_param(q, cursor_paging.size_param, size);
        (void)page_begin(q, cursor_paging.token_param, cursor_paging.size_param, PAGE_MAX, &page);
}

static void reply_cursor(struct request *q, const json_t *items)
{
        char next[TOKEN_TEXT_MAX];
        json_auto_t *slice = NULL;
        int error;

        slice = rest_page(q, &cursor_paging, items, next, &error);
        if (!slice) {
                ovh_error(q, 400, "Client::BadRequest", "Invalid pagination header");
                return;
        }
        if (next[0])
                reply_header(&q->reply, "X-Pagination-Cursor-Next", "%s", next);
        reply_json(q, 200, slice);
}

static void reply_world(struct ovh_call *c)
{
        struct request *q = c->q;
        const json_t *resources = json_object_get(c->account, "resources");
        _cleanup_(freep) char *path = rest_path(q);
        size_t n = strlen(c->route->path);
        bool list = c->route->path[n - 1] != '}';
        struct rest_found found = { 0 };
        json_auto_t *items = NULL, *empty = json_array();
        bool there = path && rest_find(resources, path, false, &found);

        if (there && rest_world_error(q, found.value, ovh_error))
                return;
        if (!there && !list) {
                not_found(q);
                return;
        }
        if (there && !json_is_array(found.value)) {
                reply_json(q, 200, found.value);
                return;
        }
        items = selected(q, there ? found.value : empty);
        if (c->route->style == OVH_PAGES)
                reply_pages(c, items);
        else if (c->route->style == OVH_CURSOR)
                reply_cursor(q, items);
        else
                reply_json(q, 200, items);
}

/* The call is about a project that the account does not have, or that is suspended. */
static bool reply_project(struct ovh_call *c)
{
        static const char prefix[] = "/v1/cloud/project/";
        const char *id = c->q->path + strlen(prefix);
        json_t *project;
        size_t i, n;

        if (strncmp(c->q->path, prefix, strlen(prefix)) != 0)
                return false;
        n = strcspn(id, "/");
        json_array_foreach(json_object_get(c->account, "suspended"), i, project)
        {
                if (strlen(json_string_value(project)) == n &&
                    strncmp(json_string_value(project), id, n) == 0) {
                        ovh_error(c->q, 460, "Client::ServiceExpired",
                                  "This service is expired or suspended");
                        return true;
                }
        }
        json_array_foreach(world_at(c->account, "resources", "/v1/cloud/project"), i, project)
        {
                if (strlen(json_string_value(project)) == n &&
                    strncmp(json_string_value(project), id, n) == 0)
                        return false;
        }
        ovh_error(c->q, 404, "Client::NotFound", "This service does not exist");
        return true;
}

static void answer_api(struct ovh_call *c)
{
        struct request *q = c->q;
        const json_t *issued = NULL;

        if (strcmp(q->path, "/v1/auth/time") == 0) {
                json_auto_t *now = json_integer(
                        (json_int_t)((sim_now_usec(q->sim) + (uint64_t)q->effects.skew_usec) /
                                     USEC_PER_SEC));

                faults_match(q);
                if (!faults_answer(q, ovh_error))
                        reply_json(q, 200, now);
                return;
        }
        if (!ovh_authenticate(c)) {
                faults_match(q);
                (void)faults_answer(q, ovh_error);
                return;
        }
        if (c->route && c->route->style == OVH_CURSOR)
                read_cursor(q);
        faults_match(q);
        issued = json_object_get(q->sim->issued, q->access_key);
        if (faults_answer(q, ovh_error))
                return;
        if (*q->access_key && (json_object_get(q->sim->expired, q->access_key) ||
                               (issued && rest_bearer_expired(q, issued)))) {
                ovh_error(q, 401, "Client::Unauthorized", "Invalid token: expired or revoked");
        } else if (q->effects.denied) {
                q->refused = true;
                ovh_error(q, 403, "Client::Forbidden",
                          c->route && c->route->action ? c->route->action
                                                       : "User not granted for this request");
        } else if (meter_budget(q)) {
                ovh_error(q, 429, NULL, "Too many requests");
        } else if (!c->route || q->effects.region_off || q->effects.api_off) {
                not_found(q);
        } else if (!reply_project(c) && ovh_allows(c)) {
                reply_world(c);
        }
}

/* ---- AI Endpoints --------------------------------------------------------------------------- */

static void openai_error(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *body = json_pack("{s{ss ss}}", "error", "message", message ? message : "",
                                      "type", code ? code : "error");

        reply_json(q, status, body);
}

static void answer_catalogue(struct request *q)
{
        json_t *models = world_at(q->sim->world, "ovh", "models");
        json_auto_t *empty = json_array();

        faults_match(q);
        if (faults_answer(q, ovh_error))
                return;
        q->refused = q->effects.denied;
        if (q->effects.denied)
                ovh_error(q, 403, "Client::Forbidden", "Forbidden");
        else
                reply_json(q, 200, models ? models : empty);
}

/* Pages as OpenAI's: after the id of the last one. */
static size_t batch_after(const struct request *q, const json_t *batches)
{
        char text[64];
        const char *after = request_param(q, "after", text), *id;
        json_t *batch;
        size_t i;

        json_array_foreach((json_t *)batches, i, batch)
        {
                id = json_member_string(batch, "id");
                if (after && id && strcmp(after, id) == 0)
                        return i + 1;
        }
        return 0;
}

static void reply_batches(struct request *q, const json_t *batches)
{
        json_int_t cut = json_integer_value(world_at(q->sim->world, "settings", "page_size"));
        struct page page = { .offset = batch_after(q, batches),
                             .size = (size_t)request_param_u64(q, "limit", PAGE_DEFAULT) };
        json_auto_t *slice = NULL, *body = NULL;
        size_t end;

        if (cut > 0)
                page.size = (size_t)cut;
        slice = page_slice(&page, batches);
        end = page.offset + json_array_size(slice);
        body = json_pack("{ss sO sb sO?}", "object", "list", "data", slice, "has_more",
                         end < json_array_size(batches), "last_id",
                         json_object_get(json_array_get(batches, end - 1), "id"));
        reply_json(q, 200, body);
}

static const json_t *batches_of(const struct request *q)
{
        const char *header = request_header(q, "Authorization"), *name;
        const json_t *account;

        json_object_foreach(world_at(q->sim->world, "ovh", "accounts"), name, account)
        {
                const char *key = json_member_string(account, "aie_key");

                if (key && header && strncmp(header, "Bearer ", 7) == 0 &&
                    strcmp(header + 7, key) == 0)
                        return json_object_get(account, "batches");
        }
        return NULL;
}

static void answer_batches(struct request *q)
{
        const json_t *batches = batches_of(q);

        q->page = (unsigned)batch_after(q, batches) + 1;
        faults_match(q);
        if (faults_answer(q, openai_error))
                return;
        q->refused = q->effects.denied || !batches;
        if (q->effects.denied)
                openai_error(q, 403, "permission_denied", "not allowed");
        else if (!batches)
                openai_error(q, 401, "invalid_api_key", "Invalid API key");
        else
                reply_batches(q, batches);
}

void ovh_answer(struct request *q)
{
        struct ovh_call c = { .q = q, .endpoint = endpoint_of(q) };

        (void)snprintf(q->provider, sizeof(q->provider), "ovh");
        if (is_token_endpoint(q)) {
                ovh_answer_token(q);
                return;
        }
        identify(&c);
        reply_header(&q->reply, "X-Ovh-QueryID", "EU.ext-1.sim.%llu",
                     (unsigned long long)q->sim->requests);
        if (strcmp(q->host, CATALOGUE_HOST) == 0)
                answer_catalogue(q);
        else if (strcmp(q->host, AIE_HOST) == 0)
                answer_batches(q);
        else
                answer_api(&c);
}
