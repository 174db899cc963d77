#include "daemon/report/plan.h"

#include "daemon/base/version.h"
#include "daemon/report/csv.h"
#include "daemon/report/language.h"
#include "daemon/report/plan-private.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- words ---------------------------------------------------------------------------------- */

static const char *const purposes[] = {
        [PLAN_SCOPES] = "scopes", [PLAN_APIS] = "apis",     [PLAN_REGIONS] = "regions",
        [PLAN_LIST] = "list",     [PLAN_DETAIL] = "detail",
};
static_assert(ELEMENTSOF(purposes) == PLAN_PURPOSE_MAX, "every purpose has its word");

static const char *const pers[] = {
        [PLAN_PER_PLACE] = "place",     [PLAN_PER_PARENT] = "parent",
        [PLAN_PER_VALUE] = "value",     [PLAN_PER_RESOURCE] = "resource",
        [PLAN_PER_ELEMENT] = "element",
};
static_assert(ELEMENTSOF(pers) == PLAN_PER_MAX, "every multiplier has its word");

static const struct {
        const char *name, *words;
} doubts[] = {
        [PLAN_SURE] = { "", "" },
        [PLAN_UNSEEN] = { "unseen", N_("not scanned yet: pages and details come on top") },
        [PLAN_UNREAD] = { "unread", N_("the last scan could not read it to the end") },
        [PLAN_PAGES] = { "pages", N_("depends on how the items fall into pages") },
        [PLAN_CONDITIONAL] = { "conditional",
                               N_("made for some items only, or refused without a trace") },
        [PLAN_DROPPED] = { "dropped", N_("also made for items that are dropped afterwards") },
        [PLAN_ALTERNATIVE] = { "alternative", N_("only if the list before it is not answered") },
};
static_assert(ELEMENTSOF(doubts) == PLAN_DOUBT_MAX, "every doubt has its words");

const char *plan_purpose_name(enum plan_purpose purpose)
{
        return purposes[purpose];
}

const char *plan_per_name(enum plan_per per)
{
        return pers[per];
}

const char *plan_doubt_name(enum plan_doubt doubt)
{
        return doubts[doubt].name;
}

const char *plan_doubt_words(enum plan_doubt doubt)
{
        return doubt == PLAN_SURE ? "" : _(doubts[doubt].words);
}

/* ---- CSV ------------------------------------------------------------------------------------ */

static int csv_head(const struct plan_report *p)
{
        static const char *const names[] = {
                "provider",  "account",  "scope",      "level",        "region", "service",
                "collector", "call",     "permission", "purpose",      "per",    "times",
                "condition", "least",    "rescan",     "rescan_doubt", "fresh",  "fresh_doubt",
                "amount",    "currency", "amount_per",
        };

        csv_line(p->request.terminal.out, names, ELEMENTSOF(names));
        return ferror(p->request.terminal.out) ? -EIO : 0;
}

static int csv_call(const struct plan_report *p, const struct plan_call *c)
{
        const struct cost *cost = c->cost;
        char times[24], least[24], rescan[24], fresh[24], amount[32] = "", per[24] = "";
        const char *const cells[] = {
                c->place.provider,
                c->place.account,
                c->place.scope,
                c->level,
                c->place.region,
                c->call->service->id,
                c->call->collector->id,
                c->call->name,
                c->call->permission,
                plan_purpose_name(c->purpose),
                plan_per_name(c->per),
                times,
                c->condition,
                least,
                rescan,
                plan_doubt_name(c->rescan.doubt),
                fresh,
                plan_doubt_name(c->fresh.doubt),
                amount,
                cost ? cost->currency : NULL,
                per,
        };

        (void)snprintf(times, sizeof(times), "%" PRIu64, c->times);
        (void)snprintf(least, sizeof(least), "%" PRIu64, c->least);
        (void)snprintf(rescan, sizeof(rescan), "%" PRIu64, c->rescan.calls);
        (void)snprintf(fresh, sizeof(fresh), "%" PRIu64, c->fresh.calls);
        if (cost) {
                (void)snprintf(amount, sizeof(amount), "%.10g", cost->amount);
                (void)snprintf(per, sizeof(per), "%" PRIu64, cost->per ? cost->per : 1);
        }
        csv_line(p->request.terminal.out, cells, ELEMENTSOF(cells));
        return ferror(p->request.terminal.out) ? -EIO : 0;
}

/* ---- sums ----------------------------------------------------------------------------------- */

