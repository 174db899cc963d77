#include "daemon/engine/item.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/discovery.h"
#include "daemon/engine/extract.h"
#include "daemon/engine/follow.h"
#include "daemon/engine/reference.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

static const struct collector *item_collector(const struct item *it)
{
        return it->listing->pass->collector;
}

static struct template_values item_values(struct item *it)
{
        return (struct template_values){ .value = frame_value, .user = &it->frame };
}

/* id_key of struct extract_source. */
static json_t *item_id_key(void *user, const json_t *id)
{
        const struct item *it = user;
        _cleanup_(freep) char *own = NULL;

        return json_string(scope_id_key(it->frame.site->scope, json_string_value(id), &own));
}

static struct extract_source item_source(struct item *it, const struct template_values *values)
{
        return (struct extract_source){ .values = values, .id_key = item_id_key, .user = it };
}

static struct scan *item_scan(const struct item *it)
{
        return it->listing->pass->site->scope->account->scan;
}

/* ---- making and ending
 * --------------------------------------------------------------------------------- */

int item_new(struct listing *l, json_t *json)
{
        struct item *it = calloc(1, sizeof(*it));

        if (!it)
                return -ENOMEM;
        it->listing = l;
        it->json = json_incref(json);
        it->details = json_array();
        it->frame = (struct frame){ .site = l->pass->site,
                                    .parent = l->frame.parent,
                                    .item = it->json,
                                    .over = l->frame.over,
                                    .follow = l->frame.follow,
                                    .details = it->details };
        it->next = l->items;
        it->link = &l->items;
        if (it->next)
                it->next->link = &it->next;
        l->items = it;
        l->items_open++;
        return 0;
}

void item_free(struct item *it)
{
        *it->link = it->next;
        if (it->next)
                it->next->link = it->link;
        job_done(&it->job);
        (void)resource_free(it->resource);
        json_decref(it->json);
        json_decref(it->each_list);
        json_decref(it->details);
        free(it->failed);
        free(it);
}

/* Nothing can be kept any more: the store is full or broken. */
static enum item_state item_abort(struct item *it, struct error *err)
{
        if (err->code == 0)
                (void)error_oom(err);
        scan_abort(item_scan(it), err);
        return ITEM_DONE;
}

/* No sense can be made of it. Its parent may be kept for things like it. */
static enum item_state item_unreadable(struct item *it, const char *cause)
{
        pass_degrade_text(it->listing->pass, COVERAGE_FAILED, cause);
        it->listing->kept_any = true;
        return ITEM_DONE;
}

/* ---- what the list says
 * ---------------------------------------------------------------------------------- */

static enum item_state item_yield(struct item *it)
{
        struct pass *p = it->listing->pass;
        json_t *entry = json_pack("{s:s, s:s?, s:O}", "id", it->resource->id, "name",
                                  it->resource->name, "item", it->json);

        if (entry)
                (void)json_array_append_new(p->yielded, entry);
        return ITEM_DONE;
}

static void remember_as(json_t *table, const struct item *it, const char *id)
{
        _cleanup_(freep) char *own = NULL;
        const char *key = scope_id_key(it->frame.site->scope, id, &own);
        json_t *items = json_object_get(table, key);

        if (!items)
                (void)json_object_set_new(table, key, items = json_array());
        (void)json_array_append(items, it->json);
}

/* By id, and by name; several may have one id, like the deliveries of one source. */
static void item_remember(struct item *it)
{
        json_t *references = it->listing->pass->site->references;
        json_t *table = json_object_get(references, item_collector(it)->id);

        if (!table) {
                table = json_pack("{s:{}, s:{}}", "ids", "names");
                (void)json_object_set_new(references, item_collector(it)->id, table);
        }
        remember_as(json_object_get(table, "ids"), it, it->resource->id);
        if (it->resource->name)
                remember_as(json_object_get(table, "names"), it, it->resource->name);
}

/* Is the id one that came before in this pass? Then the item says nothing new. */
static bool item_came_before(const struct item *it)
{
        json_t *ids = it->listing->pass->ids;

        if (!ids)
                return false;
        if (json_object_get(ids, it->resource->id))
                return true;
        (void)json_object_set_new(ids, it->resource->id, json_true());
        return false;
}

