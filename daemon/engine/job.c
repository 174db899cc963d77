#include "daemon/engine/job.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/log.h"
#include "daemon/engine/denial.h"
#include "daemon/engine/discovery.h"
#include "daemon/engine/expand.h"
#include "daemon/engine/offered.h"
#include "daemon/engine/template.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
        JOB_WAIT = JOB_STATE_MAX, /* returned by a step: a callback goes on */
        TRANSIENT_ATTEMPTS_MAX = 4,
        CORRECTIONS_MAX = 3,
};
static const uint64_t backoff_first_usec = USEC_PER_SEC;
static const uint64_t retry_after_max_usec =
        5 * USEC_PER_MINUTE; /* longer: this scan goes without */

/* ---- what several scopes ask -------------------------------------------------------------------
 *
 * Projects ask about the organisation above them. With one identity for all of them what it may not
 * see it may not see from any: the first asks, and the others wait for what comes of it. */

static bool job_is_shared(const struct job *j)
{
        return j->site->scope->account->provider->one_identity && j->frame->parent && j->page == 0;
}

static bool job_digest(struct job *j, const struct call_instance *call)
{
        json_auto_t *all =
                json_pack("{s:s, s:s, s:s, s:O?, s:O?}", "call", j->call->name, "host", call->host,
                          "path", call->path, "query", call->query, "body", call->body);

        return all && json_canonical_digest(all, j->request);
}

/* What is known of it now; what it was the first to ask is known to nobody else before. */
static void job_tell_others(struct job *j, json_t *what_take)
{
        json_t *requests = j->first ? j->site->scope->account->requests : NULL;

        if (j->first && what_take)
                (void)json_object_set(requests, j->request, what_take);
        else if (j->first)
                (void)json_object_del(requests, j->request);
        json_decref(what_take);
        j->first = false;
}

enum { SHARED_GO, SHARED_WAIT, SHARED_DENIED };

static int job_share(struct job *j, const struct call_instance *call)
{
        struct scan_account *a = j->site->scope->account;
        const json_t *known;

        if (!job_is_shared(j) || j->first || !job_digest(j, call))
                return SHARED_GO;
        if (!a->requests)
                a->requests = json_object();
        known = json_object_get(a->requests, j->request);
        if (json_is_null(known))
                return SHARED_WAIT;
        if (json_is_string(known)) {
                (void)error_set(&j->error, -EACCES, "%s", json_string_value(known));
                return SHARED_DENIED;
        }
        j->first = !known && json_object_set_new(a->requests, j->request, json_null()) == 0;
        return SHARED_GO;
}

/* ---- failing
 * ------------------------------------------------------------------------------------------ */

static int job_fail(struct job *j, enum coverage_state outcome, int code)
{
        j->outcome = outcome;
        if (j->error.code == 0)
                (void)error_set(&j->error, code, "%s", strerror(-code));
        (void)error_wrap(&j->error, j->error.code, "%s", j->call->name);
        return JOB_FAILED;
}

static enum coverage_state outcome_of(enum reply_kind kind)
{
        static const enum coverage_state outcomes[] = {
                [REPLY_OK] = COVERAGE_OK,
                [REPLY_THROTTLED] = COVERAGE_THROTTLED,
                [REPLY_TRANSIENT] = COVERAGE_FAILED,
                [REPLY_DENIED] = COVERAGE_DENIED,
                [REPLY_EXPIRED] = COVERAGE_EXPIRED,
                [REPLY_UNAUTHENTICATED] = COVERAGE_EXPIRED,
                [REPLY_SKEWED] = COVERAGE_EXPIRED,
                [REPLY_CORRECTED] = COVERAGE_FAILED,
                [REPLY_OFF] = COVERAGE_OFF,
                [REPLY_ABSENT] = COVERAGE_ABSENT,
                [REPLY_GONE] = COVERAGE_FAILED,
                [REPLY_MOVED] = COVERAGE_FAILED,
                [REPLY_BROKEN] = COVERAGE_FAILED,
                [REPLY_REFUSED] = COVERAGE_FAILED,
        };
        static_assert(ELEMENTSOF(outcomes) == REPLY_KIND_MAX,
                      "every kind of reply has its outcome");

        return outcomes[kind];
}

/* Where it is asked whether the scope has that region it has not: the region says so, or refuses
 * credentials that were good elsewhere. */
