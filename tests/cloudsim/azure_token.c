#include "tests/cloudsim/azure.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/jwt.h"
#include "tests/cloudsim/world.h"

enum { LIFETIME_SECONDS = 3599, ASSERTION_SECONDS_MAX = 24 * 3600 };

#define TOKEN_PATH "/oauth2/v2.0/token"
#define BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

bool azure_token_claims(const struct request *q)
{
        size_t n = strlen(q->path), tail = strlen(TOKEN_PATH);

        return n > tail + 1 && strcmp(q->path + n - tail, TOKEN_PATH) == 0;
}

/* ---- refusing ----------------------------------------------------------------------------------
 */

static void refuse(struct request *q, unsigned status, const char *error, int number,
                   const char *message)
{
        json_auto_t *body = json_object();

        (void)json_object_set_new(body, "error", json_string(error));
        (void)json_object_set_new(
                body, "error_description",
                json_sprintf("AADSTS%d: %s Trace ID: 00000000-0000-0000-0000-000000000001 "
                             "Correlation ID: 00000000-0000-0000-0000-000000000002",
                             number, message));
        (void)json_object_set_new(body, "error_codes", json_pack("[i]", number));
        (void)json_object_set_new(body, "error_uri",
                                  json_sprintf("https://%s/error?code=%d", q->host, number));
        q->refused = true;
        reply_json(q, status, body);
}

/* A fault: code is the number of the AADSTS code, or a word. */
static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        int number = code ? atoi(code) : 0;

        if (number)
                refuse(q, status, "invalid_request", number, message ? message : "Refused.");
        else
                reply_text(q, status, "text/html", "<html><body>Service unavailable</body></html>");
}

/* ---- who asks ----------------------------------------------------------------------------------
 */

static const json_t *find_tenant(const struct request *q, const char *name, const char **ret_id)
{
        const char *id;
        json_t *tenant;

        json_object_foreach(world_at(q->sim->world, "azure", "tenants"), id, tenant)
        {
                const char *domain = json_member_string(tenant, "domain");

                if (strcasecmp(id, name) == 0 || (domain && strcasecmp(domain, name) == 0)) {
                        *ret_id = id;
                        return tenant;
                }
        }
        return NULL;
}

static const json_t *find_application(const json_t *tenant, const char *client)
{
        const json_t *application;
        size_t i;

        json_array_foreach(json_object_get(tenant, "applications"), i, application)
        {
                const char *id = json_member_string(application, "client_id");

                if (id && strcasecmp(id, client) == 0)
                        return application;
        }
        return NULL;
}

static bool is_past(const struct request *q, const char *time)
{
        uint64_t at;

        return time && clock_parse_iso8601(time, &at) == 0 && at <= sim_now_usec(q->sim);
}

/* ---- secrets -----------------------------------------------------------------------------------
 */

static bool check_secret(struct request *q, const json_t *application, const char *sent)
{
        const json_t *secret;
        size_t i;

        json_array_foreach(json_object_get(application, "secrets"), i, secret)
        {
                const char *text = json_member_string(secret, "secret");

                if (!text || strcmp(text, sent) != 0)
                        continue;
                if (!is_past(q, json_member_string(secret, "expires")))
                        return true;
                refuse(q, 401, "invalid_client", 7000222,
                       "The provided client secret keys for app are expired.");
                return false;
        }
        refuse(q, 401, "invalid_client", 7000215, "Invalid client secret provided.");
        return false;
}

/* ---- certificates ------------------------------------------------------------------------------
 */

/* Relative names begin in the world's folder. */
static X509 *read_certificate(const struct request *q, const char *name)
{
        const char *world = q->sim->world_path, *slash = strrchr(world, '/');
        _cleanup_(fclosep) FILE *f = NULL;
        _cleanup_(freep) char *path = NULL;
        struct stat st;
        int n;

        if (stat(world, &st) == 0 && S_ISDIR(st.st_mode))
                n = asprintf(&path, "%s/%s", world, name);
        else
                n = asprintf(&path, "%.*s/%s", slash ? (int)(slash - world) : 1,
                             slash ? world : ".", name);
        if (n < 0)
                path = NULL;
        f = path ? fopen(name[0] == '/' ? name : path, "re") : NULL;
        return f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
}

static bool is_thumbprint(const json_t *header, const char *key, X509 *certificate,
                          const EVP_MD *digest)
{
        const char *sent = json_member_string(header, key);
        unsigned char bytes[EVP_MAX_MD_SIZE];
        _cleanup_(freep) char *text = NULL;
        unsigned n = 0;

        if (!sent || X509_digest(certificate, digest, bytes, &n) != 1)
                return false;
        text = jwt_encode(bytes, n);
        return text && strcmp(text, sent) == 0;
}

