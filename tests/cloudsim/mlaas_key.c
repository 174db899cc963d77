/* Whose key it is, what it may see, and errors in each provider's own shape. */
#include "tests/cloudsim/mlaas.h"

#include <string.h>
#include <strings.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/world.h"

/* ---- errors ------------------------------------------------------------------------------------
 */

static void huggingface_error(struct request *q, unsigned status, const char *code,
                              const char *message)
{
        json_auto_t *body = json_pack("{ss}", "error", message ? message : "Something went wrong");

        if (code)
                reply_header(&q->reply, "X-Error-Code", "%s", code);
        if (status == 429)
                reply_header(&q->reply, "RateLimit", "\"api\";r=0;t=1");
        reply_json(q, status, body);
}

static void replicate_error(struct request *q, unsigned status, const char *code,
                            const char *message)
{
        const char *detail = message         ? message
                             : status == 429 ? "Request was throttled. Your rate limit resets in "
                                               "~0s."
                                             : "Something went wrong";
        json_auto_t *body = json_pack("{ss ss si}", "title", code ? code : "Error", "detail",
                                      detail, "status", (int)status);

        reply_json(q, status, body);
}

static void mistral_error(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *body = json_pack("{ss ss ss si}", "object", "error", "message",
                                      message ? message : "Something went wrong", "type",
                                      code ? code : "error", "code", (int)status);

        reply_json(q, status, body);
}

void mlaas_error(struct request *q, unsigned status, const char *code, const char *message)
{
        if (strcmp(q->provider, "huggingface") == 0)
                huggingface_error(q, status, code, message);
        else if (strcmp(q->provider, "replicate") == 0)
                replicate_error(q, status, code, message);
        else
                mistral_error(q, status, code, message);
}

/* ---- who ---------------------------------------------------------------------------------------
 */

static bool refuse(struct mlaas_call *c, unsigned status, const char *message)
{
        c->q->refused = true;
        mlaas_error(c->q, status, status == 401 ? "Unauthenticated" : "Forbidden", message);
        return true;
}

