#include "daemon/engine/site.h"

#include "daemon/base/clock.h"
#include "daemon/engine/catalogue.h"
#include "daemon/engine/job.h"

#include <string.h>

const char *site_scope_id(const struct site *s)
{
        return s->scope->scope ? s->scope->scope->id : "";
}

struct place site_place(const struct site *s)
{
        return (struct place){
                .provider = s->scope->account->provider->name,
                .account = s->scope->account->config->name,
                .scope = site_scope_id(s),
                .region = s->region,
        };
}

const char *scope_id_key(const struct scan_scope *s, const char *id, char **ret_own)
{
        const struct scan_account *a = s->account;

        *ret_own = a->provider->id_key ? a->provider->id_key(a->account, s->scope, id) : NULL;
        return *ret_own ? *ret_own : id;
}

/* ---- budgets ------------------------------------------------------------------------------------
 */

static struct region_budgets *budgets_of(struct scan_scope *s, const char *region)
{
        size_t n = s->account->scan->request.catalogue->n_services;
        struct region_budgets *b = s->budgets;

        while (b && strcmp(b->region, region) != 0)
                b = b->next;
        if (b)
                return b;
        b = calloc(1, sizeof(*b));
        if (b) {
                b->region = strdup(region);
                b->buckets = calloc(n + 1, sizeof(*b->buckets));
        }
        if (!b || !b->region || !b->buckets) {
                if (b) {
                        free(b->region);
                        free(b->buckets);
                }
                free(b);
                return NULL;
        }
        b->next = s->budgets;
        s->budgets = b;
        return b;
}

static size_t service_index(const struct catalogue *c, const struct service *service)
{
        size_t i = 0;

        while (i + 1 < c->n_services && c->services[i] != service)
                i++;
        return i; /* a call's service is always one of the catalogue's */
}

/* Who counts by key counts whatever is asked of its host, in every scope and region. */
static struct bucket *shared_bucket(struct scan_account *a, const struct service *service)
{
        const struct catalogue *c = a->scan->request.catalogue;

        if (!a->shared)
                a->shared = calloc(c->n_services + 1, sizeof(*a->shared));
        return a->shared ? &a->shared[service_index(c, catalogue_budget_service(c, service))]
                         : NULL;
}

/* What the account asks the sign-in's service as itself comes out of the budget of its sign-ins. */
static struct bucket *bucket_of(struct scan_scope *s, const char *region,
                                const struct service *service)
{
        struct region_budgets *b;

        if (service->sign_in && !s->scope)
                return &s->account->sign_in;
        if (service->budget == BUDGET_ACCOUNT)
                return shared_bucket(s->account, service);
        b = budgets_of(s, region);
        return b ? &b->buckets[service_index(s->account->scan->request.catalogue, service)] : NULL;
}

void scope_budgets_free(struct scan_scope *s)
{
        while (s->budgets) {
                struct region_budgets *b = s->budgets;

                s->budgets = b->next;
                free(b->region);
                free(b->buckets);
                free(b);
        }
}

static void bucket_refill(struct bucket *b, uint64_t now_usec)
{
        b->tokens += b->rate * (double)(now_usec - b->refilled_usec) / (double)USEC_PER_SEC;
        b->refilled_usec = now_usec;
        if (b->tokens > b->burst)
                b->tokens = b->burst;
}

static void bucket_start_at(struct bucket *b, const struct scan *scan, double rate, double burst,
                            uint64_t now_usec)
{
        double configured = scan->request.config->limits.requests_per_second;

        if (b->started)
                return;
        b->started = true;
        b->burst = configured > 0 ? configured : burst > 1 ? burst : 1;
        b->rate = configured > 0 ? configured : rate;
        b->tokens = b->burst;
        b->refilled_usec = now_usec;
}

static void bucket_start(struct bucket *b, const struct scan *scan, const struct service *service,
                         uint64_t now_usec)
{
        bucket_start_at(b, scan, service->rate_per_second, service->burst, now_usec);
}

/* Until there is a token; it is not taken. */
static uint64_t bucket_wait(struct bucket *b, uint64_t now_usec)
{
        if (b->rate <= 0)
                return 0; /* the file sets no budget */
        bucket_refill(b, now_usec);
        return b->tokens >= 1 ? 0
                              : (uint64_t)((1 - b->tokens) / b->rate * (double)USEC_PER_SEC) + 1;
}

static uint64_t pace_wait(struct scan_account *a, const struct service *service,
                          struct bucket **ret, uint64_t now_usec)
{
        const struct catalogue *c = a->scan->request.catalogue;

