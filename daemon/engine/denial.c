#include "daemon/engine/denial.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"
#include "daemon/engine/follow.h"
#include "daemon/engine/pass.h"

#include <errno.h>
#include <string.h>

static const uint64_t rest_first_usec = USEC_PER_HOUR, rest_longest_usec = USEC_PER_DAY;

/* ---- calls -------------------------------------------------------------------------------------
 */

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_tree(const json_t *a, const json_t *b)
{
        return a == b || (a && b && json_equal((json_t *)a, (json_t *)b));
}

static const char *host_of(const struct call *call)
{
        return call->host ? call->host : call->service->host;
}

/* Do two rows ask the same? What one is denied, the other need not ask. */
static bool calls_alike(const struct call *a, const struct call *b)
{
        return a == b || (same_text(a->name, b->name) && same_text(host_of(a), host_of(b)) &&
                          same_text(a->method, b->method) && same_text(a->path, b->path) &&
                          same_text(a->region, b->region) && same_tree(a->query, b->query) &&
                          same_tree(a->body, b->body) && same_tree(a->headers, b->headers));
}

/* Of what calls_alike() compares. */
static bool call_digest(const struct call *c, char hex[static SHA256_HEX_MAX])
{
        json_auto_t *all =
                json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:O?, s:O?, s:O?}", "call", c->name, "host",
                          host_of(c), "method", c->method, "path", c->path, "region", c->region,
                          "query", c->query, "body", c->body, "headers", c->headers);

        return all && json_canonical_digest(all, hex);
}

static uint64_t part_of(const struct call *call)
{
        const struct collector *c = call->collector;

        return call == &c->list ? 0 : (uint64_t)(call - c->detail) + 1;
}

/* NULL when the catalogue has it no more, or writes it otherwise. */
static const struct call *call_of(const struct scan *scan, const struct denied_call *d)
{
        const struct collector *c = catalogue_find(scan->request.catalogue, d->collector);
        const struct call *call;
        char digest[SHA256_HEX_MAX];

        if (!c || d->part > c->n_detail)
                return NULL;
        call = d->part == 0 ? &c->list : &c->detail[d->part - 1];
        return call->name && call_digest(call, digest) && strcmp(digest, d->digest) == 0 ? call
                                                                                         : NULL;
}

/* May one site ask it more than once in a scan? */
static bool is_asked_often(const struct call *call)
{
        const struct collector *c = call->collector;

        return call != &c->list || c->per || call->over || c->follows.facts;
}

/* ---- what is remembered ------------------------------------------------------------------------
 */

static struct scan *scan_of(const struct site *s)
{
        return s->scope->account->scan;
}

static struct denial *denial_of(const struct site *s, const struct call *call)
{
        struct denial *d = s->denials;

        while (d && !calls_alike(d->call, call))
                d = d->next;
        return d;
}

static struct denial *denial_add(struct site *s, const struct call *call)
{
        struct denial *d = calloc(1, sizeof(*d));

        if (!d)
                return NULL; /* the call is merely asked again */
        d->call = call;
        d->next = s->denials;
        s->denials = d;
        return d;
}

static void denial_because(struct denial *d, const char *cause)
{
        char *copy = strdup(cause);

        if (!copy)
                return;
        free(d->cause);
        d->cause = copy;
}

/* A clock that was set back makes nothing rest for longer than it should. */
static bool is_resting(const struct scan *scan, uint64_t asked_usec, uint64_t due_usec)
{
        return scan->request.spare_denied && asked_usec <= scan->started_usec &&
               scan->started_usec < due_usec;
}

static int on_denied(void *user, const struct denied_call *known)
{
        struct site *s = user;
        const struct scan *scan = scan_of(s);
        const struct call *call = call_of(scan, known);
        struct denial *d = call && !denial_of(s, call) ? denial_add(s, call) : NULL;

        if (!d)
                return 0;
        denial_because(d, known->cause);
        d->asked_usec = known->asked_usec;
        d->due_usec = known->due_usec;
        d->refusals = known->times;
        d->off = known->off;
        d->rests = d->cause && is_resting(scan, known->asked_usec, known->due_usec);
        return 0;
}

