/* What the catalogue's rows cannot say. */
#include "providers/replicate/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

/* A model is the account's own when its name begins with the account's: "owner/name". */
static int refine_owner(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const json_t *model;
        const char *name, *slash;
        int listed = json_array_size(r->evidence) > 0 ? 0 : -1, e;
        bool own;

        if (fact_get(r->facts, "model.id", &model, NULL) != FACT_KNOWN ||
            !(name = json_string_value(model)) || !(slash = strchr(name, '/')))
                return 0;
        own = strlen(r->scope) == (size_t)(slash - name) &&
              strncmp(name, r->scope, (size_t)(slash - name)) == 0;
        e = fact_set_known_take(r->facts, "model.custom", json_boolean(own), listed);
        if (e >= 0)
                e = fact_set_known_take(r->facts, "model.maker",
                                        json_stringn(name, (size_t)(slash - name)), listed);
        return e < 0 ? error_oom(err) : 0;
}

/* Where the training does not say its destination, the model that it made does: "owner/name:…". */
static int refine_training(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        const char *made = json_path_string(item, "output.version");
        int listed = json_array_size(r->evidence) > 0 ? 0 : -1;

        if (fact_get(r->facts, "model.id", NULL, NULL) == FACT_ABSENT && made &&
            strchr(made, '/') &&
            fact_set_known_take(r->facts, "model.id", json_stringn(made, strcspn(made, ":")),
                                listed) < 0)
                return error_oom(err);
        return refine_owner(a, r, item, err);
}

const struct refinement replicate_refinements[REPLICATE_REFINEMENTS] = {
        { "replicate_owner", refine_owner },
        { "replicate_training", refine_training },
};
