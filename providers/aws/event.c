/* What a rule of EventBridge waits for: which services' events, and of which things. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define FACT_SERVICES "alert.services"
#define FACT_TARGETS "alert.targets"

static bool ends_in(const char *text, const char *end)
{
        size_t n = strlen(text), length = strlen(end);

        return n >= length && strcasecmp(text + n - length, end) == 0;
}

/* The texts of a list; what is no text is a comparison ({"prefix": …}). */
static int add_texts(json_t *list, const json_t *values)
{
        json_t *one;
        size_t i;

        json_array_foreach((json_t *)values, i, one)
        {
                if (json_is_string(one) && json_array_append(list, one) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* Things are named by the resources of an event, or by a member of its detail that is called so. */
static int add_things(json_t *list, const json_t *pattern)
{
        static const char *const ends[] = { "Name", "Arn", "Id" };
        const char *key;
        json_t *values;
        int r = add_texts(list, json_object_get(pattern, "resources"));

        json_object_foreach(json_object_get(pattern, "detail"), key, values)
        {
                for (size_t i = 0; r == 0 && i < ELEMENTSOF(ends); i++)
                        if (ends_in(key, ends[i]))
                                r = add_texts(list, values);
        }
        return r;
}

static int set_list(struct resource *r, const char *fact, json_t *list, int evidence)
{
        return json_array_size(list) > 0
                       ? fact_set_known_take(r->facts, fact, json_incref(list), evidence)
                       : fact_set_absent(r->facts, fact, evidence);
}

int aws_refine_event_pattern(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        const char *text = json_member_string(item, "EventPattern");
        json_auto_t *pattern = NULL, *sources = json_array(), *things = json_array();
        int evidence = fact_evidence(r->facts, FACT_SERVICES), e = sources && things ? 0 : -ENOMEM;

        if (e == 0 && (!text || json_parse(text, strlen(text), &pattern, NULL) < 0)) {
                static const char cause[] = "the pattern of the rule could not be read";

                e = fact_set_unknown(r->facts, FACT_SERVICES, cause);
                return e < 0 ? error_oom(err) : 0;
        }
        if (e == 0)
                e = add_texts(sources, json_object_get(pattern, "source"));
        if (e == 0)
                e = add_things(things, pattern);
        if (e == 0)
                e = set_list(r, FACT_SERVICES, sources, evidence);
        if (e == 0)
                e = set_list(r, FACT_TARGETS, things, evidence);
        return e < 0 ? error_oom(err) : 0;
}
