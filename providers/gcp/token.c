/* Tokens: of a key's assertion, of a refresh token, of another identity provider's token, of a
 * service account to become. And what refusals mean, in plain words. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/jwt.h"
#include "providers/secret.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define LOGIN_AGAIN "run 'gcloud auth application-default login' again"

enum { ASSERTION_LIFE_S = 3600, BASIC_BYTES_MAX = 1024 };

/* ---- what a refusal says ----------------------------------------------------------------------
 */

/* What token endpoints say of a kind of credentials, most telling first; says "" fits any. */
static const struct refusal {
        enum gcp_source_kind kind;
        const char *error, *says, *means;
} refusals[] = {
        { GCP_SERVICE_ACCOUNT, "invalid_grant", "reasonable timeframe",
          "this machine's clock is wrong: set it (timedatectl set-ntp true)" },
        { GCP_SERVICE_ACCOUNT, "invalid_grant", "Invalid JWT Signature",
          "the key was deleted or disabled, or is of another account: create a new one" },
        { GCP_SERVICE_ACCOUNT, "invalid_grant", "account not found",
          "the service account does not exist any more" },
        { GCP_SERVICE_ACCOUNT, "invalid_grant", "",
          "the key was deleted or disabled, its service account is gone, or this machine's clock "
          "is wrong" },
        { GCP_SERVICE_ACCOUNT, "invalid_client", "",
          "the service account is unknown: is the key file whole?" },
        { GCP_SERVICE_ACCOUNT, "unauthorized_client", "",
          "the service account may not ask for this scope" },
        { GCP_USER, "invalid_grant", "invalid_rapt",
          "the organisation wants people to sign in again: " LOGIN_AGAIN
          ", or use a service account" },
        { GCP_USER, "invalid_grant", "", "the sign-in was revoked or has ended: " LOGIN_AGAIN },
        { GCP_USER, "invalid_client", "", "the OAuth client is unknown: " LOGIN_AGAIN },
        { GCP_USER, "deleted_client", "", "the OAuth client was deleted: " LOGIN_AGAIN },
        { GCP_USER, "", "", LOGIN_AGAIN },
        { GCP_EXTERNAL_USER, "", "", "sign in to the workforce pool again" },
};

static const struct refusal *refusal_find(enum gcp_source_kind kind, const struct oauth_error *e)
{
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                const struct refusal *r = &refusals[i];

                if (r->kind == kind && (r->error[0] == '\0' || strcmp(r->error, e->error) == 0) &&
                    (strstr(e->description, r->says) || strcmp(e->subtype, r->says) == 0))
                        return r;
        }
        return NULL;
}

static const char *means(enum gcp_source_kind kind, const struct oauth_error *e)
{
        const struct refusal *r = refusal_find(kind, e);

        if (r)
                return r->means;
        if (strcmp(e->error, "invalid_target") == 0)
                return "the pool or provider in 'audience' does not exist, or is disabled";
        return "does the pool's provider accept this issuer, audience and subject?";
}

/* Who the credentials are, for people. */
static const char *who(const struct gcp_source *s)
{
        return s->email ? s->email : s->audience ? s->audience : s->client_id ? s->client_id : "";
}

static const char *host_of(const char *url)
{
        const char *from = strstr(url, "://");

        return from ? from + 3 : url;
}

static int token_refused(const struct gcp_at *at, const struct message_reply *reply,
                         struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        const char *host = host_of(s->token_url);
        struct oauth_error e;
        char text[300];

        if (gcp_passes(reply))
                return error_set(err, -EAGAIN, "the token endpoint %.*s does not answer: %s",
                                 (int)strcspn(host, "/"), host, gcp_outcome(reply, text));
        if (!oauth_error_read(&e, reply))
                return error_set(err, -EACCES,
                                 "%.*s answers %s, and no token endpoint's error: a proxy?",
                                 (int)strcspn(host, "/"), host, gcp_outcome(reply, text));
        if (strcmp(e.error, "invalid_grant") == 0 && s->kind == GCP_SERVICE_ACCOUNT &&
            gcp_learn_offset(at, reply))
                return 0; /* once more, by their clock */
        return error_set(err, -EACCES, "%.120s is refused (%s%s%.150s): %s", who(s), e.error,
                         e.description[0] ? ": " : "", e.description, means(s->kind, &e));
}

