#include "daemon/engine/session.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/engine/command.h"
#include "daemon/engine/denial.h"
#include "daemon/engine/job.h"

#include <errno.h>
#include <string.h>

enum {
        SESSION_STEPS_MAX = 16,   /* requests in one sign-in: longer is a loop */
        SESSION_ATTEMPTS_MAX = 4, /* of a sign-in that failed for now */
        SESSION_RENEWALS_MAX =
                8, /* in one scan: credentials that expire at every call are no credentials */
};
static const uint64_t session_recheck_usec = 10 * USEC_PER_SEC;
static const uint64_t command_timeout_usec = 60 * USEC_PER_SEC;

void session_init(struct session *s, struct scan_scope *scope)
{
        *s = (struct session){ .scope = scope };
}

void session_done(struct session *s)
{
        http_cancel(s->transfer);
        command_cancel(s->command);
        sd_event_source_disable_unref(s->timer);
        *s = (struct session){ .scope = s->scope };
}

void session_leave(struct session *s, struct job *j)
{
        struct job **link = &s->waiting;

        while (*link && *link != j)
                link = &(*link)->next_waiting;
        if (*link)
                *link = j->next_waiting;
        j->waits_for_session = false;
}

static void session_wake(struct session *s)
{
        struct job *j;

        while ((j = s->waiting)) {
                s->waiting = j->next_waiting;
                j->waits_for_session = false;
                job_resume(j);
        }
}

static void session_report(struct session *s)
{
        struct scan_account *a = s->scope->account;
        const struct scan_request *request = &a->scan->request;
        struct scan_trouble trouble = {
                .account = a->config->name,
                .provider = a->provider->name,
                .scope = s->scope->scope ? s->scope->scope->id : NULL,
                .code = s->error.code,
                .text = s->error.text,
                .asked_usec = s->asked_usec,
        };

        if (s->reported)
                return;
        s->reported = true;
        if (request->on_trouble)
                request->on_trouble(request->user, &trouble);
}

static void session_fail(struct session *s, int code)
{
        s->state = SESSION_FAILED;
        if (s->error.code == 0)
                (void)error_set(&s->error, code, "sign-in failed: %s", strerror(-code));
        if (code == -EPERM && s->asked_usec == 0)
                scope_deny(s->scope, s->error.text);
        session_report(s);
        session_wake(s);
}

static void session_step(struct session *s);

static int session_on_timer(sd_event_source *source, uint64_t usec, void *user)
{
        session_step(user);
        return 0;
}

static int session_wait(struct session *s, uint64_t delay_usec)
{
        sd_event *event = s->scope->account->scan->request.event;
        int r;

        s->timer = sd_event_source_disable_unref(s->timer);
        r = sd_event_add_time_relative(event, &s->timer, CLOCK_BOOTTIME, delay_usec, 0,
                                       session_on_timer, s);
        if (r >= 0)
                (void)sd_event_source_set_description(s->timer, "sign-in-wait");
        return r < 0 ? r : 0;
}

/* Failed for now: once more after a while, then for good. */
static void session_later(struct session *s, int code)
{
        struct scan *scan = s->scope->account->scan;
        uint64_t delay_usec = USEC_PER_SEC << s->attempts;
        int r;

        if (delay_usec > scan->request.config->limits.max_backoff_usec)
                delay_usec = scan->request.config->limits.max_backoff_usec;
        if (code != -EAGAIN || ++s->attempts >= SESSION_ATTEMPTS_MAX) {
                session_fail(s, code);
                return;
        }
        s->error = (struct error){ 0 };
        r = session_wait(s, delay_usec);
        if (r < 0)
                session_fail(s, r);
}

static void session_on_reply(void *user, struct message_reply *reply)
{
        struct session *s = user;
        struct scan_account *a = s->scope->account;
        int r;

        s->transfer = NULL;
        s->command = NULL;
        a->scan->progress.calls++;
        if (reply->transport == TRANSPORT_OK)
                a->answered++;
        reply->network_up = a->answered > 0;
        r = a->provider->signed_in(a->account, s->scope->scope, reply, clock_realtime_usec(),
                                   &s->error);
        if (r < 0)
                session_later(s, r);
        else
                session_step(s);
}

