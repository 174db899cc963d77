/* What a reply means. The error classes are those of the API's own clients; beside them stands the
 * rule that nothing unreadable may pass for an answer. */
#include "providers/scaleway/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/reply.h"

#include <errno.h>
#include <string.h>

enum { DETAILS_SHOWN_MAX = 5 };

/* ---- small readers -------------------------------------------------------------------------- */

static const char *text_or(const char *text, const char *otherwise)
{
        return text && text[0] != '\0' ? text : otherwise;
}

static const char *body_type(const json_t *body)
{
        const char *type = json_member_string(body, "type");

        return type ? type : text_or(json_path_string(body, "error.type"), "");
}

/* The control plane says "message", the models' API what OpenAI's does. */
static const char *body_message(const json_t *body)
{
        const char *const paths[] = { "message", "error.message", "error", "detail" };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                const char *text = json_path_string(body, paths[i]);

                if (text && text[0] != '\0')
                        return text;
        }
        return NULL;
}

static bool is_list(const struct call_instance *call)
{
        const struct collector *c = call && call->call ? call->call->collector : NULL;

        return c && call->call == &c->list;
}

/* A list that is asked in one region or zone after the other, not below a parent. Some services
 * are kept under the one region that they work in, though their API is the same for all. */
static bool is_list_of_place(const struct call_instance *call)
{
        const struct collector *c = is_list(call) ? call->call->collector : NULL;

        return c && !c->per && (strstr(call->path, "/regions/") || strstr(call->path, "/zones/"));
}

static bool is_control_plane(const struct call_instance *call)
{
        const struct service *s = call && call->call ? call->call->service : NULL;

        return !s || !json_member_string(s->options, "auth");
}

static bool names_place(const char *text)
{
        return strcmp(text, "region") == 0 || strcmp(text, "zone") == 0 ||
               strcmp(text, "locality") == 0;
}

/* ---- refusals by type ----------------------------------------------------------------------- */

static void on_denied_authentication(struct account *a, const json_t *body,
                                     struct reply_meaning *ret)
{
        const char *reason = text_or(json_member_string(body, "reason"), "unknown_reason");
        const char *key = text_or(a->credentials.access_key, "in use");
        bool expired = strcmp(reason, "expired") == 0;

        ret->kind = expired ? REPLY_EXPIRED : REPLY_UNAUTHENTICATED;
        (void)snprintf(ret->code, sizeof(ret->code), "denied_authentication/%s", reason);
        if (expired)
                (void)snprintf(ret->text, sizeof(ret->text),
                               "the API key %s (%s) has expired: create a new one in the IAM "
                               "console and put it there",
                               key, a->credentials.source);
        else if (strcmp(reason, "not_found") == 0)
                (void)snprintf(ret->text, sizeof(ret->text),
                               "Scaleway does not know the API key %s (%s): deleted, or a typing "
                               "error; create a new one or correct it",
                               key, a->credentials.source);
        else
                (void)snprintf(ret->text, sizeof(ret->text),
                               "Scaleway refuses the API key %s (%s): %s; check the secret key",
                               key, a->credentials.source, reason);
        (void)snprintf(a->refused, sizeof(a->refused), "%s", ret->text);
}

static void on_denied(const json_t *body, struct reply_meaning *ret)
{
        struct buffer b = BUFFER_INIT(sizeof(ret->text));
        json_t *detail;
        size_t i;

        ret->kind = REPLY_DENIED;
        buffer_add(&b, text_or(body_message(body), "insufficient permissions"));
        json_array_foreach(json_object_get(body, "details"), i, detail)
        {
                if (i == DETAILS_SHOWN_MAX)
                        break;
                buffer_printf(&b, "%s%s on %s", i ? ", " : ": needs ",
                              text_or(json_member_string(detail, "action"), "access"),
                              text_or(json_member_string(detail, "resource"), "the resource"));
        }
        (void)snprintf(ret->text, sizeof(ret->text), "%s", buffer_text(&b));
        buffer_done(&b);
}

/* A region where the product is not served is named as the bad argument; any other bad argument is
 * a call that we wrote wrongly, and says nothing about what is there. */
static void on_invalid_arguments(const struct call_instance *call, const json_t *body,
                                 struct reply_meaning *ret)
{
        struct buffer b = BUFFER_INIT(sizeof(ret->text));
        bool place_only = is_list_of_place(call);
        json_t *detail;
        size_t i;

        buffer_add(&b, text_or(body_message(body), "invalid arguments"));
        json_array_foreach(json_object_get(body, "details"), i, detail)
        {
                const char *name = text_or(json_member_string(detail, "argument_name"), "?");
                const char *help = json_member_string(detail, "help_message");

                place_only = place_only && names_place(name);
                if (i < DETAILS_SHOWN_MAX)
                        buffer_printf(&b, "; %s: %s%s%s", name,
                                      text_or(json_member_string(detail, "reason"), "refused"),
                                      help ? ", " : "", help ? help : "");
        }
        ret->kind = place_only ? REPLY_ABSENT : REPLY_REFUSED;
        (void)snprintf(ret->text, sizeof(ret->text), "%s", buffer_text(&b));
        buffer_done(&b);
}

