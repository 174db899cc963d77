#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/gcp.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/jwt.h"
#include "tests/cloudsim/sigv4.h"
#include "tests/cloudsim/world.h"

enum { LIFETIME_SECONDS = 3599, ASSERTION_SECONDS_MAX = 3600, CLOCK_SECONDS_MAX = 300 };

#define BECOME_END ":generateAccessToken"

static bool is_host(const struct request *q, const char *service)
{
        size_t n = strlen(service);

        return strncmp(q->host, service, n) == 0 && q->host[n] == '.';
}

bool gcp_token_claims(const struct request *q)
{
        return is_host(q, "oauth2") || is_host(q, "sts") || is_host(q, "iamcredentials") ||
               strcmp(q->host, "accounts.google.com") == 0;
}

/* ---- replies -----------------------------------------------------------------------------------
 */

static void refuse(struct request *q, unsigned status, const char *error, const char *message)
{
        json_auto_t *body = json_pack("{ss ss}", "error", error, "error_description", message);

        q->refused = true;
        reply_json(q, status, body);
}

static void fault_error(struct request *q, unsigned status, const char *code, const char *message)
{
        if (code && is_host(q, "iamcredentials"))
                gcp_error(q, status, code, message);
        else if (code)
                refuse(q, status, code, message ? message : "Refused.");
        else
                reply_text(q, status, "text/html", "<html><body>Error</body></html>");
}

static void grant(struct request *q, const json_t *who, const char *scopes)
{
        const char *token =
                rest_issue(q->sim, gcp_identity(who, scopes), LIFETIME_SECONDS * USEC_PER_SEC);
        json_auto_t *body = json_pack("{ss si ss}", "access_token", token, "expires_in",
                                      LIFETIME_SECONDS, "token_type", "Bearer");

        reply_json(q, 200, body);
}

/* ---- a key's assertion -------------------------------------------------------------------------
 */

/* Relative names begin in the world's folder. A private key serves as well: it has both halves. */
static EVP_PKEY *read_key(const struct request *q, const char *name)
{
        const char *world = q->sim->world_path, *slash = strrchr(world, '/');
        _cleanup_(fclosep) FILE *f = NULL;
        _cleanup_(freep) char *path = NULL;
        EVP_PKEY *key;
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
        if (!f)
                return NULL;
        key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
        if (!key) {
                rewind(f);
                key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        }
        return key;
}

static bool is_signed(const struct request *q, const json_t *account, const char *token,
                      const json_t *header)
{
        const char *file = json_member_string(account, "key_file");
        const char *own = json_member_string(account, "private_key_id");
        const char *kid = json_member_string(header, "kid");
        EVP_PKEY *key = file ? read_key(q, file) : NULL;
        bool good = key && (!own || (kid && strcmp(kid, own) == 0)) && jwt_signed_by(token, key);

        EVP_PKEY_free(key);
        return good;
}

/* aud is this endpoint, the times are near and an hour apart at most. */
static const char *bad_claims(const struct request *q, const json_t *claims)
{
        json_int_t now = (json_int_t)(sim_now_usec(q->sim) / USEC_PER_SEC) +
                         q->effects.skew_usec / (json_int_t)USEC_PER_SEC;
        json_int_t iat = json_integer_value(json_object_get(claims, "iat"));
        json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
        const char *aud = json_member_string(claims, "aud");
        char wanted[300];

        (void)snprintf(wanted, sizeof(wanted), "https://%s%s", q->host, q->path);
        if (!aud || strcmp(aud, wanted) != 0)
                return "Invalid JWT: Failed audience check.";
        if (iat > now + CLOCK_SECONDS_MAX || exp < now - CLOCK_SECONDS_MAX || exp <= iat ||
            exp - iat > ASSERTION_SECONDS_MAX)
                return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                       "reasonable timeframe. Check your iat and exp values in the JWT claim.";
        if (!json_member_string(claims, "scope"))
                return "Invalid OAuth scope or ID token audience provided.";
        return NULL;
}

static void jwt_bearer(struct request *q)
{
        char text[64];
        const char *token = request_param(q, "assertion", text), *bad;
        json_auto_t *header = NULL, *claims = NULL;
        const json_t *account;

        if (!token || jwt_parts(token, &header, &claims) < 0) {
                refuse(q, 400, "invalid_grant", "Bad Request");
                return;
        }
        account = gcp_service_account(q, json_member_string(claims, "iss"));
        bad = bad_claims(q, claims);
        if (!account)
                refuse(q, 400, "invalid_grant", "Invalid grant: account not found");
        else if (bad)
                refuse(q, 400, "invalid_grant", bad);
        else if (json_is_true(json_object_get(account, "disabled")))
                refuse(q, 400, "invalid_grant", "Invalid grant: account disabled");
        else if (!is_signed(q, account, token, header))
                refuse(q, 400, "invalid_grant", "Invalid JWT Signature.");
        else
                grant(q, account, json_member_string(claims, "scope"));
}