/* Ids and regions in the form in which the provider's are known. */
static int item_canonical(struct item *it)
{
        const struct scan_scope *scope = it->frame.site->scope;
        const struct provider *provider = scope->account->provider;
        struct resource *r = it->resource;
        char *key = NULL;

        if (provider->region_code && r->region)
                provider->region_code(r->region);
        if (!provider->ids_are_keys)
                return 0;
        (void)scope_id_key(scope, r->id, &key);
        if (!key)
                return -ENOMEM;
        free(r->id);
        r->id = key;
        return 0;
}

/* Where the rest of a scope is asked for: what was listed is none of it, and what is listed for the
 * rest may have been given already. What a list leaves out on purpose was given, too. */
static bool item_was_given(const struct item *it)
{
        const struct collector *c = item_collector(it);
        struct scan_scope *scope = it->frame.site->scope;
        _cleanup_(freep) char *own = NULL;
        const char *key;

        if (!scope->account->has_rest || c->yields || c->reference)
                return false;
        key = scope_id_key(scope, it->resource->id, &own);
        if (!scope->given)
                scope->given = json_object();
        if (c->rest && json_object_get(scope->given, key))
                return true;
        (void)json_object_set_new(scope->given, key, json_true());
        return false;
}

static enum item_state item_begin(struct item *it)
{
        const struct collector *c = item_collector(it);
        struct pass *p = it->listing->pass;
        struct place place = site_place(p->site);
        struct template_values values = item_values(it);
        struct error err = { 0 };

        bool kept = extract_keep(c, it->json, NULL), scope = c->yields && c->level;

        if (!kept && !scope && !p->site->scope->account->has_rest)
                return ITEM_DONE;
        if (extract_resource(c, &place, it->json, &values, &it->resource, &err) < 0)
                return kept ? item_unreadable(it, err.text) : ITEM_DONE;
        if (item_canonical(it) < 0)
                return item_abort(it, &err);
        if (item_came_before(it) || item_was_given(it) || (!kept && !scope))
                return ITEM_DONE;
        it->frame.id = it->resource->id;
        it->frame.name = it->resource->name;
        if (scope && strcmp(it->resource->id, site_scope_id(p->site)) != 0 &&
            discovery_tell_scope(p, it->resource, it->json, kept, &err) < 0)
                return item_abort(it, &err);
        if (c->yields)
                return kept ? item_yield(it) : ITEM_DONE;
        if (c->reference) {
                if (c->joined)
                        item_remember(it);
                it->kept = true;
                return ITEM_CHILDREN_LAST;
        }
        reference_mark(p->site, c, it->resource);
        return c->keep_with_children && p->n_children > 0 ? ITEM_CHILDREN_FIRST : ITEM_KNOWN;
}

/* Are the details still good? Then only the list was asked. */
static enum item_state item_known(struct item *it)
{
        const struct collector *c = item_collector(it);
        struct scan *scan = item_scan(it);
        uint64_t ttl_usec = c->detail_ttl_usec ? c->detail_ttl_usec
                                               : scan->request.config->limits.detail_ttl_usec;
        uint64_t not_before_usec =
                scan->started_usec > ttl_usec ? scan->started_usec - ttl_usec : 0;
        json_auto_t *facts = NULL;
        struct error err = { 0 };
        int r;

        if (c->keep_with_children && !it->child_kept && !it->child_unreadable)
                return ITEM_DONE;
        if (c->n_detail == 0 || scan->request.fresh)
                return ITEM_DETAIL;
        r = scan->request.sink->known(scan->request.sink->user, it->listing->pass->handle,
                                      it->resource, not_before_usec, c->feeds ? &facts : NULL,
                                      &err);
        if (r >= 0 && facts)
                r = follow_gather(it->frame.site->scope, facts) < 0 ? error_oom(&err) : r;
        if (r < 0)
                return item_abort(it, &err);
        it->kept = r > 0;
        return r > 0 ? ITEM_CHILDREN_LAST : ITEM_DETAIL;
}

