/* Who answers for what. */
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"

#include <errno.h>
#include <string.h>

static json_t *roles_of(const struct pack_collecting *c, const json_t *party)
{
        json_t *list = json_array(), *n;
        const char *role;

        json_object_foreach(json_object_get(party, "roles"), role, n)(void) json_array_append_new(
                list, json_pack("{s:s, s:s}", "role", role, "title", pack_word(c, "roles", role)));
        return list;
}

static json_t *duties_of(const struct pack_collecting *c, const json_t *type, const json_t *party)
{
        const json_t *all = json_object_get(type, "resources");
        json_t *list = json_array(), *duty;
        const char *key;

        json_object_foreach(json_object_get(party, "duties"), key, duty)
        {
                const char *article = json_member_string(duty, "article"),
                           *only = json_member_string(duty, "only"),
                           *from = json_member_string(duty, "applies_from");
                bool some = !json_equal((json_t *)all, json_object_get(duty, "resources"));
                char name[EXPLAIN_TITLE_MAX], state[EXPLAIN_SHORT_MAX];

                (void)explain_state(&c->e, json_member_string(duty, "state"), from,
                                    (long)json_integer_value(json_object_get(duty, "in_days")),
                                    state, sizeof(state));
                (void)json_array_append_new(
                        list, json_pack("{s:s, s:s, s:s?, s:s, s:s?, s:b}", "article",
                                        article ? article : "-", "title",
                                        explain_titled(&c->e, article ? article : "-", name,
                                                       sizeof(name)),
                                        "applies_from", from, "state", state, "only",
                                        only ? pack_word(c, "only", only) : NULL, "some", some));
        }
        return list;
}

static json_t *service_of(struct pack_collecting *c, const char *id, const json_t *type)
{
        static const char *const parties[] = { "cloud", "customer", "maker" };
        const char *known = strcmp(id, "unclassified") == 0 ? NULL : id, *provider;
        json_t *providers = json_array(), *row, *n;

        json_object_foreach(json_object_get(type, "providers"), provider, n)(void)
                json_array_append_new(providers, json_string(pack_word(c, "providers", provider)));
        row = json_pack("{s:s, s:s, s:o}", "service_type", id, "title", pack_type_word(c, known),
                        "providers", providers);
        for (size_t i = 0; row && i < ELEMENTSOF(parties); i++) {
                const json_t *party = json_object_get(json_object_get(type, "parties"), parties[i]);

                (void)json_object_set_new(row, parties[i],
                                          json_pack("{s:o, s:o}", "roles", roles_of(c, party),
                                                    "duties", duties_of(c, type, party)));
        }
        c->undescribed =
                c->undescribed || json_integer_value(json_object_get(type, "undescribed")) > 0;
        c->stale = c->stale || json_integer_value(json_object_get(type, "stale")) > 0;
        if (!known)
                pack_say_unknown(c, _("Of some services the kind is not known."));
        return row;
}

json_t *pack_services_of(struct pack_collecting *c, const json_t *types)
{
        json_t *list = json_array(), *type;
        const char *id;

        json_object_foreach((json_t *)types, id,
                            type) if (json_array_append_new(list, service_of(c, id, type)) < 0)
                c->failed = -ENOMEM;
        return list;
}
