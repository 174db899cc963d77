#include "daemon/judge/jurisdiction.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/list.h"
#include "daemon/base/number.h"
#include "daemon/judge/jurisdiction_file.h"
#include "daemon/judge/predicate.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

enum { ENTITY_BYTES_MAX = 4096 };

static const struct offer_file *file_of(const struct jurisdictions *j, const char *provider)
{
        for (size_t i = 0; i < j->n_files; i++)
                if (strcmp(j->files[i].provider, provider) == 0)
                        return &j->files[i];
        return NULL;
}

static const struct offer *offer_of(const struct offer_file *f, const char *id)
{
        for (size_t i = 0; f && i < f->n_offers; i++)
                if (strcmp(f->offers[i].id, id) == 0)
                        return &f->offers[i];
        return NULL;
}

bool jurisdictions_has_offer(const struct jurisdictions *j, const char *provider, const char *id)
{
        return offer_of(file_of(j, provider), id) != NULL;
}

/* ---- which offer -------------------------------------------------------------------------------
 */

struct question {
        const struct jurisdictions *j;
        const struct judge_view *view;
        const struct place *place;
        const char *kind;
};

static const char *option_of(const struct question *q, const char *name)
{
        return q->view && q->view->option ? q->view->option(q->view->ctx, q->place, name) : NULL;
}

static enum truth partition_holds(const struct question *q, char *const *partitions)
{
        const char *partition =
                regions_partition(q->j->regions, q->place->provider, q->place->region);

        if (!partition)
                partition = option_of(q, "partition");
        if (!partition)
                return TRUTH_UNKNOWN;
        return list_has_nocase(partitions, partition) ? TRUTH_YES : TRUTH_NO;
}

static enum truth region_holds(const struct question *q, char *const *regions)
{
        const char *region = q->place->region ? q->place->region : "";
        const char *code = regions_locate(q->j->regions, q->place->provider, region, 0).code;

        if (regions_is_placeless(region))
                return TRUTH_UNKNOWN;
        return list_has_nocase(regions, region) || (code && list_has_nocase(regions, code))
                       ? TRUTH_YES
                       : TRUTH_NO;
}

static enum truth kind_holds(const struct question *q, char *const *kinds)
{
        for (; *kinds; kinds++)
                if (fnmatch(*kinds, q->kind ? q->kind : "", 0) == 0)
                        return TRUTH_YES;
        return TRUTH_NO;
}

/* Every option named has one of its values. */
static enum truth options_hold(const struct question *q, const json_t *options)
{
        enum truth all = TRUTH_YES;
        const char *name;
        json_t *values, *value;
        size_t i;

        json_object_foreach((json_t *)options, name, values)
        {
                const char *said = option_of(q, name);
                bool one = false;

                json_array_foreach(values, i, value) one =
                        one || (said && strcasecmp(said, json_string_value(value)) == 0);
                if (said && !one)
                        return TRUTH_NO;
                if (!said)
                        all = TRUTH_UNKNOWN;
        }
        return all;
}

static enum truth both(enum truth a, enum truth b)
{
        if (a == TRUTH_NO || b == TRUTH_NO)
                return TRUTH_NO;
        return a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_YES;
}

static enum truth case_holds(const struct question *q, const struct offer_case *c)
{
        enum truth all = TRUTH_YES;

        if (c->kinds)
                all = both(all, kind_holds(q, c->kinds));
        if (c->partitions)
                all = both(all, partition_holds(q, c->partitions));
        if (c->regions)
                all = both(all, region_holds(q, c->regions));
        if (c->options)
                all = both(all, options_hold(q, c->options));
        return all;
}

static enum truth offer_holds(const struct question *q, const struct offer *o)
{
        enum truth any = o->n_when == 0 ? TRUTH_YES : TRUTH_NO;