static int item_read_list(struct item *it, struct error *err)
{
        const struct collector *c = item_collector(it);
        const struct job *list = &it->listing->job;
        struct template_values values = item_values(it);
        struct extract_source source = item_source(it, &values);
        char time[CLOCK_TEXT_MAX];

        source.body = it->json;
        source.evidence = extract_evidence(it->resource, list->call->name,
                                           clock_format_rfc3339(list->reply.received_usec
                                                                        ? list->reply.received_usec
                                                                        : clock_realtime_usec(),
                                                                time),
                                           list->request_id, list->sha256);
        if (source.evidence < 0)
                return error_oom(err);
        if (c->no_tags &&
            fact_set_known_take(it->resource->facts, "tags", json_true(), source.evidence) < 0)
                return error_oom(err);
        if (c->tags && extract_tags(it->resource, c->tags, it->json, source.evidence, err) < 0)
                return -ENOMEM;
        return extract_facts(it->resource, c->facts, &source, err);
}

/* ---- details
 * -----------------------------------------------------------------------------------------------
 */

static int item_on_page(void *user, const struct job_page *page, struct error *err)
{
        struct item *it = user;
        const struct call *call = it->job.call;
        json_auto_t *part =
                call->in ? json_path(page->body, call->in) : json_incref((json_t *)page->body);
        struct template_values values = item_values(it);
        struct extract_source source = item_source(it, &values);
        int r = 0;

        if (!part)
                return error_set(err, -EBADMSG, "the reply has no '%s'", call->in);
        source.body = part;
        source.collect = call->each || call->over || it->job.page > 0;
        source.evidence = extract_evidence(it->resource, call->name, page->time, page->request_id,
                                           page->sha256);
        if (source.evidence < 0)
                return error_oom(err);
        if (!it->part_missing) /* else: the rest of it alone would look like all */
                r = extract_facts(it->resource, call->facts, &source, err);
        if (r == 0 && call->tags)
                r = extract_tags(it->resource, call->tags, part, source.evidence, err);
        (void)json_array_append(it->details, part);
        return r;
}

/* A part of a list is not the list: what was read of it is taken back. */
static int item_take_back(struct item *it, const json_t *facts, const char *cause)
{
        const char *name;
        json_t *spec;
        int r = 0;

        json_object_foreach((json_t *)facts, name, spec)
        {
                if (!json_object_get(item_collector(it)->facts, name) && r == 0)
                        r = fact_set_unknown(it->resource->facts, name, cause);
        }
        return r;
}

/* A detail that could not be read: what it would have said is unknown, with the cause. */
static void item_detail_failed(struct item *it)
{
        const struct job *j = &it->job;
        char cause[640];

        (void)snprintf(cause, sizeof(cause), "%s: %s", coverage_state_name(j->outcome),
                       j->error.text);
        free(it->failed);
        it->failed = strdup(cause);
        it->part_missing = true;
        if (it->rounds > 1 || j->page > 0) {
                (void)item_take_back(it, j->call->facts, cause);
                if (j->call->tags)
                        (void)fact_set_unknown(it->resource->facts, "tags", cause);
        }
        (void)extract_facts_unknown(it->resource, j->call->facts, cause, NULL);
        if (j->call->tags && fact_get(it->resource->facts, "tags", NULL, NULL) != FACT_KNOWN)
                (void)fact_set_unknown(it->resource->facts, "tags", cause);
        /* refused, or not there: an answer about this item, and none about the others */
        if (coverage_is_answer(j->outcome) || j->reply_kind == REPLY_REFUSED ||
            j->reply_kind == REPLY_GONE)
                return;
        it->resource->details_complete = false;
        pass_degrade(it->listing->pass, j);
}

static void item_on_detail(void *user)
{
        struct item *it = user;

        it->listing->pass->calls += it->job.calls;
        if (it->job.state == JOB_FAILED)
                item_detail_failed(it);
        job_done(&it->job);
        it->waiting = false;
        item_run(it);
}

static const struct job_events detail_events = { .on_page = item_on_page,
                                                 .on_done = item_on_detail };

/* Asked about nothing: what the call would have said is absent. But what it would have been asked
 * about may stand in a reply that did not come. */
static void item_detail_needless(struct item *it, const struct call *call)
{
        json_auto_t *nothing = json_object();
        struct template_values values = item_values(it);
        struct extract_source source = { .body = nothing, .values = &values, .evidence = 0 };

        if (it->failed) {
                (void)extract_facts_unknown(it->resource, call->facts, it->failed, NULL);
                return;
        }
        (void)extract_facts(it->resource, call->facts, &source, NULL);
}

/* Not made for things like this one: another call may say it of them. */
static void item_detail_elsewhere(struct item *it, const struct call *call)
{
        const char *name;
        json_t *spec;

        json_object_foreach(call->facts, name, spec)
        {
                if (!json_object_get(it->resource->facts, name))
                        (void)fact_set_absent(it->resource->facts, name, 0);
        }
}

