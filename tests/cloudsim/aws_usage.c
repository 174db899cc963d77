/* Use: what CloudWatch counted, what CloudTrail saw, what Cost Explorer billed, asked as these are
 * asked. */
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/world.h"

enum { DATAPOINTS_MAX = 1440 };

static json_t *world_list(const struct aws_call *c)
{
        json_t *services = world_at(c->q->sim->world, "aws", "accounts", c->q->account, "services");
        json_t *value = world_at(services, c->q->region, c->q->service, c->operation->name);

        if (!value)
                value = world_at(services, "*", c->q->service, c->operation->name);
        return json_is_array(value) ? value : json_object_get(value, c->operation->items);
}

static double number_param(const struct request *q, const char *name)
{
        return json_number_value(json_object_get(q->params, name));
}

static bool texts_equal(const json_t *a, const json_t *b, const char *member)
{
        const char *x = json_member_string(a, member), *y = json_member_string(b, member);

        return x && y && strcmp(x, y) == 0;
}

/* ---- GetMetricStatistics
 * -------------------------------------------------------------------------- */

/* A metric is one exact combination of dimensions, in whatever order. */
static bool same_dimensions(const json_t *a, const json_t *b)
{
        json_auto_t *x = json_array_size(a) > 0 ? json_path(a, "[Name=Value]") : json_object();
        json_auto_t *y = json_array_size(b) > 0 ? json_path(b, "[Name=Value]") : json_object();

        return x && y && json_equal(x, y);
}

static bool is_asked(const struct request *q, const json_t *point)
{
        double at = json_number_value(json_object_get(point, "Timestamp"));

        return texts_equal(q->params, point, "Namespace") &&
               texts_equal(q->params, point, "MetricName") &&
               same_dimensions(json_object_get(q->params, "Dimensions"),
                               json_object_get(point, "Dimensions")) &&
               at >= number_param(q, "StartTime") && at < number_param(q, "EndTime");
}

static bool statistics_refused(struct aws_call *c)
{
        double span = number_param(c->q, "EndTime") - number_param(c->q, "StartTime");
        double period = number_param(c->q, "Period");
        const char *why = NULL;

        if (span <= 0)
                why = "The parameter StartTime must be less than the parameter EndTime.";
        else if (period < 60)
                why = "The parameter Period must be a multiple of 60.";
        else if (span / period > DATAPOINTS_MAX)
                why = "You have requested more datapoints than the limit of 1,440.";
        else if (json_array_size(json_object_get(c->q->params, "Statistics")) == 0)
                why = "The parameter Statistics is required.";
        if (why)
                aws_error(c, 400, "InvalidParameterCombination", why);
        return why != NULL;
}

static void metric_statistics(struct aws_call *c, const json_t *points)
{
        json_auto_t *found = json_array(), *reply = NULL;
        json_t *point, *name;
        size_t i, k;

        if (statistics_refused(c))
                return;
        json_array_foreach((json_t *)points, i, point)
        {
                json_t *out = json_object();

                if (is_asked(c->q, point)) {
                        (void)json_object_set(out, "Timestamp",
                                              json_object_get(point, "Timestamp"));
                        json_array_foreach(json_object_get(c->q->params, "Statistics"), k,
                                           name)(void)
                                json_object_set(out, json_string_value(name),
                                                json_object_get(point, json_string_value(name)));
                        (void)json_object_set_new(out, "Unit", json_string("Count"));
                        (void)json_array_append(found, out);
                }
                json_decref(out);
        }
        reply = json_pack("{ss sO}", "Label", json_member_string(c->q->params, "MetricName"),
                          "Datapoints", found);
        aws_reply_json(c, reply);
}

/* ---- LookupEvents
 * --------------------------------------------------------------------------------- */

/* Worlds write the event as it is; the API gives it as a text. */
static json_t *event_row(const json_t *event)
{
        json_t *row = json_copy((json_t *)event);
        json_t *inner = json_object_get(event, "CloudTrailEvent");

        if (json_is_object(inner)) {
                char *text = json_canonical(inner);

                (void)json_object_set_new(row, "CloudTrailEvent", json_string(text));
                free(text);
        }
        return row;
}

static void events(struct aws_call *c, const json_t *all)
{
        json_t *attributes = json_object_get(c->q->params, "LookupAttributes");
        json_t *asked = json_array_get(attributes, 0), *found, *event;
        const char *key = json_member_string(asked, "AttributeKey");
        const char *value = json_member_string(asked, "AttributeValue");
        size_t i;

        if (json_array_size(attributes) != 1 || !key || !value ||
            (strcmp(key, "EventSource") != 0 && strcmp(key, "EventName") != 0)) {
                aws_error(c, 400, "InvalidLookupAttributesException",
                          "You can only provide one lookup attribute.");
                return;
        }
        found = json_array();
        json_array_foreach((json_t *)all, i, event)
        {
                const char *is = json_member_string(event, key);

                if (is && strcmp(is, value) == 0 &&
                    json_number_value(json_object_get(event, "EventTime")) >=
                            number_param(c->q, "StartTime"))
                        (void)json_array_append_new(found, event_row(event));
        }
        aws_reply_list(c, found);
}

/* ---- GetCostAndUsage
 * ------------------------------------------------------------------------------ */

/* Worlds say of a group its service and region, and its type of use beside them. */
static json_t *group_row(const json_t *group, bool by_type)
{
        json_t *row = json_copy((json_t *)group), *keys;

        if (by_type) {
                keys = json_pack("[O, O?]", json_array_get(json_object_get(group, "Keys"), 0),
                                 json_object_get(group, "UsageType"));
                (void)json_object_set_new(row, "Keys", keys);
        }
        (void)json_object_del(row, "UsageType");
        return row;
}

static json_t *period_row(const json_t *period, bool by_type)
{
        json_t *row = json_copy((json_t *)period), *groups = json_array(), *group;
        size_t i;

        json_array_foreach(json_object_get(period, "Groups"), i, group)
        {
                (void)json_array_append_new(groups, group_row(group, by_type));
        }
        (void)json_object_set_new(row, "Groups", groups);
        return row;
}

static bool cost(struct aws_call *c, const json_t *periods)
{
        const json_t *by = json_object_get(c->q->params, "GroupBy");
        const char *key = json_member_string(json_array_get(by, 1), "Key");
        json_t *found, *period;
        size_t i;

        if (json_array_size(by) != 2 || !key ||
            (strcmp(key, "REGION") != 0 && strcmp(key, "USAGE_TYPE") != 0)) {
                aws_error(c, 400, "ValidationException", "Group Definition dimension is invalid.");
                return true;
        }
        found = json_array();
        json_array_foreach((json_t *)periods, i, period)
        {
                (void)json_array_append_new(found,
                                            period_row(period, strcmp(key, "USAGE_TYPE") == 0));
        }
        aws_reply_list(c, found);
        return true;
}

bool aws_usage(struct aws_call *c)
{
        const json_t *list = world_list(c);
        bool statistics = strcmp(c->operation->name, "GetMetricStatistics") == 0;

        if (list && strcmp(c->operation->name, "GetCostAndUsage") == 0)
                return cost(c, list);
        if (!statistics && strcmp(c->operation->name, "LookupEvents") != 0)
                return false;
        if (!list && !statistics)
                return false; /* empty, or an error of the world's */
        if (statistics)
                metric_statistics(c, list);
        else
                events(c, list);
        return true;
}
