/* What a reply means where Mistral's API differs from HTTP's words. */
#include "providers/mistral/account.h"

#include <string.h>

/* Some accounts have what has been taken out of the published API, or is new in it; others do not.
 */
static const struct {
        const char *folder, *text;
} not_everywhere[] = {
        { "/v1/fine_tuning/", "this account has no fine-tuning (any more)" },
        { "/v1/rag/", "this account has no such search indexes" },
};

static const char *why_absent(const struct call_instance *call)
{
        for (size_t i = 0; i < ELEMENTSOF(not_everywhere); i++)
                if (strncmp(call->path, not_everywhere[i].folder,
                            strlen(not_everywhere[i].folder)) == 0)
                        return not_everywhere[i].text;
        return NULL;
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
            ret->kind == REPLY_REFUSED && why_absent(call)) {
                ret->kind = REPLY_ABSENT;
                (void)snprintf(ret->text, sizeof(ret->text), "%s", why_absent(call));
        }
}