static bool job_asks_for_nothing_there(const struct job *j, enum reply_kind kind)
{
        return discovery_is_probe(j->call->collector) &&
               (kind == REPLY_OFF ||
                (kind == REPLY_UNAUTHENTICATED && j->site->scope->session.proven));
}

/* Who reads of a denial looks for a permission, and it may not be what is missing. */
static void say_needs(struct job *j)
{
        const char *needs = j->call->needs.in[LANGUAGE_EN];
        size_t n = strlen(j->error.text);

        if (needs)
                (void)snprintf(j->error.text + n, sizeof(j->error.text) - n, "; %s", needs);
}

/* No refusal of the call as such: the thing that it was about is not there or has no such thing, or
 * it is a later page that is refused. */
static bool job_was_answered(const struct job *j, enum reply_kind kind)
{
        return coverage_is_answer(j->outcome) || kind == REPLY_GONE || kind == REPLY_REFUSED ||
               (kind == REPLY_DENIED && j->page > 0);
}

static int job_fail_reply(struct job *j, struct reply_meaning *meaning)
{
        const struct scan *scan = j->site->scope->account->scan;

        if (j->reply.transport == TRANSPORT_OK && !j->call->region && !j->frame->region)
                offered_read(scan->request.catalogue, j->call, j->site->region, scan->started_usec,
                             meaning);
        j->reply_kind = meaning->kind;
        if (meaning->code[0] && meaning->text[0])
                (void)error_set(&j->error, -EIO, "%s: %s", meaning->code, meaning->text);
        else
                (void)error_set(&j->error, -EIO, "%s%s", meaning->code, meaning->text);
        if (meaning->request_id[0])
                (void)snprintf(j->request_id, sizeof(j->request_id), "%s", meaning->request_id);
        if (meaning->kind == REPLY_DENIED)
                say_needs(j);
        if (job_asks_for_nothing_there(j, meaning->kind)) {
                (void)error_wrap(&j->error, -EIO, "%s is not enabled for %s", j->site->region,
                                 site_scope_id(j->site));
                (void)job_fail(j, COVERAGE_OFF, -EIO);
                site_deny_off(j->site, j->call, j->error.text);
                return JOB_FAILED;
        }
        if (meaning->kind == REPLY_UNAUTHENTICATED)
                session_refuse(&j->site->scope->session, j->error.text);
        (void)job_fail(j, outcome_of(meaning->kind), -EIO);
        if (meaning->kind == REPLY_DENIED) {
                j->site->scope->account->scan->progress.denied++;
                job_tell_others(j, json_string(j->error.text));
                site_deny(j->site, j->call, j->error.text);
        }
        if (job_was_answered(j, meaning->kind))
                site_answered(j->site, j->call);
        return JOB_FAILED;
}

/* ---- waiting
 * ------------------------------------------------------------------------------------------- */

static int job_on_timer(sd_event_source *source, uint64_t usec, void *user)
{
        struct job *j = user;

        j->timer = sd_event_source_disable_unref(j->timer);
        job_resume(j);
        return 0;
}

static int job_sleep(struct job *j, uint64_t usec)
{
        sd_event *event = j->site->scope->account->scan->request.event;
        int r = sd_event_add_time_relative(event, &j->timer, CLOCK_BOOTTIME, usec, 0, job_on_timer,
                                           j);

        if (r < 0)
                return job_fail(j, COVERAGE_FAILED, r);
        (void)sd_event_source_set_description(j->timer, "job-wait");
        return JOB_WAIT;
}

static void job_release(struct job *j)
{
        if (!j->holds_slot)
                return;
        j->holds_slot = false;
        scan_slot_give_back(j->site->scope->account);
}

/* ---- the steps, in the order they run
 * --------------------------------------------------------------------- */

/* Asked here before, and refused: not again. */
static int job_denied(struct job *j, const struct denial *denial)
{
        j->outcome = denial->off ? COVERAGE_OFF : COVERAGE_DENIED;
        (void)error_set(&j->error, -EACCES, "%s", denial->cause);
        return JOB_FAILED;
}

/* Refused in a scan before this one, and not due again. */
static int job_spare(struct job *j, struct denial *denial)
{
        const struct scan_account *a = j->site->scope->account;
        const struct scan_request *request = &a->scan->request;
        const struct asked_call call = { .provider = a->provider->name,
                                         .service = j->call->service->id,
                                         .spared = true };

        if (!denial->counted && request->on_asked)
                request->on_asked(request->user, &call);
        denial->counted = true;
        j->asked_usec = denial->asked_usec;
        return job_denied(j, denial);
}

