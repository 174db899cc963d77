/* Who a role is granted to: kinds, never names. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <string.h>

/* "user:someone@…" is a user, "allUsers" is itself. */
static int add_kind(json_t *kinds, const char *member)
{
        json_auto_t *kind = json_stringn(member, strcspn(member, ":"));
        json_t *known;
        size_t i;

        if (!kind)
                return -1;
        json_array_foreach(kinds, i, known)
        {
                if (json_equal(known, kind))
                        return 0;
        }
        return json_array_append(kinds, kind);
}

int gcp_refine_binding(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        static const char fact[] = "access.principal_kinds";
        json_auto_t *kinds = json_array();
        const json_t *members = NULL;
        json_t *member;
        size_t i;

        if (!kinds)
                return error_oom(err);
        if (fact_get(r->facts, fact, &members, NULL) != FACT_KNOWN)
                return 0;
        json_array_foreach((json_t *)members, i, member)
        {
                const char *text = json_string_value(member);

                if (add_kind(kinds, text ? text : "?") < 0)
                        return error_oom(err);
        }
        return gcp_set(r, fact, json_incref(kinds), err);
}
