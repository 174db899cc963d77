/* The token endpoint of a tenant: what is posted for each kind of credential, and what a refusal
 * means. */
#include "providers/azure/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/jwt.h"
#include "providers/secret.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

enum { PAIRS_MAX = 6, ASSERTION_SECONDS = 600, EARLY_SECONDS = 60 };

#define BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static char *token_url(const struct account *a)
{
        char *url = NULL;

        if (asprintf(&url, "http%s://%s%s/%s/oauth2/v2.0/token", a->authority.tls ? "s" : "",
                     a->authority.authority, a->authority.path, a->credentials.tenant) < 0)
                return NULL;
        return url;
}

/* ---- assertions ------------------------------------------------------------------------------ */

/* A fresh UUID of random digits (version 4). */
static bool make_id(char id[static 37])
{
        unsigned char b[16];

        if (RAND_bytes(b, sizeof(b)) != 1)
                return false;
        b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
        b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
        (void)snprintf(id, 37,
                       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                       b[13], b[14], b[15]);
        return true;
}

/* The form that Entra has always taken: RS256, the certificate known by its SHA-1 thumbprint. The
 * newer one (PS256 with x5t#S256) is nothing that libjwt 1.10 signs, and the two are not mixed. */
static int sign_assertion(const struct account *a, const char *url, uint64_t now_usec, char **ret,
                          struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        json_int_t now = (json_int_t)(azure_now(a, now_usec) / USEC_PER_SEC);
        json_auto_t *headers = json_pack("{ss}", "x5t", c->certificate.x5t);
        json_auto_t *claims = NULL;
        char id[37];

        if (!make_id(id))
                return error_set(err, -EIO, "no random numbers for the client assertion");
        claims = json_pack("{ss ss ss ss sI sI sI}", "aud", url, "iss", c->client_id, "sub",
                           c->client_id, "jti", id, "nbf", now - EARLY_SECONDS, "iat", now, "exp",
                           now + ASSERTION_SECONDS);
        if (!headers || !claims)
                return error_oom(err);
        if (c->send_chain && json_object_set(headers, "x5c", c->certificate.x5c) < 0)
                return error_oom(err);
        return jwt_rs256(headers, claims, c->certificate.key, ret, err);
}

/* The file is rotated by who mounts it: read for every request. */
static int read_federated(const struct account *a, char **ret, struct error *err)
{
        struct error local = { 0 };
        int r = secret_file_read(a->credentials.token_file, ret, &local);
        size_t skip;

        if (r < 0)
                return error_set(err, -EACCES,
                                 "the federated token: %.300s. Whoever projects it (the AKS "
                                 "webhook, the CI) has to be running",
                                 local.text);
        skip = strspn(*ret, " \t\r\n");
        memmove(*ret, *ret + skip, strlen(*ret + skip) + 1);
        for (const char *p = *ret; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~') {
                        secret_free(TAKE_PTR(*ret));
                        return error_set(err, -EACCES, "the federated token in %s is no token",
                                         a->credentials.token_file);
                }
        return 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int make_assertion(const struct account *a, const char *url, uint64_t now_usec, char **ret,
                          struct error *err)
{
        if (a->credentials.kind == AZURE_CERTIFICATE)
                return sign_assertion(a, url, now_usec, ret, err);
        if (a->credentials.kind == AZURE_FEDERATED)
                return read_federated(a, ret, err);
        return 0;
}

int azure_entra_request(struct account *a, uint64_t now_usec, struct message_request *req,
                        struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        bool login = c->kind == AZURE_CLI, asserts = c->kind != AZURE_SECRET && !login;
        _cleanup_(secret_freep) char *assertion = NULL;
        _cleanup_(freep) char *url = token_url(a);
        char scope[sizeof(a->audience) + 16];
        int r = url ? make_assertion(a, url, now_usec, &assertion, err) : error_oom(err);

        if (r < 0)
                return r;
        (void)snprintf(scope, sizeof(scope), "%s/.default", a->audience);
        const struct oauth_pair pairs[PAIRS_MAX] = {
                { "grant_type", login ? "refresh_token" : "client_credentials" },
                { "client_id", c->client_id },
                { login ? "refresh_token" : "client_secret", asserts ? NULL : c->secret },
                { "client_assertion_type", asserts ? BEARER : NULL },
                { "client_assertion", assertion },
                { "scope", scope },
        };
        r = oauth_request(req, url, pairs, PAIRS_MAX, err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

/* ---- being refused --------------------------------------------------------------------------- */

/* Our clock against the reply's: once, and only when it is off. */
static bool correct_clock(struct account *a, const struct message_reply *reply)
{
        uint64_t there_usec, here_usec = reply->received_usec;
        char date[64];

        if (a->offset_tried || !message_reply_header(reply, "date", date, sizeof(date)) ||
            clock_parse_http_date(date, &there_usec) < 0)
                return false;
        a->offset_tried = true;
        a->offset_usec = (int64_t)(there_usec - here_usec);
        return a->offset_usec > (int64_t)USEC_PER_MINUTE ||
               a->offset_usec < -(int64_t)USEC_PER_MINUTE;
}

static int refuse_for_good(struct account *a, struct error *err, const char *text)
{
        (void)snprintf(a->refused, sizeof(a->refused), "%s", text);
        azure_redact(a, a->refused);
        return error_set(err, -EACCES, "%s", a->refused);
}

static int refused_by_number(struct account *a, const struct message_reply *reply,
                             const struct oauth_error *e, struct error *err)
{
        const struct azure_aadsts *row = NULL;
        uint64_t code = e->n_codes ? e->codes[0] : 0;
        char text[sizeof(a->refused)];

        for (size_t i = 0; !row && i < e->n_codes; i++) {
                row = azure_aadsts_find(e->codes[i]);
                code = row ? row->code : code;
        }
        if (row && row->kind == AADSTS_LATER)
                return error_set(err, -EAGAIN, "Entra: AADSTS%llu, %s", (unsigned long long)code,
                                 row->what);
        if (row && row->kind == AADSTS_CLOCK && correct_clock(a, reply))
                return 0;
        if (row)
                (void)snprintf(text, sizeof(text), "%s (AADSTS%llu, tenant %.64s): %s", row->what,
                               (unsigned long long)code, a->credentials.tenant, row->action);
        else
                (void)snprintf(text, sizeof(text), "Entra refuses the sign-in (%.60s): %.300s",
                               e->error, e->description);
        return refuse_for_good(a, err, text);
}

int azure_entra_refusal(struct account *a, const struct message_reply *reply, struct error *err)
{
        struct oauth_error e;

        if (reply->transport != TRANSPORT_OK)
                return error_set(err, -EAGAIN, "the token endpoint %s does not answer: %.200s",
                                 a->authority.authority,
                                 reply->transport_text[0] ? reply->transport_text : "no reply");
        if (reply->status == 429 || reply->status >= 500)
                return error_set(err, -EAGAIN, "the token endpoint %s is busy or down (HTTP %d)",
                                 a->authority.authority, reply->status);
        if (!oauth_error_read(&e, reply))
                return error_set(err, -EBADMSG,
                                 "%s answers HTTP %d with something that is no answer of Entra: a "
                                 "proxy or portal, or a wrong authority",
                                 a->authority.authority, reply->status);
        return refused_by_number(a, reply, &e, err);
}
