#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/model/fact.h"
#include "daemon/report/duties.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/language.h"
#include "daemon/report/pack.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* The rule whose verdicts say whether logs are kept for six months. */
#define RETENTION_RULE "LOG-005"

enum { PLACE_KEY_MAX = 512 };

/* Grows with services, regions and offers, not with resources. */
struct collecting {
        struct explain e;
        const json_t *registers;
        json_t *places;    /* {"type provider region": location} */
        json_t *retention; /* {provider: {"met", "not_met", "unknown", "days"}} */
        json_t *offers;    /* {offer: true}; "" for what is of none that is known */
        json_t *providers; /* {provider: true} */
        json_t *unread;    /* {provider: true} */
        json_t *unknown;   /* [text] */
        bool stale, undescribed;
        int failed;
};

static const char *word(const struct collecting *c, const char *group, const char *code)
{
        return report_word(c->e.words, group, code, c->e.request->language);
}

static const char *type_word(const struct collecting *c, const char *type)
{
        return type ? word(c, "service_types", type) : _("service type not known");
}

static void set(struct collecting *c, json_t *in, const char *key, json_t *value)
{
        if (json_object_set_new(in, key, value) < 0)
                c->failed = -ENOMEM;
}

static void say_unknown(struct collecting *c, const char *fmt, ...) _printf_(2, 3);
static void say_unknown(struct collecting *c, const char *fmt, ...)
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

/* ---- who answers for what ----------------------------------------------------------------------
 */

static json_t *roles_of(const struct collecting *c, const json_t *party)
{
        json_t *list = json_array(), *n;
        const char *role;

        json_object_foreach(json_object_get(party, "roles"), role, n)(void) json_array_append_new(
                list, json_pack("{s:s, s:s}", "role", role, "title", word(c, "roles", role)));
        return list;
}

static json_t *duties_of(const struct collecting *c, const json_t *type, const json_t *party)
{
        const json_t *all = json_object_get(type, "resources");
        json_t *list = json_array(), *duty;
        const char *key;

        json_object_foreach(json_object_get(party, "duties"), key, duty)
        {
                const char *article = json_member_string(duty, "article"),
                           *only = json_member_string(duty, "only"),
                           *from = json_member_string(duty, "applies_from");
                bool some = !json_equal((json_t *)all, json_object_get(duty, "resources"));
                char name[EXPLAIN_TITLE_MAX], state[EXPLAIN_SHORT_MAX];

                (void)explain_state(&c->e, json_member_string(duty, "state"), from,
                                    (long)json_integer_value(json_object_get(duty, "in_days")),
                                    state, sizeof(state));
                (void)json_array_append_new(
                        list, json_pack("{s:s, s:s, s:s?, s:s, s:s?, s:b}", "article",
                                        article ? article : "-", "title",
                                        explain_titled(&c->e, article ? article : "-", name,
                                                       sizeof(name)),
                                        "applies_from", from, "state", state, "only",
                                        only ? word(c, "only", only) : NULL, "some", some));
        }
        return list;
}

static json_t *service_of(struct collecting *c, const char *id, const json_t *type)
{
        static const char *const parties[] = { "cloud", "customer", "maker" };
        const char *known = strcmp(id, "unclassified") == 0 ? NULL : id, *provider;
        json_t *providers = json_array(), *row, *n;

        json_object_foreach(json_object_get(type, "providers"), provider, n)(void)
                json_array_append_new(providers, json_string(word(c, "providers", provider)));
        row = json_pack("{s:s, s:s, s:o}", "service_type", id, "title", type_word(c, known),
                        "providers", providers);
        for (size_t i = 0; row && i < ELEMENTSOF(parties); i++) {
                const json_t *party = json_object_get(json_object_get(type, "parties"), parties[i]);

                (void)json_object_set_new(row, parties[i],
                                          json_pack("{s:o, s:o}", "roles", roles_of(c, party),
                                                    "duties", duties_of(c, type, party)));
        }
        c->undescribed =
                c->undescribed || json_integer_value(json_object_get(type, "undescribed")) > 0;
        c->stale = c->stale || json_integer_value(json_object_get(type, "stale")) > 0;
        if (!known)
                say_unknown(c, _("Of some services the kind is not known."));
        return row;
}

static json_t *services_of(struct collecting *c, const json_t *types)
{
        json_t *list = json_array(), *type;
        const char *id;

        json_object_foreach((json_t *)types, id,
                            type) if (json_array_append_new(list, service_of(c, id, type)) < 0)
                c->failed = -ENOMEM;
        return list;
}

