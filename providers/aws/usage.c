/* Who used AI and where it ran, by CloudTrail's events and by the bill, and where copies of logs
 * go. */
#include "providers/aws/account.h"
#include "providers/aws/arn.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

static int add_once(json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i, element)
        {
                if (strcmp(json_string_value(element), text) == 0)
                        return 0;
        }
        return json_array_append_new(list, json_string(text)) < 0 ? -ENOMEM : 0;
}

/* ---- events
 * -------------------------------------------------------------------------------------- */

/* What the events of one page say together. */
struct use {
        json_t *principals, *regions, *models;
        uint64_t newest_usec;
        bool unread; /* one of them cannot be read, or lacks what matters */
};

/* vigie's own calls, readings of the inventory and calls that were refused use nothing. */
static bool event_is_use(const json_t *event)
{
        static const char *const readings[] = { "List", "Describe", "Get" };
        const char *agent = json_member_string(event, "userAgent");
        const char *name = json_member_string(event, "eventName");

        if (agent && strncmp(agent, "vigie/", 6) == 0)
                return false;
        for (size_t i = 0; name && i < ELEMENTSOF(readings); i++)
                if (strncmp(name, readings[i], strlen(readings[i])) == 0)
                        return false;
        return !json_member_string(event, "errorCode");
}

/* The role without its session, which often is a person's name and always another. */
static int add_principal(json_t *list, const char *arn)
{
        const char *role = strstr(arn, ":assumed-role/");
        const char *session = role ? strchr(role + strlen(":assumed-role/"), '/') : NULL;
        _cleanup_(freep) char *text = session ? strndup(arn, (size_t)(session - arn)) : strdup(arn);

        return text ? add_once(list, text) : -ENOMEM;
}

static int use_add(struct use *u, const json_t *event)
{
        const char *principal = json_path_string(event, "userIdentity.arn");
        const char *region = json_path_string(event, "additionalEventData.inferenceRegion");
        const char *model = json_path_string(event, "requestParameters.modelId");
        const char *time = json_member_string(event, "eventTime");
        uint64_t usec;
        int r = 0;

        if (!principal)
                principal = json_path_string(event, "userIdentity.invokedBy");
        if (!region) /* in the region of the call */
                region = json_member_string(event, "awsRegion");
        if (!principal || !region || !time || clock_parse_iso8601(time, &usec) < 0) {
                u->unread = true;
                return 0;
        }
        if (usec > u->newest_usec)
                u->newest_usec = usec;
        r = add_principal(u->principals, principal);
        if (r == 0)
                r = add_once(u->regions, region);
        return r == 0 && model ? add_once(u->models, model) : r;
}

static int use_read(struct use *u, const json_t *events)
{
        json_t *row;
        size_t i;
        int r = 0;

        json_array_foreach((json_t *)events, i, row)
        {
                const char *text = json_member_string(row, "CloudTrailEvent");
                json_auto_t *event = NULL;

                if (!text || json_parse(text, strlen(text), &event, NULL) < 0)
                        u->unread = true;
                else if (r == 0 && event_is_use(event))
                        r = use_add(u, event);
        }
        return r;
}

/* A list that is empty says that there is none. */
static int set_list(struct resource *r, const char *fact, const json_t *list)
{
        return json_array_size(list) > 0
                       ? fact_set_known_take(r->facts, fact, json_incref((json_t *)list), 0)
                       : fact_set_absent(r->facts, fact, 0);
}

static int use_set(const struct use *u, struct resource *r, bool more)
{
        static const char *const facts[] = { "usage.principals", "processing.observed_regions",
                                             "usage.last" };
        char time[CLOCK_TEXT_MAX];
        const char *cause = u->unread ? "an event of the page cannot be read"
                            : more    ? "the newest events are no use, and there are older ones"
                                      : NULL;
        int n = 0;

        if (u->unread || (json_array_size(u->principals) == 0 && more)) {
                for (size_t i = 0; i < ELEMENTSOF(facts) && n == 0; i++)
                        n = fact_set_unknown(r->facts, facts[i], cause);
                return n;
        }
        if (set_list(r, facts[0], u->principals) < 0 || set_list(r, facts[1], u->regions) < 0 ||
            set_list(r, "model.id", u->models) < 0)
                return -ENOMEM;
        if (u->newest_usec == 0)
                return fact_set_absent(r->facts, "usage.last", 0);
        return fact_set_known_take(r->facts, "usage.last",
                                   json_string(clock_format_rfc3339(u->newest_usec, time)), 0);
}

