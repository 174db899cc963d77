#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/gcp.h"
#include "tests/cloudsim/world.h"

static const json_t *projects(const struct request *q)
{
        return world_at(q->sim->world, "gcp", "projects");
}

/* NULL where the world does not say it. */
char *gcp_project_number(const struct request *q, const char *id)
{
        const json_t *number = json_object_get(gcp_project(q, id), "number");

        return number ? json_scalar_text(number) : NULL;
}

/* The id of the project that is called so by id or number; NULL for none of this world. */
const char *gcp_project_id(const struct request *q, const char *id_or_number, size_t length)
{
        const char *id;
        json_t *project;

        json_object_foreach((json_t *)projects(q), id, project)
        {
                _cleanup_(freep) char *number = gcp_project_number(q, id);

                if ((strlen(id) == length && strncmp(id, id_or_number, length) == 0) ||
                    (number && strlen(number) == length &&
                     strncmp(number, id_or_number, length) == 0))
                        return id;
        }
        return NULL;
}

const json_t *gcp_project(const struct request *q, const char *id)
{
        return json_object_get(projects(q), id);
}

bool gcp_api_is_on(const json_t *project, const char *api)
{
        const json_t *apis = json_object_get(project, "apis"), *one;
        size_t i;

        json_array_foreach(apis, i, one)
        {
                if (json_is_string(one) && strcmp(json_string_value(one), api) == 0)
                        return true;
        }
        return !apis; /* not said: all are on */
}

/* ---- what the world does not spell out ---------------------------------------------------------
 */

static char *number_of(const struct request *q, const char *id)
{
        char *number = gcp_project_number(q, id);

        return number ? number : strdup(id);
}

static json_t *search_projects(const struct request *q)
{
        json_t *list = json_array(), *project;
        const char *id;

        json_object_foreach((json_t *)projects(q), id, project)
        {
                _cleanup_(freep) char *number = number_of(q, id);
                json_t *item = json_pack("{ss ss}", "projectId", id, "state", "ACTIVE");
                static const char *const kept[] = { "state", "parent", "displayName", "createTime",
                                                    "labels" };

                (void)json_object_set_new(item, "name", json_sprintf("projects/%s", number));
                for (size_t i = 0; i < ELEMENTSOF(kept); i++)
                        if (json_object_get(project, kept[i]))
                                (void)json_object_set(item, kept[i],
                                                      json_object_get(project, kept[i]));
                (void)json_array_append_new(list, item);
        }
        return json_pack("{so}", "projects", list);
}

/* Folders or organisations: {"<number>": {displayName, parent}} in the world. */
static json_t *search_named(const struct request *q, const char *kind)
{
        json_t *list = json_array(), *one;
        const char *number;

        json_object_foreach(world_at(q->sim->world, "gcp", kind), number, one)
        {
                json_t *item = json_copy(one);

                (void)json_object_set_new(item, "name", json_sprintf("%s/%s", kind, number));
                if (!json_object_get(item, "state"))
                        (void)json_object_set_new(item, "state", json_string("ACTIVE"));
                (void)json_array_append_new(list, item);
        }
        return json_pack("{so}", kind, list);
}

static json_t *service_item(const struct request *q, const char *id, const char *api, bool on)
{
        _cleanup_(freep) char *number = number_of(q, id);
        json_t *item = json_pack("{s{ss} ss}", "config", "name", api, "state",
                                 on ? "ENABLED" : "DISABLED");

        (void)json_object_set_new(item, "name",
                                  json_sprintf("projects/%s/services/%s", number, api));
        return item;
}

static json_t *services(const struct request *q, const char *id)
{
        json_t *list = json_array(), *one;
        size_t i;

        json_array_foreach(json_object_get(gcp_project(q, id), "apis"), i, one)
        {
                (void)json_array_append_new(list,
                                            service_item(q, id, json_string_value(one), true));
        }
        return json_pack("{so}", "services", list);
}

/* Each that is named, on or off. */
static json_t *services_named(const struct request *q, const char *id)
{
        json_t *list = json_array(), *names = json_object_get(q->params, "names"), *name;
        json_auto_t *one = json_is_string(names) ? json_pack("[O]", names) : NULL;
        size_t i;

        json_array_foreach(one ? one : names, i, name)
        {
                const char *slash = strrchr(json_string_value(name), '/');

                if (slash)
                        (void)json_array_append_new(
                                list, service_item(q, id, slash + 1,
                                                   gcp_api_is_on(gcp_project(q, id), slash + 1)));
        }
        return json_pack("{so}", "services", list);
}

static void add_ancestor(json_t *list, const char *name)
{
        size_t n = strcspn(name, "/");
        char type[32];

        (void)snprintf(type, sizeof(type), "%.*s", n > 0 ? (int)n - 1 : 0, name);
        (void)json_array_append_new(list, json_pack("{s{ss ss}}", "resourceId", "type", type, "id",
                                                    name[n] ? name + n + 1 : ""));
}

/* From the project up. */
static json_t *ancestry(const struct request *q, const char *id)
{
        const char *parent = json_member_string(gcp_project(q, id), "parent");
        json_t *list = json_pack("[{s{ss ss}}]", "resourceId", "type", "project", "id", id);

        for (int depth = 0; parent && depth < 16; depth++) {
                add_ancestor(list, parent);
                parent = strncmp(parent, "folders/", 8) == 0
                                 ? json_member_string(
                                           world_at(q->sim->world, "gcp", "folders", parent + 8),
                                           "parent")
                                 : NULL;
        }
        return json_pack("{so}", "ancestor", list);
}

json_t *gcp_made_up(const struct request *q, const char *service, const char *path)
{
        bool manager = strcmp(service, "cloudresourcemanager") == 0;
        const char *id = q->account;

        if (manager && strcmp(path, "/v3/projects:search") == 0)
                return search_projects(q);
        if (manager && strcmp(path, "/v3/folders:search") == 0)
                return search_named(q, "folders");
        if (manager && strcmp(path, "/v3/organizations:search") == 0)
                return search_named(q, "organizations");
        if (!gcp_project(q, id))
                return NULL;
        if (manager && strstr(path, ":getAncestry"))
                return ancestry(q, id);
        if (strcmp(service, "serviceusage") == 0 && strstr(path, "/services:batchGet"))
                return services_named(q, id);
        if (strcmp(service, "serviceusage") == 0 && strstr(path, "/services"))
                return services(q, id);
        return NULL;
}
