/* Signing in, as a sequence of requests: the chain's source, the roles of its profiles, and the
 * role in another account.
 *
 *   SOURCE ─┬─ static ──────────────────────────────────┐
 *           ├─ PROCESS ─────────────────────────────────┤
 *           ├─ WEB_IDENTITY ────────────────────────────┤
 *           ├─ SSO_REFRESH ─► SSO_ROLE ─────────────────┼─► ROLE (0…n times) ─► MEMBER? ─► DONE
 *           ├─ CONTAINER ───────────────────────────────┤
 *           └─ IMDS_TOKEN ─► DOCUMENT? ─► ROLE ─► CREDENTIALS ┘
 *
 * Each scope has its own flow, so that several can be under way; what one of them gets for the
 * account itself is kept for all. */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const uint64_t advisory_again_usec = USEC_PER_MINUTE;

/* ---- what the steps share ----------------------------------------------------------------------
 */

int flow_later(const struct flow_at *at, unsigned tries_max, struct error *err, const char *fmt,
               ...)
{
        char text[400];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        if (++at->identity->flow.tries < tries_max)
                return error_set(err, -EAGAIN, "%s", text);
        return error_set(err, -EACCES, "%s", text);
}

int flow_have_take(const struct flow_at *at, const struct message_reply *reply,
                   struct aws_credentials *credentials_take, struct error *err)
{
        struct flow *f = &at->identity->flow;
        struct aws_credentials c = *credentials_take;
        char end[CLOCK_TEXT_MAX];

        *credentials_take = (struct aws_credentials){ 0 };
        if (aws_credentials_expired(&c, aws_account_now(at->account, at->now_usec)) && reply)
                (void)aws_learn_offset(at->account, reply); /* it may be our clock that is off */
        c.obtained_usec = aws_account_now(at->account, at->now_usec);
        if (aws_credentials_expired(&c, c.obtained_usec)) {
                int r = error_set(err, -EACCES, "it gave credentials that expired at %s",
                                  clock_format_rfc3339(c.expires_usec, end));

                aws_credentials_done(&c);
                return r;
        }
        aws_credentials_done(&f->have);
        f->have = c;
        f->tries = 0;
        return 0;
}

/* ---- the source --------------------------------------------------------------------------------
 */

static int take_static(const struct flow_at *at, struct error *err)
{
        struct flow *f = &at->identity->flow;
        struct aws_credentials c = { 0 };
        int r;

        if (aws_credentials_copy(&c, &at->account->chain.fixed) < 0)
                return error_oom(err);
        r = flow_have_take(at, NULL, &c, err);
        f->step = FLOW_ROLE;
        return r;
}

static int ask_source(const struct flow_at *at, struct message_request *req, struct error *err)
{
        static const enum flow_step first[] = {
                [SOURCE_PROCESS] = FLOW_PROCESS,
                [SOURCE_WEB_IDENTITY] = FLOW_WEB_IDENTITY,
                [SOURCE_CONTAINER] = FLOW_CONTAINER,
                [SOURCE_IMDS] = FLOW_IMDS_TOKEN,
        };
        enum source_kind kind = at->account->chain.kind;

        at->identity->flow.role = 0;
        if (kind == SOURCE_STATIC)
                return take_static(at, err);
        if (kind == SOURCE_SSO)
                return flow_sso_begin(at, err);
        at->identity->flow.step = first[kind];
        return 0;
}

static const struct flow_ops flow_source = { .name = "source", .ask = ask_source };

/* ---- credential_process ------------------------------------------------------------------------
 */

static int ask_process(const struct flow_at *at, struct message_request *req, struct error *err)
{
        char **from = at->account->chain.argv;
        size_t n = 0;

        while (from[n])
                n++;
        message_request_init(req, "GET");
        req->secret = true;
        req->argv = calloc(n + 1, sizeof(char *));
        if (!req->argv)
                return error_oom(err);
        for (size_t i = 0; i < n; i++)
                if (!(req->argv[i] = strdup(from[i])))
                        return error_oom(err);
        return SIGN_IN_REQUEST;
}

