#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/paging.h"
#include "tests/cloudsim/synthetic.h"
#include "tests/cloudsim/world.h"
#include "tests/cloudsim/xml.h"

void aws_peek_page(struct aws_call *c)
{
        const struct operation *o = c->operation;
        struct page page;

        if (o && o->token_in)
                (void)page_begin(c->q, o->token_in, o->size, 0, &page);
}

void aws_reply_json(struct aws_call *c, const json_t *value)
{
        struct request *q = c->q;
        const char *key;
        json_t *member;

        if (c->service->protocol == PROTOCOL_QUERY) {
                aws_reply_query(c, value);
                return;
        }
        if (c->service->protocol != PROTOCOL_EC2 && c->service->protocol != PROTOCOL_REST_XML) {
                reply_json(q, 200, value);
                if (c->service->target)
                        q->reply.content_type = "application/x-amz-json-1.1";
                return;
        }
        reply_text(q, 200, "text/xml;charset=UTF-8",
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        if (c->service->protocol == PROTOCOL_EC2)
                buffer_printf(&q->reply.body,
                              "<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
                              "<requestId>sim</requestId>",
                              q->operation);
        json_object_foreach((json_t *)value, key, member)
        {
                xml_add(&q->reply.body, key, member);
        }
        if (c->service->protocol == PROTOCOL_EC2)
                buffer_printf(&q->reply.body, "</%sResponse>", q->operation);
}

/* Filter.N.Name and Filter.N.Value.M: whether one value matches the field of that name. */
static bool ec2_filter_passes(const struct request *q, unsigned n, const char *value)
{
        char name[64], text[64];

        for (unsigned m = 1;; m++) {
                const char *pattern;

                (void)snprintf(name, sizeof(name), "Filter.%u.Value.%u", n, m);
                pattern = request_param(q, name, text);
                if (!pattern)
                        return false;
                if (value && fnmatch(pattern, value, 0) == 0)
                        return true;
        }
}

static const char *ec2_field(const json_t *item, const char *filter)
{
        if (strcmp(filter, "instance-type") == 0)
                return json_member_string(item, "instanceType");
        if (strcmp(filter, "instance-state-name") == 0)
                return json_path_string(item, "instanceState.name");
        return strcmp(filter, "state") == 0 ? json_member_string(item, "state") : NULL;
}

/* "tag:<key>" looks at a tag's value, "tag-key" at all keys. */
static bool ec2_tag_passes(const struct request *q, unsigned n, const char *filter,
                           const json_t *item)
{
        const char *wanted = strncmp(filter, "tag:", 4) == 0 ? filter + 4 : NULL;
        json_t *tag;
        size_t i;

        json_array_foreach(json_object_get(item, "tagSet"), i, tag)
        {
                const char *key = json_member_string(tag, "key");

                if ((!wanted && ec2_filter_passes(q, n, key)) ||
                    (wanted && key && strcmp(wanted, key) == 0 &&
                     ec2_filter_passes(q, n, json_member_string(tag, "value"))))
                        return true;
        }
        return false;
}

static bool ec2_passes(const struct request *q, const json_t *item)
{
        char name[64], text[64];

        for (unsigned n = 1;; n++) {
                const char *filter;

                (void)snprintf(name, sizeof(name), "Filter.%u.Name", n);
                filter = request_param(q, name, text);
                if (!filter)
                        return true;
                if (strncmp(filter, "tag", 3) == 0
                            ? !ec2_tag_passes(q, n, filter, item)
                            : !ec2_filter_passes(q, n, ec2_field(item, filter)))
                        return false;
        }
}

/* Reservations keep the instances that pass, and go when none is left. */
static json_t *ec2_filter(const struct request *q, const json_t *items)
{
        json_t *kept = json_array(), *item, *instance;
        size_t i, j;

        json_array_foreach(items, i, item)
        {
                json_t *instances = json_object_get(item, "instancesSet");
                json_auto_t *some = json_array(), *copy = json_copy(item);

                json_array_foreach(instances, j, instance)
                {
                        if (ec2_passes(q, instance))
                                (void)json_array_append(some, instance);
                }
                if (instances)
                        (void)json_object_set(copy, "instancesSet", some);
                if (instances ? json_array_size(some) > 0 : ec2_passes(q, item))
                        (void)json_array_append(kept, copy);
        }
        return kept;
}

void aws_reply_list(struct aws_call *c, json_t *items_take)
{
        const struct operation *o = c->operation;
        json_auto_t *items = items_take, *slice = NULL, *reply = json_object();
        struct page page;
        int r;

        if (c->service->protocol == PROTOCOL_EC2) {
                json_auto_t *all = items;

                items = ec2_filter(c->q, all);
        } else {
                json_auto_t *all = items;

                items = page_filter(c->q, o->filters, ELEMENTSOF(o->filters), all);
        }
        r = page_begin(c->q, o->token_in, o->size, o->max, &page);
        if (r < 0) {
                aws_refuse(c, AWS_BAD_REQUEST,
                           r == -EBADMSG ? "Invalid token" : "Page size out of range");
                return;
        }
        page_end(c->q, o->token_in, o->size, json_array_size(items), &page);
        slice = page_slice(&page, items);
        (void)json_object_set(reply, o->items, slice);
        if (*page.next)
                (void)json_set_string(reply, o->token_out, page.next);
        aws_reply_json(c, reply);
}

static json_t *world_operation(const struct aws_call *c, const char *operation)
{
        json_t *services = world_at(c->q->sim->world, "aws", "accounts", c->q->account, "services");
        json_t *value = world_at(services, c->q->region, c->q->service, operation);

        return value ? value : world_at(services, "*", c->q->service, operation);
}

/* An item by the name or ARN that was asked: any text in it that says so. */
static json_t *item_named(const json_t *items, const char *wanted)
{
        size_t i;
        json_t *item, *member;
        const char *key;

        json_array_foreach(items, i, item)
        {
                json_object_foreach(item, key, member)
                {
                        if (json_is_string(member) &&
                            strcmp(json_string_value(member), wanted) == 0)
                                return item;
                }
        }
        return NULL;
}

/* The entry of a "by" table: by the whole value, or by what follows the last "/" of an ARN. An
 * entry may be a table in its turn, by another parameter. */
static json_t *entry_by(const struct aws_call *c, const json_t *table, const char *by)
{
        char text[64];
        json_t *entry = NULL;

        while (by && table) {
                const char *wanted = request_param(c->q, by, text);

                entry = wanted ? json_object_get(table, wanted) : NULL;
                if (!entry && wanted && strrchr(wanted, '/'))
                        entry = json_object_get(table, strrchr(wanted, '/') + 1);
                by = json_member_string(entry, "by");
                table = by ? json_object_get(entry, "items") : NULL;
        }
        return entry;
}

static json_t *list_items(const struct aws_call *c, const struct operation *list)
{
        json_t *value = world_operation(c, list->name);

        return json_is_array(value) ? value : json_object_get(value, list->items);
}

/* What the world spells out, over what the list says about the same thing. */
static json_t *detail(const struct aws_call *c, const json_t *table)
{
        const struct operation *o = c->operation;
        const struct operation *list = o->of ? operation_by_name(o->service, o->of) : NULL;
        const char *by = json_member_string(table, "by");
        char text[64];
        const char *wanted = o->by ? request_param(c->q, o->by, text) : NULL;
        json_t *entry =
                entry_by(c, json_object_get(table, "items"), by ? by : (o->by ? o->by : ""));
        json_t *item = list && wanted ? item_named(list_items(c, list), wanted) : NULL;
        json_t *inner = o->wrap ? json_object_get(entry, o->wrap) : NULL, *merged;

        if (!entry && !item)
                return NULL;
        if (json_object_get(entry, "error"))
                return json_incref(entry);
        merged = item ? json_copy(item) : json_object();
        (void)json_object_update(merged, inner ? inner : entry);
        return o->wrap ? json_pack("{so}", o->wrap, merged) : merged;
}

static bool world_error(struct aws_call *c, const json_t *value)
{
        const json_t *error = json_is_object(value) ? json_object_get(value, "error") : NULL;

        if (!error)
                return false;
        aws_error(c, (unsigned)json_integer_value(json_object_get(error, "status")),
                  json_member_string(error, "code"), json_member_string(error, "message"));
        return true;
}

static void reply_absent(struct aws_call *c)
{
        json_auto_t *value = NULL;

        if (c->operation->absent)
                (void)json_parse(c->operation->absent, strlen(c->operation->absent), &value, NULL);
        if (value)
                aws_reply_json(c, value);
        else
                aws_refuse(c, AWS_NOT_FOUND, NULL);
}

static void reply_from_list(struct aws_call *c, json_t *value)
{
        json_t *items = value;

        if (json_object_get(value, "items") && json_object_get(value, "by"))
                items = entry_by(c, json_object_get(value, "items"),
                                 json_member_string(value, "by"));
        if (json_is_object(items))
                items = json_object_get(items, c->operation->items);
        aws_reply_list(c, json_is_array(items) ? json_incref(items) : json_array());
}

void aws_reply(struct aws_call *c)
{
        const struct operation *o = c->operation;
        json_t *value = world_operation(c, o->name);
        json_auto_t *made = NULL;

        if (world_error(c, value) || synthetic_reply(c))
                return;
        if (o->items) {
                reply_from_list(c, value);
                return;
        }
        if (value && !json_object_get(value, "items")) {
                aws_reply_json(c, value);
                return;
        }
        made = o->by ? detail(c, value) : NULL;
        if (world_error(c, made))
                return;
        if (made)
                aws_reply_json(c, made);
        else
                reply_absent(c);
}
