/* Roles: AssumeRole, and AssumeRoleWithWebIdentity, which needs no signature. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

#define STS_VERSION "2011-06-15"

enum { ROLE_SECONDS = 3600, STS_TRIES_MAX = 4 };

static const struct aws_credentials_form sts_form = {
        .access_key = "AccessKeyId",
        .secret_key = "SecretAccessKey",
        .token = "SessionToken",
        .expires = "Expiration",
        .temporary = true,
};

/* ---- writing -----------------------------------------------------------------------------------
 */

static int sts_request(const struct flow_at *at, const char *operation, const json_t *body,
                       const struct aws_credentials *credentials, struct message_request *req,
                       struct error *err)
{
        struct account *a = at->account;
        char host[128];
        struct aws_message m = {
                .protocol = AWS_QUERY,
                .operation = operation,
                .version = STS_VERSION,
                .host = host,
                .path = "/",
                .body = body,
                .service = "sts",
                .region = a->sts_region,
                .credentials = credentials,
                .now_usec = at->now_usec,
        };
        int r;

        (void)snprintf(host, sizeof(host), "sts.%s.%s", a->sts_region, a->partition->suffix);
        r = aws_message_write(a, &m, req, err);
        if (r < 0)
                return r;
        req->secret = true;
        return SIGN_IN_REQUEST;
}

struct role_request {
        const char *arn, *external_id, *session_name;
        uint64_t duration_seconds;
};

/* A role assumed from a role lasts an hour at most, whatever it allows. */
static int ask_assume(const struct flow_at *at, const struct role_request *role,
                      struct message_request *req, struct error *err)
{
        const struct aws_credentials *with = &at->identity->flow.have;
        uint64_t seconds = role->duration_seconds ? role->duration_seconds : ROLE_SECONDS;
        json_t *body;
        int r;

        if (with->token && seconds > ROLE_SECONDS)
                seconds = ROLE_SECONDS;
        body = json_pack("{ss ss sI ss*}", "RoleArn", role->arn, "RoleSessionName",
                         role->session_name ? role->session_name : at->account->session_name,
                         "DurationSeconds", (json_int_t)seconds, "ExternalId", role->external_id);
        if (!body)
                return error_set(err, -EINVAL, "the role's settings are no valid text");
        r = sts_request(at, "AssumeRole", body, with, req, err);
        secret_json_free(body);
        return r;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* Credentials on the way have expired: once more from the source. */
static int begin_again(const struct flow_at *at, const struct reply_meaning *meaning,
                       struct error *err)
{
        struct flow *f = &at->identity->flow;

        if (f->source_again)
                return error_set(err, -EACCES, "%s: %s", meaning->code, meaning->text);
        aws_credentials_done(&f->have);
        f->source_again = true;
        f->role = 0;
        f->step = FLOW_SOURCE;
        return 0;
}

static int role_failed(const struct flow_at *at, const char *arn,
                       const struct reply_meaning *meaning, struct error *err)
{
        switch (meaning->kind) {
        case REPLY_SKEWED: /* the offset is known now: the step is asked once more */
                return 0;
        case REPLY_EXPIRED:
                return begin_again(at, meaning, err);
        case REPLY_THROTTLED:
        case REPLY_TRANSIENT:
        case REPLY_BROKEN:
                return flow_later(at, STS_TRIES_MAX, err, "role %s: %s: %s", arn, meaning->code,
                                  meaning->text);
        case REPLY_DENIED: /* the credentials are good; what they may do is the role's to say */
                return error_set(err, -EPERM,
                                 "role %s cannot be assumed: %s: %s (do the role, its trust policy "
                                 "and its external id allow it?)",
                                 arn, meaning->code, meaning->text);
        case REPLY_UNAUTHENTICATED:
                return error_set(err, -EACCES,
                                 "the credentials are refused: %s: %s (are they right and active, "
                                 "and of this partition?)",
                                 meaning->code, meaning->text);
        case REPLY_OK:
        case REPLY_CORRECTED:
        case REPLY_OFF:
        case REPLY_ABSENT:
        case REPLY_GONE:
        case REPLY_MOVED:
        case REPLY_REFUSED:
        case REPLY_KIND_MAX:
                break;
        }
        return error_set(err, -EACCES, "role %s: %s: %s%s", arn, meaning->code, meaning->text,
                         at->identity->flow.step == FLOW_WEB_IDENTITY
                                 ? " (is the token current, and does the role trust who issued it?)"
                                 : "");
}

/* The role's account is that of its credentials. */
static int take_role(const struct flow_at *at, const char *operation, const char *arn,
                     const struct message_reply *reply, struct error *err)
{
        struct aws_credentials c = { 0 };
        struct reply_meaning meaning;
        char result[64], id[AWS_ACCOUNT_ID_DIGITS + 1];
        int r;

        aws_interpret_for(at->account, at->identity, AWS_QUERY, operation, reply, &meaning);
        if (meaning.kind != REPLY_OK)
                return role_failed(at, arn, &meaning, err);
        (void)snprintf(result, sizeof(result), "%sResult", operation);
        r = aws_credentials_read(
                &c, json_object_get(json_object_get(meaning.body, result), "Credentials"),
                &sts_form, err);
        secret_json_free(meaning.body);
        if (r == 0 && aws_account_id_of_arn(arn, id) && !(c.account_id = strdup(id)))
                r = error_oom(err);
        if (r == 0)
                r = flow_have_take(at, reply, &c, err);
        aws_credentials_done(&c);
        if (r < 0)
                return error_wrap(err, r, "role %s", arn);
        return 1;
}

/* ---- roles of the chain ------------------------------------------------------------------------
 */

/* All roles are assumed: these are the account's own credentials, for every scope. */
static int chain_ended(const struct flow_at *at, struct error *err)
{
        struct account *a = at->account;
        struct flow *f = &at->identity->flow;

        if (!at->identity->account_id) {
                f->step = FLOW_DONE;
                return 0;
        }
        if (aws_credentials_copy(&a->base.credentials, &f->have) < 0)
                return error_oom(err);
        a->base.renew = false;
        f->step = FLOW_MEMBER;
        return 0;
}

static int ask_role(const struct flow_at *at, struct message_request *req, struct error *err)
{
        const struct chain *c = &at->account->chain;
        const struct chain_role *role;
        struct role_request request;

        if (at->identity->flow.role >= c->n_roles)
                return chain_ended(at, err);
        role = &c->roles[at->identity->flow.role];
        request = (struct role_request){ role->arn, role->external_id, role->session_name,
                                         role->duration_seconds };
        return ask_assume(at, &request, req, err);
}

static int take_chain_role(const struct flow_at *at, const struct message_reply *reply,
                           struct error *err)
{
        const struct chain_role *role = &at->account->chain.roles[at->identity->flow.role];
        int r = take_role(at, "AssumeRole", role->arn, reply, err);

