#include "daemon/engine/pass.h"

#include "daemon/base/json.h"
#include "daemon/engine/asked.h"
#include "daemon/engine/discovery.h"
#include "daemon/engine/expand.h"
#include "daemon/engine/extract.h"
#include "daemon/engine/follow.h"
#include "daemon/engine/item.h"

#include <errno.h>
#include <string.h>

/* ---- coverage
 * --------------------------------------------------------------------------------------------- */

/* Of two states of one pass the one to tell: what hides most. */
static int rank(enum coverage_state state)
{
        static const int ranks[] = {
                [COVERAGE_OK] = 0,      [COVERAGE_ABSENT] = 1,    [COVERAGE_OFF] = 2,
                [COVERAGE_SKIPPED] = 3, [COVERAGE_THROTTLED] = 4, [COVERAGE_FAILED] = 5,
                [COVERAGE_EXPIRED] = 6, [COVERAGE_DENIED] = 7,
        };

        return ranks[state];
}

void pass_degrade_text(struct pass *p, enum coverage_state state, const char *text)
{
        char *cause;

        if (rank(state) <= rank(p->state))
                return;
        p->state = state;
        cause = strdup(text);
        if (cause) {
                free(p->cause);
                p->cause = cause;
        }
}

void pass_degrade(struct pass *p, const struct job *j)
{
        /* of several the oldest: nothing is to look newer than it is */
        if (j->asked_usec > 0 && (p->asked_usec == 0 || j->asked_usec < p->asked_usec))
                p->asked_usec = j->asked_usec;
        if (rank(j->outcome) > rank(p->state) && j->outcome == COVERAGE_DENIED)
                p->permission = j->call->permission;
        pass_degrade_text(p, j->outcome, j->error.text);
}

bool collector_wanted(const struct scan_account *a, const struct collector *c)
{
        return a->account ? collector_asked(a->config, a->account, c)
                          : collector_configured(a->config, c, false);
}

/* ---- a listing
 * ---------------------------------------------------------------------------------------------- */

static int listing_on_page(void *user, const struct job_page *page, struct error *err)
{
        struct listing *l = user;
        json_auto_t *items = NULL;
        struct item *it, *next;
        json_t *json;
        size_t i;
        int r;

        r = extract_items(page->body, l->job.call, call_paging(l->job.call), &items, err);
        if (r < 0)
                return r;
        job_count(&l->job, json_array_size(items));
        l->pass->items += json_array_size(items);
        json_array_foreach(items, i, json)
        {
                json_auto_t *found =
                        l->frame.follow ? follow_item(l->frame.follow, json) : json_incref(json);

                if (!found || item_new(l, found) < 0)
                        return error_oom(err);
        }
        l->items_open++; /* ours, until all are begun */
        for (it = l->items; it; it = next) {
                next = it->next; /* an item that is done at once is gone */
                item_run(it);
        }
        l->items_open--;
        return l->items_open > 0 ? 1 : 0;
}

static void listing_end(struct listing *l);

/* The next value that was found to follow, unless the last ones could not be asked either. */
static bool listing_next_value(struct listing *l)
{
        l->failures = l->state == COVERAGE_OK ? 0 : l->failures + 1;
        if (l->failures >= FOLLOW_FAILURES_MAX)
                return false;
        l->frame.follow = follow_next(l->pass->site->scope, l->pass->collector, l->frame.follow);
        l->frame.over = json_string_value(json_object_get(l->frame.follow, "1"));
        l->state = COVERAGE_OK;
        if (!l->frame.follow && follow_overflowed(l->pass->site->scope, l->pass->collector))
                pass_degrade_text(l->pass, COVERAGE_FAILED,
                                  "more is named than is asked about in one scan");
        return l->frame.follow != NULL;
}

static bool listing_next_over(struct listing *l)
{
        char **over = l->pass->collector->list.over;

        if (!over || !over[l->over] || !over[l->over + 1])
                return false;
        l->frame.over = over[++l->over];
        return true;
}

static void listing_on_done(void *user)
{
        struct listing *l = user;

        l->pass->calls += l->job.calls;
        if (l->job.state == JOB_FAILED) {
                /* the parent went away between its list and this one: nothing is below it any
                 * more; what a fact names may not be there either */
                bool gone = (l->owner || l->frame.follow) && l->job.reply_kind == REPLY_GONE;

                l->state = gone ? COVERAGE_OK : l->job.outcome;
                if (!gone)
                        pass_degrade(l->pass, &l->job);
        }
        job_cancel(&l->job); /* what it learned stays, for evidence */
        l->job_ended = true;
        if (l->items_open == 0)
                listing_end(l);
}