/* A request that has to wait is dropped, and written again when its moment has come: its signature
 * would grow old. */
static int session_send(struct session *s, const struct message_request *req)
{
        struct scan_account *a = s->scope->account;
        struct scan *scan = a->scan;
        uint64_t wait_usec =
                s->paid || req->argv ? 0 : account_sign_in_budget(a, clock_boottime_usec());

        s->paid = wait_usec > 0;
        if (wait_usec > 0)
                return session_wait(s, wait_usec);
        if (++s->steps > SESSION_STEPS_MAX)
                return error_set(&s->error, -ELOOP, "the sign-in does not come to an end");
        if (req->argv)
                return command_run(scan->request.event, req->argv,
                                   req->timeout_usec ? req->timeout_usec : command_timeout_usec,
                                   session_on_reply, s, &s->command, &s->error);
        return http_send(scan->http, req, &a->config->network, session_on_reply, s, &s->transfer,
                         &s->error);
}

static void session_step(struct session *s)
{
        struct scan_account *a = s->scope->account;
        const struct scan_request *request = &a->scan->request;
        struct message_request req = { 0 };
        uint64_t expires_usec = 0;
        int r;

        r = a->provider->sign_in(a->account, s->scope->scope, clock_realtime_usec(), &req,
                                 &expires_usec, &s->error);
        if (r == SIGN_IN_REQUEST) {
                r = message_request_error(&req, &s->error);
                if (r == 0)
                        r = session_send(s, &req);
                message_request_done(&req);
                s->state = SESSION_RUNNING;
                if (r < 0)
                        session_fail(s, r);
                return;
        }
        message_request_done(&req);
        if (r < 0) {
                s->state = SESSION_RUNNING;
                session_later(s, r);
                return;
        }
        s->state = SESSION_READY;
        scope_allow(s->scope);
        s->attempts = s->steps = 0;
        s->error = (struct error){ 0 };
        s->checked_usec = clock_boottime_usec();
        /* those of a role in another account are renewed from the account's own: it is these that
         * end */
        if (request->on_credentials && !s->scope->scope && expires_usec != s->expires_usec)
                request->on_credentials(request->user, a->provider->name, a->config->name,
                                        expires_usec);
        s->expires_usec = expires_usec;
        session_wake(s);
}

int session_require(struct session *s, struct job *j, struct error *err)
{
        bool stale = s->state == SESSION_READY &&
                     clock_boottime_usec() - s->checked_usec > session_recheck_usec;

        if (s->state == SESSION_IDLE && scope_denial(s->scope, &s->asked_usec, &s->error))
                session_fail(s, -EPERM);
        else if (s->state == SESSION_IDLE || stale)
                session_step(s);
        if (s->state == SESSION_READY)
                return 0;
        if (s->state == SESSION_FAILED)
                return error_set(err, s->error.code, "%s", s->error.text);
        j->next_waiting = s->waiting;
        s->waiting = j;
        j->waits_for_session = true;
        return 1;
}

bool session_renew(struct session *s, unsigned renewals)
{
        struct scan_account *a = s->scope->account;

        if (s->renewals != renewals)
                return s->state != SESSION_FAILED;
        if (s->state != SESSION_READY)
                return s->state == SESSION_RUNNING; /* another job has begun it */
        if (++s->renewals > SESSION_RENEWALS_MAX)
                return false;
        if (a->provider->sign_in_again)
                a->provider->sign_in_again(a->account, s->scope->scope);
        s->state = SESSION_IDLE;
        return true;
}

void session_refuse(struct session *s, const char *text)
{
        if (s->proven || s->state == SESSION_FAILED)
                return;
        (void)error_set(&s->error, -EACCES, "%s", text);
        session_fail(s, -EACCES);
}
