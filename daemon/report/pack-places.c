/* Where things run, and how long logs are kept there. */
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"

#include <errno.h>
#include <string.h>

enum { PLACE_KEY_MAX = 512 };

/* ---- where -------------------------------------------------------------------------------------
 */

static void add_text(struct pack_collecting *c, json_t *set_of, const json_t *text)
{
        if (json_is_string(text))
                pack_set(c, set_of, json_string_value(text), json_true());
}

static void add_processing(struct pack_collecting *c, json_t *row, const struct resource *r)
{
        const json_t *value = NULL;
        bool known = fact_get(r->facts, "processing.regions", &value, NULL) == FACT_KNOWN &&
                     (json_is_string(value) || json_array_size(value) > 0);

        if (!known) { /* absent as well: an API that names no region has not said which */
                pack_set(c, row, "unknown", json_true());
                return;
        }
        add_text(c, json_object_get(row, "processing"), value);
        for (size_t i = 0; i < json_array_size(value); i++)
                add_text(c, json_object_get(row, "processing"), json_array_get(value, i));
}

static json_t *place_row(struct pack_collecting *c, const struct store_resource *row)
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
                          pack_type_word(c, r->service_type), "provider",
                          pack_word(c, "providers", r->provider), "region",
                          *r->region ? r->region : "-", "country",
                          json_member_string(row->description, "country"), "area",
                          area ? area : "unknown", "processing");
        pack_set(c, c->places, key, place);
        return place;
}

int pack_on_resource(void *user, const struct store_resource *row)
{
        struct pack_collecting *c = user;
        const struct resource *r = row->resource;
        const char *offer = json_member_string(row->description, "offer");
        json_t *place;

        if (!report_wants(c->e.request, r->account))
                return 0;
        pack_set(c, c->providers, r->provider, json_true());
        pack_set(c, c->offers, offer ? offer : "", json_true());
        place = place_row(c, row);
        if (place)
                add_processing(c, place, r);
        return c->failed;
}

/* Sets of words as lists. */
json_t *pack_locations_of(struct pack_collecting *c)
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
                        pack_say_unknown(c, _("%s at %s, %s: where requests are processed."),
                                         json_member_string(place, "title"),
                                         json_member_string(place, "provider"),
                                         json_member_string(place, "region"));
                if (strcmp(json_member_string(place, "area"), "unknown") == 0)
                        pack_say_unknown(c, _("%s at %s, %s: in which country that is."),
                                         json_member_string(place, "title"),
                                         json_member_string(place, "provider"),
                                         json_member_string(place, "region"));
                (void)json_object_del(place, "unknown");
                pack_set(c, place, "processing", regions);
                pack_set(c, place, "processing_known", json_boolean(!unknown));
                if (json_array_append(list, place) < 0)
                        c->failed = -ENOMEM;
        }
        return list;
}

/* ---- how long logs are kept --------------------------------------------------------------------
 */

static json_t *retention_row(struct pack_collecting *c, const char *provider)
{
        if (!json_object_get(c->retention, provider))
                pack_set(c, c->retention, provider, json_pack("{s:{}}", "kinds"));
        return json_object_get(c->retention, provider);
}

/* A waiver is between the hoster and its auditors: what is waived is not met. */
int pack_on_retention(void *user, const struct store_finding *f)
{
        struct pack_collecting *c = user;
        json_t *of;
        const char *key = strcmp(f->verdict, "pass") == 0      ? "met"
                          : strcmp(f->verdict, "unknown") == 0 ? "unknown"
                          : strcmp(f->verdict, "na") == 0      ? NULL
                                                               : "not_met";

        if (f->closed || !key || !report_wants(c->e.request, f->place.account))
                return 0;
        of = retention_row(c, f->place.provider);
        pack_set(c, of, key, json_true());
        if (f->kind)
                pack_set(c, json_object_get(of, "kinds"), f->kind, json_true());
        return c->failed;
}

/* "metrics" */
static bool holds_other_than_logs(const struct resource *r)
{
        const json_t *value = NULL;

        return fact_get(r->facts, "log.kind", &value, NULL) == FACT_KNOWN &&
               json_is_string(value) && strcmp(json_string_value(value), "logs") != 0;
}

static void note_days(struct pack_collecting *c, json_t *of, const char *key, const json_t *days)
{
        const json_t *least = json_object_get(of, key);

        if (!least || json_integer_value(days) < json_integer_value(least))
                pack_set(c, of, key, json_integer(json_integer_value(days)));
}

/* The shortest that an API told. */
int pack_on_log(void *user, const struct store_resource *row)
{
        struct pack_collecting *c = user;
        const struct resource *r = row->resource;
        const json_t *value = NULL;
        json_t *of;

        if (!report_wants(c->e.request, r->account) ||
            fact_get(r->facts, "log.retention_days", &value, NULL) != FACT_KNOWN ||
            !json_is_integer(value) || holds_other_than_logs(r))
                return 0;
        of = json_object_get(c->retention, r->provider);
        if (!of)
                return 0;
        note_days(c, of, "days", value);
        if (json_object_get(json_object_get(of, "kinds"), r->kind))
                note_days(c, of, "judged_days", value);
        return c->failed;
}

/* Verdicts hold a log against the floor of the policy, or of its own tag, and a customer is told of
 * six months. Where the policy asks for less, what meets it may be too short; where policy or tag
 * ask for more, what does not may be long enough. */
static void note_floor(const struct pack_collecting *c, bool *met, bool *not_met, bool *unknown,
                       const json_t *least)
{
        const json_t *policy = json_object_get(c->e.words, "policy");
        json_int_t floor = json_integer_value(json_object_get(policy, "log_retention_days"));
        bool strict = json_is_true(json_object_get(policy, "strict_half_year"));
        json_int_t half_year = strict ? PACK_HALF_YEAR_DAYS : PACK_HALF_YEAR_SHORT_DAYS;

        if (floor > 0 && floor < PACK_HALF_YEAR_SHORT_DAYS) {
                *unknown = *unknown || *met;
                *met = false;
                *not_met = *not_met ||
                           (least && json_integer_value(least) < PACK_HALF_YEAR_SHORT_DAYS);
        }
        if (*not_met && least && json_integer_value(least) >= half_year) {
                *unknown = true;
                *not_met = false;
        }
}

json_t *pack_retention_of(struct pack_collecting *c)
{
        json_t *list = json_array(), *yes;
        const char *provider;

        json_object_foreach(c->providers, provider, yes)
        {
                json_t *of = json_object_get(c->retention, provider);
                bool met = json_object_get(of, "met"), not_met = json_object_get(of, "not_met"),
                     unknown = json_object_get(of, "unknown") || (!met && !not_met);

                note_floor(c, &met, &not_met, &unknown, json_object_get(of, "judged_days"));
                if (unknown)
                        pack_say_unknown(c, _("%s: how long some logs are kept."),
                                         pack_word(c, "providers", provider));
                if (json_array_append_new(list, json_pack("{s:s, s:b, s:b, s:b, s:O?}", "provider",
                                                          pack_word(c, "providers", provider),
                                                          "six_months", met, "less", not_met,
                                                          "unknown", unknown, "least_days",
                                                          json_object_get(of, "days"))) < 0)
                        c->failed = -ENOMEM;
        }
        return list;
}
