/* What the catalogue's rows cannot say. */
#include "providers/replicate/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/refine.h"

#include <errno.h>
#include <string.h>

/* A model is the account's own when its name begins with the account's: "owner/name". */
static int refine_owner(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const json_t *model;
        const char *name, *slash;
        bool own;
        int e;

        if (fact_get(r->facts, "model.id", &model, NULL) != FACT_KNOWN ||
            !(name = json_string_value(model)) || !(slash = strchr(name, '/')))
                return 0;
        own = strlen(r->scope) == (size_t)(slash - name) &&
              strncmp(name, r->scope, (size_t)(slash - name)) == 0;
        e = refine_known_take(r, "model.custom", json_boolean(own), err);
        return e < 0 ? e
                     : refine_known_take(r, "model.maker",
                                         json_stringn(name, (size_t)(slash - name)), err);
}

/* Where the training does not say its destination, the model that it made does: "owner/name:…". */
static int refine_training(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        const char *made = json_path_string(item, "output.version");
        int e = 0;

        if (fact_get(r->facts, "model.id", NULL, NULL) == FACT_ABSENT && made && strchr(made, '/'))
                e = refine_known_take(r, "model.id", json_stringn(made, strcspn(made, ":")), err);
        return e < 0 ? e : refine_owner(a, r, item, err);
}

const struct refinement replicate_refinements[REPLICATE_REFINEMENTS] = {
        { "replicate_owner", refine_owner },
        { "replicate_training", refine_training },
};
