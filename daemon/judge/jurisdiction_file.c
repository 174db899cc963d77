#include "daemon/judge/jurisdiction_read.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

static const char *const law_statuses[] = { "in-force", "lapsed-but-operating", NULL };

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

/* ---- what every row has ------------------------------------------------------------------------
 */

int reading_refuse(const struct reading *in, struct yaml_place place, const char *key,
                   const char *text, const char *why)
{
        return yaml_error_at(in->y, key ? yaml_place_of(in->y, place, key) : place, in->err,
                             "'%s' %s", text, why);
}

int reading_date(const struct reading *in, struct yaml_place place, const char *key,
                 const char *text, uint64_t *ret_usec)
{
        if (text && clock_parse_iso8601(text, ret_usec) < 0)
                return reading_refuse(in, place, key, text, "is no date (YYYY-MM-DD)");
        return 0;
}

static int inherit_text(char **to, const char *above)
{
        if (*to)
                return 0;
        *to = strdup(above);
        return *to ? 0 : -ENOMEM;
}

int reading_provenance(const struct reading *in, struct provenance *from, const char *file,
                       const char *source, const char *as_of)
{
        static const char *const words[] = { "high", "medium", "low" };
        bool known = !from->confidence;

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                known = known || strcmp(from->confidence, words[i]) == 0;
        if (!known)
                return reading_refuse(in, from->place, "confidence", from->confidence,
                                      "is none of high, medium, low");
        if (inherit_text(&from->source, source) < 0 || inherit_text(&from->as_of, as_of) < 0)
                return error_oom(in->err);
        from->file = file;
        return reading_date(in, from->place, "as_of", from->as_of, &from->as_of_usec);
}

int reading_country(const struct reading *in, struct yaml_place place, const char *key,
                    const char *country)
{
        if (strlen(country) == 2 && strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
                return 0;
        return reading_refuse(in, place, key, country, "is no ISO 3166 country code");
}

/* ---- exposures.yaml, schemes.yaml --------------------------------------------------------------
 */

const struct exposure_law *jurisdictions_law(const struct jurisdictions *j, const char *id)
{
        for (size_t i = 0; i < j->laws.n_laws; i++)
                if (strcmp(j->laws.laws[i].id, id) == 0)
                        return &j->laws.laws[i];
        return NULL;
}

static int check_law(const struct reading *in, struct exposure_law *law)
{
        const struct law_file *f = &in->j->laws;
        int r = reading_provenance(in, &law->from, f->name, f->source, f->as_of);

        if (r == 0 && jurisdictions_law(in->j, law->id) != law)
                r = reading_refuse(in, law->from.place, "id", law->id, "stands here twice");
        if (r == 0)
                r = reading_country(in, law->from.place, "country", law->country);
        return r;
}

static int check_remarks(const struct reading *in, struct remark *remarks, size_t n)
{
        const struct law_file *f = &in->j->laws;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                uint64_t usec;

                r = reading_provenance(in, &remarks[i].from, f->name, f->source, f->as_of);
                if (r == 0)
                        r = reading_date(in, remarks[i].from.place, "date", remarks[i].date, &usec);
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

const struct scheme *jurisdictions_scheme(const struct jurisdictions *j, const char *id)
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

                r = reading_provenance(&in, &s->from, f->name, f->source, f->as_of);
                if (r == 0 && jurisdictions_scheme(j, s->id) != s)
                        r = reading_refuse(&in, s->from.place, "id", s->id, "stands here twice");
        }
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

        if (strcmp(name, "exposures.yaml") == 0 || strcmp(name, "schemes.yaml") == 0)
                return 0;
        f = add_file(j, yaml_name(y));
        return f ? offer_file_read(&in, f) : error_oom(err);
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
                offer_file_done(&j->files[i]);
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
