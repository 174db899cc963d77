/* What a reply means where Mistral's API differs from HTTP's words. */
#include "providers/mistral/account.h"

#include <string.h>

/* Fine-tuning has been taken out of the published API, and is still there for some accounts. */
static bool is_of_fine_tuning(const struct call_instance *call)
{
        static const char folder[] = "/v1/fine_tuning/";

        return strncmp(call->path, folder, strlen(folder)) == 0;
}

void mistral_interpret(struct account *a, const struct call_instance *call,
                       const struct message_reply *reply, struct reply_meaning *ret)
{
        bool admin = mistral_is_admin(call);

        if (admin && reply->transport == TRANSPORT_OK && reply->status == 401) {
                /* it is not the workspace's key that was refused */
                *ret = (struct reply_meaning){ .kind = REPLY_UNAUTHENTICATED,
                                               .code = "http_401",
                                               .text = "the Admin API refuses the key" };
                return;
        }
        bearer_interpret(&a->bearer, call, reply, ret);
        bearer_redact(a->admin_key, ret->text);
        if (reply->transport == TRANSPORT_OK && (reply->status == 404 || reply->status == 410) &&
            ret->kind == REPLY_REFUSED && is_of_fine_tuning(call)) {
                ret->kind = REPLY_ABSENT;
                (void)snprintf(ret->text, sizeof(ret->text),
                               "this account has no fine-tuning (any more)");
        }
}