void plan_total_take(struct plan_total *t, const struct plan_report *p)
{
        uint64_t in_flight = p->request.config->limits.in_flight;

        *t = (struct plan_total){ .n_money = 0 };
        for (size_t i = 0; i < p->n_entries; i++) {
                const struct plan_sum *s = &p->entries[i].sum;

                t->n_money = plan_sum_money(s, t->money, t->n_money, PLAN_CURRENCIES_MAX);
                t->month += s->month;
                for (int k = 0; k < PLAN_SCAN_MAX; k++) {
                        double seconds = plan_sum_seconds(s, (enum plan_scan)k);
                        uint64_t replies = plan_sum_replies(s, (enum plan_scan)k);

                        t->calls[k] += s->calls[k];
                        t->doubtful[k] |= s->doubtful[k];
                        t->seconds[k] = seconds > t->seconds[k] ? seconds : t->seconds[k];
                        t->replies[k] = replies > t->replies[k] ? replies : t->replies[k];
                }
        }
        for (int k = 0; k < PLAN_SCAN_MAX && in_flight > 0; k++)
                if ((t->calls[k] + in_flight - 1) / in_flight > t->replies[k])
                        t->replies[k] = (t->calls[k] + in_flight - 1) / in_flight;
}

/* ---- the sink ------------------------------------------------------------------------------- */

static int entry_new(struct plan_report *p, const struct plan_account *a)
{
        struct plan_entry *grown = reallocarray(p->entries, p->n_entries + 1, sizeof(*grown)), *e;
        uint64_t interval_usec = a->config->interval_usec ? a->config->interval_usec
                                                          : p->request.config->interval_usec;

        if (!grown)
                return -ENOMEM;
        p->entries = grown;
        e = &grown[p->n_entries++];
        *e = (struct plan_entry){
                .config = a->config,
                .provider = a->provider,
                .credential_source = a->credential_source ? strdup(a->credential_source) : NULL,
                .trouble = a->trouble ? strdup(a->trouble) : NULL,
                .places = json_deep_copy(a->places),
        };
        if ((a->credential_source && !e->credential_source) || (a->trouble && !e->trouble) ||
            !e->places)
                return -ENOMEM;
        return plan_sum_init(&e->sum, &p->request.config->limits, interval_usec);
}

static int on_account(void *user, const struct plan_account *a)
{
        struct plan_report *p = user;
        struct error err = { 0 };
        int r = 0;

        if (p->request.format == REPORT_TABLE && p->n_entries > 0)
                r = plan_table_entry(p, &err);
        return r < 0 ? r : entry_new(p, a);
}

static int on_call(void *user, const struct plan_call *c)
{
        struct plan_report *p = user;
        int r = plan_sum_add(&p->entries[p->n_entries - 1].sum, c);

        if (r < 0)
                return r;
        switch (p->request.format) {
        case REPORT_JSON:
                return plan_json_call(p, c);
        case REPORT_CSV:
                return csv_call(p, c);
        default:
                return plan_table_call(p, c);
        }
}

/* ---- life ----------------------------------------------------------------------------------- */

int plan_report_new(struct plan_report **ret, const struct plan_report_request *request,
                    struct error *err)
{
        struct plan_report *p = calloc(1, sizeof(*p));

        if (!p)
                return error_oom(err);
        p->request = *request;
        p->stream = JSON_STREAM_TO(request->terminal.out);
        p->sink = (struct plan_sink){ .account = on_account, .call = on_call, .user = p };
        if (request->format == REPORT_JSON) {
                json_stream_member_take(&p->stream, "vigie", json_string(VIGIE_VERSION));
                json_stream_array(&p->stream, "calls");
        } else if (request->format == REPORT_CSV) {
                (void)csv_head(p);
        }
        *ret = p;
        return 0;
}

struct plan_report *plan_report_free(struct plan_report *p)
{
        if (!p)
                return NULL;
        for (size_t i = 0; i < p->n_entries; i++) {
                free(p->entries[i].credential_source);
                free(p->entries[i].trouble);
                json_decref(p->entries[i].places);
                plan_sum_done(&p->entries[i].sum);
        }
        free(p->entries);
        free(p->operations);
        free(p);
        return NULL;
}

const struct plan_sink *plan_report_sink(const struct plan_report *p)
{
        return &p->sink;
}

int plan_report_end(struct plan_report *p, struct error *err)
{
        FILE *out = p->request.terminal.out;
        int r = 0;

        if (p->request.format == REPORT_JSON)
                r = plan_json_end(p, err);
        else if (p->request.format == REPORT_TABLE)
                r = plan_table_end(p, err);
        if (r >= 0 && (fflush(out) != 0 || ferror(out)))
                r = error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return r;
}
