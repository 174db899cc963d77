/* One token for the whole account: every subscription is asked with it. */
#include "providers/azure/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

static const uint64_t renew_before_usec = 300 * USEC_PER_SEC;

static bool is_same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_credentials(const struct azure_credentials *a, const struct azure_credentials *b)
{
        return a->kind == b->kind && is_same(a->secret, b->secret) &&
               is_same(a->certificate.x5t_s256, b->certificate.x5t_s256) &&
               is_same(a->tenant, b->tenant) && is_same(a->client_id, b->client_id) &&
               a->kind != AZURE_FEDERATED;
}

/* What was refused does not become good by asking again, but what is in its place may be: the
 * sources are read once more, for a secret that was replaced while we ran. */
static void look_again(struct account *a)
{
        struct azure_credentials c = { 0 };

        if (azure_credentials_read(&c, a->config, a->credentials_dir, NULL) < 0)
                return;
        if (!same_credentials(&c, &a->credentials)) {
                struct azure_credentials before = a->credentials;

                a->credentials = c;
                c = before;
                a->refused[0] = '\0';
        }
        azure_credentials_done(&c);
}

/* The CLI's own token, while it is good. */
static void take_cached(struct account *a, uint64_t now_usec)
{
        struct azure_credentials *c = &a->credentials;

        if (c->access_token && now_usec + renew_before_usec < c->access_token_expires_usec &&
            !a->renew) {
                oauth_token_done(&a->token);
                a->token.access_token = TAKE_PTR(c->access_token);
                a->token.expires_usec = c->access_token_expires_usec;
        }
        secret_free(TAKE_PTR(c->access_token));
}

static bool is_good(const struct account *a, uint64_t now_usec)
{
        return a->token.access_token && !a->renew &&
               azure_now(a, now_usec) + renew_before_usec < a->token.expires_usec;
}

/* Entra would say no more than that something is wrong with it. */
static void check_certificate(struct account *a, uint64_t now_usec)
{
        const struct azure_certificate *c = &a->credentials.certificate;
        char end[CLOCK_TEXT_MAX];

        if (c->expires_usec > 0 && azure_now(a, now_usec) >= c->expires_usec)
                (void)snprintf(a->refused, sizeof(a->refused),
                               "the client certificate expired at %s: register a new one with the "
                               "application %s and put it in its place",
                               clock_format_rfc3339(c->expires_usec, end),
                               a->credentials.client_id);
}

int azure_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                  struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        int r;

        take_cached(a, now_usec);
        if (is_good(a, now_usec)) {
                if (ret_expires_usec)
                        *ret_expires_usec = a->token.expires_usec - (uint64_t)a->offset_usec;
                return SIGN_IN_READY;
        }
        check_certificate(a, now_usec);
        if (a->refused[0] != '\0')
                look_again(a);
        if (a->refused[0] != '\0')
                return error_set(err, -EACCES, "%s", a->refused);
        if (a->credentials.kind == AZURE_CLI && !a->credentials.secret)
                return error_set(err, -EACCES,
                                 "the Azure CLI's token has expired, and its cache has none to "
                                 "renew it with: run 'az login' again");
        r = azure_kind_is_managed(a->credentials.kind) ? azure_managed_request(a, req, err)
                                                       : azure_entra_request(a, now_usec, req, err);
        return r < 0 ? error_wrap(err, r, "%s", a->credentials.source) : r;
}

static int take_token(struct account *a, const struct message_reply *reply, uint64_t now_usec,
                      struct error *err)
{
        int r = oauth_token_read(&a->token, reply, azure_now(a, now_usec), err);

        if (r < 0)
                return r;
        a->renew = false;
        if (a->credentials.kind == AZURE_CLI && a->token.refresh_token) {
                secret_free(a->credentials.secret);
                a->credentials.secret = TAKE_PTR(a->token.refresh_token);
        }
        if (azure_now(a, now_usec) + renew_before_usec >= a->token.expires_usec)
                return error_set(err, -EACCES,
                                 "the token that came ends within five minutes: check this "
                                 "machine's clock");
        return 0;
}

int azure_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                    uint64_t now_usec, struct error *err)
{
        struct error local = { 0 };
        int r;

        if (reply->transport == TRANSPORT_OK && reply->status == 200)
                r = take_token(a, reply, now_usec, &local);
        else if (azure_kind_is_managed(a->credentials.kind))
                r = azure_managed_refusal(a, reply, &local);
        else
                r = azure_entra_refusal(a, reply, &local);
        if (r == 0)
                return 0;
        azure_redact(a, local.text);
        return error_set(err, r, "%s: %s", a->credentials.source, local.text);
}

void azure_sign_in_again(struct account *a, const struct scope *scope)
{
        a->renew = true;
}
