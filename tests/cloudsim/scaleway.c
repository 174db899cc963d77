#include "tests/cloudsim/scaleway.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/paging.h"
#include "tests/cloudsim/scaleway_iam.h"
#include "tests/cloudsim/synthetic.h"
#include "tests/cloudsim/world.h"

enum { PAGE_DEFAULT = 20, PER_PAGE_DEFAULT = 50, PAGE_MAX = 100, MODELS_PAGE_MAX = 1000 };

bool scaleway_claims(const struct request *q)
{
        return strcmp(q->host, "api.scaleway.com") == 0 ||
               strcmp(q->host, "api.scaleway.ai") == 0 || request_header(q, "X-Auth-Token") != NULL;
}

void scaleway_error(struct request *q, unsigned status, const char *type, const char *message)
{
        json_auto_t *body = json_pack("{ss ss}", "message", message ? message : "", "type",
                                      type            ? type
                                      : status >= 500 ? "internal_error"
                                                      : "too_many_requests");

        if (status == 429 && !type) { /* no body is documented for it */
                reply_text(q, status, "text/plain", "");
                return;
        }
        reply_json(q, status, body);
}

static void refuse_authentication(struct request *q, const char *reason)
{
        json_auto_t *body =
                json_pack("{ss ss ss ss}", "message", "authentication is denied", "method",
                          "api_key", "reason", reason, "type", "denied_authentication");

        q->refused = strcmp(reason, "expired") != 0;
        reply_json(q, 401, body);
}

static void refuse_permission(struct request *q)
{
        json_auto_t *body = json_pack(
                "{ss s[{ss ss}] ss}", "message",
                q->effects.message && *q->effects.message ? q->effects.message
                                                          : "insufficient permissions",
                "details", "resource", q->service, "action", "read", "type", "permissions_denied");

        q->refused = true;
        reply_json(q, 403, body);
}

static void refuse_argument(struct request *q, const char *name, const char *reason)
{
        json_auto_t *body = json_pack("{ss s[{ss ss ss}] ss}", "message", "invalid argument(s)",
                                      "details", "argument_name", name, "reason", reason,
                                      "help_message", "", "type", "invalid_arguments");

        reply_json(q, 400, body);
}

static void refuse_not_found(struct scaleway_call *c, const char *resource, const char *id)
{
        bool instance = strcmp(c->q->service, "instance") == 0;
        json_auto_t *body =
                json_pack("{ss ss ss ss}", "message", "resource is not found", "resource", resource,
                          "resource_id", id, "type", instance ? "unknown_resource" : "not_found");

        reply_json(c->q, 404, body);
}

static void identify(struct scaleway_call *c)
{
        struct request *q = c->q;
        char text[64];
        const char *place;

        (void)snprintf(q->provider, sizeof(q->provider), "scaleway");
        request_parse_pairs(q, q->query);
        for (const struct scaleway_operation *o = scaleway_operations; o->path; o++)
                if (strcmp(q->method, "GET") == 0 && request_match_path(q, o->path, false)) {
                        c->operation = o;
                        (void)request_match_path(q, o->path, true);
                        break;
                }
        place = request_param(q, "place", text);
        (void)snprintf(q->region, sizeof(q->region), "%s", place ? place : "global");
        (void)snprintf(q->service, sizeof(q->service), "%.*s", (int)strcspn(q->path + 1, "/"),
                       q->path + 1);
        if (strcmp(q->host, "api.scaleway.ai") == 0)
                (void)snprintf(q->service, sizeof(q->service), "generative-apis");
        (void)snprintf(q->operation, sizeof(q->operation), "%s%s",
                       c->operation ? c->operation->key : q->path,
                       c->operation && c->operation->style == STYLE_ONE ? "/{id}" : "");
        q->page = (unsigned)request_param_u64(q, "page", 1);
}

/* The secret key says which organisation; the data plane takes it as a bearer. */
static bool authenticate(struct scaleway_call *c)
{
        struct request *q = c->q;
        const char *token = request_header(q, "X-Auth-Token");
        const char *bearer = request_header(q, "Authorization");
        const json_t *key;

        if (strcmp(q->host, "api.scaleway.ai") == 0)
                token = bearer && strncmp(bearer, "Bearer ", 7) == 0 ? bearer + 7 : NULL;
        key = token ? json_object_get(q->sim->scw_keys, token) : NULL;
        if (!key) {
                refuse_authentication(q, token ? "not_found" : "invalid_argument");
                return false;
        }
        (void)snprintf(q->account, sizeof(q->account), "%s",
                       json_member_string(key, "organization"));
        (void)snprintf(q->access_key, sizeof(q->access_key), "%s",
                       json_member_string(key, "access_key"));
        c->organization = world_at(q->sim->world, "scaleway", "organizations", q->account);
        c->key = key;
        return true;
}

