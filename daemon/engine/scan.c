#include "daemon/engine/scan.h"

#include "daemon/base/clock.h"
#include "daemon/engine/denial.h"
#include "daemon/engine/discovery.h"
#include "daemon/engine/follow.h"

#include <errno.h>
#include <string.h>

enum {
        OPEN_PASSES_MIN =
                64, /* enough under way to keep the slots busy, few enough to bound memory */
        OPEN_PASSES_PER_SLOT = 2,
};

/* ---- sites
 * -------------------------------------------------------------------------------------------------
 */

struct site *site_new(struct scan_scope *scope, const char *region, int phase)
{
        struct scan *scan = scope->account->scan;
        struct site *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->region = strdup(region);
        s->references = json_object();
        if (!s->region || !s->references) {
                free(s->region);
                json_decref(s->references);
                free(s);
                return NULL;
        }
        s->scope = scope;
        s->phase = phase;
        s->next = scan->sites;
        s->link = &scan->sites;
        if (s->next)
                s->next->link = &s->next;
        scan->sites = s;
        scope->sites_open++;
        return s;
}

static void site_free(struct site *s)
{
        *s->link = s->next;
        if (s->next)
                s->next->link = s->link;
        site_remember(s);
        site_denials_free(s);
        s->scope->sites_open--;
        json_decref(s->references);
        free(s->region);
        free(s);
}

static bool of_phase(const struct scan_scope *scope, const struct collector *c, const char *region,
                     int phase)
{
        if (c->rest || phase == SITE_REST)
                return c->rest && phase == SITE_REST;
        if (phase == SITE_FOLLOWS || phase == SITE_FOLLOWS_LAST)
                return c->follows.facts && c->feeds == (phase == SITE_FOLLOWS);
        return !c->follows.facts && c->reference == (phase == SITE_REFERENCES) &&
               service_at_place(scope, c, region);
}

bool site_asks(const struct scan_scope *scope, const struct collector *c, const char *region,
               int phase)
{
        return !c->yields && !c->per && of_phase(scope, c, region, phase) &&
               collector_in_scope(scope, c) && collector_wanted(scope->account, c);
}

/* Is the last answer of a collector with list_ttl young enough? Then the sink keeps what it has,
 * and nothing is asked. */
static bool site_answer_is_young(struct site *s, const struct collector *c)
{
        struct scan *scan = s->scope->account->scan;
        const struct sink *sink = scan->request.sink;
        struct place place = site_place(s);
        struct error err = { 0 };
        int r;

        if (c->list_ttl_usec == 0 || scan->request.fresh || !sink->pass_known ||
            scan->started_usec < c->list_ttl_usec)
                return false;
        r = sink->pass_known(sink->user, &place, c->id, scan->started_usec - c->list_ttl_usec,
                             &err);
        if (r < 0)
                scan_abort(scan, &err);
        return r != 0;
}

/* Starts the collectors of the site's phase. */
static void site_collect(struct site *s)
{
        struct scan_scope *scope = s->scope;
        const struct catalogue *c = scope->account->scan->request.catalogue;
        struct error err = { 0 };

        s->open++; /* ours, until all are started */
        for (size_t i = 0; i < c->n_services; i++) {
                const struct service *service = c->services[i];

                for (size_t k = 0; k < service->n_collectors; k++) {
                        const struct collector *collector = &service->collectors[k];

                        if (!site_asks(scope, collector, s->region, s->phase) ||
                            site_answer_is_young(s, collector))
                                continue;
                        if (pass_start(s, collector, &err) < 0)
                                scan_abort(scope->account->scan, &err);
                }
        }
        s->open--;
}

/* References first: the others join with them. -1: nothing comes after it. */
static int phase_after(const struct site *s)
{
        switch (s->phase) {
        case SITE_REFERENCES:
                return SITE_COLLECTORS;
        case SITE_FOLLOWS:
                return SITE_FOLLOWS_LAST;
        case SITE_FOLLOWS_LAST:
                return SITE_REST;
        case SITE_COLLECTORS:
        case SITE_DISCOVERY:
        case SITE_REST:
                break;
        }
        return -1;
}

static void site_advance(struct site *s)
{
        int next;

        while (s->open == 0 && (next = phase_after(s)) >= 0) {
                s->phase = next;
                site_collect(s);
        }
        if (s->open == 0)
                site_free(s);
}

/* ---- passes
 * --------------------------------------------------------------------------------------------------
 */

static void scan_schedule(struct scan *s)
{
        (void)sd_event_source_set_enabled(s->pump, SD_EVENT_ONESHOT);
}

void scan_pass_started(struct pass *p)
{
        struct scan *s = p->site->scope->account->scan;

        p->next = s->passes;
        p->link = &s->passes;
        if (p->next)
                p->next->link = &p->next;
        s->passes = p;
        s->open_passes++;
        s->progress.passes_total++;
        p->site->open++;
}

