/* What a reply means. OVHcloud's errors come in two shapes, by age of the API; beside them stands
 * the rule that nothing unreadable may pass for an answer. */
#include "providers/ovh/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/reply.h"

#include <errno.h>
#include <string.h>

enum { STATUS_EXPIRED_SERVICE = 460 };

/* ---- small readers -------------------------------------------------------------------------- */

static const char *text_or(const char *text, const char *otherwise)
{
        return text && text[0] != '\0' ? text : otherwise;
}

/* "NOT_GRANTED_CALL" of the older shape, "Client::Forbidden" of the newer. */
static const char *body_code(const json_t *body)
{
        const char *code = json_member_string(body, "errorCode");

        return text_or(code, text_or(json_member_string(body, "class"), ""));
}

/* AI Endpoints says what OpenAI's API does. */
static const char *body_message(const json_t *body)
{
        const char *message = json_member_string(body, "message");

        return text_or(message, json_path_string(body, "error.message"));
}

/* The call goes to another API than the one that the account signs in to. */
static bool is_elsewhere(const struct call_instance *call)
{
        const struct service *s = call && call->call ? call->call->service : NULL;

        return s && json_member_string(s->options, "auth") != NULL;
}

static bool is_list(const struct call_instance *call)
{
        const struct collector *c = call && call->call ? call->call->collector : NULL;

        return c && call->call == &c->list;
}

static void _printf_(2, 3) say(struct reply_meaning *ret, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        (void)vsnprintf(ret->text, sizeof(ret->text), fmt, args);
        va_end(args);
}

/* ---- credentials that are not accepted ------------------------------------------------------ */

/* For good: every other call would hear the same. */
static void refuse(struct account *a, struct reply_meaning *ret)
{
        ret->kind = REPLY_UNAUTHENTICATED;
        (void)snprintf(a->refused, sizeof(a->refused), "%s", ret->text);
}

/* A key is known on the continent where it was made, and nowhere else. */
static void on_unknown_key(struct account *a, struct reply_meaning *ret)
{
        const struct ovh_credentials *c = &a->credentials;

        say(ret,
            "%s does not know the application key %s (%s): deleted, a typing error, or made at "
            "another endpoint: set api: or OVH_ENDPOINT to ovh-eu, ovh-ca or ovh-us, where the key "
            "was made",
            c->endpoint->name, text_or(c->value[OVH_APPLICATION_KEY], "in use"), c->source);
        refuse(a, ret);
}

static void on_unvalidated(struct account *a, const json_t *body, struct reply_meaning *ret)
{
        const struct ovh_credentials *c = &a->credentials;

        say(ret,
            "the consumer key of application key %s (%s) is not validated, was revoked or has "
            "expired (%s): open its validation URL and log in, or create another",
            text_or(c->value[OVH_APPLICATION_KEY], "in use"), c->source,
            text_or(body_message(body), "no explanation"));
        refuse(a, ret);
}

static void on_unauthorized(struct account *a, const json_t *body, struct reply_meaning *ret)
{
        const struct ovh_credentials *c = &a->credentials;
        const char *message = text_or(body_message(body), "HTTP 401");

        switch (c->mode) {
        case OVH_MODE_SERVICE:
                say(ret, "OVHcloud does not accept the token of the service account %s (%s): %s",
                    c->value[OVH_CLIENT_ID], c->source, message);
                ret->kind = REPLY_EXPIRED; /* one hour, or revoked: a new one is asked for */
                return;
        case OVH_MODE_TOKEN:
                say(ret,
                    "the access token (%s) has ended or was revoked: %s; tokens last one hour, a "
                    "service account renews its own",
                    c->source, message);
                break;
        case OVH_MODE_KEY:
        case OVH_MODE_NONE:
                say(ret, "OVHcloud refuses the application key (%s): %s", c->source, message);
                break;
        }
        refuse(a, ret);
}

static bool speaks_of_signature(const char *message)
{
        return message && (strcasestr(message, "signature") || strcasestr(message, "timestamp"));
}

/* The clock was set since the time was asked, or the secret is not the key's. */
static void on_bad_signature(const struct account *a, const char *message,
                             struct reply_meaning *ret)
{
        ret->kind = REPLY_EXPIRED;
        say(ret,
            "OVHcloud refuses the signature (%s), also with its own time asked again: check "
            "application_secret and consumer_key of %s, and this machine's clock",
            message, a->credentials.source);
}

/* ---- refusals of a call --------------------------------------------------------------------- */

/* "needs a, b": the actions that are missing, as far as the reply names them. */
static void on_denied(const json_t *body, struct reply_meaning *ret)
{
        const char *const paths[] = { "details.unauthorizedActionsByAuthentication",
                                      "details.unauthorizedActionsByIAM" };
        struct buffer b = BUFFER_INIT(sizeof(ret->text));
        bool named = false;

        ret->kind = REPLY_DENIED;
        buffer_add(&b, text_or(body_message(body), "not granted"));
        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                const char *actions = json_path_string(body, paths[i]);

                if (!actions || actions[0] == '\0')
                        continue;
                buffer_printf(&b, "%s%.200s", named ? ", " : ": needs ", actions);
                named = true;
        }
        ret->stated = named;
        say(ret, "%s", buffer_text(&b));
        buffer_done(&b);
}

