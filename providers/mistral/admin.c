/* The Admin key: which header it is accepted in is found out once, by asking for the workspaces. */
#include "providers/mistral/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

bool mistral_is_admin(const struct call_instance *call)
{
        return call && strncmp(call->path, MISTRAL_ADMIN_PATH, strlen(MISTRAL_ADMIN_PATH)) == 0;
}

int mistral_admin_request(const struct account *a, const struct call_instance *call,
                          struct message_request *req, struct error *err)
{
        int r = bearer_write(&a->bearer, call, req, err);

        if (r < 0)
                return r;
        if (a->admin_header == ADMIN_HEADER_BEARER)
                message_request_header(req, "Authorization", "Bearer %s", a->admin_key);
        else
                message_request_header(req, "x-api-key", "%s", a->admin_key);
        return message_request_error(req, err);
}

int mistral_admin_sign_in(struct account *a, struct message_request *req, struct error *err)
{
        json_auto_t *query = json_pack("{ss ss}", "page", "1", "page_size", "1");
        const struct call_instance call = { .host = MISTRAL_HOST,
                                            .path = MISTRAL_ADMIN_PATH "workspaces",
                                            .query = query };
        int r;

        if (!a->admin_key)
                return error_set(err, -EPERM,
                                 "no Admin API key: usage, keys and audit logs of the organisation "
                                 "are not known; an Enterprise organisation makes one in the "
                                 "Backoffice, give systemd the credential %s.admin_key",
                                 a->bearer.config ? a->bearer.config->name : "mistral");
        if (a->admin_refused[0] != '\0')
                return error_set(err, -EPERM, "%s", a->admin_refused);
        if (a->admin_proven)
                return SIGN_IN_READY;
        if (!query)
                return error_oom(err);
        r = mistral_admin_request(a, &call, req, err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

/* Refused one way, it is tried the other way. */
static int on_refused(struct account *a, const struct reply_meaning *m)
{
        if (++a->admin_header == ADMIN_HEADER_MAX)
                (void)snprintf(a->admin_refused, sizeof(a->admin_refused),
                               "Mistral refuses the Admin API key, as x-api-key and as bearer "
                               "(%.160s): workspace keys are none, and the Admin API is for "
                               "Enterprise organisations",
                               m->text);
        return 0;
}

int mistral_admin_signed_in(struct account *a, const struct message_reply *reply, struct error *err)
{
        const struct call_instance call = { .host = MISTRAL_HOST,
                                            .path = MISTRAL_ADMIN_PATH "workspaces" };
        struct reply_meaning m;

        mistral_interpret(a, &call, reply, &m);
        json_decref(m.body);
        switch (m.kind) {
        case REPLY_OK:
                a->admin_proven = true;
                return 0;
        case REPLY_UNAUTHENTICATED:
                return on_refused(a, &m);
        case REPLY_DENIED:
        case REPLY_REFUSED:
        case REPLY_GONE:
                return error_set(err, -EPERM, "the Admin API is closed to this key: %s: %s", m.code,
                                 m.text);
        case REPLY_BROKEN:
                return error_set(err, -EBADMSG, "the Admin API: %s", m.text);
        case REPLY_EXPIRED:
        case REPLY_THROTTLED:
        case REPLY_TRANSIENT:
        case REPLY_SKEWED:
        case REPLY_CORRECTED:
        case REPLY_OFF:
        case REPLY_ABSENT:
        case REPLY_MOVED:
        case REPLY_KIND_MAX:
                break;
        }
        return error_set(err, -EAGAIN, "the Admin API: %s", m.text);
}