/* ---- where -------------------------------------------------------------------------------------
 */

static void add_text(struct collecting *c, json_t *set_of, const json_t *text)
{
        if (json_is_string(text))
                set(c, set_of, json_string_value(text), json_true());
}

static void add_processing(struct collecting *c, json_t *row, const struct resource *r)
{
        const json_t *value = NULL;
        bool known = fact_get(r->facts, "processing.regions", &value, NULL) == FACT_KNOWN &&
                     (json_is_string(value) || json_array_size(value) > 0);

        if (!known) { /* absent as well: an API that names no region has not said which */
                set(c, row, "unknown", json_true());
                return;
        }
        add_text(c, json_object_get(row, "processing"), value);
        for (size_t i = 0; i < json_array_size(value); i++)
                add_text(c, json_object_get(row, "processing"), json_array_get(value, i));
}

static json_t *place_row(struct collecting *c, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        const char *area = json_member_string(row->description, "area");
        char key[PLACE_KEY_MAX];
        json_t *place;

        (void)snprintf(key, sizeof(key), "%s\t%s\t%s", r->service_type ? r->service_type : "",
                       r->provider, r->region);
        place = json_object_get(c->places, key);
        if (place)
                return place;
        place = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:{}}", "title",
                          type_word(c, r->service_type), "provider",
                          word(c, "providers", r->provider), "region", *r->region ? r->region : "-",
                          "country", json_member_string(row->description, "country"), "area",
                          area ? area : "unknown", "processing");
        set(c, c->places, key, place);
        return place;
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct collecting *c = user;
        const struct resource *r = row->resource;
        const char *offer = json_member_string(row->description, "offer");
        json_t *place;

        if (!report_wants(c->e.request, r->account))
                return 0;
        set(c, c->providers, r->provider, json_true());
        set(c, c->offers, offer ? offer : "", json_true());
        place = place_row(c, row);
        if (place)
                add_processing(c, place, r);
        return c->failed;
}

/* Sets of words as lists. */
static json_t *locations_of(struct collecting *c)
{
        json_t *list = json_array(), *place;
        const char *key, *region;

        json_object_foreach(c->places, key, place)
        {
                json_t *regions = json_array(), *yes;
                bool unknown = json_object_get(place, "unknown");

                json_object_foreach(json_object_get(place, "processing"), region, yes)(void)
                        json_array_append_new(regions, json_string(region));
                if (unknown)
                        say_unknown(c, _("%s at %s, %s: where requests are processed."),
                                    json_member_string(place, "title"),
                                    json_member_string(place, "provider"),
                                    json_member_string(place, "region"));
                if (strcmp(json_member_string(place, "area"), "unknown") == 0)
                        say_unknown(c, _("%s at %s, %s: in which country that is."),
                                    json_member_string(place, "title"),
                                    json_member_string(place, "provider"),
                                    json_member_string(place, "region"));
                (void)json_object_del(place, "unknown");
                set(c, place, "processing", regions);
                set(c, place, "processing_known", json_boolean(!unknown));
                if (json_array_append(list, place) < 0)
                        c->failed = -ENOMEM;
        }
        return list;
}

/* ---- how long logs are kept --------------------------------------------------------------------
 */

static json_t *retention_row(struct collecting *c, const char *provider)
{
        if (!json_object_get(c->retention, provider))
                set(c, c->retention, provider, json_object());
        return json_object_get(c->retention, provider);
}

/* A waiver is between the hoster and its auditors: what is waived is not met. */
static int on_retention(void *user, const struct store_finding *f)
{
        struct collecting *c = user;
        const char *key = strcmp(f->verdict, "pass") == 0      ? "met"
                          : strcmp(f->verdict, "unknown") == 0 ? "unknown"
                          : strcmp(f->verdict, "na") == 0      ? NULL
                                                               : "not_met";

        if (f->closed || !key || !report_wants(c->e.request, f->place.account))
                return 0;
        set(c, retention_row(c, f->place.provider), key, json_true());
        return c->failed;
}

/* The shortest that an API told. */
static int on_log(void *user, const struct store_resource *row)
{
        struct collecting *c = user;
        const json_t *value = NULL, *least;
        json_t *of;

        if (!report_wants(c->e.request, row->resource->account) ||
            fact_get(row->resource->facts, "log.retention_days", &value, NULL) != FACT_KNOWN ||
            !json_is_integer(value))
                return 0;
        of = json_object_get(c->retention, row->resource->provider);
        least = json_object_get(of, "days");
        if (of && (!least || json_integer_value(value) < json_integer_value(least)))
                set(c, of, "days", json_integer(json_integer_value(value)));
        return c->failed;
}

