#include "daemon/report/plan-private.h"

#include <errno.h>
#include <string.h>

static const char *const scans[] = { "least", "rescan", "fresh" };

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

static json_t *names_row(char *const *names)
{
        json_t *row = names ? json_array() : json_null();

        for (; names && *names; names++)
                (void)json_array_append_new(row, json_stream_text(*names));
        return row;
}

static json_t *number_row(const struct plan_number *n)
{
        json_t *row = json_object();

        (void)json_object_set_new(row, "calls", json_integer((json_int_t)n->calls));
        put_text(row, "doubt", n->doubt == PLAN_SURE ? NULL : plan_doubt_name(n->doubt));
        return row;
}

static json_t *cost_row(const struct cost *cost, enum language language)
{
        json_t *row;

        if (!cost)
                return json_null();
        row = json_object();
        (void)json_object_set_new(row, "amount", json_real(cost->amount));
        put_text(row, "currency", cost->currency);
        (void)json_object_set_new(row, "per",
                                  json_integer((json_int_t)(cost->per > 0 ? cost->per : 1)));
        (void)json_object_set_new(row, "free", json_integer((json_int_t)cost->free));
        (void)json_object_set_new(row, "unverified", json_boolean(cost->unverified));
        put_text(row, "note", cost->note.in[LANGUAGE_EN] ? text_in(&cost->note, language) : NULL);
        return row;
}

int plan_json_call(struct plan_report *p, const struct plan_call *c)
{
        const struct collector *collector = c->call->collector;
        json_t *row = json_object();

        put_text(row, "provider", c->place.provider);
        put_text(row, "account", c->place.account);
        put_text(row, "scope", c->place.scope);
        put_text(row, "level", c->level);
        put_text(row, "region", c->place.region);
        put_text(row, "service", c->call->service->id);
        put_text(row, "collector", collector->id);
        put_text(row, "call", c->call->name);
        put_text(row, "host", c->call->host ? c->call->host : c->call->service->host);
        put_text(row, "sent_to", c->call->region);
        put_text(row, "method", c->call->method);
        put_text(row, "path", c->call->path);
        put_text(row, "permission", c->call->permission);
        put_text(row, "purpose", plan_purpose_name(c->purpose));
        put_text(row, "per", plan_per_name(c->per));
        put_text(row, "parent", c->per == PLAN_PER_PARENT ? collector->per : NULL);
        (void)json_object_set_new(
                row, "follows",
                names_row(c->per == PLAN_PER_VALUE ? collector->follows.facts : NULL));
        (void)json_object_set_new(row, "times", json_integer((json_int_t)c->times));
        put_text(row, "condition", c->condition);
        put_text(row, "last_state", c->seen ? coverage_state_name(c->state) : NULL);
        (void)json_object_set_new(row, "least", json_integer((json_int_t)c->least));
        (void)json_object_set_new(row, "rescan", number_row(&c->rescan));
        (void)json_object_set_new(row, "fresh", number_row(&c->fresh));
        (void)json_object_set_new(row, "cost", cost_row(c->cost, p->request.language));
        return json_stream_row_take(&p->stream, row);
}

/* ---- sums ----------------------------------------------------------------------------------- */

static void put_calls(json_t *row, const uint64_t *calls)
{
        json_t *object = json_object();

        for (size_t i = 0; i < PLAN_SCAN_MAX; i++)
                (void)json_object_set_new(object, scans[i], json_integer((json_int_t)calls[i]));
        (void)json_object_set_new(row, "calls", object);
}

static void put_seconds(json_t *row, const double *seconds)
{
        json_t *object = json_object();

        for (size_t i = 0; i < PLAN_SCAN_MAX; i++)
                (void)json_object_set_new(object, scans[i], json_real(seconds[i]));
        (void)json_object_set_new(row, "least_seconds", object);
}

static void put_sums(json_t *row, const uint64_t *calls, const bool *doubtful,
                     const double *seconds, const uint64_t *replies)
{
        json_t *certain = json_object(), *waits = json_object();

        put_calls(row, calls);
        for (size_t i = 0; i < PLAN_SCAN_MAX; i++) {
                (void)json_object_set_new(certain, scans[i], json_boolean(!doubtful[i]));
                (void)json_object_set_new(waits, scans[i], json_integer((json_int_t)replies[i]));
        }
        (void)json_object_set_new(row, "certain", certain);
        put_seconds(row, seconds);
        (void)json_object_set_new(row, "replies_in_a_row", waits);
}

