#include "daemon/watch/programme.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/programme.h"
#include "daemon/watch/programme-register.h"

#include <errno.h>
#include <string.h>

struct making {
        const struct programme_ask *ask;
        const struct programme_plan *plan;
        struct programme *p;
        struct programme_inventory inventory;
        uint64_t now_usec;
};

/* ---- rules -------------------------------------------------------------------------------------
 */

static struct programme_gauge *gauge_of(const struct making *m,
                                        const struct programme_measure *measure)
{
        for (size_t i = 0; i < m->plan->n_steps; i++) {
                const struct programme_step *s = &m->plan->steps[i];

                if (measure >= s->measures && measure < s->measures + s->n_measures)
                        return &m->p->stages[i].gauges[measure - s->measures];
        }
        return NULL;
}

static void count_verdict(struct programme_count *c, enum verdict verdict, uint64_t n)
{
        c->done += verdict == VERDICT_PASS ? n : 0;
        c->open += verdict == VERDICT_FAIL ? n : 0;
        c->unknown += verdict == VERDICT_UNKNOWN ? n : 0;
        c->waived += verdict == VERDICT_WAIVED ? n : 0;
}

/* The gap of the rule: rows come rule by rule. */
static int add_rule(struct programme_gauge *g, const struct store_count *row)
{
        struct programme_gap *last = g->n_gaps > 0 ? &g->gaps[g->n_gaps - 1] : NULL;
        const struct programme_gap fresh = { .lack = LACK_RULE, .subject = (char *)row->rule };

        if (row->verdict != VERDICT_FAIL && row->verdict != VERDICT_UNKNOWN)
                return 0;
        if (!last || last->lack != LACK_RULE || strcmp(last->subject, row->rule) != 0) {
                if (programme_gap_add(g, &fresh) < 0)
                        return -ENOMEM;
                last = &g->gaps[g->n_gaps - 1];
        }
        count_verdict(&last->count, row->verdict, row->n);
        if (row->severity > last->severity)
                last->severity = row->severity;
        return 0;
}

static int on_rule_count(void *user, const struct store_count *row)
{
        struct making *m = user;
        const struct programme_measure *measure = programme_measure_of(m->plan, row->rule);
        struct programme_gauge *g = measure ? gauge_of(m, measure) : NULL;

        if (!g)
                return 0;
        count_verdict(&g->count, row->verdict, row->n);
        return add_rule(g, row);
}

/* ---- the last scan -----------------------------------------------------------------------------
 */

static int take_time(struct making *m, const struct store_summary *s, struct error *err)
{
        m->now_usec = m->ask->now_usec;
        if (m->now_usec == 0)
                m->now_usec = clock_realtime_usec();
        if (m->ask->now_usec > 0 || !s->judged || clock_parse_iso8601(s->judged, &m->now_usec) == 0)
                return 0;
        return error_set(err, -EUCLEAN, "store: '%s' is no time of a judging", s->judged);
}

static int take_scan(struct making *m, uint64_t *ret_answered, struct error *err)
{
        struct store_summary s = { 0 };
        struct programme *p = m->p;
        int r = m->ask->store ? store_summarise(m->ask->store, &s, err) : 0;

        if (r == 0)
                r = take_time(m, &s, err);
        if (r < 0)
                return r;
        for (int state = 0; state < COVERAGE_STATE_MAX; state++) {
                if (coverage_is_answer((enum coverage_state)state))
                        *ret_answered += s.coverage[state];
                else
                        p->unread += s.coverage[state];
        }
        p->complete = s.complete;
        p->scan = s.scan_id ? strdup(s.scan_id) : NULL;
        p->finished = s.finished ? strdup(s.finished) : NULL;
        if ((s.scan_id && !p->scan) || (s.finished && !p->finished))
                return error_oom(err);
        for (size_t i = 0; i < m->inventory.n_accounts; i++)
                p->unscanned += !m->inventory.accounts[i].scanned;
        return 0;
}

