/* Which management events a trail, or an event data store, keeps. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

#define FACT_EVENTS "audit.management_events"
#define FACT_DATA "audit.data_events"
#define FACT_DATA_PARTIAL "audit.data_events_partial"
#define FACT_DESTINATION "log.destination"

/* Event sources of AI services: without them, the calls to models are not in the record. */
static const char *const ai_sources[] = {
        "agent-registry",
        "aiops",
        "bedrock",
        "comprehend",
        "comprehendmedical",
        "connect",
        "forecast",
        "frauddetector",
        "healthlake",
        "kendra",
        "lex",
        "lookoutequipment",
        "models-v2-lex",
        "models.lex",
        "nova-act",
        "personalize",
        "polly",
        "q",
        "qapps",
        "qbusiness",
        "quicksight",
        "rekognition",
        "runtime.lex",
        "s3vectors",
        "sagemaker",
        "sagemaker-geospatial",
        "textract",
        "transcribe",
        "translate",
        "wisdom",
};

/* What one selector lets through. */
struct events {
        bool reads, writes;
};

static bool is_ai_source(const char *source)
{
        size_t n = strlen(source), suffix = strlen(".amazonaws.com");

        if (n > suffix && strcmp(source + n - suffix, ".amazonaws.com") == 0)
                n -= suffix;
        if (strncmp(source, "bedrock", 7) == 0) /* bedrock-agentcore, bedrock-mantle… */
                return true;
        for (size_t i = 0; i < ELEMENTSOF(ai_sources); i++)
                if (strlen(ai_sources[i]) == n && strncmp(ai_sources[i], source, n) == 0)
                        return true;
        return false;
}

static bool names_ai_source(const json_t *sources)
{
        json_t *source;
        size_t i;

        json_array_foreach((json_t *)sources, i, source)
        {
                if (!json_is_string(source) || is_ai_source(json_string_value(source)))
                        return true; /* what cannot be read may name one */
        }
        return false;
}

/* ---- basic selectors ---------------------------------------------------------------------------
 */

static struct events basic_events(const json_t *selector)
{
        const char *type = json_member_string(selector, "ReadWriteType");
        const struct events none = { 0 };

        if (json_is_false(json_object_get(selector, "IncludeManagementEvents")) ||
            names_ai_source(json_object_get(selector, "ExcludeManagementEventSources")))
                return none;
        if (!type || strcmp(type, "All") == 0)
                return (struct events){ true, true };
        return (struct events){ strcmp(type, "ReadOnly") == 0, strcmp(type, "WriteOnly") == 0 };
}

/* ---- advanced selectors ------------------------------------------------------------------------
 */

static bool only_member(const json_t *field, const char *member)
{
        static const char *const members[] = { "Equals",    "StartsWith",    "EndsWith",
                                               "NotEquals", "NotStartsWith", "NotEndsWith" };

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (strcmp(members[i], member) != 0 &&
                    json_array_size(json_object_get(field, members[i])) > 0)
                        return false;
        return json_array_size(json_object_get(field, member)) > 0;
}

static bool equals_only(const json_t *field, const char *value)
{
        const json_t *list = json_object_get(field, "Equals");

        return only_member(field, "Equals") && json_array_size(list) == 1 &&
               json_is_string(json_array_get(list, 0)) &&
               strcmp(json_string_value(json_array_get(list, 0)), value) == 0;
}

/* One condition narrows what e lets through. What is not known here narrows it to nothing: the
 * record is then not whole. */
static void narrow(struct events *e, const json_t *field, bool *management)
{
        const char *name = json_member_string(field, "Field");

        if (!name)
                name = "";
        if (strcmp(name, "eventCategory") == 0) {
                *management = equals_only(field, "Management");
        } else if (strcmp(name, "readOnly") == 0) {
                e->reads = e->reads && equals_only(field, "true");
                e->writes = e->writes && equals_only(field, "false");
        } else if (strcmp(name, "eventSource") != 0 || !only_member(field, "NotEquals") ||
                   names_ai_source(json_object_get(field, "NotEquals"))) {
                *e = (struct events){ 0 };
        }
}

static struct events advanced_events(const json_t *selector)
{
        const json_t *fields = json_object_get(selector, "FieldSelectors");
        struct events e = { true, true };
        bool management = false;
        json_t *field;
        size_t i;

        json_array_foreach((json_t *)fields, i, field)
        {
                narrow(&e, field, &management);
        }
        return management ? e : (struct events){ 0 };
}

static void join(struct events *all, const json_t *selectors,
                 struct events (*read)(const json_t *selector))
{
        json_t *selector;
        size_t i;

        json_array_foreach((json_t *)selectors, i, selector)
        {
                struct events e = read(selector);

                all->reads = all->reads || e.reads;
                all->writes = all->writes || e.writes;
        }
}

/* ---- data events -------------------------------------------------------------------------------
 */

/* Kinds of resource whose data events are recorded: whole, or in part. */
struct data_events {
        json_t *whole, *part;
};

static void add_types(json_t *list, const json_t *types)
{
        json_t *type;
        size_t i;

        json_array_foreach((json_t *)types, i, type)
        {
                if (json_is_string(type))
                        (void)json_array_append(list, type);
        }
}

/* "arn:aws:s3" and "arn:aws:s3:::" stand for all buckets, "arn:aws:lambda" for all functions. */
static bool is_everything(const json_t *values)
{
        const char *one = json_string_value(json_array_get(values, 0));
        size_t colons = 0;

        for (const char *p = one ? one : ""; *p; p++)
                colons += *p == ':';
        return one && json_array_size(values) == 1 &&
               (colons == 2 || (one[strlen(one) - 1] == ':' && colons == 5));
}

