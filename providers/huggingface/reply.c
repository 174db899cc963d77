/* What a reply means where Hugging Face's API differs from HTTP's words. */
#include "providers/huggingface/account.h"

#include "providers/openmetrics.h"
#include "providers/reply.h"

#include <string.h>

#define WHOAMI "/api/whoami-v2"

static bool is_whoami(const struct call_instance *call)
{
        return call && call->path && strcmp(call->path, WHOAMI) == 0;
}

static const char *namespace_of(const struct call_instance *call)
{
        return call && call->scope ? call->scope->id : "this namespace";
}

/* Lists by author: what is private is left out where the token may not see it. */
static bool is_author_list(const struct call_instance *call)
{
        return call && call->query && json_object_get(call->query, "author");
}

/* Only whoami tells whether the token as such is good. Elsewhere 401 is said of namespaces without
 * billing, of organisations that have not approved the token, and of those it does not know. */
static void on_unauthorized(const struct call_instance *call, struct reply_meaning *ret)
{
        if (call && call->host && strcmp(call->host, ENDPOINTS_HOST) == 0)
                bearer_deny(ret,
                            "the token has no access to the Inference Endpoints of %s, or there is "
                            "no billing there",
                            namespace_of(call));
        else
                bearer_deny(ret,
                            "the token has no access to %s; an organisation may have to approve it "
                            "first",
                            namespace_of(call));
}

static bool is_of_metrics(const struct call_instance *call)
{
        const struct service *s = call && call->call ? call->call->service : NULL;

        return s && strcmp(s->protocol, PROTOCOL_METRICS) == 0;
}

/* No JSON, and not meant to be. */
static void read_metrics(const struct message_reply *reply, struct reply_meaning *ret)
{
        struct error why = { 0 };

        json_decref(ret->body);
        ret->body = NULL;
        if (openmetrics_parse(buffer_text(&reply->body), &ret->body, &why) < 0) {
                reply_unreadable(reply, &why, ret);
                return;
        }
        ret->kind = REPLY_OK;
        ret->code[0] = ret->text[0] = '\0';
}

static void read_words(const struct message_reply *reply, struct reply_meaning *ret)
{
        char text[sizeof(ret->text)];

        if (message_reply_header(reply, "x-error-code", text, sizeof(ret->code)))
                (void)snprintf(ret->code, sizeof(ret->code), "%.95s", text);
        if (message_reply_header(reply, "x-error-message", text, sizeof(text)))
                (void)snprintf(ret->text, sizeof(ret->text), "%s", text);
}

void huggingface_interpret(struct account *a, const struct call_instance *call,
                           const struct message_reply *reply, struct reply_meaning *ret)
{
        /* before anything is read: the key may be another afterwards */
        bool refused = reply->transport == TRANSPORT_OK && reply->status == 401;

        bearer_interpret(&a->bearer, call, reply, ret);
        if (reply->transport == TRANSPORT_OK && reply->status == 200 && is_of_metrics(call))
                read_metrics(reply, ret);
        if (refused && !is_whoami(call) && ret->kind == REPLY_UNAUTHENTICATED)
                on_unauthorized(call, ret);
        else if (ret->kind != REPLY_OK && ret->kind != REPLY_UNAUTHENTICATED &&
                 reply->transport == TRANSPORT_OK && reply->status >= 400)
                read_words(reply, ret);
        bearer_redact(a->bearer.secret, ret->text);
        if (ret->kind != REPLY_OK)
                return;
        if (is_whoami(call))
                huggingface_learn(a, ret->body);
        else if (is_author_list(call))
                (void)huggingface_hides(a, namespace_of(call), ret->partial, sizeof(ret->partial));
}
