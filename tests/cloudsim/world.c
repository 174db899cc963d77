#include "tests/cloudsim/world.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "daemon/base/number.h"
#include "daemon/base/yaml.h"
#include "tests/cloudsim/iam.h"
#include "tests/cloudsim/synthetic.h"

enum { DEPTH_MAX = 16 };

/* Where checking stands: the keys from the root down, so that an error can name the place. */
struct checker {
        const struct yaml *yaml;
        const char *file;
        const char *keys[DEPTH_MAX];
        size_t depth;
        bool part; /* of a world in several files: what is required may stand in another */
        struct error *err;
};

struct key_rule {
        const char *key;
        json_type type;
        bool required;
};

json_t *world_follow(const json_t *root, const char *const *keys)
{
        const json_t *at = root;

        while (at && *keys)
                at = json_object_get(at, *keys++);
        return (json_t *)at;
}

/* Follows the keys through the nodes; the deepest that exists is the place. */
static struct yaml_place locate(yaml_document_t *document, const struct checker *c)
{
        yaml_node_t *node = yaml_document_get_root_node(document);
        struct yaml_place place = { 1, 1 };

        for (size_t i = 0; node && i < c->depth && node->type == YAML_MAPPING_NODE; i++) {
                yaml_node_t *next = NULL;

                for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
                     p < node->data.mapping.pairs.top; p++) {
                        yaml_node_t *key = yaml_document_get_node(document, p->key);

                        if (key->type != YAML_SCALAR_NODE ||
                            strcmp((char *)key->data.scalar.value, c->keys[i]) != 0)
                                continue;
                        place.line = (int)key->start_mark.line + 1;
                        place.column = (int)key->start_mark.column + 1;
                        next = yaml_document_get_node(document, p->value);
                }
                node = next;
        }
        return place;
}

static int refuse(struct checker *c, const char *what, const char *key)
{
        _cleanup_(fclosep) FILE *f = fopen(c->file, "re");
        struct yaml_place place = { 1, 1 };
        yaml_document_t document;
        yaml_parser_t parser;

        if (f && yaml_parser_initialize(&parser)) {
                yaml_parser_set_input_file(&parser, f);
                if (yaml_parser_load(&parser, &document)) {
                        place = locate(&document, c);
                        yaml_document_delete(&document);
                }
                yaml_parser_delete(&parser);
        }
        return yaml_error_at(c->yaml, place, c->err, "%s: %s", key, what);
}

static bool push(struct checker *c, const char *key)
{
        if (c->depth == DEPTH_MAX)
                return false;
        c->keys[c->depth++] = key;
        return true;
}

static const char *type_name(json_type type)
{
        static const char *const names[] = { "a mapping",      "a list",   "a text",
                                             "a whole number", "a number", "true",
                                             "true or false" };

        return type <= JSON_TRUE ? names[type] : "a value";
}

static bool has_type(const json_t *value, json_type type)
{
        return type == JSON_NULL || json_typeof(value) == type ||
               (type == JSON_TRUE && json_is_boolean(value)) ||
               (type == JSON_REAL && json_is_number(value));
}

/* Every key of object is known and of its type; NULL rules end the list. */
static int check_keys(struct checker *c, json_t *object, const struct key_rule *rules)
{
        const char *key;
        json_t *value;

        if (!json_is_object(object))
                return refuse(c, "must be a mapping", c->depth ? c->keys[c->depth - 1] : "world");
        json_object_foreach(object, key, value)
        {
                const struct key_rule *r = rules;
                char what[64];
                int e = 0;

                while (r->key && strcmp(r->key, key) != 0)
                        r++;
                (void)push(c, key);
                (void)snprintf(what, sizeof(what), "must be %s", type_name(r->type));
                if (!r->key)
                        e = refuse(c, "unknown key", key);
                else if (!has_type(value, r->type))
                        e = refuse(c, what, key);
                c->depth--;
                if (e < 0)
                        return e;
        }
        for (const struct key_rule *r = rules; r->key; r++)
                if (r->required && !c->part && !json_object_get(object, r->key))
                        return refuse(c, "is missing", r->key);
        return 0;
}

