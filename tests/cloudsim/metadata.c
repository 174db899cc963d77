#include "tests/cloudsim/metadata.h"

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/world.h"

enum { LIFETIME_SECONDS = 21600 };

static bool is_local(const struct request *q)
{
        return strcmp(q->host, "localhost") == 0 || strncmp(q->host, "127.", 4) == 0 ||
               strncmp(q->host, "169.254.", 8) == 0;
}

static const json_t *part(const struct request *q, const char *name)
{
        return world_at(q->sim->world, "metadata", name);
}

static bool is_container(const struct request *q)
{
        const char *path = json_member_string(part(q, "container"), "path");

        return is_local(q) && path && strcmp(path, q->path) == 0;
}

static const char *kind_of(const struct request *q)
{
        if (is_local(q) && strncmp(q->path, "/latest/", 8) == 0)
                return part(q, "imds") ? "imds" : NULL;
        if (is_container(q))
                return "container";
        if (strncmp(q->host, "portal.sso.", 11) == 0 ||
            (is_local(q) && strcmp(q->path, "/federation/credentials") == 0))
                return "sso";
        if (strncmp(q->host, "oidc.", 5) == 0 || (is_local(q) && strcmp(q->path, "/token") == 0))
                return "oidc";
        return NULL;
}

bool metadata_claims(const struct request *q)
{
        return kind_of(q) && !request_header(q, "X-Auth-Token");
}

static void not_found(struct request *q)
{
        reply_text(q, 404, "text/plain", "");
}

static uint64_t lifetime(const json_t *conf)
{
        json_int_t seconds = json_integer_value(json_object_get(conf, "lifetime_seconds"));

        return (seconds > 0 ? (uint64_t)seconds : LIFETIME_SECONDS) * USEC_PER_SEC;
}

static json_t *issue(struct request *q, const json_t *conf, const char *account, const char *role,
                     const char **ret_key)
{
        const char *session = json_member_string(conf, "session");

        return identity_issue(q->sim, account, role, session ? session : "i-0a1b2c3d4e5f60718",
                              lifetime(conf), ret_key);
}

/* The document that instance metadata and the container endpoint share. */
static void reply_credentials(struct request *q, const json_t *conf)
{
        const char *account = json_member_string(conf, "account");
        const char *role = json_member_string(conf, "role"), *key;
        char now[CLOCK_TEXT_MAX], expires[CLOCK_TEXT_MAX];
        json_auto_t *body = NULL;
        json_t *identity;

        if (!account || !role) {
                not_found(q);
                return;
        }
        identity = issue(q, conf, account, role, &key);
        clock_format_rfc3339(
                (uint64_t)json_integer_value(json_object_get(identity, "expires_usec")), expires);
        body = json_pack(
                "{ss ss ss ss ss ss ss ss}", "Code", "Success", "Type", "AWS-HMAC", "LastUpdated",
                clock_format_rfc3339(sim_now_usec(q->sim), now), "AccessKeyId", key,
                "SecretAccessKey", json_member_string(identity, "secret"), "Token",
                json_member_string(identity, "token"), "Expiration", expires, "AccountId", account);
        reply_json(q, 200, body);
}

static void imds_token(struct request *q)
{
        const char *ttl = request_header(q, "X-aws-ec2-metadata-token-ttl-seconds");
        char hex[SHA256_HEX_MAX], seed[64];

        if (!ttl || strcmp(q->method, "PUT") != 0) {
                reply_text(q, strcmp(q->method, "PUT") == 0 ? 400 : 405, "text/plain", "");
                return;
        }
        (void)snprintf(seed, sizeof(seed), "imds %llu", (unsigned long long)q->sim->requests);
        digest_sha256_hex(seed, strlen(seed), hex);
        (void)json_object_set_new(q->sim->sessions, hex, json_true());
        reply_text(q, 200, "text/plain", hex);
        reply_header(&q->reply, "X-aws-ec2-metadata-token-ttl-seconds", "%s", ttl);
}

