/* What a reply means. Errors are read by reason.c; here is what stands around them, and the rule
 * that nothing unreadable may pass for an answer. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/reply.h"

#include <errno.h>
#include <string.h>

/* ---- no reply ---------------------------------------------------------------------------------
 */

/* Hosts of one region are made as that region gets a service ("modelarmor.europe-west4.rep.…");
 * all others answer by one name for all. */
static bool is_regional_host(const struct call_instance *call)
{
        return call && strstr(call->host, ".rep.");
}

static void on_transport(const struct call_instance *call, const struct message_reply *reply,
                         struct reply_meaning *ret)
{
        reply_lost(reply, ret);
        if (reply->transport == TRANSPORT_UNRESOLVED && reply->network_up && is_regional_host(call))
                ret->kind = REPLY_ABSENT;
}

/* ---- a reply ----------------------------------------------------------------------------------
 */

static void on_success(const struct message_reply *reply, json_t *body, const struct error *why,
                       struct reply_meaning *ret)
{
        if (json_is_object(body) || json_is_array(body)) {
                ret->kind = REPLY_OK;
                ret->body = json_incref(body);
                gcp_partial(body, ret->partial, sizeof(ret->partial));
                return;
        }
        reply_unreadable(reply, why, ret);
}

/* Google's front end has a page of its own for a host that has no such API; any other page is a
 * proxy's. */
static void on_page(const struct call_instance *call, const struct message_reply *reply,
                    struct reply_meaning *ret)
{
        bool google = strstr(buffer_text(&reply->body), "was not found on this server") != NULL;
        bool in_place = call && call->region &&
                        strncmp(call->host, call->region, strlen(call->region)) == 0;

        (void)snprintf(ret->code, sizeof(ret->code), "http_%d", reply->status);
        ret->kind = reply->status == 404                           ? REPLY_BROKEN
                    : reply->status >= 500 && reply->status != 501 ? REPLY_TRANSIENT
                                                                   : REPLY_BROKEN;
        if (reply->status == 404 && google && (in_place || is_regional_host(call))) {
                ret->kind = REPLY_ABSENT;
                (void)snprintf(ret->text, sizeof(ret->text), "Google has no such API at %.200s",
                               call->host);
                return;
        }
        if (reply->status == 429)
                ret->kind = REPLY_THROTTLED;
        (void)snprintf(ret->text, sizeof(ret->text), "HTTP %d with a web page instead of JSON: %s",
                       reply->status,
                       google ? "there is no such method at this host"
                              : "a proxy or portal answered, not the API");
}

static void on_refusal(struct account *a, const struct call_instance *call,
                       const struct message_reply *reply, const json_t *body,
                       struct reply_meaning *ret)
{
        struct gcp_error e;

        if (!body && reply_is_web_page(reply)) {
                on_page(call, reply, ret);
        } else {
                gcp_error_read(&e, reply->status, body);
                gcp_error_meaning(a, call, &e, ret);
        }
        if ((ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT) &&
            ret->retry_after_usec == 0)
                ret->retry_after_usec = reply_retry_after(reply);
}

void gcp_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret)
{
        struct error why = { 0 };
        json_t *body = NULL;

        *ret = (struct reply_meaning){ .kind = REPLY_BROKEN };
        if (reply->transport != TRANSPORT_OK) {
                on_transport(call, reply, ret);
                return;
        }
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &body, &why);
        if (reply->status == 200)
                on_success(reply, body, &why, ret);
        else
                on_refusal(a, call, reply, body, ret);
        json_decref(body);
        gcp_redact(a, ret->text);
        gcp_redact(a, ret->code);
        gcp_redact(a, ret->partial);
}
