#include "tests/cloudsim/mlaas.h"

#include <ctype.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/world.h"

static const struct {
        const char *host, *provider;
        enum mlaas_who who;
} hosts[] = {
        { "huggingface.co", "huggingface", MLAAS_HUGGINGFACE },
        { "api.endpoints.huggingface.cloud", "huggingface", MLAAS_HUGGINGFACE },
        { "api.replicate.com", "replicate", MLAAS_REPLICATE },
        { "api.mistral.ai", "mistral", MLAAS_MISTRAL },
        { "api.eu.mistral.ai", "mistral", MLAAS_MISTRAL },
        { "api.us.mistral.ai", "mistral", MLAAS_MISTRAL },
};

bool mlaas_claims(const struct request *q)
{
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                if (strcmp(hosts[i].host, q->host) == 0)
                        return true;
        return false;
}

/* ---- what is asked ------------------------------------------------------------------------------
 */

static void identify(struct mlaas_call *c)
{
        struct request *q = c->q;
        char text[64];
        const char *zone;

        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                if (strcmp(hosts[i].host, q->host) == 0) {
                        (void)snprintf(q->provider, sizeof(q->provider), "%s", hosts[i].provider);
                        c->who = hosts[i].who;
                }
        request_parse_pairs(q, q->query);
        for (const struct mlaas_operation *o = mlaas_operations; o->path; o++)
                if (strcmp(q->method, "GET") == 0 && strcmp(o->host, q->host) == 0 &&
                    request_match_path(q, o->path, false)) {
                        c->operation = o;
                        (void)request_match_path(q, o->path, true);
                        break;
                }
        zone = request_param(q, "api_zone", text);
        (void)snprintf(q->region, sizeof(q->region), "%s", zone ? zone : "global");
        (void)snprintf(q->service, sizeof(q->service), "%.63s", q->host);
        (void)snprintf(q->operation, sizeof(q->operation), "%.127s",
                       c->operation ? c->operation->name : q->path);
}

static bool is_token_style(const struct mlaas_operation *o)
{
        return o->style == MLAAS_LINK_HEADER || o->style == MLAAS_LINK_BODY ||
               o->style == MLAAS_TOKEN;
}