void scan_pass_ended(struct pass *p)
{
        struct scan *s = p->site->scope->account->scan;
        json_t *unreadable;

        if (p->collector->reference && !coverage_is_answer(p->state)) {
                unreadable = json_object_get(p->site->references, SITE_UNREADABLE);
                if (!unreadable) {
                        unreadable = json_object();
                        (void)json_object_set_new(p->site->references, SITE_UNREADABLE, unreadable);
                }
                (void)json_object_set_new(unreadable, p->collector->id,
                                          json_string(p->cause ? p->cause : "unreadable"));
        }
        if (p->collector->yields)
                discovery_take(p);
        s->open_passes--;
        s->progress.passes_done++;
        p->site->open--;
        if (s->request.on_progress)
                s->request.on_progress(s->request.user, &s->progress);
        scan_schedule(s);
}

/* ---- the pump: opens what there is room for
 * ---------------------------------------------------------------------- */

static bool scan_has_room(const struct scan *s)
{
        uint64_t room = s->request.config->limits.in_flight * OPEN_PASSES_PER_SLOT;

        return s->open_passes < (room > OPEN_PASSES_MIN ? room : OPEN_PASSES_MIN);
}

/* Opens the scope's next site: false when there is none left to open. */
static bool scope_open_site(struct scan_scope *scope)
{
        const char *region = json_string_value(json_array_get(scope->places, scope->next_place));
        struct site *site = region ? site_new(scope, region, SITE_REFERENCES) : NULL;

        if (!site)
                return false;
        scope->next_place++;
        site_collect(site);
        return true;
}

static void scope_begin(struct scan_scope *scope)
{
        scope->next = scope->account->open;
        scope->link = &scope->account->open;
        if (scope->next)
                scope->next->link = &scope->next;
        scope->account->open = scope;
}

/* Nothing of it is asked any more: what it took to ask goes, its credentials first of all. */
static void scope_end(struct scan_scope *scope)
{
        struct scan_account *a = scope->account;

        *scope->link = scope->next;
        if (scope->next)
                scope->next->link = scope->link;
        if (scope->scope && a->provider->sign_out)
                a->provider->sign_out(a->account, scope->scope);
        a->scopes[scope->index] = scan_scope_free(scope);
}

/* When all of a scope was read, what it names is asked about, and then what is left. */
static bool scope_open_follows(struct scan_scope *scope)
{
        struct site *site;

        if (scope->follows_begun || !scope->places ||
            (scope->account->n_followers == 0 && !scope->account->has_rest))
                return false;
        scope->follows_begun = true;
        site = site_new(scope, "global", SITE_FOLLOWS);
        if (site)
                site_collect(site);
        else
                scan_abort(scope->account->scan, &(struct error){ .code = -ENOMEM });
        return true;
}

static void scope_advance(struct scan_scope *scope)
{
        if (discovery_of_regions(scope))
                return;
        while (scan_has_room(scope->account->scan))
                if (!scope_open_site(scope))
                        break;
        if (scope->sites_open == 0 && scope->next_place >= json_array_size(scope->places) &&
            !scope_open_follows(scope))
                scope_end(scope);
}

static void account_trouble(const struct scan_account *a, const struct error *err)
{
        const struct scan_request *request = &a->scan->request;
        struct scan_trouble trouble = { .account = a->config->name,
                                        .provider = a->provider->name,
                                        .code = err->code,
                                        .text = err->text };

        if (request->on_trouble)
                request->on_trouble(request->user, &trouble);
}

/* true while the account has work under way or to come. */
static bool account_advance(struct scan_account *a)
{
        struct scan_scope *scope, *next;

        if (a->finished)
                return false;
        if (discovery_of_scopes(a))
                return true;
        for (scope = a->open; scope; scope = next) {
                next = scope->next;
                scope_advance(scope);
        }
        while (a->next_scope < a->n_scopes && scan_has_room(a->scan)) {
                scope = a->scopes[a->next_scope++];
                scope_begin(scope);
                scope_advance(scope);
        }
        a->finished = !a->open && a->next_scope == a->n_scopes;
        return !a->finished;
}

static void scan_finish(struct scan *s, bool complete)
{
        if (s->finished)
                return;
        s->finished = true;
        s->deadline = sd_event_source_disable_unref(s->deadline);
        (void)sd_event_source_set_enabled(s->pump, SD_EVENT_OFF);
        s->request.on_done(s->request.user, complete); /* may free us */
}

