#include "daemon/judge/jurisdiction_file.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

#define FIELD(type_, struct_, member_, ...)                                                        \
        {                                                                                          \
                .key = #member_, .type = type_, .offset = offsetof(struct struct_, member_),       \
                __VA_ARGS__                                                                        \
        }
#define KEYED(key_, type_, struct_, member_, ...)                                                  \
        {                                                                                          \
                .key = key_, .type = type_, .offset = offsetof(struct struct_, member_),           \
                __VA_ARGS__                                                                        \
        }
#define ROWS(struct_, member_, fields_, of_, ...)                                                  \
        {                                                                                          \
                .key = #member_, .type = YAML_LIST, .offset = offsetof(struct struct_, member_),   \
                .fields = fields_, .size = sizeof(struct of_),                                     \
                .count_offset = offsetof(struct struct_, n_##member_), __VA_ARGS__                 \
        }
#define PLACE(struct_, member_)                                                                    \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct struct_, member_)                    \
        }
#define TEXT(struct_, member_, ...)                                                                \
        FIELD(YAML_SECTION, struct_, member_, .fields = text_fields, ##__VA_ARGS__)
/* of every row: what it does not say is what its file, or its offer, says */
#define PROVENANCE(struct_)                                                                        \
        KEYED("source", YAML_STRING, struct_, from.source),                                        \
                KEYED("as_of", YAML_STRING, struct_, from.as_of),                                  \
                KEYED("confidence", YAML_STRING, struct_, from.confidence),                        \
                PLACE(struct_, from.place)

static const char *const law_statuses[] = { "in-force", "lapsed-but-operating", NULL };
static const char *const certificate_statuses[] = { "listed",      "claimed", "unverified",
                                                    "in-progress", "absent",  NULL };
static const char *const controls[] = { "eu", "non-eu", "mixed", NULL };

static const struct yaml_field law_fields[] = {
        FIELD(YAML_STRING, exposure_law, id, .required = true),
        FIELD(YAML_STRING, exposure_law, country, .required = true),
        FIELD(YAML_STRING, exposure_law, statute, .required = true),
        TEXT(exposure_law, title, .required = true),
        TEXT(exposure_law, matters, .required = true),
        FIELD(YAML_ENUM, exposure_law, status, .required = true, .names = law_statuses),
        FIELD(YAML_BOOL, exposure_law, unverified),
        TEXT(exposure_law, note),
        PROVENANCE(exposure_law),
        { 0 },
};

static const struct yaml_field country_fields[] = {
        FIELD(YAML_STRING, country_text, code, .required = true),
        TEXT(country_text, of, .required = true),
        { 0 },
};

static const struct yaml_field remark_fields[] = {
        FIELD(YAML_STRING, remark, id, .required = true),
        FIELD(YAML_STRING, remark, date),
        TEXT(remark, text, .required = true),
        PROVENANCE(remark),
        { 0 },
};

static const struct yaml_field law_file_fields[] = {
        FIELD(YAML_STRING, law_file, source, .required = true),
        FIELD(YAML_STRING, law_file, as_of, .required = true),
        ROWS(law_file, laws, law_fields, exposure_law, .required = true),
        ROWS(law_file, countries, country_fields, country_text),
        ROWS(law_file, counterweights, remark_fields, remark),
        ROWS(law_file, cases, remark_fields, remark),
        { 0 },
};

static const struct yaml_field scheme_fields[] = {
        FIELD(YAML_STRING, scheme, id, .required = true),
        FIELD(YAML_STRINGS, scheme, tags),
        FIELD(YAML_BOOL, scheme, levels),
        TEXT(scheme, title, .required = true),
        TEXT(scheme, note),
        PROVENANCE(scheme),
        { 0 },
};

static const struct yaml_field scheme_file_fields[] = {
        FIELD(YAML_STRING, scheme_file, source, .required = true),
        FIELD(YAML_STRING, scheme_file, as_of, .required = true),
        ROWS(scheme_file, schemes, scheme_fields, scheme, .required = true),
        { 0 },
};

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

struct reading {
        struct jurisdictions *j;
        const struct yaml *y;
        struct error *err;
};

static int refuse(const struct reading *in, struct yaml_place place, const char *key,
                  const char *text, const char *why)
{
        return yaml_error_at(in->y, key ? yaml_place_of(in->y, place, key) : place, in->err,
                             "'%s' %s", text, why);
}

static int take_date(const struct reading *in, struct yaml_place place, const char *key,
                     const char *text, uint64_t *ret_usec)
{
        if (text && clock_parse_iso8601(text, ret_usec) < 0)
                return refuse(in, place, key, text, "is no date (YYYY-MM-DD)");
        return 0;
}

/* The last day of a validity still counts. */
static int take_end(const struct reading *in, struct yaml_place place, const char *key,
                    const char *text, uint64_t *ret_usec)
{
        int r = take_date(in, place, key, text, ret_usec);

        if (r == 0 && text)
                *ret_usec += USEC_PER_DAY - 1;
        return r;
}

static int inherit_text(char **to, const char *above)
{
        if (*to)
                return 0;
        *to = strdup(above);
        return *to ? 0 : -ENOMEM;
}

static int take_provenance(const struct reading *in, struct provenance *from, const char *file,
                           const char *source, const char *as_of)
{
        static const char *const words[] = { "high", "medium", "low" };
        bool known = !from->confidence;

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                known = known || strcmp(from->confidence, words[i]) == 0;
        if (!known)
                return refuse(in, from->place, "confidence", from->confidence,
                              "is none of high, medium, low");
        if (inherit_text(&from->source, source) < 0 || inherit_text(&from->as_of, as_of) < 0)
                return error_oom(in->err);
        from->file = file;
        return take_date(in, from->place, "as_of", from->as_of, &from->as_of_usec);
}

static int check_country(const struct reading *in, struct yaml_place place, const char *key,
                         const char *country)
{
        if (strlen(country) == 2 && strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
                return 0;
        return refuse(in, place, key, country, "is no ISO 3166 country code");
}

static int check_regions(const struct reading *in, struct yaml_place place, const char *provider,
                         char *const *regions)
{
        for (; regions && *regions; regions++)
                if (strcmp(*regions, "*") != 0 &&
                    !regions_locate(in->j->regions, provider, *regions, 0).code)
                        return refuse(in, place, "regions", *regions,
                                      "is not in the provider's table of regions");
        return 0;
}

/* ---- exposures.yaml, schemes.yaml --------------------------------------------------------------
 */

static const struct exposure_law *law_of(const struct jurisdictions *j, const char *id)
{
        for (size_t i = 0; i < j->laws.n_laws; i++)
                if (strcmp(j->laws.laws[i].id, id) == 0)
                        return &j->laws.laws[i];
        return NULL;
}

static int check_law(const struct reading *in, struct exposure_law *law)
{
        const struct law_file *f = &in->j->laws;
        int r = take_provenance(in, &law->from, f->name, f->source, f->as_of);

        if (r == 0 && law_of(in->j, law->id) != law)
                r = refuse(in, law->from.place, "id", law->id, "stands here twice");
        if (r == 0)
                r = check_country(in, law->from.place, "country", law->country);
        return r;
}

static int check_remarks(const struct reading *in, struct remark *remarks, size_t n)
{
        const struct law_file *f = &in->j->laws;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                uint64_t usec;

                r = take_provenance(in, &remarks[i].from, f->name, f->source, f->as_of);
                if (r == 0)
                        r = take_date(in, remarks[i].from.place, "date", remarks[i].date, &usec);
        }
        return r;
}

static int read_laws(struct jurisdictions *j, const struct yaml *y, struct error *err)
{
        const struct reading in = { j, y, err };
        struct law_file *f = &j->laws;
        int r = yaml_bind(y, law_file_fields, f, err);

        for (size_t i = 0; r == 0 && i < f->n_laws; i++)
                r = check_law(&in, &f->laws[i]);
        if (r == 0)
                r = check_remarks(&in, f->counterweights, f->n_counterweights);
        if (r == 0)
                r = check_remarks(&in, f->cases, f->n_cases);
        return r;
}

static const struct scheme *scheme_of(const struct jurisdictions *j, const char *id)
{
        for (size_t i = 0; i < j->schemes.n_schemes; i++)
                if (strcmp(j->schemes.schemes[i].id, id) == 0)
                        return &j->schemes.schemes[i];
        return NULL;
}

static int read_schemes(struct jurisdictions *j, const struct yaml *y, struct error *err)
{
        const struct reading in = { j, y, err };
        struct scheme_file *f = &j->schemes;
        int r = yaml_bind(y, scheme_file_fields, f, err);

        for (size_t i = 0; r == 0 && i < f->n_schemes; i++) {
                struct scheme *s = &f->schemes[i];

                r = take_provenance(&in, &s->from, f->name, f->source, f->as_of);
                if (r == 0 && scheme_of(j, s->id) != s)
                        r = refuse(&in, s->from.place, "id", s->id, "stands here twice");
        }
        return r;
}

/* ---- offers ------------------------------------------------------------------------------------
 */

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
        return refuse(in, o->from.place, "control", controls[o->control],
                      european ? "is not what the countries of operator and parent say: both are "
                                 "in the Union"
                               : "is not what the countries of operator and parent say: one is "
                                 "outside the Union");
}

