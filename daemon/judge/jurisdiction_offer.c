#include "daemon/judge/jurisdiction_read.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

static const char *const certificate_statuses[] = { "listed",      "claimed", "unverified",
                                                    "in-progress", "absent",  NULL };
static const char *const controls[] = { "eu", "non-eu", "mixed", NULL };

static const struct yaml_field case_fields[] = {
        FIELD(YAML_STRINGS, offer_case, kinds),
        FIELD(YAML_STRINGS, offer_case, partitions),
        FIELD(YAML_STRINGS, offer_case, regions),
        FIELD(YAML_JSON, offer_case, options),
        PLACE(offer_case, place),
        { 0 },
};

static const struct yaml_field entity_fields[] = {
        FIELD(YAML_STRING, entity, name, .required = true),
        FIELD(YAML_STRING, entity, country, .required = true),
        FIELD(YAML_STRINGS, entity, with),
        { 0 },
};

static const struct yaml_field exposure_fields[] = {
        FIELD(YAML_STRING, exposure, law, .required = true),
        FIELD(YAML_STRINGS, exposure, countries),
        FIELD(YAML_STRING, exposure, state),
        PLACE(exposure, place),
        { 0 },
};

static const struct yaml_field certificate_fields[] = {
        FIELD(YAML_STRING, certificate, scheme, .required = true),
        FIELD(YAML_ENUM, certificate, status, .required = true, .names = certificate_statuses),
        FIELD(YAML_STRING, certificate, product),
        FIELD(YAML_STRING, certificate, type),
        FIELD(YAML_UINT, certificate, level, .max = 4),
        FIELD(YAML_STRINGS, certificate, kinds),
        FIELD(YAML_STRINGS, certificate, regions),
        FIELD(YAML_BOOL, certificate, partial),
        FIELD(YAML_STRING, certificate, valid_from),
        FIELD(YAML_STRING, certificate, valid_until),
        FIELD(YAML_STRING, certificate, period_end),
        TEXT(certificate, note),
        PROVENANCE(certificate),
        { 0 },
};

static const struct yaml_field licence_fields[] = {
        FIELD(YAML_STRING, licence, country, .required = true),
        FIELD(YAML_STRING, licence, by, .required = true),
        { 0 },
};

static const struct yaml_field offer_fields[] = {
        FIELD(YAML_STRING, offer, id, .required = true),
        TEXT(offer, title, .required = true),
        ROWS(offer, when, case_fields, offer_case),
        FIELD(YAML_BOOL, offer, unseen),
        KEYED("operator", YAML_SECTION, offer, owner, .required = true, .fields = entity_fields),
        FIELD(YAML_SECTION, offer, parent, .required = true, .fields = entity_fields),
        FIELD(YAML_ENUM, offer, control, .required = true, .names = controls),
        ROWS(offer, exposures, exposure_fields, exposure, .required = true),
        FIELD(YAML_SECTION, offer, technology, .fields = licence_fields),
        FIELD(YAML_STRINGS, offer, subsidiaries),
        { .key = "notes",
          .type = YAML_LIST,
          .offset = offsetof(struct offer, notes),
          .fields = text_fields,
          .size = sizeof(struct text),
          .count_offset = offsetof(struct offer, n_notes) },
        FIELD(YAML_STRINGS, offer, cases),
        FIELD(YAML_STRINGS, offer, unverified),
        ROWS(offer, certificates, certificate_fields, certificate, .required = true),
        PROVENANCE(offer),
        { 0 },
};

static const struct yaml_field offer_file_fields[] = {
        FIELD(YAML_STRING, offer_file, provider, .required = true),
        FIELD(YAML_STRING, offer_file, source, .required = true),
        FIELD(YAML_STRING, offer_file, as_of, .required = true),
        ROWS(offer_file, offers, offer_fields, offer, .required = true),
        { 0 },
};

/* ---- checking ----------------------------------------------------------------------------------
 */

/* The last day of a validity still counts. */
static int take_end(const struct reading *in, struct yaml_place place, const char *key,
                    const char *text, uint64_t *ret_usec)
{
        int r = reading_date(in, place, key, text, ret_usec);

        if (r == 0 && text)
                *ret_usec += USEC_PER_DAY - 1;
        return r;
}

static int check_regions(const struct reading *in, struct yaml_place place, const char *provider,
                         char *const *regions)
{
        for (; regions && *regions; regions++)
                if (strcmp(*regions, "*") != 0 &&
                    !regions_locate(in->j->regions, provider, *regions, 0).code)
                        return reading_refuse(in, place, "regions", *regions,
                                              "is not in the provider's table of regions");
        return 0;
}

static int check_options(const struct reading *in, const struct offer_case *c)
{
        const char *name;
        json_t *values, *value;
        size_t i;

        if (c->options && !json_is_object(c->options))
                return yaml_error_at(in->y, c->place, in->err, "'options' is no mapping");
        json_object_foreach(c->options, name, values)
        {
                bool texts = json_is_array(values) && json_array_size(values) > 0;

                json_array_foreach(values, i, value) texts = texts && json_is_string(value);
                if (!texts)
                        return yaml_error_at(in->y, c->place, in->err,
                                             "options.%s is no list of texts", name);
        }
        if (!c->kinds && !c->partitions && !c->regions && !c->options)
                return yaml_error_at(in->y, c->place, in->err,
                                     "one of 'kinds', 'partitions', 'regions', 'options' is "
                                     "needed");
        return 0;
}

static bool in_union(const struct jurisdictions *j, const struct entity *e)
{
        return strcmp(regions_country_area(j->regions, e->country, 0), "eu") == 0;
}

