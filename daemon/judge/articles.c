#include "daemon/judge/articles.h"

#include "daemon/base/number.h"
#include "daemon/judge/words.h"
#include "daemon/model/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { PROVISION_MAX = 128, RANGE_MAX = 200 };

struct article {
        char *id;
        struct text title, text;
        struct yaml_place place;
};

struct articles {
        char *source, *as_of;
        json_t *acts;
        struct article *list;
        size_t n;
};

static const struct yaml_field article_fields[] = {
        { .key = "id",
          .type = YAML_STRING,
          .offset = offsetof(struct article, id),
          .required = true },
        { .key = "title",
          .type = YAML_SECTION,
          .offset = offsetof(struct article, title),
          .required = true,
          .fields = text_fields },
        { .key = "text",
          .type = YAML_SECTION,
          .offset = offsetof(struct article, text),
          .required = true,
          .fields = text_fields },
        { .type = YAML_PLACE, .offset = offsetof(struct article, place) },
        { 0 },
};

static const struct yaml_field articles_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct articles, source),
          .required = true },
        { .key = "as_of",
          .type = YAML_STRING,
          .offset = offsetof(struct articles, as_of),
          .required = true },
        { .key = "acts",
          .type = YAML_JSON,
          .offset = offsetof(struct articles, acts),
          .required = true },
        { .key = "articles",
          .type = YAML_LIST,
          .offset = offsetof(struct articles, list),
          .required = true,
          .fields = article_fields,
          .size = sizeof(struct article),
          .count_offset = offsetof(struct articles, n) },
        { 0 },
};

/* ---- reading
 * ---------------------------------------------------------------------------------------- */

static const struct article *find(const struct articles *a, const char *id)
{
        for (size_t i = 0; i < a->n; i++)
                if (strcmp(a->list[i].id, id) == 0)
                        return &a->list[i];
        return NULL;
}

static int check(const struct articles *a, const struct yaml *y, struct error *err)
{
        const char *act;
        json_t *text;

        json_object_foreach(a->acts, act, text) if (!words_is_text(text)) return yaml_error_at(
                y, yaml_place_of(y, (struct yaml_place){ 0 }, "acts"), err,
                "acts.%s needs en and fr", act);
        for (size_t i = 0; i < a->n; i++)
                if (find(a, a->list[i].id) != &a->list[i])
                        return yaml_error_at(y, a->list[i].place, err, "'%s' stands here twice",
                                             a->list[i].id);
        return 0;
}

int articles_load(struct articles **ret, struct data *data, struct error *err)
{
        _cleanup_(articles_freep) struct articles *a = calloc(1, sizeof(*a));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!a)
                return error_oom(err);
        r = data_load(data, "law/articles.yaml", &y, err);
        if (r == 0)
                r = yaml_bind(y, articles_fields, a, err);
        if (r == 0)
                r = check(a, y, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

struct articles *articles_free(struct articles *a)
{
        if (!a)
                return NULL;
        yaml_unbind(articles_fields, a);
        free(a);
        return NULL;
}

/* ---- what a provision leads to
 * ---------------------------------------------------------------------- */

/* "AIA" of "AIA 26(6)": what stands before the first number; 0 when nothing does. */
static size_t act_length(const char *provision)
{
        for (const char *p = provision; (p = strchr(p, ' ')); p++)
                if (isdigit((unsigned char)p[1]))
                        return (size_t)(p - provision);
        return 0;
}

static bool take(const struct articles *a, const char *id, json_t *ids)
{
        return find(a, id) && json_array_append_new(ids, json_string(id)) == 0;
}

/* "9-15": each of them. */
static bool take_range(const struct articles *a, const char *act, const char *part, json_t *ids)
{
        char first[16], id[PROVISION_MAX + 32];
        size_t length = strspn(part, "0123456789");
        uint64_t from, to;

        if (part[length] != '-' || length >= sizeof(first))
                return false;
        (void)snprintf(first, sizeof(first), "%.*s", (int)length, part);
        if (number_parse_u64(first, &from) < 0 || number_parse_u64(part + length + 1, &to) < 0 ||
            to < from || to - from > RANGE_MAX)
                return false;
        for (uint64_t i = from; i <= to; i++) {
                (void)snprintf(id, sizeof(id), "%s %llu", act, (unsigned long long)i);
                if (!take(a, id, ids))
                        return false;
        }
        return true;
}

/* "26(6)", "3(3)-(8)": as it stands, else without its last paragraph, and so on. */
static bool take_part(const struct articles *a, const char *act, const char *part, json_t *ids)
{
        char id[PROVISION_MAX];
        int n = snprintf(id, sizeof(id), "%s %s", act, part);
        char *cut;

        if (n < 0 || (size_t)n >= sizeof(id))
                return false;
        while (!find(a, id)) {
                cut = strrchr(id, '(');
                if (!cut)
                        return take_range(a, act, part, ids);
                while (cut > id && (cut[-1] == '-' || cut[-1] == ' '))
                        cut--;
                *cut = '\0';
        }
        return take(a, id, ids);
}

json_t *articles_resolve(const struct articles *a, const char *provision)
{
        json_auto_t *ids = json_array();
        char act[PROVISION_MAX], part[PROVISION_MAX];
        size_t length = act_length(provision);
        const char *p = provision + length;

        if (!ids)
                return NULL;
        if (take(a, provision, ids))
                return json_incref(ids);
        if (length == 0 || length >= sizeof(act))
                return NULL;
        (void)snprintf(act, sizeof(act), "%.*s", (int)length, provision);
        while (*(p += strspn(p, ", "))) {
                size_t n = strcspn(p, ",");

                (void)snprintf(part, sizeof(part), "%.*s", (int)n, p);
                if (n >= sizeof(part) || !take_part(a, act, part, ids))
                        return NULL;
                p += n;
        }
        return json_array_size(ids) > 0 ? json_incref(ids) : NULL;
}

json_t *articles_json(const struct articles *a)
{
        json_auto_t *all = json_object();

        for (size_t i = 0; all && i < a->n; i++) {
                const struct article *one = &a->list[i];
                json_t *row = json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "title", "en",
                                        text_in(&one->title, LANGUAGE_EN), "fr",
                                        text_in(&one->title, LANGUAGE_FR), "text", "en",
                                        text_in(&one->text, LANGUAGE_EN), "fr",
                                        text_in(&one->text, LANGUAGE_FR));

                if (json_object_set_new(all, one->id, row) < 0)
                        return NULL;
        }
        return all ? json_pack("{s:O, s:O}", "acts", a->acts, "articles", all) : NULL;
}