static const struct key_rule world_rules[] = {
        { "world", JSON_STRING, false },
        { "aws", JSON_OBJECT, false },
        { "azure", JSON_OBJECT, false },
        { "gcp", JSON_OBJECT, false },
        { "ovh", JSON_OBJECT, false },
        { "scaleway", JSON_OBJECT, false },
        { "huggingface", JSON_OBJECT, false },
        { "mistral", JSON_OBJECT, false },
        { "replicate", JSON_OBJECT, false },
        { "metadata", JSON_OBJECT, false },
        { "settings", JSON_OBJECT, false },
        { "faults", JSON_ARRAY, false },
        { "budgets", JSON_ARRAY, false },
        { "synthetic", JSON_OBJECT, false },
        { 0 },
};
static const struct key_rule aws_rules[] = {
        { "accounts", JSON_OBJECT, true },       { "organization", JSON_OBJECT, false },
        { "organizations", JSON_OBJECT, false }, { "absent", JSON_OBJECT, false },
        { "buckets", JSON_OBJECT, false },       { "cockpit_tokens", JSON_ARRAY, false },
        { "metrics", JSON_OBJECT, false },       { 0 },
};
static const struct key_rule account_rules[] = {
        { "name", JSON_STRING, false },
        { "partition", JSON_STRING, false },
        { "keys", JSON_ARRAY, false },
        { "roles", JSON_OBJECT, false },
        { "regions", JSON_OBJECT, true },
        { "services", JSON_OBJECT, false },
        { "synthetic", JSON_OBJECT, false },
        { "state", JSON_STRING, false },
        { "status", JSON_STRING, false },
        { "path", JSON_STRING, false },
        { 0 },
};
static const struct key_rule regions_rules[] = {
        { "enabled", JSON_ARRAY, true },
        { "disabled", JSON_ARRAY, false },
        { 0 },
};
static const struct key_rule role_rules[] = {
        { "trusted", JSON_ARRAY, false },
        { "external_id", JSON_STRING, false },
        { "web_identity", JSON_ARRAY, false },
        { "lifetime_seconds", JSON_INTEGER, false },
        { "policies", JSON_ARRAY, false },
        { "policy_file", JSON_NULL, false }, /* a text or a list: see iam.c */
        { 0 },
};
static const struct key_rule scaleway_rules[] = {
        { "organizations", JSON_OBJECT, true },
        { 0 },
};
static const struct key_rule organization_rules[] = {
        { "name", JSON_STRING, false },
        { "keys", JSON_ARRAY, true },
        { "projects", JSON_ARRAY, true },
        { "places", JSON_OBJECT, false },
        { "synthetic", JSON_OBJECT, false },
        { "buckets", JSON_OBJECT, false },
        { "cockpit_tokens", JSON_ARRAY, false },
        { "metrics", JSON_OBJECT, false },
        { 0 },
};

static const struct key_rule huggingface_rules[] = {
        { "tokens", JSON_OBJECT, true },
        { "resources", JSON_OBJECT, false },
        { 0 },
};
static const struct key_rule mistral_rules[] = {
        { "keys", JSON_OBJECT, true },
        { "admin_keys", JSON_OBJECT, false },
        { "workspaces", JSON_OBJECT, false },
        { "organization", JSON_OBJECT, false },
        { 0 },
};
static const struct key_rule replicate_rules[] = {
        { "tokens", JSON_OBJECT, true },
        { "accounts", JSON_OBJECT, false },
        { 0 },
};

static int check_secrets(struct checker *c, const json_t *keys)
{
        size_t i;
        json_t *key;
        int r = 0;

        (void)push(c, "keys");
        json_array_foreach(keys, i, key)
        {
                if (!json_is_string(json_object_get(key, "access_key")) ||
                    !json_is_string(json_object_get(key, "secret_key")))
                        r = refuse(c, "every key has access_key and secret_key, as texts", "keys");
        }
        c->depth--;
        return r;
}