static bool has_word(const char *words, const char *word)
{
        size_t n = strlen(word);

        for (const char *p = words; p && n > 0; p = strchr(p, ' ')) {
                p += *p == ' ';
                if (strncmp(p, word, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
                        return true;
        }
        return false;
}

static json_t *world_value(const struct scaleway_call *c)
{
        const char *key = c->operation->key;
        json_t *value;

        if (strcmp(key, "/account/v3/projects") == 0)
                return json_object_get(c->organization, "projects");
        value = world_at(c->organization, "places", c->q->region, key);
        return value ? value : world_at(c->organization, "places", "*", key);
}

/* A new reference. */
static json_t *world_items(const struct scaleway_call *c)
{
        json_t *value = world_value(c), *own;

        if (json_is_object(value) && json_object_get(value, c->operation->items))
                value = json_object_get(value, c->operation->items);
        own = scaleway_iam_items(c, value);
        return own ? own : json_incref(value);
}

static bool has(const json_t *list, const json_t *value)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i, element)
        {
                if (json_equal(element, value))
                        return true;
        }
        return false;
}

/* Of another project than those that the key may read. */
static bool is_hidden(const struct scaleway_call *c, const json_t *item)
{
        const json_t *project = json_object_get(item, "project_id");

        if (!project)
                project = json_object_get(item, "project");
        return c->projects && json_is_string(project) && !has(c->projects, project);
}

/* Parameters that name a member of the items select by it: project_id, organization_id, types… */
static bool passes(const struct request *q, const json_t *item)
{
        static const char *const filters[][2] = {
                { "project_id", "project_id" },
                { "organization_id", "organization_id" },
                { "project", "project" },
                { "organization", "organization" },
                { "cluster_id", "cluster_id" },
                { "policy_id", "policy_id" },
                { "types", "type" },
                { "origin", "origin" },
                { "data_source_id", "datasource_id" },
                { "namespace_id", "namespace_id" },
                { "session_id", "session_id" },
                { "application_ids", "application_id" },
                { "user_ids", "user_id" },
                { "group_ids", "group_id" },
                { "name", "name" },
        };
        const char *own = json_string_value(json_object_get(q->params, "is_preconfigured"));

        if (own &&
            json_is_true(json_object_get(item, "preconfigured")) != (strcmp(own, "true") == 0))
                return false;

        for (size_t i = 0; i < ELEMENTSOF(filters); i++) {
                json_t *asked = json_object_get(q->params, filters[i][0]), *one;
                const json_t *value = json_object_get(item, filters[i][1]);
                bool any = !asked || (!value && strstr(filters[i][0], "_ids") == NULL);
                size_t n;

                if (json_is_string(asked))
                        any |= json_equal(asked, value);
                json_array_foreach(asked, n, one)
                {
                        any |= json_equal(one, value);
                }
                if (!any)
                        return false;
        }
        return true;
}

static json_t *selected(const struct scaleway_call *c, json_t *items)
{
        json_t *kept = json_array(), *item;
        size_t i;

        json_array_foreach(items, i, item)
        {
                if (passes(c->q, item) && !is_hidden(c, item))
                        (void)json_array_append(kept, item);
        }
        return kept;
}

/* Where the list goes on after the thing of that id; 0 without one. */
static size_t cursor_offset(const struct scaleway_call *c, const json_t *items)
{
        char text[64];
        const char *after = request_param(c->q, "after", text);
        json_t *item;
        size_t i;

        json_array_foreach((json_t *)items, i, item)
        {
                const char *id = json_member_string(item, "id");

                if (after && id && strcmp(id, after) == 0)
                        return i + 1;
        }
        return 0;
}