static json_t *retention_of(struct collecting *c)
{
        json_t *list = json_array(), *yes;
        const char *provider;

        json_object_foreach(c->providers, provider, yes)
        {
                json_t *of = json_object_get(c->retention, provider);
                bool met = json_object_get(of, "met"), not_met = json_object_get(of, "not_met"),
                     unknown = json_object_get(of, "unknown") || (!met && !not_met);

                if (unknown)
                        say_unknown(c, _("%s: how long some logs are kept."),
                                    word(c, "providers", provider));
                if (json_array_append_new(list,
                                          json_pack("{s:s, s:b, s:b, s:b, s:O?}", "provider",
                                                    word(c, "providers", provider), "six_months",
                                                    met, "less", not_met, "unknown", unknown,
                                                    "least_days", json_object_get(of, "days"))) < 0)
                        c->failed = -ENOMEM;
        }
        return list;
}

/* ---- certificates ------------------------------------------------------------------------------
 */

static void add_certificates(struct collecting *c, json_t *list, const json_t *offer)
{
        enum language language = c->e.request->language;
        const char *title = report_rule_text(offer, "title", language);
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "certificates"), i, row)
        {
                const char *scheme = json_member_string(row, "scheme"),
                           *status = json_member_string(row, "status"),
                           *product = json_member_string(row, "product");
                const char *type = json_member_string(row, "type");

                if (json_array_append_new(
                            list,
                            json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "offer",
                                      title, "scheme", word(c, "schemes", scheme), "status", status,
                                      "status_title", word(c, "certificate_statuses", status),
                                      "product", product ? product : type, "valid_from",
                                      json_member_string(row, "valid_from"), "valid_until",
                                      json_member_string(row, "valid_until"), "as_of",
                                      json_member_string(row, "as_of"), "source",
                                      json_member_string(offer, "source"))) < 0)
                        c->failed = -ENOMEM;
        }
        json_array_foreach(json_object_get(offer, "unverified"), i, row)
                say_unknown(c, _("%s: %s (not verified)."), title, json_string_value(row));
}

/* What the hoster holds itself, by its own word. */
static void add_own_certificates(struct collecting *c, json_t *list)
{
        const json_t *row;
        size_t i;

        json_array_foreach(c->registers, i, row)
        {
                const char *state = json_member_string(row, "state"),
                           *scheme = json_member_string(row, "scheme");

                if (strcmp(json_member_string(row, "register"), "certificates") != 0 ||
                    strcmp(state, "in-force") != 0 || !scheme)
                        continue;
                if (json_array_append_new(
                            list,
                            json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:n, s:s}", "offer",
                                      _("own"), "scheme", word(c, "schemes", scheme), "status",
                                      "declared", "status_title", _("declared"), "product",
                                      "valid_from", json_member_string(row, "date"), "valid_until",
                                      json_member_string(row, "until"), "as_of", "source",
                                      _("own register"))) < 0)
                        c->failed = -ENOMEM;
        }
}

static json_t *certificates_of(struct collecting *c)
{
        const json_t *offers = json_object_get(c->e.words, "offers");
        json_t *list = json_array(), *yes;
        const char *id;

        json_object_foreach(c->offers, id, yes)
        {
                const json_t *offer = json_object_get(offers, id);

                if (offer)
                        add_certificates(c, list, offer);
                else
                        say_unknown(c, _("Of some services, who operates them and what is "
                                         "certified."));
        }
        add_own_certificates(c, list);
        return list;
}

/* ---- contracts ---------------------------------------------------------------------------------
 */

/* Which of the clauses; patterns are the hoster's own words, and only names of clouds leave. */
static json_t *providers_of(struct collecting *c, const json_t *row)
{
        const json_t *patterns = json_object_get(json_object_get(row, "applies_to"), "provider");
        json_t *list = json_array(), *yes;
        const char *provider;

        json_object_foreach(c->providers, provider, yes)
        {
                bool named = !patterns || (json_is_string(patterns) &&
                                           strcmp(json_string_value(patterns), provider) == 0);

                for (size_t i = 0; !named && i < json_array_size(patterns); i++) {
                        const char *pattern = json_string_value(json_array_get(patterns, i));

                        named = pattern &&
                                (strcmp(pattern, provider) == 0 || strcmp(pattern, "*") == 0);
                }
                if (named)
                        (void)json_array_append_new(list,
                                                    json_string(word(c, "providers", provider)));
        }
        return list;
}

