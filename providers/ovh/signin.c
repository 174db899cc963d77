/* Signing in: an application key needs OVHcloud's time, a service account a token, and an access
 * token nothing. */
#include "providers/ovh/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

/* A clock that is set while we run makes itself known by a refused signature; this is for one that
 * drifts. */
static const uint64_t time_good_for_usec = 6 * USEC_PER_HOUR;
static const uint64_t token_margin_usec = USEC_PER_MINUTE;

/* Refused credentials do not become good by asking again, but those in their place may be: the
 * sources are read once more, for what was replaced while we ran. */
static void look_for_others(struct account *a)
{
        struct ovh_credentials c = { 0 };

        a->ended = true;
        if (ovh_credentials_read(&c, a->config, a->credentials_dir, NULL) < 0)
                return;
        if (!ovh_credentials_equal(&c, &a->credentials)) {
                struct ovh_credentials before = a->credentials;

                a->credentials = c;
                c = before;
                a->ended = false;
                a->refused[0] = '\0';
                a->time_known = false;
                oauth_token_done(&a->token);
        }
        ovh_credentials_done(&c);
}

static int ask_time(const struct account *a, struct message_request *req, struct error *err)
{
        char *url = NULL;
        int r = ovh_url(a, a->credentials.endpoint->host, "/v1/auth/time", "", &url, err);

        if (r < 0)
                return r;
        message_request_init(req, "GET");
        message_request_url_take(req, url);
        message_request_header(req, "Accept", "application/json");
        r = message_request_error(req, err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

static const char *token_url(const struct account *a)
{
        const struct ovh_options *o = a->config->options;

        return o && o->token_url ? o->token_url : a->credentials.endpoint->token_url;
}

static int ask_token(const struct account *a, struct message_request *req, struct error *err)
{
        const struct oauth_pair pairs[] = {
                { "grant_type", "client_credentials" },
                { "client_id", a->credentials.value[OVH_CLIENT_ID] },
                { "client_secret", a->credentials.value[OVH_CLIENT_SECRET] },
                { "scope", "all" },
        };
        int r = oauth_request(req, token_url(a), pairs, ELEMENTSOF(pairs), err);

        return r < 0 ? r : SIGN_IN_REQUEST;
}

int ovh_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        if (a->refused[0] != '\0' && !a->ended)
                look_for_others(a);
        if (a->refused[0] != '\0')
                return error_set(err, -EACCES, "%s", a->refused);
        if (ret_expires_usec) /* what renews itself does not expire for who watches */
                *ret_expires_usec = 0;
        switch (a->credentials.mode) {
        case OVH_MODE_KEY:
                if (a->time_known && now_usec < a->time_read_usec + time_good_for_usec)
                        return SIGN_IN_READY;
                return ask_time(a, req, err);
        case OVH_MODE_SERVICE:
                if (a->token.access_token && now_usec + token_margin_usec < a->token.expires_usec)
                        return SIGN_IN_READY;
                return ask_token(a, req, err);
        case OVH_MODE_TOKEN:
        case OVH_MODE_NONE:
                break;
        }
        return SIGN_IN_READY;
}

/* ---- what came back ------------------------------------------------------------------------- */

/* -EAGAIN for what may be better in a moment. */
static int unanswered(const struct message_reply *reply, const char *what, struct error *err)
{
        if (reply->transport != TRANSPORT_OK)
                return error_set(err, reply->transport == TRANSPORT_TLS ? -EBADMSG : -EAGAIN,
                                 "%s: %s", what, reply->transport_text);
        if (reply->status == 429 || reply->status == 408 || reply->status >= 500)
                return error_set(err, -EAGAIN, "%s: HTTP %d", what, reply->status);
        return 0;
}

static int take_time(struct account *a, const struct message_reply *reply, uint64_t now_usec,
                     struct error *err)
{
        static const char what[] = "asking OVHcloud for its time (/auth/time)";
        json_auto_t *body = NULL;
        int r = unanswered(reply, what, err);

        if (r < 0)
                return r;
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, NULL);
        if (reply->status != 200 || !json_is_integer(body) || json_integer_value(body) <= 0)
                return error_set(err, -EBADMSG,
                                 "%s: HTTP %d with something that is no time: a proxy or portal "
                                 "answered, or the endpoint is no API of OVHcloud",
                                 what, reply->status);
        a->ahead_seconds = (int64_t)(now_usec / USEC_PER_SEC) - json_integer_value(body);
        a->time_read_usec = now_usec;
        a->time_known = true;
        return 0;
}

static int token_refused(struct account *a, const struct message_reply *reply, struct error *err)
{
        const struct ovh_credentials *c = &a->credentials;
        struct oauth_error why;

        if (!oauth_error_read(&why, reply))
                return error_set(err, -EBADMSG,
                                 "%s answered HTTP %d without saying why: a proxy or portal, or "
                                 "another token_url is needed",
                                 token_url(a), reply->status);
        ovh_redact(a, why.description);
        (void)snprintf(a->refused, sizeof(a->refused),
                       "OVHcloud (%s) refuses the service account %s (%s): %s%s%.120s; check its "
                       "secret, and that it was made there: set api: or OVH_ENDPOINT to ovh-eu, "
                       "ovh-ca or ovh-us",
                       c->endpoint->name, c->value[OVH_CLIENT_ID], c->source, why.error,
                       why.description[0] ? ", " : "", why.description);
        a->ended = true;
        return error_set(err, -EACCES, "%s", a->refused);
}

static int take_token(struct account *a, const struct message_reply *reply, uint64_t now_usec,
                      struct error *err)
{
        int r = unanswered(reply, "asking OVHcloud for a token", err);

        if (r == 0 && reply->status != 200)
                r = token_refused(a, reply, err);
        return r < 0 ? r : oauth_token_read(&a->token, reply, now_usec, err);
}

int ovh_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err)
{
        return a->credentials.mode == OVH_MODE_SERVICE ? take_token(a, reply, now_usec, err)
                                                       : take_time(a, reply, now_usec, err);
}

void ovh_sign_in_again(struct account *a, const struct scope *scope)
{
        a->ended = false;
        a->time_known = false;
        oauth_token_done(&a->token);
}
