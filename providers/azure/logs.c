/* Where logs are kept, and for how long. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define RETENTION "log.retention_days"
#define COPIES "log.copies"

/* ---- Log Analytics ---------------------------------------------------------------------------
 */

/* A table that is not there will be made with the workspace's own retention. */
static int set_workspace_retention(struct resource *r, struct error *err)
{
        const json_t *general = azure_known(r, "log.retention_default_days");

        if (fact_get(r->facts, RETENTION, NULL, NULL) != FACT_ABSENT || !general)
                return 0;
        return azure_set(r, RETENTION, json_incref((json_t *)general), err);
}

int azure_read_log_workspace(struct resource *r, const json_t *item, struct error *err)
{
        json_auto_t *replicated = json_path(item, "properties.replication.enabled");
        const char *to = json_path_string(item, "properties.replication.location");
        int e;

        if (json_is_true(replicated) && to)
                e = azure_set(r, COPIES, json_pack("[s]", to), err);
        else if (json_is_true(replicated))
                e = azure_set_unknown(r, COPIES, "it is replicated, and the API does not say where",
                                      err);
        else
                e = azure_set_absent(r, COPIES, err);
        return e < 0 ? e : set_workspace_retention(r, err);
}

/* ---- storage ---------------------------------------------------------------------------------
 */

/* Does the rule reach blobs of logs? They are append blobs in containers called insights-… */
static bool reaches_logs(const json_t *rule)
{
        json_auto_t *types = json_path(rule, "definition.filters.blobTypes");
        json_auto_t *prefixes = json_path(rule, "definition.filters.prefixMatch");
        bool append = json_array_size(types) == 0, named = json_array_size(prefixes) == 0;
        static const char logs[] = "insights-";
        json_t *one;
        size_t i;

        json_array_foreach(types, i, one)
        {
                append |= json_is_string(one) &&
                          strcasecmp(json_string_value(one), "appendBlob") == 0;
        }
        json_array_foreach(prefixes, i, one)
        {
                const char *prefix = json_string_value(one);
                size_t n = prefix ? strlen(prefix) : 0;

                named |= prefix && strncmp(prefix, logs, n < strlen(logs) ? n : strlen(logs)) == 0;
        }
        return append && named;
}

/* The earliest day on which the rule deletes; 0 when it deletes nothing. */
static json_int_t deletes_after(const json_t *rule)
{
        static const char *const members[] = { "daysAfterModificationGreaterThan",
                                               "daysAfterCreationGreaterThan",
                                               "daysAfterLastAccessTimeGreaterThan" };
        json_auto_t *action = json_path(rule, "definition.actions.baseBlob.delete");
        json_int_t least = 0;

        for (size_t i = 0; action && i < ELEMENTSOF(members); i++) {
                const json_t *days = json_object_get(action, members[i]);
                json_int_t n = json_is_number(days) ? (json_int_t)json_number_value(days) : 0;

                if (n > 0 && (least == 0 || n < least))
                        least = n;
        }
        return least;
}

static json_t *retention_of(const json_t *rules)
{
        json_int_t least = 0;
        json_t *rule;
        size_t i;

        json_array_foreach((json_t *)rules, i, rule)
        {
                json_int_t days = deletes_after(rule);

                if (json_is_false(json_object_get(rule, "enabled")) || !reaches_logs(rule))
                        continue;
                if (days > 0 && (least == 0 || days < least))
                        least = days;
        }
        return least > 0 ? json_integer(least) : json_string("never");
}

/* Of the containers of logs that are there all are locked, or none is. One of several is no answer:
 * which of them a log is written to is not told. */
static int set_locked(struct resource *r, struct error *err)
{
        static const char fact[] = "log.locked";
        const json_t *locked = NULL;
        size_t n, n_locked = 0;
        json_t *one;
        size_t i;

        switch (fact_get(r->facts, fact, &locked, NULL)) {
        case FACT_UNKNOWN:
                return 0;
        case FACT_ABSENT:
                return azure_set_unknown(r, fact, "no container of logs is there yet", err);
        case FACT_KNOWN:
                break;
        }
        if (!json_is_array(locked))
                return azure_set(r, fact, json_boolean(json_is_true(locked)), err);
        n = json_array_size(locked);
        json_array_foreach((json_t *)locked, i, one)
        {
                n_locked += json_is_true(one);
        }
        if (n_locked == 0 || n_locked == n)
                return azure_set(r, fact, json_boolean(n > 0 && n_locked == n), err);
        return azure_set_unknown(r, fact,
                                 "some of its containers of logs are locked, others are not", err);
}

int azure_read_log_storage(struct resource *r, struct error *err)
{
        const json_t *rules = NULL;
        int e = 0;

        if (fact_get(r->facts, RETENTION, &rules, NULL) != FACT_UNKNOWN)
                e = azure_set(r, RETENTION, retention_of(rules), err);
        return e < 0 ? e : set_locked(r, err);
}