/* Accounts that no scan has seen, and lists that gave no answer. */
static int weigh_coverage(const struct making *m, struct programme_gauge *g, uint64_t answered)
{
        const struct programme_gap unread = { .lack = LACK_READING,
                                              .count = { .unknown = m->p->unread } };

        g->count = (struct programme_count){ .done = answered,
                                             .unknown = m->p->unread + m->p->unscanned };
        for (size_t i = 0; m->p->scan && i < m->inventory.n_accounts; i++) {
                const struct programme_account *a = &m->inventory.accounts[i];
                const struct programme_gap unseen = { .lack = LACK_ACCOUNT,
                                                      .subject = a->name,
                                                      .count = { .unknown = 1 } };

                if (!a->scanned && programme_gap_add(g, &unseen) < 0)
                        return -ENOMEM;
        }
        return m->p->unread > 0 ? programme_gap_add(g, &unread) : 0;
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static int lay_out(struct making *m, struct error *err)
{
        const struct programme_plan *plan = m->plan;
        struct programme *p = m->p;

        p->stages = calloc(plan->n_steps + 1, sizeof(*p->stages));
        if (!p->stages)
                return error_oom(err);
        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct programme_step *s = &plan->steps[i];
                struct programme_stage *stage = &p->stages[p->n_stages++];

                *stage = (struct programme_stage){ .id = s->id,
                                                   .title = &s->title,
                                                   .weeks = s->weeks };
                stage->gauges = calloc(s->n_measures + 1, sizeof(*stage->gauges));
                if (!stage->gauges)
                        return error_oom(err);
                for (size_t k = 0; k < s->n_measures; k++) {
                        const struct programme_measure *measure = &s->measures[k];

                        stage->gauges[stage->n_gauges++] = (struct programme_gauge){
                                .id = measure->id,
                                .title = &measure->title,
                                .register_name = measure->register_name,
                                .coverage = measure->coverage,
                        };
                        stage->of_scan = stage->of_scan || !measure->register_name;
                }
        }
        return 0;
}

static int by_weight(const void *x, const void *y)
{
        const struct programme_gap *a = x, *b = y;
        int order = programme_gap_weight(b) - programme_gap_weight(a);

        if (order == 0 && a->count.open != b->count.open)
                order = a->count.open < b->count.open ? 1 : -1;
        if (order == 0 && a->count.unknown != b->count.unknown)
                order = a->count.unknown < b->count.unknown ? 1 : -1;
        if (order == 0)
                order = (int)a->lack - (int)b->lack;
        if (order == 0)
                order = strcmp(a->subject, b->subject);
        return order ? order : strcmp(a->entry, b->entry);
}

static int weigh_stage(const struct making *m, size_t i, uint64_t answered)
{
        const struct programme_gap unseen = { .lack = LACK_SCAN };
        struct programme_stage *stage = &m->p->stages[i];
        bool told = m->p->scan != NULL;
        int r = 0;

        for (size_t k = 0; r == 0 && k < stage->n_gauges; k++) {
                const struct programme_measure *measure = &m->plan->steps[i].measures[k];
                struct programme_gauge *g = &stage->gauges[k];

                if (measure->register_name)
                        r = programme_registers_weigh(g, measure,
                                                      judge_registers(m->ask->setup->judge),
                                                      &m->inventory, m->now_usec);
                else if (measure->coverage)
                        r = weigh_coverage(m, g, answered);
                if (r == 0 && !measure->register_name && !told) {
                        r = programme_gap_add(g, &unseen);
                        told = true; /* once is enough for the step */
                }
                if (g->n_gaps > 0)
                        qsort(g->gaps, g->n_gaps, sizeof(*g->gaps), by_weight);
                programme_count_add(&stage->count, &g->count);
        }
        return r;
}

/* ---- budgets -----------------------------------------------------------------------------------
 */