/* ---- refresh tokens ----------------------------------------------------------------------------
 */

static bool is_param(const struct request *q, const char *param, const json_t *who, const char *key)
{
        char text[64];
        const char *sent = request_param(q, param, text), *wanted = json_member_string(who, key);

        return sent && wanted && strcmp(sent, wanted) == 0;
}

static const json_t *find_user(const struct request *q)
{
        const json_t *user;
        size_t i;

        json_array_foreach(world_at(q->sim->world, "gcp", "users"), i, user)
        {
                if (is_param(q, "refresh_token", user, "refresh_token"))
                        return user;
        }
        return NULL;
}

static void refresh(struct request *q)
{
        const json_t *user = find_user(q);
        json_auto_t *body = NULL;

        if (!user) {
                refuse(q, 400, "invalid_grant", "Bad Request");
        } else if (!is_param(q, "client_id", user, "client_id") ||
                   !is_param(q, "client_secret", user, "client_secret")) {
                refuse(q, 401, "invalid_client", "The OAuth client was not found.");
        } else if (json_is_true(json_object_get(user, "revoked"))) {
                refuse(q, 400, "invalid_grant", "Token has been expired or revoked.");
        } else if (json_is_true(json_object_get(user, "rapt"))) {
                body = json_pack("{ss ss ss}", "error", "invalid_grant", "error_description",
                                 "reauth related error (invalid_rapt)", "error_subtype",
                                 "invalid_rapt");
                q->refused = true;
                reply_json(q, 400, body);
        } else {
                grant(q, user, GCP_SCOPE);
        }
}

/* Workforce pools: client and secret in the header. */
static void workforce_refresh(struct request *q)
{
        const json_t *user = find_user(q);
        const char *header = request_header(q, "Authorization");
        char plain[256], wanted[400] = "Basic ";

        if (user) {
                int n = snprintf(plain, sizeof(plain), "%s:%s",
                                 json_member_string(user, "client_id"),
                                 json_member_string(user, "client_secret"));

                (void)EVP_EncodeBlock((unsigned char *)wanted + 6, (unsigned char *)plain, n);
        }
        if (!user || !header || strcmp(header, wanted) != 0)
                refuse(q, 400, "invalid_grant", "The refresh token is not valid.");
        else
                grant(q, user, GCP_SCOPE);
}

/* ---- other identity providers' tokens ----------------------------------------------------------
 */

struct aws_headers {
        const json_t *list;
};

static const char *aws_header(void *userdata, const char *name)
{
        const struct aws_headers *h = userdata;
        const json_t *one;
        size_t i;

        json_array_foreach(h->list, i, one)
        {
                const char *key = json_member_string(one, "key");

                if (key && strcasecmp(key, name) == 0)
                        return json_member_string(one, "value");
        }
        return NULL;
}

/* What AWS would say of the request: signed with a key of the world. The account, or NULL. */
static const char *aws_account(const struct request *q, const json_t *signed_request,
                               const char *audience)
{
        struct aws_headers headers = { json_object_get(signed_request, "headers") };
        const char *url = json_member_string(signed_request, "url"), *question, *target, *secret;
        const char *authorization = aws_header(&headers, "authorization");
        unsigned char key[SHA256_BYTES];
        char signature[SHA256_HEX_MAX];
        struct sigv4_authorization a;
        const json_t *identity;

        target = aws_header(&headers, "x-goog-cloud-target-resource");
        if (!url || !authorization || !target || strcmp(target, audience) != 0 ||
            strncmp(url, "https://sts.", 12) != 0 || sigv4_parse(authorization, &a) < 0 ||
            !sigv4_is_signed(&a, "x-goog-cloud-target-resource"))
                return NULL;
        question = strchr(url, '?');
        const struct sigv4_message m = { .method = "POST",
                                         .path = "/",
                                         .query = question ? question + 1 : "",
                                         .body = "",
                                         .header = aws_header,
                                         .userdata = &headers };

        identity = identity_find(q->sim, a.access_key);
        secret = json_member_string(identity, "secret");
        if (!secret)
                return NULL;
        sigv4_key(&a, secret, key);
        if (sigv4_signature(&m, &a, key, signature) < 0 || strcmp(signature, a.signature) != 0)
                return NULL;
        return json_member_string(identity, "account");
}

