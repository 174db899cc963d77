#include "tests/cloudsim/gcp.h"

#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/world.h"

const char *gcp_universe(const struct request *q)
{
        const char *own = json_member_string(world_at(q->sim->world, "gcp"), "universe");

        return own ? own : "googleapis.com";
}

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);

        return n > m && text[n - m - 1] == '.' && strcmp(text + n - m, end) == 0;
}

bool gcp_claims(const struct request *q)
{
        return world_at(q->sim->world, "gcp") &&
               (ends_with(q->host, gcp_universe(q)) || ends_with(q->host, "googleapis.com") ||
                strcmp(q->host, "accounts.google.com") == 0 || gcp_metadata_claims(q));
}

void gcp_answer(struct request *q)
{
        (void)snprintf(q->provider, sizeof(q->provider), "gcp");
        (void)snprintf(q->region, sizeof(q->region), "global");
        request_parse_pairs(q, q->query);
        if (gcp_metadata_claims(q))
                gcp_metadata_answer(q);
        else if (gcp_token_claims(q))
                gcp_token_answer(q);
        else
                gcp_api_answer(q);
}

/* ---- errors ------------------------------------------------------------------------------------
 */

static const struct {
        unsigned status;
        const char *name;
} statuses[] = {
        { 400, "INVALID_ARGUMENT" },  { 401, "UNAUTHENTICATED" }, { 403, "PERMISSION_DENIED" },
        { 404, "NOT_FOUND" },         { 409, "ABORTED" },         { 429, "RESOURCE_EXHAUSTED" },
        { 500, "INTERNAL" },          { 501, "UNIMPLEMENTED" },   { 503, "UNAVAILABLE" },
        { 504, "DEADLINE_EXCEEDED" },
};

static const char *status_name(unsigned status)
{
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                if (statuses[i].status == status)
                        return statuses[i].name;
        return "UNKNOWN";
}

/* Names of statuses that stand beside another at the same number. */
static bool is_status(const char *code)
{
        static const char *const others[] = { "FAILED_PRECONDITION", "OUT_OF_RANGE", "CANCELLED" };

        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                if (strcmp(statuses[i].name, code) == 0)
                        return true;
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(others[i], code) == 0)
                        return true;
        return false;
}

static void write_error(struct request *q, unsigned status, const char *name, const char *message,
                        json_t *details_take)
{
        json_t *error =
                json_pack("{si ss ss}", "code", (int)status, "message", message, "status", name);
        json_auto_t *body = json_pack("{so}", "error", error);

        if (details_take)
                (void)json_object_set_new(error, "details", details_take);
        q->refused = status == 401 || status == 403;
        reply_json(q, status, body);
}

void gcp_error_info(struct request *q, unsigned status, const char *reason, const char *message,
                    json_t *metadata_take)
{
        json_t *detail =
                json_pack("{ss ss ss so}", "@type", "type.googleapis.com/google.rpc.ErrorInfo",
                          "reason", reason, "domain", "googleapis.com", "metadata",
                          metadata_take ? metadata_take : json_object());

        write_error(q, status, status_name(status), message, json_pack("[o]", detail));
}

/* Lower-case codes are the older APIs': errors[].reason. */
static void write_legacy(struct request *q, unsigned status, const char *reason,
                         const char *message)
{
        json_auto_t *body = json_pack("{s{si ss s[{ss ss ss}]}}", "error", "code", (int)status,
                                      "message", message, "errors", "message", message, "domain",
                                      "usageLimits", "reason", reason);

        /* too fast is for now, and said with 403, too */
        q->refused = (status == 401 || status == 403) && !strstr(reason, "imitExceeded");
        reply_json(q, status, body);
}

void gcp_error(struct request *q, unsigned status, const char *code, const char *message)
{
        const char *text = message ? message : "refused";

        if (!code || is_status(code))
                write_error(q, status, code ? code : status_name(status), text, NULL);
        else if (code[0] >= 'a' && code[0] <= 'z')
                write_legacy(q, status, code, text);
        else
                gcp_error_info(q, status, code, text, NULL);
}

/* ---- who asks ----------------------------------------------------------------------------------
 */

json_t *gcp_identity(const json_t *who, const char *scopes)
{
        const char *email = json_member_string(who, "email");
        json_t *permissions = json_object_get(who, "permissions");
        json_t *identity =
                json_pack("{ss ss}", "email", email ? email : "", "scopes", scopes ? scopes : "");

        if (permissions)
                (void)json_object_set(identity, "permissions", permissions);
        if (json_object_get(who, "refresh_token"))
                (void)json_object_set_new(identity, "user", json_true());
        return identity;
}

const json_t *gcp_service_account(const struct request *q, const char *email)
{
        const json_t *one;
        size_t i;

        json_array_foreach(world_at(q->sim->world, "gcp", "service_accounts"), i, one)
        {
                const char *own = json_member_string(one, "email");

                if (own && email && strcmp(own, email) == 0)
                        return one;
        }
        return NULL;
}

const json_t *gcp_authenticate(struct request *q)
{
        const json_t *identity = rest_bearer(q);

        if (!request_header(q, "Authorization")) {
                gcp_error_info(q, 401, "CREDENTIALS_MISSING",
                               "Request is missing required authentication credential.", NULL);
                return NULL;
        }
        if (!identity || rest_bearer_expired(q, identity)) {
                gcp_error_info(q, 401, "ACCESS_TOKEN_EXPIRED",
                               "Request had invalid authentication credentials.", NULL);
                q->refused = false; /* with a new token it is another request */
                return NULL;
        }
        if (!strstr(json_member_string(identity, "scopes"), GCP_SCOPE)) {
                gcp_error_info(q, 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                               "Request had insufficient authentication scopes.", NULL);
                return NULL;
        }
        return identity;
}