/* Where the page begins, so that faults can name its number; false for what is refused. */
static bool read_page(struct mlaas_call *c, struct page *page)
{
        const struct mlaas_operation *o = c->operation;
        struct request *q = c->q;
        json_int_t cut = json_integer_value(world_at(q->sim->world, "settings", "page_size"));

        *page = (struct page){ .size = SIZE_MAX };
        q->page = 1;
        if (!o)
                return true;
        if (is_token_style(o))
                return page_begin(q, o->token_in, o->size, o->max, page) == 0;
        if (o->style != MLAAS_PAGE && o->style != MLAAS_OFFSET)
                return true;
        page->size = (size_t)request_param_u64(q, o->size, o->size_default);
        if (page->size == 0 || page->size > o->max)
                return false;
        if (cut > 0 && page->size > (size_t)cut)
                page->size = (size_t)cut;
        if (o->style == MLAAS_OFFSET) {
                page->offset = (size_t)request_param_u64(q, "offset", 0);
                q->page = (unsigned)(page->offset / page->size) + 1;
                return true;
        }
        q->page = (unsigned)(request_param_u64(q, "page", o->first) + 1 - o->first);
        page->offset = (q->page - 1) * page->size;
        return q->page > 0;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

/* Of a list by author, what is the author's and can be seen; of jobs, those of the stage. */
static bool passes(const struct mlaas_call *c, const json_t *item)
{
        char text[2][64];
        const char *author = request_param(c->q, "author", text[0]);
        const char *stage = request_param(c->q, "stage", text[1]);
        const char *id = json_member_string(item, "id"),
                   *is = json_path_string(item, "status.stage");
        size_t n = author ? strlen(author) : 0;

        if (author && (!id || strncmp(id, author, n) != 0 || id[n] != '/'))
                return false;
        if (stage && is && strcmp(stage, is) != 0)
                return false;
        return c->who != MLAAS_HUGGINGFACE || mlaas_sees(c, item);
}

/* expand: names of the only members that are given beside the id. */
static json_t *expanded(const struct request *q, json_t *item)
{
        const json_t *names = json_object_get(q->params, "expand");
        json_t *less, *name;
        size_t i;

        if (!names)
                return json_incref(item);
        less = json_pack("{sO?}", "id", json_object_get(item, "id"));
        json_array_foreach(names, i, name)
        {
                json_t *value = json_object_get(item, json_string_value(name));

                if (value)
                        (void)json_object_set(less, json_string_value(name), value);
        }
        return less;
}

static json_t *selected(const struct mlaas_call *c)
{
        struct rest_found found = { 0 };
        _cleanup_(freep) char *path = rest_path(c->q);
        json_t *kept = json_array(), *item;
        size_t i;

        (void)rest_find(c->resources, path, false, &found);
        json_array_foreach(found.value, i, item)
        {
                if (passes(c, item))
                        (void)json_array_append_new(kept, expanded(c->q, item));
        }
        return kept;
}

/* The same list with another token, as the whole address of the next page. */
static void next_url(const struct mlaas_call *c, const char *token, struct buffer *url)
{
        const struct request *q = c->q;
        const char *name = c->operation->token_in;
        size_t n = strlen(name);

        buffer_printf(url, "https://%s%s?", q->host, q->path);
        for (const char *p = q->query; *p != '\0';) {
                size_t length = strcspn(p, "&");

                if (strncmp(p, name, n) != 0 || p[n] != '=')
                        buffer_printf(url, "%.*s&", (int)length, p);
                p += length + (p[length] == '&');
        }
        buffer_printf(url, "%s=", name);
        for (; *token != '\0'; token++)
                if (isalnum((unsigned char)*token))
                        buffer_append(url, token, 1);
                else
                        buffer_printf(url, "%%%02X", (unsigned char)*token);
}

/* "next_cursor", or "pagination.next_cursor": a member of another. */
static void set_token(json_t *reply, const char *name, json_t *token)
{
        const char *dot = strchr(name, '.');

        if (dot)
                (void)json_object_setn_new(reply, name, (size_t)(dot - name),
                                           json_pack("{so}", dot + 1, token));
        else
                (void)json_object_set_new(reply, name, token);
}

static void add_next(struct mlaas_call *c, struct page *page, size_t total, json_t *reply)
{
        const struct mlaas_operation *o = c->operation;
        struct buffer url = BUFFER_INIT(4096);

        page_end(c->q, o->token_in, o->size, total, page);
        if (o->style == MLAAS_TOKEN) {
                set_token(reply, o->token_out, *page->next ? json_string(page->next) : json_null());
                return;
        }
        if (*page->next)
                next_url(c, page->next, &url);
        if (o->style == MLAAS_LINK_HEADER && *page->next)
                reply_header(&c->q->reply, "Link", "<%s>; rel=\"next\"", buffer_text(&url));
        if (o->style == MLAAS_LINK_BODY)
                (void)json_object_set_new(reply, o->token_out,
                                          *page->next ? json_string(buffer_text(&url))
                                                      : json_null());
        buffer_done(&url);
}

static void reply_list(struct mlaas_call *c, struct page *page)
{
        const struct mlaas_operation *o = c->operation;
        json_auto_t *items = selected(c), *reply = json_object(), *slice = NULL;
        size_t total = json_array_size(items);
        bool again = c->q->effects.endless_token || c->q->effects.repeat_token;

        if (again && !is_token_style(o))
                page->offset = 0;
        slice = page_slice(page, items);
        if (is_token_style(o))
                add_next(c, page, total, reply);
        if (!o->items) {
                reply_json(c->q, 200, slice);
                return;
        }
        (void)json_object_set(reply, o->items, slice);
        if (o->style == MLAAS_PAGE)
                (void)json_object_set_new(reply, "total", json_integer((json_int_t)total));
        reply_json(c->q, 200, reply);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
        const char *x = json_member_string(*(json_t *const *)a, "created_at");
        const char *y = json_member_string(*(json_t *const *)b, "created_at");

        return strcmp(x ? x : "", y ? y : "");
}

static void reply_latest(struct mlaas_call *c)
{
        json_auto_t *items = selected(c), *reply = json_array();
        size_t n = json_array_size(items), limit;
        json_t **sorted = calloc(n ? n : 1, sizeof(json_t *));
        char text[64];
        const char *sort = request_param(c->q, "sort", text);
        bool ascending = sort && strcmp(sort, "ascending") == 0;

        limit = (size_t)request_param_u64(c->q, c->operation->size, c->operation->size_default);
        for (size_t i = 0; sorted && i < n; i++)
                sorted[i] = json_array_get(items, i);
        if (sorted)
                qsort(sorted, n, sizeof(json_t *), by_time);
        for (size_t i = 0; sorted && i < n && i < limit; i++)
                (void)json_array_append(reply, sorted[ascending ? i : n - 1 - i]);
        free(sorted);
        reply_json(c->q, 200, reply);
}

/* By zone, where the world has it so. */
static void reply_object(struct mlaas_call *c)
{
        struct rest_found found = { 0 };
        _cleanup_(freep) char *path = rest_path(c->q);
        json_auto_t *empty = json_pack("{ss}", "currency", "EUR");
        json_t *value;

        (void)rest_find(c->resources, path, false, &found);
        value = json_object_get(found.value, c->q->region);
        reply_json(c->q, 200, value ? value : empty);
}

static void reply_one(struct mlaas_call *c)
{
        const json_t *models = json_object_get(c->resources, "/v1/models");
        char text[2][64];
        const char *owner = request_param(c->q, "owner", text[0]);
        const char *name = request_param(c->q, "name", text[1]);
        json_t *model;
        size_t i;

        json_array_foreach((json_t *)models, i, model)
        {
                const char *of = json_member_string(model, "owner");
                const char *is = json_member_string(model, "name");

                if (of && is && strcmp(of, owner) == 0 && strcmp(is, name) == 0) {
                        reply_json(c->q, 200, model);
                        return;
                }
        }
        mlaas_error(c->q, 404, "Not found", "The requested resource could not be found.");
}

static void reply_whoami(struct mlaas_call *c)
{
        json_auto_t *who = mlaas_whoami(c);

        reply_json(c->q, 200, who);
}

static bool reply_world_error(struct mlaas_call *c)
{
        struct rest_found found = { 0 };
        _cleanup_(freep) char *path = rest_path(c->q);

        return rest_find(c->resources, path, false, &found) &&
               rest_world_error(c->q, found.value, mlaas_error);
}

static void reply_metrics(struct mlaas_call *c)
{
        struct rest_found found = { 0 };
        _cleanup_(freep) char *path = rest_path(c->q);

        if (rest_find(c->resources, path, false, &found) && json_is_string(found.value))
                reply_text(c->q, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                           json_string_value(found.value));
        else
                mlaas_error(c->q, 404, NULL, "Endpoint not found");
}

static void reply_world(struct mlaas_call *c, struct page *page)
{
        if (reply_world_error(c))
                return;
        switch (c->operation->style) {
        case MLAAS_TEXT:
                reply_metrics(c);
                return;
        case MLAAS_WHOAMI:
                reply_whoami(c);
                return;
        case MLAAS_ONE:
                reply_one(c);
                return;
        case MLAAS_OBJECT:
                reply_object(c);
                return;
        case MLAAS_LATEST:
                reply_latest(c);
                return;
        case MLAAS_WHOLE:
        case MLAAS_LINK_HEADER:
        case MLAAS_LINK_BODY:
        case MLAAS_PAGE:
        case MLAAS_TOKEN:
        case MLAAS_OFFSET:
                break;
        }
        reply_list(c, page);
}

void mlaas_answer(struct request *q)
{
        struct mlaas_call c = { .q = q };
        struct page page;
        bool good;

        identify(&c);
        mlaas_identify(&c);
        good = read_page(&c, &page);
        faults_match(q);
        reply_header(&q->reply, "X-Request-Id", "sim-%llu", (unsigned long long)q->sim->requests);
        if (faults_answer(q, mlaas_error) || mlaas_refuse(&c))
                return;
        if (meter_budget(q))
                mlaas_error(q, 429, NULL, NULL);
        else if (!c.operation || q->effects.region_off || q->effects.api_off)
                mlaas_error(q, 404, NULL, "Not Found");
        else if (!good)
                mlaas_error(q, 400, NULL, "a parameter of paging is wrong");
        else
                reply_world(&c, &page);
}
