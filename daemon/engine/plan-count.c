#include "daemon/engine/plan-count.h"

#include "daemon/engine/expand.h"
#include "daemon/engine/plan.h"

static uint64_t number(const json_t *known, const char *name)
{
        return (uint64_t)json_integer_value(json_object_get(known, name));
}

static uint64_t number_at(const json_t *known, const char *name, size_t index)
{
        return (uint64_t)json_integer_value(json_array_get(json_object_get(known, name), index));
}

static enum coverage_state state_of(const json_t *known)
{
        return (enum coverage_state)number(known, "state");
}

uint64_t plan_times(const struct call *call)
{
        uint64_t n = 0;

        while (call->over && call->over[n])
                n++;
        return n > 0 ? n : 1;
}

bool plan_is_always_made(const struct call *call)
{
        return !call->each && call->n_where == 0 && (call->over || !call->requires);
}

/* ---- lists ---------------------------------------------------------------------------------- */

static uint64_t page_size(const struct paging *p)
{
        uint64_t largest = 0;
        const char *name;
        json_t *value;

        json_object_foreach(p->size, name, value)
        {
                uint64_t size = (uint64_t)json_integer_value(value);

                largest = size > largest ? size : largest;
        }
        return largest;
}

/* As many as it takes if every page is full. */
static uint64_t count_pages(const struct collector *c, uint64_t lists, uint64_t items)
{
        const struct paging *p = call_paging(&c->list);
        bool counts = (p->style == PAGING_PAGE || p->style == PAGING_OFFSET) && !p->total &&
                      !p->total_header && !p->more;
        uint64_t size = page_size(p), pages = size > 0 ? (items + size - 1) / size : 0;

        if (p->style == PAGING_NONE)
                return lists;
        if (counts) /* an empty page is the end */
                pages += lists;
        return pages > lists ? pages : lists;
}

/* What a pass comes to is told by its last visit only if that came to an end. A denied list is
 * denied after the same calls again; below many parents several are under way when the first denial
 * comes, and of many values others may come first. Below a list that was denied at once nothing is
 * asked. */
static bool is_read(const struct plan_pass *pass)
{
        enum coverage_state state = state_of(pass->known);
        bool asked = number(pass->known, "calls") > 0;

        if (state == COVERAGE_DENIED)
                return (!pass->above && !pass->collector->follows.facts) || !asked;
        if (state == COVERAGE_SKIPPED)
                return pass->above && !asked && number(pass->above->known, "items") == 0 &&
                       is_read(pass->above);
        return coverage_is_answer(state);
}

/* Is what stands below an item asked before it is known whether it is kept, or kept it is not? */
static bool goes_below_all(const struct collector *c)
{
        return c->reference || c->keep_with_children;
}

/* How often the list is asked from its first page: once; for each item of the parent; for each
 * value that it follows, of which there are as many as answered; and each time once for each of
 * over:. */
static uint64_t count_asked(const struct plan_pass *pass)
{
        const struct plan_pass *above = pass->above;
        uint64_t n = 1;

        if (pass->collector->follows.facts)
                n = number(pass->known, "items");
        else if (above)
                n = number(above->known, goes_below_all(above->collector) ? "items" : "resources");
        return n * plan_times(&pass->collector->list);
}

/* ---- details -------------------------------------------------------------------------------- */

static bool any_fact(const struct keep *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (rows[i].fact)
                        return true;
        return false;
}

static bool any_path(const struct keep *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (rows[i].path)
                        return true;
        return false;
}

/* Items of the list that were not kept: were they asked about before they were dropped? None of
 * them, all of them, or that cannot be told. */
enum lost { LOST_BEFORE, LOST_AFTER, LOST_SOMEWHERE };

static enum lost lost_items(const struct collector *c)
{
        bool late = any_fact(c->keep, c->n_keep), late_drop = any_fact(c->drop, c->n_drop);

        if (plan_times(&c->list) > 1) /* or listed twice and kept once */
                return LOST_SOMEWHERE;
        if (!late && !late_drop)
                return LOST_BEFORE;
        if (c->unique) /* some of them were passed over before */
                return LOST_SOMEWHERE;
        /* one row on facts holds until they are read: nothing is lost for keep: before that */
        if ((late || c->n_keep == 0) && !any_path(c->drop, c->n_drop) && !c->keep_with_children)
                return LOST_AFTER;
        return LOST_SOMEWHERE;
}