static int scan_on_pump(sd_event_source *source, void *user)
{
        struct scan *s = user;
        struct site *site, *next;
        bool more = false;

        if (s->finished)
                return 0;
        if (s->aborted.code < 0) {
                scan_cancel(s, s->aborted.text);
                return 0;
        }
        for (site = s->sites; site; site = next) {
                next = site->next;
                site_advance(site);
        }
        s->turn++; /* one with hundreds of scopes does not keep the others waiting */
        for (size_t i = 0; i < s->n_accounts; i++)
                more = account_advance(s->accounts[(s->turn + i) % s->n_accounts]) || more;
        /* passes that ended at once have scheduled the pump again */
        if (!more && s->open_passes == 0 && !s->sites)
                scan_finish(s, true);
        else if (s->open_passes == 0)
                scan_schedule(s);
        return 0;
}

static int scan_on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
        scan_cancel(user, "the scan took longer than limits.scan_timeout");
        return 0;
}

/* ---- beginning and end
 * -----------------------------------------------------------------------------------------------
 */

static int account_add(struct scan *s, const struct account_config *config)
{
        struct scan_account *a = calloc(1, sizeof(*a));
        struct error err = { 0 };

        if (!a)
                return -ENOMEM;
        a->scan = s;
        a->config = config;
        a->provider = config->provider;
        s->accounts[s->n_accounts++] = a;
        if (follow_prepare(a) < 0)
                return -ENOMEM;
        if (discovery_open(a, &err) < 0) { /* the other accounts are scanned */
                a->finished = true;
                account_trouble(a, &err);
        }
        return 0;
}

static int scan_sources(struct scan *s, struct error *err)
{
        const struct limits *limits = &s->request.config->limits;
        int r = sd_event_add_defer(s->request.event, &s->pump, scan_on_pump, s);

        if (r >= 0)
                r = sd_event_add_time_relative(s->request.event, &s->deadline, CLOCK_BOOTTIME,
                                               limits->scan_timeout_usec, 0, scan_on_deadline, s);
        if (r < 0)
                return error_set(err, r, "cannot make event sources: %s", strerror(-r));
        (void)sd_event_source_set_description(s->pump, "scan-pump");
        (void)sd_event_source_set_description(s->deadline, "scan-deadline");
        return 0;
}

int scan_new(struct scan **ret, const struct scan_request *request, struct error *err)
{
        _cleanup_(scan_freep) struct scan *s = calloc(1, sizeof(*s));
        const struct config *config = request->config;
        struct http_options options = {
                .event = request->event,
                .in_flight_max = config->limits.in_flight,
                .reply_bytes_max = config->limits.reply_bytes,
                .timeout_usec = config->limits.request_timeout_usec,
        };
        int r;

        if (!s)
                return error_oom(err);
        s->request = *request;
        s->started_usec = clock_realtime_usec();
        s->accounts = calloc(config->n_accounts + 1, sizeof(struct scan_account *));
        if (!s->accounts)
                return error_oom(err);
        r = http_new(&s->http, &options, err);
        if (r == 0)
                r = scan_sources(s, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < config->n_accounts; i++)
                if (!request->account || strcmp(request->account, config->accounts[i].name) == 0)
                        if (account_add(s, &config->accounts[i]) < 0)
                                return error_oom(err);
        scan_schedule(s);
        *ret = TAKE_PTR(s);
        return 0;
}

void scan_abort(struct scan *s, const struct error *err)
{
        if (s->aborted.code == 0)
                s->aborted = *err; /* deep in a callback: the pump ends it */
        if (s->aborted.code == 0)
                (void)error_set(&s->aborted, -EIO, "the scan cannot go on");
        scan_schedule(s);
}

static void scan_stop(struct scan *s, const char *why)
{
        s->cancelled = true;
        while (s->passes)
                pass_cancel(s->passes, why);
        while (s->sites)
                site_free(s->sites);
}

void scan_cancel(struct scan *s, const char *why)
{
        if (s->finished || s->cancelled)
                return;
        (void)snprintf(s->cancel_cause, sizeof(s->cancel_cause), "%s", why);
        scan_stop(s, s->cancel_cause);
        scan_finish(s, false);
}

const struct scan_progress *scan_progress(const struct scan *s)
{
        return &s->progress;
}

void scan_account_free(struct scan_account *a)
{
        for (size_t i = 0; i < a->n_scopes; i++)
                (void)scan_scope_free(a->scopes[i]);
        free(a->scopes);
        free(a->followers);
        free(a->shared);
        free(a->paces);
        free(a->lowest);
        json_decref(a->index);
        json_decref(a->asked);
        json_decref(a->requests);
        if (a->account)
                (void)a->provider->account_free(a->account);
        free(a);
}

struct scan *scan_free(struct scan *s)
{
        if (!s)
                return NULL;
        s->finished = true;
        if (s->request.sink)
                scan_stop(s, "the scan was given up");
        for (size_t i = 0; s->accounts && i < s->n_accounts; i++)
                scan_account_free(s->accounts[i]);
        free(s->accounts);
        (void)http_free(s->http);
        sd_event_source_disable_unref(s->pump);
        sd_event_source_disable_unref(s->deadline);
        free(s);
        return NULL;
}
