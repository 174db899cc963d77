/* Signing in, as a sequence of requests: what the credentials prove themselves with, then the
 * service accounts to become.
 *
 *   SOURCE ─┬─ ASSERT (a key's signed assertion) ─────────────────────────┐
 *           ├─ REFRESH (a person's refresh token) ────────────────────────┤
 *           ├─ METADATA_UNIVERSE ─► METADATA_TOKEN ───────────────────────┼─► BECOME (0…n) ─► DONE
 *           ├─ a file ──────────────────────────────┬─► EXCHANGE ─────────┘
 *           ├─ SUBJECT_URL ─────────────────────────┤
 *           └─ AWS_SESSION? ─► REGION? ─► ROLE? ─► KEYS? ─► SIGN ┘
 *
 * The token is one for all scopes: a service account is not another one in another project. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

static const uint64_t renew_before_usec = 5 * USEC_PER_MINUTE;
static const uint64_t renew_again_usec = USEC_PER_MINUTE;
static const uint64_t offset_min_usec = 4 * USEC_PER_MINUTE;

static const struct gcp_step_ops source_step;

static const struct gcp_step_ops *const steps[GCP_STEP_MAX] = {
        [GCP_SOURCE] = &source_step,
        [GCP_METADATA_UNIVERSE] = &gcp_metadata_universe,
        [GCP_METADATA_TOKEN] = &gcp_metadata_token,
        [GCP_ASSERT] = &gcp_assert,
        [GCP_REFRESH] = &gcp_refresh,
        [GCP_SUBJECT_URL] = &gcp_subject_url,
        [GCP_AWS_SESSION] = &gcp_aws_session,
        [GCP_AWS_REGION] = &gcp_aws_region,
        [GCP_AWS_ROLE] = &gcp_aws_role,
        [GCP_AWS_KEYS] = &gcp_aws_keys,
        [GCP_AWS_SIGN] = &gcp_aws_sign,
        [GCP_EXCHANGE] = &gcp_exchange,
        [GCP_BECOME] = &gcp_become,
};

/* ---- what the steps share -------------------------------------------------------------------- */

bool gcp_passes(const struct message_reply *reply)
{
        return reply->transport != TRANSPORT_OK || reply->status >= 500 || reply->status == 429 ||
               reply->status == 408;
}

const char *gcp_outcome(const struct message_reply *reply, char text[static 300])
{
        if (reply->transport == TRANSPORT_OK)
                (void)snprintf(text, 300, "HTTP status %d", reply->status);
        else
                (void)snprintf(text, 300, "%s",
                               reply->transport_text[0] ? reply->transport_text : "no reply");
        return text;
}

bool gcp_learn_offset(const struct gcp_at *at, const struct message_reply *reply)
{
        uint64_t theirs, ours = gcp_now(at->account, at->now_usec);
        char date[64];

        if (at->flow->clock_learnt || !message_reply_header(reply, "date", date, sizeof(date)) ||
            clock_parse_http_date(date, &theirs) < 0 ||
            (theirs > ours ? theirs - ours : ours - theirs) < offset_min_usec)
                return false;
        at->flow->clock_learnt = true;
        at->account->offset_usec = (int64_t)(theirs - at->now_usec);
        return true;
}

static void redact(char *text, const char *secret)
{
        size_t length = secret ? strlen(secret) : 0;
        char *from = text;

        while (length >= 3 && (from = strstr(from, secret))) {
                memset(from, '*', 3);
                memmove(from + 3, from + length, strlen(from + length) + 1);
                from += 3;
        }
}

void gcp_redact(const struct account *a, char *text)
{
        redact(text, a->token.access_token);
        redact(text, a->source.client_secret);
        redact(text, a->source.refresh_token);
        for (const struct gcp_flow *f = a->flows; f; f = f->next) {
                redact(text, f->have.access_token);
                redact(text, f->subject);
                redact(text, f->aws.secret_key);
                redact(text, f->aws.token);
        }
}

/* ---- flows ------------------------------------------------------------------------------------
 */

static void flow_reset(struct gcp_flow *f)
{
        oauth_token_done(&f->have);
        secret_free(f->subject);
        secret_free(f->aws.session);
        secret_free(f->aws.access_key);
        secret_free(f->aws.secret_key);
        secret_free(f->aws.token);
        free(f->aws.region);
        free(f->aws.role);
        *f = (struct gcp_flow){ .scope = f->scope, .next = f->next };
}

static bool is_of(const struct gcp_flow *f, const struct scope *scope)
{
        return scope ? f->scope && strcmp(f->scope, scope->id) == 0 : !f->scope;
}

static struct gcp_flow **flow_link(struct account *a, const struct scope *scope)
{
        struct gcp_flow **link = &a->flows;

        while (*link && !is_of(*link, scope))
                link = &(*link)->next;
        return link;
}

static void flow_drop(struct gcp_flow **link)
{
        struct gcp_flow *f = *link;

        *link = f->next;
        flow_reset(f);
        free(f->scope);
        free(f);
}

static struct gcp_flow *flow_get(struct account *a, const struct scope *scope)
{
        struct gcp_flow **link = flow_link(a, scope), *f = *link;

        if (f)
                return f;
        f = calloc(1, sizeof(*f));
        if (f && scope && !(f->scope = strdup(scope->id))) {
                free(f);
                return NULL;
        }
        *link = f;
        return f;
}

void gcp_flows_free(struct account *a)
{
        while (a->flows)
                flow_drop(&a->flows);
}

