#include "tests/cloudsim/synthetic.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "tests/cloudsim/paging.h"
#include "tests/cloudsim/world.h"

enum { ACCOUNTS_MAX = 10000, REGIONS_MAX = 30, PROJECTS_MAX = 10000 };

static const char *const region_names[REGIONS_MAX] = {
        "eu-west-1",      "eu-west-3",      "eu-central-1",   "eu-north-1",     "eu-west-2",
        "us-east-1",      "us-east-2",      "us-west-2",      "us-west-1",      "ca-central-1",
        "sa-east-1",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-southeast-1", "ap-southeast-2", "eu-south-1",     "eu-south-2",     "eu-central-2",
        "af-south-1",     "ap-east-1",      "ap-south-2",     "ap-southeast-3", "ap-southeast-4",
        "ca-west-1",      "il-central-1",   "me-central-1",   "me-south-1",     "mx-central-1",
};

static uint64_t number_of(const json_t *object, const char *key, uint64_t otherwise)
{
        const json_t *value = json_object_get(object, key);

        return json_is_integer(value) && json_integer_value(value) >= 0
                       ? (uint64_t)json_integer_value(value)
                       : otherwise;
}

/* Templates become text once: {"by", "text"} for each operation or list. */
static json_t *compile(const json_t *templates)
{
        json_t *compiled = json_object(), *t;
        const char *name;

        json_object_foreach((json_t *)templates, name, t)
        {
                const json_t *what = json_object_get(t, "item");
                _cleanup_(freep) char *text = NULL;
                json_t *row;

                if (!what)
                        what = json_object_get(t, "reply");
                if (!what) {
                        (void)json_object_set_new(compiled, name, compile(t));
                        continue;
                }
                text = json_dumps(what, JSON_COMPACT);
                row = json_pack("{ss*}", "text", text);
                if (json_object_get(t, "by"))
                        (void)json_object_set(row, "by", json_object_get(t, "by"));
                (void)json_object_set_new(compiled, name, row);
        }
        return compiled;
}

static json_t *account_row(uint64_t index, const json_t *conf, json_t *regions, json_t *own)
{
        const char *role = json_member_string(conf, "role");
        json_t *row = json_pack("{so so s{sO} sO}", "name",
                                json_sprintf("synthetic-%llu", (unsigned long long)index), "keys",
                                json_array(), "regions", "enabled", regions, "synthetic", own);

        (void)json_array_append_new(
                json_object_get(row, "keys"),
                json_pack("{so ss ss}", "access_key",
                          json_sprintf("AKIASYNTHETIC%07llu", (unsigned long long)index),
                          "secret_key", "synthetic/secret/of/the/bench+0000000000", "principal",
                          "user/vigie"));
        if (role)
                (void)json_object_set_new(row, "roles",
                                          json_pack("{s{s[s]}}", role, "trusted", "100000000000"));
        return row;
}

static int expand_aws(json_t *world, const json_t *conf, struct error *err)
{
        uint64_t accounts = number_of(conf, "accounts", 0), n = number_of(conf, "regions", 1);
        json_auto_t *regions = json_array(), *own = NULL;
        json_t *all;

        if (accounts > ACCOUNTS_MAX || n == 0 || n > REGIONS_MAX)
                return error_set(err, -EINVAL, "synthetic: at most %d accounts and %d regions",
                                 ACCOUNTS_MAX, REGIONS_MAX);
        for (uint64_t i = 0; i < n; i++)
                (void)json_array_append_new(regions, json_string(region_names[i]));
        own = json_pack("{sI so}", "count", (json_int_t)number_of(conf, "per_collector", 0),
                        "operations", compile(json_object_get(conf, "operations")));
        if (!json_object_get(world, "aws"))
                (void)json_object_set_new(world, "aws",
                                          json_pack("{s{} s{ss ss}}", "accounts", "organization",
                                                    "id", "o-synthetic", "management_account",
                                                    "100000000000"));
        all = world_at(world, "aws", "accounts");
        for (uint64_t i = 0; i < accounts; i++) {
                char id[32];

                (void)snprintf(id, sizeof(id), "1%011llu", (unsigned long long)i);
                (void)json_object_set_new(all, id, account_row(i, conf, regions, own));
        }
        return 0;
}