/* The word for control and the countries have to agree: rules go by the countries. */
static int check_control(const struct reading *in, const struct offer *o)
{
        bool european = in_union(in->j, &o->owner) && in_union(in->j, &o->parent);

        if (european == (o->control != CONTROL_NON_EU))
                return 0;
        return reading_refuse(
                in, o->from.place, "control", controls[o->control],
                european ? "is not what the countries of operator and parent say: both are "
                           "in the Union"
                         : "is not what the countries of operator and parent say: one is "
                           "outside the Union");
}

static int check_exposures(const struct reading *in, struct offer *o)
{
        for (size_t i = 0; i < o->n_exposures; i++) {
                struct exposure *e = &o->exposures[i];

                e->of = jurisdictions_law(in->j, e->law);
                if (!e->of)
                        return reading_refuse(in, e->place, "law", e->law,
                                              "is not in exposures.yaml");
                if (e->state && strcmp(e->state, "ordered") != 0 &&
                    strcmp(e->state, "contested") != 0)
                        return reading_refuse(in, e->place, "state", e->state,
                                              "is neither ordered nor contested");
                for (char **c = e->countries; c && *c; c++) {
                        int r = reading_country(in, e->place, "countries", *c);

                        if (r < 0)
                                return r;
                }
        }
        for (char **c = o->cases; c && *c; c++)
                if (!jurisdictions_case(in->j, *c))
                        return reading_refuse(in, o->from.place, "cases", *c,
                                              "is not in exposures.yaml");
        return 0;
}

static int check_certificate(const struct reading *in, const struct offer_file *f,
                             const struct offer *o, struct certificate *c)
{
        uint64_t usec;
        int r = reading_provenance(in, &c->from, f->name, o->from.source, o->from.as_of);

        c->of = jurisdictions_scheme(in->j, c->scheme);
        if (r == 0 && !c->of)
                return reading_refuse(in, c->from.place, "scheme", c->scheme,
                                      "is not in schemes.yaml");
        if (r == 0 && c->of->levels != (c->level > 0))
                r = reading_refuse(in, c->from.place, "scheme", c->scheme,
                                   c->of->levels ? "needs 'level'" : "has no levels");
        if (r == 0)
                r = reading_date(in, c->from.place, "valid_from", c->valid_from, &usec);
        if (r == 0)
                r = take_end(in, c->from.place, "valid_until", c->valid_until, &c->until_usec);
        if (r == 0)
                r = take_end(in, c->from.place, "period_end", c->period_end, &c->period_end_usec);
        return r < 0 ? r : check_regions(in, c->from.place, f->provider, c->regions);
}

/* What takes all that is left ends the list. */
static bool hides_others(const struct offer_file *f, const struct offer *o)
{
        if (o->unseen || o->n_when > 0)
                return false;
        for (const struct offer *after = o + 1; after < &f->offers[f->n_offers]; after++)
                if (!after->unseen)
                        return true;
        return false;
}

static int check_when(const struct reading *in, const struct offer_file *f, const struct offer *o)
{
        int r = 0;

        if (o->unseen && o->n_when > 0)
                return reading_refuse(
                        in, o->from.place, "when", o->id,
                        "has 'unseen': nothing tells it from another, so 'when' is too much");
        if (hides_others(f, o))
                return reading_refuse(in, o->from.place, "id", o->id,
                                      "has no 'when' and takes all: what follows is never reached");
        for (size_t i = 0; r == 0 && i < o->n_when; i++) {
                r = check_options(in, &o->when[i]);
                if (r == 0)
                        r = check_regions(in, o->when[i].place, f->provider, o->when[i].regions);
        }
        return r;
}

static bool is_twice(const struct jurisdictions *j, const struct offer *o)
{
        for (size_t i = 0; i < j->n_files; i++)
                for (size_t k = 0; k < j->files[i].n_offers; k++) {
                        const struct offer *other = &j->files[i].offers[k];

                        if (other == o)
                                return false;
                        if (strcmp(other->id, o->id) == 0)
                                return true;
                }
        return false;
}

static int check_offer(const struct reading *in, const struct offer_file *f, struct offer *o)
{
        int r = reading_provenance(in, &o->from, f->name, f->source, f->as_of);

        if (r == 0 && is_twice(in->j, o))
                r = reading_refuse(in, o->from.place, "id", o->id, "stands here twice");
        if (r == 0)
                r = check_when(in, f, o);
        if (r == 0)
                r = reading_country(in, o->from.place, "operator", o->owner.country);
        if (r == 0)
                r = reading_country(in, o->from.place, "parent", o->parent.country);
        if (r == 0 && o->technology.country)
                r = reading_country(in, o->from.place, "technology", o->technology.country);
        if (r == 0)
                r = check_control(in, o);
        if (r == 0)
                r = check_exposures(in, o);
        for (size_t i = 0; r == 0 && i < o->n_certificates; i++)
                r = check_certificate(in, f, o, &o->certificates[i]);
        return r;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static int check_once(const struct reading *in, const struct offer_file *f)
{
        const struct jurisdictions *j = in->j;
        struct yaml_place root = { 0 };

        for (size_t i = 0; i < j->n_files; i++)
                if (&j->files[i] != f && strcmp(j->files[i].provider, f->provider) == 0)
                        return yaml_error_at(in->y, yaml_place_of(in->y, root, "provider"), in->err,
                                             "the offers of '%s' stand in %s already", f->provider,
                                             j->files[i].name);
        return 0;
}

int offer_file_read(const struct reading *in, struct offer_file *f)
{
        int r = yaml_bind(in->y, offer_file_fields, f, in->err);

        if (r == 0)
                r = check_once(in, f);
        for (size_t i = 0; r == 0 && i < f->n_offers; i++)
                r = check_offer(in, f, &f->offers[i]);
        return r;
}

void offer_file_done(struct offer_file *f)
{
        yaml_unbind(offer_file_fields, f);
}