static int job_auth(struct job *j)
{
        struct denial *denial = site_denial(j->site, j->call);
        int r;

        if (denial && !denial_is_spared(denial))
                return job_denied(j, denial);
        r = session_require(&j->site->scope->session, j, &j->error);
        if (r == -EPERM)
                j->asked_usec = j->site->scope->session.asked_usec;
        if (r < 0)
                return job_fail(j,
                                r == -EACCES  ? COVERAGE_EXPIRED
                                : r == -EPERM ? COVERAGE_DENIED
                                              : COVERAGE_FAILED,
                                r);
        if (r > 0)
                return JOB_WAIT;
        /* signed in all the same: credentials that end are not to go unnoticed */
        return denial ? job_spare(j, denial) : JOB_BUDGET;
}

/* Budgets are the region's that is asked, whichever site asks. */
static const char *job_region(struct job *j)
{
        struct template_values values = { .value = frame_value, .user = (void *)j->frame };
        char *region = NULL;

        if (j->region[0] == '\0' && j->call->region &&
            template_expand(j->call->region, TEMPLATE_PLAIN, &values, &region, NULL) == 0)
                (void)snprintf(j->region, sizeof(j->region), "%s", region);
        free(region);
        return j->region[0] ? j->region : j->site->region;
}

static int job_budget(struct job *j)
{
        uint64_t wait_usec = scope_budget(j->site->scope, job_region(j), j->call->service,
                                          clock_boottime_usec());

        return wait_usec == 0 ? JOB_SLOT : job_sleep(j, wait_usec);
}

static int job_slot(struct job *j)
{
        struct scan_account *a = j->site->scope->account;

        if (!j->holds_slot && scan_slot_take(a))
                j->holds_slot = true;
        if (j->holds_slot)
                return JOB_REQUEST;
        scan_slot_wait(a, j);
        return JOB_WAIT;
}

static void job_on_reply(void *user, struct message_reply *reply)
{
        struct job *j = user;

        j->transfer = NULL;
        j->reply = *reply;
        *reply = (struct message_reply){ 0 };
        job_resume(j);
}

/* Another scope's answer is its own, too, or will be in a moment. */
static int job_not_now(struct job *j, int shared)
{
        const uint64_t moment_usec = 10 * USEC_PER_MSEC;

        job_release(j);
        if (shared == SHARED_DENIED) {
                j->outcome = COVERAGE_DENIED;
                site_deny(j->site, j->call, j->error.text);
                return JOB_FAILED;
        }
        j->resume = JOB_SLOT;
        return job_sleep(j, moment_usec);
}

static int job_request(struct job *j)
{
        struct scan_account *a = j->site->scope->account;
        struct message_request req = { 0 };
        struct expanded e;
        int r, shared = SHARED_GO;

        if (j->site->scope->session.state != SESSION_READY) {
                job_release(j); /* its credentials ended while it waited for its turn */
                return JOB_AUTH;
        }
        message_reply_done(&j->reply); /* of the attempt before */
        j->witness = WITNESS_UNASKED;
        r = expand_call(j, &e, &j->error);
        if (r == -ENODATA) /* this item does not have what the call needs; others may */
                j->reply_kind = REPLY_REFUSED;
        if (r == 0)
                shared = job_share(j, &e.instance);
        if (r == 0 && shared == SHARED_GO)
                r = a->provider->request(a->account, &e.instance, clock_realtime_usec(), &req,
                                         &j->error);
        if (r == 0 && shared == SHARED_GO)
                r = message_request_error(&req, &j->error);
        if (r == 0 && shared == SHARED_GO)
                r = http_send(a->scan->http, &req, &a->config->network, job_on_reply, j,
                              &j->transfer, &j->error);
        message_request_done(&req);
        expanded_done(&e);
        if (r < 0)
                return job_fail(j, COVERAGE_FAILED, r);
        if (shared != SHARED_GO)
                return job_not_now(j, shared);
        j->calls++;
        j->renewals = j->site->scope->session.renewals;
        a->scan->progress.calls++;
        if (j->attempts > 0)
                a->scan->progress.retries++;
        j->resume = JOB_RESPONSE;
        return JOB_WAIT;
}

