#include "daemon/report/plan-sum.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

static const uint64_t month_usec = 30 * USEC_PER_DAY;

int plan_sum_init(struct plan_sum *s, const struct limits *limits, uint64_t interval_usec)
{
        *s = (struct plan_sum){ .limits = limits,
                                .interval_usec = interval_usec,
                                .index = json_object() };
        return s->index ? 0 : -ENOMEM;
}

void plan_sum_done(struct plan_sum *s)
{
        for (size_t i = 0; i < s->n_budgets; i++) {
                free(s->budgets[i].scope);
                free(s->budgets[i].region);
        }
        free(s->budgets);
        free(s->paces);
        free(s->prices);
        json_decref(s->index);
        *s = (struct plan_sum){ 0 };
}

/* ---- budgets -------------------------------------------------------------------------------- */

static char *dup_or_null(const char *text)
{
        return text ? strdup(text) : NULL;
}

static bool is_shared(const struct service *service)
{
        return service->budget == BUDGET_ACCOUNT;
}

static void set_rate(const struct plan_sum *s, struct plan_budget *b, double rate, double burst)
{
        double configured = s->limits->requests_per_second;

        b->per_second = configured > 0 ? configured : rate;
        b->burst = configured > 0 ? configured : burst;
        if (b->burst < 1)
                b->burst = 1;
        if (b->per_second <= 0)
                b->burst = 0;
}

static int budget_new(struct plan_sum *s, const struct plan_call *c, struct plan_budget **ret)
{
        const struct service *service = c->call->service;
        bool shared = is_shared(service);
        const char *sent_to = shared ? NULL : c->call->region;
        const char *scope = shared ? NULL : c->place.scope;
        const char *region = shared || sent_to ? NULL : c->place.region;
        struct plan_budget *grown = reallocarray(s->budgets, s->n_budgets + 1, sizeof(*grown)), *b;

        if (!grown)
                return -ENOMEM;
        s->budgets = grown;
        b = &grown[s->n_budgets++];
        *b = (struct plan_budget){ .service = service,
                                   .sent_to = sent_to,
                                   .scope = dup_or_null(scope),
                                   .region = dup_or_null(region) };
        set_rate(s, b, service->rate_per_second, service->burst);
        *ret = b;
        return (scope && !b->scope) || (region && !b->region) ? -ENOMEM : 0;
}

static char *budget_key(const struct plan_call *c)
{
        const char *region = c->place.region ? c->place.region : "*";
        char *key = NULL;
        int n;

        if (is_shared(c->call->service))
                n = asprintf(&key, "account\t%s", c->call->service->host);
        else
                n = asprintf(&key, "%s\t%s\t%s\t%s", c->level ? c->level : "",
                             c->place.scope ? c->place.scope : "*",
                             c->call->region ? c->call->region : region, c->call->service->id);
        return n < 0 ? NULL : key;
}

static int budget_of(struct plan_sum *s, const struct plan_call *c, struct plan_budget **ret)
{
        _cleanup_(freep) char *key = budget_key(c);
        json_t *at;
        int r;

        if (!key)
                return -ENOMEM;
        at = json_object_get(s->index, key);
        if (at) {
                *ret = &s->budgets[json_integer_value(at)];
                return 0;
        }
        r = json_object_set_new(s->index, key, json_integer((json_int_t)s->n_budgets));
        return r < 0 ? -ENOMEM : budget_new(s, c, ret);
}

