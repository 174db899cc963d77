#include "daemon/judge/region.h"

#include "daemon/base/clock.h"
#include "daemon/base/list.h"

#include <errno.h>
#include <regex.h>
#include <string.h>
#include <strings.h>

enum { REGION_MAX = 128 };

struct region_row {
        char **codes;
        char *match; /* of a pattern */
        char *country;
        char **countries;
        char *area;
        char *city, *partition;
        bool opt_in;
        json_t *note;
        regex_t regex;
        bool compiled;
        struct yaml_place place;
};

struct region_file {
        char *provider, *source, *checked, *zone;
        char **also; /* providers whose codes it uses beside its own */
        struct region_row *regions, *patterns;
        size_t n_regions, n_patterns;
        regex_t zone_regex;
        bool zone_compiled;
};

struct territory {
        char *code, *of;
};

struct area {
        char *id;
        json_t *title;
        char **countries, **includes, **excluded;
        struct territory *territories;
        size_t n_territories;
        bool decisions;
        struct yaml_place place;
};

struct area_file {
        char *source, *checked;
        struct area *areas;
        size_t n_areas;
        struct decision *decisions;
        size_t n_decisions;
};

struct regions {
        struct area_file areas;
        struct region_file *files;
        size_t n_files;
};

#define FIELD(type_, struct_, member_, ...)                                                        \
        {                                                                                          \
                .key = #member_, .type = type_, .offset = offsetof(struct struct_, member_),       \
                __VA_ARGS__                                                                        \
        }
#define ROWS(struct_, key_, array_, count_, fields_, of_)                                          \
        {                                                                                          \
                .key = key_, .type = YAML_LIST, .offset = offsetof(struct struct_, array_),        \
                .fields = fields_, .size = sizeof(struct of_),                                     \
                .count_offset = offsetof(struct struct_, count_)                                   \
        }
#define PLACE(struct_)                                                                             \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct struct_, place)                      \
        }

static const struct yaml_field region_row_fields[] = {
        { .key = "code", .type = YAML_STRINGS, .offset = offsetof(struct region_row, codes) },
        FIELD(YAML_STRING, region_row, match),
        FIELD(YAML_STRING, region_row, country),
        FIELD(YAML_STRINGS, region_row, countries),
        FIELD(YAML_STRING, region_row, area),
        FIELD(YAML_STRING, region_row, city),
        FIELD(YAML_STRING, region_row, partition),
        FIELD(YAML_BOOL, region_row, opt_in),
        FIELD(YAML_JSON, region_row, note),
        PLACE(region_row),
        { 0 },
};

static const struct yaml_field region_file_fields[] = {
        FIELD(YAML_STRING, region_file, provider, .required = true),
        FIELD(YAML_STRING, region_file, source, .required = true),
        FIELD(YAML_STRING, region_file, checked, .required = true),
        FIELD(YAML_STRING, region_file, zone),
        FIELD(YAML_STRINGS, region_file, also),
        ROWS(region_file, "regions", regions, n_regions, region_row_fields, region_row),
        ROWS(region_file, "patterns", patterns, n_patterns, region_row_fields, region_row),
        { 0 },
};

static const struct yaml_field territory_fields[] = {
        FIELD(YAML_STRING, territory, code, .required = true),
        FIELD(YAML_STRING, territory, of, .required = true),
        { 0 },
};

static const struct yaml_field area_fields[] = {
        FIELD(YAML_STRING, area, id, .required = true),
        FIELD(YAML_JSON, area, title),
        FIELD(YAML_STRINGS, area, countries),
        FIELD(YAML_STRINGS, area, includes),
        FIELD(YAML_STRINGS, area, excluded),
        ROWS(area, "territories", territories, n_territories, territory_fields, territory),
        FIELD(YAML_BOOL, area, decisions),
        PLACE(area),
        { 0 },
};

static const struct yaml_field decision_fields[] = {
        FIELD(YAML_STRING, decision, country, .required = true),
        { .key = "decision",
          .type = YAML_STRING,
          .offset = offsetof(struct decision, number),
          .required = true },
        FIELD(YAML_STRING, decision, adopted, .required = true),
        FIELD(YAML_STRING, decision, expires),
        FIELD(YAML_STRING, decision, source, .required = true),
        FIELD(YAML_STRING, decision, as_of),
        FIELD(YAML_JSON, decision, scope),
        PLACE(decision),
        { 0 },
};

