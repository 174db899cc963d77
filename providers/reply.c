#include "providers/reply.h"

#include "daemon/base/clock.h"
#include "daemon/base/number.h"

#include <string.h>
#include <strings.h>

static const uint64_t retry_after_max_usec = USEC_PER_DAY;

bool reply_is_web_page(const struct message_reply *reply)
{
        const char *text = buffer_text(&reply->body);
        char type[64];

        if (message_reply_header(reply, "content-type", type, sizeof(type)) &&
            strncasecmp(type, "text/html", 9) == 0)
                return true;
        return text[strspn(text, "\xef\xbb\xbf \t\r\n")] == '<';
}

static uint64_t at_most(uint64_t usec)
{
        return usec < retry_after_max_usec ? usec : retry_after_max_usec;
}

uint64_t reply_retry_after(const struct message_reply *reply)
{
        uint64_t seconds, at_usec, now_usec = reply->received_usec;
        char value[64], date[64];

        if (!message_reply_header(reply, "retry-after", value, sizeof(value)))
                return 0;
        if (number_parse_u64(value, &seconds) == 0)
                return seconds < retry_after_max_usec / USEC_PER_SEC ? seconds * USEC_PER_SEC
                                                                     : retry_after_max_usec;
        if (clock_parse_http_date(value, &at_usec) < 0)
                return 0;
        if (message_reply_header(reply, "date", date, sizeof(date)))
                (void)clock_parse_http_date(date, &now_usec);
        return at_usec > now_usec ? at_most(at_usec - now_usec) : 0;
}

void reply_lost(const struct message_reply *reply, struct reply_meaning *ret)
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
}

void reply_unreadable(const struct message_reply *reply, const struct error *why,
                      struct reply_meaning *ret)
{
        ret->kind = REPLY_BROKEN;
        (void)snprintf(ret->code, sizeof(ret->code), "unreadable");
        if (reply_is_web_page(reply))
                (void)snprintf(ret->text, sizeof(ret->text),
                               "HTTP 200 with a web page instead of JSON: a proxy or portal "
                               "answered, not the API");
        else
                (void)snprintf(ret->text, sizeof(ret->text), "HTTP 200, but %.300s",
                               why->text[0] ? why->text
                                            : "the reply is no JSON object, and no list");
}