static void imds(struct request *q)
{
        static const char role_path[] = "/latest/meta-data/iam/security-credentials/";
        const json_t *conf = part(q, "imds");
        const char *token = request_header(q, "X-aws-ec2-metadata-token");
        const char *role = json_member_string(conf, "role");
        const char *rest = strncmp(q->path, role_path, strlen(role_path)) == 0
                                   ? q->path + strlen(role_path)
                                   : NULL;
        json_auto_t *body = NULL;

        if (strcmp(q->path, "/latest/api/token") == 0) {
                imds_token(q);
        } else if (!token || !json_object_get(q->sim->sessions, token)) {
                reply_text(q, 401, "text/plain", "");
        } else if (rest && !*rest && role) {
                reply_text(q, 200, "text/plain", role);
        } else if (rest && role && strcmp(rest, role) == 0) {
                reply_credentials(q, conf);
        } else if (strcmp(q->path, "/latest/dynamic/instance-identity/document") == 0) {
                body = json_pack("{ss? ss?}", "region", json_member_string(conf, "region"),
                                 "accountId", json_member_string(conf, "account"));
                reply_json(q, 200, body);
        } else {
                not_found(q);
        }
}

static void container(struct request *q)
{
        const json_t *conf = part(q, "container");
        const char *wanted = json_member_string(conf, "authorization");
        const char *sent = request_header(q, "Authorization");

        if (wanted && (!sent || strcmp(wanted, sent) != 0))
                reply_text(q, 401, "application/json",
                           "{\"code\":\"AccessDenied\",\"message\":\"invalid token\"}");
        else
                reply_credentials(q, conf);
}

static void sso_refuse(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *body = json_pack("{ss}", "message", message);

        reply_json(q, status, body);
        reply_header(&q->reply, "x-amzn-ErrorType", "%s", code);
}

/* GET /federation/credentials?account_id=…&role_name=… with the bearer of the sign-in. */
static void sso(struct request *q)
{
        const json_t *conf = part(q, "sso");
        const char *token = request_header(q, "x-amz-sso_bearer_token");
        const char *access = json_member_string(conf, "access_token"), *key;
        char text[2][64];
        const char *account = request_param(q, "account_id", text[0]);
        const char *role = request_param(q, "role_name", text[1]);
        json_auto_t *body = NULL;
        json_t *identity;

        if (!token || !access || strcmp(token, access) != 0) {
                sso_refuse(q, 401, "UnauthorizedException", "Session token not found or invalid");
                return;
        }
        if (!account || !role || !world_at(conf, "accounts", account)) {
                sso_refuse(q, 403, "ForbiddenException", "No access");
                return;
        }
        identity = issue(q, conf, account, role, &key);
        body = json_pack("{s{ss ss ss sI}}", "roleCredentials", "accessKeyId", key,
                         "secretAccessKey", json_member_string(identity, "secret"), "sessionToken",
                         json_member_string(identity, "token"), "expiration",
                         json_integer_value(json_object_get(identity, "expires_usec")) / 1000);
        reply_json(q, 200, body);
}

static bool same(const struct request *q, const char *param, const json_t *conf, const char *key)
{
        char text[64];
        const char *sent = request_param(q, param, text), *wanted = json_member_string(conf, key);

        return sent && wanted && strcmp(sent, wanted) == 0;
}

/* POST /token: the refresh token buys the access token that the portal takes. */
static void oidc(struct request *q)
{
        const json_t *conf = part(q, "sso");
        char text[64];
        const char *grant = request_param(q, "grantType", text);
        json_auto_t *body = NULL;

        if (!grant || strcmp(grant, "refresh_token") != 0 ||
            !same(q, "refreshToken", conf, "refresh_token") ||
            !same(q, "clientId", conf, "client_id") ||
            !same(q, "clientSecret", conf, "client_secret")) {
                body = json_pack("{ss ss}", "error", "invalid_grant", "error_description",
                                 "Invalid grant provided");
                reply_json(q, 400, body);
                return;
        }
        body = json_pack("{ss ss si ss}", "accessToken", json_member_string(conf, "access_token"),
                         "tokenType", "Bearer", "expiresIn", 28800, "refreshToken",
                         json_member_string(conf, "refresh_token"));
        reply_json(q, 200, body);
}

static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        reply_text(q, status, "text/plain", message ? message : "");
}

void metadata_answer(struct request *q)
{
        const char *kind = kind_of(q);

        (void)snprintf(q->provider, sizeof(q->provider), "aws");
        (void)snprintf(q->service, sizeof(q->service), "%s", kind);
        (void)snprintf(q->operation, sizeof(q->operation), "%.15s %.100s", q->method, q->path);
        request_parse_pairs(q, q->query);
        (void)request_parse_json(q);
        faults_match(q);
        if (faults_answer(q, fault_error))
                return;
        if (strcmp(kind, "imds") == 0)
                imds(q);
        else if (strcmp(kind, "container") == 0)
                container(q);
        else if (strcmp(kind, "sso") == 0)
                sso(q);
        else
                oidc(q);
}
