#include "daemon/judge/words.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

static const char *const language_keys[LANGUAGE_MAX] = {
        [LANGUAGE_EN] = "en", [LANGUAGE_FR] = "fr"
};

struct words_file {
        char *source, *as_of;
        json_t *words;
};

static const struct yaml_field words_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct words_file, source),
          .required = true },
        { .key = "as_of",
          .type = YAML_STRING,
          .offset = offsetof(struct words_file, as_of),
          .required = true },
        { .key = "words",
          .type = YAML_JSON,
          .offset = offsetof(struct words_file, words),
          .required = true },
        { 0 },
};

bool words_is_text(const json_t *value)
{
        return json_object_size(value) == LANGUAGE_MAX && json_member_string(value, "en") &&
               json_member_string(value, "fr");
}

static int check_groups(const struct yaml *y, const json_t *groups, struct error *err)
{
        static const char *const needed[] = { "service_types", "roles",   "verdicts",
                                              "severities",    "states",  "areas",
                                              "risks",         "parties", "places" };
        const char *group, *id;
        json_t *entries, *text;

        for (size_t i = 0; i < ELEMENTSOF(needed); i++)
                if (!json_is_object(json_object_get(groups, needed[i])))
                        return error_set(err, -EINVAL, "%s:1:1: words.%s is missing", yaml_name(y),
                                         needed[i]);
        if (!words_is_text(json_object_get(groups, "disclaimer")))
                return error_set(err, -EINVAL, "%s:1:1: words.disclaimer needs en and fr",
                                 yaml_name(y));
        json_object_foreach((json_t *)groups, group, entries)
        {
                if (words_is_text(entries))
                        continue;
                json_object_foreach(entries, id, text) if (!words_is_text(text)) return error_set(
                        err, -EINVAL, "%s:1:1: words.%s.%s needs en and fr", yaml_name(y), group,
                        id);
        }
        return 0;
}

int words_load(struct words *w, struct data *data, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct words_file file = { 0 };
        int r;

        r = data_load(data, "law/words.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, words_fields, &file, err);
        if (r == 0)
                r = check_groups(y, file.words, err);
        if (r == 0)
                w->groups = TAKE_PTR(file.words);
        yaml_unbind(words_fields, &file);
        return r;
}

void words_done(struct words *w)
{
        json_decref(w->groups);
        w->groups = NULL;
}

const char *words_of(const struct words *w, const char *group, const char *id,
                     enum language language)
{
        const json_t *text = json_object_get(json_object_get(w->groups, group), id);
        const char *word = json_member_string(text, language_keys[language]);

        return word ? word : id;
}