static void denials_read(struct site *s)
{
        const struct sink *sink = scan_of(s)->request.sink;
        struct place place = site_place(s);
        struct error err = { 0 };

        if (s->denials_read)
                return;
        s->denials_read = true;
        if (sink->denied && sink->denied(sink->user, &place, on_denied, s, &err) < 0)
                scan_abort(scan_of(s), &err);
}

/* ---- in a scan ---------------------------------------------------------------------------------
 */

struct denial *site_denial(struct site *s, const struct call *call)
{
        unsigned limit = call->collector->follows.facts ? FOLLOW_FAILURES_MAX : 1;
        struct denial *d;

        denials_read(s);
        d = denial_of(s, call);
        return d && (denial_is_spared(d) || d->times >= limit) ? d : NULL;
}

static void refuse(struct site *s, const struct call *call, const char *cause, bool off)
{
        struct denial *d = denial_of(s, call);

        if (!d)
                d = denial_add(s, call);
        if (!d)
                return;
        d->off = off;
        if (d->times++ == 0)
                denial_because(d, cause);
        if (!d->cause)
                d->times = 0; /* without memory the call is merely asked again */
}

void site_deny(struct site *s, const struct call *call, const char *cause)
{
        refuse(s, call, cause, false);
}

void site_deny_off(struct site *s, const struct call *call, const char *cause)
{
        refuse(s, call, cause, true);
}

void site_answered(struct site *s, const struct call *call)
{
        struct denial *d = denial_of(s, call);

        if (!d && is_asked_often(call))
                d = denial_add(s, call);
        if (d)
                d->answered = true;
}

void site_allow(struct site *s, const struct call *call)
{
        struct denial *d = denial_of(s, call);

        if (d)
                d->times = 0;
        site_answered(s, call);
}

/* ---- from scan to scan -------------------------------------------------------------------------
 */

/* Doubled with each refusal, up to a day; never as short as the interval, or it would be asked in
 * every scan. */
static uint64_t rest_usec(const struct scan_account *a, uint64_t refusals)
{
        const struct config *config = a->scan->request.config;
        uint64_t interval =
                a->config->interval_usec ? a->config->interval_usec : config->interval_usec;
        uint64_t least = 2 * interval, usec = rest_first_usec;

        for (uint64_t i = 1; i < refusals && usec < rest_longest_usec; i++)
                usec *= 2;
        usec = usec < rest_longest_usec ? usec : rest_longest_usec;
        return usec > least ? usec : least;
}

/* Asked by hand before it was due, it is not for that asked more rarely. */
static uint64_t refusals_now(const struct scan *scan, uint64_t asked_usec, uint64_t due_usec,
                             uint64_t refusals)
{
        bool early =
                asked_usec > 0 && asked_usec <= scan->started_usec && scan->started_usec < due_usec;

        return early ? refusals : refusals + 1;
}

static int denial_settle(struct site *s, const struct denial *d, struct error *err)
{
        const struct sink *sink = scan_of(s)->request.sink;
        unsigned limit = d->call->collector->follows.facts ? FOLLOW_FAILURES_MAX : 1;
        char digest[SHA256_HEX_MAX];
        struct place place = site_place(s);
        struct denied_call known = { .collector = d->call->collector->id,
                                     .part = part_of(d->call),
                                     .digest = digest,
                                     .cause = d->cause,
                                     .off = d->off,
                                     .asked_usec = clock_realtime_usec(),
                                     .times = refusals_now(scan_of(s), d->asked_usec, d->due_usec,
                                                           d->refusals) };

        if (d->answered && d->asked_usec > 0)
                return sink->allow(sink->user, &place, &known, err);
        if (d->answered || d->times < limit || !call_digest(d->call, digest))
                return 0;
        known.due_usec = known.asked_usec + rest_usec(s->scope->account, known.times);
        return sink->deny(sink->user, &place, &known, err);
}