static json_t *money_rows(const struct plan_money *money, size_t n)
{
        json_t *rows = json_array();

        for (size_t i = 0; i < n; i++) {
                const struct plan_money *m = &money[i];

                (void)json_array_append_new(
                        rows, json_pack("{s:s, s:f, s:f, s:f, s:f, s:b}", "currency", m->currency,
                                        "least", m->scan[PLAN_LEAST], "rescan",
                                        m->scan[PLAN_RESCAN], "fresh", m->scan[PLAN_FRESH], "month",
                                        m->month, "unverified", m->unverified));
        }
        return rows;
}

static json_t *entry_row(const struct plan_entry *e)
{
        struct plan_money money[PLAN_CURRENCIES_MAX];
        size_t n = plan_sum_money(&e->sum, money, 0, PLAN_CURRENCIES_MAX);
        double seconds[PLAN_SCAN_MAX];
        uint64_t replies[PLAN_SCAN_MAX];
        json_t *row = json_object();

        for (int i = 0; i < PLAN_SCAN_MAX; i++) {
                seconds[i] = plan_sum_seconds(&e->sum, (enum plan_scan)i);
                replies[i] = plan_sum_replies(&e->sum, (enum plan_scan)i);
        }
        put_text(row, "name", e->config->name);
        put_text(row, "provider", e->provider);
        put_text(row, "credentials", e->credential_source);
        put_text(row, "trouble", e->trouble);
        (void)json_object_update(row, e->places);
        put_sums(row, e->sum.calls, e->sum.doubtful, seconds, replies);
        (void)json_object_set_new(row, "scans_a_month", json_real(plan_sum_scans(&e->sum)));
        (void)json_object_set_new(row, "calls_a_month", json_real(e->sum.month));
        (void)json_object_set_new(row, "cost", money_rows(money, n));
        return row;
}

static json_t *budget_row(const struct plan_entry *e, const struct plan_budget *b)
{
        json_t *row = json_object();
        double seconds[PLAN_SCAN_MAX];

        for (int i = 0; i < PLAN_SCAN_MAX; i++)
                seconds[i] = plan_budget_seconds(b, (enum plan_scan)i);
        put_text(row, "provider", e->provider);
        put_text(row, "account", e->config->name);
        put_text(row, "scope", b->scope);
        put_text(row, "region", b->region);
        put_text(row, "sent_to", b->sent_to);
        put_text(row, "service", b->service->id);
        (void)json_object_set_new(row, "per_second",
                                  b->per_second > 0 ? json_real(b->per_second) : json_null());
        (void)json_object_set_new(row, "burst",
                                  b->per_second > 0 ? json_real(b->burst) : json_null());
        put_calls(row, b->calls);
        put_seconds(row, seconds);
        return row;
}

static json_t *pace_row(const struct plan_entry *e, const struct plan_budget *b)
{
        json_t *row = budget_row(e, b);

        /* it is the account's, wherever the service is asked */
        (void)json_object_del(row, "scope");
        (void)json_object_del(row, "region");
        (void)json_object_del(row, "sent_to");
        return row;
}

static json_t *total_row(const struct plan_report *p)
{
        const struct limits *limits = &p->request.config->limits;
        struct plan_total t;
        json_t *row = json_object();

        plan_total_take(&t, p);
        put_sums(row, t.calls, t.doubtful, t.seconds, t.replies);
        (void)json_object_set_new(row, "in_flight", json_integer((json_int_t)limits->in_flight));
        (void)json_object_set_new(row, "per_account",
                                  json_integer((json_int_t)limits->per_account));
        (void)json_object_set_new(row, "calls_a_month", json_real(t.month));
        (void)json_object_set_new(row, "cost", money_rows(t.money, t.n_money));
        return row;
}

int plan_json_end(struct plan_report *p, struct error *err)
{
        struct json_stream *s = &p->stream;
        int r = 0;

        json_stream_array_end(s);
        json_stream_member_take(s, "remembers", json_boolean(p->request.remembers));
        json_stream_array(s, "accounts");
        for (size_t i = 0; i < p->n_entries && r == 0; i++)
                r = json_stream_row_take(s, entry_row(&p->entries[i]));
        json_stream_array_end(s);
        json_stream_array(s, "budgets");
        for (size_t i = 0; i < p->n_entries && r == 0; i++)
                for (size_t k = 0; k < p->entries[i].sum.n_budgets && r == 0; k++)
                        r = json_stream_row_take(
                                s, budget_row(&p->entries[i], &p->entries[i].sum.budgets[k]));
        json_stream_array_end(s);
        json_stream_array(s, "paces");
        for (size_t i = 0; i < p->n_entries && r == 0; i++)
                for (size_t k = 0; k < p->entries[i].sum.n_paces && r == 0; k++)
                        r = json_stream_row_take(
                                s, pace_row(&p->entries[i], &p->entries[i].sum.paces[k]));
        json_stream_array_end(s);
        json_stream_member_take(s, "total", total_row(p));
        return json_stream_end(s, err);
}