static void on_not_found(const struct call_instance *call, const struct message_reply *reply,
                         const json_t *body, struct reply_meaning *ret)
{
        /* what a list may depend on beside its place: when that is gone, the product is not */
        static const char *const owners[] = { "organization", "project", "cluster", "namespace",
                                              "policy" };
        const char *resource = json_member_string(body, "resource");
        const char *message = text_or(body_message(body), "not found");

        if (resource)
                (void)snprintf(ret->text, sizeof(ret->text), "%s: %s", message, resource);
        else
                (void)snprintf(ret->text, sizeof(ret->text), "%s", message);
        if (!body && reply_is_web_page(reply)) {
                ret->kind = REPLY_BROKEN; /* a portal or proxy, not the API */
                return;
        }
        if (!is_list(call)) {
                ret->kind = REPLY_GONE;
                return;
        }
        ret->kind = is_list_of_place(call) ? REPLY_ABSENT : REPLY_REFUSED;
        /* the parent went away in the meantime; only the API itself can say so */
        if (call->call->collector->per && is_control_plane(call) && body_type(body)[0] != '\0') {
                ret->kind = REPLY_GONE;
                return;
        }
        for (size_t i = 0; resource && i < ELEMENTSOF(owners); i++)
                if (strcmp(resource, owners[i]) == 0)
                        ret->kind = REPLY_REFUSED;
}

/* ---- refusals by status --------------------------------------------------------------------- */

static void on_unauthorized(struct account *a, const struct call_instance *call, const json_t *body,
                            struct reply_meaning *ret)
{
        if (is_control_plane(call) || strcmp(body_type(body), "denied_authentication") == 0) {
                on_denied_authentication(a, body, ret);
                return;
        }
        /* another API with rights of its own: the key may well be good */
        ret->kind = REPLY_DENIED;
        (void)snprintf(ret->text, sizeof(ret->text), "this API does not accept the key: %s",
                       text_or(body_message(body), "HTTP 401"));
}

static enum reply_kind kind_of_rest(int status, const char *type, bool list)
{
        if (status == 408 || strcmp(type, "transient_state") == 0)
                return REPLY_TRANSIENT;
        if (status == 410 && !list)
                return REPLY_GONE;
        if (status >= 500)
                return status == 501 ? REPLY_REFUSED : REPLY_TRANSIENT;
        if (status >= 400)
                return REPLY_REFUSED;
        return REPLY_BROKEN; /* redirects are not followed; other 2xx are no answer to a GET */
}

static void on_refusal(struct account *a, const struct call_instance *call,
                       const struct message_reply *reply, const json_t *body,
                       struct reply_meaning *ret)
{
        const char *type = body_type(body);

        (void)snprintf(ret->code, sizeof(ret->code), "%s", text_or(type, "http"));
        if (type[0] == '\0')
                (void)snprintf(ret->code, sizeof(ret->code), "http_%d", reply->status);
        if (reply->status == 401) {
                on_unauthorized(a, call, body, ret);
        } else if (reply->status == 403 && strcmp(type, "quotas_exceeded") != 0) {
                on_denied(body, ret);
        } else if (reply->status == 404 || strcmp(type, "not_found") == 0 ||
                   strcmp(type, "unknown_resource") == 0) {
                on_not_found(call, reply, body, ret);
        } else if (reply->status == 400 && strcmp(type, "invalid_arguments") == 0) {
                on_invalid_arguments(call, body, ret);
        } else {
                ret->kind = reply->status == 429 ? REPLY_THROTTLED
                                                 : kind_of_rest(reply->status, type, is_list(call));
                (void)snprintf(ret->text, sizeof(ret->text), "HTTP %d: %s", reply->status,
                               text_or(body_message(body), "no explanation"));
        }
        if (ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT)
                ret->retry_after_usec = reply_retry_after(reply);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void on_success(const struct message_reply *reply, json_t *body, const struct error *why,
                       struct reply_meaning *ret)
{
        if (body && (json_is_object(body) || json_is_array(body))) {
                ret->kind = REPLY_OK;
                ret->body = json_incref(body);
                return;
        }
        reply_unreadable(reply, why, ret);
}

void scaleway_interpret(struct account *a, const struct call_instance *call,
                        const struct message_reply *reply, struct reply_meaning *ret)
{
        struct error why = { 0 };
        json_t *body = NULL;

        *ret = (struct reply_meaning){ .kind = REPLY_BROKEN };
        if (reply->transport != TRANSPORT_OK) {
                reply_lost(reply, ret);
                return;
        }
        if (scaleway_speaks_s3(call)) {
                storage_interpret(reply, ret);
                account_redact(a, ret->text);
                return;
        }
        (void)message_reply_header(reply, "x-request-id", ret->request_id, sizeof(ret->request_id));
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, &why);
        if (reply->status == 200)
                on_success(reply, body, &why, ret);
        else
                on_refusal(a, call, reply, body, ret);
        json_decref(body);
        if (ret->kind == REPLY_OK)
                storage_learn(a, ret->body);
        if (ret->kind == REPLY_OK && is_list(call))
                grants_judge(a, call, ret);
        account_redact(a, ret->text);
        account_redact(a, ret->code);
}