void site_remember(struct site *s)
{
        struct scan *scan = scan_of(s);
        struct error err = { 0 };
        int r = 0;

        /* of a scan that was cut short nobody knows what would have been answered */
        if (!scan->request.sink->deny || scan->cancelled || scan->aborted.code < 0)
                return;
        for (struct denial *d = s->denials; d && r == 0; d = d->next)
                r = denial_settle(s, d, &err);
        if (r < 0)
                scan_abort(scan, &err);
}

void site_denials_free(struct site *s)
{
        while (s->denials) {
                struct denial *d = s->denials;

                s->denials = d->next;
                free(d->cause);
                free(d);
        }
}

/* ---- signing in to a scope ---------------------------------------------------------------------
 */

#define SIGN_IN "sign-in"

static struct place sign_in_place(const struct scan_scope *s)
{
        return (struct place){ .provider = s->account->provider->name,
                               .account = s->account->config->name,
                               .scope = s->scope->id,
                               .region = "" };
}

static int on_refused(void *user, const struct denied_call *known)
{
        struct scan_scope *s = user;

        if (strcmp(known->collector, SIGN_IN) != 0)
                return 0;
        free(s->refused.cause);
        s->refused.cause = strdup(known->cause);
        s->refused.asked_usec = known->asked_usec;
        s->refused.due_usec = known->due_usec;
        s->refused.refusals = known->times;
        return 0;
}

bool scope_denial(struct scan_scope *s, uint64_t *ret_asked_usec, struct error *err)
{
        struct scan *scan = s->account->scan;
        const struct sink *sink = scan->request.sink;
        struct error unread = { 0 };
        struct place place;

        if (!s->scope || !sink->denied || s->refused.read)
                return false;
        s->refused.read = true;
        place = sign_in_place(s);
        if (sink->denied(sink->user, &place, on_refused, s, &unread) < 0)
                scan_abort(scan, &unread);
        if (!s->refused.cause || !is_resting(scan, s->refused.asked_usec, s->refused.due_usec))
                return false;
        *ret_asked_usec = s->refused.asked_usec;
        (void)error_set(err, -EPERM, "%s", s->refused.cause);
        return true;
}

void scope_deny(struct scan_scope *s, const char *cause)
{
        struct scan *scan = s->account->scan;
        const struct sink *sink = scan->request.sink;
        struct denied_call known = { .collector = SIGN_IN,
                                     .digest = "",
                                     .cause = cause,
                                     .asked_usec = clock_realtime_usec(),
                                     .times = refusals_now(scan, s->refused.asked_usec,
                                                           s->refused.due_usec,
                                                           s->refused.refusals) };
        struct error err = { 0 };
        struct place place;

        if (!s->scope || !sink->deny)
                return;
        place = sign_in_place(s);
        known.due_usec = known.asked_usec + rest_usec(s->account, known.times);
        if (sink->deny(sink->user, &place, &known, &err) < 0)
                scan_abort(scan, &err);
}

void scope_allow(struct scan_scope *s)
{
        struct scan *scan = s->account->scan;
        const struct sink *sink = scan->request.sink;
        const struct denied_call known = { .collector = SIGN_IN };
        struct error err = { 0 };
        struct place place;

        if (!s->scope || s->refused.asked_usec == 0)
                return;
        s->refused.asked_usec = 0;
        place = sign_in_place(s);
        if (sink->allow(sink->user, &place, &known, &err) < 0)
                scan_abort(scan, &err);
}

int account_credentials_seen(struct scan_account *a, struct error *err)
{
        const struct sink *sink = a->scan->request.sink;
        unsigned char fingerprint[SHA256_BYTES];

        if (!sink || !sink->signs_in || !a->provider->fingerprint)
                return 0;
        a->provider->fingerprint(a->account, fingerprint);
        return sink->signs_in(sink->user, a->config->name, fingerprint, err);
}
