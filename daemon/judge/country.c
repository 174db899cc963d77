#include "daemon/judge/country.h"

#include "daemon/base/json.h"
#include "daemon/judge/words.h"

#include <errno.h>
#include <string.h>

struct country {
        char *code;
        json_t *title, *at;
        struct yaml_place place;
};

struct country_file {
        char *source, *checked;
        struct country *countries;
        size_t n_countries;
};

#define FIELD(type_, struct_, member_)                                                             \
        {                                                                                          \
                .key = #member_, .type = type_, .offset = offsetof(struct struct_, member_),       \
                .required = true                                                                   \
        }

static const struct yaml_field country_fields[] = {
        FIELD(YAML_STRING, country, code),
        FIELD(YAML_JSON, country, title),
        FIELD(YAML_JSON, country, at),
        { .type = YAML_PLACE, .offset = offsetof(struct country, place) },
        { 0 },
};

static const struct yaml_field file_fields[] = {
        FIELD(YAML_STRING, country_file, source),
        FIELD(YAML_STRING, country_file, checked),
        { .key = "countries",
          .type = YAML_LIST,
          .offset = offsetof(struct country_file, countries),
          .required = true,
          .fields = country_fields,
          .size = sizeof(struct country),
          .count_offset = offsetof(struct country_file, n_countries) },
        { 0 },
};

static bool is_position(const json_t *at)
{
        const json_t *latitude = json_array_get(at, 0), *longitude = json_array_get(at, 1);
        double north = json_number_value(latitude), east = json_number_value(longitude);

        return json_array_size(at) == 2 && json_is_number(latitude) && json_is_number(longitude) &&
               north >= -90 && north <= 90 && east >= -180 && east <= 180;
}

static int add(json_t *map, const struct yaml *y, const struct country *c, struct error *err)
{
        if (strlen(c->code) != 2 || strspn(c->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
                return yaml_error_at(y, c->place, err, "'%s' is no ISO 3166 country code", c->code);
        if (json_object_get(map, c->code))
                return yaml_error_at(y, c->place, err, "country '%s' stands here twice", c->code);
        if (!words_is_text(c->title))
                return yaml_error_at(y, c->place, err, "country '%s': title needs en and fr",
                                     c->code);
        if (!is_position(c->at))
                return yaml_error_at(y, c->place, err,
                                     "country '%s': at is a latitude (-90 to 90) and a longitude "
                                     "(-180 to 180): [47, 2]",
                                     c->code);
        return json_object_set_new(map, c->code,
                                   json_pack("{s:O, s:O}", "title", c->title, "at", c->at)) < 0
                       ? error_oom(err)
                       : 0;
}

int countries_load(json_t **ret, struct data *data, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        json_auto_t *map = json_object();
        struct country_file file = { 0 };
        int r = map ? data_load(data, "regions/countries.yaml", &y, err) : error_oom(err);

        if (r < 0)
                return r;
        r = yaml_bind(y, file_fields, &file, err);
        for (size_t i = 0; r == 0 && i < file.n_countries; i++)
                r = add(map, y, &file.countries[i], err);
        yaml_unbind(file_fields, &file);
        if (r == 0)
                *ret = json_incref(map);
        return r;
}