struct plan_number plan_count_detail(const struct plan_pass *pass, size_t index, bool fresh)
{
        const struct collector *c = pass->collector;
        const struct call *call = &c->detail[index];
        const json_t *known = pass->known;
        uint64_t items = number(known, "items"), resources = number(known, "resources");
        struct plan_number n = { number_at(known, fresh ? "fresh" : "again", index), PLAN_SURE };
        enum lost lost = items > resources ? lost_items(c) : LOST_BEFORE;
        bool always = plan_is_always_made(call);

        if (items == 0 && is_read(pass))
                return n;
        if (!coverage_is_answer(state_of(known)))
                n.doubt = PLAN_UNREAD;
        else if (lost == LOST_SOMEWHERE || (lost == LOST_AFTER && !always))
                n.doubt = PLAN_DROPPED;
        else if (resources > 0 && (fresh || n.calls > 0) &&
                 (call->each || number_at(known, "traced", index) < resources))
                n.doubt = PLAN_CONDITIONAL; /* refused or impossible: neither leaves evidence */
        if (lost == LOST_AFTER && always)   /* not remembered: asked about each time */
                n.calls += (items - resources) * plan_times(call);
        return n;
}

/* ---- lists whose calls of the last scan hold details, too ------------------------------------ */

/* Things that are dropped once their details are read are not remembered: their calls are among
 * those of every scan. */
static uint64_t calls_for_dropped(const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        uint64_t items = number(pass->known, "items"), n = 0;
        uint64_t resources = number(pass->known, "resources");

        if (items <= resources || lost_items(c) != LOST_AFTER)
                return 0;
        for (size_t i = 0; i < c->n_detail; i++)
                n += plan_is_always_made(&c->detail[i])
                             ? (items - resources) * plan_times(&c->detail[i])
                             : 0;
        return n;
}

/* The detail calls of a scan that asks them all. */
struct details {
        uint64_t calls, traced; /* as counted, and those of them that left evidence */
        bool certain, lost;     /* nothing about items that are not kept */
};

static struct details details_of(const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        struct details d = { .certain = true };

        for (size_t i = 0; i < c->n_detail; i++) {
                struct plan_number n = plan_count_detail(pass, i, true);

                d.calls += n.calls;
                d.traced += number_at(pass->known, c->detail[i].each ? "fresh" : "traced", i) *
                            plan_times(&c->detail[i]);
                d.certain &= n.doubt == PLAN_SURE;
                d.lost |= n.doubt == PLAN_DROPPED;
        }
        return d;
}

/* By arithmetic, and proven by what the last scan made: the lists and the details that it asked, or
 * all details, if they were asked for and came to the same. */
static struct plan_number count_lists(const struct plan_pass *pass, uint64_t lists)
{
        uint64_t calls = number(pass->known, "calls"), dropped = calls_for_dropped(pass);
        uint64_t made = number(pass->known, "made") + dropped;
        struct details d = details_of(pass);
        bool none_made = made == dropped && !d.lost;

        if (calls == lists + made || (d.certain && calls == lists + d.calls))
                return (struct plan_number){ lists, PLAN_SURE };
        if (none_made && calls < lists + d.traced + dropped && calls > dropped)
                return (struct plan_number){ calls - dropped, PLAN_SURE }; /* too few for details */
        if (d.certain && made > dropped && calls > made)
                return (struct plan_number){ calls - made, PLAN_SURE };
        if (d.certain && calls > lists + d.calls)
                lists = calls - d.calls;
        return (struct plan_number){ lists < calls ? lists : calls,
                                     d.certain ? PLAN_PAGES : PLAN_CONDITIONAL };
}

bool plan_is_rested(const struct plan_pass *pass)
{
        return json_is_true(json_object_get(pass->known, "young"));
}

struct plan_number plan_count_list(const struct plan_pass *pass)
{
        const struct collector *c = pass->collector;
        uint64_t calls = number(pass->known, "calls"), items = number(pass->known, "items");
        uint64_t lists = count_asked(pass);

        if (!is_read(pass))
                return (struct plan_number){ calls, PLAN_UNREAD };
        if (c->list_ttl_usec > 0 && calls == 0) /* not asked the last time */
                return (struct plan_number){ lists, PLAN_PAGES };
        if (c->n_detail == 0 || c->reference || items == 0)
                return (struct plan_number){ calls, PLAN_SURE };
        if (state_of(pass->known) == COVERAGE_DENIED) /* on a later page, or at the details */
                return (struct plan_number){ lists < calls ? lists : calls, PLAN_UNREAD };
        return count_lists(pass, count_pages(c, lists, items));
}