static uint64_t backoff_usec(const struct job *j)
{
        const struct limits *limits = &j->site->scope->account->scan->request.config->limits;
        uint64_t ceiling = backoff_first_usec << (j->attempts < 10 ? j->attempts : 10), random = 0;

        if (ceiling > limits->max_backoff_usec)
                ceiling = limits->max_backoff_usec;
        (void)getrandom(&random, sizeof(random), 0);
        return ceiling > 0 ? random % ceiling + 1 : 1; /* full jitter */
}

/* Throttled or failed for now: wait and ask again, up to the limit. */
static int job_later(struct job *j, struct reply_meaning *meaning)
{
        struct scan_account *a = j->site->scope->account;
        uint64_t attempts_max = a->scan->request.config->limits.attempts;

        if (meaning->kind == REPLY_THROTTLED) {
                a->scan->progress.throttled++;
                scope_slow_down(j->site->scope, job_region(j), j->call->service);
        } else if (++j->transients >= TRANSIENT_ATTEMPTS_MAX) {
                return job_fail_reply(j, meaning);
        }
        if (j->attempts + 1 >= attempts_max || meaning->retry_after_usec > retry_after_max_usec)
                return job_fail_reply(j, meaning);
        j->wait_usec = meaning->retry_after_usec ? meaning->retry_after_usec : backoff_usec(j);
        j->attempts++;
        return JOB_BACKOFF;
}

/* Once more with other credentials, another idea of the time, or of how the call is written. */
static int job_once_more(struct job *j, struct reply_meaning *meaning, unsigned *done, unsigned max)
{
        if ((*done)++ >= max)
                return job_fail_reply(j, meaning);
        if (meaning->kind == REPLY_EXPIRED && !session_renew(&j->site->scope->session, j->renewals))
                return job_fail_reply(j, meaning);
        return JOB_AUTH;
}

static int job_meaning(struct job *j, struct reply_meaning *meaning)
{
        j->reply_kind = meaning->kind;
        switch (meaning->kind) {
        case REPLY_OK:
                j->site->scope->session.proven = true;
                job_tell_others(j, json_true());
                site_allow(j->site, j->call);
                json_decref(j->body);
                j->body = TAKE_PTR(meaning->body);
                j->attempts = j->transients = 0;
                if (j->partial[0] == '\0')
                        (void)snprintf(j->partial, sizeof(j->partial), "%s", meaning->partial);
                (void)snprintf(j->request_id, sizeof(j->request_id), "%s", meaning->request_id);
                (void)digest_sha256_hex(buffer_text(&j->reply.body), j->reply.body.size_bytes,
                                        j->sha256);
                return JOB_PAGE;
        case REPLY_THROTTLED:
        case REPLY_TRANSIENT:
        case REPLY_BROKEN: /* a proxy's page, a cut reply: it may be better the next time */
                return job_later(j, meaning);
        case REPLY_EXPIRED:
                return job_once_more(j, meaning, &j->renewed, 1);
        case REPLY_SKEWED:
                return job_once_more(j, meaning, &j->skewed, 1);
        case REPLY_CORRECTED:
                return job_once_more(j, meaning, &j->corrected, CORRECTIONS_MAX);
        case REPLY_DENIED:
        case REPLY_UNAUTHENTICATED:
        case REPLY_OFF:
        case REPLY_ABSENT:
        case REPLY_GONE:
        case REPLY_MOVED:
        case REPLY_REFUSED:
        case REPLY_KIND_MAX:
                break;
        }
        return job_fail_reply(j, meaning);
}

/* An error that is an answer: there is none of what was asked about. */
static void says_none(const struct call *call, struct reply_meaning *meaning)
{
        for (char **code = call->none; code && *code; code++)
                if (meaning->kind != REPLY_OK && strcmp(*code, meaning->code) == 0) {
                        meaning->kind = REPLY_OK;
                        json_decref(meaning->body);
                        meaning->body = json_object();
                }
}

static void job_on_witness(void *user, struct message_reply *reply)
{
        struct job *j = user;

        j->transfer = NULL;
        j->witness = reply->transport == TRANSPORT_UNRESOLVED ? WITNESS_LOST : WITNESS_THERE;
        if (j->witness == WITNESS_THERE)
                j->site->witnessed_usec = clock_boottime_usec();
        job_resume(j);
}