static void on_forbidden(struct account *a, const struct call_instance *call, const json_t *body,
                         struct reply_meaning *ret)
{
        const char *code = json_member_string(body, "errorCode");
        bool key = a->credentials.mode == OVH_MODE_KEY && !is_elsewhere(call);

        if (key && code && strcmp(code, "INVALID_KEY") == 0)
                on_unknown_key(a, ret);
        else if (key && code &&
                 (strcmp(code, "INVALID_CREDENTIAL") == 0 || strcmp(code, "NOT_CREDENTIAL") == 0))
                on_unvalidated(a, body, ret);
        else
                on_denied(body, ret);
}

/* A list that is not there is no empty list. Below a parent it means that the parent went away,
 * if it is the API that says so. */
static void on_not_found(const struct call_instance *call, const struct message_reply *reply,
                         const json_t *body, struct reply_meaning *ret)
{
        const struct collector *c = is_list(call) ? call->call->collector : NULL;

        say(ret, "%s", text_or(body_message(body), "not found"));
        if (!body) {
                ret->kind = reply_is_web_page(reply) ? REPLY_BROKEN : REPLY_REFUSED;
                return;
        }
        ret->kind = !c || c->per ? REPLY_GONE : REPLY_REFUSED;
        if (c && !c->per && call->scope && strcmp(call->scope->level, "project") == 0)
                say(ret,
                    "%s: the project %s does not exist, cannot be seen with these credentials, or "
                    "does not have this",
                    text_or(body_message(body), "not found"), call->scope->id);
}

static enum reply_kind kind_of_rest(int status)
{
        if (status == 429)
                return REPLY_THROTTLED;
        if (status == 408 || status == 409)
                return REPLY_TRANSIENT;
        if (status >= 500)
                return status == 501 ? REPLY_REFUSED : REPLY_TRANSIENT;
        return status >= 400 ? REPLY_REFUSED : REPLY_BROKEN; /* redirects are not followed; other
                                                                2xx are no answer to a GET */
}

static void on_rest(const struct message_reply *reply, const json_t *body,
                    struct reply_meaning *ret)
{
        ret->kind = kind_of_rest(reply->status);
        say(ret, "HTTP %d: %s", reply->status, text_or(body_message(body), "no explanation"));
        if (ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT)
                ret->retry_after_usec = reply_retry_after(reply);
}

static void on_refusal(struct account *a, const struct call_instance *call,
                       const struct message_reply *reply, const json_t *body,
                       struct reply_meaning *ret)
{
        const char *code = body_code(body), *message = body_message(body);
        bool key = a->credentials.mode == OVH_MODE_KEY && !is_elsewhere(call);

        if (code[0] != '\0')
                (void)snprintf(ret->code, sizeof(ret->code), "%s", code);
        else
                (void)snprintf(ret->code, sizeof(ret->code), "http_%d", reply->status);
        if (reply->status == STATUS_EXPIRED_SERVICE) {
                ret->kind = REPLY_OFF;
                ret->stated = true;
                say(ret, "the service has expired or is suspended: %s",
                    text_or(message, "OVHcloud gives no reason"));
        } else if (reply->status == 400 && key && speaks_of_signature(message)) {
                on_bad_signature(a, message, ret);
        } else if (reply->status == 401 && is_elsewhere(call)) {
                ret->kind = REPLY_DENIED; /* a key of its own: the account's may well be good */
                say(ret, "this API does not accept the key: %s", text_or(message, "HTTP 401"));
        } else if (reply->status == 401) {
                on_unauthorized(a, body, ret);
        } else if (reply->status == 403) {
                on_forbidden(a, call, body, ret);
        } else if (reply->status == 404) {
                on_not_found(call, reply, body, ret);
        } else {
                on_rest(reply, body, ret);
        }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void on_success(const struct call_instance *call, const struct message_reply *reply,
                       json_t *body, const struct error *why, struct reply_meaning *ret)
{
        const char *path = call && call->path ? call->path : "";

        if (json_is_object(body) || json_is_array(body)) {
                ovh_scrub(path, body);
                if (strstr(path, "/usage/") && ovh_usage_lines(body) < 0) {
                        say(ret, "out of memory");
                        return;
                }
                ret->kind = REPLY_OK;
                ret->body = json_incref(body);
                return;
        }
        reply_unreadable(reply, why, ret);
}

void ovh_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret)
{
        struct error why = { 0 };
        json_t *body = NULL;

        *ret = (struct reply_meaning){ .kind = REPLY_BROKEN };
        if (reply->transport != TRANSPORT_OK) {
                reply_lost(reply, ret);
                return;
        }
        (void)message_reply_header(reply, "x-ovh-queryid", ret->request_id,
                                   sizeof(ret->request_id));
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, &why);
        if (reply->status == 200)
                on_success(call, reply, body, &why, ret);
        else
                on_refusal(a, call, reply, body, ret);
        json_decref(body);
        ovh_redact(a, ret->text);
        ovh_redact(a, ret->code);
        ovh_redact(a, a->refused);
}
