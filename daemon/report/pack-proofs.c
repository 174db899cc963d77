/* What stands on paper: certificates, and the clauses of contracts. */
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"

#include <errno.h>
#include <string.h>

/* ---- certificates ------------------------------------------------------------------------------
 */

static void add_certificates(struct pack_collecting *c, json_t *list, const json_t *offer)
{
        enum language language = c->e.request->language;
        const char *title = report_rule_text(offer, "title", language);
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "certificates"), i, row)
        {
                const char *scheme = json_member_string(row, "scheme"),
                           *status = json_member_string(row, "status"),
                           *product = json_member_string(row, "product");
                const char *type = json_member_string(row, "type");

                if (json_array_append_new(
                            list,
                            json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "offer",
                                      title, "scheme", pack_word(c, "schemes", scheme), "status",
                                      status, "status_title",
                                      pack_word(c, "certificate_statuses", status), "product",
                                      product ? product : type, "valid_from",
                                      json_member_string(row, "valid_from"), "valid_until",
                                      json_member_string(row, "valid_until"), "as_of",
                                      json_member_string(row, "as_of"), "source",
                                      json_member_string(offer, "source"))) < 0)
                        c->failed = -ENOMEM;
        }
        json_array_foreach(json_object_get(offer, "unverified"), i, row)
                pack_say_unknown(c, _("%s: %s (not verified)."), title, json_string_value(row));
}

/* What the hoster holds itself, by its own word. */
static void add_own_certificates(struct pack_collecting *c, json_t *list)
{
        const json_t *row;
        size_t i;

        json_array_foreach(c->registers, i, row)
        {
                const char *state = json_member_string(row, "state"),
                           *scheme = json_member_string(row, "scheme");

                if (strcmp(json_member_string(row, "register"), "certificates") != 0 ||
                    strcmp(state, "in-force") != 0 || !scheme)
                        continue;
                if (json_array_append_new(
                            list,
                            json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:n, s:s}", "offer",
                                      _("own"), "scheme", pack_word(c, "schemes", scheme), "status",
                                      "declared", "status_title", _("declared"), "product",
                                      "valid_from", json_member_string(row, "date"), "valid_until",
                                      json_member_string(row, "until"), "as_of", "source",
                                      _("own register"))) < 0)
                        c->failed = -ENOMEM;
        }
}

json_t *pack_certificates_of(struct pack_collecting *c)
{
        const json_t *offers = json_object_get(c->e.words, "offers");
        json_t *list = json_array(), *yes;
        const char *id;

        json_object_foreach(c->offers, id, yes)
        {
                const json_t *offer = json_object_get(offers, id);

                if (offer)
                        add_certificates(c, list, offer);
                else
                        pack_say_unknown(c, _("Of some services, who operates them and what is "
                                              "certified."));
        }
        add_own_certificates(c, list);
        return list;
}

/* ---- contracts ---------------------------------------------------------------------------------
 */

/* Which of the clauses; patterns are the hoster's own words, and only names of clouds leave. */
static json_t *providers_of(struct pack_collecting *c, const json_t *row)
{
        const json_t *patterns = json_object_get(json_object_get(row, "applies_to"), "provider");
        json_t *list = json_array(), *yes;
        const char *provider;

        json_object_foreach(c->providers, provider, yes)
        {
                bool named = !patterns || (json_is_string(patterns) &&
                                           strcmp(json_string_value(patterns), provider) == 0);

                for (size_t i = 0; !named && i < json_array_size(patterns); i++) {
                        const char *pattern = json_string_value(json_array_get(patterns, i));

                        named = pattern &&
                                (strcmp(pattern, provider) == 0 || strcmp(pattern, "*") == 0);
                }
                if (named)
                        (void)json_array_append_new(
                                list, json_string(pack_word(c, "providers", provider)));
        }
        return list;
}

/* Is the entry about a part of a cloud only? Which part is the hoster's own matter. */
static bool is_partial(const json_t *row)
{
        const json_t *of = json_object_get(row, "applies_to");

        return json_object_size(of) > (json_object_get(of, "provider") ? 1U : 0U);
}

/* true for a whole cloud, false for a part of it. */
static void note_covered(struct pack_collecting *c, json_t *covered, const json_t *providers,
                         bool partial)
{
        const json_t *name;
        size_t i;

        json_array_foreach(providers, i, name)
        {
                const char *text = json_string_value(name);

                if (!partial || !json_object_get(covered, text))
                        pack_set(c, covered, text, json_boolean(!partial));
        }
}

static void say_uncovered(struct pack_collecting *c, const json_t *covered)
{
        const char *provider;
        json_t *yes;

        json_object_foreach(c->providers, provider, yes)
        {
                const char *name = pack_word(c, "providers", provider);
                const json_t *whole = json_object_get(covered, name);

                if (!whole)
                        pack_say_unknown(
                                c,
                                _("%s: no contract in force is recorded, so which clauses it "
                                  "has."),
                                name);
                else if (!json_is_true(whole))
                        pack_say_unknown(
                                c,
                                _("%s: the contracts in force that are recorded cover a part "
                                  "only."),
                                name);
        }
}

json_t *pack_contracts_of(struct pack_collecting *c)
{
        json_t *list = json_array(), *covered = json_object();
        const json_t *row;
        size_t i;

        json_array_foreach(c->registers, i, row)
        {
                json_t *providers;

                if (strcmp(json_member_string(row, "register"), "contracts") != 0)
                        continue;
                providers = providers_of(c, row);
                if (strcmp(json_member_string(row, "state"), "in-force") == 0)
                        note_covered(c, covered, providers, is_partial(row));
                if (json_array_size(providers) == 0)
                        json_decref(providers);
                else if (json_array_append_new(
                                 list, json_pack("{s:o, s:b, s:O?, s:s, s:s?, s:s?}", "providers",
                                                 providers, "part", is_partial(row), "clauses",
                                                 json_object_get(row, "clauses"), "state",
                                                 json_member_string(row, "state"), "from",
                                                 json_member_string(row, "date"), "until",
                                                 json_member_string(row, "until"))) < 0)
                        c->failed = -ENOMEM;
        }
        say_uncovered(c, covered);
        json_decref(covered);
        return list;
}