void listing_item_ended(struct listing *l)
{
        l->items_open--;
        if (l->items_open > 0)
                return;
        if (l->job_ended)
                listing_end(l);
        else if (l->job.held)
                job_go_on(&l->job);
}

static const struct job_events list_events = { .on_page = listing_on_page,
                                               .on_done = listing_on_done };

static void listing_run(struct listing *l)
{
        job_done(&l->job);
        l->job_ended = false;
        job_init(&l->job, l->pass->site, &l->pass->collector->list, &l->frame, &list_events, l);
        job_start(&l->job);
}

int listing_start(struct pass *p, struct item *owner)
{
        const struct call *list = &p->collector->list;
        json_auto_t *there =
                list->requires && owner ? json_path(owner->json, list->requires) : json_true();
        struct listing *l;

        if (!there || (owner && !extract_fits(list->where, list->n_where, owner->json)))
                return 0;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->pass = p;
        l->owner = owner;
        l->frame = (struct frame){ .site = p->site,
                                   .parent = owner ? &owner->frame : NULL,
                                   .over = list->over ? list->over[0] : NULL };
        l->next = p->root;
        l->link = &p->root;
        if (l->next)
                l->next->link = &l->next;
        p->root = l;
        if (owner)
                owner->children_open++;
        if (p->collector->follows.facts)
                listing_end(l); /* goes on to the first value, if there is one */
        else
                listing_run(l);
        return 0;
}

static void listing_free(struct listing *l)
{
        *l->link = l->next;
        if (l->next)
                l->next->link = l->link;
        job_done(&l->job);
        while (l->items)
                item_free(l->items);
        free(l);
}

static void pass_end(struct pass *p);

static void listing_end(struct listing *l)
{
        struct pass *p = l->pass;
        struct item *owner = l->owner;

        if (p->collector->follows.facts ? listing_next_value(l)
                                        : l->state == COVERAGE_OK && listing_next_over(l)) {
                listing_run(l);
                return;
        }
        if (!owner) {
                listing_free(l);
                pass_end(p);
                return;
        }
        owner->child_kept = owner->child_kept || l->kept_any;
        owner->child_unreadable = owner->child_unreadable || !coverage_is_answer(l->state);
        listing_free(l);
        if (--owner->children_open == 0) {
                owner->waiting = false;
                item_run(owner);
        }
}

/* ---- a pass
 * ---------------------------------------------------------------------------------------------------
 */

static struct pass *pass_free(struct pass *p)
{
        if (!p)
                return NULL;
        for (size_t i = 0; i < p->n_children; i++)
                (void)pass_free(p->children[i]);
        free(p->children);
        json_decref(p->yielded);
        json_decref(p->ids);
        free(p->cause);
        free(p);
        return NULL;
}
DEFINE_CLEANUP(struct pass *, pass_free);

static int pass_new(struct pass **ret, struct site *site, const struct collector *c,
                    struct error *err)
{
        _cleanup_(pass_freep) struct pass *p = calloc(1, sizeof(*p));
        struct pass *child = NULL;
        int r;

        if (!p)
                return error_oom(err);
        p->site = site;
        p->collector = c;
        p->permission = c->list.permission;
        p->yielded = json_array();
        p->children = calloc(c->n_children + 1, sizeof(struct pass *));
        p->ids = c->unique ? json_object() : NULL;
        if (!p->yielded || !p->children || (c->unique && !p->ids))
                return error_oom(err);
        for (size_t i = 0; i < c->n_children; i++) {
                if (!collector_wanted(site->scope->account, c->children[i]))
                        continue;
                r = pass_new(&child, site, c->children[i], err);
                if (r < 0 || !child)
                        return r;
                child->parent = p;
                p->children[p->n_children++] = child;
        }
        *ret = TAKE_PTR(p);
        return 0;
}

static int pass_begin(struct pass *p, struct error *err)
{
        const struct sink *sink = p->site->scope->account->scan->request.sink;
        struct place place = site_place(p->site);
        int r = sink->pass_begin(sink->user, &place, p->collector->id, &p->handle, err);

        if (r < 0)
                return r;
        p->begun = true;
        for (size_t i = 0; i < p->n_children && r >= 0; i++)
                r = pass_begin(p->children[i], err);
        return r;
}

