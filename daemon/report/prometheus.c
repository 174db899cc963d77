/* The text format of Prometheus, for the textfile collector of node_exporter: the families that the
 * daemon has on its socket, as far as the store knows them. */
#include "daemon/base/json.h"
#include "daemon/report/export.h"
#include "daemon/report/families.h"

#include <errno.h>
#include <string.h>

/* Some series a rule and a kind, whatever there is of resources. */
enum { TEXT_BYTES_MAX = 64 * 1024 * 1024 };

struct metrics {
        struct export e;
        struct buffer text;

        /* counted: {first label: [numbers]} and, for kinds, {provider: {kind: [numbers]}} */
        json_t *rules, *providers, *kinds;

        /* the scope whose coverage is being read */
        char scope[EXPORT_PLACE_MAX], provider[64];
        enum scope_state worst;
};

/* ---- counting ----------------------------------------------------------------------------------
 */

/* The numbers under that key, made when they are not there; NULL without memory. */
static json_t *numbers_of(json_t *object, const char *key, size_t n)
{
        json_t *numbers = json_object_get(object, key);

        if (numbers)
                return numbers;
        numbers = json_array();
        for (size_t i = 0; i < n; i++)
                (void)json_array_append_new(numbers, json_integer(0));
        return json_object_set_new_nocheck(object, key, numbers) < 0 ? NULL : numbers;
}

static int count_of(json_t *numbers, size_t index, uint64_t n)
{
        json_t *number = json_array_get(numbers, index);

        return json_integer_set(number, json_integer_value(number) + (json_int_t)n) < 0 ? -ENOMEM
                                                                                        : 0;
}

static int count(json_t *numbers, size_t index)
{
        return count_of(numbers, index, 1);
}

static uint64_t number_at(const json_t *numbers, size_t index)
{
        return (uint64_t)json_integer_value(json_array_get(numbers, index));
}

static int on_findings(void *user, const struct store_count *c)
{
        struct metrics *m = user;

        if (!report_wants(m->e.request, c->account))
                return 0;
        return count_of(numbers_of(m->rules, c->rule, FAMILY_RULE_NUMBERS),
                        (size_t)c->verdict * SEVERITY_MAX + c->severity, c->n);
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct metrics *m = user;
        const struct resource *r = row->resource;
        json_t *kinds = json_object_get(m->kinds, r->provider);

        if (!kinds) {
                kinds = json_object();
                if (json_object_set_new(m->kinds, r->provider, kinds) < 0)
                        return -ENOMEM;
        }
        return count(numbers_of(kinds, r->kind, RESIDENCY_MAX),
                     residency_of(json_member_string(row->description, "area")));
}

/* A provider's numbers: its scopes by state, then how many lists were asked, and were answered. */
enum { N_ASKED = SCOPE_STATE_MAX, N_ANSWERED, N_OF_PROVIDER };

static int close_scope(struct metrics *m)
{
        int r = 0;

        if (m->scope[0])
                r = count(numbers_of(m->providers, m->provider, N_OF_PROVIDER), m->worst);
        m->scope[0] = '\0';
        m->worst = SCOPE_READ;
        return r;
}

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct metrics *m = user;
        struct place place = row->coverage.place;
        enum scope_state state = scope_state(row->coverage.state);
        char scope[EXPORT_PLACE_MAX];
        json_t *numbers;
        int r = 0;

        if (!report_wants(m->e.request, place.account))
                return 0;
        place.region = "";
        if (strcmp(export_place(&place, scope), m->scope) != 0)
                r = close_scope(m);
        (void)snprintf(m->scope, sizeof(m->scope), "%s", scope);
        (void)snprintf(m->provider, sizeof(m->provider), "%s", place.provider);
        if (state > m->worst)
                m->worst = state;
        numbers = numbers_of(m->providers, m->provider, N_OF_PROVIDER);
        if (r == 0)
                r = count(numbers, N_ASKED);
        return r < 0 || state != SCOPE_READ ? r : count(numbers, N_ANSWERED);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static struct family_scopes scopes_of(const json_t *numbers)
{
        struct family_scopes s = { .asked = number_at(numbers, N_ASKED),
                                   .answered = number_at(numbers, N_ANSWERED) };

        for (size_t i = 0; i < SCOPE_STATE_MAX; i++)
                s.scopes[i] = number_at(numbers, i);
        return s;
}