/* What stands at path in the item, else in the replies of the detail calls before. */
static json_t *item_path(const struct item *it, const char *path)
{
        json_t *found = json_path(it->json, path);

        for (size_t i = json_array_size(it->details); i > 0 && !found; i--)
                found = json_path(json_array_get(it->details, i - 1), path);
        return found;
}

/* Is the call to be made (once more) for this item? */
static bool item_detail_due(struct item *it, const struct call *call)
{
        bool first = it->rounds++ == 0;
        json_auto_t *there = NULL;

        if (!extract_fits(call->where, call->n_where, it->json)) {
                item_detail_elsewhere(it, call);
                return false;
        }
        if (call->each) {
                if (first)
                        it->each_list = item_path(it, call->each);
                it->frame.each = json_array_get(it->each_list, it->rounds - 1);
                if (first && !it->frame.each)
                        item_detail_needless(it, call);
                return it->frame.each != NULL;
        }
        if (call->over) {
                it->frame.over = call->over[it->rounds - 1];
                return it->frame.over != NULL;
        }
        if (!first || !call->requires)
                return first;
        there = item_path(it, call->requires);
        if (!there)
                item_detail_needless(it, call);
        return there != NULL;
}

/* Starts the next detail call: true when one is under way, or has ended at once. */
static bool item_next_detail(struct item *it)
{
        const struct collector *c = item_collector(it);

        for (; it->detail < c->n_detail; it->detail++, it->rounds = 0, it->part_missing = false) {
                if (item_detail_due(it, &c->detail[it->detail])) {
                        it->waiting = true;
                        job_init(&it->job, it->frame.site, &c->detail[it->detail], &it->frame,
                                 &detail_events, it);
                        job_start(&it->job);
                        return true;
                }
                it->frame.each = NULL;
                it->frame.over = it->listing->frame.over;
                json_decref(TAKE_PTR(it->each_list));
        }
        return false;
}

/* ---- joins, refinement, the end
 * ------------------------------------------------------------------------------ */

/* Adds the reference's items for a value, or for the elements of a list: by name where no id is
 * that. The value that has none, or NULL. */
static const char *join_find(const struct scan_scope *scope, const json_t *table,
                             const json_t *value, json_t *ret)
{
        const char *text = json_string_value(value), *without = NULL, *one;
        json_t *element;
        size_t i;

        if (text) {
                _cleanup_(freep) char *own = NULL;
                const char *key = scope_id_key(scope, text, &own);
                const json_t *items = json_object_get(json_object_get(table, "ids"), key);

                if (!items)
                        items = json_object_get(json_object_get(table, "names"), key);
                if (items)
                        (void)json_array_extend(ret, (json_t *)items);
                return items ? NULL : text;
        }
        json_array_foreach((json_t *)value, i, element)
        {
                one = join_find(scope, table, element, ret);
                without = without ? without : one;
        }
        return without;
}

/* A path in the item, or a template over it. */
static json_t *item_join_value(struct item *it, const char *on)
{
        struct template_values values = item_values(it);
        _cleanup_(freep) char *text = NULL;

        if (!strchr(on, '{'))
                return json_path(it->json, on);
        return extract_text(on, it->json, &values, &text, NULL) < 0 || !text ? NULL
                                                                             : json_string(text);
}

static int item_join_unknown(struct item *it, const struct join *join, const char *cause,
                             struct error *err)
{
        if (join->all && item_take_back(it, join->facts, cause) < 0)
                return error_oom(err);
        return extract_facts_unknown(it->resource, join->facts, cause, err);
}