/* Signed with the key of a certificate that is registered, and that the header names. */
static bool is_registered(const struct request *q, const json_t *application, const char *token,
                          const json_t *header)
{
        const json_t *name;
        bool good = false;
        size_t i;

        json_array_foreach(json_object_get(application, "certificates"), i, name)
        {
                X509 *certificate = read_certificate(q, json_string_value(name));

                if (certificate && (is_thumbprint(header, "x5t#S256", certificate, EVP_sha256()) ||
                                    is_thumbprint(header, "x5t", certificate, EVP_sha1())))
                        good |= jwt_signed_by(token, X509_get0_pubkey(certificate));
                X509_free(certificate);
        }
        return good;
}

static bool claim_is(const json_t *claims, const char *key, const char *wanted)
{
        const char *is = json_member_string(claims, key);

        return is && wanted && strcasecmp(is, wanted) == 0;
}

static bool is_in_time(const struct request *q, const json_t *claims)
{
        json_int_t now = (json_int_t)(sim_now_usec(q->sim) / USEC_PER_SEC);
        json_int_t from = json_integer_value(json_object_get(claims, "nbf"));
        json_int_t until = json_integer_value(json_object_get(claims, "exp"));

        now += q->effects.skew_usec / (json_int_t)USEC_PER_SEC;
        return until > now && until - now <= ASSERTION_SECONDS_MAX && from <= now + 300;
}

static bool check_certificate(struct request *q, const char *tenant, const json_t *application,
                              const char *token, const json_t *header, const json_t *claims)
{
        const char *client = json_member_string(application, "client_id");
        char audience[512];

        (void)snprintf(audience, sizeof(audience), "https://%s/%s" TOKEN_PATH, q->host, tenant);
        if (!claim_is(claims, "iss", client) || !claim_is(claims, "sub", client))
                refuse(q, 401, "invalid_client", 700021,
                       "Client assertion application identifier doesn't match 'client_id' "
                       "parameter.");
        else if (!is_registered(q, application, token, header))
                refuse(q, 401, "invalid_client", 700027,
                       "The certificate with identifier used to sign the client assertion is not "
                       "registered on application.");
        else if (!is_in_time(q, claims))
                refuse(q, 401, "invalid_client", 700024,
                       "Client assertion is not within its valid time range.");
        else if (strncmp(q->host, "127.", 4) != 0 && !claim_is(claims, "aud", audience))
                refuse(q, 401, "invalid_client", 700023,
                       "Client assertion audience claim does not match Realm issuer.");
        else
                return true;
        return false;
}

static bool check_federated(struct request *q, const json_t *application, const json_t *claims)
{
        const char *audience = azure_cloud_of(q->host)->exchange_audience;
        const json_t *trusted;
        size_t i;

        json_array_foreach(json_object_get(application, "federated"), i, trusted)
        {
                const char *own = json_member_string(trusted, "audience");

                if (!claim_is(claims, "iss", json_member_string(trusted, "issuer")))
                        continue;
                if (!claim_is(claims, "sub", json_member_string(trusted, "subject")))
                        refuse(q, 401, "invalid_client", 700213,
                               "No matching federated identity record found for presented "
                               "assertion subject.");
                else if (!claim_is(claims, "aud", own ? own : audience))
                        refuse(q, 401, "invalid_client", 700212,
                               "No matching federated identity record found for presented "
                               "assertion audience.");
                else if (!is_in_time(q, claims))
                        refuse(q, 401, "invalid_client", 700024,
                               "Client assertion is not within its valid time range.");
                else
                        return true;
                return false;
        }
        refuse(q, 401, "invalid_client", 700211,
               "No matching federated identity record found for presented assertion issuer.");
        return false;
}

static bool check_assertion(struct request *q, const char *tenant, const json_t *application,
                            const char *token)
{
        json_auto_t *header = NULL, *claims = NULL;
        char text[64];
        const char *type = request_param(q, "client_assertion_type", text);

        if (!type || strcmp(type, BEARER) != 0 || jwt_parts(token, &header, &claims) < 0) {
                refuse(q, 400, "invalid_request", 900144, "The assertion is no signed token.");
                return false;
        }
        if (json_object_get(header, "x5t") || json_object_get(header, "x5t#S256"))
                return check_certificate(q, tenant, application, token, header, claims);
        return check_federated(q, application, claims);
}

/* ---- granting ----------------------------------------------------------------------------------
 */