static const struct yaml_field area_file_fields[] = {
        FIELD(YAML_STRING, area_file, source, .required = true),
        FIELD(YAML_STRING, area_file, checked, .required = true),
        ROWS(area_file, "areas", areas, n_areas, area_fields, area),
        ROWS(area_file, "decisions", decisions, n_decisions, decision_fields, decision),
        { 0 },
};

/* ---- areas --------------------------------------------------------------------------------- */

static bool is_country(const char *text)
{
        return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static const struct area *area_find(const struct regions *t, const char *id)
{
        for (size_t i = 0; id && i < t->areas.n_areas; i++)
                if (strcasecmp(t->areas.areas[i].id, id) == 0)
                        return &t->areas.areas[i];
        return NULL;
}

const struct decision *regions_decision(const struct regions *t, const char *country)
{
        for (size_t i = 0; country && i < t->areas.n_decisions; i++)
                if (strcasecmp(t->areas.decisions[i].country, country) == 0)
                        return &t->areas.decisions[i];
        return NULL;
}

static bool area_holds(const struct regions *t, const struct area *a, const char *country,
                       uint64_t date_usec)
{
        const struct decision *d = a->decisions ? regions_decision(t, country) : NULL;

        if (list_has_nocase(a->countries, country))
                return true;
        for (size_t i = 0; i < a->n_territories; i++)
                if (strcasecmp(a->territories[i].code, country) == 0)
                        return true;
        return d && (d->expires_usec == 0 || date_usec <= d->expires_usec);
}

/* In the order of the file: eu, eea, adequate. */
const char *regions_country_area(const struct regions *t, const char *country, uint64_t date_usec)
{
        for (size_t i = 0; i < t->areas.n_areas; i++)
                if (area_holds(t, &t->areas.areas[i], country, date_usec))
                        return t->areas.areas[i].id;
        return "other";
}

/* How far down the list an area stands: what is allowed there is allowed above it. -1 for no area.
 */
static int area_rank(const struct regions *t, const char *id)
{
        const struct area *a = area_find(t, id);

        return a && strcmp(a->id, "other") != 0 && strcmp(a->id, "unknown") != 0
                       ? (int)(a - t->areas.areas)
                       : -1;
}

bool regions_area_known(const struct regions *t, const char *word)
{
        return strcmp(word, "any") == 0 || area_rank(t, word) >= 0 || is_country(word);
}

/* ---- regions -------------------------------------------------------------------------------- */

bool regions_is_placeless(const char *region)
{
        static const char word[] = "global";
        size_t length = strlen(region), word_length = sizeof(word) - 1;

        if (length == 0 || strcasecmp(region, word) == 0)
                return true;
        return length > word_length && strcasecmp(region + length - word_length, word) == 0 &&
               region[length - word_length - 1] == '-';
}

static const struct region_row *row_exact(const struct region_file *f, const char *code)
{
        for (size_t i = 0; i < f->n_regions; i++)
                if (list_has_nocase(f->regions[i].codes, code))
                        return &f->regions[i];
        return NULL;
}

static const struct region_row *row_pattern(const struct region_file *f, const char *code)
{
        size_t length = strlen(code);
        regmatch_t m;

        for (size_t i = 0; i < f->n_patterns; i++)
                if (regexec(&f->patterns[i].regex, code, 1, &m, 0) == 0 && m.rm_so == 0 &&
                    (size_t)m.rm_eo == length)
                        return &f->patterns[i];
        return NULL;
}

static const struct region_row *row_find(const struct region_file *f, const char *code)
{
        const struct region_row *row = row_exact(f, code);
        char region[REGION_MAX];
        regmatch_t m;

        if (!row)
                row = row_pattern(f, code);
        if (row || !f->zone_compiled || strlen(code) >= sizeof(region) ||
            regexec(&f->zone_regex, code, 1, &m, 0) != 0)
                return row;
        memcpy(region, code, (size_t)m.rm_so);
        region[m.rm_so] = '\0';
        return row_exact(f, region);
}

static const struct region_file *file_of(const struct regions *t, const char *provider)
{
        for (size_t i = 0; provider && i < t->n_files; i++)
                if (strcmp(t->files[i].provider, provider) == 0)
                        return &t->files[i];
        return NULL;
}

/* Who runs in other clouds calls its regions as they do. */
static const struct region_row *row_of(const struct regions *t, const char *provider,
                                       const char *region)
{
        const struct region_file *f = file_of(t, provider);
        const struct region_row *row = f && region ? row_find(f, region) : NULL;

        for (char **other = f && region ? f->also : NULL; !row && other && *other; other++)
                row = row_find(file_of(t, *other), region);
        return row;
}

const char *regions_partition(const struct regions *t, const char *provider, const char *region)
{
        const struct region_row *row =
                region && !regions_is_placeless(region) ? row_of(t, provider, region) : NULL;

        if (!row)
                return NULL;
        return row->partition ? row->partition : provider;
}

/* The widest area among a multi-region's countries: it is where its data may be. */
static const char *countries_area(const struct regions *t, char *const *countries,
                                  uint64_t date_usec)
{
        const char *worst = NULL;

        for (; *countries; countries++) {
                const char *area = regions_country_area(t, *countries, date_usec);
                int rank = area_rank(t, area);

                if (rank < 0)
                        return area;
                if (!worst || rank > area_rank(t, worst))
                        worst = area;
        }
        return worst ? worst : "unknown";
}

struct location regions_locate(const struct regions *t, const char *provider, const char *region,
                               uint64_t date_usec)
{
        const struct region_row *row = row_of(t, provider, region);
        struct location at = { .area = "unknown" };

        if (!row)
                return at;
        at.code = row->codes ? row->codes[0] : region;
        if (row->country) {
                at.country = row->country;
                at.area = regions_country_area(t, row->country, date_usec);
                at.named = true;
        } else if (row->countries) {
                at.countries = row->countries;
                at.area = countries_area(t, row->countries, date_usec);
        } else {
                at.area = row->area;
        }
        return at;
}

static bool country_within(const struct regions *t, const char *country, const char *area,
                           const char *const *areas, uint64_t date_usec)
{
        int rank = country ? area_rank(t, regions_country_area(t, country, date_usec))
                           : area_rank(t, area);

        for (; *areas; areas++) {
                int allowed = area_rank(t, *areas);

                if (strcmp(*areas, "any") == 0 || (allowed >= 0 && rank >= 0 && rank <= allowed) ||
                    (country && strcasecmp(*areas, country) == 0))
                        return true;
        }
        return false;
}

bool regions_country_within(const struct regions *t, const char *country, const char *const *areas,
                            uint64_t date_usec)
{
        return country_within(t, country, NULL, areas, date_usec);
}

enum within regions_within(const struct regions *t, const char *provider, const char *region,
                           const char *const *areas, uint64_t date_usec)
{
        const struct region_row *row = row_of(t, provider, region);

        if (!row || (row->area && strcmp(row->area, "unknown") == 0))
                return WITHIN_UNKNOWN;
        if (!row->countries)
                return country_within(t, row->country, row->area, areas, date_usec) ? WITHIN_YES
                                                                                    : WITHIN_NO;
        for (char *const *c = row->countries; *c; c++)
                if (!country_within(t, *c, NULL, areas, date_usec))
                        return WITHIN_NO;
        return WITHIN_YES;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int compile(const struct yaml *y, struct yaml_place place, const char *pattern,
                   regex_t *regex, struct error *err)
{
        if (regcomp(regex, pattern, REG_EXTENDED | REG_ICASE) != 0)
                return yaml_error_at(y, place, err, "'%s' is no regular expression", pattern);
        return 0;
}

static int check_row(const struct regions *t, const struct yaml *y, struct region_row *row,
                     bool pattern, struct error *err)
{
        int says = (row->country != NULL) + (row->countries != NULL) + (row->area != NULL), r;

        if (pattern ? !row->match || row->codes : !row->codes || row->match)
                return yaml_error_at(y, row->place, err, "'%s' is missing",
                                     pattern ? "match" : "code");
        if (says != 1)
                return yaml_error_at(y, row->place, err,
                                     "one of 'country', 'countries', 'area' is needed");
        if (row->country && !is_country(row->country))
                return yaml_error_at(y, row->place, err, "'%s' is no ISO 3166 country code",
                                     row->country);
        for (char **c = row->countries; c && *c; c++)
                if (!is_country(*c))
                        return yaml_error_at(y, row->place, err, "'%s' is no ISO 3166 country code",
                                             *c);
        if (row->area && !area_find(t, row->area))
                return yaml_error_at(y, row->place, err, "'%s' is no area", row->area);
        if (!pattern)
                return 0;
        r = compile(y, row->place, row->match, &row->regex, err);
        row->compiled = r == 0;
        return r;
}

static int check_codes_once(const struct region_file *f, const struct yaml *y, struct error *err)
{
        for (size_t i = 0; i < f->n_regions; i++)
                for (char **c = f->regions[i].codes; *c; c++)
                        if (row_exact(f, *c) != &f->regions[i])
                                return yaml_error_at(y, f->regions[i].place, err,
                                                     "region '%s' stands here twice", *c);
        return 0;
}

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        struct regions *t = user;
        struct region_file *f, *grown;
        int r = 0;

        if (strcmp(name, "areas.yaml") == 0 || strcmp(name, "countries.yaml") == 0)
                return 0;
        grown = reallocarray(t->files, t->n_files + 1, sizeof(*grown));
        if (!grown)
                return error_oom(err);
        t->files = grown;
        f = &grown[t->n_files++];
        *f = (struct region_file){ 0 };
        r = yaml_bind(y, region_file_fields, f, err);
        if (r < 0)
                return r;
        for (size_t i = 0; r == 0 && i < f->n_regions; i++)
                r = check_row(t, y, &f->regions[i], false, err);
        for (size_t i = 0; r == 0 && i < f->n_patterns; i++)
                r = check_row(t, y, &f->patterns[i], true, err);
        if (r == 0)
                r = check_codes_once(f, y, err);
        if (r == 0 && f->zone) {
                r = compile(y, (struct yaml_place){ 1, 1 }, f->zone, &f->zone_regex, err);
                f->zone_compiled = r == 0;
        }
        return r;
}

static int read_areas(struct regions *t, struct data *data, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        r = data_load(data, "regions/areas.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, area_file_fields, &t->areas, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < t->areas.n_decisions; i++) {
                struct decision *d = &t->areas.decisions[i];

                if (d->expires && clock_parse_iso8601(d->expires, &d->expires_usec) < 0)
                        return yaml_error_at(y, d->place, err, "'%s' is no date", d->expires);
                if (d->expires)
                        d->expires_usec += USEC_PER_DAY - 1; /* its last day still counts */
        }
        return 0;
}

/* Once all are read: the files that another names are there. */
static int check_also(const struct regions *t, struct error *err)
{
        for (size_t i = 0; i < t->n_files; i++)
                for (char **other = t->files[i].also; other && *other; other++)
                        if (!file_of(t, *other))
                                return error_set(err, -EINVAL,
                                                 "regions of '%s': also: there is no table of '%s'",
                                                 t->files[i].provider, *other);
        return 0;
}

int regions_load(struct regions **ret, struct data *data, struct error *err)
{
        _cleanup_(regions_freep) struct regions *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return error_oom(err);
        r = read_areas(t, data, err);
        if (r < 0)
                return r;
        r = data_each(data, "regions", read_file, t, err);
        if (r == 0)
                r = check_also(t, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(t);
        return 0;
}

struct regions *regions_free(struct regions *t)
{
        if (!t)
                return NULL;
        for (size_t i = 0; i < t->n_files; i++) {
                struct region_file *f = &t->files[i];

                for (size_t k = 0; k < f->n_patterns; k++)
                        if (f->patterns[k].compiled)
                                regfree(&f->patterns[k].regex);
                if (f->zone_compiled)
                        regfree(&f->zone_regex);
                yaml_unbind(region_file_fields, f);
        }
        free(t->files);
        yaml_unbind(area_file_fields, &t->areas);
        free(t);
        return NULL;
}

/* ---- for reports ----------------------------------------------------------------------------- */

static json_t *row_json(const struct regions *t, const struct region_row *row)
{
        json_t *place = json_object();
        const char *area = row->country     ? regions_country_area(t, row->country, 0)
                           : row->countries ? countries_area(t, row->countries, 0)
                                            : row->area;

        if (row->country)
                (void)json_object_set_new(place, "country", json_string(row->country));
        (void)json_object_set_new(place, "area", json_string(area));
        return place;
}

/* What the provider's own table does not have; its own stand first. */
static int add_rows(const struct regions *t, const struct region_file *f, json_t *map)
{
        for (size_t i = 0; i < f->n_regions; i++)
                for (char **code = f->regions[i].codes; *code; code++)
                        if (!json_object_get(map, *code) &&
                            json_object_set_new(map, *code, row_json(t, &f->regions[i])) < 0)
                                return -ENOMEM;
        return 0;
}

json_t *regions_json(const struct regions *t)
{
        json_auto_t *all = json_object();

        for (size_t i = 0; i < t->n_files; i++) {
                const struct region_file *f = &t->files[i];
                json_auto_t *map = json_object();
                int r = map ? add_rows(t, f, map) : -ENOMEM;

                for (char **other = f->also; r == 0 && other && *other; other++) {
                        const struct region_file *more = file_of(t, *other);

                        r = more ? add_rows(t, more, map) : 0;
                }
                if (r < 0 || json_object_set(all, f->provider, map) < 0)
                        return NULL;
        }
        return json_incref(all);
}
