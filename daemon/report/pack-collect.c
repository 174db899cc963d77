#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/duties.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* The rule whose verdicts say whether logs are kept for six months. */
#define RETENTION_RULE "LOG-005"

const char *pack_word(const struct pack_collecting *c, const char *group, const char *code)
{
        return report_word(c->e.words, group, code, c->e.request->language);
}

const char *pack_type_word(const struct pack_collecting *c, const char *type)
{
        return type ? pack_word(c, "service_types", type) : _("service type not known");
}

void pack_set(struct pack_collecting *c, json_t *in, const char *key, json_t *value_take)
{
        if (json_object_set_new(in, key, value_take) < 0)
                c->failed = -ENOMEM;
}

void pack_say_unknown(struct pack_collecting *c, const char *fmt, ...)
{
        char text[EXPLAIN_TEXT_MAX];
        const json_t *said;
        va_list ap;
        size_t i;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        json_array_foreach(c->unknown, i,
                           said) if (strcmp(json_string_value(said), text) == 0) return;
        if (json_array_append_new(c->unknown, json_stream_text(text)) < 0)
                c->failed = -ENOMEM;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int on_unread(void *user, const struct store_coverage *row)
{
        struct pack_collecting *c = user;
        const struct coverage *coverage = &row->coverage;

        if (report_wants(c->e.request, coverage->place.account) &&
            !coverage_is_answer(coverage->state))
                pack_set(c, c->unread, coverage->place.provider, json_true());
        return c->failed;
}

static int walk(struct pack_collecting *c, struct error *err)
{
        const struct report_request *request = c->e.request;
        struct store_filter filter = *request->filter;
        int r = store_each_coverage(request->store, request->filter, on_unread, c, err);

        filter.all = filter.evidence = false;
        filter.without_replies = true;
        if (r >= 0)
                r = store_each_resource(request->store, &filter, pack_on_resource, c, err);
        filter.all = true; /* what is met too */
        filter.rule = RETENTION_RULE;
        if (r >= 0)
                r = store_each_finding(request->store, &filter, pack_on_retention, c, err);
        filter.all = false;
        filter.rule = NULL;
        filter.evidence = true;
        return r < 0 ? r : store_each_resource(request->store, &filter, pack_on_log, c, err);
}

static void say_gaps(struct pack_collecting *c)
{
        const char *provider;
        json_t *yes;

        json_object_foreach(c->unread, provider, yes) pack_say_unknown(
                c, _("%s: not everything could be read; what was not is not in here."),
                pack_word(c, "providers", provider));
        if (c->stale)
                pack_say_unknown(
                        c, _("Some of it is as it was seen earlier: the last time it could not "
                             "be read."));
        if (c->undescribed)
                pack_say_unknown(c, _("Some of it was found and not assessed yet."));
        if (!c->registers)
                pack_say_unknown(c,
                                 _("The registers of contracts and certificates were not read."));
}

static int assemble(struct pack_collecting *c, json_t **ret, struct error *err)
{
        const struct report_request *request = c->e.request;
        struct store_summary summary = { 0 };
        json_auto_t *types = NULL;
        json_t *services, *locations, *retention, *certificates, *contracts;
        int r = duties_collect(request, &types, err);

        if (r == 0)
                r = walk(c, err);
        if (r >= 0)
                r = store_summarise(request->store, &summary, err);
        if (r < 0)
                return r;
        services = pack_services_of(c, types);
        say_gaps(c);
        locations = pack_locations_of(c);
        retention = pack_retention_of(c);
        certificates = pack_certificates_of(c);
        contracts = pack_contracts_of(c);
        *ret = json_pack("{s:s, s:s?, s:b, s:o, s:o, s:o, s:o, s:o, s:O, s:s}", "vigie",
                         VIGIE_VERSION, "as_of", summary.finished, "complete",
                         report_is_complete(&summary), "services", services, "locations", locations,
                         "log_retention", retention, "certificates", certificates, "contracts",
                         contracts, "unknown", c->unknown, "disclaimer",
                         report_rule_text(c->e.words, "disclaimer", request->language));
        if (!*ret || c->failed < 0) {
                json_decref(*ret);
                *ret = NULL;
                return error_oom(err);
        }
        return 0;
}

int pack_collect(const struct pack_request *request, json_t **ret, struct error *err)
{
        json_auto_t *words = store_words(request->report->store);
        struct pack_collecting c = {
                .e = { request->report, words },
                .registers = request->registers,
                .places = json_object(),
                .retention = json_object(),
                .offers = json_object(),
                .providers = json_object(),
                .unread = json_object(),
                .unknown = json_array(),
        };
        json_t *const all[] = { c.places, c.retention, c.offers, c.providers, c.unread, c.unknown };
        bool made = true;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                made = made && all[i];
        r = made ? assemble(&c, ret, err) : error_oom(err);
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                json_decref(all[i]);
        return r;
}
