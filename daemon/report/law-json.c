#include "daemon/report/law-json.h"

#include "daemon/base/json.h"
#include "daemon/report/report.h"
#include "daemon/report/stream.h"

static void put_word(json_t *row, const char *key, const json_t *words, const char *group,
                     const char *code, enum language language)
{
        (void)json_object_set_new(row, key,
                                  json_stream_text(report_word(words, group, code, language)));
}

json_t *law_roles_json(const json_t *description, const json_t *words, enum language language)
{
        json_t *row = json_object(), *role;
        const char *party;

        json_object_foreach(json_object_get(description, "roles"), party, role)
        {
                json_t *published = json_copy(role);

                put_word(published, "reason", words, "reasons", json_member_string(role, "reason"),
                         language);
                (void)json_object_set_new(row, party, published);
        }
        return row;
}

json_t *law_duties_json(const json_t *description, const json_t *words, enum language language)
{
        json_t *list = json_array(), *duty;
        size_t i;

        json_array_foreach(json_object_get(description, "duties"), i, duty)
        {
                const char *only = json_member_string(duty, "only");
                json_t *published = json_copy(duty);

                if (only)
                        put_word(published, "only", words, "only", only, language);
                (void)json_array_append_new(list, published);
        }
        return list;
}

json_t *law_conditions_json(const json_t *description, const json_t *words, enum language language)
{
        json_t *list = json_array(), *condition;
        size_t i;

        json_array_foreach(json_object_get(description, "conditions"), i, condition)
        {
                const json_t *cause = json_object_get(condition, "cause");
                json_t *published = json_copy(condition);

                put_word(published, "text", words, "reasons",
                         json_member_string(condition, "reason"), language);
                if (json_is_object(cause))
                        (void)json_object_set_new(
                                published, "cause",
                                json_stream_text(report_rule_text(condition, "cause", language)));
                (void)json_array_append_new(list, published);
        }
        return list;
}