/* The page counts in what faults match. */
static void peek_page(struct scaleway_call *c)
{
        json_auto_t *items = NULL, *kept = NULL;
        struct page page;

        if (!c->operation)
                return;
        if (c->operation->style == STYLE_TOKEN)
                (void)page_begin(c->q, "page_token", "page_size", PAGE_MAX, &page);
        if (c->operation->style != STYLE_CURSOR)
                return;
        items = world_items(c);
        kept = selected(c, items);
        c->q->page = cursor_offset(c, kept) > 0 ? 2 : 1; /* or a later one */
}

static bool read_page(struct scaleway_call *c, struct page *page)
{
        struct request *q = c->q;
        bool header = c->operation->style == STYLE_HEADER;
        bool cursor = c->operation->style == STYLE_CURSOR;
        const char *name = header ? "per_page" : cursor ? "limit" : "page_size";
        uint64_t max = strcmp(c->operation->items, "models") == 0 ? MODELS_PAGE_MAX : PAGE_MAX;
        json_int_t cut = json_integer_value(world_at(q->sim->world, "settings", "page_size"));

        *page = (struct page){ .size = (size_t)request_param_u64(
                                       q, name, header ? PER_PAGE_DEFAULT : PAGE_DEFAULT) };
        if (page->size == 0 || page->size > max || q->page == 0) {
                refuse_argument(q, page->size == 0 || page->size > max ? name : "page",
                                "constraint");
                return false;
        }
        if (cut > 0 && page->size > (size_t)cut)
                page->size = (size_t)cut;
        if (c->operation->style == STYLE_TOKEN) {
                size_t size = page->size;

                if (page_begin(q, "page_token", "page_size", max, page) < 0) {
                        refuse_argument(q, "page_token", "format");
                        return false;
                }
                page->size = size;
        } else if (!cursor) {
                page->offset = (q->page - 1) * page->size;
        }
        return true;
}

/* What ends a list: a total in the body or the header, or a token. */
static void add_end(struct scaleway_call *c, struct page *page, size_t total, json_t *reply)
{
        const struct effects *e = &c->q->effects;

        if (e->endless_token || e->repeat_token)
                total = page->offset + 2 * page->size;
        if (c->operation->style == STYLE_PAGE)
                (void)json_object_set_new(reply, "total_count", json_integer((json_int_t)total));
        if (c->operation->style == STYLE_HEADER)
                reply_header(&c->q->reply, "X-Total-Count", "%zu", total);
        if (c->operation->style == STYLE_CURSOR) {
                const json_t *slice = json_object_get(reply, c->operation->items);
                const json_t *last = json_array_get(slice, json_array_size(slice) - 1);

                (void)json_object_set_new(reply, "has_more",
                                          json_boolean(page->offset + page->size < total));
                (void)json_object_set_new(reply, "last_id",
                                          last ? json_incref(json_object_get(last, "id"))
                                               : json_null());
        }
        if (c->operation->style != STYLE_TOKEN)
                return;
        page_end(c->q, "page_token", "page_size", total, page);
        (void)json_object_set_new(reply, "next_page_token",
                                  *page->next ? json_string(page->next) : json_null());
}

/* An object of things (the product catalogue of instances) is paged by its members. */
static json_t *slice_object(const struct page *page, json_t *items)
{
        json_t *slice = json_object(), *value;
        const char *key;
        size_t i = 0;

        json_object_foreach(items, key, value)
        {
                if (i >= page->offset && i - page->offset < page->size)
                        (void)json_object_set(slice, key, value);
                i++;
        }
        return slice;
}

static void reply_list(struct scaleway_call *c)
{
        json_auto_t *items = world_items(c);
        json_auto_t *kept = json_is_object(items) ? json_incref(items) : selected(c, items);
        json_auto_t *slice = NULL, *reply = json_object();
        bool again = c->q->effects.endless_token || c->q->effects.repeat_token;
        struct page page = { .size = SIZE_MAX }, first;

        if (c->operation->style != STYLE_WHOLE && !read_page(c, &page))
                return;
        if (c->operation->style == STYLE_CURSOR)
                page.offset = cursor_offset(c, kept);
        first = page;
        if (again)
                first.offset = 0;
        slice = json_is_object(kept) ? slice_object(&first, kept) : page_slice(&first, kept);
        (void)json_object_set(reply, c->operation->items, slice);
        add_end(c, &page, json_is_object(kept) ? json_object_size(kept) : json_array_size(kept),
                reply);
        reply_json(c->q, 200, reply);
}