/* Is the entry about a part of a cloud only? Which part is the hoster's own matter. */
static bool is_partial(const json_t *row)
{
        const json_t *of = json_object_get(row, "applies_to");

        return json_object_size(of) > (json_object_get(of, "provider") ? 1U : 0U);
}

/* true for a whole cloud, false for a part of it. */
static void note_covered(struct collecting *c, json_t *covered, const json_t *providers,
                         bool partial)
{
        const json_t *name;
        size_t i;

        json_array_foreach(providers, i, name)
        {
                const char *text = json_string_value(name);

                if (!partial || !json_object_get(covered, text))
                        set(c, covered, text, json_boolean(!partial));
        }
}

static void say_uncovered(struct collecting *c, const json_t *covered)
{
        const char *provider;
        json_t *yes;

        json_object_foreach(c->providers, provider, yes)
        {
                const char *name = word(c, "providers", provider);
                const json_t *whole = json_object_get(covered, name);

                if (!whole)
                        say_unknown(c,
                                    _("%s: no contract in force is recorded, so which clauses it "
                                      "has."),
                                    name);
                else if (!json_is_true(whole))
                        say_unknown(c,
                                    _("%s: the contracts in force that are recorded cover a part "
                                      "only."),
                                    name);
        }
}

static json_t *contracts_of(struct collecting *c)
{
        json_t *list = json_array(), *covered = json_object();
        const json_t *row;
        size_t i;

        json_array_foreach(c->registers, i, row)
        {
                json_t *providers;

                if (strcmp(json_member_string(row, "register"), "contracts") != 0)
                        continue;
                providers = providers_of(c, row);
                if (strcmp(json_member_string(row, "state"), "in-force") == 0)
                        note_covered(c, covered, providers, is_partial(row));
                if (json_array_size(providers) == 0)
                        json_decref(providers);
                else if (json_array_append_new(
                                 list, json_pack("{s:o, s:b, s:O?, s:s, s:s?, s:s?}", "providers",
                                                 providers, "part", is_partial(row), "clauses",
                                                 json_object_get(row, "clauses"), "state",
                                                 json_member_string(row, "state"), "from",
                                                 json_member_string(row, "date"), "until",
                                                 json_member_string(row, "until"))) < 0)
                        c->failed = -ENOMEM;
        }
        say_uncovered(c, covered);
        json_decref(covered);
        return list;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int on_unread(void *user, const struct store_coverage *row)
{
        struct collecting *c = user;
        const struct coverage *coverage = &row->coverage;

        if (report_wants(c->e.request, coverage->place.account) &&
            !coverage_is_answer(coverage->state))
                set(c, c->unread, coverage->place.provider, json_true());
        return c->failed;
}

static int walk(struct collecting *c, struct error *err)
{
        const struct report_request *request = c->e.request;
        struct store_filter filter = *request->filter;
        int r = store_each_coverage(request->store, request->filter, on_unread, c, err);

        filter.all = filter.evidence = false;
        filter.without_replies = true;
        if (r >= 0)
                r = store_each_resource(request->store, &filter, on_resource, c, err);
        filter.all = true; /* what is met too */
        filter.rule = RETENTION_RULE;
        if (r >= 0)
                r = store_each_finding(request->store, &filter, on_retention, c, err);
        filter.all = false;
        filter.rule = NULL;
        filter.evidence = true;
        return r < 0 ? r : store_each_resource(request->store, &filter, on_log, c, err);
}

static void say_gaps(struct collecting *c)
{
        const char *provider;
        json_t *yes;

        json_object_foreach(c->unread, provider, yes)
                say_unknown(c, _("%s: not everything could be read; what was not is not in here."),
                            word(c, "providers", provider));
        if (c->stale)
                say_unknown(c, _("Some of it is as it was seen earlier: the last time it could not "
                                 "be read."));
        if (c->undescribed)
                say_unknown(c, _("Some of it was found and not assessed yet."));
        if (!c->registers)
                say_unknown(c, _("The registers of contracts and certificates were not read."));
}

static int assemble(struct collecting *c, json_t **ret, struct error *err)
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
        services = services_of(c, types);
        say_gaps(c);
        locations = locations_of(c);
        retention = retention_of(c);
        certificates = certificates_of(c);
        contracts = contracts_of(c);
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
        struct collecting c = {
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