static int check_exposures(const struct reading *in, struct offer *o)
{
        for (size_t i = 0; i < o->n_exposures; i++) {
                struct exposure *e = &o->exposures[i];

                e->of = law_of(in->j, e->law);
                if (!e->of)
                        return refuse(in, e->place, "law", e->law, "is not in exposures.yaml");
                if (e->state && strcmp(e->state, "ordered") != 0 &&
                    strcmp(e->state, "contested") != 0)
                        return refuse(in, e->place, "state", e->state,
                                      "is neither ordered nor contested");
                for (char **c = e->countries; c && *c; c++) {
                        int r = check_country(in, e->place, "countries", *c);

                        if (r < 0)
                                return r;
                }
        }
        for (char **c = o->cases; c && *c; c++)
                if (!jurisdictions_case(in->j, *c))
                        return refuse(in, o->from.place, "cases", *c, "is not in exposures.yaml");
        return 0;
}

static int check_certificate(const struct reading *in, const struct offer_file *f,
                             const struct offer *o, struct certificate *c)
{
        uint64_t usec;
        int r = take_provenance(in, &c->from, f->name, o->from.source, o->from.as_of);

        c->of = scheme_of(in->j, c->scheme);
        if (r == 0 && !c->of)
                r = refuse(in, c->from.place, "scheme", c->scheme, "is not in schemes.yaml");
        if (r == 0 && c->of->levels != (c->level > 0))
                r = refuse(in, c->from.place, "scheme", c->scheme,
                           c->of->levels ? "needs 'level'" : "has no levels");
        if (r == 0)
                r = take_date(in, c->from.place, "valid_from", c->valid_from, &usec);
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
                return refuse(in, o->from.place, "when", o->id,
                              "has 'unseen': nothing tells it from another, so 'when' is too much");
        if (hides_others(f, o))
                return refuse(in, o->from.place, "id", o->id,
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
        int r = take_provenance(in, &o->from, f->name, f->source, f->as_of);

        if (r == 0 && is_twice(in->j, o))
                r = refuse(in, o->from.place, "id", o->id, "stands here twice");
        if (r == 0)
                r = check_when(in, f, o);
        if (r == 0)
                r = check_country(in, o->from.place, "operator", o->owner.country);
        if (r == 0)
                r = check_country(in, o->from.place, "parent", o->parent.country);
        if (r == 0 && o->technology.country)
                r = check_country(in, o->from.place, "technology", o->technology.country);
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

static struct offer_file *add_file(struct jurisdictions *j, const char *name)
{
        struct offer_file *grown = reallocarray(j->files, j->n_files + 1, sizeof(*grown));

        if (!grown)
                return NULL;
        j->files = grown;
        grown[j->n_files] = (struct offer_file){ .name = strdup(name) };
        return grown[j->n_files].name ? &grown[j->n_files++] : NULL;
}

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        struct jurisdictions *j = user;
        const struct reading in = { j, y, err };
        struct offer_file *f;
        int r;

        if (strcmp(name, "exposures.yaml") == 0 || strcmp(name, "schemes.yaml") == 0)
                return 0;
        f = add_file(j, yaml_name(y));
        if (!f)
                return error_oom(err);
        r = yaml_bind(y, offer_file_fields, f, err);
        for (size_t i = 0; r == 0 && i + 1 < j->n_files; i++)
                if (strcmp(j->files[i].provider, f->provider) == 0)
                        r = yaml_error_at(y, yaml_place_of(y, (struct yaml_place){ 0 }, "provider"),
                                          err, "the offers of '%s' stand in %s already",
                                          f->provider, j->files[i].name);
        for (size_t i = 0; r == 0 && i < f->n_offers; i++)
                r = check_offer(&in, f, &f->offers[i]);
        return r;
}

static int read_one(struct jurisdictions *j, struct data *data, const char *file, char **ret_name,
                    int (*read)(struct jurisdictions *, const struct yaml *, struct error *),
                    struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r = data_load(data, file, &y, err);

        if (r < 0)
                return r;
        *ret_name = strdup(yaml_name(y));
        return *ret_name ? read(j, y, err) : error_oom(err);
}

int jurisdictions_load(struct jurisdictions **ret, const struct regions *regions, struct data *data,
                       struct error *err)
{
        _cleanup_(jurisdictions_freep) struct jurisdictions *j = calloc(1, sizeof(*j));
        int r;

        if (!j)
                return error_oom(err);
        j->regions = regions;
        r = read_one(j, data, "jurisdictions/exposures.yaml", &j->laws.name, read_laws, err);
        if (r == 0)
                r = read_one(j, data, "jurisdictions/schemes.yaml", &j->schemes.name, read_schemes,
                             err);
        if (r == 0)
                r = data_each(data, "jurisdictions", read_file, j, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(j);
        return 0;
}

struct jurisdictions *jurisdictions_free(struct jurisdictions *j)
{
        if (!j)
                return NULL;
        for (size_t i = 0; i < j->n_files; i++) {
                yaml_unbind(offer_file_fields, &j->files[i]);
                free(j->files[i].name);
        }
        free(j->files);
        yaml_unbind(law_file_fields, &j->laws);
        free(j->laws.name);
        yaml_unbind(scheme_file_fields, &j->schemes);
        free(j->schemes.name);
        free(j);
        return NULL;
}