static int check_services(struct checker *c, json_t *services)
{
        const char *region, *service;
        json_t *list, *operations;
        int r = 0;

        (void)push(c, "services");
        json_object_foreach(services, region, list)
        {
                (void)push(c, region);
                if (!json_is_object(list))
                        r = refuse(c, "must be a mapping of services", region);
                json_object_foreach(list, service, operations)
                {
                        (void)push(c, service);
                        if (r == 0 && !json_is_object(operations))
                                r = refuse(c, "must be a mapping of operations", service);
                        c->depth--;
                }
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_roles(struct checker *c, json_t *roles)
{
        const char *name;
        json_t *role;
        int r = 0;

        (void)push(c, "roles");
        json_object_foreach(roles, name, role)
        {
                (void)push(c, name);
                if (r == 0)
                        r = check_keys(c, role, role_rules);
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_account(struct checker *c, const char *id, json_t *account)
{
        int r;

        if (strlen(id) != 12 || strspn(id, "0123456789") != 12)
                return refuse(c, "an account is a quoted text of twelve digits", id);
        r = check_keys(c, account, account_rules);
        if (r == 0 && json_object_get(account, "regions")) {
                (void)push(c, "regions");
                r = check_keys(c, json_object_get(account, "regions"), regions_rules);
                c->depth--;
        }
        if (r == 0)
                r = check_secrets(c, json_object_get(account, "keys"));
        if (r == 0)
                r = check_roles(c, json_object_get(account, "roles"));
        return r < 0 ? r : check_services(c, json_object_get(account, "services"));
}

static const struct key_rule bucket_rules[] = {
        { "region", JSON_STRING, true },
        { "owner", JSON_STRING, true },
        { "lifecycle", JSON_OBJECT, false },
        { "versioning", JSON_OBJECT, false },
        { "object_lock", JSON_OBJECT, false },
        { "replication", JSON_OBJECT, false },
        { "encryption", JSON_OBJECT, false },
        { "policy", JSON_OBJECT, false },
        { 0 },
};

static int check_buckets(struct checker *c, json_t *buckets)
{
        const char *name;
        json_t *bucket;
        int r = 0;

        (void)push(c, "buckets");
        json_object_foreach(buckets, name, bucket)
        {
                (void)push(c, name);
                if (r == 0)
                        r = check_keys(c, bucket, bucket_rules);
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_aws(struct checker *c, json_t *aws)
{
        const char *id;
        json_t *account;
        int r = check_keys(c, aws, aws_rules);

        if (r == 0)
                r = check_buckets(c, json_object_get(aws, "buckets"));
        (void)push(c, "accounts");
        json_object_foreach(json_object_get(aws, "accounts"), id, account)
        {
                (void)push(c, id);
                if (r == 0)
                        r = check_account(c, id, account);
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_scaleway(struct checker *c, json_t *scaleway)
{
        const char *id;
        json_t *organization;
        int r = check_keys(c, scaleway, scaleway_rules);

        (void)push(c, "organizations");
        json_object_foreach(json_object_get(scaleway, "organizations"), id, organization)
        {
                (void)push(c, id);
                if (r == 0)
                        r = check_keys(c, organization, organization_rules);
                if (r == 0)
                        r = check_secrets(c, json_object_get(organization, "keys"));
                c->depth--;
        }
        c->depth--;
        return r;
}

static const struct key_rule azure_rules[] = {
        { "tenants", JSON_OBJECT, true },
        { "arm", JSON_OBJECT, false },
        { "graph", JSON_ARRAY, false },
        { "api_versions", JSON_OBJECT, false },
        { 0 },
};
static const struct key_rule tenant_rules[] = {
        { "domain", JSON_STRING, false },
        { "applications", JSON_ARRAY, false },
        { "users", JSON_ARRAY, false },
        { "managed_identity", JSON_OBJECT, false },
        { 0 },
};

/* A path of ARM begins with "/", and has a list or a thing. */
static int check_paths(struct checker *c, json_t *arm)
{
        const char *path;
        json_t *value;
        int r = 0;

        (void)push(c, "arm");
        json_object_foreach(arm, path, value)
        {
                (void)push(c, path);
                if (r == 0 && path[0] != '/')
                        r = refuse(c, "a path begins with /", path);
                if (r == 0 && !json_is_array(value) && !json_is_object(value))
                        r = refuse(c, "must be a list or a mapping", path);
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_azure(struct checker *c, json_t *azure)
{
        const char *id;
        json_t *tenant;
        int r = check_keys(c, azure, azure_rules);

        (void)push(c, "tenants");
        json_object_foreach(json_object_get(azure, "tenants"), id, tenant)
        {
                (void)push(c, id);
                if (r == 0)
                        r = check_keys(c, tenant, tenant_rules);
                c->depth--;
        }
        c->depth--;
        return r < 0 ? r : check_paths(c, json_object_get(azure, "arm"));
}

static const struct key_rule gcp_rules[] = {
        { "universe", JSON_STRING, false },
        { "projects", JSON_OBJECT, false },
        { "folders", JSON_OBJECT, false },
        { "organizations", JSON_OBJECT, false },
        { "service_accounts", JSON_ARRAY, false },
        { "users", JSON_ARRAY, false },
        { "pools", JSON_ARRAY, false },
        { "metadata", JSON_OBJECT, false },
        { "identity_url", JSON_OBJECT, false },
        { "absent", JSON_OBJECT, false },
        { "resources", JSON_OBJECT, false },
        { 0 },
};
static const struct key_rule project_rules[] = {
        { "number", JSON_NULL, false },
        { "parent", JSON_STRING, false },
        { "state", JSON_STRING, false },
        { "displayName", JSON_STRING, false },
        { "createTime", JSON_STRING, false },
        { "labels", JSON_OBJECT, false },
        { "apis", JSON_ARRAY, false },
        { "billing", JSON_TRUE, false },
        { 0 },
};

/* A key is host and path: "compute.googleapis.com/compute/v1/…". */
static int check_hosts(struct checker *c, json_t *resources)
{
        const char *key;
        json_t *value;
        int r = 0;

        (void)push(c, "resources");
        json_object_foreach(resources, key, value)
        {
                const char *slash = strchr(key, '/');

                (void)push(c, key);
                if (r == 0 && (!slash || slash == key || !memchr(key, '.', (size_t)(slash - key))))
                        r = refuse(c, "must be a host and a path", key);
                if (r == 0 && !json_is_array(value) && !json_is_object(value))
                        r = refuse(c, "must be a list or a mapping", key);
                c->depth--;
        }
        c->depth--;
        return r;
}

static int check_gcp(struct checker *c, json_t *gcp)
{
        const char *id;
        json_t *project;
        int r = check_keys(c, gcp, gcp_rules);

        (void)push(c, "projects");
        json_object_foreach(json_object_get(gcp, "projects"), id, project)
        {
                (void)push(c, id);
                if (r == 0)
                        r = check_keys(c, project, project_rules);
                c->depth--;
        }
        c->depth--;
        return r < 0 ? r : check_hosts(c, json_object_get(gcp, "resources"));
}

static const struct key_rule ovh_rules[] = {
        { "accounts", JSON_OBJECT, false },
        { "models", JSON_ARRAY, false },
        { 0 },
};
static const struct key_rule ovh_account_rules[] = {
        { "endpoint", JSON_STRING, false },        { "keys", JSON_ARRAY, false },
        { "service_accounts", JSON_ARRAY, false }, { "access_tokens", JSON_ARRAY, false },
        { "aie_key", JSON_STRING, false },         { "batches", JSON_ARRAY, false },
        { "suspended", JSON_ARRAY, false },        { "resources", JSON_OBJECT, false },
        { "first_page", JSON_INTEGER, false },     { 0 },
};

static int check_ovh(struct checker *c, json_t *ovh)
{
        const char *id;
        json_t *account;
        int r = check_keys(c, ovh, ovh_rules);

        (void)push(c, "accounts");
        json_object_foreach(json_object_get(ovh, "accounts"), id, account)
        {
                (void)push(c, id);
                if (r == 0)
                        r = check_keys(c, account, ovh_account_rules);
                c->depth--;
        }
        c->depth--;
        return r;
}

/* Providers whose part of a world is checked no deeper. */
static int check_parts(struct checker *c, json_t *world)
{
        static const struct {
                const char *provider;
                const struct key_rule *rules;
        } parts[] = {
                { "huggingface", huggingface_rules },
                { "mistral", mistral_rules },
                { "replicate", replicate_rules },
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(parts); i++) {
                json_t *part = json_object_get(world, parts[i].provider);

                if (!part)
                        continue;
                (void)push(c, parts[i].provider);
                r = check_keys(c, part, parts[i].rules);
                c->depth--;
        }
        return r;
}

static int check_world(struct checker *c, json_t *world)
{
        json_t *aws = json_object_get(world, "aws"), *azure = json_object_get(world, "azure");
        json_t *gcp = json_object_get(world, "gcp"), *scaleway = json_object_get(world, "scaleway");
        int r = check_keys(c, world, world_rules);

        if (r == 0 && aws) {
                (void)push(c, "aws");
                r = check_aws(c, aws);
                c->depth--;
        }
        if (r == 0 && azure) {
                (void)push(c, "azure");
                r = check_azure(c, azure);
                c->depth--;
        }
        if (r == 0 && gcp) {
                (void)push(c, "gcp");
                r = check_gcp(c, gcp);
                c->depth--;
        }
        if (r == 0 && json_object_get(world, "ovh")) {
                (void)push(c, "ovh");
                r = check_ovh(c, json_object_get(world, "ovh"));
                c->depth--;
        }
        if (r == 0 && scaleway) {
                (void)push(c, "scaleway");
                r = check_scaleway(c, scaleway);
                c->depth--;
        }
        return r < 0 ? r : check_parts(c, world);
}

/* An element of a list, by its index; NULL for what is none. */
static json_t *element(const json_t *list, const char *index)
{
        uint64_t i;

        if (number_parse_u64(index, &i) < 0)
                return NULL;
        return json_array_get(list, (size_t)i);
}

/* "settings.latency_ms", "aws.accounts.111122223333.keys.0.policy_file": the mappings on the way
 * are made when they are missing. */
static void override(json_t *world, const char *path, json_t *value)
{
        json_t *at = world;

        for (;;) {
                size_t n = strcspn(path, ".");
                char key[64];

                (void)snprintf(key, sizeof(key), "%.*s", (int)n, path);
                if (!path[n]) {
                        (void)json_object_set(at, key, value);
                        return;
                }
                if (json_is_array(at)) {
                        at = element(at, key);
                } else {
                        json_t *there = json_object_get(at, key);

                        if (!json_is_object(there) && !json_is_array(there))
                                (void)json_object_set_new(at, key, json_object());
                        at = json_object_get(at, key);
                }
                path += n + 1;
        }
}

/* Mappings are merged, lists and scalars of a later file take the place of what was there. */
static void merge(json_t *into, const json_t *from)
{
        const char *key;
        json_t *value, *there;

        json_object_foreach((json_t *)from, key, value)
        {
                there = json_object_get(into, key);
                if (json_is_object(there) && json_is_object(value))
                        merge(there, value);
                else
                        (void)json_object_set(into, key, value);
        }
}

static int load_file(const char *file, bool part, json_t *world, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *yaml = NULL;
        json_auto_t *read = NULL;
        struct checker c = { .file = file, .part = part, .err = err };
        int r = yaml_load_file(&yaml, file, err);

        if (r == 0)
                r = yaml_json(yaml, &read, err);
        c.yaml = yaml;
        if (r == 0)
                r = check_world(&c, read);
        if (r == 0)
                merge(world, read);
        return r;
}

static int is_yaml(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

/* Every file of a folder is a part of its world, in order of name. */
static int load_folder(const char *path, json_t *world, struct error *err)
{
        struct dirent **entries = NULL;
        int n = scandir(path, &entries, is_yaml, alphasort), r = 0;

        if (n <= 0)
                r = error_set(err, -ENOENT, "%s: no world.yaml", path);
        for (int i = 0; i < n; i++) {
                _cleanup_(freep) char *file = NULL;

                if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
                        file = NULL;
                if (r == 0)
                        r = file ? load_file(file, n > 1, world, err) : error_oom(err);
                free(entries[i]);
        }
        free(entries);
        return r;
}

/* Policies may stand in files: their names begin in the world's folder. */
static int policies_load(json_t *world, const char *path, bool is_folder, struct error *err)
{
        const char *slash = strrchr(path, '/');
        _cleanup_(freep) char *base = is_folder ? strdup(path)
                                      : slash   ? strndup(path, (size_t)(slash - path))
                                                : strdup(".");

        return base ? iam_load(world, base, err) : error_oom(err);
}

int world_load(const char *path, const json_t *overrides, json_t **ret, struct error *err)
{
        json_auto_t *world = json_object();
        const char *key;
        json_t *value;
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        r = S_ISDIR(st.st_mode) ? load_folder(path, world, err)
                                : load_file(path, false, world, err);
        if (r < 0)
                return r;
        json_object_foreach((json_t *)overrides, key, value)
        {
                override(world, key, value);
        }
        r = synthetic_expand(world, err);
        if (r == 0)
                r = policies_load(world, path, S_ISDIR(st.st_mode), err);
        if (r == 0)
                *ret = TAKE_PTR(world);
        return r;
}