/* The call's host has no name. Has one that stands in every region? A resolver that fails says the
 * same of both. */
static int job_witness(struct job *j)
{
        struct scan_account *a = j->site->scope->account;
        struct message_request req = { 0 };
        _cleanup_(freep) char *host = NULL;
        char *url = NULL;
        struct error err = { 0 };
        int r = -ENOENT;

        j->witness = WITNESS_LOST;
        j->resume = JOB_RESPONSE;
        host = a->provider->witness(a->account, j->site->scope->scope, j->site->region);
        if (!host)
                return JOB_RESPONSE;
        message_request_init(&req, "GET");
        req.fresh = true;
        if (asprintf(&url, "https://%s/", host) < 0)
                url = NULL;
        message_request_url_take(&req, url);
        r = message_request_error(&req, &err);
        if (r == 0)
                r = http_send(a->scan->http, &req, &a->config->network, job_on_witness, j,
                              &j->transfer, &err);
        message_request_done(&req);
        if (r < 0)
                return JOB_RESPONSE;
        j->calls++;
        a->scan->progress.calls++;
        return JOB_WAIT;
}

/* Not asked again by every host of a region that lacks a service, but no longer than a resolver is
 * likely to stay as it was. */
static bool job_wants_witness(struct job *j)
{
        const uint64_t good_for_usec = 5 * USEC_PER_SEC;
        uint64_t now_usec = clock_boottime_usec();

        if (j->reply.transport != TRANSPORT_UNRESOLVED ||
            !j->site->scope->account->provider->witness || j->witness != WITNESS_UNASKED)
                return false;
        if (j->site->witnessed_usec == 0 || now_usec - j->site->witnessed_usec > good_for_usec)
                return true;
        j->witness = WITNESS_THERE;
        return false;
}

static enum asked_outcome asked_outcome(const struct message_reply *reply, enum reply_kind kind)
{
        switch (kind) {
        case REPLY_OK:
        case REPLY_OFF:
        case REPLY_ABSENT:
        case REPLY_GONE:
        case REPLY_MOVED:
                return ASKED_OK;
        case REPLY_DENIED:
        case REPLY_EXPIRED:
        case REPLY_UNAUTHENTICATED:
                return ASKED_DENIED;
        case REPLY_THROTTLED:
                return ASKED_THROTTLED;
        default:
                return reply->transport == TRANSPORT_TIMEOUT ? ASKED_TIMEOUT : ASKED_ERROR;
        }
}

static void job_tell_asked(const struct job *j, enum reply_kind kind)
{
        const struct scan_account *a = j->site->scope->account;
        const struct scan_request *request = &a->scan->request;
        const struct asked_call call = {
                .provider = a->provider->name,
                .service = j->call->service->id,
                .outcome = asked_outcome(&j->reply, kind),
                .again = j->attempts > 0,
                .elapsed_usec = j->reply.elapsed_usec,
        };

        if (request->on_asked)
                request->on_asked(request->user, &call);
}

static int job_response(struct job *j)
{
        struct scan_account *a = j->site->scope->account;
        struct reply_meaning meaning = { 0 };
        struct expanded e;
        int next;

        if (job_wants_witness(j))
                return JOB_WITNESS;
        if (j->reply.transport == TRANSPORT_OK)
                a->answered++;
        j->reply.network_up = a->provider->witness ? j->witness == WITNESS_THERE : a->answered > 0;
        a->scan->progress.bytes += j->reply.body.size_bytes;
        if (expand_call(j, &e, &j->error) < 0) {
                expanded_done(&e);
                job_release(j);
                return job_fail(j, COVERAGE_FAILED, -EINVAL);
        }
        a->provider->interpret(a->account, &e.instance, &j->reply, &meaning);
        says_none(j->call, &meaning);
        job_tell_asked(j, meaning.kind);
        log_debug("%s %s %s %s: status %d, %zu bytes, %llu ms", a->config->name, j->site->region,
                  j->call->name, e.host, j->reply.status, j->reply.body.size_bytes,
                  (unsigned long long)(j->reply.elapsed_usec / USEC_PER_MSEC));
        expanded_done(&e);
        next = job_meaning(j, &meaning);
        json_decref(meaning.body);
        job_release(j);
        return next;
}

