/* What a reply means where Replicate's API differs from HTTP's words. */
#include "providers/replicate/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

#include <string.h>

static const uint64_t throttled_usec = 30 * USEC_PER_SEC; /* where the reply does not say it */

/* "Request was throttled. Your rate limit resets in ~30s." */
static uint64_t told_wait(const char *text)
{
        const char *mark = strchr(text, '~');
        char digits[16];
        uint64_t seconds;

        if (!mark)
                return throttled_usec;
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)strspn(mark + 1, "0123456789"),
                       mark + 1);
        return number_parse_u64(digits, &seconds) == 0 ? seconds * USEC_PER_SEC : throttled_usec;
}

void replicate_interpret(struct account *a, const struct call_instance *call,
                         const struct message_reply *reply, struct reply_meaning *ret)
{
        char header[8];

        bearer_interpret(&a->bearer, call, reply, ret);
        if (reply->transport != TRANSPORT_OK)
                return;
        if (ret->kind == REPLY_THROTTLED &&
            !message_reply_header(reply, "retry-after", header, sizeof(header)))
                ret->retry_after_usec = told_wait(ret->text);
        if (reply->status == 402)
                bearer_deny(ret, "payment is required before the account is answered");
}
