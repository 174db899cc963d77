#include "tests/cloudsim/meter.h"

#include <fnmatch.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"

enum { KEY_MAX = 512 };

static bool applies(const struct request *q, const json_t *match)
{
        const char *service = json_member_string(match, "service");
        const char *provider = json_member_string(match, "provider");

        return (!service || fnmatch(service, q->service, 0) == 0) &&
               (!provider || strcmp(provider, q->provider) == 0);
}

/* A token bucket per (budget, account, region, service); false when it was empty. */
static bool take(struct request *q, size_t index, const json_t *budget)
{
        double rate = json_number_value(json_object_get(budget, "per_second"));
        double burst = json_number_value(json_object_get(budget, "burst"));
        double now = (double)clock_boottime_usec() / (double)USEC_PER_SEC, level, then;
        json_t *bucket;
        char key[KEY_MAX];

        if (burst < 1)
                burst = rate > 1 ? rate : 1;
        (void)snprintf(key, sizeof(key), "%zu %s %s %s", index, q->account, q->region, q->service);
        bucket = json_object_get(q->sim->buckets, key);
        level = bucket ? json_real_value(json_array_get(bucket, 0)) : burst;
        then = bucket ? json_real_value(json_array_get(bucket, 1)) : now;
        level += (now - then) * rate;
        if (level > burst)
                level = burst;
        (void)json_object_set_new(q->sim->buckets, key,
                                  json_pack("[f, f]", level >= 1 ? level - 1 : level, now));
        return level >= 1;
}

bool meter_budget(struct request *q)
{
        bool throttle = false;
        size_t i;
        json_t *budget;

        json_array_foreach(json_object_get(q->sim->world, "budgets"), i, budget)
        {
                if (!applies(q, json_object_get(budget, "match")) || take(q, i, budget))
                        continue;
                q->sim->violations++;
                throttle |= json_is_true(json_object_get(budget, "throttle"));
        }
        return throttle;
}

static void count_denial(struct request *q)
{
        struct buffer what = BUFFER_INIT(SIM_BODY_MAX_BYTES + 8192);
        char hex[SHA256_HEX_MAX];

        if (!q->refused && json_object_size(q->sim->denied) == 0)
                return;
        buffer_printf(&what, "%s %s %s %s %s %s?%s ", q->provider, q->account, q->region,
                      q->service, q->operation, q->path, q->query);
        buffer_append(&what, buffer_text(&q->body), q->body.size_bytes);
        digest_sha256_hex(buffer_text(&what), what.size_bytes, hex);
        buffer_done(&what);
        if (json_object_get(q->sim->denied, hex))
                q->sim->repeated_after_denial++;
        else if (q->refused)
                (void)json_object_set_new(q->sim->denied, hex, json_true());
}

/* How often, and the highest page of it. */
static void count_call(struct request *q, const char *key)
{
        json_t *count = json_object_get(q->sim->counters, key);
        json_int_t page = json_integer_value(json_array_get(count, 1));

        (void)json_object_set_new(
                q->sim->counters, key,
                json_pack("[I, I]", json_integer_value(json_array_get(count, 0)) + 1,
                          (json_int_t)q->page > page ? (json_int_t)q->page : page));
}

void meter_count(struct request *q)
{
        json_t *log = q->sim->log;
        char key[KEY_MAX];
        json_t *row;

        q->sim->requests++;
        (void)snprintf(key, sizeof(key), "%s\t%s\t%s\t%s\t%s\t%u", q->provider, q->account,
                       q->region, q->service, q->operation, q->reply.status);
        count_call(q, key);
        count_denial(q);
        row = json_pack("{ss ss ss ss ss ss ss ss si}", "method", q->method, "host", q->host,
                        "path", q->path, "provider", q->provider, "account", q->account, "region",
                        q->region, "service", q->service, "operation", q->operation, "status",
                        (int)q->reply.status);
        if (json_array_size(log) < SIM_LOG_MAX)
                (void)json_array_append_new(log, row);
        else
                (void)json_array_set_new(log, q->sim->log_next, row);
        q->sim->log_next = (q->sim->log_next + 1) % SIM_LOG_MAX;
}

static json_t *counter_row(const char *key, const json_t *count)
{
        static const char *const names[] = { "provider", "account",   "region",
                                             "service",  "operation", "status" };
        json_t *row = json_object();
        const char *p = key;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                size_t n = strcspn(p, "\t");

                (void)json_object_set_new(row, names[i], json_stringn(p, n));
                p += n + (p[n] == '\t');
        }
        (void)json_object_set(row, "calls", json_array_get(count, 0));
        (void)json_object_set(row, "page", json_array_get(count, 1));
        return row;
}

json_t *meter_counters(const struct sim *s)
{
        json_t *rows = json_array(), *count;
        const char *key;

        json_object_foreach(s->counters, key, count)
        {
                (void)json_array_append_new(rows, counter_row(key, count));
        }
        return json_pack("{sI sI sI sI sI sI so}", "connections", (json_int_t)s->connections,
                         "requests", (json_int_t)s->requests, "in_flight", (json_int_t)s->in_flight,
                         "in_flight_max", (json_int_t)s->in_flight_max, "repeated_after_denial",
                         (json_int_t)s->repeated_after_denial, "budget_violations",
                         (json_int_t)s->violations, "calls", rows);
}
