/* Some replies of OVHcloud hold what nobody asked for: the password of a registry, the token of an
 * AI tool, whatever customers write into variables. It ends here. */
#include "providers/ovh/account.h"

#include "daemon/base/json.h"

#include <string.h>

/* clang-format off */
/* Members that hold a secret wherever they stand. */
static const char *const secret_members[] = {
        "password", "secret", "secretKey", "clientSecret", "accessToken", "token", "apiKey", "privateKey",
        "consumerKey", "applicationSecret",
};

/* Variables whose values are kept: they say which model runs. */
static const char *const model_variables[] = {
        "MODEL_ID", "MODEL_NAME", "HF_MODEL_ID", "MODEL_REPO",
};
/* clang-format on */

bool ovh_names_model(const char *variable)
{
        for (size_t i = 0; i < ELEMENTSOF(model_variables); i++)
                if (strcmp(variable, model_variables[i]) == 0)
                        return true;
        return false;
}

static void wipe(const json_t *value)
{
        if (json_is_string(value))
                explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

static void drop(json_t *object, const char *member)
{
        wipe(json_object_get(object, member));
        (void)json_object_del(object, member);
}

/* {"name": "DB_PASSWORD", "value": "…"} */
static void scrub_variables(json_t *variables)
{
        json_t *variable;
        size_t i;

        json_array_foreach(variables, i, variable)
        {
                const char *name = json_member_string(variable, "name");

                if (!name || !ovh_names_model(name))
                        drop(variable, "value");
        }
}

static void scrub_tree(json_t *value, bool of_token)
{
        json_t *element;
        const char *key;
        size_t i;

        if (json_is_object(value)) {
                for (i = 0; i < ELEMENTSOF(secret_members); i++)
                        if (json_is_string(json_object_get(value, secret_members[i])))
                                drop(value, secret_members[i]);
                if (of_token && json_is_string(json_object_get(value, "value")))
                        drop(value, "value");
                scrub_variables(json_object_get(value, "envVars"));
        }
        json_array_foreach(value, i, element)
        {
                scrub_tree(element, of_token);
        }
        json_object_foreach(value, key, element)
        {
                scrub_tree(element, of_token);
        }
}

void ovh_scrub(const char *path, json_t *body)
{
        scrub_tree(body, strstr(path, "/ai/token") != NULL);
}