static bool has_text(const json_t *list, const char *text)
{
        const json_t *one;
        size_t i;

        json_array_foreach(list, i, one)
        {
                if (text && json_is_string(one) && strcmp(json_string_value(one), text) == 0)
                        return true;
        }
        return false;
}

static bool pool_accepts(const struct request *q, const json_t *pool, const char *audience,
                         const char *type, const char *token)
{
        _cleanup_(freep) char *plain = NULL;
        json_auto_t *signed_request = NULL;

        if (!strstr(type, ":aws:"))
                return has_text(json_object_get(pool, "tokens"), token);
        plain = request_decode(token, strlen(token));
        signed_request = plain ? json_loads(plain, 0, NULL) : NULL;
        return has_text(json_object_get(pool, "aws_accounts"),
                        aws_account(q, signed_request, audience));
}

static void exchange(struct request *q)
{
        char text[4][64];
        const char *audience = request_param(q, "audience", text[0]);
        const char *token = request_param(q, "subject_token", text[1]);
        const char *type = request_param(q, "subject_token_type", text[2]);
        const json_t *pool = NULL, *one;
        size_t i;

        json_array_foreach(world_at(q->sim->world, "gcp", "pools"), i, one)
        {
                const char *own = json_member_string(one, "audience");

                if (audience && own && strcmp(own, audience) == 0)
                        pool = one;
        }
        if (!pool)
                refuse(q, 400, "invalid_target",
                       "The target service indicated by the \"audience\" parameters is invalid.");
        else if (!token || !type)
                refuse(q, 400, "invalid_request", "Invalid value for \"subject_token\".");
        else if (!pool_accepts(q, pool, audience, type, token))
                refuse(q, 400, "invalid_grant", "The subject token is not accepted.");
        else
                grant(q, pool, request_param(q, "scope", text[3]));
}

/* ---- becoming a service account ----------------------------------------------------------------
 */

static void become(struct request *q)
{
        const char *from = strstr(q->path, "/serviceAccounts/"), *token;
        const json_t *identity = gcp_authenticate(q), *account, *allowed;
        uint64_t end = sim_now_usec(q->sim) + LIFETIME_SECONDS * USEC_PER_SEC;
        char email[128] = "", time[CLOCK_TEXT_MAX];
        json_auto_t *body = NULL;

        if (!identity)
                return;
        from = from ? from + strlen("/serviceAccounts/") : "";
        (void)snprintf(email, sizeof(email), "%.*s", (int)strcspn(from, ":"), from);
        account = gcp_service_account(q, email);
        allowed = json_object_get(account, "impersonators");
        if (!account) {
                gcp_error(q, 404, "NOT_FOUND", "Not found; Gaia id not found for email.");
                return;
        }
        if (allowed && !has_text(allowed, json_member_string(identity, "email"))) {
                gcp_error_info(
                        q, 403, "IAM_PERMISSION_DENIED",
                        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource "
                        "(or it may not exist).",
                        json_pack("{ss}", "permission", "iam.serviceAccounts.getAccessToken"));
                return;
        }
        token = rest_issue(q->sim, gcp_identity(account, GCP_SCOPE),
                           LIFETIME_SECONDS * USEC_PER_SEC);
        body = json_pack("{ss ss}", "accessToken", token, "expireTime",
                         clock_format_rfc3339(end, time));
        reply_json(q, 200, body);
}

void gcp_token_answer(struct request *q)
{
        char text[64];
        bool is_become = strstr(q->path, BECOME_END) != NULL;
        const char *type;

        (void)snprintf(q->service, sizeof(q->service), "%.*s", (int)strcspn(q->host, "."), q->host);
        (void)snprintf(q->operation, sizeof(q->operation), "%s",
                       is_become ? "serviceAccounts.generateAccessToken" : "token");
        if (is_become)
                (void)request_parse_json(q);
        else
                request_parse_pairs(q, buffer_text(&q->body));
        faults_match(q);
        if (faults_answer(q, fault_error))
                return;
        type = request_param(q, "grant_type", text);
        if (is_become)
                become(q);
        else if (!type)
                refuse(q, 400, "invalid_request", "Required parameter is missing: grant_type");
        else if (is_host(q, "sts") && strcmp(type, "refresh_token") == 0)
                workforce_refresh(q);
        else if (is_host(q, "sts"))
                exchange(q);
        else if (strcmp(type, "refresh_token") == 0)
                refresh(q);
        else
                jwt_bearer(q);
}