/* One for the whole account, wherever the service is asked. NULL: the service has none. */
static int pace_of(struct plan_sum *s, const struct service *service, struct plan_budget **ret)
{
        struct plan_budget *grown;

        *ret = NULL;
        if (service->pace_per_second <= 0)
                return 0;
        for (size_t i = 0; i < s->n_paces; i++)
                if (s->paces[i].service == service)
                        *ret = &s->paces[i];
        if (*ret)
                return 0;
        grown = reallocarray(s->paces, s->n_paces + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        s->paces = grown;
        *ret = &grown[s->n_paces++];
        **ret = (struct plan_budget){ .service = service };
        set_rate(s, *ret, service->pace_per_second, service->pace_burst);
        return 0;
}

double plan_budget_seconds(const struct plan_budget *b, enum plan_scan scan)
{
        double calls = (double)b->calls[scan];

        if (b->sent_to)
                return 0;
        return b->per_second > 0 && calls > b->burst ? (calls - b->burst) / b->per_second : 0;
}

static double longest_of(const struct plan_budget *budgets, size_t n, enum plan_scan scan)
{
        double longest = 0;

        for (size_t i = 0; i < n; i++) {
                double seconds = plan_budget_seconds(&budgets[i], scan);

                longest = seconds > longest ? seconds : longest;
        }
        return longest;
}

double plan_sum_seconds(const struct plan_sum *s, enum plan_scan scan)
{
        double longest = longest_of(s->budgets, s->n_budgets, scan);
        double paced = longest_of(s->paces, s->n_paces, scan);

        return paced > longest ? paced : longest;
}

uint64_t plan_sum_replies(const struct plan_sum *s, enum plan_scan scan)
{
        uint64_t slots = s->limits->per_account < s->limits->in_flight ? s->limits->per_account
                                                                       : s->limits->in_flight;

        return slots > 0 ? (s->calls[scan] + slots - 1) / slots : s->calls[scan];
}

/* ---- calls and money ------------------------------------------------------------------------ */

double plan_sum_scans(const struct plan_sum *s)
{
        return s->interval_usec > 0 ? (double)month_usec / (double)s->interval_usec : 0;
}

/* Calls of a month: a rescan each time, and the details again whenever they are too old. */
static double month_of(const struct plan_sum *s, const struct plan_call *c)
{
        const struct collector *collector = c->call->collector;
        uint64_t ttl_usec = collector->detail_ttl_usec ? collector->detail_ttl_usec
                                                       : s->limits->detail_ttl_usec;
        double scans = plan_sum_scans(s), rescan = (double)c->rescan.calls,
               fresh = (double)c->fresh.calls, refreshed;

        if (c->purpose != PLAN_DETAIL || fresh <= rescan)
                return rescan * scans;
        refreshed = ttl_usec > 0 ? (double)month_usec / (double)ttl_usec : scans;
        return rescan * scans + (fresh - rescan) * (refreshed < scans ? refreshed : scans);
}

static struct plan_price *price_of(struct plan_sum *s, const struct plan_call *c)
{
        struct plan_price *grown;

        for (size_t i = 0; i < s->n_prices; i++)
                if (s->prices[i].cost == c->cost)
                        return &s->prices[i];
        grown = reallocarray(s->prices, s->n_prices + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        s->prices = grown;
        grown[s->n_prices] = (struct plan_price){ .cost = c->cost, .service = c->call->service };
        return &grown[s->n_prices++];
}

int plan_sum_add(struct plan_sum *s, const struct plan_call *c)
{
        const uint64_t calls[PLAN_SCAN_MAX] = { c->least, c->rescan.calls, c->fresh.calls };
        struct plan_price *price = c->cost ? price_of(s, c) : NULL;
        struct plan_budget *budget = NULL, *pace = NULL;
        int r = c->cost && !price ? -ENOMEM : budget_of(s, c, &budget);

        if (r == 0)
                r = pace_of(s, c->call->service, &pace);
        if (r < 0)
                return r;
        for (int i = 0; i < PLAN_SCAN_MAX; i++) {
                s->calls[i] += calls[i];
                budget->calls[i] += calls[i];
                if (pace)
                        pace->calls[i] += calls[i];
                if (price)
                        price->calls[i] += (double)calls[i];
        }
        s->month += month_of(s, c);
        if (price)
                price->month += month_of(s, c);
        s->doubtful[PLAN_RESCAN] |= c->rescan.doubt != PLAN_SURE;
        s->doubtful[PLAN_FRESH] |= c->fresh.doubt != PLAN_SURE;
        return 0;
}

static void add_price(const struct plan_price *price, struct plan_money *m)
{
        double each = price->cost->amount / (double)(price->cost->per > 0 ? price->cost->per : 1);
        double billed = price->month - (double)price->cost->free;

        for (int i = 0; i < PLAN_SCAN_MAX; i++)
                m->scan[i] += price->calls[i] * each;
        m->month += billed > 0 ? billed * each : 0;
        m->unverified |= price->cost->unverified;
}

size_t plan_sum_money(const struct plan_sum *s, struct plan_money *money, size_t n, size_t max)
{
        for (size_t i = 0; i < s->n_prices; i++) {
                const char *currency = s->prices[i].cost->currency;
                size_t k = 0;

                while (k < n && strcmp(money[k].currency, currency) != 0)
                        k++;
                if (k == max)
                        continue;
                if (k == n) {
                        money[n] = (struct plan_money){ 0 };
                        (void)snprintf(money[n].currency, sizeof(money[n].currency), "%s",
                                       currency);
                        n++;
                }
                add_price(&s->prices[i], &money[k]);
        }
        return n;
}