void gcp_sign_out(struct account *a, const struct scope *scope)
{
        struct gcp_flow **link = flow_link(a, scope);

        if (*link)
                flow_drop(link);
}

/* ---- the run ----------------------------------------------------------------------------------
 */

static int ask_source(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        static const enum gcp_step first[] = {
                [GCP_SERVICE_ACCOUNT] = GCP_ASSERT,     [GCP_USER] = GCP_REFRESH,
                [GCP_EXTERNAL_FILE] = GCP_EXCHANGE,     [GCP_EXTERNAL_URL] = GCP_SUBJECT_URL,
                [GCP_EXTERNAL_AWS] = GCP_AWS_SESSION,   [GCP_EXTERNAL_USER] = GCP_REFRESH,
                [GCP_METADATA] = GCP_METADATA_UNIVERSE,
        };
        enum gcp_source_kind kind = at->account->source.kind;

        at->flow->step = first[kind];
        if (kind == GCP_EXTERNAL_FILE)
                return gcp_subject_file(at, err);
        return kind == GCP_EXTERNAL_AWS ? gcp_aws_begin(at, err) : 0;
}

static const struct gcp_step_ops source_step = { .name = "source", .ask = ask_source };

static bool usable(const struct account *a, uint64_t now_usec)
{
        return a->token.access_token && !a->renew && gcp_now(a, now_usec) < a->token.expires_usec;
}

static bool due(const struct account *a, uint64_t now_usec)
{
        uint64_t now = gcp_now(a, now_usec);

        if (!usable(a, now_usec))
                return true;
        return now + renew_before_usec >= a->token.expires_usec && now >= a->next_renewal_usec;
}

/* Another scope's sign-in is under way, and the token good until it is done. */
static bool others_renew(const struct account *a, const struct scope *scope, uint64_t now_usec)
{
        for (const struct gcp_flow *f = a->flows; f; f = f->next)
                if (f->step != GCP_IDLE && !is_of(f, scope))
                        return usable(a, now_usec);
        return false;
}

static int flow_finish(const struct gcp_at *at, struct error *err)
{
        struct account *a = at->account;
        uint64_t now = gcp_now(a, at->now_usec);
        char end[CLOCK_TEXT_MAX];

        if (at->flow->have.expires_usec <= now) {
                int r = error_set(err, -EACCES,
                                  "the token that came ended at %s: is this "
                                  "machine's clock right?",
                                  clock_format_rfc3339(at->flow->have.expires_usec, end));

                flow_reset(at->flow);
                return r;
        }
        oauth_token_done(&a->token);
        a->token = at->flow->have;
        at->flow->have = (struct oauth_token){ 0 };
        a->renew = false;
        a->next_renewal_usec = now + renew_again_usec;
        flow_reset(at->flow);
        return SIGN_IN_READY;
}

static int flow_run(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        struct gcp_flow *f = at->flow;
        int r = 0;

        if (f->step == GCP_IDLE)
                f->step = GCP_SOURCE;
        while (r == 0 && f->step != GCP_DONE)
                r = steps[f->step]->ask(at, req, err);
        return r == 0 ? flow_finish(at, err) : r;
}

/* A step failed. A token that is good for a while yet is kept, and renewed later. */
static int flow_failed(const struct gcp_at *at, int r, struct error *err)
{
        struct account *a = at->account;

        gcp_redact(a, err->text);
        if (usable(a, at->now_usec)) {
                a->next_renewal_usec = gcp_now(a, at->now_usec) + renew_again_usec;
                flow_reset(at->flow);
                *err = (struct error){ 0 };
                return 0;
        }
        (void)error_wrap(err, r, "%s", a->source.where);
        if (r == -EAGAIN)
                return r; /* the step is asked again */
        flow_reset(at->flow);
        (void)snprintf(a->refused, sizeof(a->refused), "%s", err->text);
        return r;
}

int gcp_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        struct gcp_at at = { .account = a, .now_usec = now_usec };
        struct error local = { 0 };
        int r = SIGN_IN_READY;

        if (a->refused[0] != '\0')
                return error_set(err, -EACCES, "%s", a->refused);
        if (due(a, now_usec) && !others_renew(a, scope, now_usec)) {
                at.flow = flow_get(a, scope);
                if (!at.flow)
                        return error_oom(err);
                r = flow_run(&at, req, &local);
                if (r < 0)
                        r = flow_failed(&at, r, &local);
        }
        if (r < 0)
                return error_set(err, r, "%s", local.text);
        if (r == SIGN_IN_READY && ret_expires_usec)
                *ret_expires_usec = a->token.expires_usec - (uint64_t)a->offset_usec;
        return r;
}

int gcp_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err)
{
        struct gcp_at at = { .account = a, .flow = *flow_link(a, scope), .now_usec = now_usec };
        struct error local = { 0 };
        enum gcp_step step = at.flow ? at.flow->step : GCP_IDLE;
        int r;

        if (step == GCP_IDLE || !steps[step] || !steps[step]->take)
                return error_set(err, -EINVAL, "a reply to a sign-in that is not under way");
        r = steps[step]->take(&at, reply, &local);
        if (r < 0)
                r = flow_failed(&at, r, &local);
        return r < 0 ? error_set(err, r, "%s", local.text) : 0;
}

void gcp_sign_in_again(struct account *a, const struct scope *scope)
{
        a->renew = true;
        if (*flow_link(a, scope))
                flow_reset(*flow_link(a, scope));
}