static int take_process(const struct flow_at *at, const struct message_reply *reply,
                        struct error *err)
{
        static const struct aws_credentials_form form = {
                .access_key = "AccessKeyId",
                .secret_key = "SecretAccessKey",
                .token = "SessionToken",
                .expires = "Expiration",
                .account_id = "AccountId",
        };
        struct aws_credentials c = { 0 };
        json_t *json = NULL;
        int r;

        if (reply->transport != TRANSPORT_OK || reply->status != 0)
                return error_set(err, -EACCES, "%s",
                                 reply->transport_text[0] ? reply->transport_text
                                                          : "the command failed");
        r = json_parse(buffer_text(&reply->body), reply->body.size_bytes, &json, err);
        if (r < 0)
                return error_wrap(err, r, "its output");
        if (json_integer_value(json_object_get(json, "Version")) != 1)
                r = error_set(err, -EBADMSG, "its output has no \"Version\": 1");
        else
                r = aws_credentials_read(&c, json, &form, err);
        secret_json_free(json);
        if (r == 0)
                r = flow_have_take(at, NULL, &c, err);
        at->identity->flow.step = FLOW_ROLE;
        return r;
}

const struct flow_ops flow_process = { .name = "credential_process",
                                       .ask = ask_process,
                                       .take = take_process };

/* ---- the run -----------------------------------------------------------------------------------
 */

static const struct flow_ops *const steps[FLOW_STEP_MAX] = {
        [FLOW_SOURCE] = &flow_source,
        [FLOW_PROCESS] = &flow_process,
        [FLOW_WEB_IDENTITY] = &flow_web_identity,
        [FLOW_SSO_REFRESH] = &flow_sso_refresh,
        [FLOW_SSO_ROLE] = &flow_sso_role,
        [FLOW_CONTAINER] = &flow_container,
        [FLOW_IMDS_TOKEN] = &flow_imds_token,
        [FLOW_IMDS_DOCUMENT] = &flow_imds_document,
        [FLOW_IMDS_ROLE] = &flow_imds_role,
        [FLOW_IMDS_CREDENTIALS] = &flow_imds_credentials,
        [FLOW_ROLE] = &flow_role,
        [FLOW_MEMBER] = &flow_member,
};

/* Good until the mandatory window, and not refused. */
static bool usable(const struct account *a, const struct identity *id, uint64_t now_usec)
{
        return !aws_credentials_empty(&id->credentials) && !id->renew &&
               aws_credentials_state(&id->credentials, aws_account_now(a, now_usec)) !=
                       AWS_CREDENTIALS_MANDATORY;
}

/* Keys that cannot be renewed are good until they end. */
static bool due(const struct account *a, const struct identity *id, uint64_t now_usec)
{
        uint64_t now = aws_account_now(a, now_usec);
        bool fixed = !id->account_id && a->chain.kind == SOURCE_STATIC && a->chain.n_roles == 0;

        if (aws_credentials_empty(&id->credentials) || id->renew)
                return true;
        if (fixed)
                return aws_credentials_expired(&id->credentials, now);
        switch (aws_credentials_state(&id->credentials, now)) {
        case AWS_CREDENTIALS_GOOD:
                return false;
        case AWS_CREDENTIALS_ADVISORY:
                return now >= id->next_advisory_usec;
        case AWS_CREDENTIALS_MANDATORY:
                break;
        }
        return true;
}

static int flow_start(const struct flow_at *at, struct error *err)
{
        struct account *a = at->account;
        struct flow *f = &at->identity->flow;

        flow_reset(f);
        f->step = FLOW_SOURCE;
        if (!at->identity->account_id || !usable(a, &a->base, at->now_usec))
                return 0;
        f->step = FLOW_MEMBER;
        f->role = a->chain.n_roles;
        return aws_credentials_copy(&f->have, &a->base.credentials) < 0 ? error_oom(err) : 0;
}

