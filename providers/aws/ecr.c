/* Where a registry copies the images that others name. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

#define FACT_COPIES "store.copies"

/* "111122223333.dkr.ecr.eu-west-3.amazonaws.com/models/fraud:3" is models/fraud. */
static bool is_image_of(const char *ref, const char *prefix)
{
        const char *repository = strchr(ref, '/');

        return repository && strncmp(repository + 1, prefix, strlen(prefix)) == 0;
}

/* A rule without filters is about every image; one whose filters cannot be read may be, too. */
static bool is_copied(const json_t *rule, const json_t *refs)
{
        const json_t *filters = json_object_get(rule, "repositoryFilters");
        json_t *filter, *ref;
        size_t i, k;

        if (json_array_size(filters) == 0 || json_array_size(refs) == 0)
                return true;
        json_array_foreach((json_t *)filters, i, filter)
        {
                const char *prefix = json_member_string(filter, "filter");

                json_array_foreach((json_t *)refs, k, ref)
                {
                        if (!prefix || !json_is_string(ref) ||
                            is_image_of(json_string_value(ref), prefix))
                                return true;
                }
        }
        return false;
}

static json_t *destinations(const json_t *item)
{
        json_auto_t *rules = json_path(item, "replicationConfiguration.rules");
        json_t *list = json_array(), *rule;
        size_t i;

        json_array_foreach(rules, i, rule)
        {
                json_auto_t *to = is_copied(rule, json_object_get(item, "_refs"))
                                          ? json_path(rule, "destinations[].region")
                                          : NULL;

                if (list && to)
                        (void)json_array_extend(list, to);
        }
        return list;
}

/* The call is answered about the caller's own registry, whoever's image was named. */
int aws_refine_registry(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const char *id = json_member_string(item, "registryId");
        int evidence = fact_evidence(r->facts, FACT_COPIES), e;
        json_auto_t *list = destinations(item);

        if (!list)
                return error_oom(err);
        if (fact_get(r->facts, FACT_COPIES, NULL, NULL) == FACT_UNKNOWN)
                return 0;
        if (!id || strncmp(r->id, id, strlen(id)) != 0)
                e = fact_set_unknown(r->facts, FACT_COPIES, "the registry is another account's");
        else if (json_array_size(list) > 0)
                e = fact_set_known_take(r->facts, FACT_COPIES, json_incref(list), evidence);
        else
                e = fact_set_absent(r->facts, FACT_COPIES, evidence);
        return e < 0 ? error_oom(err) : 0;
}