static int put_coverage(struct metrics *m, struct error *err)
{
        const struct store_filter *asked = m->e.request->filter;
        struct store_filter filter = *asked;
        const char *provider;
        json_t *n;
        int r;

        filter.all = true; /* what was answered is the ratio's other part */
        r = store_each_coverage(m->e.request->store, &filter, on_coverage, m, err);
        if (r >= 0)
                r = close_scope(m);
        if (r < 0)
                return r;
        family_begin(&m->text, FAMILY_COVERAGE_RATIO);
        json_object_foreach(m->providers, provider, n)
        {
                struct family_scopes counted = scopes_of(n);

                family_put_ratio(&m->text, provider, &counted);
        }
        family_begin(&m->text, FAMILY_SCOPES);
        json_object_foreach(m->providers, provider, n)
        {
                struct family_scopes counted = scopes_of(n);

                family_put_scopes(&m->text, provider, &counted);
        }
        return 0;
}

static int put_resources(struct metrics *m, struct error *err)
{
        int r = export_each_resource(&m->e, false, on_resource, m, err);
        const char *provider, *kind;
        json_t *kinds, *n;

        if (r < 0)
                return r;
        family_begin(&m->text, FAMILY_RESOURCES);
        json_object_foreach(m->kinds, provider, kinds)
        {
                json_object_foreach(kinds, kind, n)
                {
                        const uint64_t by_residency[RESIDENCY_MAX] = {
                                number_at(n, RESIDENCY_EU), number_at(n, RESIDENCY_OUTSIDE),
                                number_at(n, RESIDENCY_UNKNOWN)
                        };

                        family_put_kind(&m->text, provider, kind, by_residency);
                }
        }
        return 0;
}

/* Rules without a finding are there with zeros, so that an alert on them can be written. */
static int put_findings(struct metrics *m, struct error *err)
{
        json_auto_t *known = store_rules_data(m->e.request->store);
        struct store_filter filter = *m->e.request->filter;
        const char *rule;
        json_t *n;
        int r;

        for (size_t i = 0; i < json_array_size(known); i++) {
                rule = json_member_string(json_array_get(known, i), "id");
                if (filter.rule && rule && strcmp(rule, filter.rule) != 0)
                        continue;
                if (rule && !numbers_of(m->rules, rule, FAMILY_RULE_NUMBERS))
                        return error_oom(err);
        }
        filter.all = true; /* zeros must not stand for what was left out */
        filter.verdict = filter.min_severity = NULL;
        r = store_count_findings(m->e.request->store, &filter, on_findings, m, err);
        if (r < 0)
                return r;
        family_begin(&m->text, FAMILY_FINDINGS);
        json_object_foreach(m->rules, rule, n) family_put_rule(&m->text, rule, n);
        return 0;
}

static int take(struct metrics *m, const struct report_request *request, struct error *err)
{
        int r;

        if (!m->rules || !m->providers || !m->kinds)
                return error_oom(err);
        r = export_init(&m->e, request, err);
        m->e.without_facts = true;
        return r;
}

static int put_all(struct metrics *m, struct error *err)
{
        int r;

        family_put_build(&m->text);
        r = family_put_times(&m->text, m->e.request->store, err);
        if (r >= 0 && export_has(&m->e, REPORT_COVERAGE))
                r = put_coverage(m, err);
        if (r >= 0 && export_has(&m->e, REPORT_RESOURCES))
                r = put_resources(m, err);
        if (r >= 0 && export_has(&m->e, REPORT_FINDINGS))
                r = put_findings(m, err);
        if (r >= 0 && export_has(&m->e, REPORT_FINDINGS))
                r = family_put_waivers(&m->text, m->e.request->store, err);
        if (r < 0)
                return r;
        r = buffer_error(&m->text);
        return r < 0 ? error_set(err, r, "metrics: %s", strerror(-r)) : 0;
}

int report_prometheus(const struct report_request *request, struct error *err)
{
        struct metrics m = { .text = BUFFER_INIT(TEXT_BYTES_MAX),
                             .rules = json_object(),
                             .providers = json_object(),
                             .kinds = json_object() };
        int r = take(&m, request, err);

        if (r >= 0)
                r = put_all(&m, err);
        if (r >= 0)
                (void)fwrite(buffer_text(&m.text), 1, m.text.size_bytes, request->terminal.out);
        buffer_done(&m.text);
        export_done(&m.e);
        json_decref(m.rules);
        json_decref(m.providers);
        json_decref(m.kinds);
        return r;
}