static int expand_scaleway(json_t *world, const json_t *conf, struct error *err)
{
        uint64_t n = number_of(conf, "projects", 1);
        json_t *projects = json_array();

        if (n > PROJECTS_MAX) {
                json_decref(projects);
                return error_set(err, -EINVAL, "synthetic: at most %d projects", PROJECTS_MAX);
        }
        for (uint64_t i = 0; i < n; i++)
                (void)json_array_append_new(
                        projects,
                        json_pack("{so so ss}", "id",
                                  json_sprintf("10000000-0000-4000-8000-%012llu",
                                               (unsigned long long)i),
                                  "name", json_sprintf("synthetic-%llu", (unsigned long long)i),
                                  "organization_id", "10000000-0000-4000-8000-000000000000"));
        return json_object_set_new(
                world, "scaleway",
                json_pack("{s{s{s[{ss ss}] so s{sI so}}}}", "organizations",
                          "10000000-0000-4000-8000-000000000000", "keys", "access_key",
                          "SCWSYNTHETIC00000000", "secret_key",
                          "10000000-0000-4000-8000-00000000feed", "projects", projects, "synthetic",
                          "count", (json_int_t)number_of(conf, "per_collector", 0), "operations",
                          compile(json_object_get(conf, "lists"))));
}

int synthetic_expand(json_t *world, struct error *err)
{
        const json_t *conf = json_object_get(world, "synthetic");
        const json_t *scaleway = json_object_get(conf, "scaleway");
        int r = 0;

        if (conf)
                r = expand_aws(world, conf, err);
        if (r == 0 && scaleway)
                r = expand_scaleway(world, scaleway, err);
        return r;
}

void synthetic_add_item(struct buffer *b, const char *text, const struct request *q, uint64_t index,
                        const char *key)
{
        static const char *const names[] = { "{i}", "{account}", "{region}", "{key}" };
        const char *p = text, *brace;
        char number[24];

        (void)snprintf(number, sizeof(number), "%07llu", (unsigned long long)index);
        while ((brace = strchr(p, '{'))) {
                const char *const values[] = { number, q->account, q->region, key ? key : "" };
                size_t n = 1;

                buffer_append(b, p, (size_t)(brace - p));
                for (size_t i = 0; i < ELEMENTSOF(names) && n == 1; i++)
                        if (strncmp(brace, names[i], strlen(names[i])) == 0) {
                                buffer_add(b, values[i]);
                                n = strlen(names[i]);
                        }
                if (n == 1)
                        buffer_append(b, brace, 1);
                p = brace + n;
        }
        buffer_add(b, p);
}

static void reply_list(struct aws_call *c, const char *text, uint64_t count)
{
        const struct operation *o = c->operation;
        struct request *q = c->q;
        struct page page;

        if (page_begin(q, o->token_in, o->size, o->max, &page) < 0) {
                aws_refuse(c, AWS_BAD_REQUEST, "Invalid token or page size");
                return;
        }
        page_end(q, o->token_in, o->size, (size_t)count, &page);
        reply_text(q, 200, c->service->target ? "application/x-amz-json-1.1" : "application/json",
                   "");
        buffer_printf(&q->reply.body, "{\"%s\":[", o->items);
        for (uint64_t i = page.offset; i < count && i - page.offset < page.size; i++) {
                if (i > page.offset)
                        buffer_add(&q->reply.body, ",");
                synthetic_add_item(&q->reply.body, text, q, i, NULL);
        }
        buffer_add(&q->reply.body, "]");
        if (*page.next)
                buffer_printf(&q->reply.body, ",\"%s\":\"%s\"", o->token_out, page.next);
        buffer_add(&q->reply.body, "}");
}

/* The number at the end of a name or ARN. */
static bool index_of(const char *name, uint64_t count, uint64_t *ret)
{
        const char *end = name ? name + strlen(name) : NULL;

        while (end && end > name && end[-1] >= '0' && end[-1] <= '9')
                end--;
        return end && number_parse_u64(end, ret) == 0 && *ret < count;
}

bool synthetic_reply(struct aws_call *c)
{
        const json_t *own =
                world_at(c->q->sim->world, "aws", "accounts", c->q->account, "synthetic");
        const json_t *row = world_at(own, "operations", c->q->service, c->operation->name);
        const char *text = json_member_string(row, "text"), *by = json_member_string(row, "by");
        uint64_t count = number_of(own, "count", 0), index = 0;
        char number[64];
        const char *key = by ? request_param(c->q, by, number) : NULL;

        if (!text || c->service->protocol == PROTOCOL_EC2)
                return false;
        if (c->operation->items && !by) {
                reply_list(c, text, count);
        } else if (index_of(key, count, &index)) {
                reply_text(c->q, 200,
                           c->service->target ? "application/x-amz-json-1.1" : "application/json",
                           "");
                synthetic_add_item(&c->q->reply.body, text, c->q, index, key);
        } else {
                aws_refuse(c, AWS_NOT_FOUND, NULL);
        }
        return true;
}