static const char *bearer_of(const struct request *q)
{
        const char *header = request_header(q, "Authorization");

        return header && strncmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

/* Where keys stand in the world, by provider, and the Admin keys of Mistral. */
static const json_t *identity_of(struct mlaas_call *c, const char **ret_key)
{
        struct request *q = c->q;
        const char *bearer = bearer_of(q), *api_key = request_header(q, "x-api-key");
        const json_t *keys, *identity;
        bool by_bearer;

        *ret_key = bearer;
        if (c->who != MLAAS_MISTRAL)
                return bearer ? json_object_get(world_at(q->sim->world, q->provider, "tokens"),
                                                bearer)
                              : NULL;
        if (!c->operation || !c->operation->admin)
                return bearer ? json_object_get(world_at(q->sim->world, "mistral", "keys"), bearer)
                              : NULL;
        keys = world_at(q->sim->world, "mistral", "admin_keys");
        *ret_key = api_key ? api_key : bearer;
        identity = *ret_key ? json_object_get(keys, *ret_key) : NULL;
        by_bearer = identity && json_member_string(identity, "header") &&
                    strcmp(json_member_string(identity, "header"), "bearer") == 0;
        return by_bearer == (api_key == NULL) ? identity : NULL;
}

static bool has_expired(const struct request *q, const json_t *identity)
{
        const char *text = json_member_string(identity, "expires");
        uint64_t usec;

        if (text && clock_parse_iso8601(text, &usec) == 0 && usec <= sim_now_usec(q->sim))
                return true;
        return identity_expired(q->sim, q->access_key, identity);
}

/* The part of the world that the identity can see. */
static const json_t *resources_of(const struct mlaas_call *c)
{
        const json_t *world = c->q->sim->world;
        const char *account = c->q->account;

        if (c->who == MLAAS_HUGGINGFACE)
                return world_at(world, "huggingface", "resources");
        if (c->who == MLAAS_REPLICATE)
                return world_at(world, "replicate", "accounts", account, "resources");
        return c->operation && c->operation->admin
                       ? world_at(world, "mistral", "organization", "resources")
                       : world_at(world, "mistral", "workspaces", account);
}

void mlaas_identify(struct mlaas_call *c)
{
        static const char *const owners[MLAAS_MAX] = {
                [MLAAS_HUGGINGFACE] = "user",
                [MLAAS_REPLICATE] = "account",
                [MLAAS_MISTRAL] = "workspace",
        };
        struct request *q = c->q;
        const char *key = NULL, *owner;

        c->identity = identity_of(c, &key);
        if (!c->identity)
                return;
        owner = json_member_string(c->identity, owners[c->who]);
        (void)snprintf(q->account, sizeof(q->account), "%s", owner ? owner : "organization");
        (void)snprintf(q->access_key, sizeof(q->access_key), "%s", key);
        c->resources = resources_of(c);
}

/* ---- what it may -------------------------------------------------------------------------------
 */

static bool is_member(const struct mlaas_call *c, const char *namespace)
{
        json_t *name;
        size_t i;

        if (strcmp(c->q->account, namespace) == 0)
                return true;
        json_array_foreach(json_object_get(c->identity, "orgs"), i, name)
        {
                if (strcmp(json_string_value(name), namespace) == 0)
                        return true;
        }
        return false;
}

/* Tokens for reading may read all that their owner may; fine-grained ones what stands in them, and
 * what is used of it is counted. */
static bool has_right(const struct mlaas_call *c, const char *namespace, const char *prefix)
{
        const char *role = json_member_string(c->identity, "role");
        json_t *right;
        size_t i;

        if (!role || strcmp(role, "fineGrained") != 0)
                return true;
        json_array_foreach(world_at(c->identity, "scoped", namespace), i, right)
        {
                if (strncmp(json_string_value(right), prefix, strlen(prefix)) == 0)
                        return rest_allows(c->q, NULL, json_string_value(right));
        }
        return false;
}

bool mlaas_sees(const struct mlaas_call *c, const json_t *item)
{
        const char *id = json_member_string(item, "id");
        char owner[64];

        if (!json_is_true(json_object_get(item, "private")))
                return true;
        (void)snprintf(owner, sizeof(owner), "%.*s", (int)strcspn(id ? id : "", "/"), id ? id : "");
        return is_member(c, owner) && has_right(c, owner, "repo.content.read");
}

bool mlaas_refuse(struct mlaas_call *c)
{
        struct request *q = c->q;
        const char *right = c->operation ? c->operation->right : NULL;
        char text[64];
        const char *namespace = right ? request_param(q, "namespace", text) : NULL;

        if (!c->identity || has_expired(q, c->identity))
                return refuse(c, 401, "Invalid credentials");
        if (q->effects.denied)
                return refuse(c, 403,
                              q->effects.message && *q->effects.message ? q->effects.message
                                                                        : "Forbidden");
        if (namespace && !is_member(c, namespace))
                return refuse(c, strcmp(right, "job.") == 0 ? 403 : 401, "Unauthorized");
        if (namespace && !has_right(c, namespace, right))
                return refuse(c, 403, "missing permissions");
        return false;
}

/* ---- who is it ---------------------------------------------------------------------------------
 */

static json_t *scoped_of(const json_t *identity)
{
        json_t *list = json_array(), *rights;
        const char *name, *user = json_member_string(identity, "user");

        json_object_foreach(json_object_get(identity, "scoped"), name, rights)
        {
                bool own = strcmp(name, user) == 0;

                (void)json_array_append_new(list, json_pack("{s{ss ss ss} sO}", "entity", "_id",
                                                            "60f0", "type", own ? "user" : "org",
                                                            "name", name, "permissions", rights));
        }
        return list;
}

static json_t *huggingface_whoami(const struct mlaas_call *c)
{
        const char *role = json_member_string(c->identity, "role");
        json_t *orgs = json_array(), *name, *token;
        size_t i;

        json_array_foreach(json_object_get(c->identity, "orgs"), i, name)
        {
                (void)json_array_append_new(orgs, json_pack("{ss sO sO}", "type", "org", "name",
                                                            name, "fullname", name));
        }
        token = json_pack("{ss ss}", "displayName", "vigie", "role", role ? role : "read");
        if (role && strcmp(role, "fineGrained") == 0)
                (void)json_object_set_new(
                        token, "fineGrained",
                        json_pack("{s[] so}", "global", "scoped", scoped_of(c->identity)));
        return json_pack("{ss ss ss ss so s{ss so}}", "type", "user", "id", "60f0", "name",
                         c->q->account, "email", "vigie@hexagone.example", "orgs", orgs, "auth",
                         "type", "access_token", "accessToken", token);
}

json_t *mlaas_whoami(const struct mlaas_call *c)
{
        const char *account = c->q->account;
        const char *name = json_string_value(
                world_at(c->q->sim->world, "replicate", "accounts", account, "name"));

        if (c->who == MLAAS_HUGGINGFACE)
                return huggingface_whoami(c);
        return json_pack("{ss ss ss ss}", "type", "organization", "username", account, "name",
                         name ? name : account, "github_url", "https://github.example/hexagone");
}
