/* Which organisation does the key belong to? Lists of projects, keys and consumption are asked by
 * organisation, so the id must be known before anything can be discovered. */
#include "providers/scaleway/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

#define WHAT_TO_DO                                                                                 \
        "set organization_id in the account's entry, SCW_DEFAULT_ORGANIZATION_ID, or "             \
        "default_organization_id in scw's configuration"

static const char *project_of(const struct account *a)
{
        return a->credentials.project ? a->credentials.project : a->lookup_project;
}

static int ask(struct account *a, const char *folder, const char *id, struct message_request *req,
               struct error *err)
{
        struct buffer path = BUFFER_INIT(1024);
        int r;

        buffer_add(&path, folder);
        scaleway_encode(&path, id);
        r = buffer_error(&path);
        if (r >= 0)
                r = scaleway_request_get(a, buffer_text(&path), req, err);
        else
                r = error_set(err, r, "the id is too long to be asked for");
        buffer_done(&path);
        return r;
}

int organization_request(struct account *a, struct message_request *req, struct error *err)
{
        int r;

        if (a->step == ORGANIZATION_ASK_KEY && !a->credentials.access_key)
                a->step = ORGANIZATION_ASK_PROJECT;
        if (a->step == ORGANIZATION_ASK_PROJECT && !project_of(a))
                return error_set(err, -EINVAL,
                                 "the organisation's id is not known, and there is neither an "
                                 "access key nor a project to learn it from: " WHAT_TO_DO);
        if (a->step == ORGANIZATION_ASK_KEY)
                r = ask(a, "/iam/v1alpha1/api-keys/", a->credentials.access_key, req, err);
        else
                r = ask(a, "/account/v3/projects/", project_of(a), req, err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

void account_learn_expiry(struct account *a, const json_t *body)
{
        const char *expires = json_member_string(body, "expires_at");

        if (expires && clock_parse_iso8601(expires, &a->expires_usec) < 0)
                a->expires_usec = 0;
}

static int learn_key(struct account *a, const json_t *body, struct error *err)
{
        const char *project = json_member_string(body, "default_project_id");

        account_learn_expiry(a, body);
        if (!project_of(a) && project && project[0] != '\0') {
                a->lookup_project = strdup(project);
                if (!a->lookup_project)
                        return error_oom(err);
        }
        if (!project_of(a))
                return error_set(err, -EBADMSG,
                                 "the API key has no default project to learn the organisation "
                                 "from: " WHAT_TO_DO);
        a->step = ORGANIZATION_ASK_PROJECT;
        return 0;
}

static int learn_project(struct account *a, const json_t *body, struct error *err)
{
        const char *organization = json_member_string(body, "organization_id");

        if (!organization || organization[0] == '\0')
                return error_set(err, -EBADMSG,
                                 "the project does not say its organisation: " WHAT_TO_DO);
        a->credentials.organization = strdup(organization);
        return a->credentials.organization ? 0 : error_oom(err);
}

/* A key that may not read itself can still belong to a project that is known. */
static int on_denied(struct account *a, const struct reply_meaning *m, struct error *err)
{
        const char *what = a->step == ORGANIZATION_ASK_KEY ? "its own API key" : "the project";

        if (a->step == ORGANIZATION_ASK_KEY && project_of(a)) {
                a->step = ORGANIZATION_ASK_PROJECT;
                return 0;
        }
        return error_set(err, -EACCES,
                         "the organisation's id is not known and may not be looked up (%s: %s): %s",
                         what, m->text, WHAT_TO_DO);
}

static int on_failure(struct account *a, const struct reply_meaning *m, struct error *err)
{
        switch (m->kind) {
        case REPLY_DENIED:
        case REPLY_GONE:
        case REPLY_ABSENT:
        case REPLY_REFUSED:
                return on_denied(a, m, err);
        case REPLY_EXPIRED:
        case REPLY_UNAUTHENTICATED:
                return error_set(err, -EACCES, "%s", m->text);
        case REPLY_BROKEN:
                return error_set(err, -EBADMSG, "looking up the organisation: %s", m->text);
        case REPLY_OK:
        case REPLY_THROTTLED:
        case REPLY_TRANSIENT:
        case REPLY_SKEWED:
        case REPLY_CORRECTED:
        case REPLY_OFF:
        case REPLY_MOVED:
        case REPLY_KIND_MAX:
                break;
        }
        return error_set(err, -EAGAIN, "looking up the organisation: %s", m->text);
}

int organization_reply(struct account *a, const struct message_reply *reply, struct error *err)
{
        struct reply_meaning m;
        int r;

        scaleway_interpret(a, NULL, reply, &m);
        if (m.kind != REPLY_OK)
                return on_failure(a, &m, err);
        if (a->step == ORGANIZATION_ASK_KEY)
                r = learn_key(a, m.body, err);
        else
                r = learn_project(a, m.body, err);
        json_decref(m.body);
        return r;
}
