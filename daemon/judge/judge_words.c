/* What a judge tells beside its verdicts: what it was made of, and the words of reports. */
#include "daemon/base/json.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/subject.h"
#include "daemon/judge/trial.h"

#include <errno.h>

const char *judge_digest(const struct judge *j)
{
        return j->digest;
}

json_t *judge_parts(const struct judge *j)
{
        return json_incref(j->parts);
}

void judge_locate(const struct judge *j, const char *provider, const char *region,
                  const char **ret_country, const char **ret_area)
{
        struct location at = regions_locate(j->regions, provider, region, 0);

        *ret_country = at.country;
        *ret_area = at.area;
}

static const char *offer_id(const struct judge *j, const struct judge_view *view,
                            const struct resource *r)
{
        const struct place place = { r->provider, r->account, r->scope, r->region };
        const struct offer *offer;

        return jurisdictions_find(j->jurisdictions, view, &place, r->kind, &offer) == OFFER_FOUND
                       ? offer->id
                       : NULL;
}

int judge_describe(const struct judge *j, const struct judge_view *view, const struct resource *r,
                   uint64_t date_usec, json_t **ret, struct error *err)
{
        json_t *description = NULL, *classes = NULL, *declared = NULL, *by = NULL;
        struct subject s = { 0 };

        if (subject_of_resource(&s, j, view, r, date_usec) == 0) {
                classes = classify(j, view, &s, date_usec);
                declared = declared_json(&s.declared, j->vocabulary);
                by = declared_by_json(&s.declared, j->vocabulary);
                description = json_pack("{s:s?, s:s, s:s, s:O, s:O, s:s*}", "country", s.at.country,
                                        "area", s.at.area, "risk", s.risk, "declared", declared,
                                        "declared_by", by, "offer", offer_id(j, view, r));
        }
        subject_done(&s);
        if (description && json_object_update(description, classes) < 0) {
                json_decref(description);
                description = NULL;
        }
        json_decref(classes);
        json_decref(declared);
        json_decref(by);
        if (!description)
                return error_oom(err);
        *ret = description;
        return 0;
}

/* ---- publishing --------------------------------------------------------------------------------
 */

json_t *judge_rules(const struct judge *j)
{
        return rules_json(&j->rules, j);
}

struct provisions {
        const struct articles *articles;
        json_t *map; /* {provision: [ids of articles]} */
};

static int add_provision(void *user, const char *provision)
{
        struct provisions *p = user;
        json_t *ids = articles_resolve(p->articles, provision);

        return ids && json_object_set_new(p->map, provision, ids) == 0 ? 0 : -ENOMEM;
}

/* Where each basis of a rule and each article of a duty leads; they were checked when they were
 * read. */
static json_t *provisions_json(const struct judge *j)
{
        json_auto_t *map = json_object();
        struct provisions p = { j->articles, map };
        int r = map ? roles_each_article(j->roles, add_provision, &p) : -ENOMEM;

        for (size_t i = 0; r == 0 && i < j->rules.n; i++)
                for (char **basis = j->rules.list[i]->basis; r == 0 && *basis; basis++)
                        r = add_provision(&p, *basis);
        return r == 0 ? json_incref(map) : NULL;
}

/* With the area that each country is in. */
static json_t *countries_json(const struct judge *j)
{
        json_auto_t *map = json_object();
        const char *code;
        json_t *country;

        json_object_foreach(j->countries, code, country)
        {
                json_t *own = json_copy(country);

                if (json_object_set_new(map, code, own) < 0 ||
                    json_object_set_new(own, "area",
                                        json_string(regions_country_area(j->regions, code, 0))) < 0)
                        return NULL;
        }
        return json_incref(map);
}

/* What of the policy a report measures against. */
static json_t *limits_json(const struct judge *j)
{
        return json_pack("{s:o, s:I, s:b}", "areas", json_strings(j->policy->areas),
                         "log_retention_days", (json_int_t)j->policy->log_retention_days,
                         "strict_half_year", j->policy->strict_half_year);
}

json_t *judge_words(const struct judge *j)
{
        json_auto_t *words = json_copy(j->words.groups);
        json_auto_t *jurisdictions = jurisdictions_json(j->jurisdictions);
        json_auto_t *articles = articles_json(j->articles);

        if (!words || json_object_update(words, jurisdictions) < 0 ||
            json_object_update(words, articles) < 0 ||
            json_object_set_new(words, "reasons", roles_reasons(j->roles)) < 0 ||
            json_object_set_new(words, "provisions", provisions_json(j)) < 0 ||
            json_object_set_new(words, "types", roles_json(j->roles)) < 0 ||
            json_object_set_new(words, "dates", law_json(j->law)) < 0 ||
            json_object_set_new(words, "countries", countries_json(j)) < 0 ||
            json_object_set_new(words, "regions", regions_json(j->regions)) < 0 ||
            json_object_set_new(words, "policy", limits_json(j)) < 0 ||
            json_object_set(words, "profiles", j->severity.profiles) < 0)
                return NULL;
        return json_incref(words);
}

json_t *judge_registers_json(const struct judge *j, uint64_t date_usec)
{
        return registers_json(j->registers, date_usec);
}

const struct registers *judge_registers(const struct judge *j)
{
        return j->registers;
}

const struct programme_plan *judge_programme(const struct judge *j)
{
        return j->programme;
}

bool judge_has_offer(const struct judge *j, const char *provider, const char *offer)
{
        return jurisdictions_has_offer(j->jurisdictions, provider, offer);
}

json_t *judge_waivers(const struct judge *j, uint64_t date_usec)
{
        return waivers_json(j->waivers, date_usec);
}

json_t *judge_declarations(const struct judge *j, uint64_t date_usec)
{
        return declarations_json(j->declarations, date_usec);
}

json_t *judge_old_rows(const struct judge *j, uint64_t date_usec)
{
        return jurisdictions_old(j->jurisdictions, date_usec);
}