static void reply_one(struct scaleway_call *c)
{
        const char *id_name = c->operation->id ? c->operation->id : "id";
        char text[64];
        const char *id = request_param(c->q, "id", text), *value;
        json_auto_t *wrapped = NULL, *items = world_items(c);
        size_t i;
        json_t *item;

        json_array_foreach(items, i, item)
        {
                value = json_member_string(item, id_name);
                if (!value || strcmp(value, id) != 0)
                        continue;
                wrapped = c->operation->wrap ? json_pack("{sO}", c->operation->wrap, item)
                                             : json_incref(item);
                reply_json(c->q, 200, wrapped);
                return;
        }
        refuse_not_found(c, c->operation->items, id);
}

/* {"deployments": [generated…], "total_count": N} */
static bool reply_synthetic(struct scaleway_call *c)
{
        const json_t *own = json_object_get(c->organization, "synthetic");
        const char *text =
                json_member_string(world_at(own, "operations", c->operation->key), "text");
        size_t count = (size_t)json_integer_value(json_object_get(own, "count"));
        struct buffer *b = &c->q->reply.body;
        struct page page;

        if (!text || c->operation->style == STYLE_ONE)
                return false;
        if (!read_page(c, &page))
                return true;
        reply_text(c->q, 200, "application/json", "");
        buffer_printf(b, "{\"%s\":[", c->operation->items);
        for (size_t i = page.offset; i < count && i - page.offset < page.size; i++) {
                if (i > page.offset)
                        buffer_add(b, ",");
                synthetic_add_item(b, text, c->q, i, NULL);
        }
        buffer_printf(b, "],\"total_count\":%zu}", count);
        if (c->operation->style == STYLE_HEADER)
                reply_header(&c->q->reply, "X-Total-Count", "%zu", count);
        return true;
}

static bool is_foreign(const struct request *q)
{
        static const char *const names[] = { "organization_id", "organization" };
        char text[64];

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const char *asked = request_param(q, names[i], text);

                if (asked && strcmp(asked, q->account) != 0)
                        return true;
        }
        return false;
}

static void reply_world(struct scaleway_call *c)
{
        json_t *value = world_value(c), *error = json_object_get(value, "error");
        json_auto_t *empty = json_object();

        if (error)
                scaleway_error(c->q, (unsigned)json_integer_value(json_object_get(error, "status")),
                               json_member_string(error, "type"),
                               json_member_string(error, "message"));
        else if (!value && c->operation->places && !has_word(c->operation->places, c->q->region))
                refuse_not_found(c, "region", c->q->region);
        else if (reply_synthetic(c))
                return;
        else if (c->operation->style == STYLE_ONE)
                reply_one(c);
        else if (c->operation->style == STYLE_OBJECT)
                reply_json(c->q, 200, value ? value : empty);
        else
                reply_list(c);
}

/* A key that may not is told so, or shown nothing. */
static void reply_without_permission(struct scaleway_call *c)
{
        json_auto_t *nothing = json_array();
        json_auto_t *reply = json_object();

        if (!scaleway_iam_is_silent(c) || !c->operation->items ||
            c->operation->style == STYLE_ONE) {
                refuse_permission(c->q);
                return;
        }
        (void)json_object_set(reply, c->operation->items, nothing);
        if (c->operation->style == STYLE_PAGE)
                (void)json_object_set_new(reply, "total_count", json_integer(0));
        if (c->operation->style == STYLE_HEADER)
                reply_header(&c->q->reply, "X-Total-Count", "0");
        reply_json(c->q, 200, reply);
}

void scaleway_answer(struct request *q)
{
        struct scaleway_call c = { .q = q };
        bool known;

        identify(&c);
        known = authenticate(&c);
        if (known)
                peek_page(&c);
        faults_match(q);
        reply_header(&q->reply, "X-Request-Id", "sim-%llu", (unsigned long long)q->sim->requests);
        if (faults_answer(q, scaleway_error) || !known)
                return;
        if (identity_expired(q->sim, q->access_key, c.key))
                refuse_authentication(q, "expired");
        else if (q->effects.denied || is_foreign(q))
                refuse_permission(q);
        else if (meter_budget(q))
                scaleway_error(q, 429, NULL, NULL);
        else if (!c.operation || q->effects.region_off || q->effects.api_off)
                refuse_not_found(&c, q->service, q->path);
        else if (!scaleway_iam_allows(&c, &c.projects))
                reply_without_permission(&c);
        else
                reply_world(&c);
}