static int item_join(struct item *it, const struct join *join, struct error *err)
{
        const json_t *references = it->listing->pass->site->references;
        const json_t *table = json_object_get(references, join->with), *value = NULL;
        const char *cause =
                json_member_string(json_object_get(references, SITE_UNREADABLE), join->with);
        json_auto_t *at = join->on ? item_join_value(it, join->on) : NULL;
        json_auto_t *found = json_array(), *nothing = json_object();
        const char *unknown = NULL, *without;
        struct template_values values = item_values(it);
        struct extract_source source = item_source(it, &values);
        char unseen[256];
        int r = 0;

        source.collect = join->all;
        value = at;
        if (join->fact &&
            fact_get(it->resource->facts, join->fact, &value, &unknown) == FACT_UNKNOWN)
                return item_join_unknown(it, join, unknown, err);
        without = join_find(it->frame.site->scope, table, value, found);
        /* it, or one more, may stand in the part that was not read */
        if (value && cause && (join->all || json_array_size(found) == 0))
                return item_join_unknown(it, join, cause, err);
        if (without && join->must_exist) {
                (void)snprintf(unseen, sizeof(unseen), "%s cannot be seen from here", without);
                return item_join_unknown(it, join, unseen, err);
        }
        if (json_array_size(found) == 0)
                (void)json_array_append(found, nothing);
        for (size_t i = 0; i < (join->all ? json_array_size(found) : 1) && r == 0; i++) {
                source.body = json_array_get(found, i);
                r = extract_facts(it->resource, join->facts, &source, err);
        }
        return r;
}

static enum item_state item_finish(struct item *it)
{
        const struct collector *c = item_collector(it);
        struct scan *scan = item_scan(it);
        const struct sink *sink = scan->request.sink;
        struct error err = { 0 };
        int r = 0;

        for (size_t i = 0; i < c->n_joins && r == 0; i++)
                r = item_join(it, &c->joins[i], &err);
        if (r == 0 && c->refinement)
                r = c->refinement->run(it->listing->pass->site->scope->account->account,
                                       it->resource, it->json, &err);
        if (r < 0)
                return item_unreadable(it, err.text);
        if (!extract_keep(c, it->json, it->resource))
                return ITEM_DONE;
        it->resource->detailed_usec = scan->started_usec;
        if (c->feeds && follow_gather(it->frame.site->scope, it->resource->facts) < 0)
                return item_abort(it, &err);
        r = sink->resource(sink->user, it->listing->pass->handle, it->resource, &err);
        if (r < 0)
                return item_abort(it, &err);
        scan->progress.resources++;
        it->kept = true;
        return ITEM_CHILDREN_LAST;
}

static enum item_state item_detail(struct item *it)
{
        struct error err = { 0 };

        if (json_array_size(it->resource->evidence) == 0) { /* the first time here */
                it->resource->details_complete = true;
                if (item_read_list(it, &err) < 0)
                        return item_abort(it, &err);
        }
        return item_next_detail(it) ? ITEM_DETAIL : ITEM_FINISH;
}

/* ---- children
 * --------------------------------------------------------------------------------------------------
 */

static enum item_state item_children(struct item *it, enum item_state next)
{
        struct pass *p = it->listing->pass;
        struct error err = { 0 };

        if (it->children_done || p->n_children == 0)
                return next;
        it->children_done = true;
        it->children_open = 1; /* ours, until all are started */
        for (size_t i = 0; i < p->n_children; i++)
                if (listing_start(p->children[i], it) < 0)
                        return item_abort(it, &err);
        it->children_open--;
        it->waiting = it->children_open > 0;
        return next;
}

/* Is its parent kept for it? A step to further children is as good as they are. */
static bool item_counts(const struct item *it)
{
        const struct collector *c = item_collector(it);

        return c->reference && c->keep_with_children ? it->child_kept || it->child_unreadable
                                                     : it->kept;
}

/* Runs until something is under way, or the end. The item is gone after the end. */
void item_run(struct item *it)
{
        struct listing *l = it->listing;

        if (it->running)
                return; /* a call that ended at once: the loop below sees it */
        it->running = true;
        while (it->state != ITEM_DONE && !it->waiting) {
                switch (it->state) {
                case ITEM_NEW:
                        it->state = item_begin(it);
                        break;
                case ITEM_CHILDREN_FIRST:
                        it->state = item_children(it, ITEM_KNOWN);
                        break;
                case ITEM_KNOWN:
                        it->state = item_known(it);
                        break;
                case ITEM_DETAIL:
                        it->state = item_detail(it);
                        break;
                case ITEM_FINISH:
                        it->state = item_finish(it);
                        break;
                case ITEM_CHILDREN_LAST:
                        it->state = it->kept ? item_children(it, ITEM_DONE) : ITEM_DONE;
                        break;
                case ITEM_DONE:
                        break;
                }
        }
        it->running = false;
        if (it->waiting)
                return;
        l->kept_any = l->kept_any || item_counts(it);
        item_free(it);
        listing_item_ended(l);
}