        if (o->unseen)
                return TRUTH_NO;
        for (size_t i = 0; i < o->n_when && any != TRUTH_YES; i++) {
                enum truth one = case_holds(q, &o->when[i]);

                if (one != TRUTH_NO)
                        any = one;
        }
        return any;
}

/* The rows in their order: one of which it is not known whether it holds ends the search, since
 * what follows would be said of something else. */
enum offer_found jurisdictions_find(const struct jurisdictions *j, const struct judge_view *view,
                                    const struct place *place, const char *kind,
                                    const struct offer **ret)
{
        const struct question q = { j, view, place, kind };
        const struct offer_file *f = file_of(j, place->provider);
        const char *stated = option_of(&q, "offer");

        *ret = stated ? offer_of(f, stated) : NULL;
        for (size_t i = 0; f && !*ret && i < f->n_offers; i++) {
                enum truth holds = offer_holds(&q, &f->offers[i]);

                if (holds == TRUTH_UNKNOWN)
                        return OFFER_UNTOLD;
                if (holds == TRUTH_YES)
                        *ret = &f->offers[i];
        }
        return *ret ? OFFER_FOUND : OFFER_NONE;
}

/* ---- laws and schemes --------------------------------------------------------------------------
 */

const struct scheme *jurisdictions_required(const struct jurisdictions *j, const char *tag,
                                            uint64_t *ret_level)
{
        for (size_t i = 0; i < j->schemes.n_schemes; i++) {
                const struct scheme *s = &j->schemes.schemes[i];
                const char *dash = strrchr(tag, '-');

                if (!list_has_nocase(s->tags, tag))
                        continue;
                *ret_level = 0;
                if (s->levels && dash)
                        (void)number_parse_u64(dash + 1, ret_level);
                return s;
        }
        return NULL;
}

const struct remark *jurisdictions_case(const struct jurisdictions *j, const char *id)
{
        for (size_t i = 0; i < j->laws.n_cases; i++)
                if (strcmp(j->laws.cases[i].id, id) == 0)
                        return &j->laws.cases[i];
        return NULL;
}

const struct text *jurisdictions_of_country(const struct jurisdictions *j, const char *country)
{
        for (size_t i = 0; i < j->laws.n_countries; i++)
                if (strcmp(j->laws.countries[i].code, country) == 0)
                        return &j->laws.countries[i].of;
        return NULL;
}

/* ---- age ---------------------------------------------------------------------------------------
 */

bool provenance_is_old(const struct provenance *from, uint64_t date_usec)
{
        return from->as_of_usec + JURISDICTION_AGE_DAYS * USEC_PER_DAY < date_usec;
}

static void add_old(json_t *list, const struct provenance *from, const char *what,
                    uint64_t date_usec)
{
        if (provenance_is_old(from, date_usec))
                (void)json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:s, s:s}", "file",
                                                            from->file, "line", from->place.line,
                                                            "column", from->place.column, "what",
                                                            what, "as_of", from->as_of));
}

static void add_old_offer(json_t *list, const struct offer *o, uint64_t date_usec)
{
        add_old(list, &o->from, o->id, date_usec);
        for (size_t i = 0; i < o->n_certificates; i++)
                add_old(list, &o->certificates[i].from, o->certificates[i].scheme, date_usec);
}

static void add_old_laws(json_t *list, const struct law_file *f, uint64_t date_usec)
{
        for (size_t i = 0; i < f->n_laws; i++)
                add_old(list, &f->laws[i].from, f->laws[i].id, date_usec);
        for (size_t i = 0; i < f->n_counterweights; i++)
                add_old(list, &f->counterweights[i].from, f->counterweights[i].id, date_usec);
        for (size_t i = 0; i < f->n_cases; i++)
                add_old(list, &f->cases[i].from, f->cases[i].id, date_usec);
}