int aws_refine_usage_events(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        struct use u = { .principals = json_array(),
                         .regions = json_array(),
                         .models = json_array() };
        const json_t *events = json_object_get(item, "Events");
        const char *next = json_member_string(item, "NextToken");
        int n = -ENOMEM;

        u.unread = events && !json_is_null(events) && !json_is_array(events);
        if (u.principals && u.regions && u.models)
                n = use_read(&u, events);
        if (n == 0)
                n = use_set(&u, r, next && *next);
        json_decref(u.principals);
        json_decref(u.regions);
        json_decref(u.models);
        return n < 0 ? error_oom(err) : 0;
}

/* ---- copies of logs
 * ------------------------------------------------------------------------------ */

/* From the destinations to their regions. */
int aws_refine_log_copies(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        static const char fact[] = "log.copies";
        const json_t *arns = NULL,
                     *evidence = json_object_get(json_object_get(r->facts, fact), "evidence");
        int index = json_is_integer(evidence) ? (int)json_integer_value(evidence) : -1;
        json_auto_t *regions = json_array();
        json_t *text;
        size_t i;

        if (!regions)
                return error_oom(err);
        if (fact_get(r->facts, fact, &arns, NULL) != FACT_KNOWN)
                return 0;
        json_array_foreach((json_t *)arns, i, text)
        {
                struct arn arn;

                if (!json_is_string(text) || !arn_read(json_string_value(text), &arn) ||
                    arn.region[0] == '\0')
                        return fact_set_unknown(r->facts, fact,
                                                "a destination has no readable ARN") < 0
                                       ? error_oom(err)
                                       : 0;
                if (add_once(regions, arn.region) < 0)
                        return error_oom(err);
        }
        return fact_set_known_take(r->facts, fact, json_incref(regions), index) < 0 ? error_oom(err)
                                                                                    : 0;
}

/* ---- the bill
 * ------------------------------------------------------------------------------------ */

/* "EUW1-" is eu-west-1; America and Europe are named like that without exception. */
static const struct {
        char letter;
        const char *word;
} sides[] = {
        { 'C', "central" }, { 'E', "east" }, { 'N', "north" }, { 'S', "south" }, { 'W', "west" },
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* Is there a prefix at all: capitals, a digit, a hyphen ("APN1-")? */
static bool has_prefix(const char *type)
{
        size_t n = strspn(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

        return n >= 2 && n <= 4 && is_digit(type[n]) && type[n + 1] == '-';
}

/* NULL for a prefix that is not known here. */
static const char *region_of_type(const char *type, char region[static ARN_FIELD_MAX])
{
        bool europe = strncmp(type, "EU", 2) == 0;

        if (!has_prefix(type))
                return "us-east-1";
        if (!europe && strncmp(type, "US", 2) != 0)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(sides); i++)
                if (type[2] == sides[i].letter && is_digit(type[3])) {
                        (void)snprintf(region, ARN_FIELD_MAX, "%s-%s-%c", europe ? "eu" : "us",
                                       sides[i].word, type[3]);
                        return region;
                }
        return NULL;
}

int aws_refine_bill_region(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        static const char fact[] = "inventory.place";
        const json_t *type = NULL;
        char buffer[ARN_FIELD_MAX], *copy;
        const char *region;

        if (fact_get(r->facts, fact, &type, NULL) != FACT_KNOWN || !json_is_string(type))
                return 0;
        region = region_of_type(json_string_value(type), buffer);
        copy = strdup(region ? region : "unknown");
        if (!copy)
                return error_oom(err);
        free(r->region);
        r->region = copy;
        if (!region)
                return fact_set_unknown(r->facts, fact,
                                        "the prefix of the type of use is not known") < 0
                               ? error_oom(err)
                               : 0;
        return fact_set_known_take(r->facts, fact, json_string(region), 0) < 0 ? error_oom(err) : 0;
}