static bool is_there(const struct making *m, const char *provider)
{
        for (size_t i = 0; i < m->inventory.n_accounts; i++)
                if (strcmp(m->inventory.accounts[i].provider, provider) == 0)
                        return true;
        return false;
}

static bool has_provider(const struct programme_budget *b, const char *provider)
{
        for (char **p = b->providers; *p; p++)
                if (strcmp(*p, provider) == 0)
                        return true;
        return false;
}

static int add_name(json_t *names, const char *name)
{
        json_t *element;
        size_t i;

        json_array_foreach(names, i,
                           element) if (strcmp(json_string_value(element), name) == 0) return 0;
        return json_array_append_new(names, json_string(name));
}

static int take_bracket(struct making *m, const struct programme_budget *b)
{
        json_auto_t *providers = json_array();
        struct programme_bracket *to;

        for (char **p = b->providers; *p; p++)
                if (is_there(m, *p) && add_name(providers, *p) < 0)
                        return -ENOMEM;
        if (json_array_size(providers) == 0)
                return providers ? 0 : -ENOMEM;
        to = &m->p->brackets[m->p->n_brackets++];
        *to = (struct programme_bracket){ .id = b->id,
                                          .title = &b->title,
                                          .providers = TAKE_PTR(providers),
                                          .ranges = calloc(b->n_ranges + 1, sizeof(*to->ranges)) };
        if (!to->ranges)
                return -ENOMEM;
        for (size_t i = 0; i < b->n_ranges; i++)
                to->ranges[to->n_ranges++] =
                        (struct programme_span){ b->ranges[i].from, b->ranges[i].to };
        return 0;
}

static int take_budgets(struct making *m)
{
        const struct programme_plan *plan = m->plan;

        m->p->brackets = calloc(plan->n_budgets + 1, sizeof(*m->p->brackets));
        m->p->unplaced = json_array();
        if (!m->p->brackets || !m->p->unplaced)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_budgets; i++)
                if (take_bracket(m, &plan->budgets[i]) < 0)
                        return -ENOMEM;
        for (size_t i = 0; i < m->inventory.n_accounts; i++) {
                const char *provider = m->inventory.accounts[i].provider;
                bool placed = false;

                for (size_t k = 0; k < plan->n_budgets; k++)
                        placed = placed || has_provider(&plan->budgets[k], provider);
                if (!placed && add_name(m->p->unplaced, provider) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int make(struct making *m, struct error *err)
{
        const struct judge *judge = m->ask->setup->judge;
        struct store *store = m->ask->store;
        uint64_t answered = 0;
        int r = programme_inventory_take(&m->inventory, m->ask->setup->config, store, err);

        if (r == 0)
                r = lay_out(m, err);
        if (r == 0)
                r = take_scan(m, &answered, err);
        if (r == 0 && store)
                r = store_each_count(store, COUNT_FINDINGS, on_rule_count, m, err);
        for (size_t i = 0; r == 0 && i < m->p->n_stages; i++)
                r = weigh_stage(m, i, answered);
        if (r == 0)
                r = take_budgets(m);
        if (r < 0)
                return error_set(err, r, "%s", strerror(-r));
        m->p->source = &m->plan->source;
        m->p->as_of = m->plan->as_of;
        m->p->months = (struct programme_span){ m->plan->months.from, m->plan->months.to };
        m->p->rules = judge_rules(judge);
        m->p->registers = judge_registers_json(judge, m->now_usec);
        return m->p->rules && m->p->registers ? 0 : error_oom(err);
}

int programme_make(struct programme **ret, const struct programme_ask *ask, struct error *err)
{
        _cleanup_(programme_result_freep) struct programme *p = calloc(1, sizeof(*p));
        struct making m = { .ask = ask, .plan = judge_programme(ask->setup->judge), .p = p };
        int r;

        if (!p)
                return error_oom(err);
        r = make(&m, err);
        programme_inventory_done(&m.inventory);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}