static bool check_client(struct request *q, const char *tenant, const json_t *application)
{
        char text[64];
        const char *sent = request_param(q, "client_secret", text);
        const char *assertion = request_param(q, "client_assertion", text);

        if (json_is_true(json_object_get(application, "disabled"))) {
                refuse(q, 401, "unauthorized_client", 7000112, "Application is disabled.");
                return false;
        }
        if (sent)
                return check_secret(q, application, sent);
        if (assertion)
                return check_assertion(q, tenant, application, assertion);
        refuse(q, 401, "invalid_client", 7000218,
               "The request body must contain the following parameter: 'client_assertion' or "
               "'client_secret'.");
        return false;
}

static void grant(struct request *q, const char *tenant, const json_t *who, const char *audience,
                  const char *refresh)
{
        json_int_t lifetime = json_integer_value(json_object_get(who, "lifetime_seconds"));
        json_auto_t *body = NULL;
        const char *token;

        if (lifetime <= 0)
                lifetime = LIFETIME_SECONDS;
        token = rest_issue(q->sim, azure_identity(tenant, who, audience),
                           (uint64_t)lifetime * USEC_PER_SEC);
        body = json_pack("{ss sI sI ss ss*}", "token_type", "Bearer", "expires_in", lifetime,
                         "ext_expires_in", lifetime, "access_token", token, "refresh_token",
                         refresh);
        reply_json(q, 200, body);
}

/* "https://management.azure.com/.default", alone or among others. */
static bool check_scope(struct request *q, char audience[static 128])
{
        const char *arm = azure_cloud_of(q->host)->arm;
        char wanted[128], old[128], text[64];
        const char *scope = request_param(q, "scope", text);

        (void)snprintf(audience, 128, "https://%s", arm);
        (void)snprintf(wanted, sizeof(wanted), "https://%s/.default", arm);
        (void)snprintf(old, sizeof(old), "https://management.core.windows.net//.default");
        if (scope && (strstr(scope, wanted) || strstr(scope, old)))
                return true;
        if (scope && strncmp(scope, "https://", 8) == 0 && strstr(scope, "/.default"))
                refuse(q, 400, "invalid_resource", 500011,
                       "The resource principal named was not found in the tenant.");
        else
                refuse(q, 400, "invalid_scope", 1002012,
                       "The provided value for scope is not valid. Client credential flows must "
                       "have a scope value with /.default suffixed to the resource identifier.");
        return false;
}

static void refresh(struct request *q, const char *id, const json_t *tenant)
{
        char text[2][64], audience[128];
        const char *token = request_param(q, "refresh_token", text[0]);
        const char *client = request_param(q, "client_id", text[1]);
        const json_t *user;
        size_t i;

        json_array_foreach(json_object_get(tenant, "users"), i, user)
        {
                const char *own = json_member_string(user, "refresh_token");

                if (!token || !own || strcmp(own, token) != 0 ||
                    !claim_is(user, "client_id", client))
                        continue;
                if (check_scope(q, audience))
                        grant(q, id, user, audience, own);
                return;
        }
        refuse(q, 400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.");
}

static void client_credentials(struct request *q, const char *id, const json_t *tenant)
{
        char text[64], audience[128];
        const char *client = request_param(q, "client_id", text);
        const json_t *application = client ? find_application(tenant, client) : NULL;

        if (!application)
                refuse(q, 400, "unauthorized_client", 700016,
                       "Application with identifier was not found in the directory.");
        else if (check_client(q, id, application) && check_scope(q, audience))
                grant(q, id, application, audience, NULL);
}

void azure_token_answer(struct request *q)
{
        char name[128], text[64];
        const char *id = NULL, *type;
        const json_t *tenant;

        (void)snprintf(name, sizeof(name), "%.*s", (int)(strlen(q->path) - strlen(TOKEN_PATH) - 1),
                       q->path + 1);
        tenant = find_tenant(q, name, &id);
        (void)snprintf(q->account, sizeof(q->account), "%.63s", id ? id : name);
        (void)snprintf(q->service, sizeof(q->service), "login");
        (void)snprintf(q->operation, sizeof(q->operation), "token");
        request_parse_pairs(q, buffer_text(&q->body));
        faults_match(q);
        reply_header(&q->reply, "x-ms-request-id", "sim-%llu",
                     (unsigned long long)q->sim->requests);
        if (faults_answer(q, fault_error))
                return;
        type = request_param(q, "grant_type", text);
        if (!tenant)
                refuse(q, 400, "invalid_request", 90002, "Tenant was not found.");
        else if (strcmp(q->method, "POST") != 0 || !type)
                refuse(q, 400, "invalid_request", 900144,
                       "The request body must contain the following parameter: 'grant_type'.");
        else if (strcmp(type, "refresh_token") == 0)
                refresh(q, id, tenant);
        else if (strcmp(type, "client_credentials") == 0)
                client_credentials(q, id, tenant);
        else
                refuse(q, 400, "unsupported_grant_type", 70003, "The grant type is not supported.");
}
