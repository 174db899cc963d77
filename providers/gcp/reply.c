/* What a reply means. Errors are read by reason.c; here is what stands around them, and the rule
 * that nothing unreadable may pass for an answer. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

#include <errno.h>
#include <string.h>

enum { RETRY_AFTER_MAX_S = 24 * 3600 };

static bool looks_like_html(const struct message_reply *reply)
{
        const char *text = buffer_text(&reply->body);
        char type[64];

        if (message_reply_header(reply, "content-type", type, sizeof(type)) &&
            strncasecmp(type, "text/html", 9) == 0)
                return true;
        return text[strspn(text, " \t\r\n")] == '<';
}

static uint64_t retry_after(const struct message_reply *reply)
{
        uint64_t seconds, at_usec;
        char value[64];

        if (!message_reply_header(reply, "retry-after", value, sizeof(value)))
                return 0;
        if (number_parse_u64(value, &seconds) == 0)
                return (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds) * USEC_PER_SEC;
        if (clock_parse_http_date(value, &at_usec) == 0 && at_usec > reply->received_usec)
                return at_usec - reply->received_usec;
        return 0;
}

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
        static const struct {
                enum reply_kind kind;
                const char *code;
        } meanings[] = {
                [TRANSPORT_OK] = { REPLY_BROKEN, "none" },
                [TRANSPORT_UNRESOLVED] = { REPLY_TRANSIENT, "unresolved" },
                [TRANSPORT_REFUSED] = { REPLY_TRANSIENT, "refused" },
                [TRANSPORT_TLS] = { REPLY_BROKEN, "tls" },
                [TRANSPORT_TIMEOUT] = { REPLY_TRANSIENT, "timeout" },
                [TRANSPORT_BROKEN] = { REPLY_TRANSIENT, "broken" },
                [TRANSPORT_TOO_LARGE] = { REPLY_BROKEN, "too_large" },
                [TRANSPORT_COMMAND] = { REPLY_BROKEN, "command" },
        };

        ret->kind = meanings[reply->transport].kind;
        (void)snprintf(ret->code, sizeof(ret->code), "%s", meanings[reply->transport].code);
        (void)snprintf(ret->text, sizeof(ret->text), "%s",
                       reply->transport_text[0] ? reply->transport_text : "no reply");
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
        ret->kind = REPLY_BROKEN;
        (void)snprintf(ret->code, sizeof(ret->code), "unreadable");
        if (looks_like_html(reply))
                (void)snprintf(ret->text, sizeof(ret->text),
                               "HTTP 200 with a web page instead of JSON: a proxy or portal "
                               "answered, not the API");
        else
                (void)snprintf(ret->text, sizeof(ret->text), "HTTP 200, but %.300s",
                               why->text[0] ? why->text : "the reply is no JSON object");
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

        if (!body && looks_like_html(reply)) {
                on_page(call, reply, ret);
        } else {
                gcp_error_read(&e, reply->status, body);
                gcp_error_meaning(a, call, &e, ret);
        }
        if ((ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT) &&
            ret->retry_after_usec == 0)
                ret->retry_after_usec = retry_after(reply);
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
