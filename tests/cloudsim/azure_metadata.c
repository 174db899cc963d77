#include "tests/cloudsim/azure.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/world.h"

enum { LIFETIME_SECONDS = 86399 };

#define IMDS_PATH "/metadata/identity/oauth2/token"
#define APP_SERVICE_PATH "/msi/token"

bool azure_metadata_claims(const struct request *q)
{
        return strcmp(q->path, IMDS_PATH) == 0 || strcmp(q->path, APP_SERVICE_PATH) == 0;
}

/* The managed identity of the world, which is one tenant's. */
static const json_t *find_identity(const struct request *q, const char **ret_tenant)
{
        const char *id;
        json_t *tenant;

        json_object_foreach(world_at(q->sim->world, "azure", "tenants"), id, tenant)
        {
                const json_t *identity = json_object_get(tenant, "managed_identity");

                *ret_tenant = id;
                if (identity)
                        return identity;
        }
        return NULL;
}

static void refuse(struct request *q, unsigned status, const char *error, const char *message)
{
        json_auto_t *body = json_pack("{ss ss}", "error", error, "error_description", message);

        reply_json(q, status, body);
}

static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        refuse(q, status, code ? code : "server_error", message ? message : "try later");
}

static bool header_is(const struct request *q, const char *name, const char *wanted)
{
        const char *sent = request_header(q, name);

        return sent && wanted && strcmp(sent, wanted) == 0;
}

static bool param_is(const struct request *q, const char *name, const char *wanted)
{
        char text[64];
        const char *sent = request_param(q, name, text);

        return sent && wanted && strcmp(sent, wanted) == 0;
}

/* Arc: the key in a file that only who may read it knows. */
static bool arc_knows_key(struct request *q, const json_t *identity)
{
        const char *key = json_member_string(identity, "key");
        const char *file = json_member_string(identity, "key_file");
        char wanted[256];

        (void)snprintf(wanted, sizeof(wanted), "Basic %s", key ? key : "");
        if (header_is(q, "Authorization", wanted))
                return true;
        refuse(q, 401, "unauthorized", "Unauthorized");
        reply_header(&q->reply, "WWW-Authenticate", "Basic realm=%s", file ? file : "");
        return false;
}

static bool is_asked_well(struct request *q, const json_t *identity)
{
        const char *kind = json_member_string(identity, "kind");

        if (!kind)
                kind = "imds";
        if (strcmp(kind, "app_service") == 0) {
                if (header_is(q, "X-IDENTITY-HEADER", json_member_string(identity, "header")) &&
                    param_is(q, "api-version", "2019-08-01"))
                        return true;
                refuse(q, 401, "unauthorized", "the header is missing or wrong");
                return false;
        }
        if (!header_is(q, "Metadata", "true")) {
                refuse(q, 400, "bad_request_102", "Required metadata header not specified");
                return false;
        }
        if (strcmp(kind, "arc") == 0)
                return param_is(q, "api-version", "2020-06-01") && arc_knows_key(q, identity);
        if (param_is(q, "api-version", "2018-02-01"))
                return true;
        refuse(q, 400, "bad_request", "Bad api-version");
        return false;
}

/* One that is assigned: the machine's own, or one that is named. */
static bool is_assigned(const struct request *q, const json_t *identity)
{
        char text[64];
        const char *asked = request_param(q, "client_id", text);
        const char *own = json_member_string(identity, "client_id");

        return identity && (!asked || (own && strcmp(own, asked) == 0));
}

static void reply_token(struct request *q, const char *tenant, const json_t *identity,
                        const char *resource)
{
        json_int_t lifetime = json_integer_value(json_object_get(identity, "lifetime_seconds"));
        size_t n = strlen(resource);
        char audience[128], in[32], on[32];
        json_auto_t *body = NULL;
        const char *token, *kind = json_member_string(identity, "kind");

        if (lifetime <= 0)
                lifetime = LIFETIME_SECONDS;
        (void)snprintf(audience, sizeof(audience), "%.*s",
                       (int)(n && resource[n - 1] == '/' ? n - 1 : n), resource);
        token = rest_issue(q->sim, azure_identity(tenant, identity, audience),
                           (uint64_t)lifetime * USEC_PER_SEC);
        (void)snprintf(in, sizeof(in), "%lld", (long long)lifetime);
        (void)snprintf(on, sizeof(on), "%lld",
                       (long long)(sim_now_usec(q->sim) / USEC_PER_SEC) + (long long)lifetime);
        body = json_pack("{ss ss? ss ss ss}", "access_token", token, "client_id",
                         json_member_string(identity, "client_id"), "expires_on", on, "resource",
                         resource, "token_type", "Bearer");
        if (!kind || strcmp(kind, "app_service") != 0)
                (void)json_object_set_new(body, "expires_in", json_string(in));
        reply_json(q, 200, body);
}

void azure_metadata_answer(struct request *q)
{
        const char *tenant = "", *resource;
        const json_t *identity = find_identity(q, &tenant);
        char text[64];

        (void)snprintf(q->account, sizeof(q->account), "%s", tenant);
        (void)snprintf(q->service, sizeof(q->service), "managed-identity");
        (void)snprintf(q->operation, sizeof(q->operation), "token");
        faults_match(q);
        if (faults_answer(q, fault_error))
                return;
        resource = request_param(q, "resource", text);
        if (!is_assigned(q, identity))
                refuse(q, 400, "invalid_request", "Identity not found");
        else if (!is_asked_well(q, identity))
                return;
        else if (!resource)
                refuse(q, 400, "invalid_request", "Required query variable 'resource' is missing");
        else
                reply_token(q, tenant, identity, resource);
}
