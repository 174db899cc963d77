#include "providers/refine.h"

#include "daemon/model/fact.h"

static int listed(const struct resource *r)
{
        return json_array_size(r->evidence) > 0 ? 0 : -1;
}

int refine_known_take(struct resource *r, const char *name, json_t *value, struct error *err)
{
        return fact_set_known_take(r->facts, name, value, listed(r)) < 0 ? error_oom(err) : 0;
}

int refine_absent(struct resource *r, const char *name, struct error *err)
{
        return fact_set_absent(r->facts, name, listed(r)) < 0 ? error_oom(err) : 0;
}

int refine_unknown(struct resource *r, const char *name, const char *cause, struct error *err)
{
        return fact_set_unknown(r->facts, name, cause) < 0 ? error_oom(err) : 0;
}