static void basic_data_events(struct data_events *d, const json_t *selector)
{
        const char *read_write = json_member_string(selector, "ReadWriteType");
        bool all = !read_write || strcmp(read_write, "All") == 0;
        json_t *resource;
        size_t i;

        json_array_foreach(json_object_get(selector, "DataResources"), i, resource)
        {
                json_auto_t *type = json_pack("[O]", json_object_get(resource, "Type"));

                add_types(all && is_everything(json_object_get(resource, "Values")) ? d->whole
                                                                                    : d->part,
                          type);
        }
}

static void advanced_data_events(struct data_events *d, const json_t *selector)
{
        const json_t *types = NULL;
        bool data = false, narrowed = false;
        json_t *field;
        size_t i;

        json_array_foreach(json_object_get(selector, "FieldSelectors"), i, field)
        {
                const char *name = json_member_string(field, "Field");

                if (name && strcmp(name, "eventCategory") == 0)
                        data = equals_only(field, "Data");
                else if (name && strcmp(name, "resources.type") == 0 &&
                         only_member(field, "Equals"))
                        types = json_object_get(field, "Equals");
                else
                        narrowed = true;
        }
        if (data)
                add_types(narrowed ? d->part : d->whole, types);
}

static int set_types(struct resource *r, const char *fact, json_t *types, int evidence)
{
        return json_array_size(types) > 0
                       ? fact_set_known_take(r->facts, fact, json_incref(types), evidence)
                       : fact_set_absent(r->facts, fact, evidence);
}

static int refine_data_events(struct resource *r, const json_t *basic, const json_t *advanced,
                              int evidence)
{
        struct data_events d = { .whole = json_array(), .part = json_array() };
        json_t *selector;
        size_t i;
        int n = d.whole && d.part ? 0 : -ENOMEM;

        json_array_foreach((json_t *)basic, i, selector)
        {
                basic_data_events(&d, selector);
        }
        json_array_foreach((json_t *)advanced, i, selector)
        {
                advanced_data_events(&d, selector);
        }
        if (n == 0)
                n = set_types(r, FACT_DATA, d.whole, evidence);
        if (n == 0)
                n = set_types(r, FACT_DATA_PARTIAL, d.part, evidence);
        json_decref(d.whole);
        json_decref(d.part);
        return n;
}

static int data_events_unknown(struct resource *r, const char *cause)
{
        return fact_set_unknown(r->facts, FACT_DATA, cause) < 0 ||
                               fact_set_unknown(r->facts, FACT_DATA_PARTIAL, cause) < 0
                       ? -ENOMEM
                       : 0;
}

int aws_refine_trail_selectors(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err)
{
        const json_t *reply = NULL, *basic, *advanced;
        const json_t *evidence =
                json_object_get(json_object_get(r->facts, FACT_EVENTS), "evidence");
        int index = json_is_integer(evidence) ? (int)json_integer_value(evidence) : -1;
        const char *cause = NULL;
        struct events e = { 0 };

        if (fact_get(r->facts, FACT_EVENTS, &reply, &cause) != FACT_KNOWN || json_is_boolean(reply))
                return data_events_unknown(r, cause ? cause : "the selectors were not read") < 0
                               ? error_oom(err)
                               : 0;
        basic = json_object_get(reply, "EventSelectors");
        advanced = json_object_get(reply, "AdvancedEventSelectors");
        if (json_array_size(basic) == 0 && json_array_size(advanced) == 0) {
                static const char none[] = "the reply names no selectors";

                return fact_set_unknown(r->facts, FACT_EVENTS, none) < 0 ||
                                       data_events_unknown(r, none) < 0
                               ? error_oom(err)
                               : 0;
        }
        if (refine_data_events(r, basic, advanced, index) < 0)
                return error_oom(err);
        join(&e, basic, basic_events);
        join(&e, advanced, advanced_events);
        if (fact_set_known_take(r->facts, FACT_EVENTS, json_boolean(e.reads && e.writes), index) <
            0)
                return error_oom(err);
        return 0;
}

/* ---- where its files are -----------------------------------------------------------------------
 */

/* A trail writes below [prefix/]AWSLogs/ of its bucket; its log group is named by an ARN that ends
 * with ":*".
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
 */
static int destinations(json_t *list, const json_t *item)
{
        const char *bucket = json_member_string(item, "S3BucketName"),
                   *prefix = json_member_string(item, "S3KeyPrefix"),
                   *group = json_member_string(item, "CloudWatchLogsLogGroupArn");
        size_t n = group ? strlen(group) : 0;
        int r = 0;

        if (n > 2 && strcmp(group + n - 2, ":*") == 0)
                n -= 2;
        if (bucket)
                r |= json_array_append_new(list,
                                           json_sprintf("s3://%s/%s%sAWSLogs/", bucket,
                                                        prefix ? prefix : "", prefix ? "/" : ""));
        if (group)
                r |= json_array_append_new(list, json_stringn(group, n));
        return r < 0 ? -ENOMEM : 0;
}

int aws_refine_trail(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        const json_t *evidence =
                json_object_get(json_object_get(r->facts, FACT_DESTINATION), "evidence");
        int index = json_is_integer(evidence) ? (int)json_integer_value(evidence) : -1;
        json_auto_t *list = json_array();

        if (!list || destinations(list, item) < 0)
                return error_oom(err);
        if (json_array_size(list) > 0 &&
            fact_set_known_take(r->facts, FACT_DESTINATION, json_incref(list), index) < 0)
                return error_oom(err);
        return aws_refine_trail_selectors(a, r, item, err);
}
