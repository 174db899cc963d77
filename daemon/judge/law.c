#include "daemon/judge/law.h"

#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"

#include <string.h>

struct law {
        char *source, *as_of;
        struct law_date *dates;
        size_t n_dates;
};

#define TEXT_FIELD(name, need)                                                                     \
        {                                                                                          \
                .key = #name, .type = YAML_STRING, .offset = offsetof(struct law_date, name),      \
                .required = need                                                                   \
        }

static const struct yaml_field date_fields[] = {
        TEXT_FIELD(id, true),
        TEXT_FIELD(date, true),
        TEXT_FIELD(basis, true),
        TEXT_FIELD(status, true),
        TEXT_FIELD(source, true),
        TEXT_FIELD(as_of, true),
        TEXT_FIELD(scope, false),
        TEXT_FIELD(was, false),
        TEXT_FIELD(superseded_by, false),
        { .key = "provisions",
          .type = YAML_STRINGS,
          .offset = offsetof(struct law_date, provisions) },
        { .key = "title",
          .type = YAML_JSON,
          .offset = offsetof(struct law_date, title),
          .required = true },
        { .type = YAML_PLACE, .offset = offsetof(struct law_date, place) },
        { 0 },
};

static const struct yaml_field law_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct law, source),
          .required = true },
        { .key = "as_of",
          .type = YAML_STRING,
          .offset = offsetof(struct law, as_of),
          .required = true },
        { .key = "dates",
          .type = YAML_LIST,
          .offset = offsetof(struct law, dates),
          .required = true,
          .fields = date_fields,
          .size = sizeof(struct law_date),
          .count_offset = offsetof(struct law, n_dates) },
        { 0 },
};

const struct law_date *law_find(const struct law *l, const char *id)
{
        for (size_t i = 0; i < l->n_dates; i++)
                if (strcmp(l->dates[i].id, id) == 0)
                        return &l->dates[i];
        return NULL;
}

void law_offer(const struct law *l, struct nearest *near)
{
        for (size_t i = 0; i < l->n_dates; i++)
                nearest_offer(near, l->dates[i].id);
}

struct law_state law_state(const struct law *l, const char *id, uint64_t date_usec)
{
        const struct law_date *d = id ? law_find(l, id) : NULL;
        uint64_t today_usec = date_usec - date_usec % USEC_PER_DAY;

        if (!d)
                return (struct law_state){ .name = "not-dated" };
        if (d->from_usec <= today_usec)
                return (struct law_state){ .name = "in-application", .date = d->date };
        return (struct law_state){ .name = "upcoming", .date = d->date, .upcoming = true };
}

#define DATE_ERROR(key, ...) yaml_error_at(y, yaml_place_of(y, d->place, key), err, __VA_ARGS__)

static int check_date(const struct law *l, const struct yaml *y, struct law_date *d,
                      struct error *err)
{
        struct nearest near = NEAREST_TO(d->superseded_by ? d->superseded_by : "");
        char hint[NEAREST_HINT_MAX];
        uint64_t before_usec;
        const struct law_date *other;

        if (clock_parse_day(d->date, &d->from_usec) < 0)
                return DATE_ERROR("date", "'%s' is no date: write the day as 2027-12-02", d->date);
        if (d->was && clock_parse_day(d->was, &before_usec) < 0)
                return DATE_ERROR("was", "'%s' is no date: write the day as 2027-12-02", d->was);
        other = law_find(l, d->id);
        if (other != d)
                return DATE_ERROR("id", "'%s' stands here twice, first in line %d: rename one",
                                  d->id, other->place.line);
        if (d->superseded_by && !law_find(l, d->superseded_by)) {
                law_offer(l, &near);
                return DATE_ERROR("superseded_by", "superseded by '%s', which is not here%s",
                                  d->superseded_by, nearest_hint(&near, hint));
        }
        return 0;
}

int law_load(struct law **ret, struct data *data, struct error *err)
{
        _cleanup_(law_freep) struct law *l = calloc(1, sizeof(*l));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!l)
                return error_oom(err);
        r = data_load(data, "law/dates.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, law_fields, l, err);
        for (size_t i = 0; r == 0 && i < l->n_dates; i++)
                r = check_date(l, y, &l->dates[i], err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(l);
        return 0;
}

struct law *law_free(struct law *l)
{
        if (!l)
                return NULL;
        yaml_unbind(law_fields, l);
        free(l);
        return NULL;
}

json_t *law_json(const struct law *l)
{
        json_t *all = json_object();

        for (size_t i = 0; all && i < l->n_dates; i++) {
                const struct law_date *d = &l->dates[i];

                if (json_object_set_new(all, d->id,
                                        json_pack("{s:s, s:O, s:s, s:s*}", "date", d->date, "title",
                                                  d->title, "basis", d->basis, "was", d->was)) <
                    0) {
                        json_decref(all);
                        return NULL;
                }
        }
        return all;
}