/* Below a list that could not be read, nothing is known either. */
static void pass_inherit(struct pass *child, const struct pass *parent)
{
        char text[640];

        if (parent->state == COVERAGE_OK || (child->calls > 0 && coverage_is_answer(parent->state)))
                return;
        (void)snprintf(text, sizeof(text), "%s: %s", parent->collector->id,
                       parent->cause ? parent->cause : "");
        pass_degrade_text(
                child, coverage_is_answer(parent->state) ? parent->state : COVERAGE_SKIPPED, text);
}

/* Nothing was named to it, and not all that may name something was read: that is no answer. */
static void follow_settle(struct pass *p)
{
        char text[640];

        if (!p->site->scope->unread || p->calls > 0)
                return;
        (void)snprintf(text, sizeof(text), "what names it was not all read: %s",
                       p->site->scope->unread);
        pass_degrade_text(p, COVERAGE_SKIPPED, text);
}

/* Where something must be, an empty list shows only that it may not be seen. */
static void pass_empty(struct pass *p)
{
        const char *means = p->collector->empty.in[LANGUAGE_EN];

        if (means && p->state == COVERAGE_OK && p->items == 0)
                pass_degrade_text(p, COVERAGE_DENIED, means);
}

static void pass_tell(struct pass *p)
{
        struct scan *scan = p->site->scope->account->scan;
        const struct sink *sink = scan->request.sink;
        struct coverage coverage;
        struct error err = { 0 };

        if (p->collector->follows.facts)
                follow_settle(p);
        pass_empty(p);
        coverage = (struct coverage){
                .place = site_place(p->site),
                .collector = p->collector->id,
                .topic = p->collector->evidence             ? p->collector->evidence
                         : discovery_is_probe(p->collector) ? NULL
                                                            : p->collector->yields,
                .service_type = p->collector->type,
                .state = p->state,
                .cause = p->state == COVERAGE_OK ? NULL : p->cause,
                .permission = p->permission,
                .calls = p->calls,
                .items = p->items,
                .asked_usec =
                        p->state == COVERAGE_DENIED || p->state == COVERAGE_OFF ? p->asked_usec : 0,
        };

        for (size_t i = 0; i < p->n_children; i++) {
                pass_inherit(p->children[i], p);
                pass_tell(p->children[i]);
        }
        if (p->collector->follows.facts && p->site->scope->unread)
                coverage.partial = true;
        if (p->collector->feeds && !coverage_is_answer(p->state))
                follow_unread(p->site->scope, p->collector->id, p->site->region);
        if (p->begun && sink->pass_end(sink->user, p->handle, &coverage, &err) < 0)
                scan_abort(scan, &err);
        p->begun = false;
}

static void pass_end(struct pass *p)
{
        pass_tell(p);
        *p->link = p->next;
        if (p->next)
                p->next->link = p->link;
        scan_pass_ended(p);
        (void)pass_free(p);
}

/* Nothing can be there of a service that the scope has not enabled. */
static void pass_end_off(struct pass *p)
{
        char text[256];

        (void)snprintf(text, sizeof(text), "%s is not enabled in %s", p->collector->service->api,
                       site_scope_id(p->site));
        pass_degrade_text(p, COVERAGE_OFF, text);
        pass_end(p);
}

int pass_start(struct site *site, const struct collector *c, struct error *err)
{
        struct pass *p = NULL;
        int r = pass_new(&p, site, c, err);

        if (r < 0 || !p)
                return r;
        scan_pass_started(p);
        r = pass_begin(p, err);
        if (r == 0 && !service_is_enabled(site->scope, c->service))
                pass_end_off(p);
        else if (r == 0 && listing_start(p, NULL) < 0)
                r = error_oom(err);
        return r;
}

static void pass_stop(struct pass *p, const char *why)
{
        while (p->root)
                listing_free(p->root);
        pass_degrade_text(p, COVERAGE_SKIPPED, why);
        for (size_t i = 0; i < p->n_children; i++)
                pass_stop(p->children[i], why);
}

void pass_cancel(struct pass *p, const char *why)
{
        /* children first: their listings point to the items of the parent's */
        for (size_t i = 0; i < p->n_children; i++)
                pass_stop(p->children[i], why);
        pass_stop(p, why);
        pass_end(p);
}