        if (service->pace_per_second <= 0)
                return 0;
        if (!a->paces)
                a->paces = calloc(c->n_services + 1, sizeof(*a->paces));
        if (!a->paces)
                return USEC_PER_SEC; /* without memory to count: slowly */
        *ret = &a->paces[service_index(c, service)];
        bucket_start_at(*ret, a->scan, service->pace_per_second, service->pace_burst, now_usec);
        return bucket_wait(*ret, now_usec);
}

uint64_t scope_budget(struct scan_scope *s, const char *region, const struct service *service,
                      uint64_t now_usec)
{
        struct bucket *b = bucket_of(s, region, service), *pace = NULL;
        uint64_t wait_usec, pace_usec = pace_wait(s->account, service, &pace, now_usec);

        if (!b)
                return USEC_PER_SEC; /* without memory to count: slowly */
        bucket_start(b, s->account->scan, service, now_usec);
        wait_usec = bucket_wait(b, now_usec);
        if (wait_usec > 0 || pace_usec > 0)
                return wait_usec > pace_usec ? wait_usec : pace_usec;
        b->tokens -= b->rate > 0;
        if (pace)
                pace->tokens -= 1;
        return 0;
}

static const struct service *sign_in_service(const struct scan_account *a)
{
        const struct catalogue *c = a->scan->request.catalogue;

        for (size_t i = 0; i < c->n_services; i++)
                if (c->services[i]->sign_in &&
                    strcmp(c->services[i]->provider, a->provider->name) == 0)
                        return c->services[i];
        return NULL;
}

/* Hundreds of scopes may sign in through one account: each gets its own moment, so that they do not
 * all wake to find one token. */
uint64_t account_sign_in_budget(struct scan_account *a, uint64_t now_usec)
{
        struct bucket *b = &a->sign_in;

        if (!b->started) {
                const struct service *service = sign_in_service(a);

                if (!service)
                        return 0;
                bucket_start(b, a->scan, service, now_usec);
        }
        if (b->rate <= 0)
                return 0;
        bucket_refill(b, now_usec);
        b->tokens -= 1;
        return b->tokens >= 0 ? 0 : (uint64_t)(-b->tokens / b->rate * (double)USEC_PER_SEC) + 1;
}

void scope_slow_down(struct scan_scope *s, const char *region, const struct service *service)
{
        struct bucket *b = bucket_of(s, region, service);
        const double slowest_per_second = 0.25, unbudgeted_per_second = 8;

        if (!b)
                return;
        b->tokens = 0;
        if (b->rate <= 0)
                b->rate = unbudgeted_per_second;
        b->rate = b->rate / 2 > slowest_per_second ? b->rate / 2 : slowest_per_second;
}

/* ---- slots --------------------------------------------------------------------------------------
 */

static bool slot_free(const struct scan_account *a)
{
        const struct limits *limits = &a->scan->request.config->limits;

        return a->in_flight < limits->per_account &&
               a->scan->progress.in_flight < limits->in_flight;
}

bool scan_slot_take(struct scan_account *a)
{
        if (a->waiting.first || !slot_free(a))
                return false;
        a->in_flight++;
        a->scan->progress.in_flight++;
        return true;
}

void scan_slot_wait(struct scan_account *a, struct job *j)
{
        if (!a->waiting.last || !a->waiting.first)
                a->waiting.last = &a->waiting.first;
        j->next_waiting = NULL;
        j->waits_for_slot = true;
        *a->waiting.last = j;
        a->waiting.last = &j->next_waiting;
}

void scan_slot_leave(struct scan_account *a, struct job *j)
{
        struct job **link = &a->waiting.first;

        while (*link && *link != j)
                link = &(*link)->next_waiting;
        if (!*link)
                return;
        *link = j->next_waiting;
        if (!*link)
                a->waiting.last = link;
        j->waits_for_slot = false;
}

static bool dispatch_one(struct scan_account *a)
{
        struct job *j = a->waiting.first;

        if (!j || !slot_free(a))
                return false;
        scan_slot_leave(a, j);
        a->in_flight++;
        a->scan->progress.in_flight++;
        j->holds_slot = true;
        job_resume(j);
        return true;
}

/* The accounts take turns. What a job does here may give slots back: the flag keeps that from
 * nesting. */
void scan_slot_give_back(struct scan_account *a)
{
        struct scan *s = a->scan;
        bool more = true;

        a->in_flight--;
        s->progress.in_flight--;
        if (s->dispatching || s->cancelled)
                return;
        s->dispatching = true;
        while (more) {
                more = false;
                for (size_t i = 0; i < s->n_accounts; i++)
                        if (s->accounts[i] && dispatch_one(s->accounts[i]))
                                more = true;
        }
        s->dispatching = false;
}