static int take_token(const struct gcp_at *at, const struct message_reply *reply, struct error *err)
{
        int r;

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return token_refused(at, reply, err);
        r = oauth_token_read(&at->flow->have, reply, gcp_now(at->account, at->now_usec), err);
        if (r == 0)
                at->flow->step = GCP_BECOME;
        return r;
}

/* ---- a key's assertion ------------------------------------------------------------------------
 */

/* What the API itself takes says the scope and no endpoint. */
static int assertion(const struct gcp_at *at, bool self_signed, char **ret, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        json_int_t now = (json_int_t)(gcp_now(at->account, at->now_usec) / USEC_PER_SEC);
        json_auto_t *headers = json_object();
        json_auto_t *claims = json_pack("{s:s, s:s, s:I, s:I}", "iss", s->email, "scope", SCOPE,
                                        "iat", now, "exp", now + ASSERTION_LIFE_S);

        if (!headers || !claims)
                return error_oom(err);
        if (s->private_key_id)
                (void)json_set_string(headers, "kid", s->private_key_id);
        (void)json_set_string(claims, self_signed ? "sub" : "aud",
                              self_signed ? s->email : s->token_url);
        return jwt_rs256(headers, claims, s->private_key, ret, err);
}

static int ask_assert(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        bool self_signed = !gcp_has_token_endpoint(s);
        _cleanup_(secret_freep) char *jwt = NULL;
        int r = assertion(at, self_signed, &jwt, err);

        if (r < 0)
                return r;
        if (self_signed) {
                at->flow->have.access_token = TAKE_PTR(jwt);
                at->flow->have.expires_usec =
                        gcp_now(at->account, at->now_usec) + ASSERTION_LIFE_S * USEC_PER_SEC;
                at->flow->step = GCP_BECOME;
                return 0;
        }
        const struct oauth_pair pairs[] = {
                { "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer" },
                { "assertion", jwt },
        };

        r = oauth_request(req, s->token_url, pairs, ELEMENTSOF(pairs), err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

const struct gcp_step_ops gcp_assert = { "assertion", ask_assert, take_token };

/* ---- a refresh token --------------------------------------------------------------------------
 */

static void basic_header(struct message_request *req, const struct gcp_source *s)
{
        char plain[BASIC_BYTES_MAX * 3 / 4], coded[BASIC_BYTES_MAX + 8];
        int n;

        if (!s->client_id || !s->client_secret)
                return;
        n = snprintf(plain, sizeof(plain), "%s:%s", s->client_id, s->client_secret);
        if (n > 0 && (size_t)n < sizeof(plain)) {
                (void)EVP_EncodeBlock((unsigned char *)coded, (unsigned char *)plain, n);
                message_request_header(req, "Authorization", "Basic %s", coded);
        }
        explicit_bzero(plain, sizeof(plain));
        explicit_bzero(coded, sizeof(coded));
}

static int ask_refresh(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        bool in_form = s->kind == GCP_USER; /* the workforce pools' endpoint wants a header */
        const struct oauth_pair pairs[] = {
                { "grant_type", "refresh_token" },
                { "client_id", in_form ? s->client_id : NULL },
                { "client_secret", in_form ? s->client_secret : NULL },
                { "refresh_token", s->refresh_token },
        };
        int r = oauth_request(req, s->token_url, pairs, ELEMENTSOF(pairs), err);

        if (r < 0)
                return r;
        if (!in_form)
                basic_header(req, s);
        return SIGN_IN_REQUEST;
}

const struct gcp_step_ops gcp_refresh = { "refresh token", ask_refresh, take_token };

/* ---- another identity provider's token --------------------------------------------------------
 */

static int ask_exchange(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        json_auto_t *options = NULL;
        _cleanup_(freep) char *text = NULL;
        int r;

        if (s->workforce_project && !s->client_id) {
                options = json_pack("{s:s}", "userProject", s->workforce_project);
                text = options ? json_dumps(options, JSON_COMPACT) : NULL;
                if (!text)
                        return error_oom(err);
        }
        const struct oauth_pair pairs[] = {
                { "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange" },
                { "requested_token_type", "urn:ietf:params:oauth:token-type:access_token" },
                { "subject_token_type", s->subject_type },
                { "subject_token", at->flow->subject },
                { "audience", s->audience },
                { "scope", SCOPE },
                { "options", text },
        };

        r = oauth_request(req, s->token_url, pairs, ELEMENTSOF(pairs), err);
        if (r < 0)
                return r;
        basic_header(req, s);
        return SIGN_IN_REQUEST;
}

const struct gcp_step_ops gcp_exchange = { "token exchange", ask_exchange, take_token };

/* ---- service accounts to become ---------------------------------------------------------------
 */

static int ask_become(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        const struct gcp_impersonation *i = &s->impersonations[at->flow->became];
        json_auto_t *body = NULL;
        _cleanup_(freep) char *text = NULL;

        if (at->flow->became == s->n_impersonations) {
                at->flow->step = GCP_DONE;
                return 0;
        }
        body = json_pack("{s:[s], s:o, s:o}", "scope", SCOPE, "lifetime",
                         json_sprintf("%llus", (unsigned long long)i->lifetime_s), "delegates",
                         i->delegates ? json_incref(i->delegates) : json_array());
        text = body ? json_dumps(body, JSON_COMPACT) : NULL;
        if (!text)
                return error_oom(err);
        message_request_init(req, "POST");
        message_request_url_take(req, strdup(i->url));
        message_request_header(req, "Content-Type", "application/json");
        message_request_header(req, "Accept", "application/json");
        message_request_header(req, "Authorization", "Bearer %s", at->flow->have.access_token);
        message_request_body(req, text, strlen(text));
        req->secret = true;
        return SIGN_IN_REQUEST;
}

/* "x@p.iam.gserviceaccount.com" of ".../serviceAccounts/x@p…:generateAccessToken". */
static void become_name(const struct gcp_impersonation *i, char name[static 128])
{
        const char *from = strrchr(i->url, '/');

        from = from ? from + 1 : i->url;
        (void)snprintf(name, 128, "%.*s", (int)strcspn(from, ":?"), from);
}

static int become_refused(const struct gcp_at *at, const struct message_reply *reply,
                          struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        struct reply_meaning meaning;
        char name[128], text[300];
        bool pool = s->audience != NULL;

        become_name(&s->impersonations[at->flow->became], name);
        if (gcp_passes(reply))
                return error_set(err, -EAGAIN, "becoming %s: %s", name, gcp_outcome(reply, text));
        gcp_interpret(at->account, NULL, reply, &meaning);
        json_decref(meaning.body);
        if (reply->status == 404)
                return error_set(err, -EACCES, "there is no service account %s (%.150s)", name,
                                 meaning.text);
        if (strcmp(meaning.code, "SERVICE_DISABLED") == 0)
                return error_set(err, -EACCES,
                                 "becoming %s needs the IAM Credentials API: gcloud services "
                                 "enable iamcredentials.googleapis.com (%.150s)",
                                 name, meaning.text);
        if (reply->status == 403)
                return error_set(err, -EACCES,
                                 "%.100s may not become %s: grant it %s on that service account "
                                 "(%.120s)",
                                 who(s)[0] ? who(s) : "this identity", name,
                                 pool ? "roles/iam.workloadIdentityUser"
                                      : "roles/iam.serviceAccountTokenCreator",
                                 meaning.text);
        return error_set(err, -EACCES, "becoming %s: %s: %.200s", name, gcp_outcome(reply, text),
                         meaning.text);
}

static int take_become(const struct gcp_at *at, const struct message_reply *reply,
                       struct error *err)
{
        _cleanup_(secret_json_freep) json_t *body = NULL;
        const char *token, *ends;
        uint64_t end;

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return become_refused(at, reply, err);
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, NULL);
        token = json_member_string(body, "accessToken");
        ends = json_member_string(body, "expireTime");
        if (!token || token[strcspn(token, " \r\n")] != '\0' || !ends ||
            clock_parse_iso8601(ends, &end) < 0)
                return error_set(err, -EBADMSG, "generateAccessToken answered no token");
        oauth_token_done(&at->flow->have);
        at->flow->have = (struct oauth_token){ .access_token = strdup(token), .expires_usec = end };
        at->flow->became++;
        return at->flow->have.access_token ? 0 : error_oom(err);
}

const struct gcp_step_ops gcp_become = { "impersonation", ask_become, take_become };
