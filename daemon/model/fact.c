#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

static const char *const state_names[] = {
        [FACT_ABSENT] = "absent",
        [FACT_KNOWN] = "known",
        [FACT_UNKNOWN] = "unknown",
};

const char *fact_state_name(enum fact_state state)
{
        return state_names[state];
}

static int fact_set_take(json_t *facts, const char *name, json_t *fact, int evidence)
{
        if (fact && evidence >= 0)
                (void)json_object_set_new(fact, "evidence", json_integer(evidence));
        return fact && json_object_set_new(facts, name, fact) == 0 ? 0 : -ENOMEM;
}

int fact_set_known_take(json_t *facts, const char *name, json_t *value, int evidence)
{
        return fact_set_take(facts, name, json_pack("{s:s, s:o}", "state", "known", "value", value),
                             evidence);
}

int fact_set_absent(json_t *facts, const char *name, int evidence)
{
        return fact_set_take(facts, name, json_pack("{s:s}", "state", "absent"), evidence);
}

int fact_set_unknown(json_t *facts, const char *name, const char *cause)
{
        return fact_set_take(facts, name,
                             json_pack("{s:s, s:s}", "state", "unknown", "cause", cause), -1);
}

enum fact_state fact_get(const json_t *facts, const char *name, const json_t **ret_value,
                         const char **ret_cause)
{
        const json_t *fact = json_object_get(facts, name), *value = json_object_get(fact, "value");
        const char *state = json_string_value(json_object_get(fact, "state"));
        const char *cause = json_string_value(json_object_get(fact, "cause"));

        if (state && strcmp(state, "absent") == 0)
                return FACT_ABSENT;
        if (state && strcmp(state, "known") == 0 && value) {
                if (ret_value)
                        *ret_value = value;
                return FACT_KNOWN;
        }
        if (ret_cause)
                *ret_cause = cause ? cause : "not collected";
        return FACT_UNKNOWN;
}

int fact_evidence(const json_t *facts, const char *name)
{
        const json_t *index = json_object_get(json_object_get(facts, name), "evidence");

        return json_is_integer(index) ? (int)json_integer_value(index) : -1;
}