json_t *jurisdictions_old(const struct jurisdictions *j, uint64_t date_usec)
{
        json_t *list = json_array();

        if (list)
                add_old_laws(list, &j->laws, date_usec);
        for (size_t i = 0; list && i < j->schemes.n_schemes; i++)
                add_old(list, &j->schemes.schemes[i].from, j->schemes.schemes[i].id, date_usec);
        for (size_t i = 0; list && i < j->n_files; i++)
                for (size_t k = 0; k < j->files[i].n_offers; k++)
                        add_old_offer(list, &j->files[i].offers[k], date_usec);
        return list;
}

/* ---- for people --------------------------------------------------------------------------------
 */

static json_t *text_json(const struct text *t)
{
        return json_pack("{s:s, s:s}", "en", text_in(t, LANGUAGE_EN), "fr",
                         text_in(t, LANGUAGE_FR));
}

/* "A GmbH (DE), B, C" */
static json_t *entity_json(const struct entity *e)
{
        struct buffer b = BUFFER_INIT(ENTITY_BYTES_MAX);
        json_t *text;

        buffer_printf(&b, "%s (%s)", e->name, e->country);
        for (char **other = e->with; other && *other; other++)
                buffer_printf(&b, ", %s", *other);
        text = json_string(buffer_text(&b));
        buffer_done(&b);
        return text;
}

/* {"en", "fr"} of the title, with what a report needs beside it. */
static json_t *law_json(const struct exposure_law *law)
{
        return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "en", text_in(&law->title, LANGUAGE_EN),
                         "fr", text_in(&law->title, LANGUAGE_FR), "statute", law->statute,
                         "country", law->country, "matters", text_json(&law->matters), "unverified",
                         law->unverified);
}

static json_t *exposures_json(const struct offer *o)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < o->n_exposures; i++) {
                const struct exposure *e = &o->exposures[i];
                const char *state =
                        e->of->status == LAW_LAPSED_BUT_OPERATING ? "lapsed-but-operating" : NULL;

                (void)json_array_append_new(list, json_pack("{s:s, s:s?}", "law", e->law, "state",
                                                            e->state ? e->state : state));
        }
        return list;
}

static const char *const statuses[] = { "listed", "claimed", "unverified", "in-progress",
                                        "absent" };

static json_t *certificates_json(const struct offer *o)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < o->n_certificates; i++) {
                const struct certificate *c = &o->certificates[i];

                (void)json_array_append_new(
                        list, json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s}", "scheme",
                                        c->scheme, "status", statuses[c->status], "product",
                                        c->product, "type", c->type, "valid_from", c->valid_from,
                                        "valid_until", c->valid_until, "as_of", c->from.as_of));
        }
        return list;
}

static json_t *offer_json(const struct offer *o)
{
        json_t *notes = json_array();

        for (size_t i = 0; notes && i < o->n_notes; i++)
                (void)json_array_append_new(notes, text_json(&o->notes[i]));
        return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "unverified",
                         json_strings(o->unverified), "title", text_json(&o->title), "operator",
                         entity_json(&o->owner), "parent", entity_json(&o->parent), "exposures",
                         exposures_json(o), "certificates", certificates_json(o), "notes", notes,
                         "source", o->from.source, "as_of", o->from.as_of);
}

json_t *jurisdictions_json(const struct jurisdictions *j)
{
        json_t *offers = json_object(), *laws = json_object(), *schemes = json_object();

        for (size_t i = 0; i < j->n_files; i++)
                for (size_t k = 0; k < j->files[i].n_offers; k++)
                        (void)json_object_set_new(offers, j->files[i].offers[k].id,
                                                  offer_json(&j->files[i].offers[k]));
        for (size_t i = 0; i < j->laws.n_laws; i++)
                (void)json_object_set_new(laws, j->laws.laws[i].id, law_json(&j->laws.laws[i]));
        for (size_t i = 0; i < j->schemes.n_schemes; i++)
                (void)json_object_set_new(schemes, j->schemes.schemes[i].id,
                                          text_json(&j->schemes.schemes[i].title));
        return json_pack("{s:o, s:o, s:o}", "offers", offers, "laws", laws, "schemes", schemes);
}