        if (r > 0)
                at->identity->flow.role++;
        return r < 0 ? r : 0;
}

const struct flow_ops flow_role = { .name = "role", .ask = ask_role, .take = take_chain_role };

/* ---- the role in another account ---------------------------------------------------------------
 */

static const char *member_external_id(const struct account *a)
{
        const struct aws_options *o = a->options;

        return o->organization.external_id ? o->organization.external_id : o->external_id;
}

static int ask_member(const struct flow_at *at, struct message_request *req, struct error *err)
{
        struct role_request request = { .external_id = member_external_id(at->account) };
        _cleanup_(freep) char *arn = NULL;
        int r = aws_account_member_role(at->account, at->identity->account_id, &arn, err);

        if (r < 0)
                return r;
        request.arn = arn;
        return ask_assume(at, &request, req, err);
}

static int take_member(const struct flow_at *at, const struct message_reply *reply,
                       struct error *err)
{
        _cleanup_(freep) char *arn = NULL;
        int r = aws_account_member_role(at->account, at->identity->account_id, &arn, err);

        if (r == 0)
                r = take_role(at, "AssumeRole", arn, reply, err);
        if (r > 0)
                at->identity->flow.step = FLOW_DONE;
        return r < 0 ? r : 0;
}

const struct flow_ops flow_member = { .name = "member", .ask = ask_member, .take = take_member };

/* ---- web identity ------------------------------------------------------------------------------
 */

static int ask_web_identity(const struct flow_at *at, struct message_request *req,
                            struct error *err)
{
        const struct chain *c = &at->account->chain;
        char *token = NULL;
        json_t *body;
        int r = secret_file_read(c->token_file, &token, err);

        if (r < 0)
                return r;
        body = json_pack("{ss ss sI ss}", "RoleArn", c->role_arn, "RoleSessionName",
                         c->session_name ? c->session_name : at->account->session_name,
                         "DurationSeconds", (json_int_t)ROLE_SECONDS, "WebIdentityToken", token);
        secret_free(token);
        if (!body)
                return error_set(err, -EINVAL, "%s holds no token", c->token_file);
        r = sts_request(at, "AssumeRoleWithWebIdentity", body, NULL, req, err);
        secret_json_free(body);
        return r;
}

static int take_web_identity(const struct flow_at *at, const struct message_reply *reply,
                             struct error *err)
{
        struct flow *f = &at->identity->flow;
        int r;

        f->source_again =
                true; /* an expired token is not made good by reading the file again now */
        r = take_role(at, "AssumeRoleWithWebIdentity", at->account->chain.role_arn, reply, err);
        if (r > 0)
                f->step = FLOW_ROLE;
        return r < 0 ? r : 0;
}

const struct flow_ops flow_web_identity = { .name = "web identity",
                                            .ask = ask_web_identity,
                                            .take = take_web_identity };