static int job_backoff(struct job *j)
{
        int r = job_sleep(j, j->wait_usec);

        message_reply_done(&j->reply);
        j->resume = JOB_AUTH;
        return r;
}

/* The page in hand: up to whoever wants it, then on to the next. */
static int job_page(struct job *j)
{
        const struct limits *limits = &j->site->scope->account->scan->request.config->limits;
        char time[CLOCK_TEXT_MAX];
        struct job_page page = { .body = j->body,
                                 .time = clock_format_rfc3339(j->reply.received_usec, time),
                                 .request_id = j->request_id,
                                 .sha256 = j->sha256 };
        json_t *next = NULL;
        int more, r;

        j->page_items = 0;
        j->held = false;
        r = j->events->on_page(j->user, &page, &j->error);
        if (r < 0)
                return job_fail(j, COVERAGE_FAILED, r);
        more = paging_next(j, &next, &j->error);
        message_reply_done(&j->reply);
        json_decref(TAKE_PTR(j->body));
        if (more < 0)
                return job_fail(j, COVERAGE_FAILED, more);
        json_decref(j->before);
        j->before = TAKE_PTR(j->next);
        j->next = next;
        j->page++;
        if (more > 0 && j->page >= limits->pages) {
                (void)error_set(&j->error, -E2BIG,
                                "more than %llu pages; limits.pages cuts the list here",
                                (unsigned long long)limits->pages);
                return job_fail(j, COVERAGE_FAILED, -E2BIG);
        }
        j->resume = more > 0 ? JOB_AUTH : JOB_DONE;
        if (r == 0)
                return (int)j->resume;
        j->held = true;
        return JOB_WAIT;
}

static const struct {
        const char *name;
        int (*step)(struct job *j); /* the next state, or JOB_WAIT */
} job_states[] = {
        [JOB_AUTH] = { "auth", job_auth },
        [JOB_BUDGET] = { "budget", job_budget },
        [JOB_SLOT] = { "slot", job_slot },
        [JOB_REQUEST] = { "request", job_request },
        [JOB_RESPONSE] = { "response", job_response },
        [JOB_WITNESS] = { "witness", job_witness },
        [JOB_BACKOFF] = { "backoff", job_backoff },
        [JOB_PAGE] = { "page", job_page },
        [JOB_DONE] = { "done", NULL },
        [JOB_FAILED] = { "failed", NULL },
};
static_assert(ELEMENTSOF(job_states) == JOB_STATE_MAX, "every state has its row");

static void job_set_state(struct job *j, enum job_state state)
{
        j->state = state;
        j->resume = state;
}

void job_resume(struct job *j)
{
        job_set_state(j, j->resume);
        while (job_states[j->state].step) {
                int next = job_states[j->state].step(j);

                if (next == JOB_WAIT)
                        return;
                job_set_state(j, (enum job_state)next);
        }
        job_release(j);
        if (j->state == JOB_DONE && j->partial[0]) {
                (void)error_set(&j->error, -EIO, "%s", j->partial);
                j->state = (enum job_state)job_fail(j, COVERAGE_FAILED, -EIO);
        } else if (j->state == JOB_DONE) {
                j->outcome = COVERAGE_OK;
        }
        j->events->on_done(j->user); /* may end the job */
}

void job_init(struct job *j, struct site *site, const struct call *call, const struct frame *frame,
              const struct job_events *events, void *user)
{
        *j = (struct job){
                .site = site, .call = call, .frame = frame, .events = events, .user = user
        };
}

void job_start(struct job *j)
{
        j->resume = JOB_AUTH;
        job_resume(j);
}

void job_go_on(struct job *j)
{
        j->held = false;
        job_resume(j);
}

void job_count(struct job *j, uint64_t items)
{
        j->page_items = items;
        j->items_seen += items;
}

void job_cancel(struct job *j)
{
        job_tell_others(j, NULL);
        http_cancel(TAKE_PTR(j->transfer));
        j->timer = sd_event_source_disable_unref(j->timer);
        if (j->waits_for_session)
                session_leave(&j->site->scope->session, j);
        if (j->waits_for_slot)
                scan_slot_leave(j->site->scope->account, j);
        job_release(j);
}

void job_done(struct job *j)
{
        job_cancel(j);
        message_reply_done(&j->reply);
        json_decref(j->next);
        json_decref(j->before);
        json_decref(j->body);
        j->next = j->before = j->body = NULL;
}
