/* The token: where huggingface_hub keeps it, and what whoami says that it may read. */
#include "providers/huggingface/account.h"

#include "daemon/base/json.h"
#include "providers/secret.h"

#include <string.h>

/* ---- where it is kept ---------------------------------------------------------------------------
 */

static char *join(const char *folder, const char *rest)
{
        char *path = NULL;

        if (!folder || asprintf(&path, "%s%s", folder, rest) < 0)
                return NULL;
        return path;
}

char *huggingface_token_file(void)
{
        const char *path = secret_environment("HF_TOKEN_PATH");
        const char *home = secret_environment("HF_HOME");
        const char *cache = secret_environment("XDG_CACHE_HOME");

        if (path)
                return strdup(path);
        if (home)
                return join(home, "/token");
        if (cache)
                return join(cache, "/huggingface/token");
        return join(secret_environment("HOME"), "/.cache/huggingface/token");
}

/* ---- what it may read ---------------------------------------------------------------------------
 */

static void add_name(json_t *set, const char *name)
{
        if (name)
                (void)json_object_set_new(set, name, json_true());
}

/* A namespace, and where the settings list what it owns. */
static void add_user(struct account *a, const char *name)
{
        if (name)
                (void)json_object_set_new(a->namespaces, name,
                                          json_string("/api/settings/repositories"));
}

static void add_organization(struct account *a, const char *name)
{
        struct buffer path = BUFFER_INIT(1024);

        if (name) {
                buffer_add(&path, "/api/organizations/");
                url_encode(&path, name);
                buffer_add(&path, "/settings/repositories");
                (void)json_object_set_new(a->namespaces, name, json_string(buffer_text(&path)));
        }
        buffer_done(&path);
}

/* unverified: the words of permissions; these two are what tokens were seen to have. */
static bool reads_repositories(const json_t *permissions)
{
        json_t *permission;
        size_t i;

        json_array_foreach((json_t *)permissions, i, permission)
        {
                const char *word = json_string_value(permission);

                if (word &&
                    (strcmp(word, "repo.content.read") == 0 || strcmp(word, "repo.write") == 0))
                        return true;
        }
        return false;
}

/* {"scoped": [{"entity": {"type": "org", "name": …}, "permissions": […]}]}: an entity may be a
 * single repository too, which makes nothing whole. */
static void learn_fine_grained(struct account *a, const json_t *fine_grained)
{
        json_t *entry;
        size_t i;

        json_array_foreach(json_object_get(fine_grained, "scoped"), i, entry)
        {
                const char *type = json_path_string(entry, "entity.type");

                if (type && (strcmp(type, "org") == 0 || strcmp(type, "user") == 0) &&
                    reads_repositories(json_object_get(entry, "permissions")))
                        add_name(a->readable, json_path_string(entry, "entity.name"));
        }
}

void huggingface_learn(struct account *a, const json_t *whoami)
{
        const char *role = json_path_string(whoami, "auth.accessToken.role");
        json_t *organization;
        size_t i;

        json_decref(a->namespaces);
        json_decref(a->readable);
        a->namespaces = json_object();
        a->readable = json_object();
        add_user(a, json_member_string(whoami, "name"));
        json_array_foreach(json_object_get(whoami, "orgs"), i, organization)
        {
                add_organization(a, json_member_string(organization, "name"));
        }
        a->role_known = role != NULL;
        a->fine_grained = role && strcmp(role, "fineGrained") == 0;
        if (a->fine_grained)
                learn_fine_grained(a,
                                   json_object_get(json_object_get(json_object_get(whoami, "auth"),
                                                                   "accessToken"),
                                                   "fineGrained"));
}

bool huggingface_hides(const struct account *a, const char *namespace, char *why, size_t size)
{
        if (!a->namespaces)
                (void)snprintf(why, size,
                               "what the token may read is not known: private repositories of %s "
                               "may be missing",
                               namespace);
        else if (!json_object_get(a->namespaces, namespace))
                (void)snprintf(why, size,
                               "the token's owner does not belong to %s: only what is public is in "
                               "this list",
                               namespace);
        else if (!a->role_known)
                (void)snprintf(why, size,
                               "whoami does not say what the token may read: private repositories "
                               "of %s may be missing",
                               namespace);
        else if (a->fine_grained && !json_object_get(a->readable, namespace))
                (void)snprintf(why, size,
                               "the token may not read the repositories of %s: only what is public "
                               "is in this list",
                               namespace);
        else
                return false;
        return true;
}