static int flow_finish(const struct flow_at *at, struct error *err)
{
        struct identity *id = at->identity;

        if (id->renew && aws_credentials_same(&id->credentials, &id->flow.have)) {
                flow_reset(&id->flow);
                return error_set(err, -EACCES,
                                 "the credentials have expired, and it gives the same ones again");
        }
        aws_credentials_done(&id->credentials);
        id->credentials = id->flow.have;
        id->flow.have = (struct aws_credentials){ 0 };
        id->renew = false;
        id->next_advisory_usec = 0;
        flow_reset(&id->flow);
        return SIGN_IN_READY;
}

static int flow_run(const struct flow_at *at, struct message_request *req, struct error *err)
{
        struct flow *f = &at->identity->flow;
        int r = 0;

        if (f->step == FLOW_IDLE)
                r = flow_start(at, err);
        while (r == 0 && f->step != FLOW_DONE)
                r = steps[f->step]->ask(at, req, err);
        return r == 0 ? flow_finish(at, err) : r;
}

/* A step failed. Credentials that are good for a while yet are kept, and renewed later. */
static int flow_failed(const struct flow_at *at, int r, struct error *err)
{
        struct identity *id = at->identity;

        aws_account_redact(at->account, id, err->text);
        if (r != -EAGAIN || usable(at->account, id, at->now_usec))
                flow_reset(&id->flow); /* else the step is asked again */
        if (usable(at->account, id, at->now_usec)) {
                id->next_advisory_usec =
                        aws_account_now(at->account, at->now_usec) + advisory_again_usec;
                *err = (struct error){ 0 };
                return 0;
        }
        return error_wrap(err, r, "%s", at->account->source);
}

static void set_expires(const struct account *a, const struct identity *id, uint64_t *ret)
{
        if (ret)
                *ret = id->credentials.expires_usec == 0
                               ? 0
                               : id->credentials.expires_usec - (uint64_t)a->offset_usec;
}

int aws_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        struct flow_at at = { .account = a, .now_usec = now_usec };
        struct error local = { 0 };
        int r = aws_account_reload(a, false, &local);

        if (r < 0)
                return error_set(err, r, "%s", local.text);
        at.identity = identity_get(a, scope);
        if (!at.identity)
                return error_oom(err);
        if (at.identity->flow.step != FLOW_IDLE || due(a, at.identity, now_usec))
                r = flow_run(&at, req, &local);
        if (r < 0) {
                message_request_done(req);
                r = flow_failed(&at, r, &local);
        }
        if (r < 0)
                return error_set(err, r, "%s", local.text);
        if (r == SIGN_IN_READY)
                set_expires(a, at.identity, ret_expires_usec);
        return r;
}

int aws_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err)
{
        struct flow_at at = { .account = a,
                              .identity = identity_find(a, scope),
                              .now_usec = now_usec };
        struct error local = { 0 };
        enum flow_step step = at.identity ? at.identity->flow.step : FLOW_IDLE;
        int r;

        if (step == FLOW_IDLE || !steps[step] || !steps[step]->take)
                return error_set(err, -EINVAL, "a reply to a sign-in that is not under way");
        r = steps[step]->take(&at, reply, &local);
        if (r < 0)
                r = flow_failed(&at, r, &local);
        return r < 0 ? error_set(err, r, "%s", local.text) : 0;
}

void aws_sign_in_again(struct account *a, const struct scope *scope)
{
        struct identity *id = identity_find(a, scope);

        if (!id)
                return;
        id->renew = true;
        if (id == &a->base && a->chain.kind == SOURCE_STATIC)
                (void)aws_account_reload(a, true, NULL); /* other keys may be in their place */
}
